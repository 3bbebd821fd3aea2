"""Rules: may an unfinished form still be opened by its link, and may this message change what a person has here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from kesher.agencies.base_url import absolute
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import Skill

LINK_LIFE = timedelta(hours=24)
OPEN_STATES = (DialogueSession.State.ACTIVE, DialogueSession.State.PARKED)


def may_continue(session: DialogueSession, now: datetime) -> bool:
    """Return whether a form is unfinished and was used in the last day, so that a link may still open it."""
    fresh = session.updated > now - LINK_LIFE
    person = session.contact.status == Contact.Status.ACTIVE
    return bool(session.skill) and session.state in OPEN_STATES and fresh and person


def check_sender(turn: Turn, skill: Skill) -> None:
    """Raise Refused if a skill changes what a person has here, and nothing proves that they wrote this message."""
    if turn.claimed and skill.changes_own:
        words = choose_wording(
            _(
                "We could not check that this message came from your address, so nothing was changed. "
                "Write to us from your phone, or sign in here: %(link)s"
            ),
            _(
                "In a call we cannot check that it is you, so nothing was changed. "
                "Please sign in on our website, or press 0 to talk to a person."
            ),
        )
        raise Refused(words % {"link": absolute("/")})
