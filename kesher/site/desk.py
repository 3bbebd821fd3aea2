"""Staff pages of the agency itself: the list of what is missing of its set-up."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.agencies.services import staff_actor
from kesher.agencies.setup_steps import read_progress
from kesher.conversations.services.conversation_writer import INBOX
from kesher.core.ui.flash_messages import tell_outcome
from kesher.site.services.agency_setup import show_setup_line


@require_safe
@staff_only("change_settings")
def setup(request: AgencyRequest) -> HttpResponse:
    """Render the list of what to set up, with what is done already; it refreshes itself when a message arrives."""
    context = {"progress": read_progress(request.agency), "live_streams": [INBOX]}
    return render(request, "site/setup.html", context)


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
