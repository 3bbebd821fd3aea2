"""A verb of the tests alone: three questions and a photo, and a list of what was finished."""

from __future__ import annotations

from typing import Any

from django import forms

from kesher.channels.base import Say
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.core.ui.form_fields import AttachmentField
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill

FINISHED: list[tuple[Turn, dict[str, Any]]] = []
NAME = "tests.bench"


class BenchForm(StepForm):
    colour = forms.ChoiceField(label="Which colour?", choices=[("red", "Red"), ("blue", "Blue")])
    words = forms.CharField(label="What happened?", min_length=5)
    sure = forms.BooleanField(label="Are you sure?")
    photo = AttachmentField(label="A photo?", required=False)


def run(turn: Turn, subject: None, answers: Answers) -> Say:
    if answers["words"].startswith("refuse"):
        raise Refused("Not today. Try tomorrow.")
    FINISHED.append((turn, dict(answers)))
    return Say(f"Thank you. Receipt {len(FINISHED)}.")


def ask_for(contact: Contact, **answers: Any) -> DialogueSession:
    """A running dialogue of this person. The verb is known only from here on: no menu ever offers it."""
    REGISTRY.add(Skill(name=NAME, title="A bench", form=BenchForm, run=run))
    return DialogueSession.objects.create(
        agency_id=contact.agency_id, contact=contact, skill=NAME, answers=answers, door="sms", step="words"
    )
