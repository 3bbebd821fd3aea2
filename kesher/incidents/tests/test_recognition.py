"""Many who write about one thing become one suspected incident, once, whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kesher.agencies.models import Agency, Staff
from kesher.cases.services import open_case
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import merge_contacts
from kesher.conversations.services import conversation_of
from kesher.core.audit import SYSTEM
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit, LiveEvent
from kesher.core.periodic_jobs import JOBS
from kesher.incidents import services
from kesher.incidents.message_window import is_own_words
from kesher.incidents.models import Incident, IncidentCase, IncidentPerson
from kesher.incidents.services import recognition
from kesher.incidents.tests.conftest import crowd, find_water, person_of, write


def test_ten_people_who_write_the_same_are_suspected(suspected: Incident) -> None:
    assert (suspected.state, suspected.kind, suspected.words) == ("suspected", "no_water", "מים")
    assert Incident.objects.counted().get().people_count == 10  # type: ignore[attr-defined]
    assert Audit.objects.filter(operation="incidents.suspect", actor_kind="system").count() == 1
    assert LiveEvent.objects.filter(stream="inbox").exists()


def test_nine_people_are_not_and_neither_is_one_who_writes_ten_times(sms: Account) -> None:
    crowd(sms, 9)
    for _time in range(3):
        write(sms, 0, "אין מים!!")
    services.detect_incidents()
    assert not Incident.objects.exists()


def test_a_second_run_changes_nothing(suspected: Incident) -> None:
    events = LiveEvent.objects.count()
    assert services.detect_incidents() == 0
    assert (Incident.objects.count(), IncidentPerson.objects.count()) == (1, 10)
    assert LiveEvent.objects.count() == events


def test_a_process_that_compared_with_less_writes_nothing(sms: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if another process had created the incident between the search and the lock."""
    crowd(sms)
    search = find_water

    def race(*arguments: Any) -> Any:
        found = search(*arguments)
        monkeypatch.setattr(recognition, "find_clusters", search)
        services.detect_incidents()
        return found

    monkeypatch.setattr(recognition, "find_clusters", race)
    assert services.detect_incidents() == 0
    assert (Incident.objects.count(), IncidentPerson.objects.count()) == (1, 10)


def test_a_run_that_is_killed_leaves_nothing_half_done(sms: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(sms)
    with monkeypatch.context() as broken:
        broken.setattr(recognition, "attach_cases", None)
        with pytest.raises(TypeError):
            services.detect_incidents()
    assert not Incident.objects.exists()
    services.detect_incidents()
    assert IncidentPerson.objects.count() == 10


def test_whoever_writes_later_is_attached_with_their_first_message(suspected: Incident, sms: Account) -> None:
    first = write(sms, 50, "אין מים ברחוב הגפן", ago=2)
    write(sms, 50, "עדיין אין מים")
    services.detect_incidents()
    assert IncidentPerson.objects.get(contact=person_of(first).contact).message == first
    assert suspected.people.count() == 11


def test_what_is_older_than_half_an_hour_is_not_read(sms: Account) -> None:
    crowd(sms, 9)
    write(sms, 40, "אין מים", ago=31)
    services.detect_incidents()
    assert not Incident.objects.exists()


@pytest.mark.parametrize("blocked", [True, False])
def test_a_blocked_person_counts_for_nothing(sms: Account, blocked: bool) -> None:
    messages = crowd(sms)
    if blocked:
        Contact.objects.filter(pk=person_of(messages[0]).contact_id).update(status="blocked")
    services.detect_incidents()
    assert Incident.objects.exists() is not blocked


def test_a_case_of_the_same_words_is_attached_and_another_is_not(suspected: Incident, sms: Account) -> None:
    talk = write(sms, 60, "שלום").conversation
    dry, bin_ = open_case(talk, title="אין מים מהבוקר"), open_case(talk, title="פח שבור")
    services.detect_incidents()
    assert list(suspected.cases.values_list("case", flat=True)) == [dry.pk]
    assert suspected.people.filter(contact=talk.contact, message=None).exists()
    assert bin_.pk not in IncidentCase.objects.values_list("case", flat=True)


def test_a_report_on_a_page_counts_as_one_who_writes(sms: Account) -> None:
    crowd(sms, 9)
    reporter = Contact.objects.create(name="דנה", language="he")
    open_case(conversation_of(reporter), kind="report", title="אין מים בגן")
    services.detect_incidents()
    assert Incident.objects.get().people.count() == 10


def test_a_dismissed_cluster_does_not_come_back_and_an_undone_one_grows(
    suspected: Incident, ruth: Staff, sms: Account
) -> None:
    services.move_incident(suspected, "dismiss", by=ruth)
    crowd(sms, 9, first=100)
    services.detect_incidents()
    assert (Incident.objects.count(), suspected.people.count()) == (1, 10)
    services.move_incident(suspected, "reconsider", by=ruth)
    services.detect_incidents()
    assert suspected.people.count() == 19


def test_a_dismissed_one_comes_back_once_if_twice_as_many_write(suspected: Incident, ruth: Staff, sms: Account) -> None:
    services.move_incident(suspected, "dismiss", by=ruth)
    crowd(sms, 10, first=100)
    for _run in range(2):
        services.detect_incidents()
    assert (Incident.objects.count(), Incident.objects.get(state="suspected").people.count()) == (2, 20)


def test_two_agencies_have_each_their_own(suspected: Incident, town: Agency) -> None:
    with scope(town):
        assert not Incident.objects.exists()
        assert not IncidentPerson.objects.exists()


def test_a_person_stands_in_an_incident_once(suspected: Incident) -> None:
    row = suspected.people.first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        IncidentPerson.objects.create(incident=suspected, contact=row.contact, wrote_at=row.wrote_at)


def test_two_who_turn_out_to_be_one_count_once_and_an_undone_merge_changes_nothing(suspected: Incident) -> None:
    first, second = (row.contact for row in suspected.people.order_by("pk")[:2])
    merge = merge_contacts(first, second, reason="code", by=SYSTEM)
    assert merge is not None
    assert Incident.objects.counted().get().people_count == 9  # type: ignore[attr-defined]
    assert suspected.people.count() == 10


def test_a_run_costs_the_same_queries_for_any_number_of_people(suspected: Incident, sms: Account) -> None:
    with CaptureQueriesContext(connection) as few:
        services.detect_incidents()
    crowd(sms, 30, first=200)
    with CaptureQueriesContext(connection) as many:
        services.detect_incidents()
    assert len(many) <= len(few) + 4  # their contacts and messages, their rows, the live events


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("כן", {}),
        ("12345", {}),
        ("תפריט", {}),
        ("תודה רבה", {}),
        ("English", {}),
        ("יש מים?", {"choice": "go:menu"}),
        ("הקוד שלי", {"secret": "code"}),
        ("אין מים", {"kind": "auto_reply"}),
        ("לחתום 48213", {}),
        ("לחתום על הגינה", {"understood": {"action": "start", "offered": [{"subject": "48213"}]}}),
    ],
)
def test_what_is_no_free_text_is_not_read(text: str, content: dict[str, Any]) -> None:
    assert not is_own_words(text, content)


@pytest.mark.parametrize("text", ["אין מים", "לדווח על תקלה במים", "why is there no water?"])
def test_what_people_say_in_their_own_words_is(text: str) -> None:
    assert is_own_words(text, {})


def test_the_sending_process_looks_every_twenty_seconds() -> None:
    job = JOBS["kesher.incidents.tasks.detect_incidents"]
    assert (job.every, job.apart) == (20, True)


def test_erasure_deletes_what_connects_a_person(suspected: Incident, dana: Identity) -> None:
    row = suspected.people.first()
    assert row is not None
    services.erase_people([row.contact_id])
    assert suspected.people.count() == 9
