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
    """

    la_codes: frozenset[str]
    la_code_of_gss: dict[str, str]
    region_codes: dict[str, str]
    la_code_of_name: dict[str, str] = field(default_factory=dict)

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
    return [_authority(code, entries, regions, lineage, las.id) for code, entries in sorted(by_code.items())]


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
    return Register(frozenset(row["la_code"] for row in authorities), la_code_of_gss, regions, la_code_of_name)


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
    for line, cells in rows:
        if not clean(cells[0]):
            continue
        where = f"{source.id}, line {line}"
        code = register.known(clean(cells[0]), where, seen)
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
    return loaded


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
    for line, row in read_csv(source.id, content, (*_COLUMNS, codes)):
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
    return loaded
