"""Bases and values of claims in words."""

from __future__ import annotations

from collections.abc import Iterable

from hnf.analysis.claims.model import PER_WORDS, Claim, Finding
from hnf.authorities import Authorities
from hnf.store import Store
from hnf.words import ordinal

#: Measures as a list of bases names them.
MEASURES_IN_SHORT = {
    "block": "whole block",
    "nff": "formula",
    "nff_additional": "formula with additional",
    "after_deductions": "block after deductions",
    "ehc_plans": "",
}
_SERIES = {"ons": "ONS", "dfe": "DfE projection"}
#: More bases than this are counted instead of listed.
_LISTED = 6


def basis_in_words(finding: Finding) -> str:
    """Say a basis without its period: "formula per head (ONS)"."""
    parts = [MEASURES_IN_SHORT.get(finding.measure, finding.measure)]
    if finding.per and finding.per != "none":
        series = f" ({_SERIES[finding.population]})" if finding.population else ""
        parts.append(f"{PER_WORDS[finding.per]}{series}")
    if finding.unit == "gbp" and finding.comparator and not finding.is_stated:
        parts.append(f"to the {finding.comparator}" if finding.comparator[:1].islower() else f"to {finding.comparator}")
    return " ".join(part for part in parts if part)


def value_in_words(claim: Claim, finding: Finding) -> str:
    """Say a value in the unit of the claim, with the other one where the claim compares."""
    text = number_in_words(finding.value, finding.unit, claim.direction)
    if finding.unit == "rank":
        text += f" of {finding.others['universe']:.0f}"
    if "comparator_value" in finding.others:
        text += f" against {number_in_words(finding.others['comparator_value'], finding.unit)}"
    if "plans_change_pct" in finding.others:
        text += f", plans {number_in_words(finding.others['plans_change_pct'], 'pct')}"
    return text


def number_in_words(value: float, unit: str, direction: str = "lowest") -> str:
    """Say a number with its unit."""
    if unit == "pct":
        return f"{value:+.1f}%"
    if unit == "plans":
        return f"{value:,.0f}"
    if unit == "rank":
        return f"{ordinal(round(value))} {direction}" if round(value) > 1 else direction
    if unit == "years":
        return f"{value:,.1f} years"
    sign = "-" if value < 0 else ""
    if abs(value) >= 1e6 and unit == "gbp":
        return f"{sign}£{abs(value) / 1e6:,.1f} million"
    return f"{sign}£{abs(value):,.0f}"


def bases_in_words(claim: Claim, findings: Iterable[Finding]) -> str:
    """List bases by period, each with its value; long lists are cut short and counted."""
    found = list(findings)
    by_period: dict[str, list[Finding]] = {}
    for finding in found[:_LISTED]:
        by_period.setdefault(finding.year, []).append(finding)
    parts = [f"{period}{_of_period(claim, members)}" for period, members in by_period.items()]
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return "; ".join(parts) + more


def _of_period(claim: Claim, members: list[Finding]) -> str:
    """List the bases of one period; a value that all of them share is said once, at the end."""
    values = {value_in_words(claim, finding) for finding in members}
    shared = values.pop() if len(values) == 1 else ""
    words: list[str] = []
    measure = ""
    for finding in members:
        basis = basis_in_words(finding)
        if measure == finding.measure and basis.startswith(MEASURES_IN_SHORT.get(measure, "-") + " "):
            basis = basis.removeprefix(MEASURES_IN_SHORT[measure]).strip()
        measure = finding.measure
        value = "" if shared else f" ({value_in_words(claim, finding)})"
        note = f" {finding.note}" if finding.note else ""
        words.append(f"{basis}{value}{note}".strip())
    text = ", ".join(word for word in words if word)
    return f" {text} ({shared})".replace("  ", " ") if shared else f" {text}"


def about_whom(store: Store, claim: Claim) -> str:
    """Return the place that a claim is about."""
    if claim.authority in ("lowest", "highest"):
        return f"the {claim.authority}"
    return Authorities.of(store).find(claim.authority).name if claim.authority else "England"
