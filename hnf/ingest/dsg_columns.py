"""Columns of the high needs block sheet that are new, and headings that changed: what the sheet itself settles.

A lettered column that the printed formula of the total adds as it stands is a step of that year, whatever it is called,
and gets a name of its own. Where it may be a known term under another heading, and where no formula uses it, only a
person can say: the message then holds the line that says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hnf.errors import SourceError
from hnf.formula.printed import Column, parse_formula
from hnf.ingest.history import BlockHistory
from hnf.sources.dsg import block_columns_of
from hnf.sources.dsg_sheet import SheetColumn, columns_of
from hnf.sources.headings import Rules, extra_name, mapping_line, merge_headings
from hnf.sources.workbooks.read import Sheet, open_workbook
from hnf.tables import term_label

_PART = "high_needs_block"
#: Words that say nothing about which term a heading is.
_COMMON = {"funding", "block", "needs", "total", "allocation", "pupils", "number", "before", "after", "which", "school"}
_SHORTEST_WORD = 5


@dataclass(frozen=True)
class BlockColumns:
    """The columns of a block sheet: rules that know them all, the heading of each term, and the new terms."""

    rules: Rules
    headings: dict[str, str]
    extra: tuple[str, ...]


class UnknownHeadingError(SourceError):
    """Headings that only a person can place; `lines` are those of a file for `--mapping`, one to be chosen of each."""

    def __init__(self, what: str, *, where: str, lines: list[str]) -> None:
        self.lines = lines
        super().__init__(
            what,
            where=where,
            todo=f"Give --mapping a file with `schema_version = 1` and `{lines[0]}` (or another term); "
            "docs/adding-a-year.md shows one.",
        )


def place_columns(name: str, content: bytes, rules: Rules, history: BlockHistory) -> BlockColumns:
    """Give every column of the block sheet a term.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    content : bytes
    rules : dict
        The known headings.
    history : BlockHistory
        Terms of earlier years.

    Raises
    ------
    UnknownHeadingError
        If a column cannot be placed by the sheet itself.
    SourceError
        If the sheet or the total is not found.
    """
    sheet = open_workbook(name, content).sheet(rules[_PART]["sheet"])
    matched = block_columns_of(sheet, rules)
    known = {column.index for column in matched.values()}
    unknown = [column for column in columns_of(sheet) if column.index not in known]
    missing = [term for term in history.last if term not in matched]
    extra: dict[str, str] = {}
    doubtful: list[SheetColumn] = []
    added = _added_letters(matched[rules[_PART]["total"]])
    for column in unknown:
        if column.letter in added and not _may_be(column, missing, history):
            extra[column.heading] = _free_name(column, set(extra.values()))
        else:
            doubtful.append(column)
    if doubtful:
        raise _unknown(sheet, doubtful, _likely_first(missing, history), added)
    placed = merge_headings(rules, {_PART: {"headings": extra}}) if extra else rules
    columns = block_columns_of(sheet, placed)
    return BlockColumns(placed, {term: column.heading for term, column in columns.items()}, tuple(extra.values()))


def _added_letters(total: SheetColumn) -> set[str]:
    """Return the letters that the formula of the total adds or takes away as they stand."""
    if not total.formula:
        return set()
    return {node.letter for _, node in parse_formula(total.formula).terms if isinstance(node, Column)}


def _may_be(column: SheetColumn, missing: list[str], history: BlockHistory) -> bool:
    """Say whether a new heading may be an old term: one that no year was without is missing, or they share a word."""
    words = _words(column.heading)
    return any(term in history.always or words & _words(term_label(term)) for term in missing)


def _likely_first(missing: list[str], history: BlockHistory) -> list[str]:
    """Return the missing terms, those first that no year was without."""
    return sorted(missing, key=lambda term: term not in history.always)


def _words(text: str) -> set[str]:
    found = re.findall(r"[a-z]+", text.casefold())
    return {word for word in found if len(word) >= _SHORTEST_WORD and word not in _COMMON}


def _free_name(column: SheetColumn, taken: set[str]) -> str:
    name = extra_name(column.heading)
    return name if name not in taken else f"{name}_{column.letter.casefold()}"


def _unknown(sheet: Sheet, columns: list[SheetColumn], missing: list[str], added: set[str]) -> UnknownHeadingError:
    lines: list[str] = []
    for column in columns:
        shared = [term for term in missing if _words(term_label(term)) & _words(column.heading)]
        candidates = [*shared, *(term for term in missing if term not in shared), extra_name(column.heading)]
        lines += [mapping_line(_PART, column.heading, term) for term in candidates]
    first = columns[0]
    use = "which the printed formula adds" if first.letter in added else "which no printed formula adds"
    gone = f"; not found any more: {', '.join(missing)}" if missing else ""
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    return UnknownHeadingError(
        f"unknown heading '{first.heading}'{more}, {use}{gone}", where=sheet.where(0, first.index), lines=lines
    )
