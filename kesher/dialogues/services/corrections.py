"""Correct the answers of a form from a sentence: "no, Herzl 15", "not my name", "the other petition"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.forms import Textarea
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.core import hooks
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.form_phrases import corrected, named_again, names_another
from kesher.dialogues.forms import WHOLE, StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import Skill
from kesher.dialogues.services.form_progress import advance_form, reply_unknown_code
from kesher.dialogues.services.prompts import ask_step
from kesher.dialogues.services.sessions import end_session
from kesher.dialogues.services.spoken_answers import in_words, keep_valid, read_slots, to_option
from kesher.dialogues.understood import Understood
from kesher.language import likeness, words

State = DialogueSession.State
ALIKE: Final = 0.8  # likeness from which a word is one of an option
LETTERS: Final = 3  # of a word that names an option
# One to three words without digits and a house number: a street that is in no list.
ADDRESS: Final = re.compile(r"[^\W\d_]+(?:[ '’״\"-]+[^\W\d_]+){0,2} \d{1,3}")


def correct_answers(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say]:
    """Return what follows from a correction of an earlier answer; [] if the text is none.

    Only an answer that the text names is changed, and nothing is done in the person's name: the form goes on.
    """
    if not turn.text or turn.attachments or turn.location:
        return []
    long = isinstance(form.fields[session.step].widget, Textarea)
    if not long and skill.needs_subject and session.subject and names_another(turn.text):
        end_session(session, State.CANCELLED)
        return reply_unknown_code(skill, turn, "")
    if not long and (again := find_named(form, session, named_again(turn.text))):
        return ask_once_more(turn, session, skill, subject, again)
    rest = corrected(turn.text, strict=form.expects(session.step) == "text")
    found = find_corrections(turn, session, form, skill, subject, rest) if rest else {}
    return replace_answers(turn, session, skill, subject, found) if found else []


def find_named(form: StepForm, session: DialogueSession, noun: str) -> str:
    """Return the answered field that a noun names ("name", "place"); "" for none."""
    fields = [noun, *(target for slot, target in form.said.items() if slot == noun)]
    return next((name for name in fields if name in form.fields and session.answers.get(name)), "")


def ask_once_more(turn: Turn, session: DialogueSession, skill: Skill, subject: Any, name: str) -> list[Say]:
    """Forget the answer to one field, and return its question."""
    session.answers = {field: value for field, value in session.answers.items() if field != name}
    session.step, session.misses, session.door = name, 0, turn.door
    return [ask_step(turn, session, skill, subject)]


def find_corrections(
    turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any, rest: str
) -> dict[str, str]:
    """Return {field: new raw answer} of the earlier answers that the rest of a correction names, and that it changes.

    A choice is named by the title of an option, or by a word of it: a topic is found in almost any sentence. A place
    that no list has is named by its form ("Herzl 15").
    """
    heard: Understood | None = hooks.understand.first(
        contact=turn.contact, text=rest, lang=turn.lang, channel=turn.door, form="options"
    )
    found = read_slots(form, heard.slots if heard is not None else {})
    choices = [name for name in form.fields if form.expects(name) == "choice"]
    named = {name: raw for name in choices if (raw := to_option(form, name, rest))}
    sure = {name: raw for name, raw in found.items() if name not in choices}
    by_word = {name: raw for name, raw in found.items() if name in choices and mentions(form, name, raw, rest)}
    places = [name for name in form.fields if form.expects(name) == "place"] if ADDRESS.fullmatch(rest) else []
    changed = named or sure or by_word or dict.fromkeys(places[:1], rest)
    earlier = {name for name, value in session.answers.items() if value and name in form.fields}
    earlier -= {session.step, form.said.get(WHOLE, ""), *filter(form.is_yes_or_no, form.fields)}
    changed = {name: raw for name, raw in changed.items() if name in earlier and raw != session.answers[name]}
    before = {name: value for name, value in session.answers.items() if name not in changed}
    return keep_valid(skill.form, before, changed, subject=subject, contact=turn.contact)


def mentions(form: StepForm, name: str, key: str, text: str) -> bool:
    """Return whether a text has a word of an option of a field."""
    option = next((one for one in form.options(name) if one.key == key), None)
    titles = (option.title, *option.synonyms) if option is not None else ()
    known = {word for title in titles for word in words(title) if len(word) >= LETTERS}
    return any(likeness(one, word) >= ALIKE for one in words(text) if len(one) >= LETTERS for word in known)


def replace_answers(
    turn: Turn, session: DialogueSession, skill: Skill, subject: Any, found: Mapping[str, str]
) -> list[Say]:
    """Store corrected answers, and return the question that is open, after what was changed."""
    session.answers, session.misses, session.door = {**session.answers, **found}, 0, turn.door
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    said = " · ".join(filter(None, (in_words(form, session.answers, name) for name in found)))
    return advance_form(turn, session, skill, subject, lead=_("Changed: %(answers)s.") % {"answers": said})
