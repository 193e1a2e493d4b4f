"""Where one authority ranks on every basis (measure, denominator, population, area costs, year), and how surely.

A rank is that of `hnf rank` on the same basis; all are side by side, so that nobody can pick one unnoticed. Per head,
how far it moves is simulated with the differences that are measured between the two official counts of people of the
year (`draw_bands`), and how often the rank on the other count lies in the band is counted beside it. Where no second
count differs there is no band; ranks on earlier editions and releases are given as they are. Ids are
`rankcard:<year or all>:<la_code>:<lowest|median|highest>`,
`rankspread:<year>:<measure>:<denominator>:<la_code>:<low|high|held|compared>` and
`rankedition:<year>:<measure>:<denominator>:<edition or release>:<la_code>`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal, get_args

from hnf.analysis.allocate import no_allocation
from hnf.analysis.rank import other_population, rank_id, second_table
from hnf.errors import UsageError
from hnf.measures.notes import assumption
from hnf.measures.published import block_frame, financial_years, require_year
from hnf.measures.rates import (
    RateSpec,
    RateTable,
    denominator_amounts,
    measure_amounts,
    rate_id,
    rate_table,
    universe_id,
)
from hnf.measures.register import MEASURES, PLAIN, Per, Population
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import DATED, Store, cached
from hnf.text import capital, ordinal
from hnf.years import FinancialYear

Summary = Literal["lowest", "median", "highest"]


ALL_YEARS = "all"


#: Denominators of a card; whole amounts rank size, not funding, and are left out.
DENOMINATORS: tuple[tuple[Per, Population], ...] = (("head", "ons"), ("head", "dfe"), ("pupil", "ons"), ("plan", "ons"))


@dataclass(frozen=True)
class CardRow(Answer):
    """The authority on one basis; without a rate, `rank` is None and `reason` says why."""

    JSON = (
        "year=spec.year measure=spec.measure per=spec.per population=spec.series area_costs=spec.area_costs",
        "unit=spec.unit basis_in_words=spec.in_words value rank universe tied_with reason?",
    )

    spec: RateSpec
    value: float | None
    rank: int | None
    universe: int
    tied_with: tuple[str, ...]
    reason: str = ""

    @property
    def position(self) -> str:
        """Rank and universe, such as 3rd of 151, with = before a shared rank; nothing where there is none."""
        return f"{'=' if self.tied_with else ''}{ordinal(self.rank)} of {self.universe}" if self.rank else ""

    @property
    def place(self) -> float:
        """Where the rank lies between the lowest (0) and the highest (1) of those ranked."""
        return ((self.rank or 1) - 1) / max(self.universe - 1, 1)


@dataclass(frozen=True)
class RankCard(Answer):
    """The ranks of one authority; `years_without` gives the reason for each year without an allocation."""

    JSON = (
        "la_code=authority.la_code la_name=authority.name year years years_without=reasons basis summary=summary_rows",
        "bases rows=row_dicts",
    )

    ROWS = "rows"
    MAIN = "bases summary.lowest.rank summary.median.rank summary.highest.rank"
    basis = "derived"

    store: Store
    authority: Authority
    year: FinancialYear | None
    rows: tuple[CardRow, ...]
    years_without: dict[str, str]

    @cached_property
    def ranked(self) -> tuple[CardRow, ...]:
        """Rows with a rank, the nearest to the lowest of all first, in the order of the card where equal."""
        return tuple(sorted((row for row in self.rows if row.rank is not None), key=lambda row: row.place))

    @property
    def universes(self) -> tuple[int, int]:
        """The smallest and the largest number of authorities ranked."""
        counts = [row.universe for row in self.ranked]
        return min(counts), max(counts)

    def summary(self) -> dict[Summary, float]:
        """Return lowest, median and highest rank by place: 149th of 149 is higher than 150th of 151."""
        ranks = [row.rank for row in self.ranked if row.rank is not None]
        if not ranks:
            return {}
        return {"lowest": ranks[0], "median": statistics.median(ranks), "highest": ranks[-1]}

    @property
    def summary_rows(self) -> dict[str, dict[str, Any]]:
        """The summary with its figure ids."""
        return {part: {"rank": rank, "figure_id": self.summary_id(part)} for part, rank in self.summary().items()}

    @property
    def years(self) -> list[FinancialYear]:
        """The years with a rank."""
        return list(dict.fromkeys(row.spec.year for row in self.rows))

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Years without an allocation, each with its reason."""
        return [{"year": year, "reason": reason} for year, reason in self.years_without.items()]

    @property
    def bases(self) -> int:
        """On how many bases there is a rank."""
        return len(self.ranked)

    def summary_id(self, part: Summary) -> str:
        """Return the id of a number of the summary."""
        return f"rankcard:{self.year or ALL_YEARS}:{self.authority.la_code}:{part}"

    def row_dicts(self) -> list[dict[str, Any]]:
        """Return one dict a basis."""
        return [self._row(row) for row in self.rows]

    def _row(self, row: CardRow) -> dict[str, Any]:
        code, has = self.authority.la_code, row.rank is not None
        ids = {"figure_id": rate_id(row.spec, code), "rank_id": rank_id(row.spec, code)}
        other = other_population(self.store, row.spec, code) if has else None
        return (
            row.to_json()
            | (ids if has else dict.fromkeys(ids))
            | {"band": self.band(row), "other_population": other.to_json() if other else None}
            | {"earlier_editions": self._editions(row) if has else [], "position": row.position or None}
        )

    def band(self, row: CardRow) -> dict[str, Any]:
        """Return the band of a row with its ids; without one, `reason` says why and the rest is None."""
        bands = rank_bands(self.store, row.spec) if row.rank is not None else None
        code, parts = self.authority.la_code, get_args(Part)
        numbers: dict[Any, Any] = dict(bands.parts(code)) if bands else dict.fromkeys(parts)
        how = {name: getattr(bands, name, None) for name in ("share_pct", "draws", "seed")}
        how["holds_here"] = bands.holds(code) if bands else None
        ids = {f"{part}_id": spread_id(row.spec, code, part) if bands else None for part in parts}
        reason = None if bands else row.reason or no_band(row.spec)
        return numbers | how | {"basis": "estimated" if bands else None, "reason": reason} | ids

    def _editions(self, row: CardRow) -> list[dict[str, Any]]:
        code = self.authority.la_code
        return [
            {"edition": edition, "rank": table.ranks[code], "universe": len(table.values)}
            | {"figure_id": edition_rank_id(row.spec, edition, code)}
            for edition, table in earlier_editions(self.store, row.spec).items()
            if code in table.ranks
        ]


def rank_card(store: Store, who: str, year: FinancialYear | None = None) -> RankCard:
    """Rank one authority on every basis of a year, or of all years.

    Parameters
    ----------
    who : str
        Authority, as `Authorities.find` takes it.
    year : FinancialYear, optional
        All years by default.

    Raises
    ------
    UsageError
        If the authority is unknown or had no allocation, or the tables do not hold the year.

    Examples
    --------
    >>> import hnf
    >>> hnf.rank_card(hnf.Store(), "Hertfordshire", "2023-24").summary()["lowest"]
    1
    """
    authority = Authorities.of(store).find(who)
    year = None if year is None else require_year(store, FinancialYear.of(year))
    years = financial_years(store) if year is None else [year]
    having = [known for known in years if authority.la_code in block_frame(store, known)["area"]]
    if not having:
        raise UsageError(no_allocation(store, authority, years[-1]))
    return RankCard(
        store=store,
        authority=authority,
        year=year,
        rows=tuple(_row(store, spec, authority.la_code) for spec in card_specs(store, having)),
        years_without={str(known): no_allocation(store, authority, known) for known in years if known not in having},
    )


def card_specs(store: Store, years: Iterable[FinancialYear]) -> tuple[RateSpec, ...]:
    """Return every basis of the years that the tables allow, in the order of a card."""
    return tuple(
        RateSpec(year, measure, per, population, area_costs)
        for year in years
        for measure, (per, population), area_costs in product(MEASURES, DENOMINATORS, (False, True))
        if set(PLAIN[measure].items) <= set(block_frame(store, year).columns)
    )


def _row(store: Store, spec: RateSpec, code: str) -> CardRow:
    table = rate_table(store, spec)
    if code not in table.values:
        return CardRow(spec, None, None, len(table.values), (), table.excluded[code])
    return CardRow(spec, table.values[code], table.ranks[code], len(table.values), tuple(table.tied_with(code)))


def card_figure(store: Store, year: str, la_code: str, part: str) -> Figure:
    """Return the lowest, median or highest rank of a card as a figure; `UsageError` without a rank."""
    if part not in get_args(Summary):
        raise KeyError(part)
    card = rank_card(store, la_code, None if year == ALL_YEARS else FinancialYear.parse(year))
    summary = card.summary()
    if not summary:
        raise UsageError(f"{card.authority.prose} has no rank on any basis")
    when = "all years" if card.year is None else str(card.year)
    return Figure(
        card.summary_id(part),  # type: ignore[arg-type]
        f"{card.authority.prose}: {part} rank over {len(card.ranked)} bases, {when}",
        summary[part],  # type: ignore[index]
        "rank",
        "derived",
        tuple(rank_id(row.spec, la_code) for row in card.ranked),
        f"{part} of the ranks on every basis, by the place between the lowest and the highest of all",
    )


Part = Literal["low", "high", "held", "compared"]
_PART_WORDS: dict[Part, str] = {
    "low": "lowest rank of the band in which {share:g}% of draws lie",
    "high": "highest rank of the band in which {share:g}% of draws lie",
    "held": "authorities whose rank on the other population lies in their band",
    "compared": "authorities with a rank on both populations",
}
_NO_BAND = {
    "head": "there is no second official count of {over}",
    "pupil": "no second count of {over} is published, and so no probability is given",
    "plan": "counts of plans hardly ever differ between releases, and so no probability is given",
}


@dataclass(frozen=True)
class RankBands:
    """The band of every authority of a table: ranks (low, high) by code between which `share_pct` of draws lie.

    For `held` of the `compared` authorities the rank on the other population (`others`) lies in the band.
    """

    by_code: dict[str, tuple[int, int]]
    others: dict[str, int]
    held: int
    compared: int
    share_pct: float
    draws: int
    seed: int

    def parts(self, la_code: str) -> dict[Part, int]:
        """Return the numbers of one authority's band."""
        low, high = self.by_code[la_code]
        return {"low": low, "high": high, "held": self.held, "compared": self.compared}

    def holds(self, la_code: str) -> bool | None:
        """Whether an authority's rank on the other population lies in its band; None where it has none."""
        low, high = self.by_code[la_code]
        return low <= self.others[la_code] <= high if la_code in self.others else None


@cached
def rank_bands(store: Store, spec: RateSpec) -> RankBands | None:
    """Return the bands of all authorities; None where no second count differs, so that no error can be measured."""
    other = second_table(store, spec)
    if other is None:
        return None
    table = rate_table(store, spec)
    counts, others = table.denominators.values, other.denominators.values
    ratios = {code: others[code] / counts[code] for code in table.values if code in other.values}
    share, draws, seed = (assumption(f"rank_{name}").value for name in ("band_pct", "draws", "seed"))
    bands = draw_bands(table.values, ratios, share, int(draws), int(seed))
    held = sum(bands[code][0] <= other.ranks[code] <= bands[code][1] for code in ratios)
    return RankBands(bands, other.ranks, held, len(ratios), share, int(draws), int(seed))


def draw_bands(
    rates: Mapping[str, float], ratios: Mapping[str, float], share_pct: float, draws: int, seed: int
) -> dict[str, tuple[int, int]]:
    """Simulate the ranks of all authorities under errors of their denominators, and return the band of each by code.

    Parameters
    ----------
    rates : mapping
        Rate by authority, above zero.
    ratios : mapping
        Other count ÷ own count, of those that have both. In each draw every authority's denominator is multiplied by
        the ratio of another authority, never its own; a ratio common to all moves no rank.
    share_pct : float
        Per cent of the draws, above 0 and below 100, that lie in a band; it is widened to the rank without errors where
        that lies outside.

    Raises
    ------
    UsageError
        If fewer than two ratios are known, or there is nothing to draw.
    """
    import numpy as np

    if len(ratios) < 2 or draws < 1 or not 0 < share_pct < 100:
        raise UsageError(f"cannot draw {draws} times from {len(ratios)} differences", todo="Two at least are needed.")
    codes, known = sorted(rates), sorted(ratios)
    places = {code: place for place, code in enumerate(known)}
    own = np.array([places.get(code, 0) for code in codes])
    picked = (own + np.random.default_rng(seed).integers(1, len(known), (draws, len(codes)))) % len(known)
    undrawn = np.array([rates[code] for code in codes])
    drawn = undrawn / np.array([ratios[code] for code in known])[picked]
    order = drawn.argsort(axis=1)
    ordered = np.take_along_axis(drawn, order, axis=1)
    first = np.where(np.diff(ordered, axis=1, prepend=-np.inf) > 0, np.arange(1, len(codes) + 1), 0)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.maximum.accumulate(first, axis=1), axis=1)
    tail = (100 - share_pct) / 2
    low, high = np.percentile(ranks, (tail, 100 - tail), axis=0, method="inverted_cdf").astype(int)
    published = 1 + (undrawn < undrawn[:, None]).sum(axis=1)
    bands = zip(np.minimum(low, published).tolist(), np.maximum(high, published).tolist(), strict=True)
    return dict(zip(codes, bands, strict=True))


def no_band(spec: RateSpec) -> str:
    """Return why there is no band on a basis without a second count."""
    return _NO_BAND[spec.per].format(over=spec.denominator.words.format(year=spec.year))


def spread_id(spec: RateSpec, la_code: str, part: str) -> str:
    """Return the id of one number of a band."""
    return f"rankspread:{spec.id_part}:{la_code}:{part}"


def spread_figure(store: Store, spec: RateSpec, la_code: str, part: str) -> Figure:
    """Return one number of a band as a figure; `UsageError` without a rate or a second count."""
    table = rate_table(store, spec)
    name = Authorities.of(store)[la_code].prose
    table.require(la_code, name)
    bands, other = rank_bands(store, spec), second_table(store, spec)
    if bands is None or other is None or part not in get_args(Part):
        raise UsageError(f"there is no '{part}' of a rank's spread", where=spec.in_words, todo=capital(no_band(spec)))
    words = _PART_WORDS[part].format(share=bands.share_pct)  # type: ignore[index]
    is_rank = part in ("low", "high")
    return Figure(
        spread_id(spec, la_code, part),
        f"{name}: {words}; {spec.in_words}" if is_rank else f"{capital(words)}; {spec.in_words}",
        bands.parts(la_code)[part],  # type: ignore[index]
        "rank" if is_rank else "count",
        "estimated",
        (rank_id(spec, la_code), universe_id(spec), universe_id(other.spec)),
        f"{bands.draws:,} draws, seed {bands.seed}; each authority's count multiplied by the ratio of the two official "
        "counts in another authority",
    )


# Ranks on earlier editions of the block sheet of the year, and on earlier releases of the count of plans.


@cached
def earlier_editions(store: Store, spec: RateSpec) -> dict[str, RateTable]:
    """Return the rates by earlier edition of the year's block, or by earlier release of its count of plans."""
    latest = rate_table(store, spec)
    found = {}
    for edition, earlier in _earlier(store, "dsg_high_needs_block", "financial_year", str(spec.year)):
        try:
            pounds = measure_amounts(earlier, spec.year, spec.measure)
        except UsageError:  # an edition without this column
            continue
        if pounds.inputs != latest.numerators.inputs:
            found[edition] = RateTable(spec, pounds, latest.denominators)
    if spec.per == "plan":
        for release, earlier in _earlier(store, "ehc_plans", "january", str(spec.year.january)):
            found[release] = RateTable(spec, latest.numerators, denominator_amounts(earlier, spec))
    return {edition: table for edition, table in found.items() if table.values}


@cached
def _earlier(store: Store, name: str, period: str, value: str) -> tuple[tuple[str, Store], ...]:
    """Return each edition or release of a period but the latest, oldest first, with the tables as they were then."""
    frame, column = store.table(name), DATED[name]
    is_in = frame[period].cast(str) == value
    return tuple(
        (edition, store.with_tables({name: frame.filter(~is_in | (frame[column] <= edition))}))
        for edition in frame.filter(is_in)[column].unique().sort()[:-1]
    )


def edition_rank_id(spec: RateSpec, edition: str, la_code: str) -> str:
    """Return the id of a rank on an earlier edition."""
    return f"rankedition:{spec.id_part}:{edition}:{la_code}"


def edition_rank_figure(store: Store, spec: RateSpec, edition: str, la_code: str) -> Figure:
    """Return a rank on an earlier edition as a figure; `KeyError` without that edition or a rank on it."""
    table = earlier_editions(store, spec)[edition]
    return Figure(
        edition_rank_id(spec, edition, la_code),
        f"{Authorities.of(store)[la_code].prose}: rank from the lowest among {len(table.values)} authorities on the "
        f"edition {edition}; {spec.in_words}",
        table.ranks[la_code],
        "rank",
        "derived",
        (*table.numerators.inputs[la_code], *table.denominators.inputs[la_code]),
        "1 + the number of authorities with a lower rate on the same edition",
    )
