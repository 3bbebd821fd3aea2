"""Render what is the same for every visitor once: components, parts of pages, constant texts, addresses of pages.

The template of a component or part sees its inputs and nothing else (`ui.inputs`), so the HTML depends on them and the
language only. A page of a petition has fifty, and rendering one costs Django a hundred calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

from django.template import Context, Template
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode, url
from django.template.library import InclusionNode
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

PLAIN = frozenset((str, SafeString, int, float, bool, type(None)))
RENDERED_MAX = 2000
LONGEST = 1000  # characters of a text, or items of a list: longer ones are seldom the same
type Key = tuple[Any, ...]
_rendered: dict[Key, str] = {}


class NotPlain(Exception):
    """An input is not made of plain values, or is too long to be stored."""


class ComponentNode(InclusionNode):
    """An inclusion tag without context, whose HTML is stored where its inputs are plain values."""

    def render(self, context: Context) -> str:
        """Return the component's HTML, stored or rendered now."""
        args, kwargs = self.get_resolved_arguments(context)
        key = key_of(self.filename, self.func(*args, **kwargs))
        if key is None:
            return super().render(context)
        found = _rendered.get(key)
        if found is None:
            if len(_rendered) >= RENDERED_MAX:
                _rendered.clear()
            with context.push(csrf_token=None):  # a token is one visitor's
                found = _rendered[key] = super().render(context)
        return found


def key_of(filename: Template | str, given: Mapping[str, Any]) -> Key | None:
    """Return the key of a component with these inputs in the active language; None if they are not all plain values."""
    try:
        return (filename, get_language(), freeze(given))
    except NotPlain:
        return None


def freeze(value: Any) -> Key:
    """Return a plain value, or a list, dict or dataclass of them, as a key; raise NotPlain for anything else.

    True and 1 are equal, and a text that was marked as safe is shown otherwise than the same one that was not. A CSRF
    token is one visitor's, so what contains one is not stored, nor what says that it is private.
    """
    kind = type(value)
    if kind in PLAIN:
        if kind in (str, SafeString) and len(value) > LONGEST:
            raise NotPlain
        return kind, value
    if kind is dict and not value.get("csrf") and not value.get("private"):
        return kind, *[(name, freeze(item)) for name, item in value.items()]
    if kind in (list, tuple) and len(value) <= LONGEST:
        return kind, *[freeze(item) for item in value]
    if is_dataclass(value):
        return kind, *[freeze(getattr(value, name)) for name in value.__dataclass_fields__]
    if isinstance(value, Promise):  # a translation
        return freeze(str(value))
    raise NotPlain


class ConstantTextNode(TranslateNode):
    """A `{% translate "…" %}` of a constant: looked up, escaped and stored once for each language."""

    def __init__(self, *args: Any) -> None:
        """Start without translations; the arguments are those of Django's node."""
        super().__init__(*args)
        self.texts: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Return the translation, or set the variable that the tag names."""
        language = get_language()
        found = self.texts.get(language)
        if found is None:
            with context.push():
                shown = super().render(context)
                found = self.texts[language] = context[self.asvar] if self.asvar else shown
        if self.asvar:
            context[self.asvar] = found
            return ""
        return found


class StoredUrlNode(URLNode):
    """A `{% url %}`, whose path is computed once for the same name and arguments."""

    def render(self, context: Context) -> str:
        """Return the path, or set the variable that the tag names."""
        if self.kwargs:
            return str(super().render(context))
        try:
            path = stored_url(self.view_name.resolve(context), *[arg.resolve(context) for arg in self.args])
        except NoReverseMatch:
            return str(super().render(context))
        if self.asvar:
            context[self.asvar] = path
            return ""
        return conditional_escape(path) if context.autoescape else path


def compile_url(parser: Parser, token: Token) -> StoredUrlNode:
    """Return the node of a `{% url %}`."""
    node = url(parser, token)
    return StoredUrlNode(node.view_name, node.args, node.kwargs, node.asvar)


def stored_url(name: str, *args: Any) -> str:
    """Return the path of a named page, from memory: a page shows about forty, and each costs Django a hundred calls."""
    return reverse_once(get_script_prefix(), get_urlconf(), name, *args)


@lru_cache(maxsize=2000, typed=True)
def reverse_once(_prefix: str, urlconf: str | None, name: str, *args: Any) -> str:
    """Return the path of a named page below this prefix."""
    return reverse(name, urlconf, args)


def compile_translation(parser: Parser, token: Token) -> TranslateNode:
    """Return the node of a `{% translate %}`; of a constant text, one that stores its translations."""
    node: TranslateNode = do_translate(parser, token)
    parts = [part for part in (node.filter_expression, node.message_context) if part is not None]
    if any(part.filters or getattr(part.var, "lookups", None) is not None for part in parts):
        return node
    return ConstantTextNode(node.filter_expression, node.noop, node.asvar, node.message_context)
