"""JSON API that starts petitions and withdraws signatures, each confirmed by a code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api_operations import api_view
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.json_api import (
    error_response,
    errors_of,
    operation,
    read_json_object,
    too_many_requests,
    validate_form,
)
from kesher.participation.rate_limits import may_ask, may_try
from kesher.petitions import api, services
from kesher.petitions.api import not_found_response, read_code
from kesher.petitions.api_operations import LIST, PROVE, SIMILAR, START, WITHDRAW, WITHDRAWN
from kesher.petitions.author_forms import DEMAND_MAX, StartOnTheWebForm, build_written
from kesher.petitions.author_views import find_citizen_petition
from kesher.petitions.forms import AddressForm
from kesher.petitions.models import TITLE_MAX, Petition
from kesher.petitions.services.notifications import author_url
from kesher.petitions.similar_petitions import Similar, find_similar
from kesher.petitions.views import call_from_request, find_ever_signable
from kesher.verbs.api_door import code_sent, pending_response


@api_view(LIST, START)
def petitions(request: AgencyRequest) -> HttpResponse:
    """Return the list of petitions as JSON (GET), or start a petition (POST)."""
    return start(request) if request.method == "POST" else api.petitions(request)


def start(request: AgencyRequest) -> JsonResponse:
    """Start a petition, and send its author a code: 202; 409 with the similar ones unless ``sure`` is true.

    In: {title, demand, background?, area?, name?, address, sure?}.
    """
    body = read_json_object(request)
    form = StartOnTheWebForm(body, {})
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    found = find_similar(form.cleaned_data["title"], form.cleaned_data["demand"])
    if found and body.get("sure") != "true":
        return JsonResponse(
            {"errors": {"title": [_("This is asked already.")]}, "similar": summarise_similar(found)}, status=409
        )
    if not may_try(request, "start"):
        return too_many_requests()
    address: Address = form.cleaned_data["address"]
    words = build_written(form.cleaned_data)
    try:
        petition = services.start_petition(words, Call(door="api", lang=words.language, address=address))
    except MessageLimitReached as why:
        return offer_ways_json(request, why, "petitions.write", body)
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    confirm = reverse("petitions:api-prove", args=[petition.code])
    return pending_response(address, confirm, id=int(petition.code), state="draft")


def summarise_similar(found: Iterable[Similar]) -> list[dict[str, Any]]:
    """Return these similar petitions as JSON data, as `api.summarise_petition` does."""
    return [api.summarise_petition(one.petition, one.petition.count) for one in found]


@api_view(SIMILAR)
def list_similar(request: AgencyRequest) -> JsonResponse:
    """Return petitions that ask for the same as ``title`` and ``demand`` as JSON, nearest first."""
    title, demand = request.GET.get("title", "")[:TITLE_MAX], request.GET.get("demand", "")[:DEMAND_MAX]
    return JsonResponse({"data": summarise_similar(find_similar(title, demand))})


@operation(find_citizen_petition, not_found_response, PROVE)
def prove(request: AgencyRequest, petition: Petition) -> JsonResponse:
    """Start the draft petition whose author's code comes back. In: {code}; out: 200 with state and author's page."""
    form = validate_form(CodeForm(read_json_object(request), address=Address("mailto", "")))
    if not may_try(request, "author"):
        return too_many_requests()
    call = Call(door="api", identity=services.find_asked_identity(petition))
    services.confirm_author(petition, call, form.cleaned_data["code"])
    petition.refresh_from_db()
    data = {"id": int(petition.code), "state": petition.moderation, "supporters_needed": petition.supporters}
    return JsonResponse({"data": data | {"links": {"author": author_url(petition)}}})


@operation(find_ever_signable, not_found_response, WITHDRAW)
def withdraw(request: AgencyRequest, found: Petition) -> JsonResponse:
    """Send a withdrawal code to the address if it signed the petition: 202. In: {address}."""
    address: Address = validate_form(AddressForm(read_json_object(request))).cleaned_data["address"]
    if not may_ask(request, found.action, "withdraw", address):
        return too_many_requests()
    services.ask_to_withdraw(found, call_from_request(request, found, door="api", address=address))
    return JsonResponse({"data": code_sent(address, reverse("petitions:api-withdrawn", args=[found.code]))}, status=202)


@operation(find_ever_signable, not_found_response, WITHDRAWN)
def withdrawn(request: AgencyRequest, found: Petition) -> JsonResponse:
    """Withdraw the signature whose withdrawal code comes back. In: {address, code}."""
    services.confirm_withdrawal(found, *read_code(request, found, read_json_object(request)))
    return JsonResponse({"data": {"state": "withdrawn"}})
