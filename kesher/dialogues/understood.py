"""What somebody meant by a message, as `understanding` finds it and dialogues act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal[
    "start",
    "answer",
    "confirm",
    "offer",
    "person",
    "stop",
    "ask_stop",
    "start_again",
    "command",
    "emergency",
    "unknown",
]
Situation = Literal["", "possible", "sure"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a message may mean.

    ``kind``: command, verb, petition, contest, purchase, answer, checker or case; ``name``: the command, verb or slug;
    ``subject``: the code of what a verb is about, "" for none; ``title``: in the reader's language where there is one.
    """

    kind: str
    name: str
    subject: str = ""
    title: str = ""
    probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message means: the action that follows, and the meanings in the order of their probability.

    ``commands``: all that it contains, also a greeting before a request; ``also``: further verbs; ``slots``: what was
    said of topic, place, house, date, amount, count and name.
    """

    text: str
    lang: str
    action: Action = "unknown"
    commands: tuple[str, ...] = ()
    verb: str = ""
    also: tuple[str, ...] = ()
    subject: str = ""
    slug: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    offered: tuple[Meaning, ...] = ()
    situation: Situation = ""
    situation_kind: str = ""
    probability: float = 0.0
    cut: bool = False
