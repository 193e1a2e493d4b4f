"""A process that starts commands, and the commands that write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from crash_cases import publish
from crashing import Command, Launcher, Trial
from fixtures.made_up import write_ods
from fixtures.next_year import NextYear
from fixtures.publisher_server import Publisher

from hnf.tables.store import Store

_EXPORT = ("export", "--format", "parquet", "--table", "prices", "--out", "{root}/out")
_INGEST = ("--data", "{root}/own")
_SWEEP = ("sweep", "{given}/sweep.toml", "--out", "{root}/out", "--seed")
_FETCH = ("sources", "fetch", "--out", "{root}/raw")
_BUILD = ("sources", "build", "--out", "{root}/out", "--raw", os.environ.get("HNF_RAW", ""))
COMMANDS = {
    command.name: command
    for command in (
        Command("export", (*_EXPORT, "--table", "dsg_formula_rows"), earlier=(_EXPORT,)),
        Command(
            "export ees",
            ("export", "--format", "ees", "--out", "{root}/out"),
            earlier=(("export", "--format", "ees", "--year", "2023-24", "--out", "{root}/out"),),
        ),
        Command(
            "brief",
            ("brief", "921", "--out", "{root}/out"),
            case="rendered",
            earlier=(("brief", "201", "--out", "{root}/out"),),
        ),
        Command(
            "map",
            ("map", "--year", "2023-24", "--chart", "{root}/map.svg"),
            earlier=(("map", "--growth", "--chart", "{root}/map.svg"),),
            whole=(),
        ),
        Command(
            "brief --all",
            ("brief", "--all", "--audience", "mp", "--workers", "1", "--out", "{root}/packs"),
            case="two_places",
            earlier=(("brief", "--all", "--audience", "councillor", "--workers", "1", "--out", "{root}/packs"),),
            whole=tuple(f"packs/{slug}" for slug in ("city-of-london", "isle-of-wight")),
        ),
        Command(
            "brief --all, many",
            ("brief", "--all", "--workers", "2", "--out", "{root}/packs"),
            case="small_packs",
            whole=tuple(f"packs/place-{number}" for number in range(5)),
        ),
        Command(
            "ingest",
            ("ingest", "{given}/later.ods", *_INGEST),
            earlier=(("ingest", "{given}/first.ods", *_INGEST), ("ingest", "{given}/second.ods", *_INGEST)),
            whole=(),
        ),
        Command("sweep", (*_SWEEP, "1"), case="small_pieces", earlier=((*_SWEEP, "2"),)),
        Command("fetch", (*_FETCH, "two"), case="fetching", earlier=((*_FETCH, "one"),), whole=()),
        Command(
            "build",
            _BUILD,
            case="loaded",
            earlier=(("export", "--format", "datapackage", "--table", "prices", "--out", "{root}/out"),),
        ),
    )
}
SWEEP = """
schema_version = 1
title = "Try"
author = "A test"
reference = "None"
baseline = "block_as_published"
year = "2023-24"

[sample]
method = "sobol"
scenarios = 64
seed = 3
index_base = 16

[[change]]
kind = "uplift"
pct = { distribution = "uniform", low = 0, high = 5 }
term = "block"
"""


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """The process that starts commands."""
    started = Launcher(tmp_path_factory.mktemp("launcher"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def publisher() -> Iterator[Publisher]:
    """A publisher on loopback who has two files."""
    started = Publisher()
    publish(started)
    yield started
    started.close()


@pytest.fixture(scope="session")
def trials(
    launcher: Launcher, publisher: Publisher, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Trial]:
    """Prepare a command by its name, once: what it needs before and an undisturbed run take seconds."""

    @cache
    def prepared(name: str) -> Trial:
        base = tmp_path_factory.mktemp("trial")
        given = base / "given"
        given.mkdir()
        (given / "sweep.toml").write_text(SWEEP)
        if name == "ingest":
            for file, edition in (("first", "18 Jul"), ("second", "20 Aug"), ("later", "20 Nov")):
                year = NextYear(edition=f"Thursday, {edition}, 2025", changes={"919": 3_000.0 * len(edition + file)})
                (given / f"{file}.ods").write_bytes(write_ods(year.sheets(store), mimetype=False))
        command = COMMANDS[name]
        command.env["HNF_MIRROR"] = publisher.mirror
        return Trial(launcher, command, base)

    return prepared


@pytest.fixture
def trial(trials: Callable[[str], Trial]) -> Callable[[str], Trial]:
    """Take a command that is prepared, its folder as it is before it."""

    def taken(name: str) -> Trial:
        found = trials(name)
        found.reset()
        return found

    return taken
