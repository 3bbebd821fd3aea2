"""The form of the first set-up: the agency, and its first administrator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from kesher.agencies.countries import country_choices
from kesher.agencies.forms import NamesForm
from kesher.language import LANGUAGES
from kesher.site.services.agency_setup import Administrator


class FirstSetupForm(NamesForm):
    """The names of the agency in four languages, its main language and country, and the first administrator."""

    longest = 120
    language = forms.ChoiceField(
        label=_("Main language"),
        choices=settings.LANGUAGES,
        help_text=_("Pages are offered in the other languages too. This can be changed later."),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, help_text=_("For holidays and emergency numbers")
    )
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    username = forms.CharField(
        label=_("Your e-mail address or a user name"),
        help_text=_("You sign in with this and the password"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "ltr", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least ten characters, not only digits, and not your name"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """Offer names in all languages, the page's language first; it is the main one unless another is chosen."""
        order = sorted(LANGUAGES, key=lambda code: code != language)
        super().__init__(*args, languages=order, initial={"language": language, "country": "IL"}, **kwargs)

    def clean_username(self) -> str:
        """Return the user name in lower case. Raise ValidationError if a user has it."""
        name = str(self.cleaned_data["username"]).lower()
        if "@" in name:
            validate_email(name)
        if User.objects.filter(username=name).exists():
            raise ValidationError(_("Somebody signs in with this name already. Choose another one."))
        return name

    def clean(self) -> dict[str, Any]:
        """Return the data; add errors for a weak password and for one that was not repeated."""
        found = super().clean()
        password, username = found.get("password", ""), found.get("username", "")
        if password:
            try:
                validate_password(password, User(username=username, first_name=found.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        if password and found.get("again") and password != found["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return found

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.use_setup_link`."""
        data = self.cleaned_data
        username, first = data["username"], data["language"]
        return {
            "names": self.names(),
            "languages": (first, *(code for code in LANGUAGES if code != first)),
            "country": data["country"],
            "administrator": Administrator(
                username, data["name"], data["password"], username if "@" in username else ""
            ),
        }
