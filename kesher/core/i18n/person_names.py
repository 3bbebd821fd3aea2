"""Clean and check the names that people enter for themselves; telephone numbers and links are refused."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kesher.language import digits

NAME_MOST = 60
DIGITS_MOST = 4  # allows "Henry 8" and "Class of 1985", but no phone number
# Control and format characters (U+202E reverses a line), line ends, private and unassigned characters (UAX #44).
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
JOINERS: Final = "\u200c"  # used in Persian and Urdu names
BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\W_]{1,3}(?=\d)")
NUMBER: Final = re.compile(rf"\d{{{DIGITS_MOST + 1}}}")
LINK: Final = re.compile(r"://|\bwww\.|@|[^\W\d_]\.[^\W\d_]{2,}/", re.IGNORECASE)
DOMAIN: Final = re.compile(r"[\w-]+\.(xn--[a-z0-9-]+|[^\W\d_]{2,24})\b(?!\.\s)", re.IGNORECASE)
INITIALS: Final = re.compile(
    r"[^\W\d_]{1,4}\.[^\W\d_]{2,}"
)  # "Dr.Cohen", "St.John": a title and a name without a space
ENDINGS: Final = frozenset(
    ("com", "net", "org", "info", "biz", "io", "co", "il", "ru", "me", "ly", "ai", "app", "dev", "xyz", "top", "online",
     "site", "shop", "club", "link", "live", "tv", "eu", "uk", "de", "fr", "us", "ps", "jo", "рф", "рус", "онлайн",
     "сайт", "ישראל")
)  # fmt: skip


def clean_name(text: str) -> str:
    """Return a person's name without invisible characters and with single spaces."""
    seen = "".join(
        char if char in JOINERS or unicodedata.category(char) not in UNSEEN else " " if char in "\t\n\r" else ""
        for char in unicodedata.normalize("NFC", text)
    )
    return " ".join(seen.split())


def is_address_like(name: str) -> bool:
    """Return whether a name reads as a phone number, a link, a domain or an e-mail address."""
    plain = digits(unicodedata.normalize("NFKC", clean_name(name)))
    if LINK.search(plain) or NUMBER.search(BETWEEN_DIGITS.sub("", plain)):
        return True
    return any(
        found[1].lower() in ENDINGS or (not INITIALS.fullmatch(found[0]) and found[1].isascii())
        for found in DOMAIN.finditer(plain)
    )


def name_or_empty(text: str, most: int = 120) -> str:
    """Return a name from another system, cleaned; "" if it reads as a phone number, link or mail address."""
    return "" if is_address_like(text) else clean_name(text)[:most].strip()


def check_name(text: str) -> str:
    """Return a person's name that may be shown in public. Raise ValidationError in their language."""
    name = clean_name(text)
    if len(name) > NAME_MOST:
        raise ValidationError(_("A name has at most %(most)s letters.") % {"most": NAME_MOST}, code="long")
    if is_address_like(name):
        raise ValidationError(_("Please write a name only, without links, addresses or numbers."), code="address")
    return name


class PersonNameField(forms.CharField):
    """The name of a person or a group that others will see."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return the widget's attributes, with the maximum length of a name."""
        return super().widget_attrs(widget) | {"maxlength": str(NAME_MOST)}

    def clean(self, value: Any) -> str:
        """Return the entered name, cleaned. Raise ValidationError if it may not be shown in public."""
        return check_name(super().clean(value))
