"""`import hnf` offers the public names, each importable, and loads none of them before it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import hnf

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", [name for name in hnf.__all__ if name != "__version__"])
def test_every_public_name_can_be_had_and_says_what_it_is(name):
    value = getattr(hnf, name)
    assert value.__name__ == name
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'ranks'"):
        _ = hnf.ranks


def test_the_list_of_names_is_whole():
    assert set(hnf.__all__) == {*hnf._HOMES, "__version__"}
    assert dir(hnf) == sorted(hnf.__all__)


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, hnf; print(sorted({'polars', 'typer', 'numpy', 'typing', 'json'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_the_readme_example_runs():
    spec = hnf.RateSpec(hnf.FinancialYear.parse("2023-24"), "nff", "pupil")
    lowest = hnf.rank(hnf.Store(), spec).to_polars().head(3)
    # Hertfordshire is third lowest of 151 on this basis (FIELD.md).
    assert lowest["la_name"].to_list()[2] == "Hertfordshire"
