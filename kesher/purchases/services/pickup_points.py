"""Create and change a purchase's pick-up places and their times.

Those that nobody chose may be removed. One that somebody chose can only be moved, and these people are informed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact
from kesher.core.audit import Actor, audit
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.live.live_events import publish
from kesher.language import digits
from kesher.purchases.models import Allotment, PickupPoint, PickupSlot, Pledge, Purchase
from kesher.purchases.rules import may_arrange_pickup
from kesher.purchases.services.distribution import reload_slot
from kesher.purchases.services.news import message_people
from kesher.purchases.services.pledge_journal import lock_purchase

Share = Allotment.State
# Shares that may still be collected; and those for which a place or a time cannot be removed.
EXPECTED = (Share.WAITING, Share.OFFERED, Share.HELD)
CHOSEN = (*EXPECTED, Share.COLLECTED)
MOVES_A_DAY = 4  # each sends an unreviewed text to everybody who collects there
# A link, a web or e-mail address, or a phone number in any spacing.
ELSEWHERE = re.compile(r"://|@|www\.|\w\.(?:[a-z]{2}|рф|ישראל)|\*\d{3}|(?:\d(?:[^\w:,]|_)*){7}", re.IGNORECASE)
Names = dict[str, str]


@transaction.atomic
def add_point(purchase: Purchase, *, names: Names, address: str, by: Actor) -> PickupPoint:
    """Add a pick-up place to a purchase. Raise Refused."""
    check_words(names, address, by)
    point = PickupPoint.objects.create(
        agency_id=purchase.agency_id, purchase=purchase, names=dict(names), address=address.strip()[:160]
    )
    audit("purchases.add_point", by=by, subject=point)
    publish(purchase.action.stream)
    return point


@transaction.atomic
def change_point(point: PickupPoint, *, names: Names, address: str, by: Actor) -> PickupPoint:
    """Change a pick-up place's name or address; message its people of a new address. Raise Refused."""
    row = lock_for_arranging(point)
    check_words(names, address, by)
    moved = point.address != (address := address.strip()[:160])
    point.names, point.address = {**point.names, **names}, address
    point.save(update_fields=["names", "address"])
    audit("purchases.change_point", by=by, subject=point, moved=moved)
    publish(row.action.stream)
    if moved:
        announce_move(row, people_at_point(row, point), lambda: point_moved_message(point))
    return point


@transaction.atomic
def remove_point(point: PickupPoint, *, by: Actor) -> None:
    """Remove a pick-up place that nobody chose, with its times. Raise Refused."""
    row = lock_for_arranging(point)
    if count_choices(row)[0][point.pk]:
        raise Refused(_("Somebody chose this place. Change it instead: whoever chose it is told."), code="chosen")
    for slot in point.slots.all():
        delete_slot(slot)
    point.is_active = False  # the journal of pledges may still name it
    point.save(update_fields=["is_active"])
    audit("purchases.remove_point", by=by, subject=point)
    publish(row.action.stream)


@transaction.atomic
def add_slot(point: PickupPoint, *, starts: datetime, ends: datetime, places: int, by: Actor) -> PickupSlot:
    """Add a pick-up time to a place, for at most ``places`` people. Raise Refused."""
    lock_for_arranging(point)
    check_times(point, starts, ends)
    slot = PickupSlot.objects.create(agency_id=point.agency_id, point=point, starts=starts, ends=ends, places=places)
    audit("purchases.add_slot", by=by, subject=slot)
    return slot


@transaction.atomic
def change_slot(slot: PickupSlot, *, starts: datetime, ends: datetime, places: int, by: Actor) -> PickupSlot:
    """Change a pick-up time or its number of people, and message those who chose it. Raise Refused."""
    row = lock_for_arranging(slot.point)
    slot = reload_slot(row, slot)
    check_times(slot.point, starts, ends, besides=slot)
    if places < count_choices(row)[1][slot.pk]:
        raise Refused(_("More people chose this time already."), code="chosen")
    moved = (slot.starts, slot.ends) != (starts, ends)
    slot.starts, slot.ends, slot.places = starts, ends, places
    slot.save(update_fields=["starts", "ends", "places"])
    audit("purchases.change_slot", by=by, subject=slot, moved=moved)
    publish(row.action.stream)
    if moved:
        shares = Allotment.objects.filter(slot=slot, state__in=EXPECTED)
        people = Contact.objects.filter(pk__in=shares.values("participation__contact"))
        announce_move(row, people, lambda: slot_moved_message(slot))
    return slot


@transaction.atomic
def remove_slot(slot: PickupSlot, *, by: Actor) -> None:
    """Remove a pick-up time that nobody chose. Raise Refused."""
    row = lock_for_arranging(slot.point)
    slot = reload_slot(row, slot)
    if count_choices(row)[1][slot.pk]:
        raise Refused(_("Somebody chose this time. Change it instead: whoever chose it is told."), code="chosen")
    audit("purchases.remove_slot", by=by, subject=slot.point, starts=slot.starts.isoformat())
    delete_slot(slot)
    publish(row.action.stream)


def delete_slot(slot: PickupSlot) -> None:
    """Delete a pick-up time; shares that still name it were given up."""
    slot.allotments.update(slot=None)
    slot.delete()


def lock_for_arranging(point: PickupPoint) -> Purchase:
    """Lock a pick-up place's purchase and reload the place; return the purchase.

    Raise Refused where the place was removed, or places cannot change any more.
    """
    row = lock_purchase(point.purchase)
    if not may_arrange_pickup(row):
        raise Refused(_("This cannot be done with the purchase now. Reload the page to see where it stands."))
    point.refresh_from_db(fields=["names", "address", "is_active"])
    if not point.is_active:
        raise Refused(_("There is no such place here."), code="point")
    return row


def check_words(names: Names, address: str, by: Actor) -> None:
    """Raise Refused where a citizen's text for a pick-up place holds a link or a phone number."""
    if by.kind == "contact" and any(ELSEWHERE.search(digits(words)) for words in (*names.values(), address)):
        raise Refused(_("Write the place and its street only: no link, no e-mail address and no telephone number."))


def announce_move(row: Purchase, people: QuerySet[Contact], make: Callable[[], str]) -> None:
    """Message the people who chose a moved pick-up place or time, a few times a day at most.

    Raise Refused after that: then nothing moves, since they would not know.
    """
    if not people.exists():
        return
    if not allow(f"purchases:moved:{row.pk}", MOVES_A_DAY, 86_400):
        raise Refused(_("Places and times were moved often today, and everybody was told. Please try again tomorrow."))
    message_people(people, row, make)


def check_times(point: PickupPoint, starts: datetime, ends: datetime, *, besides: PickupSlot | None = None) -> None:
    """Raise Refused where a pick-up time ends before it starts, or its place has one at that start already."""
    if ends <= starts:
        raise Refused(_("The end must come after the beginning."))
    others = point.slots.exclude(pk=besides.pk) if besides else point.slots.all()
    if others.filter(starts=starts).exists():
        raise Refused(_("There is such a time already."))


def count_choices(purchase: Purchase) -> tuple[Counter[int], Counter[int]]:
    """Return how many people chose each pick-up place, and each time, by id. Three queries.

    A share says it; before there are shares, the pledge.
    """
    only = find_only_point(purchase)
    shares = Allotment.objects.filter(purchase=purchase, state__in=CHOSEN).values_list("point", "slot", "slot__point")
    points: Counter[int] = Counter()
    slots: Counter[int] = Counter()
    for point, slot, of_slot in shares:
        points.update({place for place in (point, of_slot) if place} or ({only} if only else ()))
        slots.update({slot} if slot else ())
    pledged = pledges_without_share(purchase).values_list("point", flat=True)
    points.update(place for point in pledged if (place := point or only))
    return points, slots


def find_only_point(purchase: Purchase) -> int | None:
    """Return the id of a purchase's only pick-up place, where all collect unasked; None for several."""
    found = purchase.points.filter(is_active=True).values_list("pk", flat=True)[:2]
    return found[0] if len(found) == 1 else None


def pledges_without_share(purchase: Purchase) -> QuerySet[Pledge]:
    """Return the current pledges of a purchase that have no share yet."""
    return Pledge.objects.of(purchase).joined().filter(participation__allotment=None)


def people_at_point(purchase: Purchase, point: PickupPoint) -> QuerySet[Contact]:
    """Return the people who collect, or will collect, at a pick-up place."""
    alone = find_only_point(purchase) == point.pk
    here = Q(point=point) | Q(slot__point=point) | (Q(point=None, slot=None) if alone else Q())
    shares = Allotment.objects.filter(here, purchase=purchase, state__in=EXPECTED)
    pledges = pledges_without_share(purchase).filter(Q(point=point) | (Q(point=None) if alone else Q()))
    return Contact.objects.filter(
        Q(pk__in=shares.values("participation__contact")) | Q(pk__in=pledges.values("participation__contact"))
    )


def point_moved_message(point: PickupPoint) -> str:
    """Return the message to people that their pick-up place has another address."""
    return _("You collect at another address now: %(name)s, %(address)s.") % {
        "name": point.name,
        "address": point.address,
    }


def slot_moved_message(slot: PickupSlot) -> str:
    """Return the message to people that their pick-up time was changed."""
    starts, ends = timezone.localtime(slot.starts), timezone.localtime(slot.ends)
    when = f"{date_format(starts, 'D j.n')} {starts:%H:%M}–{ends:%H:%M}"
    words = _("Your pick-up time was moved to %(when)s, %(name)s. If you cannot come then, write: my purchase %(code)s")
    return words % {"when": when, "name": slot.point.name, "code": slot.point.purchase.code}
