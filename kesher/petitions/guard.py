"""The desk's watch over one petition's signatures: the page that all share (`participation.guard`), at its address."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse as address
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import in_language
from kesher.agencies.rules import staff_only
from kesher.conversations.doors import channel_title
from kesher.participation import guard
from kesher.petitions.areas import known_areas
from kesher.petitions.desk import find


def watched(code: str) -> guard.Watched:
    found = find(code)
    return guard.Watched(
        found.action,
        found.title,
        page=address("petitions:desk-watch", args=[found.code]),
        back=address("petitions:desk-petition", args=[found.code]),
        areas=[(code, in_language(names)) for code, names in known_areas()],
        channel=channel_title,
    )


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def watch(request: AgencyRequest, code: str) -> HttpResponse:
    return guard.watch(request, watched(code))


@require_POST
@staff_only("moderate")
def settle(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    return guard.settle(request, watched(code), pk)


@require_POST
@staff_only("moderate")
def reverse(request: AgencyRequest, code: str, pk: int) -> HttpResponse:
    return guard.reverse(request, watched(code), pk)
