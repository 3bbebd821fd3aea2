"""The JSON API of reports."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, noise, topic

URL = "/api/v1/reports/"


def send(client: Client, **changed: Any) -> Any:
    body = {
        "topic": "street-light",
        "words": "The lamp is dark",
        "place": {"lat": 32.05, "lon": 34.75, "address": "x 1"},
    }
    return client.post(URL, {**body, **changed}, content_type="application/json")


def test_a_report_is_opened(client: Client, city: Agency) -> None:
    topic()
    response = send(client, reach="dana@example.org", name="Dana")
    assert response.status_code == 201
    assert response.json()["number"] == "20401"
    made = ServiceRequest.objects.get()
    assert (made.door, made.lat, made.address, made.case.conversation.contact.name) == ("api", 32.05, "x 1", "Dana")


def test_a_place_may_be_words(client: Client, city: Agency) -> None:
    topic()
    send(client, place="הגפן 12")
    assert ServiceRequest.objects.get().address == "הגפן 12"


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic": "no-such"},
        {"words": "x"},
        {"place": None},
        {"place": {"lat": 99, "lon": 1}},
        {"reach": "050"},
        {"topic": ["a"]},
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(client: Client, city: Agency, wrong: dict[str, Any]) -> None:
    topic()
    response = send(client, **wrong)
    assert response.status_code == 400
    assert set(response.json()["errors"]) == set(wrong)
    assert not ServiceRequest.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"a=1", "text/plain", 415),
        (b'"' + b"x" * 70_000, "application/json", 413),
    ],
)
def test_what_is_no_report_gets_a_clean_answer(
    client: Client, city: Agency, body: bytes, kind: str, status: int
) -> None:
    assert client.post(URL, body, content_type=kind).status_code == status


def test_the_state_of_a_number(client: Client, dana: Identity) -> None:
    lamp_report(dana, topic())
    said = client.get(f"{URL}20401/").json()
    assert (said["number"], said["state"], said["history"][0]["verb"]) == ("20401", "new", "open")
    assert "הגפן" not in str(said)


def test_an_unknown_number(client: Client, city: Agency) -> None:
    assert client.get(f"{URL}20999/").status_code == 404


def test_the_topics_in_every_language(client: Client, city: Agency) -> None:
    topic()
    noise()
    topic("hidden", reportable=False)
    said = client.get("/api/v1/topics/").json()["topics"]
    assert [(row["code"], row["needs_place"]) for row in said] == [("street-light", True), ("noise", False)]
    assert said[0]["names"]["ru"] == "Уличный фонарь"
