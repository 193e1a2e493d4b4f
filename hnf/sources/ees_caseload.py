"""EHC plans by authority from EES's public API, written as the CSV of the release is laid out.

The API names the characteristic (`breakdown`) and leaves out the topic it belongs to, so that an age of today and an
age when the plan started cannot be told apart: the counts of all plans are taken, and no others.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from hnf.errors import SourceError
from hnf.plain_text import starts_formula
from hnf.sources.ees import EesClient, unlike

#: Headings of the file, a subset of those in the release.
HEADINGS = (
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "new_la_code",
    "old_la_code",
    "la_name",
    "breakdown_topic",
    "breakdown",
    "ehcplans",
)
_ALL_PLANS = "All EHC plans"
_LEVELS = {"NAT": "National", "REG": "Regional", "LA": "Local authority"}
_WHERE = "Explore Education Statistics"


@dataclass(frozen=True)
class Caseload:
    """Counts of EHC plans.

    Parameters
    ----------
    content : bytes
        CSV, UTF-8, sorted by time period, level and code.
    data_set_id, version, release : str
        What it was taken from.
    published : str
        ISO date of the version.
    """

    content: bytes
    data_set_id: str
    version: str
    release: str
    published: str


def fetch_caseload(client: EesClient, publication: str, title: str, release: str = "") -> Caseload:
    """Fetch the counts of all EHC plans in January, by authority, region and for England.

    Parameters
    ----------
    client : EesClient
    publication : str
        Name of the publication in its address.
    title : str
        Regular expression that the title of the data set contains (case folded).
    release : str
        As in the address of the release's page; the latest where it is empty.

    Raises
    ------
    SourceError
        If there is no such publication, data set or release, or an answer is not laid out as documented.
    """
    data_set = _data_set(client, publication, title)
    version = _version(client, data_set, release)
    number = str(version["version"])
    meta = client.meta(data_set, number)
    breakdown, option = _option(meta)
    indicator = _column(meta, "indicators", "ehcplans")
    # Where the topic is a filter of its own, it has an option of the same words.
    topics = [entry for entry in meta["filters"] if entry.get("column") == "breakdown_topic"]
    criteria: dict[str, Any] = {
        "filters": {"in": [option]},
        "geographicLevels": {"in": list(_LEVELS)},
    }
    rows = {}
    places = _places(meta)
    for result in client.query(data_set, criteria=criteria, indicators=[indicator], version=number):
        if any(_label(topic, result["filters"].get(topic["id"])) != _ALL_PLANS for topic in topics):
            continue
        if result["filters"].get(breakdown) != option:
            raise unlike(_WHERE, "a result is not of the characteristic asked for")
        row = _row(result, indicator, places)
        key = tuple(row[name] for name in ("time_period", "geographic_level", "region_code", "old_la_code"))
        if key in rows:
            raise unlike(_WHERE, f"two results for {' '.join(key)}")
        rows[key] = row
    if not rows:
        raise SourceError("the data set has no counts of all EHC plans", where=_WHERE)
    return Caseload(
        content=_csv([rows[key] for key in sorted(rows, key=_order)]),
        data_set_id=data_set,
        version=number,
        release=str(version["release"].get("slug", "")),
        published=str(version.get("published") or "")[:10],
    )


def _data_set(client: EesClient, publication: str, title: str) -> str:
    found = [entry for entry in client.publications(publication.replace("-", " ")) if entry["slug"] == publication]
    if not found:  # the search is by words of the title, which need not be those of the address
        found = [entry for entry in client.publications() if entry["slug"] == publication]
    if not found:
        raise SourceError(f"the API lists no publication '{publication}'", where=_WHERE, todo="Leave --via-api out.")
    sets = [entry for entry in client.data_sets(str(found[0]["id"])) if entry["status"] != "Withdrawn"]
    fitting = [entry for entry in sets if re.search(title, str(entry["title"]), re.IGNORECASE)]
    if len(fitting) != 1:
        names = "; ".join(str(entry["title"]) for entry in sets) or "none"
        raise SourceError(
            f"{'no' if not fitting else 'more than one'} data set is called like '{title}'; there are: {names}",
            where=_WHERE,
            todo="Leave --via-api out, or correct `data_set` in data/sources.toml.",
        )
    return str(fitting[0]["id"])


def _version(client: EesClient, data_set: str, release: str) -> dict[str, Any]:
    versions = [entry for entry in client.versions(data_set) if entry["status"] != "Withdrawn"]
    if not all(isinstance(entry["release"], dict) for entry in versions):
        raise unlike(_WHERE, "a version has no release")
    fitting = [entry for entry in versions if not release or entry["release"].get("slug") == release]
    if not fitting:
        there = ", ".join(str(entry["release"].get("slug")) for entry in versions) or "none"
        raise SourceError(
            f"the API has no release '{release}' of the data set; it has {there}",
            where=_WHERE,
            todo="Leave --via-api out to fetch the zip file of the release.",
        )
    return max(fitting, key=lambda entry: _numbers(str(entry["version"])))


def _numbers(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        raise unlike(_WHERE, f"'{version}' is not a version")
    return tuple(int(part) for part in version.split("."))


def _option(meta: dict[str, Any]) -> tuple[str, str]:
    filter_id = _column(meta, "filters", "breakdown")
    entry = next(entry for entry in meta["filters"] if entry["id"] == filter_id)
    found = [option["id"] for option in entry.get("options", []) if option.get("label") == _ALL_PLANS]
    if len(found) != 1:
        raise unlike(_WHERE, f"the filter 'breakdown' has {len(found)} options '{_ALL_PLANS}'")
    return filter_id, found[0]


def _column(meta: dict[str, Any], kind: str, column: str) -> str:
    found = [entry.get("id") for entry in meta[kind] if isinstance(entry, dict) and entry.get("column") == column]
    if len(found) != 1 or not isinstance(found[0], str):
        raise unlike(_WHERE, f"no column '{column}' among its {kind}")
    return found[0]


def _label(entry: dict[str, Any], option_id: Any) -> str:
    return next((str(o.get("label")) for o in entry.get("options", []) if o.get("id") == option_id), "")


def _places(meta: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the options of all locations by level and id."""
    try:
        return {
            (group["level"]["code"], option["id"]): option for group in meta["locations"] for option in group["options"]
        }
    except (KeyError, TypeError) as error:
        raise unlike(_WHERE, f"a location has no {error}") from error


def _row(result: dict[str, Any], indicator: str, places: dict[tuple[str, str], dict[str, Any]]) -> dict[str, str]:
    level = result["geographicLevel"]
    value = result["values"].get(indicator)
    if level not in _LEVELS or not isinstance(value, str) or level not in result["locations"]:
        raise unlike(_WHERE, "a result lacks its level, place or value")
    try:
        at = {code: places[code, place] for code, place in result["locations"].items() if code in _LEVELS}
        nation, region, authority = (at.get(code, {}) for code in _LEVELS)
        codes = (str(at[level]["code"]), str(authority["oldCode"]) if level == "LA" else "")
    except KeyError as error:
        raise unlike(_WHERE, f"a place has no {error}") from error
    values = (
        _time_period(result["timePeriod"]),
        "Academic year",
        _LEVELS[level],
        nation.get("code", ""),
        nation.get("label", ""),
        region.get("code", ""),
        region.get("label", ""),
        codes[0] if level == "LA" else "",
        codes[1],
        authority.get("label", ""),
        _ALL_PLANS,
        _ALL_PLANS,
        value,
    )
    texts = [str(entry) for entry in values]
    if any(map(starts_formula, texts)):
        raise unlike(_WHERE, "a text that a spreadsheet would take for a formula")
    return dict(zip(HEADINGS, texts, strict=True))


def _time_period(period: Any) -> str:
    """Return the label of an academic year as the release writes it: `2018/2019` is 201819."""
    text = str(period.get("period", "")) if isinstance(period, dict) and period.get("code") == "AY" else ""
    found = re.fullmatch(r"(20\d\d)/20(\d\d)", text)
    if not found:
        raise unlike(_WHERE, "a time period is not an academic year")
    return found[1] + found[2]


def _order(key: tuple[str, ...]) -> tuple[str, int, str, str]:
    return key[0], list(_LEVELS.values()).index(key[1]), key[2] if not key[3] else "", key[3]


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADINGS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
