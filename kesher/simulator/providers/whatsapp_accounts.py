"""Fake parts of Meta's Graph API that are about accounts: a phone number, subscribed apps, message templates."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse

from kesher.channels import untrusted_payload
from kesher.channels.base import Request
from kesher.channels.models import Account, Template
from kesher.core.db.agency_scope import scope
from kesher.simulator.providers import stand_in
from kesher.simulator.providers.whatsapp import BAD_TOKEN, find_customer, graph_error, media
from kesher.simulator.services import find_setting, store_setting

NO_OBJECT = (100, 400, "Unsupported get request")
BAD_CALLBACK = (2200, 400, "(#2200) Callback verification failed")
STATES = {"approved": "APPROVED", "pending": "PENDING", "rejected": "REJECTED", "paused": "PAUSED"}


@stand_in
def node(request: HttpRequest, version: str, digest: str) -> HttpResponse:
    """Return what an id names: the account's phone number, or else a file (GET /{id})."""
    account = find_customer(request)
    if account is not None and digest == account.address:
        return phone_number(account)
    return media(request, version, digest)


def phone_number(account: Account) -> HttpResponse:
    """Return Meta's description of the account's number (GET /{phone_number_id})."""
    shown = account.shown_address or "+972 3-555-0100"
    number = {"display_phone_number": shown, "verified_name": account.agency.name, "quality_rating": "GREEN"}
    return JsonResponse({**number, "id": account.address})


def business_of(request: HttpRequest, waba: str) -> Account | HttpResponse:
    """Return the account whose token the request has, if the business account is its own; else Meta's error."""
    account = find_customer(request)
    if account is None:
        return graph_error(BAD_TOKEN, "The access token is not one of this stand-in's accounts.")
    if waba != str(account.settings.get("waba_id") or ""):
        return graph_error(NO_OBJECT, f"Object with ID '{waba}' does not exist or the token may not see it.")
    return account


@stand_in
def subscribed_apps(request: HttpRequest, version: str, waba: str) -> HttpResponse:
    """List or subscribe the app of a business account, as Meta does: it asks at the new webhook before it agrees."""
    account = business_of(request, waba)
    if isinstance(account, HttpResponse):
        return account
    with scope(account.agency):
        if request.method == "POST":
            body = untrusted_payload.mapping(untrusted_payload.load_json(request.body))
            url, token = (untrusted_payload.text(body, name) for name in ("override_callback_uri", "verify_token"))
            if not answers_challenge(account, url, token):
                return graph_error(BAD_CALLBACK, "The callback URL or verify token couldn't be validated.")
            store_setting(account, "webhook", {"url": url})
            return JsonResponse({"success": True})
        known = find_setting(account, "webhook")
    app = {"whatsapp_business_api_data": {"id": "1", "name": "Kesher"}, "override_callback_uri": known.get("url", "")}
    return JsonResponse({"data": [app] if known else []})


def answers_challenge(account: Account, url: str, token: str) -> bool:
    """Return whether our webhook answers Meta's subscription check with the challenge."""
    info = account.info(account.agency.public_url)
    challenge = uuid.uuid4().hex
    query = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}"
    reply = account.adapter.handshake(Request("GET", "/", query, {}, b""), info) if url == info.public_url else None
    return reply is not None and reply.status == 200 and reply.body == challenge.encode()


@stand_in
def message_templates(request: HttpRequest, version: str, waba: str) -> HttpResponse:
    """Return the templates of a business account (GET /{waba}/message_templates), on one page."""
    account = business_of(request, waba)
    if isinstance(account, HttpResponse):
        return account
    with scope(account.agency):
        newest = {(row.name, row.language): row for row in Template.objects.filter(account=account).order_by("version")}
        listed = find_setting(account, "templates").get("data")
    rows = [
        {
            "id": str(row.pk),
            "name": row.name,
            "language": row.language,
            "status": STATES.get(row.state, "PENDING"),
            "category": "UTILITY" if row.purpose == "service" else "MARKETING",
            "components": [{"type": "BODY", "text": row.body}],
        }
        for row in newest.values()
        if row.state in STATES
    ]
    return JsonResponse({"data": rows if listed is None else listed, "paging": {"cursors": {"after": "end"}}})
