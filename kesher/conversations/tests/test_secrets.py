"""Codes and private links: sent, and readable by nobody but the person they were sent to."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from kesher.channels.base import ChannelError, Event, Kind, Receipt, Say
from kesher.channels.models import Account
from kesher.channels.secret_redaction import LEFT_OUT, redact
from kesher.contacts.models import Identity
from kesher.conversations.delivery.leases import Job, Outcome, lease_deliveries, record_outcomes, sweep_deliveries
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services import TO_LINK, conversation_of, receive, say, send_again, send_code, writing
from kesher.conversations.services.identity_linkage import write_to
from kesher.conversations.services.outbound import merge_adjacent_messages
from kesher.conversations.tests.talk import DANA, MAIL, OMAR, VISITOR, code_sent_to, hear
from kesher.conversations.webchat_presenter import visitor_lines
from kesher.core.audit import SYSTEM
from kesher.core.errors import Refused
from kesher.language import detect

URL = "https://city.example/petitions/48213/author/ABCDEFGHJKMNPQRSTUVW/"
PRIVATE = Say("שלום", links=(("הדף שלכם", URL), ("לכולם", "https://city.example/")), secrets=(URL,))


def sent(identity: Identity, **more: Any) -> tuple[Job, str]:
    """A code on its way: (the request, the code)."""
    send_code(identity, purpose="sign", why=TO_LINK, **more)
    return lease_deliveries()[0], code_sent_to(identity.address)


def raw(table: str) -> str:
    """Everything in a table as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # the tests' own words
        return repr(cursor.fetchall())


def test_a_code_is_sent_and_not_kept(dana: Identity, sms: Account) -> None:
    job, code = sent(dana)
    assert code in job.payload.text
    assert Message.objects.get().text.startswith(f"הקוד לקישור הכתובת הזאת: {LEFT_OUT}.")
    assert Message.objects.get().content["secret"] == "code"
    for table in ("conversations_message", "conversations_conversation", "conversations_delivery"):
        assert code not in raw(table)
    assert code not in repr(job) + repr(job.payload)


def test_a_private_link_keeps_its_title_alone(dana: Identity, sms: Account) -> None:
    Route.objects.create(agency=dana.agency, identity=dana, account=sms, conversation=conversation_of(dana.contact))
    with writing(conversation_of(dana.contact)) as writer:
        message = say(writer, Route.objects.get(), PRIVATE)
    assert message.content == {
        "secret": "link",
        "private": ["הדף שלכם"],
        "links": [["לכולם", "https://city.example/"]],
    }
    assert URL in str(lease_deliveries()[0].payload.body)
    assert "ABCDEFGHJKMNPQRSTUVW" not in raw("conversations_delivery") + raw("conversations_message")


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
def test_what_went_out_is_wiped(dana: Identity, sms: Account, status: str) -> None:
    job, _code = sent(dana)
    assert Delivery.objects.get().sealed
    record_outcomes([Outcome(job, receipt=Receipt("SM1", status=status))])
    assert Delivery.objects.get().sealed == {}


def test_what_failed_for_good_is_wiped_and_may_not_be_sent_again(dana: Identity, sms: Account) -> None:
    job, code = sent(dana)
    record_outcomes([Outcome(job, error=ChannelError(f"no route for Body={code}", permanent=True))])
    delivery, account = Delivery.objects.get(), Account.objects.get()
    assert (delivery.state, delivery.sealed) == ("failed", {})
    assert code not in delivery.error + account.last_error
    with pytest.raises(Refused, match="אי אפשר לשלוח שוב"):
        send_again(Message.objects.get(), by=SYSTEM)
    assert Delivery.objects.get().state == "failed"


def test_what_may_not_have_arrived_is_wiped_and_what_is_tried_again_is_not(dana: Identity, sms: Account) -> None:
    job, code = sent(dana)
    record_outcomes([Outcome(job, error=ChannelError("busy"))])
    assert code in Delivery.objects.get().sealed["text"]
    Delivery.objects.update(state="sending", leased_at=time.time() - 10_000, tries=9)
    sweep_deliveries()
    assert (Delivery.objects.get().state, Delivery.objects.get().sealed) == ("unknown", {})


def test_a_code_that_is_too_old_is_not_sent_any_more(dana: Identity, sms: Account) -> None:
    send_code(dana, purpose="sign", why=TO_LINK)
    Delivery.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert lease_deliveries() == []
    sweep_deliveries()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.sealed, delivery.message.state) == ("failed", {}, "failed")
    assert delivery.error.startswith("expired")


def test_what_cannot_be_unsealed_fails_and_holds_up_nobody(
    dana: Identity, omar: Identity, sms: Account, telegram: Account, settings: Any
) -> None:
    send_code(dana, purpose="sign", why=TO_LINK)
    settings.KESHER_VAULT_KEYS = [Fernet.generate_key().decode()]
    hear(telegram, OMAR, "שלום")
    assert {job.identity_id for job in lease_deliveries()} == {omar.pk}
    delivery = Delivery.objects.get(identity=dana)
    assert (delivery.state, delivery.sealed, delivery.message.state) == ("failed", {}, "failed")
    assert delivery.error.startswith("lost")


def test_the_database_keeps_nothing_sealed_that_is_over(dana: Identity, sms: Account) -> None:
    send_code(dana, purpose="sign", why=TO_LINK)
    for state in ("sent", "delivered", "read", "failed", "unknown"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.update(state=state)
    assert Delivery.objects.get().state == "queued"


@pytest.mark.parametrize(("lang", "word"), [("he", "הקוד"), ("ar", "رمز"), ("ru", "код"), ("en", "code")])
def test_a_code_speaks_the_language_that_was_asked_for(dana: Identity, mailbox: Account, lang: str, word: str) -> None:
    mail = replace_address(dana)
    with translation.override("he" if lang != "he" else "ru"):
        send_code(mail, purpose="sign", why=TO_LINK, lang=lang, link="https://city.example/?code=CODE")
    letter = lease_deliveries()[0].payload.body
    assert Message.objects.get().lang == lang
    assert detect(letter["text"].partition("http")[0]) == lang
    assert word in letter["subject"].lower()


def replace_address(dana: Identity) -> Identity:
    return Identity.objects.create(
        agency=dana.agency, contact=dana.contact, scheme="mailto", address="dana@example.org", assurance=1
    )


def test_the_chat_shows_a_private_link_to_its_visitor_alone(webchat: Account) -> None:
    hear(webchat, VISITOR, "שלום")
    identity = Identity.objects.get(scheme="web")
    with writing(Conversation.objects.get()) as writer:
        message = say(writer, Route.objects.get(), PRIVATE)
    assert ("הדף שלכם", URL) in visitor_lines(identity)[-1].links
    assert URL not in str(message.content)
    assert "ABCDEFGHJKMNPQRSTUVW" not in raw("conversations_message")


def test_what_is_joined_in_one_letter_keeps_its_secrets() -> None:
    until = timezone.now()
    code = replace(PRIVATE, text="123456", links=(), secrets=("123456",), until=until)
    (letter,) = merge_adjacent_messages([PRIVATE, code, Say("סוף")])
    assert (letter.secrets, letter.until) == ((URL, "123456"), until)
    assert "123456" not in repr(letter)


def test_a_secret_is_left_out_however_a_provider_repeats_it() -> None:
    echoed = f"400: text=https%3A%2F%2Fcity.example%2Fpetitions%2F48213%2Fauthor%2FABCDEFGHJKMNPQRSTUVW%2F {URL} 123456"
    told = redact(echoed, (URL, "123456"))
    assert "ABCDEFGHJKMNPQRSTUVW" not in told
    assert "123456" not in told
    assert told.startswith("400: text=")


@pytest.mark.parametrize("spelling", ["{0}", "הקוד שלי {0}", "{1} {2}", "{3}"])
def test_a_code_in_the_wrong_window_is_not_readable_while_it_is_good(
    dana: Identity, sms: Account, spelling: str
) -> None:
    _job, code = sent(dana, subject="another browser")
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    hear(sms, DANA, spelling.format(code, code[:3], code[3:], arabic))
    heard = Message.objects.get(direction="in")
    assert LEFT_OUT in heard.text
    assert heard.content["secret"] == "code"
    for table in ("conversations_message", "conversations_conversation", "answers_miss", "dialogues_dialoguesession"):
        assert not any(words in raw(table) for words in (code, arabic, f"{code[:3]} {code[3:]}")), table


def test_other_numbers_and_strangers_codes_stay_as_they_were_written(
    dana: Identity, omar: Identity, sms: Account, telegram: Account
) -> None:
    _job, code = sent(dana)
    hear(telegram, OMAR, f"קיבלתי {code}", "הטופס 123456 אבד")
    assert [row.text for row in Message.objects.filter(direction="in").order_by("id")] == [
        f"קיבלתי {code}",
        "הטופס 123456 אבד",
    ]


def test_what_is_blanked_out_tells_nobody_which_code_went_to_another_address(
    dana: Identity, omar: Identity, sms: Account, telegram: Account
) -> None:
    send_code(dana, purpose="link", why=TO_LINK, asked_by=omar.contact)
    code = int(code_sent_to(dana.address))
    wrong = [f"{(code + n) % 10**6:06}" for n in range(1, 20)]
    hear(telegram, OMAR, wrong[0])
    assert Message.objects.filter(direction="in").latest("id").text == wrong[0]
    hear(telegram, OMAR, " ".join(wrong), *wrong[:8])
    heard = Message.objects.filter(direction="in").order_by("id")
    assert heard[1].text.split() == [LEFT_OUT] * len(wrong)
    assert heard.latest("id").text == LEFT_OUT


def test_an_answer_that_quotes_our_mail_quotes_no_private_link(mailbox: Account) -> None:
    event = Event(
        Kind.MESSAGE, "m|1", external_id="1", sender=MAIL, text="תודה", data={"full_text": f"תודה\n> {URL}\n> שלום"}
    )
    message = receive(mailbox, event, received=timezone.now())
    assert message is not None
    assert message.content["full_text"] == f"תודה\n> {LEFT_OUT}\n> שלום"


def test_a_private_link_that_nobody_named_is_left_out_all_the_same(dana: Identity, sms: Account) -> None:
    write_to(dana, Say(f"לשינוי: {URL}", links=(("כאן", URL),)))
    assert URL in lease_deliveries()[0].payload.text
    assert Message.objects.get().text == f"לשינוי: {LEFT_OUT}"
    assert "ABCDEFGHJKMNPQRSTUVW" not in raw("conversations_message") + raw("conversations_delivery")
