"""Sentences that set two or three authorities side by side, each with its own figures, never averaged."""

from __future__ import annotations

from hnf.analysis.changes import Change
from hnf.analysis.gaps import gap
from hnf.analysis.ranking import rank_figure, rate_figure, universe_figure
from hnf.analysis.series import FundingSeries, NeedSeries
from hnf.analysis.series_breaks import plans_in_words
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.content import Sentence
from hnf.reporting.sentences import PER_PROSE, SHORT_PER, say_moved, say_need
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording, within
from hnf.words import capital, join_words

Subjects = tuple[Subject, ...]


def joint_headline(name: str, subjects: Subjects, spec: RateSpec | None) -> Sentence:
    """Return the message of the pack of a constituency: what its authorities have per head, or how need grew."""
    say = Wording()
    funded = [subject for subject in subjects if subject.spec is not None]
    if spec and funded:
        rates = [
            f"{say.rate(rate_figure(subject.store, spec, subject.authority.la_code))} "
            f"{within(subject.authority.prose)} ({_rank(say, subject, spec)})"
            for subject in funded
        ]
        text = f"{name}: in {spec.year} high needs funding {SHORT_PER[spec.per]} was {join_words(rates)}"
        none = [subject.authority.prose for subject in subjects if subject.spec is None]
        text += f"; {join_words(none)} had no allocation" if none else ""
        return say.sentence(text, f"{capital(spec.in_words)}.", 2)
    return say.sentence(
        f"{name}: EHC plans {_plans(say, _series(subjects))}", "Statements of SEN and EHC plans in January.", 1
    )


def joint_key_sentences(subjects: Subjects, spec: RateSpec | None) -> tuple[Sentence, ...]:
    """Return the key sentences of several authorities, each kind once for all of them."""
    found = list(_need(subjects))
    funded = tuple(subject for subject in subjects if subject.spec is not None)
    if spec and funded:
        found.append(_rates(funded, spec))
        found.append(_gaps(funded, spec))
    if money := _funding(funded):
        found.append(money)
    return tuple(found)


def _series(subjects: Subjects) -> list[NeedSeries]:
    """Return the series of need, one for each area: two authorities can share that of a former one."""
    return list({subject.need.place.name: subject.need for subject in subjects if subject.need}.values())


def _each(say: Wording, changes: list[tuple[Change, str]]) -> str:
    """Say several changes: "rose by 12.3% in Kent and by 4.5% in Surrey", each verb once where it is the same."""
    parts = []
    before = ""
    for change, place in changes:
        moved = say_moved(say, change)
        verb = moved.partition(" by ")[0]
        parts.append(
            f"{moved.removeprefix(f'{verb} ') if verb == before and ' by ' in moved else moved} {within(place)}"
        )
        before = verb
    return join_words(parts)


def _plans(say: Wording, series: list[NeedSeries]) -> str:
    return _each(say, [(need.area[need.last_counted], need.place.name) for need in series])


def _need(subjects: Subjects) -> list[Sentence]:
    """Kind 1: one sentence for all where they were all counted at the same date, else one each."""
    series = _series(subjects)
    lasts = {need.last_counted for need in series}
    if len(series) == 1 or len(lasts) != 1:
        return [say_need(need) for need in series]
    last, dates = lasts.pop(), series[0].dates
    say = Wording()
    text = (
        f"From January {dates[0]} to January {dates[last]} the number of children and young people with an EHC plan or "
        f"statement {_plans(say, series)}. In England it {say_moved(say, series[0].england[last])}."
    )
    notes = " ".join(f"{capital(need.place.note)}." for need in series if need.place.note)
    basis = f"{plans_in_words()}, ages 0 to 25, January counts of the SEN2 return. {notes}"
    return [say.sentence(text, basis.strip(), 1)]


def _rank(say: Wording, subject: Subject, spec: RateSpec) -> str:
    table = rate_table(subject.store, spec)
    code = subject.authority.la_code
    joint = "joint " if table.tied_with(code) else ""
    return f"{joint}{say.rank(rank_figure(subject.store, spec, code), len(table.values))}"


def _rates(subjects: Subjects, spec: RateSpec) -> Sentence:
    """Kinds 2 and 3: rates and ranks side by side."""
    store = subjects[0].store
    say = Wording()
    parts = [
        f"{say.rate(rate_figure(store, spec, subject.authority.la_code))} {within(subject.authority.prose)} (the "
        f"{_rank(say, subject, spec)})"
        for subject in subjects
    ]
    text = (
        f"In {spec.year} the high needs block {PER_PROSE[spec.per]} was {join_words(parts)}, of "
        f"{say.count(universe_figure(store, spec))} authorities. The rate for England was "
        f"{say.rate(rate_figure(store, spec, 'england'))}."
    )
    return say.sentence(text, f"{capital(spec.in_words)}.", 2)


def _gaps(subjects: Subjects, spec: RateSpec) -> Sentence:
    """Kind 4: what England's rate would mean for each."""
    say = Wording()
    parts = []
    for number, subject in enumerate(subjects):
        found = gap(subject.store, spec, subject.authority.la_code)
        verb = " would have had" if number == 0 else ""
        more = "more" if found.pounds > 0 else "less"
        parts.append(f"{subject.authority.prose}{verb} {say.pounds(found.figure())} {more}")
    text = f"At England's average rate {PER_PROSE[spec.per]}, {join_words(parts)} in {spec.year}."
    basis = f"{capital(spec.in_words)}. The difference of the two rates times each authority's own denominator."
    return say.sentence(text, basis, 4)


def _funding(subjects: Subjects) -> Sentence | None:
    """Kind 5: funding and plans side by side, where the same years can be compared for all."""
    series: dict[str, FundingSeries] = {s.funding.place.name: s.funding for s in subjects if s.funding}
    if not series:
        return None
    found = list(series.values())
    years = found[0].years
    say = Wording()
    money = _each(say, [(one.area[-1], one.place.name) for one in found])
    plans = _each(say, [(one.plans[-1], one.place.name) for one in found])
    text = (
        f"From {years[0]} to {years[-1]} the high needs block {money} in cash, and the number of EHC plans "
        f"{plans}. In England funding {say_moved(say, found[0].england[-1])} and plans "
        f"{say_moved(say, found[0].plans_england[-1])}."
    )
    notes = " ".join(f"{capital(one.place.note)}." for one in found if one.place.note)
    basis = (
        f"High needs block before deductions, cash; EHC plans, January {years[0].january} to January "
        f"{years[-1].january}. {notes}"
    )
    return say.sentence(text, basis.strip(), 5)
