"""Queue messages of clerks, bots, rules and broadcasts, after one check of window, consent, opt-out and quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.agencies.business_hours import is_quiet
from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Address, Capabilities, Payload, Say, TemplateRef
from kesher.channels.message_layout import layout
from kesher.channels.models import Account, Template
from kesher.channels.secret_redaction import find_private_links, is_link
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services.automatic_replies import address_limit, describe_limit
from kesher.conversations.services.conversation_writer import INBOX, Writer
from kesher.core.audit import Actor, audit
from kesher.core.db.batch import CachedInBatch, save
from kesher.core.errors import Refused
from kesher.core.i18n.nested_quotes import nest_quotes
from kesher.core.live.live_events import publish

EQUAL_TEXTS = 20
EQUAL_MINUTES = 5


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message may be sent. ``code`` is "" (yes), or the reason why not.

    Reasons: automatic, window, refused, consent, quiet, closed.
    """

    code: str
    message: str = ""
    left: timedelta | None = None  # time left in the window, if the channel has one

    @property
    def ok(self) -> bool:
        """Return whether the message may be sent."""
        return not self.code


def verdict(
    route: Route,
    *,
    capabilities: Capabilities,
    purpose: str,
    now: datetime,
    answering: bool = False,
    template: bool = False,
    agency: Agency | None = None,
    automatic: bool = True,
) -> Verdict:
    """Return whether a message may be sent on a route now, and if not, why.

    ``answering``: it answers what the person wrote just now; ``agency``: whose quiet hours apply (broadcasts only);
    ``automatic``: it was not written by a clerk.
    """
    left = window_left(route, capabilities, now, clerk=not automatic)
    if automatic and (limit := address_limit(route.identity, capabilities)):
        return Verdict("automatic", describe_limit(limit), left)
    if not is_own_route(route):
        return Verdict("closed", _("This address belongs to somebody else now."), left)
    if route.closed:
        return Verdict("closed", _("Nobody reads this address any more."), left)
    if left is not None and left <= timedelta(0) and not (template and capabilities.templates):
        return Verdict("window", _("The answering window of this channel has closed."), left)
    if not answering:
        word = find_consent(route.conversation.contact.root(), purpose)
        if word is False:
            return Verdict("refused", _("This person asked us not to write about this."), left)
        if word is None and purpose != Consent.Purpose.SERVICE:
            return Verdict("consent", _("This person has not agreed to such messages."), left)
    if agency is not None and purpose != Consent.Purpose.SERVICE and is_quiet(agency, now):
        return Verdict("quiet", _("These are quiet hours."), left)
    return Verdict("", left=left)


def is_own_route(route: Route) -> bool:
    """Return whether a route's address still belongs to the person whose conversation it is in."""
    talk, address = route.conversation, route.identity
    return talk.contact_id == address.contact_id or talk.contact.root().pk == address.contact.root().pk


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


def window_left(route: Route, capabilities: Capabilities, now: datetime, *, clerk: bool = False) -> timedelta | None:
    """Return how long free text may still be sent on this route, by a clerk or by anybody; None without a limit."""
    hours = capabilities.window_hours
    if hours is None:
        return None
    if route.last_in_at is None:
        return timedelta(0)
    hours = max(hours, capabilities.agent_window_hours or 0) if clerk else hours
    return route.last_in_at + timedelta(hours=hours) - now


def mark_late(what: Say, route: Route, capabilities: Capabilities, now: datetime) -> Say:
    """Return a clerk's message; marked, where by now only a clerk may write, so that the provider is told."""
    left = window_left(route, capabilities, now)
    late = capabilities.agent_window_hours is not None and left is not None and left <= timedelta(0)
    return replace(what, is_late=True) if late else what


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
    )
    contact = route.conversation.contact.root()
    if not checked.ok:
        raise NotNow(checked.message, find_offers(route, contact, purpose), code=checked.code)
    what = mark_late(what, route, capabilities, now) if author else mark_private_links(with_nested_quotes(what))
    kept = what.without_secrets()
    if is_looping(writer, kept.text, now):
        raise NotNow(_("The same words went out many times in a few minutes."), code="looping")
    to = to_address(route.identity)
    payloads = route.account.adapter.render(what, to, capabilities)
    if not payloads:
        raise NotNow(_("This channel cannot carry that."), find_offers(route, contact, purpose), code="window")
    shown = layout(kept, capabilities)
    message = writer.add(
        "out",
        text=template.filled(list(kept.template.params))
        if template and kept.template
        else "\n".join(shown.texts)
        if shown.mode in ("numbered", "spoken")
        else kept.text,
        lang=what.lang,
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


def with_nested_quotes(what: Say) -> Say:
    """Return the message with single quotation marks around words within a quoted title."""
    text = nest_quotes(what.text)
    return what if text == what.text else replace(what, text=text)


def mark_private_links(what: Say) -> Say:
    """Return the message with the private links in its text added to its secrets."""
    if not what.links and "://" not in what.text:
        return what
    found = find_private_links("\n".join([what.text, *(url for _title, url in what.links)]))
    return replace(what, secrets=tuple(dict.fromkeys([*what.secrets, *found]))) if found else what


def describe_secrets(what: Say) -> dict[str, Any]:
    """Return what may be stored of a message's secrets: their kind, and the titles of its private links."""
    if not what.secrets:
        return {}
    kind = "link" if all(is_link(secret) for secret in what.secrets) else "code"
    titles = [title for title, _url in what.private_links]
    return {"secret": kind, **({"private": titles} if titles else {})}


def extra_content(what: Say, mode: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Return the options, links and subject of a message, to be stored beside its text."""
    content: dict[str, Any] = dict(extra)
    if what.options and mode != "numbered":
        prefix = f"{what.nonce}:" if what.nonce else ""
        content["options"] = [{"key": prefix + option.key, "title": option.title} for option in what.options]
    if what.links:
        content["links"] = [list(link) for link in what.links]
    if what.expects:
        content["expects"] = what.expects
    if what.subject:
        content["subject"] = what.subject
    return content


def queue_deliveries(message: Message, route: Route, payloads: Sequence[Payload], lane: int, what: Say) -> None:
    """Queue one delivery of the message for each payload (provider request).

    A mail's thread and whether a clerk wrote it travel in the payload, because an adapter reads no database.
    """
    threaded = route.identity.scheme == "mailto"
    more = reply_headers(message, route) if threaded else {}
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


def fill_template(template: Template, params: Sequence[str]) -> Say:
    """Return an approved template with its placeholders filled, as a message."""
    filled = template.filled(list(params))
    return Say(
        filled, lang=template.language[:2], template=TemplateRef(template.name, template.language, tuple(params))
    )


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


def merge_adjacent_messages(says: list[Say]) -> list[Say]:
    """Return the replies joined into as few messages as options allow, for channels such as mail.

    A reply with options ends a message: its options stand under its own text.
    """
    letters: list[list[Say]] = [[]]
    for what in says:
        letters[-1].append(what)
        if what.options or what.template:
            letters.append([])
    return [merge_messages(letter) for letter in letters if letter]


def merge_messages(letter: list[Say]) -> Say:
    """Return one message with the texts, links, files and secrets of several."""
    return replace(
        letter[-1],
        text="\n\n".join(what.text for what in letter if what.text),
        links=tuple(link for what in letter for link in what.links),
        media=tuple(media for what in letter for media in what.media),
        subject=next((what.subject for what in letter if what.subject), ""),
        secrets=tuple(secret for what in letter for secret in what.secrets),
        until=min((what.until for what in letter if what.until), default=None),
    )
