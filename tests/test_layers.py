"""The picture in the README is true: arrows point down, the core has no world.

Read from the source, not from what happens to be imported at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = ROOT / "exchange"

BELOW: Final[Mapping[str, frozenset[str]]] = {
    "codes": frozenset(),
    "errors": frozenset({"codes"}),
    "core": frozenset({"errors", "codes"}),
    "store": frozenset({"core", "errors", "codes"}),
    "vault": frozenset({"core", "errors", "codes"}),
    "peer": frozenset({"core", "errors", "codes"}),
    "settings": frozenset({"core", "errors", "codes"}),
    "service": frozenset({"store", "vault", "peer", "settings", "core", "errors", "codes"}),
    "web": frozenset({"service", "settings", "core", "errors", "codes"}),
    # A command opens the listeners, so `cli` stands on everything, and nothing on it.
    "cli": frozenset(
        {"web", "service", "store", "vault", "peer", "settings", "core", "errors", "codes"}
    ),
    "__main__": frozenset({"cli"}),
}
"""Which rooms each room may import from, beside itself."""

WORLDLY_MODULES: Final = frozenset(
    {
        "asyncio", "concurrent", "glob", "http", "importlib", "logging",
        "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "signal", "socket",
        "sqlite3", "ssl", "structlog", "subprocess", "tempfile", "time", "urllib.request", "uuid",
        "aiohttp", "aiosqlite", "asyncpg", "sqlalchemy", "rich", "typer",
    }
)  # fmt: skip
"""What the core may not import: clocks, files, network, randomness, logging, waiting."""

WORLDLY_CALLS: Final = frozenset(
    {
        "open", "print", "input", "datetime.now", "datetime.utcnow", "datetime.today",
        "date.today", "uuid4", "uuid.uuid4", "uuid1",
    }
)  # fmt: skip
"""What the core may not call, spelled as it would stand in the source."""

STATIONS: Final[Mapping[str, str]] = {
    "Parsed": "exchange.core.xml",
    "Conforming": "exchange.core.schema",
    "Signed": "exchange.core.signature",
    "Trusted": "exchange.core.trust",
    "Accepted": "exchange.core.rules",
}
"""The type that each gate makes, and the module (or package) that alone may make it."""

FORGED_ON_PURPOSE: Final = frozenset(
    {
        # Two validators are compared on documents that gate 1 would not let through.
        ("Parsed", "test_schemas_agree.py"),
    }
)
FORBIDDEN_NAMES: Final = frozenset(
    {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler", "processor"}
)
LONGEST_MODULE: Final = 500
"""Lines; a module that needs more is two modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One source file, parsed once."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first word below the package: the layer that the module stands in."""
        return self.name.split(".")[1] if "." in self.name else "__init__"


def _modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(ROOT).with_suffix("")
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        found.append(Module(name=".".join(parts), path=path.relative_to(ROOT), tree=tree))
    return tuple(found)


MODULES: Final = _modules()
NAMES: Final = frozenset(module.name for module in MODULES)


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything imported, at whatever depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute in this house"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node.lineno, full if full in NAMES else str(node.module)


def _spelled(node: ast.expr) -> str:
    """Return a dotted name as written, or nothing for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = _spelled(node.value)
        return f"{left}.{node.attr}" if left else node.attr
    return ""


@pytest.fixture(params=MODULES, ids=lambda module: module.name)
def module(request: pytest.FixtureRequest) -> Module:
    """Return each module in turn."""
    chosen = request.param
    assert isinstance(chosen, Module)
    return chosen


def test_a_module_stands_in_a_room_of_the_picture(module: Module) -> None:
    assert module.room in {*BELOW, "__init__"}


def test_a_module_imports_only_from_its_own_room_and_from_below(module: Module) -> None:
    allowed = {module.room, "__init__", *BELOW.get(module.room, ())}
    upward = [
        f"{module.path}:{line} imports {name}"
        for line, name in _imports(module.tree)
        if name.startswith("exchange.") and name.split(".")[1] not in allowed
    ]
    assert upward == []


def test_the_core_never_touches_the_world(module: Module) -> None:
    if module.room not in {"core", "errors", "codes"}:
        return
    worldly = [
        f"{module.path}:{line} imports {name}"
        for line, name in _imports(module.tree)
        if name in WORLDLY_MODULES or name.split(".")[0] in WORLDLY_MODULES
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = _spelled(node.func)
            if called in WORLDLY_CALLS or called.endswith((".now", ".utcnow", ".uuid4")):
                worldly.append(f"{module.path}:{node.lineno} calls {called}")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            worldly.append(f"{module.path}:{node.lineno} waits")
    assert worldly == []


def test_imports_stand_at_the_top_of_the_file(module: Module) -> None:
    # The command line alone loads its groups on demand, so that `--help` answers at once.
    if module.name == "exchange.cli.main":
        return
    inside = [
        f"{module.path}:{statement.lineno} in {function.name}"
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_nobody_needs_type_checking_tricks(module: Module) -> None:
    tricks = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute) and _spelled(node).endswith("TYPE_CHECKING")
    ]
    assert tricks == []


def test_a_module_opens_by_saying_what_it_promises(module: Module) -> None:
    if module.path.name == "__init__.py" and not module.tree.body:
        return
    assert ast.get_docstring(module.tree)


def test_a_module_has_a_name_that_says_something(module: Module) -> None:
    assert not FORBIDDEN_NAMES & set(module.name.split("."))


def test_a_module_is_short_enough_to_be_read_at_once(module: Module) -> None:
    assert len((ROOT / module.path).read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize(("station", "maker"), STATIONS.items())
def test_the_type_of_a_station_is_made_only_by_its_gate(station: str, maker: str) -> None:
    makers = {
        module.name
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _spelled(node.func).split(".")[-1] == station
    }
    assert len(makers) == 1
    (only,) = makers
    assert only == maker or only.startswith(f"{maker}.")


@pytest.mark.parametrize("station", STATIONS)
def test_no_test_forges_the_type_of_a_station(station: str) -> None:
    forgers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _spelled(node.func) == station
        if (station, path.name) not in FORGED_ON_PURPOSE
    ]
    assert forgers == []


def test_no_import_closes_a_circle() -> None:
    edges = {
        module.name: {name for _, name in _imports(module.tree) if name in NAMES} - {module.name}
        for module in MODULES
    }
    finished: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name not in finished:
            for below in sorted(edges[name]):
                visit(below, (*trail, name))
            finished.add(name)

    for name in sorted(edges):
        visit(name, ())
    assert finished == set(NAMES)
