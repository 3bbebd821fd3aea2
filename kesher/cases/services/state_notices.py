"""Tell a person in which state their case is, privately or in the public thread in which they asked."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.rules import is_talk
from kesher.channels.base import Say
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import (
    NotNow,
    best_route,
    conversation_of,
    refuse_identifying_data,
    say,
    say_in_thread,
    writing,
)


def state_notice(case: Case, state: str) -> str:
    """Return the standard text that tells a person their case is in this state, in their language."""
    with translation.override(case.conversation.contact.root().language or "he"):
        if case.thread:
            return public_notice(state)
        notice = _("Your request %(number)s: %(state)s.") % {"number": case.number, "state": Case.State(state).label}
        days = case.conversation.agency.reopen_days
        if state != Case.State.SOLVED or not is_talk(case) or not days:
            return notice
        more = ngettext(
            "If something is missing, write to us here within a day, and we open it again.",
            "If something is missing, write to us here within %(days)s days, and we open it again.",
            days,
        )
        return f"{notice} {more % {'days': days}}"


def public_notice(state: str) -> str:
    """Return the standard text for everybody that a request of a thread is in this state. It has no number."""
    if state == Case.State.SOLVED:
        return _("This was handled. Thank you for writing.")
    return _("This is where it stands: %(state)s.") % {"state": Case.State(state).label}


def notify_person(case: Case, message: str = "", *, staff: Staff | None = None) -> Message | None:
    """Send a person a message about their case; return None if no route is open (the desk shows that).

    A clerk's own words are theirs, and end with the standard text, unless they name the case themselves.
    """
    if case.thread:
        return notify_thread(case, message, staff=staff)
    contact = case.conversation.contact.root()
    route = best_route(contact)
    if route is None:
        return None
    notice, own = state_notice(case, case.state), message.strip()
    is_own = bool(own) and own != notice
    text = notice
    if is_own:
        text = own if str(case.number) in own else f"{own}\n\n{notice}"
    lang = contact.language or "he"
    with translation.override(lang):
        try:
            with writing(conversation_of(contact)) as writer:
                author = staff if is_own else None
                return say(writer, route, Say(text, lang=lang), lane=Delivery.Lane.STATUS, author=author)
        except NotNow:
            return None


def notify_thread(case: Case, message: str = "", *, staff: Staff | None = None) -> Message | None:
    """Say in the thread of a public case, for everybody, where it stands; raise Refused for personal words in it.

    Return None if its author deleted what they asked there, or nothing can be said there.
    """
    rows = Message.objects.stream(case.conversation.contact.root().family_ids())
    rows = rows.filter(public=True, direction="in", deleted_at=None, account=case.account, thread=case.thread)
    asked = rows.select_related("identity", "account", "conversation").last()
    if asked is None:
        return None
    own = message.strip()
    refuse_identifying_data(own)
    author = staff if own and own != state_notice(case, case.state) else None
    lang = case.conversation.contact.root().language or asked.lang or "he"
    with translation.override(lang):
        text = own or public_notice(case.state)
        return say_in_thread(asked, Say(text, lang=lang), lane=Delivery.Lane.STATUS, author=author)
