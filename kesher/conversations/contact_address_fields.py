"""Form fields for a citizen's telephone number or e-mail address, for the code sent to it, and against robots."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from kesher.channels.agency_addresses import AGENCY_ADDRESSES
from kesher.contacts.addresses import parse_address
from kesher.contacts.models import Contact
from kesher.conversations.services.identity_linkage import can_reach, explain_unreachable
from kesher.core.contact_address import Address
from kesher.core.errors import Refused
from kesher.dialogues.registry import REGISTRY
from kesher.language import digits, normalise, words

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# Words that may stand beside a code in its line. In an ordinary sentence a code confirms nothing: it may be a question.
_WORDS = """
hi hello the this here is my code שלום היי הנה זה הוא הקוד קוד שלי
مرحبا هذا هو الرمز رمز رمزي здравствуйте вот это мой код
"""
_AROUND = frozenset(map(normalise, _WORDS.split()))


def parse_citizen_address(text: str) -> Address:
    """Return the phone number or e-mail address in a text that a citizen typed; raise ValidationError.

    Raise ValidationError if the text is neither, or if it is an address of the agency itself.
    """
    address = parse_address(text)
    if (address.scheme, address.address) in AGENCY_ADDRESSES:
        raise ValidationError(_("This is our own address. Please give yours."), code="ours")
    return address


class AddressField(forms.CharField):
    """A phone number or an e-mail address that we can write to. Cleans to an Address."""

    def clean(self, value: Any) -> Any:
        """Return the typed address, None for an empty value; raise ValidationError if we cannot write to it."""
        text = super().clean(value)
        if not text:
            return None
        address = parse_citizen_address(text)
        if not can_reach(address.scheme):
            raise ValidationError(explain_unreachable(), code="unreachable")
        return address


class CodeField(forms.CharField):
    """A one-time code, however it was typed: "123 456", in other digits, or after a word for it or for a command.

    The lines below it may be a signature.
    """

    json_schema = {"type": ["string", "integer"]}
    default_error_messages = {
        "digits": _("The code is six digits long. Please check it."),
        "alone": _("If you want to confirm, write the code alone. If you did not ask for it, do nothing."),
    }

    def to_python(self, value: Any) -> Any:
        """Return the six digits of a typed code, without blanks and in ASCII; "" for an empty value."""
        text = super().to_python(value)
        plain = re.sub(r"(?<=\d)[ \-](?=\d)", "", digits(text or ""))
        found = CODE.search(plain)
        if text and not found:
            raise ValidationError(self.error_messages["digits"], code="digits")
        if found and not is_beside_code(plain[: found.start()] + plain[found.end() :].partition("\n")[0]):
            raise ValidationError(self.error_messages["alone"], code="alone")
        return found[0] if found else ""


def is_beside_code(text: str) -> bool:
    """Return whether a text may stand before a code or in its line: a word for it, a greeting or a command."""
    called = REGISTRY.find_by_word(text)
    return set(words(called[1] if called else text)) <= _AROUND


class TrapField(forms.CharField):
    """A field that people do not see, and that the API does not describe."""

    is_trap = True


def honeypot() -> forms.CharField:
    """Return a form field that people do not see, so that whoever fills it in is a robot."""
    return TrapField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )


class RobotsMixin(forms.Form):
    """A form on an open page, with ``website = honeypot()`` among its fields."""

    @property
    def is_robot(self) -> bool:
        """Return whether the hidden field was filled in, as only robots do."""
        return bool(self.cleaned_data.get("website"))


def address_field(label: Any = None, help_text: Any = "", *, required: bool = True) -> AddressField:
    """Return a form field for the phone number or e-mail address to which a page will send a code."""
    return AddressField(
        label=label or _("Your phone number or e-mail address"),
        help_text=help_text,
        max_length=254,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


class CodeForm(forms.Form):
    """The form in which a page asks for a code, and for the address only if the browser is not known.

    ``silent``: no error may show whether a code was sent. ``dead``: why the code in a link is no longer valid.
    ``again``: whether a new code may be requested.
    """

    dead = ""
    again = False

    address = AddressField(
        label=_("Your phone number or e-mail address"), max_length=254, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    code = CodeField(
        label=_("The code that we sent you"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "class": "code"}
        ),
    )

    def __init__(self, *args: Any, address: Address | None = None, silent: bool = False, **kwargs: Any) -> None:
        """Ask for the address only if it is not known; ``silent``: do not say why a code is wrong."""
        super().__init__(*args, **kwargs)
        self.known, self.silent = address, silent
        if address is not None:
            del self.fields["address"]

    def refuse(self, refusal: Refused) -> None:
        """Add a refusal of the code as a form error, in detail only for the browser that requested the code."""
        may_know = self.known is not None and not self.silent
        self.add_error("code", refusal.exact if may_know else refusal.message)

    @property
    def target(self) -> Address:
        """Return the address that the code was sent to: the known one, else the typed one."""
        found = self.known or self.cleaned_data["address"]
        assert isinstance(found, Address)
        return found


def needs_address(contact: Contact | None) -> bool:
    """Return whether this contact is known only by a browser cookie and must still give an address."""
    if contact is None:
        return False
    prefetch_related_objects([contact], "identities")
    return not any(identity.scheme != "web" or identity.assurance for identity in contact.identities.all())
