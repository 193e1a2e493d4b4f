"""Runs the screening rules on a file and says of each whether it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from hnf.publish.screening import file_rules, geography_rules, meta_rules, time_rules, value_rules
from hnf.publish.screening.model import Problem, Rule, Screened

Status = Literal["pass", "fail", "warning", "not_run"]

#: All rules, in the order in which they run.
RULES: tuple[Rule, ...] = tuple(
    rule
    for book in (file_rules.BOOK, time_rules.BOOK, geography_rules.BOOK, value_rules.BOOK, meta_rules.BOOK)
    for rule in book.rules
)
#: Problems that a message names; the rest are counted.
_EXAMPLES = 3


@dataclass(frozen=True)
class Result:
    """What one rule found."""

    rule: Rule
    status: Status
    count: int
    message: str

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.rule.id,
            "status": self.status,
            "title": self.rule.title,
            "count": self.count,
            "message": self.message,
        }


def screen(file: Screened, rules: Iterable[Rule] = RULES) -> tuple[Result, ...]:
    """Run screening rules.

    Parameters
    ----------
    file : Screened
        As `hnf.publish.screening.reader.read_screened` reads it.
    rules : iterable of Rule
        All of them by default.

    Returns
    -------
    tuple of Result
        One a rule. A rule about metadata is `not_run` where there are none.
    """
    return tuple(_run(rule, file) for rule in rules)


def _run(rule: Rule, file: Screened) -> Result:
    if rule.needs_meta and file.meta is None:
        return Result(rule, "not_run", 0, "There are no metadata to check.")
    problems = iter(rule.check(file))
    shown = list(islice(problems, _EXAMPLES))
    count = len(shown) + sum(1 for _ in problems)
    if not count:
        return Result(rule, "pass", 0, "")
    return Result(rule, rule.severity, count, _message(shown, count, file.data.name))


def _message(shown: Iterable[Problem], count: int, name: str) -> str:
    parts = [_words(problem, name) for problem in shown]
    rest = count - len(parts)
    return " ".join(parts) + (f" And {rest:,} more like this." if rest else "")


def _words(problem: Problem, name: str) -> str:
    where = problem.file or name
    if problem.line is not None:
        where += f", line {problem.line}"
    if problem.column:
        where += f", column {problem.column}"
    return f"{where}: {problem.what}. {problem.todo.rstrip('.')}."
