"""The register of measures: what the tidy tables hold, under one name each, and the rates made of two of them.

A published kind says which table holds a figure and how its id is made. A plain measure names items of a kind; a rate
divides a plain measure by another. Periods and areas are not listed here: `hnf.measures.shares.periods_of` and
`areas_of` read them from the tables, so that a new year is data alone. A new table is a loader, a schema and its
entries here. This module reads no table; values come from `hnf.measures.shares.amounts` and `measure_figure`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
    SEN2_ITEMS,
    SPENDING_LINES,
    reported_label,
    term_label,
)
from hnf.text import capital

PeriodKind = Literal["financial year", "January", "calendar year", "mid-year"]
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


def _sen2_item(table: str, item: str, _: str) -> str:
    return SEN2_ITEMS[table][item]


def _plans_in_words(plan_type: str, january: str) -> str:
    return _PLANS["ehc_plan" if plan_type == "total" and int(january) > statements_until() else plan_type]


#: Tables of the SEN2 returns: name, what it is about, column and kind of the period, the period in words.
_RETURNS: tuple[tuple[str, str, str, PeriodKind, str], ...] = (
    ("placements", "Plans by setting", "january", "January", "January {period}"),
    ("primary_need", "Plans by primary need", "january", "January", "January {period}"),
    ("lait", "Interactive tool", "year", "January", "{period}"),
    ("new_plans", "New plans", "calendar_year", "calendar year", "{period}"),
    ("requests", "Requests", "calendar_year", "calendar year", "{period}"),
    ("assessments", "Assessments", "calendar_year", "calendar year", "{period}"),
    ("timeliness", "Timeliness", "calendar_year", "calendar year", "{period}"),
    ("ceased_plans", "Ceased plans", "calendar_year", "calendar year", "{period}"),
    ("annual_reviews", "Annual reviews", "calendar_year", "calendar year", "{period}"),
    ("appeals", "Appeals", "calendar_year", "calendar year", "{period}"),
)

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
    **{
        table: PublishedKind(
            table, (column, "release"), "item", "value", kind, "area", f"{title}: {{item}}, {{area}}, {when}",
            partial(_sen2_item, table),
        )
        for table, title, column, kind, when in _RETURNS
    },
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

    `short` are the words for a narrow column. With `of_collected`, items that a release does not collect are left out
    of the sum: settings that were split, merged or brought in over the years, under one name.
    """

    name: str
    words: str
    unit: Unit
    kind: str
    items: tuple[str, ...]
    series: str = ""
    short: str = ""
    of_collected: bool = False

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


@dataclass(frozen=True)
class Share:
    """A plain measure over another: 100 times of the same area and period, or 1,000 times over people.

    `short` are the words for a narrow column.
    """

    name: str
    words: str
    part: str
    whole: str
    short: str = ""

    @property
    def is_of_people(self) -> bool:
        """Whether it is a rate per 1,000 people rather than a share."""
        return PLAIN[self.whole].kind == "population"

    @property
    def times(self) -> int:
        """What part over whole is multiplied by."""
        return 1000 if self.is_of_people else 100

    @property
    def unit(self) -> Unit:
        """Per cent, or per 1,000 people."""
        return "per_1000" if self.is_of_people else "pct"

    @property
    def how(self) -> str:
        """The arithmetic in words."""
        return f"{self.times:,} × {PLAIN[self.part].words} ÷ {PLAIN[self.whole].words}"

    @property
    def period(self) -> PeriodKind:
        """What a period of it is: that of the part."""
        return PLAIN[self.part].period

    @property
    def tables(self) -> tuple[str, ...]:
        """The tidy tables that hold part and whole."""
        return tuple(dict.fromkeys((*PLAIN[self.part].tables, *PLAIN[self.whole].tables)))


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

#: Settings of the groups of placements, which together are all plans.
_GROUPS = {
    "mainstream": ("in mainstream schools", ("mainstream_total",)),
    "special_state": (
        "in state-funded special schools",
        ("special_la_maintained", "special_academy_free", "special_academy", "special_free_school"),
    ),
    "special_independent": (
        "in independent and non-maintained special schools", ("special_independent", "special_non_maintained"),
    ),
    "further_education": ("in further education and specialist post-16 institutions", ("fe_total",)),
    "alternative_provision": ("in alternative provision and pupil referral units", ("ap_pru_total",)),
    "elsewhere": (
        "educated elsewhere: at home, in other arrangements or settings, awaiting a place, or not in education",
        (
            "elective_home_education", "other_arrangements_la", "other_arrangements_parents", "online_provider",
            "w_settings", "other_schools", "other_placement_settings", "neet", "neet_ntci", "neet_other",
            "neet_other_csa", "awaiting_provision", "permanently_excluded",
        ),
    ),
    "early_years": ("in non-maintained early years settings", ("nm_early_years",)),
    "setting_unknown": ("whose setting is not recorded", ("placement_unknown",)),
}  # fmt: skip
_SHORT_GROUPS = {
    "mainstream": "Mainstream", "special_state": "State special", "special_independent": "Independent special",
    "further_education": "Further education", "alternative_provision": "Alternative provision",
    "elsewhere": "Elsewhere", "early_years": "Early years", "setting_unknown": "Setting unknown",
}  # fmt: skip
#: Primary needs, in words.
NEEDS = {need: words for need, words in SEN2_ITEMS["primary_need"].items() if need != "total"}
#: Counts of the SEN2 release: name, words, table, item, words for a narrow column.
_COUNTS = (
    ("new_plans", "new EHC plans (and statements of SEN, while there were any)", "new_plans", "total", "New plans"),
    ("requests", "requests for an EHC needs assessment", "requests", "received", "Requests"),
    ("requests_refused", "requests for an EHC needs assessment that were refused", "requests", "not_assess", "Refused"),
    ("requests_undecided", "requests without a decision by the end of the year", "requests", "undecided", "Undecided"),
    ("requests_in_6_weeks", "requests decided within six weeks", "requests", "within_6_weeks", "In 6 weeks"),
    ("requests_over_6_weeks", "requests decided after six weeks", "requests", "over_6_weeks", "Over 6 weeks"),
    ("plans_issued", "new EHC plans issued, exceptions included", "timeliness", "issued", "Plans issued"),
    ("plans_issued_ex", "new EHC plans issued, without exceptions", "timeliness", "issued_ex", "Without exceptions"),
    ("plans_in_20_weeks", "new EHC plans issued within 20 weeks, exceptions included", "timeliness",
        "within_20_weeks", "In 20 weeks"),
    ("plans_in_20_weeks_ex", "new EHC plans issued within 20 weeks, without exceptions", "timeliness",
        "within_20_weeks_ex", "In 20 weeks, no exceptions"),
    ("plans_over_52_weeks", "new EHC plans issued after more than 52 weeks, exceptions included", "timeliness",
        "over_52_weeks", "Over 52 weeks"),
    ("assessments_issued", "EHC needs assessments after which a plan was issued", "assessments", "issued", "Issued"),
    ("assessments_refused", "EHC needs assessments after which it was decided to issue no plan", "assessments",
        "not_issued", "No plan"),
    ("ceased_plans", "EHC plans that ceased", "ceased_plans", "total", "Ceased plans"),
    ("appeals", "appeals registered with the SEND Tribunal", "appeals", "appeals", "Appeals"),
    ("appealable_decisions", "appealable decisions of the year (series in development)", "appeals",
        "decisions_in_development", "Decisions"),
    ("appealable_decisions_old", "appealable decisions as counted before, each plan in place among them",
        "appeals", "decisions", "Decisions, old"),
    ("needs_counted", "EHC plans by primary need", "primary_need", "total", "Plans by need"),
    ("reviews_in_4_weeks", "annual reviews decided within four weeks", "annual_reviews", "within_4_weeks",
        "Reviews in 4 weeks"),
    ("reviews_over_4_weeks", "annual reviews decided after four weeks", "annual_reviews", "over_4_weeks",
        "Reviews over 4 weeks"),
)  # fmt: skip
_PUPILS_PCT = {
    "sen_support_pct": ("pupils with SEN support and no plan, % of pupils", "SEN support"),
    "pupils_with_plans_pct": ("pupils with an EHC plan or statement, % of pupils", "Pupils with plans"),
}
_LAIT_PERCENT = {item for item in SEN2_ITEMS["lait"] if item.endswith("_pct")}
_NAMED = {(table, item) for _, _, table, item, _ in _COUNTS} | {("lait", item) for item in _PUPILS_PCT}
#: What the SEN2 release and the local authority interactive tool print, each under one name.
_NEED = (
    *(
        PlainMeasure(
            f"{table}_{item}", f"{title.lower()}: {words}",
            "pct" if table == "lait" and item in _LAIT_PERCENT else "count", table, (item,), short=words,
        )
        for table, title, *_ in _RETURNS
        for item, words in SEN2_ITEMS[table].items()
        if (table, item) not in _NAMED
    ),
    *(PlainMeasure(name, words, "count", table, (item,), short=short) for name, words, table, item, short in _COUNTS),
    PlainMeasure(
        "requests_decided", "requests decided", "count", "requests", ("within_6_weeks", "over_6_weeks"),
        short="Requests decided",
    ),
    PlainMeasure(
        "assessments_decided", "EHC needs assessments with a decision on a plan", "count", "assessments",
        ("issued", "not_issued"), short="Assessments decided",
    ),
    PlainMeasure(
        "reviews_decided", "annual reviews with a decision", "count", "annual_reviews",
        ("within_4_weeks", "over_4_weeks"), short="Reviews decided",
    ),
    *(
        PlainMeasure(f"placed_{name}", f"EHC plans {words}", "count", "placements", items, of_collected=True,
            short=_SHORT_GROUPS[name])
        for name, (words, items) in _GROUPS.items()
    ),
    *(PlainMeasure(item, f"{words} (interactive tool)", "pct", "lait", (item,), short=short)
      for item, (words, short) in _PUPILS_PCT.items()),
)  # fmt: skip

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
        PlainMeasure(
            "plans", "EHC plans (and statements of SEN, while there were any)", "count", "plans", ("total",),
            short="EHC plans",
        ),
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
        *_NEED,
        PlainMeasure(
            "balance", "cumulative DSG balance as % of income (below zero: deficit)", "pct", "balance",
            ("balance_pct_of_income",),
        ),
    )
}  # fmt: skip

#: Every share and rate per 1,000 people by name.
SHARES: dict[str, Share] = {
    found.name: found
    for found in (
        Share("plans_per_1000_0_25", "EHC plans per 1,000 people aged 0 to 25", "plans", "people_0_25_ons",
            "Plans per 1,000, 0 to 25"),
        Share("plans_per_1000_2_18", "EHC plans (at any age) per 1,000 people aged 2 to 18", "plans",
            "people_2_18_ons", "Plans per 1,000, 2 to 18"),
        Share("new_plans_per_1000", "new EHC plans per 1,000 people aged 0 to 25", "new_plans", "people_0_25_ons",
            "New plans per 1,000"),
        Share("requests_per_1000", "requests for an EHC needs assessment per 1,000 people aged 0 to 25", "requests",
            "people_0_25_ons", "Requests per 1,000"),
        Share("refused_pct", "requests for an EHC needs assessment that were refused, % of requests",
            "requests_refused", "requests", "Requests refused"),
        Share("undecided_pct", "requests without a decision by the end of the year, % of requests",
            "requests_undecided", "requests", "Requests undecided"),
        Share("decided_6_weeks_pct", "requests decided within six weeks, % of requests decided",
            "requests_in_6_weeks", "requests_decided", "Decided in 6 weeks"),
        Share("not_issued_pct", "EHC needs assessments that led to no plan, % of those decided",
            "assessments_refused", "assessments_decided", "Assessed, no plan"),
        Share("within_20_weeks_pct", "new EHC plans issued within 20 weeks, % of plans issued, exceptions included",
            "plans_in_20_weeks", "plans_issued", "In 20 weeks"),
        Share("within_20_weeks_ex_pct", "new EHC plans issued within 20 weeks, % of plans issued, without exceptions",
            "plans_in_20_weeks_ex", "plans_issued_ex", "The same, no exceptions"),
        Share("over_52_weeks_pct", "new EHC plans issued after more than 52 weeks, % of plans issued",
            "plans_over_52_weeks", "plans_issued", "Over 52 weeks"),
        *(
            Share(f"{name}_pct", f"EHC plans {words}, % of plans", f"placed_{name}", "placements_total",
                _SHORT_GROUPS[name])
            for name, (words, _) in _GROUPS.items()
        ),
        Share("independent_special_pct", "EHC plans in independent special schools alone, % of plans",
            "placements_special_independent", "placements_total", "Independent special alone"),
        *(
            Share(f"need_{need}_pct", f"EHC plans by primary need: {words}, % of plans", f"primary_need_{need}",
                "needs_counted", words)
            for need, words in NEEDS.items()
        ),
        Share("appeal_rate_pct", "appeals to the SEND Tribunal, % of appealable decisions of the year (series in "
            "development)", "appeals", "appealable_decisions", "Appeal rate"),
        Share("appeal_rate_old_pct", "appeals to the SEND Tribunal, % of appealable decisions as counted before, "
            "each plan in place among them", "appeals", "appealable_decisions_old", "Appeal rate, old"),
        Share("reviews_4_weeks_pct", "annual reviews decided within four weeks, % of those decided",
            "reviews_in_4_weeks", "reviews_decided", "Reviews in 4 weeks"),
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

_ALL: dict[str, PlainMeasure | Rate | Share] = {**PLAIN, **RATES, **SHARES}


def find_measure(name: str) -> PlainMeasure | Rate | Share:
    """Return a measure by name.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    if not isinstance(name, str) or name not in _ALL:
        near = difflib.get_close_matches(str(name), _ALL, n=3, cutoff=0.6)
        todo = f"Did you mean {' or '.join(near)}?" if near else "See `hnf measures` for all."
        raise UsageError(f"there is no measure '{str(name)[:60]}'", todo=todo)
    return _ALL[name]
