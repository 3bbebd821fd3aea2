"""Base forms that ask a voter or proposer for an address, and the address that a link names."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Identity
from kesher.conversations.contact_address_fields import RobotsMixin, address_field, honeypot
from kesher.core.contact_address import Address


class VoterAddressForm(RobotsMixin):
    """The address to which the answers of this browser are counted."""

    address = address_field(
        help_text=_("We send a code there, so that each person is counted once. It is not shown to anybody.")
    )
    website = honeypot()


class WithdrawalAddressForm(RobotsMixin):
    """The address whose votes and proposals are to be taken back, on a page and in the API."""

    address = address_field(
        label=_("The phone number or e-mail address that you used here"),
        help_text=_("We send a code there, so that nobody but you can do this. It is not shown to anybody."),
    )
    website = honeypot()


def find_linked_address(request: HttpRequest) -> Address | None:
    """Return the address whose identity id is in the query string of a link that we sent, or None."""
    key = request.GET.get("i", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    row = Identity.objects.filter(pk=int(key)).first()
    return Address(row.scheme, row.address) if row is not None else None


def withdrawal_words(gone: bool) -> str:
    """Return the message template about a withdrawn proposal; ``gone`` False: it stays listed for others."""
    if gone:
        return _now("“%(text)s” was taken back.")
    return _now("“%(text)s” stays, since others want it too; it is not in your name any more.")
