"""`hnf growth`: need against England, and funding over the years that both exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, format_cell, headed, kind_of
from hnf.text import capital

if TYPE_CHECKING:
    from hnf.analysis.growth import Change, FundingGrowth, Growth, LikeForLike
    from hnf.analysis.measure_growth import MeasureChange
    from hnf.analysis.real_change import RealChange
    from hnf.results import Figure
    from hnf.tables.store import Store

AnyChange = TypeVar("AnyChange", "Change", "MeasureChange")
_From = Annotated[str | None, options.end("--from", "First.", default="the first with EHC plans, or a figure")]
_To = Annotated[str | None, options.end("--to", "Last.", default="the latest")]


def command(
    context: typer.Context,
    who: options.Who,
    start: _From = None,
    end: _To = None,
    measure: options.AnyMeasure = "block",
    base: options.BaseYear = None,
    vintage: options.Vintage = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Compare the growth of EHC plans with England's, and with funding over the years that both exist.

    Funding is in cash and in real terms. Any other measure of `hnf measures` is compared with England's alone: counts
    and rates per 1,000 people in per cent, percentages in percentage points. Statements of SEN are counted with EHC
    plans while there were any. An
    authority is compared as itself where it was counted on both dates. Else the whole area is, with the authority's
    own growth over the dates that it has, or the comparison is refused with the reason.

    Examples
    --------
    hnf growth Hertfordshire --from 2015 --to 2024
    hnf growth "North West" --from 2015 --to 2024
    hnf growth Cumberland --from 2015 --to 2025
    hnf growth Kent --measure within_20_weeks_pct --from 2019 --to 2025
    hnf growth 921 --base-year 2023-24 --format json
    """
    from hnf.analysis.real_change import growth
    from hnf.measures.register import require_measure
    from hnf.years import January

    store, name = options.open_store(data, edition), measure.strip().casefold()
    if not options.is_funding(name):
        _emit_measure(context, store, who, (name, start, end), (chart, size), output)
        return
    dates = (January.parse(start[:4]) if start else None, January.parse(end[:4]) if end else None)
    found = growth(store, who, *dates, require_measure(name), base=base, vintage=vintage)
    options.draw(found, chart, size)
    real = found.real
    table = TableView(
        title=f"Need and funding in {' and in '.join(dict.fromkeys((found.comparable_area.name, 'England')))}",
        columns=headed(
            what="What", where="Where", start=("From", "count"), end=("To", "count"), change=("Change", "pct_change")
        ),
        rows=_rows(found, real),
        notes=_notes(found, real),
    )
    emit(found, output, table=table)


def _emit_measure(
    context: typer.Context,
    store: Store,
    who: str,
    asked: tuple[str, str | None, str | None],
    picture: options.Drawing,
    output: Format,
) -> None:
    from hnf.analysis.measure_growth import measure_growth

    options.refuse_given(context, ("base", "vintage"), f"{asked[0]} is no amount of funding, and has no prices")
    found = measure_growth(store, who, *asked)
    options.draw(found, *picture)
    remark = [f"{capital(found.comparable_area.note)}."] if found.comparable_area.note else []
    places = " and ".join(dict.fromkeys((found.comparable_area.name, "England")))
    between, kind = " to ".join(spec.period_in_words for spec in found.area.specs), kind_of(found.spec.unit)
    table = TableView(
        title=f"{capital(found.words)}: {places}, {between}",
        columns=headed(
            where="Where", when="When", start=("From", kind), end=("To", kind), change=("Change", "pct_change")
        ),
        rows=[_measure_row(change) for change in _once(found.area, found.own, found.england)],
        notes=[*remark, *(one.in_words for one in found.breaks), *found.notes],
    )
    emit(found, output, table=table)


def _measure_row(change: MeasureChange) -> dict[str, Any]:
    when, moved = f"{change.specs[0].period} to {change.specs[1].period}", change.change
    in_points = change.change_unit == "percentage_points" and moved is not None
    printed = f"{format_cell(moved, 'pct_change').removesuffix('%')} points" if in_points else moved
    ends = {"start": change.start.value, "end": change.end.value}
    return {"where": capital(change.name), "when": when, **ends, "change": printed}


def _rows(found: Growth, real: RealChange | None) -> list[dict[str, Any]]:
    from hnf.measures.register import PLAIN

    rows = [_row(_plans(change), change) for change in _once(found.area, found.own, found.england)]
    if found.funding:
        short, funding = PLAIN[found.funding.measure].short, found.funding
        rows += [
            _row(f"{short}, {change.dates[0]} to {change.dates[1]}", change)
            for change in _once(funding.area, funding.own, funding.england)
        ]
        rows += [_row("The same like for like", one.change) for one in _alike(funding)]
        if real and not real.reason:
            rows += [_row(f"The same in {real.prices.base} prices", change) for change in _once(*real.ends)]
        rows += [_row(_plans(change), change) for change in _once(funding.plans, funding.plans_england)]
    return rows


def _alike(funding: FundingGrowth) -> list[LikeForLike]:
    both = [one for one in (funding.like_for_like, funding.like_for_like_england) if one]
    return list({one.change.id: one for one in both}.values())


def _once(*changes: AnyChange | None) -> list[AnyChange]:
    """Return the changes that there are, each once: England beside itself is one row."""
    return list({change.id: change for change in changes if change}.values())


def _plans(change: Change) -> str:
    return f"Plans, Jan {change.dates[0]} to Jan {change.dates[1]}"


def _row(what: str, change: Change) -> dict[str, Any]:
    ends = {"start": _printed(change.start), "end": _printed(change.end)}
    return {"what": what, "where": change.name, **ends, "change": change.change_pct}


def _printed(figure: Figure) -> str | float | None:
    """Return pounds as text with their sign, counts as they are."""
    return f"£{figure.value:,.0f}" if figure.unit == "gbp" and figure.value is not None else figure.value


def _notes(found: Growth, real: RealChange | None) -> list[str]:
    from hnf.measures.notes import breaks_between, collection_since, statements_until

    notes = [
        f"{figure.label}: {figure.status}, so no change can be given."
        for figure in (found.area.start, found.area.end)
        if figure.value is None
    ]
    remarks = [found.comparable_area.note]
    if found.funding and found.funding.note not in remarks:
        change, _, why = found.funding.note.partition("; ")
        remarks.append(f"funding: {why}" if remarks[0].startswith(change) else found.funding.note)
    notes += [f"{capital(remark)}." for remark in remarks if remark]
    if found.funding_reason:
        notes.append(f"No funding: {found.funding_reason}.")
    if found.funding:
        notes.append("Funding is before deductions where it is the block; in cash where no prices are named.")
        first, last = (year.start for year in found.funding.years)
        notes += [one.in_words for one in breaks_between(found.funding.measure, first, last)]
        notes += [one.words.basis for one in _alike(found.funding)[:1]]
    notes += real.notes if real else []
    until, since = statements_until(), collection_since()
    notes.append(
        f"Until January {until} statements of SEN are counted with EHC plans; the collection changed in {since}."
    )
    return notes
