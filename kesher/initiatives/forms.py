"""Forms that petitions, contests and purchases share: staff's texts in each language, and a name for the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.channels.base import Option
from kesher.core.i18n.person_names import NAME_MOST, PersonNameField, name_or_empty
from kesher.core.ui.form_fields import DayField, PictureField
from kesher.dialogues.forms import StepForm
from kesher.initiatives.models import Initiative
from kesher.language import LANGUAGES

LANGUAGE_NAMES = {"he": _("Hebrew"), "ar": _("Arabic"), "ru": _("Russian"), "en": _("English")}


class LastDayField(DayField):
    """A day in the browser's date picker, as the end of that day in the agency's time zone; it must be still to come.

    ``unchanged``: a day that is accepted though it is over, since it was set before.
    """

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    unchanged: date | None = None

    def clean(self, value: Any) -> Any:
        """Return the end of the day, or None for an empty field. Raise ValidationError for a day in the past."""
        day = super().clean(value)
        if day is None:
            return None
        end = timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
        if end <= timezone.now() and day != self.unchanged:
            raise ValidationError(_("This day is over. Choose a later one."))
        return end


def texts_of(cleaned: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return {language: text} of the filled-in fields ``name_<language>``."""
    return {
        lang: cleaned[f"{name}_{lang}"].strip() for lang in LANGUAGES if (cleaned.get(f"{name}_{lang}") or "").strip()
    }


class TextsForm(forms.Form):
    """A form with texts in each of the agency's languages.

    ``TEXTS``: (name, label, most letters, rows) of each; the only text of a form needs no label. ``NEEDED``: those that
    the main language must have. ``AFTER``: the other fields that stand below the texts; the rest stand above.
    ``COUNTED``: whether the page counts the letters.
    """

    TEXTS: tuple[tuple[str, Any, int, int], ...] = ()
    NEEDED: tuple[str, ...] = ()
    AFTER: tuple[str, ...] = ()
    COUNTED = False

    def __init__(self, *args: Any, languages: list[str], **kwargs: Any) -> None:
        """Add a field for each text in each of these languages; the main language is required."""
        super().__init__(*args, **kwargs)
        self.languages = list(languages)
        main = self.data.get("language") or self.initial.get("language") or self.languages[0]
        for name, label, most, rows in self.TEXTS:
            for lang in self.languages:
                attrs = {"lang": lang, **({"rows": rows} if rows > 1 else {})}
                attrs |= {"data-count": f"count-{lang}", "data-most": most} if self.COUNTED else {}
                widget = forms.Textarea(attrs=attrs) if rows > 1 else forms.TextInput(attrs=attrs)
                needed = lang == main and name in self.NEEDED
                self.fields[f"{name}_{lang}"] = forms.CharField(
                    label=label or LANGUAGE_NAMES[lang], max_length=most, required=needed, widget=widget
                )
        language = self.fields.get("language")
        if isinstance(language, forms.ChoiceField):
            language.choices = [(lang, LANGUAGE_NAMES[lang]) for lang in self.languages]

    def groups(self) -> list[dict[str, Any]]:
        """Return [{title, fields: one for each language}] of each text, for the template."""
        return [
            {"title": label, "fields": [(LANGUAGE_NAMES[lang], self[f"{name}_{lang}"]) for lang in self.languages]}
            for name, label, *_rest in self.TEXTS
        ]

    def above(self) -> list[Any]:
        """Return the fields above the texts, for the template."""
        texts = {f"{name}_{lang}" for name, *_rest in self.TEXTS for lang in self.languages}
        return [self[name] for name in self.fields if name not in texts.union(self.AFTER)]

    def below(self) -> list[Any]:
        """Return the fields below the texts, for the template."""
        return [self[name] for name in self.AFTER if name in self.fields]

    def texts(self, name: str) -> dict[str, str]:
        """Return {language: text} of the filled-in fields of the text ``name``."""
        return texts_of(self.cleaned_data, name)


class WordsForm(TextsForm):
    """A text for people to read, in at least one language."""

    TEXTS: tuple[tuple[str, Any, int, int], ...] = (("text", "", 1200, 10),)

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError unless the text is written in at least one language."""
        cleaned = super().clean() or self.cleaned_data
        if not texts_of(cleaned, "text"):
            raise ValidationError(_("Write the text in at least one language."))
        return cleaned


class InitiativeForm(TextsForm):
    """An initiative as the desk writes it.

    ``VALUES``: its other fields that the model has under the same name. ``COLUMNS``: the model's field of a text, where
    it is not the plural of the text's name.
    """

    language = forms.ChoiceField(label=_("The language that it was written in"), choices=list(LANGUAGE_NAMES.items()))
    picture = PictureField(label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    picture_alt = forms.CharField(label=_("What the picture shows"), max_length=300, required=False)

    NEEDED: tuple[str, ...] = ("title",)
    VALUES: tuple[str, ...] = ()
    COLUMNS: Mapping[str, str] = {}

    @classmethod
    def column(cls, name: str) -> str:
        """Return the name of the model's field with this text."""
        return cls.COLUMNS.get(name, f"{name}s")

    def values(self) -> dict[str, Any]:
        """Return the arguments of the services that create and edit it; no new picture keeps the old one."""
        cleaned = self.cleaned_data
        found: dict[str, Any] = {self.column(name): self.texts(name) for name, *_rest in self.TEXTS}
        found |= {name: cleaned[name] for name in ("language", *self.VALUES, "picture_alt") if name in cleaned}
        return found | ({"picture": cleaned["picture"]} if cleaned["picture"] else {})

    @classmethod
    def initial_of(cls, row: Initiative) -> dict[str, Any]:
        """Return the initial values for editing this initiative."""
        found: dict[str, Any] = {name: getattr(row, name) for name in ("language", *cls.VALUES)}
        found["picture_alt"] = row.picture.alt if row.picture else ""
        for name, *_rest in cls.TEXTS:
            found |= {f"{name}_{lang}": text for lang, text in getattr(row, cls.column(name)).items()}
        return found


class ShownNameForm(StepForm):
    """The name that a person wants on a public page: the one that we know them by, or another."""

    KNOWN = "known"
    name = PersonNameField(label=_("Which name may we show on the page?"), required=False)

    def options(self, step: str) -> tuple[Option, ...]:
        """Return the name that we know this person by, if it may be shown, and "skip"."""
        # Not the name alone: whoever writes the beginning of it ("Dana") means no more than that.
        title = _now("Show: %(name)s") % {"name": self.known_name}
        return (*([Option(self.KNOWN, title)] if self.known_name else []), *super().options(step))

    def chosen(self, step: str, key: str) -> str | None:
        """Return the raw answer that an option gives: the known name, or none."""
        return self.known_name if key == self.KNOWN else super().chosen(step, key)

    @cached_property
    def known_name(self) -> str:
        """Return the name by which the person's channel or an earlier form knows them; "" if none may be shown."""
        name = self.contact.root().name if self.contact is not None else ""
        return "" if len(name) > NAME_MOST else name_or_empty(name)
