"""Draw the preview image of a shared link: what is bought, the price, how many more to the next step."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.core.share_image import EDGE, HALF, HIGH, PALE, WHITE, WIDE, Sheet, open_picture, shade
from kesher.language import detect, direction
from kesher.purchases.deep_links import words_to_join
from kesher.purchases.models import Purchase
from kesher.purchases.presenters import numbers


def picture_card(agency: Agency, purchase: Purchase) -> bytes:
    """Return the purchase's share picture as PNG."""
    title, now = purchase.title, numbers(purchase)
    sheet = Sheet(shade(agency.accent, 0.62), direction(detect(title) or (get_language() or "he")[:2]))
    picture = open_picture(purchase.picture)
    wide = WIDE - 2 * EDGE - (HALF if picture is not None else 0)
    if picture is not None:
        sheet.picture(picture)
    sheet.words(agency.name, EDGE - 8, 30, PALE, wide)
    size = 62 if len(title) < 34 else 52
    y = 130
    for text in sheet.lines(title, size, wide)[:3]:
        sheet.words(text, y, size, WHITE, wide)
        y += round(size * 1.32)
    if now.price:
        sheet.words(now.price, HIGH - 308, 72, WHITE, wide)
        sheet.words(now.line, HIGH - 194, 34, PALE, wide)
        sheet.bar(HIGH - 136, now.share / now.aim, shade(agency.accent, 1.25), wide)
    else:
        sheet.words(now.people_line, HIGH - 176, 46, WHITE, wide)
    if purchase.is_open or purchase.state == Purchase.State.INTEREST:
        sheet.words(f"{_('Write to us:')} {words_to_join(purchase)}", HIGH - 92, 34, WHITE, wide)
    return sheet.png()
