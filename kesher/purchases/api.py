"""The machines' door: the same verbs as JSON. Numbers come from the row and the tallies; nobody's name is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import hint
from kesher.contacts.models import Identity
from kesher.contacts.services import find_identity
from kesher.core.address import Address
from kesher.core.errors import Refused
from kesher.core.json_api import body_of, errors_of, failure, stamp
from kesher.participation.services import tallies
from kesher.purchases import services
from kesher.purchases.forms import AddressForm, CodeForm, PledgeOnTheWebForm
from kesher.purchases.keys import full, own_path
from kesher.purchases.models import Offer, Purchase
from kesher.purchases.poster import page_number
from kesher.purchases.prices import progress
from kesher.purchases.proving import WISH, Waiting
from kesher.purchases.selling import OfferOnTheWebForm
from kesher.purchases.services import page_url
from kesher.purchases.services.pledging import person
from kesher.purchases.views import find, language, may_try, offered, pledge_now, waiting_offer

PAGE = 50
WISHES = ("interest", "pledge", "give_up", "offer")
OFFER = "kesher.purchases.offer"


@require_GET
def purchases(request: AgencyRequest) -> JsonResponse:
    """Published purchases; ``state``, ``q`` and ``page`` choose."""
    found = Purchase.objects.published().search(request.GET.get("q", ""))
    if state := request.GET.get("state", ""):
        found = found.filter(state=state[:10])
    page = page_number(request.GET)
    first = (page - 1) * PAGE
    rows = list(found.newest().with_page()[first : first + PAGE + 1])
    here = reverse("purchases:api-list")
    links = {
        "self": full(f"{here}?page={page}"),
        "prev": full(f"{here}?page={page - 1}") if page > 1 else None,
        "next": full(f"{here}?page={page + 1}") if len(rows) > PAGE else None,
    }
    return JsonResponse({"links": links, "data": [short(row, row.interested, row.pledgers) for row in rows[:PAGE]]})


@require_GET
def purchase(request: AgencyRequest, code: str) -> JsonResponse:
    """One purchase with its offers, and its pledgers by channel and by level of proof."""
    found = find(code)
    if found is None:
        return failure({"code": [_("There is no such purchase.")]}, 404)
    joined, interested = tallies(found.pledging), tallies(found.action)
    data = short(found, interested.get("total", {}).get("", 0), joined.get("total", {}).get("", 0))
    data["attributes"]["offers"] = [offer_of(offer) for offer in found.offers.shown()]
    for dimension in ("channel", "level"):
        counts = joined.get(dimension, {})
        data["attributes"][f"pledgers_by_{dimension}"] = [
            {"code": key, "count": n} for key, n in sorted(counts.items()) if n
        ]
    return JsonResponse({"links": {"self": data["links"]["self"]}, "data": data})


def short(found: Purchase, interested: int, pledgers: int) -> dict[str, Any]:
    now = progress(found)
    return {
        "type": "purchase",
        "id": int(found.code),
        "links": {"self": full(reverse("purchases:api-detail", args=[found.code])), "page": page_url(found)},
        "attributes": {
            "title": found.title,
            "text": found.text,
            "titles": found.titles,
            "language": found.shown_language,
            "state": found.state,
            "interested_count": interested,
            "pledger_count": pledgers,
            "units": found.taken,
            "units_left": found.left,
            "minimum": found.minimum,
            "maximum_each": found.each,
            "box": found.box,
            "tie_rule": found.tie,
            "seed_hash": found.seed_hash if found.tie == Purchase.Tie.LOTTERY and found.opens_at else None,
            "seed": found.seed if found.tie == Purchase.Tie.LOTTERY and found.is_settled else None,
            "currency": "ILS",
            "unit_price": amount(now.price) if now.price else None,
            "price_is_final": found.price is not None,
            "next_price": amount(now.next_price) if now.more else None,
            "units_to_next_price": now.more or None,
            "tiers": [{"from": tier.start, "unit_price": amount(tier.price)} for tier in found.tiers],
            "opened_at": stamp(found.opens_at),
            "closes_at": stamp(found.closes_at),
        },
    }


def offer_of(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.pk,
        "seller": offer.seller,
        "terms": offer.term,
        "votes": offer.votes,
        "minimum": offer.minimum,
        "stock": offer.stock,
        "box": offer.box,
        "vat_percent": float(offer.vat),
        "good_until": stamp(offer.good_until),
        "tiers": [{"from": tier.start, "unit_price": amount(tier.price)} for tier in offer.ladder],
    }


def amount(agorot: int) -> str:
    """As a decimal number in a string: money is no floating point."""
    return f"{agorot // 100}.{agorot % 100:02d}"


@csrf_exempt
@require_POST
def interest(request: AgencyRequest, code: str) -> JsonResponse:
    """202, and a code goes to the address. In: {address}."""
    return ask(request, code, "interest")


@csrf_exempt
@require_http_methods(["POST", "DELETE"])
def pledges(request: AgencyRequest, code: str) -> JsonResponse:
    """202, and a code goes to the address. POST: {address, quantity, tolerance?, point?, wait?}; nothing is held until
    the code comes back. DELETE: {address}; the pledge is given up when it does."""
    return ask(request, code, "pledge" if request.method == "POST" else "give_up")


@csrf_exempt
@require_POST
def offers(request: AgencyRequest, code: str) -> JsonResponse:
    """A seller's offer; 202 with its seal, and a code goes to the address. In: {address, seller, terms, start_1,
    price_1 …} as the page's form has them. Staff looks at it when the code came back."""
    return ask(request, code, "offer")


def form_of(found: Purchase, wish: str, body: dict[str, Any]) -> PledgeOnTheWebForm | OfferOnTheWebForm | AddressForm:
    if wish == "pledge":
        return PledgeOnTheWebForm(body, subject=found)
    return OfferOnTheWebForm(body) if wish == "offer" else AddressForm(body)


def ask(request: AgencyRequest, code: str, wish: str) -> JsonResponse:
    found = find(code)
    if found is None:
        return failure({"code": [_("There is no such purchase.")]}, 404)
    body = body_of(request)
    form = form_of(found, wish, body)
    if not form.is_valid():
        return failure(errors_of(form), 422)
    if not may_try(request, "join"):
        return failure({"__all__": [_("Too many requests. Please try again in ten minutes.")]}, 429)
    address: Address = form.cleaned_data["address"]
    url = full(reverse("purchases:api-confirm", args=[found.code]))
    answer = {"state": "pending", "sent_to": hint(address.scheme, address.address), "links": {"confirm": url}}
    if not form.is_robot:
        try:
            if isinstance(form, OfferOnTheWebForm):
                answer["offer"] = signing.dumps(offered(found, form, language(), door="api").pk, salt=OFFER)
            services.ask_for_code(found, wish, address, lang=language(), door="api")
        except Refused as refusal:
            return failure({"__all__": [refusal.message]}, 409)
    return JsonResponse({"data": answer}, status=202)


@csrf_exempt
@require_POST
def confirm(request: AgencyRequest, code: str) -> JsonResponse:
    """The code comes back. In: {address, code, wish}, and with the wish "pledge" (which is meant where none is named)
    what is pledged, with "offer" the seal of the offer."""
    found = find(code)
    if found is None:
        return failure({"code": [_("There is no such purchase.")]}, 404)
    body = body_of(request)
    form = CodeForm(body)
    wish = body.get("wish", "pledge")
    if not form.is_valid() or wish not in WISHES:
        return failure(errors_of(form) or {"wish": [_("Please choose interest or pledge.")]}, 422)
    if not may_try(request, "confirm"):
        return failure({"__all__": [_("Too many requests. Please try again in ten minutes.")]}, 429)
    identity = find_identity(form.target)
    try:
        if identity is None:
            raise Refused(_("This code is wrong, or too old. Check it, or ask for a new one."), code="code")
        return JsonResponse({"data": done(found, identity, wish, form.cleaned_data["code"], body)})
    except Refused as refusal:
        return failure({refusal.code or "__all__": [refusal.message]}, 422)


def sealed_offer(value: Any) -> int:
    """The offer that a seller made a moment ago: his alone, so its id was sealed. Raises Refused."""
    try:
        return int(signing.loads(str(value), salt=OFFER))
    except signing.BadSignature as error:
        raise Refused(_("There is no such offer here.")) from error


def done(found: Purchase, identity: Identity, wish: str, code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the code was for, done; with the link of one's own page."""
    if wish == "offer":
        made = waiting_offer(found, sealed_offer(body.get("offer")))
        return {"state": services.proved_offer(made, identity, code, door="api").state}
    services.use_code(found, wish, identity, code, door="api")
    if wish == "give_up":
        gone = services.give_up_pledge(found, identity.contact, door="api", by=person(identity, "api"))
        return {"state": "given_up" if gone else "none"}
    if wish == "interest":
        row, new = services.say_interested(found, identity, door="api")
        return {"state": "counted", "receipt": row.receipt, "new": new, "links": {"mine": full(own_path(row))}}
    waiting = Waiting(wish, None, {name: body.get(name) for name in WISH})
    pledged = pledge_now(found, identity, waiting, "api")
    row = pledged.line.participation
    return {
        "state": pledged.line.standing,
        "receipt": row.receipt,
        "new": pledged.new,
        "quantity": pledged.line.quantity,
        "units": pledged.purchase.taken,
        "unit_price": amount(progress(pledged.purchase).price),
        "links": {"mine": full(own_path(row))},
    }
