"""Send one confirmation to a proved address of what somebody did on a page or through the API.

In a conversation the verb's answer is the confirmation, so nothing is sent there; a form that a conversation began is
confirmed by that answer, wherever it is finished. An unproved address gets nothing: it may be a stranger's telephone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from django.db import transaction
from django.utils import translation

from kesher.channels.base import Say
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import find_consent
from kesher.conversations.models import Delivery
from kesher.conversations.services.conversation_writer import conversation_of, writing
from kesher.conversations.services.identity_linkage import write_to
from kesher.conversations.services.outbound import NotNow, merge_adjacent_messages, routes_by_preference, say
from kesher.core.audit import SYSTEM, audit
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.i18n.text_truncation import truncate_text
from kesher.dialogues.services import close_forms, is_completing
from kesher.language import sms_parts

SILENT_DOORS: Final = frozenset({"web", "api"})
AN_HOUR: Final = 10
SHORT: Final = 24  # characters of a title where each part of a text is billed
PARTS: Final = 2  # of an SMS


def confirm_commitment(
    identity: Identity, make: Callable[[], Say], *, door: str, forms: Collection[str] = (), subject: str = ""
) -> bool:
    """Send a person the confirmation that ``make`` returns, in the page's language; return whether it was.

    First end the ``forms`` about ``subject`` that this person left in a conversation. A failure never fails the verb:
    the page has shown the same.
    """
    identity = identity.again()
    if door in SILENT_DOORS and forms:
        close_forms(identity.contact, forms, subject)
    if door not in SILENT_DOORS or identity.assurance < 1 or is_completing():
        return False
    if find_consent(identity.contact.root(), Consent.Purpose.SERVICE) is False:
        return False
    if not allow(f"confirmation:{identity.pk}", AN_HOUR, 3600):
        return False
    with translation.override((translation.get_language() or "he")[:2]):
        what = make()
    try:
        with transaction.atomic():
            write_to(identity, what, lane=Delivery.Lane.STATUS)
    except (NotNow, Refused):
        return False
    audit("conversations.confirm", by=SYSTEM, subject=identity, door=door)
    return True


def on_completed(*, contact: Contact, door: str, says: Sequence[Say]) -> None:
    """Repeat, in the conversation that began a form, what the form's page said when it was finished.

    Options are left out: their keys belong to the page, not to this channel.
    """
    routes = (
        route for route in routes_by_preference(contact.root()) if route.account.channel == door and route.last_in_at
    )
    route = next(routes, None)
    if route is None:
        return
    told = [replace(what, options=(), nonce="") for what in says]
    try:
        with transaction.atomic(), writing(conversation_of(contact)) as writer:
            for what in merge_adjacent_messages(told) if route.account.capabilities().joined else told:
                say(writer, route, what, lane=Delivery.Lane.STATUS)
    except NotNow:
        return
    audit("conversations.confirm", by=SYSTEM, subject=route.identity, door=door)


def is_billed_by_part(identity: Identity) -> bool:
    """Return whether messages to this address are billed by SMS parts, so that they must be short."""
    return identity.scheme == "tel"


def shorten_title(identity: Identity, title: str, most: int = SHORT) -> str:
    """Return a title, cut to ``most`` characters if messages to this address are billed by SMS parts."""
    return truncate_text(title, most) if is_billed_by_part(identity) else title


def fits_confirmation(text: str) -> bool:
    """Return whether a text fits into the number of SMS parts that a confirmation may have."""
    return sms_parts(text).parts <= PARTS
