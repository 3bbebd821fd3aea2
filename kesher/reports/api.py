"""JSON API of problem reports, and its operations: list topics, open a report, read its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django.http import JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.agencies.emergency_numbers import emergency_numbers
from kesher.agencies.middleware import AgencyRequest
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.api.api_operations import WRONG_TYPE, Operation, api_view, wrong_types
from kesher.core.api.json_body import parse_json
from kesher.core.contact_address import Address
from kesher.core.db.ids import token
from kesher.core.http.client_ip import allow_from
from kesher.core.ui.form_fields import PlaceField
from kesher.reports import services
from kesher.reports.forms import ReportOnTheWebForm, reportable_topics
from kesher.reports.presenters import render_step


class ReportTopic(TypedDict):
    """A topic that can be reported; ``standard``: within how long it is done."""

    code: str
    names: dict[str, str]
    group: str
    needs_place: bool
    standard: str


class EmergencyCall(TypedDict):
    """A number to call where life is in danger."""

    name: str
    number: str


class TopicList(TypedDict):
    """The topics that can be reported, and the emergency numbers."""

    topics: list[ReportTopic]
    emergency: list[EmergencyCall]


class ReportMade(TypedDict):
    """The number of a new report, its page, and by when it is done."""

    number: str
    url: str
    due: str | None
    standard: str


class ReportStep(TypedDict):
    """What happened to a report."""

    verb: str
    title: str
    at: str


class ReportState(TypedDict):
    """Where a report stands."""

    number: str
    state: str
    title: str
    topic: str
    opened: str
    due: str | None
    ended: str | None
    history: list[ReportStep]


class ReportError(TypedDict):
    """Why a request was refused."""

    error: str


class FieldError(TypedDict):
    """What is wrong with a field, and its code."""

    message: str
    code: str


class FieldErrors(TypedDict):
    """What is wrong with a request: texts and codes by field."""

    errors: dict[str, list[FieldError]]


TOPICS = Operation(
    title=_("List the topics that can be reported, and the emergency numbers."),
    answers={200: TopicList},
)
MAKE = Operation(
    method="POST",
    title=_("Report a problem. Who gives an address gets the number there, and news."),
    answers={
        201: ReportMade,
        400: ReportError | FieldErrors,
        413: ReportError,
        415: ReportError,
        429: ReportError,
    },
    form=ReportOnTheWebForm,
    optional=("place",),
    checked=False,
    example={"topic": "street-light", "place": "Herzl 12", "words": "The lamp is dark at night."},
)
READ = Operation(
    title=_("Read where a report stands. It says nothing personal."),
    answers={200: ReportState, 404: ReportError, 429: ReportError},
)


BODY_MAX = 64_000
AN_HOUR, REPORTS_AN_HOUR = 3600, 60
A_MINUTE, LOOKS_A_MINUTE = 60, 120


@api_view(TOPICS)
def topics(request: AgencyRequest) -> JsonResponse:
    """Return as JSON the topics that can be reported: names in every language, standard time, emergency numbers."""
    rows = [
        {
            "code": topic.code,
            "names": topic.names,
            "group": topic.group,
            "needs_place": topic.needs_place,
            "standard": services.standard_time(topic),
        }
        for topic in reportable_topics().values()
    ]
    calls = [{"name": call.name, "number": call.number} for call in emergency_numbers(request.agency)]
    return JsonResponse({"topics": rows, "emergency": calls})


@api_view(MAKE)
def reports(request: AgencyRequest) -> JsonResponse:
    """Open a report from a JSON body. Answer 201 with its number, or 400 with errors by field."""
    if request.content_type != "application/json":
        return error_response("send application/json", 415)
    if len(request.body) > BODY_MAX:
        return error_response(f"at most {BODY_MAX} bytes", 413)
    if not allow_from(request, "api-report", REPORTS_AN_HOUR, AN_HOUR):
        return error_response("too many reports from your address; try again in an hour", 429)
    try:
        said = parse_json(request.body)
    except ValueError:
        return error_response("this is not JSON", 400)
    if not isinstance(said, dict):
        return error_response("send one object", 400)
    if wrong := wrong_types(said, MAKE):
        about = {"message": str(WRONG_TYPE), "code": "type"}
        return JsonResponse({"errors": {name: [about] for name in wrong}}, status=400)
    form = ReportOnTheWebForm.of(raw_answers(said), subject=None, contact=None)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors.get_json_data()}, status=400)
    return create_report(form.cleaned_data)


def raw_answers(said: Mapping[str, Any]) -> dict[str, str]:
    """Return the report form's raw answers from a JSON object; a place may be words, "lat,lon" or an object."""
    names = ReportOnTheWebForm.base_fields
    answers = {name: str(said[name]) for name in names if isinstance(said.get(name), str | int)}
    place = said.get("place")
    if isinstance(place, dict):
        lat, lon, address = place.get("lat"), place.get("lon"), place.get("address")
        words = address if isinstance(address, str) else ""
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (lat, lon))
        answers["place"] = PlaceField.as_text(float(str(lat)), float(str(lon)), words) if numbers else words
    return answers


def create_report(answers: Mapping[str, Any]) -> JsonResponse:
    """Open the report, send its receipt, and answer 201 with its number; anonymous without an address."""
    identity = reporter_identity(answers.get("reach"), str(answers.get("name") or ""))
    made = services.open_report(
        identity.contact.root(),
        topic=answers["topic"],
        place=answers.get("place"),
        words=answers["words"],
        photo=answers.get("photo"),
        door="api",
        identity=identity,
        proved=False,
    )
    if answers.get("reach") is not None:
        services.send_receipt(made, identity, lang=(get_language() or "he")[:2])
    case = made.case
    body = {"number": str(case.number), "url": services.status_url(case), "due": case.done_due}
    return JsonResponse({**body, "standard": services.standard_time(answers["topic"])}, status=201)


def reporter_identity(address: Address | None, name: str) -> Identity:
    """Return the identity of an unverified address, or a new anonymous identity where none was given."""
    if address is None:
        return get_or_create_identity(Address("web", token(), name.strip()))
    return get_or_create_identity(Address(address.scheme, address.address, name.strip()))


@api_view(READ)
def report(request: AgencyRequest, number: int) -> JsonResponse:
    """Return as JSON the state of the report with this number, with nothing personal."""
    if not allow_from(request, "status", LOOKS_A_MINUTE, A_MINUTE):
        return error_response("too many questions from your address; try again in a minute", 429)
    found = services.find_status(number)
    if found is None:
        return error_response("no such number", 404)
    history = [{"verb": step.verb, "title": render_step(step)["title"], "at": step.at} for step in found.history]
    return JsonResponse(
        {
            "number": str(found.number),
            "state": found.state,
            "title": found.title,
            "topic": found.topic,
            "opened": found.opened,
            "due": found.due,
            "ended": found.ended,
            "history": history,
        }
    )


def error_response(words: str, status: int) -> JsonResponse:
    """Return a JSON response with this error text and HTTP status."""
    return JsonResponse({"error": words}, status=status)
