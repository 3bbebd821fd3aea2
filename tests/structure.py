"""The code base as data, for tests of rules that no linter knows: apps by layer, their files, functions and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kesher"
LAYERS: dict[str, float] = {
    "language": 0,
    "core": 1,
    "agencies": 2,
    "contacts": 3,
    "participation": 4,
    "channels": 4,
    "dialogues": 5,
    "conversations": 6,
    "cases": 7,
    "accounts": 7.5,
    "verbs": 7.7,
    "understanding": 7.75,
    "following": 7.76,
    "incidents": 7.77,
    "initiatives": 7.8,
    "discussions": 7.8,
    "answers": 8,
    "petitions": 8,
    "contests": 8,
    "purchases": 8,
    "records": 8,
    "listening": 8,
    "reports": 8,
    "communities": 8,
    "demo": 9,
    "site": 10,
    "simulator": 11,
    "server": 12,
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def apps() -> list[Path]:
    """Return the apps' folders by name."""
    return sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists())


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*, tests: bool = False) -> list[Path]:
    """Return the Python files without migrations, and with tests only on request."""
    roots = [PACKAGE, *([ROOT / "tests", ROOT / "bench", ROOT / "conftest.py"] if tests else [])]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*.py"))]
    return sorted(path for path in files if "migrations" not in path.parts and (tests or not is_test(path)))


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name.startswith("test_") or path.name == "conftest.py"


def files(*patterns: str) -> list[Path]:
    """Return templates, styles and scripts."""
    return sorted(path for pattern in patterns for path in PACKAGE.rglob(pattern) if "fixtures" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[Function]:
    """Yield every function and method of a file, nested ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Return the lines of a function, from its ``def`` to its end."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: its module, and whether the import is inside a function."""

    module: str
    name: str
    line: int
    inside: bool


def imports(path: Path) -> list[Import]:
    """Yield every import of a file, inside functions too, but not those for type checkers only."""
    inside = {id(child) for function in functions(path) for child in ast.walk(function)}
    hidden = {id(child) for node in ast.walk(tree(path)) if is_type_checking(node) for child in ast.walk(node)}
    found = []
    for node in ast.walk(tree(path)):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            found += [Import(alias.name, "", node.lineno, id(node) in inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = source(path, node)
            found += [Import(module, alias.name, node.lineno, id(node) in inside) for alias in node.names]
    return found


def source(path: Path, node: ast.ImportFrom) -> str:
    """Return the imported module with relative dots resolved."""
    if not node.level:
        return node.module or ""
    folder = path.parents[node.level - 1].relative_to(ROOT).parts
    return ".".join([*folder, *([node.module] if node.module else [])])


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def calls(node: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield every call inside: (the call, its object as text, the called name)."""
    for child in ast.walk(node):
        if not isinstance(child, ast.Call):
            continue
        if isinstance(child.func, ast.Attribute):
            yield child, ast.unparse(child.func.value), child.func.attr
        elif isinstance(child.func, ast.Name):
            yield child, "", child.func.id


def channel_folders() -> list[Path]:
    return sorted(path.parent for path in (PACKAGE / "channels").glob("*/adapter.py"))


def source_folders() -> list[Path]:
    return sorted(path.parent for path in (PACKAGE / "records" / "sources").glob("*/adapter.py"))


def is_service(path: Path) -> bool:
    return path.name == "services.py" or "services" in path.parts[:-1]


def app_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]
