"""The pack as a workbook: cover, contents, notes, then one marked-up table a sheet, as the Analysis Function asks.

`gptables` lays the sheets out. Numbers stay numbers; text is written as text whatever it starts with.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from hnf.figures import Figure
from hnf.reporting.content import Cell, Column, Pack, Sentence, Table
from hnf.reporting.display import MISSING, MISSING_MEANING, needs_pence
from hnf.reporting.workbook_cells import (
    FORMULA_STARTS,
    NOT_APPLICABLE,
    NOT_APPLICABLE_MEANING,
    NUMBER_FORMATS,
    PENCE_FORMAT,
    UNIT_FORMATS,
    clean_text,
    fill_cell,
    find_header_column,
    list_headings,
)
from hnf.reporting.workbook_layout import fit_widths, make_theme, shape_cover, shape_sheet
from hnf.words import capital

_BASIS_NOTE = (
    "Basis: a published figure is a cell of a published file; a derived figure is arithmetic on such cells; "
    "an estimated figure rests on an assumption."
)
_TRACE_NOTE = "The command hnf trace, followed by a figure id, leads back to publisher, file, sheet and cell."

#: How many inputs of a figure a cell names.
_INPUTS_SHOWN = 4
#: A fixed date of creation, so that the same pack gives the same bytes.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
#: In memory, xlsxwriter stamps every member of the archive with the same date. Text never becomes anything else.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class _Sheet:
    """One sheet: a table, the notes its title refers to, and the formats of single cells as (row, column, format)."""

    name: str
    table: Table
    notes: tuple[str, ...]
    cell_formats: tuple[tuple[int, int, str], ...] = ()


def render_workbook(pack: Pack) -> bytes:
    """Lay a pack out as an Excel workbook.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    bytes
        The `.xlsx` file, the same bytes for the same pack. A missing value is `[x]`, never zero or blank.
    """
    sheets = _list_sheets(pack)
    notes = list(dict.fromkeys(note for sheet in sheets for note in sheet.notes))
    buffer = io.BytesIO()
    with _quiet_gptables() as gptables:
        tables = {sheet.name: _mark_up(gptables, sheet, notes) for sheet in sheets}
        cover = _make_cover(gptables, pack)
        workbook = gptables.produce_workbook(
            buffer,
            tables,
            cover=cover,
            contentsheet_options={
                "title": "Contents",
                "instructions": "This worksheet contains one table: each sheet of the workbook with its title.",
                "column_names": ["Sheet", "Table"],
            },
            notes_table=pd.DataFrame(
                {"Reference": [_reference(n) for n in range(len(notes))], "Note": [fill_cell(n) for n in notes]}
            ),
            notesheet_options={"instructions": "This worksheet contains one table: the notes the sheets refer to."},
            theme=make_theme(gptables),
            workbook_options=_OPTIONS,
            auto_width=False,
        )
    for sheet in sheets:
        worksheet = workbook.get_worksheet_by_name(sheet.name)
        shape_sheet(worksheet, tables[sheet.name].table, tables[sheet.name].data_range[0], fit_widths(sheet.table))
    titles = pd.DataFrame({"Sheet": [sheet.name for sheet in sheets], "Table": [sheet.table.title for sheet in sheets]})
    shape_sheet(workbook.get_worksheet_by_name("Contents"), titles, 2, [16, 90])
    numbered = pd.DataFrame({"Note number": [str(n) for n, _ in enumerate(notes, 1)], "Note": notes})
    shape_sheet(workbook.get_worksheet_by_name("Notes"), numbered, 2, [14, 110])
    shape_cover(workbook.get_worksheet_by_name(cover.cover_label), cover)
    workbook.set_properties(
        {
            "title": clean_text(pack.title),
            "author": "hnf",
            "comments": clean_text(f"Data edition: {pack.data_edition}"),
            "created": _CREATED,
        }
    )
    workbook.close()
    return buffer.getvalue()


@contextmanager
def _quiet_gptables() -> Iterator[Any]:
    """Import and use `gptables` without its own warnings: a file it leaves open, calls pandas has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"gptables\.")
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"gptables\.")
        import gptables

        yield gptables


def _list_sheets(pack: Pack) -> list[_Sheet]:
    """Key sentences, tables, data behind the charts (numbered as on the page), figures."""
    sheets = []
    if sentences := _list_sentences(pack):
        sheets.append(_Sheet("Key figures", sentences, (_BASIS_NOTE,)))
    tables = [table for section in pack.sections for table in section.tables]
    charts = [chart for section in pack.sections for chart in section.charts]
    sheets += [_Sheet(f"Table {n}", table, table.notes) for n, table in enumerate(tables, 1)]
    sheets += [
        _Sheet(f"Chart {n}", c.data, tuple(dict.fromkeys((*c.data.notes, *c.notes)))) for n, c in enumerate(charts, 1)
    ]
    if pack.figures():
        sheets.append(_list_figures(pack.figures()))
    if pack.glossary:
        columns = (Column("Term"), Column("Meaning"))
        sheets.append(_Sheet("Glossary", Table("glossary", "Glossary", "", columns, pack.glossary, ""), ()))
    if pack.sources:
        sheets.append(_Sheet("Sources", _list_sources(pack.sources), ()))
    return sheets


def _list_sentences(pack: Pack) -> Table:
    groups: list[tuple[str, Iterable[Sentence]]] = [("Headline", (pack.headline,)), ("Key points", pack.key_sentences)]
    groups += [(section.title, (*section.paragraphs, *section.bullets)) for section in pack.sections]
    return Table(
        id="key_figures",
        title=f"Key figures: {pack.place}",
        subtitle="Each sentence of the pack, the basis on which it is true, and the ids of its figures",
        columns=(Column("Sentence"), Column("Basis"), Column("Part of the pack"), Column("Figure ids")),
        rows=tuple(
            (
                sentence.text,
                sentence.basis or "no basis needed",
                part,
                ", ".join(figure.id for figure in sentence.figures) or "no figures",
            )
            for part, sentences in groups
            for sentence in sentences
        ),
        source="",
    )


def _list_figures(figures: Sequence[Figure]) -> _Sheet:
    table = Table(
        id="figures",
        title="Figures behind the sentences",
        subtitle="Each figure once, unrounded, with its unit and how it was worked out",
        columns=(
            *(Column("Figure id"), Column("Figure"), Column("Value", "count"), Column("Unit"), Column("Basis")),
            *(Column("Worked out as"), Column("Worked out from"), Column("If missing")),
        ),
        rows=tuple(
            (
                figure.id,
                figure.label,
                figure.value,
                UNIT_FORMATS[figure.unit][0],
                figure.basis,
                figure.derivation,
                _shorten_inputs(figure),
                figure.status,
            )
            for figure in figures
        ),
        source="",
    )
    formats = tuple((row, 2, UNIT_FORMATS[figure.unit][1]) for row, figure in enumerate(figures))
    return _Sheet("Figures", table, (_BASIS_NOTE, _TRACE_NOTE), formats)


def _shorten_inputs(figure: Figure) -> str:
    """Name the inputs; a rank has one for every authority, which `hnf trace` lists and a cell cannot."""
    if len(figure.inputs) <= _INPUTS_SHOWN:
        return ", ".join(figure.inputs)
    rest = len(figure.inputs) - _INPUTS_SHOWN
    return ", ".join(figure.inputs[:_INPUTS_SHOWN]) + f" and {rest} more: hnf trace {figure.id}"


def _list_sources(sources: Sequence[dict[str, str]]) -> Table:
    keys = ("id", "title", "publisher", "published", "licence", "page", "sha256")
    headings = ("Source id", "Title", "Publisher", "Published", "Licence", "Page", "SHA-256 of the file")
    return Table(
        id="sources",
        title="Sources",
        subtitle="The published files this pack rests on",
        columns=tuple(Column(heading) for heading in headings),
        rows=tuple(tuple(source.get(key, "") for key in keys) for source in sources),
        source="",
    )


def _mark_up(gptables: Any, sheet: _Sheet, notes: list[str]) -> Any:
    """Turn a table into a `gptables.GPTable`."""
    table = sheet.table
    rows = [[fill_cell(value) for value in row] for row in table.rows]
    values = {value for row in rows for value in row if isinstance(value, str)}
    symbols = ((MISSING, MISSING_MEANING), (NOT_APPLICABLE, NOT_APPLICABLE_MEANING))
    references = "".join(f"$${_reference(notes.index(note))}$$" for note in sheet.notes)
    subtitle = clean_text(table.subtitle)
    return gptables.GPTable(
        table=pd.DataFrame(rows, columns=list_headings(table.columns), dtype=object),
        table_name="table_" + re.sub(r"\W", "_", sheet.name).lower(),
        title=f"{fill_cell(table.title or sheet.name)} {references}".strip(),
        subtitles=[subtitle] if subtitle else [],
        instructions="This worksheet contains one table. Notes are on the Notes worksheet."
        if sheet.notes
        else "This worksheet contains one table.",
        legend=[meaning for symbol, meaning in symbols if symbol in values],
        source=clean_text(table.source) or None,
        index_columns={2: find_header_column(table.columns)},
        additional_formatting=_formats(sheet, rows),
    )


def _formats(sheet: _Sheet, rows: list[list[Cell]]) -> list[dict[str, Any]]:
    """Number formats by column, then those of single cells; text that looks like a formula is marked as text."""
    formats: list[dict[str, Any]] = []
    for place, column in enumerate(sheet.table.columns):
        if column.kind != "text":
            style = {"num_format": NUMBER_FORMATS[column.kind], "align": "right"}
            formats.append({"column": {"columns": [place], "format": style, "include_names": False}})
            formats.append({"cell": {"cells": (0, place), "format": {"align": "right"}}})
        elif place and sheet.table.columns[place - 1].kind != "text":
            # Text right after a number would touch it.
            formats.append({"column": {"columns": [place], "format": {"indent": 1}}})
    for row, place, number_format in sheet.cell_formats:
        formats.append({"cell": {"cells": (row + 1, place), "format": {"num_format": number_format, "align": "right"}}})
    for number, row_values in enumerate(rows):
        for place, value in enumerate(row_values):
            if isinstance(value, str):
                if value.startswith(FORMULA_STARTS):
                    formats.append({"cell": {"cells": (number + 1, place), "format": {"quote_prefix": True}}})
            elif value is not None and sheet.table.columns[place].kind == "rate" and needs_pence(value):
                formats.append({"cell": {"cells": (number + 1, place), "format": {"num_format": PENCE_FORMAT}}})
    return formats


def _reference(number: int) -> str:
    return f"note{number + 1}"


def _codes(pack: Pack) -> list[str]:
    return [f"{capital(p.name)}: DfE code {p.la_code}, ONS code {p.gss_code}." for p in pack.places]


def _make_cover(gptables: Any, pack: Pack) -> Any:
    about = [
        f"Data edition: {pack.data_edition}.",
        _BASIS_NOTE,
        MISSING_MEANING,
        "Sheets are listed, with links, on the Contents worksheet; notes are on the Notes worksheet.",
        pack.licence,
    ]
    return gptables.Cover(
        title=clean_text(pack.title),
        intro=[clean_text(pack.headline.text), *(clean_text(line) for line in _codes(pack))],
        about=[clean_text(line) for line in about if line.strip()],
    )
