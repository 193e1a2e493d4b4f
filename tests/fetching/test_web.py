"""Asking a publisher: patience, redirects, limits, and words for what went wrong."""

from __future__ import annotations

import datetime
import email.utils
import gzip

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


def test_a_mirror_must_be_a_web_address() -> None:
    with pytest.raises(WebError, match="is not an http address"):
        Web(mirror="/var/mirror")


def test_a_mirror_is_named_without_a_password() -> None:
    with Web(mirror="https://me:secret@mirror.example/files") as web:
        assert web.mirror == "https://mirror.example/files"
