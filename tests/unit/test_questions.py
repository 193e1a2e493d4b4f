"""docs/questions.md: its commands and lines of Python run, and its answers are what the tidy tables give without hnf.

A figure of an answer is written `**£615** (`id`)`. What it should be is worked out here from the tables alone; the
page, the figure of the id, what the commands print or write and what Python returns must all agree with it.
"""

from __future__ import annotations

import ast
import csv
import functools
import importlib.util
import math
import os
import re
import shlex
import statistics
import struct
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import hnf as package
from hnf.analysis.trace import resolve
from hnf.results import Answer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
_PUBLISHED = ROOT / "tests" / "oracles" / "published_tables.py"
_FIGURE = re.compile(r"\*\*([^*]+)\*\*\s+\(([^)]+)\)")
#: What a command that refuses says, by question.
REFUSES = {"4": ("hnf allocate Leeds", 2, "no factors of 2023-24 have been ingested")}

#: Whose commands and lines run among the usual tests; those of the others are slow together.
USUAL = ("1", "2", "3", "5", "8")


class Question:
    """One section of the page."""

    def __init__(self, number: str, text: str) -> None:
        self.number = number
        self.commands = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)).splitlines()
        self.python = "".join(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S))
        self.answer = " ".join(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).split())
        self.figures = {re.sub(r"^`([^`]+)`$", r"\1", key): printed for printed, key in _FIGURE.findall(self.answer)}


QUESTIONS = {
    number: Question(number, text)
    for number, text in re.findall(r"^## (\d+)\. [^\n]*\n(.*?)(?=^## |\Z)", PAGE, flags=re.M | re.S)
}


@functools.cache
def tables() -> Any:
    """The published numbers, read without hnf."""
    spec = importlib.util.spec_from_file_location("published_for_questions", _PUBLISHED)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Published(), functools.cache(module.rows_of)


@functools.cache
def items(table: str, period: str) -> dict[tuple[str, str], str]:
    """The numbers of a table of the SEN2 returns by area and item, of the last release, in a January or year."""
    when = "january" if table == "placements" else "calendar_year"
    rows = sorted((row for row in tables()[1](table) if row[when] == period), key=lambda row: row["release"])
    return {(row["la_code"] or row["region_code"] or "england", row["item"]): row["value"] for row in rows}


def counts(table: str, top: str, whole: str, period: str, code: str) -> float:
    """A count over another, %, of an authority, a region or England."""
    found = items(table, period)
    return 100 * float(found[code, top]) / float(found[code, whole])


def growth(start: float, end: float) -> float:
    return 100 * (end / start - 1)


def price(year: str) -> float:
    """What pounds of a year are multiplied by, to be pounds of the latest outturn."""
    rows = {row["financial_year"]: row for row in tables()[1]("prices")}
    base = max(year for year, row in rows.items() if row["kind"] == "outturn")
    assert base == "2025-26"
    return float(rows[base]["index"]) / float(rows[year]["index"])


# What the answers should be, by question: by id, or by the words in brackets where there is none.


def west_sussex() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    for year in ("2019-20", "2023-24"):
        rate = published.rates(year, "block", "head")["938"] * price(year)
        yield f"realvalue:{year}:block:head.ons:938:2025-26", rate
    rises = {code: _real_rise(code) for code in ("england", "938", *published.neighbours["2025"]["938"])}
    for code in ("938", "england"):
        yield f"change:2019-20:2023-24:block:head.ons:{code}:2025-26", rises[code]
    assert sum(rise < rises["938"] for rise in rises.values()) == 3  # "Of its ten neighbours three rose less."
    assert len(rises) == 12


def _real_rise(code: str) -> float:
    ends = []
    for year in ("2019-20", "2023-24"):
        rates = tables()[0].rates(year, "block", "head")
        own = tables()[0].england(year, "block", "head") if code == "england" else rates[code]
        ends.append(own * price(year))
    return growth(*ends)


def cumbria() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    old, new = published.plans[2015]["909"], published.plans[2026]["942"] + published.plans[2026]["943"]
    england = [published.plans[year]["england"] for year in (2015, 2026)]
    money = [
        sum(published.money(year, "block")[code] for code in codes) * price(year)
        for year, codes in (("2019-20", ("909",)), ("2023-24", ("942", "943")))
    ]
    yield "plans:2015:2022:909:total", old
    yield "sum:plans:2026:942+943", new
    yield "growth:plans:2015:2026:909-942+943", growth(old, new)
    yield "growth:plans:2015:2026:england", growth(*england)
    yield "growthreal:block:2019-20:2023-24:909-942+943:2025-26", growth(*money)


def leeds() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    before, after = published.block["2022-23"]["383"], published.block["2023-24"]["383"]
    people = [published.people(year, "dfe_projection")["383"] for year in (2022, 2023)]
    baseline = before["nff_in_protection"] + before["additional"]
    moved = baseline * people[1] / people[0]
    yield (
        "fundingpart:2022-23:2023-24:shapley:383:nff_in_protection",
        after["nff_in_protection"] - before["nff_in_protection"],
    )
    yield "protection:2023-24:383:rolled_in", before["additional"]
    yield "protection:2023-24:383:population_part", moved - baseline
    yield "protection:2023-24:383:rise", after["nff_in_protection"] - moved
    yield "protection:2023-24:383:rise_minimum", 0.05 * moved
    whole = after["total_before_deductions"] - before["total_before_deductions"]
    assert f"£{whole:,.0f}" in QUESTIONS["3"].answer


def historic_share() -> Iterator[tuple[str, float]]:
    (row,) = (row for row in tables()[1]("reported") if row["measure"] == "historic_spend_share_of_nff_pct")
    assert (row["financial_year"], row["precision"], row["geographic_level"]) == ("2025-26", "about", "national")
    yield "reported:2025-26:england:historic_spend_share_of_nff_pct:1", float(row["value"])


def own_factors() -> Iterator[tuple[str, float]]:
    fixtures = ROOT / "tests" / "fixtures"
    rows = list(csv.DictReader((fixtures / "factors_synthetic.csv").read_text(encoding="utf-8").splitlines()))
    rules = tomllib.loads((fixtures / "parameters_synthetic" / "2098-99.toml").read_text(encoding="utf-8"))[
        "parameters"
    ]
    alder = rows[0]
    # Authority 101 is on the floor: last year's rate per head, 4% up, times this year's people.
    own = float(alder["previous_baseline_per_head_gbp"]) * float(alder["population_2_18_count"]) * 1.04
    yield "estimated, of authority 101", 100 * 0.5 * float(alder["historic_spend_gbp"]) / own
    everyone = 0.5 * sum(float(row["historic_spend_gbp"]) for row in rows)
    yield "estimated, of all", 100 * everyone / rules["formula_quantum_gbp"]["value"]


def plans_in_2028() -> Iterator[tuple[str, float]]:
    for code in ("919", "england"):
        before, last = (tables()[0].plans[year][code] for year in (2025, 2026))
        yield f"projection:{code}:2026:last_growth:2028:value", last * (last / before) ** 2


def independent() -> Iterator[tuple[str, float]]:
    regions = [f"E1200000{number}" for number in range(1, 10)]
    shares = {one: counts("placements", "special_independent", "total", "2026", one) for one in regions}
    assert max(shares, key=shares.__getitem__) == "E12000008"  # the South East
    assert min(shares, key=shares.__getitem__) == "E12000001"  # the North East
    for code in ("E12000008", "E12000001"):
        yield f"rate:2026:independent_special_pct:none:{code}", shares[code]


def minimum() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    money, pupils = published.money("2023-24", "block"), published.over("2023-24", "pupil")
    least = statistics.median(money[code] / pupils[code] for code in money)
    above = {code: money[code] - least * pupils[code] for code in money}
    cost = -math.fsum(min(one, 0) for one in above.values())
    part = cost / math.fsum(max(one, 0) for one in above.values())
    heads = published.over("2023-24", "head")
    change = {code: (-one if one < 0 else -part * one) / heads[code] for code, one in above.items()}
    yield "`scenario:minimum_per_pupil_national:2023-24:england` less the block as printed", cost
    yield "`scenario:minimum_per_pupil_from_rest:2023-24:202` less the block, per head", change["202"]
    assert (sum(one < 0 for one in above.values()), sum(one >= 0 for one in above.values())) == (75, 76)
    assert min(change, key=change.__getitem__) == "202"
    areas = [row for row in tables()[1]("constituencies") if row["pcon_name"] == "Holborn and St Pancras"]
    assert [row["la_code"] for row in areas] == ["202"]


def in_20_weeks() -> Iterator[tuple[str, float]]:
    for year in ("2019", "2025"):
        share = counts("timeliness", "within_20_weeks", "issued", year, "886")
        yield f"rate:{year}:within_20_weeks_pct:none:886", share


def south_east() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    rates = published.rates("2023-24", "block", "plan")
    yield "rate:2023-24:block:plan:850", rates["850"]
    yield "rank:2023-24:block:plan:850", 1 + sum(rate < rates["850"] for rate in rates.values())
    plans = [published.plans[year]["850"] for year in (2019, 2026)]
    yield "change:2019:2026:plans:none:850:cash", growth(*plans)
    share = counts("placements", "special_independent", "total", "2026", "850")
    yield "rate:2026:independent_special_pct:none:850", share


def at_the_average() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    own, england = published.rates("2023-24", "block", "pupil")["919"], published.england("2023-24", "block", "pupil")
    yield "rate:2023-24:block:pupil:919", own
    yield "rate:2023-24:block:pupil:england", england
    yield "gap:2023-24:block:pupil:average:919", (england - own) * published.over("2023-24", "pupil")["919"]


def waits() -> Iterator[tuple[str, float]]:
    shares = functools.partial(counts, "timeliness", "within_20_weeks", "issued", "2025")
    published = tables()[0]
    open_ones = {
        model: [code for code in published.neighbours[model]["891"] if not published.authorities[code]["closed"]]
        for model in ("2021", "2025")
    }
    mean = {model: statistics.mean(map(shares, codes)) for model, codes in open_ones.items()}
    yield "rate:2025:within_20_weeks_pct:none:891", shares("891")
    yield "rate:2025:within_20_weeks_pct:none:england", shares("england")
    yield "compare:2025:within_20_weeks_pct:none:neighbours-2025:891:mean", mean["2025"]
    assert mean["2025"] < shares("891") < mean["2021"]


def refusals() -> Iterator[tuple[str, float]]:
    shares = functools.partial(counts, "requests", "not_assess", "received", "2025")
    yield "rate:2025:refused_pct:none:886", shares("886")
    mean = statistics.mean(map(shares, tables()[0].neighbours["2025"]["886"]))
    yield "compare:2025:refused_pct:none:neighbours-2025:886:mean", mean


def third_lowest() -> Iterator[tuple[str, float]]:
    for measure in ("nff", "block"):
        rates = tables()[0].rates("2023-24", measure, "head")
        assert len(rates) == 151
        yield f"rank:2023-24:{measure}:head.ons:919", 1 + sum(rate < rates["919"] for rate in rates.values())


def floor_and_limit() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    before, after = published.block["2022-23"], published.block["2023-24"]
    people = [published.people(year, "dfe_projection") for year in (2022, 2023)]
    bound: dict[float, list[str]] = {1.05: [], 1.07: []}
    for code in set(published.funded("2022-23")) & set(published.funded("2023-24")):
        moved = (before[code]["nff_in_protection"] + before[code]["additional"]) * people[1][code] / people[0][code]
        for rise, codes in bound.items():
            if abs(after[code]["nff_in_protection"] - rise * moved) <= 2:
                codes.append(code)
    assert "919" in bound[1.05]
    yield "authorities within £2 of the floor", len(bound[1.05])
    yield "authorities within £2 of the limit", len(bound[1.07])
    lost = {
        code: after[code]["nff_before_gains_limit"] - after[code]["nff_in_protection"]
        for code in published.funded("2023-24")
    }
    assert max(lost, key=lost.__getitem__) == "382"  # Kirklees
    yield "limitloss:2023-24:382", lost["382"]


def correlation() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    for year in ("2023-24", "2019-20"):
        heads, plans = published.over(year, "head"), published.over(year, "plan")
        codes = [code for code in published.money(year, "block") if code in heads and code in plans]
        money = [published.money(year, "block")[code] / heads[code] for code in codes]
        need = [plans[code] / heads[code] for code in codes]
        found = pl.DataFrame({"money": money, "need": need}).select(pl.corr("money", "need", method="spearman")).item()
        yield f"association:{year}:block:head.ons:2-18:value", found


def balance() -> Iterator[tuple[str, float]]:
    rows = [row for row in tables()[1]("dsg_balance") if row["measure"] == "balance_pct_of_income"]
    assert max(row["financial_year"] for row in rows) == "2021-22"
    for code in ("886", "england"):
        (row,) = (
            row
            for row in rows
            if row["financial_year"] == "2021-22"
            and (row["geographic_level"] == "national" if code == "england" else row["la_code"] == code)
        )
        yield f"balance:2021-22:2023:{code}:balance_pct_of_income", float(row["value"])


def cells() -> Iterator[tuple[str, float]]:
    (money,) = (
        row
        for row in tables()[1]("dsg_high_needs_block")
        if (row["financial_year"], row["la_code"], row["term"]) == ("2023-24", "919", "total_before_deductions")
        and row["edition"] == "2023-07-20"
    )
    (people,) = (
        row
        for row in tables()[1]("population")
        if (row["mid_year"], row["series"], row["la_code"], row["age_band"]) == ("2023", "ons_estimate", "919", "2-18")
    )
    assert f"cell {money['cell']} of the sheet {money['sheet']}" in QUESTIONS["18"].answer
    assert f"cells {people['cell']} of" in QUESTIONS["18"].answer
    yield "dsg:2023-24:2023-07-20:919:total_before_deductions", float(money["value"])
    yield "population:2023:ons_estimate:919:2-18", float(people["people"])
    yield "rate:2023-24:block:head.ons:919", float(money["value"]) / float(people["people"])


def after_the_last_table() -> Iterator[tuple[str, float]]:
    published = tables()[0]
    heads = {year: published.people(year, "dfe_projection")["919"] for year in (2021, 2023, 2024)}
    last, first = published.block["2023-24"]["919"], published.block["2021-22"]["919"]
    # At least: "29%" since 2021-22, cut or rounded, is 28.5%. At most: the gains limit of 5%.
    yield "bound:2024-25:919:lower", first["nff_in_protection"] / heads[2021] * 1.285 * heads[2024]
    most = (last["nff_in_protection"] + last["additional"]) / heads[2023] * 1.05 * heads[2024]
    yield "bound:2024-25:919:upper", most


def everything() -> Iterator[tuple[str, float]]:
    yield "rate:2026:plans:none:england", tables()[0].plans[2026]["england"]


ORACLE: dict[str, Callable[[], Iterator[tuple[str, float]]]] = {
    str(number): oracle
    for number, oracle in enumerate(
        (
            west_sussex, cumbria, leeds, historic_share, own_factors, plans_in_2028, independent, minimum, in_20_weeks,
            south_east, at_the_average, waits, refusals, third_lowest, floor_and_limit, correlation, balance, cells,
            after_the_last_table, everything,
        ),
        start=1,
    )
}  # fmt: skip


@functools.cache
def wanted(number: str) -> dict[str, float]:
    """The figures of an answer as they should be."""
    return dict(ORACLE[number]())


def number_of(printed: str) -> tuple[float, float]:
    """The number of `+£1,234.5`, `7.7%` or `3rd`, and half a unit of its last place."""
    digits = re.sub(r"[£,%+]|(st|nd|rd|th)$", "", printed)
    return float(digits), 0.5 * 10.0 ** -len(digits.partition(".")[2])


def numbers_in(found: Any) -> Iterator[float]:
    """Every number in what Python returns."""
    if isinstance(found, Answer):
        yield from numbers_in(found.to_json())
        yield from numbers_in(found.to_polars())
    elif isinstance(found, pl.DataFrame):
        yield from numbers_in(found.rows())
    elif hasattr(found, "itertuples"):
        yield from numbers_in(pl.from_pandas(found[["value"]]) if "value" in found else list(found.itertuples()))
    elif isinstance(found, Mapping):
        yield from numbers_in(list(found.values()))
    elif isinstance(found, list | tuple):
        for one in found:
            yield from numbers_in(one)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield float(found)


def has(numbers: list[float], value: float) -> bool:
    return any(math.isclose(one, value, rel_tol=1e-9, abs_tol=1e-9) for one in numbers)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty working folder with the made-up factors in their place."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_there_are_twenty_questions_of_two_commands_and_two_lines_at_most():
    assert list(QUESTIONS) == list(ORACLE)
    assert len(QUESTIONS) == 20
    for one in QUESTIONS.values():
        assert 1 <= len(one.commands) <= 2, one.number
        assert 1 <= len(ast.parse(one.python).body) <= 2, one.number
        assert one.figures, one.number


@pytest.mark.parametrize("number", QUESTIONS)
def test_the_answer_is_what_the_tables_give(store, number):
    question = QUESTIONS[number]
    assert set(question.figures) == set(wanted(number))
    for key, value in wanted(number).items():
        printed, half = number_of(question.figures[key])
        assert abs(printed - value) <= half * 1.0001, key
        if re.fullmatch(r"\S+:\S+", key):
            assert resolve(store, key).value == pytest.approx(value, rel=1e-9), key


@pytest.mark.parametrize(
    "number", [number if number in USUAL else pytest.param(number, marks=pytest.mark.slow) for number in QUESTIONS]
)
def test_commands_and_python_give_the_answer(store, hnf, folder, number):
    question, said, written = QUESTIONS[number], "", []
    for line in question.commands:
        found = hnf(*shlex.split(line)[1:])
        start, code, words = REFUSES.get(number, ("nothing", 0, ""))
        refused = line.startswith(start)
        assert found.code == (code if refused else 0), line
        assert words in " ".join(found.err.split()) or not refused
        said += found.out
        if "--out" in line:
            written += numbers_in(read(folder / line.split()[-1]))
    said = " ".join(said.split())
    names: dict[str, Any] = {"pl": pl, "hnf": package, "store": store}
    *first, last = ast.parse(question.python).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(first, []), "questions.md", "exec"), names)
    shown = eval(compile(ast.Expression(last.value), "questions.md", "eval"), names)
    values = [eval(compile(ast.Expression(one.value), "", "eval"), names) for one in first if isinstance(one, ast.Expr)]
    returned = list(numbers_in([shown, *values, *(one for one in names.values() if isinstance(one, Answer))]))
    for key, value in wanted(number).items():
        printed = question.figures[key]
        if written:
            assert has(written, value), key
        else:
            assert re.search(rf"(?<![\d.,]){re.escape(printed)}(?![\d,]*\d)", said), f"{key}: {printed}"
        assert has(returned, value), key


def read(path: Path) -> Any:
    """What is in a file that a command wrote."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        assert frame.height == frame.select("measure", "period", "area_code").unique().height
        assert {"authority", "region", "england"} == set(frame["level"])
        return frame.filter(pl.col("level") == "england").select("value")
    book = openpyxl.load_workbook(path)
    return [row for sheet in book for row in sheet.iter_rows(values_only=True)]


@pytest.mark.slow
def test_the_pictures_of_the_slide(store, hnf, folder):
    question = QUESTIONS["9"]
    assert hnf(*shlex.split(question.commands[0])[1:]).code == 0
    exec(question.python, {"pl": pl, "hnf": package, "store": store})
    assert size(folder / "kent-slide.png") == (1920, 1080)
    assert min(size(folder / "kent.png")) > 1000


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG, from its head."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_one_file_has_every_authority_of_the_south_east(hnf, folder):
    assert hnf(*shlex.split(QUESTIONS["10"].commands[0])[1:]).code == 0
    rows = [row for row in read(folder / "south-east.xlsx") if "plans" in row and 2026 in map(whole, row)]
    published = tables()[0]
    codes = [code for code, row in published.authorities.items() if row["region_code"] == "E12000008"]
    codes = [code for code in codes if not published.authorities[code]["closed"]]
    assert len(rows) == len(codes) == 19
    for code in codes:
        (row,) = (row for row in rows if code in row)
        now, then = published.plans[2026][code], published.plans[2019][code]
        assert now is None or (has(list(numbers_in(row)), now) and has(list(numbers_in(row)), growth(then, now))), code


def whole(cell: Any) -> int | None:
    return int(cell) if str(cell).isdecimal() else None
