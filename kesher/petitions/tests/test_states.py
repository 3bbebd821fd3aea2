"""Three states that do not depend on one another, and what time does to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.contacts.models import Identity
from kesher.core.errors import Refused
from kesher.core.periodic_jobs import JOBS
from kesher.participation.services import drain_deltas
from kesher.petitions import services
from kesher.petitions.models import Petition
from kesher.petitions.states import allowed_transitions
from kesher.petitions.tests.factories import a_petition, sign_as


def again(petition: Petition) -> Petition:
    return Petition.objects.with_page().get(pk=petition.pk)


def test_a_draft_may_be_sent_to_review_or_published(city: Agency) -> None:
    assert allowed_transitions(a_petition(published=False)) == ["submit", "publish"]


def test_what_is_published_may_only_be_closed(petition: Petition) -> None:
    assert allowed_transitions(petition) == ["take_down", "close"]
    with pytest.raises(Refused):
        services.move(petition, "reject")


def test_a_draft_is_neither_closed_nor_opened_again(city: Agency) -> None:
    draft = a_petition(published=False)
    for verb in ("close", "reopen", "nonsense"):
        with pytest.raises(Refused):
            services.move(draft, verb)


def test_two_who_close_at_once_close_it_once(petition: Petition, miriam: Staff) -> None:
    other = again(petition)
    services.move(petition, "close", staff=miriam)
    with pytest.raises(Refused):
        services.move(other, "close", staff=miriam)


def test_reopening_takes_a_time_that_is_over_away(petition: Petition) -> None:
    Petition.objects.update(opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(days=1))
    assert services.close_ended() == 1
    assert services.close_ended() == 0
    reopened = services.move(again(petition), "reopen")
    assert reopened.is_open


def test_a_petition_opens_at_its_time(city: Agency) -> None:
    later = a_petition(opens_at=timezone.now() + timedelta(days=1))
    assert later.is_published
    assert not later.is_open
    assert not Petition.objects.open().exists()


def test_an_answer_is_due_at_the_threshold_and_no_longer_below_it(city: Agency, dana: Identity, miriam: Staff) -> None:
    petition = a_petition(threshold=1)
    assert services.note_thresholds() == 0
    signature = sign_as(petition, dana, door="sms").signature
    drain_deltas()
    assert services.note_thresholds() == 1
    assert again(petition).response == "due"
    services.void_signature(signature, staff=miriam, reason="ניסיון")
    drain_deltas()
    assert services.note_thresholds() == 1
    assert again(petition).response == "none"


def test_an_answer_stays_given(city: Agency, dana: Identity, miriam: Staff) -> None:
    petition = a_petition(threshold=1)
    services.publish_response(petition, {"he": "כן"}, staff=miriam)
    sign_as(petition, dana, door="sms")
    drain_deltas()
    assert services.note_thresholds() == 0


def test_a_title_fits_on_a_phone(city: Agency) -> None:
    with pytest.raises(Refused):
        a_petition(titles={"he": "א" * 81})
    with pytest.raises(Refused):
        a_petition(titles={"en": "Only English"}, language="he")


@pytest.mark.parametrize("values", [{"threshold": 0}, {"opens_at": None}, {"response": "given"}])
def test_the_database_holds_what_the_states_mean(petition: Petition, values: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Petition.objects.update(**values)


def test_the_worker_looks_after_both() -> None:
    assert {"kesher.petitions.tasks.note_thresholds", "kesher.petitions.tasks.close_what_is_over"} <= JOBS.keys()
