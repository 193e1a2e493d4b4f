"""What a pack does not show, the questions its figures raise, what was revised, and how the figures were made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hnf.analysis.editions import Revision, changes_since_last_edition
from hnf.analysis.trace import resolve
from hnf.formula.block import TOTAL
from hnf.measures.notes import statements_until
from hnf.packs.content import Section, Sentence, Table, Wording, gbp_words, print_figure, tabulate, within
from hnf.packs.findings import Findings
from hnf.packs.sections.funding import BOTH_SOURCES
from hnf.packs.sentences import plain
from hnf.packs.subject import SCRUTINY, WRITTEN, Subject
from hnf.results import Figure

#: What a count of plans leaves out, of any place.
ONE_MEASURE = "EHC plans are one measure of need: most children with special educational needs have no plan."


def limits_section(found: Findings) -> Section:
    """What the pack does not show, true of this place and no more."""
    need, name = found.subject.need, found.name
    bullets: list[str] = [
        ONE_MEASURE,
    ]
    if need:
        bullets += [
            f"The count of {change.end.label.rpartition(', ')[2]} {within(need.place.name)} is not published"
            f"{_short_reason(change.end.status)}."
            for change in need.area
            if change.end.value is None
        ]
        if need.place.is_combined:
            bullets.append(f"Growth since January {need.dates[0]} is that of {need.place.name}, not of {name} alone.")
    if found.is_small:
        bullets.append(f"So few children {within(name)} have plans that one more or less moves every percentage a lot.")
    if found.subject.spec:
        bullets += [
            "Figures are what DfE allocated, not what the council spent; a gap to another rate is not a deficit.",
            "The tables do not show the counts and past spending that the formula used.",
        ]
    return Section(
        "limits", "What this does not show", bullets=tuple(map(plain, bullets)), page="second", column="right"
    )


def _short_reason(status: str) -> str:
    """Return what a symbol means, without the symbol: "not available (suppressed) (x)" is ": suppressed"."""
    found = re.search(r"\(([a-z ]{3,})\)", status)
    return f": {found[1]}" if found else ""


#: Questions that there is room for on the first page.
_MOST_QUESTIONS = 3


def questions_section(members: Sequence[Findings]) -> Section:
    """Return the questions that the figures of a place raise and no decision has answered, in turn for several."""
    in_turn = [found.texts("question") for found in members]
    longest = max(map(len, in_turn), default=0)
    asked = dict.fromkeys(each[n] for n in range(longest) for each in in_turn if n < len(each))
    drafts = [
        (heading, next(iter(members[0].texts(kind)), None))
        for heading, kind in ((WRITTEN, "written"), (SCRUTINY, "scrutiny"))
    ]
    return Section(
        "questions",
        "What to ask",
        bullets=tuple(asked)[:_MOST_QUESTIONS],
        drafts=tuple((heading, draft) for heading, draft in drafts if draft),
        page="first",
    )


#: What a number of a cell is, for a column of many units: as text, so that each carries its own.
_ABSENT = "not in this edition"


def revisions_section(subject: Subject) -> Section:
    """List what later editions revised for the authority; say so where nothing was."""
    found = changes_since_last_edition(subject.store, subject.authority.la_code)
    title = "What has changed since the last edition"
    if not found:
        return Section("revisions", title)
    return Section("revisions", title, (_say_latest(subject, found),), (), (_table(subject, found),))


def _say_latest(subject: Subject, found: tuple[Revision, ...]) -> Sentence:
    """Say the revision of the latest period, of plans or of the whole block before all else, with both numbers."""
    latest = max(found, key=lambda revision: (revision.period[:4], revision.term == "plans", revision.term == TOTAL))
    say = Wording()
    old, new = (_resolve(subject, id_) for id_ in (latest.old_id, latest.new_id))
    when = f"January {latest.period}" if latest.period.isdigit() else latest.period
    what = f"{latest.label} {within(subject.authority.prose)}, {when}"
    if old is None or new is None or old.value is None or new.value is None:
        return plain(f"{what}: a later edition gives or leaves out the number; the table has both.")
    # Amounts that look the same in millions are given in whole pounds.
    in_pounds = say.rate if gbp_words(old.value) == gbp_words(new.value) else say.pounds
    amounts = [in_pounds(figure) if figure.unit == "gbp" else say.count(figure) for figure in (old, new)]
    more = len(found) - 1
    also = " Other numbers were revised as well: the table lists them." if more else ""
    text = f"{what}: revised from {amounts[0]} to {amounts[1]} in the latest edition.{also}"
    return say.sentence(text, "The last two editions or releases of each period that these tables hold.", main=new)


def _resolve(subject: Subject, id_: str) -> Figure | None:
    return resolve(subject.store, id_) if id_ else None


def _table(subject: Subject, found: tuple[Revision, ...]) -> Table:
    pairs = ((r, [_resolve(subject, id_) for id_ in (r.old_id, r.new_id)]) for r in found)
    return tabulate(
        "revisions",
        f"Revised figures, {subject.authority.prose}",
        "Before and after, in the last two editions or releases of each year and January",
        {"Period": "text", "What": "text", "Before": "text", "After": "text"},
        ((r.period, r.label, *((_printed(f), f.id if f else None) for f in pair)) for r, pair in pairs),
        source=BOTH_SOURCES,
    )


def _printed(figure: Figure | None) -> str:
    return _ABSENT if figure is None else print_figure(figure)


def method_section(subject: Subject) -> Section:
    """Say how the figures were made and how each can be checked."""
    until = statements_until()
    lines = [
        "Every figure comes from a published table or is calculated from one; the workbook shows which cell.",
        f"Growth of need is counted from January to January: statements of SEN and EHC plans until {until}, EHC plans "
        f"from {until + 1}. Where boundaries changed, the whole area is compared, or nothing is.",
    ]
    if subject.spec:
        lines.append(
            f"The allocation of {subject.spec.year} is divided by people aged 2 to 18 in the middle of the year when "
            "it starts, by pupils in the schools block, or by the EHC plans of the January before. The average is "
            "England's rate: all the money divided by all the heads, pupils or plans."
        )
    return Section("method", "How the figures were made", tuple(map(plain, lines)))
