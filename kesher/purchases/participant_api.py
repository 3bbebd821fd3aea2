"""JSON API for a person who joined, who proves it by a secret key: their pledge, votes and pick-up."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from kesher.agencies.middleware import AgencyRequest
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import error_response, errors_of, iso_timestamp, read_json_object
from kesher.core.errors import Refused
from kesher.purchases import api, services
from kesher.purchases.api_operations import (
    CHANGE_PLEDGE,
    GIVE_UP_OWN,
    NOT_INTERESTED,
    OWN,
    PLACE,
    SLOT,
    VOTE,
)
from kesher.purchases.forms import ChangeForm, free_slots, slot_title
from kesher.purchases.models import Allotment, PickupSlot
from kesher.purchases.participant_status import Part, find_part, get_offer, may_do
from kesher.purchases.participant_views import change_pledge, choose_slot, initial_of, owner_call
from kesher.purchases.prices import progress
from kesher.purchases.write_api import WRONG, own_links

type Door = Callable[[AgencyRequest, str], JsonResponse]


def with_key(verb: Callable[[AgencyRequest, Part], JsonResponse | None]) -> Door:
    """Return a view that finds the person by the key in its URL; without a response, it returns their data.

    A refusal is 409 with its text, or 422 under the field where an unknown offer or time was named.
    """

    @wraps(verb)
    def door(request: AgencyRequest, key: str) -> JsonResponse:
        """Call ``verb`` with the person's part in the purchase; return a 404 or 409 response where refused."""
        part = find_part(key)
        if part is None:
            return api.no_such_purchase()
        try:
            if request.method != "GET" and not part.stands:
                raise Refused(_("You are not part of this purchase any more. You owe nothing."))
            return verb(request, part) or own_answer(key)
        except Refused as refusal:
            named = refusal.code in ("offer", "slot")
            return error_response({refusal.code if named else "__all__": [refusal.message]}, WRONG if named else 409)

    return door


def own_answer(key: str) -> JsonResponse:
    """Return the JSON response with a person's pledge and share, and what they may do now."""
    part = find_part(key)
    assert part is not None  # the view was opened by it
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
        "unit_price": api.decimal_amount(now.price) if now.price else None,
        "price_is_final": purchase.price is not None,
        "chosen_offer": vote.offer_id if vote else None,
        "offers": [api.offer_of(offer) for offer in purchase.offers.shown() if offer.is_good] if "vote" in may else [],
        "points": [api.point_of(point) for point in purchase.points.filter(is_active=True).order_by("id")],
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
        "unit_price": api.decimal_amount(share.price),
        "total": api.decimal_amount(share.total),
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
        "point": api.point_of(slot.point),
    }


@never_cache
@api_view(OWN)
@with_key
def own(request: AgencyRequest, part: Part) -> None:
    """Return a person's pledge, share and choices as JSON, by the key of their own page."""


@api_view(CHANGE_PLEDGE, GIVE_UP_OWN)
@with_key
def pledge(request: AgencyRequest, part: Part) -> JsonResponse | None:
    """Change the person's pledge (POST), or give up their pledge or share (DELETE).

    POST: {quantity?, tolerance?, point?, wait?}; what is left out stays. DELETE gives up the pledge, a kept place, a
    turn on the waiting list, or the share.
    """
    call = owner_call(part.row, "api")
    if request.method == "DELETE":
        services.withdraw_pledge(part.purchase, call)
        return None
    before = {name: value for name, value in initial_of(part.row).items() if value is not None}
    form = ChangeForm({**before, **read_json_object(request)}, subject=part.purchase, contact=part.row.contact)
    return None if change_pledge(part, form, call) else error_response(errors_of(form), WRONG)


@api_view(NOT_INTERESTED)
@with_key
def interest(request: AgencyRequest, part: Part) -> None:
    """Withdraw the person's interest in the purchase."""
    services.withdraw_interest(part.purchase, owner_call(part.row, "api"))


@api_view(PLACE)
@with_key
def place(request: AgencyRequest, part: Part) -> None:
    """Accept the units reserved for the person, or decline them; the turn for what still lacks stays.

    {decline?: true}: they wait for all of it, and the next in line is asked. {leave_line?: true}: they wait no more,
    and keep what they have.
    """
    given, call = read_json_object(request), owner_call(part.row, "api")
    if given.get("leave_line"):
        services.leave_waiting_list(part.purchase, call)
    elif given.get("decline"):
        services.decline_place(part.purchase, call)
    else:
        services.accept_place(part.purchase, call)


@api_view(VOTE)
@with_key
def vote(request: AgencyRequest, part: Part) -> None:
    """Save the person's vote for an offer: {offer}; again to change it."""
    named = get_offer(part.purchase, read_json_object(request).get("offer"))
    services.vote_for_offer(named, part.row, by=owner_call(part.row, "api").actor(part.row.contact))


@api_view(SLOT)
@with_key
def slot(request: AgencyRequest, part: Part) -> None:
    """Save the person's pick-up time, and with it the place: {slot}; again to change it."""
    choose_slot(part, read_json_object(request).get("slot"), owner_call(part.row, "api"))
