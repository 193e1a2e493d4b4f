"""`hnf sweep`: a scenario whose numbers are uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed, track

if TYPE_CHECKING:
    from hnf.scenarios.sweep_run import Piece

_File = Annotated[str, options.argument("FILE|NAME", help="A sweep file, or one that ships with hnf.")]
_Out = Annotated[Path | None, options.place("--out", "DIR", "Folder for every scenario and the results, as Parquet.")]
_WorkersOption = Annotated[int, options.workers_option("Processes of this machine.")]
_Samples = Annotated[int | None, options.option("--samples", "N", help="Scenarios, in place of the file's number.")]
_Seed = Annotated[int | None, options.option("--seed", "N", help="Seed, in place of the file's.")]


def command(
    file: _File,
    year: options.Year = None,
    out: _Out = None,
    workers: _WorkersOption = 1,
    scheduler: options.Scheduler = None,
    samples: _Samples = None,
    seed: _Seed = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Run a scenario whose numbers are uncertain, thousands of times.

    For every authority: the range of its change, how often it is among the ten lowest per head, and which of the
    numbers drives its variance. A run that was cut off goes on where it stopped when the same command is given again
    with the same --out.

    Examples
    --------
    hnf sweep limit_and_equal_rates --year 2023-24
    hnf sweep my.toml --samples 100000 --workers 2 --out my-sweep
    hnf sweep my.toml --scheduler tcp://10.0.0.5:8786 --format json
    """
    from hnf.scenarios.sweep_run import sweep
    from hnf.workers import IN_FLIGHT

    options.check_executor_options(workers, scheduler)
    store = options.open_store(data, edition)
    with options.executor_options(workers, scheduler, least_in_flight=IN_FLIGHT) as (executor, in_flight):
        found = sweep(
            store, file, year, samples, seed, folder=out, executor=executor, in_flight=in_flight, watch=_watch
        )
    emit(found, output, table=_table(dict(found.form)))


def _watch(pieces: Iterator[Piece], total: int) -> Iterator[Piece]:
    return track(pieces, "Computing scenarios", total=total)


def _table(payload: dict[str, Any]) -> TableView:
    rows = [
        {**row, "lowest_pct": _pct(row["lowest_ten_probability"]), "driver": _driver(row)} for row in payload["rows"]
    ]
    varied = "; ".join(f"{parameter['name']} ({parameter['values']})" for parameter in payload["parameters"])
    drawn = "every combination" if payload["method"] == "grid" else f"{payload['method']}, seed {payload['seed']}"
    notes = [
        f"{payload['scenarios']:,} scenarios ({drawn}). What varies: {varied}.",
        "Change of the block before deductions; 5% of the scenarios lie below the first and above the last figure.",
        "Lowest ten: share of the scenarios in which the authority is among the ten lowest per head (ONS, 2 to 18).",
    ]
    if payload["estimator"]:
        notes.append(
            f"Driver: the number with the largest total Sobol index and that index, from {payload['index_points']:,} "
            f"points ({payload['estimator']})."
        )
    if payload["folder"]:
        notes.append(f"Every scenario: {payload['folder']}/scenarios, as Parquet.")
    return TableView(
        title=f"{payload['title']}, {payload['year']}",
        columns=headed(
            la_code="Code",
            la_name="Authority",
            change_p5_gbp=("5% below", "gbp_change"),
            change_median_gbp=("Median", "gbp_change"),
            change_p95_gbp=("5% above", "gbp_change"),
            lowest_pct=("Lowest ten", "pct"),
            driver="Driver",
        ),
        rows=rows,
        notes=notes,
    )


def _pct(share: float | None) -> float | None:
    return None if share is None else share * 100


def _driver(row: dict[str, Any]) -> str | None:
    """Return the parameter with the largest total index, and the index; None where nothing varies."""
    found = {name: index for name, index in row.get("total", {}).items() if index is not None}
    if not found:
        return None
    name = max(found, key=found.__getitem__)
    return f"{name} {found[name]:.2f}"
