"""A prepared query asks the database each time, and each agency for its own."""

from __future__ import annotations

from contextvars import Context
from datetime import datetime, timedelta

import pytest
from django.db.models import Exists, OuterRef, Q, QuerySet

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import ScopeMissing, scope
from kesher.core.db.prepared_query import Prepared


@Prepared.of(str, str)
def by_address(scheme: str, address: str) -> QuerySet[Identity]:
    merged = Exists(Contact.objects.filter(merged_into=OuterRef("contact")))
    return Identity.objects.select_related("contact").annotate(merged=merged).filter(scheme=scheme, address=address)


@Prepared.of(list[int], list[str])
def of_these(contacts: list[int], addresses: list[str]) -> QuerySet[Identity, tuple[int, str]]:
    rows = Identity.objects.filter(contact__in=contacts, address__in=addresses)
    return rows.order_by("pk").values_list("contact", "address")


@Prepared.of(datetime, datetime)
def created_between(first: datetime, last: datetime) -> QuerySet[Contact]:
    return Contact.objects.filter(created__gt=first, created__lte=last).order_by("pk")


def test_a_time_is_compared_as_the_query_itself_does(dana: Identity, omar: Identity) -> None:
    moment, day = dana.contact.created, timedelta(days=1)
    Contact.objects.filter(pk=omar.contact_id).update(created=moment - day)
    assert created_between(moment - day, moment) == [dana.contact]
    assert created_between(moment - 2 * day, moment - day) == [omar.contact]
    assert created_between(moment - timedelta(microseconds=1), moment) == [dana.contact]
    assert created_between(moment, moment + day) == []


def test_the_answer_is_that_of_the_query_itself(dana: Identity, omar: Identity) -> None:
    for person in (dana, omar, dana):
        [found] = by_address(person.scheme, person.address)
        assert (found, found.contact.created, found.merged) == (person, person.contact.created, False)  # type: ignore[attr-defined]
    assert by_address("tel", "+972500000000") == []


@Prepared.of(str)
def named_so(name: str) -> QuerySet[Contact]:
    return Contact.objects.filter(Q(name=name) | Q(name="O'Neill") | Q(name="100%"), status="active").order_by("pk")


def test_constants_are_part_of_the_statement(dana: Identity, omar: Identity) -> None:
    Contact.objects.filter(pk=dana.contact_id).update(name="O'Neill")
    Contact.objects.filter(pk=omar.contact_id).update(name="100%")
    assert named_so("nobody") == [dana.contact, omar.contact]
    [compiled] = {key[0]: known for key, known in named_so.known.items()}.values()
    assert "O''Neill" in compiled.sql
    assert "100%" in compiled.params


def test_nothing_of_an_answer_is_kept(dana: Identity) -> None:
    assert by_address(dana.scheme, dana.address)[0].assurance == 1
    Identity.objects.filter(pk=dana.pk).update(assurance=3)
    assert by_address(dana.scheme, dana.address)[0].assurance == 3


def test_each_agency_finds_its_own(dana: Identity, town: Agency) -> None:
    assert by_address(dana.scheme, dana.address) == [dana]
    with scope(town):
        assert by_address(dana.scheme, dana.address) == []
        theirs = get_or_create_identity(Address("tel", dana.address))
        assert by_address(dana.scheme, dana.address) == [theirs]


@pytest.mark.parametrize("strangers", [0, 14, 15, 16, 40])
def test_a_list_may_have_any_length(dana: Identity, omar: Identity, strangers: int) -> None:
    both, known = [dana.contact_id, omar.contact_id], [dana.address, omar.address]
    for_nobody = [str(number) for number in range(strangers)]
    assert of_these(both, [*known, *for_nobody]) == [(dana.contact_id, dana.address), (omar.contact_id, omar.address)]
    assert of_these(both[:1], [*for_nobody, *known]) == [(dana.contact_id, dana.address)]
    assert of_these(both[1:], [*for_nobody, dana.address]) == []


def test_a_list_may_be_of_plain_numbers(dana: Identity) -> None:
    """Which PostgreSQL is given as numbers of another kind than keys are."""
    levels = Prepared(lambda levels: Identity.objects.filter(assurance__in=levels), list[int])
    assert levels([dana.assurance, 77]) == [dana]
    assert levels([77]) == []


def test_of_an_empty_list_nothing_is_asked(dana: Identity, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert of_these([dana.contact_id], []) == []


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
