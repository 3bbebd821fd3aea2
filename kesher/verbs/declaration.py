"""The dataclass `Verb`: one thing that citizens can do; its page, API, chat and staff form are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from inspect import Parameter, signature
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from kesher.channels.base import Option, Say
from kesher.contacts.models import Identity
from kesher.core.contact_address import Address
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import Entry

# What the doors ask besides the questions of the verb.
DOOR_FIELDS = frozenset({"address", "website", "checked", "sure"})


def code_of(subject: Any) -> str:
    """Return the code by which people and links name a subject; "" for none."""
    return "" if subject is None else str(subject.code)


class Proof(Enum):
    """What must be proved before a verb is done."""

    NONE = "none"
    ADDRESS = "address"  # the channel vouches for the address, or a code that was sent there comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the person gets when a verb was done.

    ``text`` in their language, ``links`` as (title, URL), the ``reference`` by which they can name it, and ``data`` for
    machines. ``secrets`` are the parts of it that nobody but the person may read. ``options``: what a conversation
    offers to do next.
    """

    text: str
    links: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    reference: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """How the code comes back for what a verb's own service stored until then (a signature), and told its person of.

    ``name`` and ``title``: the dialogue that asks for the code. ``subject`` finds what a code may confirm, and
    ``purpose`` is what it was sent for. ``execute`` is called as (subject, call, code, **answers); the call's identity
    is the address that the code went to: what ``find_identity`` returns for the subject, else what the person gives.
    ``consents``: questions whose answers come again with the code. ``data``: what the API says of what waits.
    ``silent``: no door may show whether a code was sent. ``about`` returns the subject of the code. ``keep`` returns,
    from what ``execute`` of the verb returned and the answers, what a browser or a conversation keeps until the code
    comes. ``sent``: what a conversation says when it was sent, if not the usual. ``form``: what takes the code in a
    conversation, if more than the consents comes again with it. Without a ``name`` no conversation takes it.
    """

    name: str
    title: Any
    purpose: str
    subject: Callable[[str], Any]
    execute: Callable[..., Any]
    find_identity: Callable[[Any], Identity | None] | None = None
    consents: tuple[str, ...] = ()
    data: Callable[[Any], Mapping[str, Any]] = lambda _stored: {"state": "pending"}
    silent: bool = False
    about: Callable[[Any], str] = code_of
    keep: Callable[[Any, Mapping[str, Any]], Mapping[str, Any]] = lambda _result, _answers: {}
    sent: Any = ""
    form: type[StepForm] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb(Entry):
    """Something that citizens can do, declared once. See `Entry` for how they find it.

    ``form``: its questions; the doors add who asks. ``execute``: the service that does it, called as (subject, call,
    **answers), without the subject where ``subject`` is None; it may raise Refused. ``receipt`` gets what ``execute``
    returned, and ``data`` too, where the API says less than a receipt. ``allow``: whether doors offer it for a subject;
    the service decides. ``name_subject``: how a message to a stranger names it, in words that no unknown person wrote.
    ``introduce``: what a conversation says before the first question. ``right``: what staff need to do it for somebody;
    "": only the person does it. ``confirming``: for a service that stores what waits for a code; without it, a
    `PendingRequest` does. ``conversation_form``: its questions in a conversation, if they are others.

    ``level``: how well the person must be proved, by the subject; below it, a code is sent. ``find_address`` finds
    where to send it in a conversation, if no address was given. ``changes_own``: see `skill`. ``per_network``: tries
    are counted for a network, whatever address they name. ``page``: see `skill`.
    """

    form: type[StepForm]
    execute: Callable[..., Any]
    receipt: Callable[[Any], Receipt]
    proof: Proof = Proof.ADDRESS
    allow: Callable[[Any], bool] = lambda _subject: True
    name_subject: Callable[[Any], str] = code_of
    introduce: Callable[[Turn, Any], Say | None] | None = None
    right: str = ""
    confirming: Confirming | None = None
    data: Callable[[Any], Mapping[str, Any]] | None = None
    conversation_form: type[StepForm] | None = None
    level: Callable[[Any], int] = lambda _subject: 1
    find_address: Callable[[Turn, Any], Address] | None = None
    changes_own: bool = False
    per_network: bool = False
    page: Callable[[Any], str] | None = None

    def find_subject(self, code: str) -> Any:
        """Return what a code names, if the verb may be done with it; None if not, or if the verb has no subject."""
        found = self.subject(code) if self.subject and code else None
        return found if found is not None and self.allow(found) else None

    def describe(self, subject: Any) -> str:
        """Return in a few words what the verb does, and with what."""
        named = "" if subject is None else self.name_subject(subject)
        return f"{self.title}: {named}" if named else str(self.title)

    def is_about(self, subject: Any) -> bool:
        """Return whether ``subject`` is what the verb needs: a row, or None for a verb without subjects."""
        return subject is not None or self.subject is None


VERBS: dict[str, Verb] = {}


def register(*verbs: Verb) -> None:
    """Register verbs by name, when their module `verbs.py` is loaded; the doors of all are made after that.

    Raise ImproperlyConfigured if a service does not take its form's fields.
    """
    for verb in verbs:
        check_service(verb)
        VERBS[verb.name] = verb


def check_service(verb: Verb) -> None:
    """Raise ImproperlyConfigured unless a verb's service takes (subject, call), and each field as a keyword."""
    found = signature(verb.execute).parameters.values()
    before = sum(one.kind is Parameter.POSITIONAL_OR_KEYWORD for one in found)
    asked = verb.form.base_fields.keys() - DOOR_FIELDS
    if before != 1 + (verb.subject is not None) or asked - answers_taken(verb.execute, verb.form, None):
        raise ImproperlyConfigured(f"{verb.name}: its service does not take (subject, call, *, fields of its form)")
    if (verb.subject is None) == verb.needs_subject:
        raise ImproperlyConfigured(f"{verb.name}: needs_subject must be true with a subject, and false without one")


@cache
def keywords_of(service: Callable[..., Any]) -> frozenset[str] | None:
    """Return the names of the keywords that a service takes; None if it takes any."""
    found = signature(service).parameters.values()
    if any(one.kind is Parameter.VAR_KEYWORD for one in found):
        return None
    return frozenset(one.name for one in found if one.kind is Parameter.KEYWORD_ONLY)


def answers_taken(execute: Callable[..., Any], form: type[StepForm], other: type[StepForm] | None) -> frozenset[str]:
    """Return the names of the answers that a verb's service takes: its keywords, or any field of its two forms."""
    names = keywords_of(execute)
    if names is not None:
        return names
    return frozenset({*form.base_fields, *(other.base_fields if other else ())} - DOOR_FIELDS)
