"""`hnf mcp`: questions for an assistant, over the Model Context Protocol on standard input and output.

A tool is a command: its schema is made from the options that the parser has, its answer is what `--format json` prints,
and an error is the line that the command says. Left out are options that name files or folders of this machine or
choose a layout. Commands run one at a time, with their output caught; the tables read stay in memory.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hnf.commands import options
from hnf.commands.output import note
from hnf.commands.run import changed, command_of, run
from hnf.errors import HnfError, UsageError, require_one_of
from hnf.release import __version__

if TYPE_CHECKING:
    from mcp.server import Server, ServerRequestContext
    from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, Tool

    from hnf.tables.store import Store

#: The commands that are tools; the name of a tool has an underscore for a space.
COMMANDS = ("rank", "growth", "gap", "need", "table", "claims check", "reported", "trace", "measures")
#: Of an answer; all authorities on all years of one measure have some 900,000.
MOST_CHARACTERS = 1_000_000
#: Options that no tool has: those that choose the layout of an answer, or speak of a file.
_LAYOUT = {"--format", "--column", "--all-bases", "--chart-size"}
_PLACES = {"DIR", "FILE"}
#: Tables kept in memory: of how many folders and dates.
_KEPT = 4
_ABOUT = (
    "England's high needs funding and the need for it, from published tables. Every figure has an id that the tool "
    "trace follows to file, sheet and cell. Say with a figure its basis (per whom, of which year, cash or real terms), "
    "and keep the notes that come with an answer. A year, an area or a measure that is refused is not known here."
)
_TEXTS = "Sentences to check, as strings; files are not read."
_LOCK = threading.Lock()


def command(data: options.Data = None) -> None:
    """Answer an assistant's questions over the Model Context Protocol, on standard input and output.

    The tools are rank, growth, gap, need, table, claims check, reported, trace and measures: each answers as the
    command does with --format json. Nothing is written and no connection is opened. Needs the package mcp.

    Examples
    --------
    hnf mcp
    hnf mcp --data shipped
    """
    try:
        from mcp import MCPError  # noqa: F401 - as it is called since version 2
        from mcp.server.stdio import stdio_server
    except ImportError as error:
        todo = "Install it with: pip install 'hnf[mcp]'"
        raise UsageError("the package mcp, of version 2, is not installed", todo=todo) from error
    if sys.stdin is None:
        raise UsageError("standard input is closed", todo="Let an assistant start this: it asks on standard input.")
    if sys.stdin.isatty():
        note("Waiting for an assistant on standard input; Ctrl-C ends this.")
    served = server(data)

    async def serve() -> None:
        async with stdio_server() as (asked, answered):
            await served.run(asked, answered, served.create_initialization_options())

    # A reader of standard input cannot be interrupted, and there is nothing to clear up.
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda received, _: os._exit(128 + received))
    asyncio.run(serve())


def server(data: Path | None = None) -> Server[Any]:
    """Return the server, for any transport; `data` is the folder of tables that its commands use."""
    from mcp import MCPError, types
    from mcp.server import Server

    tools = {name.replace(" ", "_"): name.split() for name in COMMANDS}

    async def list_tools(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return types.ListToolsResult(tools=[_tool(name) for name in tools])

    async def call_tool(_: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
        try:
            words = tools[require_one_of(asked.name, tools, "tool")]
        except HnfError as error:
            raise MCPError(types.INVALID_PARAMS, error.line()) from error
        return await asyncio.to_thread(_answer, words, asked.arguments or {}, data)

    @cache
    def _tool(name: str) -> Tool:
        found = command_of(tools[name])
        about = " ".join(found.help.partition("\n\n")[0].split())
        hints = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        title = f"hnf {' '.join(tools[name])}"
        return types.Tool(name=name, title=title, description=about, input_schema=_schema(found), annotations=hints)

    return Server("hnf", version=__version__, instructions=_ABOUT, on_list_tools=list_tools, on_call_tool=call_tool)


def _offered(command: Any) -> dict[str, Any]:
    """Return the parameters of a command that a tool has, by the name they have there: `base_year` for --base-year."""
    return {
        (one.opts[0].lstrip("-").replace("-", "_") if one.param_type_name == "option" else one.name): one
        for one in command.params
        if not _LAYOUT & set(one.opts) and one.metavar not in _PLACES
    }


def _takes_files(parameter: Any) -> bool:
    """Whether what is given may be a text or the name of a file."""
    return parameter.param_type_name == "argument" and "FILE" in (parameter.metavar or "")


def _schema(command: Any) -> dict[str, Any]:
    """Return the JSON schema of what a tool takes."""
    offered = _offered(command)
    return {
        "type": "object",
        "properties": {name: _property(one) for name, one in offered.items()},
        "required": [name for name, one in offered.items() if one.required or _takes_files(one)],
        "additionalProperties": False,
    }


_TYPES = {"INT": "integer", "FLOAT": "number", "BOOL": "boolean"}


def _property(parameter: Any) -> dict[str, Any]:
    kind = parameter.type
    choices, least = getattr(kind, "choices", None), getattr(kind, "min", None)
    found: dict[str, Any] = {"type": _TYPES.get(repr(kind).partition("Range")[0].strip("<").upper(), "string")}
    found |= {"enum": list(choices)} if choices else {}
    found |= {"minimum": least} if least is not None else {}
    about = _TEXTS if _takes_files(parameter) else " ".join((parameter.help or "").split())
    default = getattr(parameter, "show_default", None)
    if isinstance(default, str):
        about += f" Left out: {default}."
    if parameter.nargs == -1 or getattr(parameter, "multiple", False):
        return {"type": "array", "items": found, "description": about}
    given = {} if parameter.default in (None, "") else {"default": parameter.default}
    return {**found, "description": about, **given}


def _words(words: list[str], given: Mapping[str, Any]) -> list[str]:
    """Return the words of a command line that say what a tool was given; what it does not know becomes an option.

    Raises
    ------
    UsageError
        If a file is named in place of a sentence.
    """
    offered = _offered(command_of(words))
    named, placed = [], []
    for key, value in given.items():
        found = offered.get(key)
        for one in value if isinstance(value, list) else [value]:
            text = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
            if one is None:
                continue
            if found is None or found.param_type_name == "option":
                flag = f"--{key.replace('_', '-')}"
                is_flag = found is not None and getattr(found, "is_flag", False) and isinstance(one, bool)
                named += ([flag] if one else []) if is_flag else [f"{flag}={text}"]
            elif _takes_files(found):
                if text.strip() and not any(map(str.isspace, text.strip())):
                    todo = "Give sentences: a statement has spaces."
                    raise UsageError("files and addresses are not read for an assistant", where=text[:60], todo=todo)
                placed.append(f"{text}\n")  # what ends a line names no file
            else:
                placed.append(text)
    return [*words, *named, "--", *placed]


def _answer(words: list[str], given: Mapping[str, Any], data: Path | None) -> CallToolResult:
    """Answer one call of a tool, and no other meanwhile: output is caught for the whole process."""
    from mcp.types import CallToolResult, TextContent

    with _LOCK, _caught(data) as (out, err):
        try:
            status = run(_words(words, given))
        except HnfError as error:
            status = error.exit_code
            note(f"hnf: {error.line()}")
    said, text = err.getvalue().strip(), out.getvalue()
    if status and not text:
        line = said.splitlines()[-1] if said else f"hnf: {' '.join(words)} ended with exit code {status}"
        return CallToolResult(content=[TextContent(type="text", text=line)], is_error=True)
    if len(text) > MOST_CHARACTERS:
        line = f"hnf: an answer of {len(text):,} characters, and an assistant is given {MOST_CHARACTERS:,} at most."
        line += f" Ask for fewer {'measures, periods or areas' if words == ['table'] else 'at once'}."
        return CallToolResult(content=[TextContent(type="text", text=line)], is_error=True)
    blocks = [TextContent(type="text", text=one) for one in (text, said) if one]
    return CallToolResult(content=[*blocks], structured_content=json.loads(text))


@contextmanager
def _caught(data: Path | None) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Catch what a command prints, which has the options of its tool only and finds tables that were read before."""

    def narrow(command: Any) -> None:
        offered = _offered(command).values()
        fixed = {one.name: "json" for one in command.params if "--format" in one.opts}
        fixed |= {one.name: data for one in command.params if "--data" in one.opts}
        command.params = [one for one in command.params if one in offered]
        command.callback = partial(command.callback, **fixed)

    narrowed, kept = changed.set(narrow), options.keep_store.set(_store)
    try:
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            yield out, err
    finally:
        changed.reset(narrowed)
        options.keep_store.reset(kept)


def _store(folder: Path | None, as_at: str | None) -> Store:
    """Return the tables of a folder, those read before unless the folder has changed since."""
    from hnf.paths import has_only_factors, tables_in

    seen: list[tuple[str, int]] = []
    if folder is not None:
        places = {folder, *([] if has_only_factors(folder) else [tables_in(folder)])}
        files = (file for place in places for file in place.rglob("*") if file.is_file())
        seen = sorted((str(file), file.stat().st_mtime_ns) for file in files)
    return _kept_store(folder, as_at, tuple(seen))


@lru_cache(maxsize=_KEPT)
def _kept_store(folder: Path | None, as_at: str | None, _: tuple[tuple[str, int], ...]) -> Store:
    from hnf.tables.store import Store

    return Store(folder, as_at)
