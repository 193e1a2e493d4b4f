"""`hnf gap`: pounds to another rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Format, TableView, emit, headed, left_out, other_population_notes
from hnf.text import capital

if TYPE_CHECKING:
    from hnf.analysis.gaps import Gap
    from hnf.analysis.ranges import GapRange

_To = Annotated[
    str,
    options.option(
        "--to",
        "WHAT",
        help="average, median, lower-quartile, upper-quartile, neighbours, region (its own), or a region or authority "
        "by name or code.",
        default=True,
    ),
]
_Neighbours = Annotated[
    str | None,
    options.option("--neighbours", "YEAR", help="Model of the statistical neighbours.", default="the latest"),
]
_School = Annotated[
    float | None,
    options.option("--school-size", "N", help="Pupils in a school; a stated assumption if left out.", default=True),
]


def command(
    context: typer.Context,
    who: options.Who,
    year: options.LatestYear = None,
    per: options.Per = "head",
    to: _To = "average",
    neighbours: _Neighbours = None,
    school_size: _School = None,
    measure: options.Measure = "block",
    population: options.Population = "ons",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Say how many pounds more or less an authority would have at another rate.

    The average is England's rate: all pounds over all heads, pupils or plans; a region's is made in the same way. The
    neighbours' rate is the mean of their rates, each counting once. Per head, the other official population is given
    too where it puts the authority on the other side of that rate or more than ten places away; JSON always has it.

    A year without a table whose rules are known (see `hnf bounds`) has a range: the least and the most pounds, of the
    formula per head on its own population only.

    Examples
    --------
    hnf gap Hertfordshire --year 2023-24 --per pupil --to average
    hnf gap 919 --year 2023-24 --per head --to neighbours --neighbours 2021
    hnf gap Leeds --year 2023-24 --to region
    hnf gap 919 --year 2023-24 --per head --to upper-quartile --school-size 1000
    hnf gap "North Northamptonshire" --year 2023-24 --per head --to median
    hnf gap Hertfordshire --year 2024-25 --to Buckinghamshire
    """
    from hnf.analysis.gaps import gap, other_gap, typical_school
    from hnf.measures.rates import RateSpec

    store = options.open_store(data, edition)
    year = options.latest(store, year)
    lacking = {"school_size": f"pupils of {year} are not in the tables of allocations"}
    if options.is_implied(context, store, year, lacking):
        from hnf.analysis.ranges import gap_range

        _emit_range(gap_range(store, year, who, to, neighbours), output)
        return
    spec = RateSpec(year, measure, per, population)
    found = gap(store, spec, who, to, neighbours)
    payload = found.to_json()
    payload["typical_school"] = typical_school(store, found, school_size)
    other = other_gap(store, found)
    table = TableView(
        title=f"{found.la_name} at {found.comparator_name}, {year}",
        columns=headed(what="What", rate=("Rate", "rate"), pounds=("Pounds", "gbp_change")),
        rows=[
            {"what": f"{found.la_name}, own rate", "rate": found.own_rate},
            {"what": capital(found.comparator_name), "rate": found.comparator_rate},
            {"what": "Difference", "rate": found.comparator_rate - found.own_rate, "pounds": found.pounds},
        ],
        footer=_equivalent_rows(payload),
        notes=[
            *other_population_notes(store, other and other[0], found.comparator_name, other and other[1]),
            *_notes(found, payload),
        ],
    )
    emit(payload, output, table=table)


def _equivalent_rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    words = {"head": "head aged 2 to 18", "pupil": "pupil", "plan": "EHC plan"}
    rows: list[dict[str, Any]] = [
        {"what": f"The pounds per {words[row['per']]}", "rate": row["value_gbp"]} for row in payload["equivalents"]
    ]
    school = payload["typical_school"]
    if school:
        size = f"{school['school_pupils']:,.1f}".removesuffix(".0")
        rows.append({"what": f"For a school of {size} pupils (estimated)", "pounds": school["value_gbp"]})
    return rows


def _notes(found: Gap, payload: dict[str, Any]) -> list[str]:
    spec = found.spec
    denominator = f"{found.denominator:,.1f}".removesuffix(".0")
    school = payload["typical_school"]
    assumed = school and school["status"] != "given"
    return [
        f"Basis: {spec.in_words}.",
        f"Pounds: difference of the rates × {denominator} {spec.denominator_words} in {found.la_name}.",
        *([f"School: {school['status']}, {school['reason'][0].lower()}{school['reason'][1:]}."] if assumed else []),
        *(f"Not per {row['per']}: {row['reason']}." for row in payload["equivalents"] if row["reason"]),
        *left_out(payload["without_rate"], "No rate"),
        *payload["area_notes"],
        *([f"England: {payload['england_note']}."] if payload["england_note"] else []),
        f"Figure id: {found.id}",
    ]


def _emit_range(found: GapRange, output: Format) -> None:
    from hnf.analysis.ranges import range_notes

    own, rate, gap, spec = found.own, found.rate, found.pounds, found.spec
    among = f"England: {found.england_note}." if found.england_note else ""
    table = TableView(
        title=f"{own.la_name} at {found.comparator_name}, {spec.year}: from and to (implied)",
        columns=headed(
            what="What",
            lower=("Rate from", "rate"),
            upper=("Rate to", "rate"),
            lower_gbp=("Pounds from", "gbp_change"),
            upper_gbp=("Pounds to", "gbp_change"),
        ),
        rows=[
            {"what": f"{own.la_name}, own rate", "lower": own.lower_per_head, "upper": own.upper_per_head},
            {"what": capital(found.comparator_name), "lower": rate.lower, "upper": rate.upper},
            {
                "what": "Difference",
                "lower": gap.lower / own.heads,
                "upper": gap.upper / own.heads,
                "lower_gbp": gap.lower,
                "upper_gbp": gap.upper,
            },
        ],
        notes=[
            f"Basis: {spec.in_words}.",
            f"Pounds: difference of the rates × {own.heads:,.1f} {spec.denominator_words} in {own.la_name}; least with "
            "its own rate at the upper end and all others at the lower, and the other way round.",
            *filter(None, [among]),
            *range_notes(found.found),
            *left_out(found.without_rate, "No rate"),
            f"Figure ids: {found.ids['gap_lower']} and {found.ids['gap_upper']}",
        ],
    )
    emit(found, output, table=table)
