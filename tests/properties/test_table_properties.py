"""Tidy tables and counts: what is written is what is read, and a symbol never becomes a number."""

import contextlib
from pathlib import Path

import polars as pl
import pytest
from fixtures import made_up
from hypothesis import given, settings
from hypothesis import strategies as st

from hnf.errors import HnfError, SourceError, TableError
from hnf.results import Figure
from hnf.sources.build import to_csv, to_frame
from hnf.sources.places import Register
from hnf.sources.sen2 import load_release
from hnf.sources.workbooks import confined
from hnf.sources.workbooks.guard import cell_address
from hnf.sources.workbooks.read import open_workbook, read_csv
from hnf.tables.checks import check_table
from hnf.tables.schema import SYMBOLS, TABLES
from hnf.tables.store import Store, parse_table
from hnf.text import join_words
from hnf.years import January

REGISTER = Register(frozenset({"919"}), {}, {"london": "E12000007"})
COUNTS = st.one_of(
    st.integers(0, 10**7).map(lambda count: (str(count), count, "")),
    st.sampled_from(list(SYMBOLS)).map(lambda symbol: (symbol, None, symbol)),
)


def _extract(text: str) -> list[dict[str, object]]:
    rows = f"202526,National,,,{text}\n202526,Local authority,919,Herts,{text}\n"
    content = f"time_period,geographic_level,la_code,la_name,ehcplans\n{rows}".encode()
    source = made_up.source("e", "sen2_extract", "e", content, release="2026")
    return [row for row in load_release(source, content, REGISTER)["ehc_plans"] if row["la_code"]]


@given(COUNTS)
def test_a_suppressed_count_never_becomes_zero_on_the_whole_way(case: tuple[str, int | None, str]) -> None:
    printed, count, status = case
    rows = _extract(printed)
    frame = parse_table(TABLES["ehc_plans"], to_csv(to_frame(TABLES["ehc_plans"], rows)), "here")
    check_table("ehc_plans", frame)
    assert frame.select("count", "status").rows() == [(count, status)]


@given(st.text(alphabet=st.characters(exclude_characters='",\r\n', exclude_categories=["Cs"]), max_size=8))
def test_any_other_text_is_refused_and_never_guessed(text: str) -> None:
    if text in SYMBOLS or (text.isascii() and text.isdigit()):
        return
    with pytest.raises(SourceError, match=r"is neither a count nor a symbol|holds a NUL character"):
        _extract(text)


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=20))
def test_numbers_come_back_exactly(values: list[float]) -> None:
    row = {
        "financial_year": "2023-24",
        "edition": "2023-07-20",
        "geographic_level": "local_authority",
        "authority_type": "",
        "region_code": "",
        "term": "import_export",
        "letter": "D",
        "unit": "gbp",
        "status": "",
        "source_id": "s",
        "sheet": "t",
        "cell": "A1",
    }
    spec = TABLES["dsg_high_needs_block"]
    rows = [{**row, "la_code": str(number + 200), "value": value} for number, value in enumerate(values)]
    assert parse_table(spec, to_csv(to_frame(spec, rows)), "here")["value"].to_list() == values


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=30))
def test_text_with_any_letters_commas_quotes_or_lines_comes_back(text: str) -> None:
    spec = TABLES["constituencies"]
    row = dict.fromkeys(spec.columns, "x") | {"la_code": "919", "pcon_name": text}
    assert parse_table(spec, to_csv(to_frame(spec, [row])), "here")["pcon_name"].to_list() == [text]


@given(st.sampled_from(sorted(TABLES)), st.binary(max_size=300))
def test_any_bytes_make_a_table_or_one_clear_error(name: str, content: bytes) -> None:
    heading = ",".join(TABLES[name].columns).encode()
    for bytes_ in (content, heading + b"\n" + content):
        with contextlib.suppress(TableError):
            assert isinstance(parse_table(TABLES[name], bytes_, "here"), pl.DataFrame)


@settings(deadline=None)  # a process is started for each, which takes its time on a busy machine
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_as_a_workbook_or_csv(content: bytes) -> None:
    for attempt in (
        lambda: confined.read("f", content, ".*"),
        lambda: confined.read("f", b"PK\x03\x04" + content, ".*"),
        lambda: read_csv("f", content, ("a",)),
    ):
        with contextlib.suppress(HnfError):
            attempt()


@pytest.mark.slow
@given(st.binary(max_size=400))
@settings(deadline=None)  # it starts processes, and waits for them
def test_any_bytes_are_read_or_refused_in_a_process_of_their_own(content: bytes) -> None:
    for attempt in (lambda: open_workbook("f", content), lambda: open_workbook("f", b"PK\x03\x04" + content)):
        with contextlib.suppress(HnfError):
            attempt()


@given(st.integers(0, 30_000), st.integers(0, 2_000_000))
def test_cell_addresses_can_be_read_back(column: int, row: int) -> None:
    address = cell_address(row, column)
    letters = address.rstrip("0123456789")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    assert (number - 1, int(address[len(letters) :]) - 1) == (column, row)


@given(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=4))
def test_names_joined_in_prose(names: list[str]) -> None:
    joined = join_words(names)
    assert joined.replace(" and ", ", ").split(", ") == names


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_change_and_its_index_agree(start: int, end: int) -> None:
    from hnf.analysis.growth import Change

    ends = [Figure(f"plans:{n}", "", value, "count", "published") for n, value in enumerate((start, end))]
    change = Change("x", ends[0], ends[1], "growth:plans:1:2:x", (January(2015), January(2016)))
    if start == 0:
        assert change.change_pct is None
        return
    assert change.change_pct == pytest.approx((end - start) / start * 100, abs=1e-9)
    assert change.index_figure().value == pytest.approx(end / start * 100)


def test_the_store_of_a_folder_reads_what_was_written(tmp_path: Path, store: Store) -> None:
    for name in TABLES:
        (tmp_path / f"{name}.csv").write_bytes(to_csv(store.table(name)))
        assert store.hashes()[name] == Store(tmp_path).hashes()[name], name
