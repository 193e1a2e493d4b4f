"""The words a pack explains, and the licence line it carries."""

from __future__ import annotations

LICENCE_LINE = "Contains public sector information licensed under the Open Government Licence v3.0."

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Dedicated schools grant (DSG)",
        "The grant from central government to each local authority for schools, high needs and early years.",
    ),
    (
        "High needs block",
        "The part of the grant for pupils with special educational needs and disabilities (SEND) and for alternative "
        "provision, ages 0 to 25. The figures here are before deductions unless they say otherwise.",
    ),
    (
        "Education, health and care (EHC) plan",
        "A legal document that sets out the needs of a child or young person and the support they must get. It "
        "replaced the statement of special educational needs between 2014 and 2018.",
    ),
    (
        "National funding formula for high needs",
        "The formula that shares most of the high needs block between local authorities.",
    ),
    (
        "Funding floor and gains limit",
        "The smallest and the largest percentage by which the formula lets funding per head aged 2 to 18 rise in "
        "a year.",
    ),
    (
        "Basic entitlement",
        "A rate for each pupil in a special school or academy, adjusted for the cost of the area.",
    ),
    (
        "Import/export adjustment",
        "£6,000 for each pupil who goes to school over the border of the authority they live in: to the authority that "
        "provides, from the authority of the home.",
    ),
    (
        "Additional allocation",
        "Money added after the formula was set, as in the December before 2022-23 and 2023-24.",
    ),
    ("Deductions", "Money for places in academies and colleges, which DfE pays to them directly."),
    ("Median", "The authority in the middle when all are put in order."),
    ("SEN2", "The return in which each authority counts its EHC plans every January."),
    (
        "Area cost adjustment (ACA)",
        "A number by which parts of the formula are multiplied where wages are higher, as in and around London.",
    ),
    (
        "Real terms",
        "An amount of money as it would be at the prices of another year, so that general inflation is taken out.",
    ),
    ("Proxies", "Measures that stand for need in the formula, such as free school meals, deprivation and results."),
    ("Statistical neighbours", "Ten authorities that DfE's model finds most like the one in question."),
)

#: What a text holds that uses a term, as a regular expression without regard to case.
GLOSSARY_WORDS: dict[str, str] = {
    "Dedicated schools grant (DSG)": r"dedicated schools grant|\bDSG\b",
    "High needs block": r"high needs block|\bblock\b",
    "Education, health and care (EHC) plan": r"\bEHC plan",
    "National funding formula for high needs": r"\bformula\b",
    "Funding floor and gains limit": r"\bfloor\b|gains limit",
    "Basic entitlement": r"basic entitlement",
    "Import/export adjustment": r"import/export",
    "Additional allocation": r"additional allocation|top-up",
    "Deductions": r"\bdeductions\b|net block",
    "Median": r"\bmedian\b",
    "SEN2": r"\bSEN2\b",
    "Statistical neighbours": r"statistical neighbour",
    "Area cost adjustment (ACA)": r"area cost|\bACA\b",
    "Real terms": r"real[ -]terms",
    "Proxies": r"\bproxies\b",
}
