"""The factor engine: from counts to each authority's allocation, in the published order, every step a column.

Inside floor and gains limit: historic spend and the proxy factors. The national total of these is given; the proxy pot
is solved so that the total comes out after floor and limit, and the floor is thereby paid for inside it. Outside: basic
entitlement, import/export, special free schools, hospital and alternative provision, additional allocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hnf.errors import FormulaError
from hnf.formula import factors, protection_rates
from hnf.formula.factor_inputs import FactorInputs, FloatArray
from hnf.formula.parameter_files import YearParameters
from hnf.formula.parameter_schema import IDACI_BANDS, PROXIES
from hnf.formula.proxy_pot import solve_proxy_pot

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True)
class FactorRules:
    """The values the engine works with; a scenario replaces some of them.

    Parameters
    ----------
    quantum_gbp : float
        National total of the elements inside floor and gains limit.
    funding_floor_pct : float
        Least rise per head on the baseline.
    gains_limit_pct : float or None
        Most rise per head on the baseline; None for no limit.
    basic_entitlement_rate_gbp : float
        £ per pupil before area costs.
    historic_spend_share : float
        Part of 2017-18 spend that is paid.
    proxy_shares : Mapping
        Part of the proxy pot by proxy; adds up to 1.
    idaci_band_weights : Mapping
        Relative weight by band, a to f.
    additional_allocation_gbp : float
        Shared outside floor and limit; 0 for none.
    additional_basis : str
        `population_2_18`, `nff_before_gains_limit`, or empty where nothing is shared.
    unverified : tuple of str
        Parameters among them that no public source backs.
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
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class FactorAllocations:
    """Allocations of n authorities with every intermediate step.

    Parameters
    ----------
    inputs : FactorInputs
        What went in.
    rules : FactorRules
        The values used.
    proxy_pot_gbp : float
        The pot that makes the national total come out.
    columns : Mapping
        Arrays of shape (n,) by name, in the order of the steps; a name ends with its unit.
    binding : array of shape (n,)
        floor, limit or between: which rule decides the amount inside floor and limit.
    """

    inputs: FactorInputs
    rules: FactorRules
    proxy_pot_gbp: float
    columns: Mapping[str, FloatArray]
    binding: NDArray[np.str_]

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def to_polars(self) -> pl.DataFrame:
        """Return one row an authority: codes, inputs and steps; a column that is an input and a step stands once."""
        import polars as pl

        names = {"la_code": self.inputs.la_codes, "la_name": self.inputs.la_names}
        return pl.DataFrame({**names, **self.inputs.columns, **self.columns, "binding": self.binding})

    def to_pandas(self) -> pd.DataFrame:
        """Return the same table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dict(as_series=False))


def rules_of(parameters: YearParameters) -> FactorRules:
    """Return the values of a year that the engine works with.

    Raises
    ------
    FormulaError
        If the formula is suspended, or a value is missing or was not found.
    """
    number = parameters.number
    has_additional = "additional_allocation_gbp" in parameters.parameters
    return FactorRules(
        quantum_gbp=number("formula_quantum_gbp"),
        funding_floor_pct=number("funding_floor_pct"),
        gains_limit_pct=number("gains_limit_pct"),
        basic_entitlement_rate_gbp=number("basic_entitlement_rate_gbp"),
        historic_spend_share=number("historic_spend_share"),
        proxy_shares={proxy: number(f"proxy_{proxy}_share") for proxy in PROXIES},
        idaci_band_weights={band: number(f"idaci_band_{band}_weight") for band in IDACI_BANDS},
        additional_allocation_gbp=number("additional_allocation_gbp") if has_additional else 0.0,
        additional_basis=str(parameters.value("additional_basis")) if has_additional else "",
        unverified=parameters.unverified,
    )


def allocate(inputs: FactorInputs, rules: FactorRules) -> FactorAllocations:
    """Compute the allocation of every authority.

    Parameters
    ----------
    inputs : FactorInputs
        n authorities; their order does not matter.
    rules : FactorRules
        The values to use.

    Raises
    ------
    FormulaError
        If the rules contradict each other or no proxy pot gives the national total.
    """
    factors.check_proxy_shares(rules.proxy_shares)
    shares = _proxy_shares(inputs, rules)
    historic = factors.historic_spend_factor(inputs["historic_spend_gbp"], rules.historic_spend_share)
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
        f"{proxy}_factor_gbp": factors.proxy_factor(pot_gbp, rules.proxy_shares[proxy], shares[f"{proxy}_share"])
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
    idaci = factors.weighted_idaci_count(bands, rules.idaci_band_weights)
    counts = {proxy: inputs[_COUNTS[proxy]] if proxy in _COUNTS else idaci for proxy in PROXIES}
    columns: dict[str, FloatArray] = {"idaci_band_weighted_count": idaci}
    whole = np.zeros(len(inputs))
    for proxy in PROXIES:
        weighted = factors.area_cost_weighted(counts[proxy], inputs["area_cost_adjustment_index"])
        part = rules.proxy_shares[proxy]
        share = factors.share_of_england(weighted, proxy) if part > 0 else np.zeros(len(inputs))
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
    rate = factors.basic_entitlement_rate(rules.basic_entitlement_rate_gbp, inputs["area_cost_adjustment_index"])
    added = {
        "basic_entitlement_gbp": factors.basic_entitlement(rate, inputs["basic_entitlement_pupils_count"]),
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
    bases = {
        "population_2_18": inputs["population_2_18_count"],
        "nff_before_gains_limit": inside["nff_before_gains_limit_gbp"],
    }
    if rules.additional_basis not in bases:
        raise FormulaError(
            f"the additional allocation has the basis '{rules.additional_basis}'", todo=f"Use {' or '.join(bases)}."
        )
    return factors.share_additional(rules.additional_allocation_gbp, bases[rules.additional_basis])


#: Input column that counts each proxy; the IDACI count is computed from the bands.
_COUNTS: Mapping[str, str] = {
    proxy: "population_2_18_count" if proxy == "population" else f"{proxy}_count"
    for proxy in PROXIES
    if proxy != "idaci"
}
