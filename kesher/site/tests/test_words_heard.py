"""The bot understands every word that our messages ask people to write, during a handoff and in a form."""

from __future__ import annotations

import re
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.db import transaction
from django.utils import translation

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.contests.tests.factories import a_ballot_of
from kesher.conversations.models import Conversation, Delivery
from kesher.conversations.tests.talk import DANA, hear
from kesher.dialogues.models import DialogueSession
from kesher.language import sms_parts
from kesher.petitions.tests.factories import a_petition

LANGUAGES = ("he", "ar", "ru", "en")
QUOTED = re.compile("[“״«]([^”״»%]+)[”״»]")
HELD = {"he": "נציג", "ar": "موظف", "ru": "оператор", "en": "agent"}


def told(language: str) -> set[str]:
    """Return the words in quotation marks or behind a colon of every message that asks people to write them."""
    found: set[str] = set()
    for path in Path("kesher").glob("*/locale/ru/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(path).replace("/ru/", f"/{language if language != 'en' else 'ru'}/")):
            if not re.search(r"\b[Ww]rite\b[^.]*“[^%”]+”", entry.msgid):
                continue
            text = entry.msgid if language == "en" else entry.msgstr
            found |= set(QUOTED.findall(text)) or {text.rpartition(":")[2].strip(" .")}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_we_print_are_heard_while_a_clerk_has_the_conversation(language: str, sms: Account) -> None:
    words = told(language)
    assert len(words) >= 7
    hear(sms, DANA, HELD[language], lang=language)
    for text in words - {HELD[language]}:
        with transaction.atomic():
            assert hear(sms, DANA, text, lang=language), (language, text)
            assert Conversation.objects.get().held
            transaction.set_rollback(True)


def test_they_are_heard_in_the_middle_of_a_form_which_waits(sms: Account) -> None:
    petition = a_petition()
    for text in ("העמוד שלי", "صفحتي", "моя страница", "my page"):
        with transaction.atomic():
            hear(sms, DANA, f"לחתום {petition.code}")
            hear(sms, DANA, text)
            assert Delivery.objects.latest("pk").sealed, text
            assert DialogueSession.objects.get(skill="petitions.sign").state == "parked"
            transaction.set_rollback(True)


def test_a_bare_number_begins_what_is_open_and_the_answer_counts(sms: Account) -> None:
    contest, _round = a_ballot_of("קלקלן", "סופגנית")
    hear(sms, DANA, "נציג")
    assert hear(sms, DANA, "99999") == ""
    assert hear(sms, DANA, contest.code)
    assert "סופגנית" in hear(sms, DANA, "2")
    assert Conversation.objects.get().held


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hand_over_says_how_to_go_on_in_two_parts(language: str, sms: Account, ruth: Staff) -> None:
    hear(sms, DANA, {"he": "שלום", "ar": "مرحبا", "ru": "привет", "en": "hello"}[language], lang=language)
    said = hear(sms, DANA, HELD[language], lang=language)
    with translation.override(language):
        assert said.endswith(translation.gettext("For the menu, write “menu”."))
    assert sms_parts(said).parts <= 2
