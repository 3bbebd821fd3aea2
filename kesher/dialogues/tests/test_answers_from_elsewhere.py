"""Answers that somebody else may have written are shown, and sent only after a yes of the person who goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django import forms

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.core.files.attachments import store_attachment
from kesher.core.ui.form_fields import AttachmentField
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import Skill
from kesher.dialogues.services import park_form
from kesher.dialogues.tests.talk import DONE, LAMP, Talk, replace_skills

WRITTEN = {"topic": "bin", "words": "it is full", "place": "32.82,34.99;Gefen 12", "photo": "", "sure": "on"}


class PlainForm(StepForm):
    """No yes of its own."""

    topic = forms.ChoiceField(label="What is it about?", choices=[("light", "Street light"), ("bin", "Full bin")])
    words = forms.CharField(label="What happened?")
    photo = AttachmentField(label="A photo?", required=False)
    news = forms.BooleanField(label="May we send you news?", required=False)


def send(turn: Turn, subject: object, answers: Answers) -> Say:
    DONE.append(dict(answers))
    return Say("Sent.")


PLAIN = Skill(name="tests.plain", title="Plain", form=PlainForm, intents={"en": ("plain",)}, run=send)
LOOK = replace(PLAIN, name="tests.look", commits=False)


@pytest.fixture(autouse=True)
def skills(monkeypatch: pytest.MonkeyPatch) -> None:
    DONE.clear()
    replace_skills(monkeypatch, LAMP, PLAIN, LOOK)


@pytest.fixture
def talk(dana: Identity) -> Talk:
    return Talk(dana)


def parked(omar: Identity, skill: Skill, **answers: Any) -> DialogueSession:
    """Return a form that Omar answered as a whole."""
    return park_form(omar.contact, skill, subject="", answers=answers, door="web")


def test_a_form_that_is_complete_is_shown_and_waits_for_a_yes(talk: Talk, omar: Identity) -> None:
    photo = store_attachment(b"%PDF-1", name="a.pdf")
    form = parked(omar, PLAIN, topic="bin", words="it is full", photo=photo.key, news="on")
    said = talk.says(f"continue {form.code}")
    assert said.startswith("What is it about? Full bin\nit is full\na.pdf\nMay we send you news? Yes\n")
    assert (talk.step(), DONE) == ("sure", [])
    assert talk.says("yes") == "Sent."
    assert DONE[0] | {"photo": None} == {"topic": "bin", "words": "it is full", "photo": None, "news": True}


def test_a_no_sends_nothing(talk: Talk, omar: Identity) -> None:
    form = parked(omar, PLAIN, topic="bin", words="it is full", photo="", news="")
    talk.says(f"continue {form.code}")
    assert "Nothing was sent" in talk.says("no")
    assert DONE == []


def test_a_yes_of_somebody_else_is_asked_for_again_and_shows_the_words(talk: Talk, omar: Identity) -> None:
    said = talk.says(f"continue {parked(omar, LAMP, **WRITTEN).code}")
    assert "it is full\nGefen 12\nShall we send it?" in said
    assert (talk.step(), DONE) == ("sure", [])
    talk.says("yes")
    assert DONE[0]["sure"] is True


def test_a_third_person_says_yes_again(talk: Talk, omar: Identity, dana: Identity) -> None:
    form = parked(omar, PLAIN, topic="bin", words="it is full", photo="")
    talk.says(f"continue {form.code}")
    DialogueSession.objects.update(state="parked", answers={**form.again().answers, "sure": "on", "news": ""})
    Talk(omar).says(f"continue {form.code}")
    assert DONE == []


def test_what_a_person_answered_themselves_is_not_shown_to_them(talk: Talk, omar: Identity) -> None:
    form = park_form(
        talk.contact, PLAIN, subject="", answers={"topic": "bin", "words": "full", "photo": ""}, door="web"
    )
    talk.says(f"continue {form.code}")
    assert talk.says("no") == "Sent."
    empty = parked(omar, PLAIN)
    for words in (f"continue {empty.code}", "1", "mine", "skip", "no"):
        talk.says(words)
    assert [answers["words"] for answers in DONE] == ["full", "mine"]


def test_what_only_looks_something_up_asks_for_no_yes(talk: Talk, omar: Identity) -> None:
    form = parked(omar, LOOK, topic="bin", words="it is full", photo="", news="")
    assert talk.says(f"continue {form.code}") == "Sent."
