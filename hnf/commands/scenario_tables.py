"""The tables that `hnf scenario` prints: winners and losers of one scenario, and two scenarios side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hnf.commands.output import Column, TableView

if TYPE_CHECKING:
    from hnf.formula.scenario import ScenarioResult

#: Authorities shown at either end of a table, where not all are.
ENDS = 10


def ends_of(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return those with the most and those with the least, a row of dots between them."""
    from hnf.formula.scenario import HALF_A_PENNY

    gains = [row for row in rows if row[key] >= HALF_A_PENNY][:ENDS]
    losses = [row for row in rows if row[key] <= -HALF_A_PENNY][-ENDS:]
    if len(gains) + len(losses) == len(rows):
        return rows
    return [*gains, {"la_name": "…"}, *losses]


_RANKS = (Column("rank_before", "Rank now", "number"), Column("rank_after", "Rank then", "number"))


def result_table(found: ScenarioResult, payload: dict[str, Any], *, every: bool) -> TableView:
    """Return winners and losers, sorted as they are in the payload."""
    england = payload["england"]
    rows = payload["rows"] if every else ends_of(payload["rows"], "change_gbp")
    shown_all = len(rows) == len(payload["rows"])
    if found.factors:
        rows = [{**row, "moved_most_by": str(row.get("moved_most_by") or "").replace("_", " ")} for row in rows]
    footer = {
        "la_name": "England",
        "scenario_gbp": england["scenario_gbp"],
        "change_gbp": found.cost_gbp,
        "change_pct": found.cost_gbp / england["baseline_gbp"] * 100,
    }
    return TableView(
        title=f"{found.scenario.title}, {found.year}",
        columns=(
            Column("la_code", "Code"),
            Column("la_name", "Authority"),
            Column("scenario_gbp", "Block then", "gbp"),
            Column("change_gbp", "Change", "gbp_change"),
            Column("change_pct", "Per cent", "pct_change"),
            Column("change_per_head_gbp", "Per head", "rate_change"),
            *([Column("moved_most_by", "Moved most by")] if found.factors else _RANKS),
        ),
        rows=rows,
        footer=[footer],
        notes=_notes(found, payload, shown_all=shown_all),
    )


def _notes(found: ScenarioResult, payload: dict[str, Any], *, shown_all: bool) -> list[str]:
    cost = found.cost_gbp
    money = "The total is held." if not cost else f"{'Cost' if cost > 0 else 'Saving'}: £{abs(cost):,.0f}."
    notes = [f"{money} {found.counts_in_words}."]
    words = [effect.in_words for effect in found.effects] or ["nothing changes"]
    several = len(words) > 1
    notes += [
        f"{f'{number}. ' if several else ''}{text[0].upper()}{text[1:]}." for number, text in enumerate(words, start=1)
    ]
    if found.factors:
        own, rules = found.factors.own, found.factors.before.rules
        notes += [line for line in (own.label, own.gaps) if line]
        if rules.unverified:
            notes.append(f"Unverified parameters, which no public source backs: {', '.join(rules.unverified)}.")
    baseline = (
        "the formula on these factors, every figure estimated"
        if found.factors
        else "the block before deductions as printed"
    )
    notes.append(f"Baseline: {baseline}. Per head: {found.head_words}. Rank 1 is the lowest rate.")
    if found.factors:
        notes.append("What each factor gives and takes, authority by authority: --format csv or json.")
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in payload["left_alone"]:
        reasons.setdefault((row["change"], row["reason"]), []).append(f"{row['la_name']} ({row['la_code']})")
    notes += [f"Not part of {kind}: {', '.join(who)}: {reason}." for (kind, reason), who in reasons.items()]
    if not shown_all:
        notes.append(f"The {ENDS} largest gains and losses at most; --all shows every authority.")
    return notes


def comparison(first: ScenarioResult, second: ScenarioResult) -> dict[str, Any]:
    """Return the JSON answer of a comparison: second less first, the largest difference first.

    Raises
    ------
    FormulaError
        If the two were computed for different years.
    """
    from hnf.errors import FormulaError

    if first.year != second.year:
        raise FormulaError(
            f"one scenario is for {first.year}, the other for {second.year}", todo="Compare two of the same year."
        )
    if bool(first.factors) != bool(second.factors):
        raise FormulaError(
            "one scenario is computed on the published block, the other on factors of yours",
            todo="Compare two of the same kind.",
        )
    others = {row["la_code"]: row for row in second.rows}
    rows = [
        {
            "la_code": row["la_code"],
            "la_name": row["la_name"],
            "baseline_gbp": row["baseline_gbp"],
            "first_change_gbp": row["change_gbp"],
            "second_change_gbp": others[row["la_code"]]["change_gbp"],
            "difference_gbp": others[row["la_code"]]["change_gbp"] - row["change_gbp"],
        }
        for row in first.rows
    ]
    return {
        "year": str(first.year),
        "first": {"scenario": first.scenario.name, "title": first.scenario.title, "cost_gbp": first.cost_gbp},
        "second": {"scenario": second.scenario.name, "title": second.scenario.title, "cost_gbp": second.cost_gbp},
        "basis": "estimated" if first.factors else "derived",
        **({"inputs": first.factors.own.payload()} if first.factors else {}),
        "rows": sorted(rows, key=lambda row: -float(row["difference_gbp"])),
    }


def comparison_table(payload: dict[str, Any], *, every: bool) -> TableView:
    """Return two scenarios side by side."""
    rows = payload["rows"] if every else ends_of(payload["rows"], "difference_gbp")
    one, two = payload["first"], payload["second"]
    shown_all = len(rows) == len(payload["rows"])
    return TableView(
        title=f"{one['title']} (first) against {two['title']} (second), {payload['year']}",
        columns=(
            Column("la_code", "Code"),
            Column("la_name", "Authority"),
            Column("first_change_gbp", "Change, first", "gbp_change"),
            Column("second_change_gbp", "Change, second", "gbp_change"),
            Column("difference_gbp", "Second less first", "gbp_change"),
        ),
        rows=rows,
        footer=[
            {
                "la_name": "England",
                "first_change_gbp": one["cost_gbp"],
                "second_change_gbp": two["cost_gbp"],
                "difference_gbp": two["cost_gbp"] - one["cost_gbp"],
            }
        ],
        notes=[
            *([payload["inputs"]["label"]] if "inputs" in payload else []),
            *([] if shown_all else [f"The {ENDS} largest differences on either side; --all shows every authority."]),
        ],
    )
