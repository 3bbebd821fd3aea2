"""How people come to one petition: what to write on any channel, and links that pass it on."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from kesher.petitions.models import Petition


def words_to_sign(petition: Petition) -> str:
    """What to write, on any channel, in the reader's language."""
    return _("sign %(code)s") % {"code": petition.code}


def page_url(petition: Petition) -> str:
    """The petition's page as the outside knows it."""
    return settings.KESHER_PUBLIC_URL.rstrip("/") + petition.get_absolute_url()
