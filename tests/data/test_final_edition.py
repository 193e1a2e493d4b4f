"""The final edition of 2019-20, which prints totals only, and the population that the sheet of that year prints."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hnf.paths import data_folder
from hnf.sources.catalogue import load_catalogue
from hnf.sources.dsg import load_totals
from hnf.sources.places import register_of
from hnf.tables.store import Store

Run = Callable[..., Any]
MARCH, FINAL = "2019-03-27", "2023-07-21"
BEFORE, AFTER = "total_before_deductions", "total_after_deductions"
SOURCE = next(source for source in load_catalogue() if source.layout == "dsg_totals")


def totals(year: str, edition: str, term: str) -> dict[str, float]:
    """Return pounds by code, region or type, read with nothing but csv; England is the empty text."""
    with (data_folder() / "tidy" / "dsg_high_needs_block.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["financial_year"] == year and row["term"] == term]
    scale = {"gbp": 1.0, "gbp_million": 1e6}
    return {
        row["la_code"] or row["region_code"] or row["authority_type"]: float(row["value"]) * scale[row["unit"]]
        for row in rows
        if row["edition"] == edition
    }


def authorities(year: str, edition: str, term: str) -> dict[str, float]:
    return {code: pounds for code, pounds in totals(year, edition, term).items() if code.isdigit()}


def test_totals_are_those_of_written_answers_and_add_up() -> None:
    """Yorkshire and the Humber £531.9m, Sheffield £57.2m, Barnsley £23.2m, Essex £140.9m (written answers)."""
    final = totals("2019-20", FINAL, BEFORE)
    answers = {"E12000003": 531.9, "373": 57.2, "370": 23.2, "881": 140.9}
    assert {area: round(final[area] / 1e6, 1) for area in answers} == answers
    assert round(final[""]) == 6_279_123_139
    for term in (BEFORE, AFTER):
        found = totals("2019-20", FINAL, term)
        codes = authorities("2019-20", FINAL, term)
        regions = [pounds for area, pounds in found.items() if area.startswith("E12")]
        types = [found[area] for area in ("london", "metropolitan", "unitary", "upper_tier")]
        assert (len(codes), len(regions)) == (149, 9)
        assert sum(codes.values()) == pytest.approx(found[""], abs=0.01)
        assert [sum(regions), sum(types)] == pytest.approx([found[""]] * 2, abs=0.01)


def test_diff_and_editions_show_both(hnf: Run) -> None:
    march, final = (authorities("2019-20", edition, BEFORE) for edition in (MARCH, FINAL))
    differing = {code for code in final if abs(final[code] - march[code]) > 0.01}
    assert (len(differing), len(final)) == (147, 149)  # FIELD.md: 147 of 149, £8.46m
    assert sum(final.values()) - sum(march.values()) == pytest.approx(8_458_112, abs=1)
    found = hnf("diff", MARCH, FINAL, "--format", "json").json
    assert found["authorities_changed_by_term"][BEFORE] == 147
    assert {row["la_code"] for row in found["rows"] if row["term"] == BEFORE and row["la_code"]} == differing
    assert {row["term"]: round(row["difference"]) for row in found["england"]}[BEFORE] == 8_458_112
    assert {row["term"] for row in found["rows"]} == {BEFORE, AFTER}
    assert "nff_in_protection" in found["not_compared"]
    held = hnf("editions", "--year", "2019-20", "--format", "json").json["editions"]
    block = {row["edition"]: row["used"] for row in held if row["table"] == "dsg_high_needs_block"}
    assert block == {MARCH: True, FINAL: True}
    assert "Steps of 2019-20 are of the edition of 2019-03-27" in " ".join(hnf("editions").out.split())
    assert "Steps of 2019-20" not in hnf("editions", "--edition", "2022-01-01").out


def league(hnf: Run, *more: str) -> dict[str, tuple[int, float]]:
    rows = hnf("rank", "--year", "2019-20", "--format", "json", *more).json["rows"]
    return {row["la_code"]: (row["rank"], round(row["value"], 2)) for row in rows}


def test_rates_on_the_printed_population(hnf: Run, store: Store) -> None:
    """£440.81 a head and 9th, Westminster 103rd (FIELD.md) hold for the block of the March edition.

    By hand for the final one: £115,319,915.84 ÷ 260,151.6 people = £443.28.
    """
    march = league(hnf, "--population", "dfe", "--edition", "2022-01-01")
    assert (march["919"], march["213"][0]) == ((9, 440.81), 103)
    final = league(hnf, "--population", "dfe")
    block = authorities("2019-20", FINAL, BEFORE)
    printed = store.table("dsg_high_needs_block").filter(term="population_2_18", geographic_level="local_authority")
    people = dict(printed.select("la_code", "value").iter_rows())
    rates = {code: block[code] / people[code] for code in block}
    order = sorted(rates, key=lambda code: rates[code])
    assert final == {code: (order.index(code) + 1, round(rates[code], 2)) for code in rates}
    assert len(final) == 149
    assert (final["919"], final["213"][0], final["838"], final["839"]) == (
        (10, 443.28), 98, (59, 535.82), (60, 540.28),
    )  # fmt: skip
    answer = hnf("rank", "--year", "2019-20", "--population", "dfe")
    words = (
        "people aged 2 to 18, as printed in the DSG sheet of 2019-20, column E (an ONS projection; the sheet does not"
    )
    assert words in " ".join(answer.out.split())
    traced = hnf("trace", "rate:2019-20:block:head.dfe:838", "--format", "json").json
    cells = {(row["source"], row["sheet"], row["cell"]) for row in traced["inputs"]}
    assert cells == {
        ("dsg_totals_2019_20_final", "Allocations_1920", "E95"),
        ("dsg_2019_20", "2019-20_HN_block_", "G95"),
    }


def test_the_years_that_print_their_population_are_named(store: Store) -> None:
    """`data/series_breaks.toml` names the year and letter that the tables have, and no other."""
    from hnf.measures.notes import population_printed

    printed = store.table("dsg_high_needs_block").filter(term="population_2_18")
    assert dict(printed.select("financial_year", "letter").unique().iter_rows()) == population_printed()


def test_steps_stay_on_march_and_add_up_to_the_final_total(hnf: Run) -> None:
    """Hertfordshire: £114,676,916 by the formula, £643,000 in the final edition alone."""
    found = hnf("allocate", "919", "--year", "2019-20", "--population", "dfe", "--format", "json").json
    assert sum(step["value_gbp"] for step in found["steps"]) == pytest.approx(found["total_gbp"])
    assert (round(found["steps_total_gbp"]), round(found["total_gbp"])) == (114_676_916, 115_319_916)
    assert (found["steps"][-1]["term"], round(found["steps"][-1]["value_gbp"])) == ("later_editions", 643_000)
    assert round(found["per"]["value_gbp"], 2) == league(hnf, "--population", "dfe")["919"][1]
    for step in found["steps"]:
        assert hnf("trace", step["figure_id"], "--format", "json").json["value"] == pytest.approx(step["value_gbp"])
    before = hnf("allocate", "919", "--year", "2019-20", "--edition", "2022-01-01", "--format", "json").json
    assert [step["term"] for step in before["steps"]] == [step["term"] for step in found["steps"][:-1]]
    assert round(before["total_gbp"]) == round(before["published_total_gbp"]) == 114_676_916
    for arguments in (("allocate", "919"), ("explain", "919"), ("scenario", "run", "uplift_1_pct"), ("reconcile",)):
        shown = " ".join(hnf(*arguments, "--year", "2019-20").out.split())
        assert MARCH in shown, arguments
        assert FINAL in shown, arguments
    scenario = hnf("scenario", "run", "uplift_1_pct", "--year", "2019-20", "--format", "json").json
    assert round(scenario["england"]["baseline_gbp"]) == 6_270_665_027  # March
    assert FINAL in scenario["baseline_editions"]


def test_growth_starts_from_the_final_totals_and_its_parts_add_up(hnf: Run) -> None:
    grown = hnf("growth", "919", "--from", "2019", "--to", "2023", "--format", "json").json["funding"]
    assert round(grown["england"]["from"]["value_gbp"]) == 6_279_123_139
    assert round(grown["authority"]["from"]["value_gbp"]) == 115_319_916
    split = hnf("explain", "919", "--year", "2023-24", "--against", "2019-20", "--format", "json").json["against"]
    assert split["change_gbp"] == pytest.approx(180_432_328 - 115_319_915.8364, abs=0.01)
    assert sum(part["change_gbp"] for part in split["parts"]) == pytest.approx(split["change_gbp"])
    later = next(part for part in split["parts"] if part["term"] == "later_editions")
    assert (round(later["from_gbp"]), later["to_gbp"], round(later["change_gbp"])) == (643_000, None, -643_000)


def test_a_collection_that_is_not_the_catalogued_one_says_what_it_is(hnf: Run, tmp_path: Path) -> None:
    from fixtures.made_up import write_ods

    rows = [["Dedicated schools grant", ""], ["", "", "High needs block (£s)"], ["ENGLAND", "", 1]]
    (tmp_path / "all.ods").write_bytes(write_ods({"Allocations_2425": rows}))
    answer = hnf("ingest", tmp_path / "all.ods", "--data", tmp_path / "mine")
    assert answer.code == 2
    assert "all.ods: this is a collection of DSG summary sheets (Allocations_2425): totals, without the" in answer.err


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def cells_of(content: bytes, sheet: str) -> dict[str, tuple[float, float]]:
    """Return the fifth and tenth cell of each row of a sheet by the text of its first, with nothing but zip and XML."""
    tree = ElementTree.fromstring(content)
    table = next(one for one in tree.iter(f"{TABLE}table") if one.get(f"{TABLE}name") == sheet)
    found: dict[str, tuple[float, float]] = {}
    for row in table.iter(f"{TABLE}table-row"):
        cells: list[Any] = []
        for cell in row:
            times = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
            cells += [(cell.get(f"{OFFICE}value"), "".join(cell.itertext()))] * min(times, 20)
        if len(cells) > 9 and cells[4][0] and cells[9][0]:
            first = str(int(float(cells[0][0]))) if cells[0][0] else cells[0][1]
            found.setdefault(first, (float(cells[4][0]), float(cells[9][0])))
    return found


@pytest.mark.raw
def test_every_total_is_the_cell_of_the_collection(raw: Path, store: Store) -> None:
    """Columns C and H of Allocations_1920; the sheets of 2020-21 and 2021-22 equal the workbooks that are held.

    That of 2022-23 differs for Brighton and Hove alone, after deductions, and that of 2023-24 is older for everyone.
    """
    path = raw / SOURCE.path
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml")
    printed = cells_of(content, "Allocations_1920")
    loaded = load_totals(SOURCE, path.read_bytes(), register_of(store.table("authorities").to_dicts()))
    rows = [row for row in loaded["dsg_high_needs_block"] if row["la_code"]]
    assert len(rows) == 2 * 149
    assert all(row["value"] == printed[row["la_code"]][row["term"] == AFTER] for row in rows)
    assert all(
        totals("2019-20", FINAL, term)[""] == printed["ENGLAND"][n] * 1e6 for n, term in enumerate((BEFORE, AFTER))
    )
    off = {}
    for year, sheet, edition in (
        ("2020-21", "Allocations_2021", "2021-11-18"),
        ("2021-22", "Allocations_2122", "2022-07-18"),
        ("2022-23", "Allocations_2223", "2023-07-20"),
        ("2023-24", "Allocations_2324", "2023-07-20"),
    ):
        printed = cells_of(content, sheet)
        for column, term in enumerate((BEFORE, AFTER)):
            held = authorities(year, edition, term)
            off[year, term] = {code for code, pounds in held.items() if abs(printed[code][column] - pounds) >= 1}
    assert off["2020-21", BEFORE] == off["2020-21", AFTER] == off["2021-22", BEFORE] == off["2021-22", AFTER] == set()
    assert (off["2022-23", BEFORE], off["2022-23", AFTER]) == (set(), {"846"})
    assert len(off["2023-24", BEFORE]) == 151
