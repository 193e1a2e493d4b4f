"""The command line `hnf`: overview and version at once, everything else through `hnf.commands.run`.

`hnf`, `hnf --help` and `hnf --version` are answered from plain text: this module and `registry` import nothing beyond
`sys` and `os`, so that they take little longer than starting Python. `hnf` with no arguments prints the overview and
exits 0: somebody who only asks what there is has made no mistake.
"""

import gc
import os
import sys

from hnf.release import __version__

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib takes 3 ms
_EDITION = os.path.join("data", "tidy", "EDITION")  # noqa: PTH118


def data_edition(package: str = _PACKAGE) -> str:
    """Return the edition of the tidy tables that ship, the first line of `tidy/EDITION`; `unknown` without one.

    The folder `data` is in the package (wheel) or beside it (checkout).
    """
    for folder in (package, os.path.dirname(package)):  # noqa: PTH120
        try:
            with open(os.path.join(folder, _EDITION), encoding="utf-8") as file:  # noqa: PTH118, PTH123
                return " ".join(file.readline().split()) or "unknown"
        except (OSError, UnicodeDecodeError):
            continue
    return "unknown"


def version_line() -> str:
    """Return the version of the program and the edition of the data in use, as one line."""
    return f"hnf {__version__}, data edition {_own_edition() or data_edition()}"


def _own_edition() -> str:
    """Return the edition of the user's own tables and where they are; empty where there are none."""
    if os.environ.get("HNF_DATA") == "":  # no folder is wanted: nothing need be imported to look for it
        return ""
    from hnf.errors import HnfError
    from hnf.paths import tables_in, user_tables

    try:
        own = user_tables()
    except (HnfError, OSError) as error:  # without the variable queries use the tables that ship
        return f"unknown ({error})" if "HNF_DATA" in os.environ else ""
    if own is None:
        return ""
    try:
        edition = " ".join((tables_in(own) / "EDITION").read_text(encoding="utf-8").split())
    except (HnfError, OSError, UnicodeDecodeError):
        edition = "unknown"
    return f"{edition} (your folder {own})"


#: The reader of the output went away (`hnf rank | head`): what a shell reports for a program ended by SIGPIPE.
EXIT_BROKEN_PIPE = 141
#: Interrupted from the keyboard.
INTERRUPTED = 130


def app() -> None:
    """Run the command line and leave with its exit code: the entry point of the `hnf` script."""
    # Importing makes many objects and drops few: collecting as often as by default is a tenth of the time of a query.
    gc.set_threshold(100_000, 50, 50)
    if sys.stderr is None:  # closed by the caller, as in `hnf rank 2>&-`; or a file that is opened would take its place
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open until the end
        os.dup2(sys.stderr.fileno(), 2)
    if sys.stdout is None:
        _complain("hnf: the output cannot be written: it is closed.")
        sys.exit(2)
    sys.exit(main(sys.argv[1:], as_program=True))


def main(arguments: list[str], *, as_program: bool = False) -> int:
    """Answer one command line, the words after `hnf`, and return its exit code.

    0 done; 1 a check did not hold; 2 bad usage or bad input; 70 a bug; 130 interrupted; 141 the reader went away. A
    signal that ends the program gives 128 and its number: 143 for kill. Signals are handled only where the process is
    there for this alone (`as_program`).
    """
    try:
        status = _answer(arguments, as_program=as_program)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        _drop_output()
        _complain(f"hnf: the output cannot be written: {error.strerror}. Free some space or write elsewhere.")
        return 2
    return status


def _answer(arguments: list[str], *, as_program: bool) -> int:
    if "_HNF_COMPLETE" in os.environ:
        return _offer(os.environ["_HNF_COMPLETE"])
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["help"]:
        from hnf.commands.registry import overview

        sys.stdout.write(overview())
        return 0
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(version_line() + "\n")
        return 0
    if arguments[0] in ("--install-completion", "--show-completion"):
        from hnf.commands.completion import give_script

        return give_script(arguments)
    if as_program:
        from hnf.commands.run import exit_cleanly_on_signals

        exit_cleanly_on_signals()
    from hnf.commands.run import run

    return run(arguments)


def _offer(shell: str) -> int:
    """Answer a Tab; whatever goes wrong, nothing is printed among what the user is typing."""
    from hnf.commands.completion import SHELLS, answer

    try:
        return answer(shell) if shell in SHELLS else 1
    except Exception:
        if os.environ.get("HNF_DEBUG") == "1":
            raise
        return 1


def _complain(line: str) -> None:
    """Say a line on stderr; where that is full too, the exit code says enough."""
    try:
        print(line, file=sys.stderr)
    except OSError:
        return


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain about it when it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
