"""Demo data loader: group purchases in different phases, with pledges written in bulk."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.conversations.models import BroadcastRow
from kesher.core.attachments import store_attachment
from kesher.core.audit import Actor
from kesher.core.ids import token
from kesher.participation.models import Action, Participation
from kesher.participation.services import add_deltas, drain_deltas, person_key
from kesher.purchases import services
from kesher.purchases.models import Allotment, Offer, OfferVote, Pledge, Purchase, Step
from kesher.purchases.prices import progress
from kesher.site.demo.crowd import CHANNELS
from kesher.site.demo.purchases import PLANS, Bid, Plan
from kesher.site.services.crowd import BATCH, create_residents

NEIGHBOURS, FIRST = 80, 61_000


@transaction.atomic
def load_purchases(agency: Agency, staff: Staff) -> None:
    """Create the demo's group purchases, one in each phase."""
    dice = random.Random(52712)  # noqa: S311 (a crowd, not a secret)
    people = create_residents(agency, NEIGHBOURS, FIRST, dice)
    before = set(BroadcastRow.objects.values_list("pk", flat=True))
    for plan in PLANS:
        load_purchase(plan, people, dice, staff)
    # Do not notify anybody about the demo.
    BroadcastRow.objects.exclude(pk__in=before).update(state="unreachable")
    while drain_deltas():
        pass


def load_purchase(plan: Plan, people: list[Identity], dice: random.Random, staff: Staff) -> None:
    """Create a demo group purchase with its offers, votes and pledges."""
    by, now = Actor("staff", staff.pk, "desk"), timezone.now()
    row = services.start_purchase(
        titles=plan.titles, texts=plan.texts, organiser_name=plan.organiser, tie=plan.tie,
        declared="stated" if plan.declared else "none", declaration=plan.declared.get("he", ""),
        picture=store_attachment(plan.picture(), name=f"{plan.code}.png"), picture_alt=plan.alt, code=plan.code, by=by,
    )  # fmt: skip
    row = services.make_transition(row, "publish", staff=staff)
    for names, address in plan.points:
        services.add_point(row, names=names, address=address, by=by)
    began = now - timedelta(days=plan.days)
    opened, ended = began + timedelta(days=2), now + timedelta(days=min(plan.closes, 0))
    members = join_action(
        row.action, dice.sample(people, plan.interested), began, dice, now if plan.state == "interest" else opened
    )
    offers = [make_demo_offer(row, bid, by) for bid in plan.bids]
    vote_on_offers(plan, offers, members)
    if plan.state == "interest":
        backdate(row, [("publish", began)])
        return
    row = services.choose_offer(row, offers[0], closes_at=now + timedelta(days=max(plan.closes, 1)), staff=staff)
    pledge_in_bulk(row, plan, dice.sample(people, plan.people), (opened, ended), dice)
    backdate(row, [("publish", began), ("offer", began + timedelta(days=1)), ("open", opened)])
    Purchase.objects.filter(pk=row.pk).update(published_at=began, opens_at=opened)
    if plan.closes < 0:
        close_purchase(row, plan, staff, ended)


def make_demo_offer(row: Purchase, bid: Bid, by: Actor) -> Offer:
    """Create a seller's offer in a demo group purchase, and return it."""
    ladder = tuple((start, shekels * 100) for start, shekels in bid.ladder)
    return services.make_offer(
        row, seller=bid.seller, registration=bid.number, ladder=ladder, terms=bid.terms, by=by, box=bid.box,
        stock=bid.stock, minimum=bid.minimum, each=bid.each,
        state=Offer.State.PROPOSED if bid.proposed else Offer.State.PUBLISHED,
    )  # fmt: skip


def join_action(
    action: Action, people: list[Identity], since: datetime, dice: random.Random, until: datetime
) -> list[Participation]:
    """Create and return these people's participations in an action, spread over time."""
    span = until - since
    moments = sorted(since + span * dice.random() for _person in people)
    rows = [
        Participation(
            agency_id=action.agency_id, action=action, contact=person.contact, identity=person,
            person_key=person_key(action, person), receipt=token(8), level=2 if dice.random() < 0.3 else 1,
            channel=dice.choices(list(CHANNELS), list(CHANNELS.values()))[0], name=person.contact.name,
            state=Participation.State.COUNTED, confirmed=at,
        )
        for person, at in zip(people, moments, strict=True)
    ]  # fmt: skip
    made = Participation.objects.bulk_create(rows, batch_size=BATCH)
    for row, at in zip(made, moments, strict=True):
        row.created = at  # auto_now_add overwrites it on insert
    Participation.objects.bulk_update(made, ["created"], batch_size=BATCH)
    add_deltas((row, +1) for row in made)
    return made


def vote_on_offers(plan: Plan, offers: list[Offer], members: list[Participation]) -> None:
    """Write the members' votes on the offers of a demo group purchase."""
    votes = [offer for offer, bid in zip(offers, plan.bids, strict=True) for _vote in range(bid.votes)]
    OfferVote.objects.bulk_create(
        OfferVote(agency_id=member.agency_id, offer=offer, participation=member)
        for offer, member in zip(votes, members, strict=False)
    )


def pledge_in_bulk(
    row: Purchase, plan: Plan, people: list[Identity], span: tuple[datetime, datetime], dice: random.Random
) -> None:
    """Write the pledges of a demo group purchase as if they had been made over this time."""
    members = join_action(row.pledging, people, span[0], dice, span[1])
    points = list(row.points.order_by("id"))
    lines = [
        Pledge(
            agency_id=row.agency_id, purchase=row, participation=member, number=1, standing=Pledge.Standing.IN,
            quantity=units, tolerance=more, change=units, door=member.channel, reason="pledge",
            point=points[index % len(points)] if len(points) > 1 else None,
        )
        for index, member in enumerate(members)
        for units, more in [plan.wishes[index % len(plan.wishes)]]
    ]  # fmt: skip
    made = Pledge.objects.bulk_create(lines, batch_size=BATCH)
    for line, member in zip(made, members, strict=True):
        line.at = member.confirmed or line.at
    Pledge.objects.bulk_update(made, ["at"], batch_size=BATCH)
    write_price_events(row, lines)
    Purchase.objects.filter(pk=row.pk).update(
        taken=row.asked, asked=row.asked, spare=row.spare, told_price=progress(row).price
    )


def write_price_events(row: Purchase, lines: list[Pledge]) -> None:
    """Write an event into a purchase's history for each pledge that lowered the price."""
    row.asked, row.spare, told = 0, 0, progress(row).price
    for line in lines:
        row.asked, row.spare = row.asked + line.quantity, row.spare + line.tolerance
        now = progress(row).price
        if now < told:
            step = Step.objects.create(
                agency_id=row.agency_id, purchase=row, verb="price",
                data={"before": told, "price": now, "taken": row.asked},
            )  # fmt: skip
            Step.objects.filter(pk=step.pk).update(at=line.at)
            told = now


def close_purchase(row: Purchase, plan: Plan, staff: Staff, ended: datetime) -> None:
    """Close a demo group purchase at a past time, and bring it to its final state."""
    Purchase.objects.filter(pk=row.pk).update(closes_at=ended)
    row = services.close(row)
    if plan.state == "fulfilled":
        row = services.make_transition(row, "confirm", staff=staff)
        codes = list(Allotment.objects.filter(purchase=row).values_list("code", flat=True))
        services.mark_collected(row, codes, staff=staff)
        services.make_transition(row, "fulfil", staff=staff)
        Allotment.objects.filter(purchase=row).update(collected_at=ended + timedelta(days=12))
    filling = Purchase.objects.filter(pk=row.pk, state="filling")
    filling.update(filling_until=ended + timedelta(hours=row.filling_hours))
    Purchase.objects.filter(pk=row.pk).exclude(closed_at=None).update(closed_at=ended)
    days = {"close": 0, "confirm": 2, "fulfil": 13}
    backdate(row, [(verb, ended + timedelta(days=later)) for verb, later in days.items()])


def backdate(row: Purchase, moments: list[tuple[str, datetime]]) -> None:
    """Set the times of these (verb, time) steps in a purchase's history."""
    for verb, at in moments:
        Step.objects.filter(purchase=row, verb=verb).update(at=at)
