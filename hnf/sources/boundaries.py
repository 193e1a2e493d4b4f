"""Loader of boundaries: which authorities border on each other.

The boundaries were simplified with shared lines kept shared: two authorities that meet have line segments with the very
same end points, and none meets in a single point. Boundaries in water count, such as those along the middle of the
Thames.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, permutations

from hnf.errors import SourceError
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row

Polygon = list[list[tuple[float, float]]]
_Segment = frozenset[tuple[float, float]]


def load_borders(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the pairs of authorities that share a line.

    Parameters
    ----------
    source : Source
    content : bytes
        GeoJSON with polygons and an ONS `code` in the properties of each.
    register : Register
        Known authorities.

    Returns
    -------
    list of dict
        Rows of `borders`, each pair in both directions.

    Raises
    ------
    SourceError
        If the file is no GeoJSON of such features, a code is unknown or stands twice, or no two features share a line.
    """
    owners: dict[_Segment, set[str]] = {}
    seen: set[str] = set()
    for gss_code, polygons in read_features(source, content):
        if gss_code not in register.la_code_of_gss or gss_code in seen:
            problem = "stands twice" if gss_code in seen else "is not in the register"
            raise SourceError(f"authority '{gss_code}' {problem}", where=source.id)
        seen.add(gss_code)
        for segment in _segments(polygons):
            owners.setdefault(segment, set()).add(gss_code)
    shared = Counter(pair for codes in owners.values() for pair in permutations(sorted(codes), 2))
    if not shared:
        raise SourceError("no two authorities share a line", where=source.id, todo="Use boundaries with shared lines.")
    return [
        {
            "la_code": register.la_code_of_gss[own],
            "neighbour_la_code": register.la_code_of_gss[other],
            "shared_segments": count,
            "source_id": source.id,
            "cell": f"features {own} and {other}",
        }
        for (own, other), count in shared.items()
    ]


def read_features(source: Source, content: bytes) -> Iterator[tuple[str, list[Polygon]]]:
    """Read the boundaries: the ONS code of each and its polygons, a list of rings of points each.

    Raises
    ------
    SourceError
        If the file is no GeoJSON of polygons with a code for each.
    """
    try:
        features = json.loads(content)["features"]
        found = [(feature["properties"]["code"], feature["geometry"]) for feature in features]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"the file is not GeoJSON with a code for each feature ({type(error).__name__}: {error})",
            where=source.id,
            todo="Check that this is the file the catalogue describes.",
        ) from error
    for gss_code, geometry in found:
        try:
            nested = geometry["coordinates"]
            polygons = {"Polygon": [nested], "MultiPolygon": nested}[geometry["type"]]
            yield gss_code, [[[(float(x), float(y)) for x, y in ring] for ring in polygon] for polygon in polygons]
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                f"the boundary of {gss_code} is not made of polygons ({type(error).__name__}: {error})",
                where=source.id,
            ) from error


def _segments(polygons: list[Polygon]) -> Iterator[_Segment]:
    for ring in [ring for polygon in polygons for ring in polygon]:
        yield from (frozenset(ends) for ends in pairwise(ring) if ends[0] != ends[1])
