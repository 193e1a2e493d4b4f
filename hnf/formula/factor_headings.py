"""Which heading of a file means which column of factors: the headings that ship, and a user's mapping."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.formula.factor_inputs import INPUTS, NAMES

SHIPPED_HEADINGS = Path(__file__).parent / "factor_headings.toml"
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
    """Return the headings known; those of a mapping file stand in place of the shipped ones of the same column.

    Parameters
    ----------
    mapping : Path, optional
        TOML with `schema_version`, `[headings] column = "Heading in the file"` and perhaps `sheet`.

    Raises
    ------
    SourceError
        If a mapping cannot be read, names an unknown column, or gives two columns the same heading.
    """
    shipped, _ = _read(SHIPPED_HEADINGS)
    own, sheet = _read(mapping) if mapping else ({}, "")
    meanings = {**NAMES, **{name: column.meaning for name, column in INPUTS.items()}}
    known: dict[str, str] = {}
    for column, meaning in meanings.items():
        if column not in own:
            known |= {fold(text): column for text in (column, meaning, *shipped.get(column, ()))}
    for column, texts in own.items():
        for text in texts:
            known[fold(text)] = column
    return Headings(known, sheet)


def _read(path: Path) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return the headings by column and the sheet of one file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
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
                    f"the heading '{text}' stands for {owner[fold(text)]} and for {column}",
                    where=str(path),
                    todo="A heading means one column.",
                )
