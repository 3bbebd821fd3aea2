"""How people come to one purchase: what to write on any channel, and links that pass it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from kesher.agencies.models import in_language
from kesher.channels.registry import channels
from kesher.contacts.addresses import shown
from kesher.conversations.ways import Way, ways
from kesher.purchases.models import Purchase
from kesher.purchases.services import page_url


def words_to_join(purchase: Purchase) -> str:
    """What to write, on any channel, in the reader's language."""
    if purchase.state == Purchase.State.INTEREST:
        return _("interested %(code)s") % {"code": purchase.code}
    return _("buy %(code)s") % {"code": purchase.code}


def doors(purchase: Purchase) -> list[Way]:
    """The agency's public addresses as links that open the channel with the words already there. One query."""
    found = ways(words_to_join(purchase), start=purchase.code)
    return [replace(way, address=shown("tel", way.address)) if way.address.startswith("+") else way for way in found]


def channel_title(name: str) -> str:
    """What people call a channel, or a door that is none."""
    own = {
        "": _("The system"),
        "web": _("This site"),
        "desk": _("At the counter or by phone"),
        "api": _("Another site"),
    }
    if name in own:
        return own[name]
    adapter = channels().get(name)
    return in_language(dict(adapter.public_title)) or adapter.title if adapter else name


@dataclass(frozen=True, slots=True)
class Share:
    """One place to pass a purchase on."""

    title: str
    icon: str
    url: str


def shares(purchase: Purchase) -> list[Share]:
    """Links that pass it on; no script, and nobody else's button that watches our readers."""
    page, title = page_url(purchase), purchase.title

    def query(**values: str) -> str:
        return urlencode(values, quote_via=quote)  # a blank as %20: "+" is a plus sign in mailto:

    return [
        Share(_("WhatsApp"), "chat", f"https://wa.me/?{query(text=f'{title} {page}')}"),
        Share(_("Telegram"), "send", f"https://t.me/share/url?{query(url=page, text=title)}"),
        Share(_("E-mail"), "mail", f"mailto:?{query(subject=title, body=page)}"),
    ]
