"""One authority against its funding floor and gains limit: the row of an answer, its numbers and their ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.protection_inputs import ProtectedArea
from hnf.formula.protection import TOLERANCE_GBP
from hnf.formula.protection_rates import ProtectionStatus
from hnf.measures.known_differences import place_rule
from hnf.years import FinancialYear

#: Parts of a figure id that name a number of a row, and the attribute that holds it.
FIGURE_PARTS = {
    "baseline_per_head": "baseline_per_head_gbp",
    "floor": "floor_gbp",
    "limit": "limit_gbp",
    "change_pct": "change_pct",
    "floor_distance": "floor_distance_gbp",
    "limit_distance": "limit_distance_gbp",
    "baseline_addition": "baseline_addition_gbp",
}


def protection_id(year: FinancialYear, area: str, part: str) -> str:
    """Return the id of a number of a row; part is one of `FIGURE_PARTS`."""
    return f"protection:{year}:{area}:{part}"


@dataclass(frozen=True)
class ProtectionRow:
    """One area against its floor and limit; None where it has no bounds.

    Parameters
    ----------
    area : ProtectedArea
        What it is computed from.
    la_name : str
        The authority, or the area of several.
    protection_status : ProtectionStatus
        The class.
    bound : ProtectionStatus or None
        Floor or limit: the one that binds, or that a known difference is measured from; None where neither is.
    baseline_per_head_gbp, floor_gbp, limit_gbp, change_pct : float or None
        Per head aged 2 to 18; the change is column A per head on the baseline per head.
    baseline_addition_gbp : float or None
        What a known difference needs added to the baseline for the bound to equal column A.
    reason : str
        Why it has no bounds or no class, or what is known of a known difference.
    """

    area: ProtectedArea
    la_name: str
    protection_status: ProtectionStatus
    bound: ProtectionStatus | None
    baseline_per_head_gbp: float | None
    floor_gbp: float | None
    limit_gbp: float | None
    change_pct: float | None
    baseline_addition_gbp: float | None
    reason: str

    @property
    def recomputed_gbp(self) -> float | None:
        """Column A as the binding rule gives it; None where neither rule decides it."""
        if self.bound is None:
            return None
        return self.floor_gbp if self.bound is ProtectionStatus.FLOOR else self.limit_gbp

    @property
    def difference_gbp(self) -> float | None:
        """Recomputed less published."""
        return None if self.recomputed_gbp is None else self.recomputed_gbp - self.area.published_gbp

    @property
    def whole_places(self) -> int:
        """How many places the addition to the baseline is, to the pounds that rounding allows; 0 where it is not."""
        if self.baseline_addition_gbp is None:
            return 0
        place = place_rule().place_gbp
        places = max(round(self.baseline_addition_gbp / place), 0)
        return places if abs(self.baseline_addition_gbp - places * place) <= TOLERANCE_GBP else 0

    @property
    def floor_distance_gbp(self) -> float | None:
        """How far column A is above the floor."""
        return None if self.floor_gbp is None else self.area.published_gbp - self.floor_gbp

    @property
    def limit_distance_gbp(self) -> float | None:
        """How far column A is below the gains limit."""
        return None if self.limit_gbp is None else self.limit_gbp - self.area.published_gbp

    @property
    def gains_limit_loss_gbp(self) -> float | None:
        """Column G less column A; None in years that do not print G."""
        before = self.area.before_limit_gbp
        return None if before is None else before - self.area.published_gbp

    def payload(self, year: FinancialYear) -> dict[str, Any]:
        """Return the JSON form."""
        area = self.area
        floor, limit = self.floor_gbp, self.limit_gbp
        numbers = {attribute: getattr(self, attribute) for attribute in FIGURE_PARTS.values()}
        return {
            "la_code": area.area,
            "la_name": self.la_name,
            "class": self.protection_status.value,
            "bound": self.bound.value if self.bound else None,
            "recomputed_gbp": self.recomputed_gbp,
            "published_gbp": area.published_gbp,
            "difference_gbp": self.difference_gbp,
            **numbers,
            "baseline_addition_places": self.whole_places or None,
            "floor_distance_pct": None if floor is None else (area.published_gbp / floor - 1) * 100,
            "limit_distance_pct": None if limit is None else (1 - area.published_gbp / limit) * 100,
            "baseline_gbp": area.baseline_gbp,
            "population": area.population,
            "previous_population": area.previous_population,
            "gains_limit_loss_gbp": self.gains_limit_loss_gbp,
            "reason": self.reason or None,
            "figure_ids": {
                part: protection_id(year, area.area, part)
                for part, attribute in FIGURE_PARTS.items()
                if numbers[attribute] is not None
            },
        }
