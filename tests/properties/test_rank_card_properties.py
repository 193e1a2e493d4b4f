"""Bands of ranks under differences of the denominators, on any amounts: ties, missing counts, order, and bounds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.analysis.rank_card import draw_bands
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


@st.composite
def ratios(draw: st.DrawFn, codes: list[str], low: float = 0.5, high: float = 2) -> dict[str, float]:
    """The other count over the own one, of two authorities or more."""
    known = draw(st.lists(st.sampled_from(CODES), min_size=2, unique=True))
    return {code: draw(st.floats(low, high)) for code in known if code in codes or len(known) == 2}


def differences(table: RateTable, data: st.DataObject) -> dict[str, float]:
    """Ratios of at least two authorities, in the league or not."""
    found = data.draw(ratios(list(table.values)))
    return found if len(found) > 1 else {"201": 0.8, "202": 1.1}


@settings(deadline=None)
@given(tables(), st.floats(0.5, 2), st.integers(0, 1_000))
def test_a_ratio_common_to_all_moves_no_rank_ties_included(table: RateTable, ratio: float, seed: int) -> None:
    found = draw_bands(table.values, dict.fromkeys(CODES, ratio), 90, 7, seed)
    assert found == {code: (rank, rank) for code, rank in table.ranks.items()}


@settings(deadline=None)
@given(tables(), st.data(), st.integers(0, 1_000))
def test_ranks_stay_inside_the_league_and_missing_counts_take_no_part(table: RateTable, data, seed: int) -> None:
    drawn = differences(table, data)
    found = draw_bands(table.values, drawn, 90, 11, seed)
    assert set(found) == set(table.values)
    assert not set(found) & set(table.denominators.excluded)
    widest = max(drawn.values()) / min(drawn.values()) * (1 + 1e-9)
    for code, (low, high) in found.items():
        assert 1 <= low <= table.ranks[code] <= high <= len(table.values)
        # Only those who are near enough can be overtaken.
        own = table.values[code]
        assert low >= 1 + sum(rate * widest < own for rate in table.values.values())
        assert high <= len(table.values) - sum(rate > own * widest for rate in table.values.values())


@settings(deadline=None)
@given(tables(), st.data(), st.integers(0, 1_000))
def test_the_order_of_the_rows_and_the_unit_of_money_change_nothing(table: RateTable, data, seed: int) -> None:
    drawn = differences(table, data)
    shuffled = data.draw(st.permutations(list(table.values)))
    other = {code: table.values[code] * 1_024 for code in shuffled}
    twice = {code: ratio * 2 for code, ratio in reversed(drawn.items())}
    assert draw_bands(table.values, drawn, 90, 9, seed) == draw_bands(other, twice, 90, 9, seed)
