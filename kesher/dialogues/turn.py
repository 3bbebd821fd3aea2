"""One thing that a person did in a conversation, and the skills that it may wake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kesher.channels.base import Capabilities, Limit, Location, Say
from kesher.contacts.models import Contact, Identity
from kesher.core.audit import Actor
from kesher.core.ids import ALPHABET
from kesher.core.models import Attachment
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import CODE_LETTERS
from kesher.language import digits, normalise

Answers = Mapping[str, Any]
Words = Mapping[str, Sequence[str]]

WEB = Capabilities(text=Limit(100_000), hosted=True, schemes=("web",), assurance=0)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person did, wherever he did it. ``door`` is the channel's name ("web" for a page); ``identity`` is the
    address that he used, None on a page without one; ``choice`` is an option's key with its nonce, if he tapped."""

    contact: Contact
    door: str
    lang: str = "he"
    identity: Identity | None = None
    text: str = ""
    choice: str = ""
    location: Location | None = None
    attachments: tuple[Attachment, ...] = ()
    capabilities: Capabilities = WEB
    seq: int | None = None  # the number of the message in the person's stream
    opening: bool = False  # a link began the conversation: the text is what stood in it, and nobody's words
    claimed: bool = False  # his address was proved perhaps, but not that these words came from it

    @property
    def actor(self) -> Actor:
        return Actor("contact", self.contact.pk, self.door)

    @property
    def assurance(self) -> int:
        """How well we know who this is: what his address proved, where these words came from it."""
        return self.identity.assurance if self.identity and not self.claimed else 0


Run = Callable[[Turn, Any, Answers], "Say | list[Say]"]


@dataclass(frozen=True, slots=True)
class Skill:
    """A verb that conversations know. See `skill` for the fields."""

    name: str
    title: Any
    form: type[StepForm]
    words: Words
    run: Run
    code: Callable[[str], Any] | None = None
    intro: Callable[[Turn, Any], Say | None] | None = None
    menu: int | None = None
    icon: str = ""
    needs_code: bool = False
    page: Callable[[Any], str] | None = None
    commands: Sequence[str] = ()
    unread: Callable[[Turn, str], str] | None = None


@dataclass(slots=True)
class Registry:
    """Every skill by its name, and the words that wake it."""

    skills: dict[str, Skill] = field(default_factory=dict)
    by_letter: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (folded word, skill's name), in order

    def add(self, skill: Skill) -> None:
        """Add a skill, or put it in the place of the one of its name."""
        self.skills[skill.name] = skill
        self.by_letter.clear()
        for known in self.skills.values():
            for word in all_words(known.words):
                self.by_letter.setdefault(word[:1], []).append((word, known.name))

    def __getitem__(self, name: str) -> Skill:
        return self.skills[name]

    def get(self, name: str) -> Skill | None:
        return self.skills.get(name)

    def menu(self) -> list[Skill]:
        """Those that the menu offers, in order."""
        listed = [skill for skill in self.skills.values() if skill.menu is not None]
        return sorted(listed, key=lambda skill: (skill.menu or 0, skill.name))

    def carried(self, text: str) -> tuple[Skill, str, str] | None:
        """The skill whose command carries the pick-up code of what was filled in elsewhere, what it is about, and that
        code: "sign 48213 WJK33QJ"."""
        command, _space, last = text.strip().rpartition(" ")
        code = last.upper()
        if len(code) != CODE_LETTERS or not set(code) <= set(ALPHABET):
            return None
        called = self.called(command)
        return (*called, code) if called else None

    def naming(self, text: str) -> tuple[Skill, str] | None:
        """The skill that these words name together with something of its own ("sign 48213"), or by a command ("my
        page"): in the middle of a form too that is no answer but another wish, and the form waits."""
        called = self.called(text)
        if called is None:
            return None
        return called if knows(*called) or normalise(text) in map(folded, called[0].commands) else None

    def unread(self, turn: Turn, code: str) -> str:
        """What its author hears of something that is not published yet, by its number; "" where it is nobody's here."""
        said = (skill.unread(turn, digits(code).strip()) for skill in self.skills.values() if skill.unread)
        return next((words for words in said if words), "")

    def numbered(self, text: str) -> tuple[Skill, str] | None:
        """The skill that a bare number wakes: the number of something that is open ("48213")."""
        code = digits(text).strip()
        if not code.isdecimal():
            return None
        found = (skill for skill in self.skills.values() if skill.words and knows(skill, code))
        return next(((skill, code) for skill in found), None)

    def called(self, text: str) -> tuple[Skill, str] | None:
        """The skill whose word begins this text, with what follows the word; the longest word wins. Where two skills
        share it, the one that knows what follows: "offer 52712" is about whatever has that number."""
        wanted = normalise(text)
        best: tuple[int, Skill, str] | None = None
        for word, name in self.by_letter.get(wanted[:1], ()):
            skill, rest = self.skills[name], after(wanted, word)
            if rest and skill.needs_code and is_sentence(rest):
                continue  # "sign the form for my mother" names nothing to sign: it is a question to us
            if rest is None or (best is not None and len(word) < best[0]):
                continue
            if best is None or len(word) > best[0] or (not knows(best[1], rest) and knows(skill, rest)):
                best = (len(word), skill, rest)
        return (best[1], best[2]) if best else None


def knows(skill: Skill, rest: str) -> bool:
    """Is there something that this skill is about under these words?"""
    return bool(rest) and skill.code is not None and skill.code(rest) is not None


def is_sentence(rest: str) -> bool:
    """Several words, and nothing among them that could be a code or an address?"""
    return " " in rest and not any(letter.isdecimal() or letter == "@" for letter in rest)


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """A word of ours, normalised: the same few are compared with everything that anybody says."""
    return normalise(word)


def all_words(words: Words) -> Iterable[str]:
    return (folded(word) for several in words.values() for word in several)


def after(text: str, word: str) -> str | None:
    """What follows ``word`` at the beginning of ``text``: "" where nothing does, None where it does not begin so."""
    if text == word:
        return ""
    # "start a petition: shade", "sign, 48213"
    follows = text.startswith(word) and text[len(word)] in " :,"
    return text[len(word) :].strip(" :,") if follows else None


REGISTRY = Registry()


def skill(
    name: str,
    *,
    title: Any,
    form: type[StepForm],
    words: Words,
    code: Callable[[str], Any] | None = None,
    intro: Callable[[Turn, Any], Say | None] | None = None,
    menu: int | None = None,
    icon: str = "",
    needs_code: bool = False,
    page: Callable[[Any], str] | None = None,
    commands: Sequence[str] = (),
    unread: Callable[[Turn, str], str] | None = None,
) -> Callable[[Run], Run]:
    """Makes a function a verb of every conversation.

    ``name`` is ``app.verb``; ``words`` wake it, by language; ``code`` finds the subject that a short code names (None:
    no such); ``intro`` says something before the first question (what is being signed); ``menu`` is its place there;
    ``needs_code``: without a subject it cannot begin; ``page`` says where a subject has a page of its own that asks the
    same ("": it has none); ``commands``: those of ``words`` that our own messages tell people to write without a
    number, understood at any point; ``unread``: what an author hears of what is not published
    yet. The function gets (turn, subject, cleaned answers) and returns what to say; it may raise
    `kesher.core.errors.Refused`.
    """

    def register(run: Run) -> Run:
        REGISTRY.add(Skill(name, title, form, words, run, code, intro, menu, icon, needs_code, page, commands, unread))
        return run

    return register
