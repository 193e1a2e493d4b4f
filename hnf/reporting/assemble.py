"""Puts a pack together from its sentences and sections: cut to its audience, with the glossary and sources it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.analysis.trace import sources_of
from hnf.reporting.audiences import AUDIENCE_WORDS, cut_sections
from hnf.reporting.content import Audience, Pack, Place, Section, Sentence
from hnf.reporting.glossary import GLOSSARY, GLOSSARY_WORDS, LICENCE_LINE
from hnf.reporting.worksheet_content import Worksheet
from hnf.store import Store


@dataclass(frozen=True)
class Draft:
    """Everything there is to say on a place, before it is cut to an audience.

    Parameters
    ----------
    slug, place, places, title
        As those of `Pack`.
    headline : Sentence
    key_sentences : tuple of Sentence
    sections : tuple of Section
    worksheets : tuple of Worksheet
        Sheets of live formulas; every audience gets them.
    reader : str
        Who in particular the pack is for, such as a member of Parliament and the date of the list; may be empty.
    """

    slug: str
    place: str
    places: tuple[Place, ...]
    title: str
    headline: Sentence
    key_sentences: tuple[Sentence, ...]
    sections: tuple[Section, ...]
    worksheets: tuple[Worksheet, ...] = ()
    reader: str = ""


def assemble(store: Store, draft: Draft, audience: Audience) -> Pack:
    """Cut a draft to its audience and add what it needs: glossary, sources, edition, licence.

    Parameters
    ----------
    store : Store
    draft : Draft
    audience : str

    Returns
    -------
    Pack
    """
    sections = cut_sections(draft.sections, audience)
    about = draft.reader or AUDIENCE_WORDS[audience]
    return Pack(
        slug=draft.slug,
        place=draft.place,
        places=draft.places,
        title=draft.title,
        subtitle=f"{about}. Data as at {store.edition}",
        audience=audience,
        headline=draft.headline,
        key_sentences=draft.key_sentences,
        sections=sections,
        glossary=_glossary(draft, sections),
        sources=_sources(store, sections, (draft.headline, *draft.key_sentences)),
        data_edition=store.edition,
        licence=LICENCE_LINE,
        worksheets=draft.worksheets,
    )


def _glossary(draft: Draft, sections: tuple[Section, ...]) -> tuple[tuple[str, str], ...]:
    """Return the terms that the pack uses."""
    sentences = [draft.headline, *draft.key_sentences]
    texts = []
    for section in sections:
        sentences += [*section.paragraphs, *section.bullets]
        texts.append(section.title)
        for table in (*section.tables, *(chart.data for chart in section.charts)):
            texts += [table.title, table.subtitle, *(column.title for column in table.columns)]
            texts += [str(cell) for row in table.rows for cell in row if isinstance(cell, str)]
    texts += [f"{sentence.text} {sentence.basis}" for sentence in sentences]
    whole = " ".join(texts)
    return tuple(
        (term, meaning) for term, meaning in GLOSSARY if re.search(GLOSSARY_WORDS[term], whole, flags=re.IGNORECASE)
    )


def _sources(store: Store, sections: tuple[Section, ...], key: tuple[Sentence, ...]) -> tuple[dict[str, str], ...]:
    """Return the catalogue entries of every cell that the figures of the pack rest on."""
    ids = {figure.id for sentence in key for figure in sentence.figures}
    for section in sections:
        ids |= {figure.id for sentence in (*section.paragraphs, *section.bullets) for figure in sentence.figures}
        tables = (*(chart.data for chart in section.charts), *section.tables)
        ids |= {id_ for table in tables for row in table.figure_ids for id_ in row if id_}
    return tuple(
        {
            "id": source.id,
            "publisher": source.publisher,
            "title": source.title,
            "page": source.page,
            "published": source.published,
            "licence": source.licence,
            "sha256": source.sha256,
        }
        for source in sources_of(store, sorted(ids))
    )
