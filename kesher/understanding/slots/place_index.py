"""Index the agency's places by the words of their names, in every spelling by which a message may name them.

A word of a message is looked up as it is, without the particles that Hebrew and Arabic write together with it, by its
Russian stem, by its consonants (which are the same in all scripts), and with one typing error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from django.db.models import Count, Max

from kesher.agencies.models import Place
from kesher.core.db.agency_scope import current_agency_id
from kesher.language import distance_at_most_one, normalise, script_of
from kesher.language.phonetics import consonant_skeletons, vowel_distance
from kesher.understanding.slots.slot_words import AREA, ARTICLES, GENERIC, ORDINARY, QUALIFIERS, SQUARE, STREET
from kesher.understanding.title_index import FRESH

TYPES: Final = STREET | AREA | SQUARE
EXACT, NO_ARTICLE, PLENE, TYPING_ERROR, SAME_SOUND = 1.0, 0.94, 0.92, 0.8, 0.86
SAME_SCRIPT: Final = 0.93  # of words that only sound alike, in one script
TYPO_LEAST: Final = 5  # letters of a word that may have a typing error
SKELETON_LEAST: Final = 3  # consonants by which words of two scripts are compared
PART_OF_NAME: Final = 0.75
HEAD_LEAST: Final = 4  # letters of the noun by which a landmark is called: "the mall"
COMMON_TO: Final = 6.5  # rarity below which a word is one of every day
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’׳״\"`´][^\W\d_]+)*['’׳]?|\d+")
_CAMEL: Final = re.compile(r"Ha[A-Z]")
_RUSSIAN_ENDS: Final = re.compile(r"(?<=..)(?:ого|ому|ыми|ими|ой|ый|ий|ая|ую|ых|ом|ем|ым|им|ам|ах|[аяуюеыиьойэ])$")
_FLEETING: Final = re.compile(r"(?<=..)[ое](?=[бвгджзклмнпрстфхцчшщ]$)")
_VOWEL_LETTERS: Final = re.compile(r"(?<=.)[וי]")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a place: so many words, with a quality from 0 to 1.

    ``announced``: its words contain one that says what it is ("Sea Boulevard"); ``weak``: it also means something else,
    or a part of it was left out, so that it needs more evidence.
    """

    place: Place
    size: int
    quality: float
    announced: bool = False
    weak: bool = False
    part: bool = False
    length: int = 0  # words by which it is looked up


class Entry(NamedTuple):
    """A word of a form: which form, which of its words, how good this spelling is, and the spelling."""

    form: int
    at: int
    quality: float
    word: str


@dataclass(slots=True)
class PlaceIndex:
    """The places of an agency by the spellings of their names."""

    version: object
    forms: list[Form] = field(default_factory=list)
    keys: dict[str, list[Entry]] = field(default_factory=dict)

    def find(self, word: str, *, fuzzy: bool) -> dict[tuple[int, int], float]:
        """Return {(form, number of its word): quality} of names with this word; ``fuzzy``: also with errors."""
        found: dict[tuple[int, int], float] = {}

        def add(key: str, factor: float, check: Callable[[str], float] | None = None) -> None:
            """Add what stands under a key, where the spelling passes the check."""
            for form, at, quality, spelling in self.keys.get(key, ()):
                value = quality * factor * (check(spelling) if check else 1.0)
                if value > found.get((form, at), 0.0):
                    found[form, at] = value

        def sounds_like(spelling: str) -> float:
            """Return how well the vowels fit, as a factor; in one script, other consonants were no error of hearing."""
            return sound_alike(word, spelling) * (SAME_SCRIPT if script_of(spelling) == script else 1.0)

        add(f"={word}", EXACT)
        script = script_of(word)
        if script == "ru":
            for stem in russian_noun_stems(word):
                add(f"~{stem}", EXACT)
        if not fuzzy:
            return found
        if script == "he" and len(word) >= 4:
            add(f"^{_VOWEL_LETTERS.sub('', word)}", PLENE)
        if script != "he":
            for skeleton in consonant_skeletons(word):
                add(f"#{skeleton}", SAME_SOUND, sounds_like)
        if len(word) >= TYPO_LEAST:
            for shorter in {word, *deletions(word)}:
                for mark in "=-":
                    add(f"{mark}{shorter}", TYPING_ERROR, lambda spelling: float(distance_at_most_one(word, spelling)))
        return found


def sound_alike(word: str, spelling: str) -> float:
    """Return how well the vowels of two words with the same consonants fit, as a factor."""
    return max(0.6, 1.0 - 0.15 * vowel_distance(word, spelling))


def deletions(word: str) -> Iterator[str]:
    """Yield a word without each of its letters."""
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


@lru_cache(maxsize=8192)
def russian_noun_stems(word: str) -> frozenset[str]:
    """Return a Russian word with and without an ending of its case (Герцля, Жаботинского), without the fleeting vowel.

    рынок and рынка have a stem in common.
    """
    if len(word) < 4:
        return frozenset({word})
    return frozenset(_FLEETING.sub("", stem) for stem in (word, _RUSSIAN_ENDS.sub("", word)))


def build_place_index(places: Iterable[Place], rarity: Callable[[str], float], version: object = None) -> PlaceIndex:
    """Return the index of these places; ``rarity`` is the weight of a word.

    A part of a name stands for a place only where no other place has it.
    """
    index = PlaceIndex(version)
    made = [
        (lang, tuple(words), form)
        for place in places
        for lang, name in every_name(place)
        for words, form in forms_of(place, lang, name, rarity)
    ]
    owners: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for lang, words, form in made:
        owners.setdefault((lang, words), set()).add(form.place.code)
    for lang, words, form in made:
        if form.part and len(owners[lang, words]) > 1:
            continue
        number = len(index.forms)
        index.forms.append(replace(form, length=len(words)))
        for at, word in enumerate(words):
            for key, quality, spelling in spellings(word, lang):
                index.keys.setdefault(key, []).append(Entry(number, at, quality, spelling))
    return index


def every_name(place: Place) -> Iterator[tuple[str, str]]:
    """Yield (language, name) for all names of a place."""
    yield from place.names.items()
    for lang, names in place.other_names.items():
        yield from ((lang, name) for name in names)


def name_words(name: str, lang: str) -> list[str]:
    """Return the normalised words of a name without articles that stand alone; "HaGefen" keeps a mark of its own."""
    words = [f"ha+{word[2:]}" if lang == "en" and _CAMEL.match(word) else word for word in split_name(name)]
    found = [normalise(word) for word in words]
    return [word for word in found if word not in ARTICLES] or found


def split_name(name: str) -> list[str]:
    """Return the words of a name as they are written."""
    return _WORD.findall(name.removesuffix("."))


def forms_of(place: Place, lang: str, name: str, rarity: Callable[[str], float]) -> Iterator[tuple[list[str], Form]]:
    """Yield the ways to say a name, as (words, form): whole, without "street", as one word, and parts of it."""
    words = name_words(name, lang)
    core = [word for at, word in enumerate(words) if not (word in TYPES and at in (0, len(words) - 1))] or words
    typed = len(core) < len(words)
    if typed:
        yield words, Form(place, len(words), EXACT, announced=True)
    weak = len(core) == 1 and is_ordinary(core[0], rarity)
    yield core, Form(place, len(core), EXACT, weak=weak)
    if len(core) > 1:
        yield ["".join(core).replace("ha+", "ha")], Form(place, len(core), NO_ARTICLE)
    if place.kind == Place.Kind.LANDMARK:
        short = [word for word in core if word not in QUALIFIERS]
        if short and len(short) < len(core) and not (len(short) == 1 and short[0] in GENERIC):
            yield short, Form(place, len(short), EXACT, weak=True, part=True)
        head = core[-1] if lang == "en" else core[0]
        if len(core) > 1 and head not in GENERIC | QUALIFIERS and len(head) >= HEAD_LEAST:
            yield [head], Form(place, 1, EXACT, weak=True, part=True)
    elif len(core) > 1:
        for word in core:
            if len(word) >= 4:
                yield [word], Form(place, 1, PART_OF_NAME, weak=True, part=True)


def is_ordinary(word: str, rarity: Callable[[str], float]) -> bool:
    """Return whether a word of a name is one of every day, too."""
    plain = word.removeprefix("ha+")
    return plain in ORDINARY or rarity(plain) < COMMON_TO


def spellings(word: str, lang: str) -> Iterator[tuple[str, float, str]]:
    """Yield (key, quality, spelling) for the spellings of a name's word."""
    for spelling, quality in bare_spellings(word, lang).items():
        yield f"={spelling}", quality, spelling
        if lang == "ru":
            yield from ((f"~{stem}", quality, spelling) for stem in russian_noun_stems(spelling))
        if lang == "he" and len(spelling) >= 4:
            yield f"^{_VOWEL_LETTERS.sub('', spelling)}", quality, spelling
        for skeleton in consonant_skeletons(spelling):
            if len(skeleton) >= SKELETON_LEAST:
                yield f"#{skeleton}", quality, spelling
        if len(spelling) >= TYPO_LEAST:
            yield from ((f"-{shorter}", quality, spelling) for shorter in set(deletions(spelling)))


def bare_spellings(word: str, lang: str) -> dict[str, float]:
    """Return {spelling: quality} of a name's word, with and without its article."""
    if word.startswith("ha+"):
        return {f"ha{word[3:]}": EXACT, word[3:]: NO_ARTICLE, f"a{word[3:]}": NO_ARTICLE}
    found = {word: EXACT}
    if lang == "he" and word.startswith("ה") and len(word) >= 4:
        found[word[1:]] = NO_ARTICLE
    elif lang == "ar" and word.startswith("ال") and len(word) >= 5:
        found[word[2:]] = NO_ARTICLE
    elif lang == "ar" and word.startswith("ه") and len(word) >= 4:
        found |= {word[1:]: NO_ARTICLE, f"ها{word[1:]}": NO_ARTICLE, f"ال{word[1:]}": NO_ARTICLE}
    elif lang == "ru":
        found |= {f"ха{word}": NO_ARTICLE, f"а{word}": NO_ARTICLE}
    return found


_indexes: dict[int, tuple[float, str, PlaceIndex]] = {}
_lock = Lock()


def agency_places(model_name: str, rarity: Callable[[str], float]) -> PlaceIndex:
    """Return the index of the current agency's places, built anew where one changed.

    ``model_name`` names the model by which ``rarity`` weighs words.
    """
    agency = current_agency_id()
    known = _indexes.get(agency)
    now = monotonic()
    if known is not None and now - known[0] < FRESH and known[1] == model_name:
        return known[2]
    version = tuple(Place.objects.aggregate(Count("pk"), Max("changed_at")).values())
    if known is not None and known[1] == model_name and known[2].version == version:
        _indexes[agency] = (now, model_name, known[2])
        return known[2]
    with _lock:
        index = build_place_index(Place.objects.order_by("pk"), rarity, version)
        _indexes[agency] = (now, model_name, index)
    return index


def forget_places() -> None:
    """Forget the places of all agencies in this process (for tests)."""
    _indexes.clear()
