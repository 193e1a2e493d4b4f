"""Writes the reference of commands from the program, as a page and as a manual page.

`python docs/render_commands.py > docs/commands.md`, `python docs/render_commands.py man > docs/hnf.1`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hnf.commands.registry import COMMANDS, GROUPS
from hnf.commands.run import build, examples, help_text
from hnf.release import __version__

#: What exit code 1 means, by command; every other command gives 0, 2 or one of the codes at the end.
CHECKS = {
    "claims check": "a claim is not true",
    "claims list": "a claim that ships with hnf is not true",
    "reconcile": "a printed table is not reproduced",
    "brief": "with `--all`: a pack could not be written",
    "sources verify": "a file is not the catalogued one",
    "ingest": "the file would replace good data with worse; nothing is written",
    "ingest factors": "an authority of the year is missing; nothing is written",
}
_CODES = (
    ("0", "done"),
    ("1", "a check did not hold; see the command"),
    ("2", "bad usage or bad input: one line on stderr says what and what to do"),
    ("70", "a bug in hnf"),
    ("130", "interrupted from the keyboard"),
    ("141", "the reader of the output went away"),
    ("129, 143", "ended from outside: a closed terminal, kill"),
)
_VARIABLES = (
    ("HNF_DATA", "Folder of your own tables; set to nothing, only the tables that come with hnf are used."),
    ("COLUMNS", "Width of tables, also in a pipe or a file, where it is 80 if this is not set."),
    ("NO_COLOR", "Where set, nothing is written in bold."),
    ("HNF_DEBUG", "1 shows where a bug happened."),
)
_ABOUT = (
    "England's high needs funding: published tables recomputed to the pound, ranked, explained and briefed. An "
    "authority is named by name, three-digit code or ONS code, in any case. hnf COMMAND --help says the same of one."
)
_SHELLS = (
    "hnf --install-completion writes the completion of commands, options, years, measures, authorities, regions, "
    "constituencies, scenarios and sets of neighbours for the shell that is running; a name after it, such as zsh, "
    "says which: bash, zsh or fish. hnf --show-completion prints the script in place of installing it, for PowerShell "
    "too. python -m hnf does what hnf does."
)


@dataclass(frozen=True)
class Parameter:
    """An argument or option: how it is written, what it is, and what it is when left out."""

    written: str
    words: str
    default: str
    is_option: bool


@dataclass(frozen=True)
class Reference:
    """One command, or one command of a group."""

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    examples: tuple[str, ...]

    @property
    def synopsis(self) -> str:
        """How it is called: arguments, options that are needed, and that there are others."""
        needed = [one.written for one in self.parameters if one.is_option and one.default == "required"]
        arguments = [
            one.written if one.default == "required" or one.written.startswith("[") else f"[{one.written}]"
            for one in self.parameters
            if not one.is_option
        ]
        return " ".join(["hnf", self.name, *arguments, *needed, "[OPTIONS]"])


def references() -> Iterator[tuple[str, Reference]]:
    """Yield every command with the group of the overview that it is in."""
    for entry in sorted(COMMANDS, key=lambda entry: GROUPS.index(entry.group)):
        module = import_module(entry.module)
        group = getattr(module, "commands", None)
        if hasattr(module, "command"):
            yield entry.group, _reference(entry.name, module.command, build(entry).commands[entry.name])
        if group is None:
            continue
        names = [info.name for info in group.registered_commands]
        built = build(entry, following=names[:1]).commands[entry.name]
        callback = group.registered_callback
        if callback is not None and callback.invoke_without_command is True:
            yield entry.group, _reference(entry.name, callback.callback, built)
        for info in group.registered_commands:
            yield entry.group, _reference(f"{entry.name} {info.name}", info.callback, built.commands[info.name])


def _reference(name: str, function: Any, command: Any) -> Reference:
    found = tuple(_parameter(one) for one in command.params)
    return Reference(name, help_text(function), found, tuple(examples(function)))


def _parameter(param: Any) -> Parameter:
    is_option = param.param_type_name == "option"
    choices = "|".join(map(str, getattr(param.type, "choices", ())))
    takes = "" if is_option and param.is_flag else choices or param.metavar or param.type.name.upper()
    default = "required" if param.required else ""
    if not default and isinstance(param.show_default, str):
        default = param.show_default
    elif not default and param.default is not None and param.default != () and not callable(param.default):
        default = str(param.default)
    if is_option and param.is_flag:
        default = ""
    names = ", ".join((*param.opts, *param.secondary_opts)) if is_option else ""
    return Parameter(" ".join(filter(None, (names, takes))), param.help or "", default, is_option)


def describe_commands() -> str:
    """Return the page as Markdown."""
    found = list(references())
    parts = [
        "# Commands\n\nEvery command with its arguments, options and defaults, examples and exit codes. This page is "
        "written from the program by\n`python docs/render_commands.py > docs/commands.md`, the manual page `hnf.1` by "
        "`python docs/render_commands.py man > docs/hnf.1`;\n`pip install` puts that where `man hnf` finds it. "
        "Without a default, an option that is left out does nothing.\n"
    ]
    for group in GROUPS:
        links = [f"[{one.name}](#hnf-{one.name.replace(' ', '-')})" for part, one in found if part == group]
        parts.append(f"\n{group}: {', '.join(links)}.\n")
    parts += [_section(one) for _, one in found]
    parts.append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n")
    parts += [f"| {code} | {meaning} |\n" for code, meaning in _CODES]
    parts.append("\n## Environment\n\n| variable | meaning |\n|---|---|\n")
    parts += [f"| `{name}` | {meaning} |\n" for name, meaning in _VARIABLES]
    parts.append(f"\n## Completion\n\n{_code(_SHELLS)}\n")
    return "".join(parts)


def _code(text: str) -> str:
    """Set commands and options of the shells' paragraph as code."""
    return re.sub(r"hnf --[a-z-]+|python -m hnf", r"`\g<0>`", text)


def _section(one: Reference) -> str:
    lines = [f"\n## hnf {one.name}\n\n```text\n{one.synopsis}\n```\n\n{one.about}\n"]
    if one.parameters:
        lines.append("\n| argument or option | meaning | left out |\n|---|---|---|\n")
    for each in one.parameters:
        written = each.written.replace("|", "\\|")
        lines.append(f"| `{written}` | {each.words.replace('|', chr(92) + '|')} | {each.default} |\n")
    if one.examples:
        lines.append("\n```sh\n" + "".join(f"{line}\n" for line in one.examples) + "```\n")
    if one.name in CHECKS:
        lines.append(f"\nExit code 1: {CHECKS[one.name]}.\n")
    return "".join(lines)


def describe_for_man() -> str:
    """Return the manual page, for `man` and for `mandoc`."""
    lines = [
        '.\\" Written by python docs/render_commands.py man > docs/hnf.1',
        f'.TH HNF 1 "" "hnf {__version__}" "User Commands"',
        ".SH NAME", "hnf \\- high needs funding in England: recomputed, ranked, explained and briefed",
        ".SH SYNOPSIS", ".B hnf", "COMMAND [OPTIONS]",
        ".SH DESCRIPTION",
        _roff(_ABOUT),
    ]  # fmt: skip
    groups: list[str] = []
    for group, one in references():
        if group not in groups:
            groups.append(group)
            lines.append(f".SH {group.upper()}")
        lines += [f'.SS "hnf {_roff(one.name)}"', f".B {_roff(one.synopsis)}"]
        for paragraph in one.about.split("\n\n"):
            lines += [".PP", _roff(" ".join(paragraph.split()))]
        for each in one.parameters:
            told = f" [{each.default}]" if each.default else ""
            lines += [".TP", f".B {_roff(each.written)}", _roff(f"{each.words}{told}")]
        if one.examples:
            lines += [".PP", "Examples:", ".PP", ".nf", *(_roff(line) for line in one.examples), ".fi"]
        if one.name in CHECKS:
            lines += [".PP", _roff(f"Exit code 1: {CHECKS[one.name].replace('`', '')}.")]
    for title, pairs in (("EXIT STATUS", _CODES), ("ENVIRONMENT", _VARIABLES)):
        lines.append(f".SH {title}")
        for name, meaning in pairs:
            lines += [".TP", f".B {name}", _roff(meaning)]
    lines += [".SH COMPLETION", _roff(_SHELLS)]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Return a line that the formatter sets as it is, with hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "").replace("…", "...").replace("£", "\\[Po]")
    text = text.replace("'", "\\(aq").replace("–", "\\[en]").replace("→", "to")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    print(describe_for_man() if sys.argv[1:] == ["man"] else describe_commands(), end="")
