"""Eligibility checkers as plain data (questions, rules, outcomes), and how their rules are evaluated.

A script is ``{"questions": […], "rules": […], "outcomes": […]}``:

- question: ``key``, ``kind`` (choice, yes, number), ``texts`` {language: {ask, help}}, ``choices`` [{key, worth,
  titles}], ``least``, ``most``, ``when`` (asked only if all these conditions hold);
- rule: ``when`` (all these conditions), ``outcome`` (its key). The first rule that holds decides;
- outcome: ``key``, ``tone`` (good, wait, bad), ``texts`` {language: {title, text}}, ``amount`` (a formula),
  ``answer`` (a slug).

A condition is ``[question, sign, value]``. The functions are pure: the next question, and the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.answers.formula import BadFormula, evaluate_formula, find_names, parse_formula
from kesher.language import digits

Script = Mapping[str, Any]
Part = dict[str, Any]
Known = Mapping[str, Any]  # {question: raw answer}

KINDS: Final = (("choice", _("One of several")), ("yes", _("Yes or no")), ("number", _("A number")))
TONES: Final = (("good", _("Good news")), ("wait", _("It depends")), ("bad", _("Not this time")))
SIGNS: Final = (
    ("is", _("is")),
    ("not", _("is not")),
    ("least", _("is at least")),
    ("most", _("is at most")),
)
KEY: Final = r"[a-z][a-z0-9_]{0,29}"
RESERVED: Final = frozenset({"which", "step", "back", "min", "max", "round", "amount"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a checker: its data, and its amount if it has a formula."""

    data: Part
    amount: Decimal | None


# A comma separates thousands if three digits follow each, and is a decimal point before one or two digits,
# or after a lone 0. U+066B and U+066C are the Arabic decimal and thousands separators, U+060C is the Arabic comma.
_NUMBER: Final = re.compile(
    r"(?P<whole>-?(?:[1-9]\d{0,2}(?:[,\u066c\u00a0\u202f ]\d{3})+(?!\d)|\d+))"
    r"(?:(?:[.\u066b]|(?<=\b0),)(?P<part>\d+)|[,\u060c](?P<cents>\d{1,2})(?!\d))?"
)


def parse_number(text: object) -> Decimal | None:
    """Return the first number in free text ("5,000 ₪", "72,5", "בן 67", "٧٢٫٥"), or None."""
    found = _NUMBER.search(digits(str(text)))
    if found is None:
        return None
    whole, part = re.sub(r"[^\d-]", "", found["whole"]), found["part"] or found["cents"]
    return parse_decimal(f"{whole}.{part}" if part else whole)


def normalise_answer(question: Part, answer: Any) -> str:
    """Return a raw answer as the text that conditions compare: the number found in it, else the answer itself."""
    value = parse_number(answer) if question["kind"] == "number" else None
    return str(answer) if value is None else f"{value:f}"


def parse_decimal(text: object) -> Decimal | None:
    """Return a number as editors write it, or None if it is not a finite number."""
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def list_parts(script: Script, what: str) -> list[Part]:
    """Return the script's parts of one kind: ``what`` is "questions", "rules" or "outcomes"."""
    return list(script.get(what, ()))


def find_part(script: Script, what: str, key: str) -> Part | None:
    """Return the question or outcome (``what``) with this key, or None."""
    return next((part for part in list_parts(script, what) if part["key"] == key), None)


def condition_holds(condition: Sequence[str], known: Known) -> bool:
    """Return whether one condition holds for these answers; False if its question was not asked."""
    name, sign, value = condition
    answer = known.get(name)
    if answer in (None, ""):
        return False
    if sign in ("is", "not"):
        left, right = parse_decimal(answer), parse_decimal(value)
        same = left == right if left is not None and right is not None else str(answer) == value
        return same == (sign == "is")
    left, right = parse_decimal(answer), parse_decimal(value)
    if left is None or right is None:
        return False
    return left >= right if sign == "least" else left <= right


def conditions_hold(conditions: Sequence[Sequence[str]], known: Known) -> bool:
    """Return whether all of these conditions hold for the answers ``known``."""
    return all(condition_holds(condition, known) for condition in conditions)


def iterate_asked_questions(script: Script, known: Known) -> Iterator[Part]:
    """Yield the questions to ask, in order: those whose conditions hold for the answers so far.

    Each comes after those on which it depends.
    """
    heard: dict[str, Any] = {}
    for question in list_parts(script, "questions"):
        if conditions_hold(question.get("when", ()), heard):
            yield question
            if question["key"] in known:
                heard[question["key"]] = normalise_answer(question, known[question["key"]])


def find_outcome(script: Script, known: Known, facts: Mapping[str, Decimal]) -> Outcome | None:
    """Return the outcome of the first rule that holds for these answers, or None if no rule holds.

    Answers to questions that are not asked (any more) do not count. Raise BadFormula if the amount cannot be
    calculated.
    """
    counted = {
        part["key"]: normalise_answer(part, known[part["key"]])
        for part in iterate_asked_questions(script, known)
        if part["key"] in known
    }
    rule = next((rule for rule in list_parts(script, "rules") if conditions_hold(rule.get("when", ()), counted)), None)
    found = find_part(script, "outcomes", rule["outcome"]) if rule else None
    if found is None:
        return None
    formula = found.get("amount", "")
    return Outcome(
        found, compute_amount(script, formula, {**facts, **answer_values(script, counted)}) if formula else None
    )


def compute_amount(script: Script, formula: str, known: Mapping[str, Decimal]) -> Decimal:
    """Return the value of an outcome's formula with these names filled in. Raise BadFormula.

    A question that was not asked counts as 0. A fact that has no number (any more) does not: better no amount than a
    wrong one.
    """
    tree = parse_formula(formula)
    if gone := find_names(tree) - list_question_keys(script) - set(known):
        raise BadFormula(_now("Something is missing: “%(what)s”.") % {"what": ", ".join(sorted(gone))})
    return evaluate_formula(tree, known)


def list_question_keys(script: Script) -> set[str]:
    """Return the keys of all questions of a checker's script."""
    return {question["key"] for question in list_parts(script, "questions")}


def list_formula_facts(script: Script) -> set[str]:
    """Return the names of the stored facts that the script's formulas use. Raise BadFormula."""
    formulas = (outcome.get("amount", "") for outcome in list_parts(script, "outcomes"))
    return {name for text in formulas if text for name in find_names(parse_formula(text))} - list_question_keys(script)


def answer_values(script: Script, known: Known) -> dict[str, Decimal]:
    """Return {question: number} for formulas: a number itself, a choice's worth, yes 1, no 0."""
    found: dict[str, Decimal] = {}
    for question in list_parts(script, "questions"):
        name, answer = question["key"], known.get(question["key"])
        if answer in (None, ""):
            continue
        if question["kind"] == "number":
            found[name] = parse_decimal(answer) or Decimal(0)
        elif question["kind"] == "yes":
            found[name] = Decimal(answer == "yes")
        else:
            worth = next((choice.get("worth") for choice in question.get("choices", ()) if choice["key"] == answer), 0)
            found[name] = parse_decimal(worth) or Decimal(0)
    return found


def pick_text(texts: Mapping[str, Mapping[str, str]], name: str, lang: str) -> str:
    """Return the text called ``name`` in this language, else in the first language that has it."""
    order = (lang, "he", "ar", "ru", "en")
    return next((texts[code][name] for code in order if texts.get(code, {}).get(name)), "")
