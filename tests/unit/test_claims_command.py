"""`hnf claims`: one JSON object, exit codes, answers that fit 80 columns, and one line for every bad input."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.checked_claims import CLAIMS, TEXT

from hnf.claims.reading import CODES, CheckedClaim

Run = Callable[..., Any]
GOOD = '[[claim]]\nid = "a"\ntext = "Made up"\nkind = 2\nauthority = "919"\nvalue = 3\nunit = "rank"\n'


class Checker:
    """Stands in for the checker: every text has the claims it is told, and it keeps what it was asked."""

    def __init__(self) -> None:
        self.claims: tuple[CheckedClaim, ...] = CLAIMS
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, _: object, text: str, who: str = "", said: str = "") -> list[CheckedClaim]:
        self.asked.append((text, who, said))
        return list(self.claims)


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> Checker:
    found = Checker()
    monkeypatch.setattr("hnf.claims.check.check_text", found)
    return found


def lines_of(text: str) -> list[str]:
    """An answer without its line breaks: a paragraph a line."""
    return [" ".join(part.split()) for part in text.split("\n\n")]


@pytest.mark.usefixtures("checker")
def test_the_keys_of_an_answer(hnf: Run) -> None:
    answer = hnf("claims", "check", TEXT, "--format", "json")
    assert answer.code == 1
    found = answer.json
    assert (found["count"], list(found["verdicts"]), set(found["verdicts"].values())) == (7, list(CODES), {1})
    first = found["claims"][0]
    assert {
        *("id", "text", "reading", "unread", "verdict_code", "verdict", "sentence", "say_instead", "say_instead_id"),
        *("supporting", "contradicting", "matches_if", "bounds", "reported", "today", "needs", "remarks"),
        *("who", "where", "when", "link", "about", "reason", "notes", "mislabelled"),
    } == set(first)
    assert first["verdict_code"] == "was_true"
    assert {"year", "measure", "per", "population", "value", "unit", "figure_id"} <= set(first["supporting"][0])
    assert first["reading"]["in_words"] == "change, EHC plans, Hertfordshire, up by 223%, from January 2015"


def test_one_claim_is_a_sentence_then_what_to_say_then_bases_then_the_reading(hnf: Run, checker: Checker) -> None:
    checker.claims = CLAIMS[:1]
    answer = hnf("claims", "check", "plans rose", "--said", "2025")
    assert answer.code == 0
    lines = lines_of(answer.out)
    assert lines[0] == "It was true when it was said."
    assert lines[1].startswith(
        "Say instead: EHC plans in Hertfordshire have risen by 311% since January 2015. (hnf trace"
    )
    assert lines[2].startswith("Fits Period")
    assert "yes January 2015 to January 2024 EHC plans and statements of SEN +223.1%" in lines[2]
    assert lines[3:] == [
        "Read as: change, EHC plans, Hertfordshire, up by 223%, from January 2015",
        "Statements of SEN are counted in 2015.",
    ]
    assert checker.asked == [("plans rose", "", "2025")]


def test_five_bases_are_shown_and_the_others_on_request(hnf: Run, checker: Checker) -> None:
    checker.claims = CLAIMS[2:3]
    few, every = (hnf("claims", "check", "third lowest", *more).out for more in ((), ("--all-bases",)))
    assert [line.split()[0] for line in few.splitlines() if "7th lowest of 151" in line] == [*["yes"] * 3, *["no"] * 2]
    assert "3 more bases: --all-bases." in few
    assert sum("7th lowest of 151" in line for line in every.splitlines()) == 8
    assert "if: it matches where this is meant, which its words do not say." in every
    assert "--all-bases" not in every


@pytest.mark.usefixtures("checker")
def test_several_claims_are_numbered_under_their_counts(hnf: Run) -> None:
    answer = hnf("claims", "check", TEXT)
    lines = lines_of(answer.out)
    assert lines[0].startswith(
        "7 claims: 1 true; 1 true on some bases; 1 was true; 1 not true; 1 cannot be told: needs"
    )
    assert [line[:2] for line in lines if line[:2] in [f"{n}." for n in range(1, 9)]] == [f"{n}." for n in range(1, 8)]
    assert '"Funding in Kent was cut by 13% in 2022-23."' in lines
    assert "Missing: DSG: 2026 to 2027 (https://x.test/dsg)" in lines
    assert "Reported: £1,115 per pupil (a debate, https://x.test/debate)" in lines
    assert "Not read: 'thrice' and 'it'" in lines
    assert answer.err == "hnf: 1 of 7 claims is not true: 4\n"
    assert max(len(line) for line in answer.out.splitlines()) <= 80


@pytest.mark.usefixtures("checker")
def test_csv_has_a_row_a_claim_and_no_json(hnf: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(hnf("claims", "check", TEXT, "--format", "csv").out)))
    assert [row["verdict_code"] for row in rows] == [claim.code for claim in CLAIMS]
    assert not any("{" in cell or "[" in cell for row in rows for cell in row.values())
    assert rows[0]["read_as"] == "change, EHC plans, Hertfordshire, up by 223%, from January 2015"
    assert rows[6]["unread"] == "thrice; it"
    third = rows[2]
    assert [third[key] for key in ("supporting", "contradicting", "matches_if")] == ["4", "3", "1"]
    best = {key: third[f"best_{key}"] for key in ("year", "basis", "value", "unit", "figure_id")}
    assert best == {
        "year": "2023-24",
        "basis": "whole block per pupil",
        "value": "7.0",
        "unit": "rank",
        "figure_id": "rank:2023-24:block:pupil:919",
    }


def test_a_file_says_who_and_when_of_each_row(hnf: Run, checker: Checker, tmp_path: Path) -> None:
    checker.claims = CLAIMS[:2]
    path = tmp_path / "said.csv"
    path.write_text("id,statement,who,said,address\nx,Plans rose,Kent,2024-06,https://x.test/1\n,Plans fell,,,\n")
    answer = hnf("claims", "check", path, "--who", "Leeds", "--said", "2023", "--format", "json")
    assert checker.asked == [("Plans rose", "Kent", "2024-06"), ("Plans fell", "Leeds", "2023")]
    assert [(claim["id"], claim["when"], claim["link"]) for claim in answer.json["claims"]] == [
        ("x-1", "2024-06", "https://x.test/1"),
        ("x-2", "2024-06", "https://x.test/1"),
        (None, "2023", None),
        (None, "2023", None),
    ]


def test_several_texts_and_files_are_checked_in_order(hnf: Run, checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Plans\n\nPlans *rose*.")
    (tmp_path / "b.html").write_text("<p>Plans fell.</p>")
    checker.claims = CLAIMS[1:2]
    assert (
        hnf("claims", "check", "Plans.", tmp_path / "a.md", tmp_path / "b.html", "--format", "json").json["count"] == 3
    )
    assert [text for text, _, _ in checker.asked] == ["Plans.", "Plans\n\nPlans rose.", "Plans fell."]


def test_the_annotated_text_is_written_as_a_whole(hnf: Run, checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "speech.html"
    checker.claims = tuple(replace(claim, say_instead_id="", supporting=(), contradicting=()) for claim in CLAIMS)
    source = tmp_path / "speech.txt"
    source.write_text(TEXT, encoding="utf-8")
    answer = hnf("claims", "check", source, "--annotate", page)
    assert answer.code == 1
    assert f"Written: {page}" in answer.err
    written = page.read_text(encoding="utf-8")
    assert "<h1>Claims in speech.txt</h1>" in written
    assert written.count("<mark") == 6
    assert "&lt;b&gt;in our county&lt;/b&gt;" in written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["speech.html", "speech.txt"]


def test_notes_name_the_published_files_of_their_figures(hnf: Run, checker: Checker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    checker.claims = (replace(CLAIMS[0], say_instead_id="rate:2023-24:block:pupil:919"),)
    hnf("claims", "check", TEXT, TEXT, "--annotate", page)
    written = page.read_text(encoding="utf-8")
    assert "hnf trace rate:2023-24:block:pupil:919" in written
    assert written.count("(file dedicated-schools-grant_2024_07_20.ods, published") == 2
    assert 'href="https://skillsfunding.service.gov.uk/' in written
    assert written.count("<mark") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is nothing to check. Give a statement in quotes, a file, or -"),
        (("-", "-"), "standard input is read once"),
        (("none.txt",), "none.txt: there is no such file"),
        (("speech.docx",), "is of a kind that is not read ('.docx')"),
        (("Plans rose", "--said", "soon"), "--said: 'soon' is not a date"),
        (("Plans rose", "--said", "2098"), "--said: '2098' is in the future"),
        (("Plans rose", "--column", "a"), "several texts have no one column"),
        (("Plans rose", "--annotate", "page.pdf"), "page.pdf: an annotated text is written as .html"),
        (("Plans rose", "--annotate", "/proc/page.html"), "/proc/page.html: cannot write"),
        (("",), "an empty text is no statement"),
    ],
)
def test_what_cannot_be_checked_gets_one_line(
    hnf: Run, checker: Checker, arguments: tuple[str, ...], message: str
) -> None:
    if "--column" in arguments:
        arguments = (*arguments, "Plans fell")
    answer = hnf("claims", "check", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert checker.asked == []


def test_options_of_texts_are_refused_for_a_file_that_says_it_itself(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    for option, value in (("--who", "Kent"), ("--said", "2024"), ("--column", "a")):
        answer = hnf("claims", "check", path, option, value)
        assert (answer.code, answer.out) == (2, "")
        assert f"Leave {option} out." in answer.err


def test_a_wrong_authority_of_a_row_names_the_row(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("text,who\nPlans in all doubled since 2015,Hertfordshir\n")
    answer = hnf("claims", "check", path)
    assert answer.code == 2
    assert f"{path}, row 2" in answer.err
    assert "Hertfordshir" in answer.err


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_the_shipped_claims_are_listed(hnf: Run, output: str) -> None:
    answer = hnf("claims", "list", "--format", output)
    assert answer.code == 0
    assert "was true" in answer.out
    if output == "table":
        assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_answers_of_the_checker_itself(hnf: Run, tmp_path: Path) -> None:
    # 3,682 in January 2015 and 11,897 in January 2024 (SEN2): 223.1%, and 15,137 in January 2026.
    told = hnf("claims", "check", "EHC plans in Hertfordshire have risen by 223% since 2015", "--said", "2025")
    assert told.code == 0
    assert "15,137" in told.out
    false = hnf("claims", "check", "EHC plans in Kent fell by 2.5% from 2023 to 2024")
    assert (false.code, false.err) == (1, "hnf: the claim is not true\n")
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + '[[claim]]\nid = "b"\ntext = "EHC plans in Kent rose by 182% from 2015 to 2024"\n')
    answer = hnf("claims", "check", path, "--format", "json")
    assert [claim["verdict_code"] for claim in answer.json["claims"]] == ["true_on_some_bases", "true"]


BAD = [
    ("claim = 3", "holds no [[claim]]"),
    ("[[claim", "is not TOML"),
    ("title = 1\n" + GOOD, "unknown key 'title'"),
    (GOOD.replace('unit = "rank"', 'unit = "pct"'), "a claim of kind 2 has unit 'pct'. It may be rank."),
    (GOOD.replace("value = 3", "value = true"), "'value' is not a number"),
    (GOOD.replace("value = 3", "value = nan"), "'value' is not a number"),
    (GOOD.replace("value = 3\n", ""), "'value' is missing"),
    (GOOD.replace("kind = 2", "kind = 9"), "'kind' is '9'. It may be 1, 2"),
    (GOOD.replace("kind = 2\n", ""), "'kind' is missing"),
    (GOOD.replace("919", "Hertfordshir"), "no authority is called 'Hertfordshir'"),
    (GOOD + "colour = 1", "unknown key 'colour'. Keys are"),
    (GOOD + 'year = "2023-25"', "is not a financial year. Write year"),
    (GOOD + "from = 15", "'from' is not a year"),
    (GOOD + "from = 2020\nto = 2015", "'from' is not before 'to'"),
    (GOOD + "tolerance = -1", "'tolerance' is below zero"),
    (GOOD + "needs = [1]", "'needs' is not a list of texts"),
    (GOOD + "universe = 1.5", "'universe' is not a whole number"),
    (GOOD + 'when = "soon"', "'soon' is no date on which it was said"),
    (GOOD + GOOD, "two claims have the id 'a'"),
    ('[[claim]]\nid = "a"', "'text' is missing"),
    ("claim = [1]", "is not a table"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_file_gets_one_line(hnf: Run, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content)
    answer = hnf("claims", "check", path)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_files_that_cannot_be_read(hnf: Run, tmp_path: Path) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not text in UTF-8" in hnf("claims", "check", path).err
    path.write_bytes(b"#" * 1_000_001)
    assert "larger than 1,000,000 bytes" in hnf("claims", "check", path).err
    missing = hnf("claims", "check", tmp_path / "none.toml")
    assert (missing.code, "there is no such file" in missing.err) == (2, True)
