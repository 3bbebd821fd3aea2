"""Staff pages for an agency's teams and opening hours."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies import services
from kesher.agencies.business_hours import is_open, next_opening, rest_days
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Team
from kesher.agencies.rules import staff_only
from kesher.agencies.settings_forms import HoursForm, TeamForm
from kesher.agencies.views import actor
from kesher.core.ui.flash_messages import tell_outcome

REST_DAYS_SHOWN = timedelta(days=90)


@require_safe
@staff_only("change_settings")
def teams(request: AgencyRequest) -> HttpResponse:
    """Show the agency's teams with their members."""
    rows = Team.objects.prefetch_related("members").annotate(size=Count("members")).order_by("slug")
    return render(request, "agencies/teams.html", {"teams": rows})


@staff_only("change_settings")
def team_new(request: AgencyRequest) -> HttpResponse:
    """Show and process the form for a new team."""
    return edit_team(request, None)


@staff_only("change_settings")
def team_edit(request: AgencyRequest, slug: str) -> HttpResponse:
    """Show and process the form of the team with this slug."""
    return edit_team(request, get_object_or_404(Team, slug=slug))


def edit_team(request: AgencyRequest, team: Team | None) -> HttpResponse:
    """Show and process the form of a team; ``team`` None creates one."""
    form = TeamForm(request.POST or None, team=team, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        services.save_team(team, names=form.names(), members=form.cleaned_data["members"], by=actor(request))
        messages.success(request, _("Saved."))
        return redirect("agencies:teams")
    return render(request, "agencies/team_form.html", {"form": form, "team": team}, status=422 if form.errors else 200)


@require_POST
@staff_only("change_settings")
def team_remove(request: AgencyRequest, slug: str) -> HttpResponse:
    """Delete the team with this slug, or say why it cannot be deleted."""
    with tell_outcome(request, _("Removed.")):
        services.remove_team(get_object_or_404(Team, slug=slug), by=actor(request))
    return redirect("agencies:teams")


@staff_only("change_settings")
def hours(request: AgencyRequest) -> HttpResponse:
    """Show and process the form of the opening hours, with the next opening and the coming holidays."""
    agency = request.agency
    form = HoursForm(request.POST or None, agency=agency)
    if request.method == "POST" and form.is_valid():
        services.set_hours(agency, by=actor(request), **form.values())
        services.set_emergency_numbers(agency, form.cleaned_data["emergency"], by=actor(request))
        messages.success(request, _("Saved. New requests are counted in these hours from now on."))
        return redirect("agencies:hours")
    now = timezone.now()
    context = {
        "form": form,
        "open_now": is_open(agency, now),
        "next_opening": next_opening(agency, now),
        "rest_days": rest_days(agency, now, REST_DAYS_SHOWN),
    }
    return render(request, "agencies/hours.html", context, status=422 if form.errors else 200)
