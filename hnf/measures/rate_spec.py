"""What is divided by what: the basis of a rate, its words and the part of a figure id that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from hnf.errors import UsageError
from hnf.figures import Unit
from hnf.years import FinancialYear

Measure = Literal["block", "nff", "nff_additional", "after_deductions"]
Per = Literal["head", "pupil", "plan", "none"]
Population = Literal["ons", "dfe"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
PERS: tuple[Per, ...] = get_args(Per)
#: Terms that a measure adds up.
MEASURE_TERMS: dict[Measure, tuple[str, ...]] = {
    "block": ("total_before_deductions",),
    "nff": ("nff_in_protection",),
    "nff_additional": ("nff_in_protection", "additional"),
    "after_deductions": ("total_after_deductions",),
}
MEASURE_WORDS: dict[Measure, str] = {
    "block": "high needs block before deductions",
    "nff": "high needs formula inside the floor and gains limit",
    "nff_additional": "high needs formula inside the floor and gains limit plus the additional allocation",
    "after_deductions": "high needs block after deductions for places that DfE pays for directly",
}
SERIES: dict[Population, str] = {"ons": "ons_estimate", "dfe": "dfe_projection"}
_SERIES_WORDS = {"ons": "ONS estimate", "dfe": "the formula's own projection"}
#: Ends the part of a figure id that names a denominator adjusted for area costs.
ADJUSTED = "aca"
_UNITS: dict[Per, Unit] = {"head": "gbp_per_head", "pupil": "gbp_per_pupil", "plan": "gbp_per_plan", "none": "gbp"}


@dataclass(frozen=True)
class RateSpec:
    """What is divided by what: a year, a measure, a denominator and, per head, a population series.

    With `area_costs`, every denominator is multiplied by the authority's area cost adjustment, so that a pound counts
    for less where costs are higher. DfE applies the adjustment to part of the formula only.
    """

    year: FinancialYear
    measure: Measure = "block"
    per: Per = "head"
    population: Population = "ons"
    area_costs: bool = False

    @property
    def id_part(self) -> str:
        """The part of a figure id that names it."""
        per = f"head.{self.population}" if self.per == "head" else self.per
        per += f".{ADJUSTED}" if self.area_costs else ""
        return f"{self.year}:{self.measure}:{per}"

    @classmethod
    def from_parts(cls, year: str, measure: str, per: str) -> RateSpec:
        """Read the three parts of a figure id.

        Raises
        ------
        UsageError
            If a part is unknown.
        """
        plain = per.removesuffix(f".{ADJUSTED}")
        adjusted = plain != per
        head, _, population = plain.partition(".")
        if (
            (adjusted and head == "none")
            or measure not in MEASURES
            or head not in PERS
            or (population or "ons") not in SERIES
        ):
            raise UsageError(
                f"'{year}:{measure}:{per}' does not name a rate", todo="Ids are printed with every answer."
            )
        return cls(FinancialYear.parse(year), measure, head, population or "ons", adjusted)  # type: ignore[arg-type]

    @property
    def unit(self) -> Unit:
        """Unit of the rate."""
        return _UNITS[self.per]

    @property
    def denominator_words(self) -> str:
        """The denominator with its date, in words."""
        words = {
            "head": f"people aged 2 to 18, mid-{self.year.mid_year} ({_SERIES_WORDS[self.population]})",
            "pupil": f"pupils of the schools block, {self.year}",
            "plan": f"EHC plans, January {self.year.january}",
            "none": "",
        }[self.per]
        return f"{words}, times the area cost adjustment" if self.area_costs else words

    @property
    def in_words(self) -> str:
        """The whole basis in words."""
        per = {"head": " per head", "pupil": " per pupil", "plan": " per EHC plan", "none": ""}[self.per]
        over = f"; {self.denominator_words}" if self.per != "none" else ""
        return f"{MEASURE_WORDS[self.measure]}{per}, {self.year}{over}"
