"""A person's petitions and group purchases among their records."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.contacts.models import Identity
from kesher.core.db.agency_scope import scope
from kesher.petitions.tests.factories import a_petition, sign_as
from kesher.purchases.tests.factories import a_purchase, buy, pass_deadline
from kesher.records.sources.base import Proven, Reading, Row, Subject, check_reading
from kesher.records.sources.local_data_rows import READERS, find_contact_ids


def held(what: str, who: Identity, assurance: int = 2) -> Sequence[Row]:
    subject = Subject((Proven(who.scheme, who.address, assurance),), lang="he")
    return check_reading(Reading(tuple(READERS[what](find_contact_ids(subject))))).rows


def test_a_petition_that_was_signed_is_there_with_its_receipt(dana: Identity, omar: Identity) -> None:
    petition = a_petition()
    receipt = sign_as(petition, dana, door="web").signature.receipt
    (row,) = held("petitions", dana)
    assert (row.kind, row.number, row.status, row.url) == (
        "petition",
        petition.code,
        "open",
        f"/petitions/{petition.code}/",
    )
    assert receipt in row.explanation
    assert not held("petitions", omar)


def test_who_signs_his_own_has_it_once_and_without_its_key(dana: Identity) -> None:
    petition = a_petition(author=dana.contact)
    sign_as(petition, dana, door="web")
    (row,) = held("petitions", dana)
    assert row.key == f"started-{petition.code}"
    assert petition.author_key not in repr(row)


def test_an_address_that_was_only_claimed_leads_to_nothing(dana: Identity) -> None:
    sign_as(a_petition(), dana, door="web")
    buy(a_purchase(), 1, dana)
    assert not held("petitions", dana, assurance=0)
    assert not held("purchases", dana, assurance=0)


def test_a_pledge_has_no_sum_while_the_price_moves(dana: Identity) -> None:
    purchase = a_purchase()
    buy(purchase, 2, dana)
    (row,) = held("purchases", dana)
    assert (row.kind, row.number, row.status, row.amount) == ("purchase", purchase.code, "open", None)
    assert purchase.closes_at is not None
    assert row.ends == timezone.localdate(purchase.closes_at)


def test_a_share_has_its_sum_once_the_price_is_final(dana: Identity) -> None:
    purchase = a_purchase()
    buy(purchase, 2, dana)
    pass_deadline(purchase)
    (row,) = held("purchases", dana)
    assert (row.status, row.amount) == ("waiting", Decimal(10400))


def test_another_town_s_server_knows_nothing_of_it(dana: Identity, town: Agency) -> None:
    sign_as(a_petition(), dana, door="web")
    with scope(town):
        assert not held("petitions", dana)
