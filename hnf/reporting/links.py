"""Which text may become a link: a whole web address and nothing else."""

from __future__ import annotations

import re

_WEB_ADDRESS = re.compile(r"https?://[!-~]+")


def web_address(text: str) -> str:
    """Return the text where it is a web address of printable ASCII, else nothing: never a script or a file."""
    return text if _WEB_ADDRESS.fullmatch(text) else ""
