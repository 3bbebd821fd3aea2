"""Finish a chat form on its web page, and say the result in the chat where it began, too."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.core import hooks
from kesher.core.audit import audit
from kesher.core.errors import Refused
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services.form_progress import find_subject, finish_form

State = DialogueSession.State
PAGES: Final = frozenset({"", "web", "api", "desk"})  # doors where nobody waits for a message
_completing: ContextVar[bool] = ContextVar("kesher_completing", default=False)


def is_completing() -> bool:
    """Return whether the code runs inside `complete_form`: a conversation's form is being finished on a page.

    The verb's answer is then sent to the conversation, so nothing else need confirm it.
    """
    return _completing.get()


@transaction.atomic
def complete_form(session: DialogueSession, turn: Turn, answers: Mapping[str, Any]) -> list[Say]:
    """Run a form's skill with the answers from its page, once, and return what to say to the person.

    The conversation that began the form gets the same answer. Raise Refused if the form was sent, or continued
    elsewhere, since the page was shown.
    """
    row = (
        DialogueSession.objects.select_for_update()
        .filter(pk=session.pk, state__in=[State.ACTIVE, State.PARKED])
        .first()
    )
    if row is None or row.contact_id != session.contact_id:
        raise Refused(_("This form was sent already, or went on elsewhere. Nothing was sent twice."))
    skill, began_at = REGISTRY[session.skill], row.door
    session.answers = dict(answers)
    audit("dialogues.continue", by=turn.actor, subject=session, skill=skill.name)
    token = _completing.set(began_at not in PAGES)
    try:
        with translation.override(turn.lang):
            says = finish_form(turn, session, skill, find_subject(session, skill))
    finally:
        _completing.reset(token)
    if began_at not in PAGES and session.state not in (State.ACTIVE, State.PARKED):
        hooks.completed(contact=session.contact, door=began_at, says=says)
    return says
