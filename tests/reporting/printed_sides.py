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


def in_print(pack: Pack) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences of the first and the second page in the order of reading, a left column before the right one."""
    pages: tuple[list[Sentence], list[Sentence]] = ([], [])
    pages[0].extend((pack.headline, pack.as_at, *(number.says for number in pack.numbers)))
    for page, found in zip(("first", "second"), pages, strict=True):
        for band in in_bands(section for section in pack.sections if section.page == page):
            found += [sentence for column in band for section in column for sentence in section.sentences()]
    return pages


def check_notes(pack: Pack, reader: PdfReader) -> None:
    """Check that every number leads to the note of its sentence and every note back, in the pack of a member.

    A note is on the page where it is first used, in the order of the numbers.
    """
    links = inner_links(reader)
    leads: dict[int, tuple[int, float, float]] = {}
    back = []
    for page, sentences in enumerate(in_print(pack), 1):
        numbers = [pack.notes().index(sentence.basis) + 1 for sentence in sentences if sentence.basis]
        new = set(numbers) - set(leads)
        for number in numbers:
            target = links.pop(0)
            assert leads.setdefault(number, target) == target
        # Down one column, then down the next.
        places = [leads[number] for number in sorted(new)]
        assert places == sorted(places, key=lambda place: (place[1], -place[2]))
        assert {place[0] for place in places} <= {page}
        back += [links.pop(0) for _ in new]
        assert {target[0] for target in back[len(back) - len(new) :]} <= {page}
    assert links == []
    assert sorted(leads) == list(range(1, len(pack.notes()) + 1))
    assert len(set(leads.values())) == len(set(back)) == len(back) == len(leads)


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
