"""Options mean the same in every command: years, what is divided by, charts; and what the documents say of them."""

import importlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hnf as package
from hnf.commands.registry import COMMANDS

Run = Callable[..., Any]
#: A call with `--from`, and the first period of its rows.
FROM = {
    "growth Leeds": ("rows", "2021"),
    "growth Leeds --measure refused_pct": ("rows", "2021"),
    "compare Leeds": ("rows", "2021-22"),
    "compare Leeds --measure refused_pct": ("rows", "2021"),
    "map --growth": ("tiles", "2021 to 2026"),
    "need Leeds --measure refused_pct": ("measures", "2021"),
    "table --measures refused_pct --areas Leeds": ("rows", "2021"),
    "table --measures block_per_head --areas Leeds": ("rows", "2021-22"),
    "wedge Leeds": ("rows", "2021-22"),
}


@pytest.mark.parametrize("call", FROM)
def test_from_is_a_financial_year_or_a_january(hnf: Run, call: str) -> None:
    key, first = FROM[call]
    answers = []
    for year in ("2021-22", "2021", "January 2021", "jan-2021", "2021/22"):
        answer = hnf(*call.split(), "--from", year, "--format", "json")
        assert answer.code == 0, answer.err
        answers.append(answer.json)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][key][0]["period"] == first


@pytest.mark.parametrize("call", FROM)
@pytest.mark.parametrize("year", ["1066", "2021-23", "soon", ""])
def test_what_is_no_year_is_one_line(hnf: Run, call: str, year: str) -> None:
    answer = hnf(*call.split(), "--from", year)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "Write it as 2019-20, 2019 or January 2019" in answer.err


@pytest.mark.parametrize(
    "call",
    [
        "allocate Leeds", "gap Leeds", "explain Leeds", "protection", "rank", "map", "compare Leeds",
        "catch-up Kent --per pupil --own-growth 5 --england-growth 3", "rank --measure block_per_plan",
    ],
)  # fmt: skip
def test_a_year_left_out_is_the_latest_and_said(hnf: Run, call: str) -> None:
    answer, asked = (hnf(*call.split(), *more, "--format", "json") for more in ((), ("--year", "2023-24")))
    assert answer.code == 0, answer.err
    assert answer.out == asked.out
    assert "Year: 2023-24, the latest with a table" in answer.err
    assert "the latest with a table" not in asked.err
    assert "2023-24" in (answer.json.get("year"), answer.json.get("period"))


def leaves() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, those of groups too."""
    for entry in COMMANDS:
        module = importlib.import_module(entry.module)
        if hasattr(module, "command"):
            yield (entry.name,)
        group = getattr(module, "commands", None)
        for one in group.registered_commands if group else ():
            yield (entry.name, one.name or one.callback.__name__)


@pytest.mark.parametrize("words", list(leaves()), ids=" ".join)
def test_what_the_readme_says_of_every_command(hnf: Run, words: tuple[str, ...]) -> None:
    page = hnf(*words, "--help").out
    assert "Examples:" in page
    assert ("--answer" if words == ("export",) else "--format") in page
    no_tables = {
        ("parameters",), ("scenario", "list"), ("scenario", "show"), ("scenario", "new"),
        ("sources", "verify"), ("sources", "build"), ("sources", "fetch"),
    }  # fmt: skip
    assert ("--data" in page) == (words not in no_tables)
    if "--per " in page:
        said = page.partition("--per ")[2].partition("  --")[0]
        assert "[default: head]" in " ".join(said.split())
    if "--chart " in page:
        assert "--chart-size" in page
    for option in ("  --from YEAR", "  --to YEAR"):
        if option in page:
            said = " ".join(page.partition(option)[2].partition("  --")[0].split())
            assert "A financial year or a January, as 2019-20 or 2019." in said


def test_every_question_is_public() -> None:
    others = {"map": "map_chart", "claims": "check_text"}
    for entry in COMMANDS:
        if entry.group == "Questions" and entry.name != "mcp":  # it serves the others
            assert others.get(entry.name, entry.name.replace("-", "_")) in package.__all__


CHARTS = (
    "rank --year 2023-24", "rank --year 2023-24 --level region", "growth Hertfordshire",
    "growth Kent --measure refused_pct", "compare Kent", "compare Kent --from 2019 --real", "wedge Cumberland",
    "need Leeds", "project Cumberland", "project Hertfordshire", "inequality", "association", "association --residuals",
    "spending Kent", "map --year 2023-24", "explain Leeds", "rank-card Leeds --year 2023-24", "bounds Leeds",
    "scenario run no_gains_limit --year 2023-24",
)  # fmt: skip


@pytest.mark.parametrize("call", [CHARTS[0], *(pytest.param(call, marks=pytest.mark.slow) for call in CHARTS[1:])])
def test_a_chart_has_the_shape_of_a_slide_or_the_width_of_a_column(hnf: Run, call: str, tmp_path: Path) -> None:
    shapes = {}
    for size in ("slide", "column"):
        path = tmp_path / f"{size}.png"
        answer = hnf(*call.split(), "--chart", path, "--chart-size", size, "--format", "json")
        assert answer.code == 0, answer.err
        assert f"Chart written: {path}." in answer.err
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        shapes[size] = struct.unpack(">II", content[16:24])
    wide, high = shapes["slide"]
    assert wide / high == pytest.approx(16 / 9, rel=0.002)
    assert wide >= 1600
    assert 690 <= shapes["column"][0] <= 800
    assert shapes["column"][1] > 0.85 * shapes["column"][0]


def test_a_chart_is_the_same_file_each_time_and_an_svg_too(hnf: Run, tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        assert hnf("wedge", "Leeds", "--chart", tmp_path / name).code == 0
    for ending in ("svg", "png"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@pytest.mark.parametrize("call", ["rank --year 2024-25", "spending --all", "compare --flips --year 2023-24"])
def test_what_has_no_chart_says_so(hnf: Run, call: str, tmp_path: Path) -> None:
    answer = hnf(*call.split(), "--chart", tmp_path / "x.png")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "eave --chart out" in answer.err
    assert not list(tmp_path.iterdir())
