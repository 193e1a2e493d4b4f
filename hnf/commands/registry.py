"""Which commands there are, in the order and with the words of `hnf --help`.

A command is a module `hnf/commands/<name>.py` (`rank_card.py` for `rank-card`) and one `Entry` in `COMMANDS` below. The
module is imported when its command is used and at no other time; it imports polars and the like inside functions. It
has a function `command`, whose parameters are the options, typed with `hnf.commands.options`, or a `typer.Typer` called
`commands` for a group such as `hnf sources list`, or both: then the next word decides. The docstring up to its first
section is the help; the lines under `Examples` are shown at the end of it. CONTRIBUTING.md has an example.

Whatever cannot be done is raised as an `HnfError`: it becomes one line on stderr and the exit code of its class. A
check that did not hold emits its rows first and then raises `CheckFailed`.
"""


class Entry:
    """One command: where it lives and the line that `hnf --help` says about it."""

    __slots__ = ("group", "module", "name", "purpose")

    def __init__(self, name: str, purpose: str, group: str) -> None:
        self.name = name
        self.purpose = purpose
        self.group = group
        self.module = f"hnf.commands.{name.replace('-', '_')}"


#: The groups of the overview, in order.
GROUPS = ("Questions", "Formula", "Packs", "Data")

#: All commands, in the order of the overview.
COMMANDS = (
    Entry("allocate", "what an authority gets, step by step, in total and per head", "Questions"),
    Entry("rank", "league table of all authorities, lowest first", "Questions"),
    Entry("table", "any measures, years and areas in one table or file", "Questions"),
    Entry("map", "England as equal squares, shaded by a rate or by growth", "Questions"),
    Entry("rank-card", "the rank of one authority on every basis at once", "Questions"),
    Entry("growth", "growth of EHC plans and of funding, here and in England", "Questions"),
    Entry("need", "plans, waits, refusals, settings, appeals: now and before", "Questions"),
    Entry("gap", "how many pounds to the average, a quartile or neighbours", "Questions"),
    Entry("catch-up", "years until an authority reaches the average, if ever", "Questions"),
    Entry("compare", "one authority beside neighbours, region, type or others", "Questions"),
    Entry("wedge", "funding against need, cash and real, from a common year", "Questions"),
    Entry("inequality", "how far apart the rates of authorities lie, year by year", "Questions"),
    Entry("association", "does money go with need: correlation and elasticity", "Questions"),
    Entry("project", "EHC plans in the years ahead, only where methods passed a test", "Questions"),
    Entry("spending", "section 251 spending beside the block, and DSG balance", "Questions"),
    Entry("reported", "what was said of years no table holds, with addresses", "Questions"),
    Entry("bounds", "formula funding after the last table: between what and what", "Questions"),
    Entry("explain", "why an authority gets what it gets, and what changed", "Questions"),
    Entry("claims", "is a public statement true, and on which basis", "Questions"),
    Entry("mcp", "answer an assistant, over the Model Context Protocol", "Questions"),
    Entry("reconcile", "recompute every authority and compare with the printed tables", "Formula"),
    Entry("protection", "who is on the funding floor, who on the gains limit", "Formula"),
    Entry("parameters", "floors, limits, rates and weights by year, with sources", "Formula"),
    Entry("scenario", "what if the rules were others: winners, losers, cost", "Formula"),
    Entry("sweep", "a scenario whose numbers are uncertain: ranges and drivers", "Formula"),
    Entry("brief", "write the briefing pack of an authority", "Packs"),
    Entry("explore", "write one web page with every authority and measure in it", "Packs"),
    Entry("authorities", "who had an allocation, with codes and names", "Data"),
    Entry("sources", "the published files: list, verify, build, fetch", "Data"),
    Entry("ingest", "take newly published files into tables of your own", "Data"),
    Entry("editions", "editions and releases of every table, and which is used", "Data"),
    Entry("diff", "what changed from one edition or release to another", "Data"),
    Entry("export", "the data as EES CSV, data package, Parquet, SQLite, workbook", "Data"),
    Entry("measures", "every measure: name, unit, what it is, areas, periods", "Data"),
    Entry("trace", "follow one figure back to file, sheet and cell", "Data"),
)

#: Commands that are gone, and what does their work.
GONE = {"check-ees": "Before publishing, screen the file with DfE's own data screener."}

_OPENING = """\
Usage: hnf COMMAND [OPTIONS]

England's high needs funding: published tables recomputed to the pound,
ranked, explained and briefed.
"""

_CLOSING = """
Options of commands:
  --format FORMAT  table (default), json or csv
  --data DIR       use the tidy tables in this folder; shipped: hnf's own
  --edition DATE   as published by this date (queries)
  -h, --help       what the command does, its options, examples
Options without a command:
  -h, --help       this overview
  -V, --version    version of the program and edition of the data
  --install-completion, --show-completion [SHELL]
                   completion with Tab in bash, zsh and fish

An authority is named by name, three-digit code or ONS code, in any case.

Examples:
  hnf allocate Hertfordshire --year 2023-24 --per head
  hnf rank --measure nff --per head --year 2023-24
  hnf growth 919 --from 2015 --to 2024 --format json

Exit codes:
  0 done    1 a check did not hold    2 bad usage or bad input
  70 a bug in hnf    130 interrupted    141 the reader of the output went away
  129, 143 ended from outside: a closed terminal, kill
"""


def overview() -> str:
    """Return what `hnf --help` prints: every command in its group, common options, examples, exit codes."""
    room = max(len(entry.name) for entry in COMMANDS)
    groups = []
    for group in GROUPS:
        lines = [f"  {entry.name:<{room}}  {entry.purpose}\n" for entry in COMMANDS if entry.group == group]
        if lines:
            groups.append(f"\n{group}:\n{''.join(lines)}")
    return _OPENING + "".join(groups) + _CLOSING


def find(name: str) -> Entry | None:
    """Return the entry of a command, None if there is no such command."""
    return next((entry for entry in COMMANDS if entry.name == name), None)
