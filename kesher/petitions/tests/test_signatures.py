"""The verb itself: one person, one signature, and how well a person must be known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_consent, get_or_create_identity, merge_contacts, prove_identity
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.participation.models import Participation
from kesher.participation.services import drain_deltas, read_tallies
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.tests.factories import a_petition, a_phone, ask_to_sign, confirm_as, sign_as, withdraw_as
from kesher.petitions.tests.talk import code_sent_to

DANA = Address("tel", "+972505550142")


def total(petition: Petition) -> int:
    while drain_deltas():
        pass
    return read_tallies(petition.action).get("total", {}).get("", 0)


def test_a_person_signs_and_counts_at_the_level_of_the_address(petition: Petition, dana: Identity) -> None:
    signed = sign_as(petition, dana, door="whatsapp")
    assert signed.new
    assert signed.counts
    assert signed.signature.level == 1
    assert total(petition) == 1


def test_signing_twice_is_one_signature_and_says_so(petition: Petition, dana: Identity) -> None:
    first = sign_as(petition, dana, door="whatsapp")
    again = sign_as(petition, dana, door="sms")
    assert not again.new
    assert again.signature.receipt == first.signature.receipt
    assert total(petition) == 1


def test_one_signature_writes_one_line_of_audit(petition: Petition, dana: Identity) -> None:
    sign_as(petition, dana, door="whatsapp", updates=True)
    sign_as(petition, dana, door="whatsapp")
    lines = Audit.objects.filter(subject_type="participation.participation")
    assert [(line.operation, line.door) for line in lines] == [("petition.take_part", "whatsapp")]


def test_an_address_that_nobody_vouches_for_does_not_count(petition: Petition) -> None:
    claimed = get_or_create_identity(Address("mailto", "somebody@example.org"))
    assert sign_as(petition, claimed, door="email").signature.state == Participation.State.PENDING
    assert total(petition) == 0


def test_nobody_signs_a_draft(city: Any, dana: Identity) -> None:
    with pytest.raises(Refused):
        sign_as(a_petition(published=False), dana, door="web")


def test_nobody_signs_what_is_closed_or_over(petition: Petition, dana: Identity) -> None:
    petition.closes_at = timezone.now() - timedelta(seconds=1)
    with pytest.raises(Refused):
        sign_as(petition, dana, door="web")
    assert not Signature.objects.exists()


def test_a_code_that_comes_back_makes_a_web_signature_count(petition: Petition, sms: Account) -> None:
    identity = ask_to_sign(petition, DANA, name=" דנה  לוי ", show_name=True)
    assert total(petition) == 0
    signed = confirm_as(petition, identity, code_sent_to(DANA.address), updates=True)
    assert (signed.signature.level, signed.signature.name, signed.signature.channel) == (1, "דנה לוי", "web")
    assert total(petition) == 1
    assert find_consent(identity.contact, "information") is True


def test_a_wrong_code_counts_nothing_and_is_remembered(petition: Petition, sms: Account) -> None:
    identity = ask_to_sign(petition, DANA)
    right = code_sent_to(DANA.address)
    for _try in range(5):
        with pytest.raises(Refused):
            confirm_as(petition, identity, "000000")
    with pytest.raises(Refused):
        confirm_as(petition, identity, right)
    assert total(petition) == 0


def test_a_code_for_one_petition_confirms_no_other(petition: Petition, sms: Account) -> None:
    other = a_petition(code="51704")
    identity = ask_to_sign(petition, DANA)
    ask_to_sign(other, Address("tel", "+972505550143"))
    with pytest.raises(Refused):
        confirm_as(other, identity, code_sent_to(DANA.address))


def test_the_web_sends_the_same_to_one_who_had_signed(petition: Petition, dana: Identity, sms: Account) -> None:
    first = sign_as(petition, dana, door="sms").signature
    identity = ask_to_sign(petition, DANA, name="מישהו אחר")
    signed = confirm_as(petition, identity, code_sent_to(DANA.address))
    assert not signed.new
    assert (signed.signature.pk, signed.signature.name) == (first.pk, "")
    assert total(petition) == 1


def test_a_code_counts_at_what_its_owner_had_proved_before(petition: Petition, sms: Account) -> None:
    identity = prove_identity(ask_to_sign(petition, DANA), level=2)
    signed = confirm_as(petition, identity, code_sent_to(DANA.address))
    assert signed.signature.level == 2
    assert total(petition) == 1


def test_what_was_pending_may_still_be_confirmed_after_closing(petition: Petition, sms: Account, miriam: Staff) -> None:
    identity = ask_to_sign(petition, DANA)
    services.move(petition, "close", staff=miriam)
    assert confirm_as(petition, identity, code_sent_to(DANA.address)).counts


def test_a_signature_is_taken_back_and_may_be_given_again(petition: Petition, dana: Identity) -> None:
    sign_as(petition, dana, door="sms")
    assert withdraw_as(petition, dana.contact, door="sms")
    assert total(petition) == 0
    assert sign_as(petition, dana, door="sms").new
    assert total(petition) == 1


def test_nobody_takes_back_what_was_not_given(petition: Petition, omar: Identity) -> None:
    assert not withdraw_as(petition, omar.contact)


def test_two_addresses_of_one_person_are_one_signature(petition: Petition, dana: Identity, omar: Identity) -> None:
    sign_as(petition, dana, door="sms")
    sign_as(petition, omar, door="telegram")
    assert total(petition) == 2
    merge_contacts(dana.contact, omar.contact, reason="code", by=SYSTEM)
    assert total(petition) == 1


def test_a_clerk_who_checked_signs_for_a_person_at_level_one(petition: Petition, ruth: Staff) -> None:
    signed = services.sign_petition(petition, Call(door="desk", address=DANA, level=1, staff=ruth), name="דנה לוי")
    assert (signed.signature.level, signed.signature.channel) == (1, "desk")
    assert Audit.objects.get(operation="petition.take_part").actor_kind == "staff"
    assert total(petition) == 1


def test_a_clerk_who_did_not_check_sends_a_code(petition: Petition, ruth: Staff, sms: Account) -> None:
    signed = services.sign_petition(petition, Call(door="desk", address=DANA, staff=ruth))
    assert not signed.counts
    assert code_sent_to(DANA.address)
    assert total(petition) == 0


def test_a_void_signature_stops_counting_and_keeps_its_reason(
    petition: Petition, dana: Identity, miriam: Staff
) -> None:
    signature = sign_as(petition, dana, door="sms").signature
    assert services.void_signature(signature, staff=miriam, reason="ניסיון")
    assert not services.void_signature(signature, staff=miriam, reason="ניסיון")
    assert total(petition) == 0
    assert Audit.objects.get(operation="petition.leave").data["reason"] == "ניסיון"


def test_nothing_is_voided_without_a_reason(petition: Petition, dana: Identity, miriam: Staff) -> None:
    signature = sign_as(petition, dana, door="sms").signature
    with pytest.raises(Refused):
        services.void_signature(signature, staff=miriam, reason="  ")
    assert total(petition) == 1


def test_a_returning_signer_costs_at_most_eight_queries(petition: Petition) -> None:
    identity = a_phone()
    sign_as(a_petition(), identity, door="whatsapp")
    with CaptureQueriesContext(connection) as seen:
        sign_as(petition, identity, door="whatsapp", updates=True)
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) <= 8


def test_names_are_shown_only_where_their_owners_agreed(petition: Petition) -> None:
    sign_as(petition, a_phone(), door="sms", name="גלויה", show_name=True)
    sign_as(petition, a_phone(), door="sms", name="סמויה")
    sign_as(petition, a_phone(), door="sms", show_name=True)
    assert [row.name for row in Signature.objects.of(petition).shown()] == ["גלויה"]
