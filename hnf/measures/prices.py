"""Real terms: pounds of one financial year in the prices of another, by the GDP deflator of HM Treasury.

The index comes from the table `prices`: outturn, then a forecast chained from printed growth rates. A year outside the
table has no index, so that only cash can be given for it, with the reason. Of several vintages the one with the latest
outturn is used, of several such the one published last, unless another is asked for. The ids of figures are
`price:<financial year>:<vintage>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from hnf.errors import UsageError
from hnf.measures.notes import breaks_of
from hnf.measures.published import Cell
from hnf.results import Figure
from hnf.tables.store import Store
from hnf.years import FinancialYear

_OUTTURN = "outturn"


@dataclass(frozen=True)
class Price:
    """The index of one financial year with its kind (`outturn` or `forecast_chained`) and its cell."""

    index: float
    kind: str
    figure_id: str
    cell: Cell

    @property
    def is_forecast(self) -> bool:
        """Whether the index is a forecast."""
        return self.kind != _OUTTURN


@dataclass(frozen=True)
class Deflator:
    """One vintage of the index and the year in whose prices amounts are given.

    The index is 100 in `index_base`, which has no bearing on results; `is_latest` where the vintage is the default one.
    """

    base: FinancialYear
    vintage: str
    index_base: str
    prices: dict[FinancialYear, Price]
    is_latest: bool = True

    @property
    def id_part(self) -> str:
        """How a figure id names base year and vintage: `2025-26`, with `@` and a vintage that is not the latest."""
        return str(self.base) if self.is_latest else f"{self.base}@{_slug(self.vintage)}"

    def lacking(self, year: FinancialYear | None = None) -> str:
        """Return why there are no real terms, for the base year or for a year's amounts; empty where there are."""
        years = sorted(self.prices)
        for asked in (self.base, year):
            if asked is not None and asked not in self.prices:
                return (
                    f"there is no price index for {asked}, as {self.vintage} covers {years[0]} to {years[-1]}: "
                    "amounts are in cash only"
                )
        return ""

    def factor(self, year: FinancialYear) -> float:
        """Return what an amount of `year` is multiplied by to be in prices of the base year."""
        reason = self.lacking(year)
        if reason:
            raise UsageError(reason, todo="Choose a base year within these.")
        return self.prices[self.base].index / self.prices[year].index

    def real(self, amount: float, year: FinancialYear) -> float:
        """Return an amount of `year` (any unit of money) in prices of the base year."""
        return amount * self.factor(year)

    def real_figure(self, id_: str, cash: Figure, year: FinancialYear) -> Figure:
        """Return an amount in prices of the base year as a figure, without a value where it cannot be.

        It is `estimated` where either index is a forecast, else `derived`.
        """
        reason = cash.status or self.lacking(year)
        label = f"{cash.label}, in {self.base} prices"
        if reason or cash.value is None:
            return Figure(id_, label, None, cash.unit, "derived", (cash.id,), status=reason)
        used = (self.prices[self.base], self.prices[year])
        return Figure(
            id=id_,
            label=label,
            value=self.real(cash.value, year),
            unit=cash.unit,
            basis="estimated" if cash.basis == "estimated" or any(price.is_forecast for price in used) else "derived",
            inputs=(cash.id, *dict.fromkeys(price.figure_id for price in used)),
            derivation=f"cash × index of {self.base} ÷ index of {year}",
        )

    def notes(self, years: tuple[FinancialYear, ...]) -> list[str]:
        """Return what a reader of real terms over these years must know, in sentences."""
        if self.lacking():
            reason = self.lacking()
            return [f"{reason[0].upper()}{reason[1:]}."]
        notes = [f"Real terms are in {self.base} prices: GDP deflator, {self.vintage} (HM Treasury)."]
        forecast = [
            str(year) for year in sorted({self.base, *years}) if year in self.prices and self.prices[year].is_forecast
        ]
        if forecast:
            notes.append(f"The price index of {', '.join(forecast)} is a forecast, so real terms are estimated.")
        notes += [f"{reason[0].upper()}{reason[1:]}." for year in years if (reason := self.lacking(year))]
        return notes


def deflator(store: Store, base: FinancialYear | None = None, vintage: str | None = None) -> Deflator:
    """Return the deflator.

    Parameters
    ----------
    base : FinancialYear, optional
        The year whose prices are used; the latest outturn year by default. A year that the table lacks is taken: its
        `lacking` says why there are no real terms.
    vintage : str, optional
        Publication of the index, in any case or as figure ids write it; the latest by default.

    Raises
    ------
    UsageError
        If the table has no outturn, or no such vintage; lists those it has.
    """
    vintages = store.cached("prices", lambda: _vintages(store))
    latest = list(vintages)[-1]
    name = latest if vintage is None else _find(vintage, list(vintages))
    index_base, prices = vintages[name]
    outturn = max(year for year, price in prices.items() if not price.is_forecast)
    return Deflator(outturn if base is None else FinancialYear.of(base), name, index_base, prices, name == latest)


def read_id_part(store: Store, text: str) -> Deflator:
    """Return the deflator that a figure id names: `2025-26`, or `2025-26@hmt-june-2026-qna`.

    Raises
    ------
    UsageError
        If it names no year or no vintage.
    """
    base, _, vintage = text.partition("@")
    return deflator(store, FinancialYear.parse(base), vintage or None)


def _find(asked: str, vintages: list[str]) -> str:
    found = next((name for name in vintages if _slug(name) == _slug(asked)), None)
    if found is None:
        raise UsageError(
            f"there is no vintage '{asked}' of the price index", todo=f"Vintages are {', '.join(vintages)}."
        )
    return found


def _slug(vintage: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(vintage).casefold())


def headline_refusal(start: FinancialYear, end: FinancialYear) -> str:
    """Return why a real change from `start` to `end` may not be a headline; empty where it may.

    The index moved untypically into some years (`data/series_breaks.toml`): the change over such a year alone is none.
    """
    if end.start - start.start != 1:
        return ""
    moved = [found for found in breaks_of(("real",)) if found.starts <= end.start <= found.ends]
    words = ", and ".join(f"in {found.since} and {found.until}" for found in moved)
    return f"a real change over a single year is not stated: the price index moved untypically {words}" if moved else ""


def price_figure(store: Store, figure_id: str) -> tuple[Figure, Cell]:
    """Look up the index of a year and its cell.

    Raises
    ------
    UsageError
        If there is no such id.
    """
    slug = figure_id.rsplit(":", 1)[-1]
    vintages = store.cached("prices", lambda: _vintages(store))
    found = deflator(store, vintage=next((name for name in vintages if _slug(name) == slug), None))
    for year, price in found.prices.items():
        if price.figure_id == figure_id:
            label = f"GDP deflator, {year} ({found.index_base} = 100; {found.vintage}; {price.kind.replace('_', ' ')})"
            basis = "estimated" if price.is_forecast else "published"
            return Figure(figure_id, label, price.index, "index", basis), price.cell  # type: ignore[arg-type]
    raise UsageError(f"no price index has the id '{figure_id}'", todo="Ids are printed with every answer.")


def _vintages(store: Store) -> dict[str, tuple[str, dict[FinancialYear, Price]]]:
    """Return base year and index by year of each vintage that has an outturn, the latest last."""
    frame = store.table("prices")
    outturn = (
        frame.filter(pl.col("kind") == _OUTTURN).group_by("vintage", "source_id").agg(pl.col("financial_year").max())
    )
    if outturn.is_empty():
        raise UsageError("the price index has no outturn year", where=str(store.folder))
    published = {source.id: source.published_by for source in store.catalogue} if outturn.height > 1 else {}
    order = sorted((year, published.get(source, ""), vintage) for vintage, source, year in outturn.iter_rows())
    return {vintage: _read(frame, vintage) for _, _, vintage in order}


def _read(frame: pl.DataFrame, vintage: str) -> tuple[str, dict[FinancialYear, Price]]:
    rows = frame.filter(pl.col("vintage") == vintage).sort("financial_year")
    prices = {
        FinancialYear.parse(row["financial_year"]): Price(
            index=row["index"],
            kind=row["kind"],
            figure_id=f"price:{row['financial_year']}:{_slug(vintage)}",
            cell=Cell(row["source_id"], "", row["cell"], str(row["index"]), "index"),
        )
        for row in rows.iter_rows(named=True)
    }
    return str(rows["base_year"][0]), prices
