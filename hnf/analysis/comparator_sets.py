"""Which authorities one is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hnf.authorities import Authorities, Authority
from hnf.errors import UsageError
from hnf.store import Store
from hnf.years import FinancialYear, date_in_words

NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class ComparatorSet:
    """A set of authorities, without the one that is compared, as a figure id and in words."""

    id: str
    words: str
    codes: tuple[str, ...]


def models(store: Store) -> tuple[str, ...]:
    """Return the models of statistical neighbours in the tables, oldest first."""
    return store.remember("models", lambda: tuple(sorted(store.table("neighbours")["model"].unique())))


def latest_model(store: Store) -> str:
    """Return the model of statistical neighbours that is used unless another is asked for."""
    return models(store)[-1]


def _kinds(store: Store) -> str:
    return ", ".join((*(neighbour_set(model) for model in models(store)), NEIGHBOURS, "region", "type", "borders"))


def neighbour_set(model: str) -> str:
    """Return the name of the neighbours of a model."""
    return f"{NEIGHBOURS}-{model}"


def has_set(store: Store, la_code: str, model: str) -> bool:
    """Whether a model has neighbours for an authority."""
    return bool(_neighbours(store, model).get(la_code))


def comparator_set(store: Store, authority: Authority, which: str, year: FinancialYear) -> ComparatorSet:
    """Return the set that a name stands for.

    Parameters
    ----------
    store : Store
    authority : Authority
    which : str
        `neighbours-` and the year of a model, `neighbours` (the latest model), `region`, `type`, `borders`, or
        authorities by name or code, separated by commas (a name with a comma by its code).
    year : FinancialYear
        Region and type hold those that were open when it started.

    Raises
    ------
    UsageError
        If the set is empty or an authority is unknown.
    """
    kind = which.strip().casefold()
    if kind == NEIGHBOURS:
        kind = neighbour_set(latest_model(store))
    if kind.startswith(f"{NEIGHBOURS}-"):
        return _of_model(store, authority, kind)
    if kind == "borders":
        return _of_borders(store, authority)
    if kind in ("region", "type"):
        return {"region": _of_region, "type": _of_type}[kind](store, authority, year)
    authorities = Authorities.of(store)
    codes = dict.fromkeys(_find(store, authorities, part) for part in which.split(",") if part.strip())
    chosen = tuple(code for code in codes if code != authority.la_code)
    if not chosen:
        raise UsageError("there is nobody to compare with", where="--with", todo=f"Use {_kinds(store)} or codes.")
    return ComparatorSet(f"list-{'+'.join(chosen)}", "the authorities listed", chosen)


def _find(store: Store, authorities: Authorities, text: str) -> str:
    try:
        return authorities.find(text).la_code
    except UsageError as error:
        todo = f"{error.todo} Sets are {_kinds(store)}."
        raise UsageError(error.what, where="--with", todo=todo) from error


def _of_model(store: Store, authority: Authority, kind: str) -> ComparatorSet:
    model = kind.removeprefix(f"{NEIGHBOURS}-")
    if model not in models(store):
        raise UsageError(
            f"there is no model '{model}' of statistical neighbours", todo=f"Models are {', '.join(models(store))}."
        )
    codes = _neighbours(store, model).get(authority.la_code, ())
    if not codes:
        since = f": it opened on {date_in_words(authority.opened)}" if authority.opened[:4] > model else ""
        raise UsageError(
            f"the {model} model of statistical neighbours has no set for {authority.prose}{since}",
            todo="Compare with its region, its type, or those it borders on.",
        )
    return ComparatorSet(kind, f"its statistical neighbours, {model} model", codes)


def _neighbours(store: Store, model: str) -> dict[str, tuple[str, ...]]:
    def read() -> dict[str, tuple[str, ...]]:
        rows = store.table("neighbours").filter(model=model).sort("la_code", "position")
        sets = rows.group_by("la_code", maintain_order=True).agg("neighbour_la_code")
        return {code: tuple(members) for code, members in sets.iter_rows()}

    return store.remember(("neighbours", model), read)


def _of_region(store: Store, authority: Authority, year: FinancialYear) -> ComparatorSet:
    others = _others(store, authority, ("region_code", authority.region_code), year)
    return ComparatorSet("region", f"the other authorities of its region, {authority.region_name}", others)


def _of_type(store: Store, authority: Authority, year: FinancialYear) -> ComparatorSet:
    others = _others(store, authority, ("authority_type", authority.authority_type), year)
    words = authority.authority_type.replace("_", " ")
    return ComparatorSet("type", f"the other authorities of its type ({words})", others)


def _others(store: Store, authority: Authority, shared: tuple[str, str], year: FinancialYear) -> tuple[str, ...]:
    column, value = shared
    start = f"{year.start}-04-01"
    rows = store.table("authorities").filter(
        (pl.col(column) == value)
        & (pl.col("la_code") != authority.la_code)
        & (pl.col("opened") <= start)
        & ((pl.col("closed") == "") | (pl.col("closed") >= start))
    )
    return tuple(rows["la_code"].sort().to_list())


def _of_borders(store: Store, authority: Authority) -> ComparatorSet:
    rows = store.table("borders").filter(la_code=authority.la_code)
    codes = tuple(rows["neighbour_la_code"].sort().to_list())
    if not codes:
        why = "closed before these boundaries" if authority.closed else "borders on no other authority by land"
        raise UsageError(f"{authority.prose} {why}", where="--with borders", todo="Compare with its neighbours.")
    from_files = {
        source.detail.get("boundaries_of") for source in store.catalogue if source.id in set(rows["source_id"])
    }
    years = " and ".join(str(year) for year in from_files if year)
    when = f" (boundaries of {years})" if years else ""
    return ComparatorSet("borders", f"the authorities it borders on{when}", codes)
