"""Charts as figures and as files: SVG, PNG and the `svg` element of a page, with the places of the values in it.

Text is text: it can be selected and searched, in a PDF too. A stand-alone SVG brings its letters along, a page embeds
those of `fonts.font_faces` once. What a picture says is in its `title` and `desc` (stand-alone) or in `aria-label`
(inside a page).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Literal

import typst
from matplotlib.figure import Figure

from hnf.charts.bars import draw_among, draw_breakdown, draw_rank_dots, draw_strips, draw_winners_losers
from hnf.charts.fonts import CHART_FAMILIES, REGULAR, SEMIBOLD, font_faces, fonts, legible
from hnf.charts.lines import draw_lines
from hnf.charts.page import INK_SOFT, NARROW, SLIDE, WIDE, Page, measure_width, styled
from hnf.charts.tile_map import draw_tile_map
from hnf.errors import UsageError
from hnf.files import hold_place, replace_file
from hnf.packs.content import (
    AmongAllChart,
    BreakdownChart,
    Chart,
    ColumnKind,
    LineChart,
    RankDotsChart,
    StripChart,
    TileMapChart,
    WinnersLosersChart,
    print_cell,
)
from hnf.text import shown

# Only charts that do not print every value beside its mark have marks. Positions are in points from the upper left.


@dataclass(frozen=True)
class Mark:
    """A value in a picture: its place, and its words as the table behind the chart prints them."""

    x: float
    y: float
    words: str


def find_marks(chart: Chart, figure: Figure) -> tuple[Mark, ...]:
    """Find the marks of a chart that has been drawn; none where its values are not those of its table."""
    match chart.spec:
        case LineChart(lines=lines):
            series = [[(f"{line.name}, {label}", value) for label, value in line.points] for line in lines]
        case AmongAllChart(values=values):
            series = [list(values)]
        case _:
            return ()
    (axes, *_) = figure.axes
    height = float(figure.get_figheight() * figure.dpi)
    marks = []
    for points in series:
        kind = _find_kind(chart, [value for _, value in points])
        for index, (name, value) in enumerate(points):
            if value is not None and kind is not None:
                x, y = axes.transData.transform((index, value))
                words = f"{name}: {print_cell(value, kind)}"
                marks.append(Mark(round(float(x), 1), round(height - float(y), 1), words))
    return tuple(marks)


def _find_kind(chart: Chart, values: Iterable[float | None]) -> ColumnKind | None:
    """Find how the column that holds all the values is printed."""
    wanted = {value for value in values if value is not None}
    for place, column in enumerate(chart.data.columns):
        if column.kind != "text" and wanted <= {row[place] for row in chart.data.rows}:
            return column.kind
    return None


_SIZES = {"wide": WIDE, "narrow": NARROW, "slide": SLIDE}
_PNG_DPI = 200
#: White space around a stand-alone picture, and around one inside a page (so that no stroke is cut), in points.
_MARGIN = 14
_INLINE_MARGIN = 2
#: Keys matplotlib would fill with the date and its version.
_SVG_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))

#: A page of typst that is as large as the drawing, which is handed in.
_SHEET = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""

Width = Literal["wide", "narrow", "slide"]
#: Where a picture goes by itself: a slide of 16:9, or a column of a page.
Place = Literal["slide", "column"]
_SLIDE_SHAPE = 16 / 9


def draw(chart: Chart, *, with_titles: bool = True, width: Width = "wide") -> Figure:
    """Draw a chart as a new matplotlib figure, known to no global state.

    Parameters
    ----------
    with_titles : bool
        Whether title, subtitle, notes and source are in the picture; a page that prints them as text leaves them out.
    width : str
        `wide` (720 CSS pixels) or `narrow` (340, for phones; fewer ticks, smaller margins).

    Raises
    ------
    ValueError
        If the chart cannot be drawn: no values, more than four lines, lines over different labels.
    """
    with styled():
        return _draw(chart, with_titles, width).figure


def _draw(chart: Chart, with_titles: bool, width: Width) -> Page:
    spec = legible(chart.spec)
    page = Page(_SIZES[width], _MARGIN if with_titles else _INLINE_MARGIN)
    if with_titles:
        page.add_title(legible(chart.title), page.size.title, 3, bold=True)
        page.add_title(legible(chart.subtitle), page.size.text, 10, colour=INK_SOFT)
        for number, line in enumerate(legible((*chart.notes, chart.source))):
            page.add_foot(line, 8 if number == 0 else 2)
    match spec:
        case LineChart():
            draw_lines(spec, page)
        case AmongAllChart():
            draw_among(spec, page)
        case BreakdownChart():
            draw_breakdown(spec, page)
        case RankDotsChart():
            draw_rank_dots(spec, page)
        case StripChart():
            draw_strips(spec, page)
        case WinnersLosersChart():
            draw_winners_losers(spec, page)
        case TileMapChart():
            draw_tile_map(spec, page)
    return page


def render(chart: Chart, *, with_titles: bool = True) -> dict[str, bytes]:
    """Make the stand-alone files of a chart: `svg`, and `png` 1,500 pixels wide, the same bytes for the same chart."""
    return _files(chart, _titled(chart).svg if with_titles else render_bare(chart).svg)


def _files(chart: Chart, drawn: str) -> dict[str, bytes]:
    title, desc = f"{_safe(chart.id)}-title", f"{_safe(chart.id)}-desc"
    named = f'role="img" aria-labelledby="{title} {desc}"'
    inside = f'<title id="{title}">{_xml(chart.title)}</title>\n<desc id="{desc}">{_xml(chart.alt)}</desc>'
    svg = _XML + _tidy(_hold_widths(drawn), chart.id, named, f"{inside}\n{_letters()}")
    return {"svg": svg.encode(), "png": _png(drawn)}


_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


def _letters() -> str:
    """Return the style that brings the letters along."""
    return f"<style>{font_faces()}</style>"


_SIZED_TEXT = re.compile(r'<text (x="[^"]*" y="[^"]*") font-size="([^"]*)"([^>]*)>([^<]*)</text>')


def _hold_widths(svg: str) -> str:
    """Say how wide each text is: programs that do not read the letters of a picture set it in others of that width."""

    def sized(match: re.Match[str]) -> str:
        place, size, rest, text = match.groups()
        width = measure_width(unescape(text), float(size), f'weight="{SEMIBOLD}"' in rest)
        length = f'textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
        return f'<text {place} font-size="{size}"{rest} {length}>{text}</text>'

    return _SIZED_TEXT.sub(sized, svg)


@dataclass(frozen=True)
class _Titled:
    """A chart with its titles as drawn, what is around its plot, and the places of its values."""

    svg: str
    left: float
    top: float
    width: float
    height: float
    marks: tuple[Mark, ...]


@lru_cache(maxsize=32)
def _titled(chart: Chart) -> _Titled:
    with styled():
        page = _draw(chart, True, "wide")
        aside = _MARGIN - _INLINE_MARGIN
        return _Titled(
            svg=_svg(page.figure),
            left=aside,
            top=aside + page.titles_height,
            width=page.size.width + 2 * _INLINE_MARGIN,
            height=page.drawing_height + 2 * _INLINE_MARGIN,
            marks=find_marks(chart, page.figure),
        )


@dataclass(frozen=True)
class Bare:
    """A chart without titles, notes and source, for pages that print those as text, and the places of its values."""

    svg: str
    marks: tuple[Mark, ...] = ()

    @cached_property
    def png(self) -> bytes:
        """The picture in dots, 200 an inch: made when it is first asked for."""
        return _png(self.svg)


def render_bare(chart: Chart, width: Width = "wide") -> Bare:
    """Draw a chart without titles, once for all the formats of a pack.

    `width` is `wide` (523 points: a whole sheet of A4) or `narrow` (255: half a sheet, or a phone).
    """
    return _render_bare(chart, width)


@lru_cache(maxsize=64)
def _render_bare(chart: Chart, width: Width) -> Bare:
    # Apart from `render_bare`, whose default would make the cache keep a wide picture twice.
    if width == "wide":
        titled = _titled(chart)
        svg = _cut_out(titled)
        marks = tuple(
            replace(mark, x=round(mark.x - titled.left, 1), y=round(mark.y - titled.top, 1)) for mark in titled.marks
        )
        return Bare(svg, marks)
    with styled():
        figure = _draw(chart, False, width).figure
        return Bare(_svg(figure), find_marks(chart, figure))


#: A line of text above or below the plot, as matplotlib writes it.
_ASIDE = re.compile(r'^  <g id="(?:title|foot)">\n.*?^  </g>\n', re.DOTALL | re.MULTILINE)


def _cut_out(titled: _Titled) -> str:
    """Take the plot out of a picture with titles: drawing it a second time would take longer than all the rest."""
    rest = _ASIDE.sub("", titled.svg)
    opening, drawing = rest[rest.index("<svg ") :].split(">", 1)
    size = f'width="{titled.width:g}pt" height="{titled.height:g}pt" viewBox="0 0 {titled.width:g} {titled.height:g}"'
    opening = re.sub(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', size, opening)
    moved = f'<g transform="translate({-titled.left:g} {-titled.top:g})">'
    inside, _ = drawing.rsplit("</svg>", 1)
    return f"{opening}>\n{moved}{inside}</g>\n</svg>\n"


def render_inline(chart: Chart, *, prefix: str, width: Width = "wide") -> str:
    """Make the `svg` element that a page embeds, scaled to its space; every id inside has the prefix."""
    svg = render_bare(chart, width).svg
    named = f'class="chart-{width}" role="img" aria-label="{_xml(chart.alt)}" focusable="false"'
    element = _tidy(svg, prefix, named, "")
    opening, drawing = element.split(">", 1)
    # Without a fixed width and height the picture takes the width of the column; the view box keeps its shape.
    return re.sub(r' (?:width|height)="[0-9.]+pt"', "", opening) + ">" + drawing


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_SVG_METADATA)
    face = f'font-family="{CHART_FAMILIES}" style="{_weight(REGULAR)}"'
    return _TEXT.sub(_plain_text, buffer.getvalue()).replace("<svg ", f"<svg {face} ", 1)


#: A text as matplotlib writes it, and what of its style is said for each.
_TEXT = re.compile(r'<text style="([^"]*)"([^>]*)>')
_TEXT_STYLES = ("font-size", "font-weight", "text-anchor", "fill", "opacity")
_LEVEL = re.compile(r' transform="rotate\(-?0 [^"]*\)"')


def _weight(weight: int) -> str:
    """Say a weight in the words that typst needs for a variable font; others go by `font-weight`."""
    return f"font-variation-settings:'wght' {weight}"


def _plain_text(match: re.Match[str]) -> str:
    """Write a text with its own place and size; the family is said once for the picture."""
    style = dict(part.split(": ", 1) for part in match[1].split("; ") if ": " in part)
    style["font-size"] = style["font-size"].removesuffix("px")
    said = [f'{name}="{style[name]}"' for name in _TEXT_STYLES if style.get(name, "start") != "start"]
    if "font-weight" in style:
        said.append(f'style="{_weight(int(style["font-weight"]))}"')
    return f"<text {_LEVEL.sub('', match[2]).strip()} {' '.join(said)}>"


def _png(svg: str) -> bytes:
    """Make dots of a drawing: typst takes a quarter of the time that matplotlib takes to draw it a second time."""
    compiler = typst.Compiler(_SHEET, sys_inputs={"svg": svg}, font_paths=fonts())
    return bytes(compiler.compile(format="png", ppi=_PNG_DPI))  # type: ignore[arg-type]


def _safe(name: str) -> str:
    """Make a name fit for an id: letters, digits, hyphens and underscores."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _xml(text: str) -> str:
    """Escape what is seen of a text for XML."""
    return escape(shown(text))


def _tidy(svg: str, prefix: str, attributes: str, inside: str) -> str:
    """Keep the drawing alone: no prologue, comments or metadata; only ids that are referred to, with the prefix."""
    svg = svg[svg.index("<svg ") :]
    svg = re.sub(r"<!--.*?-->\n?|\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    safe = _safe(prefix)

    def renamed(match: re.Match[str]) -> str:
        return f' id="{safe}-{match[1]}"' if match[1] in used else ""

    svg = re.sub(r' id="([^"]*)"', renamed, svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{safe}-", svg)
    svg = re.sub(r"\n *", "\n", svg)
    return svg.replace("<svg ", f"<svg {attributes} ", 1).replace(">", f">\n{inside}" if inside else ">", 1)


_FORMATS = ("svg", "png")


def write_chart(chart: Chart, path: Path, size: Place | None = None) -> None:
    """Write a chart as SVG or PNG, as the name of the file says; of a size, or as tall as what is in it.

    Raises
    ------
    UsageError
        If the name ends with neither.
    TableError
        If the file cannot be written; what was there before is still there.
    """
    kind = path.suffix.removeprefix(".").casefold()
    if kind not in _FORMATS:
        raise UsageError("a chart is written as .svg or .png", where=str(path), todo="Let the name end so.")
    content = (render(chart) if size is None else _files(chart, _sized(chart, size)))[kind]
    with hold_place(path):
        replace_file(path, content)


def _sized(chart: Chart, size: Place) -> str:
    """Draw a chart for a slide, with white space beside or below it, or for a column."""
    with styled():
        drawn = _svg(_draw(chart, True, "narrow" if size == "column" else "slide").figure)
    if size == "column":
        return drawn
    found = re.search(r'width="([0-9.]+)pt" height="([0-9.]+)pt" viewBox="[^"]*"', drawn)
    if found is None:
        return drawn
    width, height = float(found[1]), float(found[2])
    wide, tall = max(width, height * _SLIDE_SHAPE), max(height, width / _SLIDE_SHAPE)
    left = (width - wide) / 2
    shape = f'width="{wide:g}pt" height="{tall:g}pt" viewBox="{left:g} 0 {wide:g} {tall:g}"'
    sheet = f'<rect x="{left:g}" y="0" width="{wide:g}" height="{tall:g}" fill="white"/>'
    opening, inside = drawn.replace(found[0], shape, 1).split("<svg ", 1)[1].split(">", 1)
    return f"<svg {opening}>\n{sheet}{inside}"


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure of matplotlib as SVG or PNG, as the name of the file says, the same bytes for the same figure."""
    if path.suffix.removeprefix(".").casefold() == "svg":
        with styled():
            drawn = _svg(figure)
        content = re.sub(r"(<svg [^>]*>)", lambda match: f"{match[1]}\n{_letters()}", drawn, count=1).encode()
    else:
        buffer = io.BytesIO()
        with styled():
            figure.savefig(buffer, format=path.suffix.removeprefix("."), dpi=_PNG_DPI, metadata={"Software": None})
        content = buffer.getvalue()
    with hold_place(path):
        replace_file(path, content)
