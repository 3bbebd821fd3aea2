"""The worker sends a crowd its codes together, and one that fails does not hold up the others."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.conversations.models import Conversation, Delivery, Route
from kesher.core.contact_address import Address
from kesher.participation.models import CodeDue
from kesher.petitions.models import Petition
from kesher.petitions.services import code_delivery, send_due_codes
from kesher.petitions.services.signatures import send_signing_code
from kesher.petitions.tests.factories import ask_to_sign


def a_crowd(petition: Petition, size: int) -> list[Identity]:
    return [ask_to_sign(petition, Address("tel", f"+97254555{number:04}")) for number in range(size)]


def test_a_crowd_gets_its_codes_with_a_few_statements(petition: Petition, sms: Account) -> None:
    people = a_crowd(petition, 20)
    with CaptureQueriesContext(connection) as asked:
        assert send_due_codes() == 20
    assert len(asked.captured_queries) <= 20  # savepoints of the test included; one by one they take 500
    assert {one.identity_id for one in Delivery.objects.all()} == {one.pk for one in people}
    assert Proof.objects.filter(used_at=None, expires__gt=timezone.now()).count() == 20
    assert Conversation.objects.filter(last_seq=1).count() == Route.objects.count() == 20
    assert not CodeDue.objects.exists()
    assert send_due_codes() == 0


def test_a_new_code_ends_the_one_before_also_among_many(petition: Petition, sms: Account) -> None:
    dana = a_crowd(petition, 3)[0]
    send_due_codes()
    ask_to_sign(petition, Address("tel", dana.address))
    assert send_due_codes() == 1
    first, second = Proof.objects.filter(identity=dana).order_by("id")
    assert first.expires <= timezone.now() < second.expires
    assert Conversation.objects.get(contact=dana.contact).last_seq == 2
    assert Route.objects.filter(identity=dana).count() == 1


def test_one_code_that_fails_does_not_hold_up_the_others(
    petition: Petition, sms: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, real = a_crowd(petition, 3), send_signing_code

    def send(petition: Petition, identity: Identity, **given: Any) -> None:
        if identity == people[1]:
            raise ValueError("an address that no adapter understands")
        real(petition, identity, **given)

    monkeypatch.setattr(code_delivery, "send_signing_code", send)
    send_due_codes()
    assert {one.identity_id for one in Delivery.objects.all()} == {people[0].pk, people[2].pk}
    assert CodeDue.objects.get().row.identity == people[1]
    assert Proof.objects.count() == 2


def test_without_an_account_no_code_is_made(petition: Petition, sms: Account) -> None:
    a_crowd(petition, 2)
    Account.objects.update(is_active=False)
    assert send_due_codes() == 2
    assert not Proof.objects.exists()
    assert not CodeDue.objects.exists()
