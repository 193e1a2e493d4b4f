"""A reading is judged: codes, figures and sentences, with readings made by hand and figures from files."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from hnf.analysis.trace import trace
from hnf.claims.answer import CheckedClaim
from hnf.claims.check import check_reading
from hnf.claims.reading import Bound, Moment, Number, Place, Quantity, Reading, Unit
from hnf.measures.register import MEASURES
from hnf.tables.store import Store

TIDY = Path(__file__).parents[2] / "data" / "tidy"
TODAY = datetime.date(2026, 11, 26)
PLANS = Quantity("plans", "EHC plans", ("plans", "plans_ehc"), unit="count")
FUNDING = Quantity("high_needs", "high needs funding", MEASURES, unit="gbp")
FORMULA = Quantity("formula", "the formula", ("nff",), unit="gbp", is_named=True)
ENGLAND = Place("england", "England")


def la(code: str, name: str = "") -> Place:
    return Place("authority", name or NAMES[code], (code,))


with (TIDY / "authorities.csv").open(encoding="utf-8", newline="") as _file:
    NAMES = {row["la_code"]: row["la_name"] for row in csv.DictReader(_file)}


def n(value: float, unit: Unit = "pct", half: float = 0.5, bound: Bound = "") -> Number:
    return Number(value, unit, half, bound)


def jan(year: int) -> Moment:
    return Moment("january", year)


def fy(year: int) -> Moment:
    return Moment("financial", year)


def past(years: int) -> Moment:
    return Moment("past", years)


def change(
    who: Place, number: Number | None, start: Moment | None = None, end: Moment | None = None, **more: Any
) -> Reading:
    return Reading(
        "change", who, more.pop("what", PLANS), number, more.pop("direction", "up"), start=start, end=end, **more
    )


def level(who: Place, number: Number | None, end: Moment | None = None, **more: Any) -> Reading:
    return Reading("level", who, more.pop("what", PLANS), number, end=end, **more)


def money(who: Place, value: float, end: Moment | None, per: str = "", half: float = 0.5, **more: Any) -> Reading:
    number = n(value, "gbp", half, more.pop("bound", ""))
    return Reading(more.pop("form", "level"), who, more.pop("what", FUNDING), number, end=end, per=per, **more)


def rank(
    who: Place, number: Number | None, end: Moment | None, per: str = "", side: Any = "lowest", **more: Any
) -> Reading:
    return Reading("rank", who, more.pop("what", FUNDING), number, end=end, per=per, end_of_rank=side, **more)


def sen2(*names: str, unit: str = "pct") -> Quantity:
    return Quantity(names[0], names[0], names, unit=unit)


def check(store: Store, reading: Reading, said: str = "") -> CheckedClaim:
    return check_reading(store, reading, said, TODAY)


def abroad(name: str) -> Place:
    return Place("outside", name, said=name)


def next_door(words: str) -> Quantity:
    return Quantity(words, words, publisher="DfE publishes it apart")


DEVON, NORFOLK, KENT, BUCKS, OXON, HERTS = (la(code) for code in ("878", "926", "886", "825", "931", "919"))
SHROPSHIRE_BOTH = Place("together", "Shropshire and Telford and Wrekin", ("893", "894"))
SOUTH_EAST, LONDON = Place("region", "the South East", ("E12000008",)), Place("region", "London", ("E12000007",))
EAST = Place("region", "the East of England", ("E12000006",))

#: Rows of public statements: id, reading, when it was said, codes of which any will do.
CASES: list[tuple[str, Reading, str, str]] = [
    ("G01", change(DEVON, n(126), jan(2017), jan(2023)), "2024-01", "true"),
    ("G01 from", level(DEVON, n(3718, "count"), jan(2017)), "2024-01", "true"),
    ("G01 to", level(DEVON, n(8400, "count"), jan(2023)), "2024-01", "true"),
    ("G03", change(ENGLAND, n(10, bound="nearly"), past(1), jan(2022)), "2022", "true|was_true"),
    ("G03 from", level(ENGLAND, n(430_697, "count"), past(1)), "2022", "true|was_true"),
    ("G03 to", level(ENGLAND, n(473_255, "count"), jan(2022)), "2022", "true|was_true"),
    ("G04", change(la("855"), n(50), jan(2015)), "2020-01", "untrue"),
    ("G04 to", level(la("855"), n(4730, "count", 5), Moment("now")), "2020-01", "untrue"),
    ("G05", change(NORFOLK, n(33), past(5)), "2024-09-05", "untrue"),
    ("G07", change(NORFOLK, n(74.5, half=0.05)), "2025-02-25", "was_true|true"),
    ("G08", change(BUCKS, n(112), past(10)), "2025-06", "true|was_true"),
    ("G08 England", change(ENGLAND, n(143), past(10)), "2025-06", "true|was_true"),
    ("G09", change(BUCKS, n(128), jan(2014)), "2025", "was_true|true"),
    ("G09 England", change(ENGLAND, n(169), jan(2014)), "2025", "was_true|true"),
    ("G10 from", level(BUCKS, n(4595, "count"), past(5)), "2025-11-19", "true|was_true"),
    ("G10 to", level(BUCKS, n(7217, "count"), Moment("now")), "2025-11-19", "true|was_true"),
    ("G14", change(OXON, n(125), fy(2014), fy(2021)), "2022-12", "true"),
    ("G14 from", level(OXON, n(2233, "count"), Moment("academic", 2014)), "2022-12", "true"),
    ("G15 from", level(OXON, n(3000, "count", 50), jan(2014)), "2024-11", "untrue"),
    ("G15 to", level(OXON, n(7000, "count", 50, "over"), jan(2024)), "2024-11", "untrue"),
    ("G16", change(la("893"), n(3, "times", 0.25), past(5)), "2025-10-10", "untrue"),
    ("G19", change(la("313"), n(2, "times", 0.25), jan(2014), jan(2019)), "2019-06-24", "untrue"),
    ("C01", level(la("802"), n(534, "count"), jan(2015)), "2019", "true"),
    ("F01", change(la("802"), n(60), jan(2015), jan(2018)), "2019", "true"),
    ("G20", change(la("802"), n(81), past(5)), "2019-03-08", "untrue"),
    ("G21", change(la("933"), n(3, "times", 0.05, "nearly"), past(6)), "2024-11", "true|was_true"),
    ("C02", level(la("942"), n(2656, "count"), jan(2024)), "2024", "true"),
    ("G22", level(la("940"), n(2900, "count", 50), Moment("year", 2021)), "2025-07-10", "needs_data"),
    ("R03", rank(la("941"), None, None, "pupil", part_of_rank=0.25), "2023-10-18", "true_on_some_bases|true"),
    ("N01", level(KENT, n(103e6, "gbp", 5e5), what=next_door("the deficit")), "2022", "out_of_scope|needs_data"),
    ("C04", level(KENT, n(19_500, "count", 50), jan(2021)), "2022", "untrue"),
    ("P01", money(la("850"), 5528, fy(2023), "child", what=next_door("the whole grant")), "2024-01-11", "out_of_scope"),
    ("P02", money(la("823"), 1115, fy(2026), "pupil"), "2026-02-12", "needs_data"),
    ("P05", money(HERTS, 549, None, "head", other=BUCKS, other_number=n(823, "gbp")), "2022", "untrue"),
    ("P06", money(NORFOLK, 99, None, "send_pupil", form="difference", direction="up", other=la("935")), "2022-12-20",
        "untrue"),
    ("F02", change(la("935"), n(11), end=fy(2023), what=FUNDING, per="pupil"), "2022-12-20", "true_on_some_bases"),
    ("F03", money(la("816"), 27e6, fy(2024), half=5e5), "2023-09-22", "needs_data"),
    ("F04", change(ENGLAND, n(60, bound="over"), fy(2019), fy(2024), what=FUNDING), "2023-09-22", "needs_data"),
    ("F05", change(ENGLAND, n(2, "times", 0.05, "at least"), Moment("year", 2015), what=FUNDING), "2024-01-11",
        "needs_data"),
    ("F06", change(ENGLAND, n(59), fy(2015), fy(2024), what=FUNDING, prices="real"), "2024-12-10", "needs_data"),
    ("F07", change(ENGLAND, n(33, bound="about"), fy(2015), fy(2024), what=FUNDING, per="plan", direction="down",
        prices="real"), "2024-12-10", "needs_data"),
    ("G24", change(ENGLAND, n(115), jan(2015), jan(2023)), "2024-09-05", "true|was_true"),
    ("G26", change(ENGLAND, n(3, "times", 0.05, "over"), jan(2017)), "2025-06-26", "true_on_some_bases"),
    ("G28", level(ENGLAND, n(640_000, "count", 5000, "nearly"), Moment("now")), "2025-12", "was_true|true"),
    ("C05", change(ENGLAND, n(11), past(1), jan(2025)), "2025-06-26", "true|was_true"),
    ("C05 to", level(ENGLAND, n(638_700, "count", 50), jan(2025)), "2025-06-26", "true|was_true"),
    ("G30", change(LONDON, n(10), Moment("academic", 2013)), "2017", "untrue"),
    ("G31", change(SOUTH_EAST, n(183), jan(2014)), "2025", "true|was_true"),
    ("F09", change(la("838"), n(67), jan(2013)), "2019-06", "untrue|true_on_some_bases"),
    ("G32", change(la("838"), n(71), jan(2015)), "2019-09", "untrue"),
    ("F10", money(la("830"), 127.576e6, fy(2025), half=500), "2025-03-20", "needs_data"),
    ("G33", level(la("830"), n(7572, "count"), Moment("day", 2025, date=datetime.date(2025, 3, 20))), "2025-03-20",
        "needs_data"),
    ("F11", money(DEVON, 64e6, fy(2019), "none", 5e5, bound="nearly"), "2020", "true_on_some_bases|true|untrue"),
    ("F13", money(la("877"), 20.278e6, fy(2019), "none", 500), "2019-05-07", "true|true_on_some_bases"),
    ("F14", change(ENGLAND, n(40, bound="over"), fy(2019), fy(2022), what=FUNDING), "2022-12", "true_on_some_bases"),
    ("G35", change(ENGLAND, n(50, bound="nearly"), jan(2014)), "2020-01-29", "true|was_true"),
    ("G36", change(la("936"), n(52), jan(2019)), "2024", "untrue"),
    ("C07", level(la("936"), n(12_700, "count", 50), Moment("year", 2022)), "2024", "untrue"),
    ("F18", change(ENGLAND, n(140), past(9)), "2025-01-15", "was_true|true"),
    ("F19", money(la("822"), 38e6, fy(2025), half=5e5, bound="over"), "2025", "needs_data"),
    ("C09", level(la("916"), n(4284, "count"), Moment("day", 2020, date=datetime.date(2020, 12, 1))), "2021-01",
        "needs_data"),
    ("N06", change(DEVON, n(157), fy(2017), fy(2023), what=next_door("transport")), "2024-01", "out_of_scope"),
    ("N11", level(la("941"), n(13), what=sen2("within_20_weeks_pct", "within_20_weeks_ex_pct")), "2024-09-24",
        "true|true_on_some_bases|untrue|needs_data|was_true"),
    ("F20", money(DEVON, 125e6, fy(2025), half=5e5, bound="over"), "2025", "needs_data"),
    ("X01", change(KENT, n(13), end=fy(2022), what=FUNDING, direction="down"), "", "untrue"),
    ("X02", change(KENT, n(2.5, half=0.05), jan(2023), jan(2024), direction="down"), "", "untrue"),
    ("X05", change(KENT, n(2, "times", 0.25), jan(2015), is_negated=True), "", "untrue"),
    ("X06", change(Place("unknown", "Brighton", said="Brighton", choices=("Brighton and Hove",)), n(2, "times", 0.25),
        jan(2015)), "", "not_understood"),
    ("X08", change(abroad("Glasgow"), n(13), end=fy(2022), what=FUNDING), "", "out_of_scope"),
    ("X12", change(KENT, n(100, bound="at least"), jan(2015), jan(2026)), "", "true"),
    ("X14", money(la("811"), 1000, fy(2023), "pupil", bound="under"), "", "true|true_on_some_bases"),
    ("X15", rank(la("815"), n(10, "rank", 0, "at most"), fy(2023), "pupil"), "", "true_on_some_bases"),
    ("X17", rank(la("823"), n(2, "rank", 0), fy(2023), "pupil", group=EAST), "", "true|true_on_some_bases"),
    ("X20", level(KENT, n(7.4, half=0.05), what=next_door("pupils with a plan")), "", "out_of_scope"),
    ("X21", level(HERTS, n(11_897, "count"), jan(2024)), "", "true"),
    ("X23", change(NORFOLK, n(3, "times", 0.5), jan(2015)), "", "true"),
    ("X25", Reading("ratio", BUCKS, FUNDING, n(50, half=5), "up", end=fy(2023), per="head", other=HERTS), "",
        "true|true_on_some_bases"),
    ("X26", money(la("935"), 92, fy(2023), "pupil", form="difference", direction="down", other=NORFOLK), "",
        "true_on_some_bases|true"),
    ("X27", change(la("921"), n(50), jan(2019), jan(2026)), "", "needs_data"),
    ("X32", level(SHROPSHIRE_BOTH, n(4620, "count"), jan(2024)), "", "true"),
    ("X33", money(NORFOLK, 823, fy(2023), "head"), "", "true_on_some_bases|true"),
]  # fmt: skip


@pytest.mark.parametrize(("reading", "said", "codes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_public_statements_have_their_code(store: Store, reading: Reading, said: str, codes: str) -> None:
    answer = check(store, reading, said)
    assert answer.code in codes.split("|"), answer.sentence
    assert answer.sentence.endswith((".", "?", ")"))
    if answer.say_instead:
        assert answer.say_instead_id
        trace(store, answer.say_instead_id)
    if answer.code == "needs_data":
        assert answer.needs
    assert json.loads(json.dumps(answer.to_json(), allow_nan=False))["verdict_code"] == answer.code
