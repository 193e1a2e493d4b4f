"""What the block is made of, step by step, recomputed."""

from __future__ import annotations

from hnf.analysis.allocation import Allocation, allocate
from hnf.analysis.reconcile import reconcile_figure
from hnf.authorities import Authority
from hnf.formula.block import TOTAL, block_formula
from hnf.measures.published import dsg_id
from hnf.measures.rates import RateSpec
from hnf.reporting.chart_specs import MakeUpChart
from hnf.reporting.content import Chart, Column, Section, Table
from hnf.reporting.display import gbp_words
from hnf.reporting.sections.shared import DSG_SOURCE
from hnf.reporting.wording import Wording, within
from hnf.store import Store
from hnf.years import FinancialYear

#: Names of the steps that fit beside a bar.
_SHORT_LABELS = {
    "nff_in_protection": "Formula inside floor and gains limit",
    "basic_entitlement": "Basic entitlement",
    "import_export": "Import/export adjustment",
    "special_free_schools": "Special free schools",
    "hospital_ap": "Hospital education and AP",
    "additional": "Additional allocation",
}


def make_up_section(store: Store, authority: Authority, spec: RateSpec) -> Section:
    """What the block is made of, step by step, recomputed."""
    formula = block_formula(store, spec.year).printed.text.removeprefix("=").strip()
    say = Wording()
    check = say.sentence(
        f"The printed formula, {formula}, was recomputed for all "
        f"{say.count(reconcile_figure(store, spec.year, 'authorities'))} authorities of {spec.year}: "
        f"{say.count(reconcile_figure(store, spec.year, 'within_1_gbp'))} agree with the printed total within £1.",
        "The reconciliation of the year, as hnf reconcile prints it.",
    )
    return Section("make_up", "What the block is made of", (check,), (steps_chart(store, authority, spec.year),))


def steps_chart(store: Store, authority: Authority, year: FinancialYear) -> Chart:
    """Draw the steps of a block from a common zero, with the total.

    Raises
    ------
    UsageError
        If the authority had no allocation in the year.
    """
    found = allocate(store, authority.la_code, year, "none")
    table = _steps_table(store, found)
    parts = tuple((_SHORT_LABELS.get(s.term, s.label), s.value_gbp, gbp_words(s.value_gbp)) for s in found.steps)
    total = found.published_total_gbp
    largest = max(found.steps, key=lambda step: step.value_gbp)
    return Chart(
        id="make_up",
        title=f"Most of the block {within(authority.prose)} comes from the formula inside the floor and gains limit"
        if largest.term == "nff_in_protection"
        else f"What the high needs block {within(authority.prose)} is made of",
        subtitle=f"High needs block before deductions by step of the printed formula, {year}",
        alt=f"Bar chart of the steps: {'; '.join(f'{name} {words}' for name, _, words in parts)}. "
        f"Together {gbp_words(total)}.",
        source=DSG_SOURCE,
        spec=MakeUpChart("Pounds", parts, ("High needs block before deductions", total, gbp_words(total))),
        data=table,
    )


def _steps_table(store: Store, found: Allocation) -> Table:
    code, year = found.authority.la_code, found.year
    rows: list[tuple[str, str, float | None, str]] = [
        (step.letter, step.label, step.value_gbp, step.basis) for step in found.steps
    ]
    ids: list[tuple[str | None, ...]] = [(None, None, step.figure_id, None) for step in found.steps]
    for label, term, value in (
        ("Total before deductions, as printed", TOTAL, found.published_total_gbp),
        ("Deductions for places paid for directly", "deductions", found.deductions_gbp),
        ("Total after deductions, as printed", "total_after_deductions", found.after_deductions_gbp),
    ):
        rows.append(("", label, value, "published"))
        ids.append((None, None, dsg_id(store, year, code, term), None))
    rows.insert(len(found.steps), ("", "Total recomputed", found.total_gbp, "derived"))
    ids.insert(len(found.steps), (None, None, f"step:{year}:{code}:{TOTAL}", None))
    return Table(
        id="steps",
        title=f"High needs block of {found.authority.prose}, {year}, step by step",
        subtitle=f"Pounds; letters as in DfE's table: {found.formula.removeprefix('=').strip()}",
        columns=(Column("Column"), Column("Step"), Column("Amount (£)", "gbp"), Column("Basis")),
        rows=tuple(rows),
        figure_ids=tuple(ids),
        source=DSG_SOURCE,
    )
