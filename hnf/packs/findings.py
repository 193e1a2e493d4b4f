"""What the figures of one authority bear out: premises of messages and questions, and the names their texts may use.

Texts, thresholds and the sentences on what has been decided are data (`data/pack_texts.toml`). A text is used only
where every premise that it names holds for the place, so that nothing is asked that its figures or a later decision
answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from hnf.analysis.compare import has_set, latest_model, neighbours
from hnf.analysis.explain import Explanation, explain, loss_figure
from hnf.analysis.gaps import Gap, gap
from hnf.analysis.growth import Change, area_of, plans_area, plans_change
from hnf.analysis.rank import other_population, rank_figure, universe_figure
from hnf.analysis.rank_card import DENOMINATORS
from hnf.analysis.reported import reported, source_words
from hnf.analysis.spending import balance_figure, balance_years
from hnf.errors import TableError, UsageError
from hnf.formula.protection import TOLERANCE_GBP, ProtectionStatus
from hnf.measures.published import ENGLAND
from hnf.measures.rates import MeasureSpec, RateSpec, rate_figure, rate_table
from hnf.measures.register import SHARES
from hnf.measures.shares import doubts_of, measure_spec, measure_table, measure_value, periods_of
from hnf.packs.content import Sentence, Wording, print_cell, within
from hnf.packs.subject import PER_PROSE, POPULATION_PROSE, SHORT_PER, SMALL_COUNT, Subject
from hnf.paths import data_folder
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.text import possessive
from hnf.years import day_in_words

#: The shares of the service that a pack shows, with their words on a chart.
SERVICE = {
    "within_20_weeks_pct": "New EHC plans issued within 20 weeks",
    "refused_pct": "Requests for an assessment refused",
    "mainstream_pct": "In mainstream schools",
    "special_state_pct": "In state-funded special schools",
    "special_independent_pct": "In independent and non-maintained special schools",
    "appeal_rate_pct": "Decisions appealed to the SEND Tribunal",
}
_DOUBTS = {"faulty": "return is faulty", "partial": "return is incomplete", "recording": "not recorded reliably"}


@cache
def pack_texts() -> dict[str, Any]:
    """Return thresholds, kinds of message, decisions and questions as the file has them."""
    path = data_folder() / "pack_texts.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"cannot be read: {error}", where=str(path), todo="Restore it as it was shipped.") from error


@dataclass(frozen=True)
class BasisFinding:
    """The whole block of the latest year over one denominator: rate, rank, and the gap to England's rate."""

    store: Store
    spec: RateSpec
    la_code: str
    gap: Gap

    @property
    def side(self) -> str:
        """Where the printed rate lies against England's: `below`, `above` or `level`."""
        own, england = (print_cell(rate, "rate") for rate in (self.gap.own_rate, self.gap.comparator_rate))
        return "level" if own == england else "below" if self.gap.pounds > 0 else "above"

    @property
    def rank(self) -> int:
        """Rank from the lowest."""
        return rate_table(self.store, self.spec).ranks[self.la_code]

    @property
    def universe(self) -> int:
        """How many authorities are ranked."""
        return len(rate_table(self.store, self.spec).values)

    @property
    def place(self) -> float:
        """Where the rank lies between the lowest (0) and the highest (1) of all."""
        return (self.rank - 1) / max(self.universe - 1, 1)

    def words(self, *, both: bool) -> str:
        """Return the denominator in words, with its population where both are among the bases."""
        per = SHORT_PER[self.spec.per]
        return f"{per} on {POPULATION_PROSE[self.spec.population]}" if both and self.spec.per == "head" else per

    def say_rank(self, say: Wording) -> str:
        """Say the rank from the nearer end."""
        joint = "joint " if rate_table(self.store, self.spec).tied_with(self.la_code) else ""
        return joint + say.rank(rank_figure(self.store, self.spec, self.la_code), self.universe)

    def say_universe(self, say: Wording) -> str:
        """Say how many authorities are ranked."""
        return say.count(universe_figure(self.store, self.spec))


@dataclass(frozen=True)
class ServiceFinding:
    """A share of the service in the latest period published; `reason` in a few words where there is none."""

    store: Store
    spec: MeasureSpec
    la_code: str
    reason: str

    @property
    def share(self) -> Figure:
        """The authority's share."""
        return measure_value(self.store, self.spec, self.la_code)

    @property
    def england(self) -> Figure:
        """England's share as published."""
        return measure_value(self.store, self.spec, ENGLAND)

    @property
    def others(self) -> dict[str, float]:
        """The shares of all authorities without a doubt, by code, lowest first."""
        doubts = doubts_of(self.spec)
        return {
            code: value for code, value in measure_table(self.store, self.spec).values.items() if code not in doubts
        }

    def say(self, say: Wording) -> str:
        """Say the share; of few children the two numbers, since one child more or less moves the share a lot."""
        share = SHARES[self.spec.measure]
        part, whole = (
            measure_value(self.store, MeasureSpec(one, self.spec.period), self.la_code)
            for one in (share.part, share.whole)
        )
        if (whole.value or 0) < SMALL_COUNT:
            return f"{say.count(part)} of {say.count(whole)}"
        return f"{say.percent(self.share)} of"

    def is_extreme(self, *, lowest: bool) -> bool:
        """Whether the share is on that side of England's, and in that quarter of authorities."""
        if self.reason or self.england.value is None or self.share.value is None:
            return False
        whole = measure_value(self.store, MeasureSpec(SHARES[self.spec.measure].whole, self.spec.period), self.la_code)
        if (whole.value or 0) < SMALL_COUNT:
            return False
        values = list(self.others.values())
        own = self.share.value
        beyond = len([value for value in values if (value < own if lowest else value > own)])
        is_side = self.share.value < self.england.value if lowest else self.share.value > self.england.value
        return is_side and beyond < pack_texts()["thresholds"]["quarter"] * len(values)


@dataclass(frozen=True)
class Decision:
    """A decision since the last table: its sentence, with who reported it and where."""

    id: str
    sentence: Sentence


def decisions(store: Store) -> tuple[Decision, ...]:
    """Return the decisions that the table of policy bears out by the day of the edition, in the order of the file."""
    rows = reported(store).policy
    found = []
    for entry in pack_texts()["decided"]:
        row = next((row for row in rows if _rests_on(entry, row)), None)
        if row:
            source = source_words(row["source"]).partition(", ")[0]
            said_by = f"{source}, {day_in_words(row['date'])}"
            sentence = Sentence(entry["text"], (), "", said_by=said_by, link=row["address"])
            found.append(Decision(entry["id"], sentence))
    return tuple(found)


def _rests_on(entry: dict[str, str], row: dict[str, Any]) -> bool:
    same = (row["date"], row["source"]) == (entry["date"], entry["source"])
    return same and str(row["fact"]).startswith(entry.get("fact", ""))


@dataclass(frozen=True)
class Findings:
    """What the figures of an authority bear out."""

    subject: Subject

    @property
    def store(self) -> Store:
        """The tables."""
        return self.subject.store

    @property
    def code(self) -> str:
        """The DfE code."""
        return self.subject.authority.la_code

    @property
    def name(self) -> str:
        """The name in prose."""
        return self.subject.authority.prose

    @cached_property
    def bases(self) -> tuple[BasisFinding, ...]:
        """The whole block over every denominator that gives a rate, the first of them that of the headline."""
        if self.subject.spec is None:
            return ()
        found = []
        for per, population in DENOMINATORS:
            spec = RateSpec(self.subject.year, "block", per, population)
            try:
                found.append(BasisFinding(self.store, spec, self.code, gap(self.store, spec, self.code)))
            except UsageError:
                continue
        return tuple(sorted(found, key=lambda one: one.spec != self.subject.spec))

    @property
    def basis(self) -> str:
        """What the rates of the pack are of, on every denominator, as one note."""
        parts = []
        for one in self.bases:
            words = one.spec.denominator_words.partition(", ")[2]
            per = SHORT_PER[one.spec.per]
            parts.append(f"{per} ({words})" if words else per)
        return f"High needs block before deductions, {self.subject.year}: {'; '.join(parts)}; against England's rates."

    @property
    def both_populations(self) -> bool:
        """Whether rank or side turns on the population, so that each must be named."""
        found = other_population(self.store, self.subject.spec, self.code) if self.subject.spec else None
        return bool(found and found.shown)

    def basis_words(self, found: BasisFinding) -> str:
        """Return the denominator of a basis as a sentence says it."""
        return found.words(both=self.both_populations)

    def sided(self, side: str) -> list[str]:
        """Return the denominators on a side of England's rate, each once; the population where the side turns on it."""
        found = [one for one in self.bases if one.side == side]
        heads = [one for one in self.bases if one.spec.per == "head"]
        both = len({one.side for one in heads}) > 1
        return list(dict.fromkeys(one.words(both=both) for one in found))

    @cached_property
    def by_rank(self) -> tuple[BasisFinding, ...]:
        """The bases, the nearest to the lowest of all first."""
        return tuple(sorted(self.bases, key=lambda one: one.place))

    def end_words(self, end: BasisFinding) -> str:
        """Return the denominator of an end of the rank, with its population where both ends are per head too."""
        low, high = self.by_rank[0], self.by_rank[-1]
        return end.words(both=self.both_populations or low.spec.per == high.spec.per)

    @cached_property
    def service(self) -> dict[str, ServiceFinding]:
        """The shares of the service that the tables hold, each of its latest period."""
        return {name: self._service(name) for name in SERVICE if periods_of(self.store, name)}

    def _service(self, name: str) -> ServiceFinding:
        spec = measure_spec(self.store, name)
        doubt = doubts_of(spec).get(self.code)
        absent = self.code not in measure_table(self.store, spec).values
        return ServiceFinding(
            self.store, spec, self.code, "not published" if absent else _DOUBTS[doubt] if doubt else ""
        )

    @cached_property
    def neighbours(self) -> tuple[str, ...]:
        """Codes of the statistical neighbours of the latest model; none where it has no set."""
        model = latest_model(self.store)
        return neighbours(self.store, model)[self.code] if has_set(self.store, self.code, model) else ()

    @property
    def growth(self) -> tuple[Change, Change] | None:
        """Plans here and in England from the first January to the last with a count."""
        need = self.subject.need
        return (need.area[need.last_counted], need.england[need.last_counted]) if need else None

    @cached_property
    def latest_year(self) -> tuple[Change, Change] | None:
        """Plans of the authority alone and of England over the latest year; None where an end is not published."""
        need = self.subject.need
        if need is None or need.last_counted < 1 or need.area[need.last_counted - 1].end.value is None:
            return None
        dates = need.dates[need.last_counted - 1], need.dates[need.last_counted]
        place = plans_area(self.store, self.subject.authority, dates)
        here, england = (plans_change(self.store, area, dates) for area in (area_of(*place.codes), ENGLAND))
        return None if here.change_pct is None or england.change_pct is None else (here, england)

    @cached_property
    def explanation(self) -> Explanation | None:
        """Why the block is what it is; None without an allocation."""
        return explain(self.store, self.code, self.subject.year) if self.subject.spec else None

    @property
    def rule(self) -> ProtectionStatus | None:
        """The class against floor and gains limit; None where they cannot be recomputed."""
        row = self.explanation.row if self.explanation else None
        return row.protection_status if row else None

    @cached_property
    def balance(self) -> Figure | None:
        """The latest balance of the schools grant, % of its income."""
        found = [balance_figure(self.store, year, release, self.code) for year, release in balance_years(self.store)]
        return next((one for one in reversed(found) if one), None)

    @property
    def is_small(self) -> bool:
        """Whether there were so few plans at the start that a percentage of growth says little."""
        start = self.growth[0].start.value if self.growth else None
        return start is not None and start < SMALL_COUNT

    @cached_property
    def premises(self) -> frozenset[str]:
        """The names of all premises that hold."""
        return frozenset(self._premises())

    def _premises(self) -> Iterator[str]:
        yield from (decision.id for decision in decisions(self.store))
        yield "funded" if self.subject.spec else "not_in_tables"
        sides = {found.side for found in self.bases}
        if len(sides) == 1 and self.bases:
            yield f"{sides.pop()}_every"
        elif {"below", "above"} <= sides:
            yield "mixed"
        if self.bases and self.by_rank[-1].place - self.by_rank[0].place >= pack_texts()["thresholds"]["spread"]:
            yield "spread"
        yield from self._premises_of_need()
        if self.rule:
            yield self.rule.value
        lost = self.explanation.gains_limit_loss_gbp if self.explanation else None
        if lost is not None and lost > TOLERANCE_GBP:
            yield "loss"
        extremes = {"late": ("within_20_weeks_pct", True), "refused_high": ("refused_pct", False)}
        extremes["independent_high"] = ("special_independent_pct", False)
        for name, (measure, lowest) in extremes.items():
            if measure in self.service and self.service[measure].is_extreme(lowest=lowest):
                yield name
        balance = self.balance.value if self.balance else None
        if balance is not None and balance < 0 and print_cell(balance, "pct") != print_cell(-0.0, "pct"):
            yield "deficit"

    def _premises_of_need(self) -> Iterator[str]:
        need, growth = self.subject.need, self.growth
        if need is None or growth is None:
            return
        yield "counted"
        here, england = (change.change_pct or 0.0 for change in growth)
        if self.is_small:
            yield "small"
        elif here > england > 0:
            yield "faster"
            if here >= pack_texts()["thresholds"]["much_faster"] * england:
                yield "much_faster"
        if need.place.is_combined:
            yield "reorganised"
        if need.last_counted < len(need.dates) - 1:
            yield "not_counted"
        if self.latest_year and not self.is_small:
            own, all_ = (change.change_pct or 0.0 for change in self.latest_year)
            if own > all_ > 0 and print_cell(own, "pct") != print_cell(all_, "pct"):
                yield "latest_faster"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of message that hold, in words, in the order of the file."""
        return tuple(kind["words"] for kind in pack_texts()["kind"] if kind["id"] in self.premises)

    def texts(self, name: str) -> list[Sentence]:
        """Return the sentences of a list of the file (`question`, `written`, `scrutiny`) whose premises all hold."""
        entries = pack_texts()[name]
        return [self._fill(entry["text"]) for entry in entries if set(entry["premise"]) <= self.premises]

    def _fill(self, text: str) -> Sentence:
        say = Wording()
        names = self._names(say)
        filled = re.sub(r"\{(\w+)\}", lambda found: names[found[1]](), text)
        rests = any(f"{{{name}}}" in text for name in ("own_rate", "low_rank"))
        return say.sentence(filled, self.basis if rests else "")

    def _names(self, say: Wording) -> dict[str, Callable[[], str]]:
        """Return what each name in braces is said as; a figure is remembered where it is said."""
        names: dict[str, Callable[[], str]] = {
            "place": lambda: self.name,
            "places": lambda: possessive(self.name),
            "in_place": lambda: within(self.name),
            "year": lambda: str(self.subject.year),
        }
        if self.subject.spec:
            spec = self.subject.spec
            names |= {
                "per": lambda: self.basis_words(self.bases[0]) if self.both_populations else PER_PROSE[spec.per],
                "own_rate": lambda: say.rate(rate_figure(self.store, spec, self.code)),
                "england_rate": lambda: say.rate(rate_figure(self.store, spec, ENGLAND)),
                "loss": lambda: say.pounds(loss_figure(self.store, self.subject.year, self.code)),
            }
            for end, found in (("low", self.by_rank[0]), ("high", self.by_rank[-1])):
                names[f"{end}_rank"] = lambda found=found: f"{found.say_rank(say)} of {found.say_universe(say)}"  # type: ignore[misc]
                names[f"{end}_basis"] = lambda found=found: self.end_words(found)  # type: ignore[misc]
        if self.growth and self.subject.need:
            need = self.subject.need
            names |= {
                "last": lambda: str(need.dates[need.last_counted]),
                "in_counted": lambda: within(need.place.name),
                "plans": lambda: say.count(need.area[need.last_counted].end),
            }
        if self.latest_year:
            own, england = self.latest_year
            names |= {
                "latest_rise": lambda: say.percent(own.figure()),
                "latest_england": lambda: say.percent(england.figure()),
            }
        if self.balance:
            year = self.balance.id.split(":")[1]
            names |= {"deficit": lambda: say.percent(self.balance), "balance_year": lambda: year}  # type: ignore[arg-type]
        for name, measure in (
            *(("timely", "within_20_weeks_pct"), ("refused", "refused_pct")),
            ("independent", "special_independent_pct"),
        ):
            if share := self.service.get(measure):
                names |= {
                    name: lambda share=share: share.say(say),  # type: ignore[misc]
                    f"{name}_england": lambda share=share: say.percent(share.england),  # type: ignore[misc]
                    f"{name}_year": lambda share=share: share.spec.period,  # type: ignore[misc]
                }
        return names


def ends_in_words(say: Wording, found: Findings) -> str:
    """Say both ends of where the block ranks: one rank where all bases give the same."""
    low, high = found.by_rank[0], found.by_rank[-1]
    if (low.rank, low.universe) == (high.rank, high.universe):
        return f"{low.say_rank(say)} of {low.say_universe(say)} on every measure"
    return "; ".join(f"{one.say_rank(say)} of {one.say_universe(say)} {found.end_words(one)}" for one in (low, high))
