"""Need of one area: each measure of the SEN2 returns now, a year ago and five years ago, beside England and others.

Every measure is of the latest period it is published for; the periods differ and go with the figures. Shares, rates per
1,000 and ranks are those of `hnf.measures.shares` and `hnf.analysis.rank`, with their ids. Neighbours are statistical
neighbours of the latest model, of whom the lowest and the highest figure are given. A figure that is faulty or partial,
or shows how something was recorded rather than what was done, has no rank and is in no range of neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hnf.analysis.comparable_areas import area_words
from hnf.analysis.compare import has_set, latest_model, neighbours
from hnf.analysis.rank import rank_id
from hnf.analysis.reported import find_area
from hnf.errors import UsageError
from hnf.measures.published import ENGLAND, level_of
from hnf.measures.rates import MeasureSpec, rate_id
from hnf.measures.register import SHARES, Share, find_measure
from hnf.measures.shares import area_amounts, doubts_of, flags_of, measure_table, measure_value, periods_of, sides
from hnf.results import Answer
from hnf.tables.authorities import Authorities, Authority, region_prose
from hnf.tables.store import Store
from hnf.text import capital, join_words

#: What is shown where no measure is named: sections, and measures with their words in a narrow column.
SECTIONS: dict[str, dict[str, str]] = {
    "Plans": {
        "plans": "Plans", "plans_per_1000_0_25": "Per 1,000 (0-25)", "plans_per_1000_2_18": "Per 1,000 (2-18)",
    },
    "New plans": {"new_plans": "New plans", "new_plans_per_1000": "Per 1,000 (0-25)"},
    "Requests for an assessment": {
        "requests": "Requests", "requests_per_1000": "Per 1,000 (0-25)", "refused_pct": "% refused",
    },
    "How long it took, % of new plans": {
        "within_20_weeks_pct": "Within 20 weeks", "within_20_weeks_ex_pct": "Without exceptions",
        "over_52_weeks_pct": "Over 52 weeks",
    },
    "Where, % of plans": {
        "mainstream_pct": "Mainstream", "special_state_pct": "State special",
        "special_independent_pct": "Independent, NMSS", "further_education_pct": "Further education",
        "alternative_provision_pct": "AP and PRUs", "early_years_pct": "Early years", "elsewhere_pct": "Elsewhere",
        "setting_unknown_pct": "Not recorded",
    },
    "Primary need, % of plans": {
        "need_asd_pct": "Autism", "need_semh_pct": "SEMH", "need_slcn_pct": "Speech, language",
        "need_mld_pct": "Moderate learning", "need_sld_pct": "Severe learning",
    },
    "Appeals to the SEND Tribunal": {"appeals": "Appeals", "appeal_rate_pct": "% of decisions"},
    "In schools, % of pupils": {"sen_support_pct": "SEN support", "pupils_with_plans_pct": "Plans"},
}  # fmt: skip
#: The section and words of each of them.
_NAMED = {name: (section, label) for section, found in SECTIONS.items() for name, label in found.items()}
#: How many years before a figure the two earlier ones are of.
AGO = {"year_ago": 1, "five_years_ago": 5}
#: Why a figure has no rank, by the kind of its flag.
UNRANKED = {
    "faulty": "the return is faulty",
    "partial": "the return is partial",
    "recording": "it shows how it was recorded, and need not be what was decided",
}


@dataclass(frozen=True)
class Need(Answer):
    """Measures of one area, a row each; of a series (`is_series`) a row for each measure and period.

    `area` is a three-digit code, the ONS code of a region, or `england`; `specs` are what the rows are of.
    """

    JSON = (
        "area_code=area area_name level region_name? neighbours_model? neighbours_note? closed_note? is_series",
        "measures",
    )
    ROWS = "measures"

    store: Store
    area: str
    name: str
    specs: tuple[MeasureSpec, ...]
    is_series: bool

    @property
    def level(self) -> str:
        """Kind of area: local_authority, regional or national."""
        return level_of(self.area)

    @property
    def area_name(self) -> str:
        """The area as the register has it."""
        return self.authority.name if self.authority else self.name

    @property
    def prose(self) -> str:
        """The area as a sentence takes it: "the Isle of Wight", "the South East"."""
        return region_prose(self.name) if self.level == "regional" else self.name

    @cached_property
    def authority(self) -> Authority | None:
        """The authority; None for a region and England."""
        return Authorities.of(self.store).by_code.get(self.area)

    @property
    def region_name(self) -> str:
        """Name of the region of an authority."""
        return self.authority.region_name if self.authority else ""

    @property
    def beside(self) -> list[str]:
        """England and the region of an authority, as a sentence takes them, as far as they are beside it."""
        return ["England"] * (self.area != ENGLAND) + [region_prose(self.region_name)] * bool(self.region_name)

    @property
    def closed_note(self) -> str:
        """When an authority closed, and whom to ask for since."""
        one = self.authority
        return Authorities.of(self.store).instead(one, "what came later", "9999") if one and one.closed else ""

    @property
    def neighbours_model(self) -> str:
        """The latest model of statistical neighbours; nothing where it has no set for the area."""
        model = latest_model(self.store)
        return model if has_set(self.store, self.area, model) else ""

    @property
    def neighbours_note(self) -> str:
        """Why an authority has no neighbours."""
        lacking = f"the {latest_model(self.store)} model of statistical neighbours has no set for {self.prose}"
        return lacking if self.authority and not self.neighbours_model else ""

    @cached_property
    def measures(self) -> tuple[dict[str, Any], ...]:
        """One dict a row, with the figure, those of earlier dates and those beside it, each with its id."""
        return tuple(self._row(spec) for spec in self.specs)

    def _row(self, spec: MeasureSpec) -> dict[str, Any]:
        measure, table = find_measure(spec.measure), measure_table(self.store, spec)
        section, label = _NAMED.get(spec.measure) or ("Others", getattr(measure, "short", "") or measure.words)
        now, england = self._figure(spec, self.area), self._figure(spec, ENGLAND)
        region = self._figure(spec, self.authority.region_code) if self.authority else dict.fromkeys(now)
        before = {key: self._before(spec, years) for key, years in AGO.items()}
        whole = None
        if isinstance(measure, Share) and not measure.is_of_people:
            whole = sides(self.store, spec, self.level)[1].values.get(self.area)
        return {
            **{"measure": spec.measure, "section": section, "label": capital(label), "words": measure.words},
            **{"period_in_words": spec.period_in_words, "unit": spec.unit, "basis": spec.basis, "whole": whole},
            **{"people": table.note or None, **now, **before, **self._rank(spec, now["value"])},
            **{"england": england["value"], "england_id": england["figure_id"], "england_flags": england["flags"]},
            **{"region": region["value"], "region_id": region["figure_id"], "region_flags": region["flags"] or []},
            **{"neighbours": self._neighbours(spec), "whole_area": self._whole_area(spec, before.values())},
        }

    def _figure(self, spec: MeasureSpec, area: str) -> dict[str, Any]:
        """Return the figure of an area, or the reason for which there is none, with what is odd in the return."""
        found = area_amounts(self.store, spec, level_of(area))
        is_there = area in found.values
        return {
            "period": spec.period,
            "value": found.values.get(area),
            "reason": None if is_there else self._reason(spec, area),
            "release": found.inputs[area][0].split(":")[2] if is_there else None,
            "flags": list(flags_of(self.store, spec).get(area, ())),
            "remarks": list(flags_of(self.store, spec).get("", ())),
            "figure_id": rate_id(spec, area) if is_there else None,
        }

    def _reason(self, spec: MeasureSpec, area: str) -> str:
        if level_of(area) != "local_authority":
            where = "England" if area == ENGLAND else "the region"
            return area_amounts(self.store, spec, level_of(area)).excluded.get(area, f"none is published for {where}")
        authorities, table = Authorities.of(self.store), measure_table(self.store, spec)
        instead = authorities.instead(authorities[area], spec.period_in_words, spec.day)
        return instead or table.excluded.get(area, table.why_absent)

    def _before(self, spec: MeasureSpec, years: int) -> dict[str, Any]:
        """Return the figure of so many years before, or why there is none."""
        period, known = str(int(spec.period) - years), periods_of(self.store, spec.measure)
        if period in known:
            return self._figure(MeasureSpec(spec.measure, period), self.area)
        first = f" before {MeasureSpec(spec.measure, known[0]).period_in_words}" if period < known[0] else ""
        reason = f"the tables have no figure{first}"
        if (old := spec.measure.replace("_pct", "_old_pct")) in SHARES and old != spec.measure:
            reason += f": decisions were counted otherwise before, see {old}"
        empty = dict.fromkeys(("value", "reason", "release", "flags", "remarks", "figure_id"))
        return {"period": period, **empty, "reason": reason, "flags": [], "remarks": []}

    def _rank(self, spec: MeasureSpec, value: float | None) -> dict[str, Any]:
        """Return the rank among authorities, of a region among regions; a note where a figure is not ranked."""
        found: dict[str, Any] = dict.fromkeys(("rank", "rank_of", "rank_note", "rank_id"))
        if value is None or self.area == ENGLAND:
            return found
        if kind := doubts_of(spec).get(self.area):
            return {**found, "rank_note": UNRANKED[kind]}
        others = area_amounts(self.store, spec, self.level).values.values()
        ids = {"rank_id": rank_id(spec, self.area)} if self.authority else {}
        return {**found, "rank": 1 + sum(other < value for other in others), "rank_of": len(others), **ids}

    def _neighbours(self, spec: MeasureSpec) -> dict[str, Any] | None:
        """Return the lowest and the highest figure of the neighbours, and who is left out with the reason."""
        if not self.neighbours_model:
            return None
        values, names = measure_table(self.store, spec).values, Authorities.of(self.store)
        codes = neighbours(self.store, self.neighbours_model)[self.area]
        doubts = doubts_of(spec)
        members = sorted((values[code], code) for code in codes if code in values and code not in doubts)
        left_out = [
            {"la_code": code, "la_name": names[code].name, "reason": reason}
            for code in codes
            if (reason := self._reason(spec, code) if code not in values else UNRANKED.get(doubts.get(code, ""), ""))
        ]
        found: dict[str, Any] = {"count": len(members), "left_out": left_out}
        for which, place in (("lowest", 0), ("highest", -1)):
            value, code = members[place] if members else (None, None)
            found |= {which: value, f"{which}_la_code": code, f"{which}_id": rate_id(spec, code) if code else None}
        return found

    def _whole_area(self, spec: MeasureSpec, before: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
        """Return the whole area of an authority that was made from others and has no figure of an earlier date."""
        authorities = Authorities.of(self.store)
        older, newer = authorities.group(self.authority) if self.authority else ((), ())
        lacking = {slot["period"] for slot in before if slot["value"] is None}
        if self.area not in newer or not lacking:
            return None
        figures = []
        for period in sorted({*lacking, spec.period}):
            for codes in (newer, older):
                with suppress(UsageError):
                    figure = measure_value(self.store, MeasureSpec(spec.measure, period), "+".join(codes))
                    figures.append({"period": period, "value": figure.value, "figure_id": figure.id})
                    break
        is_longer = any(figure["period"] in lacking for figure in figures)
        return {"name": area_words(authorities, newer), "figures": figures} if is_longer else None


def need(
    store: Store,
    who: str,
    start: int | str | None = None,
    end: int | str | None = None,
    measures: Iterable[str] | None = None,
) -> Need:
    """Return what the SEN2 returns, the SEND Tribunal's file and the schools census say of an area.

    Parameters
    ----------
    who : str
        An authority, a region or England, by name or code.
    start, end : int or str, optional
        First and last January or calendar year of a series. Without both, each measure is of its latest period (of a
        closed authority: the latest in which it has a figure).
    measures : iterable of str, optional
        Names of the register that have Januaries or calendar years; those of `SECTIONS` by default.

    Returns
    -------
    Need
        Values in the unit of each measure (count, pct from 0 to 100, per_1000), unrounded; None with its `reason`.

    Raises
    ------
    UsageError
        If there is no such area, measure or period.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.need(hnf.Store(), "Leeds", 2024, 2026, "plans")
    >>> found.to_polars()["value"].to_list()
    [5508, 6093, 7474]
    """
    area, name = find_area(store, [], who)
    first, last = _year(start, "--from"), _year(end, "--to")
    if first > last > "":
        raise UsageError(f"{first} is after {last}", where="--from", todo="Give the earlier year first.")
    is_one = isinstance(measures, str) or not isinstance(measures, Iterable)
    names = [*_NAMED] if measures is None else [str(measures)] if is_one else [str(one) for one in measures]
    if lacking := next((one for one in names if find_measure(one).period not in ("January", "calendar year")), None):
        raise UsageError(f"{lacking} is not counted by January or calendar year", todo="See `hnf measures`.")
    found = Need(store, area, name, (), bool(first or last))
    specs = known = [MeasureSpec(one, period) for one in dict.fromkeys(names) for period in periods_of(store, one)]
    if found.is_series:
        specs = [spec for spec in specs if (first or spec.period) <= spec.period <= (last or spec.period)]
    else:
        is_open = not found.closed_note
        listed = (one for one in known if is_open or area in area_amounts(store, one, found.level).values)
        specs = list({spec.measure: spec for spec in listed}.values())
    if not specs:
        when = f" from {first}" * bool(first) + f" to {last}" * bool(last)
        todo = found.closed_note or f"There are: {', '.join(sorted({spec.period for spec in known})) or 'none'}."
        raise UsageError(f"the tables have no figure of {join_words(names[:3] or ['nothing'])}{when}", todo=todo)
    return replace(found, specs=tuple(specs))


def _year(value: object, where: str) -> str:
    text = "" if value is None else str(value).strip()
    if value is not None and not (text.isascii() and text.isdigit() and len(text) == 4):
        raise UsageError(f"'{text[:40]}' is no January or calendar year", where=where, todo="Write it as 2024.")
    return text
