"""A case at the desk: where it stands, what may be done, what was done, and what the person is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff, Team
from kesher.cases import case_presenter, desk_panels
from kesher.cases.models import Case, CaseEvent
from kesher.cases.services import find_case_by_number, move_case, open_case, take_case
from kesher.cases.states import TRANSITIONS
from kesher.cases.tests.factories import a_topic, page_of, waits
from kesher.channels.models import Account
from kesher.contacts.models import Contact
from kesher.conversations.models import Message
from kesher.core.errors import Refused


@pytest.fixture
def case(whatsapp: Account) -> Case:
    return waits(whatsapp, "הפנס כבוי")


def step(client: Client, case: Case, verb: str, **more: str) -> Case:
    client.post(f"/desk/cases/{case.number}/move/", {"verb": verb, **more})
    return case.again()


def test_a_step_of_the_table_is_done_and_remembered(ruths: Client, case: Case, ruth: Staff) -> None:
    assert step(ruths, case, "solve").state == "solved"
    line = CaseEvent.objects.latest("id")
    assert (line.verb, line.before, line.after, line.by) == ("solve", "new", "solved", ruth)


def test_a_step_that_is_not_in_the_table_may_not_be_done(ruths: Client, case: Case) -> None:
    step(ruths, case, "close")
    assert step(ruths, case, "reopen").state == "closed"
    assert step(ruths, case, "start").state == "closed"


def test_what_was_solved_was_over_then_whenever_it_is_closed(ruths: Client, case: Case) -> None:
    step(ruths, case, "solve")
    then = timezone.now() - timedelta(days=3)
    Case.objects.filter(pk=case.pk).update(solved_at=then, closed_at=then)
    closed = step(ruths, case, "close")
    assert (closed.state, closed.solved_at, closed.closed_at) == ("closed", then, then)


def test_what_is_opened_again_is_not_over(ruths: Client, case: Case) -> None:
    step(ruths, case, "solve")
    again = step(ruths, case, "reopen")
    assert (again.solved_at, again.closed_at) == (None, None)


def test_an_unknown_step_is_refused(ruths: Client, case: Case) -> None:
    assert ruths.post(f"/desk/cases/{case.number}/move/", {"verb": "explode"}).status_code == 400
    assert case.again().state == "new"


def test_a_step_after_somebody_elses_may_not_be_done(case: Case, ruth: Staff) -> None:
    mine = Case.objects.get(pk=case.pk)
    move_case(case, "solve", staff=ruth)
    with pytest.raises(Refused):
        move_case(mine, "hold", staff=ruth)


def test_the_person_is_told_only_where_the_clerk_says_so(ruths: Client, case: Case) -> None:
    step(ruths, case, "hold")
    assert not Message.objects.filter(direction="out").exists()
    step(ruths, case, "solve", tell="on", message="הפנס תוקן")
    assert Message.objects.filter(direction="out").get().text.startswith("הפנס תוקן\n\n")


def test_without_words_of_the_clerk_the_person_is_told_in_his_language(ruths: Client, case: Case) -> None:
    Contact.objects.update(language="en")
    step(ruths, case, "solve", tell="on")
    assert Message.objects.filter(direction="out").get().text.startswith(f"Your request {case.number}: Solved. If ")


def test_the_page_shows_beforehand_what_the_person_would_be_told(ruths: Client, case: Case) -> None:
    Contact.objects.update(language="en")
    assert f"Your request {case.number}: Solved." in ruths.get(page_of(case.conversation)).content.decode()


def test_waiting_for_the_person_ends_our_wait(ruths: Client, case: Case) -> None:
    step(ruths, case, "ask")
    assert case.again().waiting_since is None
    assert case.conversation.again().waiting_since is None


def test_a_new_topic_brings_its_team_and_its_time(ruths: Client, case: Case, team: Team) -> None:
    topic = a_topic(team=team, clock="always", answer_hours=1, done_hours=2)
    ruths.post(f"/desk/cases/{case.number}/topic/", {"topic": topic.pk})
    case.refresh_from_db()
    assert (case.topic, case.team) == (topic, team)
    assert case.done_due == case.opened_at + timedelta(hours=2)


def test_a_case_is_taken_and_handed_over(ruths: Client, case: Case, ruth: Staff, miriam: Staff) -> None:
    url = f"/desk/cases/{case.number}/holder/"
    ruths.post(url, {"to": ruth.pk, "expected": ""})
    assert case.again().assignee == ruth
    ruths.post(url, {"to": miriam.pk, "expected": ruth.pk})
    assert case.again().assignee == miriam


def test_whoever_is_second_does_not_take_it(ruths: Client, case: Case, ruth: Staff, miriam: Staff) -> None:
    take_case(case, miriam, expected=None, staff=miriam)
    ruths.post(f"/desk/cases/{case.number}/holder/", {"to": ruth.pk, "expected": ""})
    assert case.again().assignee == miriam


def test_a_conversation_is_taken_once_and_laid_down(ruths: Client, case: Case, ruth: Staff, miriam: Staff) -> None:
    url = page_of(case.conversation) + "holder/"
    ruths.post(url, {"to": ruth.pk, "expected": ""})
    ruths.post(url, {"to": miriam.pk, "expected": ""})
    assert case.conversation.again().assignee == ruth
    ruths.post(url, {"to": "", "expected": ruth.pk})
    assert case.conversation.again().assignee is None


def test_whoever_takes_a_person_takes_his_open_cases(ruths: Client, case: Case, ruth: Staff, miriam: Staff) -> None:
    other = open_case(case.conversation, title="אחרת")
    take_case(other, miriam, expected=None, staff=miriam)
    ruths.post(page_of(case.conversation) + "holder/", {"to": ruth.pk, "expected": ""})
    assert (case.again().assignee, other.again().assignee) == (ruth, miriam)


def test_whoever_is_given_a_case_finds_it_among_his_own(ruths: Client, case: Case, ruth: Staff, miriam: Staff) -> None:
    url = f"/desk/cases/{case.number}/holder/"
    ruths.post(url, {"to": ruth.pk, "expected": ""})
    ruths.post(url, {"to": miriam.pk, "expected": ruth.pk})
    assert case.conversation.again().assignee == miriam


def test_a_colleague_of_another_town_may_not_be_given_anything(ruths: Client, case: Case, sasha: Staff) -> None:
    url = f"/desk/cases/{case.number}/holder/"
    assert ruths.post(url, {"to": sasha.pk, "expected": ""}).status_code == 400
    assert case.again().assignee is None


def test_automatic_answers_come_back_when_the_clerk_says_so(ruths: Client, case: Case) -> None:
    type(case.conversation).objects.update(held=True)
    ruths.post(page_of(case.conversation) + "release/")
    assert not case.conversation.again().held


def test_a_clerk_opens_a_second_case(ruths: Client, case: Case) -> None:
    ruths.post(page_of(case.conversation) + "open/", {"title": "גם הספסל שבור", "topic": a_topic().pk})
    made = Case.objects.latest("id")
    assert (made.title, made.conversation) == ("גם הספסל שבור", case.conversation)
    assert f"?case={made.number}" in ruths.get(f"/desk/cases/{made.number}/")["Location"]


def test_the_page_shows_the_case_that_was_asked_for(ruths: Client, case: Case) -> None:
    other = open_case(case.conversation, title="אחרת")
    page = ruths.get(page_of(case.conversation) + f"?case={case.number}").content.decode()
    assert f"/desk/cases/{case.number}/move/" in page
    assert f"/desk/cases/{other.number}/move/" not in page


def test_the_clock_says_what_is_left_and_what_is_late(case: Case) -> None:
    now = timezone.now()
    case.opened_at, case.answer_due, case.done_due = now, now + timedelta(hours=5, minutes=1), now + timedelta(days=3)
    assert case_presenter.make_clock(case).state == "running"
    case.opened_at, case.answer_due = now - timedelta(days=2), now - timedelta(days=1)
    assert (case_presenter.make_clock(case).state, case_presenter.make_clock(case).used) == ("late", 100)


def test_the_clock_stands_while_we_wait_for_the_person(case: Case, ruth: Staff) -> None:
    assert case_presenter.make_clock(move_case(case, "ask", staff=ruth)).state == "stopped"


def test_every_step_of_the_table_has_a_word_and_an_icon() -> None:
    assert {name for _state, name in TRANSITIONS} - {"wake"} == set(case_presenter.TRANSITION_LABELS)


def test_a_feature_adds_its_panel_and_the_desk_knows_nothing_of_it(
    ruths: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_panels, "PANELS", {})
    desk_panels.register("signed", "components/badge.html", lambda contact: {"text": contact.name}, about="contact")
    desk_panels.register("none", "components/badge.html", lambda _case: None, about="case")
    page = ruths.get(page_of(case.conversation)).context
    assert [panel["name"] for panel in page["panels"]] == ["signed"]
    assert page["case_panels"] == []


def test_a_number_that_is_none_finds_nothing(case: Case) -> None:
    assert find_case_by_number(str(case.number)) == case
    for text in ("", "abc", "-1", "9" * 30, "٢٠"):
        assert find_case_by_number(text) is None
