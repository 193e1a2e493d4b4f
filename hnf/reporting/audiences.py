"""What each audience is given of a pack: the same figures and words, cut to length.

An analyst gets everything. A councillor gets the sections without the tables that list every basis. A member of
Parliament gets two sides of A4: the charts that carry the message, short tables, and the sentences that stand first.
Nothing is worded or computed anew for an audience.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hnf.reporting.content import Audience, Chart, Section, Table

AUDIENCE_WORDS: dict[Audience, str] = {
    "mp": "Briefing for members of Parliament",
    "councillor": "Briefing for councillors",
    "analyst": "Full briefing for analysts",
}


@dataclass(frozen=True)
class _Cut:
    """What is kept of one section.

    `paragraphs` and `bullets` are how many are kept from the first on, None for all; `charts` the ids that are kept;
    `tables` the ids that are kept with the number of rows (None for all), besides a last row that is England's.
    """

    paragraphs: int | None = None
    bullets: int | None = None
    charts: tuple[str, ...] | None = None
    tables: dict[str, int | None] | None = None


_NOTHING_DROPPED = _Cut()
#: The number of an authority at the end of the ids of its own part of a side-by-side pack; members get the joint part.
_OWN_PART = re.compile(r"_\d{3}$")
#: Sections by id, without that number.
_CUTS: dict[Audience, dict[str, _Cut | None]] = {
    "analyst": {},
    "councillor": {
        "rank": _Cut(charts=("among_all",), tables={}),
        "spending": _Cut(tables={"placements": None}),
        "revisions": _Cut(tables={"revisions": 6}),
    },
    "mp": {
        "rank": _Cut(paragraphs=1, charts=("among_all",), tables={}),
        "make_up": None,
        "gaps": _Cut(paragraphs=1, tables={"gaps": 3}),
        "gaps_each": _Cut(paragraphs=0),
        "neighbours": _Cut(paragraphs=1, tables={"neighbours": 5}),
        "spending": None,
        "revisions": _Cut(tables={}),
        "map": None,
        "limits": _Cut(bullets=4),
        "questions": _Cut(bullets=3),
        "method": _Cut(paragraphs=1),
    },
}


def cut_sections(sections: tuple[Section, ...], audience: Audience) -> tuple[Section, ...]:
    """Return what an audience is given of the sections of a pack.

    Parameters
    ----------
    sections : tuple of Section
        Everything there is.
    audience : str

    Returns
    -------
    tuple of Section
        Sections that are left with nothing are left out.
    """
    cuts = _CUTS[audience]
    kept = []
    for section in sections:
        own = _OWN_PART.search(section.id)
        cut = None if own and audience == "mp" else cuts.get(_OWN_PART.sub("", section.id), _NOTHING_DROPPED)
        if cut is None:
            continue
        found = _apply(section, cut)
        if found.paragraphs or found.charts or found.tables or found.bullets:
            kept.append(found)
    return tuple(kept)


def _apply(section: Section, cut: _Cut) -> Section:
    charts: tuple[Chart, ...] = section.charts
    if cut.charts is not None:
        charts = tuple(chart for chart in charts if _OWN_PART.sub("", chart.id) in cut.charts)
    tables: tuple[Table, ...] = section.tables
    if cut.tables is not None:
        names = {table.id: _OWN_PART.sub("", table.id) for table in tables}
        tables = tuple(_shorten(t, cut.tables[names[t.id]]) for t in tables if names[t.id] in cut.tables)
    return replace(
        section,
        paragraphs=section.paragraphs[: cut.paragraphs],
        bullets=section.bullets[: cut.bullets],
        charts=charts,
        tables=tables,
    )


def _shorten(table: Table, rows: int | None) -> Table:
    """Keep the first rows of a table, and a last one that is England's."""
    if rows is None or len(table.rows) <= rows:
        return table
    places = list(range(rows))
    if table.rows[-1][0] == "England":
        places.append(len(table.rows) - 1)
    return replace(
        table,
        rows=tuple(table.rows[place] for place in places),
        figure_ids=tuple(table.figure_ids[place] for place in places) if table.figure_ids else (),
    )
