"""Public pages of contests: the list, and one contest. They read tallies and results, never ballots."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of
from kesher.contests.models import Contest
from kesher.contests.presenters import (
    Standing,
    contests_listed,
    find_contest,
    page_of,
    rounds_of,
    standing_of,
    vote_shown,
)
from kesher.contests.rules import may_see
from kesher.core.http.page_cache import shared_page
from kesher.initiatives.views import build_count_view
from kesher.participation.services import read_tallies_now


def render_unknown(request: HttpRequest) -> HttpResponse:
    """Render the 404 page for an unknown contest."""
    return render(request, "contests/unknown.html", status=404)


@require_GET
@shared_page("show", "sort", "page", unless=("q",))
def contests(request: AgencyRequest) -> HttpResponse:
    """List the contests, the open ones or the decided ones as ``?show=`` asks."""
    return render(request, "contests/list.html", contests_listed(request.GET))


@require_GET
@shared_page()
def detail(request: AgencyRequest, code: str) -> HttpResponse:
    """Show a contest's public page; staff may also see a draft."""
    found = find_contest(code)
    if found is None:
        draft = Contest.objects.with_page().with_code(code[:8]).first()
        if draft is None or not may_see(staff_of(request), draft):
            return render_unknown(request)
        found = draft
    return render(request, "contests/detail.html", page_of(found))


def read_standing(code: str) -> Standing | None:
    """Return how the vote of this contest stands, with the vote that was just cast here; None without a vote."""
    contest = find_contest(code)
    round = vote_shown(rounds_of(contest)) if contest is not None else None
    return standing_of(round, read_tallies_now(round.action)) if round is not None else None


count = build_count_view("contests", read_standing, name="standing", parts=("count",), unknown=render_unknown)
