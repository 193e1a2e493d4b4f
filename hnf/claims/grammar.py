"""From tokens to readings: sentences, clauses, and what each number of a clause says of whom, from when to when.

A clause has a signature, one letter a token (`hnf.claims.words.LETTERS`): "plans in Kent rose by 143% since 2013" is
`QLCPS`. What stands around a number in the signature says what form of claim it is; the patterns are listed in order in
`_PATTERNS`. Whatever of a clause no reading takes up is `unread`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from hnf.claims.reading import Bound, Direction, Form, Moment, Number, Place, Quantity, Reading
from hnf.claims.words import SIGNIFICANT, Lexer, Token, is_weak, measures_of
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

GUIDE = (
    "a number and what it counts, of whom and when, as in 'EHC plans in Kent rose by 143% from 2013 to 2024', 'third "
    "lowest per head of 151 in 2023-24', '£614 a head' or 'funding up 13% in 2022-23'"
)
#: A count or an amount of this size can be that of England alone.
_NATIONAL = {"count": 100_000.0, "gbp": 1e9}
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]*)*[.!?\n]*")
#: Characters of a sentence that are read as one.
_LONGEST = 1_000
_COUNTED = frozenset(("number", "pct", "points", "gbp", "rank", "times", "multiple", "fraction"))
_MONEY = frozenset(
    ("funding", "block", "whole_block", "after_deductions", "formula", "formula_additional", "deficit", "spending")
    + ("transport", "capital", "dsg", "early_years")
)
#: Measured in per cent of a whole, or counted.
_PARTS = frozenset(
    ("timeliness", "refused", "mainstream", "independent", "special", "elsewhere", "autism", "semh", "slcn")
)


def read_text(store: Store, text: str, who: str = "") -> list[Reading]:
    """Read all claims of a text, in order.

    Parameters
    ----------
    text : str
        One statement or a whole speech; a claim's place in it is `start_at` to `end_at`.
    who : str
        An authority, a region or England: whom the text is about where it names nobody.

    Returns
    -------
    list of Reading
        At least one: of a text without any claim, one whose `problem` says what a claim looks like.

    Raises
    ------
    UsageError
        If there is no such place as `who`.
    """
    context = _Context(store, _given(store, who) if who else None)
    found: list[Reading] = []
    for start, said in split_sentences(text):
        found += _Sentence(store, said, start, context).readings()
    if not found:
        plain = " ".join(text.split())
        return [Reading("level", who=context.given, problem=GUIDE, text=plain, start_at=0, end_at=len(text))]
    return found


def split_sentences(text: str) -> list[tuple[int, str]]:
    """Return the sentences of a text with their places; one without end is cut at a comma or space."""
    found = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while start < end:
            cut = end if end - start <= _LONGEST else max(text.rfind(", ", start, start + _LONGEST), start) + 1
            cut = cut if cut > start + 1 else start + _LONGEST
            said = text[start:cut].strip()
            if said:
                found.append((start + text[start:cut].index(said), said))
            start = cut
    return found


def _given(store: Store, who: str) -> Place:
    tokens = [token for token in Lexer(store, who).tokens() if token.kind == "place"]
    if len(tokens) == 1 and tokens[0].value.kind in ("region", "england", "combined"):
        return cast("Place", tokens[0].value)
    authority = Authorities.of(store).find(who)
    return Place("authority", authority.prose, (authority.la_code,), who)


@dataclass
class _Context:
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
    was_asked: bool = False
    read: tuple[Reading, ...] = ()


@dataclass
class _Clause:
    """A part of a sentence with its own numbers; `used` are tokens that a reading has taken up."""

    tokens: list[Token]
    used: set[int] = field(default_factory=set)

    @property
    def signature(self) -> str:
        """One letter a token."""
        return "".join(token.letter or "." for token in self.tokens)

    def has(self, *kinds: str) -> bool:
        """Whether a token of a kind is in it."""
        return any(token.kind in kinds for token in self.tokens)

    def at(self, *kinds: str) -> list[int]:
        """Places of tokens of some kinds that nothing has taken up."""
        return [n for n, token in enumerate(self.tokens) if token.kind in kinds and n not in self.used]

    def counted(self) -> list[int]:
        """Places of the numbers that claim something."""
        return [n for n, token in enumerate(self.tokens) if token.kind in _COUNTED]


class _Sentence:
    """One sentence being read."""

    def __init__(self, store: Store, text: str, start: int, context: _Context) -> None:
        self.store, self.text, self.start, self.context = store, text, start, context
        self.tokens = Lexer(store, text).tokens()
        self.clauses = [_Clause(part) for part in _split(self.tokens, text)]

    def readings(self) -> list[Reading]:
        """Return the claims of the sentence."""
        if not self._concerns_us():
            return []
        whole = self.context
        local = replace(whole, who=None if self._names_a_place() else whole.who)
        found: list[Reading] = []
        pending: list[str] = []
        for number, clause in enumerate(self.clauses):
            read = _Reader(self, clause, local, number).readings()
            left = _left(clause, found + read)
            if read:
                found += [replace(one, unread=(*one.unread, *pending, *left)) for one in read]
                pending = []
            elif found and left:
                found[-1] = replace(found[-1], unread=(*found[-1].unread, *left))
            else:
                pending += left
        times = {(one.start, one.end) for one in found if one.start or one.end}
        if len(times) == 1:
            # "£614 in Hertfordshire, £935 in Buckinghamshire, in 2023-24": said once, of both.
            start, end = next(iter(times))
            found = [
                one if one.start or one.end else replace(one, start=start if one.form == "change" else None, end=end)
                for one in found
            ]
        for name in ("who", "before", "what", "per", "start", "end", "form", "read"):
            if getattr(local, name) is not None:
                setattr(whole, name, getattr(local, name))
        whole.was_asked = self.text.endswith("?")
        return [self._placed(one) for one in found]

    def _concerns_us(self) -> bool:
        """Whether it counts anything that is ours or next door, or goes on from a sentence that did."""
        if any(token.kind == "quantity" and not is_weak(token) for token in self.tokens):
            return True
        if any(token.kind in ("per", "universe", "school") for token in self.tokens):
            return True
        weak = any(token.kind in ("quantity", "catch", "average") for token in self.tokens)
        if any(token.kind == "gbp" for token in self.tokens) and any(
            token.kind in ("extreme", "as") for token in self.tokens
        ):
            return True
        goes_on = self.context.what is not None and any(
            token.kind in ("it", "same", "local", "place", "ranked") for token in self.tokens
        )
        counts = any(token.kind in _COUNTED | {"extreme", "change", "catch"} for token in self.tokens)
        return counts and (weak or goes_on or self.context.was_asked)

    def _names_a_place(self) -> bool:
        """Whether it names a place that is not only compared with."""
        return any(
            token.kind == "place" and not (n and self.tokens[n - 1].kind in ("more", "than", "against", "as"))
            for n, token in enumerate(self.tokens)
        )

    def _placed(self, reading: Reading) -> Reading:
        return replace(
            reading, text=" ".join(self.text.split()), start_at=self.start, end_at=self.start + len(self.text)
        )


def _split(tokens: list[Token], text: str) -> list[list[Token]]:
    """Cut the tokens of a sentence into clauses: at "but", dashes and brackets, and where a new number has a new head."""
    found: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if token.kind == "clause":
            found.append([])
            continue
        rest = _until_clause(tokens, at)
        is_new = bool(found[-1]) and _counts(found[-1]) and _counts(rest)
        comma = bool(found[-1]) and "," in text[found[-1][-1].end : token.start]
        letters = "".join(one.letter for one in rest)
        if is_new and (
            (token.kind == "and" and _begins_claim(letters[1:]))
            or (token.kind == "which" and (comma or token.words.casefold() != "with") and _starts_number(letters[1:]))
            or (
                comma
                and re.match(
                    r"(?:i|C[a-z]?[PGNFX]|[PG]m?C|n?X|K|[NO]?E|L[^NPGOX]*[NPGOX]|mR|mL|mHL|P|G|N(?!$))", letters
                )
                and not letters.startswith("Z")
            )
        ):
            found.append([])
        elif comma and found[-1] and _counts(found[-1]) and re.match(r"m[pH]?[RLa]", letters):
            found.append([])
        if token.kind != "and" or found[-1]:
            found[-1].append(token)
    return [clause for clause in found if clause]


def _until_clause(tokens: list[Token], at: int) -> list[Token]:
    until = next((n for n in range(at + 1, len(tokens)) if tokens[n].kind == "clause"), len(tokens))
    return tokens[at:until]


def _counts(tokens: list[Token]) -> bool:
    return any(token.kind in _COUNTED or token.kind == "extreme" for token in tokens)


def _begins_claim(letters: str) -> bool:
    """Whether what follows "and" claims a thing of its own: has a number with its place, quantity, change or rank."""
    return (
        bool(re.match(r"[^NPGOXTF|]*[NPGOXTF]", letters))
        and bool(re.search(r"[QCLEXpm]", letters))
        and not letters.startswith("Z")
    )


def _starts_number(letters: str) -> bool:
    return bool(re.search(r"[NPGOXTF]", letters))


def _left(clause: _Clause, readings: list[Reading]) -> list[str]:
    """Words of a clause that say something and that no reading has taken up."""
    named = {place.codes for one in readings for place in (one.who, one.other, one.group) if place is not None}
    left = []
    for n, token in enumerate(clause.tokens):
        if n in clause.used or token.kind not in SIGNIFICANT:
            continue
        if token.kind == "more" and not re.match(r"[pH]?[LRaE]", clause.signature[n + 1 :]):
            continue
        if token.kind == "extreme" and not re.match(r"[QpV]", clause.signature[n + 1 :]):
            continue
        if token.kind == "moment" and token.value.kind == "now":
            continue
        if token.kind == "place" and (
            token.value.kind == "england" or token.value.codes and token.value.codes in named
        ):
            continue
        if token.kind == "place" and re.search(r"A[^NPG]*$", clause.signature[:n]):
            continue
        left.append(token.words)
    return left


@dataclass
class _Reader:
    """Reads the claims of one clause."""

    sentence: _Sentence
    clause: _Clause
    context: _Context
    number: int
    compare: int | None = None
    also: tuple[Place, ...] = ()

    def readings(self) -> list[Reading]:
        """Return the claims of the clause, its times and places given to each."""
        found: list[Reading] = []
        signature = self.clause.signature
        self.compare = next((n for n in range(len(signature)) if re.match(r"[AHW]|m[Qp]*[LR]", signature[n:])), None)
        for pattern in _PATTERNS:
            found += pattern(self)
        self._remember(found)
        # "Kent and Norfolk have both doubled" claims it of each.
        return found + [replace(one, who=place) for place in self.also for one in found]

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

    def _remember(self, found: list[Reading]) -> None:
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
        if self.compare is not None and places and places[-1] not in (self.context.who, self.context.before):
            if places[-1].kind in ("authority", "region", "england"):
                self.context.before, self.context.who = self.context.who, places[-1]
        self.context.what, self.context.form = last.what or self.context.what, last.form
        self.context.per = last.per or self.context.per
        if last.start or last.end:
            self.context.start, self.context.end = last.start, last.end

    # Who, what, when, per what.

    def who(self, at: int) -> tuple[Place | None, int | None]:
        """Whom a number is about: the place beside it among several numbers, the subject of the clause, or before it."""
        tokens = self.clause.tokens
        places = [n for n, token in enumerate(tokens) if token.kind in ("place", "average")]
        counted = self.clause.counted()
        before = max((n for n in counted if n < at), default=-1)
        after = min((n for n in counted if n > at), default=len(tokens))
        subjects = [n for n in places if self.compare is None or n < self.compare]
        if self.compare is not None and at > self.compare:
            near = [n for n in places if max(self.compare, before) < n < after]
            if near:
                best = near[0]
                self.use(best, self.compare)
                return self._place(best), best
        own = [n for n in places if before < n < after]
        if before >= 0 and own and (self.compare is None or at > self.compare or before < self.compare):
            own = [n for n in own if n > at] if before >= 0 and any(n > at for n in own) else own
            self.use(own[0])
            return self._place(own[0]), own[0]
        if subjects:
            first = self._subject(subjects)
            if first is not None:
                return first
        extremes = [n for n in self.clause.at("extreme") if n < at]
        if extremes and tokens[at].kind == "gbp":
            self.use(extremes[-1])
            return Place("rate", tokens[extremes[-1]].value, said=tokens[extremes[-1]].words), extremes[-1]
        if (
            places
            and self.compare is not None
            and not subjects
            and not self.context.who
            and not self.clause.has("local")
        ):
            pass
        return self.inherited(), None

    def _subject(self, subjects: list[int]) -> tuple[Place, int] | None:
        """The subject of a clause: one place; two joined are together; a region that holds the authority says no more."""
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
            return Place("together", f"{names} together", tuple(codes), said), authorities[0]
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
        return tokens[best].value, best

    def _is_in(self, authority: Place, region: Place) -> bool:
        return Authorities.of(self.context.store)[authority.codes[0]].region_code == region.codes[0]

    def _place(self, at: int) -> Place:
        token = self.clause.tokens[at]
        return token.value if token.kind == "place" else Place("england", "England", said=token.words)

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
        return any(token.kind in ("it", "same", "local") for token in self.sentence.tokens)

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
        named = any(
            token.kind == "quantity" and re.search("high[ -]needs", token.words, re.I) for token in self.sentence.tokens
        )
        return named and any(token.kind in _COUNTED for token in self.sentence.tokens)

    def what(self, at: int, unit: str, until: int | None = None) -> Quantity | None:
        """What a number counts: the quantity right after it, else the subject of the clause, else that before it."""
        tokens = self.clause.tokens
        counted = [n for n in self.clause.counted() if n != at]
        before = max((n for n in counted if n < at), default=-1)
        after = min((n for n in counted if n > at), default=len(tokens))
        near = [n for n in range(at + 1, after) if tokens[n].kind == "quantity"]
        here = [n for n in range(at) if tokens[n].kind == "quantity"]
        here = [n for n in here if n > before] + [n for n in here if n <= before]
        others = [n for n in range(after, len(tokens)) if tokens[n].kind == "quantity"]
        found = [tokens[n].value for n in (*near, *here, *others) if not is_weak(tokens[n])]
        fit = [one for one in found if _goes(one, unit)]
        parts = [one for one in fit if one.name in _PARTS or one.publisher]
        if parts and unit in ("pct", "fraction") and not self.clause.has("change", "multiple"):
            return self._with_measures(parts[0], unit)
        if fit:
            specific = [one for one in fit if one.name != "plans"] if fit[0].name == "plans" and unit != "gbp" else []
            part = next((one for one in specific if one.name in _PARTS and unit != "change"), None)
            return self._with_measures(part or fit[0], unit)
        has_weak = any(tokens[n].kind == "quantity" for n in (*near, *here, *others))
        goes_on = self.context.what is not None and (self.context.what.name in _MONEY or not has_weak)
        if goes_on and self.context.what is not None and _goes(self.context.what, unit):
            return self._with_measures(self.context.what, unit)
        weak = [n for n in (*near, *here, *others) if tokens[n].kind == "quantity" and is_weak(tokens[n])]
        is_rate = unit in ("gbp", "rank") and self.clause.has(
            "per", "universe", "extreme", "ranked", "average", "school"
        )
        if unit != "number" and (weak or is_rate):
            return cast("Quantity", tokens[weak[0]].value) if weak else _funding(self.sentence)
        return None

    def _with_measures(self, quantity: Quantity, unit: str) -> Quantity:
        return measures_of(quantity, unit)

    def per(self, at: int, what: Quantity | None) -> str:
        """What it is divided by."""
        near = [n for n, token in enumerate(self.clause.tokens) if token.kind == "per"]
        if near:
            return cast("str", self.clause.tokens[min(near, key=lambda n: (abs(n - at), n))].value)
        quantities = [token for token in self.clause.tokens if token.kind == "quantity"]
        if any(re.match(r"per[\s-]", token.words, re.I) for token in quantities):
            return "plan" if re.search(r"ehcp|plan", quantities[0].words, re.I) else ""
        is_rate = what is not None and what.name in _MONEY and self.token(at).kind == "gbp"
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
            place = when if when is not None else end if end is not None else start if self._is_at(start) else None
            self.use(place)
            if place is not None:
                return None, tokens[place].value
            return None, self.context.end if self.number or self._goes_on() else None
        against = next(
            (n for n in self.clause.at("moment") if re.search(r"(?:A|X)[^NPGXM]*$", self.clause.signature[:n])), None
        )
        if against is not None and not re.search(r"A[^X]*$", self.clause.signature[:against]):
            multiple = next(token for token in tokens if token.kind == "multiple")
            against = against if multiple.words.casefold().endswith("e") else None
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
        if span is not None and start is not None and begin is not None and begin.year and finish is None:
            finish = replace(begin, year=begin.year + tokens[span].value.year, said=tokens[span].words)
        said = self.token(at).value
        again = next((one for one in self.context.read if one.number == said and one.form == form), None)
        if begin is None and finish is None and isinstance(said, Number) and again is not None:
            begin, finish = again.start, again.end
        elif begin is None and finish is None and (self.number or self._goes_on()):
            begin, finish = self.context.start, self.context.end
        elif finish is None and self.number and self.context.end is not None and self.context.end != begin:
            finish = self.context.end
        return begin, finish

    def _is_more_than(self, at: int, until: int) -> bool:
        """Whether "more than" stands between a number and a time."""
        between = range(at + 1, until)
        more = [n for n in between if self.token(n).kind == "more"]
        return bool(more) and (
            any(self.token(n).kind in ("than", "against") for n in between)
            or self.token(more[0]).words.casefold().endswith("than")
        )

    def _goes_on(self) -> bool:
        """Whether the sentence goes on from the one before: "this was", "in the same period", an answer to a question."""
        first = self.sentence.tokens[0].kind if self.sentence.tokens else ""
        return self.clause.has("same") or first == "it" or self.context.was_asked

    def _is_at(self, start: int | None) -> bool:
        """Whether a time that looks like a start says when a level was: "on the 2023-24 figures"."""
        if start is None:
            return False
        before = self.sentence.text[: self.token(start).start].rstrip().casefold()
        is_past = self.token(start).value.kind == "past" and not self.clause.has("change")
        return before.endswith((" on", " on the", "on the", "between")) or is_past or not before

    def direction(self, at: int) -> tuple[Direction, int | None]:
        """Which way: the change nearest to a number."""
        near = [n for n, token in enumerate(self.clause.tokens) if token.kind == "change"]
        if not near:
            return "", None
        best = min(near, key=lambda n: (abs(n - at), n))
        return cast("Direction", self.clause.tokens[best].value), best

    def build(self, form: Form, at: int, **others: object) -> Reading:
        """Make a reading of the number at a place; `others` are fields that the pattern knows."""
        token = self.token(at)
        self.use(at)
        unit = token.kind
        what = cast("Quantity | None", others.pop("what")) if "what" in others else self.what(at, unit)
        who = cast("Place | None", others.pop("who")) if "who" in others else self.who(at)[0]
        start, end = (
            cast("tuple[Moment | None, Moment | None]", others.pop("times"))
            if "times" in others
            else self.times(at, form)
        )
        number = (
            others.pop("number") if "number" in others else token.value if isinstance(token.value, Number) else None
        )
        per = cast("str", others.pop("per")) if "per" in others else self.per(at, what)
        negated = self.clause.at("not")
        is_negated = bool(negated)
        self.use(*negated)
        prices = next((token.value for token in self.clause.tokens if token.kind == "prices"), "")
        if what is not None and what.name == "plans" and start and start.kind == "financial" and "/" in start.said:
            start = replace(start, kind="academic")
        problem = "" if what is not None else "what the number counts: EHC plans, funding, requests, new plans, appeals"
        return Reading(
            form,
            who=who,
            what=what,
            number=cast("Number | None", number),
            start=start,
            end=end,
            per=per,
            is_negated=is_negated,
            prices=prices,
            problem=problem,
            **others,
        )  # type: ignore[arg-type]


def _goes(quantity: Quantity, unit: str) -> bool:
    """Whether a number of a unit can be of a quantity."""
    if unit == "gbp":
        return quantity.name in _MONEY
    if unit == "number":
        return quantity.name not in _MONEY or bool(quantity.publisher)
    return True


def _funding(sentence: _Sentence) -> Quantity:
    return next(
        token.value for token in Lexer(sentence.store, "high needs funding").tokens() if token.kind == "quantity"
    )


# Patterns, in the order in which they are tried; each takes up the tokens that it reads.

_FROM_TO = re.compile(r"f(?P<a>[NGP])[Qp]*(?P<am>[MSZ]?)[^NGPCt]*?t(?P<b>[NGP])[Qp]*(?P<bm>[MSZ]?)")
_UP_FROM = re.compile(r"f(?P<a>[NGP])[Qp]*(?P<am>[MSZ]?)")


def _from_to(reader: _Reader) -> Iterator[Reading]:
    """Read "from 3,682 in 2015 to 11,897 in 2024": two levels, and a change between them."""
    match = _FROM_TO.search(reader.clause.signature)
    if not match:
        return
    a, b = match.start("a"), match.start("b")
    if {a, b} & reader.clause.used:
        return
    am = match.start("am") if match["am"] else None
    bm = match.start("bm") if match["bm"] and (match["am"] or match["bm"] != "S") else None
    tokens = reader.clause.tokens
    spans = reader.clause.at("span")
    begin = tokens[am].value if am is not None else None
    finish = tokens[bm].value if bm is not None else None
    if begin is None and spans:
        begin = tokens[spans[0]].value
    reader.use(*spans)
    others = [n for n in reader.clause.at("start") if n not in (am, bm)]
    if begin is None and others:
        begin = tokens[others[0]].value
        reader.use(others[0])
    reader.use(am, bm)
    who = reader.who(a)[0]
    what = reader.what(a, tokens[a].kind)
    reader.use(*reader.clause.at("start") if begin is None else ())
    yield reader.build("level", a, who=who, what=what, times=(None, begin))
    yield reader.build("level", b, who=who, what=what, times=(None, finish))
    reader.context.start, reader.context.end = begin, finish
    reader.context.what, reader.context.who = what or reader.context.what, who or reader.context.who
    words, at = reader.direction(a)
    rest = [n for n in reader.clause.counted() if n not in reader.clause.used]
    if words and not rest:
        reader.use(at)
        yield reader.build("change", a, who=who, what=what, times=(begin, finish), number=None, direction=words)
    for n in rest:
        if tokens[n].kind in ("pct", "multiple", "fraction", "times"):
            yield from _change_at(reader, n, who=who, what=what, times=(begin, finish))


def _up_from(reader: _Reader) -> Iterator[Reading]:
    """Read "640,000, up from 240,000 a decade ago": the earlier level."""
    for match in _UP_FROM.finditer(reader.clause.signature):
        a = match.start("a")
        if a in reader.clause.used:
            continue
        am = match.start("am") if match["am"] else None
        spans = [n for n in reader.clause.at("span") if n > a]
        when = am if am is not None else spans[0] if spans else None
        reader.use(when)
        yield reader.build("level", a, times=(None, reader.token(when).value if when is not None else None))


def _ranks(reader: _Reader) -> Iterator[Reading]:
    """Read "third lowest of 151", "ranks 122 out of 151", "bottom ten", "lowest quartile", "lowest funded"."""
    signature, tokens = reader.clause.signature, reader.clause.tokens
    for pattern, kind in _RANKS:
        for match in pattern.finditer(signature):
            if "G" in signature and kind in ("first", "nth") and (kind == "first" or _rate_of(reader) is not None):
                continue  # "the lowest funded has £960", "at the rate of the second lowest": no rank of anybody
            places = range(match.start(), match.end())
            if any(n in reader.clause.used for n in places if signature[n] in "OENPVU"):
                continue
            by = {letter: match.start() + offset for offset, letter in enumerate(match[0])}
            yield _rank(reader, kind, by)


_RANKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"OE"), "nth"),
    (re.compile(r"E[NO](?!E)"), "bottom"),
    (re.compile(r"NE"), "bottom"),
    (re.compile(r"EV"), "part"),
    (re.compile(r"EP(?=[lQpuL]|$)"), "percent"),
    (re.compile(r"[ON][^ONE]{0,3}?U"), "of"),
    (re.compile(r"K[^ONEU]{0,2}O"), "of"),
    (re.compile(r"O(?=[Qp])"), "of"),
    (re.compile(r"(?<![mHWA])E(?=[QpKl]*[QpK])"), "first"),
    (re.compile(r"a"), "any"),
)


def _rank(reader: _Reader, kind: str, by: dict[str, int]) -> Reading:
    tokens = reader.clause.tokens
    at = by.get("O", by.get("N", by.get("E", by.get("a", 0))))
    reader.use(*by.values())
    end = tokens[by["E"]].value if "E" in by else ""
    part = None
    number: Number | None = tokens[at].value if isinstance(tokens[at].value, Number) else None
    if number is not None:
        number = replace(number, unit="rank", half=0.0)
    if kind == "bottom":
        number = replace(cast("Number", number), bound="at most")
    elif kind == "part":
        number, part = None, float(tokens[by["V"]].value)
    elif kind == "percent":
        number, part = None, tokens[by["P"]].value.value / 100
        at = by["P"]
    elif kind == "first":
        number = Number(1.0, "rank", 0.0, words=tokens[at].words)
    more = None
    if kind == "any":
        number = Number(1.0, "rank", 0.0, words=tokens[at].words)
        more = next((n for n in reversed(reader.clause.at("more")) if n < at), None)
        end = "highest" if more is None or tokens[more].value == "more" else "lowest"
        reader.use(more)
    universe = next(iter(reader.clause.at("universe")), None)
    count = tokens[by["U"]].value if "U" in by else tokens[universe].value if universe is not None else None
    reader.use(universe)
    who, group = _who_among(reader, at)
    if kind == "any" and tokens[at].value == "region":
        codes = tuple(sorted(Authorities.of(reader.context.store).region_names))
        group = Place("group", "the regions", codes, tokens[at].words)
    is_change = kind == "any" and any(token.kind == "change" for token in tokens)
    what = reader.what(at, "rank")
    before = reader.sentence.text[: tokens[at].start]
    if kind == "first" and re.search(r"\b(?:among|amongst|one of|some of)(?: the)?\s*$", before, re.I):
        found = reader.build(
            "rank", at, who=who, what=what, number=None, end_of_rank=end, group=group, times=(None, None)
        )
        return replace(found, problem=f"how many are meant by 'among the {tokens[at].words}'")
    return reader.build(
        "rank",
        at,
        who=who,
        what=what,
        number=number,
        end_of_rank=end or ("highest" if count else "lowest"),
        universe=count,
        group=group,
        part_of_rank=part,
        is_rank_of_change=is_change,
        times=reader.times(at, "change" if is_change else "level"),
    )


def _who_among(reader: _Reader, at: int) -> tuple[Place | None, Place | None]:
    """Whom a rank is of, and among whom: a region or group that is not its subject."""
    tokens = reader.clause.tokens
    places = [n for n, token in enumerate(tokens) if token.kind == "place"]
    subject = next(
        (n for n in places if tokens[n].value.kind in ("authority", "unknown", "ambiguous", "outside")), None
    )
    who = tokens[subject].value if subject is not None else reader.inherited()
    if subject is None and places and (who is None or who.kind == "england"):
        who = tokens[places[0]].value
        subject = places[0]
    group = None
    for n in places:
        place = tokens[n].value
        if n == subject or (who is not None and place.codes == who.codes and place.kind == who.kind):
            reader.use(n)
        elif place.kind in ("region", "combined") and group is None:
            group = place
            reader.use(n)
        elif place.kind == "england":
            reader.use(n)
    for n in reader.clause.at("group"):
        if group is None:
            group = Place("group", tokens[n].words, said=str(tokens[n].value))
            reader.use(n)
    return who, group


def _numbers(reader: _Reader) -> Iterator[Reading]:
    """Read every other number by its unit and by what stands beside it."""
    for at in reader.clause.counted():
        if at not in reader.clause.used:
            yield from _BY_UNIT[reader.token(at).kind](reader, at)


def _compared(reader: _Reader, at: int) -> tuple[Place | None, int | None]:
    """Whom a number is compared with: the place or rate after "than", "compared with" or "what"."""
    tokens = reader.clause.tokens
    for n in range(at + 1, len(tokens)):
        if tokens[n].kind == "average":
            return Place("rate", str(tokens[n].value), said=tokens[n].words), n
        if tokens[n].kind == "extreme" and reader.right(n, "Q|l"):
            return Place("rate", str(tokens[n].value), said=tokens[n].words), n
        if tokens[n].kind == "place":
            return tokens[n].value, n
        if tokens[n].kind in _COUNTED:
            break
    return None, None


#: "more plans in England than in 2015": more than at another time.
_MORE_THAN_THEN = r"[Qp]*m[QpL]*[HA][SMZ]"
_MORE = r"[Qp]*m[Qp]*[HA]?[Qpli]*"


def _money(reader: _Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    number = cast("Number", reader.token(at).value)
    if (
        reader.clause.has("school")
        and reader.clause.has("more", "gap", "average")
        or (reader.clause.has("school") and number.value < 3e6)
    ):
        yield _school(reader, at)
        return
    if reader.left(at, "g"):
        yield _difference(reader, at, is_gap=True)
        return
    rate = _rate_of(reader)
    if rate is not None and reader.clause.has("more") and number.value >= 1e5:
        other, place = rate
        who = next((token.value for n, token in enumerate(tokens) if token.kind == "place" and n != place), None)
        reader.use(place, *reader.clause.at("more", "extreme", "rank", "average"))
        reader.use(*(n for n, token in enumerate(tokens) if token.kind == "place" and token.value == who))
        what = reader.what(at, "gbp") or _funding(reader.sentence)
        when = reader.times(at, "level")
        yield reader.build("gap", at, who=who or reader.inherited(), what=what, other=other, direction="up", times=when)
        return
    more = reader.right(at, _MORE)
    if more:
        n = at + 1 + more.group().index("m")
        other, place = _compared(reader, n)
        is_then = reader.right(more.end() - 1, "[SMZ]") and not reader.right(at, r"[Qp]*m[Qp]*[SMZD][HA][Qpl]*[LR]")
        if is_then or (other is None and reader.clause.has("start")):
            yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
            return
        if other is not None and (number.value >= 1e6 or other.kind == "rate" and number.value >= 1e5):
            reader.use(n, place)
            yield reader.build(
                "gap",
                at,
                other=other,
                direction="up" if tokens[n].value == "more" else "down",
                times=reader.times(at, "level"),
            )
            return
        if other is not None:
            yield _difference(reader, at, more=n)
            return
        if number.value >= 1e5 and reader.context.form in ("level", "change"):
            yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
            return
    if reader.left(at, r"C[Qpl]*") or reader.right(at, r"r?C(?!f)"):
        yield from _change_at(reader, at)
        return
    if reader.clause.has("average") and reader.clause.has("more") and number.value >= 1e5:
        place = next(n for n, token in enumerate(tokens) if token.kind == "average")
        other = Place("rate", str(tokens[place].value), said=tokens[place].words)
        n = next(iter(reader.clause.at("more")), None)
        reader.use(n, place)
        yield reader.build(
            "gap", at, other=other or Place("rate", "average"), direction="up", times=reader.times(at, "level")
        )
        return
    yield reader.build("level", at)


def _rate_of(reader: _Reader) -> tuple[Place, int] | None:
    """Whose rate is meant: "at Buckinghamshire's rate", "at the rate of Lincolnshire", "funded like Camden"."""
    text = reader.sentence.text
    for n, token in enumerate(reader.clause.tokens):
        before, after = text[: token.start], text[token.end :]
        is_meant = re.match(r"(?:'s|’s|s')? (?:funding )?(?:rate|level)\b", after, re.I) or re.search(
            r"(?:(?:rate|level) of|funded (?:like|as|the same as|at the level of))(?: the)?(?: second)?\s*$",
            before,
            re.I,
        )
        if is_meant and token.kind == "place":
            return token.value, n
        if is_meant and token.kind == "extreme":
            is_second = before.rstrip().casefold().endswith("second")
            return Place("rate", f"next {token.value}" if is_second else token.value, said=token.words), n
    return None


def _school(reader: _Reader, at: int) -> Reading:
    size = next((n for n in reader.clause.at("number") if reader.left(n, "z") or reader.right(n, "z")), None)
    pupils = reader.token(size).value.value if size is not None else None
    other, place = _compared(reader, at)
    who = reader.who(at)[0]
    if other is not None and who is not None and other.codes == who.codes:
        other, place = None, None
    reader.use(size, place, *reader.clause.at("more"))
    return reader.build(
        "school",
        at,
        what=_funding(reader.sentence),
        other=other,
        school_pupils=pupils,
        per="",
        times=reader.times(at, "level"),
    )


def _difference(reader: _Reader, at: int, *, more: int | None = None, is_gap: bool = False) -> Reading:
    """Read "£92 less than Norfolk", "a gap of £92 between Suffolk and Norfolk"."""
    tokens = reader.clause.tokens
    if is_gap:
        places = [n for n, token in enumerate(tokens) if token.kind == "place"]
        reader.use(*places[:2], *reader.clause.at("gap"))
        own, other = (tokens[n].value for n in places[:2]) if len(places) > 1 else (None, None)
        if own is None:
            own, other = (
                (tokens[places[0]].value, reader.context.who) if places else (reader.context.who, reader.context.before)
            )
        return reader.build("difference", at, who=own, other=other, times=reader.times(at, "level"))
    other, place = _compared(reader, cast("int", more))
    reader.use(more, place)
    who = _other_than(reader, at, other)
    direction: Direction = "up" if tokens[cast("int", more)].value == "more" else "down"
    return reader.build("difference", at, who=who, other=other, direction=direction, times=reader.times(at, "level"))


def _other_than(reader: _Reader, at: int, other: Place | None) -> Place | None:
    """The subject of a comparison: a place before it that is not the one compared with."""
    tokens = reader.clause.tokens
    before = [
        n for n in range(at) if tokens[n].kind == "place" and (other is None or tokens[n].value.codes != other.codes)
    ]
    if before:
        reader.use(before[-1])
        return tokens[before[-1]].value
    inherited = reader.inherited()
    if inherited is not None and other is not None and inherited.codes == other.codes:
        return reader.context.before
    return inherited


def _percent(reader: _Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    more = reader.right(at, _MORE)
    if more and reader.right(at, _MORE_THAN_THEN):
        n = at + 1 + more.group().index("m")
        yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
        return
    if more:
        n = at + 1 + more.group().index("m")
        other, place = _compared(reader, n)
        if (
            other is None
            and reader.context.form == "level"
            and reader.context.before is not None
            and not reader.clause.has("start", "span")
        ):
            yield _ratio_of_last(reader, at, n)
            return
        if other is not None and not reader.right(more.end() - 1, "[SM]"):
            reader.use(n, place)
            direction: Direction = "up" if tokens[n].value == "more" else "down"
            yield reader.build(
                "ratio",
                at,
                number=_roundly(tokens[at].value),
                who=_other_than(reader, at, other),
                other=other,
                direction=direction,
                times=reader.times(at, "level"),
            )
            return
        yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
        return
    what = reader.what(at, "pct")
    has_change = reader.clause.has("change") or (reader.context.form == "change" and not reader.clause.has("quantity"))
    if (
        what is not None
        and (what.name in _PARTS or what.name in ("share_of_pupils", "pupils_with_sen"))
        and not reader.clause.has("change")
    ):
        yield reader.build("level", at, what=what)
        return
    of_block = re.match(
        r"\s*of (?:the|all|its|our|their)\b[^.;]{0,40}\b(?:block|formula|budget|allocation)",
        reader.sentence.text[tokens[at].end :],
        re.I,
    )
    if of_block and not reader.clause.has("change"):
        yield reader.build("share", at)
        return
    if has_change or (what is not None and self_change(reader)):
        yield from _change_at(reader, at)
        return
    yield replace(reader.build("level", at), problem="whether it is a rise, a fall or a part of something")


def self_change(reader: _Reader) -> bool:
    """Whether a percentage beside a time from which it counts can only be a change."""
    return reader.clause.has("start", "span", "same")


def _ratio_of_last(reader: _Reader, at: int, more: int) -> Reading:
    """Read "That is 50% more" after two levels: the later or larger against the one before."""
    reader.use(more)
    own, other = reader.context.who, reader.context.before
    direction: Direction = "up" if reader.token(more).value == "more" else "down"
    return reader.build(
        "ratio", at, number=_roundly(reader.token(at).value), who=own, other=other, direction=direction,
        times=(None, reader.context.end), per=reader.context.per,
    )  # fmt: skip


def _roundly(number: Number) -> Number:
    """ "50% more than Norfolk" is said to the nearest five, where it ends in nought."""
    return replace(number, half=max(number.half, 2.5)) if number.value % 10 == 0 else number


def _change_at(
    reader: _Reader, at: int, *, direction: Direction = "", word: int | None = None, **others: object
) -> Iterator[Reading]:
    """Read a change: "rose by 13%", "doubled", "a fall of a third", "£8.9 million more than this year"."""
    token = reader.token(at)
    found, n = reader.direction(at)
    number: Number | None = token.value if isinstance(token.value, Number) else None
    if token.kind == "multiple":
        times, bound = token.value if isinstance(token.value, tuple) else (token.value, "")
        direction = "up" if times > 1 else "down"
        number = Number(times, "times", 0.05 * times if times < 3 else 0.25, cast("Bound", bound), token.words)
    elif token.kind == "fraction":
        value, bound = token.value if isinstance(token.value, tuple) else (token.value, "")
        number = Number(value * 100, "pct", 1.0, cast("Bound", bound), token.words)
    reader.use(word, n)
    times_ = others.pop("times") if "times" in others else reader.times(at, "change")
    yield reader.build("change", at, number=number, direction=direction or found or "up", times=times_, **others)


def _count(reader: _Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    if reader.left(at, "C") and _joined(reader, at, r"(?:of|by)(?: just| only| about| around)?"):
        yield from _change_at(reader, at)
        return
    more = reader.right(at, r"m[Qp]*")
    if more:
        n = at + 1
        if reader.right(at, _MORE_THAN_THEN):
            yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
            return
        other, place = _compared(reader, n)
        if other is not None and reader.right(n, r"[Q]*[HA]?L"):
            yield _difference(reader, at, more=n)
            return
        yield from _change_at(reader, at, direction="up" if tokens[n].value == "more" else "down", word=n)
        return
    what = reader.what(at, "number")
    if what is None:
        return
    change = reader.clause.has("change") and reader.left(at, "C[a-zLQ]*t?")
    if change:
        reader.use(*(n for n, token in enumerate(tokens) if token.kind == "change"))
    yield reader.build("level", at, what=what)


def _joined(reader: _Reader, at: int, words: str) -> bool:
    """Whether only some words stand between a number and the token before it."""
    between = reader.sentence.text[reader.token(at - 1).end : reader.token(at).start]
    return re.fullmatch(rf"\s*{words}\s*", between, re.I) is not None


def _times(reader: _Reader, at: int) -> Iterator[Reading]:
    """Read "three times as much as Norfolk", "3.5 times less than Camden", "rose threefold"."""
    other, place = _compared(reader, at)
    words = reader.clause.at("more", "as", "than")
    if other is not None and words and not reader.clause.has("start", "span"):
        more = next((n for n in words if reader.token(n).kind == "more"), None)
        direction: Direction = "down" if more is not None and reader.token(more).value == "less" else "up"
        reader.use(place, more)
        yield reader.build(
            "ratio",
            at,
            who=_other_than(reader, at, other),
            other=other,
            direction=direction,
            times=reader.times(at, "level"),
        )
        return
    yield from _change_at(reader, at)


def _fraction(reader: _Reader, at: int) -> Iterator[Reading]:
    """Read "fell by a third", "half of what Middlesbrough gets", "half of plans within 20 weeks"."""
    token = reader.token(at)
    value, bound = token.value if isinstance(token.value, tuple) else (token.value, "")
    other, place = _compared(reader, at)
    if reader.left(at, "C") or reader.right(at, "C"):
        yield from _change_at(reader, at)
        return
    if other is not None and reader.right(at, r"[Qp]*[WHA]"):
        reader.use(place)
        number = Number(value, "times", 0.02, cast("Bound", bound), token.words)
        yield reader.build(
            "ratio", at, who=_other_than(reader, at, other), other=other, number=number, times=reader.times(at, "level")
        )
        return
    what = reader.what(at, "pct")
    if what is not None and (what.name in _PARTS or what.publisher):
        number = Number(value * 100, "pct", 1.0, cast("Bound", bound), token.words)
        yield reader.build("level", at, what=measures_of(what, "pct"), number=number)
    elif what is not None and reader.clause.has("change"):
        yield from _change_at(reader, at)


def _loose_rank(reader: _Reader, at: int) -> Iterator[Reading]:
    """An ordinal that no pattern of ranks has taken: not a claim; it is left unread."""
    yield from ()


_BY_UNIT: dict[str, Callable[[_Reader, int], Iterator[Reading]]] = {
    "gbp": _money, "pct": _percent, "points": _percent, "number": _count, "times": _times, "multiple": _change_at,
    "fraction": _fraction, "rank": _loose_rank,
}  # fmt: skip


def _without_number(reader: _Reader) -> Iterator[Reading]:
    """Read what claims without a number: "funding has fallen", "well below the national average", "less than Norfolk"."""
    signature, tokens = reader.clause.signature, reader.clause.tokens
    for match in re.finditer(r"m[Qp]*[HA]?[Qp]*[LR](?![NPGX])", signature):
        at = match.start()
        if at in reader.clause.used or match.end() - 1 in reader.clause.used:
            continue
        other, place = _compared(reader, at)
        if other is None:
            continue
        what = reader.what(at, "rank")
        if what is None:
            continue
        if reader.context.form == "change" or any(token.kind == "change" for token in tokens):
            reader.use(at, place)
            continue  # "lower than the national rise": both rises are read where they are said
        reader.use(at, place)
        direction: Direction = "up" if tokens[at].value == "more" else "down"
        yield reader.build(
            "difference",
            at,
            who=_other_than(reader, at, other),
            other=other,
            what=what,
            number=None,
            direction=direction,
            times=reader.times(at, "level"),
        )
    if _counts(tokens) or not reader.clause.has("change") or not reader.clause.has("quantity"):
        return
    at = reader.clause.at("change")
    named = reader.clause.has("place") or (reader.context.given is not None and reader.number == 0)
    what = reader.what(at[0], "change") if at else None
    if at and named and what is not None and (what.measures or what.publisher):
        yield reader.build(
            "change",
            at[0],
            what=what,
            number=None,
            direction=cast("Literal['up', 'down']", tokens[at[0]].value),
            times=reader.times(at[0], "change"),
        )


def _catch_up(reader: _Reader) -> Iterator[Reading]:
    """Read "it will take 12 years to catch up with the average"."""
    years = reader.clause.at("years", "span")
    if not reader.clause.has("catch") or not years:
        return
    at = years[0]
    token = reader.token(at)
    number = (
        token.value
        if isinstance(token.value, Number)
        else Number(float(token.value.year), "years", 0.5, words=token.words)
    )
    other, place = _compared(reader, -1)
    places = [n for n, one in enumerate(reader.clause.tokens) if one.kind == "place"]
    if other is not None and other.kind != "rate" and len(places) > 1:
        other, place = reader.token(places[-1]).value, places[-1]
    elif other is not None and other.kind != "rate":
        other, place = next(
            (
                (Place("rate", str(one.value), said=one.words), n)
                for n, one in enumerate(reader.clause.tokens)
                if one.kind in ("average", "extreme")
            ),
            (None, None),
        )
    reader.use(place, at, *reader.clause.at("extreme"))
    yield reader.build(
        "catch_up",
        at,
        number=number,
        other=other or Place("rate", "average"),
        what=reader.what(at, "rank") or _funding(reader.sentence),
        times=(None, None),
    )


_PATTERNS: tuple[Callable[[_Reader], Iterator[Reading]], ...] = (
    _catch_up, _ranks, _from_to, _up_from, _numbers, _without_number,
)  # fmt: skip
