"""Translate stored codes into words for the page of a personal data export (`data.json` keeps the codes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.accounts.my_page import MY_PAGE_SECTIONS
from kesher.agencies.models import in_language
from kesher.cases.channel_presenter import channel_badge
from kesher.cases.contact_panel import ASSURANCE, language_name
from kesher.cases.models import Topic
from kesher.contacts.privacy_registry import Holding
from kesher.core.ui.form_fields import flatten_choices
from kesher.dialogues.models import PICKED_UP
from kesher.dialogues.registry import REGISTRY
from kesher.petitions.area_map import known_areas
from kesher.purchases.prices import money
from kesher.records.models import RecordSource
from kesher.site.my_page.views import PURPOSES

type Row = Mapping[str, Any]
type Reader = Callable[[Any, Row], str]

NOTHING = "–"
# Titles of purposes for the person's own page (clerks see others).
PURPOSE_WORDS = {str(key): title for key, title, _text in PURPOSES}
PLACES = {
    "my page": _("My pages"),
    **dict.fromkeys(("code", "link", "national", "not_mine"), _("When the address changed hands")),
}
# (holding, column): {code: words}, where the column has no choices or their labels are not meant for people.
WORDS: dict[tuple[str, str], Mapping[Any, Any]] = {
    ("messages", "direction"): {
        "in": _("from you to us"),
        "out": _("from us to you"),
        "note": _("our staff's own note"),
        "event": _("what was done"),
    },
    ("broadcasts", "state"): {
        "waiting": _("not sent yet"),
        "queued": _("was sent to you"),
        "refused": _("not sent: you had not agreed to it"),
        "unreachable": _("there was no way to send it to you"),
    },
    ("forms", "state"): {
        "active": _("being filled in"),
        "parked": _("put aside for later"),
        "done": _("was finished"),
        "cancelled": _("was broken off"),
    },
    ("parts", "action__kind"): {
        "petition": _("Petition"),
        "contest": _("Contest"),
        "contest_vote": _("Vote in a contest"),
        "purchase": _("Group purchase"),
        "pledge": _("Pledge in a group purchase"),
    },
    ("parts", "state"): {
        "pending": _("waits for your confirmation"),
        "counted": _("is in the count"),
        "withdrawn": _("you took it back"),
        "void": _("was taken out of the count"),
        "superseded": _("another one of yours counts instead"),
        "expired": _("was not confirmed in time"),
    },
    ("choices", "value"): {1: _("In favour"), 0: _("No opinion"), -1: _("Against")},
    ("addresses", "scheme"): {
        "tel": _("Phone"),
        "mailto": _("E-mail"),
        "tg": "Telegram",
        "wa": "WhatsApp",
        "wa-bsuid": "WhatsApp",
        "messenger": "Messenger",
        "instagram": "Instagram",
        "web": _("A browser on our site"),
        "idp": _("National login"),
    },
    ("addresses", "assurance"): {level: words for level, (words, _kind) in ASSURANCE.items()},
    ("consents", "purpose"): PURPOSE_WORDS,
}


def display_value(value: Any) -> str:
    """Return a stored value that is not a code (a date, a number, a text) as people read it."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, dict):
        if set(value) <= {"he", "ar", "ru", "en"}:
            return in_language(value) or NOTHING
        return "; ".join(f"{key}: {display_value(inner)}" for key, inner in value.items())
    return ", ".join(display_value(one) for one in value) if isinstance(value, list) else str(value)


def column_reader(holding: Holding, column: str) -> Reader:
    """Return the function that turns a column's stored values into text for the export."""
    own = OWN.get((holding.name, column))
    if own is not None:
        return own()
    table = WORDS.get((holding.name, column)) or dict(field_of(holding.rows([]).model, column).flatchoices or ())
    return table_reader(table) if table else plain_reader()


def field_of(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    """Return the model field at the end of a path such as ``staff__role``."""
    name, _dots, rest = path.partition("__")
    field: Any = model._meta.get_field(name)
    return field_of(field.related_model, rest) if rest else field


def plain_reader() -> Reader:
    """Return a function that turns values without codes (dates, numbers, texts) into text."""
    return lambda value, row: display_value(value)


def table_reader(table: Mapping[Any, Any]) -> Reader:
    """Return a function that turns codes, single or in a list, into their texts in `table`."""

    def read(value: Any, row: Row) -> str:
        """Return the words for a stored code."""
        known = [table.get(one, one) for one in (value if isinstance(value, list) else [value])]
        return ", ".join(display_value(one) for one in known) or NOTHING

    return read


def channel_reader() -> Reader:
    """Return a function that turns the code of a channel or another door into its title."""
    return lambda value, row: channel_badge(value).title or NOTHING


def place_reader() -> Reader:
    """Return a function that turns the code of where a person consented (a channel, their page) into text."""
    return lambda value, row: str(PLACES[value]) if value in PLACES else channel_badge(value).title or NOTHING


def topic_reader() -> Reader:
    """Return a function that turns the code of a topic into its name."""
    return table_reader({row.code: row.name for row in Topic.objects.all()})


def source_reader() -> Reader:
    """Return a function that turns the code of a record source into its name."""
    return table_reader({row.code: row.name for row in RecordSource.objects.defer("settings", "secrets")})


def area_reader() -> Reader:
    """Return a function that turns the code of an area of the town into its name."""
    return table_reader({code: in_language(names) for code, names in known_areas()})


def preferences_reader() -> Reader:
    """Return a function that turns a contact's stored preferences into text."""
    return lambda value, row: (
        "; ".join(f"{title}: {words}" for title, words in preferences_in_words(value) if words) or NOTHING
    )


def preferences_in_words(prefs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a person's preferences as (title, text); the text is "" where they chose nothing."""
    quiet = prefs.get("quiet") or {}
    muted = [str(MY_PAGE_SECTIONS[name].news) if name in MY_PAGE_SECTIONS else name for name in prefs.get("muted", [])]
    return [
        (_now("Write to me by"), channel_badge(prefs.get("channel", "")).title),
        (_now("No news about"), ", ".join(muted)),
        (_now("Quiet hours"), f"{quiet['from']}–{quiet['to']}" if quiet else ""),
        (_now("Large text"), _now("yes") if prefs.get("large_text") else ""),
    ]


def skill_reader() -> Reader:
    """Return a function that turns the name of a dialogue skill into its title."""
    return lambda value, row: str(found.title) if (found := REGISTRY.get(value)) else value


def answers_reader() -> Reader:
    """Return a function that turns a form's stored answers into text, each under its question."""
    topics = {row.code: row.name for row in Topic.objects.all()}

    def read(value: Mapping[str, Any], row: Row) -> str:
        """Return a form's answers in words."""
        found = REGISTRY.get(row["skill"])
        fields: Mapping[str, Any] = found.form.base_fields if found else {}
        said = [
            answer_in_words(fields.get(name), name, answer, topics)
            for name, answer in value.items()
            if name != PICKED_UP
        ]
        return "; ".join(said) or NOTHING

    return read


def answer_in_words(field: Any, name: str, answer: Any, topics: Mapping[str, str]) -> str:
    """Return one of a form's questions with its answer as text."""
    choices = {str(code): title for code, title in flatten_choices(getattr(field, "choices", ()) or ())}
    choices |= topics if name == "topic" else {}
    words = choices.get(answer, answer) if isinstance(answer, str) else answer
    return f"{getattr(field, 'label', None) or name} {display_value(words)}"


# (holding, column): a function that makes the reader, where a table is not enough.
OWN: dict[tuple[str, str], Callable[[], Reader]] = {
    ("person", "language"): lambda: lambda value, row: language_name(value),
    ("person", "prefs"): preferences_reader,
    ("messages", "channel"): channel_reader,
    ("routes", "account__channel"): channel_reader,
    ("parts", "channel"): channel_reader,
    ("parts", "area"): area_reader,
    ("pledges", "door"): channel_reader,
    ("consents", "source"): place_reader,
    ("requests", "topic__code"): topic_reader,
    ("looks", "sources"): source_reader,
    ("mandates", "scope"): source_reader,
    ("reading_consents", "source__code"): source_reader,
    ("shares", "price"): lambda: lambda value, row: money(value),
    ("forms", "skill"): skill_reader,
    ("forms", "answers"): answers_reader,
}
