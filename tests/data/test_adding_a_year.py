"""docs/adding-a-year.md is followed to the letter: its commands, its headings file, and made-up files of its names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures import made_up
from fixtures.made_up import write_xlsx
from fixtures.next_release import requests, write
from fixtures.next_year import NextYear, column_a_by_the_rules
from fixtures.other_releases import caseload, deflators, population, register

from hnf.analysis.reconcile import REPRODUCED, reconcile
from hnf.ingest.recognise import Given, recognise
from hnf.packs.build import build_pack
from hnf.sources.catalogue import load_catalogue
from hnf.sources.dsg import heading_rules
from hnf.sources.places import load_constituencies
from hnf.sources.population import load_projection
from hnf.tables.store import Store

Run = Callable[..., Any]
ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "adding-a-year.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if line]
TEN = ("202", "306", "330", "371", "801", "839", "919", "921", "940", "942")


def files(store: Store) -> dict[str, bytes]:
    """The files that the page names."""
    year = NextYear(column_a=column_a_by_the_rules(store))
    november = replace(year, edition="Thursday, 20 Nov, 2025", changes=dict.fromkeys(TEN, 3_000.0))
    by_the_rules = column_a_by_the_rules(store, 2025, before=year.column_a)
    following = replace(year, start=2025, edition="Friday, 17 Jul, 2026", column_a=by_the_rules)
    return {
        "dsg-2024-to-2025.xlsx": write_xlsx(year.sheets(store)),
        "dsg-2024-to-2025-november.xlsx": write_xlsx(november.sheets(store)),
        "dsg-2025-to-2026.xlsx": write_xlsx(
            following.with_heading("import_export", "Cross-border movement (£s)").sheets(store)
        ),
        "ehc-plans-2027.zip": caseload(store, january=2027, more={"data/requests.csv": write(requests(store))}),
        "requests.csv": write([*requests(store)[:1], *reversed(requests(store)[1:])]),
        "population-mid-2025.csv": population(store),
        "gdp-deflators.xlsx": write_xlsx(deflators()),
        **register(store),
    }


@pytest.fixture
def folder(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody who follows the page works, with the files; the tables go into `own`."""
    for name, content in files(store).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "headings.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HNF_DATA", str(tmp_path / "own"))
    return tmp_path


def follow(hnf: Run, wanted: Callable[[list[str]], bool]) -> dict[str, str]:
    """Run the commands of the page in order, those that are wanted; what each prints."""
    said: dict[str, str] = {}
    for line in COMMANDS:
        program, *words = shlex.split(line)
        assert program == "hnf"
        if wanted(words):
            answer = hnf(*words)
            assert answer.code == 0, f"{line}: {answer.err}"
            said[line] = " ".join(answer.out.split())
    return said


def test_the_page_has_commands_for_every_file_it_names(store: Store) -> None:
    assert len(COMMANDS) > 20
    named = {word for line in COMMANDS for word in shlex.split(line) if re.search(r"\.(xlsx|zip|csv)$", word)}
    assert named == set(files(store))


@pytest.mark.usefixtures("folder")
@pytest.mark.slow
def test_the_page_is_followed(hnf: Run) -> None:
    said = follow(hnf, lambda words: words[0] != "brief")
    assert "Recomputed: 2024-25, edition of 2025-07-18: reproduced, 151 of 151" in said[COMMANDS[0]]
    inside = "151 of 151 authorities inside their band, 31 of them on the floor and 30 on the limit, none outside."
    test = "Test of floor and limit, column A of"
    assert f"{test} 2024-25 per head (3% to 5% on 2023-24): {inside}" in said[COMMANDS[0]]
    assert f"{test} 2025-26 per head (7% to 10% on 2024-25): {inside}" in next(
        text for line, text in said.items() if line.startswith("hnf ingest dsg-2025")
    )
    assert "Test of floor and limit" not in said["hnf ingest dsg-2024-to-2025-november.xlsx"]
    diff = next(text for line, text in said.items() if line.startswith("hnf diff"))
    assert "10 authorities changed" in diff
    assert all(f"({code})" in diff.rsplit("Changed:", 1)[1] for code in TEN)
    store = Store(Path("own"))
    found = {str(one.year): one.status for one in reconcile(store)}
    assert (found["2024-25"], found["2025-26"]) == (REPRODUCED, REPRODUCED)
    release = said["hnf ingest ehc-plans-2027.zip --published 2027-06-24 --dry-run"]
    assert "Requests: 2026 is new: 162,702 in England." in release
    assert "Requests, compared with release 2026, 2025: No number changed." in release
    assert "Requests 2025: 2026 to 2027, 0 authorities changed" in said["hnf diff 2026 2027 --table requests"]
    assert "Not in it: Plans by setting, New plans," in release
    assert "152 authorities, lowest first" in said["hnf rank --measure refused_pct"]
    assert "2027" in said["hnf growth Hertfordshire --from 2015"]
    assert "HMT June 2026 QNA" in said['hnf wedge Hertfordshire --vintage "HMT June 2026 QNA"']
    assert "HMT September 2026" in said["hnf wedge Hertfordshire --base-year 2023-24"]
    assert "with 9 ingested files" in hnf("--version").out


@pytest.mark.usefixtures("folder")
def test_a_pack_is_about_the_new_year(hnf: Run) -> None:
    follow(hnf, lambda words: words[:2] == ["ingest", "dsg-2024-to-2025.xlsx"])
    pack = build_pack(Store(Path("own")), "Hertfordshire")
    assert pack.headline.text.startswith("In 2024-25 Hertfordshire received ")
    assert "Funding to 2024-25: DfE has published later allocations" in pack.as_at.text
    since = next(section for section in pack.sections if section.id == "since")
    assert since.title == "Since 2024-25"
    said = " ".join(sentence.text for sentence in since.sentences())
    assert "in 2025-26 (" in said
    assert "in 2024-25 (" not in said
    assert all("2023-24" not in number.label for number in pack.numbers)
    assert "ingested" in pack.data_edition


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_the_packs_of_the_page_are_written(hnf: Run) -> None:
    follow(hnf, lambda words: words[:2] == ["ingest", "dsg-2024-to-2025.xlsx"] or words[0] == "brief")
    assert Path("packs/hertfordshire/manifest.json").is_file()


def test_parameters_of_the_users_own_stand_before_the_shipped_ones(hnf: Run, folder: Path) -> None:
    follow(hnf, lambda words: words[:2] == ["ingest", "dsg-2024-to-2025.xlsx"])
    assert "a floor of 3% and a gains limit of 5%" in hnf("protection", "--year", "2024-25").out
    text = (ROOT / "data" / "parameters" / "2024-25.toml").read_text(encoding="utf-8")
    own = folder / "own" / "parameters"
    own.mkdir()
    (own / "2024-25.toml").write_text(text.replace("value = 3.0", "value = 4.0"), encoding="utf-8")
    assert "a floor of 4% and a gains limit of 5%" in hnf("protection", "--year", "2024-25").out


def test_a_january_a_mid_year_and_a_model_are_data_alone(hnf: Run, store: Store, tmp_path: Path) -> None:
    """Made-up files of January 2027, mid-2025 and a model of 2027: every question takes them up."""
    ten = ("202", "203", "204", "205", "206", "207", "208", "209", "210", "211")
    model = "LA num,LA Name," + ",".join(f"SN{n},SNP" for n in range(1, 11)) + "\n"
    model += "919,Hertfordshire," + ",".join(f"{code},Close" for code in ten) + "\n"
    written = {"plans.zip": caseload(store, january=2027), "people.csv": population(store), "sn.csv": model.encode()}
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
    own = ("--data", str(tmp_path / "own"))
    for words in (
        ("plans.zip", "--published", "2027-06-24"),
        ("people.csv", "--year", "2025-26", "--published", "2026-07-30"),
        ("sn.csv", "--published", "2027-01-31", "--accept-worse", "one authority alone"),
    ):
        answer = hnf("ingest", str(tmp_path / words[0]), *words[1:], *own)
        assert answer.code == 0, answer.err

    need = hnf("growth", "Hertfordshire", *own, "--format", "json").json
    assert need["authority"]["from"]["date"] == 2015
    assert (need["authority"]["to"]["date"], need["authority"]["to"]["count"]) == (2027, 15_894)  # 15,137 and 5%
    rates = {
        row["la_code"]: row["value"]
        for row in hnf("rank", "--year", "2023-24", "--per", "head", *own, "--format", "json").json["rows"]
    }
    mean = sum(rates[code] for code in ten) / len(ten)
    ask = ("Hertfordshire", "--year", "2023-24", "--per", "head", *own, "--format", "json")
    latest, named = hnf("compare", *ask).json, hnf("compare", *ask, "--with", "neighbours-2027").json
    assert latest["set"] == named["set"] == "neighbours-2027"
    assert latest["mean_gbp"] == pytest.approx(mean)
    assert set(latest["neighbour_models"]) >= {"model_2025", "model_2027"}
    assert "model_2021" not in latest["neighbour_models"]
    older = hnf("compare", *ask, "--with", "neighbours-2021").json
    assert older["mean_gbp"] != pytest.approx(mean)
    gap = hnf("gap", *ask, "--to", "neighbours").json
    assert gap == hnf("gap", *ask, "--to", "neighbours", "--neighbours", "2027").json
    assert "2021, 2025, 2027" in hnf("gap", *ask, "--to", "neighbours", "--neighbours", "2022").err
    assert "Mean 2025" in (flips := hnf("compare", "--flips", "--year", "2023-24", *own).out)
    assert "Mean 2027" in flips
    wedge = hnf("wedge", "Hertfordshire", *own).out
    assert "2027 model" in " ".join(wedge.split())


def test_columns_of_a_new_mid_year_or_boundary_are_read(store: Store) -> None:
    known = made_up.register(store)
    projected = b"la_code,mid_2025,mid_2026,mid_2027\n919,1,2,3\n"
    rows = load_projection(made_up.source("p", "dfe_projection", "p", projected), projected, known)
    assert [(row["mid_year"], row["people"]) for row in rows] == [(2025, 1), (2026, 2), (2027, 3)]
    lookup = (
        b"pcon_name,pcon_code,display_as,party_text,old_la_codes_2029,country_name\n"
        b"Two Places,E14000001,A Member,A Party,919 / 921,England\n"
    )
    given = Given(published="2029-06-01")
    assert recognise("lookup.csv", lookup, heading_rules(), given).layout == "mp_lookup"
    found = load_constituencies(made_up.source("c", "mp_lookup", "c", lookup, as_at="2029-06"), lookup, known)
    assert [row["la_code"] for row in found] == ["919", "921"]


@pytest.mark.raw
def test_published_files_are_recognised_by_what_is_in_them(raw: Path) -> None:
    seen = 0
    for source in load_catalogue():
        if source.layout in (
            "dsg_workbook",
            "sen2_statements_and_plans",
            "sen2_caseload",
            "sen2_extract",
            "ons_workbook",
        ) and source.feeds not in (("requests",), ("timeliness",)):  # one data set without plans is not recognised
            found = recognise("a file", source.read(raw), heading_rules(), Given())
            assert found.layout == source.layout
            # How a file is fetched, hashes of members and reasons that were given are no part of what is in it.
            apart = ("fetch", "member_sha256", "members_sha256", "accept_worse")
            told = {key: value for key, value in source.detail.items() if key not in apart}
            assert {key: found.detail[key] for key in told} == told
            seen += 1
    assert seen == 11
