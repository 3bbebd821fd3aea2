"""A conversation uses the language of the person's own words, whatever text they pasted before."""

from __future__ import annotations

from django.utils import translation

from kesher.agencies.emergency_numbers import emergency_in_words
from kesher.agencies.models import Agency
from kesher.channels.models import Account
from kesher.conversations.models import Message
from kesher.conversations.tests.talk import DANA, MAIL, hear
from kesher.petitions.tests.factories import a_petition


def answered_in(account: Account, text: str) -> str:
    hear(account, MAIL if account.channel == "email" else DANA, text, lang="", authenticated=True)
    return Message.objects.filter(direction="out").latest("seq").lang


def test_a_command_of_another_language_changes_it_and_the_next_word_changes_it_back(mailbox: Account) -> None:
    petition = a_petition()
    assert answered_in(mailbox, "меню") == "ru"
    for words in ("отмена", f"подписать {petition.code}", "да"):
        assert answered_in(mailbox, f"לחתום {petition.code}") == "he"
        assert answered_in(mailbox, words) == "ru", words


def test_each_language_has_its_commands(sms: Account) -> None:
    for lang, words in {"ar": "قائمة", "en": "menu", "ru": "меню", "he": "תפריט"}.items():
        assert answered_in(sms, words) == lang


def test_a_name_a_number_and_a_word_of_carriers_change_nothing(sms: Account) -> None:
    petition = a_petition()
    answered_in(sms, f"לחתום {petition.code}")
    for words in ("1", "Иван", "STOP", "ok"):
        assert answered_in(sms, words) == "he", words


def test_arabic_lists_have_arabic_commas(city: Agency) -> None:
    for lang, comma in {"he": ", ", "ar": "، ", "ru": ", "}.items():
        with translation.override(lang):
            assert emergency_in_words(city).count(comma) == 2
