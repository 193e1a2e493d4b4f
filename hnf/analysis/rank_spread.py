"""How far a rank moves if every denominator is wrong by up to a few per cent.

Each denominator is multiplied by 1 + e, with e drawn evenly between minus and plus the error, for every authority on
its own; the amounts stay. The draws depend on the seed, their number and the authorities alone, so that measures on one
denominator are compared under the same errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from hnf.analysis.assumptions import assumption
from hnf.analysis.ranking import rank_id, universe_id
from hnf.authorities import Authorities
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.rates import RateSpec, RateTable, rate_table
from hnf.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
class RankSpread:
    """Where a rank lies when denominators are wrong.

    Parameters
    ----------
    error_pct : float
        Largest error either way, per cent.
    low, high : int
        5th and 95th percentile of the rank.
    same : float
        Share of draws with the published rank, 0 to 1.
    draws, seed : int
        How many, from which seed.
    """

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
    """Simulate the rank of an authority under errors of every denominator.

    Parameters
    ----------
    table : RateTable
    la_code : str
        An authority with a rate.
    error_pct : float
        Largest error either way, 0 or more and below 100.
    draws, seed : int, optional
        The stated assumptions by default.

    Raises
    ------
    UsageError
        If the error or the number of draws makes no sense.
    """
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
    """Return one number of a spread as a figure, with the stated number of draws and seed.

    Raises
    ------
    UsageError
        If the authority has no rate on this basis, or the error or the part is unknown.
    """
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
