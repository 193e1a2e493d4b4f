"""What a gap in pounds comes to a head, a pupil, a plan, and for a school of a stated size.

The pounds of the gap are shared over the authority's own heads, pupils or plans of the year. How many schools there are
is not in the tables: the size of a school is an input, so that its figure is estimated. Ids are those of the gap with
`gapper` and the denominator, or `gapschool` and the size, at the end.
"""

from __future__ import annotations

from typing import Any

from hnf.analysis.assumptions import assumption
from hnf.analysis.gaps import Gap, gap
from hnf.errors import UsageError
from hnf.figures import Figure, Unit
from hnf.measures.rates import Per, RateSpec, denominator_amounts
from hnf.store import Store

SCHOOL = "typical_school_pupils"
_PERS: tuple[Per, ...] = ("head", "pupil", "plan")


def equivalents(store: Store, found: Gap) -> list[dict[str, Any]]:
    """Return the gap over each of the authority's denominators; without one, the value is None and the reason given."""
    rows = []
    for per in _PERS:
        basis = _basis(found.spec, per)
        amounts = denominator_amounts(store, basis)
        has = found.la_code in amounts.values
        rows.append(
            {
                "per": per,
                "value_gbp": found.pounds / amounts.values[found.la_code] if has else None,
                "denominator": amounts.values.get(found.la_code),
                "denominator_in_words": basis.denominator_words,
                "reason": amounts.excluded.get(found.la_code),
                "basis": "derived",
                "figure_id": _id("gapper", found, per) if has else None,
            }
        )
    return rows


def typical_school(store: Store, found: Gap, size: float | None = None) -> dict[str, Any] | None:
    """Return the gap for a school of a size: pounds a pupil times pupils; None without pupil numbers.

    Raises
    ------
    UsageError
        If the size is not above zero.
    """
    stated = assumption(SCHOOL)
    pupils = stated.value if size is None else size
    if not 0 < pupils < float("inf"):
        raise UsageError(f"a school of {pupils:g} pupils cannot be", where="--school-size", todo="Give its pupils.")
    each = denominator_amounts(store, _basis(found.spec, "pupil")).values.get(found.la_code)
    if each is None:
        return None
    return {
        "value_gbp": found.pounds / each * pupils,
        "school_pupils": pupils,
        "basis": "estimated",
        "status": stated.status if size is None else "given",
        "reason": stated.reason if size is None else "the size that was asked for",
        "reference": stated.reference if size is None else None,
        "figure_id": _id("gapschool", found, f"{pupils:g}"),
    }


def equivalent_figure(store: Store, spec: RateSpec, to: str, la_code: str, per: str) -> Figure:
    """Return the gap over one denominator as a figure.

    Raises
    ------
    UsageError
        If there is no such gap or the authority lacks the denominator.
    KeyError
        If the denominator is unknown.
    """
    known = {name: name for name in _PERS}[per]  # type: ignore[index]
    found = gap(store, spec, la_code, to)
    basis = _basis(spec, known)
    amounts = denominator_amounts(store, basis)
    if la_code not in amounts.values:
        raise UsageError(f"{found.la_name} has no {basis.denominator_words}: {amounts.excluded.get(la_code)}")
    units: dict[Per, Unit] = {"head": "gbp_per_head", "pupil": "gbp_per_pupil", "plan": "gbp_per_plan"}
    return Figure(
        _id("gapper", found, per),
        f"{found.figure().label}; over own {basis.denominator_words}",
        found.pounds / amounts.values[la_code],
        units[known],
        "derived",
        (found.id, *amounts.inputs[la_code]),
        f"gap ÷ own {basis.denominator_words}",
    )


def school_figure(store: Store, spec: RateSpec, to: str, la_code: str, size: str) -> Figure:
    """Return the gap for a school as a figure.

    Raises
    ------
    UsageError
        If there is no such gap, the size is no number above zero, or there are no pupil numbers.
    """
    found = gap(store, spec, la_code, to)
    try:
        school = typical_school(store, found, float(size))
    except ValueError as error:
        raise UsageError(f"'{size}' is not the size of a school") from error
    if school is None:
        raise UsageError(f"{found.la_name} has no pupil numbers")
    return Figure(
        _id("gapschool", found, size),
        f"{found.figure().label}; for a school of {size} pupils (assumed)",
        school["value_gbp"],
        "gbp",
        "estimated",
        (_id("gapper", found, "pupil"),),
        f"gap per pupil × {size} pupils",
    )


def _basis(spec: RateSpec, per: Per) -> RateSpec:
    return RateSpec(spec.year, spec.measure, per, spec.population)


def _id(kind: str, found: Gap, last: str) -> str:
    return f"{kind}:{found.spec.id_part}:{found.comparator}:{found.la_code}:{last}"
