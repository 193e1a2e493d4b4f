"""Loader of the tile map: one equal square for each authority, laid out from the boundaries.

Authorities that border on others are laid out together (`tile_places`, `tile_grid`). An island stands off the coast, in
the direction in which it lies from the nearest of them, with water on all sides.
"""

from __future__ import annotations

import numpy as np

from hnf.errors import SourceError
from hnf.sources.boundaries import read_features
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.tile_grid import Whole, assign_cells
from hnf.sources.tile_places import Pairs, Places, centre_and_area, in_degrees, in_sides, spread_out

#: Cells between an island and the authority nearest to it, corner to corner.
_OFFSHORE = 2
#: How far from there a cell without neighbours is looked for.
_SEARCH = 8


def load_tiles(
    source: Source, content: bytes, register: Register, authorities: list[Row], borders: list[Row]
) -> list[Row]:
    """Lay out a square for each authority that has a boundary.

    Parameters
    ----------
    source : Source
    content : bytes
        GeoJSON with polygons and an ONS `code` in the properties of each.
    register : Register
        Known authorities.
    authorities, borders : list of dict
        Rows of those tables: regions, and who borders on whom.

    Returns
    -------
    list of dict
        Rows of `tiles`: columns count from the west, rows from the north, both from 1.

    Raises
    ------
    SourceError
        If the file is no GeoJSON of such features, or a boundary has no area.
    """
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
    """Return column and row of each authority.

    Parameters
    ----------
    codes : list of str
        All authorities, sorted.
    centres : array of shape (n, 2)
        In sides of a square, eastwards and southwards.
    borders : list of (str, str)
        Pairs in either direction, or both.
    regions : dict of str to str
    """
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
