"""The pack of a region: its authorities side by side, and the region where figures for it are published.

Counts of EHC plans and amounts of the block are published for regions. Rates are those of the authorities: none is made
up for a region.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

from hnf.analysis.changes import first_january, plans_change
from hnf.analysis.ranking import rank_figure, rate_figure, universe_figure
from hnf.analysis.series_breaks import plans_in_words
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.plan_counts import region_plan_counts
from hnf.measures.published import ENGLAND, dsg_id, financial_years, published_figure
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.assemble import Draft
from hnf.reporting.content import Place, Section, Sentence
from hnf.reporting.sections.limits import limits_section
from hnf.reporting.sections.method import method_section
from hnf.reporting.sections.neighbours import side_by_side
from hnf.reporting.sections.region import region_need_chart
from hnf.reporting.sections.tile_map import tile_map_chart
from hnf.reporting.sentences import PER_PROSE, plain, say_moved
from hnf.reporting.subject import subject_of
from hnf.reporting.wording import Wording
from hnf.store import Store
from hnf.words import capital, fold_name, slug_of
from hnf.years import FinancialYear, January


def draft_region(store: Store, name: str) -> Draft:
    """Write the pack of a region.

    Parameters
    ----------
    store : Store
    name : str
        Name or ONS code.

    Returns
    -------
    Draft

    Raises
    ------
    UsageError
        If there is no such region.
    """
    code, region = find_region(store, name)
    year = financial_years(store)[-1]
    members = tuple(
        sorted(
            (a for a in Authorities.of(store).by_code.values() if a.region_code == code and not a.closed),
            key=lambda authority: authority.name,
        )
    )
    spec = RateSpec(year, "block", "head")
    funded = [member for member in members if member.la_code in rate_table(store, spec).values]
    prose = region_prose(region)
    first = subject_of(store, funded[0].la_code)
    need = _say_need(store, code, prose)
    table = side_by_side(store, spec, members, first.need, f"The authorities of {prose}")
    table = replace(table, id="authorities", highlight=None)
    chart = region_need_chart(store, code, prose)
    where = tile_map_chart(store, spec, tuple(member.la_code for member in members))
    sections = (
        Section("need", "Need", (need,), (chart,)),
        Section(
            "authorities",
            "Authority by authority",
            (plain(_NONE_AVERAGED),),
            (),
            (table,),
        ),
        Section("where", "On the map", charts=(where,)),
        limits_section(None, has_funding=True),
        method_section(first),
    )
    return Draft(
        slug=f"region-{slug_of(region, code)}",
        place=prose,
        places=tuple(Place(member.la_code, member.gss_code, member.prose) for member in members),
        title=f"High needs funding in {prose}",
        headline=_say_range(store, spec, funded, prose),
        key_sentences=(need, _say_block(store, code, prose, year), _say_ends(store, spec, funded, prose)),
        sections=sections,
    )


_NONE_AVERAGED = (
    "Each authority is shown with its own figures. No rate is worked out for the region: it would hide how far apart "
    "its authorities are."
)


def find_region(store: Store, text: str) -> tuple[str, str]:
    """Return the ONS code and the name of a region, found by either.

    Raises
    ------
    UsageError
        If there is no such region; names the nearest.
    """
    regions = Authorities.of(store).region_names
    known = {fold_name(name): code for code, name in regions.items()}
    wanted = fold_name(text.strip().removeprefix("the ").removeprefix("The "))
    code = known.get(wanted) or next((code for code in regions if code.casefold() == wanted), None)
    if code:
        return code, regions[code]
    near = difflib.get_close_matches(wanted, known, n=2, cutoff=0.5)
    names = [regions[known[key]] for key in near] or sorted(regions.values())
    raise UsageError(
        f"no region is called '{text.strip()[:60]}'",
        where="--region",
        todo=f"Did you mean {' or '.join(names)}?" if near else f"Regions are {', '.join(names)}.",
    )


def region_prose(name: str) -> str:
    """Return the name of a region as prose takes it: "the South East", "London"."""
    return name if name in ("London", "Yorkshire and The Humber") else f"the {name}"


def _say_need(store: Store, code: str, prose: str) -> Sentence:
    """Kind 1, on the latest January for which the region's count is published."""
    latest = max(january for january, counts in region_plan_counts(store).items() if code in counts)
    dates = (first_january(store), January(latest))
    here, england = plans_change(store, code, dates), plans_change(store, ENGLAND, dates)
    say = Wording()
    text = (
        f"The number of children and young people with an EHC plan or statement in {prose} {say_moved(say, here)} from "
        f"January {dates[0]} to January {dates[1]}, from {say.count(here.start)} to {say.count(here.end)}. In England "
        f"it {say_moved(say, england)}."
    )
    basis = f"{plans_in_words()}, ages 0 to 25, as published for the region; SEN2 return."
    return say.sentence(text, basis, 1)


def _say_block(store: Store, code: str, prose: str, year: FinancialYear) -> Sentence:
    """Kind 5 of one year: what the region was allocated, as published."""
    say = Wording()
    block, _ = published_figure(store, dsg_id(store, year, code, "total_before_deductions"))
    england, _ = published_figure(store, dsg_id(store, year, ENGLAND, "total_before_deductions"))
    text = (
        f"In {year} the high needs block of the authorities of {prose} was {say.pounds(block)}, of "
        f"{say.pounds(england)} in England."
    )
    basis = "High needs block before deductions, as DfE's table prints it for the region."
    return say.sentence(text, basis, 5)


def _ends(store: Store, spec: RateSpec, members: list[Authority]) -> tuple[Authority, Authority]:
    values = rate_table(store, spec).values
    ranked = sorted(members, key=lambda member: values[member.la_code])
    return ranked[0], ranked[-1]


def _say_range(store: Store, spec: RateSpec, members: list[Authority], prose: str) -> Sentence:
    low, high = _ends(store, spec, members)
    say = Wording()
    text = (
        f"High needs funding {PER_PROSE[spec.per]} in {prose} ranged from "
        f"{say.rate(rate_figure(store, spec, low.la_code))} in {low.prose} to "
        f"{say.rate(rate_figure(store, spec, high.la_code))} in {high.prose} in {spec.year}; England's rate was "
        f"{say.rate(rate_figure(store, spec, ENGLAND))}"
    )
    return say.sentence(text, f"{capital(spec.in_words)}.", 3)


def _say_ends(store: Store, spec: RateSpec, members: list[Authority], prose: str) -> Sentence:
    """Kind 2: where the lowest and the highest of the region stand among all."""
    low, high = _ends(store, spec, members)
    universe = len(rate_table(store, spec).values)
    say = Wording()
    text = (
        f"Of the authorities of {prose}, {low.prose} was the "
        f"{say.rank(rank_figure(store, spec, low.la_code), universe)} and {high.prose} the "
        f"{say.rank(rank_figure(store, spec, high.la_code), universe)} of "
        f"{say.count(universe_figure(store, spec))} authorities in England in {spec.year}."
    )
    return say.sentence(text, f"{capital(spec.in_words)}.", 2)
