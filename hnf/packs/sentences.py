"""The sentences of a pack, of the kinds that members and councillors use, each with the basis on which it is true.

Growth of need (1) and the rank (2) are always at the top. Of the other kinds, each is scored by how far it is from
nothing to report, as a share: the gap to England's rate of the own block (4, and what it is for a school, 7), the
closest neighbour's rate of the own rate (3), growth of plans minus growth of funding (5); catching up (6) is worth
saying only where it takes a number of years that anybody can wait for. Authorities side by side are never averaged.
Where a rank or a gap turns on which official population it is divided by, the sentence gives the other one too.

Where a rank or a gap per head turns on which official population it is divided by, the sentence gives the other too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hnf.analysis.catch_up import Pace, pace
from hnf.analysis.compare import latest_model, neighbours
from hnf.analysis.gaps import AVERAGE, Gap, gap, other_gap, school_figure, typical_school
from hnf.analysis.growth import Change, FundingSeries, LikeForLike, NeedSeries, area_of, plans_area, plans_change
from hnf.analysis.rank import OtherPopulation, other_population, rank_figure, universe_figure
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.measures.notes import breaks_between, definitions_since, plans_in_words
from hnf.measures.published import ENGLAND
from hnf.measures.rates import RateSpec, rate_figure, rate_table
from hnf.packs.content import Sentence, Wording, direction, within
from hnf.packs.subject import POPULATION_PROSE, Subject
from hnf.results import Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words

#: Denominators as sentences say them.
PER_PROSE = {"head": "per head aged 2 to 18", "pupil": "per pupil", "plan": "per EHC plan"}
#: The same in a headline and a title.
SHORT_PER = {"head": "per head", "pupil": "per pupil", "plan": "per EHC plan"}
#: Below this many plans at the start a percentage says little.
SMALL_COUNT = 100


def say_headline(store: Store, need: NeedSeries | None, authority: Authority, spec: RateSpec | None) -> Sentence:
    """Return the message of the pack: growth of need, and where the funding ranks."""
    say = Wording()
    parts = []
    basis = []
    if need:
        change = need.area[need.last_counted].figure()
        verb = direction(change.value or 0)
        by = f" by {say.percent(change)}" if verb != "stayed the same" else ""
        parts.append(
            f"EHC plans {within(need.place.name)} {verb}{by} between {need.dates[0]} and "
            f"{need.dates[need.last_counted]}"
        )
        basis.append("Statements of SEN and EHC plans in January.")
    if spec:
        rank = _rank(say, store, authority, spec)
        of = say.count(universe_figure(store, spec))
        subject = f"high needs funding {SHORT_PER[spec.per]} {within(authority.prose)}"
        also = also_ranked(say, store, authority, spec, " ({})")
        parts.append(f"in {spec.year} {subject} was the {rank} of {of} authorities{also}")
        basis.append(joint_basis(store, (authority,), spec))
    else:
        parts.append(f"there is no high needs block for {authority.prose}")
        basis.append("DfE's allocation tables do not include it.")
    return say.sentence("; ".join(parts), " ".join(basis))


def say_need(need: NeedSeries) -> Sentence:
    """Kind 1: plans grew X% here against Y% nationally."""
    last = need.last_counted
    here, england = need.area[last], need.england[last]
    say = Wording()
    verb = direction(here.change_pct or 0)
    text = (
        f"The number of children and young people with an EHC plan or statement {within(need.place.name)} {verb} from "
        f"{say.count(here.start)} in January {need.dates[0]} to {say.count(here.end)} in January {need.dates[last]}"
    )
    if verb != "stayed the same":
        text += f", {'up' if verb == 'rose' else 'down'} {say.percent(here.figure())}"
    text += f". In England it {say_moved(say, england)}."
    basis = f"{plans_in_words()}, ages 0 to 25, January counts of the SEN2 return."
    return say.sentence(text, f"{basis} {as_sentence(need.place.note)}".strip(), 1, here.figure())


def say_latest(store: Store, authority: Authority, need: NeedSeries) -> Sentence | None:
    """Kind 1: the change over the latest year, of the authority alone where it was counted at both ends."""
    last = need.last_counted
    if last < 1 or need.area[last - 1].end.value is None:
        return None
    dates = need.dates[last - 1], need.dates[last]
    place = plans_area(store, authority, dates)
    here, england = (plans_change(store, area, dates) for area in (area_of(*place.codes), ENGLAND))
    if here.change_pct is None or england.change_pct is None:
        return None
    say = Wording()
    text = f"In the latest year, from January {dates[0]} to January {dates[1]}, the number of EHC plans "
    text += f"{within(place.name)} {say_moved(say, here)}, and in England it {say_moved(say, england)}."
    basis = "EHC plans, ages 0 to 25, January counts of the SEN2 return."
    if place.name != need.place.name:
        basis += f" Of {place.name} alone; figures since January {need.dates[0]} are for {need.place.name}."
    return say.sentence(text, basis, 1)


def say_rank(store: Store, authority: Authority, spec: RateSpec) -> Sentence:
    """Kind 2: nth lowest of N."""
    say = Wording()
    text = (
        f"In {spec.year} the high needs block {within(authority.prose)} was "
        f"{say.rate(rate_figure(store, spec, authority.la_code))} {PER_PROSE[spec.per]}, the "
        f"{_rank(say, store, authority, spec)} of {say.count(universe_figure(store, spec))} authorities. "
        f"The rate for England was {say.rate(rate_figure(store, spec, 'england'))}."
    )
    found = other_population(store, spec, authority.la_code)
    if found and found.shown:
        text += (
            f"{_on(found)} it was {say.rate(resolve(store, found.rate_id))}, the "
            f"{_rank(say, store, authority, found.spec)} of {say.count(universe_figure(store, found.spec))}, against "
            f"{say.rate(resolve(store, found.comparator_id))} in England."
        )
    return say.sentence(text, _basis(spec, found), 2, rank_figure(store, spec, authority.la_code))


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


def closest_neighbour(store: Store, authority: Authority, spec: RateSpec) -> Authority | None:
    """Return the closest statistical neighbour with a rate; None where the model has no set for the authority."""
    values = rate_table(store, spec).values
    codes = [code for code in neighbours(store, latest_model(store)).get(authority.la_code, ()) if code in values]
    return Authorities.of(store)[codes[0]] if codes and authority.la_code in values else None


def say_neighbour(store: Store, authority: Authority, spec: RateSpec) -> Sentence | None:
    """Kind 3: £A a head here, £B in the closest statistical neighbour; None where the model has no set for it."""
    other = closest_neighbour(store, authority, spec)
    if other is None:
        return None
    say = Wording()
    own, theirs = rate_figure(store, spec, authority.la_code), rate_figure(store, spec, other.la_code)
    text = (
        f"{authority.prose} had {say.rate(own)} {PER_PROSE[spec.per]} in {spec.year}; its closest statistical "
        f"neighbour, {other.prose}, had {say.rate(theirs)}."
    )
    there = other_gap(store, gap(store, spec, authority.la_code, other.la_code))
    second = there[0] if there else None
    text += on_other(say, store, second)
    basis = f"{_basis(spec, second)} Children's services statistical neighbours, "
    basis += f"{latest_model(store)} model."
    return say.sentence(text, basis, 3, theirs)


def say_gap(store: Store, authority: Authority, spec: RateSpec, to: str = AVERAGE) -> Sentence:
    """Kind 4: at the national average we would have £M more."""
    found = gap(store, spec, authority.la_code, to)
    say = Wording()
    text = f"At {found.comparator_name} {PER_PROSE[spec.per]}, {authority.prose} would have had {_more(say, found)} "
    text += f"in {spec.year}."
    other = other_gap(store, found)
    if other and other[0].shown:
        text += f"{_on(other[0])} it would have had {_more(say, other[1])}."
    basis = _basis(spec, other[0] if other else None)
    return say.sentence(text, f"{basis} The difference of the two rates times the {spec.denominator_words}.", 4)


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


def say_small_counts(need: NeedSeries) -> Sentence | None:
    """Warn of a percentage of few children; None where the counts are not small."""
    start = need.area[0].start
    if start.value is None or start.value >= SMALL_COUNT:
        return None
    say = Wording()
    return say.sentence(
        f"The counts are small ({say.count(start)} in January {need.dates[0]}): a few children more or less move the "
        "percentages a lot.",
        "",
    )


def as_sentence(text: str) -> str:
    """Return a note as a sentence; nothing stays nothing."""
    return f"{capital(text)}." if text else ""


#: How many other kinds are chosen beside growth of need and rank.
_CHOSEN = 3
#: A score below this share is nothing to report.
_LEAST = 0.02
#: Catching up that takes longer is no answer.
_LONGEST_YEARS = 60
#: A school's share says the same as the gap in other words, and comes after it.
_SCHOOL_WEIGHT = 0.6
#: Score of catching up: below a large gap, above a small one.
_PACE_SCORE = 0.08
_ORDER = (1, 2, 3, 4, 7, 5, 6)


@dataclass(frozen=True)
class Candidate:
    """A sentence that could be at the top, and how far it is from nothing to report (a share)."""

    sentence: Sentence
    score: float


def key_sentences(subject: Subject) -> tuple[Sentence, ...]:
    """Return the key sentences in the order of the kinds: three to five, fewer without an allocation."""
    always = [say_need(subject.need)] if subject.need else []
    if subject.spec:
        always.append(say_rank(subject.store, subject.authority, subject.spec))
    else:
        always.append(plain(f"{subject.no_allocation}."))
        latest = say_latest(subject.store, subject.authority, subject.need) if subject.need else None
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
        f"Shared out over the pupils of the schools block {within(authority.prose)}, the gap to England's average rate "
        f"is {say.pounds(figure)} for a primary school with one class in each year."
    )
    other = other_gap(store, found)
    if other and other[0].shown:
        there = school_figure(store, other[0].spec, AVERAGE, authority.la_code, size)
        more = "more" if other[1].pounds > 0 else "less"
        text += f"{_on(other[0])} the school would have {say.pounds(there)} {more} at that rate."
    basis = f"{_basis(found.spec, other[0] if other else None)} An illustration: a school of {size} "
    basis += "pupils is assumed; pupils are the primary and secondary pupils of the schools block."
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


Subjects = tuple[Subject, ...]


def joint_headline(name: str, subjects: Subjects, spec: RateSpec | None) -> Sentence:
    """Return the message of the pack of a constituency: what its authorities have per head, or how need grew."""
    say = Wording()
    funded = [subject for subject in subjects if subject.spec is not None]
    if spec and funded:
        rates = [
            f"{say.rate(rate_figure(subject.store, spec, subject.authority.la_code))} "
            f"{within(subject.authority.prose)} ({_rank(say, subject.store, subject.authority, spec)}"
            f"{also_ranked(say, subject.store, subject.authority, spec, '; {}')})"
            for subject in funded
        ]
        text = f"{name}: in {spec.year} high needs funding {SHORT_PER[spec.per]} was {join_words(rates)}"
        none = [subject.authority.prose for subject in subjects if subject.spec is None]
        text += f"; {join_words(none)} had no allocation" if none else ""
        members = [subject.authority for subject in funded]
        return say.sentence(text, joint_basis(funded[0].store, members, spec), 2)
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


def _rates(subjects: Subjects, spec: RateSpec) -> Sentence:
    """Kinds 2 and 3: rates and ranks side by side."""
    store = subjects[0].store
    say = Wording()
    parts = [
        f"{say.rate(rate_figure(store, spec, subject.authority.la_code))} {within(subject.authority.prose)} (the "
        f"{_rank(say, store, subject.authority, spec)})"
        for subject in subjects
    ]
    text = (
        f"In {spec.year} the high needs block {PER_PROSE[spec.per]} was {join_words(parts)}, of "
        f"{say.count(universe_figure(store, spec))} authorities. The rate for England was "
        f"{say.rate(rate_figure(store, spec, 'england'))}."
    )
    for subject in subjects:
        text += other_words(say, store, other_population(store, spec, subject.authority.la_code))
    return say.sentence(text, f"{capital(spec.in_words)}.", 2)


def _gaps(subjects: Subjects, spec: RateSpec) -> Sentence:
    """Kind 4: what England's rate would mean for each."""
    say = Wording()
    parts = []
    for number, subject in enumerate(subjects):
        found = gap(subject.store, spec, subject.authority.la_code)
        verb = " would have had" if number == 0 else ""
        other = other_gap(subject.store, found)
        parts.append(f"{subject.authority.prose}{verb} {_more(say, found)}")
        if other and other[0].shown:
            parts[-1] += f" ({_more(say, other[1])} on {POPULATION_PROSE[other[0].spec.population]})"
    text = f"At England's average rate {PER_PROSE[spec.per]}, {join_words(parts)} in {spec.year}."
    basis = joint_basis(subjects[0].store, [subject.authority for subject in subjects], spec)
    basis += " The difference of the two rates times each authority's own denominator."
    return say.sentence(text, basis, 4)


def _funding(subjects: Subjects) -> Sentence | None:
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
