"""When no machine writes: to costly numbers, to our own addresses, and more than so often a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Agency, Staff
from kesher.cases.models import Case
from kesher.channels.models import Account
from kesher.channels.services import open_account, set_active
from kesher.contacts.models import Consent
from kesher.contacts.services import find_consent, get_or_create_identity
from kesher.conversations.contact_address_fields import parse_citizen_address
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.conversations.services import NotNow, conversation_of, reply, send_code
from kesher.conversations.tests.talk import DANA, hear
from kesher.core.audit import SYSTEM
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import scope

COSTLY = ["+882161234567", "+19005550199", "+972190050050", "+9721700505050", "+8835100123456", "+870773111111",
          "+979123456789", "12345"]  # fmt: skip
PLAIN = ["+972505550142", "+97235550199", "+25261234567", "+79161234567", "+12125550123", "+972501234567"]
OURS = ["+97235550101", "03-555-0101", "moked@neve-yam.example", "Moked+x@neve-yam.example", "+97235550199"]


def test_a_costly_number_waits_for_a_clerk_and_gets_no_answer_of_a_machine(sms: Account, ruths: Client) -> None:
    for number in COSTLY:
        assert hear(sms, Address("tel", number), "תפריט", "שלום") == ""
    assert not Delivery.objects.exists()
    assert Case.objects.filter(waiting_since__isnull=False).count() == len(COSTLY)
    page = ruths.get(f"/desk/cases/{Case.objects.order_by('id')[0].number}/", follow=True).content.decode()
    assert "הודעה למספר הזה עלולה לעלות יותר" in page
    for number in PLAIN:
        assert hear(sms, Address("tel", number), "תפריט")


def test_a_clerk_may_answer_a_costly_number_and_a_code_never_goes_there(sms: Account, ruth: Staff) -> None:
    hear(sms, Address("tel", COSTLY[0]), "שלום")
    talk = Conversation.objects.get()
    reply(talk, "במה אפשר לעזור?", staff=ruth, seen_seq=talk.last_seq)
    assert Delivery.objects.count() == 1
    with pytest.raises(NotNow):
        send_code(get_or_create_identity(Address("tel", COSTLY[0]), assurance=1), purpose="sign-in", why="to sign in")
    assert Delivery.objects.count() == 1


def test_a_stop_from_a_costly_number_is_taken_and_not_answered(sms: Account) -> None:
    assert hear(sms, Address("tel", COSTLY[0]), "הסר") == ""
    talk = Conversation.objects.get()
    assert find_consent(talk.contact, Consent.Purpose.PROMOTION) is False
    assert not Delivery.objects.exists()


def test_our_own_accounts_never_answer_one_another(sms: Account, mailbox: Account, town: Agency) -> None:
    with scope(town):
        open_account("kannel", address="+97235550199")
    for own in (Address("tel", "+97235550199"), Address("tel", sms.address)):
        hear(sms, own, "הקוד שלך הוא 123456")
    hear(mailbox, Address("mailto", mailbox.address), "שלום", authenticated=True)
    assert not Delivery.objects.exists()
    assert set(Message.objects.values_list("content__unanswered", flat=True)) == {"ours"}
    for own in (Address("tel", "+97235550199"), Address("mailto", mailbox.address)):
        with pytest.raises(NotNow):
            send_code(get_or_create_identity(own, assurance=1), purpose="sign-in", why="to sign in")


def test_a_form_takes_none_of_our_own_addresses(sms: Account, mailbox: Account, town: Agency, client: Client) -> None:
    with scope(town):
        open_account("kannel", address="0235", shown_address="03-5550199")
    for own in OURS:
        with pytest.raises(ValidationError, match="כתובת שלנו"):
            parse_citizen_address(own)
        page = client.post("/me/sign-in/", {"address": own})
        assert page.status_code != 302
        assert "כתובת שלנו" in page.content.decode()
    assert parse_citizen_address(DANA.address).address == DANA.address
    assert not Message.objects.exists()


def test_an_account_that_is_switched_off_is_anybodys_again(sms: Account) -> None:
    set_active(sms, False, by=SYSTEM)
    assert parse_citizen_address(sms.address).address == sms.address


def test_one_person_gets_so_many_automatic_answers_a_day_and_then_a_clerk(sms: Account, city: Agency) -> None:
    city.answers_a_day = sms.agency.answers_a_day = 3
    far = Address("tel", "+25261234567")
    for _n in range(3):
        assert hear(sms, far, "תפריט")
    assert "ממתין לאדם" in hear(sms, far, "תפריט")
    before = Delivery.objects.count()
    assert hear(sms, far, "תפריט", "ועוד אחד") == ""
    assert Delivery.objects.count() == before
    heard = Message.objects.filter(direction="in").order_by("id")
    reasons = list(heard.values_list("content__unanswered", flat=True))
    assert reasons == [None] * 3 + ["many"] * 3
    assert Case.objects.get().waiting_since is not None
    assert hear(sms, DANA, "תפריט")  # somebody else's day goes on
    talk = conversation_of(get_or_create_identity(far).contact)
    Conversation.objects.filter(pk=talk.pk).update(answered_on=timezone.localdate() - timedelta(days=1), held=False)
    assert hear(sms, far, "תפריט")


def test_the_web_chat_answers_as_often_as_it_is_asked(webchat: Account) -> None:
    webchat.agency.answers_a_day = 1
    visitor = Address("web", "visitor-0001")
    assert hear(webchat, visitor, "תפריט", "תפריט", "תפריט")
