"""Loaders of places: the register of authorities, who borders on whom, statistical neighbours and constituencies.

Lineage and spoken names are not in the register: they come from `data/lineage.toml`, which names its references.
Boundaries were simplified with shared lines kept shared: two authorities that meet have line segments with the very
same end points, and none meets in a single point. Boundaries in water count, such as those along the middle of the
Thames.
"""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any

from hnf.errors import SourceError
from hnf.paths import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.crosschecks import CLOSENESS, Contradictions, Entries, Entry, check_name, fold_name
from hnf.sources.workbooks.guard import clean
from hnf.sources.workbooks.read import CHECK_FILE, read_csv, read_csv_rows

#: A row of a tidy table by column name; numbers unrounded, None where the publisher prints a symbol.
Row = dict[str, Any]


@dataclass(frozen=True)
class Register:
    """The areas that a loader may meet.

    Parameters
    ----------
    la_codes : frozenset of str
        DfE codes of all authorities, open and closed.
    la_code_of_gss : dict
        DfE code by ONS code, current and former.
    region_codes : dict
        ONS code of a region by its case-folded name.
    la_code_of_name : dict
        DfE code by name and alias, for files that give no codes; of a shared name, the code of the open authority.
    entries : dict
        What the register says of each authority, by DfE code, for cross-checks.
    """

    la_codes: frozenset[str]
    la_code_of_gss: dict[str, str]
    region_codes: dict[str, str]
    la_code_of_name: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    def known(self, la_code: str, where: str, seen: set[str] | None = None) -> str:
        """Return a DfE code once it is shown to be in the register, and not among those seen before in the file."""
        if la_code not in self.la_codes:
            what = f"authority '{la_code}' is not in the register"
            raise SourceError(what, where=where, todo="Bring las.csv up to date.")
        if seen is not None:
            if la_code in seen:
                raise SourceError(f"authority {la_code} appears twice", where=where)
            seen.add(la_code)
        return la_code


def area_columns(geographic_level: str, *, region_code: str = "", la_code: str = "") -> Row:
    """Return the columns of a tidy row that say which area it is about."""
    return {"geographic_level": geographic_level, "region_code": region_code, "la_code": la_code}


_TYPES = {
    "London Boroughs": "london",
    "Metropolitan Districts": "metropolitan",
    "Unitary Authorities": "unitary",
    "Counties": "upper_tier",
}
#: Headings of the list of regions, and of the register.
HIERARCHY_COLUMNS = ("region_code", "region_name", "old_la_code", "la_name", "new_la_code")
LAS_COLUMNS = (
    "new_la_code", "la_name", "date_of_operation", "date_of_termination", "parent_geography_code",
    "entity_description", "old_la_code",
)  # fmt: skip


def load_authorities(las: Source, las_content: bytes, hierarchy: Source, hierarchy_content: bytes) -> list[Row]:
    """Load the register: rows of `authorities`, one a DfE code, closed authorities included.

    Raises
    ------
    SourceError
        If a heading is missing, a region or type is unknown, or the two files disagree about a region.
    """
    listed = read_csv(hierarchy.id, hierarchy_content, HIERARCHY_COLUMNS)
    regions = {row["region_code"]: row["region_name"] for _, row in listed}
    by_code: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in read_csv(las.id, las_content, LAS_COLUMNS):
        # Rows for pairs of authorities ("940 / 941"), counties without a DfE code and places outside England.
        if re.fullmatch(r"\d{3}", row["old_la_code"]) and row["new_la_code"].startswith("E"):
            by_code.setdefault(row["old_la_code"], []).append((line, row))
    lineage = tomllib.loads((data_folder() / "lineage.toml").read_text(encoding="utf-8"))
    _check_lineage(lineage, set(by_code))
    rows = [_authority(code, entries, regions, lineage, las.id) for code, entries in sorted(by_code.items())]
    found = Contradictions(las.id)
    _check_regions(found, by_code, listed, hierarchy.id)
    _check_dates(found, by_code, {row["la_code"]: row for row in rows}, lineage)
    found.refuse()
    return rows


def register_of(authorities: list[Row]) -> Register:
    """Return the areas that the other loaders may meet."""
    la_code_of_gss = {}
    for row in authorities:
        for gss in [row["gss_code"], *filter(None, row["former_gss_codes"].split("|"))]:
            la_code_of_gss[gss] = row["la_code"]
    regions = {row["region_name"].casefold(): row["region_code"] for row in authorities}
    la_code_of_name = {
        name: row["la_code"]
        for row in sorted(authorities, key=lambda row: (row["closed"] == "", row["la_code"]))
        for name in [row["la_name"], *filter(None, row["aliases"].split("|"))]
    }
    entries = {
        row["la_code"]: Entry(
            row["la_name"],
            frozenset(fold_name(name) for name in [row["la_name"], *row["aliases"].split("|")]),
            row["region_code"],
            row["opened"],
            row["closed"],
            frozenset([row["gss_code"], *row["former_gss_codes"].split("|")]),
        )
        for row in authorities
    }
    la_codes = frozenset(row["la_code"] for row in authorities)
    return Register(la_codes, la_code_of_gss, regions, la_code_of_name, entries)


def _authority(
    code: str,
    entries: list[tuple[int, dict[str, str]]],
    regions: dict[str, str],
    lineage: dict[str, Any],
    source_id: str,
) -> Row:
    ordered = sorted(entries, key=lambda entry: _iso(entry[1]["date_of_operation"], entry[0], source_id))
    line, latest = ordered[-1]
    if latest["parent_geography_code"] not in regions:
        raise SourceError(f"region {latest['parent_geography_code']} is unknown", where=f"{source_id}, line {line}")
    if latest["entity_description"] not in _TYPES:
        what = f"'{latest['entity_description']}' is not a type of authority"
        raise SourceError(what, where=f"{source_id}, line {line}")
    became = [change for change in lineage["change"] if code in change["from"]]
    came_from = [change for change in lineage["change"] if code in change["to"]]
    return {
        "la_code": code,
        "gss_code": latest["new_la_code"],
        "former_gss_codes": "|".join(row["new_la_code"] for _, row in ordered[:-1]),
        "la_name": latest["la_name"],
        "aliases": "|".join(lineage["aliases"].get(code, [])),
        "region_code": latest["parent_geography_code"],
        "region_name": regions[latest["parent_geography_code"]],
        "authority_type": lineage["authority_types_in_dsg_tables"].get(code, _TYPES[latest["entity_description"]]),
        "opened": _iso(ordered[0][1]["date_of_operation"], line, source_id),
        "closed": _iso(latest["date_of_termination"], line, source_id),
        "predecessors": "|".join(old for change in came_from for old in change["from"]),
        "successors": "|".join(new for change in became for new in change["to"]),
        "lineage_kind": "|".join(change["kind"] for change in became),
        "source_id": source_id,
        "cell": f"line {line}",
    }


def _iso(text: str, line: int, source_id: str) -> str:
    if not text:
        return ""
    try:
        return datetime.datetime.strptime(text, "%d/%m/%Y").strftime("%Y-%m-%d")
    except ValueError as error:
        raise SourceError(f"'{text}' is not a date like 01/04/2023", where=f"{source_id}, line {line}") from error


_Entries = dict[str, list[tuple[int, dict[str, str]]]]


def _check_regions(
    found: Contradictions, by_code: _Entries, listed: list[tuple[int, dict[str, str]]], hierarchy: str
) -> None:
    """The two files must give the same authorities the same codes, names and regions, and each code once."""
    columns = ("parent_geography_code", "old_la_code", "la_name")
    pairs = [(row["new_la_code"], tuple(row[name] for name in columns)) for each in by_code.values() for _, row in each]
    named, times = dict(pairs), Counter(row["new_la_code"] for _, row in listed)
    for gss in (gss for gss, count in Counter(gss for gss, _ in pairs).items() if count > 1):
        found.add("", f"{gss} appears twice")
    regions = Counter((row["region_name"], row["region_code"]) for _, row in listed)
    usual = dict(pair for pair, _ in reversed(regions.most_common()))
    for line, row in listed:
        own, gss = (row["region_code"], row["old_la_code"], row["la_name"]), row["new_la_code"]
        if usual[row["region_name"]] != row["region_code"]:
            found.add(f"{hierarchy}, line {line}", f"{row['region_name']} is not {row['region_code']}")
        if gss.startswith("E") and own[1].isdigit() and (own != named.get(gss) or times[gss] > 1):
            what = f"{' '.join(own)} ({gss}) is not so in the register, or is there twice"
            found.add(f"{hierarchy}, line {line}", what)
    last = {row["new_la_code"] for each in by_code.values() for _, row in each if not row["date_of_termination"]}
    for gss in sorted(last - set(times)):
        found.add("", f"{gss} ({' '.join(named[gss])}) is not in {hierarchy}")


def _check_dates(found: Contradictions, by_code: _Entries, rows: dict[str, Row], lineage: dict[str, Any]) -> None:
    """Codes follow each other without a gap, what is closed says so, and what became of it opened the day after."""
    for code, entries in by_code.items():
        spans = []
        for line, row in entries:
            closed, kind, gss = row["date_of_termination"], row["entity_description"], row["new_la_code"]
            dates = [_iso(text, line, found.source_id) for text in (row["date_of_operation"], closed)]
            spans.append((dates[0], dates[1] or "9999-12-30"))
            status = row.get("status", "")
            if status == ("live" if closed else "terminated") or _KIND_OF.get(gss[:3], kind) != kind:
                found.add(f"line {line}", f"{row['la_name']} ({gss}) is {status}, closed '{closed}', {kind}")
        spans.sort()
        if any(start > end for start, end in spans) or any(_day_after(a[1]) != b[0] for a, b in pairwise(spans)):
            found.add(f"line {entries[-1][0]}", f"the dates of {code} are not in order, or leave a gap")
    for change in lineage["change"]:
        days = {rows[code]["opened"] for code in change["to"]}
        days |= {_day_after(rows[code]["closed"]) for code in change["from"] if rows[code]["closed"]}
        if days != {change["date"]}:
            found.add("", f"{change['name']} changed on {change['date']}; its dates are of {', '.join(sorted(days))}")


_KIND_OF = {"E06": "Unitary Authorities", "E08": "Metropolitan Districts", "E09": "London Boroughs", "E10": "Counties"}


def _day_after(iso: str) -> str:
    return (datetime.date.fromisoformat(iso) + datetime.timedelta(days=1)).isoformat()


def _check_lineage(lineage: dict[str, Any], codes: set[str]) -> None:
    named = {code for change in lineage["change"] for code in (*change["from"], *change["to"])}
    unknown = sorted((named | set(lineage["aliases"])) - codes)
    if unknown:
        raise SourceError(f"lineage.toml names unknown authorities {', '.join(unknown)}", where="data/lineage.toml")


Polygon = list[list[tuple[float, float]]]
_Segment = frozenset[tuple[float, float]]


def load_borders(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the pairs of authorities that share a line."""
    owners: dict[_Segment, set[str]] = {}
    seen: set[str] = set()
    for gss_code, polygons in read_features(source, content):
        if gss_code not in register.la_code_of_gss or gss_code in seen:
            problem = "appears twice" if gss_code in seen else "is not in the register"
            raise SourceError(f"authority '{gss_code}' {problem}", where=source.id)
        seen.add(gss_code)
        for segment in _segments(polygons):
            owners.setdefault(segment, set()).add(gss_code)
    shared = Counter(pair for codes in owners.values() for pair in permutations(sorted(codes), 2))
    if not shared:
        raise SourceError("no two authorities share a line", where=source.id, todo="Use boundaries with shared lines.")
    rows: list[Row] = []
    for (own, other), count in shared.items():
        codes = {"la_code": register.la_code_of_gss[own], "neighbour_la_code": register.la_code_of_gss[other]}
        cell = f"features {own} and {other}"
        rows.append({**codes, "shared_segments": count, "source_id": source.id, "cell": cell})
    return rows


def read_features(source: Source, content: bytes) -> Iterator[tuple[str, list[Polygon]]]:
    """Read the boundaries: the ONS code of each and its polygons, a list of rings of points each."""
    try:
        features = json.loads(content)["features"]
        found = [(feature["properties"]["code"], feature["geometry"]) for feature in features]
    except (ValueError, KeyError, TypeError) as error:
        what = f"the file is not GeoJSON with a code for each feature ({type(error).__name__}: {error})"
        raise SourceError(what, where=source.id, todo=CHECK_FILE) from error
    for gss_code, geometry in found:
        try:
            nested = geometry["coordinates"]
            polygons = {"Polygon": [nested], "MultiPolygon": nested}[geometry["type"]]
            yield gss_code, [[[(float(x), float(y)) for x, y in ring] for ring in polygon] for polygon in polygons]
        except (KeyError, TypeError, ValueError) as error:
            what = f"the boundary of {gss_code} is not made of polygons ({type(error).__name__}: {error})"
            raise SourceError(what, where=source.id) from error


def _segments(polygons: list[Polygon]) -> Iterator[_Segment]:
    for ring in [ring for polygon in polygons for ring in polygon]:
        yield from (frozenset(ends) for ends in pairwise(ring) if ends[0] != ends[1])


#: Statistical neighbours of each authority in each model.
_COUNT = 10


def load_neighbours(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load one model.

    The 2021 file ends with a list of sets from before reorganisations ("Old SNs"); its codes are closed authorities,
    kept like all others. Rows without a code in the first column are its headings.
    """
    heading, rows = read_csv_rows(source.id, content)
    columns = [_column(source, heading, position) for position in range(1, _COUNT + 1)]
    loaded: list[Row] = []
    seen: set[str] = set()
    found = Contradictions(source.id)
    names = next((place for place, name in enumerate(heading) if fold_name(name.replace("_", " ")) == "la name"), None)
    for line, cells in rows:
        if not clean(cells[0]):
            continue
        where = f"{source.id}, line {line}"
        code = register.known(clean(cells[0]), where, seen)
        if names is not None:
            check_name(found, register.entries, code, cells[names], f"line {line}")
        pairs = [(clean(cells[place]), clean(cells[place + 1])) for place in columns]
        _check_neighbours(found, register.entries, f"line {line}", (code, pairs), source.detail["model"])
        for position, column in enumerate(columns, start=1):
            loaded.append(
                {
                    "model": source.detail["model"],
                    "la_code": code,
                    "position": position,
                    "neighbour_la_code": register.known(clean(cells[column]), where),
                    "closeness": clean(cells[column + 1]).capitalize(),
                    "source_id": source.id,
                    "cell": f"line {line}, {heading[column]}",
                }
            )
    found.refuse()
    return loaded


def _check_neighbours(
    found: Contradictions, entries: Entries, where: str, row: tuple[str, list[tuple[str, str]]], model: str
) -> None:
    """Ten other authorities, the closest first, none that had closed when the model was made."""
    code, pairs = row
    codes, words = [one for one, _ in pairs], [closeness.casefold() for _, closeness in pairs]
    if len({code, *codes}) <= len(codes):
        found.add(where, f"a neighbour of {code} is itself, or there twice: {', '.join(codes)}")
    if not set(words) <= set(CLOSENESS) or words != sorted(words, key=CLOSENESS.index):
        found.add(where, f"the neighbours of {code} are not in order of closeness: {', '.join(words)}")
    gone = [one for one in codes if one in entries and "" < entries[one].closed < f"{model}-01-01"]
    if gone and code in entries and not entries[code].closed:
        found.add(where, f"{', '.join(gone)} had closed before the model of {model}")


def _column(source: Source, heading: list[str], position: int) -> int:
    """Return the column of a neighbour; its closeness is in the next."""
    for name in (f"SN{position}", f"SN_{position}"):
        if heading.count(name) > 1:
            raise SourceError(f"heading {name} appears twice", where=f"{source.id}, line 1")
        if name in heading[:-1]:
            return heading.index(name)
    what = f"no heading SN{position} or SN_{position}"
    raise SourceError(what, where=f"{source.id}, line 1", todo=CHECK_FILE)


_COLUMNS = ("pcon_name", "pcon_code", "display_as", "party_text", "country_name")
#: How the heading of the codes of authorities begins; the year of the boundaries follows.
_CODES = "old_la_codes_"


def load_constituencies(source: Source, content: bytes, register: Register) -> list[Row]:
    """Load the lookup, one row for each authority that a constituency touches."""
    loaded: list[Row] = []
    headings, _ = read_csv_rows(source.id, content)
    codes = next((name for name in headings if name.startswith(_CODES)), f"{_CODES}YEAR")
    others = tuple(name for name in headings if name in _BESIDE or name.startswith(_GSS))
    found, seen = Contradictions(source.id), Counter[str]()
    for line, row in read_csv(source.id, content, (*_COLUMNS, codes, *others)):
        _check_seat(found, seen, register.entries, f"line {line}", row, codes=codes)
        if row["country_name"] != "England":
            continue
        for la_code in row[codes].split(" / "):
            loaded.append(
                {
                    "pcon_code": row["pcon_code"],
                    "pcon_name": clean(row["pcon_name"]),
                    "mp_name": clean(row["display_as"]),
                    "party": clean(row["party_text"]),
                    "as_at": source.detail["as_at"],
                    "la_code": register.known(la_code, f"{source.id}, line {line}"),
                    "source_id": source.id,
                    "cell": f"line {line}",
                }
            )
    found.refuse()
    return loaded


#: Columns that say the same in other words, where they are there.
_BESIDE = ("la_names", "full_title", "member_id", "region_code")
_GSS = "new_la_codes_20"


def _check_seat(
    found: Contradictions, seen: Counter[str], entries: Entries, where: str, row: dict[str, str], *, codes: str
) -> None:
    """Authorities by code, by name and by ONS code must be the same, and each seat, name and member be there once."""
    is_here = row["country_name"] == "England"
    for name in ("pcon_code", "pcon_name", "display_as", "member_id"):
        seen[f"{name} {row.get(name)}"] += 1
        if row.get(name) and seen[f"{name} {row[name]}"] > 1:
            found.add(where, f"{row[name]} is there twice")
    title, member = row.get("full_title", "").split(), clean(row["display_as"]).split()
    if (
        is_here != row["pcon_code"].startswith("E14")
        or not clean(row["party_text"])
        or (title and not {*member[-1:]} <= {*title})
    ):
        who = f"{row['display_as']} ({row['party_text'] or 'no party'}), {row.get('full_title', '')}"
        found.add(where, f"{row['pcon_name']} is {row['pcon_code']} of {row['country_name']}, {who}")
    la_codes = row[codes].split(" / ") if is_here else []
    for column, text in row.items() if is_here else ():
        parts = text.split(" / ") if column == "la_names" or column.startswith(_GSS) else la_codes
        if len(parts) != len(la_codes) or len(set(la_codes)) != len(la_codes):
            found.add(where, f"{row['pcon_name']} is in {row[codes]} and in {text}")
            break
        for code, part in zip(la_codes, parts, strict=False):
            if column == "la_names":
                check_name(found, entries, code, part, where)
            elif code not in entries:
                continue
            elif part != code and part not in entries[code].gss_codes:
                found.add(where, f"{part} is not {code}, which is {entries[code].name}")
            elif column == "region_code" and text != entries[code].region_code:
                found.add(where, f"{entries[code].name} is not in region {text}")
