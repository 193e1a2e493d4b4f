"""Fetches files from their publishers into a folder, and never puts one in the place of another.

A file is found (`wanted`, `govuk`, `dsg_page`, `ees`), downloaded beside its place (`download`), compared with the
catalogue and with what is there already, and only then given its name. What differs is kept beside as a new edition,
under a name that ends with the start of its hash. Each download is noted in `fetched.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from hnf.errors import SourceError, UsageError
from hnf.sources import fetch_log
from hnf.sources.download import Download, Known, Progress, download
from hnf.sources.dsg_page import find_workbook
from hnf.sources.ees import EesClient, find_release, query_address
from hnf.sources.ees_caseload import fetch_caseload
from hnf.sources.file_kinds import suffix_of
from hnf.sources.finding import Address
from hnf.sources.govuk import find_attachment
from hnf.sources.keeping import NOT_AS_PUBLISHED, WOULD_FETCH, Outcome, before, catalogued_file, keep, there
from hnf.sources.wanted import EXTRACT, Wanted
from hnf.sources.web import Web
from hnf.words import slug_of


def plan(wanted: Wanted, out: Path, *, via_api: bool = False) -> Outcome:
    """Say what fetching a file would do, without asking anybody.

    Parameters
    ----------
    wanted : Wanted
    out : Path
        The folder of raw files.
    via_api : bool

    Returns
    -------
    Outcome
        `would_fetch`, `already_there` or `extract`.
    """
    if wanted.fetch["via"] == EXTRACT:
        return _extract(wanted)
    target = _target(wanted, out, via_api)
    found = None if via_api else catalogued_file(wanted, target)
    return found or Outcome(wanted.id, WOULD_FETCH, wanted.page, str(target))


def fetch(
    web: Web,
    wanted: Wanted,
    out: Path,
    *,
    latest: bool = False,
    via_api: bool = False,
    progress: Progress = lambda *_: None,
    waiting: Callable[[], None] = lambda: None,
) -> Outcome:
    """Fetch one file.

    Parameters
    ----------
    web : Web
    wanted : Wanted
    out : Path
        The folder of raw files.
    latest : bool
        Ask for the newest edition even where the catalogued one is there.
    via_api : bool
        Take the counts from EES's data API instead of a file.
    progress : callable
        Told the bytes received and, where known, the bytes in all.
    waiting : callable
        Called if another hnf is fetching into the folder and has to be waited for.

    Returns
    -------
    Outcome

    Raises
    ------
    SourceError
        If it cannot be had; nothing that was in the folder before has changed.
    """
    if wanted.fetch["via"] == EXTRACT:
        return _extract(wanted)
    target = _target(wanted, out, via_api)
    if not latest and not via_api and (found := catalogued_file(wanted, target)):
        return found
    try:
        if via_api:
            return _fetch_counts(web, wanted, out, target, waiting)
        address = _find(web, wanted, latest=latest)
        with fetch_log.held(out, waiting=waiting):
            if not latest and (found := catalogued_file(wanted, target)):
                return found  # another process was faster
            return _fetch_file(web, wanted, address, out=out, target=target, progress=progress)
    except SourceError as error:
        save = f", save it as {target} and go on with --raw {out}" if wanted.source else " and give it to `hnf ingest`"
        hand = f"et the file by hand from {wanted.page}{save}."
        where = wanted.id if error.where in ("", wanted.id) else f"{wanted.id}, {error.where}"
        todo = f"{error.todo} Or g{hand}" if error.todo else f"G{hand}"
        raise SourceError(error.what, where=where, todo=todo) from error


def _find(web: Web, wanted: Wanted, *, latest: bool) -> Address:
    how = wanted.fetch
    match how["via"]:
        case "govuk":
            return find_attachment(web, wanted.page, how["match"], how.get("document", ""))
        case "dsg_page":
            return find_workbook(web, wanted.page, how["match"], "" if latest else wanted.published)
        case "ees_release":
            return find_release(web, how["publication"], how["release"], wanted.page)
        case _:
            return Address(how["url"], wanted.page)


def _fetch_file(web: Web, wanted: Wanted, address: Address, *, out: Path, target: Path, progress: Progress) -> Outcome:
    earlier = before(wanted, address, out)
    part = target.with_name(f"{target.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(f"cannot make the folder: {error.strerror}", where=str(part.parent)) from error
    known = Known(earlier.etag, earlier.last_modified) if earlier else None
    got = download(web, address.url, part, suffixes=wanted.suffixes, known=known, progress=progress)
    if got is None and earlier:
        return there(wanted, out / earlier.path, earlier.address)
    if got is None:
        raise SourceError("the answer says that nothing has changed, though there was no file", where=address.url)
    if not wanted.source:
        target = target.with_name(
            target.name
            + (f"_{address.published}" if address.published else "")
            + suffix_of(part.read_bytes(), wanted.suffixes)
        )
    return keep(wanted, got, address, out, target)


def _fetch_counts(web: Web, wanted: Wanted, out: Path, target: Path, waiting: Callable[[], None]) -> Outcome:
    how = wanted.fetch
    counts = fetch_caseload(EesClient(web), how["publication"], how["data_set"], how["release"])
    release = slug_of(counts.release, otherwise="latest")
    target = target.with_name(f"{target.name}_{release}.csv")
    part = target.with_name(f"{target.name}.part")
    with fetch_log.held(out, waiting=waiting):
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(counts.content)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise SourceError(f"cannot write: {error.strerror}", where=str(part)) from error
        address = query_address(counts.data_set_id, counts.version)
        digest = hashlib.sha256(counts.content).hexdigest()
        got = Download(part, len(counts.content), digest, address, mirror=web.mirror)
        return keep(wanted, got, Address(address, wanted.page, counts.published), out, target)


def _target(wanted: Wanted, out: Path, via_api: bool) -> Path:
    if not via_api:
        return out / wanted.path
    if "data_set" not in wanted.fetch or wanted.source:
        raise UsageError(f"'{wanted.id}' is not in a data API", where="--via-api", todo="Leave --via-api out.")
    return out / f"{wanted.fetch['api_path']}"


def _extract(wanted: Wanted) -> Outcome:
    instead = wanted.fetch["instead"] or f"Look at {wanted.page}."
    return Outcome(wanted.id, NOT_AS_PUBLISHED, wanted.page, detail=f"Not published as it is. {instead}")
