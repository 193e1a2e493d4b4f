"""The block under changes whose numbers vary from scenario to scenario: the same functions as a single scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hnf.formula.block_arrays import BlockArrays
from hnf.formula.change_kinds import scenario_totals
from hnf.formula.change_schema import Change
from hnf.results import FloatArray


@dataclass(frozen=True)
class Place:
    """Where a varied parameter goes: the number of the change, from 0, and the parameter's key in it."""

    change: int
    key: str


@dataclass(frozen=True)
class BlockModel:
    """The block of a year after changes.

    Parameters
    ----------
    arrays : BlockArrays
        The block as published.
    changes : tuple of Change
        In order; the numbers that vary are replaced in each scenario.
    places : Mapping
        Where each varied parameter goes, by its name.
    """

    arrays: BlockArrays
    changes: tuple[Change, ...]
    places: Mapping[str, Place]

    @property
    def la_codes(self) -> tuple[str, ...]:
        """The authorities."""
        return self.arrays.la_codes

    @property
    def baseline_gbp(self) -> FloatArray:
        """The block as published, £ of shape (n,)."""
        return self.arrays.published_total

    @property
    def heads(self) -> FloatArray:
        """People aged 2 to 18 by ONS estimate, shape (n,)."""
        return self.arrays.heads_ons

    def amounts(self, values: Mapping[str, FloatArray], out: FloatArray) -> None:
        """Write the block of s scenarios into `out`, £ of shape (s, n); values are of shape (s,), by parameter.

        Raises
        ------
        FormulaError
            If one of the scenarios cannot be paid for.
        """
        out[:] = scenario_totals(self.arrays, self.with_values(values))

    def with_values(self, values: Mapping[str, FloatArray]) -> tuple[Change, ...]:
        """Return the changes with the values put in, each as an array of shape (s, 1)."""
        filled = [dict(change.parameters) for change in self.changes]
        for name, place in self.places.items():
            filled[place.change][place.key] = values[name][:, None]
        return tuple(Change(change.kind, each) for change, each in zip(self.changes, filled, strict=True))
