"""What a pack knows of one authority, what each audience is given of it, and what every pack carries.

Every audience gets the same two pages: the story and the evidence. A member of Parliament gets no more; a councillor
gets finance, spending and balances behind them, an analyst everything. Nothing is worded or computed anew for an
audience. Glossary, sources, edition and licence are added last.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache

from hnf.analysis.allocate import no_allocation
from hnf.analysis.growth import FundingSeries, NeedSeries, funding_series, need_series
from hnf.analysis.trace import sources_of
from hnf.errors import UsageError
from hnf.measures.published import block_frame, financial_years
from hnf.measures.rates import RateSpec, rate_table
from hnf.packs.content import Audience, LargeNumber, Pack, Place, Section, Sentence, Worksheet
from hnf.paths import data_folder
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.years import FinancialYear


@dataclass(frozen=True)
class Subject:
    """One authority with what the tables hold of it.

    `year` is the latest with allocations. `need` is None where boundaries changed so that there is no series since the
    first January; `spec` (per head, or per pupil where there is no population) and `funding` without an allocation.
    """

    store: Store
    authority: Authority
    year: FinancialYear
    need: NeedSeries | None
    spec: RateSpec | None
    funding: FundingSeries | None


def subject_of(store: Store, who: str) -> Subject:
    """Look up what the tables hold of an open authority, by code or name."""
    authority = Authorities.of(store).find(who)
    year = financial_years(store)[-1]
    if authority.closed:
        raise UsageError(no_allocation(store, authority, year))
    spec = _basis(store, authority, year)
    return Subject(store, authority, year, _need(store, authority), spec, _funding(store, authority) if spec else None)


def _need(store: Store, authority: Authority) -> NeedSeries | None:
    try:
        return need_series(store, authority)
    except UsageError:
        return None


def _funding(store: Store, authority: Authority) -> FundingSeries | None:
    try:
        return funding_series(store, authority)
    except UsageError:
        return None


def _basis(store: Store, authority: Authority, year: FinancialYear) -> RateSpec | None:
    if authority.la_code not in block_frame(store, year)["area"].to_list():
        return None
    spec = RateSpec(year, "block", "head")
    return spec if authority.la_code in rate_table(store, spec).values else RateSpec(year, "block", "pupil")


#: Below this many plans at the start a percentage says little: the numbers are said.
SMALL_COUNT = 100
#: Denominators as sentences say them, in full and in a headline.
PER_PROSE = {"head": "per head aged 2 to 18", "pupil": "per pupil", "plan": "per EHC plan"}
SHORT_PER = {"head": "per head", "pupil": "per pupil", "plan": "per EHC plan"}
#: The two official populations where there is no room for their dates.
POPULATION_PROSE = {"ons": "the ONS estimate", "dfe": "the formula's own population"}
AUDIENCE_WORDS: dict[Audience, str] = {
    "mp": "Briefing for members of Parliament",
    "councillor": "Briefing for councillors",
    "analyst": "Full briefing for analysts",
}


#: The two pages that every audience gets, and all that a member is given.
_PAGES = ("first", "second")
#: Sections behind them that a councillor is given: finance and what the council does; an analyst gets all.
_FOR_COUNCILLORS = ("make_up", "spending", "revisions", "process")
#: The number of an authority at the end of the ids of its own part of a side-by-side pack.
_OWN_PART = re.compile(r"_\d{3}$")
#: Drafts that an audience is given, by their small headings.
WRITTEN, SCRUTINY = "Written question for tabling", "Question for the council's scrutiny committee"
_DRAFTS: dict[Audience, tuple[str, ...]] = {
    "mp": (WRITTEN,), "councillor": (SCRUTINY,), "analyst": (WRITTEN, SCRUTINY),
}  # fmt: skip


def cut_sections(sections: tuple[Section, ...], audience: Audience) -> tuple[Section, ...]:
    """Return what an audience is given of the sections of a pack; those left with nothing are left out."""
    kept = []
    for section in sections:
        named = _OWN_PART.sub("", section.id)
        if section.page in _PAGES or audience == "analyst" or (audience == "councillor" and named in _FOR_COUNCILLORS):
            drafts = tuple(draft for draft in section.drafts if draft[0] in _DRAFTS[audience])
            found = replace(section, drafts=drafts)
            if found.sentences() or found.charts or found.tables:
                kept.append(found)
    return tuple(kept)


LICENCE_LINE = "Contains public sector information licensed under the Open Government Licence v3.0."


@cache
def _terms() -> tuple[dict[str, str], ...]:
    return tuple(tomllib.loads((data_folder() / "glossary.toml").read_text(encoding="utf-8"))["term"])


@dataclass(frozen=True)
class Draft:
    """Everything there is to say on a place, before it is cut to an audience; the fields are those of `Pack`.

    `reader` is who in particular the pack is for, such as a member of Parliament and the date of the list; may be
    empty.
    """

    slug: str
    place: str
    places: tuple[Place, ...]
    title: str
    headline: Sentence
    as_at: Sentence
    numbers: tuple[LargeNumber, ...]
    sections: tuple[Section, ...]
    worksheets: tuple[Worksheet, ...] = ()
    reader: str = ""
    kinds: tuple[str, ...] = ()


def assemble(store: Store, draft: Draft, audience: Audience) -> Pack:
    """Cut a draft to its audience and add what it needs: glossary, sources, edition, licence."""
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
        as_at=draft.as_at,
        numbers=draft.numbers,
        sections=sections,
        glossary=_glossary(draft, sections),
        sources=_sources(store, sections, _opening(draft)),
        data_edition=store.edition,
        licence=LICENCE_LINE,
        worksheets=draft.worksheets,
        kinds=draft.kinds,
    )


def _opening(draft: Draft) -> tuple[Sentence, ...]:
    return (draft.headline, draft.as_at, *(number.says for number in draft.numbers))


def _glossary(draft: Draft, sections: tuple[Section, ...]) -> tuple[tuple[str, str], ...]:
    """Return the terms that the pack uses."""
    sentences = [*_opening(draft)]
    texts = []
    for section in sections:
        sentences += section.sentences()
        texts.append(section.title)
        for table in (*section.tables, *(chart.data for chart in section.charts)):
            texts += [table.title, table.subtitle, *(column.title for column in table.columns)]
            texts += [str(cell) for row in table.rows for cell in row if isinstance(cell, str)]
    texts += [f"{sentence.text} {sentence.basis}" for sentence in sentences]
    whole = " ".join(texts)
    return tuple((term["name"], term["meaning"]) for term in _terms() if re.search(term["words"], whole, re.IGNORECASE))


def _sources(store: Store, sections: tuple[Section, ...], key: tuple[Sentence, ...]) -> tuple[dict[str, str], ...]:
    """Return the catalogue entries of every cell that the figures of the pack rest on."""
    ids = {figure.id for sentence in key for figure in sentence.figures}
    for section in sections:
        for sentence in section.sentences():
            ids |= {figure.id for figure in (*sentence.figures, *sentence.behind)}
        tables = (*(chart.data for chart in section.charts), *section.tables)
        ids |= {id_ for table in tables for row in table.figure_ids for id_ in row if id_}
    names = ("id", "publisher", "title", "page", "published", "licence", "sha256")
    return tuple({name: getattr(source, name) for name in names} for source in sources_of(store, sorted(ids)))
