"""Tables of the user's own are checked in full; builds replace a folder as a whole or not at all."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures import made_up

from hnf.errors import SourceError, TableError
from hnf.paths import data_folder
from hnf.sources import build as build_module
from hnf.sources.build import build
from hnf.sources.catalogue import load_catalogue, verify_sources
from hnf.tables.schema import TABLES
from hnf.tables.store import Store

BLOCK = "dsg_high_needs_block"
TOTAL_919 = "2023-24,2023-07-20,local_authority,,,919,total_before_deductions,I,180432328,gbp,,"


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / f"{name}.csv"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return apply


def append(name: str, line: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        with (folder / f"{name}.csv").open("a") as file:
            file.write(line + "\n")

    return apply


ROW = TOTAL_919 + "dsg_2023_24,High_needs_block,K141"
BAD_TABLES: list[tuple[str, str, Callable[[Path], None], str]] = [
    (
        "missing",
        BLOCK,
        lambda f: (f / f"{BLOCK}.csv").unlink(),
        "cannot read the table dsg_high_needs_block: No such file",
    ),
    ("empty file", BLOCK, lambda f: (f / f"{BLOCK}.csv").write_text("") and None, "missing financial_year, edition"),
    ("heading", BLOCK, change(BLOCK, "financial_year,", "year,"), "missing financial_year; unknown year"),
    (
        "order",
        BLOCK,
        change(BLOCK, "financial_year,edition", "edition,financial_year"),
        "columns .* are not as declared",
    ),
    ("text", BLOCK, change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328", "n/a")), "not of its column's type.*n/a"),
    ("not a number", BLOCK, change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328", "NaN")), r"rule 'value\|nan'.*919"),
    ("infinity", BLOCK, change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328", "inf")), r"rule 'value\|inf'"),
    ("gap", BLOCK, change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328", "")), "missing value without a symbol.*919"),
    (
        "symbol and number",
        BLOCK,
        change(BLOCK, TOTAL_919, TOTAL_919[:-1] + "x,"),
        "missing value without a symbol, or both",
    ),
    (
        "unknown symbol",
        BLOCK,
        change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328,gbp,", ",gbp,?")),
        r"status\|check",
    ),
    ("unknown unit", BLOCK, change(BLOCK, TOTAL_919, TOTAL_919.replace("gbp", "usd")), r"rule 'unit\|check'"),
    ("unknown term", BLOCK, change(BLOCK, "919,total_before_deductions", "919,total"), r"rule 'term\|regex'"),
    (
        "key twice",
        BLOCK,
        append(BLOCK, ROW),
        "2 rows of dsg_high_needs_block break the rule 'primary_key', such as 2023-24",
    ),
    (
        "code unknown",
        BLOCK,
        change(BLOCK, ROW, ROW.replace(",919,", ",999,")),
        "la_code 999 is not in the table of author",
    ),
    ("code malformed", BLOCK, change(BLOCK, ROW, ROW.replace(",919,", ",91,")), r"rule 'la_code\|regex'"),
    ("year malformed", BLOCK, append(BLOCK, ROW.replace("2023-24", "2023")), r"rule 'financial_year\|regex'"),
    ("short row", BLOCK, append(BLOCK, "2023-24,x"), "1 rows of dsg_high_needs_block break the rule"),
    ("long row", BLOCK, append(BLOCK, ROW + ",more"), "not of its column's type"),
    ("negative count", "ehc_plans", change("ehc_plans", ",total,total,17,", ",total,total,-17,"), r"rule 'count\|min'"),
    (
        "half a plan",
        "ehc_plans",
        change("ehc_plans", ",total,total,17,", ",total,total,17.5,"),
        "not of its column's type",
    ),
    (
        "neighbour unknown",
        "neighbours",
        change("neighbours", "201,1,207", "201,1,199"),
        "neighbour_la_code 199 is not in",
    ),
    (
        "successor unknown",
        "authorities",
        change("authorities", "942|943", "942|999"),
        "successors 999 is not in the table",
    ),
]


@pytest.mark.parametrize(
    ("table", "apply", "message"), [bad[1:] for bad in BAD_TABLES], ids=[bad[0] for bad in BAD_TABLES]
)
def test_a_bad_table_is_refused_with_its_file(
    tables: Path, table: str, apply: Callable[[Path], None], message: str
) -> None:
    apply(tables)
    with pytest.raises(TableError) as caught:
        Store(tables).table(table)
    line = caught.value.line()
    assert line.startswith(f"{tables / table}.csv: ")
    assert re.search(message, line), line


def test_bytes_that_are_no_text_are_refused(tables: Path) -> None:
    for content in (bytes(range(256)), (tables / "prices.csv").read_bytes() + b"\xff\xfe\n"):
        (tables / "prices.csv").write_bytes(content)
        with pytest.raises(TableError, match=r"prices\.csv"):
            Store(tables).table("prices")


def test_line_ends_and_byte_order_mark_of_other_programs_do_no_harm(tables: Path, store: Store) -> None:
    path = tables / "prices.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Store(tables).table("prices").equals(store.table("prices"))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"nowhere: there is no such folder of tidy tables\. Give --data the folder"):
        Store(tmp_path / "nowhere")


def test_an_empty_cell_of_text_is_empty_text_and_a_missing_number_is_none(store: Store) -> None:
    rows = store.table("ehc_plans").filter(store.table("ehc_plans")["status"] == "x")
    assert rows.height
    assert rows["count"].null_count() == rows.height
    for name, spec in TABLES.items():
        for field in spec.fields:
            if field.type == "string":
                assert store.table(name)[field.name].null_count() == 0


def test_answers_of_a_store_are_its_own(tables: Path, store: Store) -> None:
    change(BLOCK, TOTAL_919, TOTAL_919.replace("180432328", "1"))(tables)
    from hnf.measures.rates import RateSpec, rate_table
    from hnf.years import FinancialYear

    spec = RateSpec(FinancialYear(2023), "block", "none")
    assert rate_table(Store(tables), spec).values["919"] == 1
    assert rate_table(store, spec).values["919"] == 180_432_328


class TestBuild:
    """Building from a made-up folder of raw files."""

    @pytest.fixture
    def raw_made_up(self, tmp_path: Path) -> Path:
        folder = tmp_path / "raw"
        folder.mkdir()
        return folder

    def test_two_builds_give_the_same_bytes(self, store: Store, raw_made_up: Path, tmp_path: Path) -> None:
        sources = made_up.raw_folder(store, raw_made_up)
        told: list[str] = []
        build(raw_made_up, tmp_path / "one", sources, told.append)
        assert told == [source.id for source in sources]
        build(raw_made_up, tmp_path / "two", tuple(reversed(sources)))
        assert contents(tmp_path / "one") == contents(tmp_path / "two") | {
            "datapackage.json": (tmp_path / "one" / "datapackage.json").read_bytes()
        }
        build(raw_made_up, tmp_path / "two", sources)  # over an existing folder
        assert contents(tmp_path / "one") == contents(tmp_path / "two")
        assert sorted(contents(tmp_path / "one")) == sorted(
            [*[f"{n}.csv" for n in TABLES], "EDITION", "datapackage.json"]
        )
        assert b"\r" not in contents(tmp_path / "one")["prices.csv"]

    def test_the_tables_can_be_used_at_once(self, store: Store, raw_made_up: Path, tmp_path: Path) -> None:
        build(raw_made_up, tmp_path / "out", made_up.raw_folder(store, raw_made_up))
        from hnf.analysis.reconcile import reconcile

        (found,) = reconcile(Store(tmp_path / "out"))
        assert (str(found.year), found.status, found.authorities) == ("2024-25", "reproduced", 151)

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            ("ons", b"300,10", b"300,ten", "ons, cell D2: 'ten' is not a number"),
            ("extract", b",x\n", b",\n", "extract, line 4, ehcplans: '' is neither"),
            ("extract", b"202526,Local authority", b"202526,Regional", "region '' is not in the register"),
            ("prices", b",outturn", b",guess", "'2024-25', 'guess' is there twice, or not written so"),
            (
                "prices",
                b"Made up,outturn\n",
                b"Made up,outturn\n2024-25,99,2024-25,Made up,outturn\n",
                "is there twice",
            ),
            ("lookup", b"919 / 921", b"919 / 919", "Two Places is in 919 / 919 and in Two Places"),
            ("dsg", b"PK", b"XX", "dsg: not a readable workbook"),
        ],
    )
    def test_a_failed_build_leaves_the_old_folder_as_it_was(  # noqa: PLR0917
        self, store: Store, raw_made_up: Path, tmp_path: Path, name: str, old: bytes, new: bytes, message: str
    ) -> None:
        out = tmp_path / "out"
        build(raw_made_up, out, made_up.raw_folder(store, raw_made_up))
        before = contents(out)

        def change_one(file: str, content: bytes) -> bytes:
            assert file != name or old in content
            return content.replace(old, new, 1) if file == name else content

        sources = made_up.raw_folder(store, raw_made_up, change_one)
        with pytest.raises((SourceError, TableError)) as caught:
            build(raw_made_up, out, sources)
        assert message in caught.value.line()
        assert contents(out) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]

    @pytest.mark.parametrize("when", ["first", "last"])
    def test_a_build_that_is_killed_leaves_the_old_folder_as_it_was(
        self, store: Store, raw_made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        out = tmp_path / "out"
        sources = made_up.raw_folder(store, raw_made_up)
        build(raw_made_up, out, sources)
        before = contents(out)
        write, replace = Path.write_bytes, Path.replace

        def killed(path: Path, *_: object) -> None:
            if when == "first":
                write(path, b"half")
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "write_bytes" if when == "first" else "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            build(raw_made_up, out, sources)
        monkeypatch.undo()
        assert (write, replace) == (Path.write_bytes, Path.replace)
        assert contents(out) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]

    def test_a_build_cut_off_between_two_renames_is_mended_by_the_next(
        self, store: Store, raw_made_up: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        sources = made_up.raw_folder(store, raw_made_up)
        build(raw_made_up, out, sources)
        out.rename(tmp_path / ".out.hnf-old")
        build(raw_made_up, out, sources)
        assert contents(out)
        assert not (tmp_path / ".out.hnf-old").exists()

    def test_a_folder_that_cannot_be_written(self, store: Store, raw_made_up: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(TableError, match=r"cannot write: .* Choose another place or free some space"):
            build(raw_made_up, tmp_path / "file" / "out", made_up.raw_folder(store, raw_made_up))

    def test_a_changed_byte_a_missing_file_and_a_folder_that_is_not_there(
        self, store: Store, raw_made_up: Path, tmp_path: Path
    ) -> None:
        sources = made_up.raw_folder(store, raw_made_up)
        assert {row["status"] for row in verify_sources(raw_made_up, sources)} == {"ok"}
        path = raw_made_up / "prices"
        path.write_bytes(path.read_bytes().replace(b"100", b"101"))
        with pytest.raises(
            SourceError,
            match=r"prices: prices is not the catalogued file: expected \d+ bytes with sha256 .*, found \d+ bytes with"
            r".*newer edition.*fetch it afresh",
        ):
            build(raw_made_up, tmp_path / "out", sources)
        assert [row["id"] for row in verify_sources(raw_made_up, sources) if row["status"] == "wrong"] == ["prices"]
        path.unlink()
        with pytest.raises(
            SourceError, match=r"prices: cannot read prices: No such file .*Get it from https://example.org"
        ):
            build(raw_made_up, tmp_path / "out", sources)
        assert not (tmp_path / "out").exists()
        with pytest.raises(SourceError, match=r"nowhere: there is no such folder\. Give --raw the folder"):
            verify_sources(tmp_path / "nowhere", sources)

    def test_a_layout_nobody_loads_and_a_register_twice(self, store: Store, raw_made_up: Path, tmp_path: Path) -> None:
        sources = made_up.raw_folder(store, raw_made_up)
        (raw_made_up / "new").write_bytes(b"x")
        new = made_up.source("new", "magic", "new", b"x")
        with pytest.raises(
            SourceError,
            match=r"new: no loader is called 'magic'\. Loaders are benchmarking_tool, boundaries, .*dsg_w",
        ):
            build(raw_made_up, tmp_path / "out", (*sources, new))
        with pytest.raises(SourceError, match="the catalogue has 2 sources of layout 'las' where it needs one"):
            build(raw_made_up, tmp_path / "out", (*sources, made_up.source("las2", "las", "new", b"x")))

    def test_a_table_that_lost_an_authority_of_the_register_stops_the_build(
        self, store: Store, raw_made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The tables are checked together: a code that only the register lacks is found."""
        sources = made_up.raw_folder(store, raw_made_up)
        load = build_module.load_authorities
        monkeypatch.setattr(
            build_module, "load_authorities", lambda *args: [r for r in load(*args) if r["la_code"] != "928"]
        )
        with pytest.raises(TableError, match="predecessors 928 is not in the table of authorities"):
            build(raw_made_up, tmp_path / "out", sources)


class TestCatalogue:
    """`data/sources.toml`."""

    def test_every_entry_is_complete_and_names_its_tables(self) -> None:
        sources = load_catalogue()
        assert len(sources) > 20
        for source in sources:
            assert re.fullmatch(r"[0-9a-f]{64}", source.sha256), source.id
            assert source.size > 0
            assert source.page.startswith("https://"), source.id
            assert set(source.feeds) <= set(TABLES), source.id
            assert (source.layout == "none") == (not source.feeds), source.id
        assert {table for source in sources for table in source.feeds} >= set(TABLES) - {"ehc_plans_by_age"}
        assert len({source.sha256 for source in sources}) == len(sources)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "the catalogue lists no source"),
            ("[[source]]\nid = 1\nid = 2\n", "cannot read the catalogue"),
            ('[[source]]\nid = "a"\n', "source 'a' lacks path, publisher, title"),
        ],
    )
    def test_a_catalogue_not_as_described(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "sources.toml"
        path.write_text(text)
        with pytest.raises(SourceError, match=message):
            load_catalogue(path)
        with pytest.raises(SourceError, match="cannot read the catalogue"):
            load_catalogue(tmp_path / "none.toml")

    def test_two_entries_of_one_id(self, tmp_path: Path) -> None:
        text = (data_folder() / "sources.toml").read_text()
        path = tmp_path / "sources.toml"
        path.write_text(text.replace('id = "dsg_2020_21"', 'id = "dsg_2019_20"', 1))
        with pytest.raises(SourceError, match="two entries share the id dsg_2019_20"):
            load_catalogue(path)


@pytest.mark.raw
class TestPublishedFiles:
    """The published files themselves."""

    def test_they_are_the_catalogued_ones(self, raw: Path) -> None:
        rows = verify_sources(raw, load_catalogue())
        assert len(rows) == len(load_catalogue())
        assert [row["id"] for row in rows if row["status"] != "ok"] == []

    def test_a_build_gives_the_shipped_tables_byte_for_byte(self, raw: Path, tmp_path: Path) -> None:
        build(raw, tmp_path / "one")
        build(raw, tmp_path / "two")
        assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(data_folder() / "tidy")

    def test_four_of_the_five_workbooks_lack_the_mimetype_member(self, raw: Path) -> None:
        import zipfile

        lacking = []
        for source in load_catalogue():
            if source.layout == "dsg_workbook" and source.path.endswith(".ods"):
                with zipfile.ZipFile(raw / source.path) as archive:
                    lacking += [source.id] if "mimetype" not in archive.namelist() else []
        assert lacking == ["dsg_2020_21", "dsg_2021_22", "dsg_2022_23", "dsg_2023_24"]

    def test_a_changed_byte_is_noticed(self, raw: Path, tmp_path: Path) -> None:
        source = next(source for source in load_catalogue() if source.id == "gdp_deflators_2026_06")
        copy = tmp_path / source.path
        copy.parent.mkdir(parents=True)
        shutil.copy(raw / source.path, copy)
        copy.write_bytes(copy.read_bytes()[:-1] + b" ")
        with pytest.raises(SourceError, match="is not the catalogued file"):
            source.read(tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
