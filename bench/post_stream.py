"""A stream of made-up posts for `bench.listen`, and the queries of its watches.

30 % Hebrew, 20 % Arabic, 20 % Russian and 30 % English; 10 % are copies, half of those with a word changed; 5 % match
one of the queries. Words are drawn from vocabularies of 20,000 with the frequencies of Zipf's law, and the queries also
want common words, so that most posts hold some word of some query. Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from kesher.listening.sources.source_adapter import HeardPost

LETTERS = {
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "ru": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "en": "abcdefghijklmnoprstuvwy",
}
SMALL_WORDS = {
    "he": ["של", "את", "על", "לא", "זה", "אני", "הוא", "עם", "גם", "כל", "אבל", "מה", "יש", "אין"],
    "ar": ["في", "من", "على", "إلى", "هذا", "لا", "ما", "كل", "مع", "عن", "هل", "بعد"],
    "ru": ["и", "в", "не", "на", "что", "это", "как", "мы", "они", "для", "у", "опять"],
    "en": ["the", "and", "is", "of", "to", "in", "it", "was", "for", "not", "this", "that"],
}
SHARES = (("he", 0.3), ("ar", 0.2), ("ru", 0.2), ("en", 0.3))
VOCABULARY, QUERIES, AUTHORS = 20_000, 1_000, 5_000
MATCHING, COPIES = 0.05, 0.1
BEGAN = datetime(2026, 10, 1, 6, tzinfo=UTC)
A_SECOND = 150  # posts in a second of the stream's own time
RECENT = 5_000  # posts of which copies are made


@dataclass(slots=True)
class PostStream:
    """The vocabularies and queries of one seed; `posts` yields its stream from any place on."""

    seed: int = 1
    words: dict[str, list[str]] = field(default_factory=dict)
    weights: list[float] = field(default_factory=list)
    queries: list[tuple[str, str, str]] = field(default_factory=list)  # language, rare word, query

    def __post_init__(self) -> None:
        """Make the vocabularies and the queries."""
        chance = random.Random(self.seed)
        self.words = {lang: make_words(chance, letters, VOCABULARY) for lang, letters in LETTERS.items()}
        self.weights = list(accumulate(1 / rank for rank in range(10, VOCABULARY + 10)))
        for number in range(QUERIES):
            lang = pick_language(chance)
            rare = make_words(chance, LETTERS[lang], 1, least=10)[0]
            self.queries.append((lang, rare, self.make_query(chance, lang, rare, number % 5)))

    def make_query(self, chance: random.Random, lang: str, rare: str, form: int) -> str:
        """Return a query in one of five forms that a post with the rare word and the second common one matches."""
        common, other = chance.choices(self.words[lang][:300], k=2)
        excluded = self.words[lang][-1]
        return (
            rare,
            f"{common} {rare}",
            f"({rare} OR {rare}{rare[0]}) -{excluded}",
            f"{rare} NEAR/6 {common}",
            f'"{common} {rare}" OR ({rare} {other} {common})',
        )[form]

    def posts(self, first: int, last: int) -> Iterator[tuple[HeardPost, bool]]:
        """Yield the posts with these numbers (last excluded), and whether a query matches them.

        Any number gives the same post whatever is asked for before.
        """
        for number in range(first, last):
            text, matches = self.text(number)
            said_at = BEGAN + timedelta(seconds=number / A_SECOND)
            author = f"author {random.Random(number).randrange(AUTHORS)}"
            yield (
                HeardPost(f"post-{number * 2_654_435_761 % 2**32:08x}-{number}", text, said_at, author=author),
                matches,
            )

    def text(self, number: int) -> tuple[str, bool]:
        """Return the text of a post; of a copy, that of an earlier one, or nearly."""
        chance = random.Random(self.seed * 1_000_003 + number)
        if number > RECENT and chance.random() < COPIES:
            text, matches = self.text(number - chance.randrange(1, RECENT))
            return (f"{text} {chance.choice(SMALL_WORDS['en'])}" if chance.random() < 0.5 else text), matches
        if chance.random() < MATCHING:
            lang, rare, query = chance.choice(self.queries)
            common = query.translate(str.maketrans('(")', "   ")).split()
            wanted = [word for word in common if word in self.words[lang][:300]]
            return " ".join(
                [*self.draw(chance, lang, 6), *wanted[:1], rare, *wanted[1:], *self.draw(chance, lang, 6)]
            ), True
        lang = pick_language(chance)
        return " ".join(self.draw(chance, lang, chance.randrange(8, 25))), False

    def draw(self, chance: random.Random, lang: str, most: int) -> list[str]:
        """Return so many words, a third of them small ones."""
        said = chance.choices(self.words[lang][:-1], cum_weights=self.weights[:-1], k=most)
        return [chance.choice(SMALL_WORDS[lang]) if chance.random() < 0.33 else word for word in said]


def pick_language(chance: random.Random) -> str:
    """Return a language by its share of the stream."""
    return chance.choices([lang for lang, _share in SHARES], [share for _lang, share in SHARES])[0]


def make_words(chance: random.Random, letters: str, count: int, least: int = 3) -> list[str]:
    """Return so many different made-up words."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(letters, k=chance.randrange(least, least + 6)))] = None
    return list(found)
