"""Every id leads to its cells, and gives the very value that the answer printed."""

import pytest
from fixtures.specs import SPECS

from hnf.analysis.allocate import allocate
from hnf.analysis.gaps import gap
from hnf.analysis.growth import growth
from hnf.analysis.rank import rank
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.measures.published import area_column, block_frame, published_figure
from hnf.measures.rates import RateSpec
from hnf.measures.register import PUBLISHED_KINDS
from hnf.sources.catalogue import load_catalogue
from hnf.tables.store import Store
from hnf.years import FinancialYear, January


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id_part)
def test_every_printed_rate_and_rank_is_the_value_of_its_id(store: Store, spec: RateSpec) -> None:
    payload = rank(store, spec).to_json()
    assert len(payload["rows"]) > 145
    for row in payload["rows"]:
        assert resolve(store, row["figure_id"]).value == row["value"]
        assert resolve(store, row["rank_id"]).value == row["rank"]
    for area in ("england", "median"):
        assert resolve(store, payload[area]["figure_id"]).value == payload[area]["value"]


@pytest.mark.parametrize("year", range(2019, 2024))
def test_every_step_and_gap_of_every_authority_is_the_value_of_its_id(store: Store, year: int) -> None:
    financial_year = FinancialYear(year)
    spec = RateSpec(financial_year, "block", "pupil")
    codes = block_frame(store, financial_year)["area"].to_list()
    assert len(codes) >= 149
    for code in codes[:: 1 if year == 2023 else 10]:
        for step in allocate(store, code, financial_year).to_json()["steps"]:
            assert resolve(store, step["figure_id"]).value == pytest.approx(step["value_gbp"], rel=1e-15)
    for code in codes:
        found = gap(store, spec, code).to_json()
        assert resolve(store, found["figure_id"]).value == found["gap_gbp"]


@pytest.mark.parametrize("who", ["919", "942", "940", "BCP", "921", "201"])
def test_every_id_in_an_answer_on_growth_is_the_value_it_printed(store: Store, who: str) -> None:
    payload = growth(store, who, January(2015), January(2026)).to_json()
    parts = [payload["authority"], payload["england"]]
    if payload["funding"]:
        parts += [payload["funding"][key] for key in ("authority", "england", "plans", "plans_england")]
    for part in parts:
        assert resolve(store, part["figure_id"]).value == part["change_pct"]
        for end in ("from", "to"):
            value = part[end].get("count", part[end].get("value_gbp"))
            assert resolve(store, part[end]["figure_id"]).value == value
        assert trace(store, part["figure_id"]).cells


@pytest.mark.parametrize("kind", [name for name, kind in PUBLISHED_KINDS.items() if kind.basis == "published"])
def test_every_published_cell_has_an_id_that_resolves(store: Store, kind: str) -> None:
    import polars as pl

    published = PUBLISHED_KINDS[kind]
    frame = store.table(published.table)
    if "authority_type" not in frame.columns:
        frame = frame.with_columns(authority_type=pl.lit(""))
    area = area_column() if "geographic_level" in frame.columns else pl.col("la_code")
    columns = published.ids or (*published.before, "area", published.after)
    ids = frame.with_columns(area=area).select(pl.concat_str(columns, separator=":"))
    names = ids.to_series().to_list()
    assert len(names) == len(set(names)) == frame.height > (400 if kind != "page" else 100)
    sources = {source.id for source in load_catalogue()}
    values = frame[published.value].to_list()
    for name, value in zip(names, values, strict=True):
        figure, cell = published_figure(store, f"{kind}:{name}")
        assert cell.source_id in sources
        assert cell.cell
        assert figure.basis == "published"
        assert (figure.value is None) == (value is None)
        assert (figure.status == "") == (value is not None)
        if value is not None and cell.printed_unit != "gbp_million":
            assert figure.value == value


def test_a_published_figure_leads_to_its_own_cell(store: Store) -> None:
    payload = trace(store, "dsg:2023-24:2023-07-20:919:total_before_deductions").to_json()
    assert payload["value"] == 180_432_328
    assert (payload["source"], payload["sheet"], payload["cell"]) == ("dsg_2023_24", "High_needs_block", "K141")
    (source,) = payload["sources"]
    assert source["file"] == "dsg/dedicated-schools-grant_2024_07_20.ods"
    assert source["publisher"].startswith("Department for Education")
    assert len(source["sha256"]) == 64


def test_millions_are_shown_as_printed_and_given_in_pounds(store: Store) -> None:
    payload = trace(store, "dsg:2019-20:2019-03-27:202:nff_in_protection").to_json()
    assert payload["value"] == pytest.approx(32_691_551.79, abs=0.01)
    (cell,) = payload["inputs"]
    assert cell["printed_unit"] == "gbp_million"
    assert cell["printed"].startswith("32.6915517")


def test_a_suppressed_cell_is_traced_with_its_symbol(store: Store) -> None:
    payload = trace(store, "plans:2026:2026:921:total").to_json()
    assert payload["value"] is None
    assert payload["status"] == "not available (suppressed) (x)"
    assert payload["inputs"][0]["printed"] == "x"


@pytest.mark.parametrize(
    ("figure_id", "cells"),
    [
        ("rate:2023-24:nff:pupil:919", 3),  # column A, primary, secondary
        ("rate:2023-24:nff_additional:head.dfe:919", 3),  # A, H, population
        ("rate:2023-24:block:pupil:england", 3 * 151),
        ("rank:2023-24:nff:pupil:919", 3 * 151),
        ("rank:2023-24:block:plan:919", 2 * 149),
        ("gap:2023-24:block:pupil:average:919", 3 * 151),
        ("gap:2023-24:block:head.ons:825:919", 4),
        ("step:2023-24:919:basic_entitlement", 2),
        ("step:2023-24:919:total_before_deductions", 7),  # A, B, C, D, E, F, H
        ("growth:plans:2015:2024:919", 2),
        ("growth:plans:2015:2025:909-942+943", 3),
        ("index:plans:2015:2024:919", 2),
        ("sum:plans:2025:942+943", 2),
        ("sum:block:2023-24:942+943", 2),
        ("growth:block:2019-20:2023-24:england", 149 + 151),
        ("spendtotal:2021-22:budget:919", 12),  # six kinds of places, two of top-ups, four services
        ("linesum:2021-22:budget:top_up_state", 150),
        ("independentshare:2021-22:budget:919", 2),
        ("spendallocation:2021-22:budget:919:before", 12 + 1),
        ("placementsum:2021:2021-22:mainstream", 149),
        ("placementshare:2021:2021-22:919:special_state", 2),
    ],
)
def test_each_kind_rests_on_all_of_its_cells_once(store: Store, figure_id: str, cells: int) -> None:
    found = trace(store, figure_id)
    assert found.figure.basis == "derived"
    assert found.figure.derivation
    ids = [traced.figure.id for traced in found.cells]
    assert len(ids) == len(set(ids)) == cells


@pytest.mark.parametrize(
    "figure_id",
    [
        "",
        "x",
        ":",
        "::::",
        "rank",
        "rank:2023-24:nff:pupil",
        "rank:2023-24:nff:pupil:999",
        "rank:2023-24:nff:pupil:england",
        "rank:2023-24:nff:pupil:909",
        "rank:2024-25:nff:pupil:919",
        "rank:2023-25:nff:pupil:919",
        "rank:2023-24:all:pupil:919",
        "rank:2023-24:nff:person:919",
        "rank:2023-24:nff:head.gp:919",
        "rate:2023-24:block:plan:942",
        "rate:2020-21:nff_additional:pupil:919",
        "gap:2023-24:block:none:average:919",
        "gap:2023-24:block:pupil:average:nobody",
        "gap:2023-24:block:pupil:nobody:919",
        "step:2023-24:919:luck",
        "step:2023-24:909:total_before_deductions",
        "growth:plans:2015:2024:999",
        "growth:plans:2009:2024:919",
        "growth:plans:x:2024:919",
        "growth:luck:2019-20:2023-24:919",
        "growth:block:2019-20:2024-25:919",
        "growth:block:2019-20:2023-24:999",
        "index:plans:2015:2024:",
        "sum:plans:2015:",
        "sum:block:2023-24:909",
        "dsg:2023-24:2023-07-20:919:luck",
        "dsg:2023-24:2022-07-18:919:additional",
        "dsg:2023-24:2023-07-20:919:additional:more",
        "plans:2026:2025:919:total",
        "pupils:2023-24:2023-07-20:919:tertiary",
        "population:2023:ons_estimate:919:5-16",
    ],
)
def test_ids_of_nothing_are_refused(store: Store, figure_id: str) -> None:
    with pytest.raises(UsageError) as caught:
        trace(store, figure_id)
    assert "\n" not in caught.value.line()
