"""What the suggestion box asks residents, and staff."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.dialogues.forms import StepForm


class SuggestForm(StepForm):
    """The questions of a suggestion."""

    text = forms.CharField(label=_("What do you suggest?"), max_length=1000, widget=forms.Textarea)


class AnswerForm(forms.Form):
    """The body's answer to a suggestion."""

    answer = forms.CharField(label=_("The answer"), max_length=1000, widget=forms.Textarea)
