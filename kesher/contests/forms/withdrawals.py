"""Forms for taking a vote or a proposal back: in a conversation, on a page and in the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.contests.ballot_codec import format_key, parse_key
from kesher.contests.models import Choice, Contest, Proposal, Round
from kesher.contests.rules import TAKEN_BACK, may_take_back
from kesher.contests.services.withdrawals import Key, choices_on, key_of, proposals_of
from kesher.conversations.contact_address_fields import CodeForm, address_field
from kesher.core.api.json_schema import ListField
from kesher.dialogues.forms import StepForm
from kesher.participation.services import find_participation

ALL = "all"
MINE = 8


class WithdrawalAddressForm(StepForm):
    """The address whose votes and proposals are to be taken back, on a page and in the API."""

    address = address_field(
        label=_("The phone number or e-mail address that you used here"),
        help_text=_("We send a code there, so that nobody but you can do this. It is not shown to anybody."),
    )


class TakeBackForm(StepForm):
    """What a person takes back of their own vote: all of it, or one choice; one question is enough."""

    which = forms.ChoiceField(label=_("What do you want to withdraw?"))
    sure = forms.BooleanField(label=_("Withdraw your vote?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with the votes on this person's ballot; one or all can be withdrawn."""
        round = self.subject.vote_round if isinstance(self.subject, Contest) else None
        ballot = (
            find_participation(round.action, self.contact) if round is not None and self.contact is not None else None
        )
        rows = choices_on(ballot)[-MINE:] if ballot is not None and may_take_back("choice", round) else []
        if len(rows) < 2:
            del self.fields["which"]
            return
        del self.fields["sure"]  # whoever chooses among these has said it, and may vote again
        field = self.fields["which"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (ALL, _now("All of it")),
            *((format_key(key_of(row)), choice_in_words(row)) for row in reversed(rows)),
        ]

    def clean_which(self) -> Collection[Key] | None:
        """Return the key of the choice that is taken back; None for the whole vote."""
        key = parse_key(self.cleaned_data["which"])
        return {key} if key is not None else None


def choice_in_words(row: Choice) -> str:
    """Return one choice of a ballot in words: the proposal's text, the pair, or "Agree: …"."""
    if row.against is not None:
        return f"{row.proposal.text} · {row.against.text}"
    signs = {1: _now("Agree"), 0: _now("Pass"), -1: _now("Disagree")}
    return f"{signs[row.value]}: {row.proposal.text}" if row.round.method == Round.Method.OPINION else row.proposal.text


class UnproposeForm(StepForm):
    """Which of their own proposals a person takes back; the only one is named in the question."""

    proposal = forms.ChoiceField(label=_("Which proposal do you want to withdraw?"))
    sure = forms.BooleanField(label=_("Withdraw it?"))

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Fill the choice field with this person's proposals, one of which can be withdrawn."""
        field = self.fields["proposal"]
        assert isinstance(field, forms.ChoiceField)
        self.mine: dict[str, Proposal] = {}
        if isinstance(self.subject, Contest) and self.contact is not None:
            self.mine = {str(row.number): row for row in proposals_of(self.subject, self.contact)[:MINE]}
            field.choices = [(number, row.text) for number, row in self.mine.items()]
            if len(self.mine) == 1 and "proposal" not in answers:
                del self.fields["proposal"]
                words = _now("Withdraw “%(text)s”?")
                self.fields["sure"].label = words % {"text": next(iter(self.mine.values())).text}

    def clean_proposal(self) -> Proposal:
        """Return the chosen proposal."""
        return self.mine[self.cleaned_data["proposal"]]

    def clean(self) -> dict[str, Any]:
        """Return the answers with the proposal: the only one, where none was asked for."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        return found if "proposal" in self.fields else {**found, "proposal": next(iter(self.mine.values()))}


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
