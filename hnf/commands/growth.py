"""`hnf growth`: need against England, and funding over the years that both exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands.options import DataOption, EditionOption, FormatOption, Measure, MeasureOption, Who
from hnf.commands.output import Column, Format, TableView, emit

if TYPE_CHECKING:
    from hnf.analysis.changes import Change
    from hnf.analysis.growth import Growth
    from hnf.figures import Figure

_From = Annotated[int, typer.Option("--from", metavar="YEAR", help="January of the first count.")]
_To = Annotated[
    int | None, typer.Option("--to", metavar="YEAR", help="January of the last count.", show_default="the latest")
]


def command(
    who: Who,
    start: _From = 2015,
    end: _To = None,
    measure: MeasureOption = Measure.BLOCK,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Compare the growth of EHC plans with England's, and with funding over the years that both exist.

    Statements of SEN are counted with EHC plans until 2018. Across a reorganisation the whole area is compared, or the
    comparison is refused with the reason.

    Examples
    --------
    hnf growth Hertfordshire --from 2015 --to 2024
    hnf growth Cumberland --from 2015 --to 2025
    hnf growth 921 --format json
    """
    from hnf.analysis.growth import growth
    from hnf.commands.open_tables import open_store
    from hnf.years import January

    found = growth(
        open_store(data, edition), who, January.parse(start), None if end is None else January.parse(end), measure.value
    )
    rows = _rows(found)
    emit(
        found.payload(),
        output,
        table=TableView(
            title=f"Need and funding in {found.footprint.name} and in England",
            columns=(
                Column("what", "What"),
                Column("where", "Where"),
                Column("start", "From", "count"),
                Column("end", "To", "count"),
                Column("change", "Change", "pct_change"),
            ),
            rows=rows,
            notes=_notes(found),
        ),
        rows_key=None,
    )


def _rows(found: Growth) -> list[dict[str, Any]]:
    need = f"Plans, Jan {found.dates[0]} to Jan {found.dates[1]}"
    rows = [_row(need, found.area), _row(need, found.england)]
    if found.funding:
        years = found.funding.years
        money = f"{_MEASURES[found.funding.measure]}, {years[0]} to {years[1]}"
        same = f"Plans, Jan {years[0].january} to Jan {years[1].january}"
        rows += [_row(money, found.funding.area), _row(money, found.funding.england)]
        rows += [_row(same, found.funding.plans), _row(same, found.funding.plans_england)]
    return rows


_MEASURES = {
    "block": "Block",
    "nff": "Formula",
    "nff_additional": "Formula and additional",
    "after_deductions": "After deductions",
}


def _row(what: str, change: Change) -> dict[str, Any]:
    return {
        "what": what,
        "where": change.name,
        "start": _printed(change.start),
        "end": _printed(change.end),
        "change": change.change_pct,
    }


def _printed(figure: Figure) -> str | float | None:
    """Pounds as text with their sign; counts as they are."""
    return f"£{figure.value:,.0f}" if figure.unit == "gbp" and figure.value is not None else figure.value


def _notes(found: Growth) -> list[str]:
    notes = [
        f"{figure.label}: {figure.status}, so no change can be given."
        for figure in (found.area.start, found.area.end)
        if figure.value is None
    ]
    for note in dict.fromkeys([found.footprint.note, found.funding.note if found.funding else ""]):
        if note:
            notes.append(f"{note[0].upper()}{note[1:]}.")
    if found.funding_reason:
        notes.append(f"No funding: {found.funding_reason}.")
    if found.funding:
        notes.append("Funding is in cash, before deductions where it is the block.")
    notes.append("Until January 2018 statements of SEN are counted with EHC plans; the collection changed in 2023.")
    return notes
