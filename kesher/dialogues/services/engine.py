"""Dialogue engine: take one message of a person, match or ask the form's questions, and return the reply."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Say
from kesher.channels.message_layout import MORE
from kesher.contacts import services as contacts
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.answer_matching import (
    GLOBALS,
    LANGUAGE_NAMES,
    find_global_word,
    find_language,
    find_pickup_code,
    match,
)
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import SKIP
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, is_sentence
from kesher.dialogues.services.consent import start, start_by_carrier_word, stop
from kesher.dialogues.services.form_answers import STALE, answer_question
from kesher.dialogues.services.form_progress import (
    begin_skill,
    go_back,
    hand_to_person,
    pick_up_form,
    resume_form,
    say_waiting,
)
from kesher.dialogues.services.meanings import choose_step, say_unknown
from kesher.dialogues.services.prompts import GO, choose_language, next_page, offer_menu, say_gladly
from kesher.dialogues.services.sessions import end_open_sessions, end_session, park_session
from kesher.dialogues.services.side_questions import answer_about_thing, find_known_answer
from kesher.dialogues.services.spoken_answers import Opening
from kesher.dialogues.small_talk import is_small_talk, is_thanks

State = DialogueSession.State


@transaction.atomic(savepoint=False)
def take_turn(turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Return the bot's reply to one input of a person, and update their dialogue session; [] for no reply."""
    with translation.override(turn.lang):
        if turn.capabilities.voice and turn.attachments and not turn.text:
            return hand_to_person(turn, session, reason="free_text")  # a recording that nobody has written down
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
            return run_option(choice[len(GO) :], turn, session, Opening.stored(session))
        if session is not None and session.skill:
            return answer_form(turn, session, choice)
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


def answer_form(turn: Turn, session: DialogueSession, choice: str) -> list[Say]:
    """Return what follows from an input inside a form; where it leaves the form, how to go on with it comes first."""
    named = None if choice else REGISTRY.find_with_subject(turn.text)
    if named:
        return [*say_waiting(turn, session), *begin_skill(named[0], turn, code=named[1])]
    step = answer_question(turn, session, choice)
    if not isinstance(step, str):
        return step
    return [*([] if step in GLOBALS else say_waiting(turn, session)), *run_step(step, turn, session)]


def run_step(key: str, turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Run a command or an option by its key, and return the reply; the sentence may hold answers to its form."""
    if key in GLOBALS:
        return run_global_command(key, turn, session)
    return run_option(key, turn, session, Opening.of(turn))


def start_from_text(turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Return the reply while no form is active: start the skill that the text names, or show the menu."""
    called = REGISTRY.find_by_word(turn.text) if turn.text else None
    if called and (turn.understood is None or not is_sentence(called[1]) or turn.understood.verb == called[0].name):
        return begin_skill(called[0], turn, code=called[1], opening=Opening.of(turn))
    if numbered := REGISTRY.find_by_number(turn.text):
        return begin_skill(numbered[0], turn, code=numbered[1])
    if turn.text.isdecimal() and (words := REGISTRY.explain_unpublished(turn, turn.text)):
        return [Say(words, lang=turn.lang)]
    if not (turn.attachments or turn.location):
        if is_thanks(turn.text):
            return [say_gladly(turn)]
        if not turn.text or turn.opening or is_small_talk(turn.text):
            return offer_menu(turn)
    if about := answer_about_thing(turn):
        return about
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
    lead = choose_wording(
        _("I did not understand that. Please choose, or write “agent” to talk to a person."),
        _("I did not understand that. Please choose, or press 0 to talk to a person."),
    )
    return offer_menu(turn, lead=lead, misses=1)


def run_global_command(word: str, turn: Turn, session: DialogueSession | None) -> list[Say]:
    """Run a command that is understood at any point ("menu", "back", "stop" …), and return the reply."""
    running = session if session is not None and session.skill else None
    if turn.capabilities.voice and word in ("stop", "stop_all"):
        word = "cancel"  # said aloud it ends what is asked; a caller may not refuse messages for a number
    match word:
        case "stop" | "stop_all":
            if running:
                end_session(running, State.CANCELLED)  # nothing more is asked
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
            return answer_form(turn, running, SKIP)
        case "continue":
            return resume_form(turn, running)
        case _:
            if running:
                park_session(running)
            return offer_menu(turn)


def switch_language(turn: Turn, lang: str) -> list[Say]:
    """Set the person's language, and return the menu in it.

    A call begins so. It continues no form of an earlier call, which may have been somebody else's with the same number.
    """
    if turn.capabilities.voice:
        end_open_sessions(turn.contact, door=turn.door)
    contacts.set_language(turn.contact, lang)
    with translation.override(lang):
        lead = choose_wording(
            _("We will speak English from now on."),
            _("Say in a few words what it is about, or choose. To talk to a person press 0."),
        )
        return offer_menu(replace(turn, lang=lang), lead=lead)


def run_option(key: str, turn: Turn, session: DialogueSession | None, opening: Opening) -> list[Say]:
    """Run a menu's option, such as go:<skill>[:<code>], go:agent or go:lang:<code>, and return the reply.

    ``opening``: the message that asked for it, which may hold answers.
    """
    name, _colon, rest = key.partition(":")
    if name == "lang" and rest in LANGUAGE_NAMES:
        return switch_language(turn, rest)
    if name == "resume":
        return resume_form(turn, session if session is not None and session.skill else None)
    if name in ("agent", "language", "menu", "stop"):
        return run_global_command(name, turn, session)
    skill = REGISTRY.get(name)
    return begin_skill(skill, turn, code=rest, opening=opening) if skill else offer_menu(turn)
