"""Pictures of answers for a user of Python: the map of England, and figures to restyle.

A figure has plain axes, labels, a title and a source note as matplotlib has them, in the colours of the house, and is
known to no global state: `figure.axes[0].set_title("…")` and `figure.savefig("chart.png")` work as everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hnf.analysis.association import Association, Residuals
from hnf.analysis.bounds import BoundsAnswer, bound_years
from hnf.analysis.compare import Comparison, OverTime
from hnf.analysis.funding_against_need import Wedge
from hnf.analysis.growth import Growth, first_january, januaries
from hnf.analysis.inequality import Inequality
from hnf.analysis.measure_growth import MeasureGrowth
from hnf.analysis.need import Need
from hnf.analysis.projection import Projection
from hnf.analysis.ranges import MEASURE, PER, POPULATION
from hnf.analysis.rank import REGIONS, Ranking, other_population
from hnf.analysis.spending import Spending
from hnf.analysis.trace import sources_of
from hnf.charts.draw import Place, draw
from hnf.charts.page import FOCUS, GRID, INK_SOFT, PALETTE, Picture, styled, wrap_lines
from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import chart_marks
from hnf.measures.published import financial_years
from hnf.measures.rates import MeasureSpec, RateSpec, Spec, spec_of
from hnf.measures.register import MEASURES, Rate, find_measure
from hnf.measures.shares import doubts_of, measure_spec
from hnf.packs.content import Chart, ColumnKind, Line, LineChart, print_cell, tabulate
from hnf.packs.scenario_chart import largest_changes
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
from hnf.scenarios.run import ScenarioResult
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import FinancialYear, January

_RANGE = "lower_rank upper_rank lower_per_head_gbp=lower_per_head upper_per_head_gbp=upper_per_head figure_ids=ids"
#: Bars at either end of a long ranking.
_ENDS = 10
_LARGEST = 5
_SOURCE = "Source: published tables of DfE, ONS and HM Treasury; hnf calculations. `hnf trace` follows each figure."


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


def figure_of(answer: Answer, size: Place = "slide") -> Figure:
    """Return a picture of an answer with a series or a ranking, to be restyled or saved.

    Parameters
    ----------
    size : str
        `slide` (16:9) or `column` (9 cm wide).

    Raises
    ------
    UsageError
        If the answer has neither a series nor a ranking, or there is no such size.

    Examples
    --------
    >>> import hnf
    >>> figure = hnf.wedge(hnf.Store(), "Hertfordshire").to_figure()
    >>> _ = figure.axes[0].set_title("My own title")
    >>> figure.axes[0].get_ylabel()
    '2019-20 = 100'
    """
    require_one_of(size, tuple(_SHAPES), "size")
    if not isinstance(answer, (TileMap, *_FILLS)) or (isinstance(answer, Need) and not answer.is_series):
        raise UsageError(
            "this answer has no series or ranking to draw",
            todo="rank, compare, growth, wedge, need over years, project, association, inequality, spending, bounds, "
            "scenario run have.",
        )
    if isinstance(answer, TileMap):
        return draw(answer.drawing[0], width="narrow" if size == "column" else "wide")
    with styled():
        figure = Picture(figsize=_SHAPES[size], layout="constrained")
        axes = figure.add_subplot()
        axes.grid(visible=False)
        axes.grid(
            axis="x" if isinstance(answer, Comparison | Residuals | Spending | ScenarioResult) else "y", color=GRID
        )
        axes.set_axisbelow(True)
        notes = _FILLS[type(answer)](axes, answer)
        _arrange(figure, axes, notes, size)
    return figure


#: Inches; a column is as much taller as it has more lines of notes.
_SHAPES: dict[Place, tuple[float, float]] = {"slide": (8, 4.5), "column": (3.55, 4.2)}


def _arrange(figure: Figure, axes: Axes, notes: Sequence[str], size: Place) -> None:
    """Put title and legend above the plot and notes and source below it, so that none is cut or hides a line."""
    wide, tall = _SHAPES[size]
    room, is_narrow = wide * 72 - 14, size == "column"
    lines = [line for note in (*notes, _SOURCE) for line in wrap_lines(note, room, 8)]
    figure.supxlabel("\n".join(lines), fontsize=8, color=INK_SOFT, x=0.01, ha="left")
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)
    rows = 0
    if axes.get_legend():
        handles, names = axes.get_legend_handles_labels()
        names = ["\n".join(wrap_lines(name, room * 0.6, 8)) for name in names]
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}
        axes.legend(handles, names, **above, fontsize=7 if is_narrow else 9, ncols=1 if is_narrow else 2)
        rows = math.ceil(len(names) / 2)
    title = axes.get_title(loc="left")
    if not is_narrow:
        axes.set_title("\n".join(wrap_lines(title, room * 0.65, 12)), loc="left", fontsize=12, pad=6 + 16 * rows)
        return
    # Names beside bars may leave the axes of a column little room.
    heading = wrap_lines(title, room, 12)
    axes.set_title("", loc="left")
    figure.suptitle("\n".join(heading), fontsize=12, x=0.01, ha="left")
    figure.set_size_inches(wide, tall + (len(lines) + len(heading) - 4) / 8)
    _make_narrow(axes)


def _make_narrow(axes: Axes) -> None:
    """Let fewer, smaller words stand along the axes."""
    axes.tick_params(labelsize=7)
    if type(axes.xaxis.get_major_locator()).__name__ == "AutoLocator":
        axes.locator_params(axis="x", nbins=4)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    if sum(map(len, labels)) > 40 and all(labels):
        axes.tick_params(axis="x", rotation=90 if max(map(len, labels)) < 12 else 60)


def _fill_ranking(axes: Axes, answer: Ranking) -> list[str]:
    """Draw a bar for each authority, without names; the few of a region, or the regions, with theirs."""
    if answer.among:
        return _fill_few(axes, answer)
    spec, table = answer.spec, answer.table
    axes.bar(range(len(table.values)), list(table.values.values()), width=1.0, color=FOCUS[1])
    if table.england is not None:
        axes.axhline(table.england, color=FOCUS[0], label="England")
        axes.legend(frameon=False, fontsize=9)
    _label(axes, capital(spec.in_words), f"{len(table.values)} authorities, lowest first", spec.unit)
    return [f"Left out: {one['la_name']}, {one['reason']}." for one in answer.excluded]


def _fill_comparison(axes: Axes, answer: Comparison) -> list[str]:
    """Draw the authority among those it is compared with, and their mean."""
    spec = answer.spec
    bars = sorted([*((one["value"], one["la_name"]) for one in answer.rows), (answer.own, "")])
    names = [name or answer.authority.name for _, name in bars]
    axes.barh(names, [value for value, _ in bars], color=[FOCUS[1] if name else FOCUS[0] for _, name in bars])
    axes.axvline(answer.parts["mean"], color=INK_SOFT, label=f"Mean of {answer.set.words}")
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    _label(axes, capital(spec.in_words), capital(UNIT_WORDS[spec.unit]), spec.unit)
    axes.set_ylabel("Area" if answer.authority.is_group else "Authority")
    return [f"Not in it: {one['la_name']}, {one['reason']}." for one in answer.reasons]


def _fill_growth(axes: Axes, answer: Growth) -> list[str]:
    """Draw the change of plans and of funding, here and in England."""
    changes = [("EHC plans", one) for one in (answer.area, answer.england)]
    if answer.funding:
        changes += [("funding, cash", one) for one in (answer.funding.area, answer.funding.england)]
    names = [f"{one.name},\n{what}\n{one.dates[0]} to {one.dates[1]}" for what, one in changes]
    heights = [math.nan if one.change_pct is None else float(one.change_pct) for _, one in changes]
    axes.bar(names, heights, color=[FOCUS[number % 2] for number in range(len(changes))])
    _label(axes, f"Growth of need and of funding: {answer.comparable_area.name}", "Area and period", "pct")
    axes.set_ylabel("Change, %")
    return [f"{what}, {one.name}: not known." for what, one in changes if one.change_pct is None]


def _fill_measure_growth(axes: Axes, answer: MeasureGrowth) -> list[str]:
    """Draw a line from the first period to the last, here and in England."""
    periods = [one.period for one in answer.area.specs]
    for number, one in enumerate((answer.area, answer.england)):
        _line(axes, periods, [one.start.value, one.end.value], capital(one.name), number)
    _label(axes, capital(answer.words), "Period", answer.spec.unit)
    return list(answer.notes)


def _fill_wedge(axes: Axes, answer: Wedge) -> list[str]:
    """Draw funding against plans, from 100."""
    years = answer.years
    series = (("place", "cash"), ("place", "real"), ("place", "plans"), ("england", "plans"))
    rows, named = answer.rows(), {area.role: area.name for area in answer.areas}
    for number, (role, what) in enumerate(series):
        line = [row[f"{what}_index"] for row in rows if row["area"] == role]
        words = {"cash": "funding, cash", "real": "funding, real terms", "plans": "EHC plans"}[what]
        _line(axes, [str(year) for year in years], line, f"{capital(named[role])}: {words}", number)
    _label(axes, f"Funding against need: {named['place']}", "Financial year", "index")
    axes.set_ylabel(f"{years[0]} = 100")
    return [one.in_words for one in answer.breaks]


def _fill_few(axes: Axes, answer: Ranking) -> list[str]:
    """Draw a bar with its name for each region, or each authority of one region, the lowest at the foot."""
    spec, rows = answer.spec, answer.as_rows()
    axes.barh([row["area_name"] for row in rows], [row["value"] for row in rows], color=FOCUS[1])
    axes.grid(visible=False)
    if answer.table.england is not None and answer.region:
        axes.axvline(answer.table.england, color=FOCUS[0], label="England")
        axes.legend(frameon=False, fontsize=9)
    _label(axes, f"{capital(answer.among_in_words)}: {spec.in_words}", capital(UNIT_WORDS[spec.unit]), spec.unit)
    axes.set_ylabel("Region" if answer.among == REGIONS else "Authority")
    axes.tick_params(axis="y", labelsize=8 if len(rows) < 20 else 6)
    left_out = [f"Left out: {one['la_name']}, {one['reason']}." for one in answer.excluded]
    return [*answer.notes, *left_out]


def _fill_projection(axes: Axes, answer: Projection) -> list[str]:
    """Draw the counts, the best method that is offered for each year with its interval, and the naive line."""
    series = answer.series
    januaries_counted = range(series.first, series.last + 1)
    axes.plot(januaries_counted, series.counts, color=FOCUS[0], marker="o", markersize=3, label="Counted")
    best = [found for horizon in {point.horizon for point in answer.points} if (found := answer.best(horizon))]
    lines = [("Projected (estimated)", sorted(best, key=lambda one: one.horizon)), ("Naive line", answer.naive_line)]
    for number, (name, points) in enumerate(lines, start=1):
        known = [one for one in points if one.value is not None]
        dates = [int(str(one.january)) for one in known]
        axes.plot(
            dates, [float(one.value or 0) for one in known], color=PALETTE[number], marker="o", markersize=3, label=name
        ) if known else None
        whole = [one for one in known if one.low is not None and one.high is not None]
        if number == 1 and whole:
            ends = ([float(one.low or 0) for one in whole], [float(one.high or 0) for one in whole])
            axes.fill_between([int(str(one.january)) for one in whole], *ends, color=PALETTE[number], alpha=0.2)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.legend(frameon=False, fontsize=9)
    _label(axes, f"EHC plans: {series.name}, and what simple methods give", "January", "count")
    refused = "" if best else "No method is offered: none did better in the past than the naive ones. "
    return [f"{refused}Shaded: the interval, where it is stated. Statements of SEN are counted while there were any."]


def _fill_association(axes: Axes, answer: Association) -> list[str]:
    """Draw the correlation of each period with its interval."""
    rows = answer.as_rows()
    _line(axes, [row["period"] for row in rows], [row["value"] for row in rows], "Rank correlation", 0)
    axes.fill_between(range(len(rows)), [row["low"] for row in rows], [row["high"] for row in rows], alpha=0.2)
    _label(axes, answer.title, "Period", "coefficient")
    return ["Shaded: 95% interval. Association is not cause."]


def _fill_residuals(axes: Axes, answer: Residuals) -> list[str]:
    """Draw who is furthest below and above the line."""
    known = [row for row in answer.rows if row["difference_pct"] is not None]
    shown = known if len(known) <= 2 * _ENDS else [*known[:_ENDS], *known[-_ENDS:]]
    values = [row["difference_pct"] for row in shown]
    axes.barh([row["la_name"] for row in shown], values, color=[FOCUS[value > 0] for value in values])
    _label(axes, f"{capital(answer.spec.in_words)}, against the line", "% above or below the line", "pct")
    axes.set_ylabel("Authority")
    return [f"The {_ENDS} furthest below and above the line of all {answer.authorities}. Estimated."]


def _fill_inequality(axes: Axes, answer: Inequality) -> list[str]:
    """Draw two coefficients of spread, year by year."""
    rows = answer.as_rows()
    for number, (key, words) in enumerate((("cv", "Coefficient of variation"), ("gini", "Gini coefficient"))):
        _line(axes, [row["period"] for row in rows], [row[key] for row in rows], words, number)
    _label(axes, answer.title, "Financial year", "coefficient")
    return ["0 is equal rates."]


def _fill_spending(axes: Axes, answer: Spending) -> list[str]:
    """Draw the largest lines of the latest return."""
    if not answer.returns:
        raise UsageError("no return lists what was spent", where="chart")
    authority, last = answer.authority, answer.returns[-1]
    bars = sorted((one["value"], one["label"]) for one in last["lines"] if one["value"])[-_LARGEST:]
    room = max(axes.figure.bbox.width / axes.figure.dpi * 72 / 3, 118)
    names = ["\n".join(wrap_lines(name, room, 8)) for _, name in bars]
    axes.barh(names, [value / 1e6 for value, _ in bars], color=FOCUS[0])
    when = f"{last['financial_year']} ({last['kind']})"
    _label(axes, f"Largest lines of high needs spending: {authority.prose}, {when}", "£ million", "gbp")
    axes.set_ylabel("")
    return ["A line may be part of another. Spending beside the block is no overspend or underspend."]


def _fill_scenario(axes: Axes, answer: ScenarioResult) -> list[str]:
    """Draw the largest gains and losses, the largest gain on top."""
    bars = [bar for end in reversed(largest_changes(answer)) for bar in reversed(end)]
    axes.barh([row["la_name"] for row in bars], [row["change_gbp"] for row in bars],
              color=[FOCUS[row["change_gbp"] < 0] for row in bars])  # fmt: skip
    _label(axes, f"{answer.scenario.title}, {answer.year}: {answer.counts_in_words}", "£", "gbp")
    axes.set(xlabel="Change of the block, £", ylabel="Authority")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    note = [f"The largest gains and losses of all {len(answer.rows)} authorities."]
    return [*note, *([f"{answer.factors.own.label} Estimated."] if answer.factors else [])]


def _fill_bounds(axes: Axes, answer: BoundsAnswer) -> list[str]:
    """Draw the range of each year."""
    years = answer.years
    for number, one in enumerate(years):
        low, high = one.lower_per_head, one.upper_per_head
        axes.bar(number, high - low, bottom=low, width=0.5, color=FOCUS[0])
        axes.annotate(f"£{low:,.0f} to £{high:,.0f}", (number, high), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(range(len(years)), [str(one.year) for one in years])
    axes.margins(x=0.3, y=0.3)
    _label(axes, f"Formula per head aged 2 to 18, from and to: {years[0].la_name}", "Financial year", "gbp_per_head")
    return ["Implied by rules and published figures: a range, no figure within it. The axis does not begin at £0."]


def _fill_need(axes: Axes, answer: Need) -> Sequence[str]:
    """Draw the lines of its chart."""
    chart, unit = need_chart(answer), answer.measures[0]["unit"]
    for number, line in enumerate(cast("LineChart", chart.spec).lines):
        periods, values = zip(*line.points, strict=True)
        _line(axes, periods, values, line.name, number)
    _label(axes, chart.subtitle, "Period", unit)
    return chart.notes


def need_chart(found: Need) -> Chart:
    """Return the chart of the first measure over time: an area without its faulty figures, England and the region."""
    rows = [row for row in found.measures if row["measure"] == found.measures[0]["measure"]]
    last = rows[-1]
    kind: ColumnKind = last["unit"] if last["unit"] in ("pct", "count") else "index"
    periods, values, notes = [row["period"] for row in rows], {}, []
    region = found.authority.region_code if found.authority else ""
    codes = [(found.area, "value"), ("england", "england"), (region, "region")][: len(found.beside) + 1]
    for name, (code, key) in list(zip([found.prose, *found.beside], codes, strict=True))[: 1 if kind == "count" else 3]:
        doubtful = [one for one in periods if code in doubts_of(MeasureSpec(last["measure"], one))]
        is_left_out = code.isdigit()  # of a region and England some returns are missing, not all
        values[name] = [None if is_left_out and row["period"] in doubtful else row[key] for row in rows]
        what = "left out, as the return is faulty or partial" if is_left_out else "some returns are missing or faulty"
        notes += [f"{capital(name)}, {', '.join(doubtful)}: {what}."] if doubtful else []
    said = ", ".join(f"{name} {print_cell(line[-1], kind)}" for name, line in values.items())
    title, words = f"{last['period_in_words']}: {said}", capital(last["words"])
    files = sources_of(found.store, [row["figure_id"] for row in rows if row["figure_id"]])
    source = f"Source: {'; '.join(dict.fromkeys(file.publisher for file in files))}; hnf calculations."
    points = {name: tuple(zip(periods, line, strict=True)) for name, line in values.items()}
    lines = [Line(capital(name), line, name == found.prose) for name, line in points.items()]
    marks = chart_marks(("plans",), periods[1:]) if "January" in title else ()
    columns: dict[str, ColumnKind] = {"Period": "text", **dict.fromkeys(values, kind)}
    data = tabulate("need", title, words, columns, zip(periods, *values.values(), strict=True))
    alt = f"Line chart of {last['words']}, from {periods[0]}. {title}."
    return Chart(
        f"need_{last['measure']}", title, words, alt, source, LineChart("", tuple(lines), marks), data, tuple(notes)
    )


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
    if unit == "count" or unit.startswith("gbp"):
        values = axes.xaxis if across == capital(UNIT_WORDS[unit]) else axes.yaxis
        values.set_major_formatter("{x:,.0f}")


#: How answers are drawn: each returns what must be said under its picture.
_FILLS: dict[type[Answer], Callable[[Axes, Any], Sequence[str]]] = {
    Ranking: _fill_ranking, Comparison: _fill_comparison, OverTime: _fill_over_time, Growth: _fill_growth,
    MeasureGrowth: _fill_measure_growth, Wedge: _fill_wedge, Need: _fill_need, Projection: _fill_projection,
    Association: _fill_association, Residuals: _fill_residuals, Inequality: _fill_inequality,
    Spending: _fill_spending, BoundsAnswer: _fill_bounds, ScenarioResult: _fill_scenario,
}  # fmt: skip
