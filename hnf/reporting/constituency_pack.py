"""The pack of a constituency: that of its authority, or of several side by side where it spans more than one.

Funding is decided, and plans are counted, for whole authorities. Nothing is worked out for the constituency itself, and
nothing is averaged over its authorities.
"""

from __future__ import annotations

from dataclasses import replace

from hnf.constituencies import Constituency, find_constituency
from hnf.measures.rates import RateSpec
from hnf.reporting.assemble import Draft
from hnf.reporting.authority_pack import authority_sections, draft_authority, place_of
from hnf.reporting.content import Chart, Section, Sentence, Table
from hnf.reporting.joint_sentences import joint_headline, joint_key_sentences
from hnf.reporting.sections.joint import joint_need_chart
from hnf.reporting.sections.method import method_section
from hnf.reporting.sections.neighbours import side_by_side
from hnf.reporting.sentences import plain
from hnf.reporting.subject import Subject, subject_of
from hnf.reporting.wording import within
from hnf.reporting.worksheets import block_worksheets
from hnf.store import Store
from hnf.words import capital, join_words
from hnf.years import month_in_words

#: Sections of each authority whose sentences and charts stand side by side in the joint part.
_SHARED = {"rank": "Where each ranks", "why": "Why each gets what it gets", "gaps": "What other rates would mean"}
_BULLETS = {"limits": "What this does not show", "questions": "Questions to ask a minister"}


def draft_constituency(store: Store, name: str) -> Draft:
    """Write the pack of a constituency.

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
        If there is no such constituency.
    """
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
        key_sentences=joint_key_sentences(subjects, spec),
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
    """Give a section and what is in it ids of its own, so that two authorities can share a pack."""
    return replace(
        section,
        id=f"{section.id}_{la_code}",
        charts=tuple(_mark_chart(chart, la_code) for chart in section.charts),
        tables=tuple(_mark_table(table, la_code) for table in section.tables),
    )


def _mark_chart(chart: Chart, la_code: str) -> Chart:
    return replace(chart, id=f"{chart.id}_{la_code}", data=_mark_table(chart.data, la_code))


def _mark_table(table: Table, la_code: str) -> Table:
    return replace(table, id=f"{table.id}_{la_code}")


def _head(table: Table) -> Table:
    """Keep the comparisons on the first basis alone: two authorities' tables stand under each other."""
    basis = table.rows[0][0]
    kept = [place for place, row in enumerate(table.rows) if row[0] == basis]
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
