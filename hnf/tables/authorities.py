"""Local authorities (codes, names and aliases, dates and lineage) and constituencies, found by what a person types."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hnf.errors import UsageError
from hnf.tables.store import Store
from hnf.text import fold_name, plain_letters, slug_of
from hnf.years import FinancialYear, date_in_words

#: Words of councils' styles that people add to a name.
_STYLES = re.compile(
    r"\b(the|royal borough of|london borough of|metropolitan|district|borough|county|unitary|city|council|of)\b"
)
_SUGGESTIONS = 3
#: Types of the areas that are several authorities: the levels of the tables.
REGIONAL, NATIONAL = "regional", "national"
#: Places that take an article in prose.
_WITH_ARTICLE = ("Isle of Wight", "Isles of Scilly", "City of London", "East Riding of Yorkshire")


@dataclass(frozen=True)
class Authority:
    """One local authority, open or closed.

    Parameters
    ----------
    la_code : str
        DfE three-digit code, the key of every table.
    gss_code : str
        ONS code, the latest; `former_gss_codes` are earlier ones of the same authority.
    name : str
        Name in the register; `aliases` are other names in use.
    authority_type : str
        london, metropolitan, unitary or upper_tier.
    opened, closed : str
        Dates; `closed` is empty while open.
    predecessors, successors : tuple of str
        DfE codes it was made from and became.
    lineage_kind : str
        How its area relates to its successors': split, merger or recast.
    """

    la_code: str
    gss_code: str
    former_gss_codes: tuple[str, ...]
    name: str
    aliases: tuple[str, ...]
    region_code: str
    region_name: str
    authority_type: str
    opened: str
    closed: str
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    lineage_kind: str

    @cached_property
    def prose(self) -> str:
        """The name as a sentence takes it: "Bristol", "the Isle of Wight"; of a region "the South East"."""
        if self.authority_type == REGIONAL:
            return region_prose(self.name)
        name = re.sub(r"^(?P<place>.+), (City|County) of$", r"\g<place>", self.name)
        return f"the {name}" if name in _WITH_ARTICLE else name

    @property
    def is_group(self) -> bool:
        """Whether it is a region or England: all of its authorities together."""
        return self.authority_type in (REGIONAL, NATIONAL)

    def was_there(self, day: str) -> bool:
        """Say whether it was open on an ISO date."""
        return self.opened <= day and (not self.closed or self.closed >= day)

    @property
    def slug(self) -> str:
        """Name for folders and files: lower case letters, digits and hyphens."""
        return slug_of(self.prose.removeprefix("the "), self.la_code)


class Authorities:
    """All authorities of a store, found by code or name."""

    def __init__(self, rows: Iterable[dict[str, str]]) -> None:
        self.by_code = {row["la_code"]: _authority(row) for row in rows}

    @classmethod
    def of(cls, store: Store) -> Authorities:
        """Return the authorities of a store."""
        return store.cached("authorities", lambda: cls(store.table("authorities").iter_rows(named=True)))

    def __getitem__(self, la_code: str) -> Authority:
        """Return the authority of a DfE code."""
        return self.by_code[la_code]

    @cached_property
    def region_names(self) -> dict[str, str]:
        """Names of the regions by their ONS codes."""
        return {authority.region_code: authority.region_name for authority in self.by_code.values()}

    @cached_property
    def groups(self) -> dict[str, Authority]:
        """The regions by ONS code, and `england`, in the form of an authority."""
        wider = [(code, name, REGIONAL) for code, name in sorted(self.region_names.items(), key=lambda item: item[1])]
        empty: dict[str, Any] = dict.fromkeys(("opened", "closed", "lineage_kind"), "")
        empty |= dict.fromkeys(("former_gss_codes", "aliases", "predecessors", "successors"), ())
        return {
            code: Authority(code, code, name=name, region_code=code, region_name=name, authority_type=kind, **empty)
            for code, name, kind in [*wider, ("england", "England", NATIONAL)]
        }

    def members(self, area: str) -> tuple[str, ...]:
        """Return the codes of all authorities, closed ones too, of a region or `england`; of `942+943` both."""
        if area[0].isdigit():
            return tuple(area.split("+"))
        return tuple(code for code, one in sorted(self.by_code.items()) if area in ("england", one.region_code))

    def split_names(self, text: str) -> list[str]:
        """Return the names that a text lists with commas between them; that of an authority may have a comma in it."""
        parts, names = [part.strip() for part in text.split(",") if part.strip()], list[str]()
        while parts:
            pair = ", ".join(parts[:2])
            taken = 2 if len(parts) > 1 and fold_name(pair) in self._by_name else 1
            names.append(pair if taken == 2 else parts[0])
            del parts[:taken]
        return names

    def find_area(self, text: str, *, where: str = "") -> Authority:
        """Find an authority, a region or England by name or code, any case; `UsageError` names the nearest."""
        named = {fold_name(word): one for one in self.groups.values() for word in (one.la_code, one.name)}
        if isinstance(text, str):
            asked = fold_name(re.sub(r"^the | region$", "", text.strip().casefold()))
            if found := named.get(fold_name(text)) or named.get(asked):
                return found
        try:
            return self.find(text)
        except UsageError as error:
            near = [named[key].name for key in difflib.get_close_matches(fold_name(str(text)), named, n=2, cutoff=0.75)]
            todo = f"Did you mean {' or '.join(near)}?" if near else error.todo
            raise UsageError(error.what, where=where or error.where, todo=todo) from error

    @cached_property
    def _by_name(self) -> dict[str, Authority]:
        """Authorities by folded name, alias and code; a name that a closed and an open one share is the open one's."""
        found: dict[str, Authority] = {}
        for authority in sorted(self.by_code.values(), key=lambda a: (a.closed == "", a.la_code)):
            for name in (authority.name, authority.prose, *authority.aliases):
                found[fold_name(name)] = authority
        for authority in self.by_code.values():
            for code in (authority.la_code, authority.gss_code, *authority.former_gss_codes):
                found[code.casefold()] = authority
        return found

    def find(self, text: str) -> Authority:
        """Find an authority by name, alias, three-digit code or ONS code, any case."""
        if not isinstance(text, str):
            raise UsageError(f"no authority is called '{str(text)[:60]}'", todo="Give a name or code as text.")
        for candidate in (text.strip().casefold(), fold_name(text), fold_name(_STYLES.sub(" ", plain_letters(text)))):
            if candidate in self._by_name:
                return self._by_name[candidate]
        if group := next((one for one in self.groups.values() if fold_name(text) == fold_name(one.name)), None):
            kind = "a region" if group.authority_type == REGIONAL else "no authority"
            raise UsageError(
                f"{group.name} is {kind}, and this is answered for an authority", todo="Name an authority."
            )
        raise UsageError(f"no authority is called '{text.strip()[:60]}'", todo=self._suggest(text))

    def relatives(self, la_code: str) -> set[str]:
        """Return a code with those that it was made from and became."""
        return {la_code, *self[la_code].predecessors, *self[la_code].successors}

    def group(self, authority: Authority) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the codes before and after the reorganisation that an authority took part in; none without one."""
        if authority.successors:
            newer = authority.successors
            return self[newer[0]].predecessors, newer
        older = authority.predecessors
        return (older, self[older[0]].successors) if older else ((), ())

    def instead(self, authority: Authority, year: FinancialYear | str, day: str = "") -> str:
        """Return whom to ask for in a year in which an authority was not there; nothing where it was.

        A financial year is meant on its first day; any other period, in words, on the ISO date `day`.
        """
        first_day = day if isinstance(year, str) else f"{year.start}-04-01"
        if authority.closed and authority.closed < first_day:
            change, others = f"closed on {date_in_words(authority.closed)}", authority.successors
        elif authority.opened > first_day:
            change, others = f"opened on {date_in_words(authority.opened)}", authority.predecessors
        else:
            return ""
        names = " and ".join(self[code].prose for code in others)
        return f"{authority.prose} {change}; for {year} ask for {names}"

    def _suggest(self, text: str) -> str:
        folded = fold_name(text)
        names = {key: authority.name for key, authority in self._by_name.items() if not key[-1:].isdigit()}
        near = difflib.get_close_matches(folded, names, n=_SUGGESTIONS, cutoff=0.6)
        near += [key for key in names if len(folded) > 3 and folded in key]
        nearest = list(dict.fromkeys(names[key] for key in near))[:_SUGGESTIONS]
        if nearest:
            return f"Did you mean {' or '.join(nearest)}?"
        return "See `hnf authorities` for all names and codes."


def _authority(row: dict[str, str]) -> Authority:
    """Return an authority from its row: columns are called like the fields, but for the name, source and cell."""
    several = ("former_gss_codes", "aliases", "predecessors", "successors")
    known: dict[str, Any] = {name: row[name] for name in row if name not in ("la_name", "source_id", "cell")}
    return Authority(name=row["la_name"], **{**known, **{name: _split(row[name]) for name in several}})


def _split(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))


def region_prose(name: str) -> str:
    """Return the name of a region as prose takes it: "the South East", "London"."""
    return name if name in ("London", "Yorkshire and The Humber") else f"the {name}"


@dataclass(frozen=True)
class Constituency:
    """One English constituency with its member of Parliament at the date of the list.

    Parameters
    ----------
    code : str
        ONS code.
    mp_name, party : str
        Empty where the seat was vacant.
    as_at : str
        Month of the list, as 2026-06.
    la_codes : tuple of str
        DfE codes of the authorities it touches, in order.
    """

    code: str
    name: str
    mp_name: str
    party: str
    as_at: str
    la_codes: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Name for folders and files."""
        return f"constituency-{slug_of(self.name, self.code)}"


def constituencies(store: Store) -> tuple[Constituency, ...]:
    """Return every constituency in the tables, by name."""
    return store.cached("constituencies", lambda: _read(store))


def find_constituency(store: Store, text: str) -> Constituency:
    """Find a constituency by name or ONS code, any case.

    Raises
    ------
    UsageError
        If nothing matches; names the nearest.
    """
    known = {fold_name(found.name): found for found in constituencies(store)}
    by_code = {found.code.casefold(): found for found in constituencies(store)}
    wanted = str(text).strip()
    if found := by_code.get(wanted.casefold()) or known.get(fold_name(wanted)):
        return found
    near = difflib.get_close_matches(fold_name(wanted), known, n=_SUGGESTIONS, cutoff=0.6)
    near += [key for key in known if len(fold_name(wanted)) > 3 and fold_name(wanted) in key]
    names = list(dict.fromkeys(known[key].name for key in near))[:_SUGGESTIONS]
    raise UsageError(
        f"no constituency is called '{wanted[:60]}'",
        where="--constituency",
        todo=f"Did you mean {' or '.join(names)}?" if names else "Names are those of the 2024 boundaries, in England.",
    )


def _read(store: Store) -> tuple[Constituency, ...]:
    found: dict[str, Constituency] = {}
    for row in store.table("constituencies").sort("pcon_name", "la_code").iter_rows(named=True):
        before = found[row["pcon_code"]].la_codes if row["pcon_code"] in found else ()
        found[row["pcon_code"]] = Constituency(
            row["pcon_code"], row["pcon_name"], row["mp_name"], row["party"], row["as_at"], (*before, row["la_code"])
        )
    return tuple(found.values())
