"""The desk's watch over a purchase: over whoever is interested, and whoever pledged; the page that all share
(`participation.guard`), at its addresses."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse as address
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_only
from kesher.conversations.doors import channel_title
from kesher.participation import guard
from kesher.purchases.desk import find


def watched(code: str, part: str) -> guard.Watched:
    found = find(code)
    parts = {"interest": (found.action, _("Interest")), "pledges": (found.pledging, _("Pledges"))}
    if part not in parts:
        raise Http404
    action, title = parts[part]
    return guard.Watched(
        action,
        found.title,
        page=address("purchases:desk-watch", args=[found.code, part]),
        back=address("purchases:desk-purchase", args=[found.code]),
        part=title,
        channel=channel_title,
    )


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def watch(request: AgencyRequest, code: str, part: str) -> HttpResponse:
    return guard.watch(request, watched(code, part))


@require_POST
@staff_only("moderate")
def settle(request: AgencyRequest, code: str, part: str, pk: int) -> HttpResponse:
    return guard.settle(request, watched(code, part), pk)


@require_POST
@staff_only("moderate")
def reverse(request: AgencyRequest, code: str, part: str, pk: int) -> HttpResponse:
    return guard.reverse(request, watched(code, part), pk)
