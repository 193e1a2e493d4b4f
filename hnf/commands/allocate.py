"""`hnf allocate`: the block of one authority, step by step."""

from __future__ import annotations

from typing import Any

from hnf.commands.options import (
    DataOption,
    EditionOption,
    FormatOption,
    PerOrNone,
    PerOrNoneOption,
    Population,
    PopulationOption,
    RequiredYear,
    Who,
)
from hnf.commands.output import Column, Format, TableView, emit


def command(
    who: Who,
    year: RequiredYear,
    per: PerOrNoneOption = PerOrNone.HEAD,
    population: PopulationOption = Population.ONS,
    data: DataOption = None,
    edition: EditionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show what an authority gets: each step of the printed formula, the total and the rate.

    Examples
    --------
    hnf allocate Hertfordshire --year 2023-24
    hnf allocate "Isle of Wight" --year 2022-23 --per pupil
    hnf allocate 942 --year 2023-24 --format json
    """
    from hnf.analysis.allocation import allocate
    from hnf.commands.open_tables import open_store

    found = allocate(open_store(data, edition), who, year, per.value, population.value)
    steps = [
        {"letter": step.letter, "label": step.label, "value_gbp": step.value_gbp, "basis": step.basis}
        for step in found.steps
    ]
    footer: list[dict[str, Any]] = [
        {"label": "Total recomputed", "value_gbp": found.total_gbp, "basis": "derived"},
        {"label": "Total as printed", "value_gbp": found.published_total_gbp, "basis": "published"},
        {"label": "Deductions for places paid for directly", "value_gbp": found.deductions_gbp, "basis": "published"},
        {"label": "Total after deductions", "value_gbp": found.after_deductions_gbp, "basis": "published"},
    ]
    notes = [f"Formula as printed: {found.formula.removeprefix('=').strip()}."]
    if found.rate_gbp is not None and per is not PerOrNone.NONE:
        denominator = f"{found.denominator:,.1f}".removesuffix(".0")
        notes.append(f"£{found.rate_gbp:,.2f} per {per.value}: {denominator} {found.spec.denominator_words}.")
    elif found.rate_reason:
        notes.append(f"No rate per {per.value}: {found.rate_reason}.")
    emit(
        found.payload(),
        output,
        table=TableView(
            title=f"High needs block of {found.authority.prose} ({found.authority.la_code}), {found.year}",
            columns=(
                Column("letter", "Column"),
                Column("label", "Step"),
                Column("value_gbp", "Pounds", "gbp"),
                Column("basis", "Basis"),
            ),
            rows=steps,
            footer=footer,
            notes=notes,
        ),
        rows_key="steps",
    )
