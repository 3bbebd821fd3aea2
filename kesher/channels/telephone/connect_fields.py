"""Fields that the connect pages of text messages and telephone calls share."""

from __future__ import annotations

from typing import Any

from kesher.channels.base import ConnectField
from kesher.channels.base import gettext_noop as _

# Twilio's, and those of providers with the same protocol.
ACCOUNT_SID = ConnectField(
    "account_sid",
    _("Account SID"),
    pattern=r"AC[0-9a-fA-F]{32}",
    example="AC…",
    wrong=_("An account SID is AC and 32 digits or letters from a to f."),
    destination=True,
)
SIGNING_KEY = ConnectField(
    "secret",
    _("Key that signs the webhook"),
    _("Leave it empty if it is the auth token."),
    secret=True,
    required=False,
    rare=True,
)


def number_field(label: str, **more: Any) -> ConnectField:
    """Return the field of the account's own number in E.164; ``more``: other values of `ConnectField`."""
    return ConnectField(
        "address",
        label,
        _("With + and the country."),
        pattern=r"\+[1-9]\d{6,14}",
        wrong=_("Write + and digits only: +97235550101."),
        example="+97235550101",
        **more,
    )


def auth_token_field(purpose: str) -> ConnectField:
    """Return the field of Twilio's auth token; ``purpose`` says what it is used for."""
    return ConnectField(
        "token",
        _("Auth token"),
        purpose,
        secret=True,
        pattern=r"\S{8,}",
        wrong=_("A token is one row of letters and digits, without spaces."),
    )
