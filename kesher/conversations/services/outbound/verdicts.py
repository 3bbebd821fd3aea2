"""Whether a message may be sent on a route now: window, consent, opt-out and quiet hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from kesher.agencies.business_hours import is_quiet
from kesher.agencies.models import Agency
from kesher.channels.base import Capabilities, Say
from kesher.contacts.models import Consent
from kesher.contacts.services import find_consent
from kesher.conversations.models import Message, Route
from kesher.conversations.services.automatic_replies import address_limit, describe_limit


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message may be sent. ``code`` is "" (yes), or the reason why not.

    Reasons: automatic, window, refused, consent, quiet, closed, public, private.
    """

    code: str
    message: str = ""
    left: timedelta | None = None  # time left in the window, if the channel has one

    @property
    def ok(self) -> bool:
        """Return whether the message may be sent."""
        return not self.code


def verdict(
    route: Route,
    *,
    capabilities: Capabilities,
    purpose: str,
    now: datetime,
    answering: bool = False,
    template: bool = False,
    agency: Agency | None = None,
    automatic: bool = True,
    public: bool = False,
    private_reply: bool = False,
) -> Verdict:
    """Return whether a message may be sent on a route now, and if not, why.

    ``answering``: it answers what the person wrote just now; ``agency``: whose quiet hours apply (broadcasts only);
    ``automatic``: it was not written by a clerk; ``public``: everybody can read it, and no answering window holds;
    ``private_reply``: it answers a public message, which needs no window either.
    """
    left = None if public or private_reply else window_left(route, capabilities, now, clerk=not automatic)
    if automatic and (limit := address_limit(route.identity, capabilities)):
        return Verdict("automatic", describe_limit(limit), left)
    if unfit := describe_reach(capabilities, public=public):
        return Verdict("public" if public else "private", unfit, left)
    if not is_own_route(route):
        return Verdict("closed", _("This address belongs to somebody else now."), left)
    if route.closed:
        return Verdict("closed", _("Nobody reads this address any more."), left)
    if left is not None and left <= timedelta(0) and not (template and capabilities.templates):
        return Verdict("window", describe_window(capabilities), left)
    if not answering:
        word = find_consent(route.conversation.contact.root(), purpose)
        if word is False:
            return Verdict("refused", _("This person asked us not to write about this."), left)
        if word is None and purpose != Consent.Purpose.SERVICE:
            return Verdict("consent", _("This person has not agreed to such messages."), left)
    if agency is not None and purpose != Consent.Purpose.SERVICE and is_quiet(agency, now):
        return Verdict("quiet", _("These are quiet hours."), left)
    return Verdict("", left=left)


def describe_reach(capabilities: Capabilities, *, public: bool) -> str:
    """Return why a public, or a private, message cannot be sent on such a channel; "" if it can."""
    if public:
        return "" if capabilities.public else _("Nothing can be said in public on this channel.")
    return "" if capabilities.private else _("Everybody can read what is said on this channel.")


def describe_window(capabilities: Capabilities) -> str:
    """Return why nothing may be written on a route in private now."""
    if capabilities.opened_privately:
        return _("This person has not written to us in private here, so we cannot write to them first.")
    return _("The answering window of this channel has closed.")


def is_own_route(route: Route) -> bool:
    """Return whether a route's address still belongs to the person whose conversation it is in."""
    talk, address = route.conversation, route.identity
    return talk.contact_id == address.contact_id or talk.contact.root().pk == address.contact.root().pk


def window_left(route: Route, capabilities: Capabilities, now: datetime, *, clerk: bool = False) -> timedelta | None:
    """Return how long free text may still be sent on this route, by a clerk or by anybody; None without a limit.

    Where a person opens the way by a private message, it is closed to who only wrote in public.
    """
    hours = capabilities.window_hours
    if hours is None:
        must_open = capabilities.opened_privately and route.last_in_at is not None
        return timedelta(0) if must_open and find_private_time(route) is None else None
    last = find_private_time(route) if capabilities.public else route.last_in_at
    if last is None:
        return timedelta(0)
    hours = max(hours, capabilities.agent_window_hours or 0) if clerk else hours
    return last + timedelta(hours=hours) - now


def find_private_time(route: Route) -> datetime | None:
    """Return when the person last wrote on this route in private: what they say in public opens no window."""
    rows = Message.objects.filter(account=route.account_id, identity=route.identity_id, direction="in", public=False)
    found = rows.order_by("-received").values_list("received", flat=True).first()
    return min(found, route.last_in_at) if found and route.last_in_at else None


def mark_late(what: Say, route: Route, capabilities: Capabilities, now: datetime) -> Say:
    """Return a clerk's message; marked, where by now only a clerk may write, so that the provider is told."""
    left = window_left(route, capabilities, now)
    late = capabilities.agent_window_hours is not None and left is not None and left <= timedelta(0)
    return replace(what, is_late=True) if late else what
