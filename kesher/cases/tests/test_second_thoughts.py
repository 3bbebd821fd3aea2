"""Taking back what was just sent, and seeing who else is there."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Case, Presence
from kesher.cases.reply_box import HERE, TYPING, find_colleagues
from kesher.cases.services import answer, report_presence, undo_answer
from kesher.cases.tests.factories import page_of, waits
from kesher.channels.models import Account
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import Delivery, Message
from kesher.conversations.services import reply
from kesher.conversations.services.events.provider_events import update_message_state
from kesher.core.errors import Refused
from kesher.core.models import LiveEvent


@pytest.fixture
def case(whatsapp: Account, settings: Any) -> Case:
    settings.KESHER_UNDO_SECONDS = 5
    return waits(whatsapp, "הפנס כבוי", hours=2)


@pytest.fixture
def sent(case: Case, ruth: Staff) -> Message:
    return answer(case.conversation, "הצוות בדרך", staff=ruth)


def test_an_answer_waits_a_moment_before_it_goes_out(sent: Message) -> None:
    assert lease_deliveries() == []
    due = Delivery.objects.get(message=sent).not_before - time.time()
    assert 4 < due <= 5


def test_what_nobody_took_back_goes_out(sent: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 6
    monkeypatch.setattr("kesher.conversations.delivery.leases.time.time", lambda: later)
    assert [job.payload.text for job in lease_deliveries()] == ["הצוות בדרך"]


def test_taken_back_it_never_goes_out_and_the_person_waits_again(sent: Message, case: Case, ruth: Staff) -> None:
    waited = case.waiting_since
    undo_answer(sent, staff=ruth)
    assert not Delivery.objects.filter(message=sent).exists()
    case.refresh_from_db()
    assert (case.waiting_since, case.answered_at) == (waited, None)
    assert case.conversation.again().waiting_since == waited


def test_an_answer_that_failed_for_good_is_no_answer(sent: Message, case: Case) -> None:
    waited = case.waiting_since
    Delivery.objects.filter(message=sent).update(state=Delivery.State.FAILED)
    update_message_state(sent)
    case.refresh_from_db()
    assert (case.waiting_since, case.answered_at) == (waited, None)
    assert case.conversation.again().waiting_since == waited


def test_an_answer_of_the_bot_that_failed_changes_nothing(sent: Message, case: Case) -> None:
    Message.objects.filter(pk=sent.pk).update(author=None)
    Delivery.objects.filter(message=sent).update(state=Delivery.State.FAILED)
    update_message_state(Message.objects.get(pk=sent.pk))
    case.refresh_from_db()
    assert case.waiting_since is None


def test_sent_again_it_is_an_answer_again(sent: Message, case: Case, ruths: Client) -> None:
    Delivery.objects.filter(message=sent).update(state=Delivery.State.FAILED)
    update_message_state(sent)
    ruths.post(f"/desk/messages/{sent.pk}/again/")
    case.refresh_from_db()
    assert (case.waiting_since, case.answered_at is None) == (None, False)


def test_the_words_are_in_the_field_again(ruths: Client, sent: Message, case: Case) -> None:
    page = ruths.get(page_of(case.conversation)).content.decode()
    assert f"/desk/messages/{sent.pk}/undo/" in page
    response = ruths.post(f"/desk/messages/{sent.pk}/undo/", follow=True)
    assert response.context["draft"] == "הצוות בדרך"
    assert 'class="taken-back"' in response.content.decode()
    assert "/undo/" not in response.content.decode().partition('id="stream"')[2].partition("composer")[0]


def test_what_is_on_its_way_may_not_be_taken_back(sent: Message, ruth: Staff) -> None:
    Delivery.objects.filter(message=sent).update(state=Delivery.State.SENDING)
    with pytest.raises(Refused):
        undo_answer(sent, staff=ruth)
    assert Message.objects.get(pk=sent.pk).deleted_at is None


def test_half_of_a_message_may_not_be_taken_back(sent: Message, ruth: Staff) -> None:
    first = Delivery.objects.get(message=sent)
    Delivery.objects.create(
        agency_id=sent.agency_id, message=sent, account=first.account, identity=first.identity, part=1, state="sent"
    )
    with pytest.raises(Refused):
        undo_answer(sent, staff=ruth)
    assert Delivery.objects.filter(message=sent).count() == 2


def test_a_colleagues_answer_may_not_be_taken_back(sent: Message, miriam: Staff, miriams: Client, case: Case) -> None:
    with pytest.raises(Refused):
        undo_answer(sent, staff=miriam)
    assert "/undo/" not in miriams.get(page_of(case.conversation)).content.decode().partition('id="stream"')[2]


def test_another_bodys_clerk_does_not_find_it(sashas: Client, sent: Message) -> None:
    assert sashas.post(f"/desk/messages/{sent.pk}/undo/").status_code == 403
    assert Delivery.objects.filter(message=sent).exists()


def test_nobody_waits_again_who_did_not_wait_before(case: Case, ruth: Staff) -> None:
    answer(case.conversation, "הצוות בדרך", staff=ruth)
    second = answer(case.conversation, "ועוד משהו", staff=ruth)
    undo_answer(second, staff=ruth)
    case.refresh_from_db()
    assert case.waiting_since is None
    assert case.answered_at is not None


def test_a_machine_does_not_wait(case: Case, ruth: Staff) -> None:
    """Only the desk gives itself time for second thoughts."""
    made = reply(case.conversation, "מיד", staff=ruth)
    assert Delivery.objects.get(message=made).not_before == 0


def test_a_colleague_who_looks_is_seen(case: Case, ruth: Staff, miriam: Staff, miriams: Client) -> None:
    url = page_of(case.conversation) + "presence/"
    report_presence(case.conversation, staff=ruth)
    assert "רותי כהן" in miriams.post(url, {"doing": "looks"}).content.decode()
    assert [other.name for other in find_colleagues(case.conversation, ruth)] == ["מרים אזולאי"]
    assert find_colleagues(case.conversation, miriam)[0].typing is False


def test_typing_is_seen_and_ends_by_itself(case: Case, ruth: Staff, miriam: Staff) -> None:
    report_presence(case.conversation, staff=ruth, typing=True)
    assert find_colleagues(case.conversation, miriam)[0].typing is True
    Presence.objects.update(typed_at=timezone.now() - TYPING - timedelta(seconds=1))
    assert find_colleagues(case.conversation, miriam)[0].typing is False


def test_whoever_left_or_fell_silent_is_not_seen(case: Case, ruth: Staff, miriam: Staff) -> None:
    report_presence(case.conversation, staff=ruth)
    Presence.objects.update(seen_at=timezone.now() - HERE - timedelta(seconds=1))
    assert find_colleagues(case.conversation, miriam) == []
    report_presence(case.conversation, staff=ruth)
    report_presence(case.conversation, staff=ruth, gone=True)
    assert find_colleagues(case.conversation, miriam) == []


def test_only_news_is_told(case: Case, ruth: Staff) -> None:
    """A browser that says every twenty seconds that it is there makes no noise."""
    told = LiveEvent.objects.filter(stream=f"presence:{case.conversation.pk}")
    for _ in range(3):
        report_presence(case.conversation, staff=ruth)
    assert told.count() == 1
    report_presence(case.conversation, staff=ruth, typing=True)
    report_presence(case.conversation, staff=ruth, typing=True)
    assert told.count() == 2


def test_looking_without_saying_so_leaves_no_trace(case: Case, ruths: Client) -> None:
    ruths.get(page_of(case.conversation) + "presence/")
    assert not Presence.objects.exists()
