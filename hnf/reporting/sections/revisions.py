"""What has changed since the last edition: revised counts of plans, and revised terms of the block."""

from __future__ import annotations

from hnf.analysis.edition_rows import Revision
from hnf.analysis.editions import changes_since_last_edition
from hnf.analysis.trace import resolve
from hnf.figures import Figure
from hnf.reporting.content import Cell, Column, Section, Sentence, Table
from hnf.reporting.display import print_figure
from hnf.reporting.sections.shared import BOTH_SOURCES
from hnf.reporting.sentences import plain
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording, within

#: What a number of a cell is, for a column of many units: as text, so that each carries its own.
_ABSENT = "not in this edition"


def revisions_section(subject: Subject) -> Section:
    """List what later editions revised for the authority; say so where nothing was."""
    found = changes_since_last_edition(subject.store, subject.authority.la_code)
    title = "What has changed since the last edition"
    if not found:
        return Section("revisions", title, (plain(_nothing(subject)),))
    return Section("revisions", title, (_say_latest(subject, found),), (), (_table(subject, found),))


def _nothing(subject: Subject) -> str:
    return (
        f"No figure {within(subject.authority.prose)} was revised between the last two editions that these tables hold."
    )


def _say_latest(subject: Subject, found: tuple[Revision, ...]) -> Sentence:
    """Say the revision of the latest period, with both of its numbers."""
    latest = max(found, key=lambda revision: (revision.period[:4], revision.term == "plans"))
    say = Wording()
    old, new = (_resolve(subject, id_) for id_ in (latest.old_id, latest.new_id))
    when = f"January {latest.period}" if latest.period.isdigit() else latest.period
    what = f"{latest.label} {within(subject.authority.prose)}, {when}"
    if old is None or new is None or old.value is None or new.value is None:
        return plain(f"{what}: a later edition gives or leaves out the number; the table has both.")
    amounts = [say.pounds(figure) if figure.unit == "gbp" else say.count(figure) for figure in (old, new)]
    more = len(found) - 1
    also = " Other numbers were revised as well: the table lists them." if more else ""
    text = f"{what}: revised from {amounts[0]} to {amounts[1]} in the latest edition.{also}"
    return say.sentence(text, "The last two editions or releases of each period that these tables hold.", main=new)


def _resolve(subject: Subject, id_: str) -> Figure | None:
    return resolve(subject.store, id_) if id_ else None


def _table(subject: Subject, found: tuple[Revision, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    ids: list[tuple[str | None, ...]] = []
    for revision in found:
        pair = [_resolve(subject, id_) for id_ in (revision.old_id, revision.new_id)]
        rows.append((revision.period, revision.label, *(_printed(figure) for figure in pair)))
        ids.append((None, None, *(figure.id if figure else None for figure in pair)))
    return Table(
        id="revisions",
        title=f"Revised figures, {subject.authority.prose}",
        subtitle="Before and after, in the last two editions or releases of each year and January",
        columns=(Column("Period"), Column("What"), Column("Before"), Column("After")),
        rows=tuple(rows),
        figure_ids=tuple(ids),
        source=BOTH_SOURCES,
    )


def _printed(figure: Figure | None) -> str:
    return _ABSENT if figure is None else print_figure(figure)
