"""Bounds of column A after the last table, against arithmetic on the tables as csv; hnf is only asked.

The oracle goes its own way: £ instead of £ per head, products of rates, and ranks by counting pairs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fixtures.made_up import write_xlsx
from fixtures.next_year import NextYear
from published_tables import DATA, Published, rows_of

import hnf as api
from hnf.analysis.bounds import BOUND_PARTS, bound_years, range_words, rank_words, year_bounds
from hnf.analysis.trace import trace
from hnf.errors import UsageError
from hnf.tables.store import Store

Run = Callable[..., Any]
Y24, Y25 = (api.FinancialYear(start) for start in (2024, 2025))
#: Floor and limit, per cent, as ministers stated them (FIELD.md, "Parameters by year").
RATES = {"2024-25": (3, 5), "2025-26": (7, 10)}
PAGES = {
    (row["la_code"], row["financial_year"]): float(row["value"])
    for row in rows_of("dsg_pages")
    if row["item"] == "nff_in_protection" and row["financial_year"] in RATES
}
#: Per cent of 2025-26 as stated, and the step to which it was said.
RISES = {
    "878": (7.7, 0.1), "893": (8.1, 0.1), "885": (8.3, 0.1), "916": (8.3, 0.1), "908": (8.7, 0.1), "860": (8.7, 0.1),
    "811": (9.1, 0.1), "341": (10, 1),
}  # fmt: skip


def rules_only(published: Published) -> dict[str, dict[str, tuple[float, float]]]:
    """The two ends of every authority by year, £: A + H of 2023-24 moved with heads, times the rates."""
    base = published.money("2023-24", "nff_additional")
    heads = {year: published.people(year, "dfe_projection") for year in (2023, 2024, 2025)}
    found: dict[str, dict[str, tuple[float, float]]] = {"2024-25": {}, "2025-26": {}}
    for code, pounds in base.items():
        moved = pounds * heads[2024][code] / heads[2023][code]
        found["2024-25"][code] = moved * 1.03, moved * 1.05
        later = pounds * heads[2025][code] / heads[2023][code]
        found["2025-26"][code] = later * 1.03 * 1.07, later * 1.05 * 1.10
    return found


def ranks(ends: dict[str, tuple[float, float]]) -> dict[str, tuple[int, int]]:
    return {
        code: (
            1 + sum(other[1] < low for other in ends.values()),
            1 + sum(other[0] < high for name, other in ends.items() if name != code),
        )
        for code, (low, high) in ends.items()
    }


def per_head(
    published: Published, ends: dict[str, tuple[float, float]], mid_year: int
) -> dict[str, tuple[float, float]]:
    heads = published.people(mid_year, "dfe_projection")
    return {code: (low / heads[code], high / heads[code]) for code, (low, high) in ends.items()}


def test_the_band_of_the_rules_of_every_authority(store: Store, published: Published) -> None:
    expected = rules_only(published)
    for year in (Y24, Y25):
        found = year_bounds(store, year)
        assert set(found.rows) == set(expected[str(year)])
        assert found.universe == 151
        by_head = ranks(per_head(published, expected[str(year)], year.start))
        for code, row in found.rows.items():
            assert row.by_rules.ends == pytest.approx(expected[str(year)][code], rel=1e-12)
            assert (row.by_rules.lower_rank, row.by_rules.upper_rank) == by_head[code], (code, year)
            assert row.lower_gbp >= row.by_rules.lower_gbp - 1
            assert row.upper_gbp <= row.by_rules.upper_gbp + 1


def test_the_narrower_band_of_every_authority(store: Store, published: Published) -> None:
    """Pages, then stated rises of a year, then rises from 2021-22, each by hand."""
    heads = {year: published.people(year, "dfe_projection") for year in (2021, 2024, 2025)}
    first, second = rules_only(published).values()
    growth = {code: heads[2025][code] / heads[2024][code] for code in first}
    expected = {"2024-25": dict(first), "2025-26": dict(second)}
    for (code, year), pounds in PAGES.items():
        expected[year][code] = (pounds, pounds)
        low, high = first[code]
        if year == "2025-26":
            back = ((pounds - 2) / 1.10 / growth[code], (pounds + 2) / 1.07 / growth[code])
            expected["2024-25"][code] = (max(low, back[0]), min(high, back[1]))
        else:
            expected["2025-26"][code] = ((pounds - 2) * 1.07 * growth[code], (pounds + 2) * 1.10 * growth[code])
    for code, (said, step) in RISES.items():
        least, most = max(7, said - step / 2), min(10, said + step)
        low, high = first[code]
        expected["2025-26"][code] = low * (1 + least / 100) * growth[code], high * (1 + most / 100) * growth[code]
    before = published.money("2021-22", "nff")
    for code, said in (("919", 29), ("308", 30), ("343", 32)):
        base = before[code] / heads[2021][code] * heads[2024][code]
        low, high = first[code]
        low, high = max(low, base * (1 + (said - 0.5) / 100)), min(high, base * (1 + (said + 1) / 100))
        expected["2024-25"][code] = (low, high)
        expected["2025-26"][code] = (low * 1.07 * growth[code], high * 1.10 * growth[code])
    york = first["816"][0] / 1.03
    expected["2024-25"]["816"] = (york * 1.03, york * 1.031)
    expected["2025-26"]["816"] = (york * 1.03 * 1.07 * growth["816"], york * 1.031 * 1.10 * growth["816"])
    for year in (Y24, Y25):
        by_head = ranks(per_head(published, expected[str(year)], year.start))
        for code, row in year_bounds(store, year).rows.items():
            assert row.ends == pytest.approx(expected[str(year)][code], rel=1e-11), (code, year)
            assert (row.lower_rank, row.upper_rank) == by_head[code], (code, year)
            narrowed = any(abs(a - b) > 1 for a, b in zip(row.ends, row.by_rules.ends, strict=True))
            assert narrowed == bool(row.closed_by), (code, year)


def test_hertfordshire_by_hand(hnf: Run, published: Published) -> None:
    """Columns A and H of 2023-24 are read from the table; rates and heads are typed in."""
    base = published.formula["2023-24"]["919"]
    per_head = (base["nff_in_protection"] + base["additional"]) / 263_611.591
    assert per_head == pytest.approx(614.02, abs=0.005)  # the "£614 a head" of 2023 (FIELD.md)
    found = {row["year"]: row for row in hnf("bounds", "Hertfordshire", "--format", "json").json["years"]}
    alone = {year: row["rules"] for year, row in found.items()}
    assert alone["2024-25"]["lower_gbp"] == pytest.approx(per_head * 1.03 * 264_003.783)
    assert alone["2024-25"]["upper_gbp"] == pytest.approx(per_head * 1.05 * 264_003.783)
    assert alone["2025-26"]["lower_gbp"] == pytest.approx(per_head * 1.03 * 1.07 * 263_425.583)
    assert alone["2025-26"]["upper_gbp"] == pytest.approx(per_head * 1.05 * 1.10 * 263_425.583)
    assert [round(alone["2024-25"][end]) for end in ("lower_per_head", "upper_per_head")] == [632, 645]
    assert [round(alone["2025-26"][end]) for end in ("lower_per_head", "upper_per_head")] == [677, 709]
    for ranked in (alone["2024-25"], found["2024-25"]):
        assert (ranked["lower_rank"], ranked["upper_rank"]) == (2, 3)
    for ranked in (alone["2025-26"], found["2025-26"]):
        assert (ranked["lower_rank"], ranked["upper_rank"]) == (1, 10)
    # 29% from 2021-22 leaves 4.05 to 5% for 2024-25 (FIELD.md).
    rise = [found["2024-25"]["per_head"][end] / per_head * 100 - 100 for end in ("lower", "upper")]
    assert rise == pytest.approx([4.05, 5.0], abs=0.005)
    (closer,) = found["2024-25"]["closed_by"]
    assert closer["figure_id"] == "reported:2024-25:919:nff_cumulative_rise_per_head_pct:1"
    assert (closer["said_lower"], closer["said_upper"], closer["basis"]) == (28.5, 30, "reported")
    assert found["2024-25"]["basis"] == "implied"


def test_wakefield_milton_keynes_and_somerset(store: Store) -> None:
    wakefield = year_bounds(store, Y25).rows["384"]
    assert wakefield.by_rules.upper_gbp == pytest.approx(59_144_984, abs=1)
    assert wakefield.ends == (59_144_984, 59_144_984)
    assert year_bounds(store, Y24).rows["384"].lower_gbp == pytest.approx(53_355_163, abs=3)  # limit on limit: back too
    milton_keynes = year_bounds(store, Y25).rows["826"]
    assert milton_keynes.by_rules.lower_gbp == pytest.approx(59_855_436, abs=1)
    assert milton_keynes.end_with_places_gbp == pytest.approx(59_861_812, abs=1)
    assert (milton_keynes.places, milton_keynes.ends) == (1, (59_861_813, 59_861_813))
    somerset = year_bounds(store, Y24).rows["933"]
    assert somerset.ends == (78_020_419, 78_020_419)
    rise = somerset.lower_gbp / (somerset.by_rules.lower_gbp / 1.03) * 100 - 100
    assert rise == pytest.approx(3.62, abs=0.005)


def test_every_page_is_inside_its_band_and_latest_of_a_year(store: Store) -> None:
    assert len(PAGES) == 6
    for (code, year), pounds in PAGES.items():
        row = year_bounds(store, api.FinancialYear.parse(year)).rows[code]
        assert row.by_rules.lower_gbp - 2 <= pounds <= row.by_rules.upper_gbp + 2
        assert row.ends == (pounds, pounds)


def test_a_later_page_of_a_year_stands_and_one_beyond_the_band_needs_places(store: Store) -> None:
    pages = store.table("dsg_pages")
    old = pages.filter(la_code="826", item="nff_in_protection", financial_year="2025-26")
    # West Northamptonshire: 279 places of £6,000 were printed in 2022-23, so that three above the band can be.
    row = year_bounds(store, Y25).rows["941"]
    at_limit = 6_000 * 1.10 * row.heads / 91_365.705
    above = round(row.upper_gbp + 3 * at_limit)
    for pounds, code in ((above, "941"), (round(row.upper_gbp * 1.5), "941"), (60_000_000, "826")):
        new = old.with_columns(
            la_code=pl.lit(code), value=pl.lit(float(pounds)), date_of_allocation=pl.lit("2026-03-31")
        )
        own = store.with_tables({"dsg_pages": pl.concat([pages, new])})
        found = year_bounds(own, Y25).rows[code]
        if pounds == above:
            assert (found.places, found.ends) == (3, (above, above))
            assert found.end_with_places_gbp == pytest.approx(above, abs=2)
            assert year_bounds(own, Y24).rows[code].ends == year_bounds(store, Y24).rows[code].ends
        elif code == "941":
            (conflict,) = found.conflicts
            assert (conflict.said.lower, conflict.unit) == (pounds, "gbp")
            assert conflict.left.ends == pytest.approx(row.ends)
            assert found.ends == row.ends
        else:
            assert found.ends == (60_000_000, 60_000_000)


def test_what_does_not_fit_is_listed_with_both_sides(hnf: Run) -> None:
    found = hnf("bounds", "Cambridgeshire", "--year", "2024-25", "--format", "json").json
    (conflict,) = found["conflicts"]
    assert (conflict["said_lower"], conflict["said_upper"], conflict["unit"]) == (26.5, 28, "pct")
    assert [round(conflict[f"possible_{end}"], 1) for end in ("lower", "upper")] == [28.2, 30.7]
    assert found["closed_by"] == []
    assert found["lower_gbp"] == found["rules"]["lower_gbp"]
    assert "In conflict, and not used" in " ".join(hnf("bounds", "Cambridgeshire").out.split())


def test_only_rises_of_the_formula_per_head_and_pages_narrow(store: Store) -> None:
    said = {row["measure"] for row in rows_of("reported")}
    listed = {
        entry["measure"] for entry in tomllib.loads((DATA / "bounds.toml").read_text(encoding="utf-8"))["stated_rise"]
    }
    assert listed == {"nff_rise_per_head_pct", "nff_cumulative_rise_per_head_pct"} < said
    used = {
        closer.figure_id.split(":")[3]
        for year in (Y24, Y25)
        for row in year_bounds(store, year).rows.values()
        for closer in (*row.closed_by, *row.agrees, *row.conflicts)
    }
    assert used == {*listed, "nff_in_protection"}
    assert year_bounds(store, Y25).rows["330"].closed_by[0].basis == "published"  # not "36%" of Birmingham


def test_bands_of_those_whose_projection_came_later_and_of_reorganised_areas(store: Store) -> None:
    for code in ("341", "382", "892", "940", "941", "942", "943", "838", "839"):
        for year in (Y24, Y25):
            row = year_bounds(store, year).rows[code]
            assert 1.005 < row.by_rules.upper_gbp / row.by_rules.lower_gbp < 1.05
    assert not {"201", "420", "909", "928"} & set(year_bounds(store, Y25).rows)


def test_the_places_are_the_most_that_a_table_shows(store: Store, published: Published) -> None:
    heads = published.people(2024, "dfe_projection")
    for code, row in year_bounds(store, Y24).rows.items():
        printed = [published.formula[year].get(code, {}).get("special_free_schools") or 0 for year in published.block]
        assert row.allowance_gbp == max(printed) // 6_000 * 6_000
        assert row.places_at_most == row.allowance_gbp / 6_000
        if not row.closed_by and (code, "2025-26") not in PAGES:
            more = row.allowance_gbp * 1.05 * heads[code] / published.people(2023, "dfe_projection")[code]
            assert row.upper_with_places_gbp == pytest.approx(row.upper_gbp + more)
        assert row.with_places.lower_rank <= row.lower_rank <= row.upper_rank <= row.with_places.upper_rank


def test_in_2022_23_the_rules_held_for_all_but_one(published: Published) -> None:
    """Asked as at a day before the tables of 2022-23, the bands hold what was printed later."""
    store = Store(as_at="2023-07-01")
    (year,) = bound_years(store)
    assert str(year) == "2022-23"
    printed = published.money("2022-23", "nff")
    rows = year_bounds(store, year).rows
    inside = {
        code: row.by_rules.lower_gbp - 2 <= printed[code] <= row.by_rules.upper_gbp + 2 for code, row in rows.items()
    }
    outside = {code for code, is_inside in inside.items() if not is_inside}
    assert (len(rows), outside) == (150, {"312", "355", "926"})
    by_places = {
        code for code in outside if rows[code].upper_gbp < printed[code] <= rows[code].upper_with_places_gbp + 2
    }
    assert by_places == {"355", "926"}  # and Hillingdon, a known difference
    pages = {
        row["la_code"]
        for row in rows_of("dsg_pages")
        if row["financial_year"] == "2022-23" and row["item"] == "nff_in_protection"
    }
    assert {code for code, row in rows.items() if row.closed_by} == pages  # dated before that day
    assert all(rows[code].ends == (printed[code], printed[code]) for code in pages)  # of two days, and no later change


def test_the_bound_of_a_year_gives_way_to_its_table(store: Store, hnf: Run, tmp_path: Path) -> None:
    book = tmp_path / "dsg-2024-to-2025.xlsx"
    book.write_bytes(write_xlsx(NextYear().sheets(store)))
    own = tmp_path / "own"
    assert hnf("ingest", book, "--data", own).code == 0
    ingested = Store(own)
    assert [str(year) for year in bound_years(ingested)] == ["2025-26"]
    with pytest.raises(UsageError, match="2024-25 has a table"):
        year_bounds(ingested, Y24)
    block = ingested.table("dsg_high_needs_block").filter(financial_year="2024-25", term="nff_in_protection")
    printed = dict(block.select("la_code", "value").iter_rows())
    row = year_bounds(ingested, Y25).rows["919"]
    assert row.by_rules.lower_gbp == pytest.approx(printed["919"] / 264_003.783 * 1.07 * 263_425.583)
    assert row.closed_by == ()  # a rise from 2021-22 to 2024-25 says nothing of a later year


# Figures and answers.


def test_figures_trace_to_every_input(store: Store) -> None:
    for part, (_, label) in BOUND_PARTS.items():
        found = trace(store, f"bound:2025-26:919:{part}")
        assert (found.figure.basis, label in found.figure.label) == ("implied", True)
        cells = {cell.figure.id for cell in found.cells}
        if part in ("lower", "upper", "lower_per_head"):
            assert {
                "dsg:2023-24:2023-07-20:919:additional",
                "reported:2024-25:919:nff_cumulative_rise_per_head_pct:1",
            } < cells
            assert {f"population:{year}:dfe_projection:919:2-18" for year in (2021, 2023, 2024, 2025)} < cells
        if part.startswith("rules"):
            assert not [id_ for id_ in cells if id_.startswith("reported")]
        if part.endswith("rank"):
            assert {"page:2025-26:384:nff_in_protection:2025-03-31", "population:2025:dfe_projection:919:2-18"} < cells
    page = trace(store, "page:2025-26:384:nff_in_protection:2025-03-31")
    assert (page.figure.value, page.cells[0].cell.cell, page.cells[0].source.id) == (
        59_144_984,
        "line 108",
        "dsg_pages",
    )
    assert "skillsfunding.service.gov.uk/view-latest-funding" in page.figure.label
    england = trace(store, "bound:2024-25:england:rules_lower")
    assert len([cell for cell in england.cells if cell.figure.id.endswith(":nff_in_protection")]) == 151
    for wrong in (
        "bound:2023-24:919:lower",
        "bound:2024-25:909:lower",
        "bound:2024-25:919:middle",
        "bound:2024-25:x:lower",
        "bound:2025-26:england:lower_rank",
    ):
        with pytest.raises(UsageError):
            trace(store, wrong)


def test_england_and_regions_are_sums_of_ends_without_rank(hnf: Run, published: Published) -> None:
    expected = rules_only(published)["2025-26"]
    found = hnf("bounds", "England", "--year", "2025-26", "--format", "json").json
    assert found["rules"]["lower_gbp"] == pytest.approx(sum(low for low, _ in expected.values()))
    assert found["rules"]["upper_gbp"] == pytest.approx(sum(high for _, high in expected.values()))
    assert (found["lower_rank"], found["la_code"], found["basis"]) == (None, "england", "implied")
    assert len(found["closed_by"]) == len(PAGES) + len(RISES) + 4  # those of 2024-25 carry on
    said = " ".join(found["sentences"])
    assert "sums of those of its authorities" in said
    regions = [
        hnf("bounds", code, "--format", "json").json
        for code in {r["region_code"] for r in published.authorities.values()}
    ]
    assert sum(one["upper_gbp"] for one in regions) == pytest.approx(found["upper_gbp"])
    assert all(len(one["other_parts"]) == 1 for one in regions)


def test_the_block_is_not_bounded_and_its_other_parts_are_of_the_last_table(hnf: Run, published: Published) -> None:
    found = hnf("bounds", "Hertfordshire", "--format", "json").json
    assert found["year"] == "2025-26"
    assert found["other_parts_year"] == "2023-24"
    block = published.formula["2023-24"]["919"]
    parts = {part["term"]: part for part in found["other_parts"]}
    assert set(parts) == {"basic_entitlement", "import_export", "special_free_schools", "hospital_ap"}
    assert parts["hospital_ap"]["value_gbp"] == block["hospital_ap"]
    assert sum(part["value_gbp"] for part in parts.values()) == pytest.approx(
        block["total_before_deductions"] - block["nff_in_protection"] - block["additional"], abs=1
    )
    assert all(part["figure_id"] for part in parts.values())
    (said,) = [row for row in found["reported"] if row["measure"] == "block"]
    assert (said["stated"], said["basis"]) == ("over £207 million", "reported")
    text = " ".join(hnf("bounds", "Hertfordshire").out.split())
    assert "The whole block is not bounded" in text
    assert "as printed for 2023-24" in text
    assert "over £207 million" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Hertfordshire", "--year", "2023-24"), "2023-24 has a table of allocations, so that nothing is bounded. Use"),
        (("Hertfordshire", "--year", "2026-27"), "there are no bounds of 2026-27: The high needs formula is suspended"),
        (("Hertfordshire", "--year", "2027-28"), "nobody has described its parameters"),
        (("City of London",), "the City of London had no high needs allocation in 2023-24"),
        (("Cumbria",), "closed on 31 March 2023; for 2025-26 ask for Cumberland and Westmorland and Furness"),
        (("Hertfordshir",), "Did you mean Hertfordshire"),
        (("Hertfordshire", "--edition", "2020-07-01"), "there are no bounds of 2020-21: no public source was found"),
        (("Hertfordshire", "--edition", "2022-07-01"), "still contains hospital money"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_says_why(hnf: Run, words: tuple[str, ...], said: str) -> None:
    answer = hnf("bounds", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


@pytest.mark.parametrize("who", ["919", "213", "942", "941", "838", "921", "383", "E12000007", "England"])
def test_in_every_form(hnf: Run, who: str) -> None:
    shown = hnf("bounds", who)
    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 80
    found = hnf("bounds", who, "--format", "json").json
    assert [row["year"] for row in found["years"]] == ["2024-25", "2025-26"]
    assert {"lower_gbp", "upper_gbp", "per_head", "lower_rank", "upper_rank", "universe", "closed_by", "conflicts",
            "allowance", "basis", "figure_ids", "la_code", "la_name", "year", "population_in_words",
            "other_parts", "reported", "years"} <= set(found)  # fmt: skip
    lines = hnf("bounds", who, "--format", "csv").out.splitlines()
    assert len(lines) == 3
    for row in found["years"]:
        assert row["lower_gbp"] <= row["upper_gbp"]
        assert f"£{row['rules']['lower_gbp']:,.0f}" in shown.out
    assert not re.search(r"is £\d", shown.out.replace("it is £", ""))  # a range, never a point


def test_words() -> None:
    assert range_words(676.71, 709.2, per_head=True) == "between £677 and £709"
    assert range_words(56_323_312, 56_329_315) == "between £56,323,312 and £56,329,315"
    assert range_words(178_263_902, 186_820_440) == "between £178.3 million and £186.8 million"
    assert rank_words(1, 10, 151) == "between the lowest and the 10th lowest of 151"
    assert rank_words(2, 3, 151) == "the 2nd or 3rd lowest of 151"
    assert rank_words(1, 2, 151) == "the lowest or 2nd lowest of 151"
    assert rank_words(7, 7, 151) == "the 7th lowest of 151"
