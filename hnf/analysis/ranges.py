"""League table and gaps of a year without a table: ranges, made of the bounds of every authority.

Each authority can be anywhere in its own range, wherever the others are. So a gap is least with the authority at its
upper end and all others at their lower ends, and largest the other way round; where the comparator has the authority
in it (England, the median, quartiles), it is there at that end too, and the ends are exact. Ids of gaps are
`boundgap:<year>:<to>:<la_code>:<part>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hnf.analysis.bounds import Bound, YearBounds, area_bound, bound_id, year_bounds
from hnf.analysis.compare import require_model
from hnf.analysis.gaps import AVERAGE, find_comparator
from hnf.analysis.rank import named
from hnf.formula.bands import Interval
from hnf.measures.notes import place_rule
from hnf.measures.published import ENGLAND, Amounts, block_frame, financial_years
from hnf.measures.rates import RateSpec, RateTable, whole_rates
from hnf.measures.register import Measure, Per, Population
from hnf.results import Answer, Figure, pick
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

#: What can be bounded: the formula inside floor and limit, per head of the population that it is made with.
MEASURE: Measure = "nff"
PER: Per = "head"
POPULATION: Population = "dfe"
_ENDS = ("lower", "upper")


def range_spec(year: FinancialYear) -> RateSpec:
    """Return what is bounded in a year, in the terms of a rate."""
    return RateSpec(year, MEASURE, PER, POPULATION)


def range_notes(found: YearBounds) -> list[str]:
    """Say what a range is, and what is not in it."""
    place = f"£{place_rule().place_gbp:,.0f}"
    return [
        f"Implied: follows from published rules and figures; no table of allocations of {found.year} is here. A range "
        "is what they leave, and nothing is said of where in it the amount is.",
        "Formula per head only, on the formula's own population: of the whole block nothing is implied, nor of "
        "anything per pupil or per EHC plan.",
        f"Money of places of {place} that may have joined column A is not in the ranges: with it an amount can be "
        f"above its range, and ranks can differ. `hnf bounds WHO --year {found.year}` shows it apart.",
        *found.notes,
    ]


def why_unbounded(store: Store, code: str) -> str:
    """Say why nothing is implied for an authority in the years without a table."""
    last = financial_years(store)[-1]
    if code in set(block_frame(store, last)["area"]):
        return "its baseline, or a projection of its population, is not in these tables"
    return f"no high needs allocation in {last}"


def _rates(found: YearBounds, others: str, la_code: str = "", own: str = "") -> RateTable:
    """Return the rates with all authorities at one end of their ranges, and one of them at an end of its own."""
    ends = {code: f"{own if code == la_code else others}_gbp" for code in found.rows}
    money = {code: float(getattr(row, ends[code])) for code, row in found.rows.items()}
    heads = {code: row.heads for code, row in found.rows.items()}
    return RateTable(range_spec(found.year), Amounts(money, {}, {}), Amounts(heads, {}, {}))


@dataclass(frozen=True)
class RankRanges(Answer):
    """A league table of a year without a table: between which ranks and rates each authority is.

    Rows are in the order of the lowest possible rank, then the highest, then the code.
    """

    JSON = (
        "year=spec.year measure=spec.measure per=spec.per population=spec.series unit=spec.unit basis",
        "basis_in_words=spec.in_words rows universe=found.universe excluded england median",
    )
    ROWS = "rows"
    basis = "implied"

    found: YearBounds
    excluded: list[dict[str, str]]

    @property
    def spec(self) -> RateSpec:
        """What is ranked."""
        return range_spec(self.found.year)

    @property
    def england(self) -> dict[str, Any]:
        """England's rate: all pounds over all heads, with all authorities at one end."""
        ids = {f"{end}_per_head": bound_id(self.found.year, ENGLAND, f"{end}_per_head") for end in _ENDS}
        return self._whole(ENGLAND) | {"figure_ids": ids, "authorities": self.found.universe}

    @property
    def median(self) -> dict[str, Any]:
        """The rate of the authority in the middle."""
        return self._whole("median")

    def _whole(self, area: str) -> dict[str, Any]:
        ends = {f"{end}_per_head_gbp": whole_rates(_rates(self.found, end))[area] for end in _ENDS}
        return {"value": None, **ends, "figure_id": None}

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an authority; rank and value are None, as neither is known."""
        unknown: dict[str, Any] = {"rank": None, "tied_with": [], "value": None, "figure_id": None, "rank_id": None}
        keys = (
            "la_code la_name lower_rank upper_rank lower_per_head_gbp=lower_per_head upper_per_head_gbp=upper_per_head",
            "lower_gbp upper_gbp basis figure_ids=ids",
        )
        rows = [unknown | pick(row, keys) for row in self.found.rows.values()]
        return sorted(rows, key=lambda row: (row["lower_rank"], row["upper_rank"], row["la_code"]))


def rank_ranges(store: Store, year: FinancialYear) -> RankRanges:
    """Return between which ranks every authority is in a year without a table, 1 for the lowest rate.

    Raises
    ------
    UsageError
        If the year has a table, or nothing is known of it.
    """
    found, authorities = year_bounds(store, year), Authorities.of(store).by_code
    left_out = [code for code in block_frame(store, financial_years(store)[-1])["area"] if code not in found.rows]
    reasons = {code: why_unbounded(store, code) for code in left_out}
    return RankRanges(found, named({code: one.name for code, one in authorities.items()}, reasons))


@dataclass(frozen=True)
class GapRange(Answer):
    """The gap of one authority to another rate in a year without a table, £; above zero where that rate is higher."""

    JSON = (
        "la_code=own.la_code la_name=own.la_name year=spec.year measure=spec.measure per=spec.per",
        "population=spec.series to=comparator comparator_name gap_gbp",
        "gap_lower_gbp=pounds.lower gap_upper_gbp=pounds.upper",
        "own_rate_gbp own_rate_lower_gbp=own.lower_per_head own_rate_upper_gbp=own.upper_per_head",
        "comparator_rate_gbp comparator_rate_lower_gbp=rate.lower comparator_rate_upper_gbp=rate.upper",
        "denominator=own.heads denominator_in_words=spec.denominator_words basis basis_in_words=spec.in_words",
        "figure_id comparator_id figure_ids=ids without_rate equivalents typical_school england_note other_population",
    )
    basis = "implied"
    #: What a year with a table has, and no range.
    gap_gbp = own_rate_gbp = comparator_rate_gbp = figure_id = comparator_id = typical_school = other_population = None
    equivalents = ()

    found: YearBounds
    own: Bound
    comparator: str
    comparator_name: str
    rate: Interval
    pounds: Interval
    #: Whose rates the comparator is made of.
    codes: tuple[str, ...]
    without_rate: list[dict[str, str]]

    @property
    def spec(self) -> RateSpec:
        """What is compared."""
        return range_spec(self.found.year)

    @property
    def england_note(self) -> str:
        """What England's rate is made of."""
        rate = f"all pounds over all heads of {len(self.codes)} authorities, {self.own.la_name} among them"
        return rate if self.comparator == AVERAGE else ""

    @property
    def parts(self) -> dict[str, float]:
        """Both ends of the gap, £, and of the comparator's rate, £ per head."""
        both = {"gap": self.pounds, "rate": self.rate}
        return {f"{name}_{end}": getattr(each, end) for name, each in both.items() for end in _ENDS}

    @property
    def ids(self) -> dict[str, str]:
        """Ids of the numbers."""
        year, code = self.found.year, self.own.la_code
        own = {f"own_{end}": bound_id(year, code, f"{end}_per_head") for end in _ENDS}
        return own | {part: f"boundgap:{year}:{self.comparator}:{code}:{part}" for part in self.parts}

    def figure(self, part: str) -> Figure:
        """Return an end of the gap or of the comparator's rate as a figure; `KeyError` for anything else."""
        value, (kind, end) = self.parts[part], part.split("_")
        inputs, how = (
            [bound_id(self.found.year, code, f"{end}_per_head") for code in self.codes],
            f"all at their {end} ends",
        )
        if kind == "gap":
            opposite = {"lower": "upper", "upper": "lower"}[end]
            others = [i for i, code in zip(inputs, self.codes, strict=True) if code != self.own.la_code]
            inputs = [bound_id(self.found.year, self.own.la_code, f"{opposite}_per_head"), *others]
            how = f"(comparator's rate − own rate at its other end) × own {self.spec.denominator_words}"
        what = f"{'pounds more at ' if kind == 'gap' else ''}{self.comparator_name}, {end} end"
        label, unit = f"{self.own.la_name}: {what}; {self.spec.in_words}", self.spec.unit if kind == "rate" else "gbp"
        return Figure(self.ids[part], label, value, unit, "implied", tuple(inputs), how)


def gap_range(store: Store, year: FinancialYear, who: str, to: str = AVERAGE, model: str | None = None) -> GapRange:
    """Return between which pounds the gap of one authority to another rate is in a year without a table.

    Parameters
    ----------
    who, to, model : str
        As `hnf.analysis.gaps.gap` takes them.

    Raises
    ------
    UsageError
        If an authority is unknown or has no bounds, or the year has none.
    """
    found = year_bounds(store, year)
    authority = Authorities.of(store).find(who)
    own = area_bound(store, authority.la_code, year)
    code, model = authority.la_code, None if model is None else require_model(store, model)
    ends, gaps = [], []
    for end, other in zip(_ENDS, reversed(_ENDS), strict=True):
        name, words, rate, _, neighbours = find_comparator(store, _rates(found, end), authority, to, model)
        ends.append(rate)
        moved = _rates(found, end, code, other)
        gaps.append((find_comparator(store, moved, authority, to, model)[2] - moved.values[code]) * own.heads)
    codes = tuple(neighbours.members) if neighbours else (name,) if name in found.rows else tuple(found.rows)
    without = neighbours.reasons if neighbours else []
    return GapRange(found, own, name, words, Interval(*ends), Interval(*gaps), codes, without)


def gap_range_figure(store: Store, year: FinancialYear, to: str, la_code: str, part: str) -> Figure:
    """Return an end of a gap, or of the comparator's rate, as a figure."""
    return gap_range(store, year, la_code, to).figure(part)
