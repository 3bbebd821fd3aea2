"""Asking to be called back, from every page."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.cases.models import Case
from kesher.contacts.models import Identity
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.core.http import throttle

NUMBER = "050-555-0142"


@pytest.fixture(autouse=True)
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no hour or day end during a test."""
    monkeypatch.setattr(throttle, "window_end", lambda _seconds: 4_000_000_000)


def test_every_page_leads_to_it(client: Client, city: Agency) -> None:
    for path in ("/", "/privacy/", "/call-back/"):
        assert 'href="/call-back/"' in client.get(path).text


def test_a_number_opens_a_request_that_waits_for_a_person(client: Client, city: Agency) -> None:
    told = client.post("/call-back/", {"number": NUMBER, "matter": "ארנונה"}, follow=True).text
    case = Case.objects.get()
    assert (case.kind, case.title, case.channel) == (Case.Kind.CALL, "ארנונה", "web")
    assert case.waiting_since is not None
    assert str(case.number) in told
    assert str(case.number) not in Client().get("/call-back/").text  # another browser is told nothing


def test_a_number_that_somebody_typed_is_not_its_owner(client: Client, dana: Identity) -> None:
    client.post("/call-back/", {"number": NUMBER})
    identity = Identity.objects.get(scheme="call")
    assert (identity.address, identity.assurance) == (dana.address, 0)
    assert identity.contact_id != dana.contact_id
    assert not Delivery.objects.exists()


def test_who_calls_from_that_number_is_still_served_by_the_bot(client: Client, city: Agency) -> None:
    client.post("/call-back/", {"number": NUMBER})
    assert not Conversation.objects.get().held


@pytest.mark.parametrize(
    "number", ["", "12", "שלום", "+1 900 555 0142", "1-900-555-014", "+882 16 5550 0142", "+44 20 7946 0958"]
)
def test_what_is_no_number_is_refused_and_nothing_is_kept(client: Client, city: Agency, number: str) -> None:
    answer = client.post("/call-back/", {"number": number, "matter": "ארנונה"})
    assert 'aria-invalid="true"' in answer.text
    assert "ארנונה" in answer.text
    assert not Case.objects.exists()
    assert not Message.objects.exists()


def test_nobody_is_called_again_and_again_at_somebody_elses_wish(client: Client, city: Agency) -> None:
    for _try in range(3):
        client.post("/call-back/", {"number": NUMBER})
    answer = client.post("/call-back/", {"number": "+972 50 555 0142"})
    assert 'role="alert"' in answer.text
    assert Case.objects.count() == 3


def test_one_network_asks_five_times_an_hour(client: Client, city: Agency) -> None:
    for last in range(6):
        client.post("/call-back/", {"number": f"050-555-014{last}"}, REMOTE_ADDR="198.51.100.7")
    assert Case.objects.count() == 5
