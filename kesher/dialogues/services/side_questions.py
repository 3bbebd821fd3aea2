"""Answer a person's own question at a form's question, and ask that again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from kesher.channels.base import Option, Say
from kesher.core import hooks
from kesher.core.i18n.text_variants import choose_wording
from kesher.core.ui.form_fields import PlaceField
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.facts import asks_about, find_fact
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill, option_key
from kesher.dialogues.services.prompts import GO, ask_step, offer_options
from kesher.dialogues.small_talk import is_bare_mark, is_question, is_small_talk
from kesher.dialogues.understood import Meaning
from kesher.language import normalise

# Probabilities from which an answer is given inside a form: where no option matches, and where a text may answer.
AT_OPTIONS: Final = 0.4  # where it looks like a question
AT_TEXT: Final = 0.5
NO_QUESTION: Final = 0.75  # where no option matches and it looks like none
SUMMARY: Final = 3  # facts of a thing that answer "what about it?": the skill names the most asked first


def find_known_answer(turn: Turn) -> list[Say]:
    """Return a stored answer that surely fits a question in free text; [] for small talk or a link's text."""
    return [] if turn.opening or is_small_talk(turn.text) else list(hooks.free_text.first(turn=turn) or ())


def may_be_question(turn: Turn, session: DialogueSession, form: StepForm) -> bool:
    """Return whether a text at a form's question may be a question to us.

    Where words are asked for, it must look like one, and not be said once more: then it is the answer.
    """
    if not turn.text or turn.attachments or turn.location:
        return False
    expects = form.expects(session.step)
    if expects in ("choice", "file"):
        return True
    asks = form.may_ask(session.step) and is_question(turn.text, marked=expects == "place")
    return asks and normalise(turn.text) != session.prompt.get("between")


def ask_after(
    turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any, answered: list[Say]
) -> list[Say]:
    """Return an answer to a person's question, and the form's question again."""
    if form.expects(session.step) in ("choice", "file"):
        return [*answered, ask_step(turn, session, skill, subject)]
    lead = choose_wording(
        _("If that was your answer, write it once more."), _("If that was your answer, say it once more.")
    )
    return [*answered, ask_step(turn, session, skill, subject, lead=lead, between=normalise(turn.text))]


def answer_fact(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say]:
    """Return the answer to a question about what the form is about ("when does it end?"); [] if it was none."""
    if skill.facts is None or not may_be_question(turn, session, form):
        return []
    fact = find_fact(turn.text, skill.facts(turn, subject))
    return ask_after(turn, session, form, skill, subject, [Say(fact.words, lang=turn.lang)]) if fact else []


def answer_about_thing(turn: Turn) -> list[Say]:
    """Return the answer to a question about a thing that a message names ("how many signed the one about shade?").

    Without a form; with what may be done with the thing as an option. [] if it asks for none of the thing's facts.
    """
    understood = turn.understood
    if understood is None or not (is_question(turn.text) or asks_about(turn.text)):
        return []
    first = understood.offered[0] if understood.offered else None
    if first is None or (first.kind == "answer" and understood.action == "answer"):
        return []
    named = next((one for one in understood.offered if one.subject and has_facts(one)), None)
    if named is None:
        return []
    skill = REGISTRY[named.name]
    subject = skill.subject(named.subject) if skill.subject else None
    facts = skill.facts(turn, subject) if skill.facts and subject is not None else ()
    found = find_fact(turn.text, facts)
    answers = [found.words] if found else [fact.words for fact in facts[:SUMMARY]] if asks_about(turn.text) else []
    if not answers:
        return []
    options = (Option(f"{GO}{option_key(named)}", str(skill.title)), Option(f"{GO}menu", _("What can I do here?")))
    text = "\n".join([named.title, *answers] if named.title else answers)
    return [offer_options(turn, Say(text, options, lang=turn.lang))]


def has_facts(meaning: Meaning) -> bool:
    """Return whether people may ask about the thing of a meaning."""
    skill = REGISTRY.get(meaning.name)
    return skill is not None and skill.facts is not None


def answer_understood(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say]:
    """Return the answer that a question in a person's own words surely means; [] if there is none."""
    understood = turn.understood
    first = understood.offered[0] if understood is not None and understood.offered else None
    if first is None or first.kind != "answer" or not may_be_question(turn, session, form):
        return []
    choice = form.expects(session.step) in ("choice", "file")
    least = AT_TEXT if not choice else AT_OPTIONS if is_question(turn.text) else NO_QUESTION
    if first.probability < least:
        return []
    name, _colon, code = option_key(first).partition(":")
    asked = REGISTRY.get(name)
    about = asked.subject(code) if asked is not None and asked.subject is not None else None
    if asked is None or about is None:
        return []
    said = asked.run(turn, about, {})
    says = said if isinstance(said, list) else [said]
    return ask_after(turn, session, form, skill, subject, [replace(say, options=(), lang=turn.lang) for say in says])


def answer_side_question(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say]:
    """Return the answer to a person's question at a text field, then the field again; [] if it was none."""
    expects = form.expects(session.step)
    if expects not in ("text", "place") or not normalise(turn.text) or turn.attachments or turn.location:
        return []
    if is_bare_mark(turn.text):
        return [ask_step(turn, session, skill, subject, lead=_("(At any point: back, cancel, agent)"))]
    answered = find_known_answer(turn) if may_be_question(turn, session, form) else []
    return ask_after(turn, session, form, skill, subject, answered) if answered else []


def to_raw_answer(turn: Turn, expects: str) -> str | None:
    """Return typed or sent input (file's key, place, text) as a field's raw answer; None if it does not fit."""
    if expects == "file":
        return turn.attachments[0].key if turn.attachments else None
    if expects == "place" and turn.location:
        return PlaceField.as_text(turn.location.lat, turn.location.lon, turn.location.address or turn.location.label)
    return turn.text or None if expects != "choice" else None
