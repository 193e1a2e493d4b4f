"""What a claim is: its kind, who and what it is about, its number and how that was rounded.

Kinds are those of sentences that members and councillors use: 1 plans grew X%; 2 nth lowest of N; 3 £A a head here, £B
there; 4 £M more at another rate; 5 funding up X%, plans up Y%; 6 n years to catch up; 7 £p for a typical school; and
`share`, a part of the formula or of the block in per cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from hnf.years import FinancialYear

Verdict = Literal[
    "holds",
    "holds only on",
    "was true, now stale",
    "cannot be reproduced",
    "needs data we do not have",
    "cannot be checked",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

#: What each kind says, and the units its number may have.
KINDS: dict[str, str] = {
    "1": "growth or number of plans",
    "2": "rank",
    "3": "rate or amount",
    "4": "pounds more at another rate",
    "5": "growth of funding",
    "6": "years to catch up",
    "7": "pounds for a typical school",
    "share": "share of the formula or block",
}
UNITS: dict[str, tuple[str, ...]] = {
    "1": ("pct", "plans"),
    "2": ("rank",),
    "3": ("gbp",),
    "4": ("gbp",),
    "5": ("pct", "gbp"),
    "6": ("years",),
    "7": ("gbp",),
    "share": ("pct", "gbp"),
}
#: Denominators that a statement may name; the last two are in no table.
SAID_PERS = ("head", "pupil", "plan", "none", "send_pupil", "high_needs_child")
NOT_IN_TABLES = ("send_pupil", "high_needs_child")
PER_WORDS = {
    "head": "per head",
    "pupil": "per pupil",
    "plan": "per EHC plan",
    "none": "in all",
    "send_pupil": "per pupil with SEND",
    "high_needs_child": "per high-needs child",
}
#: How a number is hedged: "about", "over", "nearly", "at least" (which "more than doubled" is).
QUALIFIERS = ("", "about", "over", "nearly", "at least")
#: Groups of authorities that a rank may be among, by the type in the register.
GROUPS = {"counties": "upper_tier", "unitaries": "unitary", "london": "london", "metropolitan": "metropolitan"}
#: Words that stand for a rate in place of an authority.
RATE_WORDS = ("average", "median", "mean", "lowest", "highest", "next lowest")


@dataclass(frozen=True)
class Claim:
    """One statement with one number (two where it compares).

    Parameters
    ----------
    id, text : str
        Name of the entry, and what is said, as a short paraphrase.
    who, where, when, link : str
        Who said it, where it can be read, and the date (`2025`, `2025-06` or `2025-06-25`); empty for a bare sentence.
    kind : str
        One of `KINDS`; empty where the text could not be understood (`problem` says why).
    authority : str
        Name or code; empty for England; `lowest` or `highest` for the end of a league table.
    comparator : str
        Name or code, or one of `RATE_WORDS`.
    value, unit : float, str
        The number: pct (0 to 100), plans, rank, gbp or years.
    tolerance : float
        Half of the last place it was rounded to, in `unit`.
    qualifier : str
        One of `QUALIFIERS`.
    other_value, other_tolerance : float
        The comparator's number, or the growth of plans beside that of funding.
    start, end : int, optional
        Calendar years: Januaries for plans, first years of financial years for funding.
    year : FinancialYear, optional
        The financial year, if stated.
    measure, per : str
        If stated; `per` is one of `SAID_PERS`.
    universe : int, optional
        N of "nth of N".
    group : str
        One of `GROUPS`, where the rank is among these only.
    direction : str
        `lowest` or `highest`: the end from which a rank counts.
    prices : str
        `cash` or `real`.
    needs : tuple of str
        What the statement rests on that is known to be in no table.
    school_pupils : float, optional
        Pupils of the typical school.
    note, expected, expected_reason : str
        Remarks; the verdict that tests expect, and why. The checker does not read them.
    problem : str
        Why a sentence could not be understood.
    """

    id: str
    text: str
    kind: str = ""
    who: str = ""
    where: str = ""
    when: str = ""
    link: str = ""
    authority: str = ""
    comparator: str = ""
    value: float | None = None
    unit: str = ""
    tolerance: float = 0.0
    qualifier: str = ""
    other_value: float | None = None
    other_tolerance: float = 0.0
    start: int | None = None
    end: int | None = None
    year: FinancialYear | None = None
    measure: str = ""
    per: str = ""
    universe: int | None = None
    group: str = ""
    direction: str = "lowest"
    prices: str = "cash"
    needs: tuple[str, ...] = ()
    school_pupils: float | None = None
    note: str = ""
    expected: str = ""
    expected_reason: str = ""
    problem: str = ""

    @property
    def said_in(self) -> int | None:
        """The calendar year in which it was said, None where that is not known."""
        return int(self.when[:4]) if self.when[:4].isdigit() else None

    @property
    def is_open(self) -> bool:
        """Whether it says no date up to which it is meant, so that newer figures make it stale."""
        return self.end is None and self.year is None


@dataclass(frozen=True)
class Finding:
    """A claim's number computed on one basis.

    Parameters
    ----------
    year : str
        The period in words: `2023-24`, or `January 2015 to January 2024`.
    order : int
        Calendar year in which the period ends, for its order in time.
    measure, per, population, comparator : str
        The basis; empty where it has none.
    value : float
        The number, unrounded, in `unit`.
    unit : str
        As in the claim.
    figure_id : str
        Figure that `hnf trace` follows to the cells.
    fits : bool
        Whether the claim's number rounds from this one.
    is_stated : bool
        Whether the claim names this basis, or leaves it open.
    note : str
        What else there is to know about it.
    others : dict
        Further values by name, such as the comparator's.
    """

    year: str
    order: int
    measure: str
    per: str
    population: str
    comparator: str
    value: float
    unit: str
    figure_id: str
    fits: bool
    is_stated: bool = True
    note: str = ""
    others: dict[str, float] = field(default_factory=dict)

    @property
    def basis(self) -> tuple[str, str, str, str]:
        """The basis without the period."""
        return (self.measure, self.per, self.population, self.comparator)

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "year": self.year,
            "measure": self.measure or None,
            "per": self.per or None,
            "population": self.population or None,
            "comparator": self.comparator or None,
            "value": self.value,
            "unit": self.unit,
            "figure_id": self.figure_id,
            "note": self.note or None,
            **self.others,
        }


@dataclass(frozen=True)
class Evidence:
    """All that was computed for a claim.

    Parameters
    ----------
    findings : tuple of Finding
        On every basis.
    needs : tuple of str
        Figures that are in no table, each with where it is published.
    problem : str
        Why the claim cannot be checked at all, with what would make it checkable.
    mislabelled : str
        The basis that the size of the number points to, where the stated one cannot be it.
    notes : tuple of str
        What a reader should know.
    """

    findings: tuple[Finding, ...] = ()
    needs: tuple[str, ...] = ()
    problem: str = ""
    mislabelled: str = ""
    notes: tuple[str, ...] = ()
