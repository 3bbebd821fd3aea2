"""JSON API of petitions: list, read, sign, withdraw, start.

The keys are those of the JSON of the British petitions (petition.parliament.uk), so that programs that read it read
this, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.middleware import AgencyRequest
from kesher.conversations.channel_links import channel_title
from kesher.core.api.api_operations import BadRequest, api_view
from kesher.core.api.json_api import error_response, iso_timestamp
from kesher.dialogues.forms import StepForm
from kesher.initiatives.api import list_response
from kesher.participation.assurance_labels import level_title
from kesher.participation.services import read_total
from kesher.petitions.api import api_operations as operations
from kesher.petitions.area_map import area_data
from kesher.petitions.forms.authors import DEMAND_MAX
from kesher.petitions.models import TITLE_MAX, Petition, PetitionEvent
from kesher.petitions.rejection_reasons import reason_of
from kesher.petitions.similar_petitions import Similar, find_similar
from kesher.petitions.threshold_progress import read_figures, supporters_progress, threshold_steps
from kesher.petitions.timeline import timeline_item
from kesher.petitions.unavailable_petition_page import find_public_petition
from kesher.petitions.verbs import SIGN, START, WITHDRAW
from kesher.verbs.api_door import VerbApi


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


@api_view(operations.READ)
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
        "links": {"self": absolute(reverse("petitions:api-detail", args=[found.code])), "page": found.page_url},
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


@api_view(operations.LIST, operations.START)
def list_or_start(request: AgencyRequest) -> HttpResponse:
    """Return the list of petitions as JSON (GET), or start a petition (POST)."""
    return start_api.answer(request) if request.method == "POST" else petitions(request)


class StartApi(VerbApi):
    """Start a petition: 409 with the similar ones unless ``sure`` is true."""

    def check(self, form: StepForm, raw: Mapping[str, Any]) -> None:
        """Raise BadRequest if there are petitions that ask for the same, and the author is not sure."""
        found = find_similar(form.cleaned_data["title"], form.cleaned_data["demand"])
        if found and raw.get("sure") != "true":
            errors = {"title": [_("This is asked already.")]}
            raise BadRequest(JsonResponse({"errors": errors, "similar": summarise_similar(found)}, status=409))


def summarise_similar(found: Iterable[Similar]) -> list[dict[str, Any]]:
    """Return these similar petitions as JSON data, as `summarise_petition` does."""
    return [summarise_petition(one.petition, one.petition.count) for one in found]


@api_view(operations.SIMILAR)
def list_similar(request: AgencyRequest) -> JsonResponse:
    """Return petitions that ask for the same as ``title`` and ``demand`` as JSON, nearest first."""
    title, demand = request.GET.get("title", "")[:TITLE_MAX], request.GET.get("demand", "")[:DEMAND_MAX]
    return JsonResponse({"data": summarise_similar(find_similar(title, demand))})


sign_api = VerbApi(
    SIGN,
    find=find_public_petition,  # the service refuses one that is closed
    described=operations.SIGN,
    confirm_url="petitions:api-confirm",
    confirm_described=operations.CONFIRM,
)
withdraw_api = VerbApi(
    WITHDRAW,
    described=operations.WITHDRAW,
    confirm_url="petitions:api-withdrawn",
    confirm_described=operations.WITHDRAWN,
)
start_api = StartApi(
    START, described=operations.START, confirm_url="petitions:api-prove", confirm_described=operations.PROVE
)
