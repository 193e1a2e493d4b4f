"""The sheets of live formulas of a pack: the block of each year recomputed, and what follows from it."""

from __future__ import annotations

from hnf.analysis.block_sheet import block_sheet
from hnf.analysis.rank import other_population
from hnf.measures.published import block_frame, financial_years
from hnf.measures.rates import RateSpec
from hnf.packs.content import Worksheet
from hnf.packs.sections.funding import RATE_SOURCE
from hnf.packs.sentences import say_other
from hnf.tables.authorities import Authority
from hnf.tables.store import Store

_LIVE_NOTE = (
    "Values with a reference in the column Source cell are as published. Every other value is a formula on the cells "
    "above it, but for England's sums, whose parts the sheet does not hold: change an input, and what follows changes."
)
_LETTERS_NOTE = "Letters are those of the columns of DfE's high needs block sheet of the year; they change by year."
_RATE_NOTE = (
    "Rates divide the block before deductions as printed. England's average is all pounds over all people, pupils or "
    "plans of the authorities with an allocation. A gap says what an equal rate would mean, not what the formula gives."
)


def block_worksheets(store: Store, authority: Authority) -> tuple[Worksheet, ...]:
    """Return a sheet for each year with an allocation that recomputes the block, the latest first."""
    years = [year for year in financial_years(store) if authority.la_code in block_frame(store, year)["area"]]
    worksheets = []
    for year in reversed(years):
        sheet = block_sheet(store, authority, year)
        other = say_other(store, other_population(store, RateSpec(year), authority.la_code))
        formula = sheet.printed.removeprefix("=").strip()
        worksheets.append(
            Worksheet(
                name=f"Block {authority.la_code} {year}",
                title=f"High needs block of {authority.prose} recomputed, {year}",
                subtitle=f"Inputs as published; as live formulas, the printed row {formula} and what follows from it",
                rows=sheet.rows,
                source=RATE_SOURCE,
                notes=(_LIVE_NOTE, _LETTERS_NOTE, _RATE_NOTE, *(sentence.text for sentence in other)),
                figures_of_notes=tuple(figure.id for sentence in other for figure in sentence.figures),
            )
        )
    return tuple(worksheets)
