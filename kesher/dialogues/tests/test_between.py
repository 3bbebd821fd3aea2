"""A question where a form waits for words: answered, and the step asked again; said once more, it is the answer."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.core import hooks
from kesher.core.ui.form_fields import PlaceField
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import Skill
from kesher.dialogues.small_talk import is_bare_mark, is_question
from kesher.dialogues.tests.talk import Talk, replace_skills

NAME = "tests.swing"
DONE: list[dict[str, Any]] = []


class SwingForm(StepForm):
    takes_questions = ("title",)
    name = forms.CharField(label="Your name?", min_length=3)
    title = forms.CharField(label="What shall it be called?")
    place = PlaceField(label="Where?")
    words = forms.CharField(label="Tell us more.", widget=forms.Textarea)


def run(turn: Turn, subject: object, answers: Answers) -> Say:
    DONE.append(dict(answers))
    return Say("Sent.")


@pytest.fixture
def talk(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Dana is asked for a name; there is a known answer to questions about libraries only."""
    DONE.clear()

    def known(*, turn: Turn) -> list[Say] | None:
        words = ("library", "הספרייה", "المكتبة", "библиотека")
        return [Say("From nine to six.")] if any(word in turn.text.casefold() for word in words) else None

    replace_skills(monkeypatch, Skill(name=NAME, title="A swing", form=SwingForm, intents={"en": ("swing",)}, run=run))
    monkeypatch.setattr(hooks.free_text, "listeners", [known])
    talk = Talk(dana)
    talk.says("swing")
    return talk


def kept(talk: Talk) -> dict[str, Any]:
    assert talk.session is not None
    return dict(talk.session.answers)


@pytest.mark.parametrize(
    "text",
    [
        "When is the library open?", "when is the library open", "Library?", "מתי פתוחה הספרייה?", "מה השעות של הספרייה",
        "متى تفتح المكتبة؟", "ما هي ساعات المكتبة", "Когда открыта библиотека?", "где библиотека", "הספרייה פתוחה היום?!",
    ],
)  # fmt: skip
def test_a_question_is_answered_and_the_step_asked_again(talk: Talk, text: str) -> None:
    said = talk.says(text)
    assert said.startswith("From nine to six.")
    assert "write it once more" in said
    assert said.endswith("Your name?")
    assert (talk.step(), kept(talk)) == ("name", {})


@pytest.mark.parametrize(
    "text", ["Library Lane", "הספרייה", "The library, when it is open", "من المكتبة", "May Library", "כמהספרייה 3"]
)
def test_what_is_no_question_is_the_answer(talk: Talk, text: str) -> None:
    talk.says(text)
    assert kept(talk) == {"name": text}


def test_a_question_to_which_we_have_no_answer_is_taken_as_the_answer(talk: Talk) -> None:
    talk.says("Who knows?")
    assert kept(talk) == {"name": "Who knows?"}


def test_said_once_more_it_is_the_answer(talk: Talk) -> None:
    talk.says("When is the library open?")
    talk.says("when is the  library open?")
    assert talk.step() == "title"
    assert "library" in kept(talk)["name"]


def test_another_question_is_answered_too_and_then_the_form_goes_on(talk: Talk) -> None:
    talk.says("When is the library open?")
    assert talk.says("Where is the library?").startswith("From nine to six.")
    talk.says("Dana")
    assert kept(talk) == {"name": "Dana"}


@pytest.mark.parametrize("step", ["title", "words"])
def test_where_a_question_is_a_natural_answer_it_stays_one(talk: Talk, step: str) -> None:
    for words in ("Dana", "A swing", "Gefen 12")[: ["name", "title", "place", "words"].index(step)]:
        talk.says(words)
    talk.says("Why has the library no swing?")
    said = kept(talk) if step == "title" else DONE[0]
    assert said[step] == "Why has the library no swing?"


def test_a_place_may_begin_like_a_question(talk: Talk) -> None:
    for words in ("Dana", "A swing"):
        talk.says(words)
    assert talk.says("Where is the library?").startswith("From nine to six.")
    talk.says("where the library is")
    assert talk.step() == "words"


@pytest.mark.parametrize("text", ["?", "??", "؟", " ?! "])
def test_a_mark_alone_asks_for_help_and_is_no_answer(talk: Talk, text: str) -> None:
    said = talk.says(text)
    assert said == "(At any point: back, cancel, agent)\nYour name?"
    assert kept(talk) == {}


def test_words_that_are_always_understood_come_first(talk: Talk) -> None:
    talk.says("When is the library open?")
    assert "Cancelled" in talk.says("cancel")


@pytest.mark.parametrize(
    ("text", "question"),
    [("Really?", True), ("?", True), ("is it", False), ("What now", True), ("whatever", False), ("Как дела", True),
     ("Какаду", False), ("איפה אתם", True), ("מהיר", False), ("כמה", False), ("هل", False), ("هل تعملون", True)],
)  # fmt: skip
def test_a_question_is_known_by_its_mark_or_its_first_word(text: str, question: bool) -> None:
    assert is_question(text) == question
    assert not is_bare_mark("Really?")
