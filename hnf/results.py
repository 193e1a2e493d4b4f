"""Results as tables: what a public function returns can be had as a polars or a pandas frame, figure ids included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray


#: Numbers of n authorities. A text, so that those who only name it need not load numpy.
FloatArray: TypeAlias = "NDArray[np.float64]"


def flatten_row(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a row of nested mappings as one level, the keys joined by points: `authority.from.count`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat.update(flatten_row(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


class Tabular:
    """A result with a JSON form (`payload`) that is a table, or one row of one.

    `ROWS` names the key of the payload that holds the rows; where it is empty the payload itself is the one row.
    """

    ROWS: ClassVar[str] = ""

    def payload(self) -> dict[str, Any]:
        """Return the JSON answer."""
        raise AttributeError(f"{type(self).__name__} has no JSON form")

    def to_polars(self) -> pl.DataFrame:
        """Return the result as a polars frame: unrounded values, the columns of `--format csv`; lists stay lists."""
        import polars as pl

        payload = self.payload()
        rows = payload[self.ROWS] if self.ROWS else [payload]
        return pl.DataFrame([flatten_row(row) for row in rows], infer_schema_length=None)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same table as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dict(as_series=False))
