"""The child process of `bench.ideas`: fills the database, and counts a page's statements."""

from __future__ import annotations

import json
import random
import sys
from datetime import timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from kesher.agencies.models import Agency  # noqa: E402
from kesher.contacts.models import Contact, Identity  # noqa: E402
from kesher.contests.duplicate_proposals import fold, search_keys, skeleton  # noqa: E402
from kesher.contests.models import Choice, Proposal  # noqa: E402
from kesher.contests.services import Plan, create_contest  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.core.db.ids import token  # noqa: E402
from kesher.participation.models import Participation, Tally  # noqa: E402
from kesher.participation.services import add_deltas, drain_deltas, person_key  # noqa: E402

CODE = "48213"
BATCH = 1000
BITS = ("גן", "ספר", "ים", "אור", "דרך", "עיר", "חול", "רוח", "מים", "שיר", "לב", "בית", "עץ", "גשר", "כוכב", "שער")


def fill(ideas: int, votes: int, voters: int) -> None:
    """Create a contest with ideas and votes, and tallies as the worker would write them."""
    dice = random.Random(1000)
    now = timezone.now()
    plan = Plan(
        "proposals", now - timedelta(days=9), now + timedelta(days=9), method="approval", verbs=("propose", "vote")
    )
    titles = {"he": "רעיונות לשדרה", "en": "Ideas for the avenue"}
    contest = create_contest(kind="ideas", titles=titles, rounds=[plan], code=CODE, published=True)
    round = contest.rounds.select_related("action").get()
    texts = [f"{dice.choice(BITS)} {dice.choice(BITS)} {dice.choice(BITS)} {number}" for number in range(1, ideas + 1)]
    rows = Proposal.objects.bulk_create(
        [
            Proposal(
                contest=contest,
                number=number,
                texts={"he": text},
                meanings={"he": f"{text}: {dice.choice(BITS)} {dice.choice(BITS)} לכל התושבים והתושבות"},
                folded=fold(text),
                skeleton=skeleton(text),
                search_keys=search_keys(text),
                state="published",
            )
            for number, text in enumerate(texts, 1)
        ],
        batch_size=BATCH,
    )
    people = residents(contest.agency_id, voters)
    ballots, chosen = [], []
    for person in people:
        mine = dice.sample(rows, votes // voters)
        chosen.append(mine)
        ballots.append(
            Participation(
                action=round.action, contact=person.contact, identity=person, level=1, channel="web", state="counted",
                person_key=person_key(round.action, person), receipt=token(8), confirmed=now,
                value=" ".join(str(row.number) for row in mine),
            )
        )  # fmt: skip
    Participation.objects.bulk_create(ballots, batch_size=BATCH)
    slips = [(ballot, token(12), mine) for ballot, mine in zip(ballots, chosen, strict=True)]
    Choice.objects.bulk_create(
        (Choice(round=round, ballot=ballot, slip=slip, proposal=row) for ballot, slip, mine in slips for row in mine),
        batch_size=BATCH,
    )
    add_deltas((ballot, 1) for ballot in ballots)
    while drain_deltas():
        pass
    counted = sum(Tally.objects.filter(action=round.action, dimension="value").values_list("n", flat=True))
    print(json.dumps({"ideas": len(rows), "votes": Choice.objects.count(), "counted": counted}))


def residents(agency_id: int, count: int) -> list[Identity]:
    """Create people with phone numbers."""
    contacts = [Contact(agency_id=agency_id, language="he") for _person in range(count)]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    return Identity.objects.bulk_create(
        [
            Identity(agency_id=agency_id, contact=contact, scheme="tel", address=f"+97258{n:07}", assurance=1)
            for n, contact in enumerate(contacts)
        ],
        batch_size=BATCH,
    )


def queries(paths: list[str]) -> None:
    """Print the statements of the most expensive page (without BEGIN and COMMIT)."""
    client, most = Client(SERVER_NAME="127.0.0.1"), 0
    client.get(paths[0])  # the first page fills the process's caches
    for path in paths:
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200, path
        told = [q for q in found.captured_queries if q["sql"].split(" ", 1)[0] not in ("BEGIN", "COMMIT", "SAVEPOINT")]
        most = max(most, len(told))
    print(json.dumps({"queries": most}))


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    with scope(Agency.objects.get()):
        if verb == "fill":
            call_command("collectstatic", interactive=False, verbosity=0)
            with transaction.atomic():
                fill(*map(int, arguments))
        else:
            queries(arguments)
