"""What every tidy table holds: its columns, key, units and rules, declared once.

The same declaration types the CSV on reading, checks a table before it is written or accepted (`hnf.tables.checks`),
and is published as the schema in `datapackage.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["string", "integer", "number"]

GEOGRAPHIC_LEVELS = ("national", "regional", "authority_type", "local_authority")
#: Symbols that publishers print in place of a number, and what they mean.
SYMBOLS = {
    "z": "not applicable",
    "x": "not available (suppressed)",
    "c": "confidential",
    "low": "rounds to zero",
    "k": "rounds to zero",
    "u": "low reliability",
    ":": "not available",
    "~": "not available",
}
#: Errors of a spreadsheet that a publisher left in a cell. As a symbol: no number, and never zero.
CELL_ERRORS = {
    "#REF!": "not available (the published cell holds an error)",
    "#N/A": "not available (the published cell holds an error)",
}
#: A figure that is printed and not taken over, with the reason in `data/sen2_returns.toml`.
LEFT_OUT = "left_out"
#: A symbol of the SEND Tribunal's file, and a mark of ours.
RETURN_SYMBOLS = {
    "..": "not available",
    LEFT_OUT: "left out here: the published figure is not of this area (data/sen2_returns.toml says why)",
}
LA_CODE = r"^\d{3}$"
LA_CODE_OR_EMPTY = r"^(\d{3})?$"
FINANCIAL_YEAR = r"^20\d\d-\d\d$"


@dataclass(frozen=True)
class Field:
    """A column of a tidy table. Strings are never null (nothing is ""); numbers are null where `status` says why."""

    name: str
    type: FieldType
    meaning: str
    unit: str = ""
    required: bool = True
    pattern: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None


@dataclass(frozen=True)
class TableSpec:
    """A tidy table: what a row is, its columns in order, its key, and columns unique together beside the key."""

    name: str
    meaning: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """Return the declaration of a column."""
        return next(field for field in self.fields if field.name == name)


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

_LEVEL = Field("geographic_level", "string", "Which kind of area the row is about", values=GEOGRAPHIC_LEVELS)
_TYPE = Field("authority_type", "string", "Group of authorities, on rows of such groups", required=False)
_REGION = Field("region_code", "string", "ONS code of the region, on regional rows", required=False)
_LA = Field(
    "la_code", "string", "DfE three-digit code, on rows of authorities", required=False, pattern=LA_CODE_OR_EMPTY
)
_LA_KEY = Field("la_code", "string", "DfE three-digit code", pattern=LA_CODE)
_PLANS = Field("count", "integer", "Children and young people", unit="plans", required=False, minimum=0)
_JANUARY = Field("january", "integer", "January of the count", minimum=2010)
_YEAR = Field("financial_year", "string", "April to March", pattern=FINANCIAL_YEAR)
_EDITION = Field(
    "edition", "string", "Publication date on the cover of the workbook; of an edition of totals, day of the collection"
)
_STATUS = Field("status", "string", "Symbol printed in place of the number", required=False, values=tuple(SYMBOLS))
_SPENDING_STATUS = Field(
    "status",
    "string",
    "Symbol or error printed in place of the number",
    required=False,
    values=(*SYMBOLS, *CELL_ERRORS),
)
_SOURCE = Field("source_id", "string", "Entry of the catalogue")
_CELL = Field("cell", "string", "Cell or range of cells; of a CSV, line and column")
#: Columns that tables share: the kind of area, the same of the DSG in one edition, and where a figure was printed.
_AREA = (_LEVEL, _REGION, _LA)
_DSG_AREA = (_YEAR, _EDITION, _LEVEL, _TYPE, _REGION, _LA)
_PRINTED = (_SOURCE, Field("sheet", "string", "Sheet of the workbook, or member of the archive", required=False), _CELL)
_FROM = (_SOURCE, Field("sheet", "string", "Sheet of the workbook", required=False), Field("cell", "string", "Cell"))
_AREA_KEY = ("geographic_level", "region_code", "la_code")
_DSG_KEY = ("financial_year", "edition", "geographic_level", "authority_type", "region_code", "la_code")

SPENDING_TABLES = (
    TableSpec(
        "spending",
        "One line of the section 251 returns of one authority in one year, as the benchmarking tool prints it",
        ("financial_year", "kind", *_AREA_KEY, "line"),
        (
            _YEAR,
            Field(
                "kind",
                "string",
                "Planned (budget) or spent (outturn); formula_factor for the tool's columns of counts and allocations",
                values=("budget", "outturn", "formula_factor"),
            ),
            *_AREA,
            Field("line", "string", "Name of the line", values=(*SPENDING_LINES, *FACTOR_LINES)),
            Field("value", "number", "As printed, in `unit`", required=False),
            Field("unit", "string", "gbp or people", values=("gbp", "people")),
            _SPENDING_STATUS,
            *_FROM,
        ),
    ),
    TableSpec(
        "dsg_balance",
        "Cumulative balance of the dedicated schools grant of one area at the end of one year: below zero is a deficit",
        ("financial_year", "release", *_AREA_KEY, "measure"),
        (
            _YEAR,
            Field("release", "string", "Year of publication", pattern=r"^20\d\d$"),
            *_AREA,
            Field("measure", "string", "Balance over income", values=("balance_pct_of_income",)),
            Field("value", "number", "Per cent of total DSG income, below zero for a deficit", required=False),
            Field("unit", "string", "pct", values=("pct",)),
            _SPENDING_STATUS,
            *_FROM,
        ),
    ),
)


def _of(words: str, **items: str) -> dict[str, str]:
    """Return the words of items that share their beginning."""
    return {item: f"{words}: {rest}" for item, rest in items.items()}


_PLANS_IN_ALL = {"total": "EHC plans"}
_SETTINGS = {
    **_of("Mainstream schools", mainstream_total="all"),
    **{
        f"mainstream_{kind}{suffix}": f"Mainstream {words}{part}"
        for kind, words in (
            ("la_maintained", "maintained schools"), ("academy", "academies"), ("free_school", "free schools"),
        )
        for suffix, part in (
            ("", ", neither SEN unit nor resourced provision"), ("_resourced_provision", ": resourced provision"),
            ("_senunit", ": SEN units"),
        )
    },
    "mainstream_independent": "Mainstream independent schools",
    **_of("Special schools", special_total="all", special_la_maintained="maintained",
          special_academy_free="academies and free schools", special_academy="academies",
          special_free_school="free schools", special_independent="independent",
          special_non_maintained="non-maintained"),
    **_of("Alternative provision", ap_pru_total="all", ap_pru_academy="academies", ap_pru_free_school="free schools",
          ap_pru_la_maintained="pupil referral units"),
    **_of("Further education", fe_total="all", general_fe_tertiary_colleges="colleges and sixth forms",
          specialist_post_16_institutions="specialist post-16 institutions",
          ukrlp_provider="other registered learning providers"),
    **_of("Educated elsewhere", ed_elsewhere="all as printed (in older years without other settings)",
          elective_home_education="elective home education",
          other_arrangements_la="arrangements made by the authority",
          other_arrangements_parents="arrangements made by parents", online_provider="online providers",
          w_settings="settings in Wales", other_schools="other kinds of school",
          other_placement_settings="other settings, and a kind of setting without a name",
          neet="not in education, employment or training",
          neet_ntci="not in education or training, notice to cease the plan given",
          neet_other_csa="not in education or training, of compulsory school age",
          neet_other="not in education or training, of other ages"),
    "nm_early_years": "Early years settings that are not maintained",
    "placement_unknown": "Setting not recorded",
    "awaiting_provision": "Awaiting provision (in older years counted apart)",
    "permanently_excluded": "Permanently excluded (in older years counted apart)",
}  # fmt: skip
_WEEKS = {
    f"{item}{suffix}": f"{words}{part}"
    for suffix, part in (("", ""), ("_ex", ", without those for which the law allows more time"))
    for item, words in (
        ("issued", "New plans whose time was counted"), ("within_20_weeks", "New plans within 20 weeks"),
        ("weeks_20_to_52", "New plans after 20 weeks and within a year"), ("over_52_weeks", "New plans after a year"),
    )
}  # fmt: skip
#: Items of each table of the SEN2 returns, in words; of the local authority interactive tool too.
SEN2_ITEMS: dict[str, dict[str, str]] = {
    "placements": {**_PLANS_IN_ALL, **_SETTINGS},
    "new_plans": {
        "total": "New statements and EHC plans", "statement": "New statements of SEN", "ehc_plan": "New EHC plans",
        **_SETTINGS,
    },
    "requests": {
        "received": "Requests for an EHC needs assessment",
        "in_youth_accommodation": "Requests for a child in relevant youth accommodation",
        "assess": "Requests where the authority decided to assess",
        "not_assess": "Requests refused: the authority decided not to assess",
        "undecided": "Requests not decided yet", "withdrawn": "Requests withdrawn",
        "within_6_weeks": "Requests decided within 6 weeks", "over_6_weeks": "Requests decided after 6 weeks",
        "mediation": "Requests with a mediation about the decision",
        "tribunal": "Requests with an appeal to the tribunal",
        "tribunal_after_mediation": "Requests with an appeal to the tribunal after mediation",
    },
    "assessments": {
        "completed": "EHC needs assessments", "issued": "Assessments after which a plan was issued",
        "not_issued": "Assessments after which no plan was issued", "undecided": "Assessments not decided yet",
        "withdrawn": "Assessments withdrawn",
        "refusal_within_16_weeks": "Decisions within 16 weeks not to issue a plan",
        "refusal_over_16_weeks": "Decisions after 16 weeks not to issue a plan",
        "mediation": "Mediations about the decision to issue a plan",
        "tribunal": "Appeals to the tribunal about the decision to issue a plan",
        "tribunal_after_mediation": "Appeals to the tribunal after mediation about the decision to issue a plan",
        "other_mediation": "Mediations about other matters of the assessment",
        "other_tribunal": "Appeals to the tribunal about other matters of the assessment",
        "other_tribunal_after_mediation": "Appeals to the tribunal after mediation about other matters",
    },
    "timeliness": _WEEKS,
    "primary_need": {
        **_PLANS_IN_ALL, "asd": "Autistic spectrum disorder", "hi": "Hearing impairment",
        "mld": "Moderate learning difficulty", "msi": "Multi-sensory impairment",
        "oth": "Other difficulty or disability", "pd": "Physical disability",
        "pmld": "Profound and multiple learning difficulty", "semh": "Social, emotional and mental health",
        "slcn": "Speech, language and communication needs", "sld": "Severe learning difficulty",
        "spld": "Specific learning difficulty", "vi": "Vision impairment", "unknown": "Primary need not recorded",
    },
    "ceased_plans": {
        "total": "EHC plans that ceased",
        **_of("Ceased", max_age="age limit reached", needs_met="needs met without a plan",
              higher_education="went to higher education", employment="went to paid employment",
              transfer="moved to another authority",
              no_engagement="no longer wishes to be in education or training",
              moved_outside_england="moved out of England", deceased="died",
              not_recorded="reason not recorded", other="other reasons"),
    },
    "annual_reviews": {
        "plans": "EHC plans", "expected": "Plans whose annual review was expected",
        "not_expected": "Plans whose annual review was not expected", "meeting": "Reviews expected, with a meeting",
        "meeting_in_year": "Review meetings in the year", "meeting_after_year": "Review meetings after the year",
        "no_meeting": "Reviews expected, without a meeting", "decided_in_year": "Review decisions in the year",
        "decided_after_year": "Review decisions after the year",
        "decided_before_year": "Review decisions before the year", "decision_not_due": "Review decisions not due yet",
        "decision_outstanding": "Review decisions outstanding (a difference: below zero where dates contradict)",
        "amend": "Review decisions to amend the plan", "cease": "Review decisions to end the plan",
        "maintain": "Review decisions to keep the plan as it is",
        "no_outcome": "Reviews without a recorded outcome (a difference: below zero where returns contradict)",
        "within_4_weeks": "Review decisions within 4 weeks of the meeting",
        "over_4_weeks": "Review decisions later than 4 weeks after the meeting",
    },
    "appeals": {
        "appeals": "Appeals registered with the SEND Tribunal",
        "decisions": "Decisions that can be appealed, all plans in place included (the definition until 2024)",
        "decisions_in_development": "Decisions that can be appealed, made in the year (in development, from 2024)",
    },
    "lait": {
        "pupils_with_plans_pct": "Pupils with an EHC plan (or statement), January",
        "sen_support_pct": "Pupils with SEN support, January",
        "appeal_rate_pct": "Appeals per decision that can be appealed (the definition until 2024)",
        "within_20_weeks_pct": "New plans issued within 20 weeks",
        "within_20_weeks_ex_pct": "New plans issued within 20 weeks, without those for which the law allows more time",
        "refused_pct": "Requests for an assessment that were refused",
        "requests": "Requests for an EHC needs assessment", "issued": "Assessments after which a plan was issued",
        "not_issued": "Assessments after which no plan was issued", "assessments": "EHC needs assessments",
        "plans": "EHC plans, January",
    },
}  # fmt: skip
_CALENDAR_YEAR = Field("calendar_year", "integer", "January to December", minimum=2009)
#: The table with differences below zero, and that with percentages beside counts.
_SIGNED, _MIXED = "annual_reviews", "lait"
#: What a row of each table is, and its column of the period.
_SEN2_ROWS = {
    "placements": ("One count of EHC plans in one January, by setting", _JANUARY),
    "new_plans": ("One count of new statements and EHC plans in one year, by setting from 2019", _CALENDAR_YEAR),
    "requests": ("One count of requests for an EHC needs assessment in one year", _CALENDAR_YEAR),
    "assessments": ("One count of EHC needs assessments in one year", _CALENDAR_YEAR),
    "timeliness": ("One count of new EHC plans in one year, by weeks from request to plan", _CALENDAR_YEAR),
    "primary_need": ("One count of EHC plans in one January, by primary need", _JANUARY),
    "ceased_plans": ("One count of EHC plans that ceased in one year, by reason", _CALENDAR_YEAR),
    "annual_reviews": ("One count of annual reviews of EHC plans in one year", _CALENDAR_YEAR),
    "appeals": ("One count of appeals to the SEND Tribunal, or of decisions that can be appealed", _CALENDAR_YEAR),
    "lait": (
        "One figure of the local authority interactive tool (its data on SEN), of a January or a calendar year",
        Field("year", "integer", "Year of the January, or calendar year", minimum=2016),
    ),
}


def _sen2_table(name: str, meaning: str, period: Field) -> TableSpec:
    """Declare a table of the returns: one item of one area in one period and release."""
    unit, lowest = Field("unit", "string", "pct or count", values=("pct", "count")), None if name == _SIGNED else 0
    kind: FieldType = "number" if name == _MIXED else "integer"
    printed = "As printed, in `unit`" if name == _MIXED else "As printed"
    fields = (
        period,
        Field("release", "string", "Reporting year of the release", pattern=r"^20\d\d$"),
        *_AREA,
        Field("item", "string", "What is counted", values=tuple(SEN2_ITEMS[name])),
        Field("value", kind, printed, required=False, minimum=lowest),
        *([unit] if name == _MIXED else []),
        Field("status", "string", "Symbol in place of the number", required=False, values=(*SYMBOLS, *RETURN_SYMBOLS)),
        *_PRINTED,
    )
    return TableSpec(name, meaning, (period.name, "release", *_AREA_KEY, "item"), fields)


SEN2_TABLES = tuple(_sen2_table(name, *row) for name, row in _SEN2_ROWS.items())


#: What single figures are about: the quantity in words, and how its value follows it.
REPORTED_MEASURES = {
    "block": ("high needs block", "{}"),
    "block_unspecified": ("high needs funding, before or after deductions not said,", "{}"),
    "block_after_deductions": ("high needs block after deductions", "{}"),
    "block_rise": ("high needs block", "up {}"),
    "block_rise_pct": ("high needs block", "up {}"),
    "nff_provisional": ("provisional formula allocation", "{}"),
    "nff_provisional_rise": ("provisional formula allocation", "up {}"),
    "nff_rise_per_head_pct": ("formula per head", "up {}"),
    "nff_cumulative_rise_per_head_pct": ("formula per head over several years", "up {}"),
    "nff_cumulative_rise_pct_unspecified": ("funding over several years, years and basis not said,", "up {}"),
    "floor_per_head_pct": ("funding floor: rise per head of at least", "{}"),
    "limit_per_head_pct": ("gains limit: rise per head of up to", "{}"),
    "historic_spend_share_of_nff_pct": ("historic spend factor as a share of the formula", "{}"),
    "in_year_adjustment": ("adjustment in the year", "{}"),
    "grants_rolled_in": ("grants rolled in", "{}"),
    "statement": ("", "{}"),
}
REPORTED_UNITS = ("gbp_million", "pct", "none")
#: A precision such as `over 104.8`, `well over 12 billion` or `over 44, said to continue at the 2025-26 level`.
STATED_OVER = r"(?P<over>(?:well )?over) (?P<number>\d+(?:\.\d+)?)(?P<billion> billion)?(?:, (?P<rest>.+))?"
#: An area of several authorities that is no region, on rows of such areas only.
COMBINED_AREA = "combined_area"
#: Lines of DfE's pages of single authorities: the total as headed, pupils of the schools block, terms of the high needs
#: block (under their names), and the product of rate and pupils, which the page rounds up to the pound.
PAGE_ITEMS = (
    "total_allocation", "primary_pupils", "secondary_pupils", "total_after_deductions", "nff_in_protection",
    "basic_entitlement_rate", "basic_entitlement_pupils", "basic_entitlement",
)  # fmt: skip
#: Those that are no term of the block.
PAGE_WORDS = {
    "total_allocation": "Total dedicated schools grant", "primary_pupils": "Primary pupils",
    "secondary_pupils": "Secondary pupils", "basic_entitlement": "Basic entitlement",
}  # fmt: skip
_DAY = r"^20\d\d(-\d\d(-\d\d)?)?$"
_ADDRESS = Field("address", "string", "Web address", pattern=r"^https?://[!-~]+$")
_LINE = Field("cell", "string", "Line of the file")

REPORTED_TABLES = (
    TableSpec(
        "reported",
        "One figure that somebody stated for one area in one year that no table holds: shown one by one, never ranked, "
        "summed or averaged",
        ("financial_year", "geographic_level", "area_code", "measure", "number"),
        (
            _YEAR,
            Field("geographic_level", "string", _LEVEL.meaning, values=(*GEOGRAPHIC_LEVELS, COMBINED_AREA)),
            _REGION,
            _LA,
            Field("area_code", "string", "la_code, ONS code of the region, england, or the code of a combined area"),
            Field("area_name", "string", "Name as in the file"),
            Field("members", "string", "DfE codes of a combined area, separated by |", required=False),
            Field("measure", "string", "What is stated", values=tuple(REPORTED_MEASURES)),
            Field("number", "integer", "1 for the first statement of it in the file, 2 for the second", minimum=1),
            Field("value", "number", "As stated, in `unit`", required=False),
            Field("unit", "string", "gbp_million, pct, or none for words alone", values=REPORTED_UNITS),
            Field("status", "string", "z where words alone were said", required=False, values=("z",)),
            Field("precision", "string", "How exactly it was said: smallest step, over, about, exact, words"),
            Field("kind", "string", "Who said it", values=("parliament", "council or press")),
            Field("basis_as_said", "string", "Of what it was said, in the words of the statement"),
            Field("source", "string", "The statement, with its date where known"),
            _ADDRESS,
            Field("note", "string", "Remark on the statement", required=False),
            _SOURCE,
            _LINE,
        ),
    ),
    TableSpec(
        "policy",
        "One dated fact on high needs funding, deficits and reform",
        ("topic", "date", "fact"),
        (
            Field("topic", "string", "What it is about"),
            Field("fact", "string", "The fact"),
            Field("date", "string", "Day, month or year", pattern=_DAY),
            Field("source", "string", "Who says it, and where"),
            _ADDRESS,
            Field(
                "kind",
                "string",
                "official counts; press, comment, sector and council are marked as such",
                values=("official", "official and press", "press", "comment", "sector", "council"),
            ),
            _SOURCE,
            _LINE,
        ),
    ),
    TableSpec(
        "dsg_pages",
        "One line of DfE's page of the grant of one authority in one year, of the few pages that are at hand",
        ("financial_year", "la_code", "date_of_allocation", "item"),
        (
            _YEAR,
            _LA_KEY,
            Field(
                "date_of_allocation",
                "string",
                "Day of the allocation",
                required=False,
                pattern=r"^(20\d\d-\d\d-\d\d)?$",
            ),
            Field("item", "string", "Name of the line", values=PAGE_ITEMS),
            Field("value", "number", "As printed, in `unit`", minimum=0),
            Field("unit", "string", "gbp, gbp_per_pupil or pupils", values=("gbp", "gbp_per_pupil", "pupils")),
            _ADDRESS,
            _SOURCE,
            _LINE,
        ),
    ),
)

AUTHORITY_TYPES = ("london", "metropolitan", "unitary", "upper_tier")
GSS_CODE = r"^E\d{8}$"
#: Whose a population is and of which vintage, with the field {period}, a mid-year.
POPULATION_SERIES = {
    "ons_estimate": "ONS mid-{period} estimate",
    "dfe_projection": "the formula's own: ONS 2018-based projection of mid-{period}",
}
#: Terms of the block, each with one name in all years.
DSG_TERMS = {
    "nff_in_protection": "Formula elements inside the floor and gains calculation",
    "basic_entitlement_rate": "Basic entitlement rate per pupil, area cost adjusted",
    "basic_entitlement_pupils": "Pupils in special schools and academies",
    "import_export": "Import/export adjustment",
    "special_free_schools": "Special free schools",
    "hospital_ap": "Hospital education, alternative provision teachers' pay and pension, supplementary",
    "nff_before_gains_limit": "Formula before the gains limit",
    "additional": "Additional high needs allocation",
    "population_2_18": "Population aged 2 to 18 as printed (an ONS projection; the sheet does not say which base)",
    "total_before_deductions": "High needs block before deductions",
    "deductions": "Deductions for places paid for directly",
    "total_after_deductions": "High needs block after deductions",
}
#: A term that a later year brought and nobody has described: a step of the printed formula under a separate name.
EXTRA = "extra_"
TERM = rf"^({'|'.join(DSG_TERMS)}|{EXTRA}[a-z][a-z0-9_]*)$"


def reported_label(measure: str) -> str:
    """Return what a single figure is about: "rise of the high needs block"."""
    what, value = REPORTED_MEASURES[measure]
    return f"{'' if value == '{}' else 'rise of the '}{what.strip(',') or 'statement in words'}"


def term_label(term: str) -> str:
    """Return a term of the block in words."""
    return DSG_TERMS.get(term) or f"Extra step: {term.removeprefix(EXTRA).replace('_', ' ')}"


_PLANS_KEY = ("january", "release", *_AREA_KEY, "age_group", "plan_type")
_PLANS_FIELDS = (
    _JANUARY,
    Field("release", "string", "Reporting year of the release", pattern=r"^20\d\d$"),
    *_AREA,
    Field("age_group", "string", "total, or the group as printed"),
    Field("plan_type", "string", "Statements, EHC plans, or both together", values=("statement", "ehc_plan", "total")),
    _PLANS,
    _STATUS,
    _SOURCE,
    _CELL,
)

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec(
            "authorities",
            "One local authority, open or closed, with its codes, names, dates and lineage",
            ("la_code",),
            (
                _LA_KEY,
                Field("gss_code", "string", "ONS code, the latest", pattern=GSS_CODE),
                Field("former_gss_codes", "string", "Earlier ONS codes, separated by |", required=False),
                Field("la_name", "string", "Name in the register"),
                Field("aliases", "string", "Other names in use, separated by |", required=False),
                Field("region_code", "string", "ONS code of the region", pattern=GSS_CODE),
                Field("region_name", "string", "Name of the region"),
                Field("authority_type", "string", "Group in the DSG tables", values=AUTHORITY_TYPES),
                Field("opened", "string", "First day in the register of codes, which starts on 2009-01-01"),
                Field("closed", "string", "Last day, empty while open", required=False),
                Field("predecessors", "string", "DfE codes it was made from, separated by |", required=False),
                Field("successors", "string", "DfE codes it became, separated by |", required=False),
                Field("lineage_kind", "string", "split, merger or recast, where it closed", required=False),
                _SOURCE,
                Field("cell", "string", "Line of the register"),
            ),
        ),
        TableSpec(
            "dsg_high_needs_block",
            "One term of the high needs block of one area in one year, as printed",
            (*_DSG_KEY, "term"),
            (
                *_DSG_AREA,
                Field("term", "string", "Name of the term, the same in all years", pattern=TERM),
                Field("letter", "string", "Letter of the column in that year", required=False),
                Field("value", "number", "As printed, in `unit`", required=False),
                Field(
                    "unit",
                    "string",
                    "gbp, gbp_million, gbp_per_pupil, pupils or people",
                    values=("gbp", "gbp_million", "gbp_per_pupil", "pupils", "people"),
                ),
                _STATUS,
                *_PRINTED,
            ),
        ),
        TableSpec(
            "dsg_formula_rows",
            "One formula printed above a column of the high needs block sheet",
            ("financial_year", "edition", "term"),
            (
                _YEAR,
                _EDITION,
                Field("term", "string", "Term that the formula gives", pattern=TERM),
                Field("letter", "string", "Letter of the column"),
                Field("printed", "string", "The formula as printed"),
                *_PRINTED,
            ),
        ),
        TableSpec(
            "dsg_pupils",
            "Pupils of one phase in the schools block of one area in one year",
            (*_DSG_KEY, "phase"),
            (
                *_DSG_AREA,
                Field("phase", "string", "Phase of school", values=("primary", "secondary")),
                Field("pupils", "number", "Pupils funded through the schools block", unit="pupils", minimum=0),
                *_PRINTED,
            ),
        ),
        TableSpec(
            "ehc_plans",
            "Children and young people with a statement of SEN or an EHC plan in one January, by release",
            _PLANS_KEY,
            _PLANS_FIELDS,
        ),
        TableSpec(
            "ehc_plans_by_age",
            "The same by age group, kept apart because few questions need it and it is three times as long",
            _PLANS_KEY,
            _PLANS_FIELDS,
        ),
        TableSpec(
            "population",
            "People of one age band in one area in the middle of one year, by series",
            ("mid_year", "series", *_AREA_KEY, "age_band"),
            (
                Field("mid_year", "integer", "30 June of the year", minimum=2018),
                Field(
                    "series",
                    "string",
                    "`ons_estimate`: the ONS estimate of the mid-year; `dfe_projection`: the ONS 2018-based projection "
                    "of the mid-year, which the formula uses; the two never mix",
                    values=tuple(POPULATION_SERIES),
                ),
                *_AREA,
                Field(
                    "age_band", "string", "Ages in completed years, both ends included", values=("2-18", "0-25", "all")
                ),
                Field("people", "number", "People", unit="people", minimum=0),
                *_PRINTED,
            ),
        ),
        TableSpec(
            "neighbours",
            "One of the ten statistical neighbours of one authority in one model",
            ("model", "la_code", "position"),
            (
                Field("model", "string", "Year of the model", pattern=r"^20\d\d$"),
                _LA_KEY,
                Field("position", "integer", "1 is the closest", minimum=1),
                Field("neighbour_la_code", "string", "DfE three-digit code of the neighbour", pattern=LA_CODE),
                Field("closeness", "string", "Closeness as printed"),
                _SOURCE,
                _CELL,
            ),
        ),
        TableSpec(
            "borders",
            "One pair of authorities whose boundaries share a line, in both directions",
            ("la_code", "neighbour_la_code"),
            (
                _LA_KEY,
                Field("neighbour_la_code", "string", "DfE three-digit code of the neighbour", pattern=LA_CODE),
                Field("shared_segments", "integer", "Line segments in common", unit="segments", minimum=1),
                _SOURCE,
                Field("cell", "string", "ONS codes of the two features"),
            ),
        ),
        TableSpec(
            "tiles",
            "The square of one authority on the tile map of England",
            ("la_code",),
            (
                _LA_KEY,
                Field("column", "integer", "Column of the grid, 1 is the farthest west", minimum=1),
                Field("row", "integer", "Row of the grid, 1 is the farthest north", minimum=1),
                Field("longitude", "number", "Centre of its area", unit="degrees"),
                Field("latitude", "number", "Centre of its area", unit="degrees"),
                _SOURCE,
                Field("cell", "string", "ONS code of the feature"),
            ),
            unique=("column", "row"),
        ),
        TableSpec(
            "constituencies",
            "One authority that one parliamentary constituency in England touches",
            ("pcon_code", "la_code"),
            (
                Field("pcon_code", "string", "ONS code of the constituency (2024 boundaries)"),
                Field("pcon_name", "string", "Name of the constituency"),
                Field("mp_name", "string", "Sitting member"),
                Field("party", "string", "Party of the member"),
                Field("as_at", "string", "Date of the list"),
                _LA_KEY,
                _SOURCE,
                _CELL,
            ),
        ),
        TableSpec(
            "prices",
            "HM Treasury GDP deflator of one financial year",
            ("vintage", "financial_year"),
            (
                _YEAR,
                Field("index", "number", "Index, base year = 100", minimum=0),
                Field("base_year", "string", "Year in which the index is 100", pattern=FINANCIAL_YEAR),
                Field("vintage", "string", "Publication of the index"),
                Field(
                    "kind",
                    "string",
                    "outturn, a printed forecast, or a forecast chained from printed growth rates",
                    values=("outturn", "forecast", "forecast_chained"),
                ),
                _SOURCE,
                _CELL,
            ),
        ),
        *SPENDING_TABLES,
        *SEN2_TABLES,
        *REPORTED_TABLES,
    )
}
