"""Rules about the files themselves and the names of their columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from hnf.publish.screening.model import Problem, RuleBook, Screened, Table
from hnf.publish.screening.reader import META_ENDING
from hnf.publish.screening.standard import LONGEST_NAME, REQUIRED_COLUMNS

BOOK = RuleBook()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _tables(file: Screened) -> Iterator[Table]:
    yield file.data
    if file.meta is not None:
        yield file.meta


@BOOK.rule("file_name", "File names are letters, digits, - and _, and end in .csv and .meta.csv")
def _file_name(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        stem = table.name.removesuffix(META_ENDING if table is file.meta else ".csv")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", stem):
            yield Problem(
                f"the file is called '{table.name}'",
                "Rename it: no spaces, no special characters, and .csv at the end.",
                file=table.name,
            )


@BOOK.rule("file_names_match", "The metadata are called as the data, with .meta before .csv", needs_meta=True)
def _file_names_match(file: Screened) -> Iterator[Problem]:
    expected = file.data.name.removesuffix(".csv") + META_ENDING
    if file.meta is not None and file.meta.name != expected:
        yield Problem(f"the metadata are called '{file.meta.name}'", f"Rename them to {expected}.", file=file.meta.name)


@BOOK.rule("encoding", "Both files are UTF-8")
def _encoding(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        for line, what in table.damage:
            if what == "not UTF-8":
                yield Problem("the text is not UTF-8", "Save it as CSV UTF-8.", line, file=table.name)


@BOOK.rule("byte_order_mark", "No file begins with a byte order mark", warning=True)
def _byte_order_mark(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        if table.content.startswith(_BYTE_ORDER_MARK):
            yield Problem(
                "the file begins with a byte order mark, which some programs read as part of the first heading",
                "Save it as UTF-8 without one.",
                1,
                file=table.name,
            )


@BOOK.rule("row_shape", "Every row has as many cells as the heading")
def _row_shape(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        for line, what in table.damage:
            if what != "not UTF-8":
                yield Problem(what, "Quote cells that hold a comma or a quotation mark.", line, file=table.name)


@BOOK.rule("rows_there", "There are rows of data")
def _rows_there(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        if not table.rows:
            yield Problem("there is a heading and nothing under it", "Add the rows.", file=table.name)


@BOOK.rule("empty_rows", "No row is empty")
def _empty_rows(file: Screened) -> Iterator[Problem]:
    for table in _tables(file):
        for line, cells in zip(table.lines, table.rows, strict=True):
            if not any(cell.strip() for cell in cells):
                yield Problem("the row is empty", "Remove it.", line, file=table.name)


@BOOK.rule("required_columns", "Time period, time identifier, level and country are there")
def _required_columns(file: Screened) -> Iterator[Problem]:
    for name in REQUIRED_COLUMNS:
        if name not in file.data.columns:
            yield Problem(f"the column {name} is missing", "Add it.", 1, name)


@BOOK.rule("column_names_once", "No two columns have the same name")
def _column_names_once(file: Screened) -> Iterator[Problem]:
    for name, times in Counter(file.data.heading).items():
        if times > 1:
            yield Problem(f"{times} columns are called '{name}'", "Rename or remove all but one.", 1, name)


@BOOK.rule("column_names_filled", "Every column has a name")
def _column_names_filled(file: Screened) -> Iterator[Problem]:
    for position, name in enumerate(file.data.heading, 1):
        if not name.strip():
            yield Problem(f"column {position} has no name", "Name it or remove it.", 1)


@BOOK.rule("column_names_spaces", "No column name has spaces")
def _column_names_spaces(file: Screened) -> Iterator[Problem]:
    for name in file.data.heading:
        if re.search(r"\s", name):
            yield Problem(f"the name '{name}' has white space", "Put _ in its place.", 1, name)


@BOOK.rule("column_names_snake_case", "Column names are lower case letters, digits and _", warning=True)
def _column_names_snake_case(file: Screened) -> Iterator[Problem]:
    for name in file.data.heading:
        odd = "".join(sorted(set(re.sub(r"[a-z0-9_\s]", "", name))))
        if odd:
            yield Problem(f"the name '{name}' has '{odd}'", "Write it in snake_case.", 1, name)


@BOOK.rule("column_names_start", "Column names begin with a letter", warning=True)
def _column_names_start(file: Screened) -> Iterator[Problem]:
    for name in file.data.heading:
        if name.strip() and not name[0].isalpha():
            yield Problem(f"the name '{name}' begins with '{name[0]}'", "Begin it with a letter.", 1, name)


@BOOK.rule("column_names_length", f"Column names have at most {LONGEST_NAME} characters", warning=True)
def _column_names_length(file: Screened) -> Iterator[Problem]:
    for name in file.data.heading:
        if len(name) > LONGEST_NAME:
            yield Problem(f"a name has {len(name)} characters", "Shorten it.", 1, name)
