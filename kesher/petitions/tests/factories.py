"""Petitions and people for tests."""

from __future__ import annotations

from typing import Any

from factory import declarations
from factory.base import Factory
from factory.django import DjangoModelFactory

from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import current_agency_id
from kesher.petitions import services
from kesher.petitions.models import Petition

made: Any = declarations  # which say nothing of their types


class PersonFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    agency_id = made.LazyFunction(current_agency_id)
    name = made.Sequence(lambda n: f"תושבת {n}")
    language = "he"


class PhoneFactory(DjangoModelFactory[Identity]):
    """A person by a phone that has answered."""

    class Meta:
        model = Identity

    agency_id = made.LazyFunction(current_agency_id)
    contact = made.SubFactory(PersonFactory)
    scheme = "tel"
    address = made.Sequence(lambda n: f"+9725455{n:05d}")
    assurance = 1


class PetitionFactory(Factory[Petition]):
    """Shade for the playgrounds, published and open: made by the service, as the desk makes one."""

    class Meta:
        model = Petition

    titles = {"he": "צל לגני השעשועים", "en": "Shade for the playgrounds"}
    demands = {"he": "להקים הצללה בכל גני השעשועים עד הקיץ.", "en": "Put up shade by the summer."}
    backgrounds = {"he": "בקיץ נמדדו על המגלשות יותר מ־60 מעלות."}
    goals = {"he": "דיון במועצת העיר", "en": "The council discusses it"}
    language = "he"
    threshold = 500
    published = True

    @classmethod
    def _create(cls, model_class: type[Petition], *args: Any, **kwargs: Any) -> Petition:
        return services.create_petition(**kwargs)


def a_petition(**values: Any) -> Petition:
    petition = PetitionFactory.create(**values)
    assert isinstance(petition, Petition)
    return petition


def a_phone(**values: Any) -> Identity:
    identity = PhoneFactory.create(**values)
    assert isinstance(identity, Identity)
    return identity


def sign_as(
    petition: Petition, identity: Identity, *, door: str = "sms", alone: bool = False, **answers: Any
) -> services.Signed:
    """Sign a petition from an address, at the level to which it is proved."""
    call = Call(door=door, identity=identity, level=identity.assurance, alone=alone)
    return services.sign_petition(petition, call, **answers)


def ask_to_sign(petition: Petition, address: Address, **answers: Any) -> Identity:
    """Sign a petition on its page, from an address to which a code goes."""
    row = services.sign_petition(petition, Call(door="web", address=address), **answers).signature
    assert row.identity is not None
    return row.identity


def confirm_as(petition: Petition, identity: Identity, code: str, **answers: Any) -> services.Signed:
    """Bring the code of a signature back, whose name stays as it was written."""
    return services.confirm_signature(petition, Call(door="web", identity=identity), code, **answers)


def withdraw_as(petition: Petition, contact: Contact, *, door: str = "sms") -> bool:
    """Withdraw a person's signature."""
    return services.withdraw_signature(petition, Call(door=door, contact=contact)).done
