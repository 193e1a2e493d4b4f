"""The tile map of England: how far it distorts, measured on the shipped layout.

Thresholds lie a little below (above) what the layout reaches, which `docs/tile-map.md` prints.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau

from hnf.sources.tiles import spread_out
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

Cell = tuple[int, int]
#: Isles of Scilly and Isle of Wight.
ISLANDS = ("420", "921")


@pytest.fixture(scope="module")
def cells(store: Store) -> dict[str, Cell]:
    return {code: (column, row) for code, column, row in store.table("tiles").select("la_code", "column", "row").rows()}


@pytest.fixture(scope="module")
def borders(store: Store) -> list[tuple[str, str]]:
    return [pair for pair in store.table("borders").select("la_code", "neighbour_la_code").rows() if pair[0] < pair[1]]


def sides(a: Cell, b: Cell) -> int:
    """Steps of a king from one cell to another."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def pieces(found: Iterable[Cell]) -> int:
    """How many pieces cells form that share sides."""
    left = set(found)
    count = 0
    while left:
        count += 1
        edge = [left.pop()]
        while edge:
            x, y = edge.pop()
            for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if near in left:
                    left.remove(near)
                    edge.append(near)
    return count


def test_every_open_authority_has_a_cell_of_its_own(store: Store, cells: dict[str, Cell]) -> None:
    open_now = {code for code, a in Authorities.of(store).by_code.items() if not a.closed}
    assert set(cells) == open_now
    assert len(set(cells.values())) == len(cells) == 153
    assert min(x for x, _ in cells.values()) == min(y for _, y in cells.values()) == 1


def test_neighbours_stay_near(cells: dict[str, Cell], borders: list[tuple[str, str]]) -> None:
    """Reached: 71.1% of 374 pairs touch, 94.4% are at most two steps apart, none more than 4."""
    steps = np.array([sides(cells[a], cells[b]) for a, b in borders])
    assert len(steps) == 374
    assert (steps <= 1).mean() >= 0.70
    assert (steps <= 2).mean() >= 0.93
    assert steps.max() <= 4


def test_who_touches_is_mostly_a_neighbour_or_of_the_same_region(
    store: Store, cells: dict[str, Cell], borders: list[tuple[str, str]]
) -> None:
    regions = {code: a.region_code for code, a in Authorities.of(store).by_code.items()}
    near = set(borders)
    touching = [
        (a, b)
        for a in cells
        for b in cells
        if a < b and abs(cells[a][0] - cells[b][0]) + abs(cells[a][1] - cells[b][1]) == 1
    ]
    assert len(touching) > 200
    assert np.mean([pair in near or regions[pair[0]] == regions[pair[1]] for pair in touching]) >= 0.80


def test_every_region_is_in_one_piece_and_england_has_no_holes(store: Store, cells: dict[str, Cell]) -> None:
    regions: dict[str, list[Cell]] = {}
    for code, cell in cells.items():
        if code not in ISLANDS:
            regions.setdefault(Authorities.of(store)[code].region_name, []).append(cell)
    assert {name: pieces(found) for name, found in regions.items()} == dict.fromkeys(regions, 1)
    assert len(regions) == 9
    land = {cell for code, cell in cells.items() if code not in ISLANDS}
    assert pieces(land) == 1
    width, height = (max(cell[axis] for cell in land) + 1 for axis in (0, 1))
    sea = {(x, y) for x in range(width + 1) for y in range(height + 1)} - land
    assert pieces(sea) == 1


def test_the_silhouette_is_neither_a_blob_nor_frayed(cells: dict[str, Cell]) -> None:
    """Reached: 90 sides on the coast; a square of the same area has some 50, a single line of squares 304."""
    land = {cell for code, cell in cells.items() if code not in ISLANDS}
    coast = sum((x + dx, y + dy) not in land for x, y in land for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    assert 60 <= coast <= 98
    rows = [sorted(x for x, y in land if y == row) for row in sorted({y for _, y in land})]
    # England narrows to the north: the top three rows together are narrower than any row through London.
    assert sum(len(row) for row in rows[:3]) < max(len(row) for row in rows)


def test_north_stays_north_and_east_stays_east(store: Store) -> None:
    """Kendall's rank correlation of cells with the centres of area; reached: 0.88 across and 0.93 down."""
    mainland = store.table("tiles").filter(~pl.col("la_code").is_in(ISLANDS))
    across = kendalltau(mainland["column"], mainland["longitude"]).statistic
    down = kendalltau(mainland["row"], -mainland["latitude"]).statistic
    assert across >= 0.86
    assert down >= 0.92


def test_nobody_is_far_from_home(store: Store, cells: dict[str, Cell], borders: list[tuple[str, str]]) -> None:
    """Cells against the places that give everyone equal room; reached: 0.63 sides on average, 2.8 at most."""
    mainland = store.table("tiles").filter(~pl.col("la_code").is_in(ISLANDS)).sort("la_code")
    codes = mainland["la_code"].to_list()
    scale = np.cos(np.radians(53))
    centres = np.stack([mainland["longitude"].to_numpy() * scale, -mainland["latitude"].to_numpy()], axis=1)
    side = np.sqrt(130_000 / 153) / 111.32  # England has some 130,000 square kilometres
    places = spread_out(
        (centres - centres.mean(axis=0)) / side, tuple((codes.index(a), codes.index(b)) for a, b in borders)
    )
    found = np.array([cells[code] for code in codes], dtype=float)
    away = np.hypot(*((found - found.mean(axis=0)) - (places - places.mean(axis=0))).T)
    assert away.mean() <= 0.70
    assert away.max() <= 3.2


@pytest.mark.parametrize(
    ("name", "other", "dx", "dy"),
    [
        ("921", "851", 0, 1),  # the Isle of Wight lies south of Portsmouth
        ("420", "908", -1, 1),  # Scilly south-west of Cornwall
        ("929", "840", 0, -1),  # Northumberland north of Durham
        ("926", "942", 1, 1),  # Norfolk south-east of Cumberland
        ("908", "878", -1, 0),  # Cornwall west of Devon
        ("342", "350", -1, 0),  # St Helens west of Bolton
        ("886", "850", 1, 0),  # Kent east of Hampshire
    ],
)
def test_places_a_reader_knows(cells: dict[str, Cell], name: str, other: str, dx: int, dy: int) -> None:
    here, there = cells[name], cells[other]
    assert not dx or np.sign(here[0] - there[0]) == dx
    assert not dy or np.sign(here[1] - there[1]) == dy


def test_borders_keep_their_direction(store: Store, cells: dict[str, Cell], borders: list[tuple[str, str]]) -> None:
    """Pairs that do not change sides; reached: 93.0% from west to east and 96.5% from north to south."""
    centres = {code: (x, -y) for code, x, y in store.table("tiles").select("la_code", "longitude", "latitude").rows()}
    for axis, least in ((0, 0.92), (1, 0.95)):
        kept = [(centres[a][axis] - centres[b][axis]) * (cells[a][axis] - cells[b][axis]) >= 0 for a, b in borders]
        assert np.mean(kept) >= least


def test_islands_have_water_on_all_sides(cells: dict[str, Cell]) -> None:
    for code in ISLANDS:
        assert min(sides(cells[code], cell) for other, cell in cells.items() if other != code) == 2
    assert cells["420"][0] == 1
    assert cells["921"][1] == max(row for _, row in cells.values())
