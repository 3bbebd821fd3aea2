"""An unfinished form ends once its purpose was reached through another door."""

from __future__ import annotations

from typing import Any

import pytest

from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.contests.tests.factories import a_ballot_of, voted
from kesher.conversations.tests.talk import DANA, hear
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import park_form, parked_session
from kesher.petitions.tests.factories import a_petition, ask_to_sign, confirm_as
from kesher.petitions.tests.talk import code_sent_to
from kesher.purchases.tests.factories import a_purchase, buy


def left(contact: Contact, skill: str, code: str) -> None:
    park_form(contact, REGISTRY[skill], subject=code, answers={}, door="sms")


def test_a_signature_given_on_the_page_ends_the_form_of_the_phone(sms: Account) -> None:
    petition, other = a_petition(), a_petition()
    hear(sms, DANA, f"לחתום {other.code}", f"לחתום {petition.code}", "תפריט")
    identity = ask_to_sign(petition, DANA)
    confirm_as(petition, identity, code_sent_to(DANA.address))
    found = parked_session(identity.contact.root())
    assert found is not None
    assert found.subject == other.code


@pytest.mark.parametrize("verb", ["vote", "pledge"])
def test_so_do_a_vote_and_a_pledge_and_a_strangers_do_not(verb: str, dana: Identity, sms: Account) -> None:
    omar = get_or_create_identity(Address("tel", "+972505550143"), assurance=1)
    if verb == "vote":
        contest, round = a_ballot_of("קלקלן", "סופגנית")
        left(dana.contact, "contests.vote", contest.code)
        act: Any = lambda who: voted(round, who, [1], door="web")  # noqa: E731
    else:
        purchase = a_purchase()
        left(dana.contact, "purchases.pledge", purchase.code)
        act = lambda who: buy(purchase, 1, who, door="web")  # noqa: E731
    act(omar)
    assert parked_session(dana.contact) is not None
    act(dana)
    assert parked_session(dana.contact) is None


def test_the_same_form_begun_twice_and_sent_once_is_over(sms: Account) -> None:
    petition = a_petition()
    hear(sms, DANA, f"לחתום {petition.code}", "תפריט", f"לחתום {petition.code}", "כן")
    contact = get_or_create_identity(DANA).contact
    assert petition.action.participations.get().state == "counted"
    assert parked_session(contact) is None
