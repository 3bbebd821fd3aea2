"""The form of holidays, and of what is said outside the opening hours."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from kesher.agencies.business_hours import FAITHS
from kesher.agencies.models import Agency


class CalendarForm(forms.Form):
    """Holidays of faiths and closed days, the time that the law gives, and what is said outside the opening hours.

    The texts are in fields ``closed_he``, ``emergency_he`` and so on.
    """

    faiths = forms.MultipleChoiceField(
        label=_("Holidays besides the country's"), choices=list(FAITHS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    closed = forms.CharField(
        label=_("Other days on which you are closed"), max_length=400, required=False,
        help_text=_("As 2027-04-30, with commas between"), widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    statutory_days = forms.IntegerField(
        label=_("Days within which the law wants an answer"), min_value=0, max_value=365,
        help_text=_("Shown at each request that nobody answered yet. In Israel 45; 0 shows nothing."),
    )  # fmt: skip

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        """Fill in what the agency has, and add a field for each text in each of its languages."""
        self.agency, chosen = agency, agency.holidays
        kwargs["initial"] = {
            "faiths": chosen.get("faiths", []),
            "closed": ", ".join(chosen.get("closed", [])),
            "statutory_days": agency.statutory_days,
        }
        super().__init__(*args, **kwargs)
        titles, self.languages = dict(settings.LANGUAGES), agency.spoken
        for kind in ("closed", "emergency"):
            for code in self.languages:
                self.fields[f"{kind}_{code}"] = forms.CharField(
                    label=titles[code],
                    required=False,
                    max_length=300,
                    initial=agency.texts.get(kind, {}).get(code, ""),
                    widget=forms.Textarea(attrs={"rows": 2, "lang": code, "dir": "auto"}),
                )

    def closed_fields(self) -> list[BoundField]:
        """Return the fields of what is said outside the opening hours, one for each language."""
        return [self[f"closed_{code}"] for code in self.languages]

    def emergency_fields(self) -> list[BoundField]:
        """Return the fields of what is said behind the emergency numbers, one for each language."""
        return [self[f"emergency_{code}"] for code in self.languages]

    def clean_closed(self) -> list[str]:
        """Return the days as ISO dates, in order, each once. Raise ValidationError for one that is no date."""
        days = [text.strip() for text in str(self.cleaned_data["closed"]).split(",") if text.strip()]
        try:
            return sorted({date.fromisoformat(day).isoformat() for day in days})
        except ValueError as error:
            raise ValidationError(_("Write each day as 2027-04-30, with commas between.")) from error

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.agency_setup.save_profile`."""
        data = self.cleaned_data
        texts = dict(self.agency.texts)  # others have texts of other kinds, and languages that are not offered now
        for kind in ("closed", "emergency"):
            entered = {code: data[f"{kind}_{code}"].strip() for code in self.languages}
            texts[kind] = {code: text for code, text in {**texts.get(kind, {}), **entered}.items() if text}
        kept = {name: value for name, value in self.agency.holidays.items() if name not in ("faiths", "closed")}
        holidays = kept | {name: data[name] for name in ("faiths", "closed") if data[name]}
        return {
            "texts": {kind: words for kind, words in texts.items() if words},
            "holidays": holidays,
            "statutory_days": data["statutory_days"],
        }
