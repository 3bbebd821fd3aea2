"""What docstrings, comments and documents say: of people, and of the code that they name."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.structure import ROOT, python_files, relative, tree

GENDERED = re.compile(r"\b(he|him|his|himself|she|her|hers|herself)\b", re.I)
# Code, and what is quoted: a name or a text that somebody reads.
SPANS = re.compile(r"```.*?```|``[^`]*``|`[^`]*`|“[^”]*”|\"[^\"\n]*\"|„[^”“]*[”“]", re.S)
FILES = {"css", "csv", "eml", "html", "js", "json", "md", "po", "toml", "txt", "typ", "yml"}
ARROW = re.compile(r"`([\w./]+)`\s*→\s*(?=`([\w./]+)`)")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documents() -> list[Path]:
    """Return the documents of the project; the answers of the demo are data."""
    return [path for path in sorted(ROOT.rglob("*.md")) if not {".venv", ".venv-uv", "demo"} & set(path.parts)]


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each docstring and comment of a Python file."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, Documented) else None
        if text:
            yield getattr(node, "lineno", 1), text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_people_are_they() -> None:
    found = [(relative(path), 1, path.read_text(encoding="utf-8")) for path in documents()]
    found += [(relative(path), line, text) for path in python_files(tests=True) for line, text in prose_of(path)]
    bad = [f"{path}:{line} {word}" for path, line, text in found for word in GENDERED.findall(SPANS.sub("", text))]
    assert not bad, "\n".join(bad)


@cache
def definitions() -> dict[str, set[str]]:
    """Return for each function or class of the code the names that it calls or reads, under its own bare name."""
    found: dict[str, set[str]] = {}
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.setdefault(node.name, set()).update(names_in(node))
    return found


def names_in(node: ast.AST) -> set[str]:
    return {
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    }


def reaches(first: str, second: str) -> bool:
    """Return whether a function of the first name leads to one of the second through at most six calls."""
    known, edge = {first}, {first}
    for _step in range(6):
        edge = {name for one in edge for name in definitions().get(one, ()) if name in definitions()} - known
        known |= edge
        if second in known:
            return True
    return False


def test_an_arrow_in_a_document_is_a_call() -> None:
    """`a` → `b`: both exist, and the one leads to the other."""
    bad = []
    for path in documents():
        for first, second in ARROW.findall(path.read_text(encoding="utf-8")):
            one, other = (name.rpartition(".")[2] for name in (first, second))
            if "/" in first + second or {one, other} & {"py", "md"}:
                continue
            if one not in definitions() or other not in definitions() or not reaches(one, other):
                bad.append(f"{relative(path)}: {first} → {second}")
    assert not bad, "\n".join(bad)


def test_a_function_that_a_document_names_exists() -> None:
    """`module.function` of a module of ours, and `module.py`."""
    modules = {name for path in python_files(tests=True) for name in (path.stem, path.parent.name)}
    names = set(definitions()) | {name for path in python_files() for name in module_names(path)}
    operations = {name.partition(".")[2] for path in python_files() for name in strings(path) if "." in name}
    bad = []
    for path in documents():
        if path.name == "CHANGELOG.md" or "adr" in path.parts:
            continue  # what was so then
        for module, name in re.findall(
            r"`(?:[a-z_]+\.)*([a-z_]+)\.([A-Za-z_]+)(?:\(\))?`", path.read_text(encoding="utf-8")
        ):
            if name in FILES:
                continue
            if name == "py" and module not in modules:
                bad.append(f"{relative(path)}: {module}.py")
            elif name != "py" and module in modules and name not in names | modules | operations:
                bad.append(f"{relative(path)}: {module}.{name}")
    assert not bad, "\n".join(bad)


@cache
def module_names(path: Path) -> frozenset[str]:
    """Return what a module assigns, and the attributes of its classes."""
    return frozenset(
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(tree(path))
        if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Store)
    )


def strings(path: Path) -> Iterator[str]:
    """Yield the strings of a module: operations of the audit and names of skills are among them."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
