"""The sentence that begins a form, and any message in it, fills every question that it answers."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from kesher.channels.base import Location, Say
from kesher.contacts.models import Identity
from kesher.core import hooks
from kesher.core.files.attachments import store_attachment
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField, PlaceField
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import Skill
from kesher.dialogues.tests import sentences
from kesher.dialogues.tests.talk import Talk, replace_skills
from kesher.dialogues.understood import Meaning, Understood

NAME = "tests.lamp"
DONE: list[dict[str, Any]] = []


class ReportForm(StepForm):
    said = {"topic": "topic", "place": "place", "house": "place", "name": "name", "text": "words"}
    topic = forms.ChoiceField(label="What is it about?", choices=[("light", "Street light"), ("bin", "Full bin")])
    place = PlaceField(label="Where?")
    words = forms.CharField(label="What happened?", min_length=5, widget=forms.Textarea)
    name = forms.CharField(label="Your name?", required=False)
    photo = AttachmentField(label="A photo?", required=False)


def run(turn: Turn, subject: object, answers: Answers) -> Say:
    DONE.append(dict(answers))
    return Say("Sent.")


@pytest.fixture
def talk(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> Talk:
    DONE.clear()
    replace_skills(monkeypatch, Skill(name=NAME, title="Report", form=ReportForm, intents={"en": ("report",)}, run=run))
    monkeypatch.setattr(hooks.understand, "listeners", [sentences.understand])
    return Talk(dana)


def photo() -> Attachment:
    return store_attachment(b"%PDF-1", name="a.pdf")


def test_the_sentence_that_begins_a_form_fills_it_and_one_line_says_so(talk: Talk) -> None:
    said = talk.says("The lamp at Herzl 5 is broken")
    assert said == "From your message: Street light · Herzl 5 · your description.\nYour name?"
    assert talk.answers == {"topic": "light", "place": "Herzl 5", "words": "The lamp at Herzl 5 is broken"}


def test_a_photo_and_a_place_that_came_with_it_are_answers(talk: Talk) -> None:
    said = talk.says("lamp", place=Location(32.82, 34.99, "home"), files=(photo(),))
    assert said.startswith("From your message: Street light · home · your picture.")
    assert talk.step() == "words"


def test_a_short_sentence_is_no_description(talk: Talk) -> None:
    talk.says("lamp Herzl 5")
    assert talk.step() == "words"


def test_a_number_without_a_street_is_no_place(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Understood("", "en", "start", slots={"house": "5"}, offered=(Meaning("verb", NAME, probability=0.95),))
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    assert talk.says("a report about number five") == "What is it about?\n(At any point: back, cancel, agent)"


def test_what_is_asked_back_first_is_taken_after_the_yes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = {"topic": "light", "place": "Herzl"}
    found = Understood("", "en", "confirm", slots=slots, offered=(Meaning("verb", NAME, probability=0.7),))
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    assert "Is that right?" in talk.says("It is dark at Herzl again")
    assert "Street light · Herzl" in talk.says("Yes", tap=talk.tap(f"go:{NAME}"))
    assert talk.answers["words"] == "It is dark at Herzl again"


def test_a_sentence_that_a_menu_kept_is_gone_with_the_menu(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Understood("", "en", "confirm", slots={"place": "Herzl"}, offered=(Meaning("verb", NAME),))
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    talk.says("It is dark at Herzl again")
    menu = talk.session
    assert menu is not None
    assert "opening" in menu.prompt
    talk.says("menu")
    assert "opening" not in menu.again().prompt


def test_a_form_that_a_sentence_fills_completely_is_read_back_first(talk: Talk) -> None:
    said = talk.says("The lamp at Herzl 5 is broken, my name is Dana", files=(photo(),))
    assert "Street light" in said
    assert "Herzl 5" in said
    assert said.endswith("Send this?")
    assert DONE == []
    assert talk.says("yes") == "Sent."
    assert DONE[0]["name"] == "Dana"


def test_an_answer_to_another_question_is_taken_and_ours_asked_again(talk: Talk) -> None:
    talk.says("report")
    assert talk.says("at Herzl 5") == "From your message: Herzl 5.\nWhat is it about?"
    talk.says("1")
    assert talk.step() == "words"


def test_a_choice_may_stand_in_a_sentence_with_more(talk: Talk) -> None:
    talk.says("report")
    talk.says("well it is a bin at Bialik 7")
    assert talk.answers == {"topic": "bin", "place": "Bialik 7"}


def test_a_place_alone_chooses_no_topic_that_it_only_resembles(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.says("report")
    found = Understood("", "en", slots={"topic": "bin", "place": "Herzl", "house": "5"})
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    talk.says("at Herzl 5")
    assert talk.answers == {"place": "Herzl 5"}


def test_an_answer_to_this_question_may_hold_others(talk: Talk) -> None:
    for words in ("report", "1"):
        talk.says(words)
    talk.says("Herzl 5, my name is Dana")
    assert talk.answers == {"topic": "light", "place": "Herzl 5, my name is Dana", "name": "Dana"}


@pytest.mark.parametrize("step", ["topic", "words", "name"])
def test_a_photo_or_a_pin_at_another_question_fills_its_own(talk: Talk, step: str) -> None:
    talk.says("report")
    for words in ("1", "Herzl 5", "It is dark here")[: ["topic", "place", "words", "name"].index(step)]:
        talk.says(words)
    assert talk.says(files=(photo(),)).startswith("From your message: your picture.")
    assert (talk.step(), "photo" in talk.answers) == (step, True)


def test_a_second_message_about_the_same_is_added_to_the_description(talk: Talk) -> None:
    for words in ("report", "1", "Herzl 5", "It is dark here", "skip"):
        talk.says(words)
    assert talk.says("since last Sunday evening") == "We added this to your description.\nA photo?"
    talk.says("I have no photo")
    assert DONE[0]["words"] == "It is dark here\nsince last Sunday evening"


@pytest.mark.parametrize("text", ["yes of course", "כן בטח", "نعم طبعا", "да, конечно"])
def test_a_yes_with_polite_words_is_a_yes(talk: Talk, text: str) -> None:
    talk.says("The lamp at Herzl 5 is broken, my name is Dana", files=(photo(),))
    assert talk.says(text) == "Sent."
