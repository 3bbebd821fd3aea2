"""Read what a person typed at a form's question: an answer to it, or a question of their own."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.core import hooks
from kesher.core.ui.form_fields import PlaceField
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import Skill
from kesher.dialogues.services.prompts import ask_step
from kesher.dialogues.small_talk import is_bare_mark, is_question, is_small_talk
from kesher.language import normalise


def find_known_answer(turn: Turn) -> list[Say]:
    """Return a stored answer that surely fits a question in free text; [] for small talk or a link's text."""
    return [] if turn.opening or is_small_talk(turn.text) else list(hooks.free_text.first(turn=turn) or ())


def answer_side_question(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say]:
    """Return the answer to a person's question at a text field, then the field again; [] if it was none."""
    expects, words = form.expects(session.step), normalise(turn.text)
    if expects not in ("text", "place") or not words or turn.attachments or turn.location:
        return []
    if is_bare_mark(turn.text):
        return [ask_step(turn, session, skill, subject, lead=_("(At any point: back, cancel, agent)"))]
    asks = form.may_ask(session.step) and is_question(turn.text, marked=expects == "place")
    if not asks or words == session.prompt.get("between"):
        return []
    answered = find_known_answer(turn)
    if not answered:
        return []
    lead = _("If that was your answer, write it once more.")
    return [*answered, ask_step(turn, session, skill, subject, lead=lead, between=words)]


def to_raw_answer(turn: Turn, expects: str) -> str | None:
    """Return typed or sent input (file's key, place, text) as a field's raw answer; None if it does not fit."""
    if expects == "file":
        return turn.attachments[0].key if turn.attachments else None
    if expects == "place" and turn.location:
        return PlaceField.as_text(turn.location.lat, turn.location.lon, turn.location.address or turn.location.label)
    return turn.text or None if expects != "choice" else None
