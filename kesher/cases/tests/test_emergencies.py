"""Whoever writes that life is in danger hears the emergency numbers first, whoever has the conversation."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.cases import services as cases
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Message
from kesher.conversations.tests.talk import DANA, hear

OMAR = Address("tel", "+972505550143", "عمر حداد")
FIRE = {
    "he": "יש שריפה בבניין ואנשים לכודים",
    "ar": "حريق في العمارة والناس محاصرون",
    "ru": "под напряжением, искрит, рядом дети, угроза жизни",
    "en": "There is a fire in my building, people are trapped",
}


def numbers_in(text: str) -> bool:
    return all(number in text for number in ("100", "101", "102"))


@pytest.mark.parametrize("lang", FIRE)
def test_the_numbers_come_first_in_the_language_of_the_words(lang: str, sms: Account) -> None:
    hear(sms, DANA, FIRE[lang], lang="")
    first, *rest = Message.objects.filter(direction="out").order_by("seq")
    assert (numbers_in(first.text), first.lang) == (True, lang)
    assert len(rest) == 2  # the privacy notice, and "a person will answer"
    assert Conversation.objects.get().held


def test_also_while_a_clerk_has_the_conversation_and_once_an_hour(sms: Account, ruth: Staff) -> None:
    hear(sms, DANA, "נציג")
    assert numbers_in(hear(sms, DANA, FIRE["he"]))
    assert hear(sms, DANA, FIRE["he"]) == ""
    assert hear(sms, DANA, "תודה, הכל בסדר") == ""
    assert Conversation.objects.get().held


def test_also_in_the_middle_of_a_form_which_goes_on(sms: Account) -> None:
    hear(sms, DANA, "לארגן רכישה")
    said = hear(sms, DANA, FIRE["he"])
    assert numbers_in(said)
    assert Conversation.objects.get().waiting_since is not None
    assert Message.objects.filter(direction="out").order_by("-seq")[1].text == said.splitlines()[0]


def test_harmless_words_bring_no_numbers_and_no_mark(sms: Account) -> None:
    for words in ("טלפון של כיבוי אש", "gas bill", "когда начнётся фейерверк"):
        assert not numbers_in(hear(sms, DANA, words))
    assert Conversation.objects.get().danger_at is None


def test_a_clerk_sees_it_before_those_who_wait_longer(sms: Account, ruths: Client) -> None:
    hear(sms, OMAR, "موظف", lang="ar")
    hear(sms, DANA, FIRE["he"])
    page = ruths.get("/desk/").content.decode()
    assert -1 < page.index("דנה לוי") < page.index("عمر حداد")
    assert "סכנת חיים" in page


def test_whoever_was_answered_is_in_danger_no_more(sms: Account, ruth: Staff, city: Agency) -> None:
    hear(sms, DANA, FIRE["he"])
    row = Conversation.objects.get()
    assert row.in_danger
    cases.answer(row, "הכבאים בדרך", staff=ruth)
    hear(sms, DANA, "אין לי עוד שאלות, רק שתדעו")
    assert not Conversation.objects.get().in_danger
