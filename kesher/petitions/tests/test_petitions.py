"""The machines' door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.participation import rate_limits
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, sign_as
from kesher.petitions.tests.talk import code_sent_to

LIST = "/api/v1/petitions/"
ONE = "/api/v1/petitions/48213/"
PHONE = "+972505550142"


def post(path: str, body: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(path, body, content_type="application/json")


def test_the_list_has_the_british_keys_and_no_drafts(client: Client, petition: Petition) -> None:
    a_petition(published=False)
    found = client.get(LIST).json()
    assert [row["id"] for row in found["data"]] == [48213]
    assert found["data"][0]["attributes"]["signature_count"] == 0
    assert found["links"]["next"] is None


def test_the_pages_of_the_list_keep_what_was_asked_for(
    client: Client, city: Agency, miriam: Staff, monkeypatch: Any
) -> None:
    monkeypatch.setattr("kesher.initiatives.api.PAGE", 1)
    for number in range(3):
        row = a_petition(titles={"he": f"ספסל {number}"})
        if number:
            services.move(row, "close", staff=miriam)
    first = client.get(LIST, {"state": "closed", "q": "ספסל"}).json()
    second = client.get(first["links"]["next"]).json()
    assert [row["attributes"]["action"] for row in (*first["data"], *second["data"])] == ["ספסל 2", "ספסל 1"]
    assert (second["links"]["next"], client.get(second["links"]["prev"]).json()) == (None, first)


def test_days_are_the_bodys_own(client: Client, petition: Petition, miriam: Staff) -> None:
    late = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)  # in Israel it is the next day
    services.publish_response(petition, {"he": "כן"}, staff=miriam)
    Petition.objects.update(answered_at=late)
    assert client.get(ONE).json()["data"]["attributes"]["government_response"]["responded_on"] == "2026-11-26"
    services.extend_signing(petition, datetime(2030, 11, 25, 22, 30, tzinfo=UTC), staff=miriam)
    assert petition.events.get(verb="extended").data["until"] == "2030-11-26"


def test_breakdowns_add_up_to_the_count(client: Client, petition: Petition) -> None:
    for door in ("whatsapp", "whatsapp", "sms"):
        sign_as(petition, a_phone(), door=door)
    drain_deltas()
    shown = client.get(ONE).json()["data"]["attributes"]
    for name in ("signatures_by_channel", "signatures_by_level"):
        assert sum(row["signature_count"] for row in shown[name]) == shown["signature_count"] == 3


def test_nobodys_name_or_address_is_in_it(client: Client, petition: Petition, dana: Identity) -> None:
    sign_as(petition, dana, door="sms", name="דנה לוי", show_name=True)
    answer = client.get(ONE).content.decode()
    assert "דנה" not in answer
    assert "5550142" not in answer


def test_signing_waits_for_the_code(petition: Petition, sms: Account) -> None:
    asked = post(f"{ONE}signatures/", {"address": "050-5550142", "name": "דנה", "updates": True})
    assert asked.status_code == 202
    assert asked.json()["data"]["state"] == "pending"
    done = post(f"{ONE}signatures/confirm/", {"address": PHONE, "code": code_sent_to(PHONE)})
    assert done.json()["data"] == {"state": "counted", "receipt": Signature.objects.get().receipt, "new": True}
    assert Signature.objects.get().channel == "api"


def test_signing_again_answers_the_same(petition: Petition, sms: Account, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    known = post(f"{ONE}signatures/", {"address": PHONE})
    new = post(f"{ONE}signatures/", {"address": "+972505560142"})
    assert (known.status_code, known.json()) == (new.status_code, new.json())


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '"x"', "{}", '{"address": {"a": 1}}', '{"address": "x"}', "x" * 20_000]
)
def test_bad_input_is_a_clean_422(petition: Petition, sms: Account, body: str) -> None:
    answer = post(f"{ONE}signatures/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]["address"]
    assert not Signature.objects.exists()


def test_a_wrong_code_is_a_422(petition: Petition, sms: Account) -> None:
    post(f"{ONE}signatures/", {"address": PHONE})
    assert post(f"{ONE}signatures/confirm/", {"address": PHONE, "code": "000000"}).status_code == 422
    assert post(f"{ONE}signatures/confirm/", {"address": "050-9999999", "code": "000000"}).status_code == 422
    assert Signature.objects.get().state == "pending"


def test_a_robot_and_a_flood_write_nothing(petition: Petition, sms: Account, monkeypatch: Any) -> None:
    assert post(f"{ONE}signatures/", {"address": PHONE, "website": "x"}).status_code == 202
    monkeypatch.setattr(rate_limits, "TRIES", 0)
    assert post(f"{ONE}signatures/", {"address": PHONE}).status_code == 429
    assert not Signature.objects.exists()


def test_what_is_not_there_is_a_404_in_json(client: Client, city: object) -> None:
    assert client.get("/api/v1/petitions/99999/").json()["errors"]["code"]
    assert post("/api/v1/petitions/99999/signatures/", {"address": PHONE}).status_code == 404
    assert client.get(f"{ONE}signatures/").status_code == 405
