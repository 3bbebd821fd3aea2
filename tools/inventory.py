"""Print everything that a user, a program or an installed system can name: ``script/inventory``.

One line a thing, sorted, so that two commits can be compared with ``diff``: URLs, the operations of the API with the
JSON keys of their answers and requests, the verbs and the doors they have, commands, settings, hooks.
"""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parent.parent


Found = tuple[str, str, URLPattern]


def patterns(resolver: URLResolver | URLPattern, before: str = "", space: str = "") -> Iterator[Found]:
    """Yield (route, name, pattern) of every URL."""
    if isinstance(resolver, URLPattern):
        name = f"{space}:{resolver.name}" if space and resolver.name else resolver.name or ""
        yield before + str(resolver.pattern), name, resolver
        return
    inner = resolver.namespace or space
    for part in resolver.url_patterns:
        yield from patterns(part, before + str(resolver.pattern), inner)


def module_of(pattern: URLPattern) -> ModuleType | None:
    """Return the module in which the innermost function of a view stands."""
    return inspect.getmodule(inspect.unwrap(pattern.callback))


def keys_of(module: ModuleType) -> set[str]:
    """Return the keys of the dictionaries that a module writes, and those that it reads from a request."""
    keys: list[ast.expr | None] = []
    nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
    arguments = {id(node.value) for node in nodes if isinstance(node, ast.keyword) and node.arg is None}
    for node in nodes:
        if isinstance(node, ast.Dict) and id(node) not in arguments:
            keys += node.keys
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            keys += node.args[:1]
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def fields_of_forms(module: ModuleType) -> set[str]:
    """Return the fields of the forms that a module uses: what its requests may hold."""
    forms = [value for value in vars(module).values() if isinstance(value, type) and hasattr(value, "base_fields")]
    return {name for form in forms for name in form.base_fields}


def inventory() -> Iterator[str]:
    """Yield the lines."""
    from kesher.core.hooks import HOOKS
    from kesher.dialogues.registry import REGISTRY

    keys: dict[str, set[str]] = {}
    for found, name, pattern in patterns(get_resolver()):
        route = found.removeprefix("^/")
        yield f"url {route} {name}"
        module = module_of(pattern)
        if route.startswith("api/") and module is not None:
            app = module.__name__.split(".")[1]
            yield f"operation {route}"
            keys.setdefault(app, set()).update(keys_of(module) | fields_of_forms(module))
    for app, written in keys.items():
        yield from (f"key {app} {key}" for key in written)
    for name, skill in REGISTRY.skills.items():
        yield f"skill {name} {' '.join(sorted(skill.form.base_fields))}".rstrip()
    yield from (f"command {name}" for name, app in get_commands().items() if app.startswith("kesher"))
    yield from (f"setting {name}" for name in dir(settings) if name.startswith("KESHER_"))
    yield from (f"hook {hook.name}" for hook in HOOKS)
    yield from (f"row {line}" for line in verbs_and_doors())


def verbs_and_doors() -> Iterator[str]:
    """Yield the table of verbs and channels as the README has it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- verbs -->")[2].partition("<!-- /verbs -->")[0]
    yield from (line for line in table.strip().splitlines())


def main() -> None:
    """Print the inventory, with the optional apps."""
    os.environ["KESHER_SIMULATOR"] = "1"
    django.setup()
    print("\n".join(sorted(set(inventory()))))


if __name__ == "__main__":
    main()
