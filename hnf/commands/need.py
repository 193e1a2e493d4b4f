"""`hnf need`: plans, requests, waits, settings, needs and appeals of an area, beside England, region and neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.text import capital, join_words

if TYPE_CHECKING:
    from hnf.analysis.need import Need

    Row = dict[str, Any]

_From = Annotated[str | None, options.end("--from", "First of a series.")]
_To = Annotated[str | None, options.end("--to", "Last of a series.")]
_SEVERAL = options.option("--measure", "NAME", help="Of `hnf measures`; several with commas between them, or repeated.")
_ABBREVIATIONS = (
    "NMSS: non-maintained special schools. AP, PRU: alternative provision, pupil referral units. SEMH: social, "
    "emotional and mental health. Other needs and measures: --measure NAME, see hnf measures."
)
#: How the reason begins for which there is no earlier figure.
_NOT_BEFORE = "The tables have no figure before "
_BEFORE = {"year_ago": "Year ago", "five_years_ago": "5 years ago"}


def command(
    who: options.Who,
    start: _From = None,
    end: _To = None,
    measure: Annotated[list[str] | None, _SEVERAL] = None,
    chart: options.Chart = None,
    size: options.ChartSize = "slide",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Show need in an area as published: plans, requests, waits, settings, primary needs, appeals, SEN support.

    WHO may be a region or England too. Each measure is of its latest period, with the figures of a year and of five
    years before, England, the region, and the lowest and the highest statistical neighbour. With --from or --to, a row
    for each period. The chart is of the first measure, else of plans per 1,000.

    Examples
    --------
    hnf need Hertfordshire
    hnf need "East of England"
    hnf need Kent --measure refused_pct,within_20_weeks_pct --from 2019
    hnf need Leeds --measure special_independent_pct --chart leeds.png
    hnf need England --format json
    """
    from hnf.analysis.need import need

    store, start, end = options.open_store(data, edition), start and start[:4], end and end[:4]
    names = [name.strip() for text in measure or () for name in text.split(",") if name.strip()]
    found = need(store, who, start, end, names or None)
    if chart:
        from hnf.packs.answer_charts import need_chart

        drawn = (names or ["plans_per_1000_0_25"])[0]
        options.draw(need_chart(need(store, who, start or "1000", end, drawn)), chart, size)
    emit(found, output, table=_table(found))


def _table(found: Need) -> TableView:
    beside = {"england": found.beside, "region": found.region_name, "neighbours": found.neighbours_model}
    from hnf.measures.rates import MeasureSpec
    from hnf.measures.shares import doubts_of

    region = found.authority.region_code if found.authority else ""
    columns = {"value": "Here"} if found.is_series else {"value": "Now", **_BEFORE}
    columns |= {key: capital(key) for key, is_shown in {**beside, "rank": found.beside}.items() if is_shown}
    rows: list[Row] = []
    for row in found.measures:
        when, unit, near = row["period_in_words"], row["unit"], row["neighbours"]
        heading = row["words"] if found.is_series else f"{row['section']}: {when}"
        if {"section": capital(heading)} not in rows:
            rows.append({"section": capital(heading)})
        cells = {key: _cell(row[key], unit) for key in _BEFORE} | {"value": _cell(row, unit), "rank": row["rank"]}
        for key, area in (("england", "england"), ("region", region)):
            is_odd = area in doubts_of(MeasureSpec(row["measure"], row["period"]))
            cells[key] = _cell({"value": row[key], "flags": is_odd}, unit)
        if near:
            cells["neighbours"] = "-".join(_cell({"value": near[end]}, unit) for end in ("lowest", "highest"))
        rows.append({"label": when if found.is_series else row["label"], **cells})
    title = f"Need in {found.prose}{', beside ' if found.beside else ''}{join_words(found.beside or [''])}"
    shown = headed(label="", **{key: (words, "number") for key, words in columns.items()})
    return TableView(title, shown, rows, list(_notes(found)))


def _cell(slot: Row, unit: str) -> str:
    """Return a value without its unit, with * where something is odd in it."""
    if slot["value"] is None:
        return "withheld" if "suppressed" in (slot.get("reason") or "") else "-"
    return f"{slot['value']:,.{0 if unit == 'count' else 1}f}" + "*" * bool(slot.get("flags"))


def _notes(found: Need) -> Iterator[str]:
    """Say how columns are read, then what is said of some figures, each with the rows and dates it is said of."""
    from hnf.measures.notes import breaks_between

    ranked = sorted({row["rank_of"] for row in found.measures if row["rank_of"]})
    if ranked:
        counts = " to ".join(str(count) for count in dict.fromkeys((ranked[0], ranked[-1])))
        yield f"Rank: 1 is the lowest of {counts} {'authorities' if found.authority else 'regions'}."
    if near := found.neighbours_note or found.neighbours_model:
        model = f"lowest and highest of its statistical neighbours, {near} model"
        yield f"Neighbours: {model if found.neighbours_model else near}."
    if found.closed_note:
        yield f"{capital(found.closed_note)}."
    if any("NMSS" in row["label"] for row in found.measures):
        yield _ABBREVIATIONS
    said: dict[tuple[int, str], list[tuple[Row, str]]] = {}
    for order, words, row, period in _remarks(found):
        said.setdefault((order, words), []).append((row, period))
    first = [
        f"{words.removeprefix(_NOT_BEFORE)} ({_where(found, which)})"
        for (_, words), which in said.items()
        if words.startswith(_NOT_BEFORE)
    ]
    if first:
        yield f"{_NOT_BEFORE}{'; '.join(first)}."
    for (_, words), which in sorted(said.items(), key=lambda item: item[0][0]):
        if not words.startswith(_NOT_BEFORE):
            yield f"{words.rstrip('.')} ({_where(found, which)})."
    if dates := sorted(slot["period"] for row in found.measures for slot in _slots(found, row) if slot["release"]):
        yield from (one.in_words for one in breaks_between("plans", int(dates[0]), int(dates[-1])))


def _slots(found: Need, row: Row) -> list[Row]:
    """Return the figures of a row that are shown."""
    return [row, *(row[key] for key in _BEFORE if not found.is_series)]


def _remarks(found: Need) -> Iterator[tuple[int, str, Row, str]]:
    """Yield what is said of figures, in which order, with row and period: once printed for all it is said of."""
    from hnf.measures.notes import assumption

    small = assumption("small_whole").value
    for row in found.measures:
        slots, now = _slots(found, row), (row, row["period"])
        for slot in slots:
            yield from ((0, "* " * bool(slot["release"]) + words, row, slot["period"]) for words in slot["flags"])
            yield from ((4, words, row, slot["period"]) for words in slot["remarks"])
            if slot["reason"] and not slot["flags"]:
                words = "withheld by the publisher" if "suppressed" in slot["reason"] else slot["reason"]
                yield 1, capital(words.partition("; for ")[0]), row, slot["period"]
        if row["rank_note"]:
            yield 0, f"No rank: {row['rank_note']}", *now
        if (whole := row["whole_area"]) and row["measure"] == "plans" and not found.is_series:
            counts = [f"{one['value']:,} in January {one['period']}" for one in whole["figures"]]
            yield 1, f"{capital(whole['name'])}: {join_words(counts)}; other measures in JSON", *now
        if row["whole"] and row["whole"] < small and row["release"]:
            yield 2, f"Of fewer than {small:.0f}, so that one child moves the percentage far", *now
        releases = list(dict.fromkeys(slot["release"] for slot in slots if slot["release"]))
        if len(releases) > 1:
            yield 3, f"Now from the {releases[0]} release, before from {releases[1]}: part may be revision", *now
        if row["people"]:
            yield 5, row["people"], *now
        beside = dict(zip(found.beside, (row["england_flags"], row["region_flags"]), strict=False))
        for words in dict.fromkeys(words for flags in beside.values() for words in flags):
            yield 6, f"{capital(join_words([name for name in beside if words in beside[name]]))}: {words}", *now
        if found.region_name and row["region"] is None:
            yield 7, "Not published for the region", *now
        for one in (row["neighbours"] or {}).get("left_out", ()):
            yield 7, f"Left out of the neighbours, without a sound figure: {one['la_name']}", *now


def _where(found: Need, which: Iterable[tuple[Row, str]]) -> str:
    """Name rows and dates: a section where all of it is meant."""
    from hnf.measures.rates import MeasureSpec

    dates: dict[str, dict[str, list[str]]] = {}
    for row, period in which:
        when = MeasureSpec(row["measure"], period).period_in_words
        dates.setdefault(when, {}).setdefault(row["section"], []).append(row["label"])
    every = {
        section: {row["label"] for row in found.measures if row["section"] == section}
        for section in {row["section"] for row in found.measures}
    }
    named: dict[str, list[str]] = {}
    for when, sections in dates.items():
        titles = {section: section.partition(",")[0] for section in sections}
        whole = [section for section, labels in sections.items() if every[section] == set(labels)]
        parts = (titles[one] + ("" if one in whole else f": {', '.join(labels)}") for one, labels in sections.items())
        named.setdefault("; ".join(parts), []).append(when)
    return "; ".join(f"{words}, {join_words(whens)}" for words, whens in named.items())
