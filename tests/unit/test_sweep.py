"""Sweeps: files and their mistakes, the command, runs that are cut off, workers that are lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from fixtures.sweep_models import Deadly, Ishigami, Slow, ishigami

from hnf.errors import FormulaError, HnfError, TableError, UsageError, WorkerError
from hnf.scenarios.changes import Change
from hnf.scenarios.files import parse_scenario
from hnf.scenarios.run import run_scenario
from hnf.scenarios.sweep_files import SWEEPS_FOLDER, SweepFile, find_sweep, parse_sweep
from hnf.scenarios.sweep_run import QUANTILES, IndexDesign, compute_piece, plan_sweep, run_sweep, stretches
from hnf.tables.store import Store
from hnf.workers import MOST_ATTEMPTS, cluster, completed, processes, versions

ROOT = Path(__file__).parents[2]
GOOD = """
schema_version = 1
title = "Try"
author = "A test"
reference = "None"
baseline = "block_as_published"
year = "2023-24"

[sample]
method = "sobol"
scenarios = 64
seed = 3
index_base = 16

[[change]]
kind = "uplift"
pct = { distribution = "uniform", low = 0, high = 5 }
term = "block"

[[change]]
kind = "minimum_rate"
rate_gbp = { values = [700, 800] }
term = "block"
per = "head"
population = "ons"
financed_by = "rest"
"""
PCT = 'pct = { distribution = "uniform", low = 0, high = 5 }'
RATE = "rate_gbp = { values = [700, 800] }"
#: What is written in place of what, and what the message says.
MISTAKES = [
    ("[sample]", "[samples]", "unknown key 'samples'"),
    ('method = "sobol"', 'method = "monte_carlo"', "sample.method is 'monte_carlo'. Use sobol, latin_hypercube, grid"),
    ('method = "sobol"\n', "", "method missing in sample"),
    ('method = "sobol"', 'method = "grid"', "sample.scenarios does not go with a grid"),
    ('method = "sobol"\nscenarios = 64', 'method = "grid"', "uplift_pct is a distribution"),
    ("scenarios = 64", "scenarios = 0", "sample.scenarios is 0. Give a whole number from 1 to 10,000,000"),
    ("scenarios = 64", 'scenarios = "many"', "sample.scenarios is 'many'"),
    ("scenarios = 64", "scenarios = true", "sample.scenarios is True"),
    ("scenarios = 64\n", "", "scenarios missing in sample"),
    ("seed = 3", "seed = -1", "sample.seed is -1"),
    ("seed = 3", "seed = 0.5", "sample.seed is 0.5"),
    ("seed = 3\n", "", "seed missing in sample"),
    ("seed = 3", "sed = 3", "unknown key 'sed' in sample. Did you mean seed?"),
    ("index_base = 16", "index_base = 100", "sample.index_base is 100. Give a power of two"),
    ("index_base = 16", "index_base = -2", "sample.index_base is -2"),
    (PCT, 'pct = { distribution = "gauss", low = 0, high = 5 }', "has the distribution 'gauss', which is not known"),
    (PCT, "pct = { distribution = 7, low = 0, high = 5 }", "has the distribution 7"),
    (PCT, 'pct = { distribution = "uniform", low = 5, high = 0 }', "change 1: pct goes from 5 to 0"),
    (PCT, 'pct = { distribution = "uniform", low = 5, high = 5 }', "change 1: pct goes from 5 to 5"),
    (PCT, 'pct = { distribution = "uniform", low = 5 }', "high missing in change 1: pct"),
    (PCT, 'pct = { distribution = "uniform", low = 0, high = 5, mode = 1 }', "unknown key 'mode' in change 1: pct"),
    (PCT, 'pct = { distribution = "uniform", low = 0, high = nan }', "change 1: pct.high is nan, not a number"),
    (PCT, 'pct = { distribution = "uniform", low = "0", high = 5 }', "change 1: pct.low is '0', not a number"),
    (PCT, 'pct = { distribution = "triang", low = 0, mode = 7, high = 5 }', "mode is not between low and high"),
    (PCT, 'pct = { distribution = "triang", low = 0, mode = -1, high = 5 }', "mode is not between low and high"),
    (PCT, 'pct = { distribution = "truncnorm", mean = 1, sd = 0, low = 0, high = 5 }', "sd is 0, not above 0"),
    (PCT, 'pct = { distribution = "truncnorm", mean = 99, sd = 1, low = 0, high = 5 }', "94 standard deviations"),
    (PCT, 'pct = { distribution = "uniform", low = 0, high = 5000 }', "change 1: pct is 5000"),
    (PCT, 'pct = { distribution = "uniform", low = -101, high = 5 }', "change 1: pct is -101"),
    (PCT, "pct = { low = 0, high = 5 }", "change 1: pct has neither distribution, values nor steps"),
    (PCT, "pct = { from = 0, to = 5, steps = 1 }", "change 1: pct.steps is 1"),
    (PCT, "pct = { from = 0, to = 5, steps = 2.5 }", "change 1: pct.steps is 2.5"),
    (PCT, "pct = { from = 5, to = 0, steps = 3 }", "change 1: pct goes from 5 to 0"),
    (PCT, "pct = { from = 0, to = 5 }", "steps missing in change 1: pct"),
    (RATE, "rate_gbp = { values = [] }", "change 2: rate_gbp.values is not a list of numbers"),
    (RATE, "rate_gbp = { values = 700 }", "change 2: rate_gbp.values is not a list of numbers"),
    (RATE, "rate_gbp = { values = [700, 700] }", "change 2: rate_gbp.values has a value twice"),
    (RATE, 'rate_gbp = { values = [700, "x"] }', "change 2: rate_gbp.values is 'x', not a number"),
    (RATE, "rate_gbp = { values = [-1, 700] }", "change 2: rate_gbp is -1"),
    ('term = "block"\n\n', 'term = { values = ["block"] }\n\n', "change 1: term is a choice, which cannot vary"),
    (PCT, "pct = [0, 5]", "change 1: pct is [0, 5], not a number"),
    ('kind = "uplift"', 'kind = "upliff"', "Did you mean uplift?"),
    ("schema_version = 1", "schema_version = 2", "schema_version is 2"),
    ('title = "Try"', "title = 5", "title is 5, not text"),
    ('title = "Try"', 'title = "Try', "not readable as TOML"),
    ('year = "2023-24"', 'year = "2023-25"', "year: "),
]


def sweep_file(text: str = GOOD) -> SweepFile:
    return parse_sweep(text, "try", "try.toml")


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_in_a_file_gets_its_own_message(old: str, new: str, message: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(FormulaError) as found:
        sweep_file(GOOD.replace(old, new, 1))
    assert message in found.value.line()
    assert found.value.line().startswith("try.toml: ")


def test_a_file_in_which_nothing_varies_is_refused() -> None:
    with pytest.raises(FormulaError, match="nothing varies"):
        sweep_file(GOOD.replace(PCT, "pct = 3").replace(RATE, "rate_gbp = 700"))


def test_a_file_without_a_sample_is_refused() -> None:
    start, end = GOOD.index("[sample]"), GOOD.index("[[change]]")
    with pytest.raises(FormulaError, match=r"the table \[sample\] is missing"):
        sweep_file(GOOD[:start] + GOOD[end:])


def test_a_number_with_its_unit_does_not_vary() -> None:
    file = sweep_file(GOOD.replace(PCT, 'pct = { value = 3, unit = "pct" }'))
    assert [parameter.name for parameter in file.parameters] == ["minimum_rate_rate_gbp"]


def test_parameters_of_two_changes_of_a_kind_are_told_apart() -> None:
    again = GOOD[GOOD.index("[[change]]") : GOOD.index('[[change]]\nkind = "minimum_rate"')]
    names = [parameter.name for parameter in sweep_file(GOOD + again).parameters]
    assert names == ["uplift_1_pct", "minimum_rate_rate_gbp", "uplift_3_pct"]


def test_a_minimum_that_nobody_can_pay_for_is_refused_before_anything_is_computed(store: Store) -> None:
    file = sweep_file(GOOD.replace("[700, 800]", "[700, 9000]"))
    with pytest.raises(FormulaError, match="the rest cannot pay"):
        plan_sweep(store, file)


def test_a_year_of_the_file_must_be_named_where_there_are_several(store: Store) -> None:
    file = sweep_file(GOOD.replace('year = "2023-24"', 'year = ["2022-23", "2023-24"]'))
    with pytest.raises(UsageError, match="for several years"):
        plan_sweep(store, file)


def test_each_scenario_of_a_sweep_is_the_scenario_file_with_those_numbers(store: Store) -> None:
    file = sweep_file()
    sweep = plan_sweep(store, file)
    piece = compute_piece(sweep, stretches(64, 64)[0], rows_at_a_time=7)
    scenario_text = GOOD[: GOOD.index("[sample]")] + GOOD[GOOD.index("[[change]]") :]
    for number in (0, 13, 63):
        pct, rate = (repr(float(value)) for value in piece.values[number])
        text = scenario_text.replace(PCT, f"pct = {pct}").replace(RATE, f"rate_gbp = {rate}")
        one = run_scenario(store, parse_scenario(text, "one", "one.toml"))
        assert np.array_equal(one.scenario_gbp - sweep.model.baseline_gbp, piece.change_gbp[number])


def test_ranges_are_those_of_the_written_scenarios(store: Store, tmp_path: Path) -> None:
    sweep = plan_sweep(store, sweep_file(), scenarios=200)
    outcome = run_sweep(sweep, tmp_path / "out", scenarios_at_a_time=64)
    scenarios = pl.read_parquet(tmp_path / "out" / "scenarios" / "*.parquet").sort("scenario")
    codes = list(sweep.model.la_codes)
    assert scenarios.columns == ["scenario", "uplift_pct", "minimum_rate_rate_gbp", *codes]
    assert scenarios["scenario"].to_list() == list(range(200))
    change = scenarios.select(codes).to_numpy()
    for row, column in zip(outcome.rows(), change.T, strict=True):
        for name, share in QUANTILES.items():
            assert row[f"change_{name}_gbp"] == np.quantile(column, share)
    per_head = (change + sweep.model.baseline_gbp) / sweep.model.heads
    # The lower of the two minimum rates leaves some below others; at the higher one more than ten are level.
    lowest = (per_head <= np.sort(per_head, axis=1)[:, 9:10] + 1e-6).mean(axis=0)
    assert [row["lowest_ten_probability"] for row in outcome.rows()] == lowest.tolist()
    assert (lowest > 0).sum() >= 10


def test_ranges_hold_what_they_say_of_scenarios_drawn_afresh(store: Store, tmp_path: Path) -> None:
    """At most 5% lie below `change_p5_gbp` and above `change_p95_gbp`, also of the scenarios of another seed.

    Fewer where many scenarios give the same change: an authority that the minimum lifts to it.
    """
    drawn = GOOD.replace("scenarios = 64", "scenarios = 1024").replace("index_base = 16\n", "")
    drawn = drawn.replace("rate_gbp = { values = [700, 800] }", "rate_gbp = 700")
    first = {row["la_code"]: row for row in run_sweep(plan_sweep(store, sweep_file(drawn))).rows()}
    run_sweep(plan_sweep(store, sweep_file(drawn.replace("seed = 3", "seed = 4"))), tmp_path / "out")
    later = pl.read_parquet(tmp_path / "out" / "scenarios" / "*.parquet")
    inside = []
    for code, row in first.items():
        assert (later[code] < row["change_p5_gbp"]).mean() <= 0.07, code
        assert (later[code] > row["change_p95_gbp"]).mean() <= 0.07, code
        inside.append(later[code].is_between(row["change_p5_gbp"], row["change_p95_gbp"]).mean())
    assert sum(abs(share - 0.9) <= 0.02 for share in inside) > 140


def test_indices_are_those_of_scipy_on_the_same_points() -> None:
    from scipy.stats import sobol_indices

    sweep = ishigami(index_base=64)
    design = IndexDesign(sweep)
    pieces = [compute_piece(sweep, stretch) for stretch in stretches(sweep.index_count, 50, for_indices=True)]
    for piece in reversed(pieces):
        design.add(piece)
    values = np.concatenate([piece.change_gbp[:, :2] for piece in pieces]).reshape(5, 64, 2).transpose(0, 2, 1)
    theirs = sobol_indices(func={"f_A": values[0], "f_B": values[1], "f_AB": values[2:]}, n=64)
    ours = design.indices()
    np.testing.assert_allclose(ours.first_order[:2], theirs.first_order, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.total[:2], theirs.total_order, rtol=1e-9, atol=1e-12)
    assert np.isnan(ours.first_order[2]).all()


@pytest.mark.slow
def test_files_are_read_by_polars_and_by_pyarrow(tmp_path: Path) -> None:
    from pyarrow import parquet

    run_sweep(ishigami(20, index_base=8), tmp_path / "out", scenarios_at_a_time=8)
    files = sorted((tmp_path / "out").rglob("*.parquet"))
    assert [file.name for file in files] == [
        "drivers.parquet",
        "ranges.parquet",
        *(f"part-{first:010d}.parquet" for first in (0, 8, 16)),
    ]
    for file in files:
        assert parquet.ParquetFile(file).read().to_pydict() == pl.read_parquet(file).to_dict(as_series=False)
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["scenarios"] == 20
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_a_folder_that_is_not_a_sweep_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(TableError, match="is not the folder of a sweep"):
        run_sweep(ishigami(4), tmp_path)
    with pytest.raises(TableError, match="is not the folder of a sweep"):
        run_sweep(ishigami(4), tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_earlier_sweep_is_replaced_as_a_whole(tmp_path: Path) -> None:
    run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5)
    run_sweep(ishigami(8), tmp_path / "out", scenarios_at_a_time=5)
    assert pl.read_parquet(tmp_path / "out" / "scenarios" / "*.parquet").height == 8
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


class StoppedError(Exception):
    pass


def stop_after(count: int):
    def watch(pieces, _total):
        for number, piece in enumerate(pieces):
            if number == count:
                raise StoppedError
            yield piece

    return watch


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    seen: list[int] = []
    with pytest.raises(StoppedError):
        run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5, watch=stop_after(2))
    assert not (tmp_path / "out").exists()

    def watch(pieces, total):
        seen.append(total)
        return pieces

    found = run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5, watch=watch)
    assert seen == [2]
    assert found.tables()["ranges"].equals(run_sweep(ishigami(20)).tables()["ranges"])


@pytest.mark.parametrize("change", [{"seed": 8}, {"count": 21}, {"method": "latin_hypercube"}])
def test_what_another_sweep_left_is_not_taken_up(tmp_path: Path, change: dict) -> None:
    with pytest.raises(StoppedError):
        run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5, watch=stop_after(3))
    other = ishigami(**{"count": 20, **change})
    found = run_sweep(other, tmp_path / "out", scenarios_at_a_time=5).tables()["ranges"]
    assert found.equals(run_sweep(other).tables()["ranges"])


def test_a_damaged_piece_is_computed_again(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5, watch=stop_after(3))
    part = tmp_path / ".out.partial" / "scenarios" / "part-0000000000.parquet"
    part.write_bytes(part.read_bytes()[:100])
    found = run_sweep(ishigami(20), tmp_path / "out", scenarios_at_a_time=5).tables()["ranges"]
    assert found.equals(run_sweep(ishigami(20)).tables()["ranges"])


def test_a_killed_run_leaves_whole_pieces_only_and_the_folder_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_sweep(ishigami(6, seed=1), out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from fixtures.sweep_models import Slow, ishigami\n"
        "from hnf.scenarios.sweep_run import run_sweep\n"
        "marks = Path(sys.argv[1]) / 'marks'; marks.mkdir()\n"
        "run_sweep(ishigami(400, model=Slow(marks)), Path(sys.argv[1]) / 'out', scenarios_at_a_time=4)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(ROOT), str(ROOT / "tests")])
    parts = tmp_path / ".out.partial" / "scenarios"
    wait_until(lambda: len(list(parts.glob("*.json"))) >= 3)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    whole = list(parts.glob("*.parquet"))
    assert 3 <= len(whole) < 100
    assert all(pl.read_parquet(path).height == 4 for path in whole)


def wait_until(holds) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("waited for half a minute in vain")


@pytest.mark.slow
def test_a_lost_process_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    sweep = ishigami(200, model=Deadly(tmp_path), index_base=16)
    found = run_sweep(sweep, executor=processes(2), scenarios_at_a_time=20)
    assert (tmp_path / "killed").exists()
    wanted = run_sweep(ishigami(200, index_base=16))
    assert all(found.tables()[name].equals(frame) for name, frame in wanted.tables().items())


@pytest.mark.slow
def test_work_that_ends_every_process_is_given_up_with_a_message(tmp_path: Path) -> None:
    sweep = ishigami(10, model=Deadly(tmp_path, always=True))
    with pytest.raises(WorkerError, match=f"a worker ended {MOST_ATTEMPTS} times"):
        run_sweep(sweep, executor=processes(1))


def test_an_executor_that_cannot_be_renewed_says_so_and_finished_work_is_kept(tmp_path: Path) -> None:
    sweep = ishigami(40, model=Deadly(tmp_path))
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(WorkerError, match="takes no more work"),
    ):
        run_sweep(sweep, tmp_path / "out", executor=pool, scenarios_at_a_time=20)
    found = run_sweep(sweep, tmp_path / "out", scenarios_at_a_time=20)
    assert found.tables()["ranges"].equals(run_sweep(ishigami(40)).tables()["ranges"])


class Wrong(Ishigami):
    def amounts(self, values, out) -> None:
        raise FormulaError(f"cannot be paid for: {len(values)} parameters, {len(out)} scenarios")


def test_an_error_of_the_work_is_not_tried_again() -> None:
    with ThreadPoolExecutor(2) as threads, pytest.raises(FormulaError, match="cannot be paid for"):
        run_sweep(ishigami(40, model=Wrong()), executor=threads, scenarios_at_a_time=4)


def test_no_more_is_handed_out_than_may_be_in_flight() -> None:
    most, now = [0], [0]

    class Counting(ThreadPoolExecutor):
        def submit(self, work, /, *arguments, **named):
            now[0] += 1
            most[0] = max(most[0], now[0])
            return super().submit(work, *arguments, **named)

    with Counting(2) as executor:
        for _ in completed(abs, range(-50, 0), executor, in_flight=5):
            now[0] -= 1
    assert 1 <= most[0] <= 5


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(UsageError, match="no scheduler answers"), cluster("nonsense://nowhere"):
        pass


def test_without_distributed_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'hnf\[cluster\]'"), cluster("tcp://127.0.0.1:1"):
        pass


class Cluster:
    """Answers as the client of a cluster does whose scheduler and workers have the versions given."""

    def __init__(self, *answers: dict[str, str] | Exception) -> None:
        self.answers = answers

    def __call__(self, _address: str, timeout: str) -> Cluster:
        assert timeout
        return self

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run_on_scheduler(self, _work) -> dict[str, str]:
        if isinstance(self.answers[0], Exception):
            raise self.answers[0]
        return self.answers[0]

    def run(self, _work) -> dict[str, object]:
        return {f"worker-{number}": answer for number, answer in enumerate(self.answers[1:])}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([ModuleNotFoundError("hnf")], "the cluster cannot run hnf"),
        ([versions()], "the cluster has no workers"),
        ([versions(), versions(), {**versions(), "numpy": "1.0"}], "the cluster has hnf .*, numpy 1.0, scipy"),
        ([{**versions(), "hnf": "9"}, versions()], "the cluster has hnf 9"),
    ],
)
def test_a_cluster_that_would_compute_something_else_is_refused(monkeypatch, answers: list, message: str) -> None:
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=Cluster(*answers)))
    with pytest.raises(UsageError, match=message), cluster("tcp://127.0.0.1:1"):
        pass


@pytest.mark.slow
def test_a_cluster_of_two_processes_loses_one_in_mid_run_and_nothing_else(tmp_path: Path) -> None:
    import distributed

    marks = tmp_path / "marks"
    marks.mkdir()
    sweep = ishigami(400, model=Slow(marks), index_base=16)
    killed: list[int] = []

    def watch(pieces, _total):
        for number, piece in enumerate(pieces):
            if number == 5:
                wait_until(lambda: len(list(marks.iterdir())) == 2)
                killed.append(int(sorted(marks.iterdir())[0].name))
                os.kill(killed[0], signal.SIGKILL)
            yield piece

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as local,
        cluster(local.scheduler_address) as (executor, threads),
    ):
        assert threads == 2
        found = run_sweep(sweep, tmp_path / "out", executor=executor, scenarios_at_a_time=8, watch=watch)
    assert killed
    assert len(list(marks.iterdir())) >= 3  # the one that took the place of the killed one
    wanted = run_sweep(ishigami(400, index_base=16))
    assert all(found.tables()[name].equals(frame) for name, frame in wanted.tables().items())
    assert pl.read_parquet(tmp_path / "out" / "scenarios" / "*.parquet").height == 400


@pytest.mark.parametrize("path", sorted(SWEEPS_FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_sweeps_that_ship_can_be_run_for_each_of_their_years(store: Store, path: Path) -> None:
    file = find_sweep(path.stem)
    for year in file.scenario.years:
        scenarios = None if file.sample.method == "grid" else 16
        found = run_sweep(plan_sweep(store, file, year, scenarios=scenarios))
        assert len(found.rows()) in (150, 151)


def test_sweeps_ship() -> None:
    assert len(list(SWEEPS_FOLDER.glob("*.toml"))) >= 2


def test_the_command_gives_ranges_and_indices(hnf, tmp_path: Path) -> None:
    file = tmp_path / "try.toml"
    file.write_text(GOOD)
    answer = hnf("sweep", file, "--out", tmp_path / "out", "--format", "json")
    assert answer.code == 0, answer.err
    found = answer.json
    assert (found["scenarios"], found["seed"], found["year"], found["method"]) == (64, 3, "2023-24", "sobol")
    assert found["index_points"] == 16 * 4
    assert found["folder"] == str(tmp_path / "out")
    assert len(found["rows"]) == 151
    hertfordshire = next(row for row in found["rows"] if row["la_code"] == "919")
    assert hertfordshire["la_name"] == "Hertfordshire"
    names = ["change_least_gbp", "change_p5_gbp", "change_median_gbp", "change_p95_gbp", "change_most_gbp"]
    assert sorted(hertfordshire[name] for name in names) == [hertfordshire[name] for name in names]
    assert set(hertfordshire["total"]) == {"uplift_pct", "minimum_rate_rate_gbp"}
    assert sum(row["lowest_ten_probability"] for row in found["rows"]) >= 9.99


def test_the_command_gives_a_table_and_csv(hnf, tmp_path: Path) -> None:
    file = tmp_path / "try.toml"
    file.write_text(GOOD)
    table = hnf("sweep", file, "--samples", "8", "--seed", "9")
    assert table.code == 0
    assert "8 scenarios (sobol, seed 9)" in " ".join(table.out.split())
    csv = pl.read_csv(hnf("sweep", file, "--samples", "8", "--format", "csv").out.encode())
    assert csv.height == 151
    assert {"la_code", "change_median_gbp", "first_order.uplift_pct", "total.uplift_pct"} <= set(csv.columns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.toml"], "there is no sweep file 'nowhere.toml'"),
        (["additional_by_steps", "--year", "2023-24", "--samples", "5"], "22 combinations, which --samples cannot"),
        (["limit_and_equal_rates", "--year", "2023-24", "--samples", "0"], "--samples: the number of scenarios is 0"),
        (["limit_and_equal_rates", "--year", "2023-24", "--seed", "-1"], "--seed: the seed is -1"),
        (["limit_and_equal_rates", "--year", "2019-20"], "is not for 2019-20"),
        (["limit_and_equal_rates", "--workers", "2", "--scheduler", "tcp://x:1"], "do not go together"),
    ],
)
def test_the_command_refuses_in_one_line(hnf, arguments: list[str], message: str) -> None:
    answer = hnf("sweep", *arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_errors_survive_the_way_from_a_process() -> None:
    import pickle

    error = FormulaError("what", where="where", todo="Do this.")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, HnfError)
    assert again.line() == error.line()


def test_a_change_keeps_its_other_numbers(store: Store) -> None:
    sweep = plan_sweep(store, sweep_file())
    filled = sweep.model.with_values({"uplift_pct": np.array([1.0]), "minimum_rate_rate_gbp": np.array([750.0])})
    assert [change.kind for change in filled] == ["uplift", "minimum_rate"]
    assert isinstance(filled[1], Change)
    assert filled[1].choice("financed_by") == "rest"
    assert filled[0].number("pct").shape == (1, 1)
