"""Staff pages of the agency itself: what pages say of it, and the list of what is missing of its set-up."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.base_url import base_url
from kesher.agencies.business_hours import add_working, rest_days
from kesher.agencies.forms import MomentForm
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import PublicText
from kesher.agencies.rules import clerk, has_right, staff_only
from kesher.agencies.services import save_public_text, staff_actor
from kesher.agencies.setup_steps import read_progress
from kesher.agencies.staff_login import is_fresh
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.ui.colours import AccentContrast, measure_accent
from kesher.core.ui.flash_messages import tell_outcome
from kesher.site.forms.body import BodyForm
from kesher.site.forms.calendar import CalendarForm
from kesher.site.forms.public_text import PublicTextForm
from kesher.site.services.agency_setup import save_profile, show_setup_line

PREVIEW_HOURS = 8  # about a working day
REST_DAYS_SHOWN = timedelta(days=365)

# The pictures of the first day in each language, made by `tests/walks/test_first_day_walk.py`.
FIRST_DAY = {
    "link": gettext_lazy("The link opens the first page: the public body, and its first administrator."),
    "list": gettext_lazy("The list says what is missing, and where it is done."),
    "channel": gettext_lazy("A channel’s page: what the provider says, and what it sends us."),
    "answer": gettext_lazy("The first report, and the answer to it."),
}


@require_safe
@staff_only("change_settings")
def setup(request: AgencyRequest) -> HttpResponse:
    """Render the list of what to set up, with what is done already; it refreshes itself when a message arrives."""
    pictures = [(f"site/first-day/{name}-{get_language()}.webp", text) for name, text in FIRST_DAY.items()]
    context = {"progress": read_progress(request.agency), "live_streams": [INBOX], "pictures": pictures}
    return render(request, "site/setup.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_settings")
def body(request: AgencyRequest) -> HttpResponse:
    """Show and process the form of what pages say of the agency itself."""
    agency = request.agency
    is_admin = has_right(clerk(request), "change_channels")
    may_move = is_admin and is_fresh(request)
    form = BodyForm(request.POST or None, request.FILES or None, agency=agency, may_move=may_move)
    if request.method == "POST" and form.is_valid():
        save_profile(agency, by=staff_actor(clerk(request)), **form.values())
        messages.success(request, _("Saved. Every page shows it from now on."))
        return redirect("site:body")
    context = {
        "form": form,
        "light": contrast_of(agency.accent),
        "dark": contrast_of(agency.accent_dark or agency.accent, dark=True),
        "address_used": base_url(),
        "must_confirm": is_admin and not may_move,
    }
    return render(request, "site/body.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_settings")
def calendar(request: AgencyRequest) -> HttpResponse:
    """Show and process the form of holidays, the time that the law gives, and texts outside the opening hours.

    ``?at=`` is a moment for which the page shows when eight working hours would be over.
    """
    agency = request.agency
    form = CalendarForm(request.POST or None, agency=agency)
    if request.method == "POST" and form.is_valid():
        save_profile(agency, by=staff_actor(clerk(request)), **form.values())
        messages.success(request, _("Saved. New requests are counted in these hours from now on."))
        return redirect("site:calendar")
    moment = MomentForm(request.GET or None)
    at = moment.cleaned_data["at"] if moment.is_valid() else timezone.now()
    context = {
        "form": form,
        "moment": moment,
        "at": at,
        "due": add_working(agency, at, PREVIEW_HOURS),
        "hours": PREVIEW_HOURS,
        "rest_days": rest_days(agency, timezone.now(), REST_DAYS_SHOWN),
    }
    return render(request, "site/calendar.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("change_settings")
def edit_public_text(request: AgencyRequest, kind: str) -> HttpResponse:
    """Show and process the form of the house rules or the service charter, all languages side by side."""
    agency, row = request.agency, PublicText.objects.filter(kind=kind).first()
    form = PublicTextForm(request.POST or None, texts=row.texts if row else {}, languages=agency.spoken)
    if request.method == "POST" and form.is_valid():
        save_public_text(agency, kind, form.texts(), by=staff_actor(clerk(request)))
        messages.success(request, _("Saved. Every page shows it from now on."))
        return redirect(f"site:edit_{kind}")
    context = {
        "form": form,
        "kind": kind,
        "title": PublicText.Kind(kind).label,
        "is_shown": kind in agency.public_texts,
    }
    return render(request, "site/public_text_form.html", context, status=422 if form.errors else 200)


def contrast_of(colour: str, *, dark: bool = False) -> AccentContrast | None:
    """Return the contrast of a stored colour, None where it is no colour."""
    with suppress(ValueError):
        return measure_accent(colour, dark=dark)
    return None


@require_POST
@staff_only("change_settings")
def show_line(request: AgencyRequest) -> HttpResponse:
    """Hide or show the line about the set-up above the inbox (``show``), and redirect back."""
    shown = request.POST.get("show") == "1"
    hidden = _("Hidden. The set-up stays on the administration page.")
    words = _("The line is above the inbox again.") if shown else hidden
    with tell_outcome(request, words):
        show_setup_line(request.agency, shown=shown, by=staff_actor(clerk(request)))
    return redirect("site:setup")
