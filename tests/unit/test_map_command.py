"""`hnf map`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hnf.measures.rates import RateSpec, rate_table
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]


def test_json_lists_every_authority_with_square_value_and_class(hnf: Run, store: Store) -> None:
    answer = hnf("map", "--year", "2023-24", "--measure", "nff", "--highlight", "Hertfordshire", "--format", "json")
    found = answer.json
    assert answer.code == 0
    tiles = {tile["la_code"]: tile for tile in found["tiles"]}
    assert len(tiles) == 153
    rates = rate_table(store, RateSpec(FinancialYear(2023), "nff")).values
    assert {code: tile["value"] for code, tile in tiles.items() if tile["value"] is not None} == rates
    assert len({(tile["column"], tile["row"]) for tile in tiles.values()}) == 153
    for tile in tiles.values():
        if tile["class"] is not None:
            limits = found["classes"][tile["class"] - 1]
            assert limits["lowest"] <= tile["value"] <= limits["highest"]
    assert tiles["919"]["class"] == 1
    assert [code for code, tile in tiles.items() if tile["highlighted"]] == ["919"]
    assert tiles["201"]["reason"] == "not in DfE's tables of 2023-24"


def test_csv_has_a_line_an_authority(hnf: Run) -> None:
    answer = hnf("map", "--growth", "--from", "2015", "--to", "2024", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert len(rows) == 153
    assert {row["la_name"]: row["figure_is_for"] for row in rows}["Cumberland"] == "the former Cumbria area"


def test_the_text_map_fits_80_columns_and_says_classes_in_digits(hnf: Run) -> None:
    answer = hnf("map", "--year", "2023-24", "--highlight", "919", "--highlight", "Isle of Wight")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines if line[:2].strip().isdigit()]
    squares = [sign for row in rows for sign in row[1:] if sign.strip("[]") in {*"12345", "x"}]
    assert len([row for row in rows if len(row[0]) <= 2]) >= 20
    assert sum(sign.startswith("[") for sign in squares) == 2
    assert "[Hertfordshire]" in answer.out
    assert "£690, fifth 1." in answer.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--year", "2023-24", "--growth"), "Give --year FY, or --growth"),
        (("--year", "2023-24", "--highlight", "Cumbria"), "Cumbria has no square"),
        (("--year", "2023-24", "--highlight", "Atlantis"), "no authority is called"),
        (("--growth", "--from", "2024", "--to", "2024"), "not after"),
        (("--year", "2031-32"), "2031-32"),
        (("--year", "2023-24", "--chart", "map.gif"), "a chart is written as .svg or .png"),
    ],
)
def test_bad_input_gets_one_line(hnf: Run, arguments: tuple[str, ...], message: str) -> None:
    answer = hnf("map", *arguments)
    assert answer.code == 2
    assert message in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert answer.out == ""


def test_the_map_is_written_to_a_file(hnf: Run, tmp_path: Path) -> None:
    for name, start in (("map.svg", b"<?xml"), ("map.png", b"\x89PNG")):
        assert hnf("map", "--year", "2022-23", "--per", "pupil", "--chart", tmp_path / name).code == 0
        assert (tmp_path / name).read_bytes().startswith(start)


def test_a_table_of_tiles_that_is_missing_is_named(hnf: Run, tables: Path) -> None:
    (tables / "tiles.csv").unlink()
    answer = hnf("map", "--year", "2023-24", "--data", tables)
    assert answer.code == 2
    assert "cannot read the table tiles" in answer.err
