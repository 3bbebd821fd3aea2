"""A form begun in a conversation and finished on its page ends in both, and is confirmed once, in its language."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from kesher.channels.base import Address, Say
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.contests.tests.factories import a_contest, proposals
from kesher.conversations.models import Delivery, Message
from kesher.conversations.tests.talk import DANA, hear, link_in
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services import complete_form
from kesher.petitions.tests.factories import a_petition
from kesher.petitions.tests.talk import code_sent_to
from kesher.reports.tests.factories import topic

OMAR = Address("tel", "+972505550143", "عمر حداد")


def page_of_form() -> str:
    """Return the link to the form's page from the newest message with one; a short form is not sent with one."""
    sealed = [row.sealed for row in Delivery.objects.order_by("-id") if "/go/" in str(row.sealed)]
    return link_in(sealed[0]) if sealed else f"/go/{DialogueSession.objects.get(state='active').key}/"


def said_since(seq: int) -> list[str]:
    return list(Message.objects.filter(direction="out", seq__gt=seq).order_by("seq").values_list("text", flat=True))


def test_a_report_begun_by_sms_in_arabic_is_confirmed_there_once(client: Client, sms: Account) -> None:
    topic(names={"he": "פנס רחוב", "ar": "مصباح شارع"})
    hear(sms, OMAR, "مرحبا", "بلاغ", lang="ar")
    client.cookies["django_language"] = "he"
    seq = Message.objects.latest("seq").seq
    sent = client.post(page_of_form(), {"topic": "street-light", "place": "شارع الكرمل 5", "words": "المصباح مطفأ"})
    assert sent.headers["Content-Language"] == "ar"
    (told,) = said_since(seq)
    assert told.startswith("شكرًا")
    assert "/status/" in Delivery.objects.latest("pk").payload["text"]
    assert DialogueSession.objects.exclude(skill="").get().state == "done"


@pytest.mark.parametrize("began", ["sms", "whatsapp", "telegram", "email", "webchat"])
def test_each_verb_is_over_and_told_once_where_it_was_begun(
    began: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = request.getfixturevalue({"email": "mailbox"}.get(began, began))
    who = {"telegram": Address("tg", "5550143", ""), "email": Address("mailto", "dana@example.org", "")}.get(
        began, DANA
    )
    who = Address("web", "visitor-0001", "") if began == "webchat" else who
    hear(account, who, "שלום", authenticated=True)
    contact = get_or_create_identity(who).contact
    for name, skill in list(REGISTRY.skills.items()):
        said = replace(skill, form=StepForm, run=lambda *_, name=name: Say(name), subject=None, needs_subject=False)
        monkeypatch.setitem(REGISTRY.skills, name, said)
        seq = Message.objects.latest("seq").seq
        form = DialogueSession(agency_id=contact.agency_id, contact=contact, skill=name, door=began, state="parked")
        form.save()
        complete_form(form, Turn(contact, "web"), {})
        assert (said_since(seq), form.again().state) == ([name], "done")


def test_a_form_of_a_page_is_told_to_nobody(dana: Identity, sms: Account) -> None:
    hear(sms, DANA, "שלום")
    seq = Message.objects.latest("seq").seq
    form = DialogueSession(
        agency_id=dana.agency_id, contact=dana.contact, skill="accounts.my_page", door="web", state="parked"
    )
    form.save()
    complete_form(form, Turn(dana.contact, "web"), {})
    assert not said_since(seq)


def test_what_its_service_confirms_is_not_said_twice(client: Client, sms: Account) -> None:
    contest = a_contest(proposals())
    hear(sms, DANA, f"להציע {contest.code}")
    seq = Message.objects.latest("seq").seq
    client.post(page_of_form(), {"text": "קלקלן"})
    (told,) = said_since(seq)
    assert "קלקלן" in told


def test_a_code_that_the_page_asked_for_is_typed_where_it_arrived(client: Client, sms: Account) -> None:
    petition = a_petition()
    hear(sms, DANA, f"לחתום {petition.code}")
    client.post(page_of_form(), {"sign": "on"})
    assert petition.action.participations.get().state == "pending"
    assert "חתמת" in hear(sms, DANA, code_sent_to(DANA.address))
    assert petition.action.participations.get().state == "counted"
