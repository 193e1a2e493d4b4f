"""Pictures of answers for a user of Python: the map of England, and figures to restyle.

A figure has plain axes, labels, a title and a source note as matplotlib has them, in the colours of the house, and is
known to no global state: `figure.axes[0].set_title("…")` and `figure.savefig("chart.png")` work as everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hnf.analysis.bounds import bound_years
from hnf.analysis.compare import Comparison, OverTime
from hnf.analysis.funding_against_need import Wedge
from hnf.analysis.growth import Growth, first_january, januaries
from hnf.analysis.measure_growth import MeasureGrowth
from hnf.analysis.need import Need
from hnf.analysis.ranges import MEASURE, PER, POPULATION
from hnf.analysis.rank import REGIONS, Ranking, other_population
from hnf.charts.draw import draw
from hnf.charts.page import FOCUS, GRID, INK_SOFT, PALETTE, Picture, styled
from hnf.errors import UsageError
from hnf.measures.published import financial_years
from hnf.measures.rates import MeasureSpec, RateSpec, Spec, spec_of
from hnf.measures.register import MEASURES, Rate, find_measure
from hnf.measures.shares import doubts_of, measure_spec
from hnf.packs.sections.tile_map import (
    growth_values,
    need_map_chart,
    range_map_chart,
    range_values,
    rate_values,
    tile_map_chart,
)
from hnf.packs.sentences import define_population, say_other
from hnf.results import UNIT_WORDS, Answer, Listing, pick
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import FinancialYear, January

_RANGE = "lower_rank upper_rank lower_per_head_gbp=lower_per_head upper_per_head_gbp=upper_per_head figure_ids=ids"
_SOURCE = "Source: published tables, named by `hnf trace` for each figure id; hnf calculations."


class TileMap(Listing):
    """England as equal squares: one row an authority with its place, value and class."""

    ROWS = "tiles"


def map_chart(
    store: Store,
    measure: str = "block",
    year: str | int | FinancialYear | None = None,
    per: str = "head",
    population: str = "ons",
    *,
    growth: tuple[int | str | January | None, int | str | January | None] | Literal[True] | None = None,
    highlight: Sequence[str] = (),
) -> TileMap:
    """Return the map of England with one equal square an authority, in fifths by rank; `to_figure` draws it.

    Parameters
    ----------
    measure : str
        Any measure of the register.
    year : str, int or FinancialYear, optional
        A financial year for funding, which needs one; a January or calendar year for others, the latest by default.
    per, population : str
        Of funding: head, pupil, plan or none; ons or dfe.
    growth : tuple or True, optional
        Growth of EHC plans in place of a measure: the first and the last January, None for the earliest or latest.
    highlight : sequence of str
        Authorities to outline, by name or code.

    Returns
    -------
    TileMap
        Values in the `unit` of the form; classes 1 (lowest fifth) to 5.

    Raises
    ------
    UsageError
        If a measure, year or authority is not there; names the nearest.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.map_chart(hnf.Store(), "nff", "2023-24", "pupil", highlight=["Hertfordshire"])
    >>> found.to_polars().filter(la_code="919")["class"].to_list()
    [1]
    """
    known = Authorities.of(store)
    codes = tuple(known.find(who).la_code for who in ((highlight,) if isinstance(highlight, str) else highlight))
    name = str(measure).strip().casefold()
    if growth is not None:
        asked = (None, None) if growth is True else growth
        first = first_january(store) if asked[0] is None else January.parse(asked[0])
        last = januaries(store)[-1] if asked[1] is None else January.parse(asked[1])
        picture, values = need_map_chart(store, first, last, codes), growth_values(store, first, last)
        name, period = "plans", f"{first} to {last}"
    elif (name, per, population) == (MEASURE, PER, POPULATION) and year is not None and _is_implied(store, year):
        implied = FinancialYear.of(year)
        picture, values = range_map_chart(store, implied, codes), range_values(store, implied)
        period = str(implied)
    else:
        spec = _spec(store, name, year, per, population)
        picture, values = tile_map_chart(store, spec, codes), rate_values(store, spec)
        name, period = spec.measure, str(spec.year)
    notes = list(picture.notes)
    if growth is None and values.classes and isinstance(spec, RateSpec):
        for code in codes:
            other = other_population(store, spec, code)
            if other is not None and other.shown:
                said = say_other(store, other, "the rate for England", None)
                notes += [f"{one.text} {define_population(other.spec)}" for one in said]
    words, tiles = values.words, []
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
    limits = values.classes or ((None, None),) * len(words)
    return TileMap(
        picture.title,
        {
            **pick(picture, "title subtitle alt"),
            **{"measure": name, "period": period, "unit": values.unit},
            "basis": "derived" if values.classes else "implied",
            "classes": [
                {"class": number, "lowest": low, "highest": high, "in_words": text}
                for number, ((low, high), text) in enumerate(zip(limits, words, strict=True), start=1)
            ],
            "tiles": tiles,
            "notes": notes,
        },
        (picture, values, codes),
    )


def _is_implied(store: Store, year: str | int | FinancialYear) -> bool:
    return (asked := FinancialYear.of(year)) not in financial_years(store) and asked in bound_years(store)


def _spec(store: Store, name: str, year: Any, per: str, population: str) -> Spec:
    found = None if name in MEASURES else find_measure(name)
    if (found is None or isinstance(found, Rate)) and year is None:
        years = ", ".join(str(one) for one in financial_years(store))
        raise UsageError(f"{name} needs a financial year", where="year", todo=f"Years are {years}.")
    if found is None:
        return RateSpec(year, name, per, population)  # type: ignore[arg-type]
    if isinstance(found, Rate):
        return spec_of(found, str(FinancialYear.of(year)))
    return measure_spec(store, name, None if year is None else str(year))


def figure_of(answer: Answer) -> Figure:
    """Return a picture of a ranking, comparison, growth, wedge, series of need or map, to be restyled or saved.

    Raises
    ------
    UsageError
        If the answer has neither a series nor a ranking.

    Examples
    --------
    >>> import hnf
    >>> figure = hnf.wedge(hnf.Store(), "Hertfordshire").to_figure()
    >>> _ = figure.axes[0].set_title("My own title")
    >>> figure.axes[0].get_ylabel()
    '2019-20 = 100'
    """
    if isinstance(answer, TileMap):
        return draw(answer.drawing[0])
    with styled():
        figure = Picture(figsize=(8, 4.5), layout="constrained")  # the shape of a slide
        axes = figure.add_subplot()
        axes.grid(visible=False)
        axes.grid(axis="x" if isinstance(answer, Comparison) else "y", color=GRID)
        axes.set_axisbelow(True)
        notes = _fill(axes, answer)
        figure.supxlabel("\n".join((*notes, _SOURCE)), fontsize=8, color=INK_SOFT, x=0.01, ha="left", wrap=True)
    return figure


def _fill(axes: Axes, answer: Answer) -> list[str]:
    """Draw an answer on axes, label them, and return what must be said under it."""
    match answer:
        case Ranking(spec=spec, table=table):
            axes.bar(range(len(table.values)), list(table.values.values()), width=1.0, color=FOCUS[1])
            if table.england is not None:
                axes.axhline(table.england, color=FOCUS[0], label="England")
                axes.legend(frameon=False, fontsize=9)
            kind = "regions" if answer.among == REGIONS else "authorities"
            _label(axes, capital(spec.in_words), f"{len(table.values)} {kind}, lowest first", spec.unit)
            return [f"Left out: {one['la_name']}, {one['reason']}." for one in answer.excluded]
        case Comparison(spec=spec):
            bars = sorted([*((one["value"], one["la_name"]) for one in answer.rows), (answer.own, "")])
            names = [name or answer.authority.name for _, name in bars]
            axes.barh(names, [value for value, _ in bars], color=[FOCUS[1] if name else FOCUS[0] for _, name in bars])
            axes.axvline(answer.parts["mean"], color=INK_SOFT, label=f"Mean of {answer.set.words}")
            axes.legend(frameon=False, fontsize=9, loc="lower right")
            _label(axes, capital(spec.in_words), UNIT_WORDS[spec.unit], spec.unit)
            axes.set_ylabel("Area" if answer.authority.is_group else "Authority")
            return [f"Not in it: {one['la_name']}, {one['reason']}." for one in answer.reasons]
        case OverTime():
            return _fill_over_time(axes, answer)
        case Growth():
            changes = [("EHC plans", one) for one in (answer.area, answer.england)]
            if answer.funding:
                changes += [("funding, cash", one) for one in (answer.funding.area, answer.funding.england)]
            names = [f"{one.name},\n{what}\n{one.dates[0]} to {one.dates[1]}" for what, one in changes]
            heights = [math.nan if one.change_pct is None else float(one.change_pct) for _, one in changes]
            axes.bar(names, heights, color=[FOCUS[number % 2] for number in range(len(changes))])
            _label(axes, f"Growth of need and of funding: {answer.comparable_area.name}", "Area and period", "pct")
            axes.set_ylabel("Change, %")
            return [f"{what}, {one.name}: not known." for what, one in changes if one.change_pct is None]
        case MeasureGrowth(spec=spec):
            periods = [one.period for one in answer.area.specs]
            for number, one in enumerate((answer.area, answer.england)):
                _line(axes, periods, [one.start.value, one.end.value], capital(one.name), number)
            _label(axes, capital(answer.words), "Period", spec.unit)
            return list(answer.notes)
        case Wedge(years=years):
            series = (("place", "cash"), ("place", "real"), ("place", "plans"), ("england", "plans"))
            rows, named = answer.rows(), {area.role: area.name for area in answer.areas}
            for number, (role, what) in enumerate(series):
                line = [row[f"{what}_index"] for row in rows if row["area"] == role]
                words = {"cash": "funding, cash", "real": "funding, real terms", "plans": "EHC plans"}[what]
                _line(axes, [str(year) for year in years], line, f"{capital(named[role])}: {words}", number)
            _label(axes, f"Funding against need: {named['place']}", "Financial year", "index")
            axes.set_ylabel(f"{years[0]} = 100")
            return [one.in_words for one in answer.breaks]
        case Need(is_series=True):
            return _fill_need(axes, answer)
    raise UsageError(
        "this answer has no series or ranking to draw",
        todo="rank, compare, also over time, growth, measure_growth, wedge, need over years and map_chart have.",
    )


def _fill_need(axes: Axes, answer: Need) -> list[str]:
    """Draw the first measure of an area over time, beside England and the region."""
    rows = [row for row in answer.measures if row["measure"] == answer.measures[0]["measure"]]
    periods = [row["period"] for row in rows]
    odd = {p for p in periods if answer.area in doubts_of(MeasureSpec(rows[0]["measure"], p))}
    odd = odd if answer.area.isdigit() else set()  # of a region and England some returns are missing, not all
    own = [None if row["period"] in odd else row["value"] for row in rows]
    _line(axes, periods, own, capital(answer.prose), 0)
    if rows[0]["unit"] != "count":
        for number, (key, name) in enumerate(zip(("england", "region"), answer.beside, strict=False), start=1):
            _line(axes, periods, [row[key] for row in rows], capital(name), number)
    axes.legend(frameon=False, fontsize=9)
    _label(axes, capital(rows[0]["words"]), "Period", rows[0]["unit"])
    return [f"{', '.join(sorted(odd))}: left out, as the return is faulty or partial."] if odd else []


def _fill_over_time(axes: Axes, answer: OverTime) -> list[str]:
    """Draw the area that was asked for and England in colour, and the set in grey."""
    last = len(answer.areas) - 1
    for number, area in enumerate(answer.areas):
        line, is_focus = (
            [math.nan if one.value is None else float(one.value) for one in area.figures],
            number in (0, last),
        )
        colour, name = (FOCUS[number > 0], capital(area.name)) if is_focus else (GRID, "_")
        axes.plot([str(spec.year) for spec in answer.specs], line, color=colour, linewidth=1 + is_focus, label=name)
    axes.legend(frameon=False, fontsize=9)
    _label(axes, capital(answer.last.in_words), "Period", answer.unit)
    if answer.unit.startswith("gbp"):
        axes.set_ylabel(f"{axes.get_ylabel()}, {f'{answer.price_base} prices' if answer.prices else 'cash'}")
    return [*([f"Grey: {answer.set.words}."] if last > 1 else []), *answer.notes]


def _line(axes: Axes, periods: Sequence[str], values: Sequence[float | int | None], name: str, number: int) -> None:
    heights = [math.nan if value is None else float(value) for value in values]
    axes.plot(periods, heights, color=PALETTE[number % len(PALETTE)], marker="o", markersize=3, label=name)
    axes.legend(frameon=False, fontsize=9)


def _label(axes: Axes, title: str, across: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=12, wrap=True)
    axes.tick_params(labelsize=8)
    axes.set_xlabel(across)
    axes.set_ylabel(capital(UNIT_WORDS.get(unit, unit)))
