"""What was sent in time is signed in time: our receipt decides, and the close waits for it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.contacts.models import Identity, Proof
from kesher.conversations.tests.backlog import journal, work
from kesher.conversations.tests.talk import DANA, OMAR, hear
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.participation.models import CodeDue, Participation
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.services.transitions import close_if_ended
from kesher.petitions.tests.factories import a_petition, a_phone, ask_to_sign, confirm_as, sign_as
from kesher.petitions.tests.talk import code_sent_to

SECOND, INSTANT = timedelta(seconds=1), timedelta(microseconds=1)
DANAS = Address("tel", "+972505550142")


def ended(petition: Petition, ago: timedelta) -> datetime:
    """The petition's end lies this long ago, and nobody has closed it."""
    end = timezone.now() - ago
    Petition.objects.filter(pk=petition.pk).update(opens_at=end - timedelta(days=9), closes_at=end)
    petition.refresh_from_db()
    return end


def counted() -> int:
    return Signature.objects.filter(state="counted").count()


def test_a_last_answer_that_came_in_time_is_waited_for_and_counts(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לחתום 48213")
    end = ended(petition, timedelta(minutes=2))
    journal(sms, DANA, "1", end - SECOND)
    assert services.close_ended() == 0
    assert not counted()
    work()
    assert counted() == 1
    assert services.close_ended() == 1


def test_a_last_answer_that_came_late_is_told_both_times(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לחתום 48213")
    end = ended(petition, timedelta(minutes=2))
    journal(sms, DANA, "1", end + 5 * SECOND)
    said = work()
    assert not counted()
    for moment in (end, end + 5 * SECOND):
        assert timezone.localtime(moment).strftime("%H:%M") in said
    assert "סופרים" in said  # and that the rest is being counted


@pytest.mark.parametrize(("off", "counts"), [(-INSTANT, 1), (0 * INSTANT, 0), (INSTANT, 0)])
def test_the_end_itself_is_late(petition: Petition, dana: Identity, off: timedelta, counts: int) -> None:
    end = ended(petition, timedelta(minutes=2))
    refused = nullcontext() if counts else pytest.raises(Refused, match=timezone.localtime(end).strftime("%H:%M:%S"))
    with arrival(end + off), refused:
        sign_as(petition, dana, door="sms")
    assert counted() == counts


@pytest.mark.parametrize(
    ("age", "counts"), [(timedelta(minutes=14, seconds=59), 1), (timedelta(minutes=15, seconds=1), 0)]
)
def test_a_code_that_was_asked_for_in_time_counts_within_its_fifteen_minutes(
    petition: Petition, sms: Account, age: timedelta, counts: int
) -> None:
    ask_to_sign(petition, DANAS)
    identity, code = Identity.objects.get(address=DANAS.address), code_sent_to(DANAS.address)
    asked = timezone.now() - age
    Proof.objects.update(asked_at=asked, expires=asked + timedelta(minutes=15))
    ended(petition, age - SECOND)
    assert services.close_ended() == (0 if counts else 1)
    with nullcontext() if counts else pytest.raises(Refused):
        confirm_as(petition, identity, code)
    assert counted() == counts
    assert services.close_ended() == (1 if counts else 0)


def test_a_code_is_not_even_sent_for_what_was_asked_late(petition: Petition, sms: Account) -> None:
    end = ended(petition, timedelta(minutes=2))
    with arrival(end), pytest.raises(Refused):
        ask_to_sign(petition, DANAS)
    assert not CodeDue.objects.exists()
    assert not Participation.objects.exists()


def test_a_letter_that_the_worker_has_not_written_is_waited_for(petition: Petition, sms: Account) -> None:
    ask_to_sign(petition, DANAS)
    CodeDue.objects.update(asked_at=timezone.now() - timedelta(minutes=3))
    ended(petition, timedelta(minutes=2))
    assert services.close_ended() == 0
    code = code_sent_to(DANAS.address)
    confirm_as(petition, Identity.objects.get(address=DANAS.address), code)
    assert (counted(), services.close_ended()) == (1, 1)


def test_no_backlog_holds_a_close_longer_than_twenty_minutes(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לחתום 48213")
    journal(sms, DANA, "1", ended(petition, timedelta(minutes=19, seconds=50)) - SECOND)
    assert services.close_ended() == 0
    ended(petition, timedelta(minutes=20))
    assert services.close_ended() == 1


def test_an_end_that_was_put_off_while_the_job_ran_closes_nothing(petition: Petition, miriam: Staff) -> None:
    ended(petition, timedelta(minutes=2))
    Petition.objects.filter(pk=petition.pk).update(closes_at=timezone.now() + timedelta(days=1))
    assert close_if_ended(petition, timezone.now()) == 0
    assert Petition.objects.get(pk=petition.pk).is_open


def test_what_was_written_before_its_author_closed_it_counts(petition: Petition, sms: Account, miriam: Staff) -> None:
    hear(sms, DANA, "לחתום 48213")
    hear(sms, OMAR_BY_SMS, "לחתום 48213")
    before = timezone.now()
    services.move(petition, "close", staff=miriam)
    journal(sms, DANA, "1", before)
    journal(sms, OMAR_BY_SMS, "1", timezone.now())
    said = work()
    assert counted() == 1
    assert "הגיע" in said or "נסגר" in said


OMAR_BY_SMS = Address("tel", "+972505550143", OMAR.display)


def test_who_supports_in_time_keeps_a_petition_from_lapsing(city: object, sms: Account) -> None:
    petition = a_petition(code="61940", published=False)
    author = a_phone()
    Petition.objects.filter(pk=petition.pk).update(author=author.contact)
    petition.refresh_from_db()
    services.move(petition, "gather", tell=False)
    hear(sms, DANA, "לחתום 61940")
    end = timezone.now() - timedelta(minutes=2)
    Petition.objects.filter(pk=petition.pk).update(gather_until=end)
    journal(sms, DANA, "1", end - SECOND)
    assert services.lapse_unsupported() == 0
    work()
    assert (counted(), services.lapse_unsupported()) == (1, 1)


def test_between_the_end_and_the_close_everybody_reads_that_it_is_counted(
    petition: Petition, client: Client, miriams: Client
) -> None:
    ended(petition, timedelta(minutes=2))
    page = client.get("/petitions/48213/").content.decode()
    assert "סופרים את מה שנשלח בזמן" in page
    assert "סופרים את מה שנשלח בזמן" in miriams.get("/desk/petitions/48213/").content.decode()
    told = client.get("/api/v1/petitions/48213/").json()["data"]["attributes"]
    assert (told["state"], told["counting"]) == ("closed", True)
    services.close_ended()
    assert "סופרים את מה שנשלח בזמן" not in client.get("/petitions/48213/").content.decode()
    assert not client.get("/api/v1/petitions/48213/").json()["data"]["attributes"]["counting"]


def test_a_late_form_is_answered_with_both_times(petition: Petition, client: Client, sms: Account) -> None:
    end = ended(petition, timedelta(minutes=2))
    answer = client.post("/petitions/48213/sign/", {"address": DANAS.address})
    assert (answer.status_code, Signature.objects.count()) == (409, 0)
    assert timezone.localtime(end).strftime("%H:%M") in answer.content.decode()
    told = client.post(
        "/api/v1/petitions/48213/signatures/", {"address": DANAS.address}, content_type="application/json"
    )
    assert told.status_code == 409
    assert timezone.localtime(end).strftime("%H:%M") in told.json()["errors"]["__all__"][0]
