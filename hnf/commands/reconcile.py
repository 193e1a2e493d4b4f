"""`hnf reconcile`: every authority recomputed and compared with print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.errors import CheckFailed

if TYPE_CHECKING:
    from hnf.analysis.reconcile import Reconciliation
    from hnf.tables.store import Store


def command(
    year: options.Year = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Recompute every authority from the printed formula and compare with the printed totals.

    Also compares every column of England, the regions and the types of authority with the sums of their authorities,
    and the total before deductions minus deductions with the total after. Exit code 1 if anything differs that is not
    a known difference.

    Examples
    --------
    hnf reconcile
    hnf reconcile --year 2023-24
    hnf reconcile --format json
    """
    from hnf.analysis.reconcile import REPRODUCED, reconcile

    store = options.open_store(data, edition)
    years = reconcile(store, year)
    payload = [found.to_json() for found in years]
    table = TableView(
        title="High needs block recomputed from the printed formula, against the printed totals",
        columns=headed(
            financial_year="Year",
            authorities=("Authorities", "count"),
            within_1_gbp=("Within £1", "count"),
            max_abs_difference_gbp=("Largest difference", "rate"),
            england_minus_sum_gbp=("England minus sum of authorities", "rate"),
            status="Status",
        ),
        rows=payload,
        notes=[line for found in years for line in _notes(store, found)],
    )
    emit(
        {"years": payload, "status": REPRODUCED if all(y.status == REPRODUCED for y in years) else "differs"},
        output,
        table=table,
        rows_key="years",
    )
    differing = [str(found.year) for found in years if found.status != REPRODUCED]
    if differing:
        raise CheckFailed(
            f"the printed tables are not reproduced in {', '.join(differing)}",
            todo="See the notes for the authorities and steps, and data/known_differences.toml for what is known.",
        )


def _notes(store: Store, found: Reconciliation) -> list[str]:
    from hnf.tables.authorities import Authorities
    from hnf.tables.schema import term_label

    notes = [f"{found.year}, edition of {found.edition}: {found.formula.removeprefix('=').strip()}"]
    for each in found.later:
        off = f"£{round(each.england_minus_sum_gbp, 2) + 0.0:,.2f}".replace("£-", "-£")
        notes.append(
            f"{found.year}, edition of {each.edition}, totals only, not recomputed: {term_label(each.term).lower()}, "
            f"England £{each.england_gbp:,.0f}, minus the sum of its {each.authorities} authorities {off}."
        )
    if found.additional:
        printed = found.additional.printed.removeprefix("=").strip()
        notes.append(
            f"{found.year}: additional allocation printed '{printed}'; true rate "
            f"{found.additional.solved_share * 100:.5f}%, solved from the totals (each authority within "
            f"£{found.additional.max_abs_difference_gbp:.2f}; DfE rounds up to the pound)."
        )
    notes += [f"{found.year}, known difference: {line}" for line in found.notes]
    names = Authorities.of(store)
    for area, _, published, difference in found.off.iter_rows():
        by = (
            "no figure to compare"
            if difference is None
            else f"recomputed £{difference:+,.2f} against £{published:,.2f}"
        )
        notes.append(f"{found.year}, {names[area].name} ({area}): {by}".replace("£+", "+£").replace("£-", "-£"))
    for area, difference in found.deductions_gbp.items():
        if abs(difference) > 1:
            notes.append(
                f"{found.year}, {names[area].name} ({area}): total before deductions minus deductions is not the "
                f"total after, by £{difference:,.0f}."
            )
    notes += [f"{found.year}, {line}." for line in found.columns.off]
    for area, difference in [("England", found.england_minus_sum_gbp), *found.groups_minus_sum_gbp.items()]:
        if abs(difference) > max(1.0, found.authorities / 2):
            notes.append(f"{found.year}, {area}: printed total minus the sum of its authorities is £{difference:,.0f}.")
    return notes
