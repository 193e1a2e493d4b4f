"""Public statements about high needs funding, checked on every basis that the published figures allow.

A statement leaves out the year, the measure or the denominator more often than not. It is computed on all of them, and
the answer names those on which it holds and those on which it does not. Where the figures needed are not in the tables
the answer says which, and where they are published, and never that the statement is false.
"""

from __future__ import annotations

from hnf.analysis.claims.check import check_claim, check_text
from hnf.analysis.claims.judge import Answer
from hnf.analysis.claims.model import VERDICTS, Claim, Finding
from hnf.analysis.claims.reader import read_claims, shipped_claims
from hnf.analysis.claims.sentence import parse_sentence

__all__ = [
    "VERDICTS",
    "Answer",
    "Claim",
    "Finding",
    "check_claim",
    "check_text",
    "parse_sentence",
    "read_claims",
    "shipped_claims",
]
