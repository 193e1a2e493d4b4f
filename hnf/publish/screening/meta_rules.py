"""Rules about the metadata, and about metadata and data saying the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from hnf.publish.screening.model import Problem, RuleBook, Screened, Variable
from hnf.publish.screening.standard import (
    GEOGRAPHY_COLUMNS,
    LONGEST_LABEL,
    META_COLUMNS,
    OPTIONAL_META_COLUMNS,
    TIME_COLUMNS,
    UNITS,
)

BOOK = RuleBook()
_GEOGRAPHY_WORDS = re.compile(
    r"(region|la|lad|local_authority|pcon|ward|school|provider|institution|trust|mat)(_(code|name|id|urn|number))?\Z"
)


def _of_type(file: Screened, col_type: str) -> Iterator[Variable]:
    return (variable for variable in file.variables if variable["col_type"] == col_type)


def _problem(file: Screened, variable: Variable, column: str, what: str, todo: str) -> Problem:
    """Return a problem with a cell of the metadata."""
    return Problem(what, todo, variable.line, column, file.meta.name if file.meta else "")


@BOOK.rule("meta_columns", "The metadata have their eight columns and no others", needs_meta=True)
def _meta_columns(file: Screened) -> Iterator[Problem]:
    heading = file.meta.heading if file.meta else ()
    name = file.meta.name if file.meta else ""
    for column in META_COLUMNS:
        if column not in heading:
            yield Problem(f"the column {column} is missing", "Add it.", 1, column, name)
    for column in heading:
        if column not in (*META_COLUMNS, *OPTIONAL_META_COLUMNS):
            yield Problem(f"'{column}' is no column of metadata", "Remove it.", 1, column, name)


@BOOK.rule("meta_names_filled", "Every row of the metadata has a col_name", needs_meta=True)
def _meta_names_filled(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if not variable["col_name"]:
            yield _problem(file, variable, "col_name", "col_name is blank", "Name the column of the data.")


@BOOK.rule("meta_names_once", "No col_name stands twice", needs_meta=True)
def _meta_names_once(file: Screened) -> Iterator[Problem]:
    yield from _twice(file, "col_name")


@BOOK.rule("meta_names_spaces", "No col_name has spaces", needs_meta=True)
def _meta_names_spaces(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if re.search(r"\s", variable["col_name"]):
            yield _problem(file, variable, "col_name", f"'{variable['col_name']}' has white space", "Remove it.")


@BOOK.rule("meta_in_data", "Every variable of the metadata is a column of the data", needs_meta=True)
def _meta_in_data(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if variable["col_name"] and variable["col_name"] not in file.data.columns:
            what = f"the data have no column '{variable['col_name']}'"
            yield _problem(file, variable, "col_name", what, "Add the column, or remove this row.")


@BOOK.rule("data_in_meta", "Every column of the data is in the metadata", warning=True, needs_meta=True)
def _data_in_meta(file: Screened) -> Iterator[Problem]:
    named = {v[key] for v in file.variables for key in ("col_name", "filter_grouping_column")}
    for name, cells in file.data.columns.items():
        # A column that says the same on every row is no filter, and rightly stays out.
        if name in named or name in TIME_COLUMNS or name in GEOGRAPHY_COLUMNS or len(set(cells)) < 2:
            continue
        yield Problem(f"the metadata have no '{name}'", "Add it, or remove the column.", 1, name)


@BOOK.rule("meta_no_places", "No column of time or place is in the metadata", needs_meta=True)
def _meta_no_places(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        name = variable["col_name"]
        looks = variable["col_type"] == "Filter" and _GEOGRAPHY_WORDS.match(name.casefold())
        if name in TIME_COLUMNS or name in GEOGRAPHY_COLUMNS or looks:
            yield _problem(file, variable, "col_name", f"'{name}' is a column of time or place", "Remove this row.")


@BOOK.rule("meta_col_type", "col_type is Filter or Indicator", needs_meta=True)
def _meta_col_type(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if variable["col_type"] not in ("Filter", "Indicator"):
            what = f"'{variable['col_type']}' is no col_type"
            yield _problem(file, variable, "col_type", what, "Write Filter or Indicator.")


@BOOK.rule("meta_label", "Every variable has a label", needs_meta=True)
def _meta_label(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if not variable["label"]:
            yield _problem(file, variable, "label", f"{variable['col_name']} has no label", "Write one.")


@BOOK.rule("meta_label_once", "No label stands twice", needs_meta=True)
def _meta_label_once(file: Screened) -> Iterator[Problem]:
    yield from _twice(file, "label")


@BOOK.rule("meta_label_length", f"Labels have at most {LONGEST_LABEL} characters", warning=True, needs_meta=True)
def _meta_label_length(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        if len(variable["label"]) > LONGEST_LABEL:
            yield _problem(file, variable, "label", f"it has {len(variable['label'])} characters", "Shorten it.")


@BOOK.rule("meta_indicator_columns", "Filters have no grouping, unit or decimals of indicators", needs_meta=True)
def _meta_indicator_columns(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Filter"):
        for column in ("indicator_grouping", "indicator_unit", "indicator_dp"):
            if variable[column]:
                what = f"the filter {variable['col_name']} has {column} '{variable[column]}'"
                yield _problem(file, variable, column, what, "Leave it blank.")


@BOOK.rule("meta_filter_columns", "Indicators have no hint, group or default of filters", needs_meta=True)
def _meta_filter_columns(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Indicator"):
        for column in ("filter_hint", "filter_grouping_column", "filter_default"):
            if variable[column]:
                what = f"the indicator {variable['col_name']} has {column} '{variable[column]}'"
                yield _problem(file, variable, column, what, "Leave it blank.")


@BOOK.rule("meta_unit", "Units are those of the service", needs_meta=True)
def _meta_unit(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Indicator"):
        if variable["indicator_unit"] and variable["indicator_unit"] not in UNITS:
            what = f"'{variable['indicator_unit']}' is no unit"
            yield _problem(file, variable, "indicator_unit", what, f"Write {', '.join(UNITS)}, or nothing.")


@BOOK.rule("meta_decimals", "Decimals are whole numbers from 0", needs_meta=True)
def _meta_decimals(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Indicator"):
        decimals = variable["indicator_dp"]
        if decimals and not (decimals.isascii() and decimals.isdigit()):
            yield _problem(file, variable, "indicator_dp", f"'{decimals}' is no whole number", "Write 0, 1, 2 …")


@BOOK.rule("meta_decimals_there", "Every indicator has its decimals", warning=True, needs_meta=True)
def _meta_decimals_there(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Indicator"):
        if not variable["indicator_dp"]:
            yield _problem(file, variable, "indicator_dp", f"{variable['col_name']} has none", "Write 0, 1, 2 …")


@BOOK.rule("filter_group_there", "Every filter group is a column of the data", needs_meta=True)
def _filter_group_there(file: Screened) -> Iterator[Problem]:
    for variable in file.variables:
        group = variable["filter_grouping_column"]
        if group and group not in file.data.columns:
            what = f"the data have no column '{group}'"
            yield _problem(file, variable, "filter_grouping_column", what, "Add it, or leave this blank.")


@BOOK.rule("filter_group_no_filter", "No filter group is a filter of its own", needs_meta=True)
def _filter_group_no_filter(file: Screened) -> Iterator[Problem]:
    names = {variable["col_name"] for variable in file.variables}
    for variable in file.variables:
        group = variable["filter_grouping_column"]
        if group and group in names:
            what = f"'{group}' is a group and a row of its own"
            yield _problem(file, variable, "filter_grouping_column", what, f"Remove the row of {group}.")


@BOOK.rule("filter_group_once", "No column groups two filters", needs_meta=True)
def _filter_group_once(file: Screened) -> Iterator[Problem]:
    yield from _twice(file, "filter_grouping_column")


@BOOK.rule("filter_group_levels", "No filter group has more items than its filter", needs_meta=True)
def _filter_group_levels(file: Screened) -> Iterator[Problem]:
    for variable in _of_type(file, "Filter"):
        items = len(file.data.first_lines(variable["col_name"]))
        groups = len(file.data.first_lines(variable["filter_grouping_column"]))
        if items and groups > items:
            what = f"'{variable['filter_grouping_column']}' has {groups} items, its filter {items}"
            yield _problem(file, variable, "filter_grouping_column", what, "Swap the two.")


@BOOK.rule("meta_whitespace", "No cell of the metadata begins or ends with a space", warning=True, needs_meta=True)
def _meta_whitespace(file: Screened) -> Iterator[Problem]:
    if file.meta is None:
        return
    for line, cells in zip(file.meta.lines, file.meta.rows, strict=True):
        for column, cell in zip(file.meta.heading, cells, strict=True):
            if cell != cell.strip():
                yield Problem(f"'{cell}' begins or ends with white space", "Remove it.", line, column, file.meta.name)


def _twice(file: Screened, column: str) -> Iterator[Problem]:
    times = Counter(variable[column] for variable in file.variables if variable[column])
    for variable in file.variables:
        if times[variable[column]] > 1:
            yield _problem(file, variable, column, f"'{variable[column]}' stands twice", "Make each its own.")
