"""Every public result is a table too: polars and pandas frames with the same values, lists and missing values kept."""

from __future__ import annotations

import csv
import importlib
import io
import pkgutil
import re
import shlex

import pandas as pd
import polars as pl
import pytest
from fixtures.explorer_page import library, stand_in

import hnf
from hnf.analysis.association import residuals
from hnf.analysis.compare import all_flips, compare, compare_over_time, flip
from hnf.analysis.editions import release_rows_of, revisions
from hnf.analysis.explain import gains_limit_losses
from hnf.analysis.inequality import spread
from hnf.analysis.lineage import lineage
from hnf.analysis.measure_growth import measure_growth
from hnf.analysis.projection import project
from hnf.analysis.ranges import gap_range, rank_ranges
from hnf.analysis.real_change import real_change
from hnf.analysis.spending import spending
from hnf.analysis.trace import resolve
from hnf.claims.reading import Number
from hnf.ingest.ingest import FileReport
from hnf.measures.notes import assumption
from hnf.measures.prices import deflator
from hnf.measures.rates import MeasureSpec
from hnf.packs.index_page import PackSummary, SummaryFigure
from hnf.results import Answer, add_up
from hnf.text import as_json

YEAR = hnf.FinancialYear.parse("2023-24")
SPEC = hnf.RateSpec(YEAR, "block", "pupil")
#: A call for each public function that returns a result, and how many rows its table has.
RESULTS = {
    "map_chart": (lambda store: hnf.map_chart(store, "nff", 2023, "pupil"), 153),
    "association": (hnf.association, 5),
    "diff": (lambda store: hnf.diff(store, "2019-03-27", "2023-07-21"), 297),
    "inequality": (hnf.inequality, 5),
    "parameters": (lambda _: hnf.parameters(), 185),
    "project": (lambda store: hnf.project(store, "Kent"), 18),
    "spending": (lambda store: hnf.spending(store, "919"), 130),
    "sweep": (lambda store: hnf.sweep(store, "limit_and_equal_rates", 2023, samples=64), 151),
    "allocate": (lambda store: hnf.allocate(store, "Kent", YEAR, "head"), 6),
    "bounds": (lambda store: hnf.bounds(store, "Cambridgeshire"), 2),
    "catch_up": (lambda store: hnf.catch_up(store, SPEC, "Kent", 5, 3), 1),
    "compare": (lambda store: hnf.compare(store, SPEC, "Kent", "neighbours"), 10),
    "explain": (lambda store: hnf.explain(store, "942", YEAR), 6),
    "gap": (lambda store: hnf.gap(store, SPEC, "921"), 1),
    "growth": (lambda store: hnf.growth(store, "921"), 28),
    "need": (lambda store: hnf.need(store, "942", measures=["plans", "appeals"]), 2),
    "protection": (lambda store: hnf.protection(store, YEAR), 151),
    "rank": (lambda store: hnf.rank(store, SPEC), 151),
    "rank_card": (lambda store: hnf.rank_card(store, "940", YEAR), 32),
    "run_scenario": (lambda store: hnf.run_scenario(store, hnf.find_scenarios(["no_gains_limit"])[0], YEAR), 151),
    "table": (lambda store: hnf.table(store, "plans,block", region="South East", growth_from=2019, with_rank=True), 38),
    "trace": (lambda store: hnf.trace(store, "gap:2023-24:block:pupil:average:919"), 453),
    "wedge": (lambda store: hnf.wedge(store, "942"), 32),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_the_same_table_in_polars_and_pandas(store, name):
    make, rows = RESULTS[name]
    result = make(store)
    ours, theirs = result.to_polars(), result.to_pandas()
    assert isinstance(ours, pl.DataFrame)
    assert isinstance(theirs, pd.DataFrame)
    assert ours.height == len(theirs) == rows
    assert list(theirs.columns) == ours.columns
    assert (
        name in NO_IDS
        or "value_gbp" in ours.columns
        or "figure_id" in ours.columns
        or any("id" in name for name in ours.columns)
    )


#: Results whose rows have no figure of the tables, or in JSON alone.
NO_IDS = ("parameters", "spending", "sweep")
#: The command that asks for what a call above does.
COMMANDS = {
    "map_chart": "map --measure nff --year 2023-24 --per pupil",
    "association": "association",
    "diff": "diff 2019-03-27 2023-07-21",
    "inequality": "inequality",
    "parameters": "parameters",
    "project": "project Kent",
    "sweep": "sweep limit_and_equal_rates --year 2023-24 --samples 64",
    "changes of parameters": "parameters --diff 2022-23 2023-24",
    "association of two": "association --measure special_independent_pct --against block_per_plan",
    "allocate": "allocate Kent --year 2023-24 --per head",
    "bounds": "bounds Cambridgeshire",
    "catch_up": "catch-up Kent --year 2023-24 --per pupil --own-growth 5 --england-growth 3",
    "compare": "compare Kent --year 2023-24 --per pupil",
    "explain": "explain 942 --year 2023-24",
    "gap": "gap 921 --year 2023-24 --per pupil",
    "growth": "growth 921",
    "growth of funding": "growth 919",
    "growth of a measure": "growth 919 --measure refused_pct --from 2023 --to 2025",
    "comparison of a measure": "compare 886 --measure refused_pct --year 2025 --with region",
    "need": "need 942 --measure plans,appeals",
    "protection": "protection --year 2023-24",
    "rank": "rank --year 2023-24 --per pupil",
    "ranks of a year without a table": "rank --year 2024-25",
    "rank_card": "rank-card 940 --year 2023-24",
    "reconcile": "reconcile --year 2019-20",
    "reported": "reported 919",
    "run_scenario": "scenario run no_gains_limit --year 2023-24",
    "spending": "spending 919",
    "table": "table --measures plans,block --region South\\ East --growth-from 2019 --rank",
    "trace": "trace gap:2023-24:block:pupil:average:919",
    "wedge": "wedge 942",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_frame_has_the_columns_and_rows_that_csv_has(store, run, name):
    make = RESULTS[name][0] if name in RESULTS else OTHERS[name]
    found = make(store)
    frame = found.to_polars()
    head, *rows = csv.reader(io.StringIO(run(*shlex.split(COMMANDS[name]), "--format", "csv").out))
    assert frame.columns == list(found.to_pandas().columns) == head
    assert frame.height == len(rows)
    # The order is the same for all but scenarios, whose frame is by code.
    place = head.index("la_name") if "la_name" in head else 0
    assert {"" if value is None else str(value) for value in frame[head[place]]} == {row[place] for row in rows}


def test_every_public_result_has_its_csv_compared():
    assert set(RESULTS) <= set(COMMANDS)


@pytest.mark.parametrize(
    "name", [*RESULTS, "claim", "comparison of a measure", "explorer", "spending", "growth of funding"]
)
def test_a_bare_answer_is_a_few_lines_and_a_small_table(store, name):
    answer = (RESULTS[name][0] if name in RESULTS else OTHERS[name])(store)
    lines = repr(answer).splitlines()
    assert 1 <= len(lines) <= 5
    assert max(map(len, lines)) <= 150
    page = answer._repr_html_()
    assert page.count("<tr>") <= 21
    assert len(page) < 30_000
    assert "color:inherit" in page
    assert not re.search("color:#|background:#|<script", page)


def test_a_short_form_says_what_of_whom_when_and_the_figure(store):
    # £47.4 million (FIELD.md), as `hnf gap` prints it.
    found = repr(hnf.gap(store, SPEC, "919"))
    assert found.startswith("<hnf gap, Hertfordshire, 2023-24>\nhigh needs block before deductions per pupil")
    assert "gap £47,407,085, own rate £1,043.98" in found
    assert "authority: change not known" in repr(hnf.growth(store, "921"))


def test_the_explorer_says_what_is_in_it_and_shows_no_page(store):
    found = explorer(store)
    assert repr(found).splitlines()[:2] == [
        "<hnf explorer>", f"measures 347, periods 1,464, areas 2, bytes {len(found.html.encode()):,}",
    ]  # fmt: skip
    frame = found.to_polars()
    assert frame.columns == list(found.to_pandas().columns) == ["bytes", "measures", "periods", "areas", "edition"]
    assert frame.height == 1
    assert "html" not in found.to_json()
    assert "<script" not in found._repr_html_()


def test_a_table_in_a_notebook_has_units_rows_and_notes(store):
    page = hnf.rank(store, SPEC)._repr_html_()
    assert ">value (£ per pupil)</th>" in page
    assert page.count("<tr>") == 21
    assert "<p>20 of 151 rows: .to_polars() has all.</p>" in page
    per_plan = hnf.rank(store, hnf.RateSpec("2023-24", "block", "plan"))._repr_html_()
    assert "<p>Left out: Cumberland: EHC plans of January 2023 are published for its predecessor" in per_plan
    assert "<td>plans</td><td>3,682</td><td>count</td>" in hnf.growth(store, "919")._repr_html_()


def test_text_of_an_answer_is_escaped_in_a_notebook():
    class Bad(Answer):
        JSON, ROWS = "la_name rows notes", "rows"
        la_name, rows, notes = "<b>A</b>", [{"x": "<script>1</script>"}] * 2, ["<i>n</i>"]

    page = Bad()._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;i&gt;n&lt;/i&gt;" in page


def test_a_suppressed_count_is_missing_in_a_frame_and_never_zero(store):
    frame = hnf.growth(store, "921").to_polars().filter(area_code="921", measure="plans")
    missing = {row["period"]: (row["value"], row["status"]) for row in frame.to_dicts() if row["value"] is None}
    assert {"2026", "2015 to 2026"} <= set(missing)
    assert all(status for _, status in missing.values())


def test_values_are_not_rounded(store):
    frame = hnf.gap(store, SPEC, "919").to_polars()
    # £47.4 million more at the national average (FIELD.md), to the penny here.
    assert frame["gap_gbp"][0] == pytest.approx(47_407_085, abs=1)
    assert frame["gap_gbp"][0] != round(frame["gap_gbp"][0])


SHIPPED = {claim.id: claim for claim in hnf.shipped_claims()}


def test_a_claim_is_one_row(store):
    answer = hnf.check_claim(store, SHIPPED["herts-rank-third"])
    assert answer.to_polars().height == 1


def explorer(store):
    """The explorer of one authority, with nothing in it that draws."""
    with library(stand_in()):
        return hnf.explorer(store, "Kent")


SUMMARY = SummaryFigure("£", "", "1", 1)
#: Answers that are no public result of the package, or of which a public one has other parts.
OTHERS = {
    "changes of parameters": lambda _: hnf.parameters("2023-24", against="2022-23"),
    "association of two": lambda store: hnf.association(store, "special_independent_pct", "block_per_plan"),
    "explain": lambda store: hnf.explain(store, "Hertfordshire", YEAR, against=YEAR.previous),
    "bounds with a closer": lambda store: hnf.bounds(store, "Hertfordshire"),
    "comparison over time": lambda store: compare_over_time(
        store, (hnf.RateSpec("2022-23", "block", "pupil"), SPEC), "Kent", "region"
    ),
    "residuals": lambda store: residuals(store, hnf.RateSpec(YEAR, "block", "head")),
    "steps of a region": lambda store: hnf.allocate(store, "South East", YEAR),
    "flip": lambda store: all_flips(store, SPEC)[0][0],
    "comparison of a measure": lambda store: compare(store, MeasureSpec("refused_pct", "2025"), "886", "region"),
    "flip of a measure": lambda store: flip(store, MeasureSpec("refused_pct", "2025"), "886"),
    "growth of a measure": lambda store: measure_growth(store, "919", "refused_pct", "2023", "2025"),
    "gains limit": lambda store: gains_limit_losses(store, YEAR),
    "loss to the gains limit": lambda store: gains_limit_losses(store, YEAR).rows[0],
    "growth of funding": lambda store: hnf.growth(store, "919"),
    "editions": lambda store: revisions(release_rows_of(store, "2022"), release_rows_of(store, "2025"))[0],
    "inequality": lambda store: spread(store, SPEC),
    "lineage": lambda store: lineage(store, "Cumberland"),
    "projection": lambda store: project(store, "919").points[0],
    "rank card": lambda store: hnf.rank_card(store, "919", YEAR),
    "real terms": lambda store: real_change(store, "block", (YEAR.previous, YEAR), "919", deflator(store)),
    "reconcile": lambda store: hnf.reconcile(store, hnf.FinancialYear(2019))[0],
    "reported": lambda store: hnf.reported(store, "919"),
    "ranks of a year without a table": lambda store: rank_ranges(store, YEAR.next),
    "gap of a year without a table": lambda store: gap_range(store, YEAR.next, "919"),
    "spending": lambda store: spending(store, "919"),
    "claim": lambda store: hnf.check_claim(store, SHIPPED["herts-rank-third"]),
    "claim on a year without a table": lambda store: hnf.check_claim(store, SHIPPED["herts-2025-26"]),
    "number of a claim": lambda _: Number(13, "pct", 0.5, "about", "13%"),
    "assumption": lambda _: assumption("typical_school_pupils"),
    "explorer": explorer,
    "loaded file": lambda _: FileReport("a.csv", "a file", "layout", "id", "0" * 64, 1),
    "summary of a pack": lambda _: PackSummary("Kent", "kent", "South East", "", figures=(SUMMARY,)),
}
#: Answers on factors of the user, which `tests/scenarios/test_factors_of_a_user.py` asks for.
ON_FACTORS = {"FactorAllocation", "FactorRun", "OwnFactors"}
#: Answers on a new workbook, which `tests/unit/test_ingest_bounds.py` asks for.
ON_WORKBOOKS = {"BoundsTest", "OutsideBand"}


def answers_below(kind: type[Answer]) -> set[type[Answer]]:
    return {found for one in kind.__subclasses__() for found in (one, *answers_below(one))}


def test_every_declared_path_of_every_answer_resolves(store, monkeypatch):
    for module in pkgutil.walk_packages(hnf.__path__, "hnf."):
        if module.name.split(".")[1] not in ("__main__", "commands"):
            importlib.import_module(module.name)
    written = set()
    to_json = Answer.to_json

    def record(self):
        written.add(type(self))
        return to_json(self)

    monkeypatch.setattr(Answer, "to_json", record)
    for make in (*(make for make, _ in RESULTS.values()), *OTHERS.values()):
        assert as_json(make(store).to_json())
    declared = {kind for kind in answers_below(Answer) - written if kind.JSON and kind.__module__.startswith("hnf.")}
    named = {kind.__name__ for kind in declared}
    assert named == ON_FACTORS | ON_WORKBOOKS
    assert len(written) > 25


def test_a_declared_path_that_leads_nowhere_is_an_error():
    class Wrong(Answer):
        JSON = "there not_there"
        there = 1

    with pytest.raises(AttributeError, match="not_there"):
        Wrong().to_json()


def test_a_declaration_follows_attributes_keys_places_and_methods():
    class Part(Answer):
        JSON = "a"
        a = YEAR

    class Whole(Answer):
        JSON = ("first=parts.0 key=by_key.x", {"group": "empty? method"}, "**more **part")
        parts, by_key, empty, more, part = (Part(),), {"x": float("nan")}, (), {"b": 2}, Part()

        def method(self):
            return 3

    form = {"first": {"a": "2023-24"}, "key": None, "group": {"empty": None, "method": 3}, "b": 2, "a": "2023-24"}
    assert Whole().to_json() == form
    assert list(form) == list(Whole().to_json())


@pytest.mark.parametrize(
    "name", [*(name for name in RESULTS if name != "trace"), "reconcile", "real terms", "spending"]
)
def test_every_figure_id_of_a_result_can_be_traced(store, name):
    result = (RESULTS[name][0] if name in RESULTS else OTHERS[name])(store)
    ids = result.figure_ids()
    assert ids or name in ("reconcile", *NO_IDS)
    assert [figure_id for figure_id in ids if resolve(store, figure_id).id != figure_id] == []


@pytest.fixture(name="run")
def command(request):
    return request.getfixturevalue("hnf")


def test_hnf_trace_gives_the_numbers_of_an_answer(store, run):
    rows = {row["figure_id"]: row["value"] for row in hnf.rank(store, SPEC).as_rows()}
    for figure_id in (*list(rows)[:2], *list(rows)[-2:]):
        assert run("trace", figure_id, "--format", "json").json["value"] == rows[figure_id]
    found = hnf.gap(store, SPEC, "919").to_json()
    assert run("trace", found["figure_id"], "--format", "json").json["value"] == found["gap_gbp"]


@pytest.mark.parametrize(
    ("numbers", "printed"),
    # Ten tenths one after another come to 0.9999999999999999; added exactly and rounded once, to 1.
    [([0.1] * 10, "1.0"), ([1e16, 1.0, -1e16], "1.0"), ([15137, 2], "15139"), ([], "0"), ([1, 0.5], "1.5")],
)
def test_a_sum_is_exact_and_whole_numbers_stay_whole(numbers: list[float], printed: str) -> None:
    assert as_json(add_up(number for number in numbers)) == printed
