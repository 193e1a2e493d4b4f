"""`hnf explain`: why an authority gets what it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed
from hnf.errors import UsageError
from hnf.results import pick
from hnf.text import capital
from hnf.years import FinancialYear

if TYPE_CHECKING:
    from hnf.analysis.explain import Explanation
    from hnf.analysis.funding_change import FundingSplit
    from hnf.analysis.real_change import RealChange
    from hnf.tables.authorities import Authority
    from hnf.tables.store import Store


_Against = Annotated[
    FinancialYear | None,
    options.option(
        "--against",
        "FY",
        help="An earlier year: split the change since into parts that add up.",
        parser=options.read_year,
    ),
]
_Order = Annotated[
    Literal["shapley", "sheet"],
    typer.Option(
        "--order",
        case_sensitive=False,
        help="With --against: basic entitlement as the average of both orders (shapley), or rate first (sheet).",
    ),
]


def command(
    context: typer.Context,
    who: options.Who,
    year: options.LatestYear = None,
    against: _Against = None,
    order: _Order = "shapley",
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    population: options.Population = "ons",
    base: options.BaseYear = None,
    vintage: options.Vintage = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Explain what an authority gets: every step, whether floor or gains limit decides, and in words.

    Of a region or England: the sums of its authorities, how many each rule decides, and what changed.

    With --against, the change between two years is split into parts that add up to it to the pound, and given in real
    terms as a whole; the change of column A is split further, into money rolled into its baseline, population, and the
    rise per head with what floor and gains limit make of it. Where boundaries changed in between, the whole area is
    compared, or the comparison is refused with the reason.

    A year without a table whose rules are known (see `hnf bounds`) has ranges of the formula and its rank, and the
    other parts of the block as last known.

    Examples
    --------
    hnf explain Hertfordshire --year 2023-24
    hnf explain Leeds --year 2022-23 --chart leeds.png
    hnf explain Leeds --year 2024-25
    hnf explain England --year 2023-24 --against 2022-23
    hnf explain Cumberland --year 2023-24 --against 2022-23 --order sheet
    """
    from hnf.analysis.explain import explain

    store = options.open_store(data, edition)
    year = options.latest(store, year)
    reason = f"there is no table of {year}: only a range of its formula is implied, which has no"
    lacking = {"against": f"{reason} change that adds up", "chart": f"{reason} steps to draw"}
    if options.is_implied(context, store, year, lacking):
        _emit_range(store, who, year, output)
        return
    found = explain(store, who, year, against=against, order=order, population=population)
    if chart and found.allocation.authority.is_group:
        raise UsageError("the chart is of the steps of an authority", where="--chart", todo="Leave --chart out.")
    payload = found.to_json()
    if chart:
        from hnf.packs.sections.funding import steps_chart

        options.draw(steps_chart(store, found.allocation.authority, year), chart, size)
        payload["chart"] = str(chart)
    real = None
    if found.against:
        payload["parts"] = payload["against"]["parts"]
        payload["period"] = " to ".join(payload["against"][end] for end in ("from", "to"))
        real = _real(store, found.allocation.authority, found.against, base, vintage)
        payload["against"]["real"] = real.to_json()
    emit(
        payload,
        output,
        table=_change_table(found, found.against, real) if found.against and real else _steps_table(found),
        rows_key="parts" if found.against else "steps",
    )


def _emit_range(store: Store, who: str, year: FinancialYear, output: Format) -> None:
    """Write the bounds of a year without a table, and the parts of the last table that are not in its column A."""
    from hnf.analysis.bounds import bounds
    from hnf.analysis.protection import COLUMN_A
    from hnf.tables.authorities import Authorities

    authority = Authorities.of(store).find_area(who)
    if authority.is_group:
        what = f"there is no table of {year}: only a range of the formula of single authorities is implied, no sum"
        raise UsageError(what, where="--year", todo=f"See hnf bounds {authority.name!r} for what was said of it.")
    found = bounds(store, authority.la_code, year)
    own = found.asked
    others = [{key: value for key, value in part.items() if key != "figure_ids"} for part in found.other_parts]
    last = str(found.other_parts_year)
    name = f"Formula inside floor and limit, {year}"
    ranks = f"Its rank of {own.universe} per head, 1 is the lowest"
    rows: list[dict[str, Any]] = [
        {"label": name, "lower": own.lower_gbp, "upper": own.upper_gbp},
        {"label": "The same per head", "lower": f"£{own.lower_per_head:,.2f}", "upper": f"£{own.upper_per_head:,.2f}"},
        {"label": ranks, "lower": str(own.lower_rank), "upper": str(own.upper_rank)},
        *({"label": f"{step['label']}, as last known", "last": step["value_gbp"]} for step in others),
    ]
    sentences = [*found.sentences, *found.notes, *found.reported_beside]
    table = TableView(
        title=f"What is implied for {authority.prose} ({own.la_code}), {year}; the whole block is not",
        columns=headed(label="Part", lower=("From", "gbp"), upper=("To", "gbp"), last=(last, "gbp")),
        rows=rows,
        notes=sentences,
    )
    of_a_table = dict.fromkeys(("formula", "total_gbp", "published_total_gbp", "per_head_gbp", "protection", "against"))
    payload = pick(own, "la_code la_name year") | of_a_table | {"steps": [], "sentences": sentences}
    ends = pick(own, "year lower_gbp upper_gbp basis figure_ids=ids")
    payload["rows"] = [{"term": COLUMN_A, "letter": "A", "label": name, "value_gbp": None} | ends, *others]
    emit(payload | {"basis": "implied", "bounds": found.to_json()}, output, table=table, rows_key="rows")


def _steps_table(found: Explanation) -> TableView:
    allocation = found.allocation
    notes = [*found.sentences, *([allocation.editions_in_words] if allocation.later else [])]
    if allocation.rate_gbp is not None:
        notes.append(f"Per head: {allocation.spec.denominator_words}.")
        notes += [f"Its rate: {allocation.rate_note}."] if allocation.rate_note else []
    else:
        notes.append(f"No rate per head: {allocation.rate_reason}.")
    total = {"value_gbp": allocation.published_total_gbp, "per_head_gbp": allocation.rate_gbp}
    return TableView(
        title=f"Why {allocation.authority.prose} ({allocation.authority.la_code}) gets what it gets, {allocation.year}",
        columns=headed(letter="Column", label="Step", value_gbp=("Pounds", "gbp"), per_head_gbp=("Per head", "rate")),
        rows=found.steps(),
        footer=[{"label": "Total as printed", **total}],
        notes=notes,
    )


def _real(
    store: Store, who: Authority, split: FundingSplit, base: FinancialYear | None, vintage: str | None
) -> RealChange:
    from hnf.analysis.growth import area_of
    from hnf.analysis.real_change import real_change
    from hnf.measures.prices import deflator

    area = who.la_code if who.is_group else area_of(split.comparable_area.codes[0], split.comparable_area.codes[1])
    return real_change(store, "block", split.years, area, deflator(store, base, vintage))


def _change_table(found: Explanation, split: FundingSplit, real: RealChange) -> TableView:
    from hnf.analysis.protection import COLUMN_A

    def row(label: str, before: float | None, after: float | None, change: float) -> dict[str, Any]:
        return {"label": label, "before": _or_blank(before), "after": _or_blank(after), "change": change}

    rows = []
    for part in split.parts:
        rows.append(row(part.label, part.before_gbp, part.after_gbp, part.change_gbp))
        if part.term == COLUMN_A:
            rows += [row(f"of which {_small(one.label)}", None, None, one.value_gbp) for one in split.column_a.parts]
            within = split.column_a.rise_parts
            rows += [row(f"of that {one.label.partition(': ')[2]}", None, None, one.value_gbp) for one in within]
    note = f"{capital(split.comparable_area.note)}." if split.comparable_area.note else ""
    return TableView(
        title=f"High needs block of {split.comparable_area.name}, {split.years[0]} to {split.years[1]}: what changed",
        columns=headed(
            label="Part",
            before=(str(split.years[0]), "gbp"),
            after=(str(split.years[1]), "gbp"),
            change=("Change", "gbp_change"),
        ),
        rows=rows,
        footer=[row("Total as printed", split.before_gbp, split.after_gbp, split.change_gbp)],
        notes=[*filter(None, [note]), *found.sentences, *filter(None, [real.sentence]), *real.notes],
    )


def _small(label: str) -> str:
    return label[0].lower() + label[1:]


def _or_blank(pounds: float | None) -> float | str:
    return "" if pounds is None else pounds
