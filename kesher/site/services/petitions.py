"""Demo data loader: petitions, some with thousands of signatures, one in every other state."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.core.attachments import store_attachment
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.participation.models import Pulse
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Milestone, Petition, PetitionEvent, PetitionUpdate, Signature
from kesher.petitions.services.retention import anonymise
from kesher.site.demo.campaigns import CAMPAIGNS, Campaign
from kesher.site.demo.petitions import AREAS, AUTHORS_NEWS, POLICY, THRESHOLDS, WISHES, Wish
from kesher.site.services.crowd import SIGNERS, create_residents, sign_in_bulk

SUPPORTERS = 40
HOURS_KEPT = 15  # days
GATHERED = 30  # days, then a petition without its supporters lapses


def load_rules(staff: Staff) -> None:
    """Set the demo town's policy, thresholds and areas for petitions."""
    services.set_policy(staff=staff, **POLICY)
    services.set_thresholds(list(THRESHOLDS), staff=staff)
    rows = [
        {"code": code, "column": column, "row": row, "people": people, "names": names}
        for code, column, row, people, names in AREAS
    ]
    services.set_areas(rows, staff=staff)


def load_campaigns(agency: Agency, staff: Staff) -> None:
    """Create the demo petitions that have many signatures, and sign them."""
    load_rules(staff)
    dice = random.Random(48213)  # noqa: S311 (a crowd, not a secret)
    signers = create_residents(agency, SIGNERS, 3000, dice)
    for campaign in CAMPAIGNS:
        petition = make_petition(campaign, staff)
        until = timezone.now() + timedelta(days=min(campaign.closes or 0, 0))
        days = campaign.days + min(campaign.closes or 0, 0)
        sign_in_bulk(petition.action, campaign.signed, days, signers, dice, choose_areas(campaign, dice), until)
        write_hourly_counts(petition)
        if campaign.news:
            add_update(petition, campaign, staff)
    services.note_thresholds()
    for campaign in CAMPAIGNS:
        add_later_events(campaign, staff)
    load_citizen_petitions(agency, staff, signers)


def make_petition(campaign: Campaign, staff: Staff) -> Petition:
    """Create a demo petition that was published in the past, and return it."""
    now = timezone.now()
    opened = now - timedelta(days=campaign.days)
    petition = services.create_petition(
        titles=campaign.titles,
        demands=campaign.demands,
        backgrounds=campaign.backgrounds,
        goals=campaign.goals,
        language=campaign.language,
        threshold=campaign.threshold,
        picture=store_attachment(campaign.picture(), name=f"petition-{campaign.code}.png", alt=campaign.alt),
        opens_at=opened,
        closes_at=now + timedelta(days=campaign.closes) if campaign.closes is not None else None,
        code=campaign.code,
        author_name=campaign.author,
        published=True,
        staff=staff,
    )
    Petition.objects.filter(pk=petition.pk).update(created=opened)
    backdate(petition, "published", opened)
    return petition


def choose_areas(campaign: Campaign, dice: random.Random) -> list[str]:
    """Return an area for each signer, weighted by residents and by how near the matter is."""
    found: list[str] = []
    for code, _column, _row, people, _names in AREAS:
        weight = dice.uniform(1.5, 2.6) if code in campaign.near else dice.uniform(0.15, 1.0)
        found += [code] * max(1, round(people * weight / 100))
    return found


def write_hourly_counts(petition: Petition) -> None:
    """Write how many signed the petition in each hour of recent days, which charts and trends read."""
    hours: dict[datetime, Counter[str]] = defaultdict(Counter)
    end = petition.closed_at or petition.closes_at or timezone.now()
    since = min(end, timezone.now()) - timedelta(days=HOURS_KEPT)
    Pulse.objects.filter(action=petition.action).delete()
    for at in Signature.objects.of(petition).filter(created__gte=since).values_list("created", flat=True):
        hours[at.replace(minute=0, second=0, microsecond=0)][f"{at.minute:02d}"] += 1
    Pulse.objects.bulk_create(
        Pulse(agency=petition.agency, action=petition.action, start=start, dimension="minute", counts=dict(counts))
        for start, counts in hours.items()
    )


def add_update(petition: Petition, campaign: Campaign, staff: Staff) -> None:
    """Create an update on a petition's page that is not sent to anybody."""
    assert petition.opens_at is not None
    at = petition.opens_at + (timezone.now() - petition.opens_at) / 3
    row = PetitionUpdate.objects.create(agency=petition.agency, petition=petition, texts=campaign.news, by=staff)
    PetitionUpdate.objects.filter(pk=row.pk).update(at=at)
    PetitionEvent.objects.create(
        agency=petition.agency, petition=petition, verb="update", at=at, words=campaign.news, data={"by": "body"}
    )


def add_later_events(campaign: Campaign, staff: Staff) -> None:
    """Set what a demo petition came to: thresholds reached, a reply, the end."""
    petition = Petition.objects.select_related("action", "agency").get(action__code=campaign.code)
    now = timezone.now()
    for row in petition.milestones.filter(state="reached"):
        row.reached_at = when_reached(petition, row)
        row.due_at = row.reached_at + timedelta(days=row.days)
        row.save(update_fields=["reached_at", "due_at"])
        events = petition.events.filter(verb="reached", data__promise=row.kind, data__count=row.count)
        events.update(at=row.reached_at)
    reached = petition.milestones.filter(kind="response", state="reached").order_by("reached_at").first()
    if reached is not None and petition.due_at:
        Petition.objects.filter(pk=petition.pk).update(due_at=reached.reached_at)
    if campaign.answer:
        since = reached.reached_at if reached is not None else petition.opens_at
        assert since is not None
        answered = since + (now - since) / 2
        services.publish_response(petition, campaign.answer, staff=staff)
        Petition.objects.filter(pk=petition.pk).update(answered_at=answered)
        petition.milestones.filter(kind="response", state="done").update(done_at=answered)
        backdate(petition, "response", answered)
    if campaign.closes is not None and campaign.closes < 0:
        services.move(petition, "close", closed_by="date")
        end_at(petition, now + timedelta(days=campaign.closes))


def when_reached(petition: Petition, row: Milestone) -> datetime:
    """Return when the signature was given with which a petition reached this threshold."""
    signed = Signature.objects.of(petition).counted().filter(level__gte=row.level).order_by("created")
    return signed.values_list("created", flat=True)[row.count - 1]


def end_at(petition: Petition, at: datetime) -> None:
    """Set the time at which a petition closed, in its row and its history."""
    Petition.objects.filter(pk=petition.pk).update(closed_at=at)
    backdate(petition, "closed", at)


def backdate(petition: Petition, verb: str, at: datetime) -> None:
    """Set the time of the event `verb` in a petition's history."""
    petition.events.filter(verb=verb).update(at=at)


def load_citizen_petitions(agency: Agency, staff: Staff, signers: list[Identity]) -> None:
    """Create demo petitions by citizens in every state, and updates that wait for moderation."""
    dice = random.Random(20481)  # noqa: S311
    friends = create_residents(agency, SUPPORTERS, 7100, dice)
    for number, wish in enumerate(WISHES):
        author = get_or_create_identity(
            Address("tel", f"+97255555{7000 + number:04d}", wish.author), assurance=1, language=wish.language
        )
        petition = make_citizen_petition(wish, author, friends, staff)
        drain_deltas()
        if wish.signed:
            sign_more(petition, wish, signers, dice)
        write_hourly_counts(petition)
        if wish.state == "archived":
            anonymise_petition(petition)
    rider = get_or_create_identity(Address("tel", "+972555557050", "עידו מור"), assurance=1, language="he")
    bicycles = Petition.objects.select_related("action", "agency").get(action__code="61940")
    bicycles.author, bicycles.author_name = rider.contact, "עידו מור"
    bicycles.save(update_fields=["author", "author_name"])
    by = Actor("contact", rider.contact.pk, "whatsapp")
    services.propose_update(bicycles, AUTHORS_NEWS, language="he", by=by)


def make_citizen_petition(wish: Wish, author: Identity, friends: list[Identity], staff: Staff) -> Petition:
    """Create a citizen's demo petition in its state, with its supporters, and return it."""
    written = services.Written(
        title=wish.title,
        demand=wish.demand,
        background=wish.background,
        area=wish.area,
        name=wish.author,
        language=wish.language,
    )
    petition = services.start_petition(written, Call(door="whatsapp", identity=author, level=1))
    set_code(petition, wish.code)
    for friend in friends[: wish.supporters]:
        services.sign_petition(petition, Call(door="whatsapp", identity=friend, level=1), area=wish.area)
    run_transitions(petition, wish, staff)
    started = timezone.now() - timedelta(days=wish.days)
    Petition.objects.filter(pk=petition.pk).update(created=started)
    Signature.objects.of(petition).update(created=started, confirmed=started)
    petition.events.filter(verb__in=["started", "supported"]).update(at=started)
    return petition


def set_code(petition: Petition, code: str) -> None:
    """Give the petition a fixed code that guides can name."""
    petition.action.code = code
    petition.action.save(update_fields=["code"])


def run_transitions(petition: Petition, wish: Wish, staff: Staff) -> None:
    """Take a citizen's demo petition through the transitions to its state, without notifications."""
    if wish.state == "gathering":
        return
    if wish.state == "lapsed":
        services.move(petition, "lapse", tell=False)
        backdate(petition, "lapsed", timezone.now() - timedelta(days=wish.days - GATHERED))
        return
    services.move(petition, "submit", tell=False)
    now, started = timezone.now(), timezone.now() - timedelta(days=wish.days)
    clock: dict[str, Any] = {"submitted_at": started + timedelta(hours=6)}
    if wish.state == "overdue":
        clock["review_due"] = now - timedelta(days=2)
    Petition.objects.filter(pk=petition.pk).update(**clock)
    backdate(petition, "submitted", started + timedelta(hours=6))
    match wish.state:
        case "changes":
            services.move(petition, "ask_changes", staff=staff, tell=False, asked=wish.words["he"])
        case "rejected":
            other = Petition.objects.select_related("action").filter(action__code=wish.same_as).first()
            given: dict[str, Any] = {"reason": wish.reason, "words": wish.words, "same_as": other}
            services.move(petition, "reject", staff=staff, tell=False, **given)
        case "closed" | "archived":
            publish_and_end(petition, wish, staff, started)


def publish_and_end(petition: Petition, wish: Wish, staff: Staff, started: datetime) -> None:
    """Publish a citizen's demo petition in the past, and close it if its state says so."""
    petition.opens_at = started + timedelta(days=4)
    services.move(petition, "publish", staff=staff, tell=False)
    backdate(petition, "published", started + timedelta(days=4))
    Petition.objects.filter(pk=petition.pk).update(opens_at=petition.opens_at)
    if wish.state == "closed":
        services.move(petition, "close", tell=False, closed_by="author", words=wish.words)
        end_at(petition, timezone.now() - timedelta(days=5))
        return
    services.publish_response(petition, wish.words, staff=staff)
    answered = started + timedelta(days=120)
    Petition.objects.filter(pk=petition.pk).update(answered_at=answered)
    backdate(petition, "response", answered)
    services.move(petition, "close", tell=False, closed_by="date")
    end_at(petition, started + timedelta(days=184))
    Petition.objects.filter(pk=petition.pk).update(archived=True)


def sign_more(petition: Petition, wish: Wish, signers: list[Identity], dice: random.Random) -> None:
    """Write signatures for a citizen's demo petition, spread over the time that it was open."""
    areas = [wish.area] * 3 + [code for code, *_rest in AREAS]
    petition.refresh_from_db()
    assert petition.opens_at is not None
    until = petition.closed_at or timezone.now()
    days = (until - petition.opens_at) / timedelta(days=1)
    sign_in_bulk(petition.action, min(wish.signed, len(signers)), days, signers, dice, areas, until)


def anonymise_petition(petition: Petition) -> None:
    """Anonymise a demo petition as if its retention period were over."""
    petition.refresh_from_db()
    while not anonymise(petition):
        pass
    backdate(petition, "anonymised", timezone.now() - timedelta(days=10))
