"""How a command gives its answer: a table for a person, one JSON object or CSV rows for a program.

On stdout there is the answer and nothing else. With `--format json` and `--format csv` the notes go to stderr; a table
has them below it. Tables are aligned plain text within the width of the terminal, without rich, which takes 60 ms to
import. Text from tables and files is made safe for a terminal. Last come the progress bars, for a terminal only.
"""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias, TypeVar

from hnf.results import Answer, as_plain, complete_row, complete_rows, flatten_row
from hnf.text import as_csv_text, as_json

if TYPE_CHECKING:
    from hnf.analysis.gaps import Gap
    from hnf.analysis.rank import OtherPopulation
    from hnf.tables.store import Store

#: What `--format` allows.
Format: TypeAlias = Literal["table", "json", "csv"]
#: How a column is shown; a `name` is a text that is never broken, to be copied into another command.
Kind = Literal["text", "name", "number", "gbp", "gbp_change", "rate", "rate_change", "count", "pct", "pct_change"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    key, heading : str
        The key of the value in each row, and the words above it.
    kind : str
        How it is written: `text` to the left; to the right `number` (as it is, for ranks and years), `gbp` (whole
        pounds), `rate` (pounds and pence), `count`, `pct`, and the same with a sign as `…_change`.
    """

    key: str
    heading: str
    kind: Kind = "text"


def headed(**columns: str | tuple[str, Kind]) -> tuple[Column, ...]:
    """Return columns by key: the heading of a text, or heading and kind, as `value=("Pounds", "gbp")`."""
    return tuple(Column(key, *((words,) if isinstance(words, str) else words)) for key, words in columns.items())


#: The first columns of a table of authorities.
AUTHORITY = headed(la_code="Code", la_name="Authority")


@dataclass(frozen=True)
class TableView:
    """What a person sees of a result.

    Parameters
    ----------
    title : str
        Measure, place and period.
    columns, rows : sequence
        What each row shows; keys that no column names are not shown. None is shown as `-`, a missing key as nothing.
        A row with the key `section` alone is a line across the table.
    notes : sequence of str
        Basis, defaults taken, and why a value is `-`.
    footer : sequence of mapping
        Rows under a line at the end, such as England and the median.
    lead : sequence of str
        What is said before the table.
    blocks : sequence of TableView
        Answers of the same kind that follow, each with its title.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    footer: Sequence[Row] = ()
    lead: Sequence[str] = ()
    blocks: Sequence[TableView] = ()


def emit(payload: Answer | Mapping[str, Any], output: Format, *, table: TableView, rows_key: str | None = None) -> None:
    """Write the answer of a command to stdout.

    Parameters
    ----------
    payload : Answer or mapping
        The JSON object: an answer, or nested mappings and sequences of text, numbers, years, dates, paths and None. NaN
        becomes null.
    output : str
        `table`, `json` or `csv`.
    table : TableView
        What a person sees; its notes go to stderr where the output is for a program.
    rows_key : str, optional
        The key of the list of mappings that CSV writes, for an answer the one that it names; without one the whole
        payload is one row.
    """
    while _with_answer:
        note(_with_answer.pop())
    if output == "table":
        _prepare(encoding=None)
        _write(write_table(table, width(), bold=may_be_bold(sys.stdout)))
        return
    _prepare(encoding="utf-8")
    if isinstance(payload, Answer):
        rows_key = rows_key or payload.ROWS
    plain = as_plain(payload)
    if rows_key and not isinstance(payload, Answer):
        plain = complete_rows(plain, rows_key)
    if output == "json":
        text = as_json(plain) + "\n"
    else:
        rows = plain[rows_key] if rows_key else [complete_row(plain, {})]
        text = _csv(rows, [column.key for column in table.columns])
    for line in table.notes:
        note(line)
    _write(text)


def emit_text(text: str, notes: Iterable[str]) -> None:
    """Write an answer that is JSON or CSV already to stdout, and its notes to stderr."""
    while _with_answer:
        note(_with_answer.pop())
    _prepare(encoding="utf-8")
    for line in notes:
        note(line)
    _write(text)


def note(text: str) -> None:
    """Tell the user something that is not part of the answer, on stderr."""
    print(clean(text), file=sys.stderr)


#: What is said with an answer only: beside an error it would be a second line.
_with_answer: list[str] = []


def note_with_answer(text: str, *, is_first: bool = False) -> None:
    """Tell the user something about the answer of this command, once there is one; the first drops all before."""
    if is_first:
        _with_answer.clear()
    if text:
        _with_answer.insert(0, text)


def other_population_notes(
    store: Store, found: OtherPopulation | None, against: str = "the rate for England", there: Gap | None = None
) -> list[str]:
    """Say rank and rate on the other population where one alone would mislead, and the gap there if given."""
    if found is None or not found.shown:
        return []
    from hnf.packs.sentences import define_population, say_other

    return [f"{said.text} {define_population(found.spec)}" for said in say_other(store, found, against, there)]


#: How a value of a unit is shown in a table.
KIND_OF_UNIT: dict[str, Kind] = {
    "gbp": "gbp", "gbp_per_head": "rate", "gbp_per_pupil": "rate", "gbp_per_plan": "rate", "pct": "pct",
}  # fmt: skip


def kind_of(unit: str) -> Kind:
    """Return how a value of a unit is shown: counts, and rates per 1,000 people with one decimal, without a sign."""
    return KIND_OF_UNIT.get(unit, "count")


def flag_notes(flags: Iterable[Row]) -> list[str]:
    """Return a note for each sentence on what is odd in a return: name, code and words."""
    return [f"Note on {entry['la_name']} ({entry['la_code']}): {entry['words']}" for entry in flags]


def left_out(entries: Iterable[Row], label: str = "Left out") -> list[str]:
    """Return a note for each area without a figure: name, code and reason."""
    return [f"{label}: {entry['la_name']} ({entry['la_code']}): {entry['reason']}." for entry in entries]


def _prepare(encoding: str | None) -> None:
    """Let stdout take any text: UTF-8 for programs, replacement characters where a terminal lacks a letter."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if encoding:
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
        else:
            sys.stdout.reconfigure(errors="replace")


def _write(text: str) -> None:
    raw: object = getattr(sys.stdout, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        sys.stdout.write(text)
        return
    # With PYTHONUNBUFFERED, Python drops the rest of a write that the system takes only in part (a full disk, a reader
    # that goes away) and reports nothing.
    rest = memoryview(text.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))
    while rest:
        rest = rest[raw.write(rest) or 0 :]


#: Width where output does not go to a terminal and `COLUMNS` is not set.
PLAIN_WIDTH = 80
#: No layout is narrower than this.
LEAST_WIDTH = 20
_GAP = "  "
#: A column of text is not made narrower than this, unless its text is.
_LEAST_TEXT = 12
_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"


def write_table(view: TableView, columns: int, *, bold: bool = False) -> str:
    """Return a table as text of at most so many columns (20 or more), with title and headings in bold where asked.

    Text is wrapped within its column; numbers are aligned to the right and never broken. Where even that does not fit,
    each row is written as a small list of headings and values.
    """
    headings = [clean(column.heading) for column in view.columns]
    rows = [_cells(row, view.columns) for row in view.rows]
    footer = [_cells(row, view.columns) for row in view.footer]
    widths = _fit(headings, [*rows, *footer], view.columns, columns)
    title = wrap(clean(view.title), columns)
    if widths is None:
        body = _stacked(headings, [*rows, *footer], columns)
        emphasised = len(title)
    else:
        right = [column.kind not in ("text", "name") for column in view.columns]
        top = _heading_lines(headings, widths, right)
        rule = _GAP.join("-" * width for width in widths)
        body = [*top, rule, *_lines(rows, widths, right), *([rule, *_lines(footer, widths, right)] if footer else [])]
        emphasised = len(title) + 1 + len(top)
    lead, notes = (
        [line for text in said for line in ("", *wrap(clean(text), columns))] for said in (view.lead, view.notes)
    )
    table = [*title, "", *body] if view.columns else title
    if bold:
        table[:emphasised] = [f"{_BOLD}{line}{_NORMAL}" if line else line for line in table[:emphasised]]
    lines = [*table[: len(title)], *lead, *table[len(title) :], *notes]
    blocks = [f"\n{write_table(block, columns, bold=bold)}" for block in view.blocks]
    return "".join((*(f"{line}\n" for line in lines), *blocks))


def _cells(row: Row, columns: Sequence[Column]) -> list[str]:
    if set(row) == {"section"}:
        return [clean(row["section"])]
    return [format_cell(row.get(column.key, ""), column.kind) for column in columns]


def format_cell(value: object, kind: Kind = "text") -> str:
    """Return a value as a table shows it, `-` for None and NaN; a text stays as it is whatever the kind."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float) or kind in ("text", "name", "number"):
        return clean(str(value))
    sign = "-" if value < 0 else "+" if kind.endswith("_change") and value > 0 else ""
    return _with_sign(sign, _unsigned(abs(value), kind))


def _unsigned(value: float, kind: Kind) -> str:
    if kind in ("gbp", "gbp_change"):
        return f"£{value:,.0f}"
    if kind in ("rate", "rate_change"):
        return f"£{value:,.2f}"
    if kind in ("pct", "pct_change"):
        return f"{value:,.1f}%"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _with_sign(sign: str, digits: str) -> str:
    """Put a sign before the digits, unless they were rounded to nothing."""
    return f"{sign}{digits}" if any(digit in digits for digit in "123456789") else digits


def _fit(headings: list[str], rows: list[list[str]], columns: Sequence[Column], room: int) -> list[int] | None:
    """Return the width of each column, None if they do not fit beside one another."""
    widths, least, contents = [], [], []
    rows = [row for row in rows if len(row) == len(columns)]
    for index, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        cells = max((columns_of(row[index]) for row in rows), default=0)
        words = max((columns_of(word) for word in heading.split()), default=1)
        widths.append(max(cells, columns_of(heading), 1))
        contents.append(cells)
        least.append(max(words, cells if column.kind != "text" else min(cells, _LEAST_TEXT), 1))
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    if over > sum(widths) - sum(least):
        return None
    for _ in range(over):
        narrowable = [index for index in range(len(widths)) if widths[index] > least[index]]
        loose = [index for index in narrowable if widths[index] > contents[index]]  # headings are broken before cells
        widths[max(loose or narrowable, key=widths.__getitem__)] -= 1
    return widths


def _heading_lines(headings: list[str], widths: list[int], right: list[bool]) -> list[str]:
    wrapped = [wrap(heading, width) for heading, width in zip(headings, widths, strict=True)]
    height = max((len(lines) for lines in wrapped), default=0)
    return _side_by_side([[""] * (height - len(lines)) + lines for lines in wrapped], widths, right)


def _lines(rows: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if len(row) < len(widths):
            lines.extend(wrap(row[0], sum(widths) + len(_GAP) * (len(widths) - 1)))
            continue
        wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines.extend(_side_by_side(wrapped, widths, right))
    return lines


def _side_by_side(cells: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    lines = []
    for number in range(max((len(cell) for cell in cells), default=0)):
        parts = []
        for cell, width, to_the_right in zip(cells, widths, right, strict=True):
            text = cell[number] if number < len(cell) else ""
            space = " " * (width - columns_of(text))
            parts.append(space + text if to_the_right else text + space)
        lines.append(_GAP.join(parts).rstrip())
    return lines


def _stacked(headings: list[str], rows: list[list[str]], columns: int) -> list[str]:
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for heading, cell in zip(headings, row, strict=False):
            if not cell:
                continue
            words = f"{heading}: {cell}" if len(row) == len(headings) else cell
            first, *others = wrap(words, columns - len(_GAP))
            lines.extend([first, *(f"{_GAP}{line}" for line in others)])
    return lines


def wrap(text: str, columns: int) -> list[str]:
    """Return cleaned text in lines of at most so many columns, broken between words where that is possible."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns_of(joined) <= columns:
            lines[-1] = joined
            continue
        pieces = _break(word, columns)
        lines[-1:] = [lines[-1], *pieces] if lines[-1] else pieces
    return lines


def _break(word: str, columns: int) -> list[str]:
    pieces = [""]
    taken = 0
    for character in word:
        needed = _columns_of_character(character)
        if taken + needed > columns and pieces[-1]:
            pieces.append("")
            taken = 0
        pieces[-1] += character
        taken += needed
    return pieces


def columns_of(text: str) -> int:
    """Return how many columns cleaned text takes up: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_columns_of_character(character) for character in text)


def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def width() -> int:
    """Return the number of columns to fill: `COLUMNS` where it is set, else the terminal's, or 80 in a pipe or file."""
    if is_terminal(sys.stdout):
        columns = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
    else:
        asked = os.environ.get("COLUMNS", "")
        columns = int(asked) if re.fullmatch(r"0*[1-9][0-9]{0,5}", asked) else PLAIN_WIDTH
    return max(columns, LEAST_WIDTH)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking at the stream, on a terminal that can do more than print lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def may_be_bold(stream: TextIO) -> bool:
    """Whether the stream may carry bold text: a terminal, and NO_COLOR not set."""
    return is_terminal(stream) and os.name == "posix" and not os.environ.get("NO_COLOR")


_SPACES = {"\t": " ", "\n": " ", "\r": " ", "\x0b": " ", "\x0c": " ", "\u2028": " ", "\u2029": " "}


def clean(text: str) -> str:
    r"""Return text that cannot steer a terminal.

    Line ends and tabs become spaces; other control characters, invisible format characters (among them those that
    reverse the direction of writing) and halves of surrogate pairs are written out, as in ``\x1b``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_clean_character(character) for character in text)


def _clean_character(character: str) -> str:
    if character in _SPACES:
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def _csv(rows: Sequence[Row], headings_if_empty: list[str]) -> str:
    import csv

    flat = [_flatten(row) for row in rows]
    headings = list(dict.fromkeys(key for row in flat for key in row)) or headings_if_empty
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(heading) for heading in headings])
    writer.writerows([_safe(row.get(heading)) for heading in headings] for row in flat)
    return text.getvalue()


def _flatten(row: Row) -> dict[str, Any]:
    return {
        key: ";".join(_joined(item) for item in value) if isinstance(value, list) else value
        for key, value in flatten_row(row).items()
    }


def _joined(item: Any) -> str:
    """Return one of several things in a cell as words: never as JSON, which no spreadsheet reads."""
    if isinstance(item, Mapping):
        parts = {key: _joined(value) for key, value in flatten_row(item).items()}
        return ", ".join(f"{key} {value}" for key, value in parts.items() if value)
    return " ".join(map(_joined, item)) if isinstance(item, list) else "" if item is None else str(item)


def _safe(value: Any) -> Any:
    """Return a value that no spreadsheet runs."""
    if isinstance(value, str):
        return as_csv_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


Item = TypeVar("Item")


def track(items: Iterable[Item], label: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield the items and show on stderr how far the work on them is, where that is a terminal.

    Parameters
    ----------
    items : iterable
        What is worked on.
    label : str
        What is being done, as `Writing packs`.
    total : int, optional
        How many items there are, where their length does not say.
    """
    if not is_terminal(sys.stderr):
        yield from items
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track as show_bar

    yield from show_bar(items, escape(clean(label)), total=total, console=Console(stderr=True), transient=True)


@contextmanager
def stepwise(label: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show how many of so many steps are done; yields what is to be called after each."""
    steps = iter(track(range(total), label, total=total))

    def step(_: str) -> None:
        next(steps, None)

    yield step
    for _ in steps:  # lets the bar finish
        pass


@contextmanager
def bytes_received(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show how much of a file has arrived; yields what is to be told the bytes so far and in all, None if not known."""
    if not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(clean(label)), total=None)
        yield lambda received, whole: bar.update(task, completed=received, total=whole)
