"""Write `docs/stages.svg` from the table of `docs/stages.md`: `python docs/render_stages.py`."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
#: Stages beside the flow from published files to commands; the first is used by all others.
BESIDE = {"hnf.release", "hnf.fetch", "hnf.ingest", "hnf.export"}
WIDTH, ROW, BOX, NAMES = 860, 44, 32, 200
STYLE = """
  svg { color-scheme: light dark; font-family: 'Source Sans 3', 'Segoe UI', Arial, sans-serif; font-size: 14px }
  .page { fill: #ffffff } .box { fill: #eef3f8; stroke: #1d4f7c } .beside { stroke-dasharray: 4 3 }
  .name { fill: #10283f; font-weight: 600 } .words { fill: #222222 }
  .flow { stroke: #1d4f7c; fill: none; stroke-width: 1.5 }
  .tip { fill: #1d4f7c }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14181d } .box { fill: #1f2c3a; stroke: #8fbbe6 } .name { fill: #e6f0fa } .words { fill: #dddddd }
    .flow { stroke: #8fbbe6 } .tip { fill: #8fbbe6 }
  }
"""


def stages() -> list[tuple[tuple[str, ...], str]]:
    """Return the modules of each stage and what is done there, in order."""
    page = (DOCS / "stages.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*`) \| (.+) \|$", page, flags=re.MULTILINE)
    return [(tuple(re.findall(r"`([^`]+)`", names)), words) for names, words in rows]


def name_of(modules: tuple[str, ...]) -> str:
    """Return what the box of a stage is called: the folder, or what its modules have in common."""
    if len(modules) == 1:
        return modules[0].removeprefix("hnf.").replace(".", " / ")
    common = modules[0].split(".")[1]
    return f"{common}: reading" if all(name.startswith(f"hnf.{common}.") for name in modules) else "for every stage"


def svg() -> str:
    """Return the picture: a box a stage with its sentence beside it, arrows between those that follow each other."""
    found = stages()
    height = ROW * (len(found) + 1) + 20
    lines, last = [], None
    for number, (modules, words) in enumerate(
        [(("published files",), "Workbooks and CSV files as published."), *found]
    ):
        beside = modules[0] in BESIDE
        x, y = 20 + 60 * beside, 12 + ROW * number
        middle = y + BOX / 2
        if beside:
            lines.append(f'<path class="flow" d="M36 {middle} H{x}"/>')
        if number:
            start = last if last is not None else y
            lines.append(f'<path class="flow" d="M36 {start} V{middle if beside else y - 5}"/>')
            if not beside:
                lines.append(f'<path class="tip" d="M36 {y} l-4 -7 h8 z"/>')
        last = middle if beside else y + BOX
        kind = "box beside" if beside else "box"
        lines.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{NAMES - 60 * beside}" height="{BOX}" rx="4"/>')
        lines.append(
            f'<text class="name" x="{x + 34 - 20 * beside}" y="{middle + 5}">{escape(name_of(modules))}</text>'
        )
        lines.append(f'<text class="words" x="{NAMES + 40}" y="{middle + 5}">{escape(words)}</text>')
    title = "The stages of hnf, in the order in which figures flow from published files to commands"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{title}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="page" width="{WIDTH}" height="{height}"/>\n' + "\n".join(lines) + "\n</svg>\n"
    )


if __name__ == "__main__":
    (DOCS / "stages.svg").write_text(svg(), encoding="utf-8")
