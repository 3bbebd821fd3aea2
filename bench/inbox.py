"""``script/bench inbox [--messages N]``: the clerk's inbox over a hundred thousand stored messages: queries and time."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

from bench.machine import percentile, postgres


def fill(messages: int, people: int) -> None:
    """An agency whose people wrote that much; one in ten waits for a clerk."""
    from datetime import timedelta

    from django.utils import timezone

    from kesher.agencies.services import add_staff, create_agency
    from kesher.channels.services import open_account
    from kesher.contacts.models import Contact, Identity
    from kesher.conversations.models import Conversation, Message
    from kesher.core.scope import scope

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
    """Queries and milliseconds of the inbox, and of one conversation, through every middleware."""
    import time

    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(username="ruth"))
    summary: dict[str, Any] = {}
    for name, url in (("inbox", "/desk/"), ("all", "/desk/?tab=all")):
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(url)
        assert response.status_code == 200, response.status_code
        times, cpu = [], []
        for _ in range(rounds):
            began, used = time.perf_counter(), time.process_time()
            client.get(url)
            times.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - used) * 1000)
        summary |= {
            f"{name}_queries": len(queries), f"{name}_p50_ms": round(percentile(times, 0.5), 1),
            f"{name}_p95_ms": round(percentile(times, 0.95), 1), f"{name}_cpu_ms": round(percentile(cpu, 0.5), 1),
        }  # fmt: skip
    return summary


def child(messages: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from kesher.core.translations import compile_catalogues
    from kesher.site.settings import ROOT

    compile_catalogues(ROOT)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    fill(messages, messages // 50)
    database = "postgresql" if os.environ.get("DATABASE_URL") else "sqlite"
    print(json.dumps({"bench": "inbox", "database": database, "messages": messages, **look(60)}), flush=True)


def run(messages: int, url: str = "") -> None:
    folder = tempfile.mkdtemp(prefix="kesher-bench-")
    environment = {
        **os.environ, "KESHER_DATA": folder, "DATABASE_URL": url, "KESHER_LOG": "WARNING", "KESHER_HOSTS": "*",
        "DJANGO_SETTINGS_MODULE": "kesher.site.settings",
    }  # fmt: skip
    try:
        subprocess.run(
            [sys.executable, "-m", "bench.inbox", "--child", "--messages", str(messages)], env=environment, check=True
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench inbox")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sqlite-only", action="store_true")
    options = parser.parse_args()
    if options.child:
        child(options.messages)
        return
    run(options.messages)
    if not options.sqlite_only:
        with postgres() as (url, _pid):
            run(options.messages, url)


if __name__ == "__main__":
    main()
