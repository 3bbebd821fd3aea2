"""Opening reports, finding similar ones, and the public state by number."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kesher.agencies.models import Agency, Place, Staff, Team
from kesher.cases.models import Case, Topic
from kesher.cases.services import move_case
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import record_consent
from kesher.conversations.models import Delivery, Message
from kesher.core.db.agency_scope import scope
from kesher.core.models import Audit
from kesher.reports import services
from kesher.reports.geo import Point, distance_in_metres
from kesher.reports.models import ServiceRequest
from kesher.reports.tests.factories import lamp_report, noise, topic


def test_a_report_is_a_case_with_the_topics_team_and_clock(dana: Identity, team: Team) -> None:
    made = lamp_report(dana, topic(team=team))
    assert made.case.number == 20401
    assert (made.case.kind, made.case.state, made.case.team) == (Case.Kind.REPORT, Case.State.NEW, team)
    assert made.case.done_due is not None
    assert Audit.objects.filter(operation="reports.report").count() == 1


def test_the_stream_shows_what_was_reported(dana: Identity) -> None:
    lamp_report(dana, topic())
    assert Message.objects.get(direction="event").text == "#20401 · פנס רחוב"


def test_a_report_costs_a_fixed_number_of_queries(dana: Identity) -> None:
    about = topic()
    lamp_report(dana, about)
    with CaptureQueriesContext(connection) as caught:
        lamp_report(dana, about)
    real = [query for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(real) <= 17, "\n".join(query["sql"][:110] for query in real)


def test_a_report_may_not_be_without_words(dana: Identity) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        lamp_report(dana, topic(), words="   ")
    assert not ServiceRequest.objects.exists()
    assert not Case.objects.exists()


def test_half_a_point_may_not_be_stored(dana: Identity) -> None:
    made = lamp_report(dana, topic())
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=made.pk).update(lon=None)


def test_a_point_may_not_lie_beyond_the_poles(dana: Identity) -> None:
    made = lamp_report(dana, topic())
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=made.pk).update(lat=91)


def test_a_neighbour_within_a_hundred_metres_is_found(dana: Identity) -> None:
    about = topic()
    lamp_report(dana, about)
    (near,) = services.find_nearby_reports(about, {"lat": 32.0505, "lon": 34.75, "address": ""})
    assert (near.number, near.metres) == (20401, 56)


@pytest.mark.parametrize(
    "place", [{"lat": 32.0510, "lon": 34.75}, {"lat": 32.0508, "lon": 34.7508}, {"address": "הגפן 14"}, None]
)
def test_what_is_farther_off_is_no_neighbour(dana: Identity, place: dict[str, object] | None) -> None:
    about = topic()
    lamp_report(dana, about)
    assert services.find_nearby_reports(about, place) == []


def test_the_same_words_for_a_place_are_the_same_place(dana: Identity) -> None:
    about = topic()
    lamp_report(dana, about, lat=None, lon=None)
    assert [
        near.number for near in services.find_nearby_reports(about, {"lat": None, "lon": None, "address": "הגפן 12 "})
    ] == [20401]


def test_another_topic_and_an_ended_case_are_no_neighbours(dana: Identity, ruth: Staff) -> None:
    about, other = topic(), topic("pothole")
    made = lamp_report(dana, about)
    here = {"lat": 32.05, "lon": 34.75, "address": ""}
    assert services.find_nearby_reports(other, here) == []
    move_case(made.case, "solve", staff=ruth)
    assert services.find_nearby_reports(about, here) == []


def test_a_neighbour_may_not_see_an_address_that_is_not_public(dana: Identity, ruth: Staff) -> None:
    about = topic()
    made = lamp_report(dana, about)
    here = {"lat": 32.05, "lon": 34.75, "address": ""}
    assert services.find_nearby_reports(about, here)[0].address == ""
    services.publish_request(made, True, staff=ruth)
    assert services.find_nearby_reports(about, here)[0].address == "הגפן 12"


@pytest.mark.parametrize("kind", ["street", "landmark"])
def test_who_follows_a_street_may_read_of_a_report_after_it_is_shown(dana: Identity, ruth: Staff, kind: str) -> None:
    for code, name in (("12", "12"), ("gefen", "הגפן")):
        Place.objects.create(agency_id=dana.agency_id, code=code, names={"he": name}, kind=kind)
    made = lamp_report(dana, topic())
    assert not made.published_at
    services.publish_request(made, True, staff=ruth)
    assert made.published_at
    assert str(made.public_place) == ("הגפן" if kind == "street" else "None")
    services.publish_request(made, False, staff=ruth)
    assert ServiceRequest.objects.filter(published_at=None, public_place=None).exists()


def test_a_number_shows_the_state_and_its_history(dana: Identity, ruth: Staff) -> None:
    made = lamp_report(dana, topic())
    move_case(made.case, "start", staff=ruth)
    found = services.find_status(20401)
    assert found is not None
    assert (found.state, found.topic, [step.verb for step in found.history]) == ("open", "פנס רחוב", ["open", "start"])


def test_a_number_may_not_show_anything_personal(dana: Identity) -> None:
    lamp_report(dana, topic())
    shown = str(services.find_status("20401"))
    for secret in ("דנה", "0142", "הגפן", "לא דולק", "34.75"):
        assert secret not in shown


@pytest.mark.parametrize("number", ["20999", "", "abc", "-1", "9" * 30])
def test_an_unknown_number_shows_nothing(dana: Identity, number: str) -> None:
    assert services.find_status(number) is None


def test_another_agency_may_not_see_a_number(dana: Identity, town: Agency) -> None:
    lamp_report(dana, topic())
    with scope(town):
        assert services.find_status(20401) is None


@pytest.mark.parametrize(
    ("clock", "hours", "words"),
    [
        ("working", 24.0, "within 3 working days"),
        ("working", 8.0, "within 1 working day"),
        ("working", 4.0, "within 4 working hours"),
        ("always", 2.0, "within 2 hours"),
        ("always", 720.0, "within 30 days"),
    ],
)
def test_a_standard_time_is_said_in_words(city: Agency, clock: str, hours: float, words: str) -> None:
    with translation.override("en"):
        assert services.standard_time(Topic(agency=city, code="x", clock=clock, done_hours=hours)) == words


def test_the_receipt_goes_to_the_address_that_was_given(dana: Identity, sms: Account) -> None:
    made = lamp_report(dana, topic())
    assert services.send_receipt(made, dana)
    assert "20401" in Delivery.objects.get().payload["text"]


def test_no_receipt_for_whoever_refused_every_message(dana: Identity, sms: Account) -> None:
    made = lamp_report(dana, topic())
    record_consent(dana, "service", granted=False, source="sms")
    assert not services.send_receipt(made, dana)
    assert not Delivery.objects.exists()


def test_nobody_is_pestered_with_receipts(dana: Identity, sms: Account) -> None:
    about = topic()
    sent = [services.send_receipt(lamp_report(dana, about), dana) for _ in range(7)]
    assert sent == [True] * 5 + [False] * 2


def test_without_a_way_there_is_no_receipt(omar: Identity) -> None:
    assert not services.send_receipt(lamp_report(omar, noise()), omar)


def test_a_change_is_told_on_the_way_that_the_reporter_used(dana: Identity, ruth: Staff, sms: Account) -> None:
    made = lamp_report(dana, topic())
    services.send_receipt(made, dana)
    move_case(made.case, "solve", staff=ruth, tell=True)
    assert "20401" in Message.objects.filter(direction="out").latest("id").text
    assert Delivery.objects.count() == 2


def test_distances_are_those_of_the_earth() -> None:
    assert distance_in_metres(Point(32.0, 34.8), Point(32.0, 34.8)) == 0
    assert 1_110 < distance_in_metres(Point(32.0, 34.8), Point(32.01, 34.8)) < 1_114
