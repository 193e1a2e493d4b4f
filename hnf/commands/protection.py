"""`hnf protection`: who is on the floor, who on the gains limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hnf.commands import options
from hnf.commands.output import AUTHORITY, Column, TableView, emit

if TYPE_CHECKING:
    from hnf.analysis.protection import Protection, ProtectionRow

_TERMS = {"nff_in_protection": "column A", "additional": "the additional allocation"}


def command(
    year: options.LatestYear = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Class every authority by funding floor and gains limit, with column A recomputed where one of them binds.

    Floor and limit are a rise per head aged 2 to 18 on last year's money, by the ONS 2018-based projection.
    Known differences are listed with what is known about them; none is forced.

    Examples
    --------
    hnf protection --year 2022-23
    hnf protection --year 2023-24 --format csv > protection.csv
    """
    from hnf.analysis.protection import protection

    store = options.open_store(data, edition)
    found = protection(store, options.latest(store, year))
    emit(found, output, table=_table(found, found.to_json()))


def _table(found: Protection, payload: dict[str, Any]) -> TableView:
    from hnf.formula.protection import ProtectionStatus as Status

    rules = found.rules
    bound = (Status.FLOOR, Status.LIMIT, Status.KNOWN_DIFFERENCE)
    order = (*bound, Status.UNEXPLAINED, Status.BETWEEN, Status.NOT_CLASSED)
    rows = sorted(payload["rows"], key=lambda row: (order.index(row["class"]), row["la_name"]))
    whole = [{**row, "la_code": ""} for row in payload["combined"]]
    return TableView(
        title=f"{len(rows)} authorities against a floor of {rules.floor_pct:g}% and a gains limit of "
        f"{rules.limit_pct:g}%, {rules.year}",
        columns=(
            Column("class", "Class"),
            *AUTHORITY,
            Column("change_pct", "Rise per head", "pct_change"),
            Column("floor_distance_gbp", "Above floor", "gbp"),
            Column("limit_distance_gbp", "Below limit", "gbp"),
        ),
        rows=[{**row, "class": _in_words(row["class"])} for row in rows],
        footer=[{**row, "class": _in_words(row["class"])} for row in whole],
        notes=_notes(found, payload),
    )


def _in_words(status: str) -> str:
    return status.replace("_", " ")


def _notes(found: Protection, payload: dict[str, Any]) -> list[str]:
    from hnf.formula.protection import ProtectionStatus

    rules = found.rules
    counts = ", ".join(f"{count} {_in_words(name)}" for name, count in payload["counts"].items() if count)
    terms = " and ".join(_TERMS.get(term, term) for term in rules.baseline_terms)
    notes = [
        f"{counts}.",
        f"Rise: column A of {rules.year} per head of the ONS 2018-based projection of mid-{rules.mid_year}, on {terms} "
        f"of {rules.baseline_year} per head of mid-{rules.previous_mid_year}. On the floor or the limit: within "
        f"£{payload['tolerance_gbp']:g} of it.",
        *found.notes,
    ]
    reasons: dict[str, list[str]] = {}
    for row in (*found.rows, *found.combined):
        if row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE and row.floor_gbp is not None:
            reasons.setdefault(row.reason, []).append(f"{row.la_name}{_addition(row)}")
    notes += [f"Known difference: {'; '.join(areas)}. {reason}" for reason, areas in reasons.items()]
    if reasons:
        notes.append("In brackets: what the baseline needs for the floor or the limit to equal column A.")
    return notes


def _addition(row: ProtectionRow) -> str:
    """Write in brackets what the baseline needs: whole places as such, other amounts in pounds."""
    from hnf.measures.notes import place_rule

    if row.whole_places:
        return f" ({row.whole_places} × £{place_rule().place_gbp:,.0f})"
    if row.baseline_addition_gbp is None:
        return ""
    pounds = row.baseline_addition_gbp
    return f" ({'−' if pounds < 0 else '+'}£{abs(pounds):,.0f})"
