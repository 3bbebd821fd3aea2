"""Take what a person wrote at a form's question: its answer, several answers, a correction, or a question to us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.channels.message_layout import MORE
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.form_phrases import corrected, says_without, yes_or_no
from kesher.dialogues.forms import NO, SKIP, WHOLE, YES, StepForm
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.services.corrections import correct_answers
from kesher.dialogues.services.form_progress import (
    advance_form,
    end_gone_form,
    find_subject,
    hand_to_person,
    is_gone,
    say_waiting,
)
from kesher.dialogues.services.meanings import choose_interruption, kind_of_question
from kesher.dialogues.services.prompts import ask_step, offer_menu
from kesher.dialogues.services.sessions import end_session
from kesher.dialogues.services.side_questions import (
    answer_fact,
    answer_side_question,
    answer_understood,
    find_known_answer,
    to_raw_answer,
)
from kesher.dialogues.services.spoken_answers import (
    file_of,
    keep_valid,
    place_of,
    read_back,
    read_slots,
    says_only,
    sent_answers,
)

STALE = "__stale__"
SURE = 0.85  # probability from which a sentence is the yes, no or skip of a question
State = DialogueSession.State

# Returns what to say about a text at a form's question, a key to run, or [] for nothing.
Reply = Callable[[Turn, DialogueSession, StepForm, Skill, Any], "list[Say] | str"]


def answer_question(turn: Turn, session: DialogueSession, choice: str) -> list[Say] | str:
    """Return what follows from a person's input at the current question, or the key of what to run instead.

    The answer is stored if it is valid. ``choice``: the key of the option that they chose, "" for none.
    """
    skill = REGISTRY.get(session.skill)
    if skill is None:
        end_session(session, State.CANCELLED)
        return offer_menu(turn)
    subject = find_subject(session, skill)
    if is_gone(session, skill, subject):
        return end_gone_form(turn, session)
    if choice == MORE:
        return [ask_step(turn, session, skill, subject, page=session.prompt.get("page", 0) + 1)]
    if choice == STALE:
        return [ask_step(turn, session, skill, subject, lead=_("We go on from here."))]
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    if session.step not in form.fields:
        return advance_form(turn, session, skill, subject)  # this question is no longer asked
    choice = choice or plain_choice(turn, form, session.step)
    if not choice:
        for reply in REPLIES:
            if said := reply(turn, session, form, skill, subject):
                return said
        if session.door != turn.door and not session.prompt.get("open"):
            return [ask_step(turn, session, skill, subject, lead=_("We go on from here."))]
        choice = understood_choice(turn, form, session.step)
    if not choice and (taken := take_several(turn, session, form, skill, subject)):
        return taken
    return store_answer(turn, session, form, skill, subject, choice)


def store_answer(
    turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any, choice: str
) -> list[Say]:
    """Store the answer to the current question if it is valid, and return the next question or an error."""
    raw = form.chosen(session.step, choice) if choice else to_raw_answer(turn, form.expects(session.step))
    if raw is None:
        return ask_again(turn, session, skill, subject)
    if choice == NO and form.is_required_yes(session.step):
        end_session(session, State.CANCELLED)
        return offer_menu(turn, lead=_("Cancelled. Nothing was sent."))
    return store_answers(turn, session, skill, subject, {session.step: raw})


def store_answers(
    turn: Turn, session: DialogueSession, skill: Skill, subject: Any, own: Mapping[str, str]
) -> list[Say]:
    """Store the answer to the current question (``own``), and others that the same message holds; ask what is next."""
    answers = {**session.answers, **own}
    form = skill.form.of(answers, subject=subject, contact=turn.contact)
    error = form.step_error(session.step)
    if error:
        return [ask_step(turn, session, skill, subject, lead=error)]
    session.answers, session.misses, session.door = answers, 0, turn.door
    taken = find_others(turn, session, skill.form.of(answers, subject=subject, contact=turn.contact), skill, subject)
    session.answers = {**answers, **taken}
    lead = read_back(session, skill, taken, subject=subject, contact=turn.contact)
    return advance_form(turn, session, skill, subject, lead=lead)


def plain_choice(turn: Turn, form: StepForm, step: str) -> str:
    """Return the key of the option that a few plain words choose ("yes of course", "I have no photo"), "" for none."""
    if turn.attachments or turn.location:
        return ""
    if form.is_yes_or_no(step):
        agrees = yes_or_no(turn.text)
        return "" if agrees is None else YES if agrees else NO
    return SKIP if is_optional_file(form, step) and says_without(turn.text) else ""


def understood_choice(turn: Turn, form: StepForm, step: str) -> str:
    """Return the key of the option that a sentence surely means: yes, no or that there is no file; "" for none."""
    understood = turn.understood
    commands = understood.commands if understood is not None and understood.probability >= SURE else ()
    if form.is_yes_or_no(step):
        return next((key for key in (YES, NO) if key in commands), "")
    return SKIP if is_optional_file(form, step) and not turn.attachments and {"skip", "no"} & {*commands} else ""


def is_optional_file(form: StepForm, step: str) -> bool:
    """Return whether a field asks for a file that need not come."""
    return form.expects(step) == "file" and not form.fields[step].required


def find_others(
    turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any, *, own: bool = False
) -> dict[str, str]:
    """Return {field: raw answer} of what a message answers of the form's open questions.

    ``own``: of the current question, too.
    """
    slots = turn.understood.slots if turn.understood is not None else {}
    found = sent_answers(form, file_of(turn), place_of(turn)) | read_slots(form, slots) | form.said_in(turn.text, slots)
    asked = "" if own else session.step
    found = {name: raw for name, raw in found.items() if name not in session.answers and name != asked}
    return keep_valid(skill.form, session.answers, found, subject=subject, contact=turn.contact) if found else {}


def take_several(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say] | None:
    """Take a message that answers only other questions, or a choice in a sentence; return None for any other."""
    expects = form.expects(session.step)
    fits = to_raw_answer(turn, expects) is not None
    taken = find_others(turn, session, form, skill, subject, own=expects == "choice" or not fits)
    slots = turn.understood.slots if turn.understood is not None else {}
    others = {name: raw for name, raw in taken.items() if name != session.step}
    if others and expects == "choice" and says_only(form, turn.text, slots, others):
        taken = others  # a topic is found in almost any sentence
    if fits and taken:
        named = session.step in read_slots(form, slots)
        only = not turn.text or says_only(form, turn.text, slots, taken)
        if named or not only or not form.may_ask(session.step):
            return None
    if not taken and expects == "file" and turn.text and not turn.attachments:
        return add_words(turn, session, form, skill, subject)
    if not taken:
        return None
    session.answers, session.misses, session.door = {**session.answers, **taken}, 0, turn.door
    lead = read_back(session, skill, taken, subject=subject, contact=turn.contact)
    return advance_form(turn, session, skill, subject, lead=lead)


def add_words(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say] | None:
    """Add a text that came where a file was asked for to the description: two messages are one thought."""
    name = form.said.get(WHOLE, "")
    if name not in form.fields or not session.answers.get(name) or len(turn.text.split()) < 2 or corrected(turn.text):
        return None
    longer = {**session.answers, name: f"{session.answers[name]}\n{turn.text}"}
    if skill.form.of(longer, subject=subject, contact=turn.contact).step_error(name) is not None:
        return None
    session.answers, session.misses = longer, 0
    return [ask_step(turn, session, skill, subject, lead=_("We added this to your description."))]


def interrupt(turn: Turn, session: DialogueSession, form: StepForm, skill: Skill, subject: Any) -> list[Say] | str:
    """Return what a message does that leaves the form or asks for help: a key to run, or what to say."""
    if turn.understood is None or turn.attachments:
        return []
    kind = kind_of_question(form, session.step)
    step = choose_interruption(turn.understood, turn, kind, skill, session.subject)
    return [*say_waiting(turn, session), *step] if step and not isinstance(step, str) else step


REPLIES: tuple[Reply, ...] = (
    correct_answers,
    answer_fact,
    interrupt,
    answer_understood,
    answer_side_question,
)


def ask_again(turn: Turn, session: DialogueSession, skill: Skill, subject: Any) -> list[Say]:
    """Return the question again, with more help each time an answer matches nothing, then call a clerk.

    If it was a question with a known answer, answer it first.
    """
    answered = find_known_answer(turn)
    if answered:
        return [*answered, ask_step(turn, session, skill, subject)]
    session.misses += 1
    if session.misses >= 3:
        return hand_to_person(turn, session, reason="not_understood")
    lead = (
        _("I did not understand. Please choose one of these:")
        if session.misses == 1
        else choose_wording(
            _("I still do not understand. Choose a number, or write “back”, “cancel”, or “agent” to talk to a person."),
            _("I still do not understand. Press the key of your choice, or 0 to talk to a person."),
        )
    )
    return [ask_step(turn, session, skill, subject, lead=lead)]
