"""A text with its claims marked by their verdicts, and notes beside it: one page without scripts and without requests.

Each mark has its verdict in words and a link to its note, each note a link back; claims whose words overlap share a
mark. The page is laid out by `templates/annotated.html.j2` in the style of packs, with a dark form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hnf.claims.reading import CODES, VERDICT_IN_WORDS, CheckedClaim, Code, not_read
from hnf.formats.web_page import load_template, read_part
from hnf.text import capital, web_address

if TYPE_CHECKING:
    from hnf.sources.catalogue import Source

#: As short as a mark within a line can be.
_IN_SHORT: dict[Code, str] = {
    "true": "true",
    "true_on_some_bases": "true on some bases",
    "was_true": "was true",
    "untrue": "not true",
    "needs_data": "needs data",
    "out_of_scope": "something else",
    "not_understood": "not fully read",
}
_PARAGRAPHS = re.compile(r"(?:[ \t\r]*\n){2,}")
#: Marks of claims that overlap, as (start, end, claims by number).
Span = tuple[int, int, list[int]]


def figure_of(claim: CheckedClaim) -> str:
    """Return the id of the figure that a note rests on, empty where there is none."""
    found = (*claim.supporting, *claim.contradicting)
    return claim.say_instead_id or (found[0].figure_id if found else "")


def annotated_html(
    text: str,
    claims: Sequence[CheckedClaim],
    title: str,
    sources: Mapping[str, Sequence[Source]] | None = None,
    edition: str = "",
) -> str:
    """Lay a text out with its claims marked, every text escaped.

    Parameters
    ----------
    text : str
        The text that was checked; `start_at` and `end_at` of a claim are places in it.
    claims : sequence of CheckedClaim
        In any order; notes are numbered by their places.
    title : str
        Heading of the page.
    sources : mapping of str to sequence of Source, optional
        The published files that a figure rests on, by its id.
    edition : str
        Edition of the tables, for the foot of the page.

    Returns
    -------
    str
        HTML that is whole without any other file.
    """
    ordered = sorted(claims, key=lambda claim: (claim.start_at, claim.end_at))
    spans = list(_spans(text, ordered))
    notes = [_view_note(number, claim, sources or {}) for number, claim in enumerate(ordered, start=1)]
    counts = [(code, sum(claim.code == code for claim in ordered)) for code in CODES]
    return load_template("annotated.html.j2").render(
        title=title,
        paragraphs=[_view_paragraph(text, part, spans, notes) for part in _parts(text)],
        counts=[(_view_verdict(code), number) for code, number in counts if number],
        total=len(ordered),
        edition=edition,
        css=Markup(f"{read_part('pack.css')}\n{read_part('annotated.css')}"),  # noqa: S704 - our own files
    )


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where paragraphs begin and end, those without words left out."""
    start = 0
    for gap in (*_PARAGRAPHS.finditer(text), None):
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            yield start, end
        start = gap.end() if gap else end


def _spans(text: str, ordered: Sequence[CheckedClaim]) -> Iterator[Span]:
    """Join claims whose words overlap; a claim without a place has the whole text."""
    found: Span | None = None
    for number, claim in enumerate(ordered):
        start = min(max(claim.start_at, 0), len(text))
        end = min(claim.end_at, len(text)) if claim.end_at > start else len(text)
        if found and start < found[1]:
            found = (found[0], max(found[1], end), [*found[2], number])
            continue
        if found:
            yield found
        found = (start, end, [number])
    if found:
        yield found


def _view_paragraph(
    text: str, part: tuple[int, int], spans: Sequence[Span], notes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the pieces of a paragraph, marked and plain, and the notes on the claims that begin in it."""
    at, end = start, _ = part
    pieces: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for first, last, numbers in spans:
        if last <= start or first >= end:
            continue
        begin, stop = max(first, start), min(last, end)
        own = [notes[number] for number in numbers] if first >= start else []
        pieces.append({"text": text[at:begin], "is_marked": False, "notes": []})
        pieces.append({"text": text[begin:stop], "is_marked": True, "notes": own})
        found += own
        at = stop
    pieces.append({"text": text[at:end], "is_marked": False, "notes": []})
    return {"pieces": [piece for piece in pieces if piece["text"]], "notes": found}


def _view_verdict(code: Code) -> dict[str, str]:
    return {"code": code.replace("_", "-"), "short": _IN_SHORT[code], "words": capital(VERDICT_IN_WORDS[code])}


def _view_note(number: int, claim: CheckedClaim, sources: Mapping[str, Sequence[Source]]) -> dict[str, Any]:
    """Return what a note says: verdict, sentence, what to say instead, figure, sources, reading."""
    figure = figure_of(claim)
    lines = [
        ("Read as", claim.reading.read_as if claim.reading else ""),
        ("Not read", not_read(claim.unread) if claim.unread else ""),
        ("Mislabelled", claim.mislabelled),
        *(("Missing", need) for need in claim.needs),
        *(("Note", remark) for remark in claim.remarks),
    ]
    return {
        "number": number,
        "verdict": _view_verdict(claim.code),
        "sentence": claim.sentence,
        "say_instead": claim.say_instead,
        "lines": [line for line in lines if line[1]],
        "reported": [
            {"words": f"{each.year}: {each.words}", "source": each.source, "link": web_address(each.address)}
            for each in claim.reported
        ],
        "figure": figure,
        "sources": [
            {
                "words": f"{each.publisher}, {each.title}",
                "about": f"file {PurePosixPath(each.path).name}, published {each.published}",
                "link": web_address(each.page),
            }
            for each in sources.get(figure, ())
        ],
    }
