"""English words and names, and text from elsewhere made fit for where it goes."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

#: Files of these names are devices to Windows, whatever their ending.
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))))
#: Room is left for endings and folders within the 255 bytes that file systems allow.
_LONGEST_SLUG = 80


def capital(text: str) -> str:
    """Return the text with a capital first letter; nothing stays nothing."""
    return text[:1].upper() + text[1:]


def pounds(value: float, places: int = 1) -> str:
    """Return pounds as a sentence takes them: £950, £1.4 million (decimal `places`); without a sign."""
    size = abs(value)
    return f"£{size / 1e6:,.{places}f} million" if size >= 999_500 else f"£{size:,.0f}"


def possessive(name: str) -> str:
    """Return a name with its apostrophe: Kent's, Leeds'."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def print_number(value: float) -> str:
    """Return a number without rounding: whole numbers without a point, others as the shortest exact decimal."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def join_words(parts: list[str]) -> str:
    """Join as prose does: "A", "A and B", "A, B and C"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def plain_letters(text: str) -> str:
    """Return lower-case letters and digits with single spaces; "&" reads as "and", accents are dropped."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", ascii_text.casefold().replace("&", " and ")).strip()


def fold_name(text: str) -> str:
    """Return a name as names are compared: lower-case letters and digits alone."""
    return "".join(plain_letters(text).split())


def slug_of(text: str, otherwise: str) -> str:
    """Return a name for folders and files that every system takes.

    Parameters
    ----------
    text : str
        What is to be named.
    otherwise : str
        Its code, for a text without letters.

    Returns
    -------
    str
        Lower-case letters, digits and hyphens, at least one and not too many.
    """
    slug = plain_letters(text).replace(" ", "-")[:_LONGEST_SLUG].strip("-")
    code = plain_letters(otherwise).replace(" ", "-")
    return f"{slug}-{code}" if slug in _DEVICES else slug or code


# Names, titles and sentences come from tables, files and command lines that anybody may have written. What could act is
# taken from them here, in one way for each kind of output:
# - documents (HTML, SVG, ODS, XLSX): `shown` leaves out what cannot be seen or steers; each format escapes the rest;
# - CSV: `as_csv_text` puts an apostrophe before what a spreadsheet would run;
# - JSON: `as_json` writes out what would steer a terminal as ``\u001b``, which reads back as the same text.

#: A spreadsheet takes text that begins with one of these for a formula (the last four are full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Format characters: they are not seen, join or part letters, or turn the direction of reading (category Cf).
_FORMAT = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
#: Ends of lines and paragraphs of Unicode's own: they part words as a space does.
_BREAKS = re.compile("[\u2028\u2029]")
#: What is left out of documents: controls, format characters, and what XML cannot hold.
_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_FORMAT}\ud800-\udfff\ufffe\uffff]")
#: What is written out where a program or a terminal reads the text: all that steers but line feed and tab.
_STEERING = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_FORMAT}\u2028\u2029\ud800-\udfff]")
_BEFORE_A_START = re.compile(f"[\\s\x00-\x1f\x7f-\x9f{_FORMAT}]+")
#: Where a spreadsheet of other habits may begin a new cell.
_CELL_ENDS = re.compile("([\n\t;])")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet might run the text; white space and what is not seen hide no start."""
    return text.startswith(FORMULA_STARTS) or _BEFORE_A_START.sub("", text, count=1).startswith(FORMULA_STARTS)


def shown(text: str) -> str:
    """Return what a reader of a document sees of a text: no control, format or direction character, line feeds kept.

    Parameters
    ----------
    text : str
        Any text. White space that breaks lines in other ways becomes a space or a line feed.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", _BREAKS.sub(" ", lines))


def as_shown(value: Any) -> Any:
    """Return what a template prints of a value: what is seen of a text, and markup and all else as it is."""
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def as_csv_text(text: str) -> str:
    r"""Return a cell of CSV that no spreadsheet runs.

    An apostrophe goes before what would start a formula: at the beginning, and after a line feed, tab or semicolon,
    where a spreadsheet that is set up otherwise begins a cell. A number stays as it is. What steers a terminal is
    written out, as in ``\x1b``.
    """
    if text.isalnum() or _NUMBER.match(text):
        return text
    # The csv module leaves a lone carriage return unquoted.
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    blank = _BEFORE_A_START.match(lines)
    first, *others = _CELL_ENDS.split(lines[blank.end() if blank else 0 :])
    cells = "".join(f"'{cell}" if starts_formula(cell) and not _is_plain(cell) else cell for cell in others)
    mark = "'" if starts_formula(lines) else ""
    return _STEERING.sub(_written_out, f"{mark}{blank[0] if blank else ''}{first}{cells}")


def as_json(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that can be shown on a terminal: it reads back as the same, and nothing in it steers.

    Raises
    ------
    ValueError
        If it holds a number that JSON has no form for.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _STEERING.sub(_as_json_escape, text)


def _is_plain(cell: str) -> bool:
    """Whether it is what ends a cell, or a number."""
    return bool(_CELL_ENDS.fullmatch(cell) or _NUMBER.match(cell))


def _as_json_escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else json.dumps(found[0])[1:-1]


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")


_WEB_ADDRESS = re.compile(r"https?://[!-~]+")


def web_address(text: str) -> str:
    """Return the text where it is a web address of printable ASCII, else nothing: never a script or a file."""
    return text if _WEB_ADDRESS.fullmatch(text) else ""
