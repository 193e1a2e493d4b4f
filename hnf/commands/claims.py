"""`hnf claims`: public statements read, checked on every basis, and answered in words; a text with its verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Column, Format, TableView, emit, headed, note, track
from hnf.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from hnf.claims.reading import CheckedClaim, Finding, ImpliedFinding
    from hnf.claims.texts import Given
    from hnf.tables.store import Store

commands = typer.Typer(help="Check public statements about high needs funding.")

_What = Annotated[
    list[str] | None,
    options.argument(
        "[TEXT|FILE|-]...", help="Sentences in quotes, files (.txt, .md, .html, .csv, .toml), or - (stdin)."
    ),
]
_Who = Annotated[
    str, options.option("--who", "WHO", help="Authority that a text is about, where it names none.", default=True)
]
_Said = Annotated[
    str, options.option("--said", "DATE", help="When it was said: 2024-06-30, 2024-06 or 2024.", default="today")
]
_InColumn = Annotated[
    str, options.option("--column", "NAME", help="Column of a CSV file with the statements.", default="found by name")
]
_AllBases = Annotated[bool, typer.Option("--all-bases", help="Show every basis that was tried.")]
_Annotate = Annotated[
    Path | None,
    options.place("--annotate", "FILE", "Write the text as a web page, each claim marked, with notes: FILE.html."),
]
#: Bases that a person reads without `--all-bases`.
_SHOWN = 5
#: Of those, on which it holds where there are others.
_SHOWN_TRUE = 3
#: Claims named in the line of an error.
_NAMED = 10
_BASES = headed(fits="Fits", year="Period", basis="Basis", value="Value")
_FITS_OF_RANGE = {"excluded": "no", "not judged": "-"}


@commands.command("check")
def check(
    what: _What = None,
    who: _Who = "",
    said: _Said = "",
    column: _InColumn = "",
    all_bases: _AllBases = False,
    annotate: _Annotate = None,
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Say of each claim in a text whether it is true, and on which bases.

    A verdict covers what was read, and the answer says how each claim was read and which words were not. It is one of:
    true; true on some bases; was true; not true; or that it cannot be told: needs data, about something else, not fully
    read. Exit code 1 if a claim is not true.

    Examples
    --------
    hnf claims check "EHC plans in Hertfordshire have risen by 223% since 2015"
    hnf claims check "third lowest of 151" --who Hertfordshire --said 2024-06
    hnf claims check speech.txt --annotate speech.html
    hnf claims check statements.csv --column Statement --format csv
    """
    if not what:
        todo = 'Give a statement in quotes, a file, or - for standard input; such as hnf claims check "Kent is lowest".'
        raise UsageError("there is nothing to check", todo=todo)
    if what.count("-") > 1:
        raise UsageError("standard input is read once", where="-", todo="Give - once.")
    if annotate and annotate.suffix.casefold() not in (".html", ".htm"):
        raise UsageError("an annotated text is written as .html", where=str(annotate), todo="Let the name end so.")
    from hnf.claims.texts import read_given, read_said

    said = read_said(said, "--said") if said else ""
    given = [one for argument in what for one in read_given(argument, column if len(what) == 1 else "")]
    if column and len(what) > 1:
        raise UsageError("several texts have no one column", where="--column", todo="Give one CSV file.")
    options_given = [name for name, value in (("--who", who), ("--said", said)) if value]
    if options_given and any(one.claim for one in given):
        name = options_given[0]
        raise UsageError("a TOML file says it of each claim itself", where=name, todo=f"Leave {name} out.")
    store = options.open_store(data, edition)
    answers = [_check(store, one, who, said) for one in track(given, "Checking", total=len(given))]
    claims = [claim for found in answers for claim in found]
    if annotate:
        _write_page(store, annotate, what, given, answers)
    _emit(claims, output, _table_of(claims, all_bases))
    wrong = [claim.id or str(number) for number, claim in enumerate(claims, start=1) if claim.code == "untrue"]
    if wrong and len(claims) == 1:
        raise CheckFailed("the claim is not true")
    if wrong:
        are = "are" if len(wrong) > 1 else "is"
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise CheckFailed(f"{len(wrong)} of {len(claims)} claims {are} not true: {', '.join(wrong[:_NAMED])}{more}")


@commands.command("list")
def list_claims(data: options.Data = None, edition: options.Edition = None, output: options.Format = "table") -> None:
    """Show public statements that ship with hnf, each with its verdict on the figures as they are now.

    Examples
    --------
    hnf claims list
    hnf claims list --format json
    """
    from hnf.claims.check import check_claims
    from hnf.claims.claim import shipped_claims

    claims = check_claims(options.open_store(data, edition), shipped_claims())
    rows = [{"about": claim.about or "-", "text": claim.text, "verdict": claim.verdict} for claim in claims]
    view = TableView(
        title=f"{len(claims)} public statements",
        columns=headed(about="About", text="Statement", verdict="Verdict"),
        rows=rows,
        notes=[_in_counts(claims), "Figures, bases, speakers and links: --format json."],
    )
    _emit(claims, output, view)


def _check(store: Store, given: Given, who: str, said: str) -> list[CheckedClaim]:
    """Check one text; what its file says of it goes with each of its claims."""
    from hnf.claims.check import check_claims, check_text

    if given.claim:
        return check_claims(store, [given.claim])
    try:
        found = check_text(store, given.text, given.who or who, given.said or said)
    except UsageError as error:
        raise UsageError(
            error.what, where=error.where or (given.where if given.who else ""), todo=error.todo
        ) from error
    ids = [given.id and (given.id if len(found) == 1 else f"{given.id}-{n}") for n in range(1, len(found) + 1)]
    return [
        replace(one, id=one.id or id_, link=one.link or given.link, said=one.said or given.said or said)
        for one, id_ in zip(found, ids, strict=True)
    ]


def _write_page(
    store: Store, path: Path, what: Sequence[str], given: list[Given], answers: list[list[CheckedClaim]]
) -> None:
    """Write the text that was given, several under one another, with what became of its claims."""
    from hnf.analysis.trace import sources_of
    from hnf.files import hold_place, replace_file
    from hnf.formats.annotated import annotated_html, figure_of

    text, claims = "", []
    for one, found in zip(given, answers, strict=True):
        text += "\n\n" if text else ""
        for claim in found:
            end = min(claim.end_at or len(one.text), len(one.text))
            claims.append(replace(claim, start_at=len(text) + claim.start_at, end_at=len(text) + end))
        text += one.text
    ids = {figure for claim in claims if (figure := figure_of(claim))}
    sources = {id_: sources_of(store, [id_]) for id_ in sorted(ids)}
    named = Path(what[0]).name if given[0].where and len(what) == 1 else "a text" if len(what) == 1 else "texts"
    page = annotated_html(text, claims, title=f"Claims in {named}", sources=sources, edition=store.edition)
    with hold_place(path):
        replace_file(path, page.encode())
    note(f"Written: {path}")


def _emit(claims: list[CheckedClaim], output: Format, table: TableView) -> None:
    from hnf.claims.reading import CODES

    verdicts = {code: sum(claim.code == code for claim in claims) for code in CODES}
    payload: dict[str, Any] = {
        "claims": [claim.to_json() if output == "json" else _csv_row(claim) for claim in claims],
        "count": len(claims),
        "verdicts": verdicts,
    }
    emit(payload, output, table=table if output == "table" else replace(table, notes=()), rows_key="claims")


def _csv_row(claim: CheckedClaim) -> dict[str, Any]:
    """Return a claim as one row of plain cells: bases are counted, and the best is given."""
    plain = {key: value for key, value in claim.to_json().items() if not isinstance(value, list | dict)}
    best = next(iter((*claim.supporting, *claim.contradicting)), None)
    return {
        **{key: value for key, value in plain.items() if key not in ("reading", "today")},
        "read_as": claim.reading.read_as if claim.reading else "",
        "unread": "; ".join(claim.unread),
        **{key: len(getattr(claim, key)) for key in ("supporting", "contradicting", "matches_if")},
        "best_year": best.year if best else None,
        "best_basis": best.words if best else None,
        "best_value": best.value if best else None,
        "best_unit": best.unit if best else None,
        "best_figure_id": best.figure_id if best else None,
        "needs": "; ".join(claim.needs),
        "reported": "; ".join(f"{each.year}: {each.words} ({each.address})" for each in claim.reported),
        "remarks": " ".join(claim.remarks),
    }


def _in_counts(claims: Iterable[CheckedClaim]) -> str:
    """Count claims by verdict: "3 claims: 1 true, 2 not true."."""
    from hnf.claims.reading import CODES, VERDICT_IN_WORDS

    codes = [claim.code for claim in claims]
    counts = [f"{codes.count(code)} {VERDICT_IN_WORDS[code]}" for code in CODES if code in codes]
    return f"{len(codes)} claim{'s' if len(codes) != 1 else ''}: {'; '.join(counts)}."


def _table_of(claims: list[CheckedClaim], all_bases: bool) -> TableView:
    blocks = [_block(claim, f"{n}. " if len(claims) > 1 else "", all_bases) for n, claim in enumerate(claims, start=1)]
    if len(blocks) == 1:
        return blocks[0]
    return TableView(title=_in_counts(claims) if claims else "No claim.", columns=(), rows=(), blocks=blocks)


def _block(claim: CheckedClaim, number: str, all_bases: bool) -> TableView:
    """Return what a person reads of a claim: the sentence, what to say instead, bases, how it was read."""
    holds = [_row(each, "yes") for each in claim.supporting]
    others = [
        *(_row(each, "no") for each in claim.contradicting),
        *(_row(each, "if") for each in claim.matches_if),
        *(_row(each, "now") for each in (claim.today,) if each),
        *(_row_of_range(each) for each in claim.bounds),
    ]
    rows = [*holds, *others]
    first = max(_SHOWN_TRUE, _SHOWN - len(others))
    shown = rows if all_bases else [*holds[:first], *others][:_SHOWN]
    columns: tuple[Column, ...] = _BASES if rows else ()
    lead = [f'"{claim.text}"'] if number else []
    trace = f" (hnf trace {claim.say_instead_id})" if claim.say_instead_id else ""
    lead += [f"Say instead: {claim.say_instead}{trace}"] if claim.say_instead else []
    hidden = len(rows) - len(shown)
    notes = [f"{hidden} more {'bases' if hidden > 1 else 'basis'}: --all-bases."] if hidden else []
    if any(row["fits"] == "if" for row in shown):
        notes.append("if: it matches where this is meant, which its words do not say.")
    return TableView(
        title=f"{number}{claim.sentence or claim.verdict}",
        lead=lead,
        columns=columns,
        rows=shown,
        notes=[*notes, *_notes(claim)],
    )


def _notes(claim: CheckedClaim) -> list[str]:
    from hnf.claims.reading import not_read

    notes = [f"Read as: {claim.reading.read_as}" if claim.reading else "Read as: nothing that can be checked"]
    notes += [f"Not read: {not_read(claim.unread)}"] if claim.unread else []
    notes += [f"Mislabelled: {claim.mislabelled}"] if claim.mislabelled else []
    notes += [f"Missing: {need}" for need in claim.needs]
    for each in claim.reported:
        where = ", ".join(part for part in (each.source, each.address) if part and part not in each.words)
        notes.append(f"Reported: {each.words}{f' ({where})' if where else ''}")
    return [*notes, *(remark for remark in claim.remarks if not any(need in remark for need in claim.needs))]


def _row(finding: Finding, fits: str) -> dict[str, str]:
    basis = finding.words or finding.measure or "-"
    return {"fits": fits, "year": finding.year, "basis": basis, "value": _value_in_words(finding)}


def _row_of_range(found: ImpliedFinding) -> dict[str, str]:
    from hnf.claims.reading import number_in_words

    low, high = (number_in_words(end, found.unit) for end in (found.band.lower, found.band.upper))
    value = low if low == high else f"between {low} and {high}"
    fits, of = _FITS_OF_RANGE.get(found.agreement, "may"), f" of {found.universe}" if found.universe else ""
    basis = f"formula per head ({found.note}), implied"
    return {"fits": fits, "year": found.year, "basis": basis, "value": f"{value}{of}"}


def _value_in_words(finding: Finding) -> str:
    """Say a value with its unit, and the other one where it compares."""
    from hnf.claims.reading import number_in_words

    others, value, is_change = finding.others, finding.value, "start_value" in finding.others
    unit = "gbp" if finding.unit.startswith("gbp") else finding.unit
    text = ("+" if is_change and value > 0 else "") + number_in_words(value, unit)
    if unit == "rank":
        end = "lowest" if round(value) == round(others.get("rank_from_lowest", value)) else "highest"
        return f"{text} {end}" + (f" of {others['universe']:.0f}" if "universe" in others else "")
    if {"own_value", "comparator_value"} <= set(others):
        kind = unit if unit in ("gbp", "count") else "gbp" if finding.per else "count"
        own, other = (number_in_words(others[key], kind) for key in ("own_value", "comparator_value"))
        return f"{text} ({own} against {other})"
    if "comparator_value" in others:
        text += f" against {number_in_words(others['comparator_value'], unit)}"
    return text
