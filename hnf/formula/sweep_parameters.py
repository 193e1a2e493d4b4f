"""What a parameter of a sweep may be: a distribution between two bounds, or a list of values.

Each is used through its quantile function: a share of 0 gives the least value, 1 the largest. A point of a sample has
one share for each parameter, so that the same points serve every kind of distribution.

Distributions are those of `scipy.stats`, with the words of a reader for their arguments:

========== ========================= =====================================================================
name       arguments                 in scipy.stats
========== ========================= =====================================================================
uniform    low, high                 ``uniform(low, high - low)``
triang     low, mode, high           ``triang((mode - low) / (high - low), low, high - low)``
truncnorm  mean, sd, low, high       ``truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)``
========== ========================= =====================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.parameter_checks import refuse_unknown_keys, require_keys
from hnf.results import FloatArray

#: Arguments of each distribution, all numbers.
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "triang": ("low", "mode", "high"),
    "truncnorm": ("mean", "sd", "low", "high"),
}
#: More values than anybody lists by hand: a slip of the keyboard in `steps`.
MOST_VALUES = 10_000
_HOW = 'Write { distribution = "uniform", low = 0, high = 5 }, { values = [0, 5] } or { from = 0, to = 5, steps = 6 }.'


@dataclass(frozen=True)
class VariedParameter:
    """A parameter that takes another value in each scenario.

    Parameters
    ----------
    name : str
        As results name it.
    distribution : str
        One of `DISTRIBUTIONS`, or `values`.
    arguments : tuple of float
        Those of the distribution in the order of `DISTRIBUTIONS`, or the values, each as likely as the others.
    """

    name: str
    distribution: str
    arguments: tuple[float, ...]

    @property
    def is_list(self) -> bool:
        """Whether it takes listed values only."""
        return self.distribution == "values"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value."""
        if self.is_list:
            return min(self.arguments), max(self.arguments)
        named = dict(zip(DISTRIBUTIONS[self.distribution], self.arguments, strict=True))
        return named["low"], named["high"]

    def in_words(self) -> str:
        """The distribution and its arguments as a reader sees them."""
        if self.is_list:
            shown = ", ".join(f"{value:g}" for value in self.arguments[:8])
            return f"{shown}, … ({len(self.arguments)} values)" if len(self.arguments) > 8 else shown
        named = zip(DISTRIBUTIONS[self.distribution], self.arguments, strict=True)
        return f"{self.distribution}: " + ", ".join(f"{name} {value:g}" for name, value in named)

    def quantiles(self, shares: FloatArray) -> FloatArray:
        """Return the values at the given shares of probability, 0 to 1: an array of the same shape."""
        if self.is_list:
            values = np.asarray(self.arguments, dtype=np.float64)
            places = np.minimum((shares * values.size).astype(np.int64), values.size - 1)
            return values[places]
        low, high = self.bounds
        # Rounding within the quantile function may step over a bound by the last bit.
        found: FloatArray = np.clip(self._frozen().ppf(shares), low, high)
        return found

    def _frozen(self) -> Any:
        from scipy import stats

        if self.distribution == "uniform":
            low, high = self.arguments
            return stats.uniform(low, high - low)
        if self.distribution == "triang":
            low, mode, high = self.arguments
            return stats.triang((mode - low) / (high - low), low, high - low)
        mean, deviation, low, high = self.arguments
        return stats.truncnorm((low - mean) / deviation, (high - mean) / deviation, mean, deviation)


def read_varied(name: str, entry: Mapping[str, Any], where: str) -> VariedParameter:
    """Read and check one varied parameter of a sweep file.

    Parameters
    ----------
    name : str
        As messages and results name it.
    entry : mapping
        With `distribution` and its arguments, with `values`, or with `from`, `to` and `steps`.
    where : str
        The file.

    Raises
    ------
    FormulaError
        If keys are unknown or missing, or the numbers make no distribution.
    """
    if "distribution" in entry:
        return _read_distribution(name, entry, where)
    if "values" in entry:
        refuse_unknown_keys(entry, ("values",), where, name)
        return VariedParameter(name, "values", _read_values(name, entry["values"], where))
    if "steps" in entry or "from" in entry or "to" in entry:
        return _read_steps(name, entry, where)
    raise FormulaError(f"{name} has neither distribution, values nor steps", where=where, todo=_HOW)


def _read_distribution(name: str, entry: Mapping[str, Any], where: str) -> VariedParameter:
    kind = entry["distribution"]
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        raise FormulaError(
            f"{name} has the distribution {kind!r}, which is not known",
            where=where,
            todo=f"Use {', '.join(DISTRIBUTIONS)}, or list the values.",
        )
    arguments = DISTRIBUTIONS[kind]
    refuse_unknown_keys(entry, ("distribution", *arguments), where, name)
    require_keys(entry, arguments, where, name)
    numbers = {key: _number(f"{name}.{key}", entry[key], where) for key in arguments}
    if numbers["low"] >= numbers["high"]:
        raise FormulaError(
            f"{name} goes from {numbers['low']:g} to {numbers['high']:g}",
            where=where,
            todo="Let low be less than high, or write one number for a fixed parameter.",
        )
    if not numbers["low"] <= numbers.get("mode", numbers["low"]) <= numbers["high"]:
        raise FormulaError(f"{name}.mode is not between low and high", where=where, todo="Correct one of them.")
    if numbers.get("sd", 1.0) <= 0:
        raise FormulaError(f"{name}.sd is {numbers['sd']:g}, not above 0", where=where, todo="Give the spread.")
    _refuse_empty_tail(name, numbers, where)
    return VariedParameter(name, kind, tuple(numbers[key] for key in arguments))


def _refuse_empty_tail(name: str, numbers: Mapping[str, float], where: str) -> None:
    """Refuse bounds that lie so far to one side of the mean that the distribution cannot be computed."""
    if "sd" not in numbers:
        return
    nearest = max(numbers["low"] - numbers["mean"], numbers["mean"] - numbers["high"], 0.0) / numbers["sd"]
    if nearest > 8:
        raise FormulaError(
            f"{name} has bounds {nearest:.0f} standard deviations from its mean",
            where=where,
            todo="Correct mean, sd, low or high.",
        )


def _read_values(name: str, values: Any, where: str) -> tuple[float, ...]:
    if not isinstance(values, list) or not values:
        raise FormulaError(f"{name}.values is not a list of numbers", where=where, todo="Write values = [0, 2.5, 5].")
    if len(values) > MOST_VALUES:
        raise FormulaError(f"{name} lists {len(values):,} values, the most is {MOST_VALUES:,}", where=where)
    numbers = tuple(_number(f"{name}.values", value, where) for value in values)
    if len(set(numbers)) < len(numbers):
        raise FormulaError(f"{name}.values has a value twice", where=where, todo="Write each once.")
    return numbers


def _read_steps(name: str, entry: Mapping[str, Any], where: str) -> VariedParameter:
    keys = ("from", "to", "steps")
    refuse_unknown_keys(entry, keys, where, name)
    require_keys(entry, keys, where, name)
    steps = entry["steps"]
    if isinstance(steps, bool) or not isinstance(steps, int) or not 2 <= steps <= MOST_VALUES:
        raise FormulaError(
            f"{name}.steps is {steps!r}", where=where, todo=f"Give a whole number from 2 to {MOST_VALUES:,}."
        )
    low, high = (_number(f"{name}.{key}", entry[key], where) for key in keys[:2])
    if low >= high:
        raise FormulaError(f"{name} goes from {low:g} to {high:g}", where=where, todo="Let from be less than to.")
    return VariedParameter(name, "values", tuple(float(value) for value in np.linspace(low, high, steps)))


def _number(key: str, value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FormulaError(f"{key} is {value!r}, not a number", where=where, todo="Give a number.")
    return float(value)
