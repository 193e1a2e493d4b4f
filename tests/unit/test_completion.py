"""What a Tab offers, asked as the scripts of the shells ask, and typed into the shells themselves where they are."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hnf
from hnf.commands.completion import ONE_AUTHORITY, SHELLS, offers_for, quoted, split
from hnf.commands.registry import COMMANDS, find
from hnf.commands.run import build

ROOT = Path(hnf.__file__).parent.parent
TIDY = ROOT / "data" / "tidy"
#: A program `hnf` that answers Tabs, and otherwise writes down the words that it was given.
PROGRAM = f"""#!{sys.executable}
import json, os, pathlib, sys
sys.path.insert(0, {str(ROOT)!r})
if "_HNF_COMPLETE" in os.environ:
    from hnf.commands import main
    status = main([])
    sys.stdout.flush()
    pathlib.Path(os.environ["TABS"]).open("a").write("x")
    os._exit(status)
pathlib.Path(os.environ["WORDS"]).write_text(json.dumps(sys.argv[1:]))
"""


def column(table: str, name: str) -> list[str]:
    with (TIDY / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def ask(shell: str, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "_HNF_COMPLETE": shell, "_HNF_LINE": line, **environment}
    return subprocess.run(
        [sys.executable, "-m", "hnf"], capture_output=True, encoding="utf-8", env=settings, check=False
    )


def words_for(line: str) -> list[str]:
    before, typed, _ = split(line)
    return [word for word, _ in offers_for(before[1:], typed)[0]]


def test_every_kind_of_name_is_offered_as_the_tables_have_it():
    regions = sorted({name for name in column("authorities", "region_name") if name})
    assert words_for("hnf brief --region ") == regions
    assert len(regions) == 9
    assert words_for("hnf brief --constituency ") == sorted(set(column("constituencies", "pcon_name")))
    assert words_for("hnf brief --constituency Queen") == ["Queen's Park and Maida Vale"]
    names, closed = column("authorities", "la_name"), column("authorities", "closed")
    there = {name for name, end in zip(names, closed, strict=True) if not end}
    assert set(words_for("hnf allocate ")) == {*there, *regions, "England"}
    assert set(words_for("hnf brief ")) == there
    assert words_for("hnf allocate Cumbria") == []  # closed
    assert words_for("hnf allocate kingston") == ["Kingston upon Hull, City of", "Kingston upon Thames"]
    assert words_for("hnf allocate kingston-upon-t") == ["kingston-upon-thames"]
    assert words_for("hnf allocate 94") == ["940", "941", "942", "943"]
    codes = {code for code in column("authorities", "gss_code") if code.startswith("E0900000")}
    assert set(words_for("hnf allocate e0900000")) == codes
    assert words_for("hnf allocate sthel") == ["St. Helens"]


def test_every_name_that_is_offered_is_found(store):
    from hnf.tables.authorities import Authorities

    known = Authorities.of(store)
    assert len({known.find(word).la_code for word in words_for("hnf brief ")}) == 153
    listed = words_for("hnf compare Kent --with Surrey,b")
    assert len({known.find(word.partition(",")[2]).la_code for word in listed}) == len(listed) == 19


def test_years_follow_the_measure():
    funding = sorted(set(column("dsg_high_needs_block", "financial_year")))
    assert words_for("hnf rank --year ") == words_for("hnf rank --measure nff_per_head --year ") == funding
    assert words_for("hnf rank --measure plans --year ") == sorted(set(column("ehc_plans", "january")))
    calendar = words_for("hnf rank --measure refused_pct --year ")
    assert calendar == sorted(set(column("requests", "calendar_year")) & set(calendar))
    assert "2025" in calendar
    assert ask("zsh", "hnf rank --measure nonsense --year ").stdout == ""
    assert words_for("hnf wedge Kent --base-year 2023") == ["2023-24"]
    assert words_for("hnf wedge Kent --base-year ") == column("prices", "financial_year")
    assert words_for("hnf gap Kent --neighbours ") == sorted(set(column("neighbours", "model")))
    assert "2026-27" in words_for("hnf parameters --year ")
    assert words_for("hnf parameters --diff 2022-23 2023") == ["2023-24"]


def test_years_that_are_bounded_are_those_that_the_command_has(store):
    from hnf.analysis.bounds import bound_years

    assert words_for("hnf bounds Kent --year ") == [str(year) for year in bound_years(store)]


def test_measures_scenarios_sets_and_lists():
    assert words_for("hnf rank --measure within") == ["within_20_weeks_pct", "within_20_weeks_ex_pct"]
    assert words_for("hnf need Kent --measure plans,refused") == ["plans,refused_pct"]
    assert words_for("hnf scenario run no_g") == ["no_gains_limit", "no_gains_limit_total_held"]
    assert words_for("hnf scenario run half_gains_limit+uplift") == ["half_gains_limit+uplift_1_pct"]
    assert words_for("hnf sweep limit") == ["limit_and_equal_rates"]
    assert words_for("hnf compare Kent --with neigh") == ["neighbours", "neighbours-2021", "neighbours-2025"]
    assert words_for("hnf compare Kent --with Surrey,bristol") == ["Surrey,bristol-city-of"]
    assert words_for("hnf gap Kent --to med")[0] == "median"
    assert words_for("hnf rank --edition 2023") == ["2023-07-20", "2023-07-21"]
    assert words_for("hnf rank --format ") == ["table", "json", "csv"]
    assert words_for("hnf scenario ") == ["list", "show", "run", "compare", "new"]
    assert "--measure" in words_for("hnf rank --me")


def test_files_are_left_to_the_shell():
    assert ask("bash", "hnf brief Kent --out ").returncode == 1
    assert ask("bash", "hnf scenario run nosuch").returncode == 1
    assert ask("bash", "hnf rank --year x").returncode == 0


def parameters_of_all_commands():
    for entry in COMMANDS:
        for following in ([], ["check"], ["run"], ["list"], ["fetch"], ["factors"]):
            try:
                command = build(entry, following=following).commands[entry.name]
            except KeyError:
                continue
            for one in (command, *getattr(command, "commands", {}).values()):
                yield from ((entry.name, param) for param in one.params)


def test_options_named_alike_complete_alike_in_every_command():
    from hnf.commands.completion import _of_parameter

    seen: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for name, param in parameters_of_all_commands():
        if name in ("reported", "parameters", "bounds", "sweep", *ONE_AUTHORITY) or getattr(param.type, "choices", ()):
            continue
        offers = tuple(word for word, _ in _of_parameter(name, param, {}, ""))
        seen.setdefault((max(param.opts, key=len), param.metavar or ""), set()).add(offers)
    assert len(seen) > 40
    assert [key for key, offers in seen.items() if len(offers) > 1] == []
    silent = {f"{name} {metavar}" for (name, metavar), offers in seen.items() if offers == {()}}
    for metavar in ("WHO", "FY", "YEAR", "FILE|NAME"):
        assert not [one for one in silent if one.endswith(f" {metavar}")]


@pytest.mark.parametrize("name", ONE_AUTHORITY)
def test_commands_that_refuse_regions_are_not_offered_any(name, capsys, tmp_path):
    from hnf.commands import main

    more = {"brief": ["--out", str(tmp_path / "out")], "catch-up": ["--own-growth", "5", "--england-growth", "3"]}
    year = ["--year", "2023-24"] if name in ("catch-up", "rank-card") else []
    assert main([name, "East of England", *year, *more.get(name, [])]) == 2
    assert "East of England" in capsys.readouterr().err
    assert find(name) is not None


@pytest.mark.parametrize(
    ("word", "shell", "quote", "written"),
    [
        ("Bristol, City of", "bash", "", r"Bristol,\ City\ of"),
        ("Queen's Park", "bash", "", r"Queen\'s\ Park"),
        ("Queen's Park", "bash", '"', "Queen's Park"),
        ("Queen's Park", "bash", "'", r"Queen'\''s Park"),
        ("St. Helens", "powershell", "", "'St. Helens'"),
        ("Queen's Park", "powershell", "", "'Queen''s Park'"),
        ("plans", "powershell", "", "plans"),
    ],
)
def test_quotes(word, shell, quote, written):
    assert quoted(word, shell, quote) == written


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("hnf gap ", (["hnf", "gap"], "", "")),
        ("hnf gap Bristol\\,\\ Ci", (["hnf", "gap"], "Bristol, Ci", "")),
        ("hnf gap \"Queen's P", (["hnf", "gap"], "Queen's P", '"')),
        ("hnf gap 'St. Helens' --to m", (["hnf", "gap", "St. Helens", "--to"], "m", "")),
        ("hnf gap '' x", (["hnf", "gap", ""], "x", "")),
    ],
)
def test_a_line_is_taken_apart_as_a_shell_does(line, found):
    assert split(line) == found


def test_a_tab_is_quick_and_silent(tmp_path):
    code = "import sys; from hnf.commands import main; main([]); print(' '.join(sys.modules), file=sys.stderr)"
    heavy = {"polars", "pandas", "numpy", "matplotlib", "rich", "scipy"}
    for line, more in (
        ("hnf ra", {"typer"}),
        ("hnf gap Hert", {"hnf.measures"}),
        ("hnf rank --measure plans --year ", set()),
        ("hnf brief --constituency q", {"hnf.measures"}),
    ):
        settings = {**os.environ, "PYTHONPATH": str(ROOT), "_HNF_COMPLETE": "zsh", "_HNF_LINE": line}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings, check=True)
        assert done.stdout
        assert (heavy | more) & set(done.stderr.split()) == set()
    empty = tmp_path / "empty"
    empty.mkdir()
    odd = ("", "hnf", "hnf nosuch ", 'hnf gap "', "hnf rank --nosuch ", "hnf rank -- ", "hnf rank \\", "hnf rank =")
    for line in (*odd, f"hnf rank --data {empty} --year ", f"hnf rank --data {empty}/none --year "):
        assert ask("bash", line).stderr == ""
    assert ask("bash", "hnf gap Hert", HNF_DATA=str(empty / "none")).stdout == "Hertfordshire\n"
    for old in ("complete_bash", "complete_zsh", "source_zsh", ""):  # scripts of earlier versions
        done = ask(old, "hnf gap Hert")
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_years_of_tables_of_the_users_own(tmp_path):
    header, first, *_ = (TIDY / "dsg_high_needs_block.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "dsg_high_needs_block.csv").write_text(f"{header}\n2031-32{first[7:]}\n", encoding="utf-8")
    assert words_for(f"hnf rank --data {tmp_path} --year ") == ["2031-32"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_offers_have_words_where_the_shell_shows_them(shell):
    done = ask(shell, "hnf brief --constituency Queen")
    assert done.stdout == "Queen's Park and Maida Vale\tGeorgia Gould, Labour\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_own_script(shell):
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "hnf", "--show-completion", shell]
    done = subprocess.run(arguments, capture_output=True, text=True, env=settings, check=True)
    assert f"_HNF_COMPLETE={shell}" in done.stdout.replace(' = "', "=")
    assert done.stdout.strip() == SHELLS[shell][0].strip()
    assert len({text for text, *_ in SHELLS.values()}) == len(SHELLS)


def test_an_unknown_shell_is_named():
    done = subprocess.run(
        [sys.executable, "-m", "hnf", "--show-completion", "tcsh"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search("tcsh.*bash, zsh, fish", done.stderr)


# In the shells themselves


@pytest.fixture(
    params=[
        pytest.param(shell, marks=pytest.mark.skipif(not shutil.which(shell), reason=f"needs {shell}, to type into it"))
        for shell in ("bash", "zsh", "fish")
    ]
)
def typed(request, tmp_path):
    """Install completion as a user does, type a line and a Tab, and return what the program is then given."""
    shell = request.param
    import pty  # not on Windows, which has none of these shells

    program = tmp_path / "bin" / "hnf"
    program.parent.mkdir()
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    tabs, given = tmp_path / "tabs", tmp_path / "words"
    settings = {
        "HOME": str(tmp_path), "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "xterm", "LANG": "C.UTF-8",
        "TABS": str(tabs), "WORDS": str(given), "HNF_DATA": "",
    }  # fmt: skip
    # Without this folder the first fish of a home reads every manual of the machine, and goes on after it is left.
    (tmp_path / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True)
    install = [sys.executable, "-m", "hnf", "--install-completion", shell]
    for _ in range(2):  # a second time changes nothing
        subprocess.run(install, env={**settings, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, cwd=ROOT)
    arguments = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}[shell]

    def type_line(line: str) -> list[str]:
        for file in (tabs, given):
            file.unlink(missing_ok=True)
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe(arguments[0], arguments, settings)
        try:
            return _typed_into(terminal, line, tabs, given)
        finally:
            os.close(terminal)
            os.kill(child, 9)
            os.waitpid(child, 0)

    return type_line


def _typed_into(terminal: int, line: str, tabs: Path, given: Path) -> list[str]:
    os.set_blocking(terminal, False)
    shown = b""

    def until(is_done, seconds: float) -> None:
        nonlocal shown
        end = time.monotonic() + seconds
        while time.monotonic() < end and not is_done():
            try:
                shown += os.read(terminal, 65536)
            except BlockingIOError:
                time.sleep(0.02)
                continue
            if b"\x1b[c" in shown or b"\x1b[0c" in shown:  # fish asks what the terminal is
                os.write(terminal, b"\x1b[?62;22c")
                shown = shown.replace(b"\x1b[c", b"").replace(b"\x1b[0c", b"")

    until(lambda: False, 1.5)
    os.write(terminal, line.encode() + b"\t")
    until(tabs.exists, 20)
    until(lambda: False, 0.6)
    os.write(terminal, b"\r")
    until(given.exists, 20)
    until(lambda: given.exists() and given.stat().st_size > 0, 5)
    assert given.exists(), shown.decode(errors="replace")
    assert b"rror" not in shown, shown
    return json.loads(given.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hnf allocate St.", ["allocate", "St. Helens"]),
        ('hnf allocate "Bristol', ["allocate", "Bristol, City of"]),
        ("hnf brief --constituency \"Queen's", ["brief", "--constituency", "Queen's Park and Maida Vale"]),
        ("hnf brief --region=East\\ of", ["brief", "--region=East of England"]),
        ("hnf rank --measure=within_20_weeks_e", ["rank", "--measure=within_20_weeks_ex_pct"]),
    ],
)
def test_typed_into_a_shell(typed, line, words):
    # What a shell has done with a Tab shows on its screen alone: a machine under load is given time by trying again.
    assert any(typed(line) == words for _ in range(3))
