"""The tidy tables read with nothing but `csv`, for tests of figures to compare with: no line here uses hnf."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent.parent / "data"
YEARS = ("2019-20", "2020-21", "2021-22", "2022-23", "2023-24")
MEASURES = {
    "block": ("total_before_deductions",),
    "nff": ("nff_in_protection",),
    "nff_additional": ("nff_in_protection", "additional"),
    "after_deductions": ("total_after_deductions",),
}
#: Denominators by how an option says them: --per, --population.
PERS = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"), ("plan", "ons"))
SERIES = {"ons": "ons_estimate", "dfe": "dfe_projection"}
#: Authorities of which the areas of the new ones add up to those of the old ones, and when they changed.
#: Northamptonshire 2021, Cumbria 2023; Bournemouth, Poole and Dorset became Dorset and BCP together in 2019.
REORGANISED = ((("928",), ("940", "941")), (("909",), ("942", "943")), (("835", "836", "837"), ("838", "839")))

Numbers = dict[str, float]


def rows_of(table: str) -> list[dict[str, str]]:
    """Return the rows of a tidy table as printed."""
    with (DATA / "tidy" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def start_of(year: str) -> int:
    """Return 2023 for 2023-24: its population is of the middle, its plans of the January, of that year."""
    return int(year[:4])


class Published:
    """Every published number, by year and by area (`england`, a region, a type, or a three-digit code)."""

    @cached_property
    def authorities(self) -> dict[str, dict[str, str]]:
        return {row["la_code"]: row for row in rows_of("authorities")}

    @cached_property
    def block(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """Pounds by year, area and term, the final totals of 2019-20; pupils, people and rates as they are."""
        return self._block(rows_of("dsg_high_needs_block"))

    @cached_property
    def formula(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """The same with the totals of the workbooks that print the formula: of 2019-20 those of March 2019."""
        return self._block([row for row in rows_of("dsg_high_needs_block") if row["edition"] != "2023-07-21"])

    def _block(self, rows: list[dict[str, str]]) -> dict[str, dict[str, dict[str, float | None]]]:
        found: dict[str, dict[str, dict[str, float | None]]] = defaultdict(lambda: defaultdict(dict))
        for row in rows:
            scale = 1e6 if row["unit"] == "gbp_million" else 1.0
            value = float(row["value"]) * scale if row["value"] else None
            found[row["financial_year"]][_area(row)][row["term"]] = value
        return found

    def funded(self, year: str) -> list[str]:
        """Return the codes of the authorities with an allocation."""
        return self._funded[year]

    @cached_property
    def _funded(self) -> dict[str, list[str]]:
        return {year: sorted(area for area in areas if area.isdigit()) for year, areas in self.block.items()}

    def money(self, year: str, measure: str) -> Numbers:
        """Return a measure in pounds by authority; nothing where the year has no such column."""
        found = {}
        for code in self.funded(year):
            parts = [self.block[year][code].get(term) for term in MEASURES[measure]]
            if None not in parts:
                found[code] = sum(part for part in parts if part is not None)
        return found

    @cached_property
    def _pupils(self) -> dict[str, Numbers]:
        found: dict[str, Numbers] = defaultdict(lambda: defaultdict(float))
        for row in rows_of("dsg_pupils"):
            found[row["financial_year"]][_area(row)] += float(row["pupils"])
        return found

    @cached_property
    def _people(self) -> dict[tuple[str, str, str], Numbers]:
        found: dict[tuple[str, str, str], Numbers] = defaultdict(dict)
        for row in rows_of("population"):
            found[row["series"], row["mid_year"], row["age_band"]][_area(row)] = float(row["people"])
        return found

    def people(self, mid_year: int, series: str = "ons_estimate", ages: str = "2-18") -> Numbers:
        """Return people by area, with those of an authority that was split later."""
        return _with_split(self._people[series, str(mid_year), ages])

    @cached_property
    def plans(self) -> dict[int, dict[str, int | None]]:
        """Statements and EHC plans by January and area, the latest release; None where a symbol is printed."""
        found: dict[int, dict[str, int | None]] = defaultdict(dict)
        for row in sorted(rows_of("ehc_plans"), key=lambda row: row["release"]):
            if row["plan_type"] == "total":
                found[int(row["january"])][_area(row)] = int(row["count"]) if row["count"] else None
        return found

    def over(self, year: str, per: str, population: str = "ons") -> Numbers:
        """Return what money is divided by, for every authority with an allocation that has it.

        A count printed for all parts of an authority that was later split is added up.
        """
        counts = self._counts(year, per, population)
        return {code: count for code in self.funded(year) if (count := counts.get(code))}

    def _counts(self, year: str, per: str, population: str) -> Mapping[str, float | None]:
        if per == "pupil":
            return self._pupils[year]
        if per == "plan":
            return _with_split(self.plans[start_of(year)])
        if (year, population) == ("2019-20", "dfe"):  # the population printed in the sheet
            return {code: self.block[year][code]["population_2_18"] for code in self.funded(year)}
        return self.people(start_of(year), SERIES[population])

    def rates(self, year: str, measure: str, per: str, population: str = "ons") -> Numbers:
        """Return the rate of every authority with an amount and a count; pounds alone where `per` is none."""
        money = self.money(year, measure)
        if per == "none":
            return money
        over = self.over(year, per, population)
        return {code: pounds / over[code] for code, pounds in money.items() if code in over}

    def england(self, year: str, measure: str, per: str, population: str = "ons") -> float:
        """Return all pounds over all counts: new authorities that are counted as their old ones are in it by those."""
        money, over = self.money(year, measure), self.over(year, per, population)
        counts = self._counts(year, per, population)
        for old, new in REORGANISED:
            if set(new) <= set(money) and not set(new) <= set(over) and all(counts.get(code) for code in old):
                money = {code: pounds for code, pounds in money.items() if code not in new} | {
                    "+".join(old): sum(money[code] for code in new)
                }
                over = {**over, "+".join(old): sum(counts[code] or 0 for code in old)}
        both = [code for code in money if code in over]
        return sum(money[code] for code in both) / sum(over[code] for code in both)

    def area_costs(self, year: str) -> Numbers:
        """Return the basic entitlement rate over the lowest of the year."""
        rates = {code: self.block[year][code]["basic_entitlement_rate"] for code in self.funded(year)}
        known = {code: rate for code, rate in rates.items() if rate is not None}
        return {code: rate / min(known.values()) for code, rate in known.items()}

    @cached_property
    def deflator(self) -> Numbers:
        return {row["financial_year"]: float(row["index"]) for row in rows_of("prices")}

    @cached_property
    def neighbours(self) -> dict[str, dict[str, list[str]]]:
        """Statistical neighbours by model and authority."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in rows_of("neighbours"):
            found[row["model"]][row["la_code"]].append(row["neighbour_la_code"])
        return found


def listed(name: str) -> dict[str, object]:
    """Return a TOML file beside the tables."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _with_split(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Add Northamptonshire and Cumbria where only what they became is counted."""
    older = {old[0]: new for old, new in REORGANISED[:2] if old[0] not in counts and set(new) <= set(counts)}
    return {**counts, **{code: sum(counts[part] for part in new) for code, new in older.items()}}


def _area(row: dict[str, str]) -> str:
    level = row["geographic_level"]
    names = {"national": "england", "regional": row["region_code"], "authority_type": row.get("authority_type", "")}
    return names.get(level, row["la_code"])
