"""Register unfinished chat forms as personal data to export and to erase."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.erasure import erase_forms


def register_all() -> None:
    """Register unfinished forms as personal data to export and erase, once the apps are ready."""
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
