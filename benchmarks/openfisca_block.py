"""The high needs block of a year in openfisca-core: `python openfisca_block.py INPUT.npz OUTPUT.npz`.

Needs openfisca-core and numpy and nothing of hnf, so that it can run in an environment of its own. Each published step
is a variable, each of its uplifts a parameter in per cent. Two ways through the scenarios:

`parameters`
    As openfisca is meant: parameters change, a simulation of all authorities is computed, scenario after scenario. The
    tax and benefit system is built once and only the changed values are set, which is quicker than a reform each.
`population`
    Every pair of scenario and authority is a person of one large simulation, and the uplifts are variables.

INPUT holds `terms` (names), `columns` (terms, n) in pounds or pupils and `uplifts_pct` (scenarios, 5) in the order of
`STEPS`. OUTPUT gets `steps_gbp` (scenarios, steps, n), `total_gbp` (scenarios, n) and `seconds` (runs).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from openfisca_core import entities, parameters, periods, taxbenefitsystems
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.variables import Variable

YEAR = "2023"
#: The steps of the block, and the columns of the sheet that each multiplies.
STEPS = {
    "nff_in_protection": ("nff_in_protection",),
    "basic_entitlement": ("basic_entitlement_rate", "basic_entitlement_pupils"),
    "import_export": ("import_export",),
    "special_free_schools": ("special_free_schools",),
    "hospital_ap": ("hospital_ap",),
    "additional": ("additional",),
}
AUTHORITY = entities.build_entity(key="authority", plural="authorities", label="Local authority", is_person=True)


def _input(name: str) -> type[Variable]:
    return type(
        name,
        (Variable,),
        {"value_type": float, "entity": AUTHORITY, "definition_period": periods.DateUnit.YEAR, "label": name},
    )


def _step(name: str, columns: tuple[str, ...], *, by_variable: bool) -> type[Variable]:
    def formula(authority, period, parameters):
        amount = authority(columns[0], period)
        for column in columns[1:]:
            amount = amount * authority(column, period)
        pct = authority(f"{name}_pct", period) if by_variable else getattr(parameters(period).uplift_pct, name)
        return amount * (1 + pct / 100)

    class_ = _input(f"{name}_gbp")
    class_.formula = formula
    return class_


def _total() -> type[Variable]:
    def formula(authority, period):
        return sum(authority(f"{name}_gbp", period) for name in STEPS)

    class_ = _input("total_gbp")
    class_.formula = formula
    return class_


def build_system(*, by_variable: bool) -> taxbenefitsystems.TaxBenefitSystem:
    """Return the tax and benefit system of the block."""
    system = taxbenefitsystems.TaxBenefitSystem([AUTHORITY])
    uplifts = {name: {"values": {f"{YEAR}-01-01": {"value": 0.0}}} for name in STEPS}
    system.parameters = parameters.ParameterNode("", data={"uplift_pct": uplifts})
    for column in sorted({column for columns in STEPS.values() for column in columns}):
        system.add_variable(_input(column))
    for name, columns in STEPS.items():
        if by_variable:
            system.add_variable(_input(f"{name}_pct"))
        system.add_variable(_step(name, columns, by_variable=by_variable))
    system.add_variable(_total())
    return system


def by_parameters(columns: dict[str, np.ndarray], uplifts_pct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute one scenario after another."""
    system = build_system(by_variable=False)
    size = len(next(iter(columns.values())))
    steps = np.empty((len(uplifts_pct), len(STEPS), size))
    totals = np.empty((len(uplifts_pct), size))
    for scenario, uplifts in enumerate(uplifts_pct):
        for name, pct in zip(STEPS, uplifts, strict=True):
            getattr(system.parameters.uplift_pct, name).update(period=periods.period(YEAR), value=float(pct))
        system.get_parameters_at_instant.cache_clear()
        simulation = SimulationBuilder().build_default_simulation(system, size)
        for name, values in columns.items():
            simulation.set_input(name, YEAR, values)
        totals[scenario] = simulation.calculate("total_gbp", YEAR)
        for place, name in enumerate(STEPS):
            steps[scenario, place] = simulation.calculate(f"{name}_gbp", YEAR)
    return steps, totals


def by_population(columns: dict[str, np.ndarray], uplifts_pct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute all scenarios as one population."""
    system = build_system(by_variable=True)
    size, scenarios = len(next(iter(columns.values()))), len(uplifts_pct)
    simulation = SimulationBuilder().build_default_simulation(system, size * scenarios)
    for name, values in columns.items():
        simulation.set_input(name, YEAR, np.tile(values, scenarios))
    for place, name in enumerate(STEPS):
        simulation.set_input(f"{name}_pct", YEAR, np.repeat(uplifts_pct[:, place], size))
    totals = simulation.calculate("total_gbp", YEAR).reshape(scenarios, size)
    steps = [simulation.calculate(f"{name}_gbp", YEAR).reshape(scenarios, size) for name in STEPS]
    return np.stack(steps, axis=1), totals


def main() -> None:
    """Read the input, compute it so many times, write results and seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--way", choices=("parameters", "population"), default="parameters")
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    with np.load(arguments.input) as given:
        columns = dict(zip(given["terms"].tolist(), given["columns"], strict=True))
        uplifts = given["uplifts_pct"]
    compute = by_parameters if arguments.way == "parameters" else by_population
    compute(columns, uplifts[:2])
    seconds = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        steps, totals = compute(columns, uplifts)
        seconds.append(time.perf_counter() - start)
    np.savez(arguments.output, steps_gbp=steps, total_gbp=totals, seconds=np.array(seconds))


if __name__ == "__main__":
    main()
