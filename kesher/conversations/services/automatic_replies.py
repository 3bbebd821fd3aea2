"""Automatic replies: the emergency numbers to a message about danger to life, and the limits of all of them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.agencies.emergency_numbers import emergency_in_words, numbers_with_crisis_line
from kesher.agencies.models import Agency
from kesher.channels.agency_addresses import AGENCY_ADDRESSES
from kesher.channels.base import Capabilities, Kind, Say
from kesher.contacts.models import Identity
from kesher.contacts.rules import is_costly
from kesher.conversations.models import Message
from kesher.conversations.services.conversation_writer import Writer, recent_messages, writing
from kesher.core.http.throttle import allow
from kesher.dialogues.answer_matching import find_global_word
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.small_talk import is_small_talk
from kesher.dialogues.understood import Understood
from kesher.language import detect, names_danger

A_MINUTE, FLOOD = timedelta(minutes=1), 20
OURS, COSTLY, MANY = "ours", "costly", "many"  # why the bot did not answer, in a message's content["unanswered"]
REFUSALS = ("stop", "stop_all")  # global words that always work


def address_limit(identity: Identity, capabilities: Capabilities) -> str:
    """Return why no automatic message may go to this address: OURS, COSTLY, or "" if it may.

    A number of unknown kind counts as costly on a channel that bills by the part.
    """
    if (identity.scheme, identity.address) in AGENCY_ADDRESSES:
        return OURS
    if identity.scheme == "tel" and is_costly(identity.address, unknown=capabilities.part is not None):
        return COSTLY
    return ""


def describe_limit(limit: str) -> str:
    """Return the text that explains to a clerk why the bot did not answer; "" for no limit."""
    words = {
        OURS: _("This is an address of our own. No automatic message goes there."),
        COSTLY: _("A message to this number may cost more than usual. No automatic message goes there."),
        MANY: _("This person got as many automatic answers today as the limit allows. These words wait for you."),
    }
    return words.get(limit, "")


def answer_limit(message: Message, identity: Identity, agency: Agency, capabilities: Capabilities) -> str:
    """Return why the bot must not answer this message (OURS, COSTLY or MANY), "" if it may."""
    limit = address_limit(identity, capabilities)
    if limit or capabilities.hosted:
        return limit
    talk = message.conversation
    today = talk.answered_on == timezone.localdate(message.received)
    return MANY if today and talk.answers >= agency.answers_a_day else ""


def count_answer(writer: Writer, message: Message) -> None:
    """Add 1 to the conversation's number of automatic answers today."""
    talk, today = writer.conversation, timezone.localdate(message.received)
    writer.set(answers=talk.answers + 1 if talk.answered_on == today else 1, answered_on=today)


def is_refusal(message: Message) -> bool:
    """Return whether the message is a "stop", which is obeyed even when it gets no answer."""
    return find_global_word(message.text) in REFUSALS


def limit_notice(message: Message, agency: Agency) -> list[Say]:
    """Return a notice that no more automatic answers come today, once a day; [] after that."""
    if message.conversation.answers > agency.answers_a_day:
        return []
    return [Say(_("You have had many automatic answers today. What you write now waits for a person."))]


def is_flooding(message: Message) -> bool:
    """Return whether this person wrote more than twenty messages within a minute."""
    if message.seq < FLOOD:
        return False
    since = message.received - A_MINUTE
    said = recent_messages(message.conversation)[-3 * FLOOD :]
    return sum(way == "in" and at > since for way, at, _words in said) > FLOOD


def flood_answer(message: Message) -> list[Say]:
    """Return "slow down" for the first message of a flood, [] for the next ones."""
    since = message.received - A_MINUTE
    words = _("You are writing faster than we can read. Please wait a minute; nothing is lost.")
    said = recent_messages(message.conversation)[-3 * FLOOD :]
    told = any(way == "out" and at > since and text == words for way, at, text in said)
    return [] if told else [Say(words)]


NAME_MOST = 2  # words of a name or an address
HALF_AN_HOUR, A_DAY = 1800, 24 * 3600


def is_emergency(message: Message, understood: Understood | None) -> bool:
    """Return whether what a person wrote in their own words surely tells of a danger to life."""
    if understood is not None:
        return understood.situation == "sure"
    own = message.content.get("kind") != Kind.AUTO_REPLY and not message.is_for_person
    return own and not message.content.get("choice") and names_danger(message.text)


def emergency_numbers(message: Message, lang: str, understood: Understood | None) -> list[Say]:
    """Return a message with the emergency numbers, in the language of this one.

    [] where a message about the same kind of danger got them within half an hour.
    """
    kind = understood.situation_kind if understood is not None else ""
    if not allow(f"emergency:{message.conversation_id}:{kind}", 1, HALF_AN_HOUR):
        return []
    heard = detect(message.text) or lang
    with translation.override(heard):
        despair = understood is not None and understood.situation_kind == "suicide"
        return [Say(emergency_in_words(message.conversation.agency, despair=despair), lang=heard)]


def possible_danger_note(message: Message, turn: Turn, *, form: bool) -> list[Say]:
    """Return one line with the emergency numbers where a message may tell of a danger; [] more than once a day.

    ``form``: it answers a question, where a word or two are a name or an address ("Herzl 5"), whatever they are like.
    """
    if form and len(turn.text.split()) <= NAME_MOST:
        return []
    if turn.understood is None or turn.understood.situation != "possible" or turn.understood.situation_kind == "abuse":
        return []
    if not allow(f"danger:{message.conversation_id}", 1, A_DAY):
        return []
    numbers = numbers_with_crisis_line(message.conversation.agency)
    return [Say(_("In danger? Call %(numbers)s") % {"numbers": numbers}, lang=turn.lang)]


def waiting_note(message: Message, lang: str) -> list[Say]:
    """Return one line to somebody who writes on while they wait for a clerk: what they write arrives.

    [] for a word, thanks and the like, where a clerk answered within the last day, and more than once in half an hour.
    """
    talk = message.conversation
    short = len(message.text.split()) < 2 or is_small_talk(message.text)
    if not talk.held or message.is_for_person or short:
        return []
    by_staff = Message.objects.filter(conversation=talk, direction="out", author__isnull=False)
    if by_staff.filter(received__gt=message.received - timedelta(days=1)).exists():
        return []
    if not allow(f"held:{talk.pk}", 1, HALF_AN_HOUR):
        return []
    with translation.override(lang):
        return [Say(_("A person will answer. What you write here reaches them."), lang=lang)]


def mark_danger(message: Message, *, sure: bool) -> None:
    """Store on the conversation which danger a message tells of.

    A sure one comes before the others that wait for a clerk; a possible one only has a mark. ``sure``: see
    `is_emergency`.
    """
    understood = message.content.get("understood", {})
    kind, now = understood.get("kind", ""), timezone.now()
    if sure:
        with writing(message.conversation) as writer:
            writer.set(danger_at=now, danger_kind=kind or "danger")
    elif understood.get("situation") == "possible":
        with writing(message.conversation) as writer:
            writer.set(possible_at=now, possible_kind=kind or "danger")
