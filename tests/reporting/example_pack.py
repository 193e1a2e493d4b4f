"""Packs made by hand for tests of the renderers. TEST DATA: shaped like the real thing, true of nowhere."""

from __future__ import annotations

from dataclasses import replace

from hnf.packs.content import (
    AmongAllChart,
    BreakdownChart,
    Chart,
    Column,
    LargeNumber,
    Line,
    LineChart,
    Pack,
    Place,
    Section,
    Sentence,
    Table,
)
from hnf.results import Figure

HOSTILE = '<script>alert(1)</script> & =HYPERLINK("x")'
LONG = "Bournemouth, Christchurch and Poole"
SOURCE = "Source: test data in the shape of Department for Education, Education, health and care plans, 2025"
YEARS = tuple(str(year) for year in range(2015, 2026))
OWN = (3682, 4110, 4567, 5120, 5811, 6640, 7420, 8412, 9688, 11897, 12920)
ENGLAND = (240183, 256315, 287290, 319819, 353995, 390109, 430697, 473255, 517049, 576474, 638745)


def figure(key: str, label: str, value: float | None, unit: str, basis: str = "derived", **more: object) -> Figure:
    return Figure(f"test:{key}", label, value, unit, basis, **more)  # type: ignore[arg-type]


GROWTH = figure(
    "growth:919:2015:2024",
    "Change in EHC plans, Testshire, January 2015 to January 2024",
    223.1124,
    "pct",
    inputs=("test:ehc_plans:919:2015", "test:ehc_plans:919:2024"),
    derivation="11,897 ÷ 3,682 − 1",
)
GROWTH_ENGLAND = figure("growth:england:2015:2024", "Change in EHC plans, England", 140.0144, "pct")
GAP = figure("gap:919:2023-24", "More at the national average, Testshire, 2023-24", 47361204.5, "gbp", "estimated")
RATE = figure("rate:919:2023-24", "Whole block per pupil, Testshire, 2023-24", 963.5, "gbp_per_pupil")
RANK = figure("rank:919:2023-24", "Rank of column A per head, lowest first, 2023-24", 3, "rank")
LOST = figure("lost:919:2023-24", "Lost to the gains limit", -3000, "gbp", "published")
PLANS_2026 = figure(
    "ehc_plans:921:2026", "EHC plans, Testshire, January 2026", None, "count", "published", status="suppressed by DfE"
)
BASIS = "Statements and EHC plans, January 2015 to January 2024, all ages, local authorities that maintain the plan."


def indexed(counts: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(100 * count / counts[0] for count in counts)


def growth_chart() -> Chart:
    third: list[float | None] = [value * 0.97 for value in indexed(OWN)]
    third[3] = None
    third[6] = third[8] = None
    return Chart(
        id="growth",
        title="EHC plans in Testshire have grown faster than in England and in its nearest statistical neighbour",
        subtitle="Index of statements and EHC plans, January 2015 = 100, January 2015 to January 2025",
        alt="Line chart. Testshire rises from 100 in January 2015 to 351 in January 2025, England from 100 to 266.",
        source=SOURCE,
        notes=("From January 2023 each plan is reported person by person.",),
        spec=LineChart(
            y_title="Index, January 2015 = 100",
            lines=(
                Line("Testshire", tuple(zip(YEARS, indexed(OWN), strict=True)), highlight=True),
                Line("England", tuple(zip(YEARS, indexed(ENGLAND), strict=True))),
                Line(LONG, tuple(zip(YEARS, third, strict=True))),
                Line("Isle of Test", tuple((year, 100.0 + 9 * n if n < 7 else None) for n, year in enumerate(YEARS))),
            ),
            breaks=(("2019", "Last statements converted"), ("2023", "Person-level collection begins")),
        ),
        data=Table(
            id="growth_data",
            title="Statements and EHC plans, index",
            subtitle="January 2015 = 100",
            columns=(
                Column("January"),
                Column("Testshire", "index"),
                Column("England", "index"),
                Column(LONG, "index"),
            ),
            rows=tuple(zip(YEARS, indexed(OWN), indexed(ENGLAND), third, strict=True)),
            source=SOURCE,
            notes=("Three counts are suppressed by the publisher.",),
        ),
    )


def among_values(count: int = 151) -> tuple[tuple[str, float], ...]:
    names = ["City of Low", "Lowtown", "Testshire", *(f"Authority {n}" for n in range(4, count))]
    return tuple((name, 1080 + 6.2 * n + (max(0, n - 120) ** 2) * 0.9) for n, name in enumerate([*names, HOSTILE]))


def among_chart(highlight: str = "Testshire") -> Chart:
    values = among_values()
    return Chart(
        id="among",
        title="Testshire has the third lowest rate of 151 authorities",
        subtitle="High needs formula (column A) per head aged 2 to 18, £, 2023-24",
        alt="Bar chart of 151 authorities, lowest first. Testshire is third with £1,092; England is £1,538.",
        source=SOURCE,
        spec=AmongAllChart(
            x_title="£ per head aged 2 to 18",
            values=values,
            highlight=highlight,
            references=(("England £1,538", 1538.0), ("Median £1,545", 1545.0)),
            highlight_label="Testshire £1,092, 3rd lowest",
            x_prefix="£",
        ),
        data=Table(
            id="among_data",
            title="High needs formula per head",
            subtitle="£ per head aged 2 to 18, 2023-24",
            columns=(Column("Rank, lowest first", "rank"), Column("Authority"), Column("£ per head", "rate")),
            rows=tuple((n + 1, name, value) for n, (name, value) in enumerate(values)),
            source=SOURCE,
            highlight=2,
        ),
    )


def make_up_chart() -> Chart:
    parts = (
        ("Formula inside floor and gains limit", 141_400_000.0, "£141.4 million"),
        ("Basic entitlement", 10_900_000.0, "£10.9 million"),
        ("Import/export adjustment", -1_236_000.0, "−£1.2 million"),
        ("Special free schools", 36_000.0, "£36,000"),
        ("Hospital education and alternative provision", 5_100_000.0, "£5.1 million"),
        ("Additional allocation", 7_400_000.0, "£7.4 million"),
    )
    total = ("High needs block before deductions", 163_600_000.0, "£163.6 million")
    return Chart(
        id="make_up",
        title="Nearly nine tenths of the block is the formula inside the floor and the gains limit",
        subtitle="High needs block by part, Testshire, 2023-24",
        alt="Bar chart of six parts: the formula is £141.4 million of £163.6 million; the adjustment is negative.",
        source=SOURCE,
        spec=BreakdownChart(x_title="£ million", parts=parts, total=total),
        data=Table(
            id="make_up_data",
            title="Parts of the high needs block",
            subtitle="£, 2023-24",
            columns=(Column("Part"), Column("Amount (£)", "gbp")),
            rows=tuple((name, value) for name, value, _ in (*parts, total)),
            source=SOURCE,
        ),
    )


def block_chart() -> Chart:
    chart = growth_chart()
    years = ("2019-20", "2020-21", "2021-22", "2022-23", "2023-24")
    spec = LineChart(
        y_title="£ per pupil",
        lines=(
            Line("Testshire", tuple(zip(years, (612.0, 664.0, 741.0, 851.0, 963.5), strict=True)), highlight=True),
            Line("England", tuple(zip(years, (790.0, 859.0, 960.0, 1092.0, 1228.0), strict=True))),
        ),
        breaks=(("2021-22", "Teachers’ pay and pension grants rolled in"),),
        y_prefix="£",
    )
    rows = tuple((a, b, c) for (a, b), (_, c) in zip(spec.lines[0].points, spec.lines[1].points, strict=True))
    columns = (Column("Financial year"), Column("Testshire (£ per pupil)", "rate"), Column("England", "rate"))
    data = Table("block_data", "High needs block per pupil", "£, 2019-20 to 2023-24", columns, rows, SOURCE)
    return replace(
        chart,
        id="block_per_pupil",
        title="Testshire gets £265 less per pupil than England",
        subtitle="High needs block before deductions per pupil, £, 2019-20 to 2023-24",
        alt="Line chart. Testshire rises from £612 to £964 per pupil, England from £790 to £1,228.",
        notes=(),
        spec=spec,
        data=data,
    )


def neighbours_table() -> Table:
    return Table(
        id="neighbours",
        title="Testshire and its statistical neighbours",
        subtitle="High needs block before deductions, 2023-24, and EHC plans in January 2023",
        columns=(
            Column("Authority"),
            Column("Block (£)", "gbp"),
            Column("Block per pupil (£)", "rate"),
            Column("EHC plans", "count"),
            Column("Change since 2015 (%)", "pct"),
            Column("Rank per head, lowest first", "rank"),
            Column("Remark"),
        ),
        rows=(
            ("Testshire", 163_600_123.4, 963.5, 9688, 163.118, 5, "On the floor"),
            (LONG, 61_234_567.0, 1_204.4, 3411, 101.0, 77, "On the gains limit"),
            ("Isle of Test", 23_456_789.0, 1_311.0, None, None, 120, ""),
            (HOSTILE, -3_000.0, -1.5, 0, -4.04, 1, "+44 @home [click](http://evil.example/) $$x$$"),
            ("-Minus & Sons", 1.0, 2.25, 12, 0.0, 2, "-"),
        ),
        source=SOURCE,
        notes=("Isle of Test: the count is suppressed by the publisher.", "Neighbours are those of the 2025 model."),
        figure_ids=tuple(
            tuple(f"test:n:{row}:{column}" if column else None for column in range(7)) for row in range(5)
        ),
        highlight=0,
    )


def example_pack() -> Pack:
    return Pack(
        slug="testshire",
        place="Testshire",
        places=(Place("919", "E10000015", "Testshire"),),
        title="High needs funding in Testshire",
        subtitle="Briefing for a test; data of no real month",
        audience="analyst",
        headline=Sentence(
            "Plans grew 223% in Testshire against 140% nationally, and its funding per pupil is £265 lower.",
            (GROWTH, GROWTH_ENGLAND),
            BASIS,
            1,
        ),
        as_at=Sentence("Need to January 2025. Funding to 2023-24.", (), "", None),
        numbers=(
            LargeNumber(
                "£47.4m more",
                "at the national average",
                Sentence(
                    "At the national average Testshire would have £47.4 million more.",
                    (GAP, RATE),
                    "Whole block before deductions per pupil, 2023-24.",
                    4,
                ),
            ),
            LargeNumber(
                "3rd lowest",
                "of 151 authorities",
                Sentence(
                    "Testshire has the third lowest formula funding of 151 authorities.",
                    (RANK,),
                    "Column A per head aged 2 to 18, ONS mid-2023, 2023-24, 151 authorities.",
                    2,
                ),
            ),
            LargeNumber(
                "One",
                "neighbour",
                Sentence(f"A neighbour is called {HOSTILE}.", (LOST,), "A name made up to do harm.", None),
            ),
        ),
        sections=(
            Section(
                "need",
                "Need has grown",
                paragraphs=(
                    Sentence("Plans grew 223% here against 140% nationally.", (GROWTH, GROWTH_ENGLAND), BASIS, 1),
                    Sentence("The count of January 2026 is not available.", (PLANS_2026,), "SEN2, January 2026.", None),
                ),
                charts=(growth_chart(),),
                page="first",
                column="left",
            ),
            Section(
                "funding",
                "Funding is among the lowest",
                bullets=(
                    Sentence("£964 a pupil here.", (RATE,), "Whole block per pupil, 2023-24.", 3),
                    Sentence("Third lowest of 151.", (RANK,), "Column A per head aged 2 to 18.", 2),
                ),
                charts=(among_chart(), make_up_chart(), block_chart()),
                tables=(neighbours_table(),),
                page="second",
            ),
        ),
        glossary=(
            ("High needs block", "The part of the dedicated schools grant for pupils with SEND and in AP."),
            ("EHC plan", "Education, health and care plan; before 2018 also statements of SEN."),
        ),
        sources=(
            {
                "id": "test_dsg_2023_24",
                "publisher": "Department for Education",
                "title": "Dedicated schools grant allocations 2023 to 2024 (test entry)",
                "page": "https://www.gov.uk/government/publications/dedicated-schools-grant-dsg-2023-to-2024",
                "published": "2023-12-19",
                "licence": "Open Government Licence v3.0",
                "sha256": "0123456789abcdef" * 4,
            },
            {
                "id": "test_hostile",
                "publisher": HOSTILE,
                "title": "Entry with a page that is no web address",
                "page": "javascript:alert(1)",
                "published": "2024",
                "licence": "Open Government Licence v3.0",
                "sha256": "f" * 64,
            },
        ),
        data_edition="test edition 0",
        licence="Contains public sector information licensed under the Open Government Licence v3.0.",
    )


def bare_pack() -> Pack:
    """Return the pack of a place without an allocation: a headline, one section with words only, nothing to draw."""
    pack = example_pack()
    said = Sentence("The City of Test has no high needs allocation.", (), "DSG allocations, all years.", None)
    section = Section("none", "Why there is no allocation", paragraphs=(said,), page="first")
    return replace(
        pack,
        slug="city-of-test",
        place="the City of Test",
        title="High needs funding in the City of Test",
        headline=said,
        as_at=replace(said, text="No figure has a date.", basis=""),
        numbers=(),
        sections=(section,),
        glossary=(),
        sources=(),
    )
