"""Make the pictures of `docs/packs-before-and-after.md`: `python docs/render_packs.py after`.

Eight packs for members are written and their pages drawn at full size (96 dots an inch; `pdftoppm` of poppler is
needed). The pictures under `before` were made by this script from the packs of the commit that the page names.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from hnf.formats.pdf import render_pdf
from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
from hnf.packs.content import Pack
from hnf.tables.store import Store

FOLDER = Path(__file__).parent / "packs"
AUTHORITIES = ("Hertfordshire", "Leeds", "Westminster", "Cumberland", "Isle of Wight")
REGIONS = ("South West",)
CONSTITUENCIES = ("Penrith and Solway", "Cities of London and Westminster")
#: Grey levels and colours that a page needs: few, so that the pictures stay small.
COLOURS = 96


def packs(store: Store) -> dict[str, Pack]:
    """Build the packs by the name of their pictures."""
    found = {name: build_pack(store, name, "mp") for name in AUTHORITIES}
    found |= {name: build_region_pack(store, name, "mp") for name in REGIONS}
    found |= {name: build_constituency_pack(store, name, "mp") for name in CONSTITUENCIES}
    return {name.lower().replace(" ", "-"): pack for name, pack in found.items()}


def draw(pdf: bytes, name: str, folder: Path) -> None:
    """Write a picture of each page of a PDF."""
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "pack.pdf"
        path.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "96", "-png", str(path), f"{kept}/page"], check=True)  # noqa: S603, S607
        for number, page in enumerate(sorted(Path(kept).glob("page*.png")), 1):
            with Image.open(page) as picture:
                picture.convert("RGB").quantize(COLOURS).save(folder / f"{name}-{number}.png", optimize=True)


if __name__ == "__main__":
    where = FOLDER / sys.argv[1]
    where.mkdir(parents=True, exist_ok=True)
    for title, pack in packs(Store()).items():
        draw(render_pdf(pack), title, where)
