"""The web chat: the same path as every channel, from a page that needs no JavaScript."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kesher.agencies.models import Agency, Staff
from kesher.channels.base import Request
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import merge_contacts
from kesher.conversations import webchat_presenter
from kesher.conversations.models import Conversation, Message
from kesher.conversations.services import add_note, conversation_of, reply
from kesher.conversations.visitor_cookie import COOKIE
from kesher.core.audit import SYSTEM
from kesher.core.models import Attachment

CHAT, STREAM, UPLOAD = "/chat/", "/chat/stream/", "/chat/upload/"


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "teal").save(out, "PNG")
    return SimpleUploadedFile("a.png", out.getvalue(), "image/png")


def write(client: Client, text: str = "", **fields: Any) -> None:
    assert client.post(CHAT, {"text": text, **fields}).status_code == 302


def test_a_first_look_makes_nobody(client: Client, webchat: Account) -> None:
    page = client.get(CHAT).content.decode()
    assert not Contact.objects.exists()
    assert 'value="go:agent"' in page


def test_a_message_is_answered(client: Client, webchat: Account) -> None:
    write(client, "שלום")
    mine, *answers = Message.objects.order_by("seq")
    assert (mine.text, mine.channel, mine.identity and mine.identity.scheme) == ("שלום", "webchat", "web")
    assert answers
    assert "שלום" in client.get(CHAT).content.decode()


def test_the_options_are_buttons_that_act(client: Client, webchat: Account) -> None:
    write(client, "שלום")
    shown = client.get(CHAT).context["keys"]
    write(client, choice=shown[0].value)
    chosen = Message.objects.filter(direction="in").latest("id")
    assert (chosen.content["choice"], chosen.text) == (shown[0].value, shown[0].title)


def test_a_browser_keeps_its_conversation(client: Client, webchat: Account) -> None:
    write(client, "שלום")
    write(client, "תפריט")
    assert Contact.objects.count() == 1
    assert client.cookies[COOKIE]["httponly"]


def test_another_browser_may_not_see_it(client: Client, webchat: Account) -> None:
    write(client, "סוד גדול מאוד")
    for path in (CHAT, STREAM):
        assert "סוד גדול" not in Client().get(path).content.decode()


def test_a_forged_cookie_is_a_stranger(client: Client, webchat: Account) -> None:
    write(client, "סוד גדול מאוד")
    name = Identity.objects.get().address
    other = Client()
    other.cookies[COOKIE] = f"{name}:1aaaaa:forged"
    assert "סוד גדול" not in other.get(CHAT).content.decode()


def test_only_what_this_browser_said_and_heard_is_shown(client: Client, dana: Identity, webchat: Account, sms: Account, ruth: Staff) -> None:  # fmt: skip
    """Dana is one person on SMS and here; whoever sits at this browser sees the browser's part."""
    write(client, "כאן בדפדפן")
    web = Identity.objects.get(scheme="web")
    merge_contacts(dana.contact, web.contact, reason="code", by=SYSTEM)
    conversation = conversation_of(dana.contact)
    add_note(conversation, "הערה פנימית", staff=ruth)
    Message.objects.create(
        agency=conversation.agency, conversation=conversation, seq=90, direction="in", text="מהטלפון", identity=dana, received=dana.created
    )  # fmt: skip
    page = client.get(CHAT).content.decode()
    assert "כאן בדפדפן" in page
    assert "מהטלפון" not in page
    assert "הערה פנימית" not in page


def test_a_clerks_answer_carries_the_name(client: Client, webchat: Account, ruth: Staff) -> None:
    write(client, "מתי מפנים את הפח ברחוב הגפן?")
    reply(conversation_of(Contact.objects.get()), "מחר בבוקר", staff=ruth)
    page = client.get(STREAM).content.decode()
    assert "מחר בבוקר" in page
    assert "רותי כהן" in page


def test_a_file_goes_with_a_message(client: Client, webchat: Account) -> None:
    write(client, "תמונה", file=picture())
    kept = Attachment.objects.get()
    assert list(Message.objects.filter(direction="in").latest("id").attachments.all()) == [kept]
    assert f"/files/{kept.key}" in client.get(CHAT).content.decode()


def test_a_file_is_stored_before_it_is_sent(client: Client, webchat: Account) -> None:
    said = client.post(UPLOAD, {"file": picture()}).json()
    assert said["key"] == Attachment.objects.get().key
    assert not Message.objects.exists()


def test_what_is_no_file_of_ours_is_refused(client: Client, webchat: Account) -> None:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile("a.html", b"<html>", "text/html")})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.post(UPLOAD).status_code == 400
    assert not Attachment.objects.exists()


def test_files_may_not_come_without_end(client: Client, webchat: Account) -> None:
    codes = [client.post(UPLOAD, {"file": picture()}).status_code for _ in range(11)]
    assert codes == [201] * 10 + [429]


def test_messages_may_not_come_without_end(client: Client, webchat: Account) -> None:
    for number in range(31):
        write(client, f"שלום {number}")
    assert Message.objects.filter(direction="in").count() == 30


def test_an_empty_form_says_nothing(client: Client, webchat: Account) -> None:
    write(client, "  ")
    assert not Message.objects.exists()


def test_without_an_account_there_is_no_chat(client: Client, city: Agency) -> None:
    assert client.get(CHAT).status_code == 404
    assert client.post(CHAT, {"text": "שלום"}).status_code == 404


def test_a_chat_whose_secrets_were_lost_is_no_chat(client: Client, webchat: Account) -> None:
    webchat.secrets = {}
    webchat.save()
    assert client.get(CHAT).status_code == 404


def test_the_scripts_proof_opens_the_lane(client: Client, webchat: Account) -> None:
    page = client.get(CHAT)
    proof = page.context["visitor"]
    body = json.dumps({"id": "message-1", "text": "שלום"}).encode()
    webchat.adapter.verify(
        Request("POST", page.context["lane"], "", {webchat_presenter.HEADER: proof}, body), webchat.info()
    )
    assert page.context["lane"] == f"/in/webchat/{webchat.key}"


def test_a_choice_of_language_changes_page_and_conversation(client: Client, webchat: Account) -> None:
    write(client, "שלום")
    write(client, choice="go:lang:ru")
    assert client.cookies["django_language"].value == "ru"
    assert Contact.objects.get().language == "ru"


@pytest.mark.parametrize("choice", ["go:lang:xx", "go:lang:../x", "nonsense"])
def test_an_unknown_language_changes_nothing(client: Client, webchat: Account, choice: str) -> None:
    write(client, choice=choice)
    assert "django_language" not in client.cookies


def test_the_page_costs_a_fixed_number_of_queries(
    client: Client, webchat: Account, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        write(client, f"תפריט {number}")
    with django_assert_max_num_queries(12):
        client.get(CHAT)


def test_a_piece_of_the_chat_says_where_it_is_heard(client: Client, webchat: Account) -> None:
    assert "data-heard" not in client.get(STREAM).content.decode()  # a stranger has no conversation to hear
    write(client, "שלום")
    found = Conversation.objects.get()
    page = client.get(STREAM).content.decode()
    assert f'data-heard="{found.stream}" data-live-url="/live/"' in page
    assert "data-heard" not in Client().get(STREAM).content.decode()
