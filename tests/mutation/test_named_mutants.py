"""Mistakes that once passed every test: each is made in a copy of the package, and the oracles must notice.

That they hold where no mistake is made, the quick run of the tests shows: they are in it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from run import copy_repository, try_tests, write_module

#: Module, line as it is, line with the mistake, and the oracles that notice.
MISTAKES = {
    "the window of growth loses its last January": (
        "analysis/growth.py",
        "dates[0] <= year.january <= dates[1]",
        "dates[0] <= year.january < dates[1]",
        "need_and_funding",
    ),
    "the window of growth loses its last year": (
        "analysis/growth.py",
        "years = (inside[0], inside[-1])",
        "years = (inside[0], inside[-2])",
        "need_and_funding",
    ),
    "the rank from the top is one less in sentences": (
        "packs/content.py",
        "from_top = universe - rank + 1",
        "from_top = universe - rank",
        "claims_and_words",
    ),
    "the rank from the top is one less in claims": (
        "claims/search.py",
        "highest = 1 + sum(",
        "highest = sum(",
        "claims_and_words",
    ),
    "148th of 150 is counted without the one": (
        "claims/search.py",
        "reading.universe - round(said.value) + 1 ==",
        "reading.universe - round(said.value) ==",
        "claims_and_words",
    ),
    "pounds of the area cost adjustment are tripled": (
        "measures/rates.py",
        "pupils * (rate - lowest)",
        "3 * pupils * (rate - lowest)",
        "rates_and_ranks",
    ),
    "a symbol in a printed total is off by nothing": (
        "analysis/reconcile.py",
        "return math.inf if value is None else float(value)",
        "return 0.0 if value is None else float(value)",
        "block_and_rules",
    ),
    "a symbol in a printed row reconciles": (
        "analysis/reconcile.py",
        "difference.is_null() | ~(",
        "~(",
        "block_and_rules",
    ),
    "the largest remainder becomes the smallest": (
        "analysis/shares.py",
        "np.argsort(-(shares",
        "np.argsort((shares",
        "block_and_rules",
    ),
    "real terms are upside down": (
        "measures/prices.py",
        "self.prices[self.base].index / self.prices[year].index",
        "self.prices[year].index / self.prices[self.base].index",
        "need_and_funding",
    ),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of its tests."""
    return copy_repository(tmp_path_factory.mktemp("copy"))


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_oracles_notice(copied: Path, mistake: str) -> None:
    module, right, wrong, oracles = MISTAKES[mistake]
    path = copied / "hnf" / module
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1, "the line has changed: make the mistake in the line as it is now"
    write_module(path, text.replace(right, wrong))
    try:
        passed, failed = try_tests(copied, [f"tests/oracles/test_{oracles}.py"])
    finally:
        write_module(path, text)
    assert not passed
    assert failed.startswith("tests/oracles"), failed  # an assertion of theirs, not a module that cannot be imported
