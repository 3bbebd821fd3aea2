"""Staff pages for logging in and out, staff accounts, sending limits, teams and opening hours."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies import services
from kesher.agencies.business_hours import is_open, next_opening, rest_days
from kesher.agencies.forms import EditStaffForm, HoursForm, LimitsForm, LoginForm, TeamForm
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Staff, StaffSignIn, Team
from kesher.agencies.rules import clerk, needs_fresh_step, staff_of, staff_only
from kesher.agencies.sign_in_log import log_sign_in
from kesher.agencies.staff_list_sections import visible_sections
from kesher.agencies.staff_login import list_login_ways, remember_password_step, sign_in_staff
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.http.safe_paths import safe_path
from kesher.core.ui.flash_messages import tell_outcome


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the staff login and check the password; then redirect to the second step.

    A user who is signed in already is redirected.
    """
    after = safe_next(request)
    if staff_of(request):
        return redirect(after)
    form = LoginForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if settings.KESHER_SECOND_FACTOR:
            remember_password_step(request, form.get_user(), after)
            return redirect("accounts:staff_second")
        sign_in_staff(request, form.get_user(), "none")
        return redirect(after)
    context = {"form": form, "next": after, "second_off": not settings.KESHER_SECOND_FACTOR}
    context["ways"] = list_login_ways()
    return render(request, "agencies/login.html", context, status=422 if form.errors else 200)


def safe_next(request: HttpRequest) -> str:
    """Return the path to go to after the staff login: the wanted page if it is on this site, else the inbox."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return safe_path(wanted) or resolve_url("cases:inbox")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign the member of staff out, and redirect to the login."""
    if staff := staff_of(request):
        log_sign_in(request, StaffSignIn.Outcome.SIGNED_OUT, staff.user)
    logout(request)
    return redirect("agencies:login")


@staff_only("change_staff")
def staff_list(request: HttpRequest) -> HttpResponse:
    """Show the agency's members of staff, former ones last."""
    rows = Staff.objects.select_related("user").prefetch_related("teams").order_by("-is_active", "name", "pk")
    return render(request, "agencies/staff.html", {"people": rows, "sections": visible_sections(request)})


@staff_only("change_staff")
def staff_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and process the form of the member of staff with this id; another role needs a fresh second step."""
    person = get_object_or_404(Staff.objects.select_related("user"), pk=pk)
    form = EditStaffForm.of(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["role"] != person.role and (step := needs_fresh_step(request)):
            return step
        try:
            services.change_staff(person, by=actor(request), **form.cleaned_data)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("agencies:staff")
    context = {"form": form, "person": person}
    return render(request, "agencies/staff_form.html", context, status=422 if form.errors else 200)


@staff_only("change_limits")
def limits(request: HttpRequest) -> HttpResponse:
    """Show and process the form of the daily limits on codes and automatic answers."""
    agency = clerk(request).agency
    known = {name: getattr(agency, name) for name in LimitsForm.base_fields}
    form = LimitsForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        services.set_limits(agency, by=actor(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("agencies:limits")
    return render(request, "agencies/limits.html", {"form": form}, status=422 if form.errors else 200)


def actor(request: HttpRequest) -> Actor:
    """Return the member of staff who makes the request as the audit log's actor."""
    staff = staff_of(request)
    assert staff is not None
    return Actor("staff", staff.pk, "desk")


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
