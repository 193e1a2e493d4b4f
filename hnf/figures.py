"""A figure: one number with its unit, its basis and the way back to the published cells it rests on.

Every number that `hnf` prints is a `Figure`. Its id names what it is (`kind:part:part`), so that the same id always
means the same quantity and `hnf trace ID` can recompute it and walk its inputs down to publisher, file, sheet and
cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["published", "derived", "estimated"]
Unit = Literal[
    "gbp", "gbp_per_head", "gbp_per_pupil", "gbp_per_plan", "count", "pct", "rank", "share", "index", "coefficient"
]

#: From the surest to the least sure: a figure is no surer than its least sure input.
BASES: tuple[Basis, ...] = ("published", "derived", "estimated")


@dataclass(frozen=True)
class Figure:
    """One number and where it comes from.

    Parameters
    ----------
    id : str
        `kind:part:…`, stable between runs and releases.
    label : str
        What the number is, in words, with place and period.
    value : float, int or None
        The number, unrounded, in `unit`; None where the publisher prints a symbol or nothing.
    unit : str
        Unit of `value`; percentages are 0 to 100, shares 0 to 1.
    basis : str
        `published` (a cell), `derived` (arithmetic on cells) or `estimated` (rests on an assumption).
    inputs : tuple of str
        Ids of the figures it is computed from; empty for a published figure.
    derivation : str
        The arithmetic in words; empty for a published figure.
    status : str
        Why `value` is None, in words; empty where there is a value.
    """

    id: str
    label: str
    value: float | int | None
    unit: Unit
    basis: Basis
    inputs: tuple[str, ...] = ()
    derivation: str = ""
    status: str = ""


def least_sure(figures: list[Figure]) -> Basis:
    """The basis of a number computed from `figures`: never better than `derived`."""
    worst = max((BASES.index(figure.basis) for figure in figures), default=0)
    return BASES[max(worst, 1)]
