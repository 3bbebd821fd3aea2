"""What the pages of every feature say of our doors: their names, the ways to write to us about one thing, and links
that pass a page on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from kesher.agencies.models import in_language
from kesher.channels.registry import channels
from kesher.contacts.addresses import shown
from kesher.conversations.contact_points import Way, ways


def doors(words: str, code: str) -> list[Way]:
    """The agency's public addresses as links that open the channel with these words already there. One query."""
    found = ways(words, start=code)
    return [replace(way, address=shown("tel", way.address)) if way.address.startswith("+") else way for way in found]


def channel_title(name: str) -> str:
    """What people call a channel, or a door that is none."""
    own = {"web": _("This site"), "desk": _("At the counter or by phone"), "api": _("Another site")}
    if name in own:
        return own[name]
    adapter = channels().get(name)
    return in_language(dict(adapter.public_title)) or adapter.title if adapter else name


@dataclass(frozen=True, slots=True)
class Share:
    """One place to pass a page on."""

    title: str
    icon: str
    url: str


def shares(page: str, title: str) -> list[Share]:
    """Links that pass a page on; no script, and nobody else's button that watches our readers."""
    return [
        Share(_("WhatsApp"), "chat", f"https://wa.me/?{query(text=f'{title} {page}')}"),
        Share(_("Telegram"), "send", f"https://t.me/share/url?{query(url=page, text=title)}"),
        Share(_("Facebook"), "users", f"https://www.facebook.com/sharer/sharer.php?{query(u=page)}"),
        Share(_("E-mail"), "mail", f"mailto:?{query(subject=title, body=page)}"),
    ]


def query(**values: str) -> str:
    # A blank as %20: "+" is a plus sign in mailto: (RFC 6068).
    return urlencode(values, quote_via=quote)
