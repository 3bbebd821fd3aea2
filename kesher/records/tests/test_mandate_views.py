"""Acting for another: both agree, for a time, for named sources; either ends it; the giver can read every look."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext

from kesher.accounts.tests.acting import browser_of
from kesher.cases.models import Case
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.models import Delivery, Message
from kesher.conversations.tests.talk import link_in
from kesher.core.contact_address import Address
from kesher.records.models import Look, Mandate, RecordSource, Reminder
from kesher.records.presenters import section_context
from kesher.records.record_access import Access
from kesher.records.services import end_mandate, send_reminders, switch_source
from kesher.records.services.erasure import erase_records
from kesher.records.services.mandates import describe_sender
from kesher.records.sources.readings import Envelope
from kesher.records.tests.factories import a_source, agree
from kesher.records.tests.test_record_inquiries import says


def invited(giver: Identity, taker: Identity, **more: Any) -> Mandate:
    """The giver's page sends an invitation."""
    values = {"side": "giver", "address": taker.address, "scope": ["policies"], "days": "30", **more}
    answer = browser_of(giver).post("/records/acting/", values)
    assert answer.status_code == 302, answer.context["form"].errors
    return Mandate.objects.latest("pk")


def accepted(giver: Identity, taker: Identity, **more: Any) -> Mandate:
    mandate = invited(giver, taker, **more)
    browser_of(taker).post(f"/records/acting/{mandate.key}/")
    return mandate.again()


def codes(client: Client, mandate: Mandate) -> list[str]:
    return [item["source"].code for item in client.get(f"/records/all/?for={mandate.key}").context["sections"]]


def test_the_invitation_comes_with_a_link(father: Identity, dana: Identity) -> None:
    mandate = invited(father, dana)
    link = link_in(Delivery.objects.get(identity=dana).sealed)
    assert re.search(f"/records/acting/{mandate.key}/$", link)


def asked_for(taker: Identity, giver: Identity) -> Mandate:
    """Somebody asks to see what is another's."""
    values = {"side": "taker", "address": giver.address, "scope": ["fines"], "days": "7"}
    assert browser_of(taker).post("/records/acting/", values).status_code == 302
    return Mandate.objects.latest("pk")


def heard_last(person: Identity) -> str:
    """What we wrote to somebody last."""
    return Message.objects.filter(conversation__contact=person.contact, direction="out").latest("pk").text


def test_nothing_is_ticked_before_somebody_chose(father: Identity) -> None:
    his = browser_of(father)
    ticked = re.findall(r"<input[^>]*checkbox[^>]*>", his.get("/records/acting/").content.decode())
    assert (len(ticked), [one for one in ticked if "checked" in one]) == (2, [])
    assert his.post("/records/acting/", {"side": "giver", "address": "050-555-0142", "days": "30"}).status_code == 422


@pytest.mark.parametrize("side", ["giver", "taker"])
def test_who_typed_an_address_learns_no_name_from_it(father: Identity, dana: Identity, side: str) -> None:
    """Until the other agrees, the sender sees only the typed number."""
    begin = invited if side == "giver" else asked_for
    mandate = begin(father, dana)
    page = browser_of(father).get("/records/acting/").content.decode()
    assert ("דנה" in page, page.count("050-555-0142")) == (False, 2)
    browser_of(dana).post(f"/records/acting/{mandate.key}/")
    assert "דנה לוי" in browser_of(father).get("/records/acting/").content.decode()


@pytest.mark.parametrize("side", ["giver", "taker"])
def test_a_no_names_nobody_and_an_end_after_a_yes_does(
    father: Identity, dana: Identity, sms: Account, side: str
) -> None:
    begin = invited if side == "giver" else asked_for
    says(sms, father, "שלום")  # a route for the news
    refused, agreed = begin(father, dana), begin(father, dana)
    end_mandate(refused, dana.contact)
    assert ("דנה" in heard_last(father), "050-555-0142" in heard_last(father)) == (False, True)
    browser_of(dana).post(f"/records/acting/{agreed.key}/")
    end_mandate(agreed.again(), dana.contact)
    assert "דנה לוי" in heard_last(father)


def test_who_is_invited_reads_a_proved_address_of_the_sender(father: Identity, dana: Identity) -> None:
    Contact.objects.filter(pk=father.contact_id).update(name="עיריית נווה־ים")
    Identity.objects.create(
        agency=father.agency, contact=father.contact, scheme="idp", address="1 987654321", assurance=3
    )
    mandate = invited(father, dana)
    assert "•••0150" in heard_last(dana)
    page = browser_of(dana).get(f"/records/acting/{mandate.key}/").content.decode()
    assert ("•••0150" in page, "4321" in page, father.address in page) == (True, False, False)
    assert "•••" not in browser_of(father).get(f"/records/acting/{mandate.key}/").content.decode()


def test_a_claimed_address_says_nothing_of_a_sender(father: Identity) -> None:
    Identity.objects.update(assurance=0)
    with translation.override("en"):
        assert describe_sender(father.contact).startswith("The sender proved no phone number or e-mail address here.")


def test_an_invitation_to_whoever_is_erased_is_over(father: Identity, dana: Identity) -> None:
    mandate, kept = (
        invited(father, dana),
        accepted(father, get_or_create_identity(Address("tel", "050-555-0199"), assurance=2)),
    )
    erase_records([dana.contact_id])
    assert (mandate.again().ended_at is not None, kept.again().ended_at) == (True, None)


def test_nothing_is_shown_before_both_agreed(father: Identity, dana: Identity) -> None:
    mandate = invited(father, dana)
    assert browser_of(dana).get(f"/records/?for={mandate.key}").status_code == 404
    assert not Look.objects.exists()


def test_what_was_named_is_shown_and_nothing_else(father: Identity, dana: Identity) -> None:
    mandate = accepted(father, dana)
    assert codes(browser_of(dana), mandate) == ["policies"]


def test_each_look_is_written_to_him_whose_things_they_are(father: Identity, dana: Identity) -> None:
    codes(browser_of(dana), accepted(father, dana))
    look = Look.objects.get()
    assert (look.contact_id, look.viewer_id, look.sources) == (father.contact_id, dana.contact_id, ["policies"])
    assert "דנה לוי" in browser_of(father).get("/records/looks/").content.decode()


def test_nobody_else_uses_her_mandate(father: Identity, dana: Identity, omar: Identity) -> None:
    mandate = accepted(father, dana)
    assert browser_of(omar).get(f"/records/all/?for={mandate.key}").status_code == 404
    assert browser_of(omar).get(f"/records/acting/{mandate.key}/").status_code == 404


def test_nobody_accepts_what_was_sent_to_another(father: Identity, dana: Identity, omar: Identity) -> None:
    mandate = invited(father, dana)
    browser_of(omar).post(f"/records/acting/{mandate.key}/")
    assert mandate.again().accepted_at is None


@pytest.mark.parametrize("side", ["giver", "taker"])
def test_either_ends_it_and_nothing_is_shown_from_then(father: Identity, dana: Identity, side: str) -> None:
    mandate = accepted(father, dana)
    browser_of(father if side == "giver" else dana).post(f"/records/acting/{mandate.key}/end/")
    assert (mandate.again().ended_by, mandate.ended_at is not None) == (side, True)
    assert browser_of(dana).get(f"/records/all/?for={mandate.key}").status_code == 404


def test_a_stranger_ends_nothing(father: Identity, dana: Identity, omar: Identity) -> None:
    mandate = accepted(father, dana)
    assert browser_of(omar).post(f"/records/acting/{mandate.key}/end/").status_code == 404
    assert mandate.again().ended_at is None


def test_it_is_over_when_its_time_is(father: Identity, dana: Identity) -> None:
    mandate = accepted(father, dana)
    Mandate.objects.filter(pk=mandate.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert browser_of(dana).get(f"/records/all/?for={mandate.key}").status_code == 404


def test_she_may_ask_and_he_agrees(father: Identity, dana: Identity) -> None:
    values = {"side": "taker", "address": father.address, "scope": ["fines"], "days": "7"}
    browser_of(dana).post("/records/acting/", values)
    mandate = Mandate.objects.get()
    assert browser_of(dana).get(f"/records/?for={mandate.key}").status_code == 404
    browser_of(father).post(f"/records/acting/{mandate.key}/")
    assert codes(browser_of(dana), mandate.again()) == ["fines"]


def test_whoever_asked_cannot_agree_in_his_place(father: Identity, dana: Identity) -> None:
    values = {"side": "taker", "address": father.address, "scope": ["fines"], "days": "7"}
    browser_of(dana).post("/records/acting/", values)
    browser_of(dana).post(f"/records/acting/{Mandate.objects.get().key}/")
    assert Mandate.objects.get().accepted_at is None


def test_never_more_is_shown_than_the_giver_could_show(father: Identity, dana: Identity) -> None:
    """The giver agreed after a code (2); the taker has the national login (3)."""
    agree(father.contact, a_source("health", level=3))
    mandate = accepted(father, dana, scope=["health"])
    answer = browser_of(dana, level=3).get(f"/records/all/?for={mandate.key}")
    assert [item["status"] for item in answer.context["sections"]] == ["level"]


@pytest.mark.parametrize(("given", "goes_on"), [(2, False), (3, True)])
def test_who_cannot_open_it_by_signing_in_is_not_told_to(
    father: Identity, dana: Identity, given: int, goes_on: bool
) -> None:
    """Given after a code, a mandate opens nothing that needs the national login."""
    agree(father.contact, a_source("health", level=3))
    mandate = accepted(father, dana, scope=["health"])
    Mandate.objects.filter(pk=mandate.pk).update(level=given)
    answer = browser_of(dana, level=2).get(f"/records/all/?for={mandate.key}")
    assert [(item["status"], item["capped"] is None) for item in answer.context["sections"]] == [("level", goes_on)]
    assert ("/me/prove/?level=3" in answer.content.decode()) == goes_on


def test_what_needs_more_than_a_guardian_showed_is_asked_for_again(dana: Identity) -> None:
    access = Access(dana.contact, dana.contact, 3, Mandate(ward_id=1, level=2))
    item = section_context(a_source(level=3), Envelope("arnona", "level"), access)
    with translation.override("en"):
        words = render_to_string("records/_section.html", {"item": item})
    assert ("It can be asked for again" in words, "/me/prove/" in words) == (True, False)


def test_what_he_takes_back_she_sees_no_more(father: Identity, dana: Identity) -> None:
    mandate = accepted(father, dana)
    browser_of(father).post("/records/consents/", {"withdraw": "policies"})
    answer = browser_of(dana).get(f"/records/all/?for={mandate.key}")
    assert [item["status"] for item in answer.context["sections"]] == ["no_consent"]


def test_her_question_says_for_whom_it_is_and_stays_with_her(father: Identity, dana: Identity) -> None:
    mandate = accepted(father, dana)
    url = f"/records/from/policies/ask/?row=b1&for={mandate.key}"
    browser_of(dana).post(url, {"words": "למה פעמיים?", "for": mandate.key})
    case = Case.objects.get()
    assert case.conversation.contact_id == dana.contact_id
    assert "משה לוי" in Message.objects.get(conversation=case.conversation, direction="in").text


def test_a_mandate_cannot_be_given_to_oneself(father: Identity) -> None:
    values = {"side": "giver", "address": father.address, "scope": ["policies"], "days": "30"}
    assert browser_of(father).post("/records/acting/", values).status_code == 422
    assert not Mandate.objects.exists()


def test_the_page_asks_as_much_however_many_invitations_others_have(
    father: Identity, dana: Identity, omar: Identity
) -> None:
    invited(father, dana)
    hers = browser_of(dana)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            page = hers.get("/records/acting/")
        return len(page.context["asked"]), len(queries)

    hers.get("/records/acting/")  # a first visit asks more
    before = asked()
    row = Mandate.objects.get()
    others: dict[str, Any] = {
        "agency_id": row.agency_id,
        "giver_id": row.giver_id,
        "begun_by": "giver",
        "until": row.until,
    }
    Mandate.objects.bulk_create(Mandate(invited=omar, **others) for _more in range(3))
    assert (before[0], asked()) == (1, before)


def test_each_hears_of_it_in_his_own_language(father: Identity, dana: Identity) -> None:
    mandate = accepted(father, dana)
    Contact.objects.filter(pk=dana.contact_id).update(language="ru")
    with translation.override("he"):
        end_mandate(mandate, father.contact)
    heard = Message.objects.filter(conversation__contact=dana.contact, direction="out").latest("pk")
    with translation.override("ru"):
        words = gettext("%(name)s ended it: from now on nothing is shown.") % {"name": "משה לוי"}
    assert (heard.lang, heard.text.endswith(words)) == ("ru", True)


def reminder(father: Identity, dana: Identity) -> tuple[Mandate, Reminder]:
    """Return a waiting reminder of Dana's of one of the giver's bills."""
    mandate = accepted(father, dana)
    url = f"/records/from/policies/remind/?row=b1&for={mandate.key}"
    browser_of(dana).post(url, {"day": "2035-01-02", "for": mandate.key})
    row = Reminder.objects.get()
    assert (row.mandate_id, row.source, row.state) == (mandate.pk, "policies", "waiting")
    return mandate, row


@pytest.mark.parametrize("how", ["end", "withdraw", "erase"])
def test_whoever_acts_no_more_is_not_reminded_either(father: Identity, dana: Identity, how: str) -> None:
    mandate, row = reminder(father, dana)
    if how == "end":
        end_mandate(mandate, father.contact)
    elif how == "erase":
        erase_records([father.contact_id])
    else:
        browser_of(father).post("/records/consents/", {"withdraw": "policies"})
    assert (row.again().state, row.again().words) == ("cancelled", "")


@pytest.mark.parametrize(("how", "state"), [("stands", "sent"), ("is over", "cancelled"), ("is off", "cancelled")])
def test_a_reminder_for_another_is_sent_while_she_may_see_it(
    father: Identity, dana: Identity, how: str, state: str
) -> None:
    mandate, row = reminder(father, dana)
    now = timezone.now()
    Reminder.objects.update(send_at=now - timedelta(seconds=1))
    if how == "is over":
        Mandate.objects.filter(pk=mandate.pk).update(until=now - timedelta(seconds=1))
    elif how == "is off":
        switch_source(RecordSource.objects.get(code="policies"), False, staff=None)
    before = Message.objects.count()
    send_reminders()
    assert (row.again().state, Message.objects.count() - before) == (state, int(state == "sent"))
