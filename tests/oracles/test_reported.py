"""Reported figures, policy facts and the rules after 2023-24, against the files as they are and against arithmetic.

The oracle is `csv` and hand arithmetic on the published tables; hnf is only asked.
"""

from __future__ import annotations

import csv
import math
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures import made_up
from published_tables import DATA, Published, rows_of

import hnf as api
from hnf.analysis.trace import trace
from hnf.errors import SourceError, UsageError
from hnf.export.ees import plans
from hnf.measures.register import PLAIN, RATES, PlainMeasure, find_measure
from hnf.results import BASES, Figure, add_figures, weakest_basis
from hnf.sources.reported import load_pages, load_policy, load_reported

Run = Callable[..., Any]
FIGURES = rows_of("reported")
FILE = "reported/high_needs_figures_reported.csv"


def raw_rows(raw: Path, name: str) -> list[dict[str, str]]:
    with (raw / "reported" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# The tables are the files.


@pytest.mark.raw
def test_every_row_of_the_files_is_in_the_tables(raw: Path) -> None:
    figures = {int(row["cell"].removeprefix("line ")): row for row in FIGURES}
    given = raw_rows(raw, "high_needs_figures_reported.csv")
    assert len(given) == len(figures) == 204
    for line, row in enumerate(given, 2):
        same = ("financial_year", "measure", "unit", "precision", "kind", "basis_as_said", "source", "address", "note")
        assert [row[key] for key in same] == [figures[line][key] for key in same]
        assert figures[line]["area_name"] == row["area"]
        said = figures[line]["value"]
        assert float(said) == float(row["value"]) if said else row["precision"] == "words"
    facts = {row["fact"]: row for row in rows_of("policy")}
    for row in (policy := raw_rows(raw, "policy_facts_2025_2026.csv")):
        assert {key: facts[row["fact"]][key] for key in row} == row
    assert len(policy) == len(facts) == 23
    pages = [(row["financial_year"], row["la_code"], float(row["value"])) for row in rows_of("dsg_pages")]
    lines = raw_rows(raw, "dsg_pages_single_authorities.csv")
    assert sorted(pages) == sorted((row["financial_year"], row["la_code"], float(row["value"])) for row in lines)
    assert len(pages) == 131


@pytest.mark.raw
def test_no_figure_is_sharper_than_it_was_said(store: api.Store, raw: Path) -> None:
    """The digits of the words are those of the file, the last one included: £155.0 million, 3.0%."""
    lines = dict(enumerate(raw_rows(raw, "high_needs_figures_reported.csv"), 2))
    cells = {f"reported:{r['financial_year']}:{r['area_code']}:{r['measure']}:{r['number']}": r for r in FIGURES}
    shown = api.reported(store).rows
    assert len(shown) == 204
    for row in shown:
        given = lines[int(cells[row["figure_id"]]["cell"].removeprefix("line "))]
        stated = row["stated"] or ""
        digits = re.sub(r"[^\d.]", "", stated.partition(", said")[0])
        if given["precision"].startswith(("over", "well over")):
            assert digits == re.findall(r"[\d.]+", given["precision"])[0]
            assert stated.startswith(("over £", "well over £"))
        elif given["precision"] == "words":
            assert (stated, row["value"]) == ("", None)
        else:
            assert digits == given["value"], given
            assert "over" not in stated
        assert row["basis"] == "reported"


# What a person reads. Expected: the lines of the file, read by hand.


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (
            "Hertfordshire",
            "High needs block over £207 million in 2025-26 (written answer 44782, 28 April 2025), up £17.6 million",
        ),
        ("herts", "Provisional formula allocation £187 million in 2024-25 (written answer 5892, 15 December 2023)"),
        ("LCR", "High needs block £155.0 million in 2014-15 (written answer 7775, 4 November 2019)"),
        ("352", "High needs block £59.83 million in 2013-14 (written answer to a question of 9 May 2016)"),
        ("England", "Historic spend factor as a share of the formula about 25% in 2025-26"),
        ("england", "well over £12 billion in 2026-27 (written answer, 17 February 2026)"),
        ("England", "High needs funding continues at the increased 2025-26 level in 2026-27"),
        ("the South West", "High needs block over £983 million in 2025-26 (written answer 69558), up £71 million"),
        ("E12000003", "High needs block £412.8 million in 2013-14 (written answer 277813, 2019)"),
        ("Enfield", "High needs block unchanged in 2026-27"),
        ("Middlesbrough", "over £44 million, said to continue at the 2025-26 level in 2026-27"),
        ("816", "Formula per head up 3.0%"),
    ],
)
def test_what_was_said_is_said_again(hnf: Run, who: str, words: str) -> None:
    found = hnf("reported", who, "--format", "json").json
    assert any(words.casefold() in sentence["words"].casefold() for sentence in found["sentences"])
    lines = hnf("reported", who).out.splitlines()
    assert max(map(len, lines)) <= 80
    printed = "".join("".join(lines).split())
    for row in found["reported"]:
        assert "".join(row["address"].split()) in printed


def test_england_has_regions_beside_it_and_every_policy_fact(hnf: Run) -> None:
    found = hnf("reported", "England", "--format", "json").json
    expected = [row for row in FIGURES if row["geographic_level"] != "local_authority"]
    assert len(found["reported"]) == len(expected)
    assert {row["area_code"] for row in found["reported"]} == {"england", "E12000003", "E12000005", "E12000009", "LCR"}
    totals = {r["financial_year"]: r["value"] for r in found["reported"] if (r["area_code"], r["what"])[0] == "england"}
    # £ million, written answer 149231.
    assert [totals[year] for year in ("2015-16", "2018-19", "2021-22")] == [5247, 6115, 7906]
    assert len(found["policy"]) == 23
    assert {fact["kind"] for fact in found["policy"]} == {row["kind"] for row in rows_of("policy")}
    said = " ".join(hnf("reported", "England").out.split())
    assert "Policy, deficits, 16 February 2026 (comment): DSG deficits totalled £3.8 billion" in said
    assert "Policy, 2028-29, December 2025 (official): Statutory override ends at the end of 2027-28" in said


def test_policy_of_a_year_and_of_a_place(store: api.Store) -> None:
    year = api.FinancialYear.parse("2026-27")
    facts = api.reported(store, "England", year).policy
    assert facts
    for fact in facts:
        named = re.search(r"2026-27|2026/27|2026 to 2027", fact["topic"] + fact["fact"])
        assert named or fact["date"][:7] >= "2026-04"
    assert {fact["source"] for fact in api.reported(store, "Hertfordshire").policy} == {
        "Hemel Today",
        "Hemel Today on Hertfordshire Schools Forum",
    }
    assert api.reported(store, "York").policy == ()  # Yorkshire is another place
    assert api.reported(store, "England", measure="block").policy == ()


def test_warnings_go_with_the_figures_they_are_about(hnf: Run) -> None:
    assert "a lower one is no cut" in " ".join(hnf("reported", "Bradford").out.split())
    assert "the amount fits Barnsley" in " ".join(hnf("reported", "Bradford").out.split())
    assert "the amount fits Barnsley" not in hnf("reported", "Barnsley").out
    assert "import/export" in hnf("reported", "Enfield", "--year", "2024-25").out
    assert "import/export" not in hnf("reported", "Dorset").out
    assert "rebaselined" in hnf("reported", "York", "--year", "2017-18").out


def test_amounts_above_what_the_rules_leave_are_those_of_the_warning(published: Published) -> None:
    """Columns A and H of 2023-24 per head × 1.05 × 1.10 × heads of mid-2025, and the rest of the block of 2023-24."""
    entries = tomllib.loads((DATA / "known_differences.toml").read_text(encoding="utf-8"))["reported_warning"]
    (listed,) = (set(entry["areas"]) for entry in entries if "above the range" in entry["what"])
    heads = people()
    above = set()
    for row in FIGURES:
        code = row["la_code"]
        if (row["financial_year"], row["measure"]) != ("2025-26", "block") or not code:
            continue
        block = published.block["2023-24"][code]
        protected = block["nff_in_protection"] + block["additional"]
        top = protected / heads[code, 2023] * 1.05 * 1.10 * heads[code, 2025]
        rest = block["total_before_deductions"] - protected
        if float(row["value"]) * 1e6 > top + rest:
            above.add(code)
    assert above == listed
    assert len(above) == 6


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("Westminster",), 0, "Nothing is reported here for Westminster."),
        (("City of London",), 0, "Nothing is reported here for the City of London."),
        (("Cumbria",), 0, "Cumbria closed on 31 March 2023; ask for Cumberland and Westmorland and Furness."),
        (("Wirral",), 0, "Figures of larger areas that hold it: Liverpool city region"),
        (("Hertfordshire", "--year", "2019-20"), 0, "in 2024-25, 2025-26."),
        (("Hertfordshire", "--year", "2031-32"), 2, "nothing is reported for 2031-32. Years are 2013-14,"),
        (
            ("Hertfordshire", "--measure", "blok"),
            2,
            "there is no reported measure 'blok'. Did you mean block? Use block,",
        ),
        (("Hertfordshir",), 2, "Did you mean Hertfordshire"),
        (("Yorkshire and Humber",), 2, "Did you mean Yorkshire and The Humber?"),
    ],
)
def test_where_nothing_is_there(hnf: Run, words: tuple[str, ...], code: int, said: str) -> None:
    answer = hnf("reported", *words)
    assert answer.code == code
    assert said in " ".join((answer.out + answer.err).split())
    if not code:
        assert hnf("reported", *words, "--format", "json").json["reported"] == []
        heading = hnf("reported", *words, "--format", "csv").out.strip()
        assert heading.startswith("area_code,area_name,")
        assert heading.endswith(",basis,figure_id")


# Nothing else takes them.


def test_a_reported_figure_leads_to_its_line_and_address(store: api.Store) -> None:
    for row in FIGURES:
        name = f"reported:{row['financial_year']}:{row['area_code']}:{row['measure']}:{row['number']}"
        found = trace(store, name).to_json()
        assert (found["basis"], found["cell"], found["source"]) == ("reported", row["cell"], "reported_figures")
        assert row["address"] in found["label"]
        assert found["sources"][0]["file"] == FILE
        scale = 1e6 if row["unit"] == "gbp_million" else 1
        assert found["value"] == (pytest.approx(float(row["value"]) * scale, abs=0.01) if row["value"] else None)
    assert "over £207 million" in trace(store, "reported:2025-26:919:block:1").figure.label
    with pytest.raises(UsageError, match="no published figure has the id"):
        trace(store, "reported:2025-26:919:block:2")


def test_no_measure_is_made_of_them() -> None:
    assert not [name for name, measure in PLAIN.items() if measure.published.basis != "published"]
    assert not [rate for rate in RATES.values() if "reported" in rate.tables]
    with pytest.raises(UsageError, match="reported figures are shown one by one"):
        PlainMeasure("said", "what was said", "gbp", "reported", ("block",))
    for name in ("reported", "block_unspecified", "nff_provisional"):
        with pytest.raises(UsageError, match="there is no measure"):
            find_measure(name)
    one = Figure("a", "a", 1, "gbp", "published")
    said = Figure("reported:2025-26:919:block:1", "b", 2, "gbp", "reported")
    with pytest.raises(UsageError, match="never added to others"):
        add_figures("sum:x", "x", [one, said])
    assert BASES == ("published", "derived", "implied", "reported", "estimated")
    assert weakest_basis([one, said]) == "reported"


ELSEWHERE = (
    ("rank", "--year", "2023-24", "--per", "head"),
    ("map", "--year", "2023-24", "--per", "pupil"),
    ("growth", "Hertfordshire"),
    ("wedge", "Hertfordshire"),
    ("gap", "919", "--year", "2023-24", "--per", "pupil"),
    ("compare", "919", "--year", "2023-24"),
    ("inequality", "--year", "2023-24"),
    ("measures",),
    ("reconcile",),
)


def test_other_answers_do_not_change_with_them(hnf: Run, tmp_path: Path) -> None:
    """With every reported amount ten times as large, and all years moved, all other answers stay as they are."""
    folder = tmp_path / "tables"
    shutil.copytree(DATA / "tidy", folder)
    path = folder / "reported.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIGURES[0], lineterminator="\n")
        writer.writeheader()
        for row in FIGURES:
            moved = {**row, "precision": "about", "value": str(10 * float(row["value"])) if row["value"] else ""}
            writer.writerow(moved)
    changed = hnf("reported", "919", "--measure", "block", "--data", folder, "--format", "json").json
    assert changed["reported"][0]["value"] == 2070
    for words in ELSEWHERE:
        own = hnf(*words, "--data", folder, "--format", "json")
        assert own.code == 0
        assert own.out == hnf(*words, "--format", "json").out, words


def test_the_ees_export_leaves_them_out(hnf: Run, store: api.Store, tmp_path: Path) -> None:
    assert hnf("export", "--format", "ees", "--out", tmp_path / "ees").code == 0
    names = {path.name for path in (tmp_path / "ees").iterdir()}
    assert f"{plans(store).name}.csv" in names
    assert not [name for name in names if "reported" in name or "policy" in name or "pages" in name]


# The loaders refuse what is not as described.

HEADING = "financial_year,area_code,area,measure,value,unit,precision,kind,basis_as_said,source,address,note\n"
GOOD = "2025-26,919,Hertfordshire,block,207,gbp_million,over 207,parliament,DSG,written answer,https://a.uk/1,\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("919,", "998,", "authority '998' is not in the register"),
        ("919,Hertfordshire", "919,Barnsley", "Barnsley has another code than 919"),
        ("919,Hertfordshire", "XX,Wessex", "'Wessex' .XX. is no area of the register"),
        ("919,Hertfordshire", 'XX,"Wessex (919, 998)"', "authority '998' is not in the register"),
        ("2025-26", "2025-27", "'2025-27' is not a financial year"),
        ("2025-26", "2025/26", "Write 2025-26"),
        (",block,", ",blok,", "measure 'blok' is unknown"),
        ("gbp_million", "gbp_thousand", "unit 'gbp_thousand' is unknown"),
        ("over 207", "over 206", "value 207 is not that of 'over 206'"),
        ("over 207", "0", "'0' is not a precision"),
        ("over 207", "-0.1", "'-0.1' is not a precision"),
        ("over 207", "roughly", "'roughly' is not a precision"),
        ("over 207", "words", "words alone have precision words"),
        (",207,", ",-207,", "'-207' is not a number of zero or more"),
        (",207,", ",c,", "'c' is not a number"),
        ("https://a.uk/1", "javascript:1", "'javascript:1' is not a web address"),
        ("\n", f"\n{GOOD}", "appears twice"),
    ],
)
def test_a_row_that_is_not_as_described_is_refused(store: api.Store, old: str, new: str, said: str) -> None:
    def load(text: str) -> list[dict[str, Any]]:
        content = text.encode()
        source = made_up.source("r", "reported_figures", "r.csv", content)
        return load_reported(source, content, made_up.register(store))

    assert load(HEADING + GOOD)[0]["area_code"] == "919"
    with pytest.raises(SourceError, match=said) as refused:
        load(HEADING + GOOD.replace(old, new, 1))
    assert "line 2" in refused.value.line() or "line 3" in refused.value.line()


def test_a_second_statement_of_the_same_figure_has_the_next_number(store: api.Store) -> None:
    content = (HEADING + GOOD + GOOD.replace("written answer", "another answer")).encode()
    source = made_up.source("r", "reported_figures", "r.csv", content)
    assert [row["number"] for row in load_reported(source, content, made_up.register(store))] == [1, 2]


def test_other_files_are_refused_by_line(store: api.Store) -> None:
    known = made_up.register(store)
    policy = b"topic,fact,date,source,address,kind\nt,f,2026,s,ftp://a.uk,official\n"
    with pytest.raises(SourceError, match=r"line 2: 'ftp://a\.uk' is not a web address"):
        load_policy(made_up.source("p", "policy_facts", "p.csv", policy), policy, known)
    page = b"financial_year,la_code,date_of_allocation,field,value,unit,address\n"
    page += b"2025-26,919,2025-11-24,total,1,gbp,https://a.uk\n"
    with pytest.raises(SourceError, match="line 2: field 'total' is unknown"):
        load_pages(made_up.source("d", "dsg_authority_pages", "d.csv", page), page, known)


# The rules of 2024-25 and 2025-26, by the arithmetic that the parameter files name.


def people() -> dict[tuple[str, int], float]:
    rows = [row for row in rows_of("population") if row["series"] == "dfe_projection" and row["la_code"]]
    return {(row["la_code"], int(row["mid_year"])): float(row["people"]) for row in rows}


def page(year: str, code: str, item: str) -> float:
    (found,) = {
        float(row["value"])
        for row in rows_of("dsg_pages")
        if (row["financial_year"], row["la_code"], row["item"]) == (year, code, item)
    }
    return found


def rules(year: str) -> dict[str, Any]:
    text = (DATA / "parameters" / f"{year}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["parameters"]


def moved(published: Published, code: str, first: str, second: str, places: int = 0) -> float:
    """Column A of 2025-26 by two rates of the parameter files, £6,000 a place added to that of 2024-25."""
    heads, old, new = people(), rules("2024-25"), rules("2025-26")
    block = published.block[old["floor_baseline_year"]["value"]][code]
    baseline = sum(block[term] for term in old["floor_baseline_terms"]["value"])
    middle, last = (rule["floor_population_mid_year"]["value"] for rule in (old, new))
    assert new["floor_baseline_terms"]["value"] == ["nff_in_protection"]
    assert new["floor_baseline_year"]["value"] == "2024-25"
    a_2024 = baseline / heads[code, 2023] * (1 + old[first]["value"] / 100) * heads[code, middle] + places * 6_000
    return a_2024 / heads[code, middle] * (1 + new[second]["value"] / 100) * heads[code, last]


def test_the_rules_after_2023_24_give_the_pages_to_the_pound(published: Published) -> None:
    limit = moved(published, "384", "gains_limit_pct", "gains_limit_pct")
    assert limit == pytest.approx(59_144_983.75, abs=0.01)
    assert page("2025-26", "384", "nff_in_protection") == 59_144_984 == math.ceil(limit)
    floor = moved(published, "826", "funding_floor_pct", "funding_floor_pct", places=1)
    assert floor == pytest.approx(59_861_812.29, abs=0.01)
    assert page("2025-26", "826", "nff_in_protection") == 59_861_813 == math.ceil(floor)
    # Mid-2023 in place of mid-2024 would miss by £9: the place of £6,000 is per head of mid-2024.
    heads = people()
    other = floor + 6_000 * 1.07 * heads["826", 2025] * (1 / heads["826", 2023] - 1 / heads["826", 2024])
    assert page("2025-26", "826", "nff_in_protection") - other == pytest.approx(9.2, abs=0.05)


def test_no_other_rate_in_tenths_of_a_per_cent_fits(published: Published) -> None:
    """Wakefield fixes the product of both limits: 5% and 10% are the only tenths with 10% stated."""
    printed = page("2025-26", "384", "nff_in_protection")
    per_head = moved(published, "384", "gains_limit_pct", "gains_limit_pct") / 1.05 / 1.10
    fitting = [tenths for tenths in range(0, 201) if abs(per_head * (1 + tenths / 1000) * 1.10 - printed) < 1]
    assert fitting == [50]


@pytest.mark.parametrize(
    ("year", "code"), [("2024-25", "933"), ("2025-26", "330"), ("2025-26", "353"), ("2025-26", "880")]
)
def test_others_on_the_pages_lie_between_floor_and_limit(published: Published, year: str, code: str) -> None:
    printed, heads = page(year, code, "nff_in_protection"), people()
    if year == "2025-26":
        low, high = (moved(published, code, rule, rule) for rule in ("funding_floor_pct", "gains_limit_pct"))
    else:
        block = published.block["2023-24"][code]
        per_head = (block["nff_in_protection"] + block["additional"]) / heads[code, 2023] * heads[code, 2024]
        low, high = per_head * 1.03, per_head * 1.05
    assert low < printed < high


@pytest.mark.parametrize(("year", "code", "name"), [("2024-25", "933", "Somerset"), ("2025-26", "880", "Torbay")])
def test_the_rate_is_that_of_an_authority_without_area_costs(
    published: Published, year: str, code: str, name: str
) -> None:
    printed = {
        area: block["basic_entitlement_rate"] for area, block in published.block["2023-24"].items() if area.isdigit()
    }
    assert published.authorities[code]["la_name"] == name
    assert printed[code] == min(printed.values()) == 4_660
    rate = rules(year)["basic_entitlement_rate_gbp"]
    assert page(year, code, "basic_entitlement_rate") == rate["value"] == 4_660
    assert rate["status"] == "derived"


def test_the_pages_round_rate_by_pupils_up() -> None:
    """Every product that the table holds with its two factors."""
    pages: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in rows_of("dsg_pages"):
        key = (row["financial_year"], row["la_code"], row["date_of_allocation"])
        pages.setdefault(key, {})[row["item"]] = float(row["value"])
    products = [found for found in pages.values() if "basic_entitlement" in found]
    assert len(products) == 2
    for found in products:
        product = round(found["basic_entitlement_rate"] * found["basic_entitlement_pupils"], 6)
        assert found["basic_entitlement"] == math.ceil(product)
    # 4,672.30 × 1,347.5 is 6,295,924.25: rounding to the nearest pound would print 6,295,924.
    assert pages["2022-23", "845", "2021-12-16"]["basic_entitlement"] == 6_295_925


def test_column_a_of_the_pages_is_that_of_the_tables(published: Published) -> None:
    compared = 0
    for row in rows_of("dsg_pages"):
        if row["item"] == "nff_in_protection" and row["financial_year"] in published.block:
            printed = published.block[row["financial_year"]][row["la_code"]]["nff_in_protection"]
            assert float(row["value"]) == pytest.approx(printed, abs=1)
            compared += 1
    assert compared >= 12


@pytest.mark.parametrize("year", ["2024-25", "2025-26"])
def test_what_is_derived_says_so_and_names_its_page(hnf: Run, year: str) -> None:
    listed = {row["name"]: row for row in hnf("parameters", "--year", year, "--format", "json").json["parameters"]}
    derived = {name for name, row in listed.items() if row["status"] == "derived"}
    assert derived == {
        *("funding_floor_pct", "gains_limit_pct", "floor_baseline_year", "floor_baseline_terms"),
        *("floor_population_mid_year", "basic_entitlement_rate_gbp"),
    }
    for name in derived:
        assert "skillsfunding.service.gov.uk" in listed[name]["reference"], name
    assert listed["floor_population_mid_year"]["value"] == int(year[:4])
