"""The demo municipality is plausible, complete, and loaded once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.channels.models import Account, Template
from kesher.contacts.models import Contact, Merge
from kesher.contests.models import Decision, JuryScore, Round
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.core.db.agency_scope import scope
from kesher.demo.data_files import read, read_topics
from kesher.participation.models import Participation, Pulse, Tally
from kesher.petitions.models import Petition
from kesher.petitions.trends import signatures_by_day
from kesher.purchases.models import Pledge, Purchase
from kesher.purchases.presenters import events_of
from kesher.reports.forms import reportable_topics
from kesher.reports.models import ServiceRequest
from kesher.simulator.services import load_demo

pytestmark = [pytest.mark.usefixtures("simulator"), pytest.mark.slow]
LANGUAGES = {"he", "ar", "ru", "en"}
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def demo(town: Agency, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demo with a smaller crowd, beside another agency and one with the demo's slug."""
    Agency.objects.filter(slug="neve-yam").update(slug="real-city")
    monkeypatch.setitem(read("reports"), "count", 40)
    monkeypatch.setitem(read("petitions"), "signers", 200)
    for row in read("petitions")["petitions"]:
        monkeypatch.setitem(row, "signed", row["signed"] // 20)
    agency, made = load_demo(ADDRESS)
    assert made
    with scope(agency):
        yield agency


def test_the_demo_is_a_whole_municipality_and_leaves_others_alone(demo: Agency, town: Agency) -> None:
    assert set(Staff.objects.values_list("user__username", flat=True)) >= {"ruth", "miriam", "admin"}
    assert set(Account.objects.values_list("channel", flat=True)) == {
        "whatsapp", "telegram", "sms", "kannel", "email", "webchat",
    }  # fmt: skip
    assert Topic.objects.count() == len(read_topics()) >= 30
    assert Template.objects.filter(state="approved").count() == 4 * len(read("agency")["templates"])
    every_language(demo)
    every_state(demo)
    tallies_equal_rows(demo)
    petitions_in_order(demo)
    purchases_in_order(demo)
    contests_in_order(demo)
    cases_in_order(demo)
    points_to_the_stand_ins(demo)
    leaves_alone(town, demo)
    is_loaded_once(demo)


def every_language(demo: Agency) -> None:
    """People, topics and petitions speak four languages."""
    people = Contact.objects.exclude(status="erased")
    assert set(people.values_list("language", flat=True)) == LANGUAGES
    assert all(set(topic.names) == LANGUAGES for topic in Topic.objects.all())
    assert all(set(petition.titles) == LANGUAGES for petition in Petition.objects.open())
    assert set(Petition.objects.values_list("language", flat=True)) == LANGUAGES


def every_state(demo: Agency) -> None:
    """There are conversations in every state: waiting, failed, a possible duplicate, with a place."""
    assert set(Case.objects.values_list("state", flat=True)) == {
        "new",
        "open",
        "pending",
        "on_hold",
        "solved",
        "closed",
    }
    assert Conversation.objects.filter(waiting_since__isnull=False).count() >= 8
    assert Delivery.objects.filter(state="failed").exists()
    assert Merge.objects.filter(state="suggested").exists()
    assert Message.objects.filter(direction="note").exists()
    assert ServiceRequest.objects.filter(lat__isnull=False).exists()
    assert not Message.objects.filter(text__contains="{").exists()
    assert Petition.objects.get(action__code="48213").is_open
    assert set(Petition.objects.values_list("moderation", flat=True)) == set(Petition.Moderation) - {"draft"}
    assert Petition.objects.archived().exclude(anonymised_at=None).exists()


def tallies_equal_rows(demo: Agency) -> None:
    """Every breakdown of every petition adds up to its rows."""
    for petition in Petition.objects.all():
        rows = Participation.objects.filter(action=petition.action, state="counted")
        assert Tally.objects.get(action=petition.action, dimension="total").n == rows.count()
        for dimension in ("channel", "level"):
            told = {row.key: row.n for row in Tally.objects.filter(action=petition.action, dimension=dimension)}
            assert told == Counter(str(value) for value in rows.values_list(dimension, flat=True))


def petitions_in_order(demo: Agency) -> None:
    """No signature before the opening or after the end, thresholds reached when they were, charts that end there."""
    now = timezone.now()
    for petition in Petition.objects.select_related("action"):
        end = petition.closed_at or now
        begins = min(petition.created, petition.opens_at or petition.created)
        signed = Participation.objects.filter(action=petition.action, state="counted")
        assert all(begins <= row.created <= end and begins <= (row.confirmed or end) <= end for row in signed), petition
        events = list(petition.events.order_by("at", "id"))
        order = [row.verb for row in events if row.verb in ORDER]
        assert order == sorted(order, key=ORDER.index), (petition, order)
        assert all(petition.created <= row.at <= now for row in events), petition
        assert all(row.at <= end for row in events if row.verb in ("reached", "lost", "published")), petition
        for row in petition.milestones.exclude(reached_at=None):
            assert signed.filter(level__gte=row.level, created__lte=row.reached_at).count() == row.count
        pulses = Pulse.objects.filter(action=petition.action, start__gt=end)
        assert not pulses.exists(), petition
        days = [title for title, _n in signatures_by_day(petition.action, petition.closed_at)]
        assert not days or days[-1] == date_format(localtime(end), "j.n"), petition


ORDER = ("started", "supported", "submitted", "published", "closed", "anonymised")


def purchases_in_order(demo: Agency) -> None:
    """Publication, offer, opening, prices, end, order, handing out: one after the other, and no pledge after the end."""
    for row in Purchase.objects.with_page():
        steps = list(row.steps.order_by("at", "id"))
        order = [step.verb for step in steps]
        assert order == sorted(order, key=STEPS.index), (row, order)
        end = next((step.at for step in steps if step.verb == "close"), timezone.now())
        lines = Pledge.objects.filter(purchase=row)
        assert all(row.opens_at <= line.at <= end for line in lines if row.opens_at), row
        assert (row.asked, row.taken) == (sum(line.quantity for line in lines), sum(line.quantity for line in lines))
        shown = [event["at"] for event in events_of(row)]
        assert shown == sorted(shown, reverse=True)
        assert row.closed_at is None or row.closed_at == end


STEPS = ("publish", "offer", "open", "price", "close", "confirm", "fulfil")


def contests_in_order(demo: Agency) -> None:
    """Votes while their round is open, proposals while these are, and a decision after what was counted."""
    now = timezone.now()
    for round in Round.objects.select_related("contest__action", "action"):
        end = min(round.closes_at or now, now)
        ballots = Participation.objects.filter(action=round.action, state="counted")
        assert all(round.opens_at <= row.created <= end for row in ballots), round
        assert round.counted_at is None or (round.closes_at and round.counted_at >= round.closes_at)
        scores = JuryScore.objects.filter(proposal__contest=round.contest)
        assert round.kind != "jury" or all(round.opens_at <= row.at <= end for row in scores)
        proposed = round.contest.proposals.filter(by_staff=False)
        assert round.kind != "proposals" or all(round.opens_at <= row.created <= end for row in proposed)
    for decision in Decision.objects.all():
        assert not decision.contest.rounds.filter(counted_at__gt=decision.at).exists()
        assert all(row.at >= decision.at for row in decision.contest.outcomes.all())


def cases_in_order(demo: Agency) -> None:
    """Opened, answered, solved, closed; and no event of a case before it was opened."""
    for case in Case.objects.all():
        moments = [at for at in (case.opened_at, case.solved_at, case.closed_at) if at]
        assert moments == sorted(moments), case
        assert all(at >= case.opened_at for at in (case.answered_at, case.done_due) if at)
        told = list(CaseEvent.objects.filter(case=case).order_by("id").values_list("at", flat=True))
        assert told == sorted(told), case
        assert not told or told[0] >= case.opened_at, case


def points_to_the_stand_ins(demo: Agency) -> None:
    """No account leads to a real provider."""
    for account in Account.objects.exclude(channel__in=["webchat", "email"]):
        assert account.info().api == f"{ADDRESS}/simulator/provider/{account.channel}"
    mail = Account.objects.get(channel="email").settings
    assert (mail["smtp_host"], mail["allow_private"]) == ("127.0.0.1", True)
    assert all(check.ok for account in Account.objects.all() for check in account.adapter.check(account.info()))


def leaves_alone(town: Agency, demo: Agency) -> None:
    """Nothing is loaded into another agency."""
    with scope(town):
        assert not Topic.objects.exists()
        assert not reportable_topics()
    with translation.override("he"):
        assert demo.name == "עיריית נווה־ים"


def is_loaded_once(demo: Agency) -> None:
    """A second load changes the addresses and nothing else."""
    before = Message.objects.count()
    again, made = load_demo("http://127.0.0.1:9999")
    assert (again.pk, made, Message.objects.count()) == (demo.pk, False, before)
    assert Account.objects.get(channel="sms").info().api.startswith("http://127.0.0.1:9999/")


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_what_citizens_choose_from_fits_into_a_list_on_a_phone(lang: str) -> None:
    offered = [topic for topic in read_topics() if topic.get("reportable")]
    assert len(offered) <= 10
    assert all(len(topic["names"][lang].encode("utf-16-le")) // 2 <= 24 for topic in offered)
