"""What contradicts in a new file is refused by line or cell; the unlikely needs a reason and lists authorities.

The seeded run over the published files needs them (`-m raw`); `HNF_CHANGES` says how many changes, `HNF_SEED` which.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures import changed_files, made_up

from hnf.errors import SourceError
from hnf.sources.crosschecks import SERIES, Contradictions, Row, bound, check_areas, check_name, check_parts, unlikely
from hnf.sources.places import load_constituencies, load_neighbours, register_of
from hnf.sources.population import load_estimates, load_projection
from hnf.sources.prices import load_prices
from hnf.tables.schema import TABLES
from hnf.tables.store import Store

ENTRIES = register_of(Store().table("authorities").to_dicts()).entries
REGISTER = register_of(Store().table("authorities").to_dicts())


def row(la_code: str = "", region: str = "", value: float | None = 1, **more: Any) -> Row:
    level = "local_authority" if la_code else "regional" if region else "national"
    return {"geographic_level": level, "region_code": region, "la_code": la_code, "v": value, "cell": "here", **more}


class TestSums:
    """Hertfordshire and Essex are in the East of England (E12000006), Leeds is in Yorkshire (E12000003)."""

    def off(self, *rows: Row, known: tuple[tuple[str, ...], ...] = ()) -> list[str]:
        found = Contradictions("f")
        check_areas(found, ENTRIES, rows, (), "v", known=known)
        return found.found

    def test_authorities_regions_and_england(self) -> None:
        areas = [row("919", value=5), row("881", value=7), row("383", value=1)]
        east, north = row(region="E12000006", value=12), row(region="E12000003", value=1)
        assert self.off(*areas, east, north, row(value=13)) == []
        assert (
            self.off(*areas, east, north, row(value=14))
            == ["here: England: 14 is 1 more than the sum of its parts"] * 2
        )
        assert self.off(*areas, row(region="E12000006", value=11), north) == [
            "here: E12000006: 11 is 1 less than the sum of its parts"
        ]
        assert self.off(*areas[1:], east) != []  # an authority is lost

    def test_a_symbol_hides_some_but_never_makes_a_sum_larger(self) -> None:
        hidden = [row("919", value=None), row("881", value=7)]
        assert self.off(*hidden, row(region="E12000006", value=12)) == []
        assert self.off(*hidden, row(region="E12000006", value=6)) != []
        assert self.off(row("919"), row(region="E12000006", value=None), row(value=None)) == []

    def test_sums_that_are_known_to_be_off(self) -> None:
        assert self.off(row("919", value=5), row(value=6), known=(("",),)) == []

    def test_parts_and_totals(self) -> None:
        found = Contradictions("f")
        check_parts(found, (1, 2), "ages", 10, [4, 6])
        check_parts(found, (1, 2), "ages", 10, [4, None])
        check_parts(found, (1, 2), "ages", None, [4, 6])
        assert found.found == []
        check_parts(found, (1, 2), "ages", 10, [4, 5])
        check_parts(found, (1, 2), "ages", 10, [11, None])
        assert found.found == [
            "cell C2: ages: 10 is 1 more than the sum of its parts",
            "cell C2: ages: 10 is 1 less than the sum of its parts",
        ]
        with pytest.raises(SourceError, match="f: cell C2: ages: 10 is 1 more") as error:
            found.refuse()
        assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("342", "St. Helens"), ("801", "Bristol City of"), ("801", "Bristol, City of"), ("840", "Durham"),
        ("822", "Bedford Borough"), ("202", "Camden [note 2]"), ("838", "Dorset (New, LA code 838)"),
        ("839", "Bournemouth, Christchurch & Poole"), ("810", "KINGSTON UPON HULL, CITY OF"), ("201", "City of London"),
    ],
)  # fmt: skip
def test_names_that_files_print_are_those_of_the_code(code: str, name: str) -> None:
    found = Contradictions("f")
    check_name(found, ENTRIES, code, name, "line 2")
    assert found.found == []


def test_no_name_is_that_of_two_open_authorities() -> None:
    names = Counter(name for entry in ENTRIES.values() if not entry.closed for name in entry.names if name)
    assert [name for name, count in names.items() if count > 1] == []


def loaded(layout: str, loader: Callable[..., Any], text: str, **detail: Any) -> Any:
    content = text.encode()
    return loader(made_up.source("f.csv", layout, "f.csv", content, **detail), content, REGISTER)


AGES = ",".join(map(str, range(90))) + ",90+"


def ons(england: int = 91, herts: int = 91, name: str = "Hertfordshire", first: int = 1) -> str:
    ages = ",".join(["1"] * 90)
    return f"Code,Name,All ages,{AGES}\nE92000001,ENGLAND,{england},{first},{ages}\nE10000015,{name},{herts},1,{ages}\n"


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (ons(herts=92), "cell C3: E10000015: 92 is 1 more than the sum of its parts"),
            (ons(england=90), "cell C2: E92000001: 90 is 1 less than the sum of its parts"),
            (ons(england=92, first=2), "England 0: 2 is 1 more than the sum of its parts"),
            (ons(name="Leeds"), "cell B3: 'Leeds' is not 919, which is Hertfordshire"),
        ],
    )
    def test_population(self, text: str, message: str) -> None:
        assert len(loaded("ons_csv", load_estimates, ons(), mid_year=2024)) == 6
        with pytest.raises(SourceError, match=message.replace("+", r"\+")):
            loaded("ons_csv", load_estimates, text, mid_year=2024)

    def test_projection(self) -> None:
        head = "la_code,la_name,mid_2021,mid_2022,mid_2023\n"
        assert len(loaded("dfe_projection", load_projection, f"{head}919,Hertfordshire,10,11,\n")) == 2
        for line, message in (
            ("919,Camden,10,11,12", "'Camden' is not 919"),
            ("919,Hertfordshire,10,,12", "a year between two others is empty"),
            ("919,Hertfordshire,10,-1,12", "-1 is not a number of people"),
        ):
            with pytest.raises(SourceError, match=message):
                loaded("dfe_projection", load_projection, f"{head}{line}\n")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("2017-18", "2017-28", "line 3, index: '2017-28' is not a financial year"),
            ("2017-18", "2016-17", "'2016-17', 'outturn' is there twice, or not written so"),
            ("2017-18,98,2018-19,V,outturn\n", "", "the year before 2018-19 is missing"),
            ("2018-19,100", "2018-19,600", "the index of the base year 2018-19 is 600, not 100"),
            ("98,2018-19", "98,2019-20", "the index of the base year 2018-19, 2019-20 is in no row"),
            ("96,2018-19,V,outturn", "96,2018-19,V,forecast", "2017-18 is outturn after forecast"),
            (",96,", ",-96,", "'-96' is not an index above zero"),
        ],
    )
    def test_prices(self, old: str, new: str, message: str) -> None:
        text = "financial_year,index,base_year,vintage,kind\n"
        text += "2016-17,96,2018-19,V,outturn\n2017-18,98,2018-19,V,outturn\n2018-19,100,2018-19,V,forecast\n"
        content = text.encode()
        assert len(load_prices(made_up.source("f", "gdp_deflators", "f", content), content)) == 3
        assert text.count(old) == 1
        content = text.replace(old, new).encode()
        with pytest.raises(SourceError, match=message):
            load_prices(made_up.source("f", "gdp_deflators", "f", content), content)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("919,Hertfordshire", "202,Hertfordshire", "line 2: 'Hertfordshire' is not 202, which is Camden"),
            ("201,Close", "919,Close", "a neighbour of 919 is itself, or there twice: 919, 202"),
            ("201,Close", "210,Close", "a neighbour of 919 is itself, or there twice: 210, 202"),
            ("201,Close", "201,Not close", "the neighbours of 919 are not in order of closeness: not close, close"),
            ("201,Close", "909,Close", "909 had closed before the model of 2025"),
        ],
    )
    def test_neighbours(self, old: str, new: str, message: str) -> None:
        heading = "LA num,LA Name," + ",".join(f"SN{n},SNP" for n in range(1, 11))
        text = f"{heading}\n919,Hertfordshire," + ",".join(f"{code},Close" for code in range(201, 211)) + "\n"
        assert len(loaded("neighbours", load_neighbours, text, model="2025")) == 10
        with pytest.raises(SourceError, match=message):
            loaded("neighbours", load_neighbours, text.replace(old, new), model="2025")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("Leeds / Bradford", "Leeds / Kirklees", "line 3: 'Kirklees' is not 380, which is Bradford"),
            ("383 / 380", "383", "Far Away is in 383 and in Leeds / Bradford"),
            ("E14000002", "W07000002", "Far Away is W07000002 of England"),
            ("E14000002", "E14000001", "line 3: E14000001 is there twice"),
            ("Jo Bloggs MP", "Jo Other MP", r"Jo Bloggs \(B Party\), Rt Hon Jo Other MP"),
            ("E12000003", "E12000006", "Leeds is not in region E12000006"),
        ],
    )
    def test_constituencies(self, old: str, new: str, message: str) -> None:
        text = (
            "pcon_name,pcon_code,full_title,display_as,party_text,la_names,old_la_codes_2024,region_code,country_name\n"
            "Near,E14000001,Al Member MP,Al Member,A Party,Hertfordshire,919,E12000006,England\n"
            "Far Away,E14000002,Rt Hon Jo Bloggs MP,Jo Bloggs,B Party,Leeds / Bradford,383 / 380,E12000003,England\n"
        )
        assert len(loaded("mp_lookup", load_constituencies, text, as_at="2026-06")) == 3
        assert text.count(old) == 1
        with pytest.raises(SourceError, match=message):
            loaded("mp_lookup", load_constituencies, text.replace(old, new), as_at="2026-06")


class TestUnlikely:
    def rows(self, store: Store, name: str, **values: Any) -> list[Row]:
        return [one for one in store.table(name).to_dicts() if all(one[key] == value for key, value in values.items())]

    def test_an_estimate_far_from_the_last_is_named(self, store: Store) -> None:
        last = self.rows(store, "population", mid_year=2024, series="ons_estimate")
        # One per cent more everywhere, and Leeds aged 2 to 18 at 180,000 instead of 176,000 or so times 1.2.
        new = [{**one, "mid_year": 2025, "people": round(one["people"] * 1.01)} for one in last]
        assert unlikely("population", new, last, ENTRIES) == []
        (leeds,) = [one for one in new if one["la_code"] == "383" and one["age_band"] == "2-18"]
        was = leeds["people"] / 1.01
        leeds["people"] = round(was * 1.2)
        (reason,) = unlikely("population", new, last, ENTRIES)
        assert reason.startswith("far from the last value: Leeds (383) 2-18 2025 ")
        assert reason.endswith(f", 2024 {round(was):,}")

    def test_last_years_file_as_this_years(self, store: Store) -> None:
        last = self.rows(store, "population", mid_year=2024, series="ons_estimate")
        new = [{**one, "mid_year": 2025} for one in last]
        assert unlikely("population", new, last, ENTRIES) == ["489 figures are those of mid-2024"]

    def test_prices(self, store: Store) -> None:
        last = self.rows(store, "prices")
        new = [{**one, "vintage": "Later"} for one in last]
        assert unlikely("prices", new, last, ENTRIES) == []
        new[5] |= {"index": new[5]["index"] + 0.5}  # 2014-15: 71.5931 to 72.0931
        assert unlikely("prices", new, last, ENTRIES) == [
            "rises outside 0% to 7.5%: 2015-16 -0.00%",
            "revised alone, the years beside it not: 2014-15 72.0931, 71.5931 by HMT June 2026 QNA",
        ]
        # From another year on, all of them: a revision of one rise, as publishers make them.
        new = [
            {**one, "vintage": "Later", "index": one["index"] * (0.995 if n < 5 else 1)} for n, one in enumerate(last)
        ]
        assert unlikely("prices", new, last, ENTRIES) == []

    def test_neighbours_and_constituencies(self, store: Store) -> None:
        old, new = (self.rows(store, "neighbours", model=model) for model in ("2021", "2025"))
        assert unlikely("neighbours", new, old, ENTRIES) == []
        others = {"919": "383", "383": "919"}
        swapped = [{**one, "la_code": others.get(one["la_code"], one["la_code"])} for one in new]
        few, apart = unlikely("neighbours", swapped, old, ENTRIES)
        assert few == "too few neighbours of the model of 2021: Hertfordshire (919); Leeds (383)"
        assert apart.startswith("neighbours that are not as far apart seen from both: ")
        seats = self.rows(store, "constituencies")
        assert unlikely("constituencies", seats, seats, ENTRIES) == []
        fewer = [one for one in seats if one["pcon_name"] != "Aldershot"]
        assert unlikely("constituencies", fewer, seats, ENTRIES) == ["542 constituencies in England, not 543"]
        strange = [{**one, "party": "Labuor"} if one["pcon_name"] == "Aldershot" else one for one in seats]
        assert unlikely("constituencies", strange, seats, ENTRIES) == ["parties that nobody was of: Labuor (Aldershot)"]

    @pytest.mark.parametrize(
        ("lists", "off"),
        [
            # 202 (Camden), 203 (Greenwich) and 204 (Hackney): C-G, then C-H, then G-H is one order of distances.
            ({"202": "203 204", "203": "202 204", "204": "202 203"}, ""),
            ({"202": "203 204", "203": "204 202", "204": "202 203"}, "Camden and Greenwich|Camden and Hackney"),
            # Camden lists Greenwich before Hackney and Greenwich leaves Camden out, though it is nearer than Hackney.
            ({"202": "203 204", "203": "204", "204": "202 203"}, "Camden and Greenwich|Greenwich and Hackney"),
            # Camden is close to Hackney, and Hackney very close to Camden.
            ({"202": "203 204*", "203": "202 204*", "204": "202 203*"}, "Camden and Hackney"),
            ({"202": "203 204*", "203": "202 204*", "204": "202* 203*"}, ""),
        ],
    )
    def test_neighbours_are_as_far_apart_from_both_ends(self, lists: dict[str, str], off: str) -> None:
        rows: list[Row] = [
            {
                "model": "2099", "la_code": code, "position": position, "neighbour_la_code": other.removesuffix("*"),
                "closeness": "Close" if other.endswith("*") else "Very close",
            }
            for code, others in lists.items()
            for position, other in enumerate(others.split(), start=1)
        ]  # fmt: skip
        found = unlikely("neighbours", rows, (), ENTRIES)
        assert bool(found) == bool(off)
        for pair in filter(None, off.split("|")):
            assert pair in found[0]

    def test_one_age_alone_is_never_withheld(self, store: Store) -> None:
        last = self.rows(store, "ehc_plans_by_age", january=2025)
        assert unlikely("ehc_plans_by_age", last, (), ENTRIES) == []
        (one,) = [row for row in last if row["la_code"] == "919" and row["age_group"] == "age 10"]
        one["count"] = None
        assert unlikely("ehc_plans_by_age", last, (), ENTRIES) == [
            "one age alone is a symbol: Hertfordshire (919) age 10 2025"
        ]

    def test_neighbours_as_published_have_an_order_of_distances(self, store: Store) -> None:
        for model in ("2021", "2025"):
            assert unlikely("neighbours", self.rows(store, "neighbours", model=model), (), ENTRIES) == []

    def test_every_declared_column_and_bound_exists(self) -> None:
        for name, declared in SERIES.items():
            for series in declared:
                assert {series.value, series.period, *series.of} <= set(TABLES[name].columns)
                assert all(bound(one) >= 0 for one in (series.pct, series.least, series.groups_pct) if one)


@pytest.mark.raw
def test_single_changes_of_published_files_do_not_get_through(raw: Path) -> None:
    found = changed_files.run(raw, int(os.environ.get("HNF_CHANGES", "86")), int(os.environ.get("HNF_SEED", "1")))
    results = Counter(one.result for one in found)
    assert results["silent"] * 10 <= len(found), changed_files.table(found, lambda one: one.file)
    for one in found:
        if one.result == "silent":
            assert (one.file, one.kind) in changed_files.NOT_SEEN, one
        assert re.search("line|row|cell|missing|not in|heading|cannot be read", one.why) or one.result != "refused", one
