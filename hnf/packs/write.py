"""Renders a pack into its formats and writes it as one folder with a manifest of every figure and file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.files import replace_folder
from hnf.packs.content import SHARE, Pack, Sentence, print_figure
from hnf.release import __version__
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.text import as_json

MANIFEST = "manifest.json"
PAGE = "index.html"
PRINT = "briefing.pdf"
DOCUMENT = "briefing.docx"
WORKBOOK = "workbook.xlsx"
OPEN_WORKBOOK = "tables.ods"
#: The files of its formats, in the order in which they are made.
_FORMATS = (PAGE, PRINT, DOCUMENT, WORKBOOK, OPEN_WORKBOOK, SHARE)
_LIBRARIES = ("afcharts", "jinja2", "matplotlib", "openpyxl", "polars", "python-docx", "typst")


def write_pack(store: Store, pack: Pack, folder: Path, progress: Callable[[str], None] = lambda _: None) -> list[str]:
    """Render a pack and put its folder in place; returns the paths of its files relative to the folder.

    Raises
    ------
    UsageError
        If the folder exists and holds anything but a pack, which is replaced as a whole.
    TableError
        If it cannot be written.

    Examples
    --------
    >>> import hnf
    >>> files = hnf.write_pack(hnf.build_pack(hnf.Store(), "Kent"), "kent")  # doctest: +SKIP
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file())):
        raise UsageError(
            "the folder holds other files, which writing a pack would remove",
            where=str(folder),
            todo="Name another folder with --out.",
        )
    files = {**render_pack(pack, progress), **_data(store, pack)}
    files[MANIFEST] = _manifest(store, pack, files)
    replace_folder(folder, files)
    return sorted(files)


def steps_of(pack: Pack) -> int:
    """Return how often `render_pack` reports progress."""
    return len(pack.charts()) + len(_FORMATS)


def render_pack(pack: Pack, progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Return the files of a pack but for its manifest, by path."""
    from hnf.charts.draw import render

    files: dict[str, bytes] = {}
    for chart in pack.charts():
        progress(f"charts/{chart.id}")
        for kind, content in render(chart).items():
            files[f"charts/{chart.id}.{kind}"] = content
    for name, make in _makers().items():
        progress(name)
        files[name] = make(pack)
    return files


def _makers() -> dict[str, Callable[[Pack], bytes]]:
    """Import the formats when they are made: a query that only builds a pack needs none of them."""
    from hnf.formats.ods import render_ods
    from hnf.formats.pdf import render_pdf, render_share
    from hnf.formats.web_page import render_html
    from hnf.formats.word import render_docx
    from hnf.formats.xlsx import render_workbook

    makers = (
        *(lambda pack: render_html(pack).encode(), render_pdf, render_docx, render_workbook, render_ods),
        render_share,
    )
    return dict(zip(_FORMATS, makers, strict=True))


def _data(store: Store, pack: Pack) -> dict[str, bytes]:
    """Return the figures of the places as Explore Education Statistics files."""
    from hnf.export.ees import pack_ees_files

    found = pack_ees_files(store, tuple(place.la_code for place in pack.places))
    return {f"data/{name}": content for name, content in found.items()}


#: What a list of packs links besides the page, with the words for it.
_LINKED = {PRINT: "PDF", DOCUMENT: "Word", WORKBOOK: "Workbook"}


def format_names() -> tuple[str, ...]:
    """Return the names of the files that the formats of a pack have."""
    return _FORMATS


def linked_files() -> tuple[tuple[str, str], ...]:
    """Return the files of a pack that a list of packs links besides the page: what each is, and its path."""
    return tuple((words, name) for name, words in _LINKED.items())


def _manifest(store: Store, pack: Pack, files: dict[str, bytes]) -> bytes:
    figures = pack.figures()
    in_tables = dict.fromkeys(
        id_ for table in pack.tables() for row in table.figure_ids for id_ in row if id_ is not None
    )
    in_tables |= dict.fromkeys(id_ for sheet in pack.worksheets for id_ in sheet.figure_ids())
    known = {figure.id for figure in figures}
    more = [resolve(store, id_) for id_ in in_tables if id_ not in known]
    manifest: dict[str, Any] = {
        "title": pack.title,
        "places": [asdict(place) for place in pack.places],
        "audience": pack.audience,
        "data_edition": pack.data_edition,
        "tables": store.cached("hashes of tables", store.hashes),
        "sources": list(pack.sources),
        "versions": {"hnf": __version__, **{name: metadata.version(name) for name in _LIBRARIES}},
        "sentences": [_sentence(sentence) for sentence in dict.fromkeys(pack.sentences())],
        "figures": [_figure(figure) for figure in (*figures, *more)],
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    return f"{as_json(manifest, indent=1)}\n".encode()


def _sentence(sentence: Sentence) -> dict[str, Any]:
    figures = [
        {"id": figure.id, "printed": printed}
        for figure, printed in zip(sentence.figures, sentence.printed, strict=True)
    ]
    return {
        "text": sentence.text,
        "kind": sentence.kind,
        "basis": sentence.basis,
        "main": sentence.main or None,
        "figures": figures,
        "figures_of_basis": [figure.id for figure in sentence.behind],
        "said_by": sentence.said_by or None,
        "link": sentence.link or None,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id,
        "label": figure.label,
        "value": figure.value,
        "unit": figure.unit,
        "printed": print_figure(figure),
        "basis": figure.basis,
        "derivation": figure.derivation or None,
        "status": figure.status or None,
        "inputs": list(figure.inputs),
    }
