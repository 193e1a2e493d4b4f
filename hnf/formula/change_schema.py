"""The kinds of change that a scenario may hold: what each does, its parameters, their units and ranges.

How a change is computed stands in `hnf.formula.change_kinds`; what a file may say follows from here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from hnf.errors import FormulaError
from hnf.formula.block_terms import BLOCK, STEP_TERMS
from hnf.formula.parameter_schema import PROXIES

if TYPE_CHECKING:  # files are checked without numpy, which takes longer to import than to check them
    from hnf.formula.changes import Number
    from hnf.results import FloatArray

Unit = Literal["pct", "share", "gbp", "choice"]
Value: TypeAlias = "float | str | FloatArray"

#: Terms that a change may name. Import/export is left out: it nets to about nothing, so that no part can be shared.
TERMS = (BLOCK, *(term for term in STEP_TERMS if term != "import_export"))
PERS = ("head", "pupil", "plan")
_MOST_GBP = 1_000_000.0
#: Terms of the kinds that are about one step only.
_OWN_TERMS: Mapping[str, str] = {"additional": "additional", "gains_limit": "nff_in_protection"}


@dataclass(frozen=True)
class ChangeParameter:
    """One parameter of a kind of change.

    Parameters
    ----------
    name : str
        Key in the file.
    unit : str
        pct (0 to 100), share (0 to 1), gbp, or choice.
    meaning : str
        In words.
    low, high : float
        Range of a number, both ends included.
    choices : tuple of str
        What a choice may be.
    """

    name: str
    unit: Unit
    meaning: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A change with its numbers and choices, all checked; many scenarios at once have arrays of shape (..., 1)."""

    kind: str
    parameters: Mapping[str, Value]

    def number(self, name: str) -> Number:
        """Return a numeric parameter."""
        value = self.parameters[name]
        if isinstance(value, str):
            raise FormulaError(f"{name} of the change '{self.kind}' is '{value}', not a number")
        return value

    def choice(self, name: str) -> str:
        """Return a parameter that is a choice; empty where it does not apply."""
        return str(self.parameters.get(name, ""))

    @property
    def term(self) -> str:
        """What the change is about: a step of the block, or `block`; empty for changes of the factors."""
        return _OWN_TERMS.get(self.kind) or self.choice("term")


@dataclass(frozen=True)
class ChangeKind:
    """One kind of change.

    Parameters
    ----------
    name : str
        In files.
    purpose : str
        What it does, in words.
    parameters : tuple of ChangeParameter
        In the order of the template.
    needs_factors : bool
        Whether the published block is not enough to compute it.
    one_of : tuple of str
        Parameters of which exactly one is given.
    """

    name: str
    purpose: str
    parameters: tuple[ChangeParameter, ...]
    needs_factors: bool = False
    one_of: tuple[str, ...] = ()

    def parameter(self, name: str) -> ChangeParameter | None:
        """Return a parameter by name, None if there is none."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


_TERM = ChangeParameter("term", "choice", "the whole block, or one step of it", choices=TERMS)
_PER = ChangeParameter("per", "choice", "what the money is divided by", choices=PERS)
_POPULATION = ChangeParameter(
    "population",
    "choice",
    "heads by ONS estimate (ons) or the formula's own projection (dfe); needed per head, and only there",
    choices=("ons", "dfe"),
)
_WAY = ChangeParameter("pct", "pct", "how much of the way to go", 0.0, 100.0)

KINDS: Mapping[str, ChangeKind] = {
    kind.name: kind
    for kind in (
        ChangeKind(
            "uplift",
            "raise the block or a step of it by a percentage for everyone",
            (ChangeParameter("pct", "pct", "the rise; below 0 for a cut", -100.0, 1000.0), _TERM),
        ),
        ChangeKind(
            "gains_limit",
            "give back a share of what the gains limit took: from column A towards column G",
            (ChangeParameter("share_removed", "share", "1 removes the limit", 0.0, 1.0),),
        ),
        ChangeKind(
            "minimum_rate",
            "raise everyone below a rate to it, paid nationally or by those above it",
            (
                ChangeParameter("rate_gbp", "gbp", "the least per head, pupil or plan", 0.0, _MOST_GBP),
                ChangeParameter("pct_of_median", "pct", "the least, as a part of the published median", 0.0, 1000.0),
                ChangeParameter("pct_of_average", "pct", "the least, as a part of England's rate", 0.0, 1000.0),
                _TERM,
                _PER,
                _POPULATION,
                ChangeParameter("financed_by", "choice", "who pays", choices=("national", "rest")),
            ),
            one_of=("rate_gbp", "pct_of_median", "pct_of_average"),
        ),
        ChangeKind(
            "equal_rate",
            "move everyone part of the way to the same amount per head, pupil or plan; the sum is held",
            (_WAY, _TERM, _PER, _POPULATION),
        ),
        ChangeKind(
            "additional",
            "share the additional allocation in another way; the sum is held",
            (
                _WAY,
                ChangeParameter(
                    "per",
                    "choice",
                    "what it is shared by; flat_share is the formula before the gains limit",
                    choices=("flat_share", *PERS),
                ),
                _POPULATION,
            ),
        ),
        ChangeKind(
            "hold_total",
            "scale everyone alike so that the sum is the published one again",
            (_TERM,),
        ),
        ChangeKind(
            "funding_floor",
            "another least rise per head (needs factors)",
            (ChangeParameter("pct", "pct", "the least rise", 0.0, 100.0),),
            needs_factors=True,
        ),
        ChangeKind(
            "gains_limit_rate",
            "another largest rise per head (needs factors)",
            (ChangeParameter("pct", "pct", "the largest rise", 0.0, 1000.0),),
            needs_factors=True,
        ),
        ChangeKind(
            "proxy_share",
            "another part of the proxy pot for one proxy, the others in proportion (needs factors)",
            (
                ChangeParameter("proxy", "choice", "which", choices=tuple(PROXIES)),
                ChangeParameter("share", "share", "its part of the pot", 0.0, 1.0),
            ),
            needs_factors=True,
        ),
        ChangeKind(
            "historic_spend_share",
            "another part of 2017-18 spend in the formula (needs factors)",
            (ChangeParameter("share", "share", "the part that is paid", 0.0, 1.0),),
            needs_factors=True,
        ),
    )
}
