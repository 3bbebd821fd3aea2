"""A person's language stays theirs until they write clearly in another of ours, twice, or ask."""

from __future__ import annotations

import pytest

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.contact_language import sentence_language
from kesher.conversations.tests.talk import DANA, hear

GERMAN = ("Wo ist in der Straße ein Loch", "Das Licht in der Herzl Straße ist kaputt", "Ich habe eine Frage")
SPANISH = ("Hola, hay un hoyo en mi calle", "no hay luz en la calle Herzl", "quiero hablar con una persona")
LATIN = (
    "ani rotze ledaber im mishehu",
    "bdi a7ki ma3 7ada",
    "Broken lamp Herzl street",
    "Je voudrais parler avec vous",
)
ENGLISH = ("There is a hole in the street", "the lamp at Herzl is broken", "I want to talk to somebody")


def language(who: str = DANA.address) -> str:
    return Identity.objects.get(address=who).contact.again().language


@pytest.mark.parametrize("text", [*GERMAN, *SPANISH, *LATIN])
def test_a_sentence_in_another_language_shows_none_of_ours(text: str) -> None:
    assert sentence_language(text) is None


@pytest.mark.parametrize("text", ENGLISH)
def test_an_english_sentence_shows_english(text: str) -> None:
    assert sentence_language(text) == "en"


@pytest.mark.parametrize("texts", [GERMAN, SPANISH, LATIN])
def test_the_talk_stays_in_the_language_of_the_person(sms: Account, texts: tuple[str, ...]) -> None:
    hear(sms, DANA, "שלום לכם, יש לי שאלה", *texts)
    assert language() == "he"


@pytest.mark.parametrize(("texts", "lang"), [(ENGLISH[:1], "he"), (ENGLISH[:2], "en")])
def test_two_sentences_change_it_and_one_does_not(sms: Account, texts: tuple[str, ...], lang: str) -> None:
    hear(sms, DANA, "תפריט", *texts)
    assert language() == lang


@pytest.mark.parametrize(("text", "lang"), [("menu", "en"), ("меню", "ru"), ("القائمة", "ar"), ("english", "en")])
def test_whoever_asks_is_answered_in_it_at_once(sms: Account, text: str, lang: str) -> None:
    hear(sms, DANA, "שלום לכם, יש לי שאלה", text)
    assert language() == lang


def test_the_first_message_of_somebody_new_shows_theirs(sms: Account) -> None:
    hear(sms, DANA, "Добрый день, у меня вопрос", lang="")
    assert language() == "ru"
