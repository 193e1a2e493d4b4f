"""`hnf reported`: what was said of years and areas that no table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from hnf.commands import options
from hnf.commands.output import TableView, emit, headed
from hnf.text import capital
from hnf.years import day_in_words

if TYPE_CHECKING:
    from hnf.analysis.reported import Reported

_Measure = Annotated[str | None, options.option("--measure", "NAME", help="One measure, such as block or block_rise.")]


def command(
    who: options.WhoOrNobody = None,
    year: options.Year = None,
    measure: _Measure = None,
    data: options.Data = None,
    output: options.Format = "table",
) -> None:
    """Show what was said of high needs funding in years that no table holds, with the address of each statement.

    WHO is an authority, a region or England, which shows regions too; without it, all. Figures are given as they were
    said, one by one: they are never ranked, added, averaged or drawn in a line with published figures. For England the
    policy facts are below; CSV has the figures alone.

    Examples
    --------
    hnf reported Hertfordshire
    hnf reported England --year 2026-27
    hnf reported "South West" --measure block --format json
    """
    from hnf.analysis.reported import ROW, reported

    found = reported(options.open_store(data), who, year, measure)
    is_one = len({sentence["area_code"] for sentence in found.sentences}) < 2
    shown = headed(
        **({} if is_one else {"area_name": "Area"}), financial_year="Year", words="What was said", kind="Said by"
    )
    empty = headed(**{key.removesuffix("?"): key for key in ROW.split()}) if output == "csv" else ()
    table = TableView(
        title=f"Reported figures of high needs funding: {found.who or 'all areas'}{f', {year}' if year else ''}",
        columns=shown if found.rows else empty,
        rows=[{**sentence, "kind": capital(sentence["kind"])} for sentence in found.sentences],
        notes=_notes(found),
    )
    emit(found, output, table=table)


_AS_SAID = (
    "Reported figures, as they were said: no table of all areas, so never ranked, added or averaged. Square brackets "
    "hold remarks that are not in the statement."
)


def _notes(found: Reported) -> list[str]:
    sources = {(sentence["source"], sentence["address"]) for sentence in found.sentences}
    parliament = any(sentence["kind"] == "parliament" for sentence in found.sentences)
    return [
        *found.notes,
        *([_AS_SAID] if sources else []),
        *(_fact(fact) for fact in found.policy),
        *(f"{capital(source)}: {address}" for source, address in sorted(sources)),
        *(
            ["Contains Parliamentary information licensed under the Open Parliament Licence v3.0."]
            if parliament
            else []
        ),
    ]


def _fact(fact: dict[str, Any]) -> str:
    about = f"Policy, {fact['topic']}, {day_in_words(fact['date'])} ({fact['kind']})"
    return f"{about}: {fact['fact']}. {fact['source']}: {fact['address']}"
