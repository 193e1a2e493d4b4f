"""Where each authority stands before there is a grid: its centre of area, then spread out so that each has equal room.

Authorities differ in size by a factor of three thousand: on a map of equal squares London has to grow and the counties
have to shrink. Every border between two authorities asks for about one square between their centres, in the direction
in which they lie; squares that overlap push each other apart. Lengths are in sides of a square, y counts southwards.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

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
    """Return the centre of area of polygons (longitude and latitude, holes included).

    Returns
    -------
    tuple of float
        Kilometres eastwards of Greenwich, kilometres southwards of the equator (negative), square kilometres.

    Raises
    ------
    ValueError
        If the polygons have no area.
    """
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
    """Give every authority about a square of room.

    Parameters
    ----------
    centres : array of shape (n, 2)
        In sides of a square.
    pairs : tuple of (int, int)
        Who borders on whom.

    Returns
    -------
    array of shape (n, 2)
        In sides of a square, rounded to 1/4096.
    """
    ends = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    apart = centres[ends[:, 1]] - centres[ends[:, 0]]
    length = np.maximum(np.hypot(apart[:, 0], apart[:, 1]), 1 / _PARTS)
    direction = apart / length[:, None]
    asked = _SIDES * length**_POWER
    wish = direction * np.maximum(1, asked)[:, None]
    places = _rounded(_first_places(centres, ends, direction * asked[:, None]))
    for _ in range(_STEPS):
        move = _PUSH * _overlaps(places)
        now = places[ends[:, 1]] - places[ends[:, 0]]
        pull = np.where((now * direction).sum(axis=1) < _CLOSE, _PULL * _HARDER, _PULL)
        lack = pull[:, None] * (now - wish)
        np.add.at(move, ends[:, 0], lack)
        np.add.at(move, ends[:, 1], -lack)
        places = _rounded(places + np.clip(move, -_LONGEST, _LONGEST))
    return places


def _first_places(centres: Places, ends: npt.NDArray[np.intp], wish: Places) -> Places:
    """Return the places that serve all wishes of borders best, in the sense of least squares."""
    count = len(centres)
    matrix = np.eye(count) * _HOLD
    right = centres * _HOLD
    for (one, other), vector in zip(ends, wish, strict=True):
        matrix[[one, other], [one, other]] += 1
        matrix[[one, other], [other, one]] -= 1
        right[one] -= vector
        right[other] += vector
    alone = np.setdiff1d(np.arange(count), ends)
    matrix[alone, alone] = _ALONE
    right[alone] = centres[alone]
    return np.asarray(np.linalg.solve(matrix, right))


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
