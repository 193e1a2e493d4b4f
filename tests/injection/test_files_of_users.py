"""Files that a user is sent: claims, scenarios, sweeps, headings, factors, catalogues; and the names of files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from fixtures.hostile_text import ALL, FORMULAS, MARKUP, PATHS, STEERING
from fixtures.made_up import BLOCK, write_ods
from fixtures.next_year import NextYear
from injection.test_answers import may_run, steering

from hnf.claims.reading import CheckedClaim, Finding, Place, Quantity, Reading, ReportedFigure
from hnf.errors import SourceError
from hnf.fetch import fetch as fetch_log
from hnf.files import stays_below
from hnf.scenarios.files import library_path
from hnf.scenarios.sweep_files import SWEEPS_FOLDER
from hnf.sources.catalogue import load_catalogue, toml_value
from hnf.tables.store import Store
from hnf.text import slug_of

Run = Callable[..., Any]
YEAR = ("--year", "2023-24")
LOUD = f"{FORMULAS[0]} {MARKUP[0]} {STEERING[0]} {STEERING[5]} [red]x[/red]"


def safe(hnf: Run, *ask: Any, code: int = 0) -> dict[str, Any]:
    """Ask in all three forms; return the JSON answer."""
    answers = {output: hnf(*ask, "--format", output) for output in ("table", "json", "csv")}
    for output, answer in answers.items():
        assert answer.code == code, (output, answer.err)
        assert steering(answer.out) <= {"\t"}
        assert steering(answer.err) == set()
    rows = list(csv.reader(io.StringIO(answers["csv"].out, newline="")))
    assert [cell for row in rows for cell in row if may_run(cell)] == []
    found = json.loads(answers["json"].out)
    assert isinstance(found, dict)
    return found


def test_claims_of_any_words(hnf: Run, tmp_path: Path) -> None:
    texts = {"text", "who", "where", "link"}
    claims = [
        "\n".join(["[[claim]]", f"id = {toml_value(f'{text} {n}')}", *(f"{key} = {toml_value(text)}" for key in texts)])
        for n, text in enumerate(ALL)
    ]
    path = tmp_path / "claims.toml"
    path.write_text("\n".join(claims), encoding="utf-8")
    found = safe(hnf, "claims", "check", path)["claims"]
    assert len(found) == len(ALL)
    assert {claim["verdict_code"] for claim in found} <= {"not_understood", "out_of_scope"}
    said = [json.dumps(claim, ensure_ascii=False) for claim in found]
    assert [
        text for text, one in zip(ALL, said, strict=True) if json.dumps(text, ensure_ascii=False)[1:-1] not in one
    ] == []


def test_a_claim_that_does_not_hold_is_named_and_does_nothing(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    text = "EHC plans in Kent rose by 500% from 2015 to 2024"
    path.write_text(f"[[claim]]\nid = {toml_value(LOUD)}\ntext = {toml_value(text)}\n", encoding="utf-8")
    assert safe(hnf, "claims", "check", path, code=1)["claims"][0]["verdict_code"] == "untrue"


#: All that the page of a text is made of.
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "div", "p", "main", "h1", "h2", "ul", "li"),
    *("strong", "span", "mark", "ol", "b", "code", "footer"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "tabindex", "start", "aria-hidden"),
    "rel",
}


def marked(_: Any, text: str, who: str = "", said: str = "") -> list[CheckedClaim]:
    """One claim on the whole of a text, which every part of the answer repeats."""
    words = dict.fromkeys(("text", "sentence", "say_instead", "mislabelled", "link"), text)
    reading = Reading(
        "level", Place("unknown", text, said=text), Quantity(text, text, (text,)), unread=(text,), text=text
    )
    finding = Finding(text, 1, text, text, "", "", 1.0, "gbp", "", True, words=text)
    reported = ReportedFigure(text, text, text, text, "")
    parts = {"supporting": (finding,), "reported": (reported,), "needs": (text,), "remarks": (text,)}
    whole: dict[str, Any] = {**words, **parts, "said_by": who, "said": said}
    return [CheckedClaim("true", reading=reading, end_at=len(text), **whole)]


@pytest.mark.parametrize("ending", ["txt", "md", "html", "csv"])
def test_texts_of_any_words_and_their_page(hnf: Run, tmp_path: Path, ending: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("hnf.claims.check.check_text", marked)
    path, page = tmp_path / f"=x [red]\N{RIGHT-TO-LEFT OVERRIDE}.{ending}", tmp_path / "page.html"
    texts = [text for text in ALL if text.strip() and text.encode("utf-8", "ignore").decode() == text]
    content = "\n\n".join(texts)
    if ending == "csv":
        rows = io.StringIO(newline="")
        csv.writer(rows).writerows([["text", "id"], *([text, text] for text in texts if "\x00" not in text)])
        content = rows.getvalue()
    path.write_bytes(content.encode())
    found = safe(hnf, "claims", "check", path, "--annotate", page)["claims"]
    assert found
    html = page.read_text(encoding="utf-8")
    assert steering(html) <= {"\t"}
    document = lxml.html.document_fromstring(html)
    assert {element.tag for element in document.iter() if isinstance(element.tag, str)} <= TAGS
    assert {name for element in document.iter() for name in element.attrib} <= ATTRIBUTES
    assert [link for link in document.xpath("//@href") if not link.startswith(("#", "https://"))] == []


def loud(text: str) -> str:
    """The text of a scenario or sweep file with hostile words in its head."""
    lines = [line for line in text.splitlines() if not line.startswith(("title", "author", "reference"))]
    at = lines.index("schema_version = 1") + 1
    lines[at:at] = [f"{key} = {toml_value(LOUD)}" for key in ("title", "author", "reference")]
    return "\n".join(lines)


def test_scenarios_of_any_title(hnf: Run, tmp_path: Path, hostile_folder: Path) -> None:
    path = tmp_path / "=x [red]\N{RIGHT-TO-LEFT OVERRIDE}.toml"
    path.write_text(loud(library_path("no_gains_limit").read_text(encoding="utf-8")), encoding="utf-8")
    found = safe(hnf, "scenario", "run", path, *YEAR, "--data", hostile_folder)
    assert found["rows"]
    safe(hnf, "scenario", "show", path)
    safe(hnf, "scenario", "compare", path, "no_gains_limit", *YEAR, "--data", hostile_folder)


def test_sweeps_of_any_title(hnf: Run, tmp_path: Path, hostile_folder: Path) -> None:
    path = tmp_path / "=x.toml"
    path.write_text(loud((SWEEPS_FOLDER / "additional_by_steps.toml").read_text(encoding="utf-8")), encoding="utf-8")
    out = tmp_path / "out"
    answer = hnf("sweep", path, *YEAR, "--data", hostile_folder, "--out", out, "--format", "csv")
    assert answer.code == 0, answer.err
    assert [cell for row in csv.reader(io.StringIO(answer.out)) for cell in row if may_run(cell)] == []
    assert steering(answer.out + answer.err) <= {"\t"}
    written = [path for path in out.rglob("*") if path.suffix in (".json", ".csv")]
    assert written
    for each in written:
        assert steering(each.read_text(encoding="utf-8")) == set(), each
    assert LOUD.split() == json.loads((out / "sweep.json").read_text(encoding="utf-8"))["title"].split()


@pytest.mark.parametrize("name", ["claims.toml", "scenario.toml", "sweep.toml", "headings.toml"])
@pytest.mark.parametrize("text", [LOUD, *STEERING[:6]])
def test_what_is_wrong_in_a_file_is_shown_and_does_nothing(hnf: Run, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    ask = {
        "claims.toml": ("claims", "check", path),
        "scenario.toml": ("scenario", "run", path, *YEAR),
        "sweep.toml": ("sweep", path, *YEAR),
        "headings.toml": ("ingest", __file__, "--mapping", path, "--dry-run"),
    }[name]
    for content in (f"{toml_value(text)} = 1\n", f"[[claim]]\n{toml_value(text)} = {toml_value(text)}\n", text):
        path.write_text(content, encoding="utf-8")
        answer = hnf(*ask)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.count("\n") == 1
        assert steering(answer.err) == set()


def test_factors_of_any_name(hnf: Run, tmp_path: Path) -> None:
    synthetic = Path(__file__).parent.parent / "fixtures" / "factors_synthetic.csv"
    rows = list(csv.reader(io.StringIO(synthetic.read_text(encoding="utf-8"))))
    names = [text for text in ALL if text.strip() and "\r" not in text and "\x00" not in text]
    for row, text in zip(rows[1:], names, strict=False):
        row[1] = text
    path = tmp_path / "factors.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    out = tmp_path / "out.csv"
    answer = hnf("ingest", "factors", path, "--out", out)
    assert answer.code in (0, 2), answer.err
    assert steering(answer.out + answer.err) == set()
    if out.exists():
        with out.open(encoding="utf-8", newline="") as file:
            assert [cell for row in csv.reader(file) for cell in row if may_run(cell)] == []


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "a/../../x", "C:\\x", "..\\x", "a//b", "", "a/.", "a\x00b"])
def test_a_catalogue_or_log_names_no_file_outside_its_folder(tmp_path: Path, path: str) -> None:
    keys = ("id", "publisher", "title", "page", "published", "licence", "sha256", "layout")
    entry = {**dict.fromkeys(keys, "x"), "path": path, "as_published": True, "bytes": 1}
    lines = ["[[source]]", *(f"{key} = {toml_value(value)}" for key, value in entry.items())]
    (tmp_path / "sources.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SourceError, match="does not stay below"):
        load_catalogue(tmp_path / "sources.toml")
    record = fetch_log.Record("x", path, "fetched", "a", "b", "c", 1, "d")
    fetch_log.append(tmp_path, record)
    with pytest.raises(SourceError, match="does not stay below"):
        fetch_log.read(tmp_path)


def test_the_shipped_catalogue_stays_below_its_folder() -> None:
    assert all(stays_below(source.path) for source in load_catalogue())


def test_names_of_folders_are_portable() -> None:
    slugs = [slug_of(text, "919") for text in ALL]
    assert len(slugs) == len(ALL)
    assert [slug for slug in slugs if not slug or len(slug) > 90 or not set(slug) <= set(SLUG)] == []
    devices = {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert not devices & {slug_of(device.upper(), "919") for device in devices}
    assert slug_of("東京", "E14001063") == "e14001063"
    assert slug_of("Bristol", "801") == "bristol"


SLUG = "abcdefghijklmnopqrstuvwxyz0123456789-"


@pytest.mark.parametrize("text", [text for text in (*PATHS, *MARKUP[:4], *STEERING[:6]) if "\x00" not in text])
def test_a_folder_of_any_name_is_written_where_it_was_asked_for(hnf: Run, tmp_path: Path, text: str) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    out = inside / text.lstrip("/")
    answer = hnf("scenario", "new", "--out", out, *YEAR)
    assert answer.code in (0, 2)
    assert steering(answer.out + answer.err) == set()
    if answer.code == 2:
        assert answer.err.count("\n") == 1
        assert "bug" not in answer.err
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert found == ([out] if answer.code == 0 and ".." not in text else found)
    assert len(found) == (answer.code == 0)


@pytest.mark.parametrize("name", [*FORMULAS[:2], *MARKUP[::6], *STEERING[5:8], PATHS[0], LOUD.replace("\x1b", "")])
@pytest.mark.slow
def test_a_workbook_whose_sheet_has_a_hostile_name(hnf: Run, store: Store, tmp_path: Path, name: str) -> None:
    """It is refused as a name that nobody knows, and read where the user says that it is the one."""
    sheets = {name if sheet == BLOCK else sheet: rows for sheet, rows in NextYear().sheets(store).items()}
    path = tmp_path / "later.ods"
    path.write_bytes(write_ods(sheets, mimetype=False))
    ask = ("ingest", path, "--data", tmp_path / "own")
    refused = hnf(*ask)
    assert refused.code == 2
    pattern = toml_value(name)
    # The line that would settle it, for a file of --mapping, before the line that says what is wrong.
    *lines, line = refused.err.splitlines()
    assert line.startswith("hnf: ")
    assert len(lines) == 3
    assert steering(refused.out + refused.err) <= {"\t"}
    mapping = tmp_path / "headings.toml"
    mapping.write_text(f"schema_version = 1\nhigh_needs_block.sheet = {pattern}\n", encoding="utf-8")
    taken = hnf(*ask, "--mapping", mapping)
    assert steering(taken.out + taken.err) <= {"\t"}
    if may_run(name):
        assert (taken.code, taken.err.count("\n")) == (2, 1)
        assert "would run as a formula in a spreadsheet" in taken.err
        assert {path.name for path in (tmp_path / "own").iterdir()} == {".lock"}
        return
    assert taken.code == 0, taken.err
    ask = ("trace", "dsg:2024-25:2025-07-18:919:total_before_deductions", "--data", tmp_path / "own")
    assert safe(hnf, *ask)["sheet"] == name
