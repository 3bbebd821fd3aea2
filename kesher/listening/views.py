"""The public page of listening: which watches there are, and on which grounds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kesher.listening.models import Source, Watch


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show what the agency listens for in public, why, and how long it keeps what it hears."""
    watches = Watch.objects.filter(is_active=True).order_by("name")
    sources = Source.objects.filter(is_active=True).order_by("name")
    return render(request, "listening/register.html", {"watches": watches, "sources": sources})
