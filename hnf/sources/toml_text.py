"""Text as a TOML string: what cells and names of files hold, written so that it can be read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_string(text: str) -> str:
    """Return text as a basic string of TOML; what cannot be encoded becomes a question mark."""
    clean = text.encode("utf-8", errors="replace").decode("utf-8")
    # JSON escapes what TOML wants escaped, but for one control character.
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: Any) -> str:
    """Return text, a number, a truth value, a list or a mapping of these as a value of TOML."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value)  # what JSON writes for numbers and truth values is TOML too
