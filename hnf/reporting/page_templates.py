"""The templates of web pages, their styles and scripts, read in one way: all is escaped, nothing may be missing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from hnf.plain_text import as_shown

_FOLDER = Path(__file__).resolve().parent / "templates"


@cache
def load_template(name: str) -> Template:
    """Return a template of a page."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=as_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


@cache
def read_part(name: str) -> str:
    """Return a style or a script, without white space around it."""
    return (_FOLDER / name).read_text(encoding="utf-8").strip()


@cache
def script_hash(name: str) -> str:
    """Return the hash by which a page allows its one script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(read_part(name).encode()).digest()).decode()
