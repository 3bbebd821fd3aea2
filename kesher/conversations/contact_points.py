"""Where people may write to us: the agency's public addresses, each as a link that opens that channel; and, for the
pages that show every way, our own chat and the telephone."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency, in_language
from kesher.channels.models import Account
from kesher.conversations.webchat_presenter import chat_account


@dataclass(frozen=True, slots=True)
class Way:
    """One address of ours. ``url`` opens its channel on the person's device, with the words ready to be sent."""

    channel: str
    title: str
    address: str
    url: str
    icon: str


# By what kind of link it is, so that a new channel needs no line here.
ICONS = {"sms": "smartphone", "mailto": "mail", "tel": "phone"}


def ways(words: str = "", start: str = "") -> list[Way]:
    """The public addresses that a link can open, in the agency's order. ``words``: what the person will send there;
    ``start``: the same as a short payload, for channels that begin with one."""
    found = []
    for account in Account.objects.filter(is_active=True, is_public=True).order_by("order", "id"):
        try:
            adapter = account.adapter
        except KeyError:
            continue  # the package that brought this channel is gone
        address = account.shown_address or account.address
        url = adapter.write_link(address, words, start)
        if url:
            title = in_language(account.names) or in_language(dict(adapter.public_title)) or adapter.title
            icon = ICONS.get(url.partition(":")[0], "chat")
            found.append(Way(account.channel, title, address, url, icon))
    return found


def every_way(agency: Agency) -> list[Way]:
    """Each way to reach the agency once: the chat, its public addresses in its order, the telephone last."""
    found = [Way("webchat", _("Chat"), "", reverse("conversations:chat"), "message")] if chat_account() else []
    titles = {way.title for way in found}
    for way in ways():
        if way.title not in titles:  # two SMS providers are one way to a citizen
            found.append(way)
            titles.add(way.title)
    if number := str(agency.contact.get("phone", "")):
        found.append(Way("phone", number, number, f"tel:{number}", "phone"))
    return found
