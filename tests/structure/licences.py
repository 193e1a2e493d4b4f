"""Writes docs/licences.md, the packages that an installation brings: `python tests/structure/licences.py`."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "licences.md"
_HEAD = """# Licences

What `pip install hnf` brings along, with the licence that each package states. The code of `hnf` is under the MIT
licence. The figures in its tables are public sector information under the Open Government Licence v3.0; statements in
the tables `reported` and `policy` that were made in Parliament are Parliamentary information licensed under the Open
Parliament Licence v3.0.

The two typefaces of charts in `hnf/charts/typefaces` are modified versions of Source Sans 3 (copyright Adobe, SIL Open
Font Licence 1.1), cut from the package `fontpkg-source-sans-3` by `docs/render_typefaces.py` under a name of their own;
copyright and licence stay in their name tables.

A page of `hnf explore` holds the code of others: Vega, Vega-Lite, Vega-Embed and what they need (BSD 3-Clause, ISC and
MIT licences), which the package `vl-convert-python` (BSD 3-Clause) of the extra `explore` puts into one file without
notices. `library-licences.txt` in `hnf/explore` has them, and in each page they are the beginning of that file.

| package | licence |
|---|---|
"""
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def needed(package: str = "hnf") -> list[str]:
    """Return the packages that an installation brings, by name, those of extras and other systems left out."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        for requirement in metadata.requires(waiting.pop()) or []:
            name = _NAME.match(requirement)
            marker = requirement.partition(";")[2]
            if name is None or "extra ==" in marker or not _applies(marker):
                continue
            plain = re.sub(r"[-_.]+", "-", name[0]).lower()
            if plain not in found:
                found.add(plain)
                waiting.append(plain)
    return sorted(found)


def _applies(marker: str) -> bool:
    from packaging.markers import Marker

    return not marker.strip() or Marker(marker.strip()).evaluate({"extra": ""})


def licence_of(package: str) -> str:
    """Return the licence that a package states in its metadata."""
    about = metadata.metadata(package)
    if stated := about.get("License-Expression"):
        return str(stated)
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::") and line != "License :: OSI Approved"
    ]
    first_line = (about.get("License") or "").strip().split("\n")[0]
    return "; ".join(classified) or first_line[:60] or "not stated in its metadata"


def write() -> str:
    """Return the text of the page."""
    return _HEAD + "".join(f"| {name} | {licence_of(name)} |\n" for name in needed())


if __name__ == "__main__":
    PAGE.write_text(write(), encoding="utf-8")
