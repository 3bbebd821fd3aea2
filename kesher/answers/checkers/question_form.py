"""Form that asks an eligibility checker's questions, on pages and in chats, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kesher.answers.checker_rules import Part, find_outcome, iterate_asked_questions, parse_number, pick_text
from kesher.answers.checker_validation import number_limits
from kesher.answers.fact_placeholders import all_facts, fact_numbers, fill_facts
from kesher.answers.formula import BadFormula
from kesher.answers.language_fallback import find_fact_names
from kesher.answers.models import Answer, Checker
from kesher.core.templatetags.ui import number
from kesher.dialogues.forms import NO, YES, StepForm

CHECKERS_OFFERED = 20
YES_WORDS = {YES: ("ok", "כן", "نعم", "да"), NO: ("לא", "لا", "нет")}


class NumberField(forms.DecimalField):
    """A field for a number in free text: "5,000 ₪", "בן 67"."""

    def to_python(self, value: Any) -> Any:
        """Return the first number in free text as a Decimal, or None for an empty value."""
        found = parse_number(value) if value not in self.empty_values else None
        return super().to_python(value if found is None else found)


class CheckForm(StepForm):
    """The questions that a checker asks, given the answers so far. Without a checker, first which one."""

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Add a field for each question that follows from the answers so far; without a checker, first which one."""
        checker = self.subject
        if checker is None:
            rows = list(Checker.objects.published()[:CHECKERS_OFFERED])
            self.fields["which"] = forms.ChoiceField(
                label=gettext_lazy("What would you like to check?"), choices=[(str(row.pk), row.title) for row in rows]
            )
            checker = next((row for row in rows if str(row.pk) == str(answers.get("which", ""))), None)
        if checker is not None:
            for question in iterate_asked_questions(checker.script, answers):
                self.fields[question["key"]] = build_field(question)


def build_field(question: Part) -> forms.Field:
    """Return the form field for a checker's question (number, yes/no or choice), in the reader's language."""
    lang = current_language()
    words: dict[str, Any] = {
        "label": pick_text(question["texts"], "ask", lang),
        "help_text": pick_text(question["texts"], "help", lang),
    }
    if question["kind"] == "number":
        least, most = number_limits(question)
        return NumberField(min_value=least, max_value=most, widget=forms.TextInput({"inputmode": "decimal"}), **words)
    if question["kind"] == "yes":
        choices = [(YES, _("Yes")), (NO, _("No"))]
    else:
        choices = [
            (choice["key"], pick_text({lang: {"t": t} for lang, t in choice["titles"].items()}, "t", lang))
            for choice in question["choices"]
        ]
    field = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **words)
    if question["kind"] == "yes":
        field.synonyms = YES_WORDS  # type: ignore[attr-defined]  # StepForm reads them
    return field


def current_language() -> str:
    """Return the two-letter code of the reader's active language."""
    return (get_language() or "he")[:2]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a checker, as shown to a person.

    ``answer`` is where to read on; ``sure`` is False if no rule held. ``key`` and ``value`` are for programs: the
    outcome's key, and its amount as a number.
    """

    title: str
    text: str = ""
    amount: str = ""
    tone: str = "wait"
    answer: Answer | None = None
    sure: bool = True
    key: str = ""
    value: Decimal | None = None


def evaluate_checker(checker: Checker, answers: Mapping[str, Any]) -> CheckResult:
    """Return a checker's result for these answers, in the reader's language. Takes three queries at most."""
    try:
        found = find_outcome(checker.script, {name: str(value) for name, value in answers.items()}, fact_numbers())
    except BadFormula:
        found = None
    if found is None:
        return CheckResult(_("We cannot tell you that here. Someone will be glad to check it with you."), sure=False)
    lang, texts = current_language(), found.data["texts"]
    amount = format_amount(found.amount) if found.amount is not None else ""
    facts = all_facts(find_fact_names(texts)) if find_fact_names(texts) else {}
    title, text = (
        fill_facts(pick_text(texts, name, lang).replace("{amount}", amount), facts, lang) for name in ("title", "text")
    )
    answer = Answer.objects.published().filter(slug=found.data["answer"]).first() if found.data.get("answer") else None
    tone = found.data.get("tone", "wait")
    return CheckResult(title, text, amount, tone, answer, key=found.data["key"], value=found.amount)


def format_amount(amount: Decimal) -> str:
    """Return an outcome's amount as text: whole numbers without decimals, others with two."""
    rounded = amount.quantize(Decimal("0.01"))
    return number(rounded) if rounded == rounded.to_integral_value() else number_format(rounded, 2)
