"""What stands beside the packs of a batch: the index page and a list for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from hnf.plain_text import as_csv_text
from hnf.reporting.index_map import Layout
from hnf.reporting.index_page import INDEX_PAGE, IndexText, render_index
from hnf.reporting.pack_summary import PackSummary

PACK_LIST = "packs.csv"
BATCH_FILES = (INDEX_PAGE, PACK_LIST)


def batch_files(
    packs: Sequence[PackSummary], text: IndexText, *, layout: Layout | None = None, shade: str | None = None
) -> dict[str, bytes]:
    """Return the files by name, the same bytes for the same packs; parameters as those of `render_index`."""
    return {
        INDEX_PAGE: render_index(packs, text, layout=layout, shade=shade).encode(),
        PACK_LIST: pack_list(packs),
    }


def pack_list(packs: Sequence[PackSummary]) -> bytes:
    """Return the packs as CSV: label, codes, region, folder and headline."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["label", "code", "la_codes", "region", "folder", "headline"])
    for pack in packs:
        row = (pack.label, pack.code, " ".join(pack.la_codes), pack.region, pack.folder, pack.headline)
        writer.writerow([_as_text(cell) for cell in row])
    return out.getvalue().encode()


def _as_text(cell: str) -> str:
    """Return a text on one line that no spreadsheet runs."""
    return as_csv_text(" ".join(cell.split()))
