"""The tile map of England: any rate, or the growth of EHC plans, one equal square an authority."""

from __future__ import annotations

from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec
from hnf.reporting.chart_specs import Tile, TileMapChart
from hnf.reporting.content import Chart, Column, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import DSG_SOURCE, PER_WORDS, PLANS_SOURCE, RATE_SOURCE
from hnf.reporting.sentences import SHORT_PER
from hnf.reporting.tile_values import TileValue, TileValues, growth_values, rate_values
from hnf.reporting.wording import within
from hnf.store import Store
from hnf.words import capital, join_words
from hnf.years import January

FIFTHS = ("lowest fifth", "second lowest fifth", "middle fifth", "second highest fifth", "highest fifth")
_SUBJECTS = {
    "block": "high needs funding",
    "nff": "high needs formula funding",
    "nff_additional": "high needs formula and additional funding",
    "after_deductions": "high needs funding after deductions",
}
_PLACES_NOTE = (
    "Each authority is one square of the same size, placed so that neighbours stay near: places and sizes are not "
    "those of a map. Lines are the borders of regions. Classes are fifths by rank, their ends rounded."
)
_BOUNDARIES = " Squares: laid out by hnf from boundaries of the Office for National Statistics."


def tile_map_chart(store: Store, spec: RateSpec, highlight: tuple[str, ...] = ()) -> Chart:
    """Return the map of a rate.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        Year, measure, denominator and population series.
    highlight : tuple of str
        Codes of authorities to outline.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables, or a code has no square.
    """
    values = rate_values(store, spec)
    per = f" {SHORT_PER[spec.per]}" if spec.per != "none" else ""
    subject = f"{_SUBJECTS[spec.measure]}{per}"
    return _chart(
        values,
        id_="tile_map_rate",
        subject=subject,
        extremes=f"{subject} was lowest {_where(values, 0)} and highest {_where(values, -1)}",
        subtitle=f"{capital(spec.in_words)}",
        heading=f"{PER_WORDS[spec.per]} (£)" if spec.per != "none" else "Amount (£)",
        source=DSG_SOURCE if spec.per == "none" else RATE_SOURCE,
        highlight=_known(store, values, highlight),
    )


def need_map_chart(store: Store, first: January, last: January, highlight: tuple[str, ...] = ()) -> Chart:
    """Return the map of growth in EHC plans between two Januaries.

    Parameters
    ----------
    store : Store
    first, last : January
    highlight : tuple of str
        Codes of authorities to outline.

    Raises
    ------
    UsageError
        If a January is not in the tables, `last` is not after `first`, or a code has no square.
    """
    values = growth_values(store, first, last)
    growths = [tile.value or 0.0 for tile in values.shown]
    doubled = sum(growth > 100 for growth in growths)
    when = f"between January {first} and January {last}"
    if growths and doubled == len(growths):
        extremes = f"the number of EHC plans more than doubled in every authority {when}"
    elif doubled * 2 > len(growths):
        extremes = f"the number of EHC plans more than doubled in most authorities {when}"
    else:
        extremes = f"growth in EHC plans was lowest {_where(values, 0)} and highest {_where(values, -1)}"
    return _chart(
        values,
        id_="tile_map_growth",
        subject="growth in EHC plans",
        extremes=extremes,
        subtitle="Change in the number of children and young people with a statement of SEN or an EHC plan, "
        f"January {first} to January {last}",
        heading="Change (%)",
        source=PLANS_SOURCE,
        highlight=_known(store, values, highlight),
    )


def _known(store: Store, values: TileValues, highlight: tuple[str, ...]) -> tuple[str, ...]:
    """Return codes that have a square, each once.

    Raises
    ------
    UsageError
        If one has none.
    """
    on_map = {tile.authority.la_code for tile in values.tiles}
    for code in highlight:
        if code not in on_map:
            authority = Authorities.of(store)[code]
            names = [Authorities.of(store)[new].prose for new in authority.successors]
            raise UsageError(
                f"{authority.prose} has no square: the map has the authorities of today",
                todo=f"Name {join_words(names)}." if names else "",
            )
    return tuple(dict.fromkeys(highlight))


def _where(values: TileValues, end: int) -> str:
    """Name the areas at one end of the range: "in Kent", "in Kent and Medway"."""
    if not values.ranked:
        return "nowhere"
    extreme = values.ranked[end][1]
    return join_words([within(area) for area, value in values.ranked if value == extreme])


def _chart(
    values: TileValues,
    *,
    id_: str,
    subject: str,
    extremes: str,
    subtitle: str,
    heading: str,
    source: str,
    highlight: tuple[str, ...],
) -> Chart:
    if not values.shown:
        raise UsageError("no authority has a figure on this basis: there is nothing to draw", where=subtitle)
    picked = [tile for tile in values.tiles if tile.authority.la_code in highlight]
    title = extremes
    if len(picked) == 1 and picked[0].value is not None and len(values.classes) == len(FIFTHS):
        fifth = FIFTHS[values.class_number(picked[0]) or 0]
        title = f"{subject} {within(picked[0].area)} was in the {fifth} of authorities"
    notes = (_PLACES_NOTE, *values.notes)
    return Chart(
        id=id_,
        title=capital(title),
        subtitle=subtitle,
        alt=_alt(values, subtitle, picked),
        source=source + _BOUNDARIES,
        spec=TileMapChart(
            tiles=tuple(
                Tile(
                    tile.authority.la_code,
                    tile.authority.name,
                    tile.column,
                    tile.row,
                    tile.value,
                    tile.authority.region_name,
                )
                for tile in values.tiles
            ),
            bounds=tuple(low for low, _ in values.classes[1:]),
            legend=values.words,
            missing="No figure",
            highlight=highlight,
        ),
        data=_table(values, id_, subtitle, heading, source),
        notes=notes,
    )


def _alt(values: TileValues, subtitle: str, picked: list[TileValue]) -> str:
    (lowest, low), (highest, high) = (values.ranked[end] for end in (0, -1))
    said = [
        f"Tile map of England, one square for each of {len(values.tiles)} authorities, in {len(values.classes)} "
        f"shades. {subtitle}.",
        f"Lowest: {lowest}, {print_cell(low, values.kind)}. Highest: {highest}, {print_cell(high, values.kind)}.",
    ]
    for tile in picked:
        if tile.value is None:
            said.append(f"{capital(tile.authority.prose)}, outlined: no figure.")
        else:
            number = values.class_number(tile) or 0
            said.append(
                f"{capital(tile.authority.prose)}, outlined: {print_cell(tile.value, values.kind)}, in the class "
                f"{values.words[number]}."
            )
    if values.missing:
        said.append(
            f"Hatched, as they have no figure: {join_words([tile.authority.prose for tile in values.missing])}."
        )
    return " ".join(said)


def _table(values: TileValues, id_: str, subtitle: str, heading: str, source: str) -> Table:
    ordered = (*values.shown, *values.missing)
    words = values.words
    return Table(
        id=f"{id_}_values",
        title="All authorities, lowest first",
        subtitle=subtitle,
        columns=(Column("Authority"), Column("Figure is for"), Column(heading, values.kind), Column("Class")),
        rows=tuple(
            (
                tile.authority.name,
                capital(tile.area),
                tile.value,
                f"No figure: {tile.reason}" if tile.value is None else words[values.class_number(tile) or 0],
            )
            for tile in ordered
        ),
        figure_ids=tuple((None, None, tile.figure_id or None, None) for tile in ordered),
        source=source,
        notes=values.notes,
    )
