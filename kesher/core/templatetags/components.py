"""Render a component once for the same inputs: most of a page's components are the same for every visitor.

A component's template sees its inputs and nothing else (`ui.inputs`), so the HTML depends on them and the language
only. A page of a petition has fifty, and rendering one costs Django a hundred calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template import Context, Template
from django.template.library import InclusionNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

PLAIN = frozenset((str, SafeString, int, float, bool, type(None)))
RENDERED_MAX = 2000
LONGEST = 300  # characters of an input: longer texts are seldom the same
type Key = tuple[Any, ...]
_rendered: dict[Key, str] = {}


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
            found = _rendered[key] = super().render(context)
        return found


def key_of(filename: Template | str, given: Mapping[str, Any]) -> Key | None:
    """Return the key of a component with these inputs in the active language; None if they are not all plain values.

    A CSRF token is one visitor's, so what contains one is not stored.
    """
    if given.get("csrf") or not all(type(value) in PLAIN for value in given.values()):
        return None
    if any(isinstance(value, str) and len(value) > LONGEST for value in given.values()):
        return None
    # True and 1 are equal, and a text that was marked as safe is shown otherwise than the same one that was not.
    return (filename, get_language(), *((name, type(value), value) for name, value in given.items()))
