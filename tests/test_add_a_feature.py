"""The example of docs/add-a-feature.md: a suggestion box whose doors are all made from one verb."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from kesher.agencies.models import Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.privacy_registry import HOLDINGS, read_rows
from kesher.conversations.models import Delivery, Message
from kesher.conversations.tests.talk import DANA, MAIL, VISITOR, code_sent_to, hear, later, link_sent_to
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.site.my_page.export_labels import answers_reader
from kesher.site.readme_channel_table import table_rows
from kesher.verbs import services as verbs
from kesher.verbs.models import PendingRequest
from tests.structure import ROOT
from tests.suggestions import services
from tests.suggestions.forms import SuggestForm
from tests.suggestions.models import Suggestion

JSON = "application/json"
PAGE, API = "/suggestions/", "/api/v1/suggestions/"
TEXT = "ספסל בצל ליד בית הספר"
PHONE = "+972505550142"
FORM = {"text": TEXT, "address": "050-5550142"}


def test_the_page_of_the_docs_shows_this_very_code() -> None:
    words = (ROOT / "docs" / "add-a-feature.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", words, re.DOTALL))
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "suggestions").glob("[a-z]*.py")}
    assert blocks == files


def test_the_example_has_at_most_120_lines_of_code() -> None:
    """Lines without imports, docstrings and blanks."""
    lines = 0
    for path in (ROOT / "tests" / "suggestions").glob("*.py"):
        parsed = ast.parse(path.read_text(encoding="utf-8"))
        words = [node for node in ast.walk(parsed) if isinstance(node, ast.stmt) and is_not_code(node)]
        left_out = {number for node in words for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        text = path.read_text(encoding="utf-8").splitlines()
        lines += sum(bool(line.strip()) for number, line in enumerate(text, 1) if number not in left_out)
    assert lines <= 120


def is_not_code(node: ast.stmt) -> bool:
    """Return whether a statement is an import or a docstring."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return isinstance(node.value.value, str)
    return isinstance(node, ast.Import | ast.ImportFrom)


def stored() -> list[tuple[str, int]]:
    return [(row.text, row.identity.assurance) for row in Suggestion.objects.select_related("identity").order_by("id")]


def test_a_page_sends_a_code_and_the_code_does_it(client: Client, sms: Account) -> None:
    asks = client.post(PAGE, FORM, follow=True)
    assert TEXT in asks.content.decode()
    assert "0142" in asks.content.decode()
    assert stored() == []
    done = client.post(asks.redirect_chain[-1][0], {"code": code_sent_to(PHONE)})
    assert "תודה" in done.content.decode()
    assert stored() == [(TEXT, 1)]
    assert not PendingRequest.objects.exists()


def test_the_link_works_in_another_browser_and_shows_what_it_confirms_but_no_address(
    client: Client, sms: Account
) -> None:
    asked = client.post(PAGE, FORM)
    link = link_sent_to(PHONE)
    other = Client()
    page = other.get(link).content.decode()
    assert TEXT in page
    assert "5550142" not in page
    assert TEXT not in other.get(asked["location"]).content.decode()
    assert other.post(link, {"code": code_sent_to(PHONE)}).status_code == 200
    assert stored() == [(TEXT, 1)]
    assert client.get(asked["location"]).status_code == 410


def test_a_wrong_code_does_nothing_and_says_so(client: Client, sms: Account) -> None:
    asked = client.post(PAGE, FORM)
    assert client.post(asked["location"], {"code": "000000"}).status_code == 422
    assert stored() == []
    assert client.post(asked["location"], {"code": code_sent_to(PHONE)}).status_code == 200


def test_a_robot_stores_nothing_and_a_mistake_is_named(client: Client, sms: Account) -> None:
    client.post(PAGE, {**FORM, "website": "https://spam.example"})
    assert client.post(PAGE, {"text": "", "address": "nobody"}).status_code == 422
    assert not PendingRequest.objects.exists()
    assert stored() == []


def test_the_page_goes_on_in_whatsapp(client: Client, whatsapp: Account) -> None:
    words = later(client, PAGE, **FORM)
    assert TEXT in hear(whatsapp, DANA, words)  # somebody else may have written it: it waits for a yes
    assert stored() == []
    session = DialogueSession.objects.get(state="active")
    assert session.given == {"text": TEXT}
    assert "picked_up" not in answers_reader()(session.answers, {"skill": session.skill})
    hear(whatsapp, DANA, "1")
    assert stored() == [(TEXT, 1)]


def test_a_no_to_words_from_elsewhere_stores_nothing(client: Client, whatsapp: Account) -> None:
    hear(whatsapp, DANA, later(client, PAGE, **FORM), "2")
    assert stored() == []


def test_a_link_without_the_right_code_shows_nothing(client: Client, sms: Account) -> None:
    asked = client.post(PAGE, FORM)
    other = Client()
    for wrong in ("1", "000000"):
        assert TEXT not in other.get(asked["location"], {"code": wrong}).content.decode()


def test_a_code_may_come_again_after_a_refusal(client: Client, sms: Account, monkeypatch: Any) -> None:
    asked = client.post(PAGE, FORM)
    code = code_sent_to(PHONE)
    with monkeypatch.context() as patch:
        patch.setattr(SuggestForm, "clean_text", refuse, raising=False)
        assert client.post(asked["location"], {"code": code}).status_code == 422
    assert client.post(asked["location"], {"code": code}).status_code == 200
    assert stored() == [(TEXT, 1)]


def refuse(form: SuggestForm) -> str:
    raise ValidationError("not today")


def test_the_api_asks_for_a_code_and_takes_it(client: Client, sms: Account) -> None:
    machine = Client(enforce_csrf_checks=True)
    asked = machine.post(API, FORM, content_type="application/json")
    assert asked.status_code == 202
    confirm = asked.json()["data"]["links"]["confirm"].removeprefix("https://city.example")
    assert machine.post(confirm, {"code": "000000"}, content_type="application/json").status_code == 422
    done = machine.post(confirm, {"code": code_sent_to(PHONE)}, content_type="application/json").json()
    assert done["data"]["reference"]
    assert stored() == [(TEXT, 1)]
    assert machine.post(API, {"text": ""}, content_type="application/json").json()["errors"].keys() == {
        "text",
        "address",
    }


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_a_channel_that_vouches_does_it_at_once(channel: str, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue(channel)
    assert "תודה" in hear(account, DANA, "תיבת הצעות", TEXT)
    assert stored() == [(TEXT, 1)]


def test_a_text_message_does_it_by_numbers(sms: Account, monkeypatch: Any) -> None:
    skill = REGISTRY["suggestions.suggest"]
    monkeypatch.setitem(REGISTRY.skills, skill.name, replace(skill, menu=60))
    hear(sms, DANA, "תפריט")
    offered = next(line for line in hear(sms, DANA, "9").splitlines() if "להציע הצעה" in line)
    hear(sms, DANA, offered.strip("\u200f")[0], TEXT)
    assert stored() == [(TEXT, 1)]


def test_unsigned_mail_has_to_be_confirmed(mailbox: Account) -> None:
    hear(mailbox, MAIL, "תיבת הצעות", TEXT)
    assert stored() == []
    hear(mailbox, MAIL, code_sent_to(MAIL.address))
    assert stored() == [(TEXT, 1)]


def test_the_web_chat_asks_for_an_address_and_its_code(webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "תיבת הצעות", TEXT, "050-5550142")
    assert stored() == []
    hear(webchat, VISITOR, "000000")
    assert stored() == []
    hear(webchat, VISITOR, code_sent_to(PHONE))
    assert stored() == [(TEXT, 1)]


@pytest.mark.parametrize("door", ["page", "link", "api", "chat"])
def test_a_person_who_was_blocked_since_is_not_heard(client: Client, sms: Account, mailbox: Account, door: str) -> None:
    if door == "chat":
        hear(mailbox, MAIL, "תיבת הצעות", TEXT)
    asked = client.post(API, FORM, content_type=JSON) if door == "api" else client.post(PAGE, FORM)
    code = code_sent_to(MAIL.address if door == "chat" else PHONE)
    Contact.objects.update(status="blocked")
    if door == "chat":
        assert hear(mailbox, MAIL, code) == ""
    elif door == "api":
        confirm = asked.json()["data"]["links"]["confirm"].removeprefix("https://city.example")
        assert client.post(confirm, {"code": code}, content_type=JSON).status_code == 422
    else:
        path = link_sent_to(PHONE) if door == "link" else asked["location"]
        assert Client().post(path, {"code": code}).status_code == 422
    assert stored() == []


def test_a_person_who_is_blocked_gets_no_code(client: Client, sms: Account) -> None:
    client.post(PAGE, FORM)
    Contact.objects.update(status="blocked")
    before = Delivery.objects.count()
    assert client.post(PAGE, FORM).status_code == 302  # the page shows no difference
    assert Delivery.objects.count() == before


def test_the_question_for_the_code_ends_when_the_link_was_opened(
    client: Client, webchat: Account, sms: Account
) -> None:
    hear(webchat, VISITOR, "תיבת הצעות", TEXT, "050-5550142")
    assert DialogueSession.objects.get(state="active").skill == verbs.CONFIRM
    client.post(link_sent_to(PHONE), {"code": code_sent_to(PHONE)})
    assert stored() == [(TEXT, 1)]
    assert not DialogueSession.objects.filter(state="active").exists()


def test_the_question_for_another_code_stays_open(client: Client, webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "תיבת הצעות", TEXT, "050-5550142")
    asked = client.post(PAGE, {**FORM, "address": "050-5550199"})
    client.post(asked["location"], {"code": code_sent_to("+972505550199")})
    assert DialogueSession.objects.get(state="active").skill == verbs.CONFIRM


def test_a_clerk_does_it_for_a_caller_who_was_checked(ruths: Client, sms: Account) -> None:
    form = {**FORM, "checked": "on"}
    assert ruths.post("/desk/suggestions/new/", form).status_code == 302
    assert stored() == [(TEXT, 0)]
    ruths.post("/desk/suggestions/new/", FORM)
    assert len(stored()) == 1
    assert PendingRequest.objects.get().door == "desk"


@pytest.mark.parametrize(
    ("known", "chosen", "words"),
    [("ru", "", "Код"), ("", "ar", "رمز"), ("ru", "ar", "رمز"), ("", "", "הקוד")],
)
def test_a_code_from_the_desk_is_in_the_persons_language(
    ruths: Client, sms: Account, dana: Identity, known: str, chosen: str, words: str
) -> None:
    Contact.objects.update(language=known)
    page = ruths.post("/desk/suggestions/new/", {**FORM, "person_language": chosen}, follow=True)
    assert "נשלח קוד" in page.content.decode()  # the clerk reads their own
    assert Message.objects.get().text.startswith(words)


def test_the_resident_hears_the_answer(whatsapp: Account, ruth: Staff, ruths: Client) -> None:
    hear(whatsapp, DANA, "תיבת הצעות", TEXT)
    row = Suggestion.objects.get()
    ruths.post("/desk/suggestions/", {"code": row.code, "answer": "נעשה"})
    row.refresh_from_db()
    assert row.answer == "נעשה"
    assert row.identity.contact.conversation.messages.filter(text__contains="נעשה").exists()


def test_a_caller_whom_a_clerk_checked_hears_the_answer_once(ruths: Client, sms: Account) -> None:
    ruths.post("/desk/suggestions/new/", {**FORM, "checked": "on"})
    row = Suggestion.objects.get()
    for _time in range(2):
        assert ruths.post("/desk/suggestions/", {"code": row.code, "answer": "נעשה"}).status_code in (200, 302)
    assert row.identity.contact.conversation.messages.filter(text__contains="נעשה").count() == 1


def test_it_has_a_row_in_the_table_of_the_readme() -> None:
    assert table_rows()["suggest"]


def test_data_are_exported_and_erased(whatsapp: Account, sms: Account, client: Client, dana: Identity) -> None:
    hear(whatsapp, DANA, "תיבת הצעות", TEXT)
    client.post(PAGE, {**FORM, "text": "עוד אחת"})
    ids = [dana.contact_id]
    assert [row["text"] for row in read_rows(HOLDINGS["suggestions"], ids)] == [TEXT]
    assert [row["answers"] for row in read_rows(HOLDINGS["pending_requests"], ids)] == [{"text": "עוד אחת"}]
    verbs.erase_requests(ids)
    services.erase_suggestions(ids)
    assert stored() == [("…", 1)]
    assert not PendingRequest.objects.exists()


def test_nobody_confirms_after_a_day(client: Client, sms: Account, monkeypatch: Any) -> None:
    asked = client.post(PAGE, FORM)
    monkeypatch.setattr("kesher.verbs.services.STORED_FOR", -verbs.STORED_FOR)
    assert client.get(asked["location"]).status_code == 410
    assert verbs.forget_requests() == 1
