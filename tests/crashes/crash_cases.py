"""What stands in for the outside world while a command is killed, set up in the process that runs it.

Each function changes this process alone: it is called after the fork and before the command.
"""

from __future__ import annotations

import os
import pickle
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fixtures.fake_packs import FakeWrite, jobs
from fixtures.published_pages import ASSETS, GOVUK_API, attachment, publication
from fixtures.publisher_server import ODS, Publisher, as_json, file, workbook

from hnf.sources.catalogue import Source

_PAGE = "https://www.gov.uk/government/publications"
#: Two files of made-up content, each on a page of its own.
CONTENT = {"one": workbook("the first file"), "two": workbook("the second file")}


def catalogue() -> tuple[Source, ...]:
    """The catalogue of those files."""
    return tuple(
        Source(
            id=name,
            path=f"{name}/{name}.ods",
            publisher="Made up",
            title=name,
            page=f"{_PAGE}/{name}",
            published="2024-03-28",
            licence="OGL v3.0",
            as_published=True,
            size=len(content),
            sha256=sha256(content).hexdigest(),
            layout="none",
            detail={"fetch": {"via": "govuk", "match": r"\.ods$"}},
        )
        for name, content in CONTENT.items()
    )


def publish(publisher: Publisher) -> None:
    """Let a publisher have the files."""
    for name, content in CONTENT.items():
        publisher.add(f"{GOVUK_API}/government/publications/{name}", as_json(publication(attachment(f"{name}.ods"))))
        publisher.add(f"{ASSETS}/{name}.ods", file(content, ODS, etag=f'"{name}"', piece=4096))


def fetching() -> None:
    """The small catalogue, and a client that does not wait between attempts."""
    import hnf.fetch.publishers
    import hnf.fetch.web

    hnf.fetch.publishers.load_catalogue = catalogue
    hnf.fetch.web._sleep = lambda _: None


def rendered() -> None:
    """Take a pack and its files from where an earlier process has kept them, or keep them: that takes seconds."""
    from hnf.commands import brief
    from hnf.packs import batch as write_one_pack
    from hnf.packs import write as pack_files

    _kept(brief, "_build", lambda _, who, *__: f"pack-{who}")
    _kept(write_one_pack, "build_pack", lambda _, who, audience: f"pack-{who}-{audience}")
    for name in ("render_pack", "_manifest", "_data"):
        _kept(pack_files, name, lambda *given, name=name: f"{name}-{_pack(given).slug}-{_pack(given).audience}")
    _explorer()


def _explorer() -> None:
    """Take the page of the explorer from where an earlier process has kept it, or keep it."""
    from hnf.explore import page

    made = page.explorer
    page.explorer = lambda store, packs: SimpleNamespace(html=made(store, packs=packs).html)
    _kept(page, "explorer", lambda _, packs: f"explorer-{sha256(repr(sorted(packs.items())).encode()).hexdigest()}")


def _pack(given: tuple[Any, ...]) -> Any:
    return next(each for each in given if hasattr(each, "slug"))


def loaded() -> None:
    """Take the rows of the published files from where an earlier process has kept them, or keep them."""
    from hnf.sources import build

    _kept(build, "load_tables", lambda *_: "tables")


def two_places() -> None:
    """The packs of all authorities, of which there are two, rendered earlier."""
    from hnf.packs import batch

    every = batch.authority_jobs
    batch.authority_jobs = lambda store: [job for job in every(store) if job.key in ("201", "921")]
    rendered()


def small_packs() -> None:
    """The packs of all authorities, which are five made-up ones that are written at once."""
    from hnf.commands import brief
    from hnf.packs import batch

    marks = Path(os.environ["HNF_MARKS"])
    batch.authority_jobs = lambda _: jobs(5)
    brief.partial = lambda *_, **__: FakeWrite(marks, 0.01)
    _explorer()


def small_pieces() -> None:
    """A sweep in many pieces."""
    from hnf.scenarios import sweep_run

    sweep_run.piece_size = lambda _: 16


def _kept(module: Any, name: str, key: Any) -> None:
    work = getattr(module, name)

    def instead(*arguments: Any, **named: Any) -> Any:
        path = Path(os.environ["HNF_KEPT"]) / key(*arguments, **named)
        if not path.exists():
            path.write_bytes(pickle.dumps(work(*arguments, **named)))
        return pickle.loads(path.read_bytes())

    setattr(module, name, instead)
