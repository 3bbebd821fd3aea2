"""How the tests sign people in."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from kesher.accounts.models import SignIn
from kesher.accounts.services import start_sign_in
from kesher.accounts.session_cookie import COOKIE
from kesher.contacts.models import Identity
from kesher.contacts.services import answer_requests
from kesher.conversations.models import Delivery

DANA = "050-555-0142"


def last_code() -> str:
    """The code in the newest message that went out."""
    answer_requests()
    found = re.search(r"\b\d{6}\b", Delivery.objects.latest("pk").sealed["text"])
    assert found is not None
    return found[0]


def sign_in(address: str = DANA, client: Client | None = None, after: str = "") -> tuple[Client, Any]:
    """A browser that asks for a code and gives it back: (the browser, the answer)."""
    client = client or Client()
    asked = client.post("/me/sign-in/", {"address": address, "next": after})
    assert asked.status_code == 302, asked.context["form"].errors
    return client, client.post("/me/code/", {"code": last_code()})


def browser_of(identity: Identity, level: int = 2, **more: Any) -> Client:
    """A browser in which this person is signed in already."""
    client = Client()
    client.cookies[COOKIE] = start_sign_in(identity, level=level, way="code", **more).token
    return client


def here(client: Client) -> SignIn:
    """The sign-in of a browser."""
    return SignIn.objects.latest("pk") if COOKIE in client.cookies else SignIn()


def app_code(secret: str, step: int = 0) -> str:
    """What an authenticator app shows ``step`` half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))
