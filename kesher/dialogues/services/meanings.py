"""Turn what a message means into the next step: an option to run, or a message that asks."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from kesher.channels.base import Option, Say
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.registry import REGISTRY
from kesher.dialogues.services.prompts import GO, offer_options
from kesher.dialogues.understood import Meaning, Understood

# What commands inside a sentence run, outside a form.
OPTIONS: Final = {"language": "language", "person": "agent", "menu": "menu", "help": "menu", "continue": "resume"}
# Commands that a sentence may give inside a form, and from which probability: there, a sentence may be the answer.
IN_FORM: Final = {"cancel": 0.9, "back": 0.9, "skip": 0.9, "menu": 0.95, "help": 0.95, "person": 0.9, "language": 0.95}
AT_CHOICE: Final = 0.6  # the same where the question has options, and the message is none of them
VERB_IN_FORM: Final = 0.97  # probability from which a verb with its subject leaves a form
WORDS_IN_FORM: Final = 10  # a longer text is an answer


def option_key(meaning: Meaning) -> str:
    """Return the key of the option that does what a message may mean."""
    if meaning.kind == "answer":
        return f"answers.ask:={meaning.name}"
    return f"{meaning.name}:{meaning.subject}" if meaning.subject else meaning.name


def option_title(meaning: Meaning) -> str:
    """Return the title of that option: what it does and about what."""
    skill = REGISTRY.get(meaning.name)
    if skill is None:
        return meaning.title
    return f"{skill.title}: {meaning.title}" if meaning.title else str(skill.title)


def choose_step(understood: Understood, turn: Turn) -> str | list[Say]:
    """Return the key of the option to run for a message outside a form, or what to say; [] if it was not understood."""
    first = understood.offered[0] if understood.offered else None
    match understood.action:
        case "start" | "answer" if first is not None:
            return option_key(first)
        case "confirm" if first is not None:
            return [ask_whether(turn, first)]
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


def command_step(understood: Understood, turn: Turn) -> str | list[Say]:
    """Return what follows from a command in a sentence outside a form."""
    if "thanks" in understood.commands:
        return [Say(_("Gladly. If you need anything else, just write."), lang=turn.lang)]
    return OPTIONS.get(understood.commands[-1], "menu")


def choose_interruption(understood: Understood, turn: Turn, *, choices: bool) -> str | list[Say]:
    """Return what a message does inside a form instead of answering it: a key, or what to say; [] if it answers.

    ``choices``: the question has options, none of which the message is.
    """
    probability = understood.probability
    if understood.action in ("stop", "ask_stop") and probability >= (AT_CHOICE if choices else IN_FORM["person"]):
        return [ask_stop(turn)] if understood.action == "ask_stop" else "stop"
    if len(turn.text.split()) > WORDS_IN_FORM:
        return []
    for command in understood.commands:
        least = AT_CHOICE if choices else IN_FORM.get(command, 2.0)
        if command in IN_FORM and understood.action in ("command", "person") and probability >= least:
            return "agent" if command == "person" else command
    first = understood.offered[0] if understood.offered else None
    if first is not None and first.subject and understood.action == "start" and probability >= VERB_IN_FORM:
        return option_key(first)
    return []


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
    return offer_options(turn, Say(_("Shall we send you no more messages?"), options, lang=turn.lang))


def say_unknown(turn: Turn) -> Say:
    """Return that a message was not understood, with the offer of a person."""
    options = (Option(f"{GO}agent", _("Talk to a person")), Option(f"{GO}menu", _("What can I do here?")))
    words = _("We do not know the answer to this. A person can help, or say it in other words.")
    return offer_options(turn, Say(words, options, lang=turn.lang), misses=1)
