"""Kind 1: growth or number of EHC plans, between all Januaries that may be meant.

Statements of SEN are counted with EHC plans until 2018. Counts that a later release revised are tried as well.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from hnf.analysis.changes import Change, area_of, januaries, plans_change, plans_figure
from hnf.analysis.claims.bases import find_code
from hnf.analysis.claims.gaps_in_data import plan_counts
from hnf.analysis.claims.model import Claim, Evidence, Finding
from hnf.analysis.claims.rounding import fits
from hnf.analysis.footprint import footprint
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.measures.plan_counts import authorities_counted
from hnf.measures.published import ENGLAND
from hnf.store import Store
from hnf.years import January

MEASURE = "ehc_plans"


def search_plans(store: Store, claim: Claim) -> Evidence:
    """Compute growth between, or the count in, every January that the claim may mean."""
    known = januaries(store)
    stated = [year for year in (claim.start, claim.end) if year is not None]
    needs = tuple(plan_counts(year) for year in stated if January(year) not in known)
    if needs:
        return Evidence(needs=needs)
    code = find_code(store, claim.authority)
    if claim.unit == "plans":
        return _counts(store, claim, code, known)
    starts = [January(claim.start)] if claim.start else known
    ends = [January(claim.end)] if claim.end else known
    findings: list[Finding] = []
    reasons: dict[str, None] = {}
    for start, end in ((start, end) for end in ends for start in starts if start < end):
        try:
            change = plans_between(store, code, (start, end))
        except UsageError as error:
            reasons[error.what] = None
            continue
        findings += _editions(store, claim, change, (start, end))
    if not findings:
        return Evidence(needs=tuple(reasons) or ("counts of two Januaries, the first before the second",))
    return Evidence(tuple(findings))


def plans_between(store: Store, code: str, dates: tuple[January, January]) -> Change:
    """Return the change of plans of an authority (England where `code` is empty) on one area.

    Raises
    ------
    UsageError
        If boundaries changed so that the Januaries cannot be compared.
    """
    if not code:
        return plans_change(store, ENGLAND, dates)
    authorities = Authorities.of(store)
    place = footprint(
        authorities,
        authorities[code],
        tuple(
            store.remember(("plans counted", date), partial(authorities_counted, store, date.year)) for date in dates
        ),
        "EHC plans",
        tuple(f"January {date}" for date in dates),
    )
    return plans_change(store, area_of(*place.codes), dates)


def _editions(store: Store, claim: Claim, change: Change, dates: tuple[January, January]) -> list[Finding]:
    """Return the growth on the latest release, and on earlier ones that counted otherwise."""
    if change.change_pct is None or change.start.value is None or change.end.value is None:
        return []
    found = [_growth(claim, dates, change.change_pct, change.id, "")]
    for figure_id, count in _earlier_counts(store, change.end.id):
        if count != change.end.value:
            release = figure_id.split(":")[2]
            growth = (count / change.start.value - 1) * 100
            found.append(_growth(claim, dates, growth, figure_id, f"as first counted in the {release} release"))
    return found


def _earlier_counts(store: Store, figure_id: str) -> list[tuple[str, int]]:
    kind, *parts = figure_id.split(":")
    if kind != "plans" or parts[2] == ENGLAND:
        return []
    january, latest, code, plan_type = parts
    return store.remember(
        ("earlier counts", figure_id), lambda: _other_releases(store, january, latest, code, plan_type)
    )


def _other_releases(store: Store, january: str, latest: str, code: str, plan_type: str) -> list[tuple[str, int]]:
    rows = store.table("ehc_plans").filter(
        (pl.col("january") == int(january))
        & (pl.col("la_code") == code)
        & (pl.col("plan_type") == plan_type)
        & (pl.col("release") != latest)
        & pl.col("count").is_not_null()
    )
    pairs = rows.select("release", "count").iter_rows()
    return [(f"plans:{january}:{release}:{code}:{plan_type}", count) for release, count in pairs]


def _growth(claim: Claim, dates: tuple[January, January], value: float, figure_id: str, note: str) -> Finding:
    said = claim.value if claim.value is not None else float("nan")
    return Finding(
        year=f"January {dates[0]} to January {dates[1]}",
        order=dates[1].year,
        measure=MEASURE,
        per="",
        population="",
        comparator="",
        value=value,
        unit="pct",
        figure_id=figure_id,
        fits=fits(value, said, claim.tolerance, claim.qualifier),
        is_stated=not note,
        note=note,
    )


def _counts(store: Store, claim: Claim, code: str, known: list[January]) -> Evidence:
    found = []
    said = claim.value if claim.value is not None else float("nan")
    for date in [January(claim.end)] if claim.end else known:
        if code and code not in authorities_counted(store, date.year):
            continue
        figure = plans_figure(store, date, (code or ENGLAND,))
        if figure.value is not None:
            matches = fits(figure.value, said, claim.tolerance, claim.qualifier)
            found.append(
                Finding(f"January {date}", date.year, MEASURE, "", "", "", figure.value, "plans", figure.id, matches)
            )
    return Evidence(tuple(found)) if found else Evidence(needs=(plan_counts(claim.end or known[-1].year),))
