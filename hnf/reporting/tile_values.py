"""What the squares of a tile map show: a figure for each authority, or the reason why there is none, and its class.

The grid has the authorities of today. For a year before some of them existed, the square shows the rate of the
authority that they were split from, and a note says so; a whole amount, which would then stand there twice, is not
shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise

from hnf.analysis.fifths import class_of, fifths
from hnf.analysis.plan_growth import plan_growth
from hnf.analysis.ranking import rate_id
from hnf.authorities import Authorities, Authority
from hnf.measures.rates import RateSpec, RateTable, rate_table
from hnf.reporting.content import ColumnKind
from hnf.reporting.display import MINUS
from hnf.reporting.sentences import SMALL_COUNT
from hnf.reporting.tile_layout import tile_layout
from hnf.store import Store
from hnf.words import capital, join_words
from hnf.years import January, date_in_words

_MILLION = 1_000_000
#: Decimals of the ends of classes: the fewest with which no two classes meet in print, at most the last.
_PLACES: dict[ColumnKind, tuple[int, ...]] = {"rate": (0, 2), "gbp": (1, 2), "pct": (0, 1)}


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
        return _class_words(self.classes, self.kind)

    def class_number(self, tile: TileValue) -> int | None:
        """Return the class of a square from 0, the lowest; None without a figure."""
        return None if tile.value is None else class_of(tile.value, self.classes)


def rate_values(store: Store, spec: RateSpec) -> TileValues:
    """Return the rate of every authority of a year.

    Raises
    ------
    UsageError
        If the year or the measure does not exist in the tables.
    """
    table = rate_table(store, spec)
    authorities = Authorities.of(store)
    tiles = []
    inherited: dict[str, list[Authority]] = {}
    for code, (column, row) in tile_layout(store).items():
        authority = authorities[code]
        shown, reason = _rate_area(table, authority)
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
        f"The squares of {join_words([one.prose for one in heirs])} show the rate of {authorities[code].prose}, which "
        f"they were made from on {date_in_words(heirs[0].opened)}."
        for code, heirs in inherited.items()
    ]
    kind: ColumnKind = "gbp" if spec.per == "none" else "rate"
    ranked = tuple((authorities[code].prose, value) for code, value in table.values.items())
    return TileValues(tuple(tiles), ranked, kind, (*notes, *_missing_notes(tiles)))


def _rate_area(table: RateTable, authority: Authority) -> tuple[str, str]:
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
    return "", f"no high needs allocation in {year}"


def growth_values(store: Store, start: January, end: January) -> TileValues:
    """Return the growth of EHC plans of every authority, in per cent.

    Raises
    ------
    UsageError
        If a January is not in the tables, or `end` is not after `start`.
    """
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
    return TileValues(tuple(tiles), ranked, "pct", (*shared, *([few] if small else []), *_missing_notes(tiles)))


def _missing_notes(tiles: Iterable[TileValue]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for tile in tiles:
        if tile.value is None:
            reasons.setdefault(tile.reason, []).append(tile.authority.prose)
    return [f"No figure for {join_words(names)}: {reason}." for reason, names in reasons.items()]


def _class_words(classes: tuple[tuple[float, float], ...], kind: ColumnKind) -> tuple[str, ...]:
    """Print the classes with so many decimals that no two of them meet, within reason."""
    words: list[tuple[str, str]] = []
    for places in _PLACES[kind]:
        words = [(_print_end(low, kind, places), _print_end(high, kind, places)) for low, high in classes]
        if all(above[0] != below[1] for below, above in pairwise(words)):
            break
    return tuple(low if low == high else f"{low} to {high}" for low, high in words)


def _print_end(value: float, kind: ColumnKind, places: int) -> str:
    scaled = Decimal(str(value)) / (_MILLION if kind == "gbp" else 1)
    rounded = scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    before, after = {"gbp": ("£", " million"), "rate": ("£", ""), "pct": ("", "%")}.get(kind, ("", ""))
    return f"{MINUS if rounded < 0 else ''}{before}{abs(rounded):,}{after}"
