"""Finishing a form from its page: it is over in the conversation that began it, too, and that conversation is told."""

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
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.services.engine import finish, subject_of
from kesher.dialogues.turn import REGISTRY, Turn

State = DialogueSession.State
PAGES: Final = frozenset({"", "web", "api", "desk"})  # doors behind which nobody waits for a message
_completing: ContextVar[bool] = ContextVar("kesher_completing", default=False)


def is_completing() -> bool:
    """Is the form of a conversation being finished on its page now? What the verb answers is told there, so nothing
    else need confirm it."""
    return _completing.get()


@transaction.atomic
def complete(session: DialogueSession, turn: Turn, answers: Mapping[str, Any]) -> list[Say]:
    """Finish a form from its page: the same last step as in a conversation, once, in the language of ``turn``; the
    conversation that began the form hears the same. Raises Refused where it was sent, or went on elsewhere, since the
    page was shown."""
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
            says = finish(turn, session, skill, subject_of(session, skill))
    finally:
        _completing.reset(token)
    if began_at not in PAGES and session.state not in (State.ACTIVE, State.PARKED):
        hooks.completed(contact=session.contact, door=began_at, says=says)
    return says
