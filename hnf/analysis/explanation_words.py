"""The sentences of an explanation: which rule decides an authority's amount, and how far away the other one is."""

from __future__ import annotations

from collections.abc import Iterable

from hnf.analysis.protection import Protection
from hnf.analysis.protection_rows import ProtectionRow
from hnf.formula.protection import TOLERANCE_GBP
from hnf.formula.protection_rates import ProtectionStatus
from hnf.measures.known_differences import place_rule

_RATE = "rate per head aged 2 to 18"
RULE_WORDS = {ProtectionStatus.FLOOR: "the funding floor", ProtectionStatus.LIMIT: "the gains limit"}


def pounds(value: float) -> str:
    """Return pounds as a sentence takes them: £950, £1.4 million; without a sign."""
    size = abs(value)
    return f"£{size / 1e6:,.1f} million" if size >= 999_500 else f"£{size:,.0f}"


def protection_sentences(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    """Say which rule binds and what that means.

    Parameters
    ----------
    found : Protection
        Rates and year.
    row : ProtectionRow
        The authority.
    name : str
        The authority in prose.
    """
    by_class = {
        ProtectionStatus.FLOOR: _floor,
        ProtectionStatus.LIMIT: _limit,
        ProtectionStatus.BETWEEN: _between,
        ProtectionStatus.KNOWN_DIFFERENCE: _known,
    }
    tell = by_class.get(row.protection_status)
    if tell:
        yield from tell(found, row, name)
    else:
        reason = row.reason or "its column A is not what the rates give, and it is not in the list of known differences"
        yield f"Whether the floor or the gains limit decides what {name} gets cannot be said: {reason}."


def loss_sentence(loss_gbp: float, name: str) -> str:
    """Say what the gains limit took, from columns G and A; empty where nothing."""
    if loss_gbp > TOLERANCE_GBP:
        return (
            f"Without the gains limit {name} would get {pounds(loss_gbp)} more (the formula before the limit, column "
            "G, less column A)."
        )
    if loss_gbp < -TOLERANCE_GBP:
        return (
            f"Its formula before the gains limit (column G) is printed {pounds(loss_gbp)} below column A, which no "
            "limit explains; both are kept as printed."
        )
    return ""


def _floor(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    yield (
        f"{_start(name)} is on the floor: its {_RATE} rises by the national minimum of "
        f"{found.rules.floor_pct:g}%, whatever its proxies say."
    )
    yield _moved_up(found, row, found.rules.floor_pct)


def _limit(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    yield (
        f"{_start(name)} is on the gains limit: its {_RATE} rises by the national maximum of "
        f"{found.rules.limit_pct:g}%, although the formula gives more."
    )
    yield _moved_up(found, row, found.rules.limit_pct)


def _moved_up(found: Protection, row: ProtectionRow, pct: float) -> str:
    rules, area = found.rules, row.area
    return (
        f"Column A is last year's money moved up: £{row.baseline_per_head_gbp:,.2f} a head in {rules.baseline_year} × "
        f"{1 + pct / 100:g} × {area.population:,.0f} people."
    )


def _between(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    yield (
        f"{_start(name)} is between the floor and the gains limit: its {_RATE} rises by {row.change_pct:.2f}%, "
        f"{pounds(row.floor_distance_gbp or 0)} above the floor of {found.rules.floor_pct:g}% and "
        f"{pounds(row.limit_distance_gbp or 0)} below the limit of {found.rules.limit_pct:g}%; its historic spend and "
        "proxies decide the amount."
    )


def _known(found: Protection, row: ProtectionRow, name: str) -> Iterable[str]:
    if row.bound is None or row.difference_gbp is None:
        yield f"{_start(name)} is a known difference: {row.reason}"
        return
    way = "below" if row.difference_gbp > 0 else "above"
    yield (
        f"{_start(name)} is a known difference: column A is {pounds(row.difference_gbp)} {way} "
        f"{RULE_WORDS[row.bound]} as recomputed from the published money of {found.rules.baseline_year} "
        f"({_RATE} {row.change_pct:+.2f}%)."
    )
    if row.whole_places:
        place = place_rule().place_gbp
        yield (
            f"It is exactly {RULE_WORDS[row.bound]} on a baseline with {pounds(row.whole_places * place)} more: "
            f"{row.whole_places} × £{place:,.0f}, as special free school places that moved into the baseline would add."
        )
    else:
        yield row.reason


def _start(name: str) -> str:
    return name[0].upper() + name[1:]
