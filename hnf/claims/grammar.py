"""From tokens to readings: sentences, clauses, and what each number of a clause says of whom, from when to when.

A clause has a signature, one letter a token (`hnf.claims.words.LETTERS`): "plans in Kent rose by 143% since 2013" is
`QLCPS`. What stands around a number in the signature says what form of claim it is; the patterns are listed in order in
`_PATTERNS`. Whatever of a clause no reading takes up is `unread`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from hnf.claims.clauses import Clause, Context, Reader, Sentence, counts_on
from hnf.claims.forms import counts, read_clause
from hnf.claims.reading import Place, Reading
from hnf.claims.words import COUNTED, SIGNIFICANT, Lexer, Token, is_weak
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

GUIDE = (
    "a number and what it counts, of whom and when, as in 'EHC plans in Kent rose by 143% in ten years', 'Kent is "
    "third lowest per head of 151', '£614 a head in Kent' or 'funding in Kent rose by 13% last year'"
)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]*)*[.!?\n]*")
#: Characters of a sentence that are read as one.
_LONGEST = 1_000


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
    context = Context(store, _given(store, who) if who else None)
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


class _Sentence:
    """One sentence being read."""

    def __init__(self, store: Store, text: str, start: int, context: Context) -> None:
        self.store, self.text, self.start, self.context = store, text, start, context
        lexer = Lexer(store, text, context.named)
        self.tokens, context.named = lexer.tokens(), lexer.named
        self.clauses = [Clause(part) for part in _split(self.tokens, text)]

    def readings(self) -> list[Reading]:
        """Return the claims of the sentence."""
        if not self._concerns_us():
            return []
        whole = self.context
        local = replace(whole, who=None if self._names_a_place() else whole.who)
        found: list[Reading] = []
        pending: list[str] = []
        said = Sentence(self.store, self.text, self.tokens)
        for number, clause in enumerate(self.clauses):
            read = read_clause(Reader(said, clause, local, number))
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
            token.kind in ("it", "same", "local", "place", "ranked") or counts_on(token) for token in self.tokens
        )
        counts = any(token.kind in COUNTED | {"extreme", "change", "catch"} for token in self.tokens)
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
    """Cut the tokens of a sentence into clauses: at "but", dashes, brackets, and where a number has its own head."""
    found: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if token.kind == "clause":
            found.append([])
            continue
        rest = _until_clause(tokens, at)
        is_new = bool(found[-1]) and counts(found[-1]) and counts(rest)
        comma = bool(found[-1]) and "," in text[found[-1][-1].end : token.start]
        letters = "".join(one.letter for one in rest)
        if (
            is_new
            and (
                (token.kind == "and" and _begins_claim(letters[1:]))
                or (
                    token.kind == "which"
                    and (comma or token.words.casefold() != "with")
                    and _starts_number(letters[1:])
                )
                or (
                    comma
                    and re.match(
                        r"(?:i|C[a-z]?[PGNFX]|[PG]m?C|n?X|K|[NO]?E|L[^NPGOX]*[NPGOX]|mR|mL|mHL|P|G|N(?!$))", letters
                    )
                    and not letters.startswith("Z")
                )
            )
        ) or (comma and found[-1] and counts(found[-1]) and re.match(r"m[pH]?[RLa]", letters)):
            found.append([])
        if token.kind != "and" or found[-1]:
            found[-1].append(token)
    return [clause for clause in found if clause]


def _until_clause(tokens: list[Token], at: int) -> list[Token]:
    until = next((n for n in range(at + 1, len(tokens)) if tokens[n].kind == "clause"), len(tokens))
    return tokens[at:until]


def _begins_claim(letters: str) -> bool:
    """Whether what follows "and" claims a thing of its own: has a number with its place, quantity, change or rank."""
    return (
        bool(re.match(r"[^NPGOXTF|]*[NPGOXTF]", letters))
        and bool(re.search(r"[QCLEXpm]", letters))
        and not letters.startswith("Z")
    )


def _starts_number(letters: str) -> bool:
    return bool(re.search(r"[NPGOXTF]", letters))


def _left(clause: Clause, readings: list[Reading]) -> list[str]:
    """Words of a clause that say something and that no reading has taken up."""
    named = {place.codes for one in readings for place in (one.who, one.other, one.group) if place is not None}
    left = []
    for n, token in enumerate(clause.tokens):
        if n in clause.used or token.kind not in SIGNIFICANT:
            continue
        if token.kind == "more" and not re.match(r"[pH]?[LRaE]", clause.signature[n + 1 :]):
            continue
        if token.kind == "extreme" and not re.match(r"[QpVC]", clause.signature[n + 1 :]):
            continue
        if token.kind == "moment" and token.value.kind == "now":
            continue
        if token.kind == "place" and (
            token.value.kind == "england" or (token.value.codes and token.value.codes in named)
        ):
            continue
        if token.kind == "place" and re.search(r"A[^NPG]*$", clause.signature[:n]):
            continue
        left.append(token.words)
    return left
