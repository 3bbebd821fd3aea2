"""Forms for an agency's teams and opening hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from kesher.agencies.business_hours import DEFAULT_HOURS
from kesher.agencies.emergency_numbers import read_number
from kesher.agencies.models import Agency, Staff, Team

WEEK = (6, 0, 1, 2, 3, 4, 5)  # Sunday first; Monday is 0
SPANS_A_DAY = 2


class NamesForm(forms.Form):
    """A form for a name in each language of the agency; at least one is needed.

    The fields are ``name_he``, ``name_ar`` and so on.
    """

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
                max_length=60,
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
