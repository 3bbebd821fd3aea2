"""Forms of records: sources, consents, mandates, reminders, and requests to act for a child or ward."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kesher.conversations.contact_address_fields import AddressField
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField, DayField
from kesher.records.models import Mandate, RecordSource, WardRequest
from kesher.records.sources.field_mapping import normalise_number
from kesher.records.sources.registry import adapter_title, all_adapters

DAYS = ((7, _("A week")), (30, _("A month")), (90, _("Three months")), (365, _("A year")))
LONGEST_PERIOD = timedelta(days=30 * 365)
HOST = re.compile(r"""\w+://[^/\s"'\\]+""")
NUMBER = re.compile(r"[^\W_]{5,20}")
LANGUAGES = (("he", "עברית"), ("ar", "العربية"), ("ru", "Русский"), ("en", "English"))


def set_source_choices(scope: forms.Field, sources: Iterable[RecordSource]) -> list[str]:
    """Set the field's choices to these sources, and return their codes."""
    assert isinstance(scope, forms.MultipleChoiceField)
    scope.choices = [(source.code, source.name) for source in sources]
    return [code for code, _name in scope.choices]


class AskForm(forms.Form):
    """The form of a question about a row."""

    words = forms.CharField(
        label=_("What would you like to know?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


class RemindForm(forms.Form):
    """The form of a reminder's day."""

    day = DayField(label=_("On which day?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean_day(self) -> date:
        """Return the day of the reminder. Raise ValidationError if it is not in the future."""
        found: date = self.cleaned_data["day"]
        if found <= timezone.localdate():
            raise ValidationError(_("Choose a day that is still to come."))
        return found


class MandateForm(forms.Form):
    """The form of a mandate: who may see which sources of whom, and how long. Nothing is preselected."""

    side = forms.ChoiceField(
        label=_("Who acts for whom?"),
        choices=[
            (Mandate.Side.GIVER.value, _("The other person may see mine")),
            (Mandate.Side.TAKER.value, _("I ask to see the other person's")),
        ],
        widget=forms.RadioSelect,
        initial=Mandate.Side.GIVER.value,
    )
    address = AddressField(
        label=_("The other person's phone number or e-mail address"),
        help_text=_("We write there. Nothing is shown before both of you agreed."),
        max_length=254,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    scope = forms.MultipleChoiceField(
        label=_("What may be seen?"), widget=forms.CheckboxSelectMultiple, help_text=_("Nothing else is shown.")
    )
    days = forms.TypedChoiceField(label=_("For how long?"), coerce=int, choices=DAYS, initial=30)

    def __init__(self, *args: Any, sources: Iterable[RecordSource], **kwargs: Any) -> None:
        """Offer these sources as what the mandate may cover."""
        super().__init__(*args, **kwargs)
        set_source_choices(self.fields["scope"], sources)


class WardForm(forms.Form):
    """The form of a request to act for a child or a ward."""

    kind = forms.ChoiceField(
        label=_("For whom?"), choices=WardRequest.Kind.choices, widget=forms.RadioSelect, initial=WardRequest.Kind.CHILD
    )
    name = forms.CharField(
        label=_("This person's name"),
        help_text=_("As it stands in the identity card."),
        max_length=120,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("This person's identity number"),
        help_text=_("This person's own, not yours. Kept encrypted; the sources find by it what is in this name."),
        max_length=30,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    born = DayField(
        label=_("Of a child: the day of birth"),
        help_text=_("On the day on which the child is 18 it ends by itself."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
    )
    until = DayField(
        label=_("Until when?"),
        help_text=_("Of a ward: the last day of the court's order. Of a child it may stay empty."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    scope = forms.MultipleChoiceField(
        label=_("What do you ask to see?"), widget=forms.CheckboxSelectMultiple, help_text=_("Nothing else is shown.")
    )
    proof = AttachmentField(
        label=_("A paper that shows it"),
        help_text=_(
            "The page of the identity card with the child, or the court's order: a picture or a PDF. It is deleted "
            "when the request is decided. Without it a clerk may ask you to come."
        ),
        required=False,
    )

    def __init__(self, *args: Any, sources: Iterable[RecordSource], **kwargs: Any) -> None:
        """Offer these sources as what the mandate may cover, all of them ticked."""
        super().__init__(*args, **kwargs)
        self.fields["scope"].initial = set_source_choices(self.fields["scope"], sources)

    def clean_number(self) -> str:
        """Return the ward's identity number, normalised. Raise ValidationError if it cannot be one."""
        found = normalise_number(self.cleaned_data["number"])
        if not NUMBER.fullmatch(found):
            raise ValidationError(_("A number has 5 to 20 letters and figures. Please check it."))
        return found

    def clean_until(self) -> date | None:
        """Return the last day of the court's order. Raise ValidationError if it is too far away."""
        found: date | None = self.cleaned_data["until"]
        if found is not None and found > timezone.localdate() + LONGEST_PERIOD:
            raise ValidationError(_("This is very far away. Please check the year."))
        return found

    def clean_born(self) -> date | None:
        """Return the child's day of birth. Raise ValidationError if it is too long ago."""
        found: date | None = self.cleaned_data["born"]
        if found is not None and found < timezone.localdate() - LONGEST_PERIOD:
            raise ValidationError(_("Please check the year."))
        return found

    def clean_proof(self) -> Attachment | None:
        """Return the uploaded proof. Raise ValidationError unless it is a picture or a PDF."""
        found: Attachment | None = self.cleaned_data["proof"]
        if found is not None and not (found.is_picture or found.mime == "application/pdf"):
            raise ValidationError(_("Please send a picture or a PDF."))
        return found


class GrantForm(forms.Form):
    """The form to grant a request, until a day at most as late as requested."""

    until = DayField(label=_("Until when?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class WhyForm(forms.Form):
    """The form to refuse or end, with a reason."""

    reason = forms.CharField(
        label=pgettext_lazy("record", "Why?"),
        help_text=_("Whoever asked reads it."),
        min_length=10,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class WardAddressForm(forms.Form):
    """The form of the ward's own address."""

    address = AddressField(
        label=_("This person's own phone number or e-mail address"),
        help_text=_("Whoever signs in with it sees who acts for this person and who looked, and may end it."),
        max_length=254,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )


class ReasonForm(forms.Form):
    """The form of the reason why a member of staff looks."""

    reason = forms.CharField(
        label=_("Why do you look?"),
        help_text=_("This person can read it, with your name."),
        min_length=10,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class IndentedJSONField(forms.JSONField):
    """A JSON field shown indented."""

    def prepare_value(self, value: Any) -> Any:
        """Return the value as indented JSON text for the form's widget."""
        return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False, indent=2)


class SecretJSONField(forms.JSONField):
    """A JSON field that is entered and never shown again."""

    def prepare_value(self, value: Any) -> Any:
        """Return "", so that the form never shows stored secrets."""
        return ""


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The form of a source. Secrets are entered anew or left as they are."""

    names = IndentedJSONField(label=_("Names, by language"), widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr"}))
    purposes = IndentedJSONField(
        label=_("What it is read for, by language"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "ltr"}),
    )
    wordings = IndentedJSONField(
        label=_("What people agree to, by language"),
        help_text=_("When these words change, everybody is asked anew."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "ltr"}),
    )
    settings = IndentedJSONField(
        label=_("Settings"), required=False, widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr"})
    )
    secrets = SecretJSONField(
        label=_("Secrets"),
        help_text=_("Kept encrypted, and not shown again. Leave empty to keep those that are there."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "autocomplete": "off"}),
    )
    adapter = forms.ChoiceField(label=_("Kind"))

    class Meta:
        model = RecordSource
        fields = (
            "code", "adapter", "names", "purposes", "asks_consent", "wordings", "icon", "level", "timeout", "ttl",
            "stale_ttl", "order", "settings", "secrets",
        )  # fmt: skip
        labels = {
            "code": _("Short name, in Latin letters"),
            "asks_consent": _("Read only for those who agreed"),
            "icon": _("Icon"),
            "level": _("How well a person must be known (1 to 3)"),
            "timeout": _("How long it may take (seconds)"),
            "ttl": _("How long an answer is fresh (seconds)"),
            "stale_ttl": _("How long an answer may stand in for one that does not come (seconds)"),
            "order": _("Its place on the page"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the installed adapters as kinds of source."""
        super().__init__(*args, **kwargs)
        kind = self.fields["adapter"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(name, adapter_title(source)) for name, source in all_adapters().items()]

    def clean(self) -> dict[str, Any]:
        """Check that the JSON fields are objects (of texts where needed), and that the source has a name."""
        found: dict[str, Any] = super().clean() or {}
        for name in ("names", "purposes", "wordings", "settings", "secrets"):
            value = found.get(name) or {}
            texts = name in ("names", "purposes", "wordings", "secrets")
            if not isinstance(value, dict) or (texts and not all(isinstance(one, str) for one in value.values())):
                self.add_error(name, _('Write it as {"name": "value"}.'))
            found[name] = value
        if not found.get("names"):
            self.add_error("names", _("Give it a name in one language at least."))
        if self.has_moved(found) and not found["secrets"]:
            self.add_error("secrets", _("Enter the secrets again: they would be sent to another address than before."))
        return found

    def has_moved(self, found: dict[str, Any]) -> bool:
        """Return whether a source that has secrets is to be read by another adapter or from another host."""
        stored = RecordSource.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        if stored is None or not stored.secrets:
            return False
        hosts = [set(HOST.findall(json.dumps(settings))) for settings in (stored.settings, found["settings"])]
        return stored.adapter != found.get("adapter") or not hosts[1] <= hosts[0]


def suggest_reminder_day(due: date | None) -> date:
    """Return the day to suggest for a reminder: three days before ``due``, tomorrow at the earliest."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return max(tomorrow, due - timedelta(days=3)) if due is not None else tomorrow
