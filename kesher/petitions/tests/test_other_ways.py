"""Where no code may be sent: the words to write instead, and how they complete the verb."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.channels.models import Account
from kesher.contacts.models import Identity, UnprovedAddress
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.dialogues.models import DialogueSession
from kesher.petitions.models import Petition, Signature

PAGE, API = "/petitions/48213/sign/", "/api/v1/petitions/48213/signatures/"


@pytest.fixture(autouse=True)
def full_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.contacts.rules.NETWORK_MOST", 0)


def test_the_page_offers_words_that_sign_from_one_s_own_phone(client: Client, petition: Petition, sms: Account) -> None:
    shown = client.post(PAGE, {"address": "050-555-0142"})
    assert shown.status_code == 429
    words = shown.context["words"]
    assert words.startswith("לחתום 48213 ")
    assert [way.channel for way in shown.context["ways"]] == ["sms"]
    assert not any(table.objects.exists() for table in (Message, Signature, UnprovedAddress))
    assert "החתימה נספרה" in hear(sms, DANA, words)
    row = Signature.objects.get(state="counted")
    assert (row.level, row.channel, row.name) == (1, "sms", "")


def test_a_name_that_the_page_brings_along_is_asked_about_first(
    client: Client, petition: Petition, sms: Account
) -> None:
    """Whoever filled in the page may be somebody else."""
    words = client.post(PAGE, {"address": "050-555-0142", "name": "פלוני", "show_name": "on"}).context["words"]
    assert "פלוני" in hear(sms, DANA, words)
    assert not Signature.objects.exists()
    assert "החתימה נספרה" in hear(sms, DANA, "כן")
    assert Signature.objects.get().name == "פלוני"


def test_the_api_says_why_and_the_ways(client: Client, petition: Petition, sms: Account) -> None:
    given = {"address": "050-555-0199"}
    answer = client.post(API, given, content_type="application/json", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["why"]) == (429, "network")
    (way,) = answer.json()["ways"]
    assert way.keys() == {"channel", "title", "address", "words", "url"}
    assert "Counted" in hear(sms, DANA, way["words"])
    assert Signature.objects.get().identity.address == DANA.address  # type: ignore[union-attr]


def test_what_was_filled_in_opens_by_its_own_command_only(client: Client, petition: Petition, sms: Account) -> None:
    token = client.post(PAGE, {"address": "050-555-0142"}).context["words"].rpartition(" ")[2]
    for words in (f"להצביע 48213 {token}", f"לחתום 61940 {token}", f"לחתום 48213 {token[:-1]}"):
        hear(sms, DANA, words, "תפריט")
        assert not Signature.objects.exists()
    assert DialogueSession.objects.get(code=token).state == "parked"


def test_whoever_is_over_what_is_kept_for_a_network_signs_without_a_token(
    client: Client, petition: Petition, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kesher.conversations.form_handover.LATER", 0)
    assert client.post(PAGE, {"address": "050-555-0142"}).context["words"] == "לחתום 48213"
    assert not any(table.objects.exists() for table in (DialogueSession, Identity))


def test_a_petition_that_was_written_on_the_page_is_sent_from_one_s_own_phone(
    client: Client, petition: Petition, sms: Account
) -> None:
    given = {"title": "ספסל בכל תחנה", "demand": "לעמוד בשמש קשה לזקנים.", "address": "050-555-0142", "sure": "on"}
    shown = client.post("/petitions/start/", given)
    assert shown.status_code == 429
    assert "ספסל בכל תחנה" in hear(sms, DANA, shown.context["words"])  # somebody else may have written it
    hear(sms, DANA, "1")
    assert Petition.objects.filter(titles__he="ספסל בכל תחנה", moderation="gathering").exists()
