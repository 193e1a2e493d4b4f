"""`hnf allocate`: the block of one authority, step by step."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.analysis.allocate import FactorAllocation


_By = Annotated[
    Literal["published", "factors"],
    typer.Option(
        "--by",
        case_sensitive=False,
        help="From the printed formula and table, or from factors of your own that hnf ingest factors FILE --year FY "
        "has read: each factor with count, weight, area cost adjustment and pounds.",
    ),
]


def command(
    who: options.Who,
    year: options.LatestYear = None,
    per: options.PerOrNone = "head",
    population: options.Population = "ons",
    by: _By = "published",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Show what an authority gets: each step of the printed formula, the total and the rate.

    Of a region or England each step is the sum of its authorities, compared with the row that the sheet prints for it.

    Examples
    --------
    hnf allocate Hertfordshire --year 2023-24
    hnf allocate "Isle of Wight" --year 2022-23 --per pupil
    hnf allocate "South East" --year 2023-24
    hnf allocate 942 --year 2023-24 --format json
    hnf allocate Hertfordshire --year 2023-24 --by factors --data mine
    """
    from hnf.analysis.allocate import allocate, allocate_by_factors

    store = options.open_store(data, edition)
    if by == "factors" and year is None:
        raise UsageError("factors are of one year", where="--year", todo="Give the year that they were read for.")
    year = options.latest(store, year)
    if by == "factors":
        own = allocate_by_factors(store, who, year, per, population)
        emit(own, output, table=_factor_table(own))
        return
    found = allocate(store, who, year, per, population)
    footer: list[dict[str, Any]] = [
        {"label": "Total recomputed", "value_gbp": found.total_gbp, "basis": "derived"},
        {"label": "Total as printed", "value_gbp": found.published_total_gbp, "basis": "published"},
        {
            "label": "Deductions for places paid for directly",
            "value_gbp": found.deductions_gbp,
            "basis": "derived" if found.later or found.authority.is_group else "published",
        },
        {"label": "Total after deductions", "value_gbp": found.after_deductions_gbp, "basis": "published"},
    ]
    notes = [f"Formula as printed: {found.formula.removeprefix('=').strip()}."]
    notes += [found.editions_in_words] if found.later else []
    notes += found.reconciled
    if found.rate_gbp is not None and per != "none":
        denominator = f"{found.denominator:,.1f}".removesuffix(".0")
        notes.append(f"£{found.rate_gbp:,.2f} per {per}: {denominator} {found.spec.denominator_words}.")
        notes += [f"Its rate: {found.rate_note}."] if found.rate_note else []
    elif found.rate_reason:
        notes.append(f"No rate per {per}: {found.rate_reason}.")
    table = TableView(
        title=f"High needs block of {found.authority.prose} ({found.authority.la_code}), {found.year}",
        columns=headed(letter="Column", label="Step", value_gbp=("Pounds", "gbp"), basis="Basis"),
        rows=[vars(step) for step in found.steps],
        footer=footer,
        notes=notes,
    )
    emit(found, output, table=table)


def _factor_table(found: FactorAllocation) -> TableView:
    rules, england = found.found.rules, found.to_json()["england"]
    printed = "" if found.own.parameters.has_value("formula_quantum_gbp") else " (column A as printed, added up)"
    footer: list[dict[str, Any]] = [{"label": "Total before deductions", "value_gbp": found.total_gbp}]
    if found.published_total_gbp is not None:
        footer.append({"label": "Total as printed by DfE", "value_gbp": found.published_total_gbp})
    binding = {
        "floor": "It is on the funding floor.",
        "limit": "It is on the gains limit.",
        "between": "Neither floor nor gains limit binds.",
    }
    notes = [
        found.own.label,
        found.own.gaps,
        "Every figure is estimated: it rests on these counts and on the parameters of "
        f"{found.own.to_json()['parameters']}.",
        f"Unverified parameters, which no public source backs: {', '.join(rules.unverified)}."
        if rules.unverified
        else "",
        binding[str(found.found.binding[found.at])],
        f"All {len(found.own.inputs)} authorities get £{england['nff_in_protection_gbp']:,.0f} inside floor and limit, "
        f"the quantum being £{rules.quantum_gbp:,.0f}{printed}; the proxy pot is £{england['proxy_pot_gbp']:,.0f}.",
        f"Historic spend is {found.historic_spend_pct:.1f}% of what it gets inside floor and limit, and "
        f"{found.england_historic_spend_pct:.1f}% of what all get.",
    ]
    if found.rate_gbp is not None and found.denominator is not None:
        denominator = f"{found.denominator:,.1f}".removesuffix(".0")
        notes.append(f"£{found.rate_gbp:,.2f} per {found.per}: {denominator} {found.denominator_in_words}.")
    elif found.per != "none":
        notes.append(f"No rate per {found.per}: {found.denominator_in_words}.")
    return TableView(
        title=f"High needs block of {found.la_name} ({found.la_code}) by factors, {found.own.year}, estimated",
        columns=headed(
            letter="Column",
            label="Step",
            count=("Count", "count"),
            rate_shown="Rate or weight",
            area_cost_adjustment_index="ACA",
            value_gbp=("Pounds", "gbp"),
        ),
        rows=[{**asdict(step), "rate_shown": _rate_shown(step.parameter, step.rate)} for step in found.steps],
        footer=footer,
        notes=[line for line in notes if line],
    )


def _rate_shown(parameter: str, rate: float | None) -> str | None:
    if not parameter:
        return None
    if rate is None:
        return "none"
    unit = parameter.rpartition("_")[2]
    return f"{rate:g}%" if unit == "pct" else f"£{rate:,.0f}" if unit == "gbp" else f"× {rate:.6g}"
