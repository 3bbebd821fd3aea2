"""Links to one petition: its page, and what to write to us on each channel to sign it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.petitions.models import Petition


def words_to_sign(petition: Petition) -> str:
    """Return the command that signs the petition on any channel ("sign 123"), in the reader's language."""
    return _("sign %(code)s") % {"code": petition.code}


def page_url(petition: Petition) -> str:
    """Return the absolute URL of the petition's page."""
    return absolute(petition.get_absolute_url())


def author_url(petition: Petition) -> str:
    """Return the secret URL of the author's own page of a petition; its key lets a person act as the author."""
    path = reverse("petitions:author", args=[petition.code, petition.author_key])
    return absolute(path)
