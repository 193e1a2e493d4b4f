"""Make the picture of the explorer in the README: `python docs/render_explorer.py` (Chromium is needed)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from hnf.explore.page import explorer
from hnf.tables.store import Store

PICTURE = Path(__file__).parent / "explorer.png"
VIEW = "#view=map&measure=block_per_pupil&areas=919"
SIZE = "1100,1265"
#: Colours that the picture needs: few, so that it stays small.
COLOURS = 128

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as kept:
        page, picture = Path(kept) / "explore.html", Path(kept) / "explore.png"
        page.write_text(explorer(Store()).html, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=5000"]
        shot = [f"--window-size={SIZE}", f"--screenshot={picture}", f"{page.as_uri()}{VIEW}"]
        subprocess.run(["chromium", *options, *shot], check=True)  # noqa: S603, S607
        with Image.open(picture) as found:
            found.convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)
