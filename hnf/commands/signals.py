"""What a signal does that asks the program to end: it unwinds, so that nothing half made is left behind."""

from __future__ import annotations

import signal
import sys
from types import TracebackType
from typing import Any, NoReturn

#: Exit codes of programs that a signal has ended are, to a shell, this and the number of the signal.
_BASE = 128
_SOON_SECONDS = 0.01
_asked: list[int] = []


def end_in_order() -> None:
    """Let the signals that end a program (kill, a closed terminal) do so as Ctrl-C does, with the code of a shell.

    One that whoever started the program has chosen to ignore (`nohup`) stays ignored.
    """
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for name in ("SIGTERM", "SIGHUP"):  # Windows has not all of them
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _leave)
    sys.unraisablehook = _end_all_the_same
    sys.excepthook = _say_unless_asked_to_end


def asked_to_end() -> int:
    """Return the exit code of the signal that asked the program to end; 0 where none has.

    An error that comes after it is one that a compiled module made of it, or one of the clearing up.
    """
    return _BASE + _asked[0] if _asked else 0


def _interrupt(number: int, frame: Any) -> None:
    _asked.append(number)
    signal.signal(number, signal.default_int_handler)
    signal.default_int_handler(number, frame)


def _leave(number: int, _: Any) -> NoReturn:
    _asked.append(number)
    signal.signal(number, signal.SIG_IGN)  # whoever asks twice does not interrupt the clearing up
    raise SystemExit(_BASE + number)


def _say_unless_asked_to_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nobody caught, unless it asks to end: compiled modules hand those in before they go on."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, trace)


def _end_all_the_same(lost: Any) -> None:
    """End a little later where the request came in a callback, out of which Python lets no exception.

    Without this it would be printed as one that was ignored, and be ignored.
    """
    error = lost.exc_value
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        sys.__unraisablehook__(lost)
        return
    if not hasattr(signal, "setitimer") or sys.is_finalizing():
        return

    def end(*_: Any) -> NoReturn:
        raise type(error)(*error.args)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _SOON_SECONDS)
