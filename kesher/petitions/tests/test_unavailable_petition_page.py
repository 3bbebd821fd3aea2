"""While we read a petition that has found its supporters: whoever has its number or its link is told, and may leave."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, MAIL, OMAR, VISITOR, hear
from kesher.core.templatetags.ui import deadline
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_phone, ask_to_sign, sign_as
from kesher.petitions.tests.talk import code_sent_to, link_sent_to
from kesher.petitions.tests.test_drafts import TITLE, gather

JSON = "application/json"


@pytest.fixture
def gathering(city: Agency) -> Petition:
    return gather(4)


def review(petition: Petition, state: str = "submitted") -> Petition:
    """It finds its last supporter, or does not."""
    if state == "lapsed":
        return services.move(petition, "lapse", tell=False)
    sign_as(petition, a_phone(), door="sms")
    services.submit_supported()
    petition.refresh_from_db()
    return services.move(petition, "ask_changes", asked="בלי שמות") if state == "changes" else petition


def text(response: Any) -> str:
    return str(response.content.decode())


def of(person: Identity | None) -> Signature:
    assert person is not None
    return Signature.objects.get(contact=person.contact)


@pytest.mark.parametrize("state", ["submitted", "changes", "lapsed"])
def test_its_link_says_where_it_stands_and_not_its_words(client: Client, gathering: Petition, state: str) -> None:
    petition = review(gathering, state)
    for rest in ("", "thanks/", "sign/", "share/"):
        page = client.get(f"/petitions/{petition.code}/{rest}")
        assert page.status_code == 200
        assert "noindex" in text(page)
        assert petition.code in text(page)
        assert petition.demand not in text(page)
        assert (TITLE in text(page)) == (state != "changes")
        assert ("ביקשנו מיוזמיה שינויים" in text(page)) == (state == "changes")
        assert ("אנחנו קוראים" in text(page)) == (state == "submitted")


def test_its_link_says_by_when_we_decide(client: Client, gathering: Petition) -> None:
    petition = review(gathering)
    assert deadline(petition.review_due) in text(client.get(petition.get_absolute_url()))


def test_what_was_never_given_to_anybody_is_still_unknown(client: Client, city: Agency) -> None:
    services.set_policy(supporters=0)
    petition = gather(0)
    assert petition.moderation == "submitted"
    assert client.get(petition.get_absolute_url()).status_code == 404


def test_the_desk_still_reads_it(ruths: Client, gathering: Petition) -> None:
    petition = review(gathering)
    assert petition.demand in text(ruths.get(petition.get_absolute_url()))


@pytest.mark.parametrize("state", ["submitted", "changes"])
def test_a_signature_that_waits_is_still_confirmed(
    client: Client, gathering: Petition, mailbox: Account, state: str
) -> None:
    asked = client.post(f"/petitions/{gathering.code}/sign/", {"address": MAIL.address})["Location"]
    link = link_sent_to(MAIL.address)
    review(gathering, state)
    assert client.get(link).status_code == 200
    done = client.post(asked, {"code": code_sent_to(MAIL.address)})
    mine = of(find_identity(MAIL))
    assert mine.state == "counted"
    assert mine.receipt in text(client.get(done["Location"]))


def test_what_lapsed_counts_nobody_any_more_and_says_so(client: Client, gathering: Petition, mailbox: Account) -> None:
    asked = client.post(f"/petitions/{gathering.code}/sign/", {"address": MAIL.address})["Location"]
    code = code_sent_to(MAIL.address)
    review(gathering, "lapsed")
    page = client.post(asked, {"code": code})
    assert page.status_code == 200
    assert "לא נמצאו מספיק תומכים" in text(page)
    assert of(find_identity(MAIL)).state == "pending"


def test_a_code_in_the_chat_is_still_taken(webchat: Account, mailbox: Account, gathering: Petition) -> None:
    hear(webchat, VISITOR, f"לחתום {gathering.code}", "1", MAIL.address, "2")
    petition = review(gathering)
    said = hear(webchat, VISITOR, code_sent_to(MAIL.address))
    assert of(find_identity(MAIL)).receipt in said
    assert deadline(petition.review_due) in said


@pytest.mark.parametrize("state", ["submitted", "changes", "lapsed"])
def test_whoever_signed_takes_it_back_by_a_word(
    telegram: Account, gathering: Petition, omar: Identity, state: str
) -> None:
    sign_as(gathering, omar, door="telegram")
    review(gathering, state)
    hear(telegram, OMAR, f"withdraw {gathering.code}", "1")
    assert of(omar).state == "withdrawn"


def test_whoever_signed_takes_it_back_where_nobody_may_read_it(
    telegram: Account, petition: Petition, omar: Identity, miriam: Staff
) -> None:
    sign_as(petition, omar, door="telegram")
    services.move(petition, "take_down", staff=miriam, reason="personal")
    said = hear(telegram, OMAR, "withdraw", "1")
    hear(telegram, OMAR, "1")
    assert "48213" in said
    assert petition.title not in said
    assert of(omar).state == "withdrawn"


def test_whoever_did_not_sign_hears_no_title_that_is_hidden(
    telegram: Account, petition: Petition, miriam: Staff
) -> None:
    services.move(petition, "take_down", staff=miriam, reason="personal")
    assert petition.title not in hear(telegram, OMAR, "withdraw 48213")


@pytest.mark.parametrize("hidden", [False, True])
def test_the_page_takes_a_signature_back_and_tells_nobody_who_signed(
    client: Client, gathering: Petition, omar: Identity, mailbox: Account, miriam: Staff, hidden: bool
) -> None:
    ask_to_sign(gathering, MAIL)
    code_sent_to(MAIL.address)
    petition = review(gathering)
    if hidden:
        services.move(petition, "reject", staff=miriam, reason="personal")
    path = f"/petitions/{petition.code}/withdraw/"
    sent = Message.objects.count()
    answers = [Client().post(path, {"address": mail}) for mail in ("nobody@example.org", MAIL.address)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, f"{path}code/")] * 2
    code = code_sent_to(MAIL.address)
    assert Message.objects.count() == sent + 1
    done = client.post(f"{path}code/", {"address": MAIL.address, "code": code})
    assert of(find_identity(MAIL)).state == "withdrawn"
    assert (TITLE in text(done)) != hidden


def test_whoever_comes_late_to_sign_hears_that_we_read_it(telegram: Account, gathering: Petition) -> None:
    petition = review(gathering)
    assert deadline(petition.review_due) in hear(telegram, OMAR, f"לחתום {petition.code}")
    assert deadline(petition.review_due) in hear(telegram, OMAR, petition.code)


def test_its_author_hears_by_its_number_what_he_shall_change(whatsapp: Account, gathering: Petition) -> None:
    petition = review(gathering, "changes")
    assert "בלי שמות" in hear(whatsapp, DANA, petition.code)


def test_machines_may_confirm_and_take_back_too(client: Client, gathering: Petition, mailbox: Account) -> None:
    ask_to_sign(gathering, MAIL)
    code, base = code_sent_to(MAIL.address), f"/api/v1/petitions/{review(gathering).code}/signatures/"
    mail = {"address": MAIL.address}
    assert client.post(f"{base}confirm/", {**mail, "code": code}, JSON).status_code == 200
    assert client.post(f"{base}withdraw/", mail, JSON).status_code == 202
    back = {**mail, "code": code_sent_to(MAIL.address)}
    assert client.post(f"{base}withdraw/confirm/", back, JSON).status_code == 200
    assert of(find_identity(MAIL)).state == "withdrawn"
