"""People say in their own words what they want, and dialogues act on it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kesher.cases.models import Case
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.contacts.services import find_consent
from kesher.conversations.models import Conversation, Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.dialogues.models import DialogueSession
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition
from kesher.understanding.learning.model_store import Model
from kesher.understanding.models import Heard
from kesher.understanding.tests.conftest import model, model_folder

__all__ = ["model", "model_folder"]

SIGN = "אני רוצה לחתום על העצומה של הצללה בגני השעשועים"
NONSENSE = "איזה שיר אתה הכי אוהב לשמוע בבוקר"


@pytest.fixture
def petition(city: object) -> Petition:
    """Shade for the playgrounds, open, number 48213."""
    return a_petition(code="48213")


def understood() -> dict[str, object]:
    """Return what is stored of the meaning of the last message that came in."""
    found: dict[str, object] = Message.objects.filter(direction="in").latest("pk").content["understood"]
    return found


def test_a_sentence_opens_the_form_of_what_it_names(model: Model, petition: Petition, whatsapp: Account) -> None:
    assert petition.title in hear(whatsapp, DANA, SIGN)
    assert DialogueSession.objects.get(state="active").subject == petition.code
    assert understood()["action"] in ("start", "confirm")


def test_a_stop_inside_a_sentence_is_asked_back_and_then_obeyed(model: Model, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "בבקשה תפסיקו לשלוח לי הודעות")
    contact = Contact.objects.get()
    assert find_consent(contact, "promotion") is None
    hear(whatsapp, DANA, "1")
    assert find_consent(contact, "promotion") is False


def test_what_nobody_knows_is_said_and_a_second_miss_brings_a_person(model: Model, whatsapp: Account) -> None:
    hear(whatsapp, DANA, NONSENSE)
    assert not Case.objects.exists()
    assert understood()["action"] == "unknown"
    hear(whatsapp, DANA, "וכמה כוכבים יש בשמיים לדעתך")
    assert Case.objects.count() == 1


def test_a_danger_to_life_is_answered_with_the_numbers_once(model: Model, whatsapp: Account) -> None:
    said = hear(whatsapp, DANA, "הבית שלי בוער ויש אנשים בפנים")
    assert "102" in said
    assert Conversation.objects.get().danger_at is not None
    assert "102" not in hear(whatsapp, DANA, "תבואו מהר הבית בוער")


def test_another_kind_of_danger_gets_its_own_numbers(model: Model, whatsapp: Account) -> None:
    assert "1201" not in hear(whatsapp, DANA, "הבית שלי בוער ויש אנשים בפנים")
    assert "1201" in hear(whatsapp, DANA, "אני רוצה למות, אני הולך להתאבד הלילה")


def test_while_a_clerk_answers_only_a_sure_verb_reaches_the_bot(
    model: Model, petition: Petition, whatsapp: Account
) -> None:
    hear(whatsapp, DANA, "נציג")
    Conversation.objects.update(held=True)
    assert petition.title not in hear(whatsapp, DANA, NONSENSE)  # once, that a person will answer
    assert hear(whatsapp, DANA, "מתי אפשר לבוא אליכם למשרד") == ""
    assert petition.title in hear(whatsapp, DANA, f"אני רוצה לחתום על העצומה {petition.title}")


def test_inside_a_form_a_name_is_an_answer_and_a_change_of_mind_is_not(
    model: Model, petition: Petition, whatsapp: Account
) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1", "1", "ד. לוי")
    assert Signature.objects.get().name == "ד. לוי"
    hear(whatsapp, DANA, "לקשר")
    hear(whatsapp, DANA, "אפשר לדבר עם נציג")
    assert Case.objects.count() == 1


def test_what_was_missed_waits_masked_for_a_review(model: Model, whatsapp: Account) -> None:
    hear(whatsapp, DANA, f"{NONSENSE} 050-123-4567")
    heard = Heard.objects.get()
    assert "4567" not in heard.text
    assert heard.contact == Contact.objects.get()
    assert heard.created <= timezone.now()


def test_without_a_model_all_goes_on_as_before(petition: Petition, whatsapp: Account) -> None:
    assert petition.title not in hear(whatsapp, DANA, SIGN)
    assert "understood" not in Message.objects.filter(direction="in").latest("pk").content
