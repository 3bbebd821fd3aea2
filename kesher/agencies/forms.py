"""Forms of the staff's login, and for managing staff accounts and sending limits."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kesher.agencies.known_devices import place_of
from kesher.agencies.models import Role, Staff, Team
from kesher.core.http.client_ip import allow_from, uncount_try_from
from kesher.core.http.throttle import allow, uncount_try

QUARTER_OF_AN_HOUR, AN_HOUR = 900, 3600
TRIES_A_NAME, TRIES_AN_ADDRESS = 10, 40


class LoginForm(AuthenticationForm):
    """The form for signing in with a password.

    Only wrong tries are counted. A name has ten an hour from each browser and network that its owner used before, and
    ten from all others together. An IP address has forty in a quarter of an hour, for unknown browsers.
    """

    error_messages = {
        "invalid_login": _("The name and the password do not fit. Check both; capital letters count in the password."),
        "inactive": _("This account is closed. Ask your administrator."),
        "throttled": _(
            "Too many tries. Wait an hour, sign in from a computer that you have used here before, or ask your "
            "administrator."
        ),
        "stranger": _("This account does not work at this desk. Ask your administrator to add you."),
    }

    def clean(self) -> dict[str, Any]:
        """Return the form's data with a checked password. Raise ValidationError, also after too many wrong tries."""
        assert isinstance(self.request, HttpRequest)
        name = str(self.cleaned_data.get("username", "")).lower()
        place = place_of(self.request, User.objects.filter(username__iexact=name).first())
        own = place.startswith("d:")
        by_address = own or allow_from(self.request, "login-address", TRIES_AN_ADDRESS, QUARTER_OF_AN_HOUR)
        if not (by_address and allow(f"login:{place}:{name}", TRIES_A_NAME, AN_HOUR)):
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        cleaned = super().clean()
        uncount_try(f"login:{place}:{name}", AN_HOUR)
        if not own:
            uncount_try_from(self.request, "login-address", QUARTER_OF_AN_HOUR)
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        """Raise ValidationError for users who do not work at this agency, perhaps at another one."""
        super().confirm_login_allowed(user)
        if not Staff.objects.filter(user=user, is_active=True).exists():
            raise ValidationError(self.error_messages["stranger"], code="stranger")


class StaffForm(forms.Form):
    """The form for a member of staff."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As colleagues know this person"))
    signature = forms.CharField(
        label=_("Signature"),
        max_length=40,
        required=False,
        help_text=_("Shown to citizens under an answer in the web chat"),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the agency's teams as choices."""
        super().__init__(*args, **kwargs)
        teams = self.fields["teams"]
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        teams.queryset = Team.objects.order_by("slug")


class NewStaffForm(StaffForm):
    """The form for a new member of staff, with a user name and a password."""

    username = forms.SlugField(
        label=_("User name"),
        max_length=60,
        help_text=_("Latin letters and digits"),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    password = forms.CharField(
        label=_("First password"),
        help_text=_("At least ten characters. Tell it in person; it can be changed after signing in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    field_order = ["name", "username", "password"]

    def clean_username(self) -> str:
        """Return the user name in lower case. Raise ValidationError if a user has it."""
        name = str(self.cleaned_data["username"]).lower()
        if User.objects.filter(username=name).exists():
            raise ValidationError(_("Somebody signs in with this name already. Choose another one."))
        return name

    def clean_password(self) -> str:
        """Return the password. Raise ValidationError if it is too weak."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class EditStaffForm(StaffForm):
    """The same, with the door that closes. ``password`` is given only to replace a forgotten one."""

    is_active = forms.BooleanField(
        label=_("Works here"), required=False, help_text=_("Without this mark the desk stays closed to this person")
    )
    password = forms.CharField(
        label=_("New password"),
        required=False,
        help_text=_("Leave it empty to keep the present one"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    @classmethod
    def of(cls, staff: Staff, data: Any = None) -> EditStaffForm:
        """Return the form for this member of staff, filled with the present values or with posted `data`."""
        known = {name: getattr(staff, name) for name in ("name", "signature", "role", "languages", "is_active")}
        return cls(data, initial={**known, "teams": staff.teams.all()})

    def clean_password(self) -> str:
        """Return the new password, "" if none was entered. Raise ValidationError if it is too weak."""
        password = str(self.cleaned_data["password"])
        if password:
            validate_password(password)
        return password


class CountriesField(forms.CharField):
    """A field for countries by their two letters, separated by commas: "IL, FR". Cleans to a list."""

    default_error_messages = {
        "country": _("“%(code)s” is no country. Write the two letters of each, with commas between: IL, FR."),
    }

    def clean(self, value: Any) -> Any:
        """Return the entered country codes as a list. Raise ValidationError for an unknown one."""
        codes = re.findall(r"[^\s,]+", str(super().clean(value)).upper())
        for code in codes:
            if code not in phonenumbers.SUPPORTED_REGIONS:
                raise ValidationError(self.error_messages["country"], code="country", params={"code": code})
        return list(dict.fromkeys(codes))

    def prepare_value(self, value: Any) -> Any:
        """Return a list of country codes as the text that the field shows."""
        return ", ".join(value) if isinstance(value, list) else value


class LimitsForm(forms.Form):
    """The form for the limits on codes and automatic answers."""

    unproved_a_day = forms.IntegerField(
        label=_("Addresses a day that got a code and did not prove themselves"),
        help_text=_("When half are used up, the desk says so. Whoever comes after the last is shown other ways."),
        min_value=0,
        max_value=10_000_000,
    )
    countries = CountriesField(
        label=_("Countries whose phones get codes"),
        help_text=_("Two letters each, with commas between: IL, FR. Empty: our own alone. Dear numbers never get any."),
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    answers_a_day = forms.IntegerField(
        label=_("Automatic answers a day to one person"),
        help_text=_("Whoever writes more is told so once, and waits for a clerk. Our own web chat has no such limit."),
        min_value=10,
        max_value=100_000,
        required=False,
    )

    def clean_answers_a_day(self) -> int:
        """Return the limit of automatic answers a day; the present one if none was entered."""
        found = self.cleaned_data["answers_a_day"]
        return int(self.initial["answers_a_day"] if found is None else found)
