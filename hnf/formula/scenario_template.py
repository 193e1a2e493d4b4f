"""A scenario file to start from: every key with its meaning, every kind of change with its parameters and ranges."""

from __future__ import annotations

import textwrap
from pathlib import Path

from hnf.errors import FormulaError
from hnf.folders import hold_place, replace_file
from hnf.formula.change_schema import KINDS, ChangeKind, ChangeParameter
from hnf.formula.scenario_checks import BASELINE, SCHEMA_VERSION
from hnf.years import FinancialYear

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

# Changes are made in the order in which they stand here. A number may be written with its unit, as
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
    """Return a commented scenario file; without a year there is a place for one, which is refused until it is filled.

    Parameters
    ----------
    year : FinancialYear, optional
        The year that the file is for.
    """
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
