"""Staff forms that edit an eligibility checker: its title, questions, rules and outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.answers.checker_rules import (
    KINDS,
    SIGNS,
    TONES,
    Part,
    Script,
    find_part,
    list_parts,
    parse_decimal,
    pick_text,
)
from kesher.answers.forms import LANGUAGE_NAMES, RESERVED, language_rows
from kesher.answers.formula import BadFormula, parse_formula
from kesher.answers.models import Answer, AnswerTopic, Checker

CONDITIONS, SPARE_CHOICES, CHOICES_MOST = 4, 3, 12
KEY_HELP = gettext_lazy("Small Latin letters, digits and underscores; rules and formulas call it so.")
OTHERWISE = gettext_lazy("No condition")


class WordsForm(forms.Form):
    """A form with text fields in several languages side by side. ``words``: {name: (label, lines, max length)}."""

    words: Mapping[str, tuple[Any, int, int]] = {}

    def __init__(self, *args: Any, languages: list[str], **kwargs: Any) -> None:
        """Add a text field for each text of ``words`` in each of these languages."""
        super().__init__(*args, **kwargs)
        self.languages = languages
        for name, (label, lines, longest) in self.words.items():
            for lang in languages:
                look: forms.Widget = forms.TextInput({"lang": lang})
                if lines > 1:
                    look = forms.Textarea({"lang": lang, "rows": lines})
                self.fields[f"{name}_{lang}"] = forms.CharField(
                    label=f"{label}, {LANGUAGE_NAMES[lang]}", required=False, max_length=longest, widget=look
                )

    def grid(self) -> list[dict[str, Any]]:
        """Return a row for each text, with its form field in each language, as the template shows them."""
        return language_rows(self, {name: label for name, (label, _lines, _longest) in self.words.items()})

    def texts(self) -> dict[str, dict[str, str]]:
        """Return the cleaned texts as {language: {name: text}}, without empty texts."""
        found = {
            lang: {name: text for name in self.words if (text := self.cleaned_data.get(f"{name}_{lang}", "").strip())}
            for lang in self.languages
        }
        return {lang: words for lang, words in found.items() if words}


def initial_texts(texts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return stored texts {language: {name: text}} as initial values {name_language: text} of a `WordsForm`."""
    return {f"{name}_{lang}": text for lang, words in texts.items() for name, text in words.items()}


class AboutForm(WordsForm):
    """The title of a checker, and the answers that offer it."""

    words = {"title": (gettext_lazy("Title"), 1, 120), "intro": (gettext_lazy("Introduction"), 2, 300)}
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("Small Latin letters and dashes, the end of the page's address."),
        max_length=80,
    )
    topic = forms.ModelChoiceField(AnswerTopic.objects.none(), label=gettext_lazy("Topic"), required=False)
    answers = forms.ModelMultipleChoiceField(
        Answer.objects.none(),
        label=gettext_lazy("Offered beside these answers"),
        required=False,
        widget=forms.SelectMultiple({"size": 6}),
    )

    def __init__(self, *args: Any, known: Checker | None = None, **kwargs: Any) -> None:
        """Fill the choices of topics and answers; drop the slug field for a ``known`` (existing) checker."""
        super().__init__(*args, **kwargs)
        self.fields["topic"].queryset = AnswerTopic.objects.order_by("order", "id")  # type: ignore[attr-defined]
        self.fields["answers"].queryset = Answer.objects.order_by("slug")  # type: ignore[attr-defined]
        if known is not None:
            del self.fields["slug"]

    def clean_slug(self) -> str:
        """Return the slug in lower case. Raise ValidationError for one that the desk's own URLs use."""
        slug = str(self.cleaned_data["slug"]).lower()
        if slug in RESERVED:
            raise forms.ValidationError(_("This address is taken."), code="taken")
        return slug


class ConditionsForm(WordsForm):
    """A form with up to four conditions, all of which must hold.

    Each is chosen from a list, with a number if it needs one.
    """

    def __init__(self, *args: Any, before: list[Part], **kwargs: Any) -> None:
        """Add the fields of up to CONDITIONS conditions about the questions ``before`` this part."""
        super().__init__(*args, **kwargs)
        choices = [("", OTHERWISE), *condition_choices(before)]
        for number in range(1, CONDITIONS + 1):
            title = _("Condition %(number)d") % {"number": number}
            self.fields[f"if_{number}"] = forms.ChoiceField(label=title, choices=choices, required=False)
            self.fields[f"than_{number}"] = forms.CharField(
                label=_("%(title)s, number") % {"title": title},
                required=False,
                max_length=20,
                widget=forms.TextInput({"inputmode": "decimal"}),
            )

    def conditions(self) -> Iterator[tuple[BoundField, BoundField]]:
        """Yield (choice of a condition, number to compare with), the two bound fields of each condition."""
        for number in range(1, CONDITIONS + 1):
            yield self[f"if_{number}"], self[f"than_{number}"]

    def clean(self) -> dict[str, Any]:
        """Check that each condition that compares with a number has one, and return the cleaned data."""
        data = super().clean() or self.cleaned_data
        for number in range(1, CONDITIONS + 1):
            chosen, than = data.get(f"if_{number}", ""), data.get(f"than_{number}", "")
            if chosen.endswith("|") and parse_decimal(than) is None:
                self.add_error(f"than_{number}", _("Please write a number."))
        return data

    def when(self) -> list[list[str]]:
        """Return the cleaned conditions as a checker's script stores them: [question, sign, value] each."""
        found = []
        for number in range(1, CONDITIONS + 1):
            name, sign, value = (self.cleaned_data.get(f"if_{number}") or "||").split("|")
            if name:
                found.append([name, sign, value or self.cleaned_data[f"than_{number}"].strip()])
        return found


def condition_choices(before: list[Part]) -> Iterator[tuple[str, str]]:
    """Yield (value, label) of each condition on earlier questions: "age: is at least …", "single: is “Yes”"."""
    signs = dict(SIGNS)
    for question in before:
        name = question["key"]
        if question["kind"] == "number":
            yield from ((f"{name}|{sign}|", f"{name}: {signs[sign]} …") for sign in ("least", "most", "is", "not"))
            continue
        for value, title in choice_titles(question).items():
            yield from ((f"{name}|{sign}|{value}", f"{name}: {signs[sign]} “{title}”") for sign in ("is", "not"))


def choice_titles(question: Part, lang: str = "") -> dict[str, str]:
    """Return {key: title} of the possible answers to a choice or yes/no question, in this language."""
    if question["kind"] == "yes":
        return {"yes": _("Yes"), "no": _("No")}
    found = {}
    for choice in question.get("choices", ()):
        found[choice["key"]] = pick_text({code: {"t": text} for code, text in choice["titles"].items()}, "t", lang)
    return found


def initial_conditions(when: list[list[str]], before: list[Part]) -> dict[str, str]:
    """Return stored conditions ([question, sign, value]) as initial values of a `ConditionsForm`."""
    kinds = {question["key"]: question["kind"] for question in before}
    found: dict[str, str] = {}
    for number, (name, sign, value) in enumerate(when, 1):
        is_number = kinds.get(name) == "number"
        found |= {
            f"if_{number}": f"{name}|{sign}|{'' if is_number else value}",
            f"than_{number}": value if is_number else "",
        }
    return found


class QuestionForm(ConditionsForm):
    """The form of a question: a number, yes or no, or one of several."""

    words = {"ask": (gettext_lazy("Question"), 1, 200), "help": (gettext_lazy("Hint"), 1, 200)}
    key = forms.CharField(label=gettext_lazy("Short name"), max_length=30, help_text=KEY_HELP)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS)
    least = forms.DecimalField(label=gettext_lazy("Smallest number"), required=False)
    most = forms.DecimalField(label=gettext_lazy("Largest number"), required=False)

    def __init__(self, *args: Any, choices: int = 0, **kwargs: Any) -> None:
        """Add the fields of ``choices`` answer choices and of some spare ones: key, worth and titles."""
        super().__init__(*args, **kwargs)
        self.count = min(CHOICES_MOST, choices + SPARE_CHOICES)
        for at in range(self.count):
            number = {"number": at + 1}
            self.fields[f"choice_{at}"] = forms.SlugField(
                label=_("Choice %(number)d, short name") % number, required=False, max_length=30
            )
            self.fields[f"worth_{at}"] = forms.DecimalField(
                label=_("Choice %(number)d, worth") % number, required=False
            )
            for lang in self.languages:
                title = f"{_('Choice %(number)d') % number}, {LANGUAGE_NAMES[lang]}"
                self.fields[f"choice_{at}_{lang}"] = forms.CharField(
                    label=title, required=False, max_length=80, widget=forms.TextInput({"lang": lang})
                )

    def choice_rows(self) -> Iterator[list[BoundField]]:
        """Yield the bound fields of each answer choice: key, worth, and a title in each language."""
        for at in range(self.count):
            names = [f"choice_{at}", f"worth_{at}", *(f"choice_{at}_{lang}" for lang in self.languages)]
            yield [self[name] for name in names]

    def part(self) -> Part:
        """Return the cleaned question as the dict that a checker's script stores."""
        data = self.cleaned_data
        choices = [
            {
                "key": data[f"choice_{at}"],
                "worth": format_decimal(data.get(f"worth_{at}")) or "0",
                "titles": {
                    lang: title for lang in self.languages if (title := data.get(f"choice_{at}_{lang}", "").strip())
                },
            }
            for at in range(self.count)
            if data.get(f"choice_{at}")
        ]
        limits = {name: format_decimal(data.get(name)) for name in ("least", "most") if data.get(name) is not None}
        return {
            "key": data["key"].strip(),
            "kind": data["kind"],
            "texts": self.texts(),
            "when": self.when(),
            **({"choices": choices} if data["kind"] == "choice" else limits if data["kind"] == "number" else {}),
        }


def format_decimal(value: object) -> str:
    """Return a decimal as text for a form's field, "" for None."""
    return "" if value is None else f"{value:f}"


def initial_question(part: Part, before: list[Part]) -> dict[str, Any]:
    """Return a stored question as initial values of a `QuestionForm`: texts, kind, limits, choices, conditions."""
    found = {**initial_texts(part["texts"]), **initial_conditions(part.get("when", []), before)}
    for at, choice in enumerate(part.get("choices", ())):
        found |= {f"choice_{at}": choice["key"], f"worth_{at}": choice.get("worth", "0")}
        found |= {f"choice_{at}_{lang}": title for lang, title in choice["titles"].items()}
    return {**found, **{name: part.get(name, "") for name in ("key", "kind", "least", "most")}}


class RuleForm(ConditionsForm):
    """The form of a rule: if all conditions hold, this is the outcome."""

    outcome = forms.ChoiceField(label=gettext_lazy("Then this comes out"))

    def __init__(self, *args: Any, script: Script, **kwargs: Any) -> None:
        """Offer the outcomes of the checker's ``script`` as choices."""
        super().__init__(*args, **kwargs)
        titles = [
            (part["key"], f"{part['key']}: {pick_text(part['texts'], 'title', '')}")
            for part in list_parts(script, "outcomes")
        ]
        self.fields["outcome"].choices = titles  # type: ignore[attr-defined]

    def part(self) -> Part:
        """Return the cleaned rule (an outcome and its conditions) as the dict that a checker's script stores."""
        return {"when": self.when(), "outcome": self.cleaned_data["outcome"]}


class OutcomeForm(WordsForm):
    """The form of an outcome: the texts and the amount that a person gets."""

    words = {"title": (gettext_lazy("In one sentence"), 2, 200), "text": (gettext_lazy("More about it"), 3, 600)}
    key = forms.CharField(label=gettext_lazy("Short name"), max_length=30, help_text=KEY_HELP)
    tone = forms.ChoiceField(label=gettext_lazy("Tone"), choices=TONES)
    amount = forms.CharField(
        label=gettext_lazy("Formula"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For example: children * fee. The outcome is written where the text says {amount}."),
        widget=forms.TextInput({"dir": "ltr"}),
    )
    answer = forms.ChoiceField(label=gettext_lazy("Read on in this answer"), required=False)

    def __init__(self, *args: Any, slugs: list[str], **kwargs: Any) -> None:
        """Offer the answers with these ``slugs`` as the answer that the outcome links to, or none."""
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [("", "–"), *((slug, slug) for slug in slugs)]  # type: ignore[attr-defined]

    def clean_amount(self) -> str:
        """Return the formula of the amount. Raise ValidationError if it cannot be parsed."""
        text = str(self.cleaned_data.get("amount") or "").strip()
        if text:
            try:
                parse_formula(text)
            except BadFormula as error:
                raise forms.ValidationError(str(error), code="formula") from error
        return text

    def part(self) -> Part:
        """Return the cleaned outcome as the dict that a checker's script stores."""
        return {
            "texts": self.texts(),
            **{name: self.cleaned_data[name] for name in ("key", "tone", "amount", "answer")},
        }


def describe_condition(condition: list[str], script: Script) -> str:
    """Return a stored condition ([question, sign, value]) as text for the desk's list."""
    name, sign, value = condition
    question = find_part(script, "questions", name)
    title = choice_titles(question).get(value, value) if question else value
    return f"{name} {dict(SIGNS)[sign]} {title}"
