"""Eligibility checkers and calculators: questions, rules, outcomes, as plain data that editors fill in without code.

A script is ``{"questions": […], "rules": […], "outcomes": […]}``:

- question: ``key``, ``kind`` (choice, yes, number), ``texts`` {language: {ask, help}}, ``choices`` [{key, worth,
  titles}], ``least``, ``most``, ``when`` (asked only where these conditions hold);
- rule: ``when`` (all of these conditions), ``outcome`` (its key). The first rule that holds is the one;
- outcome: ``key``, ``tone`` (good, wait, bad), ``texts`` {language: {title, text}}, ``amount`` (a formula), ``answer``
  (a slug).

A condition is ``[question, sign, value]``. Pure functions: what is asked next, what comes out, what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.answers.formula import BadFormula, names_in, parsed, reckoned
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
    """What came out: the outcome's data, and its amount where it has a formula."""

    data: Part
    amount: Decimal | None


# A comma is a mark of thousands where three figures follow it each time, and a decimal point before one figure or two,
# or behind a lone 0. U+066B and U+066C are the Arabic marks of both, U+060C is the Arabic comma.
_NUMBER: Final = re.compile(
    r"(?P<whole>-?(?:[1-9]\d{0,2}(?:[,\u066c\u00a0\u202f ]\d{3})+(?!\d)|\d+))"
    r"(?:(?:[.\u066b]|(?<=\b0),)(?P<part>\d+)|[,\u060c](?P<cents>\d{1,2})(?!\d))?"
)


def number_in(text: object) -> Decimal | None:
    """The first number in somebody's words: "5,000 ₪", "72,5", "בן 67", "٧٢٫٥"; None where there is none."""
    found = _NUMBER.search(digits(str(text)))
    if found is None:
        return None
    whole, part = re.sub(r"[^\d-]", "", found["whole"]), found["part"] or found["cents"]
    return decimal(f"{whole}.{part}" if part else whole)


def plain(question: Part, answer: Any) -> str:
    """A raw answer as conditions compare it."""
    value = number_in(answer) if question["kind"] == "number" else None
    return str(answer) if value is None else f"{value:f}"


def decimal(text: object) -> Decimal | None:
    """A number as editors write it; None where it is none."""
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def parts(script: Script, what: str) -> list[Part]:
    return list(script.get(what, ()))


def part_named(script: Script, what: str, key: str) -> Part | None:
    return next((part for part in parts(script, what) if part["key"] == key), None)


def holds(condition: Sequence[str], known: Known) -> bool:
    """A condition about a question that was not asked does not hold, whatever its sign."""
    name, sign, value = condition
    answer = known.get(name)
    if answer in (None, ""):
        return False
    if sign in ("is", "not"):
        left, right = decimal(answer), decimal(value)
        same = left == right if left is not None and right is not None else str(answer) == value
        return same == (sign == "is")
    left, right = decimal(answer), decimal(value)
    if left is None or right is None:
        return False
    return left >= right if sign == "least" else left <= right


def all_hold(conditions: Sequence[Sequence[str]], known: Known) -> bool:
    return all(holds(condition, known) for condition in conditions)


def asked(script: Script, known: Known) -> Iterator[Part]:
    """The questions that are put to somebody who answered so, in order: each after those on which it depends."""
    heard: dict[str, Any] = {}
    for question in parts(script, "questions"):
        if all_hold(question.get("when", ()), heard):
            yield question
            if question["key"] in known:
                heard[question["key"]] = plain(question, known[question["key"]])


def outcome_of(script: Script, known: Known, facts: Mapping[str, Decimal]) -> Outcome | None:
    """What comes out, None where no rule holds. Answers to questions that are not asked (any more) do not count. Raises
    BadFormula where the amount cannot be reckoned."""
    counted = {part["key"]: plain(part, known[part["key"]]) for part in asked(script, known) if part["key"] in known}
    rule = next((rule for rule in parts(script, "rules") if all_hold(rule.get("when", ()), counted)), None)
    found = part_named(script, "outcomes", rule["outcome"]) if rule else None
    if found is None:
        return None
    formula = found.get("amount", "")
    return Outcome(found, amount_of(script, formula, {**facts, **values(script, counted)}) if formula else None)


def amount_of(script: Script, formula: str, known: Mapping[str, Decimal]) -> Decimal:
    """What a formula comes to. A question that was not asked counts as 0; a fact that has no number (any more) does
    not: rather no amount than a wrong one. Raises BadFormula."""
    tree = parsed(formula)
    if gone := names_in(tree) - question_keys(script) - set(known):
        raise BadFormula(_now("Something is missing: “%(what)s”.") % {"what": ", ".join(sorted(gone))})
    return reckoned(tree, known)


def question_keys(script: Script) -> set[str]:
    return {question["key"] for question in parts(script, "questions")}


def facts_of(script: Script) -> set[str]:
    """The facts with which its formulas reckon: the names that no question has. Raises BadFormula."""
    formulas = (outcome.get("amount", "") for outcome in parts(script, "outcomes"))
    return {name for text in formulas if text for name in names_in(parsed(text))} - question_keys(script)


def values(script: Script, known: Known) -> dict[str, Decimal]:
    """What each answer is worth in a formula: a number itself, a choice its worth, yes 1, no 0."""
    found: dict[str, Decimal] = {}
    for question in parts(script, "questions"):
        name, answer = question["key"], known.get(question["key"])
        if answer in (None, ""):
            continue
        if question["kind"] == "number":
            found[name] = decimal(answer) or Decimal(0)
        elif question["kind"] == "yes":
            found[name] = Decimal(answer == "yes")
        else:
            worth = next((choice.get("worth") for choice in question.get("choices", ()) if choice["key"] == answer), 0)
            found[name] = decimal(worth) or Decimal(0)
    return found


def said(texts: Mapping[str, Mapping[str, str]], name: str, lang: str) -> str:
    """The words in this language, else in the first that has them."""
    order = (lang, "he", "ar", "ru", "en")
    return next((texts[code][name] for code in order if texts.get(code, {}).get(name)), "")
