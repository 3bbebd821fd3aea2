"""The desk's watch over a purchase: over whoever is interested, and whoever pledged; the page that all share
(`participation.fraud_desk`), at its addresses."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse as address
from django.utils.translation import gettext as _

from kesher.conversations.channel_links import channel_title
from kesher.participation import fraud_desk
from kesher.participation.assurance_labels import level_title
from kesher.purchases.desk import find


def watched(code: str, part: str) -> fraud_desk.Watched:
    found = find(code)
    parts = {"interest": (found.action, _("Interest")), "pledges": (found.pledging, _("Pledges"))}
    if part not in parts:
        raise Http404
    action, title = parts[part]
    return fraud_desk.Watched(
        action,
        found.title,
        page=address("purchases:desk-watch", args=[found.code, part]),
        back=address("purchases:desk-purchase", args=[found.code]),
        part=title,
        channel=channel_title,
        level=level_title,
    )


watch, settle, reverse = fraud_desk.build_desk_views(watched)
