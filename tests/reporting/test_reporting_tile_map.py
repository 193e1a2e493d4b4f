"""The tile map: what its squares show, how it is drawn, and that its words are true."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import Literal

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from hnf.analysis.growth import growth
from hnf.analysis.rank import class_of, fifths
from hnf.analysis.trace import resolve
from hnf.charts.draw import draw, render, render_inline
from hnf.charts.page import SEQUENCE, styled
from hnf.charts.tile_map import LETTERS, short_labels
from hnf.errors import UsageError
from hnf.measures.rates import RateSpec, rate_table
from hnf.packs.content import Chart, Tile, TileMapChart
from hnf.packs.sections.tile_map import FIFTHS, growth_values, need_map_chart, rate_values, tile_layout, tile_map_chart
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear, January

HEAD = RateSpec(FinancialYear(2023))
WIDTHS: tuple[Literal["wide", "narrow"], ...] = ("wide", "narrow")


@pytest.fixture(scope="module")
def chart(store: Store) -> Chart:
    return tile_map_chart(store, HEAD, ("919", "201"))


def spec_of(chart: Chart) -> TileMapChart:
    assert isinstance(chart.spec, TileMapChart)
    return chart.spec


def squares(figure: Figure) -> list[Rectangle]:
    return [
        patch
        for patch in figure.findobj(Rectangle)
        if (patch.get_gid() or "").startswith("class-") or patch.get_gid() == "missing"
    ]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    lights = []
    for colour in (one, other):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
        lights.append(sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


class TestFifths:
    """Classes by rank."""

    def test_151_authorities_have_classes_of_thirty(self) -> None:
        values = [number * 1.5 for number in range(151)]
        classes = fifths(values)
        sizes = [sum(class_of(value, classes) == number for value in values) for number in range(5)]
        assert sizes == [31, 30, 30, 30, 30]

    @given(st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=60))
    def test_equal_values_share_a_class_and_classes_never_overlap(self, values: list[float]) -> None:
        classes = fifths(values)
        assert 1 <= len(classes) <= 5
        assert all(below[1] < above[0] for below, above in pairwise(classes))
        for value in values:
            low, high = classes[class_of(value, classes)]
            assert low <= value <= high


class TestLabels:
    """Short labels."""

    def test_authorities_have_short_labels_of_their_own(self, store: Store) -> None:
        names = [a.name for a in Authorities.of(store).by_code.values() if not a.closed]
        labels = short_labels(names)
        assert len(set(labels.values())) == len(names) == 153
        assert all(2 <= len(label) <= LETTERS and label.isalpha() for label in labels.values())
        assert short_labels(reversed(names)) == labels
        assert labels["Hertfordshire"] == "Hert"
        assert labels["Herefordshire, County of"] == "Here"
        assert labels["Bournemouth, Christchurch and Poole"] == "BCP"
        assert (labels["Derby"], labels["Derbyshire"]) == ("Derb", "DerS")

    def test_names_that_begin_alike_end_apart(self) -> None:
        labels = short_labels([f"Same name {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["", "1"])
        assert len(set(labels.values())) == 28


class TestDrawing:
    """The picture."""

    def test_colours_are_told_apart_in_grey(self) -> None:
        greys = [mpl.colors.to_rgb(colour) for colour in SEQUENCE]
        lights = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in greys]
        assert all(below - above > 0.08 for below, above in pairwise(lights))  # the lightest first
        assert contrast(SEQUENCE[0], SEQUENCE[-1]) >= 3

    @pytest.mark.parametrize("width", WIDTHS)
    def test_every_authority_has_a_square_of_one_size_in_the_colour_of_its_class(
        self, store: Store, chart: Chart, width: Literal["wide", "narrow"]
    ) -> None:
        drawn = squares(draw(chart, width=width))
        tiles = spec_of(chart).tiles
        assert len(drawn) == len(tiles) == 153
        assert len({(round(s.get_width(), 6), round(s.get_height(), 6)) for s in drawn}) == 1
        values = rate_values(store, HEAD)
        for square, tile, shown in zip(drawn, tiles, values.tiles, strict=True):
            number = values.class_number(shown)
            colour = mpl.colors.to_hex(square.get_facecolor()).upper()
            assert colour == ("#FFFFFF" if number is None else SEQUENCE[number].upper()), tile.name
            assert bool(square.get_hatch()) == (tile.value is None)

    def test_no_figure_never_has_the_colour_of_a_value(self, chart: Chart) -> None:
        hatched = [square for square in squares(draw(chart)) if square.get_gid() == "missing"]
        assert len(hatched) == 2  # City of London and Isles of Scilly have no allocation
        assert not {mpl.colors.to_hex(square.get_facecolor()).upper() for square in hatched} & set(SEQUENCE)

    def test_outlines_stand_around_the_squares_picked_out(self, chart: Chart) -> None:
        figure = draw(chart)
        frames = [patch for patch in figure.findobj(Rectangle) if patch.get_gid() == "outline"]
        assert len(frames) == 2 * 3  # two authorities and the legend, a dark and a white frame each
        boxes = {(round(s.get_x() - 0.7), round(s.get_y() - 0.7)): s for s in squares(figure)}
        dark = [(round(frame.get_x()), round(frame.get_y())) for frame in frames[::2]][:2]
        assert all(place in boxes for place in dark)
        bare = draw(replace(chart, spec=replace(spec_of(chart), highlight=())))
        assert not [patch for patch in bare.findobj(Rectangle) if patch.get_gid() == "outline"]

    @pytest.mark.parametrize("width", WIDTHS)
    def test_no_text_touches_another_or_leaves_the_picture(
        self, store: Store, chart: Chart, width: Literal["wide", "narrow"]
    ) -> None:
        for picture in (chart, need_map_chart(store, January(2015), January(2026), ("921", "942", "839", "303"))):
            figure = draw(picture, width=width)
            with styled():
                figure.draw_without_rendering()
                renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
                texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
                boxes = [(text, text.get_window_extent(renderer)) for text in texts]
                places = [square.get_window_extent(renderer) for square in squares(figure)]
            for (one, a), (two, b) in combinations(boxes, 2):
                across = min(a.x1, b.x1) - max(a.x0, b.x0)
                down = min(a.y1, b.y1) - max(a.y0, b.y0)
                assert across < 0.5 or down < 0.5, f"{one.get_text()!r} and {two.get_text()!r}"
            for text, box in boxes:
                assert min(box.x0, box.y0) >= -0.5, text
                assert box.x1 <= figure.bbox.x1 + 0.5, text
                if text.get_gid() == "tile-label":
                    assert any(p.x0 <= box.x0 and box.x1 <= p.x1 and p.y0 <= box.y0 for p in places), text.get_text()
                elif text.get_gid() == "legend":
                    assert not any(p.overlaps(box) for p in places), text.get_text()
            labels = [text for text in texts if text.get_gid() == "tile-label"]
            assert len(labels) == (153 if width == "wide" else 0)

    def test_labels_can_be_read_on_their_squares(self, chart: Chart) -> None:
        figure = draw(chart)
        labels = [text for text in figure.findobj(Text) if text.get_gid() == "tile-label"]
        for label, square in zip(labels, squares(figure), strict=True):
            ground = mpl.colors.to_hex(square.get_facecolor())
            assert contrast(mpl.colors.to_hex(label.get_color()), ground) >= 4.5, label.get_text()

    def test_files_are_the_same_bytes_each_time_and_name_themselves(self, chart: Chart) -> None:
        first, second = render(chart), render(chart)
        assert first == second
        assert chart.alt.encode() in first["svg"]
        inline = render_inline(chart, prefix="map")
        assert f'aria-label="{chart.alt}"' in inline
        assert "url(#map-" in inline

    @pytest.mark.parametrize(
        "spec",
        [
            TileMapChart((), (), ("all",)),
            TileMapChart((Tile("1", "A", 1, 1, 1.0), Tile("2", "B", 1, 1, 1.0)), (), ("all",)),
            TileMapChart((Tile("1", "A", 1, 1, 1.0),), (1.0,), ("all",)),
            TileMapChart((Tile("1", "A", 1, 1, 1.0),), (2.0, 1.0), ("a", "b", "c")),
            TileMapChart((Tile("1", "A", 1, 1, 1.0),), tuple(range(5)), tuple("abcdef")),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, chart: Chart, spec: TileMapChart) -> None:
        with pytest.raises(ValueError, match="tile map chart"):
            draw(replace(chart, spec=spec))

    def test_one_square_and_fewer_classes_are_drawn(self, chart: Chart) -> None:
        tiles = (Tile("1", "A", 1, 1, 1.0), Tile("2", "<B>", 3, 2, None))
        figure = draw(replace(chart, spec=TileMapChart(tiles, (), ("£1",), "Nothing", ("2",))))
        assert [square.get_gid() for square in squares(figure)] == ["class-2", "missing"]


class TestRates:
    """The map of a rate."""

    @pytest.mark.parametrize("year", [2019, 2021, 2022, 2023])
    @pytest.mark.parametrize("per", ["head", "pupil", "plan", "none"])
    def test_a_square_shows_its_authority_or_says_why_not(self, store: Store, year: int, per: str) -> None:
        spec = RateSpec(FinancialYear(year), "block", per)  # type: ignore[arg-type]
        table = rate_table(store, spec)
        values = rate_values(store, spec)
        assert {t.authority.la_code: (t.column, t.row) for t in values.tiles} == tile_layout(store)
        for tile in values.tiles:
            own = table.values.get(tile.authority.la_code)
            if own is not None:
                assert (tile.value, tile.area, tile.reason) == (own, tile.authority.prose, "")
            elif tile.value is None:
                assert tile.reason
                assert not tile.figure_id
                assert any(tile.authority.prose in note and tile.reason in note for note in values.notes)
            else:
                (older,) = tile.authority.predecessors
                assert tile.value == table.values[older]
                assert tile.area == Authorities.of(store)[older].prose
                assert any(tile.authority.prose in note and tile.area in note for note in values.notes)
        assert [value for _, value in values.ranked] == list(table.values.values())

    def test_squares_of_a_divided_authority_show_its_rate_but_not_its_whole_amount_twice(self, store: Store) -> None:
        """Cumbria was 909 until April 2023."""
        found = {t.authority.la_code: t for t in rate_values(store, RateSpec(FinancialYear(2022))).tiles}
        assert found["942"].area == found["943"].area == "Cumbria"
        assert (
            found["942"].value == found["943"].value == rate_table(store, RateSpec(FinancialYear(2022))).values["909"]
        )
        whole = {t.authority.la_code: t for t in rate_values(store, RateSpec(FinancialYear(2022), per="none")).tiles}
        assert whole["942"].value is None
        assert "cannot be divided" in whole["942"].reason

    def test_every_value_traces_to_its_figure(self, store: Store, chart: Chart) -> None:
        assert len(chart.data.rows) == 153
        for row, ids in zip(chart.data.rows[::15], chart.data.figure_ids[::15], strict=True):
            assert ids[2] is not None
            assert resolve(store, ids[2]).value == row[2]

    @pytest.mark.parametrize("year", [2019, 2020, 2021, 2022, 2023])
    @pytest.mark.parametrize("per", ["head", "pupil", "none"])
    def test_titles_are_true(self, store: Store, year: int, per: str) -> None:
        spec = RateSpec(FinancialYear(year), "block", per)  # type: ignore[arg-type]
        rates = rate_table(store, spec).values
        authorities = Authorities.of(store)
        lowest, highest = (
            authorities[code].prose for code in (min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__))
        )
        title = tile_map_chart(store, spec).title
        assert title.index(f"lowest in {lowest}") < title.index(f"highest in {highest}")
        for code in ("919", "942" if "942" in rates else "810", "921"):
            rank = sorted(rates.values()).index(rates[code])
            picked = tile_map_chart(store, spec, (code,)).title
            assert f"in the {FIFTHS[rank * 5 // len(rates)]} of authorities" in picked

    def test_the_legend_has_the_ends_of_the_classes(self, store: Store, chart: Chart) -> None:
        spec = spec_of(chart)
        values = rate_values(store, HEAD)
        assert spec.bounds == tuple(low for low, _ in values.classes[1:])
        # The East Riding of Yorkshire, £631.70, to Camden, £1,565.40 (hnf rank): whole pounds, as rates are printed.
        assert spec.legend[0].startswith("£632 to ")
        assert spec.legend[-1].endswith(" to £1,565")
        assert not any("." in words for words in spec.legend)

    def test_alt_and_table_say_what_the_picture_shows(self, chart: Chart) -> None:
        assert "153 authorities" in chart.alt
        assert "Lowest: the East Riding of Yorkshire, £632. Highest: Camden, £1,565." in chart.alt
        assert "Hertfordshire, outlined: £690" in chart.alt
        assert "The City of London, outlined: no figure." in chart.alt
        values = [row[2] for row in chart.data.rows if row[2] is not None]
        assert values == sorted(values)  # type: ignore[type-var]
        assert [row[3] for row in chart.data.rows if row[2] is None] == [
            "No figure: not in DfE's tables of 2023-24"
        ] * 2

    def test_a_closed_authority_has_no_square(self, store: Store) -> None:
        with pytest.raises(UsageError, match="Cumbria has no square"):
            tile_map_chart(store, HEAD, ("909",))


class TestGrowth:
    """The map of growth in plans."""

    def test_values_are_those_of_growth(self, store: Store) -> None:
        found = {t.authority.la_code: t for t in growth_values(store, January(2015), January(2024)).tiles}
        assert len(found) == 153
        for code in ("919", "942", "943", "839", "838", "940", "810", "201"):
            one = growth(store, code, January(2015), January(2024))
            assert found[code].value == one.area.change_pct
            assert found[code].figure_id == one.area.id
            assert found[code].area == one.comparable_area.name
            assert resolve(store, one.area.id).value == found[code].value
        assert found["919"].value == pytest.approx(223.1, abs=0.05)  # FIELD: 3,682 to 11,897

    def test_a_suppressed_count_is_hatched_with_its_reason(self, store: Store) -> None:
        """The Isle of Wight is suppressed in the 2026 release."""
        values = growth_values(store, January(2015), January(2026))
        assert [(t.authority.la_code, t.value) for t in values.missing] == [("921", None)]
        chart = need_map_chart(store, January(2015), January(2026))
        assert any("the Isle of Wight" in note and "suppressed" in note for note in chart.notes)
        assert "Hatched, as they have no figure: the Isle of Wight." in chart.alt

    def test_combined_areas_are_said_and_ranked_once(self, store: Store) -> None:
        values = growth_values(store, January(2015), January(2026))
        shared = {t.area for t in values.tiles if t.area != t.authority.prose}
        assert (
            shared
            == {
                "the former Cumbria area",
                "the former Northamptonshire area",
                "Dorset and Bournemouth, Christchurch and Poole together",
            }
            or len(shared) == 3
        )
        assert sum("whole area" in note for note in values.notes) == 3

    def test_the_title_counts_who_more_than_doubled(self, store: Store) -> None:
        values = [t.value for t in growth_values(store, January(2015), January(2026)).shown]
        doubled = sum(value > 100 for value in values if value is not None)
        assert len(values) / 2 < doubled < len(values)
        assert need_map_chart(store, January(2015), January(2026)).title == (
            "The number of EHC plans more than doubled in most authorities between January 2015 and January 2026"
        )
        short = need_map_chart(store, January(2024), January(2025))
        extreme = growth_values(store, January(2024), January(2025)).shown
        assert extreme[0].area in short.title
        assert extreme[-1].area in short.title

    def test_years_that_cannot_be_compared_are_refused(self, store: Store) -> None:
        with pytest.raises(UsageError, match="not after"):
            need_map_chart(store, January(2024), January(2024))
        with pytest.raises(UsageError, match="no count for January 1999"):
            need_map_chart(store, January(1999), January(2024))
