"""How people come to one petition: what to write on any channel, and links that pass it on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.petitions.models import Petition


def words_to_sign(petition: Petition) -> str:
    """What to write, on any channel, in the reader's language."""
    return _("sign %(code)s") % {"code": petition.code}


def page_url(petition: Petition) -> str:
    """The petition's page as the outside knows it."""
    return absolute(petition.get_absolute_url())
