"""Loader of the tile map: one equal square for each authority, laid out from the boundaries (docs/tile-map.md).

Authorities that border on others are laid out together: `spread_out` gives each equal room, `assign_cells` a cell of a
grid. An island is off the coast, in the direction in which it lies from the nearest of them, with water on all sides.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.places import Register, Row, read_features

# Before there is a grid, an authority is where its centre of area is, then spread out so that each has equal room.
# Authorities differ in size by a factor of three thousand: on a map of equal squares London has to grow and the
# counties have to shrink. Every border between two authorities asks for about one square between their centres,
# in the direction in which they lie; squares that overlap push each other apart. Lengths are in sides of a
# square, y counts southwards.

#: Kilometres in a degree of latitude, and the latitude at which degrees of longitude are measured.
_KM_PER_DEGREE = 111.32
_LATITUDE = math.radians(53)
#: Distance that a border asks for: this many sides, times the distance of the centres to this power.
_SIDES = 1.1
_POWER = 0.3
#: Weights in the first solution: how far centres hold their place against borders, and one authority without borders.
_HOLD = 0.05
_ALONE = 1.0
#: Steps of pushing apart, the share of an overlap cleared in a step, that of a border's wish, and the longest step.
_STEPS = 250
_PUSH = 0.25
_PULL = 0.02
_LONGEST = 0.35
#: A border whose ends are closer than this in its own direction, or have changed sides, pulls so many times as hard.
_CLOSE = 0.9
_HARDER = 10
#: Places are rounded to this part of a side after each step: the last bits of a float differ between machines.
_PARTS = 4096

Places = npt.NDArray[np.float64]
Pairs = tuple[tuple[int, int], ...]


def centre_and_area(polygons: list[Any]) -> tuple[float, float, float]:
    """Return the centre of area of polygons (longitude and latitude, holes included)."""
    area = east = south = 0.0
    for ring in [ring for polygon in polygons for ring in polygon]:
        points = np.array(ring, dtype=float) * [math.cos(_LATITUDE) * _KM_PER_DEGREE, -_KM_PER_DEGREE]
        # Counted from the ring itself: small areas far from the origin would lose their digits.
        origin = points[0]
        x, y = (points - origin).T
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        ring_area = float(cross.sum()) / 2
        area += ring_area
        east += float(((x[:-1] + x[1:]) * cross).sum()) / 6 + float(origin[0]) * ring_area
        south += float(((y[:-1] + y[1:]) * cross).sum()) / 6 + float(origin[1]) * ring_area
    if area == 0:
        raise ValueError("polygons without area")
    return east / area, south / area, abs(area)


def in_degrees(east: float, south: float) -> tuple[float, float]:
    """Return longitude and latitude, to four decimals (some ten metres), of a place in kilometres."""
    return round(east / (math.cos(_LATITUDE) * _KM_PER_DEGREE), 4), round(-south / _KM_PER_DEGREE, 4)


def in_sides(centres: Places, areas: npt.NDArray[np.float64]) -> Places:
    """Measure centres in sides of a square of the mean area, from their middle."""
    side = math.sqrt(float(areas.sum()) / len(areas))
    return np.asarray((centres - centres.mean(axis=0)) / side)


def spread_out(centres: Places, pairs: Pairs) -> Places:
    """Give every authority about a square of room."""
    ends = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    apart = centres[ends[:, 1]] - centres[ends[:, 0]]
    length = np.maximum(np.hypot(apart[:, 0], apart[:, 1]), 1 / _PARTS)
    direction = apart / length[:, None]
    asked = _SIDES * length**_POWER
    wish = direction * np.maximum(1, asked)[:, None]
    # Adds what a border asks for to its first end, and takes it from its second.
    incidence = np.zeros((len(centres), len(ends)))
    incidence[ends.T, np.arange(len(ends))] = [[1.0], [-1.0]]
    places = _rounded(_first_places(centres, incidence, direction * asked[:, None]))
    for _ in range(_STEPS):
        move = _PUSH * _overlaps(places)
        now = places[ends[:, 1]] - places[ends[:, 0]]
        pull = np.where((now * direction).sum(axis=1) < _CLOSE, _PULL * _HARDER, _PULL)
        lack = pull[:, None] * (now - wish)
        move += incidence @ lack
        places = _rounded(places + np.clip(move, -_LONGEST, _LONGEST))
    return places


def _first_places(centres: Places, incidence: Places, wish: Places) -> Places:
    """Return the places that serve all wishes of borders best, in the sense of least squares."""
    hold = np.where(incidence.any(axis=1), _HOLD, _ALONE)
    matrix = incidence @ incidence.T + np.diag(hold)
    return np.asarray(np.linalg.solve(matrix, centres * hold[:, None] - incidence @ wish))


def _overlaps(places: Places) -> Places:
    """Return for each square the sum of its overlaps with others, away from them along the shorter side of each."""
    x, y = (axis[:, None] - axis[None] for axis in places.T)
    one, other = np.nonzero((np.abs(x) < 1) & (np.abs(y) < 1))
    x, y = x[one, other], y[one, other]
    over_x, over_y = 1 - np.abs(x), 1 - np.abs(y)
    sideways = over_x <= over_y
    # A square and itself lie no way apart: the sign of nought is nought.
    push_x = np.where(sideways, np.sign(x) * over_x, 0)
    push_y = np.where(sideways, 0, np.sign(y) * over_y)
    return np.stack([np.bincount(one, push, len(places)) for push in (push_x, push_y)], axis=1)


def _rounded(places: Places) -> Places:
    return np.round(places * _PARTS) / _PARTS


# Then authorities go on the cells of a grid, one each, so that neighbours stay near.
# What a layout costs is the sum over authorities of the square of the distance between cell and place, and over
# borders of how far the two cells are from touching and from the true direction. Authorities that share no
# border do not feel each other's cells: for a set of such authorities, with all others held, the best cells are
# an assignment problem and are found exactly. Sets are drawn until none brings anything; then regions in pieces
# and holes cost more and the search goes on; at the end costs are as they were and only what keeps regions
# whole is changed.
#
# Costs are whole numbers and the draws come from a generator that is the same in every version of Python.

#: Costs: distance squared, a cell no square reaches, a side or more between neighbours, touching by a corner only,
#: the opposite direction. In thousandths, so that two layouts hardly ever cost the same.
_DISTANCE = 25_000
_SEA = 60_000
_APART = 100_000
_CORNER = 30_000
_DIRECTION = 20_000
#: Weight of a border inside a region, and by how much it grows where it runs between two pieces of one.
_INSIDE = 1.5
_GROWTH = 1.5
_HOLE = 60_000
#: Cells farther than this from every place are not used (squared).
_REACH = 4.5
#: Empty cells around the map, draws without gain after which a search ends, searches at most, the seed of the draws.
_EDGE = 2
_PATIENCE = 15
_SEARCHES = 20
_SEED = 10

Whole = npt.NDArray[np.int64]


def assign_cells(places: Places, centres: Places, pairs: Pairs, regions: Sequence[str]) -> Whole:
    """Return a cell (column, row) for each authority, no two the same."""
    search = _Search(places, centres, pairs, regions)
    for _ in range(_SEARCHES):
        search.descend()
        if not search.press():
            break
    search.polish()
    return search.cells[search.at] + search.origin


class _Search:
    """One layout under improvement: `at` is the number of the cell of each authority."""

    def __init__(self, places: Places, centres: Places, pairs: Pairs, regions: Sequence[str]) -> None:
        self.origin: Whole = np.floor(places.min(axis=0)).astype(np.int64) - _EDGE
        self.shape = tuple(int(n) for n in np.ceil(places.max(axis=0)).astype(np.int64) + _EDGE + 1 - self.origin)
        self.cells: Whole = np.stack(np.unravel_index(np.arange(self.shape[0] * self.shape[1]), self.shape), axis=1)
        self.beside = np.abs(self.cells[:, None] - self.cells[None]).sum(axis=2) == 1
        self.pairs = pairs
        self.regions = regions
        self.same_region = np.array([[one == other for other in regions] for one in regions])
        apart = (places - self.origin)[:, None] - self.cells[None]
        squared = (apart**2).sum(axis=2)
        cover = np.maximum(0, 1 - np.abs(apart)).prod(axis=2).sum(axis=0)
        self.own: Whole = _whole(squared * _DISTANCE + np.maximum(0, 1 - cover) * _SEA)
        self.in_reach = squared.min(axis=0) < _REACH
        self.tables = np.stack([_border_costs(self.shape, centres[other] - centres[one]) for one, other in pairs])
        self.weights = self._plain_weights()
        self.neighbours: list[list[tuple[int, int, bool]]] = [[] for _ in places]
        for number, (one, other) in enumerate(pairs):
            self.neighbours[one].append((other, number, False))
            self.neighbours[other].append((one, number, True))
        self.draws = random.Random(_SEED)  # noqa: S311 - no secret depends on it
        self.at: Whole = linear_sum_assignment(self.own)[1].astype(np.int64)

    def _plain_weights(self) -> Places:
        return np.array([_INSIDE if self.regions[one] == self.regions[other] else 1.0 for one, other in self.pairs])

    def _weigh(self) -> None:
        """Work out what each cell would cost each authority, all others held."""
        self.costs = _whole(self.tables * self.weights[:, None, None])
        self.felt = self.own.copy()
        for one in range(len(self.at)):
            self._feel(one, int(self.at[one]), 1)

    def _feel(self, one: int, cell: int, sign: int) -> None:
        """Add to the costs of an authority's neighbours, or take off, that it is on a cell."""
        width, height = self.shape
        x, y = self.cells[cell]
        for other, number, is_second in self.neighbours[one]:
            table = self.costs[number]
            if is_second:
                seen = table[x : x + width, y : y + height][::-1, ::-1]
            else:
                seen = table[width - 1 - x : 2 * width - 1 - x, height - 1 - y : 2 * height - 1 - y]
            self.felt[other] += sign * seen.ravel()

    def _move(self, members: npt.NDArray[np.intp], cells: Whole) -> None:
        for one, cell in zip(members, cells, strict=True):
            if self.at[one] != cell:
                self._feel(int(one), int(self.at[one]), -1)
                self._feel(int(one), int(cell), 1)
        self.at[members] = cells

    def descend(self) -> None:
        """Improve until several sets in a row bring nothing."""
        self._weigh()
        quiet = 0
        while quiet < _PATIENCE:
            members, best, gains = self._propose()
            quiet = 0 if gains.sum() > 0 else quiet + 1
            if quiet == 0:
                self._move(members, best)

    def press(self) -> bool:
        """Raise the cost of borders between pieces of a region, and lower that of holes; False if there are neither."""
        pieces = self._pieces()
        apart = [
            number
            for number, (one, other) in enumerate(self.pairs)
            if self.regions[one] == self.regions[other] and pieces[one] != pieces[other]
        ]
        self.weights[apart] *= _GROWTH
        holes = self._holes()
        self.own[:, holes] -= _HOLE
        return bool(apart) or bool(len(holes))

    def polish(self) -> None:
        """Improve at plain costs, taking only changes after which regions and map are as whole as before."""
        self.weights = self._plain_weights()
        self._weigh()
        worst = self._faults()
        quiet = 0
        while quiet < 2 * _PATIENCE:
            members, best, gains = self._propose()
            quiet += 1
            for chain in _chains(self.at[members], best):
                moving = members[chain]
                before = self.at[moving]
                self.at[moving] = best[chain]
                helps = gains[chain].sum() > 0 and self._faults() <= worst
                self.at[moving] = before
                if helps:
                    self._move(moving, best[chain])
                    quiet = 0

    def _propose(self) -> tuple[npt.NDArray[np.intp], Whole, Whole]:
        """Draw a set of authorities without common borders and find their best cells; what each gains is last."""
        members = self._draw()
        free = self.in_reach.copy()
        free[self.at] = False
        free[self.at[members]] = True
        open_cells = np.flatnonzero(free)
        costs = self.felt[np.ix_(members, open_cells)]
        chosen = linear_sum_assignment(costs)[1]
        each = np.arange(len(members))
        now = costs[each, np.searchsorted(open_cells, self.at[members])]
        return members, open_cells[chosen], now - costs[each, chosen]

    def _draw(self) -> npt.NDArray[np.intp]:
        order = sorted(range(len(self.at)), key=lambda _: self.draws.random())
        blocked: set[int] = set()
        members = []
        for one in order:
            if one not in blocked:
                members.append(one)
                blocked.update(other for other, _, _ in self.neighbours[one])
        return np.array(sorted(members), dtype=np.intp)

    def _pieces(self) -> npt.NDArray[np.int32]:
        """Number the pieces of regions whose cells share sides; return the number of each authority's."""
        beside = self.beside[np.ix_(self.at, self.at)] & self.same_region
        return np.asarray(connected_components(beside, directed=False)[1])

    def _holes(self) -> npt.NDArray[np.intp]:
        """Return the empty cells that are closed in; the first cell, in a corner of the edge, is open."""
        empty = np.ones(self.shape, dtype=bool)
        empty.flat[self.at] = False
        opened = np.zeros_like(empty)
        grown = opened.copy()
        grown[0, 0] = True
        while (grown != opened).any():
            opened = grown.copy()
            for one, other in ((opened, grown), (opened.T, grown.T)):
                other[1:] |= one[:-1]
                other[:-1] |= one[1:]
            grown &= empty
        return np.flatnonzero(empty & ~opened)

    def _faults(self) -> int:
        return len(set(self._pieces())) - len(set(self.regions)) + len(self._holes())


def _border_costs(shape: tuple[int, ...], direction: Places) -> Places:
    """What a border costs by the way from the first cell to the second, counted from (1 - width, 1 - height)."""
    x, y = np.meshgrid(*(np.arange(1 - side, side) for side in shape), indexing="ij")
    sides = np.maximum(np.abs(x), np.abs(y))
    length = np.hypot(x, y)
    corner = np.where((x != 0) & (y != 0), _CORNER, 0)
    along = (x * direction[0] + y * direction[1]) / np.maximum(length, 1) / max(float(np.hypot(*direction)), 1e-9)
    return np.asarray(np.maximum(0, sides - 1) * _APART + corner + _DIRECTION * 2 * (1 - along))


def _chains(old: Whole, new: Whole) -> list[list[int]]:
    """Split a change of cells into parts that can be made one by one: each moves into what the next one leaves."""
    owner = {int(cell): number for number, cell in enumerate(old)}
    moving = [number for number in range(len(old)) if old[number] != new[number]]
    taken = {int(new[number]) for number in moving}
    # Chains that end on an empty cell start with whoever moves away unreplaced; what is left are rings.
    starts = [number for number in moving if int(old[number]) not in taken] + moving
    seen: set[int] = set()
    chains = []
    for start in starts:
        chain: list[int] = []
        number: int | None = start
        while number is not None and number not in seen:
            seen.add(number)
            chain.append(number)
            number = owner.get(int(new[number]))
        if chain:
            chains.append(chain)
    return chains


def _whole(costs: Places) -> Whole:
    return np.asarray(np.round(costs), dtype=np.int64)


#: Cells between an island and the authority nearest to it, corner to corner.
_OFFSHORE = 2
#: How far from there a cell without neighbours is looked for.
_SEARCH = 8


def load_tiles(
    source: Source, content: bytes, register: Register, authorities: list[Row], borders: list[Row]
) -> list[Row]:
    """Lay out a square for each authority that has a boundary."""
    gss_codes: dict[str, str] = {}
    measured: dict[str, tuple[float, float, float]] = {}
    for gss_code, polygons in read_features(source, content):
        code = register.la_code_of_gss[gss_code]
        gss_codes[code] = gss_code
        try:
            measured[code] = centre_and_area(polygons)
        except ValueError as error:
            raise SourceError(f"the boundary of {gss_code} has no area", where=source.id) from error
    codes = sorted(measured)
    sizes = np.array([measured[code] for code in codes])
    centres = in_sides(sizes[:, :2], sizes[:, 2])
    regions = {row["la_code"]: row["region_code"] for row in authorities}
    cells = lay_out(codes, centres, [(row["la_code"], row["neighbour_la_code"]) for row in borders], regions)
    rows: list[Row] = []
    for code in codes:
        longitude, latitude = in_degrees(*measured[code][:2])
        column, row = cells[code]
        rows.append(
            {
                "la_code": code,
                "column": column,
                "row": row,
                "longitude": longitude,
                "latitude": latitude,
                "source_id": source.id,
                "cell": f"feature {gss_codes[code]}",
            }
        )
    return rows


def lay_out(
    codes: list[str], centres: Places, borders: list[tuple[str, str]], regions: dict[str, str]
) -> dict[str, tuple[int, int]]:
    """Return column and row of each authority."""
    bordering = {code for pair in borders for code in pair}
    land = [number for number, code in enumerate(codes) if code in bordering]
    number_of = {codes[number]: place for place, number in enumerate(land)}
    pairs: Pairs = tuple(sorted({tuple(sorted((number_of[a], number_of[b]))) for a, b in borders}))  # type: ignore[misc]
    found = assign_cells(
        spread_out(centres[land], pairs), centres[land], pairs, [regions[codes[number]] for number in land]
    )
    cells = {codes[number]: cell for number, cell in zip(land, found, strict=True)}
    for number, code in enumerate(codes):
        if code not in cells:
            cells[code] = _offshore(centres[number], centres[land], found, np.array(list(cells.values())))
    west, north = np.array(list(cells.values())).min(axis=0) - 1
    return {code: (int(cells[code][0] - west), int(cells[code][1] - north)) for code in codes}


def _offshore(centre: Places, land: Places, land_cells: Whole, taken: Whole) -> Whole:
    """Return the cell for an island: as near as can be to its direction from the nearest land, touching nobody."""
    away = centre - land
    nearest = int(np.argmin(np.round((away**2).sum(axis=1), 6)))
    direction = away[nearest] / max(float(np.hypot(*away[nearest])), 1e-9)
    wish = land_cells[nearest] + direction * _OFFSHORE
    span = np.arange(-_SEARCH, _SEARCH + 1)
    around = np.stack(np.meshgrid(span, span, indexing="ij"), axis=-1).reshape(-1, 2) + land_cells[nearest]
    clear = (np.abs(around[:, None] - taken[None]).max(axis=2) > 1).all(axis=1)
    free = around[clear]
    return np.asarray(free[int(np.argmin(np.round(((free - wish) ** 2).sum(axis=1), 6)))])
