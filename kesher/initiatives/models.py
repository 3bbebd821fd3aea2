"""Abstract models of petitions, contests and purchases: texts in several languages, code, title, picture."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language

from kesher.agencies.base_url import absolute
from kesher.agencies.models import AgencyOwned, in_language
from kesher.core.db.agency_scope import ScopedQuerySet
from kesher.core.models import Attachment
from kesher.core.templatetags.components import stored_url
from kesher.core.ui.list_search import Index, line_has_keys, search
from kesher.participation.models import Action


class Translated:
    """An attribute: the text of a {language: text} field in the reader's language (``goal = Translated("goals")``)."""

    def __init__(self, field: str) -> None:
        """Read from the field of this name."""
        self.field = field

    def __get__(self, row: Any, _model: type) -> str:
        """Return the text of this row."""
        return in_language(getattr(row, self.field))


class WrittenText(Translated):
    """An attribute: the text of a field of `InWords` in the reader's language, else as it was written."""

    def __get__(self, row: Any, _model: type) -> str:
        """Return the text of this row."""
        text: str = row.words(getattr(row, self.field))
        return text


class WrittenLanguage(Translated):
    """An attribute: the code of the language of a `WrittenText`."""

    def __get__(self, row: Any, _model: type) -> str:
        """Return the code of the language in which this row's reader sees the text."""
        lang: str = row.language_of(getattr(row, self.field))
        return lang


class InWords(AgencyOwned):
    """A row with texts of the form {language: text}, written in ``language``, perhaps translated."""

    language = models.CharField(max_length=8, default="he")

    class Meta(AgencyOwned.Meta):
        abstract = True

    def words(self, texts: dict[str, str]) -> str:
        """Return one of these translations: the reader's language, else the language it was written in."""
        return texts.get((get_language() or "he")[:2]) or texts.get(self.language) or in_language(texts)

    def language_of(self, texts: dict[str, str]) -> str:
        """Return the language of what `words` returns."""
        lang = (get_language() or "he")[:2]
        return lang if texts.get(lang) else self.language


class Initiative(InWords):
    """What many people take part in: it has a title, a picture, one page, and the short code of its action."""

    action: models.OneToOneField[Action, Action]
    titles = models.JSONField(default=dict)
    picture = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    title = WrittenText("titles")
    shown_language = WrittenLanguage("titles")

    class Meta(InWords.Meta):
        abstract = True

    def __str__(self) -> str:
        """Return the title in the reader's language."""
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the initiative's public page."""
        return stored_url(f"{self._meta.app_label}:detail", self.code)

    @property
    def page_url(self) -> str:
        """Return the absolute URL of the initiative's public page."""
        return absolute(self.get_absolute_url())

    @property
    def desk_path(self) -> str:
        """Return the path of the initiative's page at the desk."""
        return reverse(f"{self._meta.app_label}:desk-{self._meta.model_name}", args=[self.code])

    @property
    def code(self) -> str:
        """Return the short code, which people type in messages."""
        return self.action.code


class InitiativeQuerySet[Model: Initiative](ScopedQuerySet[Model]):
    """Reads that initiatives of every kind have. ``INDEX``: how their search keys are stored."""

    INDEX: ClassVar[Index] = Index(line_has_keys, "action__code")

    def with_code(self, code: str) -> Self:
        """Return the initiative with this code.

        The agency is named beside the code, as in the index of actions: with the code alone, the database reads all
        initiatives of the agency.
        """
        return self.filter(action__code=code, action__agency=models.F("agency"))

    def search(self, words: str) -> Self:
        """Return the initiatives that have these words, in any form and language; all of them for no words.

        A number finds its own initiative. One query, to know how the words are meant.
        """
        found: Self = search(self, words, self.INDEX)
        return found
