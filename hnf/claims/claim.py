"""What a claim is: its kind, who and what it is about, its number and how that was rounded; and the files of claims.

Kinds are those of sentences that members and councillors use: 1 plans grew X%; 2 nth lowest of N; 3 £A a head here, £B
there; 4 £M more at another rate; 5 funding up X%, plans up Y%; 6 n years to catch up; 7 £p for a typical school; and
`share`, a part of the formula or of the block in per cent. A file is a list of `[[claim]]` tables, as
`data/claims.toml` is, in which `from` and `to` are calendar years (Januaries for plans, first years of financial years
for funding). A claim without a kind is read from its text.
"""

from __future__ import annotations

import datetime
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from hnf.errors import UsageError
from hnf.formula.bands import Interval
from hnf.measures.register import MEASURES
from hnf.paths import data_folder, read_file
from hnf.results import Answer
from hnf.years import FinancialYear, is_calendar_year

Verdict = Literal[
    "holds",
    "holds only on",
    "was true, now stale",
    "cannot be reproduced",
    "needs data we do not have",
    "cannot be checked",
]
#: How a range goes with what was said; "not judged" where words of the statement were not read.
Agreement = Literal["consistent", "consistent with places", "excluded", "not judged"]
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
STATED_PERS = ("head", "pupil", "plan", "none", "send_pupil", "high_needs_child")
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
#: Words for a rate in place of an authority.
RATE_WORDS = ("average", "median", "mean", "lowest", "highest", "next lowest")


@dataclass(frozen=True)
class Claim:
    """One statement with one number (two where it compares); keys and units as `data/claims.toml` describes them.

    With `than` the number is a difference from the comparator; `unread` are words of a sentence that no key holds.
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
    than: Literal["", "less", "more", "gap"] = ""
    unread: tuple[str, ...] = ()

    @property
    def said_in(self) -> int | None:
        """The calendar year in which it was said, None where that is not known."""
        return int(self.when[:4]) if self.when[:4].isdigit() else None

    @property
    def is_open(self) -> bool:
        """Whether it says no date up to which it is meant, so that newer figures make it stale."""
        return self.end is None and self.year is None


@dataclass(frozen=True)
class Finding(Answer):
    """A claim's number on one basis, in the unit of the claim; `order` is the year in which the period ends."""

    JSON = "year measure? per? population? comparator? value unit figure_id note? **others"

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
class Evidence:
    """All that was computed for a claim; `needs` are figures in no table, `problem` why it cannot be checked at all."""

    findings: tuple[Finding, ...] = ()
    needs: tuple[str, ...] = ()
    problem: str = ""
    mislabelled: str = ""
    notes: tuple[str, ...] = ()


_MOST_BYTES = 1_000_000
_MOST_CLAIMS = 1_000
_TEXTS = (
    *("id", "text", "who", "where", "when", "link", "kind", "authority", "comparator", "unit", "qualifier", "year"),
    *("measure", "per", "group", "direction", "prices", "note", "expected", "expected_reason"),
)
_NUMBERS = ("value", "tolerance", "other_value", "other_tolerance", "school_pupils")
_YEARS = ("from", "to")
_KEYS = (*_TEXTS, *_NUMBERS, *_YEARS, "universe", "needs")
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": tuple(KINDS),
    "qualifier": QUALIFIERS,
    "measure": ("", *MEASURES),
    "per": ("", *STATED_PERS),
    "group": ("", *GROUPS),
    "direction": ("lowest", "highest"),
    "prices": ("cash", "real"),
    "expected": ("", *VERDICTS),
}


def shipped_claims() -> tuple[Claim, ...]:
    """Return the public statements that ship with the package."""
    return read_claims(data_folder() / "claims.toml")


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Read the claims of a file.

    Raises
    ------
    UsageError
        If the file is not TOML, or an entry is not as described; names the entry and the key.
    """
    where = str(path)
    try:
        document = tomllib.loads(read_file(path, _MOST_BYTES).decode("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise UsageError("is not text in UTF-8", where=where, todo="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise UsageError(f"is not TOML: {error}", where=where, todo="See data/claims.toml for an example.") from error
    entries = document.get("claim")
    unknown = sorted(set(document) - {"claim"})
    if unknown or not isinstance(entries, list) or not entries:
        what = f"has an unknown key '{unknown[0]}'" if unknown else "holds no [[claim]]"
        raise UsageError(what, where=where, todo="Write each claim as a [[claim]] table; see data/claims.toml.")
    if len(entries) > _MOST_CLAIMS:
        raise UsageError(f"holds more than {_MOST_CLAIMS:,} claims", where=where, todo="Split it.")
    claims = tuple(_claim(entry, f"{where}, claim {number}") for number, entry in enumerate(entries, start=1))
    ids = [claim.id for claim in claims]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice:
        raise UsageError(f"two claims have the id '{twice}'", where=where, todo="Give each a different id.")
    return claims


def _claim(entry: Any, where: str) -> Claim:
    if not isinstance(entry, dict):
        raise UsageError("is not a table", where=where, todo="Write it as [[claim]].")
    if isinstance(entry.get("id"), str):
        where = f"{where} ('{entry['id'][:40]}')"
    unknown = sorted(set(entry) - set(_KEYS))
    if unknown:
        raise UsageError(f"unknown key '{unknown[0]}'", where=where, todo=f"Keys are {', '.join(sorted(_KEYS))}.")
    missing = [key for key in ("id", "text") if not entry.get(key)]
    if missing:
        raise UsageError(f"'{missing[0]}' is missing", where=where, todo="id and text are needed.")
    texts = {key: _text(entry, key, where) for key in _TEXTS if key in entry and key != "year"}
    numbers = {key: _number(entry, key, where) for key in _NUMBERS if key in entry}
    return _checked(
        Claim(
            **texts,  # type: ignore[arg-type]
            **numbers,  # type: ignore[arg-type]
            start=_year(entry, "from", where),
            end=_year(entry, "to", where),
            year=_financial_year(entry, where),
            universe=_whole(entry, "universe", where),
            needs=_list(entry, where),
        ),
        where,
    )


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry[key]
    if isinstance(value, datetime.date) and key == "when":
        return value.isoformat()[:10]
    if isinstance(value, int) and not isinstance(value, bool) and key in ("kind", "when", "authority"):
        value = str(value)
    if not isinstance(value, str):
        raise UsageError(f"'{key}' is not text", where=where, todo=f'Write {key} = "…".')
    if key in _CHOICES and value not in _CHOICES[key]:
        choices = ", ".join(choice for choice in _CHOICES[key] if choice)
        raise UsageError(f"'{key}' is '{value[:40]}'", where=where, todo=f"It may be {choices}.")
    return value


def _number(entry: dict[str, Any], key: str, where: str) -> float:
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"'{key}' is not a number", where=where, todo=f"Write {key} = 47e6, without a unit.")
    if value < 0 and key not in ("value", "other_value"):
        raise UsageError(f"'{key}' is below zero", where=where, todo="Write how far off it may be, as zero or more.")
    return float(value)


def _whole(entry: dict[str, Any], key: str, where: str) -> int | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"'{key}' is not a whole number above zero", where=where)
    return value


def _year(entry: dict[str, Any], key: str, where: str) -> int | None:
    value = _whole(entry, key, where)
    if value is not None and not is_calendar_year(value):
        raise UsageError(f"'{key}' is not a year", where=where, todo=f"Write {key} = 2015.")
    return value


def _financial_year(entry: dict[str, Any], where: str) -> FinancialYear | None:
    if "year" not in entry:
        return None
    try:
        return FinancialYear.parse(str(entry["year"]))
    except UsageError as error:
        raise UsageError(error.what, where=where, todo='Write year = "2023-24".') from error


def _list(entry: dict[str, Any], where: str) -> tuple[str, ...]:
    value = entry.get("needs", [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise UsageError("'needs' is not a list of texts", where=where, todo='Write needs = ["what, and where it is"].')
    return tuple(value)


def _checked(claim: Claim, where: str) -> Claim:
    """Check what keys have to do with one another."""
    if not claim.kind:
        if claim.value is not None:
            raise UsageError("'kind' is missing", where=where, todo=f"It may be {', '.join(KINDS)}.")
        return claim
    if claim.unit not in UNITS[claim.kind]:
        units = " or ".join(UNITS[claim.kind])
        raise UsageError(
            f"a claim of kind {claim.kind} has unit '{claim.unit}'", where=where, todo=f"It may be {units}."
        )
    if claim.value is None:
        raise UsageError("'value' is missing", where=where, todo="Give the number that is claimed.")
    if claim.start is not None and claim.end is not None and claim.start >= claim.end:
        raise UsageError("'from' is not before 'to'", where=where)
    if claim.when and not claim.when[:4].isdigit():
        raise UsageError(f"'when' is '{claim.when[:20]}'", where=where, todo='Write when = "2025-06-25" or "2025".')
    return claim
