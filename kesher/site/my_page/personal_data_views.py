"""Pages about a person's own data: overview, export, removed addresses, erasure; and the staff's erasure requests."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kesher.accounts.decorators import signed_in
from kesher.accounts.presenters import tabs
from kesher.accounts.session_cookie import sign_in_of
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import staff_of, staff_only
from kesher.contacts import services as contacts
from kesher.contacts.addresses import format_address, quote_own_name, scheme_label
from kesher.contacts.models import Erasure, Identity
from kesher.contacts.privacy_registry import find_obstacles, sorted_holdings
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.ui.flash_messages import tell_outcome
from kesher.site.my_page.access_log import list_accesses
from kesher.site.my_page.export import make_archive
from kesher.site.my_page.views import contact_actor, get_contact
from kesher.site.services.my_page import decide_erasure as decide
from kesher.site.services.my_page import note_export

EXPORTS_A_DAY = 5
NUMBERED = ("tg", "messenger", "instagram")  # their addresses are numbers, which say nothing
READABLE = ("tel", "mailto", *NUMBERED)


@signed_in(2)
@require_safe
def my_data(request: AgencyRequest) -> HttpResponse:
    """Show a citizen how much is stored about them, what an erasure would leave, and who viewed it."""
    contact = get_contact(request)
    ids = contact.family_ids()
    held = [(holding, count) for holding in sorted_holdings() if (count := holding.rows(ids).count())]
    asked = contacts.find_open_erasure(contact)
    rows = Identity.objects.filter(contact__in=ids, scheme__in=READABLE).order_by("-assurance", "pk")
    context = {
        "tabs": tabs(request.path),
        "held": held,
        "kept": [holding for holding, _count in held if holding.keeps],
        "asked": asked,
        "obstacles": [] if asked else find_obstacles(ids),
        "last": Erasure.objects.filter(contact__in=ids, state="cancelled").exclude(note="").order_by("-id").first(),
        "addresses": [(row, display_address(row)) for row in rows],
        "here": sign_in_of(request),
        "looks": list_accesses(ids),
    }
    return render(request, "site/my_data.html", context)


def display_address(identity: Identity) -> str:
    """Return a citizen's address as they read it; for a channel's number, the channel and their name there."""
    if identity.scheme not in NUMBERED:
        return format_address(identity.scheme, identity.address)
    return " ".join(filter(None, [scheme_label(identity.scheme), quote_own_name(identity.display)]))


@signed_in(2)
@require_safe
def my_export(request: AgencyRequest) -> HttpResponse:
    """Return a zip file with all data about the signed-in citizen; limited, because it is costly."""
    contact = get_contact(request)
    if not allow(f"export:{contact.pk}", EXPORTS_A_DAY, 24 * 3600):
        messages.error(request, _("That was a lot of downloads. Please try again tomorrow."))
        return redirect("site:my_data")
    note_export(contact)
    response = HttpResponse(make_archive(contact, request.agency.name), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in(2)
def my_erasure(request: AgencyRequest) -> HttpResponse:
    """Request the erasure of all data about the signed-in citizen, after a confirmation, or cancel the request."""
    contact = get_contact(request)
    try:
        if "cancel" in request.POST:
            contacts.cancel_erasure(contact, by=contact_actor(contact))
            messages.success(request, _("Taken back. Nothing was erased."))
        elif request.POST.get("sure") == "yes":
            contacts.ask_erasure(contact, by=contact_actor(contact))
            messages.success(request, _("Noted. You have two weeks to cancel."))
        else:
            messages.error(request, _("Mark first that you are sure."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("site:my_data")


@require_POST
@signed_in(2)
def my_address(request: AgencyRequest) -> HttpResponse:
    """Remove one of the signed-in citizen's addresses, except the one by which they are signed in."""
    contact = get_contact(request)
    which = request.POST.get("which", "")
    rows = Identity.objects.filter(contact__in=contact.family_ids(), scheme__in=READABLE)
    identity = get_object_or_404(rows, pk=int(which) if which.isdecimal() and len(which) < 18 else 0)
    sign_in = sign_in_of(request)
    if sign_in is not None and sign_in.identity_id == identity.pk:
        messages.error(request, _("You are signed in by this address. Sign in by another one first."))
    else:
        contacts.change_owner(identity, to=None, how="not_mine", by=contact_actor(contact))
        messages.success(request, _("This address is no longer linked to you."))
    return redirect("site:my_data")


@require_safe
@staff_only("erase")
def erasures(request: AgencyRequest) -> HttpResponse:
    """Show staff the erasure requests that they must decide because something is still open."""
    rows = Erasure.objects.filter(state=Erasure.State.REVIEW).select_related("contact").order_by("pk")
    return render(request, "site/erasures.html", {"rows": rows})


@require_POST
@staff_only("erase")
def decide_erasure(request: AgencyRequest, pk: int) -> HttpResponse:
    """Erase a citizen's data, or refuse to, as the member of staff decided."""
    row, staff = get_object_or_404(Erasure, pk=pk), staff_of(request)
    assert staff is not None
    with tell_outcome(request, _("Done.")):
        decide(
            row,
            erasing=request.POST.get("erase") == "yes",
            note=request.POST.get("note", ""),
            by=Actor("staff", staff.pk, "desk"),
        )
    return redirect("site:erasures")
