"""Pages where a seller makes an offer to a group purchase, and withdraws it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kesher.accounts.recent_verification import leave_out_address
from kesher.agencies.middleware import AgencyRequest
from kesher.conversations.form_handover import park_page_form
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.purchases import services
from kesher.purchases.forms import AddressForm
from kesher.purchases.magic_links import seal_offer
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.offer_dialogue_form import to_conversation_answers
from kesher.purchases.offer_forms import OfferOnTheWebForm
from kesher.purchases.rules import may_offer
from kesher.purchases.views import find_purchase, language, proved_for, render_unknown, send_code


@require_http_methods(["GET", "POST"])
def offer(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form for a seller's offer, and submit it or send a code for it."""
    found = find_purchase(code)
    if found is None:
        return render_unknown(request)
    if "later" in request.POST and may_offer(found):
        return park_page_form(
            request, "purchases.offer", to_conversation_answers(request.POST), subject=found, code=found.code
        )
    form, proved = OfferOnTheWebForm(request.POST or None), proved_for(request, found, "offer")
    leave_out_address(form, proved)
    if request.method == "POST" and form.is_valid() and may_offer(found):
        answer = handle_offer(request, found, form)
        if answer is not None:
            return answer
    context = {"purchase": found, "form": form, "may_offer": may_offer(found), "proved": proved}
    return render(request, "purchases/offer.html", context, status=422 if form.errors else 200)


def handle_offer(request: AgencyRequest, found: Purchase, form: OfferOnTheWebForm) -> HttpResponse | None:
    """Store an offer, and submit it or send a code; return the redirect, or None for form errors."""
    if form.is_robot:
        return redirect(found.get_absolute_url())
    try:
        made = store_offer(found, form, language(), door="web")
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None
    return send_code(request, found, form, "offer", {"offer": seal_offer(made)})


def store_offer(found: Purchase, form: OfferOnTheWebForm, lang: str, *, door: str) -> Offer:
    """Create a seller's offer from a form; a code must confirm it. Raise Refused."""
    given = form.cleaned_data
    return services.make_offer(
        found, seller=given["seller"], ladder=form.ladder, terms={lang: given["terms"]}, language=lang,
        state=Offer.State.PENDING, by=Actor("contact", None, door), **form.conditions,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def unoffer(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form that withdraws a seller's offers; a code proves the seller's address."""
    found = find_purchase(code)
    if found is None:
        return render_unknown(request)
    form, proved = AddressForm(request.POST or None), proved_for(request, found, "unoffer")
    leave_out_address(form, proved)
    if request.method == "POST" and form.is_valid():
        answer = send_code(request, found, form, "unoffer", {})
        if answer is not None:
            return answer
    context = {"purchase": found, "form": form, "proved": proved}
    return render(request, "purchases/unoffer.html", context, status=422 if form.errors else 200)
