"""Factor counts of authorities: what the engine needs to know, and how it is read from a file of the user's.

No published file in the catalogue holds the counts of the proxy factors or the historic spend of an authority: they
come from a CSV or workbook of the user's, or are synthetic and say so. The heading row is found, not counted: it is
the row that holds most headings known. A symbol is never a number, no gap is filled, and rows that are no authority are
left out only where they plainly are none, each of them listed.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hnf.errors import FormulaError, SourceError
from hnf.formula.parameters import IDACI_BANDS
from hnf.paths import data_folder, read_file
from hnf.results import FloatArray
from hnf.sources.workbooks.guard import MAX_FILE_BYTES, cell_address, clean
from hnf.sources.workbooks.read import Sheet, open_workbook, read_csv_rows
from hnf.tables.schema import LA_CODE, SYMBOLS
from hnf.years import FinancialYear


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
    *(InputColumn(f"idaci_band_{band}_count", "count", f"Children in IDACI band {band.upper()}")
        for band in IDACI_BANDS),
    InputColumn("bad_health_count", "count", "Children in bad health"),
    InputColumn("disability_living_allowance_count", "count", "Children receiving disability living allowance"),
    InputColumn("ks2_low_attainment_count", "count", "Pupils with low attainment at key stage 2"),
    InputColumn("ks4_low_attainment_count", "count", "Pupils with low attainment at key stage 4"),
    InputColumn("historic_spend_gbp", "gbp", "Spend of 2017-18 on high needs, before the factor's share"),
    InputColumn("previous_baseline_per_head_gbp", "gbp_per_head",
        "Last year's baseline per head of last year's population 2 to 18"),
    InputColumn("area_cost_adjustment_index", "index", "Area cost adjustment: own rate over the lowest rate",
        must_be_positive=True),
    InputColumn("basic_entitlement_pupils_count", "count", "Pupils in special schools and academies"),
    InputColumn("import_export_gbp", "gbp", "Import/export adjustment", may_be_negative=True),
    InputColumn("special_free_schools_gbp", "gbp", "Additional funding for special free schools"),
    InputColumn("hospital_ap_gbp", "gbp",
        "Hospital education, alternative provision teachers' pay and pension, supplementary"),
)  # fmt: skip

#: Columns that name an authority, and its numbers by name in the order in which they are shown.
NAMES: Mapping[str, str] = {"la_code": "DfE three-digit code", "la_name": "Name"}
INPUTS: Mapping[str, InputColumn] = {column.name: column for column in _COLUMNS}


@dataclass(frozen=True)
class FactorInputs:
    """Inputs of n authorities: codes, names, and float64 arrays of shape (n,) as `INPUTS` has them."""

    la_codes: tuple[str, ...]
    la_names: tuple[str, ...]
    columns: Mapping[str, FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.la_codes)


def checked_inputs(
    la_codes: Sequence[str], la_names: Sequence[str], columns: Mapping[str, FloatArray], *, where: str = "the factors"
) -> FactorInputs:
    """Return inputs, arrays of shape (n,) by the names of `INPUTS`, each value checked against its column's rule."""
    _refuse_columns(list(columns), list(INPUTS), where)
    if not la_codes:
        raise FormulaError("there is no authority in it", where=where)
    twice = [str(code) for code, times in Counter(la_codes).items() if times > 1]
    if twice:
        raise FormulaError(
            f"la_code {', '.join(twice)} appears more than once", where=where, todo="Keep one row an authority."
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


OFFICIAL_WORKBOOK = "The official workbook 'National funding formula tables for schools and high needs' on GOV.UK"
SHIPPED_HEADINGS = data_folder() / "factor_headings.toml"
SCHEMA_VERSION = 1
#: Amounts in thousands or millions, as a heading says it.
NOT_IN_POUNDS = re.compile(r"£\s*(?:m|k|bn|000s?)\b|£?\s*\b(?:thousand|million|billion)s?\b", re.IGNORECASE)
_KEYS = ("schema_version", "sheet", "headings")


@dataclass(frozen=True)
class Headings:
    """Column by folded heading, and the sheet to read where the mapping names one."""

    column_of: dict[str, str]
    sheet: str = ""

    def columns_in(self, cells: Sequence[Any]) -> list[tuple[int, str]]:
        """Return position and column of each cell that is a known heading, in pounds or not."""
        texts = [(index, cell) for index, cell in enumerate(cells) if isinstance(cell, str)]
        found = ((index, self._column(text)) for index, text in texts)
        return [(index, column) for index, column in found if column]

    def _column(self, heading: str) -> str:
        # A column in £ millions is recognised as what it is, so that it is refused and not reported as missing.
        in_pounds = fold(NOT_IN_POUNDS.sub("", heading))
        return self.column_of.get(fold(heading)) or self.column_of.get(in_pounds, "")


def fold(heading: str) -> str:
    """Return a heading in lower case without white space and punctuation: `Import / export (£)` is `importexport`."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", heading).casefold())


def read_headings(mapping: Path | None = None) -> Headings:
    """Return the headings known; those of a mapping file (TOML) replace the shipped ones of the same column."""
    shipped, _ = _read_mapping(SHIPPED_HEADINGS)
    own, sheet = _read_mapping(mapping) if mapping else ({}, "")
    meanings = {**NAMES, **{name: column.meaning for name, column in INPUTS.items()}}
    known: dict[str, str] = {}
    for column, meaning in meanings.items():
        if column not in own:
            known |= {fold(text): column for text in (column, meaning, *shipped.get(column, ()))}
    for column, texts in own.items():
        for text in texts:
            known[fold(text)] = column
    return Headings(known, sheet)


def _read_mapping(path: Path) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return the headings by column and the sheet of one file."""
    try:
        document = tomllib.loads(read_file(path).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"the mapping cannot be read ({error})", where=str(path), todo="Give a TOML file.") from error
    _refuse_unknown(list(document), list(_KEYS), path)
    if document.get("schema_version") != SCHEMA_VERSION:
        raise SourceError("schema_version is not 1", where=str(path), todo="Write schema_version = 1 at the top.")
    tables, sheet = document.get("headings", {}), document.get("sheet", "")
    if not isinstance(tables, dict) or not isinstance(sheet, str):
        raise SourceError(
            "headings is not a table, or sheet is not text", where=str(path), todo="Write [headings] below sheet."
        )
    _refuse_unknown(list(tables), [*NAMES, *INPUTS], path)
    headings = {column: _texts(column, value, path) for column, value in tables.items()}
    _refuse_shared(headings, path)
    return headings, sheet


def _texts(column: str, value: Any, path: Path) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and fold(text) for text in texts):
        raise SourceError(
            f"{column} = {value!r}", where=str(path), todo="Give the text of a heading, or a list of such texts."
        )
    return tuple(texts)


def _refuse_unknown(keys: list[str], known: list[str], path: Path) -> None:
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            todo = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
            raise SourceError(f"unknown key '{key}'", where=str(path), todo=todo)


def _refuse_shared(headings: dict[str, tuple[str, ...]], path: Path) -> None:
    owner: dict[str, str] = {}
    for column, texts in headings.items():
        for text in texts:
            if owner.setdefault(fold(text), column) != column:
                raise SourceError(
                    f"the heading '{text}' means {owner[fold(text)]} and {column}",
                    where=str(path),
                    todo="A heading means one column.",
                )


_WORKBOOKS = (".xlsx", ".xls", ".ods")
#: Titles and notes are above the headings of official workbooks, in fewer rows than these.
_HEADING_WITHIN_ROWS = 40
_NUMBER = re.compile(r"^(-?£?|£-)(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?$", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(2\d{3})(?:[-/_\u2013]|[- _]to[- _])((?:2\d)?\d\d)(?!\d)")
#: What a file that is made up says in its name, in a title or in the name of an authority.
SYNTHETIC = "synthetic"
_COUNTRY_OR_REGION = re.compile(r"^E(92|12)\d{6}$")


@dataclass(frozen=True)
class HeadingReport:
    """Which columns are needed, with their meaning, and which of them a file has, with its headings.

    `ignored` are headings that no column goes by, `left_out` rows that are no authority, with their address.
    """

    file: str
    sheet: str
    heading_row: int
    needed: dict[str, str]
    found: dict[str, str]
    not_found: tuple[str, ...]
    ignored: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactorFile:
    """The factors of a file, how its headings were understood, and what it says of itself.

    It is synthetic where its name, a title above its headings or the name of an authority says so; `years` are those in
    the name of the file or the sheet, or in a column for the year.
    """

    inputs: FactorInputs
    report: HeadingReport
    is_synthetic: bool = False
    years: tuple[FinancialYear, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """A sheet, the position of its heading row (zero-based), and position and column of each heading known."""

    sheet: Sheet
    row: int
    columns: list[tuple[int, str]]

    @property
    def position(self) -> dict[str, int]:
        return {column: index for index, column in self.columns}

    @property
    def headings(self) -> list[str]:
        return [clean(cell) for cell in self.sheet.rows[self.row]]

    def where(self, row: int, index: int) -> str:
        cell = cell_address(row, index)
        place = f"sheet {self.sheet.name}, cell {cell}" if self.sheet.name else f"cell {cell}"
        return f"{self.sheet.source_id}, {place}"


def report_headings(path: Path, mapping: Path | None = None) -> HeadingReport:
    """Say which columns of factors a file has, without reading its values; a file that lacks some is no error here.

    Raises
    ------
    SourceError
        If the file or the mapping cannot be read, or two headings mean the same column.
    """
    return _report(_layout(path, read_headings(mapping)))


def read_factors(path: Path, mapping: Path | None = None) -> FactorFile:
    """Read the factors of a file.

    Parameters
    ----------
    path : Path
        CSV, XLSX, XLS or ODS.
    mapping : Path, optional
        TOML that says which heading a column has in this file.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or a cell is not what its column needs; names the cell.
    FormulaError
        If an authority appears twice, or a value breaks the rule of its column.
    """
    layout = _layout(path, read_headings(mapping))
    report = _report(layout)
    if report.not_found:
        raise SourceError(
            f"no heading for {', '.join(report.not_found)}; found {', '.join(report.found) or 'none'}",
            where=f"{path.name}, row {report.heading_row}",
            todo="Add the columns, or give a mapping file that names their headings.",
        )
    rows, left_out = _authority_rows(layout)
    cells, position = layout.sheet.rows, layout.position
    inputs = checked_inputs(
        [clean(cells[row][position["la_code"]]) for row in rows],
        [clean(cells[row][position["la_name"]]) for row in rows],
        {name: np.array([_number(layout, row, name) for row in rows], dtype=np.float64) for name in INPUTS},
        where=path.name,
    )
    titles = [clean(cell) for row in cells[: layout.row] for cell in row]
    named = [path.stem, layout.sheet.name]
    at = [place for place, text in enumerate(layout.headings) if fold(text) in ("year", "financialyear")]
    return FactorFile(
        inputs,
        _report(layout, left_out),
        any(SYNTHETIC in text.casefold() for text in (*named, *titles, *inputs.la_names)),
        _years_in([*named, *(clean(cells[row][place]) for row in rows for place in at)]),
    )


def _years_in(texts: Sequence[str]) -> tuple[FinancialYear, ...]:
    """Return the financial years that texts name, each once: two years in a row, so that a date is none."""
    found = (
        FinancialYear(int(a)) for text in texts for a, b in _YEAR.findall(text) if (int(a) + 1 - int(b)) % 100 == 0
    )
    return tuple(dict.fromkeys(found))


def _report(layout: _Layout, left_out: tuple[str, ...] = ()) -> HeadingReport:
    meanings = {**NAMES, **{name: column.meaning for name, column in INPUTS.items()}}
    found = {column: layout.headings[index] for index, column in layout.columns}
    known = {index for index, _ in layout.columns}
    return HeadingReport(
        file=layout.sheet.source_id,
        sheet=layout.sheet.name,
        heading_row=layout.row + 1,
        needed=meanings,
        found={column: found[column] for column in meanings if column in found},
        not_found=tuple(column for column in meanings if column not in found),
        ignored=tuple(text for index, text in enumerate(layout.headings) if text and index not in known),
        left_out=left_out,
    )


def _layout(path: Path, headings: Headings) -> _Layout:
    """Return the sheet and row with most of the columns; of equal rows of a sheet the first."""
    layouts = []
    for sheet in _sheets(path, headings.sheet):
        rows = [
            _Layout(sheet, index, headings.columns_in(row))
            for index, row in enumerate(sheet.rows[:_HEADING_WITHIN_ROWS])
        ]
        layouts += [max(rows, key=lambda layout: len(layout.position))] if rows else []
    most = max((len(layout.position) for layout in layouts), default=0)
    if not most:
        raise SourceError(
            f"no row of headings was found in the first {_HEADING_WITHIN_ROWS} rows",
            where=path.name,
            todo=f"The columns needed are {', '.join([*NAMES, *INPUTS])}.",
        )
    best = [layout for layout in layouts if len(layout.position) == most]
    if len(best) > 1:
        raise SourceError(
            f"the sheets {', '.join(layout.sheet.name for layout in best)} have the same number of columns known",
            where=path.name,
            todo='Name one in a mapping file: sheet = "…".',
        )
    _check_headings(best[0])
    return best[0]


def _check_headings(layout: _Layout) -> None:
    """Refuse two headings of one column, and amounts that are not in pounds."""
    first: dict[str, int] = {}
    for index, column in layout.columns:
        if first.setdefault(column, index) != index:
            raise SourceError(
                f"'{layout.headings[first[column]]}' and '{layout.headings[index]}' both mean {column}",
                where=layout.where(layout.row, index),
                todo="Remove one, or name the right one in a mapping file.",
            )
        if NOT_IN_POUNDS.search(layout.headings[index]):
            raise SourceError(
                f"'{layout.headings[index]}' is not in pounds, but {column} is needed so",
                where=layout.where(layout.row, index),
                todo="Convert the column.",
            )


def _sheets(path: Path, wanted: str) -> list[Sheet]:
    """Return the sheets of a workbook, or a CSV file as a sheet without a name, each line at its own number."""
    try:
        content = read_file(path, MAX_FILE_BYTES)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", where=str(path), todo="Check the path.") from error
    if path.suffix.lower() in _WORKBOOKS:
        workbook = open_workbook(path.name, content)
        return [workbook.sheet(re.escape(name)) for name in ([wanted] if wanted else workbook.names)]
    if path.suffix.lower() != ".csv":
        raise SourceError(
            f"'{path.suffix}' is not a kind of file that is read", where=path.name, todo="Save it as CSV or XLSX."
        )
    heading, lines = read_csv_rows(path.name, content)
    rows: list[list[Any]] = [heading]
    for line, cells in lines:
        rows += [[""] * len(heading)] * (line - 1 - len(rows))
        rows.append(list(cells))
    return [Sheet(path.name, "", rows)]


def _authority_rows(layout: _Layout) -> tuple[list[int], tuple[str, ...]]:
    """Return the rows of authorities, and those that are none: without a code, or with the name or code of an area."""
    rows, left_out = [], []
    at = layout.position["la_code"]
    for row in range(layout.row + 1, len(layout.sheet.rows)):
        cells = [clean(cell) for cell in layout.sheet.rows[row]]
        code = cells[at]
        if re.match(LA_CODE, code):
            rows.append(row)
        elif not any(character.isdigit() for character in code) or _COUNTRY_OR_REGION.match(code):
            # A code with a digit in it may be a mistyped authority, which must not vanish.
            left_out += [f"row {row + 1}: {' '.join(filter(None, cells))[:60]}"] if any(cells) else []
        else:
            raise SourceError(
                f"'{code}' is not a three-digit la_code",
                where=layout.where(row, at),
                todo="Correct the code or remove the row.",
            )
    return rows, tuple(left_out)


def _number(layout: _Layout, row: int, column: str) -> float:
    """Return the number in a cell; text is read as a number only where it is nothing else."""
    index = layout.position[column]
    cell = layout.sheet.rows[row][index]
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = clean(cell)
    if isinstance(cell, str) and _NUMBER.match(text):
        return float(text.replace(",", "").replace("£", ""))
    meaning = SYMBOLS.get(text.casefold(), "")
    what = (
        f"'{text}' ({meaning}) is no number" if meaning else f"'{text}' is no number" if text else "the cell is empty"
    )
    raise SourceError(
        f"{column}: {what}", where=layout.where(row, index), todo="A symbol or a gap is never 0: give the number."
    )
