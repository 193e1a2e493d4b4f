"""Gaps: what other rates would mean in pounds."""

from __future__ import annotations

from hnf.analysis.comparator_sets import NEIGHBOURS, has_set, latest_model
from hnf.analysis.gaps import AVERAGE, MEDIAN, gap
from hnf.analysis.ranking import rate_id
from hnf.authorities import Authority
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.content import Cell, Column, Section, Sentence, Table
from hnf.reporting.sections.shared import PER_WORDS, PERS, RATE_SOURCE
from hnf.reporting.sentences import say_gap
from hnf.store import Store

#: What the own rate is compared with, and the words for it.
_COMPARATORS = {AVERAGE: "Average", MEDIAN: "Median", NEIGHBOURS: "Mean of statistical neighbours"}


def gap_section(store: Store, authority: Authority, spec: RateSpec) -> Section:
    """What other rates would mean in pounds."""
    rows: list[tuple[Cell, ...]] = []
    ids: list[tuple[str | None, ...]] = []
    for per in PERS:
        for to, words in _COMPARATORS.items():
            if to == NEIGHBOURS and not has_set(store, authority.la_code, latest_model(store)):
                continue
            basis = RateSpec(spec.year, spec.measure, per)
            try:
                found = gap(store, basis, authority.la_code, to)
            except UsageError:
                rows.append((PER_WORDS[per], words, None, None, None))
                ids.append((None,) * 5)
                continue
            rows.append((PER_WORDS[per], words, found.own_rate, found.comparator_rate, found.pounds))
            ids.append((None, None, rate_id(basis, authority.la_code), found.comparator_id, found.id))
    missing = rate_table(store, RateSpec(spec.year, spec.measure, "plan")).excluded.get(authority.la_code)
    table = Table(
        id="gaps",
        title=f"What other rates would mean for {authority.prose}, {spec.year}",
        subtitle="High needs block before deductions; the average is England's rate, the median that of the authority "
        "in the middle",
        columns=(
            Column("Basis"),
            Column("Compared with"),
            Column("Own rate (£)", "rate"),
            Column("Other rate (£)", "rate"),
            Column("Difference (£)", "gbp"),
        ),
        rows=tuple(rows),
        figure_ids=tuple(ids),
        source=RATE_SOURCE,
        notes=(
            "Above zero: more at the other rate. It says what an equal rate would mean, not what the formula "
            "would give.",
            *([f"No rate per EHC plan: {missing}."] if missing else []),
        ),
    )
    return Section("gaps", "What other rates would mean", _other_basis(store, authority, spec), (), (table,))


def _other_basis(store: Store, authority: Authority, spec: RateSpec) -> tuple[Sentence, ...]:
    """Say the gap per pupil where the key sentence of the pack says it per head."""
    per_pupil = RateSpec(spec.year, spec.measure, "pupil")
    return () if per_pupil == spec else (say_gap(store, authority, per_pupil),)
