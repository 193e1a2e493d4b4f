"""Builds a briefing pack and writes it as one folder: page, workbook, charts and manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from hnf.analysis.allocation import no_allocation
from hnf.analysis.series import FundingSeries, NeedSeries, funding_series, need_series
from hnf.analysis.trace import resolve, sources_of
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.figures import Figure
from hnf.folders import replace_folder
from hnf.measures.published import block_frame, financial_years
from hnf.measures.rates import RateSpec, rate_table
from hnf.release import __version__
from hnf.reporting.content import Chart, Pack, Place, Section, Sentence, Table
from hnf.reporting.display import print_figure
from hnf.reporting.glossary import GLOSSARY, LICENCE_LINE
from hnf.reporting.sections.funding import funding_section, no_allocation_section
from hnf.reporting.sections.gaps import gap_section
from hnf.reporting.sections.limits import limits_section
from hnf.reporting.sections.make_up import make_up_section
from hnf.reporting.sections.need import need_section
from hnf.reporting.sections.rank import rank_section
from hnf.reporting.sentences import say_funding, say_gap, say_headline, say_need, say_rank
from hnf.reporting.wording import within
from hnf.store import Store
from hnf.years import FinancialYear

MANIFEST = "manifest.json"
PAGE = "index.html"
WORKBOOK = "workbook.xlsx"
_LIBRARIES = ("polars", "matplotlib", "gptables", "afcharts", "jinja2")


def build_pack(store: Store, who: str) -> Pack:
    """Build the content of the pack of one authority.

    Parameters
    ----------
    store : Store
    who : str
        Authority, as `Authorities.find` takes it.

    Returns
    -------
    Pack
        Of the latest year with an allocation; an authority that never had one gets a pack that says so.

    Raises
    ------
    UsageError
        If the authority is unknown or closed.
    """
    authority = Authorities.of(store).find(who)
    year = financial_years(store)[-1]
    if authority.closed:
        raise UsageError(no_allocation(store, authority, year))
    need = _need(store, authority)
    spec = _basis(store, authority, year)
    funding = _funding(store, authority) if spec else None
    sections: list[Section] = [need_section(need)] if need else []
    key: list[Sentence] = [say_need(need)] if need else []
    if spec:
        key.append(say_rank(store, authority, spec))
        key.append(say_gap(store, authority, spec))
        if funding:
            key.append(say_funding(funding))
            sections.append(funding_section(funding))
        sections += [
            rank_section(store, authority, spec),
            gap_section(store, authority, spec),
            make_up_section(store, authority, spec),
        ]
    else:
        sections.append(no_allocation_section(no_allocation(store, authority, year)))
    sections.append(limits_section(need, has_funding=spec is not None))
    return Pack(
        slug=authority.slug,
        place=authority.prose,
        places=(Place(authority.la_code, authority.gss_code, authority.prose),),
        title=f"High needs funding {within(authority.prose)}",
        subtitle=f"Data edition {store.edition}",
        audience="analyst",
        headline=say_headline(store, need, authority, spec),
        key_sentences=tuple(key),
        sections=tuple(sections),
        glossary=GLOSSARY,
        sources=_sources(store, sections, key),
        data_edition=store.edition,
        licence=LICENCE_LINE,
    )


def write_pack(store: Store, pack: Pack, folder: Path, progress: Callable[[str], None] = lambda _: None) -> list[str]:
    """Render a pack and put its folder in place.

    Parameters
    ----------
    store : Store
    pack : Pack
    folder : Path
        Replaced as a whole if it holds a pack; refused if it holds anything else.
    progress : callable
        Told the name of each file as it is rendered.

    Returns
    -------
    list of str
        Paths of the files relative to the folder.

    Raises
    ------
    UsageError
        If the folder exists and is not a pack.
    TableError
        If it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file())):
        raise UsageError(
            "the folder holds other files, which writing a pack would remove",
            where=str(folder),
            todo="Name another folder with --out.",
        )
    files = render_pack(pack, progress)
    files[MANIFEST] = _manifest(store, pack, files)
    replace_folder(folder, files)
    return sorted(files)


def render_pack(pack: Pack, progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Return the files of a pack but for its manifest, by path."""
    from hnf.reporting.charts import render
    from hnf.reporting.html import render_html
    from hnf.reporting.workbook import render_workbook

    files: dict[str, bytes] = {}
    for chart in pack_charts(pack):
        progress(f"charts/{chart.id}")
        for kind, content in render(chart).items():
            files[f"charts/{chart.id}.{kind}"] = content
    progress(PAGE)
    files[PAGE] = render_html(pack).encode()
    progress(WORKBOOK)
    files[WORKBOOK] = render_workbook(pack)
    return files


def pack_charts(pack: Pack) -> tuple[Chart, ...]:
    """Return the charts of a pack in order."""
    return tuple(chart for section in pack.sections for chart in section.charts)


def pack_tables(pack: Pack) -> tuple[Table, ...]:
    """Return the tables of a pack in order, those behind charts included."""
    tables: list[Table] = []
    for section in pack.sections:
        tables += [chart.data for chart in section.charts]
        tables += section.tables
    return tuple(tables)


def _need(store: Store, authority: Authority) -> NeedSeries | None:
    try:
        return need_series(store, authority)
    except UsageError:
        return None


def _funding(store: Store, authority: Authority) -> FundingSeries | None:
    try:
        return funding_series(store, authority)
    except UsageError:
        return None


def _basis(store: Store, authority: Authority, year: FinancialYear) -> RateSpec | None:
    """Return the basis of the rates: per head, per pupil where there is no population, None without funding."""
    if authority.la_code not in block_frame(store, year)["area"].to_list():
        return None
    spec = RateSpec(year, "block", "head")
    return spec if authority.la_code in rate_table(store, spec).values else RateSpec(year, "block", "pupil")


def _sources(store: Store, sections: list[Section], key: list[Sentence]) -> tuple[dict[str, str], ...]:
    """Return the catalogue entries of every cell that the figures of the pack rest on."""
    ids = {figure.id for sentence in key for figure in sentence.figures}
    for section in sections:
        ids |= {figure.id for sentence in (*section.paragraphs, *section.bullets) for figure in sentence.figures}
        tables = (*(chart.data for chart in section.charts), *section.tables)
        ids |= {id_ for table in tables for row in table.figure_ids for id_ in row if id_}
    return tuple(
        {
            "id": source.id,
            "publisher": source.publisher,
            "title": source.title,
            "page": source.page,
            "published": source.published,
            "licence": source.licence,
            "sha256": source.sha256,
        }
        for source in sources_of(store, sorted(ids))
    )


def _manifest(store: Store, pack: Pack, files: dict[str, bytes]) -> bytes:
    figures = pack.figures()
    in_tables = dict.fromkeys(
        id_ for table in pack_tables(pack) for row in table.figure_ids for id_ in row if id_ is not None
    )
    known = {figure.id for figure in figures}
    more = [resolve(store, id_) for id_ in in_tables if id_ not in known]
    manifest: dict[str, Any] = {
        "title": pack.title,
        "places": [asdict(place) for place in pack.places],
        "audience": pack.audience,
        "data_edition": pack.data_edition,
        "tables": store.hashes(),
        "sources": list(pack.sources),
        "versions": {"hnf": __version__, **{name: metadata.version(name) for name in _LIBRARIES}},
        "sentences": [_sentence(sentence) for sentence in _sentences(pack)],
        "figures": [_figure(figure) for figure in (*figures, *more)],
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        },
    }
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def _sentences(pack: Pack) -> list[Sentence]:
    sentences = [pack.headline, *pack.key_sentences]
    for section in pack.sections:
        sentences += [*section.paragraphs, *section.bullets]
    return list(dict.fromkeys(sentences))


def _sentence(sentence: Sentence) -> dict[str, Any]:
    figures = [
        {"id": figure.id, "printed": printed}
        for figure, printed in zip(sentence.figures, sentence.printed, strict=True)
    ]
    return {
        "text": sentence.text,
        "kind": sentence.kind,
        "basis": sentence.basis,
        "main": sentence.main or None,
        "figures": figures,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id,
        "label": figure.label,
        "value": figure.value,
        "unit": figure.unit,
        "printed": print_figure(figure),
        "basis": figure.basis,
        "derivation": figure.derivation or None,
        "status": figure.status or None,
        "inputs": list(figure.inputs),
    }
