"""The rank card in words, and its chart: where an authority stands on every basis at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hnf.analysis.ranking import rank_id, rate_id, universe_id
from hnf.errors import UsageError
from hnf.measures.rates import MEASURE_WORDS
from hnf.reporting.chart_specs import RankDotsChart
from hnf.reporting.content import Chart, Column, Table
from hnf.reporting.display import print_cell
from hnf.reporting.sections.shared import PER_WORDS, RATE_SOURCE
from hnf.reporting.wording import rank_words
from hnf.words import capital, ordinal

if TYPE_CHECKING:
    from hnf.analysis.rank_card import CardRow, RankCard
    from hnf.measures.rates import RateSpec

MEASURE_NAMES = {
    "block": "Block",
    "nff": "Formula",
    "nff_additional": "Formula, top-up",
    "after_deductions": "Net block",
}


def position_words(row: CardRow) -> str:
    """Return "3rd of 151", with "=" before it where the rank is shared; nothing where there is none."""
    return f"{'=' if row.tied_with else ''}{ordinal(row.rank)} of {row.universe}" if row.rank else ""


def divided_by(spec: RateSpec) -> str:
    """Return the denominator in a few words: "head, ONS, ACA"."""
    population = {"ons": ", ONS", "dfe": ", DfE"}[spec.population] if spec.per == "head" else ""
    return f"{spec.per}{population}{', ACA' if spec.area_costs else ''}"


def card_sentence(card: RankCard) -> str:
    """Say between which ranks the authority stands, in plain words."""
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
    projected = ", DfE projection" if spec.per == "head" and spec.population == "dfe" else ""
    adjusted = ", ACA" if spec.area_costs else ""
    words = rank_words(row.rank or 0, row.universe)
    value = print_cell(row.value, "rate")
    return f"{MEASURE_NAMES[spec.measure]} {per}{projected}{adjusted}: {value}, {words}"


def _table(card: RankCard) -> Table:
    code = card.authority.la_code
    return Table(
        id="rank_card_bases",
        title=f"Rank of {card.authority.prose} on every basis, {card.year}",
        subtitle="1 is the lowest rate",
        columns=(
            Column("Measure"),
            Column("Divided by"),
            Column("Rate (£)", "rate"),
            Column("Rank from the lowest", "rank"),
            Column("Authorities ranked", "count"),
        ),
        rows=tuple(
            (capital(MEASURE_WORDS[row.spec.measure]), divided_by(row.spec), row.value, row.rank, row.universe)
            for row in card.ranked
        ),
        figure_ids=tuple(
            (None, None, rate_id(row.spec, code), rank_id(row.spec, code), universe_id(row.spec)) for row in card.ranked
        ),
        source=RATE_SOURCE,
    )
