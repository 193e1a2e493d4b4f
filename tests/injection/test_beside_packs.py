"""Hostile names beside the packs: the index of a batch, its list, exports, the catalogue, the trace of a figure."""

from __future__ import annotations

import csv
import io
import json
import string
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from fixtures.hostile_text import ALL, SOURCE_ID
from injection.conftest import seen
from injection.test_answers import may_run, steering
from injection.test_pack_documents import TABLE, count, read_page

from hnf.errors import TableError
from hnf.export.ees import ees_files
from hnf.export.export import export_files
from hnf.packs.batch import authority_jobs, batch_files
from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
from hnf.packs.content import Audience
from hnf.packs.index_page import IndexText, PackSummary, SummaryFigure
from hnf.packs.sections.tile_map import tile_layout
from hnf.packs.write import write_pack
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

Run = Callable[..., Any]
TWO = ("201", "921")
PORTABLE = set(f"{string.ascii_letters}{string.digits}-_./")


def test_the_folders_of_a_batch_are_apart_and_portable(hostile_store: Store, store: Store) -> None:
    jobs = authority_jobs(hostile_store)
    slugs = [job.slug for job in jobs]
    assert len(set(slugs)) == len(slugs) == 153
    assert all(slug and len(slug) < 100 and slug.replace("-", "").isalnum() and slug.isascii() for slug in slugs)
    assert {job.slug for job in authority_jobs(store)} >= {"hertfordshire", "city-of-london", "isle-of-wight"}


def test_the_index_and_the_list_of_packs(hostile_store: Store) -> None:
    texts = list(ALL)
    packs = [
        PackSummary(
            label=texts[number % len(texts)],
            folder=job.slug,
            region=texts[-1 - number % 9],
            headline=texts[-1 - number % len(texts)],
            code=job.key,
            la_codes=(job.key,),
            also=(texts[number % 7], "a|b"),
            figures=(SummaryFigure(texts[0], f"{texts[20]}:x", texts[21], float(number)),),
            files=((texts[22], "briefing.pdf"),),
        )
        for number, job in enumerate(authority_jobs(hostile_store))
    ]
    text = IndexText(texts[20], texts[22], texts[25], texts[21], (texts[30], texts[40]))
    files = batch_files(packs, text, layout=tile_layout(hostile_store))
    page = read_page(files["index.html"])
    assert (count(page, "script"), count(page, "style"), count(page, "img")) == (1, 1, 0)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.others == []
    folders = {pack.folder for pack in packs}
    outside = [link for link in page.links if not link.startswith("#")]
    assert len(outside) > 300
    assert {link.split("/")[0] for link in outside} == folders
    cells = {" ".join(cell.split()) for cell in page.cells}
    assert [pack.label for pack in packs if seen(pack.label) not in cells] == []
    assert steering(files["index.html"].decode()) <= {"\t"}
    rows = list(csv.reader(io.StringIO(files["packs.csv"].decode(), newline="")))
    assert len(rows) == len(packs) + 1
    assert [cell for row in rows for cell in row if may_run(cell)] == []
    assert steering(files["packs.csv"].decode()) == set()


def test_books_of_tables_hold_no_formula(hostile_store: Store) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export_files(hostile_store, "xlsx", ["authorities"])["hnf.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    texts = {seen(str(cell.value)) for cell in cells}
    names = [one.name for one in Authorities.of(hostile_store).by_code.values()]
    assert [name for name in names if seen(name) and seen(name) not in texts] == []
    content = export_files(hostile_store, "ods", ["authorities"])["hnf.ods"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        roots = {name: ET.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}
    found = list(roots["content.xml"].iter())
    assert not [element for element in found if element.get(f"{TABLE}formula")]
    shown = {seen(" ".join("".join(p.itertext()) for p in cell)) for cell in found if cell.tag == f"{TABLE}table-cell"}
    assert [name for name in names if seen(name) and seen(name) not in shown] == []


@pytest.mark.parametrize("make", [ees_files, lambda store: export_files(store, "datapackage", ["authorities"])])
def test_files_that_give_names_as_they_are_refuse_a_formula(hostile_store: Store, make: Callable[[Store], Any]) -> None:
    with pytest.raises(TableError, match="would run as a formula"):
        make(hostile_store)


def test_formulas_as_printed_may_begin_with_an_equals_sign(store: Store) -> None:
    printed = export_files(store, "datapackage", ["dsg_formula_rows"])["dsg_formula_rows.csv"]
    assert b",= [A]" in printed


def test_a_hostile_catalogue_is_listed_and_traced(hnf: Run, hostile_folder: Path) -> None:
    for ask in (("sources", "list"), ("trace", "dsg:2023-24:2023-07-20:919:total_before_deductions")):
        for output in ("table", "json", "csv"):
            answer = hnf(*ask, "--data", hostile_folder, "--format", output)
            assert answer.code == 0, answer.err
            assert steering(answer.out + answer.err) <= {"\t"}
            if output == "csv":
                rows = csv.reader(io.StringIO(answer.out, newline=""))
                assert [cell for row in rows for cell in row if may_run(cell)] == []
            if output == "json":
                assert json.dumps(SOURCE_ID)[1:-1] in json.dumps(json.loads(answer.out))


@pytest.mark.slow
@pytest.mark.parametrize("audience", ["mp", "councillor", "analyst"])
def test_packs_of_every_kind_hold_nothing_of_their_names(
    hostile_store: Store, tmp_path: Path, audience: Audience
) -> None:
    seat = next(row["pcon_code"] for row in hostile_store.table("constituencies").iter_rows(named=True))
    codes = ("919", "202", "316", "941", "201") if audience == "analyst" else ("919", "201")
    packs = {code: build_pack(hostile_store, code, audience) for code in codes}
    packs["seat"] = build_constituency_pack(hostile_store, seat, audience)
    packs["region"] = build_region_pack(hostile_store, "E12000007", audience)
    for name, pack in packs.items():
        assert pack.slug.isascii()
        assert pack.slug.replace("-", "").isalnum()
        written = write_pack(hostile_store, pack, tmp_path / name)
        assert len(written) > 10
        page = read_page((tmp_path / name / "index.html").read_bytes())
        assert (count(page, "script"), count(page, "img"), page.others) == (1, 0, [])
        assert not [attribute for attribute in page.attributes if attribute.startswith("on")]
        book = openpyxl.load_workbook(tmp_path / name / "workbook.xlsx")
        formulas = [
            (sheet.title, cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
        assert {sheet.partition(" ")[0] for sheet, _ in formulas} <= {"Block", "All", "Chart"}
        assert not [formula for _, formula in formulas if "HYPERLINK" in str(formula) or "cmd" in str(formula)]
        for path in (tmp_path / name).rglob("*.csv"):
            rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
            assert [cell for row in rows for cell in row if may_run(cell)] == []
        for path in (tmp_path / name).rglob("*.svg"):
            assert not [
                e for e in ET.fromstring(path.read_bytes()).iter() if e.tag.endswith(("script", "foreignObject"))
            ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(packs)


@pytest.mark.slow
def test_all_packs_from_the_command(
    hnf: Run, hostile_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of all authorities are taken: a pack takes seconds."""
    from hnf.packs import batch

    every = batch.authority_jobs
    monkeypatch.setattr(batch, "authority_jobs", lambda store: [j for j in every(store) if j.key in TWO])
    ask = (
        "brief",
        "--all",
        "--audience",
        "mp",
        "--workers",
        "1",
        "--data",
        hostile_folder,
        "--out",
        tmp_path / "packs",
    )
    answer = hnf(*ask)
    assert answer.code == 0, answer.err
    assert steering(answer.out + answer.err) <= {"\t"}
    names = [path.relative_to(tmp_path / "packs").as_posix() for path in (tmp_path / "packs").rglob("*")]
    assert len([name for name in names if name.endswith("briefing.pdf")]) == len(TWO)
    assert all(set(name) <= PORTABLE for name in names), names
    page = read_page((tmp_path / "packs" / "index.html").read_bytes())
    assert (count(page, "script"), page.others) == (1, [])
    rows = list(csv.reader(io.StringIO((tmp_path / "packs" / "packs.csv").read_text(encoding="utf-8"), newline="")))
    assert len(rows) == 1 + len(TWO)
    assert [cell for row in rows for cell in row if may_run(cell)] == []
