"""League tables on any amounts and denominators: order, ties, sums, and nobody lost."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnf.measures.published import Amounts
from hnf.measures.rates import RateSpec, RateTable
from hnf.years import FinancialYear

CODES = [str(code) for code in range(201, 231)]
SPEC = RateSpec(FinancialYear(2023), "block", "head")
#: Few distinct amounts, so that ties are common.
AMOUNTS = st.dictionaries(st.sampled_from(CODES), st.integers(1, 6).map(float), min_size=1)


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    amounts = draw(AMOUNTS)
    codes = sorted(amounts)
    missing = draw(st.sets(st.sampled_from(codes), max_size=len(codes) - 1))
    people = {code: float(draw(st.integers(1, 3))) for code in codes if code not in missing}
    return RateTable(SPEC, Amounts(amounts, {}, {}), Amounts(people, {}, dict.fromkeys(missing, "no count")))


@given(tables())
def test_ranks_follow_the_values(table: RateTable) -> None:
    values = table.values
    for code, value in values.items():
        assert table.ranks[code] == 1 + sum(other < value for other in values.values())
        assert set(table.tied_with(code)) == {c for c, other in values.items() if other == value} - {code}
        for other in table.tied_with(code):
            assert table.ranks[other] == table.ranks[code]
    assert min(table.ranks.values()) == 1
    assert list(values.values()) == sorted(values.values())


@given(tables())
def test_nobody_is_lost_and_nobody_is_invented(table: RateTable) -> None:
    assert set(table.values) | set(table.excluded) == set(table.numerators.values)
    assert not set(table.values) & set(table.excluded)
    assert set(table.ranks) == set(table.values)


@given(tables())
def test_england_is_the_weighted_mean_and_gaps_to_it_cancel(table: RateTable) -> None:
    people = table.denominators.values
    weighted = sum(rate * people[code] for code, rate in table.values.items()) / sum(people[c] for c in table.values)
    assert table.england == pytest.approx(weighted)
    gaps = [(table.england - rate) * people[code] for code, rate in table.values.items()]
    assert sum(gaps) == pytest.approx(0, abs=1e-9)
    assert min(table.values.values()) - 1e-9 <= table.england <= max(table.values.values()) + 1e-9
    assert table.median == statistics.median(table.values.values())


@given(tables(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(table: RateTable, random) -> None:
    codes = list(table.numerators.values)
    random.shuffle(codes)
    shuffled = RateTable(
        SPEC, Amounts({code: table.numerators.values[code] for code in codes}, {}, {}), table.denominators
    )
    assert list(shuffled.values.items()) == list(table.values.items())
    assert shuffled.ranks == table.ranks


@given(tables(), st.integers(2, 9))
def test_money_in_another_unit_changes_no_rank(table: RateTable, factor: int) -> None:
    scaled = {code: value * 2.0**factor for code, value in table.numerators.values.items()}
    assert RateTable(SPEC, Amounts(scaled, {}, {}), table.denominators).ranks == table.ranks
