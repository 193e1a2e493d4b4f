"""Opens a spreadsheet in LibreOffice without a window and reads back what it works out."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl


def forget_values(data: bytes) -> bytes:
    """An Excel workbook whose formulas carry no values any more: a reader must work them out."""
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(out)
    return out.getvalue()


def convert(data: bytes, folder: Path, ending: str, target: str) -> Path:
    """Let LibreOffice convert a file; returns the new one."""
    source = folder / f"book.{ending}"
    source.write_bytes(data)
    out = folder / "converted"
    profile = (folder / "profile").as_uri()
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", target, "--outdir", out, source],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = out / f"book.{target}"
    assert found.is_file(), f"LibreOffice made no {target}: {done.stderr}"
    return found


def worked_out(data: bytes, folder: Path) -> dict[tuple[str, str], Any]:
    """Value of every cell that has a formula, by sheet and address, as LibreOffice works it out."""
    converted = convert(forget_values(data), folder, "xlsx", "xlsx")
    values = openpyxl.load_workbook(converted, data_only=True)
    return {
        (sheet.title, cell.coordinate): values[sheet.title][cell.coordinate].value
        for sheet in openpyxl.load_workbook(io.BytesIO(data))
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


_ODS_RESULT = re.compile(
    rb'(table:formula="[^"]*") office:value-type="\w+" office:(string-)?value="[^"]*">.*?</table:table-cell>'
)


def forget_ods_values(data: bytes) -> bytes:
    """An OpenDocument spreadsheet whose formulas carry no values any more."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "content.xml":
                content, count = _ODS_RESULT.subn(rb"\1/>", content)
                assert count > 10
            new.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
