"""What authorities plan and spend on high needs, and the balance of the grant.

The benchmarking tool lists lines of the section 251 returns. It does not say how far the place funding that DfE pays
directly is in them, so spending is given beside the allocation before and after deductions, and the difference is
never called an overspend. England is the sum of the authorities of the tool, which are all that have an allocation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.errors import UsageError
from hnf.measures.published import ENGLAND, area_name, dsg_id, published_figure
from hnf.results import Answer, Figure, add_figures
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.schema import PLACE_LINES, SERVICE_LINES, SPENDING_LINES, TOP_UP_INDEPENDENT, TOP_UP_STATE
from hnf.tables.store import Store, cached
from hnf.years import FinancialYear

#: Lines that make up what the tool lists: no line is part of another.
TOTAL_LINES = (*PLACE_LINES, TOP_UP_STATE, TOP_UP_INDEPENDENT, *SERVICE_LINES)
ALLOCATION_TERMS = {"before": "total_before_deductions", "after": "total_after_deductions"}
KINDS = {"budget": "section 251 budget", "outturn": "section 251 outturn"}
BALANCE = "balance_pct_of_income"


def returns(store: Store) -> list[tuple[str, str]]:
    """Return the financial years and kinds (budget, outturn) of the section 251 returns, oldest first."""
    frame = store.table("spending").filter(pl.col("kind").is_in(list(KINDS)))
    return sorted(set(frame.select("financial_year", "kind").iter_rows()))


def balance_years(store: Store) -> list[tuple[str, str]]:
    """Return the financial years with a balance, each with its release, oldest first."""
    return sorted(set(store.table("dsg_balance").select("financial_year", "release").iter_rows()))


def line_figure(store: Store, year: str, kind: str, area: str, line: str) -> Figure:
    """Return a line of spending: as printed for an authority, the sum of the authorities of a region or England.

    Raises
    ------
    UsageError
        If the return does not list the authority.
    """
    if area[:1].isdigit():
        return published_figure(store, f"spending:{year}:{kind}:{area}:{line}")[0]
    return _line_of_group(store, year, kind, area, line)


@cached
def _line_of_group(store: Store, year: str, kind: str, area: str, line: str) -> Figure:
    members = Authorities.of(store).members(area)
    codes = [code for code in _counted(store).get((year, kind, line), []) if code in members]
    ids = [f"spending:{year}:{kind}:{code}:{line}" for code in codes]
    figures = [published_figure(store, figure_id)[0] for figure_id in ids]
    label = f"{SPENDING_LINES[line]}, {area_name(store, area)}, {year} ({kind})"
    part = "" if area == ENGLAND else f":{area}"
    return _sum(f"linesum:{year}:{kind}{part}:{line}", label, figures, f"sum of {len(figures)} authorities")


def total_figure(store: Store, year: str, kind: str, area: str) -> Figure:
    """Return all that a return lists on high needs: places, top-ups net of income, services."""
    lines = [line_figure(store, year, kind, area, line) for line in TOTAL_LINES]
    label = f"High needs spending listed in the {KINDS[kind]}, {area_name(store, area)}, {year}"
    return _sum(f"spendtotal:{year}:{kind}:{area}", label, lines, "places + top-up funding + services")


def allocation_figure(store: Store, year: str, area: str, which: str) -> Figure | None:
    """Return the high needs block `before` or `after` deductions; None where the area had none in the year."""
    try:
        return published_figure(store, dsg_id(store, FinancialYear.parse(year), area, ALLOCATION_TERMS[which]))[0]
    except UsageError:
        return None


def allocation_share_figure(store: Store, year: str, kind: str, area: str, which: str) -> Figure:
    """Return what a return lists as a percentage of the block before or after deductions."""
    allocation = allocation_figure(store, year, area, which)
    if allocation is None:
        raise UsageError(f"{area_name(store, area)} had no allocation in {year}")
    label = (
        f"High needs spending listed in the {KINDS[kind]} as % of the block {which} deductions, "
        f"{area_name(store, area)}, {year}"
    )
    total = total_figure(store, year, kind, area)
    return _ratio(f"spendallocation:{year}:{kind}:{area}:{which}", label, total, allocation, "spending ÷ allocation")


def independent_share_figure(store: Store, year: str, kind: str, area: str) -> Figure:
    """Return the part of top-up funding that goes to non-maintained and independent providers, in per cent."""
    independent = line_figure(store, year, kind, area, TOP_UP_INDEPENDENT)
    state = line_figure(store, year, kind, area, TOP_UP_STATE)
    label = (
        "Top-up funding for non-maintained and independent schools and colleges as % of all top-up funding, "
        f"{area_name(store, area)}, {year} ({kind})"
    )
    missing = independent.status or state.status
    both = (independent.value or 0) + (state.value or 0)
    return Figure(
        id=f"independentshare:{year}:{kind}:{area}",
        label=label,
        value=None if missing or not both else 100 * (independent.value or 0) / both,
        unit="pct",
        basis="derived",
        inputs=(independent.id, state.id),
        derivation="independent top-up funding ÷ both kinds of top-up funding",
        status=missing or ("" if both else "there is no top-up funding"),
    )


def balance_figure(store: Store, year: str, release: str, area: str) -> Figure | None:
    """Return the cumulative balance as a percentage of income, below zero for a deficit; None where not published."""
    try:
        return published_figure(store, f"balance:{year}:{release}:{area}:{BALANCE}")[0]
    except UsageError:
        return None


def has_returns(store: Store, area: str) -> bool:
    """Whether the returns give a number, not only errors, for an authority."""
    members = set(Authorities.of(store).members(area))
    return any(members.intersection(codes) for codes in _counted(store).values())


def unavailable(store: Store, la_code: str) -> Iterator[tuple[str, str]]:
    """Yield label and reason of each published cell of an authority that holds an error in place of a number."""
    rows = store.table("spending").filter((pl.col("la_code") == la_code) & (pl.col("status") != ""))
    for year, kind, line in rows.select("financial_year", "kind", "line").iter_rows():
        figure = published_figure(store, f"spending:{year}:{kind}:{la_code}:{line}")[0]
        yield figure.label, figure.status


@cached
def _counted(store: Store) -> dict[tuple[str, str, str], list[str]]:
    """Return the codes of the authorities with a number by financial year, kind of return and line."""
    found: dict[tuple[str, str, str], list[str]] = {}
    frame = store.table("spending").filter(pl.col("status") == "")
    for year, kind, line, code in frame.select("financial_year", "kind", "line", "la_code").iter_rows():
        found.setdefault((year, kind, line), []).append(code)
    return found


def _sum(figure_id: str, label: str, figures: list[Figure], how: str) -> Figure:
    if not figures:
        raise UsageError(f"no figure has the id '{figure_id}'", todo="Ids are printed with every answer.")
    return add_figures(figure_id, label, figures, how)


def _ratio(figure_id: str, label: str, part: Figure, whole: Figure, how: str) -> Figure:
    missing = next((figure for figure in (part, whole) if figure.value is None), None)
    status = missing.status if missing else "" if whole.value else "the whole is nought"
    return Figure(
        id=figure_id,
        label=label,
        value=None if status or part.value is None or not whole.value else 100 * part.value / whole.value,
        unit="pct",
        basis="derived",
        inputs=(part.id, whole.id),
        derivation=how,
        status=status,
    )


@dataclass(frozen=True)
class Spending(Answer):
    """What is published on one authority, beside England, and how many cells have an error in place of a number."""

    JSON = (
        {"authority": "la_code=authority.la_code la_name=authority.name"},
        "returns balances unavailable rows",
    )
    ROWS = "rows"

    authority: Authority
    returns: list[dict[str, Any]]
    balances: list[dict[str, Any]]
    unavailable: list[dict[str, Any]]
    #: One dict a figure of the area and of England, as `all_spending` has them, and the balance of the grant.
    rows: list[dict[str, Any]]

    def shown(self) -> list[dict[str, Any]]:
        """Return one dict a line of the table: what it is, when, pounds or per cent, and England's."""
        rows: list[dict[str, Any]] = []

        def add(what: str, when: str, **figures: dict[str, Any] | None) -> None:
            rows.append(
                {"what": what, "when": when, **{key: found and found["value"] for key, found in figures.items()}}
            )

        for one in self.returns:
            when = f"{one['financial_year']} {one['kind']}"
            add("Spending listed", when, gbp=one["total"])
            for which in ("before", "after"):
                if one[f"allocation_{which}"]:
                    add(
                        f"Block {which} deductions; spending as % of it",
                        when,
                        gbp=one[f"allocation_{which}"],
                        pct=one[f"share_{which}"],
                        england_pct=one[f"england_share_{which}"],
                    )
            shares = {"pct": one["independent_share"], "england_pct": one["england_independent_share"]}
            add("Non-maintained and independent, % of top-ups", when, **shares)
        for one in self.balances:
            shares = {"pct": one["balance_pct_of_income"], "england_pct": one["england_balance_pct_of_income"]}
            add("DSG balance, % of income", one["financial_year"], **shares)
        return rows


def spending(store: Store, who: str) -> Spending:
    """Return spending and balance of an authority with England's.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code; of the last two, lines are the sums of their authorities.

    Raises
    ------
    UsageError
        If there is no such authority, or nothing is published on it.

    Examples
    --------
    >>> import hnf
    >>> hnf.spending(hnf.Store(), "Hertfordshire").to_polars()["measure"][-1]
    'balance_pct_of_income'
    """
    authority = Authorities.of(store).find_area(who)
    code = authority.la_code
    balances = _balances(store, code)
    spent = has_returns(store, code)
    if not (spent or balances):
        raise UsageError(
            f"no spending or balance of {authority.prose} is published in these tables",
            todo=_where_to_look(store, authority),
        )
    reasons = Counter(reason for _, reason in unavailable(store, code))
    return Spending(
        authority,
        [_return(store, year, kind, code) for year, kind in returns(store)] if spent else [],
        balances,
        [{"reason": reason, "cells": cells} for reason, cells in sorted(reasons.items())],
        [*all_spending(store, {code, ENGLAND}), *_balance_rows(authority, balances)],
    )


def _balance_rows(authority: Authority, balances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    places = {BALANCE: (authority.la_code, authority.name), f"england_{BALANCE}": (ENGLAND, "England")}
    rows = []
    for one in balances:
        for key, (code, name) in places.items():
            if one[key] is not None:
                place = {"area_code": code, "area_name": name, "period": one["financial_year"], "measure": BALANCE}
                rows.append(place | {"label": "Balance of the DSG, % of its income", **one[key]})
    return list({row["figure_id"]: row for row in rows}.values())


def _where_to_look(store: Store, authority: Authority) -> str:
    known = [a for a in authority.predecessors if has_returns(store, a)]
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
        **{name: getattr(figure, name) for name in ("value", "unit", "basis")},
        "status": figure.status or None,
        "figure_id": figure.id,
    }


#: What `all_spending` has besides the printed lines, in words.
_MADE = {
    "total": "All that is listed",
    "independent_share": "Non-maintained and independent, % of top-ups",
    "share_before": "What is listed as % of the block before deductions",
    "share_after": "What is listed as % of the block after deductions",
}


def all_spending(store: Store, only: set[str] | None = None) -> list[dict[str, Any]]:
    """Return the spending of every authority, region and England, one dict a line of each return.

    Returns
    -------
    list of dict
        area_code, area_name, region, level, period, kind (budget or outturn), measure (the line), label, value, unit
        (gbp, or pct from 0 to 100), basis, status (why there is no value) and figure_id.
    """
    names, rows = Authorities.of(store), list[dict[str, Any]]()
    listed = store.table("spending").select("financial_year", "kind", "la_code").unique().sort(pl.all())
    for year, kind in returns(store):
        own = [code for known, what, code in listed.iter_rows() if (known, what) == (year, kind)]
        for code in (*own, *names.groups):
            if only is not None and code not in only:
                continue
            area = {**names.by_code, **names.groups}[code]
            place = {
                "area_code": code,
                "area_name": area.name,
                "region": "" if area.la_code == ENGLAND else area.region_name,
            }
            place |= {
                "level": area.authority_type if area.is_group else "local_authority",
                "period": year,
                "kind": kind,
            }
            found = [
                (line, label, line_figure(store, year, kind, code, line)) for line, label in SPENDING_LINES.items()
            ]
            made: dict[str, Figure | None] = {"total": total_figure(store, year, kind, code)}
            made["independent_share"] = independent_share_figure(store, year, kind, code)
            for which in ALLOCATION_TERMS:
                has = allocation_figure(store, year, code, which) is not None
                made[f"share_{which}"] = allocation_share_figure(store, year, kind, code, which) if has else None
            found += [(name, _MADE[name], figure) for name, figure in made.items() if figure is not None]
            rows += [place | {"measure": name, "label": label} | _number(figure) for name, label, figure in found]
    return rows
