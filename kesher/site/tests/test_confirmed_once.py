"""Every commitment, on a page, through the API or in a conversation, is confirmed exactly once."""

from __future__ import annotations

from typing import Any

from django.test import Client

from kesher.channels.models import Account
from kesher.contacts.models import Consent, Identity
from kesher.contacts.services import record_consent
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, code_sent_to, hear
from kesher.core.models import Audit
from kesher.participation.models import Participation
from kesher.participation.services import drain_deltas
from kesher.petitions.models import Petition
from kesher.petitions.services import send_due_codes
from kesher.petitions.tests.talk import code_sent_to as code_of_petition
from kesher.purchases.models import Purchase
from kesher.site.tests.test_signed_in import JOIN, ORGANISE, PROPOSE, REPORT, SIGN, START, VERBS, VOTE, danas, things

__all__ = ["danas", "things"]
PHONE = "+972505550142"
CONFIRM = {
    SIGN: "/petitions/48213/confirm/",
    VOTE: "/contests/61940/vote/confirm/",
    "/purchases/52712/pledge/": "/purchases/52712/confirm/",
    JOIN: "/purchases/52713/confirm/",
    PROPOSE: "/contests/61941/proposed/?sent",
    "/purchases/52713/offer/": "/purchases/52713/confirm/",
}
BY_PROGRAM: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sign": ("petitions/48213/signatures/", "petitions/48213/signatures/confirm/", {}),
    "vote": ("contests/61940/votes/", "contests/61940/votes/confirm/", {"choice": "1"}),
    "pledge": (
        "purchases/52712/pledges/",
        "purchases/52712/confirm/",
        {"quantity": 2, "tolerance": 0, "wish": "pledge"},
    ),
}


def messages() -> int:
    drain_deltas()
    send_due_codes()
    return Message.objects.filter(direction="out").count()


def confirming(path: str) -> str:
    """Return the page on which the code of this request is typed."""
    if path == START:
        return f"/petitions/{Petition.objects.latest('pk').code}/started/"
    return f"/purchases/{Purchase.objects.latest('pk').code}/confirm/" if path == ORGANISE else CONFIRM[path]


def test_a_page_sends_the_code_and_one_confirmation(things: None) -> None:
    for path, (wish, rows, confirmations) in VERBS.items():
        browser, before, done = Client(), messages(), rows()
        browser.post(path, {**wish, "address": PHONE, "reach": PHONE})
        if path == REPORT:  # needs no code: the number is sent to the address
            assert messages() == before + 1
            continue
        assert messages() == before + 1, path
        code = code_of_petition(PHONE)
        for _twice in range(2):
            browser.post(confirming(path), {"code": code})
        assert (messages(), rows()) == (before + 1 + confirmations, done + 1), path


def test_the_api_sends_the_code_and_one_confirmation(things: None, client: Client) -> None:
    for name, (ask, confirm, wish) in BY_PROGRAM.items():
        before, given = messages(), {"address": PHONE, **wish}
        assert client.post(f"/api/v1/{ask}", given, content_type="application/json").status_code == 202, name
        given["code"] = code_sent_to(PHONE) if messages() else ""
        for _twice in range(2):
            client.post(f"/api/v1/{confirm}", given, content_type="application/json")
        assert messages() == before + 2, name
    report = {**VERBS[REPORT][0], "reach": PHONE}
    for language, word in (("en", "received"), ("ru", "обращение")):
        before, headers = messages(), {"Accept-Language": language}
        assert (
            client.post("/api/v1/reports/", report, content_type="application/json", headers=headers).status_code == 201
        )
        assert messages() == before + 1
        assert word in Message.objects.filter(direction="out").latest("id").text
    assert Participation.objects.filter(state="counted").count() == len(BY_PROGRAM)


def test_in_a_conversation_the_answer_is_the_confirmation(things: None, sms: Account) -> None:
    for words in (
        ["לחתום 48213", "כן", "דילוג", "לא"],
        ["להצביע 61940", "1", "כן", "לא"],
        ["לקנות 52712", "2", "כן"],
        ["להציע 61941", "קלקלן"],
    ):
        hear(sms, DANA, *words)
    assert Participation.objects.filter(state="counted").count() == 3
    assert not Audit.objects.filter(operation="conversations.confirm").exists()


def test_whoever_asked_for_no_messages_gets_none(danas: Client, dana: Identity) -> None:
    record_consent(dana, Consent.Purpose.SERVICE, granted=False, source="sms", wording="stop")
    for path in (SIGN, VOTE, "/purchases/52712/pledge/", REPORT):
        assert danas.post(path, {**VERBS[path][0], "known": "1"}).status_code == 302
    assert messages() == 0
