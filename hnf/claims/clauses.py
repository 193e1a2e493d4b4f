"""One clause: its tokens, whom a number in it is about, what it counts, from when to when, per what.

What a clause leaves out may stand in the sentence or text before it (`Context`); what nobody says stays open.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any, cast

from hnf.claims.reading import Direction, Form, Moment, Number, Place, Quantity, Reading
from hnf.claims.words import COUNTED, Lexer, Token, is_weak, measures_of
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

#: A count or an amount of this size can be that of England alone.
_NATIONAL_OF = {"appeals": 5_000.0, "requests": 20_000.0, "new_plans": 20_000.0, "assessments": 20_000.0}
_NATIONAL = {"count": 100_000.0, "gbp": 1e9}
MONEY = frozenset(
    (
        *("funding", "block", "whole_block", "after_deductions", "formula", "formula_additional", "deficit"),
        *("spending", "transport", "capital", "dsg", "early_years", "announced"),
    )
)
#: Measured in per cent of a whole, or counted.
PARTS = frozenset(
    ("timeliness", "refused", "mainstream", "independent", "special", "elsewhere", "autism", "semh", "slcn")
)


@dataclass(frozen=True)
class Sentence:
    """A sentence and its tokens."""

    store: Store
    text: str
    tokens: list[Token]


@dataclass
class Context:
    """What the text said so far: whom it was about, what was counted, from when to when."""

    store: Store
    given: Place | None
    who: Place | None = None
    before: Place | None = None
    what: Quantity | None = None
    per: str = ""
    start: Moment | None = None
    end: Moment | None = None
    form: Form | None = None
    named: Moment | None = None
    was_asked: bool = False
    read: tuple[Reading, ...] = ()


@dataclass
class Clause:
    """A part of a sentence with its own numbers; `used` are tokens that a reading has taken up."""

    tokens: list[Token]
    used: set[int] = field(default_factory=set)

    @property
    def signature(self) -> str:
        """One letter a token."""
        return "".join(token.letter for token in self.tokens)

    def has(self, *kinds: str) -> bool:
        """Whether a token of a kind is in it."""
        return any(token.kind in kinds for token in self.tokens)

    def at(self, *kinds: str) -> list[int]:
        """Places of tokens of some kinds that nothing has taken up."""
        return [n for n, token in enumerate(self.tokens) if token.kind in kinds and n not in self.used]

    def counted(self) -> list[int]:
        """Places of the numbers that claim something."""
        return [n for n, token in enumerate(self.tokens) if token.kind in COUNTED]


@dataclass
class Reader:
    """Reads the claims of one clause."""

    sentence: Sentence
    clause: Clause
    context: Context
    number: int
    compare: int | None = None
    also: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        """Find where the clause begins to compare."""
        signature = self.clause.signature
        self.compare = next((n for n in range(len(signature)) if re.match(r"[AHW]|m[Qp]*[LR]", signature[n:])), None)

    # What stands around a token.

    def right(self, at: int, pattern: str) -> re.Match[str] | None:
        """Match what follows a token."""
        return re.compile(pattern).match(self.clause.signature, at + 1)

    def left(self, at: int, pattern: str) -> re.Match[str] | None:
        """Match what stands before a token."""
        return re.search(f"(?:{pattern})$", self.clause.signature[:at])

    def use(self, *places: int | None) -> None:
        """Take tokens up."""
        self.clause.used.update(place for place in places if place is not None)

    def token(self, at: int) -> Token:
        """The token at a place."""
        return self.clause.tokens[at]

    def remember(self, found: list[Reading]) -> None:
        """Keep what the clause was about for those that go on from it."""
        if not found:
            for token in self.clause.tokens:
                if token.kind == "place" and token.value.kind != "unknown":
                    self.context.before, self.context.who = self.context.who, token.value
                elif token.kind == "quantity" and not is_weak(token):
                    self.context.what = token.value
                elif token.kind in ("moment", "start", "end"):
                    self.context.end = token.value
            return
        last = found[-1]
        self.context.read = (*self.context.read, *found)
        for one in found:
            if one.who and one.who != self.context.who:
                self.context.before, self.context.who = self.context.who, one.who
        places = [token.value for token in self.clause.tokens if token.kind == "place"]
        is_new = self.compare is not None and places and places[-1] not in (self.context.who, self.context.before)
        if is_new and places[-1].kind in ("authority", "region", "england"):
            self.context.before, self.context.who = self.context.who, places[-1]
        self.context.what, self.context.form = last.what or self.context.what, last.form
        self.context.per = last.per or self.context.per
        if last.start or last.end:
            self.context.start, self.context.end = last.start, last.end

    # Who, what, when, per what.

    def who(self, at: int) -> Place | None:
        """Whom a number is about: the place beside it among several numbers, the subject, or whom the text is about."""
        tokens = self.clause.tokens
        places = [n for n, token in enumerate(tokens) if token.kind in ("place", "average")]
        counted = self.clause.counted()
        before = max((n for n in counted if n < at), default=-1)
        after = min((n for n in counted if n > at), default=len(tokens))
        subjects = [n for n in places if self.compare is None or n < self.compare]
        if self.compare is not None and at > self.compare:
            near = [n for n in places if max(self.compare, before) < n < after]
            between = self.sentence.text[self.token(self.compare).end : self.token(at).start]
            if not near and re.search(r"\b(?:some|other|others|elsewhere)\b", between, re.I):
                return None
            if near:
                best = near[0]
                self.use(best, self.compare)
                return self._place(best)
        own = [n for n in places if before < n < after]
        if before >= 0 and own and (self.compare is None or at > self.compare or before < self.compare):
            own = [n for n in own if n > at] if before >= 0 and any(n > at for n in own) else own
            self.use(own[0])
            return self._place(own[0])
        if subjects:
            first = self._subject(subjects)
            if first is not None:
                return first
        extremes = [n for n in self.clause.at("extreme") if n < at]
        if extremes and tokens[at].kind == "gbp":
            self.use(extremes[-1])
            return Place("rate", tokens[extremes[-1]].value, said=tokens[extremes[-1]].words)
        return self.inherited()

    def _subject(self, subjects: list[int]) -> Place | None:
        """The subject of a clause: one place, or several together; a region that holds it says no more."""
        tokens = self.clause.tokens
        real = [n for n in subjects if tokens[n].kind == "place"]
        if not real:
            return None
        authorities = [n for n in real if tokens[n].value.kind == "authority"]
        codes = list(dict.fromkeys(code for n in authorities for code in tokens[n].value.codes))
        if len(codes) > 1 and self.clause.has("together"):
            self.use(*authorities)
            names = " and ".join(dict.fromkeys(tokens[n].value.name for n in authorities))
            said = f"{tokens[authorities[0]].words} and others"
            return Place("together", f"{names} together", tuple(codes), said)
        best = authorities[0] if authorities else real[0]
        self.use(best)
        lists = [n for n in authorities if re.fullmatch(r"L(?:&?L)*&?", self.clause.signature[best:n])]
        if lists and not self.clause.has("together") and len(self.clause.counted()) < 2:
            self.also = tuple(tokens[n].value for n in lists if tokens[n].value.codes != tokens[best].value.codes)
            self.use(*lists)
        for n in real:
            place = tokens[n].value
            is_same = place.codes == tokens[best].value.codes
            if is_same or (place.kind == "region" and authorities and self._is_in(tokens[best].value, place)):
                self.use(n)
        return cast("Place", tokens[best].value)

    def _is_in(self, authority: Place, region: Place) -> bool:
        return Authorities.of(self.context.store)[authority.codes[0]].region_code == region.codes[0]

    def _place(self, at: int) -> Place:
        token = self.clause.tokens[at]
        return cast("Place", token.value) if token.kind == "place" else Place("england", "England", said=token.words)

    def inherited(self) -> Place | None:
        """Whom it is about where the clause names nobody."""
        if self.context.who is not None and (self.number or self._refers()):
            return self.context.who
        if self.context.given is not None:
            return self.context.given
        if self.context.who is not None and self.clause.has("local"):
            return self.context.who
        return Place("england", "England", said="") if self._is_national() else None

    def _refers(self) -> bool:
        return any(token.kind in ("it", "same", "local") or counts_on(token) for token in self.sentence.tokens)

    def _is_national(self) -> bool:
        """Whether what is said can be of England alone: of its size, or of the national budget by its name."""
        if any(
            token.kind == "local" and token.words.casefold() not in ("we", "us", "our")
            for token in self.sentence.tokens
        ):
            return False
        for token in self.sentence.tokens:
            if token.kind in ("number", "gbp") and token.value.value >= _NATIONAL[token.value.unit]:
                return True
            if token.kind == "number" and token.value.value >= self._most_of_one():
                return True
        named = any(
            token.kind == "quantity" and re.search("high[ -]needs", token.words, re.I) for token in self.sentence.tokens
        )
        return named and any(token.kind in COUNTED for token in self.sentence.tokens)

    def _most_of_one(self) -> float:
        """The count of a quantity above which it can be England's alone, by the quantity."""
        names = {token.value.name for token in self.sentence.tokens if token.kind == "quantity"}
        return min((most for name, most in _NATIONAL_OF.items() if name in names), default=math.inf)

    def what(self, at: int, unit: str) -> Quantity | None:
        """What a number counts: the quantity right after it, else the subject of the clause, else that before it."""
        tokens = self.clause.tokens
        counted = [n for n in self.clause.counted() if n != at]
        before = max((n for n in counted if n < at), default=-1)
        after = min((n for n in counted if n > at), default=len(tokens))
        near = [n for n in range(at + 1, after) if tokens[n].kind == "quantity"]
        here = [n for n in range(at) if tokens[n].kind == "quantity"]
        here = [n for n in here if n > before] + [n for n in here if n <= before]
        others = [n for n in range(after, len(tokens)) if tokens[n].kind == "quantity"]
        named = [*near, *here, *others]
        found = [tokens[n].value for n in named if not is_weak(tokens[n])]
        fit = [one for one in found if goes_with(one, unit)]
        beside = next((token for token in reversed(tokens[:at]) if token.kind != "change"), None)
        if beside is not None and beside.kind == "quantity" and beside.value.name == "announced":
            return cast("Quantity", beside.value)
        parts = [one for one in fit if one.name in PARTS or one.publisher]
        if parts and unit in ("pct", "fraction") and not self.clause.has("change", "multiple"):
            return measures_of(parts[0], unit)
        if fit:
            specific = [one for one in fit if one.name != "plans"] if fit[0].name == "plans" and unit != "gbp" else []
            part = next((one for one in specific if one.name in PARTS and unit != "change"), None)
            return measures_of(part or fit[0], unit)
        goes_on = self.context.what is not None and (self.context.what.name in MONEY or not named)
        if goes_on and self.context.what is not None and goes_with(self.context.what, unit):
            return measures_of(self.context.what, unit)
        weak = [cast("Quantity", tokens[n].value) for n in named if is_weak(tokens[n])]
        is_rate = (unit == "pct" and self.clause.has("per")) or unit in ("gbp", "rank")
        is_rate = is_rate and self.clause.has("per", "universe", "extreme", "ranked", "average", "school")
        if unit != "number" and (weak or is_rate):
            return weak[0] if weak else funding(self.sentence)
        return None

    def per(self, at: int, what: Quantity | None) -> str:
        """What it is divided by."""
        near = [n for n, token in enumerate(self.clause.tokens) if token.kind == "per"]
        amounts = [n for n, token in enumerate(self.clause.tokens) if token.kind == "gbp"]
        is_total = self.token(at).kind == "gbp" and self.token(at).value.value >= 1e5 and len(amounts) > 1
        if near and not is_total:
            return cast("str", self.clause.tokens[min(near, key=lambda n: (abs(n - at), n))].value)
        quantities = [token for token in self.clause.tokens if token.kind == "quantity"]
        if any(re.match(r"per[\s-]", token.words, re.I) for token in quantities):
            return "plan" if re.search(r"ehcp|plan", quantities[0].words, re.I) else ""
        is_rate = what is not None and what.name in MONEY and self.token(at).kind == "gbp"
        return self.context.per if self.number and is_rate and self.token(at).value.value < 1e5 else ""

    def times(self, at: int, form: str) -> tuple[Moment | None, Moment | None]:
        """From when to when: of a level, when."""
        tokens = self.clause.tokens
        counted = self.clause.counted()
        after = min((n for n in counted if n > at), default=len(tokens))
        before = max((n for n in counted if n < at), default=-1)

        def first(*kinds: str) -> int | None:
            own = [n for n in range(before + 1, after) if tokens[n].kind in kinds and n not in self.clause.used]
            own.sort(key=lambda n: (n < at, abs(n - at)))
            rest = [n for n, token in enumerate(tokens) if token.kind in kinds and n not in self.clause.used]
            taken = [n for n, token in enumerate(tokens) if token.kind in kinds]
            return next(iter((*own, *rest, *taken)), None)

        span, start, end, when = first("span"), first("start"), first("end"), first("moment")
        if form == "level":
            own = [n for n in range(before + 1, after) if self._says_when(n) and n not in self.clause.used]
            # "In 2016 it had 7,043 and in 2022 17,733": each time stands before its number.
            whens = [n for n in range(len(tokens)) if self._says_when(n)]
            is_first = len(whens) >= len(counted) > 1 and whens[0] < counted[0]
            own.sort(key=lambda n: ((n < at) != is_first, abs(n - at)))
            if own:
                self.use(own[0])
                return None, self.before_another(own[0])
            place = when if when is not None else end if end is not None else start if self._is_at(start) else None
            self.use(place)
            if place is not None:
                return None, tokens[place].value
            return None, self.context.end if self.number or self._goes_on() else None
        own = [n for n in range(before + 1, after) if n not in self.clause.used]
        later = next((n for n in own if tokens[n].kind in ("moment", "end") and tokens[n].value.counted_from), None)
        if later is not None and not any(tokens[n].kind == "start" for n in own):
            self.use(later)
            return tokens[later].value.counted_from, tokens[later].value
        # "Compared with 2017", "quadruple the number in 2017".
        signature = self.clause.signature
        against = next((n for n in self.clause.at("moment") if re.search(r"[AT][^NPGM]*$", signature[:n])), None)
        if against is None and self.clause.has("more"):
            after_more = [n for n in self.clause.at("moment") if self._is_more_than(at, n)]
            against = next(iter(after_more), None)
        if start is None and against is not None:
            start = against
            when = next((n for n in self.clause.at("moment") if n != against), None)
        begin = tokens[start].value if start is not None else tokens[span].value if span is not None else None
        last = end if end is not None else when
        finish = tokens[last].value if last is not None else None
        self.use(start, span, last)
        if span is not None and start is not None and begin is not None and begin.is_named and finish is None:
            finish = begin.after(tokens[span].value.year, tokens[span].words)
        said = self.token(at).value
        again = next((one for one in self.context.read if one.number == said and one.form == form), None)
        if begin is None and finish is None and isinstance(said, Number) and again is not None:
            begin, finish = again.start, again.end
        elif begin is None and finish is None and (self.number or self._goes_on()):
            begin, finish = self.context.start, self.context.end
        elif finish is None and self.number and self.context.end is not None and self.context.end != begin:
            finish = self.context.end
        return begin, finish

    def _says_when(self, n: int) -> bool:
        """Whether a token is the time of a level."""
        token = self.token(n)
        return token.kind in ("moment", "end") or (token.kind == "start" and self._is_at(n))

    def before_another(self, n: int) -> Moment:
        """A time, counted back from the one before it where it is said so: "a year earlier"."""
        moment, tokens = cast("Moment", self.token(n).value), self.clause.tokens[:n]
        named = [token.value for token in tokens if token.kind in ("moment", "end") and token.value.year]
        last = named[-1] if named else self.context.end
        if moment.kind == "past" and last is not None and last.is_named and _BACK.search(moment.said):
            return last.after(-moment.year, moment.said)
        return moment

    def _is_more_than(self, at: int, until: int) -> bool:
        """Whether "more than" stands between a number and a time."""
        between = range(at + 1, until)
        more = [n for n in between if self.token(n).kind == "more"]
        return bool(more) and (
            any(self.token(n).kind in ("than", "against") for n in between)
            or self.token(more[0]).words.casefold().endswith("than")
        )

    def _goes_on(self) -> bool:
        """Whether the sentence goes on from the one before: "this was", "in the same period", an answer."""
        first = self.sentence.tokens[0].kind if self.sentence.tokens else ""
        return self.clause.has("same") or first == "it" or self.context.was_asked

    def _is_at(self, start: int | None) -> bool:
        """Whether a time that looks like a start says when a level was: "on the 2023-24 figures"."""
        if start is None:
            return False
        before = self.sentence.text[: self.token(start).start].rstrip().casefold()
        is_past = self.token(start).value.kind == "past" and not self.clause.has("change")
        return before.endswith((" on", " on the", "on the", "between")) or is_past or not before

    def way(self, at: int) -> Direction:
        """Which way a "more" or "less" points."""
        return "up" if self.token(at).value == "more" else "down"

    def direction(self, at: int) -> tuple[Direction, int | None]:
        """Which way: the change nearest to a number."""
        near = [n for n, token in enumerate(self.clause.tokens) if token.kind == "change"]
        if not near:
            return "", None
        best = min(near, key=lambda n: (abs(n - at), n))
        return cast("Direction", self.clause.tokens[best].value), best

    def build(self, form: Form, at: int, **others: Any) -> Reading:
        """Make a reading of the number at a place; `others` are fields that the pattern knows."""
        token = self.token(at)
        self.use(at)
        unit = token.kind
        what = others.pop("what") if "what" in others else self.what(at, unit)
        who = others.pop("who") if "who" in others else self.who(at)
        start, end = others.pop("times") if "times" in others else self.times(at, form)
        number = (
            others.pop("number") if "number" in others else token.value if isinstance(token.value, Number) else None
        )
        per = others.pop("per") if "per" in others else self.per(at, what)
        negated = self.clause.at("not")
        is_negated = bool(negated)
        self.use(*negated)
        prices: Any = next((token.value for token in self.clause.tokens if token.kind == "prices"), "")
        if what is not None and what.name == "plans" and start and start.kind == "financial" and "/" in start.said:
            start = replace(start, kind="academic")
        is_within = any(one and one.said.casefold().startswith("within ") for one in (start, end))
        if form == "change" and is_within and number is not None and not number.bound:
            number = replace(number, bound="at least")  # what trebled within six years has doubled within them too
        problem = "" if what is not None else "what the number counts: EHC plans, funding, requests, new plans, appeals"
        before = next((self.sentence.text[: one.start] for one in self.clause.tokens if end and one.value == end), "")
        if not problem and form == "change" and start is None and re.search(r"\bby\s+$", before, re.I):
            problem = "from when it counts"  # "had doubled by 2022"
        return Reading(
            form,
            who=who,
            what=what,
            number=number,
            start=start,
            end=end,
            per=per,
            is_negated=is_negated,
            prices=prices,
            problem=problem,
            **others,
        )


_BACK = re.compile(r"\b(?:earlier|before|previous|previously)\b", re.I)


def counts_on(token: Token) -> bool:
    """Whether a time goes on from one named in the text before: "six years later", "two years earlier"."""
    when = token.value
    return token.kind == "when" or (
        isinstance(when, Moment)
        and (when.is_from_text or (when.kind == "day" and when.date is None) or bool(_BACK.search(when.said)))
    )


def goes_with(quantity: Quantity, unit: str) -> bool:
    """Whether a number of a unit can be of a quantity."""
    if unit == "gbp":
        return quantity.name in MONEY
    if unit == "number":
        return quantity.name not in MONEY or bool(quantity.publisher)
    return True


def funding(sentence: Sentence) -> Quantity:
    """What is meant by pounds per pupil, or a rank of 151, that names no quantity: this tool is about nothing else."""
    tokens = Lexer(sentence.store, "high needs funding").tokens()
    return replace(cast("Quantity", tokens[0].value), is_assumed=True)
