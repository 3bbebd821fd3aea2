"""A code says what it confirms, in the message's language, and takes no more SMS parts than it must."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.accounts.services.recycled_numbers import TO_CONFIRM_NUMBER
from kesher.accounts.services.sign_in_codes import TO_SIGN_IN
from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contests.services.proposals import TO_PROPOSE
from kesher.contests.services.votes import TO_VOTE
from kesher.contests.services.withdrawals import TO_TAKE_BACK
from kesher.conversations.models import Message
from kesher.conversations.services import TO_LINK, send_code
from kesher.conversations.services.identity_linkage import code_text
from kesher.language import sms_parts
from kesher.petitions.services.drafts import TO_START
from kesher.petitions.services.signatures import TO_SIGN, TO_WITHDRAW
from kesher.purchases.services.address_verification import WHY
from kesher.purchases.verbs import WISHES
from kesher.site.tests.test_confirmed_by_sms import TITLES
from kesher.verbs.services import FOR

LINK = "https://kesher.neve-yam.example/petitions/48213/confirm/?r=ABCDEFGHJK&code=123456"
LINKED = [TO_SIGN, TO_VOTE, TO_PROPOSE, TO_TAKE_BACK, FOR, *(WHY[wish] for wish in ("interest", "pledge", "offer"))]
CODES = [TO_WITHDRAW, *(WHY[wish] for wish in ("give_up", "mine", "unoffer"))]
PLAIN = [TO_LINK, TO_SIGN_IN, TO_CONFIRM_NUMBER]
UNTITLED = [TO_START, WHY["start"]]


@pytest.mark.parametrize(("lang", "parts", "linked"), [("he", 2, 3), ("ar", 1, 3), ("ru", 2, 3), ("en", 1, 2)])
def test_a_code_takes_as_many_parts_as_it_did_without_its_reason(
    dana: Identity, lang: str, parts: int, linked: int
) -> None:
    with translation.override(lang):
        for why in (*CODES, *PLAIN):
            alone = code_text(dana, "123456", why, TITLES[lang], ())
            assert sms_parts(alone).parts <= parts, alone
        links = ((_("Or confirm here"), LINK),)
        for why in (*LINKED, *UNTITLED):
            text = code_text(dana, "123456", why, TITLES[lang], links)
            assert sms_parts(f"{text}\n{links[0][0]}: {LINK}").parts <= linked, text


@pytest.mark.parametrize("lang", ["he", "ar", "ru", "en"])
def test_each_reason_is_in_the_messages_language_and_names_its_title(dana: Identity, lang: str) -> None:
    mail = Identity(scheme="mailto", address="dana@example.org")
    with translation.override(lang):
        texts = [code_text(mail, "123456", why, TITLES[lang], ()) for why in (*LINKED, *CODES)]
        plain = [code_text(mail, "123456", why, "", ()) for why in (*PLAIN, *UNTITLED)]
    assert all(TITLES[lang] in text and "123456" in text for text in texts)
    assert len({*texts, *plain}) == len([*LINKED, *CODES, *PLAIN, *UNTITLED])


def test_a_title_is_read_in_the_language_of_the_message(dana: Identity, sms: Account) -> None:
    with translation.override("he"):
        send_code(dana, purpose="sign", why=TO_SIGN, title=lambda: TITLES[str(translation.get_language())], lang="ru")
    assert Message.objects.get().text.startswith("Код")
    assert "Сохранить" in Message.objects.get().text


def test_each_request_about_a_purchase_has_its_reason() -> None:
    assert set(WHY) == set(WISHES)
