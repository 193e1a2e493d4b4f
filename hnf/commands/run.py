"""Run one command: import its module and no other, and turn what goes wrong into a line and an exit code.

Help comes from the docstring of the function, examples from its section `Examples`. Typer does the parsing; its errors
are caught here instead of in its own `main`, which would frame them, and would turn a broken pipe into exit code 1,
the code of a check that did not hold. At the end: exit cleanly on SIGTERM and SIGHUP, leaving no partial output.
"""

from __future__ import annotations

import inspect
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn

import typer
from typer.main import get_command

from hnf.commands.output import clean
from hnf.commands.registry import COMMANDS, GONE, Entry, find
from hnf.errors import HnfError, NoTableError, UsageError
from hnf.release import __version__

#: An error in the program itself (EX_SOFTWARE of sysexits.h).
BUG = 70


def run(arguments: list[str]) -> int:
    """Run the command that the words after `hnf` name, and return the exit code.

    There is at least one word.
    """
    if arguments[0] == "help":
        arguments = [*arguments[1:], "--help"]
    try:
        _require_surroundings(arguments)
        _invoke_unless_ending(arguments)
    except HnfError as error:
        return _say(f"{error.line()}{_instead(error)}", error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:  # no file was being opened: it is the output that fails
            raise
        return _say(f"{error.filename}: {error.strerror or error}", 2)
    except typer.Exit as leave:
        return leave.exit_code
    except typer.Abort:
        return _say("stopped; nothing was done.", 2)
    except typer.TyperException as error:
        return _usage(error, arguments[0])
    except Exception as error:
        return _bug(error)
    return 0


#: What compiled modules set aside, by limit of the system: with less they abort, or wait for ever. And more a core.
_LEAST_BYTES, _BYTES_A_CORE = {"v": ("AS", 1_900_000_000), "d": ("DATA", 500_000_000)}, 8_000_000


def _require_surroundings(arguments: list[str]) -> None:
    """Refuse to begin in a folder that is gone, or where memory is limited to less than is needed; help needs none."""
    if os.name != "posix" or {"-h", "--help"} & set(arguments):
        return
    try:
        os.getcwd()  # noqa: PTH109 - pathlib does no more
    except OSError as error:
        raise UsageError("the folder that this was called in is gone", todo="Change to another folder.") from error
    import resource

    for letter, (name, least) in _LEAST_BYTES.items():
        given, _ = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
        needed = least + _BYTES_A_CORE * (os.cpu_count() or 1)
        if given != resource.RLIM_INFINITY and given < needed:
            what = f"memory is limited to {given / 1e6:,.0f} MB, and {needed / 1e6:,.0f} are needed"
            raise UsageError(what, where=f"ulimit -{letter}", todo="Raise the limit or lift it.")


def _instead(error: HnfError) -> str:
    """Name the command that gives a range, where a year without a table was asked for of which ranges are known."""
    if not isinstance(error, NoTableError):
        return ""
    from hnf.analysis.bounds import bound_years

    known = [str(year) for year in bound_years(error.store)]
    step = f" For {' and '.join(known)} `hnf bounds WHO --year {error.year}` gives a range of the formula."
    return step if str(error.year) in known else ""


def _invoke_unless_ending(arguments: list[str]) -> None:
    try:
        _invoke(arguments)
    except Exception as error:
        if code := termination_code():
            raise SystemExit(code) from error
        raise


def _invoke(arguments: list[str]) -> None:
    name = arguments[0]
    if name.startswith("-"):
        raise UsageError(
            f"no option '{name}' before the command", todo="Write 'hnf COMMAND' first; 'hnf --help' lists the commands."
        )
    command = build(entry := _entry(name), following=arguments[1:2])
    if (change := changed.get()) is not None:
        change(command_of(arguments, command))
    words = [*arguments, "--help"] if len(arguments) == 1 and _needs_subcommand(entry) else list(arguments)
    with command.make_context("hnf", words) as context:
        command.invoke(context)


#: What changes a command before its words are read, where it is not a person at a shell who gives them.
changed: ContextVar[Callable[[Any], None] | None] = ContextVar("changed", default=None)


def command_of(words: list[str], root: Any = None) -> Any:
    """Return the command that the words begin with, as the parser has it, out of a command line or a new one."""
    command = root or build(_entry(words[0]), following=words[1:2])
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    return command


def _entry(name: str) -> Entry:
    if (entry := find(name)) is None:
        raise UsageError(_unknown(name))
    return entry


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    if name in GONE:
        return f"No command '{name}' any more. {GONE[name]} 'hnf --help' lists the commands."
    near = get_close_matches(name.lower(), [entry.name for entry in COMMANDS], n=2)
    meant = f" Did you mean {' or '.join(repr(other) for other in near)}?" if near else ""
    return f"No command '{name}'.{meant} 'hnf --help' lists the commands."


def build(entry: Entry, *, following: list[str] | tuple[()] = ()) -> Any:
    """Make the command line with one command; the word `following` it decides where it has a group too."""
    root = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_root)
    _add(root, entry, list(following))
    return get_command(root)


def _root() -> None:
    """England's high needs funding."""


def _needs_subcommand(entry: Entry) -> bool:
    """Whether the command is a group that does nothing by its name alone: then its help is shown."""
    module = import_module(entry.module)
    if hasattr(module, "command"):
        return False
    callback = module.commands.registered_callback
    return callback is None or callback.invoke_without_command is not True


def _add(root: typer.Typer, entry: Entry, following: list[str]) -> None:
    module = import_module(entry.module)
    group = getattr(module, "commands", None)
    if group is not None and hasattr(module, "command"):
        names = {info.name for info in group.registered_commands}
        group = group if names & set(following) else None
    if group is None:
        root.command(entry.name, help=help_text(module.command), epilog=epilog(examples(module.command)))(
            module.command
        )
        return
    for info in group.registered_commands:
        info.help, info.short_help = help_text(info.callback), summary(info.callback)
        info.epilog = epilog(examples(info.callback))
    if group.registered_callback is None:
        group.callback()(_root)  # without it typer takes a group of one command for the command itself
    default = group.registered_callback
    if default.invoke_without_command is True:  # a group whose name alone does something
        about = help_text(default.callback)
        root.add_typer(group, name=entry.name, help=about, epilog=epilog(examples(default.callback)))
        return
    about = f"{entry.purpose[0].upper()}{entry.purpose[1:]}."
    first = epilog(line for info in group.registered_commands for line in examples(info.callback)[:1])
    root.add_typer(group, name=entry.name, help=about, epilog=first)


EXAMPLES = "Examples:"
_SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)


def help_text(function: Callable[..., Any]) -> str:
    """Return the docstring up to its first section: what the command does, in paragraphs."""
    return _SECTION.split(inspect.getdoc(function) or "", maxsplit=1)[0].strip()


def summary(function: Callable[..., Any]) -> str:
    """Return the first sentence of the docstring, for a list of commands."""
    return " ".join(help_text(function).partition("\n\n")[0].split())


def examples(function: Callable[..., Any]) -> list[str]:
    """Return the lines of the section `Examples`."""
    pieces = _SECTION.split(inspect.getdoc(function) or "")
    found = dict(zip(pieces[1::2], pieces[2::2], strict=True)).get("Examples", "")
    return [line.rstrip() for line in found.strip().splitlines() if line.strip()]


def epilog(lines: Iterable[str]) -> str:
    """Return examples marked to be shown as they are; empty if there are none."""
    shown = [f"  {line}" for line in lines]
    # A backspace alone on a line keeps typer from wrapping the paragraph that follows.
    return "\n".join(["\b", EXAMPLES, *shown]) if shown else ""


def _usage(error: typer.TyperException, name: str) -> int:
    message = _in_words(error.format_message())
    context = getattr(error, "ctx", None)
    path = context.command_path if context else f"hnf {name}"
    option = getattr(error, "option_name", None)
    if option and "'" not in message.partition(":")[2]:
        message = message.replace(f": {option}", f" '{option}'")
    message = message.rstrip(".")
    message = f"{message}{'' if message.endswith('?') else '.'}{_nearest(message)}{_example(message, context)}"
    return _say(f"{path.removeprefix('hnf ')}: {message} '{path} --help' shows how it is used.", 2)


def _in_words(message: str) -> str:
    """Return the parser's message on one line, with field English in place of names of Python types."""
    line = re.sub(r"is not a valid int( range)?\b", "is not a whole number", " ".join(message.split()))
    line = re.sub(r"is not a valid float( range)?\b", "is not a number", line)
    line = re.sub(r"is not in the range x>=(\S*\d)", r"is less than \1", line)
    start, is_choice, choices = line.partition(" is not one of ")
    return f"{start}{is_choice}{choices.replace(chr(39), '')}"


def _nearest(message: str) -> str:
    """Name the choice that was probably meant, where the message lists the choices."""
    from difflib import get_close_matches

    found = re.search(r"'([^']*)' is not one of (.+)", message)
    near = get_close_matches(found[1].lower(), found[2].split(", "), n=1) if found else []
    return f" Did you mean '{near[0]}'?" if near else ""


def _example(message: str, context: Any) -> str:
    """Show how the command is given, where something of it is missing."""
    lines = str(getattr(getattr(context, "command", None), "epilog", None) or "").splitlines()
    if not message.startswith("Missing") or EXAMPLES not in lines:
        return ""
    return f" Write for example '{lines[lines.index(EXAMPLES) + 1].strip()}'."


def _bug(error: Exception) -> int:
    if isinstance(error, MemoryError) or str(error).startswith("IO_"):  # what lxml says of a temporary file
        return _say(f"too little memory, or room for temporary files ({str(error) or 'memory'}). Free some of it.", 2)
    if os.environ.get("HNF_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _say(
        f"this is a bug in hnf {__version__} ({what}). Please report it with the command you gave, as README.md says; "
        "HNF_DEBUG=1 shows where it happened.",
        BUG,
    )


def _say(line: str, status: int) -> int:
    print(f"hnf: {clean(line)}", file=sys.stderr)
    return status


#: A shell reports a program that a signal ended by this plus the number of the signal.
_BASE = 128
_MOMENT_SECONDS = 0.01
_signals: list[int] = []


def exit_cleanly_on_signals() -> None:
    """Exit on SIGTERM and SIGHUP as on Ctrl-C, clearing up on the way, with the exit code that a shell gives.

    A signal that was ignored when the program was started (`nohup`) stays ignored.
    """
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for name in ("SIGTERM", "SIGHUP"):  # Windows has not all of them
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _leave)
    sys.unraisablehook = _end_after_callback
    sys.excepthook = _print_unless_ending
    if os.name == "posix":  # elsewhere a pipe will not do
        told, tell = os.pipe()
        os.set_blocking(tell, False)
        signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
        threading.Thread(target=_end_at_last, args=(told,), daemon=True).start()


_PATIENCE_SECONDS = 10.0  # clearing up after a signal takes no longer, however busy the machine is


def _end_at_last(told: int) -> None:
    """End a while after a signal, whatever holds the program up: a compiled module, a lock, or what swallows errors."""
    while (number := os.read(told, 1)[0]) not in {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}:
        continue
    time.sleep(_PATIENCE_SECONDS)
    os._exit(_BASE + number)


def termination_code() -> int:
    """Return the exit code of the signal that ends the program, 0 where there was none.

    An error after the signal comes from a compiled module that was interrupted, or from clearing up.
    """
    return _BASE + _signals[0] if _signals else 0


def _interrupt(number: int, frame: Any) -> None:
    _signals.append(number)
    signal.signal(number, signal.default_int_handler)
    signal.default_int_handler(number, frame)


def _leave(number: int, _: Any) -> NoReturn:
    _signals.append(number)
    signal.signal(number, signal.SIG_IGN)  # a second signal does not interrupt the clearing up
    raise SystemExit(_BASE + number)


def _print_unless_ending(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nobody caught, unless it ends the program: compiled modules report those and go on."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error, trace)


def _end_after_callback(lost: Any) -> None:
    """End a moment later where the signal came in a callback, out of which Python lets no exception."""
    error = lost.exc_value
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        if os.environ.get("HNF_DEBUG") == "1":  # what is lost while clearing up would be more than one line
            sys.__unraisablehook__(lost)
        return
    if not hasattr(signal, "setitimer") or sys.is_finalizing():
        return

    def end(*_: Any) -> NoReturn:
        raise type(error)(*error.args)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _MOMENT_SECONDS)
