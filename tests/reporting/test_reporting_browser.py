"""The page in a real browser: layout on a phone and on a desk, no request, no foreign script, axe-core, and its use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import example_pack as example
import pytest
from fixtures.checked_claims import CLAIMS, TEXT, claim
from fixtures.fake_packs import jobs, summary
from printed_sides import squeeze
from pypdf import PdfReader

from hnf.formats.annotated import annotated_html
from hnf.formats.web_page import render_html
from hnf.packs.build import build_pack
from hnf.packs.content import Audience
from hnf.packs.index_page import IndexText, render_index
from hnf.tables.store import Store

FOLDER = Path(__file__).resolve().parent / "browser"
SIZES = ("320x640", "360x800", "768x1000", "1440x1000")
#: A phone and a desk.
BOTH = ("360x800", "1280x1000")
#: One of each kind: plain, part of a reorganised area, suppressed, no allocation, the longest name.
REAL = ("Hertfordshire", "Cumberland", "Isle of Wight", "City of London", "BCP")
#: The first at all sizes, the others in turn at one; with HNF_PACKS=all every one at all.
READ = [
    (who, size)
    for number, who in enumerate(REAL)
    for turn, size in enumerate(SIZES)
    if number == 0 or number % 4 == turn or os.environ.get("HNF_PACKS") == "all"
]
#: Each width and each medium of an annotated text; with HNF_PACKS=all every width in every medium.
ANNOTATED = [
    (size, media)
    for row, size in enumerate(("320x800", "768x1000", "1440x1000"))
    for column, media in enumerate(("light", "dark", "print"))
    if row == column or os.environ.get("HNF_PACKS") == "all"
]
PACKS = {"full": example.example_pack(), "bare": example.bare_pack()}

pytestmark = pytest.mark.browser


def inspect(page: Path, size: str, *more: str) -> dict[str, Any]:
    """Open a page in Chromium and return what `check.mjs` found."""
    return run_script("check.mjs", str(page), size, *more)


def run_script(name: str, *arguments: str) -> dict[str, Any]:
    """Run a script of the folder `browser` and return the object it prints."""
    node = shutil.which("node")
    if node is None:
        pytest.fail("Node.js is not installed: the browser tests need it")
    if not (FOLDER / "node_modules" / "axe-core").is_dir():
        pytest.fail(f"node_modules is missing: run `npm install` in {FOLDER}")
    command = [node, str(FOLDER / name), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PACKS)
def test_a_reader_meets_no_obstacle(name: str, size: str, tmp_path: Path) -> None:
    assert_no_obstacle(render_html(PACKS[name]), size, tmp_path)


@lru_cache(maxsize=2)
def real_page(who: str, audience: Audience = "analyst") -> str:
    """The page of an authority, built once for all sizes."""
    return render_html(build_pack(Store(), who, audience))


def test_a_reader_in_the_dark_meets_no_obstacle(tmp_path: Path) -> None:
    assert_no_obstacle(real_page(REAL[0]), "768x1000", tmp_path, "", "dark")


@pytest.mark.parametrize("who", [REAL[0], *(pytest.param(who, marks=pytest.mark.slow) for who in REAL[1:])])
def test_the_page_of_a_member_is_printed_on_at_most_four_sides(who: str, tmp_path: Path) -> None:
    page, printed = tmp_path / "pack.html", tmp_path / "printed.pdf"
    page.write_text(real_page(who, "mp"), encoding="utf-8")
    inspect(page, "1280x1000", str(printed), "print")
    reader = PdfReader(printed)
    assert len(reader.pages) <= 4
    text = squeeze("".join(side.extract_text() for side in reader.pages))
    for sentence in build_pack(Store(), who, "mp").sentences():
        assert squeeze(sentence.text) in text
    # What is said on paper has no address of a button, and no control.
    assert "hnftrace" not in text


@pytest.mark.parametrize(("who", "size"), READ)
def test_the_real_packs_read_as_well(who: str, size: str, tmp_path: Path) -> None:
    assert_no_obstacle(real_page(who), size, tmp_path)


@pytest.mark.parametrize(("size", "media"), ANNOTATED)
def test_a_reader_of_an_annotated_text_meets_no_obstacle(size: str, media: str, tmp_path: Path) -> None:
    long = claim("untrue", "Supercalifragilistic" * 12, LONG, sentence="Not true: " + "supercalifragilistic" * 12)
    moved = [replace(one, start_at=one.start_at + len(LONG), end_at=one.end_at + len(LONG)) for one in CLAIMS]
    html = annotated_html(LONG + TEXT, [long, *moved], "Claims in a speech", edition="2026-07")
    assert_no_obstacle(html, size, tmp_path, "", media)


#: One word that no line of a phone holds.
LONG = "Supercalifragilistic" * 12 + "\n\n"


def assert_no_obstacle(html: str, size: str, folder: Path, *more: str) -> None:
    """Nothing sticks out, overlaps, is fetched or run, and axe-core finds nothing, details closed and open."""
    page = folder / "pack.html"
    page.write_text(html, encoding="utf-8")
    found = inspect(page, size, *more)
    for state in (found["closed"], found["open"]):
        assert state["texts"] > 15
        assert state["scrollWidth"] <= int(size.split("x", maxsplit=1)[0])
        assert state["overlaps"] == []
        assert state["outside"] == []
    assert found["requests"] == []
    assert found["dialogs"] == []
    assert found["errors"] == []
    assert found["violations"] == []
    assert found["passes"] > 20


INDEX = [summary(job) for job in jobs(40)]
SQUARES = {pack.la_codes[0]: (1 + number % 15, 1 + number // 15) for number, pack in enumerate(INDEX)}


def index_of_packs(folder: Path) -> str:
    """The index of made-up packs, beside a page for one of them."""
    (folder / "place-7").mkdir()
    (folder / "place-7" / "index.html").write_text("<!DOCTYPE html><title>Seven</title>", encoding="utf-8")
    text = IndexText("Briefing packs of forty places", "For members of Parliament", "A licence line.")
    return render_index(INDEX, text, layout=SQUARES)


@pytest.mark.parametrize("size", BOTH)
def test_a_reader_of_the_index_meets_no_obstacle(size: str, tmp_path: Path) -> None:
    assert_no_obstacle(index_of_packs(tmp_path), size, tmp_path)


def test_the_index_is_searched_sorted_and_read_without_scripts(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text(index_of_packs(tmp_path), encoding="utf-8")
    command = [str(shutil.which("node")), str(FOLDER / "index.mjs"), str(page), "seat of 7", "Rank"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    by_region = [f"Place {n}" for n in (*range(1, 40, 2), *range(0, 40, 2))]
    assert found["without"] == {"names": by_region, "tiles": 40, "buttons": 0}
    assert found["found"] == {
        "names": ["Place 7"],
        "regions": ["The North"],
        "lit": ["907"],
        "matches": ["Seat of 7"],
        "said": "1 of 40",
    }
    assert found["chosen"] == [
        {"names": [f"Place {n}" for n in range(0, 40, 2)], "said": "20 of 40"},
        {"names": [f"Place {n}" for n in range(0, 40, 6)], "said": "7 of 40"},
    ]
    assert found["ascending"] == {"names": [f"Place {n}" for n in range(40)], "regions": []}
    assert found["descending"] == {"names": [f"Place {n}" for n in reversed(range(40))], "sort": "descending"}
    assert found["again"] == {"names": by_region, "regions": ["The North", "The South"], "sorted": 0}
    assert found["tile"].split("\n") == ["Place 0", "Rank: 1"]
    assert found["opened"].endswith("/place-7/index.html")
    assert found["errors"] == []


def test_the_check_finds_what_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><html><title>Bad</title><h1>One</h1><h4>Four</h4><img src='https://example.invalid/x.png'>"
        "<p style='position:absolute;top:0;left:0'>printed over the heading</p><p style='width:2000px'>wide</p>"
        f"<p style='color:#bbb'>{'pale ' * 20}</p><script>alert(1)</script>",
        encoding="utf-8",
    )
    found = inspect(page, "360x800")
    assert found["closed"]["scrollWidth"] > 360
    assert found["closed"]["overlaps"]
    assert found["requests"]
    assert found["dialogs"]
    assert {"html-has-lang", "image-alt", "color-contrast", "heading-order"} <= {v["id"] for v in found["violations"]}


@pytest.fixture(scope="module", params=BOTH)
def used(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened when a reader clicked, hovered and pressed keys, and what is there without a script."""
    page = tmp_path_factory.mktemp("used") / "pack.html"
    page.write_text(render_html(PACKS["full"]), encoding="utf-8")
    table = example.neighbours_table()
    return run_script("interact.mjs", str(page), request.param, table.title, "EHC plans", "Rank per head")


def test_a_click_on_a_heading_sorts_the_table_by_its_values(used: dict[str, Any]) -> None:
    published, ascending, descending, again = used["orders"]
    plans = [row[3] for row in published["rows"]]
    assert plans == ["9,688", "3,411", "[x]", "0", "12"]
    # What is missing is last either way.
    assert [row[3] for row in ascending["rows"]] == ["0", "12", "3,411", "9,688", "[x]"]
    assert [row[3] for row in descending["rows"]] == ["9,688", "3,411", "12", "0", "[x]"]
    assert again["rows"] == published["rows"]
    assert [state["sort"][3] for state in used["orders"]] == [None, "ascending", "descending", None]
    assert all(sort is None for state in used["orders"] for place, sort in enumerate(state["sort"]) if place != 3)
    assert all(state["highlighted"] == ["Testshire"] for state in used["orders"])
    assert sorted(map(tuple, descending["rows"])) == sorted(map(tuple, published["rows"]))
    title = example.neighbours_table().title
    assert [state["said"] for state in used["orders"]] == [
        "",
        f"{title}: sorted by EHC plans, lowest first",
        f"{title}: sorted by EHC plans, highest first",
        f"{title}: sorted as published",
    ]


def test_a_click_on_another_heading_sorts_by_that_alone_and_by_value_not_as_text(used: dict[str, Any]) -> None:
    assert [row[5] for row in used["moved"]["rows"]] == ["1", "2", "5", "77", "120"]
    assert used["moved"]["sort"] == [None, None, None, None, None, "ascending", None]


def test_a_chart_names_the_value_under_the_pointer_and_reads_them_by_keyboard(used: dict[str, Any]) -> None:
    chart = used["chart"]
    words = chart["words"]
    assert chart["hovered"] == words[-1]
    assert chart["inside"]
    assert chart["left"] is False
    assert chart["read"] == [words[0], words[1], words[-1], words[-2], words[0]]
    assert chart["escaped"] is False


def test_with_scripts_turned_off_everything_is_there(used: dict[str, Any]) -> None:
    without = used["without"]
    pack = PACKS["full"]
    sentences = pack.sentences()
    assert len(sentences) == 9
    for sentence in sentences:
        assert " ".join(sentence.text.split()) in without["text"]
    rows = sum(len(chart.data.rows) for chart in pack.charts())
    rows += sum(len(table.rows) for section in pack.sections for table in section.tables)
    assert without["cells"] == rows
    assert without["buttons"] == 0
    assert without["pictures"] == 4
