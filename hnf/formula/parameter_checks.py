"""Checks the text of a parameter file and types it; each refusal names the file, the key and the next step."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from hnf.errors import FormulaError, UsageError
from hnf.formula.parameter_schema import (
    LARGEST_VALUE,
    NUMERIC_UNITS,
    PARAMETERS,
    STATUSES,
    UPPER_BOUNDS,
    ParameterSpec,
    ParameterUnit,
    Status,
)
from hnf.years import FinancialYear, is_calendar_year

ParameterValue = float | str | bool | int | tuple[str, ...]

SCHEMA_VERSION = 1
STATES = ("formula", "suspended")
_TOP_KEYS = ("schema_version", "financial_year", "state", "parameters")
_STATE_KEYS = ("value", "message", "reference", "checked")
_PARAMETER_KEYS = ("value", "unit", "reference", "checked", "status", "note")


@dataclass(frozen=True)
class Parameter:
    """One value of one year.

    Parameters
    ----------
    name : str
        One of `hnf.formula.parameter_schema.PARAMETERS`.
    value : float, str, bool, int, tuple of str or None
        In `unit`; None where the status is not_found.
    unit : str
        Unit of the value.
    reference : str
        Where the value stands, or what was searched.
    checked : date
        When that was last looked up.
    status : str
        published, derived, unverified or not_found.
    note : str
        What a user of the value must know.
    """

    name: str
    value: ParameterValue | None
    unit: ParameterUnit
    reference: str
    checked: date
    status: Status
    note: str = ""


def parse_document(text: str, where: str) -> dict[str, Any]:
    """Read TOML and check what stands at the top: the keys and the schema version.

    Raises
    ------
    FormulaError
        If it is not TOML, has an unknown or missing key at the top, or another schema version.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise FormulaError(f"not readable as TOML ({error})", where=where, todo="Correct that line.") from error
    refuse_unknown_keys(document, _TOP_KEYS, where, "the top level")
    require_keys(document, _TOP_KEYS[:3], where, "the top level")
    if document["schema_version"] != SCHEMA_VERSION:
        raise FormulaError(
            f"schema_version is {document['schema_version']}, this version of hnf reads {SCHEMA_VERSION}",
            where=where,
            todo="Write the file anew after one that ships with hnf.",
        )
    return document


def check_year(document: Mapping[str, Any], expected: FinancialYear, where: str) -> None:
    """Refuse a file whose year is not the year in its name.

    Raises
    ------
    FormulaError
        If the year cannot be read or differs.
    """
    try:
        found = FinancialYear.parse(document["financial_year"])
    except UsageError as error:
        raise FormulaError(f"financial_year: {error.what}", where=where, todo=error.todo) from error
    if found != expected:
        raise FormulaError(
            f"financial_year is {found}, but the name of the file says {expected}",
            where=where,
            todo="Correct the year or rename the file.",
        )


def check_state(document: Mapping[str, Any], where: str) -> tuple[str, str, str, date]:
    """Return state, message, reference and date checked of a year.

    Raises
    ------
    FormulaError
        If the state is unknown or incomplete, or a suspended year holds parameters or has no message.
    """
    state = document["state"]
    if not isinstance(state, dict):
        raise FormulaError("state is not a table", where=where, todo='Write [state] and below it value = "formula".')
    refuse_unknown_keys(state, _STATE_KEYS, where, "state")
    require_keys(state, ("value", "reference", "checked"), where, "state")
    if state["value"] not in STATES:
        raise FormulaError(
            f"state.value '{state['value']}' is not known", where=where, todo=f"Use {' or '.join(STATES)}."
        )
    message = _text(state.get("message", ""), "state.message", where)
    if state["value"] == "suspended" and not message:
        raise FormulaError(
            "the year is suspended, but state.message is missing", where=where, todo="Say what stands instead."
        )
    if state["value"] == "suspended" and document.get("parameters"):
        raise FormulaError(
            "the year is suspended and holds parameters",
            where=where,
            todo="Remove [parameters], or set the state to formula.",
        )
    reference = _filled(state["reference"], "state.reference", where)
    return state["value"], message, reference, _date(state["checked"], "state.checked", where)


def check_parameters(tables: Any, where: str) -> dict[str, Parameter]:
    """Type the parameters of a year in which the formula runs.

    Raises
    ------
    FormulaError
        If a name is unknown, a required one is missing, or one of them breaks a rule.
    """
    if not isinstance(tables, dict):
        raise FormulaError(
            "parameters is missing or not a table", where=where, todo="Add [parameters.funding_floor_pct] …"
        )
    refuse_unknown_keys(tables, PARAMETERS, where, "parameters")
    checked = {name: _check_parameter(spec, tables[name], where) for name, spec in PARAMETERS.items() if name in tables}
    required = [name for name, spec in PARAMETERS.items() if spec.required]
    require_keys(tables, required, where, "parameters", todo='Where no source was found, write status = "not_found".')
    return checked


def _check_parameter(spec: ParameterSpec, entry: Any, where: str) -> Parameter:
    key = f"parameters.{spec.name}"
    if not isinstance(entry, dict):
        raise FormulaError(
            f"{key} is not a table", where=where, todo=f"Write [{key}] with value, unit, reference, checked and status."
        )
    refuse_unknown_keys(entry, _PARAMETER_KEYS, where, key)
    require_keys(entry, ("unit", "reference", "checked", "status"), where, key)
    if entry["unit"] != spec.unit:
        raise FormulaError(
            f"{key}.unit is '{entry['unit']}', it is given in '{spec.unit}'", where=where, todo="Convert the value."
        )
    if entry["status"] not in tuple(STATUSES):
        raise FormulaError(
            f"{key}.status '{entry['status']}' is not known", where=where, todo=f"Use {', '.join(STATUSES)}."
        )
    if entry["status"] == "not_found" and "value" in entry:
        raise FormulaError(
            f"{key} has a value and the status not_found", where=where, todo="Remove the value, or say unverified."
        )
    if entry["status"] != "not_found" and "value" not in entry:
        raise FormulaError(
            f"{key} has the status {entry['status']} and no value", where=where, todo="Add the value, or say not_found."
        )
    return Parameter(
        spec.name,
        _check_value(spec, entry["value"], key, where) if "value" in entry else None,
        spec.unit,
        _filled(entry["reference"], f"{key}.reference", where),
        _date(entry["checked"], f"{key}.checked", where),
        cast(Status, entry["status"]),
        _text(entry.get("note", ""), f"{key}.note", where),
    )


def _check_value(spec: ParameterSpec, value: Any, key: str, where: str) -> ParameterValue:
    if spec.unit in NUMERIC_UNITS:
        return _number(spec.unit, value, key, where)
    if spec.unit == "flag" and isinstance(value, bool):
        return value
    if spec.unit == "mid_year" and isinstance(value, int) and is_calendar_year(value):
        return value
    if spec.unit == "choice" and value in spec.choices:
        return str(value)
    if spec.unit == "financial_year" and isinstance(value, str):
        try:
            return str(FinancialYear.parse(value))
        except UsageError as error:
            raise FormulaError(f"{key}: {error.what}", where=where, todo=error.todo) from error
    if spec.unit == "terms" and isinstance(value, list) and value and all(term in spec.choices for term in value):
        return tuple(value)
    expected = {
        "flag": "true or false",
        "mid_year": "a calendar year such as 2023",
        "financial_year": 'a financial year such as "2023-24"',
        "choice": " or ".join(spec.choices),
        "terms": f"a list of {', '.join(spec.choices)}",
    }
    raise FormulaError(f"{key}.value is {value!r}", where=where, todo=f"Give {expected[spec.unit]}.")


def _number(unit: str, value: Any, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormulaError(f"{key}.value is {value!r}, not a number", where=where, todo=f"Give a number in {unit}.")
    bound = UPPER_BOUNDS.get(unit, LARGEST_VALUE)
    # Written so that not-a-number, which is neither smaller nor larger than anything, is refused too.
    if not 0 <= value <= bound:
        raise FormulaError(
            f"{key}.value is {str(value)[:30]}, a value in {unit} is between 0 and {bound:,.0f}",
            where=where,
            todo="Check the unit.",
        )
    return float(value)


def refuse_unknown_keys(table: Mapping[str, Any], known: Iterable[str], where: str, place: str) -> None:
    """Refuse keys that nobody reads, naming the nearest known one: a misspelt key must not pass in silence.

    Raises
    ------
    FormulaError
        If there is such a key.
    """
    names = list(known)
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            todo = f"Did you mean {near[0]}?" if near else f"The keys there are {', '.join(names)}."
            raise FormulaError(f"unknown key '{key}' in {place}", where=where, todo=todo)


def require_keys(
    table: Mapping[str, Any], names: Iterable[str], where: str, place: str, *, todo: str = "Add it."
) -> None:
    """Refuse a table that lacks a key.

    Raises
    ------
    FormulaError
        If a key is missing; names all that are.
    """
    missing = [name for name in names if name not in table]
    if missing:
        raise FormulaError(f"{', '.join(missing)} missing in {place}", where=where, todo=todo)


def _text(value: Any, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise FormulaError(f"{key} is {value!r}, not text", where=where, todo="Put it in quotation marks.")
    return " ".join(value.split())


def _filled(value: Any, key: str, where: str) -> str:
    text = _text(value, key, where)
    if not text:
        raise FormulaError(f"{key} is empty", where=where, todo="Name the document, or what was searched.")
    return text


def _date(value: Any, key: str, where: str) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise FormulaError(
            f"{key} is {value!r}, not a date", where=where, todo="Write it as 2026-11-23, without quotes."
        )
    return value
