"""The agency's short list of slurs and threats, compiled once and matched with each post."""

from __future__ import annotations

from collections.abc import Iterable

from kesher.language import words
from kesher.language.word_matching import without_particles

_PARTICLE_LETTERS = 2


class WatchedWords:
    """Words and phrases to look for in texts.

    Whole words match, in any spelling that `language.normalise` folds, and in Hebrew and Arabic also behind particles
    ("and", "the", "to"). Parts of words never match, so that no name or place is held for the letters in it.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        """Compile the entries, each a word or a phrase. Entries without a letter are left out."""
        self.phrases = {}
        for entry in entries:
            if split := tuple(words(entry)):
                forms = tuple(frozenset(form for form, _ in without_particles(word, 0)) for word in split)
                self.phrases[forms] = entry

    def find(self, text: str) -> str | None:
        """Return the entry that a text contains, the longest if several begin at the same word, or None."""
        said = [frozenset(form for form, _ in without_particles(word, _PARTICLE_LETTERS)) for word in words(text)]
        for start in range(len(said)):
            found = [
                forms
                for forms in self.phrases
                if len(forms) <= len(said) - start
                and all(form & word for form, word in zip(forms, said[start:], strict=False))
            ]
            if found:
                return self.phrases[max(found, key=len)]
        return None
