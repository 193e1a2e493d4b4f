"""Which heading of a DSG workbook means which term: the rules that ship, and a file of the user's that adds to them.

A user's file gives headings as they are printed, and the name of a sheet where it is new::

    schema_version = 1
    high_needs_block.sheet = "HNB 2025 to 2026"
    high_needs_block.headings."cross-border adjustment (£s)" = "import_export"
    high_needs_block.headings."falling rolls support (£s)" = "extra_falling_rolls_support"

A column of the high needs block sheet that is like nothing before gets a name of its own that begins with `extra_`.
"""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from hnf.errors import SourceError
from hnf.locations import data_folder
from hnf.sources.toml_text import toml_string
from hnf.sources.workbooks.guard import clean
from hnf.tables import EXTRA

PARTS = ("information", "high_needs_block", "pupils", "summary", "deductions")
Rules = dict[str, Any]


@cache
def heading_rules() -> Rules:
    """Return `data/headings.toml`."""
    return tomllib.loads((data_folder() / "headings.toml").read_text(encoding="utf-8"))


def read_mapping(path: Path) -> Rules:
    """Read a user's file of headings.

    Raises
    ------
    SourceError
        If it cannot be read, or names a part, key or term that does not exist.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # an integer of thousands of digits is a bare ValueError
        raise SourceError(f"cannot read the headings: {error}", where=str(path)) from error
    if document.pop("schema_version", None) != 1:
        raise SourceError("schema_version is not 1", where=str(path), todo="Begin the file with schema_version = 1.")
    for part, entries in document.items():
        if part not in PARTS or not isinstance(entries, dict):
            raise SourceError(f"'{part}' is not a part of a workbook", where=str(path), todo=f"Use {', '.join(PARTS)}.")
        for key, value in entries.items():
            _check_entry(part, key, value, str(path))
    return document


def merge_headings(rules: Rules, mapping: Rules) -> Rules:
    """Return rules with the headings and sheets of a mapping added; a later word stands before an earlier one."""
    merged = deepcopy(rules)
    for part, entries in mapping.items():
        own = merged.setdefault(part, {})
        if "sheet" in entries:
            own["sheet"] = f"{own['sheet']}|{re.escape(entries['sheet'])}" if "sheet" in own else entries["sheet"]
        named = {heading_text(text): term for text, term in entries.get("headings", {}).items()}
        if named:
            own["headings"] = {**own.get("headings", {}), **named}
    return merged


def merge_mappings(first: Rules, second: Rules) -> Rules:
    """Return two users' files as one; the second stands before the first."""
    merged = deepcopy(first)
    for part, entries in second.items():
        own = merged.setdefault(part, {})
        if "sheet" in entries:
            own["sheet"] = entries["sheet"]
        if "headings" in entries:
            own["headings"] = {**own.get("headings", {}), **entries["headings"]}
    return merged


def mapping_toml(mapping: Rules) -> bytes:
    """Write a mapping as a file that `read_mapping` reads."""
    lines = ["schema_version = 1"]
    for part in (part for part in PARTS if part in mapping):
        if "sheet" in mapping[part]:
            lines.append(f"{part}.sheet = {toml_string(mapping[part]['sheet'])}")
        lines += [mapping_line(part, text, term) for text, term in sorted(mapping[part].get("headings", {}).items())]
    return ("\n".join(lines) + "\n").encode()


def mapping_line(part: str, heading: str, term: str) -> str:
    """Return the line of a mapping that gives a heading its term."""
    return f'{part}.headings.{toml_string(heading)} = "{term}"'


def heading_text(text: str) -> str:
    """Return a heading as it is compared: white space folded, lower case."""
    return clean(text).casefold()


def named_term(part: Rules, heading: str) -> str | None:
    """Return the term that a mapping gives a heading, with or without the heading over it."""
    named: dict[str, str] = part.get("headings", {})
    return named.get(heading) or named.get(heading.rsplit(" | ", 1)[-1])


def extra_name(heading: str) -> str:
    """Return a name for a column that is like nothing before, from its own heading without unit and notes."""
    own = re.sub(r"\(.*?\)", " ", heading.rsplit(" | ", 1)[-1])
    words = re.findall(r"[a-z0-9]+", own.encode("ascii", "ignore").decode())
    slug = "_".join(words)[:60].strip("_") or "column"
    return f"{EXTRA}{slug}" if slug[0].isalpha() else f"{EXTRA}column_{slug}"


def _check_entry(part: str, key: str, value: Any, where: str) -> None:
    if key == "sheet" and isinstance(value, str):
        return
    if key != "headings" or not isinstance(value, dict):
        raise SourceError(f"'{part}.{key}' is not known", where=where, todo="A part has `sheet` and `headings`.")
    terms = tuple(heading_rules()[part].get("terms", {}))
    for heading, term in value.items():
        is_extra = part == "high_needs_block" and re.fullmatch(rf"{EXTRA}[a-z][a-z0-9_]*", str(term))
        if term not in terms and not is_extra:
            extra = f", or a new name that begins with {EXTRA}" if part == "high_needs_block" else ""
            raise SourceError(
                f"'{term}' is not a term of {part}, for the heading '{heading}'",
                where=where,
                todo=f"Terms are {', '.join(terms) or 'none'}{extra}.",
            )
