"""JSON API for reading group purchases, without names of people.

`write_api` takes requests and codes; `participant_api` and `organiser_api` are opened by keys.
"""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, iso_timestamp
from kesher.initiatives.api import list_response
from kesher.participation.services import read_tallies_now, read_total
from kesher.purchases.api_operations import READ
from kesher.purchases.models import Offer, PickupPoint, Purchase
from kesher.purchases.presenters import units_together
from kesher.purchases.prices import progress
from kesher.purchases.views import find_purchase


def purchases(request: AgencyRequest) -> JsonResponse:
    """List published purchases as JSON, chosen by ``state``, ``q`` and ``page``."""
    found = Purchase.objects.published().search(request.GET.get("q", ""))
    if state := request.GET.get("state", ""):
        found = found.filter(state=state[:10])
    rows = found.newest().with_page()
    return list_response(request, rows, lambda row: purchase_summary(row, row.interested, row.pledgers))


@api_view(READ)
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


def decimal_amount(agorot: int) -> str:
    """Return an amount in agorot as a decimal string of shekels, such as "12.50"."""
    return f"{agorot // 100}.{agorot % 100:02d}"


def no_such_purchase() -> JsonResponse:
    """Return the JSON 404 response for an unknown purchase."""
    return error_response({"code": [_("There is no such purchase.")]}, 404)
