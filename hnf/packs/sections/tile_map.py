"""The tile map of England: any measure, or growth of EHC plans, one equal square an authority, in fifths by rank.

The grid has the authorities of today. For a year before some of them existed, the square shows the rate or share of the
authority that they were split from, and a note says so; an amount or a count, which would appear twice, is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise

from hnf.analysis.bounds import Bound, year_bounds
from hnf.analysis.growth import plan_growth
from hnf.analysis.ranges import range_notes, range_spec, why_unbounded
from hnf.analysis.rank import CLASSES, class_of, fifths, league_table
from hnf.analysis.trace import sources_of
from hnf.errors import UsageError
from hnf.measures.rates import LeagueTable, MeasureSpec, RateSpec, Spec, rate_id
from hnf.measures.register import Share, find_measure
from hnf.measures.shares import area_amounts, doubts_of, sides
from hnf.packs.content import (
    MINUS,
    Chart,
    ColumnKind,
    Table,
    Tile,
    TileMapChart,
    needs_pence,
    print_cell,
    tabulate,
    within,
)
from hnf.packs.sections.funding import DSG_SOURCE, PER_WORDS, PLANS_SOURCE, RATE_SOURCE
from hnf.packs.subject import SHORT_PER, SMALL_COUNT
from hnf.results import Unit
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import FinancialYear, January, date_in_words, month_in_words


def tile_layout(store: Store) -> dict[str, tuple[int, int]]:
    """Return column (from 1 in the west) and row (from 1 in the north) of every open authority, by la_code.

    Raises
    ------
    TableError
        If the table of tiles is missing or breaks a rule.
    """
    return {
        code: (column, row) for code, column, row in store.table("tiles").select("la_code", "column", "row").iter_rows()
    }


_MILLION = 1_000_000
#: Decimals of the ends of classes: the fewest with which no two classes meet in print, at most the last. Pounds have
#: pence only where a rate has them elsewhere too.
_PLACES: dict[ColumnKind, tuple[int, ...]] = {
    "rate": (0, 2), "gbp": (1, 2), "pct": (0, 1), "index": (1, 2), "count": (0,),
}  # fmt: skip
#: How values that are no pounds are printed, and the heading of their column.
_KINDS: dict[Unit, tuple[ColumnKind, str]] = {
    "pct": ("pct", "%"), "per_1000": ("index", "Per 1,000 people"), "count": ("count", "Number"),
    "gbp": ("gbp", "Amount (£)"),
}  # fmt: skip
#: Of how many areas at an end of the range the title gives the names.
_NAMED = 3


@dataclass(frozen=True)
class TileValue:
    """What one square shows.

    `area` is what the figure is for, as prose names it: the authority itself, or a larger area with it. `reason` says
    why `value` is None.
    """

    authority: Authority
    column: int
    row: int
    area: str
    value: float | None
    figure_id: str = ""
    reason: str = ""
    #: In a year without a table: what is implied, and the class from 0 where all possible ranks are in one.
    bound: Bound | None = None
    certain_class: int | None = None


@dataclass(frozen=True)
class TileValues:
    """All squares of one measure.

    `ranked` are the areas that have a figure and their values, lowest first, each once: also those that no square
    shows. `kind` is how values are printed; `notes` say what is shown for another area, and where there is no figure.
    """

    tiles: tuple[TileValue, ...]
    ranked: tuple[tuple[str, float], ...]
    kind: ColumnKind
    notes: tuple[str, ...]
    unit: Unit = "gbp"
    #: Decimals of the ends of classes, where they are not those of the kind.
    places: tuple[int, ...] = ()

    @cached_property
    def classes(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest value of each fifth of the areas by rank, lowest first."""
        return fifths([value for _, value in self.ranked])

    @property
    def shown(self) -> tuple[TileValue, ...]:
        """Squares with a figure, lowest first."""
        return tuple(
            sorted(
                (tile for tile in self.tiles if tile.value is not None),
                key=lambda tile: (tile.value or 0.0, tile.authority.la_code),
            )
        )

    @property
    def missing(self) -> tuple[TileValue, ...]:
        """Squares without a figure, by code."""
        return tuple(tile for tile in self.tiles if tile.value is None)

    @property
    def words(self) -> tuple[str, ...]:
        """The classes as printed, lowest first: "£1,057 to £1,195"."""
        if not self.classes:
            return tuple(capital(words) for words in FIFTHS)
        places = self.places or _PLACES[self.kind]
        if self.kind == "rate" and not needs_pence(self.classes[0][0]):
            places = places[:1]
        return _class_words(self.classes, self.kind, places)

    def class_number(self, tile: TileValue) -> int | None:
        """Return the class of a square from 0, the lowest; None without a figure, or where several are possible."""
        return tile.certain_class if tile.value is None else class_of(tile.value, self.classes)


def rate_values(store: Store, spec: Spec) -> TileValues:
    """Return the rate of every authority of a year, or any other measure in a period."""
    table, is_rate = league_table(store, spec), isinstance(spec, RateSpec)
    authorities = Authorities.of(store)
    tiles = []
    inherited: dict[str, list[Authority]] = {}
    for code, (column, row) in tile_layout(store).items():
        authority = authorities[code]
        shown, reason = (_rate_area if is_rate else _measure_area)(table, authority, authorities)
        if shown and shown != code:
            inherited.setdefault(shown, []).append(authority)
        tiles.append(
            TileValue(
                authority,
                column,
                row,
                authorities[shown or code].prose,
                table.values[shown] if shown else None,
                rate_id(spec, shown) if shown else "",
                reason,
            )
        )
    notes = [
        f"The squares of {join_words([one.prose for one in heirs])} show the {'rate' if is_rate else 'figure'} of "
        f"{authorities[code].prose}, which they were made from on {date_in_words(heirs[0].opened)}."
        for code, heirs in inherited.items()
    ]
    kind: ColumnKind = "gbp" if spec.per == "none" else "rate"
    ranked = tuple((authorities[code].prose, value) for code, value in table.values.items())
    values = TileValues(tuple(tiles), ranked, kind, (*notes, *_missing_notes(tiles)))
    if isinstance(spec, RateSpec):
        return values
    said = [f"{table.note}."] if table.note else []
    few = [authorities[code].prose for code in _few(store, spec) if code in table.values]
    if few:
        said.append(f"Shares of fewer than {SMALL_COUNT} say little: {join_words(few)}.")
    kind, places = _KINDS.get(spec.unit, ("rate", ""))[0], (1,) if spec.unit == "pct" else ()
    return replace(values, kind=kind, unit=spec.unit, places=places, notes=(*said, *values.notes))


def _few(store: Store, spec: MeasureSpec) -> list[str]:
    """Return the codes of those whose share is of a small count."""
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share) or measure.is_of_people:
        return []
    wholes = sides(store, spec, "local_authority")[1].values
    return sorted(code for code, whole in wholes.items() if 0 < whole < SMALL_COUNT)


def range_values(store: Store, year: FinancialYear) -> TileValues:
    """Return what is implied for every authority in a year without a table: the class where only one is possible."""
    found, authorities, tiles = year_bounds(store, year), Authorities.of(store), []
    for code, (column, row) in tile_layout(store).items():
        authority, bound, certain = authorities[code], found.rows.get(code), None
        if bound:
            first, last = (
                ((rank or 1) - 1) * CLASSES // found.universe for rank in (bound.lower_rank, bound.upper_rank)
            )
            certain = first if first == last else None
        reason = "" if bound else why_unbounded(store, code)
        tiles.append(TileValue(authority, column, row, authority.prose, None, "", reason, bound, certain))
    missing = (tile for tile in tiles if not tile.bound)
    return TileValues(tuple(tiles), (), "rate", (*range_notes(found), *_missing_notes(missing)))


def _measure_area(table: LeagueTable, authority: Authority, authorities: Authorities) -> tuple[str, str]:
    """Return the code of the authority whose figure a square shows, and why there is none."""
    code, when, older = authority.la_code, table.spec.period_in_words, authority.predecessors  # type: ignore[union-attr]
    if code in table.values:
        return code, ""
    counted = [old for old in older if old in table.values or old in table.excluded]
    if not counted:
        return "", table.excluded.get(code, table.why_absent)
    if len(older) > 1:
        names = join_words([authorities[old].prose for old in counted])
        return "", f"{when} is published for {names}, from which it was made with others"
    if older[0] not in table.values:
        return "", table.excluded[older[0]]
    if table.spec.unit in ("count", "gbp"):
        return "", f"{when} is published for {authorities[older[0]].prose}, whose figure cannot be divided"
    return older[0], ""


def _rate_area(table: LeagueTable, authority: Authority, _: Authorities) -> tuple[str, str]:
    """Return the code of the authority whose rate a square shows, and why there is none."""
    code, year = authority.la_code, table.spec.year
    if code in table.values:
        return code, ""
    if code in table.excluded:
        return "", table.excluded[code]
    for older in authority.predecessors if len(authority.predecessors) == 1 else ():
        if older in table.excluded:
            return "", table.excluded[older]
        if older in table.values:
            if table.spec.per == "none":
                return "", f"it was part of a larger authority in {year}, whose amount cannot be divided"
            return older, ""
    return "", f"not in DfE's tables of {year}"


def growth_values(store: Store, start: January, end: January) -> TileValues:
    """Return the growth of EHC plans of every authority, in per cent."""
    found = plan_growth(store, start, end)
    authorities = Authorities.of(store)
    tiles = []
    for code, (column, row) in tile_layout(store).items():
        growth = found[code]
        id_ = "" if growth.pct is None else growth.figure_id
        tiles.append(TileValue(authorities[code], column, row, growth.name, growth.pct, id_, growth.reason))
    shared = dict.fromkeys(f"{capital(growth.note)}." for growth in found.values() if growth.note)
    small = [
        tile.authority.prose
        for tile in tiles
        if tile.value is not None and (found[tile.authority.la_code].start or 0) < SMALL_COUNT
    ]
    few = f"Fewer than {SMALL_COUNT} plans at the start, so that a percentage says little: {join_words(small)}."
    areas = {tile.figure_id: (tile.area, tile.value) for tile in tiles if tile.value is not None}
    ranked = tuple(sorted(areas.values(), key=lambda area: (area[1], area[0])))
    notes = (*shared, *([few] if small else []), *_missing_notes(tiles))
    return TileValues(tuple(tiles), ranked, "pct", notes, "pct")


def _missing_notes(tiles: Iterable[TileValue]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for tile in tiles:
        if tile.value is None:
            reasons.setdefault(tile.reason, []).append(tile.authority.prose)
    return [f"No figure for {join_words(names)}: {reason}." for reason, names in reasons.items()]


def _class_words(
    classes: tuple[tuple[float, float], ...], kind: ColumnKind, decimals: tuple[int, ...]
) -> tuple[str, ...]:
    """Print the classes with so many decimals that no two of them meet, within reason."""
    words: list[tuple[str, str]] = []
    for places in decimals:
        words = [(_print_end(low, kind, places), _print_end(high, kind, places)) for low, high in classes]
        if all(above[0] != below[1] for below, above in pairwise(words)):
            break
    return tuple(low if low == high else f"{low} to {high}" for low, high in words)


def _print_end(value: float, kind: ColumnKind, places: int) -> str:
    scaled = Decimal(str(value)) / (_MILLION if kind == "gbp" else 1)
    rounded = scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    before, after = {"gbp": ("£", " million"), "rate": ("£", ""), "pct": ("", "%")}.get(kind, ("", ""))
    return f"{MINUS if rounded < 0 else ''}{before}{abs(rounded):,}{after}"


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
_SEVERAL = "More than one fifth is possible"
_RANGE_SOURCE = (
    "Source: Department for Education, dedicated schools grant allocations, its pages of single authorities and rules "
    "of the formula; written answers; Office for National Statistics, 2018-based projections; hnf calculations."
)
_BOUNDARIES = " Squares: laid out by hnf from boundaries of the Office for National Statistics."


def tile_map_chart(store: Store, spec: Spec, highlight: tuple[str, ...] = ()) -> Chart:
    """Return the map of a rate or of any other measure, with some authorities outlined.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables, or a code has no square.
    """
    values = rate_values(store, spec)
    if isinstance(spec, MeasureSpec):
        return _measure_chart(store, spec, values, _known(store, values, highlight))
    per = f" {SHORT_PER[spec.per]}" if spec.per != "none" else ""
    subject = f"{_SUBJECTS[spec.measure]}{per}"
    return _chart(
        values,
        id_="tile_map_rate",
        subject=subject,
        extremes=f"{subject} was lowest {_where(values.ranked, 0)} and highest {_where(values.ranked, -1)}",
        subtitle=f"{capital(spec.in_words)}",
        heading=f"{PER_WORDS[spec.per]} (£)" if spec.per != "none" else "Amount (£)",
        source=DSG_SOURCE if spec.per == "none" else RATE_SOURCE,
        highlight=_known(store, values, highlight),
    )


def _measure_chart(store: Store, spec: MeasureSpec, values: TileValues, highlight: tuple[str, ...]) -> Chart:
    """Return the map of any measure; what is odd in a return is said, and makes no headline."""
    subject, table, doubtful = find_measure(spec.measure).words, league_table(store, spec), set(doubts_of(spec))
    flags = table.flags
    shown = {
        tile.authority.la_code: tile.figure_id.rpartition(":")[2] or tile.authority.la_code for tile in values.tiles
    }
    names = {tile.authority.la_code: tile.authority.prose for tile in values.tiles}
    odd = [code for code, area in shown.items() if area in flags]
    notes = [f"{capital(names[code])}: {words}" for code in odd if code in highlight for words in flags[shown[code]]]
    notes += flags.get("", ())  # of everywhere
    others = sorted(names[code] for code in odd if code not in highlight)
    if others:
        notes.append(
            f"There are notes on the returns behind the figures of {join_words(others)}: hnf rank --measure "
            f"{spec.measure} --year {spec.period}."
        )
    few = set(_few(store, spec))
    sure = {code: value for code, value in table.values.items() if code not in doubtful | few} or table.values
    ends = tuple((Authorities.of(store)[code].prose, sure[code]) for code in sure)
    beyond = {code for code, value in table.values.items() if not ends[0][1] < value < ends[-1][1]} - set(sure)
    aside = [words for words, codes in (("small counts", few), ("doubtful returns", doubtful)) if codes & beyond]
    extremes = f"{subject}: lowest {_where(ends, 0)}, highest {_where(ends, -1)}"
    extremes += f" ({' and '.join(aside)} left aside)" if aside else ""
    return _chart(
        replace(values, notes=(*notes, *values.notes)),
        id_="tile_map_measure",
        subject=subject,
        extremes=extremes,
        subtitle=capital(spec.in_words),
        heading=_KINDS.get(spec.unit, ("rate", "£"))[1],
        source=_source(store, spec),
        highlight=highlight,
        own=""
        if doubtful & {shown[code] for code in highlight}
        else "{subject}: {name} was in the {fifth} of authorities",
    )


def _source(store: Store, spec: MeasureSpec) -> str:
    """Name the files behind a measure: publisher, title, month. One figure of each kind and edition tells which."""
    ids = {}
    for found in area_amounts(store, spec, "local_authority").inputs.values():
        ids.update({tuple(id_.split(":")[:3]): id_ for id_ in found})
    said = dict.fromkeys(
        f"{one.publisher}, {re.split(r'[:(]', one.title)[0].strip()} (published {month_in_words(one.published)})"
        for one in sources_of(store, ids.values())
    )
    return f"Source: {'; '.join(said)}{'' if spec.basis == 'published' else '; hnf calculations'}."


def range_map_chart(store: Store, year: FinancialYear, highlight: tuple[str, ...] = ()) -> Chart:
    """Return the map of the formula per head in a year without a table, shaded only where the fifth is certain.

    Raises
    ------
    UsageError
        If the year has a table or nothing is known of it, or a code has no square.
    """
    values, spec = range_values(store, year), range_spec(year)
    bounded = [(tile, tile.bound, tile.bound.ids) for tile in values.tiles if tile.bound]
    certain = sum(tile.certain_class is not None for tile, _, _ in bounded)
    subject = f"{_SUBJECTS[spec.measure]} {SHORT_PER[spec.per]}"
    subtitle = f"{capital(spec.in_words)}. Implied by published rules and figures: ranges, not a table"
    ends = {"lower_per_head": "From (£)", "upper_per_head": "To (£)"}
    kinds: dict[str, ColumnKind] = dict.fromkeys(ends.values(), "rate")
    return Chart(
        id="tile_map_range",
        title=capital(f"{subject}: implied fifth, certain for {certain} of {len(bounded)} authorities"),
        subtitle=subtitle,
        alt=f"Tile map of England, one square for each of {len(values.tiles)} authorities. {subtitle}. {certain} "
        f"squares are shaded in fifths; {len(bounded) - certain} are dotted, as more than one fifth is possible.",
        source=_RANGE_SOURCE + _BOUNDARIES,
        spec=TileMapChart(
            tiles=_squares(values),
            bounds=tuple(range(1, CLASSES)),
            legend=values.words,
            missing="No figure",
            highlight=_known(store, values, highlight),
            several=_SEVERAL,
        ),
        data=tabulate(
            "tile_map_range_values",
            "All authorities, by code",
            subtitle,
            {"Authority": "text", **kinds, "Class": "text"},
            (
                (
                    tile.authority.name,
                    *((getattr(bound, part), ids[part]) for part in ends),
                    _SEVERAL if tile.certain_class is None else values.words[tile.certain_class],
                )
                for tile, bound, ids in bounded
            ),
            source=_RANGE_SOURCE,
            notes=values.notes,
        ),
        notes=(_PLACES_NOTE.replace(", their ends rounded", ""), *values.notes),
    )


def _squares(values: TileValues) -> tuple[Tile, ...]:
    """Return the squares as they are drawn: by value, and where ranges are implied by the number of the class."""
    return tuple(
        Tile(
            tile.authority.la_code,
            tile.authority.name,
            tile.column,
            tile.row,
            tile.certain_class if tile.bound else tile.value,
            tile.authority.region_name,
            is_open=tile.bound is not None and tile.certain_class is None,
        )
        for tile in values.tiles
    )


def need_map_chart(store: Store, first: January, last: January, highlight: tuple[str, ...] = ()) -> Chart:
    """Return the map of growth in EHC plans between two Januaries, with some authorities outlined.

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
        extremes = f"growth in EHC plans was lowest {_where(values.ranked, 0)} and highest {_where(values.ranked, -1)}"
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
    """Return codes, each once; a UsageError names one that has no square."""
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


def _where(ranked: tuple[tuple[str, float], ...], end: int) -> str:
    """Name the areas at one end of the range: "in Kent", "in Kent and Medway"."""
    if not ranked:
        return "nowhere"
    areas = [within(area) for area, value in ranked if value == ranked[end][1]]
    return join_words(areas) if len(areas) <= _NAMED else f"in {len(areas)} authorities"


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
    own: str = "{subject} {place} was in the {fifth} of authorities",
) -> Chart:
    if not values.shown:
        raise UsageError("no authority has a figure on this basis: there is nothing to draw", where=subtitle)
    picked = [tile for tile in values.tiles if tile.authority.la_code in highlight]
    title = extremes
    if len(picked) == 1 and picked[0].value is not None and len(values.classes) == len(FIFTHS):
        fifth, name = FIFTHS[values.class_number(picked[0]) or 0], picked[0].area
        title = own.format(subject=subject, name=name, place=within(name), fifth=fifth) or extremes
    notes = (_PLACES_NOTE, *values.notes)
    return Chart(
        id=id_,
        title=capital(title),
        subtitle=subtitle,
        alt=_alt(values, subtitle, picked),
        source=source + _BOUNDARIES,
        spec=TileMapChart(
            tiles=_squares(values),
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
    words = values.words
    return tabulate(
        f"{id_}_values",
        "All authorities, lowest first",
        subtitle,
        {"Authority": "text", "Figure is for": "text", heading: values.kind, "Class": "text"},
        (
            (
                tile.authority.name,
                capital(tile.area),
                (tile.value, tile.figure_id or None),
                f"No figure: {tile.reason}" if tile.value is None else words[values.class_number(tile) or 0],
            )
            for tile in (*values.shown, *values.missing)
        ),
        source=source,
        notes=values.notes,
    )
