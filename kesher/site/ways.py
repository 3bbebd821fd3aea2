"""The ways to reach a public body from the front page: our own chat, every public address, the telephone."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency
from kesher.conversations.chat import chat_account
from kesher.conversations.ways import Way
from kesher.conversations.ways import ways as addresses


def ways(agency: Agency) -> list[Way]:
    """Each way once, in the agency's order; the telephone last."""
    found = [Way("webchat", _("Chat"), "", reverse("conversations:chat"), "message")] if chat_account() else []
    titles = {way.title for way in found}
    for way in addresses():
        if way.title not in titles:  # two SMS providers are one way to a citizen
            found.append(way)
            titles.add(way.title)
    if number := str(agency.contact.get("phone", "")):
        found.append(Way("phone", number, number, f"tel:{number}", "phone"))
    return found
