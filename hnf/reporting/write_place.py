"""Writes one pack of a batch, by itself, in whatever process the batch runs it."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

from hnf.analysis.ranking import rank_figure, rate_figure
from hnf.authorities import Authorities, Authority
from hnf.constituencies import constituencies
from hnf.figures import Figure
from hnf.reporting.content import Audience, Pack
from hnf.reporting.display import MISSING, print_cell
from hnf.reporting.pack import build_pack
from hnf.reporting.pack_files import linked_files, write_pack
from hnf.reporting.pack_summary import PackJob, PackSummary, SummaryFigure
from hnf.reporting.sections.shared import PER_WORDS
from hnf.reporting.subject import Subject, subject_of
from hnf.store import Store


def authority_jobs(store: Store) -> tuple[PackJob, ...]:
    """Return a job for every open authority, by name; one without an allocation gets a pack that says so.

    Where the names of two come to the same folder, each has its code behind it.
    """
    found = sorted(Authorities.of(store).by_code.values(), key=lambda authority: authority.name)
    there = [one for one in found if not one.closed]
    taken = Counter(one.slug for one in there)
    slugs = [one.slug if taken[one.slug] == 1 else f"{one.slug}-{one.la_code}" for one in there]
    return tuple(PackJob(one.la_code, slug, one.name) for one, slug in zip(there, slugs, strict=True))


def write_place(
    job: PackJob, data_folder: Path | None, audience: Audience, folder: Path, *, as_at: str | None = None
) -> PackSummary:
    """Write the pack of an authority.

    Parameters
    ----------
    job : PackJob
        Its key is the DfE code.
    data_folder : Path or None
        Tables of the user's; the shipped ones by default.
    audience : str
    folder : Path
        Of the pack.
    as_at : str, optional
        Edition, as `Store` takes it.

    Raises
    ------
    HnfError
        If the pack cannot be built or written.
    """
    store = _store(data_folder, as_at)
    pack = build_pack(store, job.key, audience)
    write_pack(store, pack, folder)
    return summary_of(store, pack, job)


@lru_cache(maxsize=2)
def _store(data_folder: Path | None, as_at: str | None) -> Store:
    return Store(data_folder, as_at)


def summary_of(store: Store, pack: Pack, job: PackJob) -> PackSummary:
    """Return what the index page says of a pack."""
    authority = Authorities.of(store)[job.key]
    return PackSummary(
        label=authority.name,
        folder=job.slug,
        region=authority.region_name,
        headline=pack.headline.text,
        code=authority.la_code,
        la_codes=(authority.la_code,),
        also=_also(store, authority),
        figures=_figures(subject_of(store, job.key)),
        files=linked_files(),
    )


def _also(store: Store, authority: Authority) -> tuple[str, ...]:
    touched = [found.name for found in constituencies(store) if authority.la_code in found.la_codes]
    return (authority.gss_code, *authority.former_gss_codes, *authority.aliases, *touched)


def _figures(subject: Subject) -> tuple[SummaryFigure, ...]:
    """Return rate, rank and growth of plans; what is missing is said to be, in the same columns for every authority."""
    store, code, year = subject.store, subject.authority.la_code, subject.year
    rate_column, rank_column = f"{PER_WORDS['head']}, {year} (£)", "Rank from the lowest"
    found = []
    if subject.spec and subject.spec.per == "head":
        found.append(_figure(rate_column, rate_figure(store, subject.spec, code), "rate"))
        found.append(_figure(rank_column, rank_figure(store, subject.spec, code), "rank"))
    else:
        found += [SummaryFigure(column, "", MISSING, None) for column in (rate_column, rank_column)]
    if subject.need:
        change = subject.need.area[subject.need.last_counted].figure()
        growth = f"Growth of EHC plans since {subject.need.dates[0]} (%)"
        found.append(_figure(growth, change, "pct"))
    return tuple(found)


def _figure(column: str, figure: Figure, kind: str) -> SummaryFigure:
    value = None if figure.value is None else float(figure.value)
    return SummaryFigure(column, figure.id, print_cell(figure.value, kind), value)  # type: ignore[arg-type]
