"""What became what, and which years can be compared on which area."""

from collections.abc import Callable
from typing import Any

import pytest

from hnf.analysis.lineage import lineage
from hnf.tables.authorities import Authorities
from hnf.tables.store import Store

Run = Callable[..., Any]


def runs(store: Store, who: str, series: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(run.first, run.last, run.codes) for run in lineage(store, who).runs if run.series.startswith(series)]


def test_cumbria_and_its_successors(store: Store) -> None:
    for who in ("Cumberland", "943", "Cumbria"):
        (event,) = lineage(store, who).events
        assert (event.date, event.kind, event.reference[-11:]) == ("2023-04-01", "split", "SI 2022/331")
        assert [a.la_code for a in event.older] == ["909"]
        assert [a.la_code for a in event.newer] == ["942", "943"]
    assert runs(store, "Cumberland", "funding") == [("2019-20", "2022-23", ("909",)), ("2023-24", "2023-24", ("942",))]
    assert runs(store, "Cumberland", "EHC") == [("2010", "2023", ("909",)), ("2024", "2026", ("942",))]
    assert runs(store, "Cumbria", "EHC") == [("2010", "2023", ("909",)), ("2024", "2026", ("942", "943"))]


def test_a_recast_holds_only_together(store: Store) -> None:
    found = lineage(store, "BCP")
    (event,) = found.events
    assert event.kind == "recast"
    assert "only all of them together" in event.sentence
    assert "Christchurch moved" in event.note
    assert runs(store, "BCP", "EHC")[0] == ("2010", "2019", ("835", "836", "837"))


def test_an_authority_without_change_and_one_without_funding(store: Store) -> None:
    assert lineage(store, "919").events == ()
    assert runs(store, "919", "EHC") == [("2010", "2026", ("919",))]
    (none,) = [run for run in lineage(store, "City of London").runs if run.series == "funding"]
    assert (none.area, none.codes) == ("", ())
    assert "no figures of the City of London" in none.reason


def test_every_authority_has_a_lineage_with_every_date_once(store: Store) -> None:
    for code, authority in Authorities.of(store).by_code.items():
        found = lineage(store, code)
        assert bool(found.events) == bool(authority.predecessors or authority.successors)
        assert {run.series for run in found.runs} == {"funding", "EHC plans, January"}
        assert all(bool(run.area) == bool(run.codes) != bool(run.reason) for run in found.runs)
        for event in found.events:
            assert event.reference


def test_the_command(hnf: Run) -> None:
    answer = hnf("authorities", "lineage", "Northants")
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    assert "SI 2020/156" in " ".join(answer.out.split())
    found = hnf("authorities", "lineage", "gateshead", "--format", "json").json
    assert found["former_gss_codes"] == ["E08000020"]
    assert found["events"] == []
    rows = hnf("authorities", "lineage", "840", "--format", "csv").out.splitlines()
    assert len(rows) == 3


def test_the_list_of_authorities_is_as_before(hnf: Run) -> None:
    found = hnf("authorities", "--year", "2019-20", "--format", "json").json
    assert found["count"] == len(found["authorities"]) == 149
    assert "151 authorities with a high needs allocation in 2023-24" in hnf("authorities").out
    assert "hnf authorities --year 2019-20" in hnf("authorities", "--help").out
    assert "hnf authorities lineage Cumberland" in hnf("authorities", "lineage", "--help").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("lineage", "Cumberlan"), "Did you mean Cumberland"),
        (("lineage",), "WHO"),
        (("linage", "919"), "No such command 'linage'"),
        (("--year", "2020-21", "lineage", "919"), "options of lineage go after it"),
        (("--year", "2030-31"), "no allocation for 2030-31"),
    ],
)
def test_mistakes_get_one_line(hnf: Run, arguments: tuple[str, ...], expected: str) -> None:
    answer = hnf("authorities", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert len(answer.err.splitlines()) == 1
