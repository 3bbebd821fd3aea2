"""Normalise, format and mask addresses: 050-123-4567 and +972501234567 are the same one."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.core.contact_address import Address
from kesher.core.i18n.person_names import clean_name
from kesher.language import digits

REGION = "IL"
KINDS = {
    "tel": _("Phone"), "mailto": _("E-mail"), "web": _("Chat on our site"), "idp": _("National login"),
    "call": _("Phone call"), "tg": "Telegram", "wa": "WhatsApp", "wa-bsuid": "WhatsApp", "messenger": "Messenger",
    "instagram": "Instagram", "matrix": "Matrix",
}  # fmt: skip
# Kinds whose addresses mean nothing even to their owner: a browser, or a person's number at one account of ours.
OPAQUE = frozenset({"web", "wa-bsuid", "messenger", "instagram"})


@lru_cache(maxsize=2000)
def normalize_phone(text: str, region: str = REGION) -> str:
    """Return a phone number in E.164, from memory: the worker asks three times a message.

    Raise ValidationError, in the person's language, if it is none.
    """
    try:
        number = phonenumbers.parse(digits(text), region)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(_("This is not a phone number. Write it with its area code, as 050-1234567.")) from error
    if not phonenumbers.is_possible_number(number):
        raise ValidationError(_("This phone number is not complete. Please check it."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalize_email(text: str) -> str:
    """Return an e-mail address in lower case. Raise ValidationError if it is none."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(_("This is not an e-mail address. Please check it.")) from error
    return address


def parse_address(text: str) -> Address:
    """Return the address for a typed phone number or e-mail address. Raise ValidationError if it is neither."""
    return Address("mailto", normalize_email(text)) if "@" in text else Address("tel", normalize_phone(text))


def normalize_address(address: Address) -> Address:
    """Return an address as it is stored; a phone number that cannot be parsed is left as it is."""
    if address.scheme == "tel":
        try:
            return Address("tel", normalize_phone(address.address), address.display)
        except ValidationError:
            return address
    if address.scheme == "mailto":
        return Address("mailto", address.address.strip().lower(), address.display)
    return address


def mailbox_of(scheme: str, address: str) -> str:
    """Return the mailbox or number in which a message to this address arrives, the same for all its spellings.

    What follows a + in an e-mail address is a label, Gmail ignores dots, and WhatsApp and SMS reach the same phone. Use
    it to count messages, never to identify a person: a domain may give + another meaning.
    """
    name, at, domain = address.lower().rpartition("@")
    if scheme != "mailto" or not at:
        return address.lstrip("+") if scheme in ("tel", "wa") else f"{scheme}:{address}"
    name = name.partition("+")[0] or name
    if domain in ("gmail.com", "googlemail.com"):
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def format_address(scheme: str, address: str) -> str:
    """Return an address for display, as people of its scheme write it (a phone number with hyphens)."""
    if scheme == "call" and not address.startswith("+"):
        return _now("number withheld")
    if scheme not in ("tel", "call"):
        return address
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return address
    local = number.country_code == phonenumbers.country_code_for_region(REGION)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if local else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def scheme_label(scheme: str) -> str:
    """Return the kind of an address in words, such as "Phone"; a channel's own name where it has one."""
    return str(KINDS.get(scheme, scheme))


def quote_own_name(display: str) -> str:
    """Return the name that a person gave themselves on a channel, quoted as unchecked; "" for none.

    It never replaces an address, since nobody checked it.
    """
    name = clean_name(display)
    return _now("calls themselves “%(name)s”") % {"name": name} if name else ""


def mask_address(scheme: str, address: str) -> str:
    """Return an address with most of it hidden, so that only its owner recognises it: d•••@e•••.org, •••4567."""
    if scheme == "mailto":
        name, _at, domain = address.partition("@")
        return f"{name[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"
    return f"•••{address[-4:]}"
