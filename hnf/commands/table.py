"""`hnf table`: any measures of any periods for authorities, regions and England, to read, or as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hnf.commands import options
from hnf.commands.output import Column, TableView, emit, emit_text, format_cell, kind_of
from hnf.text import as_csv_text, as_json

if TYPE_CHECKING:
    import polars as pl

    from hnf.analysis.table import MeasuresTable
    from hnf.tables.store import Store

_ENDINGS = options.Endings(
    (".csv", ".xlsx", ".parquet"),
    "a table is written as CSV, a workbook or Parquet",
    "Let the name end with .csv, .xlsx, .parquet.",
)


_Measures = Annotated[
    str,
    typer.Option(
        "--measures",
        metavar="NAME,NAME",
        help="Measures of `hnf measures`, with commas between them; all for every one.",
        show_default=False,
    ),
]
_Years = Annotated[
    str | None,
    options.option(
        "--years",
        "YEAR,YEAR",
        help="Periods, as 2019-20,2023-24, or 2024 for a January or calendar year; all for every one.",
        default="the latest of each measure",
    ),
]
_From = Annotated[str | None, options.end("--from", "First of a range, in place of --years.")]
_To = Annotated[str | None, options.end("--to", "Last of a range.")]
_Region = Annotated[str | None, options.option("--region", "NAME", help="All authorities of a region.")]
_Areas = Annotated[
    str | None, options.option("--areas", "WHO,WHO", help="Authorities, regions and England, by name or code.")
]
_Near = Annotated[
    str | None, options.option("--neighbours-of", "WHO", help="An authority and its statistical neighbours.")
]
_Level = Annotated[
    Literal["authority", "region", "england", "all"] | None,
    typer.Option(
        "--level",
        case_sensitive=False,
        help="What is listed where no areas are named; all for authorities, regions and England.",
        show_default="authority",
    ),
]
_Growth = Annotated[str | None, options.end("--growth-from", "Add the change of each value since this.")]
_Rank = Annotated[bool, typer.Option("--rank", help="Add each authority's rank among all, 1 the lowest.")]
_Real = Annotated[bool, typer.Option("--real", help="Give pounds in real terms.")]
_Wide = Annotated[bool, typer.Option("--wide", help="A row for each area, a column for each measure and period.")]
_Out = Annotated[
    Path | None,
    options.place("--out", "FILE", "Write the table as .csv, .xlsx or .parquet.", endings=_ENDINGS),
]


def command(
    measures: _Measures,
    years: _Years = None,
    start: _From = None,
    end: _To = None,
    region: _Region = None,
    areas: _Areas = None,
    near: _Near = None,
    level: _Level = None,
    growth_from: _Growth = None,
    rank: _Rank = False,
    real: _Real = False,
    base: options.BaseYear = None,
    wide: _Wide = False,
    out: _Out = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Put any measures of any periods for authorities, regions and England into one table, or one file.

    A year of one kind stands for the periods of other measures that go with it: 2023-24 for January 2023, the calendar
    year 2023 and mid-2023, and the other way round; every row has its own period. An area without a figure has a row
    with the reason as its status. Change is in per cent, of percentages in percentage points.

    Examples
    --------
    hnf table --measures plans,block_per_plan --neighbours-of Hertfordshire
    hnf table --measures plans --region "South East" --growth-from 2019 --rank
    hnf table --measures block_per_head --from 2019-20 --real --level all --wide
    hnf table --measures plans,refused_pct --areas Kent,England --from 2024
    hnf table --measures all --years all --level all --out everything.parquet
    """
    from hnf.analysis.table import table

    store = options.open_store(data, edition)
    found = table(
        store,
        measures,
        years,
        start=start,
        end=end,
        areas=areas or (),
        region=region,
        neighbours_of=near,
        level=level,
        growth_from=growth_from,
        with_rank=rank,
        real=real,
        base_year=base,
        wide=wide,
    )
    if out is not None:
        _write_file(store, found, out)
        about = {"file": str(out), "rows": found.count, "columns": found.frame.columns, "notes": found.notes}
        title = f"{found.count:,} rows and {found.frame.width} columns in {out}"
        emit(about, output, table=TableView(title, (), (), found.notes))
    elif output == "csv":
        emit_text(_csv(found.frame), found.notes)
    elif output == "json":
        emit_text(as_json(found.to_json()) + "\n", found.notes)
    else:
        emit(found, output, table=_view(found))


def _view(found: MeasuresTable) -> TableView:
    """Lay the long table out for a person; a wide one as it is."""
    title = f"{len(found.names)} measure{'s' * (len(found.names) > 1)}, {found.long['area_code'].n_unique()} areas"
    if found.is_wide:
        units = {one["column"]: one["unit"] for one in found.columns}
        shown = [name for name in found.frame.columns if name not in ("la_code", "la_name", "region", "level")]
        wide = [{key: _cell(row[key], units.get(key, "")) for key in shown} for row in found.rows]
        names = {"area_code": "Code", "area_name": "Area"}
        columns = [Column(one, names.get(one, one), "text" if one in names else "number") for one in shown]
        return TableView(title, columns, wide, found.notes)
    from hnf.measures.register import find_measure

    frame = found.long.columns
    columns = [Column("area_name", "Area"), Column("measure", "Measure", "name"), Column("period", "Period")]
    columns += [Column("value", "Value", "number")]
    columns += [Column("growth", "Change", "number")] if "growth" in frame else []
    columns += [Column("rank", "Rank", "number")] if "rank" in frame else []
    rows = []
    said: dict[str, list[str]] = {}
    for row in found.rows:
        growth = format_cell(row.get("growth"), "pct_change").replace("%", " pts" if row["unit"] == "pct" else "%")
        rows.append({**row, "value": _cell(row["value"], row["unit"]), "growth": growth})
        where = f"{row['area_name']}, {row['measure']} {row['period']}"
        for words in filter(None, (row["status"], row.get("growth_status"))):
            said.setdefault(words, []).append(where)
    notes = [
        f"{words.rstrip('.')}: {'; '.join(of[:4])}{f' and {len(of) - 4} others' * (len(of) > 4)}."
        for words, of in said.items()
    ]
    words = [f"{name}: {find_measure(name).words}." for name in found.names[:6]]
    return TableView(title, columns, rows, [*found.notes, *notes, *words])


def _cell(value: Any, unit: str) -> Any:
    """Return a number as its unit is written; what is no value of a measure as it is."""
    if isinstance(value, float) and not unit:
        return f"{value:+,.1f}"
    return format_cell(value, kind_of(unit)) if unit else value


def _write_file(store: Store, found: MeasuresTable, out: Path) -> None:
    """Write the table in the format that the name ends with, beside the place first."""
    from hnf.files import hold_place, replace_file

    ending = out.suffix.casefold()
    if ending == ".csv":
        content = _csv(found.frame).encode()
    elif ending == ".xlsx":
        content = _workbook(store, found)
    else:
        import io

        from hnf.sources.build import ATTRIBUTION

        about = {"edition": store.edition, "attribution": ATTRIBUTION, "notes": "\n".join(found.notes)}
        buffer = io.BytesIO()
        found.frame.write_parquet(buffer, compression="zstd", metadata=about)
        content = buffer.getvalue()
    with hold_place(out):
        replace_file(out, content)


def _csv(frame: pl.DataFrame) -> str:
    """Return CSV as every command writes it: whole numbers without a point, no text that a spreadsheet runs."""
    import polars as pl

    columns: list[pl.Expr] = []
    for name, kind in frame.schema.items():
        one = pl.col(name)
        if kind == pl.String:
            # Printable ASCII that begins with a letter or digit, and has no semicolon, runs nowhere and stays as it is.
            others = frame[name].filter(~frame[name].str.contains(r"^[A-Za-z0-9][ -:<-~]*$")).unique()
            safe = {text: as_csv_text(text) for text in others}
            changed = {text: other for text, other in safe.items() if text != other}
            columns.append(one.replace(changed) if changed else one)
        elif kind == pl.Float64:
            is_whole = (one == one.round()) & (one.abs() < 2**53)
            whole = pl.when(is_whole).then(one).cast(pl.Int64).cast(pl.String)
            columns.append(pl.coalesce(whole, one.cast(pl.String)).alias(name))
        else:
            columns.append(one)
    heading = [as_csv_text(name) for name in frame.columns]
    return frame.select(columns).rename(dict(zip(frame.columns, heading, strict=True))).write_csv()


def _workbook(store: Store, found: MeasuresTable) -> bytes:
    """Return a workbook: cover, notes, measures with units, and the table with its headings frozen."""
    from hnf.formats.sheets import TEXT_SIZE, TITLE_SIZE, Book, Sheet
    from hnf.formats.xlsx import write_xlsx
    from hnf.packs.content import Column as Heading
    from hnf.sources.build import ATTRIBUTION
    from hnf.text import shown

    units = {one["column"]: one["unit"] for one in found.columns}
    headings = [f"{one} ({units[one]})" if one in units else one for one in found.frame.columns]
    cells = tuple(tuple(shown(one) if isinstance(one, str) else one for one in row.values()) for row in found.rows)
    title = f"{', '.join(found.names[:5])}{' and others' * (len(found.names) > 5)}"
    of = ("This sheet contains one table. A blank cell has no figure: the status says why.",)
    about = tuple(tuple(one.values()) for one in found.columns)
    notes = tuple((one,) for one in (*found.notes, f"Data edition: {store.edition}.", ATTRIBUTION))
    sheets = (
        Sheet("Notes", "Notes", ("This sheet contains one table.",), (Heading("Note"),), notes, is_data=True),
        Sheet(
            "Measures",
            "Measures and their units",
            ("This sheet contains one table.",),
            tuple(map(Heading, ("Measure and period", "What it is", "Unit"))),
            about,
            is_data=True,
        ),
        Sheet("Table", title, of, tuple(map(Heading, headings)), cells, is_data=True),
    )
    lines = ((title, TITLE_SIZE), (f"Data edition: {store.edition}.", TEXT_SIZE), (ATTRIBUTION, TEXT_SIZE))
    return write_xlsx(Book(title, store.edition, lines, sheets))
