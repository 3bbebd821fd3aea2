"""What verbs contribute to other apps: requests that wait for a code as personal data, and the files in them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.core.files.attachments import register_key_holder
from kesher.verbs.models import PendingRequest
from kesher.verbs.services import erase_requests, find_pending_answers


def register_all() -> None:
    """Make the registrations in other apps, once the apps are ready."""
    register_key_holder(find_pending_answers)
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
