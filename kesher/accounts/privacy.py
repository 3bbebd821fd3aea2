"""Register sign-ins and keys as personal data to export and to erase (see `contacts.privacy_registry`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.accounts.models import Keyring, SignIn
from kesher.accounts.services.erasure import erase_keys
from kesher.contacts.privacy_registry import Holding, register


def register_all() -> None:
    """Register the personal data of this app (sign-ins and keys) for exports and erasures."""
    register(
        Holding(
            "sign-ins",
            _("Where you signed in"),
            ("accounts.signin",),
            lambda ids: SignIn.objects.filter(contact__in=ids),
            {"started": _("When"), "device": _("Device"), "way": _("How"), "seen_at": _("Last seen")},
            erase=erase_keys,
            order=30,
        )
    )
    register(
        Holding(
            "keyrings",
            _("Your keys"),
            ("accounts.keyring",),
            lambda ids: Keyring.objects.filter(contact__in=ids),
            {"user__date_joined": _("Since"), "user__last_login": _("Last used")},
            keeps=_("An empty ring that opens nothing."),
            order=31,
        )
    )
