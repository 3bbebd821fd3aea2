"""Forms for proposing, voting and withdrawing, shared by pages, API, desk and conversations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import absolute
from kesher.contests.ballot_codec import format_key, parse_key
from kesher.contests.forms.micro_votes import AnswerField, micro_vote_questions, next_places, places_in
from kesher.contests.forms.ranked_widget import RankField
from kesher.contests.models import MEANING_MAX, TEXT_MAX, Choice, Contest, Proposal, Round
from kesher.contests.rules import TAKEN_BACK, may_take_back
from kesher.contests.services.votes import RANKED, find_candidates, vote_round
from kesher.contests.services.withdrawals import choices_on, key_of, proposals_of
from kesher.conversations.contact_address_fields import (
    AddressField,
    CodeField,
    CodeForm,
    RobotsMixin,
    address_field,
    honeypot,
    needs_address,
)
from kesher.core.api.json_schema import ListField
from kesher.core.errors import Refused
from kesher.core.i18n.person_names import PersonNameField
from kesher.core.ui.form_fields import AttachmentField, PictureField
from kesher.dialogues.forms import StepForm
from kesher.language import digits
from kesher.participation.services import find_participation

ALL = "all"
LISTED, MINE = 20, 8
Kind, Method = Contest.Kind, Round.Method
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


class NumbersField(forms.CharField):
    """Numbers as people write them: "1 4", "1, 4 and 7", in any digits.

    Cleans to a list in the same order, each number once.
    """

    json_schema = ListField.json_schema
    default_error_messages = {"numbers": _("Write the numbers of the list, with blanks between them.")}

    def to_python(self, value: Any) -> Any:
        """Return the proposal numbers written in a text; raise ValidationError where it has none."""
        if isinstance(value, list | tuple):
            value = " ".join(map(str, value))
        text = digits(super().to_python(value) or "")
        found = list(dict.fromkeys(int(number) for number in re.findall(r"\d{1,6}", text)))
        if text and not found:
            raise ValidationError(self.error_messages["numbers"], code="numbers")
        return found


def numbers_in(value: Any) -> list[int]:
    """Return the proposal numbers in an unfinished answer, or [] where it is not valid."""
    try:
        return list(NumbersField(required=False).clean(value or ""))
    except ValidationError:
        return []


class ProposeForm(StepForm):
    """A proposal in a conversation: the word, its meaning, and whether to be named and to get news."""

    takes_questions = ("text", "meaning")
    text = forms.CharField(label=_("Which word do you propose?"), max_length=TEXT_MAX)
    meaning = forms.CharField(label=_("What does it mean?"), max_length=MEANING_MAX, required=False)
    picture = PictureField(label=_("Send a picture, if you have one."), required=False)
    name = PersonNameField(label=_("Your name, if it may stand beside your proposal"), required=False)
    updates = forms.BooleanField(label=_("May we tell you what becomes of it?"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Label the fields, and remove those that this contest or this person does not need."""
        contest = self.subject
        if not isinstance(contest, Contest):
            return
        self.fields["text"].label = ASKS[contest.kind]
        self.fields["meaning"].label = WHYS[contest.kind]
        if not contest.asks_meaning:
            del self.fields["meaning"]
        if contest.kind != Kind.IDEAS:
            del self.fields["picture"]  # a word needs none, and each question costs people
        if needs_address(self.contact):
            del self.fields["updates"]  # there is nowhere to write to


class VoteForm(StepForm):
    """A vote in a conversation: the questions of the round's method, then an explicit yes."""

    sure = forms.BooleanField(label=_("Is that your vote?"))
    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, so that nobody votes for you."),
    )
    updates = forms.BooleanField(label=_("May we tell you what is decided?"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add the fields of the open round's voting method, and remove the address field for a known person."""
        self.round = vote_round(self.subject) if isinstance(self.subject, Contest) else None
        if not needs_address(self.contact):
            del self.fields["address"]
        if self.round is None:
            return
        asked = self.questions_of(self.round, answers)
        if self.round.method in (Method.PAIRWISE, Method.OPINION):
            del self.fields["sure"]  # each answer was a tap of its own
        else:
            self.fields["sure"].label = self.understood(answers)
        self.fields = asked | self.fields

    def questions_of(self, round: Round, answers: Mapping[str, Any]) -> dict[str, forms.Field]:
        """Return {name: field} of the questions by which people vote with the round's method."""
        if round.method in (Method.PAIRWISE, Method.OPINION):
            return dict(micro_vote_questions(round, self.contact, answers))
        standing = list(Proposal.objects.standing_in(round).order_by("position", "number"))
        self.titles = {row.number: row.text for row in standing}
        if round.method == Method.ONE:
            choices = [(str(number), text) for number, text in self.titles.items()]
            return {"choice": forms.ChoiceField(label=_("Which one do you choose?"), choices=choices)}
        some = list(self.titles.items())[:LISTED]
        listed = "\n".join(f"{number} {text}" for number, text in some)
        if len(self.titles) > LISTED:
            listed += "\n" + _now("All of them: %(link)s") % {"link": list_url(round)}
        asked: dict[str, forms.Field] = {
            "numbers": NumbersField(label=f"{listed}\n{how_to_choose(round)}", max_length=200)
        }
        first = numbers_in(answers.get("numbers"))
        return asked | (next_places(self.titles, first, answers) if round.method in RANKED else {})

    def understood(self, answers: Mapping[str, Any]) -> str:
        """Return the confirming question, which names the proposals that would be voted for."""
        chosen = [*numbers_in(answers.get("choice") or answers.get("numbers")), *places_in(answers)]
        names = [self.titles.get(number, "") for number in chosen]
        text = " · ".join(name for name in names if name)
        return (
            _now("You choose: %(names)s. Is that your vote?") % {"names": text} if text else _now("Is that your vote?")
        )

    def chosen(self, step: str, key: str) -> str | None:
        """Return the answer to a question, also about a pair that others' votes have replaced meanwhile."""
        field = self.fields[step]
        return key if isinstance(field, AnswerField) and field.valid_value(key) else super().chosen(step, key)

    def clean_numbers(self) -> list[int]:
        """Return the written proposal numbers; raise ValidationError where they cannot be chosen."""
        return self.checked(self.cleaned_data["numbers"])

    def checked(self, numbers: list[int]) -> list[int]:
        """Return these proposal numbers; raise ValidationError where the round does not let them be chosen."""
        assert self.round is not None
        try:
            find_candidates(self.round, numbers)
        except Refused as refusal:
            raise ValidationError(refusal.message) from refusal
        return numbers

    @property
    def numbers(self) -> list[int]:
        """Return the chosen proposal numbers, whichever question they answered."""
        return list(self.cleaned_data.get("numbers") or [int(self.cleaned_data["choice"])])


def list_url(round: Round) -> str:
    """Return the URL of the page with all proposals, since the list is too long for a message."""
    return absolute(f"{round.contest.get_absolute_url()}proposals/")


def how_to_choose(round: Round) -> str:
    """Return the sentence that tells voters how to answer by the round's method."""
    if round.method in RANKED:
        return _now("Write their numbers in your order, the best first, with blanks between them. As many as you like.")
    if round.most:
        return _now("Write the numbers of those you like, at most %(most)s, with blanks between them.") % {
            "most": round.most
        }
    return _now("Write the numbers of all that you like, with blanks between them.")


class ConfirmForm(StepForm):
    """The code that was sent to another address, typed into a conversation; only the code is asked for."""

    address = AddressField(label=_("Your phone number or e-mail address"))
    numbers = NumbersField(label=_("Your choice"))
    updates = forms.BooleanField(label=_("May we tell you what is decided?"), required=False)
    code = CodeField(label=_("Which code did you get?"), max_length=60)


class TakeBackForm(StepForm):
    """What a person takes back of their own vote: all of it, or one choice."""

    which = forms.ChoiceField(label=_("What do you take back?"))
    sure = forms.BooleanField(label=_("Do you take your vote back?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with the votes on this person's ballot; one or all can be withdrawn."""
        round = vote_round(self.subject) if isinstance(self.subject, Contest) else None
        ballot = (
            find_participation(round.action, self.contact) if round is not None and self.contact is not None else None
        )
        if answers.get("which", ALL) != ALL:
            self.fields["sure"].label = _now("Do you take it back?")
        rows = choices_on(ballot)[-MINE:] if ballot is not None and may_take_back("choice", round) else []
        if len(rows) < 2:
            del self.fields["which"]
            return
        field = self.fields["which"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (ALL, _now("All of it")),
            *((format_key(key_of(row)), choice_in_words(row)) for row in reversed(rows)),
        ]


def choice_in_words(row: Choice) -> str:
    """Return one choice of a ballot in words: the proposal's text, the pair, or "Agree: …"."""
    if row.against is not None:
        return f"{row.proposal.text} · {row.against.text}"
    signs = {1: _now("Agree"), 0: _now("Pass"), -1: _now("Disagree")}
    return f"{signs[row.value]}: {row.proposal.text}" if row.round.method == Method.OPINION else row.proposal.text


class UnproposeForm(StepForm):
    """Which of their own proposals a person takes back."""

    proposal = forms.ChoiceField(label=_("Which proposal do you take back?"))
    sure = forms.BooleanField(label=_("Do you take it back?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with this person's proposals, one of which can be withdrawn."""
        field = self.fields["proposal"]
        assert isinstance(field, forms.ChoiceField)
        if isinstance(self.subject, Contest) and self.contact is not None:
            mine = proposals_of(self.subject, self.contact)[:MINE]
            field.choices = [(str(row.number), row.text) for row in mine]


class KeysField(forms.CharField):
    """What is taken out of a ballot: numbers of proposals or statements, or pairs as "3:7".

    Cleans to a set of keys.
    """

    json_schema = ListField.json_schema

    def to_python(self, value: Any) -> Any:
        """Return the set of well-formed keys ("12", or "3:7" for a pair) in a text or a list."""
        words = value if isinstance(value, list) else str(value or "").split()
        return {key for key in map(parse_key, map(str, words)) if key is not None}


class WithdrawForm(CodeForm):
    """The code and what is taken back, in the API: the ballot, some choices of it, or a proposal."""

    what = forms.ChoiceField(choices=[(what, what) for what in TAKEN_BACK])
    choice = KeysField(required=False)
    proposal = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def clean(self) -> dict[str, Any]:
        """Add an error where a choice or proposal is to be withdrawn without its number."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        what = found.get("what", "")
        if what in ("choice", "proposal") and not found.get(what):
            self.add_error(what, _now("Say which one, by its number."))
        return found


class NoForm(StepForm):
    """A form without questions."""


class ProposeOnTheWebForm(RobotsMixin):
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
        help_text=_("So that we can tell you what becomes of it. It is not shown to anybody."), required=False
    )
    website = honeypot()

    def __init__(self, *args: Any, contest: Contest, **kwargs: Any) -> None:
        """Set the labels for this contest, and drop the questions that it does not ask."""
        super().__init__(*args, **kwargs)
        self.fields["text"].label = ASKS[contest.kind]
        self.fields["meaning"].label = WHYS[contest.kind]
        if not contest.asks_meaning:
            del self.fields["meaning"]
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


class VoteOnTheWebForm(RobotsMixin):
    """The ballot on a page and in the API; a ranked ballot has one place for each proposal."""

    address = address_field(
        help_text=_("We send a code there, so that each person votes once. It is not shown to anybody.")
    )
    updates = forms.BooleanField(label=_("Tell me what is decided"), required=False)
    website = honeypot()

    def __init__(self, *args: Any, round: Round, standing: list[Proposal], known: bool = False, **kwargs: Any) -> None:
        """Add the ballot field of the round's method; drop the address of a ``known`` voter."""
        super().__init__(*args, **kwargs)
        self.round = round
        choices = [(str(row.number), row.text) for row in standing]
        if round.method == Method.ONE:
            field: forms.Field = forms.ChoiceField(
                label=_("Which one do you choose?"), choices=choices, widget=forms.RadioSelect
            )
        elif round.method in RANKED:
            ranked = [(row.number, row.text) for row in standing]
            field = RankField(label=_("Your order, the best first"), candidates=ranked)
        else:
            field = forms.MultipleChoiceField(
                label=_("Which ones do you like?"), choices=choices, widget=forms.CheckboxSelectMultiple
            )
        self.fields = {"choice": field} | self.fields
        if known:
            del self.fields["address"]

    @property
    def numbers(self) -> list[int]:
        """Return the chosen proposal numbers, best first where the method ranks."""
        chosen = self.cleaned_data["choice"]
        return [int(number) for number in (chosen if isinstance(chosen, list) else [chosen])]

    def clean_choice(self) -> Any:
        """Return the ballot's choice; raise ValidationError where the round does not allow it."""
        chosen = self.cleaned_data["choice"]
        numbers = [int(number) for number in (chosen if isinstance(chosen, list) else [chosen])]
        try:
            find_candidates(self.round, numbers)
        except Refused as refusal:
            raise ValidationError(refusal.message) from refusal
        return chosen

    def in_talk(self) -> dict[str, Any]:
        """Return the answers so far as initial answers for the same form in a conversation."""
        self.full_clean()
        chosen = self.cleaned_data.get("choice", [])
        said = {"choice": chosen} if isinstance(chosen, str) else {"numbers": " ".join(map(str, chosen))}
        return {**said, "address": self.data.get("address")}
