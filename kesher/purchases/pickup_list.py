"""The pick-up places and the list of who collects what, for the staff's page and the organiser's.

An organiser is a neighbour, not the agency: they see the names of people who allow it, and the last digits of phone
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.contacts.addresses import mask_address
from kesher.core.audit import Actor
from kesher.core.errors import Refused
from kesher.participation.models import Participation
from kesher.purchases import services
from kesher.purchases.desk_tables import pickup_in_words, shares_to_collect
from kesher.purchases.forms.offers import PlaceForm, PointForm, TimeForm
from kesher.purchases.models import Allotment, PickupPoint, PickupSlot, Purchase
from kesher.purchases.participant_status import get_point, get_slot
from kesher.purchases.prices import money
from kesher.purchases.rules import may_arrange_pickup
from kesher.purchases.services.distribution import SETTLED
from kesher.purchases.services.pledge_journal import lock_purchase

KEPT = timedelta(days=14)  # for people who come late, or complain


@dataclass(frozen=True, slots=True)
class ArrangeRequest:
    """A change of places or times: the purchase, what was posted, and who asks."""

    purchase: Purchase
    given: Mapping[str, Any]
    by: Actor

    @property
    def point(self) -> PickupPoint:
        """Return the pick-up place whose id was posted. Raise Refused."""
        return get_point(self.purchase, self.given.get("point"))

    @property
    def slot(self) -> PickupSlot:
        """Return the pick-up time whose id was posted. Raise Refused."""
        return get_slot(self.purchase, self.given.get("time"))

    def names(self, name: str) -> dict[str, str]:
        """Return {active language: name} for a posted name."""
        return {(get_language() or "he")[:2]: name}


def add_time(asked: ArrangeRequest, form: Form) -> None:
    """Add a pick-up time from a form, and its place unless the purchase has one at that address."""
    assert isinstance(form, PointForm)
    given = form.cleaned_data
    lock_purchase(asked.purchase)  # two clicks must not add the same place twice
    point = asked.purchase.points.filter(address=given["address"], is_active=True).first()
    if point is None:
        names = asked.names(given["name"])
        point = services.add_point(asked.purchase, names=names, address=given["address"], by=asked.by)
    starts, ends = form.moments()
    services.add_slot(point, starts=starts, ends=ends, places=given["places"], by=asked.by)


def change_time(asked: ArrangeRequest, form: Form) -> None:
    """Change the posted pick-up time to the form's values."""
    assert isinstance(form, TimeForm)
    starts, ends = form.moments()
    services.change_slot(asked.slot, starts=starts, ends=ends, places=form.cleaned_data["places"], by=asked.by)


def change_point(asked: ArrangeRequest, form: Form) -> None:
    """Change the posted pick-up place to the form's values."""
    given = form.cleaned_data
    services.change_point(asked.point, names=asked.names(given["name"]), address=given["address"], by=asked.by)


def remove_time(asked: ArrangeRequest, form: Form) -> None:
    """Remove the posted pick-up time."""
    services.remove_slot(asked.slot, by=asked.by)


def remove_point(asked: ArrangeRequest, form: Form) -> None:
    """Remove the posted pick-up place."""
    services.remove_point(asked.point, by=asked.by)


# change → (its form, its function, whether it concerns a "point" or a "time")
CHANGES: dict[str, tuple[type[Form], Callable[[ArrangeRequest, Form], None], str]] = {
    "add_time": (PointForm, add_time, ""),
    "change_time": (TimeForm, change_time, "time"),
    "change_point": (PlaceForm, change_point, "point"),
    "remove_time": (Form, remove_time, "time"),
    "remove_point": (Form, remove_point, "point"),
}


def arrange(change: str, asked: ArrangeRequest) -> Form:
    """Make the posted ``change`` of pick-up places or times; return the form, with an error if refused."""
    shape, act, names = CHANGES.get(change, CHANGES["add_time"])
    form = shape(asked.given, auto_id=f"{names or 'new'}-{asked.given.get(names) or ''}-%s")
    if form.is_valid():
        try:
            with transaction.atomic():
                act(asked, form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return form


def places_of(purchase: Purchase, sent: Form) -> list[dict[str, Any]]:
    """Return each pick-up place with its times, how many chose them, and forms to change them. Five queries.

    The form that was ``sent`` with errors keeps what was written in it.
    """
    points, slots = services.count_choices(purchase)

    def filled(kind: str, pk: int, shape: type[Form], initial: dict[str, Any]) -> Form:
        """Return the form of one place or time: the sent one if it has errors, else a fresh one."""
        form = shape(initial=initial, auto_id=f"{kind}-{pk}-%s")
        return sent if sent.errors and type(sent) is shape and sent.auto_id == form.auto_id else form

    return [
        {
            "point": point,
            "people": points[point.pk],
            "form": filled("point", point.pk, PlaceForm, {"name": point.name, "address": point.address}),
            "times": [
                {"slot": slot, "people": slots[slot.pk], "form": filled("time", slot.pk, TimeForm, initial_of(slot))}
                for slot in sorted(point.slots.all(), key=lambda slot: slot.starts)
            ],
        }
        for point in purchase.points.filter(is_active=True).prefetch_related("slots").order_by("id")
    ]


def places_context(purchase: Purchase, sent: Form) -> dict[str, Any]:
    """Return the template context of pick-up places; ``sent``: the form with errors, or an empty one."""
    new = sent if isinstance(sent, PointForm) and sent.errors else PointForm(auto_id="new--%s")
    return {"places": places_of(purchase, sent), "new": new if may_arrange_pickup(purchase) else None}


def initial_of(slot: PickupSlot) -> dict[str, Any]:
    """Return the initial values of the form for a pick-up time."""
    starts, ends = timezone.localtime(slot.starts), timezone.localtime(slot.ends)
    return {"day": starts.date(), "starts": starts.time(), "ends": ends.time(), "places": slot.places}


def shares_for_organiser(purchase: Purchase) -> list[dict[str, Any]]:
    """Return the pick-up list as dicts with only what an organiser may see. Two queries."""
    return [
        {
            "code": share.code,
            "name": name_allowed(share.participation),
            "hint": not is_named(share.participation),
            "quantity": share.quantity,
            "agorot": share.total,
            "sum": money(share.total),
            "where": pickup_in_words(share),
            "point": share.point_id,
            "time": share.slot_id,
            "collected": share.collected_at,
        }
        for share in visible_shares(purchase)
    ]


def visible_shares(purchase: Purchase) -> list[Allotment]:
    """Return the shares held or collected; none from 14 days after the purchase was fulfilled."""
    since = timezone.now() - KEPT
    lately = purchase.state == Purchase.State.FULFILLED and purchase.steps.filter(verb="fulfil", at__gt=since).exists()
    return shares_to_collect(purchase) if purchase.state in SETTLED or lately else []


def is_named(row: Participation) -> bool:
    """Return whether a participant gave a name and lets others see it."""
    return row.show_name and bool(row.name)


def name_allowed(row: Participation) -> str:
    """Return the name that a participant lets others see, else their masked address."""
    if is_named(row):
        return row.name
    return mask_address(row.identity.scheme, row.identity.address) if row.identity else ""


def pickup_context(purchase: Purchase) -> dict[str, Any]:
    """Return the context of the organiser's pick-up list."""
    rows = shares_for_organiser(purchase)
    return {"rows": rows, "done": sum(bool(row["collected"]) for row in rows), "all": len(rows)}


def report_collected(request: HttpRequest, done: services.Collected, *, back: bool = False) -> None:
    """Show messages with the pick-up codes that were marked, marked before, or unknown."""
    well = _("Not collected yet: %(codes)s") if back else _("Collected: %(codes)s")
    before = _("Nobody had collected with: %(codes)s") if back else _("Collected before: %(codes)s")
    if done.done:
        messages.success(request, well % {"codes": ", ".join(done.done)})
    if done.twice:
        messages.error(request, before % {"codes": ", ".join(done.twice)})
    if done.unknown:
        messages.error(request, _("No such code: %(codes)s") % {"codes": ", ".join(done.unknown)})
