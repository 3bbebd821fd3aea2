"""The machines' door for writing: starting a petition, and taking a signature back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.services import MessageLimitReached
from kesher.conversations.address_fields import CodeForm
from kesher.conversations.handover import offer_ways_json
from kesher.core.address import Address
from kesher.core.errors import Refused
from kesher.core.json_api import error_response, errors_of, read_json_object, too_many_requests
from kesher.participation.rate_limits import may_ask, may_try
from kesher.petitions import api, services
from kesher.petitions.author_forms import DEMAND_MAX, StartOnTheWebForm, written
from kesher.petitions.author_views import written_by_somebody
from kesher.petitions.forms import AddressForm
from kesher.petitions.models import TITLE_MAX
from kesher.petitions.services.notifications import author_url
from kesher.petitions.similar_petitions import Similar, similar
from kesher.petitions.views import to_withdraw

WRONG = 422


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def petitions(request: AgencyRequest) -> HttpResponse:
    """The list (GET), or a new petition (POST)."""
    return start(request) if request.method == "POST" else api.petitions(request)


def start(request: AgencyRequest) -> JsonResponse:
    """Starts one: 202, and a code goes to its author. In: {title, demand, background?, area?, name?, address, sure?}.
    409 with the similar ones where there are some and ``sure`` is not true."""
    body = read_json_object(request)
    form = StartOnTheWebForm(body, {})
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    found = similar(form.cleaned_data["title"], form.cleaned_data["demand"])
    if found and body.get("sure") != "true":
        return JsonResponse({"errors": {"title": [_("This is asked already.")]}, "similar": shorts(found)}, status=409)
    if not may_try(request, "start"):
        return too_many_requests()
    address: Address = form.cleaned_data["address"]
    lang = (get_language() or "he")[:2]
    try:
        petition = services.start_and_ask(written(form.cleaned_data, lang), address, door="api")
    except MessageLimitReached as why:
        return offer_ways_json(request, why, "petitions.write", body)
    except Refused as refusal:
        return error_response({"__all__": [refusal.message]}, 409)
    confirm = absolute(reverse("petitions:api-prove", args=[petition.code]))
    data = {"id": int(petition.code), "state": "draft", "links": {"confirm": confirm}}
    return JsonResponse({"data": data | {"sent_to": mask_address(address.scheme, address.address)}}, status=202)


def shorts(found: Iterable[Similar]) -> list[dict[str, Any]]:
    return [api.short(one.petition, one.petition.count) for one in found]


@require_GET
def alike(request: AgencyRequest) -> JsonResponse:
    """What is asked already, for words that somebody is writing: ``title``, ``demand``. The nearest first."""
    title, demand = request.GET.get("title", "")[:TITLE_MAX], request.GET.get("demand", "")[:DEMAND_MAX]
    return JsonResponse({"data": shorts(similar(title, demand))})


@csrf_exempt
@require_POST
def prove(request: AgencyRequest, code: str) -> JsonResponse:
    """The author's code comes back. In: {code}; out: 200 with where it stands and the author's own page."""
    petition = written_by_somebody(code)
    if petition is None:
        return nothing()
    form = CodeForm(read_json_object(request), address=Address("mailto", ""))
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    identity = services.asked_identity(petition)
    if not may_try(request, "author"):
        return too_many_requests()
    try:
        services.prove_author(petition, identity, form.cleaned_data["code"], door="api")
    except Refused as refusal:
        return error_response({"code": [refusal.message]}, WRONG)
    petition.refresh_from_db()
    data = {"id": int(petition.code), "state": petition.moderation, "supporters_needed": petition.supporters}
    return JsonResponse({"data": data | {"links": {"author": author_url(petition)}}})


@csrf_exempt
@require_POST
def withdraw(request: AgencyRequest, code: str) -> JsonResponse:
    """Asks to take a signature back: 202, and a code goes to the address if it signed. In: {address}."""
    found = to_withdraw(code)
    if found is None:
        return nothing()
    form = AddressForm(read_json_object(request))
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    address: Address = form.cleaned_data["address"]
    if not may_ask(request, found.action, "withdraw", address):
        return too_many_requests()
    services.ask_to_withdraw(found, address, lang=(get_language() or "he")[:2])
    confirm = absolute(reverse("petitions:api-withdrawn", args=[found.code]))
    data: dict[str, Any] = {"sent_to": mask_address(address.scheme, address.address), "links": {"confirm": confirm}}
    return JsonResponse({"data": data}, status=202)


@csrf_exempt
@require_POST
def withdrawn(request: AgencyRequest, code: str) -> JsonResponse:
    """The code comes back: the signature counts no more. In: {address, code}."""
    found = to_withdraw(code)
    if found is None:
        return nothing()
    form = CodeForm(read_json_object(request))
    if not form.is_valid():
        return error_response(errors_of(form), WRONG)
    if not may_ask(request, found.action, "confirm", form.target):
        return too_many_requests()
    try:
        services.confirm_withdrawal(found, form.target, form.cleaned_data["code"], door="api")
    except Refused as refusal:
        return error_response({"code": [refusal.message]}, WRONG)
    return JsonResponse({"data": {"state": "withdrawn"}})


def nothing() -> JsonResponse:
    return error_response({"code": [_("There is no such petition.")]}, 404)
