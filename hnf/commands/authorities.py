"""`hnf authorities`: who had an allocation."""

from __future__ import annotations

from hnf.commands.options import DataOption, FormatOption, YearOption
from hnf.commands.output import Column, Format, TableView, emit


def command(year: YearOption = None, data: DataOption = None, output: FormatOption = Format.TABLE) -> None:
    """List the authorities that had an allocation in a year, by default the latest.

    Authorities without one are listed under the table with the reason.

    Examples
    --------
    hnf authorities
    hnf authorities --year 2019-20
    hnf authorities --format csv > authorities.csv
    """
    from hnf.analysis.allocation import no_allocation
    from hnf.analysis.published import block_frame, financial_years
    from hnf.authorities import Authorities
    from hnf.store import Store

    store = Store(data)
    year = year or financial_years(store)[-1]
    with_allocation = block_frame(store, year)["area"].to_list()
    directory = Authorities.of(store)
    rows = [
        {
            "la_code": code,
            "la_name": directory[code].name,
            "gss_code": directory[code].gss_code,
            "region_name": directory[code].region_name,
            "authority_type": directory[code].authority_type,
            "opened": directory[code].opened,
            "closed": directory[code].closed or None,
        }
        for code in with_allocation
    ]
    without = [
        {"la_code": code, "la_name": authority.name, "reason": no_allocation(store, authority, year)}
        for code, authority in sorted(directory.by_code.items())
        if code not in with_allocation
    ]
    emit(
        {"year": str(year), "authorities": rows, "count": len(rows), "without_allocation": without},
        output,
        table=TableView(
            title=f"{len(rows)} authorities with a high needs allocation in {year}",
            columns=(
                Column("la_code", "Code"),
                Column("la_name", "Authority"),
                Column("region_name", "Region"),
                Column("gss_code", "ONS code"),
            ),
            rows=rows,
            notes=[entry["reason"][0].upper() + entry["reason"][1:] + "." for entry in without],
        ),
        rows_key="authorities",
    )
