"""`hnf claims`: one JSON object, exit codes, tables that fit 80 columns, and one line for every bad file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
GOOD = '[[claim]]\nid = "a"\ntext = "Made up"\nkind = 2\nauthority = "919"\nvalue = 3\nunit = "rank"\n'


def test_check_contract(hnf: Run) -> None:
    answer = hnf("claims", "check", "Hertfordshire is third lowest of 151", "--format", "json")
    assert answer.code == 0
    (claim,) = answer.json["claims"]
    assert claim["verdict"] == "holds only on"
    assert {"text", "verdict", "supporting", "contradicting"} <= set(claim)
    assert {"year", "measure", "per", "population", "value"} <= set(claim["supporting"][0])
    assert answer.json["verdicts"]["holds only on"] == 1


def test_who_names_the_authority(hnf: Run) -> None:
    answer = hnf("claims", "check", "third lowest of 151", "--who", "herts", "--format", "json")
    assert answer.json["claims"][0]["about"] == "Hertfordshire"


def test_what_cannot_be_reproduced_exits_1_after_its_answer(hnf: Run) -> None:
    answer = hnf("claims", "check", "EHC plans in Kent rose by 500% from 2015 to 2024")
    assert answer.code == 1
    assert answer.out.startswith("Verdict: cannot be reproduced")
    assert "1 claim cannot be reproduced" in answer.err


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_the_shipped_claims_are_listed(hnf: Run, output: str) -> None:
    answer = hnf("claims", "list", "--format", output)
    assert answer.code == 0
    assert "was true, now stale" in answer.out
    if output == "table":
        assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_a_table_fits_80_columns(hnf: Run) -> None:
    for text in ("Hertfordshire is third lowest of 151", "plans in Kent up 500% since 2015", "a postcode lottery"):
        answer = hnf("claims", "check", text)
        assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_a_file_of_claims(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + '[[claim]]\nid = "b"\ntext = "EHC plans in Kent rose by 182% from 2015 to 2024"\n')
    answer = hnf("claims", "check", path, "--format", "json")
    assert answer.code == 0
    assert [claim["verdict"] for claim in answer.json["claims"]] == ["holds only on", "holds"]
    assert hnf("claims", "check", path, "--who", "Kent").code == 2


BAD = [
    ("claim = 3", "holds no [[claim]]"),
    ("[[claim", "is not TOML"),
    ("title = 1\n" + GOOD, "unknown key 'title'"),
    (GOOD.replace('unit = "rank"', 'unit = "pct"'), "a claim of kind 2 has unit 'pct'. It may be rank."),
    (GOOD.replace("value = 3", "value = true"), "'value' is not a number"),
    (GOOD.replace("value = 3", "value = nan"), "'value' is not a number"),
    (GOOD.replace("value = 3\n", ""), "'value' is missing"),
    (GOOD.replace("kind = 2", "kind = 9"), "'kind' is '9'. It may be 1, 2"),
    (GOOD.replace("kind = 2\n", ""), "'kind' is missing"),
    (GOOD.replace("919", "Hertfordshir"), "no authority is called 'Hertfordshir'"),
    (GOOD + "colour = 1", "unknown key 'colour'. Keys are"),
    (GOOD + 'year = "2023-25"', "is not a financial year. Write year"),
    (GOOD + "from = 15", "'from' is not a year"),
    (GOOD + "from = 2020\nto = 2015", "'from' is not before 'to'"),
    (GOOD + "tolerance = -1", "'tolerance' is below zero"),
    (GOOD + "needs = [1]", "'needs' is not a list of texts"),
    (GOOD + "universe = 1.5", "'universe' is not a whole number"),
    (GOOD + 'when = "soon"', "'when' is 'soon'"),
    (GOOD + GOOD, "two claims have the id 'a'"),
    ('[[claim]]\nid = "a"', "'text' is missing"),
    ("claim = [1]", "is not a table"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_file_gets_one_line(hnf: Run, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content)
    answer = hnf("claims", "check", path)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_files_that_cannot_be_read(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not text in UTF-8" in hnf("claims", "check", path).err
    path.write_bytes(b"#" * 1_000_001)
    assert "larger than 1,000,000 bytes" in hnf("claims", "check", path).err
    missing = hnf("claims", "check", tmp_path / "none.toml")
    assert (missing.code, "there is no such file" in missing.err) == (2, True)
