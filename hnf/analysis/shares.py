"""Shares: the additional allocation of a year by another rule, and shares of people against shares of the formula.

As published the additional allocation is a flat share of the formula before the gains limit (2022-23 and 2023-24) or an
amount a head aged 2 to 18 (2019-20). Here it is shared by either, by pupils or by EHC plans, in whole pounds that add
up to the published sum of the authorities. Shares of people and of the formula are from published figures alone; the
population factor of the formula is another matter. Ids are `additional:<year>:<rule>:<area>` and
`popshare:<year>:<measure>:head.<series>:<la_code>:<population|funding|difference>`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hnf.analysis.comparable_areas import area_words
from hnf.analysis.growth import plans_figure
from hnf.errors import FormulaError, UsageError, require_one_of
from hnf.measures.published import Amounts, block_frame, dsg_id, require_year
from hnf.measures.rates import RateSpec, denominator_amounts, rate_table
from hnf.measures.register import Per
from hnf.results import Figure, FloatArray, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear


def share_in_whole_pounds(total_gbp: int, weights: FloatArray) -> NDArray[np.int64]:
    """Share pounds by weights, rounded down; pounds left over go to the largest remainders, in order where equal."""
    whole = float(weights.sum())
    if not np.isfinite(whole) or (weights < 0).any() or whole <= 0:
        raise FormulaError("an amount can be shared only by weights of 0 or more, one of them above 0")
    shares = total_gbp * (weights / whole)
    pounds = np.floor(shares).astype(np.int64)
    left = total_gbp - int(pounds.sum())
    order = np.argsort(-(shares - pounds), kind="stable")
    pounds[order[:left]] += 1
    return pounds


AdditionalRule = Literal["flat_share", "population", "pupils", "plans"]
RULES: tuple[AdditionalRule, ...] = get_args(AdditionalRule)
RULE_WORDS: dict[AdditionalRule, str] = {
    "flat_share": "as a flat share of the formula before the gains limit",
    "population": "by people aged 2 to 18 (the formula's own: as the DSG sheet prints them, else the ONS 2018-based "
    "projection)",
    "pupils": "by pupils of the schools block",
    "plans": "by EHC plans of the January when the year starts",
}
_ADDITIONAL = "additional"
#: Columns of the block sheet that a rule takes as they are, where the year prints them.
_PRINTED: dict[AdditionalRule, str] = {"flat_share": "nff_before_gains_limit", "population": "population_2_18"}
_PERS: dict[AdditionalRule, Per] = {"population": "head", "pupils": "pupil", "plans": "plan"}


@dataclass(frozen=True)
class AdditionalShareRow:
    """The additional allocation of one area as published and under the rule, which without a weight is the same."""

    codes: tuple[str, ...]
    name: str
    published_gbp: float
    shared_gbp: int
    weight: float | None
    inputs: tuple[str, ...]

    @property
    def area(self) -> str:
        """The area as ids name it."""
        return "+".join(self.codes)

    @property
    def change_gbp(self) -> float:
        """Under the rule less as published."""
        return self.shared_gbp - self.published_gbp


@dataclass(frozen=True)
class AdditionalShares:
    """The additional allocation of a year under one rule; `rows` add up to `total_gbp` to the pound."""

    year: FinancialYear
    rule: AdditionalRule
    total_gbp: int
    rows: tuple[AdditionalShareRow, ...]
    notes: tuple[str, ...]


def additional_shares(store: Store, year: FinancialYear, rule: AdditionalRule) -> AdditionalShares:
    """Share the additional allocation of a year by another rule; `UsageError` where there is none, or no such rule."""
    year = FinancialYear.of(year)
    require_one_of(rule, RULES, "rule")
    frame = block_frame(store, require_year(store, year))
    if _ADDITIONAL not in frame.columns:
        raise UsageError(f"there was no additional allocation in {year}")
    amounts = dict(frame.select("area", _ADDITIONAL).iter_rows())
    weights = _weights(store, year, rule)
    areas = _areas(store, year, rule, weights)
    shared = [area for area in areas if area[1] is not None]
    total = round(math.fsum(amounts.values()))
    kept = {code: round(amounts[code]) for codes, weight, _ in areas if weight is None for code in codes}
    pounds = share_in_whole_pounds(total - sum(kept.values()), np.array([area[1] for area in shared], dtype=np.float64))
    found = {area[0]: int(own) for area, own in zip(shared, pounds, strict=True)}
    authorities = Authorities.of(store)
    rows = tuple(
        AdditionalShareRow(
            codes,
            area_words(authorities, codes),
            math.fsum(amounts[code] for code in codes),
            found[codes] if codes in found else sum(kept[code] for code in codes),
            weight,
            inputs,
        )
        for codes, weight, inputs in areas
    )
    notes = tuple(
        [
            f"{row.name} is counted as a whole: plans of January {year.january} are published for its predecessors."
            for row in rows
            if len(row.codes) > 1
        ]
        + [f"{row.name} keeps what it has: {weights.excluded[row.codes[0]]}." for row in rows if row.weight is None]
    )
    return AdditionalShares(year, rule, total, rows, notes)


def additional_figure(store: Store, year: FinancialYear, rule: str, area: str) -> Figure:
    """Return an additional allocation under a rule as a figure."""
    chosen = {known: known for known in RULES}[rule]  # type: ignore[index]
    found = additional_shares(store, year, chosen)
    row = {row.area: row for row in found.rows}[area]
    published = tuple(dsg_id(store, year, code, _ADDITIONAL) for each in found.rows for code in each.codes)
    return Figure(
        id=f"additional:{year}:{rule}:{area}",
        label=f"Additional high needs allocation shared {RULE_WORDS[chosen]}, {row.name}, {year}",
        value=row.shared_gbp,
        unit="gbp",
        basis="derived",
        inputs=tuple(dict.fromkeys((*published, *(id_ for each in found.rows for id_ in each.inputs)))),
        derivation="all pounds × own weight ÷ all weights, in whole pounds that add up",
    )


_Area = tuple[tuple[str, ...], float | None, tuple[str, ...]]


def _weights(store: Store, year: FinancialYear, rule: AdditionalRule) -> Amounts:
    frame = block_frame(store, year)
    term = _PRINTED.get(rule, "")
    if term in frame.columns:
        values = dict(frame.select("area", term).drop_nulls().iter_rows())
        inputs: dict[str, tuple[str, ...]] = {code: (dsg_id(store, year, code, term),) for code in values}
        missing = set(frame["area"]) - set(values)
        return Amounts(values, inputs, dict.fromkeys(sorted(missing), "the publisher prints a symbol"))
    if rule not in _PERS:
        raise UsageError(f"{year} does not print the formula before the gains limit, which a flat share is taken of")
    return denominator_amounts(store, RateSpec(year, "block", _PERS[rule], "dfe"))


def _areas(store: Store, year: FinancialYear, rule: AdditionalRule, weights: Amounts) -> list[_Area]:
    """Return every area with its weight: successors that are counted only as their predecessor are one area."""
    authorities = Authorities.of(store)
    areas: dict[tuple[str, ...], _Area] = {
        (code,): ((code,), value, weights.inputs[code]) for code, value in weights.values.items()
    }
    for code in weights.excluded:
        older = authorities[code].predecessors
        together = authorities[older[0]].successors if older else ()
        count = plans_figure(store, year.january, older) if rule == "plans" and older else None
        if count and count.value is not None and set(together) <= set(weights.excluded):
            areas[together] = (together, float(count.value), (count.id,))
        else:
            areas[(code,)] = ((code,), None, ())
    return [areas[codes] for codes in sorted(areas)]


@dataclass(frozen=True)
class PopulationShare:
    """Shares (0 to 1) of people and of money; the difference in pounds adds up to 0 over all authorities."""

    la_code: str
    la_name: str
    population_share: float
    funding_share: float
    difference_gbp: float


def population_shares(store: Store, spec: RateSpec) -> tuple[PopulationShare, ...]:
    """Return both shares for every authority that has a rate per head, by code."""
    table = rate_table(store, spec)
    codes = sorted(table.values)
    pounds, heads = table.numerators.values, table.denominators.values
    all_pounds, all_heads = math.fsum(pounds[code] for code in codes), math.fsum(heads[code] for code in codes)
    names = Authorities.of(store)
    return tuple(
        PopulationShare(
            code,
            names[code].name,
            heads[code] / all_heads,
            pounds[code] / all_pounds,
            pounds[code] - all_pounds * heads[code] / all_heads,
        )
        for code in codes
    )


def population_share_figure(store: Store, spec: RateSpec, la_code: str, part: str) -> Figure:
    """Return a share, or the difference in pounds, as a figure."""
    row = {row.la_code: row for row in population_shares(store, spec)}[la_code]
    table = rate_table(store, spec)
    name, in_words = Authorities.of(store)[la_code].prose, spec.in_words
    heads = tuple(id_ for code in sorted(table.values) for id_ in table.denominators.inputs[code])
    pounds = tuple(id_ for code in sorted(table.values) for id_ in table.numerators.inputs[code])
    labels: dict[str, tuple[str, float, Unit, tuple[str, ...], str]] = {
        "population": ("share of the people", row.population_share, "share", heads, "own people ÷ all people"),
        "funding": ("share of the funding", row.funding_share, "share", pounds, "own pounds ÷ all pounds"),
        "difference": (
            "funding above its share by population",
            row.difference_gbp,
            "gbp",
            (*pounds, *heads),
            "own pounds − all pounds × own people ÷ all people",
        ),
    }
    what, value, unit, inputs, how = labels[part]
    id_ = f"popshare:{spec.id_part}:{la_code}:{part}"
    return Figure(id_, f"{name}: {what} ({in_words})", value, unit, "derived", inputs, how)
