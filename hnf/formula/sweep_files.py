"""Sweep files: a scenario whose numbers are distributions or lists of values, and how many scenarios to draw from them.

A sweep file is a scenario file (`hnf.formula.scenario_files`) in which any number of a change may be a table, as in
`pct = { distribution = "uniform", low = 0, high = 5 }`, with a table `[sample]` that says how scenarios are chosen.
Both ends of every range must be numbers that the scenario file could hold.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hnf.errors import FormulaError
from hnf.formula.change_schema import KINDS
from hnf.formula.parameter_checks import refuse_unknown_keys, require_keys
from hnf.formula.scenario_checks import check_changes, check_text, check_top, check_years
from hnf.formula.scenario_files import LIBRARY_FOLDER, Scenario, read_text
from hnf.formula.sweep_model import Place
from hnf.formula.sweep_parameters import VariedParameter, read_varied
from hnf.formula.sweep_samples import METHODS, Sample, grid_size

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
    """A sweep as its file describes it.

    Parameters
    ----------
    scenario : Scenario
        Title, author, reference, years and changes; numbers that vary stand at their least.
    parameters : tuple of VariedParameter
        What varies.
    places : Mapping
        Where each of them goes, by name.
    sample : Sample
        How the scenarios are chosen.
    index_base : int
        Rows of matrix A for the indices; 0 for none.
    where : str
        The file.
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
    """Read and check the text of a sweep file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        Name of the sweep.
    where : str
        The file, for messages.

    Raises
    ------
    FormulaError
        If it is not TOML or anything in it is not as described; names the file, the key and the next step.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormulaError(f"not readable as TOML ({error})", where=where, todo="Correct that line.") from error
    table = document.pop("sample", None)
    check_top(document, where)
    parameters, places, lows, highs = _vary(document["change"], where)
    changes = check_changes(lows, where)
    check_changes(highs, where)
    sample, index_base = _read_sample(table, parameters, where)
    scenario = Scenario(
        name=name,
        title=check_text(document["title"], "title", where),
        author=check_text(document["author"], "author", where),
        reference=check_text(document["reference"], "reference", where),
        years=check_years(document["year"], where),
        changes=changes,
        places=tuple(f"{where}, change {number}" for number in range(1, len(changes) + 1)),
    )
    return SweepFile(scenario, parameters, places, sample, index_base, where)


def check_count(count: Any, method: str, key: str, where: str) -> int:
    """Return a number of scenarios.

    Raises
    ------
    FormulaError
        If it is not a whole number in range.
    """
    most = MOST_HYPERCUBE if method == "latin_hypercube" else MOST_SCENARIOS
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
        raise FormulaError(f"{key} is {count!r}", where=where, todo=f"Give a whole number from 1 to {most:,}.")
    return count


def check_seed(seed: Any, key: str, where: str) -> int:
    """Return the seed of the random numbers.

    Raises
    ------
    FormulaError
        If it is not a whole number in range.
    """
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
