"""`hnf mcp`: its tools answer what the command line prints, in its words, and nothing is written or called.

The package mcp is in the extra `ci`: what needs it is marked slow.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from hnf.commands import mcp, registry
from hnf.tables.store import Store

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guide" / "assistants.md").read_text(encoding="utf-8")
PROGRAM = ["-c", "from hnf.commands import app; app()", "mcp"]
CHECK = ("claims", "check")
CLAIM = "EHC plans in Hertfordshire have risen by 223% since 2015"
NEAR = {"who": "Hertfordshire", "year": "2023-24", "per": "pupil", "to": "neighbours", "school_size": 420}

#: Calls of every tool, each with the command line that asks the same.
SAME: list[tuple[str, dict[str, Any], list[str]]] = [
    ("rank", {"year": "2023-24"}, ["rank", "--year", "2023-24"]),
    ("rank", {"measure": "plans", "year": 2024}, ["rank", "--measure", "plans", "--year", "2024"]),
    (
        "rank",
        {"year": "2023-24", "measure": "nff", "per": "HEAD", "population": "dfe", "edition": "2023-12-31"},
        [
            "rank",
            "--year",
            "2023-24",
            "--measure",
            "nff",
            "--per",
            "HEAD",
            "--population",
            "dfe",
            "--edition",
            "2023-12-31",
        ],
    ),
    (
        "growth",
        {"who": "919", "from": 2015, "to": "2023", "base_year": "2019-20", "vintage": None},
        ["growth", "919", "--from", "2015", "--to", "2023", "--base-year", "2019-20"],
    ),
    *(
        ("growth", {"who": who}, ["growth", who])
        for who in ("Westminster", "Cumberland", "West Northamptonshire", "Dorset", "Isle of Wight", "City of London")
    ),
    (
        "gap",
        NEAR,
        ["gap", "Hertfordshire", "--year", "2023-24", "--per", "pupil", "--to", "neighbours", "--school-size", "420"],
    ),
    ("need", {"who": "Leeds"}, ["need", "Leeds"]),
    (
        "need",
        {"who": "Nottinghamshire", "measure": ["plans", "refused_pct"], "from": "2019"},
        ["need", "Nottinghamshire", "--measure", "plans", "--measure", "refused_pct", "--from", "2019"],
    ),
    ("claims_check", {"what": [CLAIM]}, ["claims", "check", CLAIM]),
    (
        "claims_check",
        {"what": ["It is the lowest funded.", "Plans fell by 90% since 2015."], "who": "Leicester", "said": "2024-06"},
        [
            *CHECK,
            "It is the lowest funded.",
            "Plans fell by 90% since 2015.",
            "--who",
            "Leicester",
            "--said",
            "2024-06",
        ],
    ),
    ("reported", {"who": "Central Bedfordshire"}, ["reported", "Central Bedfordshire"]),
    ("reported", {}, ["reported"]),
    ("trace", {"figure_id": "rate:2023-24:nff:pupil:919"}, ["trace", "rate:2023-24:nff:pupil:919"]),
    ("measures", {"words": ["top-up", "budget"]}, ["measures", "top-up", "budget"]),
]

#: Calls that cannot be answered, each with the command line that is refused in the same words.
REFUSED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "typo": ("growth", {"who": "Hertfordshir"}, ["growth", "Hertfordshir"]),
    "closed": ("gap", {"who": "Cumbria", "year": "2023-24"}, ["gap", "Cumbria", "--year", "2023-24"]),
    "no such year": ("rank", {"year": "2041-42"}, ["rank", "--year", "2041-42"]),
    "a year with ranges": ("gap", {"who": "919", "year": "2035-36"}, ["gap", "919", "--year", "2035-36"]),
    "missing argument": ("growth", {}, ["growth"]),
    "missing option": ("table", {}, ["table"]),
    "unknown argument": ("gap", {"shool_size": 10}, ["gap", "--shool-size=10"]),
    "unknown choice": ("rank", {"year": "2023-24", "per": "heads"}, ["rank", "--year", "2023-24", "--per", "heads"]),
    "no number": (
        "gap",
        {"who": "919", "year": "2023-24", "school_size": "many"},
        ["gap", "919", "--year", "2023-24", "--school-size", "many"],
    ),
    "a list for one": ("growth", {"who": "919", "from": ["x", "y"]}, ["growth", "919", "--from", "x", "--from", "y"]),
    "looks like an option": ("growth", {"who": "--help"}, ["growth", "--", "--help"]),
    "help": ("rank", {"help": True}, ["rank", "--help=true"]),
    "no figure": ("trace", {"figure_id": "rate:2023-24:nff:pupil"}, ["trace", "rate:2023-24:nff:pupil"]),
    "nothing to check": ("claims_check", {}, ["claims", "check"]),
    "empty claim": ("claims_check", {"what": [" "]}, ["claims", "check", " "]),
}


def ask(calls: list[tuple[str, dict[str, Any]]], place: Any = None, mode: str = "legacy") -> list[Any]:
    """The results of calls, in one session with a server in this process or at a place."""
    from mcp import Client

    async def all_of_them() -> list[Any]:
        async with Client(place or mcp.server(), mode=mode) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(all_of_them())


def listed(data: Path | None = None) -> dict[str, Any]:
    from mcp import Client

    async def tools() -> Any:
        async with Client(mcp.server(data)) as client:
            return (await client.list_tools()).tools

    return {tool.name: tool for tool in asyncio.run(tools())}


def is_the_answer(result: Any, printed: Any) -> bool:
    """Whether a result has the JSON that a command printed, as text and as an object, and its notes."""
    texts = [block.text for block in result.content]
    assert texts == [text for text in (printed.out, printed.err.strip()) if text]
    assert result.structured_content == json.loads(printed.out)
    return not result.is_error


def test_without_the_package_one_line_says_what_to_install(hnf: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    answer = hnf("mcp")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "hnf: the package mcp, of version 2, is not installed. Install it with: pip install 'hnf[mcp]'\n"
    )


@pytest.mark.slow
def test_every_command_of_the_list_is_a_tool_with_its_options() -> None:
    tools = listed()
    assert {name.split()[0] for name in mcp.COMMANDS} <= {entry.name for entry in registry.COMMANDS}
    assert list(tools) == [name.replace(" ", "_") for name in mcp.COMMANDS]
    assert {"rank", "growth", "gap", "need", "table", "claims_check", "reported", "trace", "measures"} <= set(tools)
    gap = tools["gap"].input_schema
    assert gap["required"] == ["who"]
    assert gap["additionalProperties"] is False
    assert list(gap["properties"]) == [
        "who",
        "year",
        "per",
        "to",
        "neighbours",
        "school_size",
        "measure",
        "population",
        "edition",
    ]
    assert gap["properties"]["per"] == {
        "type": "string",
        "enum": ["head", "pupil", "plan"],
        "description": "Divide by people aged 2 to 18 (head), pupils in schools, or EHC plans.",
        "default": "head",
    }
    assert gap["properties"]["school_size"]["type"] == "number"
    assert "default" not in gap["properties"]["school_size"]
    growth = tools["growth"].input_schema
    assert list(growth["properties"]) == ["who", "from", "to", "measure", "base_year", "vintage", "edition"]
    assert growth["properties"]["to"]["description"].endswith("Left out: the latest.")
    assert tools["need"].input_schema["properties"]["measure"]["items"] == {"type": "string"}
    claims = tools["claims_check"].input_schema
    assert (list(claims["properties"]), claims["required"]) == (["what", "who", "said", "edition"], ["what"])
    assert claims["properties"]["what"]["type"] == "array"
    assert tools["rank"].description.startswith("Rank all authorities, lowest first")
    for tool in tools.values():
        assert re.fullmatch(r"[A-Z][^\n]{20,}\.", tool.description)
        assert tool.annotations.read_only_hint
        assert not {"data", "format", "out", "chart", "annotate", "column", "all_bases"} & set(
            tool.input_schema["properties"]
        )
        assert all(one["description"].endswith(".") for one in tool.input_schema["properties"].values()), tool.name


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_answers_are_those_of_the_command_line(hnf: Run, mode: str) -> None:
    results = ask([(name, given) for name, given, _ in SAME], mode=mode)
    assert {name for name, *_ in SAME} >= set(listed()) - {"table"}
    for (name, given, line), result in zip(SAME, results, strict=True):
        printed = hnf(*line, "--format", "json")
        assert printed.code in (0, 1), printed.err
        assert is_the_answer(result, printed), (name, given)


@pytest.mark.slow
def test_the_table_of_measures_is_a_tool_too(hnf: Run) -> None:
    assert "out" not in listed()["table"].input_schema["properties"]
    given = {"measures": "plans,block_per_head", "areas": "Leeds,England", "growth_from": "2019", "rank": True}
    line = ["table", "--measures", "plans,block_per_head", "--areas", "Leeds,England", "--growth-from", "2019"]
    for wide in (False, True):
        (result,) = ask([("table", {**given, "wide": wide})])
        assert is_the_answer(result, hnf(*line, "--rank", *(["--wide"] if wide else []), "--format", "json"))


@pytest.mark.slow
def test_an_answer_that_no_assistant_reads_says_how_long_it_is(hnf: Run) -> None:
    given = {"measures": "all", "level": "all"}
    (result,) = ask([("table", given)])
    size = len(hnf("table", "--measures", "all", "--level", "all", "--format", "json").out)
    assert result.is_error
    assert f"an answer of {size:,} characters" in result.content[0].text
    assert len(result.content[0].text) < 200


@pytest.mark.slow
def test_an_untrue_claim_is_an_answer_and_an_oracle_agrees_on_plans() -> None:
    claim, ranks = ask(
        [
            ("claims_check", {"what": ["EHC plans in Hertfordshire have risen by 923% since 2015"]}),
            ("rank", {"measure": "plans", "year": "2024"}),
        ]
    )
    assert not claim.is_error
    assert claim.structured_content["verdicts"]["untrue"] == 1
    assert claim.content[-1].text == "hnf: the claim is not true"
    with (ROOT / "data" / "tidy" / "ehc_plans.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["la_code"], row["january"]) == ("919", "2024")]
    (ours,) = (row for row in ranks.structured_content["rows"] if row["la_code"] == "919")
    assert [str(int(ours["value"]))] == [row["count"] for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_errors_are_the_line_that_the_command_says(hnf: Run, case: str) -> None:
    name, given, line = REFUSED[case]
    printed = hnf(*line) if "--" in line else hnf(*line, "--format", "json")
    (result,) = ask([(name, given)])
    assert (printed.code, printed.out) == (2, "")
    assert result.is_error
    assert [block.text for block in result.content] == [printed.err.strip().splitlines()[-1]]
    assert result.structured_content is None


@pytest.mark.slow
@pytest.mark.parametrize("option", ["data", "format", "chart", "out", "annotate", "column", "all-bases", "base_yaer"])
def test_options_of_files_and_layout_are_none_of_a_tool(tmp_path: Path, option: str) -> None:
    place = tmp_path / "written.svg"
    tools = listed()
    results = ask([(name, {option: str(place)}) for name in tools])
    for result in results:
        assert result.is_error
        assert f"No such option '--{option.replace('_', '-')}'" in result.content[0].text
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_no_file_is_read_for_a_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "speech.txt").write_text("Kent is the lowest funded authority.")
    (tmp_path / "two words.txt").write_text("Kent is the lowest funded authority.")
    for name in ("-", "speech.txt", " speech.txt\n", str(tmp_path / "speech.txt"), "https://example.org/speech.html"):
        (result,) = ask([("claims_check", {"what": [CLAIM, name]})])
        assert result.is_error
        assert "files and addresses are not read for an assistant" in result.content[0].text
    (result,) = ask([("claims_check", {"what": ["two words.txt"]})])
    assert [claim["text"] for claim in result.structured_content["claims"]] == ["two words.txt"]


@pytest.mark.slow
def test_a_text_is_as_long_as_the_command_takes() -> None:
    (result,) = ask([("claims_check", {"what": ["a " * 500_001]})])
    assert result.content[0].text == "hnf: is longer than 1,000,000 characters. Check it in parts."


@pytest.mark.slow
def test_a_tool_that_is_not_there_is_an_error_of_the_protocol() -> None:
    from mcp import Client, MCPError

    async def ask_it() -> None:
        async with Client(mcp.server(), mode="legacy") as client:
            with pytest.raises(MCPError, match=r"there is no tool 'rnak'. Did you mean rank"):
                await client.call_tool("rnak", {})

    asyncio.run(ask_it())


@pytest.mark.slow
def test_a_bug_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HNF_DEBUG", "1")
    monkeypatch.setattr("hnf.analysis.reported.reported", lambda *_: 1 // 0)
    (result,) = ask([("reported", {})])
    assert result.is_error
    assert result.content[0].text.startswith("hnf: this is a bug in hnf")
    assert "\n" not in result.content[0].text


@pytest.mark.slow
def test_tables_are_read_once_until_they_change(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    before = Store._read
    monkeypatch.setattr(Store, "_read", lambda self, name: (read.append(name), before(self, name))[1])
    given = ("rank", {"measure": "plans", "year": "2024"})
    first, again = ask([given, given], mcp.server(tables))
    assert first.structured_content == again.structured_content
    assert len(read) == len(set(read)) > 0
    path = tables / "ehc_plans.csv"
    (row,) = (row for row in first.structured_content["rows"] if row["la_code"] == "919")
    value = str(int(row["value"]))
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.replace(f",{value},", ",7,") if ",919," in line else line for line in lines) + "\n")
    (changed,) = ask([given], mcp.server(tables))
    assert [row["value"] for row in changed.structured_content["rows"] if row["la_code"] == "919"] == [7]


@pytest.mark.slow
def test_calls_at_the_same_time_do_not_mix() -> None:
    from mcp import Client

    names = ["Leeds", "Kent", "Leicester", "Westminster", "Hertfordshire", "Hertfordshir"]

    async def at_once() -> list[Any]:
        async with Client(mcp.server(), mode="legacy") as client:
            return await asyncio.gather(*(client.call_tool("growth", {"who": name}) for name in names))

    *found, refused = asyncio.run(at_once())
    assert [result.structured_content["area"] for result in found] == names[:-1]
    assert refused.is_error
    assert "'Hertfordshir'" in refused.content[0].text


@pytest.mark.slow
def test_no_connection_is_opened_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **_: Any) -> None:
        raise AssertionError(f"a connection to {arguments[-1]}")

    for name in ("connect", "connect_ex", "sendto", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    results = ask([(name, given) for name, given, _ in SAME])
    assert not any(result.is_error for result in results)


def surroundings(folder: Path) -> dict[str, str]:
    """Home, cache and temporary folder, empty and to be found empty."""
    names = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR", "MPLCONFIGDIR")
    places = {name: folder / name.casefold() for name in names}
    for place in (*places.values(), folder / "cwd"):
        place.mkdir()
    return {"PYTHONPATH": str(ROOT), "HNF_DATA": "", **{name: str(place) for name, place in places.items()}}


@pytest.mark.slow
def test_over_standard_input_and_output_nothing_is_written(hnf: Run, tmp_path: Path) -> None:
    from mcp import StdioServerParameters, stdio_client

    environment = surroundings(tmp_path)
    place = StdioServerParameters(command=sys.executable, args=PROGRAM, env=environment, cwd=tmp_path / "cwd")
    results = ask([*((name, given) for name, given, _ in SAME), REFUSED["typo"][:2]], stdio_client(place), mode="auto")
    for (*_, line), result in zip(SAME, results, strict=False):
        assert is_the_answer(result, hnf(*line, "--format", "json"))
    assert results[-1].is_error
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []


@contextmanager
def started() -> Iterator[tuple[Any, IO[str], IO[str], IO[str]]]:
    """The program itself, with its standard input, output and errors."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HNF_DATA": ""}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, *PROGRAM], text=True, env=environment, **pipes) as program:
        yield program, program.stdin, program.stdout, program.stderr


HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


def message(id_: int, method: str, params: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params}) + "\n"


@pytest.mark.slow
def test_on_stdout_there_is_the_protocol_and_nothing_else() -> None:
    calls = [(name, given) for name, given, _ in [*SAME[:2], SAME[10], *REFUSED.values()]]
    asked = message(0, "initialize", HELLO)
    asked += '{"jsonrpc": "2.0", "method": "notifications/initialized"}\n'
    with started() as (program, asked_of, said, complained):
        asked_of.write(asked)
        answers = []
        for number, (name, given) in enumerate(calls, start=1):
            asked_of.write(message(number, "tools/call", {"name": name, "arguments": given}))
        asked_of.flush()
        for _ in range(len(calls) + 1):
            answers.append(json.loads(said.readline()))
        asked_of.close()
        assert said.read() == ""
        assert complained.read() == ""
        assert program.wait(30) == 0
    assert {answer["jsonrpc"] for answer in answers} == {"2.0"}
    assert sorted(answer["id"] for answer in answers) == list(range(len(calls) + 1))
    errors = {answer["id"] for answer in answers if answer["result"].get("isError")}
    assert errors == set(range(4, len(calls) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(sent: signal.Signals) -> None:
    with started() as (program, asked_of, said, complained):
        asked_of.write(message(0, "initialize", HELLO))
        asked_of.flush()
        assert '"serverInfo"' in said.readline()
        program.send_signal(sent)
        assert program.wait(5) == 128 + sent
        assert complained.read() == ""


@pytest.mark.slow
def test_the_page_shows_what_the_tools_answer() -> None:
    _, *blocks = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
    assert len(blocks) >= 2
    for asked, shown in zip(blocks[::2], blocks[1::2], strict=True):
        (result,) = ask([(asked["name"], asked["arguments"])])
        found = result.structured_content
        holds = found["claims"][0] if "claims" in found else found
        assert {key: holds[key] for key in shown} == shown
    assert str(holds["value"])[:6] in PAGE
