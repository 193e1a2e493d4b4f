"""Every amount, percentage and rank in the prose of a pack is a figure of its manifest, which `hnf trace` follows.

Prose is all text outside the cells of tables: sentences with their bases, titles, alternatives and notes of charts and
tables. What a term means in general (the glossary) is about no place.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from test_pack import without_decisions

from hnf.analysis.trace import resolve, trace
from hnf.packs.build import build_constituency_pack, build_region_pack, draft_authority
from hnf.packs.content import Pack
from hnf.packs.findings import pack_texts
from hnf.packs.subject import assemble, subject_of
from hnf.packs.write import _manifest
from hnf.paths import data_folder

#: Known differences of every kind, a floor, a limit, no allocation, suppressed, reorganised.
AUTHORITIES = ("919", "383", "213", "942", "943", "355", "353", "301", "921", "940", "838", "201", "810")
REGIONS = ("South East", "London")
JOINT = ("Barrow and Furness", "Blackley and Middleton South")

AMOUNT = r"£(\d[\d,]*\d|\d)(\.\d+)?(?: ?(million|billion|m\b))?"
#: Money of n places, whose product is the figure; a tolerance, which is the check's and no figure.
PLACES, TOLERANCE = re.compile(rf"(\d+) × {AMOUNT}"), re.compile(r"within £\d+")
MONEY, PERCENT = re.compile(AMOUNT), re.compile(r"(\d[\d,]*\d|\d)(\.\d+)?(?:%| per cent)")
RANK = re.compile(r"(\d+)(?:st|nd|rd|th)\b")
SCALE = {"m": 1e6, "million": 1e6, "billion": 1e9}


def prose(pack: Pack) -> Iterator[str]:
    yield from (pack.title, pack.subtitle)
    decided = {decision["text"] for decision in pack_texts()["decided"]}  # these rest on the table of policy
    for sentence in pack.sentences():
        yield from (() if sentence.text in decided else (without_decisions(sentence.text), sentence.basis))
    for chart in pack.charts():
        yield from (chart.title, chart.subtitle, chart.alt, *chart.notes)
    for table in pack.tables():
        yield from (table.title, table.subtitle, *table.notes)
    for sheet in pack.worksheets:
        yield from (sheet.title, sheet.subtitle, *sheet.notes)


def is_value(whole: str, decimals: str | None, values: list[float], scale: float = 1.0) -> bool:
    """Say whether a printed number is one of the values, to the digits that are printed."""
    decimals = decimals or ""
    printed = float(whole.replace(",", "") + decimals) * scale
    off = 0.5 * 10 ** -max(len(decimals) - 1, 0) * scale * (1 + 1e-9)
    return any(abs(abs(value) - printed) <= off for value in values)


def assumed() -> list[float]:
    """Values of assumptions, each with its own reason and reference."""
    return [entry["value"] for entry in tomllib.loads((data_folder() / "assumptions.toml").read_text())["assumption"]]


def without_figure(pack: Pack, figures: list[dict[str, object]]) -> list[tuple[str, str]]:
    """Return the numbers of the prose that no figure has, each with its text."""
    by_unit: dict[str, list[float]] = {}
    for figure in figures:
        if isinstance(value := figure["value"], int | float):
            by_unit.setdefault(str(figure["unit"]), []).append(float(value))
    money = [value for unit, values in by_unit.items() if unit.startswith("gbp") for value in values]
    percent = [*by_unit.get("pct", []), *(100 * value for value in by_unit.get("share", [])), *assumed()]
    ranks = set(by_unit.get("rank", []))
    sizes = {figure["value"] for figure in figures if str(figure["id"]).startswith("universe:")}
    found = []
    for text in prose(pack):
        rest = TOLERANCE.sub("", text)
        for match in PLACES.finditer(rest):
            product = float(match[1]) * float(match[2].replace(",", ""))
            found += [] if product in money else [(match[0], text)]
        rest = PLACES.sub("", rest)
        for match in MONEY.finditer(rest):
            found += [] if is_value(match[1], match[2], money, SCALE.get(match[3], 1.0)) else [(match[0], text)]
        for match in PERCENT.finditer(rest):
            found += [] if is_value(match[1], match[2], percent) else [(match[0], text)]
        for match in RANK.finditer(rest):
            place = int(match[1])
            if place not in ranks and not any(size - place + 1 in ranks for size in sizes):
                found.append((match[0], text))
    return found


def manifest_of(store, pack):
    return json.loads(_manifest(store, pack, {}))


@pytest.fixture(scope="module")
def packs(store):
    drafts = [draft_authority(subject_of(store, code)) for code in AUTHORITIES]
    audiences = ("mp", "councillor", "analyst")
    found = [assemble(store, draft, audience) for draft in drafts for audience in audiences]
    found += [build_region_pack(store, name, audience) for name in REGIONS for audience in audiences]
    return found + [build_constituency_pack(store, name, audience) for name in JOINT for audience in audiences]


def test_amounts_percentages_and_ranks_in_prose_are_figures(store, packs):
    looked = 0
    for pack in packs:
        assert without_figure(pack, manifest_of(store, pack)["figures"]) == [], f"{pack.title}, {pack.audience}"
        looked += sum(len(one.findall(text)) for text in prose(pack) for one in (MONEY, PERCENT, RANK))
    assert looked > 40 * len(packs) / 2


def test_pounds_of_a_known_difference_lead_to_cells(store, packs):
    """The pounds that the reason of Oldham names: what its baseline lacks, and its special free schools money."""
    oldham = next(pack for pack in packs if pack.places[0].la_code == "353")
    said = next(sentence for sentence in oldham.sentences() if "£130,861" in sentence.basis)
    assert [round(figure.value) for figure in said.behind] == [130_861, 1_014_695]
    for pack in packs:
        for sentence in pack.sentences():
            for figure in sentence.behind:
                assert resolve(store, figure.id).value == figure.value
                assert trace(store, figure.id).cells


@pytest.mark.parametrize("code", ["307", "355", "301", "887", "941"])
def test_what_an_inference_says_is_never_said_flatly(store, code):
    """Places that may have joined a baseline are a reason in the note, and decide nothing in the sentence."""
    why = next(part for part in draft_authority(subject_of(store, code)).sections if part.id == "why")
    said = " ".join(sentence.text for sentence in why.paragraphs)
    assert "whole number" not in said
    assert "only if £" in said or "Without the limit" in said
    assert all(sentence.basis for sentence in why.paragraphs)


def test_numbers_without_a_figure_are_seen(store, packs):
    pack = packs[0]
    figures = manifest_of(store, pack)["figures"]
    made_up = "£123,457 or £87.6 million, 98.7%, 3 × £6,001 and the 153rd, within £2"
    for wrong in (
        replace(pack, headline=replace(pack.headline, basis=made_up)),
        replace(pack, subtitle=made_up),
    ):
        seen = [number for number, _ in without_figure(wrong, figures)]
        assert seen == ["3 × £6,001", "£123,457", "£87.6 million", "98.7%", "153rd"]
