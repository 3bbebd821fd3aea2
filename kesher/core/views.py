"""View of the style guide page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kesher.core.ui.styleguide import context


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in its states."""
    return render(request, "core/styleguide.html", context())
