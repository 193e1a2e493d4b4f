from __future__ import annotations

import subprocess
import sys

import pytest

from hnf.packs.content import MINUS, MISSING, Cell, ColumnKind, gbp_words, print_cell, print_figure
from hnf.results import Figure


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (63_123_456.4, "gbp", "£63,123,456"),
        (-3000, "gbp", f"{MINUS}£3,000"),
        (-0.4, "gbp", "£0"),
        (0, "gbp", "£0"),
        (1234.5, "rate", "£1,235"),
        (2.734, "rate", "£2.73"),
        (11.0, "rate", "£11"),
        (12920, "count", "12,920"),
        (1.25, "pct", "1.3%"),
        (2.5, "count", "3"),
        (-0.04, "pct", "0.0%"),
        (3, "rank", "3"),
        (1000, "rank", "1000"),
        (100, "index", "100.0"),
        ("2023-24", "text", "2023-24"),
        (2024, "text", "2024"),
        ("c", "gbp", "c"),
    ],
)
def test_a_cell_is_printed_as_its_kind(value: Cell, kind: ColumnKind, text: str) -> None:
    assert print_cell(value, kind) == text


@pytest.mark.parametrize("kind", ["text", "gbp", "rate", "count", "pct", "rank", "index"])
@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_missing_value_is_a_symbol_and_never_zero(value: Cell, kind: ColumnKind) -> None:
    assert print_cell(value, kind) == MISSING


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (47_361_204.5, "£47.4 million"),
        (46_000_000, "£46 million"),
        (1_440_000_000, "£1.44 billion"),
        (950_000, "£950,000"),
        (999_999.6, "£1 million"),
        (999_950_001, "£1 billion"),
        (999_949_999, "£999.9 million"),
        (-3_040_000, f"{MINUS}£3 million"),
        (-0.4, "£0"),
        (265, "£265"),
        (None, MISSING),
    ],
)
def test_pounds_in_words_follow_gov_uk(value: float | None, words: str) -> None:
    assert gbp_words(value) == words


def test_a_figure_is_printed_with_its_unit_or_the_reason_it_has_none() -> None:
    assert print_figure(Figure("a:b", "", 963.5, "gbp_per_pupil", "derived")) == "£964 per pupil"
    assert print_figure(Figure("a:b", "", 0.2534, "share", "derived")) == "25.3%"
    assert print_figure(Figure("a:b", "", None, "count", "published", status="suppressed")) == f"{MISSING} suppressed"


def test_content_imports_nothing_heavy() -> None:
    code = (
        "import sys, hnf.packs.content;"
        "print([name for name in ('matplotlib', 'gptables', 'pandas', 'polars', 'jinja2') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
