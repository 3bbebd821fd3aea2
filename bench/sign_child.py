"""The child process of `bench.sign`: signers, a loop to compare with, statements, and millions of rows."""

from __future__ import annotations

import json
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # Django must be set up first
from django.db import connection, transaction  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.http.cookie import SimpleCookie  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from kesher.agencies.models import Agency  # noqa: E402
from kesher.channels.agency_addresses import AGENCY_ADDRESSES  # noqa: E402
from kesher.channels.services import open_account  # noqa: E402
from kesher.contacts.models import Contact, Identity  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.core.db.ids import token  # noqa: E402
from kesher.core.models import Audit  # noqa: E402
from kesher.participation.models import CountDelta, Participation  # noqa: E402
from kesher.participation.services import person_key, read_tallies  # noqa: E402
from kesher.petitions.models import Petition  # noqa: E402
from kesher.petitions.services import create_petition  # noqa: E402
from kesher.petitions.views.petitions import SIGNER  # noqa: E402

BATCH = 2000


def petition() -> Petition:
    """Return the petition."""
    return Petition.objects.published().with_page().order_by("id")[0]


def prepare(_argument: str) -> dict[str, Any]:
    """Create an open petition, and an SMS account with limits above what the benchmark needs."""
    call_command("collectstatic", interactive=False, verbosity=0)
    Agency.objects.update(unproved_a_day=1_000_000)
    open_account("sms", address="+97235550101", secrets=("s",), token="t", settings={"account_sid": "AC1"})
    found = create_petition(titles={"he": "שביל"}, demands={"he": "שביל לאופניים"}, published=True)
    return {"code": found.code}


def signers(argument: str) -> dict[str, Any]:
    """Create people known in their browsers, and write their cookies to a file. Argument: "count first path"."""
    number, first, path = argument.split()
    with open(path, "w") as file:
        for start in range(int(first), int(first) + int(number), BATCH):
            size = min(BATCH, int(first) + int(number) - start)
            people = Contact.objects.bulk_create(Contact(agency_id=1, language="he") for _ in range(size))
            rows = Identity.objects.bulk_create(
                Identity(agency_id=1, contact=one, scheme="tel", address=f"+97250{start + n:07}", assurance=1)
                for n, one in enumerate(people)
            )
            file.writelines(f"{cookie_of(row)}\n" for row in rows)
    return {}


def cookie_of(identity: Identity) -> str:
    """Return the cookie that this person's browser gets after confirming a code."""
    response = HttpResponse()
    SIGNER.keep(response, identity)
    return response.cookies[SIGNER.cookie].value


def loop(argument: str) -> dict[str, Any]:
    """Write the same rows through the ORM, one commit each, for so many seconds. Argument: "seconds first-identity"."""
    seconds, first = argument.split()
    action = petition().action
    rows = list(
        Identity.objects.select_related("contact")
        .filter(address__range=(f"+97250{int(first):07}", "+972509999999"))
        .order_by("id")
    )
    began, cpu = time.monotonic(), time.process_time()
    done = 0
    for identity in rows:
        with transaction.atomic():
            row = Participation.objects.create(
                agency_id=1, action=action, contact=identity.contact, identity=identity,
                person_key=person_key(action, identity), receipt=token(8), level=1, channel="web", state="counted",
            )  # fmt: skip
            CountDelta.objects.create(
                agency_id=1, action=action, level=1, channel="web", source="tel:+97250", fresh=True, n=1
            )
            Audit.objects.create(
                agency_id=1, operation="petition.take_part", actor_kind="contact", actor_id=identity.contact_id, door="web",
                subject_type="participation.participation", subject_id=str(row.pk), data={"level": 1, "pending": False},
            )  # fmt: skip
        done += 1
        if time.monotonic() - began > float(seconds):
            break
    taken = time.monotonic() - began
    return {"per_s": done / taken, "cpu_ms": (time.process_time() - cpu) / done * 1000, "done": done}


def statements(argument: str) -> dict[str, Any]:
    """Return the statements of one POST by a known person and by an unknown one."""
    code = petition().code
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    browser.get(f"/petitions/{code}/")
    secret = browser.cookies["csrftoken"].value
    lines = iter(Path(argument).read_text().splitlines())
    AGENCY_ADDRESSES.read_when_older(0)  # the web process does so beside its requests
    found = {}
    for name in ("queries", "first_queries"):
        made = []
        for number in count():
            browser.cookies = SimpleCookie({"csrftoken": secret})
            body = {"csrfmiddlewaretoken": secret}
            if name == "queries":
                browser.cookies[SIGNER.cookie] = next(lines)
                body["known"] = "1"
            else:
                body["address"] = f"054-660{number:04}"
            with CaptureQueriesContext(connection) as context:
                answer = browser.post(f"/petitions/{code}/sign/", body, REMOTE_ADDR=f"198.51.100.{number}")
            assert answer.status_code == 302, answer.content[:500]
            asked = [query["sql"] for query in context.captured_queries]
            made.append(len([sql for sql in asked if not sql.startswith(("BEGIN", "COMMIT"))]))
            if number == 2:
                break
        found[name] = max(made)
    return found


def grow(argument: str) -> dict[str, Any]:
    """Create millions of signatures and their people by SQL."""
    rows, action = int(argument), petition().action
    lite = connection.vendor == "sqlite"
    series = (
        "WITH RECURSIVE s(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM s WHERE n < %s)"
        if lite
        else "WITH s(n) AS (SELECT * FROM generate_series(%s::bigint, %s::bigint))"
    )
    blob = "randomblob(32)" if lite else "sha256(('x' || n)::bytea)"
    # Random order like real receipts, and unique.
    word = "hex(randomblob(2))" if lite else "upper(substr(md5('y' || n), 1, 4))"
    now = "CURRENT_TIMESTAMP"
    false, empty = ("0", "'{}'") if lite else ("false", "'{}'::jsonb")
    base = 10_000_000
    columns = {
        column.name
        for column in connection.introspection.get_table_description(connection.cursor(), "participation_participation")
    }
    assert {"net", "voiding_id"} <= columns
    with connection.cursor() as cursor:
        if lite:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-400000")
        for start in range(base, base + rows, 250_000):
            span = [start, min(start + 250_000, base + rows) - 1]
            cursor.execute(
                f"INSERT INTO contacts_contact (id, agency_id, key, name, language, status, prefs, created) "
                f"{series} SELECT n, 1, 'g' || n, '', 'he', 'active', {empty}, {now} FROM s",
                span,
            )
            cursor.execute(
                f"INSERT INTO participation_participation (agency_id, action_id, contact_id, person_key, receipt, level,"
                f" channel, area, value, name, show_name, state, created, confirmed, net)"
                f" {series} SELECT 1, {action.pk}, n, {blob}, '0' || {word} || (n - {base}), 1, 'web', '', '', '', {false}, 'counted',"
                f" {now}, {now}, '' FROM s",
                span,
            )
        cursor.execute("ANALYZE" if lite else "VACUUM ANALYZE")
        if not lite:
            cursor.execute("CHECKPOINT")  # keep the flush of the bulk insert out of the measurement
    for dimension, key in (("total", ""), ("level", "1"), ("channel", "web"), ("area", "unknown")):
        row, _new = action.tallies.get_or_create(agency_id=1, dimension=dimension, key=key, defaults={"n": 0})
        row.n += rows
        row.save()
    return {"rows": rows}


def books(argument: str) -> dict[str, Any]:
    """Count receipts without a counted row and people who count twice; check the tallies once the worker is idle."""
    with open(argument) as file:
        receipts = {line.strip() for line in file if line.strip()}
    action = petition().action
    end = time.monotonic() + 30
    while CountDelta.objects.exists() and time.monotonic() < end:
        time.sleep(0.1)
    counted = Participation.objects.filter(action=action, state="counted")
    known = set(counted.exclude(receipt__startswith="0").values_list("receipt", flat=True))
    people = list(counted.exclude(receipt__startswith="0").values_list("contact", flat=True))
    return {
        "lost": len(receipts - known), "duplicated": len(people) - len(set(people)),
        "off": read_tallies(action)["total"][""] - counted.filter(level__gte=1).count(),
    }  # fmt: skip


if __name__ == "__main__":
    verbs = {verb.__name__: verb for verb in (prepare, signers, loop, statements, grow, books)}
    with scope(1):
        print(json.dumps(verbs[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")), flush=True)
