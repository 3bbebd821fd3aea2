"""List how the public reaches the agency: links to its channels, the web chat and the telephone number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency, in_language
from kesher.channels.models import Account
from kesher.conversations.webchat_presenter import chat_account
from kesher.core.db.prepared_query import Prepared


@dataclass(frozen=True, slots=True)
class Way:
    """One public address of the agency. ``url`` opens its channel on the person's device, with the words filled in."""

    channel: str
    title: str
    address: str
    url: str
    icon: str


# By the kind of link, so that a new channel needs no line here.
ICONS = {"sms": "smartphone", "mailto": "mail", "tel": "phone"}


@Prepared.of()
def query_public_accounts() -> QuerySet[Account]:
    """Return a queryset of the accounts to which the public may write, in the agency's order."""
    shown = ("channel", "names", "address", "shown_address")  # not the secrets, which would be decrypted
    return Account.objects.filter(is_active=True, is_public=True).order_by("order", "id").only(*shown)


def contact_links(words: str = "", start: str = "") -> list[Way]:
    """Return the agency's public addresses that a link can open, in its order, with ``words`` filled in.

    ``words``: what the person will send there; ``start``: the same as a short payload, for channels that begin with
    one.
    """
    found = []
    for account in query_public_accounts():
        try:
            adapter = account.adapter
        except KeyError:
            continue  # the package of this channel was removed
        address = account.shown_address or account.address
        url = adapter.write_link(address, words, start)
        if url:
            title = in_language(account.names) or in_language(dict(adapter.public_title)) or adapter.title
            icon = ICONS.get(url.partition(":")[0], "chat")
            found.append(Way(account.channel, title, address, url, icon))
    return found


def all_contact_points(agency: Agency) -> list[Way]:
    """Return each way to reach the agency once: the chat, its public addresses in order, the telephone last."""
    found = [Way("webchat", _("Chat"), "", reverse("conversations:chat"), "message")] if chat_account() else []
    titles = {way.title for way in found}
    for way in contact_links():
        if way.title not in titles:  # two SMS providers are the same to a citizen
            found.append(way)
            titles.add(way.title)
    if number := str(agency.contact.get("phone", "")):
        found.append(Way("phone", number, number, f"tel:{number}", "phone"))
    return found
