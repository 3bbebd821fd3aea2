"""Pages that belong to one person: a pledge (or an interest), and a purchase that he organises. A link that only he got
opens them; what he changes there is told to him on his own channel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kesher.agencies.middleware import AgencyRequest
from kesher.core.audit import Actor
from kesher.core.charts import qr_svg
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.forms import ChangeForm, free_slots, slot_title
from kesher.purchases.keys import organised, own_row
from kesher.purchases.models import Allotment, Offer, PickupPoint, PickupSlot, Pledge, Purchase
from kesher.purchases.poster import KINDS, events_of, numbers, shown_offer
from kesher.purchases.prices import money, progress
from kesher.purchases.proving import whole
from kesher.purchases.rights import rights, talked_at
from kesher.purchases.rules import may_offer, may_pledge
from kesher.purchases.selling import ChooseForm, ReasonForm
from kesher.purchases.views import unknown


def of_row(row: Participation) -> Purchase | None:
    """The purchase that somebody's row belongs to, whether he pledged or is interested."""
    found = Purchase.objects.with_page()
    return (found.filter(action=row.action_id) | found.filter(pledging=row.action_id)).first()


@require_http_methods(["GET", "POST"])
def mine(request: AgencyRequest, key: str) -> HttpResponse:
    """One's own pledge: how many, at which price, where to collect; changed or given up here."""
    row = own_row(key)
    purchase = of_row(row) if row is not None else None
    if row is None or purchase is None:
        return unknown(request)
    form = ChangeForm(request.POST or None, subject=purchase, contact=row.contact, initial=initial_of(row))
    if request.method == "POST":
        try:
            if said := act(request.POST, purchase, row, form):
                messages.success(request, said)
                return redirect(request.path)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    else:
        form = ChangeForm(subject=purchase, contact=row.contact, initial=initial_of(row))
    context = context_of(purchase, row, form)
    return render(request, "purchases/mine.html", context, status=422 if form.is_bound and form.errors else 200)


def initial_of(row: Participation) -> dict[str, Any]:
    line = services.line_of(row)
    return {"quantity": line.quantity or 1, "tolerance": line.tolerance, "point": line.point_id} if line else {}


def act(given: Any, purchase: Purchase, row: Participation, form: ChangeForm) -> str:
    """The verb of the button that was pressed; what to say when it is done, "" where the form has errors. Raises
    Refused."""
    by = Actor("contact", row.contact.root().pk, "web")
    share = Allotment.objects.filter(participation=row).first()
    match given.get("verb", ""):
        case "give_up" if share is not None:
            services.give_up_share(share, by=by)
            return _("Your share goes to the next in line.")
        case "give_up":
            services.give_up_pledge(purchase, row.contact, door="web", by=by)
            return _("Your pledge was taken back. You owe nothing.")
        case "lose_interest":
            services.lose_interest(purchase, row.contact, by=by)
            return _("You are off the list.")
        case "take" if share is not None:
            services.take_share(share, by=by)
            return _("The place is yours.")
        case "take":
            services.take_place(purchase, row.contact, door="web", by=by)
            return _("The place is yours.")
        case "vote":
            offer = Offer.objects.filter(purchase=purchase, pk=whole(given.get("offer"))).first()
            if offer is not None:
                services.vote_for_offer(offer, row, by=by)
            return _("Your choice is noted. You may change it until one offer is taken.")
        case "slot":
            slot = PickupSlot.objects.filter(point__purchase=purchase, pk=whole(given.get("slot"))).first()
            if slot is not None and share is not None:
                services.choose_slot(share, slot, by=by)
            return _("Your pick-up time is noted.")
    return change(purchase, row, form, by)


def change(purchase: Purchase, row: Participation, form: ChangeForm, by: Actor) -> str:
    if not form.is_valid() or row.identity is None:
        return ""
    given = form.cleaned_data
    point = PickupPoint.objects.filter(purchase=purchase, pk=whole(given.get("point"))).first()
    services.pledge(
        purchase, row.identity, given["quantity"], tolerance=given.get("tolerance") or 0, point=point,
        wait=bool(given.get("wait")), door="web", by=by,
    )  # fmt: skip
    return _("Your pledge was changed.")


def context_of(purchase: Purchase, row: Participation, form: ChangeForm) -> dict[str, Any]:
    pledging = row.action_id == purchase.pledging_id
    line = services.line_of(row) if pledging else None
    share = Allotment.objects.filter(participation=row).select_related("slot__point", "point").first()
    stands = row.state == Participation.State.COUNTED
    vote = getattr(row, "offer_vote", None)
    offers = list(purchase.offers.shown()) if stands and may_offer(purchase) else []
    code = share.code if share is not None and collectable(purchase, share) else ""
    held = share is not None and share.state == Allotment.State.HELD
    return {
        "purchase": purchase,
        "kind": KINDS[purchase.state],
        "row": row,
        "stands": stands,
        "pledging": pledging,
        "line": line if line is not None and line.standing != Pledge.Standing.OUT else None,
        "share": share,
        "code": code,
        "qr": qr_svg(code, _("Your pick-up code")) if code else "",
        "slots": [(slot.pk, slot_title(slot)) for slot in free_slots(purchase)] if held else [],
        "slot": slot_title(share.slot) if share is not None and share.slot else "",
        "sums": sums_of(purchase, line, share),
        "offers": [shown_offer(offer) for offer in offers if offer.is_good],
        "chosen": vote.offer_id if vote else None,
        "form": form if stands and line is not None and may_pledge(purchase) else None,
        "may_give_up": (stands and line is not None and purchase.is_open) or may_pass_on(purchase, share),
        "numbers": numbers(purchase),
        "rights": rights(talked=talked_at(row.channel)),
        "live_streams": [purchase.action.stream],
    }


def collectable(purchase: Purchase, share: Allotment) -> bool:
    ordered = (Purchase.State.CONFIRMED, Purchase.State.FULFILLED)
    return share.state in (Allotment.State.HELD, Allotment.State.COLLECTED) and purchase.state in ordered


def may_pass_on(purchase: Purchase, share: Allotment | None) -> bool:
    """After the deadline a share may go on where somebody waits for it, or where it is less than was wanted."""
    if share is None or share.state != Allotment.State.HELD or purchase.state == Purchase.State.FULFILLED:
        return False
    waiting = Allotment.objects.filter(purchase=purchase, state=Allotment.State.WAITING)
    return share.quantity < share.wanted or waiting.exists()


def sums_of(purchase: Purchase, line: Pledge | None, share: Allotment | None) -> list[tuple[str, str]]:
    """How many, the price of each, and what it comes to."""
    if share is not None and share.quantity:
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
    """A purchase as its organiser sees it: choose an offer, order, call off."""
    purchase = organised(key)
    if purchase is None:
        return unknown(request)
    choose = ChooseForm(request.POST if request.POST.get("verb") == "open" else None, purchase=purchase)
    reason = ReasonForm(request.POST if request.POST.get("verb") == "cancel" else None)
    if request.method == "POST":
        try:
            if lead(request.POST.get("verb", ""), purchase, choose, reason):
                messages.success(request, _("Done. Everybody who joined is told."))
                return redirect(request.path)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
    context = {
        "purchase": purchase,
        "kind": KINDS[purchase.state],
        "numbers": numbers(purchase),
        "offers": [shown_offer(offer) for offer in purchase.offers.shown()],
        "choose": choose if choose.offers and may_offer(purchase) else None,
        "reason": reason if purchase.state in ("submitted", "interest", "open", "filling", "closed") else None,
        "may_confirm": purchase.state == Purchase.State.CLOSED,
        "may_fulfil": purchase.state == Purchase.State.CONFIRMED,
        "events": events_of(purchase),
        "live_streams": [purchase.action.stream],
    }
    return render(request, "purchases/organise.html", context, status=422 if choose.errors or reason.errors else 200)


def lead(verb: str, purchase: Purchase, choose: ChooseForm, reason: ReasonForm) -> bool:
    """What the organiser decides; False where a form has errors. Raises Refused."""
    by = Actor("contact", purchase.organiser_id, "web")
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
        services.move(purchase, "cancel", by=by, reason=reason.cleaned_data["reason"])
        return True
    if verb in ("confirm", "fulfil"):
        services.move(purchase, verb, by=by)
        return True
    return False
