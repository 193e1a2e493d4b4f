"""Rules about places: levels, the columns that name them, codes and names that belong together.

Countries, regions and authorities are held against the register; places of other levels only for being filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hnf.authorities import Authorities
from hnf.publish.screening.model import Problem, RuleBook, Screened
from hnf.publish.screening.standard import (
    COUNTRIES,
    GEOGRAPHY_COLUMNS,
    INSIDE,
    LEVEL_COLUMNS,
    PARTS_OF_LONDON,
    TIME_COLUMNS,
)

BOOK = RuleBook()
#: Where a place has no code or name: not available, not applicable.
_NO_PLACE = ("", "x", "z", ":")
_ONS_CODE = re.compile(r"[A-Z]\d{8}\Z", re.ASCII)
_DFE_CODE = re.compile(r"\d{3}\Z", re.ASCII)
_REGISTERED = ("National", "Regional", "Local authority")
#: Columns of a code and of the name that goes with it.
_PAIRS = (("country_code", "country_name"), ("region_code", "region_name"))


@BOOK.rule("geographic_level", "Geographic levels are those of the service")
def _geographic_level(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("geographic_level").items():
        if value not in LEVEL_COLUMNS:
            yield Problem(
                f"'{value}' is no geographic level",
                "Write it as the service does: National, Regional, Local authority.",
                line,
                "geographic_level",
            )


@BOOK.rule("geography_columns", "Every level has its columns of codes and names")
def _geography_columns(file: Screened) -> Iterator[Problem]:
    for level, line in file.data.first_lines("geographic_level").items():
        for name in LEVEL_COLUMNS.get(level, ()):
            if name not in file.data.columns:
                yield Problem(f"there are {level} rows and no column {name}", f"Add {name}.", line, name)


@BOOK.rule("geography_filled", "Every row names its own place")
def _geography_filled(file: Screened) -> Iterator[Problem]:
    for index, line, level in file.levels():
        for name in LEVEL_COLUMNS.get(level, ()):
            # An authority without an ONS code is an old one: the service lets that column be.
            cells = file.data.columns.get(name)
            if cells is not None and not cells[index].strip() and name != "new_la_code":
                yield Problem(f"{name} is blank on a {level} row", "Fill it.", line, name)


@BOOK.rule("geography_overfilled", "No row names a place smaller than its level")
def _geography_overfilled(file: Screened) -> Iterator[Problem]:
    checked = [
        (level, name, file.data.columns[name])
        for level, names in LEVEL_COLUMNS.items()
        if level != "National"
        for name in names
        if name in file.data.columns and name not in file.filters
    ]
    for index, line, level in file.levels():
        for of_level, name, cells in checked:
            if cells[index].strip() and level != of_level and level not in INSIDE.get(of_level, ()):
                yield Problem(f"{name} is filled on a {level} row", "Leave it blank there.", line, name)


@BOOK.rule("geography_total", "No place or time says Total or All")
def _geography_total(file: Screened) -> Iterator[Problem]:
    for name in (*TIME_COLUMNS, *GEOGRAPHY_COLUMNS):
        for value, line in file.data.first_lines(name).items():
            if value.strip().casefold() in ("total", "all"):
                yield Problem(f"'{value}' stands where a place or time belongs", "Leave it blank.", line, name)


@BOOK.rule("geography_whitespace", "No code or name begins or ends with a space")
def _geography_whitespace(file: Screened) -> Iterator[Problem]:
    for name in GEOGRAPHY_COLUMNS:
        for value, line in file.data.first_lines(name).items():
            if value != value.strip():
                yield Problem(f"'{value}' begins or ends with white space", "Remove it.", line, name)


@BOOK.rule("country", "Country codes and names belong together")
def _country(file: Screened) -> Iterator[Problem]:
    for (code, name), line in _pairs(file, "country_code", "country_name").items():
        if code in _NO_PLACE[1:]:
            continue
        if code not in COUNTRIES:
            yield Problem(f"'{code}' is no country code", "England is E92000001.", line, "country_code")
        elif COUNTRIES[code] != name:
            yield Problem(f"'{name}' stands beside {code}", f"It is {COUNTRIES[code]}.", line, "country_name")


@BOOK.rule("region_pair", "Region codes and names stand together or not at all")
def _region_pair(file: Screened) -> Iterator[Problem]:
    there = [name for name in _PAIRS[1] if name in file.data.columns]
    if len(there) == 1:
        missing = next(name for name in _PAIRS[1] if name not in there)
        yield Problem(f"there is {there[0]} and no {missing}", f"Add {missing}.", 1, there[0])
    for (code, name), line in _pairs(file, *_PAIRS[1]).items():
        if bool(code.strip()) != bool(name.strip()):
            blank = "region_name" if code.strip() else "region_code"
            yield Problem(f"{blank} is blank beside '{code or name}'", "Fill it.", line, blank)


@BOOK.rule("region", "Region codes and names are those of the register")
def _region(file: Screened) -> Iterator[Problem]:
    regions = _regions(file.authorities)
    for (code, name), line in _pairs(file, *_PAIRS[1]).items():
        if code.strip() in _NO_PLACE or not name.strip():
            continue
        if code not in regions:
            yield Problem(f"'{code}' is no region", "Regions are E12000001 to E12000009.", line, "region_code")
        elif name != regions[code]:
            yield Problem(f"'{name}' stands beside {code}", f"It is {regions[code]}.", line, "region_name")


@BOOK.rule("old_la_code", "old_la_code is three digits")
def _old_la_code(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("old_la_code").items():
        if value not in _NO_PLACE and not _DFE_CODE.match(value):
            yield Problem(f"'{value}' is not three digits", "Write DfE's code, such as 919.", line, "old_la_code")


@BOOK.rule("new_la_code", "new_la_code is a letter and eight digits")
def _new_la_code(file: Screened) -> Iterator[Problem]:
    for value, line in file.data.first_lines("new_la_code").items():
        if value not in _NO_PLACE and not _ONS_CODE.match(value):
            yield Problem(f"'{value}' is no ONS code", "Write it as E10000015.", line, "new_la_code")


@BOOK.rule("authority", "Both codes and the name of an authority belong together")
def _authority(file: Screened) -> Iterator[Problem]:
    by_code = file.authorities.by_code
    for (old, new, name), line in _trios(file).items():
        if old in _NO_PLACE or not _DFE_CODE.match(old):
            continue
        authority = by_code.get(old)
        if authority is None:
            yield Problem(f"no authority has the code {old}", "See `hnf authorities`.", line, "old_la_code")
            continue
        if new not in _NO_PLACE and new not in (authority.gss_code, *authority.former_gss_codes):
            yield Problem(f"{new} stands beside {old}", f"It is {authority.gss_code}.", line, "new_la_code")
        if name not in (authority.name, *_NO_PLACE[1:]):
            yield Problem(f"'{name}' stands beside {old}", f"It is {authority.name}.", line, "la_name")


@BOOK.rule("authority_code_latest", "ONS codes of authorities are the latest", warning=True)
def _authority_code_latest(file: Screened) -> Iterator[Problem]:
    by_code = file.authorities.by_code
    for (old, new, _), line in _trios(file).items():
        if old in by_code and new in by_code[old].former_gss_codes:
            yield Problem(f"{new} of {old} was replaced", f"It is {by_code[old].gss_code} now.", line, "new_la_code")


@BOOK.rule("place_names_once", "Places outside the register have one name a code, and one code a name")
def _place_names_once(file: Screened) -> Iterator[Problem]:
    # Countries, regions and authorities are held against the register, which knows that an authority changed its code.
    pairs = [names[:2] for level, names in LEVEL_COLUMNS.items() if len(names) > 1 and level not in _REGISTERED]
    for code_column, name_column in pairs:
        names: dict[str, str] = {}
        codes: dict[str, str] = {}
        for (code, name), line in _pairs(file, code_column, name_column).items():
            if code.strip() in _NO_PLACE or name.strip() in _NO_PLACE:
                continue
            if names.setdefault(code, name) != name:
                yield Problem(f"{code} is '{name}' here and '{names[code]}' above", "Use one.", line, name_column)
            if codes.setdefault(name, code) != code:
                yield Problem(f"'{name}' has {code} here and {codes[name]} above", "Use one.", line, code_column)


@BOOK.rule("authority_region_there", "Rows of authorities name their region", warning=True)
def _authority_region_there(file: Screened) -> Iterator[Problem]:
    codes = file.data.columns.get("region_code")
    for index, line, level in file.levels():
        if level == "Local authority" and (codes is None or not codes[index].strip()):
            yield Problem("an authority's row has no region", "Fill region_code and region_name.", line, "region_code")


@BOOK.rule("authority_region", "Authorities stand in the region that they lie in")
def _authority_region(file: Screened) -> Iterator[Problem]:
    by_code = file.authorities.by_code
    for (old, region), line in _pairs(file, "old_la_code", "region_code").items():
        if old not in by_code or region.strip() in _NO_PLACE or region in PARTS_OF_LONDON:
            continue
        if region != by_code[old].region_code:
            yield Problem(f"{old} stands in {region}", f"It lies in {by_code[old].region_code}.", line, "region_code")


def _pairs(file: Screened, first: str, second: str) -> dict[tuple[str, str], int]:
    """Return the pairs of two columns, each with the line on which it stands first; nothing where one is missing."""
    columns = file.data.columns
    found: dict[tuple[str, str], int] = {}
    if first in columns and second in columns:
        for line, *pair in zip(file.data.lines, columns[first], columns[second], strict=True):
            found.setdefault((pair[0], pair[1]), line)
    return found


def _trios(file: Screened) -> dict[tuple[str, str, str], int]:
    columns = file.data.columns
    found: dict[tuple[str, str, str], int] = {}
    names = ("old_la_code", "new_la_code", "la_name")
    if all(name in columns for name in names):
        for line, old, new, name in zip(file.data.lines, *(columns[name] for name in names), strict=True):
            found.setdefault((old, new, name), line)
    return found


def _regions(authorities: Authorities) -> dict[str, str]:
    return {**{a.region_code: a.region_name for a in authorities.by_code.values()}, **PARTS_OF_LONDON}
