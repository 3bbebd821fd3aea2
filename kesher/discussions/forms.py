"""What is asked of people who answer, change, take back or report a post, and of moderators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.dialogues.forms import StepForm
from kesher.discussions.models import TEXT_MOST, Post, PostReport
from kesher.discussions.presenters import transition_choices

REASON_MOST = 500


def text_field(label: Any) -> forms.CharField:
    """Return the field of a post's words."""
    area = forms.Textarea(attrs={"rows": "3", "dir": "auto", "data-grow": ""})
    return forms.CharField(label=label, max_length=TEXT_MOST, widget=area)


class ReplyForm(StepForm):
    """The words of an answer."""

    text = text_field(_("What do you answer?"))


class EditForm(StepForm):
    """The new words of a post."""

    text = text_field(_("What shall the post say?"))


class DeleteForm(StepForm):
    """The question before a post is taken back."""

    sure = forms.BooleanField(label=_("Shall we delete the post? Its words are gone for good."))


class AskForm(StepForm):
    """A request to the body to answer a thread, without a question: the thread has it."""


class ReportForm(StepForm):
    """Why a post is reported."""

    reason = forms.ChoiceField(label=_("What is wrong with this post?"), choices=PostReport.Reason.choices)


class DecisionForm(forms.Form):
    """What a moderator does with a post, and why."""

    transition = forms.ChoiceField(label=_("What to do"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MOST,
        required=False,
        help_text=_("The author reads it, unless the post is only published."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        """Offer what may be done with the post now."""
        super().__init__(*args, **kwargs)
        field = self.fields["transition"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = transition_choices(post.state)


class RemovalForm(forms.Form):
    """Why somebody may not write here any more."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_MOST, widget=forms.TextInput(attrs={"dir": "auto"}))


class OfficialForm(forms.Form):
    """What the body writes in a discussion."""

    text = text_field(_("Answer for everybody to read"))


class WatchedWordsForm(forms.Form):
    """The body's list of slurs and threats."""

    words = forms.CharField(
        label=_("Words and phrases, one a line"),
        required=False,
        max_length=20000,
        help_text=_("Whole words only, in any language. Criticism of the public body does not belong here."),
        widget=forms.Textarea(attrs={"rows": "12", "dir": "auto"}),
    )
