"""Forms of the desk: a watch with its test box, a source, and the filters of mentions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.agencies.models import Staff
from kesher.listening.models import RETENTION_DAYS, Mention, Source, Watch
from kesher.listening.post_language import TRANSLITERATED
from kesher.listening.sources.source_adapter import SourceAdapter
from kesher.listening.watch_query import QueryError, parse_query

LANGUAGES = {"he": _("Hebrew"), "ar": _("Arabic"), "ru": _("Russian"), "en": _("English"),
             TRANSLITERATED[0]: _("Hebrew in Latin letters"), TRANSLITERATED[1]: _("Arabic in Latin letters"),
             "other": _("Another language")}  # fmt: skip


class WatchForm(forms.Form):
    """A watch. ``sample`` is a text on which the query is tried; it is not stored."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=80)
    query = forms.CharField(
        label=_("Query"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_('Words that must all be there; OR between words of which one is enough; "words in this order"; '
                    "NEAR/4 for words near each other; a minus before what must not be there."),
    )  # fmt: skip
    sample = forms.CharField(
        label=_("Try it on a text"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("Purpose"), max_length=300, help_text=_("What it is for. Everybody can read it in the public register.")
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    retention_days = forms.IntegerField(
        label=_("Days until a mention is deleted"), min_value=1, max_value=730, initial=RETENTION_DAYS
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Staff.objects.none())
    is_active = forms.BooleanField(label=_("It is heard"), required=False, initial=True)

    def __init__(self, data: Any = None, *, watch: Watch | None, staff: Staff) -> None:
        """Fill in the watch (None: a new one, owned by `staff`)."""
        names = ("name", "query", "purpose", "legal_basis", "retention_days", "owner", "is_active")
        initial = {name: getattr(watch, name) for name in names} if watch else {"owner": staff}
        super().__init__(data, initial=initial)
        self.fields["owner"].queryset = Staff.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]

    def clean_query(self) -> str:
        """Return the query. Raise ValidationError with what is wrong with it, and where."""
        query: str = self.cleaned_data["query"]
        try:
            parse_query(query)
        except QueryError as error:
            here = query[error.at : error.at + 20]
            where = _t(" Here: %(here)s") % {"here": here} if here else ""
            raise forms.ValidationError(f"{error.message}{where}") from error
        return query

    def values(self) -> dict[str, Any]:
        """Return the columns of the watch."""
        return {name: value for name, value in self.cleaned_data.items() if name != "sample"}


class SourceForm(forms.Form):
    """A source of one kind; the kind declares what else is asked for."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=80)
    is_active = forms.BooleanField(label=_("It is read"), required=False, initial=True)

    def __init__(self, data: Any = None, *, adapter: SourceAdapter, source: Source | None) -> None:
        """Fill in the source (None: a new one)."""
        initial = {"name": source.name, "is_active": source.is_active, **source.settings} if source else {}
        super().__init__(data, initial=initial)
        self.adapter = adapter
        for name, label in adapter.settings.items():
            widget = forms.URLInput(attrs={"dir": "ltr"}) if name == "url" else forms.TextInput()
            self.fields[name] = forms.CharField(label=label, max_length=500, widget=widget)
        self.order_fields(["name", *adapter.settings, "is_active"])

    def settings(self) -> dict[str, str]:
        """Return what the kind asks for."""
        return {name: self.cleaned_data[name] for name in self.adapter.settings}


class MentionFilterForm(forms.Form):
    """Which mentions are shown."""

    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    watch = forms.ModelChoiceField(
        label=_("Watch"), required=False, queryset=Watch.objects.none(), empty_label=_("All")
    )
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("All")), *LANGUAGES.items()])
    urgency = forms.ChoiceField(
        label=_("Danger"), required=False, choices=[("", _("All")), *Mention.Urgency.choices[1:]]
    )
    question = forms.BooleanField(label=_("Questions only"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the agency's watches."""
        super().__init__(*args, **kwargs)
        self.fields["watch"].queryset = Watch.objects.order_by("name")  # type: ignore[attr-defined]
