"""A number that changed hands belongs to its new owner, and what the old one said and did stays the old one's."""

from __future__ import annotations

import pytest

from kesher.contacts.models import Consent, Identity
from kesher.contacts.services import change_owner, confirm_owner, find_consent, get_or_create_identity, record_consent
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.models import Audit


def test_an_address_that_answered_again_is_still_its_owner_s(dana: Identity) -> None:
    owner, before = dana.contact, dana.verified_at
    confirm_owner(dana, level=2, how="code", by=SYSTEM)
    found = dana.again()
    assert (found.contact, found.assurance, found.evidence) == (owner, 2, {"confirmed": "code"})
    assert found.verified_at is not None
    assert found.verified_at != before
    confirm_owner(dana, level=1, how="code", by=SYSTEM)
    assert dana.again().assurance == 2
    assert Audit.objects.filter(operation="contacts.confirm_owner").count() == 2


def test_a_new_owner_is_a_new_person_who_agreed_to_nothing(dana: Identity) -> None:
    old = dana.contact
    for purpose in (Consent.Purpose.PROMOTION, Consent.Purpose.SERVICE):
        record_consent(dana, purpose, granted=True, source="web")
    owner = change_owner(dana, to=None, how="code", by=SYSTEM)
    assert owner != old
    assert dana.again().contact == owner
    assert owner.language == old.language
    assert find_consent(owner, Consent.Purpose.PROMOTION) is False
    assert find_consent(owner, Consent.Purpose.SERVICE) is True
    assert find_consent(owner, Consent.Purpose.OPINION) is None
    assert Audit.objects.get(operation="contacts.change_owner").data == {
        "before": old.pk,
        "after": owner.pk,
        "how": "code",
    }


def test_an_address_may_go_to_somebody_we_know(dana: Identity, omar: Identity) -> None:
    mail = get_or_create_identity(Address("mailto", "dana@example.org"))
    assert change_owner(mail, to=omar.contact, how="code", by=SYSTEM) == omar.contact
    assert mail.again().contact == omar.contact
    assert dana.again().contact != omar.contact
    assert not Consent.objects.exists()


def test_the_names_that_a_channel_gave_with_a_number_go_with_it(dana: Identity) -> None:
    alias = Address("wa-bsuid", "IL.142")
    get_or_create_identity(Address("tel", "050-555-0142"), assurance=1, aliases=[alias])
    mail = get_or_create_identity(Address("mailto", "dana@example.org"))
    Identity.objects.filter(pk=mail.pk).update(contact=dana.contact)
    owner = change_owner(dana, to=None, how="code", by=SYSTEM)
    assert (get_or_create_identity(alias).contact, get_or_create_identity(alias).assurance) == (owner, 1)
    assert mail.again().contact != owner


def test_who_parts_with_a_number_proves_it_nobody_s(dana: Identity) -> None:
    """No code came back, so nothing is proved of the new owner; the names of the address go with it."""
    alias = Address("wa-bsuid", "IL.142")
    get_or_create_identity(Address("tel", "050-555-0142"), assurance=1, aliases=[alias])
    confirm_owner(dana, level=2, how="code", by=SYSTEM)
    change_owner(dana.again(), to=None, how="not_mine", by=SYSTEM)
    assert (dana.again().assurance, dana.verified_at) == (0, None)
    assert (get_or_create_identity(alias).assurance, get_or_create_identity(alias).verified_at) == (0, None)


@pytest.mark.parametrize("how", ["code", "begin_anew"])
def test_whoever_typed_the_code_has_proved_it(dana: Identity, how: str) -> None:
    change_owner(dana, to=None, how=how, by=SYSTEM)
    assert dana.again().assurance == 2
    assert dana.verified_at is not None
