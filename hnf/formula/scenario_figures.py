"""The block of an authority under a scenario that ships, as a figure with the published cells it rests on.

Ids are `scenario:<name>:<year>:<area>`: the name of a scenario or of several joined by `+`, a code or `england`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.formula.block import BASIC_ENTITLEMENT, TOTAL
from hnf.formula.block_arrays import count_spec
from hnf.formula.block_terms import BEFORE_GAINS_LIMIT, BLOCK
from hnf.formula.change_schema import Change
from hnf.formula.scenario import ScenarioResult, area_words, run_scenario, scenario_id
from hnf.formula.scenario_files import JOIN, combine, library_path, read_scenario
from hnf.measures.published import ENGLAND, dsg_id
from hnf.measures.rates import denominator_amounts
from hnf.store import Store
from hnf.years import FinancialYear

_CELLS = {BLOCK: (TOTAL,), BASIC_ENTITLEMENT: ("basic_entitlement_rate", "basic_entitlement_pupils")}


def scenario_figure(store: Store, name: str, year: FinancialYear, area: str) -> Figure:
    """Return a block under a scenario that ships as a figure.

    Parameters
    ----------
    store : Store
    name : str
        Of the scenario, or of several joined by `+`.
    year : FinancialYear
    area : str
        Three-digit code or `england`.

    Raises
    ------
    FormulaError
        If there is no such scenario, or it is not for the year.
    UsageError
        If the authority had no allocation in the year.
    """
    found = run_scenario(store, combine([read_scenario(library_path(part)) for part in name.split(JOIN)]), year)
    codes = found.arrays.la_codes
    if area == ENGLAND:
        value, inputs = math.fsum(found.scenario_gbp), tuple(scenario_id(name, year, code) for code in codes)
        derivation = "sum of all authorities under the scenario"
    elif area in codes:
        value, inputs = float(found.scenario_gbp[codes.index(area)]), _inputs(store, found, area)
        derivation = "block as printed, then: " + "; ".join(effect.in_words for effect in found.effects)
    else:
        raise UsageError(f"{area_words(store, area)} had no allocation in {year}")
    return Figure(
        id=scenario_id(name, year, area),
        label=f"High needs block, {area_words(store, area)}, {year}, if: {found.scenario.title}",
        value=value,
        unit="gbp",
        basis="derived",
        inputs=inputs,
        derivation=derivation,
    )


def _inputs(store: Store, found: ScenarioResult, la_code: str) -> tuple[str, ...]:
    """Return the cells behind an authority's amount: everyone's, where a change shares money between authorities."""
    wanted = [effect.change for effect in found.effects]
    codes = found.arrays.la_codes if any(is_shared(change) for change in wanted) else (la_code,)
    own = dsg_id(store, found.year, la_code, TOTAL)
    ids = (id_ for change in wanted for id_ in _cells(store, found.year, change, codes))
    return tuple(dict.fromkeys((own, *ids)))


def is_shared(change: Change) -> bool:
    """Whether what an authority gets depends on the figures of the others."""
    if change.kind == "minimum_rate":
        return "rate_gbp" not in change.parameters or change.choice("financed_by") == "rest"
    return change.kind not in ("uplift", "gains_limit")


def _cells(store: Store, year: FinancialYear, change: Change, codes: tuple[str, ...]) -> Iterable[str]:
    terms = _CELLS.get(change.term, (change.term,))
    per = change.choice("per")
    if change.kind == "gains_limit" or per == "flat_share":
        terms = (*terms, BEFORE_GAINS_LIMIT)
    counts: dict[str, tuple[str, ...]] = {}
    if per not in ("", "flat_share"):
        counts = denominator_amounts(store, count_spec(year, per, change.choice("population") or "ons")).inputs
    for code in codes:
        yield from (dsg_id(store, year, code, term) for term in terms)
        yield from counts.get(code, ())
