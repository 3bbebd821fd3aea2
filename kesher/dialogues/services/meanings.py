"""Turn what a message means into the next step: an option to run, or a message that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django import forms
from django.utils.translation import gettext as _

from kesher.channels.base import Option, Say
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.form_phrases import AROUND, WANTING, leaves, wants
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import REGISTRY, Skill, option_key, option_title
from kesher.dialogues.services.prompts import GO, offer_options, say_gladly
from kesher.dialogues.small_talk import is_question
from kesher.dialogues.understood import Meaning, Understood
from kesher.language import likeness, words

# What commands inside a sentence run, outside a form.
OPTIONS: Final = {"language": "language", "person": "agent", "menu": "menu", "help": "menu", "continue": "resume"}
# Inside a form: at a question with options or for a file, at one for a name, a number or a place, at one for a long
# text or a title. Probabilities are by what a wrong guess costs there: at options little, in a long text the answer.
OPTIONS_OR_FILE, SHORT, LONG = "options", "short", "long"
COMMANDS_IN_FORM: Final = {
    OPTIONS_OR_FILE: dict.fromkeys(("cancel", "back", "skip", "menu", "help", "person", "language"), 0.6),
    SHORT: {"cancel": 0.6, "back": 0.9, "skip": 0.9, "menu": 0.95, "help": 0.95, "person": 0.9, "language": 0.95},
    LONG: {"cancel": 0.9, "back": 0.9, "skip": 0.9, "menu": 0.97, "help": 0.97, "person": 0.95, "language": 0.97},
}
STOP_IN_FORM: Final = {OPTIONS_OR_FILE: 0.6, SHORT: 0.9, LONG: 0.95}
# From which probability another verb leaves the form: where the text asks for something ("I want to …"), and where not.
VERB_ASKED_FOR: Final = {OPTIONS_OR_FILE: 0.4, SHORT: 0.35, LONG: 0.97}
VERB_IN_FORM: Final = {OPTIONS_OR_FILE: 0.8, SHORT: 0.97, LONG: 0.97}
VERB_AFTER_LEAVING: Final = 0.4  # the same behind "forget it, …"
WORDS_MOST: Final = {OPTIONS_OR_FILE: 30, SHORT: 16, LONG: 10}  # a longer text is an answer
RIVAL: Final = 0.4  # part of the first thing's probability from which the second one is offered beside it
BARE_MOST: Final = 8  # words of a text that asks for a verb and names no thing
ALIKE: Final = 0.8  # likeness from which two words are forms of one
ASKING: Final = AROUND.union(*WANTING)  # words that ask for something, and words around them
LEAVING_MOST: Final = 6  # words of a text that only leaves the form


def choose_step(understood: Understood, turn: Turn) -> str | list[Say]:
    """Return the key of the option to run for a message outside a form, or what to say; [] if it was not understood."""
    first = understood.offered[0] if understood.offered else None
    if understood.action in ("start", "confirm", "offer") and (bare := find_bare_request(turn.text, understood)):
        return bare
    match understood.action:
        case "start" | "answer" if first is not None:
            return option_key(first)
        case "confirm" if first is not None:
            if has_rival(understood.offered):
                return [offer_meanings(turn, understood)]
            return option_key(first) if asks_yes_first(first) else [ask_whether(turn, first)]
        case "offer":
            return [offer_meanings(turn, understood)]
        case "person":
            return "agent"
        case "stop":
            return "stop"
        case "ask_stop":
            return [ask_stop(turn)]
        case "start_again":
            return "start"
        case "command":
            return command_step(understood, turn)
    return []


def find_bare_request(text: str, understood: Understood) -> str:
    """Return the key of the verb that a text asks for without naming a thing ("I want to sign a petition"), or "".

    It is one of those that the text may mean, and all its words are words of asking or of the verb: the thing that was
    guessed is none, and the verb offers what is open.
    """
    said = words(text)
    rest = [word for word in said if word not in ASKING] if len(said) <= BARE_MOST else []
    for one in understood.offered if rest else ():
        skill = REGISTRY.get(one.name)
        if skill is not None and skill.needs_subject and skill.intents:
            known = {word for several in skill.intents.values() for phrase in several for word in words(phrase)}
            if all(any(likeness(word, other) >= ALIKE for other in known) for word in rest):
                return skill.name
    return ""


def has_rival(offered: Sequence[Meaning]) -> bool:
    """Return whether the second thing that a message may name is nearly as probable as the first."""
    first, *more = offered
    rival = next((one for one in more if one.subject and one.subject != first.subject), None)
    return bool(first.subject) and rival is not None and rival.probability >= RIVAL * first.probability


def asks_yes_first(meaning: Meaning) -> bool:
    """Return whether a meaning begins a form about one thing whose first question is a yes: that is question enough."""
    skill = REGISTRY.get(meaning.name)
    if skill is None or not meaning.subject or not skill.form.base_fields:
        return False
    first = skill.form.base_fields[next(iter(skill.form.field_order or skill.form.base_fields))]
    return isinstance(first, forms.BooleanField) and first.required


def command_step(understood: Understood, turn: Turn) -> str | list[Say]:
    """Return what follows from a command in a sentence outside a form."""
    if "thanks" in understood.commands:
        return [say_gladly(turn)]
    return OPTIONS.get(understood.commands[-1], "menu")


def kind_of_question(form: StepForm, step: str) -> str:
    """Return what a form's question asks for, by how much a wrong guess costs there."""
    if form.expects(step) in ("choice", "file"):
        return OPTIONS_OR_FILE
    return SHORT if form.may_ask(step) else LONG


def choose_interruption(understood: Understood, turn: Turn, kind: str, skill: Skill, subject: str) -> str | list[Say]:
    """Return what a message does inside a form instead of answering it: a key, or what to say; [] if it answers.

    ``kind``: of the question, see `kind_of_question`; ``skill`` and ``subject``: what the form does, and about what.
    """
    probability, size = understood.probability, len(turn.text.split())
    if understood.action in ("stop", "ask_stop") and probability >= STOP_IN_FORM[kind]:
        return [ask_stop(turn)] if understood.action == "ask_stop" else "stop"
    if size > WORDS_MOST[kind]:
        return []
    limits = COMMANDS_IN_FORM[kind]
    for command in understood.commands:
        least = limits.get(command, 2.0)
        if understood.action in ("command", "person") and probability >= least:
            return "agent" if command == "person" else command
    verb = find_other_verb(understood, skill, subject)
    if verb is not None and verb.probability >= least_for_verb(turn.text, kind, subject=bool(verb.subject)):
        sure = understood.action == "start" or wants(turn.text)
        return option_key(verb) if sure else [ask_whether(turn, verb)]
    return "cancel" if kind != LONG and size <= LEAVING_MOST and leaves(turn.text) else []


def find_other_verb(understood: Understood, skill: Skill, subject: str) -> Meaning | None:
    """Return the most probable verb that a message may mean, if it is not what the form does; None if there is none."""
    found = next((one for one in understood.offered if REGISTRY.get(one.name) and one.kind != "answer"), None)
    if found is None or (found.name == skill.name and found.subject in ("", subject)):
        return None
    return found


def least_for_verb(text: str, kind: str, *, subject: bool) -> float:
    """Return from which probability a verb leaves the form."""
    if leaves(text):
        return VERB_AFTER_LEAVING
    if wants(text) or (kind == SHORT and is_question(text, marked=True)):
        return VERB_ASKED_FOR[kind]
    return VERB_IN_FORM[kind] if subject or kind == OPTIONS_OR_FILE else 2.0


def ask_whether(turn: Turn, meaning: Meaning) -> Say:
    """Return the question whether this is what a person wants."""
    options = (
        Option(f"{GO}{option_key(meaning)}", _("Yes")),
        Option(f"{GO}menu", _("No, something else")),
        Option(f"{GO}agent", _("Talk to a person")),
    )
    words = _("You want to: %(what)s. Is that right?") % {"what": option_title(meaning)}
    return offer_options(turn, Say(words, options, lang=turn.lang))


def offer_meanings(turn: Turn, understood: Understood) -> Say:
    """Return the offer of what a message may mean, at most three, and a person."""
    options = [Option(f"{GO}{option_key(one)}", option_title(one)) for one in understood.offered]
    options.append(Option(f"{GO}agent", _("Talk to a person")))
    return offer_options(turn, Say(_("Did you mean one of these?"), tuple(options), lang=turn.lang))


def ask_stop(turn: Turn) -> Say:
    """Return the question whether a person wants no more messages."""
    options = (Option(f"{GO}stop", _("Yes, stop")), Option(f"{GO}menu", _("No")))
    return offer_options(turn, Say(_("Shall we stop sending you messages?"), options, lang=turn.lang))


def say_unknown(turn: Turn) -> Say:
    """Return that a message was not understood, with the offer of a person."""
    options = (Option(f"{GO}agent", _("Talk to a person")), Option(f"{GO}menu", _("What can I do here?")))
    words = _("We do not know the answer to this. A person can help, or say it in other words.")
    return offer_options(turn, Say(words, options, lang=turn.lang), misses=1)
