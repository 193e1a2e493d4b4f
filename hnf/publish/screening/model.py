"""What a screening rule sees and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from hnf.authorities import Authorities
from hnf.publish.screening.standard import GEOGRAPHY_COLUMNS, TIME_COLUMNS, is_indicator_cell

Severity = Literal["fail", "warning"]


@dataclass(frozen=True)
class Table:
    """A CSV as text: the heading and the rows, with the line of each row in the file."""

    name: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    content: bytes = b""
    #: What stood in the way of reading it as a whole, with the line.
    damage: tuple[tuple[int, str], ...] = ()

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Cells by heading, of the first where a heading stands twice."""
        found: dict[str, tuple[str, ...]] = {}
        by_position = list(zip(*self.rows, strict=True)) if self.rows else [()] * len(self.heading)
        for name, cells in zip(self.heading, by_position, strict=True):
            found.setdefault(name, cells)
        return found

    def first_lines(self, name: str) -> dict[str, int]:
        """Return the values of a column with the line on which each stands first; nothing where there is no column."""
        found: dict[str, int] = {}
        for line, value in zip(self.lines, self.columns.get(name, ()), strict=False):
            found.setdefault(value, line)
        return found

    def position(self, name: str) -> int:
        """Return the place of a column, 1 for the first."""
        return self.heading.index(name) + 1


@dataclass(frozen=True)
class Variable:
    """A row of the metadata: its line and its cells by heading, without white space at the ends."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a cell; nothing where the column is missing."""
        return self.cells.get(name, "")


@dataclass(frozen=True)
class Screened:
    """A data file, its metadata where there is any, and the authorities that codes are held against."""

    data: Table
    meta: Table | None
    authorities: Authorities

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The rows of the metadata."""
        if self.meta is None:
            return ()
        names = self.meta.heading
        return tuple(
            Variable(line, {name: cell.strip() for name, cell in zip(names, cells, strict=True)})
            for line, cells in zip(self.meta.lines, self.meta.rows, strict=True)
        )

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """Filters and filter groups that the data hold; guessed from the cells where there is no metadata."""
        if self.meta is None:
            return tuple(name for name in self._other_columns if name not in self.indicators)
        named = [v["col_name"] for v in self.variables if v["col_type"] == "Filter"]
        groups = [v["filter_grouping_column"] for v in self.variables]
        return tuple(dict.fromkeys(name for name in (*named, *groups) if name in self.data.columns))

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Indicators that the data hold; guessed from the cells where there is no metadata."""
        if self.meta is None:
            return tuple(name for name in self._other_columns if self._looks_like_an_indicator(name))
        named = [v["col_name"] for v in self.variables if v["col_type"] == "Indicator"]
        return tuple(dict.fromkeys(name for name in named if name in self.data.columns))

    @cached_property
    def _other_columns(self) -> tuple[str, ...]:
        return tuple(n for n in self.data.columns if n not in TIME_COLUMNS and n not in GEOGRAPHY_COLUMNS)

    def _looks_like_an_indicator(self, name: str) -> bool:
        """Most cells are numbers or symbols, so that the odd ones are mistakes and not the items of a filter."""
        cells = self.data.columns[name]
        return bool(cells) and 2 * sum(is_indicator_cell(cell) for cell in cells) > len(cells)

    def levels(self) -> Iterator[tuple[int, int, str]]:
        """Yield index, line and geographic level of every row."""
        levels = self.data.columns.get("geographic_level", ())
        for index, (line, level) in enumerate(zip(self.data.lines, levels, strict=False)):
            yield index, line, level


@dataclass(frozen=True)
class Problem:
    """One thing that breaks a rule: where it stands, what it is and what to do."""

    what: str
    todo: str
    line: int | None = None
    column: str = ""
    file: str = ""


@dataclass(frozen=True)
class Rule:
    """A screening rule."""

    id: str
    title: str
    check: Callable[[Screened], Iterable[Problem]]
    severity: Severity = "fail"
    needs_meta: bool = False


@dataclass
class RuleBook:
    """Collects the rules of one module in the order in which they stand there."""

    rules: list[Rule] = field(default_factory=list)

    def rule(
        self, id_: str, title: str, *, warning: bool = False, needs_meta: bool = False
    ) -> Callable[[Callable[[Screened], Iterable[Problem]]], Callable[[Screened], Iterable[Problem]]]:
        """Enter a function as a rule; `warning` where the service advises and does not refuse."""

        def enter(check: Callable[[Screened], Iterable[Problem]]) -> Callable[[Screened], Iterable[Problem]]:
            self.rules.append(Rule(id_, title, check, "warning" if warning else "fail", needs_meta))
            return check

        return enter
