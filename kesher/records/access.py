"""Who looks at whose things, as a page asks for it: at his own, or by a mandate at another's."""

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

from kesher.accounts.services.sign_in import digest
from kesher.accounts.session_cookie import COOKIE, level_of
from kesher.contacts.models import Contact
from kesher.records.lookup_results import Plan
from kesher.records.models import Mandate, RecordSource, Ward
from kesher.records.query_plan import plan_of

SALT = "kesher.records.stream"
# A page asks for its stream at once; for another try it fetches a fresh ticket.
TICKET_SECONDS = 120


@lru_cache(maxsize=1000)
def page(name: str, *args: Any) -> str:
    """Where a page of ours is: each row of each person has two of them, and they are the same for all."""
    return reverse(f"records:{name}", args=args)


@dataclass(frozen=True, slots=True)
class Sight:
    """``contact``: whose things; ``viewer``: who looks; ``level``: how well he is known now. By a mandate never more is
    shown than its giver could show when he agreed."""

    contact: Contact
    viewer: Contact
    level: int
    mandate: Mandate | None = None

    @property
    def ward(self) -> Ward | None:
        return self.mandate.ward if self.mandate is not None else None

    @property
    def may_agree(self) -> bool:
        """May this viewer agree that a source is read? For himself, and for whom the law lets him speak."""
        return self.mandate is None or self.mandate.ward_id is not None

    @property
    def only(self) -> list[str] | None:
        return list(self.mandate.scope) if self.mandate is not None else None

    def outreaches(self, level: int) -> bool:
        """Is this more than the mandate lets be seen, whatever its taker proves of himself?"""
        return self.mandate is not None and self.mandate.level < level

    def plan(self, lang: str, again: str = "", rows: Iterable[RecordSource] | None = None) -> Plan:
        return plan_of(
            self.contact, level=self.level, lang=lang, only=self.only, again=again, rows=rows, ward=self.ward
        )

    def url(self, name: str, *args: Any, **query: str) -> str:
        """A page of ours about the same person's things."""
        more = {**query, **({"for": self.mandate.key} if self.mandate is not None else {})}
        return page(name, *args) + (f"?{urlencode(more)}" if more else "")


def sight_of(request: HttpRequest) -> Sight:
    """What this request may see. Raises Http404 for a mandate that is none, is over, or is another's."""
    viewer: Contact = request.contact.root()  # type: ignore[attr-defined]
    key = request.POST.get("for") or request.GET.get("for") or ""
    return by_mandate(viewer, key, level_of(request)) if key else Sight(viewer, viewer, level_of(request))


def by_mandate(viewer: Contact, key: str, level: int) -> Sight:
    standing = Mandate.objects.standing(timezone.now()).select_related("giver__merged_into", "ward__contact")
    found = standing.filter(key=key, taker__in=viewer.family_ids()).first()
    if found is None or found.giver is None:
        raise Http404
    return Sight(found.giver.root(), viewer, min(level, found.level), found)


def lang_now() -> str:
    return (get_language() or "he")[:2]


def ticket(request: HttpRequest, sight: Sight, again: str = "") -> str:
    """A signed permission to hear what the sources say, for this browser alone: it counts only together with the cookie
    of the sign-in that asked for it."""
    mandate = sight.mandate.key if sight.mandate is not None else ""
    browser = request.COOKIES.get(COOKIE, "")
    return sign_ticket(sight.viewer.agency_id, sight.viewer.pk, mandate, sight.level, lang_now(), again, browser)


def sign_ticket(agency_id: int, viewer: int, mandate: str, level: int, lang: str, again: str, browser: str) -> str:
    """``browser``: the token in its cookie."""
    value = [agency_id, viewer, mandate, level, lang, again, digest(browser)[:24]]
    return signing.dumps(value, salt=SALT)


@dataclass(frozen=True, slots=True)
class Ticket:
    agency_id: int
    viewer: int
    mandate: str
    level: int
    lang: str
    again: str

    def sight(self) -> Sight | None:
        """What it opens now, within its agency's scope: a mandate that was ended meanwhile opens nothing."""
        viewer = Contact.objects.filter(pk=self.viewer, status=Contact.Status.ACTIVE).first()
        if viewer is None:
            return None
        if not self.mandate:
            return Sight(viewer, viewer, self.level)
        try:
            return by_mandate(viewer, self.mandate, self.level)
        except Http404:
            return None


def read_ticket(value: str, cookie: str) -> Ticket:
    """Raises django.core.signing.BadSignature for what is none of ours, too old, or another browser's."""
    *parts, browser = signing.loads(value, salt=SALT, max_age=TICKET_SECONDS)
    if not cookie or browser != digest(cookie)[:24]:
        raise signing.BadSignature("another browser's")
    return Ticket(*parts)
