"""Check a claim, a reading or a text: read it, then judge it as of the date on which it was said."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace

from hnf.claims.answer import CheckedClaim
from hnf.claims.claim import Claim, parse_said, reading_of
from hnf.claims.judge import judge
from hnf.claims.reading import Reading
from hnf.errors import UsageError
from hnf.tables.store import Store


def check_reading(store: Store, reading: Reading, said: str = "", today: datetime.date | None = None) -> CheckedClaim:
    """Judge a reading as of a date, which is 2024-06-30, 2024-06 or 2024; today where there is none."""
    day, precision = parse_said(said)
    return judge(store, reading, day, precision, today or datetime.datetime.now(tz=datetime.UTC).date())


def check_claim(store: Store, claim: Claim) -> CheckedClaim:
    """Check one claim.

    Raises
    ------
    UsageError
        If the claim names an authority that does not exist.
    """
    try:
        if claim.kind:
            checked = check_reading(store, reading_of(store, claim), claim.said)
        else:
            checked = check_text(store, claim.text, claim.authority, claim.said)[0]
    except UsageError as error:
        raise UsageError(error.what, where=f"claim '{claim.id}'", todo=error.todo) from error
    if claim.needs:
        checked = _needing(claim, checked)
    return replace(
        checked, id=claim.id, text=claim.text, remarks=(*checked.remarks, *((claim.note,) if claim.note else ())),
        said_by=claim.who, said_where=claim.where, said=claim.said, link=claim.link,
    )  # fmt: skip


def _needing(claim: Claim, checked: CheckedClaim) -> CheckedClaim:
    """Let no basis support a claim, or speak against it, that is known to rest on figures in no table."""
    needs = (*checked.needs, *claim.needs)
    words = f" The tables have: {checked.say_instead}" if checked.say_instead else ""
    return replace(
        checked,
        code="needs_data",
        sentence=f"Cannot be told: it needs {'; '.join(needs)}.{words}",
        needs=needs,
        supporting=(),
        matches_if=(*checked.supporting, *checked.matches_if),
    )


def check_claims(store: Store, claims: Iterable[Claim]) -> list[CheckedClaim]:
    """Check claims in order."""
    return [check_claim(store, claim) for claim in claims]


def check_text(store: Store, text: str, who: str = "", said: str = "") -> list[CheckedClaim]:
    """Check a plain text: each claim of each of its sentences.

    Parameters
    ----------
    text : str
        Any text.
    who : str
        The authority it is about, where the text does not say.
    said : str
        When it was said: 2024-06-30, 2024-06 or 2024; today where it is not known, which the answer says.

    Returns
    -------
    list of CheckedClaim
        One for each claim in it; `not_understood` where there is none.

    Raises
    ------
    UsageError
        If `who` is not an authority, or `said` no date.
    """
    if not isinstance(text, str):
        raise UsageError(f"'{str(text)[:40]}' is no text to check")
    from hnf.claims.grammar import read_text

    parse_said(said)
    readings = read_text(store, text, who)
    if not readings:
        words = "Cannot be told: it holds no number, rank or comparison about high needs funding or EHC plans."
        return [CheckedClaim("not_understood", text, sentence=words, said=said, end_at=len(text))]
    return [replace(check_reading(store, reading, said), said=said) for reading in readings]
