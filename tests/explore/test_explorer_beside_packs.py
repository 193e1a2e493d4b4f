"""The explorer beside the packs of all authorities: it links to each pack that is there, and the index links to it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fixtures.explorer_page import Held, library
from fixtures.fake_packs import FakeWrite

from hnf.explore import page
from hnf.files import replace_folder
from hnf.packs import batch
from hnf.packs.content import Pack
from hnf.packs.index_page import PackJob, PackSummary
from hnf.packs.sections.tile_map import tile_layout
from hnf.tables.store import Store

Run = Callable[..., Any]
#: Hertfordshire, the Isle of Wight, and an authority whose folder has to be quoted in an address.
JOBS = (
    PackJob("919", "hertfordshire", "Hertfordshire"),
    PackJob("921", "isle-of-wight", "Isle of Wight"),
    PackJob("886", "kent #1", "Kent"),
)
LEFT_OUT = (
    "explore.html is left out: the package vl-convert-python, which has the charts, is not installed. "
    "Install it with: pip install 'hnf[explore]'"
)


class SmallPacks:
    """Writes packs of two files, all but those that are to fail, and keeps what it was asked for."""

    def __init__(self, marks: Path) -> None:
        self.marks = marks
        self.fails = ""
        self.asked: list[tuple[str, Path | None, str | None]] = []

    def __call__(
        self, job: PackJob, data_folder: Path | None, audience: str, folder: Path, *, as_at: str | None
    ) -> PackSummary:
        self.asked.append((job.key, data_folder, as_at))
        return FakeWrite(self.marks, fails=self.fails)(job, None, audience, folder)


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPacks:
    """Let a batch have three small packs."""
    marks = tmp_path / "marks"
    marks.mkdir()
    made = SmallPacks(marks)
    monkeypatch.setattr(batch, "authority_jobs", lambda _: JOBS)
    monkeypatch.setattr(batch, "write_one_pack", made)
    return made


@pytest.fixture(scope="module")
def payload(store: Store) -> dict[str, Any]:
    """What the explorer of the shipped tables holds."""
    return page.build_payload(store)


@pytest.fixture
def figures(payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Work the figures of the shipped tables out once for all tests."""

    def build(store: Store, areas: object, region: object) -> dict[str, Any]:
        assert (store.is_shipped, store.as_at, areas, region) == (True, None, (), None)
        return copy.deepcopy(payload)

    monkeypatch.setattr(page, "build_payload", build)


def links_of(folder: Path) -> list[str]:
    """Where the index leads to."""
    return re.findall(r'href="([^"#][^"]*)"', (folder / "index.html").read_text(encoding="utf-8"))


def held_in(folder: Path) -> Held:
    return Held((folder / "explore.html").read_text(encoding="utf-8"))


def pack_links(held: Held) -> dict[str, str]:
    return {area["code"]: area["pack"] for area in held.areas if "pack" in area}


def in_batch(hnf: Run, folder: Path, *more: str | Path) -> Any:
    return hnf("brief", "--all", "--workers", "1", "--out", folder, *more)


@pytest.mark.usefixtures("packs", "figures", "stand_in")
def test_the_explorer_links_to_each_pack_and_the_index_to_the_explorer(hnf: Run, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    answer = in_batch(hnf, folder, "--format", "json")
    assert (answer.code, answer.err) == (0, f"Open {folder / 'index.html'} in a browser.\n")
    # It is a page beside the packs, as the index and the list are, and no pack.
    assert {path.name for path in folder.iterdir()} == {
        *(job.slug for job in JOBS), "index.html", "packs.csv", "explore.html", batch.RECORDS,
    }  # fmt: skip
    assert (answer.json["count"], answer.json["written"], len(answer.json["packs"])) == (3, 3, 3)
    assert "explore.html" not in answer.out
    assert "explore.html" not in (folder / "packs.csv").read_text(encoding="utf-8")
    held = held_in(folder)
    assert held.data["edition"] == store.edition
    links = pack_links(held)
    assert links == {
        "919": "hertfordshire/index.html",
        "921": "isle-of-wight/index.html",
        "886": "kent%20%231/index.html",
    }
    assert len(held.areas) == 168, "regions, England and closed authorities have no pack"
    assert all((folder / unquote(link)).is_file() for link in links.values())
    index = links_of(folder)
    assert index.count("explore.html") == 1
    assert all((folder / unquote(link)).is_file() for link in index)


@pytest.mark.usefixtures("packs")
@pytest.mark.parametrize("form", ["table", "json"])
def test_without_its_package_the_explorer_is_left_out_and_one_line_says_how_to_get_it(
    hnf: Run, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "packs"
    with library(None):
        answer = in_batch(hnf, folder, "--format", form)
    assert answer.code == 0
    assert answer.err.splitlines() == [
        LEFT_OUT, *([f"Open {folder / 'index.html'} in a browser."] if form == "json" else []),
    ]  # fmt: skip
    assert "explore.html" not in answer.out
    assert not (folder / "explore.html").exists()
    index = links_of(folder)
    assert len(index) == 3 * len(JOBS), "page and data in the list, page on the map"
    assert all((folder / unquote(link)).is_file() for link in index)


@pytest.mark.usefixtures("figures", "stand_in")
def test_a_pack_that_failed_is_not_linked(hnf: Run, packs: SmallPacks, tmp_path: Path) -> None:
    packs.fails = "921"
    folder = tmp_path / "packs"
    answer = in_batch(hnf, folder)
    assert answer.code == 1
    assert set(pack_links(held_in(folder))) == {"919", "886"}
    assert not any("wight" in link for link in links_of(folder))
    assert "explore.html" in links_of(folder)


@pytest.mark.usefixtures("figures", "stand_in")
def test_a_second_run_replaces_the_explorer(hnf: Run, packs: SmallPacks, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    packs.fails = "921"
    in_batch(hnf, folder)
    packs.fails = ""
    assert in_batch(hnf, folder).code == 0
    assert set(pack_links(held_in(folder))) == {"919", "921", "886"}
    first = (folder / "explore.html").read_bytes()
    (folder / "explore.html").write_text("cut off", encoding="utf-8")
    assert in_batch(hnf, folder, "--format", "json").json["written"] == 0
    assert (folder / "explore.html").read_bytes() == first


@pytest.mark.usefixtures("packs", "figures", "stand_in")
def test_an_explorer_of_an_earlier_run_goes_where_none_can_be_made(hnf: Run, tmp_path: Path) -> None:
    """It would be of other packs, and nothing would say so."""
    folder = tmp_path / "packs"
    in_batch(hnf, folder)
    assert (folder / "explore.html").is_file()
    with library(None):
        answer = in_batch(hnf, folder)
    assert (answer.code, answer.err) == (0, f"{LEFT_OUT}\n")
    assert not (folder / "explore.html").exists()
    assert "explore.html" not in links_of(folder)
    assert in_batch(hnf, folder).code == 0  # the package is there again: nothing else is written
    assert "explore.html" in links_of(folder)
    assert (folder / "explore.html").is_file()


@pytest.mark.usefixtures("stand_in")
def test_packs_of_an_edition_and_of_own_tables_have_the_explorer_of_those(
    hnf: Run, packs: SmallPacks, tables: Path, tmp_path: Path
) -> None:
    register = tables / "authorities.csv"
    register.write_text(register.read_text(encoding="utf-8").replace("Hertfordshire", "Hartshire"), encoding="utf-8")
    folder = tmp_path / "packs"
    answer = in_batch(hnf, folder, "--data", tables, "--edition", "2024-07-20")
    assert answer.code == 0, answer.err
    assert packs.asked == [(job.key, tables.resolve(), "2024-07-20") for job in JOBS]
    held = held_in(folder)
    assert held.data["edition"] == Store(tables, "2024-07-20").edition
    assert "as published by 2024-07-20" in held.data["edition"]
    assert held.measures["plans"]["periods"][-1] == "2022", "the release of 2025 had not been published"
    own = held.areas[held.place["919"]]
    assert (own["name"], own["pack"]) == ("Hartshire", "hertfordshire/index.html")


@pytest.mark.usefixtures("packs", "stand_in")
def test_tables_that_make_no_explorer_make_an_index(
    hnf: Run, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tables / "tiles.csv").unlink()
    monkeypatch.setattr(page, "build_payload", lambda store, *_: {"areas": [], "tiles": tile_layout(store)})
    folder = tmp_path / "packs"
    answer = in_batch(hnf, folder, "--data", tables)
    assert answer.code == 0
    assert answer.err.count("\n") == 1
    assert answer.err.startswith(f"explore.html is left out: {tables / 'tiles.csv'}: cannot read the table tiles")
    assert len(links_of(folder)) == 2 * len(JOBS), "there is no map"
    assert not (folder / "explore.html").exists()


@pytest.mark.parametrize("place", [("--region", "South West"), ("--constituency", "Broxbourne"), ("Hertfordshire",)])
def test_the_pack_of_one_place_has_no_explorer_and_all_packs_are_of_authorities(
    hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[str, ...]
) -> None:
    def write(_: Store, pack: Pack, folder: Path, __: object) -> list[str]:
        replace_folder(folder, {"index.html": pack.title.encode()})
        return ["index.html"]

    monkeypatch.setattr("hnf.packs.write.write_pack", write)
    answer = hnf("brief", *place, "--out", tmp_path / "pack")
    assert answer.code == 0
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == ["pack/index.html"]
    refused = in_batch(hnf, tmp_path / "packs", *place)
    assert (refused.code, refused.err) == (2, "hnf: --all is of all authorities. Leave the place out, or --all.\n")
    assert not (tmp_path / "packs").exists()
