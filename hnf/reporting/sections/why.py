"""Why an authority gets what it gets: on the funding floor, on the gains limit or in between, and what that means."""

from __future__ import annotations

from collections.abc import Callable

from hnf.analysis.explain import Explanation, explain
from hnf.analysis.explanation_words import RULE_WORDS
from hnf.analysis.gains_limit import loss_figure
from hnf.analysis.protection_figures import protection_figure
from hnf.analysis.protection_rows import ProtectionRow
from hnf.figures import Figure
from hnf.formula.protection import TOLERANCE_GBP
from hnf.formula.protection_rates import ProtectionStatus
from hnf.measures.known_differences import place_rule
from hnf.reporting.content import Section, Sentence
from hnf.reporting.sections.shared import as_sentence
from hnf.reporting.sentences import plain
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording
from hnf.words import capital

_RATE = "formula funding per head aged 2 to 18"
_BASIS = (
    "Column A of DfE's table per head of the 2018-based projection that the formula uses, against its baseline; floor "
    "and limit recomputed by hnf."
)
_NOT_PROXIES = "so its number of pupils on free school meals, its deprivation and its results do not decide the amount"


def why_section(subject: Subject) -> Section:
    """Say which rule decides the amount, what that means, and what the gains limit took."""
    found = explain(subject.store, subject.authority.la_code, subject.year)
    sentences = [_protection_status(subject, found)]
    if loss := _loss(subject, found):
        sentences.append(loss)
    return Section("why", "Why it gets what it gets", tuple(sentences))


def protection_status_of(subject: Subject) -> ProtectionStatus | None:
    """Return the class of an authority against floor and gains limit; None where they cannot be recomputed."""
    row = explain(subject.store, subject.authority.la_code, subject.year).row
    return row.protection_status if row else None


def _protection_status(subject: Subject, found: Explanation) -> Sentence:
    row, name = found.row, capital(subject.authority.prose)
    if found.protection is None or row is None:
        return plain(
            f"Whether the floor or the gains limit decides the amount is not known: {found.protection_reason}."
        )
    say = Wording()

    def figure(part: str) -> Figure:
        return protection_figure(subject.store, subject.year, row.area.area, part)

    if row.protection_status is ProtectionStatus.FLOOR:
        change = figure("change_pct")
        text = (
            f"{name} was on the funding floor in {subject.year}: its {_RATE} rose by {say.percent(change)}, the "
            f"national minimum. Its amount is last year's money moved up, {_NOT_PROXIES}."
        )
        return say.sentence(text, _BASIS, main=change)
    if row.protection_status is ProtectionStatus.LIMIT:
        change = figure("change_pct")
        text = (
            f"{name} was on the gains limit in {subject.year}: its {_RATE} rose by {say.percent(change)}, the "
            "national maximum, although the formula on its own would have given more."
        )
        return say.sentence(text, _BASIS, main=change)
    if row.protection_status is ProtectionStatus.BETWEEN:
        change = figure("change_pct")
        text = (
            f"{name} was between the funding floor and the gains limit in {subject.year}: its {_RATE} rose by "
            f"{say.percent(change)}, {say.pounds(figure('floor_distance'))} above the floor and "
            f"{say.pounds(figure('limit_distance'))} below the limit. Its past spending and its proxies for need "
            "decide the amount."
        )
        return say.sentence(text, _BASIS, main=change)
    return _known_difference(subject, row, name, say, figure) or _cannot_be_said(subject, row)


def _known_difference(
    subject: Subject, row: ProtectionRow, name: str, say: Wording, figure: Callable[[str], Figure]
) -> Sentence | None:
    if row.bound is None or row.protection_status is not ProtectionStatus.KNOWN_DIFFERENCE or not row.whole_places:
        return None
    addition = figure("baseline_addition")
    rule = RULE_WORDS[row.bound]
    means = (
        f"its amount is last year's money moved up, {_NOT_PROXIES}"
        if row.bound is ProtectionStatus.FLOOR
        else ("the formula on its own would have given more")
    )
    text = (
        f"{name} was very likely on {rule} in {subject.year}: its column A is exactly that of {rule} once "
        f"{say.pounds(addition)} is added to last year's baseline, a whole number of special free school places. "
        f"If so, {means}."
    )
    basis = (
        f"{_BASIS} The addition is {row.whole_places} × £{place_rule().place_gbp:,.0f}; that such places moved into "
        "the baseline is an inference, listed among the known differences."
    )
    return say.sentence(text, basis, main=addition)


def _cannot_be_said(subject: Subject, row: ProtectionRow) -> Sentence:
    reason = as_sentence(row.reason.rstrip(".")) or "Its column A is not what the published rates give."
    return plain(
        f"Whether the floor or the gains limit decides what {subject.authority.prose} gets cannot be said for certain.",
        reason,
    )


def _loss(subject: Subject, found: Explanation) -> Sentence | None:
    loss = found.gains_limit_loss_gbp
    if loss is None or loss <= TOLERANCE_GBP:
        return None
    say = Wording()
    figure = loss_figure(subject.store, subject.year, subject.authority.la_code)
    text = (
        f"Without the gains limit {subject.authority.prose} would have had {say.pounds(figure)} more in {subject.year}."
    )
    return say.sentence(text, "Column G of DfE's table (the formula before the limit) less column A.")
