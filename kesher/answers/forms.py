"""Staff forms that edit answers, shared facts, topics and search synonyms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Team
from kesher.answers.language_fallback import FIELDS, LISTS, SHORT
from kesher.answers.models import Answer, AnswerTopic
from kesher.answers.services.answers import AnswerContent
from kesher.answers.services.topics import TopicData
from kesher.answers.topic_icons import PICTURES
from kesher.core.ui.form_fields import DayField
from kesher.language import LANGUAGES

LANGUAGE_NAMES = {"he": "עברית", "ar": "العربية", "ru": "Русский", "en": "English"}
RESERVED = frozenset({"new", "facts", "synonyms", "misses", "suggest", "topics", "checks"})
LABELS = {
    "question": _("Question"),
    "short": _("Short answer"),
    "body": _("Body"),
    "steps": _("Steps"),
    "bring": _("What to bring"),
    "cost": _("Cost"),
    "time": _("How long it takes"),
    "where": _("Where"),
    "who": _("Who it is for"),
    "hidden": _("Hidden terms"),
}
HELP = {
    "question": _("As people ask it."),
    "short": _("At most 280 characters: what a chat, an SMS and a voice say."),
    "body": _("More, for whoever reads on. Lines with a dash become a list."),
    "steps": _("One a line."),
    "bring": _("One a line."),
    "hidden": _("Words that people use and that are not written above, with commas."),
}
LONG = {"short": 4, "body": 6, "steps": 5, "bring": 3, "hidden": 2}


class LanguageForm(Protocol):
    """A form with fields named "question_he"."""

    languages: list[str]

    def __getitem__(self, name: str) -> BoundField:
        """Return the field of this name, bound to the form's data."""


def language_rows(
    form: LanguageForm, labels: Mapping[str, Any], hints: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return a row for each text, with its form field in each language, as `edit_grid.html` shows them."""
    return [
        {
            "label": label,
            "help": (hints or {}).get(name, ""),
            "cells": [(lang, LANGUAGE_NAMES[lang], form[f"{name}_{lang}"]) for lang in form.languages],
        }
        for name, label in labels.items()
    ]


class AnswerForm(forms.Form):
    """The form of an answer, with all languages side by side. ``seen`` is the revision that the editor saw."""

    slug = forms.SlugField(
        label=_("Address"), help_text=_("Small Latin letters and dashes, the end of the page's address."), max_length=80
    )
    topic = forms.ModelChoiceField(AnswerTopic.objects.none(), label=_("Topic"), required=False)
    owner = forms.ModelChoiceField(Team.objects.none(), label=_("Owner"), required=False)
    start_url = forms.CharField(
        label=_("Start link"), required=False, max_length=300, help_text=_("Where it is done: a form, or tel:106.")
    )
    valid_from = DayField(label=_("Valid from"), required=False, widget=forms.DateInput({"type": "date"}))
    valid_to = DayField(label=_("Valid until"), required=False, widget=forms.DateInput({"type": "date"}))
    review = DayField(label=_("Look at it again on"), required=False, widget=forms.DateInput({"type": "date"}))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, languages: list[str], known: Answer | None = None, **kwargs: Any) -> None:
        """Add a field for each text in each language; drop the slug field for a ``known`` (existing) answer."""
        super().__init__(*args, **kwargs)
        self.languages = languages
        self.known = known
        self.fields["topic"].queryset = AnswerTopic.objects.order_by("order", "id")  # type: ignore[attr-defined]
        self.fields["owner"].queryset = Team.objects.order_by("id")  # type: ignore[attr-defined]
        if known is not None:
            del self.fields["slug"]
        for name in FIELDS:
            for lang in languages:
                self.fields[f"{name}_{lang}"] = word_field(name, lang)

    def clean_slug(self) -> str:
        """Return the slug in lower case. Raise ValidationError for one that the desk's own URLs use."""
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in RESERVED:
            raise forms.ValidationError(_("This address is taken."), code="taken")
        return slug

    def clean_start_url(self) -> str:
        """Return the start link's URL. Raise ValidationError unless it is https, http or tel."""
        url = str(self.cleaned_data.get("start_url") or "")
        if url and not re.match(r"(https?://|tel:|/(?!/))", url):
            raise forms.ValidationError(_("An address begins with https://, tel: or /."), code="address")
        return url

    def grid(self) -> list[dict[str, Any]]:
        """Return a row for each text, with its form field in each language, as the template shows them."""
        return language_rows(self, {name: LABELS[name] for name in FIELDS}, HELP)

    def written(self) -> AnswerContent:
        """Return the cleaned content of the answer. Languages that the form does not show stay as they are."""
        data = self.cleaned_data
        texts = dict(self.known.texts) if self.known else {}
        for lang in self.languages:
            texts[lang] = {name: split_list(name, data.get(f"{name}_{lang}", "")) for name in FIELDS}
        return AnswerContent(
            texts,
            data.get("topic"),
            data.get("owner"),
            data.get("start_url", ""),
            data.get("valid_from"),
            data.get("valid_to"),
            data.get("review"),
        )


def word_field(name: str, lang: str) -> forms.CharField:
    """Return the form field of the text called ``name`` in one language."""
    widget: forms.Widget = forms.TextInput({"lang": lang})
    if name in LONG:
        widget = forms.Textarea({"lang": lang, "rows": LONG[name], **({"data-most": SHORT} if name == "short" else {})})
    return forms.CharField(
        label=f"{LABELS[name]}, {LANGUAGE_NAMES[lang]}",
        required=False,
        max_length=8000 if name in LONG else 300,
        widget=widget,
    )


def split_list(name: str, value: str) -> str | list[str]:
    """Return the lines or words of a list field (steps, what to bring …) as a list; other fields' value as it is."""
    if name not in LISTS:
        return value
    parts = re.split(r"[,،\n]" if name == "hidden" else r"\n", value)
    return [part.strip() for part in parts if part.strip()]


def initial_words(answer: Answer, languages: list[str], seen: int) -> dict[str, Any]:
    """Return the form's initial values from an answer; ``seen`` is the revision that the editor sees."""
    found: dict[str, Any] = {
        name: getattr(answer, name) for name in ("topic", "owner", "start_url", "valid_from", "valid_to", "review")
    }
    for lang in languages:
        for name in FIELDS:
            value = answer.texts.get(lang, {}).get(name, "")
            mark = ", " if name == "hidden" else "\n"
            found[f"{name}_{lang}"] = mark.join(value) if isinstance(value, list) else value
    return {**found, "seen": seen}


class FactForm(forms.Form):
    """The form of a fact: a fee, a phone number, an address."""

    name = forms.SlugField(label=_("Name"), max_length=60, help_text=_("Written into an answer as {{fact:name}}."))
    he = forms.CharField(label="עברית", required=False, max_length=300, widget=forms.TextInput({"lang": "he"}))
    ar = forms.CharField(label="العربية", required=False, max_length=300, widget=forms.TextInput({"lang": "ar"}))
    ru = forms.CharField(label="Русский", required=False, max_length=300, widget=forms.TextInput({"lang": "ru"}))
    en = forms.CharField(label="English", required=False, max_length=300, widget=forms.TextInput({"lang": "en"}))

    def words(self) -> dict[str, str]:
        """Return the fact's cleaned words as {language: words}."""
        return {lang: self.cleaned_data.get(lang, "") for lang in LANGUAGES}


class TopicForm(forms.Form):
    """The form of a topic: names, icon and order. The code of an existing topic cannot change."""

    code = forms.SlugField(
        label=_("Address"), help_text=_("Small Latin letters and dashes, the end of the page's address."), max_length=40
    )
    he = forms.CharField(label="עברית", required=False, max_length=60, widget=forms.TextInput({"lang": "he"}))
    ar = forms.CharField(label="العربية", required=False, max_length=60, widget=forms.TextInput({"lang": "ar"}))
    ru = forms.CharField(label="Русский", required=False, max_length=60, widget=forms.TextInput({"lang": "ru"}))
    en = forms.CharField(label="English", required=False, max_length=60, widget=forms.TextInput({"lang": "en"}))
    order = forms.IntegerField(
        label=_("Place in the list"),
        help_text=_("The smallest number stands first. Empty: behind the others."),
        min_value=0,
        max_value=9999,
        required=False,
    )
    icon = forms.ChoiceField(label=_("Picture"), required=False, choices=[("", _("None")), *PICTURES.items()])

    def __init__(self, *args: Any, known: AnswerTopic | None = None, **kwargs: Any) -> None:
        """Drop the code field for a ``known`` (existing) topic: its code cannot change."""
        super().__init__(*args, **kwargs)
        if known is not None:
            del self.fields["code"]

    @staticmethod
    def initial_values(known: AnswerTopic | None) -> dict[str, Any]:
        """Return a topic's names, icon and order as initial values of the form; {} for a new topic."""
        return {**known.names, "order": known.order, "icon": known.icon} if known else {}

    def clean_code(self) -> str:
        """Return the topic's code in lower case."""
        return str(self.cleaned_data["code"]).lower()

    def topic_data(self) -> TopicData:
        """Return the cleaned names, icon and order as `services.add_topic` and `change_topic` take them."""
        data = self.cleaned_data
        return TopicData({lang: data.get(lang, "") for lang in LANGUAGES}, data.get("icon", ""), data.get("order"))

    def plain(self) -> list[BoundField]:
        """Return the bound fields of all but the icon, which the page shows as pictures."""
        return [field for field in self if field.name != "icon"]


class MergeForm(forms.Form):
    """The form that chooses the topic to merge another one into."""

    into = forms.ModelChoiceField(AnswerTopic.objects.none(), label=_("Merge into"), empty_label="—")

    def __init__(self, *args: Any, gone: AnswerTopic, **kwargs: Any) -> None:
        """Offer all topics except ``gone``, the one that will be merged, as the target."""
        super().__init__(*args, **kwargs)
        others = AnswerTopic.objects.exclude(pk=gone.pk).order_by("order", "id")
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class SynonymForm(forms.Form):
    """The form of a group of synonyms, separated by commas."""

    he = forms.CharField(label="עברית", required=False, max_length=500, widget=forms.TextInput({"lang": "he"}))
    ar = forms.CharField(label="العربية", required=False, max_length=500, widget=forms.TextInput({"lang": "ar"}))
    ru = forms.CharField(label="Русский", required=False, max_length=500, widget=forms.TextInput({"lang": "ru"}))
    en = forms.CharField(label="English", required=False, max_length=500, widget=forms.TextInput({"lang": "en"}))

    def terms(self) -> dict[str, list[str]]:
        """Return the cleaned group of synonyms as {language: [word, …]}."""
        found = {lang: re.split(r"[,،;\n]", self.cleaned_data.get(lang, "")) for lang in LANGUAGES}
        return {lang: [term.strip() for term in terms if term.strip()] for lang, terms in found.items()}
