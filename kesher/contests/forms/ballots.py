"""Forms for voting: in a conversation, on a page and in the API."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import absolute
from kesher.contests.ballot_codec import VALUES, Answer, parse_answers
from kesher.contests.forms.micro_votes import AnswerField, answers_in, micro_vote_questions, next_places, places_in
from kesher.contests.forms.ranked_widget import RankField, parse_places
from kesher.contests.models import Contest, Proposal, Round
from kesher.contests.pending_answer_cookie import open_pair
from kesher.contests.services.votes import BALLOT_MAX, PIECES, RANKED, find_candidates
from kesher.conversations.contact_address_fields import AddressField, CodeField, address_field, needs_address
from kesher.core.api.json_schema import ListField
from kesher.core.errors import Refused
from kesher.dialogues.forms import StepForm
from kesher.language import digits, likeness, words

LISTED = 20
ALIKE = 0.8  # likeness from which a word of a sentence is one of a choice
Method = Round.Method


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


class VoteForm(StepForm):
    """A vote in a conversation: the questions of the round's method, then an explicit yes.

    News are offered with the receipt; a yes to them that was given before this comes along.
    """

    sure = forms.BooleanField(label=_("Is that your vote?"))
    address = AddressField(
        label=_("Your phone number or e-mail address"),
        help_text=_("We send a code there, so that nobody votes for you."),
    )
    updates = forms.BooleanField(label=_("May we tell you what is decided?"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add the fields of the open round's voting method, and remove the address field for a known person."""
        self.round = self.subject.vote_round if isinstance(self.subject, Contest) else None
        small = self.round is not None and self.round.method in PIECES
        if small or not needs_address(self.contact):
            del self.fields["address"]  # many small answers wait for no code
        if not answers.get("updates"):
            del self.fields["updates"]
        if self.round is None:
            return
        asked = self.questions_of(self.round, answers)
        if small:
            del self.fields["sure"]  # each answer was a tap of its own
        else:
            self.fields["sure"].label = self.understood(answers)
        self.fields = asked | self.fields

    def questions_of(self, round: Round, answers: Mapping[str, Any]) -> dict[str, forms.Field]:
        """Return {name: field} of the questions by which people vote with the round's method."""
        if round.method in PIECES:
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

    def said_in(self, text: str, slots: Mapping[str, str], *, opening: bool = False) -> dict[str, str]:
        """Return the choice that a sentence names ("I vote for the blue one"): the only one whose words it has."""
        if self.round is None or self.round.method in PIECES or not text:
            return {}
        said = set(words(text)) - set(words(self.round.contest.title))
        named = [number for number, title in list(self.titles.items())[:LISTED] if is_named(words(title), said)]
        name = "choice" if self.round.method == Method.ONE else "numbers"
        return {name: str(named[0])} if len(named) == 1 else {}

    def chosen(self, step: str, key: str) -> str | None:
        """Return the answer to a question, also about a pair that others' votes have replaced meanwhile."""
        field = self.fields[step]
        return key if isinstance(field, AnswerField) and field.valid_value(key) else super().chosen(step, key)

    def clean_numbers(self) -> list[int]:
        """Return the written proposal numbers; raise ValidationError where they cannot be chosen."""
        assert self.round is not None
        return check_numbers(self.round, self.cleaned_data["numbers"])

    def clean(self) -> dict[str, Any]:
        """Return the answers with the vote that they say, by any method."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if self.round is None or self.errors:
            return found
        first = found.get("numbers") or ([int(found["choice"])] if found.get("choice") else [])
        return {
            **found,
            "numbers": [*first, *places_in(found)],
            "answers": answers_in(found) if self.round.method in PIECES else [],
            "add": self.round.method == Method.APPROVAL and len(self.titles) > BALLOT_MAX,
        }


def is_named(title: Sequence[str], said: Collection[str]) -> bool:
    """Return whether a sentence of these words names a choice: each word of its title, in any form."""
    return bool(title) and all(any(likeness(word, one) >= ALIKE for one in said) for word in title)


def check_numbers(round: Round, numbers: list[int]) -> list[int]:
    """Return these proposal numbers; raise ValidationError where the round does not let them be chosen."""
    try:
        find_candidates(round, numbers)
    except Refused as refusal:
        raise ValidationError(refusal.message) from refusal
    return numbers


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


class PiecesField(forms.Field):
    """A list of small answers in the form in which the API asks for them; unreadable ones are left out."""

    def __init__(self, round: Round) -> None:
        """Set the round whose method says how the answers are written."""
        super().__init__(error_messages={"required": _("There is nothing to count yet.")})
        self.round = round

    def to_python(self, value: Any) -> list[Answer]:
        """Return the well-formed answers among the submitted words; drop the others."""
        words = [str(word) for word in value] if isinstance(value, list) else []
        if self.round.method == Method.OPINION:
            return [answer for answer in parse_answers(words) if answer.other is None]
        pairs = [(open_pair(self.round, word[:-1]), VALUES.get(word[-1:])) for word in words]
        return [Answer(*pair, value) for pair, value in pairs if pair is not None and value is not None]


class AnswersForm(StepForm):
    """The address to which the small answers of this browser are counted."""

    address = address_field(
        help_text=_("We send a code there, so that each person is counted once. It is not shown to anybody.")
    )


class BallotForm(StepForm):
    """The ballot on a page and in the API; a ranked ballot has one place for each proposal."""

    address = address_field(
        help_text=_("We send a code there, so that each person votes once. It is not shown to anybody.")
    )
    updates = forms.BooleanField(label=_("Tell me what is decided"), required=False)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add the ballot's field by the method of the contest's vote."""
        self.round = self.subject.vote_round if isinstance(self.subject, Contest) else None
        self.standing: list[Proposal] = []
        if self.round is None:
            return
        if self.round.method not in PIECES:
            rows = Proposal.objects.standing_in(self.round).select_related("picture")
            self.standing = list(rows.order_by("position", "number"))
        self.fields = {"choice": ballot_field(self.round, self.standing)} | self.fields

    def clean_choice(self) -> Any:
        """Return the ballot's choice; raise ValidationError where the round does not allow it."""
        chosen = self.cleaned_data["choice"]
        if self.round is not None and self.round.method not in PIECES:
            check_numbers(self.round, as_numbers(chosen))
        return chosen

    def clean(self) -> dict[str, Any]:
        """Return the answers with the vote that they say, by any method."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if self.round is None or "choice" not in found:
            return found
        said = {"answers": found["choice"]} if self.round.method in PIECES else {"numbers": as_numbers(found["choice"])}
        return {**found, **said, "add": self.is_long, "round": self.round.pk}

    @property
    def is_long(self) -> bool:
        """Return whether the list is too long for one form, so that people choose from it one by one."""
        return len(self.standing) > BALLOT_MAX


def ballot_field(round: Round, standing: Sequence[Proposal]) -> forms.Field:
    """Return the field in which people vote for these proposals with the round's method."""
    choices = [(str(row.number), row.text) for row in standing]
    if round.method in PIECES:
        return PiecesField(round)
    if round.method == Method.ONE:
        return forms.ChoiceField(label=_("Which one do you choose?"), choices=choices, widget=forms.RadioSelect)
    if round.method in RANKED:
        return RankField(label=_("Your order, the best first"), candidates=[(row.number, row.text) for row in standing])
    return forms.MultipleChoiceField(
        label=_("Which do you like?"), choices=choices, widget=forms.CheckboxSelectMultiple
    )


def as_numbers(choice: Any) -> list[int]:
    """Return the chosen proposal numbers, best first where the method ranks."""
    return [int(number) for number in (choice if isinstance(choice, list) else [choice])]


def as_conversation_answers(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ballot's raw answers as those of `VoteForm`, for any method; without the consent to news."""
    places = sorted(parse_places(raw.get("choice")).items(), key=lambda place: place[1])
    numbers = [str(number) for number, place in places if place]
    return {"choice": numbers[-1] if numbers else "", "numbers": " ".join(numbers), "address": raw.get("address")}
