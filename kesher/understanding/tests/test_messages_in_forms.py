"""Ordinary answers stay answers, and a change of mind leaves the form: sixty of each, in four languages.

The small model of the tests knows a few classes and no things of an agency; with the whole model and the demo's things,
60 of the answers and 59 of the interruptions are taken for what they are.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from django import forms

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.core.ui.form_fields import AttachmentField, PlaceField
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.services.form_answers import answer_question
from kesher.understanding.learning.model_store import Model
from kesher.understanding.services import understand_free_text

ROWS = [line.split("\t") for line in Path(__file__).with_name("messages_in_forms.tsv").read_text("utf-8").splitlines()]
ANSWERS, INTERRUPTIONS = 60, 39  # what the small model gets right
# Which form asks for what.
RUNNING = {"name": "petitions.sign", "title": "petitions.start", "amount": "purchases.pledge"}


class EveryForm(StepForm):
    takes_questions = ("title",)
    name = forms.CharField()
    title = forms.CharField()
    amount = forms.CharField()
    place = PlaceField()
    words = forms.CharField(widget=forms.Textarea)
    choice = forms.BooleanField()
    file = AttachmentField(required=False)
    last = forms.BooleanField()


def outcome(person: Identity, lang: str, step: str, text: str) -> str:
    """Return what a message at a question does: "answer", "again", "aside" (a question of theirs) or a key to run."""
    name = RUNNING.get(step, "reports.report")
    known = dict.fromkeys(EveryForm.base_fields, "")
    known.pop(step)
    known.pop("last", None)
    session = DialogueSession(
        agency_id=person.agency_id, contact=person.contact, skill=name, step=step, answers=known, door="sms"
    )
    form = "options" if step in ("choice", "file") else "words"
    found = understand_free_text(contact=person.contact, text=text, lang=lang, channel="sms", form=form)
    turn = Turn(person.contact, "sms", lang, person, text, understood=found)
    session.save()
    said = answer_question(turn, session, "")
    DialogueSession.objects.filter(contact=person.contact).update(state=DialogueSession.State.DONE)
    if isinstance(said, str):
        return "answer" if said == "skip" and step == "file" else said
    if step in session.answers:
        return "answer"
    words = [say.text for say in said]
    return "stop" if "stop sending you messages" in str(words) else "aside" if len(words) > 1 else "again"


def counts(person: Identity, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how many ordinary answers and interruptions are taken for what they are; print the others."""
    for name in ("reports.report", *RUNNING.values()):
        entry = Skill(name=name, title=name, form=EveryForm, run=lambda *_args: Say("Done."))
        monkeypatch.setitem(REGISTRY.skills, name, entry)
    right: Counter[str] = Counter()
    for lang, step, what, text in ROWS:
        did = outcome(person, lang, step, text)
        if (did == "answer") == (what == "answer") and did != "again":
            right["answer" if what == "answer" else "interruption"] += 1
        else:
            print(lang, step, what, text, did)
    return right


def test_there_are_sixty_of_each_in_four_languages() -> None:
    kinds = Counter((lang, what == "answer") for lang, _step, what, _text in ROWS)
    assert dict(kinds) == {(lang, answer): 15 for lang in ("he", "ar", "ru", "en") for answer in (True, False)}


def test_no_ordinary_answer_is_lost_and_most_interruptions_are_heard(
    dana: Identity, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = counts(dana, monkeypatch)
    assert right["answer"] == ANSWERS
    assert right["interruption"] >= INTERRUPTIONS
