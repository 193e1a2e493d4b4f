"""Check a claim or a sentence: search all bases of its kind, then judge, with the reasons in words.

A claim holds, or holds only on some bases, or did until newer figures came out; otherwise no basis gives its number, it
needs figures that no table has, or it says too little to be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from hnf.claims.bounded import bounded_years, not_implied, search_bounds
from hnf.claims.claim import NOT_IN_TABLES, PER_WORDS, Claim, Evidence, Finding, ImpliedFinding, Verdict
from hnf.claims.search import (
    search_catch_up,
    search_funding,
    search_gaps,
    search_plans,
    search_ranks,
    search_rates,
    search_schools,
    search_shares,
)
from hnf.claims.sentence import parse_sentence
from hnf.errors import UsageError
from hnf.results import Answer
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import ordinal, pounds


@dataclass(frozen=True)
class CheckedClaim(Answer):
    """What became of a claim.

    `supporting` and `contradicting` are the bases on which it holds, and those of the same period on which it does not;
    `today` is the latest figure of a stale claim, `mislabelled` the basis that fits where another is named, `needs` are
    figures that are in no table, with where they are published. `bounds` are ranges of later years: they exclude, or
    are consistent with, what is said, and never support it.
    """

    JSON = (
        "id=claim.id text=claim.text who=claim.who? where=claim.where? when=claim.when? link=claim.link?",
        "kind=claim.kind? about? verdict reason supporting contradicting bounds today mislabelled? needs notes",
    )

    claim: Claim
    verdict: Verdict
    reason: str
    supporting: tuple[Finding, ...] = ()
    contradicting: tuple[Finding, ...] = ()
    today: Finding | None = None
    mislabelled: str = ""
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: str = ""
    bounds: tuple[ImpliedFinding, ...] = ()


#: Measures as a list of bases names them.
MEASURES_IN_SHORT = {
    "block": "whole block",
    "nff": "formula",
    "nff_additional": "formula with additional",
    "after_deductions": "block after deductions",
    "ehc_plans": "",
}
_SERIES = {"ons": "ONS", "dfe": "formula's population"}
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
    return f"{'-' if value < 0 else ''}{pounds(value)}"


def range_in_words(claim: Claim, found: ImpliedFinding) -> str:
    """Say what a number lies between: "between £677 and £709 per head", "2nd or 3rd lowest of 151"."""
    low, high = (number_in_words(end, found.unit, claim.direction) for end in (found.band.lower, found.band.upper))
    the, places = "the " if found.unit == "rank" else "", number_in_words(found.with_places.upper, found.unit)
    words = low if low == high else f"between {the}{low} and {the}{high}"
    if the and found.band.upper - found.band.lower == 1:
        words = f"{low.split()[0]} or {high}"
    if the:
        return f"{words} of {found.universe}"
    words += " per head" if claim.kind == "3" else ""
    return words if places == high else f"{words} (up to {places} with places)"


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


#: How many findings that nearly fit are named where none does.
_NEAREST = 3


@dataclass(frozen=True)
class _Answer:
    """What a verdict on a claim rests on."""

    claim: Claim
    evidence: Evidence
    supporting: list[Finding]
    against: list[Finding]

    def is_judged(self, verdict: Verdict, reason: str, **others: Any) -> CheckedClaim:
        """Return the claim with its verdict, needs and notes; what was not tried is a note under another verdict."""
        needs = self.evidence.needs
        untried = needs and verdict != "needs data we do not have"
        note = f"Not in the tables, and so not tried: {'; '.join(needs)}."
        rest = {"needs": needs, "notes": (*self.evidence.notes, *((note,) if untried else ()))} | others
        return CheckedClaim(self.claim, verdict, reason, tuple(self.supporting), tuple(self.against), **rest)


def _newest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: -finding.order)


def judge(claim: Claim, evidence: Evidence) -> CheckedClaim:
    """Weigh the findings: those of the time at which it was said, on the bases that the claim names or leaves open."""
    if evidence.problem:
        reason = f"It cannot be checked as worded. It would have to say: {evidence.problem}."
        return CheckedClaim(claim, "cannot be checked", reason)
    timeless = claim.said_in is None or not claim.is_open
    in_time = [f for f in evidence.findings if timeless or f.order <= (claim.said_in or 0)]
    stated = [finding for finding in in_time if finding.is_stated]
    supporting = [finding for finding in stated if finding.fits]
    if supporting:
        return _supported(claim, evidence, supporting, stated)
    elsewhere = [finding for finding in in_time if finding.fits and not finding.is_stated]
    if elsewhere and (claim.per in NOT_IN_TABLES or claim.kind == "3" or not evidence.needs):
        return _elsewhere(claim, evidence, elsewhere, in_time)
    return _unsupported(claim, evidence, in_time)


def _supported(claim: Claim, evidence: Evidence, supporting: list[Finding], stated: list[Finding]) -> CheckedClaim:
    supporting = _newest_first(supporting)
    latest = max(finding.order for finding in evidence.findings if finding.is_stated)
    newest = supporting[0].order
    periods = {finding.order for finding in supporting}
    against = _newest_first(f for f in stated if not f.fits and f.order in periods)
    today = next(
        (f for f in evidence.findings if f.order == latest and f.basis == supporting[0].basis and f.is_stated), None
    )
    found = _Answer(claim, evidence, supporting, against)
    where = bases_in_words(claim, supporting)
    if claim.is_open and newest < latest and evidence.needs:
        return found.is_judged(
            "needs data we do not have",
            f"It may be about a year that is not in the tables: {'; '.join(evidence.needs)}. Of those in the tables it "
            f"would hold on {where}.",
        )
    if claim.is_open and newest < latest and not (today and today.fits):
        now = f" It is now {value_in_words(claim, today)} ({today.year})." if today else ""
        reason = f"It holds on {where}, and newer figures have come out since.{now}"
        return found.is_judged("was true, now stale", reason, today=today)
    if not against:
        return found.is_judged("holds", f"It holds on every basis that it leaves open: {where}.")
    same = [finding for finding in against if finding.order == newest]
    unlike = f" It does not hold on {bases_in_words(claim, same)}." if same else ""
    return found.is_judged("holds only on", f"It holds only on {where}.{unlike}")


def _elsewhere(claim: Claim, evidence: Evidence, elsewhere: list[Finding], in_time: list[Finding]) -> CheckedClaim:
    """Judge where only a basis fits that is not the one the claim names."""
    supporting = _newest_first(elsewhere)
    named = {finding.order for finding in supporting}
    unknown_label = claim.per in NOT_IN_TABLES
    against = _newest_first(f for f in in_time if not f.fits and (f.is_stated or unknown_label) and f.order in named)
    found = _Answer(claim, evidence, supporting, against)
    where = bases_in_words(claim, supporting)
    other_per = claim.kind == "3" and any(finding.per != claim.per for finding in supporting)
    if unknown_label or (claim.per and other_per):
        label = PER_WORDS.get(claim.per, "what it says")
        newest = [finding for finding in supporting if finding.order == supporting[0].order]
        reason = f"It is mislabelled: not {label}. It holds only on {where}."
        mislabelled = evidence.mislabelled or f"the figure is {bases_in_words(claim, newest)}, not {label}"
        return found.is_judged("holds only on", reason, mislabelled=mislabelled, needs=(), notes=evidence.notes)
    reason = f"It does not hold on the basis that its words name. It holds only on {where}."
    return found.is_judged("holds only on", reason)


def _unsupported(claim: Claim, evidence: Evidence, in_time: list[Finding]) -> CheckedClaim:
    against = _newest_first(in_time)
    found = _Answer(claim, evidence, [], against)
    mislabel = f" As to its label, {evidence.mislabelled}." if evidence.mislabelled else ""
    if evidence.needs:
        tried = " No basis in the tables gives it." if against else ""
        reason = f"It rests on figures that are not in the tables: {'; '.join(evidence.needs)}.{tried}{mislabel}"
        return found.is_judged("needs data we do not have", reason, mislabelled=evidence.mislabelled)
    if not against:
        reason = "It rests on figures that are not in the tables: no period that it may mean has any."
        return CheckedClaim(claim, "needs data we do not have", reason, needs=("figures of the period it means",))
    near = sorted((f for f in against if f.is_stated), key=lambda f: abs(f.value - (claim.value or 0.0)))[:_NEAREST]
    nearest = f" The nearest: {bases_in_words(claim, near)}." if near else ""
    reason = f"No basis in the tables gives it.{nearest}{mislabel}"
    return found.is_judged("cannot be reproduced", reason, mislabelled=evidence.mislabelled)


_SEARCHES: dict[str, Callable[[Store, Claim], Evidence]] = {
    "1": search_plans,
    "2": search_ranks,
    "3": search_rates,
    "4": search_gaps,
    "5": search_funding,
    "6": search_catch_up,
    "7": search_schools,
    "share": search_shares,
}


def check_claim(store: Store, claim: Claim) -> CheckedClaim:
    """Check one claim.

    Raises
    ------
    UsageError
        If the claim names an authority that does not exist.
    """
    try:
        if not claim.kind and not claim.problem:
            claim = _read_text(store, claim)
        if claim.problem:
            return judge(claim, Evidence(problem=claim.problem))
        evidence = _SEARCHES[claim.kind](store, claim)
        about = about_whom(store, claim)
    except UsageError as error:
        raise UsageError(error.what, where=f"claim '{claim.id}'", todo=error.todo) from error
    return replace(_with_bounds(store, judge(claim, _with_own_needs(claim, evidence))), about=about)


def _with_bounds(store: Store, judged: CheckedClaim) -> CheckedClaim:
    """Add what rules leave of later years; it decides only where every word was read and no value left is as said."""
    claim, found = judged.claim, search_bounds(store, judged.claim)
    is_named = claim.measure == "nff" and claim.per == "head"
    notes = [*judged.notes, *(not_implied(store, claim) if judged.needs and not (is_named and found) else ())]
    if not found:
        return replace(judged, notes=tuple(notes))
    ranges = "; ".join(f"{each.year}, {each.note}: {range_in_words(claim, each)}, {each.agreement}" for each in found)
    words = f"published rules and figures leave of the formula per head: {ranges}"
    verdict, reason, needs = judged.verdict, judged.reason, judged.needs
    is_open = is_named and not (claim.unread or claim.needs) and verdict == "needs data we do not have"
    if is_open and any(each.agreement != "excluded" for each in found):
        reason = f"{reason} It is consistent with what {words}."
    elif is_open and bounded_years(store, claim)[1]:
        verdict, reason, needs = "cannot be reproduced", f"It does not agree with anything that {words}.", ()
    else:
        notes.append(f"{'This' if is_named else 'If the formula per head is meant, this'} is what {words}.")
    if claim.unread:
        notes.append(f"Not read, so that a range decides nothing: {', '.join(claim.unread)}.")
    return replace(judged, verdict=verdict, reason=reason, needs=needs, notes=tuple(notes), bounds=tuple(found))


def _with_own_needs(claim: Claim, evidence: Evidence) -> Evidence:
    """Let no basis support a claim that is known to rest on figures in no table."""
    if not claim.needs:
        return evidence
    findings = tuple(replace(finding, fits=False) for finding in evidence.findings)
    return replace(evidence, findings=findings, needs=(*evidence.needs, *claim.needs))


def _read_text(store: Store, claim: Claim) -> Claim:
    """Read the text of a claim that gives no kind; it is the first claim in it that is checked."""
    read = parse_sentence(store, claim.text, claim.authority)[0]
    names = ("id", "text", "who", "where", "when", "link", "note", "needs", "expected", "expected_reason")
    return replace(read, **{name: getattr(claim, name) for name in names})


def check_claims(store: Store, claims: Iterable[Claim]) -> list[CheckedClaim]:
    """Check claims in order."""
    return [check_claim(store, claim) for claim in claims]


def check_text(store: Store, text: str, who: str = "") -> list[CheckedClaim]:
    """Check a plain sentence, which may hold more than one claim.

    Parameters
    ----------
    text : str
        Any text.
    who : str
        The authority it is about, where the sentence does not say.

    Returns
    -------
    list of CheckedClaim
        One for each claim in it; `cannot be checked` where there is none.

    Raises
    ------
    UsageError
        If `who` is not an authority.
    """
    if not isinstance(text, str):
        raise UsageError(f"'{str(text)[:40]}' is no text to check")
    return check_claims(store, parse_sentence(store, text, who))
