"""Demo data loader: petitions, some with thousands of signatures, and citizens' petitions in every other state."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import get_or_create_identity
from kesher.core.audit import Actor
from kesher.core.contact_address import Address
from kesher.demo.data_files import Row, Words, fields, moment, read, store_picture
from kesher.demo.services.municipality import Municipality
from kesher.demo.services.residents import create_residents, draw, seeded, write_participations
from kesher.participation.models import Pulse
from kesher.participation.services import drain_deltas
from kesher.participation.services.tallies import change_tallies, tally_keys
from kesher.petitions import services
from kesher.petitions.models import Milestone, Petition, PetitionEvent, PetitionUpdate, Signature
from kesher.petitions.services.retention import anonymise

HOURS_KEPT = timedelta(days=15)
# Transitions of citizens' petitions: the event that each writes, and the field that holds when it happened.
STEPS = {
    "lapse": ("lapsed", None),
    "submit": ("submitted", "submitted_at"),
    "publish": ("published", "opens_at"),
    "respond": ("response", "answered_at"),
    "close": ("closed", "closed_at"),
}
BY_STAFF = {"publish", "ask_changes", "reject"}


def load_petitions(municipality: Municipality) -> None:
    """Set the policy, and create and sign the petitions."""
    data, manager, dice = read("petitions"), municipality.manager, seeded(48213)
    services.set_policy(staff=manager, **data["policy"])
    services.set_thresholds(data["thresholds"], staff=manager)
    services.set_areas(data["areas"], staff=manager)
    signers = create_residents(municipality.agency, data["signers"], 3000, dice)
    for row in data["petitions"]:
        petition = publish_petition(row, manager)
        ended = min(moment(row["closes_at"]), timezone.now())
        areas = weigh_areas(row.get("near", ()), dice)
        sign_in_bulk(petition, row["signed"], (moment(row["opens_at"]), ended), signers, areas, dice)
        write_hourly_counts(petition)
        if "news" in row:
            write_update(petition, row["news"], manager)
    services.note_thresholds()
    for row in data["petitions"]:
        write_later_events(row, manager)
    dice = seeded(20481)
    friends = create_residents(municipality.agency, 40, 7100, dice)
    for number, row in enumerate(data["citizens_petitions"]):
        load_citizens_petition(row, f"+97255555{7000 + number:04d}", friends, signers, manager, dice)
    propose_update(data["proposed_update"])


def publish_petition(row: Row, staff: Staff) -> Petition:
    """Create a petition that was published in the past, and return it."""
    opened, picture = moment(row["opens_at"]), store_picture(row, f"petition-{row['code']}.png")
    given = fields(row, "picture", "alt", "signed", "near", "answer", "news")
    petition = services.create_petition(picture=picture, published=True, staff=staff, **given)
    set_times(petition, ["published"], opened, created=opened)
    return petition


def set_times(petition: Petition, verbs: list[str], at: datetime, **columns: Any) -> None:
    """Set when these events of a petition's history happened, and fields of its row."""
    petition.events.filter(verb__in=verbs).update(at=at)
    if columns:
        Petition.objects.filter(pk=petition.pk).update(**columns)


def weigh_areas(near: list[str], dice: random.Random) -> list[str]:
    """Return areas to draw from, as often as their residents and how near the matter is to them say."""
    found: list[str] = []
    for area in read("petitions")["areas"]:
        weight = dice.uniform(1.5, 2.6) if area["code"] in near else dice.uniform(0.15, 1.0)
        found += [area["code"]] * max(1, round(area["people"] * weight / 100))
    return found


def sign_in_bulk(
    petition: Petition,
    count: int,
    times: tuple[datetime, datetime],
    signers: list[Identity],
    areas: list[str],
    dice: random.Random,
) -> None:
    """Write `count` signatures, spread over time, channels and levels, and count them."""
    since, until = times
    data, days = read("residents"), (until - since) / timedelta(days=1)
    entries = []
    for signer in dice.sample(signers, count):
        # Most sign in the first days, and again after it was in the news.
        at = until - timedelta(days=days * (dice.betavariate(1.2, 1.6) if dice.random() < 0.7 else dice.random()))
        columns = {
            "channel": draw(dice, data["channels"]),
            "level": draw(dice, data["levels"]),
            "area": dice.choice(areas) if dice.random() < 0.7 else "",
            "name": signer.contact.name,
            "show_name": dice.random() < 0.3,
        }
        entries.append((signer, at, columns))
    rows = write_participations(petition.action, sorted(entries, key=lambda entry: entry[1]))
    keys = (
        (petition.action.pk, *key) for row in rows for key in tally_keys(row.level, row.channel, row.area, row.value)
    )
    change_tallies(petition.agency_id, Counter(keys))


def write_hourly_counts(petition: Petition) -> None:
    """Write how many signed the petition in each hour of recent days, which charts and trends read."""
    hours: dict[datetime, Counter[str]] = defaultdict(Counter)
    end = petition.closed_at or petition.closes_at or timezone.now()
    since = min(end, timezone.now()) - HOURS_KEPT
    Pulse.objects.filter(action=petition.action).delete()
    for at in Signature.objects.of(petition).filter(created__gte=since).values_list("created", flat=True):
        hours[at.replace(minute=0, second=0, microsecond=0)][f"{at.minute:02d}"] += 1
    Pulse.objects.bulk_create(
        Pulse(agency=petition.agency, action=petition.action, start=start, dimension="minute", counts=dict(counts))
        for start, counts in hours.items()
    )


def write_update(petition: Petition, news: Words, staff: Staff) -> None:
    """Write an update on a petition's page that is not sent to anybody."""
    assert petition.opens_at is not None
    at = petition.opens_at + (timezone.now() - petition.opens_at) / 3
    about = {"agency": petition.agency, "petition": petition}
    row = PetitionUpdate.objects.create(texts=news, by=staff, **about)
    PetitionUpdate.objects.filter(pk=row.pk).update(at=at)
    PetitionEvent.objects.create(verb="update", at=at, words=news, data={"by": "body"}, **about)


def write_later_events(row: Row, staff: Staff) -> None:
    """Set what a petition came to: thresholds reached, a reply, the end."""
    petition = Petition.objects.select_related("action", "agency").get(action__code=row["code"])
    for milestone in petition.milestones.filter(state="reached"):
        set_reached(petition, milestone)
    reached = petition.milestones.filter(kind="response", state="reached").order_by("reached_at").first()
    if reached is not None and petition.due_at:
        Petition.objects.filter(pk=petition.pk).update(due_at=reached.reached_at)
    if "answer" in row:
        since = (reached and reached.reached_at) or petition.opens_at
        assert since is not None
        answered = since + (timezone.now() - since) / 2
        services.publish_response(petition, row["answer"], staff=staff)
        set_times(petition, ["response"], answered, answered_at=answered)
        petition.milestones.filter(kind="response", state="done").update(done_at=answered)
    ends = moment(row["closes_at"])
    if ends < timezone.now():
        services.move(petition, "close", closed_by="date")
        set_times(petition, ["closed"], ends, closed_at=ends)


def set_reached(petition: Petition, row: Milestone) -> None:
    """Set that a petition reached a threshold with the signature that made it do so."""
    signed = Signature.objects.of(petition).counted().filter(level__gte=row.level).order_by("created")
    at = signed.values_list("created", flat=True)[row.count - 1]
    row.reached_at, row.due_at = at, at + timedelta(days=row.days)
    row.save(update_fields=["reached_at", "due_at"])
    petition.events.filter(verb="reached", data__promise=row.kind, data__count=row.count).update(at=at)


def load_citizens_petition(
    row: Row, phone: str, friends: list[Identity], signers: list[Identity], staff: Staff, dice: random.Random
) -> None:
    """Create a citizen's petition with its supporters, and take it through its steps, without notifications."""
    written = services.Written(**row["written"])
    author = get_or_create_identity(Address("tel", phone, written.name), assurance=1, language=written.language)
    petition = services.start_petition(written, Call(door="whatsapp", identity=author, level=1))
    petition.action.code = row["code"]  # a fixed one, which guides can name
    petition.action.save(update_fields=["code"])
    for friend in friends[: row.get("supporters", 5)]:
        services.sign_petition(petition, Call(door="whatsapp", identity=friend, level=1), area=written.area)
    for step in row.get("steps", ()):
        take_step(petition, step, staff)
    started = moment(row["started_at"])
    set_times(petition, ["started", "supported"], started, created=started, archived="anonymised_at" in row)
    Signature.objects.of(petition).update(created=started, confirmed=started)
    if "review_due" in row:
        Petition.objects.filter(pk=petition.pk).update(review_due=moment(row["review_due"]))
    drain_deltas()
    if "signed" in row:
        petition.refresh_from_db()
        assert petition.opens_at is not None
        times = (petition.opens_at, petition.closed_at or timezone.now())
        areas = [written.area] * 3 + [area["code"] for area in read("petitions")["areas"]]
        sign_in_bulk(petition, min(row["signed"], len(signers)), times, signers, areas, dice)
    write_hourly_counts(petition)
    if "anonymised_at" in row:
        petition.refresh_from_db()
        while not anonymise(petition):
            pass
        set_times(petition, ["anonymised"], moment(row["anonymised_at"]))


def take_step(petition: Petition, row: Row, staff: Staff) -> None:
    """Take a petition through one transition, at its time in the past."""
    step, at = row["step"], moment(row.get("at", ""))
    given = fields(row, "step", "at")
    if step == "reject":
        other = Petition.objects.select_related("action").filter(action__code=given.get("same_as")).first()
        given = {"reason": given["reason"], "words": given.get("words", {}), "same_as": other}
    if step == "publish":
        petition.opens_at = at
    if step == "respond":
        services.publish_response(petition, given["words"], staff=staff)
    else:
        services.move(petition, step, staff=staff if step in BY_STAFF else None, tell=False, **given)
    if step in STEPS:
        verb, field = STEPS[step]
        set_times(petition, [verb], at, **({field: at} if field else {}))


def propose_update(row: Row) -> None:
    """Let the author of a petition propose an update, which waits for moderation."""
    author = get_or_create_identity(Address("tel", row["phone"], row["author"]), assurance=1, language=row["language"])
    petition = Petition.objects.select_related("action", "agency").get(action__code=row["petition"])
    petition.author, petition.author_name = author.contact, row["author"]
    petition.save(update_fields=["author", "author_name"])
    by = Actor("contact", author.contact.pk, "whatsapp")
    services.propose_update(petition, row["text"], language=row["language"], by=by)
