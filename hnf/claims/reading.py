"""What was read of a claim (who, what, in which form, how much, from when to when), and what became of it.

A `Reading` is what `hnf.claims.grammar` makes of a sentence and what `hnf.claims.check` judges. Nothing in it is a
default that hides: what the words leave open is None or empty, and what they say and no field holds is in `unread`.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from hnf.results import Answer
from hnf.text import join_words, ordinal, pounds
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.formula.bands import Interval

#: level: a figure at one time. change: from one time to another. difference and ratio: against another place.
#: rank: a place in the order of a group. gap: pounds that another's rate would bring. catch_up: years to it. school:
#: pounds for a school. share: a part of the formula or the block.
Form = Literal["level", "change", "difference", "ratio", "rank", "gap", "catch_up", "school", "share"]
#: times: 2 for "doubled" and "twice". points: percentage points.
Unit = Literal["pct", "points", "gbp", "count", "times", "rank", "years"]
#: How a number is hedged; "" is as it stands, to the precision with which it was said.
Bound = Literal["", "about", "nearly", "over", "at least", "under", "at most"]
Direction = Literal["", "up", "down"]
PlaceKind = Literal[
    "authority", "together", "region", "england", "group", "ambiguous", "outside", "combined", "unknown", "rate"
]
#: january: a SEN2 count. year: a calendar year, of which the quantity says what it is. financial and academic: 2014/15.
#: day: a date that is no January. now: the time at which it was said. past: so many years before `end` or now.
MomentKind = Literal["january", "year", "financial", "academic", "day", "now", "past"]

#: "about" and "nearly" stretch by this part of the number, "nearly" to the right side alone.
STRETCH = 0.05
#: A computed number on the edge of what is allowed is not lost to the last bit of a float.
_EDGE = 1e-9


@dataclass(frozen=True)
class Number(Answer):
    """A number as it was said; `half` is half of its last place, by which it may have been rounded."""

    JSON = "value unit bound words"

    value: float
    unit: Unit
    half: float
    bound: Bound = ""
    words: str = ""

    def holds(self, computed: float) -> bool:
        """Whether a computed number is the one said: bounds have no hidden ceiling, "nearly" is within a twentieth."""
        if not (math.isfinite(computed) and math.isfinite(self.value)):
            return False
        more, edge = computed - self.value, _EDGE * max(1.0, abs(self.value))
        stretch = max(self.half, abs(self.value) * STRETCH)
        low, high = {
            "about": (-stretch, stretch),
            "nearly": (-stretch, min(self.half, edge)),
            "over": (0.0, math.inf),
            "at least": (-self.half, math.inf),
            "under": (-math.inf, 0.0),
            "at most": (-math.inf, self.half),
        }.get(self.bound, (-self.half, self.half))
        return low - edge <= more <= high + edge


@dataclass(frozen=True)
class Place(Answer):
    """Whom a claim is about or against.

    `codes` are DfE codes of authorities (one, several together, the members of a group or combined area) or the ONS
    code of a region; `name` is what an answer calls it, `said` what the text said. Of an ambiguous name `choices` are
    those it may be. `rate` is no place but a rate: `name` is average, median, lowest or highest.
    """

    JSON = "kind name codes? said choices?"

    kind: PlaceKind
    name: str
    codes: tuple[str, ...] = ()
    said: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment(Answer):
    """A time as it was said; `year` is the January, the calendar year, or that in which a financial year begins.

    Of `past` it is the number of years back; of `now` and where none was given, 0. `date` is a day that is no January.
    `counted_from` is the time from which "six years later" counts; `is_from_text` where that stands before it.
    """

    JSON = "kind year? said"

    kind: MomentKind
    year: int = 0
    said: str = ""
    date: datetime.date | None = None
    counted_from: Moment | None = None
    is_from_text: bool = False

    @property
    def is_named(self) -> bool:
        """Whether it is a year or a day, and not so many years before or after another time."""
        return self.kind not in ("now", "past") and self.year > 0

    def after(self, years: int, said: str) -> Moment:
        """Return the time so many years later, before it where that is below 0."""
        day = self.date and self.date.replace(year=self.year + years, day=min(self.date.day, 28))
        return replace(self, year=self.year + years, said=said, date=day, counted_from=self if years > 0 else None)

    @property
    def financial(self) -> FinancialYear | None:
        """The financial year that it names, None where it names none."""
        return FinancialYear(self.year) if self.kind in ("financial", "academic") else None

    @property
    def january(self) -> int | None:
        """The January that it may mean for a count of plans: that within an academic or financial year."""
        if self.kind in ("financial", "academic"):
            return self.year + 1
        return self.year if self.kind in ("january", "year") else None

    @property
    def in_words(self) -> str:
        """As an answer says it."""
        if self.kind == "past":
            return f"{self.year} year{'s' if self.year != 1 else ''} before"
        if self.kind == "now":
            return "next year" if self.year else "now"
        if self.kind == "january":
            return f"January {self.year}"
        if self.kind in ("financial", "academic"):
            return str(FinancialYear(self.year))
        return str(self.year) if self.kind == "year" else self.said


@dataclass(frozen=True)
class Quantity(Answer):
    """What is counted: `name` of an entry of `data/claim_words.toml`.

    `measures` of the register may be meant, the likeliest first; empty for a quantity next door, of which `publisher`
    says who has it. `is_named` where the words name one measure ("formula funding", "whole block"), `is_assumed` where
    they only say money, or nothing.
    """

    JSON = "name words measures? publisher?"

    name: str
    words: str
    measures: tuple[str, ...] = ()
    publisher: str = ""
    unit: str = ""
    is_named: bool = False
    is_assumed: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether a table holds it."""
        return bool(self.measures)


@dataclass(frozen=True)
class Reading(Answer):
    """One claim as it was read.

    `number` is None where only a direction, or "less than Norfolk", is said. `per` is head, pupil, plan, none, child
    (which leaves it open), send_pupil or high_needs_child. With `other` it compares; `other_number` is that of the
    other. A rank is `number` from the `end_of_rank` end among `group` (all where None), of `universe` authorities;
    "bottom ten" is a rank of at most ten, "lowest quartile" has `part_of_rank` 0.25 and no number.
    """

    JSON = (
        "form who what direction? negated=is_negated? value=said_value unit=said_unit bound=said_bound",
        "from=start to=end per? prices? compared_with=other other_value=other_said group=group? universe? end_of_rank?",
        "in_words=read_as",
    )

    form: Form
    who: Place | None = None
    what: Quantity | None = None
    number: Number | None = None
    direction: Direction = ""
    is_negated: bool = False
    start: Moment | None = None
    end: Moment | None = None
    per: str = ""
    prices: Literal["", "cash", "real"] = ""
    other: Place | None = None
    other_number: Number | None = None
    group: Place | None = None
    universe: int | None = None
    end_of_rank: Literal["", "lowest", "highest"] = ""
    part_of_rank: float | None = None
    #: A rank by growth ("growing faster than anywhere") is one of the change, not of the level.
    is_rank_of_change: bool = False
    school_pupils: float | None = None
    unread: tuple[str, ...] = ()
    problem: str = ""
    text: str = ""
    start_at: int = 0
    end_at: int = 0

    @property
    def said_value(self) -> float | None:
        """The number said."""
        return self.number.value if self.number else None

    @property
    def said_unit(self) -> str:
        """Its unit."""
        return self.number.unit if self.number else ""

    @property
    def said_bound(self) -> str:
        """How it is hedged."""
        return self.number.bound if self.number else ""

    @property
    def other_said(self) -> float | None:
        """The number said of the other."""
        return self.other_number.value if self.other_number else None

    @property
    def read_as(self) -> str:
        """The reading in one line."""
        return read_as(self)


def fits(reading: Reading, value: float, unit: str = "") -> bool:
    """Whether a computed number is the one said: above zero (of times: one) it is up or more, below it down or less."""
    number, direction, zero = reading.number, reading.direction, 1.0 if unit == "times" else 0.0
    is_that_way = not direction or (value > zero if direction == "up" else value < zero)
    if number is None:
        return (bool(direction) and is_that_way) != reading.is_negated
    if number.value == zero and not number.bound:
        is_that_way = True
    if reading.is_negated and reading.form == "change" and number.bound in ("", "about"):
        number = replace(number, bound="at least")  # what has not doubled has not trebled either
    signed = value
    if direction == "down":
        signed = -value if unit != "times" else 1 / value if number.value >= 1 and value else value
    return (is_that_way and number.holds(signed)) != reading.is_negated


PER_IN_WORDS = {
    "head": "per head",
    "pupil": "per pupil",
    "plan": "per EHC plan",
    "none": "in all",
    "child": "per child",
    "send_pupil": "per pupil with SEND",
    "high_needs_child": "per high-needs child",
}
_BOUND_IN_WORDS = {"": "", "under": "less than ", "at most": "at most ", "over": "more than "}


def number_in_words(value: float, unit: str) -> str:
    """Say a number with its unit, to the precision that a reader needs."""
    if unit in ("pct", "points"):
        return f"{value:,.1f}".removesuffix(".0") + ("%" if unit == "pct" else " percentage points")
    if unit == "gbp" and abs(value) >= 1e9:
        return f"{'-' if value < 0 else ''}£{abs(value) / 1e9:,.2f}".rstrip("0").rstrip(".") + " billion"
    if unit == "gbp":
        return f"{'-' if value < 0 else ''}{pounds(abs(value))}"
    if unit == "rank":
        return ordinal(round(value))
    if unit == "times":
        return f"{value:,.2f}".rstrip("0").rstrip(".") + " times"
    return f"{value:,.1f}".removesuffix(".0") + (" years" if unit == "years" else "")


def said_in_words(number: Number) -> str:
    """Say a number with its hedge."""
    bound = _BOUND_IN_WORDS.get(number.bound, f"{number.bound} ")
    return f"{bound}{number_in_words(number.value, number.unit)}"


def read_as(reading: Reading) -> str:
    """Say a reading in one line: "change of EHC plans, Kent, +143%, from January 2013 to now"."""
    number = said_in_words(reading.number) if reading.number else ""
    if reading.form == "change" and reading.direction:
        number = f"{reading.direction}{' by ' if number else ''}{number}"
    if reading.form == "rank":
        ends = reading.end_of_rank or "lowest"
        number = f"{ends} {reading.part_of_rank:.0%}" if reading.part_of_rank else f"{number} {ends}".strip()
        number += f" of {reading.universe}" if reading.universe else ""
    parts = [
        reading.form,
        reading.what.words if reading.what else "",
        PER_IN_WORDS.get(reading.per, ""),
        reading.who.name if reading.who else "",
        f"not {number}".strip() if reading.is_negated else number,
        f"from {reading.start.in_words}" if reading.start else "",
        f"{'to' if reading.form == 'change' and reading.start else 'in'} {reading.end.in_words}" if reading.end else "",
        f"compared with {reading.other.name}" if reading.other else "",
        f"({said_in_words(reading.other_number)})" if reading.other_number else "",
        f"among {reading.group.name}" if reading.group else "",
        "in real terms" if reading.prices == "real" else "",
    ]
    return ", ".join(part for part in parts if part)


def not_read(words: tuple[str, ...]) -> str:
    """List words that were not read, in quotes."""
    return join_words([f"'{word}'" for word in words])


Code = Literal["true", "true_on_some_bases", "was_true", "untrue", "needs_data", "out_of_scope", "not_understood"]
CODES: tuple[Code, ...] = get_args(Code)
#: Verdicts as a person reads them.
VERDICT_IN_WORDS: dict[Code, str] = {
    "true": "true",
    "true_on_some_bases": "true on some bases",
    "was_true": "was true",
    "untrue": "not true",
    "needs_data": "cannot be told: needs data that are not in the tables",
    "out_of_scope": "cannot be told: about something else",
    "not_understood": "cannot be told: not fully read",
}
#: How a range goes with what was said; "not judged" where words of the statement were not read.
Agreement = Literal["consistent", "consistent with places", "excluded", "not judged"]


@dataclass(frozen=True)
class Finding(Answer):
    """A claim's number on one basis, in the unit of the claim; `order` is the year in which the period ends.

    `is_stated` where the words of the claim name this basis or leave it open. `words` are the basis in words, without
    the period: "whole block per head (ONS)".
    """

    JSON = "year measure? per? population? comparator? value unit figure_id basis_in_words=words? note? **others"

    year: str
    order: int
    measure: str
    per: str
    population: str
    comparator: str
    value: float
    unit: str
    figure_id: str
    fits: bool
    is_stated: bool = True
    words: str = ""
    note: str = ""
    others: dict[str, float] = field(default_factory=dict)

    @property
    def basis(self) -> tuple[str, str, str, str]:
        """The basis without the period."""
        return (self.measure, self.per, self.population, self.comparator)


@dataclass(frozen=True)
class ImpliedFinding(Answer):
    """What published rules and figures leave of a claim's number in a year without a table: a range, in its unit.

    With places, all those of special free schools count that may have moved into column A; `note` says whose heads.
    """

    JSON = (
        "year measure per population lower=band.lower upper=band.upper lower_with_places=with_places.lower",
        "upper_with_places=with_places.upper unit universe agreement basis note figure_ids=ids",
    )
    measure, per, basis = "nff", "head", "implied"

    year: str
    population: str
    band: Interval
    with_places: Interval
    unit: str
    universe: int | None
    agreement: Agreement
    ids: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ReportedFigure(Answer):
    """A figure that was said elsewhere of a year that is not in the tables: shown beside a verdict, never support."""

    JSON = "year words source address figure_id basis"
    basis = "reported"

    year: str
    words: str
    source: str
    address: str
    figure_id: str


@dataclass(frozen=True)
class CheckedClaim(Answer):
    """What became of a claim.

    Parameters
    ----------
    sentence : str
        One plain sentence for a caseworker: true, partly true, not true, cannot be told; and the figure.
    say_instead : str
        The sentence to use instead, or the claim again with its basis; empty where no figure can be given.
    say_instead_id : str
        The id of its figure, for `hnf trace`.
    supporting, contradicting : tuple of Finding
        Bases on which it holds, and those of the same period on which it does not, the likeliest first.
    matches_if : tuple of Finding
        Bases that give its number and that its words do not mean, or do not name: a coincidence, never support.
    today : Finding, optional
        The present figure on the same basis and start.
    needs : tuple of str
        What is in no table, with where it is published.
    remarks : tuple of str
        What a true statement hides (cash for real, a break in between, a date after it was said), and what was assumed.
    """

    JSON = (
        "id? text reading unread verdict_code=code verdict sentence say_instead? say_instead_id?",
        "supporting contradicting matches_if bounds reported today mislabelled? needs remarks",
        "who=said_by? where=said_where? when=said? link? about? reason=sentence notes=remarks",
    )

    code: Code
    text: str
    reading: Reading | None = None
    id: str = ""
    sentence: str = ""
    say_instead: str = ""
    say_instead_id: str = ""
    supporting: tuple[Finding, ...] = ()
    contradicting: tuple[Finding, ...] = ()
    matches_if: tuple[Finding, ...] = ()
    bounds: tuple[ImpliedFinding, ...] = ()
    reported: tuple[ReportedFigure, ...] = ()
    today: Finding | None = None
    mislabelled: str = ""
    needs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    said_by: str = ""
    said_where: str = ""
    said: str = ""
    link: str = ""
    start_at: int = 0
    end_at: int = 0

    @property
    def unread(self) -> tuple[str, ...]:
        """Words of the claim that no part of the reading holds."""
        return self.reading.unread if self.reading else ()

    @property
    def about(self) -> str:
        """The place that it is about."""
        return self.reading.who.name if self.reading and self.reading.who else ""

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return VERDICT_IN_WORDS[self.code]
