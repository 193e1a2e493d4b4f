"""`hnf rank-card`: the rank of one authority on every basis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit

if TYPE_CHECKING:
    from hnf.analysis.rank_card import CardRow, RankCard

_Chart = Annotated[Path | None, options.option("--chart", "FILE", help="Write the chart of a year as .svg or .png.")]


def command(
    who: options.Who,
    year: options.Year = None,
    chart: _Chart = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Rank an authority on every basis: measure, denominator, population, area costs, in one year or all.

    With --year, the table shows how far each rank moves if every denominator is wrong by up to 1% or 2%: between which
    ranks nine draws in ten lie, and in how many the rank stays. JSON has this for all years.

    Examples
    --------
    hnf rank-card Hertfordshire
    hnf rank-card Hertfordshire --year 2023-24
    hnf rank-card Camden --year 2023-24 --chart camden.png
    """
    from hnf.analysis.rank_card import rank_card
    from hnf.packs.sections.rank import card_sentence, position_words

    card = rank_card(options.open_store(data, edition), who, year)
    payload = card.to_json()
    payload["sentence"] = card_sentence(card)
    payload["assumptions"] = _assumptions()
    for found, row in zip(payload["rows"], card.rows, strict=True):
        found["position"] = position_words(row) or None
    if chart:
        from hnf.charts.draw import write_chart
        from hnf.packs.sections.rank import rank_card_chart

        write_chart(rank_card_chart(card), chart)
    table = _year_table(card, payload) if year else _years_table(card, payload)
    emit(payload, output, table=table, rows_key="rows")


def _assumptions() -> list[dict[str, Any]]:
    from hnf.measures.notes import assumption

    names = ("rank_small_error_pct", "rank_large_error_pct", "rank_draws", "rank_seed")
    return [assumption(name).to_json() for name in names]


def _year_table(card: RankCard, payload: dict[str, Any]) -> TableView:
    from hnf.packs.sections.rank import MEASURE_NAMES, divided_by

    errors = list(payload["rows"][0]["if_wrong"])
    rows = [
        {
            "measure": MEASURE_NAMES[row.spec.measure],
            "per": divided_by(row.spec),
            "value": row.value,
            "position": found["position"],
            **{error: _moved(found["if_wrong"][error]) for error in errors},
        }
        for row, found in zip(card.rows, payload["rows"], strict=True)
    ]
    headings = [f"±{error.removeprefix('by_').removesuffix('_pct')}%" for error in errors]
    return TableView(
        title=f"{card.authority.name}: rank on every basis, {card.year}, 1st is the lowest",
        columns=(
            Column("measure", "Measure"),
            Column("per", "Divided by"),
            Column("value", "Rate", "rate"),
            Column("position", "Rank", "number"),
            *(Column(error, heading, "number") for error, heading in zip(errors, headings, strict=True)),
        ),
        rows=rows,
        notes=[*_notes(card, payload), *_error_notes(payload)],
    )


def _years_table(card: RankCard, payload: dict[str, Any]) -> TableView:
    from hnf.packs.sections.rank import MEASURE_NAMES, divided_by

    years = payload["years"]
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in card.rows:
        key = (MEASURE_NAMES[row.spec.measure], divided_by(row.spec))
        line = lines.setdefault(key, {"measure": key[0], "per": key[1]})
        line[str(row.spec.year)] = _short(row)
    order = {name: number for number, name in enumerate(MEASURE_NAMES.values())}
    return TableView(
        title=f"{card.authority.name}: rank on every basis, 1 is the lowest, = is a shared rank",
        columns=(
            Column("measure", "Measure"),
            Column("per", "Divided by"),
            *(Column(year, year, "number") for year in years),
        ),
        rows=sorted(lines.values(), key=lambda line: order[line["measure"]]),
        notes=_notes(card, payload),
    )


def _short(row: CardRow) -> str | None:
    return None if row.rank is None else f"{'=' if row.tied_with else ''}{row.rank}"


def _moved(spread: dict[str, Any] | None) -> str | None:
    """Write where the rank moves: "2-4, 71%", the share of draws in which it stays."""
    if spread is None:
        return None
    reach = str(spread["low"]) if spread["low"] == spread["high"] else f"{spread['low']}-{spread['high']}"
    return f"{reach}, {spread['same_rank_share']:.0%}"


def _notes(card: RankCard, payload: dict[str, Any]) -> list[str]:
    without = dict.fromkeys(
        f"No rank, {row.spec.year}: {row.reason}." for row in card.rows if row.rank is None and not row.spec.area_costs
    )
    return [
        payload["sentence"],
        *without,
        *(f"{year}: {reason}." for year, reason in card.years_without.items()),
        "Block: before deductions. Formula: inside the floor and gains limit (column A). Formula, top-up: with the "
        "additional allocation. Net block: after deductions. Head: people aged 2 to 18, mid-year of the start, ONS "
        "estimate, or (DfE) the formula's own: as the DSG sheet prints them, else the ONS 2018-based projection; "
        "pupil: schools block; plan: EHC plans in the January of the start. ACA: the denominator times the area cost "
        "adjustment, which DfE applies to part of the formula only.",
    ]


def _error_notes(payload: dict[str, Any]) -> list[str]:
    spread = next((s for row in payload["rows"] for s in row["if_wrong"].values() if s), None)
    if spread is None:
        return []
    return [
        "±: estimated. Every denominator wrong by up to so much, each authority on its own: ranks between which nine "
        f"in ten of {spread['draws']:,} draws lie (seed {spread['seed']}), and the share of draws with the same rank."
    ]
