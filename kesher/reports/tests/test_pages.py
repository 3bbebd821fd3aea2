"""The public pages: the form, similar reports nearby, and the confirmation with its number."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from kesher.accounts.tests.acting import browser_of
from kesher.agencies.models import Agency, Place, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.conversations.models import Delivery
from kesher.conversations.visitor_cookie import COOKIE
from kesher.core.http.throttle import allow
from kesher.core.models import Attachment
from kesher.dialogues.models import DialogueSession
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, noise, topic

NEW = "/report/"
API = "/api/v1/reports/"


def answers(**changed: Any) -> dict[str, Any]:
    given = {
        "topic": "street-light",
        "place": "הגפן 12",
        "words": "הפנס לא דולק כבר שבוע",
        "reach": "",
        "name": "",
        "website": "",
    }
    return {**given, **changed}


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "gold").save(out, "JPEG")
    return SimpleUploadedFile("lamp.jpg", out.getvalue(), "image/jpeg")


def test_a_report_is_sent_from_one_page(client: Client, city: Agency) -> None:
    topic()
    response = client.post(NEW, answers(photo=photo()), follow=True)
    made = ServiceRequest.objects.get()
    assert str(made.case.number) in response.content.decode()
    assert (made.door, made.level, made.photos.count()) == ("web", 0, 1)


def test_whoever_gives_no_address_is_known_by_his_browser_alone(client: Client, city: Agency) -> None:
    topic()
    client.post(NEW, answers())
    assert Identity.objects.get().scheme == "web"
    assert COOKIE in client.cookies


def test_a_claimed_number_is_not_tied_to_the_browser(client: Client, dana: Identity, sms: Account) -> None:
    topic()
    client.post(NEW, answers(reach="050-555-0142"))
    made = ServiceRequest.objects.get()
    assert made.case.conversation.contact == dana.contact
    assert made.level == 0
    assert not Identity.objects.filter(scheme="web").exists()
    assert COOKIE not in client.cookies


def test_who_types_anothers_number_is_shown_as_nobody_in_particular(
    client: Client, ruths: Client, dana: Identity, sms: Account
) -> None:
    topic()
    client.post(NEW, answers(reach="050-555-0142", name="דנה לוי"))
    client.post(API, answers(reach="050-555-0142"), content_type="application/json")
    numbers = ServiceRequest.objects.values_list("case__number", flat=True)
    pages = [ruths.get(reverse("reports:desk_report", args=[number])).content.decode() for number in numbers]
    assert ["בלי קוד" in page for page in pages] == [True, True]


def test_the_number_goes_to_the_address_that_was_given(client: Client, city: Agency, sms: Account) -> None:
    topic()
    response = client.post(NEW, answers(reach="050-555-0177", name="נועה"), follow=True)
    assert "20401" in Delivery.objects.get().payload["text"]
    assert Contact.objects.get().name == "נועה"
    assert response.context["told"]


def test_what_is_missing_is_said_and_nothing_is_written(client: Client, city: Agency) -> None:
    topic()
    response = client.post(NEW, answers(words="", place=""))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"words", "place"}
    assert not ServiceRequest.objects.exists()
    assert not Contact.objects.exists()


def test_the_trap_may_not_be_filled(client: Client, city: Agency) -> None:
    topic()
    assert client.post(NEW, answers(website="http://example.org")).status_code == 422
    assert not ServiceRequest.objects.exists()


def test_a_connection_may_not_report_without_end(client: Client, city: Agency) -> None:
    topic()
    for _ in range(30):
        allow("report:127.0.0.1", 30, 3600)
    response = client.post(NEW, answers())
    assert response.status_code == 429
    assert "הגפן 12" in response.content.decode()
    assert not ServiceRequest.objects.exists()


def test_a_kept_photo_survives_an_error_elsewhere(client: Client, city: Agency) -> None:
    topic()
    page = client.post(NEW, answers(words="", photo=photo())).content.decode()
    key = Attachment.objects.get().key
    assert f'name="kept_photo" value="{key}"' in page
    client.post(NEW, answers(kept_photo=key))
    assert ServiceRequest.objects.get().photos.get().key == key


def test_a_photo_that_is_no_photo_is_refused(client: Client, city: Agency) -> None:
    topic()
    response = client.post(NEW, answers(photo=SimpleUploadedFile("x.jpg", b"<script>alert(1)</script>")))
    assert response.status_code == 422
    assert "photo" in response.context["form"].errors


def test_what_was_reported_nearby_is_shown_first(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    response = client.post(NEW, answers(place="", place_pin="32.0502,34.7501"))
    assert response.status_code == 200
    assert [near.number for near in response.context["similar"]] == [20401]
    assert ServiceRequest.objects.count() == 1


def test_whoever_is_sure_sends_it_all_the_same(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    client.post(NEW, answers(place="מול הגן", place_pin="32.0502,34.7501", sure="1"))
    made = ServiceRequest.objects.latest("id")
    assert (made.lat, made.lon, made.address) == (32.0502, 34.7501, "מול הגן")


def test_the_neighbours_words_are_not_shown(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    page = client.post(NEW, answers(words="משהו אחר לגמרי", place="", place_pin="32.0502,34.7501")).content.decode()
    assert "לא דולק" not in page
    assert "דנה" not in page


def test_a_topic_in_the_address_is_chosen(client: Client, city: Agency) -> None:
    topic()
    noise()
    page = client.get(NEW, {"topic": "noise"}).content.decode()
    assert re.search(r'value="noise"\s+data-place="no" checked', page)


def test_the_page_costs_a_fixed_number_of_queries(
    client: Client, city: Agency, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        topic(f"topic-{number}")
    with django_assert_max_num_queries(6):
        client.get(NEW)


def test_answers_are_kept_for_another_channel(
    client: Client, city: Agency, whatsapp: Account, telegram: Account
) -> None:
    topic()
    response = client.post(NEW, answers(words="", later="1"), follow=True)
    session = DialogueSession.objects.get()
    assert session.answers == {"topic": "street-light", "place": "הגפן 12"}
    page = response.content.decode()
    assert session.code in page
    assert f"https://t.me/neve_yam_bot?start=c-{session.code}" in page
    assert "https://wa.me/97235550100?text=" in page


def test_an_answer_that_would_not_do_is_asked_again(client: Client, city: Agency) -> None:
    topic()
    client.post(NEW, answers(topic="no-such", words="אוף", later="1"))
    assert DialogueSession.objects.get().answers == {"place": "הגפן 12"}


def test_the_word_page_of_a_finished_form_opens_nothing(client: Client, city: Agency) -> None:
    topic()
    client.post(NEW, answers(later="1"))
    DialogueSession.objects.update(state="done")
    response = client.get(reverse("conversations:elsewhere", args=[DialogueSession.objects.get().key]))
    assert response.status_code == 302


def test_the_number_page_is_its_reporters_alone(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    assert client.get("/report/done/20401/").url == "/status/"  # type: ignore[attr-defined]


def test_a_number_shows_its_state(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    assert client.get("/status/", {"number": " #20401 "}).url == "/status/20401/"  # type: ignore[attr-defined]
    assert "פנס רחוב" in client.get("/status/20401/").content.decode()


@pytest.mark.parametrize("secret", ["דנה", "0142", "הגפן", "לא דולק", "34.75"])
def test_the_state_page_may_not_show_anything_personal(client: Client, dana: Identity, secret: str) -> None:
    lamp_report(dana, topic())
    assert secret not in client.get("/status/20401/").content.decode()


def test_an_unknown_number_is_answered_with_what_to_do(client: Client, city: Agency) -> None:
    assert client.get("/status/", {"number": "20999"}).status_code == 404
    assert client.get("/status/20999/").status_code == 404


def test_numbers_may_not_be_tried_without_end(client: Client, city: Agency) -> None:
    codes = {client.get("/status/", {"number": str(number)}).status_code for number in range(62)}
    assert codes == {404, 429}


def test_a_report_of_another_agency_is_not_shown(client: Client, dana: Identity, town: Agency, ruth: Staff) -> None:
    lamp_report(dana, topic())
    assert client.get("/status/20401/", headers={"host": "town.example"}).status_code == 404


def test_the_page_offers_the_names_of_the_agencys_places(client: Client, city: Agency) -> None:
    topic()
    assert "datalist" not in client.get("/report/").content.decode()
    Place.objects.create(agency=city, code="herzl", names={"he": "הרצל", "en": "Herzl"})
    assert '<option value="הרצל">' in client.get("/report/").content.decode()


def test_who_made_a_report_sees_their_words_and_place_when_signed_in(dana: Identity) -> None:
    made = lamp_report(dana, topic())
    page = browser_of(dana, level=2).get(f"/status/{made.case.number}/")
    assert page.context["own"]["report"] == made
    assert "הפנס לא דולק כבר שבוע" in page.content.decode()
    assert "הגפן 12" in page.content.decode()


def test_nobody_else_sees_the_words_of_a_report(client: Client, dana: Identity, omar: Identity) -> None:
    made = lamp_report(dana, topic())
    for browser in (client, browser_of(omar, level=2)):
        page = browser.get(f"/status/{made.case.number}/")
        assert page.context["own"] is None
        assert "הגפן 12" not in page.content.decode()


def test_a_link_that_may_have_been_passed_on_shows_no_words_of_a_report(dana: Identity) -> None:
    made = lamp_report(dana, topic())
    page = browser_of(dana, level=1).get(f"/status/{made.case.number}/")
    assert "הפנס לא דולק כבר שבוע" not in page.content.decode()
