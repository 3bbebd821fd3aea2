"""Read a message as it was meant: typed with the right keyboard layout, without the greeting before its request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from kesher.dialogues.small_talk import GREETINGS, THANKS
from kesher.language import detect, script_of, typed_elsewhere
from kesher.understanding.learning.features import tokens
from kesher.understanding.learning.model_store import Model, product_examples

TEXT_MOST: Final = 4096
KNOWN, UNKNOWN = 0.6, 0.5  # shares of known words: of what was meant at least, of what was typed at most
GREETING_MOST: Final = 4  # words of a greeting
FILLERS_MOST, FILLER_LETTERS = 2, 4  # words before it ("ah yes hello"), and the letters of each


# Greetings that begin a request, and mean something else alone.
OPENINGS: Final = (
    *("يعطيكم العافية", "يعطيك العافية", "الله يعطيكم العافية", "تحية طيبة", "تحية طيبة وبعد"),
    *("مسا الخير", "صبحكم بالخير"),
    *("алло", "доброго времени суток", "добрый", "мир вам", "шалом", "бокер тов", "эрев тов", "приветик"),
    *("לכל המעוניין", "אהלן וסהלן", "צהריים טובים", "חג שמח", "שלום וברכה", "שלום רב", "בוקר אור", "ערב טוב לכם"),
    *("dear all", "dear sir or madam", "dear sir", "dear team", "greetings", "gud am", "gud morning", "good day"),
    *("marhaba", "salam", "salam 3alekom", "sabah el kheir", "shalom", "boker tov", "erev tov", "ahlan"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it is read.

    ``said``: its words without a greeting before them; ``greets``, ``thanks``: whether it has a greeting, and thanks.
    """

    text: str
    lang: str
    said: Sequence[str]
    greets: bool
    thanks: bool
    cut: bool


def read(text: str, lang: str, model: Model) -> Reading:
    """Return how a message is read; ``lang`` is the language that the person uses with us, "" for none yet."""
    whole = text.strip()
    text = retype(whole[:TEXT_MOST], model)
    heard = detect(text, lang or "he") or "he"
    said = tokens(text)
    length = greeting_length(said)
    rest = said[length:]
    return Reading(
        text, heard, rest if length and rest else said, length > 0, says_thanks(said), len(whole) > TEXT_MOST
    )


def retype(text: str, model: Model) -> str:
    """Return a text as another keyboard layout would have typed it, where only that gives known words."""
    said = tokens(text)
    script = next((found for word in said if (found := script_of(word))), "")
    if not script or known_share(said, model) > UNKNOWN:
        return text
    best, most = text, max(KNOWN, known_share(said, model) + 0.3)
    for lang, other in typed_elsewhere(text, script).items():
        words = [word for word in tokens(other) if script_of(word) == lang]
        share = known_share(words, model) if words else 0.0
        if share > most:
            best, most = other, share
    return best


def known_share(said: Sequence[str], model: Model) -> float:
    """Return the share of a message's words that the examples have, long ones counting more."""
    lengths = [(len(word), word) for word in said if len(word) > 1]
    total = sum(length for length, _word in lengths)
    return sum(length for length, word in lengths if model.knows(word)) / total if total else 0.0


@cache
def greetings() -> frozenset[tuple[str, ...]]:
    """Return the greetings of the product's examples, as words."""
    taught = [text for name, text in product_examples() if name == "greeting"]
    found = {tuple(tokens(text)) for text in (*GREETINGS, *OPENINGS, *taught)}
    return frozenset(words for words in found if 0 < len(words) <= GREETING_MOST)


@cache
def thanks() -> frozenset[tuple[str, ...]]:
    """Return the phrases of thanks, as words."""
    return frozenset(tuple(tokens(text)) for text in THANKS)


def says_thanks(said: Sequence[str]) -> bool:
    """Return whether some of the words are thanks."""
    return any(tuple(said[at : at + size]) in thanks() for at in range(len(said)) for size in (1, 2, 3))


def greeting_length(said: Sequence[str]) -> int:
    """Return how many of the first words are a greeting, with a short word or two before it; 0 for none."""
    for begin in range(min(1 + FILLERS_MOST, len(said))):
        if begin and len(said[begin - 1]) > FILLER_LETTERS:
            break
        for size in range(min(GREETING_MOST, len(said) - begin), 0, -1):
            if tuple(said[begin : begin + size]) in greetings():
                return begin + size
    return 0
