"""The chart of a scenario: who gains and who loses most."""

from __future__ import annotations

import re
from typing import Any

from hnf.errors import FormulaError
from hnf.formula.block import TOTAL
from hnf.measures.published import formula_id
from hnf.packs.content import Chart, Table, WinnersLosersChart, gbp_words, tabulate
from hnf.packs.sections.funding import RATE_SOURCE
from hnf.scenarios.run import HALF_A_PENNY, ScenarioResult
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

#: Bars at either end.
ENDS = 8


def winners_losers_chart(store: Store, found: ScenarioResult, highlight: str = "") -> Chart:
    """Return the chart of a scenario, one authority in bold, with the table of all authorities behind it.

    Parameters
    ----------
    highlight : str
        Authority, as `Authorities.find` takes it; nobody by default.

    Raises
    ------
    UsageError
        If there is no such authority.
    FormulaError
        If nobody gains or loses.

    Examples
    --------
    >>> import hnf
    >>> store = hnf.Store()
    >>> hnf.winners_losers_chart(store, hnf.run_scenario(store, "no_gains_limit", "2023-24")).title
    'No gains limit: 30 gain, 121 unchanged'
    """
    highlight = highlight and Authorities.of(store).find(highlight).name
    gains, losses = largest_changes(found)
    shown = _bars(gains), _bars(losses)
    listed = "; ".join(f"{name} {words}" for bars in shown for name, _, words in bars)
    cost = found.cost_gbp
    money = "the total is held" if not cost else f"{'cost' if cost > 0 else 'saving'} {gbp_words(abs(cost))}"
    order = "; then ".join(effect.in_words for effect in found.effects)
    return Chart(
        id=f"scenario_{re.sub(r'[^a-z0-9]+', '_', found.scenario.name.casefold())}",
        title=f"{found.scenario.title}: {found.counts_in_words}",
        subtitle=f"Change of the high needs block before deductions, {len(found.arrays)} authorities, {found.year}; "
        f"{money}",
        alt=f"Bar chart of the largest gains and losses. {listed}."
        + (f" {found.factors.own.label}" if found.factors else ""),
        source=_source(found),
        spec=WinnersLosersChart(
            x_title="Change in pounds",
            gains=shown[0],
            losses=shown[1],
            between=_between(found, len(shown[0]), len(shown[1])),
            highlight=highlight,
        ),
        data=_table(store, found),
        notes=(f"What is assumed: {order}.",),
    )


def largest_changes(found: ScenarioResult) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the largest gains and of the largest losses, the largest gain first, the largest loss last.

    Raises
    ------
    FormulaError
        If nobody gains or loses.
    """
    gains = [row for row in found.rows if row["change_gbp"] >= HALF_A_PENNY]
    losses = [row for row in found.rows if row["change_gbp"] <= -HALF_A_PENNY]
    if not gains and not losses:
        raise FormulaError(f"nobody gains or loses by {found.scenario.name} in {found.year}: there is nothing to draw")
    return gains[:ENDS], losses[-ENDS:]


def _bars(rows: list[dict[str, Any]]) -> tuple[tuple[str, float, str], ...]:
    return tuple(
        (row["la_name"], row["change_gbp"], f"{'+' if row['change_gbp'] > 0 else ''}{gbp_words(row['change_gbp'])}")
        for row in rows
    )


def _between(found: ScenarioResult, gains: int, losses: int) -> str:
    more = [
        (found.winners - gains, "with smaller gains"),
        (len(found.arrays) - found.winners - found.losers, "unchanged"),
        (found.losers - losses, "with smaller losses"),
    ]
    words = [f"{count} {what}" for count, what in more if count]
    return f"Others: {', '.join(words)}" if words else ""


def _table(store: Store, found: ScenarioResult) -> Table:
    first = "Block by the factors (£)" if found.factors else "Block as published (£)"
    return tabulate(
        "scenario_rows",
        f"{found.scenario.title}, all authorities, {found.year}",
        f"Pounds, the largest gain first; per head: {found.head_words}; rank 1 is the lowest rate",
        {
            **{"Authority": "text", first: "gbp", "Block under the scenario (£)": "gbp", "Change (£)": "gbp"},
            **{"Change (%)": "pct", "Change per head (£)": "rate", "Rank before": "rank", "Rank after": "rank"},
        },
        (
            (
                row["la_name"],
                (row["baseline_gbp"], None if found.factors else formula_id(store, found.year, row["la_code"], TOTAL)),
                (row["scenario_gbp"], row["figure_id"]),
                *(row[name] for name in ("change_gbp", "change_pct", "change_per_head_gbp")),
                *(row[name] for name in ("rank_before", "rank_after")),
            )
            for row in found.rows
        ),
        source=_source(found),
    )


def _source(found: ScenarioResult) -> str:
    return f"{found.factors.own.label} Estimated." if found.factors else RATE_SOURCE
