"""Forms of the citizen's sign-in: address, one-time code, passkey, authenticator app, new address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from kesher.accounts.code_channels import CodeChannel
from kesher.accounts.models import NationalLogin, StaffProvider
from kesher.accounts.provider import is_safe_endpoint
from kesher.conversations.contact_address_fields import AddressField, CodeField
from kesher.core.api.json_body import parse_json

CODE_WIDGET = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "dir": "ltr",
    "class": "code",
    "placeholder": " ",
}


def address_field(**more: Any) -> AddressField:
    """Return a field for a phone number or an e-mail address."""
    return AddressField(
        label=_("Your phone number or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "ltr"}),
        **more,
    )


class MadeChoice(forms.ChoiceField):
    """A choice with a default for an empty answer."""

    def clean(self, value: Any) -> Any:
        """Return the chosen value, or the field's default for an empty answer."""
        return super().clean(value or self.initial)


class CredentialField(forms.JSONField):
    """A field for a device's JSON answer."""

    def to_python(self, value: Any) -> Any:
        """Return the passkey's answer, parsed from JSON. Raise ValidationError if it cannot be parsed."""
        try:
            parse_json(str(value or "null").encode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from error
        return super().to_python(value)


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """The form for a new passkey."""

    credential = CredentialField(widget=forms.HiddenInput)


class KeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The form for the answer of a known passkey."""

    credential = CredentialField(widget=forms.HiddenInput)


class AddressForm(forms.Form):
    """The form for where to send a code, and by which of ``channels`` if it is a phone."""

    address = address_field(help_text=_("We send a code there. Nobody else sees the address."))
    by = MadeChoice(label=_("How should we send the code to a phone?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, channels: Sequence[CodeChannel], **kwargs: Any) -> None:
        """Offer these channels to bring the code; without a choice of two, remove the field `by`."""
        super().__init__(*args, **kwargs)
        if len(channels) < 2:
            del self.fields["by"]
            return
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField)
        by.choices = [(channel.channel, channel.title) for channel in channels]
        by.initial = channels[0].channel
        by.help_text = _(
            "Where another one cannot bring it, this one does: %(first)s. To a mailbox it goes by e-mail."
        ) % {"first": channels[0].title}


class OtherAddressForm(forms.Form):
    """The form for another address of the same person."""

    address = address_field()


class CodeForm(forms.Form):
    """The form for the code that came back."""

    code = CodeField(label=_("The code that we sent you"), max_length=60, widget=forms.TextInput(attrs=CODE_WIDGET))


class WayForm(forms.Form):
    """The form for choosing the conversation or address to which a code is sent."""

    way = forms.ChoiceField(label=_("Where should we send the code?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, ways: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these (key, title) ways to prove more, the first one chosen."""
        super().__init__(*args, **kwargs)
        way = self.fields["way"]
        assert isinstance(way, forms.ChoiceField)
        way.choices = list(ways)
        if ways:
            way.initial = ways[0][0]


def relabel_code_field(form: forms.Form, label: Any, help_text: Any = "", *, digits: bool = True) -> forms.Form:
    """Set label, help text and keyboard of allauth's field for a code, and return the form."""
    code = form.fields["code"]
    code.label, code.help_text = label, help_text
    code.widget.attrs = dict(CODE_WIDGET)
    if not digits:
        del code.widget.attrs["inputmode"]
    return form


class AppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The form for the first code of an authenticator app. ``secret``: what the app stores."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the code field for a new authenticator app."""
        super().__init__(*args, **kwargs)
        relabel_code_field(self, _("The code that the app shows"))


class FactorForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The form for a code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the code field for an app's code or a recovery code."""
        super().__init__(*args, **kwargs)
        relabel_code_field(self, _("The code in your app"), _("Or one of your recovery codes"))


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What every form of an identity provider asks for."""

    issuer = forms.CharField(
        label=_("Address of the provider (issuer)"),
        max_length=300,
        help_text=_("As the provider gave it to you; its settings are read from there"),
        widget=forms.URLInput(attrs={"dir": "ltr"}),
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        help_text=_("It is kept encrypted, and not shown again. Leave it empty to keep the present one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let the fields that hold technical names read from left to right."""
        super().__init__(*args, **kwargs)
        for name in {"key", "client_id", "scope", "acr"} & self.fields.keys():
            self.fields[name].widget.attrs["dir"] = "ltr"

    def clean_issuer(self) -> str:
        """Return the issuer's URL. Raise ValidationError unless it is https or the simulator's.

        The keys that sign identity tokens come from there.
        """
        issuer = str(self.cleaned_data["issuer"]).strip()
        if is_safe_endpoint(issuer) and not issuer.startswith("https:"):
            return issuer
        URLValidator(schemes=["https"], message=_("This has to be an address that begins with https://."))(issuer)
        return issuer

    def clean(self) -> dict[str, Any]:
        """Return the answers. A secret stays with the address and client for which it was entered."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        moved = bool({"issuer", "client_id"} & set(self.changed_data))
        if self.needs_secret(moved=moved) and not found.get("client_secret"):
            self.add_error("client_secret", _("Enter the secret that belongs to this address and client ID."))
        return found

    def needs_secret(self, *, moved: bool) -> bool:
        """Return whether the secret has to be entered; ``moved``: it is another provider or client."""
        return moved and bool((self.instance.secrets or {}).get("client"))


class StaffProviderForm(ProviderForm):
    """The form for the identity provider of the agency's staff."""

    field_order = ["name", "issuer", "client_id", "client_secret", "acr", "asks_second", "is_active"]

    class Meta:
        model = StaffProvider
        fields = ["name", "issuer", "client_id", "acr", "asks_second", "is_active"]
        labels = {
            "name": _("Name of the provider, as staff know it"),
            "client_id": _("Client ID"),
            "acr": _("Levels of assurance that we accept (acr)"),
            "asks_second": _("The provider's second step replaces ours"),
            "is_active": _("Staff can sign in with it"),
        }
        help_texts = {
            "acr": _("As the provider calls them, with blanks between; empty: whichever it gives"),
            "asks_second": _(
                "Only where the provider says of a sign-in that there was one (amr “mfa”, or a level above), and "
                "another administrator agrees."
            ),
        }

    def needs_secret(self, *, moved: bool) -> bool:
        """Return whether the secret has to be entered, as for a new provider."""
        return super().needs_secret(moved=moved) or self.instance.pk is None

    @property
    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `services.save_staff_provider`."""
        return dict(self.cleaned_data)


class NationalForm(ProviderForm):
    """The form for a national login of the agency."""

    name_he = forms.CharField(label=_("Name in Hebrew"), max_length=60)
    name_ar = forms.CharField(label=_("Name in Arabic"), max_length=60, required=False)
    name_ru = forms.CharField(label=_("Name in Russian"), max_length=60, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=60, required=False)
    field_order = ["name_he", "name_ar", "name_ru", "name_en", "key", "issuer", "client_id", "client_secret"]

    class Meta:
        model = NationalLogin
        fields = ["key", "issuer", "client_id", "scope", "acr", "is_active"]
        labels = {
            "key": _("Short name, in Latin letters"),
            "client_id": _("Client ID"),
            "scope": _("What we ask the provider for (scope)"),
            "acr": _("Levels of assurance that we accept (acr)"),
            "is_active": _("People can sign in with it"),
        }
        help_texts = {"acr": _("As the provider calls them, with blanks between; empty: whichever it gives")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill in the provider's names by language, and remove the key field of an existing one."""
        super().__init__(*args, **kwargs)
        for lang, _title in settings.LANGUAGES:
            self.fields[f"name_{lang}"].initial = (self.instance.names or {}).get(lang, "")
        if self.instance.pk:
            del self.fields["key"]  # stored addresses of this provider begin with it

    def clean_key(self) -> str:
        """Return the provider's short name in lower case. Raise ValidationError if it is taken."""
        key = str(self.cleaned_data["key"]).lower()
        if NationalLogin.objects.filter(key=key).exists():
            raise ValidationError(_("There is one with this short name already."))
        return key

    @property
    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `services.save_national_login`."""
        given = dict(self.cleaned_data)
        names = {lang: given.pop(f"name_{lang}") for lang, _title in settings.LANGUAGES}
        given.setdefault("key", self.instance.key)
        return {**given, "names": {lang: name for lang, name in names.items() if name}}
