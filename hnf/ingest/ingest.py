"""`hnf ingest`: files are recognised, loaded, compared and checked; only then do the tables change, all at once."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from hnf.analysis.editions import RETURNS
from hnf.analysis.reconcile import REPRODUCED, reconcile
from hnf.errors import CheckFailed, HnfError, SourceError, TableError, UsageError
from hnf.files import clear_leftovers, replace_file, replace_folder
from hnf.ingest.differences import (
    BoundsTest,
    Differences,
    check_bands,
    coded_names,
    compare_block,
    compare_next,
    compare_release,
    compare_rows,
)
from hnf.ingest.recognise import (
    BLOCK,
    BlockColumns,
    Given,
    Recognised,
    block_history,
    place_columns,
    recognise,
    refuse_other_kind,
)
from hnf.paths import GENERATIONS, POINTER, data_folder, has_tables, read_file, tables_in, user_folder
from hnf.results import Answer
from hnf.sources.build import data_package, describe_edition, load_source, to_csv, to_frame
from hnf.sources.catalogue import Source, toml_value
from hnf.sources.crosschecks import ContradictionError, unlikely
from hnf.sources.dsg import Rules, heading_rules, mapping_toml, merge_headings, merge_mappings, read_mapping
from hnf.sources.places import HIERARCHY_COLUMNS, LAS_COLUMNS, Register, load_authorities, register_of
from hnf.sources.sen2 import is_part
from hnf.sources.workbooks.read import first_row
from hnf.tables.authorities import Authorities
from hnf.tables.checks import check_codes, check_runs_nothing, check_table
from hnf.tables.schema import SEN2_ITEMS, TABLES
from hnf.tables.store import INGESTED, Store
from hnf.text import as_json
from hnf.years import FinancialYear

_TABLES = ("dsg_high_needs_block", "dsg_formula_rows", "dsg_pupils")
#: Rows of a table that a file replaces: those with the same values in these columns; none means all rows.
_SCOPE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_TABLES, ("financial_year", "edition")),
    **dict.fromkeys(("ehc_plans", "ehc_plans_by_age", *SEN2_ITEMS), ("release",)),
    "population": ("mid_year", "series"),
    "prices": ("vintage",),
    "neighbours": ("model",),
    "constituencies": (),
}


@dataclass
class FileReport(Answer):
    """One file: what it is, what it changes, and why it would make the tables worse."""

    JSON = (
        "file what layout source_id sha256 bytes=size tables=rows already_there=is_known changes=differences.said",
        "worse=differences.worse bounds_test drift",
    )

    file: str
    what: str
    layout: str
    source_id: str
    sha256: str
    size: int
    rows: dict[str, int] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)
    is_known: bool = False
    headings: dict[str, str] = field(default_factory=dict)
    bounds_test: BoundsTest | None = None
    drift: list[dict[str, Any]] = field(default_factory=list)


def load_file(
    path: Path, content: bytes, store: Store, mapping: Rules, given: Given
) -> tuple[FileReport, Source | None, Store]:
    """Take one file into the tables, in memory."""
    digest = sha256(content).hexdigest()
    known = next((source for source in store.catalogue if source.sha256 == digest), None)
    if known is not None:
        refuse_other_kind(path.name, known.title, known.layout, given)
        report = FileReport(path.name, known.title, known.layout, known.id, digest, len(content), is_known=True)
        report.differences.said.append("These bytes are already in the tables: nothing changes.")
        return report, None, store
    rules = merge_headings(heading_rules(), mapping)
    found = recognise(path.name, content, rules, given)
    columns = BlockColumns(rules, {}, ())
    if found.layout == "dsg_workbook":
        history = block_history(store, found.detail["financial_year"], found.published)
        columns = place_columns(path.name, content, rules, history)
    source = _source(found, path.name, content, digest, store)
    register = register_of(store.table("authorities").to_dicts())
    # The loaders name the source in their messages; the user knows the file by its own name.
    loaded, not_loaded, wrong = _load(replace(source, id=path.name), content, register, columns.rules, found)
    tables = {name: [{**row, "source_id": source.id} for row in rows] for name, rows in loaded.items() if rows}
    source = replace(source, feeds=tuple(tables))
    # A release is an archive; a file by itself that is of some authorities adds to the others what it has.
    is_release = any(found.detail.get("members", {}).values()) or "member" in found.detail
    is_chosen = "release" in found.detail and not is_release and is_part([*chain(*tables.values())], register.entries)
    frames = {
        name: _merged(store, name, rows, _scope(name, is_chosen=is_chosen, is_release=is_release))
        for name, rows in tables.items()
    }
    for name, frame in frames.items():
        check_table(name, frame, path.name)
        check_runs_nothing(name, frame, path.name)
        check_codes(frame, store.table("authorities"), path.name)
    after = store.with_tables(frames, (source,))
    report = FileReport(path.name, found.what, found.layout, source.id, digest, len(content))
    report.rows = {name: len(rows) for name, rows in tables.items()}
    report.headings = columns.headings
    if "release" in found.detail:
        _compare_returns(report, store, after, found.detail["release"], is_chosen=is_chosen)
        covered = [_covered(tables, Authorities.of(after))] if is_chosen else []
        report.differences.said[:0] = [*found.said, *not_loaded, *covered]
    else:
        report.differences = _differences(found, store, after, columns, tables)
    odd = [
        reason
        for name, rows in tables.items()
        for reason in unlikely(name, rows, store.table(name).to_dicts(), register.entries)
    ]
    report.differences.worse += dict.fromkeys(odd)
    if wrong:  # with all that is unlikely in it
        raise SourceError("; ".join([wrong.what, *report.differences.worse]), where=wrong.where, todo=wrong.todo)
    if found.layout == "dsg_workbook":
        report.differences.said[:0] = found.said
        _test_bands(report, store, after, FinancialYear.parse(found.detail["financial_year"]))
    return report, source, after


def _load(
    source: Source, content: bytes, register: Register, rules: Rules, found: Recognised
) -> tuple[dict[str, Sequence[dict[str, Any]]], list[str], ContradictionError | None]:
    """Load a file, of a release table by table; of appeals, beside the data sets, it is said that they cannot be.

    The last is what contradicts itself in tables that are there all the same.
    """
    loaded: dict[str, Sequence[dict[str, Any]]] = {}
    said: list[str] = []
    wrong: ContradictionError | None = None
    members = source.detail.get("members", {"": ""})
    for table, member in members.items():
        part = replace(source, detail=source.detail | {"members": {table: member}}) if table else source
        try:
            loaded |= load_source(part, content, register, rules)
        except SourceError as error:
            if unknown := found.unknown.get(member):
                error.todo = f"{error.todo} Columns that hnf does not know: {', '.join(unknown)}.".strip()
            if isinstance(error, ContradictionError) and error.tables:
                loaded |= error.tables
                wrong = wrong or error
            elif table == "appeals" and len(members) > 1:
                said.append(f"Appeals are not loaded: {error.line()}")
            else:
                raise
    return loaded, said, wrong


def _covered(tables: Mapping[str, Sequence[dict[str, Any]]], directory: Authorities) -> str:
    """Say of whom a file is that is not of all."""
    rows = [*chain(*tables.values())]
    codes = sorted({row["la_code"] for row in rows} - {""})
    regions = len({row["region_code"] for row in rows} - {""})
    parts = [
        "England" * any(row["geographic_level"] == "national" for row in rows),
        f"{regions} region{'s' * (regions != 1)}" * bool(regions),
        f"{len(codes)} authorit{'ies' if len(codes) != 1 else 'y'} ({coded_names(directory, codes)})" * bool(codes),
    ]
    return f"It is of {', '.join(filter(None, parts))} only: what is there of others stays as it is."


def _compare_returns(report: FileReport, before: Store, after: Store, release: str, *, is_chosen: bool) -> None:
    """Add to the report how each table of a release differs; what is worse in the same way is said once."""
    worse: dict[str, list[str]] = {}
    for table in [table for table in report.rows if table in RETURNS]:
        drift, differences = compare_release(before, after, table, release, is_chosen=is_chosen)
        report.drift.append(drift)
        report.differences.said += differences.said
        for reason in differences.worse:
            worse.setdefault(reason, []).append(RETURNS[table])
    report.differences.worse += [f"{reason} ({', '.join(titles)})" for reason, titles in worse.items()]


def _test_bands(report: FileReport, before: Store, after: Store, year: FinancialYear) -> None:
    """Add to the report how the table fits the bands that the rules had left; a parameter file may not be of use."""
    try:
        report.bounds_test = check_bands(before, after, year)
    except HnfError as error:
        report.differences.said.append(f"Not tested against floor and limit: {error.line()}")
        return
    if report.bounds_test:
        report.differences.said += report.bounds_test.sentences(Authorities.of(after))


def _source(found: Recognised, name: str, content: bytes, digest: str, store: Store) -> Source:
    """Return the catalogue entry; publisher, page and licence are those of the last file of its kind."""
    like = [source for source in store.catalogue if source.layout == found.layout]
    like = like or [s for s in store.catalogue if s.layout == found.layout.removesuffix("_workbook")]
    last = max(like, key=lambda source: source.published_by)
    taken = {source.id for source in store.catalogue}
    id_ = f"ingested_{found.name}"
    id_ = id_ if id_ not in taken else f"{id_}_{digest[:8]}"
    source = _given_source(last, id_, name, content, found.published)
    page = _page(last.page, found)
    return replace(source, title=found.title, page=page, layout=found.layout, detail=found.detail, feeds=())


def _given_source(last: Source, id_: str, name: str, content: bytes, published: str) -> Source:
    """Return the entry of a file that the user gave, after the last of its kind."""
    size, digest = len(content), sha256(content).hexdigest()
    return replace(last, id=id_, path=name, published=published, as_published=False, size=size, sha256=digest)


def _page(page: str, found: Recognised) -> str:
    """Return the page of the last file of the kind, with the year in its address moved on."""
    if "financial_year" in found.detail:
        year = FinancialYear.parse(found.detail["financial_year"])
        return re.sub(r"20\d\d-to-20\d\d", f"{year.start}-to-{year.start + 1}", page)
    return re.sub(r"/20\d\d\Z", f"/{found.detail['release']}", page) if "release" in found.detail else page


def _scope(name: str, *, is_chosen: bool, is_release: bool) -> tuple[str, ...]:
    """Return the columns that tell which rows a file replaces: of a release by itself those of its periods, or keys."""
    scope, spec = _SCOPE[name], TABLES[name]
    if scope != ("release",) or is_release:
        return scope
    return tuple(spec.key) if is_chosen else ("release", spec.columns[0])


def _merged(store: Store, name: str, rows: list[dict[str, Any]], scope: tuple[str, ...]) -> pl.DataFrame:
    old = store.table(name)
    spec = TABLES[name]
    new = to_frame(spec, rows)
    kept = old.join(new.select(scope).unique(), on=scope, how="anti") if scope else old.clear()
    return pl.concat([kept, new]).sort(spec.key)


def _differences(
    found: Recognised, before: Store, after: Store, columns: BlockColumns, tables: dict[str, list[dict[str, Any]]]
) -> Differences:
    if found.layout == "dsg_workbook":
        return compare_block(before, after, found.detail["financial_year"], found.published, columns)
    (name,) = tables
    scope = _SCOPE[name]
    new = after.table(name).filter(pl.col("source_id").is_in({row["source_id"] for row in tables[name]}))
    old = before.table(name)
    old = old.join(new.select(scope).unique(), on=scope, how="semi") if scope else old
    if name in ("population", "neighbours") and old.is_empty():
        return compare_next(name, before, new, Authorities.of(after))
    differences = compare_rows(name, old, new, Authorities.of(after))
    if name == "constituencies":
        then, now = (max(str(day) for day in frame["as_at"]) for frame in (old, new))
        differences.worse += [f"the list is older than the one of {then}"] if then > now else []
    return differences


# The register of authorities is the list of codes and the list of regions, which are one table and come together.
# Lineage and spoken names stay those that ship: a new authority has no predecessors until they are described.
_HEADINGS = {"las": LAS_COLUMNS, "region_la_hierarchy": HIERARCHY_COLUMNS}
_WHAT = {"las": "Register of authorities", "region_la_hierarchy": "Regions of authorities"}
_TABLE = "authorities"


@dataclass(frozen=True)
class RegisterFile:
    """One of the two files."""

    layout: str
    path: Path
    content: bytes


def register_files(files: list[tuple[Path, bytes]], given: Given) -> list[RegisterFile]:
    """Return the files of a register among others, by their headings; none where `--as` says what the files are."""
    if given.kind is not None:
        return []
    found = [
        RegisterFile(layout, path, content)
        for path, content in files
        for layout, needed in _HEADINGS.items()
        if content[:2] != b"PK"  # a CSV in an archive that is not compressed
        and set(needed) <= (headings := set(first_row(content)))
        and not headings & {"time_period", "breakdown"}  # counts of areas
    ]
    layouts = [one.layout for one in found]
    if found and sorted(layouts) != sorted(_HEADINGS):
        others = [path.name for path, _ in files if path not in [one.path for one in found]]
        what = f"the register is made of two files, las.csv and region_la_hierarchy.csv; here is {', '.join(layouts)}"
        what += f", and {', '.join(others)} is another data set" if others else ""
        raise UsageError(what, where=found[0].path.name, todo="Give both in one command.")
    return found


def load_register(
    files: list[RegisterFile], store: Store, given: Given
) -> tuple[list[FileReport], list[Source], Store]:
    """Take the register into the tables, in memory."""
    entries = {one.layout: _registered_source(one, store, given) for one in files}
    named = {one.layout: replace(entries[one.layout], id=one.path.name) for one in files}
    content = {one.layout: one.content for one in files}
    rows = load_authorities(named["las"], content["las"], named["region_la_hierarchy"], content["region_la_hierarchy"])
    spec = TABLES[_TABLE]
    rows = [{**row, "source_id": entries["las"].id} for row in rows]
    frame = check_table(_TABLE, to_frame(spec, rows).sort(spec.key), named["las"].path)
    old = store.table(_TABLE)
    reports = [
        FileReport(source.path, _WHAT[source.layout], source.layout, source.id, source.sha256, source.size)
        for source in entries.values()
    ]
    main = next(report for report in reports if report.layout == "las")
    main.rows = {_TABLE: frame.height}
    main.differences.said += _changes(old, frame)
    main.differences.worse += _unlikely_changes(old, frame)
    lost = sorted(set(old["la_code"]) - set(frame["la_code"]))
    if lost:
        main.differences.worse.append(f"authorities would be lost from the register: {', '.join(lost)}")
    else:
        for name in TABLES:
            check_codes(store.table(name), frame, name)
    return reports, list(entries.values()), store.with_tables({_TABLE: frame}, tuple(entries.values()))


def _changes(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    both = old.join(new, on="la_code", suffix="_new", validate="1:1")
    closed = both.filter((pl.col("closed") == "") & (pl.col("closed_new") != ""))
    renamed = both.filter(pl.col("la_name") != pl.col("la_name_new"))
    added = new.join(old, on="la_code", how="anti")
    return [
        *(f"New authority: {name} ({code})." for code, name in added.select("la_code", "la_name").iter_rows()),
        *(f"Closed: {name} ({code})." for code, name in closed.select("la_code", "la_name").iter_rows()),
        *(
            f"Another name: {name} ({code}), was {before}."
            for code, name, before in renamed.select("la_code", "la_name_new", "la_name").iter_rows()
        ),
    ] or ["The same authorities."]


def _unlikely_changes(old: pl.DataFrame, new: pl.DataFrame) -> list[str]:
    """Name facts of the past that read otherwise, codes without their former one, and the closed without successor."""
    found = []
    for row in old.join(new, on="la_code", suffix="_new", validate="1:1").to_dicts():
        known = {row["gss_code_new"], *row["former_gss_codes_new"].split("|")}
        facts = ["region_name", "authority_type", "opened", *(["closed"] if row["closed"] else [])]
        found += [f"{row['la_name']}: {name} {row[f'{name}_new'] or 'none'}, was {row[name]}"
                  for name in facts if row[name] != row[f"{name}_new"]]  # fmt: skip
        if not {row["gss_code"], *row["former_gss_codes"].split("|")} - {""} <= known:
            found.append(f"{row['la_name']}: {row['gss_code_new']} without {row['gss_code']}")
        if row["closed_new"] and not row["closed"] and not row["successors_new"]:
            found.append(f"{row['la_name']} closed, and data/lineage.toml has no successor")
    return found


def _registered_source(file: RegisterFile, store: Store, given: Given) -> Source:
    last = [source for source in store.catalogue if source.layout == file.layout][-1]
    id_ = f"ingested_{file.layout}_{sha256(file.content).hexdigest()[:8]}"
    source = _given_source(last, id_, file.path.name, file.content, given.published or "not stated")
    return replace(source, feeds=(_TABLE,))


def reconcile_new(before: Store, after: Store, reports: list[FileReport]) -> list[dict[str, Any]]:
    """Recompute every edition that came, on its own, and add to its report where it is not reproduced."""
    checks: list[dict[str, Any]] = []
    for report in (one for one in reports if one.layout == "dsg_workbook" and not one.is_known):
        rows = after.table(BLOCK).filter(pl.col("source_id") == report.source_id)
        year, edition = rows["financial_year"][0], rows["edition"][0]
        others = (pl.col("financial_year") != year) | (pl.col("edition") == edition)
        alone = after.with_tables({name: after.table(name).filter(others) for name in _TABLES})
        try:
            found = reconcile(alone, FinancialYear.parse(year))[0]
            status, payload = found.status, {**found.to_json(), "edition": edition}
        except HnfError as error:
            status = "differs"
            payload = {"financial_year": year, "edition": edition, "status": status, "off": [error.line()]}
        checks.append(payload)
        if status != REPRODUCED:
            report.differences.worse.append(_not_reproduced(before, year, payload))
    return checks


def _not_reproduced(before: Store, year: str, payload: dict[str, Any]) -> str:
    held = set(before.table(BLOCK)["financial_year"])
    was = f"{year} reconciled and would no longer" if year in held else f"{year} does not reconcile"
    off = payload["off"]
    if off and isinstance(off[0], str):
        return f"{was}: {off[0]}"
    if off:
        codes = ", ".join(row["area"] for row in off[:5])
        return f"{was}: {len(off)} of {payload['authorities']} authorities are not reproduced within £1 ({codes})"
    return f"{was}: totals, groups or deductions do not add up; see `hnf reconcile --year {year}` after --accept-worse"


# The user's folder is written by one ingest at a time, each a new set of tables that `CURRENT` names once it is there.
# While a set is being written, the file `.begun` names it, so that the next ingest can remove what one that was killed
# has left, and nothing else: a set that the user has put aside, by naming another in `CURRENT`, stays.
#: Sets of tables that are kept: the one in use, and the one before it for whoever is reading it.
_KEPT = 2
_LOCK = ".lock"
_BEGUN = ".begun"
_NAMED = re.compile(rf"{GENERATIONS}/\d{{4}}")


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, and remove what an ingest that was killed has left in it.

    The system lets go of the lock when the process ends, however it ends.

    Raises
    ------
    TableError
        If another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK, timeout=0)
        lock.acquire()
    except Timeout as error:
        what = "another `hnf ingest` is writing to this folder"
        todo = "Wait until it is done and try again; nothing was changed."
        raise TableError(what, where=str(folder), todo=todo) from error
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise TableError(what, where=str(folder), todo="Choose another folder with --data.") from error
    try:
        _clear(folder)
        yield
    finally:
        lock.release()


def write_tables(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a new set of tables and let it take the place of the one in use."""
    sets = folder / GENERATIONS
    numbers = [int(path.name) for path in sets.glob("[0-9]*") if re.fullmatch(r"\d{4}", path.name)]
    new = sets / f"{max(numbers, default=0) + 1:04d}"
    before = tables_in(folder)
    named = f"{GENERATIONS}/{new.name}\n".encode()
    try:
        replace_file(folder / _BEGUN, named)
        replace_folder(new, files)
        replace_file(folder / POINTER, named)
    except BaseException:
        with suppress(TableError):
            _clear(folder)
        raise
    if _remove_old(sets, {new, before}):  # else the next ingest does what was left to do
        (folder / _BEGUN).unlink()
    return new


def _clear(folder: Path) -> None:
    """Undo a set that was begun and that `CURRENT` does not name; of one that it names, do what was left to do."""
    begun = folder / _BEGUN
    try:
        if not begun.is_file():
            return
        named = begun.read_text(encoding="utf-8", errors="replace").strip()
        new = folder / named
        if not _NAMED.fullmatch(named):
            pass  # not of a run of this program: nothing is removed for it
        elif (folder / POINTER).is_file() and (folder / POINTER).read_text(encoding="utf-8").strip() == named:
            if not _remove_old(new.parent, {new}):
                return
        elif new.parent.is_dir():
            clear_leftovers(new)
            if new.is_dir():
                shutil.rmtree(new)
        begun.unlink()
    except OSError as error:
        raise TableError(f"cannot remove what an earlier run left: {error.strerror}", where=str(folder)) from error


def _remove_old(sets: Path, in_use: set[Path]) -> bool:
    """Remove the sets that are neither in use nor the last; return whether they are gone."""
    held = sorted(path for path in sets.iterdir() if path.is_dir())
    keep = {*in_use, *held[-_KEPT:]}
    for path in held:
        if path not in keep:
            shutil.rmtree(path, ignore_errors=True)
    return not any(path.exists() for path in held if path not in keep)


#: What the edition in words is made of.
_DESCRIBED = {
    "dsg_high_needs_block": ("financial_year",),
    "ehc_plans": ("january",),
    "population": ("series", "mid_year"),
}


def package_files(
    before: Store, after: Store, sources: Sequence[Source], mapping: Rules, entries: list[dict[str, Any]]
) -> dict[str, bytes]:
    """Return the files of a new set of tables by name."""
    fed = {name for source in sources for name in source.feeds}
    files = {f"{name}.csv": _table(before, after, name, changed=name in fed) for name in TABLES}
    counts = {name: content.count(b"\n") - 1 for name, content in ((n, files[f"{n}.csv"]) for n in TABLES)}
    shipped = {source.id for source in Store().catalogue}
    own = [source for source in after.catalogue if source.id not in shipped]
    rows = {name: after.table(name).select(columns).unique().to_dicts() for name, columns in _DESCRIBED.items()}
    described = describe_edition(after.catalogue, rows)
    edition = f"{described}, with {len(own)} ingested file{'s' if len(own) != 1 else ''}"
    files["EDITION"] = f"{edition}\n".encode()
    files["datapackage.json"] = data_package(files, counts, after.catalogue, edition)
    files["sources.toml"] = _catalogue(own)
    files["headings.toml"] = mapping_toml(mapping)
    files[INGESTED] = _log(before, entries)
    return files


def _table(before: Store, after: Store, name: str, *, changed: bool) -> bytes:
    if changed:
        return to_csv(after.table(name))
    path = before.folder / f"{name}.csv"
    return (path if path.is_file() else data_folder() / "tidy" / f"{name}.csv").read_bytes()


def _catalogue(sources: list[Source]) -> bytes:
    """Write entries as `load_catalogue` reads them."""
    parts = ["# Files that `hnf ingest` took in; publisher, page and licence are those of earlier files of the kind.\n"]
    for source in sources:
        known = vars(source)
        entry = {("bytes" if key == "size" else key): known[key] for key in known if key != "detail"} | source.detail
        lines = [f"{key} = {toml_value(value)}" for key, value in entry.items()]
        parts.append("\n".join(["[[source]]", *lines]) + "\n")
    return "\n".join(parts).encode()


def _log(before: Store, entries: list[dict[str, Any]]) -> bytes:
    path = before.folder / INGESTED
    earlier = json.loads(path.read_text(encoding="utf-8")) if before.is_ingested else {"started_from": before.edition}
    log = {**earlier, "files": [*earlier.get("files", []), *entries]}
    return f"{as_json(log, indent=1)}\n".encode()


MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class Request:
    """What the user asked for besides the files.

    Parameters
    ----------
    mapping : Path or None
        Headings of the user's own.
    accept_worse : str or None
        The reason for which worse data are accepted.
    dry_run : bool
        Report and write nothing.
    """

    given: Given = field(default_factory=Given)
    mapping: Path | None = None
    accept_worse: str | None = None
    dry_run: bool = False


@dataclass
class Report:
    """All files of one ingest, the reconciliation, and where the tables are."""

    folder: Path
    files: list[FileReport]
    reconciliation: list[dict[str, Any]]
    edition: str
    is_written: bool = False

    @property
    def worse(self) -> list[str]:
        """Why good data would be replaced with worse; empty where they would not."""
        return [f"{report.what}: {reason}" for report in self.files for reason in report.differences.worse]


def target_folder(data: Path | None) -> Path:
    """Return the folder to write to: that of `--data`, else the user's.

    Raises
    ------
    UsageError
        If there is none, or it is that of the tables that ship.
    """
    folder = data or user_folder()
    if folder is None:
        raise UsageError("there is no folder for tables of your own: HNF_DATA is empty", todo="Give --data DIR.")
    if folder.resolve().is_relative_to(data_folder().resolve()):
        raise UsageError("the tables that ship with hnf are not changed", where="--data", todo="Give another folder.")
    return folder


def ingest(paths: Iterable[Path], folder: Path, request: Request) -> Report:
    """Take files into the tables of a folder.

    Parameters
    ----------
    paths : iterable of Path
        Files of any kind that is known.
    folder : Path
        The user's folder; made if it does not exist.

    Returns
    -------
    Report
        `is_written` says whether the tables changed.

    Raises
    ------
    SourceError, UsageError, TableError, FormulaError
        If a file cannot be read, is not known, or lacks something; nothing is written.
    """
    with nullcontext() if request.dry_run else sole_writer(folder):
        return _ingest(list(paths), folder, request)


def refuse_worse(report: Report, request: Request) -> None:
    """Stop where good data would be replaced with worse and no reason was given.

    Raises
    ------
    CheckFailed
        With all reasons.
    """
    if report.worse and not request.accept_worse:
        raise CheckFailed(
            f"{'this would replace' if request.dry_run else 'nothing was written: it would replace'} good data with "
            f"worse: {'; '.join(report.worse)}",
            todo='Check the file. To take it all the same: --accept-worse "the reason", which is kept in the log.',
        )


def _ingest(paths: list[Path], folder: Path, request: Request) -> Report:
    before = Store(folder if has_tables(folder) else None)
    mapping = _mapping(before, request.mapping)
    files = [(path, _read(path)) for path in paths]
    known = {source.sha256 for source in before.catalogue}
    register = register_files(files, request.given)
    after, taken = before, set()
    reports: list[FileReport] = []
    sources: list[Source] = []
    if not {sha256(one.content).hexdigest() for one in register} <= known:
        reports, sources, after = load_register(register, before, request.given)
        taken = {one.path for one in register}
    for path, content in files:
        if path in taken:
            continue
        one, source, after = load_file(path, content, after, mapping, request.given)
        reports.append(one)
        if source is not None:
            sources.append(source)
    checks = reconcile_new(before, after, reports)
    report = Report(folder, reports, checks, before.edition)
    if not sources or (report.worse and not request.accept_worse) or request.dry_run:
        return report
    entries = [_log_entry(one, request) for one in reports if not one.is_known]
    written = package_files(before, after, sources, mapping, entries)
    report.edition = written["EDITION"].decode().strip()
    write_tables(folder, written)
    report.is_written = True
    return report


def _mapping(store: Store, path: Path | None) -> Rules:
    """Return the headings that the user has named, in earlier ingests and now."""
    kept = store.folder / "headings.toml"
    mapping = read_mapping(kept) if store.is_ingested and kept.is_file() else {}
    return merge_mappings(mapping, read_mapping(path)) if path else mapping


def _read(path: Path) -> bytes:
    try:
        return read_file(path, MAX_BYTES)
    except OSError as error:
        raise SourceError(f"cannot read it: {error.strerror}", where=str(path), todo="Check the path.") from error


def _log_entry(report: FileReport, request: Request) -> dict[str, Any]:
    entry = {
        **report.to_json(),
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "headings": report.headings,
    }
    return {**entry, "accepted_worse": request.accept_worse} if report.differences.worse else entry
