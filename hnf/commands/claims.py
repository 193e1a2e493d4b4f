"""`hnf claims`: public statements checked on every basis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hnf.commands import options
from hnf.commands.output import Column, Format, TableView, emit, headed
from hnf.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from hnf.claims.check import CheckedClaim
    from hnf.claims.claim import Finding

commands = typer.Typer(help="Check public statements about high needs funding.")

_What = Annotated[str, options.argument("FILE|TEXT", help="A sentence in quotes, or a TOML file of claims.")]
_Who = Annotated[
    str, options.option("--who", "WHO", help="Authority that a sentence is about, if it names none.", default=True)
]
#: Rows of a table that a person reads; JSON and CSV have all.
_SHOWN = 12
_ONE_LINE = 300


@commands.command("check")
def check(
    what: _What,
    who: _Who = "",
    data: options.Data = None,
    edition: options.Edition = None,
    output: options.Format = "table",
) -> None:
    """Say whether a statement is true, and on which bases.

    Years, measures, denominators, population series and the number of authorities are all tried, to the precision of
    the statement itself. The verdict is one of: holds; holds only on (some bases); was true, now stale; cannot be
    reproduced; needs data we do not have; cannot be checked. Exit code 1 if a claim cannot be reproduced.

    Examples
    --------
    hnf claims check "EHC plans in Hertfordshire have risen by 223% since 2015"
    hnf claims check "third lowest funded of 151" --who Hertfordshire
    hnf claims check my-claims.toml --format json
    """
    from hnf.claims.check import check_claims, check_text
    from hnf.claims.claim import read_claims

    store = options.open_store(data, edition)
    path = _as_path(what)
    if path is not None and who:
        raise UsageError("a file names the authority of each claim itself", where="--who", todo="Leave --who out.")
    answers = check_text(store, what, who) if path is None else check_claims(store, read_claims(path))
    _emit(answers, output, what=f"{path.name}" if path else "")
    wrong = [answer.claim.id for answer in answers if answer.verdict == "cannot be reproduced"]
    if wrong:
        claims = "claim cannot" if len(wrong) == 1 else "claims cannot"
        raise CheckFailed(f"{len(wrong)} {claims} be reproduced: {', '.join(wrong)}")


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

    _emit(check_claims(options.open_store(data, edition), shipped_claims()), output, what="public statements")


def _as_path(what: str) -> Path | None:
    """Return the file that the argument names; None where it is a sentence."""
    if len(what) > _ONE_LINE or "\n" in what or "\0" in what:
        return None
    path = Path(what)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if is_file:
        return path
    if what.lower().endswith(".toml"):
        raise UsageError(
            "there is no such file", where=what, todo="Give a TOML file of claims, or a sentence in quotes."
        )
    return None


def _emit(answers: list[CheckedClaim], output: Format, what: str) -> None:
    claims = [answer.to_json() for answer in answers]
    payload = {"claims": claims, "count": len(answers), "verdicts": _counts(answers)}
    table = _table_of_many(answers, what) if what or len(answers) > 1 else _table_of_one(answers[0])
    if output == "csv":
        payload = {"claims": [_csv_row(claim) for claim in claims]}
    emit(payload, output, table=table, rows_key="claims")


def _counts(answers: list[CheckedClaim]) -> dict[str, int]:
    from hnf.claims.claim import VERDICTS

    return {verdict: sum(answer.verdict == verdict for answer in answers) for verdict in VERDICTS}


def _csv_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a claim as one row: its bases are counted."""
    plain = {key: value for key, value in row.items() if not isinstance(value, list | dict)}
    return {**plain, "supporting": len(row["supporting"]), "contradicting": len(row["contradicting"])}


def _table_of_many(answers: list[CheckedClaim], what: str) -> TableView:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in _counts(answers).items() if count)
    rows = [{"about": answer.about or "-", "text": answer.claim.text, "verdict": answer.verdict} for answer in answers]
    notes = [f"{counts[0].upper()}{counts[1:]}."]
    if len(answers) <= _SHOWN:
        notes += [f"{answer.claim.id}: {answer.reason}" for answer in answers]
    else:
        notes.append("Reasons, bases, speakers and links: --format json.")
    return TableView(
        title=f"{len(answers)} claims: {what}" if what else f"{len(answers)} claims in one sentence",
        columns=headed(about="About", text="Statement", verdict="Verdict"),
        rows=rows,
        notes=notes,
    )


def _table_of_one(answer: CheckedClaim) -> TableView:
    from hnf.claims.check import basis_in_words, range_in_words, value_in_words

    def row(finding: Finding, fits: str) -> dict[str, str]:
        basis = f"{basis_in_words(finding) or 'statements and EHC plans'} {finding.note}".strip()
        value = value_in_words(answer.claim, finding)
        return {"fits": fits, "year": finding.year, "basis": basis, "value": value}

    rows = [row(finding, "yes") for finding in answer.supporting[:_SHOWN]]
    if answer.today:
        rows.append(row(answer.today, "now"))
    rows += [row(finding, "no") for finding in answer.contradicting[:_SHOWN]]
    for each in answer.bounds:
        basis, value = f"formula per head ({each.note}), implied", range_in_words(answer.claim, each)
        fits = {"excluded": "no", "not judged": "-"}.get(each.agreement, "may")
        rows.append({"fits": fits, "year": each.year, "basis": basis, "value": value})
    left_out = max(0, len(answer.supporting) - _SHOWN) + max(0, len(answer.contradicting) - _SHOWN)
    notes = [answer.reason]
    notes += [f"About: {answer.about}."] if answer.about else []
    notes += [f"Mislabelled: {answer.mislabelled}."] if answer.mislabelled else []
    notes += answer.notes
    notes += [f"{left_out} more bases: --format json."] if left_out else []
    columns: tuple[Column, ...] = headed(fits="Fits", year="Period", basis="Basis", value="Value")
    if not rows:
        columns, rows = headed(text="Statement"), [{"text": answer.claim.text or "(nothing)"}]
    else:
        notes.insert(0, f'Statement: "{answer.claim.text}"')
    return TableView(title=f"Verdict: {answer.verdict}", columns=columns, rows=rows, notes=notes)
