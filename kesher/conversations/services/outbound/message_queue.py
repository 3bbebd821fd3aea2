"""Queue messages of clerks, bots, rules and broadcasts, after one check of window, consent, opt-out and quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff
from kesher.channels.base import Address, Capabilities, Payload, Say
from kesher.channels.message_layout import Layout, layout
from kesher.channels.models import Template
from kesher.contacts.models import Identity
from kesher.conversations.models import Delivery, Message, Route
from kesher.conversations.services.conversation_writer import INBOX, Writer
from kesher.conversations.services.outbound.message_content import (
    describe_secrets,
    extra_content,
    mark_private_links,
    with_nested_quotes,
)
from kesher.conversations.services.outbound.published_texts import refuse_identifying_data
from kesher.conversations.services.outbound.route_choice import NotNow, find_offers
from kesher.conversations.services.outbound.verdicts import mark_late, verdict
from kesher.core.audit import Actor, audit
from kesher.core.db.batch import save
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

EQUAL_TEXTS = 20
EQUAL_MINUTES = 5


def say(
    writer: Writer,
    route: Route,
    what: Say,
    *,
    lane: int = Delivery.Lane.BOT,
    author: Staff | None = None,
    purpose: str = "service",
    capabilities: Capabilities | None = None,
    answering: bool = False,
    template: Template | None = None,
    **content: Any,
) -> Message:
    """Store a message to the person and queue its deliveries, one for each provider request; raise NotNow.

    Raise NotNow, and write nothing, if it may not be sent. Secrets are sent and not stored readable (`Say.secrets`).
    """
    capabilities = capabilities or route.account.capabilities()
    now = timezone.now()
    checked = verdict(
        route,
        capabilities=capabilities,
        purpose=purpose,
        now=now,
        answering=answering,
        template=template is not None,
        automatic=author is None,
        public=what.public,
        private_reply=bool(what.reply_to),
    )
    contact = route.conversation.contact.root()
    if not checked.ok:
        raise NotNow(checked.message, find_offers(route, contact, purpose), code=checked.code)
    what = prepare_message(what, route, capabilities, now, clerk=author is not None)
    kept = what.without_secrets()
    if is_looping(writer, kept.text, now):
        raise NotNow(_("The same words went out many times in a few minutes."), code="looping")
    payloads = route.account.adapter.render(what, to_address(route.identity), capabilities)
    if not payloads:
        raise NotNow(_("This channel cannot carry that."), find_offers(route, contact, purpose), code="window")
    shown = layout(kept, capabilities)
    message = writer.add(
        "out",
        text=stored_text(kept, shown, template),
        lang=what.lang,
        public=what.public,
        thread=what.thread,
        reply_to=what.reply_to,
        account=route.account,
        identity=route.identity,
        channel=route.account.channel,
        author=author,
        purpose=purpose,
        state="sent" if capabilities.hosted else "queued",
        content=extra_content(kept, shown.mode, content | describe_secrets(what)),
        sealed={"text": what.text, "links": what.links} if what.secrets and capabilities.hosted else {},
    )
    if not capabilities.hosted:
        queue_deliveries(message, route, payloads, lane, what)
    return message


def prepare_message(what: Say, route: Route, capabilities: Capabilities, now: datetime, *, clerk: bool) -> Say:
    """Return a message as it is sent: a clerk's, marked if it is late, or the bot's with its private links marked.

    Raise Refused if a clerk says something in public that tells who or where somebody is.
    """
    if not clerk:
        return mark_private_links(with_nested_quotes(what))
    if what.public:
        refuse_identifying_data(what.text)
    return mark_late(what, route, capabilities, now)


def stored_text(kept: Say, shown: Layout, template: Template | None) -> str:
    """Return the text of a message as it is stored: as the person reads it, without secrets."""
    if template and kept.template:
        return template.filled(list(kept.template.params))
    return "\n".join(shown.texts) if shown.mode in ("numbered", "spoken") else kept.text


def queue_deliveries(message: Message, route: Route, payloads: Sequence[Payload], lane: int, what: Say) -> None:
    """Queue one delivery of the message for each payload (provider request).

    A mail's thread and whether a clerk wrote it travel in the payload, because an adapter reads no database.
    """
    threaded = route.identity.scheme == "mailto"
    more = reply_headers(message, route) if threaded else {}
    if "room" in route.thread:
        more["room"] = route.thread["room"]
    call = {"call": route.thread["call_id"]} if "call_id" in route.thread else {}  # it reads only its own replies
    for number, payload in enumerate(payloads):
        to = {"to": asdict(payload.to), **call}
        request = {"body": {**payload.body, **more}, "text": payload.text}
        save(
            Delivery(
                agency_id=message.agency_id,
                message=message,
                account=route.account,
                identity=route.identity,
                part=number,
                lane=lane,
                payload=to if what.secrets else to | request,
                sealed=request | {"secrets": what.secrets} if what.secrets else {},
                expires=what.until,
            )
        )


def reply_headers(message: Message, route: Route) -> dict[str, Any]:
    """Return the mail headers' data for a message: whether it is automatic, and its thread."""
    return {"auto": message.author_id is None, **({"thread": route.thread} if route.thread else {})}


def to_address(identity: Identity) -> Address:
    """Return the address of an identity, with its display name, as an `Address`."""
    return Address(identity.scheme, identity.address, identity.display)


def is_looping(writer: Writer, text: str, now: datetime) -> bool:
    """Return whether the same text went to one person twenty times in five minutes, as between two machines."""
    row = writer.conversation
    if row.last_seq < EQUAL_TEXTS:
        return False
    since = now - timedelta(minutes=EQUAL_MINUTES)
    if row.last_out_at is None or row.last_out_at < since:
        return False
    equal = [way for way, at, words in writer.recent() if way == "out" and at > since and words == text]
    return len(equal) >= EQUAL_TEXTS


@transaction.atomic
def send_again(message: Message, *, by: Actor) -> None:
    """Queue for delivery once more a message to a person that failed or was not confirmed; raise Refused.

    Raise Refused for a code or a private link: those are not stored.
    """
    if message.content.get("secret"):
        raise Refused(
            _("Codes and private links are not kept, so this cannot be sent again. The person can ask for a new one.")
        )
    again = Delivery.objects.filter(message=message, state__in=[Delivery.State.FAILED, Delivery.State.UNKNOWN])
    if again.update(state=Delivery.State.QUEUED, tries=0, not_before=0, error=""):
        Message.objects.filter(pk=message.pk).update(state="queued")
        publish(INBOX, message.conversation.stream)
        audit("conversations.send_again", by=by, subject=message)
