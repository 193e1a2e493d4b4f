"""Sweep files: a scenario whose numbers are distributions or lists of values, and how many scenarios to draw from them.

A sweep file is a scenario file (`hnf.scenarios.files`) in which any number of a change may be a table, as in
`pct = { distribution = "uniform", low = 0, high = 5 }`, with a table `[sample]` that says how scenarios are chosen.
Both ends of every range must be numbers that the scenario file could hold.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.parameters import read_toml, refuse_unknown_keys, require_keys
from hnf.results import FloatArray
from hnf.scenarios.changes import KINDS, BlockArrays, Change, scenario_totals
from hnf.scenarios.files import LIBRARY_FOLDER, Scenario, check_changes, check_top, read_text, scenario_of

# The block under changes whose numbers vary from scenario to scenario: the same functions as a single scenario.


@dataclass(frozen=True)
class Place:
    """Where a varied parameter goes: the number of the change, from 0, and the parameter's key in it."""

    change: int
    key: str


@dataclass(frozen=True)
class BlockModel:
    """The published block and changes in order; `places` says where each varied parameter goes, by its name."""

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
        """Write the block of s scenarios into `out`, £ of shape (s, n); values are of shape (s,), by parameter."""
        out[:] = scenario_totals(self.arrays, self.with_values(values))

    def with_values(self, values: Mapping[str, FloatArray]) -> tuple[Change, ...]:
        """Return the changes with the values put in, each as an array of shape (s, 1)."""
        filled = [dict(change.parameters) for change in self.changes]
        for name, place in self.places.items():
            filled[place.change][place.key] = values[name][:, None]
        return tuple(Change(change.kind, each) for change, each in zip(self.changes, filled, strict=True))


# What a parameter of a sweep may be: a distribution between two bounds, or a list of values.
#
# Each is used through its quantile function: a share of 0 gives the least value, 1 the largest. A point of a
# sample has one share for each parameter, so that the same points serve every kind of distribution.
#
# Distributions are those of `scipy.stats` under the names they have there (`_frozen`), with a reader's arguments.

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
    """A parameter that takes another value in each scenario: by a distribution, or one of `values`, each as likely."""

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
    """Read and check one varied parameter of a sweep file."""
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


# The points of a sweep: any stretch of them, the same whoever computes it and in whatever pieces.
#
# A point has one share of probability (0 to 1) for each parameter. Points come from `scipy.stats.qmc`: a
# scrambled Sobol sequence, a Latin hypercube, or every combination of listed values (a grid).

#: How points may be chosen.
METHODS = ("sobol", "latin_hypercube", "grid")
#: Differs from the seed of the sample, so that indices do not rest on the same points as the ranges.
_INDEX_STREAM = 1


@dataclass(frozen=True)
class Sample:
    """A stated number of points in so many dimensions, by one of `METHODS`; a grid has `levels` for each parameter.

    A grid has as many points as the product of its levels, and does not use the seed.
    """

    method: str
    count: int
    dimensions: int
    seed: int
    levels: tuple[int, ...] = ()

    def points(self, first: int, count: int) -> FloatArray:
        """Return a stretch of the points: shape (count, dimensions)."""
        if self.method == "grid":
            return grid_points(self.levels, first, count)
        if self.method == "latin_hypercube":
            return _latin_hypercube(self.dimensions, self.count, self.seed)[first : first + count]
        return sobol_points(self.dimensions, (self.seed,), first, count)


def grid_size(levels: tuple[int, ...]) -> int:
    """Return the number of combinations."""
    return math.prod(levels)


def grid_points(levels: tuple[int, ...], first: int, count: int) -> FloatArray:
    """Return a stretch of all combinations, the last parameter changing fastest: shape (count, parameters).

    Shares are the middles of equal intervals, one for each value.
    """
    places = np.unravel_index(np.arange(first, first + count), levels)
    return np.column_stack([(place + 0.5) / level for place, level in zip(places, levels, strict=True)])


def sobol_points(dimensions: int, seed: tuple[int, ...], first: int, count: int) -> FloatArray:
    """Return a stretch of a scrambled Sobol sequence: shape (count, dimensions)."""
    from scipy.stats import qmc

    engine = qmc.Sobol(dimensions, seed=np.random.default_rng(seed))
    if first:
        engine.fast_forward(first)
        return np.asarray(engine.random(count), dtype=np.float64)
    start = engine.random(1)  # alone: a first call for any number but a power of two brings a warning
    return np.asarray(start if count == 1 else np.concatenate([start, engine.random(count - 1)]), dtype=np.float64)


def saltelli_points(dimensions: int, base: int, seed: int, first: int, count: int) -> FloatArray:
    """Return a stretch of Saltelli's design of `base` rows of A: shape (count, dimensions)."""
    points = np.empty((count, dimensions))
    done = 0
    while done < count:
        block, row = divmod(first + done, base)
        rows = min(base - row, count - done)
        both = sobol_points(2 * dimensions, (seed, _INDEX_STREAM), row, rows)
        a, b = both[:, :dimensions], both[:, dimensions:]
        chosen = points[done : done + rows]
        chosen[:] = b if block == 1 else a
        if block > 1:
            chosen[:, block - 2] = b[:, block - 2]
        done += rows
    return points


@lru_cache(maxsize=1)
def _latin_hypercube(dimensions: int, count: int, seed: int) -> FloatArray:
    """Return a whole Latin hypercube, which cannot be drawn in pieces."""
    from scipy.stats import qmc

    points = np.asarray(qmc.LatinHypercube(dimensions, seed=np.random.default_rng(seed)).random(count))
    points.flags.writeable = False
    return points


SWEEPS_FOLDER = LIBRARY_FOLDER / "sweeps"
#: Rows of matrix A of the design for the indices, where the file does not say.
INDEX_BASE = 1024
#: More scenarios than a range needs, and all that fit on a disk.
MOST_SCENARIOS = 10_000_000
#: Points of a Latin hypercube are drawn as a whole and stay in memory.
MOST_HYPERCUBE = 1_000_000
MOST_INDEX_BASE = 1 << 16
LARGEST_SEED = 2**63 - 1
_SAMPLE_KEYS = ("method", "scenarios", "seed", "index_base")


@dataclass(frozen=True)
class SweepFile:
    """A sweep as its file describes it: a scenario whose varied numbers are at their least, and what varies where.

    `index_base` is the rows of matrix A for the indices; 0 for none.
    """

    scenario: Scenario
    parameters: tuple[VariedParameter, ...]
    places: Mapping[str, Place]
    sample: Sample
    index_base: int
    where: str


def find_sweep(word: str) -> SweepFile:
    """Return the sweep that a word means: a path, or the name of one that ships.

    Raises
    ------
    FormulaError
        If there is no such file, or it cannot be used.
    """
    shipped = {path.stem: path for path in sorted(SWEEPS_FOLDER.glob("*.toml"))}
    path = shipped.get(word, Path(word))
    if not path.is_file():
        near = difflib.get_close_matches(word, shipped, n=1)
        raise FormulaError(
            f"there is no sweep file '{word[:60]}'",
            todo=f"Did you mean {near[0]}?"
            if near
            else f"Give the path of a .toml file; {', '.join(shipped)} ship with hnf.",
        )
    where = path.name if word in shipped else str(path)
    return parse_sweep(read_text(path), path.stem, where)


def parse_sweep(text: str, name: str, where: str) -> SweepFile:
    """Read and check the text of a sweep file."""
    document = read_toml(text, where)
    table = document.pop("sample", None)
    check_top(document, where)
    parameters, places, lows, highs = _vary(document["change"], where)
    changes = check_changes(lows, where)
    check_changes(highs, where)
    sample, index_base = _read_sample(table, parameters, where)
    scenario = scenario_of(document, changes, name, where)
    return SweepFile(scenario, parameters, places, sample, index_base, where)


def check_count(count: Any, method: str, key: str, where: str) -> int:
    """Return a number of scenarios."""
    most = MOST_HYPERCUBE if method == "latin_hypercube" else MOST_SCENARIOS
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
        raise FormulaError(f"{key} is {count!r}", where=where, todo=f"Give a whole number from 1 to {most:,}.")
    return count


def check_seed(seed: Any, key: str, where: str) -> int:
    """Return the seed of the random numbers."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise FormulaError(f"{key} is {seed!r}", where=where, todo="Give a whole number that is not negative.")
    return seed


_Entries = list[dict[str, Any]]


def _vary(entries: Any, where: str) -> tuple[tuple[VariedParameter, ...], dict[str, Place], _Entries, _Entries]:
    """Take the varied numbers out of the changes, and return the changes with the least and the largest of each."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        check_changes(entries, where)  # says what is wrong
    found: dict[str, VariedParameter] = {}
    places: dict[str, Place] = {}
    lows: _Entries = [dict(entry) for entry in entries]
    highs: _Entries = [dict(entry) for entry in entries]
    kinds = [str(entry.get("kind")) for entry in entries]
    for number, entry in enumerate(entries):
        for key, value in entry.items():
            if not isinstance(value, dict) or "value" in value or key == "kind":
                continue
            _refuse_choice(kinds[number], key, f"change {number + 1}: {key}", where)
            parameter = read_varied(f"change {number + 1}: {key}", value, where)
            kind = kinds[number] if kinds.count(kinds[number]) == 1 else f"{kinds[number]}_{number + 1}"
            name = f"{kind}_{key}"
            found[name] = VariedParameter(name, parameter.distribution, parameter.arguments)
            places[name] = Place(number, key)
            lows[number][key], highs[number][key] = found[name].bounds
    if not found:
        raise FormulaError(
            "nothing varies in this file",
            where=where,
            todo='Write a number as { distribution = "uniform", low = 0, high = 5 }, or use `hnf scenario run`.',
        )
    return tuple(found.values()), places, lows, highs


def _refuse_choice(kind: str, key: str, place: str, where: str) -> None:
    known = KINDS[kind].parameter(key) if kind in KINDS else None
    if known is not None and known.unit == "choice":
        raise FormulaError(f"{place} is a choice, which cannot vary", where=where, todo="Write a sweep for each.")


def _read_sample(table: Any, parameters: tuple[VariedParameter, ...], where: str) -> tuple[Sample, int]:
    if not isinstance(table, dict):
        raise FormulaError(
            "the table [sample] is missing", where=where, todo="Add [sample] with method, scenarios and seed."
        )
    refuse_unknown_keys(table, _SAMPLE_KEYS, where, "sample")
    require_keys(table, ("method", "seed"), where, "sample")
    method = table["method"]
    levels: tuple[int, ...] = ()
    if method not in METHODS:
        raise FormulaError(f"sample.method is {method!r}", where=where, todo=f"Use {', '.join(METHODS)}.")
    if method == "grid":
        levels, count = _grid(table, parameters, where)
    else:
        require_keys(table, ("scenarios",), where, "sample")
        count = check_count(table["scenarios"], method, "sample.scenarios", where)
    seed = check_seed(table["seed"], "sample.seed", where)
    base = table.get("index_base", INDEX_BASE)
    if isinstance(base, bool) or not isinstance(base, int) or not 0 <= base <= MOST_INDEX_BASE or base & (base - 1):
        raise FormulaError(
            f"sample.index_base is {base!r}",
            where=where,
            todo=f"Give a power of two up to {MOST_INDEX_BASE:,}, or 0 for no indices.",
        )
    return Sample(method, count, len(parameters), seed, levels), base


def _grid(table: Mapping[str, Any], parameters: tuple[VariedParameter, ...], where: str) -> tuple[tuple[int, ...], int]:
    """Return the number of values of each parameter, and of their combinations."""
    if "scenarios" in table:
        raise FormulaError(
            "sample.scenarios does not go with a grid, which takes every combination", where=where, todo="Remove it."
        )
    drawn = [parameter.name for parameter in parameters if not parameter.is_list]
    if drawn:
        raise FormulaError(
            f"a grid needs listed values, and {', '.join(drawn)} is a distribution",
            where=where,
            todo="Write { from = 0, to = 5, steps = 6 }, or use the method sobol.",
        )
    levels = tuple(len(parameter.arguments) for parameter in parameters)
    count = grid_size(levels)
    if count > MOST_SCENARIOS:
        raise FormulaError(
            f"the grid has {count:,} combinations, the most is {MOST_SCENARIOS:,}",
            where=where,
            todo="List fewer values, or use the method sobol.",
        )
    return levels, count
