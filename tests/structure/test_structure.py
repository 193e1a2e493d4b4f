"""The shape of the code: one direction of imports, few and full modules, no grab bags, no rates or years in code."""

from __future__ import annotations

import ast
import functools
import io
import re
import sys
import tokenize
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import hnf

ROOT = Path(hnf.__file__).parent.parent
PACKAGE = ROOT / "hnf"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
#: Longer than any question is; a module that passes it holds two.
LINES = 800

#: Stages in the order in which figures flow; a module imports from its own stage and those above it only.
STAGES = (
    ("hnf.release", "hnf.errors", "hnf.years", "hnf.paths", "hnf.text", "hnf.files", "hnf.results", "hnf.workers"),
    ("hnf.sources.workbooks", "hnf.sources.catalogue"),
    ("hnf.tables",),
    ("hnf.sources",),
    ("hnf.fetch",),
    ("hnf.measures",),
    ("hnf.formula",),
    ("hnf.factors",),
    ("hnf.scenarios",),
    ("hnf.analysis",),
    ("hnf.claims",),
    ("hnf.ingest",),
    ("hnf.packs.content",),
    ("hnf.charts",),
    ("hnf.formats",),
    ("hnf.export",),
    ("hnf.packs",),
    ("hnf.explore",),
    ("hnf.commands",),
)

#: Why a module that one other module imports is not part of it.
APART = {
    r"hnf\.commands\..*": "a command",
    r"hnf\.sources\.(population|sen2|spending|prices|places|dsg|tiles|reported)": "a loader",
    r"hnf\.formats\..*|hnf\.export\.(ees|sqlite|workbooks)": "a file format",
    r"hnf\.charts\.(bars|lines|tile_map)|hnf\.packs\.scenario_chart": "a chart",
    r"hnf\.packs\.sections\..*": "a section of packs",
    r"hnf\.sources\.workbooks\..*": "a format of published workbooks",
    r"hnf\.(fetch\.fetch|ingest\.ingest|export\.export|packs\.batch|scenarios\.sweep_run)": "what a command runs",
    r"hnf\.claims\.(check|texts|grammar|clauses|forms|words|said|search|bounded)": (
        "a stage: statements are given, split, read, searched for, judged"
    ),
    r"hnf\.fetch\.(ees|publishers)": "a publisher's service",
    r"hnf\.analysis\.(shares|lineage)": "a question",
    r"hnf\.ingest\.differences": "a stage: what a file changes, and what of it is worse",
    r"hnf\.formula\.bands": "arithmetic that reads no table",
    r"hnf\.scenarios\.sweep_files": "what a file says, before anything is computed",
    r"hnf\.explore\.data": "what a page holds, before it is laid out",
    r"hnf\.claims\.texts": "files of every kind, before any is read as a statement",
}


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def tree_of(path: Path) -> ast.Module:
    return _tree(text_of(path))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


#: The package as the rules below see it: the source of every module by its dotted name.
Sources = dict[str, str]
HNF: Sources = {name_of(path): text_of(path) for path in MODULES}


@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def _nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(source)))


def imports_of(source: str, names: set[str]) -> set[str]:
    """Modules of the package that a module imports: inside functions, for type checking and by name ("hnf.a:f") too."""
    found: set[str] = set()
    for node in _nodes(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            module = node.module or ""
            found |= {f"{module}.{a.name}" if f"{module}.{a.name}" in names else module for a in node.names}
        elif isinstance(node, ast.Constant) and re.fullmatch(r"hnf(\.\w+)+:\w+", str(node.value)):
            found.add(node.value.partition(":")[0])
    return {module for module in found if module.split(".")[0] == "hnf"}


def arrows(sources: Sources) -> dict[str, set[str]]:
    """The modules that each module imports."""
    return {module: imports_of(source, set(sources)) - {module} for module, source in sources.items()}


def stage_of(module: str) -> int | None:
    """The number of a module's stage: that of the longest name it begins with."""
    found = [
        (len(name), number)
        for number, names in enumerate(STAGES)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    return max(found)[1] if found else None


def backward(sources: Sources) -> list[tuple[str, str]]:
    """Imports from a later stage, or from a module without a stage."""
    return sorted(
        (module, imported)
        for module, found in arrows(sources).items()
        for imported in found
        if (own := stage_of(module)) is not None and imported != "hnf"
        if (other := stage_of(imported)) is None or other > own
    )


def loops(sources: Sources) -> list[tuple[str, str]]:
    """Pairs of modules that import each other."""
    found = arrows(sources)
    return sorted((a, b) for a in found for b in found[a] if a < b and a in found.get(b, set()))


def with_one_importer(sources: Sources) -> list[str]:
    """Modules that one other module imports and for which `APART` has no reason, packages left out."""
    importers = defaultdict(set)
    for module, imported in arrows(sources).items():
        for one in imported:
            importers[one].add(module)
    packages = {module.rpartition(".")[0] for module in sources}
    return sorted(
        module
        for module in sources
        if len(importers[module]) <= 1 and module not in packages and module not in ("hnf", "hnf.__main__")
        if not any(re.fullmatch(pattern, module) for pattern in APART)
    )


def too_long(sources: Sources) -> dict[str, int]:
    """Modules over the cap, with their lines."""
    return {module: lines for module, source in sources.items() if (lines := len(source.splitlines())) > LINES}


def passing_on(sources: Sources) -> list[str]:
    """Modules whose every function only calls another with what it was given."""

    def passes_on(function: ast.FunctionDef) -> bool:
        body = [n for n in function.body if not isinstance(n, ast.Import | ast.ImportFrom | ast.Expr)]
        arguments = {a.arg for a in function.args.args}
        if len(body) != 1 or not isinstance(body[0], ast.Return) or not isinstance(body[0].value, ast.Call):
            return False
        return all(isinstance(a, ast.Name) and a.id in arguments for a in body[0].value.args)

    found = []
    for module, source in sources.items():
        body = _tree(source).body
        functions = [node for node in body if isinstance(node, ast.FunctionDef)]
        others = [node for node in body if isinstance(node, ast.ClassDef)]
        if functions and not others and all(passes_on(function) for function in functions):
            found.append(module)
    return sorted(found)


def named_like_a_library(sources: Sources) -> list[str]:
    """Modules named like one of the standard library or of a dependency; commands have the name of the command."""
    taken = (set(sys.stdlib_module_names) | DEPENDENCIES) - {"trace"}  # `hnf trace` is older than that thought
    return sorted(
        module for module in sources if module.rpartition(".")[2] in taken and not module.startswith("hnf.commands.")
    )


DEPENDENCIES = {
    "afcharts", "dataframely", "docx", "filelock", "httpx", "jinja2", "markupsafe", "matplotlib", "numpy", "olefile",
    "openpyxl", "pandas", "platformdirs", "polars", "psutil", "python_calamine", "rich", "scipy", "typer", "typst",
    "html",
}  # fmt: skip


def readers_of_tables(sources: Sources) -> dict[str, set[str]]:
    """The modules that read each tidy table, whatever looks at rows as rows (ingest, export, editions) left out."""
    readers = defaultdict(set)
    for module, source in sources.items():
        if module.startswith(("hnf.ingest.", "hnf.export.")) or module == "hnf.analysis.editions":
            continue
        for node in _nodes(source):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "table":
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant):
                        readers[str(argument.value)].add(module)
    return dict(readers)


def implementations(sources: Sources) -> dict[str, int]:
    """How many classes implement each protocol or abstract class of the package."""
    abstract, bases = set(), defaultdict(set)
    for source in sources.values():
        for node in _nodes(source):
            if isinstance(node, ast.ClassDef):
                names = {ast.unparse(base).split("[")[0].rpartition(".")[2] for base in node.bases}
                marked = any("abstractmethod" in ast.unparse(n) for n in ast.walk(node) if isinstance(n, ast.Name))
                if names & {"Protocol", "ABC"} or marked:
                    abstract.add(node.name)
                for name in names:
                    bases[name].add(node.name)
    return {name: len(bases[name]) for name in abstract}


def without_caller(sources: Sources) -> list[str]:
    """Functions, methods and classes whose name is nowhere else in the package."""
    used: dict[str, int] = defaultdict(int)
    defined = []
    for module, source in sources.items():
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            words = re.findall(r"\w+", token.string) if token.type in (tokenize.NAME, tokenize.STRING) else ()
            for word in words:
                used[word] += 1
        for node in _nodes(source):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not re.fullmatch(r"__\w+__", node.name):
                called_by_a_library = bool(node.decorator_list) and "command" in ast.unparse(node.decorator_list[0])
                if not called_by_a_library and node.name not in CALLED_BY_LIBRARIES:
                    defined.append((module, node.name))
    return sorted(f"{module}.{name}" for module, name in defined if used[name] < 2)


#: Names that a library calls: entry point, callbacks of parsers.
CALLED_BY_LIBRARIES = {
    "app",
    "_repr_html_",
    "_repr_png_",
    "handle_starttag",
    "handle_data",
    "handle_endtag",
    "convert",
    "shell_complete",
}


def entries_that_only_state_a_type(sources: Sources) -> list[tuple[str, str]]:
    """Entries of numpydoc sections with a name and a type and no words."""
    found = []
    for module, source in sources.items():
        for node in _nodes(source):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            lines = (ast.get_docstring(node) or "").splitlines()
            starts = [n for n, line in enumerate(lines) if line in ("Parameters", "Returns")]
            for start in starts:
                for number in range(start + 2, len(lines)):
                    line, after = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
                    if not line or re.fullmatch(r"-+", after):
                        break
                    if not line.startswith(" ") and not after.startswith(" "):
                        found.append((module, f"{node.name}: {line}"))
    return found


#: Amounts, rates and weights of the field; they live in parameter files and tables.
FIELD_NUMBERS = {
    6000, 4660, 4000, 0.08, 0.07, 0.11, 0.12, 0.17, 0.075, 0.0412, 0.0459, 4.12, 4.59, 325e6, 400e6, 125e6,
}  # fmt: skip


#: What builtin `sum` may add, as written: whole numbers. Of floats its last digit depends on the version of Python.
WHOLE = {
    ("hnf.analysis.association", "(one.count or 0 for one in side)"),
    ("hnf.analysis.funding_against_need", "(c.count or 0 for c in counts)"),
    ("hnf.analysis.funding_against_need", "(c.count or 0 for c in less)"),
    ("hnf.analysis.projection", "(_passes(*one, pool, method, horizon) for one in areas)"),
    ("hnf.analysis.projection", "(held for held, _ in self.held.values())"),
    ("hnf.analysis.projection", "(one.count or 0 for one in side)"),
    ("hnf.analysis.reconcile", "(count for count, _ in found)"),
    ("hnf.analysis.shares", "(kept[code] for code in codes)"),
    ("hnf.analysis.shares", "kept.values()"),
    ("hnf.commands.ingest", "one['tables'].values()"),
    ("hnf.commands.output", "(_columns_of_character(character) for character in text)"),
    ("hnf.commands.output", "least"),
    ("hnf.commands.output", "widths"),
    ("hnf.formats.sheets", "(max(len(textwrap.wrap(part, letters)), 1) for part in text.splitlines())"),
    ("hnf.formats.word", "widths"),
    ("hnf.sources.crosschecks", "same"),
    ("hnf.sources.dsg", "(_is_name(row[first]) for row in coded[code])"),
    ("hnf.sources.sen2", "(not entry.closed for entry in entries.values())"),
    ("hnf.sources.workbooks.guard", "(member.file_size for member in members)"),
    ("hnf.workers", "client.nthreads().values()"),
}
#: What of `statistics` rounds once, or only picks.
SAME_EVERYWHERE = {"NormalDist", "fmean", "median", "quantiles"}


def sums_of_floats(sources: Sources) -> list[tuple[str, str]]:
    """Sums and statistics whose last digit depends on the version of Python: `math.fsum` or `add_up` in their place."""
    found = []
    for module, source in sources.items():
        nodes = _nodes(source)
        taken = {id(node.func): node.args[0] for node in nodes if isinstance(node, ast.Call) and len(node.args) == 1}
        for node in nodes:
            if isinstance(node, ast.Name) and node.id == "sum":
                added = taken.get(id(node))
                compares = isinstance(added, ast.GeneratorExp) and isinstance(added.elt, ast.Compare)
                written = ast.unparse(added) if added else "sum"
                if not compares and not written.startswith(("map(len,", "map(int,")) and (module, written) not in WHOLE:
                    found.append((module, written))
            elif isinstance(node, ast.ImportFrom) and node.module == "statistics":
                found += [(module, name.name) for name in node.names if name.name not in SAME_EVERYWHERE]
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "statistics":
                found += [(module, node.attr)] if node.attr not in SAME_EVERYWHERE else []
    return sorted(found)


def numbers_in(source: str) -> set[float]:
    """Numbers in the code of a module, comments and texts left out."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER:
            value = ast.literal_eval(token.string)
            found.add(float(value) if not isinstance(value, complex) else 0.0)
    return found


def test_the_scan_finds_the_package_and_its_imports() -> None:
    assert len(MODULES) > 40
    assert len(TESTS) > 10
    assert sum(len(found) for found in arrows(HNF).values()) > 100
    assert "hnf.analysis.growth" in arrows(HNF)["hnf.commands.growth"]


def test_every_module_has_a_stage_and_imports_from_no_later_one() -> None:
    assert {module for module in HNF if stage_of(module) is None} <= {"hnf", "hnf.__main__"}, "name it in STAGES"
    assert backward(HNF) == []


def test_no_two_modules_import_each_other() -> None:
    assert loops(HNF) == []


def test_no_module_is_long() -> None:
    assert too_long(HNF) == {}


def test_modules_are_few() -> None:
    assert len(MODULES) <= 190
    assert sum(source.count("\n") for source in HNF.values()) <= 59_300


def test_a_module_with_one_importer_is_part_of_it_or_has_a_reason() -> None:
    assert with_one_importer(HNF) == []


def test_every_reason_for_standing_apart_is_of_use() -> None:
    assert [pattern for pattern in APART if not any(re.fullmatch(pattern, module) for module in HNF)] == []


def test_no_module_only_passes_calls_on() -> None:
    assert passing_on(HNF) == []


def test_no_module_is_named_like_a_library() -> None:
    assert named_like_a_library(HNF) == []


def test_each_table_is_read_in_one_module() -> None:
    readers = readers_of_tables(HNF)
    assert len(readers) > 8
    assert {table: sorted(modules) for table, modules in readers.items() if len(modules) > 1} == {}


def test_no_protocol_has_one_implementation() -> None:
    assert {name: count for name, count in implementations(HNF).items() if count < 2} == {}


def test_every_function_has_a_caller() -> None:
    assert without_caller(HNF) == []


def test_no_entry_of_a_docstring_only_states_a_type() -> None:
    assert entries_that_only_state_a_type(HNF) == []


def test_no_sum_depends_on_the_version_of_python() -> None:
    assert sums_of_floats(HNF) == []
    assert [one for one in WHOLE if f"sum({one[1]})".replace("((", "(").replace("'", '"')[:-1] not in HNF[one[0]]] == []


def test_no_rate_or_amount_of_the_field_stands_in_code() -> None:
    looked_at = {
        module: source
        for module, source in HNF.items()
        if module.split(".")[1:2] in (["formula"], ["factors"], ["scenarios"], ["analysis"], ["claims"], ["measures"])
    }
    assert len(looked_at) > 30
    found = {module: numbers_in(source) & FIELD_NUMBERS for module, source in looked_at.items()}
    assert {module: numbers for module, numbers in found.items() if numbers} == {}


#: Words with a year that no new data will change, and examples in messages. Anything else with a year is data.
LASTING_YEARS = (
    "2017-18",  # the spend that the historic spend factor is defined by
    "2018-based",  # the projection that the formula uses
    "Groups to 2022, single years from 2024; the ages of January 2024",  # ages of plans as they were published
    "between 2014 and 2018",  # when plans replaced statements
    "as in the December before 2022-23 and 2023-24",  # additional money in years past
    "starts in 2009",  # the register of codes
    "Saltelli and others (2010)",  # a paper
    "such as 2022",
    "such as 2023",
    "such as 2025",
    'such as "2023-24"',
    "like 01/04/2023",
    "up 143% since 2013",
    "13% in 2022-23",
    "of 151 in 2023-24",
    "Write 2025",
)
#: Tables declare their columns and the earliest period that each may hold.
DECLARED = {"hnf.tables.schema"}
#: Arguments that are help or the next step of a message: they give examples.
EXAMPLES = {"help", "todo", "metavar"}
#: Texts that are help and examples from end to end.
HELP_TEXTS = {"_CLOSING", "_TOP"}
#: Dates of files that are written alike each time; no years of the field.
STAMPS = {1980, 2000}


def years_in(text: str) -> set[str]:
    """Years in a module's code: numbers, names and sentences, without docstrings, help and examples."""
    code = _tree(text)
    lines = text.encode().splitlines()
    exempt: set[ast.AST] = set()
    for node in ast.walk(code):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_example = isinstance(node, ast.keyword) and node.arg in EXAMPLES
        is_help = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in HELP_TEXTS
        if is_docstring or is_example or is_help:
            exempt |= set(ast.walk(node))
    years: set[str] = set()
    for node in ast.walk(code):
        if not isinstance(node, ast.Constant) or node in exempt:
            continue
        if isinstance(node.value, int) and node.value not in STAMPS:
            written = lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
            if re.fullmatch(r"(19|20)\d\d", written):  # a limit is written 2_000, a mark of a file 0x0809
                years.add(written)
        elif isinstance(node.value, str) and "://" not in node.value:
            words = functools.reduce(lambda text, lasting: text.replace(lasting, ""), LASTING_YEARS, node.value)
            found = set(re.findall(r"(?<![\du])20\d\d(?!\d)", words))
            years |= found
    return years


def test_no_year_stands_in_code() -> None:
    scanned = {module: text for module, text in HNF.items() if module not in DECLARED}
    assert len(scanned) == len(HNF) - len(DECLARED)
    assert {module: sorted(found) for module, text in scanned.items() if (found := years_in(text))} == {}


def test_the_scan_of_years_sees_them() -> None:
    text = (
        '"""Since 2013."""\nMODELS = ("2021", "mid_2025")\nYEARS = range(2022, 2_026)\nRATE = "2023-24"\n'
        'PAGE = "https://example.org/2006/main"\nNOTE = "It ends in 2019, not with 2017-18."\n'
        "STAMP = (1980, 1, 1)\nMARK = 0x2009\n"
        'raise UsageError("no", todo="Write it as 2024.")\n_TOP = "as 2017 was"\n'
    )
    assert years_in(text) == {"2021", "2025", "2022", "2023", "2019"}


def private_names_in(source: str) -> set[str]:
    """Names that a library keeps to itself, where a module imports one or reaches for one."""
    found: set[str] = set()
    known: set[str] = set()
    for node in _nodes(source):
        if isinstance(node, ast.ImportFrom) and is_library(node.module or ""):
            known |= {alias.asname or alias.name for alias in node.names}
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            libraries = [alias for alias in node.names if is_library(alias.name)]
            known |= {alias.asname or alias.name.partition(".")[0] for alias in libraries}
            found |= {alias.name for alias in libraries}
    odd = re.compile(r"_|__mro__$")
    chains = {
        ast.unparse(node)
        for node in _nodes(source)
        if isinstance(node, ast.Attribute)
        and any(odd.match(n.attr) for n in ast.walk(node) if isinstance(n, ast.Attribute))
    }
    found |= {
        chain
        for chain in chains
        if chain.replace(".", "").isidentifier() and (chain.partition(".")[0] in known or chain.endswith("__mro__"))
    }
    return {name for name in found if re.search(r"\._|^_", name) and not name.endswith(("__version__", "__name__"))}


def is_library(module: str) -> bool:
    """Whether a module is neither ours nor Python's own."""
    return module.partition(".")[0] not in {"hnf", *sys.stdlib_module_names}


def test_no_private_name_of_a_library_is_used() -> None:
    found = {module: names for module, text in HNF.items() if (names := private_names_in(text))}
    assert found == {}


def test_the_scan_of_private_names_sees_them() -> None:
    code = (
        "import typer, hnf._own\nfrom typer._click import UsageError\nimport scipy._lib as lib\nfrom hnf.x import _y\n"
        "print(typer.BadParameter.__mro__[2], typer.main._hidden, _y._own, typer.__version__, lib.name)"
    )
    assert private_names_in(code) == {
        "typer._click.UsageError",
        "scipy._lib",
        "typer.BadParameter.__mro__",
        "typer.main._hidden",
    }


#: What each rule finds in a small package that breaks it.
BROKEN: dict[str, tuple[Sources, object]] = {
    "backward": ({"hnf.years": "import hnf.store\n", "hnf.store": ""}, [("hnf.years", "hnf.store")]),
    "loops": ({"hnf.a": "from hnf.b import x\n", "hnf.b": "from hnf import a\n"}, [("hnf.a", "hnf.b")]),
    "too_long": ({"hnf.a": "x = 1\n" * (LINES + 1), "hnf.b": "x = 1\n" * LINES}, {"hnf.a": LINES + 1}),
    "with_one_importer": (
        {
            "hnf.a.b": "",
            "hnf.a.c": "from hnf.a.b import x\n",
            "hnf.d": "import hnf.a.c\n",
            "hnf.commands.e": "import hnf.a.c\nimport hnf.d\n",
            "hnf.f.g": "import hnf.d\n",
            "hnf.commands.h": "import hnf.f.g\nfrom hnf.f import g\n",
        },
        ["hnf.a.b", "hnf.f.g"],
    ),
    "passing_on": ({"hnf.a": "def f(x):\n    return g(x)\n", "hnf.b": "def f(x):\n    return g(x + 1)\n"}, ["hnf.a"]),
    "named_like_a_library": (
        {"hnf.formats.html": "", "hnf.charts.json": "", "hnf.commands.trace": ""},
        ["hnf.charts.json", "hnf.formats.html"],
    ),
    "readers_of_tables": (
        {"hnf.a": "s.table('t')\n", "hnf.b": "s.table('t')\n", "hnf.export.c": "s.table('t')\n"},
        {"t": {"hnf.a", "hnf.b"}},
    ),
    "implementations": (
        {"hnf.a": "class A(Protocol):\n    pass\nclass B(A):\n    pass\nclass C(ABC):\n    pass\n"},
        {"A": 1, "C": 0},
    ),
    "without_caller": ({"hnf.a": "def f():\n    return g()\ndef g():\n    # f\n    return 1\n"}, ["hnf.a.f"]),
    "entries_that_only_state_a_type": (
        {
            "hnf.a": 'def f(x, y):\n    """Do.\n\n    Parameters\n    ----------\n    x : int\n    y : int\n'
            '        In pounds.\n    """\n'
        },
        [("hnf.a", "f: x : int")],
    ),
    "sums_of_floats": (
        {
            "hnf.a": "sum(x)\nsum(a > b for a in c)\nsum(map(len, x))\nmap(sum, x)\nsum(x, 0.0)\n",
            "hnf.formats.word": "sum(widths)\nsum(least)\n",
            "hnf.b": "from statistics import fmean, stdev\nstatistics.mean(x)\nstatistics.median(x)\n",
        },
        [
            ("hnf.a", "sum"),
            ("hnf.a", "sum"),
            ("hnf.a", "x"),
            ("hnf.b", "mean"),
            ("hnf.b", "stdev"),
            ("hnf.formats.word", "least"),
        ],
    ),
    "numbers_in": (
        {"hnf.a": 'RATE = 0.08  # 4660\nTEXT = "6000"\nPLACE = 6_000 + 4_660.0\n'},
        {0.08, 6_000.0, 4_660.0},
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_finds_what_breaks_it(rule: str) -> None:
    sources, found = BROKEN[rule]
    one = {"numbers_in": lambda given: numbers_in(given["hnf.a"])}.get(rule, globals()[rule])
    assert one(sources) == found


def test_no_grab_bags() -> None:
    names = {path.stem for path in [*MODULES, *TESTS]}
    assert not names & {"utils", "util", "helpers", "helper", "misc", "common", "core"}


def test_every_module_says_what_it_is() -> None:
    assert [name_of(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


#: Commands with `--data` that are not asked as at a date: one compares two dates, one lists what was published, one
#: shows statements, each with its date.
WITHOUT_EDITION = {
    "hnf.commands.diff",
    "hnf.commands.sources",
    "hnf.commands.ingest",
    "hnf.commands.mcp",
    "hnf.commands.reported",
}


def test_every_query_can_be_asked_as_at_a_date() -> None:
    seen = 0
    for path in sorted((PACKAGE / "commands").glob("*.py")):
        for function in (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef)):
            names = {argument.arg for argument in function.args.args if argument.annotation}
            options = {ast.unparse(a.annotation) for a in function.args.args if a.annotation}
            if "options.Data" in options and name_of(path) not in WITHOUT_EDITION:
                assert "edition" in names, f"{name_of(path)}.{function.name} has --data and no --edition"
                seen += 1
    assert seen > 20


def test_no_test_is_skipped_or_says_nothing() -> None:
    """A condition with a reason, such as a device that only Linux has, is the one exception."""
    banned = re.compile(r"pytest\.(mark\.)?(skip|xfail|importorskip)\b|assert Tru" + "e$", re.MULTILINE)
    found = [path.name for path in TESTS if path != Path(__file__) and banned.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_test_file_has_tests() -> None:
    files = [path for path in TESTS if path.name.startswith("test_")]
    assert files
    for path in files:
        names = [n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
        assert any(name.startswith("test_") for name in names), path


def test_published_tables_are_data_of_the_package_and_no_raw_file_is() -> None:
    data = ROOT / "data" if (ROOT / "data").is_dir() else PACKAGE / "data"
    suffixes = {path.suffix for path in data.rglob("*") if path.is_file()}
    assert {".csv", ".toml", ".json"} <= suffixes
    assert not suffixes & {".ods", ".xls", ".xlsx", ".zip"}
