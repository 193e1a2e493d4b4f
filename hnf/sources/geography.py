"""Loader of the register of authorities: both code systems, names, dates, regions and lineage.

Lineage and spoken names are not in the register: they come from `data/lineage.toml`, which names its references.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any

from hnf.errors import SourceError
from hnf.locations import data_folder
from hnf.sources.catalogue import Source
from hnf.sources.rows import Register, Row
from hnf.sources.workbooks.read import read_csv

_TYPES = {
    "London Boroughs": "london",
    "Metropolitan Districts": "metropolitan",
    "Unitary Authorities": "unitary",
    "Counties": "upper_tier",
}
#: Headings of the list of regions, and of the register.
HIERARCHY_COLUMNS = ("region_code", "region_name", "old_la_code", "la_name", "new_la_code")
LAS_COLUMNS = (
    "new_la_code",
    "la_name",
    "date_of_operation",
    "date_of_termination",
    "parent_geography_code",
    "entity_description",
    "old_la_code",
)


def load_authorities(las: Source, las_content: bytes, hierarchy: Source, hierarchy_content: bytes) -> list[Row]:
    """Load the register.

    Parameters
    ----------
    las, hierarchy : Source
        Catalogue entries of the register and of the list of regions.
    las_content, hierarchy_content : bytes
        The files.

    Returns
    -------
    list of dict
        Rows of `authorities`, one a DfE code, closed authorities included.

    Raises
    ------
    SourceError
        If a heading is missing, a region or type is unknown, or the two files disagree about a region.
    """
    regions = {
        row["region_code"]: row["region_name"]
        for _, row in read_csv(hierarchy.id, hierarchy_content, HIERARCHY_COLUMNS)
    }
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
        raise SourceError(
            f"'{latest['entity_description']}' is not a type of authority", where=f"{source_id}, line {line}"
        )
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
    named = {code for change in lineage["change"] for code in (*change["from"], *change["to"])} | set(
        lineage["aliases"]
    )
    unknown = sorted(named - codes)
    if unknown:
        raise SourceError(f"lineage.toml names unknown authorities {', '.join(unknown)}", where="data/lineage.toml")
