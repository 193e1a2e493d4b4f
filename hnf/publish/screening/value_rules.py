"""Rules about cells: filters, indicators, symbols and rows that stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from hnf.publish.screening.model import Problem, RuleBook, Screened
from hnf.publish.screening.standard import (
    GEOGRAPHY_COLUMNS,
    LONGEST_ITEM,
    MOST_ITEMS,
    NULLS,
    OLD_SYMBOLS,
    OUTSIDE_THE_TABLE_TOOL,
    SYMBOLS,
    TIME_COLUMNS,
    is_number,
)

BOOK = RuleBook()
_NUMBER_WITH_MARKS = str.maketrans("", "", ",£% ")


def _first(file: Screened, names: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Yield column, value and the line on which the value stands first."""
    for name in names:
        for value, line in file.data.first_lines(name).items():
            yield name, value, line


@BOOK.rule("duplicate_rows", "No two rows are about the same period, place and filters")
def _duplicate_rows(file: Screened) -> Iterator[Problem]:
    keys = [name for name in (*TIME_COLUMNS, *GEOGRAPHY_COLUMNS, *file.filters) if name in file.data.columns]
    if not keys:
        return
    levels = file.data.columns.get("geographic_level", ("",) * len(file.data.rows))
    seen: dict[tuple[str, ...], int] = {}
    rows = zip(*(file.data.columns[name] for name in dict.fromkeys(keys)), strict=True)
    for line, level, key in zip(file.data.lines, levels, rows, strict=True):
        if level in OUTSIDE_THE_TABLE_TOOL:
            continue
        if key in seen:
            yield Problem(
                f"the row repeats line {seen[key]} in period, place and filters",
                "Remove one, or add the filter that tells them apart.",
                line,
            )
        seen.setdefault(key, line)


@BOOK.rule("null_values", "No cell says NA, NULL or an error of a spreadsheet")
def _null_values(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.data.columns):
        if value in NULLS:
            yield Problem(f"'{value}' stands in a cell", "Write the symbol for why there is no value.", line, name)


@BOOK.rule("control_characters", "No cell has a line break or another control character")
def _control_characters(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.data.columns):
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            yield Problem("a cell has a line break, a tab or another control character", "Remove it.", line, name)


@BOOK.rule("filter_blanks", "No filter is blank")
def _filter_blanks(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.filters):
        if not value.strip():
            yield Problem("the filter is blank", "Write Total where the row is about all.", line, name)


@BOOK.rule("filter_total", "Every filter has a Total, or a default of its own", warning=True)
def _filter_total(file: Screened) -> Iterator[Problem]:
    defaults = {v["col_name"]: v["filter_default"] or "Total" for v in file.variables}
    for name in file.filters:
        wanted = defaults.get(name, "Total")
        if wanted not in file.data.first_lines(name):
            yield Problem(f"no row has '{wanted}'", "Add the rows of the whole, or set filter_default.", column=name)


@BOOK.rule("filter_levels", "Every filter has at least two items")
def _filter_levels(file: Screened) -> Iterator[Problem]:
    for name in file.filters:
        items = file.data.first_lines(name)
        if len(items) == 1:
            yield Problem(f"all rows have '{next(iter(items))}'", "Leave it out of the metadata.", column=name)


@BOOK.rule("filter_items_limit", f"No filter has more than {MOST_ITEMS:,} items")
def _filter_items_limit(file: Screened) -> Iterator[Problem]:
    for name in file.filters:
        items = len(file.data.first_lines(name))
        if items > MOST_ITEMS:
            yield Problem(f"it has {items:,} items", "Split the file.", column=name)


@BOOK.rule("filter_whitespace", "No item of a filter begins or ends with a space")
def _filter_whitespace(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.filters):
        if value != value.strip():
            yield Problem(f"'{value}' begins or ends with white space", "Remove it.", line, name)


@BOOK.rule("filter_items_alike", "No two items of a filter differ by capitals only", warning=True)
def _filter_items_alike(file: Screened) -> Iterator[Problem]:
    for name in file.filters:
        times = Counter(value.strip().casefold() for value in file.data.first_lines(name))
        for value, line in file.data.first_lines(name).items():
            if times[value.strip().casefold()] > 1:
                yield Problem(f"'{value}' is also written otherwise", "Write it one way.", line, name)


@BOOK.rule("filter_items_length", f"Items of filters have at most {LONGEST_ITEM} characters", warning=True)
def _filter_items_length(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.filters):
        if len(value) > LONGEST_ITEM:
            yield Problem(f"an item has {len(value)} characters", "Shorten it.", line, name)


@BOOK.rule("indicators_there", "There is at least one indicator")
def _indicators_there(file: Screened) -> Iterator[Problem]:
    if not file.indicators:
        yield Problem("there is no indicator", "Name the columns of numbers as indicators in the metadata.")


@BOOK.rule("indicator_blanks", "No indicator is blank")
def _indicator_blanks(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.indicators):
        if not value.strip():
            yield Problem("the cell is blank", f"Write the number or a symbol ({', '.join(SYMBOLS)}).", line, name)


@BOOK.rule("old_symbols", "No indicator has a symbol that is no longer in use")
def _old_symbols(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.indicators):
        if value.strip() in OLD_SYMBOLS:
            yield Problem(f"'{value}' is an old symbol", "Write z, x, c or low, as the case is.", line, name)


@BOOK.rule("indicator_values", "Indicators are plain numbers or symbols")
def _indicator_values(file: Screened) -> Iterator[Problem]:
    for name, value, line in _first(file, file.indicators):
        known = value in SYMBOLS or value in OLD_SYMBOLS or value in NULLS
        if not value.strip() or known or is_number(value):
            continue
        marked = is_number(value.translate(_NUMBER_WITH_MARKS))
        todo = "Leave out separators, units and spaces." if marked else "Write a number or a symbol."
        yield Problem(f"'{value}' is not a plain number", todo, line, name)
