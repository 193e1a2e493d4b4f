"""What a printed pack must be: two sides of A4 for a member of Parliament, every sentence on them, notes that lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from hnf.packs.content import Pack, Sentence, in_bands


def squeeze(text: str) -> str:
    """Text without white space: where a line ends is no part of what is said."""
    return re.sub(r"\s+", "", text)


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Every element of the structure tree in reading order."""

    def walk(node: Any) -> Iterator[DictionaryObject]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for child in node:
                yield from walk(child)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                yield node
            if "/K" in node:
                yield from walk(node["/K"])

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]))


def pages_of_elements(reader: PdfReader) -> list[tuple[str, int]]:
    """Tag and page of every element that has content of its own, in reading order."""
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}  # type: ignore[union-attr]
    return [(str(e["/S"]), numbers[e.raw_get("/Pg").idnum]) for e in elements(reader) if "/Pg" in e]


def inner_links(reader: PdfReader) -> list[tuple[int, float, float]]:
    """Where every link inside the document leads to (page, place across and up), in reading order."""
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}  # type: ignore[union-attr]
    found = []
    for link in (element for element in elements(reader) if element["/S"] == "/Link"):
        for part in link["/K"]:
            if isinstance(part, DictionaryObject) and part.get("/Type") == "/OBJR":
                target = part["/Obj"].get("/Dest")
                if target is not None:
                    page, _, across, up, _ = list.__iter__(target.get_object())
                    found.append((numbers[page.idnum], round(float(across), 1), round(float(up), 1)))
    return found


def in_print(pack: Pack) -> list[Sentence]:
    """The sentences of the first two pages in the order of reading: a left column before the right one beside it."""
    found = [pack.headline, pack.as_at, *(number.says for number in pack.numbers)]
    for page in ("first", "second"):
        for band in in_bands(section for section in pack.sections if section.page == page):
            found += [sentence for column in band for section in column for sentence in section.sentences()]
    return found


def check_notes(pack: Pack, reader: PdfReader) -> None:
    """Check that every number leads to the note of its sentence and every note back, in the pack of a member."""
    numbers = [pack.notes().index(sentence.basis) + 1 for sentence in in_print(pack) if sentence.basis]
    links = inner_links(reader)
    assert len(links) == len(numbers) + len(pack.notes())
    leads = {}
    for number, target in zip(numbers, links, strict=False):
        assert leads.setdefault(number, target) == target
    assert len(set(leads.values())) == len(pack.notes())
    # The notes are in the order of their numbers: down the left column, then down the right one.
    places = [leads[number] for number in range(1, len(pack.notes()) + 1)]
    assert places == sorted(places, key=lambda place: (place[0], place[1], -place[2]))
    back = links[len(numbers) :]
    assert len(set(back)) == len(back)


def check_nothing_parted(reader: PdfReader) -> None:
    """No heading is at the foot of a page whose content begins on the next, and no caption apart from its picture."""
    found = pages_of_elements(reader)
    headings = [place for place, (tag, _) in enumerate(found) if re.fullmatch(r"/H\d", tag)]
    assert headings
    for place in headings:
        assert place + 1 < len(found), "a heading without content"
        assert found[place + 1][1] == found[place][1], f"heading {place} is parted from what follows"
    # A picture is on the page of its heading, as is the first cell of a table.
    for place, (tag, page) in enumerate(found):
        if tag in {"/Figure", "/TH"} and found[place - 1][0] not in {"/TH", "/TD", "/Figure"}:
            heading = max(before for before in headings if before < place)
            assert found[heading][1] == page


def check_two_sides(pack: Pack, reader: PdfReader, texts: list[str]) -> None:
    """Check the PDF of a member's pack, given the text of each of its pages."""
    sides = 2 if any(section.page == "second" for section in pack.sections) else 1
    assert len(reader.pages) == sides, f"{pack.title}: {len(reader.pages)} pages"
    text = squeeze("".join(texts))
    for sentence in pack.sentences():
        assert squeeze(sentence.text) in text
    for section in pack.sections:
        assert squeeze(section.title) in squeeze(texts[0 if section.page == "first" else 1]), section.id
    for page in reader.pages:
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
    assert not [figure.id for figure in pack.figures() if squeeze(figure.id) in text]
    check_notes(pack, reader)
    check_nothing_parted(reader)
