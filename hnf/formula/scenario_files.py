"""Scenario files: what changes, for which years, by whom and on what ground; those that ship, and those of a user.

A file is TOML and names its year or years: none is assumed. Its title, author and reference are plain text wherever
they are shown.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hnf.errors import FormulaError
from hnf.formula.change_schema import KINDS, Change
from hnf.formula.scenario_checks import BASELINE, FACTOR_BASELINE, check_changes, check_text, check_top, check_years
from hnf.years import FinancialYear

LIBRARY_FOLDER = Path(__file__).resolve().parent / "scenarios"
_MOST_BYTES = 100_000
JOIN = "+"


@dataclass(frozen=True)
class Scenario:
    """Changes to the block of a year.

    Parameters
    ----------
    name : str
        Of the file, without its ending; combined scenarios are joined by `+`.
    title, author, reference : str
        Plain text.
    years : tuple of FinancialYear
        Those it is for, oldest first.
    changes : tuple of Change
        In the order in which they are made.
    baseline : str
        What is changed: the block as published, or the factors as ingested where a change needs them.
    places : tuple of str
        File and number of each change, for messages.
    is_shipped : bool
        Whether it ships with the package, so that its figures can be traced by name.
    """

    name: str
    title: str
    author: str
    reference: str
    years: tuple[FinancialYear, ...]
    changes: tuple[Change, ...]
    places: tuple[str, ...]
    baseline: str = BASELINE
    is_shipped: bool = False

    @property
    def is_of_factors(self) -> bool:
        """Whether it is computed on the factors that the user has ingested, not on the published block."""
        return self.baseline == FACTOR_BASELINE or any(KINDS[change.kind].needs_factors for change in self.changes)


def parse_scenario(text: str, name: str, where: str) -> Scenario:
    """Read and check the text of a scenario file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        Name of the scenario.
    where : str
        The file, for messages.

    Raises
    ------
    FormulaError
        If it is not TOML or anything in it is not as described; names the file, the key and the next step.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise FormulaError(f"not readable as TOML ({error})", where=where, todo="Correct that line.") from error
    check_top(document, where)
    changes = check_changes(document["change"], where)
    scenario = Scenario(
        name=name,
        title=check_text(document["title"], "title", where),
        author=check_text(document["author"], "author", where),
        reference=check_text(document["reference"], "reference", where),
        years=check_years(document["year"], where),
        changes=changes,
        places=tuple(f"{where}, change {number}" for number in range(1, len(changes) + 1)),
        baseline=document["baseline"],
    )
    return replace(scenario, baseline=FACTOR_BASELINE) if scenario.is_of_factors else scenario


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    FormulaError
        If it cannot be read or used.
    """
    found = parse_scenario(read_text(path), path.stem, str(path))
    return replace(found, is_shipped=path.resolve().parent == LIBRARY_FOLDER)


def read_text(path: Path) -> str:
    """Return the text of a scenario file.

    Raises
    ------
    FormulaError
        If it cannot be read, is not UTF-8 or is far too long.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FormulaError(
            f"the scenario file cannot be read: {error.strerror}",
            where=str(path),
            todo="'hnf scenario list' names those that ship with hnf.",
        ) from error
    if len(content) > _MOST_BYTES:
        raise FormulaError(f"longer than {_MOST_BYTES:,} bytes, which is no scenario", where=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormulaError("not text in UTF-8", where=str(path), todo="Save it as UTF-8.") from error


def library_names() -> list[str]:
    """Return the names of the scenarios that ship with the package, sorted.

    Raises
    ------
    FormulaError
        If none is there.
    """
    names = sorted(path.stem for path in LIBRARY_FOLDER.glob("*.toml"))
    if not names:
        raise FormulaError("the scenarios that ship with hnf are missing", where=str(LIBRARY_FOLDER))
    return names


def library_path(name: str) -> Path:
    """Return the file of a scenario that ships with the package.

    Raises
    ------
    FormulaError
        If there is none of this name; names the nearest.
    """
    names = library_names()
    if name in names:
        return LIBRARY_FOLDER / f"{name}.toml"
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    raise FormulaError(
        f"there is no scenario '{name[:60]}'",
        todo=f"Did you mean {' or '.join(near)}?"
        if near
        else "'hnf scenario list' names those that ship with hnf; a file of yours is given by its path, as my.toml.",
    )


def scenario_path(word: str) -> Path:
    """Return the file that a word means: a path, or the name of one that ships.

    Raises
    ------
    FormulaError
        If there is no such file.
    """
    path = Path(word)
    is_path = path.suffix == ".toml" or len(path.parts) > 1
    if is_path or (word not in library_names() and path.is_file()):
        if not path.is_file():
            problem = "is a folder" if path.is_dir() else "does not exist"
            raise FormulaError(
                f"the scenario file {problem}", where=word, todo="'hnf scenario new --out FILE' writes one."
            )
        return path
    return library_path(word)


def find_scenarios(words: Sequence[str]) -> tuple[Scenario, ...]:
    """Return the scenarios that words mean, in order; `a+b` means a and then b.

    Raises
    ------
    FormulaError
        If one does not exist or cannot be used.
    """
    parts = [part for word in words for part in ([word] if Path(word).is_file() else word.split(JOIN))]
    return tuple(read_scenario(scenario_path(part.strip())) for part in parts)


def combine(scenarios: Sequence[Scenario]) -> Scenario:
    """Return one scenario that makes the changes of several, one after another.

    Raises
    ------
    FormulaError
        If there are none, or no year is common to all.
    """
    if not scenarios:
        raise FormulaError("no scenario was given", todo="'hnf scenario list' names those that ship with hnf.")
    if len(scenarios) == 1:
        return scenarios[0]
    years = [year for year in scenarios[0].years if all(year in other.years for other in scenarios[1:])]
    if not years:
        said = "; ".join(f"{scenario.name}: {', '.join(map(str, scenario.years))}" for scenario in scenarios)
        raise FormulaError(f"these scenarios have no year in common ({said})", todo="Combine those of one year.")
    return Scenario(
        name=JOIN.join(scenario.name for scenario in scenarios),
        title=", then ".join(scenario.title for scenario in scenarios),
        author="; ".join(dict.fromkeys(scenario.author for scenario in scenarios)),
        reference="; ".join(dict.fromkeys(scenario.reference for scenario in scenarios)),
        years=tuple(years),
        changes=tuple(change for scenario in scenarios for change in scenario.changes),
        places=tuple(place for scenario in scenarios for place in scenario.places),
        baseline=FACTOR_BASELINE if any(scenario.is_of_factors for scenario in scenarios) else BASELINE,
        is_shipped=all(scenario.is_shipped for scenario in scenarios),
    )
