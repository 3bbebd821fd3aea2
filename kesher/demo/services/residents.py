"""Demo data loader: residents made up at random, and participations of thousands, written in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from kesher.agencies.models import Agency
from kesher.contacts.models import Contact, Identity
from kesher.core.db.ids import token
from kesher.demo.data_files import read
from kesher.participation.models import Action, Participation
from kesher.participation.services import person_key

BATCH = 500


def seeded(seed: int) -> random.Random:
    """Return a source of chance that makes the same demo each time."""
    return random.Random(seed)  # noqa: S311 (a crowd, not a secret)


def draw[Key](dice: random.Random, weights: dict[Key, float]) -> Key:
    """Return one of the keys at random, by their weights."""
    return dice.choices(list(weights), list(weights.values()))[0]


def create_residents(agency: Agency, count: int, start: int, dice: random.Random) -> list[Identity]:
    """Create `count` residents with made-up phone numbers from `start`, and return their identities."""
    data = read("residents")
    langs = dice.choices(list(data["languages"]), list(data["languages"].values()), k=count)
    contacts = [
        Contact(
            agency=agency,
            name=f"{dice.choice(data['first_names'][lang])} {dice.choice(data['family_names'][lang])}",
            language=lang,
            noticed_at=timezone.now(),
        )
        for lang in langs
    ]
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    rows = [
        Identity(agency=agency, contact=contact, scheme="tel", address=f"+97255555{start + number:04d}", assurance=1)
        for number, contact in enumerate(contacts)
    ]
    return Identity.objects.bulk_create(rows, batch_size=BATCH)


def write_participations(
    action: Action, entries: Iterable[tuple[Identity, datetime, dict[str, Any]]]
) -> list[Participation]:
    """Write who took part in an action, when, and with which fields, and return the rows, which are not counted yet."""
    rows = []
    for person, at, fields in entries:
        row = Participation(
            agency_id=action.agency_id,
            action=action,
            contact=person.contact,
            identity=person,
            person_key=person_key(action, person),
            receipt=token(8),
            state=Participation.State.COUNTED,
            confirmed=at,
            **fields,
        )
        rows.append(row)
    Participation.objects.bulk_create(rows, batch_size=BATCH)
    for row in rows:
        row.created = row.confirmed or row.created  # auto_now_add overwrites it on insert
    Participation.objects.bulk_update(rows, ["created"], batch_size=BATCH)
    return rows
