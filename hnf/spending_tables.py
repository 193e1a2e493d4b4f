"""The tidy tables of spending, placements and balances, declared as `hnf.tables` declares the others."""

from __future__ import annotations

from hnf.table_schema import (
    CELL_ERRORS,
    FINANCIAL_YEAR,
    GEOGRAPHIC_LEVELS,
    LA_CODE_OR_EMPTY,
    SYMBOLS,
    Field,
    TableSpec,
)

_PROVISION = {
    "early_years": "early years",
    "primary": "primary schools",
    "secondary": "secondary schools",
    "special": "special schools and academies",
    "pru_ap": "pupil referral units and alternative provision academies",
    "post_school": "providers after school",
}
PLACE_LINES = {f"place_{key}": f"Place funding: {words}" for key, words in _PROVISION.items()}
TOP_UP_STATE = "top_up_state"
TOP_UP_INDEPENDENT = "top_up_independent"
SERVICE_LINES = {
    "sen_support": "SEN support and inclusion services",
    "alternative_provision": "Alternative provision services",
    "hospital_education": "Hospital education services",
    "therapies": "Therapies and other health related services",
}
_STATE = "Top-up funding, maintained schools, academies, free schools and colleges"
_INDEPENDENT = "Top-up funding, non-maintained and independent schools and colleges"
#: Lines of section 251 in the order in which the benchmarking tool prints them.
SPENDING_LINES = {
    "place_special_pru_ap": "Place funding: special schools, pupil referral units and alternative provision",
    **PLACE_LINES,
    TOP_UP_STATE: f"{_STATE} (net of income)",
    **{f"{TOP_UP_STATE}_{key}": f"{_STATE}: {words}" for key, words in _PROVISION.items()},
    f"{TOP_UP_STATE}_income": f"{_STATE}: income",
    TOP_UP_INDEPENDENT: f"{_INDEPENDENT} (net of income)",
    **{f"{TOP_UP_INDEPENDENT}_{key}": f"{_INDEPENDENT}: {words}" for key, words in _PROVISION.items()},
    f"{TOP_UP_INDEPENDENT}_income": f"{_INDEPENDENT}: income",
    **SERVICE_LINES,
}
#: Columns of the tool that its file holds as errors: listed as not available.
FACTOR_LINES = {
    "fsm": "Children eligible for free school meals",
    **{f"idaci_{band}": f"Children in IDACI band {band.upper()}" for band in "fedcba"},
    "bad_health": "Children in bad health",
    "dla": "Children with disability living allowance",
    "ks2_low_attainment": "Low attainment at key stage 2",
    "ks4_low_attainment": "Low attainment at key stage 4",
    "nff_allocation_2019_20": "High needs formula allocation 2019-20",
    "nff_allocation_2020_21": "High needs formula allocation 2020-21",
    "nff_allocation_2021_22": "High needs formula allocation 2021-22",
    "import_export": "Import/export adjustments",
}
PLACEMENTS = {
    "total": "All children and young people with a statement or EHC plan",
    "mainstream": "Mainstream schools and academies",
    "resourced": "Resourced provision and SEN units in mainstream schools",
    "special_state": "Maintained special schools and special academies",
    "special_independent": "Non-maintained special schools and independent schools",
    "hospital_ap": "Hospital schools and alternative provision",
    "post_16": "After 16",
    "other": "Other",
}

_STATUSES = (*SYMBOLS, *CELL_ERRORS)
_LEVEL = Field("geographic_level", "string", "Which kind of area the row is about", values=GEOGRAPHIC_LEVELS)
_REGION = Field("region_code", "string", "ONS code of the region, on regional rows", required=False)
_LA = Field(
    "la_code", "string", "DfE three-digit code, on rows of authorities", required=False, pattern=LA_CODE_OR_EMPTY
)
_STATUS = Field("status", "string", "Symbol or error printed in place of the number", required=False, values=_STATUSES)
_YEAR = Field("financial_year", "string", "April to March", pattern=FINANCIAL_YEAR)
_FROM = (
    Field("source_id", "string", "Entry of the catalogue"),
    Field("sheet", "string", "Sheet of the workbook", required=False),
    Field("cell", "string", "Cell"),
)

SPENDING_TABLES = (
    TableSpec(
        "spending",
        "One line of the section 251 returns of one authority in one year, as the benchmarking tool prints it",
        ("financial_year", "kind", "geographic_level", "region_code", "la_code", "line"),
        (
            _YEAR,
            Field(
                "kind",
                "string",
                "Planned (budget) or spent (outturn); formula_factor for the tool's columns of counts and allocations",
                values=("budget", "outturn", "formula_factor"),
            ),
            _LEVEL,
            _REGION,
            _LA,
            Field("line", "string", "Name of the line", values=(*SPENDING_LINES, *FACTOR_LINES)),
            Field("value", "number", "As printed, in `unit`", required=False),
            Field("unit", "string", "gbp or people", values=("gbp", "people")),
            _STATUS,
            *_FROM,
        ),
    ),
    TableSpec(
        "placements",
        "Children and young people with a statement or EHC plan in one kind of placement in one January",
        ("january", "release", "geographic_level", "region_code", "la_code", "placement"),
        (
            Field("january", "integer", "January of the count", minimum=2010),
            Field("release", "string", "Year of the benchmarking tool", pattern=FINANCIAL_YEAR),
            _LEVEL,
            _REGION,
            _LA,
            Field("placement", "string", "Kind of placement", values=tuple(PLACEMENTS)),
            Field("count", "integer", "Children and young people", unit="plans", required=False, minimum=0),
            _STATUS,
            *_FROM,
        ),
    ),
    TableSpec(
        "dsg_balance",
        "Cumulative balance of the dedicated schools grant of one area at the end of one year: below zero is a deficit",
        ("financial_year", "release", "geographic_level", "region_code", "la_code", "measure"),
        (
            _YEAR,
            Field("release", "string", "Year of publication", pattern=r"^20\d\d$"),
            _LEVEL,
            _REGION,
            _LA,
            Field("measure", "string", "Balance over income", values=("balance_pct_of_income",)),
            Field("value", "number", "Per cent of total DSG income, below zero for a deficit", required=False),
            Field("unit", "string", "pct", values=("pct",)),
            _STATUS,
            *_FROM,
        ),
    ),
)
