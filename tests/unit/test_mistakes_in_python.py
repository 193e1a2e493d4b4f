"""A wrong argument of a public function is a `UsageError` that says what there is, never another error or an answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fixtures.explorer_page import library, stand_in

import hnf
from hnf.analysis.association import elasticity, pair_association, pair_specs, year_association
from hnf.analysis.editions import compare_editions
from hnf.analysis.gaps import equivalents
from hnf.analysis.inequality import spreads
from hnf.analysis.lineage import lineage
from hnf.analysis.projection import project
from hnf.analysis.shares import additional_shares
from hnf.analysis.spending import spending
from hnf.analysis.trace import resolve
from hnf.errors import FormulaError, UsageError
from hnf.export.export import export_files
from hnf.measures.prices import deflator
from hnf.measures.rates import RateSpec, measure_amounts, rate_table
from hnf.measures.register import MEASURES, PERS, POPULATIONS
from hnf.measures.shares import amounts, areas_of, measure_figure, periods_of
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

YEAR = FinancialYear(2023)
SPEC = RateSpec(YEAR)
SCENARIO = hnf.find_scenarios(["no_gains_limit"])[0]

_MEASURES = ("block, nff, nff_additional", "after_deductions")
_YEARS = ("Years are 2019-20, 2020-21, 2021-22, 2022-23, 2023-24",)
_FORM = ("is not a financial year", "Write it as 2023-24")
#: Wrong values of an argument, each with what the message must say.
Wrong = list[tuple[Any, tuple[str, ...]]]
WHO: Wrong = [
    ("Hertfodshire", ("no authority is called 'Hertfodshire'", "Did you mean Hertfordshire")),
    ("", ("no authority is called ''",)),
    (None, ("no authority is called 'None'", "name or code")),
    (919, ("no authority is called '919'", "name or code")),
]
YEARS: Wrong = [
    (FinancialYear(2031), _YEARS),
    ("2031-32", _YEARS),
    ("", _FORM),
    ("23", _FORM),
    (23, _FORM),
    (January(2023), _FORM),
    ([YEAR], _FORM),
]
#: A year of which there need not be an allocation, or that is checked against something else.
FORMS: Wrong = YEARS[2:]
JANUARIES: Wrong = [
    (January(2031), ("there is no count for January 2031", "Counts run from January 2010 to 2026")),
    ("2031", ("there is no count for January 2031",)),
    (YEAR, ("'2023-24' is not the year of a January count", "Write it as 2024")),
    ("", ("is not the year of a January count",)),
]
SERIES_YEARS: Wrong = [
    ("2023-24", ("'2023-24' is no January or calendar year", "Write it as 2024")),
    ("", ("'' is no January or calendar year",)),
    (2090, ("the tables have no figure of plans", "There are: ")),
]
MEASURE: Wrong = [
    ("blok", ("no measure 'blok'", "Did you mean block", *_MEASURES)),
    ("pupils", ("no measure 'pupils'", *_MEASURES)),
    (None, ("no measure 'None'", *_MEASURES)),
    (["block"], ("no measure", *_MEASURES)),
]
MEASURE_FORMS: Wrong = [(value, ("no reported measure",)) for value in ("", 7, ["block"])]
PER: Wrong = [
    ("pupils", ("no denominator 'pupils'", "Did you mean pupil", "head, pupil, plan or none")),
    ("", ("no denominator ''", "head, pupil, plan or none")),
    (None, ("no denominator 'None'",)),
]
POPULATION: Wrong = [
    ("dfee", ("no population 'dfee'", "Did you mean dfe", "ons or dfe")),
    ("ONS 2018", ("no population 'ONS 2018'", "ons or dfe")),
    (None, ("no population 'None'",)),
]
SPECS: Wrong = [("block", ("RateSpec",)), (None, ("RateSpec",))]
NAME: Wrong = [
    ("blok", ("no measure 'blok'", "Did you mean block")),
    ("block_per_pupils", ("no measure 'block_per_pupils'", "block_per_pupil")),
    (None, ("no measure 'None'",)),
]
PERIOD: Wrong = [("2031-32", ("2031-32",)), ("last year", ("last year",)), (None, ("None",))]
COUNTED: Wrong = [(value, (f"in {str(value)[:5]}", "There are: 2016")) for value in ("2031", "last", "20244", ["2024"])]
TABLE_YEARS: Wrong = [
    ("2031-32", ("no figure of block", "The nearest is 2023-24")),
    ("last", ("'last' is no year", "Write it as 2023-24, or 2024")),
]
RATE = {"measure": MEASURE, "per": PER, "population": POPULATION}
VINTAGE: Wrong = [("june", ("no vintage 'june'", "Vintages are")), (2026, ("no vintage '2026'",))]
NUMBER: Wrong = [("fast", ("'fast' is not a number",)), (None, ("'None' is not a number",)), (float("nan"), ("nan",))]
FLAG: Wrong = [("yes", ("'yes'", "True or False"))]
LEVEL: Wrong = [("regions", ("no level 'regions'", "Did you mean region")), (None, ("no level 'None'",))]
REGION: Wrong = [("Kent", ("Kent is no region",)), ("Londin", ("'Londin'", "Did you mean London")), (7, ("'7'",))]
AUDIENCE: Wrong = [
    ("journalist", ("no audience 'journalist'", "mp, councillor or analyst")),
    (None, ("no audience 'None'",)),
]
SETS = ("neighbours, neighbours-2021, neighbours-2025, borders, region, type",)

#: Each function with arguments that are right, and for each argument what is wrong.
TABLE: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Wrong]]] = [
    (RateSpec, {"year": YEAR}, {"year": FORMS, **RATE, "area_costs": FLAG}),
    (
        hnf.allocate,
        {"who": "919", "year": YEAR},
        {"who": WHO, "year": YEARS, **{k: RATE[k] for k in ("per", "population")}},
    ),
    (hnf.rank, {"spec": SPEC}, {"spec": SPECS, "level": LEVEL, "region": REGION}),
    (rate_table, {"spec": SPEC}, {"spec": SPECS}),
    (hnf.rank_card, {"who": "919", "year": YEAR}, {"who": WHO, "year": YEARS}),
    (
        hnf.reported,
        {"who": "919", "year": None, "measure": None},
        {
            "who": [*WHO[:2], (919, ("no area is called '919'", "name or code"))],  # None asks for all
            "year": [("2031-32", ("nothing is reported for 2031-32", "Years are 2013-14")), *FORMS],
            "measure": [("blok", ("no reported measure 'blok'", "Did you mean block")), *MEASURE_FORMS],
        },
    ),
    (
        hnf.bounds,
        {"who": "919", "year": None},
        {
            "who": [
                *WHO[:2],
                (None, ("no area is called 'None'",)),
                (919, ("no area is called '919'", "name or code")),
            ],
            "year": [
                ("2031-32", ("there are no bounds of 2031-32", "There are bounds of 2024-25 and 2025-26")),
                (YEAR, ("2023-24 has a table",)),
                *FORMS,
            ],
        },
    ),
    (
        hnf.gap,
        {"spec": SPEC, "who": "919", "to": "average", "model": None},
        {
            "spec": SPECS,
            "who": WHO,
            "to": [
                ("averge", ("no authority is called 'averge'", "Did you mean average")),
                ("neighbours-2019", ("no model '2019'", "2021, 2025")),
                (None, ("average, median",)),
                ("", ("average, median",)),
            ],
            "model": [("2019", ("no model '2019'", "Models are 2021, 2025")), (2019, ("no model '2019'",))],
        },
    ),
    (
        hnf.compare,
        {"spec": SPEC, "who": "919", "which": "region"},
        {
            "spec": SPECS,
            "who": WHO,
            "which": [
                ("neighbors", ("no authority is called 'neighbors'", "neighbours-2021")),
                ("neighbours-2019", ("no model '2019'", "Models are 2021, 2025")),
                ("", ("there is nobody to compare with", "neighbours")),
                (None, ("neighbours",)),
            ],
        },
    ),
    (
        hnf.growth,
        {"who": "919"},
        {"who": WHO, "start": JANUARIES, "end": JANUARIES, "measure": MEASURE, "base": FORMS, "vintage": VINTAGE},
    ),
    (
        hnf.measure_growth,
        {"who": "919", "name": "requests"},
        {
            "who": WHO,
            "name": [*NAME, ("block", ("block is of funding", "nff_additional")), ("nff_per_plan", ("is of funding",))],
            "start": COUNTED,
            "end": COUNTED,
        },
    ),
    (hnf.measure_spec, {"name": "requests"}, {"name": NAME, "period": COUNTED}),
    (
        hnf.MeasureSpec,
        {"measure": "requests", "period": "2024"},
        {
            "measure": [*NAME, ("block_per_plan", ("is a rate of funding", "RateSpec"))],
            "period": [("", ("is not a period",)), (None, ("'None' is not a period", "Write it as 2024"))],
        },
    ),
    (
        pair_specs,
        {"names": ("requests", "refused_pct")},
        {
            "names": [(("requests", "blok"), ("Did you mean block",)), (("requests", "tool_nff"), ("no measure",))],
            "year": [("2031", ("no 2031 has figures", "Years of both: 2016")), ("x", ("'x' is not the year",))],
        },
    ),
    (
        pair_association,
        {"spec": SPEC, "against": SPEC},
        {"spec": SPECS, "against": [(hnf.MeasureSpec("requests", "1999"), ("in 1999", "There are: 2016")), *SPECS]},
    ),
    (
        hnf.wedge,
        {"who": "919"},
        {
            "who": WHO,
            "measure": MEASURE,
            "start": YEARS,
            "base": FORMS,
            "vintage": VINTAGE,
        },
    ),
    (
        hnf.explain,
        {"who": "919", "year": YEAR},
        {
            "who": WHO,
            "year": YEARS,
            "against": YEARS,
            "order": [("shaply", ("no order 'shaply'", "Did you mean shapley", "shapley or sheet"))],
            "population": POPULATION,
        },
    ),
    (
        hnf.need,
        {"who": "919"},
        {
            "who": [*WHO[:2], (None, ("name or code",)), (919, ("no area is called '919'", "name or code"))],
            "start": SERIES_YEARS,
            "end": SERIES_YEARS[:2],
            "measures": [
                ("blok", ("no measure 'blok'", "Did you mean block")),
                (["block"], ("block is not counted by January",)),
                (7, ("no measure '7'",)),
                ([], ("no figure of nothing",)),
            ],
        },
    ),
    (hnf.protection, {"year": YEAR}, {"year": [*FORMS, (FinancialYear(2031), ("2031-32",))]}),
    (hnf.reconcile, {"year": YEAR}, {"year": YEARS}),
    (
        hnf.catch_up,
        {"spec": SPEC, "who": "919", "own_growth_pct": 6.0, "england_growth_pct": 3.0, "share_pct": 100.0},
        {"spec": SPECS, "who": WHO, "own_growth_pct": NUMBER, "england_growth_pct": NUMBER, "share_pct": NUMBER},
    ),
    (
        hnf.trace,
        {"figure_id": "rate:2023-24:block:pupil:919"},
        {
            "figure_id": [
                ("rate:2023-24:block:pupils:919", ("pupils",)),
                ("rate:2023-24:blok:pupil:919", ("blok",)),
                ("rate:2031-32:block:pupil:919", _YEARS),
                ("rate:2023-24:block:head.tool:919", ("head.tool",)),
                ("", ("''",)),
                (None, ("None",)),
            ]
        },
    ),
    (
        hnf.check_text,
        {"text": "Third lowest of 151.", "who": "919", "said": "2024-06"},
        {"who": WHO[:1], "text": [(None, ("text",))], "said": [("soon", ("'soon' is no date", "Write it as"))]},
    ),
    (hnf.build_pack, {"who": "Isles of Scilly"}, {"who": WHO, "audience": AUDIENCE}),
    (
        hnf.build_constituency_pack,
        {"name": "Hertford and Stortford"},
        {
            "name": [("Hertfrd and Stortford", ("Hertford and Stortford",)), (None, ("constituency",))],
            "audience": AUDIENCE,
        },
    ),
    (
        hnf.build_region_pack,
        {"name": "London"},
        {"name": [("Londn", ("London",)), (None, ("region",))], "audience": AUDIENCE},
    ),
    (measure_amounts, {"year": YEAR, "measure": "block"}, {"year": YEARS, "measure": MEASURE}),
    (amounts, {"name": "plans", "period": "2026"}, {"name": NAME, "period": PERIOD}),
    (
        measure_figure,
        {"name": "plans", "area": "919", "period": "2026"},
        {
            "name": NAME,
            "period": PERIOD,
            "area": [("999", ("999",)), (None, ("None",)), ("Hertfordshire", ("Hertfordshire",))],
        },
    ),
    (
        measure_figure,
        {"name": "block_per_head", "area": "919", "period": "2023-24"},
        {
            "name": NAME,
            "period": PERIOD,
            "area": [("999", ("999",)), (None, ("None",)), ("Hertfordshire", ("Hertfordshire",))],
        },
    ),
    (periods_of, {"name": "plans"}, {"name": NAME}),
    (areas_of, {"name": "plans"}, {"name": NAME}),
    (spreads, {}, {**RATE, "year": YEARS}),
    (
        hnf.parameters,
        {"year": "2023-24", "against": "2022-23"},
        {
            "year": [("23", _FORM), (None, ("two years",)), ("2031-32", ("no parameter file of 2031-32",))],
            "against": [("23", _FORM), (2031, ("no parameter file of 2031-32",))],
        },
    ),
    (
        hnf.map_chart,
        {"measure": "nff", "year": "2023-24"},
        {
            "measure": [("blok", ("no measure 'blok'", "Did you mean block"))],
            "year": [*YEARS, (None, ("needs a financial year",))],
            "per": PER,
            "population": POPULATION,
            "growth": [((2031, None), ("no count for January 2031",)), (("", None), ("not the year of a January",))],
            "highlight": [(["Hertfodshire"], ("Did you mean Hertfordshire",))],
        },
    ),
    (
        hnf.figure_of,
        {"answer": hnf.rank(Store(), SPEC)},
        {"answer": [(hnf.gap(Store(), SPEC, "919"), ("to draw",))], "size": [("colum", ("column", "slide"))]},
    ),
    (hnf.inequality, {}, {**RATE, "year": YEARS}),
    (
        hnf.association,
        {"measure": "nff", "year": "2023-24"},
        {
            "measure": [("blok", ("no measure 'blok'", "Did you mean block")), ("requests", ("requests with what",))],
            "against": [("blok", ("no measure 'blok'", "Did you mean block"))],
            "ages": [("0-18", ("no ages '0-18'", "2-18 or 0-25")), (None, ("no ages",))],
            "year": YEARS,
        },
    ),
    (
        hnf.diff,
        {"old": 2022, "new": 2025},
        {
            "old": [("2020-01-01", ("'2020-01-01'",)), (None, ("'None'",)), (2011, ("'2011'",))],
            "new": [("2020-01-01", ("2023-24: 2023-07-20",)), (None, ("2023-24: 2023-07-20",))],
            "year": [("23", _FORM), (2031, ("count no January in common",))],
            "table": [("request", ("request",)), (None, ("None",))],
        },
    ),
    (
        hnf.export_data,
        {"kind": "parquet", "tables": ["prices"]},
        {
            "kind": [("odf", ("no format 'odf'", "Did you mean ods"))],
            "tables": [(["price"], ("price",))],
            "years": [(["23"], _FORM)],
        },
    ),
    (
        year_association,
        {"year": YEAR},
        {
            "year": YEARS,
            "measure": MEASURE,
            "ages": [("0-18", ("no ages '0-18'", "2-18 or 0-25")), (None, ("no ages",))],
        },
    ),
    (elasticity, {}, {"measure": MEASURE, "start": YEARS, "end": YEARS}),
    (
        project,
        {"who": "919"},
        {
            "who": WHO,
            "years": [(9, ("over 9 years", "1 to 5")), ("two", ("over two years", "1 to 5")), (1.5, ("1.5 years",))],
        },
    ),
    (
        compare_editions,
        {"old": "2022", "new": "2025"},
        {
            "old": [
                ("2020-01-01", ("'2020-01-01'", "2023-24: 2023-07-20")),
                (None, ("'None'",)),
                ("2011", ("'2011'",)),
            ],
            "new": [("2020-01-01", ("2023-24: 2023-07-20",)), (None, ("2023-24: 2023-07-20",))],
            "year": [("23", _FORM), ("2031-32", ("count no January in common",))],
            "table": [
                ("request", ("request",)),
                (None, ("None",)),
                ("dsg_high_needs_block", ("dsg_high_needs_block",)),
            ],
        },
    ),
    (
        additional_shares,
        {"year": YEAR, "rule": "pupils"},
        {"year": YEARS, "rule": [("heads", ("no rule 'heads'", "flat_share, population, pupils or plans"))]},
    ),
    (
        deflator,
        {},
        {"base": FORMS, "vintage": VINTAGE},
    ),
    (
        hnf.run_scenario,
        {"scenario": SCENARIO, "year": "2023-24"},
        {
            "scenario": [
                ("no_gains_limt", ("no scenario 'no_gains_limt'", "no_gains_limit")),
                ({"gains_limt": 0.5}, ("unknown key 'gains_limt'", "Did you mean gains_limit")),
                ({"gains_limit": {"share": 1}}, ("unknown key 'share' in change 1", "share_removed")),
                ({"gains_limit": 2}, ("share_removed is 2", "from 0 to 1")),
                ({"uplift": 1}, ("uplift is 1", "pct, term")),
                ({"remove_gains_limit": 1}, ("remove_gains_limit is 1", "True or False")),
                ({"remove_gains_limit": False}, ("it changes nothing", "gains_limit")),
                ({}, ("it changes nothing",)),
                (7, ("'7' is no scenario",)),
            ],
            "year": [*FORMS, (FinancialYear(2031), ("It is for 2022-23, 2023-24",))],
        },
    ),
    (
        hnf.sweep,
        {"name": "limit_and_equal_rates", "year": "2023-24", "samples": 64},
        {
            "name": [("limit_and_equal_rate", ("Did you mean limit_and_equal_rates",))],
            "year": [*FORMS, ("2031-32", ("It is for",))],
            "samples": [(0, ("the number of scenarios",)), ("many", ("the number of scenarios",))],
            "seed": [(-1, ("the seed",)), ("x", ("the seed",))],
        },
    ),
    (
        hnf.winners_losers_chart,
        {"found": hnf.run_scenario(Store(), SCENARIO, YEAR)},
        {"highlight": WHO[:1] + WHO[3:]},
    ),
    (January, {"year": 2024}, {"year": [("2024", ("January.parse",)), (2024.0, ("January.parse",))]}),
    (
        FinancialYear,
        {"start": 2023},
        {"start": [("2023-24", ("FinancialYear.parse",)), (None, ("FinancialYear.parse",))]},
    ),
    (
        Store,
        {"as_at": "2026-01-01"},
        {"as_at": [("yesterday", ("'yesterday' is not a date", "2024-07-20")), (2024, ("not a date",))]},
    ),
    (
        hnf.table,
        {"measures": "block", "areas": ["919"]},
        {
            "measures": [*NAME[:2], (None, ("no measure is named",)), ([], ("no measure is named",)), (7, ("'7'",))],
            "years": [*TABLE_YEARS, ([], ("no year is named",))],
            "start": TABLE_YEARS,
            "end": [("1999", ("'1999' is no year",)), ("2012", ("The nearest is 2019-20",))],
            "growth_from": TABLE_YEARS,
            "areas": [(["Hertfodshire"], WHO[0][1]), ("Narnia", ("no authority is called 'Narnia'",)), (7, ("'7'",))],
            "region": [("Kent", ("Kent is not a region", "South East")), (7, ("'7'",)), ("Narnia", ("'Narnia'",))],
            "neighbours_of": WHO[:2] + WHO[3:],
            "level": [("regions", ("no level 'regions'", "Did you mean region")), ("region", ("named already",))],
            "base_year": [("2023-24", ("Add --real",))],
            **{name: [("yes", (f"no {name} 'yes'", "True or False"))] for name in ("with_rank", "real", "wide")},
        },
    ),
    (
        hnf.explorer,
        {"areas": "919"},
        {
            "areas": [
                *WHO[:1],
                ("", ("no area is named", "Leave --areas out")),
                (" , ", ("no area is named",)),
                ("Kent,Narnia", ("no authority is called 'Narnia'",)),
                ("York, City of", ("no authority is called 'City of'",)),
                (["Hertfodshire"], WHO[0][1]),
                ([""], ("no authority is called ''",)),
                ([None], ("no authority is called 'None'", "name or code")),
                (7, ("'7'",)),
            ],
            "region": [
                ("Kent", ("Kent is not a region", "South East")),
                ("England", ("England is not a region",)),
                ("Londin", ("Did you mean London",)),
                ("", ("no authority is called ''",)),
                (7, ("'7'",)),
            ],
        },
    ),
    (spending, {"who": "919"}, {"who": WHO}),
    (lineage, {"who": "919"}, {"who": WHO}),
]
#: Arguments that are objects of the package, places on the disk, or checked by a reader of files.
# What these hand on is computed once for equal arguments, and a list equals nothing.
CACHED = {hnf.protection, year_association, elasticity, pair_association}
OBJECTS = {
    "store",
    "found",
    "executor",
    "in_flight",
    "watch",
    "pack",
    "folder",
    "progress",
    "claim",
    "path",
    "words",
    "packs",
}


def _calls() -> Iterator[Any]:
    for function, right, mistakes in TABLE:
        for name, values in mistakes.items():
            for value, said in values:
                if isinstance(value, list) and function in CACHED:
                    said = ("a list or another collection was given",)  # noqa: PLW2901
                yield pytest.param(function, {**right, name: value}, said, id=f"{function.__name__}({name}={value!r})")


def _call(store: Store, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    has_store = "store" in inspect.signature(function).parameters
    if function is hnf.export_data:
        with TemporaryDirectory() as folder:
            return function(store, folder=folder, **arguments)
    if function is hnf.explorer:
        with library(stand_in()):
            return function(store, **arguments)
    return function(store, **arguments) if has_store else function(**arguments)


@pytest.mark.parametrize(("function", "arguments", "said"), list(_calls()))
def test_a_wrong_argument_is_said_with_what_there_is(
    store: Store, function: Callable[..., Any], arguments: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises((UsageError, FormulaError)) as caught:
        _call(store, function, arguments)
    for words in said:
        assert words in str(caught.value)


@pytest.mark.parametrize(("function", "right", "mistakes"), TABLE, ids=lambda one: getattr(one, "__name__", ""))
def test_the_right_arguments_are_answered(
    store: Store, function: Callable[..., Any], right: dict[str, Any], mistakes: dict[str, Wrong]
) -> None:
    assert mistakes
    assert _call(store, function, right) is not None


def test_every_argument_of_every_public_function_is_tried() -> None:
    tried = {(function.__name__, name) for function, _, mistakes in TABLE for name in mistakes}
    functions = [value for name in hnf.__all__ if inspect.isfunction(value := getattr(hnf, name))]
    assert len(functions) > 20
    functions.remove(hnf.allocate_by_factors)  # of a user's own factors: tests/scenarios/test_factors_of_a_user.py
    for function in [*functions, *(function for function, _, _ in TABLE)]:
        names = set(inspect.signature(function).parameters) - OBJECTS
        assert {(function.__name__, name) for name in names} <= tried


def test_text_is_taken_for_a_year_as_the_year_itself(store: Store) -> None:
    spec = RateSpec("2023-24")  # type: ignore[arg-type]
    assert spec == SPEC
    assert hnf.rank(store, spec).to_polars().equals(hnf.rank(store, SPEC).to_polars())
    assert hnf.allocate(store, "919", "2023-24") == hnf.allocate(store, "919", YEAR)  # type: ignore[arg-type]
    for year in (2023, "2023"):  # the year that begins then
        assert RateSpec(year) == SPEC  # type: ignore[arg-type]
        assert hnf.allocate(store, "919", year) == hnf.allocate(store, "919", YEAR)  # type: ignore[arg-type]
    assert hnf.growth(store, "919", "2020", 2024).dates == (January(2020), January(2024))  # type: ignore[arg-type]
    assert FinancialYear.parse(YEAR) is not None
    assert January.parse(January(2024)) == January(2024)


def test_no_two_specs_name_one_rate() -> None:
    """Pupils, plans and whole amounts have no population, whatever was given: equal ids, equal specs."""
    for per in ("pupil", "plan", "none"):
        assert RateSpec(YEAR, "block", per, "dfe") == RateSpec(YEAR, "block", per, "ons")
    specs = [
        RateSpec(YEAR, measure, per, population, adjusted)
        for measure in MEASURES
        for per in PERS
        for population in POPULATIONS
        for adjusted in (False, True)
        if per != "none" or not adjusted
    ]
    by_id = {spec.id_part: spec for spec in specs}
    assert all(by_id[spec.id_part] == spec for spec in specs)
    assert len(by_id) == len(set(specs)) == len(MEASURES) * (2 * 4 + 1)
    assert all(RateSpec.from_parts(*id_.split(":")) == spec for id_, spec in by_id.items())


def test_equivalents_of_a_gap_per_pupil_are_those_that_their_ids_name(store: Store) -> None:
    found = hnf.gap(store, RateSpec(YEAR, "block", "pupil", "dfe"), "919")
    for row in equivalents(store, found):
        assert resolve(store, row["figure_id"]).value == row["value_gbp"]


def test_area_costs_need_a_denominator() -> None:
    with pytest.raises(
        UsageError, match=r"area costs adjust a denominator, and there is none\. Use head, pupil or plan"
    ):
        RateSpec(YEAR, "block", "none", area_costs=True)


def test_an_unknown_format_of_export_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match=r"no format 'odf'\. Did you mean ods\? Use ees, datapackage"):
        export_files(store, "odf")  # type: ignore[arg-type]
