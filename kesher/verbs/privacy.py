"""Register requests that wait for a code as personal data to export and to erase."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.verbs.models import PendingRequest
from kesher.verbs.services import erase_requests


def register_all() -> None:
    """Register the requests that wait for a code as personal data to export and erase."""
    register(
        Holding(
            "pending_requests",
            _("Requests that you have not confirmed"),
            ("verbs.pendingrequest",),
            lambda ids: PendingRequest.objects.filter(identity__contact__in=ids),
            {"created": _("When"), "verb": _("Form"), "answers": _("Answers")},
            erase=erase_requests,
            order=16,
        )
    )
