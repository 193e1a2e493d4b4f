"""Reads the parameters of a year: the files that ship with the package, and a folder of the user's before them.

A new year is one more file, `<year>.toml`. A file in the user's folder replaces the shipped one of the same year;
`YearParameters.source` says which was read.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, cast

from hnf.errors import FormulaError, UsageError
from hnf.paths import data_folder, read_file
from hnf.results import Listing, pick
from hnf.tables.schema import DSG_TERMS
from hnf.years import FinancialYear, is_calendar_year

# Which parameters the formula has, and in what unit each is given: names and meanings only, never a value.
#
# Values live in `data/parameters/<year>.toml`, one file a financial year, each with its reference, the
# date it was checked and its status. A name ends with its unit: `_pct` is 0 to 100, `_share` is 0 to 1,
# `_weight` is relative.

ParameterUnit = Literal[
    "pct", "share", "weight", "gbp", "gbp_per_pupil", "gbp_per_head", "choice", "flag", "financial_year", "mid_year",
    "terms",
]  # fmt: skip
Status = Literal["published", "derived", "unverified", "not_found"]

#: Meaning of each status, in the words shown to a reader.
STATUSES: Mapping[Status, str] = {
    "published": "read off a published file or a public statement",
    "derived": "computed from published figures, reproducible",
    "unverified": "in use, but no public source has been checked",
    "not_found": "no public source was found",
}

#: Largest value of the units that have one; no numeric value is negative.
UPPER_BOUNDS: Mapping[str, float] = {"pct": 100.0, "share": 1.0}
#: Bound of the others: more pounds than any budget, so that a slip of the keyboard is caught.
LARGEST_VALUE = 1e12
NUMERIC_UNITS = ("pct", "share", "weight", "gbp", "gbp_per_pupil", "gbp_per_head")

#: The proxy factors in the order of the published method. Each has a share of the proxy pot, `proxy_<name>_share`.
PROXIES: Mapping[str, str] = {
    "population": "population aged 2 to 18",
    "free_school_meals": "children eligible for free school meals",
    "idaci": "children in IDACI bands A to F",
    "bad_health": "children in bad health",
    "disability_living_allowance": "children receiving disability living allowance",
    "ks2_low_attainment": "low attainment at key stage 2",
    "ks4_low_attainment": "low attainment at key stage 4",
}
IDACI_BANDS = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter that a year's file may hold; `required` ones must be there, if only as not found."""

    name: str
    unit: ParameterUnit
    meaning: str
    required: bool = True
    choices: tuple[str, ...] = ()


_SPECS = (
    ParameterSpec("funding_floor_pct", "pct", "Smallest rise per head aged 2 to 18 on the baseline"),
    ParameterSpec("gains_limit_pct", "pct", "Largest rise per head aged 2 to 18 on the baseline"),
    ParameterSpec("floor_baseline_year", "financial_year", "Year whose funding the floor and gains limit start from"),
    ParameterSpec("floor_baseline_terms", "terms", "Terms of that year's high needs block that make up the baseline",
        choices=tuple(DSG_TERMS)),
    ParameterSpec("floor_population_mid_year", "mid_year",
        "Year of the population projection that the new amount is computed on"),
    ParameterSpec("basic_entitlement_rate_gbp", "gbp_per_pupil", "Lowest basic entitlement rate, before area costs"),
    ParameterSpec("basic_entitlement_includes_pay_and_pension_grants", "flag",
        "Whether the basic entitlement rate includes the teachers' pay and pension grants"),
    ParameterSpec("historic_spend_share", "share", "Part of 2017-18 spend that the historic spend factor pays"),
    ParameterSpec("historic_spend_basis", "choice", "Which 2017-18 spend the factor looks at",
        choices=("planned", "actual")),
    *(ParameterSpec(f"proxy_{name}_share", "share", f"Part of the proxy pot shared by {words}")
        for name, words in PROXIES.items()),
    *(ParameterSpec(f"idaci_band_{band}_weight", "weight", f"Weight of a child in IDACI band {band.upper()}")
        for band in IDACI_BANDS),
    ParameterSpec("additional_allocation_gbp", "gbp", "Additional high needs allocation, England", required=False),
    ParameterSpec("additional_per_head_gbp", "gbp_per_head", "Additional high needs allocation per head aged 2 to 18",
        required=False),
    ParameterSpec("additional_basis", "choice", "What the additional allocation is shared by", required=False,
        choices=("population_2_18", "nff_before_gains_limit")),
    ParameterSpec("formula_quantum_gbp", "gbp", "National total of the elements inside floor and gains limit",
        required=False),
)  # fmt: skip

#: Every parameter by name, in the order in which they are shown.
PARAMETERS: Mapping[str, ParameterSpec] = {spec.name: spec for spec in _SPECS}


# Checks the text of a parameter file and types it; each refusal names the file, the key and the next step.

ParameterValue = float | str | bool | int | tuple[str, ...]

SCHEMA_VERSION = 1
STATES = ("formula", "suspended")
_TOP_KEYS = ("schema_version", "financial_year", "state", "parameters")
_STATE_KEYS = ("value", "message", "reference", "checked")
_PARAMETER_KEYS = ("value", "unit", "reference", "checked", "status", "note")


@dataclass(frozen=True)
class Parameter:
    """One value of one year, in `unit` (None where not found), with its reference and the day it was last checked."""

    name: str
    value: ParameterValue | None
    unit: ParameterUnit
    reference: str
    checked: date
    status: Status
    note: str = ""


def read_toml(text: str, where: str) -> dict[str, Any]:
    """Read the text of a TOML file."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise FormulaError(f"not readable as TOML ({error})", where=where, todo="Correct that line.") from error


def parse_document(text: str, where: str) -> dict[str, Any]:
    """Read TOML and check its top: the keys and the schema version."""
    document = read_toml(text, where)
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
    """Refuse a file whose year is not the year in its name."""
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
    """Return state, message, reference and date checked of a year."""
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
            "the year is suspended, but state.message is missing", where=where, todo="Say what applies instead."
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
    """Type the parameters of a year in which the formula runs."""
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
    """Refuse unknown keys, naming the nearest known one: a misspelt key is never ignored.

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


SHIPPED_FOLDER = data_folder() / "parameters"


@dataclass(frozen=True)
class YearParameters:
    """All parameters of a financial year, in the order of the schema; none, and a message, where it is suspended.

    `reference` and `checked` are those of the state; `source` is the file that was read.
    """

    financial_year: FinancialYear
    state: Literal["formula", "suspended"]
    message: str
    reference: str
    checked: date
    parameters: Mapping[str, Parameter]
    source: str

    def value(self, name: str) -> ParameterValue:
        """Return a value that is needed."""
        if self.state == "suspended":
            raise FormulaError(f"the formula is suspended in {self.financial_year}: {self.message}", where=self.source)
        if name not in self.parameters:
            raise FormulaError(
                f"{self.financial_year} has no {name}",
                where=self.source,
                todo=f"Add [parameters.{name}] to a file of your own.",
            )
        parameter = self.parameters[name]
        if parameter.value is None:
            raise FormulaError(
                f"no public source was found for {name} of {self.financial_year}",
                where=self.source,
                todo="Give it in a parameter file of your own, with its reference and status.",
            )
        return parameter.value

    def number(self, name: str) -> float:
        """Return the value of a parameter that is a number."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, float):
            raise FormulaError(f"{name} is given in {self.parameters[name].unit}, not as a number", where=self.source)
        return value

    def has_value(self, name: str) -> bool:
        """Whether the year has a value of the parameter, whatever its status."""
        return name in self.parameters and self.parameters[name].value is not None

    @property
    def unverified(self) -> tuple[str, ...]:
        """Names of the parameters in use that no public source backs: every output resting on one must say so."""
        return tuple(name for name, parameter in self.parameters.items() if parameter.status == "unverified")


@dataclass(frozen=True)
class ParameterChange:
    """A parameter in two years; one side is None where that year does not have it."""

    name: str
    before: Parameter | None
    after: Parameter | None


@dataclass(frozen=True)
class ParameterDifference:
    """What changed from one year to another: the state, values (not references or dates), what came and went."""

    before: YearParameters
    after: YearParameters
    changed: tuple[ParameterChange, ...]
    added: tuple[ParameterChange, ...]
    removed: tuple[ParameterChange, ...]


def known_years(folder: Path | None = None) -> tuple[FinancialYear, ...]:
    """Return the years with a parameter file, shipped or in a folder of the user's, earliest first.

    Raises
    ------
    FormulaError
        If the folder is missing, or a TOML file in it is not named after a year.
    """
    return tuple(sorted(_files(folder)))


def load_parameters(year: FinancialYear | str, folder: Path | None = None) -> YearParameters:
    """Read and check the parameters of a year.

    Parameters
    ----------
    year : FinancialYear or str
        Such as `2023-24`.
    folder : Path, optional
        A folder of parameter files that replace the shipped ones.

    Raises
    ------
    UsageError
        If `year` is not a financial year.
    FormulaError
        If the year has no file, or its file breaks a rule; names the file, the key and what to do.
    """
    wanted = FinancialYear.parse(year) if isinstance(year, str) else year
    files = _files(folder)
    if wanted not in files:
        raise FormulaError(
            f"there is no parameter file of {wanted}; the years are {', '.join(str(known) for known in sorted(files))}",
            todo=f"Write {wanted}.toml after one of them and name its folder.",
        )
    return read_parameter_file(files[wanted])


def read_parameter_file(path: Path) -> YearParameters:
    """Read and check one parameter file, named after its year."""
    # The name alone for a shipped file, so that output does not depend on where the package is installed.
    where = path.name if path.parent == SHIPPED_FOLDER else str(path)
    try:
        document = parse_document(read_file(path).decode("utf-8"), where)
    except (OSError, UnicodeDecodeError) as error:
        raise FormulaError(f"cannot be read ({error})", where=where, todo="Give a UTF-8 text file.") from error
    year = _year_of(path)
    check_year(document, year, where)
    state, message, reference, checked = check_state(document, where)
    parameters = check_parameters(document.get("parameters"), where) if state == "formula" else {}
    return YearParameters(
        year, cast(Literal["formula", "suspended"], state), message, reference, checked, parameters, where
    )


class ParameterTable(Listing):
    """The parameters of one year or of all, each with its status and reference."""

    ROWS = "parameters"


class ParameterChanges(Listing):
    """The parameters that are not the same in two years."""

    ROWS = "changes"


def parameters(
    year: str | int | FinancialYear | None = None,
    against: str | int | FinancialYear | None = None,
    folder: Path | None = None,
) -> ParameterTable | ParameterChanges:
    """Return floors, limits, rates and weights of a year or of all, or what changed since another.

    Parameters
    ----------
    year : FinancialYear, optional
        Also as 2023-24 or 2023; all years by default.
    against : FinancialYear, optional
        The earlier year with which `year` is compared.
    folder : Path, optional
        Of parameter files of your own, which are read first.

    Returns
    -------
    ParameterTable or ParameterChanges
        Values in the `unit` of each row; status published, derived, unverified or not_found.

    Raises
    ------
    FormulaError
        If there is no parameter file of a year; names the years.
    UsageError
        If a year is none, or `against` has no `year` beside it.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.parameters("2023-24", against="2022-23").to_polars()
    >>> found.filter(name="gains_limit_pct").select("before", "after", "unit").row(0)
    ('11.0', '7.0', 'pct')
    """
    if year is None and against is not None:
        raise UsageError("a comparison needs two years", todo="Give year and against.")
    if year is not None and against is not None:
        return _changes(*(load_parameters(FinancialYear.of(one), folder) for one in (against, year)))
    wanted = known_years(folder) if year is None else [FinancialYear.of(year)]
    years = [load_parameters(known, folder) for known in wanted]
    return ParameterTable(
        "Parameters of all years" if year is None else f"Parameters of {wanted[0]}",
        {
            "years": [
                {**pick(found, "financial_year state message? reference checked"), "source": Path(found.source).name}
                for found in years
            ],
            "parameters": [
                {"financial_year": str(found.financial_year)}
                | pick(one, "name value unit status reference checked note?")
                for found in years
                for one in found.parameters.values()
            ],
        },
    )


def _changes(before: YearParameters, after: YearParameters) -> ParameterChanges:
    found = difference(before, after)
    changes = [
        {
            "name": change.name,
            "kind": kind,
            "before": change.before.value if change.before else None,
            "after": change.after.value if change.after else None,
            "before_status": change.before.status if change.before else None,
            "after_status": change.after.status if change.after else None,
            "unit": next((found.unit for found in (change.after, change.before) if found), None),
        }
        for kind, listed in (("changed", found.changed), ("added", found.added), ("removed", found.removed))
        for change in listed
    ]
    return ParameterChanges(
        f"Parameters of {before.financial_year} and {after.financial_year}: {len(changes)} differ",
        {
            "before": str(before.financial_year),
            "after": str(after.financial_year),
            "state": {"before": before.state, "after": after.state},
            "changes": changes,
        },
        [f"{year.financial_year}: {year.message}" for year in (before, after) if year.message],
    )


def difference(a: YearParameters, b: YearParameters) -> ParameterDifference:
    """Return what changed from the parameters `a` to the parameters `b`, in the order of the schema."""
    both = [*a.parameters, *(name for name in b.parameters if name not in a.parameters)]
    pairs = [ParameterChange(name, a.parameters.get(name), b.parameters.get(name)) for name in both]
    return ParameterDifference(
        before=a,
        after=b,
        changed=tuple(p for p in pairs if p.before and p.after and p.before.value != p.after.value),
        added=tuple(pair for pair in pairs if pair.before is None),
        removed=tuple(pair for pair in pairs if pair.after is None),
    )


def _files(folder: Path | None) -> dict[FinancialYear, Path]:
    """Return the file of each year; those of `folder` replace the shipped ones."""
    files = {_year_of(path): path for path in sorted(SHIPPED_FOLDER.glob("*.toml"))}
    if folder is None:
        return files
    if not folder.is_dir():
        raise FormulaError("there is no such folder of parameter files", where=str(folder))
    return files | {_year_of(path): path for path in sorted(folder.glob("*.toml"))}


def _year_of(path: Path) -> FinancialYear:
    try:
        year = FinancialYear.parse(path.stem)
    except UsageError as error:
        raise FormulaError(
            f"a parameter file is named after its year, '{path.name}' is not",
            where=str(path),
            todo="Name it like 2027-28.toml.",
        ) from error
    if str(year) != path.stem:
        raise FormulaError(
            f"'{path.name}' is not how hnf writes that year", where=str(path), todo=f"Name it {year}.toml."
        )
    return year
