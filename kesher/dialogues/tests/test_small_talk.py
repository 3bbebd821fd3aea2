"""Politeness asks for nothing: nobody looks for an answer to it."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.contacts.models import Identity
from kesher.core import hooks
from kesher.dialogues.small_talk import is_greeting, is_small_talk, is_thanks
from kesher.dialogues.tests.talk import LAMP, Talk, replace_skills

POLITE = (
    *("שלום", "היי, שלום לכם!", "בוקר טוב 🙂", "שלום וברכה", "مرحبا", "السلام عليكم ورحمة الله وبركاته", "صباح الخير"),
    *("Привет!", "Здравствуйте", "добрый день всем", "Hi", "hello there", "Good morning, everyone"),
    *("תודה", "תודה רבה מראש", "شكرا جزيلا", "Спасибо за помощь", "Thanks a lot!!", "thank you"),
    *("👍", "🙏🙏", "...", "?", "!?", "❤️"),
)
WISHES = (
    "שלום, מתי פתוח?",
    "תודה, אבל זה לא עזר",
    "hello kitty museum",
    "Спасибо, но не работает",
    "شكرا لكن الماء مقطوع",
    "12",
    "טוב",
)


@pytest.mark.parametrize("in_form", [False, True])
def test_the_hook_is_asked_about_wishes_alone(dana: Identity, monkeypatch: pytest.MonkeyPatch, in_form: bool) -> None:
    asked: list[str] = []

    def listener(*, turn: Any) -> None:
        asked.append(turn.text)

    replace_skills(monkeypatch, LAMP)
    monkeypatch.setattr(hooks.free_text, "listeners", [listener])
    monkeypatch.setattr(hooks.handoff, "listeners", [])
    for text in (*POLITE, *WISHES):
        talk = Talk(dana)
        if in_form:
            talk.says("lamp")
        said = talk.says(text)
        assert said or text in WISHES, text
        talk.says("cancel" if in_form else "menu")
    assert set(asked) == set(WISHES)


@pytest.mark.parametrize("text", POLITE)
def test_politeness_is_known_in_four_languages(text: str) -> None:
    assert is_small_talk(text)
    assert not is_small_talk(f"{text} ומה עם הפח")


def test_thanks_are_no_greeting() -> None:
    assert (is_thanks("תודה רבה"), is_greeting("תודה רבה"), is_thanks("שלום"), is_greeting("טוב")) == (
        True,
        False,
        False,
        False,
    )
