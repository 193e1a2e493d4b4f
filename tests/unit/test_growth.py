"""Growth of need and funding, on areas that are the same at both dates."""

from pathlib import Path

import polars as pl
import pytest

from hnf.analysis.growth import growth, like_for_like
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

TIDY = Path(__file__).parent.parent.parent / "data" / "tidy"


@pytest.mark.parametrize(
    ("end", "count", "change", "england", "england_change"),
    [  # FIELD.md: published counts; percentages worked by hand from 3,682 and 240,183.
        (2024, 11_897, 223.1, 576_474, 140.0),
        (2025, 12_920, 250.9, 638_745, 165.9),
        (2026, 15_137, 311.1, 718_838, 199.3),
    ],
)
def test_hertfordshire_and_england(  # noqa: PLR0917
    store: Store, end: int, count: int, change: float, england: int, england_change: float
) -> None:
    found = growth(store, "Hertfordshire", January(2015), January(end))
    assert (found.area.start.value, found.area.end.value) == (3_682, count)
    assert found.area.change_pct is not None
    assert round(found.area.change_pct, 1) == change
    assert (found.england.start.value, found.england.end.value) == (240_183, england)
    assert found.england.change_pct is not None
    assert round(found.england.change_pct, 1) == england_change
    assert not found.comparable_area.is_combined


def test_the_latest_count_is_the_default(store: Store) -> None:
    assert growth(store, "919").dates == (January(2015), January(2026))


def test_a_suppressed_count_has_a_status_and_no_percentage(store: Store) -> None:
    """Isle of Wight, January 2026 (published: x)."""
    found = growth(store, "Isle of Wight", January(2015), January(2026)).to_json()
    assert found["authority"]["from"]["count"] == 670
    assert found["authority"]["to"]["count"] is None
    assert found["authority"]["to"]["status"] == "not available (suppressed) (x)"
    assert found["authority"]["change_pct"] is None
    assert found["england"]["to"]["count"] == 718_838
    figure = resolve(store, found["authority"]["figure_id"])
    assert (figure.value, figure.status) == (None, "not available (suppressed) (x)")


def test_a_suppressed_part_leaves_the_sum_without_a_value(store: Store) -> None:
    figure = resolve(store, "sum:plans:2026:919+921")
    assert (figure.value, figure.status) == (None, "not available (suppressed) (x)")


@pytest.mark.parametrize("who", ["Northamptonshire", "North Northamptonshire", "West Northants", "928"])
def test_northamptonshire_is_compared_as_a_whole(store: Store, who: str) -> None:
    found = growth(store, who, January(2015), January(2025))
    assert found.comparable_area.is_combined
    assert found.comparable_area.codes == (("928",), ("940", "941"))
    parts = [resolve(store, f"plans:2025:2025:{code}:total").value for code in ("940", "941")]
    before = resolve(store, "plans:2015:2022:928:total").value
    assert found.area.end.value == sum(parts)
    assert found.area.start.value == before
    assert found.area.change_pct == pytest.approx((sum(parts) / before - 1) * 100)
    assert "Northamptonshire" in found.comparable_area.note


@pytest.mark.parametrize("who", ["Cumbria", "Cumberland", "Westmorland & Furness"])
def test_cumbria_is_compared_as_a_whole(store: Store, who: str) -> None:
    found = growth(store, who, January(2015), January(2025))
    assert found.comparable_area.codes == (("909",), ("942", "943"))
    assert (found.area.start.value, found.area.end.value) == (2_106, 5_270)  # published: 2,106; sum of two counts
    assert found.funding is not None  # 2019-20 under 909, 2023-24 under both
    assert found.funding.area.start.value < found.funding.area.end.value
    assert found.funding.plans.end.id == "plans:2023:2025:909:total"  # January 2023 still counts Cumbria


def test_cumberland_alone_where_both_counts_are_its_own(store: Store) -> None:
    found = growth(store, "Cumberland", January(2024), January(2026))
    assert not found.comparable_area.is_combined
    assert found.comparable_area.codes == (("942",), ("942",))


@pytest.mark.parametrize("who", ["Dorset", "BCP", "Poole", "837", "835"])
def test_dorset_and_bcp_only_add_up_together(store: Store, who: str) -> None:
    """Christchurch moved: neither half can be compared alone."""
    found = growth(store, who, January(2015), January(2025))
    assert found.comparable_area.is_combined
    assert set(found.comparable_area.codes[0]) == {"835", "836", "837"}
    assert set(found.comparable_area.codes[1]) == {"838", "839"}


@pytest.mark.parametrize(
    ("who", "start", "end", "pct"),
    [  # Published counts of January 2025 and January 2026.
        ("West Northamptonshire", 4_153, 5_337, 28.5),
        ("Cumberland", 2_893, 3_088, 6.7),
        ("Dorset", 4_333, 4_719, 8.9),
    ],
)
def test_reorganised_authorities_have_growth_between_their_counts(
    store: Store, who: str, start: int, end: int, pct: float
) -> None:
    found = growth(store, who, January(2025), January(2026))
    assert (found.area.name, found.own, found.comparable_area.note) == (who, None, "")
    assert (found.area.start.value, found.area.end.value) == (start, end)
    assert found.area.change_pct == pytest.approx(100 * end / start - 100)
    assert round(100 * end / start - 100, 1) == pct


@pytest.mark.slow
def test_every_authority_is_itself_on_every_pair_of_dates_with_its_counts(store: Store) -> None:
    """Counts by polars from data/tidy, latest release: the change is its own wherever both Januaries list it."""
    frame = pl.read_csv(TIDY / "ehc_plans.csv", infer_schema_length=None, schema_overrides={"la_code": pl.String})
    frame = frame.filter((pl.col("plan_type") == "total") & (pl.col("geographic_level") == "local_authority"))
    frame = frame.filter(pl.col("release") == pl.col("release").max().over("january", "la_code"))
    counts = {(code, year): count for code, year, count in frame.select("la_code", "january", "count").iter_rows()}
    compared = 0
    for code in sorted({code for code, year in counts if year == 2026}):
        for first in (2015, 2019, 2020, 2021, 2022, 2024, 2025):
            found = growth(store, code, January(first), January(2026))
            before, after = counts.get((code, first)), counts[code, 2026]
            assert found.comparable_area.is_combined == ((code, first) not in counts), (code, first)
            own = found.own if found.comparable_area.is_combined else found.area
            since = first if (code, first) in counts else min(year for other, year in counts if other == code)
            before = counts[code, since]
            expected = None if before is None or after is None else 100 * after / before - 100
            assert own is not None
            assert own.change_pct == (None if expected is None else pytest.approx(expected)), (code, first)
            compared += 1
    assert compared >= 7 * 153


def test_a_larger_area_says_why_and_gives_the_authority_beside_it(store: Store) -> None:
    found = growth(store, "West Northamptonshire")
    assert found.comparable_area.note.endswith(
        "as there are no figures of North Northamptonshire or West Northamptonshire alone for January 2015, the "
        "figures are for the whole area on both dates"
    )
    assert found.own is not None
    assert (found.own.start.value, found.own.end.value) == (2_847, 5_337)  # published, January 2022 and 2026
    funding = found.funding
    assert funding is not None
    assert funding.own is not None
    assert (funding.own.start.value, funding.own.end.value) == (54_248_295, 66_957_050)  # published, 2021-22, 2023-24
    assert [str(year) for year in funding.own.dates] == ["2021-22", "2023-24"]
    assert growth(store, "919").own is None


def test_changed_ons_codes_are_no_reorganisation(store: Store) -> None:
    """Gateshead, Northumberland, Buckinghamshire, Somerset, North Yorkshire, Barnsley, Sheffield (FIELD.md)."""
    for code in ("390", "929", "825", "933", "815", "370", "373"):
        found = growth(store, code, January(2010), January(2026))
        assert not found.comparable_area.is_combined
        assert found.area.change_pct is not None


def test_every_authority_with_an_allocation_has_an_answer(store: Store) -> None:
    from hnf.measures.published import block_frame
    from hnf.years import FinancialYear

    codes = block_frame(store, FinancialYear(2023))["area"].to_list()
    found = {code: growth(store, code, January(2015), January(2025)) for code in codes}
    assert len(found) == 151
    assert all(answer.area.change_pct is not None for answer in found.values())
    combined = {code for code, answer in found.items() if answer.comparable_area.is_combined}
    assert combined == {"838", "839", "940", "941", "942", "943"}


def test_the_city_of_london_has_need_and_no_funding(store: Store) -> None:
    found = growth(store, "City of London")
    assert found.funding is None
    assert "the City of London has no high needs allocation" in found.funding_reason
    assert found.area.end.value == 26  # published


def test_funding_stands_beside_plans_of_the_same_years(store: Store) -> None:
    """2019-20 to 2023-24, published totals of Hertfordshire; plans of January 2019 and January 2023."""
    funding = growth(store, "919", January(2015), January(2026)).funding
    assert funding is not None
    assert [str(year) for year in funding.years] == ["2019-20", "2023-24"]
    assert round(funding.area.start.value) == 115_319_916  # the final edition
    assert funding.area.end.value == 180_432_328
    assert (funding.plans.start.value, funding.plans.end.value) == (6_328, 10_486)
    assert (funding.plans_england.start.value, funding.plans_england.end.value) == (353_995, 517_048)
    assert round(funding.england.end.value) == 9_952_172_126


def test_too_few_years_of_funding_is_said(store: Store) -> None:
    found = growth(store, "919", January(2024), January(2026))
    assert found.funding is None
    assert "fewer than two years of funding lie between January 2024 and January 2026" in found.funding_reason


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (2009, 2024, r"there is no count for January 2009\. Counts run from January 2010 to 2026"),
        (2015, 2027, "there is no count for January 2027"),
        (2024, 2015, "January 2015 is not after January 2024"),
        (2024, 2024, "January 2024 is not after January 2024"),
    ],
)
def test_dates_that_cannot_be(store: Store, start: int, end: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        growth(store, "919", January(start), January(end))


def test_the_latest_release_is_used(store: Store) -> None:
    """January 2021 is in the releases 2022 and 2025."""
    found = growth(store, "919", January(2015), January(2021))
    assert found.area.end.id == "plans:2021:2025:919:total"


def _block(year: str, term: str) -> dict[str, float]:
    """A term of the block by authority, as printed in its latest edition, by polars; £ million made £."""
    frame = pl.read_csv(
        TIDY / "dsg_high_needs_block.csv", infer_schema_length=None, schema_overrides={"la_code": pl.String}
    )
    frame = frame.filter((pl.col("financial_year") == year) & (pl.col("term") == term))
    frame = frame.filter(
        (pl.col("geographic_level") == "local_authority") & (pl.col("edition") == pl.col("edition").max())
    )
    scale = {"gbp_million": 1e6}
    return {
        code: value * scale.get(unit, 1) for code, value, unit in frame.select("la_code", "value", "unit").iter_rows()
    }


@pytest.mark.parametrize(
    ("measure", "first", "term"),
    [
        ("block", "2019-20", "total_before_deductions"),
        ("block", "2020-21", "total_before_deductions"),
        ("after_deductions", "2020-21", "total_after_deductions"),
        ("nff", "2020-21", "nff_in_protection"),
    ],
)
def test_like_for_like_of_every_authority(store: Store, measure: str, first: str, term: str) -> None:
    """To 2023-24. Block: less pupils × own rate ÷ £4,660 (the lowest) × (£4,660 − £4,000); column A: plus column F."""
    years = (FinancialYear.parse(first), FinancialYear(2023))
    before, after = _block(first, term), _block("2023-24", term)
    rates, pupils = _block("2023-24", "basic_entitlement_rate"), _block("2023-24", "basic_entitlement_pupils")
    lowest = [min(_block(year, "basic_entitlement_rate").values()) for year in ("2020-21", "2021-22", "2023-24")]
    assert lowest == [4000, 4660, 4660]
    moved = _block("2023-24", "hospital_ap")
    steps = {code: moved[code] if measure == "nff" else -pupils[code] * rates[code] / 4660 * 660 for code in after}
    compared = 0
    for code in sorted(set(before) & set(after)):
        found = like_for_like(store, measure, years, code)  # type: ignore[arg-type]
        assert found is not None
        assert found.step.value == pytest.approx(steps[code], rel=1e-9, abs=1e-6)
        assert found.change.change_pct == pytest.approx(
            100 * (after[code] + steps[code]) / before[code] - 100, rel=1e-9
        )
        compared += 1
    assert compared >= 147
    england = like_for_like(store, measure, years, "england")  # type: ignore[arg-type]
    assert england is not None
    assert england.change.end.value == pytest.approx(sum(after.values()) + sum(steps.values()), rel=1e-9)


def test_like_for_like_by_hand_and_its_ids(store: Store) -> None:
    """Hertfordshire 2023-24: 3,084 pupils at £4,916.24, of which 660 ÷ 4,660: £2,147,363 (a calculator)."""
    funding = growth(store, "Hertfordshire").to_json()["funding"]
    found, england = funding["like_for_like"]["authority"], funding["like_for_like"]["england"]
    assert round(found["adjusted_by_gbp"]) == -2_147_363
    assert round(found["value_gbp"]) == 180_432_328 - 2_147_363
    assert found["change_pct"] < funding["authority"]["change_pct"]
    assert england["change_pct"] < funding["england"]["change_pct"]
    assert "teachers' pay and pension grants" in found["undone"]
    assert "alternative provision" in found["left_in"]
    for one in (found, england):
        assert resolve(store, one["figure_id"]).value == one["change_pct"]
        assert resolve(store, one["amount_id"]).value == one["value_gbp"]
        assert resolve(store, one["step_id"]).value == one["adjusted_by_gbp"]
    cells = {cell.figure.id for cell in trace(store, found["figure_id"]).cells}
    assert {
        "dsg:2023-24:2023-07-20:919:basic_entitlement_pupils",
        "dsg:2023-24:2023-07-20:919:basic_entitlement_rate",
    } <= cells
    assert {cell.split(":")[1] for cell in cells} == {"2019-20", "2020-21", "2021-22", "2023-24"}


def test_no_like_for_like_where_no_definition_changed(store: Store) -> None:
    for years in ((FinancialYear(2021), FinancialYear(2023)), (FinancialYear(2019), FinancialYear(2020))):
        assert like_for_like(store, "block", years, "919") is None
    with pytest.raises(UsageError, match="no change of definition between 2021-22 and 2023-24 can be undone"):
        resolve(store, "like:change:block:2021-22:2023-24:919")
    found = growth(store, "919", January(2021), January(2026)).to_json()["funding"]
    assert found["like_for_like"] == {"authority": None, "england": None}
