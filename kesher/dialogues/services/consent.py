"""Chat replies to STOP and START: end our messages to a person, or allow them again."""

from __future__ import annotations

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.contacts import services as contacts
from kesher.contacts.models import Consent, Contact
from kesher.core.http.arrival_time import arrived_at
from kesher.dialogues.answer_matching import is_carrier_start
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.services.sessions import was_cancelled

CROSSING = timedelta(minutes=10)
COMES: dict[str, Promise] = {
    Consent.Purpose.SERVICE: gettext_lazy("answers about your own requests"),
    Consent.Purpose.INFORMATION: gettext_lazy("updates about what you joined"),
    Consent.Purpose.PROMOTION: gettext_lazy("invitations and offers"),
    Consent.Purpose.OPINION: gettext_lazy("messages meant to influence opinions"),
}


def speaking_contact(turn: Turn) -> Contact:
    """Return the contact whose address this turn came from, not the root contact of a merge."""
    return turn.identity.contact if turn.identity else turn.contact


def stop(turn: Turn, *, everything: bool) -> list[Say]:
    """Record that the person refuses our messages (some or all), and return the confirmation."""
    contacts.refuse_messages(speaking_contact(turn), everything=everything, source=turn.door, by=turn.actor)
    if everything:
        return [
            Say(
                _("Done. We will not write to you any more, on any channel. If you write to us, we will answer."),
                lang=turn.lang,
            )
        ]
    return [
        Say(
            _(
                "Done. You will get no more updates or broadcasts from us, on any channel. "
                "Answers about your own open requests will go on; to refuse these too, write “stop all”."
            ),
            lang=turn.lang,
        )
    ]


def start(turn: Turn) -> list[Say]:
    """Undo a person's earlier "stop", and return a text that says what they will get from now on.

    Return [] if there is no stop to take back, or if nothing proves that the message is this person's.
    """
    if turn.claimed or not contacts.undo_refusal(speaking_contact(turn), source=turn.door, by=turn.actor):
        return []
    said = {purpose: contacts.find_consent(turn.contact, purpose) for purpose in COMES}
    said[Consent.Purpose.SERVICE] = said[Consent.Purpose.SERVICE] is not False  # service messages need no consent
    comes = [str(title) for purpose, title in COMES.items() if said[purpose]]
    text = _("Done: we may write to you again. From now on you will get: %(what)s.") % {"what": _(", ").join(comes)}
    rest = _("Nothing else is sent unless you agree to it. To end this, write “stop”.")
    return [Say(f"{text} {rest}", lang=turn.lang)]


def start_by_carrier_word(turn: Turn) -> list[Say]:
    """Undo a "stop" for a word that means "start" only to phone carriers; [] where there is none to undo.

    A "yes" just after a form was cancelled answers its question, which crossed the "stop".
    """
    by_phone = turn.identity is not None and turn.identity.scheme == "tel"
    if not by_phone or not is_carrier_start(turn.text) or was_cancelled(turn.contact, arrived_at() - CROSSING):
        return []
    return start(turn)
