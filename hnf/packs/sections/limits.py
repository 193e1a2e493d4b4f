"""What a pack does not show, the questions its figures raise, what was revised, and how the figures were made."""

from __future__ import annotations

from collections.abc import Iterable

from hnf.analysis.editions import Revision, changes_since_last_edition
from hnf.analysis.gaps import AVERAGE, gap
from hnf.analysis.growth import NeedSeries
from hnf.analysis.rank import other_population
from hnf.analysis.trace import resolve
from hnf.formula.block import TOTAL
from hnf.formula.protection import ProtectionStatus
from hnf.measures.notes import collection_since, statements_until
from hnf.measures.rates import RateSpec, rate_figure
from hnf.packs.content import Section, Sentence, Table, Wording, gbp_words, print_figure, tabulate, within
from hnf.packs.sections.funding import BOTH_SOURCES, protection_status_of
from hnf.packs.sentences import PER_PROSE, on_other, plain, say_small_counts
from hnf.packs.subject import Subject
from hnf.results import Figure
from hnf.text import capital


def limits_section(need: NeedSeries | None, *, has_funding: bool) -> Section:
    """What the pack does not show."""
    bullets: list[str | Sentence] = [
        "EHC plans are one measure of need. Most children with special educational needs have no plan, and authorities "
        "differ in how they use plans.",
        f"Counts of plans were collected as totals until {collection_since() - 1} and by person from "
        f"{collection_since()}; statements of SEN are counted with plans until {statements_until()}.",
    ]
    if need and (warning := say_small_counts(need)):
        bullets.append(warning)
    if need:
        bullets += [
            f"{change.end.label}: {change.end.status}. The release does not give the count, so neither does this."
            for change in need.area
            if change.end.value is None
        ]
    if has_funding:
        bullets += [
            "Funding is the allocation, before deductions for places that DfE pays directly. It is not what the "
            "authority spends, and a gap to another rate is not a deficit.",
            "The allocations are the editions named under sources; later editions of the last year may differ. Amounts "
            "are in cash.",
            "The formula's own inputs for each authority (such as free school meals, attainment and past spending) are "
            "not in the published allocation tables, so the pack cannot say which of them decides the amount.",
        ]
    return Section("limits", "What this does not show", bullets=_sentences(bullets))


def _sentences(found: Iterable[str | Sentence]) -> tuple[Sentence, ...]:
    return tuple(plain(one) if isinstance(one, str) else one for one in found)


def questions_section(subject: Subject) -> Section:
    """Return the questions that the figures raise; none is asked that they do not bear out."""
    name = subject.authority.prose
    questions: list[str | Sentence] = []
    if subject.spec is None:
        questions.append(
            f"How is support for children with special educational needs funded {within(name)}, which has no block?"
        )
    else:
        questions += [_below_or_above(subject, subject.spec), *_by_protection_status(subject)]
        if _plans_outran_money(subject):
            questions.append(
                "EHC plans have grown faster than the high needs block: what does the Department assume that "
                f"authorities such as {name} spend less on?"
            )
        questions.append(
            "Will the Department publish, for each authority, the counts and the past spending that the formula uses, "
            "so that its amount can be checked?"
        )
    questions.append("What will replace the present formula, and when will authorities see their own figures?")
    return Section("questions", "Questions to ask a minister", bullets=_sentences(questions))


def _below_or_above(subject: Subject, spec: RateSpec) -> Sentence:
    found = gap(subject.store, spec, subject.authority.la_code, AVERAGE)
    say = Wording()
    own = rate_figure(subject.store, spec, subject.authority.la_code)
    england = rate_figure(subject.store, spec, "england")
    per, name = PER_PROSE[spec.per], subject.authority.prose
    if found.pounds > 0:
        text = (
            f"What difference in need explains why {name} was given {say.rate(own)} {per} in {spec.year} when "
            f"the rate for England was {say.rate(england)}?"
        )
    else:
        text = (
            f"Does the Department hold that {name}, with {say.rate(own)} {per} in {spec.year} against "
            f"{say.rate(england)} in England, is funded for the need it has?"
        )
    text += on_other(say, subject.store, other_population(subject.store, spec, subject.authority.la_code))
    return say.sentence(text, f"{capital(spec.in_words)}.")


def _by_protection_status(subject: Subject) -> list[str]:
    name = subject.authority.prose
    asked = {
        ProtectionStatus.FLOOR: (
            f"For how long will the amount of {name} be last year's money moved up by a national minimum, "
            "whatever the measures of need say?"
        ),
        ProtectionStatus.LIMIT: (
            f"When will {name} be given what the Department's own formula works out for it, without the gains limit?"
        ),
        ProtectionStatus.BETWEEN: (
            f"How much of the amount of {name} rests on what it spent in 2017-18, and how much on need today?"
        ),
    }
    protection_status = protection_status_of(subject)
    return [asked[protection_status]] if protection_status in asked else []


def _plans_outran_money(subject: Subject) -> bool:
    if subject.funding is None:
        return False
    money, plans = subject.funding.area[-1].change_pct, subject.funding.plans[-1].change_pct
    return money is not None and plans is not None and plans > money


#: What a number of a cell is, for a column of many units: as text, so that each carries its own.
_ABSENT = "not in this edition"


def revisions_section(subject: Subject) -> Section:
    """List what later editions revised for the authority; say so where nothing was."""
    found = changes_since_last_edition(subject.store, subject.authority.la_code)
    title = "What has changed since the last edition"
    if not found:
        where = within(subject.authority.prose)
        none = f"No figure {where} was revised between the last two editions that these tables hold."
        return Section("revisions", title, (plain(none),))
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
        "Every figure is a cell of a published file or arithmetic on such cells. Its id, given here or in the "
        "workbook, leads back to file, sheet and cell with the command hnf trace.",
        f"Growth of need is counted from January to January: statements of SEN and EHC plans until {until}, EHC plans "
        f"from {until + 1}. Where boundaries changed, the whole area is compared, or nothing is.",
    ]
    if subject.spec:
        lines.append(
            f"The allocation of {subject.spec.year} is divided by people aged 2 to 18 in the middle of the year when "
            "it starts, by pupils in the schools block, or by the EHC plans of the January before. The average is "
            "England's rate: all the money divided by all the heads, pupils or plans."
        )
    return Section("method", "How the figures were made", _sentences(lines))
