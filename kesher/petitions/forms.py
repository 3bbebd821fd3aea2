"""Forms for signing a petition, on pages and in chats, and the staff's forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import AddressField, address_field, needs_address
from kesher.core.i18n.person_names import PersonNameField
from kesher.core.ui.form_fields import AttachmentField
from kesher.dialogues.forms import StepForm
from kesher.language import LANGUAGES
from kesher.petitions.area_map import AreaField, find_last_area
from kesher.petitions.models import TITLE_MAX, Petition

LANGUAGE_NAMES = {"he": _("Hebrew"), "ar": _("Arabic"), "ru": _("Russian"), "en": _("English")}


class SignForm(StepForm):
    """The questions of signing a petition."""

    address = address_field(help_text=_("We send a code there. It is not shown to anybody."))
    name = PersonNameField(label=_("Your name"), required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    show_name = forms.BooleanField(label=_("Show my name on this page"), required=False)
    area = AreaField(label=_("Where do you live?"))
    updates = forms.BooleanField(label=_("Send me news about this petition"), required=False)

    desk_labels: ClassVar[dict[str, Any]] = {
        "name": _("The person's name"),
        "show_name": _("The name may stand on the petition's page"),
        "area": _("Where the person lives"),
        "updates": _("The person wants news about this petition"),
    }


class SignStepForm(StepForm):
    """The questions of signing in a conversation; the first is an explicit yes."""

    sign = forms.BooleanField(label=_("Do you sign this petition?"))
    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, so that nobody signs for you."),
    )
    name = PersonNameField(label=_("Your name, if it may stand on the petition's page"), required=False)
    area = AreaField(label=_("Where do you live?"))
    updates = forms.BooleanField(label=_("May we send you news about this petition?"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Keep only the address field for an unknown person; for others the name, and the area if never given."""
        stranger = needs_address(self.contact)
        del self.fields["name" if stranger else "address"]
        if answers.get("name") and not stranger:
            # It came from a page that somebody else may have filled in.
            words = _now("Do you sign this petition? On its page will stand: %(name)s")
            self.fields["sign"].label = words % {"name": answers["name"]}
        field = self.fields["area"]
        assert isinstance(field, AreaField)
        if stranger or not field.is_asked or self.last_area:
            del self.fields["area"]

    @cached_property
    def last_area(self) -> str:
        """Return the area that a known person named when they last signed; "" if never."""
        return "" if self.contact is None or needs_address(self.contact) else find_last_area(self.contact)

    def clean(self) -> dict[str, Any]:
        """Return the answers: a name that is given is shown, and an area is asked once only."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "show_name": bool(cleaned.get("name")), "area": cleaned.get("area") or self.last_area}

    def said_by_command(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the consent that the command to sign implies; none if a web page filled in the name."""
        return {} if answers.get("name") else {"sign": "on"}


class WithdrawForm(StepForm):
    """The question to somebody who withdraws a signature on a page."""

    address = AddressField(
        label=_("The phone number or e-mail address that you signed with"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


class WithdrawStepForm(StepForm):
    """The yes that withdraws a signature in a conversation; a stranger also gives the address."""

    withdraw = forms.BooleanField(label=_("Do you take your signature back?"))
    address = AddressField(label=_("The phone number or e-mail address that you signed with"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Ask for an address only where the person has none."""
        if not needs_address(self.contact):
            del self.fields["address"]


class WordsForm(forms.Form):
    """A text in each of the agency's languages, at least one of them: an update or an answer."""

    most = 1200

    def __init__(self, *args: Any, languages: list[str], **kwargs: Any) -> None:
        """Add a text field for each of these languages."""
        super().__init__(*args, **kwargs)
        for lang in languages:
            self.fields[f"text_{lang}"] = forms.CharField(
                label=LANGUAGE_NAMES[lang],
                max_length=self.most,
                required=False,
                widget=forms.Textarea(attrs={"lang": lang, "data-count": f"count-{lang}", "data-most": self.most}),
            )

    def clean(self) -> dict[str, Any]:
        """Check that there is a text in one language at least, and return the cleaned data."""
        cleaned = super().clean() or self.cleaned_data
        if not any(self.texts("text").values()):
            raise ValidationError(_("Write the text in at least one language."))
        return cleaned

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts that were filled in, as {language: text}."""
        return texts_of(self.cleaned_data, name)


class ResponseForm(WordsForm):
    """The body's answer to a petition."""

    most = 6000

    def __init__(self, *args: Any, sent: bool = False, **kwargs: Any) -> None:
        """Add the question whether signers get the answer; ``sent``: they got an earlier one.

        Then a correction goes to them only where the clerk says so.
        """
        super().__init__(*args, **kwargs)
        first = _("They signed to get it: it goes once to each, on the channel that they used last.")
        again = _("They got the answer as it was before. A small correction need not go to all of them again.")
        self.fields["tell"] = forms.BooleanField(
            label=_("Send the correction to everybody who signed") if sent else _("Send it to everybody who signed"),
            help_text=again if sent else first,
            required=False,
            initial=not sent,
        )


class PetitionForm(forms.Form):
    """A petition as the desk writes it: each text in each of the agency's languages."""

    language = forms.ChoiceField(label=_("The language that it was written in"), choices=list(LANGUAGE_NAMES.items()))
    threshold = forms.IntegerField(label=_("Signatures for an answer"), min_value=1, max_value=10_000_000, initial=1000)
    author_name = PersonNameField(label=_("Who asks for it, as the page says"), required=False)
    area = AreaField(none=_("The whole town"), label=_("Which part of town is it about?"))
    closes_at = forms.DateField(
        label=_("Last day to sign"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    picture = AttachmentField(label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    picture_alt = forms.CharField(label=_("What the picture shows"), max_length=300, required=False)

    TEXTS = (
        ("title", _("Title"), TITLE_MAX, 1),
        ("demand", _("What is asked for"), 600, 3),
        ("background", _("Background"), 6000, 8),
        ("goal", _("What happens when the threshold is reached"), 160, 1),
    )

    def __init__(self, *args: Any, languages: list[str], **kwargs: Any) -> None:
        """Add a field for each text in each of these languages; title and demand are required in the main one."""
        super().__init__(*args, **kwargs)
        self.languages = [lang for lang in LANGUAGES if lang in languages] or list(LANGUAGES)
        self.fields["language"].choices = [(lang, LANGUAGE_NAMES[lang]) for lang in self.languages]  # type: ignore[attr-defined]
        main = self.data.get("language") or self.initial.get("language") or self.languages[0]
        for name, label, most, rows in self.TEXTS:
            for lang in self.languages:
                attrs = {"lang": lang, **({"rows": rows} if rows > 1 else {})}
                widget = forms.Textarea(attrs=attrs) if rows > 1 else forms.TextInput(attrs=attrs)
                needed = lang == main and name in ("title", "demand")
                self.fields[f"{name}_{lang}"] = forms.CharField(
                    label=label, max_length=most, required=needed, widget=widget
                )

    def groups(self) -> list[dict[str, Any]]:
        """Return the texts as the template shows them: a title, and a field in each language."""
        return [
            {
                "title": label,
                "fields": [(LANGUAGE_NAMES[lang], self[f"{name}_{lang}"]) for lang in self.languages],
            }
            for name, label, *_rest in self.TEXTS
        ]

    def fix_promise(self) -> None:
        """Disable the fields of the first threshold and its promise, because it was reached."""
        for name, field in self.fields.items():
            if name == "threshold" or name.startswith("goal_"):
                field.disabled = True

    def clean_picture(self) -> Any:
        """Return the uploaded picture. Raise ValidationError for any other file."""
        picture = self.cleaned_data.get("picture")
        if picture is not None and not picture.is_picture:
            raise ValidationError(_("Please choose a picture."))
        return picture

    def clean_closes_at(self) -> datetime | None:
        """Return the end of the chosen day in the agency's time zone, or None."""
        day = self.cleaned_data.get("closes_at")
        if day is None:
            return None
        end = timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
        if end <= timezone.now() and day != self.initial.get("closes_at"):
            raise ValidationError(_("This day is over. Choose a later one."))
        return end

    def values(self) -> dict[str, Any]:
        """Return the cleaned petition as keyword arguments of `create_petition` and `edit_petition`."""
        cleaned = self.cleaned_data
        found: dict[str, Any] = {f"{name}s": texts_of(cleaned, name) for name, *_rest in self.TEXTS}
        found |= {
            name: cleaned[name] for name in ("language", "threshold", "closes_at", "picture_alt", "author_name", "area")
        }
        return found | ({"picture": cleaned["picture"]} if cleaned["picture"] else {})

    @staticmethod
    def initial_of(petition: Petition) -> dict[str, Any]:
        """Return the form's initial values from this petition."""
        found: dict[str, Any] = {"language": petition.language, "threshold": petition.threshold}
        found |= {"author_name": petition.author_name, "area": petition.area}
        found["picture_alt"] = petition.picture.alt if petition.picture else ""
        found["closes_at"] = timezone.localtime(petition.closes_at).date() if petition.closes_at else None
        for name, *_rest in PetitionForm.TEXTS:
            found |= {f"{name}_{lang}": text for lang, text in getattr(petition, f"{name}s").items()}
        return found


class CheckedForm(forms.Form):
    """The clerk's word that they checked who asks."""

    checked = forms.BooleanField(label=_("I saw an identity document, or called this number back"))


class VoidForm(forms.Form):
    """The reason why a signature is void, or counts again."""

    note = forms.CharField(label=_("Reason"), max_length=200)


def texts_of(cleaned: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return {language: text} of the filled-in form fields called ``name_<language>``."""
    return {
        lang: cleaned[f"{name}_{lang}"].strip() for lang in LANGUAGES if (cleaned.get(f"{name}_{lang}") or "").strip()
    }
