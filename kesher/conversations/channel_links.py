"""Links to write to the agency on a channel (WhatsApp, SMS …) with ready words, and links to share a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import in_language
from kesher.channels.registry import channels
from kesher.contacts.addresses import format_address
from kesher.conversations.agency_contact_points import Way, contact_links

OWN_TITLES = {
    "web": gettext_lazy("This site"),
    "desk": gettext_lazy("At the counter or by phone"),
    "api": gettext_lazy("Another site"),
}


def message_links(words: str, code: str) -> list[Way]:
    """Return the agency's public addresses as links that begin a message with these words. One query."""
    found = contact_links(words, start=code)
    return [
        replace(way, address=format_own_number(way.address)) if way.address.startswith("+") else way for way in found
    ]


@lru_cache(maxsize=200)
def format_own_number(address: str) -> str:
    """Return a number of the agency's for display."""
    return format_address("tel", address)


def channel_title(name: str) -> str:
    """Return the public name of a channel, or of a door that is not a channel (web, desk, API)."""
    if name in OWN_TITLES:
        return str(OWN_TITLES[name])
    adapter = channels().get(name)
    return in_language(dict(adapter.public_title)) or adapter.title if adapter else name


@dataclass(frozen=True, slots=True)
class Share:
    """A link that shares a page on another service."""

    title: str
    icon: str
    url: str


def share_links(page: str, title: str) -> list[Share]:
    """Return links by which a reader shares a page in other services, without script or tracking."""
    return [
        Share(_("WhatsApp"), "chat", f"https://wa.me/?{encode_query(text=f'{title} {page}')}"),
        Share(_("Telegram"), "send", f"https://t.me/share/url?{encode_query(url=page, text=title)}"),
        Share(_("Facebook"), "users", f"https://www.facebook.com/sharer/sharer.php?{encode_query(u=page)}"),
        Share(_("E-mail"), "mail", f"mailto:?{encode_query(subject=title, body=page)}"),
    ]


def encode_query(**values: str) -> str:
    """Return the values as a URL query string, with %20 for a space."""
    # A space as %20: "+" is a plus sign in mailto: (RFC 6068).
    return urlencode(values, quote_via=quote)
