"""The fake providers refuse what the vendors refuse, and answer 404 where the simulator is off."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kesher.channels.base import Event, Kind
from kesher.channels.models import Account
from kesher.channels.services import approve_template, open_account
from kesher.contacts.models import Identity
from kesher.conversations.services import receive
from kesher.core.contact_address import Address
from kesher.core.files.attachments import store_bytes
from kesher.simulator.models import SimulatedMessage

pytestmark = pytest.mark.usefixtures("simulator")
META = "/simulator/provider/whatsapp/v25.0"
BOT = "/simulator/provider/telegram/bot1234:tg-token"
TWILIO = "/simulator/provider/sms/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
KANNEL = "/simulator/provider/kannel/cgi-bin/sendsms"
TEXT: dict[str, Any] = {"messaging_product": "whatsapp", "to": "972505550142", "type": "text", "text": {"body": "שלום"}}


def meta(client: Client, body: dict[str, Any], token: str = "wa-token", number: str = "1122334455667") -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"{META}/{number}/messages", json.dumps(body), content_type="application/json", headers=headers)


def bot(client: Client, method: str, **body: Any) -> Any:
    return client.post(f"{BOT}/{method}", json.dumps(body), content_type="application/json").json()


def twilio(client: Client, password: str = "sms-auth-token", **fields: str) -> Any:
    pair = base64.b64encode(f"AC00000000000000000000000000000001:{password}".encode()).decode()
    values = {"To": "+972505550142", "From": "+97235550101", "Body": "שלום", **fields}
    return client.post(TWILIO, values, headers={"Authorization": f"Basic {pair}"})


def wrote(account: Account, identity: Identity) -> None:
    """The person wrote on this account a moment ago."""
    sender = Address(identity.scheme, identity.address)
    receive(account, Event(Kind.MESSAGE, "k1", sender=sender, text="שלום"), received=timezone.now())


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": f"k{n}", "title": title}} for n, title in enumerate(titles)]
    content = {"type": "button", "body": {"text": "?"}, "action": {"buttons": replies}}
    return {"messaging_product": "whatsapp", "to": "972505550142", "type": "interactive", "interactive": content}


def rows(*titles: str) -> dict[str, Any]:
    found = [{"id": f"k{n}", "title": title} for n, title in enumerate(titles)]
    action = {"button": "בחירה", "sections": [{"rows": found}]}
    content = {"type": "list", "body": {"text": "?"}, "action": action}
    return {"messaging_product": "whatsapp", "to": "972505550142", "type": "interactive", "interactive": content}


def test_meta_takes_a_text_and_shows_it(client: Client, whatsapp: Account, dana: Identity) -> None:
    wrote(whatsapp, dana)
    answer = meta(client, TEXT)
    assert answer.json()["contacts"] == [{"input": "972505550142", "wa_id": "972505550142"}]
    row = SimulatedMessage.objects.get()
    assert (row.address, row.payload["text"]["body"], row.payload["failed"]) == ("+972505550142", "שלום", "")


def test_meta_wants_a_token_of_ours(client: Client, whatsapp: Account) -> None:
    answer = meta(client, TEXT, token="other")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 190
    assert not SimulatedMessage.objects.exists()


def test_meta_knows_no_other_number(client: Client, whatsapp: Account) -> None:
    assert meta(client, TEXT, number="999").json()["error"]["code"] == 100


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**TEXT, "messaging_product": ""}, 131008),
        ({**TEXT, "to": "dana"}, 131009),
        ({**TEXT, "text": {"body": "א" * 4097}}, 100),
        ({**TEXT, "type": "hologram"}, 131009),
        (buttons("1", "2", "3", "4"), 131009),
        (buttons("א" * 21), 131009),
        (buttons("כן", "כן"), 131009),
        (rows(*(str(n) for n in range(11))), 131009),
        (rows("א" * 25), 131009),
        ({**TEXT, "type": "template", "template": {"name": "no_such", "language": {"code": "he"}}}, 132001),
    ],
)
def test_meta_refuses_what_does_not_fit(client: Client, whatsapp: Account, body: dict[str, Any], code: int) -> None:
    answer = meta(client, body)
    assert answer.status_code >= 400
    assert answer.json()["error"]["code"] == code
    assert not SimulatedMessage.objects.exists()


def test_meta_counts_a_template_s_parameters(client: Client, whatsapp: Account) -> None:
    approve_template(whatsapp, name="news", language="he", body="שלום {{1}}, {{2}}")
    values = [{"type": "body", "parameters": [{"type": "text", "text": "דנה"}]}]
    template = {"name": "news", "language": {"code": "he"}, "components": values}
    assert meta(client, {**TEXT, "type": "template", "template": template}).json()["error"]["code"] == 132000


def test_meta_fails_free_words_when_the_window_has_closed(client: Client, whatsapp: Account) -> None:
    assert meta(client, TEXT).status_code == 200
    assert SimulatedMessage.objects.get().payload["failed"] == "131047"


def test_meta_gives_a_file_in_two_steps(client: Client, whatsapp: Account) -> None:
    digest = store_bytes(b"a picture")
    headers = {"Authorization": "Bearer wa-token"}
    url = client.get(f"{META}/{digest}", headers=headers).json()["url"]
    assert client.get(url, headers=headers).content == b"a picture"
    assert client.get(url).status_code == 404


def test_telegram_takes_a_message_of_a_known_chat(client: Client, telegram: Account, omar: Identity) -> None:
    wrote(telegram, omar)
    answer = bot(client, "sendMessage", chat_id=5550143, text="أهلا")
    assert answer["ok"]
    assert answer["result"]["chat"]["id"] == 5550143


def test_telegram_lets_no_bot_begin(client: Client, telegram: Account) -> None:
    answer = bot(client, "sendMessage", chat_id=5550143, text="أهلا")
    assert answer["error_code"] == 403
    assert not SimulatedMessage.objects.exists()


def test_telegram_knows_its_bots(client: Client, telegram: Account) -> None:
    answer = client.post("/simulator/provider/telegram/bot1:wrong/getMe", {})
    assert answer.status_code == 401
    assert bot(client, "noSuchMethod")["error_code"] == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text": ""}, "empty"),
        ({"text": "א" * 4097}, "too long"),
        ({"text": "<b>open", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "<table>", "parse_mode": "HTML"}, "parse entities"),
        (
            {"text": "?", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "ב" * 33}]]}},
            "DATA_INVALID",
        ),
        ({"text": "?", "reply_markup": {"inline_keyboard": [[{"callback_data": "k"}]]}}, "parse inline"),
    ],
)
def test_telegram_refuses_what_does_not_fit(
    client: Client, telegram: Account, omar: Identity, body: dict[str, Any], words: str
) -> None:
    wrote(telegram, omar)
    answer = bot(client, "sendMessage", chat_id=5550143, **body)
    assert answer["error_code"] == 400
    assert words in answer["description"]


def test_telegram_gives_a_file_by_its_path(client: Client, telegram: Account) -> None:
    digest = store_bytes(b"a picture")
    path = bot(client, "getFile", file_id=digest)["result"]["file_path"]
    url = f"/simulator/provider/telegram/file/bot1234:tg-token/{path}"
    assert client.get(url).content == b"a picture"
    assert client.get(url.replace("tg-token", "wrong")).status_code == 404


def test_twilio_takes_a_text_and_counts_its_parts(client: Client, sms: Account) -> None:
    answer = twilio(client, Body="א" * 71)
    assert answer.status_code == 201
    assert answer.json()["num_segments"] == "2"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "050"}, 21211),
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "א" * 1601}, 21617),
    ],
)
def test_twilio_refuses_what_does_not_fit(client: Client, sms: Account, fields: dict[str, str], code: int) -> None:
    answer = twilio(client, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not SimulatedMessage.objects.exists()


def test_twilio_wants_the_password(client: Client, sms: Account) -> None:
    answer = twilio(client, password="wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_kannel_takes_hebrew_as_ucs2_only(client: Client, city: Any) -> None:
    open_account("kannel", address="+97235550102", secrets=("k",), token="pw", settings={"username": "kesher"})
    query = {"username": "kesher", "password": "pw", "to": "+972505550142", "text": "שלום", "coding": "2"}
    assert client.get(KANNEL, query).status_code == 202
    assert client.get(KANNEL, {**query, "coding": "0"}).status_code == 400
    assert client.get(KANNEL, {**query, "password": "no"}).status_code == 403
    assert SimulatedMessage.objects.count() == 1


@pytest.mark.parametrize("path", [f"{META}/1/messages", f"{BOT}/sendMessage", TWILIO, KANNEL, "/simulator/"])
def test_without_the_simulator_there_is_no_such_page(
    client: Client, whatsapp: Account, settings: Any, path: str
) -> None:
    settings.KESHER_SIMULATOR = False
    assert client.post(path, {}).status_code == 404
    assert client.get(path).status_code == 404


def ask(client: Client, path: str, body: dict[str, Any] | None = None, token: str = "wa-token") -> Any:
    """Ask the fake Graph API."""
    headers = {"Authorization": f"Bearer {token}"}
    if body is None:
        return client.get(f"{META}/{path}", headers=headers)
    return client.post(f"{META}/{path}", json.dumps(body), content_type="application/json", headers=headers)


def of_business(whatsapp: Account) -> Account:
    """Give the account a business account at Meta."""
    whatsapp.settings = {**whatsapp.settings, "waba_id": "998877"}
    whatsapp.save()
    return whatsapp


def test_meta_describes_its_own_number_only(client: Client, whatsapp: Account) -> None:
    assert ask(client, "1122334455667").json()["display_phone_number"] == "+97235550100"
    assert ask(client, "1122334455667", token="other").status_code == 401
    assert ask(client, "999").status_code == 404


def test_meta_asks_at_the_webhook_before_it_subscribes(client: Client, whatsapp: Account) -> None:
    url = of_business(whatsapp).info(whatsapp.agency.public_url).public_url
    assert ask(client, "998877/subscribed_apps").json() == {"data": []}
    for wrong in ({"override_callback_uri": url, "verify_token": "no"},
                  {"override_callback_uri": "https://else.example/", "verify_token": "verify-me"}):  # fmt: skip
        assert ask(client, "998877/subscribed_apps", wrong).status_code == 400
    good = {"override_callback_uri": url, "verify_token": "verify-me"}
    assert ask(client, "111/subscribed_apps", good).status_code == 400
    assert ask(client, "998877/subscribed_apps", good).json() == {"success": True}
    assert len(ask(client, "998877/subscribed_apps").json()["data"]) == 1


def test_meta_lists_templates_to_their_owner(client: Client, whatsapp: Account) -> None:
    approve_template(of_business(whatsapp), name="case_update", language="he", body="פנייה {{1}}")
    assert ask(client, "998877/message_templates").json()["data"][0]["status"] == "APPROVED"
    assert ask(client, "998877/message_templates", token="other").status_code == 401


def test_telegram_sends_to_the_webhook_that_was_set(client: Client, telegram: Account) -> None:
    assert bot(client, "getWebhookInfo")["result"]["url"] == ""
    assert bot(client, "setWebhook", url="http://city.example/in/", secret_token="s")["error_code"] == 400
    assert bot(client, "setWebhook", url="https://city.example/in/", secret_token="not good")["error_code"] == 400
    assert bot(client, "setWebhook", url="https://city.example/in/", secret_token="s")["ok"] is True
    assert bot(client, "getWebhookInfo")["result"]["url"] == "https://city.example/in/"


def test_twilio_describes_an_account_to_its_owner(client: Client, sms: Account) -> None:
    path = TWILIO.replace("/Messages.json", ".json")
    for password, status in (("sms-auth-token", 200), ("wrong", 401)):
        pair = base64.b64encode(f"AC00000000000000000000000000000001:{password}".encode()).decode()
        assert client.get(path, headers={"Authorization": f"Basic {pair}"}).status_code == status
