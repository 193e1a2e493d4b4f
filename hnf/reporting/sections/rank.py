"""Rank: one authority among all, and its rank on every basis of the year."""

from __future__ import annotations

from hnf.analysis.ranking import rank_id, rate_id, universe_id
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.rates import MEASURE_WORDS, MEASURES, Measure, RateSpec, rate_table
from hnf.reporting.content import AmongAllChart, Chart, Column, Section, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import PER_WORDS, PERS, RATE_SOURCE
from hnf.reporting.sentences import SHORT_PER, plain, say_neighbour
from hnf.reporting.wording import within
from hnf.store import Store
from hnf.words import capital


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
    neighbour = say_neighbour(store, authority, spec)
    note = plain(
        "A rank depends on what is counted and divided by what: the table shows the same authority on every "
        "basis of the year that the published figures allow."
    )
    return Section(
        "rank",
        "Where it ranks",
        (*([neighbour] if neighbour else []), note),
        (chart,),
        (_rank_table(store, authority, spec),),
    )


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
