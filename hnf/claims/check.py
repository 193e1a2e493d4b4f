"""A claim is checked: read, judged as of the date on which it was said, and answered with the sentence to use instead.

Nothing is supported of which a word was not read, and nothing is called untrue of which a figure is missing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from hnf.claims.claim import Claim, parse_said, reading_of
from hnf.claims.reading import (
    PER_IN_WORDS,
    CheckedClaim,
    Code,
    Finding,
    ImpliedFinding,
    Place,
    Reading,
    ReportedFigure,
    not_read,
    number_in_words,
)
from hnf.claims.said import MID_YEAR, Said, Span, allocation, financial_year_of
from hnf.claims.search import NOT_IN_TABLES, PLANS_ALONE, Evidence, Found, at, last_held, search
from hnf.errors import UsageError
from hnf.measures.notes import breaks_of, statements_until
from hnf.measures.prices import deflator
from hnf.measures.published import ENGLAND, financial_years, total_edition
from hnf.measures.register import MEASURES, PLAIN, Share, find_measure
from hnf.tables.store import Store
from hnf.text import capital, ordinal
from hnf.years import FinancialYear, date_in_words

#: Measures as a list of bases names them.
MEASURES_IN_SHORT = {
    "block": "whole block",
    "nff": "formula",
    "nff_additional": "formula with additional",
    "after_deductions": "block after deductions",
    "ehc_plans": "",
    PLANS_ALONE: "EHC plans without statements",
}
_SERIES = {"ons": "ONS", "dfe": "formula's population"}
#: A number is of the size of a basis within this factor, and not of the one it names beyond the other.
_NEAR, _FAR = 1.2, 2.0
#: Only a number said to a hundredth of itself shows by its value which basis it is on.
_SHARP = 0.01
#: A basis is shown for being the nearest where it is within this part of the number, else the first one.
_CLOSE = 0.1
#: An amount may be revised by this part of it from one edition to another.
_REVISED = 0.02
_LISTED, _REPORTED = 4, 5
_SCHOOLS_WORD = "for the school"


@dataclass
class _Case:
    """A reading with all that its verdict rests on."""

    store: Store
    reading: Reading
    said: Said
    today: datetime.date
    evidence: Evidence = field(default_factory=Evidence)
    bounds: tuple[ImpliedFinding, ...] = ()
    remarks: list[str] = field(default_factory=list)

    @property
    def found(self) -> tuple[Found, ...]:
        """All that was computed."""
        return self.evidence.found

    @property
    def likeliest_year(self) -> int:
        """The year that "now" means first: for funding that of the day, for counts the latest."""
        names, last = self.reading.what.measures if self.reading.what else (), self.said.last
        if last is None or not names or names[0] not in MEASURES:
            return self.today.year + 1
        return financial_year_of(last)

    @property
    def place(self) -> str:
        """Whom it is about, within a sentence."""
        return _name(self.reading.who)

    def judged(self, code: Code, sentence: str, **others: object) -> CheckedClaim:
        """Return the claim with its verdict."""
        needs = self.evidence.needs
        remarks = [*self.evidence.notes, *self.remarks]
        if needs and code in ("true_on_some_bases", "true", "was_true", "untrue"):
            remarks.append(f"Not in the tables, and so not tried: {'; '.join(needs)}.")
        named = {
            "text": self.reading.text, "reading": self.reading, "needs": needs, "bounds": self.bounds,
            "remarks": tuple(dict.fromkeys(remarks)), "start_at": self.reading.start_at, "end_at": self.reading.end_at,
        }  # fmt: skip
        return CheckedClaim(code=code, sentence=sentence, **(named | others))  # type: ignore[arg-type]


def judge(
    store: Store, reading: Reading, said: datetime.date | None, said_precision: str, today: datetime.date
) -> CheckedClaim:
    """Judge a reading as of the date on which it was said, known to the day, the month or the year; today without one.

    Raises
    ------
    UsageError
        If the tables cannot be read.
    """
    case = _Case(store, reading, Said.on(said, said_precision), today)
    if early := _not_judged(case):
        return early
    case.evidence = search(store, reading, case.said)
    if said is None and (reading.end is None or reading.end.kind in ("now", "past")):
        case.remarks.append(f"It has no date: it is taken as said on {date_in_words(today.isoformat())}.")
    if case.evidence.problem and not reading.unread:
        words = f"Cannot be told: it does not say {case.evidence.problem}."
        return case.judged("not_understood", words)
    if reading.problem or reading.unread:
        what = f"not read: {not_read(reading.unread)}" if reading.unread else reading.problem
        return case.judged(
            "not_understood",
            f"Cannot be told: {what}. Put it with one place, one quantity, one number and its dates.",
            matches_if=_with_words(each for each in case.found if each.finding.fits),
        )
    names = reading.what.measures if reading.what else ()
    if "nff" in names and (case.evidence.needs or case.evidence.is_fallback):
        from hnf.claims.bounded import search_bounds  # numpy, which it needs, is slow to load

        case.bounds = tuple(search_bounds(store, reading, case.said))
    return _verdict(case)


def _not_judged(case: _Case) -> CheckedClaim | None:
    """Return the answer where a place or a quantity cannot be judged here, or none is named."""
    reading = case.reading
    places = [place for place in (reading.who, reading.other, reading.group) if place]
    if abroad := next((place for place in places if place.kind == "outside"), None):
        words = f"Cannot be told: {abroad.name} is outside England, and these tables are of England alone."
        return case.judged("out_of_scope", words)
    if reading.what and not reading.what.is_ours:
        publisher = f" {capital(reading.what.publisher)}." if reading.what.publisher else ""
        words = f"Cannot be told: it is about {reading.what.words}, which these tables do not have."
        return case.judged("out_of_scope", f"{words}{publisher.replace('..', '.')}")
    unclear = next((place for place in places if place.kind in ("ambiguous", "unknown")), None)
    if unclear:
        name = unclear.said or unclear.name
        ask = f"which is meant, {_either(unclear.choices)}?" if unclear.choices else "which authority is meant?"
        return case.judged("not_understood", f"Cannot be told: '{name}' is no one authority in England; {ask}")
    lacking = "what is counted" if reading.what is None else "which place it is about" if reading.who is None else ""
    is_empty = reading.number is None and not (reading.direction or reading.part_of_rank)
    if not lacking and is_empty:
        if reading.problem:
            return case.judged("not_understood", f"Cannot be told: it does not say {reading.problem}.")
        lacking = "a number, a direction or whom to compare with"
    if not lacking:
        return None
    if reading.who is None and reading.what is not None and not is_empty:
        # Where no place has the figure, it does not matter which is meant.
        case.evidence = search(case.store, replace(reading, who=Place("england", "England")), case.said)
        if case.evidence.needs and not any(each.span.is_meant for each in case.evidence.found):
            words = f"what it needs is not in the tables of any place: {_plainly(case.evidence.needs)}"
            return case.judged("needs_data", f"Cannot be told: {words}. It names no place.")
        case.evidence = Evidence()
    problem = f" ({reading.problem})" if reading.problem else ""
    return case.judged("not_understood", f"Cannot be told: it does not say {lacking}{problem}.")


def _plainly(needs: Iterable[str]) -> str:
    """What is missing, within a sentence: where it is published stands below, with the address."""
    return "; ".join(
        dict.fromkeys(re.sub(r": DfE, [^;]*?\(https?://\S+\)| \(https?://\S+\)", "", each) for each in needs)
    )


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return " or ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))


def _name(place: Place | None) -> str:
    if place is None or place.kind == "england":
        return "England"
    if place.kind == "rate":
        rates = {"average": "England", "median": "the median", "mean": "the mean"}
        return rates.get(place.name, f"the {place.name} funded")
    return place.name


# The verdict.


def _verdict(case: _Case) -> CheckedClaim:
    reading, found, needs = case.reading, case.found, case.evidence.needs
    meant = case.likeliest_year
    support = sorted(
        (each for each in found if each.supports), key=lambda each: (not each.is_main, abs(meant - each.span.end))
    )
    if support and (support[0].is_main or not needs):
        return _supported(case, support)
    label, mislabelled = _by_another_label(case)
    if label and (not needs or case.evidence.is_fallback or reading.per in NOT_IN_TABLES):
        first = label[0]
        words = f"Partly true, but mislabelled: {mislabelled}. {say(case, first)}"
        return _with_figure(case, "true_on_some_bases", words, first, supporting=label, mislabelled=mislabelled)
    others = [each for each in found if each.finding.fits and not each.supports]
    earlier = [each for each in others if each.finding.is_stated and not each.span.is_meant]
    mislabelled = mislabelled or _of_another_size(case)
    is_since = reading.start is not None and reading.form == "change" and not reading.is_negated
    if case.said.first is None and is_since and earlier:
        now = _on_same_start(case, earlier[-1])
        if now and not now.finding.fits:
            return _was_true(case, max(earlier, key=lambda each: each.span.end), now)
    shown = _nearest(case)
    if edition := _edition_then(case, shown):
        case.evidence = replace(case.evidence, needs=(*needs, edition))
    if case.evidence.needs:
        return _needing(case, others, mislabelled)
    if case.said.first is None and earlier and not reading.is_negated:
        when = _either(dict.fromkeys(each.finding.year for each in earlier[:_LISTED]))
        now_is = f" Now: {say(case, shown)}" if shown else ""
        words = f"Cannot be told without a date: it matches if it means {when}.{now_is}"
        return _with_figure(case, "not_understood", words, shown, matches_if=others)
    if shown is None:
        words = f"Cannot be told: the tables have no figure of it for {case.place}."
        return replace(case.judged("needs_data", words), needs=("figures of the period that it means",))
    if _is_other_money(case):
        size = "it does not say which money it is, and is not of the size of high needs funding"
        words = f"Cannot be told: {size}. {say(case, shown)}"
        return _with_figure(case, "out_of_scope", words, shown)
    hint = f" As to its label, {mislabelled}." if mislabelled else ""
    of_now = [each for each in others if each.span.is_meant]
    if reading.is_negated or reading.number is None:
        others = of_now = []
    if of_now:
        hint += f" The number is that of {_bases(of_now)}, which its words do not mean."
    elif others:
        hint += f" It matches if it means {_either(dict.fromkeys(each.finding.year for each in others[:_LISTED]))}."
    words = f"Not true: {say(case, shown)}{hint}"
    against = [each for each in found if each.span.is_meant and each.finding.is_stated]
    return _with_figure(case, "untrue", words, shown, contradicting=against, matches_if=others, mislabelled=mislabelled)


def _edition_then(case: _Case, shown: Found | None) -> str:
    """Name the edition of an amount that stood when it was said, where one that came out since is near it."""
    number, last = case.reading.number, case.said.last
    if shown is None or number is None or last is None or shown.finding.per != "none" or case.reading.form != "level":
        return ""
    year = FinancialYear(shown.span.end)
    is_later = total_edition(case.store, year)[:10] > last.isoformat()
    if not is_later or abs(shown.finding.value - number.value) > _REVISED * number.value:
        return ""
    return f"the allocations of {year} as they stood when it was said: an earlier edition of {allocation(year, year)}"


def _supported(case: _Case, support: list[Found]) -> CheckedClaim:
    first, reading = support[0], case.reading
    is_open = reading.end is None or reading.end.kind == "now"
    support = [each for each in support if not is_open or each.span == first.span]
    spans = {each.span for each in support if each.is_main or not first.is_main}
    against = [
        each
        for each in case.found
        if each.span in spans
        and each.finding.is_stated
        and not each.finding.fits
        and (each.is_main or not first.is_main)
    ]
    now = _on_same_start(case, first) if is_open else None
    if now and now.span.end > first.span.end and not now.finding.fits:
        if reading.start is None or reading.start.kind != "past":
            return _was_true(case, first, now, support, against)
        case.remarks.append(f"To {now.finding.year.rpartition(' to ')[2]} it is {_signed(now.finding)}.")
    later = case.evidence.is_fallback or (reading.end is None and bool(case.evidence.needs))
    if first.is_main and not against and not later:
        return _with_figure(case, "true", f"True: {say(case, first)}", first, supporting=support)
    words = f"Partly true: {say(case, first)}"
    if more := support[1:]:
        words += f" It holds on {len(more)} other {'basis' if len(more) == 1 else 'bases'} too."
    newest = [each for each in against if each.span == first.span]
    if newest:
        words += f" It does not hold on {_bases(newest[:1])}."
    if not first.is_main:
        words += " It does not hold on the count that is usual." if not newest else ""
    if later:
        words += f" It names no year: {first.finding.year} is the last in the tables."
    return _with_figure(case, "true_on_some_bases", words, first, supporting=support, contradicting=against)


def _was_true(
    case: _Case, then: Found, now: Found, support: list[Found] | None = None, against: list[Found] | None = None
) -> CheckedClaim:
    if_said = "if it was said of" if case.said.first is None else "when it was said, of"
    end = now.finding.year.rpartition(" to ")[2]
    today = f"to {end} it is" if case.reading.form == "change" else f"in {end} it was"
    value = _signed(now.finding)
    words = f"Was true {if_said} {then.finding.year}: {say(case, then)} {capital(today)} {value}."
    found = support or [then]
    checked = _with_figure(case, "was_true", words, now, supporting=found, contradicting=against or [])
    return replace(checked, today=_with_words([now])[0])


def _needing(case: _Case, others: list[Found], mislabelled: str) -> CheckedClaim:
    """Judge where a figure is in no table: by what is left of it, where published rules leave little."""
    from hnf.claims.bounded import bounded_years, not_implied, range_in_words

    reading, needs = case.reading, case.evidence.needs
    shown, held = _nearest(case), list(others)
    judged = [each.agreement for each in case.bounds]
    names = reading.what.measures if reading.what else ()
    is_named = names == ("nff",) and reading.per == "head"
    ranges = "; ".join(
        f"{each.year}, {each.note}: {range_in_words(reading, each)}, {each.agreement}" for each in case.bounds
    )
    leave = f"published rules and figures leave of the formula per head: {ranges}"
    if (
        is_named
        and case.bounds
        and all(a == "excluded" for a in judged)
        and bounded_years(case.store, reading, case.said)[1]
    ):
        case.evidence = replace(case.evidence, needs=())
        return case.judged("untrue", f"Not true: it does not agree with anything that {leave}.")
    words = f"Cannot be told: what it needs is not in the tables: {_plainly(needs)}."
    if is_named and case.bounds:
        words += f" It is consistent with what {leave}."
    elif case.bounds:
        case.remarks.append(f"If the formula per head is meant, this is what {leave}.")
    if not is_named or not case.bounds:
        case.remarks += not_implied(case.store, reading, case.said)
    nearest = _nearest_held(case)
    if nearest:
        words += f" The nearest that is held: {say(case, nearest)}"
        held = held or ([nearest] if nearest.finding.fits else [])
    elif shown and reading.form in ("level", "change", "rank"):
        words += f" What the tables have: {say(case, shown)}"
    if mislabelled:
        words += f" As to its label, {mislabelled}."
    against = [each for each in case.found if each.span.is_meant and not each.finding.fits]
    checked = _with_figure(
        case, "needs_data", words, shown or nearest, matches_if=held, contradicting=against, mislabelled=mislabelled
    )
    return replace(checked, reported=tuple(_reported(case)))


def _nearest_held(case: _Case) -> Found | None:
    """Return a rank in the last year that is held, where the year that a claim names is not."""
    reading, last = case.reading, last_held(case.store, case.reading)
    names = reading.what.measures if reading.what else ()
    if last is None or any(each.span.is_meant for each in case.found) or names[0] not in MEASURES:
        return None
    span = Span(None, last, is_meant=False)
    if reading.form == "change":
        known = [year.start for year in financial_years(case.store)]
        start = reading.start.year if reading.start and reading.start.kind != "past" else known[0]
        span = Span(min(max(start, known[0]), known[-2]), last, is_meant=False)
    elif reading.form not in ("rank", "level") or (reading.end and reading.end.kind not in ("now", "past") and (
        reading.end.year <= last and reading.form == "level"
    )):  # fmt: skip
        return None
    found = [each for each in at(case.store, reading, span) if each.finding.is_stated and each.is_main]
    return next((each for each in found if each.finding.fits), found[0] if found else None)


def _on_same_start(case: _Case, then: Found) -> Found | None:
    """Return the present figure on a basis and from a start."""
    last = last_held(case.store, case.reading)
    if last is None:
        return None
    found = at(case.store, case.reading, Span(then.span.start, last))
    same = [each for each in found if each.finding.basis == then.finding.basis and not each.finding.note]
    return next((each for each in same if each.finding.unit == then.finding.unit), None)


def _nearest(case: _Case) -> Found | None:
    """Return what comes nearest to the number on a basis and at a time that a claim means."""
    meant = [each for each in case.found if each.span.is_meant and each.is_main]
    stated = [each for each in meant if each.finding.is_stated]
    stated = stated or [each for each in meant if each.finding.per == "pupil"] or meant
    if not stated:
        return None
    number = case.reading.number
    names = case.reading.what.measures if case.reading.what else ()
    if number is None or not (names and names[0] in MEASURES):
        last = case.said.last
        is_unpublished = last is not None and last.month < MID_YEAR  # the count of that January came out later
        return (min if is_unpublished else max)(stated, key=lambda each: each.span.end)
    nearest = min(stated, key=lambda each: abs(abs(each.finding.value) - abs(number.value)))
    return nearest if abs(abs(nearest.finding.value) - abs(number.value)) < _CLOSE * abs(number.value) else stated[0]


def _is_other_money(case: _Case) -> bool:
    """Whether pounds a head that name no fund are of another size than high needs funding is on any basis."""
    reading, number = case.reading, case.reading.number
    if reading.form != "level" or not reading.per or reading.what is None or not reading.what.is_assumed:
        return False
    values = [each.finding.value for each in case.found if each.finding.value > 0 and each.finding.is_stated]
    said = number.value if number and number.unit == "gbp" else 0.0
    return said > 0 and bool(values) and not min(values) / _FAR <= said <= max(values) * _FAR


def _by_another_label(case: _Case) -> tuple[list[Found], str]:
    """Return bases whose number it is and whose denominator it does not name, and what is wrong with the label."""
    reading, number = case.reading, case.reading.number
    unknown, names = reading.per in NOT_IN_TABLES, reading.what.measures if reading.what else ()
    if reading.is_negated:
        return [], ""
    if not unknown:
        is_sharp = number is not None and number.half <= abs(number.value) * _SHARP and not number.bound
        if reading.per in ("", "child") or not is_sharp or reading.form not in ("level", "change"):
            return [], ""
    found = [
        each
        for each in case.found
        if each.finding.fits
        and each.finding.measure in names
        and not each.finding.note
        and (each.span.is_meant or unknown)
    ]
    if not found:
        return [], ""
    latest = max(each.span.end for each in found)
    found = [each for each in found if each.span.end == latest]
    return found, f"the figure is {_bases(found)}, not {PER_IN_WORDS.get(reading.per, 'what it says')}"


def _of_another_size(case: _Case) -> str:
    """Name the basis of the number's size where what it says it is divided by gives one of another size."""
    reading, number = case.reading, case.reading.number
    if reading.per in NOT_IN_TABLES and reading.form in ("ratio", "difference"):
        return f"no table has figures {PER_IN_WORDS[reading.per]}, and those of the tables are per pupil or per plan"
    if reading.per in ("", "none", "child") or number is None or number.unit != "gbp" or reading.form != "level":
        return ""
    here = [each.finding for each in case.found if each.finding.value > 0]
    latest = max((finding.order for finding in here), default=0)
    here = [finding for finding in here if finding.order == latest]
    label = "plan" if reading.per in NOT_IN_TABLES else reading.per

    def apart(finding: Finding) -> float:
        return max(finding.value / number.value, number.value / finding.value) if number and number.value > 0 else _FAR

    if not here or any(apart(each) < _FAR for each in here if each.per == label):
        return ""
    near = [each for each in here if each.per != label and apart(each) < _NEAR]
    near = [each for each in near if each.per == "pupil"] or near
    if not near:
        return ""
    best = min(near, key=apart)
    basis = f"{PLAIN[best.measure].words} {PER_IN_WORDS[best.per]}"
    return f"the figure is of the size of {basis} (£{best.value:,.0f} in {best.year}), not {PER_IN_WORDS[reading.per]}"


# What goes with a verdict.


def _with_figure(
    case: _Case,
    code: Code,
    words: str,
    shown: Found | None,
    *,
    supporting: Iterable[Found] = (),
    contradicting: Iterable[Found] = (),
    matches_if: Iterable[Found] = (),
    mislabelled: str = "",
) -> CheckedClaim:
    """Return a verdict with its bases in words, the sentence to use instead and what a reader must know of it."""
    if shown:
        case.remarks += _remarks(case, shown)
    return case.judged(
        code,
        words,
        say_instead=say(case, shown) if shown else "",
        say_instead_id=shown.finding.figure_id if shown else "",
        supporting=_with_words(supporting),
        contradicting=_with_words(contradicting),
        matches_if=_with_words(matches_if),
        mislabelled=mislabelled,
    )


def _remarks(case: _Case, shown: Found) -> Iterator[str]:
    """Yield what a figure hides: another area, a break, real terms, an edition after it was said."""
    finding, span = shown.finding, shown.span
    is_money = finding.measure in MEASURES
    if shown.remark:
        yield f"{capital(shown.remark).rstrip('.')}."
    if span.start is not None:
        series = {finding.measure} if is_money else _series(finding.measure)
        yield from (crossed.in_words for crossed in breaks_of(series) if crossed.lies_in(span.start, span.end))
        if is_money and case.reading.prices != "real" and "start_value" in finding.others:
            yield from _real(case, finding, span)
    if is_money and case.said.last is not None and span.end <= financial_years(case.store)[-1].start:
        edition = total_edition(case.store, FinancialYear(span.end))
        if edition[:10] > case.said.last.isoformat():
            when = date_in_words(edition[:10])
            yield f"The figures of {FinancialYear(span.end)} are of the edition of {when}, after it was said."


def _series(name: str) -> set[str]:
    """Return the names under which a break may be of a measure."""
    if name in ("ehc_plans", PLANS_ALONE):
        return {"plans"}
    measure = find_measure(name)
    sides = (measure.part, measure.whole) if isinstance(measure, Share) else (name,)
    return {name, *sides, *(PLAIN[each].kind for each in sides if each in PLAIN)}


def _real(case: _Case, finding: Finding, span: Span) -> Iterator[str]:
    """Say what a rise in cash is in real terms where that is a fall."""
    prices = deflator(case.store)
    try:
        ends = (
            (finding.others["start_value"], FinancialYear(span.start or 0)),
            (
                finding.others["end_value"],
                FinancialYear(span.end),
            ),
        )
        before, after = (prices.real(value, year) for value, year in ends)
    except (UsageError, KeyError):
        return
    if finding.others["end_value"] > finding.others["start_value"] and after < before:
        yield f"In cash it rose; in real terms it fell by {(1 - after / before) * 100:.1f}% (GDP deflator)."


def _reported(case: _Case) -> Iterator[ReportedFigure]:
    """Yield what was reported of the area in the years that a claim means and no table holds."""
    reading = case.reading
    names = reading.what.measures if reading.what else ()
    if not names or names[0] not in MEASURES or reading.who is None:
        return
    from hnf.analysis.reported import reported

    who = {"england": ENGLAND, "authority": "".join(reading.who.codes[:1])}.get(reading.who.kind, reading.who.name)
    wanted = {need.removeprefix("the high needs block of ")[:7] for need in case.evidence.needs}
    try:
        sentences = reported(case.store, who).sentences
    except UsageError:
        return
    for row in [each for each in sentences if each["financial_year"] in wanted][:_REPORTED]:
        words = (row["words"], row["source"], row["address"], row["figure_ids"][0])
        yield ReportedFigure(row["financial_year"], *words)


# Words.


def basis_in_words(finding: Finding) -> str:
    """Say a basis without its period: "formula per head (ONS)"."""
    short = MEASURES_IN_SHORT.get(finding.measure)
    parts = [find_measure(finding.measure).words if short is None else short]
    if finding.measure == "ehc_plans":
        has_statements = int(finding.year.removeprefix("January ")[:4]) <= statements_until()
        parts = ["EHC plans and statements of SEN" if has_statements else "EHC plans"]
    if finding.per and finding.per != "none":
        series = f" ({_SERIES[finding.population]})" if finding.population else ""
        parts.append(f"{PER_IN_WORDS[finding.per]}{series}")
    if finding.note:
        parts.append(finding.note)
    return " ".join(part for part in parts if part)


def _with_words(found: Iterable[Found]) -> tuple[Finding, ...]:
    ordered = sorted(found, key=lambda each: (-each.span.end, not each.is_main))
    return tuple(replace(each.finding, words=basis_in_words(each.finding)) for each in ordered)


def _bases(found: Iterable[Found]) -> str:
    """List bases with period and value; long lists are cut short and counted."""
    findings = _with_words(found)
    parts = [f"{each.year} {each.words} ({value_in_words(each)})" for each in findings[:_LISTED]]
    more = f" and {len(findings) - _LISTED} more" if len(findings) > _LISTED else ""
    return "; ".join(parts) + more


def value_in_words(finding: Finding) -> str:
    """Say a value with its unit, and the other where it compares."""
    others, unit = finding.others, finding.unit
    text = _signed(finding)
    if unit == "rank":
        return f"{text} of {others['universe']:.0f}"
    if "own_value" in others:
        kind = "gbp" if finding.measure in MEASURES else "count"
        text = number_in_words(others["own_value"], kind)
    if "comparator_value" in others:
        is_change = unit == "pct" and "start_value" in others
        kind = "pct" if is_change else "gbp" if finding.measure in MEASURES else "count"
        text += f" against {number_in_words(others['comparator_value'], kind)}"
    if "plans_change_pct" in others:
        text += f", plans {others['plans_change_pct']:+.1f}%"
    return text


def _signed(finding: Finding) -> str:
    unit = "gbp" if finding.unit.startswith("gbp") else finding.unit
    if unit == "rank":
        lowest = round(finding.others["rank_from_lowest"])
        highest = round(finding.others["universe"]) + 1 - lowest
        if round(finding.value) != lowest:
            highest = round(finding.value)
        return _place(lowest, "lowest") if lowest <= highest else _place(highest, "highest")
    sign = "+" if unit in ("pct", "points") and finding.value > 0 and "start_value" in finding.others else ""
    return sign + number_in_words(finding.value, unit)


def _place(number: int, end: str) -> str:
    return end if number == 1 else f"{ordinal(number)} {end}"


def say(case: _Case, found: Found) -> str:
    """Say a figure in one sentence with its basis and dates."""
    finding, reading = found.finding, case.reading
    basis, year, place = basis_in_words(finding), finding.year, found.area or case.place
    is_money, others = finding.measure in MEASURES, finding.others
    per = PER_IN_WORDS.get(finding.per, "") if finding.per != "none" else ""
    other = _name(reading.other) if reading.other else "England"
    unit = "gbp" if is_money else finding.unit
    if "start_value" in others:
        return _say_change(finding, place, other, "in real terms" if reading.prices == "real" else "")
    if finding.unit == "rank":
        value = f" ({number_in_words(others['rate_gbp'], 'gbp')})" if "rate_gbp" in others and is_money else ""
        group = reading.group if reading.group and reading.group.kind != "england" else None
        among = f" {'in' if group.kind == 'region' else 'among'} {group.name}" if group else ""
        what = f"by growth of {basis}" if reading.is_rank_of_change else f"by {basis}"
        when = f"from {year}" if " to " in year else f"in {year}"
        return capital(f"{place} was the {value_in_words(finding)}{among} {what} {when}{value}.")
    if reading.form == "gap":
        more = "more" if finding.value >= 0 else "less"
        at_rate = _gap_rate(finding.comparator)
        amount = number_in_words(abs(finding.value), "gbp")
        return f"At {at_rate} {place} would have had {amount} {more} in {year} ({basis})."
    if reading.form == "catch_up":
        years = number_in_words(finding.value, "years")
        return f"At the pace of {year} {place} would need {years} to reach {_gap_rate(finding.comparator)} ({basis})."
    if reading.form == "school":
        return f"In {year} it was {number_in_words(finding.value, 'gbp')} {_SCHOOLS_WORD} ({basis})."
    if "own_value" in others:
        return _say_compared(finding, place, other, basis, per)
    value = number_in_words(finding.value, "gbp" if is_money else unit)
    against = ""
    if "comparator_value" in others:
        against = f", {other} {number_in_words(others['comparator_value'], unit if not is_money else 'gbp')}"
    if is_money and per:
        return capital(f"{place} received {value} {per}{against} in {year} ({basis}).")
    if is_money:
        return f"The {PLAIN[finding.measure].words} of {place} was {value}{against} in {year}."
    part, _, whole = basis.partition(", % of ")
    if whole:
        return f"In {place} {part} were {value} of {whole}{against} in {year}."
    return f"There were {value} {basis} in {place}{against} in {year}."


def _gap_rate(comparator: str) -> str:
    if comparator in ("average", "median", "mean"):
        return {"average": "England's average rate", "median": "the median rate", "mean": "the mean rate"}[comparator]
    return f"the {comparator} rate" if comparator in ("lowest", "highest", "next lowest") else f"{comparator}'s rate"


def _say_compared(finding: Finding, place: str, other: str, basis: str, per: str) -> str:
    own, theirs, is_money = finding.others["own_value"], finding.others["comparator_value"], finding.measure in MEASURES
    unit = "gbp" if is_money else "pct" if finding.unit in ("points", "pct") else "count"
    both = f"{number_in_words(own, unit)} against {number_in_words(theirs, unit)}"
    what = f"{per} " if per else ""
    if finding.unit == "times":
        if 0 < finding.value < 1:
            place, other, both = other, place, f"{number_in_words(theirs, unit)} against {number_in_words(own, unit)}"
        ratio = number_in_words(max(finding.value, 1 / finding.value) if finding.value > 0 else finding.value, "times")
        return capital(f"{place} had {ratio} what {other} had {what}in {finding.year} ({both}; {basis}).")
    size = number_in_words(
        abs(own / theirs - 1) * 100 if finding.unit == "pct" else abs(own - theirs),
        finding.unit[:3] if finding.unit.startswith("gbp") else finding.unit,
    )
    more = "more" if own >= theirs else "less"
    return capital(f"{place} had {size} {more} {what}than {other} in {finding.year} ({both}; {basis}).")


def _say_change(finding: Finding, place: str, other: str, prices: str) -> str:
    others, is_money = finding.others, finding.measure in MEASURES
    first, _, last = finding.year.partition(" to ")
    before, after = others["start_value"], others["end_value"]
    unit = "gbp" if is_money else "pct" if finding.unit == "points" else "count"
    ends = f"from {number_in_words(before, unit)} in {first} to {number_in_words(after, unit)} in {last}"
    size = number_in_words(abs(after / before - 1) * 100, "pct")
    if finding.unit in ("gbp", "count", "points"):
        size = number_in_words(abs(after - before), finding.unit)
    verb = "rose" if after > before else "fell" if after < before else "did not change"
    by = f" by {size}" if after != before else ""
    if finding.unit == "times" and after > before:
        by = f" to {number_in_words(after / before, 'times')} what they were"
    what, _, whole = basis_in_words(finding).partition(", % of ")
    ends += f" of {whole}" if whole else ""
    if is_money:
        what = f"the {what}"
        by = by.replace("they were", "it was")
    against = f", {other}'s by {others['comparator_value']:+.1f}%" if "comparator_value" in others else ""
    plans = f"; plans by {others['plans_change_pct']:+.1f}%" if "plans_change_pct" in others else ""
    words = f"{what} {'of' if is_money else 'in'} {place} {verb}{by}{f' {prices}' if prices else ''}, {ends}"
    return capital(f"{words}{against}{plans}.")


def check_reading(store: Store, reading: Reading, said: str = "", today: datetime.date | None = None) -> CheckedClaim:
    """Judge a reading as of a date, which is 2024-06-30, 2024-06 or 2024; today where there is none."""
    day, precision = parse_said(said)
    return judge(store, reading, day, precision, today or datetime.datetime.now(tz=datetime.UTC).date())


def check_claim(store: Store, claim: Claim) -> CheckedClaim:
    """Check one claim.

    Raises
    ------
    UsageError
        If the claim names an authority that does not exist.

    Examples
    --------
    >>> import hnf
    >>> claim = hnf.shipped_claims()[0]
    >>> hnf.check_claim(hnf.Store(), claim).to_json()["id"] == claim.id
    True
    """
    try:
        if claim.kind:
            checked = check_reading(store, reading_of(store, claim), claim.said)
        else:
            checked, *others = check_text(store, claim.text, claim.authority, claim.said)
            beside = tuple(f"The same text also says: {other.sentence}" for other in others)
            checked = replace(checked, remarks=(*checked.remarks, *beside))
    except UsageError as error:
        raise UsageError(error.what, where=f"claim '{claim.id}'", todo=error.todo) from error
    if claim.needs:
        checked = _resting_on(claim, checked)
    return replace(
        checked, id=claim.id, text=claim.text, remarks=(*checked.remarks, *((claim.note,) if claim.note else ())),
        said_by=claim.who, said_where=claim.where, said=claim.said, link=claim.link,
    )  # fmt: skip


def _resting_on(claim: Claim, checked: CheckedClaim) -> CheckedClaim:
    """Let no basis support a claim, or speak against it, that is known to rest on figures in no table."""
    needs = (*checked.needs, *claim.needs)
    words = f" The tables have: {checked.say_instead}" if checked.say_instead else ""
    return replace(
        checked,
        code="needs_data",
        sentence=f"Cannot be told: it needs {_plainly(needs)}.{words}",
        needs=needs,
        supporting=(),
        matches_if=(*checked.supporting, *checked.matches_if),
    )


def check_claims(store: Store, claims: Iterable[Claim]) -> list[CheckedClaim]:
    """Check claims in order."""
    return [check_claim(store, claim) for claim in claims]


def check_text(store: Store, text: str, who: str = "", said: str = "") -> list[CheckedClaim]:
    """Check a plain text: each claim of each of its sentences.

    Parameters
    ----------
    text : str
        Any text.
    who : str
        The authority it is about, where the text does not say.
    said : str
        When it was said: 2024-06-30, 2024-06 or 2024; today where it is not known, which the answer says.

    Returns
    -------
    list of CheckedClaim
        One for each claim in it; `not_understood` where there is none.

    Raises
    ------
    UsageError
        If `who` is not an authority, or `said` no date.

    Examples
    --------
    >>> import hnf
    >>> text = "Hertfordshire had the third lowest funding per head in 2023-24."
    >>> hnf.check_text(hnf.Store(), text)[0].to_json()["verdict_code"]
    'true_on_some_bases'
    """
    if not isinstance(text, str):
        raise UsageError(f"'{str(text)[:40]}' is no text to check")
    from hnf.claims.grammar import read_text

    parse_said(said)
    readings = read_text(store, text, who)
    if not readings:
        words = "Cannot be told: it holds no number, rank or comparison about high needs funding or EHC plans."
        return [CheckedClaim("not_understood", text, sentence=words, said=said, end_at=len(text))]
    return [replace(check_reading(store, reading, said), said=said) for reading in readings]
