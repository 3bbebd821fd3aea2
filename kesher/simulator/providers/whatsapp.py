"""Fake WhatsApp Cloud API server of the simulator: messages, media and files.

Source of limits and error codes: Meta's Cloud API reference v25.0 (messages; error codes).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from kesher.channels import untrusted_payload
from kesher.channels.base import Json
from kesher.channels.models import Account, Template
from kesher.conversations.models import Message
from kesher.core.db.agency_scope import scope
from kesher.core.files.attachments import file_path
from kesher.simulator.providers import accounts_of, stand_in
from kesher.simulator.services import record_message

WINDOW = timedelta(hours=24)
NUMBER = re.compile(r"\d{6,15}")
KINDS = frozenset(
    ["text", "interactive", "template", "image", "audio", "video", "document", "sticker", "location", "reaction"]
)
# (code, HTTP status, Meta's message)
INVALID = (131009, 400, "(#131009) Parameter value is not valid")
MISSING = (131008, 400, "(#131008) Required parameter is missing")
TOO_LONG = (100, 400, "(#100) Invalid parameter")
NO_TEMPLATE = (132001, 404, "(#132001) Template name does not exist in the translation")
PARAMETERS = (132000, 400, "(#132000) Number of parameters does not match the expected number of params")
BAD_TOKEN = (190, 401, "Error validating access token")
NO_NUMBER = (100, 400, "Unsupported post request")

Problem = tuple[tuple[int, int, str], str]


@stand_in
def messages(request: HttpRequest, version: str, number: str) -> HttpResponse:
    """Accept or refuse a message as Meta does (POST /{phone_number_id}/messages), and store it."""
    account = find_customer(request)
    if account is None:
        return graph_error(BAD_TOKEN, "The access token is not one of this stand-in's accounts.")
    if number != account.address:
        return graph_error(NO_NUMBER, f"Object with ID '{number}' does not exist or the token may not see it.")
    body = untrusted_payload.mapping(untrusted_payload.load_json(request.body))
    with scope(account.agency):
        problem = first_problem(body, account)
        if problem:
            return graph_error(*problem)
        to = untrusted_payload.text(body, "to") or untrusted_payload.text(body, "recipient")
        wamid = f"wamid.{uuid.uuid4().hex}"
        failed = "" if body["type"] == "template" or is_window_open(to) else "131047"
        record_message(
            account.channel, as_phone_number(to), {**body, "id": wamid, "account": account.key, "failed": failed}
        )
    contact = {"input": to, "wa_id": to.removeprefix("+")}
    return JsonResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})


@stand_in
def media(request: HttpRequest, version: str, digest: str) -> HttpResponse:
    """Return, as Meta does, the URL of a file that a simulated person sent (GET /{media_id})."""
    if find_customer(request) is None:
        return graph_error(BAD_TOKEN, "The access token is not one of this stand-in's accounts.")
    if not file_path(digest).is_file():
        return graph_error((100, 404, "Unsupported get request"), f"Object with ID '{digest}' does not exist.")
    url = request.build_absolute_uri(reverse("simulator:whatsapp_file", args=[digest]))
    return JsonResponse({"messaging_product": "whatsapp", "id": digest, "sha256": digest, "url": url})


@stand_in
def file(request: HttpRequest, digest: str) -> HttpResponse:
    """Return the bytes of a file that a simulated person sent; the request needs the access token."""
    if find_customer(request) is None or not file_path(digest).is_file():
        return HttpResponse(status=404)
    return HttpResponse(file_path(digest).read_bytes(), content_type="application/octet-stream")


def find_customer(request: HttpRequest) -> Account | None:
    """Return the WhatsApp account whose access token the request has, or None."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return next((row for row in accounts_of("whatsapp") if given and row.info().token == given), None)


def as_phone_number(to: str) -> str:
    """Return a recipient as a phone number with "+", other ids unchanged."""
    return f"+{to}" if NUMBER.fullmatch(to) else to


def graph_error(kind: tuple[int, int, str], details: str) -> JsonResponse:
    """Return an error response in the Graph API's JSON format."""
    code, status, message = kind
    error: Json = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": uuid.uuid4().hex[:22],
    }
    return JsonResponse({"error": error}, status=status)


def is_window_open(to: str) -> bool:
    """Return whether this person wrote to us within 24 hours, so that free text is allowed."""
    since = timezone.now() - WINDOW
    rows = Message.objects.filter(
        channel="whatsapp", direction="in", identity__address=as_phone_number(to), received__gte=since
    )
    return rows.exists()


def first_problem(body: Json, account: Account) -> Problem | None:
    """Return the first error that Meta would give for this message, or None."""
    return next(message_problems(body, account), None)


def message_problems(body: Json, account: Account) -> Iterator[Problem]:
    """Yield each error that Meta would give for this message."""
    if body.get("messaging_product") != "whatsapp":
        yield MISSING, "The parameter messaging_product is required and is 'whatsapp'."
    to = untrusted_payload.text(body, "to") or untrusted_payload.text(body, "recipient")
    if not to:
        yield MISSING, "The parameter to is required."
    elif untrusted_payload.text(body, "to") and not NUMBER.fullmatch(to.removeprefix("+")):
        yield INVALID, "The parameter to is not a phone number."
    kind = untrusted_payload.text(body, "type") or "text"
    if kind not in KINDS:
        yield INVALID, f"The parameter type has a value that is not supported: {kind}."
    elif not untrusted_payload.mapping(body, kind):
        yield MISSING, f"The parameter {kind} is required."
    elif kind == "text":
        yield from length_problems(untrusted_payload.text(body, "text", "body"), "text['body']", 4096)
    elif kind == "interactive":
        yield from interactive_problems(untrusted_payload.mapping(body, "interactive"))
    elif kind == "template":
        yield from template_problems(untrusted_payload.mapping(body, "template"), account)
    elif kind in ("image", "audio", "video", "document", "sticker"):
        content = untrusted_payload.mapping(body, kind)
        if not (untrusted_payload.text(content, "link") or untrusted_payload.text(content, "id")):
            yield MISSING, f"{kind} needs one of link and id."
        if untrusted_payload.text(content, "caption"):
            yield from length_problems(untrusted_payload.text(content, "caption"), f"{kind}['caption']", 1024)


def length_problems(text: str, name: str, most: int, least: int = 1) -> Iterator[Problem]:
    """Yield an error where the text of the field `name` is shorter or longer than allowed."""
    if len(text) < least:
        yield MISSING, f"The parameter {name} is required."
    if len(text) > most:
        yield TOO_LONG, f"Param {name} must be at most {most} characters long."


def interactive_problems(content: Json) -> Iterator[Problem]:
    """Yield each error that Meta would give for buttons, a list or a location request."""
    kind = untrusted_payload.text(content, "type")
    yield from length_problems(untrusted_payload.text(content, "body", "text"), "interactive['body']['text']", 1024)
    if kind == "button":
        replies = [
            untrusted_payload.mapping(item, "reply")
            for item in untrusted_payload.sequence(content, "action", "buttons")
        ]
        if not 1 <= len(replies) <= 3:
            yield INVALID, f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3, got {len(replies)}."
        for reply in replies:
            yield from label_problems(untrusted_payload.text(reply, "title"), "Button title", 20)
            yield from label_problems(untrusted_payload.text(reply, "id"), "Button id", 256)
        yield from repetition_problems([untrusted_payload.text(reply, "title") for reply in replies], "button title")
    elif kind == "list":
        yield from label_problems(untrusted_payload.text(content, "action", "button"), "Button label", 20)
        rows = [
            row
            for part in untrusted_payload.sequence(content, "action", "sections")
            for row in untrusted_payload.sequence(part, "rows")
        ]
        if not 1 <= len(rows) <= 10:
            yield INVALID, f"Total row count exceeds the allowed count: 10, got {len(rows)}."
        for row in rows:
            yield from label_problems(untrusted_payload.text(row, "title"), "Row title", 24)
            yield from label_problems(untrusted_payload.text(row, "id"), "Row id", 200)
            yield from label_problems(untrusted_payload.text(row, "description"), "Row description", 72, least=0)
        yield from repetition_problems([untrusted_payload.text(row, "id") for row in rows], "row id")
    elif kind != "location_request_message":
        yield INVALID, f"Unexpected interactive type: {kind}."


def label_problems(text: str, name: str, most: int, least: int = 1) -> Iterator[Problem]:
    """Yield an error where the label in the field `name` is shorter or longer than allowed."""
    if not least <= len(text) <= most:
        yield INVALID, f"{name} length invalid. Min length: {least}, Max length: {most}"


def repetition_problems(values: list[str], name: str) -> Iterator[Problem]:
    """Yield an error where values of the field `name` repeat."""
    if len(set(values)) < len(values):
        yield INVALID, f"Duplicated {name}."


def template_problems(content: Json, account: Account) -> Iterator[Problem]:
    """Yield each error of a template message: not approved in this language, or parameters missing."""
    name, language = untrusted_payload.text(content, "name"), untrusted_payload.text(content, "language", "code")
    rows = Template.objects.filter(account=account, name=name, language=language, state=Template.State.APPROVED)
    row = rows.order_by("-version").first()
    if row is None:
        yield NO_TEMPLATE, f"template name ({name}) does not exist in {language}"
        return
    wanted = len(set(re.findall(r"\{\{\d+\}\}", row.body)))
    given = sum(
        len(untrusted_payload.sequence(part, "parameters"))
        for part in untrusted_payload.sequence(content, "components")
    )
    if wanted != given:
        yield PARAMETERS, f"body: number of localizable_params ({given}) does not match the expected number ({wanted})"
