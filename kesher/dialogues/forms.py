"""Base class of Django forms that a chat can ask question by question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Option
from kesher.contacts.models import Contact
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField, PlaceField, flatten_choices
from kesher.dialogues.models import PICKED_UP

YES, NO, SKIP = "yes", "no", "__skip__"
SKIP_WORDS = ("skip", "דלג", "לדלג", "דילוג", "דלגו", "تخطي", "пропустить", "-")
WHOLE = "text"  # in `StepForm.said`: the whole sentence with which a form begins
NO_WORDS = ("no", "לא", "لا", "нет")  # to a question that need not be answered ("Your name, if …"), this is no answer
SURE = "sure"  # the yes to answers that somebody else may have written, where a form has no yes of its own


class StepForm(forms.Form):
    """The questions of one verb: a page shows them together, a conversation asks them one by one.

    A label is the question itself, so that it reads well on a page and in a chat. ``subject`` is what the verb is
    about, ``contact`` the person who answers. A subclass may override `shape` to add or drop fields by the answers so
    far. ``synonyms`` on a field: {value: (words, …)}. ``takes_questions`` names the steps, besides multi-line ones,
    whose answer may be a question ("Why is there no shade here?" as a title). ``asks_sure``: `SURE` was added.
    ``said``: {name of a slot of `Understood`: name of the field that it answers}; several slots of one field are joined
    ("Herzl", "5"), and `WHOLE` names the field that the sentence itself answers, if it is long enough.
    """

    asks_sure = False

    takes_questions: ClassVar[tuple[str, ...]] = ()
    said: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        *,
        subject: Any = None,
        contact: Contact | None = None,
        **kwargs: Any,
    ) -> None:
        """Store what the form is about and who fills it in, then adapt the fields with `shape`."""
        self.subject = subject
        self.contact = contact
        super().__init__(data, files, **kwargs)  # type: ignore[arg-type]  # Django reads any mapping
        answers = data if data is not None else self.initial
        self.shape(answers)
        if PICKED_UP in answers:
            self.show_answers(answers)

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Adapt the fields to the raw answers so far: subclasses add, change or remove some."""

    def show_answers(self, answers: Mapping[str, Any]) -> None:
        """Show the answers in the form's question for a yes, or in one that is added at the end."""
        name = next(filter(self.is_required_yes, reversed(self.fields)), SURE)
        if name not in self.fields:
            self.fields[SURE], self.asks_sure = forms.BooleanField(label=gettext_lazy("Send this?")), True
        question = str(self.fields[name].label)
        lines = [
            f"{label} {words}" if self.expects(other) == "choice" else words
            for other, label, words in self.answers_in_words(answers)
            if other != name and words not in question
        ]
        self.fields[name].label = "\n".join([*lines, question])

    def without_yes(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the raw answers without each required yes: somebody else may have said it."""
        asked = {name for name in self.fields if self.is_required_yes(name)} | {SURE}
        return {name: value for name, value in answers.items() if name not in asked}

    def answers_in_words(self, answers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return (name, question, answer as a person reads it) of the raw or cleaned answers that are not empty."""
        found = ((name, field, answer_in_words(field, answers.get(name))) for name, field in self.fields.items())
        return [(name, str(field.label or name), words) for name, field, words in found if words]

    @property
    def given(self) -> dict[str, Any]:
        """Return the cleaned answers to the form's own questions, as the function of a skill or verb takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != SURE or not self.asks_sure}

    @classmethod
    def of(cls, answers: Mapping[str, Any], *, subject: Any, contact: Contact | None) -> StepForm:
        """Return the form bound to raw answers; files are given by key, so they are data too."""
        return cls(answers, answers, subject=subject, contact=contact)

    def said_by_command(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers that starting by a typed command implies ("sign 48213"); {} by default."""
        return {}

    def said_in(self, text: str, slots: Mapping[str, str], *, opening: bool = False) -> dict[str, str]:
        """Return the raw answers that a sentence gives beside those of `said`; {} by default.

        ``opening``: the form begins with it. Then a name that begins with `HINT` is no answer: it is stored with them,
        for `shape` to read.
        """
        return {}

    def next_step(self, answers: Mapping[str, Any]) -> str | None:
        """Return the name of the first field without an answer; None if all were asked."""
        return next((name for name in self.fields if name not in answers), None)

    def step_error(self, step: str) -> str | None:
        """Return the error message for the answer to this field; None if it is valid.

        Earlier answers are cleaned too, later ones are not.
        """
        names = list(self.fields)
        for later in names[names.index(step) + 1 :]:
            del self.fields[later]
        self._errors = ErrorDict()
        self.cleaned_data = {}
        self._clean_fields()  # type: ignore[attr-defined]  # a private method, missing in the stubs
        return str(self._errors[step][0]) if step in self._errors else None

    def options(self, step: str) -> tuple[Option, ...]:
        """Return the options to offer for a field, with "skip" if it is optional; () for free input."""
        field = self.fields[step]
        found: list[Option] = []
        if self.is_yes_or_no(step):
            found = [
                Option(YES, _("Yes"), synonyms=("ok", "כן", "نعم", "да")),
                Option(NO, _("No"), synonyms=("לא", "لا", "нет")),
            ]
        elif isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
            synonyms: Mapping[str, tuple[str, ...]] = getattr(field, "synonyms", {})
            found = [
                Option(str(value), str(title), synonyms=tuple(synonyms.get(str(value), ())))
                for value, title in flatten_choices(field.choices)
                if str(value)
            ]
        if not field.required and not self.is_yes_or_no(step):
            found.append(Option(SKIP, _("Skip"), synonyms=SKIP_WORDS if found else (*SKIP_WORDS, *NO_WORDS)))
        return tuple(found)

    def is_yes_or_no(self, step: str) -> bool:
        """Return whether a field is a question to answer by yes or no."""
        return isinstance(self.fields[step], forms.BooleanField)

    def is_required_yes(self, step: str) -> bool:
        """Return whether a field is a question whose only answer to go on is yes."""
        return self.is_yes_or_no(step) and self.fields[step].required

    def chosen(self, step: str, key: str) -> str | None:
        """Return the raw answer that pressing an option of this field gives; None if it has no such option."""
        if key not in {option.key for option in self.options(step)}:
            return None
        if key == SKIP:
            return ""
        if self.is_yes_or_no(step):
            return "on" if key == YES else ""  # as a page's form posts yes and no
        return key

    def expects(self, step: str) -> str:
        """Return which kind of input a field needs: "file", "place", "choice" or "text"."""
        field = self.fields[step]
        if isinstance(field, AttachmentField):
            return "file"
        if isinstance(field, PlaceField):
            return "place"
        return (
            "choice" if isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.BooleanField) else "text"
        )

    def may_ask(self, step: str) -> bool:
        """Return whether a person's text at this field may be a question to us instead of the answer."""
        return step not in self.takes_questions and not isinstance(self.fields[step].widget, forms.Textarea)

    def question(self, step: str) -> str:
        """Return the text with which a conversation asks for this field."""
        field = self.fields[step]
        return "\n".join(str(part) for part in (field.label or step, field.help_text) if part)


class CodesField(forms.CharField):
    """A field in which people write names, and whose clean value is a list of codes."""

    def name_codes(self, codes: list[str]) -> list[str]:
        """Return the names of these codes in the reader's language."""
        raise NotImplementedError

    def in_words(self, value: Any) -> str:
        """Return a raw or cleaned answer as a person reads it."""
        return ", ".join(self.name_codes(value)) if isinstance(value, list) else str(value)


def answer_in_words(field: forms.Field, value: Any) -> str:
    """Return a raw or cleaned answer as a person reads it: a choice's title, a file's name; "" for an empty one."""
    if value in (None, "", [], False):
        return ""
    if isinstance(field, CodesField):
        return field.in_words(value)
    if isinstance(field, forms.BooleanField):
        return _("Yes")
    if isinstance(field, AttachmentField):
        file = value if isinstance(value, Attachment) else Attachment.objects.filter(key=value).first()
        return (file.name or file.mime) if file is not None else ""
    if isinstance(field, PlaceField):
        place = value if isinstance(value, dict) else {"address": str(value).partition(";")[2] or str(value)}
        return str(place["address"] or f"{place['lat']}, {place['lon']}")
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        titles = {str(key): str(title) for key, title in flatten_choices(field.choices)}
        values = value if isinstance(value, list | tuple) else [getattr(value, "pk", value)]
        return ", ".join(titles.get(str(one), str(one)) for one in values)
    return str(value)
