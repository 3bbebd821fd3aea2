"""Tell a person in which state their case is, in a standard text or in a clerk's own words."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.rules import is_talk
from kesher.channels.base import Say
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import NotNow, best_route, conversation_of, say, writing


def state_notice(case: Case, state: str) -> str:
    """Return the standard text that tells a person their case is in this state, in their language."""
    with translation.override(case.conversation.contact.root().language or "he"):
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


def notify_person(case: Case, message: str = "", *, staff: Staff | None = None) -> Message | None:
    """Send a person a message about their case; return None if no route is open (the desk shows that).

    A clerk's own words are theirs, and end with the standard text, unless they name the case themselves.
    """
    contact = case.conversation.contact.root()
    route = best_route(contact)
    if route is None:
        return None
    notice, own = state_notice(case, case.state), message.strip()
    is_own = bool(own) and own != notice
    text = own if is_own and str(case.number) in own else "\n\n".join(filter(None, [own if is_own else "", notice]))
    lang = contact.language or "he"
    with translation.override(lang):
        try:
            with writing(conversation_of(contact)) as writer:
                author = staff if is_own else None
                return say(writer, route, Say(text, lang=lang), lane=Delivery.Lane.STATUS, author=author)
        except NotNow:
            return None
