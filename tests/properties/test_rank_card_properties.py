"""Ranks under errors of the denominators, on any amounts: ties, missing counts, order, and bounds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.analysis.rank_card import rank_spread
from hnf.measures.published import Amounts
from hnf.measures.rates import RateSpec, RateTable
from hnf.years import FinancialYear

CODES = [str(code) for code in range(201, 216)]
SPEC = RateSpec(FinancialYear(2023), "block", "plan")


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    """Few distinct amounts and counts, so that ties are common; some counts are missing."""
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    missing = draw(st.sets(st.sampled_from(codes), max_size=len(codes) - 1))
    amounts = {code: float(draw(st.integers(1, 5))) for code in codes}
    counts = {code: float(draw(st.integers(1, 3))) for code in codes if code not in missing}
    return RateTable(SPEC, Amounts(amounts, {}, {}), Amounts(counts, {}, dict.fromkeys(missing, "no count")))


@settings(deadline=None)
@given(tables(), st.integers(0, 1_000))
def test_without_error_every_draw_has_the_rank_of_the_table_ties_included(table: RateTable, seed: int) -> None:
    for code in table.values:
        found = rank_spread(table, code, 0, draws=7, seed=seed)
        assert (found.low, found.high, found.same) == (table.ranks[code], table.ranks[code], 1.0)


@settings(deadline=None)
@given(tables(), st.floats(0.1, 50), st.integers(0, 1_000))
def test_ranks_stay_inside_the_league_and_missing_counts_take_no_part(
    table: RateTable, error: float, seed: int
) -> None:
    for code in table.values:
        found = rank_spread(table, code, error, draws=11, seed=seed)
        assert 1 <= found.low <= found.high <= len(table.values)
        assert 0 <= found.same <= 1
        # Only those who are near enough can be overtaken.
        widest = (1 + error / 100) / (1 - error / 100)
        surely_below = sum(rate * widest < table.values[code] for rate in table.values.values())
        surely_above = sum(rate > table.values[code] * widest for rate in table.values.values())
        assert found.low >= 1 + surely_below
        assert found.high <= len(table.values) - surely_above
    with_missing = RateTable(table.spec, table.numerators, table.denominators)
    assert not set(with_missing.values) & set(table.denominators.excluded)


@settings(deadline=None)
@given(tables(), st.integers(0, 1_000), st.randoms())
def test_the_order_of_the_rows_and_the_unit_of_money_change_nothing(table: RateTable, seed: int, random) -> None:
    codes = list(table.numerators.values)
    random.shuffle(codes)
    other = RateTable(
        SPEC, Amounts({code: table.numerators.values[code] * 1_024 for code in codes}, {}, {}), table.denominators
    )
    for code in table.values:
        assert rank_spread(table, code, 2, draws=9, seed=seed) == rank_spread(other, code, 2, draws=9, seed=seed)


@given(tables())
def test_quartiles_lie_between_the_ends_and_around_the_median(table: RateTable) -> None:
    lower, upper = table.quartiles
    values = list(table.values.values())
    assert min(values) <= lower <= table.median <= upper <= max(values)
