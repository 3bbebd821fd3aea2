"""Every writing service is called from somewhere."""

from __future__ import annotations

import ast

from tests.structure import app_of, functions, is_service, python_files, tree


def test_every_verb_is_called_by_something() -> None:
    """A service without a door, a job or a hook is dead code."""
    names = {
        f"{app_of(path)}.{function.name}"
        for path in python_files()
        if is_service(path)
        for function in functions(path)
        if function.name[0] != "_" and function in tree(path).body
    }
    used = words_used()
    idle = {key for key in names if key.partition(".")[2] not in used}
    assert not idle, f"nobody calls {sorted(idle)}"


def words_used() -> set[str]:
    """Return every name that some code reads, without the lists of an __init__."""
    found: set[str] = set()
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Name) and path.name != "__init__.py":
                found.add(node.id)
    return found
