"""Render the widgets of forms: inputs, text areas and selects in Python, because templates cost ten times as much.

The HTML is that of Django's templates. Every other widget is rendered by its template.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

type Widget = Mapping[str, Any]
FOLDER = "django/forms/widgets/"
INPUTS = (
    "text",
    "email",
    "url",
    "number",
    "password",
    "hidden",
    "date",
    "datetime",
    "time",
    "checkbox",
    "tel",
    "search",
)


class FormRenderer(DjangoTemplates):
    """Django's renderer with its plain widgets in Python (the setting FORM_RENDERER)."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Return the HTML of a widget or another part of a form."""
        draw = PLAIN.get(template_name)
        if draw is None:
            return super().render(template_name, context, request)
        return mark_safe(draw(context["widget"]).strip())  # noqa: S308  # each value was escaped


def render_input(widget: Widget) -> str:
    """Return the HTML of an input."""
    value = "" if widget["value"] is None else f' value="{escape(widget["value"])}"'
    return f'<input type="{escape(widget["type"])}" name="{escape(widget["name"])}"{value}{attributes(widget)}>'


def render_textarea(widget: Widget) -> str:
    """Return the HTML of a text area."""
    value = escape(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escape(widget["name"])}"{attributes(widget)}>\n{value}</textarea>'


def render_select(widget: Widget) -> str:
    """Return the HTML of a select with its options, in groups where they have any."""
    parts = [f'<select name="{escape(widget["name"])}"{attributes(widget)}>']
    for group, options, _index in widget["optgroups"]:
        parts += [f'\n  <optgroup label="{escape(group)}">'] if group else []
        parts += [f"\n  {render_option(option)}\n" for option in options]
        parts += ["\n  </optgroup>"] if group else []
    return "".join([*parts, "\n</select>"])


def render_option(option: Widget) -> str:
    """Return the HTML of one option of a select."""
    value = escape(option["value"])
    return f'<option value="{value}"{attributes(option)}>{conditional_escape(option["label"])}</option>'


def attributes(widget: Widget) -> str:
    """Return a widget's HTML attributes, each with a space before it."""
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def escape(value: Any) -> str:
    """Return a value as escaped text, as a template shows it after ``stringformat:'s'``."""
    if type(value) is str:
        return html.escape(value)
    return conditional_escape(value if isinstance(value, str) else str(value))


PLAIN: dict[str, Callable[[Widget], str]] = {
    **dict.fromkeys((f"{FOLDER}{name}.html" for name in INPUTS), render_input),
    f"{FOLDER}textarea.html": render_textarea,
    f"{FOLDER}select.html": render_select,
}
