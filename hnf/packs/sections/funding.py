"""Funding: against need, step by step, why it is what it is, what other rates would mean, and as live formulas.

Source lines and the words for denominators that several sections share are here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hnf.analysis.allocate import Allocation, allocate
from hnf.analysis.compare import NEIGHBOURS, has_set, latest_model
from hnf.analysis.explain import RULE_WORDS, Explanation, loss_figure
from hnf.analysis.funding_against_need import Wedge, wedge
from hnf.analysis.gaps import AVERAGE, MEDIAN, gap
from hnf.analysis.growth import FundingSeries
from hnf.analysis.protection import Protection, ProtectionRow, protection_figure
from hnf.analysis.reconcile import reconcile_figure
from hnf.analysis.trace import resolve
from hnf.errors import UsageError
from hnf.formula.block import TOTAL, block_formula
from hnf.formula.protection import TOLERANCE_GBP, ProtectionStatus
from hnf.measures.notes import chart_marks, definitions_since, place_rule
from hnf.measures.prices import headline_refusal
from hnf.measures.published import block_frame, dsg_id
from hnf.measures.rates import RateSpec, rate_id, rate_table
from hnf.measures.register import Per, Population
from hnf.packs.content import (
    BreakdownChart,
    Chart,
    ColumnKind,
    Entry,
    Line,
    LineChart,
    Section,
    Sentence,
    Table,
    Wording,
    direction,
    gbp_words,
    print_cell,
    tabulate,
    within,
)
from hnf.packs.findings import Findings
from hnf.packs.sentences import FORMULA_BASIS, as_sentence, plain, say_alike, say_funding
from hnf.packs.subject import Subject
from hnf.results import Figure
from hnf.tables.authorities import Authority
from hnf.tables.store import Store
from hnf.text import capital, possessive
from hnf.years import FinancialYear

PLANS_SOURCE = "Source: Department for Education, Education, health and care plans (SEN2)."
DSG_SOURCE = "Source: Department for Education, dedicated schools grant allocations; hnf calculations."
BOTH_SOURCES = (
    "Source: Department for Education, dedicated schools grant allocations and Education, health and care plans; hnf "
    "calculations."
)
RATE_SOURCE = (
    "Source: Department for Education, dedicated schools grant allocations and Education, health and care plans; "
    "Office for National Statistics, population estimates; hnf calculations."
)
PERS: tuple[Per, ...] = ("head", "pupil", "plan")
PER_WORDS = {"head": "Per head aged 2 to 18", "pupil": "Per pupil", "plan": "Per EHC plan"}


def points(labels: tuple[str, ...], table: Table, column: int) -> tuple[tuple[str, float | None], ...]:
    """Return the points of a line from a column of the table behind the chart."""
    values = [row[column] for row in table.rows]
    return tuple(
        (label, float(value) if isinstance(value, int | float) else None)
        for label, value in zip(labels, values, strict=True)
    )


def funding_section(store: Store, authority: Authority, funding: FundingSeries) -> Section:
    """Funding against plans here and in England, as indices from the first year with an allocation."""
    real = wedge(store, authority.la_code)
    years = tuple(str(year) for year in funding.years)
    name = funding.place.name
    apart = (funding.plans[-1].change_pct or 0) - (funding.area[-1].change_pct or 0)
    verb = direction(apart, "faster than", "more slowly than", "in line with")
    notes = (
        *([as_sentence(funding.place.note)] if funding.place.note else []),
        f"From {definitions_since()} the basic entitlement rate includes grants for teachers' pay and pensions that "
        "were paid separately before.",
    )
    table = tabulate(
        "funding_index",
        f"Funding and EHC plans {within(name)} and in England",
        f"High needs block before deductions, cash, and EHC plans in the January before; {years[0]} = 100",
        {
            **{"Financial year": "text", "Block here (£)": "gbp", "Plans here": "count"},
            **{"Funding index here": "index", "Plans index here": "index"},
            **{"Funding index England": "index", "Plans index England": "index"},
            "Real-terms funding index here": "index",
        },
        (
            (
                str(year),
                area.end,
                plans.end,
                *(change.index_figure() for change in (area, plans, england, plans_england)),
                real.figure("place", year, "real_index"),
            )
            for year, area, plans, england, plans_england in zip(
                *(funding.years, funding.area, funding.plans, funding.england, funding.plans_england), strict=True
            )
        ),
        source=BOTH_SOURCES,
        notes=(*notes, "Cash, but for the last column.", *real.prices.notes(real.funded)),
    )
    lines = (
        Line("Plans here", points(years, table, 4), highlight=True),
        Line("Funding here", points(years, table, 3), highlight=True),
        Line("Plans, England", points(years, table, 6)),
        Line("Funding, England", points(years, table, 5)),
    )
    last = table.rows[-1]
    alt = (
        f"Line chart from {years[0]} to {years[-1]}, {years[0]} at 100. In {years[-1]} plans here stood at "
        f"{print_cell(last[4], 'index')} and funding here at {print_cell(last[3], 'index')}; in England plans at "
        f"{print_cell(last[6], 'index')} and funding at {print_cell(last[5], 'index')}."
    )
    chart = Chart(
        id="funding_against_need",
        title=f"EHC plans {within(name)} have grown {verb} high needs funding",
        subtitle="High needs block before deductions, cash, and EHC plans in the January before each year starts "
        f"({years[-1]}: January {funding.years[-1].january}); {years[0]} = 100",
        alt=alt,
        source=BOTH_SOURCES,
        spec=LineChart(
            y_title=f"{years[0]} = 100", lines=lines, breaks=chart_marks(("block",), years), y_from_zero=False
        ),
        data=table,
        notes=notes,
    )
    cash, real_terms = say_funding(funding), _say_real(real)
    said: tuple[Sentence, ...] = (cash,)
    if real_terms:
        basis = f"{cash.basis} {' '.join(real.prices.notes(real.funded))}"
        said = replace(cash, basis=basis), replace(real_terms, basis=basis)
    return Section("funding_and_need", "Funding against need", said, (chart,), page="second", column="left")


def _say_real(found: Wedge) -> Sentence | None:
    """Say the change in real terms here and in England; None where a real change may not be a headline."""
    first, last = found.years[0], found.funded[-1]
    here, england = (found.change(role, "real") for role in ("place", "england"))
    if first == last or headline_refusal(first, last) or here.value is None or england.value is None:
        return None
    say = Wording()
    same = direction(here.value) == direction(england.value)
    text = (
        f"In real terms, at {found.prices.base} prices, the high needs block {within(found.areas[0].name)} "
        f"{direction(here.value)} by {say.percent(here)}{_alike(say, found, 'place')} from {first} to {last}"
    )
    text += ", and by " if same else f"; in England it {direction(england.value)} by "
    text += f"{say.percent(england)}{_alike(say, found, 'england')}{' in England.' if same else '.'}"
    return say.sentence(text, "", 5)


def _alike(say: Wording, found: Wedge, role: str) -> str:
    """Say the same change on one definition, where the definition changed."""
    return say_alike(say, found.change(role, "real_like_for_like")) if found.alike else ""


#: Names of the steps that fit beside a bar.
_SHORT_LABELS = {
    "nff_in_protection": "Formula inside floor and gains limit",
    "basic_entitlement": "Basic entitlement",
    "import_export": "Import/export adjustment",
    "special_free_schools": "Special free schools",
    "hospital_ap": "Hospital education and AP",
    "additional": "Additional allocation",
}


def breakdown_section(store: Store, authority: Authority, spec: RateSpec) -> Section:
    """What the block is made of, step by step, recomputed."""
    formula = block_formula(store, spec.year).printed.text.removeprefix("=").strip()
    say = Wording()
    check = say.sentence(
        f"The printed formula, {formula}, was recomputed for all "
        f"{say.count(reconcile_figure(store, spec.year, 'authorities'))} authorities of {spec.year}: "
        f"{say.count(reconcile_figure(store, spec.year, 'within_1_gbp'))} agree with the printed total within £1.",
        "The reconciliation of the year, as hnf reconcile prints it.",
    )
    return Section("make_up", "What the block is made of", (check,), (steps_chart(store, authority, spec.year),))


def steps_chart(store: Store, authority: Authority, year: FinancialYear) -> Chart:
    """Draw the steps of a block from a common zero, with the total.

    Raises
    ------
    UsageError
        If the authority had no allocation in the year.
    """
    found = allocate(store, authority.la_code, year, "none")
    table = _steps_table(store, found)
    parts = tuple((_SHORT_LABELS.get(s.term, s.label), s.value_gbp, gbp_words(s.value_gbp)) for s in found.steps)
    total = found.published_total_gbp
    largest = max(found.steps, key=lambda step: step.value_gbp)
    return Chart(
        id="make_up",
        title=f"Most of the block {within(authority.prose)} comes from the formula inside the floor and gains limit"
        if largest.term == "nff_in_protection"
        else f"What the high needs block {within(authority.prose)} is made of",
        subtitle=f"High needs block before deductions by step of the printed formula, {year}",
        alt=f"Bar chart of the steps: {'; '.join(f'{name} {words}' for name, _, words in parts)}. "
        f"Together {gbp_words(total)}.",
        source=DSG_SOURCE,
        spec=BreakdownChart("Pounds", parts, ("High needs block before deductions", total, gbp_words(total))),
        data=table,
    )


def _steps_table(store: Store, found: Allocation) -> Table:
    code, year = found.authority.la_code, found.year
    printed = (
        ("Total before deductions, as printed", dsg_id(store, year, code, TOTAL), found.published_total_gbp),
        ("Deductions for places paid for directly", found.deductions_id, found.deductions_gbp),
        ("Total after deductions, as printed", dsg_id(store, year, code, _AFTER), found.after_deductions_gbp),
    )
    of_formula = [step for step in found.steps if step is not found.later]
    later = [found.later] if found.later else []
    return tabulate(
        "steps",
        f"High needs block of {found.authority.prose}, {year}, step by step",
        f"Pounds; letters as in DfE's table: {found.formula.removeprefix('=').strip()}",
        {"Column": "text", "Step": "text", "Amount (£)": "gbp", "Basis": "text"},
        (
            *((step.letter, step.label, (step.value_gbp, step.figure_id), step.basis) for step in of_formula),
            ("", "Total recomputed", (found.steps_total_gbp, f"step:{year}:{code}:{TOTAL}"), "derived"),
            *(("", step.label, (step.value_gbp, step.figure_id), step.basis) for step in later),
            *(
                ("", label, (value, id_), "derived" if id_.startswith("step") else "published")
                for label, id_, value in printed
            ),
        ),
        notes=(found.editions_in_words,) if later else (),
        source=DSG_SOURCE,
    )


_AFTER = "total_after_deductions"
_FREE_SCHOOLS = "special_free_schools"
#: Pounds as reasons of known differences name them: £690.08, or 15 × £6,000.
_AMOUNT = re.compile(r"(?:\d+ × )?£(?:\d[\d,]*\d|\d)(?:\.\d\d)?")


def why_section(found: Findings) -> Section:
    """Say which rule decides the amount, what that means, and what the gains limit took."""
    explanation = found.explanation
    said = [] if explanation is None else _say_why(found.subject, explanation)
    return Section("why", "Why it gets what it gets", tuple(said), page="first", column="left")


def _say_why(subject: Subject, found: Explanation) -> list[Sentence]:
    row, name, year = found.row, subject.authority.prose, subject.year
    if found.protection is None or row is None:
        text = f"It is not known whether a minimum or a maximum increase applied to {name} in {year}"
        return [plain(f"{text}: {found.protection_reason}.")]
    if row.protection_status not in (ProtectionStatus.FLOOR, ProtectionStatus.LIMIT, ProtectionStatus.BETWEEN):
        limited = row.bound is ProtectionStatus.LIMIT and row.protection_status is ProtectionStatus.KNOWN_DIFFERENCE
        loss = _say_loss(subject, found) if limited and row.whole_places else None
        return [loss] if loss else [_cannot_be_said(subject, found.protection, row)]
    say = Wording()
    change = protection_figure(subject.store, year, row.area.area, "change_pct")
    formula = resolve(subject.store, dsg_id(subject.store, year, subject.authority.la_code, "nff_in_protection"))
    whole = resolve(subject.store, dsg_id(subject.store, year, subject.authority.la_code, TOTAL))
    amounts = f"{say.pounds(formula)} of its {say.pounds(whole)}"
    percent = say.percent(change)
    if row.protection_status is ProtectionStatus.FLOOR:
        text = (
            f"{name} was on the funding floor in {year}: its formula funding, {amounts}, rose by the minimum of "
            f"{percent} per head. It got the previous year's amount plus that increase, so changes in its needs "
            "made no difference to this funding."
        )
    elif row.protection_status is ProtectionStatus.LIMIT:
        text = (
            f"{name} was on the gains limit in {year}: its formula funding, {amounts}, rose by the maximum of "
            f"{percent} per head, although the formula gave more."
        )
    else:
        text = (
            f"{name} was between the minimum and the maximum increase in {year}: its formula funding, {amounts}, rose "
            f"by {percent} per head. What it spent in the past and its measures of need decide this funding."
        )
    loss = _say_loss(subject, found)
    return [say.sentence(text, FORMULA_BASIS, main=change), *([loss] if loss else [])]


def _cannot_be_said(subject: Subject, found: Protection, row: ProtectionRow) -> Sentence:
    name, year = subject.authority.prose, subject.year
    if row.bound is not None and row.whole_places:
        place, say = place_rule().place_gbp, Wording()
        moved = protection_figure(subject.store, year, row.area.area, "moved_places")
        text = (
            f"{possessive(name)} formula funding in {year} is that of {RULE_WORDS[row.bound]} only if "
            f"{say.rate(moved)} for special free school places was added to the year before; the published tables do "
            "not show whether it was."
        )
        basis = f"{row.whole_places} × £{place:,.0f}, which meets column A; an inference, listed as a known difference."
        return say.sentence(text, basis, main=moved)
    reason = as_sentence(row.reason.rstrip(".")) or "Its column A is not what the published rates give."
    text = (
        f"The published tables do not show whether a minimum or a maximum increase applied to {name} in {year}, "
        "because its formula funding matches neither."
    )
    return replace(plain(text, reason), behind=tuple(_figures_of_reason(subject, found, row)))


def _figures_of_reason(subject: Subject, found: Protection, row: ProtectionRow) -> Iterator[Figure]:
    """Yield the figures whose amounts the reason of a known difference names, those of its whole area among them."""
    store, rules = subject.store, found.rules
    rows = [each for each in (row, *found.combined) if row.area.codes[0] in each.area.codes]
    ids = [id_ for each in rows for part, id_ in each.ids.items() if part not in ("change_pct", "floor", "limit")]
    before = block_frame(store, rules.baseline_year)
    terms = [term for term in (*rules.baseline_terms, _FREE_SCHOOLS) if term in before.columns]
    codes = {code: None for each in rows for code in each.area.before if code in before["area"]}
    ids += [dsg_id(store, rules.baseline_year, code, term) for code in codes for term in terms]
    heads = RateSpec(subject.year, "nff", "head", "dfe")
    rated = rate_table(store, heads).values
    ids += [rate_id(heads, code) for each in rows for code in each.area.codes if code in rated]
    named, place = set(_AMOUNT.findall(row.reason)), place_rule().place_gbp
    for figure in (resolve(store, id_) for id_ in dict.fromkeys(ids)):
        amount = figure.value or 0.0
        words = {f"£{amount:,.0f}", f"£{amount:,.2f}"}
        if amount % place == 0:
            words.add(f"{amount / place:.0f} × £{place:,.0f}")
        if words & named:
            yield figure


def _say_loss(subject: Subject, found: Explanation) -> Sentence | None:
    loss = found.gains_limit_loss_gbp
    if loss is None or loss <= TOLERANCE_GBP:
        return None
    say = Wording()
    figure = loss_figure(subject.store, subject.year, subject.authority.la_code)
    text = f"Without the limit {subject.authority.prose} would have had {say.pounds(figure)} more in {subject.year}."
    return say.sentence(text, "Column G of DfE's table (the formula before the gains limit) less column A.")


#: What the own rate is compared with, and the words for it.
_COMPARATORS = {AVERAGE: "England's rate", MEDIAN: "the median", NEIGHBOURS: "neighbours' mean"}
_GAP_NOTE = "Positive figures mean more money. This is a comparison, not what the formula would pay."
#: Denominators as rows name them; the two populations are both given.
BASIS_WORDS: dict[tuple[Per, Population], str] = {
    ("head", "ons"): "Per head, ONS estimate", ("head", "dfe"): "Per head, formula's own",
    ("pupil", "ons"): "Per pupil", ("plan", "ons"): "Per EHC plan",
}  # fmt: skip


def gap_section(found: Findings) -> Section:
    """What other rates would mean in pounds: per head on both populations, per pupil and per plan."""
    store, code, name = found.store, found.code, found.name
    has_neighbours = has_set(store, code, latest_model(store))
    comparators = {to: words for to, words in _COMPARATORS.items() if to != NEIGHBOURS or has_neighbours}
    bases = {(one.spec.per, one.spec.population): one for one in found.bases}
    rows: list[tuple[Entry, ...]] = []
    for key, words in BASIS_WORDS.items():
        if one := bases.get(key):
            own = (one.gap.own_rate, rate_id(one.spec, code)), (one.gap.comparator_rate, one.gap.comparator_id)
            rows.append((words, *own, *(_gap_entry(store, one.spec, code, to) for to in comparators)))
    missing = rate_table(store, RateSpec(found.subject.year, "block", "plan")).excluded.get(code)
    columns: dict[str, ColumnKind] = {"Basis": "text", "Own rate (£)": "rate", "England's rate (£)": "rate"}
    table = tabulate(
        "gaps",
        f"Gap of {name} to other rates, {found.subject.year}",
        "High needs block before deductions; £ million more at the rate named",
        columns | {f"At {words} (£m)": "millions" for words in comparators.values()},
        rows,
        source=RATE_SOURCE,
        notes=(_GAP_NOTE, *([f"No rate per EHC plan: {missing}."] if missing else [])),
    )
    return Section("gaps", "What other rates would mean", tables=(table,), page="second", column="left")


def joint_gaps(members: Sequence[Findings]) -> Section:
    """Tabulate what other rates would mean for several authorities, one below the other."""
    tables = [(member, gap_section(member).tables[0]) for member in members]
    widest = max((table for _, table in tables), key=lambda table: len(table.columns))
    rows: list[tuple[Entry, ...]] = []
    notes: dict[str, None] = {}
    for member, table in tables:
        for cells, ids in zip(table.rows, table.figure_ids, strict=True):
            lacking = len(widest.columns) - len(cells)
            rows.append((capital(member.name), *zip(cells, ids, strict=True), *[None] * lacking))
        notes |= dict.fromkeys(note if note == _GAP_NOTE else f"{capital(member.name)}: {note}" for note in table.notes)
    columns: dict[str, ColumnKind] = {"Authority": "text", **{one.title: one.kind for one in widest.columns}}
    title = f"Gap to other rates, {members[0].subject.year}"
    joined = tabulate("gaps_each", title, widest.subtitle, columns, rows, source=RATE_SOURCE, notes=notes)
    return Section("gaps_each", "What other rates would mean", tables=(joined,), page="second")


def _gap_entry(store: Store, spec: RateSpec, code: str, to: str) -> Entry:
    try:
        found = gap(store, spec, code, to)
    except UsageError:
        return None
    return found.pounds, found.id
