"""The form of the house rules or the service charter, with all languages side by side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.answers.forms import LANGUAGE_NAMES, language_rows

TEXT_MOST = 20_000
HELP = _("“##” begins a heading, “- ” a line of a list; {agency} is your name. Without any text there is no page.")


class PublicTextForm(forms.Form):
    """A text in fields ``text_he``, ``text_ar`` and so on; languages that are not offered stay as they are."""

    def __init__(self, *args: Any, texts: dict[str, str], languages: list[str], **kwargs: Any) -> None:
        """Add a field for each language, the main one first, with what is stored."""
        super().__init__(*args, **kwargs)
        self.stored, self.languages = texts, languages
        for lang in languages:
            self.fields[f"text_{lang}"] = forms.CharField(
                label=LANGUAGE_NAMES[lang],
                required=False,
                max_length=TEXT_MOST,
                initial=texts.get(lang, ""),
                widget=forms.Textarea({"lang": lang, "rows": 24}),
            )

    def grid(self) -> list[dict[str, Any]]:
        """Return the row of the text, with its field in each language, as the template shows it."""
        return language_rows(self, {"text": _("Text")}, {"text": HELP})

    def clean(self) -> dict[str, Any]:
        """Return the answers. Add an error where the main language is missing, in which all others would read it."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        main = f"text_{self.languages[0]}"
        if not self.errors and self.texts() and self.languages[0] not in self.texts():
            self.add_error(main, _now("Write it in the main language, too: it is shown where a language has no text."))
        return found

    def texts(self) -> dict[str, str]:
        """Return the texts by language, without those that say nothing."""
        entered = {lang: self.cleaned_data[f"text_{lang}"].strip().replace("\r\n", "\n") for lang in self.languages}
        both = {**self.stored, **entered}
        return {lang: text for lang, text in both.items() if any(char.isalnum() for char in text)}
