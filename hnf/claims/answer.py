"""What became of a claim: a verdict, the bases on which it holds and on which it does not, and what to say instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from hnf.claims.reading import Reading
from hnf.results import Answer

if TYPE_CHECKING:
    from hnf.formula.bands import Interval

Code = Literal["true", "true_on_some_bases", "was_true", "untrue", "needs_data", "out_of_scope", "not_understood"]
CODES: tuple[Code, ...] = get_args(Code)
#: Verdicts as a person reads them.
VERDICT_IN_WORDS: dict[Code, str] = {
    "true": "true",
    "true_on_some_bases": "true on some bases",
    "was_true": "was true",
    "untrue": "not true",
    "needs_data": "cannot be told: needs data that are not in the tables",
    "out_of_scope": "cannot be told: about something else",
    "not_understood": "cannot be told: not fully read",
}
#: How a range goes with what was said; "not judged" where words of the statement were not read.
Agreement = Literal["consistent", "consistent with places", "excluded", "not judged"]


@dataclass(frozen=True)
class Finding(Answer):
    """A claim's number on one basis, in the unit of the claim; `order` is the year in which the period ends.

    `is_stated` where the words of the claim name this basis or leave it open. `words` are the basis in words, without
    the period: "whole block per head (ONS)".
    """

    JSON = "year measure? per? population? comparator? value unit figure_id basis_in_words=words? note? **others"

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
    words: str = ""
    note: str = ""
    others: dict[str, float] = field(default_factory=dict)

    @property
    def basis(self) -> tuple[str, str, str, str]:
        """The basis without the period."""
        return (self.measure, self.per, self.population, self.comparator)


@dataclass(frozen=True)
class ImpliedFinding(Answer):
    """What published rules and figures leave of a claim's number in a year without a table: a range, in its unit.

    With places, all those of special free schools count that may have moved into column A; `note` says whose heads.
    """

    JSON = (
        "year measure per population lower=band.lower upper=band.upper lower_with_places=with_places.lower",
        "upper_with_places=with_places.upper unit universe agreement basis note figure_ids=ids",
    )
    measure, per, basis = "nff", "head", "implied"

    year: str
    population: str
    band: Interval
    with_places: Interval
    unit: str
    universe: int | None
    agreement: Agreement
    ids: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class ReportedFigure(Answer):
    """A figure that was said elsewhere of a year that is not in the tables: shown beside a verdict, never support."""

    JSON = "year words source address figure_id basis"
    basis = "reported"

    year: str
    words: str
    source: str
    address: str
    figure_id: str


@dataclass(frozen=True)
class CheckedClaim(Answer):
    """What became of a claim.

    Parameters
    ----------
    sentence : str
        One plain sentence for a caseworker: true, partly true, not true, cannot be told; and the figure.
    say_instead : str
        The sentence to use instead, or the claim again with its basis; empty where no figure can be given.
    say_instead_id : str
        The id of its figure, for `hnf trace`.
    supporting, contradicting : tuple of Finding
        Bases on which it holds, and those of the same period on which it does not, the likeliest first.
    matches_if : tuple of Finding
        Bases that give its number and that its words do not mean, or do not name: a coincidence, never support.
    today : Finding, optional
        The present figure on the same basis and start.
    needs : tuple of str
        What is in no table, with where it is published.
    remarks : tuple of str
        What a true statement hides (cash for real, a break in between, a date after it was said), and what was assumed.
    """

    JSON = (
        "id? text reading unread verdict_code=code verdict sentence say_instead? say_instead_id?",
        "supporting contradicting matches_if bounds reported today mislabelled? needs remarks",
        "who=said_by? where=said_where? when=said? link? about? reason=sentence notes=remarks",
    )

    code: Code
    text: str
    reading: Reading | None = None
    id: str = ""
    sentence: str = ""
    say_instead: str = ""
    say_instead_id: str = ""
    supporting: tuple[Finding, ...] = ()
    contradicting: tuple[Finding, ...] = ()
    matches_if: tuple[Finding, ...] = ()
    bounds: tuple[ImpliedFinding, ...] = ()
    reported: tuple[ReportedFigure, ...] = ()
    today: Finding | None = None
    mislabelled: str = ""
    needs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    said_by: str = ""
    said_where: str = ""
    said: str = ""
    link: str = ""
    start_at: int = 0
    end_at: int = 0

    @property
    def unread(self) -> tuple[str, ...]:
        """Words of the claim that no part of the reading holds."""
        return self.reading.unread if self.reading else ()

    @property
    def about(self) -> str:
        """The place that it is about."""
        return self.reading.who.name if self.reading and self.reading.who else ""

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return VERDICT_IN_WORDS[self.code]
