"""Draw the preview image of a shared link to a petition."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import Agency
from kesher.core.output.share_image import HIGH
from kesher.core.templatetags.ui import number
from kesher.initiatives.share_image import ShareCard
from kesher.petitions.models import Petition


def render_card(petition: Petition, total: int, agency: Agency) -> bytes:
    """Return the petition's share card as PNG bytes: title, number of signatures, command to sign, agency."""
    title = petition.title
    card = ShareCard(agency, petition, title)
    card.headline(title, 138, 62 if len(title) < 34 else 52)
    signed = ngettext("%(count)s signature", "%(count)s signatures", total) % {"count": number(total)}
    card.line(signed, HIGH - 232, 46)
    card.bar(HIGH - 150, min(1.0, total / petition.threshold))
    card.line(_("To sign, write to us: sign %(code)s") % {"code": petition.code}, HIGH - 106, 30, pale=True)
    return card.sheet.png()
