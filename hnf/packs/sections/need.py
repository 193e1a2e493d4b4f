"""Need: plans and England's since the first January, of an authority, of several side by side, and of a region.

Of an authority also where children with plans are placed, how long plans take, refusals and appeals, beside England.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hnf.analysis.growth import Change, first_january, need_series, plans_change
from hnf.errors import UsageError
from hnf.measures.notes import chart_marks, collection_since
from hnf.measures.published import ENGLAND, region_plan_counts
from hnf.measures.rates import MeasureSpec
from hnf.measures.register import PLAIN, SHARES, Share
from hnf.measures.shares import doubts_of, measure_spec, measure_table, measure_value, periods_of, unrecorded
from hnf.packs.content import (
    Band,
    Chart,
    ColumnKind,
    Entry,
    Line,
    LineChart,
    Section,
    Sentence,
    StripChart,
    StripRow,
    Table,
    Wording,
    print_cell,
    tabulate,
    within,
)
from hnf.packs.findings import SERVICE, Findings, ServiceFinding
from hnf.packs.sections.funding import PLANS_SOURCE, points
from hnf.packs.sentences import as_sentence, plans_basis, say_moved, series_of
from hnf.packs.subject import Subject
from hnf.results import Figure
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import January


def need_section(found: Findings) -> Section:
    """Plans here and in England since the first January, as an index, before the range of the neighbours."""
    need = found.subject.need
    if need is None:
        return Section("need", "Need")
    last = need.last_counted
    here, england = need.area[last], need.england[last]
    dates = tuple(str(date) for date in need.dates)
    if print_cell(here.change_pct, "pct") == print_cell(england.change_pct, "pct"):
        title = f"EHC plans {within(need.place.name)} have grown in line with England"
    else:
        faster = (here.change_pct or 0) > (england.change_pct or 0)
        title = (
            f"EHC plans {within(need.place.name)} have grown {'faster' if faster else 'more slowly'} than in England"
        )
    notes = [note for note in (as_sentence(need.place.note),) if note]
    notes += [
        f"January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    band = [] if found.is_small else _neighbour_range(found)
    columns = _columns("Plans here", "Plans in England", "Index here", "Index in England")
    rows: list[tuple[Entry, ...]] = list(_rows(dates, need.area, need.england))
    if band:
        columns |= {"Lowest index of a neighbour": "index", "Highest index of a neighbour": "index"}
        rows = [(*row, *ends) for row, ends in zip(rows, band, strict=True)]
    table = tabulate(
        "need_index",
        f"EHC plans {within(need.place.name)} and in England",
        f"Counts in January, and index with January {dates[0]} at 100",
        columns,
        rows,
        source=PLANS_SOURCE,
        notes=notes,
    )
    alt = (
        f"Line chart from January {dates[0]} to January {dates[-1]}. With {dates[0]} at 100, {need.place.name} reached "
        f"{print_cell(here.index_figure().value, 'index')} in {dates[last]} and England "
        f"{print_cell(england.index_figure().value, 'index')}."
    )
    subtitle = f"Children and young people with a statement of SEN or an EHC plan, January {dates[0]} = 100"
    spec = _index_chart(_pair(capital(need.place.name), dates, table), dates)
    if found.is_small:  # a percentage of nine children says nothing: the chart counts them
        numbers = [print_cell(figure.value, "count") for figure in (here.start, here.end)]
        title = (
            f"EHC plans {within(need.place.name)}: {numbers[0]} in January {dates[0]}, {numbers[1]} in {dates[last]}"
        )
        subtitle = "Children and young people with a statement of SEN or an EHC plan, in January"
        alt = f"Line chart from January {dates[0]} to January {dates[-1]}: from {numbers[0]} to {numbers[1]} plans."
        line = Line(capital(need.place.name), points(dates, table, 1), highlight=True)
        spec = LineChart("Number of plans", (line,), chart_marks(("plans",), dates))
    if band:
        lows, highs = (points(dates, table, column) for column in (5, 6))
        spec = replace(
            spec,
            band=Band(
                "Range of its statistical neighbours",
                tuple((label, low, high) for (label, low), (_, high) in zip(lows, highs, strict=True)),
            ),
        )
    chart = Chart(
        id="need_against_england",
        title=title,
        subtitle=subtitle,
        alt=alt,
        source=PLANS_SOURCE,
        spec=spec,
        data=table,
        notes=tuple(notes),
    )
    said = (_say_latest(found, *found.latest_year),) if found.latest_year and not found.is_small else ()
    return Section("need", "Need", said, (chart,), page="first", column="left", charts_first=True)


def _say_latest(found: Findings, here: Change, england: Change) -> Sentence:
    """Kind 1: the change over the latest year, of the authority alone where it was counted at both ends."""
    say, need = Wording(), found.subject.need
    text = f"In the latest year, from January {here.dates[0]} to January {here.dates[1]}, the number of EHC plans "
    text += f"{within(here.name)} {say_moved(say, here)}, and in England it {say_moved(say, england)}."
    basis = plans_basis()
    if need and here.name != need.place.name:
        basis += f" Of {here.name} alone; figures since January {need.dates[0]} are for {need.place.name}."
    return say.sentence(text, basis, 1)


def _neighbour_range(found: Findings) -> list[tuple[Figure | None, Figure | None]]:
    """Return the lowest and the highest index of a neighbour at each January; nothing without neighbours."""
    authorities = Authorities.of(found.store)
    series = [need_series(found.store, authorities[code]) for code in found.neighbours]
    if not series:
        return []
    ends: list[tuple[Figure | None, Figure | None]] = []
    for number in range(len(series[0].dates)):
        figures = [one.area[number].index_figure() for one in series]
        known = sorted((one for one in figures if one.value is not None), key=lambda one: one.value or 0.0)
        ends.append((known[0], known[-1]) if known else (None, None))
    return ends


def _columns(here: str, england: str, index: str, index_england: str) -> dict[str, ColumnKind]:
    return {"January": "text", here: "count", england: "count", index: "index", index_england: "index"}


def _rows(dates: tuple[str, ...], area: Sequence[Change], england: Sequence[Change]) -> Iterator[tuple[Entry, ...]]:
    for date, own, other in zip(dates, area, england, strict=True):
        yield date, own.end, other.end, own.index_figure(), other.index_figure()


def _index_chart(lines: tuple[Line, ...], dates: tuple[str, ...]) -> LineChart:
    return LineChart(f"January {dates[0]} = 100", lines, chart_marks(("plans",), dates))


def _pair(name: str, dates: tuple[str, ...], table: Table) -> tuple[Line, ...]:
    """Return the lines of the two indices of a table of `_columns`."""
    return Line(name, points(dates, table, 3), highlight=True), Line("England", points(dates, table, 4))


#: A chart has four lines at the most, one of them England's.
_MOST_PLACES = 3


def joint_need_chart(subjects: tuple[Subject, ...]) -> Chart | None:
    """Draw the plans of several authorities and of England, the first January at 100.

    Authorities that were made from the same one share the line of its area. Without a series there is no chart.
    """
    found = series_of(subjects)[:_MOST_PLACES]
    if not found:
        return None
    dates = tuple(str(date) for date in found[0].dates)
    series = [*(need.area for need in found), found[0].england]
    notes = [as_sentence(need.place.note) for need in found if need.place.note]
    notes += [
        f"{capital(need.place.name)}, January {date}: {as_sentence(change.end.status)} Shown as a gap, never as zero."
        for need in found
        for date, change in zip(dates, need.area, strict=True)
        if change.end.value is None
    ]
    columns: dict[str, ColumnKind] = {"January": "text"}
    for name in (*(need.place.name for need in found), "England"):
        columns |= {f"Plans, {name}": "count", f"Index, {name}": "index"}
    table = tabulate(
        "need_index_joint",
        "EHC plans in each authority and in England",
        f"Counts in January, and index with January {dates[0]} at 100",
        columns,
        (
            (date, *(figure for one in series for figure in (one[n].end, one[n].index_figure())))
            for n, date in enumerate(dates)
        ),
        source=PLANS_SOURCE,
        notes=notes,
    )
    names = [*(capital(need.place.name) for need in found), "England"]
    lines = tuple(
        Line(name, points(dates, table, 2 * number + 2), highlight=name != "England")
        for number, name in enumerate(names)
    )
    last = max(need.last_counted for need in found)
    ends = "; ".join(
        f"{name} {print_cell(one[last].index_figure().value, 'index')}" for name, one in zip(names, series, strict=True)
    )
    first = print_cell(100.0, "index")
    return Chart(
        id="need_side_by_side",
        title="EHC plans side by side with England",
        subtitle=f"Children and young people with a statement of SEN or an EHC plan, January {dates[0]} = 100",
        alt=f"Line chart from January {dates[0]} ({first}) to January {dates[last]}, where they stand at: {ends}.",
        source=PLANS_SOURCE,
        spec=_index_chart(lines, dates),
        data=table,
        notes=tuple(notes),
    )


def region_need_chart(store: Store, code: str, prose: str) -> Chart:
    """Draw the plans of a region (its ONS code) and of England, the first January at 100."""
    counted = [year for year, counts in region_plan_counts(store).items() if code in counts]
    first = first_january(store)
    dates = tuple(January(year) for year in counted if year >= first.year)
    here = [plans_change(store, code, (first, date)) for date in dates]
    england = [plans_change(store, ENGLAND, (first, date)) for date in dates]
    labels = tuple(str(date) for date in dates)
    table = tabulate(
        "need_index_region",
        f"EHC plans in {prose} and in England",
        f"Counts in January, and index with January {labels[0]} at 100",
        _columns("Plans in the region", "Plans in England", "Index, region", "Index, England"),
        _rows(labels, here, england),
        source=PLANS_SOURCE,
    )
    own, other = (print_cell(found[-1].change_pct, "pct") for found in (here, england))
    faster = (here[-1].change_pct or 0) > (england[-1].change_pct or 0)
    way = "in line with" if own == other else "faster than in" if faster else "more slowly than in"
    return Chart(
        id="need_against_england",
        title=f"EHC plans in {prose} have grown {way} England",
        subtitle=f"Children and young people with a statement of SEN or an EHC plan, January {labels[0]} = 100",
        alt=f"Line chart from January {labels[0]} to January {labels[-1]}: up {own} in {prose} and {other} in England.",
        source=PLANS_SOURCE,
        spec=LineChart(
            f"January {labels[0]} = 100", _pair(capital(prose), labels, table), chart_marks(("plans",), labels)
        ),
        data=table,
    )


# Where children with plans are placed, how long plans take, refusals and appeals.


def service_section(found: Findings) -> Section:
    """Timeliness, refusals, placements and appeals beside England and neighbours: one chart and three sentences."""
    if not found.service:
        return Section("service", "The service")
    rows, entries, notes = [], [], []
    for name, one in found.service.items():
        words = SERVICE[name]
        when = one.spec.period_in_words
        near = {code: value for code, value in one.others.items() if code in found.neighbours}
        rows.append(
            StripRow(
                f"{words}, {when}",
                None if one.reason else one.share.value,
                one.reason or print_cell(one.share.value, "pct"),
                one.england.value,
                print_cell(one.england.value, "pct"),
                tuple(near.values()),
                tuple(one.others.values()),
            )
        )
        ends = [(near[code], measure_value(found.store, one.spec, code).id) for code in near]
        span: tuple[Entry, Entry] = (ends[0], ends[-1]) if ends else (None, None)
        entries.append((f"{words}, {when}", None if one.reason else one.share, one.england, *span))
        notes += [f"{words}: {one.reason} for {found.name} in {when}."] if one.reason else []
    table = tabulate(
        "service",
        f"The service {within(found.name)}, in England and among its statistical neighbours",
        "Per cent; the latest period published for each measure",
        {
            "What": "text",
            "Here (%)": "pct",
            "England (%)": "pct",
            "Lowest neighbour (%)": "pct",
            "Highest neighbour (%)": "pct",
        },
        entries,
        source=_SERVICE_SOURCE,
        notes=notes,
    )
    shown = "; ".join(f"{row.name}: {row.printed} (England {row.england_printed})" for row in rows)
    chart = Chart(
        id="service",
        title=f"How {found.name} compares with England and its neighbours",
        subtitle="Per cent of plans, requests or decisions; the latest period published for each",
        alt=f"Six measures as points on lines. {shown}.",
        source=_SERVICE_SOURCE,
        spec=StripChart(capital(found.name), tuple(rows)),
        data=table,
    )
    said = (_say_process(found), _say_placed(found), _say_appeals(found))
    return Section(
        "service", "The service", tuple(filter(None, said)), (chart,), page="second", column="right", charts_first=True
    )


def joint_service(members: Sequence[Findings], areas: dict[str, str] | None = None) -> Section:
    """Tabulate the service of several authorities, or of areas (code: name), beside England's."""
    named = areas or {member.code: capital(member.name) for member in members}
    rows: list[tuple[Entry, ...]] = []
    notes: list[str] = []
    for name, words in SERVICE.items():
        if name not in members[0].service:
            continue
        spec = members[0].service[name].spec
        when = spec.period_in_words
        cells: list[Entry] = []
        for code in named:
            member = next((one for one in members if one.code == code), None)
            reason = member.service[name].reason if member else ""
            try:
                cells.append(None if reason else measure_value(members[0].store, spec, code))
            except UsageError:
                cells.append(None)
                reason = "not published"
            notes += [f"{words}, {named[code]}: {reason} for {when}."] if reason else []
        rows.append((f"{words}, {when}", *cells, measure_value(members[0].store, spec, ENGLAND)))
    table = tabulate(
        "joint_service",
        "Timeliness, refusals, placements and appeals",
        "Per cent; the latest period published for each measure",
        {"What": "text", **{f"{name} (%)": "pct" for name in named.values()}, "England (%)": "pct"},
        rows,
        source=_SERVICE_SOURCE,
        notes=notes,
    )
    return Section("service", "The service", tables=(table,), page="second")


#: Measures of a January; the others are of a calendar year.
PLACED = ("mainstream_pct", "special_state_pct", "special_independent_pct")
_SERVICE_BASIS = (
    "SEN2 returns; England as published. New EHC plans with exceptions to the time limit; placements as a share of all "
    "EHC plans, independent special schools with non-maintained ones; appeals over the year's decisions that can be "
    "appealed."
)
_SERVICE_SOURCE = "Source: Department for Education, Education, health and care plans (SEN2)."
_PROCESS = {
    "within_20_weeks_pct": ("issued", "new EHC plans within 20 weeks", "of new EHC plans issued within 20 weeks"),
    "refused_pct": ("refused", "requests for an assessment", "of requests refused"),
}


def _say_process(found: Findings) -> Sentence | None:
    """Say how many plans were issued in time and how many requests were refused, or why a share is not given."""
    say = Wording()
    said: dict[str, list[str]] = {}
    others = []
    for name, (verb, of, what) in _PROCESS.items():
        one = found.service.get(name)
        if one is None:
            continue
        if one.reason:
            others.append(f"The share {what} in {one.spec.period} is {_reason(one)}.")
        else:
            words = f"{verb} {one.say(say)} {of} (England {say.percent(one.england)})"
            said.setdefault(one.spec.period, []).append(words)
    texts = [f"In {period} {found.name} {join_words(parts)}." for period, parts in said.items()]
    if not texts and not others:
        return None
    return say.sentence(" ".join((*texts, *others)), _SERVICE_BASIS)


def _reason(one: ServiceFinding) -> str:
    """Say why there is no share, after "is" or "are"."""
    return one.reason if one.reason.startswith("not") else f"not given: the {one.reason}"


def _say_placed(found: Findings) -> Sentence | None:
    say = Wording()
    shares = [found.service[name] for name in PLACED if name in found.service]
    if len(shares) < len(PLACED):
        return None
    period, gone = shares[0].spec.period, [one for one in shares if one.reason]
    if gone:
        return say.sentence(
            f"Placements {within(found.name)} in January {period} are {_reason(gone[0])}.", _SERVICE_BASIS
        )
    parts = [
        f"{one.say(say).removesuffix(' of')} were in {where} ({say.percent(one.england)})"
        for one, where in zip(
            shares, ("mainstream schools", "state-funded special schools", "independent special schools"), strict=True
        )
    ]
    text = (
        f"In January {period}, of children and young people with an EHC plan {within(found.name)}, "
        f"{join_words(parts)}; England in brackets."
    )
    if found.code in unrecorded(found.store, shares[0].spec):
        unknown = MeasureSpec("setting_unknown_pct", period)
        here, england = (say.percent(measure_value(found.store, unknown, one)) for one in (found.code, ENGLAND))
        text += f" The setting of {here} is not recorded (England {england}), so these shares may be too low."
    return say.sentence(text, _SERVICE_BASIS)


def _say_appeals(found: Findings) -> Sentence | None:
    one = found.service.get("appeal_rate_pct")
    if one is None or one.reason:
        return None
    say = Wording()
    text = f"In {one.spec.period}, {one.say(say)} decisions that could be appealed were taken to the SEND Tribunal "
    text += f"(England {say.percent(one.england)})."
    return say.sentence(text, _SERVICE_BASIS)


# Tables for councillors and analysts: every setting and every step of the process.

#: Shares of the groups of settings, which together are all plans.
_SETTINGS = tuple(share for share in SHARES.values() if share.part.startswith("placed_"))
_STEPS = (
    *("within_20_weeks_pct", "within_20_weeks_ex_pct", "over_52_weeks_pct", "refused_pct", "undecided_pct"),
    *("not_issued_pct", "appeal_rate_pct"),
)


def placements_section(store: Store, authority: Authority) -> Section | None:
    """Where children with plans are placed at the latest January with figures, and the latest waits and refusals."""
    code, place = authority.la_code, within(authority.prose)
    specs = [MeasureSpec(_SETTINGS[0].name, january) for january in periods_of(store, _SETTINGS[0].name)]
    counted = [s.period for s in specs if code in measure_table(store, s).values and code not in doubts_of(s)]
    if not counted:
        return None
    last, earlier = counted[-1], [one for one in counted[:1] if one != counted[-1]]
    totals = (_value(store, "placements_total", last, area) for area in (code, ENGLAND))
    placements = _shares_table(
        store,
        code,
        (
            "placements",
            f"Where children and young people with an EHC plan {place} are placed",
            f"EHC plans by setting, January {last}" + "".join(f", and shares of January {one}" for one in earlier),
        ),
        {capital(PLAIN[share.part].words.removeprefix("EHC plans ")): (share, last) for share in _SETTINGS},
        earlier=earlier,
        total=["All EHC plans", *(entry for total in totals for entry in (total, "")), *([""] * 2 * len(earlier))],
    )
    notes = [
        "Mainstream schools are state-funded or independent. Independent and non-maintained special schools are "
        "counted together.",
        *(f"Collected by person from {collection_since()}, as totals before." for _ in earlier),
    ]
    latest = [(SHARES[name], measure_spec(store, name).period) for name in _STEPS]
    process = _shares_table(
        store,
        code,
        ("process", f"Assessments, waits and appeals {place}", "Latest calendar year published for each measure"),
        {f"{capital(share.words)}, {year}": (share, year) for share, year in latest},
    )
    tables = replace(placements, notes=(*notes, *placements.notes)), process
    return Section("process", "Placements and waits in full", tables=tables)


def _value(store: Store, measure: str, period: str, area: str) -> Figure | None:
    spec = MeasureSpec(measure, period)
    found = period in periods_of(store, measure) and (area == ENGLAND or area in measure_table(store, spec).values)
    return measure_value(store, spec, area) if found else None


def _shares_table(
    store: Store,
    code: str,
    names: tuple[str, str, str],
    shares: dict[str, tuple[Share, str]],
    *,
    earlier: Sequence[str] = (),
    total: Sequence[Entry] = (),
) -> Table:
    """Tabulate shares by label, here and in England; notes say why one is missing and what is odd in a return.

    `names` are id, title and subtitle; `earlier` are Januaries of which the shares alone are given.
    """
    columns: dict[str, ColumnKind] = {"What": "text", "Number here": "count", "Here (%)": "pct"}
    columns |= {"Number in England": "count", "England (%)": "pct"}
    columns |= {f"{area}, {one} (%)": "pct" for one in earlier for area in ("Here", "England")}
    rows: list[Sequence[Entry]] = [
        [
            label,
            *(_value(store, one, period, area) for area in (code, ENGLAND) for one in (share.part, share.name)),
            *(_value(store, share.name, one, area) for one in earlier for area in (code, ENGLAND)),
        ]
        for label, (share, period) in shares.items()
    ]
    notes: list[str] = []
    missing: dict[tuple[str, str], list[str]] = {}
    for share, period in [*((share, one) for one in earlier for share, _ in shares.values()), *shares.values()]:
        if period not in periods_of(store, share.name):
            continue
        table = measure_table(store, MeasureSpec(share.name, period))
        if code not in table.values:
            of, _, reason = table.excluded.get(code, table.why_absent).partition(": ")
            missing.setdefault((period, reason or of), []).append(of if reason else share.short)
        notes += [f"England: {words}" for words in table.flags.get(ENGLAND, ())]
        notes += [*table.flags.get("", ()), *table.flags.get(code, ())]
    notes += [f"{period}, {'; '.join(of)}: {reason}." for (period, reason), of in missing.items()]
    ids = (id_ for row in rows for entry in row if isinstance(entry, Figure) for id_ in entry.inputs)
    releases = join_words(sorted({id_.split(":")[2] for id_ in ids}))
    source = (
        f"Source: Department for Education, Education, health and care plans, releases of {releases}; hnf calculations."
    )
    return tabulate(*names, columns, [*rows, *([total] if total else [])], source=source, notes=dict.fromkeys(notes))
