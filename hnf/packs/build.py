"""Builds briefing packs: of an authority, of a constituency, of a region.

Funding is decided, and plans are counted, for whole authorities: nothing is worked out for a constituency, and nothing
is averaged over its authorities. Counts and amounts are published for regions; no rate is made up for one.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

from hnf.analysis.growth import first_january, plans_change
from hnf.analysis.rank import other_population, rank_figure, universe_figure
from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import plans_in_words
from hnf.measures.published import ENGLAND, dsg_id, financial_years, published_figure, region_plan_counts
from hnf.measures.rates import RateSpec, rate_figure, rate_table
from hnf.packs.content import Audience, Pack, Place, Section, Sentence, Table, Wording, within
from hnf.packs.sections.funding import (
    breakdown_section,
    funding_section,
    gap_section,
    no_allocation_section,
    why_section,
)
from hnf.packs.sections.limits import limits_section, method_section, questions_section, revisions_section
from hnf.packs.sections.need import joint_need_chart, need_section, placements_section, region_need_chart
from hnf.packs.sections.rank import neighbour_section, rank_section, side_by_side
from hnf.packs.sections.spending import spending_section
from hnf.packs.sections.tile_map import tile_map_chart
from hnf.packs.sections.worksheets import block_worksheets
from hnf.packs.sentences import (
    PER_PROSE,
    also_ranked,
    joint_basis,
    joint_headline,
    joint_key_sentences,
    key_sentences,
    plain,
    say_headline,
    say_moved,
    say_other,
)
from hnf.packs.subject import AUDIENCE_WORDS, Draft, Subject, assemble, subject_of
from hnf.tables.authorities import Authorities, Authority, Constituency, find_constituency, region_prose
from hnf.tables.store import Store
from hnf.text import capital, fold_name, join_words, slug_of
from hnf.years import FinancialYear, January, month_in_words


def draft_authority(subject: Subject) -> Draft:
    """Write the pack of an authority; one without an allocation gets a pack that says so in its place."""
    authority = subject.authority
    return Draft(
        slug=authority.slug,
        place=authority.prose,
        places=(place_of(subject),),
        title=f"High needs funding {within(authority.prose)}",
        headline=say_headline(subject.store, subject.need, authority, subject.spec),
        as_at=plain(f"Data edition {subject.store.edition}."),
        numbers=(),
        sections=authority_sections(subject),
        worksheets=block_worksheets(subject.store, authority),
    )


def authority_sections(subject: Subject) -> tuple[Section, ...]:
    """Return every section on an authority, in the order of a pack."""
    store, authority, spec = subject.store, subject.authority, subject.spec
    sections = [need_section(store, authority, subject.need)] if subject.need else []
    if placements := placements_section(store, authority):
        sections.append(placements)
    if spec is None:
        sections.append(no_allocation_section(subject.no_allocation))
    else:
        if subject.funding:
            sections.append(funding_section(store, authority, subject.funding))
        sections += [
            rank_section(store, authority, spec),
            why_section(subject),
            breakdown_section(store, authority, spec),
            gap_section(store, authority, spec),
            neighbour_section(subject),
        ]
        other = say_other(store, other_population(store, spec, authority.la_code))
        sections.append(Section("map", "On the map", other, (tile_map_chart(store, spec, (authority.la_code,)),)))
    if spending := spending_section(store, authority):
        sections.append(spending)
    sections += [
        revisions_section(subject),
        limits_section(subject.need, has_funding=spec is not None),
        questions_section(subject),
        method_section(subject),
    ]
    return tuple(sections)


def place_of(subject: Subject) -> Place:
    """Return how a pack names the authority."""
    authority = subject.authority
    return Place(authority.la_code, authority.gss_code, authority.prose)


#: Sections of each authority whose sentences and charts are side by side in the joint part.
_SHARED = {
    "placements": "Where children with plans are placed",
    **{"rank": "Where each ranks", "why": "Why each gets what it gets", "gaps": "What other rates would mean"},
}
_BULLETS = {"limits": "What this does not show", "questions": "Questions to ask a minister"}


def draft_constituency(store: Store, name: str) -> Draft:
    """Write the pack of a constituency, by name or ONS code."""
    found = find_constituency(store, name)
    subjects = tuple(subject_of(store, code) for code in found.la_codes)
    if len(subjects) == 1:
        draft = draft_authority(subjects[0])
        about = Section("about", f"The {found.name} constituency", (plain(_lies_in(found, subjects)),))
        return replace(
            draft,
            slug=found.slug,
            place=f"the {found.name} constituency",
            title=f"High needs funding {within(subjects[0].authority.prose)}: the {found.name} constituency",
            sections=(about, *draft.sections),
            reader=_reader(found),
        )
    specs = [subject.spec for subject in subjects if subject.spec]
    spec = min(specs, key=lambda one: one.per == "head") if specs else None
    return Draft(
        slug=found.slug,
        place=f"the {found.name} constituency",
        places=tuple(place_of(subject) for subject in subjects),
        title=f"High needs funding in the {found.name} constituency",
        headline=joint_headline(found.name, subjects, spec),
        as_at=plain(f"Data edition {store.edition}."),
        numbers=(),
        sections=_joint_sections(store, found, subjects, spec),
        worksheets=tuple(sheet for subject in subjects for sheet in block_worksheets(store, subject.authority)[:1]),
        reader=_reader(found),
    )


def _reader(found: Constituency) -> str:
    member = f"{found.mp_name} ({found.party})" if found.mp_name else "the member of Parliament (seat vacant)"
    return f"Briefing for {member}, member for {found.name} on the list of {month_in_words(found.as_at)}"


def _lies_in(found: Constituency, subjects: tuple[Subject, ...]) -> str:
    names = join_words([subject.authority.prose for subject in subjects])
    if len(subjects) == 1:
        return (
            f"{found.name} lies in {names}. Funding is decided and need is counted for the whole authority: every "
            "figure here is that of the authority, not of the constituency."
        )
    return (
        f"{found.name} touches {names}. Funding is decided and need is counted for whole authorities: every figure "
        "here is that of one authority, side by side with the others, and none is an average of them."
    )


def _joint_sections(
    store: Store, found: Constituency, subjects: tuple[Subject, ...], spec: RateSpec | None
) -> tuple[Section, ...]:
    own = {subject.authority.la_code: authority_sections(subject) for subject in subjects}
    authorities = tuple(subject.authority for subject in subjects)
    about = Section("about", f"The {found.name} constituency", (plain(_lies_in(found, subjects)),))
    sections = [about]
    if spec:
        table = side_by_side(
            store, spec, authorities, subjects[0].need, f"The authorities of {found.name} side by side"
        )
        sections[0] = replace(about, tables=(replace(table, id="side_by_side", highlight=None),))
    if chart := joint_need_chart(subjects):
        sections.append(Section("need", "Need against England", charts=(chart,)))
    for id_, title in _SHARED.items():
        parts = [_marked(section, code) for code, each in own.items() for section in each if section.id == id_]
        sections.append(
            Section(
                f"{id_}_each",
                title,
                tuple(sentence for part in parts for sentence in part.paragraphs[:1]),
                tuple(chart for part in parts for chart in part.charts[:1]),
                tuple(_head(table) for part in parts for table in part.tables if id_ == "gaps"),
            )
        )
    for id_, title in _BULLETS.items():
        lists = [section.bullets for each in own.values() for section in each if section.id == id_]
        sections.append(Section(id_, title, bullets=_in_turn(lists)))
    sections.append(method_section(subjects[0]))
    for subject in subjects:
        sections += _own_part(subject, own[subject.authority.la_code])
    return tuple(part for part in sections if part.paragraphs or part.charts or part.tables or part.bullets)


def _own_part(subject: Subject, sections: tuple[Section, ...]) -> list[Section]:
    """Return the sections of one authority but for what the joint part shows."""
    name, code = capital(subject.authority.prose), subject.authority.la_code
    found = []
    for section in sections:
        if section.id in _BULLETS or section.id == "method":
            continue
        shared = 1 if section.id in _SHARED else 0
        rest = replace(section, paragraphs=section.paragraphs[shared:], charts=section.charts[shared:])
        title = f"{name}: {section.title[0].lower()}{section.title[1:]}"
        found.append(replace(_marked(rest, code), title=title))
    return found


def _marked(section: Section, la_code: str) -> Section:
    """Give a section and what is in it other ids, so that two authorities can share a pack."""

    def mark(table: Table) -> Table:
        return replace(table, id=f"{table.id}_{la_code}")

    charts = tuple(replace(chart, id=f"{chart.id}_{la_code}", data=mark(chart.data)) for chart in section.charts)
    return replace(section, id=f"{section.id}_{la_code}", charts=charts, tables=tuple(map(mark, section.tables)))


def _head(table: Table) -> Table:
    """Keep the comparisons per head alone: two authorities' tables are under each other."""
    kept = [place for place, row in enumerate(table.rows) if str(row[0]).startswith("Per head")]
    return replace(
        table,
        id=table.id.replace("gaps_", "gaps_head_"),
        rows=tuple(table.rows[place] for place in kept),
        figure_ids=tuple(table.figure_ids[place] for place in kept),
    )


def _in_turn(lists: list[tuple[Sentence, ...]]) -> tuple[Sentence, ...]:
    """Take the first of each list, then the second of each, each once."""
    longest = max((len(found) for found in lists), default=0)
    return tuple(dict.fromkeys(found[n] for n in range(longest) for found in lists if n < len(found)))


def draft_region(store: Store, name: str) -> Draft:
    """Write the pack of a region, by name or ONS code."""
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
        Section("authorities", "Authority by authority", (plain(_NONE_AVERAGED),), (), (table,)),
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
        as_at=plain(f"Data edition {store.edition}."),
        numbers=(),
        sections=sections,
    )


_NONE_AVERAGED = (
    "Each authority is shown with its own figures. No rate is worked out for the region: it would hide how far apart "
    "its authorities are."
)


def find_region(store: Store, text: str) -> tuple[str, str]:
    """Return the ONS code and the name of a region, found by either; an error names the nearest."""
    regions = Authorities.of(store).region_names
    known = {fold_name(name): code for code, name in regions.items()}
    text = str(text)
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
        f"{say.rate(rate_figure(store, spec, low.la_code))} in {low.prose}"
        f"{also_ranked(say, store, low, spec, ' ({})')} to "
        f"{say.rate(rate_figure(store, spec, high.la_code))} in {high.prose}"
        f"{also_ranked(say, store, high, spec, ' ({})')} in {spec.year}; England's rate was "
        f"{say.rate(rate_figure(store, spec, ENGLAND))}"
    )
    return say.sentence(text, joint_basis(store, (low, high), spec), 3)


def _say_ends(store: Store, spec: RateSpec, members: list[Authority], prose: str) -> Sentence:
    """Kind 2: where the lowest and the highest of the region are among all."""
    low, high = _ends(store, spec, members)
    universe = len(rate_table(store, spec).values)
    say = Wording()
    ranks = [
        f"the {say.rank(rank_figure(store, spec, one.la_code), universe)}{also_ranked(say, store, one, spec, ' ({})')}"
        for one in (low, high)
    ]
    text = (
        f"Of the authorities of {prose}, {low.prose} was {ranks[0]} and {high.prose} {ranks[1]} of "
        f"{say.count(universe_figure(store, spec))} authorities in England in {spec.year}."
    )
    return say.sentence(text, joint_basis(store, (low, high), spec), 2)


def build_pack(store: Store, who: str, audience: Audience = "analyst") -> Pack:
    """Build the content of the pack of one authority.

    Parameters
    ----------
    who : str
        Authority, as `Authorities.find` takes it.
    audience : str
        `mp`, `councillor` or `analyst`: length and depth differ, figures do not.

    Returns
    -------
    Pack
        Of the latest year with an allocation; an authority that never had one gets a pack that says so.

    Raises
    ------
    UsageError
        If the authority is unknown or closed.

    Examples
    --------
    >>> import hnf
    >>> pack = hnf.build_pack(hnf.Store(), "Hertfordshire")
    """
    require_one_of(audience, AUDIENCE_WORDS, "audience")
    return assemble(store, draft_authority(subject_of(store, who)), audience)


def build_constituency_pack(store: Store, name: str, audience: Audience = "mp") -> Pack:
    """Build the pack of a constituency: its authority's, or those of several authorities side by side.

    Parameters
    ----------
    name : str
        Name or ONS code, boundaries of 2024.

    Raises
    ------
    UsageError
        If there is no such constituency.

    Examples
    --------
    >>> import hnf
    >>> pack = hnf.build_constituency_pack(hnf.Store(), "Hertford and Stortford")
    """
    require_one_of(audience, AUDIENCE_WORDS, "audience")
    return assemble(store, draft_constituency(store, name), audience)


def build_region_pack(store: Store, name: str, audience: Audience = "mp") -> Pack:
    """Build the pack of a region: its authorities side by side.

    Parameters
    ----------
    name : str
        Name or ONS code.

    Raises
    ------
    UsageError
        If there is no such region.

    Examples
    --------
    >>> import hnf
    >>> pack = hnf.build_region_pack(hnf.Store(), "London")
    """
    require_one_of(audience, AUDIENCE_WORDS, "audience")
    return assemble(store, draft_region(store, name), audience)
