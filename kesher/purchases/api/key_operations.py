"""JSON API for whoever has a secret key: a person who joined, and the organiser of a purchase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Form
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import Operation, api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object
from kesher.core.errors import Refused
from kesher.purchases import pickup_list, services
from kesher.purchases.api import public_operations
from kesher.purchases.api.api_operations import (
    CHANGE_PLEDGE,
    DECIDE,
    GIVE_UP_OWN,
    LEAD,
    NOT_INTERESTED,
    OWN,
    PICKUP,
    PLACE,
    SLOT,
    VOTE,
)
from kesher.purchases.forms.offers import ChooseForm, CollectForm, LeadNewsForm, ReasonForm
from kesher.purchases.forms.pledges import ChangeForm, free_slots, slot_title
from kesher.purchases.magic_links import find_organised_purchase, organiser_links, own_links
from kesher.purchases.models import Allotment, PickupSlot, Purchase
from kesher.purchases.participant_status import ORDERED, Part, find_part, may_do, may_lead
from kesher.purchases.presenters import numbers
from kesher.purchases.prices import decimal_amount, progress
from kesher.purchases.rules import may_arrange_pickup, may_offer, may_send_news
from kesher.purchases.views import participants
from kesher.purchases.views.participants import initial_of, press_button


def own_view(
    *described: Operation, name: Callable[[HttpRequest, Mapping[str, Any]], str] = lambda _request, _given: ""
) -> Callable[..., HttpResponseBase]:
    """Return a view that finds the person by the key in its URL, does what they ask, and returns their data.

    ``name`` returns which button of their page does the same. A refusal is 409 with its text, or 422 under the field
    where an unknown offer or time was named.
    """

    @never_cache
    @api_view(*described)
    def answer(request: AgencyRequest, key: str) -> JsonResponse:
        """Return a person's data after what they asked for; a 404, 409 or 422 response where it cannot be done."""
        part = find_part(key)
        if part is None:
            return public_operations.no_such_purchase()
        try:
            if request.method in ("GET", "HEAD"):
                return own_answer(part)
            if not part.stands:
                raise Refused(_("You are not part of this purchase any more. You owe nothing."))
            given = read_json_object(request)
            verb = name(request, given)
            form = change_form(part, given) if verb == "change" else None
            done = press_button(verb, given, part, form, door="api")
        except Refused as refusal:
            named = refusal.code in ("offer", "slot")
            return error_response({refusal.code if named else "__all__": [refusal.message]}, 422 if named else 409)
        if form is not None and not done:
            return error_response(errors_of(form), 422)
        after = find_part(key)
        assert after is not None  # the view was opened by it
        return own_answer(after)

    return answer


def change_form(part: Part, given: Mapping[str, Any]) -> ChangeForm:
    """Return the form that changes a pledge; what is left out stays."""
    before = {name: value for name, value in initial_of(part.row).items() if value is not None}
    return ChangeForm({**before, **given}, subject=part.purchase, contact=part.row.contact)


def own_answer(part: Part) -> JsonResponse:
    """Return the JSON response with a person's pledge and share, and what they may do now."""
    purchase, vote = part.purchase, getattr(part.row, "offer_vote", None)
    may = may_do(part)
    now = progress(purchase)
    data = {
        "id": int(purchase.code),
        "title": purchase.title,
        "state": purchase.state,
        "stands": part.stands,
        "joined_as": "pledger" if part.pledging else "interested",
        "receipt": part.row.receipt,
        "pledge": pledge_of(part),
        "share": share_of(part.share, part.code) if part.share is not None else None,
        "unit_price": decimal_amount(now.price) if now.price else None,
        "price_is_final": purchase.price is not None,
        "chosen_offer": vote.offer_id if vote else None,
        "offers": [public_operations.offer_of(offer) for offer in purchase.offers.shown() if offer.is_good]
        if "vote" in may
        else [],
        "points": [
            public_operations.point_of(point) for point in purchase.points.filter(is_active=True).order_by("id")
        ],
        "slots": [slot_of(slot) for slot in free_slots(purchase)] if "slot" in may else [],
        "may": may,
        "links": {**own_links(part.row), "page": purchase.page_url},
    }
    return JsonResponse({"data": data})


def pledge_of(part: Part) -> dict[str, Any] | None:
    """Return the person's pledge as a dict for the API; None where there is none."""
    line = part.line
    if line is None:
        return None
    return {
        "standing": line.standing,
        "quantity": line.quantity,
        "units_waited_for": line.missing,
        "tolerance": line.tolerance,
        "point": line.point_id,
        "kept_until": iso_timestamp(line.until),
    }


def share_of(share: Allotment, code: str) -> dict[str, Any]:
    """Return the person's share as a dict for the API, with the pick-up code once the goods are ordered."""
    return {
        "state": share.state,
        "quantity": share.quantity,
        "wanted": share.wanted,
        "units_waited_for": share.missing,
        "unit_price": decimal_amount(share.price),
        "total": decimal_amount(share.total),
        "point": share.point_id,
        "slot": slot_of(share.slot) if share.slot else None,
        "kept_until": iso_timestamp(share.until),
        "pickup_code": code or None,
    }


def slot_of(slot: PickupSlot) -> dict[str, Any]:
    """Return a pick-up time as a dict for the API."""
    return {
        "id": slot.pk,
        "title": slot_title(slot),
        "starts": iso_timestamp(slot.starts),
        "ends": iso_timestamp(slot.ends),
        "point": public_operations.point_of(slot.point),
    }


def button_of_place(_request: HttpRequest, given: Mapping[str, Any]) -> str:
    """Return whether reserved units are accepted, or declined ({decline: true}), or the list is left ({leave_line})."""
    return next((name for name in ("leave_line", "decline") if given.get(name)), "take")


own = own_view(OWN)
pledge = own_view(
    CHANGE_PLEDGE, GIVE_UP_OWN, name=lambda request, _given: "give_up" if request.method == "DELETE" else "change"
)
interest = own_view(NOT_INTERESTED, name=lambda _request, _given: "lose_interest")
place = own_view(PLACE, name=button_of_place)
vote = own_view(VOTE, name=lambda _request, _given: "vote")
slot = own_view(SLOT, name=lambda _request, _given: "slot")


DECISIONS = ("open", "confirm", "fulfil", "cancel")


@never_cache
@api_view(LEAD)
def lead(request: AgencyRequest, key: str) -> JsonResponse:
    """Return a purchase's state as JSON to its organiser, and what they may decide now."""
    purchase = find_organised_purchase(key)
    return public_operations.no_such_purchase() if purchase is None else organiser_answer(purchase)


def organiser_answer(purchase: Purchase) -> JsonResponse:
    """Return the JSON response about a purchase's state for its organiser."""
    offers = list(purchase.offers.shown())
    may = list_decisions(purchase, any(offer.is_good for offer in offers))
    people = numbers(purchase).people
    gathering = purchase.state == Purchase.State.INTEREST
    data = public_operations.purchase_summary(purchase, people if gathering else 0, 0 if gathering else people)[
        "attributes"
    ]
    data |= {"id": int(purchase.code), "reason": purchase.reason or None, "may": may}
    data |= {"offers": [public_operations.offer_of(offer) for offer in offers], "links": organiser_links(purchase)}
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
        return public_operations.no_such_purchase()
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
    return {**public_operations.point_of(place["point"]), "people": place["people"], "times": times}


def share_data(share: Mapping[str, Any]) -> dict[str, Any]:
    """Return a share of the pick-up list as a dict for the API."""
    same = {name: share[name] for name in ("code", "name", "quantity", "point", "time")}
    return {**same, "total": decimal_amount(share["agorot"]), "collected_at": iso_timestamp(share["collected"])}


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
        return public_operations.no_such_purchase()
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
    if participants.make_decision(verb, purchase, choose, reason, door="api"):
        return None
    return error_response(errors_of(choose) | errors_of(reason), 422)


def decide_pickup(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse | None:
    """Add, change or remove a pick-up place or time; return a response only for errors."""
    form = pickup_list.arrange(
        verb, pickup_list.ArrangeRequest(purchase, body, participants.organiser_of(purchase, "api"))
    )
    return error_response(errors_of(form), 409 if form.non_field_errors() else 422) if form.errors else None


def decide_collected(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse:
    """Mark shares as collected or not by ``codes``: one, or a list; return the codes by outcome."""
    given = body.get("codes")
    form = CollectForm({"codes": " ".join(map(str, given)) if isinstance(given, list) else given})
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    by = participants.organiser_of(purchase, "api")
    done = services.mark_collected(purchase, form.cleaned_data["codes"], back=verb == "uncollect", by=by)
    return JsonResponse({"data": {"done": done.done, "twice": done.twice, "unknown": done.unknown}})


def decide_news_text(verb: str, purchase: Purchase, body: dict[str, Any]) -> JsonResponse:
    """Store an organiser's news for review by staff; return 202, or the errors of the text."""
    form = LeadNewsForm(body)
    if not participants.submit_news(purchase, form, door="api"):
        return error_response(errors_of(form), 422)
    return JsonResponse({"data": {"state": "waiting"}}, status=202)


DOES: dict[str, Callable[[str, Purchase, dict[str, Any]], JsonResponse | None]] = {
    **dict.fromkeys(DECISIONS, decide_state),
    **dict.fromkeys(pickup_list.CHANGES, decide_pickup),
    "collect": decide_collected,
    "uncollect": decide_collected,
    "news": decide_news_text,
}
