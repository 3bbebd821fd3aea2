"""What a telephone provider is told to do next in a call, independent of the provider: speak, gather, record, wait.

Each channel of calls writes these as its provider's documents (TwiML, NCCO).
"""

from __future__ import annotations

from dataclasses import dataclass

# BCP 47 tags of the languages: what the provider listens for, and what it speaks.
HEARD_AS = {"he": "he-IL", "ar": "ar-IL", "ru": "ru-RU", "en": "en-US"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text to be read aloud, in one language."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Gather:
    """Wait for keys or speech, then ask ``next`` (a query of our webhook) what to do; also if nothing comes.

    ``keys``: how many digits end the input; 0: the hash key does. ``hints``: words that the person may say.
    """

    next: str
    lang: str
    keys: int = 1
    speech: bool = True
    hints: tuple[str, ...] = ()
    timeout: int = 6


@dataclass(frozen=True, slots=True)
class Recording:
    """Record what the person says after a tone, until the hash key or a silence, then ask ``next``."""

    next: str
    seconds: int = 120
    silence: int = 4


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for some seconds (0: not at all), then ask ``next`` what to do."""

    next: str
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """The answer to one request of a telephone provider: what to read aloud, and what to do then."""

    prompts: tuple[Prompt, ...]
    then: Gather | Recording | Hold | HangUp
