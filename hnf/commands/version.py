"""What `hnf --version` says, without importing anything that takes time.

The edition of the data is the first line of `tidy/EDITION`, in the folder `data` of the package (wheel) or beside it
(checkout); the file is written together with the tidy tables. Where the user has tables of their own, it is theirs.
"""

import os

from hnf.release import __version__

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib takes 3 ms
_EDITION = os.path.join("data", "tidy", "EDITION")  # noqa: PTH118


def data_edition(package: str = _PACKAGE) -> str:
    """Return the edition of the tidy tables that come with the package, `unknown` if they do not say.

    Parameters
    ----------
    package : str
        The folder of the package `hnf`.
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
    from hnf.user_folder import tables_in, user_tables

    own = user_tables()
    if own is None:
        return ""
    try:
        edition = " ".join((tables_in(own) / "EDITION").read_text(encoding="utf-8").split())
    except (HnfError, OSError, UnicodeDecodeError):
        edition = "unknown"
    return f"{edition} (your folder {own})"
