"""The factor engine: from counts to each authority's allocation, in the published order, every step a column.

Inside floor and gains limit: historic spend and the proxy factors. The national total of these is given; the proxy pot
is solved so that the total comes out after floor and limit, and the floor is thereby paid for inside it. Outside: basic
entitlement, import/export, special free schools, hospital and alternative provision, additional allocation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hnf.errors import FormulaError
from hnf.factors.inputs import INPUTS, OFFICIAL_WORKBOOK, FactorInputs
from hnf.formula import protection as protection_rates
from hnf.formula.parameters import IDACI_BANDS, PROXIES, SHIPPED_FOLDER, YearParameters
from hnf.results import FloatArray

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True)
class FactorRules:
    """The values the engine works with; a scenario replaces some of them.

    The quantum is the national total inside floor and gains limit; both are per cent on the baseline per head
    (None: no limit), the basic rate £ per pupil before area costs. Proxy shares add up to 1, weights are relative.
    The additional allocation (£, 0 for none) is shared by `population_2_18` or `nff_before_gains_limit`.
    """

    quantum_gbp: float
    funding_floor_pct: float
    gains_limit_pct: float | None
    basic_entitlement_rate_gbp: float
    historic_spend_share: float
    proxy_shares: Mapping[str, float]
    idaci_band_weights: Mapping[str, float]
    additional_allocation_gbp: float
    additional_basis: str
    statuses: Mapping[str, str]

    @property
    def unverified(self) -> tuple[str, ...]:
        """Parameters among them that no public source backs."""
        return tuple(name for name, status in self.statuses.items() if status == "unverified")


@dataclass(frozen=True)
class FactorAllocations:
    """Allocations of n authorities: the solved proxy pot, £, and every step as an array of shape (n,), in order.

    `binding`, shape (n,), is floor, limit or between: the rule that decides the amount inside floor and limit.
    """

    inputs: FactorInputs
    rules: FactorRules
    proxy_pot_gbp: float
    columns: Mapping[str, FloatArray]
    binding: NDArray[np.str_]

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def to_polars(self) -> pl.DataFrame:
        """Return one row an authority: codes, inputs and steps; a column that is an input and a step appears once."""
        import polars as pl

        names = {"la_code": self.inputs.la_codes, "la_name": self.inputs.la_names}
        return pl.DataFrame({**names, **self.inputs.columns, **self.columns, "binding": self.binding})

    def to_pandas(self) -> pd.DataFrame:
        """Return the same table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dict(as_series=False))


def rules_of(parameters: YearParameters, quantum_gbp: float | None = None) -> FactorRules:
    """Return the values of a year that the engine works with.

    Parameters
    ----------
    parameters : YearParameters
        Of the year.
    quantum_gbp : float, optional
        National total inside floor and gains limit, where the parameters do not give it.

    Raises
    ------
    FormulaError
        If the formula is suspended, or a value is missing or was not found; names all that are.
    """
    own = parameters.has_value("formula_quantum_gbp")
    needed = [
        *([] if own or quantum_gbp is not None else ["formula_quantum_gbp"]),
        *("funding_floor_pct", "gains_limit_pct", "basic_entitlement_rate_gbp", "historic_spend_share"),
        *(f"proxy_{proxy}_share" for proxy in PROXIES),
        *(f"idaci_band_{band}_weight" for band in IDACI_BANDS),
    ]
    missing = [name for name in needed if not parameters.has_value(name)]
    if missing and parameters.state == "formula":
        year = parameters.financial_year
        raise FormulaError(
            f"{year} has no {', '.join(missing)}: no public source was found, and nothing runs on a guess",
            where=parameters.source,
            todo=f"Copy {SHIPPED_FOLDER / f'{year}.toml'} into a folder of your own, give them there with reference "
            f"and status, and name the folder: 'hnf ingest factors FILE --year {year} --parameters DIR'. "
            f"{OFFICIAL_WORKBOOK} should hold the weights.",
        )
    number = parameters.number
    has_additional = "additional_allocation_gbp" in parameters.parameters
    used = [*needed, "formula_quantum_gbp", "additional_allocation_gbp", "additional_basis"]
    statuses = {name: str(parameters.parameters[name].status) for name in used if parameters.has_value(name)}
    return FactorRules(
        quantum_gbp=number("formula_quantum_gbp") if own or quantum_gbp is None else quantum_gbp,
        funding_floor_pct=number("funding_floor_pct"),
        gains_limit_pct=number("gains_limit_pct"),
        basic_entitlement_rate_gbp=number("basic_entitlement_rate_gbp"),
        historic_spend_share=number("historic_spend_share"),
        proxy_shares={proxy: number(f"proxy_{proxy}_share") for proxy in PROXIES},
        idaci_band_weights={band: number(f"idaci_band_{band}_weight") for band in IDACI_BANDS},
        additional_allocation_gbp=number("additional_allocation_gbp") if has_additional else 0.0,
        additional_basis=str(parameters.value("additional_basis")) if has_additional else "",
        statuses=statuses if own else {**statuses, "formula_quantum_gbp": "derived"},
    )


def allocate(inputs: FactorInputs, rules: FactorRules) -> FactorAllocations:
    """Compute the allocation of every authority; their order does not matter.

    Raises
    ------
    FormulaError
        If the rules contradict each other or no proxy pot gives the national total.
    """
    check_proxy_shares(rules.proxy_shares)
    shares = _proxy_shares(inputs, rules)
    historic = historic_spend_factor(inputs["historic_spend_gbp"], rules.historic_spend_share)
    floor, limit = _floor_and_limit(inputs, rules)
    pot = solve_proxy_pot(rules.quantum_gbp, historic, shares["proxy_share"], floor, limit)
    formula = historic + pot * shares["proxy_share"]
    inside = {
        "historic_spend_factor_gbp": historic,
        **shares,
        **_proxy_factors(pot, shares, rules),
        "formula_gbp": formula,
        **_protected(formula, floor, limit),
    }
    columns = inside | _outside(inputs, rules, inside)
    return FactorAllocations(inputs, rules, pot, columns, protection_rates.binding_rule(formula, floor, limit))


def _proxy_factors(pot_gbp: float, shares: Mapping[str, FloatArray], rules: FactorRules) -> dict[str, FloatArray]:
    """Return what each proxy gives, and all together, £."""
    each = {
        f"{proxy}_factor_gbp": proxy_factor(pot_gbp, rules.proxy_shares[proxy], shares[f"{proxy}_share"])
        for proxy in PROXIES
    }
    return {**each, "proxy_factors_gbp": pot_gbp * shares["proxy_share"]}


def _protected(formula: FloatArray, floor: FloatArray, limit: FloatArray) -> dict[str, FloatArray]:
    """Return floor and limit and what they do to the formula, £, in the published order: floor first, then limit."""
    before_limit = protection_rates.before_gains_limit(formula, floor)
    return {
        "floor_gbp": floor,
        "limit_gbp": limit,
        "floor_top_up_gbp": protection_rates.floor_top_up(formula, floor),
        "nff_before_gains_limit_gbp": before_limit,
        "gains_limit_loss_gbp": protection_rates.gains_limit_loss(before_limit, limit),
        "nff_in_protection_gbp": protection_rates.in_protection(before_limit, limit),
    }


def _proxy_shares(inputs: FactorInputs, rules: FactorRules) -> dict[str, FloatArray]:
    """Return weighted counts and shares of each proxy, and the share of the whole pot; no part of it means share 0."""
    bands = {band: inputs[f"idaci_band_{band}_count"] for band in IDACI_BANDS}
    idaci = weighted_idaci_count(bands, rules.idaci_band_weights)
    counts = {proxy: inputs[_COUNTS[proxy]] if proxy in _COUNTS else idaci for proxy in PROXIES}
    columns: dict[str, FloatArray] = {"idaci_band_weighted_count": idaci}
    whole = np.zeros(len(inputs))
    for proxy in PROXIES:
        weighted = area_cost_weighted(counts[proxy], inputs["area_cost_adjustment_index"])
        part = rules.proxy_shares[proxy]
        share = share_of_england(weighted, proxy) if part > 0 else np.zeros(len(inputs))
        columns |= {f"{proxy}_area_cost_weighted_count": weighted, f"{proxy}_share": share}
        whole = whole + part * share
    return columns | {"proxy_share": whole}


def _floor_and_limit(inputs: FactorInputs, rules: FactorRules) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most that each authority may get, £; the most is infinite without a gains limit."""
    baseline, population = inputs["previous_baseline_per_head_gbp"], inputs["population_2_18_count"]
    floor = protection_rates.protected_amount(rules.funding_floor_pct, baseline, population)
    if rules.gains_limit_pct is None:
        return floor, np.full(len(inputs), np.inf)
    protection_rates.check_rises(rules.funding_floor_pct, rules.gains_limit_pct)
    return floor, protection_rates.protected_amount(rules.gains_limit_pct, baseline, population)


def _outside(inputs: FactorInputs, rules: FactorRules, inside: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the elements outside floor and gains limit, and the total before deductions."""
    rate = basic_entitlement_rate(rules.basic_entitlement_rate_gbp, inputs["area_cost_adjustment_index"])
    added = {
        "basic_entitlement_gbp": basic_entitlement(rate, inputs["basic_entitlement_pupils_count"]),
        "import_export_gbp": inputs["import_export_gbp"],
        "special_free_schools_gbp": inputs["special_free_schools_gbp"],
        "hospital_ap_gbp": inputs["hospital_ap_gbp"],
        "additional_gbp": _additional(inputs, rules, inside),
    }
    total: FloatArray = np.stack([inside["nff_in_protection_gbp"], *added.values()]).sum(axis=0)
    return {"basic_entitlement_rate_gbp": rate, **added, "total_before_deductions_gbp": total}


def _additional(inputs: FactorInputs, rules: FactorRules, inside: Mapping[str, FloatArray]) -> FloatArray:
    if rules.additional_allocation_gbp == 0:
        return np.zeros(len(inputs))
    if rules.additional_basis not in _BASES:
        raise FormulaError(
            f"the additional allocation has the basis '{rules.additional_basis}'", todo=f"Use {' or '.join(_BASES)}."
        )
    basis = {**inputs.columns, **inside}[_BASES[rules.additional_basis][0]]
    return share_additional(rules.additional_allocation_gbp, basis)


#: Input column that counts each proxy; the IDACI count is computed from the bands.
_COUNTS: Mapping[str, str] = {
    proxy: "population_2_18_count" if proxy == "population" else f"{proxy}_count"
    for proxy in PROXIES
    if proxy != "idaci"
}


def basic_entitlement_rate(lowest_rate_gbp: float, area_cost_adjustment_index: FloatArray) -> FloatArray:
    """Return lowest rate × area cost adjustment (column B of the block sheet), £ per pupil of shape (n,)."""
    return lowest_rate_gbp * area_cost_adjustment_index


def basic_entitlement(rate_gbp: FloatArray, pupils_count: FloatArray) -> FloatArray:
    """Return rate × pupils in special schools and academies (column B × column C), £, outside floor and gains limit."""
    return rate_gbp * pupils_count


def historic_spend_factor(historic_spend_gbp: FloatArray, historic_spend_share: float) -> FloatArray:
    """Return the historic spend factor, £ of shape (n,): a share of 2017-18 spend, actual from 2022-23."""
    return historic_spend_share * historic_spend_gbp


def weighted_idaci_count(band_counts: Mapping[str, FloatArray], band_weights: Mapping[str, float]) -> FloatArray:
    """Return children of shape (n,), each × the weight of its IDACI band; only ratios of weights matter."""
    weighted: FloatArray = np.stack([band_weights[band] * counts for band, counts in band_counts.items()]).sum(axis=0)
    return weighted


def area_cost_weighted(count: FloatArray, area_cost_adjustment_index: FloatArray) -> FloatArray:
    """Return each authority's count × its area cost adjustment: what a proxy is shared by; shape (n,)."""
    return count * area_cost_adjustment_index


def share_of_england(weighted_count: FloatArray, proxy: str) -> FloatArray:
    """Return each authority's share of the area cost weighted count, shape (n,); adds up to 1."""
    total = weighted_count.sum()
    if total <= 0:
        raise FormulaError(
            f"no authority has any {proxy}, but the proxy has a part of the pot",
            todo=f"Give the counts, or set proxy_{proxy}_share to 0 and raise the others to add up to 1.",
        )
    shares: FloatArray = weighted_count / total
    return shares


def proxy_factor(pot_gbp: float, proxy_share: float, share: FloatArray) -> FloatArray:
    """Return one proxy factor: proxy pot × the proxy's part of it × the authority's share, £ of shape (n,)."""
    return pot_gbp * proxy_share * share


def check_proxy_shares(proxy_shares: Mapping[str, float]) -> None:
    """Refuse parts of the proxy pot that do not add up to the pot."""
    total = math.fsum(proxy_shares.values())
    if not np.isclose(total, 1.0, rtol=0, atol=1e-9):
        raise FormulaError(
            f"the proxy shares add up to {total:.6g}, not to 1",
            todo="Correct the parameters proxy_…_share of the year.",
        )


def share_additional(allocation_gbp: float, basis: FloatArray) -> FloatArray:
    """Return the additional allocation shared in proportion to `basis`, £ of shape (n,).

    The basis is the population aged 2 to 18 in 2019-20, and the formula before the gains limit (column G) in 2022-23
    and 2023-24.
    """
    shared: FloatArray = allocation_gbp * basis / basis.sum()
    return shared


#: Half a penny: a total that differs by less is the same total.
_SAME_TOTAL_GBP = 0.005
#: The pot is found to a millionth of a pound, or to the last bits of a float64 where that is coarser.
_POT_TOLERANCE_GBP = 1e-6
#: An authority with next to no share makes the bracket very wide; halving it takes more steps than scipy's 100.
_MOST_STEPS = 2_000


def solve_proxy_pot(
    quantum_gbp: float, historic_gbp: FloatArray, share: FloatArray, floor_gbp: FloatArray, limit_gbp: FloatArray
) -> float:
    """Return the proxy pot, £, with which the amounts after floor and limit add up to the quantum.

    `share` is each authority's share of the whole pot; a limit of infinity is none. Where every authority is bound
    several pots give the quantum, and with each the amounts are the same. No pot: `FormulaError`.
    """

    def total(pot_gbp: float) -> float:
        # Exact summation: the order of the authorities must not decide between pots that give the same total.
        return math.fsum(np.clip(historic_gbp + pot_gbp * share, floor_gbp, limit_gbp))

    largest_pot = _largest_pot(quantum_gbp, historic_gbp, share, limit_gbp)
    least, most = total(0.0), total(largest_pot)
    _refuse_out_of_reach(quantum_gbp, least, most, float(floor_gbp.sum()))
    if least >= quantum_gbp:
        return 0.0
    return largest_pot if most <= quantum_gbp else _root(lambda pot: total(pot) - quantum_gbp, largest_pot)


def _refuse_out_of_reach(quantum_gbp: float, least_gbp: float, most_gbp: float, floors_gbp: float) -> None:
    if least_gbp > quantum_gbp + _SAME_TOTAL_GBP:
        raise FormulaError(
            f"historic spend and funding floors alone come to £{least_gbp:,.0f}, "
            f"over the quantum of £{quantum_gbp:,.0f} (the floors to £{floors_gbp:,.0f})",
            todo="Raise the quantum, or lower funding_floor_pct or historic_spend_share.",
        )
    if most_gbp < quantum_gbp - _SAME_TOTAL_GBP:
        raise FormulaError(
            f"with every authority that has a share of the proxies on its gains limit the total is £{most_gbp:,.0f}, "
            f"short of the quantum of £{quantum_gbp:,.0f}",
            todo="Lower the quantum or raise gains_limit_pct.",
        )


def _largest_pot(quantum_gbp: float, historic_gbp: FloatArray, share: FloatArray, limit_gbp: FloatArray) -> float:
    """Return a pot that is never too small: one that brings everyone with a share to the limit.

    Without a gains limit the quantum itself is such a pot, because the shares add up to 1.
    """
    if np.isinf(limit_gbp).any():
        return max(quantum_gbp, 0.0)
    gets_some = share > 0
    pots = (limit_gbp[gets_some] - historic_gbp[gets_some]) / share[gets_some]
    return max(float(pots.max()), 0.0)


def _root(excess: Callable[[float], float], largest_pot: float) -> float:
    # Loading scipy.optimize takes longer than any query: only a run of the engine pays for it.
    from scipy.optimize import brentq

    precision = 4 * np.finfo(np.float64).eps
    return float(brentq(excess, 0.0, largest_pot, xtol=_POT_TOLERANCE_GBP, rtol=precision, maxiter=_MOST_STEPS))


def change_rules(rules: FactorRules, kind: str, values: Mapping[str, object]) -> FactorRules:
    """Return the rules after a change of a scenario; the quantum stays, so that whatever one gains the others pay.

    Raises
    ------
    FormulaError
        If the change is not one of the factors, or cannot be made of these rules.
    """
    make = CHANGES.get(kind)
    if make is None:
        raise FormulaError(
            f"the change '{kind}' is made of the published block, not of the factors",
            todo=f"Put it in a separate scenario; with factors use {', '.join(CHANGES)}.",
        )
    return make(rules, values)


def rules_in_words(before: FactorRules, after: FactorRules) -> str:
    """Return what differs between two sets of rules: `part of the proxy pot for bad health from 0.05 to 0.04`."""
    one, other = _values(before), _values(after)
    changed = [name for name in one if one[name] != other[name]]
    return "; ".join(f"{name} from {one[name]} to {other[name]}" for name in changed) or "no rule changes"


def _values(rules: FactorRules) -> dict[str, str]:
    limit = "none" if rules.gains_limit_pct is None else f"{rules.gains_limit_pct:g}%"
    return {
        "part of 2017-18 spend that is paid": f"{rules.historic_spend_share:.6g}",
        **{f"part of the proxy pot for {PROXIES[one]}": f"{part:.6g}" for one, part in rules.proxy_shares.items()},
        "funding floor": f"{rules.funding_floor_pct:g}%",
        "gains limit": limit,
    }


def _number(values: Mapping[str, object], name: str) -> float:
    return float(str(values[name]))


def _no_limit(rules: FactorRules, values: Mapping[str, object]) -> FactorRules:
    share = _number(values, "share_removed")
    if share != 1:
        raise FormulaError(
            f"with factors the gains limit can be removed, not {share:g} of it",
            todo="Let share_removed be 1, or use gains_limit_rate.",
        )
    return replace(rules, gains_limit_pct=None)


def _proxy(rules: FactorRules, values: Mapping[str, object]) -> FactorRules:
    """Give one proxy another part of the pot; the others keep their proportions."""
    proxy, share = values["proxy"], _number(values, "share")
    rest = math.fsum(own for name, own in rules.proxy_shares.items() if name != proxy)
    if rest <= 0 and share < 1:
        raise FormulaError(f"no proxy but {proxy} has a part of the pot that could be raised in proportion")
    scale = (1 - share) / rest if rest > 0 else 0.0
    shares = {name: share if name == proxy else own * scale for name, own in rules.proxy_shares.items()}
    return replace(rules, proxy_shares=shares)


#: The change of rules by kind of change of a scenario.
CHANGES: Mapping[str, Callable[[FactorRules, Mapping[str, object]], FactorRules]] = {
    "funding_floor": lambda rules, values: replace(rules, funding_floor_pct=_number(values, "pct")),
    "gains_limit_rate": lambda rules, values: replace(rules, gains_limit_pct=_number(values, "pct")),
    "gains_limit": _no_limit,
    "proxy_share": _proxy,
    "historic_spend_share": lambda rules, values: replace(rules, historic_spend_share=_number(values, "share")),
}


@dataclass(frozen=True)
class FactorStep:
    """One step of an authority's amount, £ (below 0 for what the gains limit takes); all steps add up to its total.

    `letter` is the column of the block sheet, `count` what is counted (None: an amount of the file), `rate`, `status`
    those of the parameter that pays for it. Shares of England are 0 to 1, None where nothing is shared.
    """

    term: str
    letter: str
    label: str
    value_gbp: float
    count: float | None = None
    count_of: str = ""
    parameter: str = ""
    rate: float | None = None
    status: str = ""
    area_cost_adjustment_index: float | None = None
    share_of_england: float | None = None


def steps_of(found: FactorAllocations, la_code: str) -> tuple[FactorStep, ...]:
    """Return the steps of one authority in the published order; their values add up to its total before deductions."""
    at = found.inputs.la_codes.index(la_code)
    own = {name: float(values[at]) for name, values in {**found.inputs.columns, **found.columns}.items()}
    return (*_formula_steps(found.rules, own), *_protection_steps(found.rules, own), *_outside_steps(found.rules, own))


def _formula_steps(rules: FactorRules, own: Mapping[str, float]) -> list[FactorStep]:
    """Return historic spend and the proxy factors."""
    paid = _paid(rules, "historic_spend_share", rules.historic_spend_share)
    amount, count = own["historic_spend_factor_gbp"], own["historic_spend_gbp"]
    proxies = [
        FactorStep(
            proxy,
            "A",
            f"Proxy factor: {words}",
            own[f"{proxy}_factor_gbp"],
            own[_COUNTS.get(proxy, "idaci_band_weighted_count")],
            words if proxy in _COUNTS else f"{words}, weighted by band",
            **_paid(rules, f"proxy_{proxy}_share", rules.proxy_shares[proxy]),
            area_cost_adjustment_index=own["area_cost_adjustment_index"],
            share_of_england=own[f"{proxy}_share"],
        )
        for proxy, words in PROXIES.items()
    ]
    return [
        FactorStep("historic_spend", "A", "Historic spend factor", amount, count, "£ of 2017-18 spend", **paid),
        *proxies,
    ]


def _protection_steps(rules: FactorRules, own: Mapping[str, float]) -> list[FactorStep]:
    """Return what floor and gains limit add and take."""
    baseline = own["previous_baseline_per_head_gbp"] * own["population_2_18_count"]
    words = "£ last year per head × population of this year"
    floor, limit = (
        _paid(rules, "funding_floor_pct", rules.funding_floor_pct),
        _paid(rules, "gains_limit_pct", rules.gains_limit_pct),
    )
    up, down = "Funding floor: up to the least rise per head", "Gains limit: down to the largest rise per head"
    return [
        FactorStep("funding_floor", "A", up, own["floor_top_up_gbp"], baseline, words, **floor),
        FactorStep("gains_limit", "A", down, 0.0 - own["gains_limit_loss_gbp"], baseline, words, **limit),
    ]


def _outside_steps(rules: FactorRules, own: Mapping[str, float]) -> list[FactorStep]:
    """Return the elements outside floor and gains limit."""
    basic = FactorStep(
        "basic_entitlement",
        "B×C",
        "Basic entitlement",
        own["basic_entitlement_gbp"],
        own["basic_entitlement_pupils_count"],
        "pupils in special schools and academies",
        **_paid(rules, "basic_entitlement_rate_gbp", rules.basic_entitlement_rate_gbp),
        area_cost_adjustment_index=own["area_cost_adjustment_index"],
    )
    additional = FactorStep("additional", "H", "Additional high needs allocation", own["additional_gbp"])
    if rules.additional_allocation_gbp:
        column, words = _BASES[rules.additional_basis]
        additional = replace(
            additional,
            count=own[column],
            count_of=words,
            share_of_england=own["additional_gbp"] / rules.additional_allocation_gbp,
            **_paid(rules, "additional_allocation_gbp", rules.additional_allocation_gbp),
        )
    others = (
        ("import_export", "D", INPUTS["import_export_gbp"].meaning),
        ("special_free_schools", "E", "Special free schools"),
        ("hospital_ap", "F", INPUTS["hospital_ap_gbp"].meaning),
    )
    return [basic, *(FactorStep(name, letter, words, own[f"{name}_gbp"]) for name, letter, words in others), additional]


def _paid(rules: FactorRules, parameter: str, rate: float | None) -> dict[str, Any]:
    return {"parameter": parameter, "rate": rate, "status": rules.statuses.get(parameter, "")}


def change_by_step(before: FactorAllocations, after: FactorAllocations) -> dict[str, FloatArray]:
    """Return what each step adds to or takes from every authority, £ of shape (n,) by the terms of `FactorStep`.

    The steps of an authority add up to the change of its total, to the rounding of float64.
    """
    columns = {
        "historic_spend": "historic_spend_factor_gbp",
        **{proxy: f"{proxy}_factor_gbp" for proxy in PROXIES},
        "funding_floor": "floor_top_up_gbp",
        "gains_limit": "gains_limit_loss_gbp",
        "additional": "additional_gbp",
    }
    changes = {term: after[column] - before[column] for term, column in columns.items()}
    return {**changes, "gains_limit": 0.0 - changes["gains_limit"]}


#: Column and meaning of what the additional allocation may be shared by.
_BASES: Mapping[str, tuple[str, str]] = {
    "population_2_18": ("population_2_18_count", "people aged 2 to 18"),
    "nff_before_gains_limit": ("nff_before_gains_limit_gbp", "£ of the formula before the gains limit"),
}
