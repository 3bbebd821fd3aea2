"""What understanding contributes to other apps: the hook that dialogues ask, a desk page, and personal data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.cases.desk_panels import register_link
from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.understanding import services
from kesher.understanding.models import Heard


def register_all() -> None:
    """Make the registrations in other apps, at start-up."""
    hooks.understand.register(services.understand_free_text)
    register_link(
        _("Understanding"),
        "understanding:desk",
        icon="bot",
        order=30,
        place="admin",
        group="topics",
        purpose=_("What the automatic answers understood, and what they got wrong."),
    )
    register(
        Holding(
            "heard",
            _("Messages of yours from which we learn to understand"),
            ("understanding.heard",),
            lambda ids: Heard.objects.filter(contact__in=ids),
            {"created": _("When"), "text": _("Words"), "meant": _("What it meant")},
            erase=services.erase_heard,
            order=43,
        )
    )
