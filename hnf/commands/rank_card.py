"""`hnf rank-card`: the rank of one authority on every basis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit, other_population_notes
from hnf.text import ordinal

if TYPE_CHECKING:
    from hnf.analysis.rank_card import CardRow, RankCard


def command(
    who: options.Who,
    year: options.Year = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Rank an authority on every basis: measure, denominator, population, area costs, in one year or all.

    With --year, the table shows how far each rank per head moves if counts of people are as far off as the two official
    ones differ, and for how many authorities that holds. Where no second count differs there is no such band. Ranks on
    earlier editions are given too. JSON has all of this for every year.

    Examples
    --------
    hnf rank-card Hertfordshire
    hnf rank-card Hertfordshire --year 2023-24
    hnf rank-card Camden --year 2023-24 --chart camden.png
    """
    from hnf.analysis.rank_card import rank_card
    from hnf.packs.sections.rank import card_sentence

    card = rank_card(options.open_store(data, edition), who, year)
    payload = card.to_json()
    payload["sentence"] = card_sentence(card)
    payload["assumptions"] = _assumptions()
    if chart:
        from hnf.packs.sections.rank import rank_card_chart

        options.draw(rank_card_chart(card), chart, size)
    table = _year_table(card, payload) if year else _years_table(card, payload)
    emit(payload, output, table=table, rows_key="rows")


def _assumptions() -> list[dict[str, Any]]:
    from hnf.measures.notes import assumption

    names = ("rank_band_pct", "rank_draws", "rank_seed", "population_rank_places")
    return [assumption(name).to_json() for name in names]


def _year_table(card: RankCard, payload: dict[str, Any]) -> TableView:
    from hnf.packs.sections.rank import MEASURE_NAMES, divided_by

    rows = [
        {
            "measure": MEASURE_NAMES[row.spec.measure],
            "per": divided_by(row.spec),
            "value": row.value,
            "position": found["position"],
            "band": _span(found["band"]),
        }
        for row, found in zip(card.rows, payload["rows"], strict=True)
    ]
    return TableView(
        title=f"{card.authority.name}: rank on every basis, {card.year}, 1st is the lowest",
        columns=(
            Column("measure", "Measure"),
            Column("per", "Divided by"),
            Column("value", "Rate", "rate"),
            Column("position", "Rank", "number"),
            Column("band", "Band", "number"),
        ),
        rows=rows,
        notes=[*_notes(card, payload), *_band_notes(card, payload), *_edition_notes(card, payload)],
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


def _span(band: dict[str, Any]) -> str | None:
    """Write between which ranks the band lies: "2-24"."""
    if band["low"] is None:
        return None
    return str(band["low"]) if band["low"] == band["high"] else f"{band['low']}-{band['high']}"


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


def _band_notes(card: RankCard, payload: dict[str, Any]) -> list[str]:
    """Say what the bands are, how often they hold, why the other rows have none, and what the other population says."""
    from hnf.analysis.rank import other_population
    from hnf.packs.sections.rank import MEASURE_NAMES, divided_by

    notes: list[str] = []
    reasons: list[str] = []
    for row, found in zip(card.rows, payload["rows"], strict=True):
        band = found["band"]
        if row.spec.measure != card.rows[0].spec.measure or row.spec.area_costs or row.rank is None:
            continue
        if band["low"] is None:
            reasons.append(f"No band per {row.spec.per}: {band['reason']}.")
            continue
        if not notes:
            notes.append(
                "Band: estimated. Every authority's count of people is drawn off by as much as the two official counts "
                f"differ in another authority: ranks between which {band['share_pct']:g}% of {band['draws']:,} draws "
                f"lie (seed {band['seed']})."
            )
        where = f"{MEASURE_NAMES[row.spec.measure]}, {divided_by(row.spec)}"
        notes.append(
            f"{where}: the rank on the other count lies in the band for {band['held']} of {band['compared']} "
            f"authorities{'' if band['holds_here'] in (True, None) else f', but not for {card.authority.prose}'}."
        )
    first = other_population(card.store, card.rows[0].spec, card.authority.la_code)
    return [*notes, *dict.fromkeys(reasons), *other_population_notes(card.store, first)]


def _edition_notes(card: RankCard, payload: dict[str, Any]) -> list[str]:
    """Say the ranks on earlier editions and releases, and that the others are the same."""
    from hnf.packs.sections.rank import MEASURE_NAMES, divided_by

    moved: dict[str, list[str]] = {}
    for row, found in zip(card.rows, payload["rows"], strict=True):
        for earlier in found["earlier_editions"]:
            lines = moved.setdefault(earlier["edition"], [])
            if earlier["rank"] != row.rank:
                where = f"{MEASURE_NAMES[row.spec.measure]}, {divided_by(row.spec)}"
                lines.append(f"{where}: {ordinal(earlier['rank'])} of {earlier['universe']}")
    return [
        f"On the {'release' if edition.isdigit() else 'edition'} of {edition}: "
        f"{'; '.join((*lines, 'other ranks the same')) if lines else 'the same ranks'}."
        for edition, lines in moved.items()
    ]
