"""Run a form in a conversation: begin it, ask its next question, go back, finish it, continue it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kesher.channels.base import Option, Say
from kesher.core import hooks
from kesher.core.audit import audit
from kesher.core.db.batch import outside_batch
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import PICKED_UP, DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.rules import check_sender
from kesher.dialogues.services.prompts import GO, ask_step, offer_menu, offer_options
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
from kesher.dialogues.services.spoken_answers import ALSO, Opening, take_opening

State = DialogueSession.State


def begin_skill(
    skill: Skill,
    turn: Turn,
    code: str = "",
    answers: Mapping[str, Any] | None = None,
    opening: Opening | None = None,
) -> list[Say]:
    """Begin a skill for the subject of ``code``, and return its introduction and first question (or its result).

    ``opening``: the message that asked for it, which may hold answers.
    """
    subject = skill.subject(code) if skill.subject and code else None
    if skill.needs_subject and subject is None:
        return reply_unknown_code(skill, turn, code)
    known = dict(answers or {})
    session = new_session(
        turn.contact, skill=skill.name, subject=code if subject is not None else "", answers=known, door=turn.door
    )
    return introduce_form(turn, session, skill, subject, opening)


def introduce_form(
    turn: Turn, session: DialogueSession, skill: Skill, subject: Any, opening: Opening | None = None
) -> list[Say]:
    """Return what a form is about and its next question, or why this person may not fill it in."""
    try:
        check_sender(turn, skill)
        intro = skill.intro(turn, subject) if skill.intro else None
    except Refused as refusal:
        end_session(session, State.CANCELLED)
        return say_refusal(turn, refusal, offer_other_request(opening and opening.also))
    lead = take_opening(session, skill, opening, subject=subject, contact=turn.contact) if opening else ""
    return [*([intro] if intro else []), *advance_form(turn, session, skill, subject, lead=lead)]


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
        words = choose_wording(
            _("We know no “%(code)s”. Please check the number and write it again."),
            _("We know no “%(code)s”. Please check the number and say it again, or press its keys."),
        )
        return offer_menu(turn, lead=words % {"code": code[:20]})
    intro = skill.intro(turn, None) if skill.intro else None
    return [offer_options(turn, intro)] if intro else offer_menu(turn)


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
    """Make the person's parked form active in this conversation, and return its next question.

    While a form runs here, this is the one before it, which was left for it; a form that runs elsewhere goes on here.
    """
    here = running is not None and running.door == turn.door
    session = (parked_session(turn.contact) or running) if here else running or parked_session(turn.contact)
    if session is None or (skill := REGISTRY.get(session.skill)) is None:
        return offer_menu(turn, lead=_("There is nothing unfinished."))
    if session is not running:
        activate_session(session)
    session.door, session.misses = turn.door, 0
    return advance_form(turn, session, skill, find_subject(session, skill))


def advance_form(turn: Turn, session: DialogueSession, skill: Skill, subject: Any, lead: str = "") -> list[Say]:
    """Return the next question of a form, or its result if all were answered; ``lead``: what to say before it."""
    if is_gone(session, skill, subject):
        return end_gone_form(turn, session)
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    step = form.next_step(session.answers)
    if step is not None:
        session.step = step
        return [ask_step(turn, session, skill, subject, lead=lead)]
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
        also = offer_other_request(session.answers.get(ALSO))
        end_session(session, State.CANCELLED)
        return say_refusal(turn, refusal, also)
    also = offer_other_request(session.answers.get(ALSO))
    end_session(session, State.DONE)
    end_duplicate_forms(session)
    says = said if isinstance(said, list) else [said]
    if also and not any(say.nonce for say in says):
        says = [*says[:-1], replace(says[-1], options=(*says[-1].options, *also))]
    # A nonce shows that the verb itself began a dialogue and asked this.
    return [offer_options(turn, say) if say.options and not say.nonce else replace(say, lang=turn.lang) for say in says]


def offer_other_request(also: Any) -> tuple[Option, ...]:
    """Return the option for the second thing that a form's opening message asked for (key, title); () for none."""
    key, _line, title = str(also or "").partition("\n")
    return (Option(f"{GO}{key}", title),) if key else ()


def say_refusal(turn: Turn, refusal: Refused, options: tuple[Option, ...]) -> list[Say]:
    """Return why a form was not done, and what may be done instead."""
    say = Say(refusal.message, options, lang=turn.lang)
    return [offer_options(turn, say) if options else say]


def say_waiting(turn: Turn, session: DialogueSession) -> list[Say]:
    """Return the line that says how to go on with a form that the person leaves for something else."""
    skill = REGISTRY.get(session.skill)
    words = choose_wording(
        _("Not done yet: %(form)s. To finish it, write “continue”."),
        _("Not done yet: %(form)s. To finish it, say “continue”."),
    )
    return [Say(words % {"form": skill.title}, lang=turn.lang)] if skill else []


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
