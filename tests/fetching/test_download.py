"""One file: taken up again, checked, never half written."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from fixtures.publisher_server import ODS, Answer, Publisher, file, page, redirect, workbook

from hnf.errors import SourceError
from hnf.sources.download import Download, Known, download
from hnf.sources.web import Limits, Web

ADDRESS = "https://assets.publishing.service.gov.uk/media/1/tables.ods"
WHOLE = bytes(range(256)) * 400


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "tables.xls.part"


XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + WHOLE


def get(web: Web, part: Path, *suffixes: str, known: Known | None = None) -> Download | None:
    return download(web, ADDRESS, part, suffixes=suffixes or (".xls",), known=known)


def test_a_file_arrives_with_what_is_known_of_it(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add("https://www.gov.uk/short", redirect(ADDRESS))
    publisher.add(
        ADDRESS,
        file(
            XLS,
            "application/vnd.ms-excel",
            etag='"v1"',
            headers={
                "Last-Modified": "Thu, 20 Jul 2023 08:30:00 GMT",
                "Content-Disposition": 'attachment; filename="DSG tables/../2023.xls"',
            },
        ),
    )
    seen: list[tuple[int, int | None]] = []
    got = download(web, "https://www.gov.uk/short", part, suffixes=(".xls",), progress=lambda *at: seen.append(at))
    assert got == Download(
        part=part,
        size=len(XLS),
        sha256=hashlib.sha256(XLS).hexdigest(),
        address=ADDRESS,
        name="2023.xls",
        etag='"v1"',
        last_modified="Thu, 20 Jul 2023 08:30:00 GMT",
        mirror=publisher.mirror,
    )
    assert part.read_bytes() == XLS
    assert seen[-1] == (len(XLS), len(XLS))
    assert [path.name for path in part.parent.iterdir()] == [part.name]
    assert publisher.asked[-1].headers["accept-encoding"] == "identity"


def test_a_file_that_breaks_off_is_taken_up_where_it_broke(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), file(XLS, etag='"v1"', ranges=True))
    got = get(web, part)
    assert got is not None
    assert part.read_bytes() == XLS
    assert publisher.asked[1].headers["range"] == "bytes=60000-"
    assert publisher.asked[1].headers["if-range"] == '"v1"'


def test_a_file_that_changed_meanwhile_is_begun_afresh(publisher: Publisher, web: Web, part: Path) -> None:
    other = XLS[:8] + b"other" * 20_000
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), file(other, etag='"v2"', ranges=True))
    assert get(web, part) is not None
    assert part.read_bytes() == other


def test_without_a_strong_validator_nothing_is_taken_up(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='W/"v1"', cut=60_000), file(XLS))
    assert get(web, part) is not None
    assert "range" not in publisher.asked[1].headers
    assert part.read_bytes() == XLS


def test_a_rest_that_is_not_the_rest_is_thrown_away(publisher: Publisher, web: Web, part: Path) -> None:
    wrong = Answer(b"x" * 10, 206, {"Content-Range": "bytes 5-14/15"})
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), wrong, file(XLS, etag='"v1"'))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), Answer(status=416), file(XLS, etag='"v1"'))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS


def test_a_later_run_takes_up_what_an_earlier_one_left(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(
        ADDRESS, file(XLS, etag='"v1"', cut=60_000), Answer(status=503), Answer(status=503), Answer(status=503)
    )
    with pytest.raises(SourceError, match="too busy"):
        get(web, part)
    assert part.stat().st_size == 60_000
    publisher.add(ADDRESS, file(XLS, etag='"v1"', ranges=True))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS
    assert publisher.asked[-1].headers["range"] == "bytes=60000-"


def test_a_part_that_is_longer_than_the_whole_is_not_taken_up(publisher: Publisher, web: Web, part: Path) -> None:
    """Some servers answer with an empty rest instead of saying that there is none."""
    publisher.add(
        ADDRESS, file(XLS, etag='"v1"', cut=60_000), Answer(status=503), Answer(status=503), Answer(status=503)
    )
    with pytest.raises(SourceError):
        get(web, part)
    part.write_bytes(XLS * 2)
    publisher.add(ADDRESS, file(XLS, etag='"v1"', ranges=True))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS


@pytest.mark.parametrize("state", ["", "{", "[]", '{"address": "https://elsewhere", "validator": "x"}'])
def test_a_part_of_something_else_is_not_taken_up(publisher: Publisher, web: Web, part: Path, state: str) -> None:
    part.write_bytes(b"half of another file")
    part.with_name(f"{part.name}.json").write_text(state)
    publisher.add(ADDRESS, file(XLS, etag='"v1"', ranges=True))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS


def test_a_file_that_always_breaks_off_ends_in_an_error_and_leaves_nothing(
    publisher: Publisher, web: Web, part: Path
) -> None:
    publisher.add(ADDRESS, file(XLS, cut=60_000))
    with pytest.raises(SourceError, match=r"broke off.*asked 4 times"):
        get(web, part)
    assert list(part.parent.iterdir()) == []


def test_an_archive_that_is_cut_short_without_announced_length_is_seen(
    publisher: Publisher, web: Web, part: Path
) -> None:
    whole = workbook("x")
    publisher.add(ADDRESS, file(whole[:-10], chunked=True), file(whole, chunked=True))
    assert get(web, part, ".zip") is not None
    assert part.read_bytes() == whole


def test_an_empty_answer_is_no_file(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, file(b""))
    with pytest.raises(SourceError, match="broke off after 0"):
        get(web, part)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (page("\n<!DOCTYPE html><html><body>We are moving"), "a web page came in place of a file of the kind .xls"),
        (file(b"%PDF-1.7 ...", "application/pdf"), r"something else \(application/pdf\)"),
        (file(workbook("x"), ODS), "something else"),
    ],
)
def test_another_kind_of_file_is_refused(
    publisher: Publisher, web: Web, part: Path, answer: Answer, found: str
) -> None:
    publisher.add(ADDRESS, answer)
    with pytest.raises(SourceError, match=found) as caught:
        get(web, part)
    assert caught.value.where == ADDRESS
    assert "page in a browser" in caught.value.todo
    assert list(part.parent.iterdir()) == []
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_larger_than_any_is_refused(publisher: Publisher, web: Web, part: Path, chunked: bool) -> None:
    publisher.add(ADDRESS, file(XLS * 4, chunked=chunked))
    with pytest.raises(SourceError, match="larger than 300,000 bytes"):
        get(web, part)
    assert list(part.parent.iterdir()) == []


def test_a_file_packed_on_the_way_is_unpacked_and_not_taken_up(publisher: Publisher, web: Web, part: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n" * 5_000)
    publisher.add(
        ADDRESS,
        file(packed, "text/csv", etag='"v1"', headers={"Content-Encoding": "gzip"}, cut=20),
        file(packed, "text/csv", etag='"v1"', headers={"Content-Encoding": "gzip"}),
    )
    assert get(web, part, ".csv") is not None
    assert part.read_bytes() == b"a,b\n1,2\n" * 5_000
    assert "range" not in publisher.asked[1].headers


def test_a_file_that_is_known_and_unchanged_is_not_sent_again(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='"v1"'))
    assert get(web, part, known=Known(etag='"v1"')) is None
    assert get(web, part, known=Known(etag='"v0"')) is not None


def test_a_file_that_drips_is_left_and_can_be_taken_up(publisher: Publisher, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='"v1"', piece=20_000, drip=0.02))
    limits = Limits(total_s=0.03, attempts=1)
    with (
        Web(mirror=publisher.mirror, limits=limits) as web,
        pytest.raises(SourceError, match=r"not complete after 0\.03 seconds"),
    ):
        get(web, part)
    assert part.stat().st_size > 0
    assert json.loads(part.with_name(f"{part.name}.json").read_text())["validator"] == '"v1"'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is one of Linux")
def test_a_full_disk_is_said_to_be_full_and_nothing_is_left(publisher: Publisher, web: Web, part: Path) -> None:
    part.symlink_to("/dev/full")
    publisher.add(ADDRESS, file(XLS))
    with pytest.raises(SourceError, match=r"the disk is full.*Free some space or give another folder with --out"):
        get(web, part)
    assert list(part.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=plain.ods", "plain.ods"),
        ("attachment; filename=\"x.ods\"; filename*=UTF-8''DSG%20%C2%A3%202024.ods", "DSG_2024.ods"),
        ('attachment; filename="..\\..\\evil.ods"', "evil.ods"),
        ('attachment; filename="...."', ""),
        ("", "tables.ods"),
    ],
)
def test_a_name_of_the_publisher_stays_below_the_folder(
    publisher: Publisher, web: Web, part: Path, disposition: str, name: str
) -> None:
    publisher.add(ADDRESS, file(XLS, headers={"Content-Disposition": disposition} if disposition else {}))
    got = get(web, part)
    assert got is not None
    assert got.name == name
