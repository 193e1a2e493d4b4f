"""The rank card: every basis once, the same ranks as everywhere else, and how far a rank per head moves."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hnf.analysis.rank import other_population, rank
from hnf.analysis.rank_card import CardRow, card_specs, draw_bands, rank_bands, rank_card
from hnf.analysis.trace import resolve
from hnf.charts.draw import draw, render
from hnf.errors import TableError, UsageError
from hnf.measures.notes import assumption, load_assumptions
from hnf.measures.published import block_frame
from hnf.measures.rates import RateSpec, rate_table
from hnf.packs.sections.rank import card_sentence, rank_card_chart, rank_section
from hnf.paths import data_folder
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store
from hnf.years import FinancialYear

Run = Callable[..., Any]
Y2023 = FinancialYear(2023)


def test_every_basis_of_a_year_stands_once(store: Store) -> None:
    """2023-24: 4 measures × 4 denominators × adjusted or not; 2020-21 had no additional allocation."""
    assert len(card_specs(store, [Y2023])) == len(set(card_specs(store, [Y2023]))) == 32
    assert len(card_specs(store, [FinancialYear(2020)])) == 24


def test_rank_rank_card_and_pack_agree_for_every_authority(store: Store) -> None:
    rankings = {spec: {row["la_code"]: row for row in rank(store, spec).rows()} for spec in card_specs(store, [Y2023])}
    directory = Authorities.of(store)
    codes = block_frame(store, Y2023)["area"].to_list()
    assert len(codes) == 151
    for code in codes:
        card = rank_card(store, code, Y2023)
        assert [row.spec for row in card.rows] == list(rankings)
        by_id = {}
        for row in card.rows:
            own = rankings[row.spec].get(code)
            assert (row.rank is None) == (own is None) == bool(row.reason)
            if own is not None:
                assert (row.rank, row.value, list(row.tied_with)) == (own["rank"], own["value"], own["tied_with"])
                assert row.universe == len(rankings[row.spec])
                by_id[own["rank_id"]] = row.rank
        (table,) = rank_section(store, directory[code], RateSpec(Y2023)).tables
        in_pack = {
            figure_id: value
            for ids, cells in zip(table.figure_ids, table.rows, strict=True)
            for figure_id, value in zip(ids, cells, strict=True)
            if figure_id and figure_id.startswith("rank:")
        }
        assert len(in_pack) >= 12
        assert in_pack == {figure_id: by_id[figure_id] for figure_id in in_pack}


def test_hertfordshire_as_in_the_known_facts(store: Store) -> None:
    """Third lowest on the formula, 5th, 7th and 32nd on the block (published tables, 2023-24)."""
    ranks = {row.spec: (row.rank, row.universe) for row in rank_card(store, "919", Y2023).rows}
    assert ranks[RateSpec(Y2023, "nff", "pupil")] == (3, 151)
    assert ranks[RateSpec(Y2023, "block", "head")] == (5, 151)
    assert ranks[RateSpec(Y2023, "block", "pupil")] == (7, 151)
    assert ranks[RateSpec(Y2023, "block", "plan")] == (32, 149)


def test_an_adjusted_rate_worked_by_hand(store: Store) -> None:
    """Hertfordshire: £690.23 a head; basic entitlement rate 4,916.24 against the lowest, 4,660 (both published)."""
    plain, adjusted = (rate_table(store, RateSpec(Y2023, "block", "head", "ons", flag)) for flag in (False, True))
    rates = block_frame(store, Y2023).select("area", "basic_entitlement_rate").rows()
    own, lowest = dict(rates)["919"], min(rate for _, rate in rates)
    assert adjusted.values["919"] == pytest.approx(plain.values["919"] * lowest / own)
    assert min(a / p for a, p in ((plain.values[c], adjusted.values[c]) for c in plain.values)) == pytest.approx(1)
    assert "areacost:2023-24:919:adjustment" in adjusted.denominators.inputs["919"]
    assert adjusted.spec.id_part.endswith("head.ons.aca")
    assert RateSpec.from_parts(*adjusted.spec.id_part.split(":")) == adjusted.spec
    with pytest.raises(UsageError):
        RateSpec.from_parts("2023-24", "block", "none.aca")


def test_no_difference_moves_no_rank_and_larger_ones_move_it_more(store: Store) -> None:
    table = rate_table(store, RateSpec(Y2023, "block", "plan"))
    common = draw_bands(table.values, dict.fromkeys(table.values, 1.25), 90, 20, 1)
    assert common == {code: (published, published) for code, published in table.ranks.items()}
    one, two = (
        draw_bands(table.values, {c: 1 + n / 100 * (i % 3) for i, c in enumerate(table.values)}, 90, 200, 1)
        for n in (1, 2)
    )
    for code, published in table.ranks.items():
        assert one[code][0] <= published <= one[code][1]
    assert sum(high - low for low, high in one.values()) < sum(high - low for low, high in two.values())
    assert draw_bands(table.values, {"919": 1.0, "202": 1.1}, 90, 50, 1) != common
    for ratios, draws, share in (({"919": 1.0}, 10, 90), (common, 0, 90), (common, 10, 100)):
        with pytest.raises(UsageError, match="cannot draw"):
            draw_bands(table.values, ratios, share, draws, 1)  # type: ignore[arg-type]


def test_a_band_has_the_stated_draws_and_is_the_same_each_time(store: Store) -> None:
    first = rank_bands(store, RateSpec(Y2023))
    assert first is not None
    assert first == rank_bands(Store(), RateSpec(Y2023))
    names = ("rank_band_pct", "rank_draws", "rank_seed")
    assert [first.share_pct, first.draws, first.seed] == [assumption(name).value for name in names]
    assert rank_bands(store, RateSpec(Y2023, per="pupil")) is None
    assert rank_bands(store, RateSpec(Y2023, per="plan")) is None


def test_a_copy_of_the_other_series_is_no_second_count(tables: Path) -> None:
    path = tables / "population.csv"
    lines = path.read_text().splitlines()
    ons = {line.split(",")[4]: line.split(",")[6] for line in lines if line.startswith("2023,ons") and ",2-18," in line}
    for number, line in enumerate(lines):
        cells = line.split(",")
        if line.startswith("2023,dfe_projection"):
            lines[number] = ",".join((*cells[:6], ons.get(cells[4], cells[6]), *cells[7:]))
    path.write_text("\n".join(lines) + "\n")
    changed = Store(tables)
    assert rank_bands(changed, RateSpec(Y2023)) is None
    assert other_population(changed, RateSpec(Y2023), "213") is None
    reasons = {r["band"]["reason"] for r in rank_card(changed, "213", Y2023).row_dicts() if r["per"] == "head"}
    assert f"there is no second official count of {RateSpec(Y2023).denominator_words}" in reasons


def test_ranks_on_an_earlier_edition_and_an_earlier_release(tables: Path, store: Store) -> None:
    """A made-up edition of March in which Hertfordshire has ten times as much, and so is the highest of 151."""
    path = tables / "dsg_high_needs_block.csv"
    text = path.read_text()
    earlier = []
    for line in text.splitlines():
        cells = line.split(",")
        if line.startswith("2023-24,") and ",total_before_deductions," in line:
            cells[1] = "2023-03-30"
            cells[8] = str(float(cells[8]) * 10) if ",919," in line else cells[8]
            earlier.append(",".join(cells))
    header, *rest = text.splitlines()
    path.write_text("\n".join((header, *sorted((*rest, *earlier)))) + "\n")
    changed = Store(tables)
    rows = rank_card(changed, "919", Y2023).row_dicts()
    for row in rows:
        (found,) = row["earlier_editions"] if row["measure"] == "block" else [None]
        if found:
            assert (found["edition"], found["rank"]) == ("2023-03-30", row["universe"])
            assert resolve(changed, found["figure_id"]).value == found["rank"]
        assert row["measure"] == "block" or row["earlier_editions"] == []
    assert rate_table(changed, RateSpec(Y2023)).ranks["919"] == 5  # the latest edition still decides
    releases = [row["earlier_editions"] for row in rank_card(store, "919", FinancialYear(2021)).row_dicts()]
    assert {found["edition"] for row in releases for found in row} == {"2022"}


@pytest.mark.parametrize("who", ["919", "202", "942"])
def test_every_id_on_a_card_is_the_value_it_printed(store: Store, who: str) -> None:
    payload = rank_card(store, who, Y2023).to_json()
    for part in payload["summary"].values():
        assert resolve(store, part["figure_id"]).value == part["rank"]
    ranked = [row for row in payload["rows"] if row["rank"] is not None]
    assert len(ranked) == payload["bases"] == (24 if who == "942" else 32)
    for row in ranked:
        assert resolve(store, row["figure_id"]).value == row["value"]
        assert resolve(store, row["rank_id"]).value == row["rank"]
    for part in ("low", "high", "held", "compared"):
        figure = resolve(store, ranked[0]["band"][f"{part}_id"])
        assert (figure.value, figure.basis) == (ranked[0]["band"][part], "estimated")
    assert resolve(store, ranked[0]["other_population"]["rank_id"]).value == ranked[0]["other_population"]["rank"]


def test_all_years_of_a_successor_and_of_its_predecessor(store: Store) -> None:
    new, old = rank_card(store, "Cumberland"), rank_card(store, "Cumbria")
    assert {str(row.spec.year) for row in new.rows} == {"2023-24"}
    assert set(new.years_without) == {"2019-20", "2020-21", "2021-22", "2022-23"}
    assert set(old.years_without) == {"2023-24"}
    assert "ask for Cumberland and Westmorland" in old.years_without["2023-24"]
    assert {row.reason for row in new.rows if row.spec.per == "plan"} == {
        "EHC plans of January 2023 are published for its predecessor only: Cumbria (909)"
    }


def test_ties_are_shown(tables: Path) -> None:
    path = tables / "dsg_pupils.csv"
    text = path.read_text()
    block = tables / "dsg_high_needs_block.csv"
    lines = block.read_text().splitlines()
    for number, line in enumerate(lines):  # Barnet gets the block and the pupils of Camden
        if line.startswith("2023-24") and ",302,total_before_deductions," in line:
            other = next(o for o in lines if o.startswith("2023-24") and ",202,total_before_deductions," in o)
            lines[number] = line.replace(line.split(",")[8], other.split(",")[8])
    block.write_text("\n".join(lines) + "\n")
    rows = text.splitlines()
    for phase in ("primary", "secondary"):
        mine, other = (
            next(n for n, row in enumerate(rows) if row.startswith("2023-24") and f",{code},{phase}," in row)
            for code in ("302", "202")
        )
        rows[mine] = rows[mine].replace(rows[mine].split(",")[7], rows[other].split(",")[7])
    path.write_text("\n".join(rows) + "\n")
    card = rank_card(Store(tables), "Barnet", Y2023)
    row = next(row for row in card.rows if row.spec == RateSpec(Y2023, "block", "pupil"))
    assert row.tied_with == ("202",)
    assert row.rank == next(r for r in rank_card(Store(tables), "202", Y2023).rows if r.spec == row.spec).rank


def test_the_highest_of_149_is_higher_than_the_second_highest_of_151() -> None:
    last = CardRow(RateSpec(Y2023), 1.0, 149, 149, ())
    next_to_last = CardRow(RateSpec(Y2023), 1.0, 150, 151, ())
    assert next_to_last.place < last.place == 1
    assert CardRow(RateSpec(Y2023), 1.0, 1, 1, ()).place == 0


def test_the_sentence_and_the_chart(store: Store) -> None:
    card = rank_card(store, "919", Y2023)
    summary = card.summary()
    assert "between the lowest and the 47th lowest of 149 to 151 authorities" in card_sentence(card)
    assert (summary["lowest"], summary["highest"]) == (1, 47)
    chart = rank_card_chart(card)
    figure = draw(chart)
    dots = [patch for patch in figure.axes[0].patches if patch.get_gid() in ("dot", "named-dot")]
    assert len(dots) == len(chart.spec.dots) == len(chart.data.rows) == 32  # type: ignore[union-attr]
    centres = [dot.center for dot in dots]  # type: ignore[attr-defined]
    width = figure.axes[0].get_xlim()[1]
    ranks = [(rank - 1) / (universe - 1) for rank, universe in chart.spec.dots]  # type: ignore[union-attr]
    assert [x for x, _ in centres] == pytest.approx([width * share for share in ranks])
    apart = 2 * min(dot.radius for dot in dots)  # type: ignore[attr-defined]
    assert all(math.dist(a, b) > apart for n, a in enumerate(centres) for b in centres[:n])
    assert render(chart) == render(chart)
    with pytest.raises(UsageError, match="Add --year"):
        rank_card_chart(rank_card(store, "919"))


def test_the_command(hnf: Run, tmp_path: Path) -> None:
    answer = hnf("rank-card", "herts", "--year", "2023-24")
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    assert "5th of 151" in answer.out
    assert "seed 20230401" in " ".join(answer.out.split())
    found = hnf("rank-card", "herts", "--format", "json").json
    assert found["years"] == ["2019-20", "2020-21", "2021-22", "2022-23", "2023-24"]
    assert len(found["rows"]) == 144
    assert {entry["status"] for entry in found["assumptions"]} == {"assumption"}
    for kind in ("svg", "png"):
        path = tmp_path / f"card.{kind}"
        assert hnf("rank-card", "Camden", "--year", "2023-24", "--chart", path).code == 0
        assert path.stat().st_size > 1_000


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("Hertfordshir",), "Did you mean Hertfordshire"),
        (("City of London",), "the City of London had no high needs allocation in 2023-24"),
        (("Cumbria", "--year", "2023-24"), "ask for Cumberland and Westmorland and Furness"),
        (("Poole",), "Poole closed on 31 March 2019"),
        (("919", "--year", "2024-25"), "no allocation for 2024-25"),
        (("919", "--chart", "x.png"), "a chart shows the ranks of one year"),
    ],
)
def test_mistakes_get_one_line(hnf: Run, arguments: tuple[str, ...], expected: str) -> None:
    answer = hnf("rank-card", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    "figure_id",
    [
        "rankcard:2023-24:201:lowest",
        "rankcard:2023-24:919:best",
        "rankcard:2030-31:919:lowest",
        "rankspread:2023-24:block:plan:919:low",
        "rankspread:2023-24:block:pupil:919:low",
        "rankspread:2023-24:block:head.ons:919:mid",
        "rankspread:2023-24:block:head.ons:201:low",
        "rankedition:2023-24:block:head.ons:2020-01-01:919",
        "rankedition:2021-22:block:plan:2022:942",
    ],
)
def test_ids_of_nothing_are_refused(store: Store, figure_id: str) -> None:
    with pytest.raises(UsageError):
        resolve(store, figure_id)


def test_assumptions_are_complete_and_say_why(tmp_path: Path) -> None:
    found = load_assumptions(data_folder() / "assumptions.toml")
    assert len(found) >= 5
    assert all(entry.reason and entry.reference and entry.status == "assumption" for entry in found.values())
    with pytest.raises(TableError, match="no assumption 'luck'"):
        assumption("luck")
    for number, (text, expected) in enumerate(
        [("[[assumption]]\nid = 'a'\nvalue = 1\n", "lacks unit"), ("x = ", "cannot read the assumptions")]
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(text)
        with pytest.raises(TableError, match=expected):
            assumption("a", path)
