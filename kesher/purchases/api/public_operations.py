"""JSON API of group purchases: reading, without names of people; requests, carried out when their code comes back."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.service_caller import call_from_request
from kesher.contacts.services import find_identity
from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object, too_many_requests
from kesher.core.errors import Refused
from kesher.initiatives.api import list_response
from kesher.participation.services import read_tallies_now, read_total
from kesher.purchases.api import api_operations as operations
from kesher.purchases.forms.offer_dialogue import to_conversation_answers
from kesher.purchases.forms.pledges import CodeForm
from kesher.purchases.models import Offer, PickupPoint, Purchase
from kesher.purchases.presenters import units_together
from kesher.purchases.prices import decimal_amount, progress
from kesher.purchases.verbs import CANCEL, INTEREST, MINE, OFFER, PLEDGE, START, UNOFFER, WISHES
from kesher.purchases.views.purchases import find_purchase
from kesher.verbs.api_door import VerbApi, by_method
from kesher.verbs.declaration import Verb
from kesher.verbs.rules import is_within_limit


def list_purchases(request: AgencyRequest) -> JsonResponse:
    """List published purchases as JSON, chosen by ``state``, ``q`` and ``page``."""
    found = Purchase.objects.published().search(request.GET.get("q", ""))
    if state := request.GET.get("state", ""):
        found = found.filter(state=state[:10])
    rows = found.newest().with_page()
    return list_response(request, rows, lambda row: purchase_summary(row, row.interested, row.pledgers))


@api_view(operations.READ)
def purchase(request: AgencyRequest, code: str) -> JsonResponse:
    """Return one purchase as JSON, with its offers, pick-up places, and pledgers by channel and level of proof."""
    found = find_purchase(code)
    if found is None:
        return no_such_purchase()
    joined, interested = read_tallies_now(found.pledging), read_tallies_now(found.action)
    data = purchase_summary(found, read_total(interested), read_total(joined))
    data["attributes"]["offers"] = [offer_of(offer) for offer in found.offers.shown()]
    data["attributes"]["points"] = [point_of(point) for point in found.points.filter(is_active=True).order_by("id")]
    for dimension in ("channel", "level"):
        counts = joined.get(dimension, {})
        data["attributes"][f"pledgers_by_{dimension}"] = [
            {"code": key, "count": n} for key, n in sorted(counts.items()) if n
        ]
    return JsonResponse({"links": {"self": data["links"]["self"]}, "data": data})


def purchase_summary(found: Purchase, interested: int, pledgers: int) -> dict[str, Any]:
    """Return a purchase as a dict for the API, without its offers."""
    now = progress(found)
    return {
        "type": "purchase",
        "id": int(found.code),
        "links": {"self": absolute(reverse("purchases:api-detail", args=[found.code])), "page": found.page_url},
        "attributes": {
            "title": found.title,
            "text": found.text,
            "titles": found.titles,
            "language": found.shown_language,
            "state": found.state,
            "counting": found.is_counting,
            "interested_count": interested,
            "pledger_count": pledgers,
            "units": units_together(found),
            "units_to_be_ordered": now.units,
            "units_left": found.left,
            "minimum": found.terms.minimum,
            "units_to_minimum": now.lacking,
            "maximum_each": found.each,
            "box": found.box,
            "tie_rule": found.tie,
            "seed_hash": found.seed_hash if found.tie == Purchase.Tie.LOTTERY and found.opens_at else None,
            "seed": found.seed if found.tie == Purchase.Tie.LOTTERY and found.is_settled else None,
            "currency": "ILS",
            "unit_price": decimal_amount(now.price) if now.price else None,
            "price_is_final": found.price is not None,
            "next_price": decimal_amount(now.next_price) if now.more else None,
            "units_to_next_price": now.more or None,
            "tiers": [{"from": tier.start, "unit_price": decimal_amount(tier.price)} for tier in found.tiers],
            "opened_at": iso_timestamp(found.opens_at),
            "closes_at": iso_timestamp(found.ends_at),
        },
    }


def offer_of(offer: Offer) -> dict[str, Any]:
    """Return an offer as a dict for the API."""
    return {
        "id": offer.pk,
        "seller": offer.seller,
        "terms": offer.term,
        "votes": offer.votes,
        "minimum": offer.binding_minimum,
        "stock": offer.stock,
        "box": offer.box,
        "vat_percent": float(offer.vat),
        "good_until": iso_timestamp(offer.good_until),
        "tiers": [{"from": tier.start, "unit_price": decimal_amount(tier.price)} for tier in offer.ladder],
    }


def point_of(point: PickupPoint) -> dict[str, Any]:
    """Return a pick-up place as a dict for the API."""
    return {"id": point.pk, "name": point.name, "address": point.address}


def no_such_purchase() -> JsonResponse:
    """Return the JSON 404 response for an unknown purchase."""
    return error_response({"code": [_("There is no such purchase.")]}, 404)


class PurchaseApi(VerbApi):
    """A request about a purchase; all share the operation that takes the code."""

    def __init__(self, verb: Verb, described: Operation) -> None:
        """Serve the verb for every public purchase; its service refuses where it may not be done."""
        super().__init__(verb, find=find_purchase, described=described, confirm_url="purchases:api-confirm")

    def answer_missing(self) -> JsonResponse:
        """Return the 404 response for an unknown purchase."""
        return no_such_purchase()


class OfferApi(PurchaseApi):
    """A seller's offer; the answer has its seal, by which its code confirms it."""

    def answers_to_park(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the answers for the same form in a conversation."""
        return to_conversation_answers(raw)


start = VerbApi(START, described=operations.START, confirm_url="purchases:api-confirm")
interest = PurchaseApi(INTEREST, operations.INTEREST).view
pledges = by_method(PurchaseApi(PLEDGE, operations.PLEDGE_UNITS), PurchaseApi(CANCEL, operations.GIVE_UP))
offers = by_method(OfferApi(OFFER, operations.OFFER), PurchaseApi(UNOFFER, operations.WITHDRAW_OFFERS))
mine = PurchaseApi(MINE, operations.MINE).view


@api_view(operations.LIST, operations.START)
def purchases(request: AgencyRequest) -> HttpResponseBase:
    """List purchases (GET), or start one as its organiser (POST)."""
    return start.answer(request) if request.method == "POST" else list_purchases(request)


@api_view(operations.CONFIRM)
def confirm(request: AgencyRequest, code: str) -> JsonResponse:
    """Carry out the waiting request of an address by the code that came back.

    In: {address, code, wish}, with the wish "pledge" (the default) what is pledged, with "offer" the offer's seal.
    """
    body = read_json_object(request)
    verb = WISHES.get(body.pop("wish", "pledge"))
    # Only a draft's organiser may find it, and waits for this code.
    rows = Purchase.objects.all() if verb is START else Purchase.objects.published()
    found = rows.of_code(code)
    if found is None:
        return no_such_purchase()
    form = CodeForm(body)
    if not form.is_valid() or verb is None:
        return error_response(errors_of(form) or {"wish": [_("Please choose interest or pledge.")]}, 422)
    if not is_within_limit(request, verb, found, form.target, step="confirm"):
        return too_many_requests()
    call = call_from_request(request, door="api", identity=find_identity(form.target))
    known = {name: value for name, value in body.items() if name not in form.fields}
    assert verb.confirming is not None
    assert verb.data is not None
    try:
        result = verb.confirming.execute(found, call, form.cleaned_data["code"], **known)
    except Refused as refusal:
        return error_response({refusal.code or "__all__": [refusal.message]}, 422)
    return JsonResponse({"data": verb.data(result)})
