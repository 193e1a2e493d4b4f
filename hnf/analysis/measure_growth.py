"""Growth of any other measure of the register, between two of its periods: of one area, and of England.

Counts and rates per 1,000 change in per cent, percentages in percentage points; shares of a whole area are made of
added counts. Areas and ids are those of `hnf.analysis.growth`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hnf.analysis.comparable_areas import ComparableArea, comparable_area
from hnf.analysis.growth import area_id, long_rows, name_of_area, sides
from hnf.errors import UsageError
from hnf.measures.notes import SeriesBreak, breaks_of
from hnf.measures.published import ENGLAND, area_name, level_of
from hnf.measures.rates import MeasureSpec
from hnf.measures.register import MEASURES, PUBLISHED_KINDS, Rate, Share, find_measure
from hnf.measures.shares import (
    area_amounts,
    break_names,
    flags_of,
    measure_spec,
    measure_value,
    people_words,
    periods_of,
)
from hnf.results import Answer, Figure, Unit, pick
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import capital


@dataclass(frozen=True)
class MeasureChange(Answer):
    """A measure of one area in two periods; a figure that is not published has no value, and its `status` says why."""

    JSON = "name **ends change change_unit figure_id=id"

    name: str
    specs: tuple[MeasureSpec, MeasureSpec]
    start: Figure
    end: Figure
    id: str

    @property
    def ends(self) -> dict[str, dict[str, Any]]:
        """Start and end with period, value, reason and figure id."""
        return {
            side: {"period": spec.period, **pick(figure, "value status? figure_id=id?")}
            for side, figure, spec in zip(("from", "to"), (self.start, self.end), self.specs, strict=True)
        }

    @property
    def change_unit(self) -> Unit:
        """What the change is in."""
        return "percentage_points" if self.end.unit == "pct" else "pct"

    @property
    def change(self) -> float | None:
        """Change from start to end; None where one of them is not published, or there is nothing to grow from."""
        first, last = self.start.value, self.end.value
        if first is None or last is None or (first <= 0 and self.end.unit != "pct"):
            return None
        return last - first if self.end.unit == "pct" else (last / first - 1) * 100

    def figure(self) -> Figure:
        """Return the change as a figure."""
        label = f"{self.name}: change in {self.specs[1].in_words}, from {self.specs[0].period_in_words}"
        inputs = tuple(one.id for one in (self.start, self.end) if one.id)
        how = "end − start" if self.end.unit == "pct" else "(end ÷ start − 1) × 100"
        status = self.start.status or self.end.status or ("" if self.change is not None else "nothing at the start")
        return Figure(self.id, label, self.change, self.change_unit, "derived", inputs, how, status)


@dataclass(frozen=True)
class MeasureGrowth(Answer):
    """A measure of one area and of England in two periods, with `own` and `comparable_area` as in `Growth`.

    `notes` are sentences on figures that are missing, releases, people and what is odd in a return.
    """

    JSON = (
        "measure=spec.measure measure_in_words=words unit=spec.unit basis la_code area=comparable_area.name",
        "is_combined_area=comparable_area.is_combined",
        {"codes": "from=comparable_area.codes.0 to=comparable_area.codes.1"},
        "note=comparable_area.note? authority=area england own breaks notes rows",
    )
    ROWS = "rows"
    basis = "derived"

    la_code: str
    spec: MeasureSpec
    words: str
    comparable_area: ComparableArea
    area: MeasureChange
    england: MeasureChange
    own: MeasureChange | None
    breaks: tuple[SeriesBreak, ...]
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an area and period, and one for each change, in its own unit."""
        rows = []
        for one in filter(None, (self.area, self.own, self.england)):
            dates = (str(one.specs[0].period), str(one.specs[1].period))
            rows += long_rows(one.id, one.name, dates, (one.start, one.end, one.figure()))
        return list({(row["area_code"], row["period"]): row for row in rows}.values())


def measure_growth(store: Store, who: str, name: str, start: object = None, end: object = None) -> MeasureGrowth:
    """Compare a measure of an authority in two periods with England's.

    Parameters
    ----------
    who : str
        Authority, region or England, by name or code.
    name : str
        Of any measure of the register but those of funding.
    start, end : object
        Periods, as `measure_spec` takes them; by default the first that England and the area have, and the latest.

    Raises
    ------
    UsageError
        If there is no such measure or period, `end` is not after `start`, boundaries changed so that no comparison is
        possible, or the area is made of several authorities and the measure is published as a percentage only.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.measure_growth(hnf.Store(), "Kent", "refused_pct", 2019, 2025)
    >>> round(found.area.change, 1), found.area.change_unit
    (20.6, 'percentage_points')
    """
    measure, periods, authorities = find_measure(name), periods_of(store, name), Authorities.of(store)
    if isinstance(measure, Rate) or name in MEASURES:
        todo = f"Measures of funding here are {', '.join(MEASURES)}."
        raise UsageError(
            f"{name} is of funding, whose growth is set beside that of plans", where="--measure", todo=todo
        )
    authority, last = authorities.find_area(who), measure_spec(store, name, end)

    def place_from(spec: MeasureSpec) -> ComparableArea:
        if authority.is_group:
            area, level = authority.la_code, level_of(authority.la_code)
            if none := next((one for one in (spec, last) if area not in area_amounts(store, one, level).inputs), None):
                raise UsageError(f"{measure.words}: not published for {authority.prose} in {none.period_in_words}")
            return ComparableArea(authority.prose, ((area,), (area,)))
        counted, when = zip(*((_present(store, one), one.period_in_words) for one in (spec, last)), strict=True)
        place = comparable_area(authorities, authority, counted, measure.words, when)
        if place.is_combined and not isinstance(measure, Share) and measure.unit not in ("count", "gbp"):
            raise UsageError(f"{measure.words}: a published percentage, so that {place.name} has no joint figure")
        return place

    first = _first_of_both(store, name, place_from) if start is None else measure_spec(store, name, start)
    if last.period <= first.period:
        raise UsageError(f"{last.period_in_words} is not after {first.period_in_words}", where="--from and --to")
    place = place_from(first)
    area, england = (measure_change(store, (first, last), one) for one in (area_id(authority, place.codes), ENGLAND))
    between = [MeasureSpec(name, one) for one in periods if first.period <= one <= last.period]
    alone = [one for one in between if authority.la_code in area_amounts(store, one, "local_authority").values]
    own = None
    if place.is_combined and len(alone) > 1:
        own = measure_change(store, (alone[0], alone[-1]), authority.la_code)
    crossed = [one for one in breaks_of(break_names(last)) if one.lies_in(int(first.period[:4]), int(last.period[:4]))]
    notes = [said for change in (area, england, own) if change for said in _remarks(store, change)]
    unique = tuple(dict.fromkeys(notes))
    return MeasureGrowth(authority.la_code, last, measure.words, place, area, england, own, tuple(crossed), unique)


def _first_of_both(store: Store, name: str, place_from: Callable[[MeasureSpec], ComparableArea]) -> MeasureSpec:
    """Return a measure in the first period that England and the area have; in its first where there is none."""
    specs = [MeasureSpec(name, one) for one in periods_of(store, name)]
    for spec in specs:
        try:
            if place_from(spec) and ENGLAND in area_amounts(store, spec, "national").values:
                return spec
        except UsageError:
            continue
    return specs[0]


def measure_change(store: Store, specs: tuple[MeasureSpec, MeasureSpec], area: str) -> MeasureChange:
    """Return the change of a measure between two periods of an area, named as in ids; `KeyError` if not there."""
    ends = []
    for spec, codes in zip(specs, sides(area), strict=True):
        found = area_amounts(store, spec, level_of(codes[0]))
        if unknown := [code for code in codes if code not in found.inputs and code not in found.excluded]:
            raise KeyError(f"{unknown[0]} in {spec.period}")
        if len(codes) > 1 or codes[0] in found.values:
            ends.append(measure_value(store, spec, "+".join(codes)))
        else:
            label, why = f"{area_name(store, codes[0])}: {spec.in_words}", found.excluded[codes[0]]
            ends.append(Figure("", label, None, spec.unit, "derived", status=why))
    id_ = f"growth:{specs[0].measure}:{specs[0].period}:{specs[1].period}:{area}"
    return MeasureChange(name_of_area(store, area), specs, ends[0], ends[1], id_)


def _present(store: Store, spec: MeasureSpec) -> set[str]:
    """Return the authorities that a period is published for, by a number or, while they were there, by a symbol."""
    found, authorities = area_amounts(store, spec, "local_authority"), Authorities.of(store)
    return {code for code in found.inputs if code in found.values or authorities[code].was_there(spec.day)}


def _remarks(store: Store, change: MeasureChange) -> list[str]:
    """Say which figure is missing, which people a rate divides by, what is odd in a return, and if releases differ."""
    said, releases = [], []
    for spec, figure, codes in zip(
        change.specs, (change.start, change.end), sides(change.id.rpartition(":")[2]), strict=True
    ):
        if figure.value is None:
            said.append(f"{capital(figure.label)}: {figure.status}, so no change can be given.")
        if people := people_words(store, spec):
            said.append(f"{people} (for {spec.period_in_words}).")
        flags = [(code, words) for code in codes for words in flags_of(store, spec).get(code, ())]
        said += [f"{capital(area_name(store, code))}, {spec.period_in_words}: {words}" for code, words in flags]
        said += [f"{spec.period_in_words}: {words}" for words in flags_of(store, spec).get("", ())]  # of everywhere
        parts = [id_.split(":") for id_ in figure.inputs]
        releases.append(sorted({part[2] for part in parts if PUBLISHED_KINDS[part[0]].replaced == "area"}))
    if all(releases) and releases[0] != releases[1]:
        ends = [
            f"{spec.period_in_words} as released in {' and '.join(found)}"
            for spec, found in zip(change.specs, releases, strict=True)
        ]
        said.append(f"{', '.join(ends)}: the earlier figure may have been revised since.")
    return said
