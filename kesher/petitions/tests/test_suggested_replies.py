"""A clerk who holds the conversation sends the words by which the person signs, and the bot takes them."""

from __future__ import annotations

import re

from django.test import Client

from kesher.cases.suggested_replies import MAKERS
from kesher.cases.tests.factories import a_person, page_of
from kesher.channels.models import Account
from kesher.conversations.models import Conversation, Message
from kesher.conversations.tests.talk import DANA, hear
from kesher.petitions.models import Petition

SIGNS = {"kind": "petition", "name": "petitions.sign", "subject": "48213", "p": 0.6}


def test_the_words_that_a_clerk_sends_begin_the_form(petition: Petition, sms: Account, ruths: Client) -> None:
    hear(sms, DANA, "נציג", "הצל בגנים, מה עם זה")
    asked = Message.objects.filter(direction="in").latest("id")
    asked.content["understood"] = {"action": "confirm", "offered": [SIGNS]}
    asked.save()
    talk = Conversation.objects.get()
    page = ruths.get(page_of(talk)).content.decode()
    assert f"חתימה על עצומה: {petition.title}" in page
    text = re.search(r'name="text" value="([^"]+)"', page)
    assert text is not None
    ruths.post(page_of(talk) + "suggestion/", {"text": text[1], "seen_seq": talk.last_seq})
    command = re.search("״(.+)״", Message.objects.latest("id").text)
    assert command is not None
    assert petition.title in hear(sms, DANA, command[1])


def test_the_sentence_is_in_the_persons_language(petition: Petition) -> None:
    found = MAKERS["petition"]("petitions.sign", "48213", a_person(), "en")
    assert found is not None
    assert "Sign a petition: Shade for the playgrounds. Write “sign 48213” here" in found.text
    assert found.text.endswith(petition.get_absolute_url())


def test_what_is_not_open_is_not_suggested(petition: Petition) -> None:
    assert MAKERS["petition"]("petitions.sign", "99999", a_person(), "he") is None
    assert MAKERS["petition"]("petitions.none", "48213", a_person(), "he") is None
