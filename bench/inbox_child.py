"""The child process of `bench.inbox`: fills its database, and opens the inbox inside Django."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402  # Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.machine import percentile  # noqa: E402
from kesher.agencies.services import add_staff, create_agency  # noqa: E402
from kesher.agencies.staff_login import mark_second_step  # noqa: E402
from kesher.channels.services import open_account  # noqa: E402
from kesher.contacts.models import Contact, Identity  # noqa: E402
from kesher.conversations.models import Conversation, Message  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.core.i18n.translations import compile_catalogues  # noqa: E402
from kesher.site.settings import ROOT  # noqa: E402


def fill(messages: int, people: int) -> None:
    """Create an agency with so many messages; one person in ten waits for a clerk."""
    agency = create_agency(slug="bench", names={"he": "עיר"}, languages=["he"])
    with scope(agency):
        add_staff(username="ruth", name="רותי כהן", password="bench-password")
        account = open_account("whatsapp", address="1", secrets=("s",), token="t")
        now = timezone.now()
        contacts = Contact.objects.bulk_create(
            [Contact(agency=agency, name=f"דנה לוי {n}", language="he") for n in range(people)], batch_size=1000
        )
        identities = Identity.objects.bulk_create(
            [Identity(agency=agency, contact=c, scheme="tel", address=f"+97250{c.pk:07d}") for c in contacts],
            batch_size=1000,
        )
        each = messages // people
        talks = Conversation.objects.bulk_create(
            [
                Conversation(
                    agency=agency, contact=c, last_seq=each, last_at=now - timedelta(minutes=n), last_in_at=now,
                    last_text="הפנס מול הבית שוב כבוי", last_channel="whatsapp",
                    waiting_since=now - timedelta(minutes=n) if n % 10 == 0 else None,
                )
                for n, c in enumerate(contacts)
            ],
            batch_size=1000,
        )  # fmt: skip
        rows = [
            Message(
                agency=agency, conversation=talk, seq=seq, direction="in" if seq % 2 else "out", account=account, identity=who,
                channel="whatsapp", text="הפנס מול הבית שוב כבוי, כבר שבוע", received=now - timedelta(minutes=each - seq),
            )
            for talk, who in zip(talks, identities, strict=True)
            for seq in range(1, each + 1)
        ]  # fmt: skip
        Message.objects.bulk_create(rows, batch_size=2000)


def look(rounds: int) -> dict[str, Any]:
    """Return queries and milliseconds of the inbox and of one conversation, with all middleware."""
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(username="ruth"))
    session = client.session
    mark_second_step(session, "app")
    session.save()
    summary: dict[str, Any] = {}
    for name, url in (("inbox", "/desk/"), ("all", "/desk/?tab=all")):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        count = len(queries)
        assert response.status_code == 200, response.status_code
        times, cpu = [], []
        for _ in range(rounds):
            began, used = time.perf_counter(), time.process_time()
            client.get(url)
            times.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - used) * 1000)
        summary |= {
            f"{name}_queries": count, f"{name}_p50_ms": round(percentile(times, 0.5), 1),
            f"{name}_p95_ms": round(percentile(times, 0.95), 1), f"{name}_cpu_ms": round(percentile(cpu, 0.5), 1),
        }  # fmt: skip
    return summary


def main(messages: int) -> None:
    """Fill the database, measure, and print the summary."""
    compile_catalogues(ROOT)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    fill(messages, messages // 50)
    database = "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"
    print(json.dumps({"bench": "inbox", "database": database, "messages": messages, **look(60)}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
