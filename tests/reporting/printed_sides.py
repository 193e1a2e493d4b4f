"""What the printed pack of a member of Parliament must be: two sides of A4 with every sentence on them."""

from __future__ import annotations

import re

from pypdf import PdfReader

from hnf.packs.content import Pack, Sentence


def squeeze(text: str) -> str:
    """Text without white space: where a line ends is no part of what is said."""
    return re.sub(r"\s+", "", text)


def sentences(pack: Pack) -> list[Sentence]:
    """Every sentence of a pack."""
    found = [pack.headline, *pack.key_sentences()]
    for section in pack.sections:
        found += [*section.paragraphs, *section.bullets]
    return found


def check_two_sides(pack: Pack, reader: PdfReader, texts: list[str]) -> None:
    """Check the PDF of a member's pack, given the text of each of its pages."""
    assert len(pack.charts()) >= 2
    assert len(reader.pages) == 2
    text = squeeze("".join(texts))
    for sentence in sentences(pack):
        assert squeeze(sentence.text) in text
    assert "Page1of2" in text
    assert "Page2of2" in text
    for page in reader.pages:
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
