"""The option under a notice: what the person wrote about is something else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kesher.channels.base import Say
from kesher.conversations.models import Message
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.services import offer_menu, take_turn
from kesher.dialogues.understood import Understood
from kesher.incidents import services
from kesher.incidents.models import Incident
from kesher.incidents.services.notices import NOT_IT, NOT_IT_TITLE
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import find_model, has_models
from kesher.understanding.understand import understand


class NotItForm(StepForm):
    """A form without fields: the option says it all."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The incident that a message is not about, and the message's number in its conversation."""

    incident: int
    seq: int


def parse_disagreement(code: str) -> Disagreement | None:
    """Return the incident and the message of an option's code ("12-34"); None where there is no such incident."""
    pk, _dash, seq = code.partition("-")
    if not (pk.isdecimal() and seq.isdecimal() and len(code) < 30):
        return None
    return Disagreement(int(pk), int(seq)) if Incident.objects.filter(pk=int(pk)).exists() else None


@skill(NOT_IT, title=NOT_IT_TITLE, form=NotItForm, subject=parse_disagreement, needs_subject=True, commits=False)
def leave(turn: Turn, subject: Disagreement, answers: Answers) -> Say | list[Say]:
    """Take the person out of the incident, and reply to their message as usual."""
    services.leave_incident(subject.incident, turn.contact, by=turn.actor)
    rows = Message.objects.filter(conversation__contact__in=turn.contact.family_ids(), seq=subject.seq)
    message = rows.filter(direction=Message.Direction.IN).first()
    if message is None:
        return offer_menu(turn)
    text = message.text.strip()
    return take_turn(replace(turn, text=text, choice="", understood=understand_again(text, turn)), None)


def understand_again(text: str, turn: Turn) -> Understood | None:
    """Return what a text means, without counting it a second time."""
    model = find_model(own_examples()) if has_models() else None
    return understand(text, turn.lang, channel=turn.door, model=model) if model is not None else None
