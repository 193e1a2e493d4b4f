"""The page about limits says what the code enforces, and no code is made from text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import hnf
from hnf.formula import printed
from hnf.sources import sheets

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_has_every_limit_with_its_value():
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    stated = {name: int(value.replace(",", "")) for value, name in re.findall(r"\| ([\d,]+) \| .*?`(MAX_\w+)`", page)}
    enforced = {
        name: value
        for module in (sheets, printed)
        for name, value in vars(module).items()
        if name.startswith("MAX_") and isinstance(value, int)
    }
    assert stated == enforced
    assert len(stated) >= 6


def test_no_text_is_run_as_code():
    banned = {"eval", "exec", "compile", "__import__"}
    looked = 0
    for path in Path(hnf.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in banned, path
                looked += 1
    assert looked > 1000
