"""The forms of claims: what the signature around a number says it is, pattern by pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, cast

from hnf.claims.clauses import PARTS, Reader, funding
from hnf.claims.reading import Bound, Direction, Number, Place, Reading
from hnf.claims.words import COUNTED, Token, group_of, measures_of
from hnf.tables.authorities import Authorities


def counts(tokens: list[Token]) -> bool:
    """Whether tokens hold a number that claims something, or a rank."""
    return any(token.kind in COUNTED or token.kind == "extreme" for token in tokens)


# Patterns, in the order in which they are tried; each takes up the tokens that it reads.

_FROM_TO = re.compile(r"f(?P<a>[NGP])[QpL]*(?P<am>[MSZ]?)[^NGPCt]*?t(?P<b>[NGP])[Qp]*(?P<bm>[MSZ]?)")
_LAST = re.compile(r"\b(?:last|past|previous)\b", re.I)
_UP_FROM = re.compile(r"f(?P<a>[NGP])[Qp]*(?P<am>[MSZ]?)")


def _from_to(reader: Reader) -> Iterator[Reading]:
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
    elif spans and finish is None and begin is not None and begin.is_named and not _LAST.search(tokens[spans[0]].words):
        finish = begin.after(tokens[spans[0]].value.year, tokens[spans[0]].words)
    reader.use(*spans)
    others = [n for n in reader.clause.at("start") if n not in (am, bm)]
    if begin is None and others:
        begin = tokens[others[0]].value
        reader.use(others[0])
    reader.use(am, bm)
    who = reader.who(a)
    what = reader.what(a, tokens[a].kind)
    if tokens[a].kind == "pct":
        # "Plans issued within 20 weeks fell from 70% to 53%": a part of a whole, at two times.
        parts = [token.value for token in tokens if token.kind == "quantity" and token.value.name in PARTS]
        what = measures_of(parts[0], "pct") if parts else what
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


def _up_from(reader: Reader) -> Iterator[Reading]:
    """Read "640,000, up from 240,000 a decade ago": the earlier level."""
    for match in _UP_FROM.finditer(reader.clause.signature):
        a = match.start("a")
        if a in reader.clause.used:
            continue
        am = match.start("am") if match["am"] else None
        spans = [n for n in reader.clause.at("span") if n > a]
        when = am if am is not None else spans[0] if spans else None
        reader.use(when)
        yield reader.build("level", a, times=(None, reader.before_another(when) if when is not None else None))


def _ranks(reader: Reader) -> Iterator[Reading]:
    """Read "third lowest of 151", "ranks 122 out of 151", "bottom ten", "lowest quartile", "lowest funded"."""
    signature = reader.clause.signature
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
    (re.compile(r"(?<![mHWA])E(?=C)"), "rise"),
    (re.compile(r"a"), "any"),
)


def _rank(reader: Reader, kind: str, by: dict[str, int]) -> Reading:
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
    elif kind in ("first", "rise", "any"):
        number = Number(1.0, "rank", 0.0, words=tokens[at].words)
    if kind == "any":
        # "More than any other", "none of its neighbours gets less".
        more = next((n for n in reversed(reader.clause.at("more")) if n < at or tokens[at].value == "none"), None)
        end = "highest" if more is None or tokens[more].value == "more" else "lowest"
        reader.use(more)
    universe = next(iter(reader.clause.at("universe")), None)
    count = tokens[by["U"]].value if "U" in by else tokens[universe].value if universe is not None else None
    reader.use(universe)
    who, group = _who_among(reader)
    if kind == "any" and tokens[at].value == "region":
        codes = tuple(sorted(Authorities.of(reader.context.store).region_names))
        group = Place("group", "the regions", codes, tokens[at].words)
    if kind == "any" and tokens[at].value in ("neighbours", "none"):
        group = group_of(reader.context.store, "neighbours", tokens[at].words)
    is_change = kind == "rise" or (kind == "any" and any(token.kind == "change" for token in tokens))
    if kind == "rise":
        reader.use(at + 1)
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


def _who_among(reader: Reader) -> tuple[Place | None, Place | None]:
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
            group = group_of(reader.context.store, tokens[n].value, tokens[n].words)
            reader.use(n)
    return who, group


def _numbers(reader: Reader) -> Iterator[Reading]:
    """Read every other number by its unit and by what stands beside it."""
    for at in reader.clause.counted():
        if at not in reader.clause.used:
            yield from _BY_UNIT[reader.token(at).kind](reader, at)


def _compared(reader: Reader, at: int) -> tuple[Place | None, int | None]:
    """Whom a number is compared with: the place or rate after "than", "compared with" or "what"."""
    tokens = reader.clause.tokens
    for n in range(at + 1, len(tokens)):
        if tokens[n].kind == "average":
            return Place("rate", str(tokens[n].value), said=tokens[n].words), n
        if tokens[n].kind == "extreme" and reader.right(n, "Q|l"):
            return Place("rate", str(tokens[n].value), said=tokens[n].words), n
        if tokens[n].kind == "place":
            return tokens[n].value, n
        if tokens[n].kind in COUNTED:
            break
    return None, None


#: "more plans in England than in 2015": more than at another time.
_MORE_THAN_THEN = r"[Qp]*m[QpL]*[HA][SMZ]"
_MORE = r"[Qp]*m[Qp]*[HA]?[Qpli]*"


def _money(reader: Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    number = cast("Number", reader.token(at).value)
    if reader.clause.has("school") and (reader.clause.has("more", "gap", "average") or number.value < 3e6):
        yield _school(reader, at)
        return
    if reader.left(at, "g"):
        yield _difference(reader, at, is_gap=True)
        return
    rate = _rate_of(reader)
    if rate is not None and reader.clause.has("more") and number.value >= 1e5:
        other_, whose = rate
        who = next((token.value for n, token in enumerate(tokens) if token.kind == "place" and n != whose), None)
        reader.use(whose, *reader.clause.at("more", "extreme", "rank", "average"))
        reader.use(*(n for n, token in enumerate(tokens) if token.kind == "place" and token.value == who))
        what = reader.what(at, "gbp") or funding(reader.sentence)
        when = reader.times(at, "level")
        yield reader.build(
            "gap", at, who=who or reader.inherited(), what=what, other=other_, direction="up", times=when
        )
        return
    more = reader.right(at, _MORE)
    if more:
        n = at + 1 + more.group().index("m")
        other, place = _compared(reader, n)
        is_then = reader.right(more.end() - 1, "[SMZ]") and not reader.right(at, r"[Qp]*m[Qp]*[SMZD][HA][Qpl]*[LR]")
        if is_then or (other is None and reader.clause.has("start")):
            yield from _change_at(reader, at, direction=reader.way(n), word=n)
            return
        if other is not None and (number.value >= 1e6 or (other.kind == "rate" and number.value >= 1e5)):
            reader.use(n, place)
            yield reader.build(
                "gap",
                at,
                other=other,
                direction=reader.way(n),
                times=reader.times(at, "level"),
            )
            return
        if other is not None:
            yield _difference(reader, at, more=n)
            return
        if number.value >= 1e5 and reader.context.form in ("level", "change"):
            yield from _change_at(reader, at, direction=reader.way(n), word=n)
            return
    if reader.left(at, r"C[Qpl]*") or reader.right(at, r"r?C(?!f)"):
        yield from _change_at(reader, at)
        return
    if reader.clause.has("average") and reader.clause.has("more") and number.value >= 1e5:
        average = next(n for n, token in enumerate(tokens) if token.kind == "average")
        rate_ = Place("rate", str(tokens[average].value), said=tokens[average].words)
        reader.use(average, *reader.clause.at("more")[:1])
        yield reader.build("gap", at, other=rate_, direction="up", times=reader.times(at, "level"))
        return
    yield reader.build("level", at)


def _rate_of(reader: Reader) -> tuple[Place, int] | None:
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


def _school(reader: Reader, at: int) -> Reading:
    size = next((n for n in reader.clause.at("number") if reader.left(n, "z") or reader.right(n, "z")), None)
    pupils = reader.token(size).value.value if size is not None else None
    other, place = _compared(reader, at)
    who = reader.who(at)
    if other is not None and who is not None and other.codes == who.codes:
        other, place = None, None
    reader.use(size, place, *reader.clause.at("more"))
    return reader.build(
        "school",
        at,
        what=funding(reader.sentence),
        other=other,
        school_pupils=pupils,
        per="",
        times=reader.times(at, "level"),
    )


def _difference(reader: Reader, at: int, *, more: int | None = None, is_gap: bool = False) -> Reading:
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
    direction = reader.way(cast("int", more))
    return reader.build("difference", at, who=who, other=other, direction=direction, times=reader.times(at, "level"))


def _other_than(reader: Reader, at: int, other: Place | None) -> Place | None:
    """The subject of a comparison: a place before it that is not the one compared with."""
    tokens = reader.clause.tokens
    before = [
        n for n in range(at) if tokens[n].kind == "place" and (other is None or tokens[n].value.codes != other.codes)
    ]
    if before:
        reader.use(before[-1])
        return cast("Place", tokens[before[-1]].value)
    inherited = reader.inherited()
    if inherited is not None and other is not None and inherited.codes == other.codes:
        return reader.context.before
    return inherited


def _percent(reader: Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    more = reader.right(at, _MORE)
    if more and reader.right(at, _MORE_THAN_THEN):
        n = at + 1 + more.group().index("m")
        yield from _change_at(reader, at, direction=reader.way(n), word=n)
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
            direction = reader.way(n)
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
        yield from _change_at(reader, at, direction=reader.way(n), word=n)
        return
    what = reader.what(at, "pct")
    has_change = reader.clause.has("change") or (reader.context.form == "change" and not reader.clause.has("quantity"))
    if (
        what is not None
        and (what.name in PARTS or what.name in ("share_of_pupils", "pupils_with_sen"))
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
    if has_change or (what is not None and _counts_from(reader)):
        yield from _change_at(reader, at)
        return
    yield replace(reader.build("level", at), problem="whether it is a rise, a fall or a part of something")


def _counts_from(reader: Reader) -> bool:
    """Whether a percentage beside a time from which it counts can only be a change."""
    return reader.clause.has("start", "span", "same")


def _ratio_of_last(reader: Reader, at: int, more: int) -> Reading:
    """Read "That is 50% more" after two levels: the later or larger against the one before."""
    reader.use(more)
    own, other = reader.context.who, reader.context.before
    direction = reader.way(more)
    return reader.build(
        "ratio", at, number=_roundly(reader.token(at).value), who=own, other=other, direction=direction,
        times=(None, reader.context.end), per=reader.context.per,
    )  # fmt: skip


def _roundly(number: Number) -> Number:
    """Return a ratio that ends in nought as said to the nearest five: "50% more than Norfolk"."""
    return replace(number, half=max(number.half, 2.5)) if number.value % 10 == 0 else number


def _change_at(
    reader: Reader, at: int, *, direction: Direction = "", word: int | None = None, **others: object
) -> Iterator[Reading]:
    """Read a change: "rose by 13%", "doubled", "a fall of a third", "£8.9 million more than this year"."""
    token = reader.token(at)
    found, n = reader.direction(at)
    number: Number | None = token.value if isinstance(token.value, Number) else None
    if token.kind == "multiple":
        times, bound = _hedged(token)
        direction = "up" if times > 1 else "down"
        number = Number(times, "times", 0.05 * times if times < 3 else 0.25, bound, token.words)
    elif token.kind == "fraction":
        value, bound = _hedged(token)
        number = Number(value * 100, "pct", 1.0, bound, token.words)
    reader.use(word, n)
    times_ = others.pop("times") if "times" in others else reader.times(at, "change")
    yield reader.build("change", at, number=number, direction=direction or found or "up", times=times_, **others)


def _hedged(token: Token) -> tuple[float, Bound]:
    """The value of a multiple or fraction, and its hedge where it has one."""
    return token.value if isinstance(token.value, tuple) else (token.value, "")


def _count(reader: Reader, at: int) -> Iterator[Reading]:
    tokens = reader.clause.tokens
    if reader.left(at, "C") and _joined(reader, at, r"(?:of|by)(?: just| only| about| around)?"):
        yield from _change_at(reader, at)
        return
    more = reader.right(at, r"m[Qp]*")
    if more:
        n = at + 1
        if reader.right(at, _MORE_THAN_THEN):
            yield from _change_at(reader, at, direction=reader.way(n), word=n)
            return
        if _compared(reader, n)[0] is not None and reader.right(n, r"[Q]*[HA]?L"):
            yield _difference(reader, at, more=n)
            return
        yield from _change_at(reader, at, direction=reader.way(n), word=n)
        return
    what = reader.what(at, "number")
    goes_on = reader.clause.has("quantity", "it", "same", "change") or _OF_THEM.match(
        reader.sentence.text[reader.token(at).end :]
    )
    if what is None or not goes_on:
        return
    change = reader.clause.has("change") and reader.left(at, "C[a-zLQ]*t?")
    if change:
        reader.use(*(n for n, token in enumerate(tokens) if token.kind == "change"))
    yield reader.build("level", at, what=what)


#: What is counted on where a number names nothing: "2,500 children", "640 of them", the end of the clause.
_OF_THEM = re.compile(r"\s*(?:children|pupils|young|youngsters|people|of them|in\b|by\b|at\b|[,.;)]|$)", re.I)


def _joined(reader: Reader, at: int, words: str) -> bool:
    """Whether only some words stand between a number and the token before it."""
    between = reader.sentence.text[reader.token(at - 1).end : reader.token(at).start]
    return re.fullmatch(rf"\s*{words}\s*", between, re.I) is not None


def _times(reader: Reader, at: int) -> Iterator[Reading]:
    """Read "three times as much as Norfolk", "3.5 times less than Camden", "rose threefold"."""
    other, place = _compared(reader, at)
    words = reader.clause.at("more", "as", "than")
    if other is not None and (words or reader.right(at, "[Qp]*[RL]")) and not reader.clause.has("start", "span"):
        more = next((n for n in words if reader.token(n).kind == "more"), None)
        direction: Direction = reader.way(more) if more is not None else "up"
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


def _fraction(reader: Reader, at: int) -> Iterator[Reading]:
    """Read "fell by a third", "half of what Middlesbrough gets", "half of plans within 20 weeks"."""
    token = reader.token(at)
    value, bound = _hedged(token)
    other, place = _compared(reader, at)
    if reader.left(at, "C") or reader.right(at, "C"):
        yield from _change_at(reader, at)
        return
    if other is not None and reader.right(at, r"[Qp]*[WHA]"):
        reader.use(place)
        number = Number(value, "times", 0.02, bound, token.words)
        yield reader.build(
            "ratio", at, who=_other_than(reader, at, other), other=other, number=number, times=reader.times(at, "level")
        )
        return
    what = reader.what(at, "pct")
    if what is not None and (what.name in PARTS or what.publisher):
        number = Number(value * 100, "pct", 1.0, bound, token.words)
        yield reader.build("level", at, what=measures_of(what, "pct"), number=number)
    elif what is not None and reader.clause.has("change"):
        yield from _change_at(reader, at)


def _loose_rank(_reader: Reader, _at: int) -> Iterator[Reading]:
    """Leave an ordinal unread that no pattern of ranks has taken."""
    yield from ()


_BY_UNIT: dict[str, Callable[[Reader, int], Iterator[Reading]]] = {
    "gbp": _money, "pct": _percent, "points": _percent, "number": _count, "times": _times, "multiple": _change_at,
    "fraction": _fraction, "rank": _loose_rank,
}  # fmt: skip


def _without_number(reader: Reader) -> Iterator[Reading]:
    """Read what claims without a number: "funding has fallen", "well below the national average"."""
    signature, tokens = reader.clause.signature, reader.clause.tokens
    for match in re.finditer(r"m[Qp]*L[HA]L", signature):
        # "More children have plans in Essex than in Kent."
        places = [n for n in range(match.start(), match.end()) if signature[n] == "L"]
        what = reader.what(match.start(), "rank")
        if what is None or reader.clause.counted():
            continue
        own, than = (cast("Place", tokens[n].value) for n in places)
        way = reader.way(match.start())
        reader.use(match.start(), *places)
        yield reader.build("difference", match.start(), who=own, other=than, what=what, number=None, direction=way,
                           times=reader.times(match.start(), "level"))  # fmt: skip
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
        direction = reader.way(at)
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
    if counts(tokens) or not reader.clause.has("change") or not reader.clause.has("quantity"):
        return
    changes = reader.clause.at("change")
    named = reader.clause.has("place") or (reader.context.given is not None and reader.number == 0)
    what = reader.what(changes[0], "change") if changes else None
    if named and what is not None and (what.measures or what.publisher):
        at = changes[0]
        way = cast("Literal['up', 'down']", tokens[at].value)
        when = reader.times(at, "change")
        yield reader.build("change", at, what=what, number=None, direction=way, times=when)


def _catch_up(reader: Reader) -> Iterator[Reading]:
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
        what=reader.what(at, "rank") or funding(reader.sentence),
        times=(None, None),
    )


_PATTERNS: tuple[Callable[[Reader], Iterator[Reading]], ...] = (
    _catch_up, _ranks, _from_to, _up_from, _numbers, _without_number,
)  # fmt: skip


def read_clause(reader: Reader) -> list[Reading]:
    """Return the claims of a clause, in the order of the patterns."""
    found = [one for pattern in _PATTERNS for one in pattern(reader)]
    reader.remember(found)
    # "Kent and Norfolk have both doubled" claims it of each.
    return found + [replace(one, who=place) for place in reader.also for one in found]
