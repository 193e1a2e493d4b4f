"""One authority beside those that are most like it: its ten statistical neighbours."""

from __future__ import annotations

from hnf.analysis.changes import Change
from hnf.analysis.comparator_sets import latest_model, neighbour_set
from hnf.analysis.comparators import Comparison, compare
from hnf.analysis.ranking import rank_id, rate_figure, rate_id
from hnf.analysis.series import NeedSeries, need_series
from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec, rate_table
from hnf.reporting.content import Cell, Column, Section, Sentence, Table
from hnf.reporting.sections.shared import PER_WORDS, RATE_SOURCE
from hnf.reporting.sentences import PER_PROSE, plain
from hnf.reporting.subject import Subject
from hnf.reporting.wording import Wording
from hnf.store import Store
from hnf.words import capital

#: How the own rate is said to lie against the mean.
_MESSAGES = {"below": "below", "above": "above", "level": "level with"}
NOT_RANKED = "not ranked"


def neighbour_section(subject: Subject) -> Section:
    """Set an authority beside its statistical neighbours; say why where it has none."""
    title = "Beside its neighbours"
    spec = subject.spec
    if spec is None:
        return Section("neighbours", title, (plain(f"{subject.no_allocation}."),))
    try:
        found = compare(subject.store, spec, subject.authority.la_code, neighbour_set(latest_model(subject.store)))
    except UsageError as error:
        return Section("neighbours", title, (plain(f"{error.what}."),))
    authorities = Authorities.of(subject.store)
    members = (subject.authority, *(authorities[code] for code in found.set.codes))
    name = capital(subject.authority.prose)
    table = side_by_side(subject.store, spec, members, subject.need, f"{name} and its statistical neighbours")
    return Section("neighbours", title, (_say_mean(subject, spec, found),), (), (table,))


def _say_mean(subject: Subject, spec: RateSpec, found: Comparison) -> Sentence:
    say = Wording()
    mean = found.figure("mean")
    own = rate_figure(subject.store, spec, subject.authority.la_code)
    text = (
        f"{subject.authority.prose} had {say.rate(own)} {PER_PROSE[spec.per]} in {spec.year}, "
        f"{_MESSAGES[found.message]} the mean of its statistical neighbours, {say.rate(mean)}."
    )
    basis = (
        f"{capital(spec.in_words)}. The mean of the neighbours' rates, each counting once; "
        f"{latest_model(subject.store)} model, made for children's services as a whole and not for special needs."
    )
    return say.sentence(text, basis, 3, mean)


def side_by_side(
    store: Store, spec: RateSpec, members: tuple[Authority, ...], need: NeedSeries | None, title: str
) -> Table:
    """Return a table of authorities with rate, rank and growth of EHC plans, and England below them.

    Parameters
    ----------
    store : Store
    spec : RateSpec
        Basis of rate and rank.
    members : tuple of Authority
        In the order of the rows; the first is picked out.
    need : NeedSeries or None
        Gives the dates of growth; without it there is no such column.
    title : str
    """
    table = rate_table(store, spec)
    rows: list[tuple[Cell, ...]] = []
    ids: list[tuple[str | None, ...]] = []
    notes: list[str] = []
    for authority in members:
        code = authority.la_code
        has = code in table.values
        rows.append((authority.name, table.values.get(code), table.ranks.get(code)))
        ids.append((None, rate_id(spec, code), rank_id(spec, code)) if has else (None, None, None))
        if not has:
            notes.append(f"{authority.name}: {table.excluded.get(code, f'no allocation in {spec.year}')}.")
    rows.append(("England", table.england, NOT_RANKED))
    ids.append((None, rate_id(spec, "england"), None))
    columns = [Column("Authority"), Column(f"{PER_WORDS[spec.per]} (£)", "rate"), Column("Rank from lowest", "rank")]
    subtitle = f"High needs block before deductions, {spec.year}; 1 is the lowest of {len(table.values)}"
    if need:
        last = need.last_counted
        start, end = need.dates[0], need.dates[last]
        changes = [_growth(store, authority, last, notes) for authority in members] + [need.england[last]]
        rows = [(*row, change.change_pct if change else None) for row, change in zip(rows, changes, strict=True)]
        ids = [(*row, change.id if change else None) for row, change in zip(ids, changes, strict=True)]
        columns.append(Column("Growth of EHC plans (%)", "pct"))
        subtitle += f"; growth from January {start} to January {end}"
    return Table(
        id="neighbours",
        title=title,
        subtitle=subtitle,
        columns=tuple(columns),
        rows=tuple(rows),
        figure_ids=tuple(ids),
        source=RATE_SOURCE,
        notes=tuple(notes),
        highlight=0,
    )


def _growth(store: Store, authority: Authority, last: int, notes: list[str]) -> Change | None:
    """Return growth on the whole area where an authority was reorganised, with a note; None where there is none."""
    try:
        series = need_series(store, authority)
    except UsageError as error:
        notes.append(f"Growth of EHC plans, {authority.name}: {error.what}.")
        return None
    change = series.area[last]
    if series.place.is_combined:
        notes.append(f"Growth of EHC plans, {authority.name}: {series.place.name}, because boundaries changed.")
    if change.end.value is None:
        notes.append(f"Growth of EHC plans, {authority.name}: {change.figure().status}.")
    return change
