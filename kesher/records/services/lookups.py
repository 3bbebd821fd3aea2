"""Questions in conversations that sources answer: written down at once, answered as soon as the sources have.

The worker says what a person hears within one transaction, and no source may be waited for in it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Route
from kesher.conversations.services import NotNow, conversation_of, routes_of, say, writing
from kesher.core.audit import Actor, audit
from kesher.core.scope import everywhere
from kesher.records.chat_summary import answer_of
from kesher.records.fetcher import read_now
from kesher.records.lookup_results import SHOWN, Envelope
from kesher.records.models import Lookup
from kesher.records.query_plan import plan_of, shelf_of
from kesher.records.services.access_log import note_look
from kesher.records.services.cache import keep

State = Lookup.State
# Somebody who wrote waits at most so long for the slowest source.
BUDGET = 6.0
TAKEN_FOR = timedelta(minutes=1)
WORTHLESS_AFTER = timedelta(minutes=10)


@transaction.atomic
def ask_lookup(contact: Contact, identity: Identity, *, door: str, lang: str, level: int) -> Lookup:
    """Writes the question down. ``level``: how well is known that it is he who asks."""
    row = Lookup.objects.create(
        agency_id=contact.agency_id, contact=contact, identity=identity, door=door, lang=lang, level=level
    )
    audit("records.ask_lookup", by=Actor("contact", contact.pk, door), subject=contact, level=level)
    return row


def take_lookups() -> list[tuple[int, int]]:
    """(agency, question) of each that nobody works on: taken by a conditional update. One whose taker died is taken
    again; what nobody answered for ten minutes is not answered any more."""
    now = timezone.now()
    with everywhere("questions to the sources"):
        free = Q(state=State.NEW) | Q(state=State.TAKEN, taken_at__lt=now - TAKEN_FOR)
        found = list(
            Lookup.objects.filter(free).order_by("pk").values_list("agency_id", "pk", "created", "taken_at")[:20]
        )
        taken = []
        for agency_id, pk, created, taken_at in found:
            over = created < now - WORTHLESS_AFTER
            changes = {"state": State.DONE if over else State.TAKEN, "taken_at": now}
            mine = Lookup.objects.filter(free, pk=pk, taken_at=taken_at).update(**changes)
            taken += [(agency_id, pk)] if mine and not over else []
    return taken


def answer_lookup(pk: int) -> bool:
    """Asks the sources, then answers where the question came from; False where no way is open there any more. Waits for
    the sources, outside any transaction."""
    row = Lookup.objects.select_related("contact__merged_into", "identity").get(pk=pk)
    contact = row.contact.root()
    with translation.override(row.lang):
        plan = plan_of(contact, level=row.level, lang=row.lang)
        answered = read_now(plan, shelf_of(plan), budget=BUDGET)
        keep(answered.outcomes)
        return say_answer(row, contact, answered.all())


@transaction.atomic
def say_answer(row: Lookup, contact: Contact, envelopes: list[Envelope]) -> bool:
    """Says what came, once; what he sees of his own is a look as well."""
    if not Lookup.objects.filter(pk=row.pk, state=State.TAKEN).update(state=State.DONE):
        return False
    seen = [envelope.code for envelope in envelopes if envelope.status in SHOWN]
    note_look(contact, contact, seen, door=row.door)
    route = route_for(row, contact)
    if route is None:
        return False
    what = answer_of(envelopes, row.identity, lang=row.lang)
    try:
        with writing(conversation_of(contact)) as writer:
            say(writer, route, what, answering=True)
    except NotNow:
        return False
    return True


def route_for(row: Lookup, contact: Contact) -> Route | None:
    """The very way on which he asked: an answer about money does not go to another of his addresses."""
    ways = [way for way in routes_of(contact) if way.identity_id == row.identity_id and way.account.channel == row.door]
    return next((way for way in ways if not way.closed), None)
