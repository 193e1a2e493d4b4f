"""New files into a user's own tables: recognised, compared, refused where worse, and never half written."""

from __future__ import annotations

import csv
import errno
import json
import multiprocessing
import os
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.made_up import Sheets, write_ods, write_xlsx
from fixtures.next_year import EXTRA_HEADING, NextYear
from fixtures.other_releases import caseload, deflators, population, register

from hnf.analysis.allocate import allocate
from hnf.analysis.editions import changes_since_last_edition, compare_editions
from hnf.analysis.reconcile import reconcile
from hnf.analysis.trace import trace
from hnf.errors import TableError
from hnf.ingest.ingest import sole_writer, write_tables
from hnf.measures.prices import deflator
from hnf.paths import data_folder, tables_in
from hnf.sources.build import to_csv
from hnf.tables.schema import TABLES
from hnf.tables.store import Store, recorded_hashes
from hnf.years import FinancialYear

Run = Callable[..., Any]
FY = FinancialYear(2024)
LATER = NextYear(edition="Thursday, 20 Nov, 2025")
#: Ten authorities of several kinds; those of a later edition whose import/export adjustment changes.
TEN = ("202", "306", "330", "371", "801", "839", "919", "921", "940", "942")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, which does not exist yet."""
    path = tmp_path / "own"
    monkeypatch.setenv("HNF_DATA", str(path))
    return path


@pytest.fixture(scope="module")
def with_year(hnf: Run, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the made-up year was taken, to be copied."""
    path = tmp_path_factory.mktemp("made")
    (path / "dsg.ods").write_bytes(write_ods(NextYear().sheets(store), mimetype=False))
    taken(hnf, path / "dsg.ods", "--data", path / "own")
    return path / "own"


@pytest.fixture
def own(folder: Path, with_year: Path) -> Path:
    """The user's own folder with the made-up year in it."""
    shutil.copytree(with_year, folder)
    return folder


@pytest.fixture
def workbook(tmp_path: Path, store: Store) -> Callable[..., Path]:
    """Write a made-up workbook, each sheet passed through `change`."""

    def write(year: NextYear, name: str = "dsg.ods", change: Callable[[Sheets], None] = lambda _: None) -> Path:
        sheets = year.sheets(store)
        change(sheets)
        path = tmp_path / name
        path.write_bytes(write_ods(sheets, mimetype=False) if name.endswith(".ods") else write_xlsx(sheets))
        return path

    return write


def taken(hnf: Run, *arguments: str | Path) -> dict[str, Any]:
    answer = hnf("ingest", *arguments, "--format", "json")
    assert answer.code == 0, answer.err
    return answer.json


def changes(answer: dict[str, Any]) -> str:
    return "\n".join(answer["files"][0]["changes"])


def bytes_of(folder: Path) -> dict[str, bytes]:
    """What is in a folder, the lock left out."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


class TestNextYear:
    def test_it_is_recognised_by_what_is_printed_in_it(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        answer = taken(hnf, workbook(NextYear(), "anything-at-all-2019-20.xlsx"))
        (file,) = answer["files"]
        assert file["what"] == "DSG 2024-25, edition 2025-07-18"
        assert file["source_id"] == "ingested_dsg_2024_25_2025_07_18"
        assert answer["written"]
        assert answer["reconciliation"][0]["status"] == "reproduced"
        # Worked by hand from fixtures.next_year for Camden, the first: A + B × C + D + E + F.
        camden = allocate(Store(folder), "Camden", FY)
        assert camden.total_gbp == 40_000_000 + 5_000 * 300 - 12_000 + 0 + 100_000
        assert [step.letter for step in camden.steps] == ["A", "B×C", "D", "E", "F"]

    def test_the_shipped_tables_stay_as_they_are(self, own: Path, store: Store) -> None:
        old = store.table("dsg_high_needs_block")
        new = Store(own).table("dsg_high_needs_block")
        assert new.filter(new["financial_year"] != "2024-25").equals(old)
        assert Store().folder == data_folder() / "tidy"
        untouched = tables_in(own) / "ehc_plans.csv"
        assert untouched.read_bytes() == (data_folder() / "tidy" / "ehc_plans.csv").read_bytes()

    def test_what_changed_is_said_in_words(self, hnf: Run, workbook: Callable[..., Path], folder: Path) -> None:
        said = changes(taken(hnf, workbook(NextYear()), "--dry-run"))
        assert "Compared with 2023-24, edition of 2023-07-20:" in said
        assert "The same 151 authorities." in said
        assert "No column any more: Additional high needs allocation (additional), [H] before." in said
        assert "Letters changed: total_before_deductions [I] to [G]." in said
        assert "before: [A] + ( [B] * [C] ) + [D] + [E] + [F] + [H]" in said
        assert "Total of England:" in said
        assert not folder.exists()

    def test_queries_use_it_and_say_so_once(self, hnf: Run, own: Path) -> None:
        answer = hnf("rank", "--year", "2024-25", "--measure", "nff", "--per", "head", "--format", "json")
        assert len(answer.json["rows"]) == 151
        assert answer.err.count("Data: your folder") == 1
        assert str(own) in answer.err
        assert "2024-25" in hnf("--version").out
        shipped = hnf("rank", "--year", "2024-25", "--data", "shipped")
        assert (shipped.code, "Data: your folder" in shipped.err) == (0, False)
        assert "no table of allocations of 2024-25 is here" in " ".join(shipped.out.split())

    @pytest.mark.usefixtures("own")
    def test_rules_that_are_known_without_a_table_apply_to_it(self, hnf: Run) -> None:
        assert hnf("reconcile", "--year", "2024-25").code == 0
        explained = hnf(
            "explain", "Hertfordshire", "--year", "2024-25", "--against", "2023-24", "--format", "json"
        ).json
        assert explained["protection_reason"] is None
        assert explained["against"]["column_a_reason"] is None
        # The index has both years, and moved untypically into neither.
        assert explained["against"]["real"]["reason"] is None
        assert explained["against"]["real"]["authority"]["change_pct"] is not None
        protection = hnf("protection", "--year", "2024-25")
        assert protection.code == 0
        assert "151 authorities against a floor of 3% and a gains limit of 5%, 2024-25" in protection.out

    def test_a_figure_is_followed_to_the_users_file(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        path = workbook(NextYear())
        taken(hnf, path)
        (cell,) = trace(Store(folder), "dsg:2024-25:2025-07-18:919:total_before_deductions").cells
        assert cell.source.path == path.name
        assert cell.source.page.endswith("/DSG/2024-to-2025")
        assert (cell.cell.sheet, cell.source.published) == ("High_needs_block", "2025-07-18")
        assert trace(Store(folder), "rank:2024-25:block:pupil:919").cells

    def test_ods_and_xlsx_give_the_same(self, hnf: Run, workbook: Callable[..., Path], tmp_path: Path) -> None:
        folders = []
        for name in ("a.xlsx", "b.ods"):
            folders.append(tmp_path / name[0])
            taken(hnf, workbook(NextYear(), name), "--data", folders[-1])
        first, second = (Store(one).table("dsg_high_needs_block") for one in folders)
        assert first.equals(second)


class TestColumns:
    def test_other_letters_follow_the_printed_formula(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        year = NextYear().with_other_letters()
        said = changes(taken(hnf, workbook(year)))
        assert "nff_in_protection [A] to [B]" in said
        assert reconcile(Store(folder), FY)[0].within_1_gbp == 151
        assert allocate(Store(folder), "919", FY).steps[0].letter == "A"
        assert allocate(Store(folder), "919", FY).steps[0].term == "hospital_ap"

    def test_an_extra_column_of_the_formula_is_a_step_of_its_own(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        said = changes(taken(hnf, workbook(NextYear().with_extra_column())))
        assert f"New column [G] '{EXTRA_HEADING.casefold()}': the printed formula adds it" in said
        found = allocate(Store(folder), "919", FY)
        assert found.steps[-1].label == "Extra step: falling rolls support"
        assert found.total_gbp == found.published_total_gbp
        assert hnf("explain", "919", "--year", "2024-25", "--against", "2023-24").code == 0
        assert hnf("wedge", "919").code == 0

    def test_a_dropped_column_is_said(self, hnf: Run, workbook: Callable[..., Path], folder: Path) -> None:
        said = changes(taken(hnf, workbook(NextYear().with_dropped_column("special_free_schools"))))
        assert "No column any more: Special free schools (special_free_schools), [E] before." in said
        assert reconcile(Store(folder), FY)[0].within_1_gbp == 151

    def test_a_renamed_heading_needs_a_line_that_the_message_spells_out(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path, tmp_path: Path
    ) -> None:
        path = workbook(NextYear().with_heading("import_export", "Cross-border movement (£s)"))
        refused = hnf("ingest", path)
        assert refused.code == 2
        assert "unknown heading 'cross-border movement (£s)', which the printed formula adds" in refused.err
        line = 'high_needs_block.headings."cross-border movement (£s)" = "import_export"'
        assert f"`{line}` (or another term)" in refused.err  # no year was without it: it comes first
        assert not (folder / "CURRENT").exists()
        mapping = tmp_path / "headings.toml"
        mapping.write_text(f"schema_version = 1\n{line}\n")
        taken(hnf, path, "--mapping", mapping)
        assert "import_export" in {step.term for step in allocate(Store(folder), "919", FY).steps}
        # The next edition needs no mapping: the line is kept.
        later = replace(LATER, headings=NextYear().with_heading("import_export", "Cross-border movement (£s)").headings)
        taken(hnf, workbook(later))

    @pytest.mark.usefixtures("own")
    def test_a_heading_that_changed_since_the_last_edition_is_said(
        self,
        hnf: Run,
        workbook: Callable[..., Path],
    ) -> None:
        said = changes(
            taken(
                hnf,
                workbook(
                    LATER.with_heading(
                        "special_free_schools", "Additional funding for special free schools places (£s)"
                    )
                ),
            )
        )
        assert "Heading of special_free_schools: 'additional funding for special free schools places (£s)', was" in said

    def test_a_column_outside_the_formula_is_never_dropped_silently(
        self,
        hnf: Run,
        workbook: Callable[..., Path],
    ) -> None:
        def add(sheets: Sheets) -> None:
            for number, row in enumerate(sheets["High_needs_block"]):
                row.append(["Places on 1 March", "[X]", ""][number] if number < 3 else 1.0 if row[0] else "")

        refused = hnf("ingest", workbook(NextYear(), change=add))
        assert refused.code == 2
        assert "unknown heading 'places on 1 march', which no printed formula adds" in refused.err

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("high_needs_block.sheet = 'x'", "schema_version is not 1"),
            ("schema_version = 1\nwrong.sheet = 'x'", "'wrong' is not a part of a workbook"),
            ("schema_version = 1\npupils.headings.x = 'extra_a'", "'extra_a' is not a term of pupils"),
            ("schema_version = 1\nhigh_needs_block.headings.x = 'Extra'", "or a new name that begins with extra_"),
            ("schema_version = 1\npupils.page = 'x'", "'pupils.page' is not known"),
            ("schema_version = ", "cannot read the headings"),
        ],
    )
    def test_mistakes_in_a_mapping(self, hnf: Run, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "m.toml"
        path.write_text(text)
        answer = hnf("ingest", path, "--mapping", path)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert message in answer.err


class TestEditions:
    def test_ten_changed_authorities_are_exactly_those(
        self, hnf: Run, workbook: Callable[..., Path], own: Path
    ) -> None:
        later = replace(LATER, changes=dict.fromkeys(TEN, 6_000.0))
        said = changes(taken(hnf, workbook(later)))
        assert "of 10 authorities" in said
        answer = hnf("diff", "2025-07-18", "2025-11-20", "--format", "json").json
        assert tuple(one["la_code"] for one in answer["authorities"]) == TEN
        found = compare_editions(Store(own), "2025-07-18", "2025-11-20")
        # Import/export and the total before and after deductions, of ten authorities and of England.
        assert len(found.revisions) == 3 * 11
        assert {one.difference for one in found.of("919")} == {6_000.0}
        (national,) = [one for one in found.national if one.term == "total_before_deductions"]
        assert national.difference == 60_000.0
        assert all(trace(Store(own), one.new_id).cells for one in found.of("919"))

    def test_as_at_a_date_the_earlier_edition_is_used(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        taken(hnf, workbook(NextYear()), workbook(replace(LATER, changes={"919": 6_000.0}), "later.ods"))
        totals = {
            date: hnf("allocate", "919", "--year", "2024-25", "--edition", date, "--format", "json").json["total_gbp"]
            for date in ("2025-11-19", "2025-11-20", "latest")
        }
        assert totals["2025-11-20"] == totals["latest"] == totals["2025-11-19"] + 6_000
        before = hnf("allocate", "919", "--year", "2024-25", "--edition", "2025-07-17")
        assert "there is no allocation for 2024-25 in these tables as published by 2025-07-17" in before.err
        listed = hnf("editions", "--year", "2024-25", "--format", "json").json["editions"]
        used = {row["edition"]: row["used"] for row in listed if row["table"] == "dsg_high_needs_block"}
        assert used == {"2025-07-18": False, "2025-11-20": True}
        since = {
            code: [one for one in changes_since_last_edition(Store(folder), code) if one.period == "2024-25"]
            for code in ("919", "202")
        }
        revised = since["919"]
        assert {one.term for one in revised} == {"import_export", "total_before_deductions", "total_after_deductions"}
        assert since["202"] == []


class TestWorse:
    def refused(self, hnf: Run, path: Path, folder: Path, *more: str | Path) -> str:
        before = bytes_of(folder) if folder.exists() else {}
        answer = hnf("ingest", path, *more)
        assert answer.code == 1
        assert answer.err.strip().splitlines()[-1].startswith("hnf: nothing was written")
        assert (bytes_of(folder) if folder.exists() else {}) == before
        return str(answer.err)

    def test_a_year_that_reconciled_and_no_longer_does(
        self, hnf: Run, workbook: Callable[..., Path], own: Path
    ) -> None:

        def spoil(sheets: Sheets) -> None:
            sheets["High_needs_block"][4][2] += 500

        error = self.refused(hnf, workbook(LATER, change=spoil), own)
        assert (
            "2024-25 reconciled and would no longer: 1 of 151 authorities are not reproduced within £1 (202)" in error
        )

    def test_authorities_that_the_register_does_not_close(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        error = self.refused(hnf, workbook(replace(NextYear(), without=("921",))), folder)
        assert "authorities would be lost that the register does not close: Isle of Wight (921)" in error

    def test_symbols_where_numbers_were(self, hnf: Run, workbook: Callable[..., Path], own: Path) -> None:

        def suppress(sheets: Sheets) -> None:
            sheets["High_needs_block"][4][5] = "z"

        error = self.refused(hnf, workbook(LATER, change=suppress), own)
        assert "symbols are where numbers were in 1 places, such as import/export adjustment of Camden" in error

    def test_the_same_edition_with_other_figures(self, hnf: Run, workbook: Callable[..., Path], own: Path) -> None:
        error = self.refused(hnf, workbook(replace(NextYear(), changes={"919": 3_000.0})), own)
        assert "the edition of 2025-07-18 of 2024-25 is already here with other figures" in error

    def test_a_reason_is_kept_in_the_log(self, hnf: Run, workbook: Callable[..., Path], folder: Path) -> None:
        path = workbook(replace(NextYear(), without=("921",)))
        assert hnf("ingest", path, "--accept-worse", " ").code == 2
        taken(hnf, path, "--accept-worse", "confirmed by the publisher")
        log = json.loads((tables_in(folder) / "ingested.json").read_text())
        assert log["files"][0]["accepted_worse"] == "confirmed by the publisher"
        assert log["started_from"] == Store().edition

    def test_a_dry_run_says_that_it_would_be_refused(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        answer = hnf("ingest", workbook(replace(NextYear(), without=("921",))), "--dry-run")
        assert (answer.code, folder.exists()) == (1, False)
        assert "this would replace good data with worse" in answer.err


class TestOtherFiles:
    def test_a_release_of_ehc_plans(self, hnf: Run, tmp_path: Path, store: Store) -> None:
        path = tmp_path / "release.zip"
        path.write_bytes(caseload(store, january=2027))
        answer = taken(hnf, path, "--published", "2027-06-24")
        assert "January 2027 is new:" in changes(answer)
        grown = hnf("growth", "919", "--from", "2015", "--format", "json").json
        assert grown["authority"]["to"] == {
            "date": 2027, "count": 15_894, "status": None, "figure_id": "plans:2027:2027:919:total",
        }  # fmt: skip
        before = hnf("growth", "919", "--edition", "2027-06-23", "--format", "json").json
        assert before["authority"]["to"]["date"] == 2026

    def test_a_release_with_symbols_or_without_authorities_is_refused(
        self, hnf: Run, tmp_path: Path, store: Store
    ) -> None:
        path = tmp_path / "release.zip"
        path.write_bytes(caseload(store, january=2025, symbols=("919",), without=("202",)))
        answer = hnf("ingest", path)
        assert answer.code == 1
        assert "symbols are where numbers were in 1 places, such as ehc plans of Hertfordshire, 2025" in answer.err
        assert "counts that release 2025 has are not in it, for 202" in answer.err.replace("Camden (202)", "202")

    def test_a_population_needs_its_year(self, hnf: Run, folder: Path, tmp_path: Path, store: Store) -> None:
        path = tmp_path / "population.csv"
        path.write_bytes(population(store))
        assert "Give --year: 2024-25 goes with mid-2024" in hnf("ingest", path).err
        taken(hnf, path, "--year", "2025-26")
        table = Store(folder).table("population")
        assert (
            table.filter(
                (table["mid_year"] == 2025) & (table["la_code"] == "919") & (table["series"] == "ons_estimate")
            )["people"].max()
            == 1_248_553  # 1,236,191 of mid-2024 and one per cent
        )
        path.write_bytes(population(store, without=("919",)))
        lost = hnf("ingest", path, "--year", "2026-27")
        assert (lost.code, "Hertfordshire (919)" in lost.err) == (1, True)

    def test_deflators_stand_beside_the_shipped_vintage(
        self, hnf: Run, folder: Path, tmp_path: Path, store: Store
    ) -> None:
        path = tmp_path / "deflators.xlsx"
        path.write_bytes(write_xlsx(deflators()))
        taken(hnf, path)
        own = Store(folder)
        latest = deflator(own)
        assert (latest.vintage, latest.base) == ("HMT September 2026", FinancialYear(2025))
        kinds = {str(year): price.kind for year, price in latest.prices.items()}
        assert (kinds["2025-26"], kinds["2026-27"], kinds["2027-28"]) == ("outturn", "forecast", "forecast_chained")
        # 102 in 2026-27, as printed, and 2% a year on it.
        assert latest.prices[FinancialYear(2028)].index == pytest.approx(102 * 1.02**2, abs=0.001)
        assert min(latest.prices) == FinancialYear(2009)
        older = hnf("wedge", "919", "--vintage", "hmt june 2026 qna", "--base-year", "2019-20", "--format", "json").json
        assert older["price_vintage"] == "HMT June 2026 QNA"
        id_ = older["rows"][4]["figure_ids"]["real_per_plan_gbp"]
        assert "2019-20@hmt-june-2026-qna" in id_
        assert trace(own, id_).figure.value == older["rows"][4]["real_per_plan_gbp"]
        assert deflator(store).vintage == "HMT June 2026 QNA"
        beyond = hnf("growth", "919", "--base-year", "2035-36")
        assert "There is no price index for 2035-36, as HMT September 2026 covers" in beyond.out.replace("\n", " ")

    @pytest.mark.parametrize("title", ["GDP DEFLATORS AT MARKET PRICES, AND MONEY GDP", "GDP deflators September 2026"])
    def test_deflators_as_csv_as_the_publisher_writes_it(
        self, hnf: Run, folder: Path, tmp_path: Path, title: str
    ) -> None:
        path = tmp_path / "deflators.csv"
        rows = deflators()["GDP deflators"]
        rows[0][0] = title
        with path.open("w", newline="", encoding="cp1252") as file:
            csv.writer(file).writerows(rows)
        taken(hnf, path)
        assert deflator(Store(folder)).vintage == "HMT September 2026"

    def test_deflators_with_a_year_that_is_none_are_refused(self, hnf: Run, tmp_path: Path) -> None:
        path = tmp_path / "deflators.csv"
        lines = (data_folder() / "tidy" / "prices.csv").read_text().splitlines()
        heading = lines[0].split(",")
        names = ("financial_year", "index", "base_year", "vintage", "kind")
        rows = [[line.split(",")[heading.index(name)] for name in names] for line in lines]
        text = "\n".join(map(",".join, rows)).replace("HMT June 2026", "HMT September 2026")
        for old, new, code in (("", "", 0), ("2017-18,", "2017-28,", 2)):
            path.write_text(text.replace(old, new) if old else text)
            answer = hnf("ingest", path, "--published", "2026-09-30", "--dry-run")
            assert (answer.code, "'2017-28' is not a financial year" in answer.err) == (code, code == 2)

    def test_the_register_brings_an_authority(
        self, hnf: Run, folder: Path, tmp_path: Path, store: Store, workbook: Callable[..., Path]
    ) -> None:
        for name, content in register(store).items():
            (tmp_path / name).write_bytes(content)
        alone = hnf("ingest", tmp_path / "las.csv")
        assert (alone.code, "Give both in one command" in alone.err) == (2, True)

        def rename(sheets: Sheets) -> None:
            for rows in sheets.values():
                for row in rows:
                    row[0] = 998 if row[0] == 202 else row[0]

        new = workbook(NextYear(), change=rename)
        assert "authority 998 is not in the register" in hnf("ingest", new).err
        answer = taken(hnf, tmp_path / "las.csv", tmp_path / "region_la_hierarchy.csv")
        assert "New authority: Test Borough (998)." in changes(answer)
        refused = hnf("ingest", new)
        assert "authorities would be lost that the register does not close: Camden (202)" in refused.err
        assert Store(folder).table("authorities").height == store.table("authorities").height + 1

    def test_an_authority_that_one_file_of_the_register_lacks_is_named(
        self, hnf: Run, tmp_path: Path, store: Store
    ) -> None:
        files = register(store)
        lines = files["region_la_hierarchy.csv"].decode().splitlines()
        files["region_la_hierarchy.csv"] = "\n".join(line for line in lines if ",919," not in line).encode() + b"\n"
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        refused = hnf("ingest", *(tmp_path / name for name in files))
        assert refused.code == 2
        assert "Hertfordshire) is not in region_la_hierarchy.csv" in refused.err

    def test_a_register_without_an_authority_is_refused(self, hnf: Run, tmp_path: Path, store: Store) -> None:
        for name, content in register(store, without=(",202",)).items():
            (tmp_path / name).write_bytes(content)
        answer = hnf("ingest", tmp_path / "las.csv", tmp_path / "region_la_hierarchy.csv")
        assert (answer.code, "authorities would be lost from the register: 202" in answer.err) == (1, True)

    def test_names_and_titles_of_any_kind_can_be_read_again(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        def title(sheets: Sheets) -> None:
            sheets["Information_2024_to_2025"][0][1] = 'Dedicated schools grant "2024 to 2025" \\ \x7f £'

        taken(hnf, workbook(NextYear(), 'it\'s "odd" \x7f £\n[x].ods', title))
        (entry,) = [source for source in Store(folder).catalogue if source.id.startswith("ingested")]
        assert entry.path == 'it\'s "odd" \x7f £\n[x].ods'
        assert hnf("sources", "list").code == 0

    def test_the_same_bytes_change_nothing(self, hnf: Run, workbook: Callable[..., Path], folder: Path) -> None:
        path = workbook(NextYear())
        taken(hnf, path)
        before = bytes_of(folder)
        again = taken(hnf, path)
        assert again["files"][0]["already_there"]
        assert "not sen2. Leave --as out" in hnf("ingest", path, "--as", "sen2").err
        assert (again["written"], bytes_of(folder)) == (False, before)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"a,b\n1,2\n", "the headings are not those of a file that hnf knows: a, b"),
            (b"", "there are none"),
            (b"PK\x03\x04", "damaged or cut short"),
            (b"\xd0\xcf\x11\xe0rest", "not a readable workbook"),
            (b"pcon_name,pcon_code,display_as,party_text,old_la_codes_2024,country_name\n", "Give --published"),
        ],
    )
    def test_unknown_and_damaged_files(
        self, hnf: Run, folder: Path, tmp_path: Path, content: bytes, message: str
    ) -> None:
        path = tmp_path / "file"
        path.write_bytes(content)
        answer = hnf("ingest", path)
        assert (answer.code, answer.err.count("\n"), answer.out) == (2, 1, "")
        assert message in answer.err
        assert not (folder / "CURRENT").exists()

    def test_what_cannot_be_asked(self, hnf: Run, workbook: Callable[..., Path], tmp_path: Path) -> None:
        path = workbook(NextYear())
        assert "not sen2" in hnf("ingest", path, "--as", "sen2").err
        assert "is about 2024-25, not 2025-26" in hnf("ingest", path, "--year", "2025-26").err
        assert "cannot read it" in hnf("ingest", tmp_path / "none.xlsx").err
        assert "that ship with hnf are not changed" in hnf("ingest", path, "--data", data_folder() / "tidy").err
        assert "HNF_DATA is empty" in hnf_without_folder(hnf, path)


def hnf_without_folder(hnf: Run, path: Path) -> str:
    os.environ["HNF_DATA"] = ""
    return str(hnf("ingest", path).err)


class TestFolder:
    @pytest.mark.parametrize("name", TABLES)
    def test_tables_are_written_as_the_build_writes_them(self, store: Store, name: str) -> None:
        assert to_csv(store.table(name)) == (data_folder() / "tidy" / f"{name}.csv").read_bytes()

    def test_hashes_are_recorded_and_another_byte_is_checked(self, own: Path) -> None:
        tables = tables_in(own)
        assert recorded_hashes(tables) == Store(own).hashes()
        path = tables / "dsg_high_needs_block.csv"
        text = path.read_text()
        value = text.partition(",919,total_before_deductions,")[2].split(",")[0]
        for changed in (text.replace(",919,total_before_deductions,", ",919,total,"), text.replace(value, value + "0")):
            path.write_text(changed)
            with pytest.raises(TableError, match="dsg_high_needs_block is not as `hnf ingest` wrote it"):
                Store(own).table("dsg_high_needs_block")
        path.unlink()  # the shipped table does not take its place
        with pytest.raises(TableError, match="cannot read the table dsg_high_needs_block"):
            Store(own).table("dsg_high_needs_block")

    def test_a_register_that_changed_is_noticed_by_every_table_that_needs_it(self, hnf: Run, own: Path) -> None:
        path = tables_in(own) / "authorities.csv"
        path.write_text(path.read_text().replace("Hertfordshire", "Hertfordsire"))
        answer = hnf("rank", "--year", "2023-24", "--data", own)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert "authorities is not as `hnf ingest` wrote it" in answer.err

    def test_the_users_catalogue_names_hash_and_size(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        path = workbook(NextYear())
        taken(hnf, path)
        (entry,) = tomllib.loads((tables_in(folder) / "sources.toml").read_text())["source"]
        assert (entry["bytes"], entry["path"]) == (path.stat().st_size, path.name)
        assert "TEST DATA" in entry["title"]

    def test_a_second_ingest_at_the_same_time_is_told(
        self, hnf: Run, workbook: Callable[..., Path], folder: Path
    ) -> None:
        path = workbook(NextYear())
        with sole_writer(folder):
            answer = hnf("ingest", path)
        assert answer.code == 2
        assert "another `hnf ingest` is writing to this folder" in answer.err
        assert not (folder / "CURRENT").exists()

    @pytest.mark.slow
    def test_two_processes_and_one_that_is_killed(self, hnf: Run, workbook: Callable[..., Path], folder: Path) -> None:
        path = workbook(NextYear())
        context = multiprocessing.get_context("spawn")
        held, done = context.Event(), context.Event()
        other = context.Process(target=hold_lock, args=(folder, held, done))
        other.start()
        assert held.wait(60)
        assert "another `hnf ingest` is writing" in hnf("ingest", path).err
        other.kill()  # the system lets go of the lock
        other.join(60)
        taken(hnf, path)

    @pytest.mark.parametrize("name", ["population.csv", ".CURRENT.hnf-new"])
    def test_a_full_disk_leaves_earlier_data(
        self, hnf: Run, workbook: Callable[..., Path], own: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        before = bytes_of(own)
        write = Path.write_bytes

        def full(path: Path, content: bytes) -> int:
            if path.name == name:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, content)

        later = workbook(LATER)
        monkeypatch.setattr(Path, "write_bytes", full)
        answer = hnf("ingest", later)
        assert (answer.code, "No space left on device" in answer.err) == (2, True)
        assert bytes_of(own) == before

    def test_a_run_that_was_killed_leaves_earlier_data(
        self, hnf: Run, workbook: Callable[..., Path], own: Path
    ) -> None:
        edition = Store(own).edition
        half = own / "generations" / "0002"
        half.mkdir()
        (half / "authorities.csv").write_text("la_")
        assert Store(own).edition == edition
        taken(hnf, workbook(LATER))
        assert tables_in(own).name == "0003"
        assert Store(own).edition != edition

    def test_tables_that_started_from_other_shipped_ones_say_so(self, hnf: Run, own: Path) -> None:
        assert "started from" not in hnf("authorities").err
        log = tables_in(own) / "ingested.json"
        log.write_text(log.read_text().replace('"started_from": "2026-07', '"started_from": "2025-07'))
        assert "Your tables started from 2025-07" in hnf("authorities").err

    def test_old_sets_go_but_the_last_two(self, tmp_path: Path) -> None:
        for number in range(4):
            with sole_writer(tmp_path):
                write_tables(tmp_path, {"EDITION": str(number).encode()})
        assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["0003", "0004"]
        assert (tables_in(tmp_path) / "EDITION").read_text() == "3"

    def test_a_pointer_to_nowhere_is_one_clear_message(self, hnf: Run, own: Path) -> None:
        for text in ("", "../../etc", "generations/0009"):
            (own / "CURRENT").write_text(text)
            answer = hnf("authorities")
            assert (answer.code, answer.err.count("\n")) == (2, 1)
            assert "is not a set of tables here; there is 0001" in answer.err
            assert "unknown (your folder" in hnf("--version").out

    def test_a_folder_of_built_tables_is_where_it_starts(
        self, hnf: Run, workbook: Callable[..., Path], tables: Path
    ) -> None:
        taken(hnf, workbook(NextYear()), "--data", tables)
        assert hnf("rank", "--year", "2024-25", "--measure", "nff", "--data", tables).code == 0

    def test_a_table_that_a_later_version_brings_comes_from_the_shipped_ones(self, own: Path, store: Store) -> None:
        (tables_in(own) / "borders.csv").unlink()
        package = json.loads((path := tables_in(own) / "datapackage.json").read_text())
        package["resources"] = [one for one in package["resources"] if one["name"] != "borders"]
        path.write_text(json.dumps(package))
        assert Store(own).table("borders").equals(store.table("borders"))

    def test_a_folder_of_an_earlier_version_lacks_tables_and_has_no_hashes(
        self, hnf: Run, tmp_path: Path, store: Store
    ) -> None:
        first = ("authorities", "dsg_high_needs_block", "dsg_formula_rows", "ehc_plans", "population", "prices")
        old = tmp_path / "old"
        old.mkdir()
        for name in first:
            shutil.copy(data_folder() / "tidy" / f"{name}.csv", old)
        assert set(Store(old).not_held) == set(TABLES) - set(first)
        for name in ("requests", "new_plans", "placements", "neighbours"):
            assert Store(old).table(name).equals(store.table(name))
        asked = hnf("rank", "--measure", "refused_pct", "--data", old)
        assert asked.code == 0
        assert "Tables that your folder does not hold are those that come with hnf: " in asked.err
        path = tmp_path / "plans.csv"
        path.write_bytes(caseload(store, january=2027))
        taken(hnf, path, "--published", "2027-06-24", "--data", old)  # an ingest into it records all tables
        assert Store(old).not_held == ()
        assert Store(old).table("requests").equals(store.table("requests"))
        (tables_in(old) / "requests.csv").unlink()
        with pytest.raises(TableError, match="cannot read the table requests"):
            Store(old).table("requests")

    def test_a_recorded_table_of_a_built_folder_is_not_replaced(self, tables: Path, store: Store) -> None:
        """The record of an earlier version lists the tables that it had: one of these that is gone is refused."""
        path = tables / "datapackage.json"
        package = json.loads(path.read_text())
        package["resources"] = [one for one in package["resources"] if one["name"] != "requests"]
        path.write_text(json.dumps(package))
        for name in ("requests", "timeliness"):
            (tables / f"{name}.csv").unlink()
        assert Store(tables).table("requests").equals(store.table("requests"))
        with pytest.raises(TableError, match="cannot read the table timeliness"):
            Store(tables).table("timeliness")


def hold_lock(folder: Path, held: Any, done: Any) -> None:
    with sole_writer(folder):
        held.set()
        done.wait(30)
