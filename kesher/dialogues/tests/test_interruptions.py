"""A change of mind leaves a form, a question is answered in it, and a stop ends it."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.channels.base import Say
from kesher.contacts.models import Identity
from kesher.core import hooks
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.facts import COUNT, ENDS, Fact
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.tests.talk import LAMP, NAME, Talk, replace_skills
from kesher.dialogues.tests.test_between import NAME as SWING
from kesher.dialogues.tests.test_between import SwingForm, run
from kesher.dialogues.understood import Action, Meaning, Understood

WAITS = "Not done yet: A swing. To finish it, write “continue”."


def swing(**more: Any) -> Skill:
    return Skill(name=SWING, title="A swing", form=SwingForm, intents={"en": ("swing",)}, run=run, **more)


@pytest.fixture
def talk(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Dana is asked for a name."""
    replace_skills(monkeypatch, swing(), LAMP)
    monkeypatch.setattr(hooks.handoff, "listeners", [lambda **_said: "A person will answer."])
    monkeypatch.setattr(hooks.free_text, "listeners", [])
    talk = Talk(dana)
    talk.says("swing")
    return talk


def mean(
    patch: pytest.MonkeyPatch, action: Action, p: float, *, verb: str = "", command: str = "", slug: str = ""
) -> None:
    """Let the next messages mean this."""
    commands = (command,) if command else ()
    kind, name = ("answer", slug) if slug else ("verb", verb)
    offered = (Meaning(kind, name, probability=p),) if name else ()
    found = Understood("", "en", action, commands, offered=offered, probability=p)
    patch.setattr(hooks.understand, "listeners", [lambda **_asked: found])


@pytest.mark.parametrize(
    "text",
    ["forget it, the lamp", "I want to report a lamp", "עזוב, פנס", "אני רוצה פנס", "خلص، فانوس", "ладно, забудьте, фонарь"],
)  # fmt: skip
def test_a_verb_that_is_asked_for_leaves_the_form_which_waits(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    mean(monkeypatch, "start", 0.7, verb=NAME)
    assert talk.says(text).startswith(f"{WAITS}\nWhat is it about?")
    talk.says("continue")
    assert talk.step() == "name"


def test_a_verb_that_is_less_sure_is_asked_back(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.says("lamp")
    talk.says("menu")
    talk.says("lamp")
    mean(monkeypatch, "confirm", 0.8, verb=SWING)
    said = talk.says("about the swing perhaps")
    assert "Not done yet: Report a lamp." in said
    assert "You want to: A swing. Is that right?" in said


@pytest.mark.parametrize(("text", "p"), [("Lamp Street", 0.96), ("The Lamp family", 0.96), ("I want Dana", 0.3)])
def test_words_that_ask_for_nothing_stay_the_answer(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str, p: float
) -> None:
    mean(monkeypatch, "start", p, verb=NAME)
    talk.says(text)
    assert talk.answers == {"name": text}


def test_the_verb_that_runs_already_is_no_change_of_mind(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    mean(monkeypatch, "start", 0.99, verb=SWING)
    talk.says("I want to swing")
    assert talk.answers == {"name": "I want to swing"}


@pytest.mark.parametrize("text", ["forget it", "never mind", "לא משנה", "خلص", "неважно"])
def test_whoever_only_leaves_has_cancelled(talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    mean(monkeypatch, "unknown", 0.4)
    assert "Nothing was sent" in talk.says(text)


@pytest.mark.parametrize(("command", "says"), [("person", "A person will answer."), ("cancel", "Nothing was sent")])
def test_a_command_in_a_sentence_is_obeyed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, command: str, says: str
) -> None:
    mean(monkeypatch, "person" if command == "person" else "command", 0.95, command=command)
    assert says in talk.says("I would rather not do it this way")


def test_a_stop_in_a_sentence_is_asked_back_and_the_yes_is_obeyed(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    mean(monkeypatch, "ask_stop", 0.95, command="stop")
    assert "stop sending you messages?" in talk.says("do not send me those any more")
    assert "no more updates" in talk.says("Yes, stop", tap=talk.tap("go:stop"))
    assert talk.session is None or not talk.session.skill


def test_a_stop_ends_the_form_and_nothing_more_is_asked(talk: Talk) -> None:
    talk.says("stop")
    assert (talk.session, DialogueSession.objects.get(skill=SWING).state) == (None, "cancelled")
    assert "nothing unfinished" in talk.says("continue")


def known(turn: Turn, subject: object, answers: object) -> Say:
    return Say("From nine to six.")


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an answer about the library."""
    ask = Skill(name="answers.ask", title="Ask", form=SwingForm, run=known, subject=lambda code: code)
    REGISTRY.add(ask)
    mean(monkeypatch, "answer", 0.9, slug="library")


@pytest.mark.parametrize(
    "text", ["when is the library open", "מתי פתוחה הספרייה", "متى تفتح المكتبة؟", "где библиотека"]
)
def test_a_question_that_is_understood_is_answered_and_the_form_goes_on(talk: Talk, library: None, text: str) -> None:
    said = talk.says(text)
    assert said.startswith("From nine to six.")
    assert said.endswith("Your name?")
    assert (talk.step(), talk.answers) == ("name", {})
    talk.says(text)
    assert talk.answers == {"name": text}


def test_a_name_that_is_like_an_answer_stays_a_name(talk: Talk, library: None) -> None:
    talk.says("Library Lane")
    assert talk.answers == {"name": "Library Lane"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when does it end?", "On Friday."), ("how many signed?", "Forty."), ("עד מתי זה?", "On Friday."),
        ("כמה חתמו?", "Forty."), ("متى تنتهي؟", "On Friday."), ("сколько подписали?", "Forty."),
    ],
)  # fmt: skip
def test_a_question_about_the_thing_is_answered_and_the_form_goes_on(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    facts = [Fact(ENDS, "On Friday."), Fact(COUNT, "Forty.")]
    replace_skills(monkeypatch, swing(facts=lambda _turn, _subject: facts))
    said = talk.says(text)
    assert said.startswith(says)
    assert said.endswith("Your name?")
    assert talk.answers == {}


def test_facts_are_read_only_for_a_question(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    replace_skills(monkeypatch, swing(facts=lambda _turn, subject: [*map(read.append, [subject])] and []))
    talk.says("Dana Levi")
    assert (read, talk.step()) == ([], "title")
