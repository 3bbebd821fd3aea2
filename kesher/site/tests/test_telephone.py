"""Telephone calls: what people do here by keys and by speech, silence, and what a caller is not told."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case
from kesher.channels.base import Pull
from kesher.channels.models import Account
from kesher.channels.services import open_account
from kesher.contacts.models import Consent, Contact, Identity
from kesher.conversations.delivery.call_replies import fail_unheard, take_payloads
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import NotNow, reply
from kesher.conversations.services.identity_linkage import find_account_for
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.models import Attachment
from kesher.dialogues.models import DialogueSession
from kesher.petitions.models import Signature
from kesher.petitions.tests.factories import a_petition
from kesher.petitions.tests.talk import code_sent_to
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, noise, topic
from tests.caller import Caller


@pytest.fixture
def line(city: Agency) -> Account:
    return open_account(
        "voice", address="+97235550101", secrets=("voice-token",), token="voice-token", settings={"account_sid": "AC1"}
    )


@pytest.fixture
def caller(line: Account) -> Caller:
    """Dana, who has called and chosen Hebrew."""
    found = Caller(line)
    assert "לעברית הקישו 1" in found.call()
    assert "דיווח על מפגע" in found.press("1")
    return found


@pytest.fixture
def vonage_caller(city: Agency) -> Caller:
    """Dana, who has called a number at Vonage and chosen Hebrew."""
    application = {"application_id": "aaaaaaaa-0000-4000-8000-000000000000"}
    line = open_account("vonage_voice", address="+97235550102", secrets=("signature-secret",), settings=application)
    found = Caller(line, sid="CON-00000000-0000-4000-8000-000000000007")
    assert "לעברית הקישו 1" in found.call()
    found.press("1")
    return found


def read_titles(words: str) -> list[str]:
    """Return the titles of the options in a menu that was read aloud."""
    return re.findall(r"(?:^|[.?!] )([^.?!]+[?]?) – הקישו [0-9]", words)


def key_of(words: str, title: str) -> str:
    """Return the key that a menu which was read aloud names for this title."""
    return words.partition(f"{title} – הקישו ")[2][:1]


def test_a_report_is_made_by_keys_and_the_words_are_spoken(caller: Caller) -> None:
    noise()
    topics = caller.press(key_of(caller.heard[-1], "דיווח על מפגע"))
    caller.press(key_of(topics, "רעש"))
    caller.speak("מוזיקה חזקה מאוד כל לילה")
    receipt = caller.press("1")  # no photo
    made = ServiceRequest.objects.get()
    assert (made.description, made.door, made.level) == ("מוזיקה חזקה מאוד כל לילה", "voice", 0)
    assert "2 0 4 0 1" in receipt  # read digit by digit
    assert "http" not in " ".join(caller.heard)


def test_a_report_is_made_by_speech_alone(caller: Caller) -> None:
    topic()
    for words in ("לדווח על מפגע", "פנס", "הגפן 12", "הפנס לא דולק כבר שבוע", "דילוג"):
        caller.speak(words)
    made = ServiceRequest.objects.get()
    assert (made.address, made.description) == ("הגפן 12", "הפנס לא דולק כבר שבוע")


def test_the_state_is_told_by_the_number(caller: Caller, dana: Identity) -> None:
    lamp_report(dana, topic())
    caller.speak("מצב")
    told = caller.press("20401")
    assert "פנס רחוב" in told
    assert "הגפן" not in told


def test_a_signature_counts_once_the_code_from_the_text_message_is_pressed(caller: Caller, sms: Account) -> None:
    petition = a_petition()
    caller.speak(f"לחתום {petition.code}")
    asked = caller.press("1")
    assert list(Signature.objects.values_list("state", "level")) == [("pending", 0)]
    assert "142" in asked.replace(" ", "")
    told = caller.press(code_sent_to("+972505550142"))
    assert list(Signature.objects.values_list("state", "level")) == [("counted", 1)]
    assert petition.title in told


def test_without_text_messages_nobody_signs_by_telephone(caller: Caller) -> None:
    petition = a_petition()
    caller.speak(f"לחתום {petition.code}")
    caller.press("1")
    assert not Signature.objects.exists()
    assert not Delivery.objects.filter(identity__scheme="tel").exists()


def test_a_forged_number_hears_nothing_of_its_owner(line: Account, sms: Account) -> None:
    noise()
    petition = a_petition()
    hear(sms, DANA, f"לחתום {petition.code}", "1")
    hear(sms, DANA, "לדווח", "רעש")  # a form that is not finished
    caller = Caller(line, number=DANA.address)
    menu = caller.call() + caller.press("1") + caller.press("9")
    assert "המשך" not in menu
    assert "כבר חתמתם" not in caller.speak(f"לחתום {petition.code}")
    assert Contact.objects.filter(identities__address=DANA.address).distinct().count() == 2


def test_a_call_goes_on_with_no_form_of_the_call_before(caller: Caller) -> None:
    noise()
    for words in ("לדווח", "רעש"):
        caller.speak(words)
    again = Caller(caller.account, sid="CA00000000000000000000000000000008")
    again.call()
    assert "המשך" not in again.press("1") + again.press("9")
    assert DialogueSession.objects.filter(skill="reports.report").get().answers == {}


@pytest.mark.parametrize("kind", ["silence", "nonsense"])
def test_silence_and_nonsense_end_at_a_person(caller: Caller, kind: str) -> None:
    noise()
    caller.speak("לדווח")
    for _try in range(3):
        told = caller.keep_silent() if kind == "silence" else caller.speak("בלה בלה")
    assert Case.objects.get().waiting_since is not None
    assert "20401" in told.replace(" ", "")
    assert not ServiceRequest.objects.exists()


def test_a_question_is_read_again_after_silence(caller: Caller) -> None:
    menu = caller.heard[-1]
    again = caller.keep_silent()
    assert "לא שמענו" in again
    assert "דיווח על מפגע" in menu
    assert "דיווח על מפגע" in again
    assert Message.objects.filter(direction="in").count() == 1  # silence is no message


def test_silence_at_the_choice_of_language_ends_at_a_person(line: Account) -> None:
    caller = Caller(line)
    caller.call()
    told = [caller.keep_silent() for _try in range(3)]
    assert "English" in told[1]
    assert Case.objects.get().waiting_since is not None


def test_who_withholds_their_number_is_asked_for_it(line: Account) -> None:
    caller = Caller(line, number="anonymous")
    caller.call()
    caller.press("4")
    assert "on which number" in caller.press("0")
    caller.speak("050 555 0142")
    message = Message.objects.filter(direction="in").latest("id")
    assert message.identity is not None
    assert message.identity.address == caller.sid


def test_what_no_key_answers_is_recorded_after_silence(caller: Caller) -> None:
    noise()
    for words in ("לדווח", "רעש"):
        caller.speak(words)
    caller.keep_silent()
    assert caller.asked is not None
    assert caller.asked.kind == "record"
    told = caller.follow(caller.action, recording="https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1")
    [file] = Attachment.objects.all()
    assert (file.kind, file.source["url"][-7:]) == ("audio", "RE1.mp3")
    assert "20401" in told.replace(" ", "")  # nobody writes it down here, so a person listens to it
    assert Case.objects.get().waiting_since is not None


def test_a_recording_waits_for_its_transcript(caller: Caller, settings: object) -> None:
    settings.KESHER_TRANSCRIBER_URL = "http://127.0.0.1:9/"  # type: ignore[attr-defined]
    caller.speak("שאלה")
    caller.keep_silent()
    told = caller.follow(caller.action, recording="https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1")
    assert Message.objects.filter(state="voice").count() == 1
    assert "נרשמו" in told
    assert caller.is_over


def test_long_menus_have_pages_and_the_star_leads_back(caller: Caller) -> None:
    first, second = caller.heard[-1], caller.press("9")
    assert key_of(first, "עוד") == "9"
    assert not set(read_titles(first)) & set(read_titles(second)) - {"עוד"}
    assert "דיווח על מפגע" in caller.press("*")


def test_a_body_answers_the_telephone_with_its_name_and_a_choice_of_languages(line: Account) -> None:
    line.agency.names = {"he": "עיריית נווה־ים", "en": "City of Neve Yam"}
    line.agency.save()
    heard = Caller(line).call()
    assert heard.startswith("שלום, הגעתם אל עיריית נווה־ים. לעברית הקישו 1.")
    assert "For English press 4." in heard


def test_a_menu_that_is_heard_is_short_and_begins_with_the_way_to_a_person(caller: Caller) -> None:
    menu = caller.heard[-1]
    assert len(read_titles(menu)) == 6
    assert menu.index("הקישו 0") < menu.index("הקישו 1")


FOR_THE_EYE = (" כתבו", " כתוב", "קישור", "שלחו את המיקום", "http", ":.", "[", "**")


def test_nobody_who_calls_is_told_to_write_or_to_open_a_link(caller: Caller) -> None:
    topic()
    a_petition()
    told = [caller.heard[-1]]
    told += [caller.speak(words) for words in ("לדווח על מפגע", "פנס", "כן", "ביטול", "תודה")]
    told += [caller.press("*"), caller.press(key_of(caller.heard[-1], "חתימה על עצומה")), caller.press("1")]
    told += [caller.press("1"), caller.press("12#"), caller.press("*"), caller.press("9")]
    told += [caller.press(key_of(caller.heard[-1], "מה מצב הפנייה?")), caller.press("20999"), caller.speak("שגדכ")]
    assert not [words for words in told for sign in FOR_THE_EYE if sign in words]


def test_stop_said_aloud_refuses_no_messages(caller: Caller) -> None:
    noise()
    caller.speak("לדווח")
    caller.speak("עצור")
    assert not Consent.objects.exists()
    assert not DialogueSession.objects.filter(skill="reports.report", state="active").exists()


def test_a_reply_is_read_in_its_own_call_only(caller: Caller) -> None:
    Delivery.objects.update(state="queued", external_id="")
    assert take_payloads(caller.account.pk, Pull("CA00000000000000000000000000000009")) == []
    Delivery.objects.filter(state="queued").update(not_before=time.time() + 60)
    assert take_payloads(caller.account.pk, Pull(caller.sid)) == [], "it may still be taken back"
    Delivery.objects.filter(state="queued").update(not_before=0)
    assert take_payloads(caller.account.pk, Pull(caller.sid))
    assert take_payloads(caller.account.pk, Pull(caller.sid)) == []


def test_what_was_not_read_aloud_fails_and_is_never_sent(caller: Caller) -> None:
    Delivery.objects.update(state="queued", external_id="")
    assert lease_deliveries() == []
    assert fail_unheard() == 0
    Message.objects.update(received=timezone.now() - timedelta(minutes=4))
    assert fail_unheard() > 0
    assert set(Message.objects.filter(direction="out").values_list("state", flat=True)) == {"failed"}


def test_a_call_that_ended_takes_no_answer(caller: Caller, ruth: Staff) -> None:
    caller.press("0")
    Message.objects.update(received=timezone.now() - timedelta(minutes=4))
    route = Delivery.objects.latest("id").message.conversation.routes.get()
    route.last_in_at = timezone.now() - timedelta(minutes=4)
    route.save()
    conversation = route.conversation
    with pytest.raises(NotNow):
        reply(conversation, "שלום", staff=ruth, route=route)


def test_no_code_goes_to_a_call(caller: Caller) -> None:
    assert find_account_for("tel") is None
    assert find_account_for("call") is None


def test_through_vonage_a_report_is_made_by_keys_and_speech(vonage_caller: Caller) -> None:
    noise()
    topics = vonage_caller.press(key_of(vonage_caller.heard[-1], "דיווח על מפגע"))
    vonage_caller.press(key_of(topics, "רעש"))
    vonage_caller.speak("מוזיקה חזקה מאוד כל לילה")
    receipt = vonage_caller.press("1")
    made = ServiceRequest.objects.get()
    assert (made.description, made.door) == ("מוזיקה חזקה מאוד כל לילה", "vonage_voice")
    assert "2 0 4 0 1" in receipt
    assert set(Identity.objects.values_list("scheme", "address")) == {("call", "+972505550142")}


def test_through_vonage_a_recording_is_heard_by_a_person(vonage_caller: Caller) -> None:
    noise()
    for words in ("לדווח", "רעש"):
        vonage_caller.speak(words)
    vonage_caller.keep_silent()
    assert vonage_caller.asked is not None
    assert vonage_caller.asked.kind == "record"
    told = vonage_caller.follow(vonage_caller.action, recording="https://api-eu-1.nexmo.com/v1/files/1")
    assert Attachment.objects.get().kind == "audio"
    assert "20401" in told.replace(" ", "")
    assert set(Identity.objects.values_list("scheme", "address")) == {("call", "+972505550142")}
