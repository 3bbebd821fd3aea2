"""A correction changes the answer that it names, at any point, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesher.channels.base import Option, Say
from kesher.contacts.models import Identity
from kesher.core import hooks
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.form_phrases import corrected, named_again, names_another
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.tests import sentences
from kesher.dialogues.tests.talk import Talk, replace_skills
from kesher.dialogues.tests.test_several_answers import DONE, NAME, ReportForm, run
from kesher.dialogues.understood import Understood

ANSWERS = ("report", "1", "Herzl 5", "It is dark here", "Dana")


def introduce(turn: Turn, subject: object) -> Say:
    return Say("About this.") if subject else Say("Which one?", (Option(f"go:{NAME}:b", "Second"),))


@pytest.fixture
def talk(dana: Identity, monkeypatch: pytest.MonkeyPatch) -> Talk:
    DONE.clear()
    replace_skills(monkeypatch, Skill(name=NAME, title="Report", form=ReportForm, intents={"en": ("report",)}, run=run))
    monkeypatch.setattr(hooks.understand, "listeners", [sentences.understand])
    return Talk(dana)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("no, Herzl 15", "Herzl 15"), ("I meant Bialik", "Bialik"), ("sorry, I meant Bialik 7", "Bialik 7"),
        ("not Herzl 5 but Bialik 7", "Bialik 7"), ("לא, הרצל 15", "הרצל 15"), ("התכוונתי לביאליק 7", "ביאליק 7"),
        ("لا، هرتسل ١٥", "هرتسل 15"), ("قصدي بياليك", "بياليك"), ("нет, Герцль 15", "Герцль 15"),
        ("я имел в виду Бялик 7", "Бялик 7"),
    ],
)  # fmt: skip
def test_a_correction_replaces_the_answer_and_says_so(talk: Talk, text: str, place: str) -> None:
    for words in ANSWERS:
        talk.says(words)
    assert talk.says(text) == f"Changed: {place}.\nA photo?"
    assert talk.answers == {"topic": "light", "place": place, "words": "It is dark here", "name": "Dana"}


@pytest.mark.parametrize(("text", "topic"), [("no, the bin", "bin"), ("I meant Full bin", "bin"), ("לא, הפח", "light")])
def test_a_choice_is_corrected_by_its_name(talk: Talk, text: str, topic: str) -> None:
    for words in ANSWERS:
        talk.says(words)
    talk.says(text)
    assert (talk.step(), talk.answers["topic"]) == ("photo", topic)


@pytest.mark.parametrize("text", ["No lamp works at Bialik", "not a single lamp in Bialik 7", "לא דולק בביאליק"])
def test_a_description_that_begins_with_a_no_is_no_correction(talk: Talk, text: str) -> None:
    for words in ANSWERS[:3]:
        talk.says(words)
    talk.says(text)
    assert talk.answers == {"topic": "light", "place": "Herzl 5", "words": text}


@pytest.mark.parametrize("text", ["not my name", "another name", "זה לא השם שלי", "مش اسمي", "другое имя"])
def test_a_question_named_again_is_asked_again(talk: Talk, text: str) -> None:
    for words in ANSWERS:
        talk.says(words)
    assert talk.says(text) == "Your name?"
    talk.says("Noa")
    assert (talk.step(), talk.answers["name"]) == ("photo", "Noa")


@pytest.mark.parametrize(
    "text", ["the other petition", "not this petition", "לא העצומה הזאת", "عريضة ثانية", "другая петиция"]
)
def test_the_wrong_thing_offers_the_choice_again(talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    about: dict[str, Any] = {"subject": lambda code: code or None, "needs_subject": True, "intro": introduce}
    intents = {"en": ("report",)}
    REGISTRY.add(Skill(name=NAME, title="Report", form=ReportForm, intents=intents, run=run, **about))
    talk.says("report a")
    assert talk.says(text) == "Which one?"
    talk.says("1")
    assert talk.session is not None
    assert (talk.session.subject, talk.answers) == ("b", {})


@pytest.mark.parametrize(("text", "place"), [("no, Gefen 15", "Gefen 15"), ("I meant the other one", "Herzl 5")])
def test_a_topic_that_is_only_guessed_is_not_changed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, text: str, place: str
) -> None:
    for words in ANSWERS:
        talk.says(words)
    found = Understood("", "en", slots={"topic": "bin"})
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
    talk.says(text)
    assert (talk.answers["topic"], talk.answers["place"]) == ("light", place)


def test_a_correction_without_a_place_changes_nothing(talk: Talk) -> None:
    for words in ANSWERS:
        talk.says(words)
    talk.says("no, it was worse")
    assert talk.answers["place"] == "Herzl 5"
    assert DONE == []


def test_back_still_goes_one_question_back(talk: Talk) -> None:
    for words in (*ANSWERS, "no, Herzl 15", "back"):
        talk.says(words)
    assert (talk.step(), talk.answers["place"]) == ("name", "Herzl 15")


SLOTS = {"place": "Bialik", "name": "Noa", "topic": "bin"}
FIELDS = st.sets(st.sampled_from([*SLOTS, "date", "count"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(named=FIELDS, upto=st.integers(3, 5), opening=st.sampled_from(["no, ", "I meant ", "לא, ", "нет, ", "لا، "]))
def test_a_correction_changes_only_what_it_names_and_never_commits(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, named: set[str], upto: int, opening: str
) -> None:
    talk.says("cancel")
    for words in ANSWERS[:upto]:
        talk.says(words)
    before, step = talk.answers, talk.step()
    found = Understood("", "en", slots={slot: SLOTS.get(slot, "5") for slot in named})
    with monkeypatch.context() as patch:
        patch.setattr(hooks.understand, "listeners", [lambda **_asked: found])
        talk.says(f"{opening}the thing there")
    after = talk.answers
    assert {name for name in before if after.get(name) != before[name]} <= named
    assert (DONE, talk.session is not None) == ([], True)
    assert talk.step() == step or step in after


@pytest.mark.parametrize("text", ["Norman 5", "אין אור", "ניר", "Неля", "نور", "", "no", "לא"])
def test_what_only_looks_like_an_opening_is_none(text: str) -> None:
    assert corrected(text) == ""
    assert (named_again(text), names_another(text)) == ("", False)
