"""Loaders of what was stated: single figures of high needs funding, policy facts, DfE's pages of single authorities.

Each row has the web address of its statement; its line in the file is the cell. The figures are for years and areas
that no published table holds, as Parliament, a council or the press had them, to the precision with which they were
said. The pages show about 2,000 characters each, so that lines are missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from hnf.errors import SourceError, UsageError
from hnf.sources.catalogue import Source
from hnf.sources.places import Register, Row, area_columns
from hnf.sources.workbooks.guard import plain_number
from hnf.sources.workbooks.read import read_csv
from hnf.tables.schema import COMBINED_AREA, PAGE_ITEMS, REPORTED_MEASURES, REPORTED_UNITS, STATED_OVER
from hnf.text import web_address
from hnf.years import FinancialYear

_FIGURE_COLUMNS = (
    "financial_year", "area_code", "area", "measure", "value", "unit", "precision", "kind", "basis_as_said", "source",
    "address", "note",
)  # fmt: skip
_POLICY_COLUMNS = ("topic", "fact", "date", "source", "address", "kind")
_PAGE_COLUMNS = ("financial_year", "la_code", "date_of_allocation", "field", "value", "unit", "address")
#: Lines of the pages under the name of the term in the tables.
_ITEMS = {
    **{item: item for item in PAGE_ITEMS},
    "high_needs_total_after_deductions": "total_after_deductions",
    "basic_entitlement_unit": "basic_entitlement_rate",
    "basic_entitlement_total": "basic_entitlement",
}
_WORDS = ("exact", "about")


def load_reported(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the single figures: rows of `reported`."""
    rows: list[Row] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for line, row in _rows(source, content, _FIGURE_COLUMNS):
        where = f"{source.id}, line {line}"
        _one_of(row, "measure", REPORTED_MEASURES, where)
        _one_of(row, "unit", REPORTED_UNITS, where)
        place = _place(row["area_code"], row.pop("area"), register, where)
        said = (row["financial_year"], place["area_code"], row["measure"])
        statement = (*said, row["source"], row["address"])
        if seen[statement]:
            raise SourceError("the same figure of the same statement appears twice", where=where)
        seen.update((said, statement))
        value = _stated_value(row, where)
        status = "z" if value is None else ""
        number = {"number": seen[said], "value": value, "status": status}
        rows.append({**row, **place, **number, "source_id": source.id, "cell": f"line {line}"})
    return rows


def load_policy(source: Source, content: bytes, _: Register) -> list[Row]:
    """Load the policy facts: rows of `policy`."""
    facts = _rows(source, content, _POLICY_COLUMNS)
    return [{**row, "source_id": source.id, "cell": f"line {line}"} for line, row in facts]


def load_pages(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the lines of the pages of single authorities: rows of `dsg_pages`."""
    rows: list[Row] = []
    for line, row in _rows(source, content, _PAGE_COLUMNS):
        where = f"{source.id}, line {line}"
        register.known(row["la_code"], where)
        _one_of(row, "field", _ITEMS, where)
        printed = {"item": _ITEMS[row["field"]], "value": _number(row["value"], where)}
        rows.append({**row, **printed, "source_id": source.id, "cell": f"line {line}"})
    return rows


def _rows(source: Source, content: bytes, columns: tuple[str, ...]) -> list[tuple[int, Row]]:
    """Read the rows, once each is shown to have a web address and, where it has a year, a financial year."""
    rows: list[tuple[int, Row]] = []
    for line, row in read_csv(source.id, content, columns):
        where = f"{source.id}, line {line}"
        if not web_address(row["address"]):
            raise SourceError(f"'{row['address'][:60]}' is not a web address", where=where)
        written = row.get("financial_year")
        if written is not None and written != str(_year(written, where)):
            raise SourceError(
                f"'{written}' is not how a year is written", where=where, todo=f"Write {_year(written, where)}."
            )
        rows.append((line, dict(row)))
    return rows


def _year(text: str, where: str) -> FinancialYear:
    try:
        return FinancialYear.parse(text)
    except UsageError as error:
        raise SourceError(error.what, where=where, todo=error.todo) from error


def _one_of(row: Mapping[str, str], column: str, known: Mapping[str, object] | tuple[str, ...], where: str) -> None:
    if row[column] not in known:
        raise SourceError(f"{column} '{row[column][:60]}' is unknown", where=where, todo=f"Known: {', '.join(known)}.")


def _place(code: str, name: str, register: Register, where: str) -> Row:
    """Return the columns of an area: England, an authority, a region by its name, or several authorities together."""
    blank = {"area_name": name, "members": ""}
    if (code, name) == ("ENG", "England"):
        return {**area_columns("national"), **blank, "area_code": "england"}
    if code.isdigit():
        if register.la_code_of_name.get(name, code) != register.known(code, where):
            raise SourceError(f"{name} has another code than {code} in the register", where=where)
        return {**area_columns("local_authority", la_code=code), **blank, "area_code": code}
    region = register.region_codes.get(name.removesuffix(" region").casefold())
    if region:
        return {**area_columns("regional", region_code=region), **blank, "area_code": region}
    members = re.fullmatch(r"[^()]+ \((\d{3}(?:, \d{3})+)\)", name)
    if not members or not code.isalpha():
        raise SourceError(f"'{name}' ({code}) is no area of the register", where=where)
    codes = "|".join(register.known(member, where) for member in members[1].split(", "))
    return {**area_columns(COMBINED_AREA), "area_name": name, "area_code": code, "members": codes}


def _stated_value(row: Mapping[str, str], where: str) -> float | None:
    """Return the value, once its precision is known and agrees with it; none where words alone were said."""
    precision, value = row["precision"], _number(row["value"], where)
    if precision == "words" or row["unit"] == "none":
        if (precision, row["unit"], value) != ("words", "none", 0):
            raise SourceError("words alone have precision words, unit none and value 0", where=where)
        return None
    over, step = re.fullmatch(STATED_OVER, precision), plain_number(precision)
    if over:
        least = float(over["number"]) * (1000 if over["billion"] else 1)
        if least != value:
            raise SourceError(f"value {row['value']} is not that of '{precision}'", where=where)
    elif precision not in _WORDS and not (step and step > 0):
        raise SourceError(f"'{precision}' is not a precision", where=where, todo="Write 0.1, over 207, exact or about.")
    return value


def _number(text: str, where: str) -> float:
    number = plain_number(text)
    if number is None or number < 0:
        raise SourceError(f"'{text[:40]}' is not a number of zero or more", where=where)
    return number
