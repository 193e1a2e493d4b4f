"""What the explorer page holds: every measure, period and area of the register, small enough to be mailed.

Values are those of `hnf table`. What a table prints is in `values`, a list for each period with a place for each area.
A share or rate is not: the page works it out as `times × part ÷ over`, in that order, so that it is the same number to
the last bit. `exact` has those for which that is not so (regions and England add up authorities, successors stand for
an authority that was split), so that nothing is approximate. Whether a value needs to be there is found by working it
out here, by the same arithmetic.

Names come from the tables as they are: the page has what is seen of them, and puts it in as text.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import polars as pl

from hnf.analysis.bounds import Bound, bound_years, year_bounds
from hnf.analysis.compare import latest_model, neighbours
from hnf.analysis.need import SECTIONS, UNRANKED
from hnf.analysis.rank import fifths
from hnf.analysis.reported import reported
from hnf.analysis.table import ALL, MeasuresTable, name_of, table
from hnf.charts.tile_map import short_labels
from hnf.errors import UsageError
from hnf.measures.notes import breaks_of
from hnf.measures.prices import deflator
from hnf.measures.published import ENGLAND, rows_of
from hnf.measures.rates import MeasureSpec, RateSpec, Spec, area_costs, denominator_period, england_words, rate_table
from hnf.measures.register import (
    MEASURES,
    PLAIN,
    RATES,
    PlainMeasure,
    Rate,
    Share,
    find_measure,
)
from hnf.measures.shares import EVERYWHERE, break_names, doubts_of, estimate_of, flags_of, people_words
from hnf.packs.content import Sentence
from hnf.packs.findings import Findings, decisions
from hnf.packs.sections.funding import why_section
from hnf.packs.sections.opening import large_numbers, say_as_at, say_message, since_section
from hnf.packs.sections.tile_map import tile_layout
from hnf.packs.subject import subject_of
from hnf.sources.build import ATTRIBUTION
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words, web_address
from hnf.years import date_in_words

#: A value as JSON has it: whole numbers without a point.
Number = int | float | None
#: Values or reasons of a measure and period by the place of the area.
ByArea = dict[int, Any]

#: The group of a measure in a list, by the kind of its figures.
_GROUPS = {
    "dsg": "Parts of the block", "pupils": "People and pupils", "plans": "Plans", "population": "People and pupils",
    "spending": "Spending and balances", "balance": "Spending and balances", "placements": "Placements",
    "primary_need": "Primary need", "lait": "Need in schools", "new_plans": "New plans and requests",
    "requests": "New plans and requests", "assessments": "New plans and requests", "timeliness": "Timeliness",
    "ceased_plans": "Plans", "annual_reviews": "Annual reviews", "appeals": "Appeals",
}  # fmt: skip
#: Decimals that a unit is printed with.
_DECIMALS = {"gbp": 0, "gbp_per_head": 2, "gbp_per_pupil": 2, "gbp_per_plan": 2, "pct": 1, "per_1000": 1, "count": 0}


class _Texts:
    """Sentences, each once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of a sentence."""
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def all(self) -> list[str]:
        """The sentences in the order of their numbers."""
        return list(self._numbers)


def derive(part: Number, over: Number, times: int, adjustment: float | None = 1.0) -> float | None:
    """Return a share or rate as the page works it out; None where a side has no figure or is divided by nothing.

    `adjustment` is the area cost adjustment of the authority, None where it has none.
    """
    if part is None or not over or adjustment is None:
        return None
    return times * part / (over * adjustment)


@dataclass(frozen=True)
class _Cells:
    """Values and statuses of all areas in every measure and period, in the order of the areas."""

    found: MeasuresTable
    codes: tuple[str, ...]

    @cached_property
    def values(self) -> dict[tuple[str, str], list[Number]]:
        """Values; whole numbers without a point."""
        return {
            key: [int(one) if one is not None and one.is_integer() else one for one in column]
            for key, column in self._columns("value").items()
        }

    @cached_property
    def statuses(self) -> dict[tuple[str, str], list[str | None]]:
        """Why there is no value, or what is odd about it."""
        return self._columns("status")

    def is_of_use(self, authorities: Authorities, code: str) -> bool:
        """Say whether an area is open, or has a value at all."""
        known, place = authorities.by_code.get(code), self.codes.index(code)
        return known is None or not known.closed or any(column[place] is not None for column in self.values.values())

    def _columns(self, name: str) -> dict[tuple[str, str], list[Any]]:
        frame = self.found.long
        found: dict[tuple[str, str], list[Any]] = {
            (name_of(spec), str(spec.year)): [None] * len(self.codes) for spec in self.found.specs
        }
        place = {code: number for number, code in enumerate(self.codes)}
        for measure, period, area, value in frame.select("measure", "period", "area_code", name).iter_rows():
            found[measure, period][place[area]] = value
        return found


def build_payload(store: Store, areas: str | Collection[str] | None = (), region: str | None = None) -> dict[str, Any]:
    """Return all that the page holds, to be written as JSON.

    Parameters
    ----------
    areas : str or collection of str, optional
        Authorities and regions, by name or code, to keep of the areas; all by default. England is always there.
    region : str, optional
        A region to keep, with its authorities.

    Returns
    -------
    dict
        As `docs/guide/explore.md` describes it. Of some areas only, `among` has the rank, the number of equal values
        and the class of each authority among all, the number ranked, the median and the ends of the classes.

    Raises
    ------
    UsageError
        If there is no such area or region.
    """
    authorities = Authorities.of(store)
    everyone = (*authorities.by_code, *authorities.groups)
    kept = _kept(authorities, areas, region)
    # Kept: whoever writes a page for each region works the tables out once.
    cells = store.cached("cells of the explorer", lambda: _Cells(table(store, ALL, ALL, areas=everyone), everyone))
    codes = tuple(code for code in everyone if (code in kept if kept else cells.is_of_use(authorities, code)))
    texts = _Texts()
    specs: dict[str, list[Spec]] = {}
    for spec in cells.found.specs:
        specs.setdefault(name_of(spec), []).append(spec)
    measures = [_measure(store, name, of) for name, of in specs.items()]
    written = _Values(store, cells, codes, texts)
    return {
        "edition": store.edition,
        "attribution": ATTRIBUTION,
        "areas": _areas(store, codes),
        "measures": measures,
        **written.parts(measures),
        "among": written.among() if kept else None,
        "notes": _notes(store, cells.found, codes, texts),
        "unranked": UNRANKED,
        "sources": _sources(store, cells.found),
        "prices": _prices(store),
        "bounds": _bounds(store, codes),
        "reported": _reported(store, codes, is_part=bool(kept)),
        "front": _fronts(store, codes),
        "policy": [
            {"text": one.sentence.text, "said_by": one.sentence.said_by, "link": web_address(one.sentence.link)}
            for one in decisions(store)
        ],
        "ids": {
            "value": "rate:{period}:{figure}:{area}",
            "rank": "rank:{period}:{figure}:{area}",
            "universe": "universe:{period}:{figure}",
            "change": "change:{since}:{period}:{figure}:{area}:cash",
            "bound": "bound:{year}:{area}:{part}",
        },
        "reasons": texts.all,
    }


# Areas.


def _kept(authorities: Authorities, areas: object, region: str | None) -> set[str]:
    """Return the codes of the areas asked for, with England; nothing where all are."""
    if isinstance(areas, str):
        named = authorities.split_names(areas)
        if not named:
            raise UsageError("no area is named", where="--areas", todo="Leave --areas out for every area.")
    else:
        named = list(areas) if isinstance(areas, Iterable) else [] if areas is None else [str(areas)]
    found = {authorities.find_area(one, where="--areas").la_code for one in named}
    if region is not None:
        within = authorities.find_area(region, where="--region")
        if within.la_code not in authorities.region_names:
            todo = f"Regions are {', '.join(sorted(authorities.region_names.values()))}."
            raise UsageError(f"{within.name} is not a region", where="--region", todo=todo)
        found |= {within.la_code, *authorities.members(within.la_code)}
    return found | {ENGLAND} if found else found


def _areas(store: Store, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return each area with its name, region, type, neighbours among these areas, and square of the tile map."""
    authorities, tiles = Authorities.of(store), tile_layout(store)
    labels = short_labels(authorities[code].name for code in tiles)
    near, here = neighbours(store, latest_model(store)), set(codes)
    rows = []
    for code in codes:
        one = {**authorities.by_code, **authorities.groups}[code]
        level = "england" if code == ENGLAND else "region" if one.is_group else "authority"
        row: dict[str, Any] = {
            "code": code,
            "name": one.name,
            "prose": one.prose,
            "level": level,
            "tile": tiles.get(code),
        }
        if level == "authority":
            row |= {"label": labels.get(one.name, "") if code in tiles else ""}
            row |= {"region": one.region_code, "region_name": one.region_name, "type": one.authority_type}
            row |= {"gss": one.gss_code, "aliases": one.aliases, "opened": one.opened, "closed": one.closed}
            row |= {"predecessors": one.predecessors, "successors": one.successors, "lineage": one.lineage_kind}
            row |= {"neighbours": [other for other in near.get(code, ()) if other in here]}
            row |= {"changed": _changed(authorities, one)}
        rows.append({key: value for key, value in row.items() if value not in ("", (), None) or key == "tile"})
    return rows


def _changed(authorities: Authorities, one: Authority) -> str:
    """Say when an authority closed, or opened in place of others, and what became of it; nothing of any other."""
    said = []
    for verb, day, others, link in (
        ("opened", one.opened if one.predecessors else "", one.predecessors, "in place of"),
        ("closed", one.closed, one.successors, "and became"),
    ):
        names = join_words([authorities[code].prose for code in others]) if others else ""
        said += [f"{verb} on {date_in_words(day)}{f' {link} {names}' * bool(names)}"] if day else []
    return f"{capital(one.prose)} {join_words(said)}." if said else ""


# Measures.


def _group(name: str) -> str:
    if name in RATES or name in MEASURES:
        return "Funding"
    measure = find_measure(name)
    return _GROUPS[PLAIN[measure.part].kind if isinstance(measure, Share) else PLAIN[name].kind]


def _spec_of_over(store: Store, spec: Spec) -> tuple[str, str] | None:
    """Return the measure and the period that a share or rate divides by; None of what is divided by nothing."""
    if isinstance(spec, RateSpec):
        return None if spec.per == "none" else (spec.denominator.measure, denominator_period(spec))
    measure = find_measure(spec.measure)
    if not isinstance(measure, Share):
        return None
    return measure.whole, estimate_of(store, spec) if measure.is_of_people else spec.period


def _measure(store: Store, name: str, specs: list[Spec]) -> dict[str, Any]:
    """Return what a measure is: words, unit, periods, breaks, arithmetic, and how its figures are called."""
    measure = find_measure(name)
    first = specs[0]
    row: dict[str, Any] = {
        "id": name,
        "words": capital(measure.words),
        "short": "" if isinstance(measure, Rate) else capital(measure.short),
        "unit": measure.unit,
        "decimals": _DECIMALS[measure.unit],
        "group": _group(name),
        "main": name in MEASURES or name in RATES or any(name in section for section in SECTIONS.values()),
        "period_kind": measure.period,
        "periods": [str(spec.year) for spec in specs],
        "figure": first.id_part.partition(":")[2],
        "basis": "published" if isinstance(measure, PlainMeasure) and len(measure.items) == 1 else "derived",
        "kind": "published",
        "breaks": _breaks(specs),
    }
    if isinstance(measure, Share):
        row |= {"kind": "ratio" if measure.is_of_people else "share", "part": measure.part, "times": measure.times}
        row |= {"note": capital(measure.how)}
    if isinstance(measure, Rate):
        over = measure.denominator
        row |= {"kind": "rate_of_funding", "part": measure.numerator, "times": 1, "per": over.per}
        row |= {"population": over.population, "adjusted": measure.is_adjusted}
        row |= {"per_words": [spec.denominator_words for spec in specs if isinstance(spec, RateSpec)]}
    if "part" in row:
        row["over"] = [_spec_of_over(store, spec) for spec in specs]
    return {key: value for key, value in row.items() if value not in ("", None, [])}


def _breaks(specs: list[Spec]) -> list[dict[str, str]]:
    """Return the breaks within the periods of a measure, each with the first period after it."""
    periods = [str(spec.year) for spec in specs]
    years = [int(period[:4]) for period in periods]
    return [
        {
            "before": next(period for period in periods[1:] if int(period[:4]) >= found.starts),
            "until": next((period for period in periods if int(period[:4]) >= found.ends), periods[-1]),
            "words": found.in_words,
            "mark": found.mark,
            "at": next((period for period in periods if int(period[:4]) >= int(found.mark_at[:4])), ""),
        }
        for found in breaks_of(set().union(*map(break_names, specs)))
        if found.lies_in(years[0], years[-1]) and years[0] < years[-1]
    ]


# Values.


@dataclass(frozen=True)
class _Values:
    """Values, exceptions, reasons and doubts, by measure and period."""

    store: Store
    cells: _Cells
    codes: tuple[str, ...]
    texts: _Texts

    @cached_property
    def _places(self) -> list[int]:
        return [self.cells.codes.index(code) for code in self.codes]

    @cached_property
    def _lowest(self) -> dict[str, float]:
        """The lowest basic entitlement rate of each year, £: what the area cost adjustment compares a rate with."""
        years = [spec.year for spec in self.cells.found.specs if isinstance(spec, RateSpec) and spec.area_costs]
        return {str(year): area_costs(self.store, year).lowest_rate_gbp for year in sorted(set(years))}

    def parts(self, measures: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Return values, exceptions, reasons, flags and doubts, and the lowest basic entitlement rates."""
        values: dict[str, list[list[Number]]] = {}
        exact: dict[str, dict[str, ByArea]] = {}
        for measure in measures:
            for number, period in enumerate(measure["periods"]):
                column = self._kept(self.cells.values[measure["id"], period])
                if measure["kind"] == "published":
                    values.setdefault(measure["id"], []).append(column)
                else:
                    derived = self._derived(measure, number, period)
                    apart = {place: one for place, (one, other) in enumerate(zip(column, derived, strict=True))
                             if one != other}  # fmt: skip
                    if apart:
                        exact.setdefault(measure["id"], {})[period] = apart
        why, flags = self._statuses()
        return {
            "values": values,
            "exact": exact,
            "lowest_basic_entitlement_rate": self._lowest,
            "why": why,
            "flags": flags,
            "doubts": self._doubts(),
        }

    def _kept(self, column: list[Any]) -> list[Any]:
        return [column[place] for place in self._places]

    def _derived(self, measure: Mapping[str, Any], number: int, period: str) -> list[float | None]:
        nothing: list[Number] = [None] * len(self.cells.codes)
        part = self._kept(self.cells.values.get((measure["part"], period), nothing))
        over = self._kept(self.cells.values.get(tuple(measure["over"][number]), nothing))
        adjustments: list[float | None] = [1.0] * len(part)
        if measure.get("adjusted"):
            rates = self._kept(self.cells.values.get(("basic_entitlement_rate", period), nothing))
            adjustments = [None if rate is None else rate / self._lowest[period] for rate in rates]
        return [
            derive(one, other, measure["times"], adjustment)
            for one, other, adjustment in zip(part, over, adjustments, strict=True)
        ]

    def _statuses(self) -> tuple[dict[str, dict[str, ByArea]], dict[str, dict[str, ByArea]]]:
        """Return why there is no value, and what is odd about one, as numbers of sentences."""
        why: dict[str, dict[str, ByArea]] = {}
        flags: dict[str, dict[str, ByArea]] = {}
        for (name, period), statuses in self.cells.statuses.items():
            values = self._kept(self.cells.values[name, period])
            for place, (value, status) in enumerate(zip(values, self._kept(statuses), strict=True)):
                if status:
                    of = why if value is None else flags
                    of.setdefault(name, {}).setdefault(period, {})[place] = self.texts.number(status)
        return why, flags

    def _doubts(self) -> dict[str, dict[str, ByArea]]:
        """Return which values have no rank, with the kind of doubt."""
        found: dict[str, dict[str, ByArea]] = {}
        for spec in self.cells.found.specs:
            if isinstance(spec, MeasureSpec) and (doubts := doubts_of(spec)):
                values = dict(zip(self.cells.codes, self.cells.values[spec.measure, spec.period], strict=True))
                of = {place: doubts[code] for place, code in enumerate(self.codes)
                      if code in doubts and values[code] is not None}  # fmt: skip
                if of:
                    found.setdefault(spec.measure, {})[spec.period] = of
        return found

    def among(self) -> dict[str, list[dict[str, Any]]]:
        """Return, for each measure and period, where the authorities of a smaller page are among all."""
        known = Authorities.of(self.store).by_code
        found: dict[str, list[dict[str, Any]]] = {}
        for (name, _), column in self.cells.values.items():
            everyone = sorted(
                one for code, one in zip(self.cells.codes, column, strict=True) if code in known and one is not None
            )
            own = [one if code in known else None for code, one in zip(self.codes, self._kept(column), strict=True)]
            first = [None if one is None else bisect_left(everyone, one) for one in own]
            last = [None if one is None else bisect_right(everyone, one) for one in own]
            found.setdefault(name, []).append({
                "count": len(everyone),
                "median": statistics.median(everyone) if everyone else None,
                "classes": fifths(everyone),
                "ranks": [None if one is None else one + 1 for one in first],
                "tied": [None if one is None or two is None else two - one - 1
                         for one, two in zip(first, last, strict=True)],
            })  # fmt: skip
        return found


def _notes(
    store: Store, found: MeasuresTable, codes: tuple[str, ...], texts: _Texts
) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Return what holds for all areas of a measure and period (""), and who is in the rate of England or a region."""
    notes: dict[str, dict[str, dict[str, list[int]]]] = {}
    groups = [code for code in Authorities.of(store).groups if code in codes]
    for spec in found.specs:
        of: dict[str, list[str]] = {}
        if isinstance(spec, MeasureSpec):
            of[""] = [*flags_of(store, spec).get(EVERYWHERE, ()), *filter(None, [people_words(store, spec)])]
        else:
            rates = rate_table(store, spec)
            of = {code: [capital(words)] for code in groups if (words := england_words(store, rates, code))}
        numbered = {code: [texts.number(words) for words in said] for code, said in of.items() if said}
        if numbered:
            notes.setdefault(name_of(spec), {})[str(spec.year)] = numbered
    return notes


# Where figures come from.


def _sources(store: Store, found: MeasuresTable) -> dict[str, Any]:
    """Return the published files, and which of them each plain measure of a period rests on."""
    of = _source_ids(store, [name for name in found.names if name in PLAIN])
    used = sorted({one for periods in of.values() for ids in periods.values() for one in ids})
    place = {one: number for number, one in enumerate(used)}
    known = {source.id: source for source in store.catalogue}
    files = []
    for one in used:
        row = {"id": one}
        if source := known.get(one):
            row |= {"title": source.title, "publisher": source.publisher, "published": source.published}
            row |= {"page": web_address(source.page)}
        files.append(row)
    return {
        "files": files,
        "of": {name: {period: [place[one] for one in ids] for period, ids in periods.items()}
               for name, periods in of.items()},
    }  # fmt: skip


def _source_ids(store: Store, names: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return the ids of the sources of plain measures by period: of each area the edition in use."""
    found: dict[str, dict[str, list[str]]] = {}
    rows: dict[str, pl.DataFrame] = {}
    for name in names:
        measure = PLAIN[name]
        kind = measure.published
        if measure.kind not in rows:
            period, edition, item = (pl.col(one).cast(pl.String) for one in (*kind.before, kind.after))
            columns = {"period": period, "edition": edition, "item": item, "level": pl.col("geographic_level")}
            rows[measure.kind] = rows_of(store, measure.kind).select("area", "source_id", **columns)
        own = rows[measure.kind].filter(pl.col("item").is_in(list(measure.items)))
        if kind.replaced == "series":
            own = own.filter(pl.col("edition") == measure.series)
        else:
            of = ("period", "level", *(("area",) if kind.replaced == "area" else ()))
            own = own.filter(pl.col("edition") == pl.col("edition").max().over(of))
        found[name] = dict(own.group_by("period").agg(pl.col("source_id").unique().sort()).sort("period").iter_rows())
    return found


# Real terms, bounds, what was reported.


def _prices(store: Store) -> dict[str, Any]:
    """Return what pounds of each year are multiplied by to be in prices of the latest outturn year."""
    prices = deflator(store)
    return {
        "base": str(prices.base),
        "vintage": prices.vintage,
        "factors": {str(year): prices.factor(year) for year in sorted(prices.prices)},
        "forecast": [str(year) for year, price in sorted(prices.prices.items()) if price.is_forecast],
        "note": prices.notes(())[0],
    }


def _bounds(store: Store, codes: tuple[str, ...]) -> dict[str, Any]:
    """Return the ranges that published rules and figures leave for years without a table, by place of the area."""
    found: dict[str, Any] = {}
    for year in bound_years(store):
        bounds = year_bounds(store, year)
        rows = {place: _bound(bounds.rows[code]) for place, code in enumerate(codes) if code in bounds.rows}
        found[str(year)] = {
            "floor_pct": bounds.rules.floor_pct,
            "limit_pct": bounds.rules.limit_pct,
            "universe": bounds.universe,
            "notes": bounds.notes,
            "population": next((one.population for one in bounds.rows.values()), ""),
            "parts": _BOUND_PARTS,
            "rows": rows,
        }
    return found


#: Parts of a figure id that a range holds, in this order.
_BOUND_PARTS = ("lower", "upper", "lower_per_head", "upper_per_head", "lower_rank", "upper_rank")


def _bound(bound: Bound) -> list[Number]:
    ends = (bound.lower_gbp, bound.upper_gbp, bound.lower_per_head, bound.upper_per_head)
    ranks = (bound.lower_rank, bound.upper_rank)
    return [*(int(one) if math.isfinite(one) and one.is_integer() else one for one in ends), *ranks]


#: What is shown of a reported figure.
_SAID = (
    "area_code",
    "area_name",
    "financial_year",
    "measure",
    "what",
    "stated",
    "words",
    "source",
    "address",
    "figure_id",
)


def _reported(store: Store, codes: tuple[str, ...], *, is_part: bool) -> list[dict[str, Any]]:
    """Return what was said in Parliament or by a council of years that no table holds; of these areas only."""
    rows = reported(store).rows
    shown = [row for row in rows if not is_part or row["area_code"] in codes]
    return [{**{key: row.get(key) for key in _SAID}, "address": web_address(row["address"])} for row in shown]


# The first page of a pack.


def _fronts(store: Store, codes: tuple[str, ...]) -> ByArea:
    """Return what the first page of each open authority's pack says, by the place of the authority."""
    known = Authorities.of(store).by_code
    found: ByArea = {}
    for place, code in enumerate(codes):
        if code in known and not known[code].closed:
            try:
                found[place] = store.cached(("first page", code), partial(_front, store, code))
            except UsageError as error:  # such as an early edition without its plans
                found[place] = {"none": str(error)}
    return found


def _front(store: Store, code: str) -> dict[str, Any]:
    """Return message, dates, numbers, rule and the years since; `first` is the January from which growth is told."""
    found = Findings(subject_of(store, code))
    since, need = since_section(found), found.subject.need
    return {
        "message": _said(say_message(found)),
        "as_at": say_as_at(found).text,
        "first": str(need.dates[0]) if need and not found.is_small else None,
        "numbers": [{"large": one.large, "label": one.label, "says": _said(one.says)} for one in large_numbers(found)],
        "why": [_said(one) for one in why_section(found).sentences()] if found.subject.spec else [],
        "since_title": since.title,
        "since": [_said(one) for one in since.sentences()],
    }


def _said(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "basis": sentence.basis, "ids": [figure.id for figure in sentence.figures]}
