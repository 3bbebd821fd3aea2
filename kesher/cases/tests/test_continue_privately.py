"""Answers that everybody can read, and the link from a public thread into a private conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.cases.services import move_case
from kesher.cases.tests.factories import page_of
from kesher.channels.base import Address, Capabilities, Event, Kind, Payload, Say
from kesher.channels.models import Account
from kesher.channels.telegram import outbound
from kesher.contacts.models import Consent, Contact, Merge
from kesher.conversations.models import Delivery, Message, PrivateInvitation
from kesher.conversations.services import find_invitation, receive, respond
from kesher.conversations.services.events.provider_events import record_event
from kesher.conversations.tests.talk import OMAR, link_in
from kesher.core.errors import Refused
from kesher.core.models import Audit

pytestmark = pytest.mark.django_db
POST = "https://social.example/@omar/1"
Set = Callable[..., None]


@pytest.fixture
def reach(telegram: Account, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Set whether the account carries public and private messages."""

    def change(**reach: Any) -> None:
        can = replace(telegram.capabilities(), opened_privately=False, **reach)
        monkeypatch.setattr(type(telegram.adapter), "capabilities", lambda _adapter, _info: can)
        monkeypatch.setattr(type(telegram.adapter), "render", lambda _adapter, say, to, can: render_alike(say, to, can))

    return change


@pytest.fixture
def network(telegram: Account, reach: Set) -> Account:
    """An account on which people write in public and in private."""
    reach(public=True)
    return telegram


def render_alike(say: Say, to: Address, can: Capabilities) -> list[Payload]:
    """A message as a channel sends it whose public and private messages look alike."""
    return outbound.render(replace(say, public=False), to, can)


def write(account: Account, text: str, number: int = 1) -> Message:
    """Omar writes where everybody can read it."""
    url = f"https://social.example/@omar/{number}"
    event = Event(Kind.COMMENT, f"c|{number}", external_id=url, sender=OMAR, text=text, public=True, lang="he")
    message = receive(account, event, received=timezone.now())
    assert message is not None
    respond(message)
    return message


@pytest.fixture
def asked(network: Account) -> Message:
    return write(network, "מתי יתקנו את הבור ברחוב הרצל?")


def answer(client: Client, asked: Message, text: str, **more: Any) -> Any:
    fields = {"mode": "reply", "seen_seq": asked.conversation.again().last_seq, "text": text}
    return client.post(page_of(asked.conversation) + "send/", fields | (more or {"public_on": asked.pk}))


def invite(client: Client, asked: Message) -> Any:
    return client.post(page_of(asked.conversation) + "privately/", {"message": asked.pk})


def link() -> str:
    """The path of the newest private link."""
    return link_in(Delivery.objects.exclude(sealed={}).latest("id").sealed)


def test_an_answer_to_a_public_message_is_public_and_the_page_says_so(ruths: Client, asked: Message) -> None:
    page = ruths.get(page_of(asked.conversation)).content.decode()
    assert "כל אחד יכול לקרוא" in page
    assert answer(ruths, asked, "הצוות יגיע מחר").status_code == 302
    sent = Message.objects.get(direction="out")
    assert (sent.public, sent.reply_to, sent.thread) == (True, POST, POST)


def test_ctrl_enter_means_the_public_answer_that_the_first_button_names(ruths: Client, asked: Message) -> None:
    answer(ruths, asked, "הצוות יגיע מחר", public_route=asked.pk)
    assert Message.objects.get(direction="out").public


def test_the_private_way_beside_it_is_private(ruths: Client, asked: Message) -> None:
    route = asked.conversation.routes.get()
    answer(ruths, asked, "הצוות יגיע מחר", send_on=route.pk, public_route=asked.pk)
    assert not Message.objects.get(direction="out").public


def test_a_public_answer_ends_the_wait_and_leaves_the_bot_to_answer_in_private(ruths: Client, asked: Message) -> None:
    answer(ruths, asked, "הצוות יגיע מחר")
    row = asked.conversation.again()
    assert (row.waiting_since, row.held, Case.objects.get().state) == (None, False, "open")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("חזרו אליי ל-050-5550142", "מספר טלפון (050-5550142)"),
        ("תעודת זהות 123456782", "מספר זהות (123456782)"),
        ("כתבו אל dana@example.org", "כתובת דוא״ל (dana@example.org)"),
        ("הכרטיס 4580 4580 4580 4580 חויב", "מספר כרטיס (4580 4580 4580 4580)"),
        ("הרכב 12-345-67 נגרר", "מספר רכב (12-345-67)"),
        ("נבוא לרחוב הרצל 5", "מספר בית ברחוב (לרחוב הרצל 5)"),
    ],
)
def test_what_is_personal_is_stopped_before_it_is_public(ruths: Client, asked: Message, text: str, name: str) -> None:
    refused = answer(ruths, asked, text)
    assert refused.status_code == 422
    assert name in refused.content.decode()
    assert text in refused.content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_the_same_may_be_said_in_private(ruths: Client, asked: Message) -> None:
    route = asked.conversation.routes.get()
    assert answer(ruths, asked, "חזרו אליי ל-050-5550142", send_on=route.pk).status_code == 302


def test_nothing_private_is_sent_where_everything_is_public(ruths: Client, asked: Message, reach: Set) -> None:
    reach(private=False)
    assert answer(ruths, asked, "שלום", send_on=asked.conversation.routes.get().pk).status_code == 422
    assert not Delivery.objects.exists()


def test_a_deleted_message_is_not_answered_in_public(ruths: Client, asked: Message) -> None:
    Message.objects.filter(pk=asked.pk).update(deleted_at=timezone.now())
    assert answer(ruths, asked, "הצוות יגיע מחר").status_code == 422
    assert not Message.objects.filter(direction="out").exists()


def test_the_link_goes_privately_where_the_channel_can(ruths: Client, asked: Message) -> None:
    assert invite(ruths, asked).status_code == 302
    sent = Message.objects.get(direction="out")
    assert (sent.public, sent.content["secret"], sent.reply_to) == (False, "link", POST)
    assert "/go/" not in str(sent.text) + str(sent.content)


def test_else_it_goes_under_the_message_and_names_nobody(ruths: Client, asked: Message, reach: Set) -> None:
    reach(private=False)
    invite(ruths, asked)
    sent = Message.objects.get(direction="out")
    assert (sent.public, sent.reply_to) == (True, POST)
    assert OMAR.display not in sent.text


def test_the_link_opens_a_conversation_once_and_with_no_consent(
    ruths: Client, asked: Message, webchat: Account
) -> None:
    invite(ruths, asked)
    consents = Consent.objects.count()
    visitor, other, path = Client(), Client(), link()
    assert "פעם אחת" in visitor.get(path).content.decode()
    assert visitor.post(path)["Location"] == "/chat/?"
    assert other.post(path).status_code == 200
    used = PrivateInvitation.objects.get()
    assert used.conversation is not None
    assert used.conversation.contact.root() != asked.conversation.contact.root()
    assert (Consent.objects.count(), Merge.objects.count()) == (consents, 0)


def test_who_opens_it_reads_nothing_of_the_thread(ruths: Client, asked: Message, webchat: Account) -> None:
    invite(ruths, asked)
    visitor, path = Client(), link()
    opened = visitor.get(path).content.decode() + visitor.post(path, follow=True).content.decode()
    assert asked.text not in opened
    assert OMAR.display not in opened


def test_the_desk_finds_the_way_between_both_conversations(ruths: Client, asked: Message, webchat: Account) -> None:
    invite(ruths, asked)
    Client().post(link())
    opened = PrivateInvitation.objects.get().conversation
    assert opened is not None
    assert page_of(opened) in ruths.get(page_of(asked.conversation)).content.decode()
    assert page_of(asked.conversation) in ruths.get(page_of(opened)).content.decode()


def test_a_preview_does_not_use_the_link(ruths: Client, asked: Message, webchat: Account) -> None:
    invite(ruths, asked)
    Client().get(link())
    assert PrivateInvitation.objects.get().used_at is None


def test_an_old_link_opens_nothing(ruths: Client, asked: Message, webchat: Account) -> None:
    invite(ruths, asked)
    path = link()
    PrivateInvitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    Client().post(path)
    assert PrivateInvitation.objects.get().used_at is None


def test_a_newer_link_voids_the_one_before(ruths: Client, asked: Message) -> None:
    invite(ruths, asked)
    before = link().split("/")[2]
    invite(ruths, asked)
    assert find_invitation(before) is None
    assert find_invitation(link().split("/")[2]) is not None


def test_who_may_not_reply_may_not_invite(client: Client, asked: Message, sashas: Client, ruths: Client) -> None:
    trail = Audit.objects.count()
    assert invite(client, asked).status_code == 302
    assert invite(sashas, asked).status_code == 403
    assert (PrivateInvitation.objects.count(), Audit.objects.count()) == (0, trail)
    assert invite(ruths, asked).status_code == 302
    assert PrivateInvitation.objects.count() == 1


def test_a_private_message_has_no_such_link(ruths: Client, asked: Message) -> None:
    Message.objects.filter(pk=asked.pk).update(public=False)
    assert invite(ruths, asked).status_code == 404
    assert not PrivateInvitation.objects.exists()


def test_a_blocked_sender_gets_no_link(ruths: Client, asked: Message) -> None:
    Contact.objects.update(status=Contact.Status.BLOCKED)
    invite(ruths, asked)
    assert not PrivateInvitation.objects.exists()


def test_a_verb_asked_for_in_public_begins_in_private(network: Account, webchat: Account) -> None:
    write(network, "דיווח")
    assert not Message.objects.filter(direction="out", public=True).exists()
    assert Client().post(link())["Location"] == "/chat/?words=%D7%93%D7%99%D7%95%D7%95%D7%97"


def test_what_was_asked_for_is_gone_with_the_message(network: Account) -> None:
    write(network, "דיווח")
    author = {"scheme": OMAR.scheme, "address": OMAR.address}
    record_event(network, Event(Kind.DELETE, "d|1", target=POST, data={"author": author}))
    assert PrivateInvitation.objects.get().words == ""


def test_who_asks_again_within_the_hour_gets_no_second_link(network: Account) -> None:
    write(network, "דיווח")
    write(network, "דיווח", 2)
    assert PrivateInvitation.objects.count() == 2  # each is a thread of its own
    message = Message.objects.get(external_id=POST)
    respond(message)
    assert PrivateInvitation.objects.count() == 2


def test_the_thread_says_handled_and_no_number(asked: Message, ruth: Staff) -> None:
    case = move_case(Case.objects.get(), "start", staff=ruth)
    move_case(case, "solve", staff=ruth, tell=True)
    sent = Message.objects.get(direction="out")
    assert (sent.public, sent.thread, sent.text) == (True, POST, "הדבר טופל. תודה שכתבתם.")


def test_a_clerks_own_words_in_the_thread_are_looked_at_too(asked: Message, ruth: Staff) -> None:
    case = move_case(Case.objects.get(), "start", staff=ruth)
    with pytest.raises(Refused, match="050-5550142"):
        move_case(case, "solve", staff=ruth, tell=True, message="טופל, טלפון 050-5550142")
    assert (Case.objects.get().state, Delivery.objects.count()) == ("open", 0)


def test_a_thread_that_its_author_deleted_is_left_alone(asked: Message, ruth: Staff) -> None:
    Message.objects.update(deleted_at=timezone.now())
    case = move_case(Case.objects.get(), "start", staff=ruth)
    move_case(case, "solve", staff=ruth, tell=True)
    assert not Message.objects.filter(direction="out").exists()
