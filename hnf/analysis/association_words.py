"""What the association of money with need says, in plain words, with its limits."""

from __future__ import annotations

from hnf.analysis.association import Estimate
from hnf.analysis.series_breaks import breaks_of
from hnf.years import FinancialYear


def sentences(found: dict[FinancialYear, Estimate], slope: Estimate | None, ages: str) -> list[str]:
    """Return the latest year, how it moved, the elasticity, and what none of them says."""
    years = list(found)
    last = found[years[-1]]
    said = [f"In {years[-1]} {_correlation(last)} (rank correlation {_printed(last)})."]
    if len(years) > 1:
        first = found[years[0]]
        apart = "overlap" if last.low <= first.high and first.low <= last.high else "do not overlap"
        said.append(
            f"The correlation was {first.value:.2f} in {years[0]} and {last.value:.2f} in {years[-1]}; the intervals "
            f"{apart}."
        )
    if slope:
        said.append(_elasticity(slope))
    said.append(
        "Association is not cause: the historic spend factor and the floor of the formula carry earlier "
        "money forward, and "
        "authorities with more money may also agree to more plans. Plans are one measure of need."
    )
    if ages == "2-18":
        said.append("Both rates are divided by the same people, which by itself draws the correlation upwards.")
    return said


def notes(ages: str, years: list[FinancialYear], measure: str) -> list[str]:
    """Return methods and breaks."""
    return [
        f"Funding is per head aged 2 to 18 and plans are per head aged {ages.replace('-', ' to ')} (ONS "
        "estimate of the "
        "middle of the year), plans of the January in which the year begins.",
        "Intervals are 95%: of the correlation by Fisher's z with the standard error of Bonett and Wright, of the "
        "elasticity by Student's t. The authorities are all of England's, not a sample: an interval says how "
        "far chance "
        "alone could move the number.",
        *(
            one.in_words
            for one in breaks_of((measure, "head", "plans"))
            if one.lies_in(years[0].start, years[-1].start)
        ),
    ]


def _correlation(found: Estimate) -> str:
    if found.low <= 0 <= found.high:
        return "authorities with more EHC plans per head had neither clearly more nor clearly less funding per head"
    direction = "more" if found.value > 0 else "less"
    return f"authorities with more EHC plans per head tended to have {direction} funding per head"


def _elasticity(slope: Estimate) -> str:
    words = f"{slope.label[0].upper()}{slope.label[1:]}: where plans grew by 1% more, funding grew by "
    if slope.low <= 0 <= slope.high:
        return (
            f"{words}{slope.value:.2f}% more, which cannot be told from none ({_printed(slope)}, {slope.count} areas)."
        )
    amount = f"{abs(slope.value):.2f}% {'more' if slope.value > 0 else 'less'}"
    return f"{words}{amount} (95% interval {slope.low:.2f} to {slope.high:.2f}, {slope.count} areas)."


def _printed(found: Estimate) -> str:
    return f"{found.value:.2f}, 95% interval {found.low:.2f} to {found.high:.2f}"
