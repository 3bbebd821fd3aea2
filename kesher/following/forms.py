"""The questions of following: topics, places, languages, how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Place
from kesher.cases.models import Topic
from kesher.contacts.models import Consent
from kesher.contacts.services import find_consent
from kesher.core.ui.form_fields import flatten_choices
from kesher.dialogues.forms import CodesField, StepForm
from kesher.following.feeds import ALL, sorted_feeds
from kesher.following.models import Following
from kesher.following.relevance import find_named, has_name
from kesher.language import keys

SEVERAL: Final = re.compile(r"\s*[,،;\n]\s*")
PLACES_MOST: Final = 20
NAMED_MOST: Final = 8  # of what there is, in an error message


class LanguageCheckboxes(forms.CheckboxSelectMultiple):
    """Check boxes of languages, each named in itself and marked as such for screen readers."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the option of one language, with its name in an element of that language."""
        marked = format_html('<span lang="{}" dir="auto">{}</span>', value, label)
        return super().create_option(name, value, marked, *args, **kwargs)


def topic_choices() -> list[tuple[str, Any]]:
    """Return the choices of what may be followed: everything of a feed, then a group of the topics. One query."""
    feeds = [(ALL + feed.name, str(feed.everything)) for feed in sorted_feeds()]
    topics = [(topic.code, topic.name) for topic in active_topics()]
    return [*feeds, (_now("Single topics"), topics)] if topics else feeds


def active_topics() -> list[Topic]:
    """Return the agency's topics in use, in its order."""
    return list(Topic.objects.filter(is_active=True).order_by("order", "id"))


def topic_words(topic: Topic) -> list[str]:
    """Return every name and synonym of a topic, in all languages."""
    return [*topic.names.values(), *(word for several in topic.synonyms.values() for word in several)]


class WrittenTopicsField(CodesField):
    """Topics in a person's own words, with commas between them; the clean value is their codes."""

    def clean(self, value: Any) -> Any:
        """Return the codes of the topics that a text names. Raise ValidationError for what names none."""
        parts = [part for part in SEVERAL.split(str(super().clean(value) or "").strip()) if part]
        feeds, topics = sorted_feeds(), active_topics()
        found: dict[str, None] = {}
        for part in parts:
            text = keys(part)
            kinds = {ALL + feed.name: keys(str(feed.kind)) for feed in feeds}
            codes = [code for code, kind in kinds.items() if part == code or has_name(kind, part)]
            codes += [
                topic.code
                for topic in topics
                if part == topic.code or any(has_name(text, name) for name in topic_words(topic))
            ]
            if not codes:
                names = [*(str(feed.kind) for feed in feeds), *(topic.name for topic in topics)][:NAMED_MOST]
                words = _now("We have no topic “%(words)s”. There are, for example: %(names)s.")
                raise ValidationError(words % {"words": part[:60], "names": ", ".join(names)})
            found |= dict.fromkeys(codes)
        return list(found)

    def name_codes(self, codes: list[str]) -> list[str]:
        """Return the names of these topics."""
        titles = dict(flatten_choices(topic_choices()))
        return [str(titles.get(code, code)) for code in codes]


class PlacesField(CodesField):
    """Streets, areas and landmarks by name, with commas between them; the clean value is their codes."""

    def clean(self, value: Any) -> Any:
        """Return the codes of the places that a text names. Raise ValidationError for what names none, or several."""
        parts = [part for part in SEVERAL.split(str(super().clean(value) or "").strip()) if part]
        if len(parts) > PLACES_MOST:
            raise ValidationError(_now("Please name at most %(most)d places.") % {"most": PLACES_MOST})
        places = list(Place.objects.order_by("pk")) if parts else []
        return list(dict.fromkeys(find_one(part, places).code for part in parts))

    def name_codes(self, codes: list[str]) -> list[str]:
        """Return the names of these places."""
        return [str(place) for place in Place.objects.filter(code__in=codes).order_by("pk")]


def find_one(text: str, places: list[Place]) -> Place:
    """Return the one place that a text names. Raise ValidationError."""
    found = find_named(text, places)
    if len(found) == 1:
        return found[0]
    if found:
        words = _now("“%(words)s” may be several places: %(names)s. Please write the whole name.")
        names = ", ".join(str(place) for place in found[:NAMED_MOST])
        raise ValidationError(words % {"words": text[:60], "names": names})
    words = _now(
        "We do not know a place called “%(words)s”. Please write the name of a street or an area, without a house"
        " number."
    )
    raise ValidationError(words % {"words": text[:60]})


class FollowForm(StepForm):
    """What somebody follows, and how often we may write about it.

    Whoever refused our messages is asked whether we may write again; nothing else takes that refusal back.
    """

    field_order = ["places", "topics"]
    topics = forms.MultipleChoiceField(
        label=_("What do you want to hear about?"),
        choices=topic_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    places = PlacesField(
        label=_("Which streets or areas?"),
        help_text=_("The names of your street or area, with commas between them."),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    languages = forms.MultipleChoiceField(
        label=_("Which languages do you read?"),
        help_text=_("Each item is shown in one of these languages if it exists in it."),
        choices=settings.LANGUAGES,
        required=False,
        widget=LanguageCheckboxes,
    )
    frequency = forms.ChoiceField(
        label=_("How often may we write to you, with news of what you joined or follow?"),
        help_text=_(
            "On a working morning, only when there is something new. “Stop” or “stop following” takes it back."
        ),
        choices=Following.Frequency.choices,
        initial=Following.Frequency.WEEKLY,
        widget=forms.RadioSelect,
    )
    resume = forms.BooleanField(
        label=_("You asked us not to write to you. May we write to you again, with news of what you joined or follow?"),
        required=False,
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Leave out places where the agency has none, and the question to who has refused nothing."""
        if not Place.objects.exists():
            self.fields.pop("places", None)
        never = answers.get("frequency") == Following.Frequency.NEVER and self.is_bound
        contact = self.contact
        if never or contact is None or find_consent(contact.root(), Consent.Purpose.INFORMATION) is not False:
            self.fields.pop("resume", None)

    def clean(self) -> dict[str, Any]:
        """Return the answers. Add an error where nothing is followed."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        first = next((name for name in ("topics", "places") if name in self.fields), "")
        if first and not self.errors and not (found.get("topics") or found.get("places")):
            self.add_error(first, _now("Please choose at least one topic or place."))
        return found


class FollowStepForm(FollowForm):
    """The same in a conversation: topics in words, and the language is that of the conversation."""

    field_order = ["topics", "places"]
    said: ClassVar[dict[str, str]] = {"topic": "topics", "place": "places"}

    topics = WrittenTopicsField(  # type: ignore[assignment]  # the same codes, from words
        label=_("What do you want to hear about?"),
        help_text=_("Write topics with commas between them, for example: street lights, petitions."),
        max_length=300,
        required=False,
    )
    languages = None  # type: ignore[assignment]  # removes the field


class UnfollowForm(StepForm):
    """The question before everything that somebody follows is forgotten."""

    sure = forms.BooleanField(label=_("Shall we forget what you follow, and send no more digests?"))
