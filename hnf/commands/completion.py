"""What the shell offers on a Tab, and the scripts by which bash, zsh, fish and PowerShell ask for it.

The script of a shell gives the line up to the cursor in `_HNF_LINE` and the name of the shell in `_HNF_COMPLETE`, and
gets one offer a line: quoted for bash and PowerShell, which insert it as it is; as it is for zsh and fish, which quote
it, with a tab and a few words about it. Exit code 1 means that files are meant. Nothing is ever said on stderr.

What an option takes is looked up by its name and its metavar, so that options named alike complete alike in every
command, also in one that is added later. Tables are read as text, as importing polars takes longer than a Tab may.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from hnf.commands.registry import COMMANDS, Entry, find

#: What is offered: the word, and a few words about it.
Offers = Iterable[tuple[str, str]]
#: What was given on the line before, by option, as text.
Given = dict[str, list[str]]
#: What offers words for a command, given what is on the line.
Source = Callable[[str, Given], Iterator[tuple[str, str]]]
#: Commands that answer for an authority and for no region.
ONE_AUTHORITY = ("brief", "catch-up", "project", "rank-card")

_BASH = r"""_hnf_completion() {
    local offers offer status
    offers=$(_HNF_COMPLETE=bash _HNF_LINE="${COMP_LINE:0:COMP_POINT}" "${1/#\~/$HOME}" 2>/dev/null)
    status=$?
    COMPREPLY=()
    if [[ -n $offers ]]; then
        while IFS= read -r offer; do COMPREPLY+=("$offer"); done <<<"$offers"
        compopt -o nosort 2>/dev/null
    elif [[ $status -ne 0 ]]; then
        compopt -o default -o filenames 2>/dev/null
    fi
}
complete -F _hnf_completion hnf
"""
_ZSH = r"""#compdef hnf
_hnf() {
    local -a offers shown
    local offer line code
    line="${(j: :)words[1,CURRENT-1]} ${QIPREFIX}${PREFIX}"
    offers=("${(@f)$(_HNF_COMPLETE=zsh _HNF_LINE=$line ${~words[1]} 2>/dev/null; print -r -- "#$?")}")
    code=${offers[-1]}
    offers[-1]=()
    [[ $PREFIX == --*=* ]] && compset -P '*='
    for offer in $offers; do
        [[ $offer == *$'\t'* ]] && shown+=("${${offer%%$'\t'*}//:/\\:}:${offer#*$'\t'}") || shown+=("${offer//:/\\:}")
    done
    if (( $#shown )); then
        _describe -V 'hnf' shown -M 'm:{a-zA-Z}={A-Za-z}'
    elif [[ $code != '#0' ]]; then
        _files
    fi
}
if [[ ${funcstack[1]} == _hnf ]]; then _hnf "$@"; else compdef _hnf hnf; fi
"""
_FISH = r"""function __hnf_completion
    set -l words (commandline -opc)
    set -l offers (_HNF_COMPLETE=fish _HNF_LINE=(commandline -cp | string collect) $words[1] 2>/dev/null)
    set -l code $status
    if test (count $offers) -gt 0
        printf '%s\n' $offers
    else if test $code -ne 0
        __fish_complete_path (commandline -ct)
    end
end
complete --command hnf --no-files --keep-order --arguments '(__hnf_completion)'
"""
_POWERSHELL = r"""Register-ArgumentCompleter -Native -CommandName hnf -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_HNF_COMPLETE = "powershell"
    $Env:_HNF_LINE = $commandAst.ToString().PadRight($cursorPosition).Substring(0, $cursorPosition)
    hnf 2>$null | ForEach-Object {
        $word, $about = $_ -split "`t", 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
    $Env:_HNF_COMPLETE = $Env:_HNF_LINE = $null
}
"""
#: The script of each shell; where it is put, under the home folder; and the file that reads it, with the line for it.
SHELLS = {
    "bash": (_BASH, ".bash_completions/hnf.sh", ".bashrc", 'source "$HOME/.bash_completions/hnf.sh"'),
    "zsh": (_ZSH, ".zfunc/_hnf", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": (_FISH, ".config/fish/completions/hnf.fish", "", ""),
    "powershell": (_POWERSHELL, "", "", ""),
}


def give_script(arguments: list[str]) -> int:
    """Print the script of a shell, or install it; of the shell that is running where none is named."""
    shell = arguments[1] if len(arguments) > 1 else _running_shell()
    if shell not in SHELLS:
        said = f"no completion for {shell!a}" if shell else "the shell cannot be told"
        return _refuse(f"{said}. Write 'hnf {arguments[0]} SHELL', with {', '.join(SHELLS)}.")
    if arguments[0] == "--show-completion":
        print(SHELLS[shell][0].rstrip())
        return 0
    if shell == "powershell":
        return _refuse("PowerShell reads its profile. Write 'hnf --show-completion powershell >> $PROFILE'.")
    try:
        path = _install(*SHELLS[shell])
    except (OSError, ValueError) as error:
        return _refuse(f"the script cannot be installed: {error}. Write 'hnf --show-completion {shell}' and keep it.")
    print(f"Completion for {shell} is in {path}. It works in the next shell that you start.")
    return 0


def _refuse(why: str) -> int:
    print(f"hnf: {why}", file=sys.stderr)
    return 2


def _running_shell() -> str:
    """Return the name of the shell that started this, empty where it cannot be told."""
    import shellingham

    try:
        name = str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return ""
    return "powershell" if name == "pwsh" else name


def _install(script: str, place: str, startup: str, line: str) -> Path:
    """Put a script where its shell reads it, and return where that is."""
    path = Path.home() / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    if startup:
        read_at_start = Path.home() / startup
        before = read_at_start.read_text(encoding="utf-8") if read_at_start.is_file() else ""
        if line not in before.splitlines():
            read_at_start.write_text(before + "\n" * (before[-1:] not in ("", "\n")) + line + "\n", encoding="utf-8")
    return path


def answer(shell: str) -> int:
    """Write what a shell may offer for the line in `_HNF_LINE`, and return 1 where files are meant."""
    words, typed, quote = split(os.environ.get("_HNF_LINE", ""))
    offers, is_file = offers_for(words[1:], typed)
    start = typed.partition("=")[0] + "=" if shell in ("fish", "powershell") and _is_joined(typed) else ""
    for word, about in offers:
        written = quoted(word, shell, quote) if shell in ("bash", "powershell") else word
        told = f"\t{' '.join(about.split())}" if about and shell != "bash" else ""
        sys.stdout.buffer.write(f"{start}{written}{told}\n".encode())
    return int(is_file)


def split(line: str) -> tuple[list[str], str, str]:
    """Return the whole words of a line, the word that is being typed without its quotes, and the quote that is open."""
    words, word, quote, is_escaped, is_word = [], "", "", False, False
    for letter in line:
        if is_escaped:
            word, is_escaped = word + letter, False
        elif letter == "\\" and quote != "'":
            is_escaped = is_word = True
        elif letter in "'\"" and quote in ("", letter):
            quote, is_word = "" if quote else letter, True
        elif letter.isspace() and not quote:
            words += [word] if is_word else []
            word, is_word = "", False
        else:
            word, is_word = word + letter, True
    return words, word, quote


def quoted(word: str, shell: str, quote: str) -> str:
    """Return a word as it has to stand on the line, after the quote that is open, if one is."""
    if shell == "powershell":
        return word if re.fullmatch(r"[\w./+-]+", word) else "'" + word.replace("'", "''") + "'"
    if quote == "'":
        return word.replace("'", r"'\''")
    return re.sub(r'(["$`\\])' if quote else r"([^\w@%+=:,./-])", r"\\\1", word)


def _is_joined(typed: str) -> bool:
    return typed.startswith("--") and "=" in typed


def offers_for(words: list[str], typed: str) -> tuple[list[tuple[str, str]], bool]:
    """Return what may stand in place of the word typed after others, and whether files are meant."""
    entry = find(words[0]) if words else None
    if entry is not None:
        return _of_command(entry, words[1:], typed)
    offers: Offers = ()
    if not words and typed.startswith("-"):
        offers = [(name, "") for name in ("--help", "--version", "--install-completion", "--show-completion")]
    elif not words or words == ["help"]:
        offers = [(entry.name, entry.purpose) for entry in COMMANDS]
    elif words in (["--install-completion"], ["--show-completion"]):
        offers = [(shell, "") for shell in SHELLS]
    return _beginning(offers, typed), False


def _of_command(entry: Entry, words: list[str], typed: str) -> tuple[list[tuple[str, str]], bool]:
    from hnf.commands.run import build, summary

    command = build(entry, following=words[:1]).commands[entry.name]
    subcommands = getattr(import_module(entry.module), "commands", None) if not words else None
    names = [(info.name, summary(info.callback)) for info in subcommands.registered_commands] if subcommands else []
    if words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    of_options = {name: param for param in command.params for name in (*param.opts, *param.secondary_opts)}
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    given, pending, position, rest = Given(), None, 0, iter(words)
    for word in rest:
        name, joined, value = word.partition("=")
        pending = of_options.get(name) if word.startswith("-") else None
        if pending is None:
            position += 1
            continue
        needed = 0 if pending.is_flag else pending.nargs
        values = [value] if joined else [found for _, found in zip(range(needed), rest, strict=False)]
        given.setdefault(pending.name, []).extend(values)
        pending = pending if len(values) < needed and not joined else None
    if pending is None and _is_joined(typed):
        name, _, typed = typed.partition("=")
        pending = of_options.get(name)
    elif pending is None and typed.startswith("-"):
        offers = [(name, param.help or "") for name, param in of_options.items() if name.startswith("--")]
        return _beginning([*offers, ("--help", "What the command does, its options, examples.")], typed), False
    if pending is None and arguments:
        takes_more = arguments[-1].nargs == -1 or position < len(arguments)
        pending = arguments[min(position, len(arguments) - 1)] if takes_more else None
    found = _of_parameter(entry.name, pending, given, typed) if pending is not None else []
    is_file = pending is not None and re.search("FILE|DIR|CSV|TOML", pending.metavar or "") is not None
    return [*_beginning(names, typed), *found], is_file


def _of_parameter(command: str, param: Any, given: Given, typed: str) -> list[tuple[str, str]]:
    """Return what a parameter may take: its choices, or what its name or its metavar says that it is."""
    if choices := getattr(param.type, "choices", ()):
        return _beginning([(str(choice), "") for choice in choices], typed)
    metavar, name = param.metavar or "", max(param.opts, key=len)
    source = _SOURCES.get(f"{name} {metavar}") or _SOURCES.get(metavar) or _SOURCES.get(name)
    if source is None:
        return []
    listed = "," in metavar or name in ("--measure", "--with")
    head, comma, typed = typed.rpartition("+" if source is _scenarios else "," if listed else "\0")
    source = _areas if comma and metavar == "SET" else source
    offers = list(source(command, given))
    if not re.match(r"\d|e\d", typed.casefold()):
        offers = [offer for offer in offers if not re.fullmatch(r"\d{3}|E\d{8}", offer[0])]
    if listed:  # a comma would end the name
        offers = [(_slug(word) if "," in word else word, about) for word, about in offers]
    return [(head + comma + word, about) for word, about in _beginning(offers, typed)]


def _slug(name: str) -> str:
    from hnf.text import slug_of

    return slug_of(name, name)


def _beginning(offers: Offers, typed: str) -> list[tuple[str, str]]:
    """Return the offers that begin with what is typed in any case, else as a slug, else by letters and digits alone."""
    offers = list(dict.fromkeys(offers))
    small = typed.casefold()
    if found := [offer for offer in offers if offer[0].casefold().startswith(small)]:
        return found
    from hnf.text import fold_name

    if "-" in small and (slugs := [(slug, about) for word, about in offers if (slug := _slug(word)).startswith(small)]):
        return slugs
    return [offer for offer in offers if fold_name(typed) and fold_name(offer[0]).startswith(fold_name(typed))]


def _file(given: Given, name: str) -> Path:
    """Return a tidy table of `--data`, else the user's, else the one that ships."""
    from hnf.errors import HnfError
    from hnf.paths import data_folder, tables_in, user_tables

    named = given.get("data", [""])[-1]
    try:
        own = None if named == "shipped" else Path(named) if named else user_tables()
        if own is not None and (path := tables_in(own) / f"{name}.csv").is_file():
            return path
    except (HnfError, OSError):
        pass
    return data_folder() / "tidy" / f"{name}.csv"


def _rows(given: Given, name: str) -> Iterator[dict[str, str]]:
    import csv

    with _file(given, name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _first_column(given: Given, name: str, cells: Iterable[str] = ()) -> list[str]:
    """Return the values of the first column of a table, of the rows that have one of these cells."""
    wanted = [f",{cell},".encode() for cell in cells]
    lines = _file(given, name).read_bytes().splitlines()[1:]
    return sorted({line[: line.index(b",")].decode() for line in lines if not wanted or any(c in line for c in wanted)})


def _authorities(_: str, given: Given) -> Iterator[tuple[str, str]]:
    rows = [row for row in _rows(given, "authorities") if not row["closed"]]
    yield from sorted((row["la_name"], f"{row['la_code']}, {row['region_name']}") for row in rows)
    for code in ("la_code", "gss_code"):
        yield from ((row[code], row["la_name"]) for row in rows)


def _column(table: str, name: str, about: str) -> Source:
    """Return what offers the values of a column, with words that may name other columns."""

    def offers(_: str, given: Given) -> Iterator[tuple[str, str]]:
        yield from sorted({(row[name], about.format_map(row)) for row in _rows(given, table) if row[name]})

    return offers


_regions = _column("authorities", "region_name", "region")
_models = _column("neighbours", "model", "statistical neighbours")


def _areas(command: str, given: Given) -> Iterator[tuple[str, str]]:
    yield from _authorities(command, given)
    if command not in ONE_AUTHORITY:
        yield from _regions(command, given)
    if command not in ONE_AUTHORITY or command == "project":
        yield "England", "all authorities"


def _financial_years(command: str, given: Given) -> Iterator[tuple[str, str]]:
    from hnf.paths import data_folder

    if command == "parameters":
        yield from ((path.stem, "") for path in sorted((data_folder() / "parameters").glob("*.toml")))
        return
    years = _first_column(given, "dsg_high_needs_block")
    if command == "bounds":  # years after the last table whose rules of floor and limit are known
        rules = [path for path in sorted((data_folder() / "parameters").glob("*.toml")) if path.stem > years[-1]]
        known = [path.stem for path in rules if "[parameters.gains_limit_pct]" in path.read_text(encoding="utf-8")]
        yield from ((year, "a range: implied") for year in known)
        return
    for year in years:
        yield year, f"EHC plans of January {year[:4]}"


def _measures(command: str, given: Given) -> Iterator[tuple[str, str]]:
    if command == "reported":
        from hnf.tables.schema import reported_label

        yield from sorted((name, reported_label(name)) for name in {row["measure"] for row in _rows(given, "reported")})
        return
    from hnf.measures.register import MEASURES, PLAIN, RATES, SHARES

    known = {name: one.words for kind in (PLAIN, SHARES, RATES) for name, one in kind.items()}
    yield from ((name, known[name]) for name in dict.fromkeys((*MEASURES, *SHARES, *PLAIN, *RATES)))


def _periods(_: str, given: Given) -> Iterator[tuple[str, str]]:
    """Yield the periods of the measures that are given; of EHC plans where none is, or one of several names."""
    from hnf.measures.register import PLAIN, Rate, Share, find_measure

    names = [name for text in (*given.get("measure", ()), *given.get("measures", ())) for name in text.split(",")]
    if not names or "all" in names:
        yield from ((january, "January") for january in _first_column(given, "ehc_plans"))
        return
    for name in names:
        found = find_measure(name.strip().casefold())
        plain = PLAIN[
            found.numerator if isinstance(found, Rate) else found.part if isinstance(found, Share) else found.name
        ]
        items = () if isinstance(found, Rate) else plain.items
        yield from ((period, plain.period) for period in _first_column(given, plain.published.table, items))


def _period(command: str, given: Given) -> Iterator[tuple[str, str]]:
    """Yield the periods of `--year`: financial years where the measure is one of funding, as it is by default."""
    yield from _periods(command, given) if given.get("measure") else _financial_years(command, given)


def _editions(_: str, given: Given) -> Iterator[tuple[str, str]]:
    lines = _file(given, "dsg_high_needs_block").read_bytes().splitlines()[1:]
    found = {tuple(cell.decode() for cell in line.split(b",", 2)[:2]) for line in lines}
    yield "latest", "the newest of everything"
    for date in sorted({date for _, date in found}):
        yield date, f"allocations of {', '.join(sorted(year for year, other in found if other == date))}"


def _sets(command: str, given: Given) -> Iterator[tuple[str, str]]:
    yield "neighbours", "statistical neighbours, latest model"
    yield from ((f"neighbours-{model}", about) for model, about in _models(command, given))
    yield from (("region", "of its region"), ("regions", ""), ("type", "of its type"), ("borders", "around it"))
    yield from _areas(command, given)


def _targets(command: str, given: Given) -> Iterator[tuple[str, str]]:
    yield from (("average", "England's rate"), ("median", ""), ("lower-quartile", ""), ("upper-quartile", ""))
    yield from (("neighbours", "mean of its statistical neighbours"), ("region", "its own"))
    yield from _areas(command, given)


def _scenarios(command: str, _: Given) -> Iterator[tuple[str, str]]:
    from hnf.paths import data_folder

    folder = data_folder() / "scenarios"
    for path in sorted((folder / "sweeps" if command == "sweep" else folder).glob("*.toml")):
        title = re.search(r'^title = "(.*)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        yield path.stem, title[1] if title else ""


def _sources(_: str, __: Given) -> Iterator[tuple[str, str]]:
    from hnf.paths import data_folder

    text = (data_folder() / "sources.toml").read_text(encoding="utf-8")
    yield from re.findall(r'^id = "(.+)"\n(?:(?!title|id).*\n)*title = "(.+)"', text, re.MULTILINE)


_SOURCES: dict[str, Source] = {
    "WHO": _areas, "WHO,WHO": _areas, "SET": _sets, "WHAT": _targets, "SOURCE": _sources,
    "FY": _financial_years, "FY FY": _financial_years, "YEAR": _periods, "YEAR,YEAR": _periods,
    "--year YEAR": _period, "--neighbours YEAR": _models, "--edition DATE": _editions,
    "--base-year FY": _column("prices", "financial_year", "{kind}"),
    "--vintage": _column("prices", "vintage", "price index"),
    "--region": _regions, "--constituency": _column("constituencies", "pcon_name", "{mp_name}, {party}"),
    "--measure": _measures, "--measures": _measures, "--against NAME": _measures,
    "FILE|NAME": _scenarios, "FILE|NAME…": _scenarios, "NAME|FILE": _scenarios,
}  # fmt: skip
