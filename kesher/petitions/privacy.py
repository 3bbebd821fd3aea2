"""Register started petitions as personal data to export and to erase (see `contacts.privacy_registry`)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.contacts.privacy_registry import Holding, register
from kesher.petitions.models import Petition
from kesher.petitions.services.erasure import erase_author


def register_all() -> None:
    """Register what petitions store about people, for data export and erasure; called at start-up."""
    register(
        Holding(
            "petitions",
            _("Petitions that you started"),
            ("petitions.petition",),
            lambda ids: Petition.objects.filter(author__in=ids),
            {
                "action__code": _("Number"),
                "titles": _("Title"),
                "demands": _("Demand"),
                "backgrounds": _("Background"),
                "author_name": _("Name"),
                "moderation": _("State"),
                "created": _("When"),
            },
            erase=erase_author,
            keeps=_("The text of a published petition, without your name: others have signed it."),
            order=21,
        )
    )
