"""Rules about time: identifiers, periods and which of them go together."""

from __future__ import annotations

from collections.abc import Iterator

from hnf.publish.screening.model import Problem, RuleBook, Screened
from hnf.publish.screening.standard import FEWEST_PERIODS, PERIOD_DIGITS, TIME_FAMILIES

BOOK = RuleBook()


@BOOK.rule("time_identifier", "Time identifiers are those of the service")
def _time_identifier(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("time_identifier").items():
        if value not in PERIOD_DIGITS:
            yield Problem(
                f"'{value}' is no time identifier",
                "Write it as the service does, such as Financial year, Academic year, Calendar year or January.",
                line,
                "time_identifier",
            )


@BOOK.rule("time_identifier_mix", "All rows have one kind of time period")
def _time_identifier_mix(file: Screened) -> Iterator[Problem]:
    found = {value: line for value, line in file.data.first_lines("time_identifier").items() if value in PERIOD_DIGITS}
    families = {value: next(family for family in TIME_FAMILIES if value in family) for value in found}
    first = next(iter(families.values()), ())
    for value, line in found.items():
        if families[value] != first:
            yield Problem(
                f"'{value}' stands beside '{next(iter(found))}'",
                "Put each kind of period into a file of its own.",
                line,
                "time_identifier",
            )


@BOOK.rule("time_period_digits", "Time periods are digits only")
def _time_period_digits(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("time_period").items():
        if not (value.isascii() and value.isdigit()):
            yield Problem(f"'{value}' is not digits only", "Write 2025, or 202425.", line, "time_period")


@BOOK.rule("time_period_length", "Time periods have the digits that their identifier asks for")
def _time_period_length(file: Screened) -> Iterator[Problem]:
    columns = file.data.columns
    pairs: dict[tuple[str, str], int] = {}
    for line, period, identifier in zip(
        file.data.lines, columns.get("time_period", ()), columns.get("time_identifier", ()), strict=False
    ):
        pairs.setdefault((period, identifier), line)
    for (period, identifier), line in pairs.items():
        digits = PERIOD_DIGITS.get(identifier)
        if digits and period.isdigit() and len(period) != digits:
            yield Problem(
                f"'{period}' has {len(period)} digits",
                f"{identifier} takes {digits}, {'such as 2025' if digits == 4 else 'such as 202425'}.",
                line,
                "time_period",
            )


@BOOK.rule("time_period_consecutive", "Periods of six digits are two years that follow each other")
def _time_period_consecutive(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("time_period").items():
        if value.isdigit() and len(value) == 6 and (int(value[2:4]) + 1) % 100 != int(value[4:]):
            yield Problem(f"'{value}' is not two years in a row", "Write it as 202425.", line, "time_period")


@BOOK.rule("time_periods_several", f"There are at least {FEWEST_PERIODS} periods", warning=True)
def _time_periods_several(file: Screened) -> Iterator[Problem]:
    periods = len(file.data.first_lines("time_period"))
    if periods and periods < FEWEST_PERIODS:
        yield Problem(f"there are {periods} periods", "Add earlier years where they exist.", column="time_period")
