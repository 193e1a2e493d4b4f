"""What the gains limit cost each authority: column G, the formula before the limit, less column A after it.

Both are printed, in 2022-23 and 2023-24 only. Nothing is recomputed: an authority whose G is below its A is kept as
printed and flagged, because no limit can add money. Ids are `limitloss:<year>:<la_code>`, with `england` for their sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.published import ENGLAND, block_frame, dsg_id, financial_years, require_year
from hnf.store import Store
from hnf.years import FinancialYear

BEFORE = "nff_before_gains_limit"
AFTER = "nff_in_protection"


@dataclass(frozen=True)
class GainsLimitLoss:
    """What the limit took from one authority; below 0 where its column G is printed below its column A."""

    la_code: str
    la_name: str
    before_limit_gbp: float
    after_limit_gbp: float
    figure_id: str

    @property
    def loss_gbp(self) -> float:
        """Column G less column A."""
        return self.before_limit_gbp - self.after_limit_gbp

    @property
    def is_below_after(self) -> bool:
        """True where G is below A, which a limit cannot explain."""
        return self.loss_gbp < 0


@dataclass(frozen=True)
class GainsLimitLosses:
    """What the limit took from every authority of a year."""

    year: FinancialYear
    rows: tuple[GainsLimitLoss, ...]

    @property
    def lost_gbp(self) -> float:
        """What lifting the limit would cost: the sum over the authorities that lost."""
        return sum(row.loss_gbp for row in self.rows if row.loss_gbp > 0)

    @property
    def net_gbp(self) -> float:
        """Column G less column A of all authorities, those with G below A included."""
        return sum(row.loss_gbp for row in self.rows)

    @property
    def losers(self) -> tuple[GainsLimitLoss, ...]:
        """Authorities that lost, the largest loss first."""
        return tuple(sorted((row for row in self.rows if row.loss_gbp > 0), key=lambda row: -row.loss_gbp))

    @property
    def flagged(self) -> tuple[GainsLimitLoss, ...]:
        """Authorities whose column G is below column A."""
        return tuple(row for row in self.rows if row.is_below_after)

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "year": str(self.year),
            "lost_gbp": self.lost_gbp,
            "net_gbp": self.net_gbp,
            "authorities_that_lost": len(self.losers),
            "figure_id": loss_id(self.year, ENGLAND),
            "flagged": [
                {"la_code": row.la_code, "la_name": row.la_name, "loss_gbp": row.loss_gbp} for row in self.flagged
            ],
            "basis": "derived",
        }


def gains_limit_years(store: Store) -> list[FinancialYear]:
    """Return the years whose tables print the formula before the limit, oldest first."""
    return [year for year in financial_years(store) if prints_before_limit(store, year)]


def prints_before_limit(store: Store, year: FinancialYear) -> bool:
    """Say whether a year's tables print the formula before the limit."""
    return BEFORE in block_frame(store, year).columns


def gains_limit_losses(store: Store, year: FinancialYear) -> GainsLimitLosses:
    """Return what the gains limit took from every authority of a year.

    Raises
    ------
    UsageError
        If the year's tables do not print the formula before the limit.
    """
    frame = block_frame(store, require_year(store, year))
    if BEFORE not in frame.columns:
        known = ", ".join(str(known) for known in gains_limit_years(store))
        raise UsageError(
            f"what the gains limit took in {year} is not published: no column has the formula before the limit",
            todo=f"Years that have one: {known}.",
        )
    authorities = Authorities.of(store)
    return GainsLimitLosses(
        year,
        tuple(
            GainsLimitLoss(code, authorities[code].name, before, after, loss_id(year, code))
            for code, before, after in frame.select("area", BEFORE, AFTER).drop_nulls().iter_rows()
        ),
    )


def loss_id(year: FinancialYear, area: str) -> str:
    """Return the id of a loss; area is a code or `england`."""
    return f"limitloss:{year}:{area}"


def loss_figure(store: Store, year: FinancialYear, area: str) -> Figure:
    """Return a loss as a figure; `england` is the sum over the authorities that lost.

    Raises
    ------
    UsageError
        If it is not published for the year.
    KeyError
        If the authority had no allocation.
    """
    found = gains_limit_losses(store, year)
    if area == ENGLAND:
        label = f"What the gains limit took in England, {year} ({len(found.losers)} authorities)"
        inputs = tuple(row.figure_id for row in found.losers)
        return Figure(loss_id(year, area), label, found.lost_gbp, "gbp", "derived", inputs, "sum of all losses")
    row = {row.la_code: row for row in found.rows}[area]
    return Figure(
        id=row.figure_id,
        label=f"What the gains limit took from {Authorities.of(store)[area].prose}, {year}",
        value=row.loss_gbp,
        unit="gbp",
        basis="derived",
        inputs=(dsg_id(store, year, area, BEFORE), dsg_id(store, year, area, AFTER)),
        derivation="column G − column A",
    )
