"""Registry of what higher apps show on the page of the agency's staff, such as invitations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

SECTIONS: dict[str, Callable[[HttpRequest], Mapping[str, Any]]] = {}


def register_section(template: str, context: Callable[[HttpRequest], Mapping[str, Any]]) -> None:
    """Add a template to the page of the staff; ``context`` returns what it shows."""
    SECTIONS[template] = context


def visible_sections(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the registered sections, each with its template and data."""
    return [{"template": template, "data": context(request)} for template, context in SECTIONS.items()]
