"""Runs the notebooks and writes what they show as pages of the site: `python docs/render_notebooks.py`.

The notebooks themselves are kept without output. Choices by widgets show their first value; answers of hnf are tables.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS, PAGES = ROOT / "notebooks", ROOT / "docs" / "notebooks"
_SECONDS = 120
_WIDGET = "application/vnd.jupyter.widget-view+json"
#: What steers a terminal, and names of temporary folders, which differ from run to run.
_STEERING = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TEMPORARY = re.compile(r"/tmp/[A-Za-z0-9_]+")  # noqa: S108 - is looked for, not written to


def page_of(path: Path) -> Path:
    """Return the page of a notebook."""
    return PAGES / f"{path.stem}.md"


def shown(output: dict[str, Any], stem: str, pictures: list[bytes]) -> str:
    """Return an output as Markdown; pictures are collected."""
    data = output.get("data", {})
    if "image/png" in data:
        pictures.append(base64.b64decode(data["image/png"]))
        return f"![Picture {len(pictures)} of the notebook]({stem}-{len(pictures)}.png)"
    if _WIDGET in data:
        return ""
    text = data.get("text/markdown")
    if text:
        return str(text)
    plain = output.get("text") or data.get("text/plain") or ""
    if "".join(plain).startswith("<hnf "):
        return str(data["text/html"])
    plain = _TEMPORARY.sub("…", _STEERING.sub("", "".join(plain))).rstrip()
    return f"```text\n{plain}\n```" if plain else ""


def render(path: Path) -> None:
    """Run one notebook and write its page with its pictures."""
    book = nbformat.read(path, 4)
    NotebookClient(book, timeout=_SECONDS, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    parts: list[str] = []
    pictures: list[bytes] = []
    for cell in book.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [shown(output, path.stem, pictures) for output in cell.get("outputs", [])]
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob(f"{path.stem}-*.png"):
        old.unlink()
    page_of(path).write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    for number, picture in enumerate(pictures, start=1):
        (PAGES / f"{path.stem}-{number}.png").write_bytes(picture)


def main() -> None:
    """Render all of them."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        render(path)


if __name__ == "__main__":
    main()
