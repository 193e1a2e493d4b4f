"""Which parameters the formula has, and in what unit each is given: names and meanings only, never a value.

Values live in `hnf/formula/parameters/<year>.toml`, one file a financial year, each with its reference, the date it
was checked and its status. A name ends with its unit: `_pct` is 0 to 100, `_share` is 0 to 1, `_weight` is relative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hnf.tables import DSG_TERMS

ParameterUnit = Literal[
    "pct",
    "share",
    "weight",
    "gbp",
    "gbp_per_pupil",
    "gbp_per_head",
    "choice",
    "flag",
    "financial_year",
    "mid_year",
    "terms",
]
Status = Literal["published", "derived", "unverified", "not_found"]

#: Meaning of each status, in the words shown to a reader.
STATUSES: Mapping[Status, str] = {
    "published": "read off a published file or a public statement",
    "derived": "computed from published figures, reproducible",
    "unverified": "in use, but no public source has been checked",
    "not_found": "no public source was found",
}

#: Largest value of the units that have one; no numeric value is negative.
UPPER_BOUNDS: Mapping[str, float] = {"pct": 100.0, "share": 1.0}
#: Bound of the others: more pounds than any budget, so that a slip of the keyboard is caught.
LARGEST_VALUE = 1e12
NUMERIC_UNITS = ("pct", "share", "weight", "gbp", "gbp_per_pupil", "gbp_per_head")

#: The proxy factors in the order of the published method. Each has a share of the proxy pot, `proxy_<name>_share`.
PROXIES: Mapping[str, str] = {
    "population": "population aged 2 to 18",
    "free_school_meals": "children eligible for free school meals",
    "idaci": "children in IDACI bands A to F",
    "bad_health": "children in bad health",
    "disability_living_allowance": "children receiving disability living allowance",
    "ks2_low_attainment": "low attainment at key stage 2",
    "ks4_low_attainment": "low attainment at key stage 4",
}
IDACI_BANDS = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter that a year's file may hold; `required` ones must stand there, if only as not found."""

    name: str
    unit: ParameterUnit
    meaning: str
    required: bool = True
    choices: tuple[str, ...] = ()


_SPECS = (
    ParameterSpec("funding_floor_pct", "pct", "Smallest rise per head aged 2 to 18 on the baseline"),
    ParameterSpec("gains_limit_pct", "pct", "Largest rise per head aged 2 to 18 on the baseline"),
    ParameterSpec("floor_baseline_year", "financial_year", "Year whose funding the floor and gains limit start from"),
    ParameterSpec(
        "floor_baseline_terms",
        "terms",
        "Terms of that year's high needs block that make up the baseline",
        choices=tuple(DSG_TERMS),
    ),
    ParameterSpec(
        "floor_population_mid_year", "mid_year", "Year of the population projection that the new amount is computed on"
    ),
    ParameterSpec("basic_entitlement_rate_gbp", "gbp_per_pupil", "Lowest basic entitlement rate, before area costs"),
    ParameterSpec(
        "basic_entitlement_includes_pay_and_pension_grants",
        "flag",
        "Whether the basic entitlement rate includes the teachers' pay and pension grants",
    ),
    ParameterSpec("historic_spend_share", "share", "Part of 2017-18 spend that the historic spend factor pays"),
    ParameterSpec(
        "historic_spend_basis", "choice", "Which 2017-18 spend the factor looks at", choices=("planned", "actual")
    ),
    *(
        ParameterSpec(f"proxy_{name}_share", "share", f"Part of the proxy pot shared by {words}")
        for name, words in PROXIES.items()
    ),
    *(
        ParameterSpec(f"idaci_band_{band}_weight", "weight", f"Weight of a child in IDACI band {band.upper()}")
        for band in IDACI_BANDS
    ),
    ParameterSpec("additional_allocation_gbp", "gbp", "Additional high needs allocation, England", required=False),
    ParameterSpec(
        "additional_per_head_gbp",
        "gbp_per_head",
        "Additional high needs allocation per head aged 2 to 18",
        required=False,
    ),
    ParameterSpec(
        "additional_basis",
        "choice",
        "What the additional allocation is shared by",
        required=False,
        choices=("population_2_18", "nff_before_gains_limit"),
    ),
    ParameterSpec(
        "formula_quantum_gbp", "gbp", "National total of the elements inside floor and gains limit", required=False
    ),
)

#: Every parameter by name, in the order in which they are shown.
PARAMETERS: Mapping[str, ParameterSpec] = {spec.name: spec for spec in _SPECS}
