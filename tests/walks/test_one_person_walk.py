"""One person on four channels: WhatsApp and SMS by the same number, Telegram and e-mail linked by a code."""

from __future__ import annotations

import re

from kesher.channels.base import Address
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import Conversation, Message
from tests.end_to_end import KesherServer

PHONE = Address("tel", "+972505550142", "דנה לוי")
BOT = Address("tg", "5550142", "Dana")
MAIL = Address("mailto", "dana@citizen.example", "דנה לוי")


def code_in(text: str) -> str:
    found = re.search(r"\b(\d{6})\b", text)
    assert found, text
    return found[1]


def root_of(address: Address) -> Contact:
    identity = find_identity(address)
    assert isinstance(identity, Identity)
    return identity.contact.root()


def link(kesher_server: KesherServer, channel: str, sender: Address, target: Address, target_channel: str) -> None:
    """Link ``target`` from ``sender``; the code arrives on the target's channel."""
    kesher_server.ask(channel, sender, "לקשר", "?")
    before = len(kesher_server.providers.sent)
    kesher_server.says(channel, sender, target.address)
    code = code_in(kesher_server.hears(target_channel, target, "", before).text)
    kesher_server.hears(channel, sender, "•••", before)
    kesher_server.quiet()
    before = len(kesher_server.providers.sent)
    kesher_server.says(channel, sender, code)
    kesher_server.hears(channel, sender, "", before)
    kesher_server.quiet()


def test_one_number_is_one_person_on_whatsapp_and_sms(kesher_server: KesherServer) -> None:
    kesher_server.ask("whatsapp", PHONE, "שלום", "")
    kesher_server.ask("sms", PHONE, "שלום", "")
    kesher_server.quiet()
    assert Contact.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_four_channels_are_one_conversation_in_order(kesher_server: KesherServer) -> None:
    kesher_server.ask("whatsapp", PHONE, "שלום", "")
    kesher_server.ask("sms", PHONE, "שלום", "")
    kesher_server.ask("telegram", BOT, "שלום", "")
    kesher_server.quiet()
    link(kesher_server, "telegram", BOT, PHONE, "sms")
    assert root_of(BOT) == root_of(PHONE)
    kesher_server.ask("email", MAIL, "שלום", "")
    kesher_server.quiet()
    link(kesher_server, "sms", PHONE, MAIL, "email")  # unsigned mail may not link anything
    for channel, sender in (("whatsapp", PHONE), ("telegram", BOT), ("email", MAIL), ("sms", PHONE)):
        kesher_server.ask(channel, sender, "תפריט", "")
    kesher_server.quiet()
    root = root_of(PHONE)
    assert root_of(MAIL) == root == root_of(BOT)
    newest = Message.objects.filter(conversation__contact=root, direction="in", text="תפריט").order_by("seq")
    assert [message.channel for message in newest] == ["whatsapp", "telegram", "email", "sms"]


def test_a_code_typed_by_a_stranger_links_nobody(kesher_server: KesherServer) -> None:
    omar = Address("tg", "5550143", "Omar")
    kesher_server.ask("whatsapp", PHONE, "שלום", "")
    kesher_server.ask("telegram", BOT, "לקשר", "")
    before = len(kesher_server.providers.sent)
    kesher_server.says("telegram", BOT, PHONE.address)
    code = code_in(kesher_server.hears("sms", PHONE, "", before).text)
    kesher_server.ask("telegram", omar, code, "")
    kesher_server.quiet()
    assert root_of(omar) != root_of(PHONE)
    assert root_of(BOT) != root_of(PHONE)
