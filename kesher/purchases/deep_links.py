"""Links to one group purchase: what to write to us on each channel to join, and links to share it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.conversations.channel_links import Share, encode_query
from kesher.purchases.models import Purchase


def words_to_join(purchase: Purchase) -> str:
    """Return the command to send us to join ("buy 123"), in the reader's language."""
    if purchase.state == Purchase.State.INTEREST:
        return _("interested %(code)s") % {"code": purchase.code}
    return _("buy %(code)s") % {"code": purchase.code}


def shares(purchase: Purchase) -> list[Share]:
    """Return plain links that share a purchase by WhatsApp, Telegram or e-mail, since buttons track readers."""
    page, title = purchase.page_url, purchase.title
    return [
        Share(_("WhatsApp"), "chat", f"https://wa.me/?{encode_query(text=f'{title} {page}')}"),
        Share(_("Telegram"), "send", f"https://t.me/share/url?{encode_query(url=page, text=title)}"),
        Share(_("E-mail"), "mail", f"mailto:?{encode_query(subject=title, body=page)}"),
    ]
