"""Registry of skills (chat dialogues such as "sign a petition") and of the words that start each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kesher.channels.base import Say
from kesher.core.db.ids import ALPHABET
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.facts import Fact
from kesher.dialogues.forms import StepForm
from kesher.dialogues.models import CODE_LETTERS
from kesher.dialogues.understood import Meaning
from kesher.language import digits, normalise

Run = Callable[[Turn, Any, Answers], "Say | list[Say]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How people find and begin something that they can do: what verbs and skills have in common.

    ``name`` is ``app.verb``. ``intents``: how people ask for it, by language. ``subject`` finds what it is about by a
    short code; None if it is about nothing. ``needs_subject``: it cannot begin without one. ``menu``: its place in the
    menu; None: it is not offered there. ``number_rank``: of those that know a bare number, the lowest answers it.
    ``table_row``: the row of the README's table of verbs that it serves ("sign"); "" for none. ``facts`` returns what
    people ask about the subject while the form runs, and the answers; it is called only for a question.
    """

    name: str
    title: Any
    intents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    subject: Callable[[str], Any] | None = None
    needs_subject: bool = False
    menu: int | None = None
    icon: str = ""
    number_rank: int = 0
    table_row: str = ""
    facts: Callable[[Turn, Any], Sequence[Fact]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill(Entry):
    """An entry that conversations can run. See `skill` for the fields."""

    form: type[StepForm]
    run: Run
    intro: Callable[[Turn, Any], Say | None] | None = None
    page: Callable[[Any], str] | None = None
    commands: Sequence[str] = ()
    unread: Callable[[Turn, str], str] | None = None
    changes_own: bool = False
    commits: bool = True


@dataclass(slots=True)
class Registry:
    """All skills by name, and the words that start them."""

    skills: dict[str, Skill] = field(default_factory=dict)
    # Under the first letter of each word: (normalised word, name of its skill), in the order of the skills.
    by_letter: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, skill: Skill) -> None:
        """Register a skill (replacing one of its name) and index the words that start it."""
        self.skills[skill.name] = skill
        self.by_letter.clear()
        for known in self.skills.values():
            for word in iterate_words(known.intents):
                self.by_letter.setdefault(word[:1], []).append((word, known.name))

    def __getitem__(self, name: str) -> Skill:
        """Return the skill of this name; raise KeyError if there is none."""
        return self.skills[name]

    def get(self, name: str) -> Skill | None:
        """Return the skill of this name; None if there is none."""
        return self.skills.get(name)

    def menu(self) -> list[Skill]:
        """Return the skills that the menu offers, in its order."""
        listed = [skill for skill in self.skills.values() if skill.menu is not None]
        return sorted(listed, key=lambda skill: (skill.menu or 0, skill.name))

    def find_with_pickup_code(self, text: str) -> tuple[Skill, str, str] | None:
        """Return (skill, subject's code, pick-up code) of a command such as "sign 48213 WJK33QJ".

        The code stands for answers that were given elsewhere.
        """
        command, _space, last = text.strip().rpartition(" ")
        code = last.upper()
        if len(code) != CODE_LETTERS or not set(code) <= set(ALPHABET):
            return None
        called = self.find_by_word(command)
        return (*called, code) if called else None

    def find_with_subject(self, text: str) -> tuple[Skill, str] | None:
        """Return (skill, subject's code) of a text such as "sign 48213" or "my page"; None otherwise.

        In the middle of a form, too, this starts another verb and is no answer; the form waits.
        """
        called = self.find_by_word(text)
        if called is None:
            return None
        return called if has_subject(*called) or normalise(text) in map(normalise_word, called[0].commands) else None

    def explain_unpublished(self, turn: Turn, code: str) -> str:
        """Return a note for the author of an unpublished item of this number; "" for anybody else."""
        said = (skill.unread(turn, digits(code).strip()) for skill in self.skills.values() if skill.unread)
        return next((words for words in said if words), "")

    def find_by_number(self, text: str) -> tuple[Skill, str] | None:
        """Return (skill, code) of the skill that has an open subject with this number; None otherwise."""
        code = digits(text).strip()
        if not code.isdecimal():
            return None
        ranked = sorted(self.skills.values(), key=lambda skill: skill.number_rank)
        found = (skill for skill in ranked if skill.intents and has_subject(skill, code))
        return next(((skill, code) for skill in found), None)

    def find_by_word(self, text: str) -> tuple[Skill, str] | None:
        """Return (skill, text after its word) where the text begins with a skill's word; the longest wins.

        If two skills share the word, the one that has a subject of the given number wins ("offer 52712").
        """
        wanted = normalise(text)
        best: tuple[int, Skill, str] | None = None
        for word, name in self.by_letter.get(wanted[:1], ()):
            skill, rest = self.skills[name], text_after(wanted, word)
            if rest and skill.needs_subject and is_sentence(rest):
                continue  # "sign the form for my mother" names no petition: it is a question to us
            if rest is None or (best is not None and len(word) < best[0]):
                continue
            if best is None or len(word) > best[0] or (not has_subject(best[1], rest) and has_subject(skill, rest)):
                best = (len(word), skill, rest)
        return (best[1], best[2]) if best else None


def has_subject(skill: Skill, rest: str) -> bool:
    """Return whether the skill finds an object (petition, report …) by the typed code ``rest``."""
    return bool(rest) and skill.subject is not None and skill.subject(rest) is not None


def is_sentence(rest: str) -> bool:
    """Return whether a text is several words without a digit or @: it cannot name a code or an address."""
    return " " in rest and not any(letter.isdecimal() or letter == "@" for letter in rest)


@lru_cache(maxsize=4096)
def normalise_word(word: str) -> str:
    """Return one of our own command words normalised, from a cache."""
    return normalise(word)


def iterate_words(words: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Yield all words of a skill, in every language, normalised."""
    return (normalise_word(word) for several in words.values() for word in several)


def text_after(text: str, word: str) -> str | None:
    """Return what follows ``word`` at the beginning of ``text``, "" if nothing; None if it does not begin so."""
    if text == word:
        return ""
    # "start a petition: shade", "sign, 48213"
    follows = text.startswith(word) and text[len(word)] in " :,"
    return text[len(word) :].strip(" :,") if follows else None


REGISTRY = Registry()


def option_key(meaning: Meaning) -> str:
    """Return the key of the option that does what a message may mean."""
    if meaning.kind == "answer":
        return f"answers.ask:={meaning.name}"
    return f"{meaning.name}:{meaning.subject}" if meaning.subject else meaning.name


def option_title(meaning: Meaning) -> str:
    """Return the title of that option: what it does and about what."""
    skill = REGISTRY.get(meaning.name)
    if skill is None:
        return meaning.title
    return f"{skill.title}: {meaning.title}" if meaning.title else str(skill.title)


def skill(name: str, *, title: Any, form: type[StepForm], **more: Any) -> Callable[[Run], Run]:
    """Return a decorator that registers a function as a skill, which conversations and pages can run.

    ``more``: other fields of `Entry`, and

    - ``intro``: says something before the first question (what is being signed).
    - ``page``: the URL of the subject's own page with the same form, "" if it has none.
    - ``commands``: those of ``intents`` that our messages tell people to write without a number, understood at any
      point.
    - ``changes_own``: it changes what the person already has here (withdraws, closes, links), so a message that nothing
      proves to come from their address may not run it.
    - ``commits``: whether it does something in a person's name, so that who continues a form that was begun elsewhere
      sees the answers and says yes: somebody else may have written them.
    - ``unread``: what an author is shown about their unpublished item.

    The function gets (turn, subject, cleaned answers) and returns what to say; it may raise
    `kesher.core.errors.Refused`.
    """

    def register(run: Run) -> Run:
        """Add the decorated function to the registry as a skill, and return it unchanged."""
        REGISTRY.add(Skill(name=name, title=title, form=form, run=run, **more))
        return run

    return register
