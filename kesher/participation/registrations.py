"""What participation contributes to other apps: personal data to export and to erase, and a handler of a hook."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.participation import services
from kesher.participation.models import Participation
from kesher.participation.services.erasure import erase_participations


def register_all() -> None:
    """Make the registrations in other apps, once the apps are ready.

    A person's vote is secret to others, and is part of the person's own export.
    """
    hooks.contacts_merged.register(services.on_merge)
    register(
        Holding(
            "parts",
            _("What you took part in"),
            ("participation.participation", "participation.codedue", "participation.keptkey"),
            lambda ids: Participation.objects.filter(contact__in=ids),
            {
                "created": _("When"),
                "action__kind": _("Kind"),
                "action__code": _("Number"),
                "name": _("Name"),
                "area": _("Area"),
                "channel": _("Channel"),
                "value": _("Choice"),
                "receipt": _("Receipt"),
                "state": _("State"),
            },
            erase=erase_participations,
            keeps=_(
                "One in a count, without a name: a vote or a signature that was counted stays counted. "
                "As long as one may still take part, also an unreadable mark, so that nobody is counted twice."
            ),
            order=20,
        )
    )
