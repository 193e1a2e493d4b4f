"""`hnf map`: England as equal squares, shaded by any measure or by growth."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit, other_population_notes
from hnf.errors import UsageError
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.measures.rates import Spec
    from hnf.packs.content import Chart
    from hnf.packs.sections.tile_map import TileValues
    from hnf.tables.store import Store

_Growth = Annotated[bool, typer.Option("--growth", help="Show the growth of EHC plans in place of a rate.")]
_From = Annotated[
    int | None,
    options.option(
        "--from", "YEAR", help="January of the first count, with --growth.", default="the first with EHC plans"
    ),
]
_To = Annotated[
    int | None, options.option("--to", "YEAR", help="January of the last count, with --growth.", default="the latest")
]
_Highlight = Annotated[
    list[str] | None, options.option("--highlight", "WHO", help="Outline an authority; may be repeated.")
]
_Chart = Annotated[Path | None, options.place("--chart", "FILE", "Write the map as .svg or .png.")]
#: The sign of a square without a figure.
_MISSING = "x"
#: That of a square which may be in several classes, and what JSON has of it.
_SEVERAL = "?"
_RANGE = "lower_rank upper_rank lower_per_head_gbp=lower_per_head upper_per_head_gbp=upper_per_head figure_ids=ids"


def command(
    context: typer.Context,
    year: options.Period = None,
    measure: options.AnyMeasure = "block",
    per: options.PerOrNone = "head",
    population: options.Population = "ons",
    growth: _Growth = False,
    start: _From = None,
    end: _To = None,
    highlight: _Highlight = None,
    chart: _Chart = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Map England with one equal square an authority, shaded in fifths by rank: any measure, or growth in EHC plans.

    The table is the map in figures: 1 is the lowest fifth, 5 the highest, x has no figure, [1] is outlined. JSON and
    CSV list every authority with its square, value and class. A rate of funding needs a year; any other measure of
    `hnf measures` is of its latest period unless another is asked for. A square shows the area that its figure is for,
    such as Cumbria before it was divided, and the notes say so.

    In a year without a table whose rules are known (see `hnf bounds`), only authorities whose fifth is certain have
    one, by the formula per head on its own population; ? is where more than one is possible.

    Examples
    --------
    hnf map --year 2023-24 --per head --highlight Hertfordshire
    hnf map --year 2023-24 --measure nff --per pupil --chart nff.svg
    hnf map --measure special_independent_pct --highlight Kent
    hnf map --year 2024-25 --chart implied.png
    hnf map --growth --from 2015 --to 2026 --format csv > growth.csv
    """
    from hnf.tables.authorities import Authorities

    store = options.open_store(data, edition)
    codes = tuple(Authorities.of(store).find(who).la_code for who in highlight or ())
    if growth and not options.is_funding(measure):
        raise UsageError("--growth is of EHC plans", where="--measure", todo="Leave out --growth or --measure.")
    if options.is_funding(measure) and growth == (year is not None):
        raise UsageError("a map shows a rate or growth", todo="Give --year FY, or --growth.")
    if growth:
        picture, values = _growth_map(store, start, end, codes)
    elif year and options.is_funding(measure) and options.is_implied(context, store, options.read_year(year)):
        from hnf.packs.sections.tile_map import range_map_chart, range_values

        implied = options.read_year(year)
        picture, values = range_map_chart(store, implied, codes), range_values(store, implied)
    else:
        picture, values = _rate_map(store, options.read_spec(context, store, measure, year, per, population), codes)
    if chart:
        from hnf.charts.draw import write_chart

        write_chart(picture, chart)
    emit(_payload(picture, values, codes), output, table=_table(picture, values, codes), rows_key="tiles")


def _rate_map(store: Store, spec: Spec, codes: tuple[str, ...]) -> tuple[Chart, TileValues]:
    from hnf.analysis.rank import other_population
    from hnf.measures.rates import RateSpec
    from hnf.packs.sections.tile_map import rate_values, tile_map_chart

    picture = tile_map_chart(store, spec, codes)
    if not isinstance(spec, RateSpec):
        return picture, rate_values(store, spec)
    others = [other_population_notes(store, other_population(store, spec, code)) for code in codes]
    return replace(picture, notes=(*picture.notes, *chain.from_iterable(others))), rate_values(store, spec)


def _growth_map(store: Store, start: int | None, end: int | None, codes: tuple[str, ...]) -> tuple[Chart, TileValues]:
    from hnf.analysis.growth import first_january, januaries
    from hnf.packs.sections.tile_map import growth_values, need_map_chart
    from hnf.years import January

    first = first_january(store) if start is None else January.parse(start)
    dates = (first, januaries(store)[-1] if end is None else January.parse(end))
    return need_map_chart(store, *dates, codes), growth_values(store, *dates)


def _payload(picture: Chart, values: TileValues, codes: tuple[str, ...]) -> dict[str, Any]:
    words, tiles = values.words, []
    limits = values.classes or ((None, None),) * len(words)
    for tile in values.tiles:
        number = values.class_number(tile)
        tiles.append(
            {
                **pick(tile.authority, "la_code la_name=name region_name"),
                **pick(tile, "column row value"),
                "class": None if number is None else number + 1,
                "class_in_words": None if number is None else words[number],
                **pick(tile, "figure_is_for=area figure_id? reason?"),
                "highlighted": tile.authority.la_code in codes,
                **(pick(tile.bound, _RANGE) if tile.bound else {}),
            }
        )
    return {
        **pick(picture, "title subtitle alt"),
        "unit": values.unit,
        "basis": "derived" if values.classes else "implied",
        "classes": [
            {"class": number, "lowest": low, "highest": high, "in_words": text}
            for number, ((low, high), text) in enumerate(zip(limits, words, strict=True), start=1)
        ],
        "tiles": tiles,
        "notes": list(picture.notes),
    }


def _table(picture: Chart, values: TileValues, codes: tuple[str, ...]) -> TableView:
    """Lay the map out in text: a row of the grid a line, letters above the columns."""
    columns = range(1, max(tile.column for tile in values.tiles) + 1)
    rows: dict[int, dict[str, Any]] = {}
    for tile in values.tiles:
        number = values.class_number(tile)
        sign = str(number + 1) if number is not None else _SEVERAL if tile.bound else _MISSING
        shown = f"[{sign}]" if tile.authority.la_code in codes else f"{sign} "
        rows.setdefault(tile.row, {"row": tile.row})[str(tile.column)] = shown
    return TableView(
        title=f"{picture.title}. {picture.subtitle}",
        columns=(
            Column("row", "", "number"),
            *(Column(str(column), f"{chr(64 + column)} ", "number") for column in columns),
        ),
        rows=[rows.get(row, {"row": row}) for row in range(1, max(rows) + 1)],
        notes=[*_picked(values, codes), _legend(values), *picture.notes],
    )


def _legend(values: TileValues) -> str:
    classes = "; ".join(f"{number}: {words}" for number, words in enumerate(values.words, start=1))
    several = "" if values.classes else f"; {_SEVERAL}: more than one is possible"
    return f"{classes}{several}; x: no figure."


def _picked(values: TileValues, codes: tuple[str, ...]) -> list[str]:
    from hnf.packs.content import print_cell

    lines = []
    for tile in values.tiles:
        if tile.authority.la_code in codes:
            where = f"[{tile.authority.name}] column {chr(64 + tile.column)}, row {tile.row}"
            number = values.class_number(tile)
            if tile.bound:
                both = (tile.bound.lower_per_head, tile.bound.upper_per_head)
                ends = " to ".join(dict.fromkeys(print_cell(end, "rate") for end in both))
                ranks = f"rank {tile.bound.lower_rank} to {tile.bound.upper_rank}"
                fifth = "more than one fifth is possible" if number is None else f"fifth {number + 1}"
                lines.append(f"{where}: {ends}, {ranks}, {fifth}.")
            elif number is None:
                lines.append(f"{where}: no figure, {tile.reason}.")
            else:
                lines.append(f"{where}: {print_cell(tile.value, values.kind)}, fifth {number + 1}.")
    return lines
