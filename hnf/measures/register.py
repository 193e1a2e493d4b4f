"""The register of measures: what the tidy tables hold, under one name each, and the rates made of two of them.

A published kind says which table holds a figure and how its id is made. A plain measure names items of a kind; a rate
divides a plain measure by another. Periods and areas are not listed here: `hnf.measures.rates.periods_of` and
`areas_of` read them from the tables, so that a new year is data alone. A new table is a loader, a schema and its
entries here. This module reads no table; values come from `hnf.measures.rates.amounts` and `measure_figure`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, get_args

from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import population_printed, statements_until
from hnf.results import Basis, Unit
from hnf.tables.schema import (
    DSG_TERMS,
    FACTOR_LINES,
    PAGE_WORDS,
    POPULATION_SERIES,
    SPENDING_LINES,
    reported_label,
    term_label,
)
from hnf.text import capital

PeriodKind = Literal["financial year", "January", "mid-year"]
#: The measures of funding that are ranked, mapped and compared, and what they may be divided by.
Measure = Literal["block", "nff", "nff_additional", "after_deductions"]
Per = Literal["head", "pupil", "plan", "none"]
Population = Literal["ons", "dfe"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
PERS: tuple[Per, ...] = get_args(Per)
POPULATIONS: tuple[Population, ...] = get_args(Population)
#: Ends the part of a figure id that names a denominator adjusted for area costs.
ADJUSTED = "aca"


@dataclass(frozen=True)
class PublishedKind:
    """Figures of one kind, with the id `kind:period:edition:area:item`.

    `before` are the columns of period and edition, `after` that of the item, `value` that of the number. A later
    edition replaces an earlier one `whole` or by `area`; with `series` the second column is no edition, and all are in
    use. `label` has the fields {item}, {area}, {period} and {series}; `item_in_words` takes an item and a period. Where
    `ids` names the columns of the id, it has those in place of period, edition, area and item. Only kinds of figures
    with the basis `published` have measures: reported figures are shown one by one.
    """

    table: str
    before: tuple[str, str]
    after: str
    value: str
    period: PeriodKind
    replaced: Literal["whole", "area", "series"]
    label: str
    item_in_words: Callable[[str, str], str]
    ids: tuple[str, ...] = ()
    basis: Basis = "published"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of which an id is made, after the kind."""
        return self.ids or (*self.before, "area", self.after)

    def label_of(self, parts: list[str], area: str) -> str:
        """Return what a figure is, in words, from the parts of its id after the kind."""
        named = dict(zip(self.columns, parts, strict=True))
        period, edition = (named[column] for column in self.before)
        item = self.item_in_words(named[self.after], period)
        series = POPULATION_SERIES.get(edition, edition.replace("_", " ")).format(period=period)
        return self.label.format(item=item, area=area, period=period, series=series)


_PLANS = {"statement": "Statements of SEN", "ehc_plan": "EHC plans", "total": "Statements and EHC plans"}
_LINES = {**SPENDING_LINES, **FACTOR_LINES}


def _plans_in_words(plan_type: str, january: str) -> str:
    return _PLANS["ehc_plan" if plan_type == "total" and int(january) > statements_until() else plan_type]


PUBLISHED_KINDS: dict[str, PublishedKind] = {
    "dsg": PublishedKind(
        "dsg_high_needs_block", ("financial_year", "edition"), "term", "value", "financial year", "whole",
        "{item}, {area}, {period}", lambda term, _: term_label(term),
    ),
    "pupils": PublishedKind(
        "dsg_pupils", ("financial_year", "edition"), "phase", "pupils", "financial year", "whole",
        "{item} pupils, {area}, {period}", lambda phase, _: phase.title(),
    ),
    "plans": PublishedKind(
        "ehc_plans", ("january", "release"), "plan_type", "count", "January", "area",
        "{item}, {area}, January {period}", _plans_in_words,
    ),
    "population": PublishedKind(
        "population", ("mid_year", "series"), "age_band", "people", "mid-year", "series",
        "People aged {item}, {area}, {series}", lambda ages, _: ages.replace("-", " to "),
    ),
    "spending": PublishedKind(
        "spending", ("financial_year", "kind"), "line", "value", "financial year", "series",
        "{item}, {area}, {period} ({series})", lambda line, _: _LINES[line],
    ),
    "balance": PublishedKind(
        "dsg_balance", ("financial_year", "release"), "measure", "value", "financial year", "area",
        "{item}, {area}, {period}", lambda *_: "Cumulative DSG balance as % of income (below zero: deficit)",
    ),
    "reported": PublishedKind(
        "reported", ("financial_year", "number"), "measure", "value", "financial year", "series",
        "{item}, {area}, {period}, as reported", lambda measure, _: capital(reported_label(measure)),
        ids=("financial_year", "area", "measure", "number"), basis="reported",
    ),
    "page": PublishedKind(
        "dsg_pages", ("financial_year", "date_of_allocation"), "item", "value", "financial year", "series",
        "{item}, {area}, {period}, DfE's page of the authority",
        lambda item, _: PAGE_WORDS.get(item) or term_label(item),
        ids=("financial_year", "area", "item", "date_of_allocation"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class PlainMeasure:
    """A measure that tables hold: the sum of `items` of a published kind, of one `series` where it has several.

    `short` are the words for a narrow column, of measures that are compared.
    """

    name: str
    words: str
    unit: Unit
    kind: str
    items: tuple[str, ...]
    series: str = ""
    short: str = ""

    def __post_init__(self) -> None:
        """Refuse figures that are no table of all areas: a measure is ranked, summed, mapped and drawn as a line."""
        if self.published.basis != "published":
            raise UsageError(f"{self.kind} figures are shown one by one: {self.name} cannot be a measure")

    @property
    def published(self) -> PublishedKind:
        """Where the figures are published."""
        return PUBLISHED_KINDS[self.kind]

    @property
    def period(self) -> PeriodKind:
        """What a period of the measure is."""
        return self.published.period

    @property
    def tables(self) -> tuple[str, ...]:
        """The tidy tables that hold it."""
        return (self.published.table,)


@dataclass(frozen=True)
class Denominator:
    """What money is divided by: a plain measure, of the date that goes with a financial year.

    `words` has the field {year}, a `FinancialYear`; `short` is the measure in a reason why an authority has no rate.
    In a year whose block sheet prints the population, that of the formula is the printed one (`in_year`).
    """

    per: Per
    population: Population | None
    measure: str
    unit: Unit
    per_words: str
    words: str = ""
    short: str = ""
    date: str = ""

    def in_year(self, year: object) -> Denominator:
        """Return what a rate of one financial year divides by."""
        letter = population_printed().get(str(year), "") if self.population == "dfe" else ""
        if not letter:
            return self
        words = f"people aged 2 to 18, as printed in the DSG sheet of {{year}}, column {letter} ({_PRINTED_IS})"
        return replace(
            self,
            measure=PRINTED_POPULATION,
            words=words,
            short="population (as printed)",
            date="the DSG sheet of {year}",
        )


#: What a block sheet says of the population that it prints.
PRINTED_POPULATION, _PRINTED_IS = "population_2_18", "an ONS projection; the sheet does not say which base"
#: By `per`, and `head.dfe` for heads of the second series.
DENOMINATORS: dict[str, Denominator] = {
    "head.ons": Denominator(
        "head", "ons", "people_2_18_ons", "gbp_per_head", " per head",
        "people aged 2 to 18, ONS mid-{year.mid_year} estimate", "population (ONS estimate)", "mid-{year.mid_year}",
    ),
    "head.dfe": Denominator(
        "head", "dfe", "people_2_18_dfe", "gbp_per_head", " per head",
        "people aged 2 to 18, the formula's own: ONS 2018-based projection of mid-{year.mid_year}",
        "population (ONS 2018-based projection)", "mid-{year.mid_year}",
    ),
    "pupil": Denominator(
        "pupil", None, "pupils", "gbp_per_pupil", " per pupil", "pupils of the schools block, {year}",
        "pupil numbers of the schools block", "{year}",
    ),
    "plan": Denominator(
        "plan", None, "plans", "gbp_per_plan", " per EHC plan", "EHC plans, January {year.january}", "EHC plans",
        "January {year.january}",
    ),
    "none": Denominator("none", None, "", "gbp", ""),
}  # fmt: skip


def require_measure(name: object) -> Measure:
    """Return a measure of funding by name; `UsageError` names the nearest and all where there is none."""
    return require_one_of(name, MEASURES, "measure")


def denominator(per: str, population: str = "ons") -> Denominator:
    """Return what a rate divides by."""
    return DENOMINATORS[f"{per}.{population}" if per == "head" else per]


@dataclass(frozen=True)
class Rate:
    """A plain measure of funding divided by another, adjusted for area costs or not."""

    name: str
    numerator: Measure
    denominator: Denominator
    is_adjusted: bool = False

    @property
    def words(self) -> str:
        """The rate in words, without a date."""
        over = PLAIN[self.denominator.measure].words
        if self.denominator.population == "dfe" and population_printed():
            over += f"; of {' and '.join(population_printed())} the population printed in the DSG sheet"
        adjusted = ", adjusted for area costs" if self.is_adjusted else ""
        return f"{PLAIN[self.numerator].words}{self.denominator.per_words} ({over}{adjusted})"

    @property
    def unit(self) -> Unit:
        """Pounds of what."""
        return self.denominator.unit

    @property
    def period(self) -> PeriodKind:
        """What a period of the rate is: that of the money."""
        return PLAIN[self.numerator].period

    @property
    def tables(self) -> tuple[str, ...]:
        """The tidy tables that hold numerator and denominator."""
        return (*PLAIN[self.numerator].tables, *PLAIN[self.denominator.measure].tables)


_DSG_UNITS: dict[str, Unit] = {
    "basic_entitlement_rate": "gbp_per_pupil", "basic_entitlement_pupils": "count", "population_2_18": "count",
}  # fmt: skip
_FUNDING = tuple(
    PlainMeasure(name, words, "gbp", "dsg", terms, short=short)
    for name, words, terms, short in (
        ("block", "high needs block before deductions", ("total_before_deductions",), "Block"),
        ("nff", "high needs formula inside the floor and gains limit", ("nff_in_protection",), "Formula"),
        ("nff_additional", "high needs formula inside the floor and gains limit plus the additional allocation",
            ("nff_in_protection", "additional"), "Formula and additional"),
        ("after_deductions", "high needs block after deductions for places that DfE pays for directly",
            ("total_after_deductions",), "After deductions"),
    )
)  # fmt: skip
_SINGLE = {item for found in _FUNDING if len(found.items) == 1 for item in found.items}

#: Every plain measure by name.
PLAIN: dict[str, PlainMeasure] = {
    found.name: found
    for found in (
        *_FUNDING,
        *(
            PlainMeasure(term, words, _DSG_UNITS.get(term, "gbp"), "dsg", (term,))
            for term, words in DSG_TERMS.items()
            if term not in _SINGLE
        ),
        PlainMeasure("pupils", "pupils of the schools block", "count", "pupils", ("primary", "secondary")),
        PlainMeasure("pupils_primary", "primary pupils of the schools block", "count", "pupils", ("primary",)),
        PlainMeasure("pupils_secondary", "secondary pupils of the schools block", "count", "pupils", ("secondary",)),
        PlainMeasure("plans", "statements of SEN, while there were any, and EHC plans", "count", "plans", ("total",)),
        PlainMeasure("plans_ehc", "EHC plans without statements of SEN", "count", "plans", ("ehc_plan",)),
        PlainMeasure("plans_statements", "statements of SEN", "count", "plans", ("statement",)),
        *(
            PlainMeasure(f"people_{name}", words, "count", "population", (ages,), series)
            for name, words, ages, series in (
                ("2_18_ons", "people aged 2 to 18, ONS estimate", "2-18", "ons_estimate"),
                ("2_18_dfe", "people aged 2 to 18, the formula's own: ONS 2018-based projection", "2-18",
                    "dfe_projection"),
                ("0_25_ons", "people aged 0 to 25, ONS estimate", "0-25", "ons_estimate"),
                ("all_ons", "people of all ages, ONS estimate", "all", "ons_estimate"),
            )
        ),
        *(
            PlainMeasure(f"{kind}_{line}", f"{words}, section 251 {kind}", "gbp", "spending", (line,), kind)
            for kind, (line, words) in product(("budget", "outturn"), SPENDING_LINES.items())
        ),
        *(
            PlainMeasure(
                f"tool_{line}", f"{words}, benchmarking tool",
                "gbp" if line.startswith(("nff_", "import_")) else "count", "spending", (line,), "formula_factor",
            )
            for line, words in FACTOR_LINES.items()
        ),
        PlainMeasure(
            "balance", "cumulative DSG balance as % of income (below zero: deficit)", "pct", "balance",
            ("balance_pct_of_income",),
        ),
    )
}  # fmt: skip

#: Every rate by name: `block_per_head`, `nff_per_head_dfe`, `block_per_plan_adjusted`.
RATES: dict[str, Rate] = {
    (name := f"{money}_per_{per}{suffix}{'_adjusted' if adjusted else ''}"): Rate(
        name, money, denominator(per, population), adjusted
    )
    for money, (per, population, suffix), adjusted in product(
        MEASURES,
        (("head", "ons", ""), ("head", "dfe", "_dfe"), ("pupil", "ons", ""), ("plan", "ons", "")),
        (False, True),
    )
}


def find_measure(name: str) -> PlainMeasure | Rate:
    """Return a measure by name.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    known: dict[str, PlainMeasure | Rate] = {**PLAIN, **RATES}
    if not isinstance(name, str) or name not in known:
        near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.6)
        todo = f"Did you mean {' or '.join(near)}?" if near else "See `hnf measures` for all."
        raise UsageError(f"there is no measure '{str(name)[:60]}'", todo=todo)
    return known[name]
