"""Form of a channel's connect page, made from the fields that the channel declares."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kesher.channels.base import Channel, ConnectField
from kesher.channels.models import Account
from kesher.channels.services.accounts import moved_destinations

LONGEST = 500
SHOWN_OF_LENGTH = 12  # of shorter secrets nothing is shown


def translate(text: str) -> str:
    """Return a channel's English text in the reader's language; "" for none."""
    return _(text) if text else ""


class ConnectForm(forms.Form):
    """The fields that a channel's account needs.

    Secrets are write-only: of a stored one its end is shown, and an empty field keeps it.
    """

    def __init__(self, *args: Any, adapter: Channel, account: Account | None = None, **kwargs: Any) -> None:
        """Add a field for each that the channel declares, filled from the account (None: a new one)."""
        super().__init__(*args, **kwargs)
        self.adapter, self.account = adapter, account
        for field in adapter.connection.fields:
            self.fields[field.name] = self.field_of(field)

    def field_of(self, field: ConnectField) -> forms.Field:
        """Return the form's field for a declared one."""
        stored = self.stored(field)
        required = field.required and not (field.secret and stored)
        common: dict[str, Any] = {"label": translate(field.label), "required": required, "help_text": self.help(field)}
        if not field.secret:
            common["initial"] = stored
        if field.flag:
            return forms.BooleanField(**{**common, "required": False})
        if field.number:
            return forms.IntegerField(**common, min_value=1, max_value=65_535)
        if field.choices:
            return forms.ChoiceField(**common, choices=[(value, translate(label)) for value, label in field.choices])
        attrs = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        widget = forms.PasswordInput if field.secret else forms.TextInput
        return forms.CharField(**common, max_length=LONGEST, widget=widget(attrs=attrs))

    def stored(self, field: ConnectField) -> Any:
        """Return the account's value of a field; "" if it has none."""
        if self.account is None:
            return ""
        if field.name in ("address", "shown_address"):
            return getattr(self.account, field.name)
        if field.name in ("token", "secret"):
            info = self.account.info()
            return info.token if field.name == "token" else next(iter(info.secrets), "")
        return self.account.settings.get(field.name, "")

    def help(self, field: ConnectField) -> str:
        """Return the field's help text, with an example, and of a stored secret its end."""
        parts = [translate(field.help)]
        if field.example and not self.stored(field):
            parts.append(_("For example: %(example)s") % {"example": f"\u2068{field.example}\u2069"})
        value = self.stored(field) if field.secret else ""
        if value:
            end = value[-2:] if len(value) >= SHOWN_OF_LENGTH else ""
            words = _("Stored, ends in %(end)s. Leave this empty to keep it.") if end else ""
            parts.append(words % {"end": f"\u2068{end}\u2069"} if end else _("Stored. Leave this empty to keep it."))
        return " ".join(part for part in parts if part)

    def clean(self) -> dict[str, Any]:
        """Return the values without prefixes; add an error to each that has not the form that the channel declares."""
        found = super().clean() or self.cleaned_data
        for field in self.adapter.connection.fields:
            value = found.get(field.name)
            if not isinstance(value, str) or not value:
                continue
            value = found[field.name] = value.strip().removeprefix(field.prefix)
            if field.pattern and not re.fullmatch(field.pattern, value):
                self.add_error(field.name, translate(field.wrong) or _("This does not have the right form."))
        self.require_token_again(found)
        address = found.get("address")
        others = Account.objects.filter(channel=self.adapter.name, address=address, removed_at=None)
        if address and others.exclude(pk=self.account.pk if self.account else 0).exists():
            self.add_error("address", ValidationError(_("This one is connected already. Change it on its own page.")))
        return found

    def require_token_again(self, found: dict[str, Any]) -> None:
        """Add an error to the token's field if the stored one would be sent elsewhere from now on."""
        moved = moved_destinations(self.account, found) if self.account and not found.get("token") else []
        if moved:
            words = _("Enter this again, because it is sent to another place or for another user now: %(fields)s.")
            self.add_error("token", words % {"fields": ", ".join(translate(one.label) for one in moved)})

    def main_fields(self) -> list[forms.BoundField]:
        """Return the fields that most agencies fill in."""
        return [self[field.name] for field in self.adapter.connection.fields if not field.rare]

    def rare_fields(self) -> list[forms.BoundField]:
        """Return the fields that few agencies need."""
        return [self[field.name] for field in self.adapter.connection.fields if field.rare]

    @property
    def has_rare_errors(self) -> bool:
        """Whether a field under "more settings" is wrong, so that it must be open."""
        return any(field.errors for field in self.rare_fields())
