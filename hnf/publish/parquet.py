"""The tidy tables as Parquet: one file a table, with meaning, units, edition and licence in its metadata."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import polars as pl

from hnf.sources.data_package import ATTRIBUTION, LICENCE
from hnf.tables import TABLES


def parquet_files(frames: Mapping[str, pl.DataFrame], edition: str) -> dict[str, bytes]:
    """Return `<table>.parquet` for each table; text that a row does not have is null."""
    return {f"{name}.parquet": _parquet(name, frame, edition) for name, frame in frames.items()}


def _parquet(name: str, frame: pl.DataFrame, edition: str) -> bytes:
    spec = TABLES[name]
    optional = [field.name for field in spec.fields if field.type == "string" and not field.required]
    nulls = frame.with_columns(pl.when(pl.col(column) != "").then(pl.col(column)) for column in optional)
    fields = [{"name": f.name, "description": f.meaning, "unit": f.unit} for f in spec.fields]
    metadata = {
        "title": spec.meaning,
        "edition": edition,
        "licence": LICENCE["title"],
        "licence_url": LICENCE["path"],
        "attribution": ATTRIBUTION,
        "primary_key": json.dumps(spec.key),
        "fields": json.dumps(fields, ensure_ascii=False),
    }
    buffer = io.BytesIO()
    nulls.write_parquet(buffer, compression="zstd", metadata=metadata)
    return buffer.getvalue()
