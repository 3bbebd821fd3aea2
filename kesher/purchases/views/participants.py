"""Private pages, opened by a secret link: a person's pledge, and the purchase that they organise.

Changes made there are confirmed on the person's own channel.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.service_caller import Call
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.ui.charts import qr_svg
from kesher.core.ui.flash_messages import tell_outcome
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.consumer_rights import cancellation_rights, is_conversation_door
from kesher.purchases.forms.offers import ChooseForm, CollectForm, LeadNewsForm, ReasonForm
from kesher.purchases.forms.pledges import ChangeForm, free_slots, slot_title
from kesher.purchases.magic_links import find_organised_purchase
from kesher.purchases.models import Allotment, Pledge, Purchase
from kesher.purchases.participant_status import ORDERED, Part, find_part, get_offer, get_slot, may_do, may_lead
from kesher.purchases.pickup_list import ArrangeRequest, arrange, pickup_context, places_context, report_collected
from kesher.purchases.presenters import KINDS, events_of, numbers, offer_context
from kesher.purchases.prices import money, progress
from kesher.purchases.rules import may_arrange_pickup, may_offer, may_pledge, may_send_news
from kesher.purchases.services.confirmations import what_happens_now
from kesher.purchases.verbs import CANCEL, PLEDGE, lose_interest
from kesher.purchases.views.purchases import render_unknown
from kesher.verbs.services import execute


@require_http_methods(["GET", "POST"])
def mine(request: AgencyRequest, key: str) -> HttpResponse:
    """Show a person's own page of a purchase, and change or give up their pledge or share as posted."""
    part = find_part(key)
    if part is None:
        return render_unknown(request)
    purchase, row = part.purchase, part.row
    given = request.POST if request.method == "POST" else None
    form = ChangeForm(given, subject=purchase, contact=row.contact, initial=initial_of(row))
    if given is not None:
        with tell_outcome(request, form=form):
            if said := press_button(request.POST.get("verb", ""), request.POST, part, form, door="web"):
                messages.success(request, said)
                return redirect(request.path)
    context = own_page_context(part, form)
    return render(request, "purchases/mine.html", context, status=422 if form.is_bound and form.errors else 200)


def initial_of(row: Participation) -> dict[str, Any]:
    """Return the initial values of the form that changes a pledge."""
    line = services.find_entry(row)
    if line is None:
        return {}
    wish = {"quantity": max(line.quantity, line.wanted) or 1, "tolerance": line.tolerance, "point": line.point_id}
    return {**wish, "wait": line.turn is not None}


def press_button(verb: str, given: Any, part: Part, form: ChangeForm | None, *, door: str) -> str:
    """Carry out what a person asks for with their key; return the message, or "" for form errors. Raise Refused.

    ``form``: the pledge as it should be, for any other ``verb`` than those that are named here.
    """
    purchase, row = part.purchase, part.row
    level = row.identity.assurance if row.identity is not None else 0
    call = Call(door=door, identity=row.identity, contact=row.contact, level=level)
    match verb:
        case "give_up":
            return CANCEL.receipt(execute(CANCEL, purchase, call, {})).text
        case "lose_interest":
            lose_interest(purchase, call)
            return _("You are off the list.")
        case "take":
            services.accept_place(purchase, call)
            return _("The place is yours.")
        case "decline":
            services.decline_place(purchase, call)
            return _("The next in line is asked. You keep your turn.")
        case "leave_line":
            services.leave_waiting_list(purchase, call)
            return _("You are off the waiting list.")
        case "vote":
            services.vote_for_offer(get_offer(purchase, given.get("offer")), row, by=call.actor(row.contact))
            return _("Your choice is noted. You may change it until one offer is taken.")
        case "slot":
            if part.share is None:
                raise Refused(_("No pick-up time can be chosen now."))
            services.choose_slot(part.share, get_slot(purchase, given.get("slot")), by=call.actor(row.contact))
            return _("Your pick-up time is noted.")
    if form is None or not form.is_valid() or call.identity is None:
        return ""
    execute(PLEDGE, purchase, call, form.cleaned_data)
    return _("Your pledge was changed.")


def own_page_context(part: Part, form: ChangeForm) -> dict[str, Any]:
    """Return the template context of a participant's own page."""
    purchase, row, share = part.purchase, part.row, part.share
    may = may_do(part)
    vote = getattr(row, "offer_vote", None)
    offers = list(purchase.offers.shown()) if "vote" in may else []
    return {
        "purchase": purchase,
        "kind": KINDS[purchase.state],
        "row": row,
        "stands": part.stands,
        "pledging": part.pledging,
        "line": part.line,
        "share": share,
        "kept": part.kept,
        "waits": part.waits,
        "missing": part.missing,
        "offered": part.offered,
        "may_decline": "decline" in may,
        "may_leave_line": "leave_line" in may,
        "code": part.code,
        "qr": qr_svg(part.code, _("Your pick-up code")) if part.code else "",
        "slots": [(slot.pk, slot_title(slot)) for slot in free_slots(purchase)] if "slot" in may else [],
        "slot": slot_title(share.slot) if share is not None and share.slot else "",
        "sums": list_sums(purchase, part.line, share),
        "next": what_happens_now(purchase, part.line) if part.line is not None and share is None else [],
        "offers": [offer_context(offer, purchase) for offer in offers if offer.is_good],
        "chosen": vote.offer_id if vote else None,
        "form": form if part.stands and part.line is not None and may_pledge(purchase) else None,
        "may_give_up": "give_up" in may,
        "numbers": numbers(purchase),
        "rights": cancellation_rights(talked=is_conversation_door(row.channel)),
        "live_streams": [purchase.action.stream],
    }


def list_sums(purchase: Purchase, line: Pledge | None, share: Allotment | None) -> list[tuple[str, str]]:
    """Return units, unit price and sum of a pledge or share, as (label, text)."""
    if share is not None and not share.quantity:
        return []  # on the waiting list, or given up
    if share is not None:
        return [
            (_("You get"), str(share.quantity)),
            (_("Price of each, final"), money(share.price)),
            (_("Together, VAT included"), money(share.total)),
        ]
    if line is None or not line.quantity:
        return []
    price = progress(purchase).price
    found = [(_("You take"), str(line.quantity))]
    if line.tolerance:
        found.append((_("More, if that fills a box"), str(line.tolerance)))
    return [
        *found,
        (_("Price of each, as it is now"), money(price)),
        (_("Together, VAT included"), money(price * line.quantity)),
    ]


@require_http_methods(["GET", "POST"])
def organise(request: AgencyRequest, key: str) -> HttpResponse:
    """Show the organiser's page of a purchase; choose an offer, order, cancel or write news as posted."""
    purchase = find_organised_purchase(key)
    if purchase is None:
        return render_unknown(request)
    choose = ChooseForm(request.POST if request.POST.get("verb") == "open" else None, purchase=purchase)
    reason = ReasonForm(request.POST if request.POST.get("verb") == "cancel" else None)
    news = LeadNewsForm(request.POST if request.POST.get("verb") == "news" else None)
    if request.method == "POST":
        try:
            if submit_news(purchase, news, door="web"):
                messages.success(request, _("Thank you. We read it, and then it goes to everybody who joined."))
                return redirect(request.path)
            if make_decision(request.POST.get("verb", ""), purchase, choose, reason, door="web"):
                messages.success(request, _("Done. Everybody who joined is told."))
                return redirect(request.path)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
    may = may_lead(purchase)
    context = {
        "purchase": purchase,
        "key": key,
        "kind": KINDS[purchase.state],
        "numbers": numbers(purchase),
        "news": news if may_send_news(purchase) else None,
        "told": purchase.news.order_by("-id")[:5],
        "may_arrange": may_arrange_pickup(purchase),
        "offers": [offer_context(offer, purchase) for offer in purchase.offers.shown()],
        "choose": choose if choose.offers and may_offer(purchase) else None,
        "reason": reason if "cancel" in may else None,
        "may_confirm": "confirm" in may,
        "may_fulfil": "fulfil" in may,
        "events": events_of(purchase),
        "live_streams": [purchase.action.stream],
    }
    wrong = choose.errors or reason.errors or news.errors
    return render(request, "purchases/organise.html", context, status=422 if wrong else 200)


def make_decision(verb: str, purchase: Purchase, choose: ChooseForm, reason: ReasonForm, *, door: str) -> bool:
    """Open pledging, confirm, fulfil or cancel as the organiser; return False for form errors. Raise Refused."""
    by = organiser_of(purchase, door)
    if verb == "open":
        if not choose.is_valid():
            return False
        given = choose.cleaned_data
        services.choose_offer(
            purchase, choose.offers[given["offer"]], closes_at=given["closes_at"], tie=given["tie"], by=by
        )
        return True
    if verb == "cancel":
        if not reason.is_valid():
            return False
        services.make_transition(purchase, "cancel", by=by, reason=reason.cleaned_data["reason"])
        return True
    if verb in ("confirm", "fulfil"):
        services.make_transition(purchase, verb, by=by)
        return True
    return False


def submit_news(purchase: Purchase, form: LeadNewsForm, *, door: str) -> bool:
    """Store an organiser's news for review; return False where the form has errors or was not posted."""
    if not form.is_valid():
        return False
    lang = (get_language() or "he")[:2]
    services.propose_news(purchase, form.cleaned_data["text"], language=lang, by=organiser_of(purchase, door))
    return True


def organiser_of(purchase: Purchase, door: str) -> Actor:
    """Return the organiser as the actor, for the audit."""
    return Actor("contact", purchase.organiser_id, door)


@require_http_methods(["GET", "POST"])
def places(request: AgencyRequest, key: str) -> HttpResponse:
    """Show the organiser's page of pick-up places and times; add, change or remove one as posted."""
    purchase, form = find_organised_purchase(key), Form()
    if purchase is None:
        return render_unknown(request)
    if request.method == "POST":
        form = arrange(
            request.POST.get("verb", ""), ArrangeRequest(purchase, request.POST, organiser_of(purchase, "web"))
        )
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect(request.path)
    context = {"purchase": purchase, "key": key, "form": form, **places_context(purchase, form)}
    return render(request, "purchases/organise_places.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def pickup(request: AgencyRequest, key: str) -> HttpResponse:
    """Show the organiser's pick-up list, and mark shares as collected by their typed codes."""
    purchase = find_organised_purchase(key)
    if purchase is None:
        return render_unknown(request)
    form = CollectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, form=form):
            codes, back = form.cleaned_data["codes"], request.POST.get("verb") == "back"
            done = services.mark_collected(purchase, codes, back=back, by=organiser_of(purchase, "web"))
            report_collected(request, done, back=back)
            return redirect(request.path)
    may = purchase.state in ORDERED
    context = {"purchase": purchase, "key": key, "form": form, "may_collect": may, **pickup_context(purchase)}
    return render(request, "purchases/organise_pickup.html", context, status=422 if form.errors else 200)
