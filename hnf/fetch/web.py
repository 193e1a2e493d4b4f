"""Talks to the publishers: time limits, patience with a busy server, few redirects, and words for what went wrong.

Every request goes through `Web`. It waits and asks again where a publisher is busy (429, 503) or a connection breaks,
for as long as the answer asks for and no longer than `Limits` allows; it follows redirects to http and https only, and
never from https to http; it reads at most a stated number of bytes. Proxy, certificates and mirror of the
environment are checked first. With a mirror, `https://HOST/PATH` is asked for as `MIRROR/HOST/PATH`: for councils that
keep copies of public files, and for the tests.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import json
import os
import random
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from hnf.errors import SourceError
from hnf.release import __version__

_BUSY = {429, 500, 502, 503, 504}
_GONE = {404: "not found", 410: "taken away"}


class WebError(SourceError):
    """A publisher's answer, or the lack of one, that a request cannot go on with."""

    def __init__(self, what: str, *, where: str = "", todo: str = "", status: int | None = None) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status


@dataclass
class TryAgainError(Exception):
    """One attempt that failed in a way that may pass; `wait_s` are the seconds that the publisher asks to wait."""

    what: str
    wait_s: float | None = None
    offline: bool = False
    todo: str = ""


def check_status(response: httpx.Response) -> None:
    """Let an answer pass that can be used, and raise for every other."""
    status = response.status_code
    if response.is_success or status == 304:  # what a download that asks for a change may get
        return
    host = response.url.host
    if status in _BUSY:
        what = "is too busy" if status in (429, 503) else "reports an internal error"
        raise TryAgainError(f"{host} {what} (status {status})", wait_s=_retry_after(response))
    meaning = _GONE.get(status, response.reason_phrase.lower() or "no reason given")
    raise WebError(f"{host} answers {status}, {meaning}", where=str(response.url), status=status)


def _retry_after(response: httpx.Response) -> float | None:
    """Read `Retry-After`, a number of seconds or a date; None where there is none that makes sense."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max((moment - datetime.datetime.now(datetime.UTC)).total_seconds(), 0.0)


def explain(error: httpx.TransportError, host: str) -> TryAgainError:
    """Say in words why no answer came, or why it broke off."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        todo = "Where a proxy inspects traffic, name its certificate in SSL_CERT_FILE."
        return TryAgainError(f"the certificate of {host} is not trusted here", offline=True, todo=todo)
    if isinstance(error, httpx.ProxyError):
        return TryAgainError(
            f"the proxy gives no connection to {host} ({reason})", offline=True, todo="Check HTTPS_PROXY and NO_PROXY."
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        proxied = {"https", "all"} & set(urllib.request.getproxies())
        todo = "A proxy is set (HTTPS_PROXY or the system's): check that it answers." if proxied else ""
        return TryAgainError(f"no connection to {host} ({reason})", offline=True, todo=todo)
    if isinstance(error, httpx.TimeoutException):
        return TryAgainError(f"{host} fell silent in the middle of an answer")
    return TryAgainError(f"the connection to {host} broke off ({reason})")


Answer = TypeVar("Answer")

USER_AGENT = f"hnf/{__version__} (open toolkit for England's high needs funding)"


@dataclass(frozen=True)
class Limits:
    """How long to wait (seconds, `_s`), how often to ask, how much to take; `total_s` bounds all for one answer."""

    connect_s: float = 10
    read_s: float = 30
    total_s: float = 900
    attempts: int = 4
    connect_attempts: int = 2
    first_wait_s: float = 1
    longest_wait_s: float = 120
    redirects: int = 5
    page_bytes: int = 30_000_000
    file_bytes: int = 200_000_000


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def _fault(address: str) -> str:
    """Say why an address is none that can be asked, nothing where it is one."""
    try:
        url = httpx.URL(address)
        labels, port = url.raw_host.decode("ascii").removesuffix(".").split("."), url.port
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme not in ("http", "https"):
        return "is not an http address"
    if not all(re.fullmatch(r"[\w:-]{1,63}", label, re.ASCII) for label in labels):
        return "names no host"
    return "" if port is None or 0 < port < 1 << 16 else f"has port {port}, which no host has"


def _check_proxies() -> None:
    """Refuse a proxy of the environment that cannot be used, by the name of its variable."""
    for kind, given in urllib.request.getproxies().items():
        fault = _fault(given if "://" in given else f"http://{given}")
        fault = "is a SOCKS proxy, which hnf cannot use" if given.lower().startswith("socks") else fault
        if fault and kind in ("http", "https", "all"):
            what = f"the proxy '{re.sub('//.*@', '//', given)[:80]}' {fault}"
            raise WebError(what, where=f"{kind.upper()}_PROXY", todo="Give an HTTP proxy, as http://host:8080.")


def _trusted() -> ssl.SSLContext:
    """Return the certificates to trust: those of `SSL_CERT_FILE` or `SSL_CERT_DIR`, else those that come with httpx."""
    name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
    given, is_folder = os.environ.get(name, ""), name == "SSL_CERT_DIR"
    try:
        paths = map(Path, given.split(os.pathsep) if is_folder else [given])
        if name and not any(path.is_dir() if is_folder else path.is_file() for path in paths):
            raise FileNotFoundError(0, f"there is no such {'folder' if is_folder else 'file'}")
        return httpx.create_ssl_context()
    except OSError as error:  # as those of ssl are
        what = f"cannot read the certificates to trust, '{given[:200]}': {error.strerror or error}"
        raise WebError(what, where=name, todo="Give certificates in PEM, or unset it.") from error


class _Deadline:
    """Breaks off the connections made for one answer when its time is over: what drips meets no other limit."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of a connection that was made (httpx's extension `trace`)."""
        if event.endswith("connect_tcp.complete"):
            self._sockets.append(info["return_value"].get_extra_info("socket").dup())  # TLS takes the socket itself
            if self.is_over:
                self._end()

    def _end(self) -> None:
        self.is_over = True
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._timer.cancel()
        for each in self._sockets:
            each.close()


class _Mirror(httpx.BaseTransport):
    """Asks the mirror for what was to be asked of a publisher."""

    def __init__(self, base: str) -> None:
        self._base = httpx.URL(base)
        once = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.HTTPTransport(verify=_trusted() if self._base.scheme == "https" else False, limits=once)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = f"{self._base.raw_path.decode().rstrip('/')}/{request.url.host}{request.url.raw_path.decode()}"
        url = self._base.copy_with(raw_path=path.encode())
        headers = [(b"Host", url.netloc)]
        headers += [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
        passed = httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        if self._base.userinfo:
            passed = next(httpx.BasicAuth(self._base.username, self._base.password).auth_flow(passed))
        return self._inner.handle_request(passed)

    def close(self) -> None:
        self._inner.close()


class Web:
    """A client for the publishers, to be closed after use (`with Web() as web`).

    Parameters
    ----------
    mirror : str, optional
        Base address of a mirror (see the module).
    sleep, jitter : callable
        Waits so many seconds; draws a number from 0 to 1 that spreads the waits.
    """

    def __init__(
        self,
        *,
        mirror: str | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits or Limits()
        self._sleep = sleep or _sleep
        self._jitter = jitter
        self._unreachable: dict[str, WebError] = {}
        self.mirror = re.sub("//.*@", "//", mirror or "")
        fault = "has a query or a fragment" if set("?#") & set(self.mirror) else _fault(mirror or "http://none")
        if fault:
            what = f"the mirror '{self.mirror[:80]}' {fault}"
            raise WebError(what, where="HNF_MIRROR", todo="Write it as http://host/folder.")
        if not mirror:
            _check_proxies()
        try:
            self._client = httpx.Client(
                transport=_Mirror(mirror) if mirror else None,
                verify=True if mirror else _trusted(),
                headers={"User-Agent": USER_AGENT, "Accept": "*/*"},
                timeout=httpx.Timeout(self.limits.read_s, connect=self.limits.connect_s),
                limits=httpx.Limits(max_keepalive_connections=0),  # or the deadline would not know of some
                event_hooks={"response": [_check_redirect]},
            )
        except (httpx.InvalidURL, ValueError) as error:
            what = f"names what is no host ({' '.join(str(error).split())})"
            raise WebError(what, where="NO_PROXY", todo="Write it as host,host.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def text(self, address: str, *, params: Mapping[str, str | int] | None = None) -> str:
        """Return a page as text."""
        return self._page("GET", address, params=params).decode("utf-8", "replace")

    def json(
        self, address: str, *, params: Mapping[str, str | int] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Return an answer in JSON; with a body it is asked for by POST."""
        content = self._page("GET" if body is None else "POST", address, params=params, body=body)
        try:
            return json.loads(content)
        except ValueError as error:
            what = "the answer is not JSON"
            todo = "The address may have moved: look at the publisher's page."
            raise WebError(what, where=address, todo=todo) from error

    def retry(self, address: str, once: Callable[[], Answer]) -> Answer:
        """Do something with an address until it succeeds or patience ends."""
        if fault := _fault(address):
            raise WebError(f"the address {fault}", where=address, todo="The publisher's page may be wrong or changed.")
        host = urlsplit(address).netloc
        if host in self._unreachable:
            raise self._unreachable[host]
        attempt = 0
        self._deadline = _Deadline(self.limits.total_s)
        with contextlib.closing(self._deadline) as deadline:
            while True:
                attempt += 1
                try:
                    return once()
                except TryAgainError as failed:
                    last = failed
                except httpx.TransportError as error:
                    last = explain(error, host)
                except httpx.DecodingError:
                    last = TryAgainError("the answer is packed in a way that cannot be unpacked")
                if deadline.is_over:
                    last = TryAgainError(f"the answer of {host} was not complete after {self.limits.total_s:g} seconds")
                    break
                if attempt >= (self.limits.connect_attempts if last.offline else self.limits.attempts):
                    break
                self._sleep(self._wait(last, attempt, address))
        times = "once" if attempt == 1 else f"{attempt} times"
        final = WebError(f"{last.what} (asked {times})", where=address, todo=last.todo)
        if last.offline:
            self._unreachable[host] = final
        raise final

    @contextlib.contextmanager
    def open(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[httpx.Response]:
        """Send one request, follow its redirects and yield the answer, its content still to be read."""
        more: dict[str, Any] = {"params": params, "headers": headers, "json": body}
        request = self._client.build_request(method, address, **more, extensions={"trace": self._deadline.trace})
        for _ in range(self.limits.redirects + 1):
            response = self._client.send(request, stream=True)
            try:
                if response.next_request is None:
                    check_status(response)
                    yield response
                    if self._deadline.is_over:  # an answer without a length seems whole where it is cut
                        raise TryAgainError("the answer was not complete in time")
                    return
                request = response.next_request
            finally:
                response.close()
        what = f"more than {self.limits.redirects} redirects, one leading to the next"
        todo = "The publisher's site is in a muddle or the page has moved: open it in a browser."
        raise WebError(what, where=address, todo=todo)

    def _page(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> bytes:
        def once() -> bytes:
            content = bytearray()
            with self.open(method, address, params=params, body=body) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > self.limits.page_bytes:
                        raise WebError(f"the answer is larger than {self.limits.page_bytes:,} bytes", where=address)
            return bytes(content)

        return self.retry(address, once)

    def _wait(self, last: TryAgainError, attempt: int, address: str) -> float:
        if last.wait_s is None:
            base: float = self.limits.first_wait_s * 2 ** (attempt - 1)
            return base * (1 + self._jitter() / 2)
        if last.wait_s > self.limits.longest_wait_s:
            what = f"{last.what}, and asks to wait {last.wait_s:,.0f} seconds"
            raise WebError(what, where=address, todo="Try again later.")
        return last.wait_s


def _check_redirect(response: httpx.Response) -> None:
    """Refuse a redirect that is not followed, before httpx makes a request of it."""
    if not response.has_redirect_location:
        return
    to = response.headers["Location"]
    following = to
    with contextlib.suppress(httpx.InvalidURL, ValueError):
        following = str(response.url.join(to))
    fault = _fault(following)
    if fault or (response.url.scheme == "https" and following.startswith("http:")):
        why = "it would leave https" if not fault else "it is not on the web" if "an http" in fault else f"it {fault}"
        what = f"a redirect leads to {to[:200]}, which is not followed: {why}"
        raise WebError(what, where=str(response.url), todo="Open the publisher's page in a browser.")
