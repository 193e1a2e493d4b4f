"""The rows of a block sheet that divide the block by people, pupils and plans, and hold the rates against England's."""

from __future__ import annotations

from hnf.analysis.block_sheet_rows import POUND_UNIT, Rows
from hnf.analysis.gaps import AVERAGE
from hnf.analysis.ranking import rate_id, universe_id
from hnf.formula.printed import Column, Node, Operation
from hnf.measures.published import ENGLAND, published_figure
from hnf.measures.rate_spec import Per
from hnf.measures.rates import RateSpec, RateTable, rate_table
from hnf.words import capital

_PERS: tuple[Per, ...] = ("head", "pupil", "plan")
_WORDS = {"head": "per head aged 2 to 18", "pupil": "per pupil", "plan": "per EHC plan"}
_UNITS = {"head": "people", "pupil": "pupils", "plan": "plans"}


def add_rates(rows: Rows, total: str) -> None:
    """Add, for each denominator, the rate, England's rate and the gap between them in pounds.

    Parameters
    ----------
    rows : Rows
    total : str
        Key of the row with the printed total in pounds.
    """
    for per in _PERS:
        spec = RateSpec(rows.year, "block", per)
        table = rate_table(rows.store, spec)
        if rows.authority.la_code in table.values:
            _add_rate(rows, total, table)
        else:
            reason = table.excluded[rows.authority.la_code]
            rows.missing(
                f"{per}_rate", f"Block {_WORDS[per]}", part=f"Rate {_WORDS[per]}", unit=f"£ per {per}", reason=reason
            )


def _add_rate(rows: Rows, total: str, table: RateTable) -> None:
    spec, code = table.spec, rows.authority.la_code
    per, words, unit = spec.per, f"£ per {spec.per}", _UNITS[spec.per]
    part = f"Rate {_WORDS[per]}"
    own = _denominator(rows, table)
    rate = rows.derived(
        f"{per}_rate",
        f"Block {_WORDS[per]}",
        Operation("/", Column(total), Column(own)),
        part=part,
        unit=words,
        how=f"block before deductions as printed ÷ {unit}",
        figure_id=rate_id(spec, code),
    )
    count = len(table.values)
    inputs = (universe_id(spec),)
    pounds = rows.summed(
        f"{per}_england_gbp",
        f"England: blocks of the {count} authorities that have a rate {_WORDS[per]}",
        sum(table.numerators.values[each] for each in table.values),
        part=part,
        unit=POUND_UNIT,
        how=f"sum of {count} published cells",
        inputs=inputs,
    )
    heads = rows.summed(
        f"{per}_england_{unit}",
        f"England: {unit} of the same {count} authorities",
        sum(table.denominators.values[each] for each in table.values),
        part=part,
        unit=unit,
        how=f"sum over {count} authorities of {spec.denominator_words}",
        inputs=inputs,
    )
    england = rows.derived(
        f"{per}_england_rate",
        f"England's average block {_WORDS[per]}",
        Operation("/", Column(pounds), Column(heads)),
        part=part,
        unit=words,
        how=f"England's pounds ÷ England's {unit}",
        figure_id=rate_id(spec, ENGLAND),
    )
    rows.derived(
        f"{per}_gap",
        f"More at England's average {_WORDS[per]} (below nought: less)",
        Operation("*", Operation("-", Column(england), Column(rate)), Column(own)),
        part=part,
        unit=POUND_UNIT,
        how=f"(England's average − own rate) × own {unit}",
        figure_id=f"gap:{spec.id_part}:{AVERAGE}:{code}",
    )


def _denominator(rows: Rows, table: RateTable) -> str:
    """Add the published counts that make the denominator, and their sum where there are several; returns its key."""
    spec, unit = table.spec, _UNITS[table.spec.per]
    keys = []
    for number, id_ in enumerate(table.denominators.inputs[rows.authority.la_code], 1):
        label = published_figure(rows.store, id_)[0].label
        keys.append(
            rows.published(f"{spec.per}_{unit}_{number}", label, id_, part=f"Rate {_WORDS[spec.per]}", unit=unit)
        )
    if len(keys) == 1:
        return keys[0]
    node: Node = Column(keys[0])
    for key in keys[1:]:
        node = Operation("+", node, Column(key))
    part = f"Rate {_WORDS[spec.per]}"
    label = f"{capital(spec.denominator_words)}, together"
    return rows.derived(f"{spec.per}_{unit}", label, node, part=part, unit=unit, how="sum of the rows above")
