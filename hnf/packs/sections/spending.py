"""Spending and balance: what the authority plans and spends on high needs, and the balance of its grant."""

from __future__ import annotations

from hnf.analysis.spending import (
    ALLOCATION_TERMS,
    TOTAL_LINES,
    allocation_figure,
    balance_figure,
    balance_years,
    has_returns,
    independent_share_figure,
    line_figure,
    returns,
    total_figure,
)
from hnf.measures.published import ENGLAND
from hnf.packs.content import Section, Sentence, Table, Wording, tabulate, within
from hnf.packs.sentences import plain
from hnf.results import Figure
from hnf.tables.authorities import Authority
from hnf.tables.schema import SPENDING_LINES
from hnf.tables.store import Store
from hnf.text import join_words

_BALANCE_SOURCE = "Source: Department for Education, local authority and school expenditure."
_SPENDING_NOTES = (
    "Top-up funding is net of income. The lines are those of the benchmarking tool and do not overlap.",
    "The tool does not say how far places that DfE pays for directly are in the lines. A difference between spending "
    "and block is therefore not an overspend or underspend.",
)
#: Where the last decimal printed is nought, there is neither surplus nor deficit to speak of.
_NOUGHT_PCT = 0.05


def spending_section(store: Store, authority: Authority) -> Section | None:
    """Return spending and balance of an authority beside England; None where nothing is published on it."""
    code = authority.la_code
    sentences: list[Sentence] = []
    tables: list[Table] = []
    if has_returns(store, code):
        sentences += _say_spending(store, authority)
        tables.append(_spending_table(store, authority))
    if any(balance_figure(store, year, release, code) for year, release in balance_years(store)):
        sentences.append(_say_balance(store, authority))
        tables.append(_balance_table(store, authority))
    if not tables:
        return None
    limits = plain(_say_age(store, code))
    return Section("spending", "Spending and balance", tuple(sentences), tables=tuple(tables), bullets=(limits,))


def _say_age(store: Store, code: str) -> str:
    """Say how old spending and balances are beside the allocations and the need."""
    spent = [year for year, _ in returns(store)] if has_returns(store, code) else []
    balanced = [year for year, release in balance_years(store) if balance_figure(store, year, release, code)]
    parts = [f"{spent[-1]} for spending"] if spent else []
    parts += [f"{balanced[-1]} for balances"] if balanced else []
    return f"The published tables go up to {join_words(parts)}: they say nothing of the years since."


def _say_spending(store: Store, authority: Authority) -> list[Sentence]:
    year, kind = returns(store)[-1]
    code = authority.la_code
    say = Wording()
    here, england = (independent_share_figure(store, year, kind, area) for area in (code, ENGLAND))
    share = say.sentence(
        f"Of the top-up funding in the {year} {kind}, {say.percent(here)} {within(authority.prose)} was for "
        f"non-maintained and independent schools and colleges, against {say.percent(england)} in England.",
        f"Section 251 {kind}, net of income.",
    )
    before, after = (allocation_figure(store, year, code, which) for which in ALLOCATION_TERMS)
    if before is None or after is None:
        return [share]
    say = Wording()
    beside = say.sentence(
        f"The section 251 {kind} of {year} lists {say.pounds(total_figure(store, year, kind, code))} on high needs "
        f"{within(authority.prose)}. The high needs block was {say.pounds(before)} before deductions and "
        f"{say.pounds(after)} after.",
        "All lines of the benchmarking tool. It does not say how far places that DfE pays for directly are in them.",
    )
    return [share, beside]


def _say_balance(store: Store, authority: Authority) -> Sentence:
    known = [(y, r) for y, r in balance_years(store) if balance_figure(store, y, r, authority.la_code)]
    year, release = known[-1]
    say = Wording()
    here, england = (_balance(store, year, release, area) for area in (authority.la_code, ENGLAND))
    return say.sentence(
        f"At the end of {year} the dedicated schools grant {within(authority.prose)} {_state(say, here)}; in England "
        f"as a whole it {_state(say, england)}.",
        "Cumulative balance of all blocks of the grant, as a percentage of its income.",
    )


def _balance(store: Store, year: str, release: str, area: str) -> Figure:
    found = balance_figure(store, year, release, area)
    if found is None:
        raise LookupError(f"no balance of {area} in {year}")
    return found


def _state(say: Wording, balance: Figure) -> str:
    if balance.value is not None and abs(balance.value) < _NOUGHT_PCT:
        return "was in balance"
    word = "surplus" if (balance.value or 0) > 0 else "deficit"
    return f"had a {word} of {say.percent(balance)} of its income"


def _spending_table(store: Store, authority: Authority) -> Table:
    code, listed = authority.la_code, returns(store)
    lines: list[tuple[str, list[Figure | None]]] = [
        (SPENDING_LINES[line], [line_figure(store, year, kind, code, line) for year, kind in listed])
        for line in TOTAL_LINES
    ]
    lines.append(("All lines together", [total_figure(store, year, kind, code) for year, kind in listed]))
    blocks = [
        (f"High needs block {which} deductions", [allocation_figure(store, year, code, which) for year, _ in listed])
        for which in ALLOCATION_TERMS
    ]
    missing = any(figure is None for _, figures in blocks for figure in figures)
    return tabulate(
        "spending",
        f"High needs spending {within(authority.prose)} beside the high needs block",
        "Pounds, cash; lines of the section 251 returns",
        {"Line": "text", **{f"{year} {kind} (£)": "gbp" for year, kind in listed}},
        ((label, *figures) for label, figures in (*lines, *blocks)),
        source=f"Source: Department for Education, {_tool(store)} and dedicated schools grant "
        "allocations; hnf calculations.",
        notes=(
            *_SPENDING_NOTES,
            *(["Where no block is given, the authority had no allocation of its own in that year."] if missing else []),
        ),
    )


def _balance_table(store: Store, authority: Authority) -> Table:
    return tabulate(
        "dsg_balance",
        f"Balance of the dedicated schools grant {within(authority.prose)}",
        "Cumulative balance as a percentage of the grant's income; below zero is a deficit",
        {"Financial year": "text", "Here (%)": "pct", "England (%)": "pct"},
        (
            (year, *(balance_figure(store, year, release, area) for area in (authority.la_code, ENGLAND)))
            for year, release in balance_years(store)
        ),
        source=_BALANCE_SOURCE,
        notes=("All blocks of the grant together, not high needs alone.",),
    )


def _tool(store: Store) -> str:
    return f"high needs benchmarking tool {max(year for year, _ in returns(store))}"
