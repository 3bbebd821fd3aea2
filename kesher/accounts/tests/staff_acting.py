"""What tests of staff accounts do again and again: a mail server, addresses, administrators."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

from django.db.models import F
from django.test import Client
from django.utils import timezone

from conftest import signed_in
from kesher.accounts.models import StaffAddress
from kesher.agencies.models import Staff
from kesher.agencies.services import add_staff
from kesher.agencies.staff_login import SECOND
from kesher.core.models import Audit

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW_PASSWORD = "another-long-password"
NOA = {
    "name": "נועה ברק",
    "mail": "Noa@neve-yam.example",
    "role": "manager",
    "languages": ["he", "ar"],
    "language": "ar",
}
CHOSEN = {"username": "noa", "password": NEW_PASSWORD, "again": NEW_PASSWORD}


class Postbox:
    """A mail server that keeps the mails that it gets."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def text(self, number: int = -1) -> str:
        return str(self.got[number].get_body(("plain",)).get_content())

    def path(self, number: int = -1) -> str:
        """The path of the link in a mail."""
        found = re.search(r"https?://[^/\s]+(/desk/\S+)", self.text(number))
        assert found, self.text(number)
        return found[1]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def prove(staff: Staff, mail: str, *, days: int = 2, set_by: Staff | None = None) -> StaffAddress:
    """Store that a member of staff proved this mail address some days ago."""
    at = timezone.now() - timedelta(days=days)
    return StaffAddress.objects.create(
        agency=staff.agency, staff=staff, mail=mail, set_by=set_by or staff, set_at=at, proved_at=at
    )


def lately_unlocked(staff: Staff) -> Client:
    """Return a browser in which the second step was made an hour ago, as on a computer that nobody locked."""
    client = signed_in(staff)
    session = client.session
    session[SECOND] = {**session[SECOND], "at": time.time() - 3600}
    session.save()
    return client


def let_days_pass(days: int = 2) -> None:
    """Make all that the audit log says so far older."""
    Audit.objects.update(at=F("at") - timedelta(days=days))


def second_admin(*, days: int = 2) -> Staff:
    """Tamar, for some days an administrator like all the others."""
    tamar = add_staff(username="tamar", name="תמר", password="a-long-password", role="admin")
    let_days_pass(days)
    return tamar
