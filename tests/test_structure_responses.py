"""Rules of what browsers get: cookies over https, and texts in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.structure import calls, python_files, relative, tree


def test_every_cookie_says_whether_it_needs_https() -> None:
    breaches = [
        f"{relative(path)}:{call.lineno}"
        for path in python_files()
        for call, response, name in calls(tree(path))
        if response and name == "set_cookie" and "secure" not in {given.arg for given in call.keywords}
    ]
    assert not breaches


def test_nothing_is_translated_while_a_module_is_loaded() -> None:
    """Then it would be in one language for everybody: a constant needs `gettext_lazy`."""
    at_once = {"gettext", "ngettext", "pgettext", "npgettext"}
    breaches = []
    for path in python_files():
        found = [one for one in ast.walk(tree(path)) if isinstance(one, ast.ImportFrom)]
        names = {
            alias.asname or alias.name
            for one in found
            if one.module == "django.utils.translation"
            for alias in one.names
            if alias.name in at_once
        }
        breaches += [
            f"{relative(path)}:{call.lineno}" for call in loaded_calls(tree(path)) if called_name(call) in names
        ]
    assert not breaches


def loaded_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that run when the code is loaded, not when a function in it is called."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from loaded_calls(child)


def called_name(call: ast.Call) -> str:
    """Return the name that a call calls; "" for anything else."""
    return call.func.id if isinstance(call.func, ast.Name) else ""
