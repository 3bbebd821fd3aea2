"""What a person is told when their request moves: whose words they are, its number, and how it is opened again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases import services
from kesher.cases.models import Case
from kesher.channels.base import Address, Event, Kind
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.conversations.models import Message
from kesher.conversations.services import conversation_of, receive


@pytest.fixture
def case(sms: Account, dana: Identity) -> Case:
    """Dana's question, which a clerk has; Dana has just written."""
    said = Event(
        Kind.MESSAGE, "m|1", external_id="m1", sender=Address(dana.scheme, dana.address), text="שלום", lang="he"
    )
    receive(sms, said, received=timezone.now())
    return services.open_case(conversation_of(dana.contact))


def move(client: Client, case: Case, verb: str, **data: str) -> Message:
    """Make a transition as the page's form does, and return the last message to the person."""
    client.post(f"/desk/cases/{case.number}/move/", {"verb": verb, **data})
    return Message.objects.filter(direction="out").latest("id")


def test_a_clerks_own_words_are_theirs_and_name_the_request(case: Case, ruth: Staff, ruths: Client) -> None:
    told = move(ruths, case, "solve", tell="on", message="הזיכוי נרשם בחשבון.")
    assert told.author == ruth
    assert told.text.startswith("הזיכוי נרשם בחשבון.\n\n")
    assert f"{case.number}" in told.text


def test_words_that_name_the_request_are_left_as_they_are(case: Case, ruths: Client) -> None:
    words = f"פנייה {case.number} טופלה, תודה."
    assert move(ruths, case, "solve", tell="on", message=words).text == words


def test_the_standard_words_are_nobodys(case: Case, ruths: Client) -> None:
    told = move(ruths, case, "solve", tell="on", message=services.state_notice(case, "solved"))
    assert told.author is None
    assert told.text == services.state_notice(case, "solved")


def test_who_has_a_solved_question_reads_for_how_long_words_open_it_again(case: Case, city: Agency) -> None:
    assert "תוך 3 ימים" in services.state_notice(case, "solved")
    assert "תוך 3 ימים" not in services.state_notice(case, "open")
    city.reopen_days = 0
    city.save()
    case = Case.objects.get(pk=case.pk)
    assert services.state_notice(case, "solved").endswith(".")
    assert "ימים" not in services.state_notice(case, "solved")


def test_a_solved_report_does_not_promise_that_words_open_it(case: Case) -> None:
    case.kind = Case.Kind.REPORT
    assert "ימים" not in services.state_notice(case, "solved")


def test_who_reported_is_told_when_work_begins_and_others_are_not(case: Case, dana: Identity, ruths: Client) -> None:
    report = services.open_case(conversation_of(dana.contact), kind=Case.Kind.REPORT)
    shown = {row: ruths.get(f"/desk/people/{dana.contact.key}/?case={row.number}").content for row in (case, report)}
    assert b'name="tell" value="on"' not in shown[case]
    assert b'name="tell" value="on"' in shown[report]
    assert str(report.number) in move(ruths, report, "start", tell="on").text
