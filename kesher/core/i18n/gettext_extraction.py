"""Extract the translatable messages of code and templates, without a system gettext.

A call is found if its arguments are literals: ``_("Send")``, ``ngettext("%(n)s signer", "%(n)s signers", n)``,
``pgettext("verb", "open")`` and their lazy forms, also under another name or through the module. Templates go through
Django's `templatize`, so a message is exactly what ``{% translate %}`` and ``{% blocktranslate %}`` ask for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from django.utils.translation.template import templatize

# The meaning of each function's first arguments.
_ARGUMENTS: Final = {
    "gettext": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
}
_FUNCTIONS: Final = {
    "_": "gettext",
    "gettext_noop": "gettext",
    **{name: name for name in _ARGUMENTS},
    **{f"{name}_lazy": name for name in _ARGUMENTS},
}
_CALL: Final = re.compile(r"(?<!\w)(n?p?gettext|_)\(")
_LITERAL: Final = re.compile(r"""\s*u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?""", re.DOTALL)
_SKIPPED: Final = frozenset({"tests", "migrations", "locale", "static", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Source:
    """A message in the source, and the first file that asks for it (relative to the root's parent)."""

    msgid: str
    plural: str = ""
    context: str | None = None
    file: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        """The context and the message."""
        return self.context, self.msgid


def extract(root: Path, apps: Collection[str] = ()) -> dict[str, list[Source]]:
    """Return {app: its messages in the order of the files}; an app is a folder directly under `root`, or one of `apps`.

    Tests and migrations are left out. Raise SyntaxError, with file and line, for a file that cannot be read and for an
    f-string inside a call, which cannot be translated.
    """
    found: dict[str, dict[tuple[str | None, str], Source]] = {}
    for path in sorted(chain.from_iterable((root / app).rglob("*") for app in apps or [""])):
        inner = path.relative_to(root).parts
        if len(inner) < 2 or _is_skipped(inner) or not path.is_file():
            continue
        app = found.setdefault(inner[0], {})
        for source in _find_messages(path, path.relative_to(root.parent).as_posix()):
            known = app.setdefault(source.key, source)
            # A message that occurs with and without a plural is one entry with a plural.
            if source.plural and not known.plural:
                app[source.key] = source
    return {app: list(sources.values()) for app, sources in found.items() if sources}


def _is_skipped(inner: tuple[str, ...]) -> bool:
    """Return whether a file is a test, a migration, static or hidden."""
    name = inner[-1]
    hidden = any(part in _SKIPPED or part.startswith(".") for part in inner)
    return hidden or name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))


def _find_messages(path: Path, shown: str) -> Iterator[Source]:
    """Yield the translatable messages of a source file."""
    if path.suffix == ".py":
        yield from _find_in_code(path.read_text("utf-8"), shown)
    elif "templates" in path.parts:
        yield from _find_in_template(path.read_text("utf-8"), shown)


def _find_in_code(text: str, shown: str) -> Iterator[Source]:
    """Yield the translatable messages of a Python file, in order."""
    tree = ast.parse(text, shown)
    names = dict(_FUNCTIONS)
    calls: list[ast.Call] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {a.asname: _FUNCTIONS[a.name] for a in node.names if a.asname and a.name in _FUNCTIONS}
        elif isinstance(node, ast.Call):
            calls.append(node)
    # ast.walk is breadth-first; translators want the order of the text.
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        function = _gettext_function(call.func, names)
        if function:
            words = [_literal(argument, shown) for argument in call.args[: len(_ARGUMENTS[function])]]
            source = _build_source(function, words, shown)
            if source:
                yield source


def _gettext_function(called: ast.expr, names: dict[str, str]) -> str | None:
    """Return the name of the gettext function that a call's target is, or None."""
    if isinstance(called, ast.Name):
        return names.get(called.id)
    if isinstance(called, ast.Attribute) and called.attr != "_":
        return _FUNCTIONS.get(called.attr)
    return None


def _literal(node: ast.expr, shown: str) -> str | None:
    """Return the text of a string literal, or of several joined with "+"; None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _literal(node.left, shown), _literal(node.right, shown)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        message = "an f-string cannot be translated: use %(name)s and fill it after the call"
        raise SyntaxError(message, (shown, node.lineno, node.col_offset + 1, None))
    return None


def _find_in_template(text: str, shown: str) -> Iterator[Source]:
    """Yield the translatable messages of a Django template."""
    code = templatize(text, origin=shown)
    for call in _CALL.finditer(code):
        function = _FUNCTIONS[call[1]]
        words: list[str | None] = []
        at = call.end()
        for _argument in _ARGUMENTS[function]:
            literal = _LITERAL.match(code, at)
            if not literal:
                break
            words.append(str(ast.literal_eval(literal[1])))
            at = literal.end()
        source = _build_source(function, words, shown)
        if source:
            yield source


def _build_source(function: str, words: list[str | None], shown: str) -> Source | None:
    """Return the message of a call, or None if not all its arguments are literals."""
    given = dict(zip(_ARGUMENTS[function], words, strict=False))
    msgid = given.get("msgid")
    if not msgid or None in words or len(words) < len(_ARGUMENTS[function]):
        return None
    return Source(msgid, given.get("plural") or "", given.get("context"), shown)
