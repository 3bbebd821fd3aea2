"""Services that petitions, contests and purchases share: publish a picture, check texts, send and settle news."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kesher.agencies.models import Staff, in_language
from kesher.contacts.models import Contact
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.core.errors import Refused
from kesher.core.models import Attachment
from kesher.initiatives.models import Initiative
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


def send_news(
    row: Initiative,
    people: Iterable[Contact],
    texts: Mapping[str, str],
    *,
    name: str,
    purpose: str,
    topic: str = "",
    above: Mapping[str, str] | None = None,
    staff: Staff | None,
) -> Broadcast:
    """Queue a message about an initiative, in each of these languages, with its title and its page's URL.

    ``above``: a line above the title. News without a topic also reach those who want no news of this kind.
    """
    full = {
        lang: "\n\n".join(
            part
            for part in ((above or {}).get(lang, ""), row.titles.get(lang) or in_language(row.titles, lang), text, page)
            if part
        )
        for page in [row.page_url]
        for lang, text in texts.items()
    }
    return broadcast(people, name=name[:120], texts=full, purpose=purpose, topic=topic, staff=staff)


def settle_news(row: Any, *, staff: Staff, allow: bool, note: str, **changes: Any) -> str:
    """Set news that wait for a moderator to published, or to refused with a note; return the note. Raise Refused."""
    note = "" if allow else note.strip()[:300]
    if not allow and not note:
        raise Refused(_("Say why it is not published."))
    waiting = type(row).objects.filter(pk=row.pk, state=row.State.WAITING)
    if not waiting.update(state=row.State.PUBLISHED if allow else row.State.REFUSED, by=staff, note=note, **changes):
        raise Refused(_("Somebody else decided this a moment ago."))
    return note
