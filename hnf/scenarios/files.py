"""Scenario files: what changes, for which years, by whom and on what ground; those that ship, and those of a user.

A file is TOML and names its year or years: none is assumed. Its title, author and reference are plain text wherever
they are shown.
"""

from __future__ import annotations

import difflib
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as shown
from typing import Any

from hnf.errors import FormulaError, UsageError
from hnf.files import hold_place, replace_file
from hnf.formula.parameters import read_toml, require_keys
from hnf.paths import data_folder
from hnf.scenarios.changes import KINDS, Change, ChangeKind, ChangeParameter, Value
from hnf.years import FinancialYear

# Checks what a scenario file says, key by key; each refusal names the file, the key and the next step.

SCHEMA_VERSION = 1
BASELINE = "block_as_published"
#: Baseline of changes of the factors: the formula on what the user has ingested.
FACTOR_BASELINE = "factors_as_ingested"
MOST_CHANGES = 20
_MOST_TEXT = 500
TOP_KEYS = ("schema_version", "title", "author", "reference", "baseline", "year", "change")

#: Keys and kinds by the names they used to have, or often go by, with the names they have.
RENAMED_KEYS: Mapping[str, str] = {
    "version": "schema_version", "name": "title", "source": "reference", "years": "year", "financial_year": "year",
    "changes": "change",
}  # fmt: skip
RENAMED_KINDS: Mapping[str, str] = {
    "remove_gains_limit": "gains_limit", "cap": "gains_limit", "floor": "funding_floor", "minimum": "minimum_rate",
    "move_to_equal": "equal_rate", "distribute_additional": "additional", "rescale": "hold_total",
}  # fmt: skip
RENAMED_PARAMETERS: Mapping[str, str] = {
    "percent": "pct", "percentage": "pct", "uplift_pct": "pct", "removed": "share_removed", "rate": "rate_gbp",
    "minimum_gbp": "rate_gbp", "by": "per", "paid_by": "financed_by", "type": "kind",
}  # fmt: skip


def check_top(document: Mapping[str, Any], where: str) -> None:
    """Check keys, schema version and baseline at the top of a file."""
    refuse_unknown(document, TOP_KEYS, RENAMED_KEYS, where, "the top level")
    todo = "'hnf scenario new' writes a file that has them all."
    require_keys(document, TOP_KEYS, where, "the top level", todo=todo)
    version = document["schema_version"]
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise FormulaError(
            f"schema_version is {shown(version)}, this version of hnf reads {SCHEMA_VERSION}",
            where=where,
            todo="Write the file anew with 'hnf scenario new'.",
        )
    if document["baseline"] not in (BASELINE, FACTOR_BASELINE):
        raise FormulaError(
            f"baseline is {shown(document['baseline'])}, which is not known",
            where=where,
            todo=f'Write "{BASELINE}". For changes of the factors there is "{FACTOR_BASELINE}".',
        )


def check_text(value: Any, key: str, where: str) -> str:
    """Return a text of a file as one line of plain text.

    Raises
    ------
    FormulaError
        If it is no text, empty or very long.
    """
    if not isinstance(value, str):
        raise FormulaError(f"{key} is {shown(value)}, not text", where=where, todo="Put it in quotation marks.")
    text = " ".join(value.split())
    if not text:
        raise FormulaError(f"{key} is empty", where=where, todo="Say it in a few words.")
    if len(text) > _MOST_TEXT:
        raise FormulaError(f"{key} has {len(text):,} characters, the most is {_MOST_TEXT}", where=where)
    return text


def check_years(value: Any, where: str) -> tuple[FinancialYear, ...]:
    """Return the years that a scenario is for."""
    listed = value if isinstance(value, list) else [value]
    years: list[FinancialYear] = []
    for text in listed:
        try:
            years.append(FinancialYear.parse(check_text(text, "year", where)))
        except UsageError as error:
            raise FormulaError(f"year: {error.what}", where=where, todo=error.todo) from error
    if not years:
        raise FormulaError("year is an empty list", where=where, todo='Write year = "2023-24", or a list of years.')
    if len(set(years)) < len(years):
        raise FormulaError("year lists a year twice", where=where, todo="Write each once.")
    return tuple(sorted(years))


def check_changes(value: Any, where: str) -> tuple[Change, ...]:
    """Return the changes of a file in their order."""
    todo = "Write each change as [[change]] and below it its kind and parameters."
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise FormulaError("change is not a list of tables", where=where, todo=todo)
    if len(value) > MOST_CHANGES:
        raise FormulaError(f"there are {len(value)} changes, the most is {MOST_CHANGES}", where=where)
    return tuple(check_change(entry, f"change {number}", where) for number, entry in enumerate(value, start=1))


def check_change(entry: Mapping[str, Any], place: str, where: str) -> Change:
    """Return one change of a file, checked: `kind` and its parameters."""
    if "kind" not in entry:
        refuse_unknown({key: None for key in entry if key in ("type",)}, ("kind",), RENAMED_PARAMETERS, where, place)
        raise FormulaError(f"{place} has no kind", where=where, todo=f"Kinds are {', '.join(KINDS)}.")
    kind = _kind(entry["kind"], place, where)
    given = {key: value for key, value in entry.items() if key != "kind"}
    names = [parameter.name for parameter in kind.parameters]
    refuse_unknown(given, names, RENAMED_PARAMETERS, where, f"{place} ({kind.name})")
    _check_presence(kind, given, place, where)
    return Change(
        kind.name,
        {
            parameter.name: check_value(parameter, given[parameter.name], f"{place}: {parameter.name}", where)
            for parameter in kind.parameters
            if parameter.name in given
        },
    )


def _kind(value: Any, place: str, where: str) -> ChangeKind:
    if isinstance(value, str) and value in KINDS:
        return KINDS[value]
    names = {str(value): None}
    refuse_unknown(names, KINDS, RENAMED_KINDS, where, place, thing="kind of change")
    raise FormulaError(f"{place} has the kind {shown(value)}", where=where, todo=f"Kinds are {', '.join(KINDS)}.")


def _check_presence(kind: ChangeKind, given: Mapping[str, Any], place: str, where: str) -> None:
    """Refuse a change that lacks a parameter, or has one that does not go with the others."""
    optional = {*kind.one_of, "population"}
    required = [parameter.name for parameter in kind.parameters if parameter.name not in optional]
    require_keys(given, required, where, f"{place} ({kind.name})")
    found = [name for name in kind.one_of if name in given]
    if kind.one_of and len(found) != 1:
        said = " and ".join(found) if found else "none of them"
        raise FormulaError(
            f"{place} ({kind.name}) gives {said}", where=where, todo=f"Give exactly one of {', '.join(kind.one_of)}."
        )
    if kind.parameter("population") is None:
        return
    if given["per"] == "head" and "population" not in given:
        raise FormulaError(
            f"{place} ({kind.name}) is per head and does not say which population",
            where=where,
            todo='Add population = "ons" (ONS estimate) or "dfe" (the formula\'s own projection).',
        )
    if given["per"] != "head" and "population" in given:
        raise FormulaError(
            f"{place} ({kind.name}) has a population and is not per head", where=where, todo="Remove population."
        )


def check_value(parameter: ChangeParameter, value: Any, key: str, where: str) -> Value:
    """Return the value of a parameter: plain, or a table of `value` and `unit`."""
    if isinstance(value, dict):
        refuse_unknown(value, ("value", "unit"), {}, where, key)
        require_keys(value, ("value", "unit"), where, key)
        if value["unit"] != parameter.unit:
            raise FormulaError(
                f"{key} is in {shown(value['unit'])}, its unit is {parameter.unit}",
                where=where,
                todo=f"Convert it to {parameter.unit}.",
            )
        value = value["value"]
    if parameter.unit == "choice":
        if value not in parameter.choices:
            refuse_unknown({str(value): None}, parameter.choices, {}, where, key, thing="value")
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FormulaError(
            f"{key} is {shown(value)}, not a number",
            where=where,
            todo=f"Write a plain number; the unit is {parameter.unit}.",
        )
    if not parameter.low <= value <= parameter.high:
        raise FormulaError(
            f"{key} is {value:g}",
            where=where,
            todo=f"It goes from {parameter.low:g} to {parameter.high:,g} ({parameter.unit}).",
        )
    return float(value)


def refuse_unknown(
    table: Mapping[str, Any],
    known: Iterable[str],
    renamed: Mapping[str, str],
    where: str,
    place: str,
    *,
    thing: str = "key",
) -> None:
    """Refuse unknown names, with the name they have now or the nearest known one.

    Raises
    ------
    FormulaError
        If there is such a name.
    """
    names = list(known)
    for name in table:
        if name in names:
            continue
        if renamed.get(name) in names:
            raise FormulaError(
                f"the {thing} '{name}' in {place} is called {renamed[name]}", where=where, todo="Rename it."
            )
        near = difflib.get_close_matches(name, names, n=1)
        todo = f"Did you mean {near[0]}?" if near else f"Known there: {', '.join(names)}."
        raise FormulaError(f"unknown {thing} '{name[:60]}' in {place}", where=where, todo=todo)


LIBRARY_FOLDER = data_folder() / "scenarios"
_MOST_BYTES = 100_000
JOIN = "+"


@dataclass(frozen=True)
class Scenario:
    """Changes to the block of a year, or to the factors as ingested, in the order in which they are made.

    Combined scenarios have their names joined by `+`. `places` has file and number of each change, for messages;
    figures of one that is shipped can be traced by name.
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
    """Read and check the text of a scenario file."""
    return _checked(read_toml(text, where), name, where)


def _checked(document: Mapping[str, Any], name: str, where: str) -> Scenario:
    check_top(document, where)
    scenario = scenario_of(document, check_changes(document["change"], where), name, where)
    return replace(scenario, baseline=FACTOR_BASELINE) if scenario.is_of_factors else scenario


#: What a reform given in Python says by one word, as the change that it is.
SHORT: Mapping[str, tuple[str, Mapping[str, Value]]] = {"remove_gains_limit": ("gains_limit", {"share_removed": 1.0})}
_REFORM = "the reform"


def reform(given: Mapping[str, Any], year: FinancialYear | None = None) -> Scenario:
    """Return the scenario that a mapping means: kinds of change with their parameters, checked as a file is.

    Parameters
    ----------
    given : mapping
        In order, each kind of change with a mapping of its parameters, or the value of its only one, as
        `{"gains_limit": 0.5, "uplift": {"pct": 1, "term": "block"}}`; `remove_gains_limit` may be True. Also `title`,
        `author`, `reference` and `year`, or `change`, a list, as files have them.
    year : FinancialYear, optional
        For which it is, where the mapping does not say.

    Raises
    ------
    FormulaError
        If a key, a parameter or a value is not known, with the nearest; or it changes nothing.
    """
    about = {key: value for key, value in given.items() if key in TOP_KEYS}
    kinds = {key: value for key, value in given.items() if key not in TOP_KEYS}
    refuse_unknown({str(key): None for key in kinds}, [*SHORT, *KINDS, *TOP_KEYS], RENAMED_KINDS, _REFORM, "it")
    changes: list[dict[str, Any]] = []
    for key, value in kinds.items():
        if key in SHORT:
            if not isinstance(value, bool):
                raise FormulaError(f"{key} is {shown(value)}", where=_REFORM, todo="Write True or False.")
            changes += [{"kind": SHORT[key][0], **SHORT[key][1]}] if value else []
        elif isinstance(value, Mapping):
            changes.append({"kind": key, **value})
        elif len(KINDS[key].parameters) == 1:
            changes.append({"kind": key, KINDS[key].parameters[0].name: value})
        else:
            names = ", ".join(one.name for one in KINDS[key].parameters)
            raise FormulaError(f"{key} is {shown(value)}", where=_REFORM, todo=f"Give a mapping of {names}.")
    if not changes and not about.get("change"):
        raise FormulaError("it changes nothing", where=_REFORM, todo=f"Kinds of change are {', '.join(KINDS)}.")
    document = {
        "schema_version": SCHEMA_VERSION,
        "title": "A reform of your own",
        "author": "given in Python",
        "reference": "given in Python",
        "baseline": BASELINE,
        **({} if year is None else {"year": str(year)}),
        **about,
    }
    return _checked({**document, "change": [*changes, *about.get("change", ())]}, "reform", _REFORM)


def scenario_of(document: Mapping[str, Any], changes: tuple[Change, ...], name: str, where: str) -> Scenario:
    """Return the scenario of a document whose top and changes have been checked."""
    return Scenario(
        name=name,
        title=check_text(document["title"], "title", where),
        author=check_text(document["author"], "author", where),
        reference=check_text(document["reference"], "reference", where),
        years=check_years(document["year"], where),
        changes=changes,
        places=tuple(f"{where}, change {number}" for number in range(1, len(changes) + 1)),
        baseline=document["baseline"],
    )


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    FormulaError
        If it cannot be read or used.

    Examples
    --------
    >>> import hnf
    >>> hnf.read_scenario(hnf.data_folder() / "scenarios" / "no_gains_limit.toml").title
    'No gains limit'
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
    """Return the file that a word means: a path, or the name of one that ships."""
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

    Examples
    --------
    >>> import hnf
    >>> [found.title for found in hnf.find_scenarios(["no_gains_limit"])]
    ['No gains limit']
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


# A scenario file to start from: every key with its meaning, every kind of change with its parameters and
# ranges.

_TOP = """\
# A scenario for 'hnf scenario run'. Lines that begin with # are comments.

schema_version = {version}
title = "One per cent more for everyone"
author = "Your name"
reference = "What the scenario is taken from: a paper, a question, a speech"

# What is changed: the block before deductions as published.
baseline = "{baseline}"

# One year, or several as ["2022-23", "2023-24"]; there is no default.
year = "{year}"

# Changes are made in the order in which they are written here. A number may be written with its unit, as
# pct = {{ value = 1, unit = "pct" }}; another unit is then refused.
[[change]]
kind = "uplift"
pct = 1
term = "block"

# The other kinds. To use one, take away the # in front of [[change]] and the lines below it.
"""
_BASIC = "uplift"
_WIDTH = 100


def template(year: FinancialYear | None = None) -> str:
    """Return a commented scenario file; without a year there is a gap for it, refused until filled."""
    top = _TOP.format(version=SCHEMA_VERSION, baseline=BASELINE, year=year or "YEAR")
    return top + "".join(_example(kind) for kind in KINDS.values() if kind.name != _BASIC)


def write_template(path: Path, year: FinancialYear | None = None) -> None:
    """Write a scenario file to start from.

    Raises
    ------
    FormulaError
        If the file is there already.
    TableError
        If it cannot be written.
    """
    if path.exists():
        raise FormulaError(
            "the file is there already and is left as it is", where=str(path), todo="Choose another name."
        )
    with hold_place(path):
        replace_file(path, template(year).encode())


def _example(kind: ChangeKind) -> str:
    lines = ["", *_comment(f"{kind.purpose[0].upper()}{kind.purpose[1:]}.")]
    for parameter in kind.parameters:
        lines += _comment(f"{parameter.name}: {parameter.meaning} ({_range(parameter)}).", indent="  ")
    if kind.one_of:
        lines += _comment(f"Exactly one of {', '.join(kind.one_of)} is given.", indent="  ")
    lines += ["# [[change]]", f'# kind = "{kind.name}"']
    lines += [
        f"# {parameter.name} = {_value(parameter)}"
        for parameter in kind.parameters
        if parameter.name not in kind.one_of[1:] and (parameter.name != "population" or _per(kind) == "head")
    ]
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"# {indent}", subsequent_indent=f"# {indent}  ")


def _per(kind: ChangeKind) -> str:
    per = kind.parameter("per")
    return per.choices[0] if per else ""


def _value(parameter: ChangeParameter) -> str:
    if parameter.choices:
        return f'"{parameter.choices[0]}"'
    return f"{min(max(parameter.low, 1.0), parameter.high):g}"


def _range(parameter: ChangeParameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    return f"{parameter.low:g} to {parameter.high:,.0f}, {parameter.unit}"
