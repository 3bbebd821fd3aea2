"""A check that was begun on a page goes on in a conversation."""

from __future__ import annotations

import pytest
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.models import Checker
from kesher.answers.tests.factories import a_checker
from kesher.channels.models import Account
from kesher.conversations.tests.talk import DANA, hear, later
from kesher.dialogues.models import DialogueSession


@pytest.fixture
def checker(city: Agency) -> Checker:
    return a_checker()


def test_what_was_answered_comes_along(checker: Checker, client: Client, sms: Account) -> None:
    words = later(client, checker.get_absolute_url(), age="70", pension="yes", step="home")
    assert "דירה משלנו" in hear(sms, DANA, words)
    assert "מגיעים לכם 30" in hear(sms, DANA, "2")
    assert DialogueSession.objects.get(door="sms").answers == {}


def test_the_answer_on_the_page_that_was_not_sent_yet_comes_along_too(checker: Checker, client: Client) -> None:
    later(client, checker.get_absolute_url(), age="70 שנה", step="age")
    assert DialogueSession.objects.get().answers == {"age": "70 שנה"}


def test_what_does_not_do_and_what_hung_on_it_stay_behind(checker: Checker, client: Client) -> None:
    later(client, checker.get_absolute_url(), age="7", pension="yes", home="castle", other="1")
    assert DialogueSession.objects.get().answers == {}


def test_a_check_that_is_not_published_any_more_ends(checker: Checker, client: Client, sms: Account) -> None:
    words = later(client, checker.get_absolute_url(), age="70")
    Checker.objects.update(state="draft")
    hear(sms, DANA, words)
    assert not DialogueSession.objects.filter(state="active").exclude(skill="").exists()


def test_the_page_offers_it(checker: Checker, client: Client) -> None:
    assert 'name="later"' in client.get(checker.get_absolute_url()).content.decode()
