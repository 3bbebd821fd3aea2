"""JSON API for a purchase's organiser, who proves it by a secret key: its state, and their decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Form
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object
from kesher.core.errors import Refused
from kesher.purchases import api, participant_views, pickup_list, services
from kesher.purchases.api_operations import DECIDE, LEAD, PICKUP
from kesher.purchases.magic_links import find_organised_purchase
from kesher.purchases.models import Purchase
from kesher.purchases.offer_forms import ChooseForm, CollectForm, LeadNewsForm, ReasonForm
from kesher.purchases.participant_status import ORDERED, may_lead
from kesher.purchases.presenters import numbers
from kesher.purchases.rules import may_arrange_pickup, may_offer, may_send_news
from kesher.purchases.write_api import WRONG, organiser_links

DECISIONS = ("open", "confirm", "fulfil", "cancel")


@never_cache
@api_view(LEAD)
def lead(request: AgencyRequest, key: str) -> JsonResponse:
    """Return a purchase's state as JSON to its organiser, and what they may decide now."""
    purchase = find_organised_purchase(key)
    return api.no_such_purchase() if purchase is None else organiser_answer(purchase)


def organiser_answer(purchase: Purchase) -> JsonResponse:
    """Return the JSON response about a purchase's state for its organiser."""
    offers = list(purchase.offers.shown())
    may = list_decisions(purchase, any(offer.is_good for offer in offers))
    people = numbers(purchase).people
    gathering = purchase.state == Purchase.State.INTEREST
    data = api.purchase_summary(purchase, people if gathering else 0, 0 if gathering else people)["attributes"]
    data |= {"id": int(purchase.code), "reason": purchase.reason or None, "may": may}
    data |= {"offers": [api.offer_of(offer) for offer in offers], "links": organiser_links(purchase)}
    return JsonResponse({"data": data})


def list_decisions(purchase: Purchase, has_offers: bool) -> list[str]:
    """Return the verbs of the decisions that the organiser may make now."""
    may = {
        "open": has_offers and may_offer(purchase),
        **dict.fromkeys(may_lead(purchase), True),
        **dict.fromkeys(pickup_list.CHANGES, may_arrange_pickup(purchase)),
        **dict.fromkeys(("collect", "uncollect"), purchase.state in ORDERED),
        "news": may_send_news(purchase),
    }
    return [verb for verb, allowed in may.items() if allowed]


@never_cache
@api_view(PICKUP)
def pickup(request: AgencyRequest, key: str) -> JsonResponse:
    """Return pick-up places, times and shares as JSON, with the names that may be shown."""
    purchase = find_organised_purchase(key)
    if purchase is None:
        return api.no_such_purchase()
    places = pickup_list.places_of(purchase, Form())
    shares = pickup_list.pickup_context(purchase)["rows"]
    return JsonResponse({"data": {"points": [place_data(one) for one in places], "shares": [*map(share_data, shares)]}})


def place_data(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pick-up place for the API, with its times and how many people chose it."""
    times = [
        {"id": one["slot"].pk, "starts_at": iso_timestamp(one["slot"].starts),
         "ends_at": iso_timestamp(one["slot"].ends), "places": one["slot"].places, "people": one["people"]}
        for one in place["times"]
    ]  # fmt: skip
    return {**api.point_of(place["point"]), "people": place["people"], "times": times}


def share_data(share: Mapping[str, Any]) -> dict[str, Any]:
    """Return a share of the pick-up list as a dict for the API."""
    same = {name: share[name] for name in ("code", "name", "quantity", "point", "time")}
    return {**same, "total": api.decimal_amount(share["agorot"]), "collected_at": iso_timestamp(share["collected"])}


@api_view(DECIDE)
def decide(request: AgencyRequest, key: str, verb: str) -> JsonResponse:
    """Make an organiser's decision on a purchase; return its new state, or 409 where it is refused.

    open {offer, closes_at, tie?}: open pledging on this offer. confirm: the goods are ordered. fulfil: they are
    collected. cancel {reason}. Pick-up: add_time {name, address, day, starts, ends, places}, change_time {time, day,
    starts, ends, places}, change_point {point, name, address}, remove_time {time}, remove_point {point}, collect
    {codes}, uncollect {codes} for a mistyped one. news {text}: read by us first.
    """
    purchase = find_organised_purchase(key)
    act = DOES.get(verb)
    if purchase is None or act is None:
        return api.no_such_purchase()
    try:
        done = act(verb, purchase, read_json_object(request, lists=("codes",)))
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    if done is not None:
        return done
    after = find_organised_purchase(key)
    assert after is not None
    return organiser_answer(after)


def decide_state(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse | None:
    """Open pledging, confirm the order, mark as fulfilled or cancel; return a response only for errors."""
    choose = ChooseForm({"tie": purchase.tie, **body} if verb == "open" else None, purchase=purchase)
    reason = ReasonForm(body if verb == "cancel" else None)
    if participant_views.make_decision(verb, purchase, choose, reason, door="api"):
        return None
    return error_response(errors_of(choose) | errors_of(reason), WRONG)


def decide_pickup(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse | None:
    """Add, change or remove a pick-up place or time; return a response only for errors."""
    form = pickup_list.arrange(
        verb, pickup_list.ArrangeRequest(purchase, body, participant_views.organiser_of(purchase, "api"))
    )
    return error_response(errors_of(form), 409 if form.non_field_errors() else WRONG) if form.errors else None


def decide_collected(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse:
    """Mark shares as collected or not by ``codes``: one, or a list; return the codes by outcome."""
    given = body.get("codes")
    form = CollectForm({"codes": " ".join(map(str, given)) if isinstance(given, list) else given})
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    by = participant_views.organiser_of(purchase, "api")
    done = services.mark_collected(purchase, form.cleaned_data["codes"], back=verb == "uncollect", by=by)
    return JsonResponse({"data": {"done": done.done, "twice": done.twice, "unknown": done.unknown}})


def decide_news_text(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse:
    """Store an organiser's news for review by staff; return 202, or the errors of the text."""
    form = LeadNewsForm(body)
    if not participant_views.submit_news(purchase, form, door="api"):
        return error_response(errors_of(form), WRONG)
    return JsonResponse({"data": {"state": "waiting"}}, status=202)


DOES: dict[str, Callable[[str, Purchase, dict[str, Any]], JsonResponse | None]] = {
    **dict.fromkeys(DECISIONS, decide_state),
    **dict.fromkeys(pickup_list.CHANGES, decide_pickup),
    "collect": decide_collected,
    "uncollect": decide_collected,
    "news": decide_news_text,
}
