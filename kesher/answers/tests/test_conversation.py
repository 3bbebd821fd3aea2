"""Asking in any conversation: a sure answer, two to choose from, a person. Questions in the middle of another
form are tried in `kesher/site/tests/test_knowledge.py`."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.answers.models import Answer, Feedback, Miss
from kesher.answers.tests.factories import published
from kesher.cases.models import Case
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.services import receive, respond
from kesher.dialogues.models import DialogueSession
from kesher.understanding.models import Heard


def hear(account: Account, *texts: str) -> Message:
    """Dana writes these texts one after another; returns our last words."""
    said: list[Message] = []
    for text in texts:
        number = Message.objects.count()
        sender = Address("tel", "+972505550142", "דנה לוי")
        event = Event(Kind.MESSAGE, f"message|{number}", external_id=f"m{number}", sender=sender, text=text, lang="he")
        message = receive(account, event, received=timezone.now())
        assert message is not None
        said = respond(message)
    return said[-1]


def tap(account: Account, choice: str) -> None:
    """Tap a button as Dana."""
    sender = Address("tel", "+972505550142", "דנה לוי")
    number = Message.objects.count()
    event = Event(
        Kind.MESSAGE,
        f"tap|{number}",
        external_id=f"t{number}",
        sender=sender,
        text="לא עזר",
        lang="he",
        choice_id=choice,
    )
    message = receive(account, event, received=timezone.now())
    assert message is not None
    respond(message)


@pytest.fixture
def known(city: Agency) -> None:
    published("pay", "איך משלמים ארנונה?", "באתר, ב־106 או בבנק.")
    published("fine-pay", "איך משלמים דוח חניה?", "באתר.")
    published("fine-appeal", "איך מערערים על דוח חניה?", "בתוך 30 יום.")


@pytest.mark.usefixtures("known")
def test_a_sure_answer_is_said_with_its_page(sms: Account) -> None:
    said = hear(sms, "איפה אפשר לשלם ארנונה?")
    assert "באתר, ב־106 או בבנק." in said.text
    assert said.content["links"][0][1].endswith("/answers/pay/")
    assert Case.objects.count() == 0


@pytest.mark.usefixtures("known")
def test_whether_it_helped_is_kept_and_nobodys_name(sms: Account) -> None:
    hear(sms, "איפה משלמים ארנונה?")
    hear(sms, "1")
    kept = Feedback.objects.get()
    assert (kept.answer.slug, kept.useful, kept.door) == ("pay", True, "sms")
    assert kept.query == "איפה משלמים ארנונה?"


@pytest.mark.usefixtures("known")
def test_where_it_did_not_help_a_person_is_offered(sms: Account) -> None:
    said = hear(sms, "איפה משלמים ארנונה?", "2")
    assert not Feedback.objects.get().useful
    assert "שיחה עם נציג או נציגה" in said.text


@pytest.mark.usefixtures("known")
def test_an_answer_given_at_once_that_did_not_help_is_kept_once_for_the_review(sms: Account) -> None:
    hear(sms, "איפה משלמים ארנונה?", "2")
    kept = Heard.objects.get()
    assert (kept.wrong, kept.action, kept.guess, kept.channel) == (True, "answer", "pay", "sms")
    assert kept.text == "איפה משלמים ארנונה?"
    tap(sms, f"go:answers.useful:no:a{Answer.objects.get(slug='pay').pk}:{Message.objects.get(text=kept.text).seq}")
    assert Heard.objects.count() == 1


@pytest.mark.usefixtures("known")
def test_one_that_was_chosen_or_helped_was_not_understood_wrongly(sms: Account) -> None:
    hear(sms, "דוח חניה", "2", "2")
    hear(sms, "איפה משלמים ארנונה?", "1")
    assert {row.useful for row in Feedback.objects.all()} == {True, False}
    assert not Heard.objects.exists()


@pytest.mark.usefixtures("known")
def test_a_doubtful_question_is_asked_back(sms: Account) -> None:
    said = hear(sms, "דוח חניה")
    assert "איך משלמים דוח חניה?" in said.text + str(said.content)
    assert "איך מערערים על דוח חניה?" in said.text + str(said.content)
    said = hear(sms, "2")
    assert "בתוך 30 יום." in said.text or "באתר." in said.text


@pytest.mark.usefixtures("known")
def test_what_was_asked_is_known_behind_a_choice_and_after_other_words(sms: Account) -> None:
    hear(sms, "דוח חניה", "2")
    session = DialogueSession.objects.get(state=DialogueSession.State.ACTIVE)
    hear(sms, "איפה משלמים ארנונה?")
    tap(sms, f"{session.prompt['nonce']}:{session.prompt['options'][1]['key']}")
    kept = Feedback.objects.get()
    assert (kept.answer.slug, kept.useful, kept.query) == ("fine-appeal", False, "דוח חניה")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("end", ["", ":0", ":9999", ":x", ":99999999999999999999"])
def test_a_button_that_names_no_message_counts_without_words(sms: Account, end: str) -> None:
    tap(sms, f"go:answers.useful:no:a{Answer.objects.get(slug='pay').pk}{end}")
    assert (Feedback.objects.get().useful, Feedback.objects.get().query) == (False, "")


@pytest.mark.usefixtures("known")
def test_what_nobody_answers_goes_to_a_person_and_is_written_down(sms: Account) -> None:
    hear(sms, "למה נדנדה ירוקה חורקת אצלכם תמיד?")
    assert Case.objects.count() == 1
    assert Miss.objects.get().times == 1


@pytest.mark.usefixtures("known")
def test_the_skill_asks_for_the_question(sms: Account) -> None:
    asked = hear(sms, "לשאול שאלה")
    said = hear(sms, "תשלום ארנונה")
    assert "מה תרצו לדעת" in asked.text
    assert "באתר, ב־106 או בבנק." in said.text


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("text", ["שלום", "היי, בוקר טוב", "תודה רבה"])
def test_a_greeting_may_not_be_taken_for_a_question(sms: Account, text: str) -> None:
    assert "ארנונה" not in hear(sms, text).text
    assert Miss.objects.count() == 0


@pytest.fixture
def library(city: Agency) -> None:
    """One answer in four languages."""
    words = {
        "ar": ("متى تفتح المكتبة؟", "من 9 إلى 18."),
        "ru": ("Когда открыта библиотека?", "С 9 до 18."),
        "en": ("When is the library open?", "From 9 to 18."),
    }
    texts = {lang: {"question": question, "short": short, "hidden": []} for lang, (question, short) in words.items()}
    published("library", "מתי הספרייה פתוחה?", "בין 9 ל־18.", texts=texts)
    published("pay", "איך משלמים ארנונה?", "באתר, ב־106 או בבנק.")


def step() -> tuple[str, dict[str, str]]:
    """Return the skill that Dana is in the middle of, and the answers so far."""
    session = DialogueSession.objects.exclude(skill="").get(state=DialogueSession.State.ACTIVE)
    return session.skill, session.answers


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("verb", "question"),
    [
        ("לקשר", "מתי הספרייה פתוחה?"),
        ("לקשר", "מתי הספרייה פתוחה"),
        ("ربط", "متى تفتح المكتبة؟"),
        ("ربط", "متى تفتح المكتبة"),
        ("связать", "Когда открыта библиотека?"),
        ("связать", "когда открыта библиотека"),
        ("link", "When is the library open?"),
        ("link", "when is the library open"),
    ],
)
def test_a_question_where_words_are_awaited_is_answered_and_the_step_asked_again(
    sms: Account, verb: str, question: str
) -> None:
    hear(sms, verb, question)
    said = [message.text for message in Message.objects.filter(direction="out").order_by("-pk")[:2]]
    assert "18" in said[1]
    assert step() == ("conversations.link", {})
    hear(sms, "050-555-0188")
    assert step()[0] == "conversations.link_code"


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("text", ["מה שלום הדודה שלכם?", "הספרייה", "ארנונה או הספרייה?"])
def test_what_is_no_question_or_has_no_sure_answer_is_the_answer_to_the_step(sms: Account, text: str) -> None:
    said = hear(sms, "לקשר", text)
    assert "18" not in said.text
    assert "מספר טלפון" in said.text
    assert step() == ("conversations.link", {})


@pytest.mark.usefixtures("library")
def test_the_question_that_somebody_asks_is_no_question_in_between(sms: Account) -> None:
    assert "בין 9 ל־18." in hear(sms, "לשאול שאלה", "מתי הספרייה פתוחה?").text
    assert not DialogueSession.objects.exclude(skill="").filter(state=DialogueSession.State.ACTIVE).exists()
