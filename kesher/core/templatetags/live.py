"""How a page hears what changed: the attributes from which ``live.js`` opens its stream of events."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kesher.core.live import sign_live_ticket
from kesher.core.models import LiveEvent

register = template.Library()

LANE = "/live/"


@register.simple_tag
def live_url(streams: str | Iterable[str]) -> str:
    """The address that tells what happens in these streams, with a ticket for a quarter of an hour."""
    return f"{LANE}?{urlencode({'ticket': sign_live_ticket(names_of(streams))})}"


@register.simple_tag(takes_context=True)
def live_body(context: Context) -> SafeString:
    """``<body{% live_body %}>``: what a page needs whose view says ``live_streams``, or whose frame has
    ``frame_streams``; nothing for any other.

    A view may give ``live_since``, the event after which it wants to hear the rest. Without it that is the newest one
    at this moment, so that what happens until the browser listens is not lost. Afterwards ``live_url`` is set.
    """
    streams = names_of(context.get("live_streams") or ())
    streams += [name for name in context.get("frame_streams") or () if name not in streams]
    if not streams:
        return SafeString("")
    since = context.get("live_since")
    if since is None:
        since = LiveEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    context["live_url"] = LANE
    return format_html(
        ' data-live-url="{}" data-live-token-url="{}" data-live-ticket="{}" data-live-since="{}"',
        LANE,
        context.get("live_token_url") or "",
        sign_live_ticket(streams),
        since,
    )


def names_of(streams: str | Iterable[str]) -> list[str]:
    """Stream names, given as several or as one text with spaces between them."""
    return streams.split() if isinstance(streams, str) else [name for name in streams if name]
