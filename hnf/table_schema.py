"""What a declaration of a tidy table is made of, and the values that tables share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["string", "integer", "number"]

GEOGRAPHIC_LEVELS = ("national", "regional", "authority_type", "local_authority")
#: Symbols that publishers print in place of a number, and what they mean.
SYMBOLS = {
    "z": "not applicable",
    "x": "not available (suppressed)",
    "c": "confidential",
    "low": "rounds to zero",
    "k": "rounds to zero",
    "u": "low reliability",
    ":": "not available",
    "~": "not available",
}
#: Errors of a spreadsheet that a publisher left in a cell. As a symbol: no number, and never zero.
CELL_ERRORS = {
    "#REF!": "not available (the published cell holds an error)",
    "#N/A": "not available (the published cell holds an error)",
}
LA_CODE = r"^\d{3}$"
LA_CODE_OR_EMPTY = r"^(\d{3})?$"
FINANCIAL_YEAR = r"^20\d\d-\d\d$"


@dataclass(frozen=True)
class Field:
    """A column of a tidy table. Strings are never null (nothing is ""); numbers are null where `status` says why."""

    name: str
    type: FieldType
    meaning: str
    unit: str = ""
    required: bool = True
    pattern: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None


@dataclass(frozen=True)
class TableSpec:
    """A tidy table: what a row is, its columns in order, its key, and columns unique together beside the key."""

    name: str
    meaning: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """Return the declaration of a column."""
        return next(field for field in self.fields if field.name == name)
