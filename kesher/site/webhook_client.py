"""HTTP client that sends a person's messages to this server's webhooks, signed as the provider would."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from kesher.channels.base import AccountInfo, Json, Request
from kesher.channels.models import Account
from kesher.core.contact_address import Address
from kesher.core.errors import Refused

HOST = "127.0.0.1"
PATIENCE = 10.0


class NotTaken(Refused):
    """The intake refused the message, or does not run; the text says which."""


def own_address() -> str:
    """Return the URL of this web server as seen from this machine."""
    port = os.environ.get("PORT") or urlsplit(settings.KESHER_PUBLIC_URL).port or 8000
    return f"http://{HOST}:{port}"


def send_as_person(account: Account, sender: Address, words: Json, server: str = "") -> None:
    """Send what a person says to the intake, as a signed webhook of the channel's provider.

    ``words`` as in `Channel.simulate`. Raise Refused where the channel cannot be simulated, NotTaken where the intake
    answers with an error.
    """
    info = account.info()
    request = account.adapter.simulate(sender, words, info)
    if request is None:
        raise Refused(f"{account.channel}: cannot simulate this sender; check the account's secrets and the address")
    post_webhook(info, request, server)


def post_webhook(info: AccountInfo, request: Request, server: str = "") -> None:
    """Send a webhook to the intake over HTTP. Raise NotTaken where it answers with an error."""
    path = request.path if request.path not in ("", "/") else urlsplit(info.public_url).path
    base = server.rstrip("/") or own_address()
    url = base + path + (f"?{request.query}" if request.query else "")
    try:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            answer = client.request(request.method, url, headers=dict(request.headers), content=request.body)
    except httpx.HTTPError as error:
        raise NotTaken(f"{base}: {type(error).__name__}") from error
    if answer.status_code >= 300:
        raise NotTaken(f"{path}: {answer.status_code} {answer.text[:200]}")
