"""The desk's forms of an incident: its name, a text in every language with or without an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kesher.cases.models import ReadyAnswer
from kesher.core.ui.form_fields import MomentField
from kesher.incidents.models import Incident
from kesher.incidents.rules import NOTICE_MOST, TEXT_MOST

MOMENT = "%Y-%m-%dT%H:%M"
USUAL = timedelta(hours=4)  # from now until a new notice's end


class TextsForm(forms.Form):
    """A text in every language of the agency, side by side."""

    def __init__(self, *args: Any, languages: Sequence[str], texts: Mapping[str, str], **kwargs: Any) -> None:
        """Add a field for each language, with what there is already."""
        super().__init__(*args, **kwargs)
        titles = dict(settings.LANGUAGES)
        self.languages = list(languages)
        for lang in self.languages:
            area = forms.Textarea(attrs={"rows": "5", "lang": lang, "dir": "auto", "data-grow": ""})
            self.fields[f"text_{lang}"] = forms.CharField(
                label=titles[lang], max_length=TEXT_MOST, initial=texts.get(lang, ""), widget=area
            )

    @property
    def text_fields(self) -> list[forms.BoundField]:
        """Return the fields of the texts, in the order of the languages."""
        return [self[f"text_{lang}"] for lang in self.languages]

    def texts(self) -> dict[str, str]:
        """Return {language: text}."""
        return {lang: self.cleaned_data.get(f"text_{lang}", "") for lang in self.languages}


class NoticeForm(TextsForm):
    """A notice: its texts, and until when it is said."""

    until = MomentField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT))

    def __init__(self, *args: Any, incident: Incident, texts: Mapping[str, str], **kwargs: Any) -> None:
        """Fill in the incident's notice, or an end in some hours."""
        super().__init__(*args, languages=incident.agency.spoken, texts=texts, **kwargs)
        now = timezone.now()
        self.fields["until"].initial = incident.notice_until or (now + USUAL).replace(minute=0)

    def clean_until(self) -> Any:
        """Return the end, if it is within the next two weeks."""
        until = self.cleaned_data["until"]
        now = timezone.now()
        if not now < until <= now + NOTICE_MOST:
            raise forms.ValidationError(_("Please choose an end within the next two weeks."))
        return until


class EndForm(TextsForm):
    """The closing message, and the cases to solve, none chosen before."""

    solve = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, incident: Incident, cases: Sequence[int], **kwargs: Any) -> None:
        """Offer the incident's cases."""
        super().__init__(*args, languages=incident.agency.spoken, texts=incident.closing, **kwargs)
        solve = self.fields["solve"]
        assert isinstance(solve, forms.MultipleChoiceField)
        solve.choices = [(str(pk), str(pk)) for pk in cases]

    def chosen(self) -> list[int]:
        """Return the ids of the cases to solve."""
        return [int(pk) for pk in self.cleaned_data["solve"]]


class DescribeForm(forms.Form):
    """What an incident is called, and where it is."""

    title = forms.CharField(max_length=120)
    place = forms.CharField(max_length=120, required=False)


def find_proposals(languages: Sequence[str]) -> list[ReadyAnswer]:
    """Return the canned responses that are written in every one of these languages."""
    return [row for row in ReadyAnswer.objects.order_by("name")[:100] if all(row.texts.get(lang) for lang in languages)]
