"""`hnf bounds`: what rules and figures leave of formula funding in the years after the last table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hnf.commands import options
from hnf.commands.output import Row, TableView, emit, format_cell, headed

if TYPE_CHECKING:
    from hnf.analysis.bounds import Band, Bound, BoundsAnswer


def command(
    who: options.Who,
    year: options.Year = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Say between what and what formula funding lies in years of which no table of allocations is here.

    Column A per head rises each year by at least the funding floor and at most the gains limit, so that it lies in a
    band; DfE's pages of single authorities and rises stated in Parliament narrow it. A range is implied, never a point.
    WHO is an authority, a region or England. The whole block is not bounded: its other parts are shown as last printed.

    Examples
    --------
    hnf bounds Hertfordshire
    hnf bounds Wakefield --year 2025-26
    hnf bounds England --format json
    """
    from hnf.analysis.bounds import bounds

    found = bounds(options.open_store(data, edition), who, year)
    options.draw(found, chart, size)
    shown = found.years if year is None else (found.asked,)
    table = TableView(
        title=f"Formula funding (column A) after the last table: {found.asked.la_name}",
        columns=headed(
            year="Year",
            by="By",
            lower_gbp=("At least", "gbp"),
            upper_gbp=("At most", "gbp"),
            heads=("Per head", "number"),
        )
        + (headed(rank=(f"Rank of {found.asked.universe}", "number")) if found.asked.lower_rank else ()),
        rows=[row for each in shown for row in _rows(each)],
        notes=list(_notes(found, shown)),
    )
    emit(found, output, table=table, rows_key="years")


def _rows(found: Bound) -> Iterator[Row]:
    """Yield the band of the rules and, where something narrows it, the narrower one."""
    if found.closed_by:
        yield _row(found, "rules alone", found.by_rules)
    yield _row(found, "rules and figures" if found.closed_by else "rules", found)


def _row(found: Bound, by: str, band: Band) -> Row:
    first, last = band.lower_rank, band.upper_rank
    low, high = (f"£{end:,.0f}" for end in (band.lower_per_head, band.upper_per_head))
    return {
        "year": str(found.year),
        "by": by,
        "lower_gbp": band.lower_gbp,
        "upper_gbp": band.upper_gbp,
        "heads": low if low == high else f"{low} to {high}",
        "rank": str(first) if first == last else f"{first} to {last}",
    }


def _notes(found: BoundsAnswer, shown: tuple[Bound, ...]) -> Iterator[str]:
    yield from (sentence for each in shown for sentence in found.sentences_of(each))
    yield from found.notes
    parts = "; ".join(_part(part) for part in found.other_parts)
    yield f"Other parts of the block, as printed for {found.other_parts_year}: {parts}."
    yield from found.reported_beside


def _part(part: dict[str, Any]) -> str:
    letter = f" [{part['letter']}]" if part["letter"] else ""
    return f"{part['label']}{letter} {format_cell(part['value_gbp'], 'gbp')}"
