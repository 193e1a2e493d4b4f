"""One authority beside a set of others: neighbours, region, type, those it borders on, or a list of the user's.

The mean of a set is that of its members' rates, each counting once, without the authority itself. Ids are
`compare:<year>:<measure>:<denominator>:<set>:<la_code>:<mean|median|rank|difference>`, where a list is written
`list-825+826`.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from hnf.analysis.comparator_sets import ComparatorSet, comparator_set, has_set, models, neighbour_set
from hnf.analysis.ranking import rate_id
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.measures.rates import RateSpec, RateTable, rate_table
from hnf.results import Tabular
from hnf.store import Store

Part = Literal["mean", "median", "rank", "difference"]
#: A difference of less than half a penny a head, pupil or plan is none.
HALF_A_PENNY = 0.005


@dataclass(frozen=True)
class Comparison(Tabular):
    """An authority's rate beside those of a set; `without_rate` gives the reason for each member that has none."""

    ROWS = "rows"

    authority: Authority
    table: RateTable
    set: ComparatorSet
    names: dict[str, str]
    without_rate: dict[str, str]

    @property
    def own(self) -> float:
        """The authority's own rate."""
        return self.table.values[self.authority.la_code]

    @cached_property
    def members(self) -> dict[str, float]:
        """Rates of the members that have one, lowest first."""
        return {code: rate for code, rate in self.table.values.items() if code in self.set.codes}

    @cached_property
    def parts(self) -> dict[Part, float]:
        """Mean and median of the members, the rank among them (1 is the lowest), and own rate less mean."""
        rates = list(self.members.values())
        mean = statistics.fmean(rates)
        rank = 1 + sum(rate < self.own for rate in rates)
        return {"mean": mean, "median": statistics.median(rates), "rank": rank, "difference": self.own - mean}

    @property
    def message(self) -> str:
        """Whether the own rate is above or below the mean of the set, or level with it."""
        difference = self.parts["difference"]
        return "level" if abs(difference) < HALF_A_PENNY else "above" if difference > 0 else "below"

    def figure_id(self, part: Part) -> str:
        """Return the id of one of the parts."""
        return f"compare:{self.table.spec.id_part}:{self.set.id}:{self.authority.la_code}:{part}"

    def figure(self, part: Part) -> Figure:
        """Return one of the parts as a figure."""
        spec = self.table.spec
        inputs = [rate_id(spec, code) for code in self.members]
        how = {
            "mean": "mean of the members' rates, each counting once",
            "median": "median of the members' rates",
            "rank": "1 + the number of members with a lower rate",
            "difference": "own rate − mean of the members' rates",
        }[part]
        if part in ("rank", "difference"):
            inputs.insert(0, rate_id(spec, self.authority.la_code))
        members = f"{self.set.words} ({len(self.members)} with a rate)"
        return Figure(
            self.figure_id(part),
            f"{self.authority.prose}: {part} against {members}; {spec.in_words}",
            self.parts[part],
            "rank" if part == "rank" else spec.unit,
            "derived",
            tuple(inputs),
            how,
        )

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        spec, code = self.table.spec, self.authority.la_code
        return {
            "la_code": code,
            "la_name": self.authority.name,
            "year": str(spec.year),
            "measure": spec.measure,
            "per": spec.per,
            "population": spec.population if spec.per == "head" else None,
            "basis": "derived",
            "basis_in_words": spec.in_words,
            "set": self.set.id,
            "set_in_words": self.set.words,
            "own_rate_gbp": self.own,
            "own_rate_id": rate_id(spec, code),
            "rank": int(self.parts["rank"]),
            "rank_of": len(self.members) + 1,
            "tied_with": [other for other, rate in self.members.items() if rate == self.own],
            "mean_gbp": self.parts["mean"],
            "median_gbp": self.parts["median"],
            "difference_gbp": self.parts["difference"],
            "message": self.message,
            "figure_ids": {part: self.figure_id(part) for part in get_args(Part)},
            "rows": [
                {"la_code": other, "la_name": self.names[other], "value": rate, "figure_id": rate_id(spec, other)}
                for other, rate in self.members.items()
            ],
            "without_rate": [
                {"la_code": other, "la_name": self.names[other], "reason": reason}
                for other, reason in self.without_rate.items()
            ],
        }


def compare(store: Store, spec: RateSpec, who: str, which: str) -> Comparison:
    """Set one authority beside others.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        With a denominator.
    who : str
        Authority, as `Authorities.find` takes it.
    which : str
        As `comparator_set` takes it.

    Raises
    ------
    UsageError
        If the authority or a member is unknown, the authority has no rate, the set is empty, or no member has a rate.
    """
    if spec.per == "none":
        raise UsageError("a comparison needs a rate", where="--per", todo="Use head, pupil or plan.")
    authorities = Authorities.of(store)
    authority = authorities.find(who)
    table = rate_table(store, spec)
    table.require(authority.la_code, authority.prose, authorities.instead(authority, spec.year))
    chosen = comparator_set(store, authority, which, spec.year)
    names = {code: found.name for code, found in authorities.by_code.items()}
    without = {
        code: table.excluded.get(code, _why_absent(authorities[code], spec))
        for code in chosen.codes
        if code not in table.values
    }
    if len(without) == len(chosen.codes):
        raise UsageError(f"no authority of {chosen.words} has a rate on this basis", where=spec.in_words)
    return Comparison(authority, table, chosen, names, without)


def _why_absent(authority: Authority, spec: RateSpec) -> str:
    if authority.closed and authority.closed < f"{spec.year.start}-04-01":
        return f"it closed on {authority.closed}"
    return f"it had no allocation in {spec.year}"


@dataclass(frozen=True)
class Flip:
    """An authority's rate against its neighbours of the two models."""

    by_model: dict[str, Comparison]

    @property
    def flips(self) -> bool:
        """Whether the authority is above the mean of one set and below that of the other."""
        return {found.message for found in self.by_model.values()} == {"above", "below"}

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        first = next(iter(self.by_model.values()))
        return {
            "la_code": first.authority.la_code,
            "la_name": first.authority.name,
            "own_rate_gbp": first.own,
            "flips": self.flips,
            **{
                f"model_{model}": {
                    "mean_gbp": found.parts["mean"],
                    "difference_gbp": found.parts["difference"],
                    "message": found.message,
                    "members": len(found.members),
                    "figure_id": found.figure_id("mean"),
                }
                for model, found in self.by_model.items()
            },
        }


def flip(store: Store, spec: RateSpec, la_code: str) -> Flip | None:
    """Compare an authority with its neighbours of the two latest models; None where one of them has no set for it."""
    both = latest_models(store)
    if la_code not in rate_table(store, spec).values or not all(has_set(store, la_code, model) for model in both):
        return None
    return Flip({model: compare(store, spec, la_code, neighbour_set(model)) for model in both})


def latest_models(store: Store) -> tuple[str, ...]:
    """Return the two latest models of statistical neighbours, the older first."""
    return models(store)[-2:]


def all_flips(store: Store, spec: RateSpec) -> tuple[tuple[Flip, ...], dict[str, str]]:
    """Compare every authority with its neighbours of both models.

    Returns
    -------
    tuple
        One `Flip` an authority that can be compared, and the reason by code for each that cannot.
    """
    found: list[Flip] = []
    left_out: dict[str, str] = dict(rate_table(store, spec).excluded)
    for code in sorted(rate_table(store, spec).values):
        both = flip(store, spec, code)
        if both:
            found.append(both)
        else:
            lacking = " and ".join(model for model in latest_models(store) if not has_set(store, code, model))
            left_out[code] = f"the {lacking} model has no neighbours for it"
    return tuple(found), left_out


def comparison_figure(store: Store, spec: RateSpec, which: str, la_code: str, part: str) -> Figure:
    """Return a part of a comparison as a figure.

    Raises
    ------
    UsageError
        As `compare`.
    KeyError
        If the part is unknown.
    """
    if part not in get_args(Part):
        raise KeyError(part)
    wanted = which.removeprefix("list-").replace("+", ",") if which.startswith("list-") else which
    return compare(store, spec, la_code, wanted).figure(part)  # type: ignore[arg-type]
