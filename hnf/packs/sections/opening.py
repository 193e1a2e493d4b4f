"""The first page of a pack on one authority: message, dates, three large numbers, and what has happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hnf.analysis.bounds import bound_figure, bound_years, year_bounds
from hnf.analysis.growth import plans_figure
from hnf.analysis.rank import rank_figure
from hnf.analysis.reported import reported, source_words
from hnf.analysis.trace import resolve
from hnf.measures.notes import plans_in_words, reported_warnings
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import rate_figure
from hnf.packs.content import (
    LargeNumber,
    Section,
    Sentence,
    Wording,
    direction,
    gbp_words,
    within,
)
from hnf.packs.findings import SERVICE, BasisFinding, Findings, decisions, ends_in_words
from hnf.packs.sentences import as_sentence, define_population, joint_basis, plain
from hnf.packs.subject import PER_PROSE, SHORT_PER
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.text import capital, join_words, ordinal, web_address
from hnf.years import FinancialYear

_PLANS_BASIS = "ages 0 to 25, January counts of the SEN2 return"


def say_message(found: Findings) -> Sentence:
    """Return the message: funding against England on every basis, and growth of plans against England's."""
    say = Wording()
    is_service = "late" in found.premises and not {"much_faster", "small"} & found.premises
    second = _say_late(say, found) if is_service else _say_growth(say, found)
    parts = [part for part in (_say_side(found), second) if part]
    contrast = {"below_every", "faster"} <= found.premises and not is_service
    link = ", while " if contrast else "; it " if is_service else "; "
    joined = f"{parts[0]}{link}{parts[1]}" if len(parts) > 1 else parts[0]
    spec, basis = found.subject.spec, []
    if spec:
        others = join_words(
            list(dict.fromkeys(SHORT_PER[one.spec.per] for one in found.bases[1:] if one.spec.per != "head"))
        )
        words = joint_basis(found.store, (found.subject.authority,), spec)
        basis.append(f"{words} The same {others}, against England's rates." if others else words)
    if is_service:
        basis.append(_share_basis("within_20_weeks_pct"))
    elif found.growth:
        basis.append(f"{plans_in_words()}, {_PLANS_BASIS}.")
    sentence = say.sentence(f"{joined}.", " ".join(basis))
    behind = (one.gap.figure() for one in found.bases)
    return replace(sentence, behind=tuple(behind))


def _say_late(say: Wording, found: Findings) -> str:
    one = found.service["within_20_weeks_pct"]
    share = one.say(say)
    return f"issued {share} new EHC plans within 20 weeks in {one.spec.period}, against {say.percent(one.england)} in England"


def _say_side(found: Findings) -> str:
    """Say on which denominators the place received less or more than England."""
    start = f"In {found.subject.year} {found.name} received" if found.subject.spec else ""
    return f"{start} {_side_words(found)}" if start else _not_included(found.name)


def _not_included(name: str) -> str:
    return f"DfE's tables of high needs funding do not include {name}"


def _side_words(found: Findings) -> str:
    below, above = found.sided("below"), found.sided("above")
    if below and above:
        return f"less high needs funding than England {join_words(below)}, but more {join_words(above)}"
    if not below and not above:
        return f"as much high needs funding as England {join_words(found.sided('level'))}"
    return f"{'less' if below else 'more'} high needs funding than England {join_words(below or above)}"


def _say_growth(say: Wording, found: Findings) -> str:
    need, growth = found.subject.need, found.growth
    if need is None or growth is None:
        return ""
    here, england = growth
    first, last = need.dates[0], need.dates[need.last_counted]
    where = within(need.place.name)
    if found.is_small:
        return (
            f"EHC plans {where} {_verb(here.change_pct)} from {say.count(here.start)} in January {first} to "
            f"{say.count(here.end)} in January {last}"
        )
    verb = direction(here.change_pct or 0)
    by = f" by {say.percent(here.figure())}" if verb != "stayed the same" else ""
    return (
        f"EHC plans {where} {verb}{by} between January {first} and January {last}, "
        f"{_against(here.change_pct)} {say.percent(england.figure())} in England"
    )


def _against(change: float | None) -> str:
    return "against a rise of" if (change or 0) <= 0 else "against"


def _verb(change: float | None) -> str:
    return direction(change or 0, "rose", "fell", "moved")


def say_joint_message(name: str, members: Sequence[Findings]) -> Sentence:
    """Return the message on several authorities: each one's funding against England on every basis."""
    funded = [member for member in members if member.bases]
    groups: dict[str, list[str]] = {}
    for member in funded:
        groups.setdefault(_side_words(member), []).append(member.name)
    parts = [
        f"{join_words(names)} {'each ' if len(names) > 1 else ''}received {words}" for words, names in groups.items()
    ]
    said = [f"in {funded[0].subject.year} {'; '.join(parts)}"] if parts else []
    said += [_not_included(member.name) for member in members if not member.bases]
    lies = join_words([f"partly in {member.name}" for member in members])
    authorities = [member.subject.authority for member in funded]
    basis = joint_basis(members[0].store, authorities, funded[0].bases[0].spec) if funded else ""
    behind = tuple(one.gap.figure() for member in funded for one in member.bases)
    return replace(Wording().sentence(f"{name} lies {lies}: {'; '.join(said)}.", basis), behind=behind)


def joint_numbers(members: Sequence[Findings]) -> tuple[LargeNumber, ...]:
    """Return one large number for each authority: its rate, both ends of its rank, and its gap; or its plans."""
    numbers = []
    for member in members:
        if member.bases:
            rate, gap = _rate_number(member), _gap_number(member)
            say = joined((rate.says, gap.says), f"{rate.says.text} At England's rate: {gap.large}.")
            numbers.append(
                LargeNumber(rate.large, f"{capital(member.name)}: {rate.label[0].lower()}{rate.label[1:]}", say)
            )
        elif member.growth:
            numbers.append(_plans_number(member))
    return tuple(numbers)


def joined(sentences: Sequence[Sentence], text: str) -> Sentence:
    """Return a sentence made of others, with the figures that its text prints; the others' are behind it."""
    first, *rest = sentences
    figures = (*first.behind, *(figure for one in rest for figure in (*one.figures, *one.behind)))
    basis = " ".join(dict.fromkeys(one.basis for one in sentences if one.basis))
    return replace(first, text=text, behind=figures, basis=basis)


def say_as_at(found: Findings) -> Sentence:
    """Return the dates that need, funding and service go to, from the tables held."""
    need = found.subject.need
    parts = [f"Need to January {need.dates[-1]}."] if need else []
    if need and "not_counted" in found.premises:
        last = need.dates[need.last_counted]
        parts = [f"Need to January {last}: the count of January {need.dates[-1]} is not published."]
    parts.append(as_at_of_funding(found.store) if found.subject.spec else "")
    parts.append(f"Service to {found.service['within_20_weeks_pct'].spec.period}.")
    return plain(" ".join(filter(None, parts)))


def as_at_of_funding(store: Store) -> str:
    """Say to which year the tables of funding go, and that later ones are published where somebody has quoted them."""
    last = financial_years(store)[-1]
    later = [row for row in reported(store).rows if row["financial_year"] > str(last) and row["measure"] == "block"]
    said = ": DfE has published later allocations that are not in these tables" if later else ""
    return f"Funding to {last}{said}."


def large_numbers(found: Findings) -> tuple[LargeNumber, ...]:
    """Return plans and their growth, the rate and both ends of its rank, and the gap to England's rate."""
    numbers = [_plans_number(found)] if found.growth else []
    if found.bases:
        numbers += [_rate_number(found), _gap_number(found)]
    else:
        numbers += [one for one in (_share_number(found, name) for name in SERVICE) if one][:2]
    return tuple(number for number in numbers if number)


def _plans_number(found: Findings) -> LargeNumber:
    need, growth = found.subject.need, found.growth
    assert need is not None and growth is not None  # noqa: S101, PT018 - asked of the caller
    here, england = growth
    first, last = need.dates[0], need.dates[need.last_counted]
    say = Wording()
    own = plans_figure(found.store, last, (found.code,)) if need.place.is_combined else here.end
    large = say.count(own)
    where = f"In {need.place.name}: " if need.place.is_combined else ""
    if found.is_small:
        text = f"From {say.count(here.start)} in January {first}. So few plans make no meaningful percentage."
    else:
        moved = (
            "Unchanged"
            if direction(here.change_pct or 0) == "stayed the same"
            else (f"{'Up' if (here.change_pct or 0) > 0 else 'Down'} {say.percent(here.figure())}")
        )
        moved = moved.lower() if where else moved
        text = f"{where}{moved} since January {first}. England: up {say.percent(england.figure())}."
    basis = f"{plans_in_words()}, {_PLANS_BASIS}. {as_sentence(need.place.note)}".strip()
    says = say.sentence(text, basis, 1, here.figure())
    return LargeNumber(large, f"EHC plans {within(found.name)}, January {last}", says)


def _rate_number(found: Findings) -> LargeNumber:
    spec = found.bases[0].spec
    say = Wording()
    large = say.rate(rate_figure(found.store, spec, found.code))
    england = say.rate(rate_figure(found.store, spec, ENGLAND))
    text = f"England: {england}. Rank: {ends_in_words(say, found)}."
    basis = f"{capital(spec.in_words)}. Ranks of the whole block per head on two populations, per pupil and per plan."
    if found.both_populations:
        basis += "".join(f" {define_population(one.spec)}" for one in found.bases if one.spec.per == "head")
    label = f"high needs funding {PER_PROSE[spec.per]}, {spec.year}"
    says = say.sentence(text, basis, 2, rank_figure(found.store, spec, found.code))
    return LargeNumber(large, capital(label), says)


def _gap_number(found: Findings) -> LargeNumber:
    """Say the gap to England's rate: over all bases where the sign is the same, else its two ends with their signs."""
    ordered = sorted(found.bases, key=lambda one: one.gap.pounds)
    low, high = ordered[0], ordered[-1]
    say = Wording()
    if low.gap.pounds < 0 < high.gap.pounds:
        text = f"{_gap_words(say, high, found)}; {_gap_words(say, low, found)}. It depends on the measure."
        large = f"{_short(low.gap.pounds)} less to {_short(high.gap.pounds)} more"
    else:
        more = "more" if high.gap.pounds > 0 else "less"
        ends = (low, high) if more == "more" else (high, low)
        same = _short(low.gap.pounds) == _short(high.gap.pounds)
        amounts = (
            _short(ends[0].gap.pounds) if same else f"{_short(ends[0].gap.pounds)} to {_short(ends[1].gap.pounds)}"
        )
        large = f"{amounts} {more}"
        text = f"{'; '.join(_gap_words(say, one, found) for one in ends)}."
    basis = (
        "The difference of the two rates times the authority's own people, pupils or plans, over four denominators; "
    )
    basis += "what an equal rate would mean, not what the formula would pay."
    says = say.sentence(text, basis, 4)
    return LargeNumber(large, f"If funded at England's rate, {found.subject.year}", says)


def _gap_words(say: Wording, one: BasisFinding, found: Findings) -> str:
    more = "more" if one.gap.pounds > 0 else "less"
    return f"{say.pounds(one.gap.figure())} {more} {found.basis_words(one)}"


def _short(pounds: float) -> str:
    """Print millions for a large number: whole from ten upwards, one decimal below."""
    millions = abs(pounds) / 1_000_000
    return f"£{millions:,.0f}m" if round(millions) >= 10 else f"£{millions:.1f}m".replace(".0m", "m")


def _share_number(found: Findings, name: str) -> LargeNumber | None:
    one = found.service[name]
    if one.reason:
        return None
    say = Wording()
    words = one.say(say)
    large = words.removesuffix(" of")
    text = f"England: {say.percent(one.england)}."
    return LargeNumber(large, f"{SERVICE[name]}, {one.spec.period}", say.sentence(text, _share_basis(one.spec.measure)))


def _share_basis(measure: str) -> str:
    return f"{SERVICE[measure]}; SEN2 return, England as published."


def since_section(found: Findings) -> Section | None:
    """Say what the rules leave for later years, what was said of the place's funding, and what has been decided."""
    said: list[Sentence] = []
    if found.subject.spec:
        ranges = say_ranges(found.store, found.code, found.name)
        said += [ranges] if ranges else []
        said += say_reported(found.store, found.code, found.name)
    bullets = tuple(decision.sentence for decision in decisions(found.store))
    if not said and not bullets:
        return None
    return Section("since", f"Since {found.subject.year}", tuple(said), bullets=bullets, page="first", column="right")


def say_ranges(store: Store, area: str, name: str) -> Sentence | None:
    """Say the ranges per head that the rules leave of column A, and between which ranks; None without a later year."""
    years = [year for year in bound_years(store) if area in year_bounds(store, year).rows]
    if not years:
        return None
    say = Wording()
    parts = [_say_range(say, store, year, area) for year in years]
    text = f"Published rules and figures put {name}'s formula funding at {join_words(parts)}."
    basis = (
        "Formula funding is column A of DfE's table, before places of special free schools; per head of the ONS "
        "2018-based projection. A range that follows from minimum and maximum increases and from published figures, "
        "not an allocation."
    )
    return say.sentence(text, basis)


def _say_range(say: Wording, store: Store, year: FinancialYear, area: str) -> str:
    low, high = (bound_figure(store, [str(year), area, f"{end}_per_head"]) for end in ("lower", "upper"))
    amounts = (say.rate(low), say.rate(high))
    first, last = (bound_figure(store, [str(year), area, f"{end}_rank"]) for end in ("lower", "upper"))
    universe = year_bounds(store, year).universe
    span = f"{amounts[0]} to {amounts[1]}" if amounts[0] != amounts[1] else amounts[0]
    ranks = _rank_span(say, (first, last), universe)
    return f"{span} per head in {year} ({ranks} of {universe})"


def _rank_span(say: Wording, ends: tuple[Figure, Figure], universe: int) -> str:
    """Say a span of ranks, from the highest where all of it is in the upper half."""
    ranks, end = [int(figure.value or 0) for figure in ends], "lowest"
    if min(ranks) > universe / 2:
        ranks, ends, end = [universe - rank + 1 for rank in reversed(ranks)], (ends[1], ends[0]), "highest"
    first, second = (say.as_text(figure, ordinal(rank)) for figure, rank in zip(ends, ranks, strict=True))
    if first == second:
        return f"{first} {end}"
    return f"{first} {'or' if ranks[1] == ranks[0] + 1 else 'to'} {second} {end}"


#: Measures of a statement that say how much, with the words for them; a rise goes with an amount or stands alone.
_AMOUNTS = {"block": "high needs block", "block_unspecified": "high needs funding", "block_rise": "high needs block"}
#: How many statements there is room for.
_MOST_REPORTED = 2


def say_reported(store: Store, area: str, name: str) -> list[Sentence]:
    """Return what was said of an area's block in years after the last table, as it was said, Parliament's first."""
    last = str(financial_years(store)[-1])
    rows = [row for row in reported(store, area).rows if row["area_code"] == area and row["financial_year"] > last]
    rows = [row for row in rows if row["measure"] in _AMOUNTS and row["stated"]]
    official = [row for row in rows if row["kind"] == "parliament"] or rows
    statements: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in official:
        statements.setdefault((row["financial_year"], row["address"]), []).append(row)
    return [_say_statement(store, found, name) for found in list(statements.values())[-_MOST_REPORTED:]]


def _say_statement(store: Store, rows: list[dict[str, Any]], name: str) -> Sentence:
    say, first = Wording(), rows[0]
    amounts = [row for row in rows if row["measure"] != "block_rise"]
    rises = [_stated(say, store, row) for row in rows if row["measure"] == "block_rise"]
    what = _AMOUNTS[(amounts or rows)[0]["measure"]]
    if amounts:
        text = (
            f"{capital(name)}'s {what} for {first['financial_year']} was said to be {_stated(say, store, amounts[0])}"
        )
        text += f", up {rises[0]}" if rises else ""
    elif rows[0]["value"] == 0:
        text = f"{capital(name)}'s {what} for {first['financial_year']} was said to be unchanged"
    else:
        text = f"{capital(name)}'s {what} for {first['financial_year']} was said to rise by {rises[0]}"
    warnings = [
        warning.what
        for warning in reported_warnings()
        if any(warning.covers(row["area_code"], row["financial_year"], row["measure"]) for row in rows)
    ]
    as_said = "; ".join(dict.fromkeys(row["basis_as_said"] for row in rows if row["basis_as_said"]))
    basis = " ".join((f"Reported, as it was said ({as_said}); not from a table of all authorities.", *warnings))
    said = say.sentence(f"{text}.", basis)
    return replace(said, said_by=capital(source_words(first["source"])), link=web_address(first["address"]))


def _stated(say: Wording, store: Store, row: dict[str, Any]) -> str:
    return say.as_text(resolve(store, row["figure_id"]), row["stated"])
