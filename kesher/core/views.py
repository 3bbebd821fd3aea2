"""The pages of the ground floor: the style guide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kesher.core.styleguide import context


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in its states, for whoever builds or reviews a page."""
    return render(request, "core/styleguide.html", context())
