"""Draw the preview image of a shared link to a petition."""

from __future__ import annotations

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.core.share_image import EDGE, HALF, HIGH, PALE, WHITE, WIDE, Sheet, open_picture, shade
from kesher.core.templatetags.ui import number
from kesher.language import detect, direction
from kesher.petitions.models import Petition


def render_card(petition: Petition, total: int, agency: Agency) -> bytes:
    """Return the petition's share card as PNG bytes: title, number of signatures, command to sign, agency."""
    ground = shade(agency.accent, 0.62)
    title = petition.title
    way = direction(detect(title) or (get_language() or "he")[:2])
    sheet = Sheet(ground, way)
    picture = open_picture(petition.picture)
    wide = WIDE - 2 * EDGE - (HALF if picture is not None else 0)
    if picture is not None:
        sheet.picture(picture)
    sheet.words(agency.name, EDGE - 8, 30, PALE, wide)
    size = 62 if len(title) < 34 else 52
    y = 138
    for text in sheet.lines(title, size, wide)[:4]:
        sheet.words(text, y, size, WHITE, wide)
        y += round(size * 1.32)
    signed = ngettext("%(count)s signature", "%(count)s signatures", total) % {"count": number(total)}
    sheet.words(signed, HIGH - 232, 46, WHITE, wide)
    sheet.bar(HIGH - 150, min(1.0, total / petition.threshold), shade(agency.accent, 1.25), wide)
    sheet.words(_("To sign, write to us: sign %(code)s") % {"code": petition.code}, HIGH - 106, 30, PALE, wide)
    return sheet.png()
