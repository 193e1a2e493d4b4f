"""What is installed: locked with hashes, within what is promised, and held against advisories without a network."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT = load(ROOT / ".ci" / "audit.py")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TESTED = {
    canonicalize_name(requirement.name): requirement
    for requirement in map(Requirement, [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["ci"]])
    if requirement.name != "hnf"
}


def test_every_requirement_is_locked_within_its_range() -> None:
    pins = AUDIT.locked()
    assert len(pins) > len(TESTED) > 15
    for name, requirement in TESTED.items():
        assert all(version in requirement.specifier for version in pins[name]), name


def test_every_locked_file_has_its_hash() -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / ".ci" / "locked.txt").read_text(encoding="utf-8").strip())
    assert len(entries) == sum(map(len, AUDIT.locked().values()))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lowest_versions_are_those_that_are_promised() -> None:
    pins = AUDIT.locked(ROOT / ".ci" / "lowest.txt")
    promised = {
        name: next(one.version for one in requirement.specifier if one.operator in (">=", "=="))
        for name, requirement in TESTED.items()
    }
    different = {name: (low, pins[name]) for name, low in promised.items() if not is_same(low, *pins[name])}
    assert different == {}


def is_same(promised: str, tested: str) -> bool:
    """Whether a version is the promised one, or fills it up: 3.1 promised, 3.1.0 tested."""
    return tested == promised or tested.startswith(f"{promised}.")


def advisory(id_: str, name: str, **affected: object) -> dict[str, object]:
    return {"id": id_, "summary": "Made up", "affected": [{"package": {"ecosystem": "PyPI", "name": name}, **affected}]}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    ranged = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}, {"introduced": "3.0"}]}]
    last = [{"type": "ECOSYSTEM", "events": [{"introduced": "1.5"}, {"last_affected": "1.9"}]}]
    commits = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    every = [
        advisory("A-1", "Some.Package", ranges=ranged),
        advisory("A-2", "some_package", versions=["2.5"]),
        advisory("A-3", "some-package", ranges=last),
        advisory("A-4", "some-package", ranges=commits),
        advisory("A-5", "another", ranges=ranged),
        {**advisory("A-6", "some-package", ranges=ranged), "withdrawn": "2026-01-01T00:00:00Z"},
    ]
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in every:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    return path


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.0", ["A-1"]), ("1.9", ["A-1", "A-3"]), ("2.0", []), ("2.5", ["A-2"]), ("3.1", ["A-1"]), ("1.10", ["A-1"])],
)
def test_an_advisory_is_found_by_its_range_or_by_version(export: Path, version: str, expected: list[str]) -> None:
    found = AUDIT.findings({"some-package": [version]}, export)
    assert [line.split()[2] for line in found] == expected


def test_an_export_that_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "all.zip"
    broken.write_bytes(b"PK no")
    monkeypatch.setattr("sys.argv", ["audit.py", str(broken)])
    assert AUDIT.main() == 2
    assert "cannot be read as an export" in capsys.readouterr().err
