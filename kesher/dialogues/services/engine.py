"""Dialogue engine: take one message of a person, match or ask the form's questions, and return the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.channels.message_layout import MORE
from kesher.contacts import services as contacts
from kesher.core import hooks
from kesher.core.audit import audit
from kesher.core.db.batch import outside_batch
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.dialogues.answer_matching import (
    GLOBALS,
    LANGUAGE_NAMES,
    find_global_word,
    find_language,
    find_pickup_code,
    match,
)
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import NO, SKIP
from kesher.dialogues.models import PICKED_UP, DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill, is_sentence
from kesher.dialogues.rules import check_sender
from kesher.dialogues.services.consent import start, start_by_carrier_word, stop
from kesher.dialogues.services.meanings import choose_interruption, choose_step, say_unknown
from kesher.dialogues.services.prompts import GO, ask_step, choose_language, next_page, offer_menu, offer_options
from kesher.dialogues.services.sessions import (
    IDLE,
    activate_session,
    end_duplicate_forms,
    end_session,
    new_session,
    park_active_session,
    park_session,
    parked_session,
)
from kesher.dialogues.services.side_questions import answer_side_question, find_known_answer, to_raw_answer
from kesher.dialogues.small_talk import is_small_talk, is_thanks

STALE = "__stale__"
State = DialogueSession.State


@transaction.atomic(savepoint=False)
def take_turn(turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Return the bot's reply to one input of a person, and update their dialogue session; [] for no reply."""
    with translation.override(turn.lang):
        choice, session = resolve_choice(turn, session)
        if not choice:
            word = find_global_word(turn.text) if not turn.attachments else None
            if word:
                return run_global_command(word, turn, session)
            if not (session and session.skill) and (started := start_by_carrier_word(turn)):
                return started
            code = find_pickup_code(turn.text)
            if code and (picked := pick_up_form(code, turn)) is not None:
                return picked
            carried = REGISTRY.find_with_pickup_code(turn.text)
            if carried and (picked := pick_up_form(carried[2], turn, by=carried[:2])) is not None:
                return picked
            lang = find_language(turn.text)
            if lang and not (session and session.skill):
                return switch_language(turn, lang)
        if choice.startswith(GO):
            return run_option(choice[len(GO) :], turn, session)
        if session is not None and session.skill:
            named = None if choice else REGISTRY.find_with_subject(turn.text)
            if named:
                return begin_skill(named[0], turn, code=named[1])
            return (None if choice else interrupt_form(turn, session)) or answer_question(turn, session, choice)
        if session is not None and choice == MORE:
            return [next_page(turn, session)]
        return start_from_text(turn, session)


def resolve_choice(turn: Turn, session: DialogueSession | None) -> tuple[str, DialogueSession | None]:
    """Return (key of the option pressed or typed, "" for none; the session that it belongs to).

    A button of an old question (with another nonce) chooses nothing; a "go:" key works at any time.
    """
    if turn.choice.startswith(GO):
        return turn.choice, session  # a page's button, without a question before it
    if turn.choice:
        nonce, _colon, key = turn.choice.partition(":")
        current = session is not None and session.prompt.get("nonce") == nonce
        if current or key.startswith(GO):
            return key, session
        # The title of an old button must not answer a newer question.
        return (STALE if (session is not None and session.skill) or not turn.text else ""), session
    if session is None or not session.prompt:
        return "", session
    if session.skill and session.door != turn.door:
        return "", session  # numbers shown on another channel mean nothing here
    loose = find_global_word(turn.text) is None  # "start" and "stop" are not beginnings of a title
    prompt = session.prompt
    return match(turn.text, prompt.get("shown", {}), prompt.get("options", []), loose=loose) or "", session


def interrupt_form(turn: Turn, session: DialogueSession) -> list[Say]:
    """Return what a message does that leaves the running form or asks for help; [] if it answers the question."""
    if turn.understood is None or turn.attachments:
        return []
    choices = bool(session.prompt.get("options")) and not session.prompt.get("open")
    step = choose_interruption(turn.understood, turn, choices=choices)
    return run_step(step, turn, session) if isinstance(step, str) else step


def run_step(key: str, turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Run a command or an option by its key, and return the reply."""
    if key in GLOBALS:
        return run_global_command(key, turn, session)
    return run_option(key, turn, session)


def start_from_text(turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Return the reply while no form is active: start the skill that the text names, or show the menu."""
    called = REGISTRY.find_by_word(turn.text) if turn.text else None
    if called and (turn.understood is None or not is_sentence(called[1]) or turn.understood.verb == called[0].name):
        return begin_skill(called[0], turn, code=called[1])
    if numbered := REGISTRY.find_by_number(turn.text):
        return begin_skill(numbered[0], turn, code=numbered[1])
    if turn.text.isdecimal() and (words := REGISTRY.explain_unpublished(turn, turn.text)):
        return [Say(words, lang=turn.lang)]
    if not (turn.attachments or turn.location):
        if is_thanks(turn.text):
            return [Say(_("Gladly. If you need anything else, just write."), lang=turn.lang)]
        if not turn.text or turn.opening or is_small_talk(turn.text):
            return offer_menu(turn)
    if turn.understood is not None and (step := choose_step(turn.understood, turn)):
        return run_step(step, turn, session) if isinstance(step, str) else step
    answered = find_known_answer(turn) if turn.understood is None else []
    if answered:
        return answered
    misses = session.misses if session is not None and not session.skill else 0
    if turn.understood is not None and not misses and not turn.attachments:
        return [say_unknown(turn)]
    if misses or len(turn.text.split()) >= 3 or "?" in turn.text or "؟" in turn.text or turn.attachments:
        return hand_to_person(turn, session, reason="free_text")
    return offer_menu(
        turn, lead=_("I did not understand that. Please choose, or write “agent” to talk to a person."), misses=1
    )


def run_global_command(word: str, turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Run a command that is understood at any point ("menu", "back", "stop" …), and return the reply."""
    running = session if session is not None and session.skill else None
    match word:
        case "stop" | "stop_all":
            return stop(turn, everything=word == "stop_all")
        case "start" if started := start(turn):
            return started
        case "agent":
            return hand_to_person(turn, session, reason="asked")
        case "language":
            return choose_language(turn)
        case "cancel" if running:
            end_session(running, State.CANCELLED)
            return offer_menu(turn, lead=_("Cancelled. Nothing was sent."))
        case "back" if running:
            return go_back(turn, running)
        case "skip" if running:
            return answer_question(turn, running, SKIP)
        case "continue":
            return resume_form(turn, running)
        case _:
            if running:
                park_session(running)
            return offer_menu(turn)


def switch_language(turn: Turn, lang: str) -> list[Say]:
    """Set the person's language, and return the menu in it."""
    contacts.set_language(turn.contact, lang)
    with translation.override(lang):
        return offer_menu(replace(turn, lang=lang), lead=_("We will speak English from now on."))


def run_option(key: str, turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Run a menu's option, such as go:<skill>[:<code>], go:agent or go:lang:<code>, and return the reply."""
    name, _colon, rest = key.partition(":")
    if name == "lang" and rest in LANGUAGE_NAMES:
        return switch_language(turn, rest)
    if name == "resume":
        return resume_form(turn, session if session is not None and session.skill else None)
    if name in ("agent", "language", "menu", "stop"):
        return run_global_command(name, turn, session)
    skill = REGISTRY.get(name)
    return begin_skill(skill, turn, code=rest) if skill else offer_menu(turn)


def begin_skill(skill: Skill, turn: Turn, code: str = "", answers: Mapping[str, Any] | None = None) -> list[Say]:
    """Begin a skill for the subject of ``code``, and return its introduction and first question (or its result)."""
    subject = skill.subject(code) if skill.subject and code else None
    if skill.needs_subject and subject is None:
        return reply_unknown_code(skill, turn, code)
    known = dict(answers or {})
    session = new_session(
        turn.contact, skill=skill.name, subject=code if subject is not None else "", answers=known, door=turn.door
    )
    return introduce_form(turn, session, skill, subject)


def introduce_form(turn: Turn, session: DialogueSession, skill: Skill, subject: Any) -> list[Say]:
    """Return what a form is about and its next question, or why this person may not fill it in."""
    try:
        check_sender(turn, skill)
        intro = skill.intro(turn, subject) if skill.intro else None
    except Refused as refusal:
        end_session(session, State.CANCELLED)
        return [Say(refusal.message, lang=turn.lang)]
    return [*([intro] if intro else []), *advance_form(turn, session, skill, subject)]


def find_subject(session: DialogueSession, skill: Skill) -> Any:
    """Return the object that a session's form is about; None if it has none or it no longer exists."""
    return skill.subject(session.subject) if skill.subject and session.subject else None


def is_gone(session: DialogueSession, skill: Skill, subject: Any) -> bool:
    """Return whether the object that a session's form is about was removed meanwhile."""
    return subject is None and (skill.needs_subject or bool(session.subject))


def end_gone_form(turn: Turn, session: DialogueSession) -> list[Say]:
    """End a form whose subject was removed, and return a text that says so with the menu."""
    end_session(session, State.CANCELLED)
    return offer_menu(turn, lead=_("What this was about is not open any more. Nothing was sent."))


def reply_unknown_code(skill: Skill, turn: Turn, code: str) -> list[Say]:
    """Return how to name a subject, and what there is, for a skill's word without a valid code."""
    if code:
        if words := REGISTRY.explain_unpublished(turn, code):
            return [Say(words, lang=turn.lang)]
        return offer_menu(
            turn, lead=_("We know no “%(code)s”. Please check the number and write it again.") % {"code": code[:20]}
        )
    intro = skill.intro(turn, None) if skill.intro else None
    return [offer_options(turn, intro)] if intro else offer_menu(turn)


def answer_question(turn: Turn, session: DialogueSession, choice: str) -> list[Say]:
    """Store the answer to the current question if it is valid, and return the next question or an error."""
    skill = REGISTRY.get(session.skill)
    if skill is None:
        end_session(session, State.CANCELLED)
        return offer_menu(turn)
    subject = find_subject(session, skill)
    if is_gone(session, skill, subject):
        return end_gone_form(turn, session)
    if choice == MORE:
        return [ask_step(turn, session, skill, subject, page=session.prompt.get("page", 0) + 1)]
    if choice == STALE or (not choice and session.door != turn.door and not session.prompt.get("open")):
        return [ask_step(turn, session, skill, subject, lead=_("We go on from here."))]
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    if session.step not in form.fields:
        return advance_form(turn, session, skill, subject)  # this question is no longer asked
    if not choice and (answered := answer_side_question(turn, session, form, skill, subject)):
        return answered
    raw = form.chosen(session.step, choice) if choice else to_raw_answer(turn, form.expects(session.step))
    if raw is None:
        return ask_again(turn, session, skill, subject)
    if choice == NO and form.is_required_yes(session.step):
        end_session(session, State.CANCELLED)
        return offer_menu(turn, lead=_("Cancelled. Nothing was sent."))
    answers = {**session.answers, session.step: raw}
    error = skill.form.of(answers, subject=subject, contact=turn.contact).step_error(session.step)
    if error:
        return [ask_step(turn, session, skill, subject, lead=error)]
    session.answers, session.misses, session.door = answers, 0, turn.door
    return advance_form(turn, session, skill, subject)


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
        else _("I still do not understand. Choose a number, or write “back”, “cancel”, or “agent” to talk to a person.")
    )
    return [ask_step(turn, session, skill, subject, lead=lead)]


def go_back(turn: Turn, session: DialogueSession) -> list[Say]:
    """Remove the last answer and return its question again; before the first one, return the menu."""
    skill = REGISTRY[session.skill]
    subject = find_subject(session, skill)
    # In the form's order: a database may not preserve the order of the answers.
    asked = list(skill.form.of(session.answers, subject=subject, contact=turn.contact).fields)
    before = asked[: asked.index(session.step)] if session.step in asked else asked
    last = next((name for name in reversed(before) if name in session.answers), None)
    if last is None:
        end_session(session, State.CANCELLED)
        return offer_menu(turn)
    session.answers = {name: value for name, value in session.answers.items() if name != last}
    session.door = turn.door
    return advance_form(turn, session, skill, subject)


def resume_form(turn: Turn, running: DialogueSession | None) -> list[Say]:
    """Make the person's parked form active in this conversation, and return its next question."""
    session = running or parked_session(turn.contact)
    if session is None or (skill := REGISTRY.get(session.skill)) is None:
        return offer_menu(turn, lead=_("There is nothing unfinished."))
    if session is not running:
        activate_session(session)
    session.door, session.misses = turn.door, 0
    return advance_form(turn, session, skill, find_subject(session, skill))


def advance_form(turn: Turn, session: DialogueSession, skill: Skill, subject: Any) -> list[Say]:
    """Return the next question of a form, or its result if all were answered."""
    if is_gone(session, skill, subject):
        return end_gone_form(turn, session)
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    step = form.next_step(session.answers)
    if step is not None:
        session.step = step
        return [ask_step(turn, session, skill, subject)]
    return finish_form(turn, session, skill, subject)


def finish_form(turn: Turn, session: DialogueSession, skill: Skill, subject: Any) -> list[Say]:
    """Validate all answers, run the skill's function and return what it says; on an error ask that question again."""
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    if not form.is_valid():
        step = next((name for name in form.errors if name in form.fields), next(iter(form.fields), ""))
        session.answers.pop(step, None)
        session.step = step
        lead = str(next(iter(form.errors.values()))[0])
        return [ask_step(turn, session, skill, subject, lead=lead)] if step else offer_menu(turn, lead=lead)
    try:
        check_sender(turn, skill)
        with transaction.atomic():
            said = skill.run(replace(turn, raw=session.answers), subject, form.given)
    except Refused as refusal:
        end_session(session, State.CANCELLED)
        return [Say(refusal.message, lang=turn.lang)]
    end_session(session, State.DONE)
    end_duplicate_forms(session)
    says = said if isinstance(said, list) else [said]
    # A nonce shows that the verb itself began a dialogue and asked this.
    return [offer_options(turn, say) if say.options and not say.nonce else replace(say, lang=turn.lang) for say in says]


def hand_to_person(turn: Turn, session: DialogueSession | None, *, reason: str) -> list[Say]:
    """Park the form, open or update a case for a clerk, and return the text that says so."""
    if session is not None:
        park_session(session) if session.skill else end_session(session, State.DONE)
    said = hooks.handoff.first(turn=turn, reason=reason, session=session)
    return [Say(said, lang=turn.lang)] if said else []


@transaction.atomic(savepoint=False)
def pick_up_form(code: str, turn: Turn, *, by: tuple[Skill, str] | None = None) -> list[Say] | None:
    """Move the form parked under ``code`` into this conversation and return its next question; None if none.

    ``by``: the skill and subject in the command with the code, which must be the form's own. Where somebody else may
    have written the answers, they are shown, and each yes is asked for again.
    """
    since = arrived_at() - IDLE
    session = DialogueSession.objects.filter(code=code.upper(), state=State.PARKED, updated__gt=since).first()
    if session is None or (skill := REGISTRY.get(session.skill)) is None:
        return None
    subject = find_subject(session, skill)
    if by is not None and (by[0] is not skill or subject != (skill.subject and skill.subject(by[1]))):
        return None
    with outside_batch(), translation.override(turn.lang):  # the form may be another contact's
        park_active_session(turn.contact)
        form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
        if skill.commits and session.contact_id != turn.contact.pk and any(map(session.given.get, form.fields)):
            session.answers = form.without_yes(session.answers) | {PICKED_UP: "on"}
        elif by is not None:
            session.answers |= form.said_by_command(session.answers)
        session.contact, session.state, session.door, session.misses = turn.contact, State.ACTIVE, turn.door, 0
        session.save()
        audit("dialogues.pick_up", by=turn.actor, subject=session)
        # The person must see what they sign, wherever they began.
        return (advance_form if subject is None else introduce_form)(turn, session, skill, subject)
