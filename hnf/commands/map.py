"""`hnf map`: England as equal squares, shaded by any measure or by growth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit
from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.packs.content import Chart
    from hnf.packs.sections.tile_map import TileValues

_Growth = Annotated[bool, typer.Option("--growth", help="Show the growth of EHC plans in place of a rate.")]
_From = Annotated[str | None, options.end("--from", "With --growth: first.", default="the first with EHC plans")]
_To = Annotated[str | None, options.end("--to", "With --growth: last.", default="the latest")]
_Highlight = Annotated[
    list[str] | None, options.option("--highlight", "WHO", help="Outline an authority; may be repeated.")
]
#: The sign of a square without a figure.
_MISSING = "x"
#: That of a square which may be in several classes.
_SEVERAL = "?"


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
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
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
    from hnf.analysis.ranges import MEASURE, PER, POPULATION
    from hnf.packs.answer_charts import map_chart
    from hnf.tables.authorities import Authorities

    store = options.open_store(data, edition)
    codes = tuple(Authorities.of(store).find(who).la_code for who in highlight or ())
    if growth and not options.is_funding(measure):
        raise UsageError("--growth is of EHC plans", where="--measure", todo="Leave out --growth or --measure.")
    if growth and year is not None:
        raise UsageError("a map shows a rate or growth", todo="Give --year FY, or --growth.")
    if not growth and year is None:
        options.refuse_given(context, ("start", "end"), "a map of one period has no first and last")
    if growth:
        found = map_chart(store, growth=(start and start[:4], end and end[:4]), highlight=codes)
    elif year and options.is_funding(measure) and options.is_implied(context, store, options.read_year(year)):
        found = map_chart(store, MEASURE, year, PER, POPULATION, highlight=codes)
    else:
        spec = options.read_spec(context, store, measure, year, per, population)
        found = map_chart(store, measure, str(spec.year), per, population, highlight=codes)
    picture, values, _ = found.drawing
    picture = replace(picture, notes=tuple(found.form["notes"]))
    options.draw(picture, chart, size)
    emit(found, output, table=_table(picture, values, codes))


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
