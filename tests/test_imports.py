"""Imports go one way: every import in engine/ is held to the table in docs/architecture.md.

Imports inside functions and under TYPE_CHECKING count like any other; what is found by name at run time does not show
here, and is not meant to.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ENGINE = Path(__file__).resolve().parent.parent / "engine"

# A part is a module or a folder right under engine/. A part imports from rows below its own; parts of the lowest row,
# which need nothing else, may also import each other.
ROWS = (
    {
        *{"errors", "model", "hit", "alert", "options", "version", "shipped"},  # words everyone uses
        *{"fields", "jmes", "aliases", "times", "glance", "values"},  # what a record says
        *{"logsources", "windows", "catalogue"},  # what is known of logs
        *{"decompress", "jsontext", "projection", "terminal"},  # bytes and text
        *{"destination", "dialects", "links", "redact", "secret", "titles"},  # how somebody is told
    },
    {"rules"},
    {"derived", "correlate"},  # correlate says which options its types have, and load checks rules by it
    {"load", "match"},
    {"alerts", "explain", "check", "convert", "handover"},
    {"runners", "door"},
    {"__init__", "config", "service", "testing"},  # the public door; what a user configures, serves, tests
    {"cli"},
)
ROW = {part: row for row, parts in enumerate(ROWS) for part in parts}
EDGES = {"sources", "decoders", "outputs", "notifiers", "stores"}
USES_EDGES = ROW["runners"]  # and above; the core never does

# Third-party libraries that live in one place, so that everything else does not depend on them.
HOMES = {
    "sigma": {"load", "check", "convert"},
    "jmespath": {"load"},
    "yaml": {"load", "logsources", "catalogue", "windows"},
    "platformdirs": {"load", "runners"},
    "ahocorasick_rs": {"match"},
    "re2": {"match", "load", "derived"},
    "isal": {"decompress"},
    "backports": {"decompress"},
    "click": {"cli"},
    "jinja2": {"alerts"},
    "urllib3": {"notifiers"},
    "apprise": {"notifiers"},
    "confluent_kafka": {"notifiers"},
    "botocore": {"sources", "notifiers"},
    "boto3": {"sources", "notifiers"},
    "maxminddb": {"correlate"},
    "psycopg": {"stores"},
    "rich": {"cli", "outputs"},
}


class Import(NamedTuple):
    """One import: by which module at which line, of which module."""

    module: str
    line: int
    imported: str

    @property
    def part(self) -> str:
        return part(self.module)

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported}"


def part(module: str) -> str:
    return [*module.split("."), "__init__"][1]


def modules() -> dict[str, Path]:
    return {
        ".".join(("engine", *path.relative_to(ENGINE).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(ENGINE.rglob("*.py"))
    }


MODULES = modules()


def named(node: ast.AST, module: str, is_package: bool) -> Iterator[str]:
    """The modules that one statement imports: `from engine.load import cache` is engine.load.cache if that is one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
        start = ".".join([*above, *filter(None, [node.module])])
        for alias in node.names:
            full = f"{start}.{alias.name}"
            yield full if full in MODULES else start


def imports() -> Iterator[Import]:
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for imported in named(node, module, path.name == "__init__.py"):
                yield Import(module, getattr(node, "lineno", 0), imported)


IMPORTS = list(imports())
INSIDE = [found for found in IMPORTS if found.imported.split(".")[0] == "engine"]


def allowed(importing: str, imported: str) -> bool:
    """Whether the table lets a module of the one part import a module of the other."""
    if importing == imported:
        return True
    if importing in EDGES:
        return ROW.get(imported) == 0
    if imported in EDGES:
        return ROW[importing] >= USES_EDGES
    return ROW[imported] < ROW[importing] or ROW[imported] == ROW[importing] == 0


def listed(found: Iterable[Import]) -> list[str]:
    return [str(one) for one in found]


def test_every_part_has_its_place_in_the_table():
    assert {part(module) for module in MODULES} <= set(ROW) | EDGES


def test_a_module_imports_only_from_rows_below_its_own():
    assert listed(one for one in INSIDE if not allowed(one.part, part(one.imported))) == []


def test_an_edge_does_not_import_another_edge_of_its_kind():
    # One file each: adding or removing one touches no other. What they share has a name with _ before it, or a folder.
    edges = {
        module
        for module, path in MODULES.items()
        if part(module) in EDGES and path.parent.name in EDGES and not path.name.startswith("_")
    }
    assert listed(one for one in INSIDE if one.module in edges and one.imported in edges) == []


def test_no_modules_import_each_other_in_a_circle():
    graph: dict[str, set[str]] = {}
    for one in INSIDE:
        if one.imported != one.module:
            graph.setdefault(one.module, set()).add(one.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_a_library_that_has_a_home_is_imported_nowhere_else():
    def strays() -> Iterator[Import]:
        for one in IMPORTS:
            home = HOMES.get(one.imported.split(".")[0])
            if home and one.part not in home:
                yield one

    assert listed(strays()) == []


def test_the_lowest_row_and_the_rules_need_little_beyond_the_standard_library():
    known = {*sys.stdlib_module_names, "compression", "engine", "msgspec", "yaml", "isal", "backports"}
    low = ROWS[0] | ROWS[1]
    assert listed(one for one in IMPORTS if one.part in low and one.imported.split(".")[0] not in known) == []


@pytest.mark.parametrize(
    ("importing", "imported", "expected"),
    [
        ("cli", "runners", True),
        ("runners", "cli", False),
        ("load", "match", False),
        ("match", "decoders", False),
        ("runners", "decoders", True),
        ("decoders", "model", True),
        ("decoders", "rules", False),
        ("decoders", "outputs", False),
        ("logsources", "model", True),
        ("errors", "rules", False),
    ],
)
def test_the_table_reads_as_it_is_meant(importing: str, imported: str, expected: bool):
    assert allowed(importing, imported) is expected
