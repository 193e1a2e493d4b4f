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
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hnf.claims.reading import CODES, Bound, Form, Moment, MomentKind, Number, Place, Quantity, Reading, Unit
from hnf.claims.search import NOT_IN_TABLES, PLANS, PLANS_ALONE, RATE_WORDS
from hnf.claims.words import GROUPS, group_of
from hnf.errors import UsageError
from hnf.measures.register import MEASURES
from hnf.paths import data_folder, read_file
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear, is_calendar_year

Precision = Literal["day", "month", "year"]

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
#: Denominators that a statement may name.
STATED_PERS = ("head", "pupil", "plan", "none", *NOT_IN_TABLES)
#: How a number is hedged: "about", "over", "nearly", "at least" (which "more than doubled" is).
QUALIFIERS = ("", "about", "over", "nearly", "at least")
#: Groups of authorities that a rank may be among, by the type in the register.


@dataclass(frozen=True)
class Claim:
    """One statement with one number (two where it compares); keys and units as `data/claims.toml` describes them."""

    id: str
    text: str
    kind: str = ""
    who: str = ""
    where: str = ""
    said: str = ""
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


_MOST_BYTES = 1_000_000
_MOST_CLAIMS = 1_000
_TEXTS = (
    *("id", "text", "who", "where", "said", "link", "kind", "authority", "comparator", "unit", "qualifier", "year"),
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
    "expected": ("", *CODES),
}


def shipped_claims() -> tuple[Claim, ...]:
    """Return the public statements that ship with the package.

    Examples
    --------
    >>> import hnf
    >>> hnf.shipped_claims()[0].id
    'herts-plans-growth'
    """
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
    if "when" in entry:
        entry = {"said": entry["when"], **{key: value for key, value in entry.items() if key != "when"}}
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
    if isinstance(value, datetime.date) and key == "said":
        return value.isoformat()[:10]
    if isinstance(value, int) and not isinstance(value, bool) and key in ("kind", "said", "authority"):
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
        if claim.said:
            parse_said(claim.said, where)
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
    if claim.said:
        parse_said(claim.said, where)
    return claim


_DATE = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)


def parse_said(text: str, where: str = "--said") -> tuple[datetime.date | None, Precision]:
    """Read the date on which something was said: 2024-06-30, 2024-06 or 2024; None for nothing.

    Raises
    ------
    UsageError
        If it is no date.
    """
    if not text:
        return None, "day"
    found = _DATE.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        day = datetime.date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError as error:
        todo = "Write it as year-month-day, year-month or year, in digits."
        raise UsageError(f"'{text[:20]}' is no date on which it was said", where=where, todo=todo) from error
    return day, "day" if found["day"] else "month" if found["month"] else "year"


# A claim with keys as a reading.

_FORMS: dict[str, Form] = {
    "1": "change", "2": "rank", "3": "level", "4": "gap", "5": "change", "6": "catch_up", "7": "school",
    "share": "share",
}  # fmt: skip
_UNITS: dict[str, Unit] = {"pct": "pct", "plans": "count", "gbp": "gbp", "rank": "rank", "years": "years"}
_BOUNDS: dict[str, Bound] = {bound: bound for bound in ("", "about", "over", "nearly", "at least")}


def reading_of(store: Store, claim: Claim) -> Reading:
    """Return a claim that gives its kind as a reading.

    Raises
    ------
    UsageError
        If it names an authority that does not exist.
    """
    is_plans, value, form = claim.kind == "1", claim.value or 0.0, _FORMS[claim.kind]
    if claim.unit == "plans":
        form = "level"
    names = (claim.measure,) if claim.measure else MEASURES
    quantity = Quantity("plans", "EHC plans", (PLANS, PLANS_ALONE), unit="count")
    if not is_plans:
        quantity = Quantity("high_needs", "high needs funding", names, unit="gbp", is_named=bool(claim.measure))
    is_change, compares = form == "change", claim.comparator or (claim.kind == "3" and claim.other_value is not None)
    unit = _UNITS[claim.unit]
    number = Number(abs(value) if is_change else value, unit, claim.tolerance, _BOUNDS[claim.qualifier])
    other = None
    if claim.other_value is not None:
        other_unit: Unit = "pct" if is_change else unit
        other = Number(claim.other_value, other_unit, claim.other_tolerance)
    kind: MomentKind = "january" if is_plans else "financial"
    end = Moment(kind, claim.end) if claim.end else None
    end = Moment("financial", claim.year.start) if claim.year else end
    needs_place = claim.kind in ("2", "4", "6", "7") and not claim.authority
    return Reading(
        form=form,
        who=None if needs_place else _place(store, claim.authority),
        what=quantity,
        number=number,
        direction=("down" if value < 0 else "up") if is_change else "",
        start=Moment(kind, claim.start) if claim.start else None,
        end=end,
        per=claim.per,
        prices="real" if claim.prices == "real" else "",
        other=_place(store, claim.comparator or "average") if compares else None,
        other_number=other,
        group=group_of(store, claim.group) if claim.group else None,
        universe=claim.universe,
        end_of_rank="highest" if claim.direction == "highest" else "lowest",
        school_pupils=claim.school_pupils,
        text=claim.text,
        end_at=len(claim.text),
    )


def _place(store: Store, text: str) -> Place:
    if text.casefold() in ("", "england"):
        return Place("england", "England")
    if text in RATE_WORDS:
        return Place("rate", text)
    found = Authorities.of(store).find(text)
    return Place("authority", found.prose, (found.la_code,), text)
