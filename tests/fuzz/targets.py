"""What is fuzzed: each target takes bytes and may raise nothing but `HnfError`, soon, in one line.

Used by `test_fuzz.py` (hypothesis, always) and `run_atheris.py` (coverage-guided, on demand).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from fixtures import hostile, made_up

from hnf.claims.check import check_claim, check_text
from hnf.claims.claim import read_claims
from hnf.errors import HnfError
from hnf.factors.inputs import read_factors
from hnf.formula.block import parse_formula
from hnf.formula.parameters import parse_document
from hnf.ingest.recognise import Given, recognise
from hnf.scenarios.files import parse_scenario
from hnf.scenarios.sweep_files import parse_sweep
from hnf.sources.catalogue import load_catalogue
from hnf.sources.dsg import heading_rules, load_dsg, read_mapping
from hnf.sources.workbooks.read import open_workbook, read_csv_rows
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

ROOT = Path(__file__).parent.parent.parent
#: Seconds that one input may take.
SECONDS = 5.0
Target = Callable[[bytes], None]


@cache
def _store() -> Store:
    return Store()


@cache
def _good_book() -> dict[str, bytes]:
    authorities = [a for a in Authorities.of(_store()).by_code.values() if a.la_code in {"919", "921", "202", "810"}]
    return hostile.parts_of(made_up.write_ods(made_up.workbook(authorities)))


def _file(content: bytes, read: Callable[[Path], object], suffix: str = ".toml") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"fuzzed{suffix}"
        path.write_bytes(content)
        read(path)


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def workbook(content: bytes) -> None:
    """The sheet reader on whole files."""
    book = open_workbook("fuzzed", content)
    for name in book.names[:5]:
        with suppress(HnfError):
            book.sheet(name.replace("\\", "."))


def ods_content(content: bytes) -> None:
    """The sheet reader and the loader on an ODS file whose content is the input."""
    parts = {**_good_book(), "content.xml": content}
    load_dsg(made_up.dsg_source(), hostile.write_zip(parts), made_up.register(_store()))


def xlsx_sheet(content: bytes) -> None:
    """The sheet reader on an XLSX file whose first sheet is the input."""
    workbook(
        hostile.write_zip({**hostile.parts_of(made_up.write_xlsx(hostile.SMALL)), "xl/worksheets/sheet1.xml": content})
    )


def csv_rows(content: bytes) -> None:
    """The CSV reader."""
    read_csv_rows("fuzzed", content)


def formula(content: bytes) -> None:
    """The parser of printed formulas."""
    parse_formula(_text(content)).evaluate(dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1.5))


def claim_sentence(content: bytes) -> None:
    """The reader of sentences, and the check of what it reads."""
    check_text(_store(), _text(content))


def claim_file(content: bytes) -> None:
    """A file of claims."""

    def read(path: Path) -> None:
        for claim in read_claims(path):
            check_claim(_store(), claim)

    _file(content, read)


def scenario(content: bytes) -> None:
    """A scenario."""
    parse_scenario(_text(content), "fuzzed", "fuzzed.toml")


def sweep(content: bytes) -> None:
    """A sweep."""
    parse_sweep(_text(content), "fuzzed", "fuzzed.toml")


def parameters(content: bytes) -> None:
    """A parameter file."""
    parse_document(_text(content), "fuzzed.toml")


def catalogue(content: bytes) -> None:
    """A catalogue of sources."""
    _file(content, load_catalogue)


def mapping(content: bytes) -> None:
    """A user's file of headings."""
    _file(content, read_mapping)


def factors(content: bytes) -> None:
    """A user's file of factors."""
    _file(content, read_factors, ".csv")


def recogniser(content: bytes) -> None:
    """What `hnf ingest` takes a file for."""
    recognise("fuzzed", content, heading_rules(), Given(published="2026-06-27"))


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        workbook, ods_content, xlsx_sheet, csv_rows, formula, claim_sentence, claim_file, scenario, sweep, parameters,
        catalogue, mapping, factors, recogniser,
    )
}  # fmt: skip


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Good and bad inputs to start from."""
    data = ROOT / "data"
    files = [hostile.make(name) for name in hostile.COMMITTED]
    published = [content for _, content, _ in made_up.raw_files(_store()).values() if len(content) < 20_000]
    found: dict[str, list[bytes]] = {
        "workbook": [f for name, f in zip(hostile.COMMITTED, files, strict=True) if not name.endswith(".csv")],
        "ods_content": [_good_book()["content.xml"]],
        "xlsx_sheet": [hostile.parts_of(made_up.write_xlsx(hostile.SMALL))["xl/worksheets/sheet1.xml"]],
        "csv_rows": [hostile.make(n) for n in hostile.CSV_FILES if n in hostile.COMMITTED] + [b'a,b\n1,"2\n3"\n'],
        "formula": [
            b"= [A] + ( [B] * [C] ) + [D] + [G] * 4.12%",
            b"= [G] \xc3\x97 4.59%",
            b"((((((([A])))))))",
            b"[A]**2",
        ],
        "claim_sentence": [
            b"Hertfordshire is the third lowest funded of 151.",
            b"EHC plans in Kent rose by 223% between 2015 and 2024, against 140% nationally.",
            "The Isle of Wight would have £1.4 million more at the national average.".encode(),
        ],
        "claim_file": [(data / "claims.toml").read_bytes()[:3000], b'[[claim]]\nid = "a"\ntext = "Kent is lowest."\n'],
        "scenario": _texts(data / "scenarios"),
        "sweep": _texts(data / "scenarios" / "sweeps"),
        "parameters": _texts(data / "parameters"),
        "catalogue": [(data / "sources.toml").read_bytes()[:2500]],
        "mapping": [
            b'schema_version = 1\nhigh_needs_block.sheet = "HN"\nhigh_needs_block.headings."a" = "import_export"\n'
        ],
        "factors": [(ROOT / "tests" / "fixtures" / "factors_synthetic.csv").read_bytes()[:4000]],
        "recogniser": [*files, *published],
    }
    return tuple(found[name])


def _texts(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]
