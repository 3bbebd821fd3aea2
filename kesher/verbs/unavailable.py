"""Page that says that there is nothing here, or that it cannot be done any more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found_page(request: HttpRequest, status: int = 404) -> HttpResponse:
    """Return the page that says that there is nothing to do under this address."""
    return render(request, "verbs/unavailable.html", status=status)
