"""Sets of comparators, the borders they may come from, and messages that depend on the model of neighbours."""

import json
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from fixtures.made_up import BOUNDARIES, register, source

from hnf.analysis.compare import all_flips, compare, flip
from hnf.analysis.trace import resolve
from hnf.errors import SourceError, UsageError
from hnf.measures.rates import RateSpec, rate_table
from hnf.sources.places import load_borders
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
HEAD = RateSpec(FinancialYear(2023), "block", "head")
#: Pairs that any map shows.
BORDERS = {
    "Hertfordshire": {
        "Luton", "Central Bedfordshire", "Cambridgeshire", "Essex", "Enfield", "Barnet", "Harrow", "Hillingdon",
        "Buckinghamshire",
    },
    "Cornwall": {"Devon"},
    "Southend": {"Essex"},
    "Camden": {"Barnet", "Brent", "City of London", "Haringey", "Islington", "Westminster"},
    "Medway": {"Kent"},
}  # fmt: skip


@pytest.mark.parametrize("who", BORDERS)
def test_borders_are_those_of_the_map(store: Store, who: str) -> None:
    directory = Authorities.of(store)
    rows = store.table("borders").filter(la_code=directory.find(who).la_code)
    assert {directory[code].name for code in rows["neighbour_la_code"]} == BORDERS[who]


def test_borders_go_both_ways_and_islands_have_none(store: Store) -> None:
    pairs = set(store.table("borders").select("la_code", "neighbour_la_code").iter_rows())
    assert len(pairs) == 748
    assert pairs == {(b, a) for a, b in pairs}
    assert not [pair for pair in pairs if pair[0] == pair[1]]
    codes = {code for code, _ in pairs}
    open_now = {code for code, a in Authorities.of(store).by_code.items() if not a.closed}
    assert open_now - codes == {"921", "420"}
    assert codes <= open_now


def test_boundaries_load_and_mistakes_are_named(store: Store) -> None:
    known = register(store)
    entry = source("boundaries", "boundaries", "b.geojson", b"")
    rows = load_borders(entry, BOUNDARIES.encode(), known)
    assert [(row["la_code"], row["neighbour_la_code"], row["shared_segments"]) for row in rows] == [
        ("822", "919", 1),
        ("919", "822", 1),
    ]
    features = json.loads(BOUNDARIES)["features"]
    apart = {**features[1], "geometry": {"type": "Polygon", "coordinates": [[[5, 5], [6, 5], [6, 6], [5, 5]]]}}
    for changed, expected in (
        (b"{", "is not GeoJSON"),
        (b'{"features": [{"properties": {}}]}', "is not GeoJSON"),
        (BOUNDARIES.replace("E10000015", "E99999999").encode(), "'E99999999' is not in the register"),
        (BOUNDARIES.replace("E10000015", "E06000055").encode(), "'E06000055' appears twice"),
        (BOUNDARIES.replace("MultiPolygon", "Point").encode(), "not made of polygons"),
        (BOUNDARIES.replace("[1, 0]", '["x", 0]').encode(), "not made of polygons"),
        (json.dumps({"features": [features[0], apart]}).encode(), "no two authorities share a line"),
    ):
        with pytest.raises(SourceError, match=expected):
            load_borders(entry, changed, known)


@pytest.mark.parametrize("which", ["neighbours-2021", "neighbours-2025", "region", "type", "borders", "Essex, 886,931"])
def test_mean_median_and_rank_worked_again(store: Store, which: str) -> None:
    found = compare(store, HEAD, "919", which)
    rates = rate_table(store, HEAD).values
    members = [rates[code] for code in found.set.codes if code in rates]
    own = rates["919"]
    assert "919" not in found.set.codes
    assert set(found.members) | set(found.without_rate) == set(found.set.codes)
    assert found.parts["mean"] == pytest.approx(sum(members) / len(members))
    assert found.parts["median"] == statistics.median(members)
    assert found.parts["rank"] == 1 + sum(rate < own for rate in members)
    assert found.message == ("below" if own < found.parts["mean"] else "above")
    payload = found.to_json()
    for part, figure_id in payload["figure_ids"].items():
        assert resolve(store, figure_id).value == found.parts[part]
    for row in payload["rows"]:
        assert resolve(store, row["figure_id"]).value == row["value"]


def test_neighbours_alone_are_those_of_the_latest_model(store: Store) -> None:
    assert compare(store, HEAD, "919", "neighbours").set == compare(store, HEAD, "919", "Neighbours-2025").set


def test_members_without_a_rate_are_listed(store: Store) -> None:
    found = compare(store, HEAD, "Camden", "borders")
    assert found.without_rate == {"201": "it had no allocation in 2023-24"}
    region = compare(store, HEAD, "Lancashire", "region")
    assert region.without_rate == {}
    assert {"942", "943"} <= set(region.members)
    assert "909" not in region.set.codes
    before = compare(store, RateSpec(FinancialYear(2022), "block", "head"), "Lancashire", "region")
    assert "909" in before.members
    listed = compare(store, HEAD, "Lancashire", "Cumbria,Kent")
    assert listed.without_rate == {"909": "it closed on 2023-03-31"}
    old = compare(store, RateSpec(FinancialYear(2022), "block", "head"), "Cumbria", "neighbours-2021")
    assert old.members


def test_some_messages_flip_and_each_does(store: Store) -> None:
    compared, left_out = all_flips(store, HEAD)
    flips = [both for both in compared if both.flips]
    assert len(flips) >= 1
    assert len(compared) + len(left_out) == 151
    assert set(left_out) == {"942", "943"}
    for both in flips:
        older, newer = (both.by_model[model].parts["difference"] for model in ("2021", "2025"))
        assert older * newer < 0
    for both in compared:
        if not both.flips:
            older, newer = (both.by_model[model].message for model in ("2021", "2025"))
            assert older == newer or "level" in (older, newer)
    hackney = flip(store, HEAD, "204")
    assert hackney is not None
    assert hackney.flips
    assert flip(store, HEAD, "942") is None
    assert flip(store, HEAD, "201") is None


def test_the_command_lists_flips_and_warns(hnf: Run) -> None:
    found = hnf("compare", "--flips", "--year", "2023-24", "--per", "head", "--format", "json").json
    assert found["count"] == len(found["rows"]) >= 1
    assert {"model_2021", "model_2025"} <= set(found["rows"][0])
    for row in found["rows"]:
        text = hnf("compare", row["la_code"], "--year", "2023-24", "--per", "head", "--with", "neighbours-2021").out
        assert "Warning: the message depends on the model of neighbours" in text
    quiet = hnf("compare", "919", "--year", "2023-24", "--per", "head")
    assert "Warning" not in quiet.out
    for text in (quiet.out, hnf("compare", "--flips", "--year", "2023-24").out):
        assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("Hertfordshir",), "Did you mean Hertfordshire"),
        (("City of London",), "City of London has no rate"),
        (("Cumbria",), "Cumbria has no rate"),
        (("919", "--with", "regoin"), "Sets are neighbours-2021"),
        (("919", "--with", "neighbours-2019"), "no model '2019'"),
        (("919", "--with", "919"), "there is nobody to compare with"),
        (("919", "--with", ","), "there is nobody to compare with"),
        (("919", "--with", "City of London"), "no authority of the authorities listed has a rate"),
        (("Isle of Wight", "--with", "borders"), "borders on no other authority"),
        (("Cumberland", "--with", "neighbours-2021"), "it opened on 1 April 2023"),
        ((), "name an authority, or ask for --flips"),
        (("919", "--flips"), "name an authority, or ask for --flips"),
    ],
)
def test_mistakes_get_one_line(hnf: Run, arguments: tuple[str, ...], expected: str) -> None:
    answer = hnf("compare", *arguments, "--year", "2023-24")
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    "last", ["region:919:mode", "neighbours-2019:919:mean", "list-999:919:mean", "borders:921:mean", "region:201:mean"]
)
def test_ids_of_nothing_are_refused(store: Store, last: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, f"compare:2023-24:block:pupil:{last}")


def test_a_rate_needs_a_denominator(store: Store) -> None:
    with pytest.raises(UsageError, match="a comparison needs a rate"):
        compare(store, RateSpec(FinancialYear(2023), "block", "none"), "919", "region")
