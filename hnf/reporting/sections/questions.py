"""Questions that the figures of a place raise, to be put to a minister."""

from __future__ import annotations

from hnf.analysis.gaps import AVERAGE, gap
from hnf.analysis.ranking import rate_figure
from hnf.formula.protection_rates import ProtectionStatus
from hnf.measures.rates import RateSpec
from hnf.reporting.content import Section, Sentence
from hnf.reporting.sections.why import protection_status_of
from hnf.reporting.sentences import PER_PROSE, plain
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording, within
from hnf.words import capital


def questions_section(subject: Subject) -> Section:
    """Return the questions that the figures raise; none is asked that they do not bear out."""
    name = subject.authority.prose
    questions: list[Sentence] = []
    if subject.spec is None:
        questions.append(
            plain(
                f"How is support for children with special educational needs funded {within(name)}, which has no block?"
            )
        )
    else:
        questions += [_below_or_above(subject, subject.spec), *_by_protection_status(subject)]
        if _plans_outran_money(subject):
            questions.append(
                plain(
                    "EHC plans have grown faster than the high needs block: what does the Department assume that "
                    f"authorities such as {name} spend less on?"
                )
            )
        questions.append(
            plain(
                "Will the Department publish, for each authority, the counts and the past spending that the formula "
                "uses, so that its amount can be checked?"
            )
        )
    questions.append(plain("What will replace the present formula, and when will authorities see their own figures?"))
    return Section("questions", "Questions to ask a minister", bullets=tuple(questions))


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
    return say.sentence(text, f"{capital(spec.in_words)}.")


def _by_protection_status(subject: Subject) -> list[Sentence]:
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
    return [plain(asked[protection_status])] if protection_status in asked else []


def _plans_outran_money(subject: Subject) -> bool:
    if subject.funding is None:
        return False
    money, plans = subject.funding.area[-1].change_pct, subject.funding.plans[-1].change_pct
    return money is not None and plans is not None and plans > money
