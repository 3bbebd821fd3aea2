"""When an incident is over, everybody who wrote about it is told once, by the rules of every broadcast."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services import open_case
from kesher.channels.models import Account
from kesher.contacts.services import merge_contacts, refuse_messages
from kesher.conversations.models import BroadcastRow, Delivery
from kesher.conversations.services import expand_broadcasts
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.core.models import Audit
from kesher.incidents import services
from kesher.incidents.models import Incident, IncidentPerson
from kesher.incidents.rules import OVER_LIFE
from kesher.incidents.tests.conftest import write

OVER = {"he": "המים חזרו", "ar": "عادت المياه", "ru": "Вода есть", "en": "The water is back"}


def told() -> list[str]:
    """The texts that went out, one a delivery."""
    while expand_broadcasts():
        pass
    return list(Delivery.objects.filter(lane=Delivery.Lane.BROADCAST).values_list("message__text", flat=True))


def test_everybody_is_told_once(noon: datetime, opened: Incident, ruth: Staff) -> None:
    over = services.end_incident(opened, OVER, by=ruth)
    assert (over.state, over.over_by) == ("over", ruth)
    assert told() == ["המים חזרו"] * 10
    assert told() == ["המים חזרו"] * 10
    assert Audit.objects.filter(operation="incidents.end", actor_id=ruth.pk).count() == 1


def test_it_ends_once(noon: datetime, opened: Incident, ruth: Staff) -> None:
    services.end_incident(opened, OVER, by=ruth)
    with pytest.raises(Refused):
        services.end_incident(opened, OVER, by=ruth)
    assert len(told()) == 10


def test_each_is_told_in_their_language(noon: datetime, opened: Incident, ruth: Staff, sms: Account) -> None:
    write(sms, 80, "there is no water again", "en")
    services.detect_incidents()
    services.end_incident(opened, OVER, by=ruth)
    assert sorted(set(told())) == ["The water is back", "המים חזרו"]


@pytest.mark.parametrize("state", ["left", "removed", "split"])
def test_whoever_does_not_belong_to_it_is_not_told(noon: datetime, opened: Incident, ruth: Staff, state: str) -> None:
    row = opened.people.order_by("pk").first()
    assert row is not None
    IncidentPerson.objects.filter(pk=row.pk).update(state=state)
    services.end_incident(opened, OVER, by=ruth)
    assert len(told()) == 9
    assert not Delivery.objects.filter(identity__contact=row.contact_id, lane=3).exists()


def test_whoever_wrote_stop_is_not_told_and_the_preview_said_so(noon: datetime, opened: Incident, ruth: Staff) -> None:
    row = opened.people.order_by("pk").first()
    assert row is not None
    refuse_messages(row.contact, everything=True, source="sms", by=SYSTEM)
    reach = services.count_reach(opened)
    assert (reach.channels, reach.refused, reach.unreachable) == ({"sms": 9}, 1, 0)
    services.end_incident(opened, OVER, by=ruth)
    assert len(told()) == reach.total
    assert BroadcastRow.objects.get(contact=row.contact).state == "refused"


def test_two_who_turned_out_to_be_one_are_told_once(noon: datetime, opened: Incident, ruth: Staff) -> None:
    first, second = (row.contact for row in opened.people.order_by("pk")[:2])
    merge_contacts(first, second, reason="code", by=SYSTEM)
    assert services.count_reach(opened).total == 9
    services.end_incident(opened, OVER, by=ruth)
    assert len(told()) == 9


def test_at_night_they_are_told_in_the_morning(
    monkeypatch: pytest.MonkeyPatch, opened: Incident, ruth: Staff, noon: datetime
) -> None:
    services.end_incident(opened, OVER, by=ruth)
    with monkeypatch.context() as night:
        night.setattr(import_module("kesher.conversations.services.broadcasts"), "is_quiet", lambda *_given: True)
        assert told() == []
    assert len(told()) == 10


def test_no_case_is_solved_without_a_look(noon: datetime, opened: Incident, ruth: Staff, sms: Account) -> None:
    talk = write(sms, 81, "שלום").conversation
    chosen, other, strange = (open_case(talk, title=title) for title in ("אין מים", "אין מים שוב", "פח"))
    services.detect_incidents()
    services.end_incident(opened, OVER, solve=[chosen.pk, strange.pk], by=ruth)
    states = dict(Case.objects.values_list("pk", "state"))
    assert [states[case.pk] for case in (chosen, other, strange)] == ["solved", "new", "new"]


@pytest.mark.parametrize("texts", [{}, {**OVER, "ru": ""}])
def test_a_missing_language_ends_nothing(opened: Incident, ruth: Staff, texts: dict[str, str]) -> None:
    with pytest.raises(Refused):
        services.end_incident(opened, texts, by=ruth)
    assert opened.again().state == "open"
    assert not BroadcastRow.objects.exists()


def test_a_suspected_incident_does_not_end(suspected: Incident, ruth: Staff) -> None:
    with pytest.raises(Refused):
        services.end_incident(suspected, OVER, by=ruth)


def test_what_came_before_the_end_is_not_suspected_again(opened: Incident, ruth: Staff, sms: Account) -> None:
    services.end_incident(opened, OVER, by=ruth)
    services.detect_incidents()
    assert Incident.objects.count() == 1


def test_a_new_outbreak_after_half_an_hour_is(opened: Incident, ruth: Staff) -> None:
    services.end_incident(opened, OVER, by=ruth)
    Incident.objects.update(over_at=timezone.now() - OVER_LIFE)
    services.detect_incidents()
    assert Incident.objects.filter(state="suspected").count() == 1
