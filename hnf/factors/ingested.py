"""The factors that a user gave for a year: the one place that scenarios and allocations take them from.

`hnf ingest factors FILE --year FY` checks the file against year and register and keeps its counts in the user's folder,
in `factors/FY`, with what was read and the parameters of the year where the user gives them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hnf.errors import CheckFailed, FormulaError, SourceError, UsageError
from hnf.factors.inputs import INPUTS, NAMES, OFFICIAL_WORKBOOK, SYNTHETIC, FactorInputs, read_factors
from hnf.formula.parameters import YearParameters, load_parameters
from hnf.measures.published import block_frame, financial_years
from hnf.paths import FACTORS
from hnf.results import Answer
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import as_csv_text, as_json, fold_name
from hnf.years import FinancialYear

_KEPT = "factors.csv"
_ABOUT = "source.json"
_MOST_NAMES = 5


@dataclass(frozen=True)
class OwnFactors(Answer):
    """The factors of a year that the user gave, with the parameters that go with them (own ones first).

    The quantum is column A of the tables, £, added up over these authorities; None where the tables do not print it.
    `missing` are authorities of the year that the file lacks, in words, `reason` why, in the user's words.
    """

    JSON = (
        "label file sha256 read_on synthetic=is_synthetic authorities missing missing_reason=reason? "
        "parameters=parameters_file"
    )

    year: FinancialYear
    inputs: FactorInputs
    parameters: YearParameters
    quantum_gbp: float | None
    file: str
    sha256: str
    read_on: str
    is_synthetic: bool
    missing: tuple[str, ...]
    reason: str

    @property
    def label(self) -> str:
        """What these figures are, in a sentence: the user's own, or synthetic."""
        what = (
            "SYNTHETIC, as the file says: made up, no figures of England" if self.is_synthetic else "your own figures"
        )
        return f"Factors: {what}; {len(self.inputs)} authorities of {self.file}, not checked against any publication."

    @property
    def gaps(self) -> str:
        """Who is missing, in a sentence; empty where nobody is."""
        if not self.missing:
            return ""
        because = f" ({self.reason})" if self.reason else ""
        return f"Not in {self.file}{because}, so that the others share the pot alone: {_listed(self.missing)}."

    @property
    def authorities(self) -> int:
        """How many there are."""
        return len(self.inputs)

    @property
    def parameters_file(self) -> str:
        """The name of the file of parameters."""
        return Path(self.parameters.source).name

    def find(self, store: Store, who: str) -> int:
        """Return the place of an authority that a person named by code or name, of the file or of the register."""
        names = {name: at for at, name in reversed(list(enumerate(map(fold_name, self.inputs.la_names))))}
        who = str(who)
        if who.strip() in self.inputs.la_codes:
            return self.inputs.la_codes.index(who.strip())
        if fold_name(who) in names:
            return names[fold_name(who)]
        authority = Authorities.of(store).find(who)
        if authority.la_code in self.inputs.la_codes:
            return self.inputs.la_codes.index(authority.la_code)
        raise UsageError(
            Authorities.of(store).instead(authority, self.year)
            or f"{authority.prose} ({authority.la_code}) is not among the {len(self.inputs)} authorities of "
            f"{self.file}, the factors of {self.year}",
            todo=f"Add its row and give the whole file again: 'hnf ingest factors FILE --year {self.year}'.",
        )


def take_factors(
    store: Store, path: Path, year: FinancialYear, *, mapping: Path | None, parameters: Path | None, reason: str
) -> OwnFactors:
    """Read the factors of a year from a file and check them against year and register.

    Parameters
    ----------
    store : Store
        Holds the register, and the block of the year where it is published.
    path : Path
        CSV, XLSX, XLS or ODS.
    mapping : Path, optional
        TOML that says which heading a column has in this file.
    parameters : Path, optional
        Folder with parameter files of the user's own.
    reason : str
        Why authorities may be missing; empty where none may be.

    Raises
    ------
    SourceError, FormulaError
        If the file cannot be read, breaks a rule, is of another year, or names an authority that is none in the year.
    CheckFailed
        If authorities of the year are missing and no reason is given; not asked of a file that says it is synthetic.
    """
    found = read_factors(path, mapping)
    if found.years and year not in found.years:
        raise SourceError(
            f"the file says {', '.join(map(str, found.years))}, --year says {year}",
            where=path.name,
            todo="Give the year of the file, or rename it if its name is wrong.",
        )
    codes = found.inputs.la_codes
    made_up = [code for code in codes if not _check_authority(store, found.inputs, code, year, path.name)]
    missing = () if len(made_up) == len(codes) else _missing(store, year, codes)
    if missing and not (reason or found.is_synthetic):
        rows, whose = ("row", "its") if len(missing) == 1 else ("rows", "their")
        raise CheckFailed(
            f"{_listed(missing)} of {year} missing; the others would share {whose} money",
            where=path.name,
            todo=f'Add the {rows}. To take it all the same: --accept-worse "the reason", which every answer repeats.',
        )
    return OwnFactors(
        year=year,
        inputs=found.inputs,
        parameters=load_parameters(year, parameters),
        quantum_gbp=_printed_quantum(store, year, codes),
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        read_on=datetime.datetime.now(datetime.UTC).date().isoformat(),
        is_synthetic=found.is_synthetic,
        missing=missing,
        reason=reason if missing else "",
    )


def factors_csv(inputs: FactorInputs) -> bytes:
    """Return factors as CSV under hnf's own headings; no text in it starts a formula."""
    import polars as pl

    names = {"la_code": list(inputs.la_codes), "la_name": [as_csv_text(name) for name in inputs.la_names]}
    return pl.DataFrame({**names, **inputs.columns}).write_csv().encode()


def files_to_keep(own: OwnFactors, parameters: Path | None) -> dict[str, bytes]:
    """Return the files of a year's factors by name: counts, what they are, and the user's parameters of the year."""
    about = own.to_json() | {"la_names": list(own.inputs.la_names)}
    files = {_KEPT: factors_csv(own.inputs), _ABOUT: f"{as_json(about, indent=1)}\n".encode()}
    name = f"{own.year}.toml"
    if parameters is not None and (parameters / name).is_file():
        files[name] = (parameters / name).read_bytes()
    return files


def load_factors(store: Store, year: FinancialYear, *, what: str = "", where: str = "") -> OwnFactors:
    """Return the factors of a year that the user has ingested.

    Parameters
    ----------
    store : Store
        Of the user's folder.
    what, where : str
        What needs them, and where that is asked, for the message.

    Raises
    ------
    FormulaError
        If none have been ingested for the year; says which command to give, with which columns.
    SourceError
        If what was kept cannot be read.
    """
    folder = store.own_folder / FACTORS / str(year) if store.own_folder else None
    if folder is None or not folder.is_dir():
        raise _no_factors(store, year, what, where)
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        file, digest, read_on = str(about["file"]), str(about["sha256"]), str(about["read_on"])
        missing = tuple(str(one) for one in about["missing"])
        is_synthetic, reason = bool(about["synthetic"]), str(about["missing_reason"] or "")
        names = [str(name) for name in about["la_names"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"what was kept of the factors of {year} cannot be read",
            where=str(folder),
            todo=f"Give them again: 'hnf ingest factors FILE --year {year}'.",
        ) from error
    inputs = read_factors(folder / _KEPT).inputs
    if len(names) == len(inputs):
        inputs = FactorInputs(inputs.la_codes, tuple(names), inputs.columns)
    own_parameters = folder if (folder / f"{year}.toml").is_file() else store.parameters_folder
    parameters = load_parameters(year, own_parameters)
    quantum = _printed_quantum(store, year, inputs.la_codes)
    return OwnFactors(year, inputs, parameters, quantum, file, digest, read_on, is_synthetic, missing, reason)


def columns_in_words() -> str:
    """Return the columns that a file of factors has, the IDACI bands in short."""
    names = [name for name in (*NAMES, *INPUTS) if not re.match(r"idaci_band_[b-f]_count", name)]
    return ", ".join(names).replace("idaci_band_a_count", "idaci_band_a_count to idaci_band_f_count")


def _no_factors(store: Store, year: FinancialYear, what: str, where: str) -> FormulaError:
    held = sorted(path.name for path in (store.own_folder / FACTORS).glob("2*")) if store.own_folder else []
    there = f" (there are those of {', '.join(held)})" if held else ""
    of_year = f"{'none' if what else 'no factors'} of {year} have been ingested{there}"
    return FormulaError(
        f"{what}, and {of_year}" if what else of_year,
        where=where,
        todo=f"Read them from a file of yours with 'hnf ingest factors FILE --year {year} --parameters DIR' and the "
        f"same --data, one row an authority with the columns {columns_in_words()}; see 'hnf ingest factors --help'. "
        f"{OFFICIAL_WORKBOOK} holds them; no file that comes with hnf does.",
    )


def _check_authority(store: Store, inputs: FactorInputs, code: str, year: FinancialYear, where: str) -> bool:
    """Return whether an authority is one of the register; one that is made up must say so in its name."""
    authorities, name = Authorities.of(store), inputs.la_names[inputs.la_codes.index(code)]
    known = authorities.by_code.get(code)
    is_marked = SYNTHETIC in name.casefold()
    if is_marked and (known is None or fold_name(known.name) not in fold_name(name)):
        return False
    if known is None:
        raise SourceError(
            f"la_code {code} ({name[:40]}) is not an authority of the register",
            where=where,
            todo="Correct the code; the name of an authority that is made up says SYNTHETIC.",
        )
    instead = authorities.instead(known, year)
    if instead:
        raise SourceError(f"la_code {code}: {instead}", where=where, todo="Give the rows of those.")
    try:
        called = authorities.find(name)
    except UsageError:
        return True  # a spelling that the register does not have
    if called.name != known.name and not is_marked:
        raise SourceError(
            f"la_code {code} is {known.name}, the file calls it {called.name}",
            where=where,
            todo="Correct code or name.",
        )
    return True


def _missing(store: Store, year: FinancialYear, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the authorities with an allocation in the year that are not among the codes, as name and code."""
    authorities = Authorities.of(store)
    if year in financial_years(store):
        wanted = set(block_frame(store, year)["area"])
    else:
        ever = {code for known in financial_years(store) for code in block_frame(store, known)["area"]}
        wanted = {code for code in ever if not authorities.instead(authorities[code], year)}
    return tuple(f"{authorities[code].name} ({code})" for code in sorted(wanted - set(codes)))


def _printed_quantum(store: Store, year: FinancialYear, codes: Sequence[str]) -> float | None:
    """Return column A of the tables, added up over the codes, £; None where the tables lack it for one of them."""
    if year not in financial_years(store):
        return None
    printed = dict(block_frame(store, year).select("area", "nff_in_protection").iter_rows())
    amounts = [printed.get(code) for code in codes]
    known = [float(amount) for amount in amounts if amount is not None]
    return math.fsum(known) if len(known) == len(amounts) else None


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
