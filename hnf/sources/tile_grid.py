"""Puts authorities on the cells of a grid, one each, so that neighbours stay near.

What a layout costs is the sum over authorities of the square of the distance between cell and place, and over borders
of how far the two cells are from touching and from the true direction. Authorities that share no border do not feel
each other's cells: for a set of such authorities, with all others held, the best cells are an assignment problem and
are found exactly. Sets are drawn until none brings anything; then regions in pieces and holes cost more and the search
goes on; at the end costs are as they were and only what keeps regions whole is changed.

Costs are whole numbers and the draws come from a generator that is the same in every version of Python.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from hnf.sources.tile_places import Pairs, Places

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
    """Return a cell (column, row) for each authority, no two the same.

    Parameters
    ----------
    places : array of shape (n, 2)
        Where each would like to be, in cells.
    centres : array of shape (n, 2)
        Where each lies: gives the directions.
    pairs : tuple of (int, int)
        Who borders on whom.
    regions : sequence of str
        Region of each.

    Returns
    -------
    array of int of shape (n, 2)
        Column from the west, row from the north, on the same origin as `places`.
    """
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
        self.tables = [_border_costs(self.shape, centres[other] - centres[one]) for one, other in pairs]
        self.weights = self._plain_weights()
        self.neighbours: list[list[tuple[int, int, bool]]] = [[] for _ in places]
        for number, (one, other) in enumerate(pairs):
            self.neighbours[one].append((other, number, False))
            self.neighbours[other].append((one, number, True))
        self.draws = random.Random(_SEED)  # noqa: S311 - no secret depends on it
        self.at: Whole = linear_sum_assignment(self.own)[1].astype(np.int64)

    def _plain_weights(self) -> list[float]:
        return [_INSIDE if self.regions[one] == self.regions[other] else 1.0 for one, other in self.pairs]

    def _weigh(self) -> None:
        """Work out what each cell would cost each authority, all others held."""
        self.costs = [_whole(table * weight) for table, weight in zip(self.tables, self.weights, strict=True)]
        self.felt = self.own.copy()
        for one in range(len(self.at)):
            self._feel(one, int(self.at[one]), 1)

    def _feel(self, one: int, cell: int, sign: int) -> None:
        """Add to the costs of an authority's neighbours, or take off, that it stands on a cell."""
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
        for number in apart:
            self.weights[number] *= _GROWTH
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
        empty = np.setdiff1d(np.arange(len(self.cells)), self.at)
        numbers = connected_components(self.beside[np.ix_(empty, empty)], directed=False)[1]
        return np.asarray(empty[numbers != numbers[0]])

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
