"""The tables that only the spreadsheets have: sentences, figures and sources of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hnf.figures import Figure
from hnf.reporting.content import Column, Pack, Sentence, Table
from hnf.reporting.sheet_cells import UNIT_FORMATS, NumberFormat

BASIS_NOTE = (
    "Basis: a published figure is a cell of a published file; a derived figure is arithmetic on such cells; "
    "an estimated figure rests on an assumption."
)
_TRACE_NOTE = "The command hnf trace, followed by a figure id, leads back to publisher, file, sheet and cell."

#: How many inputs of a figure a cell names.
_INPUTS_SHOWN = 4


def list_sentences(pack: Pack) -> Table:
    """List each sentence with the part it stands in, its basis and the ids of its figures."""
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


def list_figures(
    figures: Sequence[Figure],
) -> tuple[Table, dict[tuple[int, int], NumberFormat], tuple[str, ...]]:
    """List figures; returns the table, the number format of each value by its unit, and the notes."""
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
    formats = {(row, 2): UNIT_FORMATS[figure.unit][1] for row, figure in enumerate(figures)}
    return table, formats, (BASIS_NOTE, _TRACE_NOTE)


def _shorten_inputs(figure: Figure) -> str:
    """Name the inputs; a rank has one for every authority, which `hnf trace` lists and a cell cannot."""
    if len(figure.inputs) <= _INPUTS_SHOWN:
        return ", ".join(figure.inputs)
    rest = len(figure.inputs) - _INPUTS_SHOWN
    return ", ".join(figure.inputs[:_INPUTS_SHOWN]) + f" and {rest} more: hnf trace {figure.id}"


def list_sources(sources: Sequence[dict[str, str]]) -> Table:
    """List the published files."""
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
