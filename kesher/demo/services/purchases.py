"""Demo data loader: group purchases in different phases, with pledges written in bulk."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.conversations.models import BroadcastRow
from kesher.core.audit import Actor
from kesher.demo.data_files import Row, fields, moment, read, store_picture
from kesher.demo.services.municipality import Municipality
from kesher.demo.services.residents import BATCH, create_residents, draw, seeded, write_participations
from kesher.participation.models import Action, Participation
from kesher.participation.services import add_deltas, drain_deltas
from kesher.purchases import services
from kesher.purchases.models import Allotment, Offer, OfferVote, Pledge, Purchase, Step
from kesher.purchases.prices import progress

DAY = timedelta(days=1)
# What a row names besides the arguments of `start_purchase`.
OWN_FIELDS = ("picture", "state", "published_at", "closes_at", "interested", "members", "pledges", "offers", "points")


def load_purchases(municipality: Municipality) -> None:
    """Create the group purchases, one in each phase."""
    data, dice = read("purchases"), seeded(52712)
    people = create_residents(municipality.agency, data["members"], 61_000, dice)
    before = set(BroadcastRow.objects.values_list("pk", flat=True))
    for row in data["purchases"]:
        load_purchase(row, people, municipality.manager, dice)
    # Do not notify anybody about the demo.
    BroadcastRow.objects.exclude(pk__in=before).update(state="unreachable")
    while drain_deltas():
        pass


def load_purchase(row: Row, people: list[Identity], staff: Staff, dice: random.Random) -> None:
    """Create a group purchase with its offers, votes and pledges."""
    by, now, state = Actor("staff", staff.pk, "desk"), timezone.now(), row["state"]
    picture = store_picture({"picture": row["picture"]}, f"{row['code']}.png")
    purchase = services.start_purchase(picture=picture, by=by, **fields(row, *OWN_FIELDS))
    purchase = services.make_transition(purchase, "publish", staff=staff)
    for point in row.get("points", ()):
        services.add_point(purchase, **point, by=by)
    began = moment(row["published_at"])
    opened, closes = began + 2 * DAY, moment(row.get("closes_at", ""))
    interested = dice.sample(people, row["interested"])
    members = join_in_bulk(purchase.action, interested, began, now if state == "interest" else opened, dice)
    offers = [make_offer(purchase, offer, by) for offer in row["offers"]]
    votes = [offer for offer, made in zip(offers, row["offers"], strict=True) for _vote in range(made.get("votes", 0))]
    OfferVote.objects.bulk_create(
        OfferVote(agency_id=member.agency_id, offer=offer, participation=member)
        for offer, member in zip(votes, members, strict=False)
    )
    set_times(purchase, publish=began)
    if state == "interest":
        return
    purchase = services.choose_offer(purchase, offers[0], closes_at=max(closes, now + DAY), staff=staff)
    pledge_in_bulk(purchase, row, dice.sample(people, row["members"]), (opened, min(closes, now)), dice)
    set_times(purchase, offer=began + DAY, open=opened)
    Purchase.objects.filter(pk=purchase.pk).update(published_at=began, opens_at=opened)
    if closes < now:
        close_purchase(purchase, state, staff, closes)


def make_offer(purchase: Purchase, row: Row, by: Actor) -> Offer:
    """Create a seller's offer and return it."""
    ladder = tuple((start, shekels * 100) for start, shekels in row["ladder"].items())
    given = {"state": Offer.State.PUBLISHED, **fields(row, "ladder", "votes")}
    return services.make_offer(purchase, ladder=ladder, by=by, **given)


def join_in_bulk(
    action: Action, people: list[Identity], since: datetime, until: datetime, dice: random.Random
) -> list[Participation]:
    """Write and return these people's participations in an action, spread over time."""
    moments = sorted(since + (until - since) * dice.random() for _person in people)
    channels = read("residents")["channels"]
    entries: list[tuple[Identity, datetime, dict[str, Any]]] = []
    for person, at in zip(people, moments, strict=True):
        columns = {
            "level": 2 if dice.random() < 0.3 else 1,
            "channel": draw(dice, channels),
            "name": person.contact.name,
        }
        entries.append((person, at, columns))
    rows = write_participations(action, entries)
    add_deltas((row, +1) for row in rows)
    return rows


def pledge_in_bulk(
    purchase: Purchase, row: Row, people: list[Identity], times: tuple[datetime, datetime], dice: random.Random
) -> None:
    """Write the pledges as if they had been made between these times, with the prices that they reached."""
    members = join_in_bulk(purchase.pledging, people, *times, dice)
    points = list(purchase.points.order_by("id"))
    lines = []
    for index, member in enumerate(members):
        units, more = row["pledges"][index % len(row["pledges"])]
        line = Pledge(
            agency_id=purchase.agency_id,
            purchase=purchase,
            participation=member,
            number=1,
            standing=Pledge.Standing.IN,
            quantity=units,
            tolerance=more,
            change=units,
            door=member.channel,
            reason="pledge",
            point=points[index % len(points)] if len(points) > 1 else None,
        )
        lines.append(line)
    for line, member in zip(Pledge.objects.bulk_create(lines, batch_size=BATCH), members, strict=True):
        line.at = member.confirmed or line.at
    Pledge.objects.bulk_update(lines, ["at"], batch_size=BATCH)
    write_price_events(purchase, lines)
    Purchase.objects.filter(pk=purchase.pk).update(
        taken=purchase.asked, asked=purchase.asked, spare=purchase.spare, told_price=progress(purchase).price
    )


def write_price_events(purchase: Purchase, lines: list[Pledge]) -> None:
    """Write an event into the history for each pledge that lowered the price."""
    purchase.asked, purchase.spare, before = 0, 0, progress(purchase).price
    for line in lines:
        purchase.asked, purchase.spare = purchase.asked + line.quantity, purchase.spare + line.tolerance
        price = progress(purchase).price
        if price < before:
            data = {"before": before, "price": price, "taken": purchase.asked}
            step = Step.objects.create(agency_id=purchase.agency_id, purchase=purchase, verb="price", data=data)
            Step.objects.filter(pk=step.pk).update(at=line.at)
            before = price


def close_purchase(purchase: Purchase, state: str, staff: Staff, ended: datetime) -> None:
    """Close a group purchase at a past time, and bring it to its final state."""
    rows = Purchase.objects.filter(pk=purchase.pk)
    rows.update(closes_at=ended)
    purchase = services.close(purchase)
    if state == "fulfilled":
        purchase = services.make_transition(purchase, "confirm", staff=staff)
        allotments = Allotment.objects.filter(purchase=purchase)
        services.mark_collected(purchase, list(allotments.values_list("code", flat=True)), staff=staff)
        services.make_transition(purchase, "fulfil", staff=staff)
        allotments.update(collected_at=ended + 12 * DAY)
    rows.filter(state="filling").update(filling_until=ended + timedelta(hours=purchase.filling_hours))
    rows.exclude(closed_at=None).update(closed_at=ended)
    set_times(purchase, close=ended, confirm=ended + 2 * DAY, fulfil=ended + 13 * DAY)


def set_times(purchase: Purchase, **moments: datetime) -> None:
    """Set when these steps of a purchase's history happened."""
    for verb, at in moments.items():
        Step.objects.filter(purchase=purchase, verb=verb).update(at=at)
