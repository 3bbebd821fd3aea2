"""Rules of the translations: terms of the glossary, plural forms, scripts, direction and a language's grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import polib  # type: ignore[import-untyped]
import pytest

from kesher.core.i18n.translations import LANGUAGES
from tests.structure import PACKAGE, ROOT

COUNT = r"%\(\w+\)[sd]"
SHOWS_COUNT = re.compile(COUNT)
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A mark belongs beside a number, its sign, Latin letters or a bracket, which would otherwise jump to the other side.
LOOSE_MARK = re.compile("(?<![a-zA-Z0-9,;…])[\u200e\u200f](?![0-9%+#a-zA-Z(])")
OTHER_SCRIPTS = {"he": "ء-يА-Яа-я", "ar": "א-תА-Яа-я", "ru": "א-תء-ي"}
# What is written together with the next word: "and", "in", "the" …
PREFIX = {"he": "[ולבמכהש]{0,3}", "ar": "[وبلف]?(?:ال|ل)?", "ru": ""}
MANY_DAYS = re.compile(rf"{COUNT} ימים")
# "Who" takes the singular in Hebrew: no verb in the plural ("מי שחתמו"), and none of the participles that once stood here.
WHO_PLURAL = re.compile(
    r"(?<![א-ת])[ולבמכה]?מי (?:ש(?!בידו|אינו|לו(?![א-ת]))[א-ת]+ו|ש?(?:רואים|מקבלים|עומדים|רשאים|מורשים|מבקשים|עונים"
    r"|כותבים|גרים|רוצים|יודעים|ממשיכים|מארגנים|באים|נותנים|קרובים|שייכים|זקוקים|מוכרים|רשומים|המציאו|הציעו|חתמו|טיפלו)"
    r"|שיש להם|שבידיהם|שבידם|שהקוד בידם)(?![א-ת])"
)
# Never more than a few at once, so the number is not said; or another word shows it.
SAYS_NO_NUMBER = frozenset(["Your offer for “%(title)s” is taken back."])


class Text(NamedTuple):
    """A form of a translation, and where it is."""

    app: str
    msgid: str
    text: str

    def __str__(self) -> str:
        return f"{self.app}: {self.text}"


@cache
def entries(language: str) -> list[tuple[str, polib.POEntry]]:
    """Return every translated message of a language with its app."""
    paths = PACKAGE.glob(f"*/locale/{language}/LC_MESSAGES/django.po")
    return [
        (path.parents[3].name, entry)
        for path in sorted(paths)
        for entry in polib.pofile(str(path), encoding="utf-8")
        if not entry.obsolete
    ]


@cache
def texts(language: str) -> list[Text]:
    """Return every form of every translation of a language."""
    return [
        Text(app, entry.msgid, text)
        for app, entry in entries(language)
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if text
    ]


def plurals(language: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (app, message, forms) of the messages with a number."""
    for app, entry in entries(language):
        if entry.msgid_plural:
            yield app, entry.msgid, [entry.msgstr_plural[index] for index in sorted(entry.msgstr_plural)]


def unused_words() -> list[tuple[str, str]]:
    """Return (language, word) of the glossary's list of words that are not used."""
    table = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("## Not these words")[2]
    return re.findall(r"^\| `(he|ar|ru)` \| ([^|]+?) \|", table, re.M)


def test_hebrew_counts_days_in_the_singular_from_11() -> None:
    wrong = [(app, forms[3]) for app, _msgid, forms in plurals("he") if MANY_DAYS.search(forms[3])]
    assert not wrong
    assert [forms for _app, _msgid, forms in plurals("he") if MANY_DAYS.search(forms[2]) and " יום" in forms[3]]


def test_hebrew_asks_who_in_the_singular() -> None:
    assert not [f"{found}" for found in texts("he") if WHO_PLURAL.search(found.text)]


@pytest.mark.parametrize("language", ["he", "ar"])
def test_one_and_two_are_words_and_not_a_digit_before_a_plural(language: str) -> None:
    """0, 1 and 2 have forms of their own: "יום אחד", "يوم واحد", never "1 ימים" or "يوم 1"."""
    one = 0 if language == "he" else 1
    wrong = [
        f"{app}: {forms[one]}"
        for app, msgid, forms in plurals(language)
        if re.search(rf"{COUNT} \w*(?:ים|ות)\b|يوم {COUNT}", forms[one]) and msgid not in SAYS_NO_NUMBER
    ]
    assert not wrong


def test_russian_shows_the_number_for_21_too() -> None:
    """The form for 1 is also that for 21, so it cannot say "one" in a word."""
    wrong = [
        f"{app}: {forms[0]}"
        for app, msgid, forms in plurals("ru")
        if SHOWS_COUNT.findall(forms[0]) != SHOWS_COUNT.findall(forms[1])
        and len(SHOWS_COUNT.findall(forms[0])) < len(SHOWS_COUNT.findall(forms[1]))
        and msgid not in SAYS_NO_NUMBER
    ]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_turns_the_direction(language: str) -> None:
    wrong = [f"{found}" for found in texts(language) if TURNING.search(found.text) or LOOSE_MARK.search(found.text)]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_no_letters_of_another_script(language: str) -> None:
    """References to laws, too: 14C1 in Arabic and Russian, as in English."""
    assert not [f"{found}" for found in texts(language) if re.search(f"[{OTHER_SCRIPTS[language]}]", found.text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_no_doubled_space_and_none_before_a_comma(language: str) -> None:
    wrong = re.compile(r"\S  +\S|\w +[,.;؛،](?:\s|$)")
    assert not [f"{found}" for found in texts(language) if wrong.search(found.text) and found.msgid.strip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_the_glossary_replaces_are_not_used(language: str) -> None:
    known = [word for lang, word in unused_words() if lang == language]
    assert len(known) >= 8
    wrong = re.compile(rf"(?<!\w){PREFIX[language]}(?:{'|'.join(map(re.escape, known))})", re.IGNORECASE)
    assert not [f"{found}" for found in texts(language) if wrong.search(found.text)]


def test_no_template_cuts_a_text_within_a_word() -> None:
    templates = PACKAGE.glob("*/templates/**/*.html")
    assert not [path.name for path in templates if re.search(r"\|truncate(?:chars|words)", path.read_text("utf-8"))]
