"""One file: checked, never half written."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from fixtures.publisher_server import ODS, Answer, Publisher, file, page, redirect, workbook

from hnf.errors import SourceError
from hnf.fetch.fetch import Download, Known, download
from hnf.fetch.web import Limits, Web

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
        etag='"v1"',
        last_modified="Thu, 20 Jul 2023 08:30:00 GMT",
        mirror=publisher.mirror,
    )
    assert part.read_bytes() == XLS
    assert seen[-1] == (len(XLS), len(XLS))
    assert [path.name for path in part.parent.iterdir()] == [part.name]
    assert publisher.asked[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("left", [b"", b"half of another file", XLS * 2])
def test_a_file_that_breaks_off_is_begun_afresh(publisher: Publisher, web: Web, part: Path, left: bytes) -> None:
    other = XLS[:8] + b"other" * 20_000
    part.write_bytes(left)  # of an earlier run that was killed
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), file(other, etag='"v2"'))
    assert get(web, part) is not None
    assert part.read_bytes() == other
    assert "range" not in publisher.asked[1].headers
    assert [path.name for path in part.parent.iterdir()] == [part.name]


def test_a_part_that_nobody_asked_for_is_not_taken_for_the_whole(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, Answer(XLS[:600], 206, {"Content-Range": "bytes 0-599/15000"}), file(XLS))
    assert get(web, part) is not None
    assert part.read_bytes() == XLS


def test_an_error_leaves_nothing_not_even_of_an_earlier_run(publisher: Publisher, web: Web, part: Path) -> None:
    part.write_bytes(XLS[:100])
    publisher.add(ADDRESS, file(XLS, etag='"v1"', cut=60_000), Answer(status=503))
    with pytest.raises(SourceError, match="too busy"):
        get(web, part)
    assert list(part.parent.iterdir()) == []


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


def test_a_file_packed_on_the_way_is_unpacked(publisher: Publisher, web: Web, part: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n" * 5_000)
    publisher.add(
        ADDRESS,
        file(packed, "text/csv", etag='"v1"', headers={"Content-Encoding": "gzip"}, cut=20),
        file(packed, "text/csv", etag='"v1"', headers={"Content-Encoding": "gzip"}),
    )
    assert get(web, part, ".csv") is not None
    assert part.read_bytes() == b"a,b\n1,2\n" * 5_000


def test_a_file_that_is_known_and_unchanged_is_not_sent_again(publisher: Publisher, web: Web, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='"v1"'))
    assert get(web, part, known=Known(etag='"v1"')) is None
    assert get(web, part, known=Known(etag='"v0"')) is not None


def test_a_file_that_drips_is_left(publisher: Publisher, part: Path) -> None:
    publisher.add(ADDRESS, file(XLS, etag='"v1"', piece=20_000, drip=0.02))
    limits = Limits(total_s=0.03, attempts=1)
    with (
        Web(mirror=publisher.mirror, limits=limits) as web,
        pytest.raises(SourceError, match=r"not complete after 0\.03 seconds"),
    ):
        get(web, part)
    assert list(part.parent.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is one of Linux")
def test_a_full_disk_is_said_to_be_full_and_nothing_is_left(publisher: Publisher, web: Web, part: Path) -> None:
    part.symlink_to("/dev/full")
    publisher.add(ADDRESS, file(XLS))
    with pytest.raises(SourceError, match=r"the disk is full.*Free some space or give another folder with --out"):
        get(web, part)
    assert list(part.parent.iterdir()) == []
