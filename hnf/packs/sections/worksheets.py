"""The sheets of live formulas of a pack: the block of each year recomputed, and what follows from it.

The sheet of the latest year is carried on: its block, people, pupils and plans go to a sheet of all authorities, whose
sums, rates and ranks are formulas too and come back to it as England's average, the gap and the rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hnf.analysis.block_sheet import DIVIDED, BlockSheet, block_sheet, key_of_rate, rate_tables
from hnf.analysis.rank import other_population, rank_id
from hnf.formula.block import Column, Operation
from hnf.formula.worked_rows import Call, Formula, FormulaRow
from hnf.measures.published import block_frame, financial_years
from hnf.measures.rates import RateSpec, RateTable, universe_id
from hnf.packs.content import Cell, ColumnKind, LiveTable, Worksheet, rank_words, tabulate
from hnf.packs.sections.funding import RATE_SOURCE
from hnf.packs.sentences import say_other
from hnf.results import add_up
from hnf.tables.authorities import Authorities, Authority
from hnf.tables.store import Store
from hnf.text import capital, join_words
from hnf.years import FinancialYear

_CARRIED_NOTE = (
    "Values with a reference in the column Source cell are as published. Every other value is a formula. Change an "
    "input (a column of the block, the number of people, pupils or plans) and the block, the rates, England's "
    "averages, the gaps, the ranks and their words change with it; England's sums and the ranks come from the sheet {}."
)
_ALONE_NOTE = (
    "Values with a reference in the column Source cell are as published. Every other value is a formula on the cells "
    "above it, but for England's sums, whose parts this workbook does not hold for the year: they do not change with "
    "an input, and no rank is worked out."
)
_LETTERS_NOTE = "Letters are those of the columns of DfE's high needs block sheet of the year; they change by year."
_RATE_NOTE = (
    "Rates divide the block before deductions as printed, changed by what a reader changes in the inputs. England's "
    "average is all pounds over all people, pupils or plans of the authorities with an allocation. A gap says what an "
    "equal rate would mean, not what the formula gives."
)
_ALL_NOTE = (
    "Blocks, people, pupils and plans are as published, but for the rows of {}, which come from the sheets that begin "
    "with Block. Rates and ranks are formulas; rank 1 is the lowest rate. The figure id of a rate is "
    "rate:{}:block:head.ons: (head.dfe:, pupil:, plan:) and the code of the authority."
)
#: Names of a rate for the whole workbook, by the key of its rows; and of what it divides by.
_NAMES = {"head": "per_head", "head_dfe": "per_head_formula_population", "pupil": "per_pupil", "plan": "per_plan"}
_COUNTS = {"head": "People", "head_dfe": "People_formula_population", "pupil": "Pupils", "plan": "Plans"}
_COUNT_HEADINGS = {
    "head": "People aged 2 to 18 (ONS estimate)",
    "head_dfe": "People aged 2 to 18 (formula's population)",
    "pupil": "Pupils",
    "plan": "EHC plans",
}
_HEADINGS = {
    "head": "per head",
    "head_dfe": "per head of the formula's population",
    "pupil": "per pupil",
    "plan": "per EHC plan",
}
_WORDS_PATTERN = (
    'IF({0}=1;"";{0}&IF(AND(MOD({0};100)>=11;MOD({0};100)<=13);"th";'
    'CHOOSE(MIN(MOD({0};10);4)+1;"th";"st";"nd";"rd";"th"))&" ")&IF({1}={0};"lowest";"highest")&" of "&{2}'
)


def block_worksheets(store: Store, authority: Authority) -> tuple[Worksheet, ...]:
    """Return a sheet for each year with an allocation that recomputes the block, the latest first."""
    years = [year for year in financial_years(store) if authority.la_code in block_frame(store, year)["area"]]
    worksheets = []
    for year in reversed(years):
        sheet, name = block_sheet(store, authority, year), f"Block {authority.la_code} {year}"
        other = say_other(store, other_population(store, RateSpec(year), authority.la_code))
        formula = sheet.printed.removeprefix("=").strip()
        rows, beside, note = sheet.rows, None, _ALONE_NOTE
        if year == years[-1]:
            beside = _link_authority(_all_authorities(store, year), sheet, name)
            rows, note = tuple(_carry_on(store, sheet, beside.name)), _CARRIED_NOTE.format(beside.name)
        worksheets.append(
            Worksheet(
                name=name,
                title=f"High needs block of {authority.prose} recomputed, {year}",
                subtitle=f"Inputs as published; as live formulas, the printed row {formula} and what follows from it",
                rows=rows,
                source=RATE_SOURCE,
                notes=(note, _LETTERS_NOTE, _RATE_NOTE, *(sentence.text for sentence in other)),
                figures_of_notes=tuple(figure.id for sentence in other for figure in sentence.figures),
                beside=beside,
                names=tuple(_name_rows(sheet, rows)),
            )
        )
    return tuple(worksheets)


def _counts_of(sheet: BlockSheet) -> dict[str, str]:
    """Return the key of the row that each rate of a sheet divides by, by what the keys of the rate start with."""
    found = {}
    for row in sheet.rows:
        rate = row.key.removesuffix("_rate")
        if rate in _NAMES and isinstance(row.formula, Operation) and isinstance(row.formula.right, Column):
            found[rate] = row.formula.right.letter
    return found


def _name_rows(sheet: BlockSheet, rows: Iterable[FormulaRow]) -> Iterator[tuple[str, str]]:
    """Name inputs and results for the whole workbook, such as Block_919_2023_24."""
    stems = {DIVIDED: "Block", "recomputed": "Block_recomputed"}
    for rate, words in _NAMES.items():
        stems |= {f"{rate}_rate": f"Rate_{words}", f"{rate}_england_rate": f"England_rate_{words}"}
        stems |= {
            f"{rate}_gap": f"Gap_{words}",
            f"{rate}_rank": f"Rank_{words}",
            f"{rate}_words": f"Rank_words_{words}",
        }
    stems |= {key: _COUNTS[rate] for rate, key in _counts_of(sheet).items()}
    for row in rows:
        stem = stems.get(row.key) or (f"Input_{row.letter}" if row.letter == row.key else "")
        if stem and row.value is not None:
            yield row.key, f"{stem}_{sheet.authority.la_code}_{sheet.year}".replace("-", "_")


def _carry_on(store: Store, sheet: BlockSheet, beside: str) -> Iterator[FormulaRow]:
    """Return the rows of a sheet with England's sums and the ranks as formulas on the sheet of all authorities."""
    tables = {key_of_rate(table.spec): table for table in rate_tables(store, sheet.year)}
    counts = _counts_of(sheet)
    for row in sheet.rows:
        rate, _, what = row.key.partition("_england_")
        if rate in counts and what and what != "rate":
            pounds = Call('SUMIF({0};">0";{1})', (f"{beside}!{rate}", f"{beside}!block"))
            yield replace(row, formula=pounds if what == "gbp" else Call("SUM({0})", (f"{beside}!{rate}",)))
        else:
            yield row
        rate = row.key.removesuffix("_gap")
        if rate != row.key and rate in counts:
            yield from _rank_rows(sheet, tables[rate], row.part, beside)


def _rank_rows(sheet: BlockSheet, table: RateTable, part: str, beside: str) -> Iterator[FormulaRow]:
    """Return the rank on a basis, how many are ranked, and the rank in words."""
    code, key = sheet.authority.la_code, key_of_rate(table.spec)
    rank, ranked = table.ranks[code], len(table.values)
    rates = f"{beside}!{key}_rate"

    def row(what: str, label: str, value: int | str, unit: str, worked: Call, *, id_: str = "") -> FormulaRow:
        how = f"on the rates of all authorities, sheet {beside}" if rates in worked.keys else "on the rows above"
        return FormulaRow(f"{key}_{what}", label, part, "", value, unit, id_, worked, how)

    words, label = f"{rank_words(rank, ranked)} of {ranked}", f"Rank {_HEADINGS[key]}"
    named = (f"{key}_near", f"{key}_rank", f"{key}_ranked")
    ranking = Call("RANK({0};{1};1)", (f"{key}_rate", rates))
    yield row("rank", f"{label} (1 is the lowest)", rank, "rank", ranking, id_=rank_id(table.spec, code))
    counted = Call("COUNT({0})", (rates,))
    yield row("ranked", "Authorities ranked", ranked, "authorities", counted, id_=universe_id(table.spec))
    near = Call("MIN({0};{1}-{0}+1)", named[1:])
    yield row("near", "Place from the nearer end", min(rank, ranked - rank + 1), "place", near)
    yield row("words", f"{label} in words", words, "words", Call(_WORDS_PATTERN, named))


def _all_authorities(store: Store, year: FinancialYear) -> LiveTable:
    return store.cached(("sheet of all authorities", year), lambda: _list_authorities(store, year))


def _list_authorities(store: Store, year: FinancialYear) -> LiveTable:
    """List block, denominators, rates and ranks of all authorities of a year, the lowest rate per head first."""
    tables = {key_of_rate(table.spec): table for table in rate_tables(store, year)}
    first = next(iter(tables.values()))
    blocks, names = first.numerators.values, Authorities.of(store)
    rows: dict[str, list[Cell]] = {}
    formulas: dict[str, list[Formula | None]] = {}
    for code in (*first.values, *(code for code in blocks if code not in first.values)):
        rows[code], formulas[code] = [code, names[code].name, blocks[code]], [None, None, None]
        for table in tables.values():
            rows[code].append(table.denominators.values[code] if code in table.values else None)
            formulas[code].append(None)
        for key, table in tables.items():
            has = code in table.values
            rows[code] += [table.values[code], table.ranks[code]] if has else [None, None]
            rate = Operation("/", Column(f"{code}:block"), Column(f"{code}:{key}"))
            rank = Call("RANK({0};{1};1)", (f"{code}:{key}_rate", f"{key}_rate"))
            formulas[code] += [rate, rank] if has else [None, None]
        reasons = [f"No rate {_HEADINGS[key]}: {t.excluded[code]}" for key, t in tables.items() if code in t.excluded]
        rows[code].append(". ".join(reasons))
        formulas[code].append(None)
    for key, table in tables.items():
        for area in table.whole_areas:
            funded, counted = (
                join_words([names[code].prose for code in codes]) for codes in (area.funded, area.counted)
            )
            own = " + ".join(area.funded)
            what = table.spec.denominator.short
            rows[own] = [own, f"{capital(funded)} together", add_up(blocks[code] for code in area.funded)]
            rows[own] += [area.denominator if each == key else "" for each in tables]
            rows[own] += [""] * (2 * len(tables))
            rows[own].append(f"The {what} of {counted}: in England's rate {_HEADINGS[key]} and not ranked")
            blocks_of = tuple(f"{code}:block" for code in area.funded)
            pattern = "+".join(f"{{{number}}}" for number in range(len(blocks_of)))
            formulas[own] = [None, None, Call(pattern, blocks_of), *[None] * (len(rows[own]) - 3)]
    columns: dict[str, ColumnKind] = {
        "DfE code": "text",
        "Authority": "text",
        "High needs block before deductions (£)": "gbp",
    }
    columns |= dict.fromkeys((_COUNT_HEADINGS[key] for key in tables), "count")
    for key in tables:
        columns |= {f"£ {_HEADINGS[key]}": "rate", f"Rank {_HEADINGS[key]}": "rank"}
    columns["Why there is no rate"] = "text"
    named = str(year).replace("-", "_")
    return LiveTable(
        name=f"All authorities {year}",
        table=tabulate(
            "all_authorities",
            f"High needs funding of all authorities, {year}",
            "Block, people, pupils and plans; as live formulas, rates and ranks, the lowest rate per head first",
            columns,
            rows.values(),
            source=RATE_SOURCE,
            notes=("; ".join(f"{_COUNT_HEADINGS[k]}: {t.spec.denominator_words}" for k, t in tables.items()) + ".",),
        ),
        row_keys=tuple(rows),
        column_keys=("code", "name", "block", *tables, *(f"{k}_{w}" for k in tables for w in ("rate", "rank")), "why"),
        formulas=tuple(map(tuple, formulas.values())),
        names=(
            ("block", f"All_blocks_{named}"),
            *((key, f"All_{_COUNTS[key].lower()}_{named}") for key in tables),
            *((f"{key}_rate", f"All_rates_{_NAMES[key]}_{named}") for key in tables),
        ),
    )


def _link_authority(whole: LiveTable, sheet: BlockSheet, name: str) -> LiveTable:
    """Return the sheet of all authorities with one row taken from the sheet of its block."""
    place, cells = whole.row_keys.index(sheet.authority.la_code), {"block": DIVIDED, **_counts_of(sheet)}
    own = tuple(
        Call("{0}", (f"{name}!{cells[key]}",)) if key in cells else formula
        for key, formula in zip(whole.column_keys, whole.formulas[place], strict=True)
    )
    note = _ALL_NOTE.format(sheet.authority.prose, sheet.year)
    return replace(
        whole,
        table=replace(whole.table, notes=(note, *whole.table.notes)),
        formulas=(*whole.formulas[:place], own, *whole.formulas[place + 1 :]),
    )
