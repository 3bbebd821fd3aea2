"""Recognise e-mail addresses, also spaced, bracketed and spelled-out ones, and IP addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

_ASCII_DOMAIN: Final = r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}"
_EMAIL: Final = re.compile(
    rf"([\w.+%'-]{{1,64}}?)(?:@|%40|&#64;)(?:{_ASCII_DOMAIN}(?![A-Za-z0-9-])|[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}})"
)
# A word in another script that is glued to an address: לdana@example.org, почтаdana@example.org.
_GLUED: Final = re.compile(r"[^\W\d_a-zA-Z]+[-־:]?(?=[A-Za-z0-9])")
# Endings of domains that people spell or take apart; others are ordinary words or handles.
_TOP: Final = "com|org|net|edu|gov|info|biz|il|ps|jo|ru|ua|by|kz|uk|us|de|fr|eu|ישראל"
_PROVIDERS: Final = (
    "gmail|googlemail|yahoo|hotmail|outlook|live|icloud|walla|mail|yandex|ya|proton|protonmail|aol|msn|bk|inbox"
)
_LOCAL: Final = r"[A-Za-z0-9][\w+%'-]{0,62}"
_DOT: Final = (
    r"(?:[ ]?[\[({][ ]?(?:dot|\.|נקודה|точка|دوت|نقطة)[ ]?[\])}][ ]?"
    r"| -dot- | (?:dot|נקודה|точка|نقطة) |[ ]?\.[ ]?|-dot-)"
)
_LABEL: Final = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}"
_DOMAIN: Final = rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}?{_DOT}(?:{_TOP})(?![\w-])(?!{_DOT}(?:{_TOP})(?!\w))"
_LOCALS: Final = (
    r"(?<![\w.+-])(?:[^\W\d_a-zA-Z]+-?)?"
    rf"({_LOCAL}(?:(?:\.| dot |[ ]?[\[(][ ]?dot[ ]?[\])][ ]?){_LOCAL}){{0,4}})"
)
_IN_BRACKETS: Final = r"[ ]?[\[({<][ ]?(?:at|@|собака|שטרודל|آت)[ ]?[\])}>][ ]?"
_BRACKETED: Final = re.compile(
    rf"{_LOCALS}(?:{_IN_BRACKETS}|_at_|-at-(?=[\w-]+-dot-)| -at- | [\"“״]at[\"”״] ){_DOMAIN}", re.IGNORECASE
)
_SPACED: Final = re.compile(rf"{_LOCALS}[ ]?@[ ]?{_DOMAIN}", re.IGNORECASE)
_SPELLED: Final = re.compile(rf"{_LOCALS} (?:at|собака|שטרודל|כרוכית|آت) {_DOMAIN}(?![ ]?(?:slash|/))", re.IGNORECASE)
# "Call at example.com" is no address; "dana at gmail.com" and "dana at example dot com" are.
_SPELLED_DOT_OR_PROVIDER: Final = re.compile(rf" (?:{_PROVIDERS})\b|\b(?:dot|נקודה|точка|نقطة)\b", re.IGNORECASE)
# Words before "at example dot com" that make it a place on the web, not somebody's address.
_NO_LOCAL_WORDS: Final = """
    look looked looking meet met be is are was were am been it its us me you he she they we him her them this
    that these those here there more all page pages site website available found find check visit live arrive
    arrived works worked working work see seen read posted post published online team people staff account
    store shop buy bought sold sign signed register registered order ordered details info-page one two not and
    or but apply start started only out up down in now then today office-hours stuff things anything something
    everything nothing questions hosted listed shown form forms map photos pictures video videos news free
    shows show appears appear ends end begin begins stay stays stayed error errors login log logged call write
    mail email e-mail send sent contact reach book booking pay paid join chat watch download click everyone
    somebody someone anyone
"""
_NO_LOCAL: Final = frozenset(_NO_LOCAL_WORDS.split())
_VERSION: Final = re.compile(
    r"(?:\b(?:version|ver|v|build|release|firmware|app|section|clause|chapter)|גרס[הת]|סעיף|פרק"
    r"|верси[яию]|пункт|статья|п\.|إصدار|نسخة|بند)[ .:]{0,2}$",
    re.IGNORECASE,
)
_IP4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_IP6: Final = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:]|\.\d)")
_VERSION_REACH: Final = 12


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of e-mail addresses."""
    for found in _EMAIL.finditer(text):
        if found[0].rpartition(".")[2].isdecimal():  # lodash@4.17.21
            continue
        glued = _GLUED.match(found[1])
        yield found.start() + (glued.end() if glued else 0), found.end()
    for pattern in (_BRACKETED, _SPACED):
        for found in pattern.finditer(text):
            yield found.start(1), found.end()
    for found in _SPELLED.finditer(text):
        is_plain = found[1].isalpha() and not _SPELLED_DOT_OR_PROVIDER.search(found[0])
        if found[1].lower() not in _NO_LOCAL and not is_plain:
            yield found.start(1), found.end()


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of IP addresses."""
    for pattern in (_IP6, _IP4):
        for found in pattern.finditer(text):
            if _is_address(found[0]) and not _VERSION.search(
                text, max(0, found.start() - _VERSION_REACH), found.start()
            ):
                yield found.span()


def _is_address(text: str) -> bool:
    """Return whether a text is an IP address of somebody's."""
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False
