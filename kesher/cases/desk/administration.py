"""Staff page of the administration: every page that is registered for it, in sections."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kesher.agencies.rules import clerk, staff_only
from kesher.cases.context_processors import permitted_pages
from kesher.cases.desk_panels import GROUPS


@require_safe
@staff_only("desk")
def administration(request: HttpRequest) -> HttpResponse:
    """Show the pages of the administration that the clerk may open, in sections."""
    pages = permitted_pages(clerk(request), "admin")
    groups = [(name, title, [page for page in pages if page["group"] == name]) for name, title in GROUPS.items()]
    return render(request, "cases/administration.html", {"groups": [group for group in groups if group[2]]})
