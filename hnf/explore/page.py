"""Writes the explorer: figures, charting library, script and styles in one page that asks nothing of the network.

Figures and library go in packed (gzip, then base64), so that no name of the data is markup and the page can be mailed.
The page allows its own script and the library by their hashes and no other; the library comes from an installed
package (Vega-Lite, as vl-convert brings it along) and is unpacked when a chart first needs it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hnf.charts.fonts import font_faces
from hnf.errors import UsageError
from hnf.explore.data import build_payload
from hnf.formats.web_page import load_template, read_part, script_hash
from hnf.results import Answer
from hnf.sources.build import ATTRIBUTION
from hnf.tables.store import Store
from hnf.text import as_shown

_FOLDER = Path(__file__).resolve().parent / "templates"
#: The views in their order: how the address after # names each, and its words.
_VIEWS = {
    "map": "Map", "rank": "Rank", "time": "Over time", "against": "One against another", "place": "One authority",
    "compare": "Compare",
}  # fmt: skip
#: Parts of the script in their order: they make one.
_PARTS = ("figures", "parts", "charts", "views")
#: What of the library the script uses, in the words of its packager.
_USED = "window.vegaEmbed = vegaEmbed;"
#: Copyright and licences of all that is in it, which have to go with it: the package has none of them.
_NOTICES = "library-licences.txt"
#: Tells zlib to write gzip, which browsers unpack.
_GZIP = 31


@dataclass(frozen=True)
class Explorer(Answer):
    """The explorer as one web page, and how many measures, periods of measures and areas it holds."""

    JSON = "bytes=size measures periods areas edition"
    MAIN = "measures periods areas bytes"

    html: str
    measures: int
    periods: int
    areas: int
    edition: str

    @property
    def size(self) -> int:
        """Length of the file in bytes."""
        return len(self.html.encode())


def explorer(
    store: Store,
    areas: str | Collection[str] | None = (),
    region: str | None = None,
    packs: Mapping[str, str] | None = None,
) -> Explorer:
    """Return one web page with every measure, period and area of the tables, for a browser without a server.

    Parameters
    ----------
    areas : str or collection of str, optional
        Authorities and regions to keep, by name or code, as a list or with commas between them; all by default. Ranks
        are still among all authorities. England is always there.
    region : str, optional
        A region to keep, with its authorities.
    packs : mapping, optional
        Address of the briefing pack by the code of the authority, to be linked.

    Raises
    ------
    UsageError
        If there is no such area or region, or the charting library is not installed (`pip install 'hnf[explore]'`).

    Examples
    --------
    >>> import hnf
    >>> page = hnf.explorer(hnf.Store(), region="South East")  # doctest: +SKIP
    >>> Path("explore.html").write_text(page.html, encoding="utf-8")  # doctest: +SKIP
    """
    library = _library()
    payload = _as_shown(build_payload(store, areas, region))
    for area in payload["areas"]:
        if packs and area["code"] in packs:
            area["pack"] = packs[area["code"]]
    script = "\n".join(read_part(f"{part}.js", _FOLDER) for part in _PARTS)
    html = load_template("explore.html.j2", _FOLDER).render(
        script_hash=script_hash(script),
        charts_hash=script_hash(library),
        faces=Markup(font_faces()),  # noqa: S704 - our own files
        css=Markup(read_part("pack.css") + read_part("explore.css", _FOLDER)),  # noqa: S704 - our own files
        views=tuple(_VIEWS.items()),
        edition=store.edition,
        attribution=ATTRIBUTION,
        data=pack_data(payload),
        charts=_pack(library),
        script=Markup(script),  # noqa: S704 - our own file
    )
    periods = sum(map(len, (measure["periods"] for measure in payload["measures"])))
    return Explorer(html, len(payload["measures"]), periods, len(payload["areas"]), store.edition)


def _as_shown(value: Any) -> Any:
    """Return the figures with what is seen of each text, as other pages print it: nothing steers what is around it."""
    if isinstance(value, Mapping):
        return {key: _as_shown(part) for key, part in value.items()}
    return [_as_shown(part) for part in value] if isinstance(value, list | tuple) else as_shown(value)


def pack_data(payload: Mapping[str, Any]) -> str:
    """Return the figures as the page holds them: JSON, gzip, base64."""
    return _pack(json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9, wbits=_GZIP)).decode()


@cache
def _library() -> str:
    """Return the code of the charting library and all that it needs."""
    try:
        import vl_convert
    except ImportError as error:
        todo = "Install it with: pip install 'hnf[explore]'"
        raise UsageError("the package vl-convert-python, which has the charts, is not installed", todo=todo) from error
    # Its types do not say that it has a version.
    version = getattr(vl_convert, "__version__", "")
    notices = read_part(_NOTICES, Path(__file__).parent).replace("{version}", version)
    return f"/*!\n{notices}\n*/\n{vl_convert.javascript_bundle(_USED)}"
