"""The fingerprint of everything that packs are made from: tables, code and the libraries that lay them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import hnf
from hnf.locations import data_folder
from hnf.release import __version__
from hnf.store import Store

#: Packages that decide the bytes of a pack; a cluster must have the same versions of them.
LIBRARIES = (
    "afcharts",
    "xlsxwriter",
    "jinja2",
    "matplotlib",
    "openpyxl",
    "polars",
    "python-docx",
    "scipy",
    "typst",
)
_CODE = (".py", ".j2", ".css", ".js", ".typ", ".toml")


def fingerprint_of(store: Store, audience: str, more: Sequence[str] = ()) -> str:
    """Return a hash that changes whenever packs may.

    Parameters
    ----------
    store : Store
        Its tables count, and the catalogue and other data that ship with the package.
    audience : str
    more : sequence of str
        What else decides what is written, such as the names of the formats.
    """
    found = {
        "tables": store.hashes(),
        "edition": store.edition,
        "audience": audience,
        "more": list(more),
        "versions": {"hnf": __version__, **{name: metadata.version(name) for name in LIBRARIES}},
        "code": _hash_of_code(),
    }
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def _hash_of_code() -> str:
    """Hash the files of the package and its catalogue: in a checkout the version stays while the code changes."""
    package, data = Path(hnf.__file__).parent, data_folder()
    whole = hashlib.sha256()
    for root in (package, data):
        for path in sorted(root.rglob("*")):
            if path.suffix in _CODE and path.is_file():
                whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
