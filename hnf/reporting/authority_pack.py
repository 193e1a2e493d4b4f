"""The pack of one authority: its headline, key sentences and every section there is."""

from __future__ import annotations

from hnf.reporting.assemble import Draft
from hnf.reporting.content import Place, Section
from hnf.reporting.key_sentences import key_sentences
from hnf.reporting.sections.funding import funding_section, no_allocation_section
from hnf.reporting.sections.gaps import gap_section
from hnf.reporting.sections.limits import limits_section
from hnf.reporting.sections.make_up import make_up_section
from hnf.reporting.sections.method import method_section
from hnf.reporting.sections.need import need_section
from hnf.reporting.sections.neighbours import neighbour_section
from hnf.reporting.sections.questions import questions_section
from hnf.reporting.sections.rank import rank_section
from hnf.reporting.sections.revisions import revisions_section
from hnf.reporting.sections.spending import spending_section
from hnf.reporting.sections.tile_map import tile_map_chart
from hnf.reporting.sections.why import why_section
from hnf.reporting.sentences import say_headline
from hnf.reporting.subject import Subject
from hnf.reporting.wording import within
from hnf.reporting.worksheets import block_worksheets


def draft_authority(subject: Subject) -> Draft:
    """Write the pack of an authority.

    Parameters
    ----------
    subject : Subject

    Returns
    -------
    Draft
        An authority without an allocation gets one that says so in its place.
    """
    authority = subject.authority
    return Draft(
        slug=authority.slug,
        place=authority.prose,
        places=(place_of(subject),),
        title=f"High needs funding {within(authority.prose)}",
        headline=say_headline(subject.store, subject.need, authority, subject.spec),
        key_sentences=key_sentences(subject),
        sections=authority_sections(subject),
        worksheets=block_worksheets(subject.store, authority),
    )


def authority_sections(subject: Subject) -> tuple[Section, ...]:
    """Return every section on an authority, in the order of a pack."""
    store, authority, spec = subject.store, subject.authority, subject.spec
    sections = [need_section(store, subject.need)] if subject.need else []
    if spec is None:
        sections.append(no_allocation_section(subject.no_allocation))
    else:
        if subject.funding:
            sections.append(funding_section(store, authority, subject.funding))
        sections += [
            rank_section(store, authority, spec),
            why_section(subject),
            make_up_section(store, authority, spec),
            gap_section(store, authority, spec),
            neighbour_section(subject),
        ]
        sections.append(Section("map", "On the map", charts=(tile_map_chart(store, spec, (authority.la_code,)),)))
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
