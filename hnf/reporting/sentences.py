"""The sentences of a pack, of the kinds that members and councillors use, each with the basis on which it is true."""

from __future__ import annotations

from hnf.analysis.changes import Change, area_of, plans_change
from hnf.analysis.comparator_sets import latest_model
from hnf.analysis.footprint import Footprint
from hnf.analysis.gaps import AVERAGE, gap
from hnf.analysis.ranking import rank_figure, rate_figure, universe_figure
from hnf.analysis.series import FundingSeries, NeedSeries
from hnf.analysis.series_breaks import plans_in_words
from hnf.authorities import Authorities, Authority
from hnf.measures.published import ENGLAND
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.content import Sentence
from hnf.reporting.wording import Wording, direction, within
from hnf.store import Store
from hnf.words import capital

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
        table = rate_table(store, spec)
        joint = "joint " if table.tied_with(authority.la_code) else ""
        rank = joint + say.rank(rank_figure(store, spec, authority.la_code), len(table.values))
        of = say.count(universe_figure(store, spec))
        subject = f"high needs funding {SHORT_PER[spec.per]} {within(authority.prose)}"
        parts.append(f"in {spec.year} {subject} was the {rank} of {of} authorities")
        basis.append(f"{capital(spec.in_words)}.")
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
    return say.sentence(text, f"{basis} {_note(need.place)}".strip(), 1, here.figure())


def say_latest(store: Store, need: NeedSeries) -> Sentence | None:
    """Kind 1: the change over the latest year, where both of its ends were counted."""
    last = need.last_counted
    if last < 1 or need.area[last - 1].end.value is None:
        return None
    dates = need.dates[last - 1], need.dates[last]
    codes = need.place.codes[last - 1], need.place.codes[last]
    here = plans_change(store, area_of(*codes), dates)
    england = plans_change(store, ENGLAND, dates)
    if here.change_pct is None or england.change_pct is None:
        return None
    say = Wording()
    text = f"In the latest year, from January {dates[0]} to January {dates[1]}, the number of EHC plans "
    text += f"{within(need.place.name)} {say_moved(say, here)}, and in England it {say_moved(say, england)}."
    return say.sentence(text, "EHC plans, ages 0 to 25, January counts of the SEN2 return.", 1)


def say_rank(store: Store, authority: Authority, spec: RateSpec) -> Sentence:
    """Kind 2: nth lowest of N."""
    table = rate_table(store, spec)
    say = Wording()
    joint = "joint " if table.tied_with(authority.la_code) else ""
    ranked = rank_figure(store, spec, authority.la_code)
    text = (
        f"In {spec.year} the high needs block {within(authority.prose)} was "
        f"{say.rate(rate_figure(store, spec, authority.la_code))} {PER_PROSE[spec.per]}, the {joint}"
        f"{say.rank(ranked, len(table.values))} of {say.count(universe_figure(store, spec))} authorities. "
        f"The rate for England was {say.rate(rate_figure(store, spec, 'england'))}."
    )
    return say.sentence(text, f"{capital(spec.in_words)}.", 2, ranked)


def closest_neighbour(store: Store, authority: Authority, spec: RateSpec) -> Authority | None:
    """Return the closest statistical neighbour with a rate; None where the model has no set for the authority."""
    neighbours = store.table("neighbours").filter(model=latest_model(store), la_code=authority.la_code).sort("position")
    values = rate_table(store, spec).values
    codes = [code for code in neighbours["neighbour_la_code"] if code in values]
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
    basis = f"{capital(spec.in_words)}. Children's services statistical neighbours, {latest_model(store)} model."
    return say.sentence(text, basis, 3, theirs)


def say_gap(store: Store, authority: Authority, spec: RateSpec, to: str = AVERAGE) -> Sentence:
    """Kind 4: at the national average we would have £M more."""
    found = gap(store, spec, authority.la_code, to)
    say = Wording()
    amount = say.pounds(found.figure())
    more = "more" if found.pounds > 0 else "less"
    text = (
        f"At {found.comparator_name} {PER_PROSE[spec.per]}, {authority.prose} would have had {amount} {more} "
        f"in {spec.year}."
    )
    return say.sentence(
        text, f"{capital(spec.in_words)}. The difference of the two rates times the {spec.denominator_words}.", 4
    )


def say_funding(funding: FundingSeries) -> Sentence:
    """Kind 5: funding up X%, plans up Y%."""
    say = Wording()
    here, plans = funding.area[-1], funding.plans[-1]
    england, plans_england = funding.england[-1], funding.plans_england[-1]
    years, dates = (funding.years[0], funding.years[-1]), (funding.years[0].january, funding.years[-1].january)
    text = (
        f"From {years[0]} to {years[1]} the high needs block {within(funding.place.name)} "
        f"{say_moved(say, here)} in cash, and the number of EHC plans "
        f"{say_moved(say, plans)}. In England funding "
        f"{say_moved(say, england)} and plans "
        f"{say_moved(say, plans_england)}."
    )
    basis = (
        f"High needs block before deductions, cash; EHC plans, January {dates[0]} to January {dates[1]}. "
        f"{_note(funding.place)}"
    )
    return say.sentence(text, basis.strip(), 5)


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


def _note(place: Footprint) -> str:
    return f"{capital(place.note)}." if place.note else ""
