"""Staff page that shows suspicious pledges of a purchase and voids them, made by `participation.fraud_desk`.

The page is shared: see `participation.fraud_desk`.
"""

from __future__ import annotations

from django.http import Http404
from django.utils.translation import gettext as _

from kesher.initiatives.desk import describe_watched
from kesher.participation import fraud_desk
from kesher.purchases.desk import get_purchase


def watched(code: str, part: str) -> fraud_desk.Watched:
    """Return what the fraud desk watches in a purchase: its "interest" or its "pledges" (``part``). Raise Http404."""
    found = get_purchase(code)
    parts = {"interest": (found.action, _("Interest")), "pledges": (found.pledging, _("Pledges"))}
    if part not in parts:
        raise Http404
    action, title = parts[part]
    return describe_watched(found, action, part, part=title)


watch, settle, reverse = fraud_desk.build_desk_views(watched)
