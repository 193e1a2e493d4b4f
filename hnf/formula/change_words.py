"""A change as a sentence says it: what happens to whom, and who pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hnf.formula.change_schema import KINDS, Change
from hnf.formula.parameter_schema import PROXIES

if TYPE_CHECKING:
    from hnf.formula.block_arrays import BlockArrays

_TERMS: Mapping[str, str] = {
    "block": "the whole block",
    "nff_in_protection": "column A, the formula inside floor and gains limit,",
    "basic_entitlement": "basic entitlement",
    "special_free_schools": "special free schools money",
    "hospital_ap": "hospital education and alternative provision money",
    "additional": "the additional allocation",
}
_PERS: Mapping[str, str] = {
    "head": "person aged 2 to 18",
    "pupil": "pupil of the schools block",
    "plan": "EHC plan",
    "flat_share": "pound of the formula before the gains limit",
}
_SERIES: Mapping[str, str] = {"ons": " (ONS estimate)", "dfe": " (the formula's own projection)", "": ""}


def change_words(change: Change, arrays: BlockArrays | None = None) -> str:
    """Return a change in words, without a full stop.

    Parameters
    ----------
    change : Change
        Of one scenario: its numbers are floats.
    arrays : BlockArrays, optional
        The year; with it, a minimum that is a part of a published rate is given in pounds too.
    """
    if change.kind in _WORDS:
        return _WORDS[change.kind](change, arrays)
    said = (f"{PROXIES.get(str(value), value)}" for value in change.parameters.values() if isinstance(value, str))
    numbers = (
        f"{name} {_number(change, name)}" for name, value in change.parameters.items() if isinstance(value, float)
    )
    return f"{KINDS[change.kind].purpose}: {', '.join([*said, *numbers])}"


def _uplift(change: Change, _: BlockArrays | None) -> str:
    pct = float(change.number("pct"))
    way = "raised" if pct >= 0 else "cut"
    return f"{_term(change)} is {way} by {abs(pct):g}% for everyone"


def _gains_limit(change: Change, _: BlockArrays | None) -> str:
    share = float(change.number("share_removed")) * 100
    part = "all" if share == 100 else f"{share:g}%"
    return f"{part} of what the gains limit took is given back (column G less column A; nobody gets less than column A)"


def _minimum(change: Change, arrays: BlockArrays | None) -> str:
    who = "nationally" if change.choice("financed_by") == "national" else "by those above it, the total held"
    return f"{_term(change)} is raised to at least {_least(change, arrays)} per {_per(change)}, paid {who}"


def _least(change: Change, arrays: BlockArrays | None) -> str:
    if "rate_gbp" in change.parameters:
        return f"£{float(change.number('rate_gbp')):,.2f}"
    which = next(which for which in ("median", "average") if f"pct_of_{which}" in change.parameters)
    part = f"{_number(change, f'pct_of_{which}')}% of the published {which}"
    if arrays is None:
        return part
    from hnf.formula.change_kinds import minimum_rate

    return f"£{float(minimum_rate(arrays, change)):,.2f} ({part})"


def _equal(change: Change, _: BlockArrays | None) -> str:
    pct = float(change.number("pct"))
    way = "is" if pct == 100 else f"moves {pct:g}% of the way to being"
    return f"{_term(change)} {way} shared alike per {_per(change)}, the total held"


def _hold(change: Change, _: BlockArrays | None) -> str:
    return f"{_term(change)} is scaled alike for everyone, so that its sum is the published one"


def _term(change: Change) -> str:
    return _TERMS[change.term]


def _per(change: Change) -> str:
    return _PERS[change.choice("per")] + _SERIES[change.choice("population")]


def _number(change: Change, name: str) -> str:
    return format(float(change.number(name)), "g")


_WORDS: Mapping[str, Callable[[Change, BlockArrays | None], str]] = {
    "uplift": _uplift,
    "gains_limit": _gains_limit,
    "minimum_rate": _minimum,
    "equal_rate": _equal,
    "additional": _equal,
    "hold_total": _hold,
}
