"""The answer on spending, placements and balance of one authority, beside England."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hnf.analysis.spending import (
    ALLOCATION_TERMS,
    BALANCE,
    allocation_figure,
    allocation_share_figure,
    balance_figure,
    balance_years,
    independent_share_figure,
    is_counted,
    line_figure,
    placement_counts,
    placement_figure,
    placement_share_figure,
    returns,
    total_figure,
    unavailable,
)
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.published import ENGLAND
from hnf.spending_tables import PLACEMENTS, SPENDING_LINES
from hnf.store import Store


@dataclass(frozen=True)
class Spending:
    """What is published on one authority.

    Parameters
    ----------
    authority : Authority
    payload : dict
        The JSON answer: `returns`, `placements`, `balances`, `unavailable`.
    """

    authority: Authority
    payload: dict[str, Any]


def spending(store: Store, who: str) -> Spending:
    """Return spending, placements and balance of an authority with England's.

    Parameters
    ----------
    store : Store
    who : str
        Name, alias or code.

    Raises
    ------
    UsageError
        If there is no such authority, or nothing is published on it.
    """
    authority = Authorities.of(store).find(who)
    code = authority.la_code
    balances = _balances(store, code)
    spent, placed = is_counted(store, "spending", code), is_counted(store, "placements", code)
    if not (spent or placed or balances):
        raise UsageError(
            f"no spending, placements or balance of {authority.prose} are published in these tables",
            todo=_where_to_look(store, authority),
        )
    reasons = Counter(reason for _, reason in unavailable(store, code))
    payload = {
        "authority": {"la_code": code, "la_name": authority.name},
        "returns": [_return(store, year, kind, code) for year, kind in returns(store)] if spent else [],
        "placements": [
            _placement(store, str(january), release, code, placement)
            for january, release in placement_counts(store)
            for placement in PLACEMENTS
        ]
        if placed
        else [],
        "balances": balances,
        "unavailable": [{"reason": reason, "cells": cells} for reason, cells in sorted(reasons.items())],
    }
    return Spending(authority, payload)


def _where_to_look(store: Store, authority: Authority) -> str:
    known = [a for a in authority.predecessors if is_counted(store, "spending", a)]
    if not known:
        return f"They cover financial years to {max(store.table('spending')['financial_year'])}."
    names = " and ".join(Authorities.of(store)[a].prose for a in known)
    return f"It was made later; look at {names}."


def _return(store: Store, year: str, kind: str, code: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "financial_year": year,
        "kind": kind,
        "total": _number(total_figure(store, year, kind, code)),
        "england_total": _number(total_figure(store, year, kind, ENGLAND)),
        "independent_share": _number(independent_share_figure(store, year, kind, code)),
        "england_independent_share": _number(independent_share_figure(store, year, kind, ENGLAND)),
        "lines": [
            {"line": line, "label": label, **_number(line_figure(store, year, kind, code, line))}
            for line, label in SPENDING_LINES.items()
        ],
    }
    for which in ALLOCATION_TERMS:
        allocation = allocation_figure(store, year, code, which)
        found[f"allocation_{which}"] = None if allocation is None else _number(allocation)
        share = allocation_share_figure(store, year, kind, code, which) if allocation else None
        found[f"share_{which}"] = None if share is None else _number(share)
        found[f"england_share_{which}"] = _number(allocation_share_figure(store, year, kind, ENGLAND, which))
    return found


def _placement(store: Store, january: str, release: str, code: str, placement: str) -> dict[str, Any]:
    areas = {"": code, "england_": ENGLAND}
    found: dict[str, Any] = {"january": int(january), "placement": placement, "label": PLACEMENTS[placement]}
    for prefix, area in areas.items():
        found[f"{prefix}count"] = _number(placement_figure(store, january, release, area, placement))
        found[f"{prefix}share"] = _number(placement_share_figure(store, january, release, area, placement))
    return found


def _balances(store: Store, code: str) -> list[dict[str, Any]]:
    found = []
    for year, release in balance_years(store):
        here, england = (balance_figure(store, year, release, area) for area in (code, ENGLAND))
        if here is not None:
            found.append(
                {
                    "financial_year": year,
                    BALANCE: _number(here),
                    f"england_{BALANCE}": None if england is None else _number(england),
                }
            )
    return found


def _number(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "unit": figure.unit,
        "basis": figure.basis,
        "status": figure.status or None,
        "figure_id": figure.id,
    }
