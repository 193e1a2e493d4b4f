"""The steps of the factor formula before floor and gains limit: one pure function per published step.

All arrays are float64 over n authorities. The order and the words are those of the high needs national funding formula:
basic entitlement, historic spend, proxy factors with the area cost adjustment. Nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.factor_inputs import FloatArray


def basic_entitlement_rate(lowest_rate_gbp: float, area_cost_adjustment_index: FloatArray) -> FloatArray:
    """Return the rate of each authority: lowest rate × area cost adjustment (column B of the high needs block sheet).

    Parameters
    ----------
    lowest_rate_gbp : float
        £ per pupil before area costs.
    area_cost_adjustment_index : array of shape (n,)
        Own rate over the lowest rate.

    Returns
    -------
    array of shape (n,)
        £ per pupil.
    """
    return lowest_rate_gbp * area_cost_adjustment_index


def basic_entitlement(rate_gbp: FloatArray, pupils_count: FloatArray) -> FloatArray:
    """Return rate × pupils in special schools and academies (column B × column C), £, outside floor and gains limit."""
    return rate_gbp * pupils_count


def historic_spend_factor(historic_spend_gbp: FloatArray, historic_spend_share: float) -> FloatArray:
    """Return the historic spend factor: a share of each authority's 2017-18 spend.

    Parameters
    ----------
    historic_spend_gbp : array of shape (n,)
        Spend of 2017-18, £: planned until 2021-22, actual from 2022-23.
    historic_spend_share : float
        Between 0 and 1.

    Returns
    -------
    array of shape (n,)
        £.
    """
    return historic_spend_share * historic_spend_gbp


def weighted_idaci_count(band_counts: Mapping[str, FloatArray], band_weights: Mapping[str, float]) -> FloatArray:
    """Return the IDACI count of each authority: its children in each band × the weight of the band, added up.

    Parameters
    ----------
    band_counts : Mapping
        Arrays of shape (n,) by band.
    band_weights : Mapping
        Relative weight by band; only their ratios matter.

    Returns
    -------
    array of shape (n,)
        Weighted children.
    """
    weighted: FloatArray = np.stack([band_weights[band] * counts for band, counts in band_counts.items()]).sum(axis=0)
    return weighted


def area_cost_weighted(count: FloatArray, area_cost_adjustment_index: FloatArray) -> FloatArray:
    """Return each authority's count × its area cost adjustment: what a proxy is shared by; shape (n,)."""
    return count * area_cost_adjustment_index


def share_of_england(weighted_count: FloatArray, proxy: str) -> FloatArray:
    """Return each authority's share of the weighted count; adds up to 1.

    Parameters
    ----------
    weighted_count : array of shape (n,)
        From `area_cost_weighted`.
    proxy : str
        Named in the message.

    Raises
    ------
    FormulaError
        If the counts of all authorities are 0, so that nobody can get the proxy's part of the pot.
    """
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
    """Refuse parts of the proxy pot that do not add up to the pot.

    Raises
    ------
    FormulaError
        If they do not add up to 1.
    """
    total = sum(proxy_shares.values())
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
