"""Sentences that several parts of a pack share: growth of plans and funding, and ranks on the other population.

Authorities side by side are never averaged. Where a rank or a gap per head turns on which official population it is
divided by, the sentence gives the other one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hnf.analysis.gaps import Gap
from hnf.analysis.growth import Change, FundingSeries, LikeForLike, NeedSeries
from hnf.analysis.rank import OtherPopulation, other_population, rank_figure, universe_figure
from hnf.analysis.trace import resolve
from hnf.measures.notes import breaks_between, plans_in_words
from hnf.measures.rates import RateSpec, rate_figure, rate_table
from hnf.packs.content import Sentence, Wording, direction, within
from hnf.packs.subject import POPULATION_PROSE, SHORT_PER, SMALL_COUNT, Subject
from hnf.results import Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words

#: What formula funding is, and what a range of later years is.
FORMULA_BASIS = (
    "Formula funding is column A of DfE's table, per head of the ONS 2018-based projection; minimum and maximum "
    "increases are recomputed by hnf. A range for a later year follows from these rules and from published figures, "
    "without places of special free schools; it is not an allocation."
)


def plans_basis(note: str = "") -> str:
    """Say what is counted as plans, and a note on the area."""
    return f"{plans_in_words()}, ages 0 to 25, January counts of the SEN2 return. {as_sentence(note)}".strip()


def say_other(
    store: Store, found: OtherPopulation | None, against: str = "the rate for England", there: Gap | None = None
) -> tuple[Sentence, ...]:
    """Say rank and rate on the other population, and the gap there; nothing where one population says it all."""
    say = Wording()
    text = other_words(say, store, found, against, there)
    basis = f"{capital(found.spec.in_words)}. {define_population(found.spec)}" if found else ""
    return (say.sentence(text.strip(), basis, 2),) if text else ()


def other_words(
    say: Wording,
    store: Store,
    found: OtherPopulation | None,
    against: str = "the rate for England",
    there: Gap | None = None,
) -> str:
    """Return a sentence with a space before it, or nothing."""
    if found is None or not found.shown:
        return ""
    spec, authority = found.spec, Authorities.of(store)[found.la_code]
    difference = found.own_rate - found.comparator_rate
    side = "above" if difference > 0 else "below" if difference < 0 else "level with"
    text = (
        f"{_on(found)} {authority.prose} was the {_rank(say, store, authority, spec)} of "
        f"{say.count(universe_figure(store, spec))} authorities: "
        f"{say.rate(rate_figure(store, spec, found.la_code))} {SHORT_PER[spec.per]}, {side} {against}, "
        f"{say.rate(resolve(store, found.comparator_id))}"
    )
    return f"{text}; at that rate it would have had {_more(say, there)}." if there else f"{text}."


def _more(say: Wording, found: Gap) -> str:
    return f"{say.pounds(found.figure())} {'more' if found.pounds > 0 else 'less'}"


def on_other(say: Wording, store: Store, found: OtherPopulation | None) -> str:
    """Say own rate and comparator's rate on the other population, in a few words, where one alone would mislead."""
    if found is None or not found.shown:
        return ""
    rates = [say.rate(resolve(store, id_)) for id_ in (found.rate_id, found.comparator_id)]
    return f"{_on(found)}: {rates[0]} against {rates[1]}."


def _on(found: OtherPopulation) -> str:
    return f" On {POPULATION_PROSE[found.spec.population]}"


def also_ranked(say: Wording, store: Store, authority: Authority, spec: RateSpec, form: str) -> str:
    """Say the rank on the other population in a few words, in a form such as " ({})"; nothing where one says it all."""
    found = other_population(store, spec, authority.la_code)
    if found is None or not found.shown:
        return ""
    rank = _rank(say, store, authority, found.spec)
    return form.format(f"{rank} on {POPULATION_PROSE[found.spec.population]}")


def _basis(spec: RateSpec, other: OtherPopulation | None) -> str:
    """Return the basis in words, saying that the other population is in the sentence too."""
    also = f"; and {POPULATION_PROSE[other.spec.population]}" if other and other.shown else ""
    return f"{capital(spec.in_words)}{also}."


def joint_basis(store: Store, members: Iterable[Authority], spec: RateSpec) -> str:
    """Return the basis of a sentence on several authorities, with the other population if it is said of one."""
    found = (other_population(store, spec, member.la_code) for member in members)
    other = next((one for one in found if one and one.shown), None)
    return f"{capital(spec.in_words)}.{f' {define_population(other.spec)}' if other else ''}"


def define_population(spec: RateSpec) -> str:
    """Say what the short name of a population means."""
    words = spec.denominator_words.partition(", ")[2].removeprefix("the formula's own: ")
    return f"{capital(POPULATION_PROSE[spec.population])}: {words}."


def _rank(say: Wording, store: Store, authority: Authority, spec: RateSpec) -> str:
    table = rate_table(store, spec)
    joint = "joint " if table.tied_with(authority.la_code) else ""
    return f"{joint}{say.rank(rank_figure(store, spec, authority.la_code), len(table.values))}"


def say_funding(funding: FundingSeries) -> Sentence:
    """Kind 5: funding up X%, plans up Y%."""
    say = Wording()
    here, plans = funding.area[-1], funding.plans[-1]
    england, plans_england = funding.england[-1], funding.plans_england[-1]
    years, dates = (funding.years[0], funding.years[-1]), (funding.years[0].january, funding.years[-1].january)
    text = (
        f"From {years[0]} to {years[1]} the high needs block {within(funding.place.name)} "
        f"{say_moved(say, here)} in cash{_alike(say, funding.like_for_like)}, and the number of EHC plans "
        f"{say_moved(say, plans)}. In England funding "
        f"{say_moved(say, england)}{_alike(say, funding.like_for_like_england)} and plans "
        f"{say_moved(say, plans_england)}."
    )
    basis = (
        f"High needs block before deductions, cash; EHC plans, January {dates[0]} to January {dates[1]}. "
        f"{_alike_basis(funding)} {as_sentence(funding.place.note)}"
    )
    return say.sentence(text, " ".join(basis.split()), 5)


def say_alike(say: Wording, figure: Figure | None) -> str:
    """Say a change on one definition after the change in cash: " (54.6% like for like)"; nothing without one."""
    if figure is None or figure.value is None:
        return ""
    return f" ({'minus ' if figure.value < 0 else ''}{say.percent(figure)} like for like)"


def _alike(say: Wording, found: LikeForLike | None) -> str:
    return say_alike(say, found.figure() if found else None)


def _alike_basis(funding: FundingSeries) -> str:
    found, (first, *_, last) = funding.like_for_like, funding.years
    if found:
        return found.words.short
    return " ".join(one.in_words for one in breaks_between(funding.measure, first.start, last.start))


def plain(text: str, basis: str = "") -> Sentence:
    """Return a sentence that has no figures."""
    return Sentence(capital(text), (), basis)


def say_moved(say: Wording, change: Change) -> str:
    """Say a change with its verb, such as "rose by 12.3%"; a missing count is said to be missing."""
    if change.change_pct is None:
        return f"cannot be compared ({change.figure().status})"
    verb = direction(change.change_pct)
    return verb if verb == "stayed the same" else f"{verb} by {say.percent(change.figure())}"


def as_sentence(text: str) -> str:
    """Return a note as a sentence; nothing stays nothing."""
    return f"{capital(text)}." if text else ""


Subjects = tuple[Subject, ...]


def series_of(subjects: Subjects, *, small: bool = False) -> list[NeedSeries]:
    """Return the series of need, one for each area: two authorities can share that of a former one.

    Areas with so few plans that a percentage says nothing are apart: they alone are returned with `small`.
    """
    found = {subject.need.place.name: subject.need for subject in subjects if subject.need}
    return [need for need in found.values() if _is_small(need) == small]


def _each(say: Wording, changes: list[tuple[Change, str]], alike: Sequence[LikeForLike | None] = ()) -> str:
    """Say several changes: "rose by 12.3% in Kent and by 4.5% in Surrey", each verb once where it is the same."""
    parts = []
    before = ""
    for number, (change, place) in enumerate(changes):
        moved = say_moved(say, change)
        verb = moved.partition(" by ")[0]
        moved += _alike(say, alike[number]) if alike else ""
        parts.append(
            f"{moved.removeprefix(f'{verb} ') if verb == before and ' by ' in moved else moved} {within(place)}"
        )
        before = verb
    return join_words(parts)


def _plans(say: Wording, series: list[NeedSeries]) -> str:
    return _each(say, [(need.area[need.last_counted], need.place.name) for need in series])


def _is_small(need: NeedSeries) -> bool:
    return (need.area[0].start.value or 0) < SMALL_COUNT


def _say_need(need: NeedSeries) -> Sentence:
    """Kind 1 of one area; of few plans the numbers and no percentage."""
    last, say = need.last_counted, Wording()
    here, dates = need.area[last], need.dates
    text = (
        f"The number of children and young people with an EHC plan or statement {within(need.place.name)} went from "
        f"{say.count(here.start)} in January {dates[0]} to {say.count(here.end)} in January {dates[last]}"
    )
    if _is_small(need):
        return say.sentence(f"{text}.", plans_basis(need.place.note), 1)
    text += f": it {say_moved(say, here)}. In England it {say_moved(say, need.england[last])}."
    return say.sentence(text, plans_basis(need.place.note), 1, here.figure())


def say_joint_need(subjects: Subjects) -> list[Sentence]:
    """Kind 1: one sentence for all where they were all counted at the same date, else one each."""
    series = series_of(subjects)
    few = [_say_need(need) for need in series_of(subjects, small=True)]
    if not series:
        return few
    lasts = {need.last_counted for need in series}
    if len(series) == 1 or len(lasts) != 1:
        return [*few, *(_say_need(need) for need in series)]
    last, dates = lasts.pop(), series[0].dates
    say = Wording()
    text = (
        f"From January {dates[0]} to January {dates[last]} the number of children and young people with an EHC plan or "
        f"statement {_plans(say, series)}. In England it {say_moved(say, series[0].england[last])}."
    )
    notes = " ".join(f"{capital(need.place.note)}." for need in series if need.place.note)
    basis = f"{plans_in_words()}, ages 0 to 25, January counts of the SEN2 return. {notes}"
    return [*few, say.sentence(text, basis.strip(), 1)]


def say_joint_funding(subjects: Subjects) -> Sentence | None:
    """Kind 5: funding and plans side by side, where the same years can be compared for all."""
    series: dict[str, FundingSeries] = {s.funding.place.name: s.funding for s in subjects if s.funding}
    if not series:
        return None
    found = list(series.values())
    years = found[0].years
    say = Wording()
    money = _each(say, [(one.area[-1], one.place.name) for one in found], [one.like_for_like for one in found])
    plans = _each(say, [(one.plans[-1], one.place.name) for one in found])
    text = (
        f"From {years[0]} to {years[-1]} the high needs block {money} in cash, and the number of EHC plans "
        f"{plans}. In England funding {say_moved(say, found[0].england[-1])}"
        f"{_alike(say, found[0].like_for_like_england)} and plans "
        f"{say_moved(say, found[0].plans_england[-1])}."
    )
    notes = " ".join(f"{capital(one.place.note)}." for one in found if one.place.note)
    basis = (
        f"High needs block before deductions, cash; EHC plans, January {years[0].january} to January "
        f"{years[-1].january}. {_alike_basis(found[0])} {notes}"
    )
    return say.sentence(text, " ".join(basis.split()), 5)
