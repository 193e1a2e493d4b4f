"""The lists of the open data standard: identifiers of time, geographic levels with their columns, symbols, units.

As published in the analysts' guide of the Department for Education and used by its screening tools.
"""

from __future__ import annotations

import re

TIME_COLUMNS = ("time_period", "time_identifier")
REQUIRED_COLUMNS = (*TIME_COLUMNS, "geographic_level", "country_code", "country_name")

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKS = tuple(f"Week {number}" for number in range(1, 53))
_QUARTERS = tuple(f"Financial year Q{number}" for number in range(1, 5))
_HALVES = ("Part 1 (April to September)", "Part 2 (October to March)")
_TERMS = ("Autumn term", "Spring term", "Summer term")
#: Identifiers that may stand in one file together.
TIME_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("Academic year",),
    ("Autumn and spring term",),
    ("Calendar year",),
    ("Financial year",),
    ("Reporting year",),
    ("Tax year",),
    _TERMS,
    _MONTHS,
    _WEEKS,
    _QUARTERS,
    _HALVES,
)
#: How many digits the period of an identifier has: a calendar year four, two years that follow each other six.
PERIOD_DIGITS: dict[str, int] = {
    **dict.fromkeys(("Calendar year", "Reporting year", *_MONTHS, *_WEEKS), 4),
    **dict.fromkeys(
        ("Academic year", "Autumn and spring term", "Financial year", "Tax year", *_TERMS, *_QUARTERS, *_HALVES), 6
    ),
}

#: Geographic levels: the columns that name a place of that level, code first.
LEVEL_COLUMNS: dict[str, tuple[str, ...]] = {
    "National": ("country_code", "country_name"),
    "Regional": ("region_code", "region_name"),
    "Local authority": ("new_la_code", "la_name", "old_la_code"),
    "Local authority district": ("lad_code", "lad_name"),
    "RSC region": ("rsc_region_lead_name",),
    "Parliamentary constituency": ("pcon_code", "pcon_name"),
    "Local skills improvement plan area": ("lsip_code", "lsip_name"),
    "Local enterprise partnership": ("local_enterprise_partnership_code", "local_enterprise_partnership_name"),
    "English devolved area": ("english_devolved_area_code", "english_devolved_area_name"),
    "Opportunity area": ("opportunity_area_code", "opportunity_area_name"),
    "Ward": ("ward_code", "ward_name"),
    "MAT": ("trust_id", "trust_name"),
    "Sponsor": ("sponsor_id", "sponsor_name"),
    "School": ("school_urn", "school_name", "school_laestab"),
    "Provider": ("provider_ukprn", "provider_name"),
    "Institution": ("institution_id", "institution_name"),
    "Planning area": ("planning_area_code", "planning_area_name"),
    "Police force area": ("pfa_code", "pfa_name"),
}
#: Levels that the table tool passes over: their rows may look alike.
OUTSIDE_THE_TABLE_TOOL = ("School", "Provider", "Institution", "Planning area")
#: Which levels a place's own columns may also be filled for: those that lie inside it.
_SMALL = ("School", "Provider", "Institution", "Planning area", "Police force area")
INSIDE: dict[str, tuple[str, ...]] = {
    "Regional": (
        "Local authority", "Local authority district", "Parliamentary constituency", "Ward",
        "Local skills improvement plan area", "Local enterprise partnership", "English devolved area",
        "Opportunity area", *_SMALL,
    ),
    "Local authority": ("Local authority district", "Parliamentary constituency", "Ward", *_SMALL),
    "Local authority district": ("Ward", *_SMALL),
}  # fmt: skip
GEOGRAPHY_COLUMNS = ("geographic_level", *(name for names in LEVEL_COLUMNS.values() for name in names))

COUNTRIES = {
    "E92000001": "England",
    "W92000004": "Wales",
    "S92000003": "Scotland",
    "N92000002": "Northern Ireland",
    "K02000001": "United Kingdom",
    "K03000001": "Great Britain",
    "K04000001": "England and Wales",
}
#: Parts of London that the service takes for regions beside London itself.
PARTS_OF_LONDON = {"E13000001": "Inner London", "E13000002": "Outer London"}

#: Symbols of the Government Statistical Service, and those that they replaced.
SYMBOLS = ("z", "x", "c", "low", "k", "u")
OLD_SYMBOLS = ("~", ":", "*", ".", "..", "-", "N/A", "n/a")
NULLS = ("NA", "na", "NULL", "Null", "null", "NaN", "nan", "None", "#N/A", "#REF!", "#VALUE!", "#DIV/0!")

META_COLUMNS = (
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
)
OPTIONAL_META_COLUMNS = ("filter_default",)
UNITS = ("%", "pp", "£", "£m", "numberstring")

#: Most items of a filter, and the lengths that the service's programming interface takes.
MOST_ITEMS = 25_000
LONGEST_NAME, LONGEST_LABEL, LONGEST_ITEM = 50, 80, 120
FEWEST_PERIODS = 3

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z", re.ASCII)


def is_number(text: str) -> bool:
    """Whether a cell is a plain number: no thousands separators, no unit, no spaces."""
    return _NUMBER.match(text) is not None


def is_indicator_cell(text: str) -> bool:
    """Whether a cell is what an indicator may hold."""
    return text in SYMBOLS or is_number(text)
