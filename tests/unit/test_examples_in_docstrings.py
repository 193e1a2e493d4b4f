"""Every public function has an example in its docstring, and it gives what it says."""

from __future__ import annotations

import doctest
import inspect

import pytest

import hnf

FUNCTIONS = [name for name in hnf.__all__ if inspect.isfunction(getattr(hnf, name))]


#: Examples that write whole packs, which other tests of every run do too.
SLOW = ("build_constituency_pack", "build_pack")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in FUNCTIONS])
def test_the_example_of_a_public_function_runs(name, store, monkeypatch):
    monkeypatch.setattr(hnf, "Store", lambda: store)  # the tables are read once
    (found,) = doctest.DocTestFinder(recurse=False).find(getattr(hnf, name), name, module=False, globs={})
    assert found.examples, "an Examples section"
    printed: list[str] = []
    failed, _ = doctest.DocTestRunner().run(found, out=printed.append)
    assert failed == 0, "".join(printed)
