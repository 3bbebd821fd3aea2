"""Whoever writes that life is in danger hears the emergency numbers first, whoever has the conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases import services as cases
from kesher.cases.inbox import make_listing
from kesher.cases.tests.factories import a_person, page_of, waits
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.services import merge_contacts
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import conversation_of
from kesher.conversations.services.erasure import erase_stream
from kesher.conversations.tests.talk import DANA, hear
from kesher.core import hooks
from kesher.core.audit import SYSTEM
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.understood import Action, Situation, Understood

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
    assert hear(sms, DANA, "תודה רבה לכולם") == ""
    assert Conversation.objects.get().held


def test_also_in_the_middle_of_a_form_which_waits(sms: Account) -> None:
    hear(sms, DANA, "לארגן רכישה")
    asked = DialogueSession.objects.get().step
    said = hear(sms, DANA, FIRE["he"])
    assert numbers_in(said)
    assert "כדי לסיים כתבו ״המשך״" in said
    row = DialogueSession.objects.get()
    assert (row.state, row.step, row.answers) == ("parked", asked, {})
    assert Conversation.objects.get().waiting_since is not None


def test_whoever_goes_on_may_write_of_the_danger_in_the_form(sms: Account) -> None:
    hear(sms, DANA, "לארגן רכישה", FIRE["he"], "המשך", FIRE["he"])
    row = DialogueSession.objects.get()
    assert (row.state, FIRE["he"] in row.answers.values()) == ("active", True)


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


def understood_as(monkeypatch: pytest.MonkeyPatch, situation: Situation, kind: str) -> None:
    """Let each message be understood to tell of this."""
    action: Action = "emergency" if situation == "sure" else "unknown"
    found = Understood("", "he", action, situation=situation, situation_kind=kind)
    monkeypatch.setattr(hooks.understand, "listeners", [lambda **_asked: found])


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("suicide", "סכנת חיים: אובדנות"),
        ("violence", "סכנת חיים: אלימות"),
        ("gas", "סכנת חיים: גז"),
        ("lost_child", "סכנת חיים: ילד או ילדה שנעלמו"),
        ("danger", "סכנת חיים"),
    ],
)
def test_the_reason_stands_in_the_list_and_with_the_conversation(
    sms: Account, ruth: Staff, ruths: Client, monkeypatch: pytest.MonkeyPatch, kind: str, reason: str
) -> None:
    understood_as(monkeypatch, "sure", kind)
    hear(sms, DANA, "תעזרו לי")
    row = Conversation.objects.get()
    assert make_listing(ruth, "waiting").rows[0].danger == reason
    page = ruths.get(page_of(row)).content.decode()
    assert page.count(reason) >= 3  # the list, the head, the message


def test_a_possible_danger_has_a_quiet_mark_and_keeps_its_place(
    sms: Account, ruth: Staff, ruths: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(sms, hours=2)
    understood_as(monkeypatch, "possible", "gas")
    hear(sms, OMAR, "نציג", lang="ar")
    cases.open_case(Conversation.objects.latest("id"), channel="sms", by=SYSTEM)
    first, second = make_listing(ruth, "waiting").rows
    assert (first.tier, second.name, second.tier, second.danger) == ("", "عمر حداد", "possible", "אולי סכנה: גז")
    assert 'class="item-danger quiet-mark"' in ruths.get("/desk/").content.decode()


def test_an_answer_ends_the_quiet_mark(sms: Account, ruth: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    understood_as(monkeypatch, "possible", "abuse")
    hear(sms, DANA, "אתם לא עושים כלום")
    assert make_listing(ruth, "all").rows[0].danger == "פגיעה בעובדים"
    cases.answer(Conversation.objects.get(), "איך אפשר לעזור?", staff=ruth)
    assert make_listing(ruth, "all").rows[0].tier == ""


def test_a_quiet_mark_fades_after_a_week(sms: Account, ruth: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    understood_as(monkeypatch, "possible", "danger")
    hear(sms, DANA, "אני מפחדת")
    Conversation.objects.update(possible_at=timezone.now() - timedelta(days=8))
    assert make_listing(ruth, "all").rows[0].tier == ""


def test_the_reason_of_an_absorbed_person_is_kept_and_erased(sms: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    understood_as(monkeypatch, "sure", "violence")
    hear(sms, DANA, "הוא מכה אותי")
    absorbed, kept = Conversation.objects.get().contact, a_person("דנה")
    merge_contacts(kept, absorbed, reason="code", by=SYSTEM)
    home = conversation_of(kept)
    assert (home.danger_kind, home.danger_at is not None) == ("violence", True)
    erase_stream(kept.family_ids())
    assert not Conversation.objects.exclude(danger_kind="", danger_at=None).exists()
