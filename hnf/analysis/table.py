"""One table of everything: any measures of any periods, for authorities, regions and England, a row each.

Values are those of `hnf rank`, `hnf need` and `hnf map`: rates of funding from `hnf.measures.rates`, and all that the
tables print, with the shares made of it, for all areas at once, by the rules of `hnf.measures.shares` (a test compares
both, figure by figure). An area without a value has a row all the same, whose `status` says why; a value with a
`status` has something odd in its return. Ids are `rate:<period>:<measure>:<per>:<area>`, of a value in real terms
and of a change those of `hnf.analysis.real_change`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import polars as pl

from hnf.analysis.compare import comparator_set
from hnf.analysis.real_change import CASH
from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import breaks_of
from hnf.measures.prices import Deflator, deflator, headline_refusal
from hnf.measures.published import ENGLAND, POUNDS, Amounts, level_of, rows_of, status_words
from hnf.measures.rates import (
    MeasureSpec,
    RateSpec,
    Spec,
    england_words,
    rate_table,
    spec_of,
)
from hnf.measures.register import MEASURES, PLAIN, PUBLISHED_KINDS, RATES, SHARES, Rate, find_measure
from hnf.measures.shares import (
    EVERYWHERE,
    absent_reasons,
    break_names,
    doubts_of,
    estimate_of,
    flags_of,
    goes_with,
    people_words,
    periods_of,
)
from hnf.results import Answer
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.text import capital
from hnf.years import FinancialYear

Level = Literal["authority", "region", "england", "all"]
LEVELS: tuple[Level, ...] = get_args(Level)
#: Every measure of the register.
ALL = "all"
_LEVEL_OF = {"local_authority": "authority", "regional": "region", "national": "england"}
_AREA = ("area_code", "area_name", "la_code", "la_name", "region", "level")
_VALUE = ("measure", "period", "value", "unit", "status", "basis", "figure_id")
_GROWTH = ("growth_from", "growth", "growth_unit", "growth_status", "growth_id")
_RANK = ("rank", "rank_of", "rank_id")
_KEY = ("measure", "period")
#: What a cell of a measure is found by.
_CELL = ("measure", "period", "level", "area")
_MONEY = "gbp"


@dataclass(frozen=True)
class MeasuresTable(Answer):
    """Measures × periods × areas as one frame, in the order of the measures, periods and areas that were asked for.

    `long` has a row for each measure, period and area; `frame` the same, or with `is_wide` a row for each area and a
    column for each measure and period. `notes` say which periods were taken, what is odd in a return, and more.
    """

    JSON = "measures=names periods level count is_wide price_base? price_vintage? rows columns notes"
    ROWS = "rows"

    long: pl.DataFrame
    specs: tuple[Spec, ...]
    level: Level
    prices: Deflator | None
    is_wide: bool
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The measures, each once."""
        return list(dict.fromkeys(map(name_of, self.specs)))

    @property
    def periods(self) -> dict[str, list[str]]:
        """The periods of each measure."""
        found: dict[str, list[str]] = {}
        for spec in self.specs:
            found.setdefault(name_of(spec), []).append(str(spec.year))
        return found

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.frame.height

    @property
    def price_base(self) -> str:
        """In whose prices pounds are; nothing in cash."""
        return str(self.prices.base) if self.prices else ""

    @property
    def price_vintage(self) -> str:
        """Which publication of the price index is used."""
        return self.prices.vintage if self.prices else ""

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The table as it was asked for."""
        return _widen(self.long, self.specs) if self.is_wide else self.long

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict a row; whole numbers without a point."""
        return [
            {key: int(one) if isinstance(one, float) and one.is_integer() else one for key, one in row.items()}
            for row in self.frame.iter_rows(named=True)
        ]

    @property
    def columns(self) -> list[dict[str, str]]:
        """Each measure and period with the heading of its column in a wide table, its words, unit and basis."""
        return [
            {"column": f"{name_of(spec)} {spec.year}", "in_words": capital(spec.in_words), "unit": spec.unit}
            for spec in self.specs
        ]

    def to_polars(self) -> pl.DataFrame:
        """Return the table as a polars frame: unrounded values, the columns of `--format csv`."""
        return self.frame


def name_of(spec: Spec) -> str:
    """Return the name that the register has for what a table is of."""
    if isinstance(spec, MeasureSpec) or spec.per == "none":
        return spec.measure
    return next(
        name
        for name, rate in RATES.items()
        if (rate.numerator, rate.denominator.per, rate.is_adjusted) == (spec.measure, spec.per, spec.area_costs)
        and (rate.denominator.population or "ons") == spec.population
    )


def table(
    store: Store,
    measures: str | Iterable[str],
    years: object = None,
    *,
    start: object = None,
    end: object = None,
    areas: str | Iterable[str] = (),
    region: str | None = None,
    neighbours_of: str | None = None,
    level: Level | None = None,
    growth_from: object = None,
    with_rank: bool = False,
    real: bool = False,
    base_year: FinancialYear | str | None = None,
    wide: bool = False,
) -> MeasuresTable:
    """Return any measures of any periods for authorities, regions and England, as one table.

    Parameters
    ----------
    measures : str or iterable of str
        Names of the register (`hnf measures`), as a list or with commas between them; `all` for every one.
    years : object, optional
        One period or several, as a list or with commas between them: `2023-24`, or `2024` for a January or calendar
        year; `all` for every one. A financial year stands for the January, calendar year or mid-year in which it
        begins, and the other way round; every row has its own period. Without years, each measure is of its latest
        period.
    start, end : object, optional
        First and last period of a range, in place of `years`.
    areas : str or iterable of str, optional
        Authorities, regions and `England`, by name or code; a name with commas in a list only.
    region : str, optional
        All authorities of a region.
    neighbours_of : str, optional
        An authority and its statistical neighbours, of the latest model.
    level : str, optional
        `authority` (the default), `region`, `england` or `all`: what is listed where no areas are named; of a region
        its authorities, itself, England, or all of these.
    growth_from : object, optional
        Adds the change of each value since this period: per cent, of percentages percentage points.
    with_rank : bool, optional
        Adds the rank of an authority among all with a figure, 1 the lowest, whoever is listed.
    real : bool, optional
        Gives pounds in prices of `base_year`, by default the latest outturn; what is not money stays as it is.
    wide : bool, optional
        A row for each area and a column for each measure and period.

    Returns
    -------
    MeasuresTable
        Values in the unit of each measure (pounds, count, pct from 0 to 100, per_1000), unrounded; null with a
        `status` where there is none.

    Raises
    ------
    UsageError
        If there is no such measure or area, no measure has a period, or options exclude each other.

    Examples
    --------
    >>> import hnf
    >>> found = hnf.table(hnf.Store(), "plans,block_per_plan", "2023-24", areas=["Kent", "England"])
    >>> found.to_polars().select("area_name", "measure", "period", "value").row(0)
    ('Kent', 'plans', '2023', 18931.0)
    """
    if base_year is not None and not real:
        raise UsageError("a base year is that of real terms", where="--base-year", todo="Add --real, or leave it out.")
    if level is not None:
        require_one_of(level, LEVELS, "level", "--level")
    for name, flag in {"with_rank": with_rank, "real": real, "wide": wide}.items():
        require_one_of(flag, (True, False), name)
    names = _names(store, measures)
    specs, notes = _specs(store, names, years, start, end)
    chosen, listed = _areas(store, areas, region, neighbours_of, level), bool(_split(areas)) or bool(neighbours_of)
    prices = deflator(store, None if base_year is None else FinancialYear.parse(base_year)) if real else None
    everything = _values(store, specs)
    long = _rows(store, specs, everything, chosen, is_listed=listed)
    long = _real(long, prices) if prices else long
    if growth_from is not None:
        long, more = _grown(store, long, specs, (growth_from, chosen, prices))
        notes += more
    long = _ranked(long, specs, everything) if with_rank else long
    notes += _remarks(store, specs, long, prices)
    notes += ["Rank 1 is the lowest of all authorities with a figure, whoever is listed."] if with_rank else []
    columns = [*_AREA, *_VALUE, *(["price_base"] if prices else [])]
    columns += [*(_GROWTH if growth_from is not None else ()), *(_RANK if with_rank else ())]
    return MeasuresTable(long.select(columns), specs, level or "authority", prices, wide, tuple(notes))


# What was asked for: measures, periods, areas.


def _split(asked: object) -> list[str]:
    """Return what is listed with commas or in a list."""
    if asked is None:
        return []
    if isinstance(asked, str):
        return [part.strip() for part in asked.split(",") if part.strip()]
    return [str(one).strip() for one in asked] if isinstance(asked, Iterable) else [str(asked)]


def _names(store: Store, measures: object) -> list[str]:
    names = list(dict.fromkeys(name.casefold() for name in _split(measures)))
    if names == [ALL]:
        return [name for name in (*PLAIN, *SHARES, *RATES) if periods_of(store, name)]
    if not names:
        raise UsageError("no measure is named", where="--measures", todo="See `hnf measures`; all for every one.")
    if empty := next((name for name in names if find_measure(name) and not periods_of(store, name)), ""):
        raise UsageError(f"these tables have no {find_measure(empty).words}", where="--measures")
    return names


def _spec(name: str, period: str) -> Spec:
    measure = find_measure(name)
    if isinstance(measure, Rate):
        return spec_of(measure, period)
    return RateSpec(FinancialYear.parse(period), name, "none") if name in MEASURES else MeasureSpec(name, period)


def _specs(
    store: Store, names: list[str], years: object, start: object, end: object
) -> tuple[tuple[Spec, ...], list[str]]:
    """Return what the table is of, measure by measure, with notes on periods that were taken or are lacking."""
    asked, first, last = _split(years), _begins(start, "--from"), _begins(end, "--to")
    if years is not None and not asked:
        raise UsageError("no year is named", where="--years", todo="Leave it out for the latest of each measure.")
    if asked and (first or last):
        raise UsageError("years are listed, or go from one to another", where="--years", todo="Leave out one of them.")
    if first > last > "":
        raise UsageError(f"{start} is after {end}", where="--from", todo="Give the earlier year first.")
    known = {name: periods_of(store, name) for name in names}
    every = [one.casefold() for one in asked] == ["all"]
    if every:
        found = {name: list(periods) for name, periods in known.items()}
    elif asked:
        found = {name: [_period(periods, one) for one in asked] for name, periods in known.items()}
        for number, one in enumerate(asked):
            if not any(periods[number] for periods in found.values()):
                raise _no_period(one, known)
    else:
        begun = {name: [one for one in periods if first <= one[:4]] for name, periods in known.items()}
        found = {name: [one for one in periods if one[:4] <= (last or one)] for name, periods in begun.items()}
        if not any(found.values()):
            raise _no_period(str(start or end), known)
    wanted = ", ".join(asked) or " to ".join(filter(None, (first, last)))
    if not wanted:
        found = {name: periods[-1:] for name, periods in found.items()}
    specs = [_spec(name, one) for name, periods in found.items() for one in dict.fromkeys(periods) if one]
    lacking = [name for name, periods in found.items() if not any(periods)]
    notes = [f"No figure of {wanted}, and so not in the table: {_few(lacking)}."] if lacking else []
    if not wanted:
        latest: dict[str, list[str]] = {}
        for spec in specs:
            when = spec.period_in_words if isinstance(spec, MeasureSpec) else str(spec.year)
            latest.setdefault(when, []).append(name_of(spec))
        said = "; ".join(f"{when}: {_few(of)}" for when, of in latest.items())
        notes.append(f"The latest period of each measure, as no year was given. {said}.")
    return tuple(specs), notes


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])} and {len(names) - 10} others"


def _begins(year: object, option: str) -> str:
    """Return the calendar year in which a period begins; nothing where none is given."""
    text = "" if year is None else str(year).strip()
    if year is None or re.fullmatch(r"20\d\d", text):
        return text
    try:
        return str(FinancialYear.parse(text).start)
    except UsageError as error:
        what = f"'{text[:40]}' is no year"
        raise UsageError(what, where=option, todo="Write it as 2023-24, or 2024 for a January.") from error


def _period(known: Sequence[str], asked: str, option: str = "--years") -> str:
    """Return the period of a measure that a year stands for; nothing where it has none."""
    begins = _begins(asked, option)
    plain = asked if asked == begins else str(FinancialYear.parse(asked))
    return plain if plain in known else next((one for one in known if goes_with(one, plain)), "")


def _no_period(asked: str, known: Mapping[str, Sequence[str]]) -> UsageError:
    """Return the error of a year in which no measure has a figure: it names the nearest."""
    begins = int(_begins(asked, "--years"))
    near = min((one for periods in known.values() for one in periods), key=lambda one: abs(int(one[:4]) - begins))
    has = "; ".join(f"{name} has {periods[0]} to {periods[-1]}" for name, periods in list(known.items())[:3])
    what = f"there is no figure of {_few(list(known))} in {asked}"
    return UsageError(what, todo=f"The nearest is {near}; {has}.")


def _areas(
    store: Store, areas: object, region: str | None, neighbours_of: str | None, level: Level | None
) -> dict[str, str]:
    """Return the level by code of the areas asked for, in order."""
    authorities, codes = Authorities.of(store), list[str]()
    named = authorities.split_names(areas) if isinstance(areas, str) else _split(areas)
    if neighbours_of is not None:
        one = authorities.find(neighbours_of)
        codes += [one.la_code, *comparator_set(store, one, "neighbours", "9999").codes]
    if region is None and level is not None and (named or codes):
        raise UsageError("the areas are named already", where="--level", todo="Leave --level out.")
    if region is not None or not (named or codes):
        within = authorities.groups[ENGLAND] if region is None else authorities.find_area(region, where="--region")
        if within.la_code not in authorities.groups:
            todo = f"Regions are {', '.join(sorted(authorities.region_names.values()))}."
            raise UsageError(f"{within.name} is not a region", where="--region", todo=todo)
        by_level = {
            "authority": authorities.members(within.la_code),
            "region": [code for code in authorities.groups if code != ENGLAND and within.la_code in (ENGLAND, code)],
            "england": (ENGLAND,),
        }
        codes += [code for one, found in by_level.items() if level in (ALL, one) or (not level and one == LEVELS[0])
                  for code in found]  # fmt: skip
    codes += [authorities.find_area(one, where="--areas").la_code for one in named]
    return {code: level_of(code) for code in codes}


# Values of every area at once.


def _values(store: Store, specs: Iterable[Spec]) -> pl.DataFrame:
    """Return measure, period, level, area, value and status of all areas that rows are about, unrounded."""
    specs = tuple(specs)
    plain = {spec.measure for spec in specs if isinstance(spec, MeasureSpec) and spec.measure in PLAIN}
    shares = [SHARES[name] for name in dict.fromkeys(one.measure for one in specs if isinstance(one, MeasureSpec))
              if name in SHARES]  # fmt: skip
    sides = {side for share in shares for side in (share.part, share.whole)}
    if "plans" in plain | sides and periods_of(store, "placements_total"):
        sides.add("placements_total")  # of which regions without a row of plans have theirs
    counted = _printed(store, sorted(plain | sides))
    filled = _with_regions(counted)
    pairs = pl.DataFrame(
        [(spec.measure, spec.period) for spec in specs if isinstance(spec, MeasureSpec)], schema=_KEY, orient="row"
    ).cast(pl.String)
    frames = [filled.join(pairs, on=_KEY, how="semi")]
    if shares:
        of_shares = [spec for spec in specs if isinstance(spec, MeasureSpec) and spec.measure in SHARES]
        frames.append(_shares(store, of_shares, filled, counted))
    frames.append(_rates(store, [spec for spec in specs if isinstance(spec, RateSpec)]))
    return pl.concat([frame.select(*_CELL, "value", "status") for frame in frames])


def _printed(store: Store, names: Iterable[str]) -> pl.DataFrame:
    """Return plain measures in all periods, as `hnf.measures.published.plain_amounts` returns one of them."""
    frames = []
    for kind_name in dict.fromkeys(PLAIN[name].kind for name in names):
        kind = PUBLISHED_KINDS[kind_name]
        measures = [PLAIN[name] for name in names if PLAIN[name].kind == kind_name]
        items = pl.DataFrame(
            [
                (one.name, item, place, one.series, len(one.items), one.of_collected)
                for one in measures
                for place, item in enumerate(one.items)
            ],
            schema=["measure", "item", "place", "series", "least", "of_collected"],
            orient="row",
        )
        rows = rows_of(store, kind_name)
        scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64) if "unit" in rows.columns else 1.0
        found = rows.select(
            pl.col(kind.before[0]).cast(pl.String).alias("period"),
            pl.col(kind.before[1]).cast(pl.String).alias("edition"),
            pl.col("geographic_level").alias("level"),
            "area",
            pl.col(kind.after).alias("item"),
            (pl.col(kind.value).cast(pl.Float64) * scale).alias("value"),
            (pl.col("status") if "status" in rows.columns else pl.lit("")).alias("symbol"),
        ).join(items, on="item")
        edition = pl.col("edition")
        if kind.replaced == "series":
            found = found.filter(edition == pl.col("series"))
        else:
            of = _CELL if kind.replaced == "area" else _CELL[:3]
            found = found.filter(edition == edition.max().over(of))
        is_in_use = pl.lit(value=True)
        if any(one.of_collected for one in measures):
            collected = pl.col("value").is_not_null().any().over(*_CELL[:3], "edition", "item")
            is_in_use = ~pl.col("of_collected") | collected
        cells = found.with_columns(is_in_use=is_in_use).sort("place").group_by(_CELL).agg(
            pl.col("value").filter("is_in_use").sum(),
            pl.col("value").filter("is_in_use").count().alias("numbers"),
            pl.when(pl.col("of_collected").first()).then(pl.col("is_in_use").sum()).otherwise(pl.col("least").first())
            .alias("least"),
            pl.col("symbol").filter(pl.col("is_in_use") & (pl.col("symbol") != "")).first().fill_null(""),
        )  # fmt: skip
        frames.append(cells)
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys((*_CELL, "status"), pl.String) | {"value": pl.Float64})
    cells = pl.concat(frames)
    words = {symbol: status_words(symbol) or "an empty cell" for symbol in cells["symbol"].unique()}
    is_whole = (pl.col("numbers") > 0) & (pl.col("numbers") == pl.col("least"))
    return cells.with_columns(
        value=pl.when(is_whole).then("value"),
        status=pl.when(~is_whole).then(pl.col("symbol").replace_strict(words, return_dtype=pl.String)),
    )


def _with_regions(cells: pl.DataFrame) -> pl.DataFrame:
    """Give regions that the table of plans does not list the plans of the table of settings, as `area_amounts` does."""
    is_regional, name = pl.col("level") == "regional", pl.col("measure")
    plans = cells.filter(is_regional & (name == "plans"))
    settings = cells.filter(is_regional & (name == "placements_total")).with_columns(measure=pl.lit("plans"))
    has_value = pl.col("value").is_not_null()
    either = [one.filter(which) for which in (has_value, ~has_value) for one in (plans, settings)]
    return pl.concat([*either, cells]).unique(_CELL, keep="first", maintain_order=True)


def _shares(store: Store, specs: Iterable[MeasureSpec], parts: pl.DataFrame, wholes: pl.DataFrame) -> pl.DataFrame:
    """Return shares and rates per 1,000 people, as `hnf.measures.shares.area_amounts` returns one of them."""
    rows = []
    for spec in specs:
        share = SHARES[spec.measure]
        part, whole = (PLAIN[name].short or PLAIN[name].words for name in (share.part, share.whole))
        of = estimate_of(store, spec) if share.is_of_people else spec.period
        rows.append((spec.measure, spec.period, share.part, share.whole, of, share.times, part, whole))
    schema = ["share", "period", "part", "whole", "of", "times", "part_words", "whole_words"]
    wanted = pl.DataFrame(rows, schema=schema, orient="row")
    below = pl.concat([wholes, _split_people(store, wholes)], how="diagonal")
    below = below.select(whole="measure", of="period", level="level", area="area", base="value", lacking="status")
    joined = (
        parts.rename({"measure": "part"})
        .join(wanted, on=["part", "period"])
        .join(below, on=["whole", "of", "level", "area"], how="left")
    )
    has_part, is_none = pl.col("value").is_not_null(), pl.col("base") == 0
    reason = pl.when(has_part).then("lacking").otherwise("status").fill_null("no figure is published")
    words = pl.when(has_part).then("whole_words").otherwise("part_words")
    is_empty = pl.col("base").is_null() | is_none | ~has_part
    status = (
        pl.when(has_part & is_none)
        .then(pl.concat_str(words, pl.lit(": none, so that there is no share")))
        .otherwise(pl.concat_str(words, pl.lit(": "), reason))
    )
    return joined.with_columns(
        measure="share",
        value=pl.when(~is_empty).then(pl.col("times") * pl.col("value") / pl.col("base")),
        status=pl.when(is_empty).then(status),
    )


def _split_people(store: Store, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the people of authorities that were split since, as the sum of what they became."""
    people = cells.filter(pl.col("measure").str.starts_with("people_") & (pl.col("level") == "local_authority"))
    frames = []
    for code, one in Authorities.of(store).by_code.items():
        if one.lineage_kind == "split" and one.successors:
            found = people.filter(pl.col("area").is_in(list(one.successors)) & pl.col("value").is_not_null())
            summed = found.group_by("measure", "period", "level").agg(pl.col("value").sum(), pl.len().alias("parts"))
            whole = summed.filter(pl.col("parts") == len(one.successors)).with_columns(area=pl.lit(code))
            frames.append(whole.join(people, on=_CELL, how="anti").select(*_CELL, "value"))
    return pl.concat(frames) if frames else people.clear().select(*_CELL, "value")


def _rates(store: Store, specs: Iterable[RateSpec]) -> pl.DataFrame:
    """Return measures of funding and their rates: of a region and England all pounds over all of the denominators."""
    authorities = Authorities.of(store)
    found: list[tuple[str, str, str, str, float | None, str | None]] = []
    for spec in specs:
        of, rates = (name_of(spec), str(spec.year)), rate_table(store, spec)
        found += [(*of, "local_authority", code, value, None) for code, value in rates.values.items()]
        found += [(*of, "local_authority", code, None, why) for code, why in rates.excluded.items()]
        found.append((*of, "national", ENGLAND, rates.england, None))
        for region in authorities.region_names:
            codes = set(authorities.members(region)) & set(rates.england_codes)
            pounds, people = rates.sums_of(codes) if codes else (None, None)
            rate = pounds if pounds is None or people is None or spec.per == "none" else pounds / people
            found.append((*of, "regional", region, rate, None if codes else "none of its authorities has a rate"))
    schema = dict.fromkeys(_CELL, pl.String) | {"value": pl.Float64, "status": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


# Rows: areas by measures and periods, with names, reasons, ids.


def _basis(spec: Spec) -> str:
    if isinstance(spec, MeasureSpec):
        return spec.basis
    return "published" if spec.per == "none" and spec.measure != "nff_additional" else "derived"


def _about(specs: Iterable[Spec]) -> pl.DataFrame:
    """Return what is the same in all rows of a measure and period, in their order."""
    rows = [(name_of(one), str(one.year), one.unit, _basis(one), one.id_part, one.day) for one in specs]
    schema = [*_KEY, "unit", "basis", "id_part", "day"]
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("spec_order")


def _places(store: Store, chosen: dict[str, str]) -> pl.DataFrame:
    """Return the areas asked for with their names, in their order."""
    authorities = Authorities.of(store)
    rows: list[dict[str, str | None]] = []
    for code, level in chosen.items():
        one, own = {**authorities.by_code, **authorities.groups}[code], level == "local_authority"
        row: dict[str, str | None] = {
            "area": code,
            "raw_level": level,
            "level": _LEVEL_OF[level],
            "area_code": code,
            "area_name": one.name,
        }
        row |= {"la_code": code if own else None, "la_name": one.name if own else None, "closed": one.closed}
        rows.append({**row, "opened": one.opened, "region": None if code == ENGLAND else one.region_name})
    return pl.DataFrame(
        rows, schema_overrides=dict.fromkeys(("la_code", "la_name", "region"), pl.String)
    ).with_row_index("area_order")


def _rows(
    store: Store, specs: tuple[Spec, ...], everything: pl.DataFrame, chosen: dict[str, str], *, is_listed: bool
) -> pl.DataFrame:
    """Return a row for each measure, period and area: of an authority that was not there, only where it is named."""
    grid = _about(specs).join(_places(store, chosen), how="cross")
    values = everything.rename({"level": "raw_level"}).with_columns(is_found=pl.lit(value=True))
    joined = grid.join(values, on=["measure", "period", "raw_level", "area"], how="left")
    is_there = (pl.col("opened") <= pl.col("day")) & ((pl.col("closed") == "") | (pl.col("closed") >= pl.col("day")))
    joined = joined.with_columns(is_there=is_there)
    joined = joined.filter(pl.col("value").is_not_null() | pl.col("is_there") | pl.lit(is_listed))
    reasons = _reasons(store, specs, joined, everything)
    flags = [
        (name_of(spec), str(spec.year), area, " ".join(words))
        for spec in specs
        if isinstance(spec, MeasureSpec)
        for area, words in flags_of(store, spec).items()
        if area != EVERYWHERE
    ]
    said = pl.DataFrame(flags, schema=dict.fromkeys([*_KEY, "area", "flag"], pl.String), orient="row")
    has_value = pl.col("value").is_not_null()
    return (
        joined.join(reasons, on=[*_KEY, "area"], how="left")
        .join(said, on=[*_KEY, "area"], how="left")
        .with_columns(
            status=pl.when(has_value).then("flag").otherwise(pl.coalesce("reason", "status")),
            figure_id=pl.when(has_value).then(pl.concat_str(pl.lit("rate:"), "id_part", pl.lit(":"), "area")),
            basis=pl.when((pl.col("area") == ENGLAND) | (pl.col("raw_level") == "regional"))
            .then(pl.when(pl.col("measure").is_in(list(MEASURES))).then(pl.lit("derived")).otherwise("basis"))
            .otherwise("basis"),
        )
        .sort("spec_order", "area_order")
    )


def _reasons(store: Store, specs: Iterable[Spec], joined: pl.DataFrame, everything: pl.DataFrame) -> pl.DataFrame:
    """Say why an area has no value where its own row does not: it was not there, or no row is about it."""
    authorities, by_key = Authorities.of(store), {(name_of(spec), str(spec.year)): spec for spec in specs}
    empty = joined.filter(pl.col("value").is_null() & (pl.col("is_found").is_null() | ~pl.col("is_there")))
    of_these = everything.join(empty.select(_KEY), on=_KEY, how="semi").filter(pl.col("level") == "local_authority")
    listed = {(name, period): codes for name, period, codes in of_these.group_by(_KEY).agg("area").iter_rows()}
    absent: dict[Spec, dict[str, str]] = {}
    rows = []
    for *key, area in empty.select(*_KEY, "area").iter_rows():
        spec = by_key[key[0], key[1]]
        when = spec.period_in_words if isinstance(spec, MeasureSpec) else spec.year
        if level_of(area) != "local_authority":
            reason = f"none is published for {'England' if area == ENGLAND else 'the region'}"
        elif not (reason := authorities.instead(authorities[area], when, spec.day)):
            if spec not in absent and isinstance(spec, MeasureSpec):
                there: dict[str, tuple[str, ...]] = dict.fromkeys(listed.get((key[0], key[1]), ()), ())
                absent[spec] = absent_reasons(store, spec, Amounts({}, there, {}))
            reason = absent.get(spec, {}).get(area) or f"it had no allocation in {when}"
        rows.append((*key, area, reason))
    return pl.DataFrame(rows, schema=dict.fromkeys([*_KEY, "area", "reason"], pl.String), orient="row")


# Real terms, change and rank: columns beside the value.


def _real(long: pl.DataFrame, prices: Deflator) -> pl.DataFrame:
    """Put pounds into prices of one year; a year without an index has none, with the reason."""
    is_money, rows = pl.col("unit").str.starts_with(_MONEY), []
    for period in long.filter(is_money)["period"].unique():
        year = FinancialYear.parse(period)
        why = prices.lacking(year)
        is_forecast = not why and any(prices.prices[one].is_forecast for one in (prices.base, year))
        basis = "estimated" if is_forecast else "derived"
        rows.append((period, None if why else prices.factor(year), why or None, basis))
    schema = {"period": pl.String, "factor": pl.Float64, "why": pl.String, "real_basis": pl.String}
    factors = pl.DataFrame(rows, schema=schema, orient="row")
    of = pl.col("figure_id").str.strip_prefix("rate:")
    real_id = pl.when(pl.col("factor").is_not_null()).then(
        pl.concat_str(pl.lit("realvalue:"), of, pl.lit(f":{prices.id_part}"))
    )
    real = pl.when(is_money & pl.col("value").is_not_null())
    return long.join(factors, on="period", how="left", maintain_order="left").with_columns(
        value=real.then(pl.col("value") * pl.col("factor")).otherwise("value"),
        status=real.then(pl.coalesce("why", "status")).otherwise("status"),
        basis=real.then("real_basis").otherwise("basis"),
        figure_id=real.then(real_id).otherwise("figure_id"),
        price_base=pl.when(is_money).then(pl.lit(str(prices.base))),
    )


def _grown(
    store: Store, long: pl.DataFrame, specs: tuple[Spec, ...], how: tuple[object, dict[str, str], Deflator | None]
) -> tuple[pl.DataFrame, list[str]]:
    """Add the change of each value since a period, with notes on measures that lack it and on breaks in between."""
    asked, chosen, prices = str(how[0]).strip(), how[1], how[2]
    known = {name: periods_of(store, name) for name in dict.fromkeys(map(name_of, specs))}
    first = {name: _period(periods, asked, "--growth-from") for name, periods in known.items()}
    if not any(first.values()):
        raise _no_period(asked, known)
    lacking = [name for name, period in first.items() if not period]
    starts = tuple(_spec(name, period) for name, period in first.items() if period)
    before = _rows(store, starts, _values(store, starts), chosen, is_listed=True)
    before = _real(before, prices) if prices else before
    before = before.select("measure", "area", growth_from="period", start="value", start_status="status")
    joined = long.join(before, on=["measure", "area"], how="left", maintain_order="left")
    is_points, is_money = pl.col("unit") == "pct", pl.col("unit").str.starts_with(_MONEY)
    start, value, since = pl.col("start"), pl.col("value"), pl.col("growth_from")
    refused = is_money & pl.concat_str(since, "period").is_in(_refused(long, prices))
    of_start = pl.concat_str(since, pl.lit(": "), "start_status")
    why_none = pl.coalesce(
        pl.when(since.is_null()).then(pl.lit(f"there is no figure of {asked}")),
        pl.when(since >= pl.col("period")).then(pl.lit("not later than the period it would be since")),
        pl.when(start.is_null()).then(of_start),
        pl.when(value.is_null()).then("status"),
        pl.when(refused).then(pl.lit("the price index moved untypically: no real change over one year is stated")),
        pl.when(~is_points & (start <= 0)).then(pl.lit("nothing at the start")),
    )
    period, measure, per = (pl.col("id_part").str.split(":").list.get(place) for place in range(3))
    base = pl.when(is_money).then(pl.lit(prices.id_part if prices else CASH)).otherwise(pl.lit(CASH))
    change = pl.when(is_points).then(value - start).otherwise((value / start - 1) * 100)
    there = why_none.is_null()
    id_ = pl.concat_str(pl.lit("change"), since, period, measure, per, "area", base, separator=":")
    grown = joined.with_columns(
        growth=pl.when(there).then(change),
        growth_unit=pl.when(there & is_points).then(pl.lit("percentage_points")).when(there).then(pl.lit("pct")),
        growth_status=pl.coalesce(why_none, of_start),
        growth_id=pl.when(there).then(id_),
    )
    notes = [f"No figure of {asked}, and so no change since: {_few(lacking)}."] if lacking else []
    last = {name_of(spec): int(str(spec.year)[:4]) for spec in sorted(specs, key=lambda one: str(one.year))}
    crossed: dict[str, list[str]] = {}
    for spec in starts:
        for found in breaks_of(break_names(spec)):
            if found.lies_in(int(str(spec.year)[:4]), last[name_of(spec)]):
                crossed.setdefault(found.in_words, []).append(name_of(spec))
    return grown, [*notes, *(f"{words} ({_few(of)})" for words, of in crossed.items())]


def _refused(long: pl.DataFrame, prices: Deflator | None) -> list[str]:
    """Return the pairs of years, written together, over which no real change is stated."""
    years = [FinancialYear.parse(one) for one in long["period"].unique() if "-" in one] if prices else []
    return [f"{year.previous}{year}" for year in years if headline_refusal(year.previous, year)]


def _ranked(long: pl.DataFrame, specs: Iterable[Spec], everything: pl.DataFrame) -> pl.DataFrame:
    """Add the rank of each authority among all with a value; a doubtful figure has none, as in `hnf need`."""
    counted = [spec for spec in specs if isinstance(spec, MeasureSpec)]
    doubts = [(spec.measure, spec.period, area) for spec in counted for area in doubts_of(spec)]
    doubtful = pl.DataFrame(doubts, schema=dict.fromkeys([*_KEY, "area"], pl.String), orient="row")
    ranks = everything.filter((pl.col("level") == "local_authority") & pl.col("value").is_not_null()).select(
        *_KEY,
        "area",
        rank=pl.col("value").rank("min").over(_KEY).cast(pl.Int64),
        rank_of=pl.len().over(_KEY).cast(pl.Int64),
    )
    ranks = ranks.join(doubtful, on=[*_KEY, "area"], how="anti")
    rank_id = pl.concat_str(pl.lit("rank:"), "id_part", pl.lit(":"), "area")
    return long.join(ranks, on=[*_KEY, "area"], how="left", maintain_order="left").with_columns(
        rank_id=pl.when(pl.col("rank").is_not_null()).then(rank_id)
    )


def _remarks(store: Store, specs: Iterable[Spec], long: pl.DataFrame, prices: Deflator | None) -> list[str]:
    """Return what holds for all areas: people divided by, what is odd in a period, who is in the rate of a group."""
    by_words: dict[str, list[str]] = {}
    here = set(long["area"])
    groups = [one for code, one in Authorities.of(store).groups.items() if code in here]
    for spec in specs:
        if isinstance(spec, MeasureSpec):
            words = [*flags_of(store, spec).get(EVERYWHERE, ()), *filter(None, [people_words(store, spec)])]
        else:
            found = {one.name: england_words(store, rate_table(store, spec), one.la_code) for one in groups}
            words = [f"{name}: {said}" for name, said in found.items() if said]
        for one in words:
            by_words.setdefault(one.rstrip("."), []).append(f"{name_of(spec)} {spec.year}")
    notes = [f"{words} ({_few(which)})." for words, which in by_words.items()]
    if prices:
        years = {one for one, unit in long.select("period", "unit").iter_rows() if unit.startswith(_MONEY)}
        notes += prices.notes(tuple(FinancialYear.parse(one) for one in sorted(years))) if years else []
    return notes


def _widen(long: pl.DataFrame, specs: Iterable[Spec]) -> pl.DataFrame:
    """Return a row for each area; a status has a column where there is any."""
    wide, parts = long.select(_AREA).unique(maintain_order=True), long.partition_by(_KEY, as_dict=True)
    for spec in specs:
        name, period = name_of(spec), str(spec.year)
        part = parts.get((name, period), long.clear())
        since = part["growth_from"].drop_nulls().to_list() if "growth_from" in part.columns else []
        heads = {"value": "", "status": " status", "rank": " rank"}
        heads |= {"growth": f" change since {since[0]}", "growth_status": " change status"} if since else {}
        used = {
            f"{name} {period}{head}": pl.col(key)
            for key, head in heads.items()
            if key in part.columns and not (key.endswith("status") and part[key].is_null().all())
        }
        wide = wide.join(part.select("area_code", **used), on="area_code", how="left", maintain_order="left")
    return wide
