"""Petitions and people for tests."""

from __future__ import annotations

from typing import Any

from factory import declarations
from factory.base import Factory
from factory.django import DjangoModelFactory

from kesher.contacts.models import Contact, Identity
from kesher.core.scope import current_agency_id
from kesher.petitions.models import Petition
from kesher.petitions.services import create_petition

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
        return create_petition(**kwargs)


def a_petition(**values: Any) -> Petition:
    petition = PetitionFactory.create(**values)
    assert isinstance(petition, Petition)
    return petition


def a_phone(**values: Any) -> Identity:
    identity = PhoneFactory.create(**values)
    assert isinstance(identity, Identity)
    return identity
