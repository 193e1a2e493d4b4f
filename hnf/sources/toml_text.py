"""Text as a TOML string: what cells and names of files hold, written so that it can be read again."""

from __future__ import annotations

import json


def toml_string(text: str) -> str:
    """Return text as a basic string of TOML; what cannot be encoded becomes a question mark."""
    clean = text.encode("utf-8", errors="replace").decode("utf-8")
    # JSON escapes what TOML wants escaped, but for one control character.
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
