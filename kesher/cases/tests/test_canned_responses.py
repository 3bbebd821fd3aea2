"""Answers that are kept ready: written by managers, put in by clerks, in the language of whoever gets them."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case, ReadyAnswer
from kesher.cases.reply_box import fill_placeholders, offer_responses, placeholder_values
from kesher.cases.services import save_canned_response
from kesher.cases.tests.factories import a_person, a_topic, page_of, waits
from kesher.channels.models import Account
from kesher.core.errors import Refused
from kesher.core.models import Audit

TEXTS = {"he": "שלום {name}, פנייה {number} בטיפול. {me}, {agency}", "ar": "مرحبًا {name}، {agency}"}


@pytest.fixture
def kept(miriam: Staff) -> ReadyAnswer:
    return save_canned_response(None, name="בטיפול", texts=TEXTS, topic=None, staff=miriam)


@pytest.fixture
def case(whatsapp: Account) -> Case:
    return waits(whatsapp, "הפנס כבוי", person=a_person("דנה לוי"))


def test_places_are_filled_with_what_is_known(kept: ReadyAnswer, case: Case, ruth: Staff) -> None:
    (offer,) = offer_responses(case.conversation.contact, [case], ruth)
    assert offer.text == f"שלום דנה לוי, פנייה {case.number} בטיפול. רותי כהן, עיריית נווה־ים"
    assert (offer.name, offer.lang) == ("בטיפול", "he")


def test_the_words_come_in_the_language_of_the_person(kept: ReadyAnswer, case: Case, ruth: Staff) -> None:
    contact = case.conversation.contact
    contact.language = "ar"
    assert offer_responses(contact, [], ruth)[0].text == f"مرحبًا {contact.name}، بلدية نفيه يام"
    contact.language = "ru"  # not written: Hebrew stands in, and says that it is Hebrew
    assert offer_responses(contact, [], ruth)[0].lang == "he"


def test_a_name_that_nobody_knows_leaves_no_hole() -> None:
    assert fill_placeholders("שלום {name}, תודה", {"name": ""}) == "שלום, תודה"


def test_a_persons_name_is_never_read_as_a_place(case: Case, ruth: Staff) -> None:
    case.conversation.contact.name = "{number}"
    values = placeholder_values(case.conversation.contact, [case], ruth, "he")
    assert fill_placeholders("שלום {name} {other}", values) == "שלום {number} {other}"


def test_what_fits_the_open_request_comes_first(kept: ReadyAnswer, case: Case, miriam: Staff, ruth: Staff) -> None:
    case.topic = a_topic()
    save_canned_response(None, name="תאורה", texts={"he": "חשמלאי בדרך"}, topic=case.topic, staff=miriam)
    found = offer_responses(case.conversation.contact, [case], ruth)
    assert [(item.name, item.fits) for item in found] == [("תאורה", True), ("בטיפול", False)]


def test_the_composer_offers_them(ruths: Client, kept: ReadyAnswer, case: Case) -> None:
    page = ruths.get(page_of(case.conversation)).content.decode()
    assert 'data-insert="words"' in page
    assert "Write ready answers" not in page  # a clerk may use them; a manager writes them


def test_without_a_script_the_server_puts_them_in(ruths: Client, kept: ReadyAnswer, case: Case) -> None:
    data = {"insert": kept.pk, "text": "בוקר טוב.", "mode": "reply"}
    response = ruths.post(page_of(case.conversation) + "insert/", data)
    assert response.context["draft"].startswith("בוקר טוב.\nשלום דנה לוי, פנייה")
    assert not case.conversation.messages.filter(direction="out").exists()


def test_a_manager_writes_one(miriams: Client, city: Agency) -> None:
    data = {"name": " תודה  רבה ", "topic": "", "text_he": "תודה {name}!", "text_en": ""}
    assert miriams.post("/desk/answers/new/", data).status_code == 302
    made = ReadyAnswer.objects.get()
    assert (made.name, made.texts, made.agency) == ("תודה רבה", {"he": "תודה {name}!"}, city)
    assert Audit.objects.filter(operation="cases.keep_ready").count() == 1
    assert "תודה {name}!" in miriams.get("/desk/answers/").content.decode()


def test_one_without_words_may_not_be_kept(miriams: Client, city: Agency) -> None:
    assert miriams.post("/desk/answers/new/", {"name": "ריק", "topic": ""}).status_code == 422
    assert not ReadyAnswer.objects.exists()


def test_a_slip_in_a_place_may_not_be_kept(miriams: Client, city: Agency) -> None:
    response = miriams.post("/desk/answers/new/", {"name": "שגוי", "topic": "", "text_he": "שלום {nmae}"})
    assert response.status_code == 422
    assert "nmae" in str(response.context["form"].errors["text_he"])


def test_two_of_one_name_may_not_be_kept(kept: ReadyAnswer, miriams: Client, miriam: Staff) -> None:
    with pytest.raises(Refused):
        save_canned_response(None, name="בטיפול", texts={"he": "אחרת"}, topic=None, staff=miriam)
    response = miriams.post("/desk/answers/new/", {"name": "בטיפול", "topic": "", "text_he": "אחרת"})
    assert response.status_code == 422
    assert ReadyAnswer.objects.count() == 1


def test_a_manager_puts_one_away(miriams: Client, kept: ReadyAnswer) -> None:
    assert miriams.post(f"/desk/answers/{kept.pk}/away/").status_code == 302
    assert not ReadyAnswer.objects.exists()
    assert Audit.objects.filter(operation="cases.put_away_ready").count() == 1


def test_a_clerk_may_neither_write_nor_put_away(ruths: Client, kept: ReadyAnswer) -> None:
    assert ruths.post(f"/desk/answers/{kept.pk}/away/").status_code == 403
    assert ruths.post(f"/desk/answers/{kept.pk}/", {"name": "x", "text_he": "x"}).status_code == 403
    assert ReadyAnswer.objects.get().name == "בטיפול"
