"""Read the values of options without pydantic.

Some versions of typer turn the text of every option, even a plain str, into its type with a pydantic adapter, and
importing pydantic takes 80 ms: as long as most queries. The types that the commands use are simple, so they are read
here; a parameter of any other type, and any version of typer that reads values by itself, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import typer

Reader = Callable[[Any], Any]


class PlainReader:
    """Stands in for typer's runtime parameter: from the words of the command line to the value.

    Parameters
    ----------
    read : callable
        Turns one word into a value; raises ValueError with a message that says what is allowed.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of a parameter, a list where it may be given several times.

        Raises
        ------
        typer.BadParameter
            If a word cannot be read.
        """
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return [self._read(item) for item in value] if several else self._read(value)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from error


def read_without_pydantic(command: Any) -> None:
    """Give every parameter of a command, and of the commands in it, a reader that needs no pydantic."""
    list_params = command.get_params

    def get_params(ctx: Any) -> list[Any]:
        params: list[Any] = list_params(ctx)  # with --help, which typer adds only here
        for param in params:
            _replace_reader(param)
        return params

    command.get_params = get_params
    for inner in getattr(command, "commands", {}).values():
        read_without_pydantic(inner)


def _replace_reader(param: Any) -> None:
    descriptor = getattr(param, "type_descriptor", None)
    read = None if descriptor is None else _reader(descriptor.annotation, descriptor.parameter_info)
    if read is not None:
        reader = PlainReader(read)
        param.get_runtime_param = lambda: reader


def _reader(annotation: Any, info: Any) -> Reader | None:
    if get_origin(annotation) is list:
        return _reader(get_args(annotation)[0], info)
    bounds_or_checks = (info.min, info.max, info.exists, info.resolve_path, info.path_type)
    if any(bound not in (None, False) for bound in bounds_or_checks):
        return None
    if info.parser is not None:
        own: Reader = info.parser
        return own
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice_reader(annotation, case_sensitive=info.case_sensitive)
    return _READERS.get(annotation)


def _choice_reader(choices: type[Enum], *, case_sensitive: bool) -> Reader:
    def fold(value: Any) -> str:
        text = str(value.value if isinstance(value, Enum) else value)
        return text if case_sensitive else text.casefold()

    members = {fold(member): member for member in choices}

    def read(value: Any) -> Enum:
        if fold(value) not in members:
            raise ValueError(f"'{value}' is not one of {', '.join(str(member.value) for member in choices)}")
        return members[fold(value)]

    return read


def _whole_number(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a whole number") from None


def _number(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a number") from None


# The value of a flag is True or False before it gets here.
_READERS: dict[Any, Reader] = {bool: bool, str: str, int: _whole_number, float: _number, Path: Path}
