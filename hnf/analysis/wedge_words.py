"""What a wedge says, in plain words, with its limits."""

from __future__ import annotations

from hnf.analysis.prices import headline_refusal
from hnf.analysis.series_breaks import statements_until
from hnf.analysis.wedge import Wedge
from hnf.analysis.wedge_areas import WedgeArea
from hnf.measures.rates import MEASURE_WORDS
from hnf.words import capital
from hnf.years import FinancialYear

_LIMITS = (
    "EHC plans are one measure of need, and the money also pays for pupils without a plan: an amount per plan is a "
    "yardstick, not what a plan costs."
)


def sentences(found: Wedge) -> list[str]:
    """Return the message for the place, one sentence for each area beside it, and the limits."""
    first, last = found.years[0], found.funded[-1]
    if first == last:
        return [f"There is one year of funding, {first}, so no change can be given.", _LIMITS]
    place = found.areas[0]
    said = [
        f"From {first} to {last} the {MEASURE_WORDS[found.measure]} of {place.name} {_money(found, 'place')}, "
        "while EHC "
        f"plans {_moved(found, 'place', 'plans')} (January {first.january} to January {last.january})."
    ]
    per_plan = _per_plan(found, place, first, last)
    if per_plan:
        said.append(per_plan)
    said += [
        f"{capital(area.name)}: funding {_money(found, area.role)}; plans {_moved(found, area.role, 'plans')}."
        for area in found.areas[1:]
    ]
    refusal = headline_refusal(first, last)
    if refusal:
        said.append(f"{capital(refusal)}.")
    return [*said, _LIMITS]


def notes(found: Wedge) -> list[str]:
    """Return what a reader must know: bases, prices, areas, gaps, breaks."""
    place = found.areas[0]
    said = [
        f"Index: {found.years[0]} = 100. A financial year goes with the plans of the January in which it begins; "
        f"statements of SEN are counted with plans until January {statements_until()}.",
        *found.prices.notes(found.funded),
    ]
    if found.funded[-1] != found.years[-1]:
        said.append(f"There is no allocation after {found.funded[-1]} in these tables; plans run on.")
    said += [f"{capital(note)}." for area in found.areas for note in area.notes]
    if len(found.areas) > 3 and place.name != found.authority.prose:
        said.append(f"The neighbours are those of {found.authority.prose}.")
    said.append("England's plans include the City of London and the Isles of Scilly, which have no allocation.")
    said += [f"{label}." for label in _gaps(found)]
    said += [one.in_words for one in found.breaks]
    return said


def _gaps(found: Wedge) -> list[str]:
    """Return each suppressed count once."""
    return [
        f"{capital(area.name)}: {figure.status}, so there is no figure"
        for area in found.areas
        for year in found.years
        if (figure := found.figure(area.role, year, "plans")).value is None
    ]


def _money(found: Wedge, role: str) -> str:
    """Say how money moved: in cash, and in real terms where these may be said."""
    words = f"{_moved(found, role, 'cash')} in cash"
    real = found.change(role, "real")
    if real.value is None or headline_refusal(found.years[0], found.funded[-1]):
        return words
    moved = _moved(found, role, "real")
    verb = words.split(" ", 1)[0]
    moved = moved.removeprefix(f"{verb} ") if " by " in moved else moved
    return f"{words} and {moved} in real terms ({found.prices.base} prices)"


def _moved(found: Wedge, role: str, quantity: str) -> str:
    """Say a change as "rose by 12.3%"."""
    figure = found.change(role, quantity)
    if figure.value is None:
        return f"cannot be compared ({figure.status})"
    amount = f"{abs(figure.value):.1f}"
    if float(amount) == 0:
        return "did not change"
    return f"{'rose' if figure.value > 0 else 'fell'} by {amount}%"


def _per_plan(found: Wedge, place: WedgeArea, first: FinancialYear, last: FinancialYear) -> str:
    """Say funding per plan at both ends; nothing where a count is missing."""
    parts = []
    for quantity, words in (("cash", "in cash"), ("real", f"in {found.prices.base} prices")):
        name = f"{quantity}_per_plan"
        start, end = (found.figure(place.role, year, name).value for year in (first, last))
        change = found.change(place.role, name).value
        real_refused = quantity == "real" and headline_refusal(first, last)
        if start is not None and end is not None and change is not None and not real_refused:
            parts.append(f"from £{start:,.0f} to £{end:,.0f} {words} ({_signed(change)})")
    return f"Per EHC plan that is {' and '.join(parts)}." if parts else ""


def _signed(change_pct: float) -> str:
    return f"{change_pct:+.1f}%".replace("-", "\N{MINUS SIGN}")
