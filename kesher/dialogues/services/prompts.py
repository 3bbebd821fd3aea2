"""Build the questions and menus that a person is shown, and store the keys of their options."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from kesher.channels.base import Option, Say
from kesher.channels.message_layout import layout
from kesher.core.db.batch import save
from kesher.core.i18n.text_variants import choose_wording
from kesher.dialogues.answer_matching import LANGUAGE_NAMES
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.models import DialogueSession
from kesher.dialogues.registry import REGISTRY, Skill
from kesher.dialogues.services.sessions import continue_url, new_session, parked_session
from kesher.dialogues.services.spoken_answers import waiting_opening

GO = "go:"


def say_gladly(turn: Turn) -> Say:
    """Return the answer to thanks."""
    written = _("Gladly. If you need anything else, just write.")
    return Say(choose_wording(written, _("Gladly. If you need anything else, just say so.")), lang=turn.lang)


def choose_language(turn: Turn) -> list[Say]:
    """Return the question for the language to speak, with the languages as options."""
    options = tuple(Option(f"{GO}lang:{code}", names[0].title()) for code, names in LANGUAGE_NAMES.items())
    return [offer_options(turn, Say(_("Which language should we speak?"), options, lang=turn.lang))]


def offer_menu(turn: Turn, lead: str = "", misses: int = 0) -> list[Say]:
    """Return the menu of what a person can do here, with their unfinished form first."""
    options = [Option(f"{GO}{skill.name}", str(skill.title)) for skill in REGISTRY.menu()]
    parked = parked_session(turn.contact)
    if parked is not None and (skill := REGISTRY.get(parked.skill)):
        options.insert(0, Option(f"{GO}resume", _("Continue: %(what)s") % {"what": skill.title}))
    options += [Option(f"{GO}agent", _("Talk to a person")), Option(f"{GO}language", _("Language"))]
    text = lead or _("How can we help?")
    return [offer_options(turn, Say(text, tuple(options), lang=turn.lang), misses=misses)]


def ask_step(
    turn: Turn, session: DialogueSession, skill: Skill, subject: Any, lead: str = "", page: int = 0, between: str = ""
) -> Say:
    """Return the question for the session's current field as a message, and store which options it shows.

    ``between``: the text that was taken for the person's own question; if it comes again, it is the answer.
    """
    form = skill.form.of(session.answers, subject=subject, contact=turn.contact)
    text = "\n".join(part for part in (lead, form.question(session.step)) if part)
    first = not session.given and not lead and len(form.fields) > 1
    if first and not turn.capabilities.hosted:
        text += "\n" + choose_wording(
            _("(At any point: back, cancel, agent)"),
            _("You can always say “back” or “cancel”, or press 0 for a person."),
        )
    expects = form.expects(session.step)
    say = Say(text, form.options(session.step), lang=turn.lang, expects=expects, page=page)  # type: ignore[arg-type]
    if first and skill.name and not turn.capabilities.hosted and not turn.capabilities.voice and len(form.fields) > 2:
        url = continue_url(session)
        say = replace(say, links=((_("Or fill it in on the web"), url),), secrets=(url,))
    said = store_prompt(turn, session, say)
    session.prompt["open"] = expects != "choice" and not turn.choice
    if between:
        session.prompt["between"] = between
    save(session)
    return said


def offer_options(turn: Turn, say: Say, misses: int = 0) -> Say:
    """Return a message with options outside a form, such as the menu, stored so that "2" means the second."""
    session = new_session(turn.contact, skill="", door=turn.door, misses=misses)
    said = store_prompt(turn, session, replace(say, lang=turn.lang))
    if opening := waiting_opening(turn):
        session.prompt["opening"] = opening
    save(session)
    return said


def next_page(turn: Turn, session: DialogueSession) -> Say:
    """Return the options of a menu that did not fit into the message before, without its text."""
    options = tuple(
        Option(option["key"], option["title"], synonyms=tuple(option["synonyms"]))
        for option in session.prompt["options"]
    )
    opening = {"opening": session.prompt["opening"]} if "opening" in session.prompt else {}
    said = store_prompt(turn, session, Say("", options, lang=turn.lang, page=session.prompt["page"] + 1))
    session.prompt |= opening
    save(session)
    return said


def store_prompt(turn: Turn, session: DialogueSession, say: Say) -> Say:
    """Return the message with a new nonce, and store in the session which options this channel will show."""
    said = replace(say, nonce=secrets.token_hex(3))
    made = layout(said, turn.capabilities)
    session.prompt = {
        "nonce": said.nonce,
        "page": say.page,
        "options": [{"key": o.key, "title": o.title, "synonyms": list(o.synonyms)} for o in say.options],
        "shown": {item.key: item.option for item in made.shown},
    }
    session.door = turn.door
    return said
