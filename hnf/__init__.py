"""England's high needs funding: load, recompute, rank, explain, brief.

The public names, each imported when it is first used, so that `hnf --help` need not load what it does not use:

>>> import hnf
>>> spec = hnf.RateSpec(hnf.FinancialYear.parse("2023-24"), "nff", "pupil")
>>> hnf.rank(hnf.Store(), spec).to_polars().head(3)  # doctest: +SKIP
"""

from hnf.release import __version__

TYPE_CHECKING = False  # importing it from typing would take longer than the help text
if TYPE_CHECKING:
    from hnf.analysis.allocate import allocate, allocate_by_factors
    from hnf.analysis.association import association
    from hnf.analysis.bounds import bounds
    from hnf.analysis.catch_up import catch_up
    from hnf.analysis.compare import compare
    from hnf.analysis.editions import diff
    from hnf.analysis.explain import explain
    from hnf.analysis.funding_against_need import wedge
    from hnf.analysis.gaps import gap
    from hnf.analysis.inequality import inequality
    from hnf.analysis.measure_growth import measure_growth
    from hnf.analysis.need import need
    from hnf.analysis.projection import project
    from hnf.analysis.protection import protection
    from hnf.analysis.rank import rank
    from hnf.analysis.rank_card import rank_card
    from hnf.analysis.real_change import growth
    from hnf.analysis.reconcile import reconcile
    from hnf.analysis.reported import reported
    from hnf.analysis.spending import spending
    from hnf.analysis.table import table
    from hnf.analysis.trace import trace
    from hnf.claims.check import check_claim, check_text
    from hnf.claims.claim import shipped_claims
    from hnf.errors import HnfError
    from hnf.explore.page import explorer
    from hnf.export.export import export_data
    from hnf.formula.parameters import parameters
    from hnf.measures.rates import MeasureSpec, RateSpec
    from hnf.measures.shares import measure_spec
    from hnf.packs.answer_charts import figure_of, map_chart
    from hnf.packs.build import build_constituency_pack, build_pack, build_region_pack
    from hnf.packs.scenario_chart import winners_losers_chart
    from hnf.packs.write import write_pack
    from hnf.paths import data_folder
    from hnf.scenarios.files import find_scenarios, read_scenario
    from hnf.scenarios.run import by_constituency, by_region, run_scenario
    from hnf.scenarios.sweep_run import sweep
    from hnf.tables.authorities import Authorities
    from hnf.tables.store import Store
    from hnf.years import FinancialYear, January

_HOMES = {
    "Authorities": "hnf.tables.authorities",
    "FinancialYear": "hnf.years",
    "HnfError": "hnf.errors",
    "January": "hnf.years",
    "MeasureSpec": "hnf.measures.rates",
    "RateSpec": "hnf.measures.rates",
    "Store": "hnf.tables.store",
    "allocate": "hnf.analysis.allocate",
    "allocate_by_factors": "hnf.analysis.allocate",
    "association": "hnf.analysis.association",
    "bounds": "hnf.analysis.bounds",
    "build_constituency_pack": "hnf.packs.build",
    "build_pack": "hnf.packs.build",
    "build_region_pack": "hnf.packs.build",
    "by_constituency": "hnf.scenarios.run",
    "by_region": "hnf.scenarios.run",
    "catch_up": "hnf.analysis.catch_up",
    "check_claim": "hnf.claims.check",
    "check_text": "hnf.claims.check",
    "compare": "hnf.analysis.compare",
    "data_folder": "hnf.paths",
    "diff": "hnf.analysis.editions",
    "explain": "hnf.analysis.explain",
    "explorer": "hnf.explore.page",
    "export_data": "hnf.export.export",
    "figure_of": "hnf.packs.answer_charts",
    "find_scenarios": "hnf.scenarios.files",
    "gap": "hnf.analysis.gaps",
    "growth": "hnf.analysis.real_change",
    "inequality": "hnf.analysis.inequality",
    "map_chart": "hnf.packs.answer_charts",
    "measure_growth": "hnf.analysis.measure_growth",
    "measure_spec": "hnf.measures.shares",
    "need": "hnf.analysis.need",
    "parameters": "hnf.formula.parameters",
    "project": "hnf.analysis.projection",
    "protection": "hnf.analysis.protection",
    "rank": "hnf.analysis.rank",
    "rank_card": "hnf.analysis.rank_card",
    "read_scenario": "hnf.scenarios.files",
    "reconcile": "hnf.analysis.reconcile",
    "reported": "hnf.analysis.reported",
    "run_scenario": "hnf.scenarios.run",
    "shipped_claims": "hnf.claims.claim",
    "spending": "hnf.analysis.spending",
    "sweep": "hnf.scenarios.sweep_run",
    "table": "hnf.analysis.table",
    "trace": "hnf.analysis.trace",
    "wedge": "hnf.analysis.funding_against_need",
    "winners_losers_chart": "hnf.packs.scenario_chart",
    "write_pack": "hnf.packs.write",
}

__all__ = [
    "Authorities",
    "FinancialYear",
    "HnfError",
    "January",
    "MeasureSpec",
    "RateSpec",
    "Store",
    "__version__",
    "allocate",
    "allocate_by_factors",
    "association",
    "bounds",
    "build_constituency_pack",
    "build_pack",
    "build_region_pack",
    "by_constituency",
    "by_region",
    "catch_up",
    "check_claim",
    "check_text",
    "compare",
    "data_folder",
    "diff",
    "explain",
    "explorer",
    "export_data",
    "figure_of",
    "find_scenarios",
    "gap",
    "growth",
    "inequality",
    "map_chart",
    "measure_growth",
    "measure_spec",
    "need",
    "parameters",
    "project",
    "protection",
    "rank",
    "rank_card",
    "read_scenario",
    "reconcile",
    "reported",
    "run_scenario",
    "shipped_claims",
    "spending",
    "sweep",
    "table",
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
