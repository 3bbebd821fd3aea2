"""The words around places and numbers ("street", "corner of", "by the"), read from `data/slot_words.tsv`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from kesher.agencies.models import Place
from kesher.language import normalise

DATA: Final = Path(__file__).parent.with_name("data") / "slot_words.tsv"


def word_set(text: str) -> frozenset[str]:
    """Return the normalised words of a text."""
    return frozenset(normalise(word) for word in text.split())


@cache
def load_words() -> dict[str, frozenset[str]]:
    """Return {name of a list: its words}."""
    found: dict[str, frozenset[str]] = {}
    for line in DATA.read_text(encoding="utf-8").splitlines():
        name, _tab, words = line.partition("\t")
        found[name] = found.get(name, frozenset()) | word_set(words)
    return found


def read_words(name: str) -> frozenset[str]:
    """Return the words of a list."""
    return load_words()[name]


# Words that announce a place of a kind, and English ones that stand after its name.
STREET: Final = read_words("street")
AREA: Final = read_words("area")
SQUARE: Final = read_words("square")
LATIN_TYPES: Final = read_words("latin_types")
KINDS: Final = ((STREET, Place.Kind.STREET.value), (AREA, Place.Kind.AREA.value), (SQUARE, ""))

# Words before a name that say how a thing lies to it; the last is the second word of "in front of".
CORNER: Final = read_words("corner")
BESIDE: Final = read_words("beside")
BESIDE_TWO: Final = frozenset({"front"})
LOCATIVE: Final = read_words("locative")

# Small words within and between names.
AND: Final = read_words("joining")
ARTICLES: Final = read_words("articles")
OF: Final = read_words("particles")

# Words before a house number; before a number that is none; after one that makes it a measure.
NUMBER: Final = read_words("house")
FLAT: Final = read_words("flat")
UNITS: Final = read_words("units")

# Words before which the name of an unknown place ends.
ENDS: Final = read_words("ends")
# Names of towns and words of every day after which streets are named: alone they are no street.
ORDINARY: Final = read_words("ordinary")
# Parts of a landmark's name without which people say it ("the library"), and names too short to mean one of them.
QUALIFIERS: Final = read_words("qualifiers")
GENERIC: Final = read_words("generic")
