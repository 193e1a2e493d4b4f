"""How far apart the rates of authorities lie, year by year.

Range and ratio treat every authority alike. The coefficient of variation, the Gini coefficient and Theil's T weight
each authority by its denominator (people, pupils or plans), so that they speak of the people behind the rates.
Theil's T is the sum of a part between regions and a part within them. Figures are
`inequality:<year>:<measure>:<per>:<statistic>`.

Sources: Gini as the area between the Lorenz curve and the line of equality; Theil (1967), Economics and Information
Theory, chapter 4, for T and its decomposition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hnf.errors import UsageError
from hnf.measures.notes import breaks_of
from hnf.measures.published import financial_years
from hnf.measures.rates import RateSpec, rate_table, universe_id
from hnf.measures.register import Measure, Per, Population
from hnf.results import ALL_ENGLAND, Answer, Figure, Listing, Unit
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

#: What each statistic is, with its unit (None for that of the rate) and the words of its derivation.
STATISTICS: dict[str, tuple[Unit | None, str, str]] = {
    "lowest": (None, "lowest rate", "smallest of all rates"),
    "highest": (None, "highest rate", "largest of all rates"),
    "range": (None, "range", "highest rate − lowest rate"),
    "ratio": ("coefficient", "ratio of highest to lowest", "highest rate ÷ lowest rate"),
    "cv": ("coefficient", "coefficient of variation", "weighted standard deviation ÷ weighted mean"),
    "gini": ("coefficient", "Gini coefficient", "twice the area between the weighted Lorenz curve and equality"),
    "theil": ("coefficient", "Theil's T", "weighted mean of rate ÷ mean × ln(rate ÷ mean)"),
    "theil_within": ("coefficient", "Theil's T within regions", "each region's T × its share of the money, summed"),
    "theil_between": ("coefficient", "Theil's T between regions", "T of the regions' mean rates"),
}


@dataclass(frozen=True)
class Spread(Answer):
    """The spread of the rates of one year; values unrounded, by the names of `STATISTICS`."""

    JSON = (
        "financial_year=spec.year basis_in_words=spec.in_words basis authorities lowest_la_code=lowest_code",
        "highest_la_code=highest_code **values between_share figure_ids=ids excluded=left_out",
    )
    basis = "derived"

    spec: RateSpec
    authorities: int
    values: dict[str, float]
    lowest_code: str
    highest_code: str
    excluded: dict[str, str]

    @property
    def between_share(self) -> float:
        """The share of Theil's T that lies between regions, 0 where all rates are equal."""
        return self.values["theil_between"] / self.values["theil"] if self.values["theil"] else 0.0

    @property
    def ids(self) -> dict[str, str]:
        """Ids of all statistics."""
        return {name: f"inequality:{self.spec.id_part}:{name}" for name in STATISTICS}

    @property
    def left_out(self) -> list[dict[str, str]]:
        """Authorities without a rate, each with its reason."""
        return [{"la_code": code, "reason": reason} for code, reason in sorted(self.excluded.items())]

    def figure(self, statistic: str) -> Figure:
        """Return one statistic as a figure; `KeyError` if there is none of the name."""
        unit, words, derivation = STATISTICS[statistic]
        return Figure(
            id=self.ids[statistic],
            label=f"{words} among {self.authorities} authorities: {self.spec.in_words}",
            value=self.values[statistic],
            unit=unit or self.spec.unit,
            basis="derived",
            inputs=(universe_id(self.spec),),
            derivation=derivation,
        )


class Inequality(Listing):
    """The spread of rates in each year, with what it says and does not say in sentences and notes."""

    ROWS = "years"


def inequality(
    store: Store,
    measure: Measure = "block",
    per: Per = "head",
    population: Population = "ons",
    year: FinancialYear | None = None,
) -> Inequality:
    """Return how far apart the rates of authorities lie, year by year or in one.

    Parameters
    ----------
    measure : str
        block, nff, nff_additional or after_deductions.
    per, population : str
        What is divided by, which also weights the coefficients: head, pupil or plan; ons or dfe people.
    year : FinancialYear, optional
        Also as 2023-24 or 2023; all years by default.

    Returns
    -------
    Inequality
        Rates in pounds; ratio and coefficients without a unit.

    Raises
    ------
    UsageError
        If an argument has no such value, or the measure does not exist in the year.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.inequality(hnf.Store(), "nff", "pupil", year="2023-24")
    >>> found.to_polars().select("authorities", "lowest_la_code").row(0)
    (151, '811')
    """
    found = spreads(store, measure, per, population, year)
    last = found[-1].spec
    return Inequality(
        f"Spread of rates of {found[-1].authorities} authorities: {last.in_words}",
        {
            **ALL_ENGLAND,
            "measure": last.measure,
            "unit": last.unit,
            "per": last.per,
            "population": last.population if last.per == "head" else None,
            "weights": last.denominator_words,
            "years": found,
            "sentences": sentences(store, found),
            "notes": notes(found),
        },
    )


def spreads(
    store: Store,
    measure: Measure = "block",
    per: Per = "head",
    population: Population = "ons",
    year: FinancialYear | None = None,
) -> tuple[Spread, ...]:
    """Return the spread of each year with an allocation, oldest first, or of one year.

    Raises
    ------
    UsageError
        If `per` is none: whole amounts differ because authorities differ in size; if the year is not in the tables, or
        the measure does not exist in it. Without a year, those in which the measure does not exist are left out.
    """
    if per == "none":
        raise UsageError("whole amounts differ because authorities differ in size", todo="Use --per head.")
    if year is not None:
        return (spread(store, RateSpec(year, measure, per, population)),)
    found: list[Spread] = []
    reason: UsageError | None = None
    for known in financial_years(store):
        try:
            found.append(spread(store, RateSpec(known, measure, per, population)))
        except UsageError as error:
            reason = error
    if not found and reason:
        raise reason
    return tuple(found)


def spread(store: Store, spec: RateSpec) -> Spread:
    """Return the spread of the rates of one year."""
    table = rate_table(store, spec)
    codes = list(table.values)
    rates = [table.values[code] for code in codes]
    if not rates or rates[0] <= 0:
        raise UsageError("the spread needs rates above zero", where=spec.in_words)
    weights = [table.denominators.values[code] for code in codes]
    authorities = Authorities.of(store)
    within, between = theil_parts(rates, weights, [authorities[code].region_code for code in codes])
    values = {
        "lowest": rates[0],
        "highest": rates[-1],
        "range": rates[-1] - rates[0],
        "ratio": rates[-1] / rates[0],
        "cv": coefficient_of_variation(rates, weights),
        "gini": gini(rates, weights),
        "theil": theil(rates, weights),
        "theil_within": within,
        "theil_between": between,
    }
    return Spread(spec, len(rates), values, codes[0], codes[-1], table.excluded)


def inequality_figure(store: Store, parts: list[str]) -> Figure:
    """Return one statistic by the four parts of its id; `KeyError` names what is unknown."""
    return spread(store, RateSpec.from_parts(*parts[:3])).figure(parts[3])


def mean(rates: list[float], weights: list[float]) -> float:
    """Return the weighted mean of rates."""
    return math.fsum(rate * weight for rate, weight in zip(rates, weights, strict=True)) / math.fsum(weights)


def coefficient_of_variation(rates: list[float], weights: list[float]) -> float:
    """Return the weighted standard deviation over the weighted mean of rates above zero: 0 where they are equal."""
    middle = mean(rates, weights)
    return math.sqrt(mean([(rate - middle) ** 2 for rate in rates], weights)) / middle


def gini(rates: list[float], weights: list[float]) -> float:
    """Return the weighted Gini coefficient of rates above zero: 0 where they are equal, below 1."""
    pairs = sorted(zip(rates, weights, strict=True))
    people, money = math.fsum(weights), math.fsum(rate * weight for rate, weight in pairs)
    area = reached = 0.0
    for rate, weight in pairs:
        gained = reached + rate * weight / money
        area += weight / people * (reached + gained)
        reached = gained
    return max(0.0, 1.0 - area)


def theil(rates: list[float], weights: list[float]) -> float:
    """Return the weighted Theil's T of rates above zero, in nats: 0 where they are equal."""
    middle = mean(rates, weights)
    return max(0.0, mean([rate / middle * math.log(rate / middle) for rate in rates], weights))


def theil_parts(rates: list[float], weights: list[float], groups: list[str]) -> tuple[float, float]:
    """Return the parts of Theil's T within and between groups; together they are `theil`."""
    total = math.fsum(rate * weight for rate, weight in zip(rates, weights, strict=True))
    within = 0.0
    means: list[float] = []
    sizes: list[float] = []
    for group in sorted(set(groups)):
        members = [number for number, found in enumerate(groups) if found == group]
        own = [rates[number] for number in members]
        heavy = [weights[number] for number in members]
        means.append(mean(own, heavy))
        sizes.append(math.fsum(heavy))
        within += theil(own, heavy) * means[-1] * sizes[-1] / total
    return within, theil(means, sizes)


_PEOPLE = {"head": "people aged 2 to 18", "pupil": "pupils", "plan": "EHC plans", "none": ""}


def sentences(store: Store, found: tuple[Spread, ...]) -> list[str]:
    """Return the latest year in words, how the spread moved, and what it does not say."""
    last = found[-1]
    names = Authorities.of(store)
    values = last.values
    per = {"head": "a head", "pupil": "a pupil", "plan": "an EHC plan", "none": ""}[last.spec.per]
    lines = [
        f"In {last.spec.year} the highest rate, £{values['highest']:,.0f} {per} in {names[last.highest_code].prose}, "
        f"was {values['ratio']:.1f} times the lowest, £{values['lowest']:,.0f} in {names[last.lowest_code].prose}: "
        f"£{values['range']:,.0f} between them. Two authorities out of {last.authorities} decide this, whatever the "
        "rest do.",
        f"The coefficient of variation was {values['cv']:.3f}: a typical distance from the mean is "
        f"{values['cv'] * 100:.0f}% of it.",
        f"The Gini coefficient was {values['gini']:.3f}: two {_PEOPLE[last.spec.per]} drawn at random differ in the "
        f"rate of their authorities by {values['gini'] * 200:.0f}% of the mean rate on average (0 is equal rates).",
        f"Of Theil's measure, {values['theil']:.4f}, {last.between_share * 100:.0f}% lies between the nine regions and "
        f"{(1 - last.between_share) * 100:.0f}% within them.",
    ]
    if len(found) > 1:
        first = found[0]
        before, after = first.values["gini"], values["gini"]
        moved = "did not change" if round(before, 3) == round(after, 3) else "fell" if after < before else "rose"
        lines.append(
            f"From {first.spec.year} to {last.spec.year} the Gini coefficient {moved}: {before:.3f} and {after:.3f}."
        )
    lines.append(
        "A spread is not an unfairness: rates also differ because needs and costs differ, and this does not "
        "tell them apart."
    )
    return lines


def notes(found: tuple[Spread, ...]) -> list[str]:
    """Return weights, universe, who is left out, and breaks."""
    last = found[-1]
    lines = [
        f"Basis of {last.spec.year}: {last.spec.in_words}.",
        "Lowest, highest, range and ratio count each authority once; coefficient of variation, Gini and Theil weight "
        f"each by its {_PEOPLE[last.spec.per]}. Cash of each year.",
    ]
    for one in found:
        if one.excluded:
            codes = ", ".join(sorted(one.excluded))
            lines.append(f"Left out in {one.spec.year}, for want of a denominator or an amount: {codes}.")
    series = (last.spec.measure, {"head": "head", "plan": "plans", "pupil": "", "none": ""}[last.spec.per])
    lines += [one.in_words for one in breaks_of(series) if one.lies_in(found[0].spec.year.start, last.spec.year.start)]
    return lines
