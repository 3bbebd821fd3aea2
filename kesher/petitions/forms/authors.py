"""Forms for starting a petition, shared by the page, the API and chats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import AddressField, address_field, needs_address
from kesher.core.i18n.person_names import PersonNameField
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField
from kesher.dialogues.forms import StepForm
from kesher.language import LANGUAGES, detect
from kesher.petitions.area_map import AreaField
from kesher.petitions.models import TITLE_MAX, Petition
from kesher.petitions.services.drafts import Written
from kesher.petitions.similar_petitions import find_similar

DEMAND_MAX, BACKGROUND_MAX = 600, 4000
MINE = "mine"


class NothingForm(StepForm):
    """The form of a skill that asks nothing."""


class WriteForm(StepForm):
    """What a petition says."""

    takes_questions = ("title",)
    title = forms.CharField(
        label=_("What do you ask for, in one short sentence?"),
        help_text=_("At most 80 letters: it is the title of your petition."),
        min_length=5,
        max_length=TITLE_MAX,
        widget=forms.TextInput(attrs={"data-count": "count-title", "data-most": TITLE_MAX, "autocomplete": "off"}),
    )
    demand = forms.CharField(
        label=_("What exactly should be done?"),
        help_text=_("What, where and by when. We can only do what is said."),
        min_length=10,
        max_length=DEMAND_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    background = forms.CharField(
        label=_("Why does it matter?"),
        help_text=_("What happened, and whom it affects. Leave out the names of private people."),
        max_length=BACKGROUND_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    photo = AttachmentField(
        label=_("Do you have a picture?"),
        help_text=_("Your own, without the faces of people who did not agree."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    alt = forms.CharField(
        label=_("What does the picture show?"),
        help_text=_("A few words for people who cannot see it."),
        max_length=300,
        required=False,
    )
    area = AreaField(none=_("The whole town"), label=_("Which part of town is it about?"))
    name = PersonNameField(
        label=_("Your name, if it may stand on the petition"),
        help_text=_("You may leave it out. Nobody sees your number or address."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove the area field if the agency has no areas, and in a chat the description of a missing picture."""
        field = self.fields["area"]
        assert isinstance(field, AreaField)
        if not field.is_asked:
            del self.fields["area"]
        if self.contact is not None and "photo" in answers and not answers.get("photo"):
            del self.fields["alt"]

    def clean_photo(self) -> Attachment | None:
        """Return the petition's picture; None while the provider still holds it. Refuse any other file."""
        picture = self.cleaned_data.get("photo")
        # A picture that is still at the provider is judged by the type that the provider gave.
        if picture is not None and not picture.is_picture:
            raise ValidationError(_("Please choose a picture."))
        return picture if isinstance(picture, Attachment) else None


class StartStepForm(WriteForm):
    """The questions of starting a petition in a conversation; similar ones are shown before going on."""

    similar = forms.ChoiceField(label=_("These ask for nearly the same. Is one of them what you want?"))
    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, and tell you how your petition goes on."),
        max_length=254,
    )

    field_order = ("title", "similar", "demand", "background", "photo", "alt", "area", "name", "address")

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Remove fields that need not be asked; all others if the person would rather sign a similar petition."""
        super().shape(answers)
        if not needs_address(self.contact):
            del self.fields["address"]
        chosen = str(answers.get("similar") or "")
        field = self.fields["similar"]
        assert isinstance(field, forms.ChoiceField)
        found = similar_choices(str(answers.get("title") or "")) if chosen in ("", MINE) else [(chosen, chosen)]
        field.choices = [*found, (MINE, _("No, mine is another one"))]
        if not found and not chosen:
            del self.fields["similar"]
        if chosen not in ("", MINE):
            # They sign that one instead: the rest need not be asked.
            self.fields = {name: self.fields[name] for name in ("title", "similar")}


class AmendForm(WriteForm):
    """The change of one part after another in a conversation, before the petition is sent again."""

    part = forms.ChoiceField(
        label=_("What do you change?"),
        choices=[
            ("title", _("Title")),
            ("demand", _("What is asked for")),
            ("background", _("Background")),
            ("photo", _("Picture")),
        ],
    )
    send = forms.BooleanField(
        label=_("Is it ready to be sent again?"), help_text=_("If not, you change something more."), required=False
    )

    field_order = ("part", "title", "demand", "background", "photo", "alt", "send")

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Ask which part of the petition the author changes, then keep only the fields of that part."""
        super().shape(answers)
        part = str(answers.get("part") or "")
        wanted = ["part", part, *(["alt"] if part == "photo" else []), "send"] if part else ["part"]
        self.fields = {name: self.fields[name] for name in wanted if name in self.fields}


class StartForm(WriteForm):
    """The questions of starting a petition on a page and through the API."""

    address = address_field(
        help_text=_("We send a code there, and tell you how your petition goes on. It is not shown to anybody.")
    )


class AnotherAddressForm(forms.Form):
    """The address to which the code shall go instead."""

    address = address_field()


class CloseForm(StepForm):
    """The yes that closes a petition."""

    close = forms.BooleanField(label=_("Close this petition? Nobody can sign it afterwards."))


class NewsForm(StepForm):
    """The author's news for the signers."""

    text = forms.CharField(
        label=_("What is the news for those who signed?"),
        help_text=_("We read it first. Then it stands on the page, and goes to those who want news."),
        min_length=10,
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def similar_choices(title: str) -> list[tuple[str, str]]:
    """Return form choices (number, title) of open petitions that ask for the same as this title."""
    found = find_similar(title) if title else []
    return [(one.petition.code, one.petition.title) for one in found if one.petition.is_open]


def build_written(cleaned: Mapping[str, Any], lang: str = "") -> Written:
    """Return the cleaned answers of a form as the text that `services.start_petition` takes."""
    words = f"{cleaned['title']} {cleaned['demand']}"
    found = detect(words) or lang or (get_language() or "he")[:2]
    return Written(
        title=cleaned["title"],
        demand=cleaned["demand"],
        background=cleaned.get("background") or "",
        picture=cleaned.get("photo"),
        picture_alt=cleaned.get("alt") or "",
        area=cleaned.get("area") or "",
        name=cleaned.get("name") or "",
        language=found if found in LANGUAGES else "he",
    )


def build_amended(petition: Petition, cleaned: Mapping[str, Any]) -> Written:
    """Return the petition's text with the part that its author changed; parts left empty stay."""
    words = {name: text for name, text in answers_of(petition).items() if name != "photo"}
    return build_written({**words, **{name: text for name, text in cleaned.items() if text}}, petition.language)


def answers_of(petition: Petition) -> dict[str, Any]:
    """Return a petition's title, demand, picture and so on as the form's raw answers, to start editing from."""
    lang = petition.language
    return {
        "title": petition.titles.get(lang, ""),
        "demand": petition.demands.get(lang, ""),
        "background": petition.backgrounds.get(lang, ""),
        "photo": petition.picture.key if petition.picture else "",
        "alt": petition.picture.alt if petition.picture else "",
        "area": petition.area,
        "name": petition.author_name,
    }
