"""A table of a year that had only bounds tests the rules, and from then on is the table that others start from.

Expected amounts are worked by hand from data/tidy: (A + H) of 2023-24 ÷ heads of mid-2023 × heads of mid-2024, times
1.03 for the floor and 1.05 for the limit; 2025-26 times 1.07 and 1.10 on A of 2024-25. Heads are of the 2018-based
projection.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures.made_up import Sheets, write_xlsx
from fixtures.next_year import NextYear, column_a_by_the_rules
from fixtures.other_releases import population

from hnf.analysis.bounds import bound_years, year_bounds
from hnf.errors import UsageError
from hnf.measures.notes import KnownDifference, known_differences
from hnf.paths import data_folder, tables_in
from hnf.tables.store import Store
from hnf.years import FinancialYear

#: Long: whole files, runs or packs, or every authority.
pytestmark = pytest.mark.slow

Run = Callable[..., Any]
TIDY = data_folder() / "tidy"
FY24, FY25 = FinancialYear(2024), FinancialYear(2025)
#: (A + H) of 2023-24, heads of mid-2023, mid-2024 and mid-2025, as they are in data/tidy.
GREENWICH = (65_859_193, 66_039.372, 66_115.339, 65_977.926)
HERTFORDSHIRE = (161_863_512, 263_611.591, 264_003.783, 263_425.583)
WEST_NORTHAMPTONSHIRE = (57_696_638, 90_864.131, 91_365.705, 91_556.851)
LIVERPOOL = (78_612_246, 95_667.042, 96_874.769, 97_720.216)
GREENWICH_LIMIT = 65_859_193 / 66_039.372 * 66_115.339 * 1.05


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of the user's own."""
    return tmp_path / "own"


@pytest.fixture
def take(hnf: Run, store: Store, tmp_path: Path, own: Path) -> Callable[..., dict[str, Any]]:
    """Take made-up workbooks in; the JSON that is printed."""

    def run(*years: NextYear, words: tuple[str, ...] = (), change: Callable[[Sheets], None] = lambda _: None) -> Any:
        paths = []
        for number, year in enumerate(years):
            sheets = year.sheets(store)
            change(sheets)
            paths.append(tmp_path / f"{number}-{year.start}.xlsx")
            paths[-1].write_bytes(write_xlsx(sheets))
        return hnf("ingest", *paths, "--data", own, *words, "--format", "json").json

    return run


def year_of(store: Store, **changes: Any) -> NextYear:
    return NextYear(column_a=column_a_by_the_rules(store, **changes))


def following(store: Store, before: NextYear, **changes: Any) -> NextYear:
    made = column_a_by_the_rules(store, 2025, before=before.column_a, **changes)
    return NextYear(start=2025, edition="Friday, 17 Jul, 2026", column_a=made)


def outcome(answer: dict[str, Any], number: int = 0) -> Any:
    return answer["files"][number]["bounds_test"]


def said(answer: dict[str, Any], number: int = 0) -> str:
    return "\n".join(answer["files"][number]["changes"])


def bands() -> dict[str, tuple[float, float]]:
    """Floor and limit of 2024-25 by la_code, from the files of data/tidy."""
    with (TIDY / "dsg_high_needs_block.csv").open(encoding="utf-8") as file:
        money: dict[str, float] = {}
        for row in csv.DictReader(file):
            if row["financial_year"] == "2023-24" and row["la_code"]:
                is_base = row["term"] in ("nff_in_protection", "additional")
                money[row["la_code"]] = money.get(row["la_code"], 0.0) + is_base * float(row["value"] or 0)
    with (TIDY / "population.csv").open(encoding="utf-8") as file:
        heads = {
            (row["la_code"], row["mid_year"]): float(row["people"])
            for row in csv.DictReader(file)
            if row["series"] == "dfe_projection" and row["age_band"] == "2-18"
        }
    even = {code: base / heads[code, "2023"] * heads[code, "2024"] for code, base in money.items()}
    return {code: (1.03 * amount, 1.05 * amount) for code, amount in even.items()}


class TestTheTableOfTheNextYear:
    def test_made_by_the_rules_it_lies_inside(self, take: Callable[..., Any], store: Store) -> None:
        year = year_of(store)
        expected = bands()
        assert len(expected) == 151
        near = [sum(abs(year.column_a[code] - band[end]) <= 2 for code, band in expected.items()) for end in (0, 1)]
        answer = take(year, words=("--dry-run",))
        found = outcome(answer)
        assert (found["year"], found["authorities"], found["inside"]) == ("2024-25", 151, 151)
        assert [found["on_floor"], found["on_limit"]] == near == [31, 30]
        assert (found["outside"], found["not_tested"]) == ([], [])
        assert (
            "Test of floor and limit, column A of 2024-25 per head (3% to 5% on 2023-24): 151 of 151 authorities "
            "inside their band, 31 of them on the floor and 30 on the limit, none outside." in said(answer)
        )

    def test_every_band_is_that_of_hand_arithmetic(self, take: Callable[..., Any]) -> None:
        """All amounts invented, so that nearly all lie outside, and each shows the ends of its band."""
        expected, year = bands(), NextYear()
        outside = {row["la_code"]: row for row in outcome(take(year))["outside"]}
        assert len(outside) > 140
        for code, row in outside.items():
            assert (row["lower_gbp"], row["upper_gbp"]) == pytest.approx(expected[code], abs=0.01)
            above, below = row["published_gbp"] - expected[code][1], row["published_gbp"] - expected[code][0]
            assert row["outside_by_gbp"] == pytest.approx(above if above > 0 else below, abs=0.01)
            assert (row["places_needed"] is None) == (above <= 0)

    def test_one_authority_moved_lies_outside_by_the_pounds(
        self, take: Callable[..., Any], store: Store, own: Path
    ) -> None:
        answer = take(year_of(store, moved={"203": 100_000.0}))
        found = outcome(answer)
        assert (found["inside"], found["on_limit"]) == (150, 29)
        (row,) = found["outside"]
        assert (row["la_code"], row["la_name"]) == ("203", "Greenwich")
        assert row["published_gbp"] == round(GREENWICH_LIMIT) + 100_000 == 69_331_700
        assert row["upper_gbp"] == pytest.approx(69_231_700.37, abs=0.01)
        assert row["outside_by_gbp"] == pytest.approx(99_999.63, abs=0.01)
        # A place is worth £6,000 × 1.05 × 66,115.339 ÷ 66,039.372 = £6,307.25: 15.9 of them.
        assert (row["places"], row["places_needed"], row["places_at_most"]) == (None, 16, 3)
        assert (
            "Outside: Greenwich (203) £100,000 above the limit (at least 16 places of £6,000 would have to be in its "
            "baseline, earlier years show 3)." in said(answer)
        )
        assert answer["written"], "a table is what it is: outside is no reason to refuse it"
        log = json.loads((tables_in(own) / "ingested.json").read_text(encoding="utf-8"))
        assert log["files"][0]["bounds_test"] == found

    @pytest.mark.parametrize(("number", "explained"), [(1, 1), (2, 2), (3, 3), (4, None)])
    def test_whole_places_explain_it_up_to_those_of_earlier_years(
        self, take: Callable[..., Any], store: Store, number: int, explained: int | None
    ) -> None:
        """Greenwich's special free schools had £18,000 at most: three places."""
        answer = take(year_of(store, places={"203": number}), words=("--dry-run",))
        (row,) = outcome(answer)["outside"]
        assert row["outside_by_gbp"] == pytest.approx(number * 6_307.25, abs=1)
        assert (row["places"], row["places_needed"]) == (explained, number)
        if number == 2:
            assert "£12,615 above the limit, which 2 places of £6,000 in its baseline explain." in said(answer)

    def test_three_pounds_off_whole_places_are_not_explained(self, take: Callable[..., Any], store: Store) -> None:
        (row,) = outcome(take(year_of(store, places={"203": 2}, moved={"203": 3.0}), words=("--dry-run",)))["outside"]
        assert (row["places"], row["places_needed"]) == (None, 3)

    def test_below_the_floor_no_places_are_named(self, take: Callable[..., Any], store: Store) -> None:
        answer = take(year_of(store, moved={"872": -5_000.0, "919": 2.0}), words=("--dry-run",))
        (row,) = outcome(answer)["outside"]
        assert (row["la_name"], row["places"], row["places_needed"]) == ("Wokingham", None, None)
        assert row["outside_by_gbp"] == pytest.approx(-5_000, abs=0.5)
        assert "Outside: Wokingham (872) £5,000 below the floor." in said(answer)
        assert outcome(answer)["on_floor"] == 30

    def test_a_year_without_bounds_says_nothing(self, take: Callable[..., Any], store: Store) -> None:
        year = year_of(store)
        take(year)
        again = replace(year, edition="Thursday, 20 Nov, 2025", changes={"919": 3_000.0})
        for one in (again, replace(year, start=2023), NextYear(start=2026, edition="Friday, 16 Jul, 2027")):
            answer = take(one, words=("--dry-run",))
            assert outcome(answer) is None
            assert "Test of floor and limit" not in said(answer)

    def test_who_has_no_column_a_or_no_band_is_named(self, take: Callable[..., Any], store: Store) -> None:
        def change(sheets: Sheets) -> None:
            for row in sheets["High_needs_block"]:
                if row[0] == 919:
                    row[2] = "x"

        found = outcome(answer := take(year_of(store), words=("--dry-run",), change=change))
        assert (found["authorities"], found["inside"], found["not_tested"]) == (150, 150, ["919"])
        assert "Without a band or without column A, so not tested: Hertfordshire (919)." in said(answer)

    def test_rates_are_those_of_the_users_own_parameters(
        self, hnf: Run, take: Callable[..., Any], store: Store, own: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "people.csv").write_bytes(population(store))
        words = ("--year", "2025-26", "--published", "2026-07-30", "--data", own)
        assert hnf("ingest", tmp_path / "people.csv", *words).code == 0
        (own / "parameters").mkdir()
        text = (data_folder() / "parameters" / "2024-25.toml").read_text(encoding="utf-8")
        file = own / "parameters" / "2024-25.toml"
        file.write_text(text.replace("value = 3.0", "value = 4.0"), encoding="utf-8")
        found = outcome(take(year_of(store), words=("--dry-run",)))
        assert found["rules"] == "4% to 5% on 2023-24"
        # Rises of 3% and 3.25% are below that floor: the first and the third of every five of 151.
        assert (found["inside"], len(found["outside"])) == (90, 61)
        file.write_text(text.replace("value = 3.0", 'value = "three"'), encoding="utf-8")
        answer = take(year_of(store), words=("--dry-run",))
        assert outcome(answer) is None
        assert "Not tested against floor and limit: " in said(answer)

    def test_a_band_that_other_figures_had_narrowed_is_tested_too(
        self, take: Callable[..., Any], store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """York, said to rise by 3%, rises by 4%: inside the rules only. Leeds, said to rise by over 4.5%, does."""

        def narrowed(before: Store, year: FinancialYear) -> Any:
            found = year_bounds(before, year)
            rows = {code: replace(row, closed_by=()) for code, row in found.rows.items()}
            for code, what, lower, upper in (
                ("816", "its rise of 3%", 1.0, 1.0001),
                ("383", "a rise of over 4.5%", 1.045 / 1.03, 1.05 / 1.03),
            ):
                floor = bands()[code][0]
                ends = {"lower_gbp": floor * lower, "upper_gbp": floor * upper}
                rows[code] = replace(rows[code], **ends, closed_by=(SimpleNamespace(what=what),))
            return replace(found, rows=rows)

        monkeypatch.setattr("hnf.ingest.differences.year_bounds", narrowed)
        year = year_of(store)
        floor = bands()["816"][0]
        year = replace(year, column_a={**year.column_a, "816": round(floor * 1.01), "383": round(bands()["383"][1])})
        answer = take(year, words=("--dry-run",))
        found = outcome(answer)
        assert (found["inside"], found["outside"]) == (151, [])
        assert (found["narrowed"]["authorities"], found["narrowed"]["inside"]) == (2, 1)
        (row,) = found["narrowed"]["outside"]
        assert (row["la_name"], row["narrowed_by"], row["places"]) == ("York", ["its rise of 3%"], None)
        assert row["outside_by_gbp"] == pytest.approx(floor * 0.0099, abs=1)
        assert "Other figures had narrowed the band of 2: 1 inside the narrower one." in said(answer)
        assert "above it, narrowed by its rise of 3%" in said(answer)


class TestTwoYears:
    def test_the_later_year_alone_is_tested_over_two_rises(self, take: Callable[..., Any], store: Store) -> None:
        """Column A of DfE's pages of 2025-26: Wakefield limit on limit, Milton Keynes floor on floor and a place."""
        made = following(store, year_of(store))
        pages = {"384": 59_144_984.0, "826": 59_861_813.0}
        answer = take(replace(made, column_a={**made.column_a, **pages}), words=("--dry-run",))
        found = outcome(answer)
        assert (found["inside"], found["rules"]) == (151, "3% to 5% on 2023-24, then 7% to 10% on 2024-25")
        # The cycle of rises has neither: Wakefield's turn is 3.25% and 7.5%, Milton Keynes's the limits.
        assert (found["on_floor"], found["on_limit"]) == (31, 30)
        assert "on the floor every year and 30 on the limit every year" in said(answer)

    @pytest.mark.parametrize("first", [True, False])
    def test_places_may_have_moved_in_either_year(self, take: Callable[..., Any], store: Store, first: bool) -> None:
        base, heads_23, heads_24, heads_25 = GREENWICH
        year = year_of(store, places={"203": 2 if first else 0})
        made = following(store, year, places={"203": 0 if first else 2})
        (row,) = outcome(take(made, words=("--dry-run",)))["outside"]
        limit = base / heads_23 * 1.05 * 1.10 * heads_25
        worth = 12_000 * (1.05 * 1.10 * heads_25 / heads_23 if first else 1.10 * heads_25 / heads_24)
        assert row["upper_gbp"] == pytest.approx(limit, abs=0.01)
        assert row["outside_by_gbp"] == pytest.approx(worth, abs=1.5)
        assert row["places"] == 2

    def test_both_in_one_command(self, take: Callable[..., Any], store: Store) -> None:
        year = year_of(store)
        answer = take(year, following(store, year), words=("--dry-run",))
        assert [outcome(answer, number)["rules"] for number in (0, 1)] == [
            "3% to 5% on 2023-24",
            "7% to 10% on 2024-25",
        ]
        assert [outcome(answer, number)["inside"] for number in (0, 1)] == [151, 151]

    def test_the_next_band_starts_from_the_table_that_came(
        self, take: Callable[..., Any], store: Store, own: Path
    ) -> None:
        take(year_of(store, moved={"203": 100_000.0}))
        after = Store(own)
        assert [str(year) for year in bound_years(store)] == ["2024-25", "2025-26"]
        assert bound_years(after) == (FY25,)
        with pytest.raises(UsageError, match="2024-25 has a table") as refused:
            year_bounds(after, FY24)
        assert refused.value.exit_code == 2
        rows = year_bounds(after, FY25).rows
        assert len(rows) == 151
        for code, (base, before, heads, next_heads), rise, moved in (
            ("919", HERTFORDSHIRE, 1.05, 0),
            ("941", WEST_NORTHAMPTONSHIRE, 1.04, 0),
            ("203", GREENWICH, 1.05, 100_000),
        ):
            column_a = round(base / before * rise * heads) + moved
            assert rows[code].lower_gbp == pytest.approx(column_a / heads * 1.07 * next_heads, abs=0.01)
            assert rows[code].upper_gbp == pytest.approx(column_a / heads * 1.10 * next_heads, abs=0.01)
        # Hertfordshire: 170,209,543 ÷ 264,003.783 × 263,425.583 = 169,836,763.
        assert rows["919"].lower_gbp == pytest.approx(181_725_336, abs=2)
        assert rows["919"].upper_gbp == pytest.approx(186_820_439, abs=2)
        assert rows["919"].heads == HERTFORDSHIRE[3]


class TestProtectionOfTheNextYear:
    def rows(self, hnf: Run, own: Path, year: str = "2024-25") -> tuple[dict[str, Any], dict[str, Any]]:
        answer = hnf("protection", "--year", year, "--data", own, "--format", "json").json
        return answer, {row["la_code"]: row for row in answer["rows"]}

    def test_authorities_are_classed_as_in_earlier_years(
        self, hnf: Run, take: Callable[..., Any], store: Store, own: Path
    ) -> None:
        year = year_of(store)
        take(year)
        answer, rows = self.rows(hnf, own)
        assert (answer["floor_pct"], answer["limit_pct"], answer["baseline_year"]) == (3.0, 5.0, "2023-24")
        assert answer["baseline_terms"] == ["nff_in_protection", "additional"]
        expected = bands()
        assert set(rows) == set(expected)
        for code, row in rows.items():
            assert (row["floor_gbp"], row["limit_gbp"]) == pytest.approx(expected[code], abs=0.01)
            by_hand = [
                name
                for name, end in zip(("floor", "limit"), expected[code], strict=True)
                if abs(year.column_a[code] - end) <= 2
            ]
            assert row["class"] == (by_hand[0] if by_hand else "between"), row["la_name"]
        # Northamptonshire's two authorities are on their own heads; three that the projection lacked have theirs.
        assert rows["941"]["change_pct"] == pytest.approx(4.0, abs=0.001)
        assert {rows[code]["heads"] for code in ("341", "940")} == {96_874.769, 80_107.15}
        assert rows["341"]["class"] == "floor"
        base, before, heads, _ = LIVERPOOL
        assert rows["341"]["floor_gbp"] == pytest.approx(base / before * 1.03 * heads, abs=0.01)
        assert {rows[code]["class"] for code in ("382", "892")} == {"floor", "between"}
        assert answer["combined"] == []

    def test_outside_is_unexplained_until_it_is_listed(
        self, hnf: Run, take: Callable[..., Any], store: Store, own: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        take(year_of(store, places={"203": 2}))
        answer, rows = self.rows(hnf, own)
        assert rows["203"]["class"] == "unexplained"
        assert any("Unexplained" in note and "Greenwich" in note for note in answer["notes"])
        listed = KnownDifference(
            id="places_203",
            check="protection",
            financial_year="2024-25",
            area="203",
            what="places",
            expected_difference_gbp=-12_614,
            tolerance_gbp=2,
            reason="places",
            bound="limit",
        )
        monkeypatch.setattr("hnf.analysis.protection.known_differences", lambda: (*known_differences(), listed))
        _, rows = self.rows(hnf, own)
        assert (rows["203"]["class"], rows["203"]["bound"]) == ("known_difference", "limit")
        assert rows["203"]["baseline_addition_places"] == 2
        assert rows["203"]["recomputed_gbp"] == pytest.approx(GREENWICH_LIMIT, abs=0.01)

    def test_places_on_the_floor_lie_inside_the_band_and_are_unexplained(
        self, hnf: Run, take: Callable[..., Any], store: Store, own: Path
    ) -> None:
        """Wandsworth, on the floor, had £36,000 of special free schools in 2023-24; Wokingham had none."""
        found = outcome(take(year_of(store, places={"212": 1, "872": 1})))
        assert (found["inside"], found["on_floor"]) == (151, 29)
        _, rows = self.rows(hnf, own)
        assert (rows["212"]["class"], rows["872"]["class"]) == ("unexplained", "between")

    def test_the_year_after_has_no_additional_allocation_in_its_baseline(
        self, hnf: Run, take: Callable[..., Any], store: Store, own: Path
    ) -> None:
        year = year_of(store)
        made = following(store, year)
        take(year, made)
        answer, rows = self.rows(hnf, own, "2025-26")
        assert (answer["floor_pct"], answer["limit_pct"]) == (7.0, 10.0)
        assert answer["baseline_terms"] == ["nff_in_protection"]
        assert rows["919"]["baseline_gbp"] == year.column_a["919"]
        assert answer["counts"]["floor"] == 31
        assert answer["counts"]["limit"] == 30
        assert answer["counts"]["between"] == 90
