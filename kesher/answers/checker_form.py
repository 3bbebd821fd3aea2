"""A checker as a form: the same questions on a page and in any conversation, and what is said at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kesher.answers.checker_script import Part, asked, number_in, outcome_of, said
from kesher.answers.checker_validation import limits
from kesher.answers.formula import BadFormula
from kesher.answers.language_fallback import facts_in
from kesher.answers.models import Answer, Checker
from kesher.answers.placeholders import all_facts, filled, numbers
from kesher.core.templatetags.ui import number
from kesher.dialogues.forms import NO, YES, StepForm

OFFERED = 20
YES_WORDS = {YES: ("ok", "כן", "نعم", "да"), NO: ("לא", "لا", "нет")}


class NumberField(forms.DecimalField):
    """A number in anybody's writing: "5,000 ₪", "בן 67"."""

    def to_python(self, value: Any) -> Any:
        found = number_in(value) if value not in self.empty_values else None
        return super().to_python(value if found is None else found)


class CheckForm(StepForm):
    """The questions that a checker puts to somebody who answered so; first which checker, where nobody said."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        checker = self.subject
        if checker is None:
            rows = list(Checker.objects.published()[:OFFERED])
            self.fields["which"] = forms.ChoiceField(
                label=gettext_lazy("What would you like to check?"), choices=[(str(row.pk), row.title) for row in rows]
            )
            checker = next((row for row in rows if str(row.pk) == str(answers.get("which", ""))), None)
        if checker is not None:
            for question in asked(checker.script, answers):
                self.fields[question["key"]] = field_of(question)


def field_of(question: Part) -> forms.Field:
    """One question, in the reader's language."""
    lang = lang_now()
    words: dict[str, Any] = {
        "label": said(question["texts"], "ask", lang),
        "help_text": said(question["texts"], "help", lang),
    }
    if question["kind"] == "number":
        least, most = limits(question)
        return NumberField(min_value=least, max_value=most, widget=forms.TextInput({"inputmode": "decimal"}), **words)
    if question["kind"] == "yes":
        choices = [(YES, _("Yes")), (NO, _("No"))]
    else:
        choices = [
            (choice["key"], said({lang: {"t": t} for lang, t in choice["titles"].items()}, "t", lang))
            for choice in question["choices"]
        ]
    field = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **words)
    if question["kind"] == "yes":
        field.synonyms = YES_WORDS  # type: ignore[attr-defined]  # StepForm reads them
    return field


def lang_now() -> str:
    return (get_language() or "he")[:2]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told at the end. ``answer`` is where to read on; ``sure`` is False where nothing came out;
    ``key`` and ``value`` are for machines: which outcome it is, and its amount as a number."""

    title: str
    text: str = ""
    amount: str = ""
    tone: str = "wait"
    answer: Answer | None = None
    sure: bool = True
    key: str = ""
    value: Decimal | None = None


def told(checker: Checker, answers: Mapping[str, Any]) -> Told:
    """The outcome in the reader's language, amounts and facts filled in. Three queries at most."""
    try:
        found = outcome_of(checker.script, {name: str(value) for name, value in answers.items()}, numbers())
    except BadFormula:
        found = None
    if found is None:
        return Told(_("We cannot say it here. A person will gladly check it with you."), sure=False)
    lang, texts = lang_now(), found.data["texts"]
    amount = shown_amount(found.amount) if found.amount is not None else ""
    facts = all_facts(facts_in(texts)) if facts_in(texts) else {}
    title, text = (
        filled(said(texts, name, lang).replace("{amount}", amount), facts, lang) for name in ("title", "text")
    )
    answer = Answer.objects.published().filter(slug=found.data["answer"]).first() if found.data.get("answer") else None
    tone = found.data.get("tone", "wait")
    return Told(title, text, amount, tone, answer, key=found.data["key"], value=found.amount)


def shown_amount(amount: Decimal) -> str:
    """Whole numbers without decimals, others with two."""
    rounded = amount.quantize(Decimal("0.01"))
    return number(rounded) if rounded == rounded.to_integral_value() else number_format(rounded, 2)
