"""Where one authority ranks on every basis (measure, denominator, population, area costs, year), and how surely.

A rank is that of `hnf rank` on the same basis; all are side by side, so that nobody can pick one unnoticed. How far it
moves is simulated: each denominator is multiplied by 1 + e, with e drawn evenly between minus and plus the error for
every authority, while amounts stay. The draws depend on the seed, their number and the authorities alone, so that
measures on one denominator are compared under the same errors. Ids are
`rankcard:<year or all>:<la_code>:<lowest|median|highest>` and
`rankspread:<year>:<measure>:<denominator>:<la_code>:<error>:<low|high|same>`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, get_args

from hnf.analysis.allocate import no_allocation
from hnf.analysis.rank import rank_id
from hnf.errors import UsageError
from hnf.measures.notes import assumption
from hnf.measures.published import block_frame, financial_years, require_year
from hnf.measures.rates import RateSpec, RateTable, rate_id, rate_table, universe_id
from hnf.measures.register import MEASURES, PLAIN, Per, Population
from hnf.results import Answer, Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.years import FinancialYear

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
        wrong = {f"by_{error:g}_pct": self._spread(row, error) if has else None for error in stated_errors()}
        ids = {"figure_id": rate_id(row.spec, code), "rank_id": rank_id(row.spec, code)}
        return row.to_json() | (ids if has else dict.fromkeys(ids)) | {"if_wrong": wrong}

    def _spread(self, row: CardRow, error: float) -> dict[str, Any]:
        code = self.authority.la_code
        found = rank_spread(rate_table(self.store, row.spec), code, error)
        return found.to_json() | {f"{part}_id": spread_id(row.spec, code, error, part) for part in get_args(Part)}


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
    """
    authority = Authorities.of(store).find(who)
    year = None if year is None else require_year(store, FinancialYear.parse(year))
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


Part = Literal["low", "high", "same"]

#: Percentiles between which nine draws in ten lie.
_INTERVAL = (5, 95)
_ERRORS = ("rank_small_error_pct", "rank_large_error_pct")
_PART_WORDS: dict[Part, str] = {
    "low": f"{_INTERVAL[0]}th percentile of the rank",
    "high": f"{_INTERVAL[1]}th percentile of the rank",
    "same": "share of draws with the same rank",
}


@dataclass(frozen=True)
class RankSpread(Answer):
    """5th and 95th percentile of a rank, and the share of draws (0 to 1) with the published rank."""

    JSON = "low high same_rank_share=same basis draws seed"
    basis = "estimated"

    error_pct: float
    low: int
    high: int
    same: float
    draws: int
    seed: int


def stated_errors() -> tuple[float, ...]:
    """Return the errors, in per cent, that a rank card shows."""
    return tuple(assumption(name).value for name in _ERRORS)


def rank_spread(
    table: RateTable, la_code: str, error_pct: float, draws: int | None = None, seed: int | None = None
) -> RankSpread:
    """Simulate the rank of an authority under errors of every denominator: per cent, at least 0 and below 100."""
    import numpy as np

    draws = int(assumption("rank_draws").value) if draws is None else draws
    seed = int(assumption("rank_seed").value) if seed is None else seed
    if not 0 <= error_pct < 100 or draws < 1:
        raise UsageError(f"cannot draw {draws} times with errors of {error_pct:g}%", todo="Use 0 to below 100%.")
    codes = sorted(table.values)
    rates = np.array([table.values[code] for code in codes])
    drawn = rates / _errors(len(codes), draws, seed, error_pct)
    ranks = 1 + np.count_nonzero(drawn < drawn[:, [codes.index(la_code)]], axis=1)
    low, high = np.percentile(ranks, _INTERVAL, method="inverted_cdf")
    return RankSpread(error_pct, int(low), int(high), float((ranks == table.ranks[la_code]).mean()), draws, seed)


@lru_cache(maxsize=8)
def _errors(authorities: int, draws: int, seed: int, error_pct: float) -> NDArray[np.float64]:
    """Draw what each denominator is multiplied by, shape (draws, authorities)."""
    return 1 + error_pct / 100 * _evenly(authorities, draws, seed)


@lru_cache(maxsize=8)
def _evenly(authorities: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Draw numbers evenly between -1 and 1, shape (draws, authorities)."""
    import numpy as np

    return np.random.default_rng(seed).uniform(-1, 1, (draws, authorities))


def spread_id(spec: RateSpec, la_code: str, error_pct: float, part: str) -> str:
    """Return the id of one number of a spread."""
    return f"rankspread:{spec.id_part}:{la_code}:{error_pct:g}:{part}"


def spread_figure(store: Store, spec: RateSpec, la_code: str, error_pct: str, part: str) -> Figure:
    """Return one number of a spread as a figure, with the stated draws and seed; `UsageError` without a rate."""
    table = rate_table(store, spec)
    name = Authorities.of(store)[la_code].prose
    table.require(la_code, name)
    try:
        error = float(error_pct)
    except ValueError:
        error = -1.0
    if error not in stated_errors() or part not in get_args(Part):
        raise UsageError(f"'{error_pct}:{part}' is not a part of a rank's spread")
    found = rank_spread(table, la_code, error)
    words = _PART_WORDS[part]  # type: ignore[index]
    return Figure(
        spread_id(spec, la_code, error, part),
        f"{name}: {words} if every denominator is wrong by up to {error:g}%; {spec.in_words}",
        {"low": found.low, "high": found.high, "same": found.same}[part],
        "share" if part == "same" else "rank",
        "estimated",
        (rank_id(spec, la_code), universe_id(spec)),
        f"{found.draws:,} draws, seed {found.seed}, errors even and independent",
    )
