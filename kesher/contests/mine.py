"""Whose answers these are: the form that asks for an address, and the address that a link brings along."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kesher.contacts.models import Identity
from kesher.conversations.fields import RobotsMixin, address_field, honeypot
from kesher.core.address import Address


class MineForm(RobotsMixin):
    """An address, so that what waits in this browser is counted."""

    address = address_field(
        help_text=_("We send a code there, so that each person is counted once. It is not shown to anybody.")
    )
    website = honeypot()


def waiting_address(request: HttpRequest) -> Address | None:
    """The address that the link of our message names by its key, which names nobody to anybody else."""
    key = request.GET.get("i", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    row = Identity.objects.filter(pk=int(key)).first()
    return Address(row.scheme, row.address) if row is not None else None
