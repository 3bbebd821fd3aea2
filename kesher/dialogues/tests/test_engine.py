"""A form, question by question: answered, corrected, left and finished, wherever a person writes from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kesher.channels.base import Location
from kesher.contacts.models import Consent, Identity
from kesher.contacts.services import find_consent, get_or_create_identity, merge_contacts, record_consent
from kesher.core import hooks
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.files.attachments import store_attachment
from kesher.core.models import Audit
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import park_form, take_turn
from kesher.dialogues.tests.talk import BUTTONS, DONE, LAMP, NAME, Talk, replace_skills


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The one verb of these tests; whoever asks for a person is written down."""
    DONE.clear()
    asked: list[str] = []

    def handoff(*, reason: str, **_said: Any) -> str:
        asked.append(reason)
        return "A person will answer."

    replace_skills(monkeypatch, LAMP)
    monkeypatch.setattr(hooks.handoff, "listeners", [handoff])
    return asked


@pytest.fixture
def talk(dana: Identity) -> Talk:
    return Talk(dana)


def test_a_word_wakes_the_verb_and_its_questions_come_in_order(talk: Talk) -> None:
    steps = []
    for words in ("lamp", "1", "It is dark here", "Gefen 12", "skip"):
        talk.says(words)
        steps.append(talk.step())
    assert steps == ["topic", "words", "place", "photo", "sure"]
    assert talk.says("yes") == "Sent. Number 1."
    assert DONE[0] | {"photo": None} == {
        "topic": "light",
        "words": "It is dark here",
        "place": {"lat": None, "lon": None, "address": "Gefen 12"},
        "photo": None,
        "sure": True,
        "door": "sms",
    }
    assert talk.session is None


def test_a_pin_and_a_photo_are_answers(talk: Talk) -> None:
    for words in ("lamp", "1", "It is dark here"):
        talk.says(words)
    talk.says(place=Location(32.82, 34.99, "home"))
    talk.says(files=(store_attachment(b"%PDF-1", name="a.pdf"),))
    talk.says("yes")
    assert (DONE[0]["place"]["lat"], DONE[0]["photo"].name) == (32.82, "a.pdf")


def test_a_key_that_other_forms_use_for_yes_is_an_answer_like_any_other(talk: Talk) -> None:
    talk.filled()
    talk.says("back")
    for words in ("back", "back", "back", "hole", "It is deep", "skip", "skip", "yes"):
        talk.says(words)
    assert DONE[0]["topic"] == "yes"


def test_a_wrong_answer_is_asked_for_again_with_the_reason(talk: Talk) -> None:
    talk.says("lamp")
    talk.says("2")
    assert "Is it full?" in talk.says("smelly")
    assert talk.step() == "words"
    talk.says("quite full")
    assert talk.step() == "place"


def test_a_question_that_must_be_answered_is_not_skipped(talk: Talk) -> None:
    talk.says("lamp")
    talk.says("1")
    talk.says("skip")
    session = talk.session
    assert session is not None
    assert (session.step, "words" in session.answers) == ("words", False)


def test_back_goes_one_question_back_and_before_the_first_is_the_menu(talk: Talk) -> None:
    for words in ("lamp", "1", "It is dark here"):
        talk.says(words)
    talk.says("back")
    assert talk.step() == "words"
    talk.says("חזרה")
    assert talk.step() == "topic"
    assert talk.says("back") == "How can we help?"
    assert talk.step() == ""


def test_back_goes_by_the_form_whatever_order_the_database_kept(talk: Talk) -> None:
    for words in ("lamp", "1", "It is dark here"):
        talk.says(words)
    session = talk.session
    assert session is not None
    DialogueSession.objects.filter(pk=session.pk).update(answers=dict(reversed(session.answers.items())))
    talk.says("back")
    assert talk.step() == "words"


def test_cancel_ends_it_and_nothing_is_sent(talk: Talk) -> None:
    talk.filled()
    assert "Nothing was sent" in talk.says("cancel")
    assert DONE == []
    assert DialogueSession.objects.filter(skill=NAME).get().state == "cancelled"


def test_no_at_the_end_sends_nothing(talk: Talk) -> None:
    talk.filled()
    assert "Nothing was sent" in talk.says("no")
    assert DONE == []


def test_a_refusal_is_told_as_it_is(talk: Talk) -> None:
    for words in ("lamp", "1", "refuse", "skip", "skip"):
        talk.says(words)
    assert talk.says("yes") == "Not today."
    assert (DONE, talk.session) == ([], None)


def test_whoever_wants_a_person_gets_one_and_may_go_on_later(talk: Talk, asked_for: list[str]) -> None:
    for words in ("lamp", "1", "It is dark here"):
        talk.says(words)
    assert talk.says("נציג") == "A person will answer."
    assert (asked_for, talk.session) == (["asked"], None)
    talk.says("continue")
    assert talk.step() == "place"


def test_first_help_then_more_help_then_a_person(talk: Talk, asked_for: list[str]) -> None:
    talk.says("lamp")
    assert "I did not understand" in talk.says("zzz")
    assert "agent" in talk.says("zzz")
    assert talk.says("zzz") == "A person will answer."
    assert asked_for == ["not_understood"]


def test_an_answer_that_fits_forgives_the_misses_before_it(talk: Talk, asked_for: list[str]) -> None:
    for words in ("lamp", "zzz", "zzz", "1", "It is dark here", "skip", "zzz", "zzz"):
        talk.says(words)
    assert asked_for == []
    assert talk.step() == "photo"


def test_whoever_comes_back_from_a_person_is_not_sent_there_at_the_first_slip(talk: Talk, asked_for: list[str]) -> None:
    for words in ("lamp", "zzz", "zzz", "zzz", "continue", "zzz"):
        talk.says(words)
    assert asked_for == ["not_understood"]


def test_words_that_wake_nothing_are_asked_about_once_and_then_go_to_a_person(talk: Talk, asked_for: list[str]) -> None:
    assert "did not understand" in talk.says("zzz")
    talk.says("zzz")
    assert asked_for == ["free_text"]


def test_a_question_of_his_own_goes_to_a_person(talk: Talk, asked_for: list[str]) -> None:
    talk.says("When is the pool open on Fridays?")
    assert asked_for == ["free_text"]


def test_a_question_that_we_can_answer_is_answered_and_ours_asked_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.says("lamp")
    first = talk.said[0]
    monkeypatch.setattr(hooks.free_text, "listeners", [lambda **_said: [first]])
    talk.says("what does it cost")
    assert len(talk.said) == 2
    session = talk.session
    assert session is not None
    assert (session.step, session.misses) == ("topic", 0)


def test_two_means_what_this_person_saw(talk: Talk, omar: Identity) -> None:
    other = Talk(omar)
    talk.says("lamp")
    other.says("menu")
    talk.says("2")
    other.says("2")
    assert talk.session is not None
    assert talk.session.answers == {"topic": "bin"}
    assert other.step() == ""


def test_a_number_that_was_seen_on_another_channel_chooses_nothing_here(talk: Talk) -> None:
    talk.says("lamp")
    assert "We go on from here" in talk.says("2", door="telegram")
    assert talk.session is not None
    assert talk.session.answers == {}
    talk.says("2")
    assert talk.session.answers == {"topic": "bin"}


def test_a_tap_chooses_once(talk: Talk) -> None:
    talk.capabilities = BUTTONS
    talk.says("lamp")
    tap = talk.tap("light")
    for _twice in range(2):
        talk.says("Street light", tap=tap)
    assert talk.session is not None
    assert (talk.session.answers, talk.session.step) == ({"topic": "light"}, "words")


def test_an_old_button_says_nothing_to_a_newer_question(talk: Talk) -> None:
    talk.capabilities = BUTTONS
    talk.says("lamp")
    old = talk.tap("bin")
    talk.says("Street light", tap=talk.tap("light"))
    for words in ("", "Full bin"):
        assert "We go on from here" in talk.says(words, tap=old)
    assert talk.session is not None
    assert talk.session.answers == {"topic": "light"}


def test_the_last_button_sends_once(talk: Talk) -> None:
    talk.capabilities = BUTTONS
    talk.filled()
    tap = talk.tap("yes")
    for _twice in range(2):
        talk.says("Yes", tap=tap)
    assert len(DONE) == 1


def test_a_button_of_a_menu_works_whenever_it_is_pressed(talk: Talk) -> None:
    talk.says("menu")
    tap = talk.tap(f"go:{NAME}")
    talk.says("language")
    talk.says("Report a lamp", tap=tap)
    assert talk.step() == "topic"


def test_a_menu_of_several_pages_is_turned(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"{NAME}{n}": LAMP for n in range(14)}
    monkeypatch.setattr(REGISTRY, "skills", many)
    talk.says("menu")
    first = talk.session
    assert first is not None
    assert set(first.prompt["shown"]) == set("123456789")
    talk.says("9")
    session = talk.session
    assert session is not None
    assert "go:agent" in session.prompt["shown"].values()
    talk.says("9")  # after the last page comes the first
    assert talk.session is not None
    assert talk.session.prompt["shown"] == first.prompt["shown"]


def test_stop_refuses_broadcasts_and_ends_a_form(talk: Talk) -> None:
    talk.says("lamp")
    assert "no more updates" in talk.says("הסר")
    assert find_consent(talk.contact, Consent.Purpose.PROMOTION) is False
    assert find_consent(talk.contact, Consent.Purpose.SERVICE) is None
    talk.says("stop all")
    assert find_consent(talk.contact, Consent.Purpose.SERVICE) is False
    assert (talk.step(), talk.session) == ("", None)
    assert DialogueSession.objects.filter(skill=NAME).get().state == "cancelled"


@pytest.mark.parametrize("word", ["START", "unstop", "התחל", "התחלה", "ابدأ", "старт", "yes"])
def test_start_after_stop_takes_it_back_and_says_what_will_be_sent(talk: Talk, word: str) -> None:
    record_consent(talk.identity, "information", granted=True, source="web", wording="Send me news")
    talk.says("stop all")
    said = talk.says(word)
    assert "updates about what you joined" in said
    assert "answers about your own requests" in said
    assert "invitations" not in said
    assert find_consent(talk.contact, "information") is True
    assert find_consent(talk.contact, "service") is None


@pytest.mark.parametrize("word", ["start", "התחלה", "старт", "yes"])
def test_start_without_stop_agrees_to_nothing(talk: Talk, word: str) -> None:
    assert "we may write to you again" not in talk.says(word)
    assert not Consent.objects.exists()


def test_words_understood_everywhere_win_over_options_that_begin_like_them(talk: Talk) -> None:
    talk.says("menu")
    assert talk.session is not None
    titles = {"go:lamp": "Start a petition", "go:agent": "Stop a building", "go:menu": "Starts"}
    prompt = {**talk.session.prompt, "options": [{"key": key, "title": title} for key, title in titles.items()]}
    for word, answer in (("stop", "no more updates"), ("START", "we may write to you again")):
        DialogueSession.objects.filter(pk=talk.session.pk).update(prompt=prompt)
        assert answer in talk.says(word)


def test_start_in_words_that_nothing_shows_to_be_theirs_takes_no_stop_back(talk: Talk) -> None:
    talk.says("stop")
    take_turn(Turn(talk.contact, "email", "en", talk.identity, "start", claimed=True), talk.session)
    assert find_consent(talk.contact, Consent.Purpose.PROMOTION) is False


def test_a_yes_to_a_question_of_a_form_takes_no_stop_back(talk: Talk) -> None:
    talk.filled()
    talk.says("stop")
    talk.says("yes")
    assert find_consent(talk.contact, Consent.Purpose.PROMOTION) is False


def test_the_language_is_changed_by_its_name_and_the_menu_speaks_it(talk: Talk) -> None:
    talk.says("עברית")
    assert talk.contact.again().language == "he"
    assert talk.said[-1].lang == "he"


def test_a_form_begun_here_is_finished_there(talk: Talk) -> None:
    for words in ("lamp", "1", "It is dark here"):
        talk.says(words)
    talk.door = "whatsapp"
    talk.says("continue")
    for words in ("skip", "skip", "yes"):
        talk.says(words)
    assert DONE[0]["door"] == "whatsapp"


def test_a_menu_offers_what_was_left(talk: Talk) -> None:
    for words in ("lamp", "1", "menu"):
        talk.says(words)
    assert "go:resume" in [option.key for option in talk.said[-1].options]
    talk.says("1")
    assert talk.step() == "words"


def test_a_form_that_lay_for_a_day_is_out_of_the_way(talk: Talk) -> None:
    talk.says("lamp")
    DialogueSession.objects.filter(skill=NAME).update(updated=timezone.now() - timedelta(hours=25))
    assert talk.session is None
    assert DialogueSession.objects.get(skill=NAME).state == "parked"


def test_a_form_kept_on_a_page_is_picked_up_by_its_code_and_merges_nobody(
    talk: Talk, dana: Identity, omar: Identity
) -> None:
    kept = park_form(omar.contact, LAMP, subject="", answers={"topic": "light"}, door="web")
    talk.says(f"continue {kept.code.lower()}")
    assert (talk.step(), kept.again().contact) == ("words", dana.contact)
    assert omar.contact.again().merged_into_id is None
    assert Audit.objects.filter(operation="dialogues.pick_up").count() == 1


@pytest.mark.parametrize("state", ["done", "cancelled", "active"])
def test_a_code_opens_only_what_waits_for_somebody(talk: Talk, omar: Identity, state: str) -> None:
    kept = park_form(omar.contact, LAMP, subject="", answers={}, door="web")
    DialogueSession.objects.filter(pk=kept.pk).update(state=state)
    talk.says(f"continue {kept.code}")
    assert kept.again().contact == omar.contact
    assert talk.step() == ""


def test_of_two_running_forms_of_one_person_the_newer_stays(talk: Talk, omar: Identity) -> None:
    other = Talk(omar)
    other.says("lamp")
    talk.says("lamp")
    talk.says("1")
    merge_contacts(omar.contact, talk.contact, reason="code", by=SYSTEM)
    rows = omar.contact.sessions.filter(skill=NAME).order_by("id")
    assert [(row.state, row.answers) for row in rows] == [("parked", {}), ("active", {"topic": "light"})]


def test_a_question_that_is_not_asked_any_more_is_passed_over(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.says("lamp")
    talk.says("1")
    fields = {name: field for name, field in LAMP.form.base_fields.items() if name != "words"}
    monkeypatch.setattr(LAMP.form, "base_fields", fields)  # not `delitem`, which would restore it in another position
    monkeypatch.delattr(LAMP.form, "clean_words")
    talk.says("whatever")
    assert talk.step() == "place"


def test_another_person_is_not_in_my_form(talk: Talk) -> None:
    talk.says("lamp")
    other = Talk(get_or_create_identity(Address("tel", "050-555-0199")))
    other.says("1")
    assert talk.session is not None
    assert talk.session.answers == {}
