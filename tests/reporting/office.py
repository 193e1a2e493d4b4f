"""Opens a file in LibreOffice without a window and reads back what it works out."""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import subprocess
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import openpyxl


def forget_values(data: bytes) -> bytes:
    """An Excel workbook whose formulas carry no values any more: a reader must work them out."""
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(out)
    return out.getvalue()


def convert(data: bytes, folder: Path, ending: str, target: str, *, env: dict[str, str] | None = None) -> Path:
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
        env=env,
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


_TOKEN = re.compile(
    r"""(?P<text>"[^"]*")|(?P<ref>(?:'[^']+'!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)(?![A-Z(])|(?P<equal>(?<![<>=])=(?!=))"""
)


class Text(str):
    """Text that & joins with numbers, as spreadsheets do."""

    def __and__(self, other: object) -> Text:
        return Text(self + _plain(other))

    def __rand__(self, other: object) -> Text:
        return Text(_plain(other) + self)


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _only_numbers(values: list[Any]) -> list[float]:
    return [value for value in values if isinstance(value, int | float)]


def _round(value: float, places: int) -> float:
    """Half away from nought, as spreadsheets do."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


_FUNCTIONS = {
    "IF": lambda test, yes, no: yes if test else no,
    "ABS": abs,
    "MIN": min,
    "ROUND": _round,
    "MOD": lambda a, b: a % b,
    "AND": lambda *tests: all(tests),
    "CHOOSE": lambda n, *values: values[int(n) - 1],
    "SUM": lambda values: math.fsum(_only_numbers(values)),
    "COUNT": lambda values: len(_only_numbers(values)),
    "RANK": lambda value, values, _: 1 + sum(other < value for other in _only_numbers(values)),
    "SUMIF": lambda tested, rule, values: math.fsum(
        v for t, v in zip(tested, values, strict=True) if isinstance(t, int | float) and t > float(rule[1:])
    ),
}


class Calculator:
    """The little of a spreadsheet program that our formulas need: works every cell out from the inputs alone."""

    def __init__(self, data: bytes, changes: dict[tuple[str, str], float] | None = None) -> None:
        self.cells = {
            (sheet.title, cell.coordinate): cell.value
            for sheet in openpyxl.load_workbook(io.BytesIO(data))
            for row in sheet.iter_rows()
            for cell in row
        }
        self.formulas = {at: value for at, value in self.cells.items() if isinstance(value, str) and value[:1] == "="}
        self.cells |= changes or {}
        self.found: dict[tuple[str, str], Any] = {}

    def value(self, sheet: str, address: str) -> Any:
        at = (sheet, address)
        written = self.cells[at]
        if at not in self.formulas or written != self.formulas[at]:
            return Text(written) if isinstance(written, str) else written
        if at not in self.found:
            self.found[at] = self._work_out(sheet, written[1:])
        return self.found[at]

    def _work_out(self, sheet: str, formula: str) -> Any:
        names: dict[str, Any] = {**_FUNCTIONS, "Text": Text}

        def named(token: re.Match[str]) -> str:
            if token["text"]:
                return f"Text({token['text']})"
            if token["equal"]:
                return "=="
            name = f"cell_{len(names)}"
            names[name] = self._refer(sheet, token["ref"].replace("$", ""))
            return name

        return eval(_TOKEN.sub(named, formula), {"__builtins__": {}}, names)

    def _refer(self, sheet: str, ref: str) -> Any:
        if "!" in ref:
            sheet, ref = ref.split("!")
            sheet = sheet.strip("'")
        if ":" not in ref:
            value = self.value(sheet, ref)
            assert isinstance(value, int | float | str), (sheet, ref)
            return value
        (letter, first), (_, last) = (re.fullmatch(r"([A-Z]+)(\d+)", end).groups() for end in ref.split(":"))  # type: ignore[union-attr]
        return [self.value(sheet, f"{letter}{row}") for row in range(int(first), int(last) + 1)]


def has_writer() -> bool:
    """Whether the LibreOffice on the path can read documents, not only spreadsheets."""
    found = shutil.which("soffice")
    return found is not None and Path(found).resolve().parent.joinpath("libswlo.so").is_file()


def typeface(folder: Path) -> dict[str, str]:
    """Environment in which programs find the regular and the bold face of the documents, made of the shipped font.

    Only letters and signs of documents in English are in them: making all takes a quarter of a minute.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    faces = folder / "faces"
    faces.mkdir()
    source = Path(str(resources.files("fontpkg_source_sans_3"))) / "files" / "SourceSans3[wght].ttf"
    for weight, style in ((400, "Regular"), (700, "Bold")):
        letters = TTFont(source)
        chosen = subset.Subsetter(subset.Options(name_IDs=["*"], notdef_outline=True))
        chosen.populate(unicodes=[*range(0x20, 0x180), *range(0x2010, 0x2040), 0x20AC, 0x2212])
        chosen.subset(letters)
        face = instancer.instantiateVariableFont(letters, {"wght": weight})
        for record in face["name"].names:
            if record.nameID in {1, 2, 4, 16, 17}:
                record.string = {1: "Source Sans 3", 16: "Source Sans 3", 4: f"Source Sans 3 {style}"}.get(
                    record.nameID, style
                )
        face["OS/2"].usWeightClass = weight
        face["OS/2"].fsSelection = 0x20 if weight == 700 else 0x40
        face["head"].macStyle = int(weight == 700)
        face.save(faces / f"{style}.ttf")
    config = folder / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{faces}</dir></fontconfig>'
    )
    return {**os.environ, "FONTCONFIG_FILE": str(config)}
