"""Reporting, and asking for the state, in a conversation."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Event, Kind, Location
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Merge
from kesher.conversations.services import receive, respond
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.reports.forms import ReportForm, ReportStepForm, StatusForm
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, noise, topic

count = iter(range(1, 100_000))


def say(account: Account, text: str = "", **fields: object) -> str:
    """Return the bot's answers to Dana as one text."""
    number = next(count)
    sender = Address("tel", "+972505550142", "דנה לוי")
    event = Event(Kind.MESSAGE, f"dana|{number}", external_id=f"m{number}", sender=sender, text=text, **fields)  # type: ignore[arg-type]
    message = receive(account, event, received=timezone.now())
    assert message is not None
    return "\n".join(f"{answer.text} {answer.content.get('links', '')}" for answer in respond(message))


def test_a_report_is_made_question_by_question(city: Agency, sms: Account) -> None:
    topic()
    noise()
    assert "פנס רחוב" in say(sms, "לדווח")
    say(sms, "פנס")
    say(sms, "הגפן 12")
    say(sms, "הפנס לא דולק כבר שבוע")
    answer = say(sms, "דילוג")
    made = ServiceRequest.objects.get()
    assert (made.address, made.description, made.door, made.level) == ("הגפן 12", "הפנס לא דולק כבר שבוע", "sms", 1)
    assert "20401" in answer
    assert "/status/20401/" in answer


def test_a_topic_without_a_place_asks_for_none(city: Agency, sms: Account) -> None:
    noise()
    say(sms, "לדווח על מפגע")
    say(sms, "רעש")
    say(sms, "מוזיקה חזקה מאוד")
    say(sms, "דילוג")
    made = ServiceRequest.objects.get()
    assert (made.address, made.lat) == ("", None)


def test_a_pin_is_a_place(city: Agency, whatsapp: Account) -> None:
    topic()
    say(whatsapp, "דיווח")
    say(whatsapp, "פנס")
    say(whatsapp, location=Location(32.05, 34.75, address="הגפן 12"))
    say(whatsapp, "לא דולק כלל")
    say(whatsapp, "דילוג")
    made = ServiceRequest.objects.get()
    assert (made.lat, made.lon, made.address) == (32.05, 34.75, "הגפן 12")


def test_too_few_words_are_asked_for_again(city: Agency, sms: Account) -> None:
    noise()
    say(sms, "לדווח")
    say(sms, "רעש")
    say(sms, "אוף")
    assert DialogueSession.objects.get(state="active").step == "words"
    assert not ServiceRequest.objects.exists()


def test_the_number_alone_shows_the_state(dana: Identity, omar: Identity, sms: Account) -> None:
    lamp_report(omar, topic())
    answer = say(sms, "20401")
    assert "פנס רחוב" in answer
    assert "הגפן" not in answer


def test_the_word_and_the_number_show_the_state(dana: Identity, sms: Account) -> None:
    lamp_report(dana, topic())
    for words in ("מצב 20401", "סטטוס 20401", "status #20401", "статус 20401", "حالة ٢٠٤٠١"):
        assert "20401" in say(sms, words), words


def test_the_word_alone_asks_for_the_number(dana: Identity, sms: Account) -> None:
    lamp_report(dana, topic())
    say(sms, "מצב")
    assert "20999" not in say(sms, "20999")
    assert DialogueSession.objects.get(state="active").step == "number"
    assert "20401" in say(sms, "20401")


def test_another_agencys_topics_are_no_options(city: Agency, town: Agency) -> None:
    topic()
    form = ReportForm()
    assert [option.key for option in form.options("topic")] == ["street-light"]


def test_a_topic_is_known_by_its_words_in_every_language(city: Agency) -> None:
    topic()
    (option,) = ReportForm().options("topic")
    assert {"פנס", "Уличный фонарь", "عمود إنارة"} <= set(option.synonyms)


def test_what_is_not_reportable_is_not_offered(city: Agency) -> None:
    topic(reportable=False)
    topic("old", is_active=False)
    assert ReportForm().options("topic") == ()
    assert not ReportForm.of({"topic": "old"}, subject=None, contact=None).is_valid()


def test_the_menu_has_both(city: Agency) -> None:
    listed = [skill.name for skill in REGISTRY.menu()]
    assert {"reports.report", "reports.status"} <= set(listed)
    assert REGISTRY["reports.status"].form is StatusForm


def test_a_report_begun_on_the_page_is_finished_on_sms(client: Client, city: Agency, sms: Account) -> None:
    topic()
    client.post("/report/", {"topic": "street-light", "place": "הגפן 12", "later": "1"})
    code = DialogueSession.objects.get().code
    assert "20401" not in say(sms, f"המשך {code.lower()}")
    say(sms, "הפנס לא דולק כבר שבוע")
    asked = say(sms, "דילוג")
    assert "הגפן 12" in asked
    assert "פנס רחוב" in asked
    assert not ServiceRequest.objects.exists()  # somebody else may have filled the page in
    assert "20401" in say(sms, "1")
    made = ServiceRequest.objects.get()
    assert (made.door, made.address) == ("sms", "הגפן 12")
    assert not Merge.objects.exists()


def test_a_link_of_telegram_picks_the_form_up(client: Client, city: Agency, telegram: Account) -> None:
    topic()
    client.post("/report/", {"topic": "street-light", "place": "הגפן 12", "later": "1"})
    say(telegram, f"c-{DialogueSession.objects.get().code}")
    assert DialogueSession.objects.get(state="active").step == "words"


def test_a_report_begun_on_sms_is_finished_on_the_page(client: Client, city: Agency, sms: Account) -> None:
    topic()
    say(sms, "לדווח")
    say(sms, "פנס")
    page = f"/go/{DialogueSession.objects.get(skill='reports.report').key}/"
    assert "פנס רחוב" in client.get(page).content.decode()
    client.post(page, {"topic": "street-light", "place": "הגפן 12", "place_pin": "32.05,34.75", "words": "לא דולק כלל"})
    made = ServiceRequest.objects.get()
    assert (made.door, made.lat, made.level) == ("web", 32.05, 0)
    assert made.case.conversation.contact == Identity.objects.get(scheme="tel").contact


def test_where_the_nearest_topic_is_none_to_report_the_next_one_is_taken(city: Agency) -> None:
    topic()
    noise()
    form = ReportStepForm.of({}, subject=None, contact=None)
    assert form.said_in("rats", {"topic": "rodents", "topic2": "noise"}, opening=True)["topic"] == "noise"
    assert "topic" not in form.said_in("loud", {"topic": "noise", "topic2": "light"}, opening=True)
    assert form.said_in("a cat", {"topic": "carcass"}, opening=True) == {}
