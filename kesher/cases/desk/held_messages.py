"""Staff page that holds back what goes out to the public and to many people, and releases it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.rules import clerk, staff_only
from kesher.cases.desk.conversations import staff_actor
from kesher.cases.forms import HoldForm
from kesher.conversations.services.outgoing_hold import count_held, hold_outgoing, release_outgoing
from kesher.core.errors import Refused


@require_safe
@staff_only("broadcast")
def held_messages(request: HttpRequest) -> HttpResponse:
    """Show whether messages to the public and to many are held back, and the form that changes it."""
    agency = clerk(request).agency
    return render(request, "cases/outgoing_hold.html", {"form": HoldForm(), "waiting": count_held(agency)})


@require_POST
@staff_only("broadcast")
def hold(request: HttpRequest) -> HttpResponse:
    """Hold them back, and return to the page."""
    form = HoldForm(request.POST)
    agency = clerk(request).agency
    if not form.is_valid():
        context = {"form": form, "waiting": count_held(agency)}
        return render(request, "cases/outgoing_hold.html", context, status=422)
    hold_outgoing(agency, why=form.cleaned_data["why"], by=staff_actor(request))
    messages.success(request, _("Nothing more goes out to the public or to many."))
    return redirect("cases:outgoing_hold")


@require_POST
@staff_only("broadcast")
def release(request: HttpRequest) -> HttpResponse:
    """Send or discard what was held back, and return to the page."""
    discard = request.POST.get("discard") == "yes"
    try:
        count = release_outgoing(clerk(request).agency, discard=discard, by=staff_actor(request))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("cases:outgoing_hold")
    if discard:
        text = ngettext("%(count)s message was discarded.", "%(count)s messages were discarded.", count)
    else:
        text = ngettext("%(count)s message goes out now.", "%(count)s messages go out now.", count)
    messages.success(request, text % {"count": count} if count else _("Messages go out again."))
    return redirect("cases:outgoing_hold")
