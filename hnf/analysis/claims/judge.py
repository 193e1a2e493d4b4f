"""From all that was computed for a claim to one of the verdicts, with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hnf.analysis.claims.model import NOT_IN_TABLES, PER_WORDS, Claim, Evidence, Finding, Verdict
from hnf.analysis.claims.words import bases_in_words, value_in_words
from hnf.results import Tabular

#: How many findings that nearly fit are named where none does.
_NEAREST = 3


@dataclass(frozen=True)
class Answer(Tabular):
    """What became of a claim.

    Parameters
    ----------
    claim : Claim
    verdict : str
        One of `VERDICTS`.
    reason : str
        Why, in words.
    supporting, contradicting : tuple of Finding
        The bases on which it holds, and those of the same period on which it does not.
    today : Finding, optional
        The latest figure, where the claim is stale.
    mislabelled : str
        The basis that fits, where it is not the one that the claim names.
    needs : tuple of str
        Figures that are in no table and where they are published.
    notes : tuple of str
        What a reader should know.
    about : str
        The place it is about.
    """

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

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        claim = self.claim
        return {
            "id": claim.id,
            "text": claim.text,
            "who": claim.who or None,
            "where": claim.where or None,
            "when": claim.when or None,
            "link": claim.link or None,
            "kind": claim.kind or None,
            "about": self.about or None,
            "verdict": self.verdict,
            "reason": self.reason,
            "supporting": [finding.payload() for finding in self.supporting],
            "contradicting": [finding.payload() for finding in self.contradicting],
            "today": self.today.payload() if self.today else None,
            "mislabelled": self.mislabelled or None,
            "needs": list(self.needs),
            "notes": list(self.notes),
        }


def judge(claim: Claim, evidence: Evidence) -> Answer:
    """Weigh the findings: those of the time at which it was said, on the bases that the claim names or leaves open."""
    if evidence.problem:
        reason = f"It cannot be checked as it stands. It would have to say: {evidence.problem}."
        return Answer(claim, "cannot be checked", reason)
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


def _supported(claim: Claim, evidence: Evidence, supporting: list[Finding], stated: list[Finding]) -> Answer:
    supporting = sorted(supporting, key=lambda finding: -finding.order)
    latest = max(finding.order for finding in evidence.findings if finding.is_stated)
    newest = supporting[0].order
    periods = {finding.order for finding in supporting}
    against = _newest_first(f for f in stated if not f.fits and f.order in periods)
    today = next(
        (f for f in evidence.findings if f.order == latest and f.basis == supporting[0].basis and f.is_stated), None
    )
    if claim.is_open and newest < latest and evidence.needs:
        reason = (
            f"It may be about a year that is not in the tables: {'; '.join(evidence.needs)}. Of those in the tables it "
            f"would hold on {bases_in_words(claim, supporting)}."
        )
        return _answer(claim, evidence, "needs data we do not have", reason, supporting=supporting, against=against)
    if claim.is_open and newest < latest and not (today and today.fits):
        now = f" It is now {value_in_words(claim, today)} ({today.year})." if today else ""
        reason = f"It holds on {bases_in_words(claim, supporting)}, and newer figures have come out since.{now}"
        return _answer(
            claim, evidence, "was true, now stale", reason, supporting=supporting, against=against, today=today
        )
    if not against:
        reason = f"It holds on every basis that it leaves open: {bases_in_words(claim, supporting)}."
        return _answer(claim, evidence, "holds", reason, supporting=supporting, against=against)
    same = [finding for finding in against if finding.order == newest]
    unlike = f" It does not hold on {bases_in_words(claim, same)}." if same else ""
    reason = f"It holds only on {bases_in_words(claim, supporting)}.{unlike}"
    return _answer(claim, evidence, "holds only on", reason, supporting=supporting, against=against)


def _elsewhere(claim: Claim, evidence: Evidence, elsewhere: list[Finding], in_time: list[Finding]) -> Answer:
    """Answer where only a basis fits that is not the one the claim names."""
    supporting = _newest_first(elsewhere)
    named = {finding.order for finding in supporting}
    unknown_label = claim.per in NOT_IN_TABLES
    against = _newest_first(f for f in in_time if not f.fits and (f.is_stated or unknown_label) and f.order in named)
    where = bases_in_words(claim, supporting)
    other_per = claim.kind == "3" and any(finding.per != claim.per for finding in supporting)
    if unknown_label or (claim.per and other_per):
        label = PER_WORDS.get(claim.per, "what it says")
        reason = f"It is mislabelled: not {label}. It holds only on {where}."
        newest = [finding for finding in supporting if finding.order == supporting[0].order]
        mislabelled = evidence.mislabelled or f"the figure is {bases_in_words(claim, newest)}, not {label}"
        return Answer(
            claim,
            "holds only on",
            reason,
            tuple(supporting),
            tuple(against),
            mislabelled=mislabelled,
            notes=evidence.notes,
        )
    reason = f"It does not hold on the basis that its words name. It holds only on {where}."
    return _answer(claim, evidence, "holds only on", reason, supporting=supporting, against=against)


def _unsupported(claim: Claim, evidence: Evidence, in_time: list[Finding]) -> Answer:
    against = _newest_first(in_time)
    mislabel = f" As to its label, {evidence.mislabelled}." if evidence.mislabelled else ""
    if evidence.needs:
        tried = " No basis in the tables gives it." if against else ""
        reason = f"It rests on figures that are not in the tables: {'; '.join(evidence.needs)}.{tried}{mislabel}"
        return Answer(
            claim,
            "needs data we do not have",
            reason,
            contradicting=tuple(against),
            mislabelled=evidence.mislabelled,
            needs=evidence.needs,
            notes=evidence.notes,
        )
    if not against:
        reason = "It rests on figures that are not in the tables: no period that it may mean has any."
        return Answer(claim, "needs data we do not have", reason, needs=("figures of the period it means",))
    near = sorted((f for f in against if f.is_stated), key=lambda f: abs(f.value - (claim.value or 0.0)))[:_NEAREST]
    nearest = f" The nearest: {bases_in_words(claim, near)}." if near else ""
    reason = f"No basis in the tables gives it.{nearest}{mislabel}"
    return Answer(
        claim,
        "cannot be reproduced",
        reason,
        contradicting=tuple(against),
        mislabelled=evidence.mislabelled,
        notes=evidence.notes,
    )


def _answer(
    claim: Claim,
    evidence: Evidence,
    verdict: Verdict,
    reason: str,
    *,
    supporting: list[Finding],
    against: list[Finding],
    today: Finding | None = None,
) -> Answer:
    return Answer(
        claim,
        verdict,
        reason,
        tuple(supporting),
        tuple(against),
        today,
        needs=evidence.needs,
        notes=(*evidence.notes, *_not_tried(verdict, evidence)),
    )


def _not_tried(verdict: Verdict, evidence: Evidence) -> tuple[str, ...]:
    """Say which figures were not there to be tried, where the verdict does not already say so."""
    if not evidence.needs or verdict == "needs data we do not have":
        return ()
    return (f"Not in the tables, and so not tried: {'; '.join(evidence.needs)}.",)


def _newest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: -finding.order)
