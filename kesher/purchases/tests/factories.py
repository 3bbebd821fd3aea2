"""Purchases and buyers for tests, made by the services, as a door makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.purchases import services
from kesher.purchases.models import Offer, PickupPoint, Purchase

LADDER = ((1, 520_000), (10, 480_000), (20, 420_000))
TITLES = {"he": "דודי שמש לשכונה", "en": "Solar water heaters", "ar": "سخانات شمسية", "ru": "Солнечные бойлеры"}
_numbers = iter(range(10_000, 99_999))


def a_demand(**values: Any) -> Purchase:
    """Published, gathering interest."""
    given = {"titles": TITLES, "texts": {"he": "דוד 150 ליטר עם התקנה."}, "by": SYSTEM, **values}
    return services.make_transition(services.start_purchase(**given), "publish")


def an_offer(purchase: Purchase, *, ladder: Any = LADDER, state: str = Offer.State.PUBLISHED, **values: Any) -> Offer:
    given = {"seller": "שמש הצפון בע״מ", "terms": {"he": "אחריות לשבע שנים"}, "each": 5, **values}
    return services.make_offer(purchase, ladder=ladder, state=state, by=SYSTEM, **given)


def a_purchase(
    *, code: str = "", tie: str = "first", proof: int = 1, days: float = 10, ladder: Any = LADDER, **conditions: Any
) -> Purchase:
    """Open for pledges."""
    purchase = a_demand(code=code, tie=tie, proof=proof)
    offer = an_offer(purchase, ladder=ladder, **conditions)
    return services.choose_offer(purchase, offer, closes_at=timezone.now() + timedelta(days=days))


def a_buyer(assurance: int = 1) -> Identity:
    """A person by a phone that has answered."""
    return get_or_create_identity(Address("tel", f"+97255{next(_numbers):07d}"), assurance=assurance, language="he")


def call_of(who: Identity | Contact, door: str = "sms", *, level: int | None = None) -> Call:
    """The call of a person who is known by an address, as well as it is proved, or without one."""
    if isinstance(who, Contact):
        return Call(door=door, contact=who)
    return Call(door=door, identity=who, level=who.assurance if level is None else level)


def interested(
    purchase: Purchase, who: Identity, door: str = "sms", *, level: int | None = None
) -> services.Interested:
    return services.register_interest(purchase, call_of(who, door, level=level))


def buy(
    purchase: Purchase,
    quantity: int,
    who: Identity | None = None,
    *,
    door: str = "sms",
    level: int | None = None,
    point: PickupPoint | None = None,
    **values: Any,
) -> services.Pledged:
    call = call_of(who or a_buyer(), door, level=level)
    return services.pledge_units(purchase, call, quantity=quantity, point=point.pk if point else 0, **values)


def give_up(purchase: Purchase, who: Identity | Contact, door: str = "sms") -> str:
    return services.withdraw_pledge(purchase, call_of(who, door))


def pass_deadline(purchase: Purchase) -> Purchase:
    """The deadline has passed, and the worker has seen it."""
    past = timezone.now() - timedelta(seconds=1)
    begun = past - timedelta(days=1)
    Purchase.objects.filter(pk=purchase.pk, state="open").update(opens_at=begun, closes_at=past)
    Purchase.objects.filter(pk=purchase.pk, state="filling").update(filling_until=past)
    services.close_what_is_due()
    return Purchase.objects.with_page().get(pk=purchase.pk)
