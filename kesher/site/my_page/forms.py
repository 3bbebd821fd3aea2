"""Form of a person's preferences: name, language, channel, news, quiet hours, large text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.accounts.my_page import MY_PAGE_SECTIONS
from kesher.accounts.services import open_routes
from kesher.contacts.models import Contact
from kesher.conversations.channel_links import channel_title
from kesher.core.i18n.person_names import PersonNameField

# The value of "no choice".
ANY, NONE = "any", "none"


def hour_choices() -> list[tuple[str, str]]:
    """Return the (value, title) choices for the start and end of a citizen's quiet hours."""
    return [(NONE, _now("none")), *((f"{hour:02}:00", f"{hour:02}:00") for hour in range(24))]


class PreferencesForm(forms.Form):
    """A person's preferences: name, language, channel, news, quiet hours and text size."""

    name = PersonNameField(label=_("My name"), required=False)
    language = forms.ChoiceField(label=_("Language"))
    channel = forms.ChoiceField(
        label=_("Write to me by"),
        help_text=_("We write here first. If that is not possible, we use another of your channels."),
    )
    news = forms.MultipleChoiceField(label=_("Tell me about"), required=False, widget=forms.CheckboxSelectMultiple)
    quiet_from = forms.ChoiceField(label=_("No news from"))
    quiet_to = forms.ChoiceField(label=_("until"))
    large_text = forms.BooleanField(
        label=_("Large text"), required=False, help_text=_("On every page, in this browser and wherever you sign in.")
    )

    def __init__(self, *args: Any, contact: Contact, languages: list[str], **kwargs: Any) -> None:
        """Fill the form with the contact's preferences, and offer their languages, channels and news."""
        prefs = contact.prefs
        quiet, muted = prefs.get("quiet") or {}, prefs.get("muted", [])
        news = [(shelf.name, shelf.news) for shelf in MY_PAGE_SECTIONS.values() if shelf.news]
        kwargs["initial"] = {
            "name": contact.name,
            "language": contact.language or "he",
            "channel": prefs.get("channel", ANY),
            "news": [name for name, _title in news if name not in muted],
            "quiet_from": quiet.get("from", NONE),
            "quiet_to": quiet.get("to", NONE),
            "large_text": prefs.get("large_text", False),
        }
        super().__init__(*args, **kwargs)
        routes = {route.account.channel: channel_title(route.account.channel) for route in open_routes(contact)}
        titles = [(code, title) for code, title in settings.LANGUAGES if code in languages]
        self.choose("language", titles)
        self.choose("channel", [(ANY, _now("the channel I last wrote from")), *routes.items()])
        self.choose("news", news)
        self.choose("quiet_from", hour_choices())
        self.choose("quiet_to", hour_choices())

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Set the (value, title) choices of the field with this name."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Return the form's data. Add an error if quiet hours have only one end."""
        given = super().clean() or {}
        start, end = given.get("quiet_from"), given.get("quiet_to")
        if start and end and ((start == NONE) != (end == NONE) or (start == end != NONE)):
            self.add_error("quiet_to", _now("Choose both hours, or neither."))
        return given

    @property
    def wanted(self) -> dict[str, Any]:
        """Return the chosen preferences as the arguments of `contacts.set_preferences`."""
        given = self.cleaned_data
        muted = [shelf.name for shelf in MY_PAGE_SECTIONS.values() if shelf.news and shelf.name not in given["news"]]
        quiet = {} if given["quiet_from"] == NONE else {"from": given["quiet_from"], "to": given["quiet_to"]}
        channel = "" if given["channel"] == ANY else given["channel"]
        return {"channel": channel, "muted": muted, "quiet": quiet, "large_text": given["large_text"]}
