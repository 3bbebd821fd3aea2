"""Whether a checker may be published: every path ends, every outcome can come out, every word and formula is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from kesher.answers.checker_script import Part, Script, all_hold, decimal, outcome_of, part_named, parts, question_keys
from kesher.answers.formula import BadFormula, names_in, parsed
from kesher.answers.language_fallback import facts_in

PATHS_MOST: Final = 20_000
HAIR: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Around:
    """What a checker may name: ``facts``, all that are stored; ``numbers``, those with a number in them; ``answers``,
    the published slugs."""

    facts: Collection[str] = ()
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    answers: Collection[str] = ()


def problems(script: Script, languages: Sequence[str], around: Around) -> list[str]:
    """What keeps a checker from being published, in words for its editor; [] where nothing does."""
    found = list(shape_problems(script, languages, around))
    return found or list(path_problems(script, around.numbers))


def shape_problems(script: Script, languages: Sequence[str], around: Around) -> Iterator[str]:
    """What can be seen without walking the paths."""
    for what, words in (("questions", _("There is no question yet.")), ("outcomes", _("There is no outcome yet."))):
        if not parts(script, what):
            yield words
    before: list[Part] = []
    for question in parts(script, "questions"):
        yield from question_problems(question, before, languages)
        before.append(question)
    names = question_keys(script)
    for outcome in parts(script, "outcomes"):
        yield from outcome_problems(outcome, names, languages, around)
    for number, rule in enumerate(parts(script, "rules"), 1):
        title = _("Rule %(number)d") % {"number": number}
        yield from condition_problems(title, rule.get("when", ()), before)
        if part_named(script, "outcomes", rule["outcome"]) is None:
            yield _("%(title)s leads nowhere.") % {"title": title}


def question_problems(question: Part, before: list[Part], languages: Sequence[str]) -> Iterator[str]:
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
    yield from condition_problems(title, question.get("when", ()), before)


def condition_problems(title: str, conditions: Sequence[Sequence[str]], before: list[Part]) -> Iterator[str]:
    """A condition asks about an earlier question, for an answer that it can have."""
    known = {question["key"]: question for question in before}
    for name, sign, value in conditions:
        question = known.get(name)
        if question is None:
            yield _("%(title)s asks about “%(name)s”, which is not asked before.") % {"title": title, "name": name}
        elif value not in possible(question) and (question["kind"] != "number" or decimal(value) is None):
            yield _("%(title)s: “%(name)s” cannot be “%(value)s”.") % {"title": title, "name": name, "value": value}
        elif question["kind"] != "number" and sign in ("least", "most"):
            yield _("%(title)s: “%(name)s” is no number.") % {"title": title, "name": name}


def possible(question: Part) -> list[str]:
    """The answers to a question of choices, [] for a number."""
    if question["kind"] == "yes":
        return ["yes", "no"]
    return [choice["key"] for choice in question.get("choices", ())] if question["kind"] == "choice" else []


def outcome_problems(outcome: Part, names: set[str], languages: Sequence[str], around: Around) -> Iterator[str]:
    title = _("Outcome “%(key)s”") % {"key": outcome["key"]}
    if gaps := [lang for lang in languages if not outcome["texts"].get(lang, {}).get("title")]:
        yield _("%(title)s has no words in: %(languages)s.") % {"title": title, "languages": ", ".join(gaps)}
    if unknown := sorted(facts_in(outcome["texts"]) - set(around.facts)):
        yield f"{title}: {_('Nobody stored this fact: %(names)s.') % {'names': ', '.join(unknown)}}"
    if outcome.get("answer") and outcome["answer"] not in around.answers:
        yield _("%(title)s leads to an answer that is not published: %(slug)s.") % {
            "title": title, "slug": outcome["answer"],
        }  # fmt: skip
    if outcome.get("amount"):
        try:
            nobodys = names_in(parsed(outcome["amount"])) - names - set(around.numbers)
        except BadFormula as error:
            yield f"{title}: {error}"
        else:
            if nobodys:
                words = {"title": title, "names": ", ".join(sorted(nobodys))}
                yield _("%(title)s reckons with what nobody asked: %(names)s.") % words


def path_problems(script: Script, facts: Mapping[str, Decimal]) -> Iterator[str]:
    """Walks every path: does each end, and does each outcome come out on one?"""
    unsaid = {outcome["key"] for outcome in parts(script, "outcomes")}
    for count, known in enumerate(paths(script), 1):
        if count > PATHS_MOST:
            # Too many to walk: then the last rule must take whatever is left.
            if not any(not rule.get("when") for rule in parts(script, "rules")):
                yield _("There are too many paths to try. Please end with a rule without conditions.")
            return
        try:
            found = outcome_of(script, known, facts)
        except BadFormula as error:
            yield _("Whoever answers %(path)s gets no amount: %(error)s") % {"path": shown(known), "error": error}
            return
        if found is None:
            yield _("Whoever answers %(path)s gets no outcome.") % {"path": shown(known)}
            return
        unsaid.discard(found.data["key"])
    for key in sorted(unsaid):
        yield _("Nobody ever gets the outcome “%(key)s”.") % {"key": key}


def shown(known: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in known.items()) or "–"


def paths(script: Script) -> Iterator[dict[str, str]]:
    """Every way through the questions. A number is tried at its limits and on both sides of each value that a condition
    names: between those nothing changes but an amount."""
    yield from _walk(parts(script, "questions"), edges(script), {})


def _walk(left: list[Part], tried: Mapping[str, list[str]], known: dict[str, str]) -> Iterator[dict[str, str]]:
    if not left:
        yield known
        return
    question, *rest = left
    if not all_hold(question.get("when", ()), known):
        yield from _walk(rest, tried, known)
        return
    for value in possible(question) or tried[question["key"]]:
        yield from _walk(rest, tried, {**known, question["key"]: value})


def edges(script: Script) -> dict[str, list[str]]:
    """For each number the values to try."""
    conditions = [
        condition
        for what in ("questions", "rules")
        for part in parts(script, what)
        for condition in part.get("when", ())
    ]
    found: dict[str, list[str]] = {}
    for question in parts(script, "questions"):
        if question["kind"] != "number":
            continue
        least, most = limits(question)
        named = [
            value
            for name, _sign, text in conditions
            if name == question["key"] and (value := decimal(text)) is not None
        ]
        near = {edge for value in named for edge in (value - HAIR, value, value + HAIR)}
        found[question["key"]] = [str(value) for value in sorted({least, most, *near}) if least <= value <= most]
    return found


def limits(question: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """The least and the most that a number may be; 0 and a million where the editor set none."""
    least, most = decimal(question.get("least", "")), decimal(question.get("most", ""))
    return least if least is not None else Decimal(0), most if most is not None else Decimal(10) ** 6
