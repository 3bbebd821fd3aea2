"""What dialogues contribute to other apps: unfinished forms as personal data, the files in them, a hook's handler."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.core import hooks
from kesher.core.files.attachments import register_key_holder
from kesher.dialogues import services
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.erasure import erase_forms


def register_all() -> None:
    """Make the registrations in other apps, once the apps are ready."""
    hooks.contacts_merged.register(services.on_merge)
    register_key_holder(services.find_open_answers)
    register(
        Holding(
            "forms",
            _("Forms that you filled in or began"),
            ("dialogues.dialoguesession",),
            lambda ids: DialogueSession.objects.filter(contact__in=ids).exclude(skill=""),
            {"created": _("When"), "skill": _("Form"), "answers": _("Answers"), "state": _("State")},
            erase=erase_forms,
            order=15,
        )
    )
