"""Wordings of one claim give one reading, and one word changed gives another; what is not read is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from hnf.claims.grammar import read_text
from hnf.claims.reading import Reading
from hnf.tables.store import Store


def read(store: Store, text: str, who: str = "") -> list[Reading]:
    return read_text(store, text, who)


def meaning(readings: list[Reading]) -> list[dict[str, object]]:
    """What was read, without the words it was said in."""
    return [
        {
            "form": one.form, "who": one.who and (one.who.codes or one.who.name), "what": one.what and one.what.name,
            "value": one.number and (round(one.number.value, 4), one.number.unit, one.number.bound),
            "direction": one.direction, "negated": one.is_negated,
            "from": one.start and (one.start.january or one.start.kind),
            "to": one.end and (one.end.january or one.end.kind), "per": one.per, "end": one.end_of_rank,
            "group": one.group and one.group.codes,
            "other": one.other and (one.other.codes or one.other.name), "universe": one.universe, "prices": one.prices,
            "unread": one.unread, "problem": one.problem,
        }
        for one in readings
    ]  # fmt: skip


#: Wordings of one claim, line by line; fields are {place}, {from_}, {to} and others of each base claim.
GROWTH = (
    "EHC plans in {place} rose by {pct}% from {from_} to {to}",
    "Between {from_} and {to}, the number of EHC plans in {place} rose by {pct} per cent",
    "{place} has seen a {pct} percent increase in EHCPs from {from_} to {to}",
    "From {from_} to {to} {place}'s EHCPs went up by {pct}%",
    "The number of education, health and care plans in {place} grew {pct}% between January {from_} and January {to}",
    "There was a {pct}% rise in the number of EHC plans maintained by {place} between {from_} and {to}",
    "In {place}, plans have increased by {pct}% between {from_} and {to}",
    "Plans were up {pct}% in {place} from {from_} to {to}",
    "We know that the number of children with an EHC plan in {place} has climbed by {pct}% between {from_} and {to}",
    "EHC plans (EHCPs) in {place} have grown, by {pct}%, from {from_} to {to}",
)
RANK = (
    "{place} is the {nth} lowest funded authority per {per} of 151 in 2023-24",
    "In 2023-24 {place} was {nth} lowest of 151 for high needs funding per {per}",
    "{place} ranks {nth} lowest out of 151 authorities for high needs funding per {per} in 2023-24",
    "{place} had the {nth} lowest high needs funding per {per} of 151 local authorities in 2023-24",
    "For high needs funding per {per}, {place} was ranked {nth} lowest of 151 in 2023-24",
    "In 2023-24, {place} received the {nth} lowest high needs funding per {per} out of 151",
    "{place}: {nth} lowest per {per} of 151 in 2023-24",
    "Of 151 authorities {place} was the {nth}-lowest funded per {per} in 2023-24",
    "{place} County Council was {nth} lowest of 151 in high needs funding per {per} in 2023-24",
    "{place} is {nth} worst of 151 for funding per {per} in 2023-24",
)
LEVEL = (
    "{place} received {pounds} per {per} in high needs funding in 2023-24",
    "In 2023-24, high needs funding in {place} was {pounds} per {per}",
    "{place}'s high needs funding was {pounds} per {per} in 2023-24",
    "High needs funding of {pounds} per {per} went to {place} in 2023-24",
    "{place} gets {pounds} per {per} of high needs money in 2023-24",
    "For 2023-24 {place} has {pounds} per {per} in high needs funding",
    "At {pounds} per {per}, high needs funding in {place} in 2023-24",
    "{place} gets high needs funding of {pounds} per {per} (2023-24)",
    "The high needs funding of {place} came to {pounds} per {per} in 2023-24",
    "In the financial year 2023-24 {place} got {pounds} per {per} of high needs funding",
)
COUNT = (
    "{place} had {count} EHC plans in January {to}",
    "In January {to}, there were {count} EHC plans in {place}",
    "{count} children had an EHC plan in {place} in January {to}",
    "The number of EHCPs in {place} was {count} in January {to}",
    "{place} maintained {count} education, health and care plans in January {to}",
    "As of January {to}, {count} plans were maintained by {place}",
    "There were {count} children and young people with EHCPs in {place} in January {to}",
    "EHC plans in {place}: {count} (January {to})",
    "In {place} {count} young people had an EHCP in January {to}",
    "{place} was maintaining {count} EHC plans as at January {to}",
)
MULTIPLE = (
    "EHC plans in {place} have {multiple} since {from_}",
    "Since {from_} EHC plans in {place} have {multiple}",
    "The number of EHC plans in {place} has {multiple} since {from_}",
    "{place} has seen its EHC plans {multiple} since {from_}",
    "In {place} the number of EHCPs has {multiple} since January {from_}",
    "Since January {from_}, {place}'s plans have {multiple}",
    "{place}'s EHCPs {multiple} since {from_}",
    "The number of children with an EHC plan in {place} has {multiple} since {from_}",
    "Across {place} plans have {multiple} since {from_}",
    "EHCPs have {multiple} in {place} since {from_}",
)
DIFFERENCE = (
    "{place} gets {pounds} less per pupil than {other} in 2023-24",
    "In 2023-24 {place} gets {pounds} per pupil less than {other}",
    "{place} received {pounds} less high needs funding per pupil than {other} in 2023-24",
    "Per pupil, {place} had {pounds} less than {other} in 2023-24",
    "High needs funding per pupil in {place} was {pounds} less than in {other} in 2023-24",
    "High needs funding in {place} was {pounds} lower per pupil than in {other} in 2023-24",
    "{place} is funded {pounds} less per pupil than {other} in 2023-24",
    "In 2023-24, {place}'s high needs funding was {pounds} per pupil lower than {other}'s",
    "{place}'s funding is {pounds} per pupil below {other}'s in 2023-24",
    "{place} received {pounds} per pupil less in 2023-24 than {other}",
)
FUNDING = (
    "High needs funding in {place} rose by {pct}% in 2022-23",
    "In 2022-23 high needs funding in {place} rose by {pct} per cent",
    "{place}'s high needs funding went up {pct}% in 2022-23",
    "There was a {pct}% increase in high needs funding in {place} in 2022-23",
    "{place} saw high needs funding grow by {pct}% in 2022-23",
    "{place} saw an increase of {pct}% in its high needs funding in 2022-23",
    "{place} saw its high needs funding increase by {pct}% in 2022-23",
    "The high needs budget of {place} was increased by {pct}% in 2022-23",
    "In 2022-23 the high needs funding of {place} was up by {pct}%",
    "High needs money in {place} grew {pct}% in 2022-23",
)


@dataclass(frozen=True)
class Base:
    """A claim, its wordings, and what one of its words may be changed to."""

    templates: tuple[str, ...]
    fields: dict[str, str]

    def texts(self) -> Iterator[str]:
        for template in self.templates:
            yield template.format(**self.fields)


def _bases() -> list[Base]:
    found = []
    for place, from_, to, pct in (
        ("Kent", "2013", "2024", "143"), ("Leeds", "2015", "2024", "98"), ("Westminster", "2016", "2025", "40"),
        ("Cumberland", "2024", "2026", "12.5"), ("Isle of Wight", "2015", "2025", "120"),
    ):  # fmt: skip
        found.append(Base(GROWTH, {"place": place, "from_": from_, "to": to, "pct": pct}))
    for place, nth, per in (
        ("Hertfordshire", "third", "head"), ("Norfolk", "21st", "pupil"), ("West Sussex", "twenty-third", "head"),
        ("Devon", "41st", "head"),
    ):  # fmt: skip
        found.append(Base(RANK, {"place": place, "nth": nth, "per": per}))
    for place, pounds, per in (
        ("Hertfordshire", "£614", "head"), ("Norfolk", "£823", "head"), ("Camden", "£2,100", "pupil"),
        ("City of London", "about £1,000", "pupil"),
    ):  # fmt: skip
        found.append(Base(LEVEL, {"place": place, "pounds": pounds, "per": per}))
    for place, to, count in (
        ("Kent", "2024", "18,900"), ("Cumberland", "2024", "2,656"), ("Leeds", "2026", "over 9,000"),
        ("Hertfordshire", "2015", "3,682"), ("Nottinghamshire", "2023", "nearly 4,000"),
    ):  # fmt: skip
        found.append(Base(COUNT, {"place": place, "to": to, "count": count}))
    for place, from_, multiple in (
        ("Hertfordshire", "2015", "more than trebled"), ("Kent", "2016", "doubled"),
        ("Leeds", "2015", "almost doubled"), ("Isle of Wight", "2014", "more than doubled"),
    ):  # fmt: skip
        found.append(Base(MULTIPLE, {"place": place, "from_": from_, "multiple": multiple}))
    for place, other, pounds in (
        ("Suffolk", "Norfolk", "£92"), ("Hertfordshire", "Buckinghamshire", "£250"), ("Leeds", "Camden", "£1,000"),
        ("Dorset", "the Isle of Wight", "£100"),
    ):  # fmt: skip
        found.append(Base(DIFFERENCE, {"place": place, "other": other, "pounds": pounds}))
    for place, pct in (("Kent", "13"), ("Westminster", "8.1"), ("Cornwall", "12"), ("Leicester", "11")):
        found.append(Base(FUNDING, {"place": place, "pct": pct}))
    return found


BASES = _bases()


def test_there_are_thirty_claims_in_ten_wordings() -> None:
    assert len(BASES) == 30
    assert {len(base.templates) for base in BASES} == {10}


@pytest.mark.parametrize(
    "base", BASES, ids=lambda base: f"{base.fields['place']}-{len(base.fields)}-{base.templates[0][:20]}"
)
def test_wordings_of_one_claim_give_one_reading(store: Store, base: Base) -> None:
    texts = list(base.texts())
    first = meaning(read(store, texts[0]))
    assert len(first) == 1
    assert first[0]["unread"] == ()
    assert first[0]["problem"] == ""
    assert {text: meaning(read(store, text)) for text in texts if meaning(read(store, text)) != first} == {}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("EHC plans in Herts have risen by two hundred and twenty-three per cent since January 2015",
         "EHC plans in Hertfordshire have risen by 223% since January 2015"),
        ("In Bucks, EHCPs fell by a third from 2015 to 2020",
         "EHC plans in Buckinghamshire fell by one third between 2015 and 2020"),
        ("Half of plans in Leeds were issued within 20 weeks in 2025",
         "In 2025, one in two plans in Leeds were issued on time"),
        ("Funding in Kent was increased by 13% in 2022-23", "Kent's funding grew 13 per cent in 2022/23"),
        ("Kent refused 30% of requests in 2025", "In 2025, 30% of requests were refused in Kent"),
        ("EHC plans in Norfolk have increased threefold since 2015", "EHC plans in Norfolk have trebled since 2015"),
        ("Plans in the East Riding doubled from 2015 to 2024",
         "Plans doubled in East Riding of Yorkshire between 2015 and 2024"),
        ("Suffolk and Norfolk together had 10,000 plans in January 2024",
         "In January 2024 Suffolk and Norfolk had 10,000 plans between them"),
        ("There were 640 appeals in England in 2014", "In England there were six hundred and forty appeals in 2014"),
        ("At least 400 EHC plans in Rutland in January 2024", "No fewer than 400 EHC plans in Rutland in January 2024"),
    ],
)  # fmt: skip
def test_other_words_for_one_thing(store: Store, text: str, same: str) -> None:
    assert meaning(read(store, text)) == meaning(read(store, same))
    assert all(one.unread == () and one.problem == "" for one in read(store, text))


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("EHC plans in Kent rose by 13% from 2015 to 2020 in 17 schools", "17"),
        ("EHC plans in Kent and, in 2019, in Leeds rose by 13% from 2015 to 2020", "2019"),
        ("Hertfordshire is the third lowest funded per head of 151 in 2023-24 in 12 of them", "12"),
    ],
)
def test_what_no_part_of_the_reading_holds_is_listed(store: Store, text: str, unread: str) -> None:
    found = read(store, text)
    assert any(unread in word for one in found for word in one.unread) or any(
        one.number is not None and unread in one.number.words for one in found
    )


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("EHC plans in Glasgow doubled since 2015", "outside", "Scotland"),
        ("EHC plans in Cardiff doubled since 2015", "outside", "Wales"),
        ("EHC plans in Kingston doubled since 2015", "ambiguous", "Kingston"),
        ("EHC plans in Greater Manchester doubled since 2015", "combined", "Greater Manchester"),
        ("EHC plans in Yorkshire doubled since 2015", "region", "Yorkshire and The Humber"),
        ("EHC plans in Bucks doubled since 2015", "authority", "Buckinghamshire"),
        ("EHC plans in Nowhereshire doubled since 2015", "unknown", "Nowhereshire"),
        ("EHC plans in Hertfordhsire doubled since 2015", "unknown", "Hertfordhsire"),
        ("EHC plans in Cumbria doubled since 2015", "authority", "Cumbria"),
        ("EHC plans nationally doubled since 2015", "england", "England"),
    ],
)
def test_a_place_is_what_it_is_and_never_england(store: Store, text: str, kind: str, name: str) -> None:
    (one,) = read(store, text)
    assert one.who is not None
    assert (one.who.kind, one.who.name) == (kind, name)


def test_a_typing_slip_is_asked_back(store: Store) -> None:
    (one,) = read(store, "EHC plans in Hertfordhsire doubled since 2015")
    assert one.who is not None
    assert one.who.choices[0] == "Hertfordshire"


def test_no_place_is_nobody(store: Store) -> None:
    (one,) = read(store, "EHC plans have doubled since 2015")
    assert one.who is None


def test_codes_of_the_vocabulary_are_those_of_the_register(store: Store) -> None:
    from hnf.claims.said import vocabulary
    from hnf.tables.authorities import Authorities

    register = Authorities.of(store).by_code
    words = vocabulary()
    assert [code for code in words["aliases"] if code not in register] == []
    assert [code for entry in words["place"] for code in entry.get("codes", ()) if code not in register] == []
    measures = {
        name for entry in words["quantity"] for key in ("measures", "measures_pct") for name in entry.get(key, ())
    }
    from hnf.measures.register import find_measure

    assert all(find_measure(name) for name in measures)
    assert all(entry.get("measures") or entry.get("publisher") for entry in words["quantity"])


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Plans increased from 8,732 in Surrey in 2019 to 16,069 in 2025", [(8_732, 2019), (16_069, 2025)]),
        ("Leeds had 6,093 EHCPs in January 2025, compared with 5,700 a year earlier", [(6_093, 2025), (5_700, 2024)]),
        ("Leeds had 6,093 plans in January 2025, up from 2,160 a decade before", [(6_093, 2025), (2_160, 2015)]),
        ("Kent had 19,407 plans in 2024 and Leeds 5,700 in 2023", [(19_407, 2024), (5_700, 2023)]),
    ],
)
def test_each_level_has_its_own_time(store: Store, text: str, levels: list[tuple[int, int]]) -> None:
    found = [one for one in read(store, text) if one.form == "level"]
    assert sorted((one.number.value, one.end and one.end.january) for one in found if one.number) == sorted(levels)
    assert all(one.unread == () for one in found)


def test_percentages_from_and_to_are_of_the_part_that_is_named(store: Store) -> None:
    found = read(store, "EHC plans issued in Birmingham within 20 weeks fell from 70% in 2019 to 53% in 2023")
    assert {one.what and one.what.name for one in found} == {"timeliness"}
    assert [one.form for one in found] == ["level", "level", "change"]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("second", 2), ("third", 3), ("fourth", 4), ("fifth", 5), ("sixth", 6), ("seventh", 7), ("eighth", 8),
        ("ninth", 9), ("tenth", 10), ("eleventh", 11), ("twelfth", 12), ("thirteenth", 13), ("nineteenth", 19),
        ("twentieth", 20), ("twenty-first", 21), ("thirtieth", 30), ("forty-second", 42), ("ninetieth", 90),
        ("one hundred and thirty-third", 133), ("101st", 101),
    ],
)  # fmt: skip
def test_ordinals_in_words(store: Store, word: str, number: int) -> None:
    (one,) = read(store, f"Kent is the {word} lowest funded per head of 151 in 2023-24")
    assert one.number is not None
    assert (one.number.value, one.number.unit, one.unread) == (number, "rank", ())


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("zero", 0), ("seven", 7), ("twelve", 12), ("nineteen", 19), ("forty", 40), ("ninety-nine", 99),
        ("one hundred", 100), ("two hundred and twenty-three", 223), ("three and a half", 3.5),
    ],
)  # fmt: skip
def test_numbers_in_words(store: Store, words: str, number: float) -> None:
    (one,) = read(store, f"EHC plans in Kent rose by {words} per cent from 2015 to 2024")
    assert one.number is not None
    assert (one.number.value, one.number.unit, one.unread) == (number, "pct", ())


@pytest.mark.parametrize(
    ("text", "is_assumed"),
    [
        ("Kent gets £935 per head in 2023-24", True),
        ("£935 per head in Kent in 2023-24", True),
        ("Kent's high needs funding was £935 per head in 2023-24", False),
        ("Kent's high needs block was £935 per head in 2023-24", False),
    ],
)
def test_money_that_is_not_named_is_only_assumed_to_be_high_needs(store: Store, text: str, is_assumed: bool) -> None:
    (one,) = read(store, text)
    assert one.what is not None
    assert one.what.is_assumed is is_assumed


@pytest.mark.parametrize(("said", "universe"), [("3", 3), ("151", 151), ("330", 330), ("331", None)])
def test_a_rank_is_among_as_many_as_there_are_councils_at_most(store: Store, said: str, universe: int | None) -> None:
    (one,) = read(store, f"Kent ranks second lowest out of {said} per head in 2023-24")
    assert one.universe == universe
    assert bool(one.unread) == (universe is None)
