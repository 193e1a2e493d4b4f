"""`hnf compare`: one authority beside its neighbours, its region, or others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import (
    AUTHORITY,
    Column,
    Format,
    TableView,
    emit,
    flag_notes,
    format_cell,
    headed,
    kind_of,
    left_out,
    other_population_notes,
)
from hnf.errors import UsageError

if TYPE_CHECKING:
    from hnf.analysis.compare import Comparison, Flip
    from hnf.measures.rates import RateSpec, Spec
    from hnf.tables.store import Store
    from hnf.years import FinancialYear

_With = Annotated[
    str,
    options.option(
        "--with",
        "SET",
        help="neighbours (the latest model), neighbours-2021 and the like, region, type, borders, regions, or names or "
        "codes of authorities and regions with commas between them.",
        default=True,
    ),
]
_From = Annotated[str | None, options.end("--from", "Over time, from this.", default="the first")]
_To = Annotated[str | None, options.end("--to", "Over time, to this.", default="the latest")]
_Real = Annotated[bool, typer.Option("--real", help="Over time: funding in prices of one year.")]
_Flips = Annotated[bool, typer.Option("--flips", help="List whose message depends on the model of neighbours.")]


def command(
    context: typer.Context,
    who: options.WhoOrNobody = None,
    year: options.Period = None,
    with_set: _With = "neighbours",
    flips: _Flips = False,
    start: _From = None,
    end: _To = None,
    real: _Real = False,
    base: options.BaseYear = None,
    vintage: options.Vintage = None,
    per: options.Per = "head",
    measure: options.AnyMeasure = "block",
    population: options.Population = "ons",
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Compare an authority's rate with a set of others, and say where two models of neighbours disagree.

    A rate of funding, or any other measure of `hnf measures`. The mean is that of the members' values, each counting
    once. A region is compared with the other regions, and any area with those that are named, England among them.

    With --from or --to: over time, each area in every period with the change, England beside; --real gives funding in
    the prices of one year. Across a reorganisation the whole area is taken, and said.

    With --flips and no authority: everyone who is above the mean of one set of statistical neighbours and below
    that of the other.

    Examples
    --------
    hnf compare Hertfordshire --year 2023-24 --per head
    hnf compare Camden --year 2023-24 --per pupil --with borders
    hnf compare 919 --year 2023-24 --with Essex,Kent,Surrey
    hnf compare "South East" --year 2023-24 --per plan
    hnf compare Kent --measure refused_pct --with neighbours
    hnf compare "West Sussex" --from 2019-20 --to 2023-24 --real
    hnf compare London --with England,Kent --measure refused_pct --from 2019
    hnf compare --flips --year 2023-24 --per head
    """
    from hnf.measures.rates import RateSpec

    if flips == (who is not None):
        raise UsageError(
            "name an authority, or ask for --flips, not both",
            todo="Write for example 'hnf compare Hertfordshire --year 2023-24'.",
        )
    store = options.open_store(data, edition)
    if who is not None and (start or end):
        options.refuse_given(context, ("year",), "--from and --to name the years")
        _emit_over_time(
            context,
            store,
            who,
            with_set,
            ((start, end), measure, per, population),
            (real, base, vintage),
            (chart, size),
            output,
        )
        return
    options.refuse_given(context, ("real", "base", "vintage"), "one year is compared in its own prices")
    spec = options.read_spec(context, store, measure, year, per, population)
    if who is not None:
        _emit_comparison(store, spec, who, with_set, (chart, size), output)
    elif chart:
        raise UsageError("--flips has no chart", where="--chart", todo="Leave --chart out.")
    elif isinstance(spec, RateSpec):
        _emit_flips(store, spec, output)
    else:
        raise UsageError("--flips is about rates of funding", where="--measure", todo="Leave --measure out.")


def _emit_comparison(store: Store, spec: Spec, who: str, which: str, picture: options.Drawing, output: Format) -> None:
    from hnf.analysis.compare import MeasureComparison, compare, flip, other_comparison

    found = compare(store, spec, who, which)
    options.draw(found, *picture)
    both = flip(store, spec, found.authority.la_code)
    payload = found.to_json()
    other = other_comparison(store, found, which)
    payload["neighbour_models"] = both.to_json() if both else None
    if not isinstance(found, MeasureComparison):
        payload["other_population"] = other.to_json() if other else None
    own = {"la_code": found.authority.la_code, "la_name": f"{found.authority.name} *", "value": found.own}
    rows = sorted([*payload["rows"], own], key=lambda row: (row["value"], row["la_code"]))
    tie, difference = "=" if payload["tied_with"] else "", found.parts["difference"]
    is_money = spec.unit.startswith("gbp")
    ends: list[tuple[str, float | str | None]] = [
        ("Mean without *", found.parts["mean"]),
        ("Median without *", found.parts["median"]),
    ]
    if is_money:
        ends.append(("Own rate minus mean", difference))
    else:
        points = " (percentage points)" if spec.unit == "pct" else ""
        ends += [
            ("England", found.table.england),
            (f"Own figure minus mean{points}", f"{round(difference, 1) + 0:,.1f}"),
        ]
    kind = kind_of(spec.unit)
    table = TableView(
        title=f"{found.authority.name} and {found.set.words}, {spec.year}",
        columns=headed(la_code="Code", la_name="Authority", value=("Rate" if is_money else "Figure", kind)),
        rows=rows,
        footer=[{"la_name": name, "value": value} for name, value in ends],
        notes=[
            f"* {found.authority.name}: number {tie}{payload['rank']} of {payload['rank_of']}, the lowest first; "
            f"{_against(found)}.",
            *_flip_notes(both),
            *other_population_notes(store, other, f"the mean of {found.set.words}"),
            f"Basis: {spec.in_words}.",
            *([f"{found.table.note}."] if found.table.note else []),
            *found.notes,
            *found.table.flags.get("", ()),
            *flag_notes(payload.get("flags", ())),
            *(f"England: {words}" for words in found.table.flags.get("england", ())),
            *left_out(
                payload.get("without_rate") or payload.get("without_value") or (),
                "No rate" if is_money else "No figure",
            ),
        ],
    )
    emit(payload, output, table=table, rows_key="rows")


#: Periods shown in a table; others are in JSON and CSV.
_SHOWN = 5


def _emit_over_time(
    context: typer.Context,
    store: Store,
    who: str,
    which: str,
    asked: tuple[tuple[str | None, str | None], str, str, str],
    money: tuple[bool, FinancialYear | None, str | None],
    picture: options.Drawing,
    output: Format,
) -> None:
    from hnf.analysis.compare import compare_over_time
    from hnf.measures.prices import deflator

    ends, measure, per, population = asked
    specs = options.specs_between(context, store, measure, ends, per, population)
    is_real = any(value is not None and value is not False for value in money)
    found = compare_over_time(store, specs, who, which, deflator(store, money[1], money[2]) if is_real else None)
    options.draw(found, *picture)
    step = max(1, -(-(len(specs) - 1) // (_SHOWN - 1)))
    shown = sorted({*range(0, len(specs), step), len(specs) - 1})
    kind = kind_of(found.unit) if not found.unit.startswith("gbp") or len(shown) < 4 else "gbp"
    rows = [
        {
            "area": area.name,
            **{f"v{number}": area.figures[number].value for number in shown},
            "change": area.change.value
            if area.change.unit == "pct" or area.change.value is None
            else f"{format_cell(area.change.value, 'pct_change').removesuffix('%')} pts",
        }
        for area in found.areas
    ]
    prices = f", in {found.prices.base} prices" if found.prices else ""
    table = TableView(
        title=f"{found.area.name} and {found.set.words}, {specs[0].year} to {specs[-1].year}{prices}",
        columns=(
            Column("area", "Area"),
            *(Column(f"v{number}", str(specs[number].year), kind) for number in shown),
            Column("change", "Change", "pct_change"),
        ),
        rows=rows,
        notes=[
            f"Basis: {specs[-1].in_words}; earlier years in the same way{prices}.",
            *(
                [f"{len(specs)} periods; those not shown are in --format csv and json."]
                if len(shown) < len(specs)
                else []
            ),
            *found.notes,
            *dict.fromkeys(
                f"{area.name}, {spec.year}: {figure.status}."
                for area in found.areas
                for spec, figure in zip(specs, area.figures, strict=True)
                if figure.status
            ),
            *dict.fromkeys(
                f"No change: {area.change.status}."
                for area in found.areas
                if area.change.status
                and all(figure.value is not None for figure in (area.figures[0], area.figures[-1]))
            ),
        ],
    )
    emit(found, output, table=table)


def _against(found: Comparison) -> str:
    return "level with the mean" if found.message == "level" else f"{found.message} the mean"


def _flip_notes(both: Flip | None) -> list[str]:
    if both is None or not both.flips:
        return []
    models = " and ".join(f"{_against(found)} of its {model} neighbours" for model, found in both.by_model.items())
    return [f"Warning: the message depends on the model of neighbours: {models}."]


def _emit_flips(store: Store, spec: RateSpec, output: Format) -> None:
    from hnf.analysis.compare import all_flips, latest_models
    from hnf.tables.authorities import Authorities

    compared, without = all_flips(store, spec)
    rows = [both.to_json() for both in compared if both.flips]
    names = Authorities.of(store)
    payload: dict[str, Any] = {
        "year": str(spec.year),
        "measure": spec.measure,
        "per": spec.per,
        "population": spec.population if spec.per == "head" else None,
        "basis": "derived",
        "basis_in_words": spec.in_words,
        "count": len(rows),
        "compared": len(compared),
        "rows": rows,
        "left_out": [{"la_code": code, "la_name": names[code].name, "reason": why} for code, why in without.items()],
    }
    emit(payload, output, table=_flips_table(spec, payload, latest_models(store)), rows_key="rows")


def _flips_table(spec: RateSpec, payload: dict[str, Any], models: tuple[str, ...]) -> TableView:
    return TableView(
        title=f"{payload['count']} of {payload['compared']} authorities are above the mean of one set of neighbours "
        f"and below that of the other, {spec.year}",
        columns=(
            *AUTHORITY,
            Column("own", "Own rate", "rate"),
            *(Column(f"mean_{model}", f"Mean {model}", "rate") for model in models),
            Column("sides", "Own against them"),
        ),
        rows=[_flip_row(row, models) for row in payload["rows"]],
        notes=[
            f"Basis: {spec.in_words}. Statistical neighbours of the {' and of the '.join(models)} model.",
            *(f"Left out: {entry['la_name']}: {entry['reason']}." for entry in payload["left_out"]),
        ],
    )


def _flip_row(row: dict[str, Any], models: tuple[str, ...]) -> dict[str, Any]:
    by_model = {model: row[f"model_{model}"] for model in models}
    return {
        **row,
        "own": row["own_rate_gbp"],
        **{f"mean_{model}": found["mean_gbp"] for model, found in by_model.items()},
        "sides": ", ".join(found["message"] for found in by_model.values()),
    }
