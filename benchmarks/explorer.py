"""Measures the explorer in Chromium: seconds to the first picture, and to the next after a change of measure.

Each view is opened anew in each round, the views in turn, and the same measures are chosen in each. A picture is there
when the frame after it has been drawn, of charts by the library when that has drawn them. Needs Node.js, Chromium and
the packages of `tests/reporting/browser`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).resolve().parents[1] / "tests" / "reporting" / "browser" / "explore.mjs"
#: Views and how each calls the measure that is chosen.
VIEWS = {
    "map": "Measure", "rank": "Measure", "time": "Measure", "compare": "Measure", "against": "Measure, upwards",
    "place": "Basis of the funding",
}  # fmt: skip
#: Measures of several kinds, by their words.
MEASURES = ("plans", "within_20_weeks_pct", "block", "special_independent_pct", "requests")


def measure(rounds: int) -> dict[str, Any]:
    """Return the size of the page in megabytes, and by view a list of first pictures and one of changes, in seconds."""
    from hnf.explore.page import explorer
    from hnf.measures.register import find_measure
    from hnf.tables.store import Store
    from hnf.text import capital

    page = explorer(Store())
    words = [capital(find_measure(name).words) for name in MEASURES]
    steps = {view: [["choose", label, one] for one in words] for view, label in VIEWS.items()}
    runs = [
        {"start": f"#view={view}&areas=919,383", "steps": steps[view], "timed": True}
        for _ in range(rounds)
        for view in VIEWS
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "explore.html"
        file.write_text(page.html, encoding="utf-8")
        told = json.dumps({"file": str(file), "runs": runs})
        done = subprocess.run(["node", str(DRIVER)], input=told, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, list[float]]] = {view: {"first": [], "changes": []} for view in VIEWS}
    for place, one in enumerate(json.loads(done.stdout)):
        view = found[list(VIEWS)[place % len(VIEWS)]]
        view["first"].append(one["took"]["first"])
        view["changes"] += one["took"]["changes"]
    return {"megabytes": page.size / 1e6, "views": found}
