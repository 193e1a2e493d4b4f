"""Westminster constituencies: finding one by name, and the authorities it touches."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from hnf.errors import UsageError
from hnf.store import Store
from hnf.words import fold_name, slug_of

_SUGGESTIONS = 3


@dataclass(frozen=True)
class Constituency:
    """One English constituency with its member of Parliament at the date of the list.

    Parameters
    ----------
    code : str
        ONS code.
    name : str
    mp_name, party : str
        Empty where the seat was vacant.
    as_at : str
        Month of the list, as 2026-06.
    la_codes : tuple of str
        DfE codes of the authorities it touches, in order.
    """

    code: str
    name: str
    mp_name: str
    party: str
    as_at: str
    la_codes: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Name for folders and files."""
        return f"constituency-{slug_of(self.name, self.code)}"


def constituencies(store: Store) -> tuple[Constituency, ...]:
    """Return every constituency in the tables, by name."""
    return store.remember("constituencies", lambda: _read(store))


def find_constituency(store: Store, text: str) -> Constituency:
    """Find a constituency by name or ONS code, any case.

    Raises
    ------
    UsageError
        If nothing matches; names the nearest.
    """
    known = {fold_name(found.name): found for found in constituencies(store)}
    by_code = {found.code.casefold(): found for found in constituencies(store)}
    wanted = text.strip()
    if found := by_code.get(wanted.casefold()) or known.get(fold_name(wanted)):
        return found
    near = difflib.get_close_matches(fold_name(wanted), known, n=_SUGGESTIONS, cutoff=0.6)
    near += [key for key in known if len(fold_name(wanted)) > 3 and fold_name(wanted) in key]
    names = list(dict.fromkeys(known[key].name for key in near))[:_SUGGESTIONS]
    raise UsageError(
        f"no constituency is called '{wanted[:60]}'",
        where="--constituency",
        todo=f"Did you mean {' or '.join(names)}?" if names else "Names are those of the 2024 boundaries, in England.",
    )


def _read(store: Store) -> tuple[Constituency, ...]:
    found: dict[str, Constituency] = {}
    for row in store.table("constituencies").sort("pcon_name", "la_code").iter_rows(named=True):
        before = found[row["pcon_code"]].la_codes if row["pcon_code"] in found else ()
        found[row["pcon_code"]] = Constituency(
            row["pcon_code"],
            row["pcon_name"],
            row["mp_name"],
            row["party"],
            row["as_at"],
            (*before, row["la_code"]),
        )
    return tuple(found.values())
