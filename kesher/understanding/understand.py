"""Understand a message: one function for every free text, on every channel and behind the search box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from kesher.dialogues.answer_matching import find_global_word, find_language
from kesher.dialogues.form_phrases import asks_for_more
from kesher.dialogues.understood import Action, Meaning, Situation, Understood
from kesher.language import detect, names_danger
from kesher.understanding.action_policy import choose_action, offers
from kesher.understanding.candidates import NOTHING, Candidate, Evidence, list_candidates, rank
from kesher.understanding.evidence import gather
from kesher.understanding.learning.examples import own_examples
from kesher.understanding.learning.model_store import Model, find_model
from kesher.understanding.message_text import Reading, read
from kesher.understanding.situations import find_situation
from kesher.understanding.slots import Chances, find_slots
from kesher.understanding.title_index import agency_index

# Bare words by which dialogues know a command, and the command's name here.
NAMES: Final = {"agent": "person", "start": "start_again", "stop_all": "stop"}
# Actions that name what is started, answered or offered.
WITH_MEANING: Final = frozenset({"start", "confirm", "answer", "offer"})
# Probabilities of a class from which a text in a form may be more than an answer.
INTERRUPTING: Final = {
    "danger": 0.05,
    "possible": 0.1,
    "stop": 0.3,
    "person": 0.3,
    "cancel": 0.3,
    "back": 0.3,
    "skip": 0.3,
    "menu": 0.4,
    "help": 0.4,
    "language": 0.4,
}
VERB_FROM: Final = 0.6
NAME_MOST: Final = 3  # words of a text that is only a name
POLITE_MOST: Final = 8  # words of a message that is little else than thanks
JOINING: Final = ("petitions.", "contests.", "purchases.")  # begin the classes of taking part
ALSO_FROM: Final = 0.12  # probability from which a further verb is named


def understand(
    text: str, lang: str, *, channel: str = "", model: Model | None = None, now: datetime | None = None
) -> Understood:
    """Return what a message means to the current agency; ``lang`` is the language that the person uses with us.

    ``now`` is the moment from which "tomorrow" counts (default: now).
    Without a trained model, only bare command words and dangers are understood.
    """
    model = model or find_model(own_examples())
    whole = text.strip()
    bare = find_global_word(whole) or ("language" if find_language(whole) else None)
    heard = detect(whole, lang or "he") or "he"
    if bare:
        return understand_bare(whole, heard, NAMES.get(bare, bare))
    if model is None or not whole:
        sure = bool(whole) and names_danger(whole)
        return Understood(whole, heard, "emergency" if sure else "unknown", situation="sure" if sure else "")
    reading = read(whole, lang, model)
    index = agency_index(model)
    seen = gather(reading, model, index)
    ranked = rank(list_candidates(seen, lang or reading.lang))
    situation = find_situation(seen)
    action: Action = "emergency" if situation[0] == "sure" else choose_action(ranked, channel)
    polite = polite_command(reading) if action == "unknown" and not situation[0] else ""
    if polite:
        return Understood(reading.text, reading.lang, "command", (polite,), probability=ranked[0][1], cut=reading.cut)
    slots = find_slots(
        reading.text, topics=index.report_topics, lang=lang or reading.lang, model=model, now=now,
        chances=chances_of(seen),
    )  # fmt: skip
    return describe(reading, seen, ranked, action, situation, slots)


def chances_of(seen: Evidence) -> Chances:
    """Return what a message may be that says something of a topic, a place or a time."""
    joining = sum(value for name, value in seen.classes.items() if name.startswith(JOINING))
    joining += seen.probability(NOTHING)
    return Chances(seen.probability("reports.report"), seen.probability("reports.status"), joining)


def polite_command(reading: Reading) -> str:
    """Return "thanks" or "greeting" where a message that asks for nothing known is little else; "" otherwise."""
    if reading.thanks and len(reading.said) <= POLITE_MOST:
        return "thanks"
    return "greeting" if reading.greets and len(reading.said) <= POLITE_MOST // 2 else ""


def understand_bare(text: str, lang: str, command: str) -> Understood:
    """Return what a message is that is one command word and nothing else."""
    action: Action = command if command in ("stop", "person", "start_again") else "command"  # type: ignore[assignment]
    return Understood(text, lang, action, (command,), probability=0.99)


def describe(
    reading: Reading,
    seen: Evidence,
    ranked: Sequence[tuple[Candidate, float]],
    action: Action,
    situation: tuple[Situation, str, float],
    slots: Mapping[str, str],
) -> Understood:
    """Return the ranked meanings of a message as one value."""
    first, probability = ranked[0]
    commands = [first.name] if first.kind == "command" else []
    commands = ["stop"] if action == "ask_stop" else commands
    if reading.greets and "greeting" not in commands:
        commands.insert(0, "greeting")
    chosen = offers(ranked) if action in WITH_MEANING else []
    shown = chosen[0][0] if action == "offer" else first if chosen else None
    verbs = [one.name for one, value in ranked if one.kind == "verb" and value >= ALSO_FROM]
    return Understood(
        reading.text,
        reading.lang,
        action,
        tuple(commands),
        verb=shown.name if shown and shown.kind == "verb" else "",
        also=tuple(name for name in dict.fromkeys(verbs) if not shown or name != shown.name),
        subject=shown.subject if shown else "",
        slug=shown.name if shown and shown.kind == "answer" else "",
        slots=slots,
        offered=tuple(Meaning(one.thing or one.kind, one.name, one.subject, one.title, value) for one, value in chosen),
        situation=situation[0],
        situation_kind=situation[1],
        probability=situation[2] if action == "emergency" else probability,
        cut=reading.cut,
    )


def is_ordinary_answer(text: str, model: Model) -> bool:
    """Return whether a text in a form is plainly an answer: a few words that may be no command, danger or request.

    It asks the classifier alone, which takes a tenth of the time of `understand`. A longer text may hold several
    answers.
    """
    if len(text.split()) > NAME_MOST or any(sign.isdecimal() or sign in "?؟,،:" for sign in text):
        return False
    if names_danger(text) or asks_for_more(text):
        return False
    found = model.classifier.probabilities(text)
    return not any(found.get(name, 0.0) > least for name, least in INTERRUPTING.items()) and not any(
        value > VERB_FROM for name, value in found.items() if "." in name
    )
