"""Choose the route on which a person is written to, and what a sender is offered where it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from kesher.channels.models import Account, Template
from kesher.contacts.models import Contact
from kesher.conversations.models import Conversation, Route
from kesher.conversations.services.outbound.verdicts import verdict
from kesher.core.db.batch import CachedInBatch
from kesher.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be sent instead: an approved template, or another route to the same person."""

    kind: str  # template | route
    label: str
    template: Template | None = None
    route: Route | None = None


class NotNow(Refused):
    """Raised if a message cannot be sent on this route now; ``offers`` can be."""

    def __init__(self, message: str, offers: Sequence[Offer] = (), *, code: str = "") -> None:
        """Set the refusal's text and code, and what the sender is offered instead."""
        super().__init__(message, code=code)
        self.offers = list(offers)


@CachedInBatch
def find_route_of(identity_id: int, account_id: int) -> Route | None:
    """Return the route between an identity and an account, or None."""
    return Route.objects.filter(identity=identity_id, account=account_id).first()


def reassign_route(route: Route, conversation: Conversation) -> tuple[str, ...]:
    """Move a route to this conversation if its address has a new owner, and clear the old owner's thread.

    Return the names of the fields that changed. Routes of merged contacts stay: a merge may be undone.
    """
    if route.conversation_id == conversation.pk:
        return ()
    if route.conversation.contact.root().pk == conversation.contact.root().pk:
        return ()
    route.conversation, route.last_in_at, route.closed, route.thread = conversation, None, False, {}
    return ("conversation", "last_in_at", "closed", "thread")


def usable_routes(contact: Contact) -> QuerySet[Route]:
    """Return a person's routes on active accounts, without those whose address has another owner by now."""
    ids = contact.family_ids()
    rows = Route.objects.filter(conversation__contact__in=ids, identity__contact__in=ids, account__is_active=True)
    return rows.select_related("identity__contact__merged_into", "account", "conversation__contact__merged_into")


def routes_by_preference(contact: Contact) -> list[Route]:
    """Return a person's routes on active accounts: their preferred channel first, then the last used."""
    rows = usable_routes(contact)
    oldest = datetime.min.replace(tzinfo=timezone.get_current_timezone())
    wished = contact.root().prefs.get("channel")
    newest = sorted(rows, key=lambda route: route.last_in_at or oldest, reverse=True)
    return sorted(newest, key=lambda route: route.account.channel != wished)


def best_route(contact: Contact, *, purpose: str = "service", automatic: bool = True) -> Route | None:
    """Return the first route on which this person may be written to now; None if there is none."""
    now = timezone.now()
    for route in routes_by_preference(contact):
        can = route.account.capabilities()
        if verdict(route, capabilities=can, purpose=purpose, now=now, automatic=automatic).ok:
            return route
    return None


def find_offers(route: Route, contact: Contact, purpose: str) -> list[Offer]:
    """Return the templates and other routes that a sender is offered when ``route`` is closed to free text."""
    now = timezone.now()
    offers = [
        Offer("template", template.name, template=template, route=route)
        for template in find_templates(route.account, contact.language or "he", purpose)
    ]
    for other in routes_by_preference(contact):
        can = other.account.capabilities()
        if other.pk != route.pk and verdict(other, capabilities=can, purpose=purpose, now=now, automatic=False).ok:
            offers.append(Offer("route", other.account.name, route=other))
    return offers


def find_templates(account: Account, language: str, purpose: str) -> list[Template]:
    """Return an account's approved templates, newest version of each, in this language, else in Hebrew."""
    rows = Template.objects.filter(account=account, state=Template.State.APPROVED, purpose=purpose)
    newest: dict[str, Template] = {}
    for row in rows.order_by("version"):
        own = row.is_in(language)
        if (own or row.is_in("he")) and (row.name not in newest or own or not newest[row.name].is_in(language)):
            newest[row.name] = row
    return list(newest.values())
