"""The source messages of the code and the templates, found in Python so that no system gettext is needed.

A call is understood when its words are literals: ``_("Send")``, ``ngettext("%(n)s signer", "%(n)s signers", n)``,
``pgettext("verb", "open")`` and their lazy kin, also under another name or through the module. Templates go through
Django's own ``templatize``: so a message is exactly what ``{% translate %}`` and ``{% blocktranslate %}`` ask for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation.template import templatize

# What each function's leading arguments are.
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
    """A message as the code asks for it, and the file (seen from above the root) that asks first."""

    msgid: str
    plural: str = ""
    context: str | None = None
    file: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.msgid


def extract(root: Path) -> dict[str, list[Source]]:
    """{app: its messages in the order of the files}: an app is a folder directly under ``root``; tests and migrations
    are left out. Raises SyntaxError, with file and line, for code or a template that cannot be read and for an
    f-string inside a call, which no translator could ever see."""
    found: dict[str, dict[tuple[str | None, str], Source]] = {}
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root).parts
        if len(inner) < 2 or _is_skipped(inner) or not path.is_file():
            continue
        app = found.setdefault(inner[0], {})
        for source in _find_messages(path, path.relative_to(root.parent).as_posix()):
            known = app.setdefault(source.key, source)
            # One message, once with a plural and once without, is one entry with a plural.
            if source.plural and not known.plural:
                app[source.key] = source
    return {app: list(sources.values()) for app, sources in found.items() if sources}


def _is_skipped(inner: tuple[str, ...]) -> bool:
    name = inner[-1]
    hidden = any(part in _SKIPPED or part.startswith(".") for part in inner)
    return hidden or name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))


def _find_messages(path: Path, shown: str) -> Iterator[Source]:
    if path.suffix == ".py":
        yield from _find_in_code(path.read_text("utf-8"), shown)
    elif "templates" in path.parts:
        yield from _find_in_template(path.read_text("utf-8"), shown)


def _find_in_code(text: str, shown: str) -> Iterator[Source]:
    tree = ast.parse(text, shown)
    names = dict(_FUNCTIONS)
    calls: list[ast.Call] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {a.asname: _FUNCTIONS[a.name] for a in node.names if a.asname and a.name in _FUNCTIONS}
        elif isinstance(node, ast.Call):
            calls.append(node)
    # ast.walk goes level by level; a translator wants the order of the page.
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        function = _gettext_function(call.func, names)
        if function:
            words = [_literal(argument, shown) for argument in call.args[: len(_ARGUMENTS[function])]]
            source = _build_source(function, words, shown)
            if source:
                yield source


def _gettext_function(called: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(called, ast.Name):
        return names.get(called.id)
    if isinstance(called, ast.Attribute) and called.attr != "_":
        return _FUNCTIONS.get(called.attr)
    return None


def _literal(node: ast.expr, shown: str) -> str | None:
    """The text of a literal, or of literals joined by "+"; None for anything that is known only when it runs."""
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
    given = dict(zip(_ARGUMENTS[function], words, strict=False))
    msgid = given.get("msgid")
    if not msgid or None in words or len(words) < len(_ARGUMENTS[function]):
        return None
    return Source(msgid, given.get("plural") or "", given.get("context"), shown)
