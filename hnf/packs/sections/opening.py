"""The first page of a pack on one authority: message, dates, three large numbers, and what has happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hnf.analysis.bounds import YearBounds, bound_figure, bound_years, year_bounds
from hnf.analysis.growth import plans_figure
from hnf.analysis.rank import rank_figure
from hnf.analysis.reported import reported, source_words
from hnf.analysis.trace import resolve
from hnf.formula.protection import ProtectionStatus
from hnf.measures.notes import reported_warnings
from hnf.measures.published import ENGLAND, financial_years
from hnf.measures.rates import rate_figure
from hnf.packs.content import (
    ColumnKind,
    Entry,
    LargeNumber,
    Section,
    Sentence,
    Table,
    Wording,
    direction,
    print_cell,
    tabulate,
    within,
)
from hnf.packs.findings import SERVICE, BasisFinding, Findings, decisions, ends_in_words
from hnf.packs.sections.funding import DSG_SOURCE
from hnf.packs.sentences import (
    FORMULA_BASIS,
    plain,
    plans_basis,
)
from hnf.packs.subject import PER_PROSE
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.text import capital, join_words, ordinal, possessive, web_address


def say_message(found: Findings) -> Sentence:
    """Return the message: funding against England on every basis, and growth of plans against England's."""
    say = Wording()
    is_service = "late" in found.premises and not {"much_faster", "small"} & found.premises
    second = _say_late(say, found) if is_service else _say_growth(say, found)
    parts = [part for part in (_say_side(found), second) if part]
    contrast = {"below_every", "faster"} <= found.premises and not is_service
    link = ", while " if contrast else "; it " if is_service else "; "
    joined = f"{parts[0]}{link}{parts[1]}" if len(parts) > 1 else parts[0]
    basis = [found.basis] if found.bases else []
    if is_service:
        basis.append(_share_basis("within_20_weeks_pct"))
    elif found.growth:
        basis.append(plans_basis())
    sentence = say.sentence(f"{joined}.", " ".join(basis))
    behind = (one.gap.figure() for one in found.bases)
    return replace(sentence, behind=tuple(behind))


def _say_late(say: Wording, found: Findings) -> str:
    one = found.service["within_20_weeks_pct"]
    share = one.say(say)
    england = say.percent(one.england)
    return f"issued {share} new EHC plans within 20 weeks in {one.spec.period}, against {england} in England"


def _say_side(found: Findings) -> str:
    """Say on which denominators the place received less or more than England."""
    start = f"In {found.subject.year} {found.name} received" if found.subject.spec else ""
    return f"{start} {_side_words(found)}" if start else _not_included(found.name)


def _not_included(name: str) -> str:
    return f"DfE's tables of high needs funding do not include {name}"


def _side_words(found: Findings) -> str:
    below, above = found.sided("below"), found.sided("above")
    if below and above:
        return f"less high needs funding than the England average {join_words(below)}, but more {join_words(above)}"
    if not below and not above:
        return f"as much high needs funding as the England average {join_words(found.sided('level'))}"
    return f"{'less' if below else 'more'} high needs funding than the England average {join_words(below or above)}"


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
    plans = f"EHC plans {where}" if need.place.is_combined or not found.bases else "its EHC plans"
    return (
        f"{plans} {verb}{by} between January {first} and January {last}, "
        f"{_against(here.change_pct)} {say.percent(england.figure())} in England"
    )


def _against(change: float | None) -> str:
    return "against a rise of" if (change or 0) <= 0 else "against"


def _verb(change: float | None) -> str:
    return direction(change or 0, "rose", "fell", "moved")


def say_joint_message(members: Sequence[Findings]) -> Sentence:
    """Return the message on several authorities: each one's funding against England on every basis."""
    funded = [member for member in members if member.bases]
    groups: dict[str, list[str]] = {}
    for member in funded:
        groups.setdefault(_side_words(member), []).append(member.name)
    parts = [f"{join_words(names)} received {words}" for words, names in groups.items()]
    said = [f"in {funded[0].subject.year} {'; '.join(parts)}"] if parts else []
    said += [_not_included(member.name) for member in members if not member.bases]
    basis = funded[0].basis if funded else ""
    behind = tuple(one.gap.figure() for member in funded for one in member.bases)
    return replace(Wording().sentence(f"{'; '.join(said)}.", basis), behind=behind)


def joint_numbers(members: Sequence[Findings]) -> tuple[LargeNumber, ...]:
    """Return one large number for each authority: its rate, both ends of its rank, and its gap; or its plans."""
    numbers = []
    for member in members:
        if member.bases:
            rate, say = _rate_number(member), Wording()
            text = f"{_rate_words(say, member)} At England's rate: {_gap_range(say, member)}."
            says = replace(say.sentence(text, rate.says.basis, 2), main=rate.says.main, behind=rate.says.behind)
            label = f"{capital(member.name)}: {rate.label[0].lower()}{rate.label[1:]}"
            numbers.append(LargeNumber(rate.large, label, says))
        elif member.growth:
            numbers.append(_plans_number(member))
    return tuple(numbers)


def say_as_at(found: Findings) -> Sentence:
    """Return the dates that need, funding and service go to, from the tables held."""
    need = found.subject.need
    parts = [f"Need to January {need.dates[-1]}."] if need else []
    if need and "not_counted" in found.premises:
        last = need.dates[need.last_counted]
        parts = [f"Need to January {last}: the count of January {need.dates[-1]} is not published."]
    parts.append(as_at_of_funding(found.store) if found.subject.spec else "")
    parts.append(as_at_of_service(found))
    return plain(" ".join(filter(None, parts)))


def as_at_of_service(found: Findings) -> str:
    """Say to which year timeliness goes; nothing where the tables have none."""
    timely = found.service.get("within_20_weeks_pct")
    return f"Service to {timely.spec.period}." if timely else ""


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
    large = Wording().count(own)
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
    basis = plans_basis(need.place.note)
    says = replace(say.sentence(text, basis, 1, None if found.is_small else here.figure()), behind=(own,))
    return LargeNumber(large, f"EHC plans {within(found.name)}, January {last}", says)


def _rate_number(found: Findings) -> LargeNumber:
    spec = found.bases[0].spec
    own, say = rate_figure(found.store, spec, found.code), Wording()
    text = _rate_words(say, found)
    says = say.sentence(text, found.basis, 2, rank_figure(found.store, found.by_rank[0].spec, found.code))
    label = f"High needs funding {PER_PROSE[spec.per]}, {spec.year}"
    return LargeNumber(Wording().rate(own), label, replace(says, behind=(own,)))


def _rate_words(say: Wording, found: Findings) -> str:
    england = say.rate(rate_figure(found.store, found.bases[0].spec, ENGLAND))
    return f"England: {england}. Rank: {ends_in_words(say, found)}."


def _gap_number(found: Findings) -> LargeNumber:
    """Say the gap to England's rate: over all bases where the sign is the same, else its two ends with their signs."""
    low, high = _gap_ends(found)
    say = Wording()
    if low.gap.pounds < 0 < high.gap.pounds:
        text = f"{_gap_words(say, high, found)}; {_gap_words(say, low, found)}. It depends on the measure."
    else:
        ends = (low, high) if high.gap.pounds > 0 else (high, low)
        text = f"{'; '.join(_gap_words(say, one, found) for one in ends)}."
    basis = "The difference of the two rates times the authority's own people, pupils or plans, on each denominator; "
    basis += "what an equal rate would mean, not what the formula would pay."
    label = f"If funded at England's rate, {found.subject.year}"
    return LargeNumber(_gap_range(Wording(), found), label, say.sentence(text, basis, 4))


def _gap_ends(found: Findings) -> tuple[BasisFinding, BasisFinding]:
    ordered = sorted(found.bases, key=lambda one: one.gap.pounds)
    return ordered[0], ordered[-1]


def _gap_range(say: Wording, found: Findings) -> str:
    """Say the range of the gap over all bases, with its signs: "£21m to £47m more", "£19m less to £0.2m more"."""
    low, high = _gap_ends(found)
    if low.gap.pounds < 0 < high.gap.pounds:
        return f"{_short(say, low)} less to {_short(say, high)} more"
    ends = (low, high) if high.gap.pounds > 0 else (high, low)
    more = "more" if high.gap.pounds > 0 else "less"
    if _millions(low) == _millions(high):
        return f"{_short(say, high)} {more}"
    return f"{_short(say, ends[0])} to {_short(say, ends[1])} {more}"


def _gap_words(say: Wording, one: BasisFinding, found: Findings) -> str:
    more = "more" if one.gap.pounds > 0 else "less"
    return f"{say.pounds(one.gap.figure())} {more} {found.basis_words(one)}"


def _short(say: Wording, one: BasisFinding) -> str:
    return say.as_text(one.gap.figure(), _millions(one))


def _millions(one: BasisFinding) -> str:
    """Print a gap in millions for a large number: whole from ten upwards, one decimal below."""
    millions = abs(one.gap.pounds) / 1_000_000
    if round(millions, 1) == 0:
        return f"£{abs(one.gap.pounds):,.0f}"
    return f"£{millions:,.0f}m" if round(millions) >= 10 else f"£{millions:.1f}m".replace(".0m", "m")


def _share_number(found: Findings, name: str) -> LargeNumber | None:
    one = found.service.get(name)
    if one is None or one.reason:
        return None
    say, own = Wording(), Wording()
    large = one.say(own).removesuffix(" of")
    said = say.sentence(f"England: {say.percent(one.england)}.", _share_basis(one.spec.measure))
    behind = own.sentence("", "").figures
    return LargeNumber(large, f"{SERVICE[name]}, {one.spec.period}", replace(said, behind=behind))


def _share_basis(measure: str) -> str:
    return f"{SERVICE[measure]}; SEN2 return, England as published."


def since_section(found: Findings) -> Section:
    """Say what the rules leave for the years after the last table, and what was said of the place's funding in them."""
    said: list[Sentence] = []
    if found.subject.spec:
        ranges = say_ranges(found.store, found.code, found.name)
        said += [ranges] if ranges else []
        said += say_reported(found.store, found.code, found.name)
    return Section("since", f"Since {found.subject.year}", tuple(said), page="first", column="left")


#: Which rule decided the formula funding of a year, in a table.
_RULES = {
    ProtectionStatus.FLOOR: "Minimum increase (funding floor)",
    ProtectionStatus.LIMIT: "Maximum increase (gains limit)",
    ProtectionStatus.BETWEEN: "Between minimum and maximum",
}


def joint_rules(members: Sequence[Findings]) -> Table:
    """Tabulate what decided the formula funding of several authorities, and the ranges that later years leave."""
    store, year = members[0].store, members[0].subject.year
    later = [str(each) for each in bound_years(store)]
    rows: list[tuple[Entry, ...]] = []
    for member in members:
        ranges: list[Entry] = []
        for each in later:
            ends = _ends(store, each, member.code, "per_head")
            printed = dict.fromkeys(print_cell(figure.value, "rate") for figure in ends)
            ranges.append((" to ".join(printed), ends[0].id))
        rule = _RULES.get(member.rule, "Not shown by the tables") if member.rule else "Not known"
        rows.append((capital(member.name), rule, *ranges))
    columns: dict[str, ColumnKind] = {"Authority": "text", f"What decided {year}": "text"}
    columns |= {f"{each}, per head": "text" for each in later}
    return tabulate(
        "joint_rules",
        f"Formula funding in {year} and what the rules leave since",
        "Formula funding is the largest part of the block; ranges are not allocations",
        columns,
        rows,
        source=DSG_SOURCE,
        notes=(FORMULA_BASIS,),
    )


def _ends(store: Store, year: str, area: str, part: str) -> list[Figure]:
    return [bound_figure(store, [year, area, f"{end}_{part}"]) for end in ("lower", "upper")]


def decided_section(store: Store) -> Section:
    """Say what has been decided since, dated, with who reported it."""
    bullets = tuple(decision.sentence for decision in decisions(store))
    return Section("decided", "What has been decided", bullets=bullets, page="first", column="right")


def say_ranges(store: Store, area: str, name: str) -> Sentence | None:
    """Say the ranges per head that the rules leave of column A, and between which ranks; None without a later year."""
    years = [year for year in bound_years(store) if area in year_bounds(store, year).rows]
    if not years:
        return None
    say = Wording()
    bands = [year_bounds(store, year) for year in years]
    is_high = all((found.rows[area].lower_rank or 0) > found.universe / 2 for found in bands)
    parts = [_say_range(say, store, found, area, is_high=is_high) for found in bands]
    text = f"Published rules and figures put {possessive(name)} formula funding at {join_words(parts)}."
    return say.sentence(text, FORMULA_BASIS)


def _say_range(say: Wording, store: Store, found: YearBounds, area: str, *, is_high: bool) -> str:
    """Say the range of one year, with ranks from the highest where all of them are in the upper half."""
    year = str(found.year)
    edges = _ends(store, year, area, "per_head")
    printed = list(dict.fromkeys(print_cell(figure.value, "rate") for figure in edges))
    amounts = " to ".join(say.as_text(figure, text) for figure, text in zip(edges, printed, strict=False))
    ends = _ends(store, year, area, "rank")
    ranks = [int(figure.value or 0) for figure in ends]
    if is_high:
        ranks, ends = [found.universe - rank + 1 for rank in reversed(ranks)], ends[::-1]
    first, second = (
        ordinal(rank) if rank == ranks[0] == ranks[1] else say.as_text(figure, ordinal(rank))
        for figure, rank in zip(ends, ranks, strict=True)
    )
    end = "highest" if is_high else "lowest"
    if first == second:
        words = end if ranks == [1, 1] else f"{say.as_text(ends[0], first)} {end}"
    else:
        words = f"{first} {'or' if ranks[1] == ranks[0] + 1 else 'to'} {second} {end}"
    return f"{amounts} per head in {year} ({words})"


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
    rises = [row for row in rows if row["measure"] == "block_rise"]
    what = _AMOUNTS[(amounts or rows)[0]["measure"]]
    text = f"{capital(possessive(name))} {what} for {first['financial_year']} was said to "
    if amounts:
        text += f"be {_stated(say, store, amounts[0])}"
        text += f", up {_stated(say, store, rises[0])}" if rises else ""
    else:
        text += "be unchanged" if rows[0]["value"] == 0 else f"rise by {_stated(say, store, rises[0])}"
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
