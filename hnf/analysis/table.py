"""One table of everything: any measures of any periods, for authorities, regions and England, a row each.

Values are those of `hnf rank`, `hnf need` and `hnf map`: rates of funding from `hnf.measures.rates`, and all that the
tables print, with the shares made of it, for all areas at once, by the rules of `hnf.measures.shares` (a test compares
both, figure by figure). An area without a value has a row all the same, whose `status` says why; a value with a
`status` has something odd in its return. Ids are `rate:<period>:<measure>:<per>:<area>`, of a value in real terms
`realvalue:…:<base year of prices>`, and of a change `change:<first period>:<last period>:<measure>:<per>:<area>`, with
the base year behind it where it is in real terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import polars as pl

from hnf.analysis.compare import comparator_set
from hnf.analysis.growth import series_of
from hnf.analysis.rank import value_figure
from hnf.analysis.reported import find_area
from hnf.errors import UsageError, require_one_of
from hnf.measures.notes import breaks_of
from hnf.measures.prices import Deflator, deflator, headline_refusal, read_id_part
from hnf.measures.published import ENGLAND, POUNDS, Amounts, level_of, rows_of, status_words
from hnf.measures.rates import MeasureSpec, RateSpec, RateTable, Spec, england_words, rate_table, spec_from_parts, spec_of
from hnf.measures.register import MEASURES, PLAIN, PUBLISHED_KINDS, RATES, SHARES, Rate, Share, find_measure
from hnf.measures.shares import (
    EVERYWHERE,
    absent_reasons,
    doubts_of,
    estimate_of,
    flags_of,
    goes_with,
    people_words,
    periods_of,
)
from hnf.results import Answer, Figure, add_up
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
        return {name: [str(spec.year) for spec in self.specs if name_of(spec) == name] for name in self.names}

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
            {
                "column": f"{name_of(spec)} {spec.year}",
                "measure": name_of(spec),
                "period": str(spec.year),
                "in_words": capital(spec.in_words),
                "unit": spec.unit,
                "basis": _basis(spec),
            }
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
        One period or several, as a list or with commas between them: `2023-24`, or `2024` for a January, calendar year
        or mid-year. A financial year stands for the January, calendar year or mid-year in which it begins, and the other
        way round; every row has its own period. Without years, each measure is of its latest period.
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
    ('Kent', 'plans', '2023', 18930.0)
    """
    if base_year is not None and not real:
        raise UsageError("a base year is that of real terms", where="--base-year", todo="Add --real, or leave it out.")
    if level is not None:
        require_one_of(level, LEVELS, "level", "--level")
    names = _names(store, measures)
    specs, notes = _specs(store, names, years, start, end)
    chosen, listed = _areas(store, areas, region, neighbours_of, level), bool(_split(areas)) or bool(neighbours_of)
    prices = deflator(store, None if base_year is None else FinancialYear.parse(base_year)) if real else None
    everything = _values(store, specs)
    long = _rows(store, specs, everything, chosen, is_listed=listed)
    long = _real(store, long, prices) if prices else long
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
    for name in names:
        measure = find_measure(name)
        if not periods_of(store, name):
            raise UsageError(f"these tables have no {measure.words}", where="--measures", todo="See `hnf measures`.")
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
    asked, ends = _split(years), (_begins(start, "--from"), _begins(end, "--to"))
    if asked and any(ends):
        raise UsageError("years are listed, or go from one to another", where="--years", todo="Leave out one of them.")
    if all(ends) and ends[0] > ends[1]:
        raise UsageError(f"{start} is after {end}", where="--from", todo="Give the earlier year first.")
    for one in asked:
        _begins(one, "--years")
    periods = {name: periods_of(store, name) for name in names}
    if any(ends):
        found = {
            name: [one for one in known if (ends[0] or one[:4]) <= one[:4] <= (ends[1] or one[:4])]
            for name, known in periods.items()
        }
        wanted = f"{start or 'the first year'} to {end or 'the latest year'}"
    elif asked:
        found = {name: list(filter(None, (_period(known, one) for one in asked))) for name, known in periods.items()}
        wanted = ", ".join(asked)
        for one in asked:
            _require_any(one, periods)
    else:
        found, wanted = {name: [known[-1]] for name, known in periods.items()}, ""
    if not any(found.values()):
        _require_any(str(start or end), periods)
        raise UsageError(f"no measure has a figure from {wanted}", where="--from and --to", todo=_known(periods))
    specs = tuple(_spec(name, one) for name, known in found.items() for one in dict.fromkeys(known))
    notes = []
    if not wanted:
        latest = dict[str, list[str]]()
        for spec in specs:
            latest.setdefault(spec.period_in_words if isinstance(spec, MeasureSpec) else str(spec.year), []).append(
                name_of(spec)
            )
        said = "; ".join(f"{when}: {_few(names)}" for when, names in latest.items())
        notes.append(f"The latest period of each measure, as no year was given. {said}.")
    lacking = [name for name, known in found.items() if not known]
    if lacking:
        notes.append(f"No figure in {wanted}, and so not in the table: {_few(lacking)}.")
    return specs, notes


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])} and {len(names) - 10} others"


def _begins(year: object, option: str) -> str:
    """Return the calendar year in which a period begins; nothing where none is given."""
    if year is None:
        return ""
    text = str(year).strip()
    if re.fullmatch(r"20\d\d", text):
        return text
    try:
        return str(FinancialYear.parse(text).start)
    except UsageError as error:
        todo = "Write it as 2023-24, or as 2024 for a January or calendar year."
        raise UsageError(f"'{text[:40]}' is no year", where=option, todo=todo) from error


def _period(known: Iterable[str], asked: str) -> str | None:
    """Return the period of a measure that a year stands for."""
    plain = asked if re.fullmatch(r"20\d\d", asked) else str(FinancialYear.parse(asked))
    known = tuple(known)
    return plain if plain in known else next((one for one in known if goes_with(one, plain)), None)


def _require_any(asked: str, periods: dict[str, tuple[str, ...]]) -> None:
    """Refuse a year in which no measure has a figure, and name the nearest."""
    if any(_period(known, asked) for known in periods.values()):
        return
    begins, every = int(_begins(asked, "--years")), {one for known in periods.values() for one in known}
    near = sorted(every, key=lambda one: (abs(int(one[:4]) - begins), one))[:1]
    what = f"no measure of the table has a figure in {asked}" if len(periods) > 1 else f"there is no figure in {asked}"
    raise UsageError(what, where=", ".join(list(periods)[:3]), todo=f"The nearest is {near[0]}; {_known(periods)}")


def _known(periods: dict[str, tuple[str, ...]]) -> str:
    few = list(periods.items())[:3]
    return "; ".join(f"{name} has {known[0]} to {known[-1]}" for name, known in few) + "."


def _areas(
    store: Store, areas: object, region: str | None, neighbours_of: str | None, level: Level | None
) -> dict[str, str]:
    """Return the level by code of the areas asked for, in order."""
    authorities, chosen = Authorities.of(store), dict[str, str]()
    named, codes = _split(areas), list[str]()
    if neighbours_of is not None:
        one = authorities.find(neighbours_of)
        codes += [one.la_code, *comparator_set(store, one, "neighbours", "9999").codes]
    if named and level is not None and region is None:
        raise UsageError("the areas are named already", where="--level", todo="Leave --level or --areas out.")
    if region is not None or not (named or codes):
        code, name = find_area(store, [], region) if region is not None else (ENGLAND, "")
        if level_of(code) == "local_authority":
            todo = f"Regions are {', '.join(sorted(authorities.region_names.values()))}."
            raise UsageError(f"{name} is not a region", where="--region", todo=todo)
        wanted = ("authority", "region", "england") if level == "all" else (level or "authority",)
        within = [one for one in authorities.by_code.values() if code in (ENGLAND, one.region_code)]
        if "authority" in wanted:
            codes += [one.la_code for one in within]
        if "region" in wanted:
            names = {one.region_code: one.region_name for one in within}
            codes += sorted(names, key=names.__getitem__)
        codes += [ENGLAND] * ("england" in wanted)
    codes += [find_area(store, [], one)[0] for one in named]
    for code in codes:
        chosen[code] = level_of(code)
    return chosen


# Values of every area at once.


def _values(store: Store, specs: Iterable[Spec]) -> pl.DataFrame:
    """Return measure, period, level, area, value and status of all areas that rows are about, unrounded."""
    specs = tuple(specs)
    plain = {spec.measure for spec in specs if isinstance(spec, MeasureSpec) and spec.measure in PLAIN}
    shares = [SHARES[name] for name in dict.fromkeys(one.measure for one in specs if isinstance(one, MeasureSpec))
              if name in SHARES]  # fmt: skip
    sides = {side for share in shares for side in (share.part, share.whole)}
    counted = _printed(store, sorted(plain | sides | ({"placements_total"} if "plans" in plain | sides else set())))
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
    is_regional = pl.col("level") == "regional"
    is_plans = (pl.col("measure") == "plans") & is_regional
    plans = cells.filter(is_plans)
    settings = cells.filter((pl.col("measure") == "placements_total") & is_regional).with_columns(
        measure=pl.lit("plans")
    )
    known = plans.filter(pl.col("value").is_not_null())
    from_settings = settings.join(known, on=_CELL, how="anti")
    lacking = plans.filter(pl.col("value").is_null()).join(
        from_settings.filter(pl.col("value").is_not_null()), on=_CELL, how="anti"
    )
    return pl.concat([cells.filter(~is_plans), known, lacking, from_settings.join(lacking, on=_CELL, how="anti")])


def _shares(
    store: Store, specs: Iterable[MeasureSpec], parts: pl.DataFrame, wholes: pl.DataFrame
) -> pl.DataFrame:
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
    regions, authorities = Authorities.of(store).region_names, Authorities.of(store)
    found: list[tuple[str, str, str, str, float | None, str | None]] = []
    for spec in specs:
        name, period = name_of(spec), str(spec.year)
        rates = rate_table(store, spec)
        found += [(name, period, "local_authority", code, value, None) for code, value in rates.values.items()]
        found += [(name, period, "local_authority", code, None, why) for code, why in rates.excluded.items()]
        found.append((name, period, "national", ENGLAND, rates.england, None))
        for region in regions:
            codes = {code for code in rates.england_codes if authorities[code].region_code == region}
            value = _rate_of(rates, codes) if codes else None
            found.append((name, period, "regional", region, value, None if codes else "no authority in it has a rate"))
    schema = dict.fromkeys(_CELL, pl.String) | {"value": pl.Float64, "status": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _rate_of(rates: RateTable, codes: set[str]) -> float:
    """Return the rate of some authorities together, each in pounds and denominator or in neither, as England's is."""
    whole = [area for area in rates.whole_areas if area.funded[0] in codes]
    joint = {code for area in rates.whole_areas for code in area.funded}
    pounds = add_up(rates.numerators.values[code] for code in rates.england_codes if code in codes)
    if rates.spec.per == "none":
        return pounds
    alone = add_up(rates.denominators.values[code] for code in rates.values if code in codes and code not in joint)
    return pounds / (alone + add_up(area.denominator for area in whole))


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
    rows = []
    for code, level in chosen.items():
        one = authorities.by_code.get(code)
        if one is not None:
            rows.append((code, level, code, one.name, code, one.name, one.region_name, one.opened, one.closed))
        elif code == ENGLAND:
            rows.append((code, level, code, "England", None, None, None, "", ""))
        else:
            name = authorities.region_names[code]
            rows.append((code, level, code, name, None, None, name, "", ""))
    schema = ["area", "raw_level", "area_code", "area_name", "la_code", "la_name", "region", "opened", "closed"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")
    return frame.with_columns(level=pl.col("raw_level").replace_strict(_LEVEL_OF)).with_row_index("area_order")


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


def _reasons(
    store: Store, specs: Iterable[Spec], joined: pl.DataFrame, everything: pl.DataFrame
) -> pl.DataFrame:
    """Say why an area has no value where its own row does not: it was not there, or no row is about it."""
    authorities, by_key = Authorities.of(store), {(name_of(spec), str(spec.year)): spec for spec in specs}
    empty = joined.filter(pl.col("value").is_null() & (pl.col("is_found").is_null() | ~pl.col("is_there")))
    keys = empty.select(_KEY).unique()
    listed = dict[tuple[str, str], list[str]]()
    for measure, period, codes in (
        everything.join(keys, on=_KEY, how="semi").filter(pl.col("level") == "local_authority")
        .group_by(_KEY).agg("area").iter_rows()
    ):  # fmt: skip
        listed[measure, period] = codes
    absent = dict[tuple[str, str], dict[str, str]]()
    rows = []
    for measure, period, area in empty.select(*_KEY, "area").iter_rows():
        spec = by_key[measure, period]
        rows.append((measure, period, area, _reason(store, authorities, (spec, area), listed, absent)))
    return pl.DataFrame(rows, schema=dict.fromkeys([*_KEY, "area", "reason"], pl.String), orient="row")


def _reason(
    store: Store,
    authorities: Authorities,
    what: tuple[Spec, str],
    listed: dict[tuple[str, str], list[str]],
    absent: dict[tuple[str, str], dict[str, str]],
) -> str:
    spec, area = what
    if level_of(area) != "local_authority":
        return f"none is published for {'England' if area == ENGLAND else 'the region'}"
    when = spec.period_in_words if isinstance(spec, MeasureSpec) else spec.year
    if instead := authorities.instead(authorities[area], when, spec.day):
        return instead
    if isinstance(spec, RateSpec):
        return rate_table(store, spec).why_absent
    key = (spec.measure, spec.period)
    if key not in absent:
        codes = dict.fromkeys(listed.get(key, ()))
        absent[key] = absent_reasons(store, spec, Amounts({}, {code: () for code in codes}, {}))
    return absent[key].get(area, "no row is about it")


# Real terms, change and rank: columns beside the value.


def _real(store: Store, long: pl.DataFrame, prices: Deflator) -> pl.DataFrame:
    """Put pounds into prices of one year; a year without an index has none, with the reason."""
    is_money = pl.col("unit").str.starts_with(_MONEY)
    rows = []
    for period in long.filter(is_money)["period"].unique():
        year = FinancialYear.parse(period)
        why = prices.lacking(year)
        is_forecast = not why and any(prices.prices[one].is_forecast for one in (prices.base, year))
        # The index of both years is given, not their ratio: a test works the amount out by hand.
        factor = None if why else prices.factor(year)
        rows.append((period, factor, why or None, "estimated" if is_forecast else "derived"))
    schema = {"period": pl.String, "factor": pl.Float64, "why": pl.String, "real_basis": pl.String}
    factors = pl.DataFrame(rows, schema=schema, orient="row")
    real_id = pl.concat_str(
        pl.lit("realvalue:"), pl.col("figure_id").str.strip_prefix("rate:"), pl.lit(f":{prices.id_part}")
    )
    is_real = is_money & pl.col("value").is_not_null()
    return long.join(factors, on="period", how="left", maintain_order="left").with_columns(
        value=pl.when(is_money).then(pl.col("value") * pl.col("factor")).otherwise("value"),
        status=pl.when(is_real).then(pl.coalesce("why", "status")).otherwise("status"),
        basis=pl.when(is_real).then("real_basis").otherwise("basis"),
        figure_id=pl.when(is_real & pl.col("factor").is_not_null())
        .then(real_id)
        .when(~is_real)
        .then("figure_id"),
        price_base=pl.when(is_money).then(pl.lit(str(prices.base))),
    )


def _grown(
    store: Store, long: pl.DataFrame, specs: tuple[Spec, ...], how: tuple[object, dict[str, str], Deflator | None]
) -> tuple[pl.DataFrame, list[str]]:
    """Add the change of each value since a period, with notes on measures that lack it and on breaks in between."""
    asked, chosen, prices = how
    begins = _begins(asked, "--growth-from")
    first: dict[str, Spec] = {}
    notes, lacking = [], []
    known = {name_of(spec): periods_of(store, name_of(spec)) for spec in specs}
    for name, periods in known.items():
        period = _period(periods, str(asked).strip())
        if period is None:
            lacking.append(name)
        else:
            first[name] = _spec(name, period)
    if not first:
        _require_any(str(asked).strip(), known)
    if lacking:
        notes.append(f"No figure in {asked}, and so no change since: {_few(lacking)}.")
    starts = tuple(first.values())
    before = _rows(store, starts, _values(store, starts), chosen, is_listed=True)
    before = _real(store, before, prices) if prices else before
    before = before.select("measure", "area", growth_from="period", start="value", start_status="status")
    joined = long.join(before, on=["measure", "area"], how="left", maintain_order="left")
    is_points, start, value = pl.col("unit") == "pct", pl.col("start"), pl.col("value")
    is_later = pl.col("growth_from") < pl.col("period")
    change = pl.when(is_points).then(value - start).when(start > 0).then((value / start - 1) * 100)
    refused = _refused(long, prices)
    is_refused = pl.concat_str("growth_from", pl.lit(" "), "period").is_in(refused) & pl.col("unit").str.starts_with(
        _MONEY
    )
    has_change = is_later & start.is_not_null() & value.is_not_null() & (is_points | (start > 0)) & ~is_refused
    of = pl.concat_str("growth_from", pl.lit(": "), "start_status")
    status = (
        pl.when(pl.col("growth_from").is_null())
        .then(pl.lit(f"there is no figure in {asked}"))
        .when(~is_later)
        .then(pl.lit("not later than the period it would be since"))
        .when(start.is_null())
        .then(of)
        .when(value.is_null())
        .then("status")
        .when(is_refused)
        .then(pl.lit("the price index moved untypically: a real change over a single year is not stated"))
        .when(~(is_points | (start > 0)))
        .then(pl.lit("nothing at the start"))
        .otherwise(of)
    )
    spec_part = pl.col("id_part").str.split_exact(":", 1).struct.field("field_1")
    per = pl.col("id_part").str.split(":").list.last()
    base = f":{prices.id_part}" if prices else ""
    ending = pl.when(pl.col("unit").str.starts_with(_MONEY)).then(pl.lit(base)).otherwise(pl.lit(""))
    parts = ("growth_from", "period", spec_part, per, "area")
    growth_id = pl.concat_str(pl.concat_str(pl.lit("change"), *parts, separator=":"), ending)
    grown = joined.with_columns(
        growth=pl.when(has_change).then(change),
        growth_unit=pl.when(has_change).then(
            pl.when(is_points).then(pl.lit("percentage_points")).otherwise(pl.lit("pct"))
        ),
        growth_status=status,
        growth_id=pl.when(has_change).then(growth_id),
    )
    for name, spec in first.items():
        last = max(int(str(one.year)[:4]) for one in specs if name_of(one) == name)
        notes += [
            f"{name}: {found.in_words}" for found in breaks_of(_series(spec)) if found.lies_in(int(begins), last)
        ]
    return grown, notes


def _series(spec: Spec) -> set[str]:
    """Return the names under which a break may be of what a value is of."""
    if isinstance(spec, MeasureSpec):
        return series_of(spec.measure)
    over = {"head": {"head"}, "plan": {"plans"}}.get(spec.per, set[str]())
    return {spec.measure, *over}


def _refused(long: pl.DataFrame, prices: Deflator | None) -> list[str]:
    """Return the pairs of years over which no real change is stated."""
    if prices is None:
        return []
    years = [FinancialYear.parse(one) for one in long["period"].unique() if "-" in one]
    return [f"{year.previous} {year}" for year in years if headline_refusal(year.previous, year)]


def _ranked(long: pl.DataFrame, specs: Iterable[Spec], everything: pl.DataFrame) -> pl.DataFrame:
    """Add the rank of each authority among all with a value; a doubtful figure has none, as in `hnf need`."""
    doubts = [
        (name_of(spec), str(spec.year), area) for spec in specs if isinstance(spec, MeasureSpec) for area in doubts_of(spec)
    ]  # fmt: skip
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
    """Return what holds for all areas: people divided by, what is odd in a period, who is in England's rate."""
    by_words: dict[str, list[str]] = {}
    has_england = ENGLAND in long["area"]
    for spec in specs:
        if isinstance(spec, MeasureSpec):
            words = [*flags_of(store, spec).get(EVERYWHERE, ()), *filter(None, [people_words(store, spec)])]
        else:
            found = england_words(store, rate_table(store, spec)) if has_england else ""
            words = [f"England: {found}"] if found else []
        for one in words:
            by_words.setdefault(one.rstrip("."), []).append(f"{name_of(spec)} {spec.year}")
    notes = [f"{words} ({_few(which)})." for words, which in by_words.items()]
    if prices:
        years = {one for one, unit in long.select("period", "unit").iter_rows() if unit.startswith(_MONEY)}
        notes += prices.notes(tuple(FinancialYear.parse(one) for one in sorted(years))) if years else []
    return notes


def _widen(long: pl.DataFrame, specs: Iterable[Spec]) -> pl.DataFrame:
    """Return a row for each area; a status has a column where there is any."""
    keys = [one for one in _AREA if one in long.columns]
    wide = long.select(keys).unique(maintain_order=True)
    for spec in specs:
        name, period = name_of(spec), str(spec.year)
        part = long.filter((pl.col("measure") == name) & (pl.col("period") == period))
        heading = f"{name} {period}"
        columns = {"value": heading, "status": f"{heading} status", "rank": f"{heading} rank"}
        if "growth" in part.columns and (since := part["growth_from"].drop_nulls()).len():
            columns["growth"] = f"{name} {since[0]} to {period} change"
            columns["growth_status"] = f"{columns['growth']} status"
        used = {
            key: words
            for key, words in columns.items()
            if key in part.columns and not (key.endswith("status") and part[key].is_null().all())
        }
        wide = wide.join(part.select("area_code", **used_as(used)), on="area_code", how="left", maintain_order="left")
    return wide


def used_as(columns: dict[str, str]) -> dict[str, pl.Expr]:
    """Return columns under other names."""
    return {words: pl.col(key) for key, words in columns.items()}


# Figures by the parts of their ids.


def real_value_figure(store: Store, period: str, measure: str, per: str, area: str, base: str) -> Figure:
    """Return a value in prices of one year as a figure; `UsageError` where it is no money."""
    spec = spec_from_parts(period, measure, per)
    cash = value_figure(store, spec, area)
    if not cash.unit.startswith(_MONEY):
        raise UsageError(f"{measure} is no money, and has no real terms")
    prices = read_id_part(store, base)
    id_ = f"realvalue:{period}:{measure}:{per}:{area}:{prices.id_part}"
    return prices.real_figure(id_, cash, FinancialYear.parse(period))


def change_figure(store: Store, parts: list[str]) -> Figure:
    """Return the change of a value between two periods as a figure, in real terms where the parts end with a year."""
    first, last, measure, per, area, *base = parts
    if base:
        ends = [real_value_figure(store, one, measure, per, area, base[0]) for one in (first, last)]
    else:
        ends = [value_figure(store, spec_from_parts(one, measure, per), area) for one in (first, last)]
    start, end = (one.value for one in ends)
    is_points = ends[1].unit == "pct"
    value = None
    if start is not None and end is not None and (is_points or start > 0):
        value = end - start if is_points else (end / start - 1) * 100
    basis = "estimated" if any(one.basis == "estimated" for one in ends) else "derived"
    return Figure(
        id=f"change:{':'.join(parts)}",
        label=f"{ends[1].label}: change since {first}",
        value=value,
        unit="percentage_points" if is_points else "pct",
        basis=basis,  # type: ignore[arg-type]
        inputs=tuple(one.id for one in ends),
        derivation="end − start" if is_points else "(end ÷ start − 1) × 100",
        status=ends[0].status or ends[1].status,
    )
