"""The machines' door of an organiser: where his purchase stands, and what he decides. The key opens it, as it opens his
page."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.core.errors import Refused
from kesher.core.json_api import body_of, errors_of, failure
from kesher.purchases import api, mine
from kesher.purchases.keys import organised
from kesher.purchases.models import Purchase
from kesher.purchases.part import may_lead
from kesher.purchases.poster import numbers
from kesher.purchases.rules import may_offer
from kesher.purchases.selling import ChooseForm, ReasonForm
from kesher.purchases.wire import WRONG, ways_of_organiser

VERBS = ("open", "confirm", "fulfil", "cancel")


@never_cache
@require_GET
def lead(request: AgencyRequest, key: str) -> JsonResponse:
    """Where it stands, and what may be decided now."""
    purchase = organised(key)
    return api.nothing() if purchase is None else answer(purchase)


def answer(purchase: Purchase) -> JsonResponse:
    offers = list(purchase.offers.shown())
    may = may_lead(purchase)
    if may_offer(purchase) and any(offer.is_good for offer in offers):
        may.insert(0, "open")
    people = numbers(purchase).people
    gathering = purchase.state == Purchase.State.INTEREST
    data = api.short(purchase, people if gathering else 0, 0 if gathering else people)["attributes"]
    data |= {"id": int(purchase.code), "reason": purchase.reason or None, "may": may}
    data |= {"offers": [api.offer_of(offer) for offer in offers], "links": ways_of_organiser(purchase)}
    return JsonResponse({"data": data})


@csrf_exempt
@require_POST
def decide(request: AgencyRequest, key: str, verb: str) -> JsonResponse:
    """open {offer, closes_at, tie?}: pledging begins on this offer, or goes on with it. confirm: it is ordered. fulfil:
    it is handed out. cancel {reason}. What may not be done now is 409 with the words."""
    purchase = organised(key)
    if purchase is None or verb not in VERBS:
        return api.nothing()
    body = body_of(request)
    choose = ChooseForm({"tie": purchase.tie, **body} if verb == "open" else None, purchase=purchase)
    reason = ReasonForm(body if verb == "cancel" else None)
    try:
        if not mine.lead(verb, purchase, choose, reason, door="api"):
            return failure(errors_of(choose) | errors_of(reason), WRONG)
    except Refused as refusal:
        return failure({"__all__": [refusal.message]}, 409)
    after = organised(key)
    assert after is not None
    return answer(after)
