"""Check a claim or a sentence: search all bases of its kind, then judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from hnf.analysis.claims.funding_search import search_funding
from hnf.analysis.claims.judge import Answer, judge
from hnf.analysis.claims.model import Claim, Evidence
from hnf.analysis.claims.other_search import search_catch_up, search_schools, search_shares
from hnf.analysis.claims.plans import search_plans
from hnf.analysis.claims.rank_search import search_ranks
from hnf.analysis.claims.rate_search import search_gaps, search_rates
from hnf.analysis.claims.sentence import parse_sentence
from hnf.analysis.claims.words import about_whom
from hnf.errors import UsageError
from hnf.store import Store

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


def check_claim(store: Store, claim: Claim) -> Answer:
    """Check one claim.

    Parameters
    ----------
    store : Store
    claim : Claim

    Returns
    -------
    Answer

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
    return replace(judge(claim, _with_own_needs(claim, evidence)), about=about)


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


def check_claims(store: Store, claims: Iterable[Claim]) -> list[Answer]:
    """Check claims in order."""
    return [check_claim(store, claim) for claim in claims]


def check_text(store: Store, text: str, who: str = "") -> list[Answer]:
    """Check a plain sentence, which may hold more than one claim.

    Parameters
    ----------
    store : Store
    text : str
        Any text.
    who : str
        The authority it is about, where the sentence does not say.

    Returns
    -------
    list of Answer
        One for each claim in it; `cannot be checked` where there is none.

    Raises
    ------
    UsageError
        If `who` is not an authority.
    """
    return check_claims(store, parse_sentence(store, text, who))
