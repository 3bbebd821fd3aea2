"""The machines' door: the same verbs as JSON. The keys are those of the British petitions' JSON, so that what reads
theirs reads ours; numbers come from the tallies, and nobody's name or address is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.addresses import mask_address
from kesher.contacts.services import MessageLimitReached, find_identity
from kesher.conversations.address_fields import CodeForm
from kesher.conversations.channel_links import channel_title
from kesher.conversations.handover import offer_ways_json
from kesher.core.address import Address
from kesher.core.client_ip import ip_of
from kesher.core.errors import Refused
from kesher.core.json_api import error_response, errors_of, iso_timestamp, read_json_object, too_many_requests
from kesher.core.list_search import page_number
from kesher.participation.assurance_labels import level_title
from kesher.participation.origin import net_of
from kesher.participation.rate_limits import may_ask
from kesher.participation.services import read_total
from kesher.petitions import services
from kesher.petitions.area_map import by_area
from kesher.petitions.forms import SignOnTheWebForm
from kesher.petitions.links import page_url
from kesher.petitions.models import Petition, PetitionEvent
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.thresholds import figures, ladder, supporters
from kesher.petitions.timeline import line
from kesher.petitions.views import find, known

PAGE = 50


@require_GET
def petitions(request: AgencyRequest) -> JsonResponse:
    """Published petitions, newest first; ``state`` (open, closed, archived, rejected), ``q`` and ``page`` choose."""
    states = {
        "open": Petition.objects.open,
        "closed": Petition.objects.closed,
        "archived": Petition.objects.archived,
        "rejected": Petition.objects.rejected,
    }
    found = states.get(request.GET.get("state", ""), Petition.objects.published)()
    page = page_number(request.GET)
    first = (page - 1) * PAGE
    rows = list(found.search(request.GET.get("q", "")).newest().with_page()[first : first + PAGE + 1])
    links = {
        "self": page_at(request, page),
        "prev": page_at(request, page - 1) if page > 1 else None,
        "next": page_at(request, page + 1) if len(rows) > PAGE else None,
    }
    return JsonResponse({"links": links, "data": [short(row, row.count) for row in rows[:PAGE]]})


def page_at(request: AgencyRequest, page: int) -> str:
    """A page of what was asked for: of the same state, with the same words."""
    asked = {name: request.GET[name] for name in ("state", "q") if request.GET.get(name)}
    return absolute(f"{reverse('petitions:api-list')}?{urlencode({**asked, 'page': page})}")


@require_GET
def petition(request: AgencyRequest, code: str) -> JsonResponse:
    """One petition, with its signatures by channel, level of proof and area (each adds up to ``signature_count``), its
    thresholds and its timeline."""
    found = find(code)
    if found is None:
        return error_response({"code": [_("There is no such petition.")]}, 404)
    counts = figures(found)
    data = short(found, read_total(counts))
    data["attributes"]["signatures_by_channel"] = breakdown(counts.get("channel", {}), channel_title)
    data["attributes"]["signatures_by_level"] = breakdown(counts.get("level", {}), level_title)
    data["attributes"]["signatures_by_area"] = by_area(counts.get("area", {}))
    if found.is_gathering:
        signed, _words = supporters(found, read_total(counts))
        data["attributes"]["supporters"] = {"needed": found.supporters, "signed": signed}
    data["attributes"]["thresholds"] = [promised(rung) for rung in ladder(found, counts.get("level", {}))]
    data["attributes"]["timeline"] = [happened(found, row) for row in found.events.filter(public=True)]
    return JsonResponse({"links": {"self": data["links"]["self"]}, "data": data})


def promised(rung: Mapping[str, Any]) -> dict[str, Any]:
    """One threshold: what is promised, at how many signatures of which proof, and where it stands."""
    names = {"promise": "promise", "title": "title", "threshold": "count", "level": "level", "state": "state"}
    found = {name: rung[key] for name, key in names.items()}
    counts = {"signature_count": rung["proved"], "counts": rung["words"] or None}
    return found | counts | {"due_at": iso_timestamp(rung["due"]), "done_at": iso_timestamp(rung["done"])}


def happened(found: Petition, row: PetitionEvent) -> dict[str, Any]:
    """One line of the timeline."""
    return {
        "event": row.verb,
        "at": iso_timestamp(row.at),
        "title": line(found, row)["title"],
        "words": row.words,
        "data": {key: value for key, value in row.data.items() if key in ("count", "level", "promise", "by", "until")},
    }


def breakdown(counts: Mapping[str, int], title: Any) -> list[dict[str, Any]]:
    return [{"name": title(key), "code": key, "signature_count": n} for key, n in sorted(counts.items()) if n]


def short(found: Petition, count: int) -> dict[str, Any]:
    """A petition without its breakdowns."""
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
    """One word for all: what may be done with it now."""
    if found.moderation != Petition.Moderation.PUBLISHED:
        return found.moderation
    return "open" if found.is_open else "archived" if found.archived else "closed"


def rejection_of(found: Petition) -> dict[str, Any] | None:
    """Why it was not published: the code of the table, and the words of the body."""
    reason = reason_of(found.reason) if found.moderation == Petition.Moderation.REJECTED else None
    if reason is None:
        return None
    other = int(found.same_as.code) if found.same_as else None
    return {"code": reason.code, "title": str(reason.title), "details": found.reason_note, "duplicate_of": other}


def response_of(found: Petition) -> dict[str, Any] | None:
    if found.response != Petition.Response.GIVEN or found.answered_at is None:
        return None
    return {"responded_on": timezone.localdate(found.answered_at).isoformat(), "details": found.answer}


@csrf_exempt
@require_POST
def signatures(request: AgencyRequest, code: str) -> JsonResponse:
    """Signs: 202, and a code goes to the address. In: {address, name?, show_name?, updates?, area?}. The answer is the
    same whether or not that address had signed."""
    found = find(code)
    if found is None:
        return error_response({"code": [_("There is no such petition.")]}, 404)
    form = SignOnTheWebForm(read_json_object(request))
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    given = form.cleaned_data
    address: Address = given["address"]
    if not may_ask(request, found.action, "sign", address):
        return too_many_requests()
    if not form.is_robot:
        wish = {name: given[name] for name in ("name", "show_name", "updates", "area")}
        lang, net = (get_language() or "he")[:2], net_of(found.action, ip_of(request))
        try:
            services.ask_to_sign(found, address, lang=lang, net=net, door="api", **wish)
        except MessageLimitReached as why:
            kept = {**wish, "address": given["address"].address}
            return offer_ways_json(request, why, "petitions.sign", kept, subject=found, code=found.code)
        except Refused as refusal:
            return error_response({"__all__": [refusal.message]}, 409)
    confirm_url = absolute(reverse("petitions:api-confirm", args=[found.code]))
    answer = {
        "state": "pending",
        "sent_to": mask_address(address.scheme, address.address),
        "links": {"confirm": confirm_url},
    }
    return JsonResponse({"data": answer}, status=202)


@csrf_exempt
@require_POST
def confirm(request: AgencyRequest, code: str) -> JsonResponse:
    """The code comes back. In: {address, code, updates?}; out: 200 with the receipt."""
    found = known(code)
    if found is None:
        return error_response({"code": [_("There is no such petition.")]}, 404)
    body = read_json_object(request)
    form = CodeForm(body)
    if not form.is_valid():
        return error_response(errors_of(form), 422)
    if not may_ask(request, found.action, "confirm", form.target):
        return too_many_requests()
    identity = find_identity(form.target)
    try:
        updates = body.get("updates") == "true"
        signed = services.confirm_signature(found, identity, form.cleaned_data["code"], updates=updates, door="api")
    except Refused as refusal:
        return error_response({"code": [refusal.message]}, 422)
    return JsonResponse({"data": {"state": "counted", "receipt": signed.signature.receipt, "new": signed.new}})
