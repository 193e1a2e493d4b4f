"""The kinds of published figures: in which table each stands, what makes its id, and how it is called in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hnf.analysis.series_breaks import statements_until
from hnf.spending_tables import FACTOR_LINES, PLACEMENTS, SPENDING_LINES
from hnf.tables import term_label


@dataclass(frozen=True)
class PublishedKind:
    """Where figures of one kind stand: table, columns that make the id (the area third), value and label."""

    table: str
    before: tuple[str, str]
    after: str
    value: str
    label: Callable[[list[str], str], str]


def _plans_label(parts: list[str], area: str) -> str:
    january, _, _, plan_type = parts
    kinds = {"statement": "Statements of SEN", "ehc_plan": "EHC plans", "total": "Statements and EHC plans"}
    what = "EHC plans" if plan_type == "total" and int(january) > statements_until() else kinds[plan_type]
    return f"{what}, {area}, January {january}"


_LINES = {**SPENDING_LINES, **FACTOR_LINES}

PUBLISHED_KINDS: dict[str, PublishedKind] = {
    "dsg": PublishedKind(
        "dsg_high_needs_block",
        ("financial_year", "edition"),
        "term",
        "value",
        lambda parts, area: f"{term_label(parts[3])}, {area}, {parts[0]}",
    ),
    "pupils": PublishedKind(
        "dsg_pupils",
        ("financial_year", "edition"),
        "phase",
        "pupils",
        lambda parts, area: f"{parts[3].title()} pupils, {area}, {parts[0]}",
    ),
    "plans": PublishedKind("ehc_plans", ("january", "release"), "plan_type", "count", _plans_label),
    "population": PublishedKind(
        "population",
        ("mid_year", "series"),
        "age_band",
        "people",
        lambda parts, area: (
            f"People aged {parts[3].replace('-', ' to ')}, {area}, mid-{parts[0]} ({parts[1].replace('_', ' ')})"
        ),
    ),
    "spending": PublishedKind(
        "spending",
        ("financial_year", "kind"),
        "line",
        "value",
        lambda parts, area: f"{_LINES[parts[3]]}, {area}, {parts[0]} ({parts[1].replace('_', ' ')})",
    ),
    "placements": PublishedKind(
        "placements",
        ("january", "release"),
        "placement",
        "count",
        lambda parts, area: f"{PLACEMENTS[parts[3]]}, {area}, January {parts[0]}",
    ),
    "balance": PublishedKind(
        "dsg_balance",
        ("financial_year", "release"),
        "measure",
        "value",
        lambda parts, area: f"Cumulative DSG balance as % of income (below zero: deficit), {area}, {parts[0]}",
    ),
}
