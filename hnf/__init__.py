"""England's high needs funding: load, recompute, rank, explain, brief.

The public names, each imported when it is first used, so that `hnf --help` need not load what it does not use:

>>> import hnf
>>> spec = hnf.RateSpec(hnf.FinancialYear.parse("2023-24"), "nff", "pupil")
>>> hnf.rank(hnf.Store(), spec).to_polars().head(3)  # doctest: +SKIP
"""

from hnf.release import __version__

TYPE_CHECKING = False  # importing it from typing would take longer than the help text
if TYPE_CHECKING:
    from hnf.analysis.allocation import allocate
    from hnf.analysis.catch_up import catch_up
    from hnf.analysis.claims import check_claim, check_text, shipped_claims
    from hnf.analysis.comparators import compare
    from hnf.analysis.explain import explain
    from hnf.analysis.gaps import gap
    from hnf.analysis.growth import growth
    from hnf.analysis.protection import protection
    from hnf.analysis.rank_card import rank_card
    from hnf.analysis.ranking import rank
    from hnf.analysis.reconcile import reconcile
    from hnf.analysis.trace import trace
    from hnf.analysis.wedge import wedge
    from hnf.authorities import Authorities
    from hnf.errors import HnfError
    from hnf.formula.scenario import run_scenario
    from hnf.formula.scenario_files import find_scenarios, read_scenario
    from hnf.measures.rates import RateSpec
    from hnf.reporting.pack import build_constituency_pack, build_pack, build_region_pack
    from hnf.reporting.pack_files import write_pack
    from hnf.reporting.scenario_chart import winners_losers_chart
    from hnf.store import Store
    from hnf.years import FinancialYear, January

_HOMES = {
    "Authorities": "hnf.authorities",
    "FinancialYear": "hnf.years",
    "HnfError": "hnf.errors",
    "January": "hnf.years",
    "RateSpec": "hnf.measures.rates",
    "Store": "hnf.store",
    "allocate": "hnf.analysis.allocation",
    "build_constituency_pack": "hnf.reporting.pack",
    "build_pack": "hnf.reporting.pack",
    "build_region_pack": "hnf.reporting.pack",
    "catch_up": "hnf.analysis.catch_up",
    "check_claim": "hnf.analysis.claims",
    "check_text": "hnf.analysis.claims",
    "compare": "hnf.analysis.comparators",
    "explain": "hnf.analysis.explain",
    "find_scenarios": "hnf.formula.scenario_files",
    "gap": "hnf.analysis.gaps",
    "growth": "hnf.analysis.growth",
    "protection": "hnf.analysis.protection",
    "rank": "hnf.analysis.ranking",
    "rank_card": "hnf.analysis.rank_card",
    "read_scenario": "hnf.formula.scenario_files",
    "reconcile": "hnf.analysis.reconcile",
    "run_scenario": "hnf.formula.scenario",
    "shipped_claims": "hnf.analysis.claims",
    "trace": "hnf.analysis.trace",
    "wedge": "hnf.analysis.wedge",
    "winners_losers_chart": "hnf.reporting.scenario_chart",
    "write_pack": "hnf.reporting.pack_files",
}

__all__ = [
    "Authorities",
    "FinancialYear",
    "HnfError",
    "January",
    "RateSpec",
    "Store",
    "__version__",
    "allocate",
    "build_constituency_pack",
    "build_pack",
    "build_region_pack",
    "catch_up",
    "check_claim",
    "check_text",
    "compare",
    "explain",
    "find_scenarios",
    "gap",
    "growth",
    "protection",
    "rank",
    "rank_card",
    "read_scenario",
    "reconcile",
    "run_scenario",
    "shipped_claims",
    "trace",
    "wedge",
    "winners_losers_chart",
    "write_pack",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hnf' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
