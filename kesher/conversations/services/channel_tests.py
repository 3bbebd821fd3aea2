"""Send a test message through an account, to an address that an administrator gives."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.channels.base import Address, Say
from kesher.channels.models import Account
from kesher.channels.phone_numbers import phone_address
from kesher.channels.services import note_test
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Message, Route
from kesher.conversations.services.identity_linkage import write_to
from kesher.conversations.services.outbound import window_left
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow

TESTS_A_DAY = 20  # of an agency


def send_test(account: Account, address: str, *, by: Actor) -> Message:
    """Send a test message through this account by the ordinary delivery path, and return it. Raise Refused."""
    to = read_address(account, address)
    if not account.is_active:
        raise Refused(_("This channel is switched off. Switch it on first."))
    if not allow(f"channel-test:{account.agency_id}", TESTS_A_DAY, 86_400):
        raise Refused(_("No more tests today: %(most)s a day are allowed.") % {"most": TESTS_A_DAY})
    return write_test(account, to, by=by)


@transaction.atomic
def write_test(account: Account, to: Address, *, by: Actor) -> Message:
    """Queue the test message to an address, and note that it was the account's last. Raise Refused."""
    lang = (get_language() or "he")[:2]
    identity = get_or_create_identity(to, language=lang)
    if must_write_first(account, identity):
        raise Refused(
            _(
                "On this channel nobody may be written to first. Write to it from this address, and try again within a "
                "day."
            )
        )
    at = date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")
    words = _("This is a test message from %(agency)s, %(at)s. There is nothing to do.")
    text = words % {"agency": account.agency.name, "at": at}
    message = write_to(identity, Say(text, lang=lang, subject=_("Test message")), account=account)
    note_test(account, message.pk, by=by)
    return message


def read_address(account: Account, text: str) -> Address:
    """Return what was typed as an address that the account can send to. Raise Refused."""
    typed = text.strip()
    for scheme in account.capabilities().schemes:
        if scheme == "tel" and (number := phone_address(typed)):
            return number
        if scheme == "mailto" and is_mailbox(typed):
            return Address("mailto", typed.lower())
        if scheme == "tg" and typed.isdecimal() and len(typed) < 20:
            return Address("tg", typed)
    raise Refused(_("This channel cannot write to such an address. Check what you typed."))


def is_mailbox(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def must_write_first(account: Account, identity: Identity) -> bool:
    """Return whether this address has to write to the account before it may be written to."""
    can = account.capabilities()
    if can.direct and can.window_hours is None:
        return False
    route = Route.objects.filter(identity=identity, account=account, closed=False, last_in_at__isnull=False).first()
    left = window_left(route, can, timezone.now()) if route else None
    return route is None or (left is not None and left.total_seconds() <= 0)
