"""Rank: one authority among all, and its rank on every basis of the year."""

from __future__ import annotations

from hnf.analysis.rank_card import RankCard, card_figure, rank_card
from hnf.analysis.rank_spread import spread_figure, stated_errors
from hnf.analysis.ranking import rank_id, rate_id, universe_id
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.rates import MEASURE_WORDS, MEASURES, Measure, RateSpec, rate_table
from hnf.reporting.chart_specs import AmongAllChart
from hnf.reporting.content import Chart, Column, Section, Sentence, Table
from hnf.reporting.display import print_cell
from hnf.reporting.rank_card import rank_card_chart
from hnf.reporting.sections.shared import PER_WORDS, PERS, RATE_SOURCE
from hnf.reporting.sentences import SHORT_PER
from hnf.reporting.wording import Wording, within
from hnf.store import Store
from hnf.words import capital

_COUNTED = {"head": "people", "pupil": "pupils", "plan": "EHC plans"}


def rank_section(store: Store, authority: Authority, spec: RateSpec) -> Section:
    """One authority among all, and its rank on every other basis of the year."""
    table = rate_table(store, spec)
    names = {code: found.name for code, found in Authorities.of(store).by_code.items()}
    rank = table.ranks[authority.la_code]
    data = Table(
        id="rates_of_all",
        title=f"High needs block {PER_WORDS[spec.per].replace('Per', 'per')}, all authorities, {spec.year}",
        subtitle=f"Lowest first; {spec.denominator_words}",
        columns=(Column("Rank", "rank"), Column("Authority"), Column(f"{PER_WORDS[spec.per]} (£)", "rate")),
        rows=tuple((table.ranks[code], names[code], value) for code, value in table.values.items()),
        figure_ids=tuple((rank_id(spec, code), None, rate_id(spec, code)) for code in table.values),
        source=RATE_SOURCE,
        highlight=list(table.values).index(authority.la_code),
    )
    own = print_cell(table.values[authority.la_code], "rate")
    chart = Chart(
        id="among_all",
        title=_rank_title(authority, spec, table.values[authority.la_code], table.england),
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
        "Where it ranks",
        (_say_robust(card), _say_spread(store, authority, spec)),
        (chart, *([rank_card_chart(card)] if card.ranked else [])),
        (_rank_table(store, authority, spec),),
    )


def _say_robust(card: RankCard) -> Sentence:
    """Say between which ranks the authority stands over every basis of the year."""
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
            f"A rank depends on what is counted and what it is divided by: over every basis of {year}, {name} lay "
            f"{say.ranks((low, high), sizes)} of all authorities."
        )
    return say.sentence(text, basis, 2, high)


def _universes(card: RankCard) -> str:
    low, high = card.universes
    return str(low) if low == high else f"{low} to {high}"


def _say_spread(store: Store, authority: Authority, spec: RateSpec) -> Sentence:
    """Say how far the rank moves if denominators are a little wrong."""
    universe = len(rate_table(store, spec).values)
    error = f"{stated_errors()[0]:g}"
    say = Wording()
    low, high = (spread_figure(store, spec, authority.la_code, error, part) for part in ("low", "high"))
    where = "it would still be the " + say.rank(low, universe)
    if low.value != high.value:
        say = Wording()
        where = "it would lie " + say.ranks((low, high), (universe, universe))
    text = f"If every authority's count of {_COUNTED[spec.per]} were slightly wrong, {where}, nine times in ten."
    basis = f"Each count off by up to {error}% either way, on its own; {low.derivation}."
    return say.sentence(text, basis, 2)


def _rank_title(authority: Authority, spec: RateSpec, own: float, england: float) -> str:
    where = "below" if own < england else "above"
    return f"High needs funding {SHORT_PER[spec.per]} {within(authority.prose)} was {where} the rate for England"


def _rank_table(store: Store, authority: Authority, spec: RateSpec) -> Table:
    rows = []
    ids = []
    for measure in _measures(store, spec):
        for per in PERS:
            for population in ("ons", "dfe") if per == "head" else ("ons",):
                basis = RateSpec(spec.year, measure, per, population)
                table = rate_table(store, basis)
                words = PER_WORDS[per] + ({"ons": ", ONS", "dfe": ", projection"}[population] if per == "head" else "")
                code = authority.la_code
                has = code in table.values
                rows.append(
                    (
                        capital(MEASURE_WORDS[measure]),
                        words,
                        table.values[code] if has else None,
                        table.ranks[code] if has else None,
                        len(table.values),
                    )
                )
                own = (rate_id(basis, code), rank_id(basis, code)) if has else (None, None)
                ids.append((None, None, *own, universe_id(basis)))
    return Table(
        id="ranks",
        title=f"Rank of {authority.prose} on every basis, {spec.year}",
        subtitle="1 is the lowest rate",
        columns=(
            Column("Measure"),
            Column("Divided by"),
            Column("Rate (£)", "rate"),
            Column("Rank from the lowest", "rank"),
            Column("Authorities ranked", "count"),
        ),
        rows=tuple(rows),
        figure_ids=tuple(ids),
        source=RATE_SOURCE,
        notes=tuple(
            f"No rate per EHC plan: {reason}."
            for reason in [rate_table(store, RateSpec(spec.year, "block", "plan")).excluded.get(authority.la_code)]
            if reason
        ),
    )


def _measures(store: Store, spec: RateSpec) -> list[Measure]:
    found: list[Measure] = []
    for measure in MEASURES:
        try:
            rate_table(store, RateSpec(spec.year, measure, "pupil"))
        except UsageError:
            continue
        found.append(measure)
    return found
