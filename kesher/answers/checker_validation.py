"""Check that an eligibility checker is complete before it is published: every path ends, no text is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from kesher.answers.checker_rules import (
    Part,
    Script,
    conditions_hold,
    find_outcome,
    find_part,
    list_parts,
    list_question_keys,
    parse_decimal,
)
from kesher.answers.formula import BadFormula, find_names, parse_formula
from kesher.answers.language_fallback import find_fact_names

PATHS_MAX: Final = 20_000
EPSILON: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that a checker may use.

    ``facts``: all stored facts; ``numbers``: those that contain a number; ``answers``: the published slugs.
    """

    facts: Collection[str] = ()
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    answers: Collection[str] = ()


def find_problems(script: Script, languages: Sequence[str], known_names: KnownNames) -> list[str]:
    """Return all that keeps a checker from being published, as messages for its editor; [] if nothing."""
    found = list(find_shape_problems(script, languages, known_names))
    return found or list(find_path_problems(script, known_names.numbers))


def find_shape_problems(script: Script, languages: Sequence[str], known_names: KnownNames) -> Iterator[str]:
    """Yield the problems of single questions, rules and outcomes, found without walking the paths."""
    for what, words in (("questions", _("There is no question yet.")), ("outcomes", _("There is no outcome yet."))):
        if not list_parts(script, what):
            yield words
    before: list[Part] = []
    for question in list_parts(script, "questions"):
        yield from find_question_problems(question, before, languages)
        before.append(question)
    names = list_question_keys(script)
    for outcome in list_parts(script, "outcomes"):
        yield from find_outcome_problems(outcome, names, languages, known_names)
    for number, rule in enumerate(list_parts(script, "rules"), 1):
        title = _("Rule %(number)d") % {"number": number}
        yield from find_condition_problems(title, rule.get("when", ()), before)
        if find_part(script, "outcomes", rule["outcome"]) is None:
            yield _("%(title)s leads nowhere.") % {"title": title}


def find_question_problems(question: Part, before: list[Part], languages: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a question: missing texts or choices, wrong conditions."""
    title = _("Question “%(key)s”") % {"key": question["key"]}
    if gaps := [lang for lang in languages if not question["texts"].get(lang, {}).get("ask")]:
        yield _("%(title)s has no words in: %(languages)s.") % {"title": title, "languages": ", ".join(gaps)}
    if question["kind"] == "choice":
        if len(question.get("choices", ())) < 2:
            yield _("%(title)s needs two choices at least.") % {"title": title}
        for choice in question.get("choices", ()):
            if gaps := [lang for lang in languages if not choice["titles"].get(lang)]:
                words = {"title": title, "choice": choice["key"], "languages": ", ".join(gaps)}
                yield _("%(title)s, choice “%(choice)s” has no words in: %(languages)s.") % words
    yield from find_condition_problems(title, question.get("when", ()), before)


def find_condition_problems(title: str, conditions: Sequence[Sequence[str]], before: list[Part]) -> Iterator[str]:
    """Yield a message for each condition that asks for no possible answer to an earlier question."""
    known = {question["key"]: question for question in before}
    for name, sign, value in conditions:
        question = known.get(name)
        if question is None:
            yield _("%(title)s asks about “%(name)s”, which is not asked before.") % {"title": title, "name": name}
        elif value not in possible_answers(question) and (question["kind"] != "number" or parse_decimal(value) is None):
            yield _("%(title)s: “%(name)s” cannot be “%(value)s”.") % {"title": title, "name": name, "value": value}
        elif question["kind"] != "number" and sign in ("least", "most"):
            yield _("%(title)s: “%(name)s” is no number.") % {"title": title, "name": name}


def possible_answers(question: Part) -> list[str]:
    """Return the answers that a yes/no or choice question can get; [] for a question with a number."""
    if question["kind"] == "yes":
        return ["yes", "no"]
    return [choice["key"] for choice in question.get("choices", ())] if question["kind"] == "choice" else []


def find_outcome_problems(
    outcome: Part, names: set[str], languages: Sequence[str], known_names: KnownNames
) -> Iterator[str]:
    """Yield what is wrong with an outcome: missing texts, unknown facts, answers or names."""
    title = _("Outcome “%(key)s”") % {"key": outcome["key"]}
    if gaps := [lang for lang in languages if not outcome["texts"].get(lang, {}).get("title")]:
        yield _("%(title)s has no words in: %(languages)s.") % {"title": title, "languages": ", ".join(gaps)}
    if unknown := sorted(find_fact_names(outcome["texts"]) - set(known_names.facts)):
        yield f"{title}: {_('Nobody stored this fact: %(names)s.') % {'names': ', '.join(unknown)}}"
    if outcome.get("answer") and outcome["answer"] not in known_names.answers:
        yield _("%(title)s leads to an answer that is not published: %(slug)s.") % {
            "title": title, "slug": outcome["answer"],
        }  # fmt: skip
    if outcome.get("amount"):
        try:
            nobodys = find_names(parse_formula(outcome["amount"])) - names - set(known_names.numbers)
        except BadFormula as error:
            yield f"{title}: {error}"
        else:
            if nobodys:
                words = {"title": title, "names": ", ".join(sorted(nobodys))}
                yield _("%(title)s reckons with what nobody asked: %(names)s.") % words


def find_path_problems(script: Script, facts: Mapping[str, Decimal]) -> Iterator[str]:
    """Try all combinations of answers; yield the first without an outcome, else outcomes never reached."""
    unsaid = {outcome["key"] for outcome in list_parts(script, "outcomes")}
    for count, known in enumerate(iterate_paths(script), 1):
        if count > PATHS_MAX:
            # Too many to walk: then a rule without conditions must catch the rest.
            if not any(not rule.get("when") for rule in list_parts(script, "rules")):
                yield _("There are too many paths to try. Please end with a rule without conditions.")
            return
        try:
            found = find_outcome(script, known, facts)
        except BadFormula as error:
            yield _("Whoever answers %(path)s gets no amount: %(error)s") % {
                "path": format_answers(known),
                "error": error,
            }
            return
        if found is None:
            yield _("Whoever answers %(path)s gets no outcome.") % {"path": format_answers(known)}
            return
        unsaid.discard(found.data["key"])
    for key in sorted(unsaid):
        yield _("Nobody ever gets the outcome “%(key)s”.") % {"key": key}


def format_answers(known: Mapping[str, str]) -> str:
    """Return answers {question: value} as text: "age = 70, home = own"."""
    return ", ".join(f"{name} = {value}" for name, value in known.items()) or "–"


def iterate_paths(script: Script) -> Iterator[dict[str, str]]:
    """Yield the answers {question: value} of every path through a checker's questions.

    A number is tried at its limits and on both sides of each value in a condition: between these nothing changes but an
    amount.
    """
    yield from _walk(list_parts(script, "questions"), number_test_values(script), {})


def _walk(left: list[Part], tried: Mapping[str, list[str]], known: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield the answers of every path through the questions ``left``, after those ``known`` so far."""
    if not left:
        yield known
        return
    question, *rest = left
    if not conditions_hold(question.get("when", ()), known):
        yield from _walk(rest, tried, known)
        return
    for value in possible_answers(question) or tried[question["key"]]:
        yield from _walk(rest, tried, {**known, question["key"]: value})


def number_test_values(script: Script) -> dict[str, list[str]]:
    """Return {question: [values to try]} for questions with a number: around every limit and comparison."""
    conditions = [
        condition
        for what in ("questions", "rules")
        for part in list_parts(script, what)
        for condition in part.get("when", ())
    ]
    found: dict[str, list[str]] = {}
    for question in list_parts(script, "questions"):
        if question["kind"] != "number":
            continue
        least, most = number_limits(question)
        named = [
            value
            for name, _sign, text in conditions
            if name == question["key"] and (value := parse_decimal(text)) is not None
        ]
        near = {edge for value in named for edge in (value - EPSILON, value, value + EPSILON)}
        found[question["key"]] = [str(value) for value in sorted({least, most, *near}) if least <= value <= most]
    return found


def number_limits(question: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """Return (smallest, largest) number that a question allows; by default 0 and a million."""
    least, most = parse_decimal(question.get("least", "")), parse_decimal(question.get("most", ""))
    return least if least is not None else Decimal(0), most if most is not None else Decimal(10) ** 6
