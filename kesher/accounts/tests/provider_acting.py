"""What tests of single sign-on do again and again: people at a provider, and their way there and back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
from django.test import Client

from kesher.accounts.models import StaffProvider
from kesher.accounts.services import add_app, save_staff_provider
from kesher.accounts.tests.staff_acting import SECRET, prove
from kesher.agencies.models import Staff, StaffSignIn
from kesher.core.audit import SYSTEM
from kesher.core.models import Audit

MAIL = "ruth@neve-yam.example"
FORM = {"name": "City account", "client_id": "kesher", "is_active": "on"}


def at_work(provider: str, subject: str = "r-1", **claims: Any) -> None:
    """Store a person at the provider, by default with Ruth's address, which it checked."""
    known = {"sub": subject, "email": MAIL, "email_verified": True, **claims}
    httpx.put(f"{provider}/users/{subject}", json=known).raise_for_status()


def set_up(provider: str, by: Staff, **more: Any) -> StaffProvider:
    """Set up the single sign-on as an administrator does."""
    values = {"name": "City account", "client_id": "kesher", "acr": "", "asks_second": False, "is_active": True}
    return save_staff_provider(**{**values, "issuer": provider, "client_secret": "s", "by": by, **more})


def ready(staff: Staff, mail: str = MAIL) -> Staff:
    """Let a member of staff prove their address and have an app, as they do when they join."""
    prove(staff, mail)
    add_app(staff.user, SECRET, by=SYSTEM)
    return staff


def go(client: Client, after: str = "") -> str:
    """Press the provider's button, and return where the browser is sent."""
    answer = client.get("/desk/login/provider/", {"next": after} if after else {})
    assert answer.status_code == 302
    return str(answer["Location"])


def at_provider(address: str, subject: str = "r-1") -> str:
    """Sign in at the provider, and return the path by which the browser comes back."""
    reply = httpx.post(address, data={"sub": subject})
    assert reply.status_code in (302, 303), reply.text
    parts = urlsplit(reply.headers["location"])
    return f"{parts.path}?{parts.query}"


def there_and_back(client: Client, subject: str = "r-1", after: str = "") -> Any:
    return client.get(at_provider(go(client, after), subject))


def is_in(client: Client) -> bool:
    """Return whether the desk is open to this browser."""
    return client.get("/desk/second/keys/").status_code == 200


def outcomes() -> list[str]:
    return list(StaffSignIn.objects.order_by("pk").values_list("outcome", flat=True))


def operations() -> set[str]:
    return set(Audit.objects.values_list("operation", flat=True))
