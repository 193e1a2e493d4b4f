"""Reads the parameters of a year: the files that ship with the package, and a folder of the user's before them.

A new year is one more file, `<year>.toml`. A file in the user's folder stands before the shipped one of the same year;
`YearParameters.source` says which was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast

from hnf.errors import FormulaError, UsageError
from hnf.formula.parameter_checks import (
    Parameter,
    ParameterValue,
    check_parameters,
    check_state,
    check_year,
    parse_document,
)
from hnf.years import FinancialYear

SHIPPED_FOLDER = Path(__file__).parent / "parameters"


@dataclass(frozen=True)
class YearParameters:
    """All parameters of a financial year.

    Parameters
    ----------
    financial_year : FinancialYear
        The year.
    state : str
        `formula`, or `suspended` where the formula did not run.
    message : str
        What stands in place of the formula; empty where it runs.
    reference : str
        Where the state stands.
    checked : date
        When that was last looked up.
    parameters : Mapping
        By name, in the order of the schema; empty in a suspended year.
    source : str
        The file that was read.
    """

    financial_year: FinancialYear
    state: Literal["formula", "suspended"]
    message: str
    reference: str
    checked: date
    parameters: Mapping[str, Parameter]
    source: str

    def value(self, name: str) -> ParameterValue:
        """Return a value that is needed.

        Raises
        ------
        FormulaError
            If the formula is suspended, the file does not have the parameter, or no source was found for it.
        """
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
        """Return the value of a parameter that is a number.

        Raises
        ------
        FormulaError
            If there is no such value, or it is not a number.
        """
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
    """Return the years with a parameter file, earliest first.

    Parameters
    ----------
    folder : Path, optional
        A folder of parameter files in addition to the shipped ones.

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
        A folder of parameter files that stand before the shipped ones.

    Raises
    ------
    UsageError
        If `year` is not a financial year.
    FormulaError
        If nobody described the year, or its file breaks a rule; names the file, the key and what to do.
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
    """Read and check one parameter file, named after its year.

    Raises
    ------
    FormulaError
        If the file cannot be read or breaks a rule.
    """
    # The name alone for a shipped file, so that output does not depend on where the package is installed.
    where = path.name if path.parent == SHIPPED_FOLDER else str(path)
    try:
        document = parse_document(path.read_text(encoding="utf-8"), where)
    except (OSError, UnicodeDecodeError) as error:
        raise FormulaError(f"cannot be read ({error})", where=where, todo="Give a UTF-8 text file.") from error
    year = _year_of(path)
    check_year(document, year, where)
    state, message, reference, checked = check_state(document, where)
    parameters = check_parameters(document.get("parameters"), where) if state == "formula" else {}
    return YearParameters(
        year, cast(Literal["formula", "suspended"], state), message, reference, checked, parameters, where
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
    """Return the file of each year; those of `folder` stand before the shipped ones."""
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
