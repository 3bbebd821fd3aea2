"""The name and icon of a channel, or of a way without an account, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import in_language
from kesher.channels.base import AccountInfo, Channel
from kesher.channels.registry import channels

# Ways without an account.
OWN: dict[str, tuple[Promise, str]] = {
    "phone": (_("Phone"), "phone-call"),
    "counter": (_("At the counter"), "building"),
    "web": (_("Web page"), "globe"),
    "desk": (_("At the desk"), "user"),
    "api": (_("Another system"), "link"),
}
SCHEMES = {
    "tel": "phone",
    "call": "phone-call",
    "mailto": "mail",
    "web": "globe",
    "tg": "send",
    "idp": "shield",
    **dict.fromkeys(("messenger", "instagram"), "chat"),
}


@dataclass(frozen=True, slots=True)
class ChannelBadge:
    """A channel's name in the reader's language, and its icon."""

    title: str
    icon: str


def channel_badge(name: str) -> ChannelBadge:
    """Return the title and icon of a channel, or of "web", "desk" …; a removed channel keeps its plain name."""
    if name in OWN:
        title, picture = OWN[name]
        return ChannelBadge(str(title), picture)
    found = channels().get(name)
    return (
        ChannelBadge(public_title(found), channel_icon(name)) if found else ChannelBadge(name, "chat" if name else "")
    )


def public_title(channel: Channel) -> str:
    """Return the channel's name as the public sees it."""
    return in_language(dict(channel.public_title)) or channel.title


@cache
def channel_icon(name: str) -> str:
    """Return the icon name for a channel, chosen by its capabilities: billed by parts is a text message, etc."""
    channel = channels()[name]
    can = channel.capabilities(AccountInfo(key="", channel=name))
    if can.voice:
        return "phone"
    if can.hosted:
        return "message"
    if can.part is not None:
        return "smartphone"
    return "mail" if "mailto" in can.schemes else "send" if "tg" in can.schemes else "chat"


def scheme_icon(scheme: str) -> str:
    """Return the icon name for a kind of address, such as "tel" or "mail"."""
    return SCHEMES.get(scheme, "at")
