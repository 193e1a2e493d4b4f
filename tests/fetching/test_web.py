"""Asking a publisher: patience, redirects, limits, and words for what went wrong."""

from __future__ import annotations

import base64
import contextlib
import datetime
import email.utils
import gzip
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.publisher_server import Answer, Publisher, as_json, closed_port, page, redirect

from hnf.fetch.web import Limits, Web, WebError
from hnf.release import __version__

PAGE = "https://www.gov.uk/a-page"


def test_a_request_says_who_asks(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, page("<p>Hello"))
    assert web.text(PAGE) == "<p>Hello"
    assert publisher.asked[0].headers["user-agent"].startswith(f"hnf/{__version__}")


def test_a_busy_publisher_is_asked_again_after_the_seconds_it_names(
    publisher: Publisher, web: Web, waits: list[float]
) -> None:
    publisher.add(PAGE, Answer(status=429, headers={"Retry-After": "7"}), page("there"))
    assert web.text(PAGE) == "there"
    assert waits == [7]


def test_a_busy_publisher_may_name_a_date(publisher: Publisher, web: Web, waits: list[float]) -> None:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    publisher.add(
        PAGE, Answer(status=503, headers={"Retry-After": email.utils.format_datetime(moment, True)}), page("there")
    )
    assert web.text(PAGE) == "there"
    assert waits == [pytest.approx(60, abs=5)]


@pytest.mark.parametrize("text", ["", "soon", "-5", "Thu, 99 Foo 2026"])
def test_a_retry_after_without_sense_gives_the_usual_wait(
    publisher: Publisher, web: Web, waits: list[float], text: str
) -> None:
    publisher.add(PAGE, Answer(status=429, headers={"Retry-After": text}), page("there"))
    assert web.text(PAGE) == "there"
    assert waits == [1]


def test_a_wait_of_an_hour_is_left_to_the_user(publisher: Publisher, web: Web, waits: list[float]) -> None:
    publisher.add(PAGE, Answer(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(WebError, match=r"asks to wait 3,600 seconds.*Try again later"):
        web.text(PAGE)
    assert waits == []


def test_waits_double_and_are_spread(publisher: Publisher, waits: list[float]) -> None:
    publisher.add(PAGE, Answer(status=502))
    with (
        Web(mirror=publisher.mirror, sleep=waits.append, jitter=lambda: 0.5) as web,
        pytest.raises(WebError, match=r"www\.gov\.uk reports an internal error \(status 502\) \(asked 4 times\)"),
    ):
        web.text(PAGE)
    assert waits == [1.25, 2.5, 5]  # 1, 2 and 4 seconds, each and a quarter


def test_a_page_that_is_not_there_is_asked_for_once(publisher: Publisher, web: Web) -> None:
    with pytest.raises(WebError, match=r"https://www\.gov\.uk/a-page: www\.gov\.uk answers 404, not found") as caught:
        web.text(PAGE)
    assert caught.value.status == 404
    assert len(publisher.asked) == 1


def test_redirects_are_followed_also_to_another_host(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, redirect("/moved"))
    publisher.add("https://www.gov.uk/moved", redirect("https://assets.publishing.service.gov.uk/x", 301))
    publisher.add("https://assets.publishing.service.gov.uk/x", page("here"))
    assert web.text(PAGE) == "here"


def test_redirects_in_a_circle_end(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, redirect(PAGE))
    with pytest.raises(WebError, match="more than 5 redirects"):
        web.text(PAGE)
    assert len(publisher.asked) == 6


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("ftp://www.gov.uk/x", "not on the web"),
        ("file:///etc/passwd", "not on the web"),
        ("http://www.gov.uk/x", "leave https"),
        ("data:text/html,<p>Hello", "not on the web"),
        ("javascript:alert(1)", "not on the web"),
        ("https://[::1", "not on the web"),
        ("https://www.gov.uk:99999/x", "it has port 99999"),
        (f"https://{'x' * 64}.gov.uk/x", "it names no host"),
    ],
)
def test_redirects_off_the_web_or_off_https_are_not_followed(publisher: Publisher, web: Web, to: str, why: str) -> None:
    publisher.add(PAGE, redirect(to))
    with pytest.raises(WebError, match=why):
        web.text(PAGE)
    assert len(publisher.asked) == 1


def test_an_answer_packed_with_gzip_is_unpacked(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, Answer(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}))
    assert web.json(PAGE) == {"a": 1}


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, Answer(gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(WebError, match="larger than 100,000 bytes"):
        web.text(PAGE)


def test_an_answer_that_is_damaged_is_asked_for_again(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), page("whole"))
    assert web.text(PAGE) == "whole"


def test_a_connection_that_breaks_is_made_again(publisher: Publisher, web: Web, waits: list[float]) -> None:
    publisher.add(PAGE, Answer(b"0123456789", cut=4), Answer(b"0123456789", cut=0, reset=True), page("whole"))
    assert web.text(PAGE) == "whole"
    assert waits == [1, 2]


def test_an_answer_that_is_not_json_is_said_to_be_none(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, page("<html>"))
    with pytest.raises(WebError, match="the answer is not JSON"):
        web.json(PAGE)


def test_a_question_by_post_carries_json(publisher: Publisher, web: Web) -> None:
    publisher.add(PAGE, as_json({"ok": True}))
    assert web.json(PAGE, body={"page": 1}) == {"ok": True}
    assert (publisher.asked[0].method, publisher.asked[0].body) == ("POST", b'{"page":1}')


def test_without_a_connection_it_says_to_whom_and_does_not_try_the_host_again(waits: list[float]) -> None:
    with Web(mirror=closed_port(), sleep=waits.append, jitter=lambda: 0.0) as web:
        for _ in range(3):
            with pytest.raises(WebError, match=r"no connection to www\.gov\.uk \(.*refused\) \(asked 2 times\)"):
                web.text(PAGE)
    assert waits == [1]


def test_a_proxy_of_the_environment_is_asked_and_named_where_it_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", closed_port())
    with (
        Web(sleep=waits.append, jitter=lambda: 0.0) as web,
        pytest.raises(WebError, match=r"no connection to www\.gov\.uk .*refused.*A proxy is set \(HTTPS_PROXY"),
    ):
        web.text(PAGE)


def test_a_server_that_says_nothing_is_left(publisher: Publisher, waits: list[float]) -> None:
    publisher.add(PAGE, Answer(b"0123456789", piece=2, drip=0.2))
    limits = Limits(read_s=0.05, attempts=2)
    with (
        Web(mirror=publisher.mirror, limits=limits, sleep=waits.append, jitter=lambda: 0.0) as web,
        pytest.raises(WebError, match=r"www\.gov\.uk fell silent"),
    ):
        web.text(PAGE)


def test_a_server_that_drips_is_left_after_the_time_for_the_whole(publisher: Publisher, waits: list[float]) -> None:
    publisher.add(PAGE, Answer(b"0123456789", piece=1, drip=0.02))
    limits = Limits(total_s=0.05, attempts=2)
    with (
        Web(mirror=publisher.mirror, limits=limits, sleep=waits.append, jitter=lambda: 0.0) as web,
        pytest.raises(WebError, match=r"not complete after 0\.05 seconds"),
    ):
        web.text(PAGE)


@pytest.fixture
def dripping() -> Iterator[Callable[[bytes, bytes], str]]:
    """Start a server that sends a beginning at once and then a piece every hundredth of a second, for ten seconds."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(beginning: bytes, piece: bytes) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(10_000)
                connection.sendall(beginning)
                for _ in range(1000):
                    connection.sendall(piece)
                    time.sleep(0.01)

    def start(beginning: bytes, piece: bytes) -> str:
        threading.Thread(target=serve, args=(beginning, piece), daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    listening.close()


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),  # a heading that never ends
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),  # headings without end
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),  # no length: where it is cut it seems whole
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),  # the length of a piece without end
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9000\r\n\r\n\x1f\x8b\x08\x08" + b"x" * 6, b"x"),
        (b"", b"H"),  # no answer at all
    ],
)
def test_one_bound_holds_for_all_of_an_answer(dripping: Callable, beginning: bytes, piece: bytes) -> None:
    begun = time.monotonic()
    with (
        Web(mirror=dripping(beginning, piece), limits=Limits(total_s=0.2, read_s=5), sleep=lambda _: None) as web,
        pytest.raises(WebError, match=r"www\.gov\.uk"),
    ):
        web.text(PAGE)
    assert time.monotonic() - begun < 2


def test_asking_again_is_within_the_same_bound(publisher: Publisher) -> None:
    publisher.add(PAGE, Answer(status=503))
    with (
        Web(mirror=publisher.mirror, limits=Limits(total_s=0.2, attempts=100), sleep=lambda _: time.sleep(0.06)) as web,
        pytest.raises(WebError, match=r"not complete after 0\.2 seconds"),
    ):
        web.text(PAGE)
    assert len(publisher.asked) < 10


NO_PROXIES = [
    "socks5://user:secret@127.0.0.1:9",
    "socks4://h",
    "SOCKS5H://h",
    "http://",
    "http://h:99999",
    "http://h:0",
]
NO_PROXIES += [
    "http://user:secret@h:abc",
    "ftp://h",
    "http://[::1",
    "http://a b:3",
    "\x01",
    f"http://{'x' * 64}:80",
    "//h:3",
]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("value", NO_PROXIES)
def test_a_proxy_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WebError, match=rf"^{name}: the proxy '") as caught:
        Web()
    assert "secret" not in str(caught.value)


def test_a_list_of_hosts_without_proxy_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "::::,*foo*,%%")
    with pytest.raises(WebError, match=r"^NO_PROXY: names what is no host"):
        Web()


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("mirror", [None, "https://mirror.example"])
@pytest.mark.parametrize("what", ["nothing", "file", "folder", "pipe"])
def test_certificates_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, mirror: str | None, what: str
) -> None:
    (tmp_path / "file").write_text("no certificate")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(name, str(tmp_path / what))
    if (name, what) == ("SSL_CERT_DIR", "folder"):
        Web(mirror=mirror).__exit__()
        return
    with pytest.raises(WebError, match=rf"^{name}: cannot read the certificates to trust, '{tmp_path / what}'"):
        Web(mirror=mirror)


def test_a_mirror_must_be_a_web_address() -> None:
    with pytest.raises(WebError, match="is not an http address"):
        Web(mirror="/var/mirror")


NO_MIRRORS = [
    "http://",
    "http://h:99999",
    "http://u:secret@h:abc",
    "file:///tmp",
    "data:,x",
    "http://[::1",
    "http://a b/",
]
NO_MIRRORS += ["http://h/?q=1", "http://h/#f", " http://h", "http:///x", "socks5://u:secret@h", "http://..", "\x01"]


@pytest.mark.parametrize("address", [*NO_MIRRORS, f"http://{'x' * 64}.h"])
def test_a_mirror_that_is_no_address_is_named(address: str) -> None:
    with pytest.raises(WebError, match=r"^HNF_MIRROR: the mirror '") as caught:
        Web(mirror=address)
    assert "secret" not in str(caught.value)


def test_a_mirror_is_told_its_password_and_nobody_else(publisher: Publisher) -> None:
    publisher.add(PAGE, page("there"))
    with Web(mirror=publisher.mirror.replace("//", "//me:s%40cret@")) as web:
        assert web.text(PAGE) == "there"
    assert publisher.asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'me:s@cret').decode()}"


@pytest.mark.parametrize(
    "address", ["https://[::1", "https://h:99999/", f"https://{'x' * 64}/", "ftp://h/x", "nowhere"]
)
def test_an_address_of_a_page_that_is_none_is_said(web: Web, address: str) -> None:
    with pytest.raises(WebError, match=r"the address (is not an http address|has port|names no host)"):
        web.text(address)


def test_a_mirror_is_named_without_a_password() -> None:
    with Web(mirror="https://me:secret@mirror.example/files") as web:
        assert web.mirror == "https://mirror.example/files"
