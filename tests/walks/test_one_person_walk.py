"""One person on four channels: WhatsApp and SMS by the same number, Telegram and e-mail linked by a code."""

from __future__ import annotations

import re

from kesher.channels.base import Address
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import find_identity
from kesher.conversations.models import Conversation, Message
from tests.street import Street

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


def link(street: Street, channel: str, sender: Address, target: Address, target_channel: str) -> None:
    """Link ``target`` from ``sender``; the code arrives on the target's channel."""
    street.ask(channel, sender, "לקשר", "?")
    before = len(street.providers.sent)
    street.says(channel, sender, target.address)
    code = code_in(street.hears(target_channel, target, "", before).text)
    street.hears(channel, sender, "•••", before)
    street.quiet()
    before = len(street.providers.sent)
    street.says(channel, sender, code)
    street.hears(channel, sender, "", before)
    street.quiet()


def test_one_number_is_one_person_on_whatsapp_and_sms(street: Street) -> None:
    street.ask("whatsapp", PHONE, "שלום", "")
    street.ask("sms", PHONE, "שלום", "")
    street.quiet()
    assert Contact.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_four_channels_are_one_conversation_in_order(street: Street) -> None:
    street.ask("whatsapp", PHONE, "שלום", "")
    street.ask("sms", PHONE, "שלום", "")
    street.ask("telegram", BOT, "שלום", "")
    street.quiet()
    link(street, "telegram", BOT, PHONE, "sms")
    assert root_of(BOT) == root_of(PHONE)
    street.ask("email", MAIL, "שלום", "")
    street.quiet()
    link(street, "email", MAIL, PHONE, "sms")
    for channel, sender in (("whatsapp", PHONE), ("telegram", BOT), ("email", MAIL), ("sms", PHONE)):
        street.ask(channel, sender, "תפריט", "")
    street.quiet()
    root = root_of(PHONE)
    assert root_of(MAIL) == root == root_of(BOT)
    newest = Message.objects.filter(conversation__contact=root, direction="in", text="תפריט").order_by("seq")
    assert [message.channel for message in newest] == ["whatsapp", "telegram", "email", "sms"]


def test_a_code_typed_by_a_stranger_links_nobody(street: Street) -> None:
    omar = Address("tg", "5550143", "Omar")
    street.ask("whatsapp", PHONE, "שלום", "")
    street.ask("telegram", BOT, "לקשר", "")
    before = len(street.providers.sent)
    street.says("telegram", BOT, PHONE.address)
    code = code_in(street.hears("sms", PHONE, "", before).text)
    street.ask("telegram", omar, code, "")
    street.quiet()
    assert root_of(omar) != root_of(PHONE)
    assert root_of(BOT) != root_of(PHONE)
