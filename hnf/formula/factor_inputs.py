"""What the factor engine needs to know of each authority: columns, units, meanings and rules, declared once.

No published file in the catalogue holds the counts of the proxy factors or the historic spend of an authority: they
come from a file of the user's (`hnf.formula.factor_file`), or are synthetic and say so.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hnf.errors import FormulaError
from hnf.formula.parameter_schema import IDACI_BANDS

if TYPE_CHECKING:
    import polars as pl

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class InputColumn:
    """A number that every authority must have: never negative, except where the column may be."""

    name: str
    unit: str
    meaning: str
    may_be_negative: bool = False
    must_be_positive: bool = False


_COLUMNS = (
    InputColumn("population_2_18_count", "count", "Population aged 2 to 18 of the year", must_be_positive=True),
    InputColumn("free_school_meals_count", "count", "Children eligible for free school meals"),
    *(
        InputColumn(f"idaci_band_{band}_count", "count", f"Children in IDACI band {band.upper()}")
        for band in IDACI_BANDS
    ),
    InputColumn("bad_health_count", "count", "Children in bad health"),
    InputColumn("disability_living_allowance_count", "count", "Children receiving disability living allowance"),
    InputColumn("ks2_low_attainment_count", "count", "Pupils with low attainment at key stage 2"),
    InputColumn("ks4_low_attainment_count", "count", "Pupils with low attainment at key stage 4"),
    InputColumn("historic_spend_gbp", "gbp", "Spend of 2017-18 on high needs, before the factor's share"),
    InputColumn(
        "previous_baseline_per_head_gbp",
        "gbp_per_head",
        "Last year's baseline per head of last year's population 2 to 18",
    ),
    InputColumn(
        "area_cost_adjustment_index",
        "index",
        "Area cost adjustment: own rate over the lowest rate",
        must_be_positive=True,
    ),
    InputColumn("basic_entitlement_pupils_count", "count", "Pupils in special schools and academies"),
    InputColumn("import_export_gbp", "gbp", "Import/export adjustment", may_be_negative=True),
    InputColumn("special_free_schools_gbp", "gbp", "Additional funding for special free schools"),
    InputColumn(
        "hospital_ap_gbp", "gbp", "Hospital education, alternative provision teachers' pay and pension, supplementary"
    ),
)

#: Columns that name an authority, and its numbers by name in the order in which they are shown.
NAMES: Mapping[str, str] = {"la_code": "DfE three-digit code", "la_name": "Name"}
INPUTS: Mapping[str, InputColumn] = {column.name: column for column in _COLUMNS}


@dataclass(frozen=True)
class FactorInputs:
    """Inputs of n authorities.

    Parameters
    ----------
    la_codes, la_names : tuple of str
        n codes, each once, and n names.
    columns : Mapping
        Arrays of shape (n,), float64, by the names and in the units of `INPUTS`.
    """

    la_codes: tuple[str, ...]
    la_names: tuple[str, ...]
    columns: Mapping[str, FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.la_codes)


def factor_inputs(frame: pl.DataFrame, *, where: str = "the table of factors") -> FactorInputs:
    """Check a table of factors and turn it into arrays.

    Parameters
    ----------
    frame : polars.DataFrame
        One row an authority, exactly the columns `NAMES` and `INPUTS`.
    where : str
        Named in messages.

    Raises
    ------
    FormulaError
        If a column is missing or unknown, or a value breaks a rule.
    """
    wanted = [*NAMES, *INPUTS]
    _refuse_columns(list(frame.columns), wanted, where)
    for name in NAMES:
        if str(frame.schema[name]) != "String":
            raise FormulaError(
                f"{name} is {frame.schema[name]}, not text", where=where, todo="Codes are text: read them so."
            )
    for name in INPUTS:
        if not frame.schema[name].is_numeric():
            raise FormulaError(
                f"{name} is {frame.schema[name]}, not numbers",
                where=where,
                todo="Published symbols are never 0: give a number.",
            )
    columns = {
        name: frame[name].cast(float).to_numpy(writable=True)
        if frame[name].null_count() == 0
        else _gap(frame, name, where)
        for name in INPUTS
    }
    return checked_inputs(frame["la_code"].to_list(), frame["la_name"].to_list(), columns, where=where)


def checked_inputs(
    la_codes: Sequence[str], la_names: Sequence[str], columns: Mapping[str, FloatArray], *, where: str = "the factors"
) -> FactorInputs:
    """Return inputs once each value has been checked against its column's rule.

    Parameters
    ----------
    la_codes, la_names : sequence of str
        n codes and names.
    columns : Mapping
        Arrays of shape (n,) by the names of `INPUTS`.
    where : str
        Named in messages.

    Raises
    ------
    FormulaError
        If there is no authority, a code stands twice, or a value is not finite, negative or zero where it must not be.
    """
    _refuse_columns(list(columns), list(INPUTS), where)
    if not la_codes:
        raise FormulaError("there is no authority in it", where=where)
    twice = [str(code) for code, times in Counter(la_codes).items() if times > 1]
    if twice:
        raise FormulaError(
            f"la_code {', '.join(twice)} stands more than once", where=where, todo="Keep one row an authority."
        )
    for column in INPUTS.values():
        values = columns[column.name]
        if values.shape != (len(la_codes),):
            raise FormulaError(f"{column.name} has the shape {values.shape}, expected ({len(la_codes)},)", where=where)
        _check_values(column, values, la_codes, where)
    arrays = {name: np.array(columns[name], dtype=np.float64) for name in INPUTS}
    for array in arrays.values():
        array.flags.writeable = False
    return FactorInputs(tuple(la_codes), tuple(la_names), arrays)


def _check_values(column: InputColumn, values: FloatArray, la_codes: Sequence[str], where: str) -> None:
    rules = [(~np.isfinite(values), "is not a finite number")]
    if not column.may_be_negative:
        rules.append((values < 0, "is negative"))
    if column.must_be_positive:
        rules.append((values == 0, "is 0, which would leave nothing to compute with"))
    for broken, words in rules:
        if broken.any():
            first = int(np.flatnonzero(broken)[0])
            raise FormulaError(
                f"{column.name} of authority {la_codes[first]} {words} ({values[first]:g})",
                where=where,
                todo="Correct the value.",
            )


def _refuse_columns(found: list[str], wanted: list[str], where: str) -> None:
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    if unknown:
        near = difflib.get_close_matches(unknown[0], missing or wanted, n=1)
        todo = f"Did you mean {near[0]}?" if near else "Remove it."
        raise FormulaError(f"unknown column {unknown[0]}", where=where, todo=todo)
    if missing:
        raise FormulaError(
            f"column {', '.join(missing)} missing", where=where, todo="Every column is needed: none is filled in."
        )


def _gap(frame: pl.DataFrame, name: str, where: str) -> FloatArray:
    row = frame[name].is_null().arg_true()[0]
    code = frame["la_code"][row]
    raise FormulaError(f"{name} of authority {code} is empty", where=where, todo="A gap is never 0: give the value.")
