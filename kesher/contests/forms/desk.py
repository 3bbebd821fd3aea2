"""Staff forms of contests: contest, rounds, poll, review, jury, decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kesher.contests.models import MEANING_MAX, TEXT_MAX, Contest, Decision, Round
from kesher.contests.rules import REASONS
from kesher.contests.services import Plan
from kesher.contests.services.contests import MOST_ANSWERS, VERBS
from kesher.core.ui.form_fields import MomentField
from kesher.initiatives.forms import LANGUAGE_NAMES, InitiativeForm, TextsForm, WordsForm, texts_of

TITLE_MAX = 120
MOMENT = "%Y-%m-%dT%H:%M"


class RoundTimeField(MomentField):
    """A day and an hour, as the browser's date picker gives it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)

    def __init__(self, **kwargs: Any) -> None:
        """Accept a date with a time as browsers send them, with or without seconds."""
        super().__init__(input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs)


class ContestForm(InitiativeForm):
    """A contest's texts and picture."""

    kind = forms.ChoiceField(
        label=_("What is proposed"), choices=[choice for choice in Contest.Kind.choices if choice[0] != "poll"]
    )
    asks_meaning = forms.BooleanField(label=_("Ask for a meaning or a reason"), required=False, initial=True)
    reviewed = forms.BooleanField(
        label=_("Staff read proposals before they are published"), required=False, initial=True
    )
    field_order = ("kind", "language", "asks_meaning", "reviewed")

    TEXTS = (
        ("title", _("Title"), TITLE_MAX, 1),
        ("brief", _("The call: what is looked for, and why"), 4000, 5),
        ("rules_text", _("The rules"), 4000, 4),
    )
    VALUES = ("kind", "asks_meaning", "reviewed")
    COLUMNS = {"rules_text": "rules"}


class RoundForm(forms.Form):
    """A round: what happens, when, and how people vote."""

    kind = forms.ChoiceField(label=_("What happens"), choices=Round.Kind.choices)
    opens_at = RoundTimeField(label=_("Begins"))
    closes_at = RoundTimeField(label=_("Ends"), required=False)
    method = forms.ChoiceField(label=_("How people vote"), choices=Round.Method.choices, required=False)
    stands = forms.ChoiceField(label=_("What is voted on"), choices=Round.Stands.choices)
    most = forms.IntegerField(label=_("At most so many choices"), min_value=1, max_value=100, required=False)
    level = forms.TypedChoiceField(
        label=_("Who may vote"),
        coerce=int,
        choices=[
            (1, _("Whoever answers by phone or e-mail")),
            (2, _("Whoever proved two addresses")),
            (3, _("Whoever came by national login")),
        ],
        initial=1,
    )
    changeable = forms.BooleanField(label=_("A vote may be changed until the end"), required=False, initial=True)
    results_hidden = forms.BooleanField(
        label=_("Nobody sees the results before the end (cannot be undone)"), required=False
    )
    anonymous = forms.BooleanField(
        label=_("At the end votes are cut from the voters (cannot be undone)"), required=False
    )

    def plan(self) -> Plan:
        """Return the cleaned data as a Plan, the settings of a round."""
        cleaned = self.cleaned_data
        verbs = [verb for verb in VERBS[cleaned["kind"]] if verb != "change" or cleaned["changeable"]]
        names = ("kind", "opens_at", "closes_at", "stands", "most", "level", "results_hidden", "anonymous")
        method = cleaned["method"] if cleaned["kind"] in ("vote", "opinions", "proposals") else ""
        if method and "vote" not in verbs:
            verbs += ["vote", *(["change"] if cleaned["changeable"] else [])]
        return Plan(method=method, verbs=verbs, **{name: cleaned[name] for name in names})

    @staticmethod
    def initial_of(round: Round) -> dict[str, Any]:
        """Return the initial form values for editing this round."""
        names = ("kind", "method", "stands", "most", "level", "results_hidden", "anonymous")
        found: dict[str, Any] = {name: getattr(round, name) for name in names}
        moments = {name: getattr(round, name) for name in ("opens_at", "closes_at")}
        found |= {name: timezone.localtime(at) if at else None for name, at in moments.items()}
        return found | {"changeable": "change" in round.verbs or not round.method}


class PollForm(TextsForm):
    """A poll: a question and its answers, one a line, in the same order in each language."""

    language = forms.ChoiceField(label=_("The language that it was written in"), choices=list(LANGUAGE_NAMES.items()))
    several = forms.BooleanField(label=_("More than one answer may be chosen"), required=False)
    results_hidden = forms.BooleanField(
        label=_("Nobody sees the results before the end (cannot be undone)"), required=False
    )
    closes_at = RoundTimeField(label=_("Ends"), required=False)

    TEXTS = (("title", _("The question"), TITLE_MAX, 1), ("answers", _("The answers, one a line"), 1500, 4))
    NEEDED = ("title", "answers")

    def clean_closes_at(self) -> datetime | None:
        """Return when the poll ends; raise ValidationError for a time in the past."""
        at: datetime | None = self.cleaned_data.get("closes_at")
        if at is not None and at <= timezone.now():
            raise ValidationError(_("This moment is over. Choose a later one."))
        return at

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError unless there are two to ten answers, as many in each language."""
        cleaned = super().clean() or self.cleaned_data
        lines = {lang: lines_of(text) for lang, text in texts_of(cleaned, "answers").items()}
        counts = {len(found) for found in lines.values()}
        if len(counts) > 1:
            raise ValidationError(_("Write the same answers, in the same order, in each language."))
        if counts and not 2 <= max(counts) <= MOST_ANSWERS:
            raise ValidationError(_("A poll needs two to ten answers."))
        if any(len(words) > TEXT_MAX for found in lines.values() for words in found):
            raise ValidationError(_("One of the answers is too long."))
        return cleaned

    def answers(self) -> list[dict[str, str]]:
        """Return the poll's possible answers, each as {language: text}."""
        lines = {lang: lines_of(text) for lang, text in self.texts("answers").items()}
        many = max(map(len, lines.values()))
        return [{lang: found[index] for lang, found in lines.items()} for index in range(many)]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that are not empty."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


class ReviewForm(forms.Form):
    """The review of one proposal: publish, reject with a reason, or join with another."""

    reason = forms.ChoiceField(label=_("Why not"), choices=[("", "—"), *REASONS.items()], required=False)
    into = forms.IntegerField(label=_("The number of the proposal that it is joined with"), min_value=1, required=False)


class StatementForm(WordsForm):
    """An item of the agency's own for the list."""

    TEXTS = (("text", _("What stands on the list"), TEXT_MAX, 1), ("meaning", _("A word about it"), MEANING_MAX, 3))


class DecisionForm(WordsForm):
    """The agency's decision and its reasons."""

    proposal = forms.ChoiceField(label=_("The decision"))
    tell = forms.BooleanField(
        label=_("Tell everybody who proposed or voted and agreed to get news"), required=False, initial=True
    )

    TEXTS: tuple[tuple[str, Any, int, int], ...] = (("text", _("The reasons (public)"), 2000, 4),)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these proposals and "none of them" as the decision, without a default."""
        super().__init__(*args, **kwargs)
        field = self.fields["proposal"]
        assert isinstance(field, forms.ChoiceField)
        # There is no default: the decision is announced to everybody, and stays.
        field.choices = [("", "—"), *choices, ("0", _("None of them"))]


class AmendForm(DecisionForm):
    """The corrected decision, and why it is corrected."""

    TEXTS = (*DecisionForm.TEXTS, ("why", _("Why it is corrected (public)"), 600, 2))

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        """Fill in the decision that is corrected; no message goes out by default."""
        start = {f"text_{lang}": text for lang, text in decision.reasons.items()}
        start["proposal"] = str(decision.proposal.number) if decision.proposal else "0"
        super().__init__(*args, initial=start, **kwargs)
        self.fields["tell"].initial = False  # most corrections are small, so no message goes out by default


class OutcomeForm(WordsForm):
    """A report of what was done since the decision."""

    tell = forms.BooleanField(label=_("Send it to everybody who took part and agreed to get news"), required=False)


class JurorForm(TextsForm):
    """A member of the jury."""

    name = forms.CharField(label=_("Name"), max_length=120)

    TEXTS = (("title", _("Who this is, in a few words"), 120, 1),)
