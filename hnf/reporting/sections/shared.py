"""What the sections share: source lines, the words for denominators, and small pieces of charts."""

from __future__ import annotations

from hnf.measures.rates import Per
from hnf.reporting.content import Table
from hnf.words import capital

PLANS_SOURCE = "Source: Department for Education, Education, health and care plans (SEN2)."
DSG_SOURCE = "Source: Department for Education, dedicated schools grant allocations; hnf calculations."
BOTH_SOURCES = (
    "Source: Department for Education, dedicated schools grant allocations and Education, health and care plans; hnf "
    "calculations."
)
RATE_SOURCE = (
    "Source: Department for Education, dedicated schools grant allocations and Education, health and care plans; "
    "Office for National Statistics, population estimates; hnf calculations."
)
PERS: tuple[Per, ...] = ("head", "pupil", "plan")
PER_WORDS = {"head": "Per head aged 2 to 18", "pupil": "Per pupil", "plan": "Per EHC plan"}


def points(labels: tuple[str, ...], table: Table, column: int) -> tuple[tuple[str, float | None], ...]:
    """Return the points of a line from a column of the table behind the chart."""
    values = [row[column] for row in table.rows]
    return tuple(
        (label, float(value) if isinstance(value, int | float) else None)
        for label, value in zip(labels, values, strict=True)
    )


def as_sentence(text: str) -> str:
    """Return a note as a sentence; nothing stays nothing."""
    return f"{capital(text)}." if text else ""
