"""What the spread of rates says, in plain words, with its limits."""

from __future__ import annotations

from hnf.analysis.inequality import Spread
from hnf.analysis.series_breaks import breaks_of
from hnf.authorities import Authorities
from hnf.store import Store

_PEOPLE = {"head": "people aged 2 to 18", "pupil": "pupils", "plan": "EHC plans", "none": ""}


def sentences(store: Store, found: tuple[Spread, ...]) -> list[str]:
    """Return the latest year in words, how the spread moved, and what it does not say."""
    last = found[-1]
    names = Authorities.of(store)
    values = last.values
    per = {"head": "a head", "pupil": "a pupil", "plan": "an EHC plan", "none": ""}[last.spec.per]
    said = [
        f"In {last.spec.year} the highest rate, £{values['highest']:,.0f} {per} in "
        f"{names[last.highest_code].prose}, was "
        f"{values['ratio']:.1f} times the lowest, £{values['lowest']:,.0f} in {names[last.lowest_code].prose}: £"
        f"{values['range']:,.0f} between them. Two authorities out of {last.authorities} decide this, "
        "whatever the rest do.",
        f"The coefficient of variation was {values['cv']:.3f}: a typical distance from the mean is "
        f"{values['cv'] * 100:.0f}% of it.",
        f"The Gini coefficient was {values['gini']:.3f}: two {_PEOPLE[last.spec.per]} drawn at random differ "
        "in the rate "
        f"of their authorities by {values['gini'] * 200:.0f}% of the mean rate on average (0 is equal rates).",
        f"Of Theil's measure, {values['theil']:.4f}, {last.between_share * 100:.0f}% lies between the nine regions and "
        f"{(1 - last.between_share) * 100:.0f}% within them.",
    ]
    if len(found) > 1:
        first = found[0]
        before, after = first.values["gini"], values["gini"]
        moved = "did not change" if round(before, 3) == round(after, 3) else "fell" if after < before else "rose"
        said.append(
            f"From {first.spec.year} to {last.spec.year} the Gini coefficient {moved}: {before:.3f} and {after:.3f}."
        )
    said.append(
        "A spread is not an unfairness: rates also differ because needs and costs differ, and this does not "
        "tell them apart."
    )
    return said


def notes(found: tuple[Spread, ...]) -> list[str]:
    """Return weights, universe, who is left out, and breaks."""
    last = found[-1]
    said = [
        f"Basis of {last.spec.year}: {last.spec.in_words}.",
        "Lowest, highest, range and ratio count each authority once; coefficient of variation, Gini and "
        "Theil weight each "
        f"by its {_PEOPLE[last.spec.per]}. Cash of each year.",
    ]
    for one in found:
        if one.excluded:
            codes = ", ".join(sorted(one.excluded))
            said.append(f"Left out in {one.spec.year}, for want of a denominator or an amount: {codes}.")
    series = (last.spec.measure, {"head": "head", "plan": "plans", "pupil": "", "none": ""}[last.spec.per])
    said += [one.in_words for one in breaks_of(series) if one.lies_in(found[0].spec.year.start, last.spec.year.start)]
    return said
