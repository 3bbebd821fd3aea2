"""A link opens one unfinished form, once, for whoever holds it; and it opens nothing else."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from kesher.agencies.models import Agency
from kesher.channels.base import Address, Say
from kesher.contacts.models import Contact, Identity, Merge
from kesher.contacts.services import get_or_create_identity, set_status
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.files.attachments import store_attachment
from kesher.core.models import Attachment, Audit
from kesher.dialogues import services
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.tests.questions import FINISHED, ask_for

GOOD = {"colour": "red", "words": "A red bench", "sure": "on"}


@pytest.fixture(autouse=True)
def nothing_finished() -> None:
    FINISHED.clear()


@pytest.fixture
def begun(dana: Identity) -> DialogueSession:
    """Dana answered one question on SMS, and was sent the link."""
    return ask_for(dana.contact, colour="red")


def url(session: DialogueSession) -> str:
    return f"/go/{session.key}/"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "teal").save(out, "PNG")
    return out.getvalue()


def test_the_page_shows_what_was_answered(client: Client, begun: DialogueSession) -> None:
    page = client.get(url(begun)).content.decode()
    assert 'value="red" selected' in page


def test_the_page_shows_nothing_else_of_the_person(client: Client, begun: DialogueSession) -> None:
    page = client.get(url(begun)).content.decode()
    for secret in ("דנה", "0142", begun.contact.key, begun.code):
        assert secret not in page


def test_it_is_finished_with_the_answers_of_the_page(client: Client, begun: DialogueSession) -> None:
    response = client.post(url(begun), GOOD)
    ((turn, answers),) = FINISHED
    assert (turn.contact, turn.door, turn.identity) == (begun.contact, "web", None)
    assert answers["words"] == "A red bench"
    assert "Receipt 1" in response.content.decode()
    assert Audit.objects.filter(operation="dialogues.continue").count() == 1


def test_a_used_link_opens_nothing(client: Client, begun: DialogueSession) -> None:
    client.post(url(begun), GOOD)
    again = client.get(url(begun))
    assert again.status_code == 410
    assert "A red bench" not in again.content.decode()
    assert client.post(url(begun), GOOD).status_code == 410
    assert len(FINISHED) == 1


def test_two_who_press_at_once_send_it_once(begun: DialogueSession) -> None:
    turn = Turn(begun.contact, "web")
    stale = DialogueSession.objects.get(pk=begun.pk)
    services.complete_form(begun, turn, GOOD)
    with pytest.raises(Refused):
        services.complete_form(stale, turn, GOOD)
    assert len(FINISHED) == 1


def test_a_forwarded_link_merges_nobody(client: Client, begun: DialogueSession, omar: Identity) -> None:
    """Omar fills in Dana's form in another browser."""
    get_or_create_identity(Address("web", "OMARSBROWSER"))
    people, identities = Contact.objects.count(), Identity.objects.count()
    response = client.post(url(begun), GOOD)
    assert set(response.cookies) <= {"csrftoken"}
    assert "_auth_user_id" not in client.session
    assert (Contact.objects.count(), Identity.objects.count()) == (people, identities)
    assert not Merge.objects.exists()
    assert list(Identity.objects.filter(contact=begun.contact).values_list("scheme", flat=True)) == ["tel"]


def test_a_link_goes_out_after_a_day(client: Client, begun: DialogueSession) -> None:
    DialogueSession.objects.update(updated=timezone.now() - timedelta(hours=25))
    assert client.get(url(begun)).status_code == 410
    assert client.post(url(begun), GOOD).status_code == 410
    assert not FINISHED


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_an_ended_form_is_not_opened(client: Client, begun: DialogueSession, state: str) -> None:
    DialogueSession.objects.update(state=state)
    assert client.get(url(begun)).status_code == 410


def test_a_parked_form_is_opened(client: Client, begun: DialogueSession) -> None:
    DialogueSession.objects.update(state="parked")
    assert client.get(url(begun)).status_code == 200


def test_a_menu_is_no_form(client: Client, begun: DialogueSession) -> None:
    DialogueSession.objects.update(skill="")
    assert client.get(url(begun)).status_code == 410


def test_a_blocked_persons_link_opens_nothing(client: Client, begun: DialogueSession) -> None:
    set_status(begun.contact, "blocked", by=SYSTEM)
    assert client.get(url(begun)).status_code == 410


def test_an_unknown_link_opens_nothing(client: Client, city: Agency) -> None:
    assert client.get("/go/NOSUCHKEY2345/").status_code == 404


def test_another_agencys_link_opens_nothing(client: Client, begun: DialogueSession, town: Agency) -> None:
    assert client.get(url(begun), headers={"host": "town.example"}).status_code == 404


def test_what_is_wrong_is_said_and_nothing_is_sent(client: Client, begun: DialogueSession) -> None:
    response = client.post(url(begun), {**GOOD, "words": ""})
    assert response.status_code == 422
    assert not FINISHED
    assert DialogueSession.objects.get().state == "active"


def test_a_kept_photo_goes_along(client: Client, dana: Identity) -> None:
    photo = store_attachment(picture(), name="bench.png")
    session = ask_for(dana.contact, colour="red", photo=photo.key)
    assert f'name="kept_photo" value="{photo.key}"' in client.get(url(session)).content.decode()
    client.post(url(session), {**GOOD, "kept_photo": photo.key})
    assert FINISHED[0][1]["photo"] == photo


def test_a_kept_photo_may_be_left_out(client: Client, dana: Identity) -> None:
    photo = store_attachment(picture(), name="bench.png")
    session = ask_for(dana.contact, photo=photo.key)
    client.post(url(session), {**GOOD, "kept_photo": photo.key, "drop_photo": "on"})
    assert FINISHED[0][1]["photo"] is None


def test_a_new_photo_is_stored_first(client: Client, begun: DialogueSession) -> None:
    client.post(url(begun), {**GOOD, "photo": SimpleUploadedFile("a.png", picture(), "image/png")})
    assert FINISHED[0][1]["photo"] == Attachment.objects.get()


def test_a_file_that_we_do_not_take_is_named(client: Client, begun: DialogueSession) -> None:
    response = client.post(url(begun), {**GOOD, "photo": SimpleUploadedFile("a.html", b"<html>", "text/html")})
    assert set(response.context["form"].errors) == {"photo"}
    assert not FINISHED


def test_the_page_speaks_the_persons_language(client: Client, omar: Identity) -> None:
    response = client.get(url(ask_for(omar.contact)))
    assert response.headers["Content-Language"] == "ar"
    assert 'dir="rtl"' in response.content.decode()


def test_a_language_chosen_on_the_site_before_does_not_change_the_page(client: Client, omar: Identity) -> None:
    client.cookies["django_language"] = "ru"
    assert client.get(url(ask_for(omar.contact))).headers["Content-Language"] == "ar"


def test_whoever_chooses_a_language_on_the_page_gets_it_there_alone(client: Client, omar: Identity) -> None:
    session = ask_for(omar.contact, colour="red")
    page = client.get(f"{url(session)}?lang=ru")
    assert page.headers["Content-Language"] == "ru"
    assert 'href="?lang=ru"' in page.content.decode()
    assert client.get(url(session)).headers["Content-Language"] == "ar"


def test_a_refusal_is_shown_as_it_is(client: Client, begun: DialogueSession) -> None:
    page = client.post(url(begun), {**GOOD, "words": "refuse this"}).content.decode()
    assert "Not today" in page


def test_nobody_tries_without_end(client: Client, begun: DialogueSession) -> None:
    codes = [client.post(url(begun), {**GOOD, "words": ""}).status_code for _ in range(41)]
    assert codes == [422] * 40 + [429]


def test_a_form_that_is_over_keeps_no_answers(client: Client, begun: DialogueSession, dana: Identity) -> None:
    client.post(url(begun), GOOD)
    assert (begun.again().state, begun.again().answers) == ("done", {})
    refused = ask_for(dana.contact, colour="red")
    client.post(url(refused), {**GOOD, "words": "refuse this"})
    assert (refused.again().state, refused.again().answers) == ("cancelled", {})


def test_what_nobody_touched_for_a_fortnight_is_deleted(begun: DialogueSession, omar: Identity) -> None:
    fresh = ask_for(omar.contact)
    DialogueSession.objects.filter(pk=begun.pk).update(updated=timezone.now() - timedelta(days=15))
    assert services.forget_old_forms() == 1
    assert list(DialogueSession.objects.all()) == [fresh]
    assert services.forget_old_forms() == 0


def test_the_links_of_a_receipt_are_links(client: Client, begun: DialogueSession) -> None:
    def said(*_args: Any, **_kwargs: Any) -> list[Say]:
        return [Say("x", links=(("Look", "https://city.example/x"),))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "complete_form", said)
        assert 'href="https://city.example/x"' in client.post(url(begun), GOOD).content.decode()
