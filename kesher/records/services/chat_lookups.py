"""Answer "what do I owe?" asked in a chat: store the question, answer when the sources have answered.

A conversation's reply is written within one transaction, which must not wait for a source.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Route
from kesher.conversations.services import NotNow, conversation_of, routes_by_preference, say, writing
from kesher.core.audit import Actor, audit
from kesher.core.db.agency_scope import everywhere
from kesher.records.chat_summary import render_debts_reply
from kesher.records.models import Lookup
from kesher.records.services.access_log import record_look
from kesher.records.services.cache import cache_readings
from kesher.records.source_selection import build_plan, load_cached_readings
from kesher.records.sources.fetcher import fetch_now
from kesher.records.sources.readings import SHOWN_STATUSES, Envelope

State = Lookup.State
# A person in a conversation waits at most so many seconds for the slowest source.
BUDGET = 6.0
TAKEN_FOR = timedelta(minutes=1)
WORTHLESS_AFTER = timedelta(minutes=10)


@transaction.atomic
def create_lookup(contact: Contact, identity: Identity, *, door: str, lang: str, level: int) -> Lookup:
    """Store a question from a conversation ("what do I owe?") for the worker to answer."""
    row = Lookup.objects.create(
        agency_id=contact.agency_id, contact=contact, identity=identity, door=door, lang=lang, level=level
    )
    audit("records.ask_lookup", by=Actor("contact", contact.pk, door), subject=contact, level=level)
    return row


def take_lookups() -> list[tuple[int, int]]:
    """Claim up to 20 open questions for this worker, and return (agency id, question id) of each.

    They are taken by a conditional update. One whose taker died is taken again after a minute; one that is ten minutes
    old is no longer answered.
    """
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
    """Read the sources, and answer the question in its conversation. Return False if that route is closed.

    Blocks while the sources are read; call it outside a transaction.
    """
    row = Lookup.objects.select_related("contact__merged_into", "identity").get(pk=pk)
    contact = row.contact.root()
    with translation.override(row.lang):
        plan = build_plan(contact, level=row.level, lang=row.lang)
        answered = fetch_now(plan, load_cached_readings(plan), budget=BUDGET)
        cache_readings(answered.outcomes)
        return send_answer(row, contact, answered.all())


@transaction.atomic
def send_answer(row: Lookup, contact: Contact, envelopes: list[Envelope]) -> bool:
    """Send the answer to a question, once, and log the look. Return False if it cannot be sent."""
    if not Lookup.objects.filter(pk=row.pk, state=State.TAKEN).update(state=State.DONE):
        return False
    seen = [envelope.code for envelope in envelopes if envelope.status in SHOWN_STATUSES]
    record_look(contact, contact, seen, door=row.door)
    route = find_route(row, contact)
    if route is None:
        return False
    what = render_debts_reply(envelopes, row.identity, lang=row.lang)
    try:
        with writing(conversation_of(contact)) as writer:
            say(writer, route, what, answering=True)
    except NotNow:
        return False
    return True


def find_route(row: Lookup, contact: Contact) -> Route | None:
    """Return the route (address and channel) by which the question came, or None if it is closed.

    Money matters do not go to another address than the one that asked.
    """
    ways = [
        way
        for way in routes_by_preference(contact)
        if way.identity_id == row.identity_id and way.account.channel == row.door
    ]
    return next((way for way in ways if not way.closed), None)
