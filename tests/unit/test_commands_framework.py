"""The command line framework: overview, lazy commands, errors, output and tables, tried with a command made up here."""

import csv
import importlib.util
import io
import json
import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import hnf
from hnf.commands import data_edition, main, registry
from hnf.commands import options as shared
from hnf.commands.output import Column, TableView, clean, columns_of, emit, format_cell, track, wrap, write_table
from hnf.commands.registry import COMMANDS, GROUPS, overview
from hnf.errors import CheckFailed, FormulaError, HnfError, SourceError, TableError, UsageError
from hnf.years import FinancialYear, January, MidYear

ROOT = Path(hnf.__file__).parent.parent
#: Python statements that make this file the command `rank`, for tests in a process of its own.
PRELUDE = """
import sys
from hnf.commands import registry, app
registry.COMMANDS = (registry.Entry("rank", "rank everything", "Questions"),)
registry.COMMANDS[0].module = "rank_for_tests"
"""
MODULE = '''
from hnf.commands import options as shared
from hnf.commands.output import Column, TableView, emit
def command(who: shared.Who, output: shared.Format = "table") -> None:
    """Rank."""
    rows = [{"la_name": f"{who} {number}"} for number in range(50_000 if who == "long" else 151)]
    table = TableView("Ranks", (Column("la_name", "Authority"),), rows, notes=("A note.",))
    emit({"rows": rows}, output, table=table, rows_key="rows")
'''
ROWS = [
    {"rank": 1, "la_code": "919", "la_name": "Hertfordshire", "value": 1234.5},
    {"rank": 2, "la_code": "801", "la_name": "Bristol, City of", "value": None},
]
COLUMNS = (
    Column("rank", "Rank", "number"),
    Column("la_code", "Code"),
    Column("la_name", "Authority"),
    Column("value", "Per head", "rate"),
)


def rank(  # noqa: PLR0917
    who: shared.Who,
    year: shared.Year = None,
    per: shared.PerOrNone = "head",
    measure: shared.Measure = "block",
    population: shared.Population = "ons",
    start: Annotated[int, typer.Option("--from", metavar="YEAR", help="First January.")] = 2015,
    weight: Annotated[float, typer.Option("--weight", help="Any number.")] = 1.0,
    also: Annotated[list[str] | None, typer.Option("--also", help="Another authority.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many at most.")] = 9,
    data: shared.Data = None,
    output: shared.Format = "table",
) -> None:
    """Rank the authorities, lowest first.

    Ties share a rank.

    Parameters
    ----------
    who : str
        This part is for people who read the code.

    Examples
    --------
    hnf rank Hertfordshire --per head --year 2023-24
    hnf rank 919 --format csv > ranks.csv
    """
    failures = {
        "usage": UsageError("no authority 'x'", todo="Did you mean 'Bath'?"),
        "source": SourceError("a changed byte", where="a.ods"),
        "table": TableError("a duplicate row"),
        "formula": FormulaError("no such term"),
        "bug": ZeroDivisionError("division by zero"),
        "interrupt": KeyboardInterrupt(),
        "pipe": BrokenPipeError(),
        "disk": PermissionError(13, "Permission denied", "/somewhere/report.csv"),
        "steering": UsageError("no authority 'a\x1b[31m\u202eb'"),
        "exit": typer.Exit(1),
    }
    if who in failures:
        raise failures[who]
    options = {"per": per, "measure": measure, "population": population, "from": start, "weight": weight, "also": also}
    assert most > 0
    payload = {"rows": ROWS, "year": year, "data": data, "options": options}
    emit(payload, output, table=TableView("Ranks", COLUMNS, ROWS, notes=("A note.",)), rows_key="rows")
    if who == "check":
        raise CheckFailed("2 authorities differ")


def list_sources() -> None:
    """List the files."""
    print("listed")


@pytest.fixture(autouse=True)
def made_up_commands(monkeypatch):
    """Two commands and no others: `rank`, a function, and `sources`, a group."""
    group = typer.Typer()
    group.command("list")(list_sources)
    for name, attribute, value in (("rank", "command", rank), ("sources", "commands", group)):
        module = type(sys)(f"made_up_{name}")
        setattr(module, attribute, value)
        monkeypatch.setitem(sys.modules, f"made_up_{name}", module)
    entries = tuple(
        registry.Entry(name, f"purpose of {name}", "Questions") for name in ("rank", "sources", "reconcile")
    )
    for entry in entries:
        entry.module = f"made_up_{entry.name}"
    monkeypatch.setattr(registry, "COMMANDS", entries)
    monkeypatch.setattr("hnf.commands.run.COMMANDS", entries)


@pytest.fixture
def start(tmp_path):
    """Start Python statements after the prelude, in a process of their own."""
    (tmp_path / "rank_for_tests.py").write_text(MODULE, encoding="utf-8")

    def start(statements, *arguments, stdout=None, **environment):
        code = PRELUDE + statements
        settings = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", **environment}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | ({"stdout": stdout} if stdout else {})
        return subprocess.Popen([sys.executable, "-c", code, *arguments], text=True, env=settings, **streams)

    return start


@pytest.fixture
def process(start):
    """Run Python statements after the prelude, in a process of its own, and wait for it."""

    def run(statements, *arguments, **environment):
        with start(statements, *arguments, **environment) as running:
            out, err = running.communicate()
        return subprocess.CompletedProcess(arguments, running.returncode, out, err)

    return run


# The overview


def test_overview_has_each_command_once_in_a_known_group():
    text = overview_of_all()
    assert len({entry.name for entry in COMMANDS}) == len(COMMANDS) > 10
    for entry in COMMANDS:
        assert entry.group in GROUPS
        assert text.count(f"  {entry.name} ") >= 1
        assert text.count(entry.purpose) == 1
    assert [text.index(f"\n{group}:") for group in GROUPS] == sorted(text.index(f"\n{group}:") for group in GROUPS)
    for part in ("Examples:", "Exit codes:", "--format", "--data", "--version"):
        assert part in text


def overview_of_all() -> str:
    registry.COMMANDS = COMMANDS
    return overview()


def test_overview_fits_80_columns_and_any_encoding():
    text = overview_of_all()
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["help"]])
def test_overview_is_what_help_prints(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr() == (overview(), "")


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version_names_the_data_edition(option, capsys):
    assert main([option]) == 0
    assert capsys.readouterr().out == f"hnf {hnf.__version__}, data edition {data_edition()}\n"


def test_data_edition_is_read_from_the_wheel_or_the_checkout(tmp_path):
    package = tmp_path / "hnf"
    assert data_edition(str(package)) == "unknown"
    for place, edition in ((tmp_path, "beside"), (package, "inside")):
        (place / "data" / "tidy").mkdir(parents=True)
        (place / "data" / "tidy" / "EDITION").write_text(f"{edition} 2026-07\nanother line\n", encoding="utf-8")
        assert data_edition(str(package)) == f"{edition} 2026-07"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_overview_and_version_import_nothing_heavy(process, option):
    heavy = "{'typer', 'rich', 'polars', 'json', 're', 'pathlib', 'typing', 'dataclasses', 'importlib.metadata'}"
    done = process(
        "before = set(sys.modules)\n"
        "from hnf.commands import main\nmain(sys.argv[1:])\n"
        f"print(sorted({heavy} & (set(sys.modules) - before)))",
        option,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[]"


# Commands


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_explains_itself_in_80_columns_with_examples(entry, capsys, monkeypatch):
    assert importlib.util.find_spec(entry.module) is not None
    monkeypatch.setattr(registry, "COMMANDS", COMMANDS)
    assert main([entry.name, "--help"]) == 0
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) <= 80
    for inner in getattr(importlib.import_module(entry.module), "commands", typer.Typer()).registered_commands:
        assert main([entry.name, inner.name or inner.callback.__name__, "--help"]) == 0
        text = capsys.readouterr().out
        assert max(len(line) for line in text.splitlines()) <= 80
        assert "  Examples:\n    hnf " in text
    assert "  Examples:\n    hnf " in text


def test_a_command_imports_its_own_module_and_neither_rich_nor_pydantic(process):
    done = process(
        "from hnf.commands import main\nstatus = main(['rank', 'x', '--format', 'json'])\n"
        "heavy = {'rich', 'pydantic', 'polars'} & set(sys.modules)\n"
        "others = {entry for entry in sys.modules if entry in ('hnf.commands.sources', 'hnf.commands.brief')}\n"
        "print(status, sorted(heavy | others), 'rank_for_tests' in sys.modules)"
    )
    assert done.stdout.splitlines()[-1] == "0 [] True"


def test_help_of_a_command(capsys):
    assert main(["rank", "--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Rank the authorities, lowest first." in out
    assert "for people who read the code" not in out
    assert "  Examples:\n    hnf rank Hertfordshire --per head --year 2023-24\n    hnf rank 919" in out
    assert max(len(line) for line in out.splitlines()) <= 80
    assert main(["help", "rank"]) == main(["rank", "-h"]) == 0
    assert capsys.readouterr().out == out + out


def test_a_group_of_commands(capsys):
    assert main(["sources", "list"]) == 0
    assert capsys.readouterr().out == "listed\n"
    assert main(["sources"]) == 0
    assert "List the files." in capsys.readouterr().out
    assert main(["sources", "lsit"]) == 2
    assert capsys.readouterr().err.startswith("hnf: sources: No such command 'lsit'. Did you mean 'list'?")


def test_values_of_options(capsys, tmp_path):
    arguments = ["rank", "919", "--year", "2023/24", "--per", "NONE", "--measure", "nff_additional", "--from", "2016"]
    arguments += ["--population", "dfe", "--weight", "0.5", "--also", "a", "--also", "b", "--data", str(tmp_path)]
    assert main([*arguments, "--format", "JSON"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["year"] == "2023-24"
    assert answer["data"] == str(tmp_path)
    assert answer["options"] == {
        "per": "none",
        "measure": "nff_additional",
        "population": "dfe",
        "from": 2016,
        "weight": 0.5,
        "also": ["a", "b"],
    }


def test_a_denominator_may_be_left_out(capsys, monkeypatch):
    def allocate(per: shared.Per = "head") -> None:
        """Allocate."""
        print(repr(per))

    monkeypatch.setattr(sys.modules["made_up_rank"], "command", allocate)
    assert main(["rank"]) == main(["rank", "--per", "plan"]) == 0
    assert capsys.readouterr().out == "'head'\n'plan'\n"
    assert main(["rank", "--per", "none"]) == 2


# Errors


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rnak"], "hnf: No command 'rnak'. Did you mean 'rank'? "),
        (["RANK"], "hnf: No command 'RANK'. Did you mean 'rank'? "),
        (["zzz"], "hnf: No command 'zzz'. 'hnf --help'"),
        (["check-ees"], "hnf: No command 'check-ees' any more. Before publishing, screen the file with DfE's own"),
        (["--format", "json", "rank"], "hnf: no option '--format' before the command."),
        (["rank"], "hnf: rank: Missing argument 'WHO'."),
        (["rank", "a", "b"], "hnf: rank: Got unexpected extra argument"),
        (["rank", "a", "--formt", "x"], "hnf: rank: No such option '--formt' (Possible options: --format"),
        (["rank", "a", "--from"], "hnf: rank: Option '--from' requires an argument."),
        (["rank", "a", "--from", "x"], "hnf: rank: Invalid value for '--from': 'x' is not a whole number."),
        (["rank", "a", "--from", "1.5"], "hnf: rank: Invalid value for '--from': '1.5' is not a whole number."),
        (["rank", "a", "--most", "0"], "hnf: rank: Invalid value for '--most': 0 is less than 1."),
        (["rank", "a", "--most", "x"], "hnf: rank: Invalid value for '--most': 'x' is not a whole number."),
        (["rank", "a", "--weight", "x"], "hnf: rank: Invalid value for '--weight': 'x' is not a number."),
        (
            ["rank", "a", "--format", "xml"],
            "hnf: rank: Invalid value for '--format': 'xml' is not one of table, json, csv.",
        ),
        (
            ["rank", "a", "--format", "jsn"],
            "hnf: rank: Invalid value for '--format': 'jsn' is not one of table, json, csv. Did you mean 'json'?",
        ),
        (["rank", "a", "--year", "2022-25"], "hnf: --year: '2022-25' is not a financial year. Write it as 2023-24."),
        (["rank", "a", "--data", "/nowhere/at/all"], "hnf: --data: '/nowhere/at/all' does not exist. Give a folder"),
        (["rank", "a", "--data", __file__], f"hnf: --data: '{__file__}' is a file, not a folder."),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments, expected, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(expected)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("who", "status", "expected"),
    [
        ("usage", 2, "hnf: no authority 'x'. Did you mean 'Bath'?\n"),
        ("source", 2, "hnf: a.ods: a changed byte\n"),
        ("table", 2, "hnf: a duplicate row\n"),
        ("formula", 2, "hnf: no such term\n"),
        ("disk", 2, "hnf: /somewhere/report.csv: Permission denied\n"),
        ("steering", 2, "hnf: no authority 'a\\x1b[31m\\u202eb'\n"),
        ("interrupt", 130, ""),
        ("pipe", 141, ""),
        ("exit", 1, ""),
    ],
)
@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_errors_are_one_line_and_leave_stdout_empty(who, status, expected, output, capsys):
    assert main(["rank", who, "--format", output]) == status
    assert capsys.readouterr() == ("", expected)


def test_every_kind_of_hnf_error_has_an_exit_code():
    kinds = HnfError.__subclasses__()
    assert len(kinds) >= 5
    assert {kind.exit_code for kind in kinds} == {1, 2}


def test_a_check_that_did_not_hold_gives_its_rows_first(capsys):
    assert main(["rank", "check", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    said = [{"area_code": row["la_code"], "area_name": row["la_name"]} for row in ROWS]
    assert json.loads(out)["rows"] == [place | row for place, row in zip(said, ROWS, strict=True)]
    assert err.splitlines()[-1] == "hnf: 2 authorities differ"


def test_a_bug_says_so_and_shows_where_only_when_asked(capsys, monkeypatch):
    monkeypatch.delenv("HNF_DEBUG", raising=False)
    assert main(["rank", "bug"]) == 70
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "bug in hnf" in line
    assert "ZeroDivisionError: division by zero" in line
    monkeypatch.setenv("HNF_DEBUG", "1")
    assert main(["rank", "bug"]) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_reader_of_the_output_may_go_away(start, unbuffered):
    with start("app()", "rank", "long", "--format", "csv", PYTHONUNBUFFERED=unbuffered) as running:
        assert running.stdout.readline() == "la_name\n"
        running.stdout.close()
        assert running.stderr.read() == "A note.\n"
    assert running.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["rank", "x"], ["rank", "long"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(start, arguments, unbuffered):
    with (
        Path("/dev/full").open("w") as full,
        start("app()", *arguments, stdout=full, PYTHONUNBUFFERED=unbuffered) as running,
    ):
        line = running.stderr.read()
    assert running.returncode == 2
    assert line.count("\n") == 1
    assert "No space left" in line


def test_a_closed_stdout_is_no_success(process):
    done = process("sys.stdout = None\napp()", "rank", "x")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "hnf: the output cannot be written: it is closed.\n")


# Completion


def test_completion_knows_the_commands_of_the_register(process):
    done = process("app()", _HNF_COMPLETE="bash", _HNF_LINE="hnf rank --fo")
    assert (done.returncode, done.stdout.split()) == (0, ["--format"])


# Output


def emitted(capsys, payload, output, *, columns=(), rows=(), rows_key=None, notes=()):
    emit(payload, output, table=TableView("Title", columns, rows, notes=notes), rows_key=rows_key)
    return capsys.readouterr()


def test_json_is_one_object_on_stdout_and_notes_are_on_stderr(capsys):
    out, err = emitted(capsys, {"rows": ROWS}, "json", notes=("Basis: derived.",))
    assert out.count("\n") == 1
    assert json.loads(out) == {"rows": ROWS}
    assert err == "Basis: derived.\n"


def test_json_values(capsys):
    class Colour(StrEnum):
        RED = "red"

    payload = {
        "nan": float("nan"),
        "infinite": float("inf"),
        "third": 1 / 3,
        "pound": "£",
        "years": (FinancialYear(2023), January(2024), MidYear(2023)),
        "numpy": [np.float64("nan"), np.int64(3)],
        "colour": Colour.RED,
        "set": {"b", "a"},
        "path": Path("a/b"),
        919: None,
    }
    out, _ = emitted(capsys, payload, "json")
    assert "£" in out
    assert json.loads(out) == {
        "nan": None,
        "infinite": None,
        "third": 1 / 3,
        "pound": "£",
        "years": ["2023-24", 2024, 2023],
        "numpy": [None, 3],
        "colour": "red",
        "set": ["a", "b"],
        "path": "a/b",
        "919": None,
    }


def test_json_refuses_what_has_no_agreed_form(capsys):
    with pytest.raises(TypeError, match="object has no form in JSON"):
        emitted(capsys, {"thing": object()}, "json")
    assert capsys.readouterr().out == ""


def test_csv_flattens_rows(capsys):
    rows = [
        {"la_code": "919", "per": {"value": 1.5, "of": {"what": "head"}}, "tied_with": ["801", "802"]},
        {"new": True},
    ]
    out, err = emitted(capsys, {"rows": rows}, "csv", rows_key="rows", notes=("Note.",))
    assert list(csv.DictReader(io.StringIO(out))) == [
        {"area_code": "919", "la_code": "919"}
        | {"per.value": "1.5", "per.of.what": "head", "tied_with": "801;802", "new": ""},
        {"area_code": "", "la_code": "", "per.value": "", "per.of.what": "", "tied_with": "", "new": "true"},
    ]
    assert err == "Note.\n"


def test_csv_without_rows_still_has_headings(capsys):
    assert emitted(capsys, {"rows": []}, "csv", columns=COLUMNS, rows_key="rows").out == "rank,la_code,la_name,value\n"


def test_csv_of_a_single_answer(capsys):
    assert (
        emitted(capsys, {"gap_gbp": -5.25, "year": FinancialYear(2023)}, "csv").out
        == "period,gap_gbp,year\n2023-24,-5.25,2023-24\n"
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠", "  ="])
def test_csv_text_never_starts_a_formula(start, capsys):
    text = f"{start}cmd|' /C calc'!A0"
    out, _ = emitted(capsys, {"rows": [{"name": text, "list": [text], text: 1}]}, "csv", rows_key="rows")
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    safe = f"'{text}".replace("\r", "\n")
    assert row["name"] == row["list"] == safe
    assert safe in row


@pytest.mark.parametrize(("value", "written"), [(-5, "-5"), (-5.25, "-5.25"), ("-5.25", "-5.25"), ("-5+1", "'-5+1")])
def test_csv_negative_numbers_stay_numbers(value, written, capsys):
    assert emitted(capsys, {"rows": [{"value": value}]}, "csv", rows_key="rows").out == f"value\n{written}\n"


def test_table_carries_its_notes_and_stderr_stays_empty(capsys):
    assert main(["rank", "919"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("\n\nA note.\n")


@pytest.mark.parametrize(("settings", "bold"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_bold_only_on_a_terminal_that_wants_it(settings, bold, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    emit({}, "table", table=TableView("Title", COLUMNS, ROWS), rows_key=None)
    assert ("\x1b[1mTitle\x1b[0m" in terminal.getvalue()) is bold


def test_no_escape_codes_in_a_pipe(process):
    assert "\x1b" not in process("app()", "rank", "x", FORCE_COLOR="1").stdout


def test_long_tables_are_complete(process):
    done = process("app()", "rank", "x")
    assert len(done.stdout.splitlines()) == 2 + 2 + 151 + 2


def test_pounds_survive_an_ascii_terminal(process):
    done = process("app()", "rank", "£x", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.splitlines()[4].endswith("x 0")


# Tables


def test_table_layout():
    view = TableView(
        title="High needs block per head, 2023-24",
        columns=(*COLUMNS, Column("change", "Change on the year before", "pct_change")),
        rows=[{**row, "change": change} for row, change in zip(ROWS, (5.25, -0.01), strict=True)],
        notes=("Bristol: not published.",),
        footer=({"la_name": "England", "value": 2000.0},),
    )
    # Worked by hand.
    assert write_table(view, 48) == (
        "High needs block per head, 2023-24\n"
        "\n"
        "                                          Change\n"
        "                                          on the\n"
        "                                            year\n"
        "Rank  Code  Authority          Per head   before\n"
        "----  ----  ----------------  ---------  -------\n"
        "   1  919   Hertfordshire     £1,234.50    +5.2%\n"
        "   2  801   Bristol, City of          -     0.0%\n"
        "----  ----  ----------------  ---------  -------\n"
        "            England           £2,000.00\n"
        "\n"
        "Bristol: not published.\n"
    )


def test_table_too_narrow_for_columns_is_stacked():
    text = write_table(TableView("Ranks", COLUMNS, ROWS[:1]), 20)
    assert text == "Ranks\n\nRank: 1\nCode: 919\nAuthority:\n  Hertfordshire\nPer head:\n  £1,234.50\n"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "gbp", "-"),
        (float("nan"), "pct", "-"),
        (1_234_567.5, "gbp", "£1,234,568"),
        (-1234, "gbp", "-£1,234"),
        (-0.4, "gbp", "£0"),
        (1234, "gbp_change", "+£1,234"),
        (0, "gbp_change", "£0"),
        (912.345, "rate", "£912.35"),
        (-912.3, "rate_change", "-£912.30"),
        (11897, "count", "11,897"),
        (11897.5, "count", "11,897.5"),
        (223.1, "pct", "223.1%"),
        (223.1, "pct_change", "+223.1%"),
        (-0.04, "pct_change", "0.0%"),
        (2024, "number", "2024"),
        (True, "text", "yes"),
        ("z", "gbp", "z"),
        (FinancialYear(2023), "text", "2023-24"),
    ],
)
def test_show(value, kind, expected):
    assert format_cell(value, kind) == expected


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(
    cells=st.lists(st.tuples(ANY_TEXT, st.none() | st.floats() | st.integers() | ANY_TEXT), max_size=5),
    title=ANY_TEXT,
    headings=st.tuples(ANY_TEXT, ANY_TEXT),
    note=ANY_TEXT,
    columns=st.integers(20, 120),
)
def test_tables_of_any_text_stay_within_the_width_and_steer_no_terminal(cells, title, headings, note, columns):
    view = TableView(
        title=title,
        columns=(Column("name", headings[0]), Column("value", headings[1], "gbp_change")),
        rows=[{"name": name, "value": value} for name, value in cells],
        notes=(note,),
        footer=({"name": title},),
    )
    text = write_table(view, columns)
    text.encode("utf-8")
    assert clean(text.replace("\n", "")) == text.replace("\n", "")
    assert max(columns_of(line) for line in text.split("\n")) <= columns


@given(text=ANY_TEXT.map(clean), columns=st.integers(2, 60))
def test_wrapping_loses_nothing_but_spaces(text, columns):
    lines = wrap(text, columns)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(columns_of(line) <= columns for line in lines)


def test_clean_writes_out_what_steers_a_terminal():
    assert clean("a\x1b[31m\x07\x9b\u202e\u2066\u200f\ud800b\tc\nd") == (
        "a\\x1b[31m\\x07\\x9b\\u202e\\u2066\\u200f\\ud800b c d"
    )
    assert clean("Ynys Môn £ 東京") == "Ynys Môn £ 東京"
    assert columns_of("東京e\u0301") == 5


# Progress


def test_progress_is_silent_in_a_pipe(capsys):
    assert list(track([1, 2], "Working")) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_shows_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert list(track(iter(["head", "pupil"]), "Writing packs", total=2)) == ["head", "pupil"]
    assert "Writing packs" in terminal.getvalue()
