"""The shape of the code: one direction of imports, short modules, no grab bags, no rates in code, no skipped checks."""

import ast
import functools
import io
import re
import sys
import tokenize
from functools import cache
from pathlib import Path

import hnf

ROOT = Path(hnf.__file__).parent.parent
PACKAGE = ROOT / "hnf"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LINES = 800

#: Stages in the order in which figures flow; a module imports from its own stage and those above it only.
STAGES = (
    (
        "hnf.release",
        "hnf.errors",
        "hnf.years",
        "hnf.figures",
        "hnf.locations",
        "hnf.plain_text",
        "hnf.locks",
        "hnf.folders",
        "hnf.results",
        "hnf.words",
    ),
    ("hnf.user_folder", "hnf.sources.workbooks.guard"),
    ("hnf.sources.workbooks.confined",),
    ("hnf.sources.workbooks.read", "hnf.sources.catalogue"),
    ("hnf.workers",),
    ("hnf.tables", "hnf.table_schema", "hnf.spending_tables", "hnf.table_docs"),
    ("hnf.table_checks", "hnf.store"),
    ("hnf.authorities", "hnf.constituencies"),
    ("hnf.sources",),
    ("hnf.measures", "hnf.analysis.series_breaks"),
    ("hnf.formula",),
    ("hnf.factors",),
    ("hnf.formula.scenario", "hnf.formula.scenario_figures", "hnf.formula.sweep_plan"),
    ("hnf.analysis",),
    ("hnf.ingest",),
    ("hnf.publish",),
    ("hnf.reporting",),
    ("hnf.commands",),
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def stage_of(module: str) -> int | None:
    """The number of a module's stage: that of the longest name it begins with."""
    found = [
        (len(name), number)
        for number, names in enumerate(STAGES)
        for name in names
        if module == name or module.startswith(f"{name}.")
    ]
    return max(found)[1] if found else None


@cache
def tree_of(path: Path) -> ast.Module:
    """Read a module's code once for all that look at it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> set[str]:
    """Modules of the package that a module imports, inside functions and for type checking too."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found |= {f"{module}.{a.name}" if f"{module}.{a.name}" in NAMES else module for a in node.names}
    return {module for module in found if module.split(".")[0] == "hnf"}


def test_the_scan_finds_the_package_and_its_imports() -> None:
    assert len(MODULES) > 40
    assert len(TESTS) > 10
    assert sum(len(imports_of(path)) for path in MODULES) > 100
    assert "hnf.analysis.growth" in imports_of(PACKAGE / "commands" / "growth.py")


def test_every_module_has_a_stage_and_imports_from_no_later_one() -> None:
    stages = {name_of(path): stage_of(name_of(path)) for path in MODULES}
    assert {module for module, own in stages.items() if own is None} <= {"hnf", "hnf.__main__"}, "name it in STAGES"
    backward = sorted(
        (module, imported)
        for path in MODULES
        for module in [name_of(path)]
        for imported in imports_of(path)
        if (own := stages[module]) is not None and imported != "hnf"
        if (other := stage_of(imported)) is None or other > own
    )
    assert backward == [], "imports from a later stage"


def test_a_backward_arrow_would_be_seen() -> None:
    assert stage_of("hnf.years") < stage_of("hnf.store") < stage_of("hnf.sources.dsg")  # type: ignore[operator]
    assert stage_of("hnf.sources.dsg") < stage_of("hnf.formula.block")  # type: ignore[operator]
    assert stage_of("hnf.measures.rates") < stage_of("hnf.formula.block")  # type: ignore[operator]
    assert (
        stage_of("hnf.formula.block")
        < stage_of("hnf.analysis.gaps")
        < stage_of("hnf.reporting.html")
        < stage_of("hnf.commands")
    )  # type: ignore[operator]
    assert stage_of("hnf.tables_of_another_kind") is None


def test_no_two_modules_import_each_other() -> None:
    arrows = {name_of(path): imports_of(path) for path in MODULES}
    loops = [(a, b) for a in arrows for b in arrows[a] if a != b and a in arrows.get(b, set())]
    assert loops == []


def test_no_module_is_long() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {module: lines for module, lines in lengths.items() if lines > LINES} == {}


def test_no_grab_bags() -> None:
    names = {path.stem for path in [*MODULES, *TESTS]}
    assert not names & {"utils", "util", "helpers", "helper", "misc", "common", "core"}


def test_every_module_says_what_it_is() -> None:
    assert [name_of(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


#: Amounts, rates and weights of the field; they live in parameter files and tables.
FIELD_NUMBERS = {
    6000, 4660, 4000, 0.08, 0.07, 0.11, 0.12, 0.17, 0.075, 0.0412, 0.0459, 4.12, 4.59, 325e6, 400e6, 125e6,
}  # fmt: skip


def numbers_in(path: Path) -> set[float]:
    """Numbers in the code of a module, comments and texts left out."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    found = set()
    for token in tokens:
        if token.type == tokenize.NUMBER:
            value = ast.literal_eval(token.string)
            found.add(float(value) if not isinstance(value, complex) else 0.0)
    return found


def test_no_rate_or_amount_of_the_field_stands_in_code() -> None:
    looked_at = [path for path in MODULES if {"formula", "factors", "analysis"} & set(path.relative_to(PACKAGE).parts)]
    assert len(looked_at) > 80
    found = {name_of(path): numbers_in(path) & FIELD_NUMBERS for path in looked_at}
    assert {module: numbers for module, numbers in found.items() if numbers} == {}


def test_the_scan_of_numbers_sees_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text('RATE = 0.08  # 4660\nTEXT = "6000"\nPLACE = 6_000 + 4_660.0\n')
    assert numbers_in(path) == {0.08, 6_000.0, 4_660.0}


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
DECLARED = {"hnf.tables", "hnf.spending_tables"}
#: Arguments that are help or the next step of a message: they give examples.
EXAMPLES = {"help", "todo", "metavar"}
#: Texts that are help and examples from end to end.
HELP_TEXTS = {"_CLOSING", "_TOP"}
#: Dates of files that are written alike each time; no years of the field.
STAMPS = {1980, 2000}


def years_in(text: str) -> set[str]:
    """Years in a module's code: numbers, names and sentences, without docstrings, help and examples."""
    code = ast.parse(text)
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
            found = set(re.findall(r"(?<!\d)20\d\d(?!\d)", words))
            years |= found
    return years


def test_no_year_stands_in_code() -> None:
    scanned = {name_of(path): path.read_text(encoding="utf-8") for path in MODULES if name_of(path) not in DECLARED}
    assert len(scanned) == len(MODULES) - len(DECLARED)
    assert {module: sorted(found) for module, text in scanned.items() if (found := years_in(text))} == {}


def test_the_scan_of_years_sees_them() -> None:
    text = (
        '"""Since 2013."""\nMODELS = ("2021", "mid_2025")\nYEARS = range(2022, 2_026)\nRATE = "2023-24"\n'
        'PAGE = "https://example.org/2006/main"\nNOTE = "It ends in 2019, not with 2017-18."\n'
        "STAMP = (1980, 1, 1)\nMARK = 0x2009\n"
        'raise UsageError("no", todo="Write it as 2024.")\n_TOP = "as 2017 was"\n'
    )
    assert years_in(text) == {"2021", "2025", "2022", "2023", "2019"}


def private_names_in(code: ast.Module) -> set[str]:
    """Names that a library keeps to itself, where a module imports one or reaches for one."""
    found: set[str] = set()
    known: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and is_library(node.module or ""):
            known |= {alias.asname or alias.name for alias in node.names}
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            libraries = [alias for alias in node.names if is_library(alias.name)]
            known |= {alias.asname or alias.name.partition(".")[0] for alias in libraries}
            found |= {alias.name for alias in libraries}
    chains = {ast.unparse(node) for node in ast.walk(code) if isinstance(node, ast.Attribute)}
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
    found = {name_of(path): names for path in MODULES if (names := private_names_in(tree_of(path)))}
    assert found == {}


def test_the_scan_of_private_names_sees_them() -> None:
    code = ast.parse(
        "import typer, hnf._own\nfrom typer._click import UsageError\nimport scipy._lib as lib\nfrom hnf.x import _y\n"
        "print(typer.BadParameter.__mro__[2], typer.main._hidden, _y._own, typer.__version__, lib.name)"
    )
    assert private_names_in(code) == {
        "typer._click.UsageError",
        "scipy._lib",
        "typer.BadParameter.__mro__",
        "typer.main._hidden",
    }


#: Commands with `--data` that are not asked as at a date: one compares two dates, one lists what was published.
WITHOUT_EDITION = {"hnf.commands.diff", "hnf.commands.sources", "hnf.commands.ingest"}


def test_every_query_can_be_asked_as_at_a_date() -> None:
    seen = 0
    for path in sorted((PACKAGE / "commands").glob("*.py")):
        for function in (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef)):
            names = {argument.arg for argument in function.args.args if argument.annotation}
            options = {ast.unparse(a.annotation) for a in function.args.args if a.annotation}
            if "DataOption" in options and name_of(path) not in WITHOUT_EDITION:
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
