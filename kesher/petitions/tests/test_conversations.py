"""Signing in a conversation, on channels that vouch for their senders and on those that do not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from kesher.agencies.models import Staff
from kesher.cases.models import Case
from kesher.channels.base import Address
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import find_consent, get_or_create_identity
from kesher.conversations.tests.talk import DANA, MAIL, OMAR, VISITOR, hear
from kesher.core.errors import Refused
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY
from kesher.participation.services import read_tallies_now, read_total_now
from kesher.petitions import services
from kesher.petitions.models import Petition, Signature
from kesher.petitions.skill.signatures import signature_receipt
from kesher.petitions.tests.factories import a_petition, ask_to_sign, sign_as
from kesher.petitions.tests.talk import code_sent_to, link_sent_to


def standing() -> list[tuple[str, str, int]]:
    return list(Signature.objects.order_by("id").values_list("state", "channel", "level"))


def test_a_number_by_whatsapp_is_signed_after_an_explicit_yes(petition: Petition, whatsapp: Account) -> None:
    intro = hear(whatsapp, DANA, "לחתום 48213")
    assert petition.title in intro
    assert petition.demand in intro
    assert standing() == []
    thanks = hear(whatsapp, DANA, "1")
    assert standing() == [("counted", "whatsapp", 1)]
    assert Signature.objects.get().receipt in thanks
    assert "מספר 1" in thanks
    assert not Signature.objects.get().show_name


def test_a_signer_adds_a_name_and_news_afterwards_and_counts_once(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1", "1")
    assert "דנה לוי" in hear(whatsapp, DANA, "1")
    assert Signature.objects.get().show_name
    hear(whatsapp, DANA, "1")
    assert find_consent(Contact.objects.get(), "information")
    assert read_total_now(petition.action) == 1


def test_another_name_than_ours_is_written(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1", "1", "ד. לוי")
    assert Signature.objects.get().name == "ד. לוי"


def test_whoever_answers_nothing_more_has_signed_without_a_name(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1", "תודה רבה")
    assert (Signature.objects.get().name, Signature.objects.get().area) == ("", "")


def test_who_has_not_signed_adds_nothing(petition: Petition, dana: Identity, omar: Identity) -> None:
    sign_as(petition, omar, door="telegram")
    with pytest.raises(Refused):
        services.change_signature(petition, Call(door="sms", identity=dana, level=1), name="דנה")
    with pytest.raises(Refused):
        services.change_signature(petition, Call(door="email", identity=omar, level=0), name="עומר")
    assert Signature.objects.get().name == ""


def test_a_no_signs_nothing(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "2")
    assert standing() == []


def test_the_number_alone_is_enough(petition: Petition, telegram: Account) -> None:
    assert petition.title in hear(telegram, OMAR, "48213")


def test_signing_again_says_so_and_asks_nothing(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לחתום 48213", "1")
    assert Signature.objects.get().receipt in hear(sms, DANA, "לחתום 48213")
    assert len(standing()) == 1


def test_an_sms_leaves_the_long_demand_to_the_link(petition: Petition, sms: Account) -> None:
    intro = hear(sms, DANA, "לחתום 48213")
    assert petition.demand not in intro
    assert petition.title in intro


def test_without_a_number_the_open_petitions_are_offered(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום")
    assert petition.demand in hear(whatsapp, DANA, "1")


def test_an_unknown_number_is_not_signed(petition: Petition, whatsapp: Account) -> None:
    assert "99999" in hear(whatsapp, DANA, "לחתום 99999")
    assert standing() == []


def test_a_question_that_begins_like_signing_is_a_question(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "חתימה על טופס ארנונה, איך מגישים?")
    assert Case.objects.exists()


def test_a_closed_petition_says_so(petition: Petition, whatsapp: Account, miriam: Staff) -> None:
    services.move(petition, "close", staff=miriam)
    assert petition.title in hear(whatsapp, DANA, "לחתום 48213")
    hear(whatsapp, DANA, "1")
    assert standing() == []


def test_a_visitor_of_the_chat_gives_an_address_and_types_its_code(
    petition: Petition, webchat: Account, sms: Account
) -> None:
    hear(webchat, VISITOR, "לחתום 48213", "1", "050-5550142")
    assert standing() == [("pending", "webchat", 0)]
    hear(webchat, VISITOR, code_sent_to("+972505550142"))
    assert standing() == [("counted", "webchat", 1)]


def test_the_chat_asks_for_no_code_after_the_link_was_opened(
    petition: Petition, webchat: Account, sms: Account, client: Client
) -> None:
    hear(webchat, VISITOR, "לחתום 48213", "1", "050-5550142")
    hear(webchat, Address("web", "visitor-0002"), "לחתום 48213", "1", "050-5550199")
    assert DialogueSession.objects.filter(skill="petitions.confirm", state="active").count() == 2
    client.post(link_sent_to("+972505550142"), {"code": code_sent_to("+972505550142")})
    [other] = DialogueSession.objects.filter(skill="petitions.confirm", state="active")
    assert other.answers["address"] == "+972505550199"  # that code is still awaited


def test_a_wrong_code_in_the_chat_is_asked_for_again(petition: Petition, webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "לחתום 48213", "1", "050-5550142", "000000")
    assert standing() == [("pending", "webchat", 0)]
    hear(webchat, VISITOR, code_sent_to("+972505550142"))
    assert standing() == [("counted", "webchat", 1)]


def test_five_wrong_codes_in_the_chat_end_the_code(petition: Petition, webchat: Account, sms: Account) -> None:
    hear(webchat, VISITOR, "לחתום 48213", "1", "050-5550142")
    code = code_sent_to("+972505550142")
    hear(webchat, VISITOR, *["000000"] * 5, code)
    assert standing() == [("pending", "webchat", 0)]


def test_mail_that_nobody_signed_has_to_be_confirmed(petition: Petition, mailbox: Account) -> None:
    hear(mailbox, MAIL, "לחתום 48213", "1")
    assert standing() == [("pending", "email", 0)]
    hear(mailbox, MAIL, code_sent_to(MAIL.address))
    assert standing() == [("counted", "email", 1)]


def test_forged_mail_from_a_proved_address_has_to_be_confirmed_too(petition: Petition, mailbox: Account) -> None:
    get_or_create_identity(MAIL, assurance=2)
    hear(mailbox, MAIL, "לחתום 48213", "1")
    assert standing() == [("pending", "email", 0)]


def test_mail_that_its_domain_signed_counts_at_once(petition: Petition, mailbox: Account) -> None:
    hear(mailbox, MAIL, "לחתום 48213", "1", authenticated=True)
    assert standing() == [("counted", "email", 1)]


def test_the_link_in_a_mail_names_nobody(petition: Petition, mailbox: Account) -> None:
    ask_to_sign(petition, MAIL)
    assert link_sent_to(MAIL.address).startswith("/petitions/48213/confirm/?r=")
    assert MAIL.address not in link_sent_to(MAIL.address)


def test_a_signature_is_taken_back_by_a_word(petition: Petition, whatsapp: Account) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1")
    hear(whatsapp, DANA, "לבטל חתימה 48213", "1")
    assert standing() == [("withdrawn", "whatsapp", 1)]


def test_a_visitor_of_the_chat_takes_a_signature_back_with_a_code(
    petition: Petition, webchat: Account, sms: Account, dana: Identity
) -> None:
    sign_as(petition, dana, door="sms")
    hear(webchat, VISITOR, "לבטל חתימה 48213", "1", "050-5550142", "000000")
    hear(webchat, VISITOR, code_sent_to("+972505550142"))
    assert standing() == [("withdrawn", "sms", 1)]


@pytest.mark.parametrize("no", ["לא", "לדלג", "no"])
def test_no_to_the_question_for_a_name_is_no_name(petition: Petition, whatsapp: Account, no: str) -> None:
    hear(whatsapp, DANA, "לחתום 48213", "1", "1", no)
    assert (Signature.objects.get().name, Signature.objects.get().show_name) == ("", False)


def test_who_did_not_sign_takes_nothing_back(petition: Petition, whatsapp: Account, omar: Identity) -> None:
    sign_as(petition, omar, door="telegram")
    assert petition.title in hear(whatsapp, DANA, "לבטל חתימה 48213")
    hear(whatsapp, DANA, "1")
    assert standing() == [("counted", "telegram", 1)]


def test_where_somebody_lives_is_added_once_and_shown_the_next_time(petition: Petition, whatsapp: Account) -> None:
    services.set_areas([{"code": "north", "column": 0, "row": 0, "people": 100, "names": {"he": "הצפון"}}])
    assert "איפה" in hear(whatsapp, DANA, "לחתום 48213", "1", "2")
    hear(whatsapp, DANA, "הצפון")
    assert read_tallies_now(petition.action)["area"]["north"] == 1
    second = a_petition(titles={"he": "שנייה"})
    assert "הצפון" in hear(whatsapp, DANA, f"לחתום {second.code}")
    hear(whatsapp, DANA, "1")
    assert list(Signature.objects.values_list("area", flat=True)) == ["north", "north"]


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_what_a_receipt_says_takes_the_signature_back(petition: Petition, dana: Identity, lang: str) -> None:
    with translation.override(lang):
        said = signature_receipt(sign_as(petition, dana, door="sms")).text
        called = REGISTRY.find_by_word(said.splitlines()[-1].partition(": ")[2])
    assert called is not None
    assert (called[0].name, called[1]) == ("petitions.withdraw", "48213")


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_what_the_page_says_to_write_wakes_the_skill(petition: Petition, lang: str) -> None:
    with translation.override(lang):
        called = REGISTRY.find_by_word(petition.command)
    assert called is not None
    assert (called[0].name, called[1]) == ("petitions.sign", "48213")


def test_a_petition_by_its_number_is_heard_in_the_middle_of_another_form(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לקשר")
    assert petition.title in hear(sms, DANA, "לחתום 48213")


def test_its_word_without_a_number_there_is_an_answer_to_the_question(petition: Petition, sms: Account) -> None:
    hear(sms, DANA, "לקשר")
    assert petition.title not in hear(sms, DANA, "לחתום")
