"""A prepared query asks the database each time, and each agency for its own."""

from __future__ import annotations

from contextvars import Context

import pytest
from django.db.models import Exists, OuterRef, QuerySet

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import know
from kesher.core.address import Address
from kesher.core.prepared import Prepared
from kesher.core.scope import ScopeMissing, scope


@Prepared.of(str, str)
def by_address(scheme: str, address: str) -> QuerySet[Identity]:
    merged = Exists(Contact.objects.filter(merged_into=OuterRef("contact")))
    return Identity.objects.select_related("contact").annotate(merged=merged).filter(scheme=scheme, address=address)


def test_the_answer_is_that_of_the_query_itself(dana: Identity, omar: Identity) -> None:
    for person in (dana, omar, dana):
        [found] = by_address(person.scheme, person.address)
        assert (found, found.contact.created, found.merged) == (person, person.contact.created, False)  # type: ignore[attr-defined]
    assert by_address("tel", "+972500000000") == []


def test_nothing_of_an_answer_is_kept(dana: Identity) -> None:
    assert by_address(dana.scheme, dana.address)[0].assurance == 1
    Identity.objects.filter(pk=dana.pk).update(assurance=3)
    assert by_address(dana.scheme, dana.address)[0].assurance == 3


def test_each_agency_finds_its_own(dana: Identity, town: Agency) -> None:
    assert by_address(dana.scheme, dana.address) == [dana]
    with scope(town):
        assert by_address(dana.scheme, dana.address) == []
        theirs = know(Address("tel", dana.address))
        assert by_address(dana.scheme, dana.address) == [theirs]


def test_one_query_and_no_more(dana: Identity, django_assert_num_queries: object) -> None:
    by_address("tel", "x")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert by_address(dana.scheme, dana.address)[0].contact.key


def test_outside_a_scope_it_raises_as_any_query_does(dana: Identity) -> None:
    unasked = Prepared(lambda pk: Contact.objects.filter(pk=pk), int)
    with scope(dana.agency_id):
        assert unasked(dana.contact_id) == [dana.contact]
    with pytest.raises(ScopeMissing):
        Context().run(unasked, dana.contact_id)
