"""JSON API of petitions: list, read, sign.

The keys are those of the JSON of the British petitions (petition.parliament.uk), so that programs that read it read
this, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.service_caller import Call
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.conversations.channel_links import channel_title
from kesher.conversations.contact_address_fields import CodeForm
from kesher.conversations.form_handover import offer_ways_json
from kesher.core.api_operations import api_view
from kesher.core.contact_address import Address
from kesher.core.json_api import (
    BadRequest,
    error_response,
    iso_timestamp,
    operation,
    read_json_object,
    too_many_requests,
    validate_form,
)
from kesher.initiatives.api import list_response
from kesher.participation.assurance_labels import level_title
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import read_total
from kesher.petitions import services
from kesher.petitions.api_operations import CONFIRM, READ, SIGN
from kesher.petitions.area_map import area_data
from kesher.petitions.deep_links import page_url
from kesher.petitions.forms import SignOnTheWebForm
from kesher.petitions.models import Petition, PetitionEvent
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.threshold_progress import read_figures, supporters_progress, threshold_steps
from kesher.petitions.timeline import timeline_item
from kesher.petitions.views import call_from_request, find_known_petition, find_public_petition, signing_answers
from kesher.verbs.api_door import pending_response


def petitions(request: AgencyRequest) -> JsonResponse:
    """Return published petitions as JSON, newest first; by ``state`` (open, closed, archived, rejected) and ``q``."""
    states = {
        "open": Petition.objects.open,
        "closed": Petition.objects.closed,
        "archived": Petition.objects.archived,
        "rejected": Petition.objects.rejected,
    }
    found = states.get(request.GET.get("state", ""), Petition.objects.published)()
    rows = found.search(request.GET.get("q", "")).newest().with_page()
    return list_response(request, rows, lambda row: summarise_petition(row, row.count))


@api_view(READ)
def petition(request: AgencyRequest, code: str) -> JsonResponse:
    """Return one petition as JSON: signatures by channel, level of proof and area, thresholds and timeline.

    Each breakdown adds up to ``signature_count``.
    """
    found = find_public_petition(code)
    if found is None:
        return not_found_response()
    counts = read_figures(found)
    data = summarise_petition(found, read_total(counts))
    data["attributes"]["signatures_by_channel"] = breakdown_data(counts.get("channel", {}), channel_title)
    data["attributes"]["signatures_by_level"] = breakdown_data(counts.get("level", {}), level_title)
    data["attributes"]["signatures_by_area"] = area_data(counts.get("area", {}))
    if found.is_gathering:
        signed, _words = supporters_progress(found, read_total(counts))
        data["attributes"]["supporters"] = {"needed": found.supporters, "signed": signed}
    data["attributes"]["thresholds"] = [
        threshold_data(rung) for rung in threshold_steps(found, counts.get("level", {}))
    ]
    data["attributes"]["timeline"] = [event_data(found, row) for row in found.events.filter(public=True)]
    return JsonResponse({"links": {"self": data["links"]["self"]}, "data": data})


def threshold_data(rung: Mapping[str, Any]) -> dict[str, Any]:
    """Return one threshold as JSON data: what the body promises, at how many signatures of which level, state."""
    names = {"promise": "promise", "title": "title", "threshold": "count", "level": "level", "state": "state"}
    found = {name: rung[key] for name, key in names.items()}
    counts = {"signature_count": rung["proved"], "counts": rung["words"] or None}
    return found | counts | {"due_at": iso_timestamp(rung["due"]), "done_at": iso_timestamp(rung["done"])}


def event_data(found: Petition, row: PetitionEvent) -> dict[str, Any]:
    """Return one event of a petition's timeline as JSON data."""
    return {
        "event": row.verb,
        "at": iso_timestamp(row.at),
        "title": timeline_item(found, row)["title"],
        "words": row.words,
        "data": {key: value for key, value in row.data.items() if key in ("count", "level", "promise", "by", "until")},
    }


def breakdown_data(counts: Mapping[str, int], title: Any) -> list[dict[str, Any]]:
    """Return signature counts by channel, level or area as JSON data, without parts that are zero."""
    return [{"name": title(key), "code": key, "signature_count": n} for key, n in sorted(counts.items()) if n]


def summarise_petition(found: Petition, count: int) -> dict[str, Any]:
    """Return a petition with its signature count as JSON data, without breakdowns and timeline."""
    return {
        "type": "petition",
        "id": int(found.code),
        "links": {"self": absolute(reverse("petitions:api-detail", args=[found.code])), "page": page_url(found)},
        "attributes": {
            "action": found.title,
            "background": found.demand,
            "additional_details": found.background,
            "language": found.shown_language,
            "titles": found.titles,
            "state": state_of(found),
            "counting": found.is_counting,
            "creator_name": found.author_name or None,
            "area": found.area or None,
            "signature_count": count,
            "response_threshold": found.threshold,
            "created_at": iso_timestamp(found.created),
            "updated_at": iso_timestamp(found.changed),
            "opened_at": iso_timestamp(found.opens_at),
            "closed_at": iso_timestamp(found.closed_at or found.closes_at),
            "rejection": rejection_of(found),
            "response_threshold_reached_at": iso_timestamp(found.due_at),
            "government_response_at": iso_timestamp(found.answered_at),
            "government_response": response_of(found),
        },
    }


def state_of(found: Petition) -> str:
    """Return the API's state of a petition: "open", "closed" or "archived", else its state of moderation."""
    if found.moderation != Petition.Moderation.PUBLISHED:
        return found.moderation
    return "open" if found.is_open else "archived" if found.archived else "closed"


def rejection_of(found: Petition) -> dict[str, Any] | None:
    """Return why a petition was not published (the reason's code, the body's words) as JSON data, or None."""
    reason = reason_of(found.reason) if found.moderation == Petition.Moderation.REJECTED else None
    if reason is None:
        return None
    other = int(found.same_as.code) if found.same_as else None
    return {"code": reason.code, "title": str(reason.title), "details": found.reason_note, "duplicate_of": other}


def response_of(found: Petition) -> dict[str, Any] | None:
    """Return the body's written answer to a petition as JSON data, or None if there is none."""
    if found.response != Petition.Response.GIVEN or found.answered_at is None:
        return None
    return {"responded_on": timezone.localdate(found.answered_at).isoformat(), "details": found.answer}


def not_found_response() -> JsonResponse:
    """Return the JSON 404 response for a number that no petition has."""
    return error_response({"code": [_("There is no such petition.")]}, 404)


@operation(find_public_petition, not_found_response, SIGN, refused="__all__", status=409)
def signatures(request: AgencyRequest, found: Petition) -> JsonResponse:
    """Sign: store it as pending, send a code: 202. In: {address, name?, show_name?, updates?, area?}."""
    form = validate_form(SignOnTheWebForm(read_json_object(request)))
    address: Address = form.cleaned_data["address"]
    if not may_ask(request, found.action, "sign", address):
        return too_many_requests()
    if not form.is_robot:
        answers = signing_answers(form)
        try:
            services.sign_petition(found, call_from_request(request, found, door="api", address=address), **answers)
        except MessageLimitReached as why:
            raw = {**answers, "address": address.address}
            return offer_ways_json(request, why, "petitions.sign", raw, subject=found, code=found.code)
    return pending_response(address, reverse("petitions:api-confirm", args=[found.code]))


@operation(find_known_petition, not_found_response, CONFIRM)
def confirm(request: AgencyRequest, found: Petition) -> JsonResponse:
    """Count the signature whose code came back. In: {address, code, updates?}; out: 200 with the receipt."""
    body = read_json_object(request)
    call, code = read_code(request, found, body)
    signed = services.confirm_signature(found, call, code, updates=body.get("updates") == "true", as_written=True)
    return JsonResponse({"data": {"state": "counted", "receipt": signed.signature.receipt, "new": signed.new}})


def read_code(request: AgencyRequest, found: Petition, body: Mapping[str, Any]) -> tuple[Call, str]:
    """Return (call of the person who brings a code, the code) from a request. Raise BadRequest after too many tries."""
    form = validate_form(CodeForm(body))
    if not may_ask(request, found.action, "confirm", form.target):
        raise BadRequest(too_many_requests())
    call = call_from_request(request, found, door="api", identity=find_identity(form.target))
    return call, form.cleaned_data["code"]
