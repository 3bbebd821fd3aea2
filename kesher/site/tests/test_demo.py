"""The demo municipality: believable, whole, and loaded once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case, Topic
from kesher.channels.models import Account, Template
from kesher.contacts.models import Contact, Merge
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.core.scope import scope
from kesher.participation.models import Participation, Tally
from kesher.petitions.models import Petition
from kesher.reports.forms import reportable_topics
from kesher.reports.models import ServiceRequest
from kesher.site.demo.campaigns import CAMPAIGNS
from kesher.site.demo.topics import SUBJECTS
from kesher.site.demo.town import TEMPLATES
from kesher.site.services import crowd, load_demo, petitions

pytestmark = [pytest.mark.usefixtures("simulator"), pytest.mark.slow]
LANGUAGES = {"he", "ar", "ru", "en"}
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def demo(town: Agency, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demo with a smaller crowd, beside another town and one whose name it would take."""
    Agency.objects.filter(slug="neve-yam").update(slug="real-city")
    monkeypatch.setattr(crowd, "HISTORY", 40)
    small = tuple(replace(campaign, signed=campaign.signed // 20) for campaign in CAMPAIGNS)
    monkeypatch.setattr(petitions, "CAMPAIGNS", small)
    monkeypatch.setattr(petitions, "SIGNERS", 200)
    agency, made = load_demo(ADDRESS)
    assert made
    with scope(agency):
        yield agency


def test_the_demo_is_a_whole_municipality_and_leaves_others_alone(demo: Agency, town: Agency) -> None:
    assert set(Staff.objects.values_list("user__username", flat=True)) >= {"ruth", "miriam", "admin"}
    assert set(Account.objects.values_list("channel", flat=True)) == {
        "whatsapp", "telegram", "sms", "kannel", "email", "webchat",
    }  # fmt: skip
    assert Topic.objects.count() == len(SUBJECTS) >= 30
    assert Template.objects.filter(state="approved").count() == 4 * len(TEMPLATES)
    every_language(demo)
    every_state(demo)
    tallies_equal_rows(demo)
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
    """Work in every state: waiting, failed, perhaps one person, with a place."""
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


def points_to_the_stand_ins(demo: Agency) -> None:
    """No account leads to a real provider."""
    for account in Account.objects.exclude(channel__in=["webchat", "email"]):
        assert account.info().api == f"{ADDRESS}/simulator/provider/{account.channel}"
    mail = Account.objects.get(channel="email").settings
    assert (mail["smtp_host"], mail["allow_private"]) == ("127.0.0.1", True)
    assert all(check.ok for account in Account.objects.all() for check in account.adapter.check(account.info()))


def leaves_alone(town: Agency, demo: Agency) -> None:
    """Nothing is loaded into somebody else's town."""
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
    offered = [subject for subject in SUBJECTS if subject.reportable]
    assert len(offered) <= 10
    assert all(len(subject.names[lang].encode("utf-16-le")) // 2 <= 24 for subject in offered)
