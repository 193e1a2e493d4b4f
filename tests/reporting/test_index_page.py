"""The index of a batch: every pack linked, in the list and on the map; a hostile name is only a name."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fixtures.fake_packs import jobs, summary

from hnf.packs.batch import BATCH_FILES, EXPLORER, authority_jobs, batch_files, pack_list
from hnf.packs.content import MISSING
from hnf.packs.index_page import (
    CLASSES,
    IndexText,
    PackSummary,
    SummaryFigure,
    draw_map,
    link_to,
    render_index,
)
from hnf.packs.sections.tile_map import tile_layout
from hnf.tables.store import Store

TEXT = IndexText("Packs of six places", "For members of Parliament", "A licence line.", "places")
PACKS = [summary(job) for job in jobs(6)]
LAYOUT = {pack.la_codes[0]: (1 + number % 3, 1 + number // 3) for number, pack in enumerate(PACKS)}


class Page(HTMLParser):
    """Collects links with the element they stand in, and ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, list[str]] = {}
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.setdefault(found.get("class") or "", []).append(found.get("href") or "")
        if "id" in found:
            self.ids.append(found["id"] or "")


def test_every_pack_is_linked_in_the_list_and_on_the_map() -> None:
    page = Page(render_index(PACKS, TEXT, layout=LAYOUT))
    wanted = sorted(f"place-{n}/index.html" for n in range(6))
    assert sorted(page.links["name"]) == wanted
    assert sorted(link for kind, links in page.links.items() if kind.startswith("tile") for link in links) == wanted
    assert sorted(page.links[""]) == sorted(f"place-{n}/data/all.csv" for n in range(6))
    assert len(set(page.ids)) == len(page.ids)


def test_packs_stand_under_their_regions() -> None:
    html = render_index(PACKS, TEXT)
    north, south = html.index(">The North<"), html.index(">The South<")
    places = {pack.label: html.index(f">{pack.label}<") for pack in PACKS}
    assert north < places["Place 1"] < places["Place 3"] < places["Place 5"] < south < places["Place 0"]
    assert "<svg" not in html  # no layout, no map


def test_the_page_needs_no_server_and_allows_its_own_script_alone() -> None:
    html = render_index(PACKS, TEXT, layout=LAYOUT)
    assert not re.search(r'(src|href)="(https?:|//|/|file:)', html)
    assert "@import" not in html
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in html
    assert "default-src 'none'" in html


def test_a_headline_is_under_its_name_and_kinds_are_offered_with_their_numbers() -> None:
    html = render_index(PACKS, TEXT)
    for pack in PACKS:
        after = html.split(f">{pack.label}</a>", 1)[1]
        assert after.index(pack.headline) < after.index("</th>")
    kinds = re.findall(r'<input type="checkbox" value="(\d)"> <span>(.*?) <span class="code">\((\d+)\)', html)
    assert kinds == [("0", "Even", "3"), ("1", "Odd", "3"), ("2", "A third &lt;number&gt;", "2")]
    held = re.findall(r'data-codes="(\d+)".*?data-kinds="([\d ]*)"', html)
    assert dict(held) == {"900": "0 2", "901": "1", "902": "0", "903": "1 2", "904": "0", "905": "1"}
    assert re.search(r'<fieldset class="kinds" hidden>', html)  # without a script all packs are listed
    same = [replace(pack, kinds=("One",)) for pack in PACKS]
    assert "<fieldset" not in render_index(same, TEXT)  # what holds for all chooses nothing


def test_a_column_without_any_figure_is_left_out() -> None:
    empty = SummaryFigure("Nothing", "", MISSING, None)
    html = render_index([replace(pack, figures=(empty, *pack.figures)) for pack in PACKS], TEXT, layout=LAYOUT)
    assert "Nothing" not in html
    assert MISSING not in html
    assert '<p class="key-title">Rank</p>' in html
    bare = render_index([replace(pack, figures=(empty,)) for pack in PACKS], TEXT, layout=LAYOUT)
    assert bare.count("<td") == 0
    assert 'class="key"' not in bare


def test_no_two_squares_have_the_same_letters(store: Store) -> None:
    layout, jobs_ = tile_layout(store), authority_jobs(store)
    packs = [replace(PACKS[0], label=job.label, folder=job.slug, la_codes=(job.key,)) for job in jobs_]
    view = draw_map(packs, layout, None, link_to)
    assert view is not None
    letters = [square.letters.casefold() for square in view.squares if square.link]
    assert len(letters) > 150
    assert len(set(letters)) == len(letters)


def test_a_hostile_name_is_only_a_name() -> None:
    bad = "<script>alert(1)</script>\" onload='x'|"
    pack = replace(
        PACKS[0],
        label=bad,
        region=bad,
        also=(bad,),
        figures=(SummaryFigure(bad, bad, bad, 1.0),),
        files=((bad, bad),),
        folder="a b#?",
        headline=bad,
        kinds=(bad,),
    )
    html = render_index([pack, *PACKS[1:]], replace(TEXT, title=bad, notes=(bad,)), layout=LAYOUT)
    page = Page(html)
    assert page.tags.count("script") == 1
    assert 'onload="' not in html
    assert "a%20b%23%3F/index.html" in page.links["name"]


def test_what_is_missing_is_said_to_be_missing_and_never_shaded() -> None:
    gone = replace(PACKS[2], figures=(SummaryFigure("Rank", "", MISSING, None),))
    none = replace(PACKS[3], figures=())
    packs = [*PACKS[:2], gone, none, *PACKS[4:]]
    html = render_index(packs, TEXT, layout=LAYOUT)
    assert html.count(f">{MISSING}<") == 2
    assert "It is never zero." in html
    assert html.count('data-value="') == 4
    view = draw_map(packs, LAYOUT, "Rank", link_to)
    assert view is not None
    shades = {square.code: square.shade for square in view.squares}
    assert shades["902"] == shades["903"] == "none"
    assert view.key[-1] == ("none", "no figure")
    assert MISSING not in render_index(PACKS, TEXT, layout=LAYOUT)


@pytest.mark.parametrize("count", [1, 4, 5, 100, 151])
def test_classes_have_as_many_packs_each_and_equal_figures_share_one(count: int) -> None:
    packs = [summary(job) for job in jobs(count)]
    layout = {pack.la_codes[0]: (1 + n % 15, 1 + n // 15) for n, pack in enumerate(packs)}
    view = draw_map(packs, layout, "Rank", link_to)
    assert view is not None
    shades = [square.shade for square in view.squares]
    sizes = [shades.count(str(number)) for number in range(1, CLASSES + 1)]
    assert sum(sizes) == count
    assert shades == sorted(shades)
    if count >= CLASSES:
        assert max(sizes) - min(sizes) <= 1
        assert view.key[0][1].startswith("1")
        assert view.key[-1][1].endswith(str(count))
    same = [replace(pack, figures=(SummaryFigure("Rank", "r", "7", 7.0),)) for pack in packs]
    level = draw_map(same, layout, "Rank", link_to)
    assert level is not None
    assert {square.shade for square in level.squares} == {"1"}
    assert level.key == (("1", "7"),)


def test_a_pack_of_several_authorities_has_no_square_and_others_are_drawn_empty() -> None:
    joint = replace(PACKS[0], la_codes=("900", "901"))
    view = draw_map([joint, PACKS[2]], LAYOUT, None, link_to)
    assert view is not None
    assert [square.code for square in view.squares if square.link] == ["902"]
    assert len(view.squares) == 6
    assert draw_map([joint], LAYOUT, None, link_to) is None


def test_the_files_are_the_same_bytes_each_time() -> None:
    first = batch_files(PACKS, TEXT, layout=LAYOUT)
    assert (*first, EXPLORER) == BATCH_FILES
    assert first == batch_files(PACKS, TEXT, layout=dict(reversed(LAYOUT.items())))


def test_the_list_for_spreadsheets_has_every_pack_and_starts_no_formula() -> None:
    packs = [*PACKS, replace(PACKS[0], label="=1+1", headline="+2\nmore, and more")]
    rows = list(csv.DictReader(io.StringIO(pack_list(packs).decode())))
    assert [row["folder"] for row in rows] == [pack.folder for pack in packs]
    assert rows[1]["headline"] == "Place 1 is place number 1"
    assert (rows[-1]["label"], rows[-1]["headline"]) == ("'=1+1", "'+2 more, and more")
    assert [row["kinds"] for row in rows[:2]] == ["A third <number>; Even", "Odd"]


def test_a_summary_survives_its_record() -> None:
    for pack in PACKS:
        assert PackSummary.from_payload(pack.to_json()) == pack


def test_squares_come_from_the_tables_where_they_have_them(store: Store) -> None:
    layout = tile_layout(store)
    assert isinstance(layout, dict)
    assert len(set(layout.values())) == len(layout)
    assert all(column >= 1 and row >= 1 for column, row in layout.values())
