"""Models of the search index: words of published answers, keys that find a word, and postings.

Plain tables, the same on every database (docs/adr/0010). A posting row holds the answers of one word within one block
of answers, as bytes: see `search/posting_codec.py`.
"""

from __future__ import annotations

from django.db import models

from kesher.agencies.models import AgencyOwned
from kesher.answers.models.content import Answer
from kesher.core.db.agency_scope import Scoped, ScopedManager

# Answers in a block: a change rewrites the rows of one block only, and a place in it fits two bytes.
BLOCK = 16384


class SearchIndex(AgencyOwned):
    """The search index of an agency: one row, locked by every change."""

    size = models.PositiveIntegerField(default=0)
    last = models.PositiveBigIntegerField(default=0)  # the highest answer id ever indexed
    synonyms = models.PositiveBigIntegerField(default=0)  # when one last changed, in microseconds; 0: none exist

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency"], name="search_index_once")]

    def __str__(self) -> str:
        """Return how many answers the index has."""
        return str(self.size)


class Word(AgencyOwned):
    """A word of some answer, in normalised spelling."""

    text = models.CharField(max_length=30)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "text"], name="answer_word_once")]

    def __str__(self) -> str:
        """Return the word."""
        return self.text


class WordKey(Scoped):
    """A key to find a word by (`kesher.language.word_keys`).

    Plain columns, with the word's text repeated: a word has ten rows, and a query reads hundreds.
    """

    agency_id = models.BigIntegerField()
    key = models.CharField(max_length=34)
    word_id = models.BigIntegerField()
    text = models.CharField(max_length=30)

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        indexes = [models.Index(fields=["agency_id", "key"], name="answer_word_key")]

    def __str__(self) -> str:
        """Return the key by which the word is found."""
        return self.key


class Posting(Scoped):
    """The answers of one block that have a word, with the impact of the word on each."""

    agency_id = models.BigIntegerField()
    word_id = models.BigIntegerField()
    block = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        constraints = [models.UniqueConstraint(fields=["word_id", "block"], name="posting_once")]

    def __str__(self) -> str:
        """Return the word's id and the number of the block."""
        return f"{self.word_id} {self.block}"


class SearchText(Scoped):
    """The words of an answer in the index (their ids, to remove them), and its phrases, to rerank it by.

    The table has no index but its key, and answers are read through it: without statistics, SQLite would scan all rows
    of an agency instead of fetching a few by key.
    """

    agency_id = models.BigIntegerField()
    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, primary_key=True, related_name="searched")
    words = models.BinaryField()
    phrases = models.TextField()  # one a line

    objects = ScopedManager()

    class Meta(Scoped.Meta):
        pass

    def __str__(self) -> str:
        """Return the row's primary key."""
        return str(self.pk)
