"""What the gains limit took, from columns G and A as printed."""

from collections.abc import Callable
from typing import Any

import pytest

from hnf.analysis.explain import gains_limit_losses, gains_limit_years
from hnf.analysis.trace import resolve, trace
from hnf.errors import UsageError
from hnf.tables.store import Store
from hnf.years import FinancialYear


@pytest.mark.parametrize(
    ("year", "authorities", "losers", "lost", "net"),
    [("2022-23", 150, 36, 65_163_114, 65_030_781), ("2023-24", 151, 30, 59_276_543, 59_276_543)],
)
def test_every_authority_and_the_national_cost(
    *, store: Store, year: str, authorities: int, losers: int, lost: int, net: int
) -> None:
    found = gains_limit_losses(store, FinancialYear.parse(year))
    assert len(found.rows) == authorities
    assert len(found.losers) == losers
    assert found.lost_gbp == lost
    assert found.net_gbp == net
    assert [row.loss_gbp for row in found.losers] == sorted((row.loss_gbp for row in found.losers), reverse=True)


def test_an_authority_with_g_below_a_is_kept_and_flagged(store: Store) -> None:
    found = gains_limit_losses(store, FinancialYear(2022))
    assert [(row.la_name, row.loss_gbp) for row in found.flagged] == [("Northumberland", -132_333)]
    assert found.lost_gbp - found.net_gbp == 132_333
    assert found.to_json()["flagged"][0]["la_code"] == "929"
    assert not gains_limit_losses(store, FinancialYear(2023)).flagged


def test_a_year_without_column_g_is_refused(store: Store) -> None:
    assert [str(year) for year in gains_limit_years(store)] == ["2022-23", "2023-24"]
    with pytest.raises(UsageError, match="not published"):
        gains_limit_losses(store, FinancialYear(2021))


def test_figures(store: Store, hnf: Callable[..., Any]) -> None:
    norfolk = trace(store, "limitloss:2022-23:926")
    assert norfolk.figure.value == 105_454_979 - 104_393_384  # printed in columns G and A
    assert len(norfolk.cells) == 2
    assert resolve(store, "limitloss:2023-24:england").value == 59_276_543
    assert len(trace(store, "limitloss:2023-24:england").cells) == 60
    assert hnf("trace", "limitloss:2021-22:919").code == 2
    assert hnf("trace", "limitloss:2022-23:000").code == 2
