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
from hnf.packs.content import (
    Audience,
    LargeNumber,
    Pack,
    Place,
    Section,
    Sentence,
    Table,
    TileMapChart,
    Wording,
    print_cell,
    print_figure,
    within,
)
from hnf.packs.findings import Findings, decisions
from hnf.packs.sections.funding import breakdown_section, funding_section, gap_section, joint_gaps, why_section
from hnf.packs.sections.limits import ONE_MEASURE, limits_section, method_section, questions_section, revisions_section
from hnf.packs.sections.need import (
    joint_need_chart,
    joint_service,
    need_section,
    placements_section,
    region_need_chart,
    service_section,
)
from hnf.packs.sections.opening import (
    as_at_of_funding,
    as_at_of_service,
    decided_section,
    joint_numbers,
    joint_rules,
    large_numbers,
    say_as_at,
    say_joint_message,
    say_message,
    say_reported,
    since_section,
)
from hnf.packs.sections.rank import first_rank_section, joint_ranks, neighbour_section, rank_section, side_by_side
from hnf.packs.sections.spending import spending_section
from hnf.packs.sections.tile_map import tile_map_chart
from hnf.packs.sections.worksheets import block_worksheets
from hnf.packs.sentences import also_ranked, joint_basis, plain, say_joint_funding, say_joint_need, say_other
from hnf.packs.subject import (
    AUDIENCE_WORDS,
    PER_PROSE,
    SHORT_PER,
    WRITTEN,
    Draft,
    Subject,
    assemble,
    subject_of,
)
from hnf.tables.authorities import Authorities, Authority, Constituency, find_constituency, region_prose
from hnf.tables.store import Store
from hnf.text import capital, fold_name, join_words, slug_of
from hnf.years import FinancialYear, January, month_in_words


def draft_authority(subject: Subject) -> Draft:
    """Write the pack of an authority; one without an allocation gets a pack that says so in its place."""
    authority, found = subject.authority, Findings(subject)
    return Draft(
        slug=authority.slug,
        place=authority.prose,
        places=(place_of(subject),),
        title=f"High needs funding {within(authority.prose)}",
        headline=say_message(found),
        as_at=say_as_at(found),
        numbers=large_numbers(found),
        sections=authority_sections(found),
        worksheets=block_worksheets(subject.store, authority),
        kinds=found.kinds,
    )


def authority_sections(found: Findings) -> tuple[Section, ...]:
    """Return every section on an authority, in the order of a pack."""
    subject = found.subject
    store, authority, spec = subject.store, subject.authority, subject.spec
    sections: list[Section | None] = [need_section(found)]
    if spec is not None:
        sections += [first_rank_section(found), why_section(found)]
    sections += [since_section(found), decided_section(store), questions_section((found,))]
    sections.append(funding_section(store, authority, subject.funding) if subject.funding else None)
    sections.append(service_section(found))
    if spec is not None:
        sections.append(gap_section(found))
    sections.append(limits_section(found))
    if spec is not None:
        sections.append(neighbour_section(found))
        other = say_other(store, other_population(store, spec, authority.la_code))
        sections += [
            rank_section(store, authority, spec),
            breakdown_section(store, authority, spec),
            Section("map", "On the map", other, (tile_map_chart(store, spec, (authority.la_code,)),)),
        ]
    sections += [
        spending_section(store, authority),
        placements_section(store, authority),
        revisions_section(subject),
        method_section(subject),
    ]
    return tuple(section for section in sections if section and _is_whole(section))


def _is_whole(section: Section) -> bool:
    return bool(section.sentences() or section.charts or section.tables)


def place_of(subject: Subject) -> Place:
    """Return how a pack names the authority."""
    authority = subject.authority
    return Place(authority.la_code, authority.gss_code, authority.prose)


def draft_constituency(store: Store, name: str) -> Draft:
    """Write the pack of a constituency, by name or ONS code."""
    found = find_constituency(store, name)
    subjects = tuple(subject_of(store, code) for code in found.la_codes)
    if len(subjects) == 1:
        draft = draft_authority(subjects[0])
        return replace(
            draft,
            slug=found.slug,
            place=f"the {found.name} constituency",
            title=f"High needs funding {within(subjects[0].authority.prose)}: the {found.name} constituency",
            sections=(*draft.sections, _about(found, subjects)),
            reader=_reader(found),
        )
    members = tuple(Findings(subject) for subject in subjects)
    return Draft(
        slug=found.slug,
        place=f"the {found.name} constituency",
        places=tuple(place_of(subject) for subject in subjects),
        title=f"High needs funding in the {found.name} constituency",
        headline=say_joint_message(members),
        as_at=say_as_at(next((member for member in members if member.bases), members[0])),
        numbers=joint_numbers(members),
        sections=_joint_sections(found, members),
        worksheets=tuple(sheet for subject in subjects for sheet in block_worksheets(store, subject.authority)[:1]),
        reader=_reader(found),
        kinds=tuple(dict.fromkeys(kind for member in members for kind in member.kinds)),
    )


def _reader(found: Constituency) -> str:
    member = f"{found.mp_name} ({found.party})" if found.mp_name else "the member of Parliament (seat vacant)"
    return f"Briefing for {member}, member for {found.name} on the list of {month_in_words(found.as_at)}"


def _about(found: Constituency, subjects: tuple[Subject, ...]) -> Section:
    said = (plain(_lies_in(found, subjects)),)
    return Section("about", f"The {found.name} constituency", said, page="second", column="left")


def _lies_in(found: Constituency, subjects: tuple[Subject, ...]) -> str:
    if len(subjects) == 1:
        return (
            f"{found.name} lies {within(subjects[0].authority.prose)}. Every figure is that of the whole authority: "
            "none is published for the constituency."
        )
    lies = join_words([f"partly {within(subject.authority.prose)}" for subject in subjects])
    return (
        f"{found.name} lies {lies}. Every figure is that of one whole authority, side by side with the others; none is "
        "an average of them, and none is published for the constituency."
    )


def _joint_sections(found: Constituency, members: tuple[Findings, ...]) -> tuple[Section, ...]:
    """Return the two pages with each authority side by side, and behind them the parts of each."""
    store, subjects = members[0].store, tuple(member.subject for member in members)
    funded = tuple(member for member in members if member.subject.spec)
    chart = joint_need_chart(subjects)
    reported = [said for one in members for said in say_reported(store, one.code, one.name)]
    sections = [
        Section("need", "Need", charts=(chart,) if chart else (), page="first", column="left", charts_first=True),
    ]
    if funded:
        spec = funded[0].bases[0].spec
        title = f"The authorities of {found.name} side by side"
        authorities = [subject.authority for subject in subjects]
        table = side_by_side(store, spec, authorities, title, id_="side_by_side")
        sections += [
            Section("ranks_each", "Where each ranks", tables=(joint_ranks(funded),), page="first", column="right"),
            Section("why", "Why each gets what it gets", tables=(joint_rules(funded),), page="first", column="left"),
            Section("side_by_side", "Side by side", tables=(table,), page="second"),
            joint_gaps(funded),
        ]
    sections += [
        Section("since", f"Since {subjects[0].year}", tuple(reported), page="first", column="left"),
        decided_section(store),
        questions_section(members),
        Section(
            *("funding_and_need", "Funding against need"),
            tuple(filter(None, (*say_joint_need(subjects), say_joint_funding(subjects)))),
            page="second",
            column="left",
        ),
        joint_service(members),
        _about(found, subjects),
        _joint_limits(members),
    ]
    for member in members:
        parts = (
            *(section for section in authority_sections(member) if section.page == "after"),
            service_section(member),
        )
        own = [replace(section, page="after") for section in parts]
        own = [section for section in own if member is members[0] or section.id != "method"]
        sections += [_named(_marked(section, member.code), member) for section in own]
    return tuple(section for section in sections if _is_whole(section))


def _named(section: Section, member: Findings) -> Section:
    """Name the authority in the title of a section of a side-by-side pack."""
    return replace(section, title=f"{capital(member.name)}: {section.title[0].lower()}{section.title[1:]}")


def _joint_limits(members: tuple[Findings, ...]) -> Section:
    parts = [limits_section(member) for member in members]
    bullets = dict.fromkeys(sentence for part in parts for sentence in part.bullets)
    return replace(parts[0], bullets=tuple(bullets))


def _marked(section: Section, la_code: str) -> Section:
    """Give a section and what is in it other ids, so that two authorities can share a pack."""

    def mark(table: Table) -> Table:
        return replace(table, id=f"{table.id}_{la_code}")

    charts = tuple(replace(chart, id=f"{chart.id}_{la_code}", data=mark(chart.data)) for chart in section.charts)
    return replace(section, id=f"{section.id}_{la_code}", charts=charts, tables=tuple(map(mark, section.tables)))


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
    first = Findings(subject_of(store, funded[0].la_code))
    table = side_by_side(store, spec, members, f"The authorities of {prose}", id_="authorities")
    where = tile_map_chart(store, spec, tuple(member.la_code for member in members))
    assert isinstance(where.spec, TileMapChart)  # noqa: S101 - a map of measures has no other
    where = replace(where, spec=replace(where.spec, highlighted=capital(prose)))
    sections = (
        Section("need", "Need", (), (region_need_chart(store, code, prose),), page="first", column="left"),
        Section("where", "Where its authorities are", charts=(where,), page="first", column="right"),
        Section("since", f"Since {year}", tuple(say_reported(store, code, prose)), page="first", column="left"),
        replace(decided_section(store), column="left"),
        _region_questions(store, spec, funded, prose),
        Section("authorities", "Authority by authority", (plain(_NONE_AVERAGED),), (), (table,), page="second"),
        joint_service((first,), {code: capital(prose)}),
        Section("limits", "What this does not show", bullets=tuple(map(plain, _REGION_LIMITS)), page="second"),
        method_section(first.subject),
    )
    return Draft(
        slug=f"region-{slug_of(region, code)}",
        place=prose,
        places=tuple(Place(member.la_code, member.gss_code, member.prose) for member in members),
        title=f"High needs funding in {prose}",
        headline=_say_range(store, spec, code, funded),
        as_at=_region_as_at(store, code, first),
        numbers=_region_numbers(store, spec, code, funded),
        sections=sections,
    )


def _dates(store: Store, code: str) -> tuple[January, January]:
    """Return the first January and the latest for which the count of a region is published."""
    counted = (january for january, counts in region_plan_counts(store).items() if code in counts)
    return first_january(store), January(max(counted))


def _region_as_at(store: Store, code: str, first: Findings) -> Sentence:
    latest, last = _dates(store, code)[1], max(region_plan_counts(store))
    need = f"Need to January {latest}."
    if latest.year < last:
        need = f"Need to January {latest}: the count of January {last} is not published for the region."
    return plain(f"{need} {as_at_of_funding(store)} {as_at_of_service(first)}".strip())


def _region_numbers(store: Store, spec: RateSpec, code: str, funded: list[Authority]) -> tuple[LargeNumber, ...]:
    """Return plans and their growth, the region's block, and the range of its authorities' rates."""
    prose, need = region_prose(Authorities.of(store).region_names[code]), _say_need(store, code)
    dates = _dates(store, code)
    latest, count = dates[1], plans_change(store, code, dates).end
    block, ranks = _say_block(store, code, prose, spec.year), _say_ends(store, spec, funded)
    ends = [rate_figure(store, spec, one.la_code) for one in _ends(store, spec, funded)]
    low, high = (print_cell(figure.value, "rate") for figure in ends)
    return (
        LargeNumber(print_figure(count), f"EHC plans in {prose}, January {latest}", replace(need, behind=(count,))),
        LargeNumber(block.printed[0], f"High needs block of its authorities, {spec.year}", block),
        LargeNumber(
            f"{low} to {high}",
            f"High needs funding {SHORT_PER[spec.per]}, {spec.year}",
            replace(ranks, behind=tuple(ends)),
        ),
    )


_REGION_LIMITS = (
    ONE_MEASURE,
    "Figures are what DfE allocated, not what councils spent.",
)


def _region_questions(store: Store, spec: RateSpec, funded: list[Authority], prose: str) -> Section:
    """Ask about the lowest and the highest authority of the region, and about the formula while it is not used."""
    low, high = _ends(store, spec, funded)
    say = Wording()
    rates = [say.rate(rate_figure(store, spec, one.la_code)) for one in (low, high)]
    why = say.sentence(
        f"What differences in need explain why high needs funding {PER_PROSE[spec.per]} ranged from {rates[0]} in "
        f"{low.prose} to {rates[1]} {within(high.prose)} in {spec.year}?",
        joint_basis(store, (low, high), spec),
    )
    suspended = "formula_suspended" in {decision.id for decision in decisions(store)}
    asked = [why]
    draft = plain(
        "To ask the Secretary of State for Education, what assessment the Department has made of the reasons for "
        f"differences in high needs funding per head between local authorities in {prose}."
    )
    if suspended:
        asked.append(plain(f"When will the Department next use the high needs formula to set allocations in {prose}?"))
    return Section("questions", "What to ask", bullets=tuple(asked), drafts=((WRITTEN, draft),), page="first")


_NONE_AVERAGED = "We show each council separately because rates vary widely."


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


def _say_need(store: Store, code: str) -> Sentence:
    """Kind 1, on the latest January for which the region's count is published."""
    dates = _dates(store, code)
    here, england = plans_change(store, code, dates), plans_change(store, ENGLAND, dates)
    say = Wording()
    text = (
        f"{'Up' if (here.change_pct or 0) > 0 else 'Down'} {say.percent(here.figure())} since January {dates[0]}, from "
        f"{say.count(here.start)}. England, to January {dates[1]}: up {say.percent(england.figure())}."
    )
    basis = f"{plans_in_words()}, ages 0 to 25, as published for the region; SEN2 return."
    return say.sentence(text, basis, 1)


def _say_block(store: Store, code: str, prose: str, year: FinancialYear) -> Sentence:
    """Kind 5 of one year: what the region was allocated, as published."""
    say = Wording()
    block, _ = published_figure(store, dsg_id(store, year, code, "total_before_deductions"))
    england, _ = published_figure(store, dsg_id(store, year, ENGLAND, "total_before_deductions"))
    text = f"{_as_subject(prose)} councils received {say.pounds(block)} of England's {say.pounds(england)} in {year}."
    basis = "High needs block before deductions, as DfE's table prints it for the region."
    return say.sentence(text, basis, 5)


def _as_subject(prose: str) -> str:
    """Return a region as it is said before its councils: "South West", "London"."""
    return capital(prose.removeprefix("the "))


def _ends(store: Store, spec: RateSpec, members: list[Authority]) -> tuple[Authority, Authority]:
    values = rate_table(store, spec).values
    ranked = sorted(members, key=lambda member: values[member.la_code])
    return ranked[0], ranked[-1]


def _say_growth(say: Wording, store: Store, code: str) -> str:
    dates = _dates(store, code)
    here, england = (plans_change(store, area, dates).figure() for area in (code, ENGLAND))
    verb = "rose" if (here.value or 0) > 0 else "fell"
    between = f"between January {dates[0]} and January {dates[1]}"
    return f"their EHC plans {verb} by {say.percent(here)} {between}, against {say.percent(england)} in England"


def _say_range(store: Store, spec: RateSpec, code: str, members: list[Authority]) -> Sentence:
    low, high = _ends(store, spec, members)
    prose = region_prose(Authorities.of(store).region_names[code])
    say = Wording()
    text = (
        f"In {spec.year} {_as_subject(prose)} councils received from {say.rate(rate_figure(store, spec, low.la_code))} "
        f"{PER_PROSE[spec.per]} {within(low.prose)}{also_ranked(say, store, low, spec, ' ({})')} to "
        f"{say.rate(rate_figure(store, spec, high.la_code))} {within(high.prose)}"
        f"{also_ranked(say, store, high, spec, ' ({})')}, against "
        f"{say.rate(rate_figure(store, spec, ENGLAND))} in England; {_say_growth(say, store, code)}."
    )
    return say.sentence(text, joint_basis(store, (low, high), spec), 3)


def _say_ends(store: Store, spec: RateSpec, members: list[Authority]) -> Sentence:
    """Kind 2: where the lowest and the highest of the region are among all."""
    low, high = _ends(store, spec, members)
    universe = len(rate_table(store, spec).values)
    say = Wording()
    ranks = [
        f"the {say.rank(rank_figure(store, spec, one.la_code), universe)}{also_ranked(say, store, one, spec, ' ({})')}"
        for one in (low, high)
    ]
    of = say.count(universe_figure(store, spec))
    text = f"Of {of} authorities, {low.prose} was {ranks[0]} and {high.prose} {ranks[1]}."
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
