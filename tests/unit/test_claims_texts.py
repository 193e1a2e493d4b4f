"""What is read of a text, a page, a Markdown file or a sheet, and which arguments are names of files."""

from __future__ import annotations

import datetime
import io
import time
from pathlib import Path

import pytest

from hnf.claims.texts import MOST_BYTES, Given, html_text, markdown_text, read_given, read_input, read_said
from hnf.errors import UsageError

PAGE = """<!DOCTYPE html><html><head><title>Title 1%</title><style>p { width: 2% }</style></head><body>
<nav><p>Plans in Kent fell by 3%</p></nav><div role="navigation">4%</div>
<h1>A <b>speech</b></h1><p>Plans in Kent&nbsp;rose by 5&percnt;<!-- by 6% --> &amp; more.<br>
Next line<script>x("7%")</script>
<p hidden>8%<p>after<ul><li>one<li>two</ul><div style="display: none">9%<p>9%</p></div><table><tr><td>a<td>b</table>
&lt;script&gt;10%&lt;/script&gt;</body></html>"""
MARKED = """---
title: 1%
---
# Plans in *Kent*

Plans have **doubled** since
2015, says [the council](https://x.test "2%"). ![3%](a.png) 5 * 3 snake_case

- one
- two
  more
> quoted `code`

| Kent | 5% |
|------|----|
| Leeds | 6% |

End
===
\\*not marked\\* &amp; <b>bold</b><!-- 4% -->
[x]: https://x.test/7%
"""


def test_a_page_is_what_a_reader_sees_of_it() -> None:
    assert html_text(PAGE).split("\n\n") == [
        "A speech",
        "Plans in Kent rose by 5% & more.\nNext line",
        "after",
        "one",
        "two",
        "a",
        "b",
        "<script>10%</script>",
    ]


def test_marks_of_markdown_are_left_out_and_blocks_are_paragraphs() -> None:
    assert markdown_text(MARKED).split("\n\n") == [
        "Plans in Kent",
        "Plans have doubled since 2015, says the council. 5 * 3 snake_case",
        "one",
        "two more quoted code",
        "Kent, 5%",
        "Leeds, 6%",
        "End",
        "*not marked* & bold",
    ]


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<a b='>", "<span></b>", "<script>", "</", "<p hidden>", "&#"])
def test_a_broken_page_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.perf_counter()
    html_text(piece * 20_000)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("piece", ["[a](", "**a", "- - ", ":-", " ", "`", "| ", "<!--", "\\*", "_a"])
def test_broken_markdown_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.perf_counter()
    markdown_text(piece * 20_000 + "x")
    assert time.perf_counter() - started < 5


def test_a_sheet_has_a_statement_a_row(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text(
        "\ufeffID,Statement,Who,Said,Address\n1,Plans doubled,Kent,2024-06,https://x.test\n2,,Kent,,\n"
        '3,"Plans ""rose"",\nthen fell",,30/06/2024,\n',
        encoding="utf-8",
    )
    assert read_input(path) == [
        Given("Plans doubled", "Kent", "2024-06", "1", "https://x.test", f"{path}, row 2"),
        Given('Plans "rose",\nthen fell', "", "2024-06-30", "3", "", f"{path}, row 4"),
    ]


@pytest.mark.parametrize(
    ("content", "column", "texts"),
    [
        ("name;what was said\nA;Plans in Kent doubled\n", "", ["Plans in Kent doubled"]),
        ("a\tb\nPlans in Kent doubled\tPlans in Leeds fell\n", "B", ["Plans in Leeds fell"]),
        ("claim,text\nPlans in Kent doubled,a note of some words\n", "", ["Plans in Kent doubled"]),
    ],
)
def test_the_column_of_statements(tmp_path: Path, content: str, column: str, texts: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert [given.text for given in read_input(path, column)] == texts


BAD: list[tuple[str, str | bytes, str, str]] = [
    ("a.csv", "a,b\nPlans in Kent doubled,Plans in Leeds fell\n", "", "several columns of text"),
    ("a.csv", "a,b\n1,2\n", "", "no column of text"),
    ("a.csv", "a,b\nPlans in Kent doubled,x\n", "c", "has no column 'c'. Columns are a, b"),
    ("a.csv", "text,Text\nPlans,x\n", "", "two columns are called 'text'"),
    ("a.csv", "text,said\nPlans,soon\n", "", "row 2: 'soon' is not a date"),
    ("a.csv", "text\n\n", "", "has no statement"),
    ("a.csv", "", "", "is no CSV with a heading"),
    ("a.txt", " \n ", "", "holds no text"),
    ("a.txt", "Plans", "text", "is no CSV file, and has no columns"),
    ("a.txt", b"\xff\xfe\x00", "", "is not text in UTF-8"),
    ("a.txt", b"#" * (MOST_BYTES + 1), "", "larger than 1,000,000 bytes"),
    ("a.html", "<script>Plans</script>", "", "holds no text"),
    ("a.docx", b"PK", "", "kind that is not read ('.docx'). Save it as plain text"),
    ("a.pdf", b"%PDF", "", "pdftotext"),
    ("a.xlsx", b"PK", "", "as CSV"),
    ("a.exe", b"MZ", "", "Files read are .txt, .md, .html, .csv and .toml"),
]


@pytest.mark.parametrize(("name", "content", "column", "message"), BAD, ids=[f"{bad[0]}: {bad[3]}" for bad in BAD])
def test_what_cannot_be_read_is_said_with_what_to_do(
    tmp_path: Path, name: str, content: str | bytes, column: str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        read_input(path, column)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "name", ["speech.txt", "my speech.md", "a/b", "./x", "C:\\x", "n.csv", "s.docx", "https://x.test/a"]
)
def test_a_name_of_a_file_that_is_not_there_is_never_a_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        read_given(name)
    assert caught.value.where in (name, str(Path(name)))


@pytest.mark.parametrize(
    "text",
    [
        "Plans in Kent doubled in 2014/15",
        "2014/15",
        "Funding per pupil/plan rose.",
        "Plans rose by 5.5",
        "Kent",
        "a" * 400 + ".txt",
        "two\nlines.txt",
        "Plans fell. See St. Albans",
    ],
)
def test_a_statement_is_no_name_of_a_file(text: str) -> None:
    assert read_given(text) == [Given(text)]


def test_a_folder_a_device_and_nothing_are_refused(tmp_path: Path) -> None:
    for what, message in ((str(tmp_path), "cannot be read"), ("/dev/null", "device"), ("", "empty"), (" \t", "empty")):
        with pytest.raises(UsageError) as caught:
            read_given(what)
        assert message in str(caught.value)


def test_standard_input_is_read_once_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Plans in Kent – doubled\r\n".encode())))
    assert read_given("-")[0].text == "Plans in Kent – doubled\n"
    for content, message in ((b"x" * (MOST_BYTES + 1), "larger than"), (b"\xff", "UTF-8"), (b"", "holds no text")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        with pytest.raises(UsageError) as caught:
            read_given("-")
        assert message in str(caught.value)


def test_a_date_on_which_something_was_said() -> None:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for text in ("2024-06-30", "2024-06", "2024", today.isoformat()):
        assert read_said(text, "--said") == text
    tomorrow = (today + datetime.timedelta(days=1)).isoformat()
    future = f"{today.year + 1}"
    for text in (
        "",
        "soon",
        "2024-13",
        "2024-02-30",
        "24",
        "30/06/2024",
        "20240630",
        "2024-6",
        "1815",
        "٢٠٢٤",
        future,
        tomorrow,
    ):
        with pytest.raises(UsageError) as caught:
            read_said(text, "--said")
        assert caught.value.where == "--said"
        assert "2024-06-30" in caught.value.todo
