"""The layout of the tile map on made-up areas whose best places are known."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fixtures.made_up import BOUNDARIES, source

from hnf.errors import SourceError, TableError
from hnf.sources.build import to_csv, to_frame
from hnf.sources.catalogue import load_catalogue
from hnf.sources.places import Register, Row, load_borders, register_of
from hnf.sources.tiles import centre_and_area, lay_out, load_tiles, spread_out
from hnf.tables.schema import TABLES
from hnf.tables.store import Store


def register(store: Store) -> Register:
    return register_of(authority_rows(store))


def authority_rows(store: Store) -> list[Row]:
    return store.table("authorities").to_dicts()


def grid_of_areas(width: int, height: int) -> tuple[list[str], np.ndarray, list[tuple[str, str]]]:
    """Areas that already are equal squares side by side."""
    codes = [f"{x + width * y:03}" for y in range(height) for x in range(width)]
    centres = np.array([(x, y) for y in range(height) for x in range(width)], dtype=float)
    beside = [(a, b) for row in range(height) for a, b in pairwise(codes[row * width : (row + 1) * width])]
    return codes, centres - centres.mean(axis=0), beside + list(zip(codes, codes[width:], strict=False))


def test_squares_stay_where_they_are() -> None:
    codes, centres, borders = grid_of_areas(5, 4)
    found = lay_out(codes, centres, borders, dict.fromkeys(codes, "one"))
    assert found == {code: (number % 5 + 1, number // 5 + 1) for number, code in enumerate(codes)}


def test_a_crowd_of_small_areas_is_given_room_and_keeps_its_order() -> None:
    codes, centres, borders = grid_of_areas(6, 6)
    crowded = np.sign(centres) * np.abs(centres) ** 3  # the middle four are close together
    found = lay_out(codes, crowded, borders, dict.fromkeys(codes, "one"))
    steps = [max(abs(found[a][0] - found[b][0]), abs(found[a][1] - found[b][1])) for a, b in borders]
    assert len(set(found.values())) == 36
    assert np.mean(np.array(steps) == 1) >= 0.85
    assert max(steps) <= 2


def test_a_layout_does_not_depend_on_the_order_of_borders() -> None:
    codes, centres, borders = grid_of_areas(4, 4)
    bent = centres * [1.3, 0.6] + centres[:, ::-1] * 0.2
    regions = {code: str(int(code) % 2) for code in codes}
    turned = [(b, a) for a, b in reversed(borders)]
    assert lay_out(codes, bent, borders, regions) == lay_out(codes, bent, turned, regions)


def test_regions_in_pieces_are_put_together() -> None:
    """Two regions side by side, of which one reaches round the other: both stay whole."""
    codes, centres, borders = grid_of_areas(5, 5)
    regions = {code: "inner" if 6 <= int(code) <= 8 or 11 <= int(code) <= 13 else "outer" for code in codes}
    found = lay_out(codes, centres * [1, 0.4], borders, regions)
    outer = {found[code] for code in codes if regions[code] == "outer"}
    reached = {min(outer)}
    while (
        more := {(x + dx, y + dy) for x, y in reached for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))}
        & outer - reached
    ):
        reached |= more
    assert reached == outer


def test_an_island_stands_off_the_coast_in_its_direction() -> None:
    codes, centres, borders = grid_of_areas(3, 3)
    found = lay_out([*codes, "900"], np.vstack([centres, [1.2, 1.9]]), borders, dict.fromkeys([*codes, "900"], "one"))
    assert found["900"] == (3, 5)


def test_spread_out_places_are_whole_parts_of_a_square() -> None:
    _, centres, _ = grid_of_areas(3, 3)
    places = spread_out(centres / 5, ((0, 1), (1, 2), (4, 8)))
    assert (places * 4096 == np.round(places * 4096)).all()


def test_the_centre_of_area_leaves_out_holes() -> None:
    """A square of two by two degrees at the equator with its north-east quarter cut out, worked by hand."""
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]
    hole = [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0), (1.0, 1.0)]
    east, south, area = centre_and_area([[square, hole]])
    a_degree_east, a_degree_south = np.cos(np.radians(53)) * 111.32, 111.32
    assert east == pytest.approx(a_degree_east * 5 / 6)
    assert south == pytest.approx(-a_degree_south * 5 / 6)
    assert area == pytest.approx(3 * a_degree_east * a_degree_south)


def test_tiles_load_and_a_boundary_without_area_is_named(store: Store) -> None:
    entry, known = source("boundaries", "boundaries", "b.geojson", b""), register(store)
    borders = load_borders(entry, BOUNDARIES.encode(), known)
    rows = load_tiles(entry, BOUNDARIES.encode(), known, authority_rows(store), borders)
    assert [(row["la_code"], row["column"], row["row"], row["longitude"], row["latitude"]) for row in rows] == [
        ("822", 2, 1, 1.5, 0.5),
        ("919", 1, 1, 0.5, 0.5),
    ]
    features = json.loads(BOUNDARIES)["features"]
    features[1]["geometry"] = {"type": "Polygon", "coordinates": [[[1, 1], [1, 0], [1, 1]]]}
    with pytest.raises(SourceError, match="the boundary of E06000055 has no area"):
        load_tiles(entry, json.dumps({"features": features}).encode(), known, authority_rows(store), borders)


def test_two_authorities_on_one_cell_are_refused(tables: Path, store: Store) -> None:
    rows = store.table("tiles").to_dicts()
    rows[1] |= {"column": rows[0]["column"], "row": rows[0]["row"]}
    (tables / "tiles.csv").write_bytes(to_csv(to_frame(TABLES["tiles"], rows)))
    with pytest.raises(TableError, match="2 rows of tiles share column and row with another, such as 201; 202"):
        Store(tables).table("tiles")


@pytest.mark.raw
def test_the_shipped_layout_is_what_the_boundaries_give(raw: Path, store: Store) -> None:
    entry = next(source for source in load_catalogue() if source.id == "utla_boundaries_2023")
    content, known = entry.read(raw), register(store)
    rows = load_tiles(entry, content, known, authority_rows(store), load_borders(entry, content, known))
    assert rows == store.table("tiles").to_dicts()
