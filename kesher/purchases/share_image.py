"""Draw the preview image of a shared link: what is bought, the price, how many more to the next step."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.core.output.share_image import HIGH
from kesher.initiatives.share_image import ShareCard
from kesher.purchases.deep_links import words_to_join
from kesher.purchases.models import Purchase
from kesher.purchases.presenters import numbers


def picture_card(agency: Agency, purchase: Purchase) -> bytes:
    """Return the purchase's share picture as PNG."""
    title, now = purchase.title, numbers(purchase)
    card = ShareCard(agency, purchase, title)
    card.headline(title, 130, 62 if len(title) < 34 else 52, most=3)
    if now.price:
        card.line(now.price, HIGH - 308, 72)
        card.line(now.line, HIGH - 194, 34, pale=True)
        card.bar(HIGH - 136, now.share / now.aim)
    else:
        card.line(now.people_line, HIGH - 176, 46)
    if purchase.is_open or purchase.state == Purchase.State.INTEREST:
        card.line(f"{_('Write to us:')} {words_to_join(purchase)}", HIGH - 92, 34)
    return card.sheet.png()
