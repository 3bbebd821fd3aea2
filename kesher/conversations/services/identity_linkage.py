"""Link a second address to a person, by a code sent to one address and typed from the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Address, Say
from kesher.channels.message_layout import append_links
from kesher.channels.models import Account
from kesher.channels.phone_numbers import phone_address
from kesher.contacts import services as contacts
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.outbound import find_route_of, reassign_route, say, window_left
from kesher.core.db.agency_scope import current_agency_id
from kesher.core.db.batch import CachedInBatch, atomic, in_batch, save
from kesher.core.db.prepared_query import Prepared
from kesher.core.errors import Refused
from kesher.core.i18n.text_truncation import truncate_text
from kesher.dialogues.dialogue_turn import Turn
from kesher.language import sms_parts

TO_LINK: Final = gettext_lazy("to link this address")
CALLER: Final = "call"  # the scheme of who calls: a number that may be forged, or a call without one
TITLE_LENGTHS: Final = range(6, 25)  # characters of a title in an SMS, where it must be cut


@Prepared.of()
def query_active_accounts() -> QuerySet[Account]:
    """Return a queryset of the agency's active accounts in their order."""
    return Account.objects.filter(is_active=True).order_by("order", "id")


def find_account_for(scheme: str) -> Account | None:
    """Return an account that may write first to an address of this scheme; None if there is none."""
    return find_account_in(current_agency_id(), scheme)


@CachedInBatch
def find_account_in(_agency_id: int, scheme: str) -> Account | None:
    """Return an account of the agency in scope that may write first to an address of this scheme, or None."""
    for account in query_active_accounts():
        capabilities = account.capabilities()
        can_begin = capabilities.private and capabilities.direct and capabilities.window_hours is None
        if scheme in capabilities.schemes and can_begin:
            return account
    return None


def can_reach(scheme: str) -> bool:
    """Return whether some account may write first to an address of this scheme."""
    return find_account_for(scheme) is not None


def explain_unreachable() -> str:
    """Return a text on why we cannot write to an address, and which kind of address we can write to."""
    phone, mail = can_reach("tel"), can_reach("mailto")
    if phone and mail:
        return _("We cannot write to this kind of address. Please give a phone number or an e-mail address.")
    if phone:
        return _("We cannot write to mailboxes yet. Please give a phone number.")
    if mail:
        return _("We cannot write to telephones yet. Please give an e-mail address.")
    return _("We cannot send messages to telephones or mailboxes yet. Please write to us in the chat on this site.")


def find_open_account(identity: Identity) -> Account | None:
    """Return the account to which this address wrote last and which may answer it now; None if none may.

    On Telegram nobody may write first, and an open conversation needs no first message.
    """
    routes = Route.objects.filter(identity=identity, closed=False, account__is_active=True, last_in_at__isnull=False)
    for route in routes.select_related("account").order_by("-last_in_at"):
        capabilities = route.account.capabilities()
        left = window_left(route, capabilities, timezone.now())
        if not capabilities.private:
            continue
        if left is None or left > timedelta(0):
            return route.account
    return None


def is_within_reach(identity: Identity) -> bool:
    """Return whether we can write to this address now, first or in its open conversation.

    A visitor's browser is no address, and who calls need not own the number: a code read to them would prove nothing.
    """
    if identity.scheme in ("web", CALLER):
        return False
    return can_reach(identity.scheme) or find_open_account(identity) is not None


def find_own_address(turn: Turn) -> Address | None:
    """Return an address of this person that we can send a code to: the one they write from, else any other.

    To somebody who calls it goes by text message to the number that they seem to call from.
    """
    if turn.identity is not None and turn.identity.scheme == CALLER:
        number = phone_address(turn.identity.address)
        return number if number is not None and can_reach(number.scheme) else None
    mine = [turn.identity] if turn.identity is not None else list(turn.contact.identities.order_by("-assurance", "id"))
    found = next((identity for identity in mine if is_within_reach(identity)), None)
    return Address(found.scheme, found.address) if found else None


def find_account_or_refuse(identity: Identity) -> Account:
    """Return the account through which we may write to this address. Raise Refused if there is none."""
    account = find_account_for(identity.scheme) or find_open_account(identity)
    if account is None:
        raise Refused(explain_unreachable())
    return account


def find_or_create_route(identity: Identity, account: Account, conversation: Conversation) -> Route:
    """Return the route between an address and an account, created in this conversation when first needed."""
    if not in_batch():
        given = {"conversation": conversation}
        return Route.objects.get_or_create(
            agency_id=account.agency_id, identity=identity, account=account, defaults=given
        )[0]
    route = find_route_of(identity.pk, account.pk)
    if route is None:
        route = Route(agency_id=account.agency_id, conversation=conversation, identity=identity, account=account)
        save(route)
        find_route_of.fill({(identity.pk, account.pk): route})
    route.identity, route.account = identity, account
    return route


@atomic()
def write_to(
    identity: Identity,
    what: Say,
    *,
    lane: int = Delivery.Lane.AGENT,
    account: Account | None = None,
    admitted: bool = False,
) -> Message:
    """Send a service message, which its owner asked for, to an address with or without an open conversation.

    ``account``: the one they chose, open to them. ``admitted``: the limits were checked before. Raise Refused if no
    account can, and Limited (see `contacts.services.unverified_addresses`) if the address is unproved and too much was
    sent already.
    """
    if not admitted:
        contacts.count_message_or_refuse(identity)
    account = account or find_account_or_refuse(identity)
    conversation = conversation_of(identity.contact)
    route = find_or_create_route(identity, account, conversation)
    if changed := reassign_route(route, conversation):
        save(route, *changed)
    route.conversation = conversation
    with writing(conversation) as writer:
        return say(writer, route, what, lane=lane, answering=True)


@atomic()
def send_code(
    identity: Identity,
    *,
    purpose: str,
    why: Any,
    title: Callable[[], str] = str,
    subject: str = "",
    asked_by: Contact | None = None,
    lang: str = "he",
    link: str = "",
    account: Account | None = None,
    wish: Mapping[str, object] | None = None,
    admitted: bool = False,
) -> None:
    """Send a one-time code to an address, in ``lang``, through ``account`` if one is given.

    ``why``: what it confirms, as a translatable phrase with ``%(title)s`` for what ``title`` returns, so that nobody
    confirms what somebody else asked for. Use no words in it that an unknown person may have written: they would reach
    a stranger's telephone. ``wish``: see `create_code`. ``admitted``: the limits were checked before. Raise
    MessageLimitReached if too many codes were sent and not used.
    """
    if not admitted:
        contacts.count_message_or_refuse(identity, is_code=True)
    account = account or find_account_or_refuse(identity)
    proof, code = contacts.create_code(identity, purpose=purpose, asked_by=asked_by, subject=subject, wish=wish)
    if not contacts.may_come_in(identity):
        return  # a blocked person gets no message; whoever asks sees the same as for others
    with translation.override(lang):
        url = link.replace("CODE", code)
        links = ((_("Or confirm here"), url),) if link else ()
        text, heading = code_text(identity, code, why, title(), links), _("Your code")
    what = Say(
        text,
        lang=lang,
        links=links,
        subject=heading,
        secrets=(code, url) if link else (code,),
        until=proof.expires,
    )
    write_to(identity, what, account=account, admitted=True)


def code_text(identity: Identity, code: str, why: Any, title: str, links: tuple[tuple[str, str], ...]) -> str:
    """Return the text of a message with a code; for a telephone, the title is cut where that saves a part of an SMS."""
    words = _("Your code %(why)s: %(code)s. Good for 15 minutes. If you did not ask for it, do nothing.")

    def fill(name: str) -> str:
        """Return the text with this title."""
        return words % {"why": str(why) % {"title": name}, "code": code}

    if identity.scheme != "tel":
        return fill(title)
    dots = "..." if title.isascii() else "…"  # an ellipsis would cost a Latin text half of its room

    def cut(most: int) -> str:
        """Return the text with the title cut to this length."""
        return fill(title if len(title) <= most else truncate_text(title, most + len(dots), dots))

    def parts(most: int) -> int:
        """Return how many parts of an SMS the text with this title takes, with the links."""
        return sms_parts(append_links(Say(cut(most), links=links))).parts

    least = parts(TITLE_LENGTHS[0])
    if parts(len(title)) == least:
        return fill(title)
    return cut(TITLE_LENGTHS[bisect_right(TITLE_LENGTHS, least, key=parts) - 1])


@transaction.atomic
def start_link(turn: Turn, address: Address) -> Identity:
    """Send a code to a second address that a person wants to link, and return its identity; raise Refused."""
    identity = contacts.get_or_create_identity(address, language=turn.lang)
    if identity.contact.root().pk == turn.contact.root().pk:
        raise Refused(_("This address is already linked to you."))
    send_code(
        identity,
        purpose="link",
        why=TO_LINK,
        subject=str(turn.contact.root().pk),
        asked_by=turn.contact,
        lang=turn.lang,
    )
    return identity


def finish_link(turn: Turn, identity: Identity, code: str) -> Contact:
    """Check the code from the second address, merge both contacts, and return the merged person's contact.

    Raise ProofFailed; that try stays counted, because it is outside the transaction of the rest.
    """
    mine = turn.contact.root()
    contacts.check_proof(identity, code, purpose="link", subject=str(mine.pk))
    if identity.contact.root().pk != mine.pk and may_have_new_owner(identity):
        # The number's previous owner was somebody else: it is linked alone, without their history.
        return contacts.change_owner(identity, to=mine, how="code", by=turn.actor)
    return merge_proved_contacts(turn, mine, identity)


@transaction.atomic
def merge_proved_contacts(turn: Turn, mine: Contact, identity: Identity) -> Contact:
    """Mark both addresses as proved, merge the newer contact into the older one, and return that one."""
    evidence = {"code_to": identity.pk, "typed_from": turn.identity.pk if turn.identity else None}
    contacts.prove_identity(identity, evidence=evidence, by=turn.actor)
    if turn.identity is not None and not turn.claimed:
        contacts.prove_identity(turn.identity, evidence=evidence, by=turn.actor)
    kept, absorbed = sorted((mine, identity.contact.root()), key=lambda contact: contact.pk)
    contacts.merge_contacts(kept, absorbed, reason="code", evidence=evidence, by=turn.actor)
    return kept
