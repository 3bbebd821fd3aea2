"""Continue privately: a single-use link from a public message into the private conversation of whoever opens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.agencies.models import Staff
from kesher.channels.base import Capabilities, Event, Kind, Say
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Delivery, Message, PrivateInvitation, Route
from kesher.conversations.services.conversation_writer import INBOX, add_event_line, conversation_of, writing
from kesher.conversations.services.outbound import find_route_of, say
from kesher.conversations.services.outbound.verdicts import window_left
from kesher.conversations.services.public_messages.thread_answers import in_thread
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.ids import token, token_digest
from kesher.core.errors import Refused
from kesher.core.live.live_events import publish

START: Final = "private-"  # before the key of an invitation, in the word with which a bot is opened
LIFE: Final = timedelta(days=7)
AGAIN: Final = timedelta(hours=1)  # in which the bot does not invite the same person in the same thread again


@transaction.atomic
def invite_to_private(message: Message, *, staff: Staff | None = None, words: str = "") -> Message:
    """Send the author of a public message a link to continue privately, and return what was sent; raise Refused.

    It goes privately where the channel can, else under the message, where somebody else may open it: then that person
    is in a conversation of their own. An earlier link of this thread is void. ``words``: what to begin with.
    """
    identity, account = message.identity, message.account
    if not message.public or message.deleted_at is not None or identity is None or account is None:
        raise Refused(_("There is no public message any more to which a link could be sent."))
    if identity.contact.root().status == Contact.Status.BLOCKED:
        raise Refused(_("This sender is blocked. Let them in again first."))
    route = find_route_of(identity.pk, account.pk)
    if route is None:
        raise Refused(_("There is no open way to this person."))
    now, key = timezone.now(), token()
    earlier = PrivateInvitation.objects.filter(message__thread=message.thread, message__identity=identity)
    earlier.usable(now).update(expires=now)
    invitation = PrivateInvitation.objects.create(
        agency_id=message.agency_id,
        message=message,
        digest=token_digest(key),
        words=" ".join(words.split())[:200],
        by=staff,
        expires=now + LIFE,
    )
    route.identity, route.account, route.conversation = identity, account, message.conversation
    what = invitation_text(link_of(key, account), message, identity.contact.root())
    what = way_of(what, message, route, account.capabilities())
    lane = Delivery.Lane.AGENT if staff else Delivery.Lane.BOT
    with writing(message.conversation) as writer:
        sent = say(writer, route, replace(what, until=invitation.expires), lane=lane, author=staff, answering=True)
    by = Actor("staff", staff.pk, "desk") if staff else SYSTEM
    audit("conversations.invite", by=by, subject=message.conversation, message=message.pk, sent=sent.pk)
    return sent


def link_of(key: str, account: Account) -> str:
    """Return the link of an invitation: into the channel itself, where a person opens it by a private message."""
    own = account.shown_address or account.address
    link = account.adapter.write_link(own, start=f"{START}{key}") if account.capabilities().opened_privately else ""
    return link or absolute(reverse("conversations:private", args=[key]))


def way_of(what: Say, message: Message, route: Route, capabilities: Capabilities) -> Say:
    """Return an invitation as it is sent: privately where that is possible now, else under the public message."""
    if not capabilities.private:
        return in_thread(what, message)
    if not capabilities.opened_privately:
        return replace(what, reply_to=message.external_id)  # Meta takes one private answer to a comment
    return what if window_left(route, capabilities, timezone.now()) is None else in_thread(what, message)


def invitation_text(url: str, message: Message, contact: Contact) -> Say:
    """Return the text that goes with a link to continue privately, in the person's language."""
    lang = contact.language or message.lang or "he"
    with translation.override(lang):
        text = _(
            "We would like to continue this with you privately. The link can be opened once, within %(days)d days."
        ) % {"days": LIFE.days}
        return Say(text, lang=lang, links=((_("Continue privately"), url),), secrets=(url,))


def was_invited_lately(message: Message) -> bool:
    """Return whether the author of a public message got a link for its thread within the last hour."""
    rows = PrivateInvitation.objects.filter(message__thread=message.thread, message__identity=message.identity)
    return rows.filter(created__gt=timezone.now() - AGAIN).exists()


def find_invitation(key: str) -> PrivateInvitation | None:
    """Return the invitation that a link's token opens; None if it was used, is too old or unknown."""
    return PrivateInvitation.objects.usable(timezone.now()).filter(digest=token_digest(key)).first()


def take_start_key(event: Event) -> tuple[Event, str]:
    """Return an event that opens a conversation by an invitation as what was asked in public, and the link's key.

    ("" and the event unchanged for any other.) The key is not stored.
    """
    if event.kind != Kind.STARTED or not event.text.startswith(START):
        return event, ""
    key = event.text.removeprefix(START)
    invitation = find_invitation(key)
    return replace(event, text=invitation.words if invitation else "", data={}), key


@transaction.atomic
def use_invitation(key: str, identity: Identity) -> PrivateInvitation:
    """Open a private conversation by a link, for the visitor ``identity``; raise Refused if the link was used.

    Both conversations say so, and nothing more: the visitor may be somebody else, so nobody is merged, no consent is
    recorded, and nothing of the thread's author is shown.
    """
    now = timezone.now()
    conversation = conversation_of(identity.contact.root())
    used = PrivateInvitation.objects.usable(now).filter(digest=token_digest(key))
    if not used.update(used_at=now, conversation=conversation):
        raise Refused(_("This link was used already, or is too old."), code="used")
    invitation = PrivateInvitation.objects.select_related("message__conversation").get(digest=token_digest(key))
    add_event_line(invitation.message.conversation, _("The link to continue privately was opened"))
    if conversation.pk != invitation.message.conversation_id:
        add_event_line(conversation, _("Continued here from a public thread"))
    audit("conversations.continue_privately", by=Actor("contact", identity.contact_id, "web"), subject=invitation)
    publish(INBOX, conversation.stream, invitation.message.conversation.stream)
    return invitation
