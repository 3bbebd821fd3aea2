"""Services that petitions, contests and purchases share: publish a picture, check texts, write in all languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import translation
from django.utils.translation import gettext as _

from kesher.core.errors import Refused
from kesher.core.models import Attachment
from kesher.language import LANGUAGES


def publish_picture(picture: Attachment | None, alt: str | None = None) -> Attachment | None:
    """Let everybody read a picture, and set its alternative text (None keeps its own); return it."""
    words = picture.alt if picture is not None and alt is None else alt or ""
    if picture is not None and (not picture.public or picture.alt != words):
        picture.public, picture.alt = True, words
        picture.save(update_fields=["public", "alt"])
    return picture


def nonempty_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return {language: text} of the texts that are not empty. Raise Refused if all are."""
    words = {lang: text.strip() for lang, text in texts.items() if text.strip()}
    if not words:
        raise Refused(_("Write something first."))
    return words


def in_all_languages(make: Callable[[], str]) -> dict[str, str]:
    """Return {language: text} of what ``make`` returns with each language active."""
    found = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            found[lang] = make()
    return found
