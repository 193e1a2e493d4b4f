"""Which sentences of the field's seven kinds stand at the top of a pack: those that are notable for this place.

Growth of need (1) and the rank (2) always stand there. Of the others, each is scored by how far it is from nothing to
report, as a share: the gap to England's rate of the own block (4, and what it is for a school, 7), the closest
neighbour's rate of the own rate (3), growth of plans less growth of funding (5); catching up (6) is worth saying only
where it takes a number of years that anybody can wait for.
"""

from __future__ import annotations

from dataclasses import dataclass

from hnf.analysis.gap_equivalents import school_figure, typical_school
from hnf.analysis.gaps import AVERAGE, Gap, gap
from hnf.analysis.pace import Pace, pace
from hnf.analysis.series_breaks import definitions_since
from hnf.authorities import Authority
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.content import Sentence
from hnf.reporting.sentences import (
    closest_neighbour,
    plain,
    say_funding,
    say_gap,
    say_latest,
    say_need,
    say_neighbour,
    say_rank,
)
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording
from hnf.store import Store
from hnf.words import capital

#: How many of the kinds that are chosen stand beside growth of need and rank.
_CHOSEN = 3
#: A score below this share is nothing to report.
_LEAST = 0.02
#: Catching up that takes longer is no answer.
_LONGEST_YEARS = 60
#: A school's share says the same as the gap in other words, and stands behind it.
_SCHOOL_WEIGHT = 0.6
#: Score of catching up: below a large gap, above a small one.
_PACE_SCORE = 0.08
_ORDER = (1, 2, 3, 4, 7, 5, 6)


@dataclass(frozen=True)
class Candidate:
    """A sentence that could stand at the top, and how far it is from nothing to report (a share)."""

    sentence: Sentence
    score: float


def key_sentences(subject: Subject) -> tuple[Sentence, ...]:
    """Return the key sentences of a pack, in the order of the kinds.

    Parameters
    ----------
    subject : Subject

    Returns
    -------
    tuple of Sentence
        Three to five where there is an allocation; without one, what there is of need.
    """
    always = [say_need(subject.need)] if subject.need else []
    if subject.spec:
        always.append(say_rank(subject.store, subject.authority, subject.spec))
    else:
        always.append(plain(f"{subject.no_allocation}."))
        latest = say_latest(subject.store, subject.need) if subject.need else None
        always += [latest] if latest else []
    found = sorted(candidates(subject), key=lambda candidate: -candidate.score)
    least = max(3 - len(always), 0)
    chosen = [c.sentence for n, c in enumerate(found[:_CHOSEN]) if c.score >= _LEAST or n < least]
    if any(sentence.kind == 7 for sentence in chosen) and not any(sentence.kind == 4 for sentence in chosen):
        chosen = [sentence for sentence in chosen if sentence.kind != 7]  # it shares out the pounds of the gap
    return tuple(
        sorted((*always, *chosen), key=lambda sentence: _ORDER.index(sentence.kind) if sentence.kind else len(_ORDER))
    )


def candidates(subject: Subject) -> list[Candidate]:
    """Return the sentences of kinds 3 to 7 that the figures of an authority allow, each with its score."""
    store, authority, spec = subject.store, subject.authority, subject.spec
    if spec is None:
        return []
    found: list[Candidate] = []
    average = gap(store, spec, authority.la_code, AVERAGE)
    share = abs(average.pounds) / (average.own_rate * average.denominator)
    found.append(Candidate(say_gap(store, authority, spec), share))
    neighbour = say_neighbour(store, authority, spec)
    other = closest_neighbour(store, authority, spec)
    if neighbour and other:
        own, theirs = (rate_table(store, spec).values[code] for code in (authority.la_code, other.la_code))
        found.append(Candidate(neighbour, abs(theirs / own - 1)))
    if school := _say_school(store, authority, average):
        found.append(Candidate(school, share * _SCHOOL_WEIGHT))
    if subject.funding:
        money, plans = subject.funding.area[-1].change_pct, subject.funding.plans[-1].change_pct
        apart = abs(plans - money) / 100 if money is not None and plans is not None else 0.0
        found.append(Candidate(say_funding(subject.funding), apart))
    per_pupil = RateSpec(spec.year, spec.measure, "pupil")
    ahead = _pace(store, per_pupil, authority.la_code)
    if ahead and ahead.found.whole_years <= _LONGEST_YEARS:
        found.append(Candidate(_say_pace(ahead, authority), _PACE_SCORE))
    return found


def _pace(store: Store, spec: RateSpec, la_code: str) -> Pace | None:
    return pace(store, spec, la_code) if la_code in rate_table(store, spec).values else None


def _say_school(store: Store, authority: Authority, found: Gap) -> Sentence | None:
    """Kind 7: that is £p for a typical school; only where the gap is money missing."""
    try:
        school = typical_school(store, found) if found.pounds > 0 else None
    except UsageError:
        school = None
    if not school:
        return None
    size = f"{school['school_pupils']:g}"
    figure = school_figure(store, found.spec, AVERAGE, authority.la_code, size)
    say = Wording()
    text = (
        f"Shared out over all pupils in the schools of {authority.prose}, the gap to England's average rate is "
        f"{say.pounds(figure)} for a primary school with one class in each year."
    )
    basis = f"{capital(found.spec.in_words)}. An illustration: a school of {size} pupils is assumed."
    return say.sentence(text, basis, 7)


def _say_pace(found: Pace, authority: Authority) -> Sentence:
    """Kind 6: at this pace it takes n years to catch up."""
    say = Wording()
    figure = found.figure()
    years = "year" if figure.value == 1 else "years"
    text = (
        f"If funding per pupil went on growing as it did from {found.start.year} to {found.found.spec.year}, faster in "
        f"{authority.prose} than in England, it would reach England's average rate after {say.count(figure)} {years}."
    )
    basis = (
        f"{capital(found.found.spec.in_words)}. Arithmetic on past growth, no forecast; the basic entitlement rate was "
        f"defined anew in {definitions_since()}."
    )
    return say.sentence(text, basis, 6)
