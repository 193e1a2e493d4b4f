"""Floor and gains limit as figures: `protection:<year>:<area>:<number of the row>`."""

from __future__ import annotations

from hnf.analysis.protection import protection
from hnf.analysis.protection_inputs import ProtectionRules, baseline_inputs, column_a_inputs, population_inputs
from hnf.analysis.protection_rows import FIGURE_PARTS, ProtectionRow, protection_id
from hnf.errors import UsageError
from hnf.figures import Figure, Unit
from hnf.store import Store
from hnf.years import FinancialYear

_LABELS = {
    "baseline_per_head": "Baseline per head aged 2 to 18",
    "floor": "Funding floor",
    "limit": "Gains limit",
    "change_pct": "Change of column A per head on the baseline",
    "floor_distance": "Column A above the funding floor",
    "limit_distance": "Column A below the gains limit",
    "baseline_addition": "Addition to the baseline with which the bound equals column A",
}
_UNITS: dict[str, Unit] = {"baseline_per_head": "gbp_per_head", "change_pct": "pct"}


def protection_figure(store: Store, year: FinancialYear, area: str, part: str) -> Figure:
    """Return a number of a row as a figure.

    Parameters
    ----------
    store : Store
    year : FinancialYear
    area : str
        Three-digit code, or the codes of a reorganised area joined by +.
    part : str
        One of `FIGURE_PARTS`.

    Raises
    ------
    UsageError
        If the year has no recomputed floor, or the area no such number; says why.
    KeyError
        If the area or the part is unknown.
    """
    found = protection(store, year)
    row, attribute = found.row(area), FIGURE_PARTS[part]
    value: float | None = getattr(row, attribute)
    if value is None:
        raise UsageError(f"{row.la_name} has no {_LABELS[part].lower()} in {year}: {row.reason or 'it is not bound'}")
    return Figure(
        id=protection_id(year, area, part),
        label=f"{_LABELS[part]}, {row.la_name}, {year}",
        value=value,
        unit=_UNITS.get(part, "gbp"),
        basis="derived",
        inputs=_inputs(store, found.rules, row, part),
        derivation=_derivation(found.rules, part),
    )


def _inputs(store: Store, rules: ProtectionRules, row: ProtectionRow, part: str) -> tuple[str, ...]:
    area, column_a = row.area, column_a_inputs(store, rules, row.area)
    per_head = protection_id(rules.year, area.area, "baseline_per_head")
    if part == "baseline_per_head":
        return baseline_inputs(store, rules, area)
    if part in ("floor", "limit"):
        return (per_head, *population_inputs(rules, area))
    if part == "change_pct":
        return (*column_a, *population_inputs(rules, area), per_head)
    bound = str(row.bound) if part == "baseline_addition" else part.removesuffix("_distance")
    baseline = baseline_inputs(store, rules, area) if part == "baseline_addition" else ()
    return (*column_a, protection_id(rules.year, area.area, bound), *baseline)


def _derivation(rules: ProtectionRules, part: str) -> str:
    heads = f"the projection of mid-{rules.mid_year}"
    return {
        "baseline_per_head": f"{' + '.join(rules.baseline_terms)} of {rules.baseline_year} ÷ the projection of "
        f"mid-{rules.previous_mid_year}",
        "floor": f"(1 + {rules.floor_pct:g}%) × baseline per head × {heads}",
        "limit": f"(1 + {rules.limit_pct:g}%) × baseline per head × {heads}",
        "change_pct": f"(column A ÷ {heads} ÷ baseline per head − 1) × 100",
        "floor_distance": "column A − floor",
        "limit_distance": "limit − column A",
        "baseline_addition": "baseline × (column A ÷ bound − 1)",
    }[part]
