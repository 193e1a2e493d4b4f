"""Every command as a newcomer meets it at a terminal of 80 columns: help, mistakes, closed authorities, no colour."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fixtures.first_examples import first_example

from hnf.commands import main
from hnf.commands.output import columns_of
from hnf.commands.registry import COMMANDS, find
from hnf.commands.run import build

Run = Callable[..., Any]
YEAR = ("--year", "2023-24")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def walk() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with its words: those that the parser knows, not those that a list says there are."""
    for entry in COMMANDS:
        command = build(find(entry.name)).commands[entry.name]
        yield (entry.name,), command
        # A module may have a command and a group of the same name: the next word decides.
        group = (
            build(find(entry.name), following=["factors"]).commands[entry.name] if entry.name == "ingest" else command
        )
        for name, inner in getattr(group, "commands", {}).items():
            yield (entry.name, name), inner


PATHS = dict(walk())
#: Commands that do something; groups only hold others.
DOING = [words for words, command in PATHS.items() if not getattr(command, "commands", None)]
#: Groups whose name alone does something of its own.
WITH_A_DEFAULT = {("authorities",)}


def needs_something(words: tuple[str, ...]) -> bool:
    return any(parameter.required for parameter in PATHS[words].params)


def test_the_walk_finds_the_commands_in_groups() -> None:
    assert len(PATHS) >= 40
    assert {("ingest", "factors"), ("claims", "check"), ("sources", "fetch"), ("scenario", "run")} <= set(PATHS)


@pytest.mark.parametrize("words", PATHS, ids=" ".join)
def test_every_help_has_examples_and_fits(hnf: Run, words: tuple[str, ...]) -> None:
    answer = hnf(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(columns_of, lines)) <= 80
    assert not [line for line in lines[1:] if line.endswith("...")]  # nothing is cut off
    assert "\x1b" not in answer.out
    examples = lines[lines.index("  Examples:") + 1 :]
    assert examples
    for example in examples:
        assert example.startswith(f"    hnf {words[0]}"), example


@pytest.mark.parametrize("words", [words for words in DOING if needs_something(words)], ids=" ".join)
def test_what_is_missing_is_said_with_an_example(hnf: Run, words: tuple[str, ...]) -> None:
    answer = hnf(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert re.search(r"Missing (argument|option) '.+'\. .*Write for example 'hnf " + " ".join(words), answer.err)


@pytest.mark.parametrize("words", DOING, ids=" ".join)
def test_an_unknown_option_is_one_line_with_the_nearest(hnf: Run, words: tuple[str, ...]) -> None:
    answer = hnf(*words, "--formt", "json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert "No such option '--formt'" in answer.err
    assert "--format" in answer.err or words == ("mcp",), "only `hnf mcp` answers in no format"
    assert f"'hnf {' '.join(words)} --help'" in answer.err


@pytest.mark.parametrize("words", [words for words, command in PATHS.items() if getattr(command, "commands", None)])
def test_a_group_alone_shows_its_help(hnf: Run, words: tuple[str, ...]) -> None:
    if words not in WITH_A_DEFAULT:
        answer = hnf(*words)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == hnf(*words, "--help").out
        wrong = next(iter(PATHS[words].commands))[:-1]
        assert "Did you mean" in hnf(*words, wrong).err


def test_every_command_is_found_from_a_typo(hnf: Run) -> None:
    for entry in COMMANDS:
        typo = entry.name[1:] + entry.name[0] if len(entry.name) < 4 else entry.name[:-2] + entry.name[-1]
        answer = hnf(typo)
        assert (answer.code, answer.out) == (2, "")
        assert f"'{entry.name}'" in answer.err or "Did you mean" in answer.err, answer.err
        assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rank", *YEAR, "--measure", "blok"), "Did you mean block?"),
        (("rank", *YEAR, "--per", "HEADS"), "Did you mean 'head'? "),
        (("rank", *YEAR, "--format", "jsno"), "Did you mean 'json'? "),
        (("rank", *YEAR, "--format", "zzz"), "is not one of table, json, csv. 'hnf rank --help'"),
        (("sources", "lst"), "Did you mean 'list'? 'hnf sources --help'"),
        (("gap", "919", *YEAR, "--per", "pupil", "--to", "avrage"), "Did you mean average?"),
        (("sweep", "limit_and_equal"), "Did you mean limit_and_equal_rates?"),
        (("editions", "--year", "2031-32"), "nothing in these tables is of 2031-32. 'hnf editions' lists"),
        (("ingest", "factors", "nowhere.csv"), "nowhere.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_mistake_is_one_line_that_says_what_was_meant(hnf: Run, words: tuple[str, ...], said: str) -> None:
    answer = hnf(*words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


#: Commands about one authority, asked about one that was closed; those that follow its area answer.
ABOUT_ONE = {
    "allocate": YEAR,
    "rank-card": (),
    "growth": (),
    "gap": (*YEAR, "--per", "pupil"),
    "catch-up": (*YEAR, "--own-growth", "5", "--england-growth", "3"),
    "compare": YEAR,
    "wedge": (),
    "project": (),
    "spending": (),
    "reported": (),
    "explain": YEAR,
    "brief": (),
}
FOLLOWING = {"growth", "wedge", "project", "spending", "rank-card", "reported"}


#: Those that nobody has listed are asked by the first of their examples, and may do either.
LISTED = set(ABOUT_ONE)
for words, command in PATHS.items():
    if words[0] not in LISTED and len(words) == 1 and any(option.name == "who" for option in command.params):
        ABOUT_ONE[words[0]] = first_example(words[0])[1:]


def test_every_command_about_one_authority_is_asked() -> None:
    named = {words for words, command in PATHS.items() if any(option.name == "who" for option in command.params)}
    # A sentence names whom it likes, and the lineage is about what was closed.
    assert named - {("claims", "check"), ("authorities", "lineage")} == {(name,) for name in ABOUT_ONE}


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_closed_authority_names_its_successors(hnf: Run, name: str) -> None:
    answer = hnf(name, "Cumbria", *ABOUT_ONE[name])
    if name in FOLLOWING or (name not in LISTED and answer.code == 0):
        assert answer.code == 0, answer.err
        assert "Cumbria" in answer.out
        return
    assert (answer.code, answer.out) == (2, "")
    assert "Cumbria closed on 31 March 2023" in answer.err
    assert "ask for Cumberland and Westmorland and Furness" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_an_unknown_authority_gets_the_nearest(hnf: Run, name: str) -> None:
    answer = hnf(name, "Hertfordshir", *ABOUT_ONE[name])
    assert (answer.code, answer.out) == (2, "")
    assert "no authority is called 'Hertfordshir'. Did you mean Hertfordshire" in answer.err


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "words",
    [
        ("rank", *YEAR),
        ("rank-card", "919", *YEAR),
        ("protection", *YEAR),
        ("reconcile",),
        ("claims", "check", "EHC plans in Hertfordshire have risen by 311% since 2015"),
        ("scenario", "run", "no_gains_limit", *YEAR),
        ("map", *YEAR, "--per", "head"),
    ],
    ids=lambda words: words[0],
)
def test_emphasis_adds_nothing_and_can_be_turned_off(
    hnf: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    plain = hnf(*words).out
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for setting, emphasised in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", setting)
        terminal = Terminal()
        monkeypatch.setattr("sys.stdout", terminal)
        main(list(words))
        monkeypatch.undo()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        assert ESCAPES.sub("", terminal.getvalue()) == plain
        assert bool(ESCAPES.search(terminal.getvalue())) is emphasised
        assert set(ESCAPES.findall(terminal.getvalue())) <= {"\x1b[1m", "\x1b[0m"}
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    ("columns", "width"),
    [("200", 200), ("60", 60), ("1", 20), (None, 80), ("", 80), ("0", 80), ("-5", 80), ("wide", 80), ("9" * 30, 80)],
)
def test_a_pipe_has_the_width_that_is_asked_for_or_80(
    hnf: Run, monkeypatch: pytest.MonkeyPatch, columns: str | None, width: int
) -> None:
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    lines = hnf("claims", "list").out.splitlines()
    assert max(map(len, lines)) <= width or width == 20
    if width == 200:
        assert max(map(len, lines)) > 120
