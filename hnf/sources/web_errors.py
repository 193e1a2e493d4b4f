"""What goes wrong on the way to a publisher and back, in words, and whether asking again may help."""

from __future__ import annotations

import datetime
import email.utils
import urllib.request

import httpx

from hnf.errors import SourceError

_BUSY = {429, 500, 502, 503, 504}
_GONE = {404: "not found", 410: "taken away"}


class WebError(SourceError):
    """A publisher's answer, or the lack of one, that a request cannot go on with.

    Parameters
    ----------
    what, where, todo : str
        As for every error.
    status : int, optional
        The HTTP status, where there was an answer.
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "", status: int | None = None) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status = status


class TryAgainError(Exception):
    """One attempt that failed in a way that may pass.

    Parameters
    ----------
    what : str
        What went wrong, in words.
    wait_s : float, optional
        Seconds that the publisher asks to wait.
    offline : bool
        True where no connection stood.
    todo : str
        The next step, where it is another than usual.
    """

    def __init__(self, what: str, *, wait_s: float | None = None, offline: bool = False, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.wait_s = wait_s
        self.offline = offline
        self.todo = todo


def check_status(response: httpx.Response) -> None:
    """Let an answer pass that can be used, and raise for every other.

    Raises
    ------
    TryAgainError
        If the publisher is busy.
    WebError
        If the status is another error.
    """
    status = response.status_code
    if response.is_success or status == 304:  # what a download that asks for a change may get
        return
    host = response.url.host
    if status in _BUSY:
        what = "is too busy" if status in (429, 503) else "has a fault of its own"
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
        return TryAgainError(
            f"the certificate of {host} is not trusted here",
            offline=True,
            todo="Where a proxy inspects traffic, name its certificate in SSL_CERT_FILE.",
        )
    if isinstance(error, httpx.ProxyError):
        return TryAgainError(
            f"the proxy gives no connection to {host} ({reason})",
            offline=True,
            todo="Check HTTPS_PROXY and NO_PROXY.",
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        proxied = {"https", "all"} & set(urllib.request.getproxies())
        todo = "A proxy is set (HTTPS_PROXY or the system's): check that it answers." if proxied else ""
        return TryAgainError(f"no connection to {host} ({reason})", offline=True, todo=todo)
    if isinstance(error, httpx.TimeoutException):
        return TryAgainError(f"{host} fell silent in the middle of an answer")
    return TryAgainError(f"the connection to {host} broke off ({reason})")
