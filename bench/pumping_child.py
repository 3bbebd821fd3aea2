"""The child process of `bench.pumping`: creates what codes are requested for, and counts."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # Django must be set up first
from django.utils import timezone  # noqa: E402

from kesher.agencies.services import create_agency  # noqa: E402
from kesher.channels.services import open_account  # noqa: E402
from kesher.contests.services import add_statement, create_contest  # noqa: E402
from kesher.contests.services.contests import Plan  # noqa: E402
from kesher.conversations.models import Message  # noqa: E402
from kesher.core.db.agency_scope import scope  # noqa: E402
from kesher.core.models import Audit  # noqa: E402
from kesher.participation.models import CodeDue  # noqa: E402
from kesher.petitions.models import Petition, Signature  # noqa: E402
from kesher.petitions.services import create_petition  # noqa: E402


def prepare(provider: str) -> dict[str, Any]:
    """Create an agency with default limits, an SMS account, an open petition and an open vote."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    agency = create_agency(slug="bench", names={"he": "עיר"}, languages=["he"])
    with scope(agency):
        account = open_account(
            "sms", address="+97235550101", secrets=("s",), token="t", settings={"account_sid": "AC1", "api": provider}
        )
        petition = create_petition(titles={"he": "שביל"}, demands={"he": "שביל לאופניים"}, published=True)
        vote = Plan("vote", timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=2), method="one")
        contest = create_contest(kind="poll", titles={"he": "שם לגן"}, rounds=[vote], published=True)
        for text in ("גן הפרחים", "גן הדקל"):
            add_statement(contest, {"he": text})
        return {"petition": petition.code, "contest": contest.code, "key": account.key}


def messages(prefix: str) -> dict[str, Any]:
    """Return how many messages went to numbers with this prefix, and how many codes are still due."""
    sent = Message.objects.filter(direction="out", identity__address__startswith=prefix)
    return {"messages": sent.count(), "due": CodeDue.objects.count()}


def alarm(_argument: str) -> dict[str, Any]:
    """Return how many unproved addresses had messages when the alarm was raised, or None."""
    raised = Audit.objects.filter(operation="contacts.unproved_alarm").order_by("id").first()
    return {"after": raised.data["addresses"] if raised is not None else None}


def counted(prefix: str) -> dict[str, Any]:
    """Return how many owners of numbers with this prefix have signed."""
    action = Petition.objects.order_by("id")[0].action
    rows = Signature.objects.filter(action=action, state="counted", identity__address__startswith=prefix)
    return {"counted": rows.values("contact").distinct().count()}


if __name__ == "__main__":
    verb, argument = sys.argv[1:]
    if verb == "prepare":
        print(json.dumps(prepare(argument)), flush=True)
    else:
        with scope(1):
            print(json.dumps({"messages": messages, "alarm": alarm, "counted": counted}[verb](argument)), flush=True)
