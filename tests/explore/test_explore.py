"""The explorer's page: its figures, worked out by its own arithmetic, are those of the tables and of other answers.

The charting library is in the extra `ci`: the tests that look at it are marked slow, the others have a stand-in.
"""

from __future__ import annotations

import base64
import copy
import csv
import errno
import gzip
import hashlib
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from fixtures.explorer_page import REAL, STAND_IN, Held, Parts, library
from fixtures.hostile_text import ALL, FORMULAS, MARKUP, hostile_tables
from injection.conftest import seen
from injection.test_answers import steering
from unit.test_vocabulary import vocabulary

from hnf.analysis.bounds import year_bounds
from hnf.analysis.table import table
from hnf.errors import UsageError
from hnf.explore import page
from hnf.explore.data import build_payload
from hnf.explore.page import Explorer, explorer
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
TIDY = ROOT / "data" / "tidy"
#: Twelve bases: measures of the page, with what `hnf rank` is asked for.
BASES = {
    "block": ("--year", "2023-24", "--per", "none"),
    "block_per_head": ("--year", "2023-24", "--per", "head"),
    "block_per_head_dfe": ("--year", "2020-21", "--per", "head", "--population", "dfe"),
    "block_per_pupil": ("--year", "2022-23", "--per", "pupil"),
    "block_per_plan": ("--year", "2019-20", "--per", "plan"),
    "nff_per_head_dfe": ("--year", "2019-20", "--measure", "nff", "--per", "head", "--population", "dfe"),
    "nff_additional_per_head_dfe": (
        "--year", "2023-24", "--measure", "nff_additional", "--per", "head", "--population", "dfe",
    ),
    "after_deductions_per_plan": ("--year", "2021-22", "--measure", "after_deductions", "--per", "plan"),
    "plans": ("--year", "2026", "--measure", "plans"),
    "within_20_weeks_pct": ("--year", "2024", "--measure", "within_20_weeks_pct"),
    "plans_per_1000_0_25": ("--year", "2021", "--measure", "plans_per_1000_0_25"),
    "appeal_rate_pct": ("--year", "2024", "--measure", "appeal_rate_pct"),
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("stand_in")


@pytest.fixture(scope="module")
def whole(store: Store) -> Explorer:
    return explorer(store)


@pytest.fixture(scope="module")
def held(whole: Explorer) -> Held:
    return Held(whole.html)


def differing(held: Held, store: Store, names: str | list[str], years: str | None = "all") -> tuple[int, list[Any]]:
    """How many values `hnf table` has of the page's areas, and those that the page has otherwise."""
    count, other = 0, []
    found = table(store, names, years, areas=[area["code"] for area in held.areas], with_rank=True)
    for name, period, area, value, status, id_, rank in found.long.select(
        "measure", "period", "area_code", "value", "status", "figure_id", "rank"
    ).iter_rows():
        own = held.value(name, period, area)
        said = held.word("why" if own is None else "flags", name, period, area)
        figure = f"rate:{period}:{held.measures[name]['figure']}:{area}"
        place = held.ranks(name, period).get(area)
        doubted = str(held.place[area]) in held.data["doubts"].get(name, {}).get(period, {})
        count += value is not None
        if (own, said) != (value, status or "") or (value is not None and figure != id_):
            other.append((name, period, area, own, value, said, status, figure, id_))
        if rank != (place[0] if place and not doubted else None):
            other.append((name, period, area, "rank", place, rank))
    assert {(name, period) for name, periods in found.periods.items() for period in periods} <= {
        (name, period) for name, one in held.measures.items() for period in one["periods"]
    }
    return count, other


# Figures.


def test_values_reasons_ids_and_ranks_are_those_of_the_table(held: Held, store: Store) -> None:
    names = list(held.measures)[::24]
    kinds = {held.measures[name]["kind"] for name in names}
    assert kinds == {"published", "share", "rate_of_funding"}
    count, other = differing(held, store, [*names, "plans_per_1000_0_25", "block_per_head_dfe_adjusted"])
    assert other == []
    assert count > 9_000


@pytest.mark.slow
def test_every_value_reason_id_and_rank_is_that_of_the_table(held: Held, store: Store) -> None:
    count, other = differing(held, store, "all")
    assert other == []
    assert count > 200_000
    assert list(held.measures) == table(store, "all", level="england").names


def rows(name: str, **wanted: str) -> list[dict[str, str]]:
    with (TIDY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if all(row[key] == value for key, value in wanted.items())]


def test_values_are_those_of_the_published_tables(held: Held) -> None:
    """By hand: totals of July 2023 over people of mid-2023; plans; a share; the area cost adjustment."""
    of = {"financial_year": "2023-24", "edition": "2023-07-20"}
    block = {
        row["la_code"]: float(row["value"])
        for row in rows("dsg_high_needs_block", term="total_before_deductions", **of)
    }
    people = {
        row["la_code"]: int(row["people"])
        for row in rows("population", mid_year="2023", series="ons_estimate", age_band="2-18")
        if row["geographic_level"] == "local_authority"
    }
    codes = [code for code in block if code]
    assert len(codes) == 151
    assert {code: held.value("block_per_head", "2023-24", code) for code in codes} == {
        code: block[code] / people[code] for code in codes
    }
    rate = {
        row["la_code"]: float(row["value"]) for row in rows("dsg_high_needs_block", term="basic_entitlement_rate", **of)
        if row["geographic_level"] == "local_authority"
    }  # fmt: skip
    assert {code: held.value("block_per_head_adjusted", "2023-24", code) for code in codes} == {
        code: block[code] / (people[code] * (rate[code] / min(rate.values()))) for code in codes
    }
    # Printed: 3,682 and 15,137 plans in Hertfordshire, 718,838 in England; 45.5% of new plans within 20 weeks in 2025.
    assert [held.value("plans", one, "919") for one in ("2015", "2026")] == [3_682, 15_137]
    assert held.value("plans", "2026", "england") == 718_838
    assert round(held.value("within_20_weeks_pct", "2025", "england") or 0, 1) == 45.5
    # In the debate of 2023: £614 a head in Hertfordshire, £935 in Buckinghamshire.
    said = [held.value("nff_additional_per_head_dfe", "2023-24", code) or 0 for code in ("919", "825")]
    assert [round(one, 2) for one in said] == [614.02, 934.93]


@pytest.mark.parametrize("name", BASES)
def test_ranks_and_ties_are_those_of_hnf_rank(held: Held, hnf: Run, name: str) -> None:
    answer = hnf("rank", *BASES[name], "--format", "json").json
    period = BASES[name][1]
    found = {row["la_code"]: (row["rank"], len(row["tied_with"])) for row in answer["rows"]}
    assert len(found) > 140
    assert held.ranks(name, period) == found
    assert held.value(name, period, "england") == answer["england"]["value"]


def test_a_doubtful_value_is_there_with_its_words_and_has_no_rank(held: Held) -> None:
    # The appeal rate of Hertfordshire in 2024 rests on a faulty count of decisions.
    assert held.value("appeal_rate_pct", "2024", "919") == pytest.approx(27.9, abs=0.05)
    assert held.data["doubts"]["appeal_rate_pct"]["2024"][str(held.place["919"])] == "faulty"
    assert held.data["unranked"]["faulty"] == "the return is faulty"
    assert held.word("flags", "appeal_rate_pct", "2024", "919")
    doubted = sum(len(of) for periods in held.data["doubts"].values() for of in periods.values())
    assert doubted > 100


def test_nothing_is_a_silent_gap(held: Held) -> None:
    gaps = 0
    for name, measure in held.measures.items():
        for period in measure["periods"]:
            for place, value in enumerate(held.column(name, period)):
                if value is None:
                    gaps += 1
                    assert held.data["why"][name][period][str(place)] < len(held.data["reasons"])
    assert gaps > 10_000
    # Suppressed: Isle of Wight in the release of 2026. Not in the table of allocations: City of London.
    assert held.word("why", "plans", "2026", "921") == "not available (suppressed) (x)"
    assert held.word("why", "block", "2023-24", "201")


def test_an_authority_that_closed_says_what_became_of_it(held: Held) -> None:
    cumbria = held.areas[held.place["909"]]
    assert cumbria["changed"] == ("Cumbria closed on 31 March 2023 and became Cumberland and Westmorland and Furness.")
    assert cumbria["tile"] is None
    assert held.value("block", "2022-23", "909") is not None
    assert held.word("why", "block", "2023-24", "909") == (
        "Cumbria closed on 31 March 2023; for 2023-24 ask for Cumberland and Westmorland and Furness"
    )
    assert held.word("why", "block", "2022-23", "942").startswith("Cumberland opened on 1 April 2023; for 2022-23 ask")
    assert "Cheshire" not in {area["name"] for area in held.areas}, "closed in 2009, and no table has it"


def test_areas_have_regions_neighbours_and_squares(held: Held) -> None:
    own = held.areas[held.place["919"]]
    assert (own["name"], own["region_name"], own["type"]) == ("Hertfordshire", "East of England", "upper_tier")
    models = sorted({row["model"] for row in rows("neighbours")})
    near = sorted((int(row["position"]), row["neighbour_la_code"])
                  for row in rows("neighbours", model=models[-1], la_code="919"))  # fmt: skip
    assert own["neighbours"] == [code for _, code in near]
    tiles = {row["la_code"]: [int(row["column"]), int(row["row"])] for row in rows("tiles")}
    assert {area["code"]: area["tile"] for area in held.areas if area["tile"]} == tiles
    labels = [area["label"] for area in held.areas if area["tile"]]
    assert len(set(labels)) == len(labels) == 153
    assert [area["level"] for area in held.areas].count("region") == 9
    assert held.areas[-1]["code"] == "england"


def test_breaks_stand_before_the_first_period_on_the_new_footing(held: Held) -> None:
    assert [(one["before"], one["mark"]) for one in held.measures["block"]["breaks"]] == [
        ("2021-22", "New definitions")
    ]
    # Statements were converted until 2018: a change since 2015 has that break in it.
    assert [(one["before"], one["until"]) for one in held.measures["plans"]["breaks"]] == [
        ("2014", "2018"), ("2023", "2023"),
    ]  # fmt: skip
    for measure in held.measures.values():
        for one in measure.get("breaks", ()):
            assert one["before"] in measure["periods"][1:]
            assert one["until"] >= one["before"]
            assert one["words"]


def test_the_first_page_of_each_authority_is_that_of_its_pack(held: Held) -> None:
    front = held.data["front"]
    pack = (ROOT / "reports" / "hertfordshire" / "index.html").read_text(encoding="utf-8")
    pack = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", pack)))
    own = front[str(held.place["919"])]
    for sentence in (own["message"], *own["why"], *own["since"], *(one["says"] for one in own["numbers"])):
        assert sentence["text"] in pack
        assert sentence["basis"]
        assert all(re.fullmatch(r"[a-z_]+:.+", id_) for id_ in sentence["ids"])
    assert [one["large"] for one in own["numbers"]] == ["15,137", "£690", "£21m to £47m more"]
    assert own["as_at"] in pack
    assert own["first"] == "2015"
    open_ = {
        str(held.place[area["code"]]) for area in held.areas if area["level"] == "authority" and "closed" not in area
    }
    assert set(front) == open_
    # Nine plans that became 26 make no index.
    assert front[str(held.place["201"])]["first"] is None
    assert front[str(held.place["201"])]["why"] == []


def test_an_authority_without_a_pack_says_why() -> None:
    # The counts published by then end in January 2022, before Cumberland opened.
    early = build_payload(Store(as_at="2024-07-20"), areas=["Cumberland", "Kent"])
    codes = [area["code"] for area in early["areas"]]
    assert "no count of EHC plans for Cumberland" in early["front"][codes.index("942")]["none"]
    assert early["front"][codes.index("886")]["message"]["text"].startswith("In 2023-24 Kent received")


def test_ranges_are_those_of_bounds(held: Held, store: Store) -> None:
    assert list(held.data["bounds"]) == ["2024-25", "2025-26"]
    # Wakefield was on the limit twice: £59,144,984 is printed for 2025-26.
    year = held.data["bounds"]["2025-26"]
    lower, upper, *_ = year["rows"][str(held.place["384"])]
    assert lower <= 59_144_984 + 1
    assert upper >= 59_144_984 - 1
    assert year["parts"] == ["lower", "upper", "lower_per_head", "upper_per_head", "lower_rank", "upper_rank"]
    bounds = year_bounds(store, FinancialYear.parse("2025-26"))
    assert {int(place): row for place, row in year["rows"].items()} == {
        held.place[code]: [one.lower_gbp, one.upper_gbp, one.lower_per_head, one.upper_per_head, one.lower_rank,
                           one.upper_rank] for code, one in bounds.rows.items()
    }  # fmt: skip
    assert year["universe"] == len(year["rows"]) > 140


def test_real_terms_are_by_the_deflator(held: Held) -> None:
    prices = held.data["prices"]
    index = {row["financial_year"]: float(row["index"]) for row in rows("prices", vintage=prices["vintage"])}
    base = max(row["financial_year"] for row in rows("prices", vintage=prices["vintage"], kind="outturn"))
    assert prices["base"] == base
    assert prices["factors"] == {year: index[base] / one for year, one in index.items()}
    assert all(year > base for year in prices["forecast"])


def test_reported_figures_are_apart_with_their_addresses(held: Held) -> None:
    said = held.data["reported"]
    assert len(said) == len(rows("reported"))
    assert all(one["figure_id"].startswith("reported:") and one["words"] for one in said)
    assert {one["address"] for one in said} <= {row["address"] for row in rows("reported")} | {""}
    assert held.data["policy"]
    assert not any(one["kind"] == "reported" for one in held.measures.values())


def test_a_figure_is_followed_to_the_file_it_is_from(held: Held) -> None:
    files, of = held.data["sources"]["files"], held.data["sources"]["of"]
    expected = {
        row["source_id"] for row in rows("dsg_high_needs_block", financial_year="2023-24", edition="2023-07-20")
    }
    assert {files[one]["id"] for one in of["block"]["2023-24"]} == expected
    assert {files[one]["id"] for one in of["people_2_18_ons"]["2023"]} == {
        row["source_id"] for row in rows("population", mid_year="2023", series="ons_estimate", age_band="2-18")
    }
    assert all(one["title"] and one["publisher"] and one["published"] for one in files)
    for name, measure in held.measures.items():
        sides = [name] if measure["kind"] == "published" else [measure["part"]]
        assert all(of[side].get(period) for side in sides for period in measure["periods"]), name


def test_words_that_hold_for_all_areas_are_there(held: Held) -> None:
    people = held.data["notes"]["plans_per_1000_0_25"]["2026"][""]
    assert [held.data["reasons"][one] for one in people] == [
        "People: the ONS estimate of mid-2024, the latest published"
    ]
    cumbria = held.data["notes"]["block_per_plan"]["2023-24"]["england"]
    assert "Cumbria" in held.data["reasons"][cumbria[0]]


# A smaller page.


def test_a_smaller_page_has_its_areas_and_ranks_among_all(held: Held, store: Store) -> None:
    small = Held(explorer(store, "Kent,Cumbria,England").html)
    assert [area["code"] for area in small.areas] == ["886", "909", "england"]
    assert small.areas[0]["neighbours"] == []
    for name, measure in list(held.measures.items())[::7]:
        for at, period in enumerate(measure["periods"]):
            among = small.data["among"][name][at]
            ranks = held.ranks(name, period)
            ordered = sorted(held.value(name, period, code) or 0 for code in ranks)
            assert among["count"] == len(ranks)
            own = [ranks.get(code, (None, None)) for code in ("886", "909")]
            assert among["ranks"] == [*(rank for rank, _ in own), None]
            assert among["tied"] == [*(tied for _, tied in own), None]
            assert len(among["classes"]) <= 5
            ends = [ordered[0], ordered[-1]] if ordered else []
            assert among["median"] == (statistics.median(ordered) if ordered else None)
            assert [among["classes"][0][0], among["classes"][-1][1]] == ends if ordered else among["classes"] == []
    assert held.data["among"] is None
    assert {one["area_code"] for one in small.data["reported"]} <= {"886", "909", "england"}
    assert len(small.packed) < len(held.packed) / 2


def test_a_region_has_its_authorities_itself_and_england(held: Held, store: Store) -> None:
    small = Held(explorer(store, region="south east").html)
    region = {row["la_code"] for row in rows("authorities", region_name="South East")}
    assert {area["code"] for area in small.areas if area["level"] == "authority"} == region
    assert [area["name"] for area in small.areas if area["level"] != "authority"] == ["South East", "England"]
    for name, period in (("block_per_head_adjusted", "2023-24"), ("refused_pct", "2025"), ("plans", "2026")):
        assert small.column(name, period) == [held.value(name, period, area["code"]) for area in small.areas]


# The page.


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_runs_its_script_and_the_library_and_no_other_and_asks_nothing(whole: Explorer) -> None:
    parts = Parts(whole.html)
    data, charts, own = parts.scripts
    assert [one.get("id") for one, _ in (data, charts)] == ["hnf-data", "hnf-charts"]
    assert {one.get("type") for one, _ in (data, charts)} == {"application/octet-stream"}
    library = gzip.decompress(base64.b64decode(charts[1])).decode()
    assert library.endswith(f"\n{STAND_IN}")
    policy = dict(part.strip().split(" ", 1) for part in parts.policy.split(";"))
    assert policy["default-src"] == "'none'"
    assert sorted(policy["script-src"].split()) == sorted([hash_of(own[1]), hash_of(library)])
    assert "connect-src" not in policy
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert not re.search(r"https?:", " ".join(policy.values()))
    assert parts.risky == []


def words_of(text: str) -> str:
    return " ".join(re.findall(r"[A-Za-z]+", text))


#: What licences ask of whoever passes the code on in another form.
CONDITIONS = re.compile(r"Redistribution and use .*? prior written permission", re.DOTALL)


def test_the_library_begins_with_whose_it_is_conditions_and_disclaimers(whole: Explorer) -> None:
    library = gzip.decompress(base64.b64decode(Parts(whole.html).scripts[1][1])).decode()
    notices, code = library.split("*/\n", 1)
    assert notices.startswith("/*!\nThe charting library: Vega, Vega-Lite and Vega-Embed with what they need")
    assert code == STAND_IN, "nothing in the notices ends them"
    assert "vl-convert-python 0." in notices
    assert "{" not in notices
    # As the files LICENSE of the packages on npm have them.
    for whose in (
        "Copyright (c) 2015-2023, University of Washington Interactive Data Lab",
        "Copyright (c) 2015, University of Washington Interactive Data Lab",
        "Copyright 2010-2023 Mike Bostock",
        "Copyright 2018-2021 Observable, Inc.",
        "Copyright (c) Isaac Z. Schlueter and Contributors",
        "Copyright (c) 2013, 2014, 2020 Joachim Wester",
        "Copyright 2023 Jon Mease",
    ):
        assert whose in notices
    said = words_of(notices)
    assert len(CONDITIONS.findall(notices)) == 1
    for of_each in (
        "Redistributions in binary form must reproduce the above copyright notice this list of conditions and the",
        "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS AS IS AND ANY EXPRESS OR IMPLIED",
        "provided that the above copyright notice and this permission notice appear in all copies",
        "The above copyright notice and this permission notice shall be included in all copies or substantial portions",
    ):
        assert said.count(of_each) == 1


@pytest.mark.slow
def test_the_page_is_the_same_twice(whole: Explorer) -> None:
    assert explorer(Store()).html == whole.html


def test_the_figures_are_small(held: Held) -> None:
    assert len(held.packed) < 450_000


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


@pytest.mark.slow
def test_hostile_names_stay_text(tmp_path: Path) -> None:
    names = hostile_tables(tmp_path / "tables")
    store = Store(tmp_path / "tables")
    html = explorer(store).html
    found = Held(html)
    own = {area["code"]: area["name"] for area in found.areas if area["level"] == "authority"}
    assert {code: seen(name) for code, name in own.items()} == {code: seen(names[code]) for code in own}
    assert sum(name in ALL for name in own.values()) > 30, "a formula, markup, a path, a very long name as they are"
    assert {*FORMULAS[:5], *MARKUP[:3], "x" * 300} <= set(own.values())
    texts = [*texts_in(found.data), html]
    assert len(texts) > 10_000
    # Nothing that ends a line of a terminal or turns the direction of writing.
    assert set().union(*map(steering, texts)) <= {"\t"}
    parts = Parts(html)
    assert len(parts.scripts) == 3
    assert parts.risky == []
    assert html.count("</script") == 3
    assert not [text for text in MARKUP[:7] if text in html]
    assert all(re.match(r"https?://", one["page"]) or not one["page"] for one in found.data["sources"]["files"])


# The command.


def test_the_command_writes_the_page_and_says_how_much_is_in_it(hnf: Run, whole: Explorer, tmp_path: Path) -> None:
    out = tmp_path / "explore.html"
    out.write_text("an older one", encoding="utf-8")
    answer = hnf("explore", "--out", out, "--format", "json")
    assert (answer.code, answer.json) == (
        0,
        {
            "file": str(out), "bytes": len(whole.html.encode()), "measures": 347, "periods": 1464, "areas": 168,
            "edition": Store().edition,
        },
    )  # fmt: skip
    assert out.read_text(encoding="utf-8") == whole.html


def test_an_earlier_edition_has_what_was_published_by_then(hnf: Run, tmp_path: Path) -> None:
    out = tmp_path / "then.html"
    answer = hnf("explore", "--out", out, "--edition", "2024-07-20", "--areas", "Kent", "--format", "json")
    assert answer.code == 0, answer.err
    found = Held(out.read_text(encoding="utf-8"))
    assert found.measures["plans"]["periods"][-1] == "2022", "the next release that these tables have is of 2025"
    assert "as published by 2024-07-20" in found.data["edition"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--areas", "Hertfordshre"), "--areas: no authority is called 'Hertfordshre'. Did you mean Hertfordshire"),
        (("--areas", ""), "--areas: no area is named. Leave --areas out for every area."),
        (("--areas", ","), "--areas: no area is named."),
        (("--region", "Hertfordshire"), "--region: Hertfordshire is not a region. Regions are East Midlands, East of"),
        (("--region", "Nowhere"), "--region: no authority is called 'Nowhere'."),
        (("--region", ""), "--region: no authority is called ''."),
        (("--edition", "soon"), "--edition: 'soon' is not a date. Write it as 2024-07-20, or latest."),
        (("--data", "nowhere"), "--data: 'nowhere' does not exist."),
        (("--out", "nowhere/x.html"), "nowhere/x.html: cannot write: there is no folder 'nowhere'."),
        (("--out", "a/b/x.html"), "a/b/x.html: cannot write: there is no folder 'a/b'."),
        (("--out", "folder.html"), "folder.html: cannot write: what is of this name is not a file."),
        (("--out", "file/x.html"), "file/x.html: cannot write: Not a directory."),
        (("--out", "/proc/x.html"), "/proc/x.html: cannot write: "),
        (("--out", "."), ".: the explorer is a web page. Let the name end with .html."),
        (("--out", ""), "--out: the explorer is a web page. Let the name end with .html."),
        (("--out", "x.txt"), "x.txt: the explorer is a web page. Let the name end with .html."),
        (("--out", "/dev/full"), "/dev/full: the explorer is a web page."),
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(
    hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(page, "_pack", lambda _: pytest.fail("refused before the work"))
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").touch()
    answer = hnf("explore", *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(f"hnf: {words}")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder.html"]


def test_a_day_before_all_tables_says_when_the_first_is_of(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("explore", "--out", tmp_path / "x.html", "--edition", "1999-01-01")
    assert answer.code == 2
    assert answer.err.splitlines()[-1].startswith(
        "hnf: --edition: nothing of dsg_high_needs_block was published by 1999-01-01; the first is of 2019-03-27."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def kent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every page be that of Kent, worked out once."""
    monkeypatch.setattr(page, "build_payload", lambda *_: copy.deepcopy(payload_of_kent(store)))


@cache
def payload_of_kent(store: Store) -> Any:
    return build_payload(store, "Kent")


@pytest.mark.usefixtures("kent")
def test_without_options_the_page_is_explore_html(hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = hnf("explore")
    assert (answer.code, answer.err) == (0, "")
    assert "Open explore.html in a browser." in answer.out
    assert [path.name for path in tmp_path.iterdir()] == ["explore.html"]
    assert Held((tmp_path / "explore.html").read_text(encoding="utf-8")).areas[0]["name"] == "Kent"
    form, table = (hnf("explore", "--format", one) for one in ("json", "csv"))
    assert set(form.json) <= set(vocabulary())
    assert table.out.splitlines()[0] == ",".join(form.json)


@pytest.mark.usefixtures("kent")
@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_page_that_cannot_be_written_leaves_the_old_one_whole(
    hnf: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    out = tmp_path / "explore.html"
    out.write_text("an older one", encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    answer = hnf("explore", "--out", out)
    assert (answer.code, answer.out) == (2, "")
    said = f"hnf: {out}: cannot write: No space left on device."
    assert answer.err == f"{said} Choose another place or free some space.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["explore.html"]
    assert out.read_text(encoding="utf-8") == "an older one"


def test_names_with_a_comma_and_authorities_that_closed_are_taken(store: Store) -> None:
    found = build_payload(store, "Bristol, City of, Cumbria,Bournemouth, Christchurch and Poole")
    assert {area["name"] for area in found["areas"]} == {
        "Cumbria", "Bristol, City of", "Bournemouth, Christchurch and Poole", "England",
    }  # fmt: skip


def test_without_the_extra_one_line_says_what_to_install(hnf: Run, store: Store, tmp_path: Path) -> None:
    with library(None):
        answer = hnf("explore", "--out", tmp_path / "x.html")
        with pytest.raises(UsageError):
            explorer(store)
    assert answer.code == 2
    assert answer.err == (
        "hnf: the package vl-convert-python, which has the charts, is not installed. "
        "Install it with: pip install 'hnf[explore]'\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_packs_are_linked(store: Store) -> None:
    found = Held(explorer(store, "Kent", packs={"886": "kent/index.html", "919": "hertfordshire/index.html"}).html)
    assert [area.get("pack") for area in found.areas] == ["kent/index.html", None]


@pytest.mark.slow
def test_the_page_with_the_library_is_small_and_the_same_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", REAL)
    page._library.cache_clear()
    first = explorer(store)
    page._library.cache_clear()
    assert explorer(store).html == first.html
    assert 600_000 < first.size < 2_000_000
    library = gzip.decompress(base64.b64decode(Parts(first.html).scripts[1][1])).decode()
    notices, code = library.split("*/\n", 1)
    assert "window.vegaEmbed=" in code
    own = next(path for path in metadata.files("vl-convert-python") or [] if path.name == "LICENSE").read_text()
    asked = CONDITIONS.search(own)
    stated = CONDITIONS.search(notices)
    assert asked
    assert stated
    assert words_of(asked[0]) == words_of(stated[0])
    # The code has no notices itself. Vega and Vega-Lite of these versions were looked through for whose code they hold:
    # of others look again, and add to the notices what is new.
    assert not re.search(r"copyright|licen[cs]e", code, re.IGNORECASE)
    assert [one in code for one in ('"6.2.0"', '"6.4.1"')] == [True, True]
    page._library.cache_clear()
