"""Changes of a scenario that need the factors of every authority: other rules for the factor engine, the quantum held.

No table here holds the factors: they come from a file of the user's (`hnf ingest factors`), with the parameters of a
year. The engine solves the proxy pot anew, so that whatever one authority gains inside floor and limit the others pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hnf.errors import FormulaError
from hnf.formula.change_schema import Change
from hnf.formula.factor_inputs import FactorInputs
from hnf.formula.nff import FactorAllocations, FactorRules, allocate


def allocate_under(inputs: FactorInputs, rules: FactorRules, changes: Sequence[Change]) -> FactorAllocations:
    """Compute the allocation of every authority under changed rules.

    Parameters
    ----------
    inputs : FactorInputs
        n authorities.
    rules : FactorRules
        Those of the year.
    changes : sequence of Change
        Made one after another.

    Raises
    ------
    FormulaError
        If a change is not one of the factors, or the changed rules contradict each other.
    """
    for change in changes:
        rules = change_rules(rules, change)
    return allocate(inputs, rules)


def change_rules(rules: FactorRules, change: Change) -> FactorRules:
    """Return the rules after a change.

    Raises
    ------
    FormulaError
        If the change is not one of the factors, or cannot be made of these rules.
    """
    make = _MAKE.get(change.kind)
    if make is None:
        raise FormulaError(
            f"the change '{change.kind}' is made of the published block, not of the factors",
            todo=f"With factors use {', '.join(_MAKE)}.",
        )
    return make(rules, change)


def _number(change: Change, name: str) -> float:
    return float(change.number(name))


def _floor(rules: FactorRules, change: Change) -> FactorRules:
    return replace(rules, funding_floor_pct=_number(change, "pct"))


def _limit(rules: FactorRules, change: Change) -> FactorRules:
    return replace(rules, gains_limit_pct=_number(change, "pct"))


def _no_limit(rules: FactorRules, change: Change) -> FactorRules:
    share = _number(change, "share_removed")
    if share != 1:
        raise FormulaError(
            f"with factors the gains limit can be removed, not {share:g} of it",
            todo="Let share_removed be 1, or use gains_limit_rate.",
        )
    return replace(rules, gains_limit_pct=None)


def _proxy(rules: FactorRules, change: Change) -> FactorRules:
    """Give one proxy another part of the pot; the others keep their proportions."""
    proxy, share = change.choice("proxy"), _number(change, "share")
    rest = sum(own for name, own in rules.proxy_shares.items() if name != proxy)
    if rest <= 0 and share < 1:
        raise FormulaError(f"no proxy but {proxy} has a part of the pot that could be raised in proportion")
    scale = (1 - share) / rest if rest > 0 else 0.0
    shares = {name: share if name == proxy else own * scale for name, own in rules.proxy_shares.items()}
    return replace(rules, proxy_shares=shares)


def _historic(rules: FactorRules, change: Change) -> FactorRules:
    return replace(rules, historic_spend_share=_number(change, "share"))


_MAKE: Mapping[str, Callable[[FactorRules, Change], FactorRules]] = {
    "funding_floor": _floor,
    "gains_limit_rate": _limit,
    "gains_limit": _no_limit,
    "proxy_share": _proxy,
    "historic_spend_share": _historic,
}
