"""`hnf measures`: the register of measures, with the areas and periods that the tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.errors import UsageError
from hnf.text import capital

if TYPE_CHECKING:
    from hnf.tables.store import Store

_Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="WORD", help="Only measures with all of these words.", show_default=False),
]


def command(
    words: _Words = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """List every measure: name, unit, what it is, the areas and periods that the tables hold, and the tables.

    A rate is a measure of money divided by another measure; a share, or a rate per 1,000 people, is one count over
    another. The name is the one that answers and files use.

    Examples
    --------
    hnf measures
    hnf measures top-up budget
    hnf measures --format csv > measures.csv
    """
    from hnf.measures.register import PLAIN, RATES, SHARES

    store = options.open_store(data, edition)
    rows = [_row(store, name) for name in (*PLAIN, *SHARES, *RATES)]
    wanted = [word.casefold() for word in words or ()]
    found = [row for row in rows if all(word in f"{row['name']} {row['what']}".casefold() for word in wanted)]
    if not found:
        raise UsageError(f"no measure has the words '{' '.join(wanted)}'", todo="See `hnf measures` for all.")
    table = TableView(
        title=f"{len(found)} measures" if len(found) > 1 else "1 measure",
        columns=headed(name=("Measure", "name"), what="What", shown="Periods"),
        rows=[{**row, "shown": _shown(row["periods"])} for row in found],
        notes=["Unit, areas, every period, numerator, denominator and tables: --format json or csv."],
    )
    emit({"measures": found, "count": len(found)}, output, table=table, rows_key="measures")


def _row(store: Store, name: str) -> dict[str, Any]:
    from hnf.measures.register import Rate, Share, find_measure
    from hnf.measures.shares import areas_of, periods_of

    measure = find_measure(name)
    sides = (measure.part, measure.whole) if isinstance(measure, Share) else (None, None)
    if isinstance(measure, Rate):
        sides = (measure.numerator, measure.denominator.measure)
    return {
        "name": name,
        "unit": measure.unit,
        "what": capital(measure.words),
        "areas": list(areas_of(store, name)),
        "period_kind": measure.period,
        "periods": list(periods_of(store, name)),
        "numerator": sides[0],
        "denominator": sides[1],
        "adjusted_for_area_costs": measure.is_adjusted if isinstance(measure, Rate) else None,
        "source": list(dict.fromkeys(measure.tables)),
    }


def _shown(periods: list[str]) -> str:
    return f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else "".join(periods) or "none"
