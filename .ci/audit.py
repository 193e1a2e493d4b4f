"""Holds the locked packages against published advisories, without a network: `python .ci/audit.py all.zip`.

`all.zip` is the export of PyPI's advisories in the OSV format, fetched beforehand from
https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip. With a network,
`pip-audit --disable-pip --require-hashes -r .ci/locked.txt` asks the same of a live service.

Exit code 1 if an advisory affects a locked version, 2 if the export cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

LOCKED = Path(__file__).with_name("locked.txt")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def locked(path: Path = LOCKED) -> dict[str, list[str]]:
    """Return the versions of every locked package by its normal name: some have one for each Python."""
    pins: dict[str, list[str]] = {}
    for name, version in _PIN.findall(path.read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


def advisories(export: Path) -> Iterator[dict[str, Any]]:
    """Yield the advisories of an export that stand, those withdrawn left out."""
    with zipfile.ZipFile(export) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                advisory = json.loads(archive.read(name))
                if not advisory.get("withdrawn"):
                    yield advisory


def is_affected(affected: dict[str, Any], version: str) -> bool:
    """Whether an entry of an advisory names a version, one by one or within a range."""
    if version in affected.get("versions", ()):
        return True
    return any(
        _is_within(found.get("events", ()), version)
        for found in affected.get("ranges", ())
        if found.get("type") == "ECOSYSTEM"
    )


def _is_within(events: list[dict[str, str]], version: str) -> bool:
    own, inside = Version(version), False
    for event in sorted(events, key=_at):
        if "introduced" in event and own >= _at(event):
            inside = True
        elif ("fixed" in event and own >= _at(event)) or ("last_affected" in event and own > _at(event)):
            inside = False
    return inside


def _at(event: dict[str, str]) -> Version:
    text = next(iter(event.values()))
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def findings(pins: dict[str, list[str]], export: Path) -> list[str]:
    """Return one line for each advisory that affects a pin."""
    found = []
    for advisory in advisories(export):
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            versions = pins.get(canonicalize_name(package.get("name", "")), ())
            for version in versions if package.get("ecosystem") == "PyPI" else ():
                if is_affected(affected, version):
                    line = f"{package['name']} {version}: {advisory['id']} {advisory.get('summary', '')}"
                    found.append(line.rstrip())
    return sorted(set(found))


def main() -> int:
    """Print what affects the locked packages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, help="advisories of PyPI in the OSV format, a zip archive")
    arguments = parser.parse_args()
    pins = locked()
    try:
        found = findings(pins, arguments.export)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"{arguments.export}: cannot be read as an export of advisories ({error})", file=sys.stderr)
        return 2
    print("\n".join(found) or f"no advisory affects the {len(pins)} locked packages")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
