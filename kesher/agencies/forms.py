"""Forms of the staff's login, staff accounts, sending limits, teams and opening hours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from kesher.agencies.business_hours import DEFAULT_HOURS
from kesher.agencies.emergency_numbers import read_number
from kesher.agencies.known_devices import place_of
from kesher.agencies.models import Agency, Role, Staff, StaffSignIn, Team
from kesher.agencies.sign_in_log import log_sign_in
from kesher.core.http.client_ip import allow_from, uncount_try_from
from kesher.core.http.throttle import allow, uncount_try
from kesher.core.ui.form_fields import MomentField

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
        user = User.objects.filter(username__iexact=name).first()
        place = place_of(self.request, user)
        own = place.startswith("d:")
        by_address = own or allow_from(self.request, "login-address", TRIES_AN_ADDRESS, QUARTER_OF_AN_HOUR)
        if not (by_address and allow(f"login:{place}:{name}", TRIES_A_NAME, AN_HOUR)):
            log_sign_in(self.request, StaffSignIn.Outcome.LOCKED, user)
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        try:
            cleaned = super().clean()
        except ValidationError as error:
            closed = error.code in ("inactive", "stranger")
            outcome = StaffSignIn.Outcome.CLOSED if closed else StaffSignIn.Outcome.WRONG_PASSWORD
            log_sign_in(self.request, outcome, user)
            raise
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


class EditStaffForm(StaffForm):
    """The form for a present member of staff."""

    @classmethod
    def of(cls, staff: Staff, data: Any = None) -> EditStaffForm:
        """Return the form for this member of staff, filled with the present values or with posted `data`."""
        known = {name: getattr(staff, name) for name in ("name", "signature", "role", "languages")}
        return cls(data, initial={**known, "teams": staff.teams.all()})


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


WEEK = (6, 0, 1, 2, 3, 4, 5)  # Sunday first; Monday is 0
SPANS_A_DAY = 2


class NamesForm(forms.Form):
    """A form for a name in each language of the agency; at least one is needed.

    The fields are ``name_he``, ``name_ar`` and so on.
    """

    longest = 60

    def __init__(
        self, *args: Any, languages: Sequence[str], names: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        """Add a field for the name in each of these languages, filled from `names`."""
        super().__init__(*args, **kwargs)
        titles = dict(settings.LANGUAGES)
        self.languages = list(dict.fromkeys(code for code in [*languages, *(names or {})] if code in titles))
        for code in self.languages:
            self.fields[f"name_{code}"] = forms.CharField(
                label=titles[code],
                required=False,
                max_length=self.longest,
                initial=(names or {}).get(code, ""),
                widget=forms.TextInput(attrs={"lang": code, "dir": "auto"}),
            )
        self.order_fields([f"name_{code}" for code in self.languages])

    def clean(self) -> dict[str, Any]:
        """Return the form's data. Raise ValidationError unless a name was entered in some language."""
        found = super().clean() or self.cleaned_data
        if not self.errors and not self.names():
            raise ValidationError(_("Give a name in at least one language."))
        return found

    def name_fields(self) -> list[BoundField]:
        """Return the bound fields for the name, one for each language."""
        return [self[f"name_{code}"] for code in self.languages]

    def names(self) -> dict[str, str]:
        """Return the entered names as {language code: name}."""
        given = {code: " ".join(self.cleaned_data.get(f"name_{code}", "").split()) for code in self.languages}
        return {code: name for code, name in given.items() if name}


class TeamForm(NamesForm):
    """The form for a team: its names and its members."""

    members = forms.ModelMultipleChoiceField(
        label=_("Who belongs to it?"),
        queryset=Staff.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, team: Team | None, languages: Sequence[str], **kwargs: Any) -> None:
        """Fill the form with a team's names and members, and offer all active staff as members."""
        members = {"members": team.members.all()} if team else {}
        super().__init__(*args, languages=languages, names=team.names if team else None, initial=members, **kwargs)
        field = self.fields["members"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Staff.objects.filter(is_active=True).order_by("name", "pk")


class MomentForm(forms.Form):
    """A date and time for which to show when something would be due."""

    at = MomentField(
        label=_("What if it arrives at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class HoursForm(forms.Form):
    """The form for opening hours, quiet hours, and how long an answer reopens a solved request.

    There are up to two spans a day; ``day_6_0_from`` is Sunday's first opening.
    """

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_to = forms.TimeField(label=_("Quiet until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reopen_days = forms.IntegerField(
        label=_("Days in which an answer reopens a solved request"), min_value=0, max_value=90
    )

    emergency = forms.CharField(
        label=_("Whom to call where life is in danger"),
        help_text=_("For example: Police 100, Ambulance 101. Leave it empty for the numbers of the country."),
        required=False,
        max_length=200,
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        """Add the fields for each weekday's opening and closing times, and fill all with the agency's values."""
        hours = {int(day): spans for day, spans in agency.hours.items()} or DEFAULT_HOURS
        quiet = {"quiet_from": agency.quiet.get("from", "21:00"), "quiet_to": agency.quiet.get("to", "08:00")}
        emergency = agency.contact.get("emergency", "")
        kwargs["initial"] = {**quiet, "reopen_days": agency.reopen_days, "emergency": emergency}
        super().__init__(*args, **kwargs)
        for day in WEEK:
            for number in range(SPANS_A_DAY):
                known = [*hours.get(day, []), *[["", ""]] * SPANS_A_DAY][number]
                for end, value, label in zip(("from", "to"), known, (_("opens"), _("closes")), strict=True):
                    attrs = {"type": "time", "aria-label": f"{WEEKDAYS[day]}, {label}"}
                    self.fields[f"day_{day}_{number}_{end}"] = forms.TimeField(
                        required=False, initial=value, widget=forms.TimeInput(attrs=attrs, format="%H:%M")
                    )

    def days(self) -> list[tuple[str, list[tuple[BoundField, BoundField]]]]:
        """Return (name, [(opening field, closing field), …]) for each weekday, in the order of the week."""
        return [
            (
                str(WEEKDAYS[day]),
                [(self[f"day_{day}_{number}_from"], self[f"day_{day}_{number}_to"]) for number in range(SPANS_A_DAY)],
            )
            for day in WEEK
        ]

    def clean_emergency(self) -> str:
        """Return the entered emergency numbers as text. Raise ValidationError if one cannot be read."""
        text: str = self.cleaned_data["emergency"].strip()
        if text and not all(read_number(part) for part in text.split(",")):
            raise ValidationError(_("Write each name and its number, with commas between: Police 100, Ambulance 101."))
        return text

    def clean(self) -> dict[str, Any]:
        """Return the form's data. Add errors unless each span is complete and in order, and one day is open."""
        found = super().clean() or self.cleaned_data
        for day in WEEK:
            before = time.min
            for number in range(SPANS_A_DAY):
                start, end = (found.get(f"day_{day}_{number}_{name}") for name in ("from", "to"))
                if (start is None) != (end is None):
                    self.add_error(f"day_{day}_{number}_from", _("Say when it opens and when it closes, or neither."))
                elif start is not None and end is not None:
                    if start < before or end <= start:
                        self.add_error(f"day_{day}_{number}_from", _("Each closing time comes after its opening time."))
                    before = end
        if not self.errors and not self.hours():
            raise ValidationError(_("Open on at least one day: every standard time is counted in opening hours."))
        return found

    def hours(self) -> dict[str, list[list[str]]]:
        """Return the entered week as `Agency.hours` stores it: {weekday: [[opens, closes], …]}."""
        week: dict[str, list[list[str]]] = {}
        for day in WEEK:
            for number in range(SPANS_A_DAY):
                start, end = (self.cleaned_data.get(f"day_{day}_{number}_{name}") for name in ("from", "to"))
                if start is not None and end is not None:
                    week.setdefault(str(day), []).append([f"{start:%H:%M}", f"{end:%H:%M}"])
        return week

    def values(self) -> dict[str, Any]:
        """Return the entered values as the arguments of `services.set_hours`."""
        data = self.cleaned_data
        quiet = {"from": f"{data['quiet_from']:%H:%M}", "to": f"{data['quiet_to']:%H:%M}"}
        return {"hours": self.hours(), "quiet": quiet, "reopen_days": data["reopen_days"]}
