"""Rank: one authority among all, its rank on every basis of the year, and beside its statistical neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hnf.analysis.compare import Comparison, compare, latest_model, neighbour_set, other_comparison
from hnf.analysis.growth import Change, first_january, januaries, need_series, plans_change
from hnf.analysis.rank import other_population, rank_id
from hnf.analysis.rank_card import CardRow, RankCard, card_figure, no_band, rank_bands, rank_card, spread_figure
from hnf.errors import UsageError
from hnf.measures.published import ENGLAND
from hnf.measures.rates import RateSpec, RateTable, rate_figure, rate_id, rate_table, universe_id
from hnf.measures.register import MEASURES, PLAIN, Measure
from hnf.measures.shares import doubts_of, measure_spec, measure_table, measure_value, periods_of
from hnf.packs.content import (
    AmongAllChart,
    Chart,
    ColumnKind,
    Entry,
    RankDotsChart,
    Section,
    Sentence,
    Table,
    Wording,
    print_cell,
    rank_words,
    tabulate,
    within,
)
from hnf.packs.findings import Findings
from hnf.packs.sections.funding import BASIS_WORDS, PER_WORDS, PERS, RATE_SOURCE
from hnf.packs.sentences import on_other, plain, say_other
from hnf.packs.subject import PER_PROSE, POPULATION_PROSE, SHORT_PER, SMALL_COUNT
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital

MEASURE_NAMES = {
    "block": "Block",
    "nff": "Formula",
    "nff_additional": "Formula, top-up",
    "after_deductions": "Net block",
}


def divided_by(spec: RateSpec) -> str:
    """Return the denominator in a few words: "head, ONS, ACA"."""
    population = {"ons": ", ONS", "dfe": ", DfE"}[spec.population] if spec.per == "head" else ""
    return f"{spec.per}{population}{', ACA' if spec.area_costs else ''}"


def card_sentence(card: RankCard) -> str:
    """Say between which ranks the authority is, in plain words."""
    when = f"In {card.year}" if card.year else "Over all years"
    if not card.ranked:
        return f"{when}, {card.authority.prose} has no rank on any basis."
    smallest, largest = card.universes
    of = f"of {largest} authorities" if smallest == largest else f"of {smallest} to {largest} authorities"
    low, high = _ends(card)
    bases = f"{len(card.ranked)} bases"
    if low == high:
        return f"{when}, {card.authority.prose} was the {low} {of} on all {bases}."
    return (
        f"{when}, {card.authority.prose} was between the {low} and the {high} {of}, depending on the basis "
        f"({bases}; median rank {card.summary()['median']:g}, counted from the lowest)."
    )


def rank_card_chart(card: RankCard) -> Chart:
    """Return the chart of the card of one year: a dot for each basis from the lowest of all to the highest.

    Raises
    ------
    UsageError
        If the card is not of one year, or has no rank.
    """
    if card.year is None or not card.ranked:
        raise UsageError("a chart shows the ranks of one year", where="--chart", todo="Add --year FY.")
    main = next((row for row in card.rows if row.rank is not None), card.ranked[0])
    marked = list({row.rank: row for row in (card.ranked[0], card.ranked[-1], main)}.values())
    return Chart(
        id="rank_card",
        title=card_title(card),
        subtitle=f"Rank of high needs funding in {card.year} on {len(card.ranked)} bases: what is counted, and what it "
        "is divided by",
        alt=f"{card_sentence(card)} One dot a basis. {'; '.join(_label(row) for row in marked)}.",
        source=RATE_SOURCE,
        spec=RankDotsChart(
            dots=tuple(((row.rank or 0), row.universe) for row in card.ranked),
            labels=tuple((card.ranked.index(row), _label(row)) for row in marked),
            highlight=card.ranked.index(main),
            low_end=f"Lowest of {card.universes[1]}",
            high_end="Highest",
        ),
        data=_table(card),
        notes=(
            "One dot a basis; equal ranks are stacked. ACA: divided by the number times the area cost adjustment. Net "
            "block: after deductions.",
        ),
    )


def card_title(card: RankCard) -> str:
    """Return the message of the chart."""
    low, high = _ends(card)
    name = capital(card.authority.prose)
    if low == high:
        return f"{name}: {low} on every basis"
    return f"{name}: {low} to {high}, depending on the basis"


def _ends(card: RankCard) -> tuple[str, str]:
    """Return the lowest and the highest rank in words; the end is said once where both count from the same."""
    low, high = (rank_words(row.rank or 0, row.universe) for row in (card.ranked[0], card.ranked[-1]))
    same_end = low != high and " " in low and low.split()[-1] == high.split()[-1]
    return (low.split()[0] if same_end else low), high


def _label(row: CardRow) -> str:
    spec = row.spec
    per = PER_WORDS[spec.per].replace("Per", "per").removesuffix(" aged 2 to 18")
    projected = ", the formula's own population" if spec.per == "head" and spec.population == "dfe" else ""
    adjusted = ", ACA" if spec.area_costs else ""
    words = rank_words(row.rank or 0, row.universe)
    value = print_cell(row.value, "rate")
    return f"{MEASURE_NAMES[spec.measure]} {per}{projected}{adjusted}: {value}, {words}"


def _table(card: RankCard) -> Table:
    code = card.authority.la_code
    rows = (
        (
            capital(PLAIN[row.spec.measure].words),
            divided_by(row.spec),
            (row.value, rate_id(row.spec, code)),
            (row.rank, rank_id(row.spec, code)),
            (row.universe, universe_id(row.spec)),
        )
        for row in card.ranked
    )
    return _basis_table("rank_card_bases", f"Rank of {card.authority.prose} on every basis, {card.year}", rows)


def _basis_table(id_: str, title: str, rows: Iterable[tuple[Entry, ...]], notes: tuple[str, ...] = ()) -> Table:
    columns: dict[str, ColumnKind] = {
        **{"Measure": "text", "Divided by": "text", "Rate (£)": "rate"},
        **{"Rank from the lowest": "rank", "Authorities ranked": "count"},
    }
    return tabulate(id_, title, "1 is the lowest rate", columns, rows, source=RATE_SOURCE, notes=notes)


def first_rank_section(found: Findings) -> Section:
    """The rank on each basis as dots on one line, the whole block over each denominator named."""
    card = rank_card(found.store, found.code, found.subject.year)
    named = {one.spec: one for one in found.bases}
    labels = [
        (number, f"{capital(named[row.spec].words(both=True))}: {rank_words(row.rank or 0, row.universe)}")
        for number, row in enumerate(card.ranked)
        if row.spec in named
    ]
    own = next((number for number, row in enumerate(card.ranked) if row.spec == found.bases[0].spec), 0)
    low, high = (found.by_rank[0], found.by_rank[-1])
    ends = [rank_words(one.rank, one.universe) for one in (low, high)]
    name = capital(found.name)
    title = (
        f"{name} was the {ends[0]} on every measure"
        if ends[0] == ends[1]
        else f"{name} was {ends[0]} {found.end_words(low)}, {ends[1]} {found.end_words(high)}"
    )
    spoken = "; ".join(words for _, words in labels)
    chart = Chart(
        id="rank_on_each_basis",
        title=title,
        subtitle=f"Rank of high needs funding in {card.year} among up to {card.universes[1]} authorities; the whole "
        "block is named, other measures are pale",
        alt=f"Dots on a line from the lowest to the highest of all authorities. {spoken}.",
        source=RATE_SOURCE,
        spec=RankDotsChart(
            dots=tuple(((row.rank or 0), row.universe) for row in card.ranked),
            labels=tuple(labels),
            highlight=own,
            low_end="Lowest",
            high_end=f"Highest of {card.universes[1]}",
        ),
        data=_table(card),
        notes=(
            "Pale dots: the formula alone, with its top-up, and net of deductions; with and without the area cost "
            "adjustment.",
        ),
    )
    return Section("rank_dots", "Rank", (), (chart,), page="first", column="right", charts_first=True)


def joint_ranks(members: Sequence[Findings]) -> Table:
    """Tabulate the ranks of several authorities on the whole block over each denominator, in words."""
    rows: list[tuple[Entry, ...]] = []
    for key, words in BASIS_WORDS.items():
        cells: list[Entry] = []
        for member in members:
            one = next((one for one in member.bases if (one.spec.per, one.spec.population) == key), None)
            cells.append((rank_words(one.rank, one.universe), rank_id(one.spec, member.code)) if one else None)
        rows.append((words, *cells))
    return tabulate(
        "joint_ranks",
        "Rank on each measure",
        f"High needs block before deductions, {members[0].subject.year}, among all authorities with a rate",
        {"Basis": "text", **{capital(member.name): "text" for member in members}},
        rows,
        source=RATE_SOURCE,
    )


def rank_section(store: Store, authority: Authority, spec: RateSpec) -> Section:
    """One authority among all, and its rank on every other basis of the year."""
    table = rate_table(store, spec)
    names = {code: found.name for code, found in Authorities.of(store).by_code.items()}
    rank = table.ranks[authority.la_code]
    data = tabulate(
        "rates_of_all",
        f"High needs block {PER_WORDS[spec.per].replace('Per', 'per')}, all authorities, {spec.year}",
        f"Lowest first; {spec.denominator_words}",
        {"Rank": "rank", "Authority": "text", f"{PER_WORDS[spec.per]} (£)": "rate"},
        (
            ((table.ranks[code], rank_id(spec, code)), names[code], (value, rate_id(spec, code)))
            for code, value in table.values.items()
        ),
        source=RATE_SOURCE,
        highlight=list(table.values).index(authority.la_code),
    )
    own = print_cell(table.values[authority.la_code], "rate")
    chart = Chart(
        id="among_all",
        title=_rank_title(store, authority, table),
        subtitle=f"High needs block before deductions {PER_WORDS[spec.per].replace('Per', 'per')}, {len(table.values)} "
        f"authorities, {spec.year}",
        alt=(
            f"Bar chart of {len(table.values)} authorities, lowest first. {authority.name} is number {rank} with "
            f"{own}; England's rate is {print_cell(table.england, 'rate')} and the median "
            f"{print_cell(table.median, 'rate')}."
        ),
        source=RATE_SOURCE,
        spec=AmongAllChart(
            x_title=PER_WORDS[spec.per],
            values=tuple((names[code], value) for code, value in table.values.items()),
            highlight=authority.name,
            references=(("England", table.england), ("Median", table.median)),
            highlight_label=f"{authority.name}: {own}",
            x_prefix="£",
        ),
        data=data,
    )
    card = rank_card(store, authority.la_code, spec.year)
    return Section(
        "rank",
        "Where it ranks among all",
        (
            _say_robust(card),
            *say_other(store, other_population(store, spec, authority.la_code)),
            _say_spread(store, authority, spec),
        ),
        (chart,),
        (_rank_table(store, authority, spec),),
    )


def _say_robust(card: RankCard) -> Sentence:
    """Say between which ranks the authority is over every basis of the year."""
    name, code, year = card.authority.prose, card.authority.la_code, str(card.year)
    sizes = card.ranked[0].universe, card.ranked[-1].universe
    low, high = (card_figure(card.store, year, code, part) for part in ("lowest", "highest"))
    basis = (
        "Every measure (whole block, formula, formula with top-up, net block) over every denominator (heads by two "
        f"populations, pupils, EHC plans), with and without the area cost adjustment; {_universes(card)} authorities "
        "have a rate."
    )
    say = Wording()
    if (low.value, sizes[0]) == (high.value, sizes[1]):
        text = f"{name} was the {say.rank(low, sizes[0])} of all authorities on every basis of {year}."
    else:
        text = (
            f"The ranking depends on the measure: over all {len(card.ranked)} bases of {year}, {name} was "
            f"{say.ranks((low, high), sizes)} of all authorities."
        )
    return say.sentence(text, basis, 2, high)


def _universes(card: RankCard) -> str:
    low, high = card.universes
    return str(low) if low == high else f"{low} to {high}"


def _say_spread(store: Store, authority: Authority, spec: RateSpec) -> Sentence:
    """Say how far the rank moves if counts are as far off as the two official ones differ, and how often that holds."""
    table, bands = rate_table(store, spec), rank_bands(store, spec)
    if bands is None:
        return plain(f"How far the rank moves with errors of the counts is not known: {no_band(spec)}.")
    say = Wording()
    low, high, held, compared = (
        spread_figure(store, spec, authority.la_code, part) for part in ("low", "high", "held", "compared")
    )
    size = len(table.values)
    where = (
        f"be the {say.rank(low, size)}" if low.value == high.value else f"lie {say.ranks((low, high), (size, size))}"
    )
    text = (
        "The number of people is itself uncertain: if every authority's count were off by as much as the two official "
        f"ones differ, {authority.prose} would probably {where}. The rank on the other count lies in such a band for "
        f"{say.count(held)} of {say.count(compared)} authorities"
        f"{f', but not for {authority.prose}' if bands.holds(authority.la_code) is False else ''}."
    )
    basis = f"{capital(spec.in_words)}. In {bands.share_pct:g}% of {low.derivation}."
    return say.sentence(text, basis, 2, low)


def _rank_title(store: Store, authority: Authority, table: RateTable) -> str:
    """Return the message of the chart, with the population where the other one says the opposite."""
    spec = table.spec
    where = "below" if table.values[authority.la_code] < table.england else "above"
    found = other_population(store, spec, authority.la_code)
    on = f" on {POPULATION_PROSE[spec.population]}" if found and found.sign_differs else ""
    return f"High needs funding {SHORT_PER[spec.per]} {within(authority.prose)} was {where} the rate for England{on}"


def _rank_table(store: Store, authority: Authority, spec: RateSpec) -> Table:
    code = authority.la_code
    rows: list[tuple[Entry, ...]] = []
    for measure in _measures(store, spec):
        for per in PERS:
            for population in ("ons", "dfe") if per == "head" else ("ons",):
                basis = RateSpec(spec.year, measure, per, population)
                table = rate_table(store, basis)
                words = PER_WORDS[per] + (
                    {"ons": ", ONS", "dfe": ", the formula's own"}[population] if per == "head" else ""
                )
                of = (len(table.values), universe_id(basis))
                rows.append((capital(PLAIN[measure].words), words, *_rate_and_rank(table, code), of))
    reason = rate_table(store, RateSpec(spec.year, "block", "plan")).excluded.get(code)
    notes = (f"No rate per EHC plan: {reason}.",) if reason else ()
    return _basis_table("ranks", f"Rank of {authority.prose} on every basis, {spec.year}", rows, notes)


def _rate_and_rank(table: RateTable, code: str) -> tuple[Entry, Entry]:
    if code not in table.values:
        return None, None
    return (table.values[code], rate_id(table.spec, code)), (table.ranks[code], rank_id(table.spec, code))


def _measures(store: Store, spec: RateSpec) -> list[Measure]:
    found: list[Measure] = []
    for measure in MEASURES:
        try:
            rate_table(store, RateSpec(spec.year, measure, "pupil"))
        except UsageError:
            continue
        found.append(measure)
    return found


NOT_RANKED = "not ranked"


def neighbour_section(found: Findings) -> Section:
    """Set an authority beside its statistical neighbours; say why where it has none."""
    title, subject = "Beside its neighbours", found.subject
    if subject.spec is None:
        return Section("neighbours", title)
    try:
        compared = compare(found.store, subject.spec, found.code, neighbour_set(latest_model(found.store)))
    except UsageError as error:
        return Section("neighbours", title, (plain(f"{error.what}."),), page="second")
    authorities = Authorities.of(found.store)
    members = (subject.authority, *(authorities[code] for code in compared.set.codes))
    name = capital(found.name)
    table = side_by_side(found.store, subject.spec, members, f"{name} and its statistical neighbours", highlight=0)
    return Section("neighbours", title, (_say_neighbours(found, compared),), (), (table,), page="second")


def _say_neighbours(found: Findings, compared: Comparison) -> Sentence:
    """Say between which neighbours the rates lie, and their mean where all of them have a rate."""
    spec, store = compared.spec, found.store
    assert isinstance(spec, RateSpec)  # noqa: S101 - of a comparison of rates
    values = rate_table(store, spec).values
    having = sorted((code for code in compared.set.codes if code in values), key=lambda code: values[code])
    say = Wording()
    own = say.rate(rate_figure(store, spec, found.code))
    ends = [
        f"{say.rate(rate_figure(store, spec, code))} {within(Authorities.of(store)[code].prose)}"
        for code in (having[0], having[-1])
    ]
    text = (
        f"{found.name} had {own} {PER_PROSE[spec.per]} in {spec.year}. Its statistical neighbours had from {ends[0]} "
        f"to {ends[1]}"
    )
    if len(having) == len(compared.set.codes):
        text += f", and {say.rate(compared.figure('mean'))} on average"
    text += "."
    text += on_other(say, store, other_comparison(store, compared, compared.set.id))
    basis = (
        f"The average counts each neighbour once; {latest_model(store)} model of statistical neighbours, made for "
        "children's services as a whole and not for special needs."
    )
    return say.sentence(text, basis, 3, compared.figure("mean"))


def side_by_side(
    store: Store,
    spec: RateSpec,
    members: Sequence[Authority],
    title: str,
    *,
    id_: str = "neighbours",
    highlight: int | None = None,
) -> Table:
    """Return a table of authorities with rates, rank, growth of EHC plans and timeliness, and England below them."""
    bases: list[tuple[str, RateSpec]] = []
    for (per, population), words in BASIS_WORDS.items():
        basis = RateSpec(spec.year, spec.measure, per, population)
        try:
            rate_table(store, basis)
        except UsageError:
            continue
        bases.append((words, basis))
    tables = [rate_table(store, basis) for _, basis in bases]
    has_service = bool(periods_of(store, _TIMELY))
    dates = (first_january(store), januaries(store)[-1])
    main = rate_table(store, spec)
    notes = dict.fromkeys(
        f"{authority.name}: {main.excluded.get(authority.la_code, _not_included(spec))}."
        for authority in members
        if authority.la_code not in main.values
    )
    rows: list[tuple[Entry, ...]] = []
    for one in members:
        code = one.la_code
        rates = [(table.values[code], rate_id(table.spec, code)) if code in table.values else None for table in tables]
        rank: Entry = (main.ranks[code], rank_id(spec, code)) if code in main.ranks else None
        change = _growth(store, one, notes)
        growth: Entry = (change.change_pct, change.id) if change else None
        in_time = [_in_time(store, code)] if has_service else []
        rows.append((one.name, *rates, rank, growth, *in_time))
    england = [(table.england, rate_id(table.spec, ENGLAND)) for table in tables]
    whole = plans_change(store, ENGLAND, dates)
    last = [measure_value(store, measure_spec(store, _TIMELY), ENGLAND)] if has_service else []
    rows.append(("England", *england, NOT_RANKED, (whole.change_pct, whole.id), *last))
    columns: dict[str, ColumnKind] = {"Authority": "text"}
    columns |= {f"{words} (£)": "rate" for words, _ in bases}
    columns |= {f"Rank {SHORT_PER[spec.per]}": "rank", "EHC plans, growth (%)": "pct"}
    columns |= {"In 20 weeks (%)": "pct"} if has_service else {}
    issued = f"; new EHC plans issued within 20 weeks, {measure_spec(store, _TIMELY).period}" if has_service else ""
    subtitle = (
        f"High needs block before deductions, {spec.year}; rank from the lowest of {len(main.values)}, on the first "
        f"rate; growth from January {dates[0]} to January {dates[1]}{issued}"
    )
    return tabulate(id_, title, subtitle, columns, rows, source=RATE_SOURCE, notes=notes, highlight=highlight)


_TIMELY = "within_20_weeks_pct"


def _not_included(spec: RateSpec) -> str:
    return f"DfE's tables of {spec.year} do not include it"


def _in_time(store: Store, code: str) -> Entry:
    """Return the share issued within the time limit; nothing where it is missing or in doubt."""
    spec = measure_spec(store, _TIMELY)
    has = code in measure_table(store, spec).values and code not in doubts_of(spec)
    return measure_value(store, spec, code) if has else None


def _growth(store: Store, authority: Authority, notes: dict[str, None]) -> Change | None:
    """Return growth on the whole area where an authority was reorganised, with a note; None where there is none."""
    try:
        series = need_series(store, authority)
    except UsageError as error:
        notes[f"Growth of EHC plans, {authority.name}: {error.what}."] = None
        return None
    change = series.area[-1]
    if (change.start.value or 0) < SMALL_COUNT:
        notes[f"Growth of EHC plans, {authority.name}: too few plans for a percentage."] = None
        return None
    if series.place.is_combined:
        notes[f"Growth of EHC plans, {authority.name}: {series.place.name}, because boundaries changed."] = None
    if change.end.value is None:
        notes[f"Growth of EHC plans, {authority.name}: {change.figure().status}."] = None
    return change
