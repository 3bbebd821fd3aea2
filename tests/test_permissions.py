"""Every URL has a row in the table of permissions, and answers as the table says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from kesher.agencies.models import Place, Staff, Team
from kesher.answers.services import import_topics
from kesher.answers.tests.factories import a_checker, published
from kesher.cases.models import ReadyAnswer, Topic
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity, suggest_merge
from kesher.contests.services import add_juror
from kesher.contests.tests.factories import a_contest, a_proposal, a_vote, jury, proposals
from kesher.conversations.services import receive, respond
from kesher.conversations.services.events.reply_tokens import stop_url
from kesher.core.files.attachments import store_attachment
from kesher.core.models import Audit, LiveEvent
from kesher.dialogues.models import DialogueSession
from kesher.incidents.tests.factories import an_incident
from kesher.listening.tests.factories import a_feed, a_watch
from kesher.petitions.services import create_petition
from kesher.purchases.tests.factories import a_purchase
from kesher.records.tests.factories import a_source, a_ward_request
from kesher.reports.services import open_report
from tests.discussed import discussed
from tests.permissions import TABLE, Answers

WHO = ("stranger", "clerk", "manager", "other")
# URL arguments whose meaning depends on the URL; others are known by their names.
SPECIAL = {
    "agencies:staff_edit": "staff",
    "cases:send_again": "message",
    "cases:decide": "merge",
    "agencies:team_edit": "team",
    "agencies:team_remove": "team",
    "agencies:place_edit": "place",
    "agencies:place_remove": "place",
    "cases:topic_edit": "topic",
    "cases:topic_remove": "topic",
    "cases:undo": "merge",
    "cases:take_back": "message",
    "cases:ready_edit": "ready",
    "cases:ready_away": "ready",
    "cases:switch": "account",
    "cases:retry": "intake",
    "site:file": "file",
    "site:language": "language",
    "dialogues:continue": "form",
    "conversations:elsewhere": "form",
    **{name: "account" for name in TABLE if name.startswith("cases:channel") and name != "cases:channels"},
    **{name: "incident" for name in TABLE if name.startswith("incidents:")},
    **{name: "watch" for name in TABLE if name.startswith("listening:watch_")},
    **{name: "community" for name in TABLE if name.startswith("communities:")},
    **{name: "post" for name in TABLE if name.startswith("discussions:")},
    "discussions:remove": "member",
    **{name: "feed" for name in TABLE if name.startswith("listening:source_")},
    **{name: "answer" for name in TABLE if name.startswith("answers:")},
    **{
        name: "checker"
        for name in TABLE
        if name.startswith(("answers:check", "answers:desk_check", "answers:api_check"))
    },
    **{name: "purchase" for name in TABLE if name.startswith("purchases:")},
    **{name: "record" for name in TABLE if name.startswith("records:")},
    **{name: "ward" for name in TABLE if name.startswith("records:desk_ward_") or name == "records:desk_ward"},
    **{name: "contest" for name in TABLE if name.startswith("contests:")},
}

SAME = {"language": "he", "receipt": "AAAAAAAA", "digest": "0" * 64, "pk": "1", "feed.kind": "feed"}
ACCOUNT_STEPS = {"account.kind": "telegram", "account.step": "remove"}


def addresses() -> dict[str, str]:
    """Return every route by its name, or by itself where it has none."""
    return dict(walk(get_resolver(), "", ""))


def walk(resolver: URLResolver, space: str, before: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, f"{pattern.namespace}:" if pattern.namespace else space, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield (f"{space}{pattern.name}" if pattern.name else route), route


@pytest.fixture
def sample(
    dana: Identity, omar: Identity, ruth: Staff, team: Team, sms: Account, webchat: Account, mailbox: Account
) -> dict[str, str]:
    """Create one of everything that a URL can name."""
    petition = create_petition(titles={"he": "צל"}, demands={"he": "צל"}, language="he", published=True, code="48213")
    topic = Topic.objects.create(code="light", names={"he": "פנס"}, reportable=True)
    sender = Address("tel", dana.address)
    asked = Event(Kind.MESSAGE, "m|1", external_id="x1", sender=sender, text="מתי מפנים את הפח ברחוב הגפן?")
    message = receive(sms, asked, received=timezone.now())
    assert message is not None
    respond(message)
    request = open_report(dana.contact, topic=topic, words="חושך", door="sms", identity=dana)
    merge = suggest_merge(
        dana.contact, get_or_create_identity(Address("mailto", "d@example.org")).contact, reason="same name"
    )
    assert merge is not None
    session = DialogueSession.objects.create(
        agency=team.agency, contact=omar.contact, skill="reports.report", state="parked"
    )
    purchase = a_purchase(code="52712", tie="lottery", stock=9)
    contest = a_contest(proposals(), jury(), a_vote("approval"), code="61940")
    a_proposal(contest, "קלקלן")
    import_topics({"taxes": {"he": "מסים"}})
    return {
        "answer": published("arnona-pay", "איך משלמים ארנונה?").slug,
        "answer.code": "taxes",
        "checker": a_checker().slug,
        "checker.what": "rules",
        "checker.at": "new",
        "incident": str(an_incident(ruth, dana).pk),
        "watch": str(a_watch(ruth).pk),
        "feed": str(a_feed().pk),
        **discussed(),
        "record": a_source().code,
        "record.key": dana.contact.key,
        "record.pk": "1",
        "ward": a_ward_request(dana.contact).key,
        "contest": contest.code,
        "contest.number": "1",
        "contest.position": "1",
        "contest.key": add_juror(contest, "דליה").key,
        "code": petition.code,
        "purchase": purchase.code,
        "purchase.part": "interest",
        "key": dana.contact.key,
        "number": str(request.case.number),
        "staff": str(ruth.pk),
        "team": team.slug,
        "place": Place.objects.create(agency=team.agency, code="herzl", names={"he": "הרצל"}).code,
        "topic": topic.code,
        "message": str(message.pk),
        "merge": str(merge.pk),
        "account": str(sms.pk),
        "intake": str(uuid4()),
        "file": store_attachment(b"%PDF-1").key,
        "form": session.key,
        "ready": str(ReadyAnswer.objects.create(agency=team.agency, name="תודה", texts={"he": "תודה"}).pk),
        **SAME,
        "signed": stop_url(dana).rstrip("/").rpartition("/")[2],
    }


def fill(name: str, route: str, sample: dict[str, str]) -> str:
    """Return the route with real values for its arguments."""
    special, sample = SPECIAL.get(name), ACCOUNT_STEPS | sample

    def put(match: re.Match[str]) -> str:
        argument = match[1].rpartition(":")[2]
        return sample.get(f"{special}.{argument}", sample[special]) if special else sample.get(argument, "x")

    return "/" + re.sub(r"<([^>]+)>", put, route)


@pytest.fixture
def people(ruths: Client, miriams: Client, sashas: Client) -> dict[str, Client]:
    return {"stranger": Client(), "clerk": ruths, "manager": miriams, "other": sashas}


def apps(names: Iterable[str]) -> list[Any]:
    """Return the names by app, so that everything is created once for all URLs of an app."""
    ordered = sorted(names, key=app_of)
    return [pytest.param([*group], id=app) for app, group in groupby(ordered, app_of)]


def app_of(name: str) -> str:
    return "without-a-name" if "/" in name else name.partition(":")[0]


@contextmanager
def undone(people: dict[str, Client]) -> Iterator[dict[str, Client]]:
    """Request the URL as each person, and roll back its effects."""
    browsers = {who: Client() for who in people}
    for who, browser in browsers.items():
        browser.cookies.load(people[who].cookies.output(header="", sep=";"))
    with transaction.atomic():
        yield browsers
        transaction.set_rollback(True)


def test_every_address_has_a_row() -> None:
    found = set(addresses())
    assert found == set(TABLE), f"without a row: {sorted(found - set(TABLE))}; gone: {sorted(set(TABLE) - found)}"


@pytest.mark.parametrize("names", apps(TABLE))
def test_an_address_answers_as_the_table_says(
    names: list[str], sample: dict[str, str], people: dict[str, Client]
) -> None:
    found = {}
    for name in names:
        url = fill(name, addresses()[name], sample)
        with undone(people) as browsers:
            found[name] = Answers(**{who: answer(browsers[who].get(url)) for who in WHO})
    assert found == {name: TABLE[name] for name in names}


def answer(response: Any) -> int:
    """Return the status, and close the answer's file."""
    if file := getattr(response, "file_to_stream", None):
        file.close()
    status: int = response.status_code
    return status


@pytest.mark.parametrize("names", apps(name for name, route in addresses().items() if route.startswith("desk/")))
def test_whoever_may_not_changes_nothing_either(
    names: list[str], sample: dict[str, str], people: dict[str, Client]
) -> None:
    """A POST to the desk by a stranger redirects to the login, by another agency's clerk is refused; nothing is written."""
    wrong = {}
    for name in names:
        if name in ("agencies:login", "accounts:staff_lost"):
            continue
        url = fill(name, addresses()[name], sample)
        with undone(people) as browsers:
            before = written()
            statuses = {who: browsers[who].post(url, {"text": "x"}).status_code for who in ("stranger", "other")}
            told = {"stranger": 302, "other": 302 if name == "agencies:logout" else 403}
            if TABLE[name].stranger == 410:  # the link is what opens it, and this one opens nothing
                told = {"stranger": 410, "other": 410}
            if not (statuses == told or is_read_only(url, browsers)):
                wrong[name] = f"answers {statuses}"
            if written() != before:
                wrong[name] = "something is written"
    assert not wrong


def is_read_only(url: str, people: dict[str, Client]) -> bool:
    """Return whether this URL refuses all POSTs."""
    return {people[who].post(url).status_code for who in WHO} == {405}


def written() -> list[int]:
    """Return the number of audit entries and live events: every write adds one."""
    tables: tuple[type[models.Model], ...] = (Audit, LiveEvent)
    return [model._default_manager.count() for model in tables]


@pytest.mark.parametrize("names", apps(name for name, route in addresses().items() if route.startswith("desk/")))
def test_no_browser_and_no_proxy_keeps_a_page_of_the_desk(
    names: list[str], sample: dict[str, str], admins: Client
) -> None:
    kept = []
    for name in names:
        with transaction.atomic():
            response = admins.get(fill(name, addresses()[name], sample))
            transaction.set_rollback(True)
        if answer(response) == 200 and "no-store" not in response.headers.get("Cache-Control", ""):
            kept.append(name)
    assert not kept
