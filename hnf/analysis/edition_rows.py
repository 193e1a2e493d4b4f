"""What a comparison of two editions compares: rows of each with area, term, number, symbol and figure id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hnf.measures.published import POUNDS, area_column
from hnf.store import Store
from hnf.tables import term_label

#: Two numbers of which the difference is smaller are the same: amounts are printed to the penny at most.
SAME = 0.005
#: Columns that name a row in a comparison.
KEY = ("period", "geographic_level", "area", "term")
_LEVELS = ("national", "local_authority")
_PUPILS = "pupils_"
_PLANS = {"total": "plans", "statement": "statements", "ehc_plan": "ehc_plans"}


@dataclass(frozen=True)
class Revision:
    """One number of one area in two editions; None where an edition prints a symbol or does not have the row.

    `old_status` and `new_status` hold the symbol; `absent` where the edition does not have the row.
    """

    period: str
    geographic_level: str
    area: str
    term: str
    unit: str
    old: float | None
    new: float | None
    old_status: str
    new_status: str
    old_id: str
    new_id: str

    @property
    def difference(self) -> float | None:
        """The new number less the old one."""
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def change_pct(self) -> float | None:
        """The difference in per cent of the old number."""
        return None if self.difference is None or not self.old else self.difference / abs(self.old) * 100

    @property
    def label(self) -> str:
        """The term in words."""
        words = {"plans": "EHC plans", "statements": "Statements of SEN", "ehc_plans": "EHC plans alone"}
        if self.term.startswith(_PUPILS):
            return f"{self.term.removeprefix(_PUPILS).capitalize()} pupils"
        return words.get(self.term) or term_label(self.term)

    def payload(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "period": self.period,
            "area": self.area,
            "term": self.term,
            "label": self.label,
            "unit": self.unit,
            "old": self.old,
            "new": self.new,
            "difference": self.difference,
            "change_pct": self.change_pct,
            "old_status": self.old_status or None,
            "new_status": self.new_status or None,
            "old_figure_id": self.old_id or None,
            "new_figure_id": self.new_id or None,
        }


def block_rows_of(store: Store, year: str, edition: str) -> pl.DataFrame:
    """Return the numbers of one edition of the DSG, England and authorities, money in pounds; pupils included."""
    is_wanted = (pl.col("financial_year") == year) & (pl.col("edition") == edition)
    scale = pl.col("unit").replace_strict(POUNDS, return_dtype=pl.Float64)
    block = (
        store.table("dsg_high_needs_block")
        .filter(is_wanted)
        .with_columns(
            number=pl.col("value") * scale,
            unit=pl.when(pl.col("unit") == "gbp_million").then(pl.lit("gbp")).otherwise(pl.col("unit")),
            kind=pl.lit("dsg"),
            last="term",
        )
    )
    pupils = (
        store.table("dsg_pupils")
        .filter(is_wanted)
        .with_columns(
            term=_PUPILS + pl.col("phase"),
            number="pupils",
            unit=pl.lit("pupils"),
            status=pl.lit(""),
            kind=pl.lit("pupils"),
            last="phase",
        )
    )
    return pl.concat([_shaped(frame, "financial_year", "edition") for frame in (block, pupils)])


def plan_rows_of(store: Store, release: str) -> pl.DataFrame:
    """Return the counts of one release of SEN2, England and authorities, all ages."""
    frame = (
        store.table("ehc_plans")
        .filter(pl.col("release") == release)
        .with_columns(
            january=pl.col("january").cast(pl.String),
            term=pl.col("plan_type").replace_strict(_PLANS),
            number=pl.col("count").cast(pl.Float64),
            unit=pl.lit("plans"),
            authority_type=pl.lit(""),
            kind=pl.lit("plans"),
            last="plan_type",
        )
    )
    return _shaped(frame, "january", "release")


def _shaped(frame: pl.DataFrame, period: str, edition: str) -> pl.DataFrame:
    return (
        frame.filter(pl.col("geographic_level").is_in(_LEVELS))
        .with_columns(area=area_column(), period=pl.col(period))
        .with_columns(id=pl.concat_str(["kind", "period", edition, "area", "last"], separator=":"))
        .select(*KEY, "unit", "number", "status", "id")
    )


def revisions(old: pl.DataFrame, new: pl.DataFrame) -> tuple[Revision, ...]:
    """Return every row of two editions that is not the same in both, by period, area and term."""
    both = old.join(new, on=KEY, how="full", suffix="_new", coalesce=True, validate="1:1").sort(KEY)
    number, later = pl.col("number"), pl.col("number_new")
    same = (
        pl.col("id").is_not_null()
        & pl.col("id_new").is_not_null()
        & (pl.col("status") == pl.col("status_new"))
        & (number.eq_missing(later) | ((number - later).abs() < SAME).fill_null(value=False))
    )
    return tuple(_revision(row) for row in both.filter(~same.fill_null(value=False)).iter_rows(named=True))


def _revision(row: dict[str, Any]) -> Revision:
    return Revision(
        period=row["period"],
        geographic_level=row["geographic_level"],
        area=row["area"],
        term=row["term"],
        unit=row["unit_new"] or row["unit"],
        old=row["number"],
        new=row["number_new"],
        old_status="absent" if row["id"] is None else row["status"],
        new_status="absent" if row["id_new"] is None else row["status_new"],
        old_id=row["id"] or "",
        new_id=row["id_new"] or "",
    )
