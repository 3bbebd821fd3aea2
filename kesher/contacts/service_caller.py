"""Dataclass `Call`: who calls a service, from the page, API, chat or desk, and how well they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from kesher.agencies.models import Staff
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.core.http.client_ip import ip_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of a person to do something.

    ``door`` is "web", "api", "desk" or the name of a channel, and ``lang`` the language of the answer. ``identity`` is
    the address that the person is known by; if it is None, ``address`` was given and is not proved. ``contact`` is the
    person if they are known without an address (by a link of their own). ``level`` says how well the person is known in
    this call (0 claimed, 1 by the channel or a code, 2 and 3 by more). ``staff`` is the clerk who acts for them.
    ``confirmed``: a code came back for what was asked earlier. ``ip``: where a web request came from; it is never
    stored. ``alone``: no other contact was ever merged with this person, so that only their own row can be theirs.
    """

    door: str
    lang: str = "he"
    identity: Identity | None = None
    address: Address | None = None
    contact: Contact | None = None
    level: int = 0
    staff: Staff | None = None
    confirmed: bool = False
    ip: str = ""
    alone: bool = False

    def person(self) -> Contact:
        """Return the contact who asks. Raise ValueError where only an unproved address is known, and no contact."""
        found = self.contact or (self.identity.contact if self.identity else None)
        if found is None:
            raise ValueError("an unproved address names nobody")
        return found

    def actor(self, contact: Contact) -> Actor:
        """Return the actor for the audit log: the clerk who acts for them, or the contact themselves."""
        if self.staff:
            return Actor("staff", self.staff.pk, self.door)
        return Actor("contact", contact.root().pk, self.door)


def call_from_request(request: HttpRequest, *, door: str = "web", **who: Any) -> Call:
    """Return a `Call` in the language of a web request, unless ``who``, its fields on the person, has another."""
    return Call(**{"door": door, "lang": (get_language() or "he")[:2], "ip": ip_of(request), **who})
