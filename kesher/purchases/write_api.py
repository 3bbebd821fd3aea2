"""JSON API for joining, offering and organising by address: each request is carried out when its code comes back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached, WrongCode, find_identity, get_or_create_identity
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api.api_operations import api_view
from kesher.core.api.json_api import (
    error_response,
    errors_of,
    operation,
    read_json_object,
    too_many_requests,
    validate_form,
)
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.participation.models import Participation
from kesher.participation.rate_limits import may_ask, may_try
from kesher.participation.services import find_participation
from kesher.purchases import api, services
from kesher.purchases.api_operations import (
    CONFIRM,
    GIVE_UP,
    INTEREST,
    LIST,
    MINE,
    OFFER,
    PLEDGE_UNITS,
    START,
    WITHDRAW_OFFERS,
)
from kesher.purchases.forms import AddressForm, CodeForm, PledgeOnTheWebForm, StartOnTheWebForm
from kesher.purchases.magic_links import get_sealed_offer, organiser_key, organiser_path, own_key, own_path, seal_offer
from kesher.purchases.models import Purchase
from kesher.purchases.offer_dialogue_form import to_conversation_answers
from kesher.purchases.offer_forms import OfferOnTheWebForm
from kesher.purchases.offer_views import store_offer
from kesher.purchases.pending_code import ask_for_code, pledge_fields
from kesher.purchases.prices import progress
from kesher.purchases.rules import is_organiser, may_organise
from kesher.purchases.services.pledge_journal import person_actor
from kesher.purchases.views import SKILLS, command_subject, find_purchase, is_within_rate, language, write_draft

WISHES = ("interest", "pledge", "give_up", "offer", "unoffer", "start", "mine")
WRONG = 422
by_address = partial(operation, find_purchase, api.no_such_purchase, refused="__all__", status=409)


@api_view(LIST, START)
def purchases(request: AgencyRequest) -> JsonResponse:
    """List purchases (GET), or start one as its organiser (POST)."""
    return start(request) if request.method == "POST" else api.purchases(request)


def start(request: AgencyRequest) -> JsonResponse:
    """Create a purchase as a draft, and send a code to the organiser's phone: 202.

    In: {title, text, declared, declaration?, name, address}. Staff reviews it once the code came back.
    """
    form = StartOnTheWebForm(read_json_object(request))
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    if form.is_robot or not may_try(request, "start"):
        return too_many_requests()
    address: Address = form.cleaned_data["address"]
    try:
        draft = write_draft(form, get_or_create_identity(address, language=language()).contact.root(), door="api")
        services.request_code(draft, "start", Call(door="api", lang=language(), address=address))
    except MessageLimitReached as why:
        return offer_ways_json(request, why, SKILLS["start"], form.data)
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    data = {"id": int(draft.code), **pending_answer(draft, address), "state": draft.state}
    return JsonResponse({"data": data}, status=202)


def pending_answer(found: Purchase, address: Address) -> dict[str, Any]:
    """Return the dict of a 202 response: the masked address of the code, and where to confirm it."""
    url = absolute(reverse("purchases:api-confirm", args=[found.code]))
    return {"state": "pending", "sent_to": mask_address(address.scheme, address.address), "links": {"confirm": url}}


@by_address(INTEREST)
def interest(request: AgencyRequest, found: Purchase) -> JsonResponse:
    """Store an interest as pending, and send a code to the address: 202. In: {address}."""
    return request_by_address(request, found, "interest")


@by_address(PLEDGE_UNITS, GIVE_UP)
def pledges(request: AgencyRequest, found: Purchase) -> JsonResponse:
    """Send a code that confirms a new pledge (POST) or giving one up (DELETE): 202.

    POST: {address, quantity, tolerance?, point?, wait?}; no units are held until the code comes back. DELETE:
    {address}; the pledge, the share or the turn on the waiting list is given up then.
    """
    return request_by_address(request, found, "pledge" if request.method == "POST" else "give_up")


@by_address(OFFER, WITHDRAW_OFFERS)
def offers(request: AgencyRequest, found: Purchase) -> JsonResponse:
    """Send a code that confirms a seller's offer (POST) or withdraws their offers (DELETE): 202.

    POST: {address, seller, terms, start_1, price_1 …} as on the page's form; the answer has the offer's seal, and staff
    reviews it once the code came back. DELETE: {address}; the code withdraws what this seller offered here.
    """
    return request_by_address(request, found, "offer" if request.method == "POST" else "unoffer")


@by_address(MINE)
def mine(request: AgencyRequest, found: Purchase) -> JsonResponse:
    """Send a code by which people who joined elsewhere get the links to their own pages: 202. In: {address}."""
    return request_by_address(request, found, "mine")


def form_of(found: Purchase, wish: str, body: dict[str, Any]) -> PledgeOnTheWebForm | OfferOnTheWebForm | AddressForm:
    """Return the bound form that validates this kind of request."""
    if wish == "pledge":
        return PledgeOnTheWebForm(body, subject=found)
    return OfferOnTheWebForm(body) if wish == "offer" else AddressForm(body)


def request_by_address(request: AgencyRequest, found: Purchase, wish: str) -> JsonResponse:
    """Validate a request, and send a code for it to the posted address."""
    form = validate_form(form_of(found, wish, read_json_object(request)))
    address: Address = form.cleaned_data["address"]
    if not is_within_rate(request, found, wish, address):
        return too_many_requests()
    answer = pending_answer(found, address)
    if not form.is_robot:
        try:
            if isinstance(form, OfferOnTheWebForm):
                answer["offer"] = seal_offer(store_offer(found, form, language(), door="api"))
            known = form.cleaned_data if wish == "pledge" else {}
            ask_for_code(found, wish, Call(door="api", lang=language(), address=address), known)
        except MessageLimitReached as why:
            raw = to_conversation_answers(form.data) if wish == "offer" else form.data
            return offer_ways_json(request, why, SKILLS[wish], raw, **command_subject(found, wish))
    return JsonResponse({"data": answer}, status=202)


@api_view(CONFIRM)
def confirm(request: AgencyRequest, code: str) -> JsonResponse:
    """Carry out the waiting request of an address by the code that came back.

    In: {address, code, wish}, with the wish "pledge" (the default) what is pledged, with "offer" the offer's seal.
    """
    body = read_json_object(request)
    wish = body.get("wish", "pledge")
    # Only a draft's organiser may find it, and waits for this code.
    found = (
        Purchase.objects.with_page().filter(action__code=code[:8]).first() if wish == "start" else find_purchase(code)
    )
    if found is None:
        return api.no_such_purchase()
    form = CodeForm(body)
    if not form.is_valid() or wish not in WISHES:
        return error_response(errors_of(form) or {"wish": [_("Please choose interest or pledge.")]}, WRONG)
    if not may_ask(request, found.action, "confirm", form.target):
        return too_many_requests()
    identity = find_identity(form.target)
    try:
        if identity is None:
            raise WrongCode
        return JsonResponse({"data": answer_code(found, identity, wish, form.cleaned_data["code"], body)})
    except Refused as refusal:
        return error_response({refusal.code or "__all__": [refusal.message]}, WRONG)


def answer_code(found: Purchase, identity: Identity, wish: str, code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Use a code and carry out its request; return the response data, with the person's own links."""
    if wish == "offer":
        made = get_sealed_offer(found, body.get("offer"))
        return {"state": services.submit_offer_with_code(made, identity, code, door="api").state}
    if wish == "start":
        started = services.submit_purchase_with_code(found, identity, code, door="api")
        return {"id": int(started.code), "state": started.state, "links": organiser_links(started)}
    with arrival(services.use_code(found, wish, identity, code, door="api", known=body)):
        return carry_out_proved(found, identity, wish, body)


def carry_out_proved(found: Purchase, identity: Identity, wish: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out a proved person's request; return the response data."""
    call = Call(door="api", lang=language(), identity=identity, level=identity.assurance, confirmed=True)
    if wish == "mine":
        return links_of_person(found, identity)
    if wish == "unoffer":
        taken = services.withdraw_offers(found, identity.contact, by=person_actor(identity, "api"))
        return {"state": "withdrawn", "offers": taken}
    if wish == "give_up":
        what = services.withdraw_pledge(found, call)
        return {"state": "given_up", "what": what} if what else {"state": "none"}
    if wish == "interest":
        made = services.register_interest(found, call)
        row = made.participation
        return {"state": "counted", "receipt": row.receipt, "new": made.new, "links": own_links(row)}
    return pledge_answer(services.pledge_units(found, call, **pledge_fields(body)))


def pledge_answer(made: services.Pledged) -> dict[str, Any]:
    """Return the response data of a stored pledge."""
    row, share = made.line.participation, made.share
    return {
        "state": made.line.standing,
        "receipt": row.receipt,
        "new": made.new,
        "quantity": share.quantity if share is not None else made.line.quantity,
        "price_is_final": made.purchase.price is not None,
        "units": made.purchase.asked,
        "unit_price": api.decimal_amount(progress(made.purchase).price),
        "links": own_links(row),
    }


def links_of_person(found: Purchase, identity: Identity) -> dict[str, Any]:
    """Return the response data with links to a person's own page, and to what they organise.

    The organiser's links need a phone that was proved by a code, as starting a purchase did.
    """
    contact = identity.contact.root()
    rows = [find_participation(action, contact) for action in (found.pledging, found.action)]
    mine = next((row for row in rows if row is not None and row.state == Participation.State.COUNTED), None)
    links = own_links(mine) if mine is not None else {}
    if is_organiser(contact, found) and may_organise(identity):
        links |= organiser_links(found)
    return {"state": "known", "links": links} if links else {"state": "none"}


def own_links(row: Participation) -> dict[str, str]:
    """Return the secret links to a participant's own page and API, by which anybody may change their pledge."""
    return {"mine": absolute(own_path(row)), "own": absolute(reverse("purchases:api-own", args=[own_key(row)]))}


def organiser_links(found: Purchase) -> dict[str, str]:
    """Return the secret links to an organiser's page and API of the purchase."""
    lead = reverse("purchases:api-lead", args=[organiser_key(found)])
    return {"organise": absolute(organiser_path(found)), "lead": absolute(lead)}
