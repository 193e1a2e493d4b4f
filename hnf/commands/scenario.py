"""`hnf scenario`: what if the rules were others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import AUTHORITY, Column, TableView, emit, headed, note
from hnf.results import pick

if TYPE_CHECKING:
    from hnf.scenarios.files import Scenario
    from hnf.scenarios.run import ScenarioResult

commands = typer.Typer(help="Run scenarios: what if the rules were others.")
#: Authorities shown at either end of a table, where not all are.
ENDS = 10


def ends_of(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Return the largest gains and the largest losses, a row of dots between them."""
    from hnf.scenarios.run import HALF_A_PENNY

    gains = [row for row in rows if row[key] >= HALF_A_PENNY][:ENDS]
    losses = [row for row in rows if row[key] <= -HALF_A_PENNY][-ENDS:]
    if len(gains) + len(losses) == len(rows):
        return rows
    return [*gains, {"la_name": "…"}, *losses]


_RANKS = headed(rank_before=("Rank now", "number"), rank_after=("Rank then", "number"))


def result_table(found: ScenarioResult, payload: dict[str, Any], *, every: bool) -> TableView:
    """Return winners and losers, sorted as they are in the payload."""
    england = payload["england"]
    rows = payload["rows"] if every else ends_of(payload["rows"], "change_gbp")
    shown_all = len(rows) == len(payload["rows"])
    if found.factors:
        rows = [{**row, "moved_most_by": str(row.get("moved_most_by") or "").replace("_", " ")} for row in rows]
    share = {"change_gbp": found.cost_gbp, "change_pct": found.cost_gbp / england["baseline_gbp"] * 100}
    return TableView(
        title=f"{found.scenario.title}, {found.year}",
        columns=(
            *AUTHORITY,
            Column("scenario_gbp", "Block then", "gbp"),
            Column("change_gbp", "Change", "gbp_change"),
            Column("change_pct", "Per cent", "pct_change"),
            Column("change_per_head_gbp", "Per head", "rate_change"),
            *([Column("moved_most_by", "Moved most by")] if found.factors else _RANKS),
        ),
        rows=rows,
        footer=[{"la_name": "England", "scenario_gbp": england["scenario_gbp"], **share}],
        notes=_notes(found, payload, shown_all=shown_all),
    )


def _notes(found: ScenarioResult, payload: dict[str, Any], *, shown_all: bool) -> list[str]:
    cost = found.cost_gbp
    money = "The total is held." if not cost else f"{'Cost' if cost > 0 else 'Saving'}: £{abs(cost):,.0f}."
    notes = [f"{money} {found.counts_in_words}."]
    words = [effect.in_words for effect in found.effects] or ["nothing changes"]
    several = len(words) > 1
    notes += [
        f"{f'{number}. ' if several else ''}{text[0].upper()}{text[1:]}." for number, text in enumerate(words, start=1)
    ]
    if found.factors:
        own, rules = found.factors.own, found.factors.before.rules
        notes += [line for line in (own.label, own.gaps) if line]
        if rules.unverified:
            notes.append(f"Unverified parameters, which no public source backs: {', '.join(rules.unverified)}.")
    baseline = (
        "the formula on these factors, every figure estimated"
        if found.factors
        else "the block before deductions as printed"
    )
    notes.append(f"Baseline: {baseline}. Per head: {found.head_words}. Rank 1 is the lowest rate.")
    notes += [found.arrays.editions] if found.arrays.editions else []
    if found.factors:
        notes.append("What each factor gives and takes, authority by authority: --format csv or json.")
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in payload["left_alone"]:
        reasons.setdefault((row["change"], row["reason"]), []).append(f"{row['la_name']} ({row['la_code']})")
    notes += [f"Not part of {kind}: {', '.join(who)}: {reason}." for (kind, reason), who in reasons.items()]
    if not shown_all:
        notes.append(f"The {ENDS} largest gains and losses at most; --all shows every authority.")
    return notes


def comparison(first: ScenarioResult, second: ScenarioResult) -> dict[str, Any]:
    """Return the JSON answer of a comparison: second minus first, the largest difference first."""
    from hnf.errors import FormulaError

    if first.year != second.year:
        raise FormulaError(
            f"one scenario is for {first.year}, the other for {second.year}", todo="Compare two of the same year."
        )
    if bool(first.factors) != bool(second.factors):
        raise FormulaError(
            "one scenario is computed on the published block, the other on factors of yours",
            todo="Compare two of the same kind.",
        )
    others = {row["la_code"]: row for row in second.rows}
    rows = [
        {
            **{key: row[key] for key in ("la_code", "la_name", "baseline_gbp")},
            "first_change_gbp": row["change_gbp"],
            "second_change_gbp": others[row["la_code"]]["change_gbp"],
            "difference_gbp": others[row["la_code"]]["change_gbp"] - row["change_gbp"],
        }
        for row in first.rows
    ]
    return {
        "year": str(first.year),
        "measure": first.measure,
        "first": {"scenario": first.scenario.name, "title": first.scenario.title, "cost_gbp": first.cost_gbp},
        "second": {"scenario": second.scenario.name, "title": second.scenario.title, "cost_gbp": second.cost_gbp},
        "basis": "estimated" if first.factors else "derived",
        **({"inputs": first.factors.own.to_json()} if first.factors else {}),
        "rows": sorted(rows, key=lambda row: -float(row["difference_gbp"])),
    }


_COMPARED = ("Change, first", "Change, second", "Second minus first")


def comparison_table(payload: dict[str, Any], *, every: bool) -> TableView:
    """Return two scenarios side by side."""
    rows = payload["rows"] if every else ends_of(payload["rows"], "difference_gbp")
    one, two = payload["first"], payload["second"]
    keys, costs = ("first_change_gbp", "second_change_gbp", "difference_gbp"), (one["cost_gbp"], two["cost_gbp"])
    shown_all = len(rows) == len(payload["rows"])
    return TableView(
        title=f"{one['title']} (first) against {two['title']} (second), {payload['year']}",
        columns=(*AUTHORITY, *(Column(key, words, "gbp_change") for key, words in zip(keys, _COMPARED, strict=True))),
        rows=rows,
        footer=[{"la_name": "England", **dict(zip(keys, (*costs, costs[1] - costs[0]), strict=True))}],
        notes=[
            *([payload["inputs"]["label"]] if "inputs" in payload else []),
            *([] if shown_all else [f"The {ENDS} largest differences on either side; --all shows every authority."]),
        ],
    )


Sort = Literal["change", "pct", "head", "name"]
_SORT_KEYS: dict[Sort, str] = {"change": "change_gbp", "pct": "change_pct", "head": "change_per_head_gbp"}

_Files = Annotated[list[str], options.argument("FILE|NAME…", help="Scenario files or names; a+b means a and then b.")]
_One = Annotated[str, options.argument("FILE|NAME", help="A scenario; a+b for two.")]
_Sort = Annotated[Sort, typer.Option("--sort", case_sensitive=False, help="Largest first by this; or by name.")]
By = Literal["authority", "region", "constituency"]
_By = Annotated[By, typer.Option("--by", case_sensitive=False, help="Rows by authority, region or constituency.")]
_All = Annotated[bool, typer.Option("--all", help=f"Every authority, not the first and last {ENDS} only.")]
_Out = Annotated[Path | None, options.place("--out", "FILE", "Write it to a new file.")]


@commands.command("list")
def list_scenarios(output: options.Format = "table") -> None:
    """List the scenarios that ship with hnf.

    Examples
    --------
    hnf scenario list
    hnf scenario list --format json
    """
    from hnf.scenarios.files import library_names, library_path, read_scenario

    rows = [_described(read_scenario(library_path(name))) for name in library_names()]
    shown = [{**row, "years": _span(row["years"])} for row in rows]
    table = TableView(
        title=f"{len(rows)} scenarios",
        columns=headed(name="Scenario", title="What if", years="Years"),
        rows=shown,
        notes=["'hnf scenario show NAME' says what one changes; 'hnf scenario new' starts a file of your own."],
    )
    emit({"scenarios": rows, "count": len(rows)}, output, table=table, rows_key="scenarios")


@commands.command("show")
def show(name: _One, output: options.Format = "table") -> None:
    """Show what a scenario changes.

    Its changes are listed in order, with their reference and the years they are for.

    Examples
    --------
    hnf scenario show no_gains_limit
    hnf scenario show no_gains_limit+additional_by_plans
    hnf scenario show my.toml --format json
    """
    from hnf.scenarios.files import combine, find_scenarios
    from hnf.scenarios.run import change_words

    scenario = combine(find_scenarios([name]))
    payload = _described(scenario)
    rows = [
        {"number": number, "kind": change.kind, "words": change_words(change)}
        for number, change in enumerate(scenario.changes, start=1)
    ]
    table = TableView(
        title=scenario.title,
        columns=headed(number=("Order", "number"), kind="Kind", words="Change"),
        rows=rows,
        notes=[
            f"Years: {', '.join(payload['years'])}. Baseline: {scenario.baseline.replace('_', ' ')}.",
            f"By {scenario.author}. Reference: {scenario.reference}.",
        ],
    )
    emit(payload, output, table=table, rows_key="changes")


@commands.command("run")
def run(
    files: _Files,
    year: options.Year = None,
    sort: _Sort = "change",
    by: _By = "authority",
    every: _All = False,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Show winners and losers of a scenario.

    Every authority: change in pounds, per cent and per head, rank before and after, and what it costs England.

    With --by region, the sums of the regions. With --by constituency, what the authority of each gains or loses, with
    its MP, the largest gain per head first: no share of an authority's money is worked out for a constituency.

    Several are computed one after another, in the order given. The year may be left out where there is only one.

    Examples
    --------
    hnf scenario run no_gains_limit --year 2023-24
    hnf scenario run no_gains_limit+uplift_1_pct --year 2022-23 --sort head
    hnf scenario run minimum_per_pupil_national --year 2023-24 --by constituency
    hnf scenario run my.toml --year 2023-24 --format csv > my.csv
    """
    from hnf.scenarios.files import combine, find_scenarios
    from hnf.scenarios.run import run_scenario

    store = options.open_store(data, edition)
    found = run_scenario(store, combine(find_scenarios(files)), year)
    if chart is not None:
        from hnf.packs.scenario_chart import winners_losers_chart

        options.draw(winners_losers_chart(store, found), chart, size)
    payload = found.to_json()
    every = every or sort == "name" or output != "table"
    if by != "authority":
        from hnf.scenarios.run import by_constituency, by_region

        rows = (by_region if by == "region" else by_constituency)(store, found)
        payload["rows"] = rows if sort == "change" else _sorted(rows, sort, "area_name")
        emit(payload | {"by": by}, output, table=_by_table(found, payload, by, every=every), rows_key="rows")
        return
    payload["rows"] = _sorted(payload["rows"], sort)
    emit(payload, output, table=result_table(found, payload, every=every), rows_key="rows")


@commands.command("compare")
def compare(
    first: _One,
    second: _One,
    year: options.Year = None,
    every: _All = False,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Compare two scenarios.

    Who gets more under which, the largest difference first.

    Examples
    --------
    hnf scenario compare additional_by_pupils additional_by_plans --year 2023-24
    hnf scenario compare no_gains_limit my.toml --year 2022-23 --format json
    """
    from hnf.scenarios.files import combine, find_scenarios
    from hnf.scenarios.run import run_scenario

    store = options.open_store(data, edition)
    results = [run_scenario(store, combine(find_scenarios([word])), year) for word in (first, second)]
    payload = comparison(*results)
    every = every or output != "table"
    emit(payload, output, table=comparison_table(payload, every=every), rows_key="rows")


@commands.command("new")
def new(out: _Out = None, year: options.Year = None, output: options.Format = "table") -> None:
    """Write a scenario file to start from.

    It explains every key and every kind of change. A file that is there already is left as it is.

    Examples
    --------
    hnf scenario new --out my.toml --year 2023-24
    hnf scenario new | less
    """
    from hnf.scenarios.files import template, write_template

    if out is not None:
        write_template(out, year)
        note(f"Written: {out}. Change it, then 'hnf scenario run {out}'.")
    if output == "table":
        if out is None:
            sys.stdout.write(template(year))
        return
    emit({"file": out, "text": template(year)}, output, table=TableView("", (), ()), rows_key=None)


def _described(scenario: Scenario) -> dict[str, Any]:
    return {
        **pick(scenario, "name title author reference baseline"),
        "years": [str(year) for year in scenario.years],
        "changes": [{"kind": change.kind, "parameters": dict(change.parameters)} for change in scenario.changes],
    }


def _span(years: list[str]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _by_table(found: ScenarioResult, payload: dict[str, Any], by: By, *, every: bool) -> TableView:
    rows, notes = payload["rows"], _notes(found, payload, shown_all=True)
    if by == "region":
        columns = headed(
            area_name="Region",
            scenario_gbp=("Block then", "gbp"),
            change_gbp=("Change", "gbp_change"),
            change_pct=("Per cent", "pct_change"),
            change_per_head_gbp=("Per head", "rate_change"),
            losers=("Lose", "number"),
            authorities=("of", "number"),
        )
    else:
        names = {row["area_code"]: " and ".join(row["la_names"]) for row in rows}
        rows = [{**row, "authority": names[row["area_code"]]} for row in rows]
        rows = rows if every else ends_of(rows, "change_per_head_gbp")
        rows = [{"area_name": row["la_name"]} if "area_code" not in row else row for row in rows]
        columns = headed(
            area_name="Constituency",
            authority="Its authority",
            change_gbp=("Change", "gbp_change"),
            change_pct=("Per cent", "pct_change"),
            change_per_head_gbp=("Per head", "rate_change"),
        )
        several, none = (
            [r for r in payload["rows"] if test(r)] for test in (_is_split, lambda r: r["without_allocation"])
        )
        notes.insert(
            0,
            "Pounds are those of the whole authority, which decides how it spends them: no share is worked "
            f"out for a constituency. {len(several)} of {len(payload['rows'])} constituencies touch several "
            "authorities, which are taken together; the lowest and highest are in --format csv and json.",
        )
        if none:
            notes.append(
                f"Touch an area without an allocation, which is left out: {', '.join(r['area_name'] for r in none)}."
            )
        if not every:
            notes.append(f"The {ENDS} largest gains and losses per head at most; --all shows every constituency.")
    return TableView(title=f"{found.scenario.title}, {found.year}, by {by}", columns=columns, rows=rows, notes=notes)


def _is_split(row: dict[str, Any]) -> bool:
    return len(row["la_codes"]) > 1


def _sorted(rows: list[dict[str, Any]], sort: Sort, name: str = "la_name") -> list[dict[str, Any]]:
    if sort == "name":
        return sorted(rows, key=lambda row: str(row[name]))
    key = _SORT_KEYS[sort]
    return sorted(rows, key=lambda row: (row[key] is None, -(row[key] or 0.0)))
