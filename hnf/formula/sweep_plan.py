"""Makes of a sweep file what can be computed: the block of its year, the sample, and the text that identifies both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hnf.errors import FormulaError
from hnf.formula.block_arrays import load_block_arrays
from hnf.formula.scenario import choose_year
from hnf.formula.sweep_files import SweepFile, check_count, check_seed
from hnf.formula.sweep_model import BlockModel
from hnf.formula.sweep_pieces import Sweep
from hnf.formula.sweep_samples import Sample
from hnf.release import __version__
from hnf.store import Store
from hnf.years import FinancialYear


def plan_sweep(
    store: Store,
    file: SweepFile,
    year: FinancialYear | None = None,
    *,
    scenarios: int | None = None,
    seed: int | None = None,
) -> Sweep:
    """Return what a sweep file computes for a year.

    Parameters
    ----------
    store : Store
    file : SweepFile
    year : FinancialYear, optional
        May be left out where the file is for one year only.
    scenarios, seed : int, optional
        In place of those of the file.

    Raises
    ------
    UsageError
        If the tables hold no allocation for the year.
    FormulaError
        If the file is not for the year, a number is out of range, or a change cannot be computed.
    """
    arrays = load_block_arrays(store, choose_year(file.scenario, year))
    model = BlockModel(arrays, file.scenario.changes, file.places)
    identity = repr((__version__, str(arrays.year), file.scenario.changes, file.places, sorted(store.hashes().items())))
    sweep = Sweep(model, file.parameters, _sample(file, scenarios, seed), file.index_base, identity)
    _try_ends(sweep, file.where)
    return sweep


def _sample(file: SweepFile, scenarios: int | None, seed: int | None) -> Sample:
    sample = file.sample
    if scenarios is not None:
        if sample.method == "grid":
            raise FormulaError(
                f"the grid of {file.where} has {sample.count:,} combinations, which --samples cannot change",
                where="--samples",
                todo="Leave it out, or use the method sobol.",
            )
        sample = replace(sample, count=check_count(scenarios, sample.method, "the number of scenarios", "--samples"))
    if seed is not None:
        sample = replace(sample, seed=check_seed(seed, "the seed", "--seed"))
    return sample


def _try_ends(sweep: Sweep, where: str) -> None:
    """Compute the scenarios with every parameter at its least and at its largest: what cannot work is said at once."""
    bounds = {parameter.name: np.array(parameter.bounds) for parameter in sweep.parameters}
    try:
        sweep.model.amounts(bounds, np.empty((2, len(sweep.model.la_codes))))
    except FormulaError as error:
        raise FormulaError(error.what, where=error.where or where, todo=error.todo) from error
