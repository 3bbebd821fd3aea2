"""The registry of what a message may be about: features register the titles of things, and the search for answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Title:
    """A thing that people name: its code, its title in each language, and what may be done with it.

    ``words``: what it is called besides; ``verbs``: names of entries, the usual one first, which somebody means who
    only writes the title.
    """

    code: str
    titles: Mapping[str, str]
    words: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()

    def title(self, lang: str) -> str:
        """Return the title in a language, else in another one."""
        return self.titles.get(lang) or next(iter(self.titles.values()), "")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the titles of one kind of things come from. Both functions run in the scope of an agency.

    ``version`` returns a value that differs after every change of a title, at the price of one query.
    """

    kind: str
    titles: Callable[[], Iterable[Title]]
    version: Callable[[], Hashable]


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer that the search found, by its slug.

    ``coverage`` and ``confidence``: parts of the query that it covers, and surely covers (0 to 1); ``score`` has no
    unit and is compared with that of the other hits.
    """

    slug: str
    score: float
    coverage: float
    confidence: float


@dataclass(slots=True)
class Candidates:
    """What a message may mean besides commands and verbs."""

    sources: dict[str, Source] = field(default_factory=dict)
    search: Callable[[str, str], Sequence[Hit]] = lambda _text, _lang: ()

    def register(self, kind: str, titles: Callable[[], Iterable[Title]], version: Callable[[], Hashable]) -> None:
        """Register where the titles of things of a kind ("petition") come from."""
        self.sources[kind] = Source(kind, titles, version)

    def register_search(self, find: Callable[[str, str], Sequence[Hit]]) -> None:
        """Register the search for answers, a function of (text, language)."""
        self.search = find


CANDIDATES = Candidates()
