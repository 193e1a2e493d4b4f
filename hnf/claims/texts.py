"""Texts to be checked: typed, from standard input, or from a file of text, Markdown, HTML, CSV or TOML.

Of a page or a Markdown file the words that a reader sees are kept, a paragraph for each block with an empty line
between, so that a heading runs into no sentence; what a page hides, runs or navigates by is left out. A name of a file
that is not there is an error and never a statement: a name is told by its ending, or by a slash and no space.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path, PurePath

from hnf.claims.claim import Claim, parse_said, read_claims
from hnf.errors import UsageError
from hnf.paths import read_file

#: More than any speech, page or list of statements has.
MOST_BYTES = 1_000_000
_MOST_ROWS = 2_000
#: A file system takes no longer name, and nobody types one.
_LONGEST_NAME = 300
_KINDS = {
    "": "text",
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    ".toml": "toml",
}
#: Files that people have speeches in and that are not read, with what to do.
_REFUSED = {
    **dict.fromkeys(
        (".docx", ".doc", ".odt", ".rtf", ".pages"),
        "Save it as plain text in UTF-8 (.txt) in your word processor, or copy its words and give - to paste them.",
    ),
    ".pdf": "Save its text as .txt, as `pdftotext FILE.pdf` does, or copy its words and give - to paste them.",
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "Save the sheet as CSV in UTF-8 (.csv)."),
}
_TEXT_COLUMNS, _DATE_COLUMNS, _LINK_COLUMNS = ("statement", "claim", "text"), ("said", "when"), ("address", "link")
_READ = "Files read are .txt, .md, .html, .csv and .toml."


@dataclass(frozen=True)
class Given:
    """A text to be checked, as a reader sees it, with whom it is about and when it was said, where that is known.

    `claim` is the entry of a TOML file, `where` the file and row, for messages.
    """

    text: str
    who: str = ""
    said: str = ""
    id: str = ""
    link: str = ""
    where: str = ""
    claim: Claim | None = None


def read_given(what: str, column: str = "") -> list[Given]:
    """Return the texts that one argument names: a file, `-` for standard input, or the argument itself.

    Raises
    ------
    UsageError
        If it is the name of a file that is not there or cannot be read, or holds no text.
    """
    if what == "-":
        return [Given(_checked(_decode(_standard_input(), "standard input"), "standard input"))]
    if " " not in what and what.casefold().startswith(("http://", "https://")):
        raise UsageError("an address is not fetched", where=what, todo="Save the page as .html, and give its file.")
    if _names_a_file(what):
        return read_input(Path(what), column)
    return [Given(_checked(what, ""))]


def read_input(path: Path, column: str = "") -> list[Given]:
    """Return the texts of a file: one of text, Markdown or HTML, one a row of CSV, one a claim of TOML.

    Raises
    ------
    UsageError
        If it is of a kind that is not read, is no text in UTF-8, is too large, or holds no statement.
    """
    where, ending = str(path), path.suffix.casefold()
    kind = _KINDS.get(ending)
    if kind is None:
        what = f"is of a kind that is not read ('{ending}')"
        raise UsageError(what, where=where, todo=_REFUSED.get(ending, f"{_READ} Save it as one of them."))
    if not path.exists():
        raise UsageError("there is no such file", where=where, todo=f"{_READ} A statement has spaces.")
    if column and kind != "csv":
        raise UsageError(f"{where} is no CSV file, and has no columns", where="--column", todo="Leave --column out.")
    if kind == "toml":
        return [Given(claim.text, id=claim.id, link=claim.link, claim=claim) for claim in read_claims(path)]
    try:
        text = _decode(read_file(path, MOST_BYTES), where)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=where) from error
    if kind == "csv":
        return _rows(text, where, column)
    seen = {"html": html_text, "markdown": markdown_text}.get(kind, str)(text)
    return [Given(_checked(seen, where), where=where)]


def read_said(text: str, where: str) -> str:
    """Return a date on which something was said, as it was given: a day, a month or a year, none of the future.

    Raises
    ------
    UsageError
        If it is something else.
    """
    try:
        date = parse_said(text)[0] if text == text.strip() else None
    except UsageError:
        date = None
    if date is None:
        what = f"'{text[:40]}' is not a date"
    elif date > datetime.datetime.now(tz=datetime.UTC).date():
        what = f"'{text}' is in the future"
    else:
        return text
    raise UsageError(what, where=where, todo="Write the date on which it was said as 2024-06-30, 2024-06 or 2024.")


#: As spreadsheets write days.
_BRITISH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


def _names_a_file(what: str) -> bool:
    """Whether an argument is the name of a file, there or not: by its being there, its ending, or a slash."""
    if len(what) > _LONGEST_NAME or not what.strip() or "\n" in what or "\0" in what:
        return False
    ending = PurePath(what).suffix.casefold()
    has_slash = " " not in what and bool(re.search(r"[/\\]", what)) and not re.fullmatch(r"[\d/]+", what)
    try:
        return has_slash or (bool(ending) and (ending in _KINDS or ending in _REFUSED)) or Path(what).exists()
    except (OSError, ValueError):
        return False


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("there is no standard input", where="-", todo="Give a text or a file.")
    stream = getattr(sys.stdin, "buffer", None)
    content = stream.read(MOST_BYTES + 1) if stream else sys.stdin.read(MOST_BYTES + 1).encode("utf-8", "surrogatepass")
    if len(content) > MOST_BYTES:
        raise UsageError(f"is larger than {MOST_BYTES:,} bytes", where="standard input", todo="Check it in parts.")
    return bytes(content)


def _decode(content: bytes, where: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("is not text in UTF-8", where=where, todo="Save it as UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _checked(text: str, where: str) -> str:
    if not text.strip():
        todo = "Give a statement in quotes, a file, or - for standard input."
        raise UsageError("holds no text" if where else "an empty text is no statement", where=where, todo=todo)
    if len(text) > MOST_BYTES:
        raise UsageError(f"is longer than {MOST_BYTES:,} characters", where=where, todo="Check it in parts.")
    return text


# CSV


def _rows(text: str, where: str, column: str) -> list[Given]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        heading, *rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, row))]
    except (csv.Error, ValueError) as error:
        raise UsageError(f"is no CSV with a heading: {error}", where=where, todo="Save it as CSV in UTF-8.") from error
    if len(rows) > _MOST_ROWS:
        raise UsageError(f"has more than {_MOST_ROWS:,} rows", where=where, todo="Split it.")
    names = [name.strip().casefold() for name in heading]
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise UsageError(f"two columns are called '{twice[:40]}'", where=where, todo="Rename one of them.")
    place = _statement_column(names, rows, where, column)
    others = {
        key: next((names.index(name) for name in found if name in names and names.index(name) != place), None)
        for key, found in {"who": ("who",), "said": _DATE_COLUMNS, "id": ("id",), "link": _LINK_COLUMNS}.items()
    }
    given = []
    for number, row in enumerate(rows, start=2):
        if place >= len(row) or not row[place].strip():
            continue
        found = {key: row[at].strip() if at is not None and at < len(row) else "" for key, at in others.items()}
        row_name = f"{where}, row {number}"
        said = _said_in_cell(found["said"], row_name)
        given.append(Given(row[place].strip(), found["who"], said, found["id"], found["link"], row_name))
    if not given:
        raise UsageError(
            f"has no statement in the column '{names[place]}'", where=where, todo="Name another: --column."
        )
    return given


def _said_in_cell(text: str, where: str) -> str:
    british = _BRITISH_DATE.fullmatch(text)
    text = f"{british[3]}-{british[2]:0>2}-{british[1]:0>2}" if british else text
    return read_said(text, where) if text else ""


def _statement_column(names: list[str], rows: list[list[str]], where: str, column: str) -> int:
    """Return the place of the statements: the column asked for, one of the usual name, or the only one of text."""
    listed = ", ".join(name[:40] for name in names if name)
    if column:
        if column.strip().casefold() not in names:
            todo = f"Columns are {listed}."
            raise UsageError(f"{where} has no column '{column[:40]}'", where="--column", todo=todo)
        return names.index(column.strip().casefold())
    named = next((names.index(name) for name in _TEXT_COLUMNS if name in names), None)
    if named is not None:
        return named
    worded = [at for at in range(len(names)) if any(len(row) > at and len(row[at].split()) > 2 for row in rows)]
    if len(worded) != 1:
        what = "no column of text" if not worded else "several columns of text"
        todo = f"Name the column of statements: --column NAME. Columns are {listed}."
        raise UsageError(f"has {what}", where=where, todo=todo)
    return worded[0]


# Markdown: read line by line, each mark taken off in one pass, so that no file takes longer than its length.

_FENCE = re.compile(r"\s*(```|~~~)")
_DEFINITION = re.compile(r"\s{0,3}\[[^\[\]]+\]:\s*\S+.*")
_HEADING = re.compile(r"\A\s{0,3}#{1,6}\s+")
_QUOTE = re.compile(r"\A\s{0,3}>[>\s]*")
_ITEM = re.compile(r"\A\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_EMPHASIS = re.compile(r"(?<![\w\\])(?:\*{1,3}|_{1,3}|~~|`+)(?=\S)|(?<=[^\s\\])(?:\*{1,3}|_{1,3}|~~|`+)(?!\w)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!~>|-])")


def markdown_text(text: str) -> str:
    """Return the words of a Markdown file, marks, addresses, pictures and comments left out, a block a paragraph."""
    blocks: list[list[str]] = [[]]
    lines = _without_comments(text).split("\n")
    if lines[0].strip() == "---" and "---" in lines[1:]:
        del lines[: lines.index("---", 1) + 1]
    for line in lines:
        plain = _QUOTE.sub("", line, count=1)
        starts = bool(_HEADING.match(plain) or _ITEM.match(plain)) or plain.lstrip().startswith("|")
        # What is drawn with marks alone is a line across the page, under a title, or within a table.
        parts = set(plain) <= set("-=*_|: \t") or bool(_FENCE.match(plain) or _DEFINITION.fullmatch(plain))
        if starts or parts or (blocks[-1] and _HEADING.match(blocks[-1][0])):
            blocks.append([])
        if not parts:
            blocks[-1].append(plain)
    return "\n\n".join(filter(None, (_without_marks(block) for block in blocks)))


def _without_marks(block: list[str]) -> str:
    if not block:
        return ""
    first = _ITEM.sub("", _HEADING.sub("", block[0], count=1), count=1)
    if first.lstrip().startswith("|"):
        first = ", ".join(cell.strip() for cell in first.strip().strip("|").split("|") if cell.strip())
    line = " ".join([first, *block[1:]])
    line = _LINK.sub(lambda found: "" if found[1] else found[2], line)
    line = _ESCAPED.sub(r"\1", _EMPHASIS.sub("", _TAG.sub(" ", line)))
    return " ".join(unescape(line).split())


def _without_comments(text: str) -> str:
    """Leave out what is between comment marks; one that is not closed goes to the end, as in a browser."""
    first, *others = text.split("<!--")
    return first + " ".join(other.partition("-->")[2] for other in others)


# HTML

_SKIPPED = frozenset((
    "script", "style", "template", "noscript", "svg", "math", "nav", "head", "title", "select", "option", "button",
    "iframe", "object", "canvas", "audio", "video", "textarea", "datalist",
))  # fmt: skip
_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
))  # fmt: skip
_INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "img",
))  # fmt: skip
#: Closed by the next of their kind where a page leaves their end out.
_ENDS_ITSELF = frozenset((
    "p", "li", "dt", "dd", "tr", "td", "th", "option",
))  # fmt: skip
#: A mark that no tag follows would let the parser look for its end through the whole page, each time.
_NO_TAG = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects what a reader sees of a page, with two line feeds between blocks and one at a line break."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._counts: Counter[str] = Counter()

    def _is_hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ENDS_ITSELF and self._open and self._open[-1][0] == tag:
            self._close(tag)
        self._end_block(tag)
        if tag in _VOID:
            return
        values = dict(attrs)
        hides = tag in _SKIPPED or "hidden" in values or bool(_HIDES.search(values.get("style") or ""))
        is_navigation = values.get("role") == "navigation"
        self._counts[tag] += 1
        self._open.append((tag, self._is_hidden() or hides or is_navigation))

    def handle_endtag(self, tag: str) -> None:
        if self._counts[tag]:
            self._close(tag)
        self._end_block(tag)

    def _close(self, tag: str) -> None:
        name = ""
        while name != tag:
            name = self._open.pop()[0]
            self._counts[name] -= 1

    def _end_block(self, tag: str) -> None:
        if tag not in _INLINE:
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_data(self, data: str) -> None:
        if not self._is_hidden():
            self.parts.append(" ".join(f"x{data}x".split())[1:-1])


def html_text(text: str) -> str:
    """Return what a reader sees of a page: no scripts, styles, comments and navigation; each block a paragraph."""
    page = _Page()
    page.feed(_NO_TAG.sub("&lt;", _without_comments(text)))
    page.close()
    return "\n\n".join(_paragraphs("".join(page.parts)))


def _paragraphs(text: str) -> Iterator[str]:
    for block in text.split("\n\n"):
        lines: Iterable[str] = (" ".join(line.split()) for line in block.split("\n"))
        if found := "\n".join(filter(None, lines)):
            yield found
