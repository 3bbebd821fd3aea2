"""What people follow, and what is new, for tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kesher.agencies.models import Place
from kesher.cases.models import Topic
from kesher.channels.base import Address
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.core.db.agency_scope import current_agency_id
from kesher.following.models import Following
from kesher.following.relevance import find_within
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, topic


def herzl() -> Place:
    """Herzl street."""
    names = {"he": "הרצל", "ar": "هرتسل", "ru": "Герцль", "en": "Herzl"}
    found, _new = Place.objects.get_or_create(agency_id=current_agency_id(), code="herzl", defaults={"names": names})
    return found


def a_following(who: Identity, **fields: Any) -> Following:
    """What somebody follows: weekly, in Hebrew, unless the test says otherwise."""
    values = {"topics": ["all:petitions"], "languages": ["he"], "frequency": "weekly", **fields}
    return Following.objects.create(agency_id=who.agency_id, contact=who.contact, **values)


def shade(**fields: Any) -> Petition:
    """A petition that was published just now."""
    return a_petition(**fields)


def lamp_on(address: str, *, public: bool = True) -> ServiceRequest:
    """A public report of a dark lamp at an address, by a neighbour."""
    about = Topic.objects.filter(code="street-light").first() or topic()
    neighbour = get_or_create_identity(Address("tel", "+972505550177"), assurance=1)
    made = lamp_report(neighbour, about, lat=None, lon=None, place={"lat": None, "lon": None, "address": address})
    place = find_within(address, Place.objects.order_by("pk"))
    shown = {"public": True, "published_at": timezone.now(), "public_place": place} if public else {}
    ServiceRequest.objects.filter(pk=made.pk).update(**{"public": False, **shown})
    return made
