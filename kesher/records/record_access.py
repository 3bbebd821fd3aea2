"""Determine whose records a visitor may read: their own, or another person's who gave them a mandate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language

from kesher.accounts.session_cookie import COOKIE, level_of
from kesher.contacts.models import Contact
from kesher.core.db.ids import token_digest
from kesher.records.models import Mandate, RecordSource, Ward
from kesher.records.source_selection import build_plan
from kesher.records.sources.readings import Plan

SALT = "kesher.records.stream"
# A page opens its stream at once; to try again it fetches a new ticket.
TICKET_SECONDS = 120


@lru_cache(maxsize=1000)
def records_url(name: str, *args: Any) -> str:
    """Return the path of the records page called ``name``, cached: each row of each person has two of them."""
    return reverse(f"records:{name}", args=args)


@dataclass(frozen=True, slots=True)
class Access:
    """Whose records (``contact``) are looked at, by whom (``viewer``), and how well the viewer is known (``level``).

    By a mandate the level is never higher than the giver's when they agreed.
    """

    contact: Contact
    viewer: Contact
    level: int
    mandate: Mandate | None = None

    @property
    def ward(self) -> Ward | None:
        """Return the ward whose records are looked at, or None unless the mandate is for a ward."""
        return self.mandate.ward if self.mandate is not None else None

    @property
    def may_agree(self) -> bool:
        """Return whether the viewer may consent that a source is read: for themselves, or for their ward."""
        return self.mandate is None or self.mandate.ward_id is not None

    @property
    def only(self) -> list[str] | None:
        """Return the codes of the sources that the mandate allows to read, or None for all."""
        return list(self.mandate.scope) if self.mandate is not None else None

    def exceeds_mandate(self, level: int) -> bool:
        """Return whether this assurance level is above the mandate's level (False without a mandate)."""
        return self.mandate is not None and self.mandate.level < level

    def plan(self, lang: str, again: str = "", rows: Iterable[RecordSource] | None = None) -> Plan:
        """Return the plan of which sources to read for the person whose records are looked at.

        ``again`` is the one source that is tried again; ``rows`` are the sources if they are loaded already.
        """
        return build_plan(
            self.contact, level=self.level, lang=lang, only=self.only, again=again, rows=rows, ward=self.ward
        )

    def url(self, name: str, *args: Any, **query: str) -> str:
        """Return the path of the page ``name`` about the same person's records: with the mandate in its query."""
        more = {**query, **({"for": self.mandate.key} if self.mandate is not None else {})}
        return records_url(name, *args) + (f"?{urlencode(more)}" if more else "")


def get_access(request: HttpRequest) -> Access:
    """Return whose records this request may see. Raise Http404 if its mandate is unknown, over or another's."""
    viewer: Contact = request.contact.root()  # type: ignore[attr-defined]
    key = request.POST.get("for") or request.GET.get("for") or ""
    return get_access_by_mandate(viewer, key, level_of(request)) if key else Access(viewer, viewer, level_of(request))


def get_access_by_mandate(viewer: Contact, key: str, level: int) -> Access:
    """Return the access to another person's records by this mandate. Raise Http404 if it is not valid."""
    standing = Mandate.objects.standing(timezone.now()).select_related("giver__merged_into", "ward__contact")
    found = standing.filter(key=key, taker__in=viewer.family_ids()).first()
    if found is None or found.giver is None:
        raise Http404
    return Access(found.giver.root(), viewer, min(level, found.level), found)


def current_language() -> str:
    """Return the two-letter code of the reader's active language."""
    return (get_language() or "he")[:2]


def create_ticket(request: HttpRequest, access: Access, again: str = "") -> str:
    """Return a signed ticket to open the records stream, valid only with this browser's sign-in cookie."""
    mandate = access.mandate.key if access.mandate is not None else ""
    browser = request.COOKIES.get(COOKIE, "")
    return sign_ticket(
        access.viewer.agency_id, access.viewer.pk, mandate, access.level, current_language(), again, browser
    )


def sign_ticket(agency_id: int, viewer: int, mandate: str, level: int, lang: str, again: str, browser: str) -> str:
    """Return a signed ticket for the records stream. ``browser`` is the token in the sign-in cookie."""
    value = [agency_id, viewer, mandate, level, lang, again, token_digest(browser)[:24]]
    return signing.dumps(value, salt=SALT)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The content of a ticket for the stream."""

    agency_id: int
    viewer: int
    mandate: str
    level: int
    lang: str
    again: str

    def find_access(self) -> Access | None:
        """Return whose records the ticket opens now, or None if the viewer or the mandate is gone.

        Call it within the agency's scope.
        """
        viewer = Contact.objects.filter(pk=self.viewer, status=Contact.Status.ACTIVE).first()
        if viewer is None:
            return None
        if not self.mandate:
            return Access(viewer, viewer, self.level)
        try:
            return get_access_by_mandate(viewer, self.mandate, self.level)
        except Http404:
            return None


def read_ticket(value: str, cookie: str) -> Ticket:
    """Return a ticket's content. Raise django.core.signing.BadSignature if forged, too old or another browser's."""
    *parts, browser = signing.loads(value, salt=SALT, max_age=TICKET_SECONDS)
    if not cookie or browser != token_digest(cookie)[:24]:
        raise signing.BadSignature("another browser's")
    return Ticket(*parts)
