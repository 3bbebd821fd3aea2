"""Forms for proposing: in a conversation, on a page and in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kesher.contests.models import MEANING_MAX, TEXT_MAX, Contest
from kesher.conversations.contact_address_fields import address_field, needs_address
from kesher.core.i18n.person_names import PersonNameField
from kesher.core.ui.form_fields import AttachmentField, PictureField
from kesher.dialogues.forms import StepForm
from kesher.language import normalise

Kind = Contest.Kind
# Words that answer another question than "which word?".
BARE = frozenset(map(normalise, ("yes", "no", "ok", "כן", "לא", "نعم", "لا", "да", "нет")))
ASKS: dict[str, Any] = {
    Kind.WORDS: _("Which word do you propose?"),
    Kind.NAMES: _("Which name do you propose?"),
    Kind.IDEAS: _("What is your idea, in one line?"),
    Kind.SLOGANS: _("Which slogan do you propose?"),
    Kind.POLL: _("Which answer do you propose?"),
}
WHYS: dict[str, Any] = {
    Kind.WORDS: _("How did you come to it, and how is it used? A sentence is enough."),
    Kind.NAMES: _("Why this name?"),
    Kind.IDEAS: _("Tell us more about it."),
    Kind.SLOGANS: _("What does it say to you?"),
    Kind.POLL: _("Why?"),
}


def name_questions(form: StepForm, contest: Contest) -> None:
    """Label the questions about a proposal for this contest, and drop the one that it does not ask."""
    form.fields["text"].label = ASKS[contest.kind]
    form.fields["meaning"].label = WHYS[contest.kind]
    if not contest.asks_meaning:
        del form.fields["meaning"]


class ProposeForm(StepForm):
    """A proposal in a conversation: the word and its meaning, and a picture of an idea.

    A name and news are offered with the receipt; what was answered before, on a page, comes along.
    """

    takes_questions = ("text", "meaning")
    text = forms.CharField(label=_("Which word do you propose?"), max_length=TEXT_MAX)
    meaning = forms.CharField(label=_("What does it mean?"), max_length=MEANING_MAX, required=False)
    picture = PictureField(label=_("Send a picture, if you have one."), required=False)
    name = PersonNameField(label=_("Your name, if it may stand beside your proposal"), required=False)
    updates = forms.BooleanField(label=_("May we tell you what happens to it?"), required=False)

    def clean_text(self) -> str:
        """Return the word; raise ValidationError for a bare yes or no, which answers another question."""
        text = str(self.cleaned_data["text"])
        if normalise(text) in BARE:
            raise ValidationError(_("Please write the word that you propose."))
        return text

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Label the fields, and remove those that this contest or this person does not need."""
        contest = self.subject
        if not isinstance(contest, Contest):
            return
        name_questions(self, contest)
        if contest.kind != Kind.IDEAS:
            del self.fields["picture"]  # a word needs none, and each question costs people
        for name in ("name", "updates"):
            if not answers.get(name):
                del self.fields[name]
        if needs_address(self.contact):
            self.fields.pop("updates", None)  # there is nowhere to write to


class ProposalForm(StepForm):
    """A proposal on a page and in the API: all questions at once."""

    text = forms.CharField(label=_("Which word do you propose?"), max_length=TEXT_MAX)
    meaning = forms.CharField(
        label=_("What does it mean?"), max_length=MEANING_MAX, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    picture = AttachmentField(
        label=_("A picture, if you have one"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    voice = AttachmentField(
        label=_("A recording of how it sounds"), required=False, widget=forms.FileInput(attrs={"accept": "audio/*"})
    )
    name = PersonNameField(
        label=_("Your name, if it may stand beside your proposal"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = address_field(
        help_text=_("So that we can tell you what happens to it. It is not shown to anybody."), required=False
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Label the fields for this contest, and drop the questions that it does not ask."""
        contest = self.subject
        if not isinstance(contest, Contest):
            return
        name_questions(self, contest)
        if contest.kind != Kind.WORDS:
            del self.fields["voice"]

    def clean_picture(self) -> Any:
        """Return the uploaded picture; raise ValidationError for another kind of file."""
        return self.of_kind("picture", "image", _("Please choose a picture."))

    def clean_voice(self) -> Any:
        """Return the uploaded recording; raise ValidationError for another kind of file."""
        return self.of_kind("voice", "audio", _("Please choose a sound file."))

    def of_kind(self, name: str, kind: str, words: Any) -> Any:
        """Return a field's attachment; raise ValidationError(``words``) unless it is of ``kind``."""
        found = self.cleaned_data.get(name)
        if found is not None and found.kind != kind:
            raise ValidationError(words)
        return found


class RequestedProposalForm(ProposalForm):
    """A proposal in the API, which takes none without an address."""

    address = address_field()
