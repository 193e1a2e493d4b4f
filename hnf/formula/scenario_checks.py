"""Checks what a scenario file says, key by key; each refusal names the file, the key and the next step."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from reprlib import repr as shown
from typing import Any

from hnf.errors import FormulaError, UsageError
from hnf.formula.change_schema import KINDS, Change, ChangeKind, ChangeParameter, Value
from hnf.formula.parameter_checks import require_keys
from hnf.years import FinancialYear

SCHEMA_VERSION = 1
BASELINE = "block_as_published"
#: Baseline of changes of the factors: the formula on what the user has ingested.
FACTOR_BASELINE = "factors_as_ingested"
MOST_CHANGES = 20
_MOST_TEXT = 500
TOP_KEYS = ("schema_version", "title", "author", "reference", "baseline", "year", "change")

#: Keys and kinds by the names they used to have, or often go by, with the names they have.
RENAMED_KEYS: Mapping[str, str] = {
    "version": "schema_version",
    "name": "title",
    "source": "reference",
    "years": "year",
    "financial_year": "year",
    "changes": "change",
}
RENAMED_KINDS: Mapping[str, str] = {
    "remove_gains_limit": "gains_limit",
    "cap": "gains_limit",
    "floor": "funding_floor",
    "minimum": "minimum_rate",
    "move_to_equal": "equal_rate",
    "distribute_additional": "additional",
    "rescale": "hold_total",
}
RENAMED_PARAMETERS: Mapping[str, str] = {
    "percent": "pct",
    "percentage": "pct",
    "uplift_pct": "pct",
    "removed": "share_removed",
    "rate": "rate_gbp",
    "minimum_gbp": "rate_gbp",
    "by": "per",
    "paid_by": "financed_by",
    "type": "kind",
}


def check_top(document: Mapping[str, Any], where: str) -> None:
    """Check keys, schema version and baseline at the top of a file.

    Raises
    ------
    FormulaError
        If a key is unknown or missing, or version or baseline are others.
    """
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
    """Return the years that a scenario is for.

    Raises
    ------
    FormulaError
        If there is none, one twice, or one is not a financial year.
    """
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
    """Return the changes of a file in their order.

    Raises
    ------
    FormulaError
        If there are none or too many, or one is wrong.
    """
    todo = "Write each change as [[change]] and below it its kind and parameters."
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise FormulaError("change is not a list of tables", where=where, todo=todo)
    if len(value) > MOST_CHANGES:
        raise FormulaError(f"there are {len(value)} changes, the most is {MOST_CHANGES}", where=where)
    return tuple(check_change(entry, f"change {number}", where) for number, entry in enumerate(value, start=1))


def check_change(entry: Mapping[str, Any], place: str, where: str) -> Change:
    """Return one change, checked.

    Parameters
    ----------
    entry : mapping
        `kind` and its parameters.
    place, where : str
        Which change, and the file, for messages.

    Raises
    ------
    FormulaError
        If the kind is unknown, a key is unknown or missing, or a value is out of range or in another unit.
    """
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
    """Return the value of a parameter: plain, or a table of `value` and `unit`.

    Raises
    ------
    FormulaError
        If the unit is another, the value is of another type, out of range, or no choice.
    """
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
    """Refuse names that nobody reads, with the name they have now or the nearest known one.

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
