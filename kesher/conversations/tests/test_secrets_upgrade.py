"""What the versions before stored in words is left out by the upgrade; what still waits to go out goes out."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from kesher.channels.models import Account
from kesher.channels.secret_redaction import LEFT_OUT
from kesher.contacts.models import Identity
from kesher.conversations.delivery.leases import lease_deliveries
from kesher.conversations.models import Broadcast, BroadcastRow, Conversation, Delivery, Message
from kesher.conversations.services import conversation_of
from kesher.conversations.tests.test_secrets import raw

CODES = {
    "he": "הקוד שלכם הוא 482913. הוא תקף ל־15 דקות. לא ביקשתם? אין צורך לעשות דבר.",
    "ar": "رمزكم هو 482913. صالح لمدة 15 دقيقة. إن لم تطلبوه فلا تفعلوا شيئًا.",
    "ru": "Ваш код: 482913. Действует 15 минут. Если вы его не просили, ничего не делайте.",
    "en": "Your code is 482913. It is good for 15 minutes. If you did not ask for it, do nothing.",
}
KEY = "ABCDEFGHJKMNPQRSTUVW"
LINKS = (
    f"https://city.example/petitions/48213/author/{KEY}/",
    f"https://city.example/me/enter/{KEY}:1abc:xyz/?next=%2Frecords%2F",
    f"https://city.example/purchases/mine/{KEY}:1abc:xyz/",
    f"https://city.example/purchases/organise/{KEY}:1abc:xyz/",
    f"https://city.example/go/{KEY}/",
    f"https://city.example/records/acting/{KEY}/",
    f"https://city.example/contests/73206/vote/confirm/?v={KEY}&i=3&code=482913",
)
migration: Any = import_module("kesher.conversations.migrations.0006_secrets_are_left_out")


def stored(identity: Identity, account: Account, text: str, link: str = "", state: str = "sent") -> Message:
    """A message and its delivery as the version before wrote them."""
    talk = conversation_of(identity.contact)
    talk.last_seq += 1
    talk.last_text = text[:140]
    talk.save()
    content = {"links": [["כאן", link], ["לכולם", "https://city.example/"]]} if link else {}
    message = Message.objects.create(
        agency=talk.agency, conversation=talk, seq=talk.last_seq, direction="out", account=account, identity=identity,
        channel=account.channel, text=text, content=content, state=state, received=timezone.now(),
    )  # fmt: skip
    if account.channel != "webchat":
        words = f"{text}\nכאן: {link}" if link else text
        payload = {
            "to": {"scheme": identity.scheme, "address": identity.address, "display": ""},
            "body": {"Body": words, "thread_token": f"7x{KEY}", "unsubscribe_url": f"https://city.example/stop/{KEY}/"},
            "text": words,
        }
        Delivery.objects.create(
            agency=talk.agency, message=message, account=account, identity=identity, payload=payload, state=state
        )
    return message


def upgrade() -> str:
    """Runs it twice, as after an interruption; returns all that is readable afterwards."""
    for _again in range(2):
        migration.leave_out(apps, None)
    return "".join(
        raw(f"conversations_{name}") for name in ("message", "conversation", "delivery", "broadcast", "broadcastrow")
    )


@pytest.mark.parametrize("lang", CODES)
@pytest.mark.parametrize("state", ["queued", "sent", "delivered", "failed", "unknown"])
def test_a_stored_code_is_left_out(dana: Identity, sms: Account, lang: str, state: str) -> None:
    message = stored(dana, sms, CODES[lang], state=state)
    assert "482913" not in upgrade()
    message.refresh_from_db()
    assert message.text == CODES[lang].replace("482913", LEFT_OUT)
    assert message.content == {"secret": "code"}
    assert Conversation.objects.get().last_text == message.text
    assert bool(Delivery.objects.get().sealed) is (state == "queued")


def test_stored_private_links_are_left_out_and_public_ones_stay(dana: Identity, sms: Account) -> None:
    for link in LINKS:
        stored(dana, sms, f"שלום. לשינוי: {link}", link)
    assert KEY not in upgrade()
    for row in Message.objects.all():
        assert row.content == {"secret": "link", "private": ["כאן"], "links": [["לכולם", "https://city.example/"]]}
        assert row.text == f"שלום. לשינוי: {LEFT_OUT}"


def test_a_queued_code_still_goes_out_in_time(dana: Identity, sms: Account) -> None:
    stored(dana, sms, CODES["he"], LINKS[-1], state="queued")
    upgrade()
    (job,) = lease_deliveries()
    assert "482913" in job.payload.text
    assert job.payload.body["Body"] == job.payload.text
    assert set(job.secrets) == {"482913", LINKS[-1]}
    Delivery.objects.update(state="queued")
    assert Delivery.objects.get().expires == Message.objects.get().received + timedelta(minutes=15)


def test_the_chats_visitor_still_sees_his_link(webchat: Account, dana: Identity) -> None:
    message = stored(dana, webchat, "העצומה שלכם", LINKS[0])
    assert KEY not in upgrade()
    message.refresh_from_db()
    assert message.sealed["links"][0] == ["כאן", LINKS[0]]


def test_a_broadcast_that_waits_keeps_its_link_sealed(dana: Identity) -> None:
    for state in ("waiting", "queued"):
        row = Broadcast.objects.create(
            agency=dana.agency, name="p", purpose="service", texts={"he": f"כאן: {LINKS[2]}"}
        )
        BroadcastRow.objects.create(agency=dana.agency, broadcast=row, contact=dana.contact, state=state)
    assert KEY not in upgrade()
    waiting, done = Broadcast.objects.order_by("id")
    assert waiting.sealed["texts"] == {"he": f"כאן: {LINKS[2]}"}
    assert (done.sealed, done.texts) == ({}, {"he": f"כאן: {LEFT_OUT}"})


def test_ordinary_messages_stay_as_they_are_but_for_a_mails_own_addresses(dana: Identity, sms: Account) -> None:
    words = "הבקשה 482913 נסגרה. https://city.example/status/20401/"
    message = stored(dana, sms, words)
    assert KEY not in upgrade()
    message.refresh_from_db()
    assert (message.text, message.content) == (words, {})
    assert Delivery.objects.get().payload["body"] == {"Body": words}


def test_links_of_staff_in_quoted_mails_are_left_out(mailbox: Account, dana: Identity) -> None:
    links = [f"https://city.example/desk/{part}/{KEY}/" for part in ("join", "reset", "address", "password/new")]
    row = stored(dana, mailbox, f"> {links[0]} ומה זה https://city.example/desk/ ?")
    row.content = {"full_text": "\n".join(links)}
    row.save()
    leave_out = import_module("kesher.conversations.migrations.0015_staff_links_are_left_out").leave_out
    for _again in range(2):
        leave_out(apps, None)
    assert KEY not in raw("conversations_message") + raw("conversations_conversation")
    row.refresh_from_db()
    assert row.text == f"> {LEFT_OUT} ומה זה https://city.example/desk/ ?"
