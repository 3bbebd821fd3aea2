"""Staff page that joins a group purchase for a caller or visitor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Staff
from kesher.agencies.rules import clerk, staff_only
from kesher.cases.on_behalf_form_initial import initial_person, person_language
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.ui.flash_messages import tell_outcome
from kesher.purchases import services
from kesher.purchases.desk import get_purchase
from kesher.purchases.forms import CallerForm, PledgeForCallerForm
from kesher.purchases.models import Purchase
from kesher.purchases.pending_code import pledge_fields
from kesher.purchases.rules import may_join

CHECKED = 1  # the clerk saw a document or called back, which is as sure as an address that answered


@require_http_methods(["GET", "POST"])
@staff_only("log_call")
def join_for(request: AgencyRequest, code: str) -> HttpResponse:
    """Register a caller or visitor in a purchase; ``?contact=`` fills in the person that the desk has open."""
    found = get_purchase(code)
    gathering = found.state == Purchase.State.INTEREST
    if not may_join(found):
        messages.error(request, _("This purchase takes no pledges now."))
        return redirect("purchases:desk-purchase", code=code)
    person = initial_person(request.GET.get("contact", ""))
    form: Any = (
        CallerForm(request.POST or None, initial=person)
        if gathering
        else PledgeForCallerForm(request.POST or None, subject=found, initial=person)
    )
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, form=form):
            messages.success(request, join_for_caller(found, form.cleaned_data, clerk(request)))
            return redirect("purchases:desk-purchase", code=code)
    context = {"purchase": found, "form": form, "gathering": gathering}
    return render(request, "purchases/desk_join.html", context, status=422 if form.errors else 200)


def join_for_caller(purchase: Purchase, given: dict[str, Any], staff: Staff) -> str:
    """Register a caller's interest or pledge; return the message for the clerk. Raise Refused."""
    address = given["address"]
    lang = person_language(address, given["person_language"])
    identity = get_or_create_identity(Address(address.scheme, address.address, given["name"].strip()), language=lang)
    call = Call(door="desk", lang=lang, identity=identity, level=max(identity.assurance, CHECKED), staff=staff)
    if purchase.state == Purchase.State.INTEREST:
        row = services.register_interest(purchase, call).participation
        return _("The person is on the list. Receipt: %(receipt)s.") % {"receipt": row.receipt}
    line = services.pledge_units(purchase, call, **pledge_fields(given)).line
    known = {"count": line.quantity, "standing": line.get_standing_display(), "receipt": line.participation.receipt}
    words = ngettext(
        "Written down: %(count)s unit, %(standing)s. Receipt: %(receipt)s. The person is told.",
        "Written down: %(count)s units, %(standing)s. Receipt: %(receipt)s. The person is told.",
        line.quantity,
    )
    return words % known
