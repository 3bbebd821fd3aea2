"""Template tags by which a page listens to live events."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django import template
from django.db.models import QuerySet
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kesher.core.db.prepared_query import Prepared
from kesher.core.live.live_events import sign_live_ticket
from kesher.core.models import LiveEvent

register = template.Library()

LANE = "/live/"


@register.simple_tag
def live_url(streams: str | Iterable[str]) -> str:
    """Return the URL of the event stream of these streams, with a signed ticket for fifteen minutes."""
    return f"{LANE}?{urlencode({'ticket': sign_live_ticket(names_of(streams))})}"


@register.simple_tag(takes_context=True)
def live_body(context: Context) -> SafeString:
    """Return the attributes of `<body>` from which `live.js` opens the event stream.

    The context has `live_streams` (view) or `frame_streams` (base template); without both, return "". A view may give
    `live_since`, the last event that it knows; the default is the newest now, so that events before the browser
    connects are not lost. The tag sets `live_url` in the context.
    """
    streams = names_of(context.get("live_streams") or ())
    streams += [name for name in context.get("frame_streams") or () if name not in streams]
    if not streams:
        return SafeString("")
    since = context.get("live_since")
    if since is None:
        newest = query_newest_event()
        since = newest[0][0] if newest else 0
    context["live_url"] = LANE
    return format_html(
        ' data-live-url="{}" data-live-token-url="{}" data-live-ticket="{}" data-live-since="{}"',
        LANE,
        context.get("live_token_url") or "",
        sign_live_ticket(streams),
        since,
    )


@Prepared.of()
def query_newest_event() -> QuerySet[LiveEvent, tuple[int]]:
    """Return a queryset of the id of the newest live event."""
    return LiveEvent.objects.order_by("-id").values_list("id")[:1]


def names_of(streams: str | Iterable[str]) -> list[str]:
    """Return a list of stream names, given as an iterable or as one text with spaces."""
    return streams.split() if isinstance(streams, str) else [name for name in streams if name]
