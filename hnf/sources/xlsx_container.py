"""Writes an XLSX workbook again around the parts that are read.

Which part a sheet lies in, the workbook says by references that two readers may follow differently: an attribute given
under two prefixes, an identifier given twice, two names that differ in their case alone. The references are followed
once, here; what is handed on names each part in the one plain way, and holds nothing else.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from hnf.sources.sheet_scan import Attributes, Walker, local_name

BOOK = "xl/workbook.xml"
SHARED_TEXT = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook in plain parts.

    Parameters
    ----------
    parts : dict of str to bytes
        All that is handed on.
    by_name : dict of str to str
        The part of each sheet by the name of the sheet; sheets that the workbook leads nowhere for are left out.
    """

    parts: dict[str, bytes]
    by_name: dict[str, str]


def plain_parts(source_id: str, parts: dict[str, bytes]) -> Sheets:
    """Follow the references of a workbook, and write them again.

    Parameters
    ----------
    source_id : str
        Named in messages.
    parts : dict of str to bytes
        The XML of the workbook by the name of the part.

    Raises
    ------
    SourceError
        If the XML is damaged, or two sheets have one name: readers would differ over which counts.
    """
    book, relations = _Book(source_id, BOOK), _Relations(source_id, _RELATIONS)
    for walker in (book, relations):
        walker.walk(parts.get(walker.part, b"<none/>"))
    plain = {name: parts[name] for name in (SHARED_TEXT, _STYLES) if name in parts}
    by_name: dict[str, str] = {}
    listed, related = [], []
    for number, (attributes, id_) in enumerate(book.sheets, start=1):
        name, part = attributes.get("name", ""), f"xl/worksheets/sheet{number}.xml"
        found = parts.get(relations.targets.get(id_, ""))
        if found is not None:
            by_name[name], plain[part] = part, found
        state = attributes.get("state", "visible")
        listed.append(f'<sheet name={quoteattr(name)} sheetId="{number}" state={quoteattr(state)} r:id="rId{number}"/>')
        related.append(_relation(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml"))
    related += [
        _relation("rIdText", "sharedStrings", "sharedStrings.xml"), _relation("rIdStyles", "styles", "styles.xml")
    ]  # fmt: skip
    since_1904 = ' date1904="1"' if book.is_since_1904 else ""
    written = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": _relations([_relation("rId1", "officeDocument", BOOK)]),
        BOOK: (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr{since_1904}/>'
            f"<sheets>{''.join(listed)}</sheets></workbook>"
        ),
        _RELATIONS: _relations(related),
    }
    return Sheets({name: text.encode() for name, text in written.items()} | plain, by_name)


def _relation(id_: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id_}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _relations(related: list[str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(related)}</Relationships>'


class _Book(Walker):
    def __init__(self, source_id: str, part: str) -> None:
        super().__init__(source_id, part)
        self.sheets: list[tuple[Attributes, str]] = []
        self._titles: set[str] = set()
        self.is_since_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        if local == "sheet":
            title = attributes.get("name", "")
            if title in self._titles:
                raise self.refuse(f"the sheet {title[:80]} stands twice")
            self._titles.add(title)
            id_ = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes, id_))
        elif local == "workbookPr":
            self.is_since_1904 = attributes.get("date1904", "0") in ("1", "true")


class _Relations(Walker):
    def __init__(self, source_id: str, part: str) -> None:
        super().__init__(source_id, part)
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if local_name(name) == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            self.targets[attributes.get("Id", "")] = target.removeprefix("/")
